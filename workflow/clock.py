"""The clock: from the facts of a case and a calendar to its dates and the reasons for them. Pure.

No database and no now(): ``as_of`` is always given. The rules are those of 条例 Arts. 30–35 and of
《政府信息公开信息处理费管理办法》 Art. 6; the first day of a period is not counted (民法典 Art. 201).
All periods are in working days (工作日).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from models.vocabulary import ConsultationKind, DeadlineKind, Opinion
from workflow.calendar import LAST_YEAR, Interval, WorkCalendar, union

REPLY_DAYS = 20
EXTENSION_MOST = 20
ASK_CORRECTION_DAYS = 7
OPINION_DAYS = 15
PAYMENT_DAYS = 20

ARTICLES = {
    DeadlineKind.ASK_CORRECTION: "条例第三十条",
    DeadlineKind.CORRECTION: "条例第三十条",
    DeadlineKind.OPINION: "条例第三十二条",
    DeadlineKind.REASONS: "条例第三十五条",
    DeadlineKind.PAYMENT: "信息处理费管理办法第六条",
    DeadlineKind.REPLY: "条例第三十三条",
}

OPINION_ARTICLES = {
    ConsultationKind.THIRD_PARTY: "条例第三十二条",
    ConsultationKind.JOINT_MAKER: "条例第三十四条",
    ConsultationKind.OTHER_AGENCY: "条例第三十三条第三款",
    ConsultationKind.SUPERIOR: "条例第十七条、第三十三条第三款",
    ConsultationKind.INTERNAL: "条例第三十三条第三款",
}
"""The article by which each kind of consulted is asked; that of a third party also covers what old ledgers hold."""

NOTICE = "国务院办公厅节假日安排通知"

_OPEN_END = date(LAST_YEAR, 12, 31)  # of a consultation that has no end yet

ClockState = Literal["running", "suspended", "stopped"]


@dataclass(frozen=True, slots=True)
class Correction:
    """补正 (Art. 30): asked on, to be made until, received on.

    A letter that names no day gives ``working_days`` from the day on which it was ``delivered``. One that
    ``awaits_delivery`` binds nobody before it came, though it names its day; an old ledger knows no deliveries.
    """

    asked: date
    until: date | None = None
    received: date | None = None
    delivered: date | None = None
    working_days: int | None = None
    awaits_delivery: bool = False


@dataclass(frozen=True, slots=True)
class Consultation:
    """征求意见 (Arts. 32–34): sent on, delivered on (the 15 days count from here), ended on.

    ``suspends``: whether its time counts for nothing in the reply period. Asking another section of the same agency
    never does (Art. 33(3) e contrario). ``opinion``: what came back, or that nothing did.
    """

    sent: date
    delivered: date | None = None
    ended: date | None = None
    kind: ConsultationKind = ConsultationKind.THIRD_PARTY
    suspends: bool = True
    opinion: Opinion | None = None


@dataclass(frozen=True, slots=True)
class Extension:
    """延期 (Art. 33): told to the applicant on, by how many working days (at most 20)."""

    told: date
    working_days: int


@dataclass(frozen=True, slots=True)
class Fee:
    """收费 (办法 Art. 6): the applicant received the notice on, paid in full on.

    ``restarts``: the period begins anew on payment; otherwise the days up to the payment only do not count.
    """

    notified: date
    paid: date | None = None
    restarts: bool = True


@dataclass(frozen=True, slots=True)
class Delay:
    """延迟答复 (Art. 35): told to the applicant on, the reasonable day set for the reply."""

    told: date
    until: date


@dataclass(frozen=True, slots=True)
class Pause:
    """经批准中止: from, until. The Regulation has none; an approved one is recorded as it was."""

    began: date
    ended: date | None = None


Origin = Literal["request", "reopened", "late_correction", "own_correction", "rectification"]
"""What began a period: a request; a ruling, a late but justified correction or second thoughts; Art. 41."""


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the clock needs to know of one case.

    ``received`` is the day that began the period, and ``origin`` says what it was. ``reply_days`` are its working
    days; ``ordered`` is the last day that a ruling fixed: nothing that the agency does moves it. ``ended`` is the day
    on which the case ended, None while it is open; it only decides how the dates are told.
    """

    received: date
    corrections: Sequence[Correction] = ()
    consultations: Sequence[Consultation] = ()
    extensions: Sequence[Extension] = ()
    fees: Sequence[Fee] = ()
    delays: Sequence[Delay] = ()
    pauses: Sequence[Pause] = ()
    origin: Origin = "request"
    reply_days: int = REPLY_DAYS
    ordered: date | None = None
    ended: date | None = None

    def is_plain(self) -> bool:
        """Whether nothing has happened since receipt that moves the reply: the day is that of a plain count."""
        return not (
            self.corrections
            or self.consultations
            or self.fees
            or self.extensions
            or self.delays
            or self.pauses
            or self.ordered
        )


