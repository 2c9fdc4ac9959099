"""Looking for cases: by number, applicant, words, state, outcome, officer and days; a page at a time, by its last key.

No page is counted off from the beginning: where the one before ended, the next begins, however many there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Text, and_, cast, func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY as PG_ARRAY

from models.personal import FieldCipher
from models.tables import applicant, case_words, request_case
from models.vocabulary import ApplicantKind, Outcome, State
from workflow import standing
from workflow.faults import InputFault
from workflow.standing import Standing
from workflow.words import plainly, words

SIZE, MOST = 50, 200
"""Cases on a page, and the most that may be asked for."""

_NEAR = 3_000
"""Cases that are gone through for a page of words before all that have them are gathered."""

COUNTED_TO = 1_000
"""Cases are counted up to here; more are “more than”."""


@dataclass(frozen=True)
class Query:
    """What is looked for; what is not given does not narrow.

    ``number``: its beginning. ``text``: every word of it in what is asked for. ``applicant``: the whole name, identity
    number or telephone. ``officer``: the whole name; ``""`` for none yet. Days are inclusive. ``order``: ``newest``
    (by day of receipt, the latest first) or ``due`` (what is owed, the earliest last day first).
    """

    number: str = ""
    text: str = ""
    applicant: str = ""
    states: tuple[State, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    kinds: tuple[ApplicantKind, ...] = ()
    officer: str | None = None
    received_from: date | None = None
    received_to: date | None = None
    closed_from: date | None = None
    closed_to: date | None = None
    due_from: date | None = None
    due_to: date | None = None
    open_only: bool = False
    order: str = "newest"

    def __post_init__(self) -> None:
        """Raise InputFault for days in the wrong order, or an order that there is not."""
        for name, label in (("received", "收到日期"), ("closed", "办结日期"), ("due", "答复期限")):
            first, last = getattr(self, f"{name}_from"), getattr(self, f"{name}_to")
            if first is not None and last is not None and last < first:
                raise InputFault(f"{label}：止 {last} 早于起 {first}，应不早于它")
        if self.order not in ORDERS:
            raise InputFault(f"排序：没有“{self.order}”，应为 {'、'.join(ORDERS)}")

    def narrows(self) -> bool:
        """Whether anything but the order is asked for."""
        return self != replace(Query(), order=self.order)

    def is_of_words_alone(self) -> bool:
        """Whether words, each of two characters at least, are all that is asked for."""
        return self == replace(Query(), text=self.text) and all(len(plainly(part)) > 1 for part in self.text.split())

    def to_json(self) -> dict[str, Any]:
        """What was given, as plain JSON: a saved view keeps it."""
        written: dict[str, Any] = {}
        for each in fields(self):
            value = getattr(self, each.name)
            if value != each.default:
                written[each.name] = (
                    [item.value for item in value]
                    if isinstance(value, tuple)
                    else value.isoformat()
                    if isinstance(value, date)
                    else value
                )
        return written


ORDERS = ("newest", "due")


def from_json(written: Mapping[str, Any]) -> Query:
    """The query that :meth:`Query.to_json` wrote; what is no longer known is left out."""
    given: dict[str, Any] = {}
    for name, value in written.items():
        if name in _TERMS:
            known = {term.value: term for term in _TERMS[name]}
            given[name] = tuple(known[each] for each in value if each in known)
        elif name in _DAYS:
            given[name] = date.fromisoformat(value)
        elif name in _PLAIN:
            given[name] = value
    return Query(**given)


_TERMS: dict[str, Any] = {"states": State, "outcomes": Outcome, "kinds": ApplicantKind}
_DAYS = {f"{which}_{end}" for which in ("received", "closed", "due") for end in ("from", "to")}
_PLAIN = {"number", "text", "applicant", "officer", "open_only", "order"}


@dataclass(frozen=True, slots=True)
class Found:
    """A case of a page: how it stands today, who asks and how it ended."""

    case_id: int
    standing: Standing
    applicant: str | None
    applicant_kind: ApplicantKind
    outcome: Outcome | None
    provisional: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Cases in their order, and the keys from which the pages around it go on (None: there is none)."""

    cases: tuple[Found, ...]
    after: str | None
    before: str | None


