"""Ledgers for tests: rows as an office would type them, files in every shape, and what became of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import Connection, Engine, func, literal, select, text, union_all

import runtime.database
from cli import main
from models.personal import FieldCipher
from models.tables import agency, case_event, metadata, request_case
from reports import proactive, texts
from reports.rollup import roll_up
from runtime.database import Database
from tests.conftest import NOW, SECRET, Result, Yishen
from workflow import ledger, sheets, verify

Row = Mapping[str, Any]

COLUMNS = (
    "登记编号", "申请人类别", "申请人", "证件号码", "联系电话", "电子邮箱", "通信地址", "申请渠道", "提交日期",
    "收到日期", "申请内容", "补正告知日期", "补正期限", "补正收到日期", "征求意见发出日期", "征求意见结束日期",
    "延期告知日期", "延期工作日", "收费通知日期", "收费金额", "缴费日期", "实收金额", "办理结果", "答复日期",
    "答复文号", "备注",
)  # fmt: skip
REVIEW_COLUMNS = ("登记编号", "类别", "受理日期", "结果", "结案日期", "备注")
PROACTIVE_COLUMNS = ("年度", "项目", "数量1", "数量2", "数量3", "来源")

KINDS = ("自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他")
REVIEW_KINDS = {
    "行政复议": "reconsideration",
    "未经复议直接起诉": "litigation_direct",
    "复议后起诉": "litigation_after_reconsideration",
}
REVIEW_RESULTS = ("结果维持", "结果纠正", "其他结果", "尚未审结")

# The form's own labels and the keys of contracts.md, written out here once more on purpose.
OUTCOMES = {
    "予以公开": "granted",
    "部分公开": "partly_granted",
    "不予公开-属于国家秘密": "refused_state_secret",
    "不予公开-其他法律行政法规禁止公开": "refused_other_law",
    "不予公开-危及“三安全一稳定”": "refused_safety_stability",
    "不予公开-保护第三方合法权益": "refused_third_party",
    "不予公开-属于三类内部事务信息": "refused_internal_affairs",
    "不予公开-属于四类过程性信息": "refused_process",
    "不予公开-属于行政执法案卷": "refused_enforcement_file",
    "不予公开-属于行政查询事项": "refused_administrative_query",
    "无法提供-本机关不掌握相关政府信息": "unavailable_not_held",
    "无法提供-没有现成信息需要另行制作": "unavailable_needs_creation",
    "无法提供-补正后申请内容仍不明确": "unavailable_still_unclear",
    "不予处理-信访举报投诉类申请": "unprocessed_petition",
    "不予处理-重复申请": "unprocessed_repeat",
    "不予处理-要求提供公开出版物": "unprocessed_publication",
    "不予处理-无正当理由大量反复申请": "unprocessed_excessive",
    "不予处理-要求行政机关确认或重新出具已获取信息": "unprocessed_reissue",
    "其他处理-申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请": "other_not_corrected",
    "其他处理-申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请": "other_fee_unpaid",
    "其他处理-其他": "other_misc",
}
NOT_CORRECTED, FEE_UNPAID, MISC = list(OUTCOMES)[-3:]


def request(number: str = "2021-0001", **cells: Any) -> dict[str, Any]:
    """A row of 依申请公开台账: an open request of a natural person, received 2021-03-01, with more cells."""
    row = {
        "登记编号": number,
        "申请人类别": "自然人",
        "收到日期": "2021-03-01",
        "申请内容": "某村土地征收补偿安置方案",
    }
    return row | cells


def answered(number: str = "2021-0001", **cells: Any) -> dict[str, Any]:
    """The same request, answered in time on 2021-03-19."""
    return request(number, **{"办理结果": "予以公开", "答复日期": "2021-03-19"} | cells)


def review(number: str = "2021-0001", **cells: Any) -> dict[str, Any]:
    """A row of 复议诉讼台账: a reconsideration accepted 2021-05-06 and still pending."""
    row = {"登记编号": number, "类别": "行政复议", "受理日期": "2021-05-06", "结果": "尚未审结", "结案日期": ""}
    return row | cells


def figure(item: str, *numbers: Any, year: Any = 2021, source: str = "") -> dict[str, Any]:
    """A row of 主动公开."""
    row = {"年度": year, "项目": item}
    row |= {f"数量{index}": number for index, number in enumerate(numbers, 1)}
    return row | {"来源": source}


def columns_of(rows: Sequence[Row]) -> list[str]:
    """The columns that the rows use, in the contract's order, unknown ones last."""
    used = {column for row in rows for column in row}
    for known in (COLUMNS, REVIEW_COLUMNS, PROACTIVE_COLUMNS):
        if used <= {*known} or known is COLUMNS:
            ordered = [column for column in known if column in used]
            if used <= {*known}:
                return ordered
    kinds = (COLUMNS, REVIEW_COLUMNS, PROACTIVE_COLUMNS)
    best = max(kinds, key=lambda kind: len(used & {*kind}))
    extra = [column for row in rows for column in row if column not in best]
    return [*(column for column in best if column in used), *dict.fromkeys(extra)]


def records(rows: Sequence[Row], columns: Sequence[str] | None = None) -> list[list[Any]]:
    """The header and the rows as lists of cells."""
    columns = columns or columns_of(rows)
    return [list(columns), *([row.get(column, "") for column in columns] for row in rows)]