@dataclass(frozen=True, slots=True)
class Due:
    """One deadline: its kind, its last day (or None while it cannot be told) and its article."""

    kind: DeadlineKind
    due: date | None
    article: str


@dataclass(frozen=True, slots=True)
class Reckoning:
    """What the clock says on ``as_of``. Working days used and left count towards the reply."""

    clock_start: date
    reply_due: date | None
    working_days_used: int
    working_days_left: int
    state: ClockState
    provisional: bool
    deadlines: tuple[Due, ...]


def reply_clock_start(facts: Facts) -> date:
    """The day from which the reply period counts: receipt, correction received or fee paid, the latest wins.

    Where a ruling fixed the last day, nothing restarts.
    """
    start = facts.received
    if facts.ordered is not None or (not facts.corrections and not facts.fees):
        return start
    for correction in facts.corrections:
        if correction.received is not None and correction.received > start:
            start = correction.received
    for fee in facts.fees:
        if fee.restarts and fee.paid is not None and fee.paid > start:
            start = fee.paid
    return start


def is_stopped(facts: Facts) -> bool:
    """Whether the clock is stopped: a correction or a payment is being waited for (Art. 30, 办法 Art. 6)."""
    if facts.ordered is not None or (not facts.corrections and not facts.fees):
        return False
    return any(c.received is None for c in facts.corrections) or any(f.restarts and f.paid is None for f in facts.fees)


def correction_due(correction: Correction, calendar: WorkCalendar) -> date | None:
    """The last day for a correction (Art. 30): the day named, or the working days from delivery; None if not known.

    A day that the letter names binds nobody whom the letter did not reach before it.
    """
    if correction.until is not None:
        unread = correction.awaits_delivery and correction.delivered is None
        return None if unread or came_too_late(correction) else correction.until
    if correction.delivered is None or correction.working_days is None:
        return None
    return calendar.nth(correction.delivered, correction.working_days)


def came_too_late(correction: Correction) -> bool:
    """Whether the letter came no earlier than the day that it names, so that this day binds nobody (Art. 30)."""
    until, delivered = correction.until, correction.delivered
    return until is not None and delivered is not None and delivered >= until


def opinion_window_end(consultation: Consultation, calendar: WorkCalendar) -> date | None:
    """The last day of the 15 working days from delivery (Arts. 32, 34); None while delivery is not known."""
    if consultation.delivered is None:
        return None
    return calendar.nth(consultation.delivered, OPINION_DAYS)


def consultation_end(consultation: Consultation, calendar: WorkCalendar, as_of: date) -> date | None:
    """The day on which a consultation ended: the last opinion, or the window's last day once it is past.

    None while it is open on ``as_of``. The third party may answer until the last day is over, so on that very
    day the consultation is still open.
    """
    window_end = opinion_window_end(consultation, calendar)
    if consultation.ended is not None:
        return consultation.ended if window_end is None else min(consultation.ended, window_end)
    if window_end is not None and as_of > window_end:
        return window_end
    return None


