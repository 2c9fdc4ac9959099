"""The machine: every pair of a state and an event, held against a matrix written from design.md and law.md."""

from __future__ import annotations

from itertools import product

import pytest

from models.vocabulary import EventKind, Outcome, State
from workflow import machine, statute
from workflow.faults import Refusal

# Which event the law allows in which state. A correction, opinions and a payment are waited for in `pending`,
# `consulting` and `fee`, the end of an approved pause in `paused`; a carried-over case is in the same column as its
# plain twin; `final` are all three endings; `arrived` is a request whose day of receipt is not settled; `void` one
# that was never a request, or whose registration was a mistake.
#   Art. 31   until the day of receipt is settled nothing is owed: the applicant is contacted, confirms, or it was no
#             request at all; once it is settled there is nothing left to confirm
#   Art. 30   a correction is asked for while the reply period runs or is suspended, received while it is waited for;
#             the letter may be delivered as long as it is out
#   Art. 32–34 opinions are handed over and come in whatever else is waited for (within the agency: nothing is); a third
#             party is told of a release before the reply
#   Art. 33   an extension needs a running or suspended period; a stopped or paused one has nothing to extend
#   Art. 35   reasons are asked for, and a delay told, while a reply can still be prepared; reasons come in any time
#   办法 Art. 6 the fee notice goes out within the reply period; it is paid while it is waited for
#   Art. 36(4), 17 the agency may search and review its records whatever it waits for
#   Art. 36   a reply needs a case that waits for nothing; one on a record to correct (Art. 41) waits for nobody
#   law.md 3.3 a pause is begun where the clock runs or is suspended, and ended where it is paused
#   〔2016〕235号 a reply is delivered, comes back and is sent again once it is made
#   law.md 1   only what has ended is opened again
#   Art. 45   the register is amended, notes are made and mistakes voided at any time; a void case takes notes only;
#             a letter leaves the office at any time, and nothing about the case moves with its paper
#   Art. 51   remedies run beside the case, open or closed; their days are working days too, so a new calendar may
#             move them after the reply
MATRIX = """
                      arrived  received  pending  consulting  fee  paused  final  void
register                 -        -         -         -        -      -      -     -
arrive                   -        -         -         -        -      -      -     -
contact                 yes       -         -         -        -      -      -     -
confirm                 yes       -         -         -        -      -      -     -
dismiss                 yes       -         -         -        -      -      -     -
ask_correction           -       yes        -        yes       -      -      -     -
deliver_correction       -        -        yes        -        -     yes     -     -
correct                  -        -        yes        -        -      -      -     -
consult                  -       yes        -        yes       -      -      -     -
deliver_consultation     -       yes       yes       yes      yes    yes     -     -
opinions_in              -       yes       yes       yes      yes    yes     -     -
extend                   -       yes        -        yes       -      -      -     -
ask_reasons              -       yes        -        yes       -      -      -     -
reasons_in               -       yes       yes       yes      yes    yes     -     -
delay                    -       yes        -        yes       -      -      -     -
bill                     -       yes        -        yes       -      -      -     -
pay                      -        -         -         -       yes     -      -     -
pause                    -       yes        -        yes       -      -      -     -
resume                   -        -         -         -        -     yes     -     -
search                   -       yes       yes       yes      yes    yes     -     -
secrecy_review           -       yes       yes       yes      yes    yes     -     -
tell_third_party         -       yes        -        yes       -      -      -     -
split                    -       yes        -        yes       -      -      -     -
decide                   -       yes        -         -        -      -      -     -
lapse                    -        -        yes        -       yes     -      -     -
withdraw                 -       yes       yes       yes      yes    yes     -     -
merge                    -       yes       yes       yes      yes    yes     -     -
close                    -       yes       yes       yes      yes    yes     -     -
rectify                  -       yes        -        yes       -      -      -     -
serve                    -        -         -         -        -      -     yes    -
return                   -        -         -         -        -      -     yes    -
serve_again              -        -         -         -        -      -     yes    -
reopen                   -        -         -         -        -      -     yes    -
amend                   yes      yes       yes       yes      yes    yes    yes    -
change_kind             yes      yes       yes       yes      yes    yes    yes    -
assign                  yes      yes       yes       yes      yes    yes    yes    -
note                    yes      yes       yes       yes      yes    yes    yes   yes
attach                  yes      yes       yes       yes      yes    yes    yes   yes
send_letter             yes      yes       yes       yes      yes    yes    yes    -
void                    yes      yes       yes       yes      yes    yes    yes    -
carry_over               -       yes       yes       yes      yes    yes     -     -
open_review              -       yes       yes       yes      yes    yes    yes    -
answer_review            -       yes       yes       yes      yes    yes    yes    -
first_judgment           -       yes       yes       yes      yes    yes    yes    -
appeal                   -       yes       yes       yes      yes    yes    yes    -
conclude_review          -       yes       yes       yes      yes    yes    yes    -
recalculate              -       yes       yes       yes      yes    yes    yes    -
"""

