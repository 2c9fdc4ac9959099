"""拟办稿: a step is proposed, those who must approve it agree or return it in order, then it is recorded.

Nothing of a case changes until the step is recorded through the desk; the one exception is a secrecy review that is
a place of the route: the reviewer's opinion is the review (Art. 17), and is recorded as such.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from models.personal import FieldCipher
from models.tables import approval, case_event, draft, request_case
from models.vocabulary import Card, DraftState, EventKind, Role, Verdict
from workflow import approvals, calendar_book, desk, inbox, log, options, practice_book, records, staff, statute
from workflow.approvals import Opinion
from workflow.calendar import WorkCalendar
from workflow.case import Happening
from workflow.desk import Command, Done, History, day_of
from workflow.faults import InputFault, Outdated, Refusal
from workflow.records import Record

_ARTICLE = "条例第四十五条"
_UNDER_WAY = (DraftState.IN_REVIEW.value, DraftState.APPROVED.value)

HARMLESS = frozenset(
    {
        *(EventKind.NOTE, EventKind.ATTACH, EventKind.ASSIGN, EventKind.CARRY_OVER, EventKind.RECALCULATE),
        EventKind.SEND_LETTER,
        # What a review says is asked again whenever the draft is looked at.
        EventKind.SECRECY_REVIEW,
    }
)
"""Entries after which a draft still rests on what it rested on; what the law says of it is asked again all the same."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Who proposes, approves or records: the account, the name, as the logs name them, and their roles."""

    account_id: int
    name: str
    actor: str
    roles: Sequence[Role] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft as it stands, with the opinions on it. ``due``: the office's own last day for the opinion awaited."""

    id: int
    number: str
    subject: str
    kind: EventKind
    facts: dict[str, Any]
    route: tuple[Role, ...]
    version: int
    by_id: int
    by: str
    at: datetime
    state: DraftState
    opinions: tuple[Opinion, ...]
    due: date | None

    @property
    def awaited(self) -> Role | None:
        """Whose opinion is next; None where none is awaited."""
        return self.route[len(self.opinions)] if self.state is DraftState.IN_REVIEW else None

    def happening(self, day: date) -> Happening:
        """The step that is proposed, on a day."""
        return Happening(self.kind, day, dict(self.facts))

    def may_sign(self, signer: Signer, *, twice: bool) -> Refusal | None:
        """Why somebody cannot give the opinion that is awaited; None if they can. ``twice``: in several places."""
        role = self.awaited
        if role is None:
            return Refusal(f"拟办稿“{self.state.label}”，没有等待中的审批", _ARTICLE)
        if role not in signer.roles:
            return Refusal(f"现在由{role.label}审批，您没有这一职责", _ARTICLE)
        if signer.account_id == self.by_id:
            return Refusal("本人拟办的，应由他人审批", _ARTICLE)
        if not twice and any(opinion.by_id == signer.account_id for opinion in self.opinions):
            return Refusal("您已经在前一环节审批，本机关不允许同一人签署两个环节", _ARTICLE)
        return None


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says of a draft; ``may_release`` is what a secrecy reviewer found (Art. 17)."""

    verdict: Verdict
    words: str = ""
    may_release: bool | None = None


def propose(
    connection: Connection,
    agency_id: int,
    number: str,
    happening: Happening,
    author: Signer,
    command_id: str,
    version: int,
    now: datetime,
) -> Draft:
    """送审: put a step before those who must approve it, in the caller's transaction; the same command does it once.

    A draft of the same step that the case has outgrown is withdrawn. Raises Refusal (the law does not allow the step,
    one is under way, nobody could approve it), InputFault (the facts are wrong), Outdated (the case has changed).
    """
    known = connection.execute(select(draft.c.id).where(draft.c.command_id == command_id)).scalar_one_or_none()
    if known is not None:
        return find(connection, agency_id, known)
    record = records.find(connection, agency_id, number)
    if _entries(connection, record) != version:
        raise Outdated("打开表单之后，这一办件有了新的记录，本次没有送审；请核对后再提交")
    route = record.practice.route(happening.event)
    if not route:
        raise Refusal(f"按本机关的设置，“{happening.event.label}”不需要审批，请直接登记", _ARTICLE)
    _somebody_for_each(connection, agency_id, route, author)
    happening = options.complete(record.case, happening, record.practice)
    approvals.refuse_unapproved(happening.event, happening.facts)
    facts = log.write_facts(happening.event, happening.facts)
    refusal = _against(record, happening)
    if refusal is not None:
        raise refusal
    for other in _drafts(connection, agency_id, (draft.c.case_id == record.case_id) & draft.c.state.in_(_UNDER_WAY)):
        if other.kind is not happening.event:
            continue
        if obstacle(connection, record, other, day_of(now)) is None:
            raise Refusal(f"已有{other.by}拟办的“{other.kind.label}”{other.state.label}，应先撤回", _ARTICLE)
        _turn(connection, other.id, DraftState.WITHDRAWN)
    row = insert(draft).values(
        agency_id=agency_id,
        case_id=record.case_id,
        kind=happening.event.value,
        facts=facts,
        route=[role.value for role in route],
        version=version,
        by_id=author.account_id,
        by=author.name,
        at=now,
        command_id=command_id,
        state=DraftState.IN_REVIEW.value,
    )
    made = find(connection, agency_id, connection.execute(row.returning(draft.c.id)).scalar_one())
    _call(connection, agency_id, made, now, day_of(now))
    return made


def sign(
    connection: Connection,
    agency_id: int,
    draft_id: int,
    signer: Signer,
    said: Said,
    cipher: FieldCipher,
    now: datetime,
) -> Draft:
    """同意 or 退回修改, by whoever is next, in the caller's transaction.

    Raises InputFault where something is missing, Refusal where it is not theirs to sign or the case has moved on.
    """
    record, found = _held(connection, agency_id, draft_id)
    refusal = found.may_sign(signer, twice=record.practice.approve_twice)
    role = found.awaited
    if refusal is not None or role is None:
        raise refusal or Refusal("没有等待中的审批", _ARTICLE)
    if said.verdict is Verdict.RETURN and not said.words:
        raise InputFault("意见：退回修改的，应写明要改什么")
    if said.verdict is Verdict.AGREE:
        moved = obstacle(connection, record, found, day_of(now))
        if moved is not None:
            raise moved
    place = len(found.opinions) + 1
    if role is Role.SECRECY_REVIEWER and found.kind is EventKind.DECIDE:
        _review(connection, agency_id, record, found, signer, said, cipher, now)
    connection.execute(
        insert(approval).values(
            draft_id=draft_id,
            place=place,
            role=role.value,
            by_id=signer.account_id,
            by=signer.name,
            verdict=said.verdict.value,
            words=said.words,
            at=now,
        )
    )
    if said.verdict is Verdict.RETURN:
        _turn(connection, draft_id, DraftState.RETURNED)
    elif place == len(found.route):
        _turn(connection, draft_id, DraftState.APPROVED)
    after = find(connection, agency_id, draft_id)
    if after.awaited is not None:
        _call(connection, agency_id, after, now, day_of(now))
    else:
        _answer(connection, agency_id, after, now)
    return after


def withdraw(connection: Connection, agency_id: int, draft_id: int, author: Signer) -> Draft:
    """撤回: its author takes back a draft that is under way. Raises Refusal."""
    _, found = _held(connection, agency_id, draft_id)
    if found.by_id != author.account_id:
        raise Refusal("只有拟办人可以撤回", _ARTICLE)
    if found.state.value not in _UNDER_WAY:
        raise Refusal(f"拟办稿“{found.state.label}”，不能撤回", _ARTICLE)
    _turn(connection, draft_id, DraftState.WITHDRAWN)
    return find(connection, agency_id, draft_id)


def enter(
    connection: Connection,
    agency_id: int,
    draft_id: int,
    happening: Happening,
    actor: str,
    cipher: FieldCipher,
    now: datetime,
) -> Done:
    """登记: record an approved draft on the day of ``happening``, which gives no other facts than those known later.

    Raises Refusal where it is not approved or the case has moved on, and as :func:`desk.perform`. Done twice it is
    done once.
    """
    record, found = _held(connection, agency_id, draft_id)
    if found.state is DraftState.APPROVED:
        moved = obstacle(connection, record, found, happening.happened_on)
        if moved is not None:
            raise moved
    command = Command(happening, f"draft:{draft_id}", actor, draft=draft_id)
    history = History([command], record.case_id, version=_entries(connection, record))
    return desk.perform(connection, agency_id, history, cipher, now)


def obstacle(connection: Connection, record: Record, found: Draft, day: date) -> Refusal | None:
    """Why a draft under way no longer stands on a day: the case has moved on, or the law no longer allows the step."""
    known = case_event.c
    since = connection.execute(
        select(known.seq, known.kind)
        .where(known.case_id == record.case_id, known.seq > found.version, known.kind.not_in(_HARMLESS))
        .order_by(known.seq)
        .limit(1)
    ).first()
    if since is not None:
        what = f"第 {since.seq} 条“{EventKind(since.kind).label}”"
        return Refusal(f"送审之后，办件有了新的记录（{what}），应重新送审", _ARTICLE)
    refusal = _against(record, found.happening(day))
    if refusal is None:
        return None
    return Refusal(f"送审之后情况有变：{refusal.sentence}，应重新送审", refusal.article)


_HARMLESS = sorted(kind.value for kind in HARMLESS)


def _against(record: Record, happening: Happening) -> Refusal | None:
    """What the law, and the agency's choices beside the approval itself, say against a step."""
    case, happening = options.if_approved(record.case, happening, record.practice)
    tried = options.what_if(case, happening, record.calendar, record.practice)
    return tried.refusal or tried.lacking


