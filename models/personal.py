"""Personal fields: sealed with AES-256-GCM, found again by a keyed digest, never stored in clear.

A sealed value is ``version (1) | key id (4) | nonce (12) | ciphertext and tag``. The place it belongs to (table,
row, column) is bound to it as associated data, so that a value moved to another row does not open.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import unicodedata

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_VERSION = b"\x01"
_KEY_ID = 4
_NONCE = 12
_SHORTEST_SECRET = 16


class UnreadableField(Exception):
    """A sealed value that this key does not open: another key, another place, or altered bytes."""


class FieldCipher:
    """Seals and opens personal fields with keys derived from one secret."""

    def __init__(self, secret: str) -> None:
        """Derive the keys from ``secret`` (YISHEN_SECRET_KEY), at least 16 characters; else ValueError."""
        if len(secret) < _SHORTEST_SECRET:
            raise ValueError(f"密钥只有 {len(secret)} 个字符，应至少 {_SHORTEST_SECRET} 个")
        master = secret.encode()
        self._aead = AESGCM(hmac.digest(master, b"yishen field encryption", hashlib.sha256))
        self._index_key = hmac.digest(master, b"yishen blind index", hashlib.sha256)
        self.key_id = hmac.digest(master, b"yishen key id", hashlib.sha256)[:_KEY_ID]

    def seal(self, value: str | None, place: str) -> bytes | None:
        """Seal ``value`` for ``place`` ("table:row:column"); None and the empty string stay None."""
        if not value:
            return None
        return self.seal_bytes(value.encode(), place)

    def seal_bytes(self, value: bytes, place: str) -> bytes:
        """Seal a file's content for ``place``."""
        nonce = os.urandom(_NONCE)
        head = _VERSION + self.key_id
        return head + nonce + self._aead.encrypt(nonce, value, head + place.encode())

    def open(self, sealed: bytes | None, place: str) -> str | None:
        """The value that was sealed for ``place``. Raises UnreadableField if it does not open."""
        if sealed is None:
            return None
        try:
            return self.open_bytes(sealed, place).decode()
        except ValueError as error:
            raise UnreadableField(f"{place} 的内容已损坏或者不属于这里") from error

    def open_bytes(self, sealed: bytes, place: str) -> bytes:
        """The content that :meth:`seal_bytes` sealed for ``place``. Raises UnreadableField if it does not open."""
        head, nonce, body = (
            sealed[: 1 + _KEY_ID],
            sealed[1 + _KEY_ID : 1 + _KEY_ID + _NONCE],
            sealed[1 + _KEY_ID + _NONCE :],
        )
        if head != _VERSION + self.key_id:
            raise UnreadableField(f"{place} 是用另一把密钥加密的")
        try:
            return self._aead.decrypt(nonce, body, head + place.encode())
        except (InvalidTag, ValueError) as error:
            raise UnreadableField(f"{place} 的内容已损坏或者不属于这里") from error

    def index(self, value: str | None) -> bytes | None:
        """A keyed digest of ``value`` that finds it again; case, width and inner spaces do not matter."""
        if not value:
            return None
        plain = "".join(unicodedata.normalize("NFKC", value).upper().split())
        return hmac.digest(self._index_key, plain.encode(), hashlib.sha256)
