"""文书的拟稿、签发、发出: letters of a case as they are kept, from the draft to the day they arrived or came back.

A letter is the paper of a step (decision 0029): what it says comes from the case's log or from a step not recorded
yet; sending it records that step, and that the letter left with this digest, in one history through the desk.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, false, func, insert, select, update

from letters import checks, rendering, template_book, templates
from letters.catalogue import (
    BY_CODE,
    LETTERS,
    RELEASED,
    LetterKind,
    Occasion,
    of_case,
    of_decision,
    place_of_last,
)
from letters.context import Letter, context
from models.personal import FieldCipher
from models.tables import agency, case_event, letter, letter_issue, request_case
from models.vocabulary import AttachmentKind, Card, ConsultationKind, DraftState, EventKind, LetterState, Means
from workflow import (
    applicants,
    attachments,
    desk,
    dispatch,
    document_numbers,
    drafts,
    inbox,
    log,
    numbers,
    options,
    records,
    staff,
)
from workflow.case import Happening
from workflow.desk import Command, Done, History, day_of
from workflow.faults import InputFault, Outdated, Refusal
from workflow.practice import named
from workflow.records import Record
from workflow.statute import BY_EVENT

_ARTICLE = "条例第四十五条"
_UNDER_WAY = (LetterState.DRAFT.value, LetterState.SIGNED.value)
_COUNTER = "letter:{}"


@dataclass(frozen=True, slots=True)
class Kept:
    """A letter as it is kept. ``number`` is the case's, ``document_number`` its own 文号 once it is signed."""

    id: int
    case_id: int
    number: str
    code: str
    state: LetterState
    event: EventKind | None
    place: int | None
    facts: Mapping[str, Any]
    texts: Mapping[str, str]
    version: int
    draft_id: int | None
    batch: str | None
    made_by: str
    made_at: datetime
    fault: str | None
    means: Means | None
    tracking: str | None
    sent_on: date | None
    delivered_on: date | None
    returned_on: date | None
    reason: str | None
    document_number: str | None
    signed_on: date | None
    signed_by: str | None
    signed_version: int | None
    sha256: str | None
    made_from: Mapping[str, str] = field(default_factory=dict)

    @property
    def kind(self) -> LetterKind:
        """Its row in the catalogue."""
        return BY_CODE[self.code]

    @property
    def party(self) -> str:
        """Whom its step asks, where several may be asked; nothing for others."""
        return str(self.facts.get("party", ""))

    def step(self, day: date) -> Happening | None:
        """The step that its sending records, on a day; None for a letter about what is on record."""
        if self.event is None:
            return None
        return Happening(self.event, day, log.read_facts(self.event, self.facts))


@dataclass(frozen=True, slots=True)
class Wanted:
    """A letter that is to be made: which, about what, how it will go out, and what the officer words himself.

    ``step`` is not recorded yet; without one the letter is about what is on record (``place``: which of several).
    ``draft_id``: the approved draft that the step is, where the agency has it approved first. ``seen``: how many
    entries the case's log had when this was decided on; None where it does not matter.
    """

    code: str
    step: Happening | None = None
    place: int | None = None
    means: Means | None = None
    texts: Mapping[str, str] = field(default_factory=dict)
    draft_id: int | None = None
    batch: str | None = None
    seen: int | None = None


def kind_of(happening: Happening) -> LetterKind | None:
    """The letter that goes out with a step; None for a step without one."""
    facts = happening.facts
    if happening.event is EventKind.DECIDE:
        return of_decision(facts["outcome"], facts.get("ground"))
    asked = facts.get("kind", ConsultationKind.THIRD_PARTY)
    for kind in LETTERS:
        fits = happening.event in kind.events and kind.is_outward and (not kind.asked or asked in kind.asked)
        if fits and (not kind.outcomes or facts.get("outcome") in kind.outcomes) and kind.code not in _WITH_ANOTHER:
            return kind
    return None


_WITH_ANOTHER = {"L08"}
"""What tells the applicant of a step whose own letter goes to somebody else."""


