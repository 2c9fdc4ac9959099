"""``yishen case list``: each case as it stands today, not as it stood when something last happened to it.

It is Sunday, 22 November 2026. Cases were received on Monday, 2 March; their reply is due on 30 March.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from runtime.database import Database
from tests.cli.test_case_commands import FIRST, OURS, REFUSED, done, register, step
from tests.conftest import Yishen
from tests.ledgers import verified

THIRD_PARTY = ("征求对象=第三方", "对方名称=甲公司")
BY_EMAIL = ("办理结果=不予公开-属于四类过程性信息", "送达方式=电子邮件", "网上复议渠道=https://fy.gov.cn", REFUSED[2])


def listed(here: Yishen, *more: str, code: int = 0) -> list[dict[str, Any]]:
    result = here("case", "list", *OURS, "--json", *more)
    assert (result.code, result.err) == (code, "")
    return json.loads(result.out)


def test_art32_a_window_that_ended_in_silence_gives_the_reply_its_day_again(here: Yishen) -> None:
    register(here)
    step(here, "征求意见", *THIRD_PARTY, "送达日期=2026-03-04", on="2026-03-04")
    (case,) = listed(here, "--open", "--fail-overdue", code=1)
    assert (case["reply_due"], case["overdue"], case["is_open"]) == ("2026-04-21", True, True)
    said = here("case", "list", "--open", *OURS)
    assert "1 件未办结，超期未答复 1 件" in said.out
    assert "答复期限 2026-04-21（已超期）" in said.out
    # As the case itself says.
    assert "答复期限 2026-04-21，已超过" in done(here("case", "show", FIRST, *OURS))


def test_art32_while_the_window_is_open_the_period_is_suspended(
    here: Yishen,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    register(here)
    step(here, "征求意见", *THIRD_PARTY, "送达日期=2026-03-04", on="2026-03-04")
    for day, due in ((25, None), (26, "2026-04-21")):
        monkeypatch.setattr("cli.office.now", lambda day=day: datetime(2026, 3, day, 2, tzinfo=UTC))
        (case,) = listed(here, "--fail-overdue")
        assert (case["reply_due"], case["overdue"]) == (due, False)


@pytest.mark.parametrize(
    ("suspend", "on"),
    [
        (("征求意见", *THIRD_PARTY), "2026-04-10"),
        (("经批准中止", "中止理由=封控", "批准人=主任"), "2026-04-10"),
    ],
)
def test_art33_a_period_that_had_run_out_is_overdue_though_it_is_suspended(
    here: Yishen,
    suspend: tuple[str, ...],
    on: str,
) -> None:
    register(here)
    step(here, *suspend, on=on)
    (case,) = listed(here, "--open", "--fail-overdue", code=1)
    assert (case["reply_due"], case["overdue"], case["working_days_over"]) == (None, True, 8)
    assert "期限暂停，暂停前已超期 8 个工作日" in done(here("case", "list", *OURS))
    assert "答复期限暂停计算，暂停前已超期 8 个工作日" in done(here("case", "show", FIRST, *OURS)).splitlines()


def test_a_period_suspended_in_time_is_not_overdue(here: Yishen) -> None:
    register(here)
    step(here, "征求意见", *THIRD_PARTY, on="2026-03-10")
    number = register(here)
    step(here, "告知补正", "补正事项=年份", on="2026-03-05", number=number)
    assert [(case["reply_due"], case["overdue"]) for case in listed(here, "--fail-overdue")] == [(None, False)] * 2
    assert done(here("case", "list", *OURS)).count("期限暂停：") == 2


def test_a_reply_that_came_back_is_owed_again(here: Yishen, database: Database) -> None:
    register(here)
    step(here, "答复", *BY_EMAIL, on="2026-03-20")
    assert listed(here, "--open", "--fail-overdue") == []
    said = step(here, "送达被退回", "退回原因=邮箱不存在", on="2026-03-21")
    todo = "答复被退回，应当日改用邮寄再次送达（2026-03-21 退回，国办公开办函〔2016〕235号）"
    assert f"  待办：{todo}" in said.splitlines()
    assert f"  待办：{todo}" in done(here("case", "show", FIRST, *OURS)).splitlines()
    assert json.loads(here("case", "show", FIRST, *OURS, "--json").out)["open_points"] == [todo]
    (case,) = listed(here, "--open", "--fail-overdue", code=1)
    assert (case["number"], case["returned"], case["overdue"], case["is_open"]) == (FIRST, True, False, False)
    said = done(here("case", "list", "--open", *OURS))
    assert "1 件未办结，超期未答复 0 件，答复被退回 1 件" in said
    assert f"已于 2026-03-20 办结，{todo}" in said
    step(here, "再次送达", "送达方式=EMS", on="2026-03-21")
    assert listed(here, "--open", "--fail-overdue") == []
    assert json.loads(here("case", "show", FIRST, *OURS, "--json").out)["open_points"] == []
    assert [case["returned"] for case in listed(here)] == [False]
    assert verified(database.engine).ok


def test_a_letter_that_came_back_is_to_be_served_again_by_whatever_means(here: Yishen) -> None:
    register(here)
    step(here, "答复", *REFUSED, on="2026-03-20")
    step(here, "送达被退回", "退回原因=查无此人", on="2026-03-25")
    assert "答复被退回，应再次送达（2026-03-25 退回" in done(here("case", "list", "--open", *OURS))


def test_a_reply_that_came_back_and_was_voided_or_ordered_anew_is_not_asked_for_again(here: Yishen) -> None:
    register(here)
    step(here, "答复", *BY_EMAIL, on="2026-03-20")
    step(here, "送达被退回", "退回原因=邮箱不存在", on="2026-03-21")
    ground = ("重新办理的依据=自行纠正", "理由=重作", "批准人=主任", "所定期限=2027-01-08")
    step(here, "重新办理", *ground, on="2026-11-20")
    (case,) = listed(here, "--open")
    assert (case["is_open"], case["returned"], case["reply_due"]) == (True, False, "2027-01-08")


def test_what_is_overdue_or_came_back_stands_before_what_is_not(here: Yishen) -> None:
    fine, suspended, back, late, ended = (
        register(here, received=day) for day in ("2026-11-20", "2026-03-02", "2026-11-02", "2026-10-12", "2026-03-02")
    )
    step(here, "经批准中止", "中止理由=封控", "批准人=主任", on="2026-04-10", number=suspended)
    step(here, "答复", *BY_EMAIL, on="2026-11-10", number=back)
    step(here, "送达被退回", "退回原因=邮箱不存在", on="2026-11-11", number=back)
    step(here, "答复", *REFUSED, on="2026-03-10", number=ended)
    found = [case["number"] for case in listed(here)]
    assert set(found[:3]) == {suspended, back, late}
    assert found[3:] == [fine, ended]
    assert [case["number"] for case in listed(here, "--open")] == found[:4]
