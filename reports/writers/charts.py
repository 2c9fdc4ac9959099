"""Charts as SVG: no script, no link, and the same bytes each time."""

from __future__ import annotations

from functools import cache
from typing import Any
from xml.etree import ElementTree as ET

from reports.document import Chart

_WIDTH, _HEIGHT = 720, 300
_FONTS = "SimSun, 'Songti SC', 'Noto Serif CJK SC', 'Noto Serif SC', serif"
COLOURS = ("#1f4e79", "#c55a11")
"""The colours of the first and the second series: apart in print without colour too."""


def svg(chart: Chart) -> str:
    """The chart as an SVG element for a page; its title is in it for screen readers."""
    import pygal

    drawn = pygal.Bar(
        style=_style(),
        js=[],
        width=_WIDTH,
        height=_HEIGHT,
        print_values=True,
        print_values_position="top",
        print_zeroes=False,
        legend_at_bottom=True,
        show_legend=len(chart.series) > 1,
        min_scale=2,
        range=(0, max(5, *(value for _, values in chart.series for value in values))),
        value_formatter=_whole,
        pretty_print=False,
    )
    drawn.uuid = chart.key
    drawn.x_labels = chart.labels
    for name, values in chart.series:
        drawn.add(name, values)
    root = drawn.render_tree()
    _plain(root)
    root.set("role", "img")
    root.set("aria-labelledby", f"chart-{chart.key}-title")
    root.set("preserveAspectRatio", "xMidYMid meet")
    title = root.makeelement("{http://www.w3.org/2000/svg}title", {"id": f"chart-{chart.key}-title"})
    title.text = chart.title
    root.insert(0, title)
    return _text(root)


def _whole(value: float) -> str:
    """A number on an axis: cases are whole, so what lies between is not printed."""
    return str(int(value)) if value == int(value) else ""


@cache
def _style() -> Any:
    from pygal.style import Style

    return Style(
        background="transparent",
        plot_background="transparent",
        font_family=_FONTS,
        colors=COLOURS,
        opacity="1",
        opacity_hover="1",
        foreground="#1a1a1a",
        foreground_strong="#1a1a1a",
        foreground_subtle="#1a1a1a",
        guide_stroke_color="#cccccc",
        guide_stroke_dasharray="none",
        major_guide_stroke_color="#cccccc",
        major_guide_stroke_dasharray="none",
        label_font_size=14,
        major_label_font_size=14,
        legend_font_size=14,
        value_font_size=13,
    )


def _plain(element: Any) -> None:
    """Take out what a page does not need: scripts, comments (they carry a date and links) and hover texts."""
    for child in list(element):
        tag = child.tag.rpartition("}")[2] if isinstance(child.tag, str) else ""
        if tag in {"", "script", "desc"}:
            element.remove(child)
        else:
            _plain(child)


def _text(root: Any) -> str:
    """The element as markup. pygal builds it with lxml where that is there, else with the standard library."""
    try:
        from lxml import etree
    except ImportError:
        ET.register_namespace("", "http://www.w3.org/2000/svg")
        return ET.tostring(root, encoding="unicode")
    return str(etree.tostring(root, encoding="unicode", with_tail=False))
