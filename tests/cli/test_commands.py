"""``yishen init``, ``year-end``, ``report`` and ``verify``: what they do, what they refuse, and with which exit code."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from models.tables import agency, user_account
from runtime.database import Database
from runtime.postgres import EmbeddedServer
from tests.conftest import AGENCY, AGENCY_NAME, Result, Yishen, command, enrol, fresh_database
from tests.ledgers import MISC, answered, figure, inside, record, request, review, rows_stored, write_csv
from workflow import verify

FULL = answered(
    "2021-0001",
    补正告知日期="2021-03-05",
    补正期限="2021-03-19",
    补正收到日期="2021-03-09",
    征求意见发出日期="2021-03-10",
    征求意见结束日期="2021-03-12",
    收费通知日期="2021-03-15",
    收费金额="380",
    缴费日期="2021-03-16",
    实收金额="380",
    答复日期="2021-04-02",
)
REVIEW = review(结果="结果维持", 结案日期="2021-07-02")


@pytest.fixture
def here(database: Database, agency_id: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Yishen:
    """The command in this process, on a fresh database with one agency."""
    return inside(database, tmp_path, monkeypatch, capsys)


@pytest.fixture
def bare(
    server: EmbeddedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> Iterator[tuple[Database, Yishen]]:
    """A database with nothing in it, not even our tables, and the command on it."""
    with fresh_database(server, "template1") as database:
        yield database, inside(database, tmp_path, monkeypatch, capsys)


@pytest.fixture(scope="module")
def shelf(server: EmbeddedServer, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A database with a small year 2021 in it, for calls that only read."""
    folder = tmp_path_factory.mktemp("shelf")
    rows = [FULL, answered("2021-0002", 办理结果=MISC, 答复日期="2021-12-31"), request("2021-0003")]
    with fresh_database(server, template) as database:
        agency_id = enrol(database.engine)
        paths = [write_csv(folder / "a.csv", rows), write_csv(folder / "b.csv", [REVIEW])]
        record(database.engine, agency_id, *paths)
        yield database


def refused(result: Result, *said: str) -> None:
    """The call was wrong: exit 2, one line to standard error that says so, nothing on standard output."""
    assert (result.code, result.out) == (2, "")
    (line,) = result.err.splitlines()
    assert "意外错误" not in line
    for word in said:
        assert word in line


# init


def test_init_makes_the_tables_the_agency_and_the_administrator(bare: tuple[Database, Yishen]) -> None:
    database, yishen = bare
    done = yishen("init", "--agency", "xinju", "--name", "新机关", "--admin", "王五", "--json")
    assert (done.code, done.err) == (0, "")
    said = json.loads(done.out)
    assert len(said.pop("admin_password")) == 14
    assert said == {"agency": "xinju", "agency_made": True, "admin": "王五", "admin_made": True} | {
        "under": None,
        "under_changed": False,
        "admin_login": "王五",
    }
    with database.engine.connect() as connection:
        assert connection.execute(select(agency.c.code, agency.c.name)).all() == [("xinju", "新机关")]
        assert connection.execute(
            select(user_account.c.name, user_account.c.roles, user_account.c.must_change)
        ).all() == [("王五", ["system_administrator"], True)]
    assert rows_stored(database.engine)["calendar_revision"] == 1
    assert yishen("verify").code == 0


def test_before_init_a_command_says_that_there_is_no_database_yet(bare: tuple[Database, Yishen]) -> None:
    _, yishen = bare
    refused(yishen("year-end", 2021, "--agency", "xinju"), "yishen init")


def test_init_twice_changes_nothing_and_says_so(here: Yishen, database: Database) -> None:
    call = ("init", "--agency", "xinju", "--name", "新机关", "--admin", "王五")
    assert here(*call).code == 0
    before = rows_stored(database.engine)
    again = here(*call)
    assert again.code == 0
    assert again.out.count("已存在") == 2
    document = json.loads(here(*call, "--json").out)
    assert (document["agency_made"], document["admin_made"]) == (False, False)
    assert rows_stored(database.engine) == before
    assert here("init").code == 0


