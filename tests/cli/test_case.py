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


def recorded(office: Yishen, *arguments: object) -> dict[str, Any]:
    result = office("case", "record", "2026-0001", *arguments, "--agency", AGENCY, "--json")
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
    assert recorded(office, "告知补正", "补正期限=2026-03-19", "--on", "2026-03-05")["clock"] == "stopped"
    assert recorded(office, "收到补正", "--on", "2026-03-18")["reply_due"] == "2026-04-16"
    assert recorded(office, "consult", "--on", "2026-03-23")["clock"] == "suspended"
    assert recorded(office, "意见收齐", "第几次征求意见=1", "--on", "2026-03-30")["reply_due"] == "2026-04-23"
    assert recorded(office, "告知延期", "延期工作日=5", "--on", "2026-04-20")["reply_due"] == "2026-04-30"
    closed = recorded(office, "答复", "办理结果=部分公开", "答复文号=某答〔2026〕1号", "--on", "2026-04-28")
    assert (closed["state"], closed["outcome"], closed["closed"]) == ("disclosed", "partly_granted", "2026-04-28")
    shown = office("case", "show", "2026-0001", "--agency", AGENCY)
    assert "条例第三十七条" in shown.out
    assert json.loads(office("verify", "--json").out)["ok"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("收到补正",), "条例第三十条"),
        (("告知补正", "--on", "2026-03-12"), "2026-03-11"),
        (("告知延期", "延期工作日=10", "--on", "2026-03-31"), "2026-03-30"),
        (("告知延期", "延期工作日=21", "--on", "2026-03-20"), "20"),
        (("答复", "--on", "2026-03-20"), "办理结果"),
        (("答复", "办理结果=同意", "--on", "2026-03-20"), "予以公开"),
        (("答复", "办理结果=其他处理-其他", "--on", "2026-03-20"), "以其他方式办结"),
        (("答复", "结果=予以公开", "--on", "2026-03-20"), "办理结果=…"),
        (("征求意见", "送达日期=昨天", "--on", "2026-03-20"), "2021-09-30"),
        (("收费通知", "收费金额=-5", "--on", "2026-03-20"), "380"),
        (("告知延期", "延期工作日=十天", "--on", "2026-03-20"), "10"),
        (("结转下年度", "年度=2026"), "没有“结转下年度”这一事项"),
        (("答复", "办理结果=予以公开", "--on", "2026-02-27"), "早于收到日期"),
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
    step = ("case", "record", "2026-0001", "征求意见", "--on", "2026-03-10", "--agency", AGENCY, "--command-id", "k1")
    assert "已记录" in office(*step).out
    assert "先前已记录" in office(*step).out
    shown = json.loads(office("case", "show", "2026-0001", "--agency", AGENCY, "--json").out)
    assert [event["event"] for event in shown["events"]] == ["register", "consult"]


def test_the_options_say_what_may_be_done_and_why_the_rest_may_not(office: Yishen):
    office(*REGISTER)
    asked = ("case", "options", "2026-0001", "--agency", AGENCY, "--on", "2026-03-12")
    found = {option["event"]: option for option in json.loads(office(*asked, "--json").out)}
    assert found["decide"]["allowed"]
    assert found["decide"]["last_day"] == "2026-03-30"
    assert not found["ask_correction"]["allowed"]
    assert "2026-03-11" in found["ask_correction"]["reason"]
    assert "carry_over" not in found
    text = office(*asked).out
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
        done = office("case", "record", number, "答复", "办理结果=予以公开", "--on", "2026-03-12", "--agency", AGENCY)
        assert done.code == 0
    assert office("case", "list", "--agency", AGENCY, "--fail-overdue").code == 0
    assert json.loads(office("case", "list", "--agency", AGENCY, "--open", "--json").out) == []


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
