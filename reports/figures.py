"""The figures of one agency's year, and their JSON (``contracts.md``, "Report JSON")."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from reports.edition import Edition, FigureColumn, Place, SectionTwo, edition_names, load_edition

Figure = int | Decimal | None
Row = tuple[int | None, ...]

_DECIMAL = re.compile(r"-?\d+(\.\d+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Fees:
    """信息处理费 (国办函〔2020〕109号): notices sent, yuan billed and yuan received. None: not readable."""

    notices: int | None
    billed_yuan: Decimal | None
    received_yuan: Decimal | None


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one agency's annual report. A figure that is None is blank or could not be read.

    ``edition`` is the one that table three shows. ``applications`` is keyed by the paths of its rows
    (``new``, ``carried_in``, ``results/granted`` … ``results/total``, ``carried_out``): seven counts each,
    the six kinds of applicant and 总计. ``reviews`` is keyed by group, five counts each: 结果维持, 结果纠正,
    其他结果, 尚未审结, 总计. ``proactive`` is keyed by the rows of its section two, which may be another
    edition's; money in it is in the unit of its column (2021: 万元, 2019: yuan).
    """

    agency: str | None
    year: int | None
    edition: str
    applications: Mapping[str, Row]
    reviews: Mapping[str, Row]
    proactive: Mapping[str, tuple[Figure, ...]]
    fees: Fees | None

    def at(self, place: Place) -> Figure:
        """The figure at a place of the form; None if it is blank or its row is not there."""
        tables: dict[str, Mapping[str, tuple[Figure, ...]]] = {
            "applications": self.applications,
            "reviews": self.reviews,
            "proactive": self.proactive,
        }
        row = tables[place.table].get(place.key)
        return None if row is None else row[place.index]

    @property
    def section_two(self) -> SectionTwo:
        """The section two that ``proactive`` fills: told by its keys, this report's edition first."""

        def fits(section: SectionTwo) -> bool:
            columns = section.columns_of
            return all(len(row) == len(columns.get(key, ())) for key, row in self.proactive.items())

        sections = [edition.section_two for edition in _editions_from(self.edition)]
        return next((section for section in sections if fits(section)), sections[0])


class FiguresFault(ValueError):
    """The JSON is not a report's. ``faults`` are Chinese sentences: the path, the value, what is accepted."""

    def __init__(self, faults: Sequence[str]) -> None:
        """Keep the faults; the message is all of them, a line each."""
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


def zero_figures(agency: str, year: int, edition: str) -> Figures:
    """The report of a year in which nothing happened: 0 in every cell (零报告)."""
    form = load_edition(edition)
    return Figures(
        agency=agency,
        year=year,
        edition=edition,
        applications={path: (0,) * len(form.table_three.columns) for path in form.table_three.names},
        reviews={key: (0,) * len(form.table_four.columns) for key in form.table_four.labels},
        proactive={
            key: tuple(Decimal(0) if column.kind == "decimal" else 0 for column in columns)
            for key, columns in form.section_two.columns_of.items()
        },
        fees=Fees(0, Decimal(0), Decimal(0)),
    )


def to_json(figures: Figures) -> dict[str, Any]:
    """The contract's JSON object, keys in the order of the form; sums of money as decimal strings."""
    form = load_edition(figures.edition)
    applications: dict[str, Any] = {}
    for path in form.table_three.names:
        group, _, leaf = path.rpartition("/")
        holder = applications.setdefault(group, {}) if group else applications
        holder[leaf] = list(figures.applications[path])
    proactive = {
        key: _bare([figure_json(figure) for figure in figures.proactive[key]])
        for key in figures.section_two.columns_of
        if key in figures.proactive
    }
    return {
        "agency": figures.agency,
        "year": figures.year,
        "edition": figures.edition,
        "applications": applications,
        "reviews": {key: list(figures.reviews[key]) for key in form.table_four.labels},
        "proactive": proactive or None,
        "fees": None if figures.fees is None else _fees_json(figures.fees),
    }


