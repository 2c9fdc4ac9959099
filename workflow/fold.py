"""The fold: a case after one more event, and a whole case from its log, voided entries left out. Pure.

What an event does to the case is here; whether the law allows it is asked of the machine (by state) and of ``rules``
(by what has happened). Nothing here knows a calendar or a database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from models.vocabulary import EventKind, Matter, Outcome, ReviewKind, ReviewResult, State
from workflow import clock, intake, machine, rules, statute
from workflow.case import (
    OF_A_ROUND,
    Case,
    FeeNotice,
    Happening,
    Inquiry,
    ReasonsAsked,
    Reopening,
    ReviewRecord,
    Search,
    SecrecyReview,
    Service,
)
from workflow.faults import Refusal


def register(happening: Happening) -> Case:
    """The case that a registration (登记, its day is 收到申请之日) or an arrival (收件) makes."""
    facts = happening.facts
    registered = happening.event is EventKind.REGISTER
    return Case(
        number=facts["number"],
        applicant_kind=facts["applicant_kind"],
        subject=facts["subject"],
        entered=happening.happened_on,
        received=happening.happened_on if registered else None,
        state=State.RECEIVED if registered else State.UNCONFIRMED,
        matter=facts.get("matter", Matter.DISCLOSURE),
        rectification_days=facts.get("reply_days") or clock.REPLY_DAYS,
        intake=_evidence(facts),
        month_ordinal=facts.get("month_ordinal"),
        ledger_digest=facts.get("ledger_digest"),
        linked_to=facts.get("linked_to"),
    )


def _evidence(facts: Any) -> intake.Evidence | None:
    if facts.get("channel") is None:
        return None
    return intake.Evidence(
        channel=facts["channel"],
        submitted=facts.get("submitted_on"),
        arrived=facts.get("arrived_on"),
        confirmed=facts.get("confirmed_on"),
        how=facts.get("confirmed_how"),
        misdirected=facts.get("misdirected", False),
    )


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the log: its place in it, what happened, whether it was irregular when it was recorded."""

    seq: int
    happening: Happening
    irregular: bool = False


def follow(case: Case | None, happening: Happening, *, recorded: bool) -> tuple[Case, Refusal | None]:
    """The case after one more happening, the first of which registers it, and what was irregular about it.

    ``recorded`` admits an irregular step of the past, such as an old ledger holds. Raises Refusal, with the
    article, where the law does not allow the step, and in any case where its dates cannot be true.
    """
    if case is None:
        return register(happening), None
    try:
        return apply(case, happening), None
    except Refusal as refusal:
        if not recorded:
            raise
        return apply(case, happening, recorded=True), refusal


def fold(entries: Sequence[Entry]) -> Case | None:
    """The case that a log gives; None for an empty one. A voided entry counts as if it had never been made.

    Raises Refusal where the law does not allow a step, also where a later step rests on a voided one.
    """
    voided = {e.happening.facts["entry"] for e in entries if e.happening.event is EventKind.VOID}
    case: Case | None = None
    for entry in entries:
        event = entry.happening.event
        if event is EventKind.VOID:
            continue
        if case is None:
            case = first(entry.happening)
            if entry.seq in voided:
                return replace(case, state=State.VOID)
        elif entry.seq in voided:
            case = _without(case, entry.happening)
        elif voided and statute.BY_EVENT[event].by_itself and not machine.may(case.state, event):
            # What the system did by itself to a case that was not what it seemed rests on nothing now.
            continue
        else:
            case = apply(case, entry.happening, recorded=entry.irregular)
    return case


def first(happening: Happening) -> Case:
    """The case that its first event makes. Raises Refusal for an event that cannot be the first."""
    if happening.event not in {step.event for step in statute.FIRST_STEPS}:
        raise Refusal("办件尚未登记", statute.REGISTRATION.article)
    return register(happening)