def effective_extension(facts: Facts, calendar: WorkCalendar, excluded: Sequence[Interval]) -> Extension | None:
    """The extension that validly lengthens the present reply period (Art. 33), if there is one.

    It counts only if the applicant was told on or before the last day of the plain period. A correction discards an
    extension told before it with the old period; after a payment a new one is allowed only if none was used before.
    """
    if not facts.extensions:
        return None
    start = reply_clock_start(facts)
    since = max((c.received for c in facts.corrections if c.received is not None), default=facts.received)
    if any(since <= extension.told < start for extension in facts.extensions):
        return None
    for extension in facts.extensions:
        in_time = calendar.count(start, extension.told - timedelta(days=1), excluded) < facts.reply_days
        if extension.told >= start and in_time:
            return extension
    return None


def extension_days(extension: Extension | None) -> int:
    """The working days an extension adds: at most 20 (Art. 33)."""
    return 0 if extension is None else min(extension.working_days, EXTENSION_MOST)


def effective_delay(facts: Facts, due: date) -> Delay | None:
    """The delay (Art. 35) that replaces ``due``, the last day without it: told by then, and not before a restart."""
    if not facts.delays or facts.ordered is not None:
        return None
    start = reply_clock_start(facts)
    held = None
    for delay in facts.delays:
        if start <= delay.told <= (due if held is None else held.until):
            held = delay
    return held


def excluded_days(facts: Facts, calendar: WorkCalendar, as_of: date) -> tuple[Interval, ...]:
    """The days that do not count: opinions being sought (Art. 33(3)), an approved pause; an open one has no end yet.

    Up to a day that a ruling fixed, every day counts.
    """
    return _excluded(facts, _ends(facts, calendar, as_of))


def _ends(facts: Facts, calendar: WorkCalendar, as_of: date) -> list[date | None]:
    """When each consultation ended, None for one that is open on ``as_of``."""
    return [consultation_end(c, calendar, as_of) for c in facts.consultations]


def _excluded(facts: Facts, ends: Sequence[date | None]) -> tuple[Interval, ...]:
    if facts.ordered is not None or (not ends and not facts.pauses and not facts.fees):
        return ()
    each = zip(facts.consultations, ends, strict=True)
    found = [Interval(c.sent, end or _OPEN_END) for c, end in each if c.suspends]
    found += [Interval(pause.began, pause.ended or _OPEN_END) for pause in facts.pauses]
    found += [Interval(fee.notified, fee.paid or _OPEN_END) for fee in facts.fees if not fee.restarts]
    return union(found)


def _open(facts: Facts, ends: Sequence[date | None]) -> list[Consultation]:
    return [c for c, end in zip(facts.consultations, ends, strict=True) if end is None]


def clock_state(facts: Facts, calendar: WorkCalendar, as_of: date) -> ClockState:
    """Whether the period runs on ``as_of``, is suspended (its used days stay used) or stopped (it begins anew)."""
    return _state(facts, _open(facts, _ends(facts, calendar, as_of)))


def _state(facts: Facts, open_now: Sequence[Consultation]) -> ClockState:
    if facts.ordered is not None:
        return "running"
    if is_stopped(facts):
        return "stopped"
    if open_now and any(c.suspends for c in open_now):
        return "suspended"
    if facts.pauses and any(pause.ended is None for pause in facts.pauses):
        return "suspended"
    return "suspended" if facts.fees and any(fee.paid is None for fee in facts.fees) else "running"


def reply_due(facts: Facts, calendar: WorkCalendar, as_of: date) -> date | None:
    """The last day for the reply (Art. 33) as :func:`reckon` gives it; None while the period does not run."""
    if facts.is_plain():
        return calendar.nth(facts.received, facts.reply_days)
    return reckon(facts, calendar, as_of).reply_due


def plain_reply_due(facts: Facts, calendar: WorkCalendar, as_of: date) -> date | None:
    """The last day of the period with no extension and no delay; None while it does not run."""
    if clock_state(facts, calendar, as_of) != "running":
        return None
    if facts.ordered is not None:
        return facts.ordered
    return calendar.nth(reply_clock_start(facts), facts.reply_days, excluded_days(facts, calendar, as_of))


