"""The seven steps held against a case: what the desk would refuse cannot be answered, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine

from models.personal import FieldCipher
from models.vocabulary import ConsultationKind, EventKind, Ground, Means, Opinion, Outcome
from tests.lawful import Office, day
from workflow import seven_steps, wizard
from workflow.seven_steps import asked_for, walk, ways
from workflow.wizard import Weighed

RECEIVED = "2026-11-10"
TODAY = "2026-11-20"
REPLIES = [way for way in ways() if way.step is EventKind.DECIDE and way.facts()["means"] is Means.POST_EMS]
SEARCH: dict[str, Any] = {"where": "档案室", "terms": "合同", "searcher": "张三"}


@pytest.fixture
def office(engine: Engine, agency_id: int, cipher: FieldCipher) -> Office:
    return Office(engine, agency_id, cipher)


def weighed(office: Office, *names: str) -> dict[str, Weighed]:
    """The answers to the question after these, by name."""
    way = walk(names)
    assert way is not None
    record = office.record
    found = wizard.weigh(record.case, way, record.calendar, day(TODAY), record.practice)
    return {each.answer.name: each for each in found}


def prepared(office: Office, how: str) -> None:
    """A request on the desk, with what the log may hold before a reply."""
    office.register(RECEIVED)
    match how:
        case "searched in vain, reviewed":
            office.then(EventKind.SEARCH, "2026-11-12", **SEARCH, found=False)
            office.review_secrecy("2026-11-12")
        case "not to be released, found":
            office.then(EventKind.SEARCH, "2026-11-12", **SEARCH, found=True)
            office.review_secrecy("2026-11-12", may_release=False)
        case "corrected, third party agreed":
            office.then(EventKind.ASK_CORRECTION, "2026-11-11", items="写明年度")
            office.then(EventKind.CORRECT, "2026-11-12")
            office.then(EventKind.CONSULT, "2026-11-13", kind=ConsultationKind.THIRD_PARTY, party="某公司")
            office.then(EventKind.OPINIONS_IN, "2026-11-16", consultation=1, opinion=Opinion.AGREE)


@pytest.mark.parametrize(
    "how", ["new", "searched in vain, reviewed", "not to be released, found", "corrected, third party agreed"]
)
def test_an_answer_is_refused_if_and_only_if_the_desk_would_refuse_its_reply(office: Office, how: str) -> None:
    prepared(office, how)
    seen = 0
    for way in {(each.facts()["outcome"], each.facts().get("ground")): each for each in REPLIES}.values():
        record = office.record
        refusal = wizard.refused(record.case, way, record.calendar, day(TODAY), record.practice)
        facts = way.facts()
        reply = {**facts, **dict.fromkeys(asked_for(facts), "写明"), "path": way.written()}
        number = office.number
        if refusal is None:
            assert office.then(EventKind.DECIDE, TODAY, **reply).last_outcome() is facts["outcome"]
            prepared(office, how)
        else:
            seen += 1
            assert str(office.refused(EventKind.DECIDE, TODAY, **reply)) == str(refusal)
            office.take_up(number)
    assert seen


def test_art30_correction_is_asked_for_once_and_within_seven_working_days(office: Office) -> None:
    office.register(RECEIVED)
    # 19 November is the seventh working day after the tenth.
    late = weighed(office)["correct"].refusal
    assert late is not None
    assert "2026-11-19" in late.sentence
    office.register("2026-11-18")
    assert weighed(office)["correct"] == Weighed(weighed(office)["correct"].answer, None, ())
    office.then(EventKind.ASK_CORRECTION, "2026-11-18", items="写明年度")
    assert "已经告知补正" in weighed(office)["clear"].warnings[0]
    assert weighed(office)["not_corrected"].refusal is not None
    office.then(EventKind.CORRECT, "2026-11-19")
    again = weighed(office)["correct"]
    assert again.refusal is None
    assert "破例理由" in again.warnings[0]
    office.choose("second_correction", "否")
    assert weighed(office)["correct"].refusal is not None


def test_art30_still_unclear_needs_a_correction_that_came(office: Office) -> None:
    office.register("2026-11-18")
    refusal = weighed(office)["still_unclear"].refusal
    assert refusal is not None
    assert refusal.article == "条例第二十九条、第三十条"
    office.then(EventKind.ASK_CORRECTION, "2026-11-18", items="写明年度")
    office.then(EventKind.CORRECT, "2026-11-19")
    assert weighed(office)["still_unclear"].refusal is None


def test_art32_withholding_for_a_third_party_that_was_not_asked_is_warned_of(office: Office) -> None:
    office.register(RECEIVED)
    here = ("clear", "information", "ours", "held")
    for step in ("refuse", "partial"):
        found = weighed(office, *here, step)["third_party"]
        assert found.refusal is None
        assert any("第三十二条" in sentence for sentence in found.warnings)
        assert found.first == (EventKind.CONSULT,)


def test_art17_and_36_what_has_to_come_first_is_named(office: Office) -> None:
    office.register(RECEIVED)
    here = ("clear", "information", "ours")
    assert weighed(office, *here)["none"].first == (EventKind.SEARCH,)
    assert weighed(office, *here, "held")["open"].first == (EventKind.SECRECY_REVIEW,)
    office.then(EventKind.SEARCH, "2026-11-12", **SEARCH, found=False)
    assert "没有找到" in weighed(office, *here)["held"].warnings[0]
    assert weighed(office, *here)["none"].refusal is None


def test_a_step_that_the_agency_or_the_law_does_not_allow_is_no_answer(office: Office) -> None:
    office.register(RECEIVED)
    fee = ("clear", "information", "ours", "held", "open")
    assert weighed(office, *fee)["fee"].refusal is not None
    office.choose("charges_fees", "是")
    assert weighed(office, *fee)["fee"].refusal is None
    assert weighed(office, "clear", "excessive")["later"].refusal is not None
    assert weighed(office, "clear", "excessive")["ask"].refusal is None


def test_the_way_that_is_stored_must_be_one_that_ends_in_the_reply(office: Office) -> None:
    office.register(RECEIVED)
    (petition,) = [way for way in REPLIES if way.facts()["outcome"] is Outcome.UNPROCESSED_PETITION]
    wrong = office.decision_refused(TODAY, Outcome.UNPROCESSED_PUBLICATION, path=petition.written())
    assert "审查步骤" in wrong.sentence
    for written in ("补不补：不需要补正", "随便", petition.written().rpartition("；")[0]):
        assert office.decision_refused(TODAY, Outcome.UNPROCESSED_PETITION, path=written)
    assert office.decision_refused(TODAY, Outcome.UNPROCESSED_PETITION, Means.FAX, path=petition.written())
    office.decide(TODAY, Outcome.UNPROCESSED_PETITION, path=petition.written())
    assert office.log[-1].happening.facts["path"] == petition.written()


def test_the_seven_steps_are_for_open_requests_for_information(office: Office) -> None:
    office.register(RECEIVED)
    assert wizard.is_for(office.case)
    office.refuse(TODAY)
    assert not wizard.is_for(office.case)
    assert seven_steps.walk([]) is not None
    assert Ground.PROVIDED in {way.facts().get("ground") for way in REPLIES}
