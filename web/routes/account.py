"""本人账号: one's own password, second factor and sessions."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from markupsafe import Markup
from starlette.exceptions import HTTPException

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
    """The new password must be another one than the present one, which must be known."""
    known = _known_password(house, signed, author, form, old)
    if known is not None and house.passwords.matches(known, new):
        form.fault("new", _("新密码不能与现在的密码相同"))


def _known_password(house: House, signed: Signed, author: Author, form: Form, old: str) -> str | None:
    """The hash of the present password, which must be known: else who finds a browser open takes the account over."""
    with house.engine.begin() as connection:
        attempt = accounts.attempt(connection, signed.login, house.now())
    if attempt is None or not house.passwords.matches(attempt.password_hash, old):
        form.fault("old", _("现在的密码不正确"))
        if attempt is not None and attempt.locks:
            with house.engine.begin() as connection:
                audit.record(connection, author, AuditKind.LOCKED, signed.login, by="failures")
        return None
    with house.engine.begin() as connection:
        accounts.passed(connection, signed.account_id)
    return attempt.password_hash


@router.get("/account/second-factor")
def ask_factor(request: Request, signed: OwingFactor) -> Response:
    """The form that asks again who one is, before a secret is shown."""
    if signed.second_factor:
        return RedirectResponse("/account", status_code=303)
    return _factor_page(request, signed, Form(), 200)


@router.post("/account/second-factor")
def set_factor(request: Request, sent: Posted, signed: OwingFactor) -> Response:
    """Offer a secret to who has shown again who they are; turn it on when a code shows that an authenticator has it."""
    if signed.second_factor:
        return RedirectResponse("/account", status_code=303)
    house, form = house_of(request), Form(sent)
    offered = form.value("offer")
    if not offered:
        _hold_against_the_person(request, signed, form)
        if not form.ok:
            return _factor_page(request, signed, form, 422)
        secret = second_factor.new_secret()
        offered = second_factor.offer(house.cipher, secret, signed.session_id, house.now())
        return _factor_page(request, signed, form, 200, secret, offered)
    known = second_factor.secret_of(house.cipher, offered, signed.session_id, house.now())
    if known is None:
        form.general.append(_("时间过长，密钥已经作废；请重新开始，并在验证器里删去刚才添加的一项"))
        return _factor_page(request, signed, form, 422)
    code = form.text("code", required=True, longest=20)
    step = second_factor.step_of(known, code, house.now())
    if form.ok and step is None:
        form.fault("code", _("动态口令不正确；请核对手机时间，输入现在显示的六位数字"))
    if not form.ok or step is None:
        return _factor_page(request, signed, form, 422, known, offered)
    author = author_of(request, signed)
    sealed = house.cipher.seal(known, second_factor.place(signed.account_id)) or b""
    with house.engine.begin() as connection:
        accounts.end_sessions(connection, signed.account_id, author.at, but=signed.session_id)
        token = sessions.renew(connection, signed.session_id)
        accounts.confirm_second_factor(connection, author, signed.account_id, signed.login, sealed, step)
    flash(request, _("动态口令已启用，下次登录时需要输入"))
    answer = redirect(request, "/account")
    sessions.put_cookie(request, answer, token)
    return answer


def _hold_against_the_person(request: Request, signed: Signed, form: Form) -> None:
    """Who sets a second factor shows again who they are: by the password, or by having just come from the provider."""
    house = house_of(request)
    if not signed.by_provider:
        old = form.secret("old")
        if old:
            _known_password(house, signed, author_of(request, signed), form, old)
        return
    with house.engine.connect() as connection:
        fresh = sessions.made_at(connection, signed.session_id) > house.now() - second_factor.OFFERED_FOR
    if not fresh:
        name = house.settings.oidc_name
        form.general.append(_("登录已经超过 10 分钟；请先退出，用%(name)s重新登录后马上启用", name=name))


def _factor_page(
    request: Request, signed: Signed, form: Form, status: int, secret: str = "", offered: str = ""
) -> Response:
    """The page that asks who one is; with a secret the one that shows it, as a picture and as text."""
    shown = " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))
    picture = second_factor.picture(secret, signed.login, "Yishen") if secret else ""
    return page(
        request,
        "second_factor.html",
        status=status,
        form=form,
        secret=shown,
        offered=offered,
        picture=Markup(picture),  # noqa: S704 - drawn by ourselves
        by_provider=signed.by_provider,
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
