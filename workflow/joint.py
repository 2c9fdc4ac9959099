"""Verbs over several requests (law.md 9): one letter split into its items, and what a fee for one of them would be."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select

from models.personal import FieldCipher
from models.tables import applicant
from models.vocabulary import EventKind
from workflow import applicants, desk, fees, records
from workflow.case import Case, Happening
from workflow.desk import Command, Done, History
from workflow.faults import InputFault, Refusal
from workflow.fees import Charge
from workflow.records import Record


def split(
    connection: Connection,
    agency_id: int,
    number: str,
    keep: str,
    others: Sequence[str],
    cipher: FieldCipher,
    now: datetime,
    actor: str,
    on: date,
) -> list[Done]:
    """Split a letter of several items: the case keeps ``keep``, each of ``others`` becomes a case of its own.

    The new cases were received on the same day, from the same person, by the same channel. The caller's transaction;
    gives the case itself and then the new ones. Raises InputFault for an empty item, Refusal where the law does not
    allow it (a reply made, a wait open).
    """
    items = [item.strip() for item in (keep, *others)]
    if len(items) == 1 or not all(items):
        raise InputFault("拆分：应写明本件保留的内容和至少一项拆出的内容，均不能为空")
    record = records.find(connection, agency_id, number)
    received = record.case.received
    if received is None:
        raise Refusal("收到申请之日尚未确定，应先确认收到再拆分", "条例第三十一条")
    details = applicants.opened(connection, record.applicant_id, cipher)
    name = _command_id(connection, record, items, on)
    made = [
        desk.perform(
            connection,
            agency_id,
            History([Command(_item(record, item, received), f"{name}:{place}", actor)], None, details),
            cipher,
            now,
        )
        for place, item in enumerate(items[1:], 1)
    ]
    numbers = "、".join(done.case.number for done in made)
    happening = Happening(EventKind.SPLIT, on, {"into": numbers, "subject": items[0]})
    history = History([Command(happening, name, actor)], record.case_id)
    return [desk.perform(connection, agency_id, history, cipher, now), *made]


def _command_id(connection: Connection, record: Record, items: Sequence[str], on: date) -> str:
    """The same split done again on the day is known by it; another one, or one that was voided before, is not."""
    voided = sum(entry.happening.event is EventKind.VOID for entry in records.entries(connection, record.case_id))
    what = hashlib.sha256("\0".join(items).encode()).hexdigest()[:16]
    return f"split:{record.case_id}:{on}:{voided}:{what}"


def _item(record: Record, subject: str, received: date) -> Happening:
    facts: dict[str, Any] = {
        "applicant_kind": record.case.applicant_kind,
        "subject": subject,
        "split_from": record.case.number,
    }
    evidence = record.case.intake
    if evidence is not None:
        facts |= {
            "channel": evidence.channel,
            "submitted_on": evidence.submitted,
            "arrived_on": evidence.arrived,
            "confirmed_on": evidence.confirmed,
            "confirmed_how": evidence.how,
            "misdirected": evidence.misdirected or None,
        }
    return Happening(EventKind.REGISTER, received, {name: value for name, value in facts.items() if value is not None})


def why_no_place(case: Case) -> str:
    """Why a request has no place in its month (办法 Art. 4), for people."""
    if case.received is None:
        return "收到申请之日尚未确定"
    return "登记时没有可以认定同一申请人的证件号码，也没有姓名和电话"


def charges(
    connection: Connection, record: Record, pages: int | None = None, items: int = 1
) -> tuple[Charge | None, Charge | None]:
    """Both tariffs for a case, by item and by volume (信息处理费管理办法 Art. 3); None where one cannot be worked out.

    The request's place in its month is the one frozen at registration; further items take the next free places.
    """
    ordinal, received = record.case.month_ordinal, record.case.received
    if ordinal is None or received is None:
        return fees.both(None, pages)
    row = connection.execute(select(applicant).where(applicant.c.id == record.applicant_id)).one()
    who = applicants.same_person(row.identity_index, row.telephone_index, row.name)
    places: tuple[int, ...] = (ordinal,)
    if items > 1 and who is not None:
        taken = applicants.taken_ordinals(connection, record.agency_id, who, received, record.case_id)
        places = (ordinal, *fees.next_ordinals({*taken, ordinal}, items - 1))
    return fees.both(places, pages)
