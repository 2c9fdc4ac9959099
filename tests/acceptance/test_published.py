"""The golden files in the shared folder are the ones that the project ships and checks itself against."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.setup import DEMO
from reports.checks import check
from reports.figures import from_json, to_json

GOLDEN = Path(__file__).parents[3] / "shared" / "golden"

pytestmark = pytest.mark.skipif(not GOLDEN.is_dir(), reason="the golden files (../shared/golden) are not here")


def test_the_golden_report_is_the_one_that_the_project_ships() -> None:
    golden, shipped = (
        json.loads((folder / "jinzhan-2021-report.json").read_text(encoding="utf-8")) for folder in (GOLDEN, DEMO)
    )
    assert shipped == golden


@pytest.mark.parametrize("kind", ["ledger", "reviews", "proactive"])
def test_the_golden_ledgers_are_the_ones_that_the_project_ships(kind: str) -> None:
    name = f"jinzhan-2021-{kind}.csv"
    assert (DEMO / name).read_bytes() == (GOLDEN / name).read_bytes()


def test_the_golden_report_is_in_our_own_shape_and_adds_up() -> None:
    golden = json.loads((GOLDEN / "jinzhan-2021-report.json").read_text(encoding="utf-8"))
    figures = from_json(golden)
    assert to_json(figures) == golden
    assert check(figures) == []
