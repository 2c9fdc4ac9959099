"""An agency's own ledger (依申请公开台账, 复议诉讼台账) made into commands.

A row tells what happened to one request; it becomes the events that the case would have had. Dates that contradict
each other stop the import. A step that was irregular, such as a late extension, did happen all the same: it is
recorded, and the row gets a warning.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import Connection, select

from models.personal import FieldCipher
from models.tables import case_event, request_case
from models.vocabulary import (
    ApplicantKind,
    Channel,
    EventKind,
    Outcome,
    OutcomeGroup,
    ReviewKind,
    ReviewResult,
    State,
    Term,
)
from workflow import calendar_book, case, clock, desk, log, options, periods, statute
from workflow.applicants import ApplicantDetails
from workflow.calendar import FIRST_YEAR, WorkCalendar
from workflow.case import Happening
from workflow.desk import Command, History
from workflow.faults import InputFault, Refusal
from workflow.sheets import Reading, Row, SheetKind, day_in

LEDGER = SheetKind(
    "依申请公开台账",
    required=("登记编号", "申请人类别", "收到日期", "申请内容"),
    optional=(
        "申请人", "证件号码", "联系电话", "电子邮箱", "通信地址", "申请渠道", "提交日期",
        "补正告知日期", "补正期限", "补正收到日期", "征求意见发出日期", "征求意见结束日期",
        "延期告知日期", "延期工作日", "收费通知日期", "收费金额", "缴费日期", "实收金额",
        "办理结果", "答复日期", "答复文号", "备注",
    ),
)  # fmt: skip
_PERSON = ("申请人", "证件号码", "联系电话", "电子邮箱", "通信地址", "备注")
REVIEWS = SheetKind("复议诉讼台账", required=("登记编号", "类别", "受理日期", "结果"), optional=("结案日期", "备注"))

T = TypeVar("T", bound=Term)

_LONGEST = {"登记编号": 64, "申请内容": 20_000, "备注": 20_000}
_LONGEST_OTHERWISE = 1_000
_SENT = "sent"
_LIST = re.compile(r"[;；]")


def folded(label: str) -> str:
    """A label so that width, quotation marks, spaces and the form's own numbering do not matter."""
    plain = unicodedata.normalize("NFKC", label)
    plain = "".join(ch for ch in plain if ch not in "\"'“”‘’「」『』" and not ch.isspace())
    return re.sub(r"^(?:\((?:[一二三四五六七]|\d)\)|\d{1,2}[.、])", "", plain)


def _folded_outcome(label: str) -> str:
    group, dash, leaf = re.sub(r"[-—–－―─]+", "-", label).partition("-")
    return f"{folded(group)}{dash}{folded(leaf)}"


def _outcome_labels() -> dict[str, Outcome]:
    labels = {_folded_outcome(statute.ledger_label(outcome)): outcome for outcome in Outcome}
    # The 2019 form has one row for all of 其他处理, so ledgers of its years name no leaf.
    return labels | {folded(OutcomeGroup.OTHER.label): Outcome.OTHER_MISC}


_OUTCOMES = _outcome_labels()


def outcome_of(label: str) -> Outcome | None:
    """The outcome that a ledger's 办理结果 names (group-leaf), or None."""
    return _OUTCOMES.get(_folded_outcome(label))


def outcome_begun(label: str) -> Outcome | None:
    """The outcome that 办理结果 names, were it only by the beginning of its name; None if it is not the only one."""
    begun = _folded_outcome(label)
    found = {outcome for name, outcome in _OUTCOMES.items() if name.startswith(begun)}
    return outcome_of(label) or (found.pop() if len(found) == 1 and len(begun) > 1 else None)


@dataclass(frozen=True, slots=True)
class LedgerCase:
    """One row of the ledger: what happened to one request, in order, with the place it was read from."""

    row: Row
    number: str
    happenings: tuple[Happening, ...]
    applicant: ApplicantDetails
    content: str
    person: str


@dataclass(frozen=True, slots=True)
class LedgerReview:
    """One row of the review ledger."""

    row: Row
    number: str
    kind: ReviewKind
    accepted: date
    result: ReviewResult
    concluded: date | None
    remarks: str


@dataclass(slots=True)
class Plan:
    """What an import would do: the histories to record, and what there is to say about the rows."""

    rows: int = 0
    histories: list[History] = field(default_factory=list)
    new: int = 0
    continued: int = 0
    unchanged: int = 0
    faults: list[str] = field(default_factory=list)
    warnings: list[dict[str, Any]] = field(default_factory=list)


