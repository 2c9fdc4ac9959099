"""Files that offices hand in: told apart by their headers, read whatever their shape, refused in one sentence."""

from __future__ import annotations

import io
import random
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ledgers import (
    COLUMNS,
    PROACTIVE_COLUMNS,
    REVIEW_COLUMNS,
    answered,
    csv_text,
    day,
    figure,
    read,
    records,
    request,
    review,
    write_csv,
    write_xlsx,
)
from workflow.sheets import Reading

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< >>\n%%EOF\n"
XLS = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512)


def cells(reading: Reading) -> list[dict[str, str]]:
    """The cells of all rows that were read, in order."""
    assert reading.faults == []
    return [dict(row.cells) for sheet in reading.sheets for row in sheet.rows]


def places(reading: Reading) -> list[tuple[str, str, list[int]]]:
    """Each table that was read: where, which kind, its rows' numbers in the file."""
    return [(sheet.place, sheet.kind.name, [row.number for row in sheet.rows]) for sheet in reading.sheets]


def filled(row: dict[str, str]) -> dict[str, str]:
    return {column: cell for column, cell in row.items() if cell != ""}


def packed(**members: str) -> bytes:
    """A ZIP file with these members."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return content.getvalue()


def workbook(path: Path) -> bytes:
    """The bytes of a small workbook that can be read."""
    return write_xlsx(path, 台账=[answered(f"2021-{n:04}") for n in range(1, 30)]).read_bytes()


# What is read


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_a_csv_may_come_in_any_of_the_usual_encodings(tmp_path: Path, encoding: str) -> None:
    rows = [
        answered(申请渠道="邮寄（EMS）", 答复文号="测公开答〔2021〕1号"),
        request("2021-0002", 备注="含“引号”，逗号"),
    ]
    reading = read(write_csv(tmp_path / "台账.csv", rows, encoding=encoding))
    assert cells(reading) == [filled(row) for row in rows]
    assert places(reading) == [("台账.csv ", "依申请公开台账", [2, 3])]


def test_utf_16_with_its_mark_may_be_big_endian(tmp_path: Path) -> None:
    path = tmp_path / "台账.csv"
    path.write_bytes(b"\xfe\xff" + csv_text(records([request()])).encode("utf-16-be"))
    assert cells(read(path)) == [request()]


def test_rare_characters_of_gb18030_are_kept(tmp_path: Path) -> None:
    row = request(申请人="𠮷㼆", 备注="€")
    assert cells(read(write_csv(tmp_path / "台账.csv", [row], encoding="gb18030"))) == [row]


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"], ids=["windows", "unix", "old mac"])
def test_lines_may_end_as_any_system_ends_them(tmp_path: Path, end: str) -> None:
    path = tmp_path / "台账.csv"
    path.write_bytes(csv_text(records([request(), request("2021-0002")])).replace("\r\n", end).encode())
    assert [row["登记编号"] for row in cells(read(path))] == ["2021-0001", "2021-0002"]


def test_the_name_of_a_file_says_nothing_about_what_it_is(tmp_path: Path) -> None:
    written = write_xlsx(tmp_path / "台账.csv", Sheet1=[request()])
    plain = write_csv(tmp_path / "台账.xlsx", [request("2021-0002")])
    assert [row["登记编号"] for row in cells(read(written, plain))] == ["2021-0001", "2021-0002"]


def test_columns_may_stand_in_any_order(tmp_path: Path) -> None:
    row = answered(申请人="申请人甲", 备注="无")
    columns = [*reversed([*row])]
    assert cells(read(write_csv(tmp_path / "台账.csv", [row], columns))) == [row]


def test_all_known_columns_may_be_there_and_empty_ones_count_as_missing(tmp_path: Path) -> None:
    reading = read(write_csv(tmp_path / "台账.csv", [request()], COLUMNS))
    assert (cells(reading), reading.warnings) == ([request()], [])


def test_a_missing_optional_column_is_no_fault(tmp_path: Path) -> None:
    reading = read(write_csv(tmp_path / "台账.csv", [request()]))
    assert (cells(reading), reading.warnings) == ([request()], [])


def test_an_unknown_column_is_a_warning_with_file_and_row_and_is_not_used(tmp_path: Path) -> None:
    reading = read(write_csv(tmp_path / "台账.csv", [request(经办人="张三")]))
    (warning,) = reading.warnings
    assert (warning["file"], warning["row"]) == ("台账.csv", 1)
    assert "经办人" in warning["message"]
    assert reading.faults == []


def test_a_column_without_a_header_is_passed_over_without_a_word(tmp_path: Path) -> None:
    path = tmp_path / "台账.csv"
    path.write_text(csv_text([[*request(), ""], [*request().values(), "x"]]), encoding="utf-8")
    reading = read(path)
    assert (cells(reading), reading.warnings) == ([request()], [])


def test_headers_may_hold_blanks_line_breaks_and_full_width_marks(tmp_path: Path) -> None:
    header = ["登记\n编号", " 申请人类别 ", "收到日期", "申请　内容"]
    path = tmp_path / "台账.csv"
    path.write_text(csv_text([header, [*request().values()]]), encoding="utf-8")
    assert cells(read(path)) == [request()]


def test_empty_lines_are_passed_over_and_rows_keep_their_numbers(tmp_path: Path) -> None:
    blank = [""] * 4
    lines = [[*request()], blank, [*request().values()], blank, blank, [*request("2021-0002").values()], blank]
    path = tmp_path / "台账.csv"
    path.write_text(csv_text(lines), encoding="utf-8")
    assert places(read(path)) == [("台账.csv ", "依申请公开台账", [3, 6])]


def test_blanks_around_a_cell_do_not_belong_to_it(tmp_path: Path) -> None:
    row = request(" 2021-0001 ", 申请内容="\u200b某村方案\u3000")
    assert cells(read(write_csv(tmp_path / "台账.csv", [row]))) == [request(申请内容="某村方案")]


def test_a_title_may_stand_above_the_header_of_a_csv(tmp_path: Path) -> None:
    lines = [["某局2021年依申请公开台账", "", "", ""], ["填报人：张三", "", "", ""], *records([request()])]
    path = tmp_path / "台账.csv"
    path.write_text(csv_text(lines), encoding="utf-8")
    assert places(read(path)) == [("台账.csv ", "依申请公开台账", [4])]


def test_a_title_may_stand_above_the_header_of_a_workbook(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "台账.xlsx", 台账=[["某局2021年依申请公开台账"], [], *records([request()])])
    reading = read(path)
    assert cells(reading) == [request()]
    assert [sheet.rows[0].number for sheet in reading.sheets] == [4]


def test_a_workbook_gives_real_days_and_numbers_as_text(tmp_path: Path) -> None:
    row = request(
        20210001,
        收到日期=day("2021-03-01"),
        提交日期=day("2021-02-26").date(),
        收费通知日期=day("2021-03-05"),
        收费金额=380.0,
        缴费日期=day("2021-03-08"),
        实收金额=380.5,
        延期告知日期=day("2021-03-20"),
        延期工作日=10.0,
    )
    assert cells(read(write_xlsx(tmp_path / "台账.xlsx", 台账=[row]))) == [
        {
            **request("20210001"),
            "提交日期": "2021-02-26",
            "收费通知日期": "2021-03-05",
            "收费金额": "380",
            "缴费日期": "2021-03-08",
            "实收金额": "380.5",
            "延期告知日期": "2021-03-20",
            "延期工作日": "10",
        }
    ]


def test_a_workbook_holds_all_three_kinds_on_their_sheets(tmp_path: Path) -> None:
    path = write_xlsx(
        tmp_path / "年报.xlsx",
        台账=[request(), request("2021-0002")],
        复议诉讼=[review()],
        主动公开=[figure("规章", 1, 0, 5)],
        说明=[["本表由办公室填写"]],
    )
    assert places(read(path)) == [
        ("年报.xlsx［台账］", "依申请公开台账", [2, 3]),
        ("年报.xlsx［复议诉讼］", "复议诉讼台账", [2]),
        ("年报.xlsx［主动公开］", "主动公开", [2]),
    ]


def test_csv_files_of_the_three_kinds_are_told_apart_by_their_headers(tmp_path: Path) -> None:
    paths = [
        write_csv(tmp_path / "a.csv", [figure("规章", 1, 0, 5)]),
        write_csv(tmp_path / "b.csv", [review()]),
        write_csv(tmp_path / "c.csv", [request()]),
    ]
    assert [kind for _, kind, _ in places(read(*paths))] == ["主动公开", "复议诉讼台账", "依申请公开台账"]


def test_a_sheet_named_for_reviews_is_never_passed_over_in_silence(tmp_path: Path) -> None:
    strange = [["编号", "类型", "受理时间", "裁判"], ["2021-0001", "行政复议", "2021-05-06", "维持"]]
    reading = read(write_xlsx(tmp_path / "年报.xlsx", 台账=[request()], 复议诉讼=strange))
    said = reading.faults + [f"{warning['file']} {warning['message']}" for warning in reading.warnings]
    assert any("复议诉讼" in sentence and "年报.xlsx" in sentence for sentence in said)


# What is refused: one sentence that names the file and says what would be accepted


@pytest.mark.parametrize(
    "content",
    [PNG, PDF, XLS, "登记编号,申请人类别".encode("utf-16-le"), b"\xff\xfe\x00", b"\x81\xff\x81\xff", b"\x00" * 40],
    ids=["png", "pdf", "xls", "utf-16 without its mark", "half a character", "no encoding at all", "zeros"],
)
def test_what_is_no_csv_and_no_workbook_is_refused_in_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "台账.csv"
    path.write_bytes(content)
    reading = read(path)
    (fault,) = reading.faults
    assert fault.startswith("台账.csv")
    assert "应为" in fault
    assert reading.sheets == []


@pytest.mark.parametrize(
    "members",
    [
        {"word/document.xml": "<w/>", "[Content_Types].xml": "<Types/>"},
        {"readme.txt": "台账"},
        {"xl/workbook.xml": "<workbook", "[Content_Types].xml": "<Types/>"},
    ],
    ids=["docx", "some zip", "broken xml"],
)
def test_a_zip_that_is_no_workbook_is_refused_in_one_sentence(tmp_path: Path, members: dict[str, str]) -> None:
    path = tmp_path / "台账.xlsx"
    path.write_bytes(packed(**members))
    (fault,) = read(path).faults
    assert fault.startswith("台账.xlsx")
    assert "应为" in fault


@pytest.mark.parametrize("content", [b"", b"\n\r\n  \n", b"\xef\xbb\xbf", b"\xff\xfe", b",,,\n,,,\n"])
def test_an_empty_file_is_refused_in_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "台账.csv"
    path.write_bytes(content)
    (fault,) = read(path).faults
    assert fault.startswith("台账.csv")
    assert "应为" in fault


@pytest.mark.parametrize(
    ("columns", "kind"),
    [(COLUMNS, "依申请公开台账"), (REVIEW_COLUMNS, "复议诉讼台账"), (PROACTIVE_COLUMNS, "主动公开")],
)
def test_a_header_without_rows_is_refused_in_one_sentence(tmp_path: Path, columns: tuple[str, ...], kind: str) -> None:
    (fault,) = read(write_csv(tmp_path / "台账.csv", [], columns)).faults
    assert fault.startswith("台账.csv")
    assert kind in fault
    assert "应至少有一行" in fault


def test_an_unknown_header_is_refused_with_the_headers_that_are_known(tmp_path: Path) -> None:
    (fault,) = read(write_csv(tmp_path / "通讯录.csv", [{"姓名": "张三", "电话": "1380000"}])).faults
    assert fault.startswith("通讯录.csv")
    for word in ("姓名", "依申请公开台账", "登记编号", "复议诉讼台账", "受理日期", "主动公开", "数量1"):
        assert word in fault


def test_a_workbook_without_any_known_sheet_is_refused_in_one_sentence(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "台账.xlsx", 甲=[["姓名"], ["张三"]], 乙=[["电话"], ["1380000"]])
    (fault,) = read(path).faults
    assert fault.startswith("台账.xlsx")
    assert "登记编号" in fault


@pytest.mark.parametrize("column", ["登记编号", "申请人类别", "收到日期", "申请内容"])
def test_a_missing_required_column_is_named(tmp_path: Path, column: str) -> None:
    row = answered()
    del row[column]
    (fault,) = read(write_csv(tmp_path / "台账.csv", [row])).faults
    assert fault.startswith("台账.csv 第1行")
    assert f"缺少列“{column}”" in fault
    assert "必须有" in fault


@pytest.mark.parametrize("column", ["登记编号", "类别", "受理日期", "结果"])
def test_a_missing_required_column_of_the_reviews_is_named(tmp_path: Path, column: str) -> None:
    row = review()
    del row[column]
    (fault,) = read(write_csv(tmp_path / "复议.csv", [row])).faults
    assert f"缺少列“{column}”" in fault


def test_two_columns_of_one_name_are_refused_even_where_nobody_needs_them(tmp_path: Path) -> None:
    path = tmp_path / "台账.csv"
    lines = [[*request(), "备注", "备注"], [*request().values(), "甲", "乙"]]
    path.write_text(csv_text(lines), encoding="utf-8")
    (fault,) = read(path).faults
    assert fault.startswith("台账.csv 第1行")
    assert "“备注”" in fault
    assert "应只有一次" in fault


def test_a_row_longer_than_the_header_is_refused_with_the_value_that_is_too_many(tmp_path: Path) -> None:
    path = tmp_path / "台账.csv"
    path.write_text(csv_text([[*request()], [*request().values(), "多出的"]]), encoding="utf-8")
    (fault,) = read(path).faults
    assert fault.startswith("台账.csv 第2行")
    assert "多出的" in fault


@pytest.mark.parametrize("cell", ['"没有结束', '"结束"了又来'], ids=["never closed", "closed too early"])
def test_an_unbalanced_quote_is_refused_with_its_line(tmp_path: Path, cell: str) -> None:
    path = tmp_path / "台账.csv"
    path.write_text(
        f"登记编号,申请人类别,收到日期,申请内容\r\n2021-0001,自然人,2021-03-01,{cell}\r\n", encoding="utf-8"
    )
    reading = read(path)
    (fault,) = reading.faults
    assert fault.startswith("台账.csv")
    assert "行" in fault
    assert "引号" in fault
    assert reading.sheets == []


def test_a_folder_and_a_missing_file_are_refused_each_in_one_sentence(tmp_path: Path) -> None:
    folder = tmp_path / "台账"
    folder.mkdir()
    missing = tmp_path / "没有.csv"
    faults = read(folder, missing).faults
    assert len(faults) == 2
    assert str(folder) in faults[0]
    assert str(missing) in faults[1]


def test_the_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(PNG)
    (tmp_path / "b.csv").write_bytes(b"")
    good = write_csv(tmp_path / "c.csv", [request()])
    reading = read(tmp_path / "a.csv", tmp_path / "b.csv", good, tmp_path / "d.csv")
    assert [fault.split("：")[0].removeprefix(f"{tmp_path}/") for fault in reading.faults] == [
        "a.csv",
        "b.csv",
        "d.csv",
    ]


# Damaged workbooks: whatever is broken inside, one sentence and no crash


def test_a_workbook_cut_short_is_refused_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "台账.xlsx"
    content = workbook(path)
    path.write_bytes(content[: len(content) // 2])
    (fault,) = read(path).faults
    assert fault.startswith("台账.xlsx")


def test_a_workbook_with_damaged_compression_is_refused_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "台账.xlsx"
    content = workbook(path)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        member = archive.getinfo("xl/worksheets/sheet1.xml")
    start = member.header_offset + 30 + len(member.filename) + 20
    path.write_bytes(content[:start] + b"\xff" * 40 + content[start + 40 :])
    (fault,) = read(path).faults
    assert fault.startswith("台账.xlsx")


@pytest.mark.parametrize(
    ("before", "after"),
    [("<sheetData>", "<sheetData><<"), ('r="A2"', 'r="??"'), ('<dimension ref="', '<dimension fer="')],
    ids=["xml that is not well-formed", "a cell without a place", "an unknown attribute"],
)
def test_a_workbook_with_a_damaged_sheet_is_refused_or_read_but_never_crashes(
    tmp_path: Path, before: str, after: str
) -> None:
    path = tmp_path / "台账.xlsx"
    source = zipfile.ZipFile(io.BytesIO(workbook(path)))
    members = {name: source.read(name).decode() for name in source.namelist()}
    assert before in members["xl/worksheets/sheet1.xml"]
    members["xl/worksheets/sheet1.xml"] = members["xl/worksheets/sheet1.xml"].replace(before, after, 1)
    path.write_bytes(packed(**members))
    for fault in read(path).faults:
        assert fault.startswith("台账.xlsx")


def test_a_workbook_locked_with_a_password_by_zip_is_refused_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "台账.xlsx"
    content = bytearray(workbook(path))
    at = -1
    while (at := content.find(b"PK\x01\x02", at + 1)) >= 0:
        content[at + 8] |= 1
    path.write_bytes(bytes(content))
    (fault,) = read(path).faults
    assert fault.startswith("台账.xlsx")


def test_no_damage_to_a_workbook_crashes_the_reading(tmp_path: Path) -> None:
    path = tmp_path / "台账.xlsx"
    content = workbook(path)
    chance = random.Random(20210927)
    crashes = set()
    for _ in range(150):
        damaged = bytearray(content)
        for _ in range(chance.choice((1, 3, 20))):
            damaged[chance.randrange(2, len(damaged))] = chance.randrange(256)
        path.write_bytes(bytes(damaged))
        try:
            reading = read(path)
        except Exception as error:
            crashes.add(f"{type(error).__module__}.{type(error).__name__}")
        else:
            assert reading.sheets or reading.faults
    assert crashes == set()


@settings(max_examples=150, deadline=None)
@given(content=st.binary(max_size=200) | st.text(alphabet='登记编号,;\t"\r\n 2021-', max_size=200).map(str.encode))
def test_no_bytes_whatever_crash_the_reading(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "任意.csv"
    path.write_bytes(content)
    assert read(path).faults


def test_a_number_beyond_fifteen_digits_is_refused_because_the_spreadsheet_has_changed_it(tmp_path: Path) -> None:
    row = request(证件号码=110105196503120038)
    (fault,) = read(write_xlsx(tmp_path / "台账.xlsx", 台账=[row])).faults
    assert "超过 15 位" in fault
    assert "文本格式" in fault


def test_a_formula_that_was_never_worked_out_is_a_fault_and_no_empty_cell(tmp_path: Path) -> None:
    row = request(办理结果='="予以公开"', 答复日期="=DATE(2021,3,19)")
    (fault,) = read(write_xlsx(tmp_path / "台账.xlsx", 台账=[row])).faults
    assert "没有计算结果" in fault
    assert "第2行" in fault