def make(
    connection: Connection, agency_id: int, number: str, wanted: Wanted, actor: str, command_id: str, now: datetime
) -> Kept:
    """拟稿: keep the draft of a letter, in the caller's transaction; the same command does it once.

    Raises InputFault for a letter that does not exist, is about nothing on record or of wrong facts, Outdated where the
    case has changed, Refusal where the law does not allow the step, where it must be approved first, or where such a
    letter is under way already.
    """
    known = connection.execute(select(letter.c.id).where(letter.c.command_id == command_id)).scalar_one_or_none()
    if known is not None:
        return find(connection, agency_id, known)
    kind = BY_CODE.get(wanted.code)
    if kind is None:
        raise InputFault(f"文书种类“{wanted.code}”不存在，应为：{'、'.join(BY_CODE)}")
    record = records.find(connection, agency_id, number)
    # Two drafts of one letter wait for each other here.
    connection.execute(select(request_case.c.id).where(request_case.c.id == record.case_id).with_for_update())
    if wanted.seen not in (None, _entries(connection, record.case_id)):
        raise Outdated("打开表单之后，这一办件有了新的记录，没有拟稿；请核对后再提交")
    step = _proposed(connection, agency_id, record, kind, wanted, day_of(now))
    of_code = (letter.c.case_id == record.case_id) & (letter.c.code == kind.code)
    same_matter = _about(wanted.place, {} if step is None else step.facts)
    same = connection.execute(select(letter.c.id).where(of_code, same_matter, letter.c.state.in_(_UNDER_WAY))).first()
    if same is not None:
        raise Refusal(f"已有一份《{kind.title}》在拟稿或者等待发出（第 {same.id} 号），应先发出或者作废", _ARTICLE)
    if step is None and not kind.is_form:
        _on_record(connection, record, kind)
    rounds = connection.execute(select(func.count()).select_from(letter).where(of_code)).scalar_one()
    means = wanted.means if step is None else step.facts.get("means", wanted.means)
    row = insert(letter).values(
        agency_id=agency_id,
        case_id=record.case_id,
        code=kind.code,
        round=rounds + 1,
        event=None if step is None else step.event.value,
        place=wanted.place,
        facts={} if step is None else log.write_facts(step.event, step.facts),
        texts=dict(wanted.texts),
        version=_entries(connection, record.case_id),
        draft_id=wanted.draft_id,
        batch=wanted.batch,
        made_by=actor,
        made_at=now,
        command_id=command_id,
        state=LetterState.DRAFT.value,
        means=None if means is None else means.value,
    )
    return find(connection, agency_id, connection.execute(row.returning(letter.c.id)).scalar_one())


def _about(place: int | None, facts: Mapping[str, Any]) -> ColumnElement[bool]:
    """The condition on ``letter`` for the same matter: the same step on record, or one to be told to the same party."""
    party = letter.c.facts["party"].as_string()
    return and_(letter.c.place.is_not_distinct_from(place), party.is_not_distinct_from(facts.get("party")))


def enclosing(
    connection: Connection, agency_id: int, letter_id: int, code: str, actor: str, command_id: str, now: datetime
) -> Kept:
    """Draft the form that lies in the envelope of a letter (附件): of the same step, for the same addressee.

    Raises InputFault for a form that does not go with it, and as :func:`make`.
    """
    _record, kept = held(connection, agency_id, letter_id)
    if code not in {each.code for each in kept.kind.companions}:
        fitting = "、".join(f"{each.code}《{each.title}》" for each in kept.kind.companions) or "无"
        raise InputFault(f"《{kept.kind.title}》没有附件文书“{code}”，可用的有：{fitting}")
    wanted = Wanted(code, kept.step(day_of(now)), kept.place, kept.means)
    if kept.sent_on is not None:
        wanted = Wanted(code, place=kept.place, means=kept.means)
    elif kept.draft_id is not None:
        wanted = replace(wanted, step=None, draft_id=kept.draft_id)
    return make(connection, agency_id, kept.number, wanted, actor, command_id, now)


def enclosed(connection: Connection, kept: Kept) -> dict[str, Kept]:
    """The forms kept for the envelope of a letter, by their code; those that were voided are not."""
    codes = [each.code for each in kept.kind.companions]
    if not codes:
        return {}
    known = letter.c
    # Of a step that is on record by now a form may have been drafted before or after.
    matter = _about(None, kept.facts) | ((known.place == kept.place) if kept.place is not None else false())
    here = (known.case_id == kept.case_id) & known.code.in_(codes) & (known.state != LetterState.VOID.value)
    return {each.code: each for each in _read(connection, here & matter)}


