"""What the docs show."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"


def test_every_picture_is_shown_and_every_picture_shown_is_there() -> None:
    shown = {
        match
        for page in DOCS.glob("*.md")
        for match in re.findall(r"pictures/[\w./-]+\.png", page.read_text(encoding="utf-8"))
    }
    assert shown == {str(each.relative_to(DOCS)) for each in (DOCS / "pictures").rglob("*.png")}
    assert len(shown) > 100
