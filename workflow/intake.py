"""Intake (收件): from the channel and the evidence to the day of receipt (收到申请之日), 条例 Art. 31. Pure.

No database and no now(): ``as_of`` is always given. The law, the office's choices where practice differs, and the
gaps in the evidence are told apart: missing evidence is an open point, never a guess. The letters of the General
Office are 国办公开办函〔2015〕207号 (letters to the wrong desk, applicants out of reach) and 〔2017〕19号 (channels).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations
from typing import Any, Literal

from models.vocabulary import Channel
from workflow.calendar import WorkCalendar
from workflow.faults import InputFault

COUNTER = frozenset({Channel.IN_PERSON, Channel.ORAL})
"""Handed in at the counter: on paper, or spoken and taken down by the office (Arts. 29(1), 31(1))."""

SIGNED_MAIL = frozenset({Channel.POST_EMS, Channel.POST_REGISTERED})
"""Mail that the agency signs for (Art. 31(2), first half)."""

ELECTRONIC = frozenset({Channel.EMAIL, Channel.ONLINE, Channel.FAX})
"""Internet channels and the office's fax: received when both sides confirm (Art. 31(3))."""

BASIC_CHANNELS: frozenset[Channel] = COUNTER | SIGNED_MAIL | {Channel.POST_ORDINARY}
"""The channels that may never be refused or switched off (国办公开办函〔2017〕19号; oral: Art. 29(1))."""

CHANNELS_LETTER = "国办公开办函〔2017〕19号"
PERIODS_LETTER = "国办公开办函〔2015〕207号"
IN_PERSON_ARTICLE = "条例第三十一条第一项"
ORAL_ARTICLE = "条例第二十九条第一款、第三十一条第一项"
MAIL_ARTICLE = "条例第三十一条第二项"
MISDIRECTED_ARTICLE = f"条例第三十一条第二项、{PERIODS_LETTER}"
ELECTRONIC_ARTICLE = "条例第三十一条第三项"
SAME_DAY_ARTICLE = "条例第三十一条第三项，当日确认参照第二项"
CHOSEN = "按本机关设置"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of how a request came in.

    ``submitted``: handed in or sent by the applicant. ``arrived``: signed for by the agency's mail room, or
    physically received. ``confirmed``, ``how``: confirmed by both sides, and by what means. ``attempts``: days on
    which the applicant could not be reached. ``misdirected``: sent to another office or person of the same agency.
    """

    channel: Channel
    submitted: date | None = None
    arrived: date | None = None
    confirmed: date | None = None
    how: str | None = None
    attempts: tuple[date, ...] = ()
    misdirected: bool = False


@dataclass(frozen=True, slots=True)
class Choices:
    """The agency's settings where practice differs.

    ``confirmation_cap``: an electronic request counts as received at the latest at the end of the next working day
    after submission. ``misdirected_by``: what dates signed mail that was sent to another desk of the agency.
    ``contact_attempts``: after as many attempts, each on a working day of its own, an applicant is out of reach.
    """

    confirmation_cap: bool = True
    misdirected_by: Literal["signature", "confirmation"] = "signature"
    contact_attempts: int = 3

    def others(self) -> Iterator[Choices]:
        """The other choices that an agency can make where they decide the day of receipt."""
        for cap in (True, False):
            for by in _MISDIRECTED_BY:
                if (cap, by) != (self.confirmation_cap, self.misdirected_by):
                    yield replace(self, confirmation_cap=cap, misdirected_by=by)


_MISDIRECTED_BY: tuple[Literal["signature", "confirmation"], ...] = ("signature", "confirmation")

DEFAULTS = Choices()


@dataclass(frozen=True, slots=True)
class Receipt:
    """收到申请之日 as seen on one day: the day, or what is still missing, and why.

    ``day`` is None while there is no such day. ``starts_by_itself`` is the day on which an unconfirmed electronic
    request counts as received at the latest. ``confirm_by`` is the working day by whose end the office must confirm;
    it stays once that is done, so that a late confirmation can be seen.
    """

    day: date | None
    article: str
    reasons: tuple[str, ...]
    open_points: tuple[str, ...] = ()
    starts_by_itself: date | None = None
    confirm_by: date | None = None
    warnings: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The receipt as plain JSON."""
        return {
            "day": _iso(self.day),
            "article": self.article,
            "reasons": list(self.reasons),
            "open_points": list(self.open_points),
            "starts_by_itself": _iso(self.starts_by_itself),
            "confirm_by": _iso(self.confirm_by),
            "warnings": list(self.warnings),
        }


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def check_channels(announced: Collection[Channel]) -> None:
    """Raise InputFault for each basic channel that an agency's announced list lacks (国办公开办函〔2017〕19号)."""
    faults = [
        f"申请渠道：缺少“{channel.label}”，当面、邮寄和口头渠道不得拒绝或者关闭，应予列入（{CHANNELS_LETTER}）"
        for channel in Channel
        if channel in BASIC_CHANNELS and channel not in announced
    ]
    if faults:
        raise InputFault(faults)


