"""Where a case stands in table three: its cells, year by year, and how they move when its log does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import cast

from models.vocabulary import ApplicantKind, Outcome
from reports.edition import edition_for_year
from workflow import statute
from workflow.case import Case

_LABELS = {"new": "本年新收", "carried_in": "上年结转", "carried_out": "结转下年度", "results/total": "办理结果总计"}


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """A cell of table three that counts a case: the year, the row's path in the report's JSON, the column."""

    year: int
    path: str
    kind: ApplicantKind

    def label(self) -> str:
        """The cell as an officer calls it."""
        leaf = self.path.removeprefix("results/")
        known = {outcome.value: statute.ledger_label(outcome) for outcome in Outcome}
        row = _LABELS.get(self.path) or known.get(leaf, "其他处理")
        return f"{self.year} 年表三“{row}”{self.kind.label}"


def cells(case: Case | None, last_year: int) -> set[Cell]:
    """The cells that count the case in the reports up to ``last_year``; none for one that is not counted."""
    if case is None or case.received is None or not case.is_counted():
        return set()
    return set(_cells(case, case.received, last_year))


def rows_of(*, is_new: bool, outcome: Outcome | None, edition: statute.Edition) -> set[str]:
    """The rows of table three that count a case in one year: by its being 本年新收, and its outcome in that year."""
    rows = {"new" if is_new else "carried_in"}
    if outcome is None:
        return rows | {"carried_out"}
    return rows | {f"results/{statute.row_of(outcome, edition)}", "results/total"}


def _cells(case: Case, received: date, last_year: int) -> Iterator[Cell]:
    kind, closed = case.applicant_kind, case.closed
    for year in range(received.year, min(closed.year if closed else last_year, last_year) + 1):
        outcome = case.outcome if closed is not None and closed.year <= year else None
        for row in rows_of(is_new=year == received.year, outcome=outcome, edition=_edition(year)):
            yield Cell(year, row, kind)


def _edition(year: int) -> statute.Edition:
    try:
        return cast("statute.Edition", edition_for_year(year))
    except ValueError:
        return "2021"


def moved(before: Case | None, after: Case, last_year: int, running: int | None = None) -> list[str]:
    """What a change of a case does to the figures, a sentence a cell; empty where none moves.

    Of the ``running`` year no figure is final, and none is told as if it were.
    """
    was, will_be = cells(before, last_year), cells(after, last_year)
    return [
        f"{'按目前台账，' if cell.year == running else ''}{cell.label()}列 {sign}"
        for sign, changed in (("−1", was - will_be), ("+1", will_be - was))
        for cell in sorted(changed)
    ]