def test_init_refuses_another_name_for_a_known_code(here: Yishen, database: Database) -> None:
    refused(here("init", "--agency", AGENCY, "--name", "别的局"), "--name", "别的局", AGENCY_NAME, AGENCY)
    with database.engine.connect() as connection:
        assert connection.execute(select(agency.c.name)).scalars().all() == [AGENCY_NAME]


@pytest.mark.parametrize("code", ["机关", "-x", ".x", "a b", "a/b", "x" * 65, "a\n"])
def test_init_refuses_a_code_that_cannot_be_one(reading: Yishen, shelf: Database, code: str) -> None:
    before = rows_stored(shelf.engine)
    result = reading("init", f"--agency={code}", "--name", "新机关")
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("--agency")
    assert "字母" in result.err
    assert rows_stored(shelf.engine) == before


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (("--agency", "xinju"), "--name"),
        (("--agency", "xinju", "--name", "  "), "--name"),
        (("--name", "新机关"), "--agency"),
        (("--agenci", "xinju"), "--agenci"),
        (("--agency",), "--agency"),
    ],
)
def test_init_refuses_half_a_call(reading: Yishen, call: tuple[str, ...], said: str) -> None:
    refused(reading("init", *call), said)


# year-end


def test_year_end_tells_a_person_and_a_machine_the_same(
    here: Yishen, database: Database, agency_id: int, tmp_path: Path
) -> None:
    record(database.engine, agency_id, write_csv(tmp_path / "a.csv", [FULL, request("2021-0003")]))
    told = here("year-end", 2021, "--agency", AGENCY)
    assert told.code == 0
    for words in ("新收 2 件", "上年结转 0 件", "办结 1 件", "结转下年度 1 件", "全部通过"):
        assert words in told.out
    again = here("year-end", 2021, "--agency", AGENCY, "--json")
    document = json.loads(again.out)
    assert (again.code, document["ok"], document["edition"]) == (0, True, "2021")
    assert (document["carried_over"], document["newly_carried_over"], document["cells_changed"]) == (1, 0, 0)


def test_year_end_refuses_years_that_are_not_over_or_have_no_form(reading: Yishen, shelf: Database) -> None:
    before = rows_stored(shelf.engine)
    this_year = (datetime.now(UTC) + timedelta(hours=8)).year
    refused(reading("year-end", this_year, "--agency", AGENCY), f"{this_year}-12-31")
    refused(reading("year-end", 2098, "--agency", AGENCY), "2098-12-31")
    refused(reading("year-end", 2018, "--agency", AGENCY), "2018", "2019")
    refused(reading("year-end", 2021, "--agency", "buzai"), "buzai", AGENCY)
    refused(reading("year-end", 2021), "--agency")
    assert rows_stored(shelf.engine) == before


@pytest.mark.parametrize("year", [10000, -1, 0])
def test_year_end_refuses_a_year_that_no_calendar_has(reading: Yishen, year: int) -> None:
    result = reading("year-end", "--agency", AGENCY, "--", year)
    assert (result.code, result.out) == (2, "")
    assert "意外错误" not in result.err


@pytest.mark.parametrize(
    "call",
    [
        ("year-end", "去年", "--agency", AGENCY),
        ("report", "build", "去年", "--agency", AGENCY, "--format", "json", "--out", "x"),
        ("calendar", "show", "去年"),
    ],
)
def test_a_year_that_is_no_number_is_refused_with_the_value_in_chinese(reading: Yishen, call: tuple[str, ...]) -> None:
    result = reading(*call)
    refused(result, "YEAR", "去年")
    assert "valid integer" not in result.err


# report build


def build(yishen: Yishen, out: Path, *more: object, year: object = 2021, file_format: str = "json") -> Result:
    return yishen("report", "build", year, "--agency", AGENCY, "--format", file_format, "--out", out, *more)


def built(yishen: Yishen, out: Path, *more: object, year: object = 2021) -> Any:
    assert build(yishen, out, *more, year=year).code == 0
    return json.loads(out.read_text(encoding="utf-8"))


