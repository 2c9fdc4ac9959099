"""密码: argon2id hashes, what a password must be, and those given for the first time."""

from __future__ import annotations

import re
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

_LEFT = 4
"""Letters and digits that must be left of a password when what everybody tries first is taken away."""

_WORDS_TRIED = (
    # What this system and its people are called.
    "yishengongkai yishenqing yishen xinxigongkai zhengwugongkai gongkai xinxi zhengfu bangong shujuju "
    "administrator admin manager officer operator guest user root system oracle server super master "
    # What people choose all over the world, and here.
    "password passwort passwd pass welcome letmein login secret changeme default test testing temp hello iloveyou "
    "love monkey dragon football baseball basketball superman batman spiderman michael jordan charlie christopher "
    "alexander elizabeth sebastian liverpool arsenal samsung huawei xiaomi nokia google minecraft pokemon starwars "
    "birthday chocolate butterfly beautiful sunshine princess freedom computer internet windows "
    "woaini zhongguo china beijing shanghai jiayou laopo wangwei zhangwei zhang wang zhao liu chen yang"
)
_WORDS = sorted(_WORDS_TRIED.split(), key=len, reverse=True)

_ROWS = (
    "1234567890 qwertyuiop asdfghjkl zxcvbnm abcdefghijklmnopqrstuvwxyz !@#$%^&*() qazwsxedcrfvtgbyhn"
    " 1qaz2wsx3edc4rfv5tgb 1qazxsw23edcvfr4 1q2w3e4r5t6y7u8i9o0p q1w2e3r4t5y6u7i8o9p0 1a2s3d4f5g6h a1s2d3f4g5h6"
    " 1z2x3c4v5b z1x2c3v4b5 a1b2c3d4e5 1a2b3c4d5e qweasdzxc"
)
_WALKS = tuple(way for row in _ROWS.split() for way in (row, row[::-1]))
"""Ways over the keyboard, and the alphabet."""

_SHORTEST_WALK = 3
_LIKE_LETTERS = str.maketrans("@4$5013!", "aassoiei")

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
    if _is_easy(plain):
        return _("密码太容易猜：不能只由常用词、键盘上相连的键、年份组成，应换用别人想不到的")
    return None


def _is_easy(password: str) -> bool:
    """Whether a password is little more than what everybody tries first: Password123, P@ssw0rd-2026, 1qaz@WSX3edc."""
    plain = password.casefold()
    unmasked = re.sub(r"[a-z][a-z@4$5013!]*[a-z]", lambda found: found[0].translate(_LIKE_LETTERS), plain)
    # On a keyboard the signs lie over the digits.
    unshifted = plain.translate(str.maketrans("!@#$%^&*()", "1234567890"))
    return any(_left(each) < _LEFT for each in (plain, unmasked, unshifted))


def _left(plain: str) -> int:
    """How many different letters and digits are left without words, years, walks and repetitions."""
    for word in _WORDS:
        plain = plain.replace(word, " ")
    plain = re.sub(r"(?<!\d)(?:19|20)\d\d(?!\d)", " ", plain)
    at, kept = 0, set()
    while at < len(plain):
        end = at + 1
        while end < len(plain) and (any(plain[at : end + 1] in way for way in _WALKS) or plain[at] == plain[end]):
            end += 1
        if end - at < _SHORTEST_WALK:
            kept.add(plain[at])
            end = at + 1
        at = end
    return sum(each.isalnum() for each in kept)


def initial_password() -> str:
    """A password for the first time: easy to read aloud, in three groups, as strong as 60 random bits."""
    while True:
        word = "".join(secrets.choice("".join(_CLEAR)) for _ in range(12))
        if all(any(c in letters for c in word) for letters in _CLEAR):
            return "-".join(word[i : i + 4] for i in range(0, 12, 4))
