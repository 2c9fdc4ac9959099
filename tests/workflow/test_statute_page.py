"""The page of the law is made from the tables, and is fresh."""

from __future__ import annotations

from pathlib import Path

from models.vocabulary import EventKind, Outcome
from workflow import statute
from workflow.statute_page import page

PAGE = Path(__file__).parents[2] / "docs/statute.md"


def test_the_page_in_the_docs_is_what_the_tables_say():
    assert PAGE.read_text(encoding="utf-8") == page()


def test_the_page_has_every_event_and_every_outcome_with_its_article():
    text = page()
    for event in EventKind:
        assert f"| {event.label}" in text
    for outcome in Outcome:
        assert f"| {statute.ledger_label(outcome)} | {statute.OUTCOMES[outcome].article} |" in text


def test_the_diagram_shows_only_lawful_moves():
    arrows = [line.strip() for line in page().splitlines() if "-->" in line]
    assert "received --> disclosed : 答复" in arrows
    assert "consulting --> received : 意见收齐" in arrows
    assert "received --> closed : 以其他方式办结" in arrows
    assert not any(line.startswith("consulting --> disclosed") for line in arrows)
    assert not any(line.startswith("consulting --> awaiting_fee : 意见收齐") for line in arrows)