def csv_text(lines: Iterable[Sequence[Any]]) -> str:
    """Lists of cells as the text of a CSV file."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(lines)
    return text.getvalue()


def write_csv(
    path: Path, rows: Sequence[Row], columns: Sequence[str] | None = None, encoding: str = "utf-8-sig"
) -> Path:
    """The rows as a CSV file; returns its path."""
    path.write_bytes(csv_text(records(rows, columns)).encode(encoding))
    return path


def write_xlsx(path: Path, **sheets_of_rows: Sequence[Row] | Sequence[Sequence[Any]]) -> Path:
    """A workbook, a sheet for each keyword: rows (dicts, header made from them) or plain lists of cells."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets_of_rows.items():
        sheet = book.create_sheet(title)
        lines = records(rows) if rows and isinstance(rows[0], Mapping) else rows
        for line in lines:
            sheet.append(list(line))
    book.save(path)
    return path


def day(text: str) -> datetime:
    """A day as a cell of a workbook holds it."""
    return datetime.combine(date.fromisoformat(text), datetime.min.time())


def read(*paths: Path) -> sheets.Reading:
    """Read ledgers of all three kinds."""
    return sheets.read_files(paths, [ledger.LEDGER, ledger.REVIEWS, proactive.PROACTIVE])


def plan(connection: Connection, agency_id: int, *paths: Path, now: datetime = NOW) -> ledger.Plan:
    """What importing these files would do."""
    return ledger.plan(connection, agency_id, read(*paths), FieldCipher(SECRET), now, "import:test")


def write_words(engine: Engine, agency_id: int, year: int) -> None:
    """Write every part of the report's words that is left to the office, so that the report can be sealed."""
    with engine.begin() as connection:
        owner = connection.execute(select(agency).where(agency.c.id == agency_id)).one()
        figures = roll_up(connection, agency_id, owner.name, year)
        for each in texts.shown(connection, agency_id, figures):
            if texts.open_places(each.rendered):
                texts.write(connection, agency_id, owner.name, year, each.part, "照常开展。", "test", NOW)


def record(engine: Engine, agency_id: int, *paths: Path, now: datetime = NOW) -> ledger.Plan:
    """Import these files in one transaction; returns the plan, whose faults must be none."""
    with engine.begin() as connection:
        made = plan(connection, agency_id, *paths, now=now)
        for _ in ledger.store(connection, agency_id, made, FieldCipher(SECRET), now):
            pass
    return made


_TIES = {"agency", "applicant", "ledger_digest", "person_digest"}


def events(engine: Engine, number: str) -> list[tuple[str, str, dict[str, Any]]]:
    """The log of a case: kind, day in law and facts, without those that only tie the case to other rows."""
    statement = (
        select(case_event.c.kind, case_event.c.happened_on, case_event.c.facts)
        .join(request_case, request_case.c.id == case_event.c.case_id)
        .where(request_case.c.number == number)
        .order_by(case_event.c.case_id, case_event.c.seq)
    )
    with engine.connect() as connection:
        found = connection.execute(statement).all()
    return [
        (kind, happened_on.isoformat(), {k: v for k, v in facts.items() if k not in _TIES})
        for kind, happened_on, facts in found
    ]


def case_row(engine: Engine, number: str) -> Any:
    """The stored row of a case."""
    with engine.connect() as connection:
        return connection.execute(select(request_case).where(request_case.c.number == number)).one()


def rows_stored(engine: Engine) -> dict[str, int]:
    """How many rows there are in every table."""
    tables = metadata.sorted_tables
    counted = union_all(*(select(literal(t.name), func.count()).select_from(t) for t in tables))
    with engine.connect() as connection:
        return dict(map(tuple, connection.execute(counted)))


def stored(engine: Engine, tables: Iterable[str] = metadata.tables) -> dict[str, list[str]]:
    """All that is stored in these tables, as text."""
    found: dict[str, list[str]] = {table: [] for table in tables}
    every = " UNION ALL ".join(f"SELECT '{table}', t::text FROM {table} t" for table in found)
    with engine.connect() as connection:
        for table, row in sorted(map(tuple, connection.execute(text(every)))):
            found[table].append(row)
    return found


def verified(engine: Engine) -> verify.Verification:
    """The log held against what is stored."""
    result = verify.Verification(0, 0, [])
    with engine.connect() as connection:
        for _ in verify.verify(connection, result):
            pass
    return result


def settings_of(database: Database) -> dict[str, str]:
    """The environment by which the command finds the test's database."""
    return {
        "YISHEN_DATABASE_URL": database.engine.url.render_as_string(hide_password=False),
        "YISHEN_MIGRATION_DATABASE_URL": database.owner_engine.url.render_as_string(hide_password=False),
        "YISHEN_SECRET_KEY": SECRET,
    }


_engine_again = lru_cache(runtime.database._make_engine)
"""An engine that a command of this process had before, for the next: its connections were closed, what it compiled not."""


def inside(database: Database, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Yishen:
    """The command in this very process, on the test's database, in ``folder``: like ``yishen``, but fast."""
    for name, value in settings_of(database).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("runtime.database._make_engine", _engine_again)
    monkeypatch.chdir(folder)

    def run(*arguments: object) -> Result:
        capsys.readouterr()
        code = main.run([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return Result(code, out, err)

    return run
