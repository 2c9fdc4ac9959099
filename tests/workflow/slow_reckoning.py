"""The reckoning of law.md 3.3–3.4 once more, slowly: a loop over single days, and nothing of ``workflow/``.

It is written from the text of the law alone, so that it can contradict the clock. A case is a plain dictionary:
``received`` and ``as_of`` are days; ``corrections``, ``consultations``, ``extensions``, ``fees``, ``delays`` and
``pauses`` are lists of dictionaries. What is left out is as the law has it where nobody chose: a consultation
suspends, a payment gives a new period, twenty working days are owed to a request. ``read_log`` makes such
dictionaries out of a log, and ``deadlines_of`` gives every deadline of what it read.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from holidays.countries.china import China, ChinaStaticHolidays

ONE_DAY = timedelta(days=1)
FIRST_RECEIPT = date(2019, 1, 1)
LAST_RECEIPT = date(2026, 12, 31)

Draw = Callable[[int, int], int]
"""A source of whole numbers, both ends included: ``random.Random.randint``, or a draw of hypothesis."""

Entry = tuple[int, str, date, Mapping[str, Any]]
"""An entry of a log: its place in it, the event, its day in law, its facts."""

Deadline = tuple[str, int, str, date | None, date | None, str, bool]
"""A deadline: kind, which of its kind, state, last day, day done, article, whether its year is not announced yet."""

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    _CHINA = China(years=range(2019, 2029))


@cache
def is_workday(day: date) -> bool:
    """工作日: what the State Council's notice says, make-up Saturdays and Sundays included."""
    return _CHINA.is_working_day(day)


def is_announced(day: date) -> bool:
    """Whether the notice for the year of ``day`` is out."""
    return day.year in ChinaStaticHolidays.special_public_holidays


class Days:
    """The days of one office: the State Council's, but for what a later notice or the office itself has ``changed``.

    The ``years`` are settled whole by such a notice: in them only the plain week holds beside it.
    """

    def __init__(self, changed: Mapping[date, bool] | None = None, years: Collection[int] = ()) -> None:
        self._changed = dict(changed or {})
        self._years = frozenset(years)

    def work(self, day: date) -> bool:
        """Whether ``day`` is a working day."""
        if day in self._changed:
            return self._changed[day]
        return day.weekday() < 5 if day.year in self._years else is_workday(day)

    def announced(self, day: date) -> bool:
        """Whether the notice for the year of ``day`` is out."""
        return day.year in self._years or is_announced(day)

    def nth(self, after: date, number: int) -> date:
        """The ``number``-th working day after ``after``, that day itself not counted (民法典 Art. 201)."""
        day = after
        while number:
            day += ONE_DAY
            number -= self.work(day)
        return day

    def from_on(self, day: date) -> date:
        """``day``, or the first working day after it (民法典 Art. 203)."""
        while not self.work(day):
            day += ONE_DAY
        return day


NATIONAL = Days()


def plain_nth(after: date, number: int) -> date:
    """The ``number``-th working day after ``after`` in the national calendar."""
    return NATIONAL.nth(after, number)


# The reckoning of one round


def suspends(consultation: Mapping[str, Any]) -> bool:
    """Whether its time counts for nothing: never that of one's own departments (Art. 33(3) e contrario)."""
    return consultation.get("kind") != "internal" and consultation.get("suspends", True)


def correction_due(correction: Mapping[str, Any], days: Days) -> date | None:
    """The day that the letter names, or so many working days from its delivery (Art. 30, law.md 12 no. 10).

    A day named is a period only for one who has the letter the day before at the latest. Where the log tells of
    deliveries at all (``awaits_delivery``), a letter that has none gives no period.
    """
    named, came, number = (correction.get(name) for name in ("until", "delivered", "working_days"))
    if came is None:
        return None if correction.get("awaits_delivery") else named
    if named is None:
        return days.nth(came, number) if number else None
    return named if came + ONE_DAY <= named else None


def window_end(consultation: Mapping[str, Any], days: Days = NATIONAL) -> date | None:
    """The fifteenth working day from delivery (Arts. 32, 34)."""
    delivered = consultation.get("delivered")
    return None if delivered is None else days.nth(delivered, 15)


def end_of(consultation: Mapping[str, Any], as_of: date, days: Days = NATIONAL) -> date | None:
    """e.end_date: the last opinion or the window's end, whichever is first; None while it is open."""
    ends = [consultation.get("ended"), window_end(consultation, days)]
    if ends[0] is None and (ends[1] is None or as_of <= ends[1]):
        return None
    return min(end for end in ends if end is not None)


