"""``yishen import``: all or nothing, every fault in its own line, and the same ledger twice is once."""

from __future__ import annotations

import json
import os
import random
import string
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, text

from models.tables import applicant, request_case
from runtime.database import Database
from tests.conftest import AGENCY, Yishen
from tests.ledgers import (
    KINDS,
    answered,
    case_row,
    events,
    figure,
    inside,
    request,
    review,
    rows_stored,
    settings_of,
    verified,
    write_csv,
    write_xlsx,
)

KEYS = {
    "agency", "files", "rows", "cases", "continued", "unchanged", "events", "proactive_rows", "proactive_changed",
    "warnings", "dry_run",
}  # fmt: skip


@pytest.fixture
def refused(shelf: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Any:
    """Run a call that must be refused: exit 2, nothing on standard output, nothing stored. Gives the lines."""
    run = inside(shelf, tmp_path, monkeypatch, capsys)

    def call(*arguments: object) -> list[str]:
        before = rows_stored(shelf.engine)
        result = run("import", *arguments)
        assert (result.code, result.out) == (2, "")
        assert "Traceback" not in result.err
        assert "意外错误" not in result.err
        assert rows_stored(shelf.engine) == before
        return result.err.splitlines()

    return call


@pytest.fixture
def here(database: Database, agency_id: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Yishen:
    """The command in this process, on a fresh database."""
    return inside(database, tmp_path, monkeypatch, capsys)


# What comes of it


def test_the_result_is_one_json_document_and_nothing_else_on_standard_output(yishen: Yishen, tmp_path: Path) -> None:
    ledger = write_csv(tmp_path / "台账.csv", [answered(答复日期="2021-04-30", 经办人="张三")])
    result = yishen("import", ledger, "--agency", AGENCY, "--json")
    assert result.code == 0
    document = json.loads(result.out)
    assert document.keys() >= KEYS
    assert (document["rows"], document["cases"], document["events"]) == (1, 1, 2)
    assert [(warning["file"], warning["row"]) for warning in document["warnings"]] == [("台账.csv", 1), ("台账.csv", 2)]
    assert result.err == ""


def test_a_person_is_told_rows_cases_and_warnings_by_row(here: Yishen, tmp_path: Path) -> None:
    rows = [answered(), request("2021-0002", 补正告知日期="2021-03-30")]
    result = here("import", write_csv(tmp_path / "台账.csv", rows), "--agency", AGENCY)
    assert result.code == 0
    assert "读取 2 行" in result.out
    assert "2 件" in result.out
    assert "台账.csv第3行" in result.err.replace(" ", "")
    assert "第三十条" in result.err


def test_three_kinds_in_four_files_of_every_shape_are_taken_at_once(
    here: Yishen, database: Database, tmp_path: Path
) -> None:
    paths = [
        write_csv(tmp_path / "复议.csv", [review("2021-0003")], encoding="gbk"),
        write_xlsx(tmp_path / "下半年.xlsx", 台账=[answered("2021-0002"), answered("2021-0003")]),
        write_csv(tmp_path / "上半年.csv", [answered()], encoding="utf-16"),
        write_csv(tmp_path / "主动公开.csv", [figure("行政处罚", 417)], encoding="utf-8"),
    ]
    document = json.loads(here("import", *paths, "--agency", AGENCY, "--json").out)
    assert (document["rows"], document["cases"], document["proactive_changed"]) == (5, 3, 1)
    assert document["files"] == ["复议.csv", "下半年.xlsx", "上半年.csv", "主动公开.csv"]
    assert rows_stored(database.engine)["review"] == 1
    assert verified(database.engine).ok


def test_a_dry_run_says_what_would_be_done_and_stores_nothing(here: Yishen, database: Database, tmp_path: Path) -> None:
    paths = [
        write_csv(tmp_path / "台账.csv", [answered(), request("2021-0002")]),
        write_csv(tmp_path / "复议.csv", [review()]),
        write_csv(tmp_path / "主动公开.csv", [figure("行政处罚", 417)]),
    ]
    before = rows_stored(database.engine)
    dry = json.loads(here("import", *paths, "--agency", AGENCY, "--dry-run", "--json").out)
    assert rows_stored(database.engine) == before
    assert "未保存" in here("import", *paths, "--agency", AGENCY, "--dry-run").out
    wet = json.loads(here("import", *paths, "--agency", AGENCY, "--json").out)
    assert dry == wet | {"dry_run": True}
    assert wet["dry_run"] is False


def test_a_dry_run_finds_the_same_faults(refused: Any, tmp_path: Path) -> None:
    ledger = write_csv(tmp_path / "台账.csv", [request(申请人类别="个人")])
    assert refused(ledger, "--agency", AGENCY, "--dry-run") == refused(ledger, "--agency", AGENCY)


def test_the_same_files_again_change_nothing_and_it_says_so(here: Yishen, database: Database, tmp_path: Path) -> None:
    paths = [
        write_csv(tmp_path / "台账.csv", [answered(), request("2021-0002")]),
        write_csv(tmp_path / "复议.csv", [review()]),
        write_csv(tmp_path / "主动公开.csv", [figure("行政处罚", 417, source="执法队")]),
    ]
    assert here("import", *paths, "--agency", AGENCY).code == 0
    before = rows_stored(database.engine)
    again = here("import", *paths, "--agency", AGENCY)
    assert again.code == 0
    assert "没有变化" in again.out
    document = json.loads(here("import", *paths, "--agency", AGENCY, "--json").out)
    changed = ("cases", "continued", "events", "proactive_changed", "warnings")
    assert [document[key] for key in changed] == [0, 0, 0, 0, []]
    assert document["unchanged"] == 2
    assert rows_stored(database.engine) == before


def test_next_years_export_appends_only_what_is_new(here: Yishen, database: Database, tmp_path: Path) -> None:
    here("import", write_csv(tmp_path / "2021.csv", [answered(), request("2021-0002")]), "--agency", AGENCY)
    later = [answered(), answered("2021-0002", 答复日期="2021-03-25"), request("2022-0001", 收到日期="2022-01-05")]
    result = here("import", write_csv(tmp_path / "2022.csv", later), "--agency", AGENCY, "--json")
    document = json.loads(result.out)
    assert [document[key] for key in ("cases", "continued", "unchanged", "events")] == [1, 1, 1, 2]
    assert [kind for kind, _, _ in events(database.engine, "2021-0002")] == ["register", "decide"]
    assert case_row(database.engine, "2021-0001").version == 2


# Wrong calls and wrong input


def test_all_faults_of_all_files_are_told_at_once_on_standard_error_and_nothing_is_stored(
    yishen: Yishen, database: Database, tmp_path: Path
) -> None:
    (tmp_path / "图片.csv").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")
    paths = [
        write_csv(tmp_path / "台账.csv", [request(申请人类别="个人"), answered("2021-0002", 答复日期="2021-02-01")]),
        write_xlsx(tmp_path / "台账.xlsx", 台账=[request()], 复议诉讼=[review("2020-0001")]),
        write_csv(tmp_path / "主动公开.csv", [figure("行政处罚", "很多"), figure("行政检查", 1)]),
        tmp_path / "图片.csv",
        tmp_path / "没有.csv",
    ]
    before = rows_stored(database.engine)
    result = yishen("import", *paths, "--agency", AGENCY, "--json")
    assert (result.code, result.out) == (2, "")
    lines = result.err.splitlines()
    assert len(lines) == 8
    for place in (
        "台账.csv 第2行“申请人类别”：“个人”",
        "台账.csv 第3行“答复日期”：“2021-02-01”",
        "台账.xlsx［台账］第2行“登记编号”：“2021-0001”",
        "台账.xlsx［复议诉讼］第2行“登记编号”：“2020-0001”",
        "主动公开.csv 第2行“数量1”：“很多”",
        "主动公开.csv 第3行“项目”：“行政检查”",
        "图片.csv",
        str(tmp_path / "没有.csv"),
    ):
        assert sum(line.startswith(place) for line in lines) == 1, place
    assert rows_stored(database.engine) == before


@pytest.mark.parametrize(
    ("rows", "start"),
    [
        ([request(收到日期="9000-01-01")], "台账.csv 第2行“收到日期”：“9000-01-01”"),
        ([request(收到日期="0201-03-04")], "台账.csv 第2行“收到日期”：“0201-03-04”"),
        ([request(申请渠道="微信")], "台账.csv 第2行“申请渠道”：“微信”"),
        ([answered(办理结果="公开")], "台账.csv 第2行“办理结果”：“公开”"),
        ([request(办理结果="予以公开")], "台账.csv 第2行“答复日期”：为空"),
        ([request(答复日期="2021-03-19")], "台账.csv 第2行“办理结果”：为空"),
        ([request(延期告知日期="2021-03-05", 延期工作日="30")], "台账.csv 第2行“延期工作日”：“30”"),
        ([request(收费通知日期="2021-03-05", 收费金额="-5")], "台账.csv 第2行“收费金额”：“-5”"),
        ([request(收费通知日期="2021-03-05", 收费金额="1E+200000")], "台账.csv 第2行“收费金额”：“1E+200000”"),
        ([request(), request()], "台账.csv 第3行“登记编号”：“2021-0001”"),
        ([{"登记编号": "1", "收到日期": "2021-03-01", "申请内容": "x"}], "台账.csv 第1行"),
        ([review("2020-0001")], "台账.csv 第2行“登记编号”：“2020-0001”"),
        ([review(结案日期="2021-08-02")], "台账.csv 第2行“结案日期”：“2021-08-02”"),
        ([figure("规范性文件", 1, 0, 1)], "台账.csv 第2行“项目”：“规范性文件”"),
        ([figure("行政处罚", 1, 2)], "台账.csv 第2行“数量2”：“2”"),
        ([figure("行政处罚", "1.5")], "台账.csv 第2行“数量1”：“1.5”"),
        ([figure("行政处罚", "1E+200000")], "台账.csv 第2行“数量1”：“1E+200000”"),
        ([figure("行政处罚", 1, year=2018)], "台账.csv 第2行“年度”：“2018”"),
    ],
)
def test_one_wrong_cell_is_one_line_with_its_place(
    refused: Any, tmp_path: Path, rows: list[dict[str, Any]], start: str
) -> None:
    lines = refused(write_csv(tmp_path / "台账.csv", rows), "--agency", AGENCY)
    faults = [line for line in lines if "在台账和系统中都没有" not in line or "2020-0001" in start]
    assert len(faults) == 1
    assert faults[0].startswith(start)


def test_text_that_no_database_can_hold_is_told_with_its_place(refused: Any, tmp_path: Path) -> None:
    number = "".join(random.Random(1).choices(string.ascii_letters, k=6000))
    (line,) = refused(write_csv(tmp_path / "台账.csv", [request(number)]), "--agency", AGENCY)
    assert line.startswith("台账.csv 第2行“登记编号”")
    path = write_csv(tmp_path / "台账.csv", [request(申请内容="a\0b")], encoding="utf-16")
    (line,) = refused(path, "--agency", AGENCY)
    assert line.startswith("台账.csv 第2行“申请内容”")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
        b"PK\x03\x04 not a workbook",
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
        "登记编号,申请人类别,收到日期,申请内容\n".encode(),
        '登记编号,申请人类别,收到日期,申请内容\n1,自然人,2021-03-01,"没有结束\n'.encode(),
        "姓名,电话\n张三,138\n".encode(),
    ],
    ids=["empty", "png", "zip", "pdf", "header only", "unbalanced quote", "another table"],
)
def test_one_wrong_file_is_one_line_with_its_name(refused: Any, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "台账.csv"
    path.write_bytes(content)
    (line,) = refused(path, "--agency", AGENCY)
    assert line.startswith("台账.csv")
    assert "应" in line


def test_a_damaged_workbook_is_one_line_with_its_name_and_no_unexpected_fault(refused: Any, tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "台账.xlsx", 台账=[answered(f"2021-{n:04}") for n in range(30)])
    content = path.read_bytes()
    sheet = content.index(b"xl/worksheets/sheet1.xml")
    path.write_bytes(content[: sheet + 60] + b"\xff" * 40 + content[sheet + 100 :])
    (line,) = refused(path, "--agency", AGENCY)
    assert line.startswith("台账.xlsx")


def test_a_folder_a_missing_file_an_unknown_agency_and_a_call_without_files_are_refused(
    refused: Any, tmp_path: Path
) -> None:
    ledger = write_csv(tmp_path / "台账.csv", [request()])
    (line,) = refused(tmp_path, "--agency", AGENCY)
    assert str(tmp_path) in line
    (line,) = refused(tmp_path / "没有.csv", "--agency", AGENCY)
    assert "没有这个文件" in line
    (line,) = refused(ledger, "--agency", "buzai")
    assert "buzai" in line
    assert AGENCY in line
    (line,) = refused("--agency", AGENCY)
    assert "LEDGER" in line
    (line,) = refused(ledger)
    assert "--agency" in line


def test_a_fault_in_one_file_keeps_all_others_out(refused: Any, tmp_path: Path) -> None:
    good = write_csv(tmp_path / "好.csv", [answered(), request("2021-0002")])
    figures = write_csv(tmp_path / "主动公开.csv", [figure("行政处罚", 417)])
    bad = write_csv(tmp_path / "坏.csv", [request("2021-0003", 收到日期="2021-02-30")])
    (line,) = refused(good, figures, bad, "--agency", AGENCY)
    assert line.startswith("坏.csv 第2行“收到日期”")


# Killed half way


@pytest.mark.faults
def test_an_import_killed_while_it_writes_leaves_nothing_behind_and_the_next_one_succeeds(
    yishen: Yishen, database: Database, agency_id: int, tmp_path: Path
) -> None:
    rows = [answered(f"2021-{n:05}", 申请人类别=KINDS[n % 6]) for n in range(1, 1301)]
    ledger = write_csv(tmp_path / "台账.csv", rows)
    before = rows_stored(database.engine)
    owner, watcher = database.owner_engine.connect(), database.owner_engine.connect()
    watcher = watcher.execution_options(isolation_level="AUTOCOMMIT")
    with owner, watcher, owner.begin() as rival:
        # Somebody else is about to enter number 1200: the import must wait for them in its third batch.
        made = insert(applicant).values(agency_id=agency_id, kind="other").returning(applicant.c.id)
        owner.execute(insert(request_case).values(_rival(agency_id, owner.execute(made).scalar_one())))
        program = subprocess.Popen(
            [sys.executable, "-m", "cli", "import", str(ledger), "--agency", AGENCY],
            cwd=tmp_path,
            env={**os.environ, **settings_of(database)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        try:
            backend = _waiting_backend(watcher, program)
        finally:
            program.kill()
            program.communicate()
        rival.rollback()
        end = time.monotonic() + 30
        while watcher.execute(text("SELECT 1 FROM pg_stat_activity WHERE pid = :pid"), {"pid": backend}).scalar():
            assert time.monotonic() < end, "the killed import's backend lives on"
    assert rows_stored(database.engine) == before
    again = json.loads(yishen("import", ledger, "--agency", AGENCY, "--json").out)
    assert (again["cases"], again["events"]) == (1300, 2600)
    assert verified(database.engine).ok


def _rival(agency_id: int, applicant_id: int) -> dict[str, Any]:
    return {
        "agency_id": agency_id,
        "applicant_id": applicant_id,
        "number": "2021-01200",
        "applicant_kind": "other",
        "subject": "",
        "received_on": date(2021, 3, 1),
        "came_on": date(2021, 3, 1),
        "state": "received",
        "counted": True,
        "is_open": True,
        "provisional": False,
        "calendar_revision": 1,
        "version": 0,
        "head_hash": b"",
        "snapshot": {},
    }


def _waiting_backend(watcher: Any, program: subprocess.Popen[bytes]) -> int:
    """The server process of the import, once it waits for a lock; it has written two batches by then."""
    waits = text(
        "SELECT pid FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted AND datname = current_database()"
    )
    end = time.monotonic() + 60
    while (pid := watcher.execute(waits).scalar()) is None:
        assert program.poll() is None, program.stderr and program.stderr.read().decode()
        assert time.monotonic() < end, "the import never came to the rival's number"
    return int(pid)