def void(entries: Sequence[Entry], happening: Happening) -> Case:
    """The case without the entry that ``happening`` (作废一条记录) names.

    Raises Refusal where there is no such entry, where it cannot be voided, and where a later one rests on it.
    """
    step = statute.BY_EVENT[EventKind.VOID]
    seq = happening.facts["entry"]
    named = next((entry for entry in entries if entry.seq == seq), None)
    if named is None:
        raise Refusal(f"没有第 {seq} 条记录，共有 {len(entries)} 条", step.article)
    event = named.happening.event
    if event is EventKind.VOID or statute.BY_EVENT[event].by_itself:
        raise Refusal(f"第 {seq} 条是“{event.label}”，不能作废", step.article)
    if any(e.happening.event is EventKind.VOID and e.happening.facts["entry"] == seq for e in entries):
        raise Refusal(f"第 {seq} 条“{event.label}”已经作废", step.article)
    later = _later_reply(entries, seq) if event in _BEFORE_A_REPLY else None
    if later is not None:
        raise Refusal(f"第 {seq} 条“{event.label}”是第 {later} 条答复的前提，应先作废第 {later} 条", step.article)
    try:
        case = fold([*entries, Entry(len(entries) + 1, happening)])
    except Refusal as refusal:
        raise Refusal(
            f"第 {seq} 条“{event.label}”不能作废，其后的记录以它为前提（{refusal.sentence}），应先作废其后的记录",
            step.article,
        ) from refusal
    if case is None:
        raise Refusal(f"第 {seq} 条记录不能作废", step.article)
    return case


_BEFORE_A_REPLY = {EventKind.SEARCH, EventKind.SECRECY_REVIEW, EventKind.TELL_THIRD_PARTY}


def _later_reply(entries: Sequence[Entry], seq: int) -> int | None:
    """The first reply after the entry that still stands."""
    voided = {e.happening.facts["entry"] for e in entries if e.happening.event is EventKind.VOID}
    replies = (e.seq for e in entries if e.happening.event is EventKind.DECIDE and e.seq not in voided)
    return next((reply for reply in replies if reply > seq), None)


def _without(case: Case, happening: Happening) -> Case:
    """The case as if ``happening`` had not been; what it numbered keeps its number."""
    if happening.event is EventKind.CONSULT:
        return replace(case, inquiries_made=case.inquiries_made + 1)
    if happening.event is EventKind.OPEN_REVIEW:
        return replace(case, reviews_made=case.reviews_made + 1)
    return case


def apply(case: Case, happening: Happening, *, recorded: bool = False) -> Case:
    """The case after one more happening. Raises Refusal as :func:`follow` does."""
    event = happening.event
    step = statute.BY_EVENT[event]
    if event not in _EFFECTS:
        raise Refusal(f"办件已登记，不能再次“{event.label}”", step.article)
    foreign = rules.foreign_to(case, event)
    if foreign is not None:
        raise foreign
    _not_too_early(case, happening)
    of_the_letter = rules.about_the_letter(case, event)
    if of_the_letter is not None:
        raise of_the_letter
    after = _EFFECTS[event](case, happening)
    outcome = happening.facts.get("outcome") or (step.outcomes[0] if len(step.outcomes) == 1 else None)
    if outcome is not None and outcome not in step.outcomes:
        ending = statute.ENDING[outcome]
        raise Refusal(
            f"办理结果“{outcome.label}”应由“{ending.label}”作出，不是“{event.label}”",
            statute.OUTCOMES[outcome].article,
        )
    # Where the state itself forbids the step, the machine says so below.
    if not recorded and machine.may(case.state, event):
        refusal = rules.bar(case, event) or rules.against(case, happening)
        if refusal is not None:
            raise refusal
    state = machine.advance(case.state, event, after.waits_in(), outcome, recorded=recorded)
    return replace(after, state=state)


def _not_too_early(case: Case, happening: Happening) -> None:
    article = statute.BY_EVENT[happening.event].article
    day, what = case.received or case.entered, "收到日期" if case.received else "收件日期"
    if case.reopenings and happening.event not in statute.BESIDE:
        day, what = case.began(), "重新办理日期"
    if happening.happened_on < day:
        raise Refusal(f"{happening.event.label}日期 {happening.happened_on} 早于{what} {day}", article)


