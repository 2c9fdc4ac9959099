"""勾稽关系: the arithmetic that a report must satisfy, K1 to K5, K7 and K8.

A blank figure is not a zero: it may hide any number from 0 up. A relation with blanks is therefore reported
only if no filling of the blanks could satisfy it; the blanks themselves are K8.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from reports.edition import RESULTS_TOTAL, TOTAL_LABEL, Edition, FigureColumn, load_edition
from reports.figures import Figure, Figures, Row, figure_json

Level = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: the rule, its level, where (``applications/自然人``), a sentence for an officer.

    ``expected`` and ``found`` are counts, a decimal string for money, or None where there is no such number.
    """

    rule: str
    level: Level
    where: str
    message: str
    expected: int | str | None = None
    found: int | str | None = None


def check(figures: Figures, previous: Figures | None = None) -> list[Finding]:
    """The findings on a report, in the order of the rules; none if it adds up.

    ``previous`` is the same agency's report on the year before, which K4 and K7 need. Errors are those of the
    form itself (K1 to K5, a negative figure); blanks and K7 are warnings.
    """
    form = load_edition(figures.edition)
    rows = _with_totals(figures.applications)
    return [
        *_k1(form, rows),
        *_k2(form, rows),
        *_k3(form, figures.applications),
        *(_k4(form, figures, previous) if previous else ()),
        *_k5(form, figures.reviews),
        *(_k7(figures, previous) if previous else ()),
        *_k8(form, figures),
    ]


def _k1(form: Edition, rows: Mapping[str, Row]) -> Iterator[Finding]:
    """Per column, 一 + 二 = 三（七） + 四: printed in the corner of the form."""
    for index, column in enumerate(form.table_three.columns):
        new, carried_in, results, carried_out = (
            rows[path][index] for path in ("new", "carried_in", RESULTS_TOTAL, "carried_out")
        )
        if _broken((new, carried_in), (results, carried_out)):
            came, went = _sum((new, carried_in)), _sum((results, carried_out))
            yield Finding(
                "K1",
                "error",
                f"applications/{column}",
                f"{column}一列：第一项加第二项（{_shown(new)}＋{_shown(carried_in)}）为{came}，"
                f"第三项加第四项（{_shown(results)}＋{_shown(carried_out)}）为{went}，两者应当相等。",
                came,
                went,
            )


def _k2(form: Edition, rows: Mapping[str, Row]) -> Iterator[Finding]:
    """Per column, （七）总计 = the sum of the leaf rows above it."""
    for index, column in enumerate(form.table_three.columns):
        leaves = [rows[path][index] for path in form.table_three.results]
        total = rows[RESULTS_TOTAL][index]
        if _broken(leaves, (total,)):
            expected = _sum(leaves)
            yield Finding(
                "K2",
                "error",
                f"applications/{column}",
                f"{column}一列：办理结果各行相加为{expected}，（七）总计为{_shown(total)}，两者应当相等。",
                expected,
                total,
            )


def _k3(form: Edition, rows: Mapping[str, Row]) -> Iterator[Finding]:
    """Per row, 总计 = 自然人 + the five columns of organisations."""
    for path, name in form.table_three.names.items():
        *kinds, total = rows[path]
        if total is not None and _broken(kinds, (total,)):
            expected = _sum(kinds)
            yield Finding(
                "K3",
                "error",
                f"applications/{name}",
                f"{name}一行：自然人与法人或其他组织各列相加为{expected}，总计为{total}，两者应当相等。",
                expected,
                total,
            )


def _k4(form: Edition, figures: Figures, previous: Figures) -> Iterator[Finding]:
    """Per column, 二 of this year = 四 of the year before."""
    if figures.year and previous.year and previous.year != figures.year - 1:
        yield Finding(
            "K4",
            "warning",
            "year",
            f"用来比较的是{previous.year}年的报告，应当是{figures.year - 1}年的报告。",
            figures.year - 1,
            previous.year,
        )
    before, now = _with_totals(previous.applications), _with_totals(figures.applications)
    for index, column in enumerate(form.table_three.columns):
        carried_out, carried_in = before["carried_out"][index], now["carried_in"][index]
        if carried_out is not None and carried_in is not None and carried_out != carried_in:
            yield Finding(
                "K4",
                "error",
                f"applications/{column}",
                f"{column}一列：上年报告结转下年度{carried_out}件，本年报告上年结转{carried_in}件，两者应当相等。",
                carried_out,
                carried_in,
            )


