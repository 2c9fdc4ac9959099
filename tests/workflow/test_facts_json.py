"""The facts of a case as JSON and the answer (contracts.md, "Deadline facts")."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workflow.slow_reckoning import as_json, random_case, slow_reckoning
from workflow.calendar import national_calendar
from workflow.clock import Consultation, Correction, Extension, Facts, Fee
from workflow.facts_json import answer, read_question
from workflow.faults import InputFault

NATIONAL = national_calendar()
TODAY = date(2026, 11, 22)
D = date.fromisoformat

CONTRACT: dict[str, Any] = {
    "received": "2026-03-02",
    "correction": {"asked": "2026-03-05", "until": "2026-03-19", "received": None},
    "consultations": [{"sent": "2026-03-10", "delivered": "2026-03-11", "ended": "2026-03-24"}],
    "extension": {"told": "2026-03-26", "working_days": 10},
    "fee": {"notified": "2026-03-12", "paid": None},
    "as_of": "2026-03-26",
}
"""The example of contracts.md, word for word."""


def answered(document: dict[str, Any]) -> dict[str, Any]:
    return answer(read_question(document, TODAY), NATIONAL)


def sentences(document: object, place: str = "") -> tuple[str, ...]:
    with pytest.raises(InputFault) as raised:
        read_question(document, TODAY, place)
    return raised.value.sentences


def changed(path: str, value: object) -> dict[str, Any]:
    """The example of the contract with one value replaced; the path is written as the faults write it."""
    document = deepcopy(CONTRACT)
    *way, last = path.replace("[0]", ".0").split(".")
    place: Any = document
    for step in way:
        place = place[int(step)] if step.isdigit() else place[step]
    place[last] = value
    return document


# The example of the contract


def test_the_example_of_the_contract_without_what_is_pending_gives_the_answer_of_the_contract() -> None:
    document = {key: value for key, value in CONTRACT.items() if key not in ("correction", "fee")}
    found = answered(document)
    explanation = found.pop("explanation")
    assert found == {
        "clock_start": "2026-03-02",
        "reply_due": "2026-04-28",
        "working_days_used": 8,
        "working_days_left": 22,
        "state": "running",
        "provisional": False,
        "deadlines": [
            {"kind": "ask_correction", "due": "2026-03-11", "article": "条例第三十条"},
            {"kind": "reply", "due": "2026-04-28", "article": "条例第三十三条"},
        ],
    }
    assert len(explanation) >= 4
    assert all(isinstance(line, str) and "（" in line for line in explanation)


def test_the_example_of_the_contract_with_what_is_pending_stands_still() -> None:
    found = answered(CONTRACT)
    del found["explanation"]
    assert found == {
        "clock_start": "2026-03-02",
        "reply_due": None,
        "working_days_used": 0,
        "working_days_left": 20,
        "state": "stopped",
        "provisional": False,
        "deadlines": [
            {"kind": "ask_correction", "due": "2026-03-11", "article": "条例第三十条"},
            {"kind": "correction", "due": "2026-03-19", "article": "条例第三十条"},
            {"kind": "payment", "due": "2026-04-10", "article": "信息处理费管理办法第六条"},
        ],
    }


def test_the_keys_of_the_answer_stand_in_the_order_of_the_contract() -> None:
    assert list(answered(CONTRACT)) == [
        "clock_start",
        "reply_due",
        "working_days_used",
        "working_days_left",
        "state",
        "provisional",
        "deadlines",
        "explanation",
    ]
    assert list(answered(CONTRACT)["deadlines"][0]) == ["kind", "due", "article"]


def test_an_open_consultation_is_suspended_in_the_answer() -> None:
    found = answered(
        {"received": "2026-03-02", "consultations": [{"sent": "2026-03-10"}], "as_of": "2026-03-20"},
    )
    assert (found["state"], found["reply_due"]) == ("suspended", None)


# Reading


def test_every_fact_is_read_into_its_place() -> None:
    question = read_question(CONTRACT, TODAY)
    assert question.facts == Facts(
        received=D("2026-03-02"),
        corrections=(Correction(D("2026-03-05"), D("2026-03-19"), None),),
        consultations=(Consultation(D("2026-03-10"), D("2026-03-11"), D("2026-03-24")),),
        extensions=(Extension(D("2026-03-26"), 10),),
        fees=(Fee(D("2026-03-12"), None),),
    )
    assert question.as_of == D("2026-03-26")
    assert question.warnings == ()


@pytest.mark.parametrize(
    "document",
    [
        {"received": "2026-03-02"},
        {
            "received": "2026-03-02",
            "correction": None,
            "consultations": None,
            "extension": None,
            "fee": None,
            "as_of": None,
        },
        {"received": "2026-03-02", "consultations": []},
    ],
)
def test_all_but_the_receipt_may_be_absent_and_today_is_asked_about(document: dict[str, Any]) -> None:
    question = read_question(document, TODAY)
    assert question.facts == Facts(received=D("2026-03-02"))
    assert question.as_of == TODAY


def test_the_answer_is_plain_json() -> None:
    found = answered(CONTRACT)
    assert json.loads(json.dumps(found)) == found


@st.composite
def cases(draw: st.DrawFn) -> dict[str, Any]:
    return random_case(lambda low, high: draw(st.integers(low, high)), most=1)


@settings(max_examples=100, deadline=None)
@given(cases())
def test_facts_keep_their_meaning_through_json(case: dict[str, Any]) -> None:
    found = answered(json.loads(json.dumps(as_json(case))))
    slow = slow_reckoning(case)
    assert found["reply_due"] == (slow["reply_due"] and slow["reply_due"].isoformat())
    assert {key: found[key] for key in ("working_days_used", "working_days_left", "state", "provisional")} == {
        key: slow[key] for key in ("working_days_used", "working_days_left", "state", "provisional")
    }


@pytest.mark.parametrize("received", ["2008-01-01", "2098-12-31"])
def test_the_first_and_the_last_day_that_may_be_asked_about_get_an_answer(received: str) -> None:
    document = {
        "received": received,
        "correction": {"asked": received, "until": received, "received": received},
        "consultations": [{"sent": received, "delivered": received}],
        "extension": {"told": received, "working_days": 20},
        "fee": {"notified": received, "paid": received},
        "as_of": received,
    }
    assert answered(document)["state"] == "suspended"
    assert answered(document | {"consultations": [{"sent": received, "ended": received}]})["state"] == "running"


# Faults

DAYS = (
    "received",
    "correction.asked",
    "correction.until",
    "correction.received",
    "consultations[0].sent",
    "consultations[0].delivered",
    "consultations[0].ended",
    "extension.told",
    "fee.notified",
    "fee.paid",
    "as_of",
)


@pytest.mark.parametrize("path", DAYS)
@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("2026-02-29", "2026-02-29"),
        ("2026-13-01", "2026-13-01"),
        ("2026/03/02", "2026/03/02"),
        ("20260302", "20260302"),
        ("2026-3-2", "2026-3-2"),
        ("2026-03-02T08:00:00", "2026-03-02T08:00:00"),
        ("三月二日", "三月二日"),
        (20260302, "20260302"),
        (True, "True"),
        (["2026-03-02"], "2026-03-02"),
        ({"day": 2}, "day"),
    ],
)
def test_what_is_no_day_is_named_by_its_path_and_value(path: str, value: object, shown: str) -> None:
    (sentence,) = sentences(changed(path, value))
    assert sentence.startswith(f"{path}：")
    assert shown in sentence
    assert "2026-03-02" in sentence, "what would be accepted"


@pytest.mark.parametrize("path", ["received"])
def test_a_week_date_is_not_taken_for_a_day(path: str) -> None:
    """``date.fromisoformat`` reads 2026-W10-1, which has ten characters too."""
    (sentence,) = sentences(changed(path, "2026-W10-1"))
    assert sentence.startswith(f"{path}：“2026-W10-1”不是有效日期")


@pytest.mark.parametrize("value", ["2007-12-31", "2099-01-01", "0001-01-01", "9999-12-31"])
@pytest.mark.parametrize("path", DAYS)
def test_a_day_outside_the_calendar_is_one_sentence(path: str, value: str) -> None:
    (sentence,) = sentences(changed(path, value))
    assert sentence == f"{path}：“{value}”超出范围，应在 2008 年至 2098 年之间"


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("received", "received"),
        ("correction.asked", "correction.asked"),
        ("consultations[0].sent", "consultations[0].sent"),
        ("extension.told", "extension.told"),
        ("extension.working_days", "extension.working_days"),
        ("fee.notified", "fee.notified"),
    ],
)
def test_a_required_fact_that_is_missing_is_named(path: str, asked: str) -> None:
    (sentence,) = sentences(changed(path, None))
    assert sentence.startswith(f"{asked}：缺少")


@pytest.mark.parametrize("value", [21, -1, 10.0, 10.5, "10", True, [10], {}])
def test_art33_an_extension_is_a_whole_number_from_0_to_20(value: object) -> None:
    (sentence,) = sentences(changed("extension.working_days", value))
    assert sentence == f"extension.working_days：“{value}”应为 0 至 20 的整数（条例第三十三条）"


@pytest.mark.parametrize("value", [0, 1, 20])
def test_art33_from_0_to_20_working_days_are_taken(value: int) -> None:
    assert read_question(changed("extension.working_days", value), TODAY).facts.extensions[0].working_days == value


@pytest.mark.parametrize(
    ("path", "value", "floor"),
    [
        ("correction.asked", "2026-03-01", "received 2026-03-02"),
        ("correction.until", "2026-03-04", "correction.asked 2026-03-05"),
        ("correction.received", "2026-03-04", "correction.asked 2026-03-05"),
        ("consultations[0].sent", "2026-03-01", "received 2026-03-02"),
        ("consultations[0].delivered", "2026-03-09", "consultations[0].sent 2026-03-10"),
        ("consultations[0].ended", "2026-03-09", "consultations[0].sent 2026-03-10"),
        ("extension.told", "2026-03-01", "received 2026-03-02"),
        ("fee.notified", "2026-03-01", "received 2026-03-02"),
        ("fee.paid", "2026-03-11", "fee.notified 2026-03-12"),
    ],
)
def test_days_that_contradict_each_other_are_named_both(path: str, value: str, floor: str) -> None:
    (sentence,) = sentences(changed(path, value))
    assert sentence == f"{path}：“{value}”早于 {floor}，不应早于它"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("correction.asked", "2026-03-02"),
        ("correction.until", "2026-03-05"),
        ("correction.received", "2026-03-05"),
        ("consultations[0].sent", "2026-03-02"),
        ("consultations[0].delivered", "2026-03-10"),
        ("consultations[0].ended", "2026-03-10"),
        ("extension.told", "2026-03-02"),
        ("fee.notified", "2026-03-02"),
        ("fee.paid", "2026-03-12"),
    ],
)
def test_two_steps_on_one_day_do_not_contradict_each_other(path: str, value: str) -> None:
    read_question(changed(path, value), TODAY)


@pytest.mark.parametrize("key", ["correction", "extension", "fee"])
@pytest.mark.parametrize("value", ["2026-03-05", 3, True, [], [{}]])
def test_what_is_no_object_is_named(key: str, value: object) -> None:
    (sentence,) = sentences(changed(key, value))
    assert sentence.startswith(f"{key}：“{value}”应为一个对象")


@pytest.mark.parametrize("value", [{}, {"sent": "2026-03-10"}, "2026-03-10", 3, False])
def test_consultations_are_a_list(value: object) -> None:
    (sentence,) = sentences(changed("consultations", value))
    assert sentence == f"consultations：“{value}”应为一个列表"


@pytest.mark.parametrize("value", ["2026-03-10", 3, None, []])
def test_each_consultation_is_an_object(value: object) -> None:
    (sentence,) = sentences(changed("consultations", [{"sent": "2026-03-10"}, value]))
    assert sentence.startswith("consultations[1]：")
    assert "应为一个对象" in sentence


@pytest.mark.parametrize("document", [None, [], 3])
def test_facts_that_are_no_object_at_all_are_one_sentence_that_names_what_is_wrong(document: object) -> None:
    (sentence,) = sentences(document)
    assert "应为一个对象" in sentence
    assert not sentence.startswith("："), "the sentence begins with the name of what is wrong"


def test_every_fault_is_told_at_once_each_with_the_place_of_its_object() -> None:
    document = {
        "received": "2026-02-30",
        "correction": {"asked": 5},
        "consultations": [{}, {"sent": "x"}],
        "extension": {"told": "2026-03-26", "working_days": 30},
        "fee": [],
        "as_of": "gestern",
    }
    found = sentences(document, "第3项 ")
    assert [sentence.split("：")[0] for sentence in found] == [
        "第3项 received",
        "第3项 as_of",
        "第3项 correction.asked",
        "第3项 extension.working_days",
        "第3项 fee",
        "第3项 consultations[0].sent",
        "第3项 consultations[1].sent",
    ]


@pytest.mark.parametrize("value", ["2026\n03-02", "a\u2028b"])
def test_a_fault_is_one_line_whatever_the_value_holds(value: str) -> None:
    (sentence,) = sentences(changed("received", value))
    assert len(sentence.splitlines()) == 1


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("recieved_on", "received"),
        ("correction.recieved", "asked"),
        ("consultations[0].end", "sent"),
        ("extension.days", "working_days"),
        ("fee.payed", "notified"),
    ],
)
def test_an_unknown_key_is_a_warning_that_names_it_and_the_known_ones(path: str, known: str) -> None:
    question = read_question(changed(path, "2026-03-02"), TODAY)
    (warning,) = question.warnings
    assert warning.startswith(f"{path}：不认识的键")
    assert known in warning
    assert question.facts == read_question(CONTRACT, TODAY).facts
