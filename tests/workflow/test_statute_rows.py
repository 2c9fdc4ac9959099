"""The rows of the event table, fact by fact: what the law has each step bring (law.md 1 to 4, 9 and 10)."""

from __future__ import annotations

import pytest

from models.vocabulary import EventKind, Ground, Outcome, OutcomeGroup, State
from workflow import statute
from workflow.statute import Fact

# What each step takes. "!": the step means nothing without it. "*": asked for today, but an old ledger may hold none.
# "~": the desk writes it where nobody gives it. The rest may be given, or is asked for by what else was given.
#   Art. 29    who asks for what; an oral request is filled in by staff; whoever acts for another shows an authority
#   Art. 31    the days that settle the day of receipt, and how it was confirmed; the month's ordinal goes by that day
#   Art. 40    the form that is asked for
#   Art. 45    one register: numbers, links between requests, remarks
_ENTRY = """
    number~ applicant_kind! subject! matter channel submitted_on arrived_on confirmed_on confirmed_how misdirected
    filled_by_staff authority form items linked_to split_from month_ordinal~ reply_days~ remarks ledger_digest~
    person_digest~ agency~ applicant~
"""
TAKES = {
    "register": _ENTRY,
    "arrive": _ENTRY,
    # Art. 31: attempts to reach the applicant are logged, then the day is confirmed, or it was no request.
    "contact": "how!",
    "confirm": "received_on~ arrived_on submitted_on how month_ordinal~",
    "dismiss": "reason!",
    # Art. 30: 说明需要补正的事项和合理的补正期限 (a day, or days from delivery); once only, or with a reason.
    "ask_correction": "items* until working_days~ delivered awaits_delivery~ override",
    "deliver_correction": "until",
    "correct": "late_reason approver",
    # Arts. 32–34: who is asked, when it was delivered, what came back and why.
    "consult": "kind* party* delivered legal_review suspends~",
    "deliver_consultation": "consultation!",
    "opinions_in": "consultation! opinion* reason",
    "tell_third_party": "consultation! reason!",
    # Art. 33(2): by how many days, 经政府信息公开工作机构负责人同意.
    "extend": "working_days! approver* reason* approvals~",
    # Art. 35: the number and frequency, whether the reasons given are reasonable, the day set for the reply.
    "ask_reasons": "volume* until",
    "reasons_in": "reasonable*",
    "delay": "until! reason* approver* approvals~",
    # The fee rules: the amount and what it is reckoned from (Arts. 3–5), whether the period begins anew (Art. 6).
    "bill": "billed_yuan! tariff* pages ordinals~ items restarts~",
    "pay": "received_yuan!",
    "split": "into! subject!",
    # law.md 3.3: a manual stop with its approval.
    "pause": "reason* approver*",
    "resume": "",
    # Art. 36(4) and law.md 2: systems, terms, person, result. Art. 17: who reviewed, and whether it may be released.
    "search": "where! terms! searcher! found!",
    "secrecy_review": "reviewer! may_release! remarks",
    # Arts. 36–39: which of the seven replies and what it must say; 〔2016〕235号: how it is served; Art. 18: looked at
    # again; 行政复议法 Art. 22(2): the channel for a reconsideration of what is served online.
    "decide": """
        outcome! reply_number means* ground reasons access other_agency other_agency_contact earlier_reply proper_way
        tracking review_channel override reevaluate_on~ path~ approvals~
    """,
    "lapse": "outcome! reply_number",
    "withdraw": "how* identity_checked*",
    "merge": "into!",
    "close": "outcome! reply_number reason*",
    # Art. 41: what came of it and why, or the agency that has the power.
    "rectify": "result! reason! other_agency reply_number",
    # 〔2016〕235号
    "serve": "how",
    "return": "reason!",
    "serve_again": "means! tracking review_channel override",
    # law.md 3.3: the ruling and the period that it fixed; a late correction and second thoughts are approved.
    "reopen": "ground! review until working_days~ reason approver",
    # Art. 45
    "amend": "reason! received_on subject channel submitted_on arrived_on",
    "change_kind": "applicant_kind! reason!",
    "assign": "officer!",
    "note": "text!",
    "attach": "attachment_kind! name! media_type! size! sha256!",
    "send_letter": "letter! code! title! document_number means tracking sha256!",
    "void": "entry! reason!",
    "carry_over": "year!",
    "recalculate": "calendar_revision!",
    # Art. 51 and law.md 10
    "open_review": "review_kind! procedure copy_received body case_number remarks",
    "answer_review": "review!",
    "first_judgment": "review! ruling_form! result",
    "appeal": "review! by",
    "conclude_review": "review! result! remarks",
}

NEEDS = {"!": "always", "*": "lawful"}


