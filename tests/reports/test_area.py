"""汇总: an area's report is the sum of its agencies', and says what of it cannot be true together."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from sqlalchemy import Engine, select, text, update

from models.personal import FieldCipher
from models.tables import agency
from models.vocabulary import ApplicantKind, EventKind, Outcome
from reports import area, sealing, year_end
from reports.area import Area, Read
from reports.figures import Figures, zero_figures
from reports.rollup import roll_up
from runtime.database import Database
from tests.conftest import NOW
from tests.histories import CaseHistory, another_agency, commands, dockets, examples, forget_cases, perform, record
from tests.ledgers import write_words
from workflow import agencies
from workflow.case import Happening
from workflow.desk import History
from workflow.faults import InputFault

YEAR = 2024


def row_of(engine: Engine, agency_id: int) -> Any:
    with engine.connect() as connection:
        return connection.execute(select(agency).where(agency.c.id == agency_id)).one()


def under(engine: Engine, parent: int) -> int:
    """A new agency under another."""
    made = another_agency(engine)
    with engine.begin() as connection:
        connection.execute(update(agency).where(agency.c.id == made).values(parent_id=parent))
    return made


def received(on: date, kind: ApplicantKind = ApplicantKind.NATURAL_PERSON) -> Happening:
    return Happening(EventKind.REGISTER, on, {"applicant_kind": kind, "subject": "预算"})


def granted(on: date) -> Happening:
    return Happening(EventKind.DECIDE, on, {"outcome": Outcome.GRANTED})


def seal(engine: Engine, agency_id: int, cipher: FieldCipher, year: int = YEAR) -> None:
    owner = row_of(engine, agency_id)
    year_end.run(engine, owner, year, cipher, NOW, lambda _, __: None)
    write_words(engine, agency_id, year)
    with engine.begin() as connection:
        sealing.seal(connection, owner, year, NOW, "局长")


def summed(engine: Engine, agency_id: int, year: int = YEAR) -> Area:
    with engine.connect() as connection:
        return area.of_agencies(connection, row_of(engine, agency_id), year)


def cells(figures: Figures) -> dict[Any, Any]:
    """Every figure by its place."""
    tables = {**figures.applications, **figures.reviews, **figures.proactive}
    assert figures.fees is not None
    money = {"fees": (figures.fees.notices, figures.fees.billed_yuan, figures.fees.received_yuan)}
    return {(key, place): value for key, row in {**tables, **money}.items() for place, value in enumerate(row)}


def totals(own: Figures) -> tuple[int | None, ...]:
    """What an agency gives to the area, from its own report."""
    rows = [own.applications[key][-1] for key in ("new", "carried_in", "results/total", "carried_out")]
    suits = [own.reviews[key][-1] or 0 for key in ("litigation_direct", "litigation_after_reconsideration")]
    return (*rows, own.reviews["reconsideration"][-1], sum(suits))


@examples(5, shrink=False)
@given(dockets(3), dockets(3), dockets(3))
def test_the_area_is_cell_by_cell_the_sum_of_its_agencies_whether_sealed_or_not(
    database: Database,
    cipher: FieldCipher,
    office: list[CaseHistory],
    county: list[CaseHistory],
    township: list[CaseHistory],
) -> None:
    forget_cases(database.owner_engine)
    engine = database.engine
    top = another_agency(engine)
    middle = under(engine, top)
    members = {top: office, middle: county, under(engine, middle): township}
    stranger = another_agency(engine)
    for agency_id, docket in {**members, stranger: office}.items():
        with engine.begin() as connection:
            record(connection, agency_id, docket, cipher)
            connection.execute(
                text(
                    "INSERT INTO proactive_figure (agency_id, year, item, edition, figures, source)"
                    " VALUES (:a, :y, 'licences', '2021', '{3}', ''), (:a, :y, 'regulations', '2021', '{1,2,3}', '')"
                ),
                {"a": agency_id, "y": YEAR},
            )
    for sealed in (None, middle, top):
        if sealed is not None:
            seal(engine, sealed, cipher)
        found = summed(engine, top)
        with engine.connect() as connection:
            parts = [cells(roll_up(connection, agency_id, "", YEAR)) for agency_id in members]
        assert cells(found.figures) == {place: sum(part[place] for part in parts) for place in parts[0]}
        assert found.findings == ()
        assert len(found.members) == len(members)
        with engine.connect() as connection:
            codes = {row_of(engine, agency_id).code: agency_id for agency_id in members}
            for member in found.members:
                own = roll_up(connection, codes[member.code or ""], "", YEAR)
                assert member.totals == totals(own)
        assert found.ok


def test_what_was_sealed_counts_in_the_area_though_the_log_went_on(engine: Engine, cipher: FieldCipher) -> None:
    top = another_agency(engine)
    below = under(engine, top)
    perform(engine, below, History(commands([received(date(YEAR, 3, 1))])), cipher)
    seal(engine, below, cipher)
    perform(engine, below, History(commands([received(date(YEAR, 4, 1))])), cipher)
    found = summed(engine, top)
    assert found.figures.applications["new"][-1] == 1
    states = {member.name: (member.state, member.filed) for member in found.members}
    assert states == {row_of(engine, top).name: ("none", False), row_of(engine, below).name: ("sealed", True)}


def test_k4_of_each_agency_is_held_against_what_it_sealed_and_a_late_truth_explains_it(
    engine: Engine, cipher: FieldCipher
) -> None:
    top = another_agency(engine)
    below = under(engine, top)
    history = History(commands([received(date(YEAR, 12, 1))]))
    case_id = perform(engine, below, history, cipher).case_id
    seal(engine, below, cipher)
    assert [member.found for member in summed(engine, top, YEAR + 1).members] == [(), ()]
    later = NOW + timedelta(hours=1)
    perform(engine, below, History(commands([granted(date(YEAR, 12, 20))]), case_id), cipher, later)
    (found,) = [member.found for member in summed(engine, top, YEAR + 1).members if member.found]
    assert {(each.finding.rule, each.finding.level, each.finding.expected, each.finding.found) for each in found} == {
        ("K4", "warning", 1, 0)
    }
    assert all(each.cases for each in found)


def test_an_agency_cannot_be_under_itself_or_under_what_is_under_it(engine: Engine) -> None:
    codes = {name: row_of(engine, another_agency(engine)).code for name in ("市", "县", "乡")}
    with engine.begin() as connection:
        assert agencies.place_under(connection, codes["县"], codes["市"])
        assert not agencies.place_under(connection, codes["县"], codes["市"])
        assert agencies.place_under(connection, codes["乡"], codes["县"])
        for parent in ("市", "县", "乡"):
            with pytest.raises(InputFault, match="主管机关应在它之上"):
                agencies.place_under(connection, codes["市"], codes[parent])
        with pytest.raises(InputFault, match="没有代码为“无”的机关"):
            agencies.place_under(connection, codes["市"], "无")


# From reports that were read


def published(name: str, year: int = YEAR, edition: str = "2021", **rows: int) -> Read:
    """A report in which natural persons asked as often as ``rows`` say, by the last part of the row's path."""
    zero = zero_figures(name, year, edition)
    applications = dict(zero.applications)
    for key, count in rows.items():
        path = next(path for path in applications if path.rpartition("/")[2] == key)
        applications[path] = (count, 0, 0, 0, 0, 0, count)
    return Read(replace(zero, applications=applications), f"{name}.html")


