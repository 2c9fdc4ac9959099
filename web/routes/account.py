"""本人账号: one's own password, second factor and sessions."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from markupsafe import Markup
from sqlalchemy import select, update
from starlette.exceptions import HTTPException

from models.tables import user_account
from models.vocabulary import AuditKind
from web import second_factor, sessions
from web.forms import Form
from web.frame import flash, page, redirect
from web.house import House, house_of
from web.language import gettext as _
from web.passwords import weakness
from web.rights import PASSWORD, SECOND_FACTOR, Posted, Right, Signed, author_of, needs
from workflow import accounts, audit
from workflow.audit import Author

router = APIRouter()

Own = Annotated[Signed, needs(Right.OWN_ACCOUNT)]
OwingPassword = Annotated[Signed, needs(Right.OWN_ACCOUNT, owing={PASSWORD})]
OwingFactor = Annotated[Signed, needs(Right.OWN_ACCOUNT, owing={SECOND_FACTOR})]


@router.get("/account")
def show(request: Request, signed: Own) -> Response:
    """Who one is here, and where one is signed in."""
    house = house_of(request)
    with house.engine.connect() as connection:
        found = sessions.of(connection, signed.account_id, house.now(), house.settings, signed.session_id)
    return page(request, "account.html", sessions=found)


@router.get("/account/password")
def ask_password(request: Request, signed: OwingPassword) -> Response:
    """The form for a new password."""
    return page(request, "password.html", form=Form(), owed=signed.owes == PASSWORD)


@router.post("/account/password")
def change_password(request: Request, sent: Posted, signed: OwingPassword) -> Response:
    """Change one's password; all other sessions end, and this one gets a new token."""
    house = house_of(request)
    form = Form(sent)
    old, new, again = form.secret("old"), form.secret("new"), form.secret("again")
    if new and (weak := weakness(new, signed.login)):
        form.fault("new", weak)
    elif new and again and new != again:
        form.fault("again", _("两次输入的新密码不一样"))
    if form.ok:
        _hold_against_the_old(house, signed, author_of(request, signed), form, old, new)
    if not form.ok:
        return page(request, "password.html", status=422, form=form, owed=signed.owes == PASSWORD)
    hashed = house.passwords.hash(new)
    author = author_of(request, signed)
    with house.engine.begin() as connection:
        accounts.end_sessions(connection, signed.account_id, author.at, but=signed.session_id)
        token = sessions.renew(connection, signed.session_id)
        accounts.change_password(connection, author, signed.account_id, signed.login, hashed)
    flash(request, _("密码已修改；在其他地方的登录都已退出"))
    answer = redirect(request, "/desk" if signed.owes == PASSWORD else "/account")
    sessions.put_cookie(request, answer, token)
    return answer


def _hold_against_the_old(house: House, signed: Signed, author: Author, form: Form, old: str, new: str) -> None:
    """The present password must be known, or whoever finds a browser open could take the account over."""
    with house.engine.begin() as connection:
        attempt = accounts.attempt(connection, signed.login, house.now())
    if attempt is None or not house.passwords.matches(attempt.password_hash, old):
        form.fault("old", _("现在的密码不正确"))
        if attempt is not None and attempt.locks:
            with house.engine.begin() as connection:
                audit.record(connection, author, AuditKind.LOCKED, signed.login, by="failures")
        return
    with house.engine.begin() as connection:
        accounts.passed(connection, signed.account_id)
    if house.passwords.matches(attempt.password_hash, new):
        form.fault("new", _("新密码不能与现在的密码相同"))


@router.get("/account/second-factor")
def ask_factor(request: Request, signed: OwingFactor) -> Response:
    """The secret for one's authenticator as a picture and as text, and the form that shows it works."""
    return _factor_page(request, signed, Form(), 200)


@router.post("/account/second-factor")
def set_factor(request: Request, sent: Posted, signed: OwingFactor) -> Response:
    """Turn the second factor on, when a code shows that the authenticator has the secret."""
    if signed.second_factor:
        return RedirectResponse("/account", status_code=303)
    house = house_of(request)
    form = Form(sent)
    code = form.text("code", required=True, longest=20)
    with house.engine.connect() as connection:
        sealed = connection.execute(
            select(user_account.c.totp_secret).where(user_account.c.id == signed.account_id)
        ).scalar_one()
    secret = second_factor.opened(house.cipher, sealed, signed.account_id)
    step = None if secret is None else second_factor.step_of(secret, code, house.now())
    if form.ok and step is None:
        form.fault("code", _("动态口令不正确；请核对手机时间，输入现在显示的六位数字"))
    if not form.ok or step is None:
        return _factor_page(request, signed, form, 422)
    author = author_of(request, signed)
    with house.engine.begin() as connection:
        accounts.end_sessions(connection, signed.account_id, author.at, but=signed.session_id)
        token = sessions.renew(connection, signed.session_id)
        accounts.confirm_second_factor(connection, author, signed.account_id, signed.login, sealed, step)
    flash(request, _("动态口令已启用，下次登录时需要输入"))
    answer = redirect(request, "/account")
    sessions.put_cookie(request, answer, token)
    return answer


def _factor_page(request: Request, signed: Signed, form: Form, status: int) -> Response:
    if signed.second_factor:
        return RedirectResponse("/account", status_code=303)
    house = house_of(request)
    with house.engine.begin() as connection:
        known = select(user_account.c.totp_secret).where(user_account.c.id == signed.account_id).with_for_update()
        secret = second_factor.opened(house.cipher, connection.execute(known).scalar_one(), signed.account_id)
        if secret is None:
            secret = second_factor.new_secret()
            sealed = house.cipher.seal(secret, second_factor.place(signed.account_id))
            mine = update(user_account).where(user_account.c.id == signed.account_id)
            connection.execute(mine.values(totp_secret=sealed))
    shown = " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))
    picture = second_factor.picture(secret, signed.login, "Yishen")
    return page(
        request,
        "second_factor.html",
        status=status,
        form=form,
        secret=shown,
        picture=Markup(picture),  # noqa: S704 - drawn by ourselves
        owed=signed.owes == SECOND_FACTOR,
    )


@router.post("/account/sessions/end")
def end_session(request: Request, sent: Posted, signed: Own) -> Response:
    """End one of one's own sessions, or all but this."""
    house = house_of(request)
    which = Form(sent).value("session")
    author = author_of(request, signed)
    with house.engine.begin() as connection:
        if which == "others":
            ended = accounts.end_sessions(connection, signed.account_id, author.at, but=signed.session_id)
        elif which.isascii() and which.isdigit() and len(which) < 19:
            ended = int(sessions.end(connection, int(which), signed.account_id, author.at))
        else:
            raise HTTPException(400)
        if ended:
            audit.record(connection, author, AuditKind.SESSION_REVOKED, signed.login, sessions=ended)
    return redirect(request, "/account", _("已退出 %(n)s 处登录", n=ended))
