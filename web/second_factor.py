"""动态口令: the second factor, six digits that change each half minute (RFC 6238), as any authenticator shows them."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta
from io import BytesIO

import pyotp
import segno

from models.personal import FieldCipher, UnreadableField

_STEP = 30
_WINDOW = 1
"""How many half minutes a telephone's clock may be off, either way."""

OFFERED_FOR = timedelta(minutes=10)
"""How long somebody has to put a secret into an authenticator, after showing again who they are."""


def place(account_id: int) -> str:
    """What a sealed secret is bound to."""
    return f"user_account:totp_secret:{account_id}"


def new_secret() -> str:
    """A secret for an authenticator, in base32."""
    return pyotp.random_base32()


def offer(cipher: FieldCipher, secret: str, session_id: int, now: datetime) -> str:
    """A secret sealed for a page of this session: it is stored nowhere before a code has shown that it is kept."""
    kept = json.dumps([secret, (now + OFFERED_FOR).isoformat()])
    return urlsafe_b64encode(cipher.seal(kept, _offer_place(session_id)) or b"").decode()


def secret_of(cipher: FieldCipher, offered: str, session_id: int, now: datetime) -> str | None:
    """The secret of an offer; None for one that has run out, or was not made for this session."""
    try:
        text = cipher.open(urlsafe_b64decode(offered), _offer_place(session_id))
        secret, until = json.loads(text or "")
    except (ValueError, UnreadableField):
        return None
    return str(secret) if now < datetime.fromisoformat(until) else None


def _offer_place(session_id: int) -> str:
    return f"second factor offer:{session_id}"


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