class Warn:
    """Collects warnings by row."""

    def __init__(self, into: list[dict[str, Any]]) -> None:
        """Append to ``into``."""
        self._into = into

    def __call__(self, row: Row, message: str) -> None:
        """Warn about ``row``."""
        self._into.append({"file": row.place.strip(), "row": row.number, "message": message})


@dataclass(slots=True)
class _Cells:
    """Reads the cells of one row; collects faults."""

    row: Row
    today: date
    faults: list[str]

    def fault(self, column: str, accepted: str) -> None:
        value = self.row.get(column)
        self.faults.append(f"{self.row.at(column)}：{f'“{value}”' if value else '为空，'}{accepted}")

    def text(self, column: str) -> str:
        value = self.row.get(column)
        if not value:
            self.fault(column, "必须填写")
        return value

    def storable(self) -> None:
        """Every cell must be text that the database can hold, and no longer than a person would write."""
        for column, value in self.row.cells.items():
            longest = _LONGEST.get(column, _LONGEST_OTHERWISE)
            if len(value) > longest:
                self.faults.append(f"{self.row.at(column)}：“{value[:20]}…”有 {len(value)} 个字，应不超过 {longest} 个")
            elif "\x00" in value:
                self.faults.append(f"{self.row.at(column)}：“{value.replace(chr(0), '□')[:20]}”含有空字符，应为文字")

    def term(self, column: str, vocabulary: type[T]) -> T | None:
        value = self.row.get(column)
        found = next((member for member in vocabulary if folded(member.label) == folded(value)), None)
        if found is None:
            self.fault(column, f"不在可用的值之中，应为：{'、'.join(vocabulary.labels())}")
        return found

    def day(self, column: str, *, future: bool = False) -> date | None:
        value = self.row.get(column)
        return self.parsed_day(column, value, future=future) if value else None

    def parsed_day(self, column: str, value: str, *, future: bool = False) -> date | None:
        day = day_in(value)
        if day is None:
            self.faults.append(f"{self.row.at(column)}：“{value}”不是有效日期，应为形如 2021-03-04 的日期")
            return None
        latest = date(self.today.year + 10, 12, 31) if future else self.today
        if day.year < FIRST_YEAR or day > latest:
            self.faults.append(f"{self.row.at(column)}：“{value}”超出范围，应在 {FIRST_YEAR}-01-01 至 {latest} 之间")
            return None
        return day

    def days(self, column: str) -> list[date | None]:
        value = self.row.get(column)
        if not value:
            return []
        return [self.parsed_day(column, part.strip()) if part.strip() else None for part in _LIST.split(value)]

    def yuan(self, column: str) -> Decimal | None:
        value = self.row.get(column)
        if not value:
            return None
        plain = unicodedata.normalize("NFKC", value).replace(",", "").removesuffix("元").strip()
        if not re.fullmatch(r"[0-9]{1,12}(?:\.[0-9]{1,2})?", plain):
            self.fault(column, "不是有效金额，应为不小于 0 的元数，如 380 或 380.50")
            return None
        return Decimal(plain)

    def not_before(self, column: str, day: date | None, floor_column: str, floor: date | None) -> None:
        if day is not None and floor is not None and day < floor:
            self.faults.append(f"{self.row.at(column)}：“{day}”早于“{floor_column}”{floor}，应不早于它")


def _read_case(row: Row, today: date, faults: list[str], warn: Warn) -> LedgerCase | None:
    cells = _Cells(row, today, faults)
    before = len(faults)
    cells.storable()
    number = cells.text("登记编号")
    kind = cells.term("申请人类别", ApplicantKind)
    subject = cells.text("申请内容")
    channel = cells.term("申请渠道", Channel) if row.get("申请渠道") else None
    if not row.get("收到日期"):
        cells.fault("收到日期", "必须填写")
    received = cells.day("收到日期")
    submitted = cells.day("提交日期")
    cells.not_before("收到日期", received, "提交日期", submitted)
    if channel is Channel.IN_PERSON and None not in {received, submitted} and received != submitted:
        warn(row, f"当面提交的以提交之日 {submitted} 为收到申请之日，本行为 {received}（条例第三十一条）")
    steps = [
        *_correction(cells, received),
        *_consultations(cells, received, warn),
        *_extension(cells, received),
        *_fee(cells, received, warn),
        *_ending(cells, received),
    ]
    if len(faults) > before or received is None or kind is None:
        return None
    facts = {
        "number": number,
        "applicant_kind": kind,
        "subject": subject,
        "channel": channel,
        "submitted_on": submitted,
        "remarks": row.get("备注") or None,
    }
    registered = Happening(EventKind.REGISTER, received, {k: v for k, v in facts.items() if v is not None})
    happenings = (registered, *_in_order(steps))
    applicant = ApplicantDetails(
        name=row.get("申请人") or None,
        identity_number=row.get("证件号码") or None,
        telephone=row.get("联系电话") or None,
        email=row.get("电子邮箱") or None,
        address=row.get("通信地址") or None,
    )
    content = _joined(row, (*LEDGER.required, *LEDGER.optional))
    return LedgerCase(row, number, happenings, applicant, content, _joined(row, _PERSON))


