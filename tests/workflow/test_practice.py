"""An agency's choices (设置): the default of each, what it accepts, and that what was decided by it stays decided.

The defaults are those that law.md 12 recommends, with its reasons; 2 March 2026 is a Monday, the 20th working day after
it 30 March.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from models.personal import FieldCipher
from models.vocabulary import (
    Channel,
    ConsultationKind,
    DeadlineKind,
    EventKind,
    Matter,
    Means,
    Opinion,
    Outcome,
    ReopenGround,
    ReviewKind,
    ReviewResult,
    State,
    Tariff,
)
from runtime.database import Database
from tests.histories import another_agency
from tests.lawful import Office, day, open_office
from tests.ledgers import stored
from workflow import joint, practice, practice_book
from workflow.desk import Done
from workflow.faults import InputFault
from workflow.practice import SETTINGS, STANDARD, Practice

# law.md 12 by its numbers, 4 (fees are optional) and 2 (Arts. 18, 28, 30, 41).
DEFAULTS: dict[str, Any] = {
    "channels": tuple(Channel),  # Art. 28: without an announcement the applicant chooses
    "confirmation_cap": True,  # no. 2
    "misdirected_by": "signature",  # no. 4
    "contact_attempts": 3,  # no. 41
    "correction_days": 10,  # no. 10
    "second_correction": True,  # no. 9: with a reason
    "late_correction_reopens": True,  # no. 11
    "superior_suspends": True,  # no. 6
    "charges_fees": False,  # section 4: off by default
    "fee_restarts": True,  # no. 13
    "courier_override": True,  # no. 18: with a reason
    "review_channel": "",
    "reopened_days": 20,  # 3.3: performance judgments use 20
    "rectification_days": 20,  # no. 40
    "reevaluation_months": 12,  # Art. 18: yearly
    "lapse_grace_days": 0,
    # When and whom to remind: decision 0013.
    "reminders": "",
    "remind_head_days": 1,
    "remind_leader_days": 1,
    "quiet_from": 20,
    "quiet_until": 8,
    "area_report": False,
    # Nobody need approve beyond what the rights say, until an agency sets it: decision 0022.
    "approve_reply": (),
    "approve_extension": (),
    "approve_delay": (),
    "approve_twice": False,
    "approval_days": 2,  # 8.3
    "attachment_mb": 20,
    "second_factor": "none",
    # What letters say of the agency; since 2024 a local department's decisions go to its government (6.3).
    "letterhead": "",
    "office_name": "",
    "office_address": "",
    "office_telephone": "",
    "agency_kind": "department",
    "reconsideration_body": "",
    "court": "",
    "payment_way": "",
    "letter_sign": "",
    "letter_number": "",
}
ANOTHER: dict[str, str] = {
    "channels": "当面、口头、邮寄（EMS）、邮寄（挂号信）、邮寄（平信）",
    "confirmation_cap": "否",
    "misdirected_by": "确认",
    "contact_attempts": "5",
    "correction_days": "15",
    "second_correction": "否",
    "late_correction_reopens": "否",
    "superior_suspends": "否",
    "charges_fees": "是",
    "fee_restarts": "否",
    "courier_override": "否",
    "review_channel": "https://xzfy.example.gov.cn/",
    "reopened_days": "15",
    "rectification_days": "30",
    "reevaluation_months": "6",
    "lapse_grace_days": "5",
    "reminders": "默认=5、当日、逾期",
    "remind_head_days": "3",
    "remind_leader_days": "2",
    "quiet_from": "18",
    "quiet_until": "9",
    "area_report": "是",
    "approve_reply": "法制审核、保密审查、分管领导",
    "approve_extension": "公开机构负责人",
    "approve_delay": "公开机构负责人、分管领导",
    "approve_twice": "是",
    "approval_days": "3",
    "attachment_mb": "5",
    "second_factor": "所有人",
    "letterhead": "测试市数据局办公室",
    "office_name": "测试市数据局政务公开科",
    "office_address": "测试市人民路1号，邮政编码100000",
    "office_telephone": "010-00000000",
    "agency_kind": "实行垂直领导的机关",
    "reconsideration_body": "测试市人民政府",
    "court": "测试市中级人民法院",
    "payment_way": "测试市非税收入收缴账户",
    "letter_sign": "测数",
    "letter_number": "{代字}公开〔{年}〕{号}号；补={代字}补〔{年}〕{号}号",
}
"""Another value than the default, for each setting."""


@pytest.fixture
def office(shared: Database, cipher: FieldCipher) -> Iterator[Office]:
    """An office whose log is in order when the test is over."""
    with open_office(shared, cipher) as opened:
        yield opened


# Defaults


def test_every_choice_has_the_recommended_default() -> None:
    assert {field.name: getattr(STANDARD, field.name) for field in fields(Practice)} == DEFAULTS


def test_every_choice_is_listed_with_its_label_and_source() -> None:
    assert [setting.name for setting in SETTINGS] == [field.name for field in fields(Practice)] == list(ANOTHER)
    assert all(setting.label and setting.source for setting in SETTINGS)


@pytest.mark.parametrize("settings", [None, {}, {"practice": {}}, {"practice": {"gone": 3}}, {"letterhead": "x"}])
def test_who_has_chosen_nothing_has_the_defaults(settings: Any) -> None:
    assert practice.of(settings) == STANDARD


# Values


@pytest.mark.parametrize(
    ("name", "written", "value"),
    [
        ("confirmation_cap", "是", True),
        ("confirmation_cap", " 否 ", False),
        ("charges_fees", "TRUE", True),
        ("charges_fees", "no", False),
        ("misdirected_by", "签收", "signature"),
        ("misdirected_by", "确认", "confirmation"),
        ("misdirected_by", "confirmation", "confirmation"),
        ("contact_attempts", "1", 1),
        ("contact_attempts", "20", 20),
        ("correction_days", "60", 60),
        ("correction_days", "015", 15),
        ("reevaluation_months", "0", 0),
        ("reevaluation_months", "120", 120),
        ("lapse_grace_days", "0", 0),
        ("rectification_days", " 30 ", 30),
        ("review_channel", "https://xzfy.example.gov.cn/申请?a=1", "https://xzfy.example.gov.cn/申请?a=1"),
        ("review_channel", "", ""),
        ("review_channel", "掌上复议" * 125, "掌上复议" * 125),
    ],
)
def test_a_value_is_read_as_an_administrator_writes_it(name: str, written: str, value: Any) -> None:
    read = practice.parse(name, written)
    assert (type(read), read) == (type(value), value)


ALL_CHANNELS = "当面、邮寄（EMS）、邮寄（挂号信）、邮寄（平信）、电子邮件、网络、传真、口头"


@pytest.mark.parametrize("written", [ALL_CHANNELS, ALL_CHANNELS.replace("、", ","), ALL_CHANNELS.replace("、", " ， ")])
def test_channels_are_read_with_any_comma_between_them_and_kept_in_their_order(written: str) -> None:
    assert practice.parse("channels", written) == tuple(Channel)
    turned = "口头、邮寄（平信）、网络、邮寄（挂号信）、邮寄（EMS）、当面"
    chosen = practice.parse("channels", turned)
    assert [channel.label for channel in chosen] == [
        "当面", "邮寄（EMS）", "邮寄（挂号信）", "邮寄（平信）", "网络", "口头",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "written", "accepted"),
    [
        ("confirmation_cap", "也许", "是或否"),
        ("confirmation_cap", "", "是或否"),
        ("confirmation_cap", "1", "是或否"),
        ("charges_fees", "收", "是或否"),
        ("misdirected_by", "到达", "签收或确认"),
        ("contact_attempts", "0", "1 至 20"),
        ("contact_attempts", "21", "1 至 20"),
        ("contact_attempts", "三", "1 至 20"),
        ("correction_days", "0", "1 至 60"),
        ("correction_days", "61", "1 至 60"),
        ("correction_days", "-10", "1 至 60"),
        ("correction_days", "10.5", "1 至 60"),
        ("correction_days", "", "1 至 60"),
        ("correction_days", "十天", "1 至 60"),
        ("correction_days", "１０", "1 至 60"),
        ("reopened_days", "0", "1 至 60"),
        ("rectification_days", "121", "1 至 120"),
        ("reevaluation_months", "121", "0 至 120"),
        ("lapse_grace_days", "61", "0 至 60"),
        # Not to be mistaken for the 0 that its first digits are.
        ("lapse_grace_days", "0000000005", "0 至 60"),
        ("lapse_grace_days", "9" * 5000, "0 至 60"),
        ("review_channel", "x" * 501, "500"),
        ("review_channel", "一\n二", "500"),
        ("channels", "", "当面"),
        ("channels", "、", "当面"),
        ("channels", f"{ALL_CHANNELS}、电话", "当面"),
    ],
)
def test_a_value_that_cannot_be_is_told_in_one_sentence_with_what_is_accepted(
    name: str, written: str, accepted: str
) -> None:
    with pytest.raises(InputFault) as fault:
        practice.parse(name, written)
    (sentence,) = fault.value.sentences
    assert sentence.startswith(f"{name}：“")
    assert accepted in sentence
    assert len(sentence) < 6000


def test_an_unknown_choice_is_told_with_those_there_are() -> None:
    with pytest.raises(InputFault) as fault:
        practice.parse("reply_days", "15")
    (sentence,) = fault.value.sentences
    assert "“reply_days”" in sentence
    assert all(name in sentence for name in DEFAULTS)


@pytest.mark.parametrize("missing", ["当面", "邮寄（EMS）", "邮寄（挂号信）", "邮寄（平信）", "口头"])
def test_art28_a_basic_channel_cannot_be_left_out(missing: str) -> None:
    others = "、".join(label for label in Channel.labels() if label != missing)
    with pytest.raises(InputFault) as fault:
        practice.parse("channels", others)
    (sentence,) = fault.value.sentences
    assert f"“{missing}”" in sentence
    assert "国办公开办函〔2017〕19号" in sentence


@pytest.mark.parametrize("name", DEFAULTS)
def test_a_value_shown_can_be_written_again(name: str) -> None:
    for value in (DEFAULTS[name], practice.parse(name, ANOTHER[name])):
        shown = practice.shown(value)
        assert shown == "（未填）" if value == "" else practice.parse(name, shown) == value


@given(name=st.sampled_from(list(DEFAULTS)), written=st.text(max_size=20) | st.sampled_from(list(ANOTHER.values())))
def test_whatever_is_written_is_refused_or_kept_as_it_was_read_and_touches_nothing_else(
    name: str, written: str
) -> None:
    row = {"letterhead": "x", "practice": {"correction_days": 12, "charges_fees": True}}
    chosen_before = practice.of(row)
    try:
        value = practice.parse(name, written)
    except InputFault:
        with pytest.raises(InputFault):
            practice.changed(row, name, written)
        return
    kept = json.loads(json.dumps(practice.changed(row, name, written)))
    assert kept["letterhead"] == "x"
    chosen = practice.of(kept)
    assert getattr(chosen, name) == value
    assert replace(chosen, **{name: getattr(chosen_before, name)}) == chosen_before


# In the database


def test_a_choice_is_kept_with_its_agency_and_no_other(engine: Engine, agency_id: int) -> None:
    other = another_agency(engine)
    with engine.begin() as connection:
        was, now = practice_book.change(connection, agency_id, "correction_days", "15")
        assert (was.correction_days, now.correction_days) == (10, 15)
        practice_book.change(connection, agency_id, "charges_fees", "是")
    with engine.connect() as connection:
        kept = replace(STANDARD, correction_days=15, charges_fees=True)
        assert practice_book.read(connection, agency_id) == kept
        assert practice_book.read(connection, other) == STANDARD


def test_a_refused_value_leaves_the_choice_as_it_was(engine: Engine, agency_id: int) -> None:
    with pytest.raises(InputFault), engine.begin() as connection:
        practice_book.change(connection, agency_id, "correction_days", "15")
        practice_book.change(connection, agency_id, "correction_days", "0")
    with engine.connect() as connection:
        assert practice_book.read(connection, agency_id) == STANDARD


def test_every_choice_can_be_changed_and_changed_back(engine: Engine, agency_id: int) -> None:
    with engine.begin() as connection:
        for name, value in ANOTHER.items():
            practice_book.change(connection, agency_id, name, value)
        chosen = practice_book.read(connection, agency_id)
        assert not [name for name, default in DEFAULTS.items() if getattr(chosen, name) == default]
        for name, default in DEFAULTS.items():
            practice_book.change(connection, agency_id, name, "" if default == "" else practice.shown(default))
        assert practice_book.read(connection, agency_id) == STANDARD


# Frozen in the events


ONLINE = {"channel": Channel.ONLINE, "submitted_on": "2026-03-02"}
WITHHELD = {"outcome": Outcome.REFUSED_PROCESS, "means": Means.POST_EMS, "reasons": "过程稿，条例第十六条第二款"}
OF_CASES = ("request_case", "deadline", "fee", "review", "case_event")


def capped(office: Office) -> None:
    """An online request that nobody confirmed: received the next working day all the same."""
    office.register("2026-03-03", **ONLINE)


def confirmed_late(office: Office) -> None:
    """An online request at an agency that knows no cap: received when it was confirmed."""
    office.choose("confirmation_cap", "否")
    office.arrive("2026-03-02", **ONLINE)
    office.then(EventKind.CONFIRM, "2026-03-10", how="电话")


def misdirected(office: Office) -> None:
    """A registered letter to another desk of the agency, signed for."""
    facts = {"channel": Channel.POST_REGISTERED, "arrived_on": "2026-03-02", "misdirected": True}
    office.register("2026-03-02", **facts)


def misdirected_and_confirmed(office: Office) -> None:
    """The same at an agency that goes by the confirmation."""
    office.choose("misdirected_by", "确认")
    facts = {"channel": Channel.POST_REGISTERED, "arrived_on": "2026-03-02", "misdirected": True}
    office.arrive("2026-03-02", **facts)
    office.then(EventKind.CONFIRM, "2026-03-05", how="电话")


def by_fax(office: Office) -> None:
    """A request by a channel that is given up later."""
    fax = {"channel": Channel.FAX, "submitted_on": "2026-03-02", "confirmed_on": "2026-03-02", "confirmed_how": "电话"}
    office.register("2026-03-02", **fax)


def out_of_reach(office: Office) -> None:
    """An ordinary letter of somebody who cannot be reached."""
    office.arrive("2026-03-02", channel=Channel.POST_ORDINARY, arrived_on="2026-03-02")
    for on in ("2026-03-02", "2026-03-03", "2026-03-04"):
        office.then(EventKind.CONTACT, on, how="电话无人接听")


def correction_asked(office: Office) -> None:
    """A letter that names no day for the correction."""
    office.register()
    office.then(EventKind.ASK_CORRECTION, "2026-03-05", items="年份", delivered="2026-03-06")


def corrected_twice(office: Office) -> None:
    """A second letter for a new ambiguity, with a reason."""
    correction_asked(office)
    office.then(EventKind.CORRECT, "2026-03-10")
    letter = {"items": "文号", "override": "补正后出现新的歧义", "delivered": "2026-03-11"}
    office.then(EventKind.ASK_CORRECTION, "2026-03-11", **letter)


def given_up(office: Office) -> None:
    """What was not corrected in time, taken up again for good reason."""
    correction_asked(office)
    office.then(EventKind.LAPSE, "2026-03-23", outcome=Outcome.OTHER_NOT_CORRECTED)
    again = {"ground": ReopenGround.LATE_CORRECTION, "reason": "住院", "approver": "主任"}
    office.then(EventKind.REOPEN, "2026-03-25", **again)


def asked_above(office: Office) -> None:
    """The secrecy bureau asked, the clock suspended."""
    office.register()
    above = {"kind": ConsultationKind.SUPERIOR, "party": "市国家保密局", "legal_review": True}
    office.then(EventKind.CONSULT, "2026-03-05", **above)
    office.then(EventKind.OPINIONS_IN, "2026-03-19", consultation=1, opinion=Opinion.AGREE)


def billed(office: Office) -> None:
    """A fee notice, not yet paid."""
    office.choose("charges_fees", "是")
    office.register()
    office.then(EventKind.BILL, "2026-03-09", tariff=Tariff.BY_VOLUME, pages=31, billed_yuan=10)


def billed_without_restart(office: Office) -> None:
    """The same at an agency where the wait for the payment only does not count."""
    office.choose("fee_restarts", "否")
    billed(office)


def by_courier(office: Office) -> None:
    """A reply by a courier, with a reason."""
    office.register()
    office.then(EventKind.DECIDE, "2026-03-20", **{**WITHHELD, "means": Means.COURIER, "override": "海岛无邮政网点"})


def sent_online(office: Office) -> None:
    """A reply online that names the way to reconsideration by the agency's settings."""
    office.choose("review_channel", "https://old.example.gov.cn")
    office.register()
    office.then(EventKind.DECIDE, "2026-03-20", **{**WITHHELD, "means": Means.PORTAL})