def test_report_build_writes_the_contracts_json(reading: Yishen, tmp_path: Path) -> None:
    report = built(reading, tmp_path / "report.json")
    assert list(report) == ["agency", "year", "edition", "applications", "reviews", "proactive", "fees"]
    assert (report["agency"], report["year"], report["edition"]) == (AGENCY_NAME, 2021, "2021")
    rows = report["applications"]
    assert rows["new"] == [3, 0, 0, 0, 0, 0, 3]
    assert rows["results"]["other_misc"] == rows["carried_out"] == [1, 0, 0, 0, 0, 0, 1]
    assert report["reviews"]["reconsideration"] == [1, 0, 0, 0, 1]
    assert report["fees"] == {"notices": 1, "billed_yuan": "380", "received_yuan": "380"}


def test_report_build_in_the_older_form_has_one_row_of_other_results(reading: Yishen, tmp_path: Path) -> None:
    report = built(reading, tmp_path / "report.json", "--edition", "2019")
    assert report["edition"] == "2019"
    assert report["applications"]["results"]["other"] == [1, 0, 0, 0, 0, 0, 1]
    assert "other_misc" not in report["applications"]["results"]


def test_report_build_as_of_a_day_leaves_out_what_came_later(reading: Yishen, tmp_path: Path) -> None:
    report = built(reading, tmp_path / "report.json", "--as-of", "2021-12-30")
    assert report["applications"]["results"]["total"][6] == 1
    assert report["applications"]["carried_out"][6] == 2


def test_report_build_of_a_year_in_which_nothing_happened_is_a_report_of_zeros(reading: Yishen, tmp_path: Path) -> None:
    report = built(reading, tmp_path / "report.json", year=2020)
    assert all(row == [0] * 7 for row in report["applications"]["results"].values())


@pytest.mark.parametrize(
    ("file_format", "start"),
    [("xlsx", b"PK"), ("html", b"<!"), ("docx", b"PK"), pytest.param("pdf", b"%PDF", marks=pytest.mark.pdf)],
)
def test_report_build_writes_the_other_formats(reading: Yishen, tmp_path: Path, file_format: str, start: bytes) -> None:
    out = tmp_path / f"report.{file_format}"
    assert build(reading, out, file_format=file_format).code == 0
    assert out.read_bytes().lower().startswith(start.lower())


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"file_format": "odt"}, ("odt", "json", "xlsx", "html")),
        ({"year": 2018}, ("2018", "2019")),
    ],
)
def test_report_build_refuses_a_format_or_a_year_that_it_does_not_have(
    reading: Yishen, tmp_path: Path, more: dict[str, Any], said: tuple[str, ...]
) -> None:
    refused(build(reading, tmp_path / "report", **more), *said)
    assert not (tmp_path / "report").exists()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--edition", "2020"), ("2020", "2021")),
        (("--as-of", "2021-02-30"), ("--as-of", "2021-02-30", "2021-09-30")),
        (("--as-of", "年底"), ("--as-of", "年底")),
        (("--agency", "buzai"), ("buzai", AGENCY)),
    ],
)
def test_report_build_refuses_wrong_options(
    reading: Yishen, tmp_path: Path, more: tuple[str, ...], said: tuple[str, ...]
) -> None:
    refused(build(reading, tmp_path / "report.json", *more), *said)
    assert not (tmp_path / "report.json").exists()


@pytest.mark.parametrize("file_format", ["json", "xlsx", "docx", "html", pytest.param("pdf", marks=pytest.mark.pdf)])
def test_report_build_refuses_a_place_that_cannot_be_written(reading: Yishen, tmp_path: Path, file_format: str) -> None:
    (tmp_path / "file").write_text("")
    for out in (tmp_path, tmp_path / "missing" / "report", tmp_path / "file" / "report"):
        refused(build(reading, out, file_format=file_format), "--out", str(out))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]


