"""One letter and its items (law.md 9), and what a request costs by both tariffs (law.md 4; 12, nos. 28, 29, 44).

办法 = 《政府信息公开信息处理费管理办法》. 2 March 2026 is a Monday, the seventh working day after it 11 March, the
twentieth 30 March.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, select

from models.personal import FieldCipher
from models.tables import applicant, request_case
from models.vocabulary import (
    ApplicantKind,
    Channel,
    ConsultationKind,
    DeadlineKind,
    EventKind,
    Matter,
    Opinion,
    Outcome,
    State,
    Tariff,
)
from runtime.database import Database
from tests.histories import another_agency, commands, perform
from tests.lawful import LI, NOBODY, WANG, Office, day, open_office
from workflow import applicants, joint
from workflow.applicants import ApplicantDetails
from workflow.case import Happening
from workflow.desk import Done, History
from workflow.faults import InputFault, Refusal
from workflow.fees import Charge

ROADS, BRIDGES, LAMPS = "2025年道路养护合同", "2025年桥梁检测报告", "2025年路灯电费"
IN_PERSON = {"channel": Channel.IN_PERSON, "submitted_on": "2026-03-02"}
ONE_LETTER = "信息处理费管理办法第四条（一事一申请）"


@pytest.fixture
def office(shared: Database, cipher: FieldCipher) -> Iterator[Office]:
    """An office whose log is in order when the test is over."""
    with open_office(shared, cipher) as opened:
        yield opened


def split(office: Office, keep: str, *others: str, on: str = "2026-03-04") -> list[Done]:
    """Split the letter on the desk into its items."""
    with office.engine.begin() as connection:
        return joint.split(
            connection, office.agency_id, office.number, keep, others, office.cipher, office.now, "officer:li", day(on)
        )


def refused(
    office: Office, kind: type[Exception], keep: str, *others: str, on: str = "2026-03-04", number: str = ""
) -> Any:
    """Try to split; gives why it is refused. Nothing of it is stored, and no number is taken."""
    before = office._stored()
    office.number = number or office.number
    with pytest.raises(kind) as fault:
        split(office, keep, *others, on=on)
    assert office._stored() == before
    return fault.value


def numbers(engine: Engine) -> list[str]:
    """The numbers of all cases, in order."""
    with engine.connect() as connection:
        return sorted(connection.scalars(select(request_case.c.number)))


# Splitting


def test_a_letter_is_split_into_items_of_the_same_day_person_and_channel_with_numbers_of_their_own(
    office: Office,
) -> None:
    person = replace(WANG, email="wang@example.cn", address="长店村 12 号", representative="赵律师")
    first = office.register(applicant=person, items=3, **IN_PERSON)
    done = split(office, ROADS, BRIDGES, LAMPS)
    assert [each.case.number for each in done] == [first, "2026-0002", "2026-0003"]
    assert [each.case.subject for each in done] == [ROADS, BRIDGES, LAMPS]
    assert [each.events for each in done] == [1, 1, 1]
    for each in done:
        assert each.case.received == day("2026-03-02")
        assert each.case.applicant_kind is ApplicantKind.NATURAL_PERSON
        assert each.case.intake is not None
        assert (each.case.intake.channel, each.case.intake.submitted) == (Channel.IN_PERSON, day("2026-03-02"))
        assert each.case.state is State.RECEIVED
        office.take_up(each.case.number)
        assert (office.due(), office.due(DeadlineKind.ASK_CORRECTION)) == ("2026-03-30", "2026-03-11")
        with office.engine.connect() as connection:
            # Sealed for its own place, and opened there.
            assert applicants.opened(connection, office.record.applicant_id, office.cipher) == person
    assert office.counted() == {"new": 3, "carried_out": 3}


def test_the_letter_and_its_items_name_each_other(office: Office) -> None:
    first = office.register(**IN_PERSON)
    _, *made = split(office, ROADS, BRIDGES, LAMPS)
    items = [each.case.number for each in made]
    for number in items:
        office.take_up(number)
        assert office.log[0].happening.facts["split_from"] == first
    office.take_up(first)
    assert office.log[-1].happening.event is EventKind.SPLIT
    assert office.log[-1].happening.facts == {"into": "、".join(items), "subject": ROADS}
    assert office.case.split_into == "、".join(items)


def test_a_letter_split_twice_names_all_its_items(office: Office) -> None:
    office.register(**IN_PERSON)
    (_, bridges), (kept, lamps) = split(office, f"{ROADS}；{LAMPS}", BRIDGES), split(office, ROADS, LAMPS)
    assert bridges.case.number != lamps.case.number
    assert lamps.case.subject == LAMPS
    assert kept.case.split_into == f"{bridges.case.number}、{lamps.case.number}"
    assert kept.case.subject == ROADS


def test_the_same_split_done_again_makes_nothing_new(office: Office) -> None:
    office.register(**IN_PERSON)
    once, again = split(office, ROADS, BRIDGES), split(office, ROADS, BRIDGES)
    assert [each.case.number for each in again] == [each.case.number for each in once]
    assert [each.events for each in again] == [0, 0]
    assert len(numbers(office.engine)) == 2


def test_two_agencies_split_letters_of_the_same_number_on_the_same_day(office: Office) -> None:
    other = Office(office.engine, another_agency(office.engine), office.cipher)
    other._taken = 1000
    for each in (office, other):
        each.register(**IN_PERSON)
        kept, made = split(each, ROADS, BRIDGES)
        assert (kept.case.number, made.case.number) == ("2026-0001", "2026-0002")
    assert numbers(office.engine) == ["2026-0001", "2026-0001", "2026-0002", "2026-0002"]


def test_an_item_is_split_again(office: Office) -> None:
    office.register(**IN_PERSON)
    _, made = split(office, ROADS, f"{BRIDGES}；{LAMPS}")
    office.take_up(made.case.number)
    kept, lamps = split(office, BRIDGES, LAMPS)
    assert (kept.case.number, lamps.case.number) == ("2026-0002", "2026-0003")
    office.take_up("2026-0003")
    assert office.log[0].happening.facts["split_from"] == "2026-0002"


def test_what_was_done_to_the_letter_before_stays_with_what_it_keeps(office: Office) -> None:
    office.register(**IN_PERSON)
    office.then(EventKind.EXTEND, "2026-03-03", working_days=10, approver="公开办负责人", reason="信息量大")
    asked = {"kind": ConsultationKind.THIRD_PARTY, "party": "某公司", "delivered": "2026-03-04"}
    office.then(EventKind.CONSULT, "2026-03-03", **asked)
    kept, made = split(office, ROADS, BRIDGES)
    assert kept.case.state is State.CONSULTING
    assert (made.case.state, made.case.extensions, made.case.inquiries) == (State.RECEIVED, (), ())
    office.then(EventKind.OPINIONS_IN, "2026-03-10", consultation=1, opinion=Opinion.AGREE)
    # 20 and 10 more working days, and the five of the consultation.
    assert office.due() == "2026-04-21"
    office.take_up(made.case.number)
    assert office.due() == "2026-03-30"


@pytest.mark.parametrize(
    ("received", "facts"),
    [
        ("2026-03-03", {"channel": Channel.ONLINE, "submitted_on": "2026-03-02"}),
        ("2026-03-02", {"channel": Channel.POST_EMS, "arrived_on": "2026-03-02"}),
        ("2026-03-02", {"channel": Channel.POST_REGISTERED, "arrived_on": "2026-03-02", "misdirected": True}),
        (
            "2026-03-05",
            {
                "channel": Channel.POST_ORDINARY,
                "arrived_on": "2026-03-04",
                "confirmed_on": "2026-03-05",
                "confirmed_how": "电话",
            },
        ),
        ("2026-03-02", {"channel": Channel.ORAL, "submitted_on": "2026-03-02", "filled_by_staff": True}),
        ("2026-03-02", {}),
    ],
    ids=["online", "EMS", "registered", "ordinary", "oral", "not known"],
)
def test_art31_each_item_was_received_as_the_letter_was(office: Office, received: str, facts: dict[str, Any]) -> None:
    first = office.register(received, **facts)
    kept, made = split(office, ROADS, BRIDGES, on="2026-03-06")
    assert (made.case.received, made.case.intake) == (day(received), kept.case.intake)
    explained = office.record.receipt(day("2026-03-06"))
    office.take_up(made.case.number)
    assert office.record.receipt(day("2026-03-06")) == explained
    assert first == kept.case.number


def test_art31_an_item_of_a_letter_that_was_confirmed_late_has_its_day(office: Office) -> None:
    office.arrive("2026-03-02", channel=Channel.POST_ORDINARY, arrived_on="2026-03-02")
    office.then(EventKind.CONTACT, "2026-03-02", how="电话无人接听")
    office.then(EventKind.CONFIRM, "2026-03-05", how="电话")
    _, made = split(office, ROADS, BRIDGES, on="2026-03-06")
    assert made.case.received == day("2026-03-05")


def test_a_letter_of_last_year_is_split_in_the_next_and_its_items_are_last_years(office: Office) -> None:
    office.register("2025-12-30", channel=Channel.IN_PERSON, submitted_on="2025-12-30")
    office.today_is("2026-01-05")
    assert office.close_the_year(2025).carried_over == 1
    kept, made = split(office, ROADS, BRIDGES, on="2026-01-05")
    assert (kept.case.state, made.case.number) == (State.CARRIED_OVER_RECEIVED, "2025-0002")
    # The log is right, so last year's draft follows it.
    assert office.close_the_year(2025).carried_over == 2
    assert office.counted(2025) == {"new": 2, "carried_out": 2}
    assert office.counted(2026) == {"carried_in": 2, "carried_out": 2}


def test_the_items_of_somebody_unknown_have_the_details_there_are(office: Office) -> None:
    office.register(applicant=ApplicantDetails(name="张三"), **IN_PERSON)
    _, made = split(office, ROADS, BRIDGES)
    with office.engine.connect() as connection:
        names = connection.scalars(select(applicant.c.name)).all()
    assert (names, made.case.month_ordinal) == (["张三", "张三"], None)


@pytest.mark.parametrize(
    ("keep", "others"),
    [(ROADS, []), (ROADS, [""]), (" ", [BRIDGES]), (ROADS, [BRIDGES, "\u3000"])],
    ids=["into nothing", "an empty item", "nothing kept", "one of two empty"],
)
def test_a_split_names_what_is_kept_and_at_least_one_item(office: Office, keep: str, others: list[str]) -> None:
    office.register(**IN_PERSON)
    (sentence,) = refused(office, InputFault, keep, *others).sentences
    assert "均不能为空" in sentence


def waiting_for_a_correction(office: Office) -> None:
    office.then(EventKind.ASK_CORRECTION, "2026-03-03", items="年份")


def waiting_for_a_payment(office: Office) -> None:
    office.choose("charges_fees", "是")
    office.then(EventKind.BILL, "2026-03-03", tariff=Tariff.BY_VOLUME, pages=31, billed_yuan=10)


def paused(office: Office) -> None:
    office.then(EventKind.PAUSE, "2026-03-03", reason="疫情", approver="主任")


def answered(office: Office) -> None:
    office.refuse("2026-03-03")


def withdrawn(office: Office) -> None:
    office.then(EventKind.WITHDRAW, "2026-03-03", how="书面", identity_checked=True)


def void(office: Office) -> None:
    office.then(EventKind.VOID, "2026-03-03", entry=1, reason="重复登记")


@pytest.mark.parametrize(
    "before",
    [waiting_for_a_correction, waiting_for_a_payment, paused, answered, withdrawn, void],
    ids=lambda each: each.__name__,
)
def test_a_letter_is_split_only_while_nothing_else_is_waited_for_and_no_reply_was_made(
    office: Office, before: Callable[[Office], None]
) -> None:
    office.register(**IN_PERSON)
    before(office)
    assert refused(office, Refusal, ROADS, BRIDGES).article == ONE_LETTER


def test_art31_a_letter_whose_day_of_receipt_is_not_settled_is_not_split(office: Office) -> None:
    office.arrive("2026-03-02", channel=Channel.POST_ORDINARY, arrived_on="2026-03-02")
    assert refused(office, Refusal, ROADS, BRIDGES).article == "条例第三十一条"


def test_art41_a_request_to_correct_records_is_not_split(office: Office) -> None:
    office.register(matter=Matter.RECTIFICATION)
    assert "更正申请" in refused(office, Refusal, ROADS, BRIDGES).sentence


@pytest.mark.parametrize(
    ("kind", "on", "said"),
    [(Refusal, "2026-03-01", "2026-03-02"), (InputFault, "2026-11-23", "晚于今天")],
    ids=["before it came", "not yet"],
)
def test_a_letter_is_split_neither_before_it_came_nor_in_the_future(
    office: Office, kind: type[Exception], on: str, said: str
) -> None:
    office.register(**IN_PERSON)
    assert said in str(refused(office, kind, ROADS, BRIDGES, on=on))


def test_a_letter_that_is_not_there_is_not_split(office: Office) -> None:
    office.register(**IN_PERSON)
    assert "2026-0099" in str(refused(office, InputFault, ROADS, BRIDGES, number="2026-0099"))
    other = Office(office.engine, another_agency(office.engine), office.cipher)
    refused(other, InputFault, ROADS, BRIDGES, number="2026-0001")


# The place in the month


def ordinals(office: Office) -> list[int | None]:
    """The places in their months of all requests, in the order of their registration."""
    with office.engine.connect() as connection:
        found = connection.scalars(select(request_case.c.snapshot).order_by(request_case.c.id)).all()
    return [snapshot.get("month_ordinal") for snapshot in found if snapshot is not None]


def charges(office: Office, pages: int | None = None, items: int = 1) -> tuple[Charge | None, Charge | None]:
    """What the request on the desk costs by item and by volume."""
    with office.engine.connect() as connection:
        return joint.charges(connection, office.record, pages, items)


def yuan(office: Office, items: int = 1) -> int:
    """What the request on the desk costs by item."""
    by_item, _ = charges(office, items=items)
    assert by_item is not None
    return int(by_item.yuan)


def old_requests(
    office: Office, count: int, received: str = "2026-03-02", person: ApplicantDetails = WANG
) -> list[int]:
    """So many requests of the month, as a ledger brought them."""
    facts = {"applicant_kind": ApplicantKind.NATURAL_PERSON, "subject": ROADS}
    registered = Happening(EventKind.REGISTER, day(received), facts)
    done = [
        perform(office.engine, office.agency_id, History(commands([registered]), None, person), office.cipher)
        for _ in range(count)
    ]
    return [each.case_id for each in done]


def test_law12_29_the_requests_of_a_person_are_numbered_within_the_month(office: Office) -> None:
    for on in ("2026-03-02", "2026-03-02", "2026-03-20"):
        office.register(on)
    assert ordinals(office) == [1, 2, 3]


def test_law12_29_a_month_begins_anew_and_goes_by_the_day_of_receipt(office: Office) -> None:
    # Registered in this order; the last of March comes in by the register after the first of April.
    for on in ("2026-03-31", "2026-04-01", "2026-03-30", "2026-04-30", "2026-05-01", "2025-03-31"):
        office.register(on)
    assert ordinals(office) == [1, 1, 2, 2, 1, 1]


def test_law12_29_the_month_is_that_of_the_confirmation_not_of_the_letter(office: Office) -> None:
    office.register("2026-04-01")
    office.arrive("2026-03-31", channel=Channel.POST_ORDINARY, arrived_on="2026-03-31")
    assert (office.case.month_ordinal, charges(office)) == (None, (None, None))
    office.then(EventKind.CONFIRM, "2026-04-02", how="电话")
    assert ordinals(office) == [1, 2]


def test_law12_29_the_december_of_one_year_is_not_that_of_another(office: Office) -> None:
    for on in ("2025-12-31", "2026-01-01", "2024-12-31", "2025-12-01"):
        office.register(on)
    assert ordinals(office) == [1, 1, 1, 2]


@pytest.mark.parametrize(
    ("other", "place"),
    [
        (LI, 1),
        (ApplicantDetails(name="王晓明", identity_number=" 11010519491231002x"), 2),
        (ApplicantDetails(name="王小明", telephone="139 1234 5678"), 2),
        # A telephone may be shared.
        (ApplicantDetails(name="王大明", telephone=WANG.telephone), 1),
        (ApplicantDetails(name="王小明"), None),
    ],
    ids=["another", "the same identity", "the same name and telephone", "the same telephone", "the same name"],
)
def test_the_same_person_is_told_by_identity_or_by_name_and_telephone(
    office: Office, other: ApplicantDetails, place: int | None
) -> None:
    office.register()
    office.register(applicant=other)
    assert ordinals(office) == [1, place]


def test_agencies_are_counted_apart(office: Office) -> None:
    office.register()
    other = Office(office.engine, another_agency(office.engine), office.cipher)
    other._taken = 1000
    other.register()
    assert other.case.month_ordinal == 1


def test_who_cannot_be_told_from_others_has_no_place_and_no_price_by_item(office: Office) -> None:
    for person in (NOBODY, ApplicantDetails(name="张三"), ApplicantDetails(identity_number="无")):
        office.register(applicant=person)
        by_item, by_volume = charges(office, pages=31)
        assert by_item is None
        assert by_volume is not None
        assert (by_volume.yuan, office.case.month_ordinal) == (10, None)
        assert charges(office, items=3) == (None, None)


def lapsed(office: Office) -> None:
    office.then(EventKind.ASK_CORRECTION, "2026-03-03", items="年份", until="2026-03-10", delivered="2026-03-03")
    office.then(EventKind.LAPSE, "2026-03-11", outcome=Outcome.OTHER_NOT_CORRECTED)


def merged(office: Office) -> None:
    office.then(EventKind.MERGE, "2026-03-03", into="2026-0001")


@pytest.mark.parametrize("end", [withdrawn, answered, lapsed, merged], ids=lambda each: each.__name__)
def test_law12_29_a_place_is_never_given_out_again_whatever_became_of_the_request(
    office: Office, end: Callable[[Office], None]
) -> None:
    office.register()
    office.register()
    end(office)
    assert office.case.ended() is not None
    office.register("2026-03-12")
    assert ordinals(office) == [1, 2, 3]


def test_a_registration_that_was_a_mistake_is_no_request_of_the_month(office: Office) -> None:
    old_requests(office, 9)
    office.register()
    office.then(EventKind.VOID, "2026-03-03", entry=1, reason="重复登记")
    office.register()
    # The applicant has asked ten times.
    assert (office.case.month_ordinal, yuan(office)) == (10, 0)


def test_art41_a_request_to_correct_records_is_none_of_them(office: Office) -> None:
    office.register(matter=Matter.RECTIFICATION)
    assert (office.case.month_ordinal, charges(office)) == (None, (None, None))
    office.register()
    assert office.case.month_ordinal == 1


def test_the_requests_that_a_ledger_brought_count(office: Office) -> None:
    old_requests(office, 10)
    old_requests(office, 3, person=LI)
    old_requests(office, 5, "2026-02-27")
    office.register("2026-03-20")
    assert (office.case.month_ordinal, yuan(office)) == (11, 100)


def test_law12_44_the_place_is_frozen_when_the_request_is_registered(office: Office) -> None:
    first = office.register("2026-03-20")
    for _ in range(3):
        office.register("2026-03-02")
    assert ordinals(office) == [1, 2, 3, 4]
    office.take_up(first)
    assert office.log[0].happening.facts["month_ordinal"] == 1
    office.then(EventKind.AMEND, "2026-03-21", reason="看错", received_on="2026-03-19")
    assert office.case.month_ordinal == 1


def test_a_day_of_receipt_amended_into_another_month_takes_its_next_place(office: Office) -> None:
    old_requests(office, 10, "2026-03-30")
    old_requests(office, 2, "2026-04-01")
    office.register("2026-03-31")
    assert yuan(office) == 100
    # It came on the first of April: the third of that month, and free.
    office.then(EventKind.AMEND, "2026-04-02", reason="看错收件章", received_on="2026-04-01")
    assert (office.case.month_ordinal, yuan(office)) == (3, 0)
    # Nor does it count in March any more.
    office.register("2026-03-31")
    assert (office.case.month_ordinal, yuan(office)) == (11, 100)


def test_law12_44_split_items_take_the_next_free_places_after_all_that_were_given(office: Office) -> None:
    first = office.register()
    office.register("2026-03-03")
    office.take_up(first)
    split(office, ROADS, BRIDGES, LAMPS)
    assert ordinals(office) == [1, 2, 3, 4]
    office.register("2026-03-05")
    assert office.case.month_ordinal == 5


def test_law12_28_a_letter_that_is_not_split_is_one_request_and_takes_one_place(office: Office) -> None:
    office.register(items=5)
    office.register()
    assert ordinals(office) == [1, 2]


# Both tariffs


def test_fee_rules_art3_both_tariffs_are_shown_side_by_side(office: Office) -> None:
    old_requests(office, 30)
    office.register()
    by_item, by_volume = charges(office, pages=201)
    assert by_item is not None
    assert by_volume is not None
    assert (by_item.tariff, by_item.yuan, by_volume.tariff, by_volume.yuan) == (
        Tariff.BY_ITEM, 200, Tariff.BY_VOLUME, 2740,
    )  # fmt: skip
    assert charges(office)[1] is None


@pytest.mark.parametrize(
    ("before", "items", "price"),
    [(0, 1, 0), (9, 1, 0), (9, 2, 100), (10, 1, 100), (29, 2, 300), (30, 1, 200), (9, 22, 2200), (40, 1, 300)],
)
def test_fee_rules_art4_a_letter_of_several_items_may_be_charged_for_each(
    office: Office, before: int, items: int, price: int
) -> None:
    # The applicant has made so many requests; law.md 4: n = 11 → 100, 30 → 2000, 31 → 2200, cumulated.
    old_requests(office, before)
    office.register()
    assert yuan(office, items) == price


def bill(office: Office, on: str = "2026-03-05", **facts: Any) -> None:
    """Send a fee notice."""
    office.then(EventKind.BILL, on, **facts)


@pytest.fixture
def charging(office: Office) -> Office:
    """An office of an agency that charges fees."""
    office.choose("charges_fees", "是")
    return office


def test_what_is_previewed_is_what_may_be_billed(charging: Office) -> None:
    old_requests(charging, 9)
    charging.register()
    charging.register()
    charging.take_up("2026-0010")
    # Its own place is the tenth; the eleventh is taken, so the other two items are the twelfth and the thirteenth.
    by_item, _ = charges(charging, items=3)
    assert by_item is not None
    assert (by_item.quantity, by_item.yuan) == (3, 200)
    bill(charging, tariff=Tariff.BY_ITEM, items=3, billed_yuan=200)
    assert charging.case.fees[0].ordinals == "10、12、13"
    # What was charged for is taken.
    charging.register("2026-03-09")
    assert charging.case.month_ordinal == 14


def test_a_notice_charges_the_place_that_was_frozen_not_the_one_of_today(charging: Office) -> None:
    number = charging.register("2026-03-20")
    for _ in range(12):
        charging.register("2026-03-02")
    assert yuan(charging) == 100
    charging.take_up(number)
    assert yuan(charging) == 0
    refusal = charging.refused(EventKind.BILL, "2026-03-23", tariff=Tariff.BY_ITEM, billed_yuan=100)
    assert refusal.article == "信息处理费管理办法第四条"


def test_fee_rules_art4_no_place_but_the_requests_own_is_charged(charging: Office) -> None:
    charging.register()
    other = {"tariff": Tariff.BY_ITEM, "ordinals": "50", "billed_yuan": 300}
    assert charging.refused(EventKind.BILL, "2026-03-05", **other).article == "信息处理费管理办法第四条"


@pytest.mark.parametrize("written", ["第一", "1;2", "11、", "11、11", "0", "１１"])
@pytest.mark.parametrize("items", [None, 2])
def test_fee_rules_art4_places_that_are_none_are_told(charging: Office, written: str, items: int | None) -> None:
    # An old request has no place of its own; the officer states it.
    old_requests(charging, 1)
    charging.take_up("2026-0001")
    faulty = {"tariff": Tariff.BY_ITEM, "ordinals": written, "billed_yuan": 100, "items": items}
    (sentence,) = charging.mistaken(EventKind.BILL, "2026-03-05", **faulty).sentences
    assert "序号" in sentence or "当月" in sentence


def test_fee_rules_art4_of_an_old_request_the_officer_states_the_place(charging: Office) -> None:
    old_requests(charging, 12)
    charging.take_up("2026-0012")
    assert charges(charging, 31)[0] is None
    bill(charging, tariff=Tariff.BY_ITEM, ordinals="12", items=2, billed_yuan=200)
    assert charging.case.fees[0].ordinals == "12、13"


@pytest.mark.parametrize(
    ("facts", "article"),
    [
        ({"tariff": Tariff.BY_VOLUME, "pages": 101, "billed_yuan": 719}, "信息处理费管理办法第五条"),
        ({"tariff": Tariff.BY_VOLUME, "pages": 101, "billed_yuan": Decimal("720.01")}, "信息处理费管理办法第五条"),
        ({"tariff": Tariff.BY_VOLUME, "pages": 30, "billed_yuan": 10}, "信息处理费管理办法第五条"),
        ({"tariff": Tariff.BY_VOLUME, "pages": 30, "billed_yuan": 0}, "信息处理费管理办法第五条"),
        ({"tariff": Tariff.BY_VOLUME, "billed_yuan": 720}, "信息处理费管理办法第五条"),
        ({"tariff": Tariff.BY_ITEM, "billed_yuan": 200}, "信息处理费管理办法第四条"),
        # Both at once is more than either.
        ({"tariff": Tariff.BY_ITEM, "pages": 101, "billed_yuan": 820}, "信息处理费管理办法第四条"),
        ({"billed_yuan": 100}, "信息处理费管理办法第六条"),
    ],
)
def test_fee_rules_art3_a_notice_asks_for_what_one_tariff_gives_and_nothing_else(
    charging: Office, facts: dict[str, Any], article: str
) -> None:
    old_requests(charging, 10)
    charging.register()
    assert charging.refused(EventKind.BILL, "2026-03-05", **facts).article == article


@pytest.mark.parametrize(
    "facts",
    [
        {"tariff": Tariff.BY_VOLUME, "pages": 101, "billed_yuan": 720},
        {"tariff": Tariff.BY_ITEM, "billed_yuan": 100},
        {"tariff": Tariff.BY_ITEM, "billed_yuan": Decimal("100.00"), "items": 1},
    ],
    ids=["by volume", "by item", "in fen"],
)
def test_fee_rules_art3_either_tariff_may_be_chosen(charging: Office, facts: dict[str, Any]) -> None:
    old_requests(charging, 10)
    charging.register()
    bill(charging, **facts)
    assert charging.case.state is State.AWAITING_FEE
    fees = charging.report().fees
    assert fees is not None
    assert (fees.notices, fees.billed_yuan) == (1, facts["billed_yuan"])


@pytest.mark.parametrize("items", [0, -1])
def test_a_letter_has_at_least_one_item(charging: Office, items: int) -> None:
    old_requests(charging, 10)
    charging.register()
    with pytest.raises((InputFault, Refusal)):
        bill(charging, tariff=Tariff.BY_ITEM, items=items, billed_yuan=100)
