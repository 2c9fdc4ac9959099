"""The servers' logs: one JSON object a line, and of a fault nothing that may be a person's."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from runtime.log_lines import Shape, speak


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def spoken(shape: Shape | None = "json") -> io.StringIO:
    stream = io.StringIO()
    speak("worker", shape, stream)
    return stream


def test_a_line_says_when_who_how_serious_and_what() -> None:
    stream = spoken()
    logging.getLogger("tasks.keeper").warning("the broker is away (%s)", "TimeoutError")
    [line] = lines(stream)
    assert line.pop("time").endswith("Z")
    assert line == {
        "event": "the broker is away (TimeoutError)",
        "level": "warning",
        "logger": "tasks.keeper",
        "part": "worker",
    }


def test_what_is_bound_goes_into_every_line() -> None:
    stream = spoken()
    with structlog.contextvars.bound_contextvars(task="a1", row=7):
        logging.getLogger("tasks.handlers").info("甲\n乙")
    structlog.get_logger("web").info("request", route="/healthz", status=200)
    first, second = lines(stream)
    assert (first["task"], first["row"], first["event"]) == ("a1", 7, "甲\n乙")
    assert (second["route"], second["status"], second["logger"]) == ("/healthz", 200, "web")
    assert "task" not in second


def test_of_a_fault_only_its_kind_and_places_are_said() -> None:
    stream = spoken()
    try:
        int("王小明")
    except ValueError as error:
        logging.getLogger("celery.app.trace").exception("task raised: %r", error)  # noqa: TRY401 - as Celery
        logging.getLogger("tasks.handlers").exception("outbox row %s", 7)
        structlog.get_logger("web").exception("request")
    for line in lines(stream):
        assert line["fault"] == "ValueError"
        assert line["at"][-1].endswith("test_of_a_fault_only_its_kind_and_places_are_said")
    assert lines(stream)[0]["event"] == "task raised: ValueError"
    assert "王小明" not in stream.getvalue()


def test_a_database_fault_says_its_code(engine: Any) -> None:
    stream = spoken()
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("SELECT 1 / 0 -- 王小明")
    except Exception:
        logging.getLogger("tasks").exception("stumbled")
    [line] = lines(stream)
    assert (line["fault"], line["sqlstate"]) == ("DivisionByZero", "22012")
    assert "王小明" not in stream.getvalue()


def test_plain_lines_on_a_terminal_and_json_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    for stream, is_plain in ((terminal, True), (io.StringIO(), False)):
        speak("beat", None, stream)
        logging.getLogger("celery.beat").info("tick")
        assert stream.getvalue().startswith("{") is not is_plain
        assert "tick" in stream.getvalue()


def test_plain_faults_hold_no_more_than_json_ones() -> None:
    stream = spoken("plain")
    try:
        int("王小明")
    except ValueError:
        logging.getLogger("web").exception("stumbled")
    assert "ValueError" in stream.getvalue()
    assert "王小明" not in stream.getvalue()


def test_the_addresses_of_requests_are_not_logged_by_the_server() -> None:
    stream = spoken()
    logging.getLogger("uvicorn.access").info('"GET /feed/SECRET.ics"')
    assert stream.getvalue() == ""
