"""The machine: every pair of a state and an event, held against a matrix written from design.md and law.md."""

from __future__ import annotations

from itertools import product

import pytest

from models.vocabulary import EventKind, Outcome, State
from workflow import machine, statute
from workflow.faults import Refusal

# Which event the law allows in which state. A correction, opinions and a payment are waited for in `pending`,
# `consulting` and `fee`; a carried-over case is in the same column as its plain twin; `final` are all three endings.
#   Art. 30   a correction is asked for while the reply period runs or is suspended, received while it is waited for
#   Art. 32–34 opinions come in whatever else is waited for
#   Art. 33   an extension needs a running or suspended period; a stopped one has nothing to extend
#   办法 Art. 6 the fee notice goes out within the reply period
#   Art. 36   a reply needs a case that waits for nothing
#   Art. 51   remedies run beside the case, open or closed
MATRIX = """
                 received  pending  consulting  fee  final
register            -         -         -        -     -
ask_correction     yes        -        yes       -     -
correct             -        yes        -        -     -
consult            yes        -        yes       -     -
opinions_in         -        yes       yes      yes    -
extend             yes        -        yes       -     -
bill               yes        -        yes       -     -
pay                 -         -         -       yes    -
decide             yes        -         -        -     -
lapse               -        yes        -       yes    -
close              yes       yes       yes      yes    -
carry_over         yes       yes       yes      yes    -
open_review        yes       yes       yes      yes   yes
conclude_review    yes       yes       yes      yes   yes
recalculate        yes       yes       yes      yes    -
"""

COLUMNS = {
    "received": [State.RECEIVED, State.CARRIED_OVER_RECEIVED],
    "pending": [State.PENDING_CORRECTION, State.CARRIED_OVER_PENDING_CORRECTION],
    "consulting": [State.CONSULTING, State.CARRIED_OVER_CONSULTING],
    "fee": [State.AWAITING_FEE, State.CARRIED_OVER_AWAITING_FEE],
    "final": [State.DISCLOSED, State.REFUSED, State.CLOSED],
}


def _allowed() -> set[tuple[State, EventKind]]:
    head, *rows = (line.split() for line in MATRIX.strip().splitlines())
    return {
        (state, EventKind(event))
        for event, *cells in rows
        for column, cell in zip(head, cells, strict=True)
        if cell == "yes"
        for state in COLUMNS[column]
    }


ALLOWED = _allowed()
PAIRS = [pair for pair in product(State, EventKind) if pair[1] is not EventKind.REGISTER]
"""The whole product; of registration, which makes the case, there is a test of its own."""

LAWFUL = [pair for pair in PAIRS if pair in ALLOWED]
OUTCOME_OF = {
    EventKind.DECIDE: Outcome.GRANTED,
    EventKind.LAPSE: Outcome.OTHER_NOT_CORRECTED,
    EventKind.CLOSE: Outcome.OTHER_MISC,
}
ENDS = tuple(OUTCOME_OF)
MOVES_BY_WAITING = (
    EventKind.ASK_CORRECTION,
    EventKind.CORRECT,
    EventKind.CONSULT,
    EventKind.OPINIONS_IN,
    EventKind.BILL,
    EventKind.PAY,
)
STAYS = (EventKind.EXTEND, EventKind.RECALCULATE, EventKind.OPEN_REVIEW, EventKind.CONCLUDE_REVIEW)


def twin(state: State, plain: State) -> State:
    """``plain``, carried over if ``state`` is."""
    return State(f"carried_over.{plain.value}") if state.value.startswith("carried_over.") else plain


def names(pair: tuple[State, EventKind]) -> str:
    return f"{pair[1].value} in {pair[0].value}"


def step(state: State, event: EventKind, waits_in: State = State.RECEIVED, *, recorded: bool = False) -> State:
    return machine.advance(state, event, waits_in, OUTCOME_OF.get(event), recorded=recorded)


def test_the_matrix_covers_every_event_and_every_state() -> None:
    assert {line.split()[0] for line in MATRIX.strip().splitlines()[1:]} == {event.value for event in EventKind}
    assert sorted(state for column in COLUMNS.values() for state in column) == sorted(State)
    assert len(PAIRS) == 11 * 14


@pytest.mark.parametrize("pair", PAIRS, ids=names)
def test_an_event_is_allowed_exactly_where_the_matrix_says(pair: tuple[State, EventKind]) -> None:
    assert machine.may(*pair) is (pair in ALLOWED)


@pytest.mark.parametrize("pair", [pair for pair in PAIRS if pair not in ALLOWED], ids=names)
def test_a_step_that_is_not_allowed_is_refused_with_the_state_the_event_and_the_article(pair) -> None:
    state, event = pair
    with pytest.raises(Refusal) as raised:
        step(state, event)
    assert raised.value.sentence == f"“{state.label}”状态下不能“{event.label}”"
    assert raised.value.article == statute.BY_EVENT[event].article
    assert str(raised.value) == f"{raised.value.sentence}（{raised.value.article}）"


