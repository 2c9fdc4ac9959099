"""Servers for tests: fast, because a power cut may spoil them; a kill -9 loses nothing, as with any other."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from runtime.children import kill_group
from runtime.faults import RuntimeFault
from runtime.logs import open_log
from runtime.redis import EmbeddedBroker, embedded_broker
from runtime.settings import Settings
from runtime.trial import FORGETFUL, temporary_server, wait_until_stopped

__all__ = [
    "FORGETFUL",
    "FORGETFUL_BROKER",
    "TemporaryBroker",
    "answering",
    "free_port",
    "temporary_broker",
    "temporary_server",
    "wait_until_stopped",
    "whole_system",
]

FORGETFUL_BROKER = ("--appendfsync", "no")


class TemporaryBroker:
    """A broker for tests, which they may kill and start again."""

    def __init__(self, broker: EmbeddedBroker, log: Path) -> None:
        """Use :func:`temporary_broker`."""
        self.url = broker.address.url
        """For Celery's ``broker_url``."""
        self.socket = broker.socket
        self._part = broker.part
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The server's process id. ``RuntimeError`` when it does not run."""
        if self._process is None:
            raise RuntimeError("the broker does not run")
        return self._process.pid

    def start(self) -> None:
        """Start the server and wait until it answers, its data loaded. ``RuntimeFault`` when it ends instead."""
        with open_log(self._log) as log:
            self._process = self._part.start(log)
        while self._part.is_ready is not None and not self._part.is_ready():
            if self._process.poll() is not None:
                raise RuntimeFault(f"the broker ended: {self._log.read_text(encoding='utf-8')[-400:]}")
            time.sleep(0.01)

    def kill(self) -> None:
        """Kill -9, if it runs; what it had been told is there after the next start."""
        if self._process is not None:
            kill_group(self._process.pid)
            self._process.wait()
            self._process = None

    def stop(self, seconds: float = 10.0) -> None:
        """Stop it in good order. ``TimeoutExpired`` if it stays."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(seconds)
            self._process = None


@contextmanager
def temporary_broker(tmp_dir: Path) -> Iterator[TemporaryBroker]:
    """A running broker of its own under ``tmp_dir``, gone when the block ends. Binary as ``YISHEN_REDIS_BIN`` says."""
    settings = Settings(data_dir=tmp_dir / "var", broker_url=None)
    with embedded_broker(settings, tuning=FORGETFUL_BROKER) as broker:
        temporary = TemporaryBroker(broker, settings.data_dir / "broker.log")
        try:
            temporary.start()
            yield temporary
        finally:
            temporary.kill()


def free_port() -> int:
    """A port of this machine on which nothing listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answering(address: str, process: subprocess.Popen[Any], log: Path, seconds: float = 90.0) -> None:
    """Wait until a server that was started answers at this address, and answers well.

    ``RuntimeFault`` with the end of its log when it ends before, or is not that far after so many seconds.
    """
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        with suppress(OSError), urlopen(address, timeout=5):  # noqa: S310 - a server of this machine
            return
        time.sleep(0.1)
    raise RuntimeFault(f"{address} does not answer: {log.read_text(encoding='utf-8')[-3000:]}")


@contextmanager
def whole_system(folder: Path, environment: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
    """``yishen run`` in this folder until the block ends: its address, and the log of what it says."""
    log, port = folder / "run.log", free_port()
    with log.open("w") as out:
        running = subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-m", "cli", "run", "--port", str(port)],
            cwd=folder,
            env=environment,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        answering(f"{address}/readyz", running, log)
        yield address, log
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait(60)