def page(
    connection: Connection,
    agency_id: int,
    query: Query,
    cipher: FieldCipher,
    today: date,
    *,
    after: str | None = None,
    before: str | None = None,
    size: int = SIZE,
) -> Page:
    """The cases after (or before) a key of another page, or the first ones. Raises InputFault for a key of no page.

    Cases asked for by the beginning of their number come in the order of their numbers, the highest first.
    """
    size = max(1, min(size, MOST))
    order = _Order("number" if query.number.strip() and query.order == "newest" else query.order)
    backwards = before is not None and after is None
    start = order.read(before if backwards else after)
    keys = _keys(connection, agency_id, query, cipher, order, start, size, backwards=backwards)
    more, keys = len(keys) > size, keys[:size]
    if backwards:
        keys = keys[::-1]
    first, last = (order.write(keys[0]), order.write(keys[-1])) if keys else (None, None)
    goes_on = more if not backwards else True
    goes_back = more if backwards else start is not None
    shown = _shown(connection, agency_id, [key.id for key in keys], today)
    return Page(shown, last if goes_on else None, first if goes_back else None)


def _keys(
    connection: Connection,
    agency_id: int,
    query: Query,
    cipher: FieldCipher,
    order: _Order,
    start: _Key | None,
    size: int,
    *,
    backwards: bool,
) -> Sequence[Any]:
    """Id and key of the cases of a page, and of one more if there is."""
    known = request_case.c
    statement = _matching(select(known.id, order.key.label("key")), agency_id, query, cipher)
    if start is not None:
        statement = statement.where(order.past(order.key, known.id, start, backwards=backwards))
    ordered = order.by(order.key, known.id, backwards=backwards)
    if query.text.split():
        # Words that many cases have are among the next ones; to gather and sort all of theirs would take longer.
        near = statement.add_columns(known.subject).order_by(*ordered).limit(_NEAR).subquery()
        own = select(case_words.c.words).where(case_words.c.case_id == near.c.id).scalar_subquery()
        walk = select(near.c.id, near.c.key).where(*_has_words(own, near.c.subject, agency_id, query))
        again = order.by(near.c.key, near.c.id, backwards=backwards)
        found = connection.execute(walk.order_by(*again).limit(size + 1)).all()
        if len(found) > size:
            return found
        statement = statement.join(case_words, _OF_CASE)
        statement = statement.where(*_has_words(case_words.c.words, known.subject, agency_id, query))
        if query.is_of_words_alone():
            # Sorted before they are joined with anything.
            statement = statement.where(
                known.id.in_(_first_of_words(agency_id, query, order, start, size, backwards=backwards))
            )
    return connection.execute(statement.order_by(*ordered).limit(size + 1)).all()


def _shown(connection: Connection, agency_id: int, ids: Sequence[int], today: date) -> tuple[Found, ...]:
    """These cases as they stand ``today``, in the order given."""
    if not ids:
        return ()
    known = request_case.c
    columns = known.id, known.number, known.outcome, known.provisional, known.applicant_kind, applicant.c.name
    rows = connection.execute(
        select(*columns).join(applicant, applicant.c.id == known.applicant_id).where(known.id.in_(ids))
    ).all()
    standings = {each.number: each for each in standing.standings(connection, agency_id, today, ids=ids)}
    found = {
        row.id: Found(
            row.id,
            standings[row.number],
            row.name,
            ApplicantKind(row.applicant_kind),
            Outcome(row.outcome) if row.outcome else None,
            row.provisional,
        )
        for row in rows
    }
    return tuple(found[each] for each in ids)


def count(connection: Connection, agency_id: int, query: Query, cipher: FieldCipher, most: int = COUNTED_TO) -> int:
    """How many cases match, counted up to one more than ``most``."""
    matching = _matching(select(request_case.c.id), agency_id, query, cipher)
    if query.text.split():
        matching = matching.join(case_words, _OF_CASE).where(
            *_has_words(case_words.c.words, request_case.c.subject, agency_id, query)
        )
    statement = matching.limit(most + 1).subquery()
    return int(connection.execute(select(func.count()).select_from(statement)).scalar_one())


# By the day too, which both have: so the indexes that are in the order of a page are enough to look in.
_OF_CASE = and_(case_words.c.case_id == request_case.c.id, case_words.c.came_on == request_case.c.came_on)


def _matching(statement: Select[Any], agency_id: int, query: Query, cipher: FieldCipher) -> Select[Any]:
    """The cases that match but for the words, not yet in order."""
    known = request_case.c
    where = [known.agency_id == agency_id, *_of_terms(query), *_of_days(query)]
    if query.number.strip():
        first = query.number.strip()
        where += [known.number >= first, known.number < first + _LAST_SIGN]
    if query.officer is not None:
        where.append(known.officer == query.officer if query.officer else known.officer.is_(None))
    if query.open_only or query.order == "due":
        where.append(known.is_open)
    if query.applicant.strip():
        statement = statement.join(applicant, applicant.c.id == known.applicant_id)
        where.append(_is_applicant(agency_id, query.applicant.strip(), cipher))
    return statement.where(*where)


