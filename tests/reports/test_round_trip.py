"""What the writers write the reader reads back, figure for figure, whatever the year."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import docx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports import reading
from reports.course import LONGER, SPANS, Course
from reports.edition import load_edition
from reports.figures import Fees, Figures, zero_figures
from reports.texts import Content, of_figures
from reports.writers import write_docx, write_html, write_pdf, write_xlsx
from tests.word import assert_in_the_order_of_the_format

# The histories' suite (make histories) reads two hundred years back, this one a few.
YEARS, ALL_YEARS = 6, 200
EXAMPLES = int(os.environ.get("YISHEN_EXAMPLES", "2"))
WRITERS = {"docx": write_docx, "html": write_html, "xlsx": write_xlsx}
COUNTS = st.one_of(st.just(0), st.integers(0, 30), st.integers(0, 99_999))


@st.composite
def reports(draw: st.DrawFn) -> Figures:
    """A year's figures that add up, of either edition."""
    edition = draw(st.sampled_from(["2019", "2021"]))
    form = load_edition(edition)
    year = draw(st.sampled_from([2019, 2020] if edition == "2019" else [2021, 2023, 2025]))
    zero = zero_figures(
        draw(st.sampled_from(["某县某乡人民政府", "测试市数据局", "北京市朝阳区金盏乡人民政府"])), year, edition
    )
    columns = range(len(form.table_three.columns) - 1)
    kinds = {path: [draw(COUNTS) for _ in columns] for path in (*form.table_three.results, "carried_out")}
    total = [sum(kinds[path][column] for path in form.table_three.results) for column in columns]
    out = [total[column] + kinds["carried_out"][column] for column in columns]
    before = [draw(st.integers(0, all_)) for all_ in out]
    rows = kinds | {"results/total": total, "carried_in": before}
    rows["new"] = [all_ - carried for all_, carried in zip(out, before, strict=True)]
    reviews = {key: [draw(COUNTS) for _ in form.table_four.columns[1:]] for key in zero.reviews}
    money = st.decimals(0, 10**6, places=2)
    return replace(
        zero,
        applications={path: (*rows[path], sum(rows[path])) for path in zero.applications},
        reviews={key: (*row, sum(row)) for key, row in reviews.items()},
        proactive={
            key: tuple(draw(money) if isinstance(figure, Decimal) else draw(COUNTS) for figure in row)
            for key, row in zero.proactive.items()
        },
        fees=draw(st.sampled_from([Fees(0, Decimal(0), Decimal(0)), Fees(3, Decimal("7730.28"), Decimal("380.50"))])),
    )


COURSES = st.builds(
    Course,
    received=st.tuples(*[COUNTS] * 12),
    answered=st.tuples(*[COUNTS] * 12),
    channels=st.just({"当面": 1}),
    spans=st.fixed_dictionaries(dict.fromkeys((*(label for _, label in SPANS), LONGER), COUNTS)),
)


def whole(figures: Figures, course: Course, *, written: bool = True) -> Content:
    """The figures with all their words, and charts whose numbers the reader must leave alone."""
    parts = dict(of_figures(figures).parts)
    if written:
        parts |= {
            "1/summary": "本机关认真贯彻落实条例。",
            "2/note": "注：行政处罚数为执法队台账数。",
            "5/problems": "人手不足。",
        }
    return Content(parts, course, frozenset(parts))


def assert_read_back(figures: Figures, content: Content, write: Callable[..., None], path: Path) -> None:
    write(figures, path, content)
    found = reading.read(path).figures
    for field in ("agency", "year", "edition", "applications", "reviews", "proactive", "fees"):
        assert getattr(found, field) == getattr(figures, field), field


@pytest.mark.parametrize("suffix", WRITERS)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(figures=reports(), course=COURSES)
def test_a_report_that_is_written_is_read_back_equal(
    suffix: str, tmp_path: Path, figures: Figures, course: Course
) -> None:
    assert_read_back(figures, whole(figures, course), WRITERS[suffix], tmp_path / f"report.{suffix}")