def accepted(announced: Collection[Channel]) -> frozenset[Channel]:
    """The channels by which a request must be taken: the basic ones and those announced.

    An agency that has announced nothing respects the applicant's choice: all of them (国办公开办函〔2017〕19号 item 2).
    """
    return BASIC_CHANNELS | frozenset(announced) if announced else frozenset(Channel)


def receipt(evidence: Evidence, calendar: WorkCalendar, as_of: date, choices: Choices = DEFAULTS) -> Receipt:
    """The day of receipt of one request as seen on ``as_of`` (Art. 31); InputFault if the evidence cannot be true."""
    faults = list(_faults(evidence, as_of))
    if faults:
        raise InputFault(faults)
    found = _by_channel(evidence, calendar, as_of, choices)
    return replace(
        found,
        reasons=(*found.reasons, *_on_a_day_off(found, calendar)),
        warnings=(*found.warnings, *_hand_over(evidence)),
    )


def _by_channel(evidence: Evidence, calendar: WorkCalendar, as_of: date, choices: Choices) -> Receipt:
    if evidence.channel in COUNTER:
        return _handed_in(evidence)
    if evidence.channel in ELECTRONIC:
        return _confirmed_by_both(evidence, calendar, as_of, choices)
    if evidence.channel in SIGNED_MAIL and not (evidence.misdirected and choices.misdirected_by == "confirmation"):
        return _signed_for(evidence)
    return _confirmed_letter(evidence, calendar, as_of, choices)


# Evidence that cannot be true


def _arrival(evidence: Evidence) -> str:
    return "签收日期" if evidence.channel in SIGNED_MAIL else "到达日期"


def _faults(evidence: Evidence, as_of: date) -> Iterator[str]:
    """One sentence for each pair of days in the wrong order, and for each day after ``as_of``."""
    in_order = [
        ("提交日期", evidence.submitted),
        (_arrival(evidence), evidence.arrived),
        *(("联系未果日期", day) for day in sorted(set(evidence.attempts))),
        ("确认日期", evidence.confirmed),
    ]
    known = [(name, day) for name, day in in_order if day is not None]
    for (earlier, floor), (name, day) in combinations(known, 2):
        if day < floor:
            yield f"{name}：“{day}”早于{earlier} {floor}，应不早于它"
    for name, day in known:
        if day > as_of:
            yield f"{name}：“{day}”晚于截至日期 {as_of}，应不晚于它"


# The rules, one for each half-sentence of Art. 31


def _handed_in(evidence: Evidence) -> Receipt:
    """In person or oral: the day submitted (Arts. 29(1), 31(1)); no other day stands in for it."""
    oral = evidence.channel is Channel.ORAL
    article = ORAL_ARTICLE if oral else IN_PERSON_ARTICLE
    rule = "口头提出、由政府信息公开工作机构代为填写的，与当面提交同样，" if oral else "当面提交的，"
    reasons = [f"{rule}以提交之日为收到申请之日（{article}）。"]
    if evidence.submitted is not None:
        reasons.append(f"申请人于 {evidence.submitted} 提交，该日为收到申请之日（{article}）。")
        return Receipt(evidence.submitted, article, tuple(reasons))
    instead = "" if evidence.arrived is None else f"，到达日期 {evidence.arrived} 不能代替"
    return Receipt(None, article, tuple(reasons), (f"缺少提交日期，应查明并补记{instead}（{article}）。",))


def _signed_for(evidence: Evidence) -> Receipt:
    """EMS and registered mail: the day the agency signed, and the mail room is the agency (Art. 31(2))."""
    reasons = [f"以需要签收的邮寄方式提交的，以行政机关签收之日为收到申请之日，收发室签收即为签收（{MAIL_ARTICLE}）。"]
    if evidence.misdirected:
        reasons.append(f"寄给本机关其他机构或者人员的，同样以签收之日为准（{MAIL_ARTICLE}，{CHOSEN}）。")
    if evidence.arrived is None:
        missing = f"缺少签收日期，应查明本机关（含收发室）签收的日期并补记（{MAIL_ARTICLE}）。"
        return Receipt(None, MAIL_ARTICLE, tuple(reasons), (missing,))
    reasons.append(f"本机关于 {evidence.arrived} 签收，该日为收到申请之日（{MAIL_ARTICLE}）。")
    return Receipt(evidence.arrived, MAIL_ARTICLE, tuple(reasons))