def _proposed(
    connection: Connection, agency_id: int, record: Record, kind: LetterKind, wanted: Wanted, today: date
) -> Happening | None:
    """The step that the letter goes with, as the log would take it; None where it is on record."""
    step = wanted.step
    if wanted.draft_id is not None:
        found = drafts.find(connection, agency_id, wanted.draft_id)
        if found.number != record.case.number or found.state is not DraftState.APPROVED:
            raise Refusal(f"拟办稿“{found.state.label}”，只有已经同意的才能拟制文书", _ARTICLE)
        step = found.happening(today)
    if step is None:
        return None
    if step.event not in kind.events:
        raise InputFault(
            f"《{kind.title}》不随“{step.event.label}”发出，应为：{'、'.join(e.label for e in kind.events)}"
        )
    if wanted.draft_id is None and record.practice.route(step.event):
        raise Refusal(f"按本机关的设置，“{step.event.label}”应先送审，同意后再拟制文书", _ARTICLE)
    log.check_names(step.event, step.facts)
    if wanted.draft_id is None:
        step = options.complete(record.case, step, record.practice)
    case, tried = options.if_approved(record.case, step, record.practice)
    refusal = options.what_if(case, tried, record.calendar, record.practice).refusal
    if refusal is not None:
        raise refusal
    return step


def _on_record(connection: Connection, record: Record, kind: LetterKind) -> None:
    said = {entry.happening.event for entry in records.entries(connection, record.case_id)}
    if kind.events and not said & set(kind.events):
        what = "、".join(each.label for each in kind.events)
        raise InputFault(f"办件没有“{what}”的记录，《{kind.title}》没有可写的内容；应先拟办该事项")


def _entries(connection: Connection, case_id: int) -> int:
    counted = select(func.count()).select_from(case_event).where(case_event.c.case_id == case_id)
    return int(connection.execute(counted).scalar_one())


def find(connection: Connection, agency_id: int, letter_id: int) -> Kept:
    """The agency's letter with this number. Raises InputFault."""
    found = _read(connection, (letter.c.agency_id == agency_id) & (letter.c.id == letter_id))
    if not found:
        raise InputFault(f"没有第 {letter_id} 号文书，可用 yishen letter list 查看")
    return found[0]


def of_number(connection: Connection, agency_id: int, number: str) -> list[Kept]:
    """The letters of a case, in the order in which they were made."""
    return _read(connection, (letter.c.agency_id == agency_id) & (request_case.c.number == number))


def of_batch(connection: Connection, agency_id: int, batch: str) -> list[Kept]:
    """The letters of a batch."""
    return _read(connection, (letter.c.agency_id == agency_id) & (letter.c.batch == batch))


def in_state(connection: Connection, agency_id: int, states: Iterable[LetterState], limit: int = 500) -> list[Kept]:
    """The agency's letters in some states, the longest waiting first."""
    of_states = letter.c.state.in_([state.value for state in states])
    return _read(connection, (letter.c.agency_id == agency_id) & of_states, limit=limit)


def _read(connection: Connection, where: ColumnElement[bool], limit: int = 10_000) -> list[Kept]:
    issued = letter_issue.c
    rows = connection.execute(
        select(
            letter,
            request_case.c.number,
            issued.number.label("document_number"),
            issued.signed_on,
            issued.signed_by,
            issued.version.label("signed_version"),
            issued.sha256,
            issued.made_from,
        )
        .join(request_case, request_case.c.id == letter.c.case_id)
        .join(letter_issue, issued.letter_id == letter.c.id, isouter=True)
        .where(where)
        .order_by(letter.c.id)
        .limit(limit)
    )
    return [_kept(row) for row in rows]


_PLAIN = (
    *("id", "case_id", "number", "code", "place", "facts", "texts", "version", "draft_id", "batch", "made_by"),
    *("made_at", "fault", "tracking", "sent_on", "delivered_on", "returned_on", "reason", "document_number"),
    *("signed_on", "signed_by", "signed_version", "sha256"),
)


def _kept(row: Any) -> Kept:
    return Kept(
        **{name: getattr(row, name) for name in _PLAIN},
        state=LetterState(row.state),
        event=None if row.event is None else EventKind(row.event),
        means=None if row.means is None else Means(row.means),
        made_from=row.made_from or {},
    )


