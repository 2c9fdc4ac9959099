"""Published reports are read as they are printed, in whatever layout; what is not sure is left out, with the reason."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from reports.edition import edition_names, load_edition
from reports.figures import Fees, Figures, from_json, to_json, zero_figures
from reports.reading import Published, prose, read, to_document
from reports.reading.cells import printed
from reports.writers import write_docx, write_html, write_xlsx
from tests.reports import published
from workflow.faults import InputFault

FEW = settings(
    max_examples=int(os.environ.get("YISHEN_EXAMPLES", "6")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
TOLD = Fees(3, Decimal("1250.50"), Decimal(800))


@st.composite
def reports(draw: st.DrawFn) -> Figures:
    """A report of either edition, maybe with the other's section two, with more or fewer blanks."""
    zero = zero_figures(
        draw(st.sampled_from(["某市自然资源局", "洪泽区人民政府", "某县人民政府办公室"])),
        draw(st.integers(2019, 2025)),
        draw(st.sampled_from(edition_names())),
    )
    section = load_edition(draw(st.sampled_from(edition_names()))).section_two
    rng = Random(draw(st.integers(0, 2**32)))
    blank, most = draw(st.sampled_from([0, 0, 0.1, 0.5])), draw(st.sampled_from([3, 30, 3000, 10**6]))

    def count() -> int | None:
        if rng.random() < blank:
            return None
        return 0 if rng.random() < 0.5 else rng.randrange(most)

    def money() -> Decimal | None:
        whole = count()
        return None if whole is None else whole + Decimal(rng.choice(["0", "0.5", "0.25"]))

    return replace(
        zero,
        applications={path: tuple(count() for _ in row) for path, row in zero.applications.items()},
        reviews={key: tuple(count() for _ in row) for key, row in zero.reviews.items()},
        proactive={
            key: tuple(money() if column.kind == "decimal" else count() for column in columns)
            for key, columns in section.columns_of.items()
        },
        fees=TOLD,
    )


def read_back(made: published.Published, folder: Path) -> Published:
    path = folder / made.name
    path.write_bytes(made.content)
    return read(path)


def text(folder: Path, *lines: str) -> Published:
    return read_back(published.as_text("report.txt", lines), folder)


@pytest.mark.parametrize("layout", published.LAYOUTS, ids=lambda layout: layout.__name__)
@FEW
@given(figures=reports(), seed=st.integers(0, 10**6))
def test_what_is_printed_is_read_in_every_layout(
    layout: published.Layout, figures: Figures, seed: int, tmp_path: Path
) -> None:
    report = read_back(layout(figures, Random(seed)), tmp_path)
    assert to_json(report.figures) == to_json(figures)
    assert len(report.unread) <= published.blank_rows(figures)


@pytest.mark.pdf
@pytest.mark.parametrize("layout", published.PDFS, ids=lambda layout: layout.__name__)
@pytest.mark.parametrize("edition", edition_names())
def test_the_text_layer_of_a_pdf_is_read(layout: published.Layout, edition: str, tmp_path: Path) -> None:
    pytest.importorskip("weasyprint")
    numbers = iter(range(1, 1000))
    zero = zero_figures("某县人民政府", 2023, edition)
    figures = replace(
        zero,
        applications={path: tuple(next(numbers) for _ in row) for path, row in zero.applications.items()}
        | {"carried_in": (0, 0, None, 0, 0, 0, None)},
        fees=TOLD,
    )
    assert to_json(read_back(layout(figures, Random(1)), tmp_path).figures) == to_json(figures)


@pytest.mark.parametrize("write", [write_docx, write_html, write_xlsx])
@pytest.mark.parametrize("edition", edition_names())
def test_our_own_files_are_read_back(write: Callable[[Figures, Path], None], edition: str, tmp_path: Path) -> None:
    zero = zero_figures("某乡人民政府", 2021, edition)
    figures = replace(
        zero,
        applications=zero.applications | {"new": (6, 4, 0, 0, 0, 0, 10), "carried_out": (0, 3, None, 0, 0, 0, 3)},
    )
    path = tmp_path / "report"
    write(figures, path)
    read_figures = read(path).figures
    assert read_figures.applications == figures.applications
    assert read_figures.reviews == figures.reviews
    assert dict(read_figures.proactive) == dict(figures.proactive)
    assert (read_figures.agency, read_figures.year, read_figures.edition) == ("某乡人民政府", 2021, edition)


# What is not sure is not read


