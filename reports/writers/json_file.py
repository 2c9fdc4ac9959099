"""The report's figures as JSON (``contracts.md``, "Report JSON")."""

from __future__ import annotations

from pathlib import Path

from reports.figures import Figures, json_text
from reports.writers.whole_file import write_whole


def write_json(figures: Figures, path: Path) -> None:
    """Write the contract's JSON. OSError if the path cannot be written."""
    write_whole(path, json_text(figures).encode())