def ran_out(facts: Facts, calendar: WorkCalendar, day: date) -> date | None:
    """The last day of a reply period that was over before ``day``, or before what suspends it on ``day`` began.

    None if it was not over, or was stopped. What began on ``day`` itself is left out: it is what one asks for.
    """
    known = _known_by(facts, day)
    ends = _ends(known, calendar, day)
    asking = [c for c in _open(known, ends) if c.suspends]
    paused = [pause for pause in known.pauses if pause.ended is None]
    unpaid = [fee for fee in known.fees if fee.paid is None and not fee.restarts]
    running = replace(
        known,
        consultations=[c for c in known.consultations if c not in asking],
        pauses=[pause for pause in known.pauses if pause not in paused],
        fees=[fee for fee in known.fees if fee not in unpaid],
    )
    due = reckon(running, calendar, day).reply_due
    since = [day, *(c.sent for c in asking), *(p.began for p in paused), *(f.notified for f in unpaid)]
    return due if due is not None and due < min(since) else None


def _known_by(facts: Facts, day: date) -> Facts:
    """What had happened by ``day``, but for what was sent, begun or billed on it; what ended later is still open."""

    def by(end: date | None) -> date | None:
        return end if end is None or end <= day else None

    return replace(
        facts,
        corrections=[replace(c, received=by(c.received)) for c in facts.corrections if c.asked <= day],
        consultations=[replace(c, ended=by(c.ended)) for c in facts.consultations if c.sent < day],
        extensions=[extension for extension in facts.extensions if extension.told <= day],
        fees=[replace(fee, paid=by(fee.paid)) for fee in facts.fees if fee.notified < day],
        delays=[delay for delay in facts.delays if delay.told <= day],
        pauses=[replace(pause, ended=by(pause.ended)) for pause in facts.pauses if pause.began < day],
    )


def reckon(facts: Facts, calendar: WorkCalendar, as_of: date) -> Reckoning:
    """The dates of one case as seen on ``as_of``.

    Facts later than ``as_of`` are taken as given, so that a step not yet made can be tried out.
    """
    start = reply_clock_start(facts)
    ends = _ends(facts, calendar, as_of) if facts.consultations else []
    open_now = _open(facts, ends) if ends else []
    state = _state(facts, open_now)
    used, total, due = 0, facts.reply_days, None
    if state != "stopped":
        excluded = _excluded(facts, ends)
        total += extension_days(effective_extension(facts, calendar, excluded))
        used = calendar.count(start, as_of, excluded)
        if facts.ordered is not None:
            total = calendar.count(start, facts.ordered, excluded)
        if state == "running":
            due = facts.ordered or calendar.nth(start, total, excluded)
            delay = effective_delay(facts, due)
            if delay is not None:
                due = delay.until
                total = calendar.count(start, delay.until, excluded)
    dues = _deadlines(facts, calendar, open_now, due)
    provisional = False
    for each in dues:
        provisional = provisional or (each.due is not None and calendar.is_provisional(each.due))
    return Reckoning(start, due, used, total - used, state, provisional, tuple(dues))


def _deadlines(
    facts: Facts, calendar: WorkCalendar, open_now: Sequence[Consultation], reply_due: date | None
) -> list[Due]:
    found: list[Due] = []
    if facts.origin == "request":
        due = ask_correction_due(facts, calendar)
        found.append(Due(DeadlineKind.ASK_CORRECTION, due, ARTICLES[DeadlineKind.ASK_CORRECTION]))
    found += [
        Due(DeadlineKind.CORRECTION, until, ARTICLES[DeadlineKind.CORRECTION])
        for c in facts.corrections
        if c.received is None and (until := correction_due(c, calendar)) is not None
    ]
    found += [
        Due(DeadlineKind.OPINION, window, OPINION_ARTICLES[c.kind])
        for c in open_now
        if (window := opinion_window_end(c, calendar)) is not None
    ]
    found += [
        Due(DeadlineKind.PAYMENT, payment_due(fee, calendar), ARTICLES[DeadlineKind.PAYMENT])
        for fee in facts.fees
        if fee.paid is None
    ]
    if reply_due is not None:
        found.append(Due(DeadlineKind.REPLY, reply_due, reply_article(facts)))
    if len(found) > 1:
        found.sort(key=_day_of)
    return found


def _day_of(due: Due) -> date:
    return due.due or _OPEN_END