def needed(connection: Connection, record: Record) -> list[Occasion]:
    """The letters that a case calls for now and that are not kept yet (but for those that were voided)."""
    made = {
        (row.code, row.place)
        for row in connection.execute(
            select(letter.c.code, letter.c.place).where(
                letter.c.case_id == record.case_id, letter.c.state != LetterState.VOID.value
            )
        )
    }
    return [each for each in of_case(record) if (each.kind.code, each.place) not in made]


def worded(
    connection: Connection,
    record: Record,
    kept: Kept,
    cipher: FieldCipher,
    on: date,
    *,
    sent_on: date | None = None,
    means: Means | None = None,
    document_number: str | None = None,
) -> Letter:
    """The letter as the case words it now, dated ``on``; ``sent_on``: the day on which its step is recorded."""
    name = connection.execute(select(agency.c.name).where(agency.c.id == record.agency_id)).scalar_one()
    number = document_number or kept.document_number
    log_of_case, place = records.entries(connection, record.case_id), kept.place
    # Once it has left, the step is on record, the last of its kind.
    step = kept.step(sent_on or on) if kept.sent_on is None else None
    if step is not None:
        step = options.complete(record.case, step, record.practice)
    return context(
        record,
        log_of_case,
        kept.kind,
        applicants.opened(connection, record.applicant_id, cipher),
        agency=name,
        on=on,
        step=step,
        place=place if step is None or kept.kind.code == "L09" else None,
        means=means or kept.means,
        extra={**kept.texts, **({"文号": number} if number else {})},
    )


def sign(
    connection: Connection, agency_id: int, letter_id: int, actor: str, cipher: FieldCipher, now: datetime
) -> Kept:
    """签发: check a draft, give it its 文号 and keep its text for good, in the caller's transaction.

    A letter about a reply that is on record with a 文号 keeps that one. Raises InputFault, a sentence for each thing
    that the letter lacks, Refusal where it is signed already.
    """
    record, kept = held(connection, agency_id, letter_id)
    if kept.state is not LetterState.DRAFT:
        raise Refusal(f"文书“{kept.state.label}”，只有草稿可以签发", _ARTICLE)
    today = day_of(now)
    draft = worded(connection, record, kept, cipher, today)
    faults = [
        *draft.missing,
        *_moved(connection, kept, kept.version),
        *checks.of_days(kept.kind, kept.step(today), today),
    ]
    if faults:
        raise InputFault(faults)
    numbered = _numbered(connection, agency_id, record, kept, today)
    signed = replace(draft, fields={**draft.fields, "文号": numbered["number"] or ""})
    version, template = template_book.current(connection, agency_id, kept.code)
    content = rendering.docx(signed, template)
    shows = template_book.fields_in(template or templates.default(kept.kind))
    row = {
        "letter_id": kept.id,
        "agency_id": agency_id,
        "template_version": version,
        "version": _entries(connection, record.case_id),
        "sha256": hashlib.sha256(content).hexdigest(),
        "made_from": checks.digests(signed.fields, shows, cipher),
        "content": dispatch.sealed(kept.id, content, cipher),
        "signed_on": today,
        "signed_by": actor,
        "signed_at": now,
        **numbered,
    }
    connection.execute(insert(letter_issue).values(row))
    _turn(connection, kept.id, state=LetterState.SIGNED.value, fault=None)
    return find(connection, agency_id, kept.id)


def _numbered(connection: Connection, agency_id: int, record: Record, kept: Kept, today: date) -> dict[str, Any]:
    """The 文号: the next of its series, the one on record, or none for a form."""
    none = {"series": None, "year": today.year, "serial": None, "number": None}
    series = document_numbers.SERIES_OF.get(kept.code)
    if series is None:
        return none
    given = _given_number(connection, record, kept)
    if given:
        return {**none, "number": given}
    practice = record.practice
    if not practice.letter_sign:
        raise InputFault(f"机关代字没有设置，文书不能编号，应先填写{named('letter_sign')}（GB/T 9704—2012 7.2.5）")
    pattern = document_numbers.read(practice.letter_number)[series]
    serial = numbers.take(connection, agency_id, _COUNTER.format(pattern.series), today.year)
    number = pattern.number(practice.letter_sign, today.year, serial)
    taken = (letter_issue.c.agency_id == agency_id) & (letter_issue.c.number == number)
    if connection.execute(select(letter_issue.c.letter_id).where(taken)).first() is not None:
        raise InputFault(
            f"文号“{number}”已经用过，请检查{named('letter_number')}、{named('letter_sign')}是否与先前的重复"
        )
    return {"series": pattern.series, "year": today.year, "serial": serial, "number": number}


