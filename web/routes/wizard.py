"""七步审查: the seven steps to a reply, a question a page. The way taken stands in the address; nothing is saved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from models.vocabulary import EventKind
from web.forms import Form
from web.frame import page
from web.house import house_of
from web.language import gettext as _
from web.rights import STEP_RIGHTS, Right, Signed, needs
from workflow import options, records, seven_steps, wizard
from workflow.faults import InputFault
from workflow.seven_steps import STEPS, Answer, Walk

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Step:
    """One of the seven in the list of how far one is: ``done``, ``passed`` over, ``now`` or ``ahead``.

    ``answers``: what was answered, each with the way up to its question.
    """

    number: int
    name: str
    state: str
    answers: tuple[tuple[str, str], ...]


@router.get("/cases/{number:path}/wizard")
def ask(
    request: Request,
    number: str,
    signed: Annotated[Signed, needs(Right.DECIDE)],
    way: str = "",
    answer: str = "",
    answer_was: str = "",
    go: str = "",
) -> Response:
    """The next question after the answers of ``way``; with an ``answer`` to it the one after, or the step's form.

    ``answer_was``: what was answered before one went back; ``go``: the form was sent, answered or not.
    """
    house, today = house_of(request), house_of(request).today()
    with house.engine.connect() as connection:
        try:
            record = records.find(connection, signed.agency_id, number)
        except InputFault:
            raise HTTPException(404) from None
    walk = seven_steps.walk(way.split(".") if way else [])
    if walk is None or walk.next is None or not wizard.is_for(record.case):
        raise HTTPException(404)
    form = Form({"answer": answer or answer_was})
    weighed = wizard.weigh(record.case, walk, record.calendar, today, record.practice)
    refusal = wizard.refused(record.case, walk, record.calendar, today, record.practice)
    if refusal is not None:
        form.general.append(str(refusal))
    if answer and form.ok:
        chosen = next((each for each in weighed if each.answer.name == answer), None)
        if chosen is None:
            form.fault("answer", _("“%(given)s”不在可选的值之中，请从列表中选择", given=answer[:40]))
        elif chosen.refusal is not None:
            form.fault("answer", str(chosen.refusal))
        else:
            return _on(number, walk, chosen.answer)
    elif go and form.ok:
        form.fault("answer", _("没有选择，请选择一个回答"))
    barred = options.barred(record.case, EventKind.DECIDE, record.calendar, today, record.practice)
    return page(
        request,
        "wizard.html",
        status=200 if form.ok else 422,
        case=record.case,
        form=form,
        question=walk.next,
        weighed=weighed,
        way=".".join(walk.names),
        taken=walk.names,
        progress=_progress(walk),
        barred=barred,
        may=lambda event: (right := STEP_RIGHTS[event]) is not None and signed.may(right),
    )


def _on(number: str, walk: Walk, answer: Answer) -> Response:
    """Go on to the next question, or to the form of the step in which the way ends."""
    here, names = f"/cases/{quote(number)}", ".".join([*walk.names, answer.name])
    if answer.leads is not None:
        return RedirectResponse(f"{here}/wizard?{urlencode({'way': names})}", status_code=303)
    step = answer.step or EventKind.DECIDE
    given = dict(answer.given) if answer.step is not None else {"way": names}
    return RedirectResponse(f"{here}/steps/{step.value}" + (f"?{urlencode(given)}" if given else ""), status_code=303)


def _progress(walk: Walk) -> list[Step]:
    """How far one has come in the seven steps."""
    now = len(STEPS) if walk.next is None else walk.next.step
    found = []
    for number, name in enumerate(STEPS, 1):
        answers = tuple(
            (answer.label, ".".join(walk.names[:place]))
            for place, (question, answer) in enumerate(walk.taken)
            if question.step == number
        )
        state = "now" if number == now else "ahead" if number > now else "done" if answers else "passed"
        found.append(Step(number, name, state, answers))
    return found
