"""Intake (law.md 2, Art. 31; 12, items 2-4 and 41): which day counts as 收到申请之日, by channel and evidence.

条例 = 《政府信息公开条例》 (the Regulation); the letters are 国办公开办函〔2015〕207号 and 〔2017〕19号.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.vocabulary import Channel
from workflow.calendar import DayRule, WorkCalendar, announced_years, national_calendar, national_rules
from workflow.faults import InputFault
from workflow.intake import (
    BASIC_CHANNELS,
    COUNTER,
    ELECTRONIC,
    SIGNED_MAIL,
    Choices,
    Evidence,
    Receipt,
    accepted,
    check_channels,
    receipt,
)

NATIONAL = national_calendar()
D = date.fromisoformat
MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (D(f"2026-03-0{number}") for number in range(2, 7))
SATURDAY, NEXT_MONDAY = D("2026-03-07"), D("2026-03-09")
NO_CAP = Choices(confirmation_cap=False)
BY_CONFIRMATION = Choices(misdirected_by="confirmation")

counter = pytest.mark.parametrize("channel", sorted(COUNTER))
signed = pytest.mark.parametrize("channel", sorted(SIGNED_MAIL))
electronic = pytest.mark.parametrize("channel", sorted(ELECTRONIC))
every_channel = pytest.mark.parametrize("channel", list(Channel))


def seen(channel: Channel, as_of: date = FRIDAY, choices: Choices | None = None, **evidence: Any) -> Receipt:
    return receipt(Evidence(channel, **evidence), NATIONAL, as_of, choices or Choices())


def letter(as_of: date = FRIDAY, choices: Choices | None = None, **evidence: Any) -> Receipt:
    return seen(Channel.POST_ORDINARY, as_of, choices, **evidence)


# The channels: Art. 28, 〔2017〕19号


def test_letter_19_in_person_oral_and_all_mail_are_the_basic_channels() -> None:
    assert {
        Channel.IN_PERSON,
        Channel.ORAL,
        Channel.POST_EMS,
        Channel.POST_REGISTERED,
        Channel.POST_ORDINARY,
    } == BASIC_CHANNELS


@pytest.mark.parametrize("missing", sorted(BASIC_CHANNELS))
def test_letter_19_no_basic_channel_can_be_switched_off(missing: Channel) -> None:
    with pytest.raises(InputFault) as caught:
        check_channels([channel for channel in Channel if channel is not missing])
    assert len(caught.value.sentences) == 1
    assert f"“{missing.label}”" in caught.value.sentences[0]
    assert "国办公开办函〔2017〕19号" in caught.value.sentences[0]


def test_letter_19_every_missing_channel_is_named_at_once() -> None:
    with pytest.raises(InputFault) as caught:
        check_channels([Channel.ONLINE])
    assert len(caught.value.sentences) == len(BASIC_CHANNELS)


def test_letter_19_fax_email_and_online_are_optional() -> None:
    check_channels(BASIC_CHANNELS)
    assert accepted(BASIC_CHANNELS) == BASIC_CHANNELS


def test_letter_19_an_announced_channel_binds_and_the_basic_ones_stay() -> None:
    assert accepted([Channel.EMAIL]) == BASIC_CHANNELS | {Channel.EMAIL}


def test_letter_19_without_an_announcement_the_applicant_chooses() -> None:
    assert accepted([]) == frozenset(Channel)


def test_art31_has_a_rule_for_every_channel() -> None:
    groups = (COUNTER, SIGNED_MAIL, ELECTRONIC, {Channel.POST_ORDINARY})
    assert sorted(channel for group in groups for channel in group) == sorted(Channel)


# In person and oral: Arts. 29(1), 31(1)


@counter
def test_art31_1_a_request_handed_in_is_received_the_day_it_is_submitted(channel: Channel) -> None:
    found = seen(channel, submitted=MONDAY)
    assert found.day == MONDAY
    assert not found.open_points
    assert not found.warnings
    assert found.confirm_by is None


@counter
def test_art31_1_the_day_it_reaches_the_desk_does_not_matter(channel: Channel) -> None:
    assert seen(channel, submitted=MONDAY, arrived=WEDNESDAY).day == MONDAY


@counter
def test_art31_1_arrival_does_not_stand_in_for_a_missing_submission(channel: Channel) -> None:
    found = seen(channel, arrived=MONDAY)
    assert found.day is None
    assert "缺少提交日期" in found.open_points[0]
    assert f"到达日期 {MONDAY} 不能代替" in found.open_points[0]


def test_art29_1_an_oral_request_is_taken_down_by_the_office() -> None:
    found = seen(Channel.ORAL, submitted=MONDAY)
    assert found.article == "条例第二十九条第一款、第三十一条第一项"
    assert "代为填写" in found.reasons[0]


# Signed mail: Art. 31(2), first half; item 3


@signed
def test_art31_2_signed_mail_is_received_the_day_the_mail_room_signs(channel: Channel) -> None:
    found = seen(channel, submitted=MONDAY, arrived=WEDNESDAY)
    assert found.day == WEDNESDAY
    assert found.article == "条例第三十一条第二项"
    assert any("收发室签收即为签收" in reason for reason in found.reasons)
    assert found.confirm_by is None


@signed
def test_art31_2_signed_mail_needs_no_confirmation(channel: Channel) -> None:
    assert seen(channel, arrived=MONDAY, confirmed=THURSDAY, how="电话").day == MONDAY


@signed
def test_art31_2_without_the_signature_there_is_no_day(channel: Channel) -> None:
    found = seen(channel, submitted=MONDAY)
    assert found.day is None
    assert "缺少签收日期" in found.open_points[0]


# Signed mail to another desk: item 4


@signed
def test_item4_misdirected_signed_mail_counts_from_the_signature_by_default(channel: Channel) -> None:
    found = seen(channel, arrived=MONDAY, confirmed=WEDNESDAY, how="电话", misdirected=True)
    assert found.day == MONDAY
    assert any("按本机关设置" in reason for reason in found.reasons)


@signed
def test_item4_misdirected_signed_mail_may_count_from_the_confirmation(channel: Channel) -> None:
    found = seen(channel, FRIDAY, BY_CONFIRMATION, arrived=MONDAY, confirmed=WEDNESDAY, how="电话", misdirected=True)
    assert found.day == WEDNESDAY
    assert "国办公开办函〔2015〕207号" in found.article
    assert found.confirm_by == MONDAY


@signed
def test_item4_misdirected_signed_mail_by_confirmation_waits_for_it(channel: Channel) -> None:
    found = seen(channel, MONDAY, BY_CONFIRMATION, arrived=MONDAY, misdirected=True)
    assert found.day is None
    assert f"今天（{MONDAY}）就应确认" in found.open_points[0]
    assert "缺少签收日期" in seen(channel, MONDAY, BY_CONFIRMATION, misdirected=True).open_points[0]


@signed
def test_item4_the_choice_touches_only_mail_that_was_misdirected(channel: Channel) -> None:
    assert seen(channel, FRIDAY, BY_CONFIRMATION, arrived=MONDAY, confirmed=WEDNESDAY).day == MONDAY


def test_item4_misdirected_ordinary_mail_counts_from_the_confirmation_whatever_is_chosen() -> None:
    for choices in (Choices(), BY_CONFIRMATION):
        assert letter(FRIDAY, choices, arrived=MONDAY, confirmed=MONDAY, how="电话", misdirected=True).day == MONDAY
        assert letter(FRIDAY, choices, arrived=MONDAY, misdirected=True).day is None


@every_channel
def test_letter_19_a_misdirected_request_is_to_be_handed_over(channel: Channel) -> None:
    assert any("转交政府信息公开工作机构" in warning for warning in seen(channel, misdirected=True).warnings)
    assert not any("转交" in warning for warning in seen(channel).warnings)


# Ordinary mail: Art. 31(2), second half


def test_art31_2_ordinary_mail_is_received_the_day_it_is_confirmed() -> None:
    found = letter(arrived=MONDAY, confirmed=MONDAY, how="电话")
    assert found.day == MONDAY
    assert found.confirm_by == MONDAY
    assert not found.open_points
    assert not found.warnings


def test_art31_2_ordinary_mail_confirmed_after_the_day_of_arrival_gives_a_warning() -> None:
    found = letter(arrived=MONDAY, confirmed=WEDNESDAY, how="电话")
    assert found.day == WEDNESDAY
    assert len(found.warnings) == 1
    assert f"应于 {MONDAY} 与申请人确认，实际于 {WEDNESDAY} 确认（条例第三十一条第二项）" in found.warnings[0]


def test_art31_2_ordinary_mail_not_confirmed_has_no_day() -> None:
    found = letter(MONDAY, arrived=MONDAY)
    assert found.day is None
    assert found.starts_by_itself is None
    assert f"今天（{MONDAY}）就应确认" in found.open_points[0]
    assert not found.warnings


def test_art31_2_ordinary_mail_not_confirmed_the_same_day_gives_a_warning() -> None:
    found = letter(TUESDAY, arrived=MONDAY)
    assert f"截至 {TUESDAY} 尚未确认" in found.warnings[0]
    assert f"本应于 {MONDAY} 确认，已逾期 1 个工作日，今天（{TUESDAY}）就应确认" in found.open_points[0]


def test_art31_2_a_letter_that_arrives_on_a_day_off_is_confirmed_by_the_next_working_day() -> None:
    found = letter(SATURDAY, arrived=SATURDAY)
    assert found.confirm_by == NEXT_MONDAY
    assert f"应于 {NEXT_MONDAY} 前（含当日）确认" in found.open_points[0]
    assert not letter(NEXT_MONDAY, arrived=SATURDAY, confirmed=NEXT_MONDAY, how="电话").warnings


def test_art31_2_an_overdue_confirmation_is_not_asked_for_on_a_day_off() -> None:
    asked = letter(SATURDAY, arrived=MONDAY).open_points[0]
    assert f"本应于 {MONDAY} 确认，已逾期 4 个工作日，应于 {NEXT_MONDAY} 前（含当日）确认" in asked


def test_art31_2_a_confirmation_due_on_friday_is_overdue_on_saturday_by_no_working_day() -> None:
    assert f"本应于 {FRIDAY} 确认，已逾期，应于 {NEXT_MONDAY}" in letter(SATURDAY, arrived=FRIDAY).open_points[0]


def test_art31_2_a_missing_day_of_arrival_stays_visible() -> None:
    found = letter(submitted=MONDAY, confirmed=WEDNESDAY, how="电话")
    assert found.day == WEDNESDAY
    assert found.confirm_by is None
    assert "缺少到达日期" in found.open_points[0]
    assert len(letter(submitted=MONDAY).open_points) == 2


@pytest.mark.parametrize("how", [None, "", "  "])
@pytest.mark.parametrize("channel", [Channel.POST_ORDINARY, *sorted(ELECTRONIC)])
def test_art31_how_it_was_confirmed_is_to_be_noted(channel: Channel, how: str | None) -> None:
    found = seen(channel, submitted=MONDAY, arrived=MONDAY, confirmed=MONDAY, how=how)
    assert found.day == MONDAY
    assert "缺少确认方式" in found.open_points[0]


# Applicants out of reach: item 41, 〔2015〕207号


def test_item41_after_three_attempts_the_case_rests_until_contact_is_restored() -> None:
    found = letter(THURSDAY, arrived=MONDAY, attempts=(MONDAY, TUESDAY, WEDNESDAY))
    assert found.day is None
    assert "已在 3 个工作日联系申请人未果，申请登记在册" in found.open_points[0]
    assert "国办公开办函〔2015〕207号" in found.open_points[0]


def test_item41_the_clock_starts_when_contact_is_restored() -> None:
    found = letter(arrived=MONDAY, confirmed=THURSDAY, how="电话", attempts=(MONDAY, TUESDAY, WEDNESDAY))
    assert found.day == THURSDAY
    assert any("恢复联系" in reason and "国办公开办函〔2015〕207号" in reason for reason in found.reasons)
    assert f"{MONDAY} 曾联系未果，应留存联系记录" in found.warnings[0]


@pytest.mark.parametrize(
    ("attempts", "as_of", "tried", "left", "again"),
    [
        pytest.param([MONDAY], TUESDAY, 1, 2, TUESDAY, id="one"),
        pytest.param([MONDAY, TUESDAY], TUESDAY, 2, 1, WEDNESDAY, id="today is used up"),
        pytest.param([MONDAY, MONDAY, MONDAY], MONDAY, 1, 2, TUESDAY, id="three calls on one day are one attempt"),
        pytest.param([FRIDAY, SATURDAY], SATURDAY, 1, 2, NEXT_MONDAY, id="a day off does not count"),
        pytest.param([FRIDAY], SATURDAY, 1, 2, NEXT_MONDAY, id="no attempt is asked for on a day off"),
        pytest.param([SATURDAY], SATURDAY, 0, 3, NEXT_MONDAY, id="only a day off"),
    ],
)
def test_item41_fewer_attempts_say_how_many_more(
    attempts: list[date], as_of: date, tried: int, left: int, again: date
) -> None:
    found = letter(as_of, arrived=MONDAY, attempts=tuple(attempts))
    assert found.day is None
    assert f"已计 {tried} 次，还应再联系 {left} 次，下一次应于 {again}" in found.open_points[0]


def test_item41_the_number_of_attempts_is_a_choice() -> None:
    twice = {"arrived": MONDAY, "attempts": (MONDAY, TUESDAY)}
    assert "登记在册" in letter(TUESDAY, Choices(contact_attempts=2), **twice).open_points[0]
    assert "还应再联系 3 次" in letter(TUESDAY, Choices(contact_attempts=5), **twice).open_points[0]


@signed
def test_item41_misdirected_signed_mail_by_confirmation_rests_too(channel: Channel) -> None:
    tries = (MONDAY, TUESDAY, WEDNESDAY)
    found = seen(channel, FRIDAY, BY_CONFIRMATION, arrived=MONDAY, attempts=tries, misdirected=True)
    assert found.day is None
    assert "登记在册" in found.open_points[0]


@signed
def test_item41_signed_mail_never_waits_for_contact(channel: Channel) -> None:
    assert seen(channel, arrived=MONDAY, attempts=(TUESDAY, WEDNESDAY, THURSDAY)).day == MONDAY


@electronic
def test_item41_an_electronic_request_never_waits_for_contact(channel: Channel) -> None:
    found = seen(channel, submitted=MONDAY, attempts=(MONDAY, TUESDAY, WEDNESDAY))
    assert found.day == TUESDAY
    assert any("不适用于本渠道" in reason for reason in found.reasons)
    assert not any("登记在册" in point for point in found.open_points)


# Internet channels and fax: Art. 31(3); item 2


@electronic
def test_art31_3_an_electronic_request_is_received_when_both_sides_confirm(channel: Channel) -> None:
    found = seen(channel, submitted=MONDAY, confirmed=MONDAY, how="短信")
    assert found.day == MONDAY
    assert found.article == "条例第三十一条第三项"
    assert found.starts_by_itself is None
    assert not found.open_points
    assert not found.warnings


@electronic
def test_art31_3_a_confirmation_after_the_day_of_submission_gives_a_warning(channel: Channel) -> None:
    found = seen(channel, submitted=MONDAY, confirmed=TUESDAY, how="短信")
    assert found.day == TUESDAY
    assert found.confirm_by == MONDAY
    assert f"应于 {MONDAY} 与申请人确认，实际于 {TUESDAY} 确认" in found.warnings[0]


@electronic
def test_art31_3_an_electronic_request_is_to_be_confirmed_the_day_it_was_sent_whenever_it_is_seen(
    channel: Channel,
) -> None:
    assert seen(channel, submitted=MONDAY, arrived=WEDNESDAY).confirm_by == MONDAY


@electronic
@pytest.mark.parametrize("as_of", [MONDAY, TUESDAY])
def test_item2_before_the_cap_is_over_an_unconfirmed_request_has_no_day(channel: Channel, as_of: date) -> None:
    found = seen(channel, as_of, submitted=MONDAY)
    assert found.day is None
    assert found.starts_by_itself == TUESDAY
    assert f"今天（{as_of}）就应确认" in found.open_points[0]
    overdue = f"本应于 {MONDAY} 确认，已逾期 1 个工作日" in found.open_points[0]
    assert overdue is (as_of == TUESDAY)


@electronic
def test_item2_after_the_cap_silence_does_not_lengthen_the_agencys_time(channel: Channel) -> None:
    found = seen(channel, WEDNESDAY, submitted=MONDAY)
    assert found.day == TUESDAY
    assert f"申请人于 {MONDAY} 提交" in found.reasons[1]
    assert f"第一个工作日 {TUESDAY}" in found.reasons[1]
    assert "按本机关设置" in found.reasons[1]
    assert f"截至 {WEDNESDAY} 双方尚未确认，收到申请之日为 {TUESDAY}" in found.reasons[2]
    assert found.open_points, "the applicant is still to be told"
    assert found.warnings


@electronic
def test_item2_a_confirmation_after_the_cap_changes_nothing(channel: Channel) -> None:
    found = seen(channel, submitted=MONDAY, confirmed=THURSDAY, how="短信")
    assert found.day == TUESDAY
    assert f"双方于 {THURSDAY} 确认，收到申请之日为 {TUESDAY}" in found.reasons[2]
    assert found.starts_by_itself is None


@electronic
def test_item2_without_the_cap_only_the_confirmation_counts(channel: Channel) -> None:
    assert seen(channel, FRIDAY, NO_CAP, submitted=MONDAY, confirmed=THURSDAY, how="短信").day == THURSDAY
    found = seen(channel, FRIDAY, NO_CAP, submitted=MONDAY)
    assert found.day is None
    assert found.starts_by_itself is None
    assert found.open_points


@electronic
def test_item2_without_the_day_of_submission_there_is_no_cap(channel: Channel) -> None:
    found = seen(channel, arrived=MONDAY)
    assert found.day is None
    assert found.confirm_by == MONDAY
    assert "缺少提交日期" in found.open_points[0]
    confirmed = seen(channel, arrived=MONDAY, confirmed=THURSDAY, how="短信")
    assert confirmed.day == THURSDAY
    assert "缺少提交日期" in confirmed.open_points[0]
    assert not seen(channel, FRIDAY, NO_CAP, confirmed=THURSDAY, how="短信").open_points


@electronic
@pytest.mark.parametrize(
    ("submitted", "cap"),
    [
        pytest.param("2026-03-06", "2026-03-09", id="Friday to Monday"),
        pytest.param("2026-02-13", "2026-02-14", id="to a make-up Saturday"),
        pytest.param("2026-02-16", "2026-02-24", id="over the Spring Festival"),
        pytest.param("2026-09-30", "2026-10-08", id="over the National Day"),
    ],
)
def test_item2_the_cap_is_the_next_working_day(channel: Channel, submitted: str, cap: str) -> None:
    assert seen(channel, D(submitted), submitted=D(submitted)).starts_by_itself == D(cap)
    assert seen(channel, D(cap), submitted=D(submitted)).day is None
    assert seen(channel, D(cap) + timedelta(days=1), submitted=D(submitted)).day == D(cap)


def test_item2_the_cap_keeps_the_offices_own_calendar() -> None:
    local = WorkCalendar([*national_rules(2026), DayRule(TUESDAY, False, "肉孜节")], announced_years())
    assert receipt(Evidence(Channel.ONLINE, MONDAY), local, MONDAY).starts_by_itself == WEDNESDAY


@electronic
def test_art31_3_an_online_request_confirmed_on_a_holiday_counts_from_that_day(channel: Channel) -> None:
    holiday = D("2026-02-16")
    found = seen(channel, submitted=holiday, confirmed=holiday, how="短信")
    assert found.day == holiday
    assert found.confirm_by == D("2026-02-24")
    assert f"{holiday} 不是工作日，仍为收到申请之日" in found.reasons[-1]
    assert not found.warnings


def test_a_day_in_a_year_without_a_notice_is_provisional() -> None:
    year = max(announced_years()) + 1
    day = date(year, 3, 15)
    assert any(f"{year} 年节假日安排尚未公布" in w for w in seen(Channel.ONLINE, day, submitted=day).warnings)
    assert any(f"{year} 年节假日安排尚未公布" in w for w in letter(day, arrived=day).warnings)
    last = NATIONAL.nth(date(year, 1, 1), 1) - timedelta(days=1)
    while not NATIONAL.is_workday(last):
        last -= timedelta(days=1)
    found = seen(Channel.ONLINE, last, submitted=last)
    assert found.confirm_by == last
    assert any(f"{found.starts_by_itself} 为暂定" in w for w in found.warnings)


# Evidence that cannot be true


@every_channel
@pytest.mark.parametrize(
    ("evidence", "sentence"),
    [
        ({"submitted": TUESDAY, "arrived": MONDAY}, "日期：“2026-03-02”早于提交日期 2026-03-03，应不早于它"),
        ({"submitted": TUESDAY, "confirmed": MONDAY}, "确认日期：“2026-03-02”早于提交日期 2026-03-03，应不早于它"),
        ({"arrived": TUESDAY, "confirmed": MONDAY}, "确认日期：“2026-03-02”早于"),
        ({"confirmed": MONDAY, "attempts": (TUESDAY,)}, "确认日期：“2026-03-02”早于联系未果日期 2026-03-03"),
        ({"submitted": TUESDAY, "attempts": (MONDAY,)}, "联系未果日期：“2026-03-02”早于提交日期 2026-03-03"),
        ({"submitted": SATURDAY}, "提交日期：“2026-03-07”晚于截至日期 2026-03-06，应不晚于它"),
        ({"arrived": SATURDAY}, "日期：“2026-03-07”晚于截至日期 2026-03-06，应不晚于它"),
        ({"confirmed": SATURDAY}, "确认日期：“2026-03-07”晚于截至日期 2026-03-06，应不晚于它"),
        ({"attempts": (SATURDAY, SATURDAY)}, "联系未果日期：“2026-03-07”晚于截至日期 2026-03-06，应不晚于它"),
    ],
)
def test_days_that_contradict_each_other_are_refused(channel: Channel, evidence: Any, sentence: str) -> None:
    with pytest.raises(InputFault) as caught:
        seen(channel, **evidence)
    assert len(caught.value.sentences) == 1
    assert sentence in caught.value.sentences[0]


def test_all_contradictions_are_told_at_once() -> None:
    with pytest.raises(InputFault) as caught:
        seen(Channel.EMAIL, submitted=TUESDAY, arrived=MONDAY, confirmed=SATURDAY)
    assert len(caught.value.sentences) == 2


def test_the_day_of_arrival_has_the_name_of_its_channel() -> None:
    for channel, name in ((Channel.POST_EMS, "签收日期"), (Channel.POST_ORDINARY, "到达日期")):
        with pytest.raises(InputFault, match=name):
            seen(channel, arrived=SATURDAY)


def test_an_attempt_on_the_day_of_confirmation_is_no_contradiction() -> None:
    assert letter(arrived=MONDAY, confirmed=MONDAY, attempts=(MONDAY,)).day == MONDAY


# What holds for all


def test_to_json_is_plain() -> None:
    found = seen(Channel.ONLINE, MONDAY, submitted=MONDAY)
    told = json.loads(json.dumps(found.to_json()))
    assert told["day"] is None
    assert told["starts_by_itself"] == "2026-03-03"
    assert told["confirm_by"] == "2026-03-02"
    assert told["article"] == "条例第三十一条第三项"
    assert told["reasons"] == list(found.reasons)
    assert told["open_points"] == list(found.open_points)
    assert told["warnings"] == []
    assert seen(Channel.IN_PERSON, submitted=MONDAY).to_json()["day"] == "2026-03-02"


FIELDS = ("submitted", "arrived", "confirmed", "how", "attempts")
NOTHING = {"submitted": None, "arrived": None, "confirmed": None, "how": None, "attempts": ()}


@st.composite
def evidences(draw: st.DrawFn, channels: Any = tuple(Channel)) -> tuple[Evidence, date]:
    """Evidence in which all is known and nothing contradicts, and a day on or after all of it."""
    submitted = draw(st.dates(D("2024-01-01"), D("2026-12-01")))
    arrived = submitted + timedelta(days=draw(st.integers(0, 5)))
    attempts = tuple(arrived + timedelta(days=n) for n in draw(st.lists(st.integers(0, 6), max_size=5)))
    confirmed = max((arrived, *attempts)) + timedelta(days=draw(st.integers(0, 12)))
    known = Evidence(
        draw(st.sampled_from(sorted(channels))), submitted, arrived, confirmed, "电话", attempts, draw(st.booleans())
    )
    return known, confirmed + timedelta(days=draw(st.integers(0, 30)))


def forget(evidence: Evidence, fields: set[str]) -> Evidence:
    return replace(evidence, **{field: NOTHING[field] for field in fields})


some_fields = st.sets(st.sampled_from(FIELDS))
any_choices = st.builds(
    Choices, st.booleans(), st.sampled_from(["signature", "confirmation"]), st.integers(min_value=1, max_value=5)
)


@given(evidences(ELECTRONIC), st.sets(st.sampled_from(FIELDS[1:])), st.integers(0, 60))
def test_item2_a_capped_receipt_lies_between_submission_and_the_next_working_day(case, unknown, later) -> None:
    evidence, as_of = case
    found = receipt(forget(evidence, unknown), NATIONAL, as_of + timedelta(days=later))
    assert evidence.submitted is not None
    cap = NATIONAL.nth(evidence.submitted, 1)
    if found.day is not None:
        assert evidence.submitted <= found.day <= cap
    else:
        assert found.starts_by_itself == cap
        assert as_of + timedelta(days=later) <= cap


@given(evidences(ELECTRONIC), some_fields, some_fields)
def test_item2_more_evidence_never_moves_a_capped_receipt_later(case, unknown, still_unknown) -> None:
    evidence, as_of = case
    before = receipt(forget(evidence, unknown), NATIONAL, as_of).day
    after = receipt(forget(evidence, unknown & still_unknown), NATIONAL, as_of).day
    if before is not None:
        assert after is not None
        assert after <= before


@given(evidences(), some_fields, any_choices)
def test_art31_no_day_without_an_article_and_no_gap_without_an_open_point(case, unknown, choices) -> None:
    evidence, as_of = case
    found = receipt(forget(evidence, unknown), NATIONAL, as_of, choices)
    if found.day is None:
        assert found.open_points
    else:
        assert any(str(found.day) in reason and "条例第" in reason for reason in found.reasons)
    for sentence in (*found.reasons, *found.open_points, *found.warnings):
        assert sentence.endswith("）。")


@given(evidences(), any_choices)
def test_art31_a_receipt_lies_between_the_first_and_the_last_day_of_its_evidence_or_the_cap(case, choices) -> None:
    evidence, as_of = case
    found = receipt(evidence, NATIONAL, as_of, choices)
    assert evidence.submitted is not None
    assert found.day is not None
    assert evidence.submitted <= found.day <= as_of
