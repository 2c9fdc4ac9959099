"""What all answers share: headers, and the page that waits. Light to import, for it is there before the rest."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

TEMPLATES = Path(__file__).with_name("templates")
_STYLE = (TEMPLATES / "waiting.css").read_text(encoding="utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    # Not "no-referrer": a form would then be sent without its origin, which is looked at.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}
"""On every answer. TLS is the business of the server in front."""

OVER_TLS = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}
"""Besides, where people are known to reach us over TLS (``YISHEN_WEB_URL``): their browsers ask no other way again."""

WAITING_HEADERS = {
    **HEADERS,
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
}


def styled(page: str) -> str:
    """The policy for a page that stands alone and holds its style in itself: that style by its digests alone."""
    styles = [*re.findall(r"<style>(.*?)</style>", page, re.DOTALL), *re.findall(r'style="([^"]*)"', page)]
    digests = {base64.b64encode(hashlib.sha256(each.encode()).digest()).decode() for each in styles}
    hashes = " ".join(f"'sha256-{digest}'" for digest in sorted(digests))
    return f"default-src 'none'; style-src 'unsafe-hashes' {hashes}; frame-ancestors 'none'; sandbox"


WAITING = (TEMPLATES / "waiting.html").read_text(encoding="utf-8").replace("{{ style }}", _STYLE)
"""Shown while the database is being prepared; it looks again by itself, and holds its style in itself."""
