"""The frame: nothing inline, nothing from elsewhere, both languages complete, pages for what goes wrong."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from fastapi.testclient import TestClient

from models.personal import FieldCipher
from models.vocabulary import (
    ApplicantKind,
    AuditKind,
    BundleReason,
    Card,
    Channel,
    DeadlineKind,
    DeadlineState,
    DraftState,
    EventKind,
    LetterState,
    OutcomeGroup,
    Outlet,
    Recipient,
    Role,
    Scope,
    SessionLevel,
    State,
    Term,
    Verdict,
)
from tasks.channels import MESSENGERS
from tasks.office import Office
from tests.lawful import Office as Desk
from tests.web.conftest import HTML, Browser, Staff
from web import assets, frame, language
from web.rights import Right
from web.routes.case import Reason
from workflow import practice, seven_steps, statute

WEB = Path(language.__file__).parent
SHOWN: list[type[Term]] = [
    *(ApplicantKind, AuditKind, Card, Channel, Outlet, Right, Role, Scope, SessionLevel, State),
    *(BundleReason, DraftState, LetterState, Recipient, Verdict),
    *(EventKind, DeadlineKind, DeadlineState, OutcomeGroup, Reason, *statute.TERMS.values()),
]
"""Vocabularies whose labels pages show."""

_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}


class Page(HTMLParser):
    """A page as a browser without mercy reads it: every tag closed, every id once, every label for a field."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        assert self.open == []
        ids = [attrs["id"] for _, attrs in self.tags if "id" in attrs]
        assert len(ids) == len(set(ids))
        for tag, attrs in self.tags:
            assert not {name for name in attrs if name.startswith("on")} | ({"style"} & set(attrs)), (tag, attrs)
            for name in ("for", "aria-describedby"):
                assert set((attrs.get(name) or "").split()) <= set(ids), (tag, attrs)
            fetched = attrs.get("src") or (attrs.get("href") if tag == "link" else None)
            assert fetched is None or fetched.startswith("/static/")
        labelled = {attrs.get("for") for tag, attrs in self.tags if tag == "label"}
        for tag, attrs in self.tags:
            if tag in {"input", "select", "textarea"} and attrs.get("type") != "hidden":
                assert attrs.get("id") in labelled, attrs
        names = [tag for tag, _ in self.tags]
        assert (names.count("main"), names.count("h1"), names.count("header"), names.count("footer")) == (1, 1, 1, 1)
        assert "style" not in names

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("spoken", ["zh", "en"])
def test_every_page_is_whole_in_both_languages(
    spoken: str, browser: Browser, people: Staff, agency_id: int, office: Office, cipher: FieldCipher
) -> None:
    for role in Role:
        people.enter(agency_id, role.value.replace("_", "-"), role)
    desk = Desk(office.engine, agency_id, cipher)
    desk.register("2026-03-02")
    desk.register("2026-11-20")
    browser.client.cookies.set(language.COOKIE, spoken)
    chinese = re.compile("[\u4e00-\u9fff]")
    pages = 0
    for login in (None, "officer", "system-administrator", "security-administrator", "audit-administrator"):
        if login is not None:
            browser.sign_in(login)
        for path in sorted(browser.client.app.state.house.paths):
            if (
                path.startswith(("/api", "/static", "/feed", "/language", "/healthz", "/readyz", "/metrics"))
                or path == "/"
            ):
                continue
            answer = browser.get(path.replace("{account_id}", "1").replace("{number}", "none"))
            if answer.headers["content-type"].startswith("text/html"):
                pages += 1
                Page(answer.text)
                title = answer.text.partition("<title>")[2].partition("</title>")[0]
                assert bool(chinese.search(title)) is (spoken == "zh"), (path, title)
        if login is not None:
            browser.get("/desk")
            browser.post("/sign-out")
    assert pages > 40


def msgids() -> set[str]:
    found = extract_from_dir(
        str(WEB),
        method_map=[("templates/**.html", "jinja2"), ("**.py", "python")],
        options_map={"templates/**.html": {"trim_blocks": "true", "lstrip_blocks": "true"}},
        keywords={"_": None, "gettext": None, "later": None, "ngettext": (1, 2)},
    )
    said = {each for _, _, message, _, _ in found for each in ([message] if isinstance(message, str) else message)}
    facts = {fact.label for step in statute.BY_EVENT.values() for fact in step.facts} | {"是", "否", "元", "个工作日"}
    ways = {text for each in seven_steps.QUESTIONS for text in (each.asked, *_answers(each)) if text}
    settings = (
        set(MESSENGERS.values())
        | {each.label for each in practice.SETTINGS}
        | {each for choices in practice.CHOICES.values() for each in choices.values()}
    )
    terms = {term.label for vocabulary in SHOWN for term in vocabulary}
    return said | facts | ways | set(seven_steps.STEPS) | settings | terms


