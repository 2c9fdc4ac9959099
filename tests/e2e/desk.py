"""The whole system as ``yishen run`` starts it, and people who use it in a browser."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyotp
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Response

from runtime.testing import whole_system

PASSWORD = "Kaifang-2026-desk"
WIDE, NARROW = {"width": 1366, "height": 768}, {"width": 390, "height": 844}


class Installation:
    """A running system: its address, and the code for the first set-up."""

    def __init__(self, folder: Path, address: str, log: Path) -> None:
        self.folder, self.address, self._log = folder, address, log

    def setup_code(self) -> str:
        """The code that was shown when it started."""
        until = time.monotonic() + 60
        while time.monotonic() < until:
            found = re.search(r"设置码\s*(\S{6,})", self._log.read_text(encoding="utf-8"))
            if found is not None:
                return found[1]
            time.sleep(0.2)
        raise TimeoutError(self._log.read_text(encoding="utf-8"))

    def command(self, *words: str) -> str:
        """What a command of this installation says."""
        return subprocess.run(
            [sys.executable, "-m", "cli", *words],
            cwd=self.folder,
            env=_environment(self.folder),
            check=True,
            capture_output=True,
            text=True,
        ).stdout


@contextmanager
def running(folder: Path) -> Iterator[Installation]:
    """A system of its own in this folder, until the block ends."""
    with whole_system(folder, _environment(folder)) as (address, log):
        yield Installation(folder, address, log)


def _environment(folder: Path) -> dict[str, str]:
    project = str(Path(__file__).parents[2])
    return {**os.environ, "PYTHONPATH": project, "YISHEN_DATA_DIR": str(folder / "var"), "PYTHONUNBUFFERED": "1"}


class Person:
    """Somebody at a browser of their own. Whatever the language, fields are found by their names."""

    def __init__(self, browser: Browser, address: str, *, language: str = "zh", scripts: bool = True) -> None:
        self.address = address
        self.troubles: list[str] = []
        self._secret: str | None = None
        context = browser.new_context(
            viewport=WIDE,  # type: ignore[arg-type]
            java_script_enabled=scripts,
            locale="en-GB" if language == "en" else "zh-CN",
            accept_downloads=True,
        )
        context.set_default_timeout(15_000)
        self.page: Page = context.new_page()
        self.page.on("response", self._look)
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        if language == "en":
            self.open("/language/en?to=/sign-in")

    def _hear(self, said: ConsoleMessage) -> None:
        # A form that the system overtook is answered with 409 and shown again, which the browser calls an error.
        if said.type == "error" and "409 (Conflict)" not in said.text:
            self.troubles.append(said.text)

    def _look(self, answer: Response) -> None:
        if answer.status >= 500:
            self.troubles.append(f"{answer.status} {answer.url}")

    def open(self, path: str) -> None:
        """Go to a page; it must be there."""
        answer = self.page.goto(self.address + path)
        assert answer is not None
        assert answer.ok, f"{path}: {answer.status}"

    def follow(self, link: str) -> None:
        """Go where a link leads."""
        with self.page.expect_navigation():
            self.page.locator(link).first.click()

    def fill(self, **values: Any) -> None:
        """Fill in fields by name: a text, a day, an option, or True for a box."""
        for name, value in values.items():
            field = self.page.locator(f"main [name='{name}']").first
            self._set(field, value)

    @staticmethod
    def _set(field: Locator, value: Any) -> None:
        kind = field.evaluate("each => each.tagName + ':' + (each.type || '')")
        if kind.startswith("SELECT"):
            field.select_option(str(value))
        elif kind.endswith((":checkbox", ":radio")):
            field.set_checked(bool(value))
        else:
            field.fill(str(value))

    def send(self, action: str = "", button: str = "button[type=submit]") -> None:
        """Send the form that goes to ``action`` (by its end; the first of the page if empty)."""
        form = f"main form[action$='{action}']" if action else "main form"
        with self.page.expect_navigation():
            self.page.locator(form).first.locator(button).last.click()

    def faults(self) -> str:
        """What the page says is wrong."""
        found = self.page.locator(".alert-danger")
        return found.first.inner_text() if found.count() else ""

    def sign_in(self, login: str, word: str) -> None:
        """Sign in for the first time with the password that was handed over, and set one's own."""
        self.open("/sign-in")
        self.fill(login=login, password=word)
        self.send("/sign-in")
        self.fill(old=word, new=PASSWORD, again=PASSWORD)
        self.send("/account/password")
        assert not self.faults(), self.faults()
        if self.page.url.endswith("/second-factor"):
            self.enrol()

    def enrol(self) -> None:
        """Take a second factor into use."""
        self.fill(old=PASSWORD)
        self.send("/account/second-factor")
        self._secret = self.page.locator("main .word").first.inner_text()
        self.fill(code=pyotp.TOTP(self._secret).now())
        self.send("/account/second-factor")
        assert not self.faults(), self.faults()

    def step(self, number: str, event: str, on: object, **facts: Any) -> None:
        """Record a step of a case by its form."""
        self.open(f"/cases/{number}")
        offered = self.page.locator(f"main a[href$='/steps/{event}']").first
        if not offered.is_visible():
            # What should have been done by now is among the steps that today does not allow.
            self.page.locator(f"main details:has(a[href$='/steps/{event}']) summary").first.click()
        assert offered.count(), f"{event} is not offered:\n{self.text()}"
        with self.page.expect_navigation():
            offered.click()
        self.fill(on=on, **facts)
        self._save(event)
        assert self.page.url.endswith(f"/cases/{number}"), f"{event}: {self.page.url}"

    def decide(self, number: str, *ways: str, **facts: Any) -> None:
        """Answer the seven steps one by one, then fill in the reply that they end in."""
        self.open(f"/cases/{number}")
        self.follow("main a[href$='/wizard']")
        for way in ways:
            self.page.locator(f"#f-answer-{way}").check()
            with self.page.expect_navigation():
                self.page.locator("main form button[name=go]").click()
            assert not self.faults(), f"{way}: {self.faults()}"
        assert "/steps/decide" in self.page.url, self.page.url
        self.fill(**facts)
        self._save("decide")

    def _save(self, what: str) -> None:
        save = self.page.locator("main form button.btn-primary").last
        with self.page.expect_navigation():
            save.click()
        for _ in range(3):
            if not self.page.locator("main .alert-info").count():
                break
            # The system wrote in the case since the form was opened (carried over, recalculated): it is looked at again.
            with self.page.expect_navigation():
                save.click()
        assert not self.faults(), f"{what}: {self.faults()}"

    def text(self) -> str:
        """What the page says."""
        return self.page.locator("main").inner_text()