def _first_of_words(
    agency_id: int, query: Query, order: _Order, start: _Key | None, size: int, *, backwards: bool
) -> Select[Any]:
    """The cases of a page that only words were asked for."""
    known = case_words.c
    statement = select(known.case_id).where(*_has_words(known.words, None, agency_id, query))
    if start is not None:
        statement = statement.where(order.past(known.came_on, known.case_id, start, backwards=backwards))
    return statement.order_by(*order.by(known.came_on, known.case_id, backwards=backwards)).limit(size + 1)


def _of_terms(query: Query) -> Iterator[ColumnElement[bool]]:
    known = request_case.c
    for column, terms in (
        (known.state, query.states),
        (known.outcome, query.outcomes),
        (known.applicant_kind, query.kinds),
    ):
        values = [term.value for term in terms]
        if values:
            # One value is looked up in the order of its index; several are gone through in that of the page.
            yield column == values[0] if len(values) == 1 else column.in_(values)


def _of_days(query: Query) -> Iterator[ColumnElement[bool]]:
    known = request_case.c
    for column, first, last in (
        (known.came_on, query.received_from, query.received_to),
        (known.closed_on, query.closed_from, query.closed_to),
        (known.reply_due, query.due_from, query.due_to),
    ):
        if first is not None:
            yield column >= first
        if last is not None:
            yield column <= last


def _has_words(own: Any, subject: Any, agency_id: int, query: Query) -> Iterator[ColumnElement[bool]]:
    """Whether what is asked for has every word of the query. ``own``: the words of the case."""
    for part in query.text.split():
        asked = words(agency_id, part)
        if asked:
            yield own.bool_op("@>")(cast(list(asked), PG_ARRAY(Text)))
        else:
            # One character is no word of its own.
            yield subject.contains(plainly(part) or part, autoescape=True)


def _is_applicant(agency_id: int, given: str, cipher: FieldCipher) -> ColumnElement[bool]:
    """The whole name, or the identity number or telephone by its blind index."""
    index = cipher.index(given)
    ways = [applicant.c.name == given]
    if index is not None:
        ways += [applicant.c.identity_index == index, applicant.c.telephone_index == index]
    return and_(applicant.c.agency_id == agency_id, or_(*ways))


_LAST_SIGN = "\U0010ffff"

_NO_DAY = date.max
"""Stands for the last day of a reply that has none now: such cases come last."""


_Key = tuple[date | str | None, int]


class _Order:
    """One of the orders of a list: its key, and how to go on from it."""

    def __init__(self, name: str) -> None:
        known = request_case.c
        self.key: Any = {"newest": known.came_on, "due": known.reply_due, "number": known.number}[name]
        self._due, self._text = name == "due", name == "number"

    def by(self, key: Any, number: Any, *, backwards: bool) -> list[Any]:
        """The order by these columns: the key and the id of a case."""
        # In the order of last days nulls come last by themselves, and first from the end.
        rises = self._due != backwards
        return [key, number] if rises else [key.desc(), number.desc()]

    def past(self, key: Any, number: Any, start: _Key, *, backwards: bool) -> ColumnElement[bool]:
        """Whether a case comes after (or before) the key of another one."""
        value, ident = start
        here = tuple_(key, number)
        if not self._due:
            return here > start if backwards else here < start
        if value is None:
            same = and_(key.is_(None), number < ident if backwards else number > ident)
            return or_(key.is_not(None), same) if backwards else same
        return here < start if backwards else or_(here > start, key.is_(None))

    def write(self, row: Any) -> str:
        """The key of a row of a page, as it stands in an address."""
        return f"{row.key if self._text else (row.key or _NO_DAY).isoformat()}_{row.id}"

    def read(self, written: str | None) -> _Key | None:
        """The key that :meth:`write` wrote. Raises InputFault."""
        if not written:
            return None
        key, _, ident = written.rpartition("_")
        try:
            if self._text:
                return key, int(ident)
            day = date.fromisoformat(key)
            return (None if day == _NO_DAY else day), int(ident)
        except ValueError:
            raise InputFault(f"页码：“{written}”不是本系统给出的页码，应从列表的“下一页”进入") from None
