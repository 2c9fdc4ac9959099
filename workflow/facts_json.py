"""The facts of a case as JSON (``yishen deadline``), read with every fault named by its path, and the answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from workflow import clock
from workflow.calendar import FIRST_YEAR, LAST_YEAR, WorkCalendar
from workflow.faults import InputFault

T = TypeVar("T")
_SHOWN = 60
_LONGEST_PERIOD = 250  # working days; a year has no more

_KEYS = {
    "": ("received", "correction", "consultations", "extension", "fee", "delay", "as_of"),
    "correction": ("asked", "until", "received", "delivered", "working_days"),
    "consultations": ("sent", "delivered", "ended"),
    "extension": ("told", "working_days"),
    "fee": ("notified", "paid"),
    "delay": ("told", "until"),
}


@dataclass
class _Reader:
    """Reads values by path; collects faults and warnings instead of stopping at the first."""

    place: str
    faults: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def fault(self, path: str, value: object, accepted: str) -> None:
        self.faults.append(f"{self.place}{path or '事实'}：{_shown(value)}{accepted}")

    def mapping(self, value: object, path: str, keys: str) -> Mapping[str, Any] | None:
        if not isinstance(value, Mapping):
            self.fault(path, value, "应为一个对象，例如 {" + f'"{_KEYS[keys][0]}": …' + "}")
            return None
        for key in value:
            if key not in _KEYS[keys]:
                known = "、".join(_KEYS[keys])
                name = f"{path}.{key}" if path else str(key)
                self.warnings.append(f"{self.place}{_one_line(name)}：不认识的键，未使用（可用：{known}）")
        return value

    def day(self, value: object, path: str, *, required: bool = False) -> date | None:
        if value is None and not required:
            return None
        if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            try:
                day = date.fromisoformat(value)
            except ValueError:
                pass
            else:
                if FIRST_YEAR <= day.year < LAST_YEAR:
                    return day
                self.fault(path, value, f"超出范围，应在 {FIRST_YEAR} 年至 {LAST_YEAR - 1} 年之间")
                return None
        self.fault(path, value, "不是有效日期，应为形如 2026-03-02 的日期")
        return None

    def not_before(self, day: date | None, path: str, floor: date | None, floor_path: str) -> None:
        if day is not None and floor is not None and day < floor:
            self.fault(path, day.isoformat(), f"早于 {floor_path} {floor}，不应早于它")


def _shown(value: object) -> str:
    return "缺少，" if value is None else f"“{_one_line(value)}”"


def _one_line(value: object) -> str:
    """A value as it is shown in a sentence: on one line, and not for ever."""
    text = " ".join(str(value).split())
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


@dataclass(frozen=True)
class Question:
    """The facts of one case and the day as of which they are asked about."""

    facts: clock.Facts
    as_of: date
    warnings: tuple[str, ...]


def read_question(document: object, today: date, place: str = "") -> Question:
    """Read one object of facts (shape: contracts.md, Deadline facts).

    Raises InputFault with one sentence per fault: a wrong type or date, or dates that contradict each other.
    """
    reader = _Reader(place)
    top = reader.mapping(document, "", "")
    if top is None:
        raise InputFault(reader.faults)
    received = reader.day(top.get("received"), "received", required=True)
    as_of = reader.day(top.get("as_of"), "as_of") or today
    corrections = _read_one(reader, top, "correction", lambda m: _correction(reader, m, received))
    extensions = _read_one(reader, top, "extension", lambda m: _extension(reader, m, received))
    fees = _read_one(reader, top, "fee", lambda m: _fee(reader, m, received))
    delays = _read_one(reader, top, "delay", lambda m: _delay(reader, m, received))
    consultations = _consultations(reader, top.get("consultations"), received)
    if reader.faults or received is None:
        raise InputFault(reader.faults)
    facts = clock.Facts(received, corrections, consultations, extensions, fees, delays)
    return Question(facts, as_of, tuple(reader.warnings))


def _read_one(
    reader: _Reader, top: Mapping[str, Any], key: str, read: Callable[[Mapping[str, Any]], T | None]
) -> tuple[T, ...]:
    if top.get(key) is None:
        return ()
    mapping = reader.mapping(top[key], key, key)
    item = None if mapping is None else read(mapping)
    return () if item is None else (item,)


def _correction(reader: _Reader, m: Mapping[str, Any], floor: date | None) -> clock.Correction | None:
    asked = reader.day(m.get("asked"), "correction.asked", required=True)
    until = reader.day(m.get("until"), "correction.until")
    received = reader.day(m.get("received"), "correction.received")
    reader.not_before(asked, "correction.asked", floor, "received")
    reader.not_before(until, "correction.until", asked, "correction.asked")
    reader.not_before(received, "correction.received", asked, "correction.asked")
    delivered = reader.day(m.get("delivered"), "correction.delivered")
    reader.not_before(delivered, "correction.delivered", asked, "correction.asked")
    days = m.get("working_days")
    if days is not None and (not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= _LONGEST_PERIOD):
        reader.fault("correction.working_days", days, f"应为 1 至 {_LONGEST_PERIOD} 的整数（条例第三十条）")
        return None
    return None if asked is None else clock.Correction(asked, until, received, delivered, days)


def _extension(reader: _Reader, m: Mapping[str, Any], floor: date | None) -> clock.Extension | None:
    told = reader.day(m.get("told"), "extension.told", required=True)
    reader.not_before(told, "extension.told", floor, "received")
    days = m.get("working_days")
    if not isinstance(days, int) or isinstance(days, bool) or not 0 <= days <= clock.EXTENSION_MOST:
        reader.fault("extension.working_days", days, "应为 0 至 20 的整数（条例第三十三条）")
        return None
    return None if told is None else clock.Extension(told, days)


def _fee(reader: _Reader, m: Mapping[str, Any], floor: date | None) -> clock.Fee | None:
    notified = reader.day(m.get("notified"), "fee.notified", required=True)
    paid = reader.day(m.get("paid"), "fee.paid")
    reader.not_before(notified, "fee.notified", floor, "received")
    reader.not_before(paid, "fee.paid", notified, "fee.notified")
    return None if notified is None else clock.Fee(notified, paid)


def _delay(reader: _Reader, m: Mapping[str, Any], floor: date | None) -> clock.Delay | None:
    told = reader.day(m.get("told"), "delay.told", required=True)
    until = reader.day(m.get("until"), "delay.until", required=True)
    reader.not_before(told, "delay.told", floor, "received")
    reader.not_before(until, "delay.until", told, "delay.told")
    return None if told is None or until is None else clock.Delay(told, until)


def _consultations(reader: _Reader, value: object, floor: date | None) -> tuple[clock.Consultation, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        reader.fault("consultations", value, "应为一个列表")
        return ()
    found = []
    for number, each in enumerate(value):
        path = f"consultations[{number}]"
        m = reader.mapping(each, path, "consultations")
        if m is None:
            continue
        sent = reader.day(m.get("sent"), f"{path}.sent", required=True)
        delivered = reader.day(m.get("delivered"), f"{path}.delivered")
        ended = reader.day(m.get("ended"), f"{path}.ended")
        reader.not_before(sent, f"{path}.sent", floor, "received")
        reader.not_before(delivered, f"{path}.delivered", sent, f"{path}.sent")
        reader.not_before(ended, f"{path}.ended", sent, f"{path}.sent")
        if sent is not None:
            found.append(clock.Consultation(sent, delivered, ended))
    return tuple(found)


def answer(question: Question, calendar: WorkCalendar) -> dict[str, Any]:
    """The answer to one question as a JSON object (shape: contracts.md, Deadline facts)."""
    result = clock.reckon(question.facts, calendar, question.as_of)
    return {
        "clock_start": result.clock_start.isoformat(),
        "reply_due": None if result.reply_due is None else result.reply_due.isoformat(),
        "working_days_used": result.working_days_used,
        "working_days_left": result.working_days_left,
        "state": result.state,
        "provisional": result.provisional,
        "deadlines": [
            {"kind": d.kind.value, "due": None if d.due is None else d.due.isoformat(), "article": d.article}
            for d in result.deadlines
        ],
        "explanation": clock.explain(question.facts, calendar, question.as_of),
    }
