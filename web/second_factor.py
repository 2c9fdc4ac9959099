"""动态口令: the second factor, six digits that change each half minute (RFC 6238), as any authenticator shows them."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO

import pyotp
import segno

from models.personal import FieldCipher

_STEP = 30
_WINDOW = 1
"""How many half minutes a telephone's clock may be off, either way."""


def place(account_id: int) -> str:
    """What a sealed secret is bound to."""
    return f"user_account:totp_secret:{account_id}"


def new_secret() -> str:
    """A secret for an authenticator, in base32."""
    return pyotp.random_base32()


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The half minute that this code belongs to; None for a wrong one."""
    plain = "".join(code.split())
    if not (plain.isascii() and plain.isdigit()):
        return None
    totp = pyotp.TOTP(secret)
    current = int(now.timestamp()) // _STEP
    for step in range(current - _WINDOW, current + _WINDOW + 1):
        if pyotp.utils.strings_equal(totp.generate_otp(step), plain):
            return step
    return None


def picture(secret: str, login: str, issuer: str) -> str:
    """The QR code as SVG, to be put into a page."""
    address = pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=issuer)
    out = BytesIO()
    segno.make(address, error="m").save(
        out, kind="svg", xmldecl=False, svgns=True, scale=5, svgclass=None, lineclass=None, omitsize=False
    )
    return out.getvalue().decode()


def opened(cipher: FieldCipher, sealed: bytes | None, account_id: int) -> str | None:
    """The secret of an account; None where there is none."""
    return cipher.open(sealed, place(account_id))