def json_text(figures: Figures) -> str:
    """The report's JSON as a file holds it."""
    return json.dumps(to_json(figures), ensure_ascii=False, indent=1) + "\n"


def figure_json(figure: Figure) -> int | str | None:
    """A figure in JSON: a decimal as a string without exponent, so that no reader rounds money."""
    return format(figure, "f") if isinstance(figure, Decimal) else figure


def _bare(row: list[int | str | None]) -> list[int | str | None] | int | str | None:
    return row[0] if len(row) == 1 else row


def _fees_json(fees: Fees) -> dict[str, int | str | None]:
    return {
        "notices": fees.notices,
        "billed_yuan": figure_json(fees.billed_yuan),
        "received_yuan": figure_json(fees.received_yuan),
    }


def from_json(data: object) -> Figures:
    """The figures of a report's JSON object, our own or what ``report read`` gives.

    A cell, a row, ``reviews``, ``proactive`` or ``fees`` may be null; ``fees`` and rows of ``proactive`` may
    be missing; at the top, keys beside the contract's (``source``) are left alone. FiguresFault, with every
    fault found, if it is anything else.
    """
    reading = _Reading()
    report = reading.members(data, "")
    name = report.get("edition")
    if not reading.faults and name not in edition_names():
        reading.refuse("edition", name, " 或 ".join(f'"{known}"' for known in edition_names()))
    if reading.faults:
        raise FiguresFault(reading.faults)
    form = load_edition(str(name))
    figures = Figures(
        agency=reading.text(report.get("agency"), "agency"),
        year=reading.integer(report.get("year"), "year"),
        edition=form.name,
        applications=reading.applications(form, report.get("applications")),
        reviews=reading.reviews(form, report.get("reviews")),
        proactive={},
        fees=reading.fees(report.get("fees")),
    )
    proactive = _best_reading(form, report.get("proactive"))
    reading.faults += proactive.faults
    if reading.faults:
        raise FiguresFault(reading.faults)
    return replace(figures, proactive=proactive.rows)


