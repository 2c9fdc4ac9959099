"""Likely repeats (疑似重复申请): who has asked the same before, with the earlier reply, shown when a request comes in.

The same person and the same question: 不予重复处理 after a reply (Art. 36(6)), 数量、频次 (Art. 35). The same question
of several people: 可以纳入主动公开 (Art. 44). Nothing is decided here. The officer reads both questions and decides.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from operator import add
from typing import Any

from rapidfuzz import fuzz
from sqlalchemy import ColumnElement, Connection, Row, select

from models.personal import FieldCipher
from models.tables import applicant as persons
from models.tables import request_case
from models.vocabulary import State
from workflow import applicants
from workflow.applicants import ApplicantDetails

THRESHOLD = 75
"""From which similarity on two questions are shown side by side."""

# The most that questions can be alike.
_OTHER_WORDS = 99  # In the same words they are quite the same.
_FEWER_NUMBERS = 90  # One has numbers that the other lacks: 2024年、2025年 and 2024年.
_OTHER_NUMBERS = 60  # Each has numbers that the other lacks: another year, another document.

# A question within its story.
_CONTAINED = 90  # How alike they are.
_NEARLY_ALL = 0.9  # The share of its pairs of characters that the story has.
_TELLING = 8  # How many pairs it must have; 会议纪要 stands in many.


@dataclass(frozen=True, slots=True)
class Likely:
    """An earlier case that may be the same question. ``reply_number`` and ``closed_on`` are its reply's, if any."""

    case_id: int
    number: str
    received_on: date | None
    state: str
    outcome: str | None
    closed_on: date | None
    reply_number: str | None
    subject: str
    similarity: int
    same_person: bool

    def to_json(self) -> dict[str, Any]:
        """The case as plain JSON."""
        return {
            "case_id": self.case_id,
            "number": self.number,
            "received_on": None if self.received_on is None else self.received_on.isoformat(),
            "state": self.state,
            "outcome": self.outcome,
            "closed_on": None if self.closed_on is None else self.closed_on.isoformat(),
            "reply_number": self.reply_number,
            "subject": self.subject,
            "similarity": self.similarity,
            "same_person": self.same_person,
        }


@dataclass(frozen=True, slots=True)
class Pace:
    """数量、频次 of one person's requests (Art. 35): in a calendar month, in twelve months and in all.

    ``known`` is False for a person who cannot be told from others; then the figures say nothing.
    """

    known: bool
    month: int
    twelve_months: int
    total: int

    def to_json(self) -> dict[str, Any]:
        """The figures as plain JSON."""
        return {
            "known": self.known,
            "month": self.month,
            "twelve_months": self.twelve_months,
            "total": self.total,
        }


# What requests share whatever they ask for, as it stands when spaces and punctuation are gone.
_OFFICE = "[贵你](?:局|机关|单位|部门)"
_ASK = "(?:申请|请求|要求|恳请|希望|请)"
_GIVE = "(?:(?:政府)?信息公开|公开|提供|获取|查询|查阅|复制)"
_ASKING = "(?=[现特兹因向]|依法|依据|根据|按照|申请|请求|要求|恳请|希望|请)"
_OPENINGS = (
    "(?:根据|依据|依照|按照|按)(?:中华人民共和国)?政府信息公开条例(?:第[0-9]+[条款项])*(?:的?(?:有关|相关)?规定)?",
    f"(?:我们?|本人|本公司|本单位|申请人|[现特兹]|依法){_ASKING}",
    f"因[^因]{{1,10}}需要{_ASKING}",
    "向?[贵你](?:局|机关|单位|部门|委|厅|办|政府|镇|街道)",
    f"{_ASK}(?:依法|向?{_OFFICE})*{_GIVE}(?:[并和及或]{_GIVE})*(?:(?:以下|如下)(?:政府)?信息|政府信息(?!公开))?",
    "(?:政府)?信息公开申请[书表]?",
    "公开",
    "关于|有关",
)
_ENDINGS = (
    "的?(?:相关|有关|全部|所有)(?:政府)?(?:信息|内容|材料|资料|文件|情况)",
    "(?:的政府|的|政府)信息(?:公开)?(?:的?申请[书表]?)?",
    "的?(?:复印件|扫描件|电子版|电子件|纸质版)",
    f"请?(?:{_OFFICE})?(?:予以|依法)公开",
    "谢谢",
    "的",
)
_WRAPPING = re.compile(f"^(?:{'|'.join(_OPENINGS)})+|(?:{'|'.join(_ENDINGS)})+$|{_OFFICE}")

