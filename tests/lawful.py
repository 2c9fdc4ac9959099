"""A disclosure office at work: new steps recorded through the one door, so that a test of the law reads like its day.

Every step is taken with ``recorded=False``, as an officer of today takes it. Days are written as text, money as whole
yuan; what a step is refused for is given back, after it was seen that nothing of it was stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import Engine, select, text

from models.personal import FieldCipher
from models.tables import agency, deadline, metadata
from models.vocabulary import (
    ApplicantKind,
    AttachmentKind,
    DeadlineKind,
    DeadlineState,
    EventKind,
    Ground,
    Means,
    Outcome,
)
from reports import year_end
from reports.checks import check
from reports.figures import Figures
from reports.rollup import roll_up
from runtime.database import Database
from tests.conftest import NOW
from tests.histories import another_agency, forget_cases, verified
from workflow import attachments, desk, fold, notices, practice_book, records, rules, statute
from workflow.applicants import ApplicantDetails
from workflow.case import Case, Happening
from workflow.clock import Reckoning, reckon
from workflow.desk import Command, Done, History
from workflow.faults import InputFault, Refusal
from workflow.options import Option
from workflow.records import Record

CLERK = "officer:zhang"
RECEIVED = "2026-03-02"
WANG = ApplicantDetails(name="王小明", identity_number="11010519491231002X", telephone="13912345678")
LI = ApplicantDetails(name="李四", identity_number="110105194912310011", telephone="13800001111")
NOBODY = ApplicantDetails()
LETTER = b"%PDF-1.7 a letter"
"""The file that comes with every attachment."""

ONLINE_REVIEW = "https://xzfy.example.gov.cn/shenqing"

_Fault = TypeVar("_Fault", bound=Exception)
_FIRST = {step.event for step in statute.FIRST_STEPS}
_NOT_OURS = {"calendar_day", "calendar_revision", "sealing_key", "user_account"}


def day(written: str) -> date:
    """A day as it is written in the tests."""
    return date.fromisoformat(written)


class Office:
    """An office with one request on the desk: what was entered last, or taken up again by its number."""

    def __init__(self, engine: Engine, agency_id: int, cipher: FieldCipher) -> None:
        """Open the office of the agency; it is the day of ``tests.conftest``."""
        self.engine, self.agency_id, self.cipher = engine, agency_id, cipher
        self.now = NOW
        self.number = ""
        self._taken = 0

    # --- The day's work -------------------------------------------------------------------------------------------

    def today_is(self, written: str) -> None:
        """Let it be noon of this day in Shanghai."""
        self.now = datetime.combine(day(written), time(4), UTC)

    def choose(self, name: str, value: str) -> None:
        """Change a choice of the agency, as its administrator does."""
        with self.engine.begin() as connection:
            practice_book.change(connection, self.agency_id, name, value)

    def register(self, received: str = RECEIVED, applicant: ApplicantDetails = WANG, **facts: Any) -> str:
        """Register a request; gives its number."""
        self.then(EventKind.REGISTER, received, applicant, **facts)
        return self.number

    def arrive(self, on: str, applicant: ApplicantDetails = WANG, **facts: Any) -> str:
        """Take in a request whose day of receipt is not settled; gives its number."""
        self.then(EventKind.ARRIVE, on, applicant, **facts)
        return self.number

    def then(self, event: EventKind, on: str, applicant: ApplicantDetails = WANG, **facts: Any) -> Case:
        """Take a step; gives the case as it is then."""
        case = self._perform(event, on, applicant, facts).case
        self.number = case.number
        return case

    def decide(self, on: str, outcome: Outcome, means: Means = Means.POST_EMS, **facts: Any) -> Case:
        """Send the reply."""
        return self.then(EventKind.DECIDE, on, outcome=outcome, means=means, **facts)

    def grant(self, on: str, means: Means = Means.POST_EMS, **facts: Any) -> Case:
        """Provide the information, after the secrecy review."""
        self.review_secrecy(on)
        return self.decide(on, Outcome.GRANTED, means, **{"ground": Ground.PROVIDED, **facts})

    def refuse(self, on: str, outcome: Outcome = Outcome.REFUSED_INTERNAL_AFFAIRS, **facts: Any) -> Case:
        """Withhold the information, with a reason."""
        return self.decide(on, outcome, **{"reasons": "属于人事管理信息", **facts})

    def review_secrecy(self, on: str, *, may_release: bool = True) -> Case:
        """Have the content reviewed for secrets."""
        return self.then(EventKind.SECRECY_REVIEW, on, reviewer="保密员", may_release=may_release)

    def take_up(self, number: str) -> Case:
        """Take another request to the desk."""
        self.number = number
        return self.case

    # --- What the law does not allow ------------------------------------------------------------------------------

    def refused(self, event: EventKind, on: str, applicant: ApplicantDetails = WANG, **facts: Any) -> Refusal:
        """Try a step that the law does not allow; gives the refusal. Nothing of the step is stored."""
        return self._fails(Refusal, lambda: self._perform(event, on, applicant, facts))

    def decision_refused(self, on: str, outcome: Outcome, means: Means = Means.POST_EMS, **facts: Any) -> Refusal:
        """Try to send a reply that the law does not allow."""
        return self.refused(EventKind.DECIDE, on, outcome=outcome, means=means, **facts)

    def mistaken(self, event: EventKind, on: str, applicant: ApplicantDetails = WANG, **facts: Any) -> InputFault:
        """Try a step whose facts are wrong; gives the fault. Nothing of the step is stored."""
        return self._fails(InputFault, lambda: self._perform(event, on, applicant, facts))

    def _fails(self, kind: type[_Fault], act: Callable[[], Any]) -> _Fault:
        before = self._stored()
        try:
            done = act()
        except kind as fault:
            assert self._stored() == before, "something of a refused step was stored"
            return fault
        raise AssertionError(f"not refused: {done.case.state.label}")

    def _stored(self) -> dict[str, list[str]]:
        tables = sorted(set(metadata.tables) - _NOT_OURS)
        with self.engine.connect() as connection:
            return {table: sorted(connection.scalars(text(f"SELECT t::text FROM {table} t"))) for table in tables}

    # --- What is on file ------------------------------------------------------------------------------------------

    @property
    def record(self) -> Record:
        """The request on the desk as it is stored."""
        with self.engine.connect() as connection:
            return records.find(connection, self.agency_id, self.number)

    @property
    def case(self) -> Case:
        """The case on the desk."""
        return self.record.case

    @property
    def log(self) -> list[fold.Entry]:
        """The log of the case on the desk."""
        with self.engine.connect() as connection:
            return records.entries(connection, self.record.case_id)

    def clock(self, on: str) -> Reckoning:
        """What the clock says on a day."""
        record = self.record
        return reckon(record.case.clock_facts(), record.calendar, day(on))

    def deadline(self, kind: DeadlineKind = DeadlineKind.REPLY, number: int = 1) -> Any:
        """A stored deadline of the case (``due_on``, ``done_on``, ``state``, ``article``); None if there is none."""
        here = (deadline.c.kind == kind.value) & (deadline.c.round == number)
        of_case = select(deadline).where(deadline.c.case_id == self.record.case_id, here)
        with self.engine.connect() as connection:
            return connection.execute(of_case).one_or_none()

    def due(self, kind: DeadlineKind = DeadlineKind.REPLY, number: int = 1) -> str | None:
        """The last day of a deadline that is open; None if there is none, or it is suspended."""
        row = self.deadline(kind, number)
        is_open = row is not None and row.state == DeadlineState.OPEN.value
        return row.due_on.isoformat() if is_open else None

    def option(self, event: EventKind, on: str) -> Option:
        """What is said of a step on a day."""
        (found,) = [option for option in self.record.options(day(on)) if option.event is event]
        return found

    def warnings(self, event: EventKind, on: str, **facts: Any) -> list[str]:
        """What a court would ask about if this step were taken."""
        return rules.warnings(self.case, Happening(event, day(on), _typed(event, facts)), self.record.calendar)

    # --- The report -----------------------------------------------------------------------------------------------

    def report(self, year: int = 2026) -> Figures:
        """The year's figures. They add up (K1 to K3, K5), and with those of the year before (K4)."""
        with self.engine.connect() as connection:
            figures = roll_up(connection, self.agency_id, "测试市数据局", year)
            before = roll_up(connection, self.agency_id, "测试市数据局", year - 1)
        errors = [finding.message for finding in check(figures, before) if finding.level == "error"]
        assert errors == []
        return figures

    def counted(self, year: int = 2026, column: ApplicantKind | None = None) -> dict[str, int]:
        """The rows of table three that are not 0, in one column or in all, but for 总计 of the results."""
        place = -1 if column is None else list(ApplicantKind).index(column)
        rows = self.report(year).applications
        return {path: row[place] or 0 for path, row in rows.items() if row[place] and path != "results/total"}

    def reviewed(self, year: int = 2026) -> dict[str, tuple[int | None, ...]]:
        """The groups of table four that are not 0: 维持, 纠正, 其他, 尚未审结, 总计."""
        return {group: row for group, row in self.report(year).reviews.items() if any(row)}

    def close_the_year(self, year: int = 2026) -> year_end.YearEnd:
        """Do the year-end in the first days of the next year."""
        self.today_is(f"{year + 1}-01-05")
        with self.engine.connect() as connection:
            row = connection.execute(select(agency).where(agency.c.id == self.agency_id)).one()
        return year_end.run(self.engine, row, year, self.cipher, self.now, lambda *_: None)

    def declare_day_off(self, written: str) -> None:
        """Load a day off into the agency's own calendar and let the deadlines move."""
        document = {"days": [{"date": written, "name": "当地节日", "isOffDay": True}]}
        notice = notices.read_notice(document, "notice.json")
        with self.engine.begin() as connection:
            notices.load_and_recompute(connection, self.agency_id, notice, self.cipher, self.now, CLERK)

    def start_arrivals(self) -> int:
        """Let the clocks start that start by themselves."""
        with self.engine.begin() as connection:
            return desk.start_arrivals(connection, self.agency_id, self.cipher, self.now)

    def assert_in_order(self) -> None:
        """The log and all that is derived from it agree."""
        with self.engine.connect() as connection:
            assert verified(connection).findings == []

    # --- The door -------------------------------------------------------------------------------------------------

    def _perform(self, event: EventKind, on: str, applicant: ApplicantDetails, facts: dict[str, Any]) -> Done:
        self._taken += 1
        if event in _FIRST:
            facts = {"applicant_kind": ApplicantKind.NATURAL_PERSON, "subject": "2025年道路养护合同", **facts}
        file = LETTER if event is EventKind.ATTACH else None
        if file is not None:
            facts = {**attachments.facts(AttachmentKind.LETTER, "来文.pdf", file, 20), **facts}
        happening = Happening(event, day(on), _typed(event, facts))
        command = Command(happening, f"lawful:{self._taken}", CLERK, recorded=False, file=file)
        history = History([command], None if event in _FIRST else self.record.case_id)
        with self.engine.begin() as connection:
            return desk.perform(
                connection, self.agency_id, replace(history, applicant=applicant), self.cipher, self.now
            )


@contextmanager
def open_office(database: Database, cipher: FieldCipher) -> Iterator[Office]:
    """An office of its own on a database that tests share; when it closes its log is in order, and then forgotten."""
    office = Office(database.engine, another_agency(database.engine), cipher)
    try:
        yield office
        office.assert_in_order()
    finally:
        forget_cases(database.owner_engine)


def _typed(event: EventKind, facts: dict[str, Any]) -> dict[str, Any]:
    """The facts as the desk takes them: days and yuan from what the test writes."""
    types = {fact.name: fact.type for fact in statute.BY_EVENT[event].facts}
    return {name: _value(value, types.get(name)) for name, value in facts.items()}


def _value(value: Any, kind: str | None) -> Any:
    if kind == "day" and isinstance(value, str):
        return day(value)
    return Decimal(value) if kind == "yuan" and not isinstance(value, Decimal) else value
