"""The state machine, made once from the tables of ``statute`` and shared by all cases.

``transitions`` fires on a throw-away object that holds the state; a Machine per case would cost 240 times more.
"""

from __future__ import annotations

from dataclasses import dataclass

from transitions import Machine, MachineError

from models.vocabulary import EventKind, Outcome, State
from workflow import statute
from workflow.faults import Refusal
from workflow.statute import Step, Target

RECORDED = "recorded:"
"""Prefix of the trigger by which the past is recorded as it was, lawful or not."""


@dataclass(slots=True)
class Position:
    """A case as the machine sees it: its state, what it waits for after the step, the outcome it ends with."""

    state: str
    waits_in: State = State.RECEIVED
    outcome: Outcome | None = None


class _RestsIn:
    """Condition of a transition: after the step the case waits in ``state``."""

    def __init__(self, state: State) -> None:
        self.state = state

    def __call__(self, position: Position) -> bool:
        return position.waits_in is self.state


class _EndsIn:
    """Condition of a transition: the outcome leads to the final ``state``."""

    def __init__(self, state: State) -> None:
        self.state = state

    def __call__(self, position: Position) -> bool:
        return position.outcome is not None and statute.final_state(position.outcome) is self.state


def _levels(source: State) -> tuple[bool, ...]:
    """Where the state exists: a working state also within 结转 (True)."""
    return (False, True) if source in statute.CARRIED_OVER else (False,)


def _carried(state: State, *, carried_over: bool) -> State:
    return statute.CARRIED_OVER[state] if carried_over else state


def _add(machine: Machine, trigger: str, step: Step, source: State, *, carried_over: bool) -> None:
    here = _carried(source, carried_over=carried_over).value
    match step.target:
        case Target.SAME | Target.REFOLDED:
            # What a case is without a voided entry is folded from its log, not decided here.
            machine.add_transition(trigger, here, here)
        case Target.CARRIED:
            machine.add_transition(trigger, here, statute.CARRIED_OVER[source].value)
        case Target.WAITS:
            for state in statute.WORKING:
                there = _carried(state, carried_over=carried_over).value
                machine.add_transition(trigger, here, there, conditions=_RestsIn(state))
        case Target.OUTCOME:
            for state in statute.FINAL:
                machine.add_transition(trigger, here, state.value, conditions=_EndsIn(state))
        case State() as state:
            machine.add_transition(trigger, here, state.value)


def build() -> Machine:
    """Make the machine from the event table."""
    machine = Machine(
        model=None,
        states=[state.value for state in State],
        initial=State.RECEIVED.value,
        auto_transitions=False,
        send_event=False,
    )
    for step in statute.STEPS:
        for prefix, sources in (("", step.sources), (RECORDED, step.sources_of_record())):
            for source in sources:
                for carried_over in _levels(source):
                    _add(machine, prefix + step.event.value, step, source, carried_over=carried_over)
    return machine


MACHINE = build()


def may(state: State, event: EventKind) -> bool:
    """Whether the law allows ``event`` in ``state`` (whatever its facts)."""
    known = MACHINE.events.get(event.value)
    return known is not None and bool(known.transitions.get(state.value))


def advance(
    state: State, event: EventKind, waits_in: State, outcome: Outcome | None, *, recorded: bool = False
) -> State:
    """The state after ``event`` in ``state``; ``recorded`` admits what was irregular but did happen.

    Raises Refusal with the article where the law does not allow the step.
    """
    position = Position(state.value, waits_in, outcome)
    trigger = RECORDED + event.value if recorded else event.value
    if trigger not in MACHINE.events:
        raise Refusal(f"办件已登记，不能再次“{event.label}”", statute.BY_EVENT[event].article)
    try:
        # An unregistered model reaches the conditions only as an argument, hence twice.
        moved = MACHINE.events[trigger].trigger(position, position)
    except MachineError:
        moved = False
    if not moved:
        step = statute.BY_EVENT[event]
        raise Refusal(f"“{state.label}”状态下不能“{event.label}”", step.article)
    return State(position.state)