def _joined(row: Row, columns: Iterable[str]) -> str:
    return "\x1f".join(f"{column}={row.get(column)}" for column in columns)


_RANK = {event: rank for rank, event in enumerate(EventKind)}
# Of reviews on one day the order is that of their own list: one may end on the day on which another begins.
_RANK[EventKind.OPEN_REVIEW] = _RANK[EventKind.CONCLUDE_REVIEW]


def _in_order(steps: Iterable[Happening]) -> list[Happening]:
    """The steps by day; on one day in the order in which an office takes them."""
    return sorted(steps, key=lambda h: (h.happened_on, _RANK[h.event]))


def _correction(cells: _Cells, received: date | None) -> Iterator[Happening]:
    asked, until = cells.day("补正告知日期"), cells.day("补正期限", future=True)
    corrected = cells.day("补正收到日期")
    cells.not_before("补正告知日期", asked, "收到日期", received)
    cells.not_before("补正期限", until, "补正告知日期", asked)
    cells.not_before("补正收到日期", corrected, "补正告知日期", asked)
    if asked is None:
        for column in ("补正期限", "补正收到日期"):
            if cells.row.get(column) and not cells.row.get("补正告知日期"):
                cells.fault(column, "没有“补正告知日期”，应补上告知日期或者清空本格")
        return
    yield Happening(EventKind.ASK_CORRECTION, asked, {} if until is None else {"until": until})
    if corrected is not None:
        yield Happening(EventKind.CORRECT, corrected)


def _consultations(cells: _Cells, received: date | None, warn: Warn) -> Iterator[Happening]:
    sent, ended = cells.days("征求意见发出日期"), cells.days("征求意见结束日期")
    if len(ended) > len(sent):
        cells.fault("征求意见结束日期", f"比“征求意见发出日期”多，应不超过 {len(sent)} 个，按相同次序用“;”分隔")
        return
    if any(not part.strip() for part in _LIST.split(cells.row.get("征求意见发出日期"))) and sent:
        cells.fault("征求意见发出日期", "中有空缺，应为用“;”分隔的日期")
        return
    replied = cells.row.get("答复日期")
    pairs = [(start, ended[i] if i < len(ended) else None) for i, start in enumerate(sent) if start is not None]
    for number, (start, given) in enumerate(sorted(pairs, key=lambda pair: pair[0]), 1):
        cells.not_before("征求意见发出日期", start, "收到日期", received)
        cells.not_before("征求意见结束日期", given, "征求意见发出日期", start)
        yield Happening(EventKind.CONSULT, start)
        end = given
        if end is None and replied:
            end = _quiet_day(cells, "答复日期")
            warn(cells.row, f"第 {number} 次征求意见没有结束日期而已答复，按答复日期结束计算（条例第三十三条第三款）")
        if end is not None:
            # Which consultation of the log it is, is settled when the log is known.
            yield Happening(EventKind.OPINIONS_IN, end, {_SENT: start})


def _extension(cells: _Cells, received: date | None) -> Iterator[Happening]:
    told, value = cells.day("延期告知日期"), cells.row.get("延期工作日")
    cells.not_before("延期告知日期", told, "收到日期", received)
    if bool(cells.row.get("延期告知日期")) != bool(value):
        empty = "延期工作日" if not value else "延期告知日期"
        cells.fault(empty, "“延期告知日期”和“延期工作日”应当都填或者都不填")
        return
    if not value:
        return
    match = re.fullmatch(r"([0-9]{1,3})(?:\.0+)?", unicodedata.normalize("NFKC", value))
    days = int(match[1]) if match else 0
    if not 1 <= days <= clock.EXTENSION_MOST:
        cells.fault("延期工作日", f"应为 1 至 {clock.EXTENSION_MOST} 的整数（条例第三十三条）")
    elif told is not None:
        yield Happening(EventKind.EXTEND, told, {"working_days": days})