def ask_correction_due(facts: Facts, calendar: WorkCalendar) -> date:
    """The last day to ask for a correction: the seventh working day after receipt, whatever else happens (Art. 30)."""
    return calendar.nth(facts.received, ASK_CORRECTION_DAYS)


def reply_article(facts: Facts) -> str:
    """The article that the reply period rests on."""
    return _REPLY_ARTICLES[facts.origin]


_REPLY_ARTICLES: dict[Origin, str] = {
    "request": ARTICLES[DeadlineKind.REPLY],
    "reopened": "行政复议决定或者判决，条例第三十三条",
    "late_correction": "条例第三十条、第三十三条",
    "own_correction": "条例第三十三条",
    "rectification": "条例第四十一条未规定期限，机关设定",
}


def payment_due(fee: Fee, calendar: WorkCalendar) -> date:
    """The last day to pay: 20 working days from the day after the notice was received (办法 Art. 6)."""
    return calendar.nth(fee.notified, PAYMENT_DAYS)


def explain(facts: Facts, calendar: WorkCalendar, as_of: date) -> list[str]:
    """Why the dates of :func:`reckon` are what they are, one line a step, each with its article (Chinese)."""
    result = reckon(facts, calendar, as_of)
    lines = list(_explain(facts, calendar, as_of, result))
    years = sorted({d.due.year for d in result.deadlines if d.due is not None and calendar.is_provisional(d.due)})
    lines += [f"{year} 年节假日安排尚未公布，该年内的日期为暂定，公布后将重新计算（{NOTICE}）。" for year in years]
    return lines


def _explain(facts: Facts, calendar: WorkCalendar, as_of: date, result: Reckoning) -> Iterator[str]:
    yield f"{facts.received} {_OPENINGS[facts.origin]}"
    if facts.origin == "request":
        ask_due = ask_correction_due(facts, calendar)
        yield f"需要补正的，应在第 {ASK_CORRECTION_DAYS} 个工作日即 {ask_due} 前（含当日）一次性告知（条例第三十条）。"
    yield from _explain_corrections(facts, calendar, as_of)
    yield from _explain_fees(facts, calendar, as_of)
    start = result.clock_start
    if start != facts.received:
        basis = (
            "条例第三十条" if any(c.received == start for c in facts.corrections) else ARTICLES[DeadlineKind.PAYMENT]
        )
        yield f"答复期限自 {start} 重新计算，自次日起 {facts.reply_days} 个工作日（{basis}）。"
    yield from _explain_consultations(facts, calendar, as_of)
    yield from _explain_pauses(facts, calendar)
    if result.state == "stopped":
        yield _stopped(facts)
        return
    excluded = excluded_days(facts, calendar, as_of)
    extension = effective_extension(facts, calendar, excluded)
    plain_due = plain_reply_due(facts, calendar, as_of)
    yield from _explain_extensions(facts, start, extension, plain_due)
    if result.reply_due is None:
        yield _suspended(facts, calendar, as_of, result)
        return
    yield from _explain_reply(facts, calendar, result, facts.reply_days + extension_days(extension), excluded)
    left, basis = result.working_days_left, reply_article(facts)
    if left >= 0:
        yield f"截至 {as_of}，已用 {result.working_days_used} 个工作日，还剩 {left} 个工作日（{basis}）。"
    else:
        yield f"截至 {as_of}，已超过{_period_name(facts)} {-left} 个工作日（{basis}）。"


def _period_name(facts: Facts) -> str:
    """What the period is called: the law sets none for the correction of records, only the agency does (Art. 41)."""
    return "内部期限" if facts.origin == "rectification" else DeadlineKind.REPLY.label


def _stopped(facts: Facts) -> str:
    waits = "补正" if any(c.received is None for c in facts.corrections) else "缴费"
    basis = ARTICLES[DeadlineKind.CORRECTION if waits == "补正" else DeadlineKind.PAYMENT]
    if facts.ended is not None:
        return f"办结时没有收到{waits}，答复期限当时停止计算（{basis}）。"
    return f"正在等待{waits}，答复期限停止计算，收到后重新起算，现在没有答复期限（{basis}）。"


