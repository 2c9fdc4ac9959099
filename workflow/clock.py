"""The clock: from the facts of a case and a calendar to its dates and the reasons for them. Pure.

No database and no now(): ``as_of`` is always given. The rules are those of 条例 Arts. 30–34 and of
《政府信息公开信息处理费管理办法》 Art. 6; the first day of a period is not counted (民法典 Art. 201).
All periods are in working days (工作日).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from models.vocabulary import DeadlineKind
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
    DeadlineKind.PAYMENT: "信息处理费管理办法第六条",
    DeadlineKind.REPLY: "条例第三十三条",
}

NOTICE = "国务院办公厅节假日安排通知"

_OPEN_END = date(LAST_YEAR, 12, 31)  # of a consultation that has no end yet

ClockState = Literal["running", "suspended", "stopped"]


@dataclass(frozen=True, slots=True)
class Correction:
    """补正 (Art. 30): asked on, to be made until, received on."""

    asked: date
    until: date | None = None
    received: date | None = None


@dataclass(frozen=True, slots=True)
class Consultation:
    """征求意见 (Arts. 32–34): sent on, delivered on (the 15 days count from here), ended on."""

    sent: date
    delivered: date | None = None
    ended: date | None = None


@dataclass(frozen=True, slots=True)
class Extension:
    """延期 (Art. 33): told to the applicant on, by how many working days (at most 20)."""

    told: date
    working_days: int


@dataclass(frozen=True, slots=True)
class Fee:
    """收费 (办法 Art. 6): the applicant received the notice on, paid in full on."""

    notified: date
    paid: date | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the clock needs to know of one case."""

    received: date
    corrections: Sequence[Correction] = ()
    consultations: Sequence[Consultation] = ()
    extensions: Sequence[Extension] = ()
    fees: Sequence[Fee] = ()


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
    """The day from which the reply period counts: receipt, correction received or fee paid, the latest wins."""
    start = facts.received
    for correction in facts.corrections:
        if correction.received is not None and correction.received > start:
            start = correction.received
    for fee in facts.fees:
        if fee.paid is not None and fee.paid > start:
            start = fee.paid
    return start


def is_stopped(facts: Facts) -> bool:
    """Whether the clock is stopped: a correction or a payment is being waited for (Art. 30, 办法 Art. 6)."""
    return any(c.received is None for c in facts.corrections) or any(f.paid is None for f in facts.fees)


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
    start = reply_clock_start(facts)
    since = max((c.received for c in facts.corrections if c.received is not None), default=facts.received)
    if any(since <= extension.told < start for extension in facts.extensions):
        return None
    for extension in facts.extensions:
        in_time = calendar.count(start, extension.told - timedelta(days=1), excluded) < REPLY_DAYS
        if extension.told >= start and in_time:
            return extension
    return None


def extension_days(extension: Extension | None) -> int:
    """The working days an extension adds: at most 20 (Art. 33)."""
    return 0 if extension is None else min(extension.working_days, EXTENSION_MOST)


def excluded_days(facts: Facts, calendar: WorkCalendar, as_of: date) -> tuple[Interval, ...]:
    """The days that do not count because opinions are being sought (Art. 33(3)); an open one has no end yet."""
    return union(Interval(c.sent, consultation_end(c, calendar, as_of) or _OPEN_END) for c in facts.consultations)


def reckon(facts: Facts, calendar: WorkCalendar, as_of: date) -> Reckoning:
    """The dates of one case as seen on ``as_of``.

    Facts later than ``as_of`` are taken as given, so that a step not yet made can be tried out.
    """
    start = reply_clock_start(facts)
    open_now = [c for c in facts.consultations if consultation_end(c, calendar, as_of) is None]
    state: ClockState = "stopped" if is_stopped(facts) else "suspended" if open_now else "running"
    used, total, reply_due = 0, REPLY_DAYS, None
    if state != "stopped":
        excluded = excluded_days(facts, calendar, as_of)
        total += extension_days(effective_extension(facts, calendar, excluded))
        used = calendar.count(start, as_of, excluded)
        if state == "running":
            reply_due = calendar.nth(start, total, excluded)
    deadlines = tuple(_deadlines(facts, calendar, open_now, reply_due))
    return Reckoning(
        clock_start=start,
        reply_due=reply_due,
        working_days_used=used,
        working_days_left=total - used,
        state=state,
        provisional=any(d.due is not None and calendar.is_provisional(d.due) for d in deadlines),
        deadlines=deadlines,
    )


