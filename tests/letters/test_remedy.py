"""救济告知 as 行政复议法 (2023 revision, in force from 2024-01-01) and 行政诉讼法 have it, sentence by sentence."""

from __future__ import annotations

from datetime import date

import pytest

from letters.remedy import Bodies, remedy
from models.vocabulary import Means, Outcome, RectificationResult
from workflow.statute import Remedy

OLD, NEW = date(2023, 12, 31), date(2024, 1, 1)
ONLINE = "https://xzfy.example.gov.cn/shenqing"
OURS = Bodies("测试市数据局", "department", "测试市人民政府", "测试市中级人民法院", ONLINE)

FIRST = (
    "如对本不予公开决定不服，应当自收到本告知书之日起60日内先向测试市人民政府申请行政复议；对行政复议决定不服的，"
    "可以自收到行政复议决定书之日起15日内依法向测试市中级人民法院提起行政诉讼。"
)
EITHER = (
    "如对本告知书不服，可以自收到本告知书之日起60日内向测试市人民政府申请行政复议，"
    "或者自收到本告知书之日起6个月内依法向测试市中级人民法院提起行政诉讼。"
)
PARTLY = (
    "如对本告知书中不予公开的部分不服，应当自收到本告知书之日起60日内先向测试市人民政府申请行政复议；"
    "对行政复议决定不服的，可以自收到行政复议决定书之日起15日内依法向测试市中级人民法院提起行政诉讼。"
    "如对其他部分不服，可以自收到本告知书之日起60日内向测试市人民政府申请行政复议，"
    "或者自收到本告知书之日起6个月内依法向测试市中级人民法院提起行政诉讼。"
)
CHANNEL = f"提交行政复议申请书的互联网渠道：{ONLINE}。"

# Arts. 14 to 16 are 不予公开 (行政复议法 Art. 23(1)(4)); all other endings leave the choice.
REFUSED = [
    "refused_state_secret", "refused_other_law", "refused_safety_stability", "refused_third_party",
    "refused_internal_affairs", "refused_process", "refused_enforcement_file",
]  # fmt: skip
CHOICE = [
    "granted", "refused_administrative_query", "unavailable_not_held", "unavailable_needs_creation",
    "unavailable_still_unclear", "unprocessed_petition", "unprocessed_repeat", "unprocessed_publication",
    "unprocessed_excessive", "unprocessed_reissue", "other_not_corrected", "other_fee_unpaid", "other_misc",
]  # fmt: skip


def test_the_table_has_every_outcome() -> None:
    assert {*REFUSED, *CHOICE, "partly_granted"} == {outcome.value for outcome in Outcome}


@pytest.mark.parametrize(
    ("outcome", "on", "sentence"),
    [
        *((name, NEW, FIRST) for name in REFUSED),
        *((name, OLD, EITHER) for name in REFUSED),
        *((name, day, EITHER) for name in CHOICE for day in (OLD, NEW)),
        ("partly_granted", NEW, PARTLY),
        ("partly_granted", OLD, EITHER),
    ],
)
@pytest.mark.parametrize("means", list(Means))
def test_each_outcome_before_and_since_2024_by_each_means_of_service(
    outcome: str, on: date, sentence: str, means: Means
) -> None:
    told = remedy(Outcome(outcome), on, means, OURS)
    electronic = means in {Means.EMAIL, Means.PORTAL, Means.FAX} and on == NEW
    assert told.sentence == sentence + (CHANNEL if electronic else "")
    assert ("行政复议法第二十二条第二款" in told.articles) == electronic
    assert (told.missing, told.doubts) == ((), ())


def test_art23_the_way_and_its_articles_are_named() -> None:
    first = remedy(Outcome.REFUSED_PROCESS, NEW, Means.HAND, OURS)
    assert first.way is Remedy.RECONSIDERATION_FIRST
    assert first.articles == (
        "行政复议法第二十三条第一款第（四）项、第二款",
        "行政复议法第二十条",
        "行政诉讼法第四十五条",
    )
    either = remedy(Outcome.UNAVAILABLE_NOT_HELD, NEW, Means.HAND, OURS)
    assert either.way is Remedy.EITHER
    assert either.articles == ("行政复议法第二十条", "行政诉讼法第四十六条")
    partly = remedy(Outcome.PARTLY_GRANTED, NEW, Means.HAND, OURS)
    assert partly.articles[-1] == "行政诉讼法第四十五条、第四十六条"


def test_a_letter_of_the_procedure_tells_of_none() -> None:
    assert remedy(None, NEW, Means.HAND, OURS) is None


@pytest.mark.parametrize("result", list(RectificationResult))
def test_art41_who_got_his_correction_is_told_of_none(result: RectificationResult) -> None:
    told = remedy(result, NEW, Means.HAND, OURS)
    assert told is None if result is RectificationResult.CORRECTED else told.sentence == EITHER


@pytest.mark.parametrize("kind", ["provincial", "ministry"])
@pytest.mark.parametrize("outcome", [Outcome.REFUSED_PROCESS, Outcome.PARTLY_GRANTED])
def test_art24_art25_a_province_and_a_ministry_reconsider_themselves_and_art26_the_state_council_is_above(
    kind: str, outcome: Outcome
) -> None:
    told = remedy(outcome, NEW, Means.HAND, Bodies("测试省人民政府", kind, "", "测试市中级人民法院"))
    assert "先向测试省人民政府申请行政复议" in told.sentence
    assert "提起行政诉讼，也可以依法向国务院申请裁决。" in told.sentence
    assert (told.missing, told.doubts) == ((), ())


@pytest.mark.parametrize(
    ("kind", "body", "article"),
    [
        ("department", "测试省数据局", "行政复议法第二十四条第一款第（一）项"),
        ("government", "测试市数据局", "行政复议法第二十四条第一款第（二）项"),
        ("provincial", "国务院", "行政复议法第二十四条第二款"),
        ("ministry", "国务院", "行政复议法第二十五条第（一）项"),
        ("vertical", "测试市人民政府", "行政复议法第二十七条"),
    ],
)
def test_art24_to_27_a_body_that_the_law_does_not_name_is_doubted_since_2024(
    kind: str, body: str, article: str
) -> None:
    told = remedy(Outcome.GRANTED, NEW, Means.HAND, Bodies("测试机关", kind, body, "测试市人民法院"))
    (doubt,) = told.doubts
    assert f"“{body}”" in doubt
    assert article in doubt
    # Until 2023 the department above could be chosen as well.
    assert remedy(Outcome.GRANTED, OLD, Means.HAND, Bodies("测试机关", kind, body, "测试市人民法院")).doubts == ()


def test_art27_a_vertical_agency_goes_to_the_department_above() -> None:
    told = remedy(Outcome.GRANTED, NEW, Means.HAND, Bodies("某海关", "vertical", "海关总署", "某市人民法院"))
    assert "向海关总署申请行政复议" in told.sentence
    assert told.doubts == ()


def test_what_the_agency_has_not_set_is_missing_and_stands_open_in_the_sentence() -> None:
    told = remedy(Outcome.REFUSED_PROCESS, NEW, Means.EMAIL, Bodies("测试市数据局"))
    assert told.sentence.count("（待填写）") == 3
    body, court, channel = told.missing
    assert "设置项“行政复议机关”" in body
    assert "本级人民政府" in body
    assert "设置项“有管辖权的人民法院”" in court
    assert "行政复议法第二十二条第二款" in channel
