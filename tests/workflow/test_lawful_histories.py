"""Random lawful histories around New Year, walked step by step as the law offers them (可以办什么).

Each step is chosen from what ``options`` allows on a day between November and the spring after; barred steps are
tried too. After every step the case is held against the event table, against its log folded again, against the slow
reckoning of the tests, and against the arithmetic of the report. Two layers walk the same way: one on paper, without
a database, by thousands; one at the real desk, where also what is stored is verified and rolled up.

The default run is the same every time. YISHEN_EXAMPLES=N makes it another one each time, with at least N histories
around each New Year; what fails is told with the numbers to repeat it.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import count
from random import Random
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from sqlalchemy import Connection, select, text

from models.personal import FieldCipher
from models.tables import agency, deadline, fee, request_case, review
from models.vocabulary import (
    ApplicantKind,
    AttachmentKind,
    Channel,
    ConsultationKind,
    DeadlineKind,
    DeadlineState,
    EventKind,
    Ground,
    Matter,
    Means,
    Opinion,
    Outcome,
    Procedure,
    RectificationResult,
    ReopenGround,
    ReviewKind,
    ReviewResult,
    RulingForm,
    State,
    Tariff,
    Term,
)
from reports import checks, year_end
from reports.edition import edition_for_year
from reports.figures import Figures, zero_figures
from reports.rollup import roll_up
from runtime.database import Database
from tests.histories import another_agency, forget_cases, verified
from tests.lawful import LETTER
from tests.workflow.slow_reckoning import Days, LogOfACase, correction_due, deadlines_of, slow_reckoning, window_end
from workflow import (
    arrivals,
    attachments,
    calendar_book,
    clock,
    desk,
    fees,
    fold,
    intake,
    joint,
    log,
    notices,
    options,
    periods,
    practice_book,
    records,
    rules,
    statute,
)
from workflow.applicants import ApplicantDetails
from workflow.calendar import DayRule, WorkCalendar, announced_years, national_calendar, national_rules
from workflow.case import Case, Happening, from_snapshot, to_snapshot
from workflow.desk import CHINA, Command, Done, History
from workflow.faults import InputFault, Refusal
from workflow.fold import Entry
from workflow.options import Option
from workflow.practice import Practice, shown

LONG_RUN = int(os.environ.get("YISHEN_EXAMPLES", "0"))
NEW_YEARS = (2021, 2024, 2026, 2027)
"""The New Years that are walked around: the forms change with 2021, and the days of 2027 are not announced yet."""
ON_PAPER, AT_THE_DESK = {8: 250, 16: 210, 36: 60}, {10: 14, 22: 16}
A_FEW = {8: 50, 16: 40, 36: 10}
"""So many in every run of the tests; the thousands are a suite of their own (make histories)."""
"""How many histories of which length around each New Year: on paper all four, at the desk the last two."""
LONGEST = 40
SEEDS = st.integers(0, 2**64 - 1)
CLERK = "test:clerk"
SOMEBODY = ApplicantDetails(name="王某", identity_number="110101199001011234", telephone="13800000000")
ONE_DAY = timedelta(days=1)

Facts = dict[str, Any]


# What is told of a run, so that it cannot quietly become trivial


@dataclass
class Tally:
    """What the walks of one run have met."""

    lengths: list[int] = field(default_factory=list)
    events: Counter[EventKind] = field(default_factory=Counter)
    met: Counter[Any] = field(default_factory=Counter)
    facts: set[tuple[EventKind, str]] = field(default_factory=set)
    speechless: Counter[EventKind] = field(default_factory=Counter)
    crossed: int = 0
    different: set[int] = field(default_factory=set)

    def told(self) -> str:
        """A line for the log of the run."""
        steps = sum(self.lengths)
        return (
            f"{len(self.lengths)} histories, {len(self.different)} different, {steps} events, {steps / len(self.lengths):.1f} each, at most "
            f"{max(self.lengths)}; {self.crossed} over New Year; {self.met['barred']} barred steps refused, "
            f"{self.met['fact left out']} for want of a fact, {self.met['fact spoiled']} for a wrong one, "
            f"{self.met['late entry']} entered later, {self.met['late entry refused']} of these refused, "
            f"{self.met['void refused']} voidings refused, {self.met['setting']} settings changed, "
            f"{self.met['notice']} notices, {self.met['deadline']} deadlines reckoned twice"
        )


# The office: on paper, and at the real desk


class Paper:
    """An office of one case without a database: what the desk does to a case, done in memory."""

    sibling = "2025-0002"
    new_year = 0
    favourite = Outcome.GRANTED

    def given(self, dice: Random) -> Facts:
        """What a desk would find out by itself."""
        return {"number": "2025-0001", "month_ordinal": dice.randint(1, 35)}

    def __init__(self, practice: Practice, today: date) -> None:
        self.practice, self.today = practice, today
        self.calendar: WorkCalendar = national_calendar()
        self.days = Days()
        self.notice: dict[int, tuple[DayRule, ...]] = {}
        self.own: dict[date, DayRule] = {}
        self.entries: list[Entry] = []
        self._case: Case | None = None

    @property
    def case(self) -> Case:
        """The case as it is."""
        assert self._case is not None
        return self._case

    def perform(self, happening: Happening) -> None:
        """Let it happen. Raises Refusal."""
        happening = options.complete(self._case, happening, self.practice)
        happening = arrivals.settled(self._case, happening, self.calendar, self.practice, self.today)
        facts = log.read_facts(happening.event, log.write_facts(happening.event, happening.facts))
        assert facts == {name: value for name, value in happening.facts.items() if value is not None}
        happening = replace(happening, facts=facts)
        if happening.event is EventKind.VOID:
            barred = options.barred(self.case, happening.event, self.calendar, happening.happened_on)
            if barred is not None:
                raise barred
            self._case = fold.void(self.entries, happening)
        else:
            self._case, irregular = options.follow(self._case, happening, self.calendar, self.practice, recorded=False)
            assert irregular is None
        self.entries.append(Entry(len(self.entries) + 1, happening))

    def start_arrivals(self) -> None:
        """Let the clock start that starts by itself."""
        if self.case.state is State.UNCONFIRMED:
            for _, happening in arrivals.starting(iter([(1, self.case)]), self.calendar, self.practice, self.today):
                self.perform(happening)

    def end_year(self, year: int) -> None:
        """Carry the case over if it is open."""
        case, last_day = self.case, date(year, 12, 31)
        working = statute.working_state(case.state) is not None
        left = case.is_counted() and working and case.received <= last_day and case.closed is None
        if left and year not in case.carried_over:
            self.perform(Happening(EventKind.CARRY_OVER, last_day, {"year": year}))

    def change_days(self, year: int | None, changed: Sequence[DayRule]) -> None:
        """Apply the notice for a whole year, or single days of the office's own; deadlines that move are an event."""
        if year is None:
            self.own |= {each.day: each for each in changed}
        else:
            self.notice[year] = tuple(changed)
        before, self.calendar = self.calendar, calendar_of(self.notice, self.own.values())
        self.days = days_of(self.notice, self.own.values())
        if self._case is None or self.case.received is None:
            return
        rows = periods.deadlines(self.case, before)
        runs = self.case.is_open() or any(row.state is DeadlineState.OPEN for row in rows)
        if runs and periods.deadlines(self.case, self.calendar) != rows:
            facts = {"calendar_revision": self.calendar.revision}
            self.perform(Happening(EventKind.RECALCULATE, self.today, facts))

    def change_setting(self, name: str, value: Any) -> None:
        """Choose something else from now on."""
        self.practice = replace(self.practice, **{name: value})

    def trace(self) -> Any:
        """Something that differs if anything was changed."""
        return self._case, len(self.entries)

    def check(self) -> None:
        """What is stored is checked where something is stored."""

    def close(self) -> None:
        """The history is over."""


def calendar_of(notice: dict[int, tuple[DayRule, ...]], own: Iterable[DayRule]) -> WorkCalendar:
    """The calendar as notices and an office's own days make it."""
    given = [each for year in range(2018, 2030) for each in notice.get(year, national_rules(year))]
    own = list(own)
    return WorkCalendar([*given, *own], announced_years() | set(notice), revision=len(notice) + len(own))


def days_of(notice: dict[int, tuple[DayRule, ...]], own: Iterable[DayRule]) -> Days:
    """The same days for the slow reckoning."""
    changed = {each.day: each.working for rules_of in notice.values() for each in rules_of}
    return Days(changed | {each.day: each.working for each in own}, notice)


_made = count(1)