def _given_number(connection: Connection, record: Record, kept: Kept) -> str | None:
    """The 文号 that a step has already, in its facts or on record, unless a letter of ours bears it."""
    if kept.event is not None:
        given = kept.facts.get("reply_number")
    elif kept.kind.remedy:
        case = record.case
        given = case.reopenings[-1].reply_number if case.reopenings and kept.place != 1 else case.reply_number
    else:
        given = None
    if given is None:
        return None
    taken = (letter_issue.c.agency_id == record.agency_id) & (letter_issue.c.number == given)
    return None if connection.execute(select(letter_issue.c.letter_id).where(taken)).first() else str(given)


_OF_OTHERS = (EventKind.CONSULT, EventKind.DELIVER_CONSULTATION, EventKind.OPINIONS_IN)
"""What passes between the office and one of those consulted does not touch the letter to another."""


def _moved(connection: Connection, kept: Kept, version: int) -> list[str]:
    """Why a letter rests on a case that is no longer so; nothing for one about what is on record."""
    if kept.event is None:
        return []
    known = case_event.c
    harmless = [kind.value for kind in (*drafts.HARMLESS, *(_OF_OTHERS if kept.event is EventKind.CONSULT else ()))]
    since = connection.execute(
        select(known.seq, known.kind)
        .where(known.case_id == kept.case_id, known.seq > version, known.kind.not_in(harmless))
        .order_by(known.seq)
        .limit(1)
    ).first()
    if since is None:
        return []
    what = f"第 {since.seq} 条“{EventKind(since.kind).label}”"
    return [f"拟稿之后，办件有了新的记录（{what}），文书已经过时，应作废后重新拟稿"]


@dataclass(frozen=True, slots=True)
class Sending:
    """How a letter goes out: on which day, by which means, with which 邮件号.

    ``enclosed`` (附件说明): what lies in the envelope of a letter whose enclosure the system does not hold.
    """

    on: date
    means: Means | None = None
    tracking: str = ""
    override: str = ""
    enclosed: str = ""


def against(
    connection: Connection, agency_id: int, letter_id: int, sending: Sending, cipher: FieldCipher, today: date
) -> list[str]:
    """What stands against sending a signed letter, a sentence each with its reason; nothing if it may go out."""
    kept = find(connection, agency_id, letter_id)
    record = records.find(connection, agency_id, kept.number)
    return _against(connection, record, kept, sending, cipher, today)


def _against(
    connection: Connection, record: Record, kept: Kept, sending: Sending, cipher: FieldCipher, today: date
) -> list[str]:
    again = kept.state is LetterState.RETURNED
    details = applicants.opened(connection, record.applicant_id, cipher)
    faults = checks.of_sending(kept.kind, kept.state, kept.signed_on, sending, details, record.practice, today)
    if kept.signed_on is None or kept.state not in (LetterState.SIGNED, LetterState.RETURNED):
        return faults
    if not again:
        faults += _moved(connection, kept, kept.signed_version or kept.version)
        now = worded(
            connection, record, kept, cipher, kept.signed_on, sent_on=sending.on, means=sending.means or kept.means
        )
        faults += [*now.missing, *checks.differences(kept.made_from, now.fields, cipher)]
        faults += unenclosed(connection, kept, now, sending.enclosed)
    step = _step(kept, sending)
    if step is not None:
        case, tried = options.if_approved(record.case, step, record.practice)
        found = options.what_if(case, tried, record.calendar, record.practice)
        refusal = found.refusal or found.lacking
        faults += [] if refusal is None else [f"{refusal.sentence}（{refusal.article}）"]
    try:
        dispatch.opened(connection, kept.id, cipher)
    except InputFault as fault:
        faults += fault.sentences
    return list(dict.fromkeys(faults))


def unenclosed(connection: Connection, kept: Kept, words: Letter, told: str = "") -> list[str]:
    """A sentence for each enclosure that a letter names and the system does not hold, with what to do about it."""
    at_hand = {each.kind.title for each in enclosed(connection, kept).values() if each.state is not LetterState.DRAFT}
    if any(file.kind is AttachmentKind.REPLY for file in attachments.of_case(connection, kept.case_id)):
        at_hand.add(RELEASED)
    return checks.of_enclosures(words, at_hand, told)