@pytest.mark.parametrize("edition", ["2019", "2021"])
@pytest.mark.parametrize("suffix", [*WRITERS, pytest.param("pdf", marks=pytest.mark.pdf)])
def test_a_year_of_zeros_is_read_back_as_zeros(suffix: str, edition: str, tmp_path: Path) -> None:
    figures = zero_figures("某县某乡人民政府", int(edition), edition)
    course = Course((0,) * 12, (0,) * 12, {}, dict.fromkeys((*(label for _, label in SPANS), LONGER), 0))
    writers: dict[str, Any] = WRITERS | {"pdf": write_pdf}
    content = whole(figures, course, written=False)
    assert_read_back(figures, content, writers[suffix], tmp_path / f"report.{suffix}")


def assert_years_are_read_back(numbers: range, folder: Path, pdfs: range) -> None:
    """Years of both editions in turn, with charts, written in all four formats and read back; not all as PDF."""
    writers: dict[str, Callable[..., None]] = WRITERS | {"pdf": write_pdf}
    for number in numbers:
        figures, course = random_year(number)
        for suffix, write in writers.items():
            if suffix == "pdf" and number not in pdfs:
                continue
            assert_read_back(figures, whole(figures, course), write, folder / f"{number}.{suffix}")


def random_year(number: int) -> tuple[Figures, Course]:
    """A year that adds up, always the same for the same number."""
    rng = Random(number)
    edition = ["2019", "2021"][number % 2]
    year = rng.choice([2019, 2020] if edition == "2019" else [2021, 2022, 2024, 2025])
    zero = zero_figures(rng.choice(["某县某乡人民政府", "测试市数据局"]), year, edition)
    most = rng.choice([2, 30, 3000, 99_999])

    def count() -> int:
        return rng.choice([0, rng.randrange(most)])

    form = load_edition(edition).table_three
    kinds = {path: [count() for _ in range(6)] for path in (*form.results, "carried_out", "carried_in")}
    kinds["results/total"] = [sum(kinds[path][at] for path in form.results) for at in range(6)]
    out = [total + carried for total, carried in zip(kinds["results/total"], kinds["carried_out"], strict=True)]
    kinds["carried_in"] = [min(carried, all_) for carried, all_ in zip(kinds["carried_in"], out, strict=True)]
    kinds["new"] = [all_ - carried for all_, carried in zip(out, kinds["carried_in"], strict=True)]
    reviews = {key: [count() for _ in range(4)] for key in zero.reviews}
    figures = replace(
        zero,
        applications={path: (*kinds[path], sum(kinds[path])) for path in zero.applications},
        reviews={key: (*row, sum(row)) for key, row in reviews.items()},
        proactive={
            key: tuple(Decimal(count()) / 100 if isinstance(figure, Decimal) else count() for figure in row)
            for key, row in zero.proactive.items()
        },
        fees=Fees(count(), Decimal(count()) / 4, Decimal(count()) / 2),
    )
    spans = {label: count() for label in (*(label for _, label in SPANS), LONGER)}
    months = [tuple(count() for _ in range(12)) for _ in range(2)]
    return figures, Course(months[0], months[1], {"当面": count()}, spans)


@pytest.mark.pdf
def test_years_are_read_back_equal_in_every_format(tmp_path: Path) -> None:
    pytest.importorskip("weasyprint")
    assert_years_are_read_back(range(YEARS), tmp_path, pdfs=range(2))


@pytest.mark.histories
@pytest.mark.parametrize("start", range(YEARS, YEARS + ALL_YEARS, 10))
@pytest.mark.pdf
def test_two_hundred_years_are_read_back_equal(start: int, tmp_path: Path) -> None:
    pytest.importorskip("weasyprint")
    assert_years_are_read_back(range(start, start + 10), tmp_path, pdfs=range(start, start + 2))


@pytest.mark.parametrize("number", [1, 2])
def test_the_document_is_as_word_processors_want_it(number: int, tmp_path: Path) -> None:
    figures, course = random_year(number)
    write_docx(figures, tmp_path / "report.docx", whole(figures, course))
    assert_in_the_order_of_the_format(docx.Document(str(tmp_path / "report.docx")))
    assert (tmp_path / "report.docx").stat().st_size < 40_000
