"""Where a case stands in table three: its cells agree with the roll-up year by year, and a change is told cell by cell.

新收 goes by the day of receipt, 办理结果 by the legal date of the first reply, 结转 by who was unanswered on 31 December
(law.md 5.7); the edition of 2019 has one row for all of 其他处理.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from sqlalchemy import Connection, select

from models.personal import FieldCipher
from models.tables import request_case
from models.vocabulary import (
    ApplicantKind,
    Channel,
    EventKind,
    Ground,
    Matter,
    Means,
    Outcome,
    RectificationResult,
    ReopenGround,
    ReviewKind,
    ReviewResult,
    State,
)
from reports import placing
from reports.edition import edition_for_year
from reports.placing import Cell
from reports.rollup import roll_up
from runtime.database import Database
from tests.histories import CaseHistory, another_agency, dockets, examples, forget_cases, record
from tests.lawful import Office, open_office
from workflow.case import Case, from_snapshot

YEARS = range(2019, 2028)
KINDS = list(ApplicantKind)
PERSON, COMPANY = ApplicantKind.NATURAL_PERSON, ApplicantKind.COMPANY


@pytest.fixture
def office(shared: Database, cipher: FieldCipher) -> Iterator[Office]:
    """An office whose log is in order when the test is over."""
    with open_office(shared, cipher) as opened:
        yield opened


def cases(connection: Connection, agency_id: int) -> list[Case]:
    """All cases of an agency."""
    stored = connection.scalars(select(request_case.c.snapshot).where(request_case.c.agency_id == agency_id))
    return [from_snapshot(snapshot) for snapshot in stored if snapshot is not None]


def assert_the_cells_add_up_to_the_roll_up(connection: Connection, agency_id: int) -> None:
    """In every year and its edition, cell by cell."""
    all_cases = cases(connection, agency_id)
    for last_year in (YEARS[0], YEARS[-1]):
        added = Counter(cell for case in all_cases for cell in placing.cells(case, last_year))
        assert all(cell.year <= last_year for cell in added)
        for year in range(YEARS[0], last_year + 1):
            rows = roll_up(connection, agency_id, "某局", year).applications
            rolled = {
                Cell(year, path, kind): row[column]
                for path, row in rows.items()
                for column, kind in enumerate(KINDS)
                if row[column]
            }
            assert {cell: number for cell, number in added.items() if cell.year == year} == rolled


@examples(25)
@given(docket=dockets(8))
def test_the_cells_of_all_cases_add_up_to_the_roll_up_of_every_year_and_edition(
    shared: Database, cipher: FieldCipher, docket: list[CaseHistory]
) -> None:
    forget_cases(shared.owner_engine)
    agency_id = another_agency(shared.engine)
    with shared.engine.begin() as connection:
        record(connection, agency_id, docket, cipher)
        assert_the_cells_add_up_to_the_roll_up(connection, agency_id)


def test_both_editions_are_among_the_years() -> None:
    assert {edition_for_year(year) for year in YEARS} == {"2019", "2021"}


def test_whatever_officers_do_the_cells_add_up_to_the_roll_up(office: Office) -> None:
    office.register("2025-12-30")
    office.register("2025-12-30", applicant_kind=COMPANY)
    office.then(EventKind.VOID, "2025-12-31", entry=1, reason="重复登记")
    office.register("2025-12-29")
    office.refuse("2025-12-31")
    office.then(EventKind.CHANGE_KIND, "2026-01-06", applicant_kind=COMPANY, reason="选错")
    office.then(EventKind.OPEN_REVIEW, "2026-02-02", review_kind=ReviewKind.RECONSIDERATION)
    office.then(EventKind.CONCLUDE_REVIEW, "2026-03-02", review=1, result=ReviewResult.CORRECTED)
    office.then(EventKind.REOPEN, "2026-03-03", ground=ReopenGround.RECONSIDERATION, review=1)
    office.grant("2026-03-09")
    office.register("2026-03-02", matter=Matter.RECTIFICATION)
    office.then(EventKind.RECTIFY, "2026-03-09", result=RectificationResult.CORRECTED, reason="核实")
    office.arrive("2026-03-02", channel=Channel.POST_ORDINARY, arrived_on="2026-03-02")
    office.arrive("2026-03-02", channel=Channel.POST_ORDINARY, arrived_on="2026-03-02")
    office.then(EventKind.DISMISS, "2026-03-03", reason="广告信")
    office.register("2026-03-02")
    office.grant("2026-03-09")
    office.then(EventKind.VOID, "2026-03-10", entry=3, reason="结果选错")
    office.refuse("2026-03-11")
    with office.engine.connect() as connection:
        assert len(cases(connection, office.agency_id)) == 7
        assert_the_cells_add_up_to_the_roll_up(connection, office.agency_id)


# The cells of one case


def case(received: str | None, closed: str | None = None, outcome: Outcome | None = None, **more: Any) -> Case:
    """A case with these days."""
    ends = {} if closed is None else {"closed": date.fromisoformat(closed), "outcome": outcome or Outcome.GRANTED}
    came = None if received is None else date.fromisoformat(received)
    return Case("2026-0001", PERSON, "预算", entered=came or date(2026, 1, 1), received=came, **{**ends, **more})


def told(found: set[Cell]) -> list[str]:
    """The cells, in order, as year and row."""
    return [f"{cell.year} {cell.path}" for cell in sorted(found)]


@pytest.mark.parametrize(
    ("of", "last_year", "wanted"),
    [
        (case("2026-03-02", "2026-03-09"), 2026, ["2026 new", "2026 results/granted", "2026 results/total"]),
        (case("2026-03-02"), 2026, ["2026 carried_out", "2026 new"]),
        (
            case("2024-12-31", "2026-01-01"),
            2026,
            [
                "2024 carried_out",
                "2024 new",
                "2025 carried_in",
                "2025 carried_out",
                "2026 carried_in",
                "2026 results/granted",
                "2026 results/total",
            ],
        ),
        (
            case("2024-12-31", "2026-01-01"),
            2025,
            ["2024 carried_out", "2024 new", "2025 carried_in", "2025 carried_out"],
        ),
        (case("2026-03-02", "2026-03-09"), 2025, []),
        # The row of 其他处理 is one in the form of 2019 and three in that of 2021.
        (
            case("2020-03-02", "2020-03-09", Outcome.OTHER_NOT_CORRECTED),
            2026,
            ["2020 new", "2020 results/other", "2020 results/total"],
        ),
        (
            case("2021-03-02", "2021-03-09", Outcome.OTHER_NOT_CORRECTED),
            2026,
            ["2021 new", "2021 results/other_not_corrected", "2021 results/total"],
        ),
    ],
)
def test_a_case_stands_in_these_cells(of: Case, last_year: int, wanted: list[str]) -> None:
    found = placing.cells(of, last_year)
    assert told(found) == wanted
    assert {cell.kind for cell in found} <= {PERSON}


@pytest.mark.parametrize(
    "of",
    [
        None,
        case(None, state=State.UNCONFIRMED),
        case("2026-03-02", state=State.VOID),
        case(None, state=State.VOID),
        case("2026-03-02", matter=Matter.RECTIFICATION),
    ],
    ids=["none", "not received", "void", "dismissed", "records to correct"],
)
def test_what_is_not_counted_stands_nowhere(of: Case | None) -> None:
    assert placing.cells(of, 2030) == set()


# How a change moves them


def test_a_registration_is_told_and_what_changes_no_figure_is_not() -> None:
    entered = case("2026-03-02")
    assert placing.moved(None, entered, 2026) == [
        "2026 年表三“结转下年度”自然人列 +1",
        "2026 年表三“本年新收”自然人列 +1",
    ]
    assert placing.moved(entered, entered, 2026) == []
    assert placing.moved(entered, replace(entered, subject="改"), 2026) == []
    # Of a year that is not over nothing is told when only past years are asked for.
    assert placing.moved(None, entered, 2025) == []


def test_the_year_that_runs_is_told_as_the_ledger_has_it_now() -> None:
    before = case("2025-12-30", "2026-01-05")
    assert placing.moved(before, replace(before, outcome=Outcome.REFUSED_PROCESS), 2026, running=2026) == [
        "按目前台账，2026 年表三“予以公开”自然人列 −1",
        "按目前台账，2026 年表三“不予公开-属于四类过程性信息”自然人列 +1",
    ]
    changed = placing.moved(before, replace(before, applicant_kind=COMPANY), 2026, running=2026)
    assert {sentence[:10] for sentence in changed} == {"2025 年表三“结", "2025 年表三“本", "按目前台账，2026"}


def test_what_goes_is_told_before_what_comes() -> None:
    before, after = case("2026-03-02", "2026-03-09"), case("2026-03-02", "2026-03-09", Outcome.REFUSED_PROCESS)
    assert placing.moved(before, after, 2026) == [
        "2026 年表三“予以公开”自然人列 −1",
        "2026 年表三“不予公开-属于四类过程性信息”自然人列 +1",
    ]


def test_a_row_of_the_form_of_2019_is_called_what_that_form_calls_it() -> None:
    before = case("2020-03-02", "2020-03-09", Outcome.OTHER_MISC)
    assert placing.moved(before, replace(before, outcome=Outcome.OTHER_FEE_UNPAID), 2026) == []
    assert placing.moved(before, replace(before, outcome=Outcome.GRANTED), 2026) == [
        "2020 年表三“其他处理”自然人列 −1",
        "2020 年表三“予以公开”自然人列 +1",
    ]


def test_another_category_moves_the_case_to_another_column() -> None:
    before = case("2025-12-30", "2026-01-05")
    assert placing.moved(before, replace(before, applicant_kind=COMPANY), 2026) == [
        f"{cell} {sign}"
        for sign, column in (("−1", "自然人列"), ("+1", "商业企业列"))
        for cell in (
            f"2025 年表三“结转下年度”{column}",
            f"2025 年表三“本年新收”{column}",
            f"2026 年表三“上年结转”{column}",
            f"2026 年表三“予以公开”{column}",
            f"2026 年表三“办理结果总计”{column}",
        )
    ]


def test_every_cell_of_the_table_has_a_name_of_its_own_in_its_year() -> None:
    paths = ["new", "carried_in", "carried_out", "results/total", *(f"results/{outcome.value}" for outcome in Outcome)]
    labels = [Cell(2021, path, PERSON).label() for path in paths]
    assert len(set(labels)) == len(paths)
    assert Cell(2020, "results/other", PERSON).label() == "2020 年表三“其他处理”自然人"


# As officers meet it


def steps(office: Office, act: Any) -> list[str]:
    """What a step moves, by the cases before and after it."""
    before = office.case
    act()
    return placing.moved(before, office.case, 2026)


def test_a_reply_that_was_voided_is_taken_back_from_its_row(office: Office) -> None:
    office.register()
    office.grant("2026-03-09")
    moved = steps(office, lambda: office.then(EventKind.VOID, "2026-03-10", entry=3, reason="结果选错"))
    assert moved == [
        "2026 年表三“予以公开”自然人列 −1",
        "2026 年表三“办理结果总计”自然人列 −1",
        "2026 年表三“结转下年度”自然人列 +1",
    ]
    assert steps(office, lambda: office.refuse("2026-03-11", Outcome.REFUSED_PROCESS)) == [
        "2026 年表三“结转下年度”自然人列 −1",
        "2026 年表三“不予公开-属于四类过程性信息”自然人列 +1",
        "2026 年表三“办理结果总计”自然人列 +1",
    ]


def test_a_day_of_receipt_amended_over_new_year_moves_both_years(office: Office) -> None:
    office.register("2026-01-04")
    amended = {"reason": "看错", "received_on": "2025-12-31"}
    moved = steps(office, lambda: office.then(EventKind.AMEND, "2026-01-05", **amended))
    assert moved == [
        "2026 年表三“本年新收”自然人列 −1",
        "2025 年表三“结转下年度”自然人列 +1",
        "2025 年表三“本年新收”自然人列 +1",
        "2026 年表三“上年结转”自然人列 +1",
    ]


def test_an_electronic_reply_that_came_back_over_new_year_is_one_of_the_new_year(office: Office) -> None:
    # The first e-mail was never sent in law (law.md 12, no. 17).
    office.register("2025-12-15")
    office.choose("review_channel", "https://xzfy.example.gov.cn")
    office.review_secrecy("2025-12-30")
    office.decide("2025-12-30", Outcome.GRANTED, Means.EMAIL, ground=Ground.PROVIDED)
    assert steps(office, lambda: office.then(EventKind.RETURN, "2025-12-31", reason="邮箱已满")) == []
    again = {"means": Means.POST_EMS, "tracking": "EX1"}
    moved = steps(office, lambda: office.then(EventKind.SERVE_AGAIN, "2026-01-04", **again))
    assert moved == [
        "2025 年表三“予以公开”自然人列 −1",
        "2025 年表三“办理结果总计”自然人列 −1",
        "2025 年表三“结转下年度”自然人列 +1",
        "2026 年表三“上年结转”自然人列 +1",
        "2026 年表三“予以公开”自然人列 +1",
        "2026 年表三“办理结果总计”自然人列 +1",
    ]


def test_a_registration_that_was_voided_leaves_every_cell(office: Office) -> None:
    office.register("2025-12-30")
    office.grant("2026-01-05")
    moved = steps(office, lambda: office.then(EventKind.VOID, "2026-01-06", entry=1, reason="重复登记"))
    assert [sentence[-2:] for sentence in moved] == ["−1"] * 5


def test_a_new_reply_after_a_ruling_moves_nothing(office: Office) -> None:
    office.register()
    office.refuse("2026-03-20")
    office.then(EventKind.OPEN_REVIEW, "2026-04-01", review_kind=ReviewKind.RECONSIDERATION)
    office.then(EventKind.CONCLUDE_REVIEW, "2026-05-06", review=1, result=ReviewResult.CORRECTED)
    reopen = {"ground": ReopenGround.RECONSIDERATION, "review": 1}
    assert steps(office, lambda: office.then(EventKind.REOPEN, "2026-05-08", **reopen)) == []
    assert steps(office, lambda: office.grant("2026-05-12")) == []


def test_a_request_that_is_received_comes_in_and_one_that_is_dismissed_never_was(office: Office) -> None:
    office.arrive("2026-03-02", channel=Channel.POST_ORDINARY, arrived_on="2026-03-02")
    assert steps(office, lambda: office.then(EventKind.CONFIRM, "2026-03-05", how="电话")) == [
        "2026 年表三“结转下年度”自然人列 +1",
        "2026 年表三“本年新收”自然人列 +1",
    ]
    office.arrive("2026-03-02", channel=Channel.POST_ORDINARY, arrived_on="2026-03-02")
    assert steps(office, lambda: office.then(EventKind.DISMISS, "2026-03-03", reason="广告信")) == []
