"""批量文书: the same letter for many cases, as a job: its rows are written at once, each letter is signed by itself.

A letter and its number are one transaction, so a job that is stopped at any moment goes on with the next letter; what
cannot be made says why in its row and holds nothing up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, literal, select, update

from letters import book
from letters.book import Sending, Wanted
from letters.catalogue import BY_CODE
from models.personal import FieldCipher
from models.tables import letter, request_case
from models.vocabulary import Card, LetterState, Means, Topic
from workflow import inbox, log, outbox, practice_book, staff
from workflow.desk import day_of
from workflow.faults import InputFault, Outdated, Refusal

MOST = 5_000
"""Cases of one batch."""

_ARTICLE = "条例第四十五条"
SIGN, SEND = "sign", "send"
_UNDER_WAY = (LetterState.DRAFT.value, LetterState.SIGNED.value)


@dataclass(frozen=True, slots=True)
class Progress:
    """How a batch stands: letters in all, by state, and those that could not be made or sent, with why."""

    batch: str
    code: str
    made_by: str
    made_at: datetime
    total: int
    states: Mapping[LetterState, int]
    faults: Sequence[tuple[int, str, str]]

    @property
    def title(self) -> str:
        """The letter."""
        return BY_CODE[self.code].title


def start(
    connection: Connection,
    agency_id: int,
    numbers: Sequence[str],
    wanted: Wanted,
    batch: str,
    actor: str,
    now: datetime,
) -> int:
    """Write the drafts of a batch and the job that signs them, in the caller's transaction; gives how many are new.

    The same batch started again changes nothing. A case with such a letter under way is passed over. Raises InputFault
    for unknown cases, Refusal for a step that must be approved one by one.
    """
    kind, step = BY_CODE.get(wanted.code), wanted.step
    if kind is None:
        raise InputFault(f"文书种类“{wanted.code}”不存在，应为：{'、'.join(BY_CODE)}")
    if not 0 < len(set(numbers)) <= MOST:
        raise InputFault(f"批量文书：有 {len(set(numbers))} 件办件，应为 1 至 {MOST} 件")
    if step is not None:
        if step.event not in kind.events:
            raise InputFault(f"《{kind.title}》不随“{step.event.label}”发出")
        if practice_book.read(connection, agency_id).route(step.event):
            raise Refusal(f"按本机关的设置，“{step.event.label}”应逐件送审，不能批量拟稿", _ARTICLE)
        log.check_names(step.event, step.facts)
    here = (request_case.c.agency_id == agency_id) & request_case.c.number.in_(set(numbers))
    known = set(connection.execute(select(request_case.c.number).where(here)).scalars())
    if unknown := sorted(set(numbers) - known):
        raise InputFault(f"NUMBER：没有登记编号为“{'”“'.join(unknown[:10])}”的办件")
    # Whoever starts the same batch, or drafts a letter of one of these cases, at the same moment waits here.
    connection.execute(select(request_case.c.id).where(here).order_by(request_case.c.id).with_for_update())
    means = wanted.means if step is None else step.facts.get("means", wanted.means)
    mine = (letter.c.case_id == request_case.c.id) & (letter.c.code == kind.code)
    rounds = select(func.count() + 1).where(mine).correlate(request_case).scalar_subquery()
    values = {
        "agency_id": literal(agency_id),
        "case_id": request_case.c.id,
        "code": literal(kind.code),
        "round": rounds,
        "event": literal(None if step is None else step.event.value, letter.c.event.type),
        "facts": literal({} if step is None else log.write_facts(step.event, step.facts), letter.c.facts.type),
        "texts": literal(dict(wanted.texts), letter.c.texts.type),
        "version": request_case.c.version,
        "batch": literal(batch),
        "made_by": literal(actor),
        "made_at": literal(now, letter.c.made_at.type),
        "command_id": literal(f"{batch}:") + request_case.c.number,
        "state": literal(LetterState.DRAFT.value),
        "means": literal(None if means is None else means.value, letter.c.means.type),
    }
    under_way = select(letter.c.id).where(mine, letter.c.state.in_(_UNDER_WAY)).exists()
    rows = select(*values.values()).where(here, ~under_way).order_by(request_case.c.id)
    new = insert(letter).from_select(list(values), rows).returning(letter.c.id)
    made = len(connection.execute(new).all())
    if made:
        _put(connection, agency_id, batch, {"act": SIGN, "actor": actor}, now, f"{batch}:{SIGN}")
    return made


def send(
    connection: Connection,
    agency_id: int,
    batch: str,
    sending: Sending,
    tracking: Mapping[str, str],
    actor: str,
    now: datetime,
) -> int:
    """Write the job that sends the signed letters of a batch; gives how many there are. ``tracking``: 邮件号 by 文号.

    Raises InputFault where there are none, or the day has not come.
    """
    if sending.on > day_of(now):
        raise InputFault(f"发出日期 {sending.on} 晚于今天 {day_of(now)}")
    kept = [each for each in book.of_batch(connection, agency_id, batch) if each.state is LetterState.SIGNED]
    if not kept:
        raise InputFault(f"批次“{batch}”没有已签发、待发出的文书")
    strange = sorted(set(tracking) - {each.document_number for each in kept})
    if strange:
        raise InputFault(f"邮件号：批次中没有文号为“{'”“'.join(strange[:10])}”的待发文书")
    _mark(connection, agency_id, batch, LetterState.SIGNED, None)
    payload = {
        "act": SEND,
        "actor": actor,
        "on": sending.on.isoformat(),
        "means": None if sending.means is None else sending.means.value,
        "tracking": dict(tracking),
        "enclosed": sending.enclosed,
    }
    _put(connection, agency_id, batch, payload, now, None)
    return len(kept)


def again(connection: Connection, agency_id: int, batch: str, actor: str, now: datetime) -> int:
    """Try anew to sign the letters of a batch that could not be; gives how many there are."""
    count = _mark(connection, agency_id, batch, LetterState.DRAFT, None)
    if count:
        _put(connection, agency_id, batch, {"act": SIGN, "actor": actor}, now, None)
    return count


def _mark(connection: Connection, agency_id: int, batch: str, state: LetterState, fault: str | None) -> int:
    here = (letter.c.agency_id == agency_id) & (letter.c.batch == batch) & (letter.c.state == state.value)
    return connection.execute(update(letter).where(here).values(fault=fault)).rowcount


def _put(
    connection: Connection, agency_id: int, batch: str, payload: dict[str, Any], now: datetime, dedup: str | None
) -> None:
    outbox.put(connection, agency_id, Topic.LETTER_BATCH, {"batch": batch, **payload}, now, dedup=dedup)


def run(
    engine: Engine,
    agency_id: int,
    payload: Mapping[str, Any],
    cipher: FieldCipher,
    now: datetime,
    each_done: Callable[[int], None] = lambda _done: None,
) -> tuple[int, int]:
    """Do the job of a batch, one letter a transaction; gives how many were done now and how many could not be.

    Stopped at any moment and run again it goes on where it was: what is signed or sent already is passed over.
    """
    batch, act, actor = payload["batch"], payload["act"], payload["actor"]
    state = LetterState.DRAFT if act == SIGN else LetterState.SIGNED
    with engine.connect() as connection:
        waiting = [
            each for each in book.of_batch(connection, agency_id, batch) if each.state is state and each.fault is None
        ]
    done = failed = 0
    for each in waiting:
        try:
            with engine.begin() as connection:
                if act == SIGN:
                    book.sign(connection, agency_id, each.id, actor, cipher, now)
                else:
                    book.send(connection, agency_id, each.id, _sending(payload, each), actor, cipher, now)
            done += 1
        except (InputFault, Outdated, Refusal) as fault:
            with engine.begin() as connection:
                connection.execute(update(letter).where(letter.c.id == each.id).values(fault=str(fault)[:500]))
            failed += 1
        each_done(done + failed)
    return done, failed


def _sending(payload: Mapping[str, Any], kept: book.Kept) -> Sending:
    means = payload["means"]
    tracking = payload["tracking"].get(kept.document_number, "")
    by = None if means is None else Means(means)
    return Sending(date.fromisoformat(payload["on"]), by, tracking, enclosed=payload.get("enclosed", ""))


def tell(connection: Connection, agency_id: int, payload: Mapping[str, Any], job: int, now: datetime) -> None:
    """Tell the office how a batch stands when its job is done."""
    found = progress(connection, agency_id, payload["batch"])
    if found is None:
        return
    done = "签发" if payload["act"] == SIGN else "发出"
    counted = "，".join(f"{state.label} {number} 份" for state, number in found.states.items())
    wrong = f"；{len(found.faults)} 份没有完成，请在批次页面查看原因" if found.faults else ""
    sentence = f"批量文书《{found.title}》{done}完毕：共 {found.total} 份，{counted}{wrong}"
    card = Card.YELLOW if found.faults else Card.NOTICE
    key = f"letters:{payload['batch']}:{job}"
    inbox.tell(connection, agency_id, staff.WHOLE_OFFICE, card, sentence, key, now, day_of(now))


def progress(connection: Connection, agency_id: int, batch: str) -> Progress | None:
    """How a batch stands; None where there is none of that name."""
    kept = book.of_batch(connection, agency_id, batch)
    if not kept:
        return None
    states = {state: sum(each.state is state for each in kept) for state in LetterState}
    return Progress(
        batch=batch,
        code=kept[0].code,
        made_by=kept[0].made_by,
        made_at=kept[0].made_at,
        total=len(kept),
        states={state: number for state, number in states.items() if number},
        faults=[(each.id, each.number, each.fault) for each in kept if each.fault],
    )


def batches(connection: Connection, agency_id: int, limit: int = 50) -> list[Progress]:
    """The agency's batches, the newest first."""
    known = letter.c
    names = connection.execute(
        select(known.batch)
        .where(known.agency_id == agency_id, known.batch.is_not(None))
        .group_by(known.batch)
        .order_by(func.max(known.id).desc())
        .limit(limit)
    ).scalars()
    return [found for name in names if (found := progress(connection, agency_id, name)) is not None]
