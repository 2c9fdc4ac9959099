"""Requests handed in through the interface: the day of receipt by Article 31, once under a key, faults at their place."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select

from models.personal import FieldCipher
from models.tables import api_call, case_event, request_case
from models.vocabulary import Scope
from tasks.office import Office
from tests.web.api.conftest import LETTER, MakePortal, Portal
from tests.web.conftest import Clock
from workflow import applicants, clients, records

REQUESTS = Scope.REQUESTS_WRITE


def stored(office: Office) -> int:
    with office.engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(request_case)).scalar_one())


def test_art31_a_letter_over_the_counter_is_a_case_with_its_days(
    portal: Portal, office: Office, cipher: FieldCipher, agency_id: int
) -> None:
    answer = portal.hand_in(form="电子文件", confirmed_on=None)
    assert answer.status_code == 201
    found = answer.json()
    assert (found["number"], found["received"], found["reply_due"]) == ("2026-0001", "2026-11-20", "2026-12-18")
    assert found["receipt"]["reasons"]
    assert answer.headers["location"] == f"/api/v1/cases/{found['id']}"
    assert {each["kind"] for each in found["deadlines"]} >= {"reply", "ask_correction"}
    assert portal.get(f"/cases/{found['id']}").json()["version"] == found["version"] == 1
    with office.engine.connect() as connection:
        record = records.find(connection, agency_id, "2026-0001")
        who = applicants.opened(connection, record.applicant_id, cipher)
        actor = connection.execute(select(case_event.c.actor)).scalar_one()
    assert (who.name, who.identity_number, actor) == ("王小明", "11010519491231002X", "api:市政府门户网站")


def test_art31_a_letter_by_the_net_waits_for_its_confirmation(portal: Portal) -> None:
    found = portal.hand_in(channel="online").json()
    assert (found["state"], found["received"], found["reply_due"]) == ("unconfirmed", None, None)
    assert found["receipt"]["open_points"]
    assert found["receipt"]["starts_by_itself"] is not None


def test_a_letter_of_several_items_becomes_several_cases(portal: Portal, office: Office) -> None:
    found = portal.hand_in(others=["2024 年度的", "2023 年度的"]).json()
    assert found["split_into"] == ["2026-0002", "2026-0003"]
    assert stored(office) == 3
    assert portal.get(f"/cases/{found['id']}").json()["version"] == found["version"] == 2


def test_the_same_key_and_letter_is_registered_once_and_answered_as_before(
    portal: Portal, office: Office, clock: Clock
) -> None:
    first = portal.hand_in("portal-0001")
    clock.now += timedelta(days=3)
    again = portal.hand_in("portal-0001")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert stored(office) == 1
    other = portal.hand_in("portal-0001", subject="别的内容")
    assert (other.status_code, other.json()["type"]) == (422, "urn:yishen:problem:key-reused")
    assert stored(office) == 1


def test_keys_of_two_clients_are_two_keys(portal_with: MakePortal, office: Office) -> None:
    one, other = portal_with(REQUESTS), portal_with(REQUESTS, name="另一个")
    numbers = {each.hand_in("portal-0001").json()["number"] for each in (one, other)}
    assert len(numbers) == stored(office) == 2


def test_what_was_not_done_does_not_use_up_its_key(portal: Portal, office: Office) -> None:
    refused = portal.hand_in("portal-0001", submitted_on="2026-11-23")
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "#/submitted_on")
    assert stored(office) == 0
    assert portal.hand_in("portal-0001").status_code == 201


def test_of_many_at_once_with_one_key_one_registers(portal: Portal, office: Office) -> None:
    barrier = Barrier(4)

    def send(_: int) -> tuple[int, str]:
        barrier.wait()
        answer = portal.hand_in("portal-0001")
        found = answer.json()
        return answer.status_code, found.get("number") or found["type"]

    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(send, range(4)))
    assert (201, "2026-0001") in found
    assert found <= {(201, "2026-0001"), (409, "urn:yishen:problem:in-progress")}
    assert stored(office) == 1


def test_a_key_in_use_is_told_and_not_waited_for(portal: Portal, office: Office) -> None:
    with office.engine.begin() as connection:
        assert clients.earlier(connection, 1, "portal-0001", b"") is None
        busy = portal.hand_in("portal-0001")
        assert (busy.status_code, busy.headers["retry-after"]) == (409, "1")
    assert portal.hand_in("portal-0001").status_code == 201


def test_what_is_kept_of_a_call_tells_nothing_of_the_applicant(portal: Portal, office: Office) -> None:
    portal.hand_in()
    with office.engine.connect() as connection:
        kept = str(connection.execute(select(api_call)).one())
    assert not [word for word in ("王小明", "11010519491231002X", "13912345678", "养护") if word in kept]


@pytest.mark.parametrize(
    ("changes", "pointers"),
    [
        ({"subject": None, "applicant_kind": "person"}, {"#/subject", "#/applicant_kind"}),
        ({"submitted_on": "2026-02-30", "applicant": {"name": ""}}, {"#/submitted_on", "#/applicant/name"}),
        ({"submitted_on": 0, "misdirected": "yes"}, {"#/submitted_on", "#/misdirected"}),
        ({"subject": "\u0000", "surprise": 1}, {"#/subject", "#/surprise"}),
        ({"arrived_on": "2026-11-20"}, {"#/arrived_on"}),
        ({"filled_by_staff": True}, {"#/filled_by_staff"}),
        ({"applicant": {"representative": "李律师"}}, {"#/authority"}),
        ({"others": ["一", 2]}, {"#/others/1"}),
        ({"linked_to": "2020-9999"}, {"#/linked_to"}),
        ({"number": "依申请/1"}, {"#/number"}),
        ({"others": ["另一项"], "channel": "online"}, {"#/others"}),
    ],
)
def test_every_fault_is_at_its_place_and_nothing_is_stored(
    portal: Portal, office: Office, changes: dict[str, object], pointers: set[str]
) -> None:
    answer = portal.hand_in(**changes)
    found = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert {each["pointer"] for each in found["errors"]} == pointers, found
    assert stored(office) == 0


def test_art28_a_channel_that_was_not_announced_is_refused_with_the_article(portal: Portal, office: Office) -> None:
    from workflow import practice_book

    with office.engine.begin() as connection:
        practice_book.change(connection, 1, "channels", "当面、邮寄（EMS）、邮寄（挂号信）、邮寄（平信）、口头")
    refused = portal.hand_in(channel="online")
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:yishen:problem:refused")
    assert "第二十八条" in refused.json()["article"]


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b'{"subject": ', {"content-type": "application/json"}, 400),
        (b"\xff\xfe", {"content-type": "application/json"}, 400),
        (b"subject=x", {"content-type": "application/x-www-form-urlencoded"}, 415),
        (b"{}", {"content-type": "text/plain"}, 415),
        (b" " * (1 << 20) + b"{}", {"content-type": "application/json"}, 413),
        (b"", {}, 422),
        (b"[]", {"content-type": "application/json"}, 422),
    ],
)
def test_what_is_no_body_is_a_problem(portal: Portal, body: bytes, headers: dict[str, str], status: int) -> None:
    answer = portal.ask("POST", "/requests", content=body, headers={**headers, "idempotency-key": "portal-0001"})
    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_body_without_a_length_is_cut_off_too(portal: Portal) -> None:
    def pieces():
        for _ in range(20):
            yield b" " * (1 << 17)

    headers = {"content-type": "application/json", "idempotency-key": "portal-0001"}
    assert portal.ask("POST", "/requests", content=pieces(), headers=headers).status_code == 413


def test_without_a_key_nothing_is_registered(portal: Portal, office: Office) -> None:
    answer = portal.post("/requests", LETTER)
    assert (answer.status_code, answer.json()["errors"][0]["header"]) == (422, "Idempotency-Key")
    assert portal.post("/requests", LETTER, "a b").status_code == 422
    assert stored(office) == 0