def _confirmed_letter(evidence: Evidence, calendar: WorkCalendar, as_of: date, choices: Choices) -> Receipt:
    """Ordinary mail, and misdirected signed mail if so chosen: the day confirmed with the applicant (Art. 31(2))."""
    if evidence.channel in SIGNED_MAIL:
        article, kind, chosen = MISDIRECTED_ARTICLE, "寄给本机关其他机构或者人员的", f"，{CHOSEN}"
    else:
        article, kind, chosen = MAIL_ARTICLE, "以平常信函等无需签收的邮寄方式提交的", ""
    confirm_by = _working_day(calendar, evidence.arrived)
    reasons = [f"{kind}，应当于收到的当日与申请人确认，确认之日为收到申请之日（{article}{chosen}）。"]
    if evidence.confirmed is not None:
        reasons.append(f"与申请人于 {evidence.confirmed} 确认，该日为收到申请之日（{article}）。")
        if evidence.attempts:
            reasons.append(f"此前联系申请人未果，期限自恢复联系并确认之日起算（{PERIODS_LETTER}，{CHOSEN}）。")
    open_points = []
    if evidence.arrived is None:
        open_points.append(f"缺少{_arrival(evidence)}，应查明本机关收到信件的日期并补记（{article}）。")
    if evidence.confirmed is None and evidence.attempts:
        open_points.append(_out_of_reach(evidence, calendar, as_of, choices))
    else:
        open_points += _to_confirm(evidence, calendar, confirm_by, as_of, article)
    return Receipt(
        evidence.confirmed,
        article,
        tuple(reasons),
        tuple(open_points),
        confirm_by=confirm_by,
        warnings=(*_late(evidence, confirm_by, as_of, article), *_provisional(calendar, confirm_by)),
    )


def _confirmed_by_both(evidence: Evidence, calendar: WorkCalendar, as_of: date, choices: Choices) -> Receipt:
    """Internet channels and fax: the day both sides confirm (Art. 31(3)), if so chosen not after the cap."""
    article = ELECTRONIC_ARTICLE
    cap = _cap(evidence, calendar, choices)
    # What is sent electronically reaches the office the same day, whenever it is looked at.
    confirm_by = _working_day(calendar, evidence.submitted or evidence.arrived)
    day = _confirmed_or_capped(evidence.confirmed, cap, as_of)
    open_points = []
    if choices.confirmation_cap and cap is None:
        open_points.append(f"缺少提交日期，应查明并补记，否则不能核定最迟的收到申请之日（{article}，{CHOSEN}）。")
    open_points += _to_confirm(evidence, calendar, confirm_by, as_of, SAME_DAY_ARTICLE)
    return Receipt(
        day,
        article,
        tuple(_electronic_reasons(evidence, cap, day, as_of)),
        tuple(open_points),
        starts_by_itself=cap if evidence.confirmed is None else None,
        confirm_by=confirm_by,
        warnings=(*_late(evidence, confirm_by, as_of, SAME_DAY_ARTICLE), *_provisional(calendar, cap or confirm_by)),
    )


def _cap(evidence: Evidence, calendar: WorkCalendar, choices: Choices) -> date | None:
    """The next working day after submission, at whose end an unconfirmed electronic request counts as received."""
    if evidence.submitted is None or not choices.confirmation_cap:
        return None
    return calendar.nth(evidence.submitted, 1)


def _confirmed_or_capped(confirmed: date | None, cap: date | None, as_of: date) -> date | None:
    """The earlier of the two; the cap only once its day is over, so that silence never lengthens the agency's time."""
    if confirmed is None:
        return cap if cap is not None and as_of > cap else None
    return confirmed if cap is None else min(confirmed, cap)


