"""Facts of a step as officers write them: ``名称=值``, by label or by name, read into their types."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from cli.values import day_of
from workflow.faults import InputFault
from workflow.ledger import outcome_of
from workflow.statute import TERMS, Fact

_YES, _NO = ("是", "yes", "true"), ("否", "no", "false")
_ACCEPTED = {"days": "工作日数，如 10", "whole": "整数，如 1", "yuan": "元数，如 380", "text": "文字", "flag": "是或否"}


def read(given: Sequence[str], known: Sequence[Fact]) -> dict[str, Any]:
    """The facts that were given. Raises InputFault with one sentence per fault."""
    faults: list[str] = []
    facts: dict[str, Any] = {}
    for item in given:
        name, equals, value = item.partition("=")
        fact = next((fact for fact in known if name.strip() in {fact.name, fact.label}), None)
        if not equals or fact is None:
            accepted = "、".join(f"{fact.label}=…" for fact in known) or "不带内容"
            faults.append(f"名称=值：“{item}”不能用于该事项，应为：{accepted}")
            continue
        try:
            facts[fact.name] = _value(value.strip(), fact)
        except InputFault as fault:
            faults += fault.sentences
    if faults:
        raise InputFault(faults)
    return facts


def term(text: str, vocabulary: Any, place: str) -> Any:
    """A term of a vocabulary by its label. Raises InputFault naming the labels there are."""
    found = vocabulary.of_label(text)
    if found is None:
        raise InputFault(f"{place}：“{text}”不在可用的值之中，应为：{'、'.join(vocabulary.labels())}")
    return found


def _value(text: str, fact: Fact) -> Any:
    match fact.type:
        case "day":
            day = day_of(text, fact.label)
            if day is None:
                raise InputFault(f"{fact.label}：为空，应为形如 2026-03-19 的日期")
            return day
        case "days" | "whole" if text.isascii() and text.isdigit() and len(text) <= len("9999"):
            return int(text)
        case "yuan" if text.isascii() and text.replace(".", "", 1).isdigit() and len(text) <= len("999999999999.99"):
            return Decimal(text)
        case "text" if text:
            return text
        case "flag" if text.lower() in (*_YES, *_NO):
            return text.lower() in _YES
        case "outcome":
            outcome = outcome_of(text)
            if outcome is None:
                raise InputFault(f"{fact.label}：“{text}”不是办理结果，应如“予以公开”“不予公开-属于国家秘密”")
            return outcome
        case name if name in TERMS:
            return term(text, TERMS[name], fact.label)
    raise InputFault(f"{fact.label}：“{text}”不能用，应为{_ACCEPTED[fact.type]}")
