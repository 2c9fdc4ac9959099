"""What other offices published: read as it must be, checked, and told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reports.figures import from_json, to_json
from tests.conftest import Yishen

GOLDEN = Path(__file__).parents[3] / "shared" / "golden"

pytestmark = pytest.mark.skipif(not GOLDEN.is_dir(), reason="the golden files (../shared/golden) are not here")

REPORTS = {
    "jinzhan-2021-report.txt": "jinzhan-2021-report.json",
    "published/hongze-2023.txt": "published/hongze-2023.json",
    "published/shanghai-office-2019.html": "published/shanghai-office-2019.json",
}


def findings(yishen: Yishen, name: str) -> tuple[int, dict[str, Any]]:
    done = yishen("report", "check", GOLDEN / name, "--json")
    return done.code, json.loads(done.out)


@pytest.mark.parametrize(("name", "wanted"), REPORTS.items())
def test_a_published_report_is_read_cell_for_cell(yishen: Yishen, name: str, wanted: str) -> None:
    done = yishen("report", "read", GOLDEN / name, "--json")
    assert done.code == 0
    read = json.loads(done.out)
    assert read.pop("source")["file"] == Path(name).name
    read.pop("unread")
    assert read == to_json(from_json(json.loads((GOLDEN / wanted).read_text(encoding="utf-8"))))


def test_a_report_without_its_tables_is_refused(yishen: Yishen) -> None:
    done = yishen("report", "read", GOLDEN / "published" / "no-table.txt", "--json")
    assert (done.code, done.out) == (2, "")
    assert "没有找到年度报告的三张表" in done.err


def test_the_township_s_report_has_nothing_to_be_found(yishen: Yishen) -> None:
    assert findings(yishen, "jinzhan-2021-report.txt") == (0, {"ok": True, "findings": []})


def test_totals_that_are_printed_as_0_are_found(yishen: Yishen) -> None:
    code, report = findings(yishen, "published/hongze-2023.txt")
    told = [(each["rule"], each["where"], each["expected"], each["found"]) for each in report["findings"]]
    assert (code, report["ok"]) == (1, False)
    assert told == [("K5", "reviews/行政复议", 11, 0), ("K5", "reviews/复议后起诉", 5, 0)]


def test_sentences_that_differ_from_the_tables_are_warnings_beside_the_blanks(yishen: Yishen) -> None:
    code, report = findings(yishen, "published/shanghai-office-2019.html")
    assert (code, report["ok"]) == (0, True)
    assert {each["rule"] for each in report["findings"]} == {"K6", "K8"}
    assert {each["level"] for each in report["findings"]} == {"warning"}
    quoted = [each for each in report["findings"] if each["rule"] == "K6"]
    assert [(each["where"], each["expected"], each["found"]) for each in quoted] == [
        ("applications/予以公开、部分公开", 275, 258),
        ("applications/无法提供", 337, 265),
        ("reviews/行政复议、行政诉讼", 3, 0),
    ]