def reopened(office: Office) -> None:
    """A new reply owed after a reconsideration decision that fixes no day."""
    office.register()
    office.then(EventKind.DECIDE, "2026-03-20", **WITHHELD)
    office.then(EventKind.OPEN_REVIEW, "2026-04-01", review_kind=ReviewKind.RECONSIDERATION)
    office.then(EventKind.CONCLUDE_REVIEW, "2026-05-06", review=1, result=ReviewResult.CORRECTED)
    office.then(EventKind.REOPEN, "2026-05-08", ground=ReopenGround.RECONSIDERATION, review=1)


def records_to_correct(office: Office) -> None:
    """A request to correct one's own records."""
    office.register(matter=Matter.RECTIFICATION)


def withheld(office: Office) -> None:
    """A denial, to be looked at again."""
    office.register()
    office.then(EventKind.DECIDE, "2026-03-20", **WITHHELD)


Script = Callable[[Office], None]
RESTING_ON: list[tuple[str, Script, str, DeadlineKind | None, str | None]] = [
    # The choice, a case that rests on it, the new value, and a deadline of the case with its last day.
    ("channels", by_fax, ANOTHER["channels"], DeadlineKind.REPLY, "2026-03-30"),
    ("confirmation_cap", capped, "否", DeadlineKind.REPLY, "2026-03-31"),
    ("confirmation_cap", confirmed_late, "是", DeadlineKind.REPLY, "2026-04-08"),
    ("misdirected_by", misdirected, "确认", DeadlineKind.REPLY, "2026-03-30"),
    ("misdirected_by", misdirected_and_confirmed, "签收", DeadlineKind.REPLY, "2026-04-02"),
    ("contact_attempts", out_of_reach, "5", DeadlineKind.CONFIRM, "2026-03-02"),
    ("correction_days", correction_asked, "15", DeadlineKind.CORRECTION, "2026-03-20"),
    ("second_correction", corrected_twice, "否", None, None),
    ("late_correction_reopens", given_up, "否", DeadlineKind.REPLY, None),
    ("superior_suspends", asked_above, "否", DeadlineKind.REPLY, "2026-04-14"),
    ("charges_fees", billed, "否", DeadlineKind.PAYMENT, "2026-04-07"),
    ("fee_restarts", billed, "否", DeadlineKind.PAYMENT, "2026-04-07"),
    ("fee_restarts", billed_without_restart, "是", DeadlineKind.PAYMENT, "2026-04-07"),
    ("courier_override", by_courier, "否", None, None),
    ("review_channel", sent_online, "", None, None),
    ("reopened_days", reopened, "15", None, None),
    ("rectification_days", records_to_correct, "30", DeadlineKind.REPLY, "2026-03-30"),
    ("reevaluation_months", withheld, "6", DeadlineKind.REEVALUATION, "2027-03-20"),
    ("lapse_grace_days", correction_asked, "5", DeadlineKind.CORRECTION, "2026-03-20"),
]