class Desk(Paper):
    """The real desk of a new agency, with another open request of the same person; all that is stored is checked."""

    def __init__(self, practice: Practice, today: date, database: Database, cipher: FieldCipher) -> None:
        super().__init__(Practice(), today)
        self.engine, self.cipher = database.engine, cipher
        forget_cases(database.owner_engine)
        with database.owner_engine.begin() as connection:
            connection.execute(text("DELETE FROM calendar_day WHERE revision_id > 1"))
            connection.execute(text("DELETE FROM calendar_revision WHERE id > 1"))
        self.agency_id = another_agency(self.engine)
        self.case_id: int | None = None
        self.reread()
        self.known_days = {self.calendar.revision: self.days}
        facts = {"applicant_kind": ApplicantKind.OTHER, "subject": "另一件"}
        done = self._command(Happening(EventKind.REGISTER, today, facts), None)
        self.sibling = done.case.number
        for each in fields(Practice):
            if getattr(practice, each.name) != getattr(self.practice, each.name):
                self.change_setting(each.name, getattr(practice, each.name))

    def given(self, dice: Random) -> Facts:
        """Nothing: the desk gives a number and knows the place in the month."""
        return {}

    @property
    def now(self) -> datetime:
        """Ten in the morning of today."""
        return datetime.combine(self.today, time(10), CHINA)

    def _command(self, happening: Happening, case_id: int | None) -> Done:
        file = LETTER if happening.event is EventKind.ATTACH else None
        history = History([Command(happening, f"walk:{next(_made)}", CLERK, file=file)], case_id, SOMEBODY)
        done = self._perform(history)
        assert done.events == 1
        if len(self.entries) % 5 == 0:
            again = self._perform(replace(history, case_id=done.case_id))
            assert (again.events, again.case) == (0, done.case)
        return done

    def _perform(self, history: History) -> Done:
        with self.engine.begin() as connection:
            return desk.perform(connection, self.agency_id, history, self.cipher, self.now)

    def perform(self, happening: Happening) -> None:
        """Let it happen, in a transaction of its own, and once. Raises Refusal."""
        splits = happening.event is EventKind.SPLIT
        done = self._split(happening) if splits else self._command(happening, self.case_id)
        self.case_id = done.case_id
        self.reread()
        assert done.case == self.case

    def _split(self, happening: Happening) -> Done:
        keep, on = happening.facts["subject"].strip() or "一", happening.happened_on
        with self.engine.begin() as connection:
            return joint.split(
                connection, self.agency_id, self.case.number, keep, ["另一项"], self.cipher, self.now, CLERK, on
            )[0]

    def reread(self) -> None:
        """Take case, log and calendar as they are stored."""
        with self.engine.connect() as connection:
            self.calendar = calendar_book.current(connection, self.agency_id)
            if self.case_id is not None:
                of_case = select(request_case.c.snapshot).where(request_case.c.id == self.case_id)
                self._case = from_snapshot(connection.execute(of_case).scalar_one())
                self.entries = records.entries(connection, self.case_id)

    def start_arrivals(self) -> None:
        """Let the clocks start that start by themselves."""
        with self.engine.begin() as connection:
            desk.start_arrivals(connection, self.agency_id, self.cipher, self.now)
        self.reread()

    def end_year(self, year: int) -> None:
        """Run the year-end job."""
        with self.engine.connect() as connection:
            row = connection.execute(select(agency).where(agency.c.id == self.agency_id)).one()
        result = year_end.run(self.engine, row, year, self.cipher, self.now, lambda _, __: None)
        assert result.findings == []
        assert result.ok
        self.reread()

    def change_days(self, year: int | None, changed: Sequence[DayRule]) -> None:
        """Load a notice and recompute."""
        if year is None:
            self.own |= {each.day: each for each in changed}
        else:
            self.notice[year] = tuple(changed)
        self.days = days_of(self.notice, self.own.values())
        notice = notices.Notice(year, tuple(changed), "test")
        with self.engine.begin() as connection:
            whose = self.agency_id if year is None else None
            notices.load_and_recompute(connection, whose, notice, self.cipher, self.now, CLERK)
        self.reread()
        self.known_days[self.calendar.revision] = self.days

    def change_setting(self, name: str, value: Any) -> None:
        """Change the setting as an administrator does."""
        written = "是" if value is True else "否" if value is False else str(value)
        if isinstance(value, tuple):
            written = shown(value)
        with self.engine.begin() as connection:
            _, self.practice = practice_book.change(connection, self.agency_id, name, written)
        assert getattr(self.practice, name) == value

    def trace(self) -> Any:
        """What is stored of every case."""
        with self.engine.connect() as connection:
            statement = text("SELECT id, version, head_hash, snapshot::text FROM request_case ORDER BY id")
            cases = [tuple(row) for row in connection.execute(statement)]
            return cases, connection.execute(text("SELECT count(*) FROM case_event")).scalar_one()

    def check(self) -> None:
        """Everything stored is what the logs give, and the report counts it."""
        with self.engine.connect() as connection:
            assert verified(connection).findings == []
            statement = select(request_case).where(request_case.c.agency_id == self.agency_id)
            rows = connection.execute(statement).all()
            logs = {row.id: LogOfACase(plain(records.entries(connection, row.id))) for row in rows}
            for row in rows:
                assert_stored(connection, row, logs[row.id], self.known_days[row.calendar_revision])
            new_year = self.new_year
            cells = sum((counted(each, new_year) for each in logs.values()), Counter())
            before = None
            for year in years_around(new_year):
                figures = roll_up(connection, self.agency_id, "测试机关", year)
                assert figures.applications == figures_of(cells, year).applications
                assert checks.check(figures, before) == []
                before = figures


# The clerk: facts that make a step lawful


