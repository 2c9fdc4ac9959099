"""``docs/statute.md``: the tables of ``statute`` as a page that a lawyer can read (``make statute``)."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from models.vocabulary import EventKind, State
from workflow import statute
from workflow.statute import Step, Target


def page() -> str:
    """The whole page: the state diagram, the event table, the outcomes."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# 条例的表 The law as tables"
    yield ""
    yield "由 `workflow/statute.py` 生成（`make statute`），不要手工修改。条例 = 《中华人民共和国政府信息公开条例》。"
    yield ""
    yield "## 状态 States"
    yield ""
    yield "```mermaid"
    yield "stateDiagram-v2"
    yield from _diagram()
    yield "```"
    yield ""
    yield "12 月 31 日未办结的，结转到 `carried_over` 之内的同一状态，可以办的事项相同。"
    yield ""
    yield "## 事项 Events"
    yield ""
    yield "| 事项 | 可在何种状态 | 之后 | 期限 | 依据 | 内容 | 了结的期限 |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    yield from map(_event, (statute.REGISTRATION, *statute.STEPS, *statute.ANY_STATE_STEPS))
    yield ""
    yield "## 办理结果 Outcomes"
    yield ""
    yield "| 办理结果 | 依据 | 由何事项 | 办结状态 | 2021 年版 | 2019 年版 | 救济 |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for rule in statute.OUTCOME_RULES:
        outcome = rule.outcome
        yield (
            f"| {statute.ledger_label(outcome)} | {rule.article} | {statute.ENDING[outcome].label} "
            f"| {statute.final_state(outcome).label} | `{statute.row_of(outcome, '2021')}` "
            f"| `{statute.row_of(outcome, '2019')}` | {rule.remedy.value} |"
        )


def _diagram() -> Iterator[str]:
    """Every lawful move between two different states, for cases that are not carried over."""
    shown = [*statute.WORKING, *statute.FINAL]
    for state in shown:
        yield f'    state "{state.label}" as {state.value}'
    yield f'    state "结转" as {_CARRIED}'
    yield f"    [*] --> {State.RECEIVED.value} : {EventKind.REGISTER.label}"
    for source in shown:
        for target in shown:
            events = [
                step.event.label
                for step in statute.STEPS
                if source in step.sources and source is not target and target in _leads_to(step, source)
            ]
            if events:
                yield f"    {source.value} --> {target.value} : {'、'.join(events)}"
    for source in statute.WORKING:
        yield f"    {source.value} --> {_CARRIED} : {EventKind.CARRY_OVER.label}"
    for state in statute.FINAL:
        yield f"    {state.value} --> [*]"


_CARRIED = "carried_over"


def _leads_to(step: Step, source: State) -> set[State]:
    """Where the step may lead from ``source``: the wait it opens, what is left when one ends, the final states."""
    if step.target is Target.OUTCOME:
        return {statute.final_state(o) for o, ending in statute.ENDING.items() if ending is step.event}
    if step.opens is not None:
        return {step.opens}
    if step.ends is not None and step.ends is source:
        return set(statute.WAITS_BY_RANK[statute.WAITS_BY_RANK.index(source) + 1 :])
    return set()


def _event(step: Step) -> str:
    sources = "、".join(source.label for source in step.sources) or "登记之前"
    if step in statute.ANY_STATE_STEPS:
        sources = "任何状态"
    facts = "、".join(fact.label + ("" if fact.required else "（可不填）") for fact in step.facts) or "—"
    who = "（系统自动）" if step.by_itself else ""
    meets = step.meets.label if step.meets else "—"
    after = State.RECEIVED.label if step is statute.REGISTRATION else _AFTER[step.target]
    return f"| {step.event.label}{who} | {sources} | {after} | {step.clock} | {step.article} | {facts} | {meets} |"


_AFTER = {
    Target.WAITS: "按仍在等待的事项",
    Target.OUTCOME: "按办理结果",
    Target.SAME: "不变",
    Target.CARRIED: "结转之内的同一状态",
}

if __name__ == "__main__":
    sys.stdout.write(page())