def _fee(cells: _Cells, received: date | None, warn: Warn) -> Iterator[Happening]:
    notified, paid = cells.day("收费通知日期"), cells.day("缴费日期")
    billed, got = cells.yuan("收费金额"), cells.yuan("实收金额")
    cells.not_before("收费通知日期", notified, "收到日期", received)
    cells.not_before("缴费日期", paid, "收费通知日期", notified)
    if not cells.row.get("收费通知日期"):
        for column in ("收费金额", "缴费日期", "实收金额"):
            if cells.row.get(column) and (billed or paid or got):
                cells.fault(column, "没有“收费通知日期”，应补上通知日期或者清空本格")
        return
    if not cells.row.get("收费金额"):
        cells.fault("收费金额", "有收费通知而没有金额，应为元数，如 380")
    if got and not cells.row.get("缴费日期"):
        cells.fault("缴费日期", "有实收金额而没有缴费日期，应补上日期")
    if notified is None or billed is None:
        return
    yield Happening(EventKind.BILL, notified, {"billed_yuan": billed})
    if paid is None:
        return
    if got is None:
        warn(cells.row, f"缴费后没有“实收金额”，按收费金额 {billed} 元记")
    elif got < billed:
        warn(cells.row, f"实收金额 {got} 元少于收费金额 {billed} 元，缴足前期限不重新计算（信息处理费管理办法第六条）")
    yield Happening(EventKind.PAY, paid, {"received_yuan": billed if got is None else got})


def _ending(cells: _Cells, received: date | None) -> Iterator[Happening]:
    label, value = cells.row.get("办理结果"), cells.row.get("答复日期")
    if bool(label) != bool(value):
        empty = "答复日期" if label else "办理结果"
        cells.fault(empty, "“办理结果”和“答复日期”应当都填或者都不填")
        return
    if not label:
        return
    outcome = outcome_of(label)
    if outcome is None:
        cells.fault("办理结果", f"不是办理结果，应为：{'、'.join(map(statute.ledger_label, Outcome))}")
    replied = cells.day("答复日期")
    cells.not_before("答复日期", replied, "收到日期", received)
    for column in ("补正告知日期", "补正收到日期", "延期告知日期", "收费通知日期", "缴费日期"):
        cells.not_before("答复日期", replied, column, _quiet_day(cells, column))
    for column in ("征求意见发出日期", "征求意见结束日期"):
        for part in _LIST.split(cells.row.get(column)):
            cells.not_before("答复日期", replied, column, _quiet_part(cells, part.strip()))
    if outcome is None or replied is None:
        return
    facts: dict[str, Any] = {"outcome": outcome}
    if cells.row.get("答复文号"):
        facts["reply_number"] = cells.row.get("答复文号")
    yield Happening(statute.ENDING[outcome], replied, facts)


def _quiet_day(cells: _Cells, column: str) -> date | None:
    return _quiet_part(cells, cells.row.get(column))


def _quiet_part(cells: _Cells, value: str) -> date | None:
    """The day in a cell whose faults another reader names."""
    return _Cells(cells.row, cells.today, []).parsed_day("", value) if value else None


def _read_review(row: Row, today: date, faults: list[str]) -> LedgerReview | None:
    cells = _Cells(row, today, faults)
    before = len(faults)
    cells.storable()
    number = cells.text("登记编号")
    kind = cells.term("类别", ReviewKind)
    result = cells.term("结果", ReviewResult)
    if not row.get("受理日期"):
        cells.fault("受理日期", "必须填写")
    accepted, concluded = cells.day("受理日期"), cells.day("结案日期")
    cells.not_before("结案日期", concluded, "受理日期", accepted)
    if result is ReviewResult.PENDING and row.get("结案日期"):
        cells.fault("结案日期", "结果为“尚未审结”时应为空")
    if result not in (None, ReviewResult.PENDING) and not row.get("结案日期"):
        cells.fault("结案日期", f"结果为“{row.get('结果')}”时必须填写")
    if len(faults) > before or kind is None or result is None or accepted is None:
        return None
    return LedgerReview(row, number, kind, accepted, result, concluded, row.get("备注"))


