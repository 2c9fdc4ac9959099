"""``yishen settings``: an agency's choices shown with default and source, and changed one at a time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from models.tables import agency
from runtime.database import Database
from tests.conftest import AGENCY, Result, Yishen, enrol
from tests.ledgers import inside, rows_stored

OURS = ("--agency", AGENCY)
NAMES = (
    "channels", "confirmation_cap", "misdirected_by", "contact_attempts", "correction_days", "second_correction",
    "late_correction_reopens", "superior_suspends", "charges_fees", "fee_restarts", "courier_override",
    "review_channel", "reopened_days", "rectification_days", "reevaluation_months", "lapse_grace_days",
    "reminders", "remind_head_days", "remind_leader_days", "quiet_from", "quiet_until", "area_report",
    "approve_reply", "approve_extension", "approve_delay", "approve_twice", "approval_days", "attachment_mb",
    "second_factor", "letterhead", "office_name", "office_address", "office_telephone", "agency_kind",
    "reconsideration_body", "court", "payment_way", "letter_sign", "letter_number",
)  # fmt: skip


@pytest.fixture
def here(database: Database, agency_id: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Yishen:
    """The command in this process on a fresh database."""
    return inside(database, tmp_path, monkeypatch, capsys)


def kept(database: Database) -> list[dict[str, Any]]:
    """The settings of all agencies as they are stored."""
    with database.engine.connect() as connection:
        return list(connection.scalars(select(agency.c.settings).order_by(agency.c.id)))


def shown(here: Yishen, code: str = AGENCY) -> dict[str, dict[str, Any]]:
    """The choices of an agency by name."""
    return {each["name"]: each for each in json.loads(here("settings", "show", "--agency", code, "--json").out)}


def changed(here: Yishen, name: str, value: str) -> Result:
    """Set one choice; it was set."""
    result = here("settings", "set", name, value, *OURS)
    assert (result.code, result.err) == (0, "")
    return result


def test_every_choice_is_shown_with_its_value_its_default_and_its_source(here: Yishen) -> None:
    found = shown(here)
    assert tuple(found) == NAMES
    assert all(each["value"] == each["default"] and each["label"] and each["source"] for each in found.values())
    assert {name: found[name]["value"] for name in ("confirmation_cap", "charges_fees", "correction_days")} == {
        "confirmation_cap": "是",
        "charges_fees": "否",
        "correction_days": "10",
    }
    assert (found["misdirected_by"]["value"], found["review_channel"]["value"]) == ("签收", "（未填）")
    assert found["channels"]["value"].startswith("当面、")


def test_the_list_says_what_departs_from_the_default(here: Yishen) -> None:
    changed(here, "correction_days", "15")
    lines = here("settings", "show", *OURS).out.splitlines()
    assert len(lines) == 2 * len(NAMES)
    assert "correction_days = 15，默认 10" in lines
    assert "reopened_days = 20" in lines
    assert lines[lines.index("correction_days = 15，默认 10") + 1].strip().endswith("（条例第三十条：合理的补正期限）")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("charges_fees", "是", "charges_fees：否 → 是"),
        ("confirmation_cap", "no", "confirmation_cap：是 → 否"),
        ("misdirected_by", "确认", "misdirected_by：签收 → 确认"),
        ("correction_days", "15", "correction_days：10 → 15"),
        ("reevaluation_months", "0", "reevaluation_months：12 → 0"),
        ("review_channel", "https://xzfy.example.gov.cn", "review_channel：（未填） → https://xzfy.example.gov.cn"),
        ("correction_days", "10", "correction_days：10 → 10"),
    ],
)
def test_a_choice_is_changed_and_what_it_was_is_told(here: Yishen, name: str, value: str, said: str) -> None:
    assert changed(here, name, value).out.strip() == said
    assert f"{name}：{shown(here)[name]['value']}" == f"{name}：{said.rpartition(' → ')[2]}"


def test_a_change_is_given_as_json(here: Yishen) -> None:
    result = here("settings", "set", "lapse_grace_days", "5", *OURS, "--json")
    assert json.loads(result.out) == {"name": "lapse_grace_days", "before": "0", "value": "5"}


def test_channels_are_written_as_they_are_shown(here: Yishen) -> None:
    announced = "当面、邮寄（EMS）、邮寄（挂号信）、邮寄（平信）、网络、口头"
    changed(here, "channels", announced)
    assert shown(here)["channels"]["value"] == announced
    changed(here, "channels", shown(here)["channels"]["default"])


def test_a_text_is_emptied_again(here: Yishen) -> None:
    changed(here, "review_channel", "https://xzfy.example.gov.cn")
    changed(here, "review_channel", "")
    assert shown(here)["review_channel"]["value"] == "（未填）"


def test_an_agency_chooses_for_itself_alone(here: Yishen, database: Database) -> None:
    enrol(database.engine, "linshi", "邻市数据局")
    changed(here, "correction_days", "15")
    assert shown(here, "linshi")["correction_days"]["value"] == "10"
    assert kept(database)[1] == {}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("correction_days", "0"), ("correction_days：“0”", "1 至 60 的整数")),
        (("correction_days", "十"), ("correction_days：“十”", "1 至 60 的整数")),
        (("charges_fees", "也许"), ("charges_fees：“也许”", "是或否")),
        (("misdirected_by", "到达"), ("misdirected_by：“到达”", "签收或确认")),
        (("channels", "当面、电话"), ("“电话”", "邮寄（平信）")),
        (("review_channel", "一\n二"), ("review_channel", "500")),
        (("review_channel", "长" * 501), ("review_channel", "500")),
        (("reply_days", "15"), ("没有设置项“reply_days”", "correction_days")),
        (("correction_days",), ("VALUE",)),
        (("correction_days", "-1"), ("-1",)),
    ],
)
def test_what_cannot_be_chosen_is_told_in_one_line_and_nothing_is_stored(
    here: Yishen, database: Database, arguments: tuple[str, ...], said: tuple[str, ...]
) -> None:
    changed(here, "correction_days", "12")
    before, rows = kept(database), rows_stored(database.engine)
    result = here("settings", "set", *arguments, *OURS)
    assert (result.code, result.out) == (2, "")
    assert len(result.err.splitlines()) == 1
    assert [word for word in said if word not in result.err] == []
    assert (kept(database), rows_stored(database.engine)) == (before, rows)


def test_art28_each_basic_channel_that_is_left_out_has_its_line(here: Yishen, database: Database) -> None:
    result = here("settings", "set", "channels", "网络、当面", *OURS)
    assert (result.code, result.out) == (2, "")
    lines = result.err.splitlines()
    assert len(lines) == 4
    assert all("国办公开办函〔2017〕19号" in line for line in lines)
    assert kept(database) == [{}]


def test_an_agency_that_is_not_there_is_told(here: Yishen) -> None:
    for arguments in (("show",), ("set", "charges_fees", "是")):
        result = here("settings", *arguments, "--agency", "buzai")
        assert (result.code, result.out, len(result.err.splitlines())) == (2, "", 1)
        assert AGENCY in result.err


def test_a_change_moves_no_case_under_way(here: Yishen) -> None:
    registered = ("--kind", "自然人", "--subject", "预算", "--channel", "当面", "--submitted", "2026-03-02")
    assert here("case", "register", *OURS, *registered).code == 0
    letter = ("告知补正", "补正事项=年份", "送达日期=2026-03-06", "--on", "2026-03-05")
    assert here("case", "record", "2026-0001", *letter, *OURS).code == 0
    show = ("case", "show", "2026-0001", *OURS, "--json")
    before = here(*show).out
    changed(here, "correction_days", "30")
    assert here(*show).out == before
    assert here("verify").code == 0