class _Reading:
    """One pass over a report's JSON that goes on after a fault, so that all of them are told at once."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def refuse(self, path: str, value: object, accepted: str) -> None:
        self.faults.append(f"{path or '报告'} 的值是 {_shown(value)}，应当是{accepted}")

    def members(self, value: object, path: str, keys: Sequence[str] = ()) -> Mapping[str, Any]:
        """The object at ``path``; if ``keys`` are given it must have these and no others."""
        if not isinstance(value, dict):
            self.refuse(path, value, "一个对象 {…}")
            return {}
        if keys:
            self.faults += [f"{path}.{key} 缺少，应当有这一行" for key in keys if key not in value]
            self.unknown(value, path, keys)
        return value

    def unknown(self, value: Mapping[str, Any], path: str, keys: Sequence[str]) -> None:
        """Rows that the form does not have: summed by nobody, so refused rather than passed over."""
        accepted = "、".join(keys)
        unknown = [key for key in value if key not in keys]
        self.faults += [f"{path}.{key} 不是这一版格式的行，这里可以有：{accepted}" for key in unknown]

    def text(self, value: object, path: str) -> str | None:
        if value is None or isinstance(value, str):
            return value
        self.refuse(path, value, "文字或 null")
        return None

    def integer(self, value: object, path: str) -> int | None:
        # A bool is an int to Python, but no count.
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        self.refuse(path, value, "整数或 null")
        return None

    def decimal(self, value: object, path: str) -> Decimal | None:
        if isinstance(value, str) and _DECIMAL.fullmatch(value):
            return Decimal(value)
        if value is not None:
            self.refuse(path, value, '引号中的小数（如 "7730.28"）或 null')
        return None

    def counts(self, value: object, path: str, width: int) -> Row:
        """A row of ``width`` counts; null stands for a row of which nothing could be read."""
        if value is None:
            return (None,) * width
        if not isinstance(value, list) or len(value) != width:
            self.refuse(path, value, f"{width} 个整数的列表")
            return (None,) * width
        return tuple(self.integer(cell, f"{path}[{index}]") for index, cell in enumerate(value))

    def applications(self, form: Edition, value: object) -> dict[str, Row]:
        paths = list(form.table_three.names)
        top = list(dict.fromkeys(path.partition("/")[0] for path in paths))
        below = [path.partition("/")[2] for path in paths if "/" in path]
        applications = self.members(value, "applications", top)
        # A missing `results` is told once, above.
        given = applications.get("results", dict.fromkeys(below))
        results = self.members(given, "applications.results", below)
        flat = {**applications, **{f"results/{key}": row for key, row in results.items()}}
        where = {path: f"applications.{path.replace('/', '.')}" for path in paths}
        width = len(form.table_three.columns)
        return {path: self.counts(flat.get(path), where[path], width) for path in paths}

    def reviews(self, form: Edition, value: object) -> dict[str, Row]:
        keys = list(form.table_four.labels)
        rows = self.members(dict.fromkeys(keys) if value is None else value, "reviews", keys)
        width = len(form.table_four.columns)
        return {key: self.counts(rows.get(key), f"reviews.{key}", width) for key in keys}

    def fees(self, value: object) -> Fees | None:
        if value is None:
            return None
        fees = self.members(value, "fees", ("notices", "billed_yuan", "received_yuan"))
        return Fees(
            notices=self.integer(fees.get("notices"), "fees.notices"),
            billed_yuan=self.decimal(fees.get("billed_yuan"), "fees.billed_yuan"),
            received_yuan=self.decimal(fees.get("received_yuan"), "fees.received_yuan"),
        )


class _SectionTwoReading(_Reading):
    """A reading of ``proactive`` as the section two of one edition."""

    def __init__(self, section: SectionTwo, value: object) -> None:
        super().__init__()
        columns_of = section.columns_of
        given = {} if value is None else self.members(value, "proactive")
        self.unknown(given, "proactive", list(columns_of))
        self.missing = len(columns_of.keys() - given.keys())
        self.rows = {key: self.row(given.get(key), f"proactive.{key}", columns) for key, columns in columns_of.items()}
        if value is None:
            self.rows = {}

    def row(self, value: object, path: str, columns: Sequence[FigureColumn]) -> tuple[Figure, ...]:
        """A row of section two; where the form has one figure column the JSON has the bare figure."""
        if value is None:
            return (None,) * len(columns)
        if len(columns) == 1:
            return (self.figure(value, path, columns[0]),)
        if not isinstance(value, list) or len(value) != len(columns):
            labels = "、".join(column.label for column in columns)
            self.refuse(path, value, f"{len(columns)} 个数的列表（{labels}）")
            return (None,) * len(columns)
        return tuple(
            self.figure(cell, f"{path}[{index}]", column)
            for index, (cell, column) in enumerate(zip(value, columns, strict=True))
        )

    def figure(self, value: object, path: str, column: FigureColumn) -> Figure:
        return self.decimal(value, path) if column.kind == "decimal" else self.integer(value, path)


def _best_reading(form: Edition, value: object) -> _SectionTwoReading:
    """The reading of ``proactive`` with the fewest faults and gaps; this report's own edition wins a tie.

    Published reports pair table three of one edition with the section two of another.
    """
    readings = (_SectionTwoReading(edition.section_two, value) for edition in _editions_from(form.name))
    return min(readings, key=lambda reading: (len(reading.faults), reading.missing))


def _editions_from(name: str) -> list[Edition]:
    """The editions, this one first, then the newest."""
    others = [other for other in reversed(edition_names()) if other != name]
    return [load_edition(each) for each in (name, *others)]


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= 60 else f"{text[:60]}…"
