"""Random lawful case histories: walks through the event table of ``workflow.statute``, on plausible days.

A history is what happened to one request, in order of days: it is received, waits and goes on, ends with one of the
21 outcomes or stays open, and may be taken to reconsideration or to court. The steps are chosen by the table alone,
not by the machine under test.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import count
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, text

from models.personal import FieldCipher
from models.vocabulary import ApplicantKind, Channel, DeadlineKind, EventKind, Outcome, ReviewKind, ReviewResult, State
from tests.conftest import NOW, TODAY, enrol
from workflow import case, desk, options, statute
from workflow.calendar import national_calendar
from workflow.case import Case, Happening
from workflow.desk import Command, Done, History
from workflow.verify import Verification, verify

FIRST_DAY = date(2018, 1, 1)
CLERK = "test:clerk"

CaseHistory = tuple[Happening, ...]


def examples(number: int, *, shrink: bool = True) -> settings:
    """Settings for a property on a database: ``number`` examples, or YISHEN_EXAMPLES of them for a long run.

    Without ``shrink`` a failure is told as it was found: where the failing step names itself, making the cases around
    it smaller is not worth minutes.
    """
    # One database serves all examples of a test; each example puts its own things into it.
    unhurried = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
    wanted = int(os.environ.get("YISHEN_EXAMPLES", number))
    phases = [phase for phase in Phase if shrink or phase not in (Phase.shrink, Phase.explain)]
    return settings(max_examples=wanted, deadline=None, suppress_health_check=unhurried, phases=phases)


def words() -> st.SearchStrategy[str]:
    """Short texts with anything in them that PostgreSQL can store."""
    return st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=6)


def yuan() -> st.SearchStrategy[Any]:
    """Sums of money, in yuan."""
    return st.decimals(0, 5000, places=2)


def _some(**facts: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Facts of which any may be missing."""
    return st.fixed_dictionaries({}, optional=facts)


def _near_new_year() -> st.SearchStrategy[date]:
    years = st.integers(FIRST_DAY.year + 1, TODAY.year)
    return st.builds(lambda year, days: date(year, 1, 1) + timedelta(days), years, st.integers(-40, 20))


def _registrations(first: date, last: date) -> st.SearchStrategy[Happening]:
    days = st.one_of(st.dates(first, last), _near_new_year().filter(lambda day: first <= day <= last))

    def register(day: date, kind: ApplicantKind, subject: str, more: dict[str, Any], back: int) -> Happening:
        facts = {"applicant_kind": kind, "subject": subject, **more}
        if back:
            facts["submitted_on"] = day - timedelta(back - 1)
        return Happening(EventKind.REGISTER, day, facts)

    more = _some(channel=st.sampled_from(Channel), remarks=words())
    return st.builds(register, days, st.sampled_from(ApplicantKind), words(), more, st.integers(0, 5))


# For each event that a case may have on its way: the strategy for its facts, or None where the law has no room for
# it in this case on this day (a second correction, opinions that nobody waits for).
def _ask_correction(folded: Case, day: date) -> st.SearchStrategy[dict[str, Any]] | None:
    return None if folded.corrections else _some(until=st.builds(day.__add__, _days(1, 30)))


def _consult(folded: Case, day: date) -> st.SearchStrategy[dict[str, Any]] | None:
    return _some(delivered=st.builds(day.__add__, _days(0, 5))) if len(folded.consultations) < 3 else None


def _opinions_in(folded: Case, _: date) -> st.SearchStrategy[dict[str, Any]] | None:
    awaited = [number for number, sent in enumerate(folded.consultations, 1) if sent.ended is None]
    return st.fixed_dictionaries({"consultation": st.sampled_from(awaited)}) if awaited else None


def _extend(folded: Case, day: date) -> st.SearchStrategy[dict[str, Any]] | None:
    due = case.deadlines(folded, national_calendar())[-1].due_on
    if folded.extensions or due is None or day > due:
        return None
    return st.fixed_dictionaries({"working_days": st.integers(1, 20)})


def _bill(folded: Case, _: date) -> st.SearchStrategy[dict[str, Any]] | None:
    return None if folded.fees else st.fixed_dictionaries({"billed_yuan": yuan()})