def _step(kept: Kept, sending: Sending) -> Happening | None:
    """The step that this sending records: the letter's own, or for a reply that came back 再次送达."""
    if kept.state is LetterState.RETURNED:
        if not _is_reply(kept):
            return None
        more = {"means": sending.means, "tracking": sending.tracking, "override": sending.override}
        return Happening(EventKind.SERVE_AGAIN, sending.on, {name: value for name, value in more.items() if value})
    step = kept.step(sending.on)
    if step is None:
        return None
    known = {fact.name for fact in BY_EVENT[step.event].facts}
    more = {
        "reply_number": kept.document_number,
        "tracking": sending.tracking,
        "means": sending.means,
        "override": sending.override,
    }
    given = {name: value for name, value in more.items() if value and name in known}
    return replace(step, facts={**step.facts, **given})


def _is_reply(kept: Kept) -> bool:
    return bool({EventKind.DECIDE, EventKind.RECTIFY} & set(kept.kind.events))


def send(
    connection: Connection,
    agency_id: int,
    letter_id: int,
    sending: Sending,
    actor: str,
    cipher: FieldCipher,
    now: datetime,
) -> Done:
    """发出: record the step of a signed letter and that the letter left, in the caller's transaction.

    Raises InputFault, a sentence for each difference between the letter and the case, Refusal as the desk.
    """
    record, kept = held(connection, agency_id, letter_id)
    sending = replace(sending, means=sending.means or kept.means)
    faults = _against(connection, record, kept, sending, cipher, day_of(now))
    if faults:
        raise InputFault(faults)
    name = f"letter:{kept.id}:{_entries(connection, kept.case_id)}"
    step = _step(kept, sending)
    if step is not None and kept.draft_id is not None and kept.state is LetterState.SIGNED:
        later = {key: step.facts[key] for key in ("reply_number", "tracking") if key in step.facts}
        approved = drafts.find(connection, agency_id, kept.draft_id)
        fresh = {key: value for key, value in later.items() if key not in approved.facts}
        drafts.enter(connection, agency_id, kept.draft_id, replace(step, facts=fresh), actor, cipher, now)
        step = None
    facts = {
        "letter": kept.id,
        "code": kept.code,
        "title": kept.kind.title,
        "document_number": kept.document_number,
        "means": sending.means,
        "tracking": sending.tracking or None,
        "enclosed": sending.enclosed or None,
        "sha256": kept.sha256,
    }
    left = Happening(EventKind.SEND_LETTER, sending.on, {key: value for key, value in facts.items() if value})
    commands = [] if step is None else [Command(step, f"{name}:step", actor)]
    history = History([*commands, Command(left, f"{name}:left", actor)], kept.case_id)
    done = desk.perform(connection, agency_id, history, cipher, now)
    if kept.event is not None and kept.place is None:
        place = place_of_last(kept.kind, done.case)
        for each in (kept, *enclosed(connection, kept).values()):
            _turn(connection, each.id, place=place)
    return done


def delivered(
    connection: Connection,
    agency_id: int,
    letter_id: int,
    on: date,
    how: str,
    actor: str,
    cipher: FieldCipher,
    now: datetime,
) -> Done:
    """送达: record that a letter arrived, as the step that it is for the clock, or as a note. Raises as the desk."""
    _record, kept = held(connection, agency_id, letter_id)
    _has_left(kept, on)
    event, facts = _arrival(kept, on, how)
    _turn(connection, kept.id, delivered_on=on)
    return _perform(connection, agency_id, kept, Happening(event, on, facts), actor, cipher, now)


def _arrival(kept: Kept, on: date, how: str) -> tuple[EventKind, dict[str, Any]]:
    if _is_reply(kept):
        return EventKind.SERVE, {"how": how} if how else {}
    if kept.code == "L03":
        return EventKind.DELIVER_CORRECTION, {}
    if kept.code in {"L06", "L10", "L11"} and kept.place is not None:
        return EventKind.DELIVER_CONSULTATION, {"consultation": kept.place}
    return EventKind.NOTE, {"text": f"{_named(kept)}于 {on} 送达{'：' + how if how else ''}"}


