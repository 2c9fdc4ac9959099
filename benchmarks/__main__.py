"""``make bench``: run every benchmark on a server of its own and print a table. ``bench-results.json`` keeps it."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from sqlalchemy import create_engine

from benchmarks import area, clock, intake, letters, outbox, rollup, search, sweep, transitions, whole_commands
from runtime import migrate
from runtime.testing import temporary_server


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="yishen-bench-") as folder, temporary_server(Path(folder)) as server:
        owner = create_engine(server.url("yishen_owner"))
        migrate.upgrade(owner)
        engine = create_engine(server.url("yishen_app"))
        results = {"a deadline against a bare bisect": clock.measure()}
        results |= {"roll-up of one agency's year against the bare GROUP BY": rollup.measure(engine, owner)}
        results |= {"an agency's year and its area out of 1,000,000 cases": area.measure(engine, owner)}
        results |= {"a page of cases among 1,000,000 of one agency": search.measure(engine, owner)}
        results |= {"a sweep of 10,000 due deadlines against one statement": sweep.measure(engine, owner)}
        engine.dispose()
        owner.dispose()
    with tempfile.TemporaryDirectory(prefix="yishen-bench-") as folder:
        results["durable transitions against the raw driver"] = transitions.measure(Path(folder))
    with tempfile.TemporaryDirectory(prefix="yishen-bench-") as folder:
        results["requests handed in through the interface"] = intake.measure(Path(folder))
    with tempfile.TemporaryDirectory(prefix="yishen-bench-") as folder:
        results["from the outbox to its effect"] = outbox.measure(Path(folder))
    with tempfile.TemporaryDirectory(prefix="yishen-bench-") as folder:
        results["letters in a batch against bare docxtpl"] = letters.measure(Path(folder))
    with tempfile.TemporaryDirectory(prefix="yishen-bench-") as folder:
        results["whole commands"] = whole_commands.measure(Path(folder))
    for title, rows in results.items():
        print(f"\n{title}")
        for row in rows:
            print("  " + "  ".join(f"{name}: {value}" for name, value in row.items()))
    Path("bench-results.json").write_text(json.dumps(results, ensure_ascii=False, indent=1), encoding="utf-8")


main()