class Clerk:
    """Writes the facts of a step that the law allows on ``day``, a method for each event, so that it is lawful.

    None where there are none after all: every entry may have others that rest on it, and a letter that was not answered
    may not have been delivered.
    """

    def __init__(self, office: Paper, dice: Random, day: date) -> None:
        self.office, self.dice, self.day = office, dice, day
        self.option: Option | None = None
        self.refused = 0

    def facts(self, option: Option) -> Facts | None:
        """Facts for a step that is allowed."""
        self.option = option
        return METHODS[option.event](self)

    def chance(self, share: float) -> bool:
        return self.dice.random() < share

    def later(self, least: int, most: int) -> date:
        return self.day + self.dice.randint(least, most) * ONE_DAY

    def so_far(self, most: int) -> date:
        """Some days later, but not in the future."""
        return min(self.later(0, most), self.office.today)

    def words(self) -> str:
        return "".join(self.dice.choices("某村征地批复规划环评预算“”、\n%_'\"＜é𬱖", k=self.dice.randint(1, 6)))

    def some(self, **facts: Any) -> Facts:
        """Facts of which any may be missing."""
        return {name: value for name, value in facts.items() if self.chance(0.5)}

    # The first event and the day of receipt (Art. 31).

    def first(self) -> Happening:
        """A registration of today, or the arrival of a request whose day of receipt is open."""
        arrives = self.chance(0.3)
        evidence = self.evidence(settled=not arrives) if arrives or self.chance(0.7) else {}
        facts = {
            "applicant_kind": self.dice.choice(list(ApplicantKind)),
            "subject": self.words(),
            **evidence,
            **self.some(form="电子", remarks=self.words(), authority="授权委托书", filled_by_staff=self.chance(0.5)),
        }
        if self.chance(0.2):
            facts["matter"] = self.dice.choice([Matter.RECTIFICATION, Matter.RECTIFICATION, Matter.DISCLOSURE])
        if self.chance(0.1):
            facts |= {"items": self.dice.randint(1, 4), "linked_to": self.office.sibling}
        if self.chance(0.1):
            facts["split_from"] = self.office.sibling
        facts |= self.office.given(self.dice)
        return Happening(EventKind.ARRIVE if arrives else EventKind.REGISTER, self.day, facts)

    def evidence(self, *, settled: bool) -> Facts:
        """What is known of how it came: enough to settle that today is its day, or not enough yet."""
        day, channels = self.day, intake.accepted(self.office.practice.channels)
        channel = self.dice.choice(sorted(channels))
        facts: Facts = {"channel": channel}
        if channel in intake.SIGNED_MAIL and self.chance(0.25):
            facts["misdirected"] = True
        sent = self.some(submitted_on=self.later(-6, 0))
        if channel in intake.COUNTER:
            return facts | ({"submitted_on": day} if settled else {})
        if by_confirmation(channel, self.office.practice, misdirected=facts.get("misdirected", False)):
            came = self.later(-4, 0)
            facts |= {"arrived_on": came} | ({"submitted_on": came} if sent else {})
            return facts | ({"confirmed_on": day, "confirmed_how": "电话"} if settled else {})
        if channel in intake.SIGNED_MAIL:
            return facts | sent | ({"arrived_on": day} if settled else {})
        # Sent today, by wire: so it is today's if both confirm, and nobody's yet if not.
        facts |= {"submitted_on": day} if sent or not settled else {}
        confirmed = {"confirmed_on": day, "confirmed_how": "短信"}
        return facts | (confirmed if settled and self.chance(0.8) else {})

    def contact(self) -> Facts:
        return {"how": "电话无人接听"}

    def confirm(self) -> Facts:
        case = self.office.case
        known = case.intake
        assert known is not None
        floor = min([case.entered, *known.attempts])
        facts: Facts = {}
        if known.channel in intake.COUNTER:
            facts["submitted_on"] = floor - self.dice.randint(0, 3) * ONE_DAY
        elif by_confirmation(known.channel, self.office.practice, misdirected=known.misdirected):
            facts["how"] = "电话"
        elif known.channel in intake.SIGNED_MAIL:
            facts["arrived_on"] = known.arrived or max(known.submitted or floor, floor - ONE_DAY)
        else:
            facts["how"] = "电子邮件"
        if self.chance(0.3):
            confirmed = self.day if "how" in facts else known.confirmed
            found = replace(
                known,
                submitted=facts.get("submitted_on") or known.submitted,
                arrived=facts.get("arrived_on") or known.arrived,
                confirmed=confirmed,
                how=facts.get("how"),
            )
            facts["received_on"] = intake.receipt(
                found, self.office.calendar, self.office.today, self.office.practice.intake()
            ).day
        return facts

    def dismiss(self) -> Facts:
        return {"reason": "系广告"}

    # Corrections (Art. 30).

    def ask_correction(self) -> Facts:
        facts = {"items": "请写明文件名称"}
        if self.office.case.corrections:
            facts["override"] = "补正后又有新的不明确之处"
        days = {"working_days": self.dice.choice(SET_BY_HAND)}
        more = [{}, {"until": self.later(3, 20)}, {"delivered": self.so_far(3)}, days]
        return facts | self.dice.choice([*more, {"delivered": self.day, **days}])

    def deliver_correction(self) -> Facts:
        waiting = [c for c in self.office.case.of_round("corrections") if c.received is None]
        again = {"until": self.later(1, 20)}
        return again if waiting and waiting[-1].delivered else self.some(**again)

    def correct(self) -> Facts:
        due = self.option.last_day if self.option else None
        return {"late_reason": "住院", "approver": "李某"} if due is not None and self.day > due else {}

    # Opinions (Arts. 17, 32–34).

    def consult(self) -> Facts:
        kind = self.dice.choice([*ConsultationKind, ConsultationKind.THIRD_PARTY])
        facts = {"kind": kind, "party": self.words(), **self.some(delivered=self.so_far(4))}
        if kind is ConsultationKind.SUPERIOR and self.office.practice.superior_suspends:
            facts["legal_review"] = True
        if kind in (ConsultationKind.INTERNAL, ConsultationKind.OTHER_AGENCY) and self.chance(0.4):
            # What is asked of one's own departments never suspends, whoever says so.
            facts["suspends"] = kind is ConsultationKind.INTERNAL
        return facts

    def deliver_consultation(self) -> Facts:
        waiting = [inquiry.number for inquiry in self.office.case.of_round("inquiries") if inquiry.delivered is None]
        return {"consultation": self.dice.choice(waiting)}

    def opinions_in(self) -> Facts:
        inquiries = self.office.case.of_round("inquiries")
        asked = self.dice.choice([inquiry for inquiry in inquiries if inquiry.ended is None])
        over = window_end({"delivered": asked.delivered}, self.office.days)
        said = [Opinion.AGREE, Opinion.PARTLY, Opinion.DISAGREE, Opinion.WITHDRAWN]
        if over is not None and self.day > over:
            said = [Opinion.SILENT]
        return {"consultation": asked.number, "opinion": self.dice.choice(said), **self.some(reason="商业秘密")}

    def tell_third_party(self) -> Facts:
        ended = [inquiry.number for inquiry in asked_third_parties(self.office.case) if inquiry.ended is not None]
        return {"consultation": self.dice.choice(ended), "reason": "不公开可能对公共利益造成重大影响"}

    # The reply period (Arts. 33, 35).

    def extend(self) -> Facts:
        return {"working_days": self.dice.randint(1, 20), "approver": "李某", "reason": "检索量大"}

    def ask_reasons(self) -> Facts:
        return {"volume": "三个月内二百件", **self.some(until=self.later(1, 15))}

    def reasons_in(self) -> Facts:
        unreasonable = self.office.favourite is Outcome.UNPROCESSED_EXCESSIVE
        return {"reasonable": self.chance(0.1 if unreasonable else 0.7)}

    def delay(self) -> Facts:
        due = self.option.last_day if self.option else None
        first = self.day if due is None else max(due, self.day)
        until = first + self.dice.randint(1, 15) * ONE_DAY
        return {"until": until, "reason": "数量大", "approver": "李某"}

    def pause(self) -> Facts:
        return {"reason": "不可抗力", "approver": "李某"}

    def resume(self) -> Facts:
        return {}

    # Fees.

    def bill(self) -> Facts:
        if self.chance(0.5):
            pages = self.dice.randint(31, 400)
            return {"tariff": Tariff.BY_VOLUME, "pages": pages, "billed_yuan": fees.by_volume(pages).yuan}
        own = self.office.case.month_ordinal or 0
        if own > fees.FREE_ITEMS and self.chance(0.5):
            # The desk knows its place in the month by itself.
            return {"tariff": Tariff.BY_ITEM, "billed_yuan": fees.by_item([own]).yuan}
        items, first = self.dice.randint(2, 3), own or 11
        free = range(max(first, fees.FREE_ITEMS) + 1, 60)
        ordinals = [first, *sorted(self.dice.sample(free, items - 1))]
        written = "、".join(map(str, ordinals))
        return {
            "tariff": Tariff.BY_ITEM,
            "ordinals": written,
            "items": items,
            "billed_yuan": fees.by_item(ordinals).yuan,
        }

    def pay(self) -> Facts:
        notice = next(notice for notice in reversed(self.office.case.fees) if notice.paid is None)
        owed = notice.billed_yuan - (notice.received_yuan or Decimal(0))
        part = self.chance(0.25) and owed > 1
        return {"received_yuan": Decimal(self.dice.randint(1, int(owed) - 1)) if part else owed}

    # What is done beside, and what must come before a reply (Arts. 17, 36).

    def search(self) -> Facts:
        return {"where": "档案室", "terms": self.words(), "searcher": "赵某", "found": self.chance(0.3)}

    def secrecy_review(self) -> Facts:
        return {"reviewer": "钱某", "may_release": self.chance(0.8), **self.some(remarks=self.words())}

    def split(self) -> Facts:
        return {"into": self.office.sibling, "subject": self.words()}

    # Endings.

    def decide(self) -> Facts:
        outcomes = list(self.outcomes())
        (outcome,) = self.dice.choices(outcomes, [30 if each is self.office.favourite else 1 for each in outcomes])
        # The ground that needs something before it, where that is there, and sometimes the other one.
        grounds = sorted(filter(self.grounded, statute.GROUNDS.get(outcome, ())), key=list(Ground).index)
        ground = (grounds[0] if self.chance(0.8) else grounds[-1]) if grounds else None
        facts: Facts = {"outcome": outcome, **self.means(), **self.some(reply_number="依申请〔2026〕1号")}
        facts |= {"ground": ground} if ground else {}
        wanted = {*statute.DEMANDS.get(outcome, ()), *(statute.DEMANDS.get(ground, ()) if ground else ())}
        known = ("reasons", "access", "other_agency", "other_agency_contact", "earlier_reply", "proper_way")
        facts |= {name: self.words() for name in known if name in wanted or self.chance(0.1)}
        facts |= {"other_agency_contact": "某路 1 号"} if "other_agency" in facts else {}
        if self.chance(0.1):
            facts["reevaluate_on"] = self.later(30, 400)
        return facts

    def is_ready(self) -> bool:
        """Whether everything is there for the favourite outcome of this history."""
        favourite = self.office.favourite
        if self.office.case.received is None or favourite not in self.outcomes():
            return False
        return favourite not in statute.GROUNDS or any(map(self.grounded, PREPARED_FOR[favourite]))

    def outcomes(self) -> Iterator[Outcome]:
        """The outcomes for which everything is there that must come first."""
        asked = self.office.case.of_round("reasons")
        for outcome in statute.BY_EVENT[EventKind.DECIDE].outcomes:
            if outcome is Outcome.UNAVAILABLE_STILL_UNCLEAR:
                fits = any(correction.received for correction in self.office.case.corrections)
            elif outcome is Outcome.UNPROCESSED_EXCESSIVE:
                last = asked[-1] if asked else None
                silent = last is not None and last.received is None and last.until is not None and self.day > last.until
                fits = silent or (last is not None and last.received is not None and not last.reasonable)
            elif outcome is Outcome.REFUSED_THIRD_PARTY:
                said = [each.opinion for each in asked_third_parties(self.office.case)]
                fits = not said or set(said) != {Opinion.AGREE}
            else:
                fits = outcome is not Outcome.PARTLY_GRANTED or self.released(whole=False)
            if fits:
                yield outcome

    def grounded(self, ground: Ground) -> bool:
        """Whether a reply may rest on this."""
        if ground is Ground.PROVIDED:
            return self.released(whole=True)
        searches = [each for each in self.office.case.searches if self.in_this_round(each.on)]
        return ground is not Ground.NOT_EXISTING or bool(searches and not searches[-1].found)

    def released(self, *, whole: bool) -> bool:
        """先审查、后公开; who did not agree was told."""
        case = self.office.case
        reviews = [each for each in case.secrecy_reviews if self.in_this_round(each.on)]
        untold = [
            inquiry
            for inquiry in asked_third_parties(case)
            if inquiry.opinion in (Opinion.DISAGREE, Opinion.PARTLY)
            and (inquiry.told is None or inquiry.told > self.day)
        ]
        return bool(reviews and reviews[-1].may_release) and not (whole and untold)

    def in_this_round(self, day: date) -> bool:
        return self.office.case.began() <= day <= self.day

    def means(self) -> Facts:
        """How it goes out, with what the law wants for it."""
        practice = self.office.practice
        means = self.dice.choice([each for each in Means if each is not Means.COURIER or practice.courier_override])
        facts: Facts = {"means": means, **self.some(tracking="EA123456789CN")}
        if means is Means.COURIER:
            facts["override"] = "邮政企业不通邮"
        if means in rules.ELECTRONIC and (not practice.review_channel or self.chance(0.3)):
            facts["review_channel"] = "在线申请复议"
        return facts

    def lapse(self) -> Facts | None:
        uncorrected = [each for each in self.office.case.of_round("corrections") if each.received is None]
        if uncorrected and uncorrected[-1].delivered is None:
            # The letter named its day, but nobody knows whether it came: that is to be recorded first.
            return None
        outcome = Outcome.OTHER_NOT_CORRECTED if uncorrected else Outcome.OTHER_FEE_UNPAID
        return {"outcome": outcome, **self.some(reply_number="〔2026〕2号")}

    def withdraw(self) -> Facts:
        return {"how": "书面", "identity_checked": True}

    def merge(self) -> Facts:
        return {"into": self.office.sibling}

    def close(self) -> Facts:
        return {"outcome": Outcome.OTHER_MISC, "reason": self.words(), **self.some(reply_number="〔2026〕3号")}

    def rectify(self) -> Facts:
        result = self.dice.choice(list(RectificationResult))
        facts = {"result": result, "reason": "经核实", **self.some(reply_number="〔2026〕4号")}
        elsewhere = result in (RectificationResult.FORWARDED, RectificationResult.REFERRED)
        return facts | ({"other_agency": "某局"} if elsewhere else {})

    # After the ending.

    def serve(self) -> Facts:
        return self.some(how="本人签收")

    def return_(self) -> Facts:
        return {"reason": "查无此人"}

    def serve_again(self) -> Facts:
        return self.means()

    def reopen(self) -> Facts:
        case, practice = self.office.case, self.office.practice
        facts: Facts = {"ground": ReopenGround.OWN_CORRECTION, "reason": "发现遗漏", "approver": "李某"}
        corrected = [each for each in case.reviews if each.result is ReviewResult.CORRECTED]
        if corrected and self.chance(0.8):
            given = self.dice.choice(corrected)
            reconsidered = given.kind is ReviewKind.RECONSIDERATION
            ground = ReopenGround.RECONSIDERATION if reconsidered else ReopenGround.JUDGMENT
            facts = {"ground": ground, "review": given.number}
        elif case.last_outcome() is Outcome.OTHER_NOT_CORRECTED and practice.late_correction_reopens:
            facts["ground"] = ReopenGround.LATE_CORRECTION
        return facts | self.dice.choice(
            [{}, {}, {"until": self.later(1, 40)}, {"working_days": self.dice.choice(SET_BY_HAND)}]
        )

    # The register (Art. 45).

    def amend(self) -> Facts:
        facts: Facts = {"reason": "录入有误"}
        case, known = self.office.case, self.office.case.intake
        day = self.corrected_receipt() if case.received is not None else None
        if day is not None and known is None:
            where = {"channel": Channel.IN_PERSON, "submitted_on": day} if self.chance(0.4) else {}
            return facts | {"received_on": day, **where}
        if day is not None and known is not None and known.channel in intake.COUNTER and known.submitted:
            return facts | {"received_on": day, "submitted_on": day}
        signed = known is not None and known.channel in intake.SIGNED_MAIL and not known.misdirected
        if signed and day is not None and known.arrived and (known.submitted is None or known.submitted <= day):
            return facts | {"received_on": day, "arrived_on": day}
        return facts | {"subject": self.words()}

    def corrected_receipt(self) -> date | None:
        """Another day of receipt that contradicts nothing in the log; None if a plain amendment is to be made."""
        case = self.office.case
        if self.chance(0.4):
            return None
        first = [*([case.closed] if case.closed else []), *(case.intake.attempts if case.intake else ())]
        log = LogOfACase(plain(self.office.entries))
        for name in ("corrections", "consultations", "extensions", "fees", "delays", "pauses"):
            for item in (item for each in log.rounds for item in each[name]):
                known = (item.get(key) for key in ("asked", "sent", "told", "notified", "began"))
                first += [day for day in known if day is not None]
        return min([*first, self.day, case.received + self.dice.randint(-6, 4) * ONE_DAY])

    def change_kind(self) -> Facts:
        others = [kind for kind in ApplicantKind if kind is not self.office.case.applicant_kind]
        return {"applicant_kind": self.dice.choice(others), "reason": "核对证照"}

    def assign(self) -> Facts:
        return {"officer": self.dice.choice([name for name in ("张某", "钱某") if name != self.office.case.officer])}

    def note(self) -> Facts:
        return {"text": self.words()}

    def attach(self) -> Facts:
        return attachments.facts(self.dice.choice(list(AttachmentKind)), "来文.pdf", LETTER, 20)

    def void(self) -> Facts | None:
        voided = {e.happening.facts["entry"] for e in self.office.entries if e.happening.event is EventKind.VOID}
        kinds = {step.event for step in statute.STEPS if step.by_itself} | {EventKind.VOID}
        left = [e.seq for e in self.office.entries if e.seq not in voided and e.happening.event not in kinds]
        if left and left[0] == 1 and not self.chance(0.06):
            left = left[1:]
        self.dice.shuffle(left)
        for seq in left[:4]:
            facts = {"entry": seq, "reason": "重复录入"}
            try:
                fold.void(self.office.entries, Happening(EventKind.VOID, self.day, facts))
            except Refusal as refusal:
                assert refusal.article
                self.refused += 1
                continue
            return facts
        return None

    # Reviews (Art. 51).

    def open_review(self) -> Facts:
        pending = {r.kind is ReviewKind.RECONSIDERATION for r in self.office.case.reviews if r.concluded is None}
        kinds = [kind for kind in ReviewKind if not pending or (kind is ReviewKind.RECONSIDERATION) in pending]
        kind = self.dice.choice(kinds)
        facts = self.some(
            copy_received=min(self.later(-3, 3), self.office.today),
            body="某市政府",
            case_number="〔2026〕5号",
            remarks="无",
        )
        if kind is ReviewKind.RECONSIDERATION:
            facts |= self.some(procedure=self.dice.choice(list(Procedure)))
        return {"review_kind": kind, **facts}

    def one_review(self, fits: Callable[[Any], bool]) -> Facts:
        pending = [each for each in self.office.case.reviews if each.concluded is None and fits(each)]
        return {"review": self.dice.choice(pending).number}

    def answer_review(self) -> Facts:
        return self.one_review(lambda each: each.answered is None)

    def first_judgment(self) -> Facts:
        known = self.some(result=self.dice.choice([ReviewResult.UPHELD, ReviewResult.CORRECTED]))
        form = {"ruling_form": self.dice.choice(list(RulingForm))}
        waits = self.one_review(lambda r: r.judged is None and r.kind is not ReviewKind.RECONSIDERATION)
        return waits | form | known

    def appeal(self) -> Facts:
        waits = self.one_review(lambda each: each.judged is not None and each.appealed is None)
        return waits | self.some(by="申请人")

    def conclude_review(self) -> Facts:
        results = [ReviewResult.CORRECTED, ReviewResult.CORRECTED, ReviewResult.UPHELD, ReviewResult.OTHER]
        return self.one_review(lambda _: True) | {"result": self.dice.choice(results)} | self.some(remarks="无")

    # A step that is barred, or would be lawful but for one thing.

    def spoiled(self, event: EventKind) -> Facts | None:
        """One thing that makes the facts of an allowed step unlawful; None where nothing is known for it."""
        case, practice = self.office.case, self.office.practice
        match event:
            case EventKind.ASK_CORRECTION:
                return {"until": self.later(-3, -1)}
            case EventKind.CONSULT if practice.superior_suspends:
                return {"kind": ConsultationKind.SUPERIOR, "legal_review": False}
            case EventKind.OPINIONS_IN:
                return self.silent_too_early()
            case EventKind.EXTEND:
                return {"working_days": self.dice.choice([0, 21])}
            case EventKind.DELAY if self.option is not None and self.option.last_day is not None:
                return {"until": self.option.last_day}
            case EventKind.BILL:
                return {"billed_yuan": Decimal(7)}
            case EventKind.PAY:
                return {"received_yuan": self.dice.choice([Decimal(0), Decimal(1_000_000)])}
            case EventKind.DECIDE:
                bad: list[Facts] = [{"means": Means.COURIER, "override": None}, {"outcome": Outcome.OTHER_MISC}]
                return self.dice.choice([*bad, {"outcome": Outcome.REFUSED_PROCESS, "ground": None, "reasons": ""}])
            case EventKind.LAPSE:
                return {"outcome": Outcome.GRANTED}
            case EventKind.WITHDRAW:
                return {"identity_checked": False}
            case EventKind.REOPEN:
                return {"ground": self.dice.choice([ReopenGround.JUDGMENT, ReopenGround.RECONSIDERATION]), "review": 99}
            case EventKind.CHANGE_KIND:
                return {"applicant_kind": case.applicant_kind}
            case EventKind.VOID:
                return {"entry": len(self.office.entries) + 1}
            case EventKind.CONCLUDE_REVIEW:
                return {"result": ReviewResult.PENDING}
        return None

    def silent_too_early(self) -> Facts | None:
        """Nobody is silent before the last day is over."""
        for inquiry in self.office.case.of_round("inquiries"):
            window = window_end({"delivered": inquiry.delivered}, self.office.days)
            if inquiry.ended is None and (window is None or self.day <= window):
                return {"consultation": inquiry.number, "opinion": Opinion.SILENT}
        return None

    def hopeless(self, event: EventKind) -> Facts:
        """Facts for a step that is barred: everything that must be given, of the right type."""
        step = statute.BY_EVENT[event]
        return {fact.name: self.anything(fact) for fact in step.facts if fact.required}

    def anything(self, fact: statute.Fact) -> Any:
        if fact.name == "into":
            return self.office.sibling
        if fact.name == "outcome":
            return self.dice.choice(list(Outcome))
        if fact.type in statute.TERMS:
            return self.dice.choice(list(statute.TERMS[fact.type]))
        values = {"day": self.later(0, 30), "days": 5, "whole": 1, "yuan": Decimal(100), "text": "无", "flag": True}
        return values[fact.type]