def test_report_build_needs_a_format_and_a_place(reading: Yishen, tmp_path: Path) -> None:
    refused(reading("report", "build", 2021, "--agency", AGENCY, "--out", tmp_path / "x"), "--format")
    refused(reading("report", "build", 2021, "--agency", AGENCY, "--format", "json"), "--out")


# report check


def test_report_check_passes_our_own_report(reading: Yishen, tmp_path: Path) -> None:
    out = tmp_path / "report.json"
    build(reading, out)
    assert reading("report", "check", out).code == 0
    assert json.loads(reading("report", "check", out, "--json").out) == {"ok": True, "findings": []}


def test_report_check_finds_what_does_not_add_up(yishen: Yishen, database: Database, tmp_path: Path) -> None:
    out = tmp_path / "report.json"
    report = built(yishen, out)
    report["applications"]["new"][0] += 1
    out.write_text(json.dumps(report), encoding="utf-8")
    result = yishen("report", "check", out, "--json")
    document = json.loads(result.out)
    assert (result.code, result.err, document["ok"]) == (1, "", False)
    assert [(finding["rule"], finding["level"], finding["where"]) for finding in document["findings"]] == [
        ("K1", "error", "applications/自然人"),
        ("K3", "error", "applications/本年新收"),
    ]
    assert document["findings"][0].keys() == {"rule", "level", "where", "message", "expected", "found"}
    assert "K1" in yishen("report", "check", out).out


def test_report_check_joins_the_report_of_the_year_before(reading: Yishen, tmp_path: Path) -> None:
    before, now = tmp_path / "2021.json", tmp_path / "2022.json"
    build(reading, before)
    report = built(reading, now, year=2022)
    assert reading("report", "check", now, "--previous", before).code == 0
    report["applications"]["carried_in"] = [2, 0, 0, 0, 0, 0, 2]
    report["applications"]["carried_out"] = [2, 0, 0, 0, 0, 0, 2]
    now.write_text(json.dumps(report), encoding="utf-8")
    assert reading("report", "check", now).code == 0
    result = reading("report", "check", now, "--previous", before, "--json")
    assert result.code == 1
    assert {finding["rule"] for finding in json.loads(result.out)["findings"]} == {"K4"}


def test_report_check_of_a_blank_cell_is_a_warning_and_no_failure(reading: Yishen, tmp_path: Path) -> None:
    out = tmp_path / "report.json"
    report = built(reading, out)
    report["applications"]["results"]["granted"][3] = None
    out.write_text(json.dumps(report), encoding="utf-8")
    result = reading("report", "check", out, "--json")
    assert result.code == 0
    assert [(f["rule"], f["level"]) for f in json.loads(result.out)["findings"]] == [("K8", "warning")]


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"edition": "2021"}', '{"edition": "2017"}', "3", '"x"', "null", "[" * 100_000]
)
def test_report_check_refuses_what_is_no_report(reading: Yishen, tmp_path: Path, content: str) -> None:
    path = tmp_path / "report.json"
    path.write_text(content, encoding="utf-8")
    result = reading("report", "check", path)
    assert (result.code, result.out) == (2, "")
    assert all("report.json" in line for line in result.err.splitlines())
    assert result.err


def test_report_check_refuses_a_missing_file_a_folder_and_bytes(reading: Yishen, tmp_path: Path) -> None:
    refused(reading("report", "check", tmp_path / "没有.json"), "没有.json")
    refused(reading("report", "check", tmp_path), str(tmp_path))
    (tmp_path / "x.json").write_bytes(b"\x89PNG\xff\xfe")
    refused(reading("report", "check", tmp_path / "x.json"), "x.json")
    refused(reading("report", "check"), "FILE")


# verify


def test_verify_of_an_untouched_log_is_clean(reading: Yishen) -> None:
    assert reading("verify").code == 0
    document = json.loads(reading("verify", "--json").out)
    assert document == {"ok": True, "cases": 3, "events": 13, "findings": []}