def _last_open(items: tuple[Any, ...], attribute: str, event: EventKind) -> int:
    for index in range(len(items) - 1, -1, -1):
        if getattr(items[index], attribute) is None:
            return index
    step = statute.BY_EVENT[event]
    raise Refusal(f"没有等待中的事项，不能“{event.label}”", step.article)


def _replaced(items: tuple[Any, ...], index: int, item: Any) -> tuple[Any, ...]:
    return (*items[:index], item, *items[index + 1 :])


def _in_order(event: EventKind, day: date, earlier: date, what: str, named: str | None = None) -> None:
    """Raise Refusal where ``day``, that of the event or the one so ``named``, comes before the ``earlier`` one."""
    if day < earlier:
        raise Refusal(f"{named or f'{event.label}日期'} {day} 早于{what} {earlier}", statute.BY_EVENT[event].article)


def _contact(case: Case, happening: Happening) -> Case:
    known = _known_intake(case, happening)
    return replace(case, intake=replace(known, attempts=(*known.attempts, happening.happened_on)))


def _known_intake(case: Case, happening: Happening) -> intake.Evidence:
    if case.intake is None:
        raise Refusal("没有申请渠道，不能确定收到申请之日", statute.BY_EVENT[happening.event].article)
    return case.intake


def _confirm(case: Case, happening: Happening) -> Case:
    facts = happening.facts
    received = facts.get("received_on") or happening.happened_on
    if received > happening.happened_on:
        raise Refusal(f"收到申请之日 {received} 晚于确认日期 {happening.happened_on}", "条例第三十一条")
    evidence = case.intake
    if evidence is not None:
        evidence = replace(
            evidence,
            submitted=facts.get("submitted_on") or evidence.submitted,
            arrived=facts.get("arrived_on") or evidence.arrived,
            confirmed=happening.happened_on if facts.get("how") else evidence.confirmed,
            how=facts.get("how") or evidence.how,
        )
    return replace(
        case,
        received=received,
        intake=evidence,
        month_ordinal=facts.get("month_ordinal") or case.month_ordinal,
    )


def _ask_correction(case: Case, happening: Happening) -> Case:
    facts = happening.facts
    until, delivered = facts.get("until"), facts.get("delivered")
    if until is not None:
        _in_order(happening.event, until, happening.happened_on, "告知日期", "补正期限")
    if delivered is not None and delivered < happening.happened_on:
        raise Refusal(f"送达日期 {delivered} 早于告知补正日期 {happening.happened_on}", "条例第三十条")
    asked = clock.Correction(
        happening.happened_on,
        until,
        delivered=delivered,
        working_days=None if until else facts.get("working_days"),
        awaits_delivery=facts.get("awaits_delivery", False),
    )
    return replace(case, corrections=(*case.corrections, asked))


def _deliver_correction(case: Case, happening: Happening) -> Case:
    index = _last_open(case.corrections, "received", happening.event)
    asked = case.corrections[index]
    _in_order(happening.event, happening.happened_on, asked.asked, "告知补正日期")
    if asked.delivered is not None and not clock.came_too_late(asked):
        raise Refusal(f"补正告知书已于 {asked.delivered} 送达", "条例第三十条")
    if asked.delivered is not None:
        _in_order(happening.event, happening.happened_on, asked.delivered, "上次送达日期")
    delivered = replace(asked, delivered=happening.happened_on)
    again = happening.facts.get("until")
    if again is not None:
        delivered = replace(delivered, until=again, working_days=None)
    return replace(case, corrections=_replaced(case.corrections, index, delivered))


def _correct(case: Case, happening: Happening) -> Case:
    index = _last_open(case.corrections, "received", happening.event)
    asked = case.corrections[index]
    _in_order(happening.event, happening.happened_on, asked.asked, "告知补正日期")
    corrected = replace(asked, received=happening.happened_on)
    return replace(case, corrections=_replaced(case.corrections, index, corrected))