def asked_third_parties(case: Case) -> list[Any]:
    """Those asked in this round."""
    return [each for each in case.of_round("inquiries") if each.kind is ConsultationKind.THIRD_PARTY]


def by_confirmation(channel: Channel, practice: Practice, *, misdirected: bool) -> bool:
    """Whether a letter counts from the day on which it is confirmed with the applicant."""
    to_another_desk = channel in intake.SIGNED_MAIL and misdirected and practice.misdirected_by == "confirmation"
    return channel is Channel.POST_ORDINARY or to_another_desk


PREPARED_FOR = {Outcome.GRANTED: [Ground.PROVIDED], Outcome.UNAVAILABLE_NOT_HELD: [Ground.NOT_EXISTING]}
"""The grounds that need a secrecy review, or a search, before them: the first of their outcome."""

SET_BY_HAND = (4, 17)
"""Working days that a clerk may set where the agency's choice would be another."""

METHODS: dict[EventKind, Callable[[Clerk], Facts | None]] = {
    event: getattr(Clerk, "return_" if event is EventKind.RETURN else event.value)
    for event in (step.event for step in statute.STEPS if not step.by_itself)
}
"""The facts of each step that people take. A new event in the table must find its facts here."""


# The walk

WEIGHTS: dict[EventKind, float] = {
    EventKind.DISMISS: 1.2,
    EventKind.CONFIRM: 6,
    EventKind.ASK_CORRECTION: 4,
    EventKind.DELIVER_CORRECTION: 5,
    EventKind.CORRECT: 4,
    EventKind.CONSULT: 3,
    EventKind.OPINIONS_IN: 5,
    EventKind.ASK_REASONS: 4,
    EventKind.REASONS_IN: 6,
    EventKind.TELL_THIRD_PARTY: 10,
    EventKind.DELAY: 20,
    EventKind.PAY: 4,
    EventKind.RESUME: 5,
    EventKind.LAPSE: 10,
    EventKind.SEARCH: 1,
    EventKind.SECRECY_REVIEW: 1.2,
    EventKind.DECIDE: 1.2,
    EventKind.WITHDRAW: 0.2,
    EventKind.MERGE: 0.3,
    EventKind.CLOSE: 0.2,
    EventKind.SPLIT: 0.4,
    EventKind.SERVE_AGAIN: 1,
    EventKind.AMEND: 0.8,
    EventKind.CHANGE_KIND: 0.4,
    EventKind.ASSIGN: 0.2,
    EventKind.NOTE: 0.2,
    EventKind.VOID: 1,
    EventKind.OPEN_REVIEW: 0.8,
    EventKind.FIRST_JUDGMENT: 4,
    EventKind.APPEAL: 8,
    EventKind.CONCLUDE_REVIEW: 2,
    EventKind.RECTIFY: 4,
}
"""How often each step is taken where it is allowed; 2 for those not named."""

