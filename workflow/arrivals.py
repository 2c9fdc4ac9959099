"""Arrivals (收件): the day of receipt settled by Article 31, held against what is recorded, and started by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from models.vocabulary import EventKind
from workflow import intake
from workflow.calendar import WorkCalendar
from workflow.case import Case, Happening
from workflow.faults import InputFault, Refusal
from workflow.practice import Practice


def settled(
    case: Case | None, happening: Happening, calendar: WorkCalendar, practice: Practice, today: date
) -> Happening:
    """The happening with 收到申请之日 as Article 31 gives it.

    Raises Refusal where the day recorded is not the one that the evidence gives, where the evidence does not give one
    yet, and for a channel that the agency has not announced; InputFault where the evidence contradicts itself.
    """
    match happening.event:
        case EventKind.REGISTER:
            return _registered(happening, calendar, practice, today)
        case EventKind.ARRIVE:
            return _arrived(happening, calendar, practice, today)
        case EventKind.CONFIRM if case is not None and case.intake is not None:
            return _confirmed(case.intake, happening, calendar, practice, today)
        case EventKind.AMEND if case is not None:
            return _amended(case, happening, calendar, practice, today)
    return happening


def first_event(
    facts: Mapping[str, Any], received: date | None, calendar: WorkCalendar, practice: Practice, today: date
) -> Happening:
    """How a request enters the log: registered on its day of receipt, or as an arrival while that is not settled.

    ``received`` is the day that the officer states, None to let the evidence decide. A request of no known channel
    counts from the day stated, or from today. Raises InputFault where the evidence contradicts itself.
    """
    if received is not None or facts.get("channel") is None:
        return Happening(EventKind.REGISTER, received or today, facts)
    found = intake.receipt(evidence(facts), calendar, today, practice.intake())
    if found.day is not None:
        return Happening(EventKind.REGISTER, found.day, facts)
    came = facts.get("arrived_on") or facts.get("submitted_on") or today
    return Happening(EventKind.ARRIVE, came, facts)


def evidence(facts: Mapping[str, Any]) -> intake.Evidence:
    """What the facts of a registration, of which the channel must be known, tell of how the request came in."""
    return intake.Evidence(
        channel=facts["channel"],
        submitted=facts.get("submitted_on"),
        arrived=facts.get("arrived_on"),
        confirmed=facts.get("confirmed_on"),
        how=facts.get("confirmed_how"),
        misdirected=facts.get("misdirected", False),
    )


def _announced(facts: Mapping[str, Any], practice: Practice) -> None:
    channel = facts["channel"]
    if channel not in intake.accepted(practice.channels):
        names = "、".join(each.label for each in practice.channels)
        raise Refusal(f"本机关没有公布“{channel.label}”渠道，应为：{names}", "条例第二十八条")


def _registered(happening: Happening, calendar: WorkCalendar, practice: Practice, today: date) -> Happening:
    facts, received = happening.facts, happening.happened_on
    if facts.get("split_from") is not None:
        # The day of an item of a letter is that of the letter, settled when it came.
        return happening
    if facts.get("channel") is not None:
        _announced(facts, practice)
        found = intake.receipt(evidence(facts), calendar, today, practice.intake())
        if found.day is not None:
            if found.day != received:
                raise Refusal(f"收到申请之日应为 {found.day}，不是 {received}：{found.reasons[0]}", found.article)
            return happening
    submitted = facts.get("submitted_on")
    if submitted is not None and submitted > received:
        raise InputFault(f"提交日期：“{submitted}”晚于收到日期 {received}，应不晚于它")
    return happening


def _arrived(happening: Happening, calendar: WorkCalendar, practice: Practice, today: date) -> Happening:
    facts = happening.facts
    if facts.get("channel") is None:
        raise Refusal("没有申请渠道，不能确定收到申请之日，应写明申请渠道", "条例第三十一条")
    _announced(facts, practice)
    found = intake.receipt(evidence(facts), calendar, today, practice.intake())
    if found.day is not None:
        raise Refusal(f"收到申请之日已可确定为 {found.day}，应直接登记：{found.reasons[0]}", found.article)
    return happening


def _confirmed(
    known: intake.Evidence, happening: Happening, calendar: WorkCalendar, practice: Practice, today: date
) -> Happening:
    facts = happening.facts
    grown = replace(
        known,
        submitted=facts.get("submitted_on") or known.submitted,
        arrived=facts.get("arrived_on") or known.arrived,
        confirmed=happening.happened_on if facts.get("how") else known.confirmed,
        how=facts.get("how") or known.how,
    )
    found = intake.receipt(grown, calendar, today, practice.intake())
    if found.day is None:
        raise Refusal(f"收到申请之日还不能确定：{'；'.join(found.open_points)}", found.article)
    given = facts.get("received_on")
    if given is not None and given != found.day:
        raise Refusal(f"收到申请之日应为 {found.day}，不是 {given}：{found.reasons[0]}", found.article)
    return replace(happening, facts={**facts, "received_on": found.day})


_OF_RECEIPT = ("received_on", "channel", "submitted_on", "arrived_on")
"""What an amendment may change that 收到申请之日 rests on."""


def _amended(case: Case, happening: Happening, calendar: WorkCalendar, practice: Practice, today: date) -> Happening:
    facts = happening.facts
    channel = facts.get("channel") or (case.intake.channel if case.intake is not None else None)
    # A new wording settles no day: the one recorded may rest on what was known then, or on other choices.
    if channel is None or all(facts.get(name) is None for name in _OF_RECEIPT):
        return happening
    known = case.intake or intake.Evidence(channel)
    amended = replace(
        known,
        channel=channel,
        submitted=facts.get("submitted_on") or known.submitted,
        arrived=facts.get("arrived_on") or known.arrived,
    )
    found = intake.receipt(amended, calendar, today, practice.intake())
    received = facts.get("received_on") or case.received
    if received is not None and found.day is not None and found.day != received:
        both = "提交日期、签收日期也有误的，应一并更正"
        raise Refusal(
            f"更正后收到申请之日应为 {found.day}，不是 {received}（{both}）：{found.reasons[0]}", found.article
        )
    return happening


def starting(
    cases: Iterator[tuple[int, Case]], calendar: WorkCalendar, practice: Practice, today: date
) -> Iterator[tuple[int, Happening]]:
    """The unconfirmed cases whose clock starts by itself (the cap of Art. 31(3)), with the event that starts each.

    What came after ``today`` waits: the clock of the machine may have been set back, or days are lived through again.
    """
    for case_id, case in cases:
        if case.intake is None or max(case.entered, case.intake.arrived or case.entered) > today:
            continue
        found = intake.receipt(case.intake, calendar, today, practice.intake())
        if found.day is not None:
            yield case_id, Happening(EventKind.CONFIRM, max(found.day, case.entered), {})