def _consult(case: Case, happening: Happening) -> Case:
    facts = happening.facts
    delivered = facts.get("delivered")
    if delivered is not None:
        _in_order(happening.event, delivered, happening.happened_on, "发出日期", "送达日期")
    number = case.inquiries_made + 1
    known = {name: facts[name] for name in ("kind", "party", "suspends") if facts.get(name) is not None}
    sent = Inquiry(number, happening.happened_on, delivered=delivered, **known)
    return replace(case, inquiries=(*case.inquiries, sent), inquiries_made=number)


def _inquiry(case: Case, happening: Happening) -> int:
    """Where the inquiry that the facts name stands in the case. Raises Refusal where there is none."""
    return _numbered(case.inquiries, happening.facts["consultation"], happening.event)


def _numbered(items: tuple[Any, ...], number: int, event: EventKind) -> int:
    for index, item in enumerate(items):
        if item.number == number:
            return index
    known = "、".join(str(item.number) for item in items) or "无"
    raise Refusal(f"没有第 {number} 件可供“{event.label}”，现有：{known}", statute.BY_EVENT[event].article)


def _deliver_consultation(case: Case, happening: Happening) -> Case:
    index = _inquiry(case, happening)
    sent = case.inquiries[index]
    _in_order(happening.event, happening.happened_on, sent.sent, "发出日期")
    if sent.delivered is not None:
        raise Refusal(f"第 {sent.number} 次征求意见书已于 {sent.delivered} 送达", "条例第三十二条")
    delivered = replace(sent, delivered=happening.happened_on)
    return replace(case, inquiries=_replaced(case.inquiries, index, delivered))


def _opinions_in(case: Case, happening: Happening) -> Case:
    index = _inquiry(case, happening)
    sent = case.inquiries[index]
    if sent.ended is not None:
        step = statute.BY_EVENT[happening.event]
        raise Refusal(f"第 {sent.number} 次征求意见已于 {sent.ended} 结束", step.article)
    _in_order(happening.event, happening.happened_on, sent.sent, "发出日期")
    ended = replace(sent, ended=happening.happened_on, opinion=happening.facts.get("opinion"))
    return replace(case, inquiries=_replaced(case.inquiries, index, ended))


def _tell_third_party(case: Case, happening: Happening) -> Case:
    index = _inquiry(case, happening)
    asked = case.inquiries[index]
    _in_order(happening.event, happening.happened_on, asked.sent, "发出日期")
    return replace(case, inquiries=_replaced(case.inquiries, index, replace(asked, told=happening.happened_on)))


def _extend(case: Case, happening: Happening) -> Case:
    days = happening.facts["working_days"]
    if not 1 <= days <= clock.EXTENSION_MOST:
        raise Refusal(f"延期 {days} 个工作日，应为 1 至 {clock.EXTENSION_MOST}", "条例第三十三条第二款")
    return replace(case, extensions=(*case.extensions, clock.Extension(happening.happened_on, days)))


def _ask_reasons(case: Case, happening: Happening) -> Case:
    until = happening.facts.get("until")
    if until is not None:
        _in_order(happening.event, until, happening.happened_on, "告知日期", "说明理由期限")
    return replace(case, reasons=(*case.reasons, ReasonsAsked(happening.happened_on, until)))


def _reasons_in(case: Case, happening: Happening) -> Case:
    index = _last_open(case.reasons, "received", happening.event)
    asked = case.reasons[index]
    _in_order(happening.event, happening.happened_on, asked.asked, "要求说明理由日期")
    given = replace(asked, received=happening.happened_on, reasonable=happening.facts.get("reasonable"))
    return replace(case, reasons=_replaced(case.reasons, index, given))


