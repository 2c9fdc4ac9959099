"""Charts as SVG: no script, no link, and the same bytes each time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, log10
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from reports.document import Chart

COLOURS = ("#1f4e79", "#e39b5f")
"""The colours of the first and the second series: dark and light, apart in black and white too."""

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1] / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_WIDTH, _HEIGHT = 720, 280
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 712, 26, 226
_SHARE = 0.62  # of a label's room that its bars take
_TICKS = 5


@dataclass(frozen=True, slots=True)
class _Bar:
    value: int
    x: float
    y: float
    width: float
    height: float
    colour: str


def svg(chart: Chart) -> str:
    """The chart as an SVG element for a page; its title is in it for screen readers."""
    most = max(value for _, values in chart.series for value in values)
    step = _step(most)
    top = step * max(1, ceil(most / step))
    scale = (_BOTTOM - _TOP) / top
    room = (_RIGHT - _LEFT) / len(chart.labels)
    return _TEMPLATES.get_template("chart.svg").render(
        chart=chart,
        width=_WIDTH,
        height=_HEIGHT,
        left=_LEFT,
        right=_RIGHT,
        bottom=_BOTTOM,
        colours=COLOURS,
        ticks=[(value, round(_BOTTOM - value * scale, 1)) for value in range(0, top + 1, step)],
        labels=[(label, round(_LEFT + room * (index + 0.5), 1)) for index, label in enumerate(chart.labels)],
        bars=list(_bars(chart, room, scale)),
    )


def _bars(chart: Chart, room: float, scale: float) -> Iterator[_Bar]:
    width = min(room * _SHARE / len(chart.series), 56)
    for number, (_, values) in enumerate(chart.series):
        for index, value in enumerate(values):
            first = _LEFT + room * (index + 0.5) - width * len(chart.series) / 2
            height = round(value * scale, 1)
            yield _Bar(
                value, round(first + number * width, 1), round(_BOTTOM - height, 1), round(width, 1), height,
                COLOURS[number],
            )  # fmt: skip


def _step(most: int) -> int:
    """A round step (1, 2 or 5 times a power of ten) that reaches ``most`` in at most five."""
    power = int(10 ** int(log10(max(1, most / _TICKS))))
    return next(step * power for step in (1, 2, 5, 10) if step * power * _TICKS >= most)