def added(*read: Read, previous: tuple[Read, ...] = (), expected: tuple[Any, ...] = ()) -> Area:
    return area.of_reports("某县", YEAR, read, previous, expected)


def test_reports_that_add_up_give_an_area_that_does() -> None:
    found = added(
        published("甲局", new=5, granted=3, total=3, carried_out=2),
        published("乙局", new=1, refused_process=1, total=1),
    )
    rows = found.figures.applications
    assert [rows[path][-1] for path in ("new", "results/granted", "results/total", "carried_out")] == [6, 3, 4, 2]
    assert (found.findings, found.ok) == ((), True)


def test_where_the_sum_does_not_add_up_the_agencies_that_it_comes_from_are_named() -> None:
    found = added(published("甲局", new=5, granted=3, total=3), published("乙局", new=1, granted=1, total=1))
    assert not found.ok
    assert {finding.rule for finding in found.findings} == {"K1"}
    assert all("出自：甲局。" in finding.message for finding in found.findings)
    assert [member.name for member in found.members if member.found] == ["甲局"]


def test_the_three_rows_of_one_form_are_added_to_the_one_row_of_the_other() -> None:
    old = published("甲局", edition="2019", new=2, other=2, total=2)
    new = published("乙局", new=3, other_misc=2, other_fee_unpaid=1, total=3)
    found = added(old, new)
    assert found.figures.edition == "2019"
    assert found.figures.applications["results/other"][-1] == 5
    assert not [finding for finding in found.findings if finding.level == "error"]


def test_k4_is_held_against_the_report_of_the_year_before_where_it_is_given() -> None:
    before = published("甲局", YEAR - 1, new=4, carried_out=4)
    found = added(published("甲局", carried_in=3, granted=3, total=3), previous=(before,))
    assert {(each.finding.rule, each.finding.expected, each.finding.found) for each in found.members[0].found} == {
        ("K4", 4, 3)
    }


def test_agencies_of_the_area_without_a_report_are_named_as_not_filed(engine: Engine) -> None:
    missing = row_of(engine, another_agency(engine))
    found = added(published("甲局"), expected=(missing,))
    assert [(member.name, member.filed) for member in found.members] == [("甲局", True), (missing.name, False)]


def test_two_reports_of_one_agency_or_of_another_year_are_refused_by_file() -> None:
    with pytest.raises(InputFault) as refused:
        added(published("甲局"), replace(published("甲局"), source="又一份.html"), published("乙局", YEAR - 1))
    assert refused.value.sentences == (
        f"乙局.html：是 {YEAR - 1} 年的报告，应为 {YEAR} 年",
        "又一份.html：与 甲局.html 都是“甲局”的报告，应只给一份",
    )


@pytest.mark.parametrize(("printed", "broken"), [(6, False), (7, False), (5, True)])
def test_k9_a_government_report_holds_at_least_the_sum_of_its_agencies(printed: int, broken: bool) -> None:
    parts = [published("甲局", new=4, carried_out=4), published("乙局", new=2, carried_out=2)]
    found = area.against(
        added(*parts),
        published("某县人民政府", new=printed, carried_out=max(printed, 6), carried_in=max(6 - printed, 0)).figures,
        [each.figures for each in parts],
    )
    k9 = [finding for finding in found if finding.rule == "K9"]
    assert {finding.where for finding in k9} == (
        {"applications/new/自然人", "applications/new/总计"} if broken else set()
    )
    assert all("各机关合计已有6，两者不能同时成立（甲局 4、乙局 2）" in finding.message for finding in k9)
