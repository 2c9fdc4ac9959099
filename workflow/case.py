"""A case as its events have made it: what it waits for, what the clock needs, how it ended. Pure.

``Case`` is what one reads out of the log (``fold``); it is stored beside the log as a snapshot, and ``verify`` folds
it again. Nothing here knows a database.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter

from models.vocabulary import (
    ApplicantKind,
    ConsultationKind,
    EventKind,
    Ground,
    Matter,
    Means,
    Opinion,
    Outcome,
    Procedure,
    RectificationResult,
    ReopenGround,
    ReviewKind,
    ReviewResult,
    RulingForm,
    State,
    Tariff,
)
from workflow import clock, statute
from workflow.intake import Evidence


@dataclass(frozen=True, slots=True)
class Inquiry:
    """征求意见 of a case: its number in the log, who was asked, sent, delivered, ended, and what came back.

    ``told`` is the day on which the third party was told that its information is released all the same (Art. 32).
    """

    number: int
    sent: date
    kind: ConsultationKind = ConsultationKind.THIRD_PARTY
    party: str | None = None
    delivered: date | None = None
    ended: date | None = None
    opinion: Opinion | None = None
    suspends: bool = True
    told: date | None = None

    def consultation(self) -> clock.Consultation:
        """What the clock needs of it."""
        return clock.Consultation(self.sent, self.delivered, self.ended, self.kind, self.suspends, self.opinion)


@dataclass(frozen=True, slots=True)
class FeeNotice:
    """收费通知 of a case, in yuan: received by the applicant on, billed; received in all, the last of it on.

    ``paid`` is the day on which it was paid in full; a part of it restarts no period (办法 Art. 6). ``ordinals`` are
    the numbers in the month that it charges by item, such as "11、12".
    """

    notified: date
    billed_yuan: Decimal
    paid: date | None = None
    received_yuan: Decimal | None = None
    received: date | None = None
    tariff: Tariff | None = None
    pages: int | None = None
    ordinals: str | None = None
    restarts: bool = True


@dataclass(frozen=True, slots=True)
class ReasonsAsked:
    """要求说明理由 (Art. 35): asked on, to be given until, given on, and whether they are reasonable."""

    asked: date
    until: date | None = None
    received: date | None = None
    reasonable: bool | None = None


@dataclass(frozen=True, slots=True)
class Search:
    """检索 of the agency's records: on which day, and whether anything was found (Art. 36(4))."""

    on: date
    found: bool


@dataclass(frozen=True, slots=True)
class SecrecyReview:
    """保密审查: on which day, and whether the content may be released (Art. 17)."""

    on: date
    may_release: bool


@dataclass(frozen=True, slots=True)
class Service:
    """送达 of a reply: by which means, sent on (its legal date), received by the applicant on, or returned on."""

    means: Means
    sent: date
    served: date | None = None
    returned: date | None = None


@dataclass(frozen=True, slots=True)
class ReviewRecord:
    """行政复议 or 行政诉讼 of a case: accepted on (受理), the agency's answer, first judgment, result, concluded on."""

    number: int
    kind: ReviewKind
    accepted: date
    result: ReviewResult = ReviewResult.PENDING
    concluded: date | None = None
    procedure: Procedure | None = None
    copy_received: date | None = None
    answered: date | None = None
    judged: date | None = None
    ruling_form: RulingForm | None = None
    appealed: date | None = None


@dataclass(frozen=True, slots=True)
class Reopening:
    """重新办理: a new reply is owed, with a clock of its own; the report does not count the request again.

    ``before`` says how many steps of each kind belong to earlier rounds. The ending is that of this round.
    """

    began: date
    ground: ReopenGround
    reply_days: int
    ordered: date | None = None
    review: int | None = None
    before: Mapping[str, int] = field(default_factory=dict)
    outcome: Outcome | None = None
    closed: date | None = None
    reply_number: str | None = None


_ORIGIN: dict[ReopenGround, clock.Origin] = {
    ReopenGround.RECONSIDERATION: "reopened",
    ReopenGround.JUDGMENT: "reopened",
    ReopenGround.LATE_CORRECTION: "late_correction",
    ReopenGround.OWN_CORRECTION: "own_correction",
}

OF_A_ROUND = ("corrections", "inquiries", "extensions", "fees", "delays", "pauses", "reasons", "services")
"""The lists of a case of which each round has its own part."""


