"""The whole report as a document: what stands where, for every writer. The writers only give it a shape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from reports.course import MONTHS, Course
from reports.edition import Grid, load_edition, tables
from reports.figures import Figures
from reports.references import group_totals
from reports.texts import OPENING, PARTS, Content, of_figures, paragraphs


@dataclass(frozen=True, slots=True)
class Chart:
    """A bar chart of whole numbers: a value of each series for each label. ``key`` is its name in a file."""

    key: str
    title: str
    heading: str
    labels: tuple[str, ...]
    series: tuple[tuple[str, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the report: its official heading, paragraphs before its table (if it has one) and after."""

    number: int
    heading: str
    parts: tuple[tuple[str, tuple[str, ...]], ...]
    table: Grid | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A report to be written. ``draft``: not sealed yet, and to be marked so; None where that is not known."""

    figures: Figures
    title: str
    opening: tuple[str, ...]
    sections: tuple[Section, ...]
    charts: tuple[Chart, ...] = ()
    draft: bool | None = None
    issued: date | None = None

    @property
    def agency(self) -> str:
        """The agency's name; empty where a read report does not tell it."""
        return self.figures.agency or ""

    @property
    def annex(self) -> str:
        """The heading over the charts."""
        return f"附：{self.figures.year}年依申请公开办理情况图表"


def compose(figures: Figures, content: Content | None = None) -> Document:
    """The document of these figures and words; without ``content`` of what the figures say alone, and no charts."""
    form = load_edition(figures.edition)
    words = content or of_figures(figures)
    grids = dict(zip((2, 3, 4), tables(form, figures.section_two), strict=True))
    sections = []
    for number, heading in enumerate(form.sections, 1):
        parts = [
            (part.heading, tuple(paragraphs(words.parts.get(part.name, ""))))
            for part in PARTS
            if part.section == number
        ]
        shown = tuple((head, body) for head, body in parts if body)
        sections.append(Section(number, heading, shown, grids.get(number)))
    return Document(
        figures=figures,
        title=form.title.format(agency=figures.agency or "", year=figures.year or ""),
        opening=tuple(paragraphs(words.parts.get(f"{OPENING}/opening", ""))),
        sections=tuple(sections),
        charts=() if words.course is None else _charts(figures, words.course),
        draft=None if content is None else content.issued is None,
        issued=words.issued,
    )


def _charts(figures: Figures, of_year: Course) -> tuple[Chart, ...]:
    """The charts that have something to show: none in a year in which nothing came and nothing was answered."""
    return tuple(chart for chart in _all_charts(figures, of_year) if any(any(values) for _, values in chart.series))


def _all_charts(figures: Figures, of_year: Course) -> tuple[Chart, ...]:
    months = tuple(f"{month}月" for month in range(1, MONTHS + 1))
    groups = group_totals(figures)
    columns = load_edition(figures.edition).table_three.columns[:-1]
    new = figures.applications["new"]
    return (
        Chart(
            "months", "各月收到和答复的申请", "月份", months, (("收到", of_year.received), ("答复", of_year.answered))
        ),
        Chart("outcomes", "本年度办理结果", "办理结果", tuple(groups), (("件数", _counts(list(groups.values()))),)),
        Chart("applicants", "本年新收申请的申请人", "申请人", columns, (("件数", _counts(new[:-1])),)),
        Chart(
            "spans",
            "收到至答复的工作日数（含补正、征求意见的时间）",
            "工作日",
            tuple(of_year.spans),
            (("件数", tuple(of_year.spans.values())),),
        ),
    )


def _counts(row: Sequence[int | None]) -> tuple[int, ...]:
    return tuple(count or 0 for count in row)
