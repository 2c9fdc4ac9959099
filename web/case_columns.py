"""办件列表的列: what the list of cases and its export tell of each case. The number is always there, and the first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from models.vocabulary import Outcome, State
from web.language import gettext as _
from web.language import label
from web.lights import Light, light
from workflow import applicants
from workflow.calendar import WorkCalendar
from workflow.search import Found
from workflow.statute import ledger_label

AT_FIRST = ("left", "applicant", "subject", "state", "officer", "received_on", "reply_due")
"""The columns of the list where nobody has chosen others."""


def heads() -> dict[str, str]:
    """Every column in its order, with what stands above it."""
    return {
        "left": _("还剩工作日"),
        "applicant": _("申请人"),
        "kind": _("申请人类别"),
        "subject": _("申请内容"),
        "state": _("状态"),
        "outcome": _("办理结果"),
        "officer": _("经办人"),
        "received_on": _("收到日期"),
        "reply_due": _("答复期限"),
        "closed_on": _("办结日期"),
    }


def chosen(names: Iterable[str]) -> tuple[str, ...]:
    """Those of the names that are columns, in their order; nothing where they are the ones shown at first."""
    given = set(names)
    found = tuple(name for name in heads() if name in given)
    return () if found == AT_FIRST else found


@dataclass(frozen=True, slots=True)
class Line:
    """A case of the list; ``left``: working days until the reply is due, None where they do not run."""

    case: Found
    name: str
    state: State
    left: int | None
    light: Light | None


def line(found: Found, calendar: WorkCalendar, today: date) -> Line:
    """How a case that was found stands today."""
    standing = found.standing
    left = standing.left(calendar, today)
    shown = light(left, is_open=standing.is_open, overdue=standing.overdue, over=standing.working_days_over)
    return Line(found, applicants.masked(found.applicant, found.applicant_kind), State(standing.state), left, shown)


def cells(shown: Line, columns: Sequence[str]) -> list[str | date | int | None]:
    """What an export says of a case: its number, then these columns."""
    found, standing = shown.case, shown.case.standing
    told: dict[str, str | date | int | None] = {
        "left": shown.left,
        "applicant": shown.name,
        "kind": label(found.applicant_kind),
        "subject": standing.subject,
        "state": label(shown.state),
        "outcome": "" if found.outcome is None else outcome(found.outcome),
        "officer": standing.officer or "",
        "received_on": standing.received_on,
        "reply_due": standing.reply_due,
        "closed_on": standing.closed_on,
    }
    return [standing.number, *(told[name] for name in columns)]


def outcome(of: Outcome) -> str:
    """An outcome as a ledger names it, in the language of the page."""
    return "-".join(_(part) for part in ledger_label(of).split("-"))
