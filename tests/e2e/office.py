"""An agency at its first start, and its people, each at a browser."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from playwright.sync_api import Browser

from tests.e2e.desk import Installation, Person
from workflow import desk

ADMINISTRATORS = ("system_administrator", "security_administrator", "audit_administrator")
STAFF = {
    "clerk": ["clerk"],
    "officer": ["officer"],
    "head": ["head"],
    "legal": ["legal_reviewer"],
    "secrecy": ["secrecy_reviewer"],
    "leader": ["leader"],
    "archivist": ["archivist"],
    "supervisor": ["supervisor"],
}


def today() -> date:
    """The office's day, wherever the machine stands. Asked anew for each step: the day may change during a test."""
    return desk.day_of(datetime.now(UTC))


class Office:
    """The people of an agency, each at a browser."""

    def __init__(self, installation: Installation, browser: Browser, language: str, *, scripts: bool) -> None:
        self.installation, self._browser = installation, browser
        self._how = {"language": language, "scripts": scripts}
        self.people: dict[str, Person] = {}
        self.year = today().year - 1  # any year that has ended will do

    def somebody(self) -> Person:
        """Somebody nobody knows yet."""
        person = Person(self._browser, self.installation.address, **self._how)
        self.people[f"stranger {len(self.people)}"] = person
        return person

    def set_up(self) -> None:
        """The first start: the agency and its three administrators; then everyone else gets an account and a role."""
        first = self.somebody()
        first.open("/")
        assert first.page.url.endswith("/setup")
        first.fill(code=self.installation.setup_code(), agency_code="mouqu", agency_name="某区住房和城乡建设局")
        for role in ADMINISTRATORS:
            first.fill(**{f"name_{role}": role, f"login_{role}": role})
        first.send("/setup")
        assert not first.faults(), first.faults()
        words = first.page.locator("code.word").all_inner_texts()
        for role, word in zip(ADMINISTRATORS, words, strict=True):
            self.enter(role, word)
        given = {login: self._account(login) for login in STAFF}
        self._roles()
        for login, word in given.items():
            self.enter(login, word)

    def enter(self, login: str, word: str) -> None:
        """Somebody signs in for the first time."""
        person = Person(self._browser, self.installation.address, **self._how)
        person.sign_in(login, word)
        self.people[login] = person

    def _account(self, login: str) -> str:
        """The system administrator makes an account; its first password."""
        admin = self.people["system_administrator"]
        admin.open("/accounts/new")
        admin.fill(name=f"{login}某", login=login)
        agency = admin.page.locator("main [name=agency]")
        agency.select_option(index=agency.locator("option").count() - 1)
        admin.send("/accounts/new")
        assert not admin.faults(), admin.faults()
        return admin.page.locator("code.word").first.inner_text()

    def _roles(self) -> None:
        """The security administrator says who may do what."""
        security = self.people["security_administrator"]
        for login, roles in STAFF.items():
            security.open("/accounts")
            with security.page.expect_navigation():
                security.page.locator("main a", has_text=f"{login}某").first.click()
            for role in roles:
                security.page.locator(f"#f-roles-{role}").check()
            security.send("/roles")
            assert not security.faults(), security.faults()

    def register(self, subject: str, on: str, **more: object) -> str:
        """The clerk registers a request handed in on a day; its number."""
        clerk = self.people["clerk"]
        clerk.open("/register")
        letter = {
            "channel": "in_person",
            "submitted_on": on,
            "kind": "natural_person",
            "name": "李某",
            "subject": subject,
        }
        clerk.fill(**letter, telephone="13800000000", address="某区某街道1号", form="纸质复印件")
        clerk.fill(**more)
        clerk.send("/register", button="button[value=save]")
        assert not clerk.faults(), clerk.faults()
        found = re.search(r"/cases/([^/?]+)$", clerk.page.url)
        assert found is not None, clerk.page.url
        return found[1]

    def fill_the_desk(self) -> None:
        """Some requests of the last weeks: one waits for a correction, one has been answered, others are new."""
        days = [today() - timedelta(days=back) for back in (36, 22, 15, 8, 1)]
        subjects = [
            "某路改造工程的招标文件",
            "征收补偿方案",
            "某小区竣工验收备案表",
            "行政处罚决定书",
            "年度预算执行情况",
        ]
        numbers = [self.register(what, day.isoformat()) for what, day in zip(subjects, days, strict=True)]
        officer, head = self.people["officer"], self.people["head"]
        for number in numbers[:4]:
            head.step(number, "assign", days[4].isoformat(), officer="officer某")
        officer.step(numbers[3], "ask_correction", days[4].isoformat(), items="请写明年份", working_days=10)
        officer.step(numbers[2], "consult", days[4].isoformat(), kind="third_party", party="某建筑公司")
        officer.step(numbers[1], "search", days[3].isoformat(), where="档案室", terms="征收 补偿", found="yes")
        secrecy = self.people["secrecy"]
        secrecy.step(numbers[1], "secrecy_review", days[3].isoformat(), may_release="yes")
        ways = ("clear", "information", "ours", "held", "open", "as_asked", "hand")
        officer.decide(numbers[1], *ways, on=days[4].isoformat())
        officer.open(f"/cases/{numbers[3]}")
        officer.send(f"/cases/{numbers[3]}/letters")
        assert re.search(r"/letters/\d+$", officer.page.url), officer.text()