def _deadlines(
    facts: Facts, calendar: WorkCalendar, open_now: Sequence[Consultation], reply_due: date | None
) -> list[Due]:
    found = [(DeadlineKind.ASK_CORRECTION, calendar.nth(facts.received, ASK_CORRECTION_DAYS))]
    found += [
        (DeadlineKind.CORRECTION, c.until) for c in facts.corrections if c.received is None and c.until is not None
    ]
    found += [
        (DeadlineKind.OPINION, window_end)
        for c in open_now
        if (window_end := opinion_window_end(c, calendar)) is not None
    ]
    found += [(DeadlineKind.PAYMENT, payment_due(f, calendar)) for f in facts.fees if f.paid is None]
    if reply_due is not None:
        found.append((DeadlineKind.REPLY, reply_due))
    found.sort(key=lambda pair: pair[1])
    return [Due(kind, due, ARTICLES[kind]) for kind, due in found]


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
    yield f"{facts.received} 收到申请，当日不计入，期限自次日起算（条例第三十一条，民法典第二百零一条）。"
    ask_due = calendar.nth(facts.received, ASK_CORRECTION_DAYS)
    yield f"需要补正的，应在第 {ASK_CORRECTION_DAYS} 个工作日即 {ask_due} 前（含当日）一次性告知（条例第三十条）。"
    yield from _explain_corrections(facts, ask_due, as_of)
    yield from _explain_fees(facts, calendar, as_of)
    start = result.clock_start
    if start != facts.received:
        basis = (
            "条例第三十条" if any(c.received == start for c in facts.corrections) else ARTICLES[DeadlineKind.PAYMENT]
        )
        yield f"答复期限自 {start} 重新计算，自次日起 {REPLY_DAYS} 个工作日（{basis}）。"
    yield from _explain_consultations(facts, calendar, as_of)
    if result.state == "stopped":
        waits = "补正" if any(c.received is None for c in facts.corrections) else "缴费"
        basis = ARTICLES[DeadlineKind.CORRECTION if waits == "补正" else DeadlineKind.PAYMENT]
        yield f"正在等待{waits}，答复期限停止计算，收到后重新起算，现在没有答复期限（{basis}）。"
        return
    excluded = excluded_days(facts, calendar, as_of)
    extension = effective_extension(facts, calendar, excluded)
    plain_due = reckon(replace(facts, extensions=()), calendar, as_of).reply_due
    yield from _explain_extensions(facts, start, extension, plain_due)
    total = REPLY_DAYS + extension_days(extension)
    if result.reply_due is None:
        yield (
            f"正在征求意见，答复期限暂停：已用 {result.working_days_used} 个工作日，"
            f"恢复后还剩 {result.working_days_left} 个工作日（条例第三十三条第三款）。"
        )
        return
    yield (
        f"答复期限 {total} 个工作日，自 {start} 的次日起算，第 {total} 个工作日是 {result.reply_due}"
        "（条例第三十三条）。"
    )
    yield from _explain_calendar(calendar, start, result.reply_due, excluded)
    left = result.working_days_left
    if left >= 0:
        yield f"截至 {as_of}，已用 {result.working_days_used} 个工作日，还剩 {left} 个工作日（条例第三十三条）。"
    else:
        yield f"截至 {as_of}，已超过答复期限 {-left} 个工作日（条例第三十三条）。"


