"""Reminders that go out of the house: one message for each recipient and channel, with all that is to be said.

A message has a name of its own (the row of the outbox that asks for it), and says the same when it is sent again: what
it carries is written down before it is sent, so that a worker killed between sending and recording sends the same
message under the same name, which the recipient's mail system can tell from a second one.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, select, text, update

from models.tables import agency, reminder
from models.vocabulary import Card, Outlet, Role
from tasks import channels
from tasks.channels import ChannelFault, Message
from tasks.office import Office
from workflow import calendar_book, desk, inbox, practice_book, reminding, staff
from workflow.faults import InputFault
from workflow.outbox import Item

log = logging.getLogger(__name__)

TOLD_AFTER = 3
"""Failures in a row after which the administrator is told of a channel that does not work."""

_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(hours=6)


class NotSent(Exception):
    """A channel failed; the message is tried again, not before ``again_at``."""

    def __init__(self, sentence: str, again_at: datetime) -> None:
        """One sentence for the administrator."""
        super().__init__(sentence)
        self.again_at = again_at


def send(office: Office, item: Item, now: datetime) -> bool:
    """Send what waits for one recipient and outlet; False if nothing does. Raises NotSent where the channel fails."""
    recipient, outlet = item.payload["recipient"], Outlet(item.payload["outlet"])
    with office.engine.begin() as connection:
        _gather(connection, item, recipient, outlet)
        found = inbox.notices(connection, item.agency_id, [recipient], outlet=outlet, message=item.id)
        if not found:
            return False
        name = connection.execute(select(agency.c.name).where(agency.c.id == item.agency_id)).scalar_one()
        address = _address(connection, office, item.agency_id, recipient, outlet)
    if address is not None:
        message = Message(_name(item), name, recipient, inbox.digested(found))
        try:
            channels.send(office.settings, outlet, address, message)
        except ChannelFault as fault:
            _tell_administrators(office, item, recipient, outlet, fault, now)
            raise NotSent(f"{outlet.label}（{recipient}）：{fault}", _again_at(office, item, now)) from fault
        with office.engine.begin() as connection:
            carried = inbox.unsent(item.agency_id, recipient, outlet) & (reminder.c.message == item.id)
            connection.execute(update(reminder).where(carried).values(sent_at=now))
    return address is not None


def _name(item: Item) -> str:
    """The message's own name: the same each time it is sent, another after a restore has given the number again."""
    return f"yishen-{item.agency_id}-{item.id}-{item.made_at.astimezone(UTC):%Y%m%d%H%M%S}"


def _again_at(office: Office, item: Item, now: datetime) -> datetime:
    """When a message that was not taken is tried again: later each time, and not in the agency's quiet hours."""
    wait = min(_FIRST_WAIT * 2 ** min(item.tellings, 16), _LONGEST_WAIT)
    with office.engine.connect() as connection:
        calendar = calendar_book.current(connection, item.agency_id)
        chosen = reminding.choices(practice_book.read(connection, item.agency_id))
    return reminding.may_send_at(now + wait, desk.CHINA, calendar, chosen)


def _gather(connection: Connection, item: Item, recipient: str, outlet: Outlet) -> None:
    """Write down which reminders this message carries; those of another message stay with it."""
    here = {"message": item.id, "agency": item.agency_id, "recipient": recipient, "outlet": outlet.value}
    connection.execute(_GATHER, here)


_GATHER = text(
    """
    UPDATE reminder SET message = :message
    WHERE agency_id = :agency AND recipient = :recipient AND outlet = :outlet AND outlet <> 'inbox'
      AND sent_at IS NULL AND message IS NULL
      AND NOT EXISTS (
        SELECT FROM reminder WHERE agency_id = :agency AND recipient = :recipient AND outlet = :outlet
          AND outlet <> 'inbox' AND sent_at IS NULL AND message = :message)
    """
)


def _address(connection: Connection, office: Office, agency_id: int, recipient: str, outlet: Outlet) -> str | None:
    """Where to send it; None for someone who has left, or no longer wants it."""
    try:
        person = staff.find(connection, agency_id, recipient, office.cipher)
    except InputFault:
        return None
    return person.addresses.get(outlet.value) if person.active else None


def _tell_administrators(
    office: Office, item: Item, recipient: str, outlet: Outlet, fault: ChannelFault, now: datetime
) -> None:
    if item.tellings < TOLD_AFTER:
        return
    today = desk.day_of(now)
    once_a_day = f"channel:{outlet.value}:{recipient}:{today}"
    sentence = f"{outlet.label}提醒连续 {item.tellings} 次没有送达“{recipient}”：{fault}；站内提醒不受影响"
    with office.engine.begin() as connection:
        people = staff.people(connection, item.agency_id)
        told = [p.name for p in people if Role.SYSTEM_ADMINISTRATOR in p.roles and p.active] or [staff.WHOLE_OFFICE]
        for name in told:
            inbox.tell(connection, item.agency_id, name, Card.YELLOW, sentence, once_a_day, now, today)
