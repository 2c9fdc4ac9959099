"""The frame of all pages: how a route answers with a page, sends elsewhere, and says something on the next page.

    return page(request, "cases.html", cases=found)
    return redirect(request, "/cases", _("已登记"))

A template extends ``base.html``. It has, besides what the route gives: ``signed`` (who is signed in, or none),
``menu``, ``form_token``, ``asset(name)``, ``exists(path)``, ``local(instant)``, the filters ``label`` (a term) and
``day``. Forms and lists are made of the macros in ``forms.html`` and ``tables.html``.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy import func, literal, select, update
from sqlalchemy.dialects.postgresql import JSONB

from models.tables import user_account, user_session
from web import assets, sessions
from web.forms import Form
from web.house import House, house_of
from web.language import LANGUAGES, gettext, later, ngettext, spoken
from web.language import label as label_of
from web.news import page_about
from web.pages import TEMPLATES
from web.rights import FORM_FIELD, Right, Signed, visitor_token

DONE, NOTE, WARNING = "success", "info", "warning"
"""Kinds of sentences for the next page."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the menu."""

    path: str
    label: str
    right: Right


MENU = (
    Entry("/desk", later("工作台"), Right.OWN_ACCOUNT),
    Entry("/register", later("登记"), Right.REGISTER),
    Entry("/cases", later("办件"), Right.SEE_CASES),
    Entry("/letters", later("文书"), Right.SEE_CASES),
    Entry("/inbox", later("消息"), Right.INBOX),
    Entry("/reports", later("年报"), Right.SEE_REPORT),
    Entry("/calendar", later("日历"), Right.SEE_CALENDAR),
    Entry("/manage", later("管理"), Right.SETTINGS),
    Entry("/agencies", later("机关"), Right.MANAGE_AGENCIES),
    Entry("/accounts", later("账号"), Right.SEE_ACCOUNTS),
    Entry("/clients", later("接口"), Right.SEE_CLIENTS),
    Entry("/audit", later("审计"), Right.SEE_AUDIT),
)
"""What the menu shows, of that what there is (a route with this address) and what one may do."""


def menu(house: House, signed: Signed | None) -> list[Entry]:
    """The entries for somebody."""
    if signed is None or signed.owes is not None:
        return []
    return [entry for entry in MENU if entry.path in house.paths and entry.right in signed.own_rights]


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_callables(gettext, ngettext, newstyle=False)  # type: ignore[attr-defined]
    made.globals |= {"_": gettext, "asset": assets.address, "form_field": FORM_FIELD, "languages": LANGUAGES}
    made.filters |= {"label": label_of, "day": _day}
    return made


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()


_PAGES = _environment()


def page(request: Request, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """Answer with a page in the frame."""
    house, signed = house_of(request), signed_in(request)
    visitor = None
    if signed is None and sessions.cookie_name(request, "yishen_visitor") not in request.cookies:
        visitor = request.state.visitor = secrets.token_urlsafe(24)

    def local(instant: datetime | None) -> str:
        return "" if instant is None else house.local(instant).strftime("%Y-%m-%d %H:%M")

    text = _PAGES.get_template(template).render(
        local=local,
        who=_Names(house, signed).of,
        signed=signed,
        menu=menu(house, signed),
        path=request.url.path,
        address=request.url.path + (f"?{request.url.query}" if request.url.query else ""),
        language=spoken(),
        flashes=_taken(request, house, signed),
        form_token=visitor_token(request) if signed is None else signed.form_token,
        exists=house.paths.__contains__,
        page_about=page_about,
        **context,
    )
    form = context.get("form")
    answer = HTMLResponse(_named(text, form) if isinstance(form, Form) else text, status_code=status)
    if visitor is not None:
        sessions.put_cookie(request, answer, visitor, "yishen_visitor")
    return answer


_OTHERS = {"api:": later("接口“%(who)s”"), "cli:": later("命令行 %(who)s"), "web:": later("网页 %(who)s")}


class _Names:
    """Who acted, by name: the logs know people by their login. The names are read when the first is asked for."""

    def __init__(self, house: House, signed: Signed | None) -> None:
        self._house, self._signed = house, signed
        self._known: dict[str, str] | None = None

    def of(self, actor: str | None) -> str:
        """The name and login behind ``web:login``; what is no person, or nobody in reach, in words."""
        if not actor:
            return ""
        kind, login = actor[:4], actor[4:]
        if kind == "web:" and self._signed is not None:
            if self._known is None:
                self._known = self._read(self._signed)
            if login in self._known:
                return gettext("%(name)s（%(login)s）", name=self._known[login], login=login)
        if kind in _OTHERS:
            return gettext(_OTHERS[kind], who=login)
        return gettext("系统") if actor.partition(":")[0] == "system" else actor

    def _read(self, signed: Signed) -> dict[str, str]:
        known = user_account.c
        within = known.agency_id.in_(signed.reach | {signed.home, signed.agency_id}) & known.login.is_not(None)
        with self._house.engine.connect() as connection:
            return {row.login: row.name for row in connection.execute(select(known.login, known.name).where(within))}


def _named(text: str, form: Form) -> str:
    """The page with the label of the field before each sentence of the list of faults; labels stand beside fields."""
    for name, sentence in form.faults.items():
        told = f'<a href="#f-{name}">'
        found = re.search(rf'(?:for="f-{name}"|id="f-{name}">\s*<legend class="form-label")>([^<]+)', text)
        if found is not None and not sentence.startswith(found[1].strip()):
            text = text.replace(told, f"{told}{found[1].strip()}{gettext('：')}", 1)
    return text


def signed_in(request: Request) -> Signed | None:
    """Who is signed in, on a route that needs it; on others nobody."""
    found: Signed | None = getattr(request.state, "signed", None)
    return found


def redirect(request: Request, path: str, said: str | None = None, kind: str = DONE) -> Response:
    """Send the browser to ``path`` after something was done, and say there what."""
    if said is not None:
        flash(request, said, kind)
    return RedirectResponse(path, status_code=303)


def flash(request: Request, said: str, kind: str = DONE) -> None:
    """Say something on the next page that this person sees."""
    signed = signed_in(request)
    if signed is None:
        return
    with house_of(request).engine.begin() as connection:
        more = user_session.c.flash.op("||")(literal([[kind, said]], JSONB))
        connection.execute(update(user_session).where(user_session.c.id == signed.session_id).values(flash=more))


def _taken(request: Request, house: House, signed: Signed | None) -> list[tuple[str, str]]:
    said: list[tuple[str, str]] = getattr(request.state, "flash", [])
    if said and signed is not None:
        with house.engine.begin() as connection:
            emptied = update(user_session).where(user_session.c.id == signed.session_id)
            connection.execute(emptied.values(flash=func.jsonb_build_array()))
    return said


def fault(request: Request, status: int, title: str, sentence: str) -> Response:
    """Answer that something cannot be done: a page for who reads pages, a line for machines."""
    if "text/html" not in request.headers.get("accept", ""):
        return PlainTextResponse(sentence, status_code=status)
    return page(request, "fault.html", status=status, title=title, sentence=sentence)


def local_path(given: str) -> str:
    """Where to go on: an address of ours, else the desk. Nobody is sent to another site by a link to this one."""
    fine = given.startswith("/") and not given.startswith("//") and given.isprintable() and "\\" not in given
    return given if fine else "/desk"
