"""Every year's report is what one would count by hand in the rows of the ledger, whenever they were imported."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select

from models.personal import FieldCipher
from models.tables import agency
from reports import proactive, year_end
from reports.checks import check
from reports.figures import to_json
from reports.rollup import roll_up
from runtime.postgres import EmbeddedServer
from tests.conftest import AGENCY_NAME, NOW, SECRET, enrol, fresh_database
from tests.ledgers import (
    FEE_UNPAID,
    KINDS,
    NOT_CORRECTED,
    OUTCOMES,
    REVIEW_KINDS,
    REVIEW_RESULTS,
    answered,
    figure,
    plan,
    read,
    record,
    request,
    review,
    verified,
    write_csv,
)
from workflow import ledger

YEARS = range(2019, 2024)
ZERO = [0] * 7
Row = dict[str, Any]


# The ledger: requests of 2018 to 2023, answered at once, one year later, two years later, or never


def _made_up(seed: int, number: int) -> tuple[list[Row], list[Row]]:
    chance = random.Random(seed)
    rows, reviews = [], []
    for index in range(number):
        received = date(2018, 10, 1) + timedelta(days=chance.randrange(365 * 5 + 90))
        row = request(f"{received.year}-{index:04}", 申请人类别=chance.choice(KINDS), 收到日期=received.isoformat())
        ended = received + timedelta(days=chance.choice((0, 14, 25, 60, 200, 400, 800)))
        if chance.random() < 0.3:
            billed = received + timedelta(days=chance.randrange(8))
            row |= {
                "收费通知日期": billed.isoformat(),
                "收费金额": f"{chance.randrange(1, 900)}.{chance.randrange(10)}",
            }
            ended = max(ended, billed)
            if chance.random() < 0.7:
                paid = billed + timedelta(days=chance.choice((3, 30, 300)))
                row |= {"缴费日期": paid.isoformat(), "实收金额": row["收费金额"]}
                ended = max(ended, paid)
        if chance.random() < 0.85:
            row |= {"办理结果": chance.choice(list(OUTCOMES)), "答复日期": ended.isoformat()}
        rows.append(row)
        for kind in REVIEW_KINDS if chance.random() < 0.15 else ():
            accepted = ended + timedelta(days=chance.randrange(60))
            concluded = accepted + timedelta(days=chance.choice((30, 300, 700)))
            pending = chance.random() < 0.3 or concluded > date(2026, 10, 30)
            row_of_review = review(row["登记编号"], 类别=kind, 受理日期=accepted.isoformat())
            if not pending:
                row_of_review |= {"结果": chance.choice(REVIEW_RESULTS[:3]), "结案日期": concluded.isoformat()}
            reviews.append(row_of_review)
    return rows, reviews


ROWS, REVIEWS = _made_up(20190515, 260)


# The count: on the raw rows, days compared as text


def counted_applications(rows: Sequence[Row], year: int, edition: str, until: str = "9999") -> dict[str, Any]:
    first, last = f"{year}-01-01", min(until, f"{year}-12-31")
    leaves = list(OUTCOMES.values())
    if edition == "2019":
        leaves = [*leaves[:-3], "other"]
    results = {leaf: [0] * 7 for leaf in leaves} | {"total": [0] * 7}
    table = {"new": [0] * 7, "carried_in": [0] * 7, "results": results, "carried_out": [0] * 7}

    def add(cells: list[int], row: Row) -> None:
        cells[KINDS.index(row["申请人类别"])] += 1
        cells[6] += 1

    for row in rows:
        received, replied = row["收到日期"], row.get("答复日期") or "9999-99-99"
        if received > last or replied < first:
            continue
        add(table["new"] if received >= first else table["carried_in"], row)
        if replied > last:
            add(table["carried_out"], row)
        else:
            leaf = OUTCOMES[row["办理结果"]]
            add(results["other" if edition == "2019" and leaf.startswith("other_") else leaf], row)
            add(results["total"], row)
    return table


def counted_reviews(reviews: Sequence[Row], year: int, until: str = "9999") -> dict[str, list[int]]:
    first, last = f"{year}-01-01", min(until, f"{year}-12-31")
    table = {key: [0] * 5 for key in REVIEW_KINDS.values()}
    for row in reviews:
        concluded = row.get("结案日期") or "9999-99-99"
        if row["受理日期"] > last or concluded < first:
            continue
        result = row["结果"] if concluded <= last else "尚未审结"
        table[REVIEW_KINDS[row["类别"]]][REVIEW_RESULTS.index(result)] += 1
        table[REVIEW_KINDS[row["类别"]]][4] += 1
    return table


def counted_fees(rows: Sequence[Row], year: int, until: str = "9999") -> dict[str, Any]:
    first, last = f"{year}-01-01", min(until, f"{year}-12-31")
    billed = [Decimal(row["收费金额"]) for row in rows if first <= row.get("收费通知日期", "") <= last]
    paid = [Decimal(row["实收金额"]) for row in rows if first <= row.get("缴费日期", "") <= last]
    return {"notices": len(billed), "billed_yuan": sum(billed), "received_yuan": sum(paid)}


def reported(engine: Engine, agency_id: int, year: int, edition: str | None = None, as_of: date | None = None) -> Any:
    with engine.connect() as connection:
        figures = roll_up(connection, agency_id, AGENCY_NAME, year, edition, as_of)
    report = to_json(figures)
    for name in ("billed_yuan", "received_yuan"):
        report["fees"][name] = Decimal(report["fees"][name])
    return report


@pytest.fixture(scope="module")
def filled(
    server: EmbeddedServer, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Engine, int]]:
    """A database with the whole ledger in it, imported at once. Tests only read it."""
    folder = tmp_path_factory.mktemp("ledger")
    with fresh_database(server, template) as database:
        agency_id = enrol(database.engine)
        other = enrol(database.engine, "linshi", "邻市数据局")
        paths = [write_csv(folder / "台账.csv", ROWS), write_csv(folder / "复议.csv", REVIEWS)]
        record(database.engine, agency_id, *paths)
        record(
            database.engine, other, write_csv(folder / "邻市.csv", [row | {"申请人类别": "其他"} for row in ROWS[:9]])
        )
        yield database.engine, agency_id


@pytest.mark.parametrize("edition", ["2019", "2021"])
@pytest.mark.parametrize("year", YEARS)
def test_a_year_is_what_is_counted_by_hand_in_either_form(filled: tuple[Engine, int], year: int, edition: str) -> None:
    report = reported(*filled, year, edition)
    assert report["applications"] == counted_applications(ROWS, year, edition)
    assert report["reviews"] == counted_reviews(REVIEWS, year)
    assert report["fees"] == counted_fees(ROWS, year)
    assert (report["agency"], report["year"], report["edition"]) == (AGENCY_NAME, year, edition)


def test_the_made_up_ledger_has_something_of_everything() -> None:
    for year in YEARS:
        table = counted_applications(ROWS, year, "2021")
        assert min(table[row][6] for row in ("new", "carried_in", "carried_out")) > 5
        assert counted_reviews(REVIEWS, year)["reconsideration"][3] > 0
    assert sum(sum(counted_reviews(REVIEWS, year)["litigation_direct"][:3]) for year in YEARS) > 5
    spans = {int(row["答复日期"][:4]) - int(row["收到日期"][:4]) for row in ROWS if row.get("答复日期")}
    assert spans >= {0, 1, 2}
    assert any(row.get("缴费日期", "0")[:4] > row.get("收费通知日期", "9")[:4] for row in ROWS)


@pytest.mark.parametrize(("year", "edition"), [(2019, "2019"), (2020, "2019"), (2021, "2021"), (2023, "2021")])
def test_a_year_has_the_form_of_its_time(filled: tuple[Engine, int], year: int, edition: str) -> None:
    report = reported(*filled, year)
    assert report["edition"] == edition
    assert ("other" in report["applications"]["results"]) == (edition == "2019")
    assert report["applications"] == counted_applications(ROWS, year, edition)


@pytest.mark.parametrize("until", ["2021-01-01", "2021-03-31", "2021-09-30", "2021-12-30", "2021-12-31", "2024-06-30"])
def test_a_year_as_of_a_day_counts_what_was_known_in_law_by_then(filled: tuple[Engine, int], until: str) -> None:
    report = reported(*filled, 2021, as_of=date.fromisoformat(until))
    assert report["applications"] == counted_applications(ROWS, 2021, "2021", until)
    assert report["reviews"] == counted_reviews(REVIEWS, 2021, until)
    assert report["fees"] == counted_fees(ROWS, 2021, until)


def test_a_year_as_of_a_day_before_it_began_has_only_what_was_carried_in(filled: tuple[Engine, int]) -> None:
    report = reported(*filled, 2021, as_of=date(2020, 6, 30))
    carried = counted_applications(ROWS, 2020, "2021")["carried_out"]
    rows = report["applications"]
    assert (rows["new"], rows["carried_in"], rows["results"]["total"], rows["carried_out"]) == (
        ZERO,
        carried,
        ZERO,
        carried,
    )
    assert report["fees"]["notices"] == 0


@pytest.mark.parametrize("edition", ["2019", "2021"])
def test_every_year_adds_up_and_joins_the_year_before(filled: tuple[Engine, int], edition: str) -> None:
    engine, agency_id = filled
    with engine.connect() as connection:
        years = [roll_up(connection, agency_id, AGENCY_NAME, year, edition) for year in YEARS]
    for before, figures in zip([None, *years], years, strict=False):
        assert [finding for finding in check(figures, before) if finding.level == "error"] == []


@pytest.mark.parametrize(
    ("year", "edition", "said"), [(2018, None, "2019"), (2021, "2020", "2021"), (2018, "2021", "2019")]
)
def test_a_year_or_an_edition_without_a_form_is_refused(
    filled: tuple[Engine, int], year: int, edition: str | None, said: str
) -> None:
    engine, agency_id = filled
    with engine.connect() as connection, pytest.raises(ValueError, match=said):
        roll_up(connection, agency_id, AGENCY_NAME, year, edition)


def test_a_year_in_which_nothing_happened_is_a_report_of_zeros(engine: Engine, agency_id: int) -> None:
    report = reported(engine, agency_id, 2022)
    results = report["applications"].pop("results")
    assert list(results) == [*OUTCOMES.values(), "total"]
    assert all(row == ZERO for row in [*results.values(), *report["applications"].values()])
    assert all(row == [0] * 5 for row in report["reviews"].values())
    assert report["proactive"] == {
        "regulations": [0, 0, 0],
        "normative_documents": [0, 0, 0],
        "licences": 0,
        "penalties": 0,
        "compulsory_measures": 0,
        "administrative_charges_10k_yuan": "0",
    }
    assert report["fees"] == {"notices": 0, "billed_yuan": 0, "received_yuan": 0}


def test_section_two_keeps_the_form_it_was_entered_in(engine: Engine, agency_id: int, tmp_path: Path) -> None:
    rows = [
        figure("行政处罚", 30, -2, 417, year=2020),
        figure("政府集中采购", 6, "1234567.80", year=2020),
        figure("行政处罚", 400, year=2021),
        figure("行政事业性收费（万元）", "12.50", year=2021),
    ]
    with engine.begin() as connection:
        proactive.store(
            connection,
            agency_id,
            proactive.plan(read(write_csv(tmp_path / "a.csv", rows)), proactive.entered(connection, agency_id)),
        )
    for edition in ("2019", "2021"):
        of_2020 = reported(engine, agency_id, 2020, edition)["proactive"]
        assert (of_2020["penalties"], of_2020["central_procurement"]) == ([30, -2, 417], [6, "1234567.80"])
        assert (of_2020["regulations"], of_2020["other_services"]) == ([0, 0, 0], [0, 0, 0])
        of_2021 = reported(engine, agency_id, 2021, edition)["proactive"]
        assert (of_2021["penalties"], of_2021["administrative_charges_10k_yuan"]) == (400, "12.50")


def test_section_two_of_a_year_handed_in_in_two_pieces_is_whole_in_the_report(
    engine: Engine, agency_id: int, tmp_path: Path
) -> None:
    # The first row fits the forms of 2019 and of 2021, the second that of 2019 alone.
    for row in (figure("规章", 1, 1, 5, year=2019), figure("政府集中采购", 6, "10.00", year=2019)):
        with engine.begin() as connection:
            proactive.store(
                connection,
                agency_id,
                proactive.plan(read(write_csv(tmp_path / "a.csv", [row])), proactive.entered(connection, agency_id)),
            )
    found = reported(engine, agency_id, 2019)["proactive"]
    assert (found["regulations"], found["central_procurement"]) == ([1, 1, 5], [6, "10.00"])


# The same figures by the way an office lives: an export each New Year, then the year-end


def as_it_stood(row: Row, last_day: str) -> Row:
    """The row as the office's ledger had it at the end of ``last_day``."""
    groups = {
        "收费通知日期": ("收费通知日期", "收费金额"),
        "缴费日期": ("缴费日期", "实收金额"),
        "答复日期": ("办理结果", "答复日期"),
        "结案日期": ("结案日期",),
    }
    stood = dict(row)
    for column, group in groups.items():
        if row.get(column) and row[column] > last_day:
            stood |= dict.fromkeys(group, "")
            if column == "结案日期":
                stood["结果"] = "尚未审结"
    return stood