def test_every_choice_has_a_case_that_rests_on_it() -> None:
    # Whom to remind and when moves no deadline: what rests on it is in test_sweep and test_reminding.
    reminding = {"reminders", "remind_head_days", "remind_leader_days", "quiet_from", "quiet_until", "area_report"}
    # Nor does who approves: what rests on that is in test_drafts; files in test_attachments; who signs in how in test_sign_in.
    beside = {
        "approve_reply",
        "approve_extension",
        "approve_delay",
        "approve_twice",
        "approval_days",
        "attachment_mb",
        "second_factor",
    }
    # What letters say of the agency is in tests/letters.
    beside |= {"letterhead", "office_name", "office_address", "office_telephone"}
    beside |= {"agency_kind", "reconsideration_body", "court", "payment_way", "letter_sign", "letter_number"}
    assert {name for name, *_ in RESTING_ON} == set(DEFAULTS) - reminding - beside


@pytest.mark.parametrize(
    ("name", "script", "value", "kind", "due"),
    RESTING_ON,
    ids=[f"{name}-{script.__name__}" for name, script, *_ in RESTING_ON],
)
def test_changing_a_choice_moves_no_deadline_of_a_case_under_way(
    office: Office, name: str, script: Script, value: str, kind: DeadlineKind | None, due: str | None
) -> None:
    script(office)
    if kind is not None and due is not None:
        assert office.due(kind) == due
    before, case, clock = stored(office.engine, OF_CASES), office.case, None
    if case.received is not None:
        clock = office.clock("2026-05-11")
    with office.engine.begin() as connection:
        was, now = practice_book.change(connection, office.agency_id, name, value)
    assert was != now
    assert stored(office.engine, OF_CASES) == before
    assert office.case == case
    if clock is not None:
        assert office.clock("2026-05-11") == clock
    office.assert_in_order()
    # What comes next is reckoned by what was decided, too.
    office.then(EventKind.NOTE, "2026-05-11", text="设置已变更")
    assert office.case == case
    if kind is not None and due is not None:
        assert office.due(kind) == due


