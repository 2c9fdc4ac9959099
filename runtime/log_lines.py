"""What a server says in its log: one JSON object a line, or plain lines on a terminal.

The modules speak through ``logging``; structlog gives their words a shape. Of a fault its kind and the places it came
through are said, not its message: that may hold the value which was wrong, and with it people's data.
"""

from __future__ import annotations

import logging
import sys
import traceback
from typing import Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor

Shape = Literal["json", "plain"]

_LOUD = ("uvicorn.access", "celery.worker.strategy", "celery.app.trace", "kombu")
"""Who says too much, and is heard from warnings on: each request by its address, which may hold a key; each hint."""


def speak(part: str, shape: Shape | None = None, stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Shape everything that this process logs from now on; ``part`` is who speaks (web, worker, beat).

    Without ``shape``: plain where ``stream`` (standard error) is a terminal, else JSON.
    """
    out = stream or sys.stderr
    shape = shape or ("plain" if out.isatty() else "json")
    first: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        _Part(part),
        _fault,
    ]
    last: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
        if shape == "json"
        else structlog.dev.ConsoleRenderer(colors=False, timestamp_key="time")
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=first,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in _LOUD:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *first,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


class _Part:
    """Puts the part's name into every line."""

    def __init__(self, part: str) -> None:
        self._part = part

    def __call__(self, _: object, __: str, event: EventDict) -> EventDict:
        event["part"] = self._part
        return event


def _fault(_: object, __: str, event: EventDict) -> EventDict:
    """An exception as its kind and its places."""
    given = event.pop("exc_info", None)
    record = event.get("_record")
    if record is not None:
        # The formatter would write out the whole of it below the line.
        given = given or record.exc_info
        record.exc_info = record.exc_text = None
    if given is True:
        given = sys.exc_info()
    error = given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        # A database's error stands inside that of its driver's.
        cause = getattr(error, "orig", None) or error
        kind = type(cause).__name__
        event["fault"] = kind
        if state := getattr(cause, "sqlstate", None):
            event["sqlstate"] = state
        event["at"] = [f"{at.filename}:{at.lineno} {at.name}" for at in traceback.extract_tb(error.__traceback__)]
        # Celery puts a fault's own words into its sentence as well.
        for words in filter(None, (repr(error), str(error))):
            event["event"] = str(event["event"]).replace(words, kind)
    return event
