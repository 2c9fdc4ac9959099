"""提醒发到哪里: where somebody is reminded besides the inbox, set by themselves or by the system administrator.

An address that is stored is not shown again: that of a messenger carries a key.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from starlette.exceptions import HTTPException

from models.vocabulary import AuditKind, Outlet
from tasks.channels import MESSENGERS, check_address
from web.forms import Form
from web.frame import page, redirect
from web.house import house_of
from web.language import gettext as _
from web.language import label
from web.rights import Posted, Right, Signed, author_of, needs
from workflow import accounts, audit, staff
from workflow.accounts import Account
from workflow.faults import InputFault

router = APIRouter()

Own = Annotated[Signed, needs(Right.OWN_ACCOUNT)]
Manage = Annotated[Signed, needs(Right.MANAGE_ACCOUNTS)]
AccountId = Annotated[int, Path(ge=1, le=2**62)]

OUTLETS = tuple(outlet for outlet in Outlet if outlet is not Outlet.INBOX)


@router.get("/account/reminders")
def ask(request: Request, signed: Own) -> Response:
    """One's own addresses."""
    return _page(request, _account(request, signed, signed.account_id), Form(), "/account", 200)


@router.post("/account/reminders")
def save(request: Request, sent: Posted, signed: Own) -> Response:
    """Set one's own addresses, or take them away."""
    return _save(request, signed, Form(sent), _account(request, signed, signed.account_id), "/account")


@router.get("/accounts/{account_id}/reminders")
def ask_for(request: Request, account_id: AccountId, signed: Manage) -> Response:
    """Somebody's addresses, for the administrator."""
    return _page(request, _account(request, signed, account_id), Form(), f"/accounts/{account_id}", 200)


@router.post("/accounts/{account_id}/reminders")
def save_for(request: Request, account_id: AccountId, sent: Posted, signed: Manage) -> Response:
    """Set somebody's addresses, or take them away."""
    return _save(request, signed, Form(sent), _account(request, signed, account_id), f"/accounts/{account_id}")


def _account(request: Request, signed: Signed, account_id: int) -> Account:
    """The account. Raises the answer 404 for one that is not there, is closed, or is out of reach."""
    with house_of(request).engine.connect() as connection:
        found = accounts.find(connection, account_id, signed.reach)
    if found is None or not found.active:
        raise HTTPException(404)
    return found


def _page(request: Request, account: Account, form: Form, back: str, status: int) -> Response:
    house = house_of(request)
    with house.engine.connect() as connection:
        person = staff.find(connection, account.agency_id, account.name, house.cipher)
    return page(
        request,
        "addresses.html",
        status=status,
        form=form,
        name=account.name,
        back=back,
        known=[(outlet, _masked(outlet, person.addresses.get(outlet.value))) for outlet in OUTLETS],
        removable=[(outlet.value, label(outlet)) for outlet in OUTLETS if outlet.value in person.addresses],
        mail=house.settings.smtp_host is not None,
    )


def _masked(outlet: Outlet, address: str | None) -> str:
    """An address so that its owner knows which it is."""
    if address is None:
        return ""
    if outlet is Outlet.EMAIL:
        name, _at, host = address.rpartition("@")
        return f"{name[:2]}***@{host}"
    kind = MESSENGERS.get(address.partition("://")[0].lower())
    return _("%(kind)s，已登记", kind=_(kind)) if kind else _("已登记，但不再是可用的地址，请重新登记")


def _save(request: Request, signed: Signed, form: Form, account: Account, back: str) -> Response:
    house = house_of(request)
    off = form.choices("off", OUTLETS)
    given = {outlet: form.text(outlet.value, longest=500) for outlet in OUTLETS}
    for outlet, address in given.items():
        try:
            if address:
                check_address(outlet, address)
        except InputFault as fault:
            form.take(fault, {"ADDRESS": outlet.value})
        if address and outlet in off:
            form.fault(outlet.value, _("填写了地址，又选了不再发送，应只取其一"))
    changes = {outlet: given[outlet] or None for outlet in OUTLETS if given[outlet] or outlet in off}
    if form.ok and not changes:
        form.general.append(_("没有填写地址，没有变动"))
    if not form.ok:
        return _page(request, account, form, back, 422)
    with house.engine.begin() as connection:
        for outlet, wanted in changes.items():
            staff.reach(connection, account.agency_id, account.name, outlet, wanted, house.cipher)
        told = {outlet.value: wanted is not None for outlet, wanted in changes.items()}
        of = account.login or f"#{account.id}"
        audit.record(connection, author_of(request, signed), AuditKind.ACCOUNT_CHANGED, of, reminders=told)
    return redirect(request, back, _("已保存，今后产生的提醒照此发送"))