def find(connection: Connection, agency_id: int, draft_id: int) -> Draft:
    """The agency's draft with this number. Raises InputFault."""
    found = _drafts(connection, agency_id, draft.c.id == draft_id)
    if not found:
        raise InputFault(f"没有编号为 {draft_id} 的拟办稿")
    return found[0]


def of_case(connection: Connection, agency_id: int, number: str) -> list[Draft]:
    """The drafts of a case, the newest first."""
    return _drafts(connection, agency_id, request_case.c.number == number)


def waiting(connection: Connection, agency_id: int, signer: Signer) -> list[Draft]:
    """待我审批: the drafts whose next opinion is somebody's to give, the longest waiting first."""
    if not signer.roles:
        return []
    twice = practice_book.read(connection, agency_id).approve_twice
    found = _drafts(connection, agency_id, draft.c.state == DraftState.IN_REVIEW.value)
    return [each for each in reversed(found) if each.may_sign(signer, twice=twice) is None]


def remind(connection: Connection, agency_id: int, now: datetime, today: date) -> int:
    """Tell those whose opinion on a draft is late, once for each place of its route; returns how many were told.

    Late is what has waited longer than the agency's own ``approval_days`` (内部期限); told on working days, as
    deadlines are.
    """
    if not calendar_book.current(connection, agency_id).is_workday(today):
        return 0
    in_review = _drafts(connection, agency_id, draft.c.state == DraftState.IN_REVIEW.value, limit=None)
    late = [each for each in in_review if each.due is not None and each.due < today]
    return sum(_call(connection, agency_id, each, now, today, late=True) for each in late)


