"""The language of pages: Chinese is what is written in code and templates; English is in ``locale/en``.

The catalogue is compiled from its ``.po`` files, one for each area, when it is first needed.
"""

from __future__ import annotations

import io
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations
from pathlib import Path
from typing import Any

from models.vocabulary import Term

LANGUAGES = {"zh": "中文", "en": "English"}
COOKIE = "yishen_language"
LOCALE = Path(__file__).with_name("locale")

_current: ContextVar[str] = ContextVar("language", default="zh")


def speak(language: str | None) -> None:
    """Say everything in this language from now on in this request; what is unknown is Chinese."""
    _current.set(language if language in LANGUAGES else "zh")


def wanted(accepted: str) -> str | None:
    """The first language of an Accept-Language header that there is; None where there is none of them."""
    ranges = (each.partition(";")[0].strip().partition("-")[0].lower() for each in accepted.split(","))
    return next((each for each in ranges if each in LANGUAGES), None)


def spoken() -> str:
    """The language of this request."""
    return _current.get()


def gettext(message: str, **values: Any) -> str:
    """The sentence in the language of this request, its ``%(name)s`` filled in."""
    said = message if spoken() == "zh" else english().gettext(message)
    return said % values if values else said


def ngettext(singular: str, plural: str, number: int, **values: Any) -> str:
    """As :func:`gettext`, for a sentence with a number."""
    values.setdefault("num", number)
    said = (singular if number == 1 else plural) if spoken() == "zh" else english().ngettext(singular, plural, number)
    return said % values


def later(message: str) -> str:
    """Mark a sentence for the catalogue where it is written down; :func:`gettext` says it where it is shown."""
    return message


def label(term: Term | str) -> str:
    """The label of a term of a vocabulary in the language of this request."""
    return gettext(term.label) if isinstance(term, Term) else term


@cache
def english() -> GNUTranslations:
    """The English catalogue, of all the files that there are."""
    from babel.messages.catalog import Catalog
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    found = Catalog(locale="en")
    for path in sorted((LOCALE / "en" / "LC_MESSAGES").glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="en"):
                if message.id:
                    found[message.id] = message
    compiled = io.BytesIO()
    write_mo(compiled, found)
    compiled.seek(0)
    return GNUTranslations(compiled)
