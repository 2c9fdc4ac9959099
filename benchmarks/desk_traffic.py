"""``make load``: an office at work in the browser, on the whole system as ``yishen run`` starts it.

500 things done a minute (some take two pages), for as many minutes as asked (``python -m benchmarks.desk_traffic 10``), by eight officers of an
agency with 15,000 cases: looking, searching, registering, trying and recording steps. Each page is asked for at a
moment that was chosen beforehand and timed from it, so one that has to wait for another counts its waiting too.
Bar: no error, 95 of 100 pages within 300 ms.
"""

from __future__ import annotations

import itertools
import json
import os
import queue
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2 as httpx
from lxml import html

from benchmarks.big_ledger import write
from runtime.testing import whole_system
from workflow.desk import CHINA

CASES = 15_000
A_MINUTE = 500
PEOPLE = 8
BAR_MS = 300
AGENCY = "traffic"
PASSWORD = "Xiawu-3dian-kaihui"
_HOW_OFTEN = {
    "the case's page": 25,
    "the workbench": 18,
    "the list": 12,
    "a search": 10,
    "a step's form": 8,
    "registering looks ahead": 8,
    "a request is registered": 5,
    "a step is tried": 4,
    "a step is recorded": 4,
    "the inbox": 3,
    "the annual report": 2,
    "a figure's cases": 1,
}
"""Of a hundred things that officers do."""


REGISTERED = "a request is registered"
_PAGES = {
    "the case's page": ["/cases/{number}"],
    "the workbench": ["/desk"],
    "the list": ["/cases", "/cases?state=received", "/cases?state=refused"],
    "a step's form": ["/cases/{number}/steps/note"],
    "the inbox": ["/inbox"],
    "the annual report": ["/reports/2023", "/reports/2024"],
    "a figure's cases": ["/reports/2024/cells?path=results/granted"],
}
_NOTE = ("/cases/{number}/steps/note", "", {"text": "电话联系申请人，说明办理进度"})
_FORMS: dict[str, tuple[str, str, dict[str, str]]] = {
    "a search": ("/cases", "/cases/search", {}),
    "registering looks ahead": ("/register", "/register/preview", {}),
    REGISTERED: ("/register", "", {"act": "save"}),
    "a step is tried": (*_NOTE[:2], _NOTE[2] | {"try": "1"}),
    "a step is recorded": _NOTE,
}
"""The page with the form, where it is sent (where the form says, if empty), and what is filled in."""


class Trouble(Exception):
    """A page that is not what was asked for."""


def today() -> date:
    """The office's day."""
    return datetime.now(CHINA).date()


@dataclass
class Times:
    """Milliseconds by what was done, and what went wrong."""

    by_kind: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    troubles: list[str] = field(default_factory=list)


class Officer:
    """Somebody at a browser, signed in."""

    def __init__(self, address: str, login: str, first_password: str, numbers: list[str], seed: int) -> None:
        self._client = httpx.Client(
            base_url=address, timeout=30, headers={"accept": "text/html"}, follow_redirects=True
        )
        self._numbers, self._chance = numbers, random.Random(seed)  # whom to look at, no secret
        self.registered: list[str] = []
        self._since = 0.0
        self.pages: list[float] = []
        self._fill("/sign-in", login=login, password=first_password)
        self._fill("/account/password", old=first_password, new=PASSWORD, again=PASSWORD)
        self._get("/desk")

    def do(self, kind: str, since: float) -> None:
        """Do it; ``pages`` has the milliseconds of each page that it took, the first from the moment ``since``."""
        number, self._since, self.pages = self._chance.choice(self._numbers), since, []
        if kind in _PAGES:
            self._get(self._chance.choice(_PAGES[kind]).format(number=number))
            return
        path, action, fields = _FORMS[kind]
        letter = self._letter() if path == "/register" else {}
        wanted = {"text": f"{self._chance.randrange(CASES)}号"} if kind == "a search" else {}
        answer = self._fill(path.format(number=number), action, **letter, **fields, **wanted)
        if kind == REGISTERED:
            self.registered.append(answer.url.path.rpartition("/")[2])

    def _letter(self) -> dict[str, str]:
        name = f"来访者{self._chance.randrange(10**6)}"
        subject = f"{name}申请公开{self._chance.randrange(10**6)}号文件"
        yesterday = (today() - timedelta(days=1)).isoformat()
        letter = {"channel": "in_person", "kind": "natural_person", "name": name, "subject": subject}
        return letter | {"submitted_on": yesterday, "telephone": "13800000000", "form": "纸质"}

    def _get(self, path: str) -> httpx.Response:
        return self._checked(self._client.get(path))

    def _fill(self, path: str, action: str = "", **values: str) -> httpx.Response:
        """Fetch the page, fill the form on it that has the first of the fields, and send it (to ``action``)."""
        page = html.fromstring(self._get(path).text)
        fields = set(values) - {"act", "try"}
        form = next((form for form in page.forms if fields <= set(form.fields)), None)
        if form is None:
            raise Trouble(f"{path}: no form with {', '.join(fields)}")
        given = dict(form.form_values()) | values
        target = action or form.action or path
        return self._checked(self._client.post(target, data=given))

    def _checked(self, answer: httpx.Response) -> httpx.Response:
        now = time.perf_counter()
        self.pages.append((now - self._since) * 1000)
        self._since = now
        if answer.status_code != httpx.codes.OK:
            raise Trouble(f"{answer.request.method} {answer.request.url.path}: {answer.status_code}")
        return answer