LEADS_TO = {
    Outcome.GRANTED: (EventKind.SECRECY_REVIEW,),
    Outcome.PARTLY_GRANTED: (EventKind.CONSULT, EventKind.SECRECY_REVIEW),
    Outcome.REFUSED_THIRD_PARTY: (EventKind.CONSULT, EventKind.OPINIONS_IN, EventKind.TELL_THIRD_PARTY),
    Outcome.UNAVAILABLE_NOT_HELD: (EventKind.SEARCH,),
    Outcome.UNAVAILABLE_STILL_UNCLEAR: (EventKind.ASK_CORRECTION, EventKind.CORRECT),
    Outcome.REFUSED_STATE_SECRET: (EventKind.EXTEND, EventKind.BILL, EventKind.PAY),
    Outcome.UNPROCESSED_REPEAT: (EventKind.ASK_REASONS, EventKind.REASONS_IN, EventKind.DELAY),
    Outcome.UNPROCESSED_EXCESSIVE: (EventKind.ASK_REASONS, EventKind.REASONS_IN),
    Outcome.OTHER_NOT_CORRECTED: (EventKind.ASK_CORRECTION, EventKind.LAPSE, EventKind.REOPEN),
    Outcome.OTHER_FEE_UNPAID: (EventKind.BILL, EventKind.LAPSE),
    Outcome.REFUSED_PROCESS: (EventKind.OPEN_REVIEW, EventKind.CONCLUDE_REVIEW, EventKind.REOPEN),
    Outcome.OTHER_MISC: (EventKind.OPEN_REVIEW, EventKind.CONCLUDE_REVIEW, EventKind.REOPEN),
}
"""What is done more often in a history that has this favourite outcome; with the last, what follows an ending."""


def plain(entries: Iterable[Entry]) -> list[tuple[int, str, date, Any]]:
    """A log as the slow reckoning reads it."""
    return [(e.seq, e.happening.event.value, e.happening.happened_on, e.happening.facts) for e in entries]


def random_practice(dice: Random) -> Practice:
    """Some agency's choices."""
    extra = [Channel.EMAIL, Channel.ONLINE, Channel.FAX]
    some = tuple(channel for channel in Channel if channel not in extra or dice.random() < 0.7)
    return Practice(
        channels=some,
        confirmation_cap=dice.random() < 0.7,
        misdirected_by=dice.choice(["signature", "confirmation"]),
        contact_attempts=dice.randint(1, 4),
        correction_days=dice.randint(1, 15),
        second_correction=dice.random() < 0.7,
        late_correction_reopens=dice.random() < 0.7,
        superior_suspends=dice.random() < 0.6,
        charges_fees=dice.random() < 0.8,
        fee_restarts=dice.random() < 0.6,
        courier_override=dice.random() < 0.7,
        review_channel=dice.choice(["", "政务服务网复议专栏"]),
        reopened_days=dice.choice([10, 20, 30]),
        rectification_days=dice.choice([15, 20, 30]),
        reevaluation_months=dice.choice([0, 3, 12]),
        lapse_grace_days=dice.choice([0, 0, 3]),
    )


def random_notice(dice: Random, today: date, new_year: int) -> tuple[int | None, list[DayRule]]:
    """The notice for a year that had none, or some days of the office's own."""
    if new_year not in announced_years() and dice.random() < 0.5:
        spring = date(new_year, 2, 5) + dice.randint(-1, 1) * ONE_DAY
        off = [(date(new_year, 1, 1) + n * ONE_DAY, "元旦") for n in range(3)]
        off += [(spring + n * ONE_DAY, "春节") for n in range(8)]
        on = [date(new_year, 1, 30), date(new_year, 2, 20)]
        rules_of = [DayRule(day, working=False, name=name) for day, name in off]
        return new_year, [*rules_of, *(DayRule(day, working=True, name="调休上班") for day in on)]
    days = {today + dice.randint(-10, 40) * ONE_DAY for _ in range(dice.randint(1, 4))}
    return None, [DayRule(day, working=dice.random() < 0.3, name="本地") for day in sorted(days)]