def _delay(case: Case, happening: Happening) -> Case:
    until = happening.facts["until"]
    _in_order(happening.event, until, happening.happened_on, "告知日期", "延迟至")
    return replace(case, delays=(*case.delays, clock.Delay(happening.happened_on, until)))


def _bill(case: Case, happening: Happening) -> Case:
    facts = happening.facts
    known = {name: facts[name] for name in ("tariff", "pages", "ordinals", "restarts") if facts.get(name) is not None}
    notice = FeeNotice(happening.happened_on, facts["billed_yuan"], **known)
    return replace(case, fees=(*case.fees, notice))


def _pay(case: Case, happening: Happening) -> Case:
    index = _last_open(case.fees, "paid", happening.event)
    notice = case.fees[index]
    _in_order(happening.event, happening.happened_on, notice.notified, "收费通知日期")
    if notice.received is not None:
        _in_order(happening.event, happening.happened_on, notice.received, "上次缴费日期")
    total = (notice.received_yuan or Decimal(0)) + happening.facts["received_yuan"]
    paid = replace(
        notice,
        received_yuan=total,
        received=happening.happened_on,
        paid=happening.happened_on if total >= notice.billed_yuan else None,
    )
    return replace(case, fees=_replaced(case.fees, index, paid))


def _pause(case: Case, happening: Happening) -> Case:
    return replace(case, pauses=(*case.pauses, clock.Pause(happening.happened_on)))


def _resume(case: Case, happening: Happening) -> Case:
    index = _last_open(case.pauses, "ended", happening.event)
    pause = case.pauses[index]
    _in_order(happening.event, happening.happened_on, pause.began, "中止日期")
    return replace(case, pauses=_replaced(case.pauses, index, replace(pause, ended=happening.happened_on)))


def _search(case: Case, happening: Happening) -> Case:
    return replace(case, searches=(*case.searches, Search(happening.happened_on, happening.facts["found"])))


def _secrecy_review(case: Case, happening: Happening) -> Case:
    review = SecrecyReview(happening.happened_on, happening.facts["may_release"])
    return replace(case, secrecy_reviews=(*case.secrecy_reviews, review))


def _split(case: Case, happening: Happening) -> Case:
    into = "、".join(filter(None, [case.split_into, happening.facts["into"]]))
    return replace(case, subject=happening.facts["subject"], split_into=into)


def _end(case: Case, happening: Happening) -> Case:
    for what, day in _steps_taken(case):
        _in_order(happening.event, happening.happened_on, day, what)
    facts = happening.facts
    outcome = facts.get("outcome")
    if outcome is None and happening.event is not EventKind.RECTIFY:
        outcome = Outcome.OTHER_MISC
    if facts.get("means") is not None:
        case = replace(case, services=(*case.services, Service(facts["means"], happening.happened_on)))
    day, number = happening.happened_on, facts.get("reply_number")
    if case.reopenings:
        ended = replace(case.reopenings[-1], outcome=outcome, closed=day, reply_number=number)
        withheld = facts.get("reevaluate_on") if happening.event is EventKind.DECIDE else case.reevaluate_on
        return replace(case, reopenings=(*case.reopenings[:-1], ended), reevaluate_on=withheld)
    return replace(
        case,
        outcome=outcome,
        closed=day,
        reply_number=number,
        ground=facts.get("ground"),
        reevaluate_on=facts.get("reevaluate_on"),
    )


def _merge(case: Case, happening: Happening) -> Case:
    return replace(_end(case, happening), merged_into=happening.facts["into"])


def _rectify(case: Case, happening: Happening) -> Case:
    return replace(_end(case, happening), rectified=happening.facts["result"])


def _steps_taken(case: Case) -> Iterator[tuple[str, date]]:
    """The steps of the present round with their days; nothing of it can come after its end."""
    for name in _DAYS_OF:
        yield from _days_in(name, case.of_round(name))


def _days_in(name: str, items: Sequence[Any]) -> Iterator[tuple[str, date]]:
    """The days of what one of the lists of a case holds, with their names."""
    for item in items:
        for attribute, what in _DAYS_OF[name]:
            day = getattr(item, attribute)
            if day is not None:
                yield what, day