def _pay(folded: Case, _: date) -> st.SearchStrategy[dict[str, Any]] | None:
    return st.fixed_dictionaries({"received_yuan": st.just(folded.fees[-1].billed_yuan)})


def _open_review(folded: Case, _: date) -> st.SearchStrategy[dict[str, Any]] | None:
    if len(folded.reviews) > 2:
        return None
    return st.fixed_dictionaries({"review_kind": st.sampled_from(ReviewKind)}, optional={"remarks": words()})


def _conclude_review(folded: Case, _: date) -> st.SearchStrategy[dict[str, Any]] | None:
    pending = [number for number, record in enumerate(folded.reviews, 1) if record.concluded is None]
    results = [result for result in ReviewResult if result is not ReviewResult.PENDING]
    if not pending:
        return None
    return st.fixed_dictionaries({"review": st.sampled_from(pending), "result": st.sampled_from(results)})


def _days(least: int, most: int) -> st.SearchStrategy[timedelta]:
    return st.builds(timedelta, st.integers(least, most))


ON_THE_WAY: dict[EventKind, Callable[[Case, date], st.SearchStrategy[dict[str, Any]] | None]] = {
    EventKind.ASK_CORRECTION: _ask_correction,
    EventKind.CORRECT: lambda _, __: st.just({}),
    EventKind.CONSULT: _consult,
    EventKind.OPINIONS_IN: _opinions_in,
    EventKind.EXTEND: _extend,
    EventKind.BILL: _bill,
    EventKind.PAY: _pay,
    EventKind.OPEN_REVIEW: _open_review,
    EventKind.CONCLUDE_REVIEW: _conclude_review,
}
_REVIEWS = tuple(step.event for step in statute.ANY_STATE_STEPS)


def allowed(event: EventKind, state: State) -> bool:
    """Whether the event table allows the event in the state."""
    working = statute.working_state(state)
    return event in _REVIEWS if working is None else working in statute.BY_EVENT[event].sources


class _Walk:
    """One case on its way: draws days and facts, keeps the folded case; stops when the days run out."""

    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any], first: date, last: date) -> None:
        self.draw = draw
        self.last = last
        registered = draw(_registrations(first, last))
        self.happenings = [registered]
        self.folded = case.register(replace(registered, facts={**registered.facts, "number": "1"}))
        self.day = registered.happened_on

    def next_day(self) -> bool:
        """Let some days pass; False if that leads beyond the last day."""
        gap = self.draw(st.one_of(st.integers(0, 25), st.integers(0, 25), st.integers(0, 500)))
        self.day += timedelta(gap)
        return self.day <= self.last

    def take(self, event: EventKind, facts: dict[str, Any]) -> None:
        """Take the step. The fold refuses what is not lawful."""
        happening = Happening(event, self.day, facts)
        self.folded = case.apply(self.folded, happening)
        self.happenings.append(happening)

    def wander(self, events: Iterable[EventKind]) -> bool:
        """Take one step of these, if there is room for any; False if the days ran out."""
        if not self.next_day():
            return False
        steps = {event: ON_THE_WAY[event](self.folded, self.day) for event in events if self._may(event)}
        lawful = [event for event, facts in steps.items() if facts is not None]
        if lawful:
            event = self.draw(st.sampled_from(lawful))
            self.take(event, self.draw(steps[event]))
        return True

    def _may(self, event: EventKind) -> bool:
        """Whether the table allows the event here, and the law on this day."""
        bar = options.barred(self.folded, event, national_calendar(), self.day)
        return allowed(event, self.folded.state) and bar is None

    def end(self, outcome: Outcome) -> bool:
        """End with this outcome, after what must come before it; False if the days ran out."""
        event = statute.ENDING[outcome]
        awaited = {
            Outcome.OTHER_NOT_CORRECTED: (EventKind.ASK_CORRECTION, State.PENDING_CORRECTION),
            Outcome.OTHER_FEE_UNPAID: (EventKind.BILL, State.AWAITING_FEE),
        }.get(outcome)
        if awaited is not None and self.folded.state is not awaited[1]:
            if not self._settle() or not self.wander([awaited[0]]):
                return False
            if self.folded.state is not awaited[1]:
                event, outcome = EventKind.CLOSE, Outcome.OTHER_MISC
        unclear = outcome is Outcome.UNAVAILABLE_STILL_UNCLEAR
        if unclear and not self.folded.corrections and not self.wander([EventKind.ASK_CORRECTION]):
            return False
        if event is EventKind.DECIDE and not self._settle():
            return False
        if unclear and not any(correction.received for correction in self.folded.corrections):
            # Too late to ask: the reply is another.
            outcome = Outcome.UNAVAILABLE_NOT_HELD
        if not self.next_day():
            return False
        if event is EventKind.LAPSE:
            self.day = max(self.day, self._awaited_until() + timedelta(1))
            if self.day > self.last:
                return False
        self.take(event, {"outcome": outcome, **self.draw(_some(reply_number=words()))})
        return True

    def _awaited_until(self) -> date:
        """The last day on which the correction or the payment could still come; today if none was set."""
        rows = case.deadlines(self.folded, national_calendar())
        waited = [row for row in rows if row.kind in (DeadlineKind.CORRECTION, DeadlineKind.PAYMENT)]
        return max([self.day, *(row.due_on for row in waited if row.due_on is not None and row.done_on is None)])

    def _settle(self) -> bool:
        """Let everything come in that the case waits for."""
        while self.folded.state is not State.RECEIVED:
            if not self.wander([EventKind.CORRECT, EventKind.PAY, EventKind.OPINIONS_IN]):
                return False
        return True


