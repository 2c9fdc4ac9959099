"""The tables of the law: every event once with its article, every outcome once with its rule (law.md 1.1, 6.3)."""

from __future__ import annotations

import pytest

from models.vocabulary import DeadlineKind, EventKind, Outcome, OutcomeGroup, State
from workflow import clock, statute
from workflow.statute import OUTCOMES, Remedy, Step, Target

F, E = Remedy.RECONSIDERATION_FIRST, Remedy.EITHER
DECIDE, LAPSE, CLOSE = EventKind.DECIDE, EventKind.LAPSE, EventKind.CLOSE

CATALOGUE = [
    # outcome, group, words of its article, remedy, final state, the event by which it comes about
    ("granted", "予以公开", "第三十六条", E, State.DISCLOSED, DECIDE),
    ("partly_granted", "部分公开", "第三十七条", F, State.DISCLOSED, DECIDE),
    ("refused_state_secret", "不予公开", "第十四条", F, State.REFUSED, DECIDE),
    ("refused_other_law", "不予公开", "第十四条", F, State.REFUSED, DECIDE),
    ("refused_safety_stability", "不予公开", "第十四条", F, State.REFUSED, DECIDE),
    ("refused_third_party", "不予公开", "第十五条、第三十二条", F, State.REFUSED, DECIDE),
    ("refused_internal_affairs", "不予公开", "第十六条第一款", F, State.REFUSED, DECIDE),
    ("refused_process", "不予公开", "第十六条第二款", F, State.REFUSED, DECIDE),
    ("refused_enforcement_file", "不予公开", "第十六条第二款", F, State.REFUSED, DECIDE),
    ("refused_administrative_query", "不予公开", "第三十六条第（七）项", E, State.REFUSED, DECIDE),
    ("unavailable_not_held", "无法提供", "第三十六条第（四）、（五）项", E, State.REFUSED, DECIDE),
    ("unavailable_needs_creation", "无法提供", "第三十八条", E, State.REFUSED, DECIDE),
    ("unavailable_still_unclear", "无法提供", "第二十九条、第三十条", E, State.REFUSED, DECIDE),
    ("unprocessed_petition", "不予处理", "第三十九条第一款", E, State.REFUSED, DECIDE),
    ("unprocessed_repeat", "不予处理", "第三十六条第（六）项", E, State.REFUSED, DECIDE),
    ("unprocessed_publication", "不予处理", "第三十九条第二款", E, State.REFUSED, DECIDE),
    ("unprocessed_excessive", "不予处理", "第三十五条", E, State.REFUSED, DECIDE),
    ("unprocessed_reissue", "不予处理", "年度报告格式（五）5", E, State.REFUSED, DECIDE),
    ("other_not_corrected", "其他处理", "第三十条", E, State.CLOSED, LAPSE),
    ("other_fee_unpaid", "其他处理", "信息处理费管理办法第六条", E, State.CLOSED, LAPSE),
    ("other_misc", "其他处理", "年度报告格式（六）3", E, State.CLOSED, CLOSE),
]

EVERY_STEP = (statute.REGISTRATION, *statute.STEPS, *statute.ANY_STATE_STEPS)


# --- The outcomes ------------------------------------------------------------------------------------------------------------


def test_all_21_outcomes_are_there_once_in_the_order_of_the_form() -> None:
    names = [rule.outcome for rule in statute.OUTCOME_RULES]
    assert names == list(Outcome)
    assert len(names) == 21
    assert [name for name, *_ in CATALOGUE] == [outcome.value for outcome in names]
    assert list(OUTCOMES) == names


@pytest.mark.parametrize(
    ("name", "group", "article", "remedy", "state", "event"), CATALOGUE, ids=[c[0] for c in CATALOGUE]
)
def test_an_outcome_is_what_the_catalogue_of_law_1_1_says(name, group, article, remedy, state, event) -> None:
    outcome = Outcome(name)
    rule = OUTCOMES[outcome]
    assert rule.outcome is outcome
    assert rule.group.label == group
    assert rule.article.removeprefix("条例").startswith(article)
    assert rule.remedy is remedy
    assert statute.final_state(outcome) is state
    assert statute.ENDING[outcome] is event


@pytest.mark.parametrize("outcome", list(Outcome))
def test_the_row_of_2021_is_the_outcome_and_that_of_2019_too_but_for_the_other_endings(outcome: Outcome) -> None:
    assert statute.row_of(outcome, "2021") == outcome.value
    other = OUTCOMES[outcome].group is OutcomeGroup.OTHER
    assert statute.row_of(outcome, "2019") == ("other" if other else outcome.value)


def test_the_form_of_2019_has_19_rows_and_that_of_2021_has_21() -> None:
    assert len({statute.row_of(outcome, "2019") for outcome in Outcome}) == 19
    assert len({statute.row_of(outcome, "2021") for outcome in Outcome}) == 21


def test_the_name_of_an_outcome_begins_with_its_group() -> None:
    assert [outcome for outcome in Outcome if not outcome.value.startswith(OUTCOMES[outcome].group.value)] == []


def test_reconsideration_review_law_23_reconsideration_comes_first_for_arts_14_to_16_and_partial_refusal_only() -> None:
    first = {outcome for outcome, rule in OUTCOMES.items() if rule.remedy is Remedy.RECONSIDERATION_FIRST}
    of_14_to_16 = {
        outcome
        for outcome, rule in OUTCOMES.items()
        if any(words in rule.article for words in ("第十四条", "第十五条", "第十六条"))
    }
    assert first == of_14_to_16 | {Outcome.PARTLY_GRANTED}


