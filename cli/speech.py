"""How the command speaks: results on standard output, everything else on standard error."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


def say(text: str) -> None:
    """One line of result on standard output."""
    print(text)


def say_json(document: Any) -> None:
    """One JSON document on standard output."""
    print(json.dumps(document, ensure_ascii=False, indent=1))


def note(text: str) -> None:
    """One line for the person at the screen, on standard error."""
    print(text, file=sys.stderr, flush=True)


_EVERY = 2.0


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Tell how far long work has come: a line in place on a terminal, a line every two seconds in a log."""
    terminal = sys.stderr.isatty()
    started = last = time.monotonic()
    shown = False

    def advance(done: int, total: int) -> None:
        nonlocal last, shown
        now = time.monotonic()
        if now - last < (0.1 if terminal else _EVERY):
            return
        last, shown = now, True
        share = f"{done * 100 // total}%" if total else ""
        text = f"{what} {done}/{total} {share}（{now - started:.0f} 秒）"
        print(f"\r\x1b[K{text}" if terminal else text, end="" if terminal else "\n", file=sys.stderr, flush=True)

    try:
        yield advance
    finally:
        if terminal and shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