def facts_of(event: EventKind) -> dict[str, Fact]:
    return {fact.name: fact for fact in statute.BY_EVENT[event].facts}


def test_every_step_has_been_looked_up() -> None:
    assert sorted(TAKES) == sorted(EventKind)


@pytest.mark.parametrize("event", list(EventKind))
def test_a_step_takes_what_the_law_has_it_bring(event: EventKind) -> None:
    known = facts_of(event)
    written = TAKES[event].split()
    assert {mark.rstrip("!*~") for mark in written} - set(known) == set()
    for mark in written:
        fact = known[mark.rstrip("!*~")]
        assert (fact.name, fact.need, fact.filled) == (fact.name, NEEDS.get(mark[-1], "free"), mark[-1] == "~")


@pytest.mark.parametrize("event", list(EventKind))
def test_nothing_else_must_be_given_with_a_step(event: EventKind) -> None:
    must = [mark[:-1] for mark in TAKES[event].split() if mark[-1] in NEEDS]
    assert [fact.name for fact in facts_of(event).values() if fact.required] == must


def test_art51_art45_what_runs_beside_the_case_is_the_register_and_the_remedies() -> None:
    """These may come at any time, also before a reopened period began (law.md 1: linked case objects)."""
    assert [event.value for event in statute.BESIDE] == [
        "amend",
        "change_kind",
        "assign",
        "note",
        "attach",
        "send_letter",
        "void",
        "recalculate",
        "open_review",
        "answer_review",
        "first_judgment",
        "appeal",
        "conclude_review",
    ]


def test_what_no_person_does_is_the_turn_of_the_year_a_new_calendar_and_the_line_of_a_letter_that_left() -> None:
    by_itself = [step.event.value for step in statute.STEPS if step.by_itself]
    assert by_itself == ["send_letter", "carry_over", "recalculate"]


@pytest.mark.parametrize(
    ("group", "state"),
    [
        ("granted", State.DISCLOSED),
        ("partly_granted", State.DISCLOSED),
        ("refused", State.REFUSED),
        ("unavailable", State.REFUSED),
        ("unprocessed", State.REFUSED),
        ("other", State.CLOSED),
    ],
)
def test_law_1_1_a_group_of_outcomes_ends_in_its_state(group: str, state: State) -> None:
    assert statute.FINAL_STATE[OutcomeGroup(group)] is state


_WITHHELD = [outcome for outcome in Outcome if outcome.value.startswith("refused_")]


@pytest.mark.parametrize(
    ("outcome", "needs"),
    [
        ("partly_granted", "reasons"),  # Art. 37
        *(
            (outcome, "reasons") for outcome in _WITHHELD if outcome.value != "refused_administrative_query"
        ),  # Art. 36(3)
        ("refused_administrative_query", "proper_way"),  # Art. 36(7)
        ("unavailable_needs_creation", "reasons"),  # Art. 38
        ("unavailable_still_unclear", "reasons"),  # Arts. 29, 30
        ("unprocessed_repeat", "earlier_reply"),  # Art. 36(6)
        ("unprocessed_excessive", "reasons"),  # Art. 35
        ("unprocessed_reissue", "earlier_reply"),
    ],
)
def test_arts_35_to_38_what_is_not_given_in_full_says_why(outcome: str, needs: str) -> None:
    assert statute.DEMANDS[Outcome(outcome)] == (needs,)


def test_art36_of_two_faces_the_one_that_gives_nothing_itself_says_where_or_why() -> None:
    """(1) 已经主动公开的，告知获取方式、途径; (5) 不属于本行政机关负责公开的，告知并说明理由."""
    assert statute.DEMANDS[Ground.ALREADY_PUBLIC] == ("access",)
    assert "reasons" in statute.DEMANDS[Ground.NOT_OURS]
    for ground in (Ground.PROVIDED, Ground.NOT_EXISTING):
        assert ground not in statute.DEMANDS
    for outcome in statute.GROUNDS:
        assert outcome not in statute.DEMANDS


@pytest.mark.parametrize(
    ("outcome", "label"),
    [
        (Outcome.GRANTED, "予以公开"),
        (Outcome.PARTLY_GRANTED, "部分公开"),
        (Outcome.REFUSED_STATE_SECRET, "不予公开-属于国家秘密"),
        (Outcome.UNAVAILABLE_NEEDS_CREATION, "无法提供-没有现成信息需要另行制作"),
        (Outcome.UNPROCESSED_REPEAT, "不予处理-重复申请"),
        (Outcome.OTHER_MISC, "其他处理-其他"),
    ],
)
def test_a_ledger_calls_an_outcome_by_its_group_where_the_group_has_rows(outcome: Outcome, label: str) -> None:
    assert statute.ledger_label(outcome) == label
