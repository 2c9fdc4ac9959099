"""年终结转: whatever the order and however often, each open case is carried over once a year and the draft is right."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from models.personal import FieldCipher
from models.tables import agency, report, report_cell
from reports import proactive, year_end
from reports.year_end import YearEnd
from tests.conftest import AGENCY, NOW, enrol
from tests.ledgers import (
    answered,
    case_row,
    events,
    figure,
    read,
    record,
    request,
    review,
    rows_stored,
    verified,
    write_csv,
)
from workflow.faults import InputFault

LONG_OPEN = [
    request("2019-0001", 收到日期="2019-05-20"),
    request("2019-0002", 收到日期="2019-12-30", 补正告知日期="2020-01-06"),
    answered("2019-0003", 收到日期="2019-11-04", 答复日期="2020-02-10"),
    answered("2019-0004", 收到日期="2019-06-03", 答复日期="2021-06-03"),
    request("2020-0001", 收到日期="2020-12-28", 申请人类别="商业企业"),
    request("2021-0001", 收到日期="2021-12-20", 征求意见发出日期="2021-12-24"),
    request("2022-0001", 收到日期="2022-01-04"),
]


def close(
    engine: Engine, year: int, cipher: FieldCipher, now: datetime = NOW, code: str = AGENCY, progress: Any = None
) -> YearEnd:
    with engine.connect() as connection:
        row = connection.execute(select(agency).where(agency.c.code == code)).one()
    return year_end.run(engine, row, year, cipher, now, progress or (lambda _done, _total: None))


def carried(engine: Engine, number: str) -> list[tuple[str, int]]:
    """When a case was carried over, in the order of the log."""
    return [(on, facts["year"]) for kind, on, facts in events(engine, number) if kind == "carry_over"]


def draft(engine: Engine, agency_id: int, year: int) -> dict[tuple[str, int], Decimal]:
    statement = (
        select(report_cell.c.path, report_cell.c.position, report_cell.c.value)
        .join(report, report.c.id == report_cell.c.report_id)
        .where(report.c.agency_id == agency_id, report.c.year == year)
    )
    with engine.connect() as connection:
        return {(path, position): value for path, position, value in connection.execute(statement)}


def test_open_cases_are_carried_over_with_an_event_on_the_last_day_of_the_year(
    engine: Engine, agency_id: int, tmp_path: Path, cipher: FieldCipher
) -> None:
    record(engine, agency_id, write_csv(tmp_path / "台账.csv", LONG_OPEN))
    result = close(engine, 2021, cipher)
    assert (result.carried_over, result.newly_carried_over, result.ok) == (4, 4, True)
    assert carried(engine, "2019-0001") == [("2021-12-31", 2021)]
    assert carried(engine, "2019-0003") == carried(engine, "2022-0001") == []
    states = {row["登记编号"]: case_row(engine, row["登记编号"]).state for row in LONG_OPEN}
    assert states == {
        "2019-0001": "carried_over.received",
        "2019-0002": "carried_over.pending_correction",
        "2019-0003": "disclosed",
        "2019-0004": "disclosed",
        "2020-0001": "carried_over.received",
        "2021-0001": "carried_over.consulting",
        "2022-0001": "received",
    }
    assert verified(engine).ok


def test_a_case_answered_in_a_later_year_counts_as_carried_over_then_without_an_event_now(
    engine: Engine, agency_id: int, tmp_path: Path, cipher: FieldCipher
) -> None:
    record(engine, agency_id, write_csv(tmp_path / "台账.csv", LONG_OPEN))
    result = close(engine, 2019, cipher)
    assert (result.carried_over, result.newly_carried_over) == (4, 2)
    assert carried(engine, "2019-0004") == []


def test_again_nothing_changes(engine: Engine, agency_id: int, tmp_path: Path, cipher: FieldCipher) -> None:
    record(engine, agency_id, write_csv(tmp_path / "台账.csv", LONG_OPEN))
    first = close(engine, 2020, cipher)
    before, log = rows_stored(engine), events(engine, "2019-0001")
    again = close(engine, 2020, cipher)
    assert (again.newly_carried_over, again.cells_changed) == (0, 0)
    assert (again.carried_over, again.cells, again.figures) == (first.carried_over, first.cells, first.figures)
    assert (rows_stored(engine), events(engine, "2019-0001")) == (before, log)


def test_years_may_be_closed_in_any_order_and_twice(
    engine: Engine, tmp_path: Path, cipher: FieldCipher, agency_id: int
) -> None:
    path = write_csv(tmp_path / "台账.csv", LONG_OPEN)
    seen = []
    for number, order in enumerate(itertools.permutations((2019, 2020, 2022))):
        code = f"jiguan{number}"
        owner = enrol(engine, code, "测试市数据局")
        record(engine, owner, path)
        for year in (*order, *order):
            close(engine, year, cipher, code=code)
        seen.append([draft(engine, owner, year) for year in (2019, 2020, 2022)])
    assert all(years == seen[0] for years in seen)
    assert {year for _, year in carried(engine, "2019-0001")} == {2019, 2020, 2022}
    assert len(carried(engine, "2019-0001")) == 3 * 6
    assert verified(engine).ok


def test_a_case_that_goes_on_after_the_year_end_changes_only_the_cells_that_differ(
    engine: Engine, agency_id: int, tmp_path: Path, cipher: FieldCipher
) -> None:
    record(engine, agency_id, write_csv(tmp_path / "2020.csv", [request("2020-0001", 收到日期="2020-12-28")]))
    assert close(engine, 2020, cipher).carried_over == 1
    late = answered("2020-0001", 收到日期="2020-12-28", 答复日期="2020-12-31")
    record(engine, agency_id, write_csv(tmp_path / "2021.csv", [late]))
    result = close(engine, 2020, cipher)
    assert (result.carried_over, result.newly_carried_over, result.findings) == (0, 0, [])
    # 结转下年度 down, 予以公开 and 总计 up, each in the column 自然人 and in 总计.
    assert result.cells_changed == 6
    assert verified(engine).ok


def test_the_draft_holds_every_figure_of_the_report(
    engine: Engine, agency_id: int, tmp_path: Path, cipher: FieldCipher
) -> None:
    fee = {"收费通知日期": "2021-03-05", "收费金额": "380.50", "缴费日期": "2021-03-08", "实收金额": "380.50"}
    row = answered(**fee, 申请人类别="科研机构")
    record(engine, agency_id, write_csv(tmp_path / "a.csv", [row]), write_csv(tmp_path / "b.csv", [review()]))
    figures = [figure("行政处罚", 417), figure("行政事业性收费（万元）", "12.5")]
    with engine.begin() as connection:
        proactive.store(
            connection,
            agency_id,
            proactive.plan(read(write_csv(tmp_path / "c.csv", figures)), proactive.entered(connection, agency_id)),
        )
    result = close(engine, 2021, cipher)
    cells = draft(engine, agency_id, 2021)
    assert (len(cells), result.cells_changed) == (result.cells, result.cells)
    filled = {place: value for place, value in cells.items() if value}
    assert filled == {
        ("applications/new", 2): 1,
        ("applications/new", 6): 1,
        ("applications/results/granted", 2): 1,
        ("applications/results/granted", 6): 1,
        ("applications/results/total", 2): 1,
        ("applications/results/total", 6): 1,
        ("reviews/reconsideration", 3): 1,
        ("reviews/reconsideration", 4): 1,
        ("proactive/penalties", 0): 417,
        ("proactive/administrative_charges_10k_yuan", 0): Decimal("12.5"),
        ("fees/notices", 0): 1,
        ("fees/billed_yuan", 0): Decimal("380.5"),
        ("fees/received_yuan", 0): Decimal("380.5"),
    }
    assert result.warnings == []


def test_a_year_without_any_request_is_a_draft_of_zeros_with_a_word_on_section_two(
    engine: Engine, agency_id: int, cipher: FieldCipher
) -> None:
    result = close(engine, 2022, cipher)
    assert (result.carried_over, result.findings, result.ok) == (0, [], True)
    assert set(draft(engine, agency_id, 2022).values()) == {0}
    (warning,) = result.warnings
    assert "2022" in warning


@pytest.mark.parametrize(("year", "edition"), [(2019, "2019"), (2020, "2019"), (2021, "2021"), (2025, "2021")])
def test_the_draft_has_the_form_of_its_year(
    engine: Engine, agency_id: int, cipher: FieldCipher, year: int, edition: str
) -> None:
    assert close(engine, year, cipher).edition == edition
    assert (("applications/results/other", 0) in draft(engine, agency_id, year)) == (edition == "2019")


def test_reviews_pending_over_several_years_are_pending_in_each(
    engine: Engine, agency_id: int, tmp_path: Path, cipher: FieldCipher
) -> None:
    reviews = [review(类别="未经复议直接起诉", 受理日期="2021-11-08", 结果="结果纠正", 结案日期="2023-02-01"), review()]
    record(engine, agency_id, write_csv(tmp_path / "a.csv", [answered()]), write_csv(tmp_path / "b.csv", reviews))
    found = {year: close(engine, year, cipher).figures.reviews for year in range(2020, 2025)}
    suits = {year: rows["litigation_direct"] for year, rows in found.items()}
    pending, nothing = (0, 0, 0, 1, 1), (0,) * 5
    assert suits == {2020: nothing, 2021: pending, 2022: pending, 2023: (0, 1, 0, 0, 1), 2024: nothing}
    assert [rows["reconsideration"] for rows in found.values()] == [nothing, pending, pending, pending, pending]


def test_a_fee_billed_in_one_year_and_paid_in_the_next_is_told_in_both(
    engine: Engine, agency_id: int, tmp_path: Path, cipher: FieldCipher
) -> None:
    fee = {"收费通知日期": "2021-12-30", "收费金额": "2700.40", "缴费日期": "2022-01-10", "实收金额": "2700.40"}
    record(engine, agency_id, write_csv(tmp_path / "a.csv", [request(收到日期="2021-12-20", **fee)]))
    fees = [close(engine, year, cipher).figures.fees for year in (2021, 2022)]
    assert [(f.notices, f.billed_yuan, f.received_yuan) for f in fees if f] == [
        (1, Decimal("2700.40"), 0),
        (0, 0, Decimal("2700.40")),
    ]


def test_a_run_that_was_killed_goes_on_where_it_stopped(
    engine: Engine, agency_id: int, tmp_path: Path, cipher: FieldCipher, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [request(f"2020-{n:04}", 收到日期="2020-12-01") for n in range(1, 8)]
    record(engine, agency_id, write_csv(tmp_path / "台账.csv", rows))
    monkeypatch.setattr(year_end, "_BATCH", 3)

    class Killed(BaseException):
        pass

    def die(done: int, _total: int) -> None:
        if done >= 3:
            raise Killed

    with pytest.raises(Killed):
        close(engine, 2020, cipher, progress=die)
    assert [len(carried(engine, row["登记编号"])) for row in rows] == [1, 1, 1, 0, 0, 0, 0]
    assert rows_stored(engine)["report"] == 0
    result = close(engine, 2020, cipher)
    assert (result.carried_over, result.newly_carried_over) == (7, 4)
    assert [len(carried(engine, row["登记编号"])) for row in rows] == [1] * 7
    assert verified(engine).ok


def test_progress_is_told_and_ends_at_the_whole(
    engine: Engine, agency_id: int, tmp_path: Path, cipher: FieldCipher, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [request(f"2020-{n:04}", 收到日期="2020-12-01") for n in range(1, 8)]
    record(engine, agency_id, write_csv(tmp_path / "台账.csv", rows))
    monkeypatch.setattr(year_end, "_BATCH", 3)
    told: list[tuple[int, int]] = []
    close(engine, 2020, cipher, progress=lambda done, total: told.append((done, total)))
    assert told == [(3, 7), (6, 7), (7, 7)]


def test_only_the_named_agencys_cases_are_carried_over(
    engine: Engine, agency_id: int, tmp_path: Path, cipher: FieldCipher
) -> None:
    other = enrol(engine, "linshi", "邻市数据局")
    record(engine, agency_id, write_csv(tmp_path / "a.csv", [request("A-1")]))
    record(engine, other, write_csv(tmp_path / "b.csv", [request("B-1")]))
    assert close(engine, 2021, cipher, code="linshi").carried_over == 1
    assert (carried(engine, "A-1"), carried(engine, "B-1")) == ([], [("2021-12-31", 2021)])


@pytest.mark.parametrize(
    ("year", "now", "said"),
    [
        (2026, NOW, "2026-12-31"),
        (2026, datetime(2026, 12, 31, 15, 59, tzinfo=UTC), "2026-12-31"),
        (2031, NOW, "2031-12-31"),
        (2018, NOW, "2019"),
        (1, NOW, "2019"),
    ],
)
def test_a_year_that_is_not_over_or_has_no_form_is_refused_and_nothing_is_stored(
    engine: Engine, agency_id: int, tmp_path: Path, cipher: FieldCipher, year: int, now: datetime, said: str
) -> None:
    record(engine, agency_id, write_csv(tmp_path / "台账.csv", [request()]))
    before = rows_stored(engine)
    with pytest.raises(InputFault, match=said):
        close(engine, year, cipher, now)
    assert rows_stored(engine) == before


def test_a_year_is_over_at_midnight_in_china(engine: Engine, agency_id: int, cipher: FieldCipher) -> None:
    assert close(engine, 2026, cipher, datetime(2026, 12, 31, 16, 0, tzinfo=UTC)).ok
