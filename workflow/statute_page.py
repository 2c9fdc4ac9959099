"""``docs/statute.md``: the tables of ``statute`` as a page that a lawyer can read (``make statute``)."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from models.vocabulary import EventKind, Matter, Outcome, State
from workflow import practice, seven_steps, statute
from workflow.seven_steps import Answer
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
    yield from map(_event, (*statute.FIRST_STEPS, *statute.STEPS))
    yield ""
    yield "## 办理结果 Outcomes"
    yield ""
    yield "| 办理结果 | 依据 | 由何事项 | 办结状态 | 2021 年版 | 2019 年版 | 救济 | 答复应写明 |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    for rule in statute.OUTCOME_RULES:
        outcome = rule.outcome
        yield (
            f"| {statute.ledger_label(outcome)} | {rule.article} | {'、'.join(_endings(outcome))} "
            f"| {statute.final_state(outcome).label} | `{statute.row_of(outcome, '2021')}` "
            f"| `{statute.row_of(outcome, '2019')}` | {rule.remedy.value} | {_demands(outcome)} |"
        )
    yield ""
    yield "公开内容的答复应先有可以公开的保密审查（条例第十七条）；"
    yield "第三方不同意而全部公开的，应先告知第三方（条例第三十二条）；"
    yield "以信息不存在答复的，应先有未找到的检索记录；以大量反复申请不予处理的，应先要求说明理由。"
    yield ""
    yield "## 七步法 The seven steps to a reply"
    yield ""
    yield "由 `workflow/seven_steps.py` 生成。每一问的依据在题下；回答之后是下一问、应先办理的事项，或者办理结果。"
    for question in seven_steps.QUESTIONS:
        yield ""
        yield f"### {question.step}．{question.title}：{question.asked}"
        yield ""
        yield f"{question.article}"
        yield ""
        yield from (f"- {answer.label} → {_follows(answer)}；{answer.help}" for answer in question.answers)
    yield ""
    yield "## 设置 Settings"
    yield ""
    yield "| 设置项 | 含义 | 默认 | 依据 |"
    yield "| --- | --- | --- | --- |"
    for setting in practice.SETTINGS:
        default = practice.shown(getattr(practice.STANDARD, setting.name))
        yield f"| `{setting.name}` | {setting.label} | {default} | {setting.source} |"


def _follows(answer: Answer) -> str:
    """What an answer leads to, with the outcome that it settles."""
    if answer.means is not None:
        return f"答复（{answer.means.label}）"
    parts = [] if answer.outcome is None else [f"**{statute.ledger_label(answer.outcome)}**"]
    if answer.ground is not None:
        parts[-1] += f"（{answer.ground.label}）"
    if answer.step is not None:
        parts.append(f"办“{answer.step.label}”")
    if answer.leads is not None:
        question = seven_steps.BY_NAME[answer.leads]
        parts.append(f"{question.step}．{question.asked.removesuffix('？')}")
    return "，".join(parts)


def _endings(outcome: Outcome) -> list[str]:
    return [step.event.label for step in statute.STEPS if outcome in step.outcomes]


def _demands(outcome: Outcome) -> str:
    """What a reply of this outcome must give beside the means of service, by its grounds where it has two."""
    labels = {fact.name: fact.label for fact in statute.BY_EVENT[EventKind.DECIDE].facts}
    needs = [labels[name] for name in statute.DEMANDS.get(outcome, ())]
    for ground in statute.GROUNDS.get(outcome, ()):
        of_ground = "、".join(labels[name] for name in statute.DEMANDS.get(ground, ())) or "—"
        needs.append(f"{ground.label}（{statute.GROUND_ARTICLES[ground]}）：{of_ground}")
    return "；".join(needs) or "—"


def _diagram() -> Iterator[str]:
    """Every lawful move between two different states, for cases that are not carried over."""
    shown = [State.UNCONFIRMED, *statute.WORKING, *statute.FINAL, State.VOID]
    for state in shown:
        yield f'    state "{state.label}" as {state.value}'
    yield f'    state "结转" as {_CARRIED}'
    for first in statute.FIRST_STEPS:
        for state in _leads_to(first, State.UNCONFIRMED):
            yield f"    [*] --> {state.value} : {first.event.label}"
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
    for state in (*statute.FINAL, State.VOID):
        yield f"    {state.value} --> [*]"


_CARRIED = "carried_over"


def _leads_to(step: Step, source: State) -> set[State]:
    """Where the step may lead from ``source``: the wait it opens, what is left when one ends, the final states."""
    if isinstance(step.target, State):
        return {step.target}
    if step.target is Target.OUTCOME:
        return {statute.final_state(outcome) for outcome in step.outcomes}
    if step.opens is not None:
        return {step.opens}
    if step.ends is not None and step.ends is source:
        return set(statute.WAITS_BY_RANK[statute.WAITS_BY_RANK.index(source) + 1 :])
    return set()


def _event(step: Step) -> str:
    sources = "、".join(_sources(step)) or "登记之前"
    facts = "、".join(map(_fact, step.facts)) or "—"
    who = "（系统自动）" if step.by_itself else ""
    meets = step.meets.label if step.meets else "—"
    after = step.target.label if isinstance(step.target, State) else _AFTER[step.target]
    matters = "" if len(step.matters) > 1 else f"（{step.matters[0].label}）"
    whom = matters if step.matters == (Matter.RECTIFICATION,) else ""
    article = step.article
    if step.event is EventKind.REOPEN:
        article += "".join(f"；{ground.label}：{its}" for ground, its in statute.REOPENING_ARTICLES.items())
    return f"| {step.event.label}{who}{whom} | {sources} | {after} | {step.clock} | {article} | {facts} | {meets} |"


def _sources(step: Step) -> list[str]:
    """The states, the working ones and the final ones each in one word where the step is for all of them."""
    named, rest = [], list(step.sources)
    for states, label in ((statute.WORKING, "未办结"), (statute.FINAL, "已办结")):
        if set(states) <= set(rest):
            named.append(label)
            rest = [state for state in rest if state not in states]
    return [*(state.label for state in rest), *named]


def _fact(fact: statute.Fact) -> str:
    note = {"always": "", "lawful": "", "free": "（可不填）"}[fact.need]
    return f"{fact.label}{'（系统填写）' if fact.filled else note}"


_AFTER = {
    Target.WAITS: "按仍在等待的事项",
    Target.OUTCOME: "按办理结果",
    Target.SAME: "不变",
    Target.CARRIED: "结转之内的同一状态",
    Target.REFOLDED: "没有该条记录时的状态",
}

if __name__ == "__main__":
    sys.stdout.write(page())