def _suspended(facts: Facts, calendar: WorkCalendar, as_of: date, result: Reckoning) -> str:
    by, basis = _suspended_by(facts, calendar, as_of)
    name, left = _period_name(facts), result.working_days_left
    why = {"征求意见": "正在征求意见", "缴费": "正在等待缴费"}.get(by, by)
    if facts.ended is not None:
        why = {"征求意见": "办结时征求意见尚未结束", "缴费": "办结时没有完成缴费"}.get(by, "办结时尚未恢复办理")
    over = ran_out(facts, calendar, as_of)
    if over is not None:
        past = f"，已超过 {-left} 个工作日" if left < 0 else ""
        return f"{why}，但{name}在此之前已于 {over} 届满{past}，不因此而按时（{reply_article(facts)}）。"
    if facts.ended is not None:
        return f"{why}，{name}当时暂停：已用 {result.working_days_used} 个工作日，还剩 {left} 个工作日（{basis}）。"
    used = f"已用 {result.working_days_used} 个工作日，恢复后还剩 {left} 个工作日"
    return f"{why}，{name}暂停：{used}（{basis}）。"


_OPENINGS: dict[Origin, str] = {
    "request": "收到申请，当日不计入，期限自次日起算（条例第三十一条，民法典第二百零一条）。",
    "reopened": "起重新办理，当日不计入，期限自次日起算（行政复议决定或者判决，民法典第二百零一条）。",
    "late_correction": "收到逾期但有正当理由的补正，当日不计入，答复期限自次日起重新计算（条例第三十条）。",
    "own_correction": "起自行纠正、重新办理，当日不计入，期限自次日起算（民法典第二百零一条）。",
    "rectification": "收到更正申请，当日不计入；条例未规定期限，按机关内部期限办理（条例第四十一条）。",
}


_NOT_IN_LAW = "经批准，条例未规定"


def _suspended_by(facts: Facts, calendar: WorkCalendar, as_of: date) -> tuple[str, str]:
    """What suspends the period, and the basis of it: the Regulation knows of no pause."""
    if any(c.suspends for c in _open(facts, _ends(facts, calendar, as_of))):
        return "征求意见", "条例第三十三条第三款"
    if any(pause.ended is None for pause in facts.pauses):
        return "经批准中止", _NOT_IN_LAW
    return "缴费", ARTICLES[DeadlineKind.PAYMENT]


def _explain_reply(
    facts: Facts, calendar: WorkCalendar, result: Reckoning, total: int, excluded: Sequence[Interval]
) -> Iterator[str]:
    start, due = result.clock_start, result.reply_due
    if due is None:
        return
    article = reply_article(facts)
    before = facts.ordered or calendar.nth(start, total, excluded)
    if facts.ordered is not None:
        yield from _explain_ordered(facts, facts.ordered)
    else:
        name = _period_name(facts)
        yield f"{name} {total} 个工作日，自 {start} 的次日起算，第 {total} 个工作日是 {before}（{article}）。"
    effective = effective_delay(facts, before)
    for delay in facts.delays:
        if delay is effective:
            yield f"{delay.told} 告知延迟答复，答复期限改为 {delay.until}（条例第三十五条）。"
        else:
            why = "期限已重新计算" if delay.told < start else "已过答复期限" if effective is None else "已另行告知"
            if facts.ordered is not None:
                why = f"期限由{_orderer(facts)}确定"
            yield f"{delay.told} 告知延迟答复至 {delay.until}，{why}，不计入（条例第三十五条）。"
    yield from _explain_calendar(calendar, start, due, excluded)


def _orderer(facts: Facts) -> str:
    """Who fixed the day: a ruling, or the agency when it opened the case again."""
    return "行政复议决定或者判决" if facts.origin == "reopened" else "重新办理时"


def _explain_ordered(facts: Facts, ordered: date) -> Iterator[str]:
    article = reply_article(facts)
    yield f"{_orderer(facts)}确定的期限是 {ordered}（{article}）。"
    steps = (
        ("补正", facts.corrections),
        ("征求意见", [c for c in facts.consultations if c.suspends]),
        ("缴费", facts.fees),
        ("中止", facts.pauses),
    )
    made = [name for name, taken in steps if taken]
    if made:
        yield f"所定期限不因{'、'.join(made)}而暂停、重新计算或者改变，仍是 {ordered}（{article}）。"


