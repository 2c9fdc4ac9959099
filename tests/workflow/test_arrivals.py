"""Arrivals (收件): the day of receipt settled by Article 31 at the desk, or left open until the evidence gives it.

2 March 2026 is a Monday; the Spring Festival of 2026 is off from 15 to 23 February, Saturday the 14th is worked; so is
Sunday 4 January after the New Year's days.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from models.personal import FieldCipher
from models.tables import agency, case_event, request_case
from models.vocabulary import Channel, DeadlineKind, EventKind, Outcome, State
from runtime.database import Database
from tests.histories import another_agency
from tests.lawful import LI, WANG, Office, day, open_office
from workflow import arrivals, intake
from workflow.calendar import national_calendar
from workflow.case import Happening
from workflow.faults import InputFault
from workflow.practice import STANDARD, Practice

CALENDAR = national_calendar()
ARRIVE, CONFIRM, CONTACT, DISMISS = EventKind.ARRIVE, EventKind.CONFIRM, EventKind.CONTACT, EventKind.DISMISS
REGISTER, VOID, AMEND = EventKind.REGISTER, EventKind.VOID, EventKind.AMEND
BY_POST = [Channel.POST_EMS, Channel.POST_REGISTERED, Channel.POST_ORDINARY]
OPTIONAL = [Channel.EMAIL, Channel.ONLINE, Channel.FAX]
NO_CAP = Practice(confirmation_cap=False)
BY_CONFIRMATION = Practice(misdirected_by="confirmation")


@pytest.fixture
def office(shared: Database, cipher: FieldCipher) -> Iterator[Office]:
    """An office whose log is in order when the test is over."""
    with open_office(shared, cipher) as opened:
        yield opened


def evidence(channel: Channel, **days: str | bool) -> dict[str, Any]:
    """What is known of how a request came."""
    known = {name: day(value) if isinstance(value, str) and name != "how" else value for name, value in days.items()}
    names = {"submitted": "submitted_on", "arrived": "arrived_on", "confirmed": "confirmed_on", "how": "confirmed_how"}
    return {"channel": channel, **{names.get(name, name): value for name, value in known.items()}}


def entered(facts: dict[str, Any], today: str, received: str = "", practice: Practice = STANDARD) -> tuple[str, str]:
    """How a request with this evidence enters the log on a day: by which event, of which day."""
    stated = day(received) if received else None
    happening = arrivals.first_event(facts, stated, CALENDAR, practice, day(today))
    assert happening.facts == facts
    return happening.event.value, happening.happened_on.isoformat()


# How a request enters the log


@pytest.mark.parametrize(
    ("facts", "today", "wanted"),
    [
        (evidence(Channel.IN_PERSON, submitted="2026-03-02"), "2026-03-04", ("register", "2026-03-02")),
        (evidence(Channel.ORAL, submitted="2026-03-02"), "2026-03-02", ("register", "2026-03-02")),
        (evidence(Channel.IN_PERSON), "2026-03-04", ("arrive", "2026-03-04")),
        # The mail room's signature counts, not the posting.
        (
            evidence(Channel.POST_EMS, submitted="2026-02-27", arrived="2026-03-02"),
            "2026-03-04",
            ("register", "2026-03-02"),
        ),
        (evidence(Channel.POST_REGISTERED, arrived="2026-03-02"), "2026-03-04", ("register", "2026-03-02")),
        (evidence(Channel.POST_EMS, submitted="2026-02-27"), "2026-03-04", ("arrive", "2026-02-27")),
        (
            evidence(Channel.POST_REGISTERED, arrived="2026-03-02", misdirected=True),
            "2026-03-04",
            ("register", "2026-03-02"),
        ),
        # An ordinary letter is received when it is confirmed, however late.
        (evidence(Channel.POST_ORDINARY, arrived="2026-03-02"), "2026-03-20", ("arrive", "2026-03-02")),
        (
            evidence(Channel.POST_ORDINARY, arrived="2026-03-02", confirmed="2026-03-12", how="电话"),
            "2026-03-12",
            ("register", "2026-03-12"),
        ),
        # Sent on Friday: open until Monday is over, then received on Monday.
        (evidence(Channel.ONLINE, submitted="2026-03-06"), "2026-03-06", ("arrive", "2026-03-06")),
        (evidence(Channel.ONLINE, submitted="2026-03-06"), "2026-03-09", ("arrive", "2026-03-06")),
        (evidence(Channel.ONLINE, submitted="2026-03-06"), "2026-03-10", ("register", "2026-03-09")),
        (
            evidence(Channel.EMAIL, submitted="2026-03-06", confirmed="2026-03-06", how="回信"),
            "2026-03-06",
            ("register", "2026-03-06"),
        ),
        (
            evidence(Channel.FAX, submitted="2026-03-06", confirmed="2026-03-12", how="电话"),
            "2026-03-12",
            ("register", "2026-03-09"),
        ),
        # The Saturday before the Spring Festival is worked; after it the office is closed for nine days.
        (evidence(Channel.ONLINE, submitted="2026-02-13"), "2026-02-15", ("register", "2026-02-14")),
        (evidence(Channel.ONLINE, submitted="2026-02-14"), "2026-02-24", ("arrive", "2026-02-14")),
        (evidence(Channel.ONLINE, submitted="2026-02-16"), "2026-02-25", ("register", "2026-02-24")),
        (evidence(Channel.ONLINE), "2026-03-04", ("arrive", "2026-03-04")),
    ],
)
def test_art31_a_request_is_registered_on_the_day_the_evidence_gives_or_left_open(
    facts: dict[str, Any], today: str, wanted: tuple[str, str]
) -> None:
    assert entered(facts, today) == wanted


@pytest.mark.parametrize(
    ("facts", "practice", "wanted"),
    [
        (evidence(Channel.ONLINE, submitted="2026-03-06"), NO_CAP, ("arrive", "2026-03-06")),
        (
            evidence(Channel.ONLINE, submitted="2026-03-06", confirmed="2026-03-12", how="电话"),
            NO_CAP,
            ("register", "2026-03-12"),
        ),
        (
            evidence(Channel.POST_EMS, arrived="2026-03-02", misdirected=True),
            BY_CONFIRMATION,
            ("arrive", "2026-03-02"),
        ),
        (
            evidence(Channel.POST_EMS, arrived="2026-03-02", misdirected=True, confirmed="2026-03-04", how="电话"),
            BY_CONFIRMATION,
            ("register", "2026-03-04"),
        ),
        (evidence(Channel.POST_EMS, arrived="2026-03-02"), BY_CONFIRMATION, ("register", "2026-03-02")),
    ],
)
def test_law12_2_and_4_the_agencys_choices_decide_where_practice_differs(
    facts: dict[str, Any], practice: Practice, wanted: tuple[str, str]
) -> None:
    assert entered(facts, "2026-03-20", practice=practice) == wanted


def test_a_day_that_the_officer_states_is_registered_and_judged_at_the_desk() -> None:
    assert entered(evidence(Channel.POST_EMS), "2026-03-20", "2026-03-02") == ("register", "2026-03-02")
    assert entered({"subject": "预算"}, "2026-03-20", "2026-03-02") == ("register", "2026-03-02")


def test_a_request_of_no_known_channel_counts_from_the_day_it_is_entered() -> None:
    assert entered({"subject": "预算"}, "2026-03-20") == ("register", "2026-03-20")


@pytest.mark.parametrize(
    "facts",
    [
        evidence(Channel.IN_PERSON, submitted="2026-03-21"),
        evidence(Channel.POST_EMS, submitted="2026-03-05", arrived="2026-03-04"),
        evidence(Channel.ONLINE, submitted="2026-03-05", confirmed="2026-03-04", how="电话"),
        evidence(Channel.POST_ORDINARY, arrived="2026-03-05", confirmed="2026-03-04", how="电话"),
    ],
)
def test_evidence_that_cannot_be_true_is_told(facts: dict[str, Any]) -> None:
    with pytest.raises(InputFault) as fault:
        entered(facts, "2026-03-20")
    assert all("2026-03-" in sentence for sentence in fault.value.sentences)


DAYS = st.none() | st.dates(date(2025, 12, 20), date(2026, 3, 20))


@given(channel=st.sampled_from(Channel), days=st.tuples(DAYS, DAYS, DAYS), misdirected=st.booleans(), cap=st.booleans())
def test_whatever_is_known_a_request_enters_once_by_the_day_that_article_31_gives(
    channel: Channel, days: tuple[date | None, ...], misdirected: bool, cap: bool
) -> None:
    names = ("submitted_on", "arrived_on", "confirmed_on")
    known = {name: each for name, each in zip(names, days, strict=True) if each is not None}
    facts = {"channel": channel, "misdirected": misdirected, "confirmed_how": "电话", **known}
    practice, today = Practice(confirmation_cap=cap), date(2026, 3, 20)
    submitted, arrived, confirmed = days
    given_days = [each for each in days if each is not None]
    if given_days != sorted(given_days):
        with pytest.raises(InputFault):
            arrivals.first_event(facts, None, CALENDAR, practice, today)
        return
    happening = arrivals.first_event(facts, None, CALENDAR, practice, today)
    if channel in (Channel.IN_PERSON, Channel.ORAL):
        wanted = submitted
    elif channel in (Channel.POST_EMS, Channel.POST_REGISTERED):
        wanted = arrived
    elif channel is Channel.POST_ORDINARY:
        wanted = confirmed
    else:
        latest = CALENDAR.nth(submitted, 1) if cap and submitted is not None else None
        over = latest is not None and today > latest
        wanted = min(each for each in (confirmed, latest) if each) if confirmed else (latest if over else None)
    assert (happening.event, happening.happened_on) == (
        (REGISTER, wanted) if wanted else (ARRIVE, arrived or submitted or today)
    )


# Registered at the desk


REGISTERED = [
    ("2026-03-02", {"channel": Channel.IN_PERSON, "submitted_on": "2026-03-02"}, "条例第三十一条第一项"),
    ("2026-03-02", {"channel": Channel.ORAL, "submitted_on": "2026-03-02"}, "条例第二十九条第一款、第三十一条第一项"),
    ("2026-03-02", {"channel": Channel.POST_EMS, "arrived_on": "2026-03-02"}, "条例第三十一条第二项"),
    ("2026-03-02", {"channel": Channel.POST_REGISTERED, "arrived_on": "2026-03-02"}, "条例第三十一条第二项"),
    (
        "2026-03-02",
        {"channel": Channel.POST_ORDINARY, "arrived_on": "2026-02-27", "confirmed_on": "2026-03-02"},
        "条例第三十一条第二项",
    ),
    ("2026-03-02", {"channel": Channel.ONLINE, "submitted_on": "2026-03-01"}, "条例第三十一条第三项"),
    (
        "2026-03-02",
        {"channel": Channel.EMAIL, "submitted_on": "2026-03-01", "confirmed_on": "2026-03-04"},
        "条例第三十一条第三项",
    ),
    (
        "2026-03-02",
        {"channel": Channel.FAX, "submitted_on": "2026-03-02", "confirmed_on": "2026-03-02"},
        "条例第三十一条第三项",
    ),
]


@pytest.mark.parametrize(
    ("received", "facts", "article"), REGISTERED, ids=[str(f["channel"]) for _, f, _ in REGISTERED]
)
@pytest.mark.parametrize("wrong", ["2026-02-28", "2026-03-03"])
def test_art31_a_request_is_registered_on_its_day_and_on_no_other(
    office: Office, received: str, facts: dict[str, Any], article: str, wrong: str
) -> None:
    refusal = office.refused(REGISTER, wrong, confirmed_how="电话", **facts)
    assert (refusal.article, received in refusal.sentence) == (article, True)
    office.register(received, confirmed_how="电话", **facts)
    assert office.case.received == day(received)
    assert office.due() == "2026-03-30"
    with pytest.raises(InputFault, match="2026-11-23"):
        office.register("2026-11-23")
    # What can be registered is not left in the tray.
    assert received in office.refused(ARRIVE, received, confirmed_how="电话", **facts).sentence


def test_evidence_that_contradicts_itself_is_not_registered(office: Office) -> None:
    turned = {"channel": Channel.POST_EMS, "submitted_on": "2026-03-03", "arrived_on": "2026-03-02"}
    assert "签收日期" in office.mistaken(REGISTER, "2026-03-02", **turned).sentences[0]


@pytest.mark.parametrize("facts", [{}, {"channel": Channel.POST_EMS}])
def test_nothing_was_received_before_it_was_sent(office: Office, facts: dict[str, Any]) -> None:
    fault = office.mistaken(REGISTER, "2026-03-02", submitted_on="2026-03-03", **facts)
    assert "2026-03-03" in fault.sentences[0]


# Channels


@pytest.fixture
def basic(office: Office) -> Office:
    """An office whose agency has announced the basic channels only."""
    office.choose("channels", "当面、口头、邮寄（EMS）、邮寄（挂号信）、邮寄（平信）")
    return office


@pytest.mark.parametrize("channel", OPTIONAL, ids=lambda each: each.value)
def test_art28_a_channel_that_was_not_announced_is_told_with_those_that_were(basic: Office, channel: Channel) -> None:
    sent = {"channel": channel, "submitted_on": "2026-03-02"}
    for event, on in ((REGISTER, "2026-03-03"), (ARRIVE, "2026-03-02")):
        refusal = basic.refused(event, on, **sent)
        assert refusal.article == "条例第二十八条"
        assert f"“{channel.label}”" in refusal.sentence
        assert "邮寄（平信）" in refusal.sentence


UNHEARD_OF = [["online"], ["fax", "email"], [channel.value for channel in OPTIONAL]]


@pytest.mark.parametrize("channels", UNHEARD_OF, ids=str)
@pytest.mark.parametrize("channel", [Channel.IN_PERSON, Channel.ORAL, *BY_POST], ids=lambda each: each.value)
def test_art28_in_person_and_by_post_is_never_refused_whatever_the_settings_hold(
    office: Office, channel: Channel, channels: list[str]
) -> None:
    # No administrator can choose this; it may stand in the row all the same.
    with office.engine.begin() as connection:
        row = update(agency).where(agency.c.id == office.agency_id)
        connection.execute(row.values(settings={"practice": {"channels": channels}}))
    came = {"submitted_on": "2026-03-02", "arrived_on": "2026-03-02", "confirmed_on": "2026-03-02"}
    office.register("2026-03-02", channel=channel, confirmed_how="电话", **came)
    office.arrive("2026-03-02", channel=channel)
    assert office.case.state is State.UNCONFIRMED


def test_art28_who_has_announced_nothing_takes_every_channel(office: Office) -> None:
    with office.engine.begin() as connection:
        row = update(agency).where(agency.c.id == office.agency_id)
        connection.execute(row.values(settings={"practice": {"channels": []}}))
    for channel in OPTIONAL:
        office.register("2026-03-03", channel=channel, submitted_on="2026-03-02")


def test_art28_a_channel_given_up_later_stops_no_request_that_came_by_it(basic: Office) -> None:
    basic.choose("channels", "、".join(Channel.labels()))
    basic.arrive("2026-03-02", channel=Channel.FAX, arrived_on="2026-03-02")
    basic.choose("channels", "当面、口头、邮寄（EMS）、邮寄（挂号信）、邮寄（平信）")
    basic.then(CONFIRM, "2026-03-02", how="电话")
    assert basic.case.received == day("2026-03-02")


# Arrived, not yet received


LETTER = {"channel": Channel.POST_ORDINARY, "arrived_on": "2026-03-02"}
ONLINE = {"channel": Channel.ONLINE, "submitted_on": "2026-03-06"}


def test_an_arrival_has_a_number_and_a_day_to_confirm_it_but_no_clock_and_no_place_in_the_report(
    office: Office,
) -> None:
    assert office.arrive("2026-03-02", **LETTER) == "2026-0001"
    case = office.case
    assert (case.state, case.received, case.entered) == (State.UNCONFIRMED, None, day("2026-03-02"))
    assert office.due(DeadlineKind.CONFIRM) == "2026-03-02"
    for kind in set(DeadlineKind) - {DeadlineKind.CONFIRM}:
        assert office.deadline(kind) is None
    assert office.counted() == {}
    receipt = office.record.receipt(day("2026-03-04"))
    assert receipt is not None
    assert (receipt.day, receipt.confirm_by) == (None, day("2026-03-02"))
    assert receipt.open_points
    assert receipt.warnings


@pytest.mark.parametrize(
    ("came", "confirm_by"),
    # On a day off the office confirms on the next working day (Art. 31: on the day of receipt).
    [
        ("2026-03-06", "2026-03-06"),
        ("2026-03-07", "2026-03-09"),
        ("2026-02-14", "2026-02-14"),
        ("2026-02-16", "2026-02-24"),
    ],
)
def test_art31_a_request_is_to_be_confirmed_on_the_day_it_comes(office: Office, came: str, confirm_by: str) -> None:
    office.today_is("2026-02-14" if came < "2026-02-15" else came)
    office.arrive(came, channel=Channel.ONLINE, submitted_on=came)
    assert office.due(DeadlineKind.CONFIRM) == confirm_by


def test_a_request_without_a_channel_cannot_be_left_open(office: Office) -> None:
    assert office.refused(ARRIVE, "2026-03-02").article == "条例第三十一条"


def test_nothing_is_done_with_an_arrival_but_what_settles_or_notes_it(office: Office) -> None:
    office.arrive("2026-03-02", **LETTER)
    may = {event for event in EventKind if not {event} & {REGISTER, ARRIVE} and _allowed(office, event)}
    noted = {EventKind.CHANGE_KIND, EventKind.ASSIGN, EventKind.NOTE, EventKind.ATTACH}
    assert may == {CONTACT, CONFIRM, DISMISS, AMEND, VOID, *noted}
    refusal = office.refused(EventKind.ASK_CORRECTION, "2026-03-03", items="年份")
    assert (refusal.article, "确认收到" in office.option(EventKind.ASK_CORRECTION, "2026-03-03").reason) == (
        "条例第三十条",
        True,
    )


def _allowed(office: Office, event: EventKind) -> bool:
    found = [option for option in office.record.options(day("2026-03-03")) if option.event is event]
    return bool(found) and found[0].allowed


# Confirmed


@pytest.mark.parametrize(
    ("came", "facts", "on", "confirmation", "received"),
    [
        ("2026-03-02", LETTER, "2026-03-05", {"how": "电话"}, "2026-03-05"),
        ("2026-03-06", ONLINE, "2026-03-06", {"how": "短信"}, "2026-03-06"),
        ("2026-03-06", ONLINE, "2026-03-09", {"how": "短信"}, "2026-03-09"),
        # What the office did late does not lengthen its time.
        ("2026-03-06", ONLINE, "2026-03-12", {"how": "短信"}, "2026-03-09"),
        # Evidence that was missing.
        ("2026-03-04", {"channel": Channel.POST_EMS}, "2026-03-05", {"arrived_on": "2026-03-02"}, "2026-03-02"),
        ("2026-03-02", {"channel": Channel.IN_PERSON}, "2026-03-05", {"submitted_on": "2026-03-02"}, "2026-03-02"),
        # Nobody knows when it was sent, so it counts from the confirmation.
        ("2026-03-02", {"channel": Channel.ONLINE}, "2026-03-05", {"how": "电话"}, "2026-03-05"),
        (
            "2026-03-02",
            {"channel": Channel.ONLINE},
            "2026-03-05",
            {"how": "电话", "submitted_on": "2026-03-02"},
            "2026-03-03",
        ),
    ],
)
def test_art31_the_confirmation_settles_the_day_of_receipt(
    office: Office, came: str, facts: dict[str, Any], on: str, confirmation: dict[str, Any], received: str
) -> None:
    office.today_is(came)
    office.arrive(came, **facts)
    office.today_is("2026-03-12")
    wrong = office.refused(CONFIRM, on, received_on="2026-03-01", **confirmation)
    assert wrong.article.startswith("条例第三十一条")
    assert received in wrong.sentence
    office.then(CONFIRM, on, **confirmation)
    assert (office.case.state, office.case.received) == (State.RECEIVED, day(received))
    assert office.log[-1].happening.facts["received_on"] == day(received)
    assert office.counted() == {"new": 1, "carried_out": 1}
    assert office.due() == CALENDAR.nth(day(received), 20).isoformat()
    assert office.due(DeadlineKind.CONFIRM) is None
    assert office.case.month_ordinal == 1
    # Settled is settled.
    assert office.refused(CONFIRM, "2026-03-12", how="电话")


@pytest.mark.parametrize(
    ("facts", "confirmation"),
    [
        (LETTER, {}),
        ({"channel": Channel.POST_EMS}, {"how": "电话"}),
        ({"channel": Channel.IN_PERSON}, {}),
        ({"channel": Channel.ONLINE}, {}),
    ],
    ids=["a letter not confirmed", "no signature", "no day of submission", "nothing known"],
)
def test_art31_what_is_still_missing_is_told_and_nothing_is_confirmed(
    office: Office, facts: dict[str, Any], confirmation: dict[str, Any]
) -> None:
    office.today_is("2026-03-02")
    office.arrive("2026-03-02", **facts)
    refusal = office.refused(CONFIRM, "2026-03-02", **confirmation)
    assert "还不能确定" in refusal.sentence
    assert refusal.article.startswith("条例第三十一条")


def test_a_confirmation_comes_after_the_request_and_not_in_the_future(office: Office) -> None:
    office.arrive("2026-03-02", **LETTER)
    office.mistaken(CONFIRM, "2026-11-23", how="电话")
    with pytest.raises(Exception, match="2026-03-0"):
        office.then(CONFIRM, "2026-03-01", how="电话")
    assert office.case.state is State.UNCONFIRMED


def test_letter_207_who_cannot_be_reached_is_tried_on_three_working_days_and_the_clock_waits(office: Office) -> None:
    office.today_is("2026-03-06")
    office.arrive("2026-03-05", channel=Channel.POST_ORDINARY, arrived_on="2026-03-05")
    for tries, on in enumerate(("2026-03-05", "2026-03-06"), 1):
        office.then(CONTACT, on, how="电话无人接听")
        assert any(f"已计 {tries} 次" in point for point in points(office, on))
    office.today_is("2026-03-10")
    # A Sunday counts for nothing.
    office.then(CONTACT, "2026-03-08", how="电话无人接听")
    assert any("已计 2 次" in point for point in points(office, "2026-03-08"))
    office.then(CONTACT, "2026-03-09", how="短信未回")
    assert any("已在 3 个工作日联系申请人未果" in point for point in points(office, "2026-03-10"))
    assert office.start_arrivals() == 0
    office.then(CONFIRM, "2026-03-10", how="电话")
    assert office.case.received == day("2026-03-10")


def points(office: Office, on: str) -> tuple[str, ...]:
    """What is still to be done on a day, so that the request is received."""
    receipt = office.record.receipt(day(on))
    assert receipt is not None
    return receipt.open_points


def test_law12_41_an_attempt_in_vain_does_not_hold_up_an_online_request(office: Office) -> None:
    office.today_is("2026-03-06")
    office.arrive("2026-03-06", **ONLINE)
    office.then(CONTACT, "2026-03-06", how="电话无人接听")
    office.today_is("2026-03-10")
    assert office.start_arrivals() == 1
    assert office.case.received == day("2026-03-09")


# Dismissed


def test_what_is_no_request_is_dismissed_with_a_reason_and_never_counted(office: Office) -> None:
    office.arrive("2026-03-02", **LETTER)
    office.mistaken(DISMISS, "2026-03-03")
    office.then(DISMISS, "2026-03-03", reason="广告信")
    assert (office.case.state, office.case.received) == (State.VOID, None)
    assert office.deadline(DeadlineKind.CONFIRM) is None
    assert office.counted() == {}
    assert not office.record.case.is_open()
    # The number stays taken.
    assert office.register("2026-03-04") == "2026-0002"
    assert office.case.month_ordinal == 1
    office.take_up("2026-0001")
    office.then(EventKind.NOTE, "2026-03-05", text="已退回")
    assert office.refused(CONFIRM, "2026-03-05", how="电话")
    assert office.start_arrivals() == 0


def test_a_request_received_in_law_is_not_dismissed(office: Office) -> None:
    office.register()
    assert office.refused(DISMISS, "2026-03-03", reason="广告信").article == "条例第二十九条、第三十一条"


# The cap


def test_art31_an_online_request_starts_by_itself_when_the_next_working_day_is_over(office: Office) -> None:
    office.today_is("2026-03-06")
    office.arrive("2026-03-06", **ONLINE)
    receipt = office.record.receipt(day("2026-03-06"))
    assert receipt is not None
    assert receipt.starts_by_itself == day("2026-03-09")
    for on, started in (("2026-03-06", 0), ("2026-03-09", 0), ("2026-03-10", 1), ("2026-03-10", 0), ("2026-03-11", 0)):
        office.today_is(on)
        assert office.start_arrivals() == started
    assert (office.case.state, office.case.received) == (State.RECEIVED, day("2026-03-09"))
    assert office.due() == "2026-04-07"
    assert office.log[-1].happening == Happening(
        CONFIRM, day("2026-03-09"), {"received_on": day("2026-03-09"), "month_ordinal": 1}
    )
    with office.engine.connect() as connection:
        actor = select(case_event.c.actor).where(case_event.c.kind == CONFIRM.value)
        assert connection.scalars(actor).all() == ["system:arrivals"]


def test_art31_a_request_entered_late_is_received_on_its_day(office: Office) -> None:
    # Taken in on the last day of the cap, looked at a week later.
    office.today_is("2026-03-09")
    office.arrive("2026-03-09", **ONLINE)
    office.today_is("2026-03-16")
    assert office.start_arrivals() == 1
    assert office.case.received == day("2026-03-09")


def test_art31_a_confirmation_after_the_start_changes_nothing(office: Office) -> None:
    office.today_is("2026-03-06")
    office.arrive("2026-03-06", **ONLINE)
    office.today_is("2026-03-12")
    office.start_arrivals()
    assert office.refused(CONFIRM, "2026-03-12", how="电话")
    assert office.case.received == day("2026-03-09")


def test_only_what_the_cap_is_for_starts_by_itself(office: Office) -> None:
    office.today_is("2026-03-02")
    still = [
        office.arrive("2026-03-02", **LETTER),
        office.arrive("2026-03-02", channel=Channel.IN_PERSON),
        office.arrive("2026-03-02", channel=Channel.POST_EMS),
        office.arrive("2026-03-02", channel=Channel.ONLINE),
    ]
    started = [office.arrive("2026-03-02", channel=channel, submitted_on="2026-03-02") for channel in OPTIONAL]
    office.today_is("2026-11-20")
    assert office.start_arrivals() == 3
    assert {number: office.take_up(number).received for number in still} == dict.fromkeys(still)
    assert {number: office.take_up(number).received for number in started} == dict.fromkeys(started, day("2026-03-03"))


def test_law12_2_an_agency_without_the_cap_waits_for_the_confirmation(office: Office) -> None:
    office.choose("confirmation_cap", "否")
    office.today_is("2026-03-06")
    office.arrive("2026-03-06", **ONLINE)
    office.today_is("2026-11-20")
    assert office.start_arrivals() == 0
    office.then(CONFIRM, "2026-11-20", how="电话")
    assert office.case.received == day("2026-11-20")


def test_arrivals_start_within_their_agency(office: Office) -> None:
    other = Office(office.engine, another_agency(office.engine), office.cipher)
    other._taken = 1000
    for each in (office, other):
        each.today_is("2026-03-06")
        each.arrive("2026-03-06", **ONLINE)
        each.today_is("2026-03-10")
    assert office.start_arrivals() == 1
    assert other.case.state is State.UNCONFIRMED
    assert other.start_arrivals() == 1


def test_the_places_in_the_month_are_given_as_the_clocks_start(office: Office) -> None:
    office.today_is("2026-03-31")
    office.arrive("2026-03-30", channel=Channel.ONLINE, submitted_on="2026-03-30")
    office.arrive("2026-03-31", channel=Channel.ONLINE, submitted_on="2026-03-31")
    office.arrive("2026-03-30", LI, channel=Channel.ONLINE, submitted_on="2026-03-30")
    office.register("2026-03-31", WANG)
    office.today_is("2026-04-02")
    assert office.start_arrivals() == 3
    places = {number: office.take_up(number).month_ordinal for number in ("2026-0001", "2026-0002", "2026-0003")}
    # The first is the second of March, after the one that was registered; the second is of April.
    assert places == {"2026-0001": 2, "2026-0002": 1, "2026-0003": 1}


def test_a_start_that_was_voided_is_made_again(office: Office) -> None:
    # Silence of the agency never lengthens its own time, voiding neither.
    office.today_is("2026-03-06")
    office.arrive("2026-03-06", **ONLINE)
    office.today_is("2026-03-12")
    assert office.start_arrivals() == 1
    office.then(VOID, "2026-03-12", entry=2, reason="误以为没有收到")
    assert office.case.state is State.UNCONFIRMED
    assert office.start_arrivals() == 1
    assert office.case.received == day("2026-03-09")
    assert office.start_arrivals() == 0


def test_evidence_mended_in_the_tray_starts_the_clock(office: Office) -> None:
    office.today_is("2026-03-04")
    office.arrive("2026-03-04", channel=Channel.POST_EMS)
    office.then(AMEND, "2026-03-04", reason="收发室登记簿", arrived_on="2026-03-02")
    assert office.case.received is None
    assert office.start_arrivals() == 1
    assert office.case.received == day("2026-03-02")


@pytest.mark.parametrize(
    "mistake",
    [
        {"submitted_on": "2026-03-04"},
        {"arrived_on": "2026-11-23"},
        {"submitted_on": "2027-01-01"},
    ],
    ids=["sent after it came", "not yet come", "not yet sent"],
)
def test_no_mistake_in_the_tray_stops_the_others(office: Office, mistake: dict[str, str]) -> None:
    office.arrive("2026-03-02", **LETTER)
    office.then(CONTACT, "2026-03-03", how="电话无人接听")
    office.mistaken(AMEND, "2026-03-05", reason="看错", **mistake)
    assert office.start_arrivals() == 0
    assert office.record.receipt(day("2026-03-05")) is not None


# New Year


def test_the_year_end_counts_what_nobody_confirmed_in_the_year_in_which_it_was_received(office: Office) -> None:
    office.today_is("2025-12-31")
    old = office.arrive("2025-12-30", channel=Channel.ONLINE, submitted_on="2025-12-30")
    night = office.arrive("2025-12-31", channel=Channel.ONLINE, submitted_on="2025-12-31")
    letter = office.arrive("2025-12-30", channel=Channel.POST_ORDINARY, arrived_on="2025-12-30")
    done = office.close_the_year(2025)
    assert (done.newly_carried_over, done.carried_over) == (1, 1)
    # The last working day of the year; the first of the next, a Sunday that is worked; never.
    received = {number: office.take_up(number).received for number in (old, night, letter)}
    assert received == {old: day("2025-12-31"), night: day("2026-01-04"), letter: None}
    assert office.take_up(old).state is State.CARRIED_OVER_RECEIVED
    # law.md 3.6: received on 2025-12-31, the 20th working day is 2026-01-29.
    assert office.due() == "2026-01-29"
    assert office.counted(2025) == {"new": 1, "carried_out": 1}
    assert office.counted(2026) == {"new": 1, "carried_in": 1, "carried_out": 2}
    again = office.close_the_year(2025)
    assert (again.newly_carried_over, again.carried_over, again.cells_changed) == (0, 1, 0)


def test_the_year_end_on_new_years_day_leaves_open_what_may_still_be_confirmed(office: Office) -> None:
    office.today_is("2025-12-31")
    old = office.arrive("2025-12-30", channel=Channel.ONLINE, submitted_on="2025-12-30")
    night = office.arrive("2025-12-31", channel=Channel.ONLINE, submitted_on="2025-12-31")
    office.today_is("2026-01-01")
    assert office.start_arrivals() == 1
    assert [office.take_up(number).received for number in (old, night)] == [day("2025-12-31"), None]
    office.today_is("2026-01-04")
    office.then(CONFIRM, "2026-01-04", how="电话")
    assert office.take_up(night).received == day("2026-01-04")


def test_a_letter_of_december_confirmed_in_january_is_a_request_of_january(office: Office) -> None:
    office.today_is("2025-12-30")
    office.arrive("2025-12-30", channel=Channel.POST_ORDINARY, arrived_on="2025-12-30")
    assert office.close_the_year(2025).carried_over == 0
    office.then(CONFIRM, "2026-01-05", how="电话")
    assert office.counted(2025) == {}
    assert office.counted(2026) == {"new": 1, "carried_out": 1}


def test_a_letter_of_december_whose_signature_is_found_in_january_is_a_request_of_december(office: Office) -> None:
    office.today_is("2025-12-31")
    office.arrive("2025-12-31", channel=Channel.POST_EMS)
    assert office.close_the_year(2025).carried_over == 0
    office.then(CONFIRM, "2026-01-05", arrived_on="2025-12-30")
    assert office.case.received == day("2025-12-30")
    # The year is drafted again from the log.
    assert office.close_the_year(2025).newly_carried_over == 1
    assert office.counted(2025) == {"new": 1, "carried_out": 1}


def test_art31_a_dismissal_in_january_leaves_the_old_year_alone(office: Office) -> None:
    office.today_is("2025-12-31")
    office.arrive("2025-12-31", channel=Channel.POST_ORDINARY, arrived_on="2025-12-31")
    office.close_the_year(2025)
    office.then(DISMISS, "2026-01-05", reason="不是申请")
    assert (office.counted(2025), office.counted(2026)) == ({}, {})


def test_a_request_that_started_by_itself_is_answered_and_reported_like_any_other(office: Office) -> None:
    office.today_is("2026-03-06")
    office.arrive("2026-03-06", **ONLINE)
    office.today_is("2026-03-20")
    office.start_arrivals()
    office.refuse("2026-03-20", Outcome.REFUSED_PROCESS)
    assert office.counted() == {"new": 1, "results/refused_process": 1}
    with office.engine.connect() as connection:
        row = connection.execute(select(request_case)).one()
    assert (row.received_on, row.counted, row.is_open) == (day("2026-03-09"), True, False)


def test_the_channels_are_all_thought_of() -> None:
    assert {*OPTIONAL} == intake.ELECTRONIC
    assert {Channel.IN_PERSON, Channel.ORAL, *BY_POST, *OPTIONAL} == {*Channel}
