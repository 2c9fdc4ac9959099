"""The whole way: an office's ledger becomes the report that the office published, cell for cell."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.setup import DEMO
from tests.conftest import AGENCY, Yishen


@pytest.fixture
def ledgers() -> list[Path]:
    return [DEMO / f"jinzhan-2021-{kind}.csv" for kind in ("ledger", "reviews", "proactive")]


def test_the_2021_ledger_of_jinzhan_gives_its_published_report(yishen: Yishen, ledgers: list[Path], tmp_path: Path):
    assert yishen("init", "--agency", "jinzhan", "--name", "北京市朝阳区金盏乡人民政府").code == 0
    imported = json.loads(yishen("import", *ledgers, "--agency", "jinzhan", "--json").out)
    assert (imported["rows"], imported["cases"], imported["warnings"]) == (17, 10, [])
    first = json.loads(yishen("year-end", 2021, "--agency", "jinzhan", "--json").out)
    assert (first["carried_over"], first["newly_carried_over"], first["findings"]) == (3, 3, [])
    again = json.loads(yishen("year-end", 2021, "--agency", "jinzhan", "--json").out)
    assert (again["carried_over"], again["newly_carried_over"], again["cells_changed"]) == (3, 0, 0)
    out = tmp_path / "report.json"
    assert yishen("report", "build", 2021, "--agency", "jinzhan", "--format", "json", "--out", out).code == 0
    wanted = (DEMO / "jinzhan-2021-report.json").read_text(encoding="utf-8")
    assert json.loads(out.read_text(encoding="utf-8")) == json.loads(wanted)
    verified = json.loads(yishen("verify", "--json").out)
    assert verified == {"ok": True, "cases": 10, "events": 28, "findings": []}


def test_importing_the_same_ledger_again_changes_nothing_and_says_so(yishen: Yishen, ledgers: list[Path]):
    assert yishen("import", *ledgers, "--agency", AGENCY).code == 0
    again = yishen("import", *ledgers, "--agency", AGENCY)
    assert again.code == 0
    assert "没有变化" in again.out