def small(edition: str = "2021") -> Figures:
    """Five of row one, and distinct rows after it."""
    zero = zero_figures("某乡人民政府", 2021, edition)
    rows = {path: (at, 0, 0, 0, 0, 0, at) for at, path in enumerate(zero.applications, 1)}
    return replace(zero, applications=rows, fees=TOLD)


def spaced(figures: Figures) -> list[str]:
    return published.spaced_rows(figures, Random(0)).content.decode().split("\n")


def test_blanks_that_left_no_trace_are_not_guessed(tmp_path: Path) -> None:
    lines = [line.replace("1.属于国家秘密 5 0 0 0 0 0 5", "1.属于国家秘密 5 0 5") for line in spaced(small())]
    report = text(tmp_path, *lines)
    assert report.figures.applications["results/refused_state_secret"] == (None,) * 7
    assert [where for where, _ in report.unread] == ["applications/不予公开-属于国家秘密"]
    assert report.figures.applications["results/refused_other_law"] == (6, 0, 0, 0, 0, 0, 6)


@pytest.mark.parametrize("layout", [published.spaced_rows, published.torn_rows], ids=lambda layout: layout.__name__)
@FEW
@given(figures=reports(), seed=st.integers(0, 10**6))
def test_figures_that_vanished_make_no_other_figure_wrong(
    layout: published.Layout, figures: Figures, seed: int, tmp_path: Path
) -> None:
    rng = Random(seed)
    made = layout(figures, rng).content.decode()
    start, end = made.index("三、收到和处理"), made.index("四、政府信息公开行政复议")
    table = made[start:end]
    for hit in sorted(rng.sample(list(re.finditer(r"(?<=[ \n])\d+(?=[ \n])", table)), 3), key=lambda hit: -hit.start()):
        table = table[: hit.start()] + table[hit.end() :]
    report = text(tmp_path, *(made[:start] + table + made[end:]).split("\n"))
    for path, row in report.figures.applications.items():
        assert row in {figures.applications[path], (None,) * 7}
    assert {where.partition("/")[0] for where, _ in report.unread} == {"applications"}


def torn_apart(*, vanished: str) -> list[str]:
    """Rows whose figures stand beside their label, but for 2 to 5 (above it) and 6 (below it)."""
    lines = []
    for line in spaced(small()):
        label, _, figures = line.partition(" ")
        if label.startswith(("2.其他法律行政法规", "3.危及", "4.保护", "5.属于三类")):
            lines += [figures.removeprefix(vanished), label]
        elif label.startswith("6.属于四类"):
            lines += [label, figures]
        else:
            lines.append(line)
    return lines


def test_figures_above_some_labels_and_below_others_are_read_where_none_is_missing(tmp_path: Path) -> None:
    report = text(tmp_path, *torn_apart(vanished="none"))
    assert (report.figures.applications, report.unread) == (small().applications, ())


@pytest.mark.parametrize("vanished", ["6 ", "7 ", "8 ", "9 "])
def test_figures_between_two_labels_are_neithers_where_a_row_has_lost_one_of_its_own(
    vanished: str, tmp_path: Path
) -> None:
    figures, lines = small().applications, torn_apart(vanished=vanished)
    report = text(tmp_path, *lines)
    wrong = {path for path, row in report.figures.applications.items() if row != figures[path]}
    assert wrong
    assert all(report.figures.applications[path] == (None,) * 7 for path in wrong)
    assert len(wrong) <= 6
    assert len(report.unread) == len(wrong)


@pytest.mark.parametrize("gone", ["2.重复申请", "四、结转下年度", "（一）予以公开"])
def test_a_row_that_is_not_there_moves_no_other(gone: str, tmp_path: Path) -> None:
    figures = small()
    report = text(tmp_path, *(line for line in spaced(figures) if gone not in line or "、政府" in line))
    missing = {path for path, row in report.figures.applications.items() if row == (None,) * 7}
    assert len(missing) == 1
    kept = {path: row for path, row in figures.applications.items() if path not in missing}
    assert {path: report.figures.applications[path] for path in kept} == kept
    assert len(report.unread) == 1


def test_a_cell_with_words_is_none_and_named(tmp_path: Path) -> None:
    made = published.clean_page(small(), Random(0))
    changed = made.content.replace(b"<span>5</span>", "<span>见附件</span>".encode(), 1)
    report = read_back(published.Published("page.html", changed), tmp_path)
    assert report.figures.applications["results/refused_state_secret"] == (None, 0, 0, 0, 0, 0, 5)
    assert report.unread == (("applications/不予公开-属于国家秘密/自然人", "“见附件”不是件数"),)


