"""What root needs to try things as an ordinary user."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
import pytest

from runtime.account import Account
from tests.runtime.halls import PROJECT

NOBODY = Account(65534, 65534, "nobody")


def ordinary_python(probe: str) -> tuple[Account, str, dict[str, str]]:
    """An ordinary user, a Python that it can run ``probe`` with, and the environment for that."""
    site = Path(psycopg.__file__).parents[1]
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    env = {"PYTHONPATH": f"{PROJECT}:{site}", "PATH": "/usr/bin:/bin"}

    def works(python: str) -> bool:
        try:
            process = NOBODY.popen([python, "-c", probe], env=env, stdout=subprocess.DEVNULL)
        except OSError:
            return False
        return process.wait() == 0

    python = next((each for each in (sys.executable, f"/usr/bin/{version}") if works(each)), None)
    if python is None:
        pytest.skip("no Python that the user nobody can run with these packages")
    return NOBODY, python, env


def ordinary_folder(owner: Account) -> Path:
    """A folder of the user's own. Below pytest's folder, which is root's alone, it could enter nothing."""
    folder = Path(tempfile.mkdtemp(prefix="yishen-test-"))
    os.chown(folder, owner.uid, owner.gid)
    return folder
