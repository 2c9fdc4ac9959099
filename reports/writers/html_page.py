"""The report as one web page, as agencies publish it: no script, nothing fetched from anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from paper.form import day, signature_indents
from reports.document import Document, compose
from reports.edition import Cell, Grid
from reports.figures import Figures
from reports.texts import Content, pieces
from reports.writers.charts import svg
from reports.writers.whole_file import write_whole
from reports.writers.wording import DRAFT, printed

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1] / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_SCOPES = {"head": "col", "title": "rowgroup", "label": "row"}


def write_html(figures: Figures, path: Path, content: Content | None = None) -> None:
    """Write the page. OSError if the path cannot be written."""
    write_whole(path, html_page(figures, content).encode())


def html_page(figures: Figures, content: Content | None = None) -> str:
    """The page of a report with its words; without ``content`` with those that the figures give."""
    return html_document(compose(figures, content))


def html_document(report: Document) -> str:
    """The page: the six sections, the tables spanned as in the form; 0 as 0, a blank as an empty cell.

    Places that nobody has written yet are marked; each chart has its numbers in a table beside it.
    """

    def shown(cell: Cell) -> str:
        return cell.text if cell.place is None else printed(report.figures.at(cell.place), cell.unit)

    return _TEMPLATES.get_template("report.html").render(
        report=report,
        agency=report.agency,
        draft=DRAFT if report.draft else "",
        issued=None if report.issued is None else day(report.issued),
        indents=() if report.issued is None else signature_indents(report.agency, report.issued),
        pieces=pieces,
        scopes=_SCOPES,
        shown=shown,
        broken=_broken,
        groups=_groups,
        drawn=lambda chart: Markup(svg(chart)),  # noqa: S704 - made here, its texts escaped by the XML writer
    )


def _broken(cell: Cell) -> str:
    """A label; a column's, of four or six characters, may be broken after each two, as its words are."""
    if cell.role != "head" or cell.colspan > 1 or len(cell.text) not in {4, 6}:
        return cell.text
    words = [cell.text[start : start + 2] for start in range(0, len(cell.text), 2)]
    return Markup().join(Markup("<span>{}</span>").format(word) for word in words)


def _groups(grid: Grid) -> Iterator[tuple[str, list[list[Cell]]]]:
    """The table's row groups: ``thead`` and each ``tbody``, with their rows of cells."""
    rows = [[cell for cell in grid.cells if cell.row == row] for row in range(grid.rows)]
    if grid.head_rows:
        yield "thead", rows[: grid.head_rows]
    for start, end in zip(grid.bodies, (*grid.bodies[1:], grid.rows), strict=True):
        yield "tbody", rows[start:end]
