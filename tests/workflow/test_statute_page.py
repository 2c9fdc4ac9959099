"""The page of the law is made from the tables, and is fresh."""

from __future__ import annotations

from pathlib import Path

from models.vocabulary import EventKind, Outcome
from workflow import practice, statute
from workflow.statute_page import page

PAGE = Path(__file__).parents[2] / "docs/statute.md"


def test_the_page_in_the_docs_is_what_the_tables_say():
    assert PAGE.read_text(encoding="utf-8") == page()


def test_the_page_has_every_event_and_every_outcome_with_its_article():
    text = page()
    for event in EventKind:
        assert f"| {event.label}" in text
        assert statute.BY_EVENT[event].article in text
    for outcome in Outcome:
        assert f"| {statute.ledger_label(outcome)} | {statute.OUTCOMES[outcome].article} |" in text


def test_the_page_has_every_setting_with_its_source():
    text = page()
    for setting in practice.SETTINGS:
        assert f"| `{setting.name}` | {setting.label} |" in text
        assert setting.source in text


def test_the_diagram_shows_only_lawful_moves():
    arrows = [line.strip() for line in page().splitlines() if "-->" in line]
    moves = {tuple(arrow.split(" : ")[0].split(" --> ")): arrow.split(" : ")[1:] for arrow in arrows}
    assert len(moves) == len(arrows), "one arrow for one move"
    events = {move: labels[0].split("、") if labels else [] for move, labels in moves.items()}
    assert events["[*]", "received"] == ["登记"]
    assert events["[*]", "unconfirmed"] == ["收件"]
    assert events["unconfirmed", "received"] == ["确认收到"]
    assert events["unconfirmed", "void"] == ["不作为申请"]
    assert events["received", "disclosed"] == ["答复"]
    assert events["consulting", "received"] == ["意见收齐"]
    assert events["received", "paused"] == ["经批准中止"]
    assert events["paused", "received"] == ["恢复办理"]
    assert set(events["received", "closed"]) == {"撤回申请", "并案", "以其他方式办结", "更正处理"}
    assert set(events["pending_correction", "closed"]) == {"视为放弃", "撤回申请", "并案", "以其他方式办结"}
    assert events["disclosed", "received"] == ["重新办理"]
    assert ("consulting", "disclosed") not in events
    assert ("unconfirmed", "closed") not in events
    assert ("void", "received") not in events
    # Opinions that come in end no other wait than their own.
    assert "意见收齐" not in events.get(("consulting", "awaiting_fee"), [])
