"""The tables of the law: every event once with its article, every outcome once with its rule (law.md 1.1, 6.3)."""

from __future__ import annotations

import pytest

from models.vocabulary import (
    ConsultationKind,
    DeadlineKind,
    EventKind,
    Ground,
    Matter,
    Outcome,
    OutcomeGroup,
    Procedure,
    RulingForm,
    State,
)
from workflow import clock, periods, statute
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

EVERY_STEP = (*statute.FIRST_STEPS, *statute.STEPS)


# The outcomes


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


OTHERWISE = (EventKind.WITHDRAW, EventKind.MERGE)
"""Endings that have but one outcome, （六）其他处理—3.其他 (law.md 9), so that nobody needs to say it."""


def test_an_outcome_comes_about_by_an_event_that_can_carry_it() -> None:
    assert set(statute.ENDING) == set(Outcome)
    for outcome, event in statute.ENDING.items():
        step = statute.BY_EVENT[event]
        assert outcome in step.outcomes
        assert ("outcome", "always") in [(fact.name, fact.need) for fact in step.facts]
    carrying = {step.event for step in EVERY_STEP if "outcome" in [fact.name for fact in step.facts]}
    assert set(statute.ENDING.values()) == carrying


def test_an_event_ends_a_case_with_the_outcomes_of_its_own_and_no_other() -> None:
    wanted = {event: tuple(o for o in Outcome if statute.ENDING[o] is event) for event in (DECIDE, LAPSE, CLOSE)}
    wanted |= dict.fromkeys(OTHERWISE, (Outcome.OTHER_MISC,))
    assert {step.event: step.outcomes for step in EVERY_STEP if step.outcomes} == wanted


def test_an_ending_leads_where_its_outcomes_lead() -> None:
    for step in EVERY_STEP:
        ends_in = {statute.final_state(outcome) for outcome in step.outcomes}
        if step.target is Target.OUTCOME:
            assert ends_in
        elif step.outcomes:
            assert ends_in == {step.target}
        else:
            # Art. 41: a request to correct a record ends with a result of its own, which no table counts.
            assert (step.target in statute.FINAL) is (step.event is EventKind.RECTIFY)


def test_reg_32_36_37_an_outcome_with_two_faces_says_which_and_each_face_has_its_article() -> None:
    assert {outcome.value: [ground.value for ground in grounds] for outcome, grounds in statute.GROUNDS.items()} == {
        "granted": ["provided", "already_public"],
        "unavailable_not_held": ["not_existing", "not_ours"],
    }
    assert {ground.value: article for ground, article in statute.GROUND_ARTICLES.items()} == {
        "already_public": "条例第三十六条第（一）项",
        "provided": "条例第三十六条第（二）项",
        "not_existing": "条例第三十六条第（四）项",
        "not_ours": "条例第三十六条第（五）项",
    }


DEMANDS = [
    # outcome or ground, what its letter must say (law.md 1.1, 2 and 6.1)
    ("granted", ()),
    ("already_public", ("access",)),  # Art. 36(1): 获取该政府信息的方式、途径
    ("partly_granted", ("reasons",)),  # Art. 37: 对不予公开的内容说明理由
    ("refused_state_secret", ("reasons",)),  # Art. 36(3): 不予公开并说明理由
    ("refused_other_law", ("reasons",)),
    ("refused_safety_stability", ("reasons",)),
    ("refused_third_party", ("reasons",)),
    ("refused_internal_affairs", ("reasons",)),
    ("refused_process", ("reasons",)),
    ("refused_enforcement_file", ("reasons",)),
    ("refused_administrative_query", ("proper_way",)),  # Art. 36(7): 依照有关法律、行政法规的规定办理
    ("unavailable_not_held", ()),
    ("not_existing", ()),  # Art. 36(4): what it needs is the search, a step of its own
    ("not_ours", ("reasons",)),  # Art. 36(5): 说明理由; the right agency only where it can be determined
    ("unavailable_needs_creation", ("reasons",)),  # Art. 38
    ("unavailable_still_unclear", ("reasons",)),  # L27: what remains unclear
    ("unprocessed_petition", ()),  # Art. 39(1): 可以告知 the channel
    ("unprocessed_repeat", ("earlier_reply",)),  # L28: number and date of the earlier reply
    ("unprocessed_publication", ()),  # Art. 39(2): 可以告知 the way
    ("unprocessed_excessive", ("reasons",)),  # Art. 35
    ("unprocessed_reissue", ("earlier_reply",)),
    ("provided", ()),
    ("other_not_corrected", ()),
    ("other_fee_unpaid", ()),
    ("other_misc", ()),
]


