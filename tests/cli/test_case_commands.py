"""``yishen case`` as an officer uses it: evidence, arrivals, repeats, what-if, splitting, fees, warnings, mistakes undone.

It is Sunday, 22 November 2026. 2 March 2026 is a Monday, the seventh working day after it 11 March, the twentieth
30 March.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from runtime.database import Database
from tests.conftest import AGENCY, Result, Yishen
from tests.ledgers import stored, verified

OURS = ("--agency", AGENCY)
REGISTER = ("case", "register", *OURS, "--kind", "自然人", "--subject", "2025年道路养护合同")
EMS = ("--channel", "邮寄（EMS）", "--arrived", "2026-03-02")
WANG = ("--name", "王小明", "--identity", "11010519491231002X", "--telephone", "13912345678")
LI = ("--name", "李四", "--identity", "110105194912310011")
FIRST = "2026-0001"
REASONS = "理由和条款=过程稿，条例第十六条第二款"
REFUSED = ("办理结果=不予公开-属于四类过程性信息", "送达方式=邮寄（EMS）", REASONS)


def done(result: Result) -> str:
    """What a command that was done says."""
    assert result.code == 0, result.err
    return result.out


def asked(result: Result) -> Any:
    """The document that a command gives."""
    return json.loads(done(result))


def register(here: Yishen, *more: str, received: str = "2026-03-02") -> str:
    """Register a request that was handed in; its number."""
    handed_in = ("--channel", "当面", "--submitted", received)
    return asked(here(*REGISTER, *handed_in, *more, "--json"))["number"]


def step(here: Yishen, *arguments: str, on: str, number: str = FIRST) -> str:
    """Record a step; what is said."""
    return done(here("case", "record", number, *arguments, "--on", on, *OURS))


def show(here: Yishen, number: str = FIRST) -> Any:
    """A case as JSON."""
    return asked(here("case", "show", number, *OURS, "--json"))


def told(here: Yishen, database: Database, *arguments: str, lines: int = 1) -> str:
    """What is said of a wrong call: a line for each fault, exit code 2, nothing stored."""
    before = stored(database.engine)
    result = here(*arguments)
    assert (result.code, result.out) == (2, "")
    assert "意外错误" not in result.err
    assert len(result.err.splitlines()) == lines, result.err
    assert stored(database.engine) == before
    return result.err


# Register


def test_the_day_of_receipt_follows_from_the_channel_and_the_evidence(here: Yishen) -> None:
    said = done(here(*REGISTER, *EMS))
    assert said.splitlines()[0] == "已登记：2026-0001（收到日期 2026-03-02）"
    assert "答复期限 2026-03-30" in said


@pytest.mark.parametrize(
    ("evidence", "received"),
    [
        (("--channel", "当面", "--submitted", "2026-03-02"), "2026-03-02"),
        (("--channel", "口头", "--submitted", "2026-03-02", "--by-staff"), "2026-03-02"),
        (("--channel", "邮寄（挂号信）", "--submitted", "2026-02-27", "--arrived", "2026-03-02"), "2026-03-02"),
        (("--channel", "邮寄（挂号信）", "--arrived", "2026-03-02", "--misdirected"), "2026-03-02"),
        (
            ("--channel", "邮寄（平信）", "--arrived", "2026-03-02", "--confirmed", "2026-03-05", "--how", "电话"),
            "2026-03-05",
        ),
        (("--channel", "网络", "--submitted", "2026-03-06"), "2026-03-09"),
        (
            ("--channel", "传真", "--submitted", "2026-03-06", "--confirmed", "2026-03-06", "--how", "电话"),
            "2026-03-06",
        ),
        (("--received", "2026-03-02"), "2026-03-02"),
    ],
    ids=lambda value: value[1] if isinstance(value, tuple) else "",
)
def test_art31_each_channel_gives_its_day(here: Yishen, evidence: tuple[str, ...], received: str) -> None:
    document = asked(here(*REGISTER, *evidence, "--json"))
    assert (document["received"], document["state"]) == (received, "received")
    if document["receipt"] is not None:
        assert document["receipt"]["day"] == received
        assert "第三十一条" in document["receipt"]["reasons"][0]
    assert asked(here("case", "list", *OURS, "--json"))[0]["received_on"] == received


def test_a_registration_gives_the_whole_case_its_likely_repeats_and_the_pace_as_one_document(here: Yishen) -> None:
    document = asked(here(*REGISTER, *EMS, *WANG, "--items", "2", "--form", "电子邮件", "--json"))
    assert document["repeats"] == []
    assert document["pace"] == {"known": True, "month": 1, "twelve_months": 1, "total": 1}
    shown = show(here)
    assert {name: value for name, value in document.items() if name not in {"repeats", "pace"}} == shown
    assert (shown["number"], shown["matter"], shown["applicant"]) == (FIRST, "disclosure", "王小明")
    assert (shown["applicant_kind"], shown["applicant_kind_label"]) == ("natural_person", "自然人")
    assert (shown["state"], shown["state_label"], shown["is_open"]) == ("received", "办理中", True)
    assert (shown["clock"], shown["reply_due"], shown["outcome"]) == ("running", "2026-03-30", None)
    (event,) = shown["events"]
    assert event["facts"] == {
        "number": FIRST,
        "applicant_kind": "natural_person",
        "subject": "2025年道路养护合同",
        "channel": "post_ems",
        "arrived_on": "2026-03-02",
        "items": 2,
        "form": "电子邮件",
        "month_ordinal": 1,
    }
    assert (event["seq"], event["event"], event["irregular"], event["voided"]) == (1, "register", False, False)
    # What is sealed is not told.
    assert "13912345678" not in json.dumps(document)
    assert "11010519491231002X" not in json.dumps(document)


def test_a_request_whose_day_is_open_is_taken_in_and_what_is_to_be_done_told(here: Yishen) -> None:
    said = done(here(*REGISTER, "--channel", "网络", "--submitted", "2026-11-20"))
    assert said.splitlines()[:2] == ["已收件：2026-0001", "收到申请之日尚未确定，答复期限未起算"]
    assert "  待办：" in said
    assert "最迟自 2026-11-23 起算" in said
    document = show(here)
    assert (document["state"], document["received"], document["reply_due"]) == ("unconfirmed", None, None)
    assert (document["receipt"]["day"], document["receipt"]["starts_by_itself"]) == (None, "2026-11-23")
    assert [row["kind"] for row in document["deadlines"]] == ["confirm"]
    assert document["events"][0]["event"] == "arrive"
    said = step(here, "确认收到", "确认方式=电话", on="2026-11-20")
    assert "现为“办理中”" in said
    assert "答复期限 2026-12-18" in said


def test_an_applicant_out_of_reach_is_noted_until_contact_is_made(here: Yishen) -> None:
    done(here(*REGISTER, "--channel", "邮寄（平信）", "--arrived", "2026-03-02"))
    for on in ("2026-03-02", "2026-03-03", "2026-03-04"):
        step(here, "联系申请人未果", "联系方式和情况=电话无人接听", on=on)
    assert "已在 3 个工作日联系申请人未果" in done(here("case", "show", FIRST, *OURS))
    assert "收到日期待确认" in done(here("case", "list", *OURS))
    step(here, "确认收到", "确认方式=电话", on="2026-03-20")
    assert show(here)["received"] == "2026-03-20"


def test_what_is_no_request_is_dismissed(here: Yishen) -> None:
    done(here(*REGISTER, "--channel", "邮寄（平信）", "--arrived", "2026-03-02"))
    said = step(here, "不作为申请", "理由=广告信", on="2026-03-03")
    assert "现为“作废（不计入统计）”" in said
    document = show(here)
    assert (document["is_open"], document["deadlines"], document["reply_due"]) == (False, [], None)


def test_art41_a_request_to_correct_records_has_its_own_steps(here: Yishen) -> None:
    document = asked(here(*REGISTER, "--received", "2026-03-02", "--rectification", "--json"))
    assert (document["matter"], document["reply_due"]) == ("rectification", "2026-03-30")
    step(here, "更正处理", "更正处理结果=予以更正", "核实情况和理由=属实", on="2026-03-09")
    assert show(here)["closed"] == "2026-03-09"


def test_a_representative_comes_with_an_authority_and_a_request_may_be_linked_to_another(here: Yishen) -> None:
    register(here)
    document = asked(
        here(
            *REGISTER, *EMS, *WANG, "--representative", "赵律师", "--authority", "2026-03-01 授权委托书原件",
            "--linked-to", FIRST, "--json",
        )
    )  # fmt: skip
    facts = document["events"][0]["facts"]
    assert (facts["linked_to"], facts["authority"]) == (FIRST, "2026-03-01 授权委托书原件")
    assert "赵律师" not in json.dumps(document, ensure_ascii=False)


def test_likely_repeats_and_the_pace_are_told_at_registration(here: Yishen) -> None:
    register(here, *WANG)
    step(here, "答复", *REFUSED, "答复文号=某答〔2026〕1号", on="2026-03-10")
    document = asked(
        here(
            *REGISTER[:-1],
            "请公开2025年道路养护的合同",
            "--channel",
            "当面",
            "--submitted",
            "2026-03-20",
            *WANG,
            "--json",
        )
    )
    (likely,) = document["repeats"]
    assert likely.pop("similarity") >= 75
    assert likely.pop("case_id")
    assert likely == {
        "number": FIRST,
        "received_on": "2026-03-02",
        "state": "refused",
        "outcome": "refused_process",
        "closed_on": "2026-03-10",
        "reply_number": "某答〔2026〕1号",
        "subject": "2025年道路养护合同",
        "same_person": True,
    }
    assert document["pace"] == {"known": True, "month": 2, "twelve_months": 2, "total": 2}
    said = done(here(*REGISTER, "--channel", "当面", "--submitted", "2026-04-01", *WANG))
    assert "同一申请人本月第 1 件，近十二个月 3 件（条例第三十五条）" in said
    assert "疑似重复申请 2 件，请核对（条例第三十六条第（六）项）：" in said
    assert "2026-0001 同一申请人" in said
    assert "2026-03-10 答复 某答〔2026〕1号" in said


def test_at_most_three_repeats_are_listed_and_all_are_counted(here: Yishen) -> None:
    for _ in range(4):
        register(here, *LI)
    said = done(here(*REGISTER, *EMS, *WANG))
    assert "疑似重复申请 4 件" in said
    assert said.count("其他申请人") == 3
    # Of another person there is no pace to tell.
    assert "同一申请人" not in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        # The day of receipt is the one of Article 31 and no other.
        ((*EMS, "--received", "2026-03-04"), ("2026-03-02", "不是 2026-03-04", "条例第三十一条第二项")),
        (("--channel", "网络", "--submitted", "2026-03-06", "--received", "2026-03-12"), ("2026-03-09", "第三项")),
        (("--channel", "当面", "--submitted", "2026-11-23"), ("提交日期", "2026-11-23")),
        (("--channel", "邮寄（EMS）", "--submitted", "2026-03-05", "--arrived", "2026-03-02"), ("签收日期",)),
        (("--received", "2026-03-02", "--submitted", "2026-03-03"), ("--submitted", "2026-03-03")),
        (("--received", "2026-11-23"), ("晚于今天", "2026-11-22")),
        # Days without a channel say nothing.
        (("--arrived", "2026-03-02"), ("--channel",)),
        (("--how", "电话"), ("--channel",)),
        (("--submitted", "2026-03-02"), ("--channel",)),
        (("--submitted", "2027-03-02"), ("--channel",)),
        (("--channel", "电报"), ("“电报”", "邮寄（平信）")),
        (("--received", "3月2日"), ("--received", "2021-09-30")),
        (("--received", "2026年2月30日"), ("--received", "2026年2月30日")),
        (("--items", "0"), ("--items", "1")),
        (("--items", "两"), ("--items",)),
        (("--representative", "赵律师"), ("--authority",)),
        (("--received", "2026-03-02", "--linked-to", "2026-0099"), ("2026-0099",)),
        (("--subject", " "), ("--subject",)),
        (("--subject", "长" * 20_001), ("--subject",)),
        (("--kind", "公司"), ("--kind", "商业企业")),
        (("--agency", "buzai"), ("buzai", AGENCY)),
        (("--color", "红"), ("--color",)),
    ],
)
def test_a_registration_that_cannot_be_is_told_in_one_line_and_nothing_is_stored(
    here: Yishen, database: Database, arguments: tuple[str, ...], said: tuple[str, ...]
) -> None:
    line = told(here, database, *REGISTER, *arguments)
    assert [word for word in said if word not in line] == []
    # Not even a number was taken.
    assert asked(here(*REGISTER, *EMS, "--json"))["number"] == FIRST


def test_art28_a_channel_that_was_not_announced_is_refused(here: Yishen, database: Database) -> None:
    basic = "当面、口头、邮寄（EMS）、邮寄（挂号信）、邮寄（平信）"
    done(here("settings", "set", "channels", basic, *OURS))
    line = told(here, database, *REGISTER, "--channel", "传真", "--submitted", "2026-03-02")
    assert "“传真”" in line
    assert "条例第二十八条" in line
    register(here)


# what-if


def test_what_if_tells_the_clock_before_and_after_and_stores_nothing(here: Yishen, database: Database) -> None:
    register(here)
    step(here, "告知补正", "补正事项=年份", "补正期限=2026-03-19", on="2026-03-05")
    before = stored(database.engine)
    said = done(here("case", "what-if", FIRST, "收到补正", "--on", "2026-03-18", *OURS))
    assert said.splitlines()[:3] == [
        "2026-0001，如果 2026-03-18 收到补正：",
        "  现在：答复期限停止计算",
        "  之后：答复期限 2026-04-16，还剩 20 个工作日",
    ]
    assert "条例第三十条" in said
    document = asked(here("case", "what-if", FIRST, "correct", "--on", "2026-03-18", *OURS, "--json"))
    assert stored(database.engine) == before
    assert (document["event"], document["label"], document["on"]) == ("correct", "收到补正", "2026-03-18")
    assert (document["allowed"], document["reason"], document["article"]) == (True, None, "条例第三十条")
    assert (document["state"], document["before"]["clock"], document["before"]["reply_due"]) == (
        "received", "stopped", None,
    )  # fmt: skip
    after = document["after"]
    assert (after["clock"], after["reply_due"], after["working_days_left"]) == ("running", "2026-04-16", 20)
    assert {"kind": "reply", "due": "2026-04-16", "article": "条例第三十三条"} in after["deadlines"]
    assert document["explanation"]
    # What was tried and then done comes out the same.
    step(here, "收到补正", on="2026-03-18")
    assert show(here)["reply_due"] == "2026-04-16"


@pytest.mark.parametrize(
    ("arguments", "due"),
    [
        (("告知延期", "延期工作日=20", "--on", "2026-03-30"), "2026-04-28"),
        (("征求意见", "征求对象=第三方", "--on", "2026-03-10"), None),
        (("征求意见", "征求对象=本机关内部", "--on", "2026-03-10"), "2026-03-30"),
        (
            ("更正登记内容", "收到申请之日=2026-03-03", "理由=看错", "提交日期=2026-03-03", "--on", "2026-03-10"),
            "2026-03-31",
        ),
        (("记事", "内容=试", "--on", "2026-03-10"), "2026-03-30"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_what_if_needs_only_what_moves_the_clock(here: Yishen, arguments: tuple[str, ...], due: str | None) -> None:
    register(here)
    document = asked(here("case", "what-if", FIRST, *arguments, *OURS, "--json"))
    assert (document["allowed"], document["after"]["reply_due"]) == (True, due)


def test_what_if_answers_that_the_law_would_not_allow_it(here: Yishen) -> None:
    register(here)
    late = ("告知延期", "延期工作日=20", "--on", "2026-03-31")
    said = done(here("case", "what-if", FIRST, *late, *OURS))
    assert said.splitlines()[1].startswith("  不可：")
    assert "2026-03-30" in said
    document = asked(here("case", "what-if", FIRST, *late, *OURS, "--json"))
    assert (document["allowed"], document["article"]) == (False, "条例第三十三条第二款")
    assert document["before"] == document["after"]


def test_art31_what_if_a_late_confirmation_came_gives_the_day_that_it_would_have(here: Yishen) -> None:
    # Entered while it was open; the cap is 2026-11-23, whenever the office confirms.
    done(here(*REGISTER, "--channel", "网络", "--submitted", "2026-11-20"))
    late = asked(here("case", "what-if", FIRST, "确认收到", "确认方式=电话", "--on", "2026-11-30", *OURS, "--json"))
    # 20 working days after 23 November, not after the 30th.
    assert (late["allowed"], late["before"], late["after"]["reply_due"]) == (True, None, "2026-12-21")
    assert "期限未起算" in done(
        here("case", "what-if", FIRST, "确认收到", "确认方式=电话", "--on", "2026-11-30", *OURS)
    )


def test_what_if_an_entry_were_voided_is_answered_too(here: Yishen, database: Database) -> None:
    register(here)
    step(here, "告知延期", "延期工作日=10", "批准人=主任", "延期理由=复杂", on="2026-03-10")
    before = stored(database.engine)
    void = ("作废一条记录", "第几条记录=2", "理由=记错", "--on", "2026-03-11")
    document = asked(here("case", "what-if", FIRST, *void, *OURS, "--json"))
    assert (document["allowed"], document["before"]["reply_due"], document["after"]["reply_due"]) == (
        True, "2026-04-14", "2026-03-30",
    )  # fmt: skip
    assert stored(database.engine) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("告知延期",), "“延期工作日”"),
        (("告知延期", "延期工作日=二十"), "延期工作日"),
        (("结转下年度",), "没有“结转下年度”这一事项"),
        (("登记",), "没有“登记”这一事项"),
        (("收到补正", "--on", "下周"), "--on"),
        (("答复", "结果=好"), "办理结果"),
    ],
)
def test_what_if_without_what_it_turns_on_is_told(
    here: Yishen, database: Database, arguments: tuple[str, ...], said: str
) -> None:
    register(here)
    assert said in told(here, database, "case", "what-if", FIRST, *arguments, *OURS)
    assert "2026-0099" in told(here, database, "case", "what-if", "2026-0099", "收到补正", *OURS)


def test_what_if_says_what_recording_would_be_refused_for(here: Yishen, database: Database) -> None:
    register(here, *WANG)
    before = stored(database.engine)
    reply = ("答复", "办理结果=予以公开", "情形=提供政府信息", "送达方式=邮寄（EMS）", "--on", "2026-03-10")
    document = asked(here("case", "what-if", FIRST, *reply, *OURS, "--json"))
    assert (document["allowed"], document["reason"]) == (True, None)
    assert document["lacking"] == "公开内容的答复应先经保密审查，没有保密审查记录（条例第十七条）"
    said = done(here("case", "what-if", FIRST, *reply, *OURS))
    assert said.splitlines()[-1] == f"  注意：照此记录会被拒绝：{document['lacking']}"
    assert stored(database.engine) == before
    # It is what recording says, and it goes when it is done.
    assert document["lacking"] in told(here, database, "case", "record", FIRST, *reply, *OURS)
    step(here, "保密审查", "审查人=李四", "可以公开=是", on="2026-03-10")
    assert asked(here("case", "what-if", FIRST, *reply, *OURS, "--json"))["lacking"] is None
    assert "注意" not in done(here("case", "what-if", FIRST, *reply, *OURS))


@pytest.mark.parametrize(
    ("bill", "lacking"),
    [
        (("收费金额=1", "收费标准=按量", "页数=120"), "1100"),
        (("收费金额=1100", "收费标准=按量"), "应写明页数"),
        (("收费金额=1100", "收费标准=按量", "页数=120"), None),
        (("收费金额=1100",), "缺少“收费标准”"),
    ],
)
def test_what_if_of_a_bill_says_what_is_wrong_with_it(here: Yishen, bill: tuple[str, ...], lacking: str | None) -> None:
    done(here("settings", "set", "charges_fees", "是", *OURS))
    register(here, *WANG)
    document = asked(here("case", "what-if", FIRST, "收费通知", *bill, "--on", "2026-03-10", *OURS, "--json"))
    recorded = here("case", "record", FIRST, "收费通知", *bill, "--on", "2026-03-10", *OURS)
    assert (recorded.code, recorded.err.strip()) == ((0, "") if lacking is None else (2, document["lacking"]))
    assert document["lacking"] is None if lacking is None else lacking in document["lacking"]


def test_what_if_counts_the_items_of_a_bill_as_recording_does(here: Yishen) -> None:
    done(here("settings", "set", "charges_fees", "是", *OURS))
    for _ in range(11):
        number = register(here, *WANG)
    bill = ("收费通知", "收费标准=按件", "拆分计算的件数=2", "--on", "2026-03-10", *OURS, "--json")
    # The eleventh and the twelfth of the month, at 100 yuan each (law.md 4).
    assert "200" in asked(here("case", "what-if", number, bill[0], "收费金额=100", *bill[1:]))["lacking"]
    assert asked(here("case", "what-if", number, bill[0], "收费金额=200", *bill[1:]))["lacking"] is None
    assert asked(here("case", "record", number, bill[0], "收费金额=200", *bill[1:]))["state"] == "awaiting_fee"


# Split


def test_a_letter_is_split_and_both_sides_say_so(here: Yishen, database: Database) -> None:
    register(here, *WANG, "--items", "3")
    split = (
        "case",
        "split",
        FIRST,
        "--keep",
        "甲合同",
        "--into",
        "乙合同",
        "--into",
        "丙合同",
        "--on",
        "2026-03-04",
        *OURS,
    )
    assert done(here(*split)).strip() == "2026-0001 已拆分，拆出：2026-0002、2026-0003"
    kept, made = show(here), show(here, "2026-0002")
    assert kept["subject"] == "甲合同"
    assert kept["events"][-1]["facts"] == {"into": "2026-0002、2026-0003", "subject": "甲合同"}
    assert (made["subject"], made["applicant"], made["received"]) == ("乙合同", "王小明", "2026-03-02")
    assert made["events"][0]["facts"]["split_from"] == FIRST
    assert [each["reply_due"] for each in (kept, made)] == ["2026-03-30"] * 2
    document = asked(
        here("case", "split", FIRST, "--keep", "甲", "--into", "丁", "--on", "2026-03-05", *OURS, "--json")
    )
    assert document == {"number": FIRST, "split_into": ["2026-0004"]}
    assert verified(database.engine).ok


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((FIRST, "--keep", "甲", "--into", " "), "均不能为空"),
        ((FIRST, "--keep", "", "--into", "乙"), "均不能为空"),
        ((FIRST, "--keep", "甲"), "--into"),
        ((FIRST, "--into", "乙"), "--keep"),
        ((FIRST, "--keep", "甲", "--into", "乙", "--on", "2026-03-01"), "2026-03-02"),
        ((FIRST, "--keep", "甲", "--into", "乙", "--on", "2026-11-23"), "晚于今天"),
        (("2026-0099", "--keep", "甲", "--into", "乙"), "2026-0099"),
    ],
)
def test_a_split_that_cannot_be_is_told(
    here: Yishen, database: Database, arguments: tuple[str, ...], said: str
) -> None:
    register(here)
    assert said in told(here, database, "case", "split", *arguments, *OURS)


def test_a_letter_that_was_answered_is_not_split(here: Yishen, database: Database) -> None:
    register(here)
    step(here, "答复", *REFUSED, on="2026-03-10")
    line = told(here, database, "case", "split", FIRST, "--keep", "甲", "--into", "乙", *OURS)
    assert "一事一申请" in line


# Repeats


def test_the_repeats_of_a_case_are_listed_with_the_earlier_replies(here: Yishen) -> None:
    register(here, *WANG)
    step(here, "答复", *REFUSED, on="2026-03-10")
    register(here, *LI)
    number = register(here, *WANG, received="2026-03-20")
    said = done(here("case", "repeats", number, *OURS))
    assert said.splitlines()[:2] == [
        "同一申请人：当月 2 件，近十二个月 2 件，共 2 件（条例第三十五条）",
        "疑似重复申请 2 件，请核对（条例第三十六条第（六）项）：",
    ]
    assert "2026-0001 同一申请人 相似 100% “未公开”，2026-03-10 答复 （无文号）：2025年道路养护合同" in said
    assert "2026-0002 其他申请人" in said
    document = asked(here("case", "repeats", number, *OURS, "--json"))
    assert [(each["number"], each["same_person"]) for each in document["repeats"]] == [
        (FIRST, True),
        ("2026-0002", False),
    ]
    assert document["pace"] == {"known": True, "month": 2, "twelve_months": 2, "total": 2}


def test_of_somebody_unknown_no_pace_is_told_and_without_repeats_that(here: Yishen) -> None:
    register(here, "--name", "张三")
    assert done(here("case", "repeats", FIRST, *OURS)).splitlines() == [
        "没有证件号码，也没有姓名和电话，不能认定同一申请人",
        "没有发现疑似重复的申请",
    ]
    document = asked(here("case", "repeats", FIRST, *OURS, "--json"))
    assert (document["repeats"], document["pace"]["known"]) == ([], False)


def test_the_repeats_of_a_case_that_is_not_there_are_told_so(here: Yishen, database: Database) -> None:
    assert "2026-0099" in told(here, database, "case", "repeats", "2026-0099", *OURS)


# Fee


def test_both_tariffs_are_told_and_that_none_is_charged_by_default(here: Yishen, database: Database) -> None:
    register(here, *WANG)
    before = stored(database.engine)
    result = here("case", "fee", FIRST, "--pages", "120", *OURS)
    assert result.code == 0
    assert "没有开启收取信息处理费" in result.err
    assert len(result.err.splitlines()) == 1
    # law.md 4: 70 pages at 10 yuan and 20 at 20.
    assert "按量计收，120 页合计 1100 元（信息处理费管理办法第五条）。" in result.out
    assert "按件计收，1 件合计 0 元" in result.out
    document = asked(here("case", "fee", FIRST, "--pages", "120", *OURS, "--json"))
    assert document["charges_fees"] is False
    assert (document["by_volume"]["yuan"], document["by_volume"]["quantity"]) == ("1100", 120)
    assert (document["by_item"]["yuan"], document["by_item"]["quantity"]) == ("0", 1)
    assert stored(database.engine) == before


def test_a_notice_over_what_was_previewed_is_accepted_and_no_other(here: Yishen, database: Database) -> None:
    done(here("settings", "set", "charges_fees", "是", *OURS))
    register(here, *WANG)
    document = asked(here("case", "fee", FIRST, "--pages", "120", *OURS, "--json"))
    assert document["charges_fees"] is True
    assert here("case", "fee", FIRST, "--pages", "120", *OURS).err == ""
    bill = ("case", "record", FIRST, "收费通知", "收费标准=按量", "页数=120", "--on", "2026-03-05", *OURS)
    assert "应收 1100 元" in told(here, database, *bill, "收费金额=1000")
    by_item = ("case", "record", FIRST, "收费通知", "收费标准=按件", "收费金额=100", "--on", "2026-03-05", *OURS)
    assert "按件计收，1 件应收 0 元" in told(here, database, *by_item)
    said = done(here(*bill, f"收费金额={document['by_volume']['yuan']}"))
    assert "现为“等待缴费”" in said
    said = step(here, "缴费", "实收金额=1100.00", on="2026-03-10")
    assert "答复期限 2026-04-08" in said


def test_the_items_of_a_letter_are_charged_one_by_one(here: Yishen) -> None:
    for _ in range(9):
        register(here, *WANG)
    number = register(here, *WANG)
    document = asked(here("case", "fee", number, "--items", "3", *OURS, "--json"))
    assert (document["by_item"]["quantity"], document["by_item"]["yuan"], document["by_volume"]) == (3, "200", None)
    said = done(here("case", "fee", number, "--items", "3", *OURS))
    assert "按量：未给出页数（--pages）" in said


def test_what_cannot_be_worked_out_is_told_with_the_reason(here: Yishen) -> None:
    register(here)
    assert "按件：不能计算，登记时没有可以认定同一申请人的证件号码，也没有姓名和电话" in done(
        here("case", "fee", FIRST, *OURS)
    )
    number = asked(here(*REGISTER, *WANG, "--channel", "邮寄（平信）", "--arrived", "2026-03-02", "--json"))["number"]
    assert "按件：不能计算，收到申请之日尚未确定" in done(here("case", "fee", number, *OURS))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((FIRST, "--items", "0"), "--items"),
        ((FIRST, "--items", "-1"), "--items"),
        ((FIRST, "--pages", "-1"), "--pages"),
        ((FIRST, "--pages", "很多"), "--pages"),
        (("2026-0099",), "2026-0099"),
    ],
)
def test_a_fee_that_cannot_be_worked_out_is_told(
    here: Yishen, database: Database, arguments: tuple[str, ...], said: str
) -> None:
    register(here)
    assert said in told(here, database, "case", "fee", *arguments, *OURS)


# Record: flags, terms, amounts


def test_facts_are_written_by_their_labels_or_names_with_the_terms_of_the_law(here: Yishen, database: Database) -> None:
    register(here)
    step(
        here,
        "征求意见",
        "征求对象=主管部门或者保密部门",
        "对方名称=市国家保密局",
        "法制审核同意暂停=是",
        on="2026-03-05",
    )
    assert show(here)["clock"] == "suspended"
    step(here, "意见收齐", "第几次征求意见=1", "opinion=同意公开", "对方理由=不属于国家秘密", on="2026-03-12")
    step(here, "检索", "检索范围=档案室", "检索词=道路 养护", "检索人=张三", "是否找到=yes", on="2026-03-13")
    step(here, "secrecy_review", "reviewer=保密员", "may_release=TRUE", "审查意见=同意", on="2026-03-13")
    reply = (
        "办理结果=予以公开",
        "情形=提供政府信息",
        "送达方式=电子邮件",
        "网上复议渠道=https://xzfy.example.gov.cn/?a=1",
    )
    said = step(here, "答复", *reply, "答复文号=某答〔2026〕1号", on="2026-03-16")
    assert "现为“已公开”" in said
    facts = show(here)["events"][-1]["facts"]
    assert facts == {
        "outcome": "granted",
        "ground": "provided",
        "means": "email",
        "reply_number": "某答〔2026〕1号",
        # Only the first sign of equality ends the name.
        "review_channel": "https://xzfy.example.gov.cn/?a=1",
    }
    step(here, "送达被退回", "退回原因=邮箱已满", on="2026-03-17")
    said = step(here, "再次送达", "送达方式=邮寄（挂号信）", on="2026-03-18")
    # The first e-mail was never sent in law; within the year no figure moves.
    assert "统计随之变动" not in said
    assert show(here)["closed"] == "2026-03-18"
    assert verified(database.engine).ok


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("保密审查", "审查人=张三", "可以公开=可以"), "是或否"),
        (("保密审查", "审查人=张三"), "“可以公开”"),
        (("征求意见", "征求对象=邻居", "对方名称=甲"), "第三方"),
        (("征求意见", "征求对象=第三方"), "“对方名称”"),
        (("意见收齐", "第几次征求意见=一", "意见=同意公开"), "第几次征求意见"),
        (("收费通知", "收费金额=十元", "收费标准=按量"), "收费金额"),
        (("收费通知", "收费金额=10", "收费标准=按量", "页数=31"), "没有开启收取信息处理费"),
        (("告知补正", "补正期限=2026-02-30", "补正事项=年份"), "补正期限"),
        (("告知补正", "补正期限="), "补正期限"),
        (("告知补正", "补正事项="), "补正事项"),
        (("告知补正", "补正事项"), "补正事项=…"),
        (("告知补正", "=年份"), "补正事项=…"),
        (("答复", *REFUSED[:2]), "理由和条款"),
        (("答复", "办理结果=不予公开", "送达方式=邮寄（EMS）"), "不是办理结果"),
        (("答复", "办理结果=予以公开", "情形=提供政府信息", "送达方式=邮寄（EMS）"), "保密审查"),
        (("答复", *REFUSED[:1], "送达方式=快递企业", REASONS), "邮政"),
        (("答复", *REFUSED[:1], "送达方式=网上平台", REASONS), "复议"),
        (("答复", *REFUSED[:1], "送达方式=飞鸽", REASONS), "送达方式"),
        (("缴费", "实收金额=10"), "不能“缴费”"),
        (("重新办理", "重新办理的依据=法院判决"), "不能“重新办理”"),
        (("作废一条记录", "第几条记录=9", "理由=错"), "没有第 9 条记录"),
        (("并案", "并入的登记编号=2026-0099"), "2026-0099"),
        (("并案", "并入的登记编号=2026-0001"), "就是本件"),
        (("变更申请人类别", "申请人类别=自然人", "理由=错"), "已是“自然人”"),
        (("更正处理", "更正处理结果=予以更正", "核实情况和理由=属实"), "不适用"),
        (("确认收到", "确认方式=电话"), "不能“确认收到”"),
    ],
    ids=lambda value: "" if isinstance(value, str) else "-".join(value)[:40],
)
def test_a_step_that_cannot_be_is_told_in_one_line_and_nothing_is_stored(
    here: Yishen, database: Database, arguments: tuple[str, ...], said: str
) -> None:
    register(here)
    line = told(here, database, "case", "record", FIRST, *arguments, "--on", "2026-03-10", *OURS)
    assert said in line


def test_every_faulty_fact_has_its_line(here: Yishen, database: Database) -> None:
    register(here)
    faulty = ("颜色=红", "补正期限=明天", "送达日期=2026-13-01")
    lines = told(here, database, "case", "record", FIRST, "告知补正", *faulty, *OURS, lines=3)
    assert [word for word in faulty if word.split("=")[1] not in lines] == []


def test_a_fact_with_a_line_break_is_told_in_one_line(here: Yishen, database: Database) -> None:
    register(here)
    told(here, database, "case", "record", FIRST, "告知补正", "补正期限=明\n天", *OURS)
    told(here, database, "case", "record", "2026\n0001", "告知补正", *OURS)


@pytest.mark.parametrize(
    "written",
    ["2026-03-10", "2026年3月10日", "2026/3/10", "2026.3.10", "20260310", "２０２６年３月１０日", "２０２６／３／１０"],
)
def test_a_day_is_taken_in_every_form_that_a_ledger_takes(here: Yishen, written: str) -> None:
    register(here)
    step(here, "告知补正", "补正事项=年份", f"补正期限={written}", f"送达日期＝{written}", on=written)
    event = show(here)["events"][-1]
    assert event["happened_on"] == "2026-03-10"
    assert event["facts"]["until"] == event["facts"]["delivered"] == "2026-03-10"
    number = register(here, received=written)
    assert show(here, number)["received"] == "2026-03-10"


@pytest.mark.parametrize(
    ("written", "stored_as"),
    [
        ("邮寄(EMS)", "post_ems"), ("EMS", "post_ems"), ("ems", "post_ems"), ("ＥＭＳ", "post_ems"),
        ("邮寄 (EMS)", "post_ems"), ("挂号信", "post_registered"), ("委托", "delegated"), ("当面", "hand"),
    ],
)  # fmt: skip
def test_a_label_is_taken_in_any_width_and_by_its_short_form(here: Yishen, written: str, stored_as: str) -> None:
    register(here)
    step(here, "答复", "办理结果=不予公开－属于四类", f"送达方式={written}", REASONS, on="2026-03-10")
    facts = show(here)["events"][-1]["facts"]
    assert (facts["means"], facts["outcome"]) == (stored_as, "refused_process")


def test_a_short_form_that_may_mean_several_is_refused(here: Yishen, database: Database) -> None:
    register(here)
    reply = ("case", "record", FIRST, "答复", REASONS, "--on", "2026-03-10", *OURS)
    for short in ("邮寄", "邮", "E", "政府"):
        line = told(here, database, *reply, "办理结果=部分公开", f"送达方式={short}")
        assert f"送达方式：“{short}”不在可用的值之中，应为：当面、委托送达、邮寄（EMS）" in line
    assert "不是办理结果" in told(here, database, *reply, "办理结果=不予公开-属于", "送达方式=EMS")
    step(here, "征求意见", "征求对象=第三方", "对方名称=甲", on="2026-03-10")
    step(here, "意见收齐", "第几次征求意见=１", "意见=不同意", on="2026-03-12")
    assert show(here)["events"][-1]["facts"] == {"consultation": 1, "opinion": "disagree"}


def test_a_fact_given_twice_is_refused(here: Yishen, database: Database) -> None:
    register(here)
    letter = ("case", "record", FIRST, "告知补正", "--on", "2026-03-05", *OURS)
    line = told(here, database, *letter, "补正事项=年份", "items=文号")
    assert line.strip() == "补正事项：给了两次（“年份”“文号”），应只给一次"


def test_what_the_system_fills_is_taken_and_not_asked_for(here: Yishen, database: Database) -> None:
    register(here)
    letter = ("case", "record", FIRST, "告知补正", "补正事项=年份", "--on", "2026-03-05", *OURS)
    line = told(here, database, *letter, "颜色=红")
    assert line.strip().endswith("应为：补正事项=…、补正期限=…、送达日期=…、破例理由=…")
    done(here(*letter, "补正工作日=12"))
    assert show(here)["events"][-1]["facts"]["working_days"] == 12


def test_text_keeps_its_own_signs(here: Yishen) -> None:
    register(here)
    step(here, "记事", "内容=ＥＭＳ单号＝１２３", on="2026-03-05")
    step(here, "记事", "内容＝甲=乙", on="2026-03-05")
    assert [event["facts"] for event in show(here)["events"][1:]] == [{"text": "ＥＭＳ单号＝１２３"}, {"text": "甲=乙"}]


# Record: warnings and figures


def test_what_a_court_would_ask_about_is_warned_of_and_recorded(here: Yishen) -> None:
    register(here)
    step(here, "答复", *REFUSED, on="2026-03-10")
    suit = ("case", "record", FIRST, "复议诉讼受理", "类别=未经复议直接起诉", "--on", "2026-04-01", *OURS)
    document = asked(here(*suit, "--command-id", "k1", "--json"))
    (warning,) = document["warnings"]
    assert "应先申请行政复议" in warning
    assert "行政复议法第二十三条" in warning
    assert (document["recorded"], document["figures_moved"]) == (1, [])
    again = here(*suit, "--command-id", "k1")
    assert "先前已记录" in again.out
    step(here, "复议诉讼审结", "第几件复议诉讼=1", "结果=其他结果", on="2026-04-20")
    told_once = here(*suit[:-4], "--on", "2026-05-06", *OURS)
    assert told_once.code == 0
    assert told_once.err.splitlines() == [f"提示：{warning}"]


def test_what_needs_no_reconsideration_first_is_not_warned_of(here: Yishen) -> None:
    register(here)
    repeat = ("办理结果=不予处理-重复申请", "送达方式=邮寄（EMS）", "先前答复的文号和日期=某答〔2025〕1号，2025-12-01")
    step(here, "答复", *repeat, on="2026-03-10")
    suit = here("case", "record", FIRST, "复议诉讼受理", "类别=未经复议直接起诉", "--on", "2026-04-01", *OURS)
    assert (suit.code, suit.err) == (0, "")


@pytest.mark.parametrize(
    ("on", "warned"),
    [
        ("2026-03-30", []),
        ("2026-03-31", ["提示：答复晚于答复期限 2026-03-30 1 个工作日（条例第三十三条）"]),
        ("2026-06-02", ["提示：答复晚于答复期限 2026-03-30 43 个工作日（条例第三十三条）"]),
    ],
)
def test_art33_a_late_reply_is_taken_with_a_warning(here: Yishen, on: str, warned: list[str]) -> None:
    register(here)
    result = here("case", "record", FIRST, "答复", *REFUSED, "--on", on, *OURS)
    assert (result.code, result.err.splitlines()) == (0, warned)


def test_art33_a_reply_late_after_its_consultation_is_warned_of_by_the_day_that_it_gives(here: Yishen) -> None:
    register(here)
    step(here, "征求意见", "征求对象=第三方", "对方名称=甲", on="2026-03-10")
    step(here, "意见收齐", "第几次征求意见=1", "意见=不同意公开", on="2026-03-24")
    late = here("case", "record", FIRST, "答复", *REFUSED, "--on", "2026-04-15", *OURS)
    assert late.err.splitlines() == ["提示：答复晚于答复期限 2026-04-14 1 个工作日（条例第三十三条）"]


def test_a_voided_entry_is_marked_and_the_figures_that_move_are_told(here: Yishen, database: Database) -> None:
    register(here)
    step(here, "答复", *REFUSED, on="2026-03-10")
    said = step(here, "作废一条记录", "第几条记录=2", "理由=结果选错", on="2026-03-11")
    assert "现为“办理中”" in said
    (moved,) = [line for line in said.splitlines() if line.startswith("统计随之变动：")]
    assert "2026 年表三“不予公开-属于四类过程性信息”自然人列 −1" in moved
    assert "2026 年表三“办理结果总计”自然人列 −1" in moved
    shown = done(here("case", "show", FIRST, *OURS))
    assert " 2 2026-03-10 答复（已作废）（条例第十六条第二款）" in shown
    assert "作废一条记录（条例第四十五条）" in shown
    document = show(here)
    assert [event["voided"] for event in document["events"]] == [False, True, False]
    assert document["events"][2]["facts"] == {"entry": 2, "reason": "结果选错"}
    assert (document["outcome"], document["closed"], document["reply_due"]) == (None, None, "2026-03-30")
    # Then as it was.
    repeat = ("办理结果=不予处理-重复申请", "送达方式=邮寄（EMS）", "先前答复的文号和日期=某答〔2025〕1号")
    step(here, "答复", *repeat, on="2026-03-10")
    assert show(here)["outcome"] == "unprocessed_repeat"
    assert verified(database.engine).ok


def test_a_registration_voided_takes_the_whole_case_out_of_all_figures(here: Yishen) -> None:
    register(here)
    document = asked(
        here(
            "case",
            "record",
            FIRST,
            "作废一条记录",
            "第几条记录=1",
            "理由=重复登记",
            "--on",
            "2026-03-03",
            *OURS,
            "--json",
        )
    )
    # The year is not over: nothing of it is final.
    assert "按目前台账，2026 年表三“本年新收”自然人列 −1" in document["figures_moved"]
    assert all(sentence.endswith("−1") for sentence in document["figures_moved"])
    assert (document["state"], document["is_open"], document["deadlines"]) == ("void", False, [])
    # Nothing is due of what is void.
    assert (document["reply_due"], document["clock"]) == (None, None)
    assert "已作废，不计入统计" in done(here("case", "show", FIRST, *OURS))
    assert "不计入统计" in done(here("case", "list", *OURS))
    assert register(here) == "2026-0002"


def test_another_category_and_another_day_move_figures_and_say_which(here: Yishen) -> None:
    number = register(here, received="2025-12-31")
    kind = ("变更申请人类别", "申请人类别=商业企业", "理由=登记时选错")
    said = step(here, *kind, on="2026-01-05", number=number)
    assert "2025 年表三“本年新收”自然人列 −1" in said
    assert "2025 年表三“本年新收”商业企业列 +1" in said
    assert show(here, number)["applicant_kind"] == "company"
    amended = ("收到申请之日=2026-01-04", "提交日期=2026-01-04", "理由=看错收件章")
    said = step(here, "更正登记内容", *amended, on="2026-01-06", number=number)
    (moved,) = [line for line in said.splitlines() if line.startswith("统计随之变动：")]
    sentences = moved.removeprefix("统计随之变动：").split("；")
    assert "2025 年表三“本年新收”商业企业列 −1" in sentences
    # The year that runs is told as it stands, not as if it were final.
    assert "按目前台账，2026 年表三“本年新收”商业企业列 +1" in sentences
    assert [each for each in sentences if "2026 年" in each and not each.startswith("按目前台账，")] == []
    assert show(here, number)["received"] == "2026-01-04"


def test_a_correction_of_the_wording_moves_nothing_and_says_nothing(here: Yishen) -> None:
    register(here)
    said = step(here, "更正登记内容", "申请内容=2025年道路养护合同及附件", "理由=漏字", on="2026-03-03")
    assert "统计随之变动" not in said
    assert show(here)["subject"] == "2025年道路养护合同及附件"


# Show


def test_the_deadlines_of_a_case_are_shown_with_their_articles(here: Yishen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.office.now", lambda: datetime(2026, 3, 25, 2, tzinfo=UTC))
    register(here)
    asked_third = ("征求对象=第三方", "对方名称=某公司", "送达日期=2026-03-11")
    step(here, "征求意见", *asked_third, on="2026-03-10")
    shown = done(here("case", "show", FIRST, *OURS))
    assert "答复期限暂停计算" in shown
    # 15 working days from the delivery (law.md 3.6).
    assert "  反馈意见期限：2026-04-01（条例第三十二条）" in shown
    rows = {row["kind"]: row for row in show(here)["deadlines"]}
    assert set(rows) == {"ask_correction", "opinion", "reply"}
    assert rows["opinion"] == {
        "kind": "opinion",
        "label": "反馈意见期限",
        "round": 1,
        "state": "open",
        "due": "2026-04-01",
        "done": None,
        "article": "条例第三十二条",
    }
    assert (rows["reply"]["state"], rows["reply"]["due"]) == ("suspended", None)
    step(here, "意见收齐", "第几次征求意见=1", "意见=不同意公开", on="2026-03-24")
    rows = {row["kind"]: row for row in show(here)["deadlines"]}
    assert (rows["opinion"]["state"], rows["opinion"]["done"]) == ("done", "2026-03-24")
    # law.md 3.6: would have been 2026-03-30.
    assert rows["reply"]["due"] == "2026-04-14"


def test_the_days_of_a_lawsuit_are_shown_beside_the_reply(here: Yishen) -> None:
    register(here)
    step(here, "答复", *REFUSED, on="2026-03-10")
    review = ("类别=行政复议", "复议程序=简易程序", "收到申请书或者起诉状副本日期=2026-04-02")
    step(here, "复议诉讼受理", *review, on="2026-04-01")
    shown = done(here("case", "show", FIRST, *OURS))
    # Five working days (行政复议法 Art. 54); Monday the 6th is a day off.
    assert "  复议答复期限：2026-04-10（行政复议法第五十四条）" in shown
    assert "  不予公开信息的定期评估：2027-03-10（条例第十八条）" in shown
    assert "已于 2026-03-10 办结" in shown


def test_a_late_entry_of_the_log_tells_when_it_was_recorded(here: Yishen) -> None:
    register(here)
    (event,) = show(here)["events"]
    assert (event["happened_on"], event["recorded_at"]) == ("2026-03-02", "2026-11-22T10:00:00+08:00")
    assert event["actor"].startswith("cli:")
    assert "1 2026-03-02 登记（条例第二十九条、第三十一条），2026-11-22 10:00 记" in done(
        here("case", "show", FIRST, *OURS)
    )


def test_art30_what_ended_while_a_correction_was_awaited_has_no_day_for_a_reply(here: Yishen) -> None:
    register(here)
    step(here, "告知补正", "补正事项=年份", "补正期限=2026-03-20", "送达日期=2026-03-05", on="2026-03-05")
    step(here, "撤回申请", "撤回方式=书面", "已核对身份=是", on="2026-03-10")
    assert done(here("case", "show", FIRST, *OURS)).splitlines()[2] == "已于 2026-03-10 办结"


def test_the_records_say_what_was_done_in_the_words_of_the_office(here: Yishen) -> None:
    register(here, *WANG, "--authority", "2026-03-01 授权委托书原件")
    step(here, "告知补正", "补正事项=写明年份", "补正期限=2026-03-20", "送达日期=2026-03-05", on="2026-03-05")
    step(here, "收到补正", on="2026-03-09")
    step(here, "保密审查", "审查人=保密员", "可以公开=否", on="2026-03-10")
    step(here, "告知延期", "延期工作日=10", "批准人=主任", "延期理由=查档", on="2026-03-11")
    step(here, "答复", *REFUSED, "答复文号=某答〔2026〕1号", on="2026-03-12")
    lines = done(here("case", "show", FIRST, *OURS)).splitlines()
    lines = lines[lines.index("办理记录：") + 1 :]
    assert [line for line in lines if line.startswith("     ")] == [
        "     申请人类别：自然人；申请渠道：当面；提交日期：2026-03-02；当月第几件：1",
        "     补正事项：写明年份；补正期限：2026-03-20；送达日期：2026-03-05",
        "     审查人：保密员；可以公开：否",
        "     延期工作日：10 个工作日；批准人：主任；延期理由：查档",
        (
            "     办理结果：不予公开-属于四类过程性信息；答复文号：某答〔2026〕1号；送达方式：邮寄（EMS）；"
            "理由和条款：过程稿，条例第十六条第二款；下次评估日期：2027-03-12"
        ),
    ]
    # Whoever acts for the applicant is nobody's business here.
    assert "授权委托书" not in "".join(lines)
    told_of = {event["event"]: event["told"] for event in show(here)["events"]}
    assert told_of["correct"] == []
    assert {"label": "可以公开", "value": "否"} in told_of["secrecy_review"]


def test_consultations_and_reviews_are_shown_with_the_numbers_that_are_asked_for(here: Yishen) -> None:
    register(here)
    for party in ("甲", "乙"):
        step(here, "征求意见", "征求对象=第三方", f"对方名称={party}", on="2026-03-10")
    step(here, "作废一条记录", "第几条记录=2", "理由=发错", on="2026-03-10")
    step(here, "征求意见", "征求对象=第三方", "对方名称=丙", on="2026-03-11")
    shown = done(here("case", "show", FIRST, *OURS))
    for line in (
        " 2 2026-03-10 第 1 次征求意见（已作废）（",
        " 3 2026-03-10 第 2 次征求意见（",
        " 5 2026-03-11 第 3 次征求意见（",
    ):
        assert line in shown
    # The number is the one that the next step takes.
    for number in (2, 3):
        step(here, "意见收齐", f"第几次征求意见={number}", "意见=同意公开", on="2026-03-12")
    step(here, "答复", *REFUSED, on="2026-03-13")
    step(here, "复议诉讼受理", "类别=行政复议", on="2026-04-01")
    assert " 9 2026-04-01 第 1 件复议诉讼受理（" in done(here("case", "show", FIRST, *OURS))
    assert [event["place"] for event in show(here)["events"]] == [
        None, "第 1 次", "第 2 次", None, "第 3 次", None, None, None, "第 1 件",
    ]  # fmt: skip
    step(here, "复议诉讼审结", "第几件复议诉讼=1", "结果=结果维持", on="2026-04-20")


def test_a_case_opened_again_shows_both_rounds(here: Yishen) -> None:
    register(here)
    step(here, "答复", *REFUSED, on="2026-03-10")
    step(here, "复议诉讼受理", "类别=行政复议", on="2026-04-01")
    step(here, "复议诉讼审结", "第几件复议诉讼=1", "结果=结果纠正", on="2026-05-06")
    said = step(
        here, "重新办理", "重新办理的依据=行政复议决定", "第几件复议诉讼=1", "所定期限=2026-05-29", on="2026-05-08"
    )
    assert "答复期限 2026-05-29" in said
    document = show(here)
    assert document["reopened"] == [{"began": "2026-05-08", "ground": "reconsideration", "closed": None}]
    assert (document["outcome"], document["closed"], document["is_open"]) == ("refused_process", "2026-03-10", True)
    step(here, "保密审查", "审查人=保密员", "可以公开=是", on="2026-05-11")
    said = step(here, "答复", "办理结果=予以公开", "情形=提供政府信息", "送达方式=邮寄（EMS）", on="2026-05-12")
    assert "已于 2026-05-12 办结" in said
    document = show(here)
    # The report keeps the first.
    assert (document["outcome"], document["closed"], document["is_open"]) == ("refused_process", "2026-03-10", False)
    assert document["reopened"][0]["closed"] == "2026-05-12"


def test_the_options_of_an_arrival_and_of_a_second_letter(here: Yishen) -> None:
    done(here(*REGISTER, "--channel", "邮寄（平信）", "--arrived", "2026-03-02"))
    said = done(here("case", "options", FIRST, "--on", "2026-03-03", *OURS))
    assert "可以 确认收到（条例第三十一条）" in said
    assert "不可 答复：收到申请之日尚未确定，应先确认收到" in said
    number = register(here)
    step(here, "告知补正", "补正事项=年份", "补正期限=2026-03-19", on="2026-03-03", number=number)
    step(here, "收到补正", on="2026-03-04", number=number)
    said = done(here("case", "options", number, "--on", "2026-03-05", *OURS))
    assert "写明“破例理由”可以办理" in said
    letter = ("告知补正", "补正事项=文号", "补正期限=2026-03-20", "破例理由=补正后出现新的歧义")
    assert "现为“等待补正”" in step(here, *letter, on="2026-03-05", number=number)


def test_a_file_is_put_on_a_case_and_taken_from_it(here: Yishen, tmp_path: Path) -> None:
    number = register(here)
    letter = tmp_path / "来文.pdf"
    letter.write_bytes(b"%PDF-1.7 letter")
    added = here("case", "attach", number, letter, "--kind", "来文", *OURS)
    assert (added.code, "第 2 条 来文 来文.pdf，1 KB" in added.out) == (0, True)
    assert "第 2 条" in here("case", "attachment", number, *OURS).out
    target = tmp_path / "copy.pdf"
    taken = here("case", "attachment", number, "--entry", "2", "--out", target, *OURS)
    assert (taken.code, target.read_bytes()) == (0, b"%PDF-1.7 letter")
    again = here("case", "attachment", number, "--entry", "2", "--out", target, *OURS)
    assert (again.code, "应为还没有的文件" in again.err) == (2, True)
    wrong = here("case", "attach", number, tmp_path, "--kind", "来文", *OURS)
    assert (wrong.code, "读不出来" in wrong.err) == (2, True)
    bare = here("case", "record", number, "附件", "附件种类=来文", "文件名=a", *OURS)
    assert bare.code == 2
    assert "1 个附件：一致" in here("verify").out