def test_a_ledger_handed_in_year_by_year_gives_the_same_years(
    engine: Engine, agency_id: int, tmp_path: Path, cipher: FieldCipher
) -> None:
    with engine.connect() as connection:
        office = connection.execute(select(agency)).one()
    for year in YEARS:
        last_day = f"{year}-12-31"
        rows = [as_it_stood(row, last_day) for row in ROWS if row["收到日期"] <= last_day]
        reviews = [as_it_stood(row, last_day) for row in REVIEWS if row["受理日期"] <= last_day]
        paths = [write_csv(tmp_path / f"{year}.csv", rows), write_csv(tmp_path / f"{year}复议.csv", reviews)]
        new_year = datetime(year + 1, 1, 4, 2, tzinfo=UTC)
        made = record(engine, agency_id, *paths, now=new_year)
        assert made.new == sum(row["收到日期"][:4] == str(year) for row in rows) + (
            sum(row["收到日期"] < "2019" for row in rows) if year == 2019 else 0
        )
        closed = year_end.run(engine, office, year, cipher, new_year, lambda _done, _total: None)
        expected = counted_applications(ROWS, year, "2019" if year < 2021 else "2021")
        assert closed.carried_over == closed.newly_carried_over == expected["carried_out"][6]
        assert [finding for finding in closed.findings if finding.level == "error"] == []
        assert to_json(closed.figures)["applications"] == expected
    # Years later the answer is still the same for each of the years before.
    record(
        engine, agency_id, write_csv(tmp_path / "全.csv", ROWS), write_csv(tmp_path / "全复议.csv", REVIEWS), now=NOW
    )
    for year in YEARS:
        report = reported(engine, agency_id, year)
        assert report["applications"] == counted_applications(ROWS, year, report["edition"])
        assert report["reviews"] == counted_reviews(REVIEWS, year)
        assert report["fees"] == counted_fees(ROWS, year)
    assert verified(engine).ok