def test_reg_36_to_39_a_reply_must_say_what_the_article_of_its_outcome_asks_for() -> None:
    assert {name for name, _ in DEMANDS} == {*Outcome, *Ground}
    assert {key.value: facts for key, facts in statute.DEMANDS.items()} == {n: f for n, f in DEMANDS if f}
    known = {fact.name for fact in statute.BY_EVENT[DECIDE].facts}
    assert {name for _, names in DEMANDS for name in names} <= known


def test_reg_17_what_releases_content_is_what_grants_or_partly_grants() -> None:
    groups = {OutcomeGroup.GRANTED, OutcomeGroup.PARTLY_GRANTED}
    assert set(statute.RELEASING) == {outcome for outcome, rule in OUTCOMES.items() if rule.group in groups}


# The events


def test_every_event_of_the_vocabulary_is_in_the_table_once() -> None:
    events = [step.event for step in EVERY_STEP]
    assert sorted(events) == sorted(EventKind)
    assert set(statute.BY_EVENT) == set(EventKind)
    assert all(statute.BY_EVENT[event].event is event for event in EventKind)


@pytest.mark.parametrize("step", EVERY_STEP, ids=lambda step: step.event.value)
def test_every_event_names_its_article_and_its_effect_on_the_clock(step: Step) -> None:
    named = any(mark in step.article for mark in ("条例第", "办法第", "年度报告格式", "法第", "国办公开办函", "通知"))
    # The Regulation knows no pause: one is recorded with its approval (law.md 3.3).
    # Who handles what is the agency's own affair.
    own = step.event is EventKind.ASSIGN and step.article == "机关内部分工"
    assert named or own or (step.event in (EventKind.PAUSE, EventKind.RESUME) and "条例未规定" in step.article)
    assert step.clock


@pytest.mark.parametrize("step", EVERY_STEP, ids=lambda step: step.event.value)
def test_what_the_law_allows_may_also_be_recorded(step: Step) -> None:
    recorded = step.sources_of_record()
    assert set(step.sources) <= set(recorded) <= {*statute.WORKING, *step.sources}
    for sources in (step.sources, recorded):
        assert len(set(sources)) == len(sources)


@pytest.mark.parametrize("step", EVERY_STEP, ids=lambda step: step.event.value)
def test_every_fact_has_a_name_a_label_and_a_type_of_python(step: Step) -> None:
    names = [fact.name for fact in step.facts]
    assert len(set(names)) == len(names)
    for fact in step.facts:
        assert fact.label
        assert fact.type in statute.PYTHON_TYPES


ARTICLES = [
    # event, its articles: of 条例 where nothing else is named (law.md 2, 3.3, 4, 9, 10)
    ("register", "条例第二十九条、第三十一条"),
    ("arrive", "条例第三十一条"),
    ("contact", "条例第三十一条，国办公开办函〔2015〕207号"),
    ("confirm", "条例第三十一条"),
    ("dismiss", "条例第二十九条、第三十一条"),
    ("ask_correction", "条例第三十条"),
    ("deliver_correction", "条例第三十条"),
    ("correct", "条例第三十条"),
    ("consult", "条例第三十二条、第三十三条第三款、第三十四条"),
    ("deliver_consultation", "条例第三十二条、第三十四条"),
    ("opinions_in", "条例第三十二条、第三十三条第三款"),
    ("extend", "条例第三十三条第二款"),
    ("ask_reasons", "条例第三十五条"),
    ("reasons_in", "条例第三十五条"),
    ("delay", "条例第三十五条"),
    ("bill", "信息处理费管理办法第六条"),
    ("pay", "信息处理费管理办法第六条"),
    ("pause", "条例未规定中止，经批准后记录"),
    ("resume", "条例未规定中止，经批准后记录"),
    ("search", "条例第三十六条第（四）项"),
    ("secrecy_review", "条例第十七条，保守国家秘密法第三十五条"),
    ("tell_third_party", "条例第三十二条"),
    ("decide", "条例第三十六条"),
    ("lapse", "条例第三十条，信息处理费管理办法第六条"),
    ("withdraw", "条例未规定，按年度报告格式（六）3计"),
    ("merge", "法释〔2025〕8号，年度报告格式（六）3"),
    ("split", "信息处理费管理办法第四条（一事一申请）"),
    ("close", "年度报告格式（六）其他处理"),
    ("rectify", "条例第四十一条"),
    ("serve", "国办公开办函〔2016〕235号"),
    ("return", "国办公开办函〔2016〕235号"),
    ("serve_again", "国办公开办函〔2016〕235号"),
    ("reopen", "行政复议法第六十四条、第六十六条，行政诉讼法第七十条、第七十二条"),
    ("amend", "条例第三十一条、第四十五条"),
    ("change_kind", "年度报告格式：申请人情况"),
    ("assign", "机关内部分工"),
    ("note", "条例第四十五条"),
    ("attach", "条例第四十五条"),
    ("send_letter", "条例第四十五条"),
    ("void", "条例第四十五条"),
    ("carry_over", "年度报告格式：结转下年度继续办理"),
    ("open_review", "条例第五十一条"),
    ("answer_review", "行政复议法第四十八条、第五十四条，行政诉讼法第六十七条"),
    ("first_judgment", "行政诉讼法第八十五条"),
    ("appeal", "行政诉讼法第八十五条"),
    ("conclude_review", "条例第五十一条"),
    ("recalculate", "国务院办公厅节假日安排通知"),
]


