"""A case as the command shows it: one JSON document, and the lines that an officer reads."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from cli.speech import say
from models.vocabulary import DeadlineState
from reports import dossier

if TYPE_CHECKING:
    from cli.office import Office


def shown(office: Office, agency_id: int, number: str, today: date) -> dict[str, Any]:
    """A case: what it is, its dates with their reasons as of today (or its end), its log."""
    with office.engine.connect() as connection:
        found = dossier.read(connection, agency_id, number)
    return found.to_json(today, ZoneInfo(office.settings.timezone))


def tell(document: dict[str, Any]) -> None:
    """The whole case, line by line."""
    applicant = document["applicant"] or "（未填姓名）"
    say(f"{document['number']} {applicant}（{document['applicant_kind_label']}）“{document['state_label']}”")
    say(f"申请内容：{document['subject']}")
    tell_dates(document)
    if document["receipt"] is not None:
        for line in document["receipt"]["reasons"] if document["received"] else ():
            say(f"  · {line}")
    for line in document["explanation"]:
        say(f"  · {line}")
    for row in document["deadlines"]:
        if row["state"] == DeadlineState.OPEN.value and row["kind"] not in {"reply", "ask_correction"}:
            say(f"  {row['label']}：{row['due']}（{row['article']}）")
    counted = [cell["label"] for cell in document["cells"] if cell["cell"] != "applications/results/total"]
    say(f"计入统计：{'；'.join(counted) or '没有'}")
    say("办理记录：")
    for event in document["events"]:
        recorded_at = event["recorded_at"][:16].replace("T", " ")
        marks = ("（已作废）" if event["voided"] else "") + ("（照实登记）" if event["irregular"] else "")
        label = f"{event['place'] or ''}{event['label']}"
        what = f"{event['happened_on']} {label}{marks}（{event['article']}）"
        say(f"  {event['seq']:>2} {what}，{recorded_at} 记")
        if event["told"]:
            say("     " + "；".join(f"{fact['label']}：{fact['value']}" for fact in event["told"]))


def tell_dates(document: dict[str, Any]) -> None:
    """Where the case stands: its due day and what is left, or what is still missing."""
    if document["received"] is None:
        receipt = document["receipt"] or {}
        say("收到申请之日尚未确定，答复期限未起算" if document["is_open"] else "未起算期限，不计入统计")
        if document["is_open"]:
            for point in receipt.get("open_points", ()):
                say(f"  待办：{point}")
            if receipt.get("starts_by_itself"):
                say(f"  最迟自 {receipt['starts_by_itself']} 起算")
        return
    if not document["is_open"]:
        _tell_end(document)
    elif document["reply_due"] is None:
        over = -document["working_days_left"]
        before = f"，暂停前已超期 {over} 个工作日" if over > 0 else ""
        say(f"答复期限{'停止' if document['clock'] == 'stopped' else '暂停'}计算{before}")
    else:
        left = document["working_days_left"]
        rest = f"还剩 {left} 个工作日" if left >= 0 else f"已超过 {-left} 个工作日"
        say(f"答复期限 {document['reply_due']}，{rest}{'（暂定）' if document['provisional'] else ''}")
    receipt = document["receipt"]
    for point in receipt["warnings"] if receipt and document["is_open"] else ():
        say(f"  提示：{point}")
    if receipt and receipt["day"] is None and document["is_open"]:
        for point in receipt["open_points"]:
            say(f"  待补凭据：{point}")


def _tell_end(document: dict[str, Any]) -> None:
    """When a case ended, and what is to be done all the same."""
    ended = document["closed"] if not document["reopened"] else document["reopened"][-1]["closed"]
    # What waited for a correction or a payment had no day for its reply when it ended.
    due = f"，答复期限 {document['reply_due']}" if document["reply_due"] else ""
    say(f"已于 {ended} 办结{due}" if ended else "已作废，不计入统计")
    for point in document["open_points"]:
        say(f"  待办：{point}")