# Chinese numerals that count something: 二〇二四年, 第十二条, 一季度; not the one of 三公经费.
_ZEROS = str.maketrans("零○", "〇〇")
_DIGITS = "〇一二三四五六七八九"
_NUMERAL = re.compile(f"(?<=第)[{_DIGITS}十百]+|[{_DIGITS}十百]{{2,}}|[{_DIGITS}十](?=[年月日号期批届季组栋幢队])")
_TENS = re.compile(f"(?:([{_DIGITS}])百〇?)?(?:([{_DIGITS}])?(十))?([{_DIGITS}])?")
_SHORT_YEAR = re.compile("(?<![0-9近前过满])[0-9]{2}(?=年)")


def plain(text: str) -> str:
    """A question as it is compared: in one form, and without the polite wrapping that is no part of it.

    Width and case do not matter, nor do spaces and punctuation (but between two numbers a "-" stays: 〔2024〕12号);
    numbers are in Arabic digits, years in four. Never empty unless ``text`` is blank.
    """
    folded = _folded(text)
    bare = _letters(_SHORT_YEAR.sub(_full_year, _NUMERAL.sub(_arabic, folded.translate(_ZEROS))))
    return _WRAPPING.sub("", bare) or bare or folded.strip()


def _folded(text: str) -> str:
    """The text in one width and case."""
    return unicodedata.normalize("NFKC", text).lower()


def _letters(folded: str) -> str:
    """Letters and digits alone, with a "-" between two numbers."""
    spaced = re.sub(r"[\W_]+", " ", folded)
    return re.sub(r"(?<![0-9]) | (?![0-9])", "", spaced).replace(" ", "-")


def _arabic(numeral: re.Match[str]) -> str:
    """A Chinese numeral in Arabic digits: 二〇二四 is 2024, 十二 is 12; what is neither goes sign by sign (十四五)."""
    written = numeral.group()
    tens = _TENS.fullmatch(written)
    if tens is not None and len(written) > 1:
        hundred, ten, unit = (_DIGITS.index(digit) if digit else 0 for digit in tens.group(1, 2, 4))
        return str(hundred * 100 + (ten or 1 if tens.group(3) else 0) * 10 + unit)
    values = {"十": "10", "百": "100"}
    return "".join(values.get(digit) or str(_DIGITS.index(digit)) for digit in written)


def _full_year(year: re.Match[str]) -> str:
    """A year of two digits in four: 24年 is 2024年, 98年 is 1998年."""
    return ("19" if year.group() >= "50" else "20") + year.group()


@dataclass(frozen=True, slots=True)
class _Question:
    """A question made ready to be compared with many."""

    plain: str
    pairs: frozenset[str]
    numbers: frozenset[str]

    @classmethod
    def of(cls, text: str) -> _Question:
        """The question that ``text`` asks."""
        asked = plain(text)
        numbers = frozenset(number.lstrip("0") for number in re.findall("[0-9]+", asked))
        return cls(asked, frozenset(map(add, asked, asked[1:])), numbers)


def similarity(a: str, b: str) -> int:
    """How alike two questions are, from 0 to 100 (the same words).

    The best of three looks, all at characters, as Chinese has no spaces: the edits from one to the other; the pairs
    of neighbours that both have, in whatever order; and whether all pairs of the one, a question, are found in the
    other, its story. Numbers are looked at apart: with another year or document number a question is another.
    """
    return _alike(_Question.of(a), _Question.of(b))


def _alike(a: _Question, b: _Question) -> int:
    if a.plain == b.plain:
        return 100 if a.plain else 0
    score = max(fuzz.ratio(a.plain, b.plain), _shared(a.pairs, b.pairs))
    if a.numbers - b.numbers and b.numbers - a.numbers:
        score = min(score, _OTHER_NUMBERS)
    elif a.numbers != b.numbers:
        score = min(score, _FEWER_NUMBERS)
    return min(round(score), _OTHER_WORDS)