def _answers(question: seven_steps.Question) -> list[str]:
    return [text for answer in question.answers for text in (answer.label, answer.help)]


def test_every_sentence_has_an_english_text_with_the_same_places() -> None:
    english, places = language.english(), re.compile(r"%\((\w+)\)s")
    missing = [each for each in msgids() if english.gettext(each) == each]
    assert missing == []
    assert [each for each in msgids() if set(places.findall(each)) != set(places.findall(english.gettext(each)))] == []


def test_the_language_is_one_click_away_and_stays(browser: Browser, people: Staff, agency_id: int) -> None:
    people.enter(agency_id, "me", Role.OFFICER)
    assert '<html lang="zh-CN">' in browser.get("/sign-in").text
    english = browser.get("/language/en?to=/sign-in")
    assert (english.url.path, '<html lang="en">' in english.text) == ("/sign-in", True)
    assert "Workbench" in browser.sign_in("me").text
    assert "工作台" in browser.get("/language/zh?to=/desk").text
    assert browser.get("/language/fr").status_code == 404
    browser.client.cookies.set(language.COOKIE, "fr")
    assert "工作台" in browser.get("/desk").text


def test_assets_are_kept_for_a_year_under_an_address_of_their_content(client: TestClient) -> None:
    address = assets.address("bootstrap/css/bootstrap.min.css")
    plain = client.get(address, headers={"accept-encoding": "identity"})
    assert plain.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "Bootstrap  v5.3" in plain.text[:200]
    packed = client.get(address, headers={"accept-encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    assert client.get("/static/000000000000/desk.css").status_code == 404
    assert client.get(assets.address("desk.css").replace("desk.css", "../app.py")).status_code == 404
    for name in assets.assets()[1]:
        assert client.get(assets.address(name)).status_code == 200
    used = re.findall(r'url\("([^"]+)"\)', client.get(assets.address("desk.css")).text)
    assert used
    assert all(client.get(assets.address(each)).status_code == 200 for each in used)


@pytest.mark.parametrize(
    ("path", "status", "said"), [("/nothing", 404, "没有这个页面"), ("/sign-out", 405, "请求方式")]
)
def test_what_goes_wrong_is_a_page_for_people_and_a_line_for_machines(
    client: TestClient, path: str, status: int, said: str
) -> None:
    page = client.get(path, headers=HTML)
    assert (page.status_code, said in page.text) == (status, True)
    Page(page.text)
    line = client.get(path)
    assert (line.status_code, said in line.text, "<" in line.text) == (status, True, False)


def test_an_unexpected_fault_is_a_page_without_its_words(
    browser: Browser, people: Staff, agency_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    people.enter(agency_id, "me", Role.OFFICER)
    browser.sign_in("me")

    def stumble(*_: object, **__: object) -> None:
        raise ValueError("王小明")

    monkeypatch.setattr("workflow.standing.standings", stumble)
    page = browser.get("/desk")
    assert (page.status_code, "出现意外错误" in page.text, "王小明" in page.text) == (500, True, False)
    Page(page.text)


def test_the_desk_shows_open_cases_by_the_days_left(
    browser: Browser, people: Staff, agency_id: int, office: Office, cipher: FieldCipher
) -> None:
    people.enter(agency_id, "zhang", Role.OFFICER, name="张某")
    people.enter(agency_id, "sys", Role.SYSTEM_ADMINISTRATOR)
    desk = Desk(office.engine, agency_id, cipher)
    late, fresh = desk.register("2026-03-02"), desk.register("2026-11-20")
    browser.sign_in("zhang")
    page = browser.get("/desk").text
    assert page.index(late) < page.index(fresh)
    # 20 working days after 20 November 2026 is 18 December; from Sunday 22 November all 20 are left.
    rows = re.findall(r"<tr>\s*<td class=\"when\">(.*?)</td>\s*<th scope=\"row\">(.*?)</th>", page, re.DOTALL)
    assert [re.sub("<[^>]+>", "", left) for left, _ in rows] == ["黑牌 逾期 161", "正常 20"]
    assert "2 件，其中已逾期 1 件" in page
    assert "王小明" not in page
    browser.post("/sign-out")
    browser.sign_in("sys")
    assert late not in browser.get("/desk").text


def test_nothing_is_shown_on_the_menu_that_is_not_there() -> None:
    assert len({entry.path for entry in frame.MENU}) == len(frame.MENU)


def test_a_local_path_stays_here() -> None:
    for given in ("//x", "/\\x", "x", "", "http://x", "/a\nb", "\\x"):
        assert frame.local_path(given) == "/desk"
    assert frame.local_path("/cases/1?x=2") == "/cases/1?x=2"