def _explain_corrections(facts: Facts, ask_due: date, as_of: date) -> Iterator[str]:
    for correction in facts.corrections:
        late = "，已超过七个工作日" if correction.asked > ask_due else ""
        until = f"，补正期限至 {correction.until}" if correction.until else ""
        yield f"{correction.asked} 告知补正{late}{until}（条例第三十条）。"
        if correction.received is not None:
            after = correction.until is not None and correction.received > correction.until
            yield f"{correction.received} 收到补正{'，晚于补正期限' if after else ''}（条例第三十条）。"
        elif correction.until is not None and as_of > correction.until:
            yield f"补正期限 {correction.until} 已过，无正当理由不补正的，视为放弃申请（条例第三十条）。"


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
            yield f"{fee.paid} 完成缴费{'，晚于缴费期限' if fee.paid > due else ''}（{basis}）。"
        elif as_of > due:
            yield f"缴费期限 {due} 已过，逾期未缴纳的，视为放弃申请（{basis}）。"


def _explain_consultations(facts: Facts, calendar: WorkCalendar, as_of: date) -> Iterator[str]:
    basis = "条例第三十二条、第三十三条第三款"
    ended = []
    for consultation in facts.consultations:
        window_end = opinion_window_end(consultation, calendar)
        sent = f"{consultation.sent} 发出征求意见"
        if window_end is not None:
            sent += f"，{consultation.delivered} 送达，{OPINION_DAYS} 个工作日至 {window_end}"
        end = consultation_end(consultation, calendar, as_of)
        if end is None:
            yield f"{sent}，尚未结束，所需时间不计算在内（{basis}）。"
            continue
        ended.append(Interval(consultation.sent, end))
        if consultation.ended is None:
            how = f"，逾期未反馈，{end} 期满结束"
        elif consultation.ended > end:
            how = f"，{consultation.ended} 收到意见，晚于期限，只计至 {end}"
        else:
            how = f"，{end} 结束"
        days = calendar.count(consultation.sent, end)
        yield f"{sent}{how}，其间 {days} 个工作日不计算在内（{basis}）。"
    if len(ended) > 1:
        days = sum(calendar.count(interval.after, interval.upto) for interval in union(ended))
        yield f"以上征求意见重叠的日子只算一次，共 {days} 个工作日不计算在内（{basis}）。"


def _explain_extensions(
    facts: Facts, start: date, effective: Extension | None, plain_due: date | None
) -> Iterator[str]:
    basis = "条例第三十三条第二款"
    within = "" if plain_due is None else f"（原答复期限 {plain_due}）"
    for extension in facts.extensions:
        told = f"{extension.told} 告知延期{within}"
        if extension is effective:
            yield f"{told}，延长 {extension_days(extension)} 个工作日（{basis}）。"
        elif extension.told < start:
            yield f"{told}，因答复期限已自 {start} 重新计算而不再计入（条例第三十条、第三十三条）。"
        elif plain_due is not None and extension.told > plain_due:
            yield f"{told}，晚于原答复期限，不计入（{basis}）。"
        else:
            yield f"{told}，已延期一次，不计入（{basis}）。"


def _explain_calendar(calendar: WorkCalendar, start: date, due: date, excluded: Sequence[Interval]) -> Iterator[str]:
    rules = [rule for year in range(start.year, due.year + 1) for rule in calendar.rules(year)]
    within = [r for r in rules if start < r.day <= due and not any(i.after < r.day <= i.upto for i in excluded)]
    for announced, source in ((True, NOTICE), (False, "该年安排尚未公布，按法定节假日推算")):
        known = [r for r in within if calendar.is_provisional(r.day) is not announced]
        off = [f"{r.day} {r.name}" for r in known if not r.working]
        on = [str(r.day) for r in known if r.working]
        if off:
            yield f"其间放假不计：{'、'.join(off)}（{source}）。"
        if on:
            yield f"其间调休上班计入：{'、'.join(on)}（{source}）。"
