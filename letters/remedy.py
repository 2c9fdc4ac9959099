"""救济告知: how whoever is not content with a decision may have it reviewed, by whom and until when. Pure.

Since 2024-01-01 (行政复议法, 2023 revision) what is refused goes to reconsideration first (复议前置, Art. 23(1)(4)),
and a local department's decisions are reconsidered by the government of its own level alone (Art. 24).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from models.vocabulary import Means, Outcome, RectificationResult
from workflow import statute
from workflow.practice import AgencyKind, named
from workflow.rules import ELECTRONIC, RECONSIDERATION_FIRST_SINCE

UNKNOWN = "（待填写）"
"""What stands where an agency has not said who reviews its decisions; such a letter cannot go out."""

RECONSIDERATION_DAYS, SUIT_MONTHS, SUIT_AFTER_DAYS = 60, 6, 15
"""行政复议法 Art. 20 (calendar days), 行政诉讼法 Arts. 46 (months) and 45 (calendar days)."""

WHO: dict[AgencyKind, tuple[str, str]] = {
    "department": ("本级人民政府", "行政复议法第二十四条第一款第（一）项"),
    "government": ("上一级人民政府", "行政复议法第二十四条第一款第（二）项"),
    "provincial": ("本机关", "行政复议法第二十四条第二款"),
    "ministry": ("本机关", "行政复议法第二十五条第（一）项"),
    "vertical": ("上一级主管部门", "行政复议法第二十七条"),
}
"""行政复议机关 of each kind of agency since 2024, in words, with its article."""

_ITSELF: tuple[AgencyKind, ...] = ("provincial", "ministry")
_GOVERNMENTS: tuple[AgencyKind, ...] = ("department", "government")


@dataclass(frozen=True, slots=True)
class Bodies:
    """Who decides on the agency's decisions: what it is itself, 行政复议机关, 人民法院, and the online channel."""

    agency: str
    kind: AgencyKind = "department"
    reconsideration: str = ""
    court: str = ""
    review_channel: str = ""

    def reconsidering(self) -> str:
        """The body that reconsiders: as it was set; a province or a ministry reconsiders its own decisions."""
        return self.reconsideration or (self.agency if self.kind in _ITSELF else "")


@dataclass(frozen=True, slots=True)
class Remedy:
    """A 救济告知: the way, the sentence of the letter, and the articles that it rests on.

    ``missing``: what the agency must set before such a letter can go out. ``doubts``: what ought to be looked at again.
    """

    way: statute.Remedy
    sentence: str
    articles: tuple[str, ...]
    missing: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


def remedy(
    outcome: Outcome | RectificationResult | None,
    decided_on: date,
    means: Means | None,
    bodies: Bodies,
) -> Remedy | None:
    """What a letter with this outcome must say; None for one that only moves the procedure (``outcome`` None).

    A correction that was made (予以更正, Art. 41) takes nothing from anybody and has none.
    """
    if outcome is None or outcome is RectificationResult.CORRECTED:
        return None
    way = _way(outcome, decided_on)
    online = means in ELECTRONIC and decided_on >= RECONSIDERATION_FIRST_SINCE
    articles = ["行政复议法第二十条", "行政诉讼法第四十五条"]
    if way is statute.Remedy.RECONSIDERATION_FIRST:
        articles.insert(0, "行政复议法第二十三条第一款第（四）项、第二款")
    if way is statute.Remedy.EITHER or outcome is Outcome.PARTLY_GRANTED:
        articles[-1] = (
            "行政诉讼法第四十五条、第四十六条" if outcome is Outcome.PARTLY_GRANTED else "行政诉讼法第四十六条"
        )
    sentence = _sentence(outcome, way, bodies)
    if online:
        articles.append("行政复议法第二十二条第二款")
        sentence += f"提交行政复议申请书的互联网渠道：{bodies.review_channel or UNKNOWN}。"
    return Remedy(
        way, sentence, tuple(articles), tuple(_missing(bodies, online=online)), tuple(_doubts(bodies, decided_on))
    )


def _way(outcome: Outcome | RectificationResult, decided_on: date) -> statute.Remedy:
    refused = isinstance(outcome, Outcome) and statute.OUTCOMES[outcome].remedy is statute.Remedy.RECONSIDERATION_FIRST
    first = refused and decided_on >= RECONSIDERATION_FIRST_SINCE
    return statute.Remedy.RECONSIDERATION_FIRST if first else statute.Remedy.EITHER


def _sentence(outcome: Outcome | RectificationResult, way: statute.Remedy, bodies: Bodies) -> str:
    body, court = bodies.reconsidering() or UNKNOWN, bodies.court or UNKNOWN
    within = f"自收到本告知书之日起{RECONSIDERATION_DAYS}日内"
    # Whoever goes to a province or a ministry against itself may turn to the State Council afterwards (Art. 26).
    above = "，也可以依法向国务院申请裁决" if bodies.kind in _ITSELF else ""
    either = f"可以{within}向{body}申请行政复议，或者自收到本告知书之日起{SUIT_MONTHS}个月内依法向{court}提起行政诉讼"
    first = (
        f"应当{within}先向{body}申请行政复议；对行政复议决定不服的，"
        f"可以自收到行政复议决定书之日起{SUIT_AFTER_DAYS}日内依法向{court}提起行政诉讼{above}"
    )
    if way is statute.Remedy.EITHER:
        return f"如对本告知书不服，{either}。"
    if outcome is Outcome.PARTLY_GRANTED:
        return f"如对本告知书中不予公开的部分不服，{first}。如对其他部分不服，{either}。"
    return f"如对本不予公开决定不服，{first}。"


def _missing(bodies: Bodies, *, online: bool) -> list[str]:
    who, article = WHO[bodies.kind]
    found = []
    if not bodies.reconsidering():
        found.append(f"没有填写{named('reconsideration_body')}，应为{who}（{article}）")
    if not bodies.court:
        found.append(f"没有填写{named('court')}（行政诉讼法第十八条）")
    if online and not bodies.review_channel:
        found.append(
            f"电子送达的，应同时提供提交行政复议申请书的互联网渠道，应先填写{named('review_channel')}"
            "（行政复议法第二十二条第二款）"
        )
    return found


def _doubts(bodies: Bodies, decided_on: date) -> list[str]:
    """A body that the law does not name: many letters still carry the department above, as before 2024."""
    body = bodies.reconsidering()
    who, article = WHO[bodies.kind]
    if not body or decided_on < RECONSIDERATION_FIRST_SINCE:
        return []
    named = {
        **dict.fromkeys(_GOVERNMENTS, body.endswith("人民政府")),
        **dict.fromkeys(_ITSELF, body == bodies.agency),
        "vertical": body != bodies.agency and not body.endswith("人民政府"),
    }
    return [] if named[bodies.kind] else [f"行政复议机关设置为“{body}”，依法应为{who}（{article}），请核对"]
