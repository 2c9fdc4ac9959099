"""The case log: facts as they are written, and the hash that holds every column of an event."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.tables import case_event
from models.vocabulary import (
    ApplicantKind,
    AttachmentKind,
    Channel,
    ConsultationKind,
    EventKind,
    Ground,
    Matter,
    Means,
    Opinion,
    Outcome,
    RectificationResult,
    ReopenGround,
    ReviewKind,
    ReviewResult,
    RulingForm,
    State,
    Tariff,
)
from workflow import chain, log, statute
from workflow.faults import InputFault
from workflow.log import event_hash, event_row, read_facts, write_facts

D = date.fromisoformat

EXAMPLES: dict[EventKind, dict[str, Any]] = {
    EventKind.REGISTER: {
        "number": "〔2026〕1号",
        "applicant_kind": ApplicantKind.NATURAL_PERSON,
        "subject": "某路段的征收决定",
        "channel": Channel.POST_EMS,
        "submitted_on": D("2026-03-01"),
        "remarks": "代填",
        "ledger_digest": "ab12",
    },
    EventKind.ARRIVE: {
        "applicant_kind": ApplicantKind.LEGAL_SERVICE,
        "subject": "某路段的征收决定",
        "matter": Matter.RECTIFICATION,
        "channel": Channel.POST_ORDINARY,
        "arrived_on": D("2026-03-01"),
        "misdirected": True,
        "items": 3,
        "reply_days": 30,
    },
    EventKind.CONTACT: {"how": "电话三次无人接听"},
    EventKind.CONFIRM: {"received_on": D("2026-03-02"), "how": "电话"},
    EventKind.DISMISS: {"reason": "咨询，不是申请"},
    EventKind.ASK_CORRECTION: {"items": "写明文号", "until": D("2026-03-19")},
    EventKind.DELIVER_CORRECTION: {},
    EventKind.CORRECT: {},
    EventKind.CONSULT: {"kind": ConsultationKind.JOINT_MAKER, "party": "甲局", "delivered": D("2026-03-11")},
    EventKind.DELIVER_CONSULTATION: {"consultation": 1},
    EventKind.OPINIONS_IN: {"consultation": 1, "opinion": Opinion.SILENT},
    EventKind.EXTEND: {"working_days": 10, "approver": "李主任", "reason": "需要查阅档案"},
    EventKind.ASK_REASONS: {"volume": "一年内三百件", "until": D("2026-03-19")},
    EventKind.REASONS_IN: {"reasonable": False},
    EventKind.DELAY: {"until": D("2026-06-30"), "reason": "数量大", "approver": "李主任"},
    EventKind.BILL: {"billed_yuan": Decimal("2000.50"), "tariff": Tariff.BY_ITEM, "ordinals": "11、12"},
    EventKind.PAY: {"received_yuan": Decimal("2000.50")},
    EventKind.PAUSE: {"reason": "疫情封控", "approver": "李主任"},
    EventKind.RESUME: {},
    EventKind.SEARCH: {"where": "档案室", "terms": "征收", "searcher": "张三", "found": False},
    EventKind.SECRECY_REVIEW: {"reviewer": "王五", "may_release": True},
    EventKind.TELL_THIRD_PARTY: {"consultation": 1, "reason": "不公开对公共利益造成重大影响"},
    EventKind.SPLIT: {"into": "2026-0002", "subject": "第一项"},
    EventKind.DECIDE: {
        "outcome": Outcome.GRANTED,
        "reply_number": "告〔2026〕1号",
        "means": Means.POST_EMS,
        "ground": Ground.PROVIDED,
    },
    EventKind.LAPSE: {"outcome": Outcome.OTHER_NOT_CORRECTED, "reply_number": None},
    EventKind.WITHDRAW: {"how": "书面", "identity_checked": True},
    EventKind.MERGE: {"into": "2026-0001"},
    EventKind.CLOSE: {"outcome": Outcome.OTHER_MISC, "reason": "申请人死亡"},
    EventKind.RECTIFY: {"result": RectificationResult.CORRECTED, "reason": "经核实有误"},
    EventKind.SERVE: {"how": "本人签收"},
    EventKind.RETURN: {"reason": "邮箱不存在"},
    EventKind.SERVE_AGAIN: {"means": Means.HAND},
    EventKind.REOPEN: {"ground": ReopenGround.RECONSIDERATION, "review": 1, "until": D("2026-06-30")},
    EventKind.AMEND: {"reason": "误录", "received_on": D("2026-03-03"), "channel": Channel.FAX},
    EventKind.CHANGE_KIND: {"applicant_kind": ApplicantKind.COMPANY, "reason": "误录"},
    EventKind.ASSIGN: {"officer": "张某"},
    EventKind.NOTE: {"text": "申请人来电"},
    EventKind.ATTACH: {
        "attachment_kind": AttachmentKind.LETTER,
        "name": "来文.pdf",
        "media_type": "application/pdf",
        "size": 1024,
        "sha256": "0" * 64,
    },
    EventKind.SEND_LETTER: {
        "letter": 1,
        "code": "L03",
        "title": "补正告知书",
        "document_number": "测公开补〔2026〕1号",
        "means": Means.POST_EMS,
        "tracking": "1234567890",
        "sha256": "0" * 64,
    },
    EventKind.VOID: {"entry": 2, "reason": "录入错误"},
    EventKind.CARRY_OVER: {"year": 2026},
    EventKind.RECALCULATE: {"calendar_revision": 2},
    EventKind.OPEN_REVIEW: {"review_kind": ReviewKind.LITIGATION_DIRECT, "remarks": "一审"},
    EventKind.ANSWER_REVIEW: {"review": 1},
    EventKind.FIRST_JUDGMENT: {"review": 1, "ruling_form": RulingForm.ORDER},
    EventKind.APPEAL: {"review": 1, "by": "申请人"},
    EventKind.CONCLUDE_REVIEW: {"review": 1, "result": ReviewResult.CORRECTED},
}

ROW: dict[str, Any] = {
    "case_id": 7,
    "seq": 3,
    "event": EventKind.DECIDE,
    "happened_on": D("2026-03-27"),
    "recorded_at": datetime(2026, 3, 27, 8, 30, 1, 250_000, tzinfo=UTC),
    "actor": "zhang.san",
    "command_id": "c-1",
    "from_state": State.RECEIVED,
    "to_state": State.DISCLOSED,
    "facts": {"outcome": "granted", "reply_number": "告〔2026〕1号"},
    "previous_hash": bytes(range(32)),
}


def without_none(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if value is not None}


def faults(event: EventKind, facts: dict[str, Any]) -> tuple[str, ...]:
    with pytest.raises(InputFault) as raised:
        write_facts(event, facts)
    return raised.value.sentences


# Facts


def test_there_is_an_example_for_every_event() -> None:
    assert set(EXAMPLES) == set(EventKind)


@pytest.mark.parametrize("event", list(EventKind))
def test_facts_survive_the_log(event: EventKind) -> None:
    written = json.loads(json.dumps(write_facts(event, EXAMPLES[event])))
    again = read_facts(event, written)
    assert again == without_none(EXAMPLES[event])
    assert [type(value) for value in again.values()] == [type(v) for v in without_none(EXAMPLES[event]).values()]


days = st.dates(date(2008, 1, 1), date(2098, 12, 31))
BY_TYPE = {
    "day": days,
    "days": st.integers(0, 20),
    "whole": st.integers(0, 10**6),
    "yuan": st.decimals(0, 10**9, places=2) | st.just(Decimal("1E+3")),
    "text": st.text(st.characters(exclude_categories=["Cs"])),
    "flag": st.booleans(),
    **{name: st.sampled_from(terms) for name, terms in statute.TERMS.items()},
}


@st.composite
def facts_of_events(draw: st.DrawFn) -> tuple[EventKind, dict[str, Any]]:
    event = draw(st.sampled_from(EventKind))
    facts = {}
    for fact in statute.BY_EVENT[event].facts:
        value = BY_TYPE[fact.type]
        facts[fact.name] = draw(value if fact.need == "always" else st.none() | value)
    return event, facts


@settings(max_examples=200, deadline=None)
@given(facts_of_events())
def test_any_facts_survive_the_log(sample: tuple[EventKind, dict[str, Any]]) -> None:
    event, facts = sample
    written = write_facts(event, facts)
    assert json.loads(json.dumps(written)) == written
    assert read_facts(event, written) == without_none(facts)
    assert write_facts(event, read_facts(event, written)) == written


def test_money_is_written_as_a_decimal_string_without_exponent() -> None:
    assert write_facts(EventKind.BILL, {"billed_yuan": Decimal("1E+3")}) == {"billed_yuan": "1000"}
    assert write_facts(EventKind.BILL, {"billed_yuan": Decimal("0.10")}) == {"billed_yuan": "0.10"}


@pytest.mark.parametrize("event", list(EventKind))
def test_an_unknown_fact_is_named_with_the_known_ones(event: EventKind) -> None:
    (sentence,) = faults(event, EXAMPLES[event] | {"colour": "red"})
    assert sentence.startswith(f"“{event.label}”没有“colour”这一项")
    known = [fact.name for fact in statute.BY_EVENT[event].facts]
    assert all(name in sentence for name in known) if known else sentence.endswith("可用：无")


REQUIRED = [(step.event, fact) for step in statute.BY_EVENT.values() for fact in step.facts if fact.need == "always"]
LAWFUL = [(step.event, fact) for step in statute.BY_EVENT.values() for fact in step.facts if fact.need == "lawful"]


@pytest.mark.parametrize(("event", "fact"), REQUIRED, ids=lambda value: getattr(value, "name", value))
@pytest.mark.parametrize("missing", ["absent", "none"])
def test_a_required_fact_that_is_missing_is_named_with_the_article(event, fact, missing: str) -> None:
    facts = {name: value for name, value in EXAMPLES[event].items() if name != fact.name}
    if missing == "none":
        facts[fact.name] = None
    assert faults(event, facts) == (f"“{event.label}”缺少“{fact.label}”（{statute.BY_EVENT[event].article}）",)


@pytest.mark.parametrize(("event", "fact"), LAWFUL, ids=lambda value: getattr(value, "name", value))
def test_what_the_law_asks_for_today_may_be_missing_in_the_log_of_the_past(event, fact) -> None:
    """An old ledger does not know who approved an extension (law.md 8.4); what asks for it now are the rules."""
    facts = {name: value for name, value in EXAMPLES[event].items() if name != fact.name}
    assert fact.name not in write_facts(event, facts)


@pytest.mark.parametrize(
    ("event", "name", "value"),
    [
        (EventKind.ASK_CORRECTION, "until", "2026-03-19"),
        (EventKind.ASK_CORRECTION, "until", 20260319),
        (EventKind.ASK_CORRECTION, "until", datetime(2026, 3, 19, tzinfo=UTC)),
        (EventKind.EXTEND, "working_days", "10"),
        (EventKind.EXTEND, "working_days", 10.0),
        (EventKind.EXTEND, "working_days", True),
        (EventKind.OPINIONS_IN, "consultation", "1"),
        (EventKind.BILL, "billed_yuan", 2000),
        (EventKind.BILL, "billed_yuan", 2000.5),
        (EventKind.BILL, "billed_yuan", "2000"),
        (EventKind.DECIDE, "outcome", "granted"),
        (EventKind.DECIDE, "outcome", "予以公开"),
        (EventKind.DECIDE, "reply_number", 1),
        (EventKind.SEARCH, "found", "否"),
        (EventKind.SEARCH, "found", 0),
        (EventKind.DECIDE, "means", Channel.POST_EMS),
        (EventKind.REGISTER, "channel", "post_ems"),
        (EventKind.REGISTER, "applicant_kind", Channel.ONLINE),
        (EventKind.OPEN_REVIEW, "review_kind", ReviewResult.UPHELD),
        (EventKind.CONCLUDE_REVIEW, "result", "upheld"),
    ],
    ids=str,
)
def test_a_fact_of_the_wrong_type_is_named_with_its_value(event: EventKind, name: str, value: object) -> None:
    label = next(fact.label for fact in statute.BY_EVENT[event].facts if fact.name == name)
    assert faults(event, EXAMPLES[event] | {name: value}) == (f"“{event.label}”的“{label}”为“{value}”，类型不符",)


def test_every_fault_is_told_at_once() -> None:
    told = faults(EventKind.REGISTER, {"colour": "red", "subject": 3, "channel": "fax"})
    assert len(told) == 4


@pytest.mark.parametrize(
    ("event", "written"),
    [
        (EventKind.CORRECT, {"colour": "red"}),
        (EventKind.ASK_CORRECTION, {"until": "2026-02-30"}),
        (EventKind.ASK_CORRECTION, {"until": 20260319}),
        (EventKind.EXTEND, {"working_days": "ten"}),
        (EventKind.EXTEND, {"working_days": None}),
        (EventKind.EXTEND, {"working_days": 3.7}),
        (EventKind.EXTEND, {"working_days": True}),
        (EventKind.BILL, {"billed_yuan": "a lot"}),
        (EventKind.BILL, {"billed_yuan": None}),
        (EventKind.DECIDE, {"outcome": "given"}),
        (EventKind.DECIDE, {"outcome": "予以公开"}),
        (EventKind.DECIDE, {"outcome": None}),
        (EventKind.DECIDE, {"outcome": "granted", "reply_number": 5}),
        (EventKind.REGISTER, {"channel": "pigeon"}),
        (EventKind.SEARCH, {"found": 1}),
        (EventKind.SEARCH, {"found": "false"}),
        (EventKind.DECIDE, {"means": "courierr"}),
        (EventKind.CONFIRM, {"received_on": True}),
    ],
    ids=str,
)
def test_facts_that_were_never_written_so_are_a_value_error(event: EventKind, written: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        read_facts(event, written)


def test_the_mark_of_an_irregular_event_is_no_fact() -> None:
    assert read_facts(EventKind.EXTEND, {"working_days": 10, log.IRREGULAR: True}) == {"working_days": 10}


# The hash


def row(**changes: Any) -> dict[str, Any]:
    return event_row(**(ROW | changes))


ALTERED: dict[str, Any] = {
    "case_id": 8,
    "seq": 4,
    "kind": "lapse",
    "happened_on": D("2026-03-28"),
    "recorded_at": ROW["recorded_at"] + timedelta(microseconds=1),
    "actor": "zhang.sin",
    "command_id": "c-2",
    "from_state": "carried_over.received",
    "to_state": "refused",
    "article": "条例第三十七条",
    "facts": {"outcome": "granted", "reply_number": "告〔2026〕2号"},
    "previous_hash": bytes(32),
}


def test_the_columns_that_are_hashed_are_those_of_the_table() -> None:
    columns = {column.name for column in case_event.columns}
    assert set(row()) == columns
    assert set(ALTERED) == columns - {"hash"}


def test_an_event_carries_the_hash_of_itself() -> None:
    made = row()
    assert made["hash"] == event_hash(made)
    assert len(made["hash"]) == 32
    assert len(chain.FIRST_HASH) == 32


@pytest.mark.parametrize("column", ALTERED)
def test_no_column_can_be_altered_unseen(column: str) -> None:
    made = row()
    assert made[column] != ALTERED[column]
    assert event_hash(made | {column: ALTERED[column]}) != made["hash"]


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"outcome": "granted"},
        {"outcome": "granted", "reply_number": None},
        {"outcome": "granted", "reply_number": "告〔2026〕1号", log.IRREGULAR: True},
    ],
)
def test_a_fact_left_out_or_added_changes_the_hash(facts: dict[str, Any]) -> None:
    assert event_hash(row() | {"facts": facts}) != row()["hash"]


def test_no_text_can_move_from_one_column_to_the_next() -> None:
    assert event_hash(row(actor="ab", command_id="c")) != event_hash(row(actor="a", command_id="bc"))
    assert event_hash(row(actor='a","b', command_id="c")) != event_hash(row(actor="a", command_id='b","c'))
    assert event_hash(row() | {"from_state": None}) != event_hash(row() | {"from_state": "null"})


def test_the_hash_is_of_the_instant_and_not_of_its_zone() -> None:
    shanghai = ROW["recorded_at"].astimezone(timezone(timedelta(hours=8)))
    assert row(recorded_at=shanghai)["hash"] == row()["hash"]


def test_the_hash_does_not_depend_on_the_order_of_the_facts() -> None:
    assert row(facts=dict(reversed(ROW["facts"].items())))["hash"] == row()["hash"]


def test_the_hash_is_taken_over_plain_json_that_any_program_can_make_again() -> None:
    """Pinned: an auditor's own program, and every log already written, depend on it."""
    import hashlib

    canonical = (
        '[7,3,"decide","2026-03-27","2026-03-27T08:30:01.250000+00:00","zhang.san","c-1","received","disclosed",'
        '"条例第三十六条第（一）、（二）项",{"outcome":"granted","reply_number":"告〔2026〕1号"}]'
    )
    assert row()["hash"] == hashlib.sha256(bytes(range(32)) + canonical.encode()).digest()


