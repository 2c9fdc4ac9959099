"""Forms: what was typed, kept to be shown again, and what is wrong with it, field by field.

A route reads each field by its kind, then asks whether the form is ``ok``; the macros of ``templates/forms.html`` show
values and faults. A sentence says what was given and what would be accepted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, TypeVar

from starlette.datastructures import FormData

from models.vocabulary import Term
from web.language import gettext as _
from workflow.faults import InputFault, Refusal

_T = TypeVar("_T", bound=Term)

_LONGEST = 200

AGAIN = "sent_again"
"""The field by which a form comes back that was kept while its session had ended (:mod:`web.kept`)."""


class Form:
    """What was sent with a form, or what it is filled with at first."""

    def __init__(self, sent: FormData | Mapping[str, Any] | None = None) -> None:
        """Take the fields that were sent; files are read by the route itself."""
        self.values: dict[str, list[str]] = {}
        pairs = sent.multi_items() if isinstance(sent, FormData) else (sent or {}).items()
        for name, value in pairs:
            several = value if isinstance(value, list | tuple) else [value]
            self.values.setdefault(name, []).extend(str(each) for each in several if isinstance(each, str | date | int))
        self.faults: dict[str, str] = {}
        self.general: list[str] = []
        if self.values.pop(AGAIN, None):
            self.general.append(_("这是登录超时前填写的内容，请核对后再提交；附件须重新选择"))

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults and not self.general

    def value(self, name: str) -> str:
        """What stands in a field, as typed."""
        return next(iter(self.values.get(name, ())), "")

    def has(self, name: str, value: str) -> bool:
        """Whether a value of several is chosen."""
        return value in self.values.get(name, ())

    def fault(self, name: str, sentence: str) -> None:
        """Something is wrong with a field; the first sentence about it stays."""
        self.faults.setdefault(name, sentence)

    def take(self, fault: InputFault | Refusal, fields: Mapping[str, str] | None = None) -> None:
        """Take over what the office refused: ``fields`` says which field a sentence that begins so belongs to."""
        for sentence in fault.sentences if isinstance(fault, InputFault) else (str(fault),):
            place, colon, rest = sentence.partition("：")
            name = (fields or {}).get(place)
            if colon and name is not None:
                self.fault(name, rest)
            else:
                self.general.append(sentence)

    def text(self, name: str, *, required: bool = False, longest: int = _LONGEST, lines: bool = False) -> str:
        """A text without outer spaces; ``lines`` allows line breaks."""
        text = self.value(name).replace("\r\n", "\n").strip()
        if required and not text:
            self.fault(name, _("没有填写，必须填写"))
        elif len(text) > longest:
            self.fault(name, _("有 %(now)s 个字，应不超过 %(most)s 个字", now=len(text), most=longest))
        elif not text.replace("\n", "" if lines else "\n").replace("\t", "").isprintable():
            self.fault(name, _("含有不能显示的字符，应为文字"))
        return text

    def secret(self, name: str) -> str:
        """A password as it was typed; it is not shown again."""
        secret = self.value(name)
        self.values.pop(name, None)
        if not secret:
            self.fault(name, _("没有填写，必须填写"))
        return secret

    def day(self, name: str, *, required: bool = False) -> date | None:
        """A day (2026-11-23)."""
        text = self.text(name, required=required)
        if not text or name in self.faults:
            return None
        try:
            return date.fromisoformat(text)
        except ValueError:
            self.fault(name, _("“%(given)s”不是日期，应如 2026-11-23", given=text[:40]))
            return None

    def number(self, name: str, *, required: bool = False, least: int = 0, most: int = 10**6) -> int | None:
        """A whole number."""
        text = self.text(name, required=required)
        if not text or name in self.faults:
            return None
        if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
            self.fault(
                name, _("“%(given)s”不能用，应为 %(least)s 至 %(most)s 的整数", given=text[:40], least=least, most=most)
            )
            return None
        return int(text)

    def choice(self, name: str, vocabulary: type[_T], *, required: bool = False) -> _T | None:
        """A term of a vocabulary by its stored value."""
        text = self.text(name, required=required)
        if not text or name in self.faults:
            return None
        found = next((term for term in vocabulary if term.value == text), None)
        if found is None:
            self.fault(name, _("“%(given)s”不在可选的值之中，请从列表中选择", given=text[:40]))
        return found

    def choices(self, name: str, among: Iterable[_T]) -> list[_T]:
        """Several terms by their stored values, in the order of ``among``."""
        return [term for term in among if self.has(name, term.value)]

    def ticked(self, name: str) -> bool:
        """Whether a box is ticked."""
        return bool(self.value(name))
