"""工作人员: who can be reminded and through what; their addresses and feed keys are theirs alone.

What the administrator does with the command (entering, leaving, a new feed) is in ``tests.cli.test_staff_command``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Connection, Engine, select, update

from models.personal import FieldCipher, UnreadableField
from models.tables import user_account
from models.vocabulary import Outlet, Role
from runtime.database import Database
from tests.histories import another_agency
from workflow import staff
from workflow.faults import InputFault
from workflow.staff import WHOLE_OFFICE, Addressee

MAIL = "zhang@example.gov.cn"


@pytest.fixture
def engine(shared: Database) -> Engine:
    return shared.engine


@pytest.fixture
def agency_id(engine: Engine) -> int:
    return another_agency(engine)


@pytest.fixture
def desk(engine: Engine) -> Iterator[Connection]:
    """A transaction that is not kept."""
    with engine.connect() as connection:
        yield connection


def test_a_name_is_entered_once_in_each_agency_and_what_they_do_is_what_was_said_last(
    desk: Connection, engine: Engine, agency_id: int
):
    there = another_agency(engine)
    assert staff.enter(desk, agency_id, " 张某 ", Role.OFFICER)
    assert not staff.enter(desk, agency_id, "张某", Role.HEAD)
    assert staff.enter(desk, there, "张某", Role.LEADER)
    assert staff.find(desk, agency_id, "张某").roles == (Role.HEAD,)
    assert staff.find(desk, there, "张某").roles == (Role.LEADER,)


@pytest.mark.parametrize("name", ["", " ", "张\n某", "张\x00某"])
def test_what_is_no_name_is_refused_the_empty_one_is_the_offices(desk: Connection, agency_id: int, name: str):
    with pytest.raises(InputFault, match="应为姓名"):
        staff.enter(desk, agency_id, name, Role.OFFICER)
    assert staff.people(desk, agency_id) == []


def test_everyone_is_addressed_by_name_and_by_what_they_do_in_the_inbox_and_where_they_want(
    desk: Connection, agency_id: int, cipher: FieldCipher
):
    staff.enter(desk, agency_id, "张某", Role.OFFICER)
    staff.enter(desk, agency_id, "吴局长", Role.LEADER)
    staff.reach(desk, agency_id, "张某", Outlet.EMAIL, MAIL, cipher)
    assert staff.addressees(desk, [agency_id]) == [
        Addressee(agency_id, "person:张某", "张某", "inbox"),
        Addressee(agency_id, "role:officer", "张某", "inbox"),
        Addressee(agency_id, "person:张某", "张某", "email"),
        Addressee(agency_id, "role:officer", "张某", "email"),
        Addressee(agency_id, "person:吴局长", "吴局长", "inbox"),
        Addressee(agency_id, "role:leader", "吴局长", "inbox"),
    ]


def test_where_no_officer_is_left_the_office_has_its_own_inbox(desk: Connection, engine: Engine, agency_id: int):
    there = another_agency(engine)
    staff.enter(desk, agency_id, "张某", Role.OFFICER)
    staff.enter(desk, there, "吴局长", Role.LEADER)
    office = Addressee(there, "role:officer", WHOLE_OFFICE, "inbox")
    assert [each for each in staff.addressees(desk, [agency_id, there]) if not each.name] == [office]
    staff.leave(desk, agency_id, "张某")
    assert staff.addressees(desk, [agency_id]) == [replace(office, agency_id=agency_id)]
    assert not staff.find(desk, agency_id, "张某").active
    staff.enter(desk, agency_id, "张某", Role.OFFICER)
    assert [each.name for each in staff.addressees(desk, [agency_id])] == ["张某", "张某"]


def test_addresses_are_kept_by_outlet_and_opened_with_the_key_alone(
    desk: Connection, agency_id: int, cipher: FieldCipher
):
    staff.enter(desk, agency_id, "张某", Role.OFFICER)
    staff.reach(desk, agency_id, "张某", Outlet.PUSH, "ntfy://host/topic", cipher)
    staff.reach(desk, agency_id, "张某", Outlet.EMAIL, "old@example.gov.cn", cipher)
    staff.reach(desk, agency_id, "张某", Outlet.EMAIL, MAIL, cipher)
    opened = staff.find(desk, agency_id, "张某", cipher)
    assert opened.addresses == {"email": MAIL, "push": "ntfy://host/topic"}
    assert opened.outlets == (Outlet.EMAIL, Outlet.PUSH)
    assert staff.find(desk, agency_id, "张某").addresses == {}
    row = desk.execute(select(user_account)).one()
    assert not any(word in str(tuple(row)) for word in ("zhang@", "ntfy", "old@"))
    staff.reach(desk, agency_id, "张某", Outlet.EMAIL, None, cipher)
    staff.reach(desk, agency_id, "张某", Outlet.PUSH, None, cipher)
    assert desk.execute(select(user_account.c.addresses, user_account.c.outlets)).one() == (None, [])


def test_addresses_that_were_moved_to_another_persons_row_do_not_open(
    desk: Connection, agency_id: int, cipher: FieldCipher
):
    for name in ("张某", "钱某"):
        staff.enter(desk, agency_id, name, Role.OFFICER)
    staff.reach(desk, agency_id, "张某", Outlet.EMAIL, MAIL, cipher)
    sealed = select(user_account.c.addresses).where(user_account.c.name == "张某").scalar_subquery()
    desk.execute(update(user_account).where(user_account.c.name == "钱某").values(addresses=sealed))
    with pytest.raises(UnreadableField):
        staff.find(desk, agency_id, "钱某", cipher)


def test_a_feed_is_opened_by_its_newest_key_as_long_as_its_owner_works_here(
    desk: Connection, agency_id: int, cipher: FieldCipher
):
    staff.enter(desk, agency_id, "张某", Role.OFFICER)
    staff.enter(desk, agency_id, "钱某", Role.OFFICER)
    old, theirs = staff.feed(desk, agency_id, "张某", cipher), staff.feed(desk, agency_id, "钱某", cipher)
    new = staff.feed(desk, agency_id, "张某", cipher)
    assert staff.of_feed(desk, old, cipher) is None
    assert staff.of_feed(desk, new, cipher) == (agency_id, "张某")
    assert staff.of_feed(desk, theirs, cipher) == (agency_id, "钱某")
    staff.leave(desk, agency_id, "张某")
    assert staff.of_feed(desk, new, cipher) is None
    assert staff.of_feed(desk, "", cipher) is None
