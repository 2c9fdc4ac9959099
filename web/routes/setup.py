"""首次设置: while nobody can sign in at all, the code printed in the terminal opens this page once.

It makes the first agency, if there is none, and the three administrators, who are held apart from the first day.
"""

from __future__ import annotations

import re
from datetime import datetime

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection, select

from models.tables import agency
from models.vocabulary import AuditKind, Role
from web.forms import Form
from web.frame import page
from web.house import client_address, house_of
from web.language import gettext as _
from web.passwords import initial_password
from web.rights import Posted, public
from workflow import accounts, agencies, audit
from workflow.audit import Author
from workflow.faults import InputFault

router = APIRouter()

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_ACTOR = "web:setup"


@router.api_route("/setup", methods=["GET", "HEAD"], dependencies=[public])
def ask(request: Request) -> Response:
    """The form for the first set-up, as long as there is no account."""
    with house_of(request).engine.begin() as connection:
        if accounts.exist(connection):
            return RedirectResponse("/sign-in", status_code=303)
        known = _agencies(connection)
    filled = {f"login_{role.value}": login for role, login in _LOGINS.items()}
    return page(request, "setup.html", form=Form(filled), agencies=known, roles=accounts.ADMINISTRATORS)


_LOGINS = {
    Role.SYSTEM_ADMINISTRATOR: "sysadmin",
    Role.SECURITY_ADMINISTRATOR: "secadmin",
    Role.AUDIT_ADMINISTRATOR: "auditadmin",
}


@router.post("/setup", dependencies=[public])
def set_up(request: Request, sent: Posted) -> Response:
    """Make agency and administrators; their passwords are shown on the answer, once."""
    house = house_of(request)
    form = Form(sent)
    with house.engine.begin() as connection:
        if accounts.exist(connection):
            return RedirectResponse("/sign-in", status_code=303)
        known = _agencies(connection)
    code = form.text("code", required=True, longest=40)
    agency_code = form.text("agency_code", required=True, longest=64)
    agency_name = form.text("agency_name", required=not known)
    if agency_code and not _CODE.fullmatch(agency_code):
        form.fault("agency_code", _("“%(given)s”不能用，应为字母、数字及 . _ - 组成的代码", given=agency_code))
    people = {
        role: (form.text(f"name_{role.value}", required=True), form.text(f"login_{role.value}", required=True))
        for role in accounts.ADMINISTRATORS
    }
    given: list[tuple[Role, str, str, str]] = []
    if form.ok:
        # Hashed before the transaction, which is to be short.
        words = {role: initial_password() for role in people}
        hashes = {role: house.passwords.hash(word) for role, word in words.items()}
        try:
            with house.engine.begin() as connection:
                _make(connection, request, house.now(), code, (agency_code, agency_name), people, hashes)
        except InputFault as fault:
            form.take(fault, {"设置码": "code", "--name": "agency_name"})
        else:
            given = [(role, people[role][0], accounts.normal_login(people[role][1]), words[role]) for role in people]
    if not form.ok:
        return page(request, "setup.html", status=422, form=form, agencies=known, roles=accounts.ADMINISTRATORS)
    return page(request, "setup_done.html", given=given)


def _make(
    connection: Connection,
    request: Request,
    now: datetime,
    code: str,
    of: tuple[str, str],
    people: dict[Role, tuple[str, str]],
    hashes: dict[Role, str],
) -> None:
    if not accounts.take_setup_code(connection, code):
        raise InputFault(_("设置码：不正确或者已经用过；请使用 yishen run 或者 yishen init 最后一次显示的设置码"))
    agency_code, agency_name = of
    row = connection.execute(select(agency).where(agency.c.code == agency_code)).one_or_none()
    if row is None:
        agencies.enrol(connection, agency_code, agency_name)
        row = connection.execute(select(agency).where(agency.c.code == agency_code)).one()
    author = Author(_ACTOR, row.id, now, client_address(request))
    audit.record(connection, author, AuditKind.SETUP, agency_code)
    for role, (name, login) in people.items():
        accounts.make(connection, author, row.id, name, login, [role], hashes[role])


def _agencies(connection: Connection) -> list[tuple[str, str]]:
    rows = connection.execute(select(agency.c.code, agency.c.name).order_by(agency.c.code).limit(200))
    return [(row.code, row.name) for row in rows]
