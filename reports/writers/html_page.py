"""The report as one web page, as agencies publish it: no script, nothing fetched from anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from reports.edition import Cell, Grid, load_edition, tables
from reports.figures import Figures
from reports.writers.whole_file import write_whole
from reports.writers.wording import UNFILLED, opening, printed, section_one, section_six, title

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1] / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_SCOPES = {"head": "col", "title": "rowgroup", "label": "row"}


def write_html(figures: Figures, path: Path) -> None:
    """Write the page. OSError if the path cannot be written."""
    write_whole(path, html_page(figures).encode())


def html_page(figures: Figures) -> str:
    """The page: the six sections, the tables spanned as in the form; 0 as 0, a blank as an empty cell.

    Sections one and six say what the figures say; section five is a marked empty place.
    """
    form = load_edition(figures.edition)
    two, three, four = tables(form, figures.section_two)
    contents = (section_one(figures), two, three, four, UNFILLED, section_six(figures))

    def shown(cell: Cell) -> str:
        return cell.text if cell.place is None else printed(figures.at(cell.place), cell.unit)

    return _TEMPLATES.get_template("report.html").render(
        title=title(figures),
        agency=figures.agency or "",
        opening="".join(opening(figures)),
        parts=list(zip(form.sections, contents, strict=True)),
        unfilled=UNFILLED,
        scopes=_SCOPES,
        shown=shown,
        groups=_groups,
    )


def _groups(grid: Grid) -> Iterator[tuple[str, list[list[Cell]]]]:
    """The table's row groups: ``thead`` and each ``tbody``, with their rows of cells."""
    rows = [[cell for cell in grid.cells if cell.row == row] for row in range(grid.rows)]
    if grid.head_rows:
        yield "thead", rows[: grid.head_rows]
    for start, end in zip(grid.bodies, (*grid.bodies[1:], grid.rows), strict=True):
        yield "tbody", rows[start:end]