@pytest.mark.parametrize(
    ("name", "script", "value"),
    [each[:3] for each in RESTING_ON if each[0] in {"channels", "confirmation_cap", "misdirected_by"}],
    ids=lambda each: getattr(each, "__name__", None),
)
def test_art31_the_day_of_receipt_stays_settled_whatever_the_agency_chooses_later(
    office: Office, name: str, script: Script, value: str
) -> None:
    script(office)
    received = office.case.received
    office.choose(name, value)
    # What the case says of its day of receipt is what was decided.
    receipt = office.record.receipt(day("2026-05-11"))
    assert receipt is None or receipt.day == received
    # The register is amended and the letter split as before; neither asks again when the request was received.
    amended = office.then(EventKind.AMEND, "2026-03-12", reason="漏登一项", subject="2025年道路养护合同、桥梁检测报告")
    assert amended.received == received
    kept, made = split(office, "2025年道路养护合同", "2025年桥梁检测报告", on="2026-03-13")
    assert (kept.case.received, made.case.received) == (received, received)


def split(office: Office, keep: str, *others: str, on: str) -> list[Done]:
    """Split the letter on the desk into its items."""
    with office.engine.begin() as connection:
        return joint.split(
            connection, office.agency_id, office.number, keep, others, office.cipher, office.now, "officer:li", day(on)
        )