def plan(
    connection: Connection,
    agency_id: int,
    reading: Reading,
    cipher: FieldCipher,
    now: datetime,
    actor: str,
) -> Plan:
    """What importing the tables that were read would do. Reads the database, writes nothing.

    All faults of all rows are in ``Plan.faults``; an import goes on only if there are none.
    """
    made = Plan(faults=list(reading.faults), warnings=list(reading.warnings))
    warn = Warn(made.warnings)
    day = desk.day_of(now)
    cases = _cases(reading, day, made, warn)
    reviews = _reviews(reading, day, made)
    stored = _stored(connection, agency_id, {*cases, *reviews})
    named = {row.get("登记编号") for sheet in reading.of_kind(LEDGER) for row in sheet.rows}
    made.faults += [
        f"{review.row.at('登记编号')}：“{number}”在台账和系统中都没有，应为已登记的编号"
        for number, found in reviews.items()
        if number not in named and number not in stored and LEDGER not in reading.rejected
        for review in found
    ]
    received = {number: stored[number].folded.received for number in stored}
    received |= {number: entry.happenings[0].happened_on for number, entry in cases.items()}
    reviews = {number: _not_before_receipt(made, found, received.get(number)) for number, found in reviews.items()}
    planner = _Planner(made, agency_id, calendar_book.current(connection, agency_id), cipher, actor, warn)
    for number, entry in cases.items():
        planner.case(entry, reviews.pop(number, []), stored.get(number))
    for number, found in reviews.items():
        if number in stored and found:
            planner.reviews(found, stored[number])
    return made


def _cases(reading: Reading, day: date, made: Plan, warn: Warn) -> dict[str, LedgerCase]:
    cases: dict[str, LedgerCase] = {}
    first: dict[str, Row] = {}
    for sheet in reading.of_kind(LEDGER):
        for row in sheet.rows:
            made.rows += 1
            read = _read_case(row, day, made.faults, warn)
            number = row.get("登记编号")
            if number and number in first:
                earlier = first[number]
                made.faults.append(
                    f"{row.at('登记编号')}：“{number}”与{earlier.place}第{earlier.number}行重复，登记编号应当唯一"
                )
            elif read is not None:
                cases[number] = read
            first.setdefault(number, row)
    return cases


def _not_before_receipt(made: Plan, reviews: Sequence[LedgerReview], received: date | None) -> list[LedgerReview]:
    """The reviews that can be of this request; the others are faults of their own rows."""
    early = [review for review in reviews if received is not None and review.accepted < received]
    made.faults += [
        f"{review.row.at('受理日期')}：“{review.row.get('受理日期')}”早于该申请的收到日期 {received}，应不早于它"
        for review in early
    ]
    return [review for review in reviews if review not in early]


def _reviews(reading: Reading, day: date, made: Plan) -> dict[str, list[LedgerReview]]:
    reviews: dict[str, list[LedgerReview]] = {}
    for sheet in reading.of_kind(REVIEWS):
        for row in sheet.rows:
            made.rows += 1
            review = _read_review(row, day, made.faults)
            if review is None:
                continue
            same = [r for r in reviews.get(review.number, []) if (r.kind, r.accepted) == (review.kind, review.accepted)]
            if same:
                made.faults.append(
                    f"{row.at('登记编号')}：“{review.number}”{review.accepted} 的“{review.kind.label}”"
                    f"与第{same[0].row.number}行重复，应只有一行"
                )
            reviews.setdefault(review.number, []).append(review)
    for found in reviews.values():
        found.sort(key=lambda review: review.accepted)
    return reviews


@dataclass(frozen=True, slots=True)
class _Stored:
    """A case that is in the system already, with the happenings of its log, and all of its entries."""

    case_id: int
    folded: case.Case
    happenings: tuple[Happening, ...]
    whole_log: tuple[Happening, ...]


def _standing(happenings: Sequence[Happening]) -> Iterator[Happening]:
    """The happenings of a log that have not been voided since, the voiding itself left out."""
    voided = {h.facts["entry"] for h in happenings if h.event is EventKind.VOID}
    for seq, happening in enumerate(happenings, 1):
        if seq not in voided and happening.event is not EventKind.VOID:
            yield happening


_CHUNK = 5000


def _stored(connection: Connection, agency_id: int, wanted: set[str]) -> dict[str, _Stored]:
    found: dict[str, _Stored] = {}
    ordered = sorted(wanted)
    for start in range(0, len(ordered), _CHUNK):
        rows = connection.execute(
            select(request_case.c.id, request_case.c.number, request_case.c.snapshot).where(
                request_case.c.agency_id == agency_id, request_case.c.number.in_(ordered[start : start + _CHUNK])
            )
        ).all()
        happenings: dict[int, list[Happening]] = {row.id: [] for row in rows}
        events = connection.execute(
            select(case_event.c.case_id, case_event.c.kind, case_event.c.happened_on, case_event.c.facts)
            .where(case_event.c.case_id.in_(happenings))
            .order_by(case_event.c.case_id, case_event.c.seq)
        )
        for case_id, kind, happened_on, facts in events:
            event = EventKind(kind)
            happenings[case_id].append(Happening(event, happened_on, log.read_facts(event, facts)))
        for row in rows:
            folded = case.from_snapshot(row.snapshot)
            found[row.number] = _Stored(row.id, folded, tuple(_standing(happenings[row.id])), tuple(happenings[row.id]))
    return found