COLUMNS = {
    "arrived": [State.UNCONFIRMED],
    "received": [State.RECEIVED, State.CARRIED_OVER_RECEIVED],
    "pending": [State.PENDING_CORRECTION, State.CARRIED_OVER_PENDING_CORRECTION],
    "consulting": [State.CONSULTING, State.CARRIED_OVER_CONSULTING],
    "fee": [State.AWAITING_FEE, State.CARRIED_OVER_AWAITING_FEE],
    "paused": [State.PAUSED, State.CARRIED_OVER_PAUSED],
    "final": [State.DISCLOSED, State.REFUSED, State.CLOSED],
    "void": [State.VOID],
}
OPEN = [state for column in ("received", "pending", "consulting", "fee", "paused") for state in COLUMNS[column]]
FINAL = COLUMNS["final"]


def _allowed() -> set[tuple[State, EventKind]]:
    head, *rows = (line.split() for line in MATRIX.strip().splitlines())
    return {
        (state, EventKind(event))
        for event, *cells in rows
        for column, cell in zip(head, cells, strict=True)
        if cell == "yes"
        for state in COLUMNS[column]
    }


FIRST = {EventKind.REGISTER: State.RECEIVED, EventKind.ARRIVE: State.UNCONFIRMED}
"""The events that make a case, and the state in which it then is."""

ALLOWED = _allowed()
PAIRS = [pair for pair in product(State, EventKind) if pair[1] not in FIRST]
"""The whole product; of the events that make the case there is a test of its own."""

LAWFUL = [pair for pair in PAIRS if pair in ALLOWED]
OUTCOME_OF = {EventKind.DECIDE: Outcome.GRANTED, EventKind.LAPSE: Outcome.OTHER_NOT_CORRECTED}
CLOSES = (EventKind.LAPSE, EventKind.WITHDRAW, EventKind.MERGE, EventKind.CLOSE, EventKind.RECTIFY)
ENDS = (EventKind.DECIDE, *CLOSES)
MOVES_BY_WAITING = (
    EventKind.ASK_CORRECTION,
    EventKind.CORRECT,
    EventKind.CONSULT,
    EventKind.OPINIONS_IN,
    EventKind.BILL,
    EventKind.PAY,
    EventKind.PAUSE,
    EventKind.RESUME,
)
LEADS_TO = {
    EventKind.CONFIRM: State.RECEIVED,
    EventKind.DISMISS: State.VOID,
    EventKind.REOPEN: State.RECEIVED,
    **dict.fromkeys(CLOSES, State.CLOSED),
}
STAYS = tuple(set(EventKind) - {*FIRST, *LEADS_TO, *MOVES_BY_WAITING, EventKind.DECIDE, EventKind.CARRY_OVER})
"""All the rest: letters delivered, extensions, reviews, notes, corrections of the register move no state.

Neither does the voiding of an entry by itself: what the case is without it is folded anew.
"""


def twin(state: State, plain: State) -> State:
    """``plain``, carried over if ``state`` is."""
    return State(f"carried_over.{plain.value}") if state.value.startswith("carried_over.") else plain


def names(pair: tuple[State, EventKind]) -> str:
    return f"{pair[1].value} in {pair[0].value}"


def step(state: State, event: EventKind, waits_in: State = State.RECEIVED, *, recorded: bool = False) -> State:
    return machine.advance(state, event, waits_in, OUTCOME_OF.get(event), recorded=recorded)


def test_the_matrix_covers_every_event_and_every_state() -> None:
    assert sorted(line.split()[0] for line in MATRIX.strip().splitlines()[1:]) == sorted(EventKind)
    assert sorted(state for column in COLUMNS.values() for state in column) == sorted(State)
    assert len(PAIRS) == 15 * 45
    assert len(STAYS) == 27


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
@pytest.mark.parametrize(
    ("event", "article"),
    [(EventKind.REGISTER, "条例第二十九条、第三十一条"), (EventKind.ARRIVE, "条例第三十一条")],
    ids=lambda value: getattr(value, "name", ""),
)
def test_art29_art31_a_case_is_made_once_and_in_no_state_again(event: EventKind, article: str, recorded: bool) -> None:
    assert not any(each is event for _, each in ALLOWED)
    assert statute.BY_EVENT[event].target is FIRST[event]
    for state in State:
        assert machine.may(state, event) is False
        with pytest.raises(Refusal) as raised:
            step(state, event, recorded=recorded)
        assert raised.value.article == article