@pytest.mark.parametrize("recorded", [False, True])
def test_art29_a_case_is_registered_once_and_in_no_state_again(recorded: bool) -> None:
    assert not any(event is EventKind.REGISTER for _, event in ALLOWED)
    for state in State:
        assert machine.may(state, EventKind.REGISTER) is False
        with pytest.raises(Refusal) as raised:
            step(state, EventKind.REGISTER, recorded=recorded)
        assert raised.value.article == "条例第二十九条、第三十一条"


@pytest.mark.parametrize("pair", [pair for pair in LAWFUL if pair[1] in MOVES_BY_WAITING], ids=names)
@pytest.mark.parametrize("waits_in", statute.WORKING)
def test_a_wait_leads_to_what_the_case_still_waits_for_and_carried_over_stays_carried_over(pair, waits_in) -> None:
    state, event = pair
    assert step(state, event, waits_in) is twin(state, waits_in)


@pytest.mark.parametrize("pair", [pair for pair in LAWFUL if pair[1] in STAYS], ids=names)
def test_extensions_recalculations_and_remedies_leave_the_state_as_it_is(pair) -> None:
    state, event = pair
    for waits_in in statute.WORKING:
        assert step(state, event, waits_in) is state


@pytest.mark.parametrize("state", [*statute.WORKING, *statute.CARRIED_OVER.values()])
def test_carrying_over_leads_to_the_same_state_carried_over_however_often(state: State) -> None:
    carried = step(state, EventKind.CARRY_OVER)
    assert carried.value == "carried_over." + state.value.removeprefix("carried_over.")
    assert step(carried, EventKind.CARRY_OVER) is carried


@pytest.mark.parametrize("state", [State.RECEIVED, State.CARRIED_OVER_RECEIVED])
@pytest.mark.parametrize("outcome", [o for o in Outcome if not o.value.startswith("other_")])
def test_art36_a_reply_leads_to_disclosed_or_refused_by_its_outcome(state: State, outcome: Outcome) -> None:
    expected = State.DISCLOSED if outcome.value in ("granted", "partly_granted") else State.REFUSED
    assert machine.advance(state, EventKind.DECIDE, State.RECEIVED, outcome) is expected


@pytest.mark.parametrize("pair", [pair for pair in LAWFUL if pair[1] in (EventKind.LAPSE, EventKind.CLOSE)], ids=names)
def test_a_lapse_and_another_ending_close_the_case(pair) -> None:
    assert step(*pair) is State.CLOSED


@pytest.mark.parametrize("event", ENDS)
def test_an_ending_without_an_outcome_is_refused(event: EventKind) -> None:
    with pytest.raises(Refusal):
        machine.advance(State.RECEIVED, event, State.RECEIVED, None)


@pytest.mark.parametrize("pair", PAIRS, ids=names)
def test_the_past_may_be_recorded_in_any_working_state_and_in_no_final_one(pair) -> None:
    state, event = pair
    review = event in (EventKind.OPEN_REVIEW, EventKind.CONCLUDE_REVIEW)
    if state in statute.FINAL and not review:
        with pytest.raises(Refusal):
            step(state, event, recorded=True)
        return
    after = step(state, event, State.CONSULTING, recorded=True)
    if pair in ALLOWED:
        assert after is step(state, event, State.CONSULTING)
    assert (after in statute.FINAL) is (event in ENDS or state in statute.FINAL)


def test_the_twins_have_the_same_events() -> None:
    for plain, carried in statute.CARRIED_OVER.items():
        of_plain, of_carried = ({e for s, e in LAWFUL if s is state} for state in (plain, carried))
        assert of_plain == of_carried


def test_every_state_can_be_reached_from_registration() -> None:
    reached, front = {State.RECEIVED}, [State.RECEIVED]
    while front:
        state = front.pop()
        for event in (e for s, e in LAWFUL if s is state):
            for waits_in, outcome in product(statute.WORKING, Outcome):
                if event in ENDS and statute.ENDING[outcome] is not event:
                    continue
                after = machine.advance(state, event, waits_in, outcome if event in ENDS else None)
                if after not in reached:
                    reached.add(after)
                    front.append(after)
    assert reached == set(State)


def test_the_machine_is_shared_and_keeps_nothing_of_a_case() -> None:
    before = {name: len(event.transitions) for name, event in machine.MACHINE.events.items()}
    step(State.RECEIVED, EventKind.DECIDE)
    with pytest.raises(Refusal):
        step(State.RECEIVED, EventKind.PAY)
    assert {name: len(event.transitions) for name, event in machine.MACHINE.events.items()} == before
    assert machine.MACHINE.models == []