@pytest.mark.parametrize(
    ("script", "value", "due"),
    # Received 2 March, billed on the 9th, paid on the 20th: anew from the payment, or the nine days between not counted.
    [(billed, "否", "2026-04-20"), (billed_without_restart, "是", "2026-04-13")],
)
def test_fee_rules_art6_a_payment_restarts_the_period_as_it_was_when_the_notice_went_out(
    office: Office, script: Script, value: str, due: str
) -> None:
    script(office)
    office.choose("fee_restarts", value)
    office.choose("charges_fees", "否")
    office.then(EventKind.PAY, "2026-03-20", received_yuan=10)
    assert office.due() == due


def test_fee_rules_a_new_notice_follows_the_new_choice(office: Office) -> None:
    billed(office)
    office.choose("fee_restarts", "否")
    office.register()
    office.then(EventKind.BILL, "2026-03-09", tariff=Tariff.BY_VOLUME, pages=31, billed_yuan=10)
    office.then(EventKind.PAY, "2026-03-20", received_yuan=10)
    assert office.due() == "2026-04-13"


def test_art30_the_next_letter_follows_the_new_choice(office: Office) -> None:
    correction_asked(office)
    office.choose("correction_days", "15")
    correction_asked(office)
    # 15 working days from 6 March.
    assert office.due(DeadlineKind.CORRECTION) == "2026-03-27"


