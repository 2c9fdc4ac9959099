"""What the report says in words, made only from its figures."""

from __future__ import annotations

from collections.abc import Mapping

from reports.edition import load_edition
from reports.figures import Figure, Figures, figure_json

UNFILLED = "（待填写）"
DRAFT = "（草稿，尚未定稿）"
"""What stands under the title of a report that is not sealed."""

_SECTION_ONE = {
    "new": "新收政府信息公开申请{}件",
    "carried_in": "上年结转{}件",
    "results/total": "办结{}件",
    "carried_out": "结转下年度继续办理{}件",
}


def title(figures: Figures) -> str:
    """The report's title, as agencies print it."""
    return load_edition(figures.edition).title.format(**_names(figures))


def opening(figures: Figures) -> tuple[str, str]:
    """The legal basis (条例 Art. 50) and the period that the figures cover."""
    form = load_edition(figures.edition)
    return form.opening, form.period.format(**_names(figures))


def section_one(figures: Figures) -> str:
    """How many requests came, were carried in, were finished and are carried out; blanks are left unsaid."""
    totals = {path: figures.applications[path][-1] for path in _SECTION_ONE}
    clauses = [words.format(totals[path]) for path, words in _SECTION_ONE.items() if totals[path] is not None]
    return f"{_names(figures)['year']}年，{'，'.join(clauses)}。" if clauses else UNFILLED


def section_six(figures: Figures) -> str:
    """信息处理费: notices sent, and yuan billed and received."""
    fees = figures.fees
    if fees is None or None in (fees.notices, fees.billed_yuan, fees.received_yuan):
        return UNFILLED
    return load_edition(figures.edition).fees.format(
        notices=fees.notices, billed=printed(fees.billed_yuan), received=printed(fees.received_yuan)
    )


def printed(figure: Figure, unit: str = "") -> str:
    """A figure as printed: 0 as 0, a blank as nothing, money without exponent."""
    return "" if figure is None else f"{figure_json(figure)}{unit}"


def _names(figures: Figures) -> Mapping[str, str]:
    return {"agency": figures.agency or "", "year": str(figures.year or "")}