def _shared(a: frozenset[str], b: frozenset[str]) -> float:
    """How many of the pairs both have (Sørensen, Dice): 市财政局2024年决算 and 2024年市财政局决算 share all but two."""
    both, fewer = len(a & b), min(len(a), len(b))
    contained = fewer >= _TELLING and both >= _NEARLY_ALL * fewer
    alike = 200 * both / (len(a) + len(b)) if both else 0
    return max(alike, _CONTAINED) if contained else alike


def find(
    connection: Connection,
    agency_id: int,
    cipher: FieldCipher,
    applicant: ApplicantDetails,
    subject: str,
    *,
    threshold: int = THRESHOLD,
    others: int = 5000,
    most: int = 20,
    but: int | None = None,
) -> list[Likely]:
    """The cases that may ask the same as ``subject``: the same person's first, then the most alike, then the newest.

    Looked at are all cases of the same person in the agency, whatever their age, and the ``others`` newest of other
    people; not void ones, nor the case ``but``. Of a person who cannot be told from others none is the same person's.
    """
    question = _Question.of(subject)
    own = _own(connection, agency_id, _same_person(cipher, applicant), but)
    mine = {row.id for row in own}
    of_others = (
        select(request_case.c.id, request_case.c.subject)
        .where(*_in_question(agency_id, but), request_case.c.id.not_in(mine))
        .order_by(request_case.c.id.desc())
        .limit(others)
    )
    alike = [
        (row.id in mine, similar, row.id)
        for row in (*own, *connection.execute(of_others))
        if (similar := _alike(question, _Question.of(row.subject))) >= threshold
    ]
    return _read(connection, sorted(alike, reverse=True)[:most])


def pace(connection: Connection, agency_id: int, cipher: FieldCipher, applicant: ApplicantDetails, day: date) -> Pace:
    """How many requests of the same person the agency has (数量、频次, Art. 35).

    Counted by the day of receipt: the calendar month of ``day``, and the twelve months up to ``day`` with the rest of
    that month. A request that is not received in law yet counts in the total alone; a void one nowhere.
    """
    who = _same_person(cipher, applicant)
    own = _own(connection, agency_id, who)
    received = [row.received_on for row in own if row.received_on is not None]
    first, last = day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])
    year_ago = date(day.year - 1, day.month, min(day.day, monthrange(day.year - 1, day.month)[1]))
    return Pace(
        known=who is not None,
        month=sum(first <= on <= last for on in received),
        twelve_months=sum(year_ago < on <= last for on in received),
        total=len(own),
    )


def _in_question(agency_id: int, but: int | None) -> list[ColumnElement[bool]]:
    """The agency's own cases, but for void ones and the one left out."""
    conditions = [request_case.c.agency_id == agency_id, request_case.c.state != State.VOID.value]
    return conditions if but is None else [*conditions, request_case.c.id != but]


def _same_person(cipher: FieldCipher, applicant: ApplicantDetails) -> ColumnElement[bool] | None:
    """The condition for the same person; None for one who cannot be told from others."""
    known_by = applicants.signs(applicant, cipher)
    return applicants.same_person(known_by["identity_index"], known_by["telephone_index"], applicant.name)


def _own(
    connection: Connection, agency_id: int, who: ColumnElement[bool] | None, but: int | None = None
) -> Sequence[Row[*tuple[Any, ...]]]:
    """All cases of the person in the agency."""
    if who is None:
        return []
    return connection.execute(
        select(request_case.c.id, request_case.c.subject, request_case.c.received_on)
        .join(persons, persons.c.id == request_case.c.applicant_id)
        .where(*_in_question(agency_id, but), who)
    ).all()


def _read(connection: Connection, alike: Sequence[tuple[bool, int, int]]) -> list[Likely]:
    """These cases as they are shown, in this order; each is (of the same person?, how similar, its id)."""
    case = request_case.c
    rows = connection.execute(
        select(
            case.id.label("case_id"),
            case.number,
            case.received_on,
            case.state,
            case.outcome,
            case.closed_on,
            case.snapshot["reply_number"].astext.label("reply_number"),
            case.subject,
        ).where(case.id.in_([case_id for _, _, case_id in alike]))
    )
    by_id = {row.case_id: row._asdict() for row in rows}
    return [Likely(**by_id[case_id], similarity=similar, same_person=same) for same, similar, case_id in alike]
