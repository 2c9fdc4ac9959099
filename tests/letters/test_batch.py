"""The same letter for many cases: one job, each letter once, resumed where it was stopped, numbers neither lost nor twice."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from letters import batch, book
from letters.book import Sending, Wanted
from models.personal import FieldCipher
from models.tables import letter_issue, outbox
from models.vocabulary import EventKind, LetterState, Means, Topic
from runtime.database import Database
from runtime.settings import Settings
from tasks import handlers
from tasks.office import Office as Open
from tests.lawful import CLERK, day
from tests.letters.desk import WRITTEN_TO, Letters
from workflow.case import Happening
from workflow.desk import day_of
from workflow.faults import InputFault, Refusal

NAME = "batch-1"
CASES = 4


@pytest.fixture
def office(database: Database, agency_id: int, cipher: FieldCipher) -> Letters:
    found = Letters(database.engine, agency_id, cipher)
    found.today_is("2026-11-20")
    found.set_up()
    for _ in range(CASES - 1):
        found.register("2026-11-02", WRITTEN_TO)
    return found


@pytest.fixture
def work(database: Database, cipher: FieldCipher, office: Letters) -> Callable[[], list[bool]]:
    """A worker that does what the outbox has for letters."""

    def done() -> list[bool]:
        with database.engine.connect() as connection:
            here = (outbox.c.topic == Topic.LETTER_BATCH.value) & outbox.c.done_at.is_(None)
            items = list(connection.scalars(select(outbox.c.id).where(here).order_by(outbox.c.id)))
        return [handlers.handle(Open(database, cipher, Settings()), item, office.now) for item in items]

    return done


def start(office: Letters, wanted: Wanted | None = None, count: int = CASES) -> int:
    numbers = [f"2026-{number:04d}" for number in range(1, count + 1)]
    with office.engine.begin() as connection:
        return batch.start(connection, office.agency_id, numbers, wanted or Wanted("L02"), NAME, CLERK, office.now)


def stands(office: Letters) -> batch.Progress:
    with office.engine.connect() as connection:
        found = batch.progress(connection, office.agency_id, NAME)
    assert found is not None
    return found


def serials(office: Letters) -> list[int]:
    with office.engine.connect() as connection:
        return list(connection.scalars(select(letter_issue.c.serial).order_by(letter_issue.c.letter_id)))


def test_a_batch_is_signed_once_and_sent_once(office: Letters, work: Callable[[], list[bool]]) -> None:
    assert (start(office), start(office)) == (CASES, 0)
    assert stands(office).states == {LetterState.DRAFT: CASES}
    assert (work(), work()) == ([True], [])
    assert (stands(office).states, serials(office)) == ({LetterState.SIGNED: CASES}, list(range(1, CASES + 1)))
    assert office.told() == ["批量文书《政府信息公开申请登记回执》签发完毕：共 4 份，已签发，待发出 4 份"]
    tracking = {f"测数公开收〔2026〕{serial}号": f"EMS{serial}" for serial in range(1, CASES)}
    with office.engine.begin() as connection:
        sending = Sending(day("2026-11-20"), Means.POST_EMS)
        assert batch.send(connection, office.agency_id, NAME, sending, tracking, CLERK, office.now) == CASES
    assert work() == [True]
    found = stands(office)
    assert found.states == {LetterState.SIGNED: 1, LetterState.SENT: CASES - 1}
    assert [why for *_, why in found.faults] == [
        "邮寄（EMS）送达的，没有写明邮件号，应写明（国办公开办函〔2016〕235号）"
    ]
    assert "1 份没有完成" in office.told()[-1]
    office.assert_in_order()


def test_a_batch_stopped_at_any_letter_goes_on_with_the_next(office: Letters, work: Callable[[], list[bool]]) -> None:
    start(office)

    class Stopped(BaseException):
        """The process is gone."""

    def stop(done: int) -> None:
        if done == 2:
            raise Stopped

    payload = {"batch": NAME, "act": batch.SIGN, "actor": CLERK}
    with pytest.raises(Stopped):
        batch.run(office.engine, office.agency_id, payload, office.cipher, office.now, stop)
    assert serials(office) == [1, 2]
    assert work() == [True]
    assert serials(office) == list(range(1, CASES + 1))
    with office.engine.connect() as connection:
        assert [each.missing for each in book.gaps(connection, office.agency_id)] == [[]]


def test_what_cannot_be_made_says_why_takes_no_number_and_is_made_later(
    office: Letters, work: Callable[[], list[bool]]
) -> None:
    office.choose("office_telephone", "")
    start(office)
    work()
    assert (stands(office).states, serials(office)) == ({LetterState.DRAFT: CASES}, [])
    assert "设置项“政府信息公开工作机构的联系电话”（菜单“管理”）" in stands(office).faults[0][2]
    office.choose("office_telephone", "0000-1234567")
    with office.engine.begin() as connection:
        assert batch.again(connection, office.agency_id, NAME, CLERK, office.now) == CASES
    work()
    assert serials(office) == list(range(1, CASES + 1))


def test_a_case_with_such_a_letter_under_way_is_passed_over(office: Letters) -> None:
    office.draft("L02")
    assert start(office) == CASES - 1


def test_art33_an_extension_of_many_is_recorded_with_each_letter(
    office: Letters, work: Callable[[], list[bool]]
) -> None:
    step = Happening(
        EventKind.EXTEND, day_of(office.now), {"working_days": 20, "approver": "负责人", "reason": "系统检修"}
    )
    assert start(office, Wanted("L05", step, means=Means.HAND), 2) == 2
    work()
    with office.engine.begin() as connection:
        batch.send(connection, office.agency_id, NAME, Sending(day("2026-11-20"), None), {}, CLERK, office.now)
    work()
    assert stands(office).states == {LetterState.SENT: 2}
    office.take_up("2026-0002")
    assert [kind for kind, *_ in office.events()] == ["extend", "send_letter"]


def test_what_no_batch_can_be_is_told(office: Letters) -> None:
    extend = Happening(EventKind.EXTEND, day_of(office.now), {"working_days": 20})
    with office.engine.begin() as connection:
        for numbers, wanted, said in (
            ([], Wanted("L02"), "应为 1 至"),
            (["2026-0099"], Wanted("L02"), "2026-0099"),
            (["2026-0001"], Wanted("L99"), "不存在"),
            (["2026-0001"], Wanted("L03", extend), "不随"),
        ):
            with pytest.raises(InputFault, match=said):
                batch.start(connection, office.agency_id, numbers, wanted, NAME, CLERK, office.now)
        with pytest.raises(InputFault, match="没有已签发"):
            batch.send(connection, office.agency_id, NAME, Sending(day("2026-11-20")), {}, CLERK, office.now)
    office.choose("approve_extension", "公开机构负责人")
    with office.engine.begin() as connection, pytest.raises(Refusal, match="逐件送审"):
        batch.start(connection, office.agency_id, ["2026-0001"], Wanted("L05", extend), NAME, CLERK, office.now)