@dataclass(frozen=True, slots=True)
class Case:
    """A request as its events have made it.

    ``received`` is 收到申请之日 (Art. 31), None while it is not settled; ``entered`` is the day of the first event.
    ``outcome``, ``closed`` and ``reply_number`` are those of the first final reply, the one that the report counts;
    later ones are in ``reopenings``. ``officer`` is the 经办人 that the case is assigned to.
    """

    number: str
    applicant_kind: ApplicantKind
    subject: str
    entered: date
    received: date | None = None
    state: State = State.RECEIVED
    matter: Matter = Matter.DISCLOSURE
    rectification_days: int = clock.REPLY_DAYS
    intake: Evidence | None = None
    month_ordinal: int | None = None
    ledger_digest: str | None = None
    corrections: tuple[clock.Correction, ...] = ()
    inquiries: tuple[Inquiry, ...] = ()
    inquiries_made: int = 0
    extensions: tuple[clock.Extension, ...] = ()
    reasons: tuple[ReasonsAsked, ...] = ()
    delays: tuple[clock.Delay, ...] = ()
    fees: tuple[FeeNotice, ...] = ()
    pauses: tuple[clock.Pause, ...] = ()
    searches: tuple[Search, ...] = ()
    secrecy_reviews: tuple[SecrecyReview, ...] = ()
    services: tuple[Service, ...] = ()
    reviews: tuple[ReviewRecord, ...] = ()
    reviews_made: int = 0
    outcome: Outcome | None = None
    ground: Ground | None = None
    closed: date | None = None
    reply_number: str | None = None
    reevaluate_on: date | None = None
    rectified: RectificationResult | None = None
    merged_into: str | None = None
    split_into: str | None = None
    linked_to: str | None = None
    reopenings: tuple[Reopening, ...] = ()
    carried_over: tuple[int, ...] = ()
    officer: str | None = None

    def of_round(self, name: str) -> tuple[Any, ...]:
        """The part of one of the lists ``OF_A_ROUND`` that belongs to the present round."""
        items: tuple[Any, ...] = getattr(self, name)
        return items[self.reopenings[-1].before.get(name, 0) :] if self.reopenings else items

    def as_round_ended(self, number: int) -> Case:
        """The case as it was when round ``number`` (from 0) had ended and it was opened again."""
        upto = self.reopenings[number].before
        return replace(
            self,
            reopenings=self.reopenings[:number],
            corrections=self.corrections[: upto.get("corrections", 0)],
            inquiries=self.inquiries[: upto.get("inquiries", 0)],
            extensions=self.extensions[: upto.get("extensions", 0)],
            fees=self.fees[: upto.get("fees", 0)],
            delays=self.delays[: upto.get("delays", 0)],
            pauses=self.pauses[: upto.get("pauses", 0)],
            reasons=self.reasons[: upto.get("reasons", 0)],
        )

    def began(self) -> date:
        """The first day of the present round: receipt, or the day from which it is handled again."""
        if self.reopenings:
            return self.reopenings[-1].began
        return self.received or self.entered

    def ended(self) -> date | None:
        """The day on which the present round ended; None while a reply is owed."""
        return self.reopenings[-1].closed if self.reopenings else self.closed

    def last_outcome(self) -> Outcome | None:
        """The outcome of the present round."""
        return self.reopenings[-1].outcome if self.reopenings else self.outcome

    def clock_facts(self) -> clock.Facts:
        """What the clock needs to know of the present round. ValueError while the day of receipt is not settled."""
        if self.received is None:
            raise ValueError("the day of receipt is not settled")
        facts = clock.Facts(
            received=self.began(),
            corrections=self.of_round("corrections"),
            consultations=tuple(inquiry.consultation() for inquiry in self.of_round("inquiries")),
            extensions=self.of_round("extensions"),
            fees=tuple(clock.Fee(f.notified, f.paid, f.restarts) for f in self.of_round("fees")),
            delays=self.of_round("delays"),
            pauses=self.of_round("pauses"),
            ended=self.ended(),
        )
        if self.reopenings:
            last = self.reopenings[-1]
            return replace(facts, origin=_ORIGIN[last.ground], reply_days=last.reply_days, ordered=last.ordered)
        if self.matter is Matter.RECTIFICATION:
            return replace(facts, origin="rectification", reply_days=self.rectification_days)
        return facts

    def returned(self) -> Service | None:
        """The service of the last reply if it came back and no other followed it."""
        services = () if self.is_open() or self.state is State.VOID else self.of_round("services")
        return services[-1] if services and services[-1].returned is not None else None

    def waits_in(self) -> State:
        """The working state that what is still waited for puts the case in: the first of the table's order."""
        if any(pause.ended is None for pause in self.of_round("pauses")):
            return State.PAUSED
        if any(correction.received is None for correction in self.of_round("corrections")):
            return State.PENDING_CORRECTION
        if any(fee.paid is None for fee in self.of_round("fees")):
            return State.AWAITING_FEE
        if any(inquiry.ended is None and inquiry.suspends for inquiry in self.of_round("inquiries")):
            return State.CONSULTING
        return State.RECEIVED

    def is_open(self) -> bool:
        """Whether something is still owed to the applicant: it has not ended, or was opened again."""
        return statute.working_state(self.state) is not None or self.state is State.UNCONFIRMED

    def is_counted(self) -> bool:
        """Whether the report counts it: a request for information, received in law, not void."""
        return self.matter is Matter.DISCLOSURE and self.received is not None and self.state is not State.VOID


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened to a case: the event, its day in law, and its typed facts."""

    event: EventKind
    happened_on: date
    facts: Mapping[str, Any] = field(default_factory=dict)


@lru_cache(maxsize=1)
def _adapter() -> TypeAdapter[Case]:
    return TypeAdapter(Case)


def to_snapshot(case: Case) -> dict[str, Any]:
    """The case as plain JSON, the form in which it is stored beside its log; what is empty is left out."""
    written: dict[str, Any] = _adapter().dump_python(case, mode="json", exclude_defaults=True)
    return written


def from_snapshot(snapshot: Mapping[str, Any]) -> Case:
    """The case that :func:`to_snapshot` wrote."""
    return _adapter().validate_python(snapshot)
