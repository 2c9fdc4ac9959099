"""An office that writes letters: drafts, signs and sends them in tests as a day's work reads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select

from letters import book
from letters.book import Kept, Sending, Wanted
from models.tables import case_event, inbox_item
from models.vocabulary import EventKind, Means
from tests.lawful import CLERK, Office, day
from workflow import practice_book
from workflow.applicants import ApplicantDetails
from workflow.case import Happening
from workflow.desk import day_of

WRITTEN_TO = ApplicantDetails(
    name="王小明", identity_number="11010519491231002X", telephone="13912345678",
    email="wang@example.com", address="测试市东街1号",
)  # fmt: skip
SET_UP = {
    "letter_sign": "测数",
    "office_telephone": "0000-1234567",
    "reconsideration_body": "测试市人民政府",
    "court": "测试市东区人民法院",
    "payment_way": "测试市非税收入收缴账户",
}


class Letters(Office):
    """An office with its letters set up and one request, received on 2 November 2026, on the desk."""

    def set_up(self) -> None:
        with self.engine.begin() as connection:
            practice_book.change_all(connection, self.agency_id, SET_UP)
        self.register("2026-11-02", WRITTEN_TO)

    def draft(self, code: str, event: EventKind | None = None, *, place: int | None = None, means: Means | None = None,
              texts: Mapping[str, str] | None = None, **facts: Any) -> Kept:  # fmt: skip
        """Draft a letter: with the step that goes with it, or about what is on record."""
        self._taken += 1
        step = None if event is None else Happening(event, day_of(self.now), facts)
        wanted = Wanted(code, step, place, means, texts or {})
        with self.engine.begin() as connection:
            return book.make(connection, self.agency_id, self.number, wanted, CLERK, f"letter:{self._taken}", self.now)

    def sign(self, kept: Kept) -> Kept:
        with self.engine.begin() as connection:
            return book.sign(connection, self.agency_id, kept.id, CLERK, self.cipher, self.now)

    def enclose(self, kept: Kept, code: str) -> Kept:
        """Draft the form that goes with a letter."""
        self._taken += 1
        with self.engine.begin() as connection:
            name = f"letter:{self._taken}"
            return book.enclosing(connection, self.agency_id, kept.id, code, CLERK, name, self.now)

    def owed(self) -> list[tuple[str, int | None]]:
        """The letters that the log calls for and that are not kept."""
        with self.engine.connect() as connection:
            found = book.needed(connection, self.record)
        return [(each.kind.code, each.place) for each in found if each.owed]

    def send(
        self, kept: Kept, on: str = "", means: Means | None = None, tracking: str = "", enclosed: str = ""
    ) -> Kept:
        sending = Sending(day(on) if on else day_of(self.now), means, tracking, enclosed=enclosed)
        with self.engine.begin() as connection:
            book.send(connection, self.agency_id, kept.id, sending, CLERK, self.cipher, self.now)
        return self.kept(kept)

    def against(self, kept: Kept, means: Means | None = None, tracking: str = "", on: str = "") -> list[str]:
        sending = Sending(day(on) if on else day_of(self.now), means or kept.means, tracking)
        with self.engine.connect() as connection:
            return book.against(connection, self.agency_id, kept.id, sending, self.cipher, day_of(self.now))

    def arrives(self, kept: Kept, on: str, how: str = "本人签收") -> Kept:
        with self.engine.begin() as connection:
            book.delivered(connection, self.agency_id, kept.id, day(on), how, CLERK, self.cipher, self.now)
        return self.kept(kept)

    def comes_back(self, kept: Kept, on: str, reason: str = "查无此人") -> Kept:
        with self.engine.begin() as connection:
            book.returned(connection, self.agency_id, kept.id, day(on), reason, CLERK, self.cipher, self.now)
        return self.kept(kept)

    def void(self, kept: Kept, reason: str = "写错") -> Kept:
        with self.engine.begin() as connection:
            return book.void(connection, self.agency_id, kept.id, reason)

    def kept(self, kept: Kept) -> Kept:
        with self.engine.connect() as connection:
            return book.find(connection, self.agency_id, kept.id)

    def events(self) -> list[tuple[str, date, dict[str, Any]]]:
        """The log of the case after its registration."""
        known = case_event.c
        with self.engine.connect() as connection:
            rows = connection.execute(
                select(known.kind, known.happened_on, known.facts)
                .where(known.case_id == self.record.case_id, known.seq > 1)
                .order_by(known.seq)
            ).all()
        return [(row.kind, row.happened_on, row.facts) for row in rows]

    def told(self) -> list[str]:
        """What the inboxes say."""
        with self.engine.connect() as connection:
            return list(connection.scalars(select(inbox_item.c.text).order_by(inbox_item.c.id)))
