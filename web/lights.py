"""The card of a case (亮牌), one rule for every page: a colour by the working days left, and the same in words."""

from __future__ import annotations

from dataclasses import dataclass

from models.vocabulary import Card
from web.language import gettext as _
from workflow import reminding

BLACK, RED, YELLOW = Card.BLACK.value, Card.RED.value, Card.YELLOW.value
GREEN, BLUE = "green", "blue"
"""Beside the cards of reminders: time enough, and a period that does not run."""

COLOURS = (BLACK, RED, YELLOW, GREEN, BLUE)
"""In the order of urgency."""


def colour(left: int | None, *, overdue: bool, came_back: bool = False) -> str:
    """Black over time, red on the last two days and where a reply came back, yellow from five on, blue while it stands.

    ``left``: working days until the last day, negative past it, None: not running. What is past a period of the
    office's own (Art. 41) is pressing and not overdue.
    """
    if overdue:
        return BLACK
    if came_back:
        return RED
    if left is None:
        return BLUE
    found = reminding.card(max(left, 0))
    return GREEN if found is Card.NOTICE else found.value


@dataclass(frozen=True, slots=True)
class Light:
    """How a case stands at a glance: a colour and the same in words."""

    colour: str
    words: str


def light(left: int | None, *, is_open: bool, overdue: bool, over: int = 0) -> Light | None:
    """The card of a case with its words; None for a case that has ended."""
    if not is_open:
        return None
    found = colour(left, overdue=overdue)
    if overdue:
        days = -left if left is not None and left < 0 else over
        return Light(found, _("黑牌，逾期 %(n)s 个工作日", n=days) if days else _("黑牌，已逾期"))
    if left is None:
        return Light(found, _("蓝牌，不计时"))
    if left < 0:
        return Light(found, _("内部期限已过 %(n)s 个工作日", n=-left))
    if found == RED:
        return Light(found, _("红牌，还剩 %(n)s 个工作日", n=left))
    if found == YELLOW:
        return Light(found, _("黄牌，还剩 %(n)s 个工作日", n=left))
    return Light(found, _("绿牌，还剩 %(n)s 个工作日", n=left))