@pytest.mark.parametrize(("event", "article"), ARTICLES, ids=[event for event, _ in ARTICLES])
def test_an_event_stands_under_its_article(event: str, article: str) -> None:
    assert statute.BY_EVENT[EventKind(event)].article == article


def test_every_event_has_been_looked_up() -> None:
    assert sorted(event for event, _ in ARTICLES) == sorted(EventKind)


ASKED_OF_TODAY = {
    "ask_correction": ["items"],  # Art. 30: 说明需要补正的事项
    "consult": ["kind", "party"],  # Arts. 32, 34: who is asked decides what silence means
    "opinions_in": ["opinion"],
    "extend": ["approver", "reason"],  # Art. 33: 经…负责人同意并告知申请人
    "ask_reasons": ["volume"],  # Art. 35: 数量、频次明显超过合理范围
    "reasons_in": ["reasonable"],
    "delay": ["reason", "approver"],
    "bill": ["tariff"],  # 办法 Art. 3: one of the two
    "pause": ["reason", "approver"],  # law.md 3.3: a recorded manual stop with approval
    "decide": ["means"],  # 〔2016〕235号: the means decides the legal date
    "withdraw": ["how", "identity_checked"],  # law.md 9
    "close": ["reason"],
}


def test_what_the_law_asks_of_a_step_today_and_old_ledgers_do_not_hold() -> None:
    asked = {step.event.value: [fact.name for fact in step.facts if fact.need == "lawful"] for step in EVERY_STEP}
    assert {event: names for event, names in asked.items() if names} == ASKED_OF_TODAY


@pytest.mark.parametrize("event", [event for event in EventKind if event is not EventKind.REOPEN])
def test_art41_a_record_to_correct_knows_no_period_of_its_own_and_none_of_the_waits_of_a_request(
    event: EventKind,
) -> None:
    """Art. 41 has no correction letter, no consultation, no fee, no delay and no row of the report (law.md 2)."""
    of_requests = {
        "ask_correction", "deliver_correction", "correct", "consult", "deliver_consultation", "opinions_in", "extend",
        "ask_reasons", "reasons_in", "delay", "bill", "pay", "search", "secrecy_review", "tell_third_party", "split",
        "decide", "lapse", "merge", "close", "carry_over",
    }  # fmt: skip
    matters = set(statute.BY_EVENT[event].matters)
    assert (Matter.DISCLOSURE in matters) is (event is not EventKind.RECTIFY)
    assert (Matter.RECTIFICATION in matters) is (event.value not in of_requests)


MET_BY = {
    DeadlineKind.CONFIRM: ["confirm"],
    DeadlineKind.ASK_CORRECTION: ["ask_correction"],
    DeadlineKind.CORRECTION: ["correct"],
    DeadlineKind.OPINION: ["opinions_in"],
    DeadlineKind.REASONS: ["reasons_in"],
    DeadlineKind.PAYMENT: ["pay"],
    DeadlineKind.REPLY: ["decide", "rectify"],  # a request for information, and one to correct a record
    DeadlineKind.REVIEW_ANSWER: ["answer_review"],
    DeadlineKind.APPEAL: ["appeal"],
}
"""The event that meets each deadline. The defence in court is the same step as the answer to a reconsideration; that
what was withheld was looked at again (Art. 18) changes nothing in the case, so no step says so."""


