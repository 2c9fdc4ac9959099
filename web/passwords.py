"""密码: argon2id hashes, what a password must be, and those given for the first time."""

from __future__ import annotations

import secrets
import threading
import unicodedata

from argon2 import PasswordHasher, Type
from argon2.exceptions import Argon2Error, InvalidHashError

from runtime.settings import Settings
from web.language import gettext as _

SHORTEST, LONGEST, CLASSES = 10, 128, 3
"""The number of characters, and of how many of four classes. GB/T 22239 asks for complexity without a number."""

_AT_ONCE = 4
"""Hashes made at the same time: each takes the memory that the settings say."""

_CLEAR = "abcdefghjkmnpqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789"


class Passwords:
    """Makes and checks hashes at the cost that the settings say. Takes a tenth of a second: call it in a thread."""

    def __init__(self, settings: Settings) -> None:
        """Prepare; a hash of nobody's password is made for logins that do not exist."""
        self._hasher = PasswordHasher(
            time_cost=settings.argon2_time,
            memory_cost=settings.argon2_memory_kib,
            parallelism=settings.argon2_lanes,
            type=Type.ID,
        )
        self._turns = threading.BoundedSemaphore(_AT_ONCE)
        self._nobodys: str | None = None

    def hash(self, password: str) -> str:
        """The argon2id text of a password."""
        with self._turns:
            return self._hasher.hash(_plain(password))

    def matches(self, hashed: str | None, password: str) -> bool:
        """Whether the password is the one of this hash. Takes as long for None, which nothing matches."""
        if hashed is None and self._nobodys is None:
            self._nobodys = self.hash(secrets.token_urlsafe(24))
        with self._turns:
            try:
                self._hasher.verify(hashed or self._nobodys or "", _plain(password))
            except (Argon2Error, InvalidHashError):
                return False
        return hashed is not None


def _plain(password: str) -> str:
    """As it is hashed: a password typed with another input method is the same password."""
    return unicodedata.normalize("NFKC", password)


def weakness(password: str, login: str) -> str | None:
    """Why this cannot be somebody's password, as a sentence; None where it can."""
    plain = _plain(password)
    if not SHORTEST <= len(plain) <= LONGEST:
        return _(
            "密码应为 %(least)s 至 %(most)s 个字符，现在是 %(now)s 个", least=SHORTEST, most=LONGEST, now=len(plain)
        )
    classes = (
        any(c.islower() for c in plain),
        any(c.isupper() for c in plain),
        any(c.isdigit() for c in plain),
        any(not c.isalnum() or (c.isalpha() and not c.isupper() and not c.islower()) for c in plain),
    )
    if sum(classes) < CLASSES:
        return _("密码应含有大写字母、小写字母、数字、其他字符四类中的三类，现在是 %(now)s 类", now=sum(classes))
    if login and login in plain.casefold():
        return _("密码不能含有登录名")
    return None


def initial_password() -> str:
    """A password for the first time: easy to read aloud, in three groups, as strong as 60 random bits."""
    while True:
        word = "".join(secrets.choice("".join(_CLEAR)) for _ in range(12))
        if all(any(c in letters for c in word) for letters in _CLEAR):
            return "-".join(word[i : i + 4] for i in range(0, 12, 4))