def test_broken_arithmetic_is_read_as_printed(tmp_path: Path) -> None:
    figures = small()
    broken = replace(figures, applications=figures.applications | {"new": (5, 1, 0, 0, 0, 0, 99)})
    assert text(tmp_path, *spaced(broken)).figures.applications["new"] == (5, 1, 0, 0, 0, 0, 99)


def test_a_number_that_a_line_break_cut_is_whole_again_where_only_one_place_adds_up(tmp_path: Path) -> None:
    lines = [
        line.replace("1.属于国家秘密 5 0 0 0 0 0 5", "1.属于国家秘密 12 0 0 0 0 0 1 2") for line in spaced(small())
    ]
    report = text(tmp_path, *lines)
    assert report.figures.applications["results/refused_state_secret"] == (12, 0, 0, 0, 0, 0, 12)


def test_a_table_that_is_not_there_is_null_and_said(tmp_path: Path) -> None:
    lines = spaced(small())
    start, end = (next(at for at, line in enumerate(lines) if line.startswith(head)) for head in ("四、政", "五、"))
    report = text(tmp_path, *lines[: start + 1], "（见附件图片）", *lines[end:])
    assert set(report.figures.reviews.values()) == {(None,) * 5}
    assert {where.partition("/")[0] for where, _ in report.unread} == {"reviews"}
    assert report.figures.applications == small().applications


def test_the_json_of_a_reading_is_a_report_again(tmp_path: Path) -> None:
    made = published.clean_page(small("2019"), Random(0))
    report = read_back(made, tmp_path)
    data = to_document(report)
    assert from_json({key: value for key, value in data.items() if key != "unread"}) == report.figures
    assert data["source"] == {
        "file": "clean.html",
        "format": "html",
        "sha256": hashlib.sha256(made.content).hexdigest(),
        "edition": "2019",
    }


def test_tables_in_another_order_are_found(tmp_path: Path) -> None:
    page = published.clean_page(small(), Random(0)).content.decode()
    three, four, five = (page.index(head) for head in ("三、收到和", "四、政府信息公开行政复议", "五、存在的"))
    swapped = page[:three] + page[four:five] + page[three:four] + page[five:]
    report = read_back(published.Published("swapped.html", swapped.encode()), tmp_path)
    assert to_json(report.figures) == to_json(small())


def test_figures_that_sentences_tell_are_no_table(tmp_path: Path) -> None:
    told = "（二）依申请公开\n本年新收申请99件\n上年结转98件\n结转下年度97件\n行政复议96件"
    lines = [line.replace(published.PROSE, told) for line in spaced(small())]
    assert to_json(text(tmp_path, *lines).figures) == to_json(small())


# The form's words, as they are written


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("1.", "1、"),
        ("（", "("),
        ("一、本年新收", "1、本年新收"),
        ("立", "⽴"),
        ("不予公开", "不予公开小计"),
        ("“三安全一稳定”", '"三安全一稳定"'),
        ("总计", "总 计"),
        ("二、主动公开政府信息情况", ""),
        ("三、收到和处理政府信息公开申请情况", "3、 收到和处理政府信息公开申请情况"),
        ("五、存在的主要问题及改进情况", "五、政府信息公开工作存在的主要问题及改进情况"),
        ("四、政府信息公开行政复议、行政诉讼情况", "四、因政府信息公开工作被申请行政复议、提起行政诉讼情况"),
    ],
)
@pytest.mark.parametrize("layout", [published.spaced_rows, published.clean_page, published.one_cell_a_line])
def test_small_liberties_with_the_forms_words_change_nothing(
    layout: published.Layout, old: str, new: str, tmp_path: Path
) -> None:
    made = layout(small(), Random(0))
    changed = made.content.decode().replace(old, new).encode()
    assert to_json(read_back(published.Published(made.name, changed), tmp_path).figures) == to_json(small())