def _environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path.cwd()), "YISHEN_DATA_DIR": str(folder / "var")}


def _command(folder: Path, *arguments: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", "cli", *arguments],
        cwd=folder,
        env=_environment(folder),
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def _prepare(folder: Path) -> tuple[list[str], list[str]]:
    """The first passwords of the officers, and the numbers of some cases."""
    last = today() - timedelta(days=1)
    write(folder / "ledger.csv", CASES, date(last.year - 3, 1, 1), last)
    _command(folder, "init", "--agency", AGENCY, "--name", "某区人民政府")
    _command(folder, "import", "ledger.csv", "--agency", AGENCY)
    roles = ("--role", "收件登记人", "--role", "经办人", "--role", "公开机构负责人")
    passwords = []
    for index in range(PEOPLE):
        made = _command(
            folder, "user", "add", f"经办{index}", "--login", f"officer{index}", "--agency", AGENCY, *roles, "--json"
        )
        passwords.append(json.loads(made)["password"])
    listed = json.loads(_command(folder, "case", "list", "--agency", AGENCY, "--json"))
    numbers = [each["number"] for each in (listed if isinstance(listed, list) else listed["cases"])]
    return passwords, numbers


def _work(officer: Officer, due: queue.Queue[tuple[float, str] | None], times: Times) -> None:
    while (what := due.get()) is not None:
        at, kind = what
        try:
            officer.do(kind, at)
        except (Trouble, httpx.HTTPError) as trouble:
            times.troubles.append(f"{kind}: {trouble!r}")
        times.by_kind[kind] += officer.pages


def measure(minutes: float) -> list[dict[str, Any]]:
    """Rows of results: what was done, how often, and its milliseconds."""
    times, due = Times(), queue.Queue[tuple[float, str] | None]()
    chance = random.Random(1)  # the order of pages, no secret
    with tempfile.TemporaryDirectory(prefix="yishen-load-") as name:
        folder = Path(name)
        passwords, numbers = _prepare(folder)
        with whole_system(folder, _environment(folder)) as (address, _):
            officers = [
                Officer(address, f"officer{index}", password, numbers, index)
                for index, password in enumerate(passwords)
            ]
            threads = [threading.Thread(target=_work, args=(officer, due, times)) for officer in officers]
            for thread in threads:
                thread.start()
            start = time.perf_counter()
            moments = sorted(chance.uniform(0, minutes * 60) for _ in range(round(minutes * A_MINUTE)))
            for moment in moments:
                time.sleep(max(0.0, start + moment - time.perf_counter()))
                due.put((start + moment, chance.choices(list(_HOW_OFTEN), list(_HOW_OFTEN.values()))[0]))
            for _ in threads:
                due.put(None)
            for thread in threads:
                thread.join()
        stored = _command(folder, "case", "list", "--agency", AGENCY, "--json")
    return _rows(times, [number for officer in officers for number in officer.registered], stored)


def _rows(times: Times, registered: list[str], stored: str) -> list[dict[str, Any]]:
    rows = [{"what": kind, **_spread(times.by_kind[kind])} for kind in _HOW_OFTEN if times.by_kind[kind]]
    every = _spread(list(itertools.chain.from_iterable(times.by_kind.values())))
    lost, twice = sum(number not in stored for number in registered), len(registered) - len(set(registered))
    met = every["p95 ms"] <= BAR_MS and not times.troubles and not lost and not twice
    total = {
        "what": f"{A_MINUTE} a minute, all",
        **every,
        "errors": len(times.troubles),
        "registered": len(registered),
        "lost": lost,
        "twice": twice,
        "bar": f"p95 {BAR_MS} ms, no error",
        "verdict": "met" if met else "MISSED",
    }
    return [*rows, total, *({"trouble": each} for each in times.troubles[:10])]


def _spread(values: list[float]) -> dict[str, Any]:
    cuts = statistics.quantiles(values, n=100) if len(values) > 1 else values * 99
    return {
        "times": len(values),
        "median ms": round(statistics.median(values), 1),
        "p95 ms": round(cuts[94], 1),
        "worst ms": round(max(values), 1),
    }


if __name__ == "__main__":
    for row in measure(float(sys.argv[1]) if len(sys.argv) > 1 else 10):
        print("  ".join(f"{name}: {value}" for name, value in row.items()))