def _explain_corrections(facts: Facts, calendar: WorkCalendar, as_of: date) -> Iterator[str]:
    came = facts.received
    for correction in facts.corrections:
        ask_due = ask_correction_due(replace(facts, received=came), calendar)
        came = correction.received or came
        late = "，已超过七个工作日" if facts.origin == "request" and correction.asked > ask_due else ""
        due = correction_due(correction, calendar)
        letter = _letter(correction, due, ended=facts.ended is not None)
        yield f"{correction.asked} 告知补正{late}{letter}（条例第三十条）。"
        if correction.received is not None:
            after = due is not None and correction.received > due
            yield f"{correction.received} 收到补正{'，晚于补正期限' if after else ''}（条例第三十条）。"
        elif due is not None and as_of > due:
            yield f"补正期限 {due} 已过，无正当理由不补正的，视为放弃申请（条例第三十条）。"


def _letter(correction: Correction, due: date | None, *, ended: bool) -> str:
    """When the letter came and how long it gives, or why its period does not run."""
    until, days, delivered = correction.until, correction.working_days, correction.delivered
    over = ended or correction.received is not None
    none_yet = "没有送达日期，补正期限未起算" if over else "尚无送达日期，补正期限未起算"
    if delivered is None:
        if until is not None:
            return f"，补正期限至 {until}" + (f"，{none_yet}" if correction.awaits_delivery else "")
        return f"，自送达次日起 {days} 个工作日内补正，{none_yet}" if days is not None else ""
    if came_too_late(correction):
        then = "" if over else "，应重新告知合理的补正期限"
        return f"，{delivered} 送达，不早于所定的补正期限 {until}，所定期限没有约束力{then}"
    counted = f"，自次日起 {days} 个工作日" if until is None else ""
    return f"，{delivered} 送达{counted}" + (f"，补正期限至 {due}" if due else "")


def _explain_fees(facts: Facts, calendar: WorkCalendar, as_of: date) -> Iterator[str]:
    basis = ARTICLES[DeadlineKind.PAYMENT]
    for number, fee in enumerate(facts.fees):
        due = payment_due(fee, calendar)
        before = reckon(replace(facts, fees=facts.fees[:number]), calendar, fee.notified).reply_due
        late = f"，晚于当时的答复期限 {before}" if before is not None and fee.notified > before else ""
        yield (
            f"{fee.notified} 收到收费通知{late}，应自次日起 {PAYMENT_DAYS} 个工作日内即 {due} 前（含当日）缴纳"
            f"（{basis}）。"
        )
        if fee.paid is not None:
            excluded = not fee.restarts and facts.ordered is None
            kept = "，等待缴费的日子不计算在内，期限不重新计算" if excluded else ""
            yield f"{fee.paid} 完成缴费{'，晚于缴费期限' if fee.paid > due else ''}{kept}（{basis}）。"
        elif as_of > due:
            yield f"缴费期限 {due} 已过，逾期未缴纳的，视为放弃申请（{basis}）。"


def _explain_consultations(facts: Facts, calendar: WorkCalendar, as_of: date) -> Iterator[str]:
    ended = []
    for consultation in facts.consultations:
        basis = OPINION_ARTICLES[consultation.kind]
        if "第三十三条" not in basis:
            basis += "、第三十三条第三款"
        window_end = opinion_window_end(consultation, calendar)
        whom = "" if consultation.kind is ConsultationKind.THIRD_PARTY else f"（{consultation.kind.label}）"
        sent = f"{consultation.sent} 发出征求意见{whom}"
        if not consultation.suspends:
            yield f"{sent}，时间照常计算，不暂停答复期限（{basis}）。"
            continue
        sent += _when_over(facts, calendar, consultation.sent)
        if window_end is not None:
            sent += f"，{consultation.delivered} 送达，{OPINION_DAYS} 个工作日至 {window_end}"
        end = consultation_end(consultation, calendar, as_of)
        if end is None:
            open_yet = "尚未结束" if facts.ended is None else "办结时尚未结束"
            counted = "" if facts.ordered is not None else "，所需时间不计算在内"
            yield f"{sent}，{open_yet}{counted}（{basis}）。"
            continue
        ended.append(Interval(consultation.sent, end))
        sent += _how_ended(consultation, end, window_end)
        days = calendar.count(consultation.sent, end)
        counted = "" if facts.ordered is not None else f"，其间 {days} 个工作日不计算在内"
        yield f"{sent}{counted}（{basis}）。"
    if len(ended) > 1 and facts.ordered is None:
        days = sum(calendar.count(interval.after, interval.upto) for interval in union(ended))
        yield f"以上征求意见重叠的日子只算一次，共 {days} 个工作日不计算在内（条例第三十三条第三款）。"