def _review_happenings(reviews: Sequence[LedgerReview], known: int = 0) -> list[Happening]:
    """The steps of the reviews by day; on one day those end first that began on another."""
    steps: list[tuple[date, int, Happening]] = []
    for number, review in enumerate(reviews, known + 1):
        remarks = {"remarks": review.remarks} if review.remarks else {}
        opened = Happening(EventKind.OPEN_REVIEW, review.accepted, {"review_kind": review.kind, **remarks})
        steps.append((review.accepted, 1, opened))
        if review.concluded is not None:
            facts = {"review": number, "result": review.result}
            concluded = Happening(EventKind.CONCLUDE_REVIEW, review.concluded, facts)
            steps.append((review.concluded, 0 if review.accepted < review.concluded else 2, concluded))
    return [step for _, _, step in sorted(steps, key=lambda each: each[:2])]


@dataclass(frozen=True, slots=True)
class _Planner:
    """Works out what each row means for the case it names: a new one, more of a known one, or nothing."""

    made: Plan
    agency_id: int
    calendar: WorkCalendar
    cipher: FieldCipher
    actor: str
    warn: Warn

    def case(self, entry: LedgerCase, reviews: Sequence[LedgerReview], stored: _Stored | None) -> None:
        """A row of the ledger, with the reviews of its request."""
        digests = {
            "ledger_digest": (self.cipher.index(entry.content) or b"").hex(),
            "person_digest": (self.cipher.index(entry.person) or b"").hex(),
        }
        if stored is None:
            self._new(entry, reviews, digests)
        else:
            self._known(entry, reviews, stored, digests)

    def reviews(self, reviews: Sequence[LedgerReview], stored: _Stored) -> None:
        """Reviews of a case that is in the system and not in the ledger at hand."""
        self._go_on(stored, _in_order(_missing_reviews(self.made, reviews, stored)), reviews[0].row)

    def _new(self, entry: LedgerCase, reviews: Sequence[LedgerReview], digests: Mapping[str, str]) -> None:
        registered = entry.happenings[0]
        registered = replace(registered, facts={**registered.facts, **digests})
        steps = _in_order([*entry.happenings[1:], *_review_happenings(reviews)])
        happenings = [registered, *_numbered(steps, None)]
        try:
            _rehearse(None, happenings, entry.row, self.calendar, self.warn)
        except Refusal as refusal:
            self.made.faults.append(f"{entry.row.place}第{entry.row.number}行：{refusal}")
            return
        self.made.new += 1
        commands = _commands(self.agency_id, entry.number, happenings, self.actor, Counter())
        self.made.histories.append(History(commands, None, entry.applicant))

    def _known(
        self, entry: LedgerCase, reviews: Sequence[LedgerReview], stored: _Stored, digests: Mapping[str, str]
    ) -> None:
        """A number that is in the system: the same row changes nothing, a longer one goes on with the case."""
        if stored.folded.state in (State.VOID, State.UNCONFIRMED):
            self.made.faults.append(
                f"{entry.row.at('登记编号')}：“{entry.number}”在系统中“{stored.folded.state.label}”，"
                + ("应换用新的编号" if stored.folded.state is State.VOID else "应先在系统中确认收到日期")
            )
            return
        missing: list[Happening] = []
        if digests["ledger_digest"] != stored.folded.ledger_digest:
            missing = list(entry.happenings)
            beyond: list[Happening] = []
            for known in _as_ledgers_tell(stored):
                match = next((h for h in missing if _is_same(known, h)), None)
                if match is None:
                    beyond.append(known)
                else:
                    missing.remove(match)
                    self._filled_in_later(entry.row, known, match)
            if beyond and missing:
                self.made.faults.append(_contradiction(entry, beyond[0], missing))
                return
            if beyond:
                self.warn(entry.row, "系统中的办件已有后续事项，本行是较早的内容，未改动")
            elif stored.happenings[0].facts.get("person_digest") != digests["person_digest"]:
                self.warn(entry.row, "申请人信息或者备注与系统中不同，未改动系统中的这些内容")
        steps = _in_order([*missing, *_missing_reviews(self.made, reviews, stored)])
        if steps:
            self._go_on(stored, steps, entry.row)
        else:
            self.made.unchanged += 1

    def _filled_in_later(self, row: Row, known: Happening, match: Happening) -> None:
        later = [
            fact.label
            for fact in statute.BY_EVENT[known.event].facts
            if fact.name in _LEDGER_FACTS[known.event] and fact.name in match.facts and fact.name not in known.facts
        ]
        if later:
            self.warn(row, f"“{known.event.label}”的“{'”“'.join(later)}”是登记后才填的，未改动系统中的办件")

    def _go_on(self, stored: _Stored, steps: Sequence[Happening], row: Row) -> None:
        if not steps:
            return
        try:
            steps = _numbered(steps, stored.folded)
            _rehearse(stored.folded, steps, row, self.calendar, self.warn)
        except Refusal as refusal:
            self.made.faults.append(f"{row.place}第{row.number}行：{refusal}")
            return
        self.made.continued += 1
        seen = Counter(h.event for h in stored.whole_log)
        commands = _commands(self.agency_id, stored.folded.number, steps, self.actor, seen)
        self.made.histories.append(History(commands, stored.case_id))