_DAYS_OF = {
    "corrections": (("asked", "告知补正日期"), ("received", "收到补正日期")),
    "inquiries": (("sent", "发出征求意见日期"), ("ended", "意见收齐日期")),
    "extensions": (("told", "告知延期日期"),),
    "delays": (("told", "告知延迟答复日期"),),
    "fees": (("notified", "收费通知日期"), ("received", "缴费日期")),
    "pauses": (("began", "中止日期"), ("ended", "恢复日期")),
}


def _serve(case: Case, happening: Happening) -> Case:
    last = _waiting_service(case, happening)
    return _made_by(case, (*case.services[:-1], replace(last, served=happening.happened_on)))


def _return(case: Case, happening: Happening) -> Case:
    last = _waiting_service(case, happening)
    return replace(case, services=(*case.services[:-1], replace(last, returned=happening.happened_on)))


def _waiting_service(case: Case, happening: Happening) -> Service:
    """The last service of the reply, whose end is not known yet. Raises Refusal where there is none."""
    services = case.of_round("services")
    article = statute.BY_EVENT[happening.event].article
    if not services:
        raise Refusal("没有记录答复的送达方式，应先记“再次送达”", article)
    last = case.services[-1]
    _in_order(happening.event, happening.happened_on, last.sent, "送出日期")
    if last.served is not None or last.returned is not None:
        done = f"已于 {last.served} 送达" if last.served else f"已于 {last.returned} 退回"
        raise Refusal(f"{last.sent} 的送达{done}", article)
    return last


def _serve_again(case: Case, happening: Happening) -> Case:
    ended = case.ended()
    if ended is not None:
        _in_order(happening.event, happening.happened_on, ended, "答复日期")
    return _made_by(case, (*case.services, Service(happening.facts["means"], happening.happened_on)))


def _made_by(case: Case, services: tuple[Service, ...]) -> Case:
    """The case with these services; its reply is made on their legal date, if by a service it was made at all."""
    after, before = replace(case, services=services), case.of_round("services")
    outcome = case.last_outcome()
    replied = outcome is not None and statute.ENDING[outcome] is EventKind.DECIDE
    if not replied or not before or case.ended() != _legal_date(before):
        # A lapse or a withdrawal ended the case by itself; an old ledger knows the day of the reply and no service.
        return after
    made = _legal_date(after.of_round("services"))
    if not case.reopenings:
        return replace(after, closed=made)
    return replace(after, reopenings=(*case.reopenings[:-1], replace(case.reopenings[-1], closed=made)))


def _legal_date(services: Sequence[Service]) -> date:
    """The day on which the reply was made (国办公开办函〔2016〕235号).

    Posted, it is the day of posting, though it comes back; handed over, the day on which it was signed for; sent
    electronically, that day. What came back unsigned or undelivered was never made, and is made by the next service.
    """
    for service in services:
        if service.returned is None or service.means not in (*rules.ELECTRONIC, *rules.HANDED):
            return service.served if service.served is not None and service.means in rules.HANDED else service.sent
    return services[-1].sent


def _reopen(case: Case, happening: Happening) -> Case:
    facts = happening.facts
    ended = case.ended()
    if ended is not None:
        _in_order(happening.event, happening.happened_on, ended, "办结日期")
    until = facts.get("until")
    if until is not None:
        _in_order(happening.event, until, happening.happened_on, "重新办理日期", "所定期限")
    reopening = Reopening(
        began=happening.happened_on,
        ground=facts["ground"],
        reply_days=facts.get("working_days") or clock.REPLY_DAYS,
        ordered=until,
        review=facts.get("review"),
        before={name: len(getattr(case, name)) for name in OF_A_ROUND if getattr(case, name)},
    )
    return replace(case, reopenings=(*case.reopenings, reopening))


