"""What the law asks of a step beyond the state of the case. Pure; every refusal names its article.

Four questions, each asked by those who need it: ``bar`` (may this event happen at all to this case?), ``against``
(do its facts fit what has happened?), ``out_of_time`` (is it too late, or too early, by the calendar?) and
``lacking`` (what must a step of today bring with it?). The past may be recorded though the first three refuse, and is
then irregular; the last is not asked of the past, as old ledgers hold less than a case file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from models.vocabulary import (
    ConsultationKind,
    EventKind,
    Ground,
    Matter,
    Means,
    Opinion,
    Outcome,
    ReopenGround,
    ReviewKind,
    ReviewResult,
    Tariff,
)
from workflow import clock, fees, seven_steps, statute
from workflow.calendar import WorkCalendar
from workflow.case import Case, Happening
from workflow.faults import InputFault, Refusal
from workflow.practice import Practice

ELECTRONIC = (Means.EMAIL, Means.PORTAL, Means.FAX)
"""Means by which a reply is made when it is sent, unless it comes back: then it was never made."""

HANDED = (Means.HAND, Means.DELEGATED)
"""Means by which a reply is made when it is signed for (国办公开办函〔2016〕235号)."""

_RECONSIDERED = (ReopenGround.RECONSIDERATION, ReopenGround.JUDGMENT)
RECONSIDERATION_FIRST_SINCE = date(2024, 1, 1)
"""From then on who is refused asks for reconsideration first (行政复议法 Art. 23(1)(4), 2023 revision)."""


def bar(case: Case, event: EventKind) -> Refusal | None:
    """What bars ``event`` beyond the state of the case, whatever its facts."""
    foreign = foreign_to(case, event)
    if foreign is not None:
        return foreign
    barred = _BARS.get(event)
    return barred(case) if barred is not None else None


def foreign_to(case: Case, event: EventKind) -> Refusal | None:
    """What bars a step that is for the other kind of request (Art. 41); not even the past can hold it."""
    if is_for(case.matter, event):
        return None
    return Refusal(f"{case.matter.label}不适用“{event.label}”", statute.BY_EVENT[event].article)


_OF_A_REPLY = (EventKind.SERVE, EventKind.RETURN, EventKind.SERVE_AGAIN)


def _awaited(case: Case) -> list[clock.Correction]:
    """The letters of this round whose correction has not come."""
    return [correction for correction in case.of_round("corrections") if correction.received is None]


def about_the_letter(case: Case, event: EventKind) -> Refusal | None:
    """What to do instead where the service that one wants to record is that of a correction letter, not of a reply."""
    waiting = _awaited(case)
    if event not in _OF_A_REPLY or not case.is_open() or not waiting:
        return None
    last = waiting[-1]
    if last.delivered is not None:
        how = f"补正告知书已于 {last.delivered} 记为送达，确被退回的应先作废该条记录，再次送达后记“补正告知书送达”"
    else:
        how = "送达的是补正告知书：被退回的应再次送达，送达后记“补正告知书送达”"
    return Refusal(f"尚未答复，不能记“{event.label}”；{how}", "条例第三十条")


def _extended(case: Case) -> Refusal | None:
    # A correction discards an extension with its period; a payment gives no second one (law.md 12 no. 13).
    facts = case.clock_facts()
    since = max((c.received for c in facts.corrections if c.received is not None), default=facts.received)
    told = [extension.told for extension in facts.extensions if extension.told >= since]
    return Refusal(f"已于 {told[-1]} 告知延期，只能延期一次", "条例第三十三条第二款") if told else None


def _no_open_inquiry(case: Case) -> Refusal | None:
    waiting = any(inquiry.ended is None for inquiry in case.of_round("inquiries"))
    return None if waiting else Refusal("没有进行中的征求意见", "条例第三十二条")


def _no_undelivered_inquiry(case: Case) -> Refusal | None:
    waiting = any(inquiry.delivered is None for inquiry in case.of_round("inquiries"))
    return None if waiting else Refusal("没有尚未送达的征求意见书", "条例第三十二条")


def _no_undelivered_correction(case: Case) -> Refusal | None:
    # A letter that came no earlier than the day it names is served once more, with a day that binds.
    waiting = any(c.delivered is None or clock.came_too_late(c) for c in _awaited(case))
    return None if waiting else Refusal("没有尚未送达的补正告知书", "条例第三十条")


def _no_third_party(case: Case) -> Refusal | None:
    asked = [i for i in case.of_round("inquiries") if i.kind is ConsultationKind.THIRD_PARTY and i.ended is not None]
    return None if asked else Refusal("没有征求过第三方意见或者尚未结束", "条例第三十二条")


def _no_reasons_asked(case: Case) -> Refusal | None:
    waiting = any(asked.received is None for asked in case.of_round("reasons"))
    return None if waiting else Refusal("没有等待中的理由说明", "条例第三十五条")


def _reasons_being_awaited(case: Case) -> Refusal | None:
    waiting = [asked.asked for asked in case.of_round("reasons") if asked.received is None]
    return Refusal(f"已于 {waiting[-1]} 要求说明理由", "条例第三十五条") if waiting else None


def _no_reasons_given(case: Case) -> Refusal | None:
    given = any(r.received is not None and r.reasonable is not False for r in case.of_round("reasons"))
    return None if given else Refusal("没有收到合理的理由说明，不能延迟答复", "条例第三十五条")


def _none_pending(case: Case) -> Refusal | None:
    waiting = any(review.concluded is None for review in case.reviews)
    return None if waiting else Refusal("没有尚未审结的复议诉讼", "条例第五十一条")


def _none_to_answer(case: Case) -> Refusal | None:
    waiting = any(review.concluded is None and review.answered is None for review in case.reviews)
    return None if waiting else Refusal("没有等待答复或者答辩的复议诉讼", "条例第五十一条")


def _none_at_first_instance(case: Case) -> Refusal | None:
    waiting = any(
        r.concluded is None and r.judged is None and r.kind is not ReviewKind.RECONSIDERATION for r in case.reviews
    )
    return None if waiting else Refusal("没有一审中的行政诉讼", "行政诉讼法第八十一条")


def _none_to_appeal(case: Case) -> Refusal | None:
    waiting = any(r.concluded is None and r.judged is not None and r.appealed is None for r in case.reviews)
    return None if waiting else Refusal("没有一审已经裁判、可以上诉的行政诉讼", "行政诉讼法第八十五条")


def _nothing_to_serve(case: Case) -> Refusal | None:
    services = case.of_round("services")
    if services and services[-1].served is None and services[-1].returned is None:
        return None
    return Refusal("没有等待送达结果的答复", "国办公开办函〔2016〕235号")


_BARS: dict[EventKind, Callable[[Case], Refusal | None]] = {
    EventKind.EXTEND: _extended,
    EventKind.OPINIONS_IN: _no_open_inquiry,
    EventKind.DELIVER_CONSULTATION: _no_undelivered_inquiry,
    EventKind.DELIVER_CORRECTION: _no_undelivered_correction,
    EventKind.TELL_THIRD_PARTY: _no_third_party,
    EventKind.ASK_REASONS: _reasons_being_awaited,
    EventKind.REASONS_IN: _no_reasons_asked,
    EventKind.DELAY: _no_reasons_given,
    EventKind.CONCLUDE_REVIEW: _none_pending,
    EventKind.ANSWER_REVIEW: _none_to_answer,
    EventKind.FIRST_JUDGMENT: _none_at_first_instance,
    EventKind.APPEAL: _none_to_appeal,
    EventKind.SERVE: _nothing_to_serve,
    EventKind.RETURN: _nothing_to_serve,
}


def against(case: Case, happening: Happening) -> Refusal | None:
    """What in the facts of a step does not fit what has happened to the case."""
    asked = _AGAINST.get(happening.event)
    return asked(case, happening) if asked is not None else None


def _asked_before(case: Case, happening: Happening) -> Refusal | None:
    # 一次性告知 is owed to the request: a letter of an earlier round was the one.
    asked = case.corrections
    if not asked or happening.facts.get("override"):
        return None
    return Refusal(f"已于 {asked[-1].asked} 告知补正，应当一次性告知", "条例第三十条")


def _unclear_after_correction(case: Case, happening: Happening) -> Refusal | None:
    unclear = happening.facts["outcome"] is Outcome.UNAVAILABLE_STILL_UNCLEAR
    if unclear and not any(correction.received is not None for correction in case.corrections):
        return Refusal("没有收到过补正，不能以“补正后申请内容仍不明确”答复", "条例第二十九条、第三十条")
    return None


def _lapsed(case: Case, happening: Happening) -> Refusal | None:
    """视为放弃 needs its own cause: a correction not made in time, or a fee not paid."""
    if happening.facts["outcome"] is Outcome.OTHER_FEE_UNPAID:
        if all(fee.paid is not None for fee in case.of_round("fees")):
            return Refusal("没有未缴的收费通知，不能按逾期未缴费办结", "信息处理费管理办法第六条")
        return None
    asked = _awaited(case)
    if not asked:
        return Refusal("没有未收到的补正，不能按逾期不补正办结", "条例第三十条")
    last = asked[-1]
    if clock.came_too_late(last) or (last.awaits_delivery and last.delivered is None):
        return not_running(last)
    if last.until is not None and happening.happened_on <= last.until:
        return Refusal(f"补正期限 {last.until} 尚未届满，不能按逾期不补正办结", "条例第三十条")
    return None


def not_running(correction: clock.Correction) -> Refusal:
    """Why nothing can lapse by this letter: it did not come, or came no earlier than the day it names (Art. 30)."""
    if clock.came_too_late(correction):
        return Refusal(
            f"补正告知书 {correction.delivered} 送达，不早于所定的补正期限 {correction.until}，所定期限没有约束力，"
            "不能视为放弃，应重新告知合理的补正期限（再记“补正告知书送达”，写明“重新告知的补正期限”）",
            "条例第三十条",
        )
    return Refusal("补正告知书没有送达日期，补正期限未起算，不能视为放弃", "条例第三十条")


def _reopens(case: Case, happening: Happening) -> Refusal | None:
    article = statute.BY_EVENT[EventKind.REOPEN].article
    ground, number = happening.facts["ground"], happening.facts.get("review")
    if ground is ReopenGround.LATE_CORRECTION:
        if case.last_outcome() is not Outcome.OTHER_NOT_CORRECTED:
            return Refusal("办件不是因逾期不补正办结的，不能以逾期补正重新办理", "条例第三十条")
        return None
    if ground not in _RECONSIDERED:
        return None
    review = next((r for r in case.reviews if r.number == number), None)
    if review is None:
        return Refusal("没有写明是第几件复议诉讼责令重新办理，应写明", article)
    if review.result is not ReviewResult.CORRECTED:
        return Refusal(f"第 {review.number} 件复议诉讼的结果是“{review.result.label}”，没有责令重新办理", article)
    if (ground is ReopenGround.RECONSIDERATION) is not (review.kind is ReviewKind.RECONSIDERATION):
        return Refusal(f"第 {review.number} 件是“{review.kind.label}”，与“{ground.label}”不符", article)
    if review.concluded is not None and happening.happened_on < review.concluded:
        day = happening.happened_on
        return Refusal(f"重新办理日期 {day} 早于第 {review.number} 件的审结日期 {review.concluded}", article)
    return None


def _overlaps(case: Case, happening: Happening) -> Refusal | None:
    """While a reconsideration is pending no suit is possible, and the other way round (行政复议法 Art. 29)."""
    kind = happening.facts["review_kind"]
    for review in case.reviews:
        other = (review.kind is ReviewKind.RECONSIDERATION) is not (kind is ReviewKind.RECONSIDERATION)
        if review.concluded is None and other:
            return Refusal(
                f"第 {review.number} 件“{review.kind.label}”{review.accepted} 受理，尚未审结，不能再有“{kind.label}”",
                "行政复议法第二十九条",
            )
    return None


def _told_to_a_third_party(case: Case, happening: Happening) -> Refusal | None:
    number = happening.facts["consultation"]
    inquiry = next((i for i in case.of_round("inquiries") if i.number == number), None)
    if inquiry is not None and inquiry.kind is ConsultationKind.THIRD_PARTY and inquiry.ended is not None:
        return None
    return Refusal(f"第 {number} 次征求意见不是已经结束的征求第三方意见，没有应告知的第三方", "条例第三十二条")


def _reasons_the_same_day(_: Case, happening: Happening) -> Refusal | None:
    """Who is asked for reasons must have a day to give them (Art. 35)."""
    until = happening.facts.get("until")
    if until is None or until > happening.happened_on:
        return None
    return Refusal(f"说明理由期限 {until} 应晚于要求说明理由日期 {happening.happened_on}", "条例第三十五条")


def _day_that_binds(case: Case, happening: Happening) -> Refusal | None:
    """A letter served again must name a day that lies after its delivery (Art. 30)."""
    waiting = _awaited(case)
    until, day = happening.facts.get("until"), happening.happened_on
    if until is not None and until <= day:
        return Refusal(f"重新告知的补正期限 {until} 应晚于送达日期 {day}", "条例第三十条")
    if until is None and waiting and waiting[-1].delivered is not None:
        return not_running(waiting[-1])
    return None


def _amends_nothing(_: Case, happening: Happening) -> Refusal | None:
    if set(happening.facts) - {"reason"}:
        return None
    return Refusal("没有写明更正哪一项，应至少更正一项", statute.BY_EVENT[EventKind.AMEND].article)


_AGAINST: dict[EventKind, Callable[[Case, Happening], Refusal | None]] = {
    EventKind.ASK_CORRECTION: _asked_before,
    EventKind.DELIVER_CORRECTION: _day_that_binds,
    EventKind.ASK_REASONS: _reasons_the_same_day,
    EventKind.DECIDE: _unclear_after_correction,
    EventKind.LAPSE: _lapsed,
    EventKind.REOPEN: _reopens,
    EventKind.TELL_THIRD_PARTY: _told_to_a_third_party,
    EventKind.OPEN_REVIEW: _overlaps,
    EventKind.AMEND: _amends_nothing,
}

_STRICT = {
    EventKind.ASK_CORRECTION: "告知补正",
    EventKind.EXTEND: "告知延期",
    EventKind.BILL: "收费通知",
    EventKind.DELAY: "告知延迟答复",
}
"""Steps that the law no longer allows after their last day; a reply that is late is still owed."""

_WITHIN_THE_REPLY = (EventKind.EXTEND, EventKind.BILL, EventKind.DELAY)
"""The strict steps that must come within the reply period, also while opinions are being sought."""


def last_day(case: Case, event: EventKind, calendar: WorkCalendar) -> date | None:
    """The last day for ``event`` under the law, None where there is none or it cannot be told yet."""
    if case.received is None:
        return None
    facts = case.clock_facts()
    match event:
        case EventKind.ASK_CORRECTION:
            return _ask_correction_day(facts, calendar)
        case EventKind.EXTEND | EventKind.DECIDE | EventKind.BILL | EventKind.DELAY | EventKind.RECTIFY:
            return _reply_day(facts, event, calendar)
        case EventKind.CORRECT:
            dues = [clock.correction_due(c, calendar) for c in facts.corrections if c.received is None]
            return next(iter(dues), None)
        case EventKind.PAY:
            return next((clock.payment_due(f, calendar) for f in facts.fees if f.paid is None), None)
        case EventKind.OPINIONS_IN:
            windows = [clock.opinion_window_end(c, calendar) for c in facts.consultations if c.ended is None]
            return min((w for w in windows if w is not None), default=None)
        case EventKind.REASONS_IN:
            return next((r.until for r in case.of_round("reasons") if r.received is None), None)
        case _:
            return None


def _ask_correction_day(facts: clock.Facts, calendar: WorkCalendar) -> date | None:
    """The seventh working day after receipt; for a second letter, after the correction came (law.md 3.4: t0)."""
    if facts.origin != "request":
        return None
    again = max((c.received for c in facts.corrections if c.received is not None), default=facts.received)
    return clock.ask_correction_due(replace(facts, received=again), calendar)


def _reply_day(facts: clock.Facts, event: EventKind, calendar: WorkCalendar) -> date | None:
    """The last day of the reply period, for an extension that of the plain one; None while it does not run."""
    if event is EventKind.EXTEND:
        return clock.plain_reply_due(replace(facts, delays=()), calendar, facts.received)
    return clock.reply_due(facts, calendar, facts.received)


def _last_day_if_resumed(case: Case, event: EventKind, calendar: WorkCalendar, day: date) -> date | None:
    """The last day of a suspended reply period if what suspends it ended on ``day``: it may have run out before."""
    if event not in _WITHIN_THE_REPLY or case.received is None:
        return None
    facts = case.clock_facts()
    ended = [c if c.ended is not None else replace(c, ended=max(day, c.sent)) for c in facts.consultations]
    return _reply_day(replace(facts, consultations=ended), event, calendar)


_MOVING = {EventKind.EXTEND: "延期", EventKind.DELAY: "延迟"}
"""The steps by which an agency moves its own period, but not one that was fixed for it."""


def out_of_time(case: Case, event: EventKind, calendar: WorkCalendar, day: date, grace: int = 0) -> Refusal | None:
    """What bars a step by its day alone: too late for a strict one, too early for a lapse.

    ``grace`` is how many working days the agency waits after a period has run out.
    """
    article = statute.BY_EVENT[event].article
    if event is EventKind.LAPSE:
        until = waited_until(case, calendar, grace)
        if until is None:
            waiting = _awaited(case)
            return not_running(waiting[-1]) if waiting else Refusal("没有等待中的补正或者缴费", article)
        more = f"，本机关再等待 {grace} 个工作日" if grace else ""
        return Refusal(f"期限 {until} 尚未届满{more}", article) if day <= until else None
    fixed = case.reopenings[-1].ordered if case.reopenings else None
    if fixed is not None and event in _MOVING:
        by = "行政复议决定或者判决" if case.reopenings[-1].ground in _RECONSIDERED else "重新办理时"
        return Refusal(f"期限 {fixed} 由{by}确定，机关不能自行{_MOVING[event]}", article)
    if event in _STRICT:
        last = last_day(case, event, calendar) or _last_day_if_resumed(case, event, calendar, day)
        if last is not None and day > last:
            return Refusal(f"{_STRICT[event]} {day} 晚于期限 {last}", article)
    return None


def waited_until(case: Case, calendar: WorkCalendar, grace: int = 0) -> date | None:
    """The first of the last days of what is waited for, after which something has lapsed; None while none is known."""
    facts = case.clock_facts()
    ends = [clock.correction_due(c, calendar) for c in facts.corrections if c.received is None]
    ends += [clock.payment_due(fee, calendar) for fee in facts.fees if fee.paid is None]
    first = min((end for end in ends if end is not None), default=None)
    return calendar.nth(first, grace) if first is not None and grace else first


def fee_not_lapsed(case: Case, happening: Happening, calendar: WorkCalendar) -> Refusal | None:
    """A lapse for a fee must wait for the payment period, one for a correction for that of the correction."""
    facts = case.clock_facts()
    day = happening.happened_on
    if happening.facts["outcome"] is Outcome.OTHER_FEE_UNPAID:
        unpaid = [clock.payment_due(fee, calendar) for fee in facts.fees if fee.paid is None]
        if unpaid and day <= max(unpaid):
            return Refusal(f"缴费期限 {max(unpaid)} 尚未届满，不能按逾期未缴费办结", "信息处理费管理办法第六条")
        return None
    for correction in facts.corrections:
        due = clock.correction_due(correction, calendar)
        if correction.received is None and due is not None and day <= due:
            return Refusal(f"补正期限 {due} 尚未届满，不能按逾期不补正办结", "条例第三十条")
    return None


def lacking(case: Case, happening: Happening, calendar: WorkCalendar, practice: Practice) -> Refusal | None:
    """What a step of today lacks: a fact that the law or good order asks for, a review that must come first."""
    step, route = statute.BY_EVENT[happening.event], practice.route(happening.event)
    if route and not happening.facts.get("approvals"):
        through = "、".join(role.label for role in route)
        return Refusal(f"按本机关的设置，“{happening.event.label}”应先送审，经{through}同意后登记", "条例第四十五条")
    for fact in step.facts:
        if fact.need == "lawful" and happening.facts.get(fact.name) is None:
            return Refusal(f"“{happening.event.label}”缺少“{fact.label}”", step.article)
    asked = _LACKING.get(happening.event)
    return next(asked(case, happening, calendar, practice), None) if asked is not None else None


def _correction_letter(case: Case, _: Happening, __: WorkCalendar, practice: Practice) -> Iterator[Refusal]:
    if case.corrections and not practice.second_correction:
        yield Refusal("本机关不允许再次告知补正，应当一次性告知", "条例第三十条")


def _delivery(case: Case, happening: Happening, _: WorkCalendar, __: Practice) -> Iterator[Refusal]:
    """Nobody lets a letter go unanswered that never reached him, even if it names its day."""
    asked = _awaited(case)
    if happening.facts["outcome"] is Outcome.OTHER_NOT_CORRECTED and asked and asked[-1].delivered is None:
        yield Refusal("补正告知书没有送达日期，不能视为放弃，应先记“补正告知书送达”", "条例第三十条")


def _late_correction(case: Case, happening: Happening, calendar: WorkCalendar, _: Practice) -> Iterator[Refusal]:
    due = last_day(case, EventKind.CORRECT, calendar)
    if due is None or happening.happened_on <= due:
        return
    for name, label in (("late_reason", "逾期的正当理由"), ("approver", "批准人")):
        if not happening.facts.get(name):
            late = f"补正 {happening.happened_on} 晚于补正期限 {due}"
            yield Refusal(f"{late}，应写明“{label}”，否则视为放弃", "条例第三十条")


def _superior(_: Case, happening: Happening, __: WorkCalendar, ___: Practice) -> Iterator[Refusal]:
    asks_above = happening.facts["kind"] is ConsultationKind.SUPERIOR
    if asks_above and happening.facts.get("suspends") and not happening.facts.get("legal_review"):
        yield Refusal("请示主管部门或者保密部门而暂停期限的，应先经法制审核同意", "条例第十七条、第三十三条第三款")


def _silence(case: Case, happening: Happening, calendar: WorkCalendar, _: Practice) -> Iterator[Refusal]:
    if happening.facts["opinion"] is not Opinion.SILENT:
        return
    asked = next((i for i in case.inquiries if i.number == happening.facts["consultation"]), None)
    if asked is None:
        return
    article = clock.OPINION_ARTICLES[asked.kind]
    window = clock.opinion_window_end(asked.consultation(), calendar)
    if window is None:
        yield Refusal("征求意见书没有送达日期，十五个工作日未起算，不能按逾期未反馈结束", article)
    elif happening.happened_on <= window:
        yield Refusal(f"反馈意见期限 {window} 尚未届满，不能按逾期未反馈结束", article)


def _extension(_: Case, happening: Happening, __: WorkCalendar, ___: Practice) -> Iterator[Refusal]:
    if not happening.facts["approver"].strip():
        yield Refusal("延期应经政府信息公开工作机构负责人同意，应写明批准人", "条例第三十三条第二款")


def _bill(case: Case, happening: Happening, _: WorkCalendar, practice: Practice) -> Iterator[Refusal]:
    facts = happening.facts
    if not practice.charges_fees:
        yield Refusal("本机关没有开启收取信息处理费，应先在设置中开启", "条例第四十二条")
        return
    if facts["tariff"] is Tariff.BY_VOLUME:
        if facts.get("pages") is None:
            yield Refusal("按量收费应写明页数", "信息处理费管理办法第五条")
            return
        charge = fees.by_volume(facts["pages"])
    else:
        if not facts.get("ordinals"):
            why = "按件收费需要知道是申请人当月的第几件；没有证件号码或者电话，不能认定同一申请人"
            yield Refusal(why, "信息处理费管理办法第四条")
            return
        if facts.get("items") is not None and facts["items"] < 1:
            yield Refusal(f"拆分计算的件数 {facts['items']} 不对，应为 1 或更大的整数", "信息处理费管理办法第四条")
        places = ordinals(facts["ordinals"])
        if case.month_ordinal is not None and places[0] != case.month_ordinal:
            yield Refusal(
                f"按件计算的序号 {facts['ordinals']} 不对，本件是申请人当月第 {case.month_ordinal} 件，应从该件算起",
                "信息处理费管理办法第四条",
            )
        charge = fees.by_item(places)
    wrong = fees.check_bill(charge, facts["billed_yuan"])
    if wrong is not None:
        yield wrong


def ordinals(written: str) -> tuple[int, ...]:
    """The ordinals that a fee notice charges, as the log writes them ("11、12"). Raises InputFault for what is none."""
    parts = [part.strip() for part in written.split("、")]
    if not all(part.isascii() and part.isdigit() and len(part) <= len("9999") for part in parts):
        raise InputFault(f"按件计算的序号：“{written}”不能用，应为当月第几件，如 11 或者 11、12")
    return tuple(int(part) for part in parts)


def _payment(case: Case, happening: Happening, _: WorkCalendar, __: Practice) -> Iterator[Refusal]:
    notice = next((fee for fee in reversed(case.fees) if fee.paid is None), None)
    if notice is None:
        return
    owed = notice.billed_yuan - (notice.received_yuan or Decimal(0))
    got = happening.facts["received_yuan"]
    if not 0 < got <= owed:
        yield Refusal(f"实收金额 {got} 元，应大于 0 且不超过尚欠的 {owed} 元", "信息处理费管理办法第六条")


def _delayed(case: Case, happening: Happening, calendar: WorkCalendar, _: Practice) -> Iterator[Refusal]:
    due = clock.reckon(case.clock_facts(), calendar, case.began()).reply_due
    if due is not None and happening.facts["until"] <= due:
        yield Refusal(f"延迟至 {happening.facts['until']} 不晚于现在的答复期限 {due}，无需延迟", "条例第三十五条")


def _decision(case: Case, happening: Happening, _: WorkCalendar, practice: Practice) -> Iterator[Refusal]:
    facts, outcome = happening.facts, happening.facts["outcome"]
    ground = facts.get("ground")
    article = statute.GROUND_ARTICLES[ground] if ground else statute.OUTCOMES[outcome].article
    grounds = statute.GROUNDS.get(outcome, ())
    if grounds and ground not in grounds:
        yield Refusal(f"“{outcome.label}”应写明情形：{'、'.join(g.label for g in grounds)}", article)
        return
    if ground is not None and not grounds:
        yield Refusal(f"“{outcome.label}”没有“{ground.label}”的情形", statute.OUTCOMES[outcome].article)
    labels = {fact.name: fact.label for fact in statute.BY_EVENT[EventKind.DECIDE].facts}
    for name in (*statute.DEMANDS.get(outcome, ()), *(statute.DEMANDS.get(ground, ()) if ground else ())):
        if not facts.get(name):
            yield Refusal(f"“{(ground or outcome).label}”的答复缺少“{labels[name]}”", article)
    if outcome in statute.RELEASING and ground is not Ground.ALREADY_PUBLIC:
        yield from _release(case, happening)
    if ground is Ground.NOT_EXISTING:
        yield from _searched(case, happening)
    if outcome is Outcome.UNPROCESSED_EXCESSIVE:
        yield from _excessive(case, happening)
    if outcome is Outcome.REFUSED_THIRD_PARTY:
        yield from _agreed(case)
    yield from _stated(facts, article)
    yield from _means(happening, practice)


def _stated(facts: Mapping[str, Any], article: str) -> Iterator[Refusal]:
    """What is stated beside the outcome must go with it, and be whole."""
    if facts.get("path") and not _leads_to(facts["path"], facts):
        yield Refusal("“审查步骤”与“办理结果”“情形”“送达方式”不符，应由审查向导填写", article)
    if facts.get("other_agency") and not facts.get("other_agency_contact"):
        yield Refusal("写明负责公开的机关的，应同时写明“该机关联系方式”", article)


def _leads_to(path: str, facts: Mapping[str, Any]) -> bool:
    """Whether the way through the seven steps ends in this reply."""
    walk = seven_steps.read(path)
    if walk is None or walk.next is not None or walk.step is not EventKind.DECIDE:
        return False
    settled = walk.facts()
    return all(facts.get(name) == settled.get(name) for name in ("outcome", "ground", "means"))


def _release(case: Case, happening: Happening) -> Iterator[Refusal]:
    """先审查、后公开; and a third party that did not agree must have been told why (Arts. 17, 32)."""
    reviews = [r for r in case.secrecy_reviews if case.began() <= r.on <= happening.happened_on]
    if not reviews:
        yield Refusal("公开内容的答复应先经保密审查，没有保密审查记录", "条例第十七条")
    elif not reviews[-1].may_release:
        yield Refusal(f"{reviews[-1].on} 的保密审查意见是不可以公开", "条例第十七条")
    if happening.facts["outcome"] is not Outcome.GRANTED:
        return
    for inquiry in case.of_round("inquiries"):
        third = inquiry.kind is ConsultationKind.THIRD_PARTY
        told = inquiry.told is not None and inquiry.told <= happening.happened_on
        if third and inquiry.opinion in (Opinion.DISAGREE, Opinion.PARTLY) and not told:
            said = f"第 {inquiry.number} 次征求意见中第三方{inquiry.opinion.label}"
            yield Refusal(f"{said}，决定公开的应先将内容和理由书面告知第三方（记“告知第三方”）", "条例第三十二条")


def _searched(case: Case, happening: Happening) -> Iterator[Refusal]:
    searches = [s for s in case.searches if case.began() <= s.on <= happening.happened_on]
    if not searches:
        yield Refusal("以信息不存在答复的，应先检索，没有检索记录", "条例第三十六条第（四）项")
    elif searches[-1].found:
        yield Refusal(f"{searches[-1].on} 的检索记录是找到了信息，不能以信息不存在答复", "条例第三十六条第（四）项")


def _agreed(case: Case) -> Iterator[Refusal]:
    """第三方同意公开的，予以公开 (Art. 15): nothing is withheld for the sake of those who all agreed."""
    asked = [i.opinion for i in case.of_round("inquiries") if i.kind is ConsultationKind.THIRD_PARTY]
    if asked and all(opinion is Opinion.AGREE for opinion in asked):
        yield Refusal("所征求的第三方均同意公开，不能以保护第三方合法权益不予公开", "条例第十五条")


def _excessive(case: Case, happening: Happening) -> Iterator[Refusal]:
    asked = case.of_round("reasons")
    if not asked:
        yield Refusal("以大量反复申请不予处理的，应先要求申请人说明理由", "条例第三十五条")
        return
    last = asked[-1]
    if last.received is not None:
        if last.reasonable:
            yield Refusal(f"{last.received} 收到的理由说明认定为合理，不能不予处理", "条例第三十五条")
    elif last.until is None:
        yield Refusal("要求说明理由时没有定期限，也没有收到理由说明，不能按逾期不说明理由处理", "条例第三十五条")
    elif happening.happened_on <= last.until:
        yield Refusal(f"说明理由期限 {last.until} 尚未届满", "条例第三十五条")


def _means(happening: Happening, practice: Practice) -> Iterator[Refusal]:
    """Official documents go by hand or by the postal enterprise; electronic ones name the way to reconsideration."""
    means, facts = happening.facts["means"], happening.facts
    if means is Means.COURIER and not (practice.courier_override and facts.get("override")):
        how = "，确需交寄的写明“破例理由”" if practice.courier_override else ""
        yield Refusal(
            f"国家机关公文不得交快递企业寄递，应由邮政企业寄送或者直接送达{how}",
            "邮政法第五十五条，国办公开办函〔2016〕235号",
        )
    if means in ELECTRONIC and not (facts.get("review_channel") or practice.review_channel):
        why = "电子送达的，应同时提供网上申请行政复议的渠道，写明“网上复议渠道”或者在设置中填写"
        yield Refusal(why, "行政复议法第二十二条第二款")


def _service(_: Case, happening: Happening, __: WorkCalendar, practice: Practice) -> Iterator[Refusal]:
    yield from _means(happening, practice)


def _reopening(_: Case, happening: Happening, __: WorkCalendar, practice: Practice) -> Iterator[Refusal]:
    facts = happening.facts
    if facts["ground"] in _RECONSIDERED:
        return
    if facts["ground"] is ReopenGround.LATE_CORRECTION and not practice.late_correction_reopens:
        yield Refusal("本机关对办结后的补正另行登记，请登记为新的申请并填写“关联的登记编号”", "条例第三十条")
    for name, label in (("reason", "理由"), ("approver", "批准人")):
        if not facts.get(name):
            article = statute.REOPENING_ARTICLES[facts["ground"]]
            yield Refusal(f"“{facts['ground'].label}”而重新办理的，应写明“{label}”", article)


def _withdrawal(_: Case, happening: Happening, __: WorkCalendar, ___: Practice) -> Iterator[Refusal]:
    if not happening.facts["identity_checked"]:
        yield Refusal("撤回申请应先核对申请人身份", statute.BY_EVENT[EventKind.WITHDRAW].article)


def _rectified(_: Case, happening: Happening, __: WorkCalendar, ___: Practice) -> Iterator[Refusal]:
    elsewhere = happening.facts["result"].value in {"forwarded", "referred"}
    if elsewhere and not happening.facts.get("other_agency"):
        yield Refusal("转送或者告知向有权机关提出的，应写明“有权更正的机关”", "条例第四十一条")


_LACKING: dict[EventKind, Callable[[Case, Happening, WorkCalendar, Practice], Iterator[Refusal]]] = {
    EventKind.ASK_CORRECTION: _correction_letter,
    EventKind.LAPSE: _delivery,
    EventKind.CORRECT: _late_correction,
    EventKind.CONSULT: _superior,
    EventKind.OPINIONS_IN: _silence,
    EventKind.EXTEND: _extension,
    EventKind.DELAY: _delayed,
    EventKind.BILL: _bill,
    EventKind.PAY: _payment,
    EventKind.DECIDE: _decision,
    EventKind.WITHDRAW: _withdrawal,
    EventKind.RECTIFY: _rectified,
    EventKind.SERVE_AGAIN: _service,
    EventKind.REOPEN: _reopening,
}


def warnings(case: Case, happening: Happening, calendar: WorkCalendar) -> list[str]:
    """What the law allows but a court or a supervisor would ask about, a sentence each with its article."""
    if happening.event is EventKind.DECIDE:
        return [*_answered_late(case, happening, calendar), *not_asked(case, happening)]
    if happening.event in {EventKind.CONSULT, EventKind.PAUSE}:
        return _asked_too_late(case, happening, calendar)
    if happening.event is EventKind.CLOSE:
        return [*_still_waiting(case), *_closed_too_late(case, happening, calendar)]
    return _reconsideration_first(case, happening) if happening.event is EventKind.OPEN_REVIEW else []


def _over(case: Case, happening: Happening, calendar: WorkCalendar) -> date | None:
    """The last day of a reply period that was over before the step; None where none was."""
    return None if case.received is None else clock.ran_out(case.clock_facts(), calendar, happening.happened_on)


def _asked_too_late(case: Case, happening: Happening, calendar: WorkCalendar) -> list[str]:
    over = _over(case, happening, calendar)
    if over is None:
        return []
    basis = clock.reply_article(case.clock_facts())
    what = "所需时间" if happening.event is EventKind.CONSULT else "中止的时间"
    return [f"期限已于 {over} 届满，此后{happening.event.label}，{what}不使答复按时（{basis}）"]


def _still_waiting(case: Case) -> list[str]:
    """Who is waited for is not passed over by another ending: silence has its own (视为放弃)."""
    said = []
    for name, done, what, article in (
        ("corrections", "received", "补正", "条例第三十条"),
        ("fees", "paid", "缴费", "信息处理费管理办法第六条"),
    ):
        if any(getattr(item, done) is None for item in case.of_round(name)):
            said.append(f"办件正在等待{what}；申请人逾期未{what}的，应在期限届满后按“视为放弃”办结（{article}）")
    return said


def _closed_too_late(case: Case, happening: Happening, calendar: WorkCalendar) -> list[str]:
    over = _over(case, happening, calendar)
    if over is None:
        return []
    basis = clock.reply_article(case.clock_facts())
    return [f"期限已于 {over} 届满，以其他方式办结不使办件按时，也不代替应作的答复（{basis}）"]


def _reconsideration_first(case: Case, happening: Happening) -> list[str]:
    outcome = case.last_outcome()
    direct = happening.facts.get("review_kind") is ReviewKind.LITIGATION_DIRECT
    if not direct or outcome is None or happening.happened_on < RECONSIDERATION_FIRST_SINCE:
        return []
    if statute.OUTCOMES[outcome].remedy is statute.Remedy.EITHER:
        return []
    return [f"“{outcome.label}”应先申请行政复议，却是未经复议直接起诉，请核对类别（行政复议法第二十三条）"]


def _answered_late(case: Case, happening: Happening, calendar: WorkCalendar) -> list[str]:
    """A reply that is late is still owed (Art. 33)."""
    if case.received is None:
        return []
    facts, day = case.clock_facts(), happening.happened_on
    due = clock.reply_due(facts, calendar, day)
    if due is None or day <= due:
        return []
    over = calendar.count(due, day)
    late = f" {over} 个工作日" if over else ""
    return [f"答复晚于答复期限 {due}{late}（{clock.reply_article(facts)}）"]


def not_asked(case: Case, happening: Happening) -> list[str]:
    """应当书面征求第三方的意见 (Art. 32): who withholds for its sake has asked it, unless nobody can be reached."""
    asked = any(inquiry.kind is ConsultationKind.THIRD_PARTY for inquiry in case.of_round("inquiries"))
    if asked or happening.facts.get("outcome") is not Outcome.REFUSED_THIRD_PARTY:
        return []
    return ["以保护第三方合法权益不予公开的，应当书面征求第三方的意见，本件没有征求第三方的记录（条例第三十二条）"]


def is_for(matter: Matter, event: EventKind) -> bool:
    """Whether the step is one for this kind of request."""
    return matter in statute.BY_EVENT[event].matters