def test_verify_after_tampering_exits_with_1_and_names_the_case(
    yishen: Yishen, database: Database, agency_id: int, tmp_path: Path
) -> None:
    record(database.engine, agency_id, write_csv(tmp_path / "a.csv", [FULL, request("2021-0003")]))
    with database.owner_engine.begin() as connection:
        connection.execute(text("UPDATE case_event SET happened_on = '2021-04-01' WHERE kind = 'decide'"))
    result = yishen("verify", "--json")
    document = json.loads(result.out)
    assert (result.code, document["ok"]) == (1, False)
    assert {finding["case"] for finding in document["findings"]} == {"2021-0001"}
    told = yishen("verify")
    assert told.code == 1
    assert "2021-0001" in told.out


TAMPERINGS = [
    "UPDATE case_event SET happened_on = happened_on - 1 WHERE kind = 'decide'",
    "UPDATE case_event SET facts = facts || '{\"subject\": \"别的\"}' WHERE kind = 'register'",
    "UPDATE case_event SET facts = facts || '{\"outcome\": \"partly_granted\"}' WHERE kind = 'decide'",
    "UPDATE case_event SET facts = facts - 'number' WHERE kind = 'register'",
    "UPDATE case_event SET facts = '{\"outcome\": \"nonsense\"}' WHERE kind = 'decide'",
    "UPDATE case_event SET facts = '[]' WHERE kind = 'decide'",
    "UPDATE case_event SET facts = '\"x\"' WHERE kind = 'pay'",
    "UPDATE case_event SET facts = 'null' WHERE kind = 'pay'",
    "UPDATE case_event SET facts = '{\"billed_yuan\": \"NaN\"}' WHERE kind = 'bill'",
    "UPDATE case_event SET facts = '{\"billed_yuan\": \"many\"}' WHERE kind = 'bill'",
    "UPDATE case_event SET facts = '{\"consultation\": 99}' WHERE kind = 'opinions_in'",
    "UPDATE case_event SET facts = '{\"until\": \"soon\"}' WHERE kind = 'ask_correction'",
    "UPDATE case_event SET kind = 'nonsense' WHERE kind = 'pay'",
    "UPDATE case_event SET kind = 'close' WHERE kind = 'decide'",
    "UPDATE case_event SET actor = 'somebody else' WHERE seq = 2",
    "UPDATE case_event SET article = '条例第一条' WHERE seq = 2",
    "UPDATE case_event SET command_id = 'other' WHERE kind = 'decide'",
    "UPDATE case_event SET recorded_at = recorded_at - interval '1 microsecond' WHERE seq = 1",
    "UPDATE case_event SET to_state = 'closed' WHERE kind = 'decide'",
    "UPDATE case_event SET from_state = 'nonsense' WHERE kind = 'decide'",
    "UPDATE case_event SET hash = previous_hash WHERE seq = 3",
    "UPDATE case_event SET previous_hash = hash WHERE seq = 3",
    "UPDATE case_event SET seq = seq + 100 WHERE kind = 'decide'",
    "DELETE FROM case_event WHERE kind = 'decide'",
    "DELETE FROM case_event WHERE kind = 'correct'",
    "DELETE FROM case_event WHERE seq = 1",
    "DELETE FROM case_event",
    "UPDATE request_case SET subject = '别的'",
    "UPDATE request_case SET number = '2021-0009' WHERE number = '2021-0003'",
    "UPDATE request_case SET received_on = received_on - 1 WHERE closed_on IS NULL",
    "UPDATE request_case SET applicant_kind = 'company' WHERE number = '2021-0001'",
    "UPDATE request_case SET outcome = 'partly_granted' WHERE number = '2021-0001'",
    "UPDATE request_case SET closed_on = closed_on + 1 WHERE number = '2021-0001'",
    "UPDATE request_case SET state = 'consulting' WHERE number = '2021-0003'",
    "UPDATE request_case SET reply_due = reply_due + 1 WHERE number = '2021-0003'",
    "UPDATE request_case SET provisional = true",
    "UPDATE request_case SET counted = false",
    "UPDATE request_case SET is_open = NOT is_open",
    "UPDATE request_case SET snapshot = NULL",
    "UPDATE request_case SET version = version + 1",
    "UPDATE request_case SET head_hash = 'x'::bytea",
    'UPDATE request_case SET snapshot = snapshot || \'{"subject": "别的"}\'',
    "UPDATE request_case SET snapshot = '{}'",
    "UPDATE deadline SET due_on = due_on + 1 WHERE kind = 'reply'",
    "UPDATE deadline SET state = 'done' WHERE state = 'open'",
    "UPDATE deadline SET article = '条例第一条'",
    "DELETE FROM deadline",
    "UPDATE fee SET billed_yuan = 0",
    "UPDATE fee SET paid_on = NULL",
    "DELETE FROM fee",
    "UPDATE review SET result = 'corrected'",
    "UPDATE review SET concluded_on = concluded_on + 1",
    "DELETE FROM review",
    "INSERT INTO fee SELECT case_id, 2, agency_id, notified_on, billed_yuan FROM fee",
    "INSERT INTO review SELECT case_id, 2, agency_id, kind, accepted_on, result FROM review",
]