def _amend(case: Case, happening: Happening) -> Case:
    facts = happening.facts
    received = facts.get("received_on")
    if received is not None:
        if case.received is None:
            raise Refusal("收到申请之日尚未确定，应先确认收到", "条例第三十一条")
        if received > happening.happened_on:
            raise Refusal(f"收到申请之日 {received} 晚于更正日期 {happening.happened_on}", "条例第三十一条")
        for what, day in _all_steps(case):
            if day < received:
                raise Refusal(f"{what} {day} 早于更正后的收到日期 {received}", "条例第三十一条")
    evidence = case.intake
    channel = facts.get("channel")
    if channel is not None:
        evidence = intake.Evidence(channel) if evidence is None else replace(evidence, channel=channel)
    if evidence is not None:
        evidence = replace(
            evidence,
            submitted=facts.get("submitted_on") or evidence.submitted,
            arrived=facts.get("arrived_on") or evidence.arrived,
        )
    return replace(
        case,
        received=received or case.received,
        subject=facts.get("subject") or case.subject,
        intake=evidence,
        month_ordinal=facts.get("month_ordinal") or case.month_ordinal,
    )


def _all_steps(case: Case) -> Iterator[tuple[str, date]]:
    """The steps of all rounds of a case with their days, and its first end."""
    for name in _DAYS_OF:
        yield from _days_in(name, getattr(case, name))
    if case.closed is not None:
        yield "办结日期", case.closed


def _change_kind(case: Case, happening: Happening) -> Case:
    kind = happening.facts["applicant_kind"]
    if kind is case.applicant_kind:
        raise Refusal(f"申请人类别已是“{kind.label}”", statute.BY_EVENT[happening.event].article)
    return replace(case, applicant_kind=kind)


def _assign(case: Case, happening: Happening) -> Case:
    officer = happening.facts["officer"]
    if officer == case.officer:
        raise Refusal(f"经办人已是“{officer}”", statute.BY_EVENT[happening.event].article)
    return replace(case, officer=officer)


def _carry_over(case: Case, happening: Happening) -> Case:
    year = happening.facts["year"]
    if year in case.carried_over:
        raise Refusal(f"{year} 年度已结转", statute.BY_EVENT[happening.event].article)
    return replace(case, carried_over=(*case.carried_over, year))


def _unchanged(case: Case, _: Happening) -> Case:
    return case


def _open_review(case: Case, happening: Happening) -> Case:
    facts = happening.facts
    number = case.reviews_made + 1
    known = {name: facts[name] for name in ("procedure", "copy_received") if facts.get(name) is not None}
    opened = ReviewRecord(number, facts["review_kind"], happening.happened_on, **known)
    return replace(case, reviews=(*case.reviews, opened), reviews_made=number)


def _pending_review(case: Case, happening: Happening, done: Callable[[ReviewRecord], date | None]) -> int:
    """Where the review that the facts name stands. Raises Refusal if it is concluded or the step is ``done``."""
    index = _numbered(case.reviews, happening.facts["review"], happening.event)
    review = case.reviews[index]
    step = statute.BY_EVENT[happening.event]
    before = review.concluded or done(review)
    if before is not None:
        how = "审结" if review.concluded else step.event.label
        raise Refusal(f"第 {review.number} 件复议诉讼已于 {before} {how}", step.article)
    _in_order(happening.event, happening.happened_on, review.accepted, "受理日期")
    return index


def _answer_review(case: Case, happening: Happening) -> Case:
    index = _pending_review(case, happening, lambda review: review.answered)
    answered = replace(case.reviews[index], answered=happening.happened_on)
    return replace(case, reviews=_replaced(case.reviews, index, answered))


def _first_judgment(case: Case, happening: Happening) -> Case:
    index = _pending_review(case, happening, lambda review: review.judged)
    review = case.reviews[index]
    if review.kind is ReviewKind.RECONSIDERATION:
        raise Refusal(f"第 {review.number} 件是行政复议，没有一审", statute.BY_EVENT[happening.event].article)
    judged = replace(review, judged=happening.happened_on, ruling_form=happening.facts["ruling_form"])
    return replace(case, reviews=_replaced(case.reviews, index, judged))


