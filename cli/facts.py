"""Facts of a step as officers write them: ``名称=值``, by label or by name, read into their types."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from cli.values import day_of
from workflow.faults import InputFault
from workflow.ledger import folded, outcome_begun
from workflow.statute import TERMS, Fact

_YES, _NO = ("是", "yes", "true"), ("否", "no", "false")
_NUMBERS = ("days", "whole", "yuan")
_ACCEPTED = {"days": "工作日数，如 10", "whole": "整数，如 1", "yuan": "元数，如 380", "text": "文字", "flag": "是或否"}


def read(given: Sequence[str], known: Sequence[Fact]) -> dict[str, Any]:
    """The facts that were given. Raises InputFault with one sentence per fault."""
    faults: list[str] = []
    facts: dict[str, Any] = {}
    written: dict[str, str] = {}
    for item in given:
        name, equals, value = item.partition("＝" if "＝" in item.partition("=")[0] else "=")
        fact = next((fact for fact in known if folded(name) in {fact.name, folded(fact.label)}), None)
        if not equals or fact is None:
            # What the system writes by itself is taken, but nobody is asked for it.
            accepted = "、".join(f"{fact.label}=…" for fact in known if not fact.filled) or "不带内容"
            faults.append(f"名称=值：“{item}”不能用于该事项，应为：{accepted}")
            continue
        value = value.strip()
        if fact.name in written:
            faults.append(f"{fact.label}：给了两次（“{written[fact.name]}”“{value}”），应只给一次")
            continue
        written[fact.name] = value
        try:
            plain = unicodedata.normalize("NFKC", value) if fact.type in _NUMBERS else value
            facts[fact.name] = _value(plain, fact)
        except InputFault as fault:
            faults += fault.sentences
    if faults:
        raise InputFault(faults)
    return facts


def term(text: str, vocabulary: Any, place: str) -> Any:
    """A term of a vocabulary by its label, or by what can only mean that one: its beginning, what stands in brackets.

    Raises InputFault naming the labels there are.
    """
    wanted = folded(text).casefold()
    labels = {folded(member.label).casefold(): member for member in vocabulary}
    found = [member for label, member in labels.items() if label == wanted] or [
        member
        for label, member in labels.items()
        if len(wanted) > 1 and (label.startswith(wanted) or label.endswith(f"({wanted})"))
    ]
    if len(found) != 1:
        raise InputFault(f"{place}：“{text}”不在可用的值之中，应为：{'、'.join(vocabulary.labels())}")
    return found[0]


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
            outcome = outcome_begun(text)
            if outcome is None:
                raise InputFault(f"{fact.label}：“{text}”不是办理结果，应如“予以公开”“不予公开-属于国家秘密”")
            return outcome
        case name if name in TERMS:
            return term(text, TERMS[name], fact.label)
    raise InputFault(f"{fact.label}：“{text}”不能用，应为{_ACCEPTED[fact.type]}")