def _as_ledgers_tell(stored: _Stored) -> Iterator[Happening]:
    """What the log tells as a ledger would: the registration as it stands now, the steps that have a column.

    A consultation is named by the day it was sent instead of its number; a withdrawal or a merger is an ending like
    any other; what came after a first reply was set aside has no column.
    """
    folded = stored.folded
    sent = {inquiry.number: inquiry.sent for inquiry in folded.inquiries}
    for happening in stored.happenings:
        event, facts = happening.event, happening.facts
        if event is EventKind.REOPEN:
            return
        if event in (EventKind.REGISTER, EventKind.ARRIVE):
            now = {"applicant_kind": folded.applicant_kind, "subject": folded.subject}
            yield Happening(EventKind.REGISTER, folded.received or happening.happened_on, {**facts, **now})
        elif event is EventKind.OPINIONS_IN:
            yield replace(happening, facts={_SENT: sent[facts["consultation"]]})
        elif event in (EventKind.WITHDRAW, EventKind.MERGE):
            yield Happening(EventKind.CLOSE, happening.happened_on, {"outcome": Outcome.OTHER_MISC})
        elif event in _LEDGER_FACTS:
            yield happening


def _numbered(steps: Sequence[Happening], known: case.Case | None) -> list[Happening]:
    """The steps with each consultation that ended named by its number in the log, which goes on from ``known``."""
    waiting = {} if known is None else {i.number: i.sent for i in known.inquiries if i.ended is None}
    made = 0 if known is None else known.inquiries_made
    numbered = []
    for step in steps:
        if step.event is EventKind.CONSULT:
            made += 1
            waiting[made] = step.happened_on
        if step.event is EventKind.OPINIONS_IN:
            number = next(number for number, sent in waiting.items() if sent == step.facts[_SENT])
            del waiting[number]
            numbered.append(replace(step, facts={"consultation": number}))
        else:
            numbered.append(step)
    return numbered


def _rehearse(
    start: case.Case | None, happenings: Sequence[Happening], row: Row, calendar: WorkCalendar, warn: Warn
) -> None:
    """Live through the happenings without storing them; warn of what was irregular or late."""
    folded = start
    for happening in happenings:
        folded, irregular = options.follow(folded, happening, calendar, recorded=True)
        if irregular is not None:
            warn(row, f"{irregular.sentence}，照实登记（{irregular.article}）")
        if happening.event is EventKind.OPINIONS_IN:
            asked = next(i for i in folded.inquiries if i.number == happening.facts["consultation"])
            days = calendar.count(asked.sent, happening.happened_on)
            if days > clock.OPINION_DAYS:
                warn(
                    row,
                    f"{asked.sent} 发出的征求意见用时 {days} 个工作日，超过 {clock.OPINION_DAYS} 个（条例第三十二条）",
                )
        if happening.event is EventKind.DECIDE:
            due = periods.deadlines(folded, calendar)[-1].due_on
            if due is not None and happening.happened_on > due:
                warn(row, f"答复日期 {happening.happened_on} 晚于答复期限 {due}（条例第三十三条）")


def _commands(
    agency_id: int, number: str, happenings: Sequence[Happening], actor: str, seen: Counter[EventKind]
) -> list[Command]:
    commands = []
    for happening in happenings:
        seen[happening.event] += 1
        command_id = f"ledger:{agency_id}:{number}:{happening.event}:{seen[happening.event]}"
        commands.append(Command(happening, command_id, actor, recorded=True))
    return commands


