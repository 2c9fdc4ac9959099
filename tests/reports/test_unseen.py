"""Layouts that the reader was not written for: what is shown is read, what was lost on the way makes nothing wrong."""

from __future__ import annotations

import io
import os
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

from reports.edition import edition_names, load_edition
from reports.figures import Fees, Figures, to_json, zero_figures
from reports.reading import read
from tests.reports import published, unseen
from workflow.faults import InputFault

SEEDS = range(int(os.environ.get("YISHEN_EXAMPLES", "1")))
SLOWEST = 60


def year_of(seed: int) -> Figures:
    """A year with blanks in it or none, most rows of which add up."""
    rng = Random(seed)
    zero = zero_figures(
        rng.choice(["某市自然资源局", "洪泽区人民政府", "某县人民政府办公室"]),
        rng.randrange(2019, 2026),
        edition_names()[seed % 2],
    )
    section = load_edition(rng.choice(edition_names())).section_two
    blank, most = rng.choice([0, 0, 0.3]), rng.choice([3, 30, 3000, 10**5])

    def count() -> int | None:
        return None if rng.random() < blank else rng.choice([0, rng.randrange(most)])

    def row(width: int) -> tuple[int | None, ...]:
        parts = tuple(count() for _ in range(width - 1))
        return (*parts, count() if rng.random() < 0.2 or None in parts else sum(part or 0 for part in parts))

    return replace(
        zero,
        applications={path: row(7) for path in zero.applications},
        reviews={key: row(5) for key in zero.reviews},
        proactive={
            key: tuple(
                None if (whole := count()) is None else whole + Decimal("0.25") if column.kind == "decimal" else whole
                for column in columns
            )
            for key, columns in section.columns_of.items()
        },
        fees=Fees(3, Decimal("1250.50"), Decimal(800)),
    )


def wrong_figures(figures: Figures, found: Figures) -> list[str]:
    """The figures that were read but are not those that were printed."""
    return [
        f"{name}[{at}]: {one} is read as {other}"
        for rows, others in (
            (figures.applications, found.applications),
            (figures.reviews, found.reviews),
            (figures.proactive, found.proactive),
        )
        for name, row in others.items()
        for at, other in enumerate(row)
        if other is not None and (one := rows[name][at] if name in rows else None) != other
    ]


@pytest.mark.parametrize("layout", unseen.EXACT, ids=lambda layout: layout.__name__)
def test_what_is_shown_is_read(layout: published.Layout, tmp_path: Path) -> None:
    for seed in SEEDS:
        figures = year_of(seed)
        made = layout(figures, Random(seed))
        (tmp_path / made.name).write_bytes(made.content)
        report = read(tmp_path / made.name)
        assert to_json(report.figures) == to_json(figures)
        assert len(report.unread) <= published.blank_rows(figures)


@pytest.mark.parametrize("layout", unseen.CAREFUL, ids=lambda layout: layout.__name__)
def test_what_was_lost_makes_nothing_wrong(layout: published.Layout, tmp_path: Path) -> None:
    for seed in SEEDS:
        figures = year_of(seed)
        made = layout(figures, Random(seed))
        (tmp_path / made.name).write_bytes(made.content)
        try:
            report = read(tmp_path / made.name)
        except InputFault as fault:
            assert "没有找到年度报告的三张表" in str(fault)
            continue
        assert wrong_figures(figures, report.figures) == []


@pytest.mark.parametrize("edition", edition_names())
def test_a_year_of_zeros_is_read_in_whatever_order_they_are_said(edition: str, tmp_path: Path) -> None:
    figures = zero_figures("某镇人民政府", 2023, edition)
    made = unseen.by_boxes(figures, Random(0))
    (tmp_path / made.name).write_bytes(made.content)
    found = read(tmp_path / made.name).figures
    assert (found.applications, found.reviews) == (figures.applications, figures.reviews)
    assert found.proactive == figures.proactive


@pytest.mark.pdf
@pytest.mark.parametrize("layout", unseen.PDFS, ids=lambda layout: layout.__name__)
def test_a_pdf_of_another_make_is_read_or_left_out(layout: published.Layout, tmp_path: Path) -> None:
    pytest.importorskip("weasyprint")
    figures = year_of(2)
    made = layout(figures, Random(2))
    (tmp_path / made.name).write_bytes(made.content)
    report = read(tmp_path / made.name)
    assert wrong_figures(figures, report.figures) == []
    if layout in {unseen.turned_pdf, unseen.two_columns_pdf, unseen.lines_only_pdf}:
        assert to_json(report.figures) == to_json(figures)


def packed(parts: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return buffer.getvalue()


def merged_over_everything() -> bytes:
    with zipfile.ZipFile(io.BytesIO(unseen.sheets(year_of(0), Random(0)).content)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    merge = b'</sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    name = "xl/worksheets/sheet1.xml"
    return packed(parts | {name: parts[name].replace(b"</sheetData>", merge)})


HOSTILE: dict[str, Callable[[], bytes]] = {
    "bomb.docx": lambda: packed({"word/document.xml": b"<w:p/>" * (8 * 2**20)}),
    "merged.xlsx": merged_over_everything,
    "big.txt": lambda: "本年新收 1 2 3 4 5 6 7\n".encode() * 800_000,
    "lines.txt": lambda: b"1\n" * 200_000,
    "nul.bin": lambda: bytes(30 * 2**20),
    "random.bin": lambda: Random(1).randbytes(2**20),
    "deep.html": lambda: b"<html>" + b"<div>" * 100_000,
    "tables.html": lambda: b"<table><tr><td>" * 50_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_made_to_exhaust_the_reader_is_refused_in_a_sentence(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(HOSTILE[name]())
    begun = time.monotonic()
    with pytest.raises(InputFault) as fault:
        read(tmp_path / name)
    assert time.monotonic() - begun < SLOWEST
    assert str(fault.value).startswith(name)
    assert "\n" not in str(fault.value)


@pytest.mark.parametrize("layout", [unseen.word_page, unseen.sheets, unseen.text_boxes, unseen.utf16_tabs])
def test_a_file_cut_anywhere_is_refused_or_read_right(layout: published.Layout, tmp_path: Path) -> None:
    figures = year_of(0)
    made = layout(figures, Random(0))
    for share in range(5, 100, 10):
        (tmp_path / made.name).write_bytes(made.content[: len(made.content) * share // 100])
        try:
            found = read(tmp_path / made.name).figures
        except InputFault:
            continue
        assert wrong_figures(figures, found) == []