def slow_reckoning(case: Mapping[str, Any], days: Days = NATIONAL) -> dict[str, Any]:
    """The answer of contracts.md for ``case``, without its explanation and with days instead of strings."""
    received, as_of, ordered = case["received"], case["as_of"], case.get("ordered")
    corrections, fees = case.get("corrections", []), case.get("fees", [])
    consultations, pauses = case.get("consultations", []), case.get("pauses", [])
    restarting = [fee for fee in fees if fee.get("restarts", True)]
    stopping = [fee for fee in fees if not fee.get("restarts", True)]

    corrected = [c["received"] for c in corrections if c.get("received")]
    t0 = max([received, *corrected, *(fee["paid"] for fee in restarting if fee.get("paid"))])
    if ordered is not None:
        # Who is bound by an order counts to its day, whatever he asks of others meanwhile: no day is left out.
        t0 = received
    asking = [c for c in consultations if end_of(c, as_of, days) is None]
    spans = [(c["sent"], end_of(c, as_of, days)) for c in consultations if suspends(c)]
    spans += [(pause["began"], pause.get("ended")) for pause in pauses]
    spans += [(fee["notified"], fee.get("paid")) for fee in stopping]
    spans = spans if ordered is None else []

    def counts(day: date) -> bool:
        return days.work(day) and not any(began < day and (end is None or day <= end) for began, end in spans)

    def counted(upto: date) -> int:
        total, day = 0, t0
        while day < upto:
            day += ONE_DAY
            total += counts(day)
        return total

    uncorrected = [c for c in corrections if not c.get("received")]
    unpaid = [fee for fee in fees if not fee.get("paid")]
    if ordered is not None:
        state = "running"
    elif uncorrected or any(not fee.get("paid") for fee in restarting):
        state = "stopped"
    elif any(suspends(c) for c in asking) or unpaid or any(not pause.get("ended") for pause in pauses):
        state = "suspended"
    else:
        state = "running"

    owed, extension, used = case.get("reply_days", 20), 0, 0
    if state != "stopped":
        used = counted(as_of)
        # A correction discards an extension with its period; a payment gives no second one (law.md 12 no. 13).
        last_correction = max([received, *corrected])
        used_before = any(last_correction <= told["told"] < t0 for told in case.get("extensions", []))
        for told in () if used_before else case.get("extensions", []):
            # Told in time: fewer than twenty days were over when the day of telling began.
            if not extension and told["told"] >= t0 and counted(told["told"] - ONE_DAY) < owed:
                extension = min(told["working_days"], 20)

    def after(days_owed: int) -> date:
        day = t0
        while days_owed:
            day += ONE_DAY
            days_owed -= counts(day)
        return day

    total = owed + extension if ordered is None else counted(ordered)
    reply_due = None
    if state == "running":
        reply_due = ordered or after(total)
        for delay in case.get("delays", []) if ordered is None else ():
            # A day set for the reply holds if it is told before the day that it replaces is over (Art. 35).
            if t0 <= delay["told"] <= reply_due:
                reply_due, total = delay["until"], counted(delay["until"])

    found = [("ask_correction", days.nth(received, 7))] if case.get("origin", "request") == "request" else []
    found += [("correction", due) for c in uncorrected if (due := correction_due(c, days))]
    found += [("opinion", end) for c in asking if (end := window_end(c, days))]
    found += [("payment", days.nth(fee["notified"], 20)) for fee in unpaid]
    if reply_due is not None:
        found.append(("reply", reply_due))
    return {
        "clock_start": t0,
        "reply_due": reply_due,
        "working_days_used": used,
        "working_days_left": total - used,
        "state": state,
        "provisional": not all(days.announced(due) for _, due in found),
        "deadlines": sorted(found, key=lambda pair: (pair[1], pair[0])),
    }


# A log, read once more

_ARTICLES = {
    "request": "条例第三十三条",
    "reopened": "行政复议决定或者判决，条例第三十三条",
    "late_correction": "条例第三十条、第三十三条",
    "own_correction": "条例第三十三条",
    "rectification": "条例第四十一条未规定期限，机关设定",
}
_OPINION_ARTICLES = {
    "third_party": "条例第三十二条",
    "joint_maker": "条例第三十四条",
    "other_agency": "条例第三十三条第三款",
    "superior": "条例第十七条、第三十三条第三款",
    "internal": "条例第三十三条第三款",
}
_ORDERED_BY = {"reconsideration": "reopened", "judgment": "reopened"}
_ELECTRONIC = ("email", "portal", "fax")
_HANDED = ("hand", "delegated")


