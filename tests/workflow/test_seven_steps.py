"""七步法 as a table: every way ends once, every outcome is reached, each way's words are read back."""

from __future__ import annotations

import pytest

from models.vocabulary import EventKind, Ground, Outcome
from workflow import seven_steps, statute
from workflow.seven_steps import BY_NAME, QUESTIONS, STEPS, Walk, read, walk, ways

WAYS = list(ways())
REPLIES = [way for way in WAYS if way.step is EventKind.DECIDE]


def test_every_question_is_reached_and_every_step_has_one() -> None:
    reached = {question.name for way in WAYS for question, _ in way.taken}
    assert reached == set(BY_NAME)
    assert [*dict.fromkeys(STEPS[question.step - 1] for question in QUESTIONS)] == list(STEPS)
    for question in QUESTIONS:
        assert question.article
        assert len({answer.name for answer in question.answers}) == len(question.answers)
        assert len({answer.label for answer in question.answers}) == len(question.answers)


def test_an_answer_leads_on_or_ends_the_way_and_never_both() -> None:
    for question in QUESTIONS:
        for answer in question.answers:
            follows = (answer.leads, answer.step, answer.means)
            assert sum(each is not None for each in follows) == 1, (question.name, answer.name)
            assert answer.help


def test_the_ways_go_forward_through_the_seven_and_no_question_comes_twice() -> None:
    for way in WAYS:
        steps = [question.step for question, _ in way.taken]
        assert steps == sorted(steps)
        assert len({question.name for question, _ in way.taken}) == len(way.taken)


def settled(way: Walk) -> list[Outcome]:
    return [answer.outcome for _, answer in way.taken if answer.outcome is not None]


def test_every_way_to_a_reply_settles_one_outcome_and_its_ground() -> None:
    for way in REPLIES:
        (outcome,) = settled(way)
        assert outcome in statute.BY_EVENT[EventKind.DECIDE].outcomes
        facts = way.facts()
        assert set(facts) == {"outcome", "means"} | ({"ground"} if outcome in statute.GROUNDS else set())
        assert facts.get("ground") in (statute.GROUNDS.get(outcome) or (None,))


def test_every_outcome_and_every_ground_that_there_is_is_reached() -> None:
    """Each of the 21: those of a reply by a reply, the others by the step that the statute ends them with."""
    assert {settled(way)[0] for way in REPLIES} == set(statute.BY_EVENT[EventKind.DECIDE].outcomes)
    assert {way.facts().get("ground") for way in REPLIES} == {None, *Ground}
    elsewhere = {(way.step, settled(way)[0]) for way in WAYS if way.step is not EventKind.DECIDE and settled(way)}
    ends = {(step.event, outcome) for step in statute.STEPS for outcome in step.outcomes if outcome not in _REPLIED}
    assert ends <= elsewhere
    assert {settled(way)[0] for way in WAYS if settled(way)} == set(Outcome)


_REPLIED = statute.BY_EVENT[EventKind.DECIDE].outcomes


def test_what_a_step_is_given_is_what_it_takes() -> None:
    for way in WAYS:
        answer = way.taken[-1][1]
        for name, value in answer.given:
            (fact,) = [each for each in statute.BY_EVENT[way.step].facts if each.name == name]
            assert statute.TERMS[fact.type](value)
        if answer.outcome is not None and "outcome" in dict(answer.given):
            assert dict(answer.given)["outcome"] == answer.outcome.value


def test_a_way_is_read_back_from_its_words() -> None:
    for way in WAYS:
        assert read(way.written()) == way
        assert walk(way.names) == way
    assert len({way.written() for way in WAYS}) == len(WAYS)


@pytest.mark.parametrize(
    "written", ["", "补不补", "补不补：也许", "是不是：是，要求提供政府信息", "补不补：需要补正；补不补：需要补正"]
)
def test_what_is_no_way_is_not_read(written: str) -> None:
    assert read(written) is None


def test_there_is_no_way_past_an_end_or_with_an_unknown_answer() -> None:
    assert walk(["correct", "information"]) is None
    assert walk(["perhaps"]) is None
    assert walk([*REPLIES[0].names, "ems"]) is None
    begun = walk([])
    assert begun is not None
    assert begun.next is seven_steps.QUESTIONS[0]