def _how_ended(consultation: Consultation, end: date, window_end: date | None) -> str:
    """How the asking ended; where nothing came in, nothing is said to have been received (Art. 32)."""
    if consultation.ended is None or consultation.opinion is Opinion.SILENT:
        return f"，逾期未反馈，{end} {'期满' if end == window_end else ''}结束"
    if consultation.ended > end:
        what = "撤回征求意见" if consultation.opinion is Opinion.WITHDRAWN else "收到意见"
        return f"，{consultation.ended} {what}，晚于期限，只计至 {end}"
    return f"，{end} 结束"


def _when_over(facts: Facts, calendar: WorkCalendar, day: date) -> str:
    """That the reply period was over before a step of ``day`` that would suspend it."""
    over = ran_out(facts, calendar, day)
    return "" if over is None else f"，此前{_period_name(facts)}已于 {over} 届满"


def _explain_pauses(facts: Facts, calendar: WorkCalendar) -> Iterator[str]:
    for pause in facts.pauses:
        began = f"{pause.began} 经批准中止{_when_over(facts, calendar, pause.began)}"
        if pause.ended is None:
            open_yet = "尚未恢复" if facts.ended is None else "办结时尚未恢复"
            yield f"{began}，{open_yet}（条例未规定中止，按批准记录）。"
        else:
            days = calendar.count(pause.began, pause.ended)
            counted = "" if facts.ordered is not None else f"，其间 {days} 个工作日不计算在内"
            yield f"{began}，{pause.ended} 恢复{counted}（条例未规定中止，按批准记录）。"


def _explain_extensions(
    facts: Facts, start: date, effective: Extension | None, plain_due: date | None
) -> Iterator[str]:
    basis = "条例第三十三条第二款"
    within = "" if plain_due is None else f"（原答复期限 {plain_due}）"
    for extension in facts.extensions:
        told = f"{extension.told} 告知延期{within}"
        if extension is effective:
            yield f"{told}，延长 {extension_days(extension)} 个工作日（{basis}）。"
        elif facts.ordered is not None:
            yield f"{told}，期限由{_orderer(facts)}确定，不计入（{basis}）。"
        elif extension.told < start:
            yield f"{told}，因答复期限已自 {start} 重新计算而不再计入（条例第三十条、第三十三条）。"
        elif plain_due is not None and extension.told > plain_due:
            yield f"{told}，晚于原答复期限，不计入（{basis}）。"
        else:
            yield f"{told}，已延期一次，不计入（{basis}）。"


def _explain_calendar(calendar: WorkCalendar, start: date, due: date, excluded: Sequence[Interval]) -> Iterator[str]:
    rules = [rule for year in range(start.year, due.year + 1) for rule in calendar.rules(year)]
    within = [r for r in rules if start < r.day <= due and not any(i.after < r.day <= i.upto for i in excluded)]
    for own, announced, source in (
        (False, True, NOTICE),
        (False, False, "该年安排尚未公布，按全国年节及纪念日放假办法第二条推算"),
        (True, None, "本机关的工作日安排"),
    ):
        known = [r for r in within if r.own is own and (own or calendar.is_provisional(r.day) is not announced)]
        off = [f"{r.day} {r.name}" for r in known if not r.working]
        on = [str(r.day) for r in known if r.working]
        if off:
            yield f"其间放假不计：{'、'.join(off)}（{source}）。"
        if on:
            yield f"其间调休上班计入：{'、'.join(on)}（{source}）。"