@pytest.mark.parametrize(
    ("lines", "agency", "year"),
    [
        (["某市某区人民政府2022年政府信息公开工作年度报告"], "某市某区人民政府", 2022),
        (["2019年某市人民政府办公厅政府信息公开工作年度报告"], "某市人民政府办公厅", 2019),
        (["某区人民政府", "2023 年政府信息公开工作年度报告"], "某区人民政府", 2023),
        (["某局２０２４年度政府信息公开年度报告"], "某局", 2024),
        (
            ["某县民政局关于2021年政府信息公开工作情况的报告", "某县民政局2021年政府信息公开工作年度报告"],
            "某县民政局",
            2021,
        ),
        (["首页 > 政府信息公开年报", "某街道办事处", "二〇二二年政府信息公开工作年度报告"], "某街道办事处", 2022),
        (["2021年政府信息公开工作年度报告", "本报告由某县水利局根据《条例》编制。"], "某县水利局", 2021),
        (["关于本年度工作的报告"], None, None),
    ],
)
def test_the_title_tells_whose_report_it_is_and_on_which_year(
    lines: list[str], agency: str | None, year: int | None
) -> None:
    from reports.reading.blocks import Line

    assert prose.whose_and_when([Line(line) for line in lines]) == (agency, year)


ZERO = Fees(0, Decimal(0), Decimal(0))


@pytest.mark.parametrize(
    ("sentence", "fees"),
    [
        ("本年度未收取信息处理费。", ZERO),
        ("2022年，我局没有收取任何信息处理费。", ZERO),
        ("本年度未发出收费通知，未收取信息处理费。", ZERO),
        ("发出收费通知的件数和总金额以及实际收取的总金额均为0。（信息处理费）", ZERO),
        ("本年度发出信息处理费收费通知0件，总金额0元，实际收取0元。", ZERO),
        ("本年度发出收费通知3件，总金额1250.5元，实际收取800元。", Fees(3, Decimal("1250.5"), Decimal(800))),
        (
            "依据《政府信息公开信息处理费管理办法》，本年共发出2件次收费通知，收费总金额为1,200元，实际收取的总金额为600元。",
            Fees(2, Decimal(1200), Decimal(600)),
        ),
        (
            "收取信息处理费情况：收费通知 12 件、总金额 0.36 万元、实际收取 3600 元。",
            Fees(12, Decimal(3600), Decimal(3600)),
        ),
        ("全年收取政府信息公开信息处理费0元。", None),
        ("无。", None),
        ("严格按照国办函〔2020〕109号文件关于信息处理费的规定执行。", None),
    ],
)
def test_fees_are_those_that_section_six_tells(sentence: str, fees: Fees | None) -> None:
    found, reason = prose.fees(sentence)
    assert found == fees
    assert bool(reason) == (fees is None)


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("０", 0),
        ("１,２３４", 1234),
        ("1 2", 12),
        ("1\n4", 14),
        ("5件", 5),
        ("5（含上年结转1件）", 5),
        ("5①", 5),
        ("-3", -3),
        ("减3", -3),
        ("+2", 2),
        ("7730.28", Decimal("7730.28")),
        *((blank, None) for blank in ("", " ", "\u3000", "-", "—", "——", "/", "\\", "无", "－")),
    ],
)
def test_a_cell_prints_a_number_or_is_blank(cell: str, number: Decimal | int | None) -> None:
    found = printed(cell)
    assert found is not None
    assert found.number == number


@pytest.mark.parametrize("cell", ["见附件", "1-2", "5/3", "0000000", "1.2.3", "约5", "=SUM(A1:A3)", "5 件 3"])
def test_a_cell_of_anything_else_is_not_read(cell: str) -> None:
    assert printed(cell) is None


# Refused


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("empty.txt", b" \n", "文件是空的"),
        ("old.doc", b"\xd0\xcf\x11\xe0" + b"0" * 600, "另存为"),
        ("picture.png", b"\x89PNG\r\n\x1a\n\x00\x00\xff\xfe\x00", "不认识这种文件"),
        ("broken.docx", b"PK\x03\x04broken", "文件已损坏"),
        ("broken.pdf", b"%PDF-1.7\nbroken", "不能作为 pdf 文件读取"),
        (
            "words.txt",
            "某乡2021年政府信息公开工作年度报告\n一、总体情况\n收到申请3件。\n".encode(),
            "没有找到年度报告的三张表",
        ),
    ],
)
def test_what_is_no_report_is_refused_with_a_reason(name: str, content: bytes, told: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputFault, match=told) as fault:
        read(tmp_path / name)
    assert str(fault.value).startswith(name)


@FEW
@given(content=st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
@example(content=b"<table>" * 500)
def test_no_file_crashes_the_reader(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "any").write_bytes(content)
    with pytest.raises(InputFault):
        read(tmp_path / "any")