def _electronic_reasons(evidence: Evidence, cap: date | None, day: date | None, as_of: date) -> Iterator[str]:
    article = ELECTRONIC_ARTICLE
    yield f"通过互联网渠道或者政府信息公开工作机构的传真提交的，以双方确认之日为收到申请之日（{article}）。"
    if cap is not None:
        yield (
            f"申请人于 {evidence.submitted} 提交，收到申请之日最迟为提交后的第一个工作日 {cap}，"
            f"本机关迟延确认不延长期限（{article}，{CHOSEN}）。"
        )
    if evidence.attempts:
        yield f"联系未果、待恢复联系再起算的规则只适用于无需签收的信件，不适用于本渠道（{PERIODS_LETTER}，{CHOSEN}）。"
    done = f"截至 {as_of} 双方尚未确认" if evidence.confirmed is None else f"双方于 {evidence.confirmed} 确认"
    if day is not None:
        yield f"{done}，收到申请之日为 {day}（{article}）。"


# Confirming with the applicant


def _working_day(calendar: WorkCalendar, day: date | None) -> date | None:
    """``day`` itself, or the next working day if the office is closed on it."""
    return day if day is None or calendar.is_workday(day) else calendar.nth(day, 1)


def _to_confirm(
    evidence: Evidence, calendar: WorkCalendar, confirm_by: date | None, as_of: date, article: str
) -> Iterator[str]:
    """What is still to be done or noted of the confirmation."""
    if evidence.confirmed is not None:
        if not (evidence.how or "").strip():
            yield "缺少确认方式，应补记如何与申请人确认，如电话、短信或者电子邮件（条例第三十一条）。"
        return
    overdue = confirm_by is None or confirm_by < as_of
    due = _working_day(calendar, as_of) if overdue else confirm_by
    when = f"今天（{as_of}）就应" if due == as_of else f"应于 {due} 前（含当日）"
    late = "" if confirm_by is None or not overdue else _overdue_since(confirm_by, calendar, as_of)
    yield f"尚未与申请人确认，{late}{when}确认，并记录确认日期和方式（{article}）。"


def _overdue_since(confirm_by: date, calendar: WorkCalendar, as_of: date) -> str:
    over = calendar.count(confirm_by, as_of)
    return f"本应于 {confirm_by} 确认，已逾期{f' {over} 个工作日' if over else ''}，"


def _out_of_reach(evidence: Evidence, calendar: WorkCalendar, as_of: date, choices: Choices) -> str:
    """How far an applicant who cannot be reached has been tried; then the clock waits for contact (〔2015〕207号)."""
    tried = sum(calendar.is_workday(day) for day in set(evidence.attempts))
    left = choices.contact_attempts - tried
    if left <= 0:
        return (
            f"已在 {tried} 个工作日联系申请人未果，申请登记在册，期限尚未起算，"
            f"恢复联系并确认之日为收到申请之日（{PERIODS_LETTER}，{CHOSEN}）。"
        )
    today = calendar.is_workday(as_of) and as_of not in evidence.attempts
    again = as_of if today else calendar.nth(as_of, 1)
    return (
        f"联系申请人未果，每个工作日计一次，已计 {tried} 次，还应再联系 {left} 次，"
        f"下一次应于 {again}（{PERIODS_LETTER}，{CHOSEN}）。"
    )


def _late(evidence: Evidence, confirm_by: date | None, as_of: date, article: str) -> Iterator[str]:
    """That the confirmation came, or is still missing, after the day on which it was due."""
    if confirm_by is None or (evidence.confirmed or as_of) <= confirm_by:
        return
    late = f"截至 {as_of} 尚未确认" if evidence.confirmed is None else f"实际于 {evidence.confirmed} 确认"
    in_time = [day for day in evidence.attempts if day <= confirm_by]
    tried = f"，{min(in_time)} 曾联系未果，应留存联系记录" if in_time else ""
    yield f"应于 {confirm_by} 与申请人确认，{late}{tried}（{article}）。"


# What holds for all channels


def _on_a_day_off(found: Receipt, calendar: WorkCalendar) -> Iterator[str]:
    """Receipt may fall on a day off; the period then runs from the next working day."""
    if found.day is not None and not calendar.is_workday(found.day):
        yield f"{found.day} 不是工作日，仍为收到申请之日，期限自其后的第一个工作日起计（{found.article}）。"


def _hand_over(evidence: Evidence) -> Iterator[str]:
    """A request at the wrong desk must not get lost within the agency (〔2017〕19号 item 3)."""
    if evidence.misdirected:
        yield f"申请送到了本机关其他机构或者人员，应当立即转交政府信息公开工作机构（{CHANNELS_LETTER}第三条）。"


def _provisional(calendar: WorkCalendar, day: date | None) -> Iterator[str]:
    """That ``day`` may still move, because the year's holidays have not been announced."""
    if day is not None and calendar.is_provisional(day):
        yield f"{day.year} 年节假日安排尚未公布，{day} 为暂定（国务院办公厅节假日安排通知）。"