def _k5(form: Edition, reviews: Mapping[str, Row]) -> Iterator[Finding]:
    """Per group of table four, 总计 = 结果维持 + 结果纠正 + 其他结果 + 尚未审结."""
    for key, label in form.table_four.labels.items():
        *results, total = reviews[key]
        if total is not None and _broken(results, (total,)):
            expected = _sum(results)
            yield Finding(
                "K5",
                "error",
                f"reviews/{label}",
                f"{label}：各项结果相加为{expected}，总计为{total}，两者应当相等。",
                expected,
                total,
            )


def _k7(figures: Figures, previous: Figures) -> Iterator[Finding]:
    """现行有效 = 现行有效 of the year before + 制发 − 废止, where both reports have these columns."""
    section = figures.section_two
    before = _by_role(previous)
    for key, terms in _by_role(figures).items():
        in_force_before = before.get(key, {}).get("in_force")
        issued, repealed, in_force = (terms.get(role) for role in ("issued", "repealed", "in_force"))
        if in_force_before is None or issued is None or repealed is None or in_force is None:
            continue
        expected = in_force_before + issued - repealed
        if expected != in_force:
            label = section.labels[key]
            yield Finding(
                "K7",
                "warning",
                f"proactive/{label}",
                f"{label}：上年现行有效{in_force_before}件，加本年制发{issued}件，减本年废止{repealed}件，"
                f"应为{expected}件，本年现行有效填的是{in_force}件。",
                figure_json(expected),
                figure_json(in_force),
            )


def _k8(form: Edition, figures: Figures) -> Iterator[Finding]:
    """Every figure is there and none is negative. What did not happen is printed as 0."""
    seven = [FigureColumn(label) for label in form.table_three.columns]
    for path, name in form.table_three.names.items():
        yield from _row_k8(f"applications/{name}", name, figures.applications[path], seven)
    five = [FigureColumn(label) for label in form.table_four.columns]
    for key, label in form.table_four.labels.items():
        yield from _row_k8(f"reviews/{label}", label, figures.reviews[key], five)
    section = figures.section_two
    for key, columns in section.columns_of.items():
        row = figures.proactive.get(key, (None,) * len(columns))
        yield from _row_k8(f"proactive/{section.labels[key]}", section.labels[key], row, columns)
    if figures.fees:
        fees = figures.fees
        columns = tuple(map(FigureColumn, ("收费通知件数", "总金额", "实际收取金额")))
        yield from _row_k8("fees", "信息处理费", (fees.notices, fees.billed_yuan, fees.received_yuan), columns)


def _row_k8(where: str, name: str, row: Sequence[Figure], columns: Sequence[FigureColumn]) -> Iterator[Finding]:
    """The blanks of a row in one finding, a blank 总计 in one of its own, and each negative figure."""
    if all(figure is None for figure in row):
        yield Finding("K8", "warning", where, f"{name}一行空白。没有发生的，填 0。")
        return
    cells = list(zip(columns, row, strict=True))
    blank = [column.label for column, figure in cells if figure is None and column.label != TOTAL_LABEL]
    if blank:
        message = f"{name}一行有{len(blank)}格空白：{'、'.join(blank)}。没有发生的，填 0。"
        yield Finding("K8", "warning", where, message)
    for column, figure in cells:
        if figure is None and column.label == TOTAL_LABEL:
            total = figure_json(sum(other for other in row if other is not None))
            message = f"{name}一行的总计空白，按其余各列相加为{total}。"
            yield Finding("K8", "warning", f"{where}/{TOTAL_LABEL}", message, total)
        elif figure is not None and figure < 0 and not column.signed:
            shown = figure_json(figure)
            message = f"{name}一行的{column.label}为{shown}，不能是负数。"
            yield Finding("K8", "error", f"{where}/{column.label}", message, None, shown)


def _with_totals(rows: Mapping[str, Row]) -> dict[str, Row]:
    """The rows with a blank 总计 reckoned from the six other columns, where all of them are there."""
    return {path: _with_total(row) for path, row in rows.items()}


def _with_total(row: Row) -> Row:
    *kinds, total = row
    if total is None and None not in kinds:
        return (*kinds, _sum(kinds))
    return row


def _broken(left: Sequence[int | None], right: Sequence[int | None]) -> bool:
    """Whether the sums of the two sides differ whatever number from 0 up each blank stands for."""
    excess = _sum(left) - _sum(right)
    return (excess > 0 and None not in right) or (excess < 0 and None not in left)


def _sum(figures: Iterable[int | None]) -> int:
    return sum(figure for figure in figures if figure is not None)


def _shown(figure: int | None) -> str:
    return "空白" if figure is None else str(figure)


def _by_role(figures: Figures) -> dict[str, dict[str, int | Decimal | None]]:
    """The figures of section two by row and by the role of their column."""
    return {
        key: {column.role: figure for column, figure in zip(columns, figures.proactive[key], strict=True)}
        for key, columns in figures.section_two.columns_of.items()
        if key in figures.proactive
    }