def test_art17_the_next_question_to_the_superior_follows_the_new_choice(office: Office) -> None:
    asked_above(office)
    office.choose("superior_suspends", "否")
    asked_above(office)
    assert office.due() == "2026-03-30"


def test_a_period_of_grace_is_waited_for_and_moves_no_last_day(office: Office) -> None:
    correction_asked(office)
    office.choose("lapse_grace_days", "5")
    # The correction was due on the 20th; 5 more working days are waited for, to the 27th.
    refusal = office.refused(EventKind.LAPSE, "2026-03-27", outcome=Outcome.OTHER_NOT_CORRECTED)
    assert refusal.article.startswith("条例第三十条")
    assert "再等待 5 个工作日" in refusal.sentence
    assert office.due(DeadlineKind.CORRECTION) == "2026-03-20"
    ended = office.then(EventKind.LAPSE, "2026-03-28", outcome=Outcome.OTHER_NOT_CORRECTED)
    assert ended.state is State.CLOSED


def test_the_number_of_attempts_is_what_the_office_is_told_and_starts_no_clock(office: Office) -> None:
    out_of_reach(office)
    (point,) = [p for p in office.record.receipt(day("2026-03-05")).open_points if "联系" in p]
    assert "已在 3 个工作日联系申请人未果" in point
    office.choose("contact_attempts", "5")
    (point,) = [p for p in office.record.receipt(day("2026-03-05")).open_points if "联系" in p]
    assert "还应再联系 2 次" in point
    assert office.case.received is None


def test_all_choices_changed_at_once_move_nothing_of_a_whole_docket(office: Office) -> None:
    scripts = {script.__name__: script for _, script, *_ in RESTING_ON}
    for script in scripts.values():
        for name in ("charges_fees", "fee_restarts", "confirmation_cap", "misdirected_by", "review_channel"):
            office.choose(name, "" if name == "review_channel" else practice.shown(DEFAULTS[name]))
        script(office)
    before = stored(office.engine, OF_CASES)
    for name, value in ANOTHER.items():
        office.choose(name, value)
    assert stored(office.engine, OF_CASES) == before
    # Another day off makes the clock reckon every case again: still by what was decided.
    office.declare_day_off("2026-11-27")
    moved = {row: stored(office.engine, OF_CASES)[row] for row in ("fee", "review")}
    assert moved == {row: before[row] for row in moved}
