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

from models.vocabulary import ConsultationKind, DeadlineKind
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

    A letter that names no day gives ``working_days`` from the day on which it was ``delivered``.
    """

    asked: date
    until: date | None = None
    received: date | None = None
    delivered: date | None = None
    working_days: int | None = None


@dataclass(frozen=True, slots=True)
class Consultation:
    """征求意见 (Arts. 32–34): sent on, delivered on (the 15 days count from here), ended on.

    ``suspends``: whether its time counts for nothing in the reply period. Asking another section of the same agency
    never does (Art. 33(3) e contrario).
    """

    sent: date
    delivered: date | None = None
    ended: date | None = None
    kind: ConsultationKind = ConsultationKind.THIRD_PARTY
    suspends: bool = True


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
    days; ``ordered`` is the last day that a ruling fixed.
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
    """The day from which the reply period counts: receipt, correction received or fee paid, the latest wins."""
    start = facts.received
    if not facts.corrections and not facts.fees:
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
    if not facts.corrections and not facts.fees:
        return False
    return any(c.received is None for c in facts.corrections) or any(f.restarts and f.paid is None for f in facts.fees)


def correction_due(correction: Correction, calendar: WorkCalendar) -> date | None:
    """The last day for a correction (Art. 30): the day named, or the working days from delivery; None if not known."""
    if correction.until is not None:
        return correction.until
    if correction.delivered is None or correction.working_days is None:
        return None
    return calendar.nth(correction.delivered, correction.working_days)


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
    if not facts.delays:
        return None
    start = reply_clock_start(facts)
    held = None
    for delay in facts.delays:
        if start <= delay.told <= (due if held is None else held.until):
            held = delay
    return held


def excluded_days(facts: Facts, calendar: WorkCalendar, as_of: date) -> tuple[Interval, ...]:
    """The days that do not count: opinions being sought (Art. 33(3)), an approved pause; an open one has no end yet."""
    return _excluded(facts, _ends(facts, calendar, as_of))


def _ends(facts: Facts, calendar: WorkCalendar, as_of: date) -> list[date | None]:
    """When each consultation ended, None for one that is open on ``as_of``."""
    return [consultation_end(c, calendar, as_of) for c in facts.consultations]


def _excluded(facts: Facts, ends: Sequence[date | None]) -> tuple[Interval, ...]:
    if not ends and not facts.pauses and not facts.fees:
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
    "rectification": "条例第四十一条（未规定期限，按机关内部期限）",
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
        waits = "补正" if any(c.received is None for c in facts.corrections) else "缴费"
        basis = ARTICLES[DeadlineKind.CORRECTION if waits == "补正" else DeadlineKind.PAYMENT]
        yield f"正在等待{waits}，答复期限停止计算，收到后重新起算，现在没有答复期限（{basis}）。"
        return
    excluded = excluded_days(facts, calendar, as_of)
    extension = effective_extension(facts, calendar, excluded)
    plain_due = plain_reply_due(facts, calendar, as_of)
    yield from _explain_extensions(facts, start, extension, plain_due)
    if result.reply_due is None:
        yield (
            f"{_suspended_by(facts, calendar, as_of)}，答复期限暂停：已用 {result.working_days_used} 个工作日，"
            f"恢复后还剩 {result.working_days_left} 个工作日（条例第三十三条第三款）。"
        )
        return
    yield from _explain_reply(facts, calendar, result, facts.reply_days + extension_days(extension), excluded)
    left = result.working_days_left
    if left >= 0:
        yield f"截至 {as_of}，已用 {result.working_days_used} 个工作日，还剩 {left} 个工作日（条例第三十三条）。"
    else:
        yield f"截至 {as_of}，已超过答复期限 {-left} 个工作日（条例第三十三条）。"


_OPENINGS: dict[Origin, str] = {
    "request": "收到申请，当日不计入，期限自次日起算（条例第三十一条，民法典第二百零一条）。",
    "reopened": "起重新办理，当日不计入，期限自次日起算（行政复议决定或者判决，民法典第二百零一条）。",
    "late_correction": "收到逾期但有正当理由的补正，当日不计入，答复期限自次日起重新计算（条例第三十条）。",
    "own_correction": "起自行纠正、重新办理，当日不计入，期限自次日起算（民法典第二百零一条）。",
    "rectification": "收到更正申请，当日不计入；条例未规定期限，按机关内部期限办理（条例第四十一条）。",
}


def _suspended_by(facts: Facts, calendar: WorkCalendar, as_of: date) -> str:
    if any(c.suspends for c in _open(facts, _ends(facts, calendar, as_of))):
        return "正在征求意见"
    return "经批准中止" if any(pause.ended is None for pause in facts.pauses) else "正在等待缴费"


def _explain_reply(
    facts: Facts, calendar: WorkCalendar, result: Reckoning, total: int, excluded: Sequence[Interval]
) -> Iterator[str]:
    start, due = result.clock_start, result.reply_due
    if due is None:
        return
    article = reply_article(facts)
    before = facts.ordered or calendar.nth(start, total, excluded)
    if facts.ordered is not None:
        yield f"行政复议决定或者判决确定的期限是 {facts.ordered}（{article}）。"
    else:
        yield f"答复期限 {total} 个工作日，自 {start} 的次日起算，第 {total} 个工作日是 {before}（{article}）。"
    effective = effective_delay(facts, before)
    for delay in facts.delays:
        if delay is effective:
            yield f"{delay.told} 告知延迟答复，答复期限改为 {delay.until}（条例第三十五条）。"
        else:
            why = "期限已重新计算" if delay.told < start else "已过答复期限" if effective is None else "已另行告知"
            yield f"{delay.told} 告知延迟答复至 {delay.until}，{why}，不计入（条例第三十五条）。"
    yield from _explain_calendar(calendar, start, due, excluded)


def _explain_corrections(facts: Facts, calendar: WorkCalendar, as_of: date) -> Iterator[str]:
    came = facts.received
    for correction in facts.corrections:
        ask_due = ask_correction_due(replace(facts, received=came), calendar)
        came = correction.received or came
        late = "，已超过七个工作日" if facts.origin == "request" and correction.asked > ask_due else ""
        due = correction_due(correction, calendar)
        until = f"，补正期限至 {due}" if due else ""
        if correction.delivered is not None:
            days = f"，自次日起 {correction.working_days} 个工作日" if correction.until is None else ""
            until = f"，{correction.delivered} 送达{days}{until}"
        elif due is None and correction.working_days is not None:
            until = f"，自送达次日起 {correction.working_days} 个工作日内补正，尚无送达日期"
        yield f"{correction.asked} 告知补正{late}{until}（条例第三十条）。"
        if correction.received is not None:
            after = due is not None and correction.received > due
            yield f"{correction.received} 收到补正{'，晚于补正期限' if after else ''}（条例第三十条）。"
        elif due is not None and as_of > due:
            yield f"补正期限 {due} 已过，无正当理由不补正的，视为放弃申请（条例第三十条）。"


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
            kept = "" if fee.restarts else "，等待缴费的日子不计算在内，期限不重新计算"
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
        yield f"以上征求意见重叠的日子只算一次，共 {days} 个工作日不计算在内（条例第三十三条第三款）。"


def _explain_pauses(facts: Facts, calendar: WorkCalendar) -> Iterator[str]:
    for pause in facts.pauses:
        if pause.ended is None:
            yield f"{pause.began} 经批准中止，尚未恢复（条例未规定中止，按批准记录）。"
        else:
            days = calendar.count(pause.began, pause.ended)
            yield (
                f"{pause.began} 经批准中止，{pause.ended} 恢复，其间 {days} 个工作日不计算在内"
                "（条例未规定中止，按批准记录）。"
            )


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
            yield f"{told}，期限由行政复议决定或者判决确定，不计入（{basis}）。"
        elif extension.told < start:
            yield f"{told}，因答复期限已自 {start} 重新计算而不再计入（条例第三十条、第三十三条）。"
        elif plain_due is not None and extension.told > plain_due:
            yield f"{told}，晚于原答复期限，不计入（{basis}）。"
        else:
            yield f"{told}，已延期一次，不计入（{basis}）。"


def _explain_calendar(calendar: WorkCalendar, start: date, due: date, excluded: Sequence[Interval]) -> Iterator[str]:
    rules = [rule for year in range(start.year, due.year + 1) for rule in calendar.rules(year)]
    within = [r for r in rules if start < r.day <= due and not any(i.after < r.day <= i.upto for i in excluded)]
    for announced, source in ((True, NOTICE), (False, "该年安排尚未公布，按全国年节及纪念日放假办法第二条推算")):
        known = [r for r in within if calendar.is_provisional(r.day) is not announced]
        off = [f"{r.day} {r.name}" for r in known if not r.working]
        on = [str(r.day) for r in known if r.working]
        if off:
            yield f"其间放假不计：{'、'.join(off)}（{source}）。"
        if on:
            yield f"其间调休上班计入：{'、'.join(on)}（{source}）。"
