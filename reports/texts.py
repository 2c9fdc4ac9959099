"""The texts of the report: six sections in parts, each a template whose figures are names (``references.py``).

A part that the office has not written has a default: what the figures say, and marked places for the rest. So a
sentence moves when the log does, until its report is sealed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from models.tables import report, report_text
from reports import quoted, year_end
from reports.checks import Finding
from reports.course import Course, course
from reports.edition import load_edition
from reports.figures import Figures
from reports.references import UNWRITTEN, Names, names
from reports.rollup import roll_up
from workflow.faults import InputFault

OPENING = 0
LONGEST = 50_000
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_OPEN_PLACE = re.compile(rf"{UNWRITTEN}[^）]*）")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a section: its section (0: the paragraph before the first), its key, its sub-heading if it has one."""

    section: int
    key: str
    heading: str = ""

    @property
    def name(self) -> str:
        """The part as a command names it: ``1/requests``."""
        return f"{self.section}/{self.key}"


PARTS = (
    Part(OPENING, "opening"),
    Part(1, "summary"),
    Part(1, "proactive", "（一）主动公开"),
    Part(1, "requests", "（二）依申请公开"),
    Part(1, "management", "（三）政府信息管理"),
    Part(1, "platform", "（四）政府信息公开平台建设"),
    Part(1, "oversight", "（五）监督保障"),
    Part(2, "note"),
    Part(3, "note"),
    Part(4, "note"),
    Part(5, "problems", "（一）存在的主要问题"),
    Part(5, "improvements", "（二）改进情况"),
    Part(6, "fees"),
    Part(6, "others"),
)
"""All parts, in the order of the report. Sections two to four are tables; their notes are empty unless written."""

_PROMPTS = {
    "1/summary": "本机关一年来贯彻落实《中华人民共和国政府信息公开条例》的总体情况",
    "1/proactive": "主动公开的重点内容、渠道和数量",
    "1/management": "政府信息的制作、保存、保密审查、动态调整等管理情况，规范性文件的集中公开和清理情况",
    "1/platform": "政府网站、政务新媒体、政府信息公开专栏和查阅场所的建设情况",
    "1/oversight": "机构和人员、培训、工作考核、社会评议和责任追究结果情况",
    "5/problems": "本年度存在的主要问题",
    "5/improvements": "上年度所列问题的改进情况和下一步的改进措施",
}
_IN_WORDS = (1, 5, 6)
_WHERE = "（待填写：政府网站网址）"
_CONTACT = "（待填写：机构名称、地址、邮政编码、电话、电子邮箱）"


@dataclass(frozen=True, slots=True)
class Content:
    """The words of one report with the figures put in: the text of each part by its name, and the year's course.

    ``written`` names the parts that the office wrote itself. ``issued`` is the day of sealing, None for a draft.
    """

    parts: Mapping[str, str]
    course: Course | None = None
    written: frozenset[str] = frozenset()
    issued: date | None = None

    def sections(self) -> dict[int, str]:
        """The plain text of sections one to six, as it is read, sub-headings and all."""
        found = {}
        for number in range(1, 7):
            lines = [line for part in PARTS if part.section == number for line in self.lines(part)]
            found[number] = "\n".join(lines)
        return found

    def lines(self, part: Part) -> Iterator[str]:
        """The sub-heading of a part and its paragraphs."""
        body = paragraphs(self.parts.get(part.name, ""))
        if part.heading and body:
            yield part.heading
        yield from body

    def to_json(self) -> dict[str, Any]:
        """The content as plain JSON, from which the whole report can be written again; sections by their number."""
        return {
            **{str(number): text for number, text in self.sections().items()},
            "parts": dict(self.parts),
            "written": sorted(self.written),
            "course": None if self.course is None else self.course.to_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any], issued: date | None = None) -> Content:
        """The content that :meth:`to_json` gave, as of a sealed report."""
        of_year = data["course"]
        return cls(
            parts=dict(data["parts"]),
            course=None if of_year is None else Course.from_json(of_year),
            written=frozenset(data["written"]),
            issued=issued,
        )


@dataclass(frozen=True, slots=True)
class Stored:
    """A part as the office wrote it: the template, who wrote it last and when."""

    body: str
    edited_by: str
    edited_at: datetime


@dataclass(frozen=True, slots=True)
class Shown:
    """A part as ``report text show`` gives it."""

    part: Part
    template: str
    rendered: str
    stored: Stored | None = field(default=None)


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a text: a line each, blank lines left out."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def open_places(text: str) -> list[str]:
    """The places of a text that nobody has written yet."""
    return _OPEN_PLACE.findall(text)


def pieces(text: str) -> list[tuple[str, bool]]:
    """The text cut at the places that nobody has written yet, each piece with whether it is such a place."""
    cut = re.split(f"({_OPEN_PLACE.pattern})", text)
    return [(piece, bool(index % 2)) for index, piece in enumerate(cut) if piece]