@pytest.mark.parametrize(
    ("event", "facts", "article"),
    [
        (EventKind.ASK_CORRECTION, {}, "条例第三十条"),
        (EventKind.DECIDE, {"outcome": "refused_state_secret"}, "条例第十四条"),
        (EventKind.WITHDRAW, {"how": "书面"}, "条例未规定，按年度报告格式（六）3计"),
        (EventKind.RECTIFY, {"result": "corrected"}, "条例第四十一条"),
        (EventKind.LAPSE, {"outcome": "other_fee_unpaid"}, "信息处理费管理办法第六条"),
        (EventKind.LAPSE, {"outcome": "other_not_corrected"}, "条例第三十条"),
        (EventKind.REOPEN, {"ground": "judgment"}, statute.BY_EVENT[EventKind.REOPEN].article),
        (EventKind.REOPEN, {"ground": "late_correction"}, "条例第三十条"),
        (EventKind.REOPEN, {"ground": "own_correction"}, "机关自行纠正，条例未规定"),
    ],
)
def test_an_event_is_written_with_the_article_it_rests_on(
    event: EventKind, facts: dict[str, Any], article: str
) -> None:
    assert row(event=event, facts=facts)["article"] == article


def test_the_first_event_of_a_case_has_no_state_before_it() -> None:
    made = row(event=EventKind.REGISTER, from_state=None, to_state=State.RECEIVED, facts={}, seq=1)
    assert (made["from_state"], made["to_state"]) == (None, "received")


def test_a_chain_breaks_where_an_event_is_taken_out() -> None:
    first = row(seq=1, previous_hash=chain.FIRST_HASH)
    second = row(seq=2, previous_hash=first["hash"])
    third = row(seq=3, previous_hash=second["hash"])
    assert event_hash(third | {"previous_hash": first["hash"]}) != third["hash"]