def mine(connection: Connection, agency_id: int, author: Signer) -> list[Draft]:
    """What somebody proposed and has to see to: under way, approved and to be recorded, or returned last."""
    open_states = (*_UNDER_WAY, DraftState.RETURNED.value)
    found = _drafts(connection, agency_id, (draft.c.by_id == author.account_id) & draft.c.state.in_(open_states))
    # One that was returned is done with when the step was proposed anew, by whomever, or the case is closed.
    return [each for each in found if each.state is not DraftState.RETURNED or not _followed(connection, each)]


def _followed(connection: Connection, found: Draft) -> bool:
    of = select(draft.c.case_id).where(draft.c.id == found.id).scalar_subquery()
    later = (draft.c.case_id == of) & (draft.c.kind == found.kind.value) & (draft.c.id > found.id)
    is_open = select(request_case.c.is_open).where(request_case.c.id == of)
    more = select(draft.c.id).where(later).limit(1)
    return connection.execute(more).first() is not None or not connection.execute(is_open).scalar_one()


_MOST = 500


def _drafts(
    connection: Connection, agency_id: int, where: ColumnElement[bool], limit: int | None = _MOST
) -> list[Draft]:
    rows = connection.execute(
        select(draft, request_case.c.number, request_case.c.subject)
        .join(request_case, request_case.c.id == draft.c.case_id)
        .where(draft.c.agency_id == agency_id, where)
        .order_by(draft.c.id.desc())
        .limit(limit)
    ).all()
    if not rows:
        return []
    calendar = calendar_book.current(connection, agency_id)
    days = practice_book.read(connection, agency_id).approval_days
    return [_draft(row, approvals.opinions(connection, row.id), calendar, days) for row in rows]


