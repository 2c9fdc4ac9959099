"""账号管理: the system administrator makes accounts, the security administrator gives roles and ends sessions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from sqlalchemy import Connection, select
from starlette.exceptions import HTTPException

from models.tables import agency
from models.vocabulary import AuditKind, Role
from web import sessions
from web.forms import Form
from web.frame import page, redirect
from web.house import house_of
from web.language import gettext as _
from web.passwords import initial_password
from web.rights import Posted, Refused, Right, Signed, author_of, needs
from workflow import accounts, audit
from workflow.accounts import Account
from workflow.audit import Author
from workflow.faults import InputFault

router = APIRouter()

See = Annotated[Signed, needs(Right.SEE_ACCOUNTS)]
Manage = Annotated[Signed, needs(Right.MANAGE_ACCOUNTS)]
Secure = Annotated[Signed, needs(Right.MANAGE_ROLES)]

AccountId = Annotated[int, Path(ge=1, le=2**62)]

_PAGE = 50
_FIELDS = {"登录名": "login", "姓名": "name", "职责": "roles"}


@router.get("/accounts")
def show(
    request: Request, signed: See, after: str = "", after_id: Annotated[int, Query(ge=0, le=2**62)] = 0
) -> Response:
    """The accounts of one's agency and those below it."""
    house = house_of(request)
    with house.engine.connect() as connection:
        found = accounts.accounts(connection, signed.reach, after=(after, after_id) if after else None, limit=_PAGE + 1)
    more = found[_PAGE - 1] if len(found) > _PAGE else None
    return page(request, "accounts.html", accounts=found[:_PAGE], more=more, now=house.now(), first=not after)


@router.get("/accounts/new")
def ask(request: Request, signed: Manage) -> Response:
    """The form for a new account."""
    return page(request, "account_new.html", form=Form({"agency": signed.agency_id}), agencies=_within(request, signed))


@router.post("/accounts/new")
def make(request: Request, sent: Posted, signed: Manage) -> Response:
    """Make an account without rights; the security administrator gives it roles. Its password is shown once."""
    house = house_of(request)
    form = Form(sent)
    name, login = form.text("name", required=True), form.text("login", required=True, longest=64)
    agency_id = form.number("agency", required=True, most=2**62)
    if form.ok and agency_id is not None:
        signed.reaches(agency_id)
        word = initial_password()
        hashed = house.passwords.hash(word)
        try:
            with house.engine.begin() as connection:
                made = accounts.make(connection, author_of(request, signed), agency_id, name, login, None, hashed)
        except InputFault as fault:
            form.take(fault, _FIELDS)
        else:
            normal = accounts.normal_login(login)
            return page(request, "account_password.html", name=name, login=normal, word=word, account_id=made)
    return page(request, "account_new.html", status=422, form=form, agencies=_within(request, signed))


@router.get("/accounts/{account_id}")
def one(request: Request, account_id: AccountId, signed: See) -> Response:
    """One account: what it may do, and what may be done with it."""
    return _one(request, signed, account_id, None, 200)


def _one(request: Request, signed: Signed, account_id: int, form: Form | None, status: int) -> Response:
    house = house_of(request)
    with house.engine.connect() as connection:
        account = _found(connection, signed, account_id)
        living = sessions.of(connection, account.id, house.now(), house.settings, None)
    return page(
        request,
        "account_one.html",
        status=status,
        account=account,
        form=form or Form({"roles": list(account.roles)}),
        sessions=living,
        roles=list(Role),
        administrators=accounts.ADMINISTRATORS,
        locked=account.locked(house.now()),
        lasting=account.locked_until == accounts.UNTIL_UNLOCKED,
    )


@router.post("/accounts/{account_id}/roles")
def give_roles(request: Request, account_id: AccountId, sent: Posted, signed: Secure) -> Response:
    """Give an account these roles and no others."""
    form = Form(sent)
    with house_of(request).engine.begin() as connection:
        account = _of_another(connection, signed, account_id)
        try:
            accounts.set_roles(connection, author_of(request, signed), account, form.choices("roles", Role))
        except InputFault as fault:
            form.take(fault, _FIELDS)
    if not form.ok:
        return _one(request, signed, account_id, form, 422)
    return redirect(request, f"/accounts/{account_id}", _("职责已变更，立即生效"))


