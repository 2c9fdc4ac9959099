"""The report adds up and says what happened, whatever happened: properties over random lawful histories."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, select

from models.personal import FieldCipher
from models.tables import agency
from models.vocabulary import (
    ApplicantKind,
    Channel,
    ConsultationKind,
    EventKind,
    Matter,
    Opinion,
    Outcome,
    OutcomeGroup,
    RectificationResult,
    ReviewKind,
    ReviewResult,
    RulingForm,
    State,
    Term,
)
from reports import checks, year_end
from reports.edition import edition_for_year, load_edition
from reports.figures import Figures
from reports.rollup import roll_up
from runtime.database import Database
from tests.conftest import NOW, TODAY
from tests.histories import (
    CaseHistory,
    another_agency,
    commands,
    dockets,
    examples,
    forget_cases,
    histories,
    perform,
    record,
    stored,
    verified,
)
from workflow import case, fold, statute
from workflow.desk import History

YEARS = range(2019, 2026)
EDITIONS = ("2019", "2021")
NAME = "测试机关"
KINDS = list(ApplicantKind)
OTHER_ROWS = [rule.outcome for rule in statute.OUTCOME_RULES if rule.group is OutcomeGroup.OTHER]

Rows = Mapping[str, Sequence[int]]


def result_rows(edition: str) -> list[str]:
    """The leaf rows of 本年度办理结果, as ``contracts.md`` names them."""
    keys = [outcome.value for outcome in Outcome if edition == "2021" or outcome not in OTHER_ROWS]
    return [f"results/{key}" for key in (keys if edition == "2021" else [*keys, "other"])]


def ending(history: CaseHistory) -> tuple[date, Outcome] | None:
    """The day and the outcome of the first final reply: the one that counts (law.md 12 no. 31)."""
    for happening in history:
        if "outcome" in happening.facts:
            return happening.happened_on, happening.facts["outcome"]
        if happening.event in (EventKind.WITHDRAW, EventKind.MERGE):
            return happening.happened_on, Outcome.OTHER_MISC
    return None


def received(history: CaseHistory) -> date | None:
    """The day of receipt of a request for information; None for one that is not confirmed, or asks for no information."""
    if history[0].facts.get("matter") is Matter.RECTIFICATION:
        return None
    return next((h.happened_on for h in history if h.event in (EventKind.REGISTER, EventKind.CONFIRM)), None)


def counted(docket: Iterable[CaseHistory], start: date, end: date, edition: str) -> Rows:
    """Table three counted from the raw histories."""
    rows = {path: [0] * 7 for path in ["new", "carried_in", "carried_out", "results/total", *result_rows(edition)]}
    for history in docket:
        came, kind = received(history), history[0].facts["applicant_kind"]
        ended = ending(history)
        if came is None or came > end or (ended is not None and ended[0] < start):
            continue
        paths = ["new" if came >= start else "carried_in"]
        if ended is None or ended[0] > end:
            paths.append("carried_out")
        else:
            leaf = "other" if edition == "2019" and ended[1] in OTHER_ROWS else ended[1].value
            paths += [f"results/{leaf}", "results/total"]
        for path in paths:
            rows[path][KINDS.index(kind)] += 1
            rows[path][6] += 1
    return rows


def counted_reviews(docket: Iterable[CaseHistory], start: date, end: date) -> Rows:
    """Table four counted from the raw histories."""
    rows = {kind.value: [0] * 5 for kind in ReviewKind}
    columns = list(ReviewResult)
    for history in docket:
        opened = [h for h in history if h.event is EventKind.OPEN_REVIEW]
        closed = {h.facts["review"]: h for h in history if h.event is EventKind.CONCLUDE_REVIEW}
        for number, review in enumerate(opened, 1):
            concluded = closed.get(number)
            if review.happened_on > end or (concluded and concluded.happened_on < start):
                continue
            over = concluded is not None and concluded.happened_on <= end
            result = concluded.facts["result"] if concluded and over else ReviewResult.PENDING
            for column in (columns.index(result), 4):
                rows[review.facts["review_kind"].value][column] += 1
    return rows


def counted_fees(docket: Iterable[CaseHistory], start: date, end: date) -> tuple[int, Decimal, Decimal]:
    """The fees of a year from the raw histories: notices, billed, received."""
    within = [h for history in docket for h in history if start <= h.happened_on <= end]
    billed = [h.facts["billed_yuan"] for h in within if h.event is EventKind.BILL]
    return len(billed), sum(billed, Decimal(0)), sum(h.facts.get("received_yuan", Decimal(0)) for h in within)


def assert_figures(figures: Figures, docket: Sequence[CaseHistory], start: date, end: date) -> None:
    """The figures are those that counting gives, and they add up."""
    rows = figures.applications
    assert {path: list(row) for path, row in rows.items()} == counted(docket, start, end, figures.edition)
    assert {key: list(row) for key, row in figures.reviews.items()} == counted_reviews(docket, start, end)
    assert figures.fees is not None
    found = (figures.fees.notices, figures.fees.billed_yuan, figures.fees.received_yuan)
    assert found == counted_fees(docket, start, end)
    for column in range(7):
        came = rows["new"][column] + rows["carried_in"][column]
        assert came == rows["results/total"][column] + rows["carried_out"][column]
        assert rows["results/total"][column] == sum(rows[path][column] for path in result_rows(figures.edition))
    assert all(row[6] == sum(row[:6]) for row in rows.values())
    assert all(row[4] == sum(row[:4]) for row in figures.reviews.values())


def assert_the_years_add_up(connection: Connection, agency_id: int, docket: Sequence[CaseHistory]) -> None:
    """Every year in both editions, each year beside the one before it."""
    for edition in EDITIONS:
        before: Figures | None = None
        for year in YEARS:
            figures = roll_up(connection, agency_id, NAME, year, edition)
            assert_figures(figures, docket, date(year, 1, 1), date(year, 12, 31))
            if before is not None:
                assert figures.applications["carried_in"] == before.applications["carried_out"]
            assert checks.check(figures, before) == []
            before = figures


def assert_the_draft_holds(connection: Connection, agency_id: int, figures: Figures) -> None:
    """The cells of the stored draft are these figures, no more and no fewer."""
    cells: dict[tuple[str, int], Decimal] = {}
    for table in ("applications", "reviews", "proactive"):
        for key, row in getattr(figures, table).items():
            cells |= {(f"{table}/{key}", position): value for position, value in enumerate(row)}
    assert figures.fees is not None
    cells |= {(f"fees/{name}", 0): getattr(figures.fees, name) for name in ("notices", "billed_yuan", "received_yuan")}
    found = stored(
        connection,
        "SELECT path, position, value FROM report_cell JOIN report ON report.id = report_id"
        " WHERE agency_id = :agency AND year = :year AND edition = :edition AND state = 'draft'",
        agency=agency_id,
        year=figures.year,
        edition=edition_for_year(figures.year or 0),
    )
    assert {(path, position): value for path, position, value in found} == cells


def close_year(engine: Engine, agency_id: int, year: int, cipher: FieldCipher, now: datetime = NOW) -> Any:
    """Run the year-end job."""
    with engine.connect() as connection:
        row = connection.execute(select(agency).where(agency.c.id == agency_id)).one()
    result = year_end.run(engine, row, year, cipher, now, lambda _, __: None)
    assert result.findings == []
    assert result.ok
    return result


@examples(25)
@given(
    dockets(), dockets(2), st.permutations(YEARS), st.lists(st.sampled_from(YEARS), max_size=4)
)  # years run in any order, some again
def test_every_year_adds_up_before_and_after_its_year_end_run_in_any_order_and_again(
    database: Database,
    cipher: FieldCipher,
    docket: list[CaseHistory],
    neighbours: list[CaseHistory],
    order: list[int],
    again: list[int],
) -> None:
    forget_cases(database.owner_engine)
    engine, agency_id, neighbour = database.engine, another_agency(database.engine), another_agency(database.engine)
    with engine.begin() as connection:
        record(connection, agency_id, docket, cipher)
        record(connection, neighbour, neighbours, cipher)
        assert verified(connection).findings == []
        assert_the_years_add_up(connection, agency_id, docket)
    for year in order:
        result = close_year(engine, agency_id, year, cipher)
        came = [history for history in docket if (received(history) or date.max) <= date(year, 12, 31)]
        open_now = [history for history in came if ending(history) is None]
        assert result.newly_carried_over == len(open_now)
        with engine.connect() as connection:
            assert_the_draft_holds(connection, agency_id, roll_up(connection, agency_id, NAME, year))
    for year in again:
        result = close_year(engine, agency_id, year, cipher)
        assert (result.newly_carried_over, result.cells_changed) == (0, 0)
    with engine.connect() as connection:
        assert verified(connection).findings == []
        assert_the_years_add_up(connection, agency_id, docket)
        assert_the_years_add_up(connection, neighbour, neighbours)


@pytest.mark.histories
@examples(12)
@given(dockets(5))
def test_living_through_the_years_one_by_one_gives_the_same_report_as_recording_them_at_once(
    database: Database, cipher: FieldCipher, docket: list[CaseHistory]
) -> None:
    forget_cases(database.owner_engine)
    engine, agency_id = database.engine, another_agency(database.engine)
    ids: dict[int, int] = {}
    for year in range(2018, TODAY.year + 1):
        new_year = min(datetime(year, 12, 31, 16, 5, tzinfo=UTC), NOW)
        for index, history in enumerate(docket):
            happened = [h for h in history if h.happened_on.year == year]
            if happened:
                lived = History(commands(happened), ids.get(index))
                ids[index] = perform(engine, agency_id, lived, cipher, new_year).case_id
        if year in YEARS:
            result = close_year(engine, agency_id, year, cipher, new_year)
            assert result.newly_carried_over == result.carried_over
            with engine.connect() as connection:
                figures = roll_up(connection, agency_id, NAME, year)
                assert_figures(figures, docket, date(year, 1, 1), date(year, 12, 31))
                assert_the_draft_holds(connection, agency_id, figures)
    with engine.connect() as connection:
        assert verified(connection).findings == []
        assert_the_years_add_up(connection, agency_id, docket)
    for year in YEARS:
        assert close_year(engine, agency_id, year, cipher).cells_changed == 0


@examples(25)
@given(dockets(6), st.sampled_from(range(2019, 2027)), st.integers(-40, 420))
def test_a_year_as_of_a_day_counts_what_had_happened_by_then(
    database: Database, cipher: FieldCipher, docket: list[CaseHistory], year: int, days: int
) -> None:
    as_of = date(year, 1, 1) + timedelta(days)
    end = min(max(as_of, date(year - 1, 12, 31)), date(year, 12, 31))
    with database.engine.connect() as connection:
        agency_id = another_agency(database.engine)
        record(connection, agency_id, docket, cipher)
        for edition in EDITIONS:
            figures = roll_up(connection, agency_id, NAME, year, edition, as_of)
            assert_figures(figures, docket, date(year, 1, 1), end)
            known = [tuple(h for h in history if h.happened_on <= end) for history in docket]
            assert_figures(figures, [history for history in known if history], date(year, 1, 1), end)


@pytest.mark.parametrize("edition", EDITIONS)
def test_each_edition_has_the_rows_that_are_counted_here(edition: str) -> None:
    paths = set(load_edition(edition).table_three.names)
    assert paths == {"new", "carried_in", "carried_out", "results/total", *result_rows(edition)}


@given(histories())
def test_the_histories_are_lawful_and_in_order(history: CaseHistory) -> None:
    days = [h.happened_on for h in history]
    assert days == sorted(days)
    assert days[-1] <= TODAY
    folded = fold.first(replace(history[0], facts={**history[0].facts, "number": "1"}))
    for happening in history[1:]:
        folded = fold.apply(folded, happening)
    assert case.from_snapshot(case.to_snapshot(folded)) == folded


def corners(history: CaseHistory) -> set[object]:
    """What of the law this history touches."""
    folded = fold.first(replace(history[0], facts={**history[0].facts, "number": "1"}))
    states = {folded.state}
    for happening in history[1:]:
        folded = fold.apply(folded, happening)
        states.add(folded.state)
    facts = {value for h in history for value in h.facts.values() if isinstance(value, Term)}
    years = history[-1].happened_on.year - history[0].happened_on.year
    waits = {("open", folded.state)} if folded.is_open() else {("ended after New Years", min(years, 2))}
    again = {"answered again" if each.closed else "opened again" for each in folded.reopenings}
    return facts | states | waits | again | {h.event for h in history}


@pytest.mark.histories
def test_the_histories_reach_every_corner_of_the_law() -> None:
    by_itself = {EventKind.CARRY_OVER, EventKind.RECALCULATE, *statute.CARRIED_OVER.values(), ReviewResult.PENDING}
    # What changes the count of a year that is over: tests.workflow.test_lawful_histories has it.
    put_right = {EventKind.VOID, EventKind.CHANGE_KIND}
    missing = {*ApplicantKind, *Outcome, *ReviewKind, *ReviewResult, *Channel, *EventKind, *State, *ConsultationKind}
    missing |= {*Opinion, *RulingForm, *RectificationResult}
    missing -= by_itself | put_right
    missing |= {("open", state) for state in statute.WORKING} | {("ended after New Years", n) for n in range(3)}
    missing |= {("open", State.UNCONFIRMED), "opened again", "answered again"}

    @settings(max_examples=250, deadline=None, database=None, phases=[Phase.generate])
    @given(histories())
    def look(history: CaseHistory) -> None:
        missing.difference_update(corners(history))

    # Some hundreds are enough; which ones come is for hypothesis to say.
    for number in range(40):
        if missing:
            seed(number)(look)()
    assert missing == set()