# Single rules, each on one row


@pytest.mark.parametrize(
    ("row", "year", "new", "carried_in", "ended", "carried_out"),
    [
        (answered(收到日期="2020-12-31", 答复日期="2020-12-31"), 2020, 1, 0, 1, 0),
        (answered(收到日期="2020-12-31", 答复日期="2021-01-01"), 2020, 1, 0, 0, 1),
        (answered(收到日期="2020-12-31", 答复日期="2021-01-01"), 2021, 0, 1, 1, 0),
        (answered(收到日期="2021-01-01", 答复日期="2021-12-31"), 2021, 1, 0, 1, 0),
        (answered(收到日期="2019-06-03", 答复日期="2021-06-03"), 2020, 0, 1, 0, 1),
        (answered(收到日期="2019-06-03", 答复日期="2021-06-03"), 2022, 0, 0, 0, 0),
        (request(收到日期="2019-06-03"), 2023, 0, 1, 0, 1),
        (request(收到日期="2020-12-30", 补正告知日期="2020-12-31", 补正收到日期="2021-01-08"), 2021, 0, 1, 0, 1),
        (
            request(收到日期="2020-12-01", 补正告知日期="2020-12-04", 办理结果=NOT_CORRECTED, 答复日期="2021-01-12"),
            2021, 0, 1, 1, 0,
        ),
        (
            request(收到日期="2020-12-01", 收费通知日期="2020-12-04", 收费金额="9", 办理结果=FEE_UNPAID, 答复日期="2020-12-31"),
            2020, 1, 0, 1, 0,
        ),
    ],
)  # fmt: skip
def test_a_request_counts_in_the_years_of_its_receipt_and_of_its_reply(
    rolling: tuple[Any, int],
    row: Row,
    year: int,
    new: int,
    carried_in: int,
    ended: int,
    carried_out: int,
    tmp_path: Path,
) -> None:
    connection, agency_id = rolling
    made = plan(connection, agency_id, write_csv(tmp_path / "a.csv", [row]))
    assert list(ledger.store(connection, agency_id, made, FieldCipher(SECRET), NOW))
    rows = roll_up(connection, agency_id, AGENCY_NAME, year).applications
    found = [rows[path][0] for path in ("new", "carried_in", "results/total", "carried_out")]
    assert found == [new, carried_in, ended, carried_out]


@pytest.fixture
def rolling(filled: tuple[Engine, int]) -> Iterator[tuple[Any, int]]:
    """A transaction with a new agency, rolled back at the end."""
    engine, _ = filled
    with engine.connect() as connection, connection.begin() as transaction:
        made = insert(agency).values(code="xinju", name=AGENCY_NAME).returning(agency.c.id)
        yield connection, connection.execute(made).scalar_one()
        transaction.rollback()