@router.post("/accounts/{account_id}/lock")
def lock(request: Request, account_id: AccountId, signed: Secure) -> Response:
    """Let nobody sign in to it."""
    return _do(request, signed, account_id, accounts.lock, _("账号已锁定，其登录都已退出"))


@router.post("/accounts/{account_id}/unlock")
def unlock(request: Request, account_id: AccountId, signed: Secure) -> Response:
    """End a lock."""
    return _do(request, signed, account_id, accounts.unlock, _("账号已解锁"))


@router.post("/accounts/{account_id}/sessions/end")
def end_sessions(request: Request, account_id: AccountId, signed: Secure) -> Response:
    """Sign somebody out everywhere."""

    def end(connection: Connection, author: Author, account: Account) -> None:
        ended = accounts.end_sessions(connection, account.id, author.at)
        audit.record(connection, author, AuditKind.SESSION_REVOKED, account.login or "-", sessions=ended)

    return _do(request, signed, account_id, end, _("其登录都已退出"))


@router.post("/accounts/{account_id}/second-factor/remove")
def remove_factor(request: Request, account_id: AccountId, signed: Secure) -> Response:
    """Take the second factor away from somebody who lost their telephone."""
    return _do(request, signed, account_id, accounts.remove_second_factor, _("动态口令已停用，本人登录后可以重新启用"))


@router.post("/accounts/{account_id}/unbind")
def unbind(request: Request, account_id: AccountId, signed: Secure) -> Response:
    """Take the binding to an identity provider away, where the wrong person was bound."""
    return _do(request, signed, account_id, accounts.unbind, _("与统一身份认证的绑定已解除"))


@router.post("/accounts/{account_id}/close")
def close(request: Request, account_id: AccountId, signed: Manage) -> Response:
    """Somebody no longer works here."""
    return _do(request, signed, account_id, accounts.close, _("账号已停用，其登录都已退出"))


@router.post("/accounts/{account_id}/reopen")
def reopen(request: Request, account_id: AccountId, signed: Manage) -> Response:
    """Somebody is back."""
    return _do(request, signed, account_id, accounts.reopen, _("账号已恢复"))


@router.post("/accounts/{account_id}/password")
def reset_password(request: Request, account_id: AccountId, signed: Manage) -> Response:
    """A new password for the next time, shown once."""
    house = house_of(request)
    word = initial_password()
    hashed = house.passwords.hash(word)
    with house.engine.begin() as connection:
        account = _of_another(connection, signed, account_id)
        if account.login is None:
            raise HTTPException(404)
        accounts.reset_password(connection, author_of(request, signed), account, hashed)
    return page(
        request, "account_password.html", name=account.name, login=account.login, word=word, account_id=account.id
    )


def _do(
    request: Request,
    signed: Signed,
    account_id: int,
    what: Callable[[Connection, Author, Account], None],
    said: str,
) -> Response:
    with house_of(request).engine.begin() as connection:
        what(connection, author_of(request, signed), _of_another(connection, signed, account_id))
    return redirect(request, f"/accounts/{account_id}", said)


def _found(connection: Connection, signed: Signed, account_id: int) -> Account:
    account = accounts.find(connection, account_id, signed.reach)
    if account is None:
        raise HTTPException(404)
    return account


def _of_another(connection: Connection, signed: Signed, account_id: int) -> Account:
    account = _found(connection, signed, account_id)
    if account.id == signed.account_id:
        raise Refused(_("不能变更自己的账号，请由另一位管理员办理；自己的密码在“本人账号”中修改"))
    return account


def _within(request: Request, signed: Signed) -> list[tuple[str, str]]:
    """The agencies in which one may make accounts, as options."""
    with house_of(request).engine.connect() as connection:
        rows = connection.execute(select(agency).where(agency.c.id.in_(signed.reach)).order_by(agency.c.code))
        return [(str(row.id), f"{row.name}（{row.code}）") for row in rows]
