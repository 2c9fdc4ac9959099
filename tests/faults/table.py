"""What came of each fault: rows of ``faults-results.json``, and the page made from them (``python -m tests.faults.table``)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from runtime.waiting import FileLock, Patience

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "faults-results.json"
PAGE = ROOT / "docs" / "faults.md"

INTRODUCTION = """\
# Faults

What is promised of what happens by itself (every reminder once, every lapse once, no figure wrong) is tried by doing
to it what happens to machines. `make faults` starts its own PostgreSQL and Redis, needs two cores and some minutes, and
writes `faults-results.json`; `python -m tests.faults.table` makes this page from it.

**A year lived under a fault.** An office has requests on every day of a year: some are answered, some wait for a
correction that never comes, for a company's opinion or for longer, some are forgotten and reminded of day by day.
Each day its officers do their work, jobs are elected, deadlines swept, the outbox emptied; nothing is simulated but
the clock. The same year is lived without a fault, and then compared: reminders by their key and the day they belong
to, events (lapses among them), deadlines, jobs, the figures of both annual reports, and whether `verify`, which
derives everything again from the log, finds anything. *Lost* is what the quiet year has and this one has not,
*doubled* what this one has beyond it.

**Real workers under a fault.** Celery workers and a Redis of their own do what follows from requests being
registered. In the end nothing waits, the draft counts what the log holds, and `verify` is clean.

What is not simulated whole: a full disk is a limit on how large a file may grow, set on the running servers, which
fails the same writes with another error number; a power cut, which would lose what the operating system had not yet
written, is not tried. Where the last column has a note, the two years may lawfully differ, and how is asserted.

| fault | times | cases | reminders | events | lost | doubled | figures | verify | note |
| --- | --: | --: | --: | --: | --: | --: | --- | --- | --- |
"""


def write_down(
    fault: str,
    times: int,
    *,
    cases: int,
    events: int,
    reminders: int | None,
    lost: int,
    doubled: int,
    figures: bool,
    verify: bool,
    note: str = "",
) -> None:
    """Keep a row; two processes may do so at once."""
    row = {
        "fault": fault,
        "times": times,
        "cases": cases,
        "reminders": reminders,
        "events": events,
        "lost": lost,
        "doubled": doubled,
        "figures": figures,
        "verify": verify,
        "note": note,
    }
    lock = FileLock(RESULTS)
    try:
        lock.lock(Patience("writing down a fault", 30.0, quiet=True), shared=False)
        rows = [each for each in read() if each["fault"] != fault] + [row]
        rows.sort(key=lambda each: (each["reminders"] is None, -each["cases"], each["fault"]))
        RESULTS.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    finally:
        lock.close()


def read() -> list[dict[str, Any]]:
    """The rows of the last runs."""
    written = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else ""
    return list(json.loads(written or "[]"))


def page(rows: list[dict[str, Any]]) -> str:
    """The page of these rows."""
    lines = []
    for row in rows:
        reminders = "–" if row["reminders"] is None else f"{row['reminders']:,}"
        figures = "equal" if row["figures"] else "DIFFER"
        clean = "clean" if row["verify"] else "FINDINGS"
        counts = (
            f"{row['times']:,} | {row['cases']:,} | {reminders} | {row['events']:,} | {row['lost']} | {row['doubled']}"
        )
        lines.append(f"| {row['fault']} | {counts} | {figures} | {clean} | {row['note']} |")
    return INTRODUCTION + "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(read()), encoding="utf-8")
