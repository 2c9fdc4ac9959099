"""消息: what somebody and the whole office were told, newest first; the same as a digest to be printed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.exceptions import HTTPException

from models.vocabulary import Card
from web.forms import Form
from web.frame import page, redirect
from web.house import house_of
from web.language import gettext as _
from web.rights import Posted, Right, Signed, needs
from workflow import inbox
from workflow.staff import WHOLE_OFFICE

router = APIRouter()

Reader = Annotated[Signed, needs(Right.INBOX)]

_LINES = 50
DIGESTS = (1, 7, 30)
"""Of how many days a digest is offered."""


@router.get("/inbox")
def show(request: Request, signed: Reader, before: Annotated[date | None, Query()] = None) -> Response:
    """One's reminders and news, and those of the whole office, whole days a page."""
    house = house_of(request)
    with house.engine.connect() as connection:
        entries, following = inbox.page(connection, signed.agency_id, signed.name, before, _LINES)
        mine = inbox.unread(connection, signed.agency_id, signed.name)
        everyones = inbox.unread(connection, signed.agency_id, WHOLE_OFFICE)
    return page(
        request,
        "inbox.html",
        entries=entries,
        following=None if following is None else f"/inbox?before={following.isoformat()}",
        first=before is None,
        mine=mine,
        everyones=everyones,
        digests=DIGESTS,
    )


@router.post("/inbox/read")
def mark(request: Request, sent: Posted, signed: Reader) -> Response:
    """Mark what is for oneself as read, or (``whose=office``) what is for the whole office."""
    whose = Form(sent).value("whose")
    if whose not in {"mine", "office"}:
        raise HTTPException(400)
    house = house_of(request)
    with house.engine.begin() as connection:
        recipient = signed.name if whose == "mine" else WHOLE_OFFICE
        number = inbox.mark_read(connection, signed.agency_id, recipient, house.now())
    return redirect(request, "/inbox", _("已把 %(n)s 条标为已读", n=number))


@router.get("/inbox/digest")
def digest(request: Request, signed: Reader, days: Annotated[int, Query(ge=1, le=366)] = 7) -> Response:
    """The last days on one sheet, the most serious first."""
    house, today = house_of(request), house_of(request).today()
    since = today - timedelta(days=days - 1)
    with house.engine.connect() as connection:
        entries = inbox.read(connection, signed.agency_id, signed.name, since=since)
    groups = [(card, [entry for entry in entries if entry.card is card]) for card in reversed(list(Card))]
    return page(
        request,
        "inbox_digest.html",
        groups=[(card, found) for card, found in groups if found],
        number=len(entries),
        since=since,
        today=today,
    )
