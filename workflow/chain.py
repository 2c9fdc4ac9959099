"""A chain of hashes (哈希链): what is written once and in order, so that no byte of it can change unseen. Pure.

The log of a case, the audit log, and the sealed versions of reports are such chains: each row has the hash of the row
before it, and a hash of that and of its own content.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

FIRST_HASH = bytes(32)
"""What the first row of a chain has for the hash before it."""

canonical_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode
"""A value in the form of which hashes are made."""


def instant(at: datetime) -> str:
    """An instant in the form of which hashes are made: in UTC, to the microsecond."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def digest(previous_hash: bytes, content: Sequence[Any]) -> bytes:
    """The SHA-256 of a row: of the hash before it and of its content."""
    return hashlib.sha256(bytes(previous_hash) + canonical_json(content).encode()).digest()


@dataclass(frozen=True, slots=True)
class Link:
    """A row of a chain as it was found.

    ``follows``: its number is ``expected``, the one after that of the row before; ``joined``: it has the hash of the
    row before; ``whole``: its content has its hash.
    """

    row: Mapping[str, Any]
    expected: int
    follows: bool
    joined: bool
    whole: bool


def links(
    rows: Iterable[Mapping[str, Any]], hash_of: Callable[[Mapping[str, Any]], bytes], number: str = "seq"
) -> Iterator[Link]:
    """Each row of one chain, in the order of its column ``number``, held against its hash and the row before.

    What this cannot see is that the last rows of a chain are gone.
    """
    previous, expected = FIRST_HASH, 1
    for row in rows:
        follows = row[number] == expected
        yield Link(row, expected, follows, row["previous_hash"] == previous, row["hash"] == hash_of(row))
        previous, expected = row["hash"], row[number] + 1