_ENDING_FACTS = ("outcome", "reply_number")
_LEDGER_FACTS: dict[EventKind, tuple[str, ...]] = {
    EventKind.REGISTER: ("number", "applicant_kind", "subject", "channel", "submitted_on"),
    EventKind.ASK_CORRECTION: ("until",),
    EventKind.CORRECT: (),
    EventKind.CONSULT: (),
    EventKind.OPINIONS_IN: (_SENT,),
    EventKind.EXTEND: ("working_days",),
    EventKind.BILL: ("billed_yuan",),
    EventKind.PAY: ("received_yuan",),
    EventKind.DECIDE: _ENDING_FACTS,
    EventKind.LAPSE: _ENDING_FACTS,
    EventKind.CLOSE: _ENDING_FACTS,
}
"""The steps that a ledger has columns for, and the facts of each."""


def _is_same(known: Happening, now: Happening) -> bool:
    """Whether a row tells of the same happening as the log: an optional fact may have been filled in since."""
    return (known.event, known.happened_on) == (now.event, now.happened_on) and all(
        now.facts.get(name) == known.facts[name] for name in _LEDGER_FACTS[known.event] if name in known.facts
    )


_DAY_COLUMN = {
    EventKind.REGISTER: "收到日期",
    EventKind.ASK_CORRECTION: "补正告知日期",
    EventKind.CORRECT: "补正收到日期",
    EventKind.CONSULT: "征求意见发出日期",
    EventKind.OPINIONS_IN: "征求意见结束日期",
    EventKind.EXTEND: "延期告知日期",
    EventKind.BILL: "收费通知日期",
    EventKind.PAY: "缴费日期",
    EventKind.DECIDE: "答复日期",
    EventKind.LAPSE: "答复日期",
    EventKind.CLOSE: "答复日期",
}


def _contradiction(entry: LedgerCase, known: Happening, instead: Sequence[Happening]) -> str:
    """What the system has and the row has not, and what stands there instead."""
    day = f"“{_DAY_COLUMN[known.event]}”"
    now = next((h for h in instead if h.event is known.event), None)
    if now is None:
        what = f"{known.event.label}的{day}系统为 {known.happened_on}，本行没有"
    else:
        pairs: list[tuple[str, object, object]] = [(day, known.happened_on, now.happened_on)]
        pairs += [
            (f"“{fact.label}”", known.facts.get(fact.name), now.facts.get(fact.name))
            for fact in statute.BY_EVENT[known.event].facts
            if fact.name in known.facts and fact.name in _LEDGER_FACTS[known.event]
        ]
        what = "；".join(
            f"{name}系统为“{_shown(stored)}”，本行为“{_shown(given)}”"
            for name, stored, given in pairs
            if stored != given
        )
    return f"{entry.row.at('登记编号')}：“{entry.number}”已在系统中，{what}，应与系统一致"


def _shown(value: object) -> str:
    if value is None:
        return "空"
    return value.label if isinstance(value, Term) else str(value)


def _missing_reviews(made: Plan, reviews: Sequence[LedgerReview], stored: _Stored) -> list[Happening]:
    known = {(r.kind, r.accepted): (r.number, r) for r in stored.folded.reviews}
    steps = []
    for review in reviews:
        match = known.get((review.kind, review.accepted))
        if match is None:
            continue
        index, record = match
        if review.concluded is not None and record.concluded is None:
            facts = {"review": index, "result": review.result}
            steps.append(Happening(EventKind.CONCLUDE_REVIEW, review.concluded, facts))
        elif review.concluded is None and record.concluded is not None:
            # An older copy of the ledger: the system knows how it ended.
            continue
        elif (record.result, record.concluded) != (review.result, review.concluded):
            made.faults.append(
                f"{review.row.at('结果')}：“{review.result.label}”与系统中的“{record.result.label}”"
                f"（结案 {record.concluded}）不一致，应与系统一致"
            )
    fresh = [r for r in reviews if (r.kind, r.accepted) not in known]
    named = {(r.kind, r.accepted) for r in reviews}
    for review in fresh:
        pending = [
            record.accepted
            for key, (_, record) in known.items()
            if key not in named and record.kind is review.kind and record.concluded is None
        ]
        if pending:
            made.faults.append(
                f"{review.row.at('受理日期')}：“{review.row.get('受理日期')}”与系统中 {pending[0]} 受理、尚未审结的"
                f"“{review.kind.label}”不一致，应与系统一致，或者同时列出两件"
            )
    return steps + _review_happenings(fresh, stored.folded.reviews_made)


def store(
    connection: Connection, agency_id: int, made: Plan, cipher: FieldCipher, now: datetime
) -> Iterator[desk.Done]:
    """Carry the plan out in the caller's transaction, through the one door; yields as cases are written.

    Raises InputFault with all sentences if the plan has faults.
    """
    if made.faults:
        raise InputFault(made.faults)
    yield from desk.perform_all(connection, agency_id, made.histories, cipher, now)