@st.composite
def histories(draw: Any, first: date = FIRST_DAY, last: date = TODAY) -> CaseHistory:
    """What happened to one request that was received from ``first`` on, up to ``last``."""
    outcome = draw(st.sampled_from([*Outcome, None, None, None, None]))
    walk = _Walk(draw, first, last)
    for _ in range(draw(st.integers(0, 5))):
        if not walk.wander(ON_THE_WAY):
            return tuple(walk.happenings)
    if outcome is not None and walk.end(outcome):
        for _ in range(draw(st.integers(0, 3))):
            if not walk.wander(_REVIEWS):
                break
    return tuple(walk.happenings)


def dockets(most: int = 8, **days: date) -> st.SearchStrategy[list[CaseHistory]]:
    """The cases of one agency."""
    return st.lists(histories(**days), max_size=most)


_made = count(1)


def commands(happenings: Iterable[Happening], actor: str = CLERK) -> list[Command]:
    """Commands for these happenings, each with an id of its own."""
    return [Command(happening, f"test:{next(_made)}", actor) for happening in happenings]


def record(
    connection: Connection, agency_id: int, docket: Sequence[CaseHistory], cipher: FieldCipher
) -> dict[int, CaseHistory]:
    """Record the cases through the one door; gives each history by the id of its case."""
    done = desk.perform_all(connection, agency_id, [History(commands(each)) for each in docket], cipher, NOW)
    return {each.case_id: history for each, history in zip(done, docket, strict=True)}


def perform(engine: Engine, agency_id: int, history: History, cipher: FieldCipher, now: Any = NOW) -> Done:
    """Record one history in a transaction of its own."""
    with engine.begin() as connection:
        return desk.perform(connection, agency_id, history, cipher, now)


def another_agency(engine: Engine) -> int:
    """A new agency; its id."""
    number = next(_made)
    return enrol(engine, f"agency-{number}", f"测试机关{number}")


def verified(connection: Connection) -> Verification:
    """What verification finds."""
    result = Verification(0, 0, [])
    for _ in verify(connection, result):
        pass
    return result


CASE_TABLES = ("report_cell", "report", "deadline", "fee", "review", "case_event", "request_case", "applicant")


def forget_cases(owner: Engine) -> None:
    """Empty the database of cases and reports, as only the owner of the schema can."""
    with owner.begin() as connection:
        for table in CASE_TABLES:
            connection.execute(text(f"DELETE FROM {table}"))


def stored(connection: Connection, query: str, **values: Any) -> list[Any]:
    """The rows of a query."""
    return list(connection.execute(text(query), values))