def returned(
    connection: Connection,
    agency_id: int,
    letter_id: int,
    on: date,
    reason: str,
    actor: str,
    cipher: FieldCipher,
    now: datetime,
) -> Done:
    """退回: record that a letter came back, and put it before whoever handles the case. Raises as the desk."""
    record, kept = held(connection, agency_id, letter_id)
    _has_left(kept, on)
    if not reason:
        raise InputFault("退回原因：没有填写，必须填写")
    if _is_reply(kept):
        happening = Happening(EventKind.RETURN, on, {"reason": reason})
    else:
        happening = Happening(EventKind.NOTE, on, {"text": f"{_named(kept)}于 {on} 被退回：{reason}"})
    _turn(connection, kept.id, state=LetterState.RETURNED.value, returned_on=on, reason=reason)
    done = _perform(connection, agency_id, kept, happening, actor, cipher, now)
    to = record.case.officer or staff.WHOLE_OFFICE
    sentence = f"“{kept.number}”的{_named(kept)}被退回（{reason}），应再次送达"
    key = f"letter:{kept.id}:{on}:returned"
    inbox.tell(connection, agency_id, to, Card.RED, sentence, key, now, day_of(now))
    return done


def _has_left(kept: Kept, on: date) -> None:
    if kept.state is not LetterState.SENT or kept.sent_on is None:
        raise Refusal(f"文书“{kept.state.label}”，只有已经发出的才能登记送达或者退回", _ARTICLE)
    if on < kept.sent_on:
        raise InputFault(f"日期：{on} 早于发出日期 {kept.sent_on}，应不早于该日")


def _named(kept: Kept) -> str:
    return f"《{kept.kind.title}》" + (f"（{kept.document_number}）" if kept.document_number else "")


def _perform(
    connection: Connection,
    agency_id: int,
    kept: Kept,
    happening: Happening,
    actor: str,
    cipher: FieldCipher,
    now: datetime,
) -> Done:
    name = f"letter:{kept.id}:{_entries(connection, kept.case_id)}:{happening.event.value}"
    history = History([Command(happening, name, actor)], kept.case_id)
    return desk.perform(connection, agency_id, history, cipher, now)


def void(connection: Connection, agency_id: int, letter_id: int, reason: str) -> Kept:
    """作废: give up a letter that has not left; a number that it has stays used. Raises InputFault, Refusal."""
    _record, kept = held(connection, agency_id, letter_id)
    if kept.state.value not in _UNDER_WAY:
        raise Refusal(f"文书“{kept.state.label}”，只有没有发出的才能作废", _ARTICLE)
    if kept.state is LetterState.SIGNED and not reason:
        raise InputFault("作废理由：没有填写，已签发的文书作废应写明理由")
    _turn(connection, kept.id, state=LetterState.VOID.value, reason=reason or None)
    return find(connection, agency_id, letter_id)


def held(connection: Connection, agency_id: int, letter_id: int) -> tuple[Record, Kept]:
    """A letter under its lock, which comes before that of its case, with the case. Raises InputFault."""
    here = (letter.c.id == letter_id) & (letter.c.agency_id == agency_id)
    connection.execute(select(letter.c.id).where(here).with_for_update())
    kept = find(connection, agency_id, letter_id)
    return records.find(connection, agency_id, kept.number), kept


def _turn(connection: Connection, letter_id: int, **values: Any) -> None:
    connection.execute(update(letter).where(letter.c.id == letter_id).values(values))


@dataclass(frozen=True, slots=True)
class Counted:
    """The numbers of a series in a year: the last given out, those that no letter has, and those that are void."""

    series: str
    year: int
    last: int
    missing: Sequence[int]
    void: Sequence[tuple[str, str]]


def gaps(connection: Connection, agency_id: int) -> list[Counted]:
    """断号: every series with what became of its numbers; a number that no letter has is a fault of the register."""
    issued = letter_issue.c
    rows = connection.execute(
        select(issued.series, issued.year, issued.serial, issued.number, letter.c.state, letter.c.reason)
        .join(letter, letter.c.id == issued.letter_id)
        .where(issued.agency_id == agency_id, issued.serial.is_not(None))
        .order_by(issued.year, issued.series, issued.serial)
    ).all()
    found = []
    for (kind, year), last in sorted(numbers.taken(connection, agency_id, _COUNTER.format("")).items()):
        series = kind.removeprefix(_COUNTER.format(""))
        mine = [row for row in rows if (row.series, row.year) == (series, year)]
        missing = sorted(set(range(1, last + 1)) - {row.serial for row in mine})
        voided = [(row.number, row.reason or "") for row in mine if row.state == LetterState.VOID.value]
        found.append(Counted(series, year, last, missing, voided))
    return found