def test_every_deadline_is_met_by_its_event() -> None:
    assert set(MET_BY) == set(DeadlineKind) - {DeadlineKind.DEFENCE, DeadlineKind.REEVALUATION}
    met = {kind: [step.event.value for step in EVERY_STEP if step.meets is kind] for kind in MET_BY}
    assert met == MET_BY
    assert {step.meets for step in EVERY_STEP} == {*MET_BY, None}


def test_every_deadline_of_the_clock_has_its_article() -> None:
    assert clock.ARTICLES == {
        DeadlineKind.ASK_CORRECTION: "条例第三十条",
        DeadlineKind.CORRECTION: "条例第三十条",
        DeadlineKind.OPINION: "条例第三十二条",
        DeadlineKind.REASONS: "条例第三十五条",
        DeadlineKind.PAYMENT: "信息处理费管理办法第六条",
        DeadlineKind.REPLY: "条例第三十三条",
    }


def test_who_is_asked_for_an_opinion_decides_the_article() -> None:
    assert clock.OPINION_ARTICLES == {
        ConsultationKind.THIRD_PARTY: "条例第三十二条",
        ConsultationKind.JOINT_MAKER: "条例第三十四条",
        ConsultationKind.OTHER_AGENCY: "条例第三十三条第三款",
        ConsultationKind.SUPERIOR: "条例第十七条、第三十三条第三款",
        ConsultationKind.INTERNAL: "条例第三十三条第三款",
    }


@pytest.mark.parametrize(
    ("period", "days"),
    [
        (clock.ASK_CORRECTION_DAYS, 7),
        (clock.OPINION_DAYS, 15),
        (clock.REPLY_DAYS, 20),
        (clock.EXTENSION_MOST, 20),
        (clock.PAYMENT_DAYS, 20),
        (periods.ANSWER_DAYS[Procedure.ORDINARY], 10),  # 行政复议法 Art. 48
        (periods.ANSWER_DAYS[Procedure.SIMPLIFIED], 5),  # Art. 54
        (periods.DEFENCE_DAYS, 15),  # 行政诉讼法 Art. 67
        (periods.APPEAL_DAYS[RulingForm.JUDGMENT], 15),  # Art. 85
        (periods.APPEAL_DAYS[RulingForm.ORDER], 10),
    ],
)
def test_the_periods_are_those_of_the_law(period: int, days: int) -> None:
    assert period == days


# The states


def test_the_working_states_and_the_carried_over_ones_are_a_bijection() -> None:
    assert set(statute.CARRIED_OVER) == set(statute.WORKING)
    assert {carried: plain for plain, carried in statute.CARRIED_OVER.items()} == statute.PLAIN
    assert len(set(statute.CARRIED_OVER.values())) == len(statute.WORKING) == 5
    assert all(carried.value == f"carried_over.{plain.value}" for plain, carried in statute.CARRIED_OVER.items())


OUTSIDE = (State.UNCONFIRMED, State.VOID)
"""Requests that are none in law yet (Art. 31), or never were."""


def test_every_state_is_working_carried_over_final_or_outside_the_law() -> None:
    parts = [*statute.WORKING, *statute.CARRIED_OVER.values(), *statute.FINAL, *OUTSIDE]
    assert sorted(parts) == sorted(State)


def test_of_several_waits_the_one_that_stops_most_gives_the_state_and_the_last_is_no_wait() -> None:
    assert [state.value for state in statute.WAITS_BY_RANK] == [
        "paused",
        "pending_correction",
        "awaiting_fee",
        "consulting",
        "received",
    ]


@pytest.mark.parametrize("step", EVERY_STEP, ids=lambda step: step.event.value)
def test_a_wait_is_begun_by_one_step_and_ended_by_another(step: Step) -> None:
    waits = {
        State.PENDING_CORRECTION: ("ask_correction", "correct"),
        State.CONSULTING: ("consult", "opinions_in"),
        State.AWAITING_FEE: ("bill", "pay"),
        State.PAUSED: ("pause", "resume"),
    }
    assert step.opens is next((state for state, (begins, _) in waits.items() if begins == step.event), None)
    assert step.ends is next((state for state, (_, ends) in waits.items() if ends == step.event), None)
    assert (step.target is Target.WAITS) is (step.opens is not None or step.ends is not None)


@pytest.mark.parametrize("state", list(State))
def test_a_state_knows_the_working_state_it_is(state: State) -> None:
    outside = (*statute.FINAL, *OUTSIDE)
    expected = None if state in outside else State(state.value.removeprefix("carried_over."))
    assert statute.working_state(state) is expected
