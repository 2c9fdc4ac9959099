"""The letters and forms of an office (文书目录, L01 to L37) as a table: to whom, about what, by when, with what.

The codes are those of the collections that offices use, with gaps (L14 to L19) where those have none. What each letter
says is in ``templates``; which of them a case calls for, :func:`of_case` says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from models.vocabulary import (
    ConsultationKind,
    DeadlineKind,
    EventKind,
    Ground,
    Matter,
    Opinion,
    Outcome,
    OutcomeGroup,
    Recipient,
    State,
)
from workflow import machine, rules, statute
from workflow.case import Case
from workflow.records import Record

RELEASED = "所公开的政府信息"
"""What lies with the letter that gives it (Art. 36(2))."""


@dataclass(frozen=True, slots=True)
class LetterKind:
    """A row of the catalogue.

    ``events`` are the steps whose paper it is; ``outcomes`` narrow them to some decisions, ``asked`` to some of those
    consulted. ``deadline`` is the period within which it must go out (None: none). ``needs`` are the fields, by their
    names in a template, that the case must give. ``remedy``: it tells of 复议 and 诉讼. ``encloses`` goes with it;
    ``copies`` says who gets one. A form (``is_form``) has lines to fill in instead of a letterhead.
    """

    code: str
    title: str
    recipient: Recipient
    article: str
    events: tuple[EventKind, ...] = ()
    outcomes: tuple[Outcome | Ground, ...] = ()
    asked: tuple[ConsultationKind, ...] = ()
    matters: tuple[Matter, ...] = (Matter.DISCLOSURE,)
    deadline: DeadlineKind | None = None
    needs: tuple[str, ...] = ()
    remedy: bool = False
    encloses: tuple[str, ...] = ()
    copies: tuple[str, ...] = ("申请人", "存卷")
    is_form: bool = False

    @property
    def is_outward(self) -> bool:
        """Whether it leaves the office, with a letterhead and a number."""
        return self.recipient is not Recipient.FILE and not self.is_form

    @property
    def companions(self) -> tuple[LetterKind, ...]:
        """The forms that lie in its envelope, each a kind of its own."""
        return tuple(kind for kind in LETTERS if kind.title in self.encloses)

    @property
    def hides_applicant(self) -> bool:
        """Whether it goes to somebody who need not know who asked (个人信息保护法 Art. 6)."""
        return self.recipient in {Recipient.THIRD_PARTY, Recipient.AGENCY}


_APPLICANT, _THIRD, _AGENCY, _FILE = Recipient
_BOTH = (Matter.DISCLOSURE, Matter.RECTIFICATION)
_REPLY = DeadlineKind.REPLY
_FILED = ("存卷",)
_REFUSALS = tuple(
    rule.outcome
    for rule in statute.OUTCOME_RULES
    if rule.group is OutcomeGroup.REFUSED and rule.outcome is not Outcome.REFUSED_ADMINISTRATIVE_QUERY
)
_UNPROCESSED = tuple(rule.outcome for rule in statute.OUTCOME_RULES if rule.group is OutcomeGroup.UNPROCESSED)


def _reply(
    code: str, title: str, outcomes: tuple[Outcome | Ground, ...], *needs: str, encloses: tuple[str, ...] = ()
) -> LetterKind:
    """A reply (答复) to the applicant: it ends the case, and tells of the remedies."""
    article = "条例第三十三条、第三十六条"
    if len(outcomes) == 1:
        only = outcomes[0]
        article = statute.GROUND_ARTICLES[only] if isinstance(only, Ground) else statute.OUTCOMES[only].article
    event = (
        EventKind.LAPSE if outcomes[0] in {Outcome.OTHER_NOT_CORRECTED, Outcome.OTHER_FEE_UNPAID} else EventKind.DECIDE
    )
    due = _REPLY if event is EventKind.DECIDE else None
    return LetterKind(
        code, title, _APPLICANT, article, (event,), outcomes, deadline=due, needs=needs, remedy=True, encloses=encloses
    )


LETTERS: tuple[LetterKind, ...] = (
    LetterKind(
        "L01", "政府信息公开申请登记表", _FILE, "条例第四十五条", (EventKind.REGISTER, EventKind.ARRIVE),
        matters=_BOTH, copies=_FILED, is_form=True,
    ),
    LetterKind(
        "L02", "政府信息公开申请登记回执", _APPLICANT, "条例第三十一条、第四十五条",
        (EventKind.REGISTER, EventKind.CONFIRM), matters=_BOTH, needs=("收到日期", "答复期限"),
    ),
    LetterKind(
        "L03", "政府信息公开申请补正告知书", _APPLICANT, "条例第三十条", (EventKind.ASK_CORRECTION,),
        deadline=DeadlineKind.ASK_CORRECTION, needs=("补正事项", "补正期限"),
    ),
    LetterKind(
        "L04", "政府信息公开申请说明理由告知书", _APPLICANT, "条例第三十五条", (EventKind.ASK_REASONS,),
        deadline=_REPLY, needs=("数量频次", "说明期限"),
    ),
    LetterKind(
        "L05", "政府信息公开延期答复告知书", _APPLICANT, "条例第三十三条第二款", (EventKind.EXTEND,),
        deadline=_REPLY, needs=("理由", "延期工作日", "新答复期限"),
    ),
    LetterKind(
        "L06", "政府信息公开征求第三方意见书", _THIRD, "条例第三十二条", (EventKind.CONSULT,),
        asked=(ConsultationKind.THIRD_PARTY,), deadline=_REPLY, needs=("收件人", "征求意见内容"),
        encloses=("第三方意见确认函",), copies=("第三方", "存卷"),
    ),
    LetterKind(
        "L07", "第三方意见确认函", _THIRD, "条例第三十二条", (EventKind.CONSULT,),
        asked=(ConsultationKind.THIRD_PARTY,), needs=("收件人", "征求意见内容"), copies=("第三方填写后交回", "存卷"),
        is_form=True,
    ),
    LetterKind(
        "L08", "政府信息公开征求意见告知书", _APPLICANT, "条例第三十三条第三款", (EventKind.CONSULT,),
        asked=(ConsultationKind.THIRD_PARTY, ConsultationKind.JOINT_MAKER, ConsultationKind.OTHER_AGENCY),
        needs=("征求意见日期",),
    ),
    LetterKind(
        "L09", "政府信息依申请公开告知书", _THIRD, "条例第三十二条", (EventKind.TELL_THIRD_PARTY,),
        deadline=_REPLY, needs=("收件人", "理由"), copies=("第三方", "存卷"),
    ),
    LetterKind(
        "L10", "政府信息公开征求意见书", _AGENCY, "条例第三十四条", (EventKind.CONSULT,),
        asked=(ConsultationKind.JOINT_MAKER,), deadline=_REPLY, needs=("收件人", "征求意见内容"),
        copies=("共同制作机关", "存卷"),
    ),
    LetterKind(
        "L11", "政府信息公开协办函", _AGENCY, "条例第三十三条第三款", (EventKind.CONSULT,),
        asked=(ConsultationKind.OTHER_AGENCY, ConsultationKind.SUPERIOR, ConsultationKind.INTERNAL), deadline=_REPLY,
        needs=("收件人", "征求意见内容"), copies=("协办单位", "存卷"),
    ),
    LetterKind(
        "L12", "政府信息公开信息处理费收费通知书", _APPLICANT, "信息处理费管理办法第六条", (EventKind.BILL,),
        deadline=_REPLY, needs=("收费标准", "收费金额", "计算过程", "缴费方式"), copies=("申请人", "财务", "存卷"),
    ),
    LetterKind(
        "L13", "政府信息公开延迟答复告知书", _APPLICANT, "条例第三十五条", (EventKind.DELAY,),
        deadline=_REPLY, needs=("理由", "延迟至"),
    ),
    _reply("L20", "政府信息公开告知书", (Ground.PROVIDED,), encloses=(RELEASED,)),
    _reply("L21", "政府信息已主动公开告知书", (Ground.ALREADY_PUBLIC,), "获取方式"),
    _reply("L22", "政府信息部分公开告知书", (Outcome.PARTLY_GRANTED,), "理由", encloses=(RELEASED,)),
    _reply("L23", "政府信息不予公开告知书", _REFUSALS, "理由"),
    _reply("L24", "政府信息不存在告知书", (Ground.NOT_EXISTING,), "检索范围", "检索词"),
    _reply("L25", "非本机关负责公开告知书", (Ground.NOT_OURS,), "理由"),
    _reply("L26", "政府信息不予提供告知书", (Outcome.UNAVAILABLE_NEEDS_CREATION,), "理由"),
    _reply("L27", "补正后申请内容仍不明确告知书", (Outcome.UNAVAILABLE_STILL_UNCLEAR,), "理由"),
    _reply("L28", "政府信息公开申请不予处理告知书", _UNPROCESSED),
    _reply("L29", "行政查询事项告知书", (Outcome.REFUSED_ADMINISTRATIVE_QUERY,), "相应渠道"),
    _reply("L30", "逾期不补正不再处理告知书", (Outcome.OTHER_NOT_CORRECTED,), "告知日期", "送达日期", "届满日期"),
    _reply("L31", "逾期未缴费不再处理告知书", (Outcome.OTHER_FEE_UNPAID,), "告知日期", "届满日期"),
    LetterKind(
        "L32", "政府信息公开申请终止办理告知书", _APPLICANT, "年度报告格式（六）3",
        (EventKind.WITHDRAW, EventKind.MERGE, EventKind.CLOSE), matters=_BOTH, needs=("办结日期",), remedy=True,
    ),
    LetterKind(
        "L33", "政府信息更正申请告知书", _APPLICANT, "条例第四十一条", (EventKind.RECTIFY,),
        matters=(Matter.RECTIFICATION,), deadline=_REPLY, needs=("理由",), remedy=True,
    ),
    LetterKind(
        "L34", "送达回证", _FILE, "国办公开办函〔2016〕235号", (EventKind.SERVE,), matters=_BOTH,
        needs=("收件人",), copies=_FILED, is_form=True,
    ),
    LetterKind(
        "L35", "政府信息公开审查呈批单", _FILE, "条例第十七条，保守国家秘密法第三十五条",
        (EventKind.SECRECY_REVIEW,), deadline=_REPLY, copies=_FILED, is_form=True,
    ),
    LetterKind(
        "L36", "政府信息检索记录", _FILE, "条例第三十六条第（四）项", (EventKind.SEARCH,), deadline=_REPLY,
        needs=("检索范围", "检索词"), copies=_FILED, is_form=True,
    ),
    LetterKind("L37", "转为主动公开审批单", _FILE, "条例第四十四条", copies=_FILED, is_form=True),
)  # fmt: skip
"""Every letter and form, by its code."""

BY_CODE: dict[str, LetterKind] = {kind.code: kind for kind in LETTERS}


@dataclass(frozen=True, slots=True)
class Occasion:
    """A letter that a case calls for, and why.

    ``owed``: what it is the paper of is on record, ``on`` its day; otherwise the step may be taken now. ``place`` is
    the how-manieth of its kind in the log (补正, 征求意见, 收费 …), from 1. Whether the letter has been made is known
    where letters are kept.
    """

    kind: LetterKind
    owed: bool
    why: str
    on: date | None = None
    place: int | None = None


def place_of_last(kind: LetterKind, case: Case) -> int | None:
    """Which of its kind in the log the last letter of ``kind`` is the paper of, as :func:`of_case` counts them."""
    return max((each.place for each in _recorded(case) if each.kind is kind and each.place), default=None)


def of_decision(outcome: Outcome, ground: Ground | None = None) -> LetterKind:
    """The letter of a final outcome; of one with two faces, by its ground (the first where it is not known)."""
    faces = statute.GROUNDS.get(outcome)
    sought = outcome if faces is None else ground or faces[0]
    if outcome is Outcome.OTHER_MISC:
        return BY_CODE["L32"]
    return next(kind for kind in LETTERS if sought in kind.outcomes)


def of_case(record: Record) -> list[Occasion]:
    """The letters and forms that a case may need in its present state or owes for what is on record, by their code."""
    case = record.case
    if case.state is State.VOID:
        return []
    found = [*_recorded(case), *_possible(record)]
    return sorted(found, key=lambda each: (each.kind.code, not each.owed, each.place or 0))


def _recorded(case: Case) -> Iterator[Occasion]:
    """What the steps on record have as their papers; those of earlier rounds included."""
    yield _owed("L01", EventKind.REGISTER, case.entered)
    if case.received is not None:
        yield _owed("L02", EventKind.REGISTER, case.received)
    for code, event, days in (
        ("L03", EventKind.ASK_CORRECTION, [each.asked for each in case.corrections]),
        ("L04", EventKind.ASK_REASONS, [each.asked for each in case.reasons]),
        ("L05", EventKind.EXTEND, [each.told for each in case.extensions]),
        ("L12", EventKind.BILL, [each.notified for each in case.fees]),
        ("L13", EventKind.DELAY, [each.told for each in case.delays]),
        ("L35", EventKind.SECRECY_REVIEW, [each.on for each in case.secrecy_reviews]),
        ("L36", EventKind.SEARCH, [each.on for each in case.searches]),
    ):
        yield from (_owed(code, event, day, place) for place, day in enumerate(days, 1))
    for inquiry in case.inquiries:
        for kind in LETTERS:
            if inquiry.kind in kind.asked:
                yield _owed(kind.code, EventKind.CONSULT, inquiry.sent, inquiry.number, inquiry.kind.label)
        if inquiry.told is not None:
            yield _owed("L09", EventKind.TELL_THIRD_PARTY, inquiry.told, inquiry.number)
    yield from _endings(case)


def _endings(case: Case) -> Iterator[Occasion]:
    for place, (outcome, closed) in enumerate(
        [(case.outcome, case.closed), *((each.outcome, each.closed) for each in case.reopenings)], 1
    ):
        if outcome is not None and closed is not None:
            kind = of_decision(outcome, case.ground if place == 1 else None)
            # Of later rounds the case does not keep the ground: the step of the log tells it.
            yield _owed(kind.code, kind.events[0], closed, place, statute.ledger_label(outcome))
    if case.rectified is not None and case.closed is not None:
        yield _owed("L33", EventKind.RECTIFY, case.closed, 1, case.rectified.label)
    for place, service in enumerate(case.services, 1):
        if service.means in rules.HANDED:
            yield _owed("L34", EventKind.SERVE, service.served or service.sent, place, service.means.label)
    if case.outcome in statute.RELEASING and case.ground is not Ground.ALREADY_PUBLIC:
        yield Occasion(BY_CODE["L37"], owed=False, why="已公开的信息可以转为主动公开（条例第四十四条）", on=case.closed)


def _owed(code: str, event: EventKind, on: date, place: int | None = None, of: str = "") -> Occasion:
    more = f"（{of}）" if of else ""
    return Occasion(BY_CODE[code], owed=True, why=f"{on} 已记“{event.label}”{more}", on=on, place=place)


def _possible(record: Record) -> Iterator[Occasion]:
    """What the law allows now and its papers are."""
    case = record.case
    waiting = [i for i in case.of_round("inquiries") if i.kind is ConsultationKind.THIRD_PARTY and i.told is None]
    unwilling = [i.number for i in waiting if i.opinion in {Opinion.DISAGREE, Opinion.PARTLY, Opinion.SILENT}]
    for kind in LETTERS:
        for event in kind.events:
            if event in _NOT_AHEAD or case.matter not in kind.matters or not _may(record, event):
                continue
            if event is EventKind.LAPSE and not _lapses(case, kind):
                continue
            if event is EventKind.TELL_THIRD_PARTY:
                yield from (_ahead(kind, event, number) for number in unwilling)
            else:
                yield _ahead(kind, event)


_NOT_AHEAD = {EventKind.REGISTER, EventKind.ARRIVE, EventKind.CONFIRM, EventKind.SERVE}


def _ahead(kind: LetterKind, event: EventKind, place: int | None = None) -> Occasion:
    return Occasion(kind, owed=False, why=f"现在可以“{event.label}”（{kind.article}）", place=place)


def _may(record: Record, event: EventKind) -> bool:
    case = record.case
    if event is EventKind.BILL and not record.practice.charges_fees:
        return False
    return machine.may(case.state, event) and rules.bar(case, event) is None


def _lapses(case: Case, kind: LetterKind) -> bool:
    """Whether what the letter says has lapsed is what the case waits for."""
    waits = {Outcome.OTHER_NOT_CORRECTED: State.PENDING_CORRECTION, Outcome.OTHER_FEE_UNPAID: State.AWAITING_FEE}
    return any(case.waits_in() is state for outcome, state in waits.items() if outcome in kind.outcomes)