@pytest.mark.parametrize("statement", TAMPERINGS)
def test_verify_finds_every_kind_of_tampering_and_survives_it(shelf: Database, statement: str) -> None:
    result = verify.Verification(0, 0, [])
    with shelf.owner_engine.connect() as connection, connection.begin() as transaction:
        assert connection.exec_driver_sql(statement).rowcount > 0
        for _ in verify.verify(connection, result):
            pass
        transaction.rollback()
    assert not result.ok
    assert all(finding.case.startswith("2021-") and finding.message for finding in result.findings)


@pytest.mark.parametrize("statement", ["UPDATE case_event SET seq = seq", "DELETE FROM case_event"])
def test_the_applications_own_role_can_neither_change_nor_delete_the_log(shelf: Database, statement: str) -> None:
    from sqlalchemy.exc import ProgrammingError

    with shelf.engine.connect() as connection, pytest.raises(ProgrammingError, match="permission denied"):
        connection.execute(text(statement))


# The command itself


@pytest.mark.parametrize("call", [("nonsense",), ("report", "nonsense"), ("calendar", "nonsense"), ("--nonsense",)])
def test_an_unknown_command_is_refused_in_one_line(reading: Yishen, call: tuple[str, ...]) -> None:
    refused(reading(*call), "nonsense")


def test_help_goes_to_standard_output_and_exits_with_0(reading: Yishen) -> None:
    result = reading("--help")
    assert result.code == 0
    names = ("init", "demo", "import", "replay", "year-end", "report", "deadline", "calendar", "verify", "run")
    for name in (*names, "case", "settings", "staff", "inbox", "jobs"):
        assert name in result.out


def test_section_two_reaches_the_report_from_the_ledger(here: Yishen, tmp_path: Path) -> None:
    figures = [figure("行政处罚", 417), figure("规章", 1, 0, 5), figure("行政事业性收费（万元）", "12.50")]
    assert here("import", write_csv(tmp_path / "主动公开.csv", figures), "--agency", AGENCY).code == 0
    proactive = built(here, tmp_path / "report.json")["proactive"]
    assert (proactive["penalties"], proactive["regulations"]) == (417, [1, 0, 5])
    assert proactive["administrative_charges_10k_yuan"] == "12.50"


def test_a_command_in_another_folder_makes_no_second_database(tmp_path: Path) -> None:
    elsewhere = command(tmp_path, YISHEN_DATA_DIR=str(tmp_path / "var"))
    result = elsewhere("verify")
    assert (result.code, result.out) == (2, "")
    assert "yishen init" in result.err
    assert not (tmp_path / "var").exists()


def test_another_key_than_the_one_the_database_was_sealed_with_is_refused(yishen: Yishen) -> None:
    result = yishen("verify", YISHEN_SECRET_KEY="another-secret-0123456789")
    assert (result.code, result.out) == (2, "")
    assert "密钥" in result.err