def default(part: Part, figures: Figures, of_year: Course | None = None) -> str:
    """The template of a part that the office has not written."""
    match part.name:
        case "0/opening":
            return _opening(figures)
        case "1/proactive":
            return "".join((_proactive(figures), _prompt(part)))
        case "1/requests":
            return _requests(figures, of_year)
        case "6/fees":
            return _fees(figures)
        case _:
            return _prompt(part)


def _prompt(part: Part) -> str:
    return f"{UNWRITTEN}：{_PROMPTS[part.name]}）" if part.name in _PROMPTS else ""


def _opening(figures: Figures) -> str:
    form = load_edition(figures.edition)
    named = [heading.partition("、")[2] for heading in form.sections]
    period = form.period.format(agency="{机关}", year="{年度}")
    return (
        f"{form.opening}全文包括{'、'.join(named)}六个部分。{period}"
        f"本报告的电子版可在{_WHERE}查阅和下载。对本报告如有疑问，请与{_CONTACT}联系。"
    )


def _proactive(figures: Figures) -> str:
    """What section two says, in a sentence for each item that occurred; only in the form of 2021 is that one number."""
    clauses = []
    section = figures.section_two
    for key, columns in section.columns_of.items():
        row = figures.proactive.get(key, ())
        label = section.labels[key]
        if not any(row):
            continue
        if any(column.role for column in columns):
            verbs = (("issued", "制发"), ("repealed", "废止"), ("in_force", "现行有效"))
            of_role = {column.role: column.label for column in columns}
            told = "，".join(f"{verb}{{{label}·{of_role[role]}}}件" for role, verb in verbs)
            clauses.append(f"{label}{told}")
        elif len(columns) == 1 and columns[0].kind == "integer":
            clauses.append(f"作出{label}处理决定{{{label}}}件")
    return f"{{年度}}年，{'；'.join(clauses)}。" if clauses else ""


def _requests(figures: Figures, of_year: Course | None) -> str:
    rows = {path: figures.applications[path][-1] for path in ("new", "carried_in", "results/total", "carried_out")}
    if not any(rows.values()) and None not in rows.values():
        text = "{年度}年，本机关未收到政府信息公开申请，也没有上年结转办理的申请。"
    else:
        known = of_year is not None and sum(of_year.channels.values()) == rows["new"] and rows["new"]
        channels = "（其中{收件渠道}）" if known else ""
        change = "，比上年{增减·本年新收}" if of_year is not None and of_year.previous is not None else ""
        kinds = "，其中{办理结果}" if rows["results/total"] else ""
        text = (
            f"{{年度}}年，本机关新收政府信息公开申请{{本年新收}}件{channels}{change}；上年结转{{上年结转}}件。"
            f"全年办结{{办理结果总计}}件{kinds}；结转下年度继续办理{{结转下年度}}件。"
        )
    reviews = {key: row[-1] for key, row in figures.reviews.items()}
    if any(reviews.values()):
        return f"{text}\n因政府信息公开申请引起的行政复议{{行政复议}}件、行政诉讼{{行政诉讼}}件，结果见第四部分。"
    return text if None in reviews.values() else f"{text}\n没有因政府信息公开申请引起的行政复议、行政诉讼。"


def _fees(figures: Figures) -> str:
    names_of = {"notices": "{收费通知件数}", "billed": "{收费总金额}", "received": "{实际收取金额}"}
    return load_edition(figures.edition).fees.format(**names_of)


def of_figures(figures: Figures) -> Content:
    """The content of a report of which only the figures are known: the defaults."""
    known = names(figures)
    return Content({part.name: known.render(default(part, figures), part.name) for part in PARTS})


def stored(connection: Connection, agency_id: int, year: int) -> dict[str, Stored]:
    """The parts that the office wrote for a year, by name."""
    rows = connection.execute(
        select(report_text)
        .join(report, report.c.id == report_text.c.report_id)
        .where(report.c.agency_id == agency_id, report.c.year == year)
    )
    return {f"{row.section}/{row.part}": Stored(row.body, row.edited_by, row.edited_at) for row in rows}


def gather(connection: Connection, agency_id: int, figures: Figures, as_of: date | None = None) -> Content:
    """The content of the draft for these figures: what the office wrote, defaults for the rest.

    Raises InputFault where a stored text names a figure that this report does not have, as in another edition.
    """
    of_year = _course(connection, agency_id, figures, as_of)
    shown_parts = _shown(connection, agency_id, figures, of_year)
    return Content(
        parts={each.part.name: each.rendered for each in shown_parts},
        course=of_year,
        written=frozenset(each.part.name for each in shown_parts if each.stored),
    )


def shown(connection: Connection, agency_id: int, figures: Figures) -> list[Shown]:
    """Every part of the draft: its template and what it reads now."""
    return _shown(connection, agency_id, figures, _course(connection, agency_id, figures, None))


def known_names(connection: Connection, agency_id: int, figures: Figures) -> Names:
    """The names that a text of this report may use."""
    return names(figures, _course(connection, agency_id, figures, None))