def _draft(row: Any, opinions: Sequence[Opinion], calendar: WorkCalendar, days: int) -> Draft:
    since = day_of(opinions[-1].at if opinions else row.at)
    kind = EventKind(row.kind)
    return Draft(
        id=row.id,
        number=row.number,
        subject=row.subject,
        kind=kind,
        facts=log.read_facts(kind, row.facts),
        route=tuple(Role(role) for role in row.route),
        version=row.version,
        by_id=row.by_id,
        by=row.by,
        at=row.at,
        state=DraftState(row.state),
        opinions=tuple(opinions),
        due=calendar.nth(since, days) if row.state == DraftState.IN_REVIEW.value else None,
    )


def _held(connection: Connection, agency_id: int, draft_id: int) -> tuple[Record, Draft]:
    """A draft under its lock, which comes before that of its case, with the case. Raises InputFault."""
    here = (draft.c.id == draft_id) & (draft.c.agency_id == agency_id)
    connection.execute(select(draft.c.id).where(here).with_for_update())
    found = find(connection, agency_id, draft_id)
    return records.find(connection, agency_id, found.number), found


def _turn(connection: Connection, draft_id: int, state: DraftState) -> None:
    connection.execute(update(draft).where(draft.c.id == draft_id).values(state=state.value))


def _entries(connection: Connection, record: Record) -> int:
    """How many entries the case's log has."""
    counted = select(func.count()).select_from(case_event).where(case_event.c.case_id == record.case_id)
    return int(connection.execute(counted).scalar_one())


def _somebody_for_each(connection: Connection, agency_id: int, route: Sequence[Role], author: Signer) -> None:
    """Raise Refusal where a place of the route could be signed by nobody but the author."""
    people = staff.people(connection, agency_id)
    able = [each for each in people if each.active and each.login is not None and each.id != author.account_id]
    for role in route:
        if not any(role in person.roles for person in able):
            raise Refusal(f"除拟办人外没有可以登录的{role.label}，无人可以审批，请先分配职责", _ARTICLE)


def _review(
    connection: Connection,
    agency_id: int,
    record: Record,
    found: Draft,
    signer: Signer,
    said: Said,
    cipher: FieldCipher,
    now: datetime,
) -> None:
    """Record the reviewer's opinion as the secrecy review that it is. A return may leave it open."""
    if said.may_release is None:
        if said.verdict is Verdict.RETURN:
            return
        raise InputFault("保密审查意见：没有选择是否可以公开，必须选择")
    if said.verdict is Verdict.AGREE and not said.may_release and found.facts["outcome"] in statute.RELEASING:
        raise InputFault("保密审查意见：拟公开的内容不可以公开的，应退回修改")
    facts = {"reviewer": signer.name, "may_release": said.may_release} | ({"remarks": said.words} if said.words else {})
    happening = Happening(EventKind.SECRECY_REVIEW, day_of(now), facts)
    name = f"draft:{found.id}:{len(found.opinions) + 1}"
    history = History([Command(happening, name, signer.actor)], record.case_id)
    desk.perform(connection, agency_id, history, cipher, now)


def _call(
    connection: Connection, agency_id: int, found: Draft, now: datetime, today: date, *, late: bool = False
) -> int:
    """Tell those who may give the next opinion, but its author; returns how many had not been told."""
    role = found.awaited
    if role is None:
        return 0
    sentence = f"“{found.number}”的{found.kind.label}拟办稿送请{role.label}审批，拟办人{found.by}"
    if late:
        sentence += f"；应在 {found.due} 以前审批，已过内部期限，请尽快审批或者退回"
    return sum(
        _tell(connection, agency_id, person.name, found, sentence, now, today, late=late)
        for person in staff.people(connection, agency_id)
        if role in person.roles and person.active and person.id != found.by_id
    )


def _answer(connection: Connection, agency_id: int, found: Draft, now: datetime) -> None:
    """Tell the author what became of the draft."""
    last = found.opinions[-1]
    if found.state is DraftState.APPROVED:
        sentence = f"“{found.number}”的{found.kind.label}拟办稿已经审批同意，请登记"
    else:
        sentence = f"“{found.number}”的{found.kind.label}拟办稿由{last.role.label}{last.by}退回修改：{last.words}"
    _tell(connection, agency_id, found.by, found, sentence, now, day_of(now))


def _tell(
    connection: Connection,
    agency_id: int,
    to: str,
    found: Draft,
    sentence: str,
    now: datetime,
    today: date,
    *,
    late: bool = False,
) -> bool:
    key = f"draft:{found.id}:{len(found.opinions)}{':late' if late else ''}"
    return inbox.tell(connection, agency_id, to, Card.RED if late else Card.NOTICE, sentence, key, now, today)
