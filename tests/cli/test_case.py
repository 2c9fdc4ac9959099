"""``yishen case``: staff log requests one by one and record what happens, within the law."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from runtime.database import Database
from tests.conftest import AGENCY, Yishen
from tests.ledgers import inside, rows_stored

REGISTER = (
    "case", "register", "--agency", AGENCY, "--kind", "自然人", "--subject", "某村征地批文", "--received", "2026-03-02"
)  # fmt: skip


@pytest.fixture
def office(database: Database, agency_id: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Yishen:
    return inside(database, tmp_path, monkeypatch, capsys)


# What the letters of today must say, beside what a test is about.
TO_CORRECT = "补正事项=写明文号"
TO_A_THIRD_PARTY = ("征求对象=第三方", "对方名称=甲公司")
APPROVED = ("批准人=李主任", "延期理由=需要查阅档案")
BY_POST = "送达方式=邮寄（EMS）"
PUBLISHED = ("办理结果=予以公开", "情形=已主动公开", "获取方式、途径和时间=政府网站政策栏目", BY_POST)


def recorded(office: Yishen, *arguments: object, number: str = "2026-0001") -> dict[str, Any]:
    result = office("case", "record", number, *arguments, "--agency", AGENCY, "--json")
    assert result.code == 0, result.err
    return json.loads(result.out)


def asked(office: Yishen, *arguments: object) -> Any:
    result = office("case", *arguments, "--agency", AGENCY, "--json")
    assert result.code == 0, result.err
    return json.loads(result.out)


def test_a_request_logged_gets_its_number_and_its_last_day(office: Yishen):
    result = office(*REGISTER, "--channel", "当面", "--name", "张三", "--telephone", "13800000000")
    assert result.code == 0, result.err
    assert "2026-0001" in result.out
    assert "2026-03-30" in result.out
    again = json.loads(office(*REGISTER, "--json").out)
    assert (again["number"], again["reply_due"], again["state"]) == ("2026-0002", "2026-03-30", "received")
    assert office("verify").code == 0


def test_a_case_lives_through_correction_consultation_extension_and_reply(office: Yishen):
    office(*REGISTER)
    correction = ("告知补正", TO_CORRECT, "补正期限=2026-03-19", "--on", "2026-03-05")
    assert recorded(office, *correction)["clock"] == "stopped"
    assert recorded(office, "收到补正", "--on", "2026-03-18")["reply_due"] == "2026-04-16"
    assert recorded(office, "consult", *TO_A_THIRD_PARTY, "--on", "2026-03-23")["clock"] == "suspended"
    opinion = ("意见收齐", "第几次征求意见=1", "意见=同意公开", "--on", "2026-03-30")
    assert recorded(office, *opinion)["reply_due"] == "2026-04-23"
    assert recorded(office, "告知延期", "延期工作日=5", *APPROVED, "--on", "2026-04-20")["reply_due"] == "2026-04-30"
    recorded(office, "保密审查", "审查人=王五", "可以公开=是", "--on", "2026-04-27")
    reply = ("办理结果=部分公开", "答复文号=某答〔2026〕1号", "理由和条款=附件涉及内部流程", BY_POST)
    closed = recorded(office, "答复", *reply, "--on", "2026-04-28")
    assert (closed["state"], closed["outcome"], closed["closed"]) == ("disclosed", "partly_granted", "2026-04-28")
    shown = office("case", "show", "2026-0001", "--agency", AGENCY)
    assert "条例第三十七条" in shown.out
    assert json.loads(office("verify", "--json").out)["ok"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("收到补正",), "条例第三十条"),
        (("告知补正", TO_CORRECT, "--on", "2026-03-12"), "2026-03-11"),
        (("告知补正", "--on", "2026-03-05"), "“告知补正”缺少“补正事项”（条例第三十条）"),
        (("告知延期", "延期工作日=10", *APPROVED, "--on", "2026-03-31"), "2026-03-30"),
        (("告知延期", "延期工作日=21", *APPROVED, "--on", "2026-03-20"), "应为 1 至 20"),
        (("告知延期", "延期工作日=10", "延期理由=查档", "--on", "2026-03-20"), "缺少“批准人”（条例第三十三条第二款）"),
        (("征求意见", "征求对象=第三方", "--on", "2026-03-20"), "缺少“对方名称”"),
        (("征求意见", "征求对象=邻居", "对方名称=甲", "--on", "2026-03-20"), "共同制作机关"),
        (("收费通知", "收费金额=100", "收费标准=按件", "--on", "2026-03-20"), "条例第四十二条"),
        (("恢复办理", "--on", "2026-03-20"), "不能“恢复办理”"),
        (("撤回申请", "撤回方式=书面", "已核对身份=否", "--on", "2026-03-20"), "应先核对申请人身份"),
        (("确认收到", "--on", "2026-03-20"), "不能“确认收到”"),
        (("更正处理", "更正处理结果=予以更正", "核实情况和理由=x", "--on", "2026-03-20"), "不适用“更正处理”"),
        (("作废一条记录", "第几条记录=9", "理由=x", "--on", "2026-03-20"), "没有第 9 条记录"),
        (("检索", "检索范围=档案室", "检索词=x", "检索人=y", "是否找到=也许", "--on", "2026-03-20"), "是或否"),
        (("答复", "--on", "2026-03-20"), "办理结果"),
        (("答复", *PUBLISHED[:3], "--on", "2026-03-20"), "缺少“送达方式”（条例第三十六条）"),
        (("答复", *PUBLISHED[1:], "办理结果=部分公开", "--on", "2026-03-20"), "“部分公开”没有“已主动公开”的情形"),
        (("答复", "办理结果=予以公开", "情形=提供政府信息", BY_POST, "--on", "2026-03-20"), "条例第十七条"),
        (("答复", "办理结果=同意", "--on", "2026-03-20"), "予以公开"),
        (("答复", "办理结果=其他处理-其他", BY_POST, "--on", "2026-03-20"), "以其他方式办结"),
        (("答复", "结果=予以公开", "--on", "2026-03-20"), "办理结果=…"),
        (("征求意见", "送达日期=昨天", "--on", "2026-03-20"), "2021-09-30"),
        (("收费通知", "收费金额=-5", "--on", "2026-03-20"), "380"),
        (("告知延期", "延期工作日=十天", "--on", "2026-03-20"), "10"),
        (("结转下年度", "年度=2026"), "没有“结转下年度”这一事项"),
        (("答复", *PUBLISHED, "--on", "2026-02-27"), "早于收到日期"),
        (("答复", "办理结果=予以公开", "--on", "2099-01-01"), "晚于今天"),
        (("答复", "办理结果=予以公开", "--on", "明天"), "--on"),
    ],
)
def test_a_wrong_step_is_refused_in_one_line_and_nothing_is_stored(
    office: Yishen, database: Database, arguments: tuple[str, ...], said: str
):
    office(*REGISTER)
    before = rows_stored(database.engine)
    result = office("case", "record", "2026-0001", *arguments, "--agency", AGENCY)
    assert (result.code, result.out) == (2, "")
    assert said in result.err
    assert len(result.err.splitlines()) == 1
    assert rows_stored(database.engine) == before


def test_a_step_with_the_same_command_id_is_recorded_once(office: Yishen):
    office(*REGISTER)
    consult = ("case", "record", "2026-0001", "征求意见", *TO_A_THIRD_PARTY, "--on", "2026-03-10")
    step = (*consult, "--agency", AGENCY, "--command-id", "k1")
    assert "已记录" in office(*step).out
    assert "先前已记录" in office(*step).out
    shown = json.loads(office("case", "show", "2026-0001", "--agency", AGENCY, "--json").out)
    assert [event["event"] for event in shown["events"]] == ["register", "consult"]


def test_the_options_say_what_may_be_done_and_why_the_rest_may_not(office: Yishen):
    office(*REGISTER)
    on_the_twelfth = ("case", "options", "2026-0001", "--agency", AGENCY, "--on", "2026-03-12")
    found = {option["event"]: option for option in json.loads(office(*on_the_twelfth, "--json").out)}
    assert found["decide"]["allowed"]
    assert found["decide"]["last_day"] == "2026-03-30"
    assert not found["ask_correction"]["allowed"]
    assert "2026-03-11" in found["ask_correction"]["reason"]
    assert "carry_over" not in found
    text = office(*on_the_twelfth).out
    assert "可以 答复" in text
    assert "不可 告知补正" in text


def test_the_list_puts_the_most_urgent_first_and_can_fail_on_overdue(office: Yishen):
    office(*REGISTER)
    office(*REGISTER[:-1], "2026-02-13")
    listed = office("case", "list", "--agency", AGENCY, "--open", "--json", "--fail-overdue")
    assert listed.code == 1
    cases = json.loads(listed.out)
    assert [(case["number"], case["reply_due"]) for case in cases] == [
        ("2026-0002", "2026-03-19"),
        ("2026-0001", "2026-03-30"),
    ]
    for number in ("2026-0001", "2026-0002"):
        recorded(office, "答复", *PUBLISHED, "--on", "2026-03-12", number=number)
    assert office("case", "list", "--agency", AGENCY, "--fail-overdue").code == 0
    assert json.loads(office("case", "list", "--agency", AGENCY, "--open", "--json").out) == []


def test_art31_a_letter_without_a_receipt_arrives_is_confirmed_and_counts_from_then(office: Yishen):
    letter = (*REGISTER[:-2], "--channel", "邮寄（平信）", "--arrived", "2026-03-02")
    result = office(*letter)
    assert result.code == 0, result.err
    assert "已收件：2026-0001" in result.out
    arrived = asked(office, "show", "2026-0001")
    assert (arrived["state"], arrived["received"], arrived["reply_due"]) == ("unconfirmed", None, None)
    allowed = {
        option["event"] for option in asked(office, "options", "2026-0001", "--on", "2026-03-03") if option["allowed"]
    }
    assert allowed >= {"contact", "confirm", "dismiss"}
    assert not allowed & {"decide", "ask_correction", "withdraw"}
    recorded(office, "联系申请人未果", "联系方式和情况=电话无人接听", "--on", "2026-03-03")
    confirmed = recorded(office, "确认收到", "确认方式=电话", "--on", "2026-03-05")
    assert (confirmed["state"], confirmed["received"]) == ("received", "2026-03-05")
    assert confirmed["reply_due"] == "2026-04-02"
    assert [row["label"] for row in confirmed["events"]] == ["收件", "联系申请人未果", "确认收到"]
    assert office("verify").code == 0


def test_art41_a_record_to_correct_is_handled_and_forwarded(office: Yishen):
    assert office(*REGISTER, "--rectification").code == 0
    document = asked(office, "show", "2026-0001")
    assert (document["matter"], document["reply_due"]) == ("rectification", "2026-03-30")
    forwarded = ("更正处理", "更正处理结果=转送有权机关", "核实情况和理由=由甲局制作", "--on", "2026-03-20")
    refused = office("case", "record", "2026-0001", *forwarded, "--agency", AGENCY)
    assert (refused.code, "有权更正的机关" in refused.err) == (2, True)
    closed = recorded(office, *forwarded, "有权更正的机关=甲局")
    assert (closed["state"], closed["outcome"]) == ("closed", None)
    assert office("verify").code == 0


def test_a_pause_stops_the_clock_and_its_end_lets_it_run_on(office: Yishen):
    office(*REGISTER)
    paused = recorded(office, "经批准中止", "中止理由=疫情封控", "批准人=李主任", "--on", "2026-03-09")
    assert (paused["state"], paused["clock"], paused["reply_due"]) == ("paused", "suspended", None)
    assert recorded(office, "恢复办理", "--on", "2026-03-17")["reply_due"] == "2026-04-08"


def test_what_if_tells_what_a_step_would_do_and_stores_nothing(office: Yishen, database: Database):
    office(*REGISTER)
    before = rows_stored(database.engine)
    answer = asked(office, "what-if", "2026-0001", "告知延期", "延期工作日=10", "--on", "2026-03-26")
    assert (answer["allowed"], answer["before"]["reply_due"], answer["after"]["reply_due"]) == (
        True,
        "2026-03-30",
        "2026-04-14",
    )
    late = asked(office, "what-if", "2026-0001", "告知延期", "延期工作日=10", "--on", "2026-03-31")
    assert (late["allowed"], late["article"]) == (False, "条例第三十三条第二款")
    assert "2026-03-30" in late["reason"]
    text = office("case", "what-if", "2026-0001", "告知延期", "延期工作日=10", "--on", "2026-03-26", "--agency", AGENCY)
    assert "之后：答复期限 2026-04-14" in text.out
    assert rows_stored(database.engine) == before


def test_a_letter_of_several_items_is_split_into_requests_of_the_same_day(office: Yishen):
    office(*REGISTER, "--channel", "当面", "--submitted", "2026-03-02", "--name", "张三", "--telephone", "13800000000")
    parts = ("--keep", "征地批文", "--into", "补偿方案", "--into", "公告", "--on", "2026-03-04")
    assert asked(office, "split", "2026-0001", *parts) == {
        "number": "2026-0001",
        "split_into": ["2026-0002", "2026-0003"],
    }
    for number, subject in (("2026-0001", "征地批文"), ("2026-0002", "补偿方案"), ("2026-0003", "公告")):
        part = asked(office, "show", number)
        assert (part["subject"], part["received"], part["reply_due"]) == (subject, "2026-03-02", "2026-03-30")
        assert part["applicant"] == "张三"
    assert office("verify").code == 0


def test_a_reply_reopened_by_a_ruling_has_a_period_of_its_own(office: Yishen):
    office(*REGISTER)
    recorded(office, "答复", *PUBLISHED, "--on", "2026-03-20")
    recorded(office, "复议诉讼受理", "类别=行政复议", "收到申请书或者起诉状副本日期=2026-04-22", "--on", "2026-04-20")
    (answer,) = [row for row in asked(office, "show", "2026-0001")["deadlines"] if row["kind"] == "review_answer"]
    assert (answer["due"], answer["article"]) == ("2026-05-09", "行政复议法第四十八条")
    recorded(office, "复议诉讼审结", "第几件复议诉讼=1", "结果=结果纠正", "--on", "2026-06-15")
    reopened = recorded(office, "重新办理", "重新办理的依据=行政复议决定", "第几件复议诉讼=1", "--on", "2026-06-16")
    assert (reopened["state"], reopened["is_open"], reopened["reply_due"]) == ("received", True, "2026-07-15")
    assert (reopened["outcome"], reopened["closed"]) == ("granted", "2026-03-20")
    assert office("verify").code == 0


def test_a_wrong_entry_is_voided_and_the_case_is_as_if_it_had_not_been(office: Yishen):
    office(*REGISTER)
    recorded(office, "告知延期", "延期工作日=10", *APPROVED, "--on", "2026-03-20")
    voided = recorded(office, "作废一条记录", "第几条记录=2", "理由=录错了办件", "--on", "2026-03-21")
    assert voided["reply_due"] == "2026-03-30"
    assert [row["voided"] for row in voided["events"]] == [False, True, False]
    assert "（已作废）" in office("case", "show", "2026-0001", "--agency", AGENCY).out
    assert office("verify").code == 0


def test_fees_are_worked_out_both_ways_and_charged_only_where_the_agency_chose_to(office: Yishen):
    person = ("--name", "张三", "--telephone", "13800000000")
    for _ in range(11):
        office(*REGISTER, *person)
    charges = asked(office, "fee", "2026-0011", "--pages", "101")
    assert (charges["charges_fees"], charges["by_item"]["yuan"], charges["by_volume"]["yuan"]) == (False, "100", "720")
    bill = ("收费通知", "收费金额=100", "收费标准=按件", "--on", "2026-03-12")
    refused = office("case", "record", "2026-0011", *bill, "--agency", AGENCY)
    assert (refused.code, "条例第四十二条" in refused.err) == (2, True)
    assert office("settings", "set", "charges_fees", "是", "--agency", AGENCY).code == 0
    assert recorded(office, *bill, number="2026-0011")["state"] == "awaiting_fee"


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (("case", "show", "2026-0009", "--agency", AGENCY), "2026-0009"),
        (("case", "list", "--agency", "nobody"), "nobody"),
        ((*REGISTER[:5], "公司", *REGISTER[6:]), "商业企业"),
        ((*REGISTER, "--channel", "电话"), "当面"),
        ((*REGISTER[:-1], "2026-02-30"), "--received"),
        ((*REGISTER, "--submitted", "2026-03-03"), "--submitted"),
        ((*REGISTER[:7], " ", *REGISTER[8:]), "--subject"),
    ],
)
def test_what_cannot_be_logged_or_found_is_told_in_one_line(office: Yishen, call: tuple[str, ...], said: str):
    result = office(*call)
    assert (result.code, result.out) == (2, "")
    assert said in result.err
    assert len(result.err.splitlines()) == 1
