"""Every page that somebody can come to by links: nothing broken, nothing that a screen reader or a keyboard cannot use.

``PICTURES`` (``make pictures``): a folder for a picture of each, as it is on an office's screen and on a telephone.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from PIL import Image

from tests.e2e.conftest import in_a_browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.e2e.desk import Person
    from tests.e2e.office import Office

pytestmark = in_a_browser

_LEFT_OUT = re.compile(
    r"/(language|feed|static|sign-out)\b|/download\b|\.ics$|format=|/attachments/|openapi|/metrics|z$"
    r"|/templates/L|/letters/\d+/(file|pdf|preview)"
)
_SAME = [
    (re.compile(r"/cases/[^/]+/steps/[^/?]+"), "/cases/-/steps/-"),
    (re.compile(r"/cases/\d[^/?]*"), "/cases/-"),
    (re.compile(r"/manage/settings/\w+"), "/manage/settings/-"),
    (re.compile(r"/(accounts|clients|agencies|drafts|approvals|letters)/\d+"), r"/\1/-"),
    (re.compile(r"\b(19|20)\d\d\b"), "-"),
    (re.compile(r"#.*|[?].*"), ""),
]
_MOST_PAGES = 60
_SERIOUS = {"serious", "critical"}
_IN_ENGLISH_TOO = {"head", "system_administrator", "security_administrator"}
"""Between them they come to nearly every page; the walk takes ten seconds a role and language."""


@pytest.fixture(scope="module")
def office(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An office with some requests in different states."""
    from tests.e2e.desk import running
    from tests.e2e.office import Office

    with running(tmp_path_factory.mktemp("office")) as installation:
        made = Office(installation, browser, "zh", scripts=True)
        made.set_up()
        made.fill_the_desk()
        yield made


@pytest.mark.parametrize("login", [
    "clerk", "officer", "head", "legal", "secrecy", "leader", "archivist", "supervisor",
    "system_administrator", "security_administrator", "audit_administrator",
])  # fmt: skip
def test_every_page_of_a_role(office: Office, login: str) -> None:
    person = office.people[login]
    for language in ("zh", "en") if login in _IN_ENGLISH_TOO else ("zh",):
        person.open(f"/language/{language}?to=/desk")
        wrong = _walk(person, f"{login}-{language}", pictures=language == "zh")
        assert not wrong, "\n".join(wrong)
    person.open("/language/zh?to=/desk")
    assert not person.troubles, person.troubles


def test_the_pages_before_signing_in(office: Office) -> None:
    person = office.somebody()
    for path in ("/sign-in", "/status"):
        person.open(path)
        assert not _look(person, path, path.strip("/").replace("/", "-"))


def test_a_request_is_registered_with_the_keyboard_alone(office: Office) -> None:
    page = office.people["clerk"].page
    page.goto(f"{office.installation.address}/register")
    day = page.evaluate("new Date().toISOString().slice(0, 10)").split("-")
    typed = {
        "channel": "ArrowDown",
        # The order of its parts is the browser's own, not the page's.
        "submitted_on": f"{day[1]}{day[2]}{day[0]}",
        "kind": "ArrowDown",
        "name": "王某",
        "subject": "某小区的竣工验收备案表",
    }
    for name, text in typed.items():
        for _ in range(40):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.name") == name:
                break
        assert page.evaluate("document.activeElement.name") == name
        assert (
            page.evaluate(
                "getComputedStyle(document.activeElement).outlineStyle + document.activeElement.matches(':focus-visible')"
            )
            != "nonefalse"
        )
        if text == "ArrowDown":
            page.keyboard.press(text)
        else:
            page.keyboard.type(text)
        if name == "submitted_on" and page.evaluate("document.activeElement.value") != "-".join(day):
            for _ in day:
                page.keyboard.press("ArrowLeft")
            page.keyboard.type("".join(day))
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.value") == "save":
            break
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert re.search(r"/cases/\d{4}-\d+$", page.url), page.locator("main").inner_text()[:400]


def _walk(person: Person, who: str, *, pictures: bool) -> list[str]:
    """Go through all pages that links lead to, one of each sort; what is wrong with them."""
    wrong: list[str] = []
    waiting, known = ["/desk"], {"/desk"}
    visited = 0
    while waiting:
        path = waiting.pop(0)
        visited += 1
        assert visited <= _MOST_PAGES, f"{who}: {waiting[:5]}"
        person.open(path)
        wrong += _look(person, path, _sort(path).strip("/").replace("/-", "-one").replace("/", "-") if pictures else "")
        for link in person.page.eval_on_selector_all("a[href]", "all => all.map(each => each.href)"):
            parts = urlsplit(link)
            if not link.startswith(person.address) or _LEFT_OUT.search(link):
                continue
            there = parts.path + (f"?{parts.query}" if parts.query else "")
            if _sort(there) not in known:
                known.add(_sort(there))
                waiting.append(there)
    return wrong


def _sort(path: str) -> str:
    """What pages of one sort have in common."""
    for pattern, same in _SAME:
        path = pattern.sub(same, path)
    return path


def _look(person: Person, path: str, picture: str) -> list[str]:
    """What is wrong with the page as it is seen, at both sizes, and as a screen reader finds it."""
    from axe_playwright_python.sync_playwright import Axe

    from tests.e2e.desk import NARROW, WIDE

    page = person.page
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    wrong = [
        f"{path}: {each['id']}: {node['html'][:160]}"
        for each in found
        if each["impact"] in _SERIOUS
        for node in each["nodes"]
    ]
    folder = os.environ.get("PICTURES", "")
    if folder and picture:
        _keep(page.screenshot(), Path(folder) / f"{picture}-1366.png")
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    wide = page.evaluate("document.documentElement.scrollWidth")
    if folder and picture:
        _keep(page.screenshot(), Path(folder) / f"{picture}-390.png")
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    if wide > NARROW["width"]:
        wrong.append(f"{path} is {wide} wide on a telephone")
    return wrong


def _keep(shot: bytes, path: Path) -> None:
    """Keep a picture in 64 colours: a quarter of the size, and nobody sees it. A page of several roles is kept once."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.open(BytesIO(shot)).convert("RGB").quantize(64).save(path, optimize=True)
