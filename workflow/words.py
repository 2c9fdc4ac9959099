"""The words a case is found by. Chinese is written without spaces, so every two characters in a row are a word. Pure.

A word carries its agency: an index over all agencies then finds those of one at once.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache


@lru_cache(maxsize=4096)
def words(agency_id: int, text: str) -> tuple[str, ...]:
    """The words of a text, in order, each once: its pairs of letters, digits and characters, width and case ignored.

    A text of one character has none: it is in too many others.
    """
    plain = plainly(text)
    return tuple(sorted({f"{agency_id}:{plain[at : at + 2]}" for at in range(len(plain) - 1)}))


def plainly(text: str) -> str:
    """A text as it is compared: NFKC, small letters, no spaces and no punctuation."""
    return "".join(ch for ch in unicodedata.normalize("NFKC", text).casefold() if ch.isalnum())
