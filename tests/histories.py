"""Random lawful case histories: walks through the event table of ``workflow.statute``, on plausible days.

A history is what happened to one request, in order of days: it is received, waits and goes on, ends with one of the
21 outcomes or stays open, is delivered, may be taken to reconsideration or to court and opened again. The steps are
chosen by the table alone, not by the machine under test. Left out is what changes the count of a year that is over
(entries voided, days of receipt and kinds of applicant put right): ``tests.workflow.test_lawful_histories`` has it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from itertools import count
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, text

from models.personal import FieldCipher
from models.vocabulary import (
    ApplicantKind,
    AttachmentKind,
    Channel,
    ConsultationKind,
    DeadlineKind,
    DeadlineState,
    EventKind,
    Matter,
    Means,
    Opinion,
    Outcome,
    RectificationResult,
    ReopenGround,
    ReviewKind,
    ReviewResult,
    RulingForm,
    State,
)
from tests.conftest import NOW, TODAY, enrol
from workflow import desk, fold, options, periods, statute
from workflow.calendar import national_calendar
from workflow.case import Case, Happening
from workflow.desk import Command, Done, History
from workflow.practice import Practice
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


@cache
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


# Strategies are made once where they can be: making them is most of the time that a walk takes.
@cache
def _registrations(first: date, last: date) -> st.SearchStrategy[Happening]:
    # Moved into the span rather than filtered: in a short one hardly a day would be left.
    days = st.one_of(st.dates(first, last), _near_new_year().map(lambda day: min(max(day, first), last)))

    def register(day: date, kind: ApplicantKind, subject: str, more: dict[str, Any], back: int) -> Happening:
        facts = {"applicant_kind": kind, "subject": subject, **more}
        if back:
            facts["submitted_on"] = day - timedelta(back - 1)
        return Happening(EventKind.REGISTER, day, facts)

    more = _some(channel=st.sampled_from(Channel), remarks=words())
    return st.builds(register, days, st.sampled_from(ApplicantKind), words(), more, st.integers(0, 5))


def _as_is(registered: Happening) -> Happening:
    return registered


def _as_a_letter(registered: Happening) -> Happening:
    # A plain letter: the only kind whose clock never starts by itself (Art. 31).
    letter = {"channel": Channel.POST_ORDINARY, "arrived_on": registered.happened_on}
    return Happening(EventKind.ARRIVE, registered.happened_on, {**registered.facts, **letter})


def _to_correct_a_record(registered: Happening) -> Happening:
    return replace(registered, facts={**registered.facts, "matter": Matter.RECTIFICATION})


_ENTRIES = st.sampled_from([*[_as_is] * 12, _as_a_letter, _as_a_letter, _to_correct_a_record])


# For each event that a case may have on its way: the strategy for its facts, or None where the law has no room for
# it in this case on this day (a second correction, opinions that nobody waits for).
def _ask_correction(folded: Case, day: date) -> st.SearchStrategy[dict[str, Any]] | None:
    if folded.corrections:
        return None
    until = st.fixed_dictionaries({"until": st.builds(day.__add__, _days(1, 30))})
    return until | _some(working_days=st.integers(5, 20), delivered=st.builds(day.__add__, _days(0, 5)))


def _deliver_correction(folded: Case, day: date) -> st.SearchStrategy[dict[str, Any]]:
    again = {"until": st.builds(day.__add__, _days(1, 30))}
    came = any(c.received is None and c.delivered is not None for c in folded.of_round("corrections"))
    return st.fixed_dictionaries(again) if came else _some(**again)


def _consult(folded: Case, day: date) -> st.SearchStrategy[dict[str, Any]] | None:
    if len(folded.inquiries) > 2:
        return None

    def ask(kind: ConsultationKind | None, more: dict[str, Any]) -> dict[str, Any]:
        # Asking within the agency stops nothing (Art. 33(3)).
        inside = {"suspends": False} if kind is ConsultationKind.INTERNAL else {}
        return {**more, **inside, **({} if kind is None else {"kind": kind})}

    more = _some(delivered=st.builds(day.__add__, _days(0, 5)), party=words())
    return st.builds(ask, st.none() | st.sampled_from(ConsultationKind), more)


def _of_one(numbers: list[int], name: str, **more: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]] | None:
    """The facts of a step on one of several consultations or reviews; None where there is none for it."""
    return st.fixed_dictionaries({name: st.sampled_from(numbers), **more}) if numbers else None


def _deliver_consultation(folded: Case, _: date) -> st.SearchStrategy[dict[str, Any]] | None:
    return _of_one([sent.number for sent in folded.of_round("inquiries") if sent.delivered is None], "consultation")


def _opinions_in(folded: Case, _: date) -> st.SearchStrategy[dict[str, Any]] | None:
    awaited = [sent.number for sent in folded.of_round("inquiries") if sent.ended is None]
    return _of_one(awaited, "consultation", opinion=st.sampled_from(Opinion))


def _tell_third_party(folded: Case, _: date) -> st.SearchStrategy[dict[str, Any]] | None:
    asked = [i for i in folded.of_round("inquiries") if i.kind is ConsultationKind.THIRD_PARTY and i.ended is not None]
    return _of_one([each.number for each in asked], "consultation", reason=words())


def _extend(folded: Case, day: date) -> st.SearchStrategy[dict[str, Any]] | None:
    due = periods.deadlines(folded, national_calendar())[-1].due_on
    if folded.extensions or due is None or day > due:
        return None
    return st.fixed_dictionaries({"working_days": st.integers(1, 20)})


def _bill(folded: Case, _: date) -> st.SearchStrategy[dict[str, Any]] | None:
    return None if folded.fees else st.fixed_dictionaries({"billed_yuan": yuan()})


def _delay(_: Case, day: date) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"until": st.builds(day.__add__, _days(1, 90))})


def _ask_reasons(_: Case, day: date) -> st.SearchStrategy[dict[str, Any]]:
    return _some(until=st.builds(day.__add__, _days(5, 30)), volume=words())


def _pay(folded: Case, _: date) -> st.SearchStrategy[dict[str, Any]] | None:
    return st.fixed_dictionaries({"received_yuan": st.just(folded.fees[-1].billed_yuan)})


def _open_review(folded: Case, _: date) -> st.SearchStrategy[dict[str, Any]] | None:
    if len(folded.reviews) > 2:
        return None
    # While a reconsideration is pending no suit is possible, and the other way round (行政复议法 Art. 29).
    pending = {review.kind is ReviewKind.RECONSIDERATION for review in folded.reviews if review.concluded is None}
    kinds = [kind for kind in ReviewKind if not pending or (kind is ReviewKind.RECONSIDERATION) in pending]
    return st.fixed_dictionaries({"review_kind": st.sampled_from(kinds)}, optional={"remarks": words()})


def _conclude_review(folded: Case, _: date) -> st.SearchStrategy[dict[str, Any]] | None:
    pending = [record.number for record in folded.reviews if record.concluded is None]
    results = [result for result in ReviewResult if result is not ReviewResult.PENDING]
    return _of_one(pending, "review", result=st.sampled_from(results))


def _answer_review(folded: Case, _: date) -> st.SearchStrategy[dict[str, Any]] | None:
    waiting = [each.number for each in folded.reviews if each.concluded is None and each.answered is None]
    return _of_one(waiting, "review")


def _first_judgment(folded: Case, _: date) -> st.SearchStrategy[dict[str, Any]] | None:
    suits = [each for each in folded.reviews if each.kind is not ReviewKind.RECONSIDERATION and each.concluded is None]
    return _of_one([each.number for each in suits if each.judged is None], "review", ruling_form=_A_FORM)


def _appeal(folded: Case, _: date) -> st.SearchStrategy[dict[str, Any]] | None:
    judged = [each for each in folded.reviews if each.judged is not None and each.concluded is None]
    return _of_one([each.number for each in judged if each.appealed is None], "review")


_A_FORM = st.sampled_from(RulingForm)
_LETTER = st.sampled_from([Means.POST_EMS, Means.POST_REGISTERED])
"""Means by which a reply is made on the day of posting, whatever becomes of the letter (国办公开办函〔2016〕235号)."""


def _reopen(folded: Case, day: date) -> st.SearchStrategy[dict[str, Any]] | None:
    if len(folded.reopenings) > 1:
        return None
    own = st.fixed_dictionaries({"ground": st.just(ReopenGround.OWN_CORRECTION), "reason": words()})
    ordered = {
        review.number: ReopenGround.RECONSIDERATION
        if review.kind is ReviewKind.RECONSIDERATION
        else ReopenGround.JUDGMENT
        for review in folded.reviews
        if review.result is ReviewResult.CORRECTED
    }
    if not ordered:
        return own
    until = _some(until=st.builds(day.__add__, _days(5, 60)))
    rulings = st.sampled_from(sorted(ordered))
    return st.builds(lambda number, more: {"review": number, "ground": ordered[number], **more}, rulings, until)


def _days(least: int, most: int) -> st.SearchStrategy[timedelta]:
    return st.builds(timedelta, st.integers(least, most))


def _always(**facts: st.SearchStrategy[Any]) -> Callable[[Case, date], st.SearchStrategy[dict[str, Any]]]:
    made = st.fixed_dictionaries(facts)
    return lambda _, __: made


ON_THE_WAY: dict[EventKind, Callable[[Case, date], st.SearchStrategy[dict[str, Any]] | None]] = {
    EventKind.ASK_CORRECTION: _ask_correction,
    EventKind.CORRECT: _always(),
    EventKind.CONSULT: _consult,
    EventKind.OPINIONS_IN: _opinions_in,
    EventKind.EXTEND: _extend,
    EventKind.BILL: _bill,
    EventKind.PAY: _pay,
    EventKind.PAUSE: _always(reason=words()),
    EventKind.RESUME: _always(),
    EventKind.ASK_REASONS: _ask_reasons,
    EventKind.REASONS_IN: _always(reasonable=st.booleans()),
    EventKind.DELAY: _delay,
    EventKind.OPEN_REVIEW: _open_review,
    EventKind.CONCLUDE_REVIEW: _conclude_review,
}
BESIDE: dict[EventKind, Callable[[Case, date], st.SearchStrategy[dict[str, Any]] | None]] = {
    EventKind.DELIVER_CORRECTION: _deliver_correction,
    EventKind.DELIVER_CONSULTATION: _deliver_consultation,
    EventKind.TELL_THIRD_PARTY: _tell_third_party,
    EventKind.SEARCH: _always(where=words(), terms=words(), searcher=words(), found=st.booleans()),
    EventKind.SECRECY_REVIEW: _always(reviewer=words(), may_release=st.booleans()),
    EventKind.SPLIT: _always(into=words(), subject=words()),
    EventKind.AMEND: _always(reason=words(), subject=words()),
    EventKind.ASSIGN: _always(officer=st.builds(lambda number: f"经办人 {next(number)}", st.just(count(1)))),
    EventKind.NOTE: _always(text=words()),
    EventKind.ATTACH: _always(
        attachment_kind=st.sampled_from(AttachmentKind),
        name=words(),
        media_type=st.just("application/pdf"),
        size=st.integers(1, 99),
        sha256=st.just("0" * 64),
    ),
    EventKind.SEND_LETTER: _always(
        letter=st.integers(1, 9), code=st.just("L03"), title=words(), sha256=st.just("0" * 64)
    ),
    EventKind.ANSWER_REVIEW: _answer_review,
    EventKind.FIRST_JUDGMENT: _first_judgment,
    EventKind.APPEAL: _appeal,
}
"""What happens beside the waits and changes none of them."""

AFTERWARDS: dict[EventKind, Callable[[Case, date], st.SearchStrategy[dict[str, Any]] | None]] = {
    EventKind.SERVE: _always(),
    EventKind.RETURN: _always(reason=words()),
    EventKind.SERVE_AGAIN: _always(means=_LETTER),
    EventKind.REOPEN: _reopen,
    **{event: ON_THE_WAY[event] for event in (EventKind.OPEN_REVIEW, EventKind.CONCLUDE_REVIEW)},
    **{event: BESIDE[event] for event in (EventKind.ANSWER_REVIEW, EventKind.FIRST_JUDGMENT, EventKind.APPEAL)},
}
"""What happens to a case that has ended."""

BEFORE_RECEIPT: dict[EventKind, Callable[[Case, date], st.SearchStrategy[dict[str, Any]] | None]] = {
    EventKind.CONFIRM: _always(how=words()),
    EventKind.CONTACT: _always(how=words()),
    EventKind.DISMISS: _always(reason=words()),
}
"""What happens to a letter whose day of receipt is not settled."""

_STEPS = {**ON_THE_WAY, **BESIDE, **AFTERWARDS, **BEFORE_RECEIPT}
_OFTEN = {
    EventKind.CONFIRM: 4,
    EventKind.ASK_CORRECTION: 4,
    EventKind.REASONS_IN: 8,
    EventKind.DELAY: 30,
    EventKind.TELL_THIRD_PARTY: 10,
    EventKind.SERVE: 3,
    EventKind.RETURN: 3,
    EventKind.FIRST_JUDGMENT: 4,
    EventKind.APPEAL: 10,
}
"""Steps that the days leave little room for, or that much rests on: taken so many times as often as others."""
_CHARGING = Practice(charges_fees=True)


def allowed(event: EventKind, state: State) -> bool:
    """Whether the event table allows the event in the state."""
    return (statute.working_state(state) or state) in statute.BY_EVENT[event].sources


class _Walk:
    """One case on its way: draws days and facts, keeps the folded case; stops when the days run out."""

    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any], first: date, last: date) -> None:
        self.draw = draw
        self.last = last
        registered = draw(_ENTRIES)(draw(_registrations(first, last)))
        self.happenings = [registered]
        self.folded = fold.first(replace(registered, facts={**registered.facts, "number": "1"}))
        self.day = registered.happened_on

    def next_day(self) -> bool:
        """Let some days pass; False if that leads beyond the last day."""
        gap = self.draw(st.one_of(st.integers(0, 4), st.integers(0, 25), st.integers(0, 500)))
        self.day += timedelta(gap)
        return self.day <= self.last

    def take(self, event: EventKind, facts: dict[str, Any]) -> None:
        """Take the step. The fold refuses what is not lawful."""
        happening = Happening(event, self.day, facts)
        self.folded = fold.apply(self.folded, happening)
        self.happenings.append(happening)

    def wander(self, events: Iterable[EventKind]) -> bool:
        """Take one step of these, if there is room for any; False if the days ran out."""
        if not self.next_day():
            return False
        steps = {event: _STEPS[event](self.folded, self.day) for event in events if self._may(event)}
        lawful = [event for event, facts in steps.items() if facts is not None]
        if lawful:
            event = self.draw(st.sampled_from([each for each in lawful for _ in range(_OFTEN.get(each, 1))]))
            self.take(event, self.draw(steps[event]))
        return True

    def _may(self, event: EventKind) -> bool:
        """Whether the table allows the event here, and the law on this day."""
        if not allowed(event, self.folded.state):
            return False
        return options.barred(self.folded, event, national_calendar(), self.day, _CHARGING) is None

    def arrive(self) -> bool:
        """Let the day of receipt be settled; False if it is not, the days ran out, or it was no request."""
        while self.folded.state is State.UNCONFIRMED:
            if not self.wander(BEFORE_RECEIPT) or self.draw(st.integers(0, 4)) == 0:
                return False
        return self.folded.state is State.RECEIVED

    def live(self, most: int) -> bool:
        """Take some steps on the way; False if the days ran out."""
        return all(
            self.wander(BESIDE if self.draw(st.integers(0, 3)) == 0 else ON_THE_WAY)
            for _ in range(self.draw(st.integers(0, most)))
        )

    def rectify(self) -> bool:
        """End a request to correct a record (Art. 41); False if the days ran out."""
        if not self._settle() or not self.next_day():
            return False
        results = st.fixed_dictionaries({"result": st.sampled_from(RectificationResult), "reason": words()})
        self.take(EventKind.RECTIFY, self.draw(results))
        return True

    def end(self, outcome: Outcome) -> bool:
        """End with this outcome, after what must come before it; False if the days ran out."""
        event = statute.ENDING[outcome]
        if outcome is Outcome.OTHER_MISC:
            event = self.draw(st.sampled_from([EventKind.CLOSE, EventKind.WITHDRAW, EventKind.MERGE]))
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
            until = self._awaited_until()
            if until is None:
                # A letter that was not delivered and names no day: nothing lapses (Art. 30).
                event, outcome = EventKind.CLOSE, Outcome.OTHER_MISC
            elif self.last <= until:
                return False
            else:
                self.day = max(self.day, until + timedelta(1))
        self.take(event, self.draw(_ending_facts(event, outcome)))
        return True

    def _awaited_until(self) -> date | None:
        """The last day on which the correction or the payment could still come; None if none was set."""
        rows = periods.deadlines(self.folded, national_calendar())
        waited = [row for row in rows if row.kind in (DeadlineKind.CORRECTION, DeadlineKind.PAYMENT)]
        open_now = [row.due_on for row in waited if row.state is DeadlineState.OPEN]
        return max((due for due in open_now if due is not None), default=None)

    def _settle(self) -> bool:
        """Let everything come in that the case waits for."""
        while self.folded.state is not State.RECEIVED:
            if not self.wander([EventKind.CORRECT, EventKind.PAY, EventKind.OPINIONS_IN, EventKind.RESUME]):
                return False
        return True


@cache
def _ending_facts(event: EventKind, outcome: Outcome) -> st.SearchStrategy[dict[str, Any]]:
    if event is EventKind.WITHDRAW:
        return _some(how=words(), identity_checked=st.booleans())
    if event is EventKind.MERGE:
        return st.fixed_dictionaries({"into": words()})
    means = {"means": _LETTER} if event is EventKind.DECIDE else {}
    return st.fixed_dictionaries({"outcome": st.just(outcome)}, optional={"reply_number": words(), **means})


@st.composite
def histories(draw: Any, first: date = FIRST_DAY, last: date = TODAY) -> CaseHistory:
    """What happened to one request that was received from ``first`` on, up to ``last``."""
    outcome = draw(st.sampled_from([*Outcome, None, None, None, None]))
    walk = _Walk(draw, first, last)
    if not walk.arrive() or not walk.live(5):
        return tuple(walk.happenings)
    if walk.folded.matter is Matter.RECTIFICATION:
        if outcome is not None:
            walk.rectify()
        return tuple(walk.happenings)
    if outcome is None or not walk.end(outcome):
        return tuple(walk.happenings)
    for _ in range(draw(st.integers(0, 4))):
        if walk.folded.is_open():
            again = draw(st.sampled_from([*Outcome, None]))
            if not walk.live(2) or again is None or not walk.end(again):
                break
        elif not walk.wander(AFTERWARDS):
            break
    return tuple(walk.happenings)


def dockets(most: int = 8, **days: date) -> st.SearchStrategy[list[CaseHistory]]:
    """The cases of one agency."""
    return st.lists(histories(**days), max_size=most)


_made = count(1)


def commands(happenings: Iterable[Happening], actor: str = CLERK, *, recorded: bool = True) -> list[Command]:
    """Commands for these happenings, each with an id of its own.

    As the past holds them (no letters, no reviews), or as an officer of today takes them.
    """
    return [Command(happening, f"test:{next(_made)}", actor, recorded) for happening in happenings]


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


CASE_TABLES = (
    "report_issue_share",
    "report_issue_case",
    "report_issue",
    "report_cell",
    "report",
    "approval",
    "draft",
    "attachment",
    "deadline",
    "fee",
    "review",
    "case_words",
    "case_event",
    "request_case",
    "applicant",
)


def forget_cases(owner: Engine) -> None:
    """Empty the database of cases and reports, as only the owner of the schema can."""
    with owner.begin() as connection:
        for table in CASE_TABLES:
            connection.execute(text(f"DELETE FROM {table}"))


def stored(connection: Connection, query: str, **values: Any) -> list[Any]:
    """The rows of a query."""
    return list(connection.execute(text(query), values))
