"""The office as a command opens it: who acts, and that what takes time is told."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager

from cli.speech import note
from runtime.settings import Settings
from tasks import office
from tasks.office import Office, now, reading

__all__ = ["Office", "actor", "now", "open_office", "reading"]


def actor(kind: str) -> str:
    """Who acts, as the log names them: the way in and the login name on this machine."""
    try:
        return f"{kind}:{getpass.getuser()}"
    except (KeyError, OSError):
        return f"{kind}:unknown"


@contextmanager
def open_office(*, upgrade: bool = False, settings: Settings | None = None) -> Iterator[Office]:
    """Open the office as :func:`tasks.office.open_office`; what takes time is told on standard error."""
    with office.open_office(upgrade=upgrade, settings=settings, tell=note) as opened:
        yield opened