def test_every_group_ends_in_a_final_state() -> None:
    assert set(statute.FINAL_STATE) == set(OutcomeGroup)
    assert set(statute.FINAL_STATE.values()) == set(statute.FINAL)


def test_an_outcome_comes_about_by_an_event_that_can_carry_it() -> None:
    assert set(statute.ENDING) == set(Outcome)
    for event in statute.ENDING.values():
        step = statute.BY_EVENT[event]
        assert step.target is Target.OUTCOME
        assert ("outcome", True) in [(fact.name, fact.required) for fact in step.facts]
    carrying = {step.event for step in EVERY_STEP if step.target is Target.OUTCOME}
    assert set(statute.ENDING.values()) == carrying


# --- The events ---------------------------------------------------------------------------------------------------------------


def test_every_event_of_the_vocabulary_is_in_the_table_once() -> None:
    events = [step.event for step in EVERY_STEP]
    assert sorted(events) == sorted(EventKind)
    assert set(statute.BY_EVENT) == set(EventKind)
    assert all(statute.BY_EVENT[event].event is event for event in EventKind)


@pytest.mark.parametrize("step", EVERY_STEP, ids=lambda step: step.event.value)
def test_every_event_names_its_article_and_its_effect_on_the_clock(step: Step) -> None:
    assert any(mark in step.article for mark in ("条例第", "办法第", "年度报告格式", "通知"))
    assert step.clock


@pytest.mark.parametrize("step", EVERY_STEP, ids=lambda step: step.event.value)
def test_what_the_law_allows_may_also_be_recorded(step: Step) -> None:
    assert set(step.sources) <= set(step.recorded) <= set(statute.WORKING)
    assert len(set(step.sources)) == len(step.sources)


@pytest.mark.parametrize("step", EVERY_STEP, ids=lambda step: step.event.value)
def test_every_fact_has_a_name_a_label_and_a_type_of_python(step: Step) -> None:
    names = [fact.name for fact in step.facts]
    assert len(set(names)) == len(names)
    for fact in step.facts:
        assert fact.label
        assert fact.type in statute.PYTHON_TYPES


@pytest.mark.parametrize(
    ("event", "article"),
    [
        (EventKind.REGISTER, "条例第二十九条、第三十一条"),
        (EventKind.ASK_CORRECTION, "条例第三十条"),
        (EventKind.CORRECT, "条例第三十条"),
        (EventKind.CONSULT, "条例第三十二条、第三十四条"),
        (EventKind.OPINIONS_IN, "条例第三十二条、第三十三条第三款"),
        (EventKind.EXTEND, "条例第三十三条第二款"),
        (EventKind.BILL, "信息处理费管理办法第六条"),
        (EventKind.PAY, "信息处理费管理办法第六条"),
        (EventKind.DECIDE, "条例第三十六条"),
        (EventKind.OPEN_REVIEW, "条例第五十一条"),
    ],
)
def test_an_event_stands_under_its_article(event: EventKind, article: str) -> None:
    assert statute.BY_EVENT[event].article == article


def test_every_deadline_is_met_by_one_event() -> None:
    meets = [step.meets for step in EVERY_STEP if step.meets is not None]
    assert sorted(meets) == sorted(DeadlineKind)


def test_every_deadline_has_its_article() -> None:
    assert clock.ARTICLES == {
        DeadlineKind.ASK_CORRECTION: "条例第三十条",
        DeadlineKind.CORRECTION: "条例第三十条",
        DeadlineKind.OPINION: "条例第三十二条",
        DeadlineKind.PAYMENT: "信息处理费管理办法第六条",
        DeadlineKind.REPLY: "条例第三十三条",
    }


@pytest.mark.parametrize(
    ("period", "days"),
    [
        (clock.ASK_CORRECTION_DAYS, 7),
        (clock.OPINION_DAYS, 15),
        (clock.REPLY_DAYS, 20),
        (clock.EXTENSION_MOST, 20),
        (clock.PAYMENT_DAYS, 20),
    ],
)
def test_the_periods_are_those_of_the_regulation(period: int, days: int) -> None:
    assert period == days


# --- The states ---------------------------------------------------------------------------------------------------------------


def test_the_working_states_and_the_carried_over_ones_are_a_bijection() -> None:
    assert set(statute.CARRIED_OVER) == set(statute.WORKING)
    assert {carried: plain for plain, carried in statute.CARRIED_OVER.items()} == statute.PLAIN
    assert len(set(statute.CARRIED_OVER.values())) == len(statute.WORKING) == 4
    assert all(carried.value == f"carried_over.{plain.value}" for plain, carried in statute.CARRIED_OVER.items())


def test_every_state_is_working_carried_over_or_final() -> None:
    parts = [*statute.WORKING, *statute.CARRIED_OVER.values(), *statute.FINAL]
    assert sorted(parts) == sorted(State)


@pytest.mark.parametrize("state", list(State))
def test_a_state_knows_the_working_state_it_is(state: State) -> None:
    expected = None if state in statute.FINAL else State(state.value.removeprefix("carried_over."))
    assert statute.working_state(state) is expected
