"""Style sheets, scripts and pictures: our own and Bootstrap's, under an address that changes with what is in them.

Bootstrap's come from the package that pip installed; nothing is fetched from elsewhere.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from fastapi import Request, Response

_OURS = Path(__file__).with_name("static")
_BOOTSTRAP = ("css/bootstrap.min.css", "js/bootstrap.bundle.min.js", "LICENSE")
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    "": "text/plain; charset=utf-8",
}
_YEAR = 31_536_000


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is sent."""

    body: bytes
    packed: bytes
    media_type: str


@cache
def assets() -> tuple[str, dict[str, Asset]]:
    """All of them by name, and the digest of all of them."""
    spec = find_spec("bootstrap_wrapper")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("bootstrap_wrapper")
    bootstrap = Path(spec.origin).parents[1] / "bootstrap"
    files = {f"bootstrap/{name}": bootstrap / name for name in _BOOTSTRAP}
    files |= {path.name: path for path in sorted(_OURS.iterdir()) if path.suffix in _TYPES}
    digest = hashlib.sha256()
    found = {}
    for name, path in files.items():
        body = path.read_bytes()
        if path.suffix in {".css", ".js"}:
            # The maps that they name are for those who work on Bootstrap, and are not served.
            body = b"\n".join(line for line in body.splitlines() if b"sourceMappingURL=" not in line) + b"\n"
        digest.update(name.encode() + b"\0" + hashlib.sha256(body).digest())
        found[name] = Asset(body, gzip.compress(body, 6, mtime=0), _TYPES[path.suffix])
    return digest.hexdigest()[:12], found


def address(name: str) -> str:
    """Where a page finds an asset. KeyError for one that is not there."""
    digest, found = assets()
    found[name]
    return f"/static/{digest}/{name}"


def answer(request: Request, digest: str, name: str) -> Response | None:
    """The asset, to be kept for a year; None where there is none, or its address is an old one."""
    known, found = assets()
    if digest != known or name not in found:
        return None
    asset = found[name]
    headers = {"Cache-Control": f"public, max-age={_YEAR}, immutable", "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(asset.packed, media_type=asset.media_type, headers={**headers, "Content-Encoding": "gzip"})
    return Response(asset.body, media_type=asset.media_type, headers=headers)