class LawfulHistories(RuleBasedStateMachine):
    """A request on its way, one step of the law at a time."""

    new_year: ClassVar[int]
    length: ClassVar[int]
    tally: ClassVar[Tally]
    phases: ClassVar = [Phase.generate, Phase.shrink]
    office: Paper
    whole = False
    docket: ClassVar[Counter[Any]]

    def office_for(self, practice: Practice, today: date) -> Paper:
        """Where the request is handled."""
        return Paper(practice, today)

    def dice_of(self, number: int) -> Random:
        """Dice for one step, by its number and all those before: hypothesis likes to give the same numbers again."""
        dice = Random(f"{self.new_year} {self.length} {self.chain} {number}")
        self.chain = dice.getrandbits(64)
        return dice

    def choose_a_style(self) -> None:
        """What the history tends to from now on."""
        self.office.favourite = self.dice.choice([*Outcome, *LEADS_TO, *LEADS_TO])
        self.weights = WEIGHTS | dict.fromkeys(LEADS_TO.get(self.office.favourite, ()), 12)

    @initialize(number=SEEDS)
    def come_in(self, number: int) -> None:
        """A request comes in, some time in November or later."""
        self.chain = 0
        self.dice = dice = self.dice_of(number)
        today = date(self.new_year - 1, 11, 1) + dice.randint(0, 80) * ONE_DAY
        self.seen = 0
        self.whole = False
        self.figures: Counter[Any] = Counter()
        self.state: State | None = None
        self.office = self.office_for(random_practice(dice), today)
        self.office.new_year = self.new_year
        self.choose_a_style()
        with self.telling():
            self.office.perform(Clerk(self.office, dice, today).first())
            self.look()

    @rule(number=SEEDS)
    def go_on(self, number: int) -> None:
        """Some days pass, and then something happens."""
        if self.over():
            return
        self.dice = dice = self.dice_of(number)
        if self.seen == 1 or dice.random() < 0.05:
            self.choose_a_style()
        with self.telling():
            self.let_days_pass()
            if self.office.today.year == self.new_year and dice.random() < 0.03:
                self.end_the_year(self.new_year - 1)
            if self.over():
                return
            if dice.random() < 0.03:
                self.change_setting()
            if dice.random() < 0.03:
                self.office.change_days(*random_notice(dice, self.office.today, self.new_year))
                self.tally.met["notice"] += 1
                self.look()
            if dice.random() < 0.15:
                self.try_what_is_barred()
            if dice.random() < 0.1:
                self.try_wrong_facts()
            if dice.random() < 0.08:
                self.enter_late()
            else:
                self.take(self.office.today)

    def over(self) -> bool:
        """Whether nothing more is to be told: what is void is void."""
        entries = self.office.entries
        noted = entries[-1].happening.event is EventKind.NOTE
        return len(entries) >= LONGEST or (self.office.case.state is State.VOID and noted)

    def teardown(self) -> None:
        """Count what has been walked."""
        if self.whole:
            entries = self.office.entries
            days = [entry.happening.happened_on for entry in entries]
            self.tally.lengths.append(len(entries))
            self.tally.different.add(hash(str(plain(entries))))
            self.tally.crossed += min(days) < date(self.new_year, 1, 1) <= max(days)
            self.docket.update(self.figures)
            self.office.close()

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Tell the whole history of a case where something is wrong with it."""
        self.whole = False
        try:
            yield
        except Exception as error:
            told = [
                f"{e.seq} {e.happening.event.value} {e.happening.happened_on} {e.happening.facts}" for e in self.log
            ]
            error.add_note("\n".join([f"{self.office.practice}, {self.office.today}, New Year {self.new_year}", *told]))
            raise
        self.whole = True

    @property
    def log(self) -> list[Entry]:
        """The log so far."""
        return self.office.entries

    def let_days_pass(self) -> None:
        """Some days go by, often to the last day of something or the day after; the year may end."""
        office, draw = self.office, self.dice.random()
        pace = next((pace for share, pace in PACES if draw < share), (0, 20))
        today = office.today + self.dice.randint(*pace) * ONE_DAY
        if draw >= PACES[-1][0]:
            # The last day of a step, or the first on which it is too late.
            offered = options.options(office.case, office.calendar, office.today, office.practice)
            ends = [each.last_day for each in offered if each.last_day is not None and each.last_day >= office.today]
            today = self.dice.choice(ends or [today]) + self.dice.randint(0, 1) * ONE_DAY
        today = max(office.today, min(today, date(self.new_year, 5, 31)))
        over = office.today.year < today.year
        office.today = today
        if over or self.dice.random() < (0.5 if office.case.state is State.UNCONFIRMED else 0.1):
            office.start_arrivals()
            self.look()
        if over:
            self.end_the_year(today.year - 1)

    def end_the_year(self, year: int) -> None:
        """Run the year-end job, and again: what is open and received is carried over, nothing else, and once."""
        office = self.office
        received, closed, known = office.case.received, office.case.closed, office.case
        office.end_year(year)
        self.look()
        case, once = office.case, office.trace()
        if case.is_counted() and closed is None and received is not None and received <= date(year, 12, 31):
            assert case.state in statute.PLAIN
            assert year in case.carried_over
            self.tally.met["carried over"] += 1
        else:
            assert case == known
        office.end_year(year)
        assert office.trace() == once

    def change_setting(self) -> None:
        """The agency chooses something else; no deadline of the case may move."""
        name = self.dice.choice([each.name for each in fields(Practice)])
        value = getattr(random_practice(self.dice), name)
        before = periods.deadlines(self.office.case, self.office.calendar)
        self.office.change_setting(name, value)
        assert periods.deadlines(self.office.case, self.office.calendar) == before
        self.tally.met["setting"] += 1

    def try_what_is_barred(self) -> None:
        """A step that is not allowed, or is for the other kind of request, is refused with an article; nothing changes."""
        office = self.office
        offered = options.options(office.case, office.calendar, office.today, office.practice)
        barred = [each.event for each in offered if not each.allowed]
        barred += [event for event in METHODS if event not in {each.event for each in offered}]
        if not barred:
            return
        event = self.dice.choice(barred)
        known = office.trace()
        with pytest.raises(Refusal) as refused:
            office.perform(Happening(event, office.today, Clerk(office, self.dice, office.today).hopeless(event)))
        assert refused.value.article
        assert refused.value.sentence
        assert office.trace() == known
        self.tally.met["barred"] += 1
        self.tally.met["barred", event] += 1

    def try_wrong_facts(self) -> None:
        """An allowed step is refused without a fact that must be given, or with one that the law forbids."""
        office = self.office
        offered = options.options(office.case, office.calendar, office.today, office.practice)
        allowed = [each for each in offered if each.allowed and any(fact.required for fact in each.facts)]
        # The facts of a split and of a file are given by what makes the parts and reads the file, not by a clerk.
        allowed = [each for each in allowed if each.event not in (EventKind.SPLIT, EventKind.ATTACH)]
        if not allowed:
            return
        option = self.dice.choice(allowed)
        clerk = Clerk(office, self.dice, office.today)
        facts = clerk.facts(option)
        if facts is None:
            return
        spoiled = clerk.spoiled(option.event)
        # The number of the part that a request is split into is given by the desk.
        left_out = self.dice.choice([fact for fact in option.facts if fact.required])
        known = office.trace()
        if spoiled is None or self.dice.random() < 0.3:
            facts.pop(left_out.name)
            with pytest.raises((Refusal, InputFault), match=left_out.label):
                office.perform(Happening(option.event, office.today, facts))
            self.tally.met["fact left out"] += 1
        else:
            facts = {name: value for name, value in (facts | spoiled).items() if value is not None}
            with pytest.raises(Refusal) as refused:
                office.perform(Happening(option.event, office.today, facts))
            assert refused.value.article
            self.tally.met["fact spoiled"] += 1
        assert office.trace() == known

    def enter_late(self) -> None:
        """A step of some days ago is entered only now; it may no longer fit what was entered since."""
        office = self.office
        day = office.today - self.dice.randint(1, 8) * ONE_DAY
        if office.case.received is None or day < office.case.began():
            self.take(office.today)
            return
        known = office.trace()
        try:
            self.take(day, but=(EventKind.AMEND,))
        except Refusal as refusal:
            assert refusal.article
            assert office.trace() == known
            self.tally.met["late entry refused"] += 1
            return
        self.tally.met["late entry"] += 1

    def take(self, day: date, but: Sequence[EventKind] = ()) -> None:
        """Take one step of those that are allowed."""
        office = self.office
        offered = options.options(office.case, office.calendar, day, office.practice)
        assert [each.event for each in offered if each.allowed != (each.reason is None)] == []
        if day == office.today:
            assert_last_days(offered, LogOfACase(plain(office.entries)), office.days)
        allowed = [each for each in offered if (each.allowed or each.override) and each.event not in but]
        clerk = Clerk(office, self.dice, day)
        weights = self.weights | ({EventKind.DECIDE: 25} if clerk.is_ready() else {})
        while allowed:
            (option,) = self.dice.choices(allowed, [weights.get(each.event, 2) for each in allowed])
            facts = clerk.facts(option)
            self.tally.met["void refused"] += clerk.refused
            clerk.refused = 0
            if facts is None:
                self.tally.speechless[option.event] += 1
                allowed.remove(option)
                continue
            office.perform(Happening(option.event, day, facts))
            self.look()
            return

    def look(self) -> None:
        """Hold the case against the table, its log, the slow reckoning and the report after what has just happened."""
        office, entries = self.office, self.office.entries
        if len(entries) == self.seen:
            return
        self.seen += 1
        assert len(entries) == self.seen
        case, happening = office.case, entries[-1].happening
        assert_in_the_table(self.state, happening.event, case.state)
        self.state = case.state
        assert_as_chosen(happening, office.practice)
        log = LogOfACase(plain(entries))
        assert_as_in_the_log(case, log)
        assert fold.fold(entries) == case
        assert from_snapshot(json.loads(json.dumps(to_snapshot(case)))) == case
        rows = stored_form(periods.deadlines(case, office.calendar))
        assert rows == deadlines_of(log, office.days)
        if case.received is not None and case.is_open():
            assert_the_clock(case, log, office)
        if happening.event is EventKind.EXTEND and happening.happened_on == office.today:
            assert_it_extends(log, office.days, happening)
        self.figures = counted(log, self.new_year)
        assert_it_adds_up(self.figures, self.new_year)
        office.check()
        self.count(happening, case, rows)

    def count(self, happening: Happening, case: Case, rows: Sequence[Any]) -> None:
        """Count what has been met."""
        met = self.tally.met
        self.tally.events[happening.event] += 1
        self.tally.facts |= {(happening.event, name) for name in happening.facts}
        terms = [value for value in happening.facts.values() if isinstance(value, Term)]
        # Words of two vocabularies may be the same word.
        met.update((type(term), term) for term in (*terms, case.state, *(DeadlineKind(row[0]) for row in rows)))
        met["rounds", len(case.reopenings) + 1] += 1
        met["deadline"] += len(rows)


PACES = ((0.35, (0, 0)), (0.6, (1, 3)), (0.8, (4, 12)), (0.9, (13, 35)))
"""How many days go by, by share of the steps; the rest jump to the end of a period."""


# What must hold


def assert_in_the_table(before: State | None, event: EventKind, after: State) -> None:
    """The event table has a row that leads from the one state to the other."""
    step = statute.BY_EVENT[event]
    if before is None:
        assert step in statute.FIRST_STEPS
        assert after is step.target
        return
    assert (statute.working_state(before) or before) in step.sources
    carried = before in statute.PLAIN
    ways = {
        statute.Target.SAME: {before},
        statute.Target.WAITS: set(statute.CARRIED_OVER.values() if carried else statute.WORKING),
        statute.Target.OUTCOME: set(statute.FINAL),
        statute.Target.CARRIED: {statute.CARRIED_OVER.get(statute.working_state(before) or before)},
        statute.Target.REFOLDED: set(State),
    }
    assert after in (ways[step.target] if isinstance(step.target, statute.Target) else {step.target})


def assert_as_chosen(happening: Happening, practice: Practice) -> None:
    """What rests on a choice of the agency is written into the log as it is now."""
    facts = happening.facts
    match happening.event:
        case EventKind.REGISTER | EventKind.ARRIVE if facts.get("matter") is Matter.RECTIFICATION:
            assert facts["reply_days"] == practice.rectification_days
        case EventKind.ASK_CORRECTION:
            assert facts["awaits_delivery"] is True
            assert "until" in facts or facts["working_days"] in (*SET_BY_HAND, practice.correction_days)
        case EventKind.CONSULT if facts["kind"] is ConsultationKind.SUPERIOR:
            assert facts["suspends"] is practice.superior_suspends
        case EventKind.CONSULT if facts["kind"] is ConsultationKind.INTERNAL:
            assert facts["suspends"] is False
        case EventKind.BILL:
            assert facts.get("restarts", True) is practice.fee_restarts
        case EventKind.REOPEN if "until" not in facts:
            of_a_request = facts["ground"] is ReopenGround.LATE_CORRECTION
            chosen = 20 if of_a_request else practice.reopened_days
            assert facts["working_days"] in (*SET_BY_HAND, chosen)


def assert_as_in_the_log(case: Case, log: LogOfACase) -> None:
    """The folded case is what reading the log once more gives."""
    folded = (case.state, case.received, case.closed, case.outcome, case.applicant_kind, case.subject, case.matter)
    assert folded == (log.state, log.received, log.closed, log.outcome, log.kind, log.subject, log.matter)
    assert (case.is_open(), case.is_counted(), list(case.carried_over)) == (
        log.is_open,
        log.is_counted,
        log.carried_over,
    )
    assert (case.ended(), len(case.reopenings)) == (
        log.rounds[-1]["ended"] if log.rounds else None,
        max(0, len(log.rounds) - 1),
    )
    assert [(r.number, r.kind, r.accepted, r.result, r.concluded) for r in case.reviews] == [
        (r["number"], r["kind"], r["accepted"], r["result"], r["concluded"]) for r in log.reviews
    ]
    charged = [fee for each in log.rounds for fee in each["fees"]]
    assert [(f.notified, f.billed_yuan, f.received_yuan, f.received, f.paid) for f in case.fees] == [
        (f["notified"], f["billed"], f["got"], f["last"], f["paid"]) for f in charged
    ]


def stored_form(rows: Iterable[periods.DeadlineRow]) -> list[Any]:
    """Deadlines as the slow reckoning gives them."""
    found = [(r.kind, r.round, r.state, r.due_on, r.done_on, r.article, r.provisional) for r in rows]
    return sorted(found, key=lambda row: row[:2])


def assert_the_clock(case: Case, log: LogOfACase, office: Paper) -> None:
    """The clock of the present round says on this day what the slow reckoning says."""
    fast = clock.reckon(case.clock_facts(), office.calendar, office.today)
    found = {name: getattr(fast, name) for name in clock.Reckoning.__slots__}
    found["deadlines"] = sorted(((due.kind, due.due) for due in fast.deadlines), key=lambda pair: (pair[1], pair[0]))
    assert found == slow_reckoning({**log.now, "as_of": office.today}, office.days)


def assert_it_extends(log: LogOfACase, days: Days, happening: Happening) -> None:
    """An extension that the law allowed has an effect."""
    now = {**log.now, "delays": []}
    before = slow_reckoning({**now, "extensions": now["extensions"][:-1]}, days)
    added = slow_reckoning(now, days)["working_days_left"] - before["working_days_left"]
    assert added == happening.facts["working_days"]


def assert_last_days(offered: Sequence[Option], log: LogOfACase, days: Days) -> None:
    """The last day that an allowed step is told with is one that the slow reckoning gives."""
    if not log.rounds or not log.is_open:
        return
    now, told = log.now, {each.event: each.last_day for each in offered if each.allowed}
    uncorrected = [correction_due(each, days) for each in now["corrections"] if not each["received"]]
    unpaid = [days.nth(each["notified"], 20) for each in now["fees"] if not each["paid"]]
    windows = [window_end(each, days) for each in now["consultations"] if not each["ended"]]
    reasons = [each["until"] for each in now["reasons"] if not each["received"]]
    expected = {
        EventKind.CORRECT: next(iter(uncorrected), None),
        EventKind.PAY: next(iter(unpaid), None),
        EventKind.OPINIONS_IN: min((end for end in windows if end), default=None),
        EventKind.REASONS_IN: next(iter(reasons), None),
    }
    within_the_reply = {EventKind.DECIDE, EventKind.RECTIFY, EventKind.BILL, EventKind.DELAY} & set(told)
    if within_the_reply:
        expected |= dict.fromkeys(within_the_reply, slow_reckoning(now, days)["reply_due"])
    if EventKind.EXTEND in told:
        plain_period = {**now, "extensions": [], "delays": []}
        expected[EventKind.EXTEND] = slow_reckoning(plain_period, days)["reply_due"]
    if EventKind.ASK_CORRECTION in told and now.get("origin", "request") == "request":
        expected[EventKind.ASK_CORRECTION] = days.nth(now["received"], 7)
    assert told == {event: expected.get(event) for event in told}


def assert_stored(connection: Connection, row: Any, log: LogOfACase, days: Days) -> None:
    """The row of the case and the rows beside it are what its log gives."""
    found = (row.number, row.state, row.received_on, row.closed_on, row.outcome, row.applicant_kind, row.subject)
    assert found == (log.number, log.state, log.received, log.closed, log.outcome, log.kind, log.subject)
    assert (row.counted, row.is_open) == (log.is_counted, log.is_open)
    expected = deadlines_of(log, days)
    reply = [each for each in expected if each[0] == "reply"][-1:]
    assert (row.reply_due, row.provisional) == ((reply[0][3], reply[0][6]) if reply else (None, False))
    columns = deadline.c
    statement = select(
        columns.kind,
        columns.round,
        columns.state,
        columns.due_on,
        columns.done_on,
        columns.article,
        columns.provisional,
    )
    rows = connection.execute(statement.where(columns.case_id == row.id).order_by(columns.kind, columns.round))
    assert sorted(map(tuple, rows), key=lambda each: each[:2]) == expected
    charged = select(fee.c.round, fee.c.notified_on, fee.c.billed_yuan, fee.c.paid_on, fee.c.received_yuan)
    assert list(map(tuple, connection.execute(charged.where(fee.c.case_id == row.id).order_by(fee.c.round)))) == [
        (number, each["notified"], each["billed"], each["last"], each["got"])
        for number, each in enumerate((each for one in log.rounds for each in one["fees"]), 1)
    ]
    of_reviews = select(review.c.round, review.c.kind, review.c.accepted_on, review.c.result, review.c.concluded_on)
    stored = connection.execute(of_reviews.where(review.c.case_id == row.id).order_by(review.c.round))
    assert list(map(tuple, stored)) == [
        (each["number"], each["kind"], each["accepted"], each["result"], each["concluded"]) for each in log.reviews
    ]


# The report

COLUMNS = list(ApplicantKind)


def years_around(new_year: int) -> tuple[int, int]:
    """The year before and the year after."""
    return new_year - 1, new_year


def counted(log: LogOfACase, new_year: int) -> Counter[Any]:
    """What the case adds to table three of the two years: cells by year, row and column."""
    cells: Counter[Any] = Counter()
    if not log.is_counted or log.received is None:
        return cells
    for year in years_around(new_year):
        first, last = date(year, 1, 1), date(year, 12, 31)
        if log.received > last or (log.closed is not None and log.closed < first):
            continue
        paths = ["new" if log.received >= first else "carried_in"]
        if log.closed is None or log.closed > last:
            paths.append("carried_out")
        else:
            paths.append("results/total")
        if log.outcome is not None and log.closed is not None and log.closed <= last:
            by_2019 = edition_for_year(year) == "2019" and log.outcome.startswith("other_")
            paths.append("results/other" if by_2019 else f"results/{log.outcome}")
        for path in paths:
            cells[year, path, COLUMNS.index(ApplicantKind(log.kind))] += 1
            cells[year, path, len(COLUMNS)] += 1
    return cells


def assert_it_adds_up(cells: Counter[Any], new_year: int) -> None:
    """K1 to K4 by plain sums."""
    for year in years_around(new_year):
        rows: dict[str, list[int]] = {}
        for (of, path, column), number in cells.items():
            if of == year:
                rows.setdefault(path, [0] * 7)[column] += number
        zeros = [0] * 7
        came = [a + b for a, b in zip(rows.get("new", zeros), rows.get("carried_in", zeros), strict=True)]
        total = rows.get("results/total", zeros)
        assert came == [a + b for a, b in zip(total, rows.get("carried_out", zeros), strict=True)]
        leaves = [row for path, row in rows.items() if path.startswith("results/") and path != "results/total"]
        assert total == [sum(column) for column in zip(*leaves, strict=True)] or not (leaves or any(total))
        assert all(row[6] == sum(row[:6]) for row in rows.values())
    out = {column: n for (year, path, column), n in cells.items() if (year, path) == (new_year - 1, "carried_out")}
    assert out == {column: n for (year, path, column), n in cells.items() if (year, path) == (new_year, "carried_in")}


def figures_of(cells: Counter[Any], year: int) -> Figures:
    """The same as a report."""
    zero = zero_figures("测试机关", year, edition_for_year(year))
    rows = {path: tuple(cells[year, path, column] for column in range(7)) for path in zero.applications}
    assert {path for of, path, _ in cells if of == year} <= set(rows)
    return replace(zero, applications=rows)


class HistoriesAtTheDesk(LawfulHistories):
    """The same at the real desk. A failure is told as it was found: to make it smaller would take minutes."""

    phases: ClassVar = [Phase.generate]

    database: ClassVar[Database]
    cipher: ClassVar[FieldCipher]

    def office_for(self, practice: Practice, today: date) -> Paper:
        """A new agency for each history."""
        return Desk(practice, today, self.database, self.cipher)


# The runs


def walk(kind: type[LawfulHistories], new_year: int, histories: dict[int, int], **more: Any) -> Tally:
    """Walk so many histories of each length around a New Year; gives what they met."""
    common = {"new_year": new_year, "tally": Tally(), "docket": Counter(), **more}
    for length, wanted in histories.items():
        run_state_machine_as_test(
            type(f"{kind.__name__}{new_year}", (kind,), {**common, "length": length}),
            settings=settings(
                max_examples=max(wanted, LONG_RUN),
                stateful_step_count=length,
                derandomize=not LONG_RUN,
                database=None,
                report_multiple_bugs=False,
                deadline=None,
                phases=kind.phases,
                suppress_health_check=list(HealthCheck),
            ),
        )
    return common["tally"]


CONFIRMED = {(EventKind.ARRIVE, "confirmed_on"), (EventKind.ARRIVE, "confirmed_how")}
"""What is confirmed when it comes is registered: an arrival has no confirmation."""


WITH_ITS_PAPER = {EventKind.SEND_LETTER}
"""A letter that leaves is written by the book of letters: tests/letters."""


def assert_nothing_is_missing(met: Tally) -> None:
    """The walks of one New Year came by everything that the law knows."""
    assert set(met.events) == set(EventKind) - WITH_ITS_PAPER
    known = [term for terms in statute.TERMS.values() for term in terms if term is not ReviewResult.PENDING]
    assert [each for each in (*State, *DeadlineKind) if not met.met[type(each), each]] == []
    # Some words need much before them and are rare; another order of chances may miss one or the other.
    assert len([each for each in known if not met.met[type(each), each]]) <= 2
    steps = [step for step in statute.BY_EVENT.values() if step.event not in WITH_ITS_PAPER]
    facts = {(step.event, fact.name) for step in steps for fact in step.facts if not fact.filled}
    # A fact or two may be rare in the same way.
    assert met.facts & CONFIRMED == set()
    assert len(facts - met.facts - CONFIRMED) <= 2
    assert set(met.speechless) <= {EventKind.VOID, EventKind.LAPSE}
    assert met.met["rounds", 3]
    assert met.met["carried over"] > 50


REFUSALS = ("barred", "fact left out", "fact spoiled", "late entry refused", "void refused")


@pytest.mark.histories
@pytest.mark.parametrize("new_year", NEW_YEARS)
def test_lawful_histories_on_paper_stay_in_the_table_keep_their_deadlines_and_add_up(new_year: int) -> None:
    met = walk(LawfulHistories, new_year, ON_PAPER)
    print(met.told())
    assert len(met.different) >= 500, met.told()
    assert len(NEW_YEARS) * 500 >= 2000
    assert sum(met.lengths) > 12 * len(met.lengths), met.told()
    assert 30 < max(met.lengths) <= LONGEST, met.told()
    assert met.crossed > len(met.lengths) // 3, met.told()
    assert min(met.met[each] for each in REFUSALS) > 20, met.told()
    assert min(met.met["setting"], met.met["notice"]) > 20, met.told()
    assert_nothing_is_missing(met)


@pytest.mark.histories
@pytest.mark.parametrize("new_year", NEW_YEARS[-2:])
def test_lawful_histories_at_the_desk_are_stored_verified_and_rolled_up(
    new_year: int, database: Database, cipher: FieldCipher
) -> None:
    met = walk(HistoriesAtTheDesk, new_year, AT_THE_DESK, database=database, cipher=cipher)
    print(met.told())
    assert len(met.different) >= sum(AT_THE_DESK.values()) - 4, met.told()
    assert sum(met.lengths) > 12 * len(met.lengths), met.told()
    assert met.crossed > len(met.lengths) // 4, met.told()
    assert met.met["barred"] > 20, met.told()
    assert len(met.events) > 30, met.told()
    assert set(met.speechless) <= {EventKind.VOID, EventKind.LAPSE}


def test_a_few_lawful_histories_on_paper_stay_in_the_table_and_add_up() -> None:
    met = walk(LawfulHistories, NEW_YEARS[-1], A_FEW)
    assert len(met.different) >= 90, met.told()
    assert met.crossed > len(met.lengths) // 4, met.told()
    assert len(met.events) > 40, met.told()


def test_a_few_lawful_histories_at_the_desk_are_stored_verified_and_rolled_up(
    database: Database, cipher: FieldCipher
) -> None:
    met = walk(HistoriesAtTheDesk, 2027, {16: 6}, database=database, cipher=cipher)
    assert sum(met.lengths) > 60, met.told()


# What the walks have found


def lived(*steps: tuple[EventKind, str, Facts], today: str = "2026-12-31") -> Paper:
    """An office that charges fees, with a case received on 2 March 2026 and these steps."""
    office = Paper(Practice(charges_fees=True), date.fromisoformat(today))
    registered = {"number": "2026-0001", "applicant_kind": ApplicantKind.COMPANY, "subject": "某村征地批文"}
    for event, day, facts in ((EventKind.REGISTER, "2026-03-02", registered), *steps):
        office.perform(Happening(event, date.fromisoformat(day), facts))
    return office


BILLED = (EventKind.BILL, "2026-03-12", {"tariff": Tariff.BY_VOLUME, "pages": 31, "billed_yuan": Decimal(10)})
PAID = (EventKind.PAY, "2026-03-18", {"received_yuan": Decimal(10)})
ASKED = (EventKind.CONSULT, "2026-03-31", {"kind": ConsultationKind.OTHER_AGENCY, "party": "某局"})


def extended(day: str) -> tuple[EventKind, str, Facts]:
    return EventKind.EXTEND, day, {"working_days": 10, "approver": "李某", "reason": "检索量大"}


def test_law_12_13_an_extension_that_was_used_before_a_payment_is_not_offered_again() -> None:
    office = lived(extended("2026-03-10"), BILLED, PAID)
    event, _, facts = extended("2026-03-20")
    with pytest.raises(Refusal, match="只能延期一次"):
        office.perform(Happening(event, date(2026, 3, 20), facts))
    lived(BILLED, PAID, extended("2026-03-20"))


@pytest.mark.parametrize("event", [EventKind.EXTEND, EventKind.BILL])
def test_art33_what_must_come_within_the_period_cannot_be_saved_by_asking_somebody_after_it(event: EventKind) -> None:
    late = lived(ASKED)
    offered = options.options(late.case, late.calendar, date(2026, 4, 1), late.practice)
    (option,) = [each for each in offered if each.event is event]
    assert not option.allowed
    assert "2026-03-30" in (option.reason or "")


def test_a_new_wording_may_be_given_to_a_request_whose_confirmation_was_never_noted() -> None:
    office = Paper(Practice(), date(2026, 3, 2))
    facts = {
        "number": "2026-0001",
        "applicant_kind": ApplicantKind.COMPANY,
        "subject": "批文",
        "channel": Channel.ONLINE,
    }
    office.perform(Happening(EventKind.REGISTER, office.today, {**facts, "submitted_on": office.today}))
    office.today = date(2026, 3, 9)
    office.perform(Happening(EventKind.AMEND, office.today, {"reason": "笔误", "subject": "某村征地批文"}))
    assert (office.case.subject, office.case.received) == ("某村征地批文", date(2026, 3, 2))


@pytest.mark.timeout(60)
def test_a_request_confirmed_anew_after_the_year_end_is_carried_over_anew(
    database: Database, cipher: FieldCipher
) -> None:
    office = Desk(Practice(), date(2025, 12, 20), database, cipher)
    office.new_year = 2026
    letter = {"channel": Channel.POST_ORDINARY, "arrived_on": office.today}
    facts = {"applicant_kind": ApplicantKind.COMPANY, "subject": "批文", **letter}
    office.perform(Happening(EventKind.ARRIVE, office.today, facts))
    office.perform(Happening(EventKind.CONFIRM, office.today, {"how": "电话"}))
    office.today = date(2026, 1, 5)
    office.end_year(2025)
    assert office.case.state is State.CARRIED_OVER_RECEIVED
    office.perform(Happening(EventKind.VOID, office.today, {"entry": 2, "reason": "日期有误"}))
    office.perform(Happening(EventKind.CONFIRM, date(2025, 12, 22), {"how": "电话"}))
    office.end_year(2025)
    assert office.case.state is State.CARRIED_OVER_RECEIVED
    office.check()
