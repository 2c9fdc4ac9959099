"""Looking for cases: every query finds what going through all of them one by one would find, page by page."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, select
from sqlalchemy.engine import Row

from models.personal import FieldCipher
from models.tables import applicant, request_case
from models.vocabulary import ApplicantKind, Channel, EventKind, Means, Outcome, State
from runtime.postgres import EmbeddedServer
from tests.conftest import enrol, fresh_database
from workflow import desk, search
from workflow.applicants import ApplicantDetails
from workflow.case import Happening
from workflow.desk import Command, History
from workflow.faults import InputFault
from workflow.search import Query
from workflow.words import plainly, words

NOW = datetime(2026, 5, 6, 2, tzinfo=UTC)
TODAY = date(2026, 5, 6)
SUBJECTS = ("2025年道路养护合同", "征地补偿安置方案", "学区划分依据", "道路征地批复", "ＷＴＯ 评估报告", "水")
NAMES = ("张三", "李四", "甲公司")
OFFICERS = ("钱某", "孙某", None)
CASES = 70


@pytest.fixture(scope="module")
def filled(server: EmbeddedServer, template: str, cipher: FieldCipher) -> Iterator[tuple[Engine, int, int]]:
    """An agency with many cases, and another with a few."""
    chance = random.Random(5)
    with fresh_database(server, template) as database:
        mine, other = enrol(database.engine, "mine", "甲局"), enrol(database.engine, "other", "乙局")
        with database.engine.begin() as connection:
            for agency_id, count in ((mine, CASES), (other, 7)):
                for number in range(count):
                    perform(connection, agency_id, number, chance, cipher)
        yield database.engine, mine, other


def perform(connection: Connection, agency_id: int, number: int, chance: random.Random, cipher: FieldCipher) -> None:
    """One case of an agency, answered or not."""
    day = date(2026, 3, 2) + timedelta(days=chance.randrange(60))
    facts: dict[str, Any] = {"applicant_kind": chance.choice(list(ApplicantKind)), "subject": chance.choice(SUBJECTS)}
    first = EventKind.REGISTER
    if number % 9 == 0:
        first = EventKind.ARRIVE
        facts["channel"] = Channel.POST_ORDINARY
    steps = [Happening(first, day, facts)]
    officer = chance.choice(OFFICERS)
    if officer is not None and first is EventKind.REGISTER:
        steps.append(Happening(EventKind.ASSIGN, day, {"officer": officer}))
    if first is EventKind.REGISTER and chance.random() < 0.5:
        outcome = chance.choice([Outcome.REFUSED_INTERNAL_AFFAIRS, Outcome.UNAVAILABLE_NEEDS_CREATION])
        means = {"outcome": outcome, "means": Means.POST_EMS, "reasons": "理由"}
        steps.append(Happening(EventKind.DECIDE, min(day + timedelta(days=9), TODAY), means))
    name = chance.choice(NAMES)
    details = ApplicantDetails(name=name, telephone=f"1380000{NAMES.index(name):04}")
    commands = [Command(step, f"{agency_id}:{number}:{at}", "test") for at, step in enumerate(steps)]
    desk.perform(connection, agency_id, History(commands, applicant=details), cipher, NOW, today=TODAY)


def every(connection: Connection, agency_id: int) -> list[Row[Any]]:
    """All cases of an agency with their applicants, in no order."""
    statement = select(request_case, applicant.c.name).join(applicant, applicant.c.id == request_case.c.applicant_id)
    return list(connection.execute(statement.where(request_case.c.agency_id == agency_id)))


QUERIES: dict[str, tuple[Query, Callable[[Any], bool]]] = {
    "everything": (Query(), lambda row: True),
    "one word": (Query(text="道路"), lambda row: "道路" in row.subject),
    "two words in any order": (Query(text="征地  道路"), lambda row: "道路" in row.subject and "征地" in row.subject),
    "width and case do not matter": (Query(text="wto评估"), lambda row: "评估" in row.subject),
    "one character": (Query(text="水"), lambda row: "水" in row.subject),
    "a word that is not there": (Query(text="环评"), lambda row: False),
    "the beginning of a number": (Query(number="2026-000"), lambda row: row.number.startswith("2026-000")),
    "a sign that means something elsewhere": (Query(number="2026_"), lambda row: False),
    "a whole name": (Query(applicant="张三"), lambda row: row.name == "张三"),
    "a part of a name": (Query(applicant="张"), lambda row: False),
    "a telephone": (Query(applicant="13800000001"), lambda row: row.name == "李四"),
    "a state": (Query(states=(State.RECEIVED,)), lambda row: row.state == "received"),
    "two states": (
        Query(states=(State.REFUSED, State.UNCONFIRMED)),
        lambda row: row.state in {"refused", "unconfirmed"},
    ),
    "an outcome": (
        Query(outcomes=(Outcome.REFUSED_INTERNAL_AFFAIRS,)),
        lambda row: row.outcome == "refused_internal_affairs",
    ),
    "a kind of applicant": (Query(kinds=(ApplicantKind.COMPANY,)), lambda row: row.applicant_kind == "company"),
    "an officer": (Query(officer="钱某"), lambda row: row.officer == "钱某"),
    "no officer yet": (Query(officer=""), lambda row: row.officer is None),
    "days of receipt": (
        Query(received_from=date(2026, 3, 10), received_to=date(2026, 3, 31)),
        lambda row: date(2026, 3, 10) <= row.came_on <= date(2026, 3, 31),
    ),
    "days of the end": (
        Query(closed_from=date(2026, 4, 1)),
        lambda row: row.closed_on is not None and row.closed_on >= date(2026, 4, 1),
    ),
    "the last day": (
        Query(due_to=date(2026, 5, 5), open_only=True),
        lambda row: row.is_open and row.reply_due is not None and row.reply_due <= date(2026, 5, 5),
    ),
    "words of an officer": (
        Query(text="道路", officer="孙某"),
        lambda row: "道路" in row.subject and row.officer == "孙某",
    ),
    "what is owed": (Query(order="due"), lambda row: row.is_open),
}


def in_order(query: Query, rows: list[Any]) -> list[int]:
    """The ids of rows in the order that a query asks for."""
    if query.order == "due":
        rows = sorted(rows, key=lambda row: (row.reply_due or date.max, row.id))
    elif query.number:
        rows = sorted(rows, key=lambda row: (row.number, row.id), reverse=True)
    else:
        rows = sorted(rows, key=lambda row: (row.came_on, row.id), reverse=True)
    return [row.id for row in rows]


@pytest.mark.parametrize("name", QUERIES)
@pytest.mark.parametrize("near", [search._NEAR, 3])
def test_every_query_finds_what_going_through_all_would_page_by_page(
    name: str,
    near: int,
    filled: tuple[Engine, int, int],
    cipher: FieldCipher,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine, agency_id, _ = filled
    monkeypatch.setattr(search, "_NEAR", near)
    query, fits = QUERIES[name]
    with engine.connect() as connection:
        wanted = in_order(query, [row for row in every(connection, agency_id) if fits(row)])
        found: list[int] = []
        pages = []
        after = None
        while True:
            page = search.page(connection, agency_id, query, cipher, TODAY, after=after, size=4)
            pages.append([case.case_id for case in page.cases])
            found += pages[-1]
            after = page.after
            if after is None:
                break
        assert found == wanted
        assert search.count(connection, agency_id, query, cipher) == len(wanted)
        for earlier in reversed(pages[:-1]):
            assert page.before is not None
            page = search.page(connection, agency_id, query, cipher, TODAY, before=page.before, size=4)
            assert [case.case_id for case in page.cases] == earlier
        assert page.before is None


def test_more_are_counted_as_one_more_than_the_most(filled: tuple[Engine, int, int], cipher: FieldCipher) -> None:
    engine, agency_id, _ = filled
    with engine.connect() as connection:
        assert search.count(connection, agency_id, Query(), cipher, most=10) == 11


def test_a_case_of_a_page_stands_as_it_does_today(filled: tuple[Engine, int, int], cipher: FieldCipher) -> None:
    engine, agency_id, _ = filled
    with engine.connect() as connection:
        page = search.page(connection, agency_id, Query(order="due"), cipher, TODAY)
    late = [case for case in page.cases if case.standing.reply_due and case.standing.reply_due < TODAY]
    assert late
    assert all(case.standing.overdue for case in late)


@pytest.mark.parametrize("key", ["x", "2026-03-02", "2026-03-02_x", "2026-13-02_4", "_", "2026-03-02_1; drop"])
def test_a_key_of_no_page_is_refused(key: str, filled: tuple[Engine, int, int], cipher: FieldCipher) -> None:
    engine, agency_id, _ = filled
    with engine.connect() as connection, pytest.raises(InputFault, match="页码"):
        search.page(connection, agency_id, Query(), cipher, TODAY, after=key)


def test_days_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(InputFault, match="收到日期：止 2026-01-01 早于起 2026-02-01"):
        Query(received_from=date(2026, 2, 1), received_to=date(2026, 1, 1))
    with pytest.raises(InputFault, match="newest"):
        Query(order="oldest")


@pytest.mark.parametrize("name", QUERIES)
def test_a_saved_query_is_read_back_and_what_is_no_longer_known_is_left_out(name: str) -> None:
    query, _ = QUERIES[name]
    written = query.to_json()
    assert search.from_json(written) == query
    assert search.from_json({**written, "colour": "red", "states": ["gone"]}) == replace(query, states=())
    assert query.narrows() == (name not in {"everything", "what is owed"})


def test_words_are_pairs_whatever_their_width_and_case() -> None:
    assert words(7, "ＷＴＯ 评估，报告") == words(7, "wto评估报告")
    assert set(words(7, "道路养护")) == {"7:道路", "7:路养", "7:养护"}
    assert words(7, "水") == words(7, "，") == ()
    assert plainly("《条例》 第１条") == "条例第1条"