def _appeal(case: Case, happening: Happening) -> Case:
    index = _pending_review(case, happening, lambda review: review.appealed)
    review = case.reviews[index]
    article = statute.BY_EVENT[happening.event].article
    if review.judged is None:
        raise Refusal(f"第 {review.number} 件复议诉讼没有一审裁判，不能上诉", article)
    _in_order(happening.event, happening.happened_on, review.judged, "一审裁判日期")
    appealed = replace(review, appealed=happening.happened_on)
    return replace(case, reviews=_replaced(case.reviews, index, appealed))


def _conclude_review(case: Case, happening: Happening) -> Case:
    index = _numbered(case.reviews, happening.facts["review"], happening.event)
    opened = case.reviews[index]
    step = statute.BY_EVENT[happening.event]
    if opened.concluded is not None:
        raise Refusal(f"第 {opened.number} 件复议诉讼已于 {opened.concluded} 审结", step.article)
    if happening.facts["result"] is ReviewResult.PENDING:
        raise Refusal("审结的结果不能是“尚未审结”", step.article)
    for what, day in (("受理日期", opened.accepted), ("一审裁判日期", opened.judged), ("上诉日期", opened.appealed)):
        if day is not None:
            _in_order(happening.event, happening.happened_on, day, what)
    concluded = replace(opened, result=happening.facts["result"], concluded=happening.happened_on)
    return replace(case, reviews=_replaced(case.reviews, index, concluded))


_EFFECTS: dict[EventKind, Callable[[Case, Happening], Case]] = {
    EventKind.CONTACT: _contact,
    EventKind.CONFIRM: _confirm,
    EventKind.DISMISS: _unchanged,
    EventKind.ASK_CORRECTION: _ask_correction,
    EventKind.DELIVER_CORRECTION: _deliver_correction,
    EventKind.CORRECT: _correct,
    EventKind.CONSULT: _consult,
    EventKind.DELIVER_CONSULTATION: _deliver_consultation,
    EventKind.OPINIONS_IN: _opinions_in,
    EventKind.TELL_THIRD_PARTY: _tell_third_party,
    EventKind.EXTEND: _extend,
    EventKind.ASK_REASONS: _ask_reasons,
    EventKind.REASONS_IN: _reasons_in,
    EventKind.DELAY: _delay,
    EventKind.BILL: _bill,
    EventKind.PAY: _pay,
    EventKind.PAUSE: _pause,
    EventKind.RESUME: _resume,
    EventKind.SEARCH: _search,
    EventKind.SECRECY_REVIEW: _secrecy_review,
    EventKind.SPLIT: _split,
    EventKind.DECIDE: _end,
    EventKind.LAPSE: _end,
    EventKind.WITHDRAW: _end,
    EventKind.MERGE: _merge,
    EventKind.CLOSE: _end,
    EventKind.RECTIFY: _rectify,
    EventKind.SERVE: _serve,
    EventKind.RETURN: _return,
    EventKind.SERVE_AGAIN: _serve_again,
    EventKind.REOPEN: _reopen,
    EventKind.AMEND: _amend,
    EventKind.CHANGE_KIND: _change_kind,
    EventKind.ASSIGN: _assign,
    EventKind.NOTE: _unchanged,
    EventKind.ATTACH: _unchanged,
    EventKind.SEND_LETTER: _unchanged,
    EventKind.CARRY_OVER: _carry_over,
    EventKind.RECALCULATE: _unchanged,
    EventKind.OPEN_REVIEW: _open_review,
    EventKind.ANSWER_REVIEW: _answer_review,
    EventKind.FIRST_JUDGMENT: _first_judgment,
    EventKind.APPEAL: _appeal,
    EventKind.CONCLUDE_REVIEW: _conclude_review,
}
"""What each event does to a case. Voiding is not among them: it folds the log again."""