@pytest.mark.parametrize("pair", [pair for pair in LAWFUL if pair[1] in MOVES_BY_WAITING], ids=names)
@pytest.mark.parametrize("waits_in", statute.WORKING)
def test_a_wait_leads_to_what_the_case_still_waits_for_and_carried_over_stays_carried_over(pair, waits_in) -> None:
    state, event = pair
    assert step(state, event, waits_in) is twin(state, waits_in)


@pytest.mark.parametrize("pair", [pair for pair in LAWFUL if pair[1] in STAYS], ids=names)
def test_what_is_no_wait_and_no_end_leaves_the_state_as_it_is(pair) -> None:
    state, event = pair
    for waits_in in statute.WORKING:
        assert step(state, event, waits_in) is state


@pytest.mark.parametrize("pair", [pair for pair in LAWFUL if pair[1] in LEADS_TO], ids=names)
def test_art31_a_confirmed_request_is_received_and_a_dismissed_one_void_the_other_endings_close_and_reopening_opens(
    pair,
) -> None:
    assert step(*pair) is LEADS_TO[pair[1]]


@pytest.mark.parametrize("state", OPEN)
def test_carrying_over_leads_to_the_same_state_carried_over_however_often(state: State) -> None:
    carried = step(state, EventKind.CARRY_OVER)
    assert carried.value == "carried_over." + state.value.removeprefix("carried_over.")
    assert step(carried, EventKind.CARRY_OVER) is carried


@pytest.mark.parametrize("state", [State.RECEIVED, State.CARRIED_OVER_RECEIVED])
@pytest.mark.parametrize("outcome", [o for o in Outcome if not o.value.startswith("other_")])
def test_art36_a_reply_leads_to_disclosed_or_refused_by_its_outcome(state: State, outcome: Outcome) -> None:
    expected = State.DISCLOSED if outcome.value in ("granted", "partly_granted") else State.REFUSED
    assert machine.advance(state, EventKind.DECIDE, State.RECEIVED, outcome) is expected


@pytest.mark.parametrize(
    ("state", "event"), [(State.RECEIVED, EventKind.DECIDE), (State.AWAITING_FEE, EventKind.LAPSE)]
)
def test_an_ending_by_its_outcome_is_refused_without_one(state: State, event: EventKind) -> None:
    with pytest.raises(Refusal):
        machine.advance(state, event, State.RECEIVED, None)


def recordable(state: State, event: EventKind) -> bool:
    """Where the past may be told as it was: what is done to an open case, in any state of an open case.

    The rest needs what it is done to: a reply that was made, a request that waits to be confirmed.
    """
    done_to_open_cases = {each for at, each in ALLOWED if at in OPEN}
    return (state, event) in ALLOWED or (state in OPEN and event in done_to_open_cases)


@pytest.mark.parametrize("pair", PAIRS, ids=names)
def test_the_past_may_be_recorded_in_any_working_state_and_nothing_in_a_state_that_it_makes_no_sense_in(pair) -> None:
    state, event = pair
    if not recordable(state, event):
        with pytest.raises(Refusal):
            step(state, event, recorded=True)
        return
    after = step(state, event, State.CONSULTING, recorded=True)
    if pair in ALLOWED:
        assert after is step(state, event, State.CONSULTING)
    if state in OPEN:
        assert (after in FINAL) is (event in ENDS)


def test_the_twins_have_the_same_events() -> None:
    for plain, carried in statute.CARRIED_OVER.items():
        of_plain, of_carried = ({e for s, e in LAWFUL if s is state} for state in (plain, carried))
        assert of_plain == of_carried


def test_every_state_can_be_reached_from_registration_or_arrival() -> None:
    reached = set(FIRST.values())
    front = list(reached)
    while front:
        state = front.pop()
        for event in (e for s, e in LAWFUL if s is state):
            outcomes = [o for o in Outcome if statute.ENDING[o] is event] if event in OUTCOME_OF else [None]
            for waits_in, outcome in product(statute.WORKING, outcomes):
                after = machine.advance(state, event, waits_in, outcome)
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
