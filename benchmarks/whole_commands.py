"""Whole commands, as an office waits for them: import of 15,000 rows, 2,000 sets of facts, verify.

Each beside the time that Python itself needs to read the same file, in the same run.
"""

from __future__ import annotations

import csv
import json
import os
import random
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from benchmarks.big_ledger import write

ROWS = 15_000
FACTS = 2_000


def _run(folder: Path, *arguments: str) -> tuple[float, int]:
    """Seconds and peak memory (MB) of one command."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "cli", *arguments],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(Path.cwd()), "YISHEN_DATA_DIR": str(folder / "var")},
    )
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise RuntimeError(f"{arguments} ended with {os.waitstatus_to_exitcode(status)}")
    process.returncode = 0
    return time.perf_counter() - start, usage.ru_maxrss // 1024


MOST_MEMORY = 400


def _judged(seconds: float, memory: int, most: float) -> dict[str, str]:
    met = seconds <= most and memory <= MOST_MEMORY
    return {"bar": f"{most:.0f} s, {MOST_MEMORY} MB", "verdict": "met" if met else "MISSED"}


def _facts() -> list[dict[str, Any]]:
    chance = random.Random(1)  # made-up cases, no secret
    made = []
    for _ in range(FACTS):
        received = date(2019, 1, 1) + timedelta(days=chance.randrange(2800))

        def day(after: int, received: date = received) -> str:
            return (received + timedelta(days=after)).isoformat()

        facts: dict[str, Any] = {"received": day(0), "as_of": day(40)}
        if chance.random() < 0.4:
            facts["correction"] = {"asked": day(3), "until": day(17), "received": day(12)}
        if chance.random() < 0.5:
            facts["consultations"] = [{"sent": day(14), "delivered": day(15), "ended": day(25)}]
        if chance.random() < 0.4:
            facts["extension"] = {"told": day(20), "working_days": chance.randint(1, 20)}
        made.append(facts)
    return made


def measure(folder: Path) -> list[dict[str, Any]]:
    """Rows of results: seconds, peak memory of the command in MB, and the bar."""
    ledger, facts = folder / "ledger.csv", folder / "facts.json"
    write(ledger, ROWS, date(2020, 1, 1), date(2023, 12, 31))
    facts.write_text(json.dumps(_facts()), encoding="utf-8")
    start = time.perf_counter()
    with ledger.open(encoding="utf-8-sig", newline="") as file:
        rows = sum(1 for _ in csv.DictReader(file))
    reading = time.perf_counter() - start
    results = [{"what": f"csv module reads {rows} rows", "seconds": round(reading, 2)}]
    started, _ = _run(folder, "--help")
    results.append({"what": "yishen --help", "seconds": round(started, 2)})
    seconds, memory = _run(folder, "deadline", str(facts))
    results.append(
        {
            "what": f"deadline, {FACTS} sets of facts",
            "seconds": round(seconds, 2),
            "MB": memory,
            **_judged(seconds, memory, 5.0),
        }
    )
    _run(folder, "init", "--agency", "a", "--name", "测试")
    for what in ("first time", "again, unchanged"):
        seconds, memory = _run(folder, "import", str(ledger), "--agency", "a")
        results.append(
            {
                "what": f"import of {rows} rows, {what}",
                "seconds": round(seconds, 2),
                "MB": memory,
                **_judged(seconds, memory, 60.0),
            }
        )
    seconds, memory = _run(folder, "verify")
    results.append({"what": "verify", "seconds": round(seconds, 2), "MB": memory})
    return results