def _course(connection: Connection, agency_id: int, figures: Figures, as_of: date | None) -> Course | None:
    if figures.year is None:
        return None
    return course(connection, agency_id, figures.agency or "", figures.year, as_of)


def _shown(connection: Connection, agency_id: int, figures: Figures, of_year: Course | None) -> list[Shown]:
    written = stored(connection, agency_id, figures.year or 0)
    known = names(figures, of_year)
    made = []
    for part in PARTS:
        own = written.get(part.name)
        template = default(part, figures, of_year) if own is None else own.body
        made.append(Shown(part, template, known.render(template, place(part, figures.edition)), own))
    return made


def place(part: Part, edition: str) -> str:
    """A part as an officer calls it: 一、总体情况（二）依申请公开."""
    heading = "开头" if part.section == OPENING else load_edition(edition).sections[part.section - 1]
    return f"{heading}{part.heading}"


def find(section: int, key: str = "") -> list[Part]:
    """The parts of a section, or the one named. Raises InputFault if there is none."""
    of_section = [part for part in PARTS if part.section == section]
    if not of_section:
        raise InputFault(f"--section：“{section}”不是报告的部分，应为 0（开头）至 6")
    found = [part for part in of_section if not key or key in {part.key, part.heading, part.heading[3:]}]
    if not found:
        accepted = "、".join(part.key + (f"（{part.heading[3:]}）" if part.heading else "") for part in of_section)
        raise InputFault(f"--part：第 {section} 部分没有“{key}”，应为：{accepted}")
    return found


def write(
    connection: Connection,
    agency_id: int,
    agency_name: str,
    year: int,
    part: Part,
    body: str | None,
    actor: str,
    now: datetime,
) -> str:
    """Replace a part's template in the caller's transaction, or with None go back to the default; gives what it reads.

    Raises InputFault for a name that there is none of, a year without a form, or a text that is too long or holds
    characters that no document can.
    """
    try:
        figures = roll_up(connection, agency_id, agency_name, year)
    except ValueError as error:
        raise InputFault(str(error)) from error
    of_year = course(connection, agency_id, agency_name, year)
    template = default(part, figures, of_year) if body is None else check_body(body)
    rendered = names(figures, of_year).render(template, place(part, figures.edition))
    report_id = _report_id(connection, agency_id, figures)
    if body is None:
        here = (report_text.c.section == part.section) & (report_text.c.part == part.key)
        connection.execute(report_text.delete().where(report_text.c.report_id == report_id, here))
        return rendered
    values = {"body": template, "edited_by": actor, "edited_at": now}
    statement = insert(report_text).values(report_id=report_id, section=part.section, part=part.key, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=list(report_text.primary_key), set_=values))
    return rendered


def check_body(body: str) -> str:
    """The text as it is kept, its line ends made one kind. Raises InputFault if no document could hold it."""
    bad = _FORBIDDEN.search(body)
    if bad is not None:
        line = body.count("\n", 0, bad.start()) + 1
        raise InputFault(f"正文第 {line} 行有不能显示的字符（U+{ord(bad.group()):04X}），应只有文字、空格和换行")
    if len(body) > LONGEST:
        raise InputFault(f"正文有 {len(body)} 个字，应不超过 {LONGEST} 个字")
    return "\n".join(line.rstrip() for line in body.splitlines()).strip("\n")


def _report_id(connection: Connection, agency_id: int, figures: Figures) -> int:
    """The report that the text belongs to; drafted now if nobody has asked for it yet."""
    of_year = select(report.c.id).where(report.c.agency_id == agency_id, report.c.year == figures.year)
    found = connection.execute(of_year).scalar_one_or_none()
    if found is None:
        year_end.draft(connection, agency_id, figures)
        found = connection.execute(of_year).scalar_one()
    return int(found)


def findings(content: Content, figures: Figures) -> list[Finding]:
    """What is wrong with the words: places not written yet, and figures quoted that the tables do not have (K6)."""
    return [*unwritten(content, figures), *quoted.check(content.sections(), figures)]


def unwritten(content: Content, figures: Figures) -> list[Finding]:
    """What nobody has written yet: marked places, and sections without a word that the form wants in words (Art. 50).

    Each is a warning of the draft, and keeps the report from being sealed (``sealing.seal``).
    """
    open_parts = [
        Finding(
            "TEXT",
            "warning",
            f"texts/{part.name}",
            f"{place(part, figures.edition)}尚未写完：{'、'.join(open_places(content.parts.get(part.name, '')))}。",
        )
        for part in PARTS
        if open_places(content.parts.get(part.name, ""))
    ]
    headings = load_edition(figures.edition).sections
    bare = [number for number, text in content.sections().items() if number in _IN_WORDS and not text]
    return [
        *open_parts,
        *(Finding("TEXT", "warning", f"texts/{n}", f"{headings[n - 1]}没有文字，年度报告应有这一部分。") for n in bare),
    ]