class LogOfACase:
    """What a log says of its case. Nothing is asked of the law here: a step that is there was made.

    ``rounds`` are the handlings: the first, and one for each order to handle the request again. Each is a dictionary
    as :func:`slow_reckoning` takes it, with its ``ended``, ``outcome`` and ``services``.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.rounds: list[dict[str, Any]] = []
        self.reviews: list[dict[str, Any]] = []
        self.reviews_made = self.consultations_made = 0
        self.evidence: dict[str, Any] = {}
        self.number = self.kind = self.subject = ""
        self.matter = "disclosure"
        self.is_void = self.is_carried = False
        self.carried_over: list[int] = []
        self.reevaluate_on: date | None = None
        entries = list(entries)
        voided = {facts["entry"] for _, event, _, facts in entries if event == "void"}
        for seq, event, day, facts in entries:
            if seq in voided:
                self._leave_out(event, day, facts)
            else:
                self._read(event, day, facts)
            if self.is_void:
                return

    def _leave_out(self, event: str, day: date, facts: Mapping[str, Any]) -> None:
        """A voided entry was never made; but what it numbered keeps its number, and a case needs its first."""
        self.consultations_made += event == "consult"
        self.reviews_made += event == "open_review"
        if event in ("register", "arrive"):
            self._read(event, day, facts)
            self.is_void = True

    @property
    def now(self) -> dict[str, Any]:
        """The present round."""
        return self.rounds[-1]

    @property
    def received(self) -> date | None:
        """收到申请之日."""
        return self.rounds[0]["received"] if self.rounds else None

    @property
    def closed(self) -> date | None:
        """The day of the ending that the report counts."""
        return self.rounds[0]["ended"] if self.rounds else None

    @property
    def outcome(self) -> str | None:
        """The outcome that the report counts."""
        return self.rounds[0]["outcome"] if self.rounds else None

    @property
    def state(self) -> str:
        """The state, by what is waited for and how the present round ended."""
        if self.is_void:
            return "void"
        if not self.rounds:
            return "unconfirmed"
        if self.now["ended"]:
            group = (self.now["outcome"] or "other").split("_")[0]
            return {"granted": "disclosed", "partly": "disclosed", "other": "closed"}.get(group, "refused")
        waits = {
            "paused": any(not pause["ended"] for pause in self.now["pauses"]),
            "pending_correction": any(not c["received"] for c in self.now["corrections"]),
            "awaiting_fee": any(not fee["paid"] for fee in self.now["fees"]),
            "consulting": any(not c["ended"] and suspends(c) for c in self.now["consultations"]),
        }
        state = next((name for name, waiting in waits.items() if waiting), "received")
        return f"carried_over.{state}" if self.is_carried else state

    @property
    def is_open(self) -> bool:
        """Whether something is owed to the applicant."""
        return not self.is_void and not (self.rounds and self.now["ended"])

    @property
    def is_counted(self) -> bool:
        """Whether the report counts it."""
        return bool(self.rounds) and self.matter == "disclosure" and not self.is_void

    def _begin(self, began: date, **facts: Any) -> None:
        lists = ("corrections", "consultations", "extensions", "fees", "delays", "pauses", "reasons", "services")
        self.is_carried = False
        empty: dict[str, Any] = {name: [] for name in lists} | {"ended": None, "outcome": None}
        self.rounds.append({"received": began, "as_of": began, **empty, **facts})

    def _waiting(self, name: str, what: str) -> dict[str, Any]:
        return next(item for item in reversed(self.now[name]) if not item[what])

    def _consultation(self, number: int) -> dict[str, Any]:
        return next(c for each in self.rounds for c in each["consultations"] if c["number"] == number)

    def _review(self, number: int) -> dict[str, Any]:
        return next(review for review in self.reviews if review["number"] == number)

    def _read(self, event: str, day: date, facts: Mapping[str, Any]) -> None:
        getattr(self, f"_{event}", self._nothing)(day, facts)

    def _nothing(self, day: date, facts: Mapping[str, Any]) -> None:
        """A note, a search, a review of secrecy: no day and no figure depends on it."""

    def _arrive(self, day: date, facts: Mapping[str, Any]) -> None:
        self.number, self.kind, self.subject = facts["number"], facts["applicant_kind"], facts["subject"]
        self.matter = facts.get("matter", "disclosure")
        self.reply_days = facts.get("reply_days", 20)
        self.evidence = {name: facts.get(name) for name in ("channel", "submitted_on", "arrived_on")}

    def _register(self, day: date, facts: Mapping[str, Any]) -> None:
        self._arrive(day, facts)
        self._receive(day)

    def _receive(self, day: date) -> None:
        own = {} if self.matter == "disclosure" else {"origin": "rectification", "reply_days": self.reply_days}
        self._begin(day, **own)

    def _confirm(self, day: date, facts: Mapping[str, Any]) -> None:
        self._receive(facts.get("received_on") or day)

    def _dismiss(self, day: date, facts: Mapping[str, Any]) -> None:
        self.is_void = True

    def _ask_correction(self, day: date, facts: Mapping[str, Any]) -> None:
        asked = {name: facts.get(name) for name in ("until", "delivered", "working_days", "awaits_delivery")}
        self.now["corrections"].append({"asked": day, "received": None, **asked})

    def _deliver_correction(self, day: date, facts: Mapping[str, Any]) -> None:
        letter = self._waiting("corrections", "received")
        letter["delivered"] = day
        # A letter served with a day of its own gives this day and no other.
        letter["until"] = facts.get("until") or letter["until"]

    def _correct(self, day: date, facts: Mapping[str, Any]) -> None:
        self._waiting("corrections", "received")["received"] = day

    def _consult(self, day: date, facts: Mapping[str, Any]) -> None:
        self.consultations_made += 1
        sent = {"number": self.consultations_made, "sent": day, "ended": None, "kind": "third_party", "suspends": True}
        known = {name: facts[name] for name in ("kind", "suspends", "delivered") if facts.get(name) is not None}
        self.now["consultations"].append({"delivered": None, **sent, **known})

    def _deliver_consultation(self, day: date, facts: Mapping[str, Any]) -> None:
        self._consultation(facts["consultation"])["delivered"] = day

    def _opinions_in(self, day: date, facts: Mapping[str, Any]) -> None:
        self._consultation(facts["consultation"])["ended"] = day

    def _extend(self, day: date, facts: Mapping[str, Any]) -> None:
        self.now["extensions"].append({"told": day, "working_days": facts["working_days"]})

    def _ask_reasons(self, day: date, facts: Mapping[str, Any]) -> None:
        self.now["reasons"].append({"until": facts.get("until"), "received": None})

    def _reasons_in(self, day: date, facts: Mapping[str, Any]) -> None:
        self._waiting("reasons", "received")["received"] = day

    def _delay(self, day: date, facts: Mapping[str, Any]) -> None:
        self.now["delays"].append({"told": day, "until": facts["until"]})

    def _bill(self, day: date, facts: Mapping[str, Any]) -> None:
        notice = {"notified": day, "billed": facts["billed_yuan"], "got": None, "last": None, "paid": None}
        self.now["fees"].append(notice | {"restarts": facts.get("restarts", True)})

    def _pay(self, day: date, facts: Mapping[str, Any]) -> None:
        notice = self._waiting("fees", "paid")
        notice["got"], notice["last"] = (notice["got"] or Decimal(0)) + facts["received_yuan"], day
        # A part of it restarts nothing (办法 Art. 6: 完成缴费).
        notice["paid"] = day if notice["got"] >= notice["billed"] else None

    def _pause(self, day: date, facts: Mapping[str, Any]) -> None:
        self.now["pauses"].append({"began": day, "ended": None})

    def _resume(self, day: date, facts: Mapping[str, Any]) -> None:
        self._waiting("pauses", "ended")["ended"] = day

    def _split(self, day: date, facts: Mapping[str, Any]) -> None:
        self.subject = facts["subject"]

    def _end(self, day: date, facts: Mapping[str, Any]) -> None:
        self.now["ended"], self.now["outcome"] = day, facts.get("outcome", "other_misc")
        self.is_carried = False

    def _decide(self, day: date, facts: Mapping[str, Any]) -> None:
        self._end(day, facts)
        self.reevaluate_on = facts.get("reevaluate_on")
        self.now["replied"] = True
        self._send(day, facts)

    _lapse = _withdraw = _merge = _close = _end

    def _rectify(self, day: date, facts: Mapping[str, Any]) -> None:
        self._end(day, {"outcome": None})

    def _send(self, day: date, facts: Mapping[str, Any]) -> None:
        sent = {"means": facts["means"], "sent": day, "served": None, "returned": None}
        self.now["services"].append(sent)
        self._make()

    _serve_again = _send

    def _serve(self, day: date, facts: Mapping[str, Any]) -> None:
        self.now["services"][-1]["served"] = day
        self._make()

    def _return(self, day: date, facts: Mapping[str, Any]) -> None:
        self.now["services"][-1]["returned"] = day

    def _make(self) -> None:
        """A reply is made when it is posted, when it is signed for, or when it goes out by wire (law.md 3.5).

        What bounced or was not taken was never made: the next service makes it.
        """
        if not self.now.get("replied"):
            return
        for service in self.now["services"]:
            came_back = service["returned"] and service["means"] in (*_ELECTRONIC, *_HANDED)
            signed = service["served"] if service["means"] in _HANDED else None
            self.now["ended"] = signed or service["sent"]
            if not came_back:
                return

    def _reopen(self, day: date, facts: Mapping[str, Any]) -> None:
        origin = _ORDERED_BY.get(facts["ground"], facts["ground"])
        owed = facts.get("working_days") or 20
        self._begin(day, origin=origin, reply_days=owed, ordered=facts.get("until"))

    def _amend(self, day: date, facts: Mapping[str, Any]) -> None:
        self.subject = facts.get("subject") or self.subject
        for name in ("channel", "submitted_on", "arrived_on"):
            self.evidence[name] = facts.get(name) or self.evidence[name]
        if facts.get("received_on"):
            self.rounds[0] |= {"received": facts["received_on"], "as_of": facts["received_on"]}

    def _change_kind(self, day: date, facts: Mapping[str, Any]) -> None:
        self.kind = facts["applicant_kind"]

    def _carry_over(self, day: date, facts: Mapping[str, Any]) -> None:
        if self.rounds and self.is_open:
            self.is_carried = True
            self.carried_over.append(facts["year"])

    def _open_review(self, day: date, facts: Mapping[str, Any]) -> None:
        self.reviews_made += 1
        opened = {"number": self.reviews_made, "kind": facts["review_kind"], "accepted": day, "result": "pending"}
        known = {name: facts.get(name) for name in ("procedure", "copy_received")}
        blank = dict.fromkeys(("answered", "judged", "form", "appealed", "concluded"))
        self.reviews.append(opened | known | blank)

    def _answer_review(self, day: date, facts: Mapping[str, Any]) -> None:
        self._review(facts["review"])["answered"] = day

    def _first_judgment(self, day: date, facts: Mapping[str, Any]) -> None:
        self._review(facts["review"]).update(judged=day, form=facts["ruling_form"])

    def _appeal(self, day: date, facts: Mapping[str, Any]) -> None:
        self._review(facts["review"])["appealed"] = day

    def _conclude_review(self, day: date, facts: Mapping[str, Any]) -> None:
        self._review(facts["review"]).update(concluded=day, result=facts["result"])


def deadlines_of(case: LogOfACase, days: Days = NATIONAL) -> list[Deadline]:
    """Every deadline of a case, open and done, in the order of kind and number."""
    return sorted(_deadlines_of(case, days), key=lambda row: row[:2])


def _deadlines_of(case: LogOfACase, days: Days) -> Iterator[Deadline]:
    if case.is_void:
        return
    if not case.rounds:
        yield from _to_confirm(case, days)
        return
    if case.reevaluate_on and not case.is_open:
        # By months, so no calendar moves it.
        yield "reevaluation", 1, "open", case.reevaluate_on, None, "条例第十八条", False
    for review in case.reviews:
        yield from _of_review(review, days)
    counted: dict[str, int] = {}
    for number, handling in enumerate(case.rounds, 1):
        running = handling["ended"] is None and case.is_open
        for kind, due, done, article, numbered in _of_round(handling, number, days):
            counted[kind] = counted.get(kind, 0) + 1
            if due is None and kind != "reply":
                continue
            state = "done" if done else "open" if running and due else "suspended"
            place = counted[kind] if numbered is None else numbered
            yield kind, place, state, due, done, article, due is not None and not days.announced(due)


_Period = tuple[str, date | None, date | None, str, int | None]


def _of_round(handling: Mapping[str, Any], number: int, days: Days) -> Iterator[_Period]:
    """Kind, last day, day done, article and place (None: the next of its kind) of each deadline of one round."""
    origin = handling.get("origin", "request")
    reckoned = slow_reckoning(handling, days)
    asked = [correction["asked"] for correction in handling["corrections"]]
    if origin == "request" and (asked or (handling["ended"] is None and reckoned["state"] != "stopped")):
        # Seven working days from receipt, whatever else happens; of no more use when it can no longer be asked.
        yield "ask_correction", days.nth(handling["received"], 7), asked[0] if asked else None, "条例第三十条", number
    for correction in handling["corrections"]:
        yield "correction", correction_due(correction, days), correction["received"], "条例第三十条", None
    for asking in handling["consultations"]:
        yield "opinion", window_end(asking, days), asking["ended"], _OPINION_ARTICLES[asking["kind"]], asking["number"]
    for reasons in handling["reasons"]:
        yield "reasons", reasons["until"], reasons["received"], "条例第三十五条", None
    for fee in handling["fees"]:
        yield "payment", days.nth(fee["notified"], 20), fee["paid"], "信息处理费管理办法第六条", None
    yield "reply", reckoned["reply_due"], handling["ended"], _ARTICLES[origin], number


def _to_confirm(case: LogOfACase, days: Days) -> Iterator[Deadline]:
    """A letter that nobody signs for, and what comes by wire, is confirmed on the day on which it comes (Art. 31)."""
    channel, submitted, arrived = (case.evidence[name] for name in ("channel", "submitted_on", "arrived_on"))
    came = {"post_ordinary": arrived}.get(channel)
    if channel in ("email", "online", "fax"):
        came = submitted or arrived
    if came is not None:
        due = days.from_on(came)
        yield "confirm", 1, "open", due, None, "条例第三十一条", not days.announced(due)


def _of_review(review: Mapping[str, Any], days: Days) -> Iterator[Deadline]:
    """复议 in working days (行政复议法 Arts. 48, 54, 88); a suit in days of the calendar, not ending on a day off."""
    periods = []
    copy, judged = review["copy_received"], review["judged"]
    if copy and review["kind"] == "reconsideration":
        simple = review["procedure"] == "simplified"
        article = "行政复议法第五十四条" if simple else "行政复议法第四十八条"
        periods.append(("review_answer", days.nth(copy, 5 if simple else 10), review["answered"], article))
    elif copy:
        due = days.from_on(copy + 15 * ONE_DAY)
        periods.append(("defence", due, review["answered"], "行政诉讼法第六十七条"))
    if judged:
        due = days.from_on(judged + (15 if review["form"] == "judgment" else 10) * ONE_DAY)
        periods.append(("appeal", due, review["appealed"], "行政诉讼法第八十五条"))
    for kind, due, done, article in periods:
        state = "done" if done else "suspended" if review["concluded"] else "open"
        yield kind, review["number"], state, due, done, article, not days.announced(due)


# Random cases


def random_case(draw: Draw, most: int = 2) -> dict[str, Any]:
    """A case received from 2019 to 2026 whose dates do not contradict each other, at most ``most`` of a kind."""

    def later(day: date, days: int) -> date:
        return day + timedelta(days=draw(0, days))

    def maybe(day: date, days: int) -> date | None:
        return later(day, days) if draw(0, 2) else None

    received = later(FIRST_RECEIPT, (LAST_RECEIPT - FIRST_RECEIPT).days)
    case: dict[str, Any] = {"received": received, "as_of": later(received, 150)}
    case["corrections"] = [
        {"asked": asked, "until": maybe(asked, 25), "received": maybe(asked, 40)}
        for asked in (later(received, 20) for _ in range(draw(0, most)))
    ]
    case["consultations"] = [
        {"sent": sent, "delivered": maybe(sent, 6), "ended": maybe(sent, 40)}
        for sent in (later(received, 60) for _ in range(draw(0, 3)))
    ]
    case["extensions"] = [
        {"told": told, "working_days": draw(0, 20)} for told in (later(received, 100) for _ in range(draw(0, 1)))
    ]
    case["fees"] = [
        {"notified": notified, "paid": maybe(notified, 40)}
        for notified in (later(received, 40) for _ in range(draw(0, most)))
    ]
    return case


def as_json(case: dict[str, Any]) -> dict[str, Any]:
    """A case with at most one correction, extension and fee in the shape of contracts.md, "Deadline facts"."""

    def plain(item: dict[str, Any]) -> dict[str, Any]:
        return {key: value.isoformat() if isinstance(value, date) else value for key, value in item.items()}

    facts = plain({"received": case["received"], "as_of": case["as_of"]})
    for key, many in (("correction", "corrections"), ("extension", "extensions"), ("fee", "fees")):
        for item in case[many]:
            facts[key] = plain(item)
    return facts | {"consultations": [plain(item) for item in case["consultations"]]}
