"""The tables. ``case_event`` is the truth; every table marked *derived* can be made again from it.

Days in law are ``date`` (Asia/Shanghai); instants are ``timestamptz`` in UTC; money is ``numeric`` in yuan.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    false,
    func,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

metadata = SQLModel.metadata
# Names that alembic and PostgreSQL agree on, so that a later migration can name what it changes.
metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def _id() -> Any:
    return Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))


def _instant() -> Any:
    return Field(default=None, sa_column=Column(DateTime(timezone=True), nullable=False, server_default=func.now()))


def _agency() -> Any:
    return Field(sa_column=Column(BigInteger, ForeignKey("agency.id"), nullable=False))


class Agency(SQLModel, table=True):
    """行政机关: the agency whose disclosure office (政府信息公开工作机构) works here.

    ``parent_id`` is the authority (政府信息公开工作主管部门) whose area report takes this agency's figures in.
    """

    __tablename__ = "agency"

    id: int = _id()
    code: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    name: str = Field(sa_column=Column(Text, nullable=False))
    parent_id: int | None = Field(default=None, sa_column=Column(BigInteger, ForeignKey("agency.id"), index=True))
    settings: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(JSONB, nullable=False, server_default=text("'{}'"))
    )
    created_at: datetime = _instant()


class UserAccount(SQLModel, table=True):
    """工作人员: a person of the office: the name, what they do, where reminders go, and how they sign in.

    ``outlets`` are the channels besides the inbox; ``addresses`` holds their addresses, sealed (a push address
    carries a key). ``feed_index`` is the digest of the key of the person's calendar feed (.ics); null: no feed.

    Without a ``login`` somebody is reminded and cannot sign in. ``login`` is case-folded and unique over the whole
    installation; ``password_hash`` is argon2id's own text; ``totp_secret`` is sealed and counts from
    ``totp_confirmed_at`` on; ``totp_last_step`` is the last half minute whose code was used.
    """

    __tablename__ = "user_account"
    __table_args__ = (
        UniqueConstraint("agency_id", "name"),
        CheckConstraint("login IS NULL OR password_hash IS NOT NULL", name="login_with_password"),
        CheckConstraint(
            "cardinality(roles) <= 1 OR NOT roles && "
            "ARRAY['system_administrator', 'security_administrator', 'audit_administrator']",
            name="administrators_apart",
        ),
    )

    id: int = _id()
    agency_id: int = _agency()
    name: str = Field(sa_column=Column(Text, nullable=False))
    roles: list[str] = Field(
        default_factory=list, sa_column=Column(ARRAY(Text), nullable=False, server_default=text("'{}'"))
    )
    active: bool = Field(default=True, sa_column=Column(Boolean, nullable=False, server_default=true()))
    outlets: list[str] = Field(
        default_factory=list, sa_column=Column(ARRAY(Text), nullable=False, server_default=text("'{}'"))
    )
    addresses: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    feed_index: bytes | None = Field(default=None, sa_column=Column(LargeBinary, unique=True))
    login: str | None = Field(default=None, sa_column=Column(Text, unique=True))
    password_hash: str | None = Field(default=None, sa_column=Column(Text))
    password_changed_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    must_change: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))
    failed_count: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default=text("0")))
    locked_until: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    totp_secret: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    totp_confirmed_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    totp_last_step: int | None = Field(default=None, sa_column=Column(BigInteger))
    created_at: datetime = _instant()


class UserSession(SQLModel, table=True):
    """登录: somebody signed in with one browser, from ``made_at`` until ``ends_at`` at the latest.

    Of its token only the SHA-256 is stored. ``level`` is ``password`` until the second factor is given. ``flash``
    holds sentences for the next page, each ``[kind, text]``.
    """

    __tablename__ = "user_session"
    __table_args__ = (Index("ix_user_session_of", "user_id", postgresql_where=text("revoked_at IS NULL")),)

    id: int = _id()
    token_digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))
    user_id: int = Field(sa_column=Column(BigInteger, ForeignKey("user_account.id"), nullable=False))
    level: str = Field(sa_column=Column(Text, nullable=False))
    address: str | None = Field(default=None, sa_column=Column(Text))
    made_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    seen_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    ends_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False, index=True))
    revoked_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    flash: list[list[str]] = Field(
        default_factory=list, sa_column=Column(JSONB, nullable=False, server_default=text("'[]'"))
    )


class SavedView(SQLModel, table=True):
    """常用查询: what somebody looks for in the list of cases again and again; sealed, as it may name a person."""

    __tablename__ = "saved_view"

    user_id: int = Field(sa_column=Column(BigInteger, ForeignKey("user_account.id"), primary_key=True))
    name: str = Field(sa_column=Column(Text, primary_key=True))
    query: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class SetupCode(SQLModel, table=True):
    """首次设置码: opens the page that makes the first administrators, once. Only the newest code's digest is there."""

    __tablename__ = "setup_code"

    digest: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    made_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class AuditEvent(SQLModel, table=True):
    """审计日志: who signed in, who was refused, who changed what and looked at what. Append-only, a chain per agency.

    ``agency_id`` null is the chain of what belongs to no agency. ``object`` names what it was done to (a login, a
    case's number); ``detail`` holds no personal data. ``hash`` covers every other column but ``id``.
    """

    __tablename__ = "audit_event"
    __table_args__ = (
        UniqueConstraint("agency_id", "seq", postgresql_nulls_not_distinct=True),
        Index("ix_audit_event_kind", "kind", "id"),
    )

    id: int = _id()
    agency_id: int | None = Field(default=None, sa_column=Column(BigInteger, ForeignKey("agency.id")))
    seq: int = Field(sa_column=Column(BigInteger, nullable=False))
    at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    actor: str = Field(sa_column=Column(Text, nullable=False))
    kind: str = Field(sa_column=Column(Text, nullable=False))
    object: str = Field(sa_column=Column(Text, nullable=False))
    detail: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    address: str | None = Field(default=None, sa_column=Column(Text))
    previous_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class Applicant(SQLModel, table=True):
    """申请人, as named in one request. Personal fields are sealed (see models/personal.py), never in clear."""

    __tablename__ = "applicant"
    __table_args__ = (Index("ix_applicant_agency_id_name", "agency_id", "name"),)

    id: int = _id()
    agency_id: int = _agency()
    kind: str = Field(sa_column=Column(Text, nullable=False))
    name: str | None = Field(default=None, sa_column=Column(Text))
    identity_number: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    telephone: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    email: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    address: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    representative: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    # Keyed digests that find the same person again without opening the fields above.
    identity_index: bytes | None = Field(default=None, sa_column=Column(LargeBinary, index=True))
    telephone_index: bytes | None = Field(default=None, sa_column=Column(LargeBinary, index=True))


class RequestCase(SQLModel, table=True):
    """办件: one request for information (政府信息公开申请). Derived from its events.

    ``snapshot`` is the whole folded case as JSON, or null until it is derived again after a migration; the columns
    beside it are those that are searched or counted. ``closed_on`` and ``outcome`` are those of the first final
    reply: a case is counted once. ``received_on`` is null while the day of receipt is not settled (Art. 31).
    ``counted``: the report counts it; ``is_open``: something is still owed. ``came_on``: the day of receipt, or while
    it is not settled the day on which the letter came in; lists are in its order.
    """

    __tablename__ = "request_case"
    __table_args__ = (
        UniqueConstraint("agency_id", "number"),
        # Covers the roll-up of the annual report: it reads no table row.
        Index(
            "ix_request_case_rollup",
            "agency_id",
            "received_on",
            postgresql_include=["closed_on", "outcome", "applicant_kind"],
            postgresql_where=text("counted"),
        ),
        # Opens a cell of the report to the cases that ended in it.
        Index("ix_request_case_ended", "agency_id", "closed_on", postgresql_where=text("counted")),
        Index(
            "ix_request_case_open",
            "agency_id",
            "received_on",
            postgresql_where=text("is_open"),
        ),
        # The orders in which people look through cases, and what they look for.
        Index("ix_request_case_newest", "agency_id", "came_on", "id"),
        Index("ix_request_case_state", "agency_id", "state", "came_on", "id"),
        Index(
            "ix_request_case_outcome",
            "agency_id",
            "outcome",
            "came_on",
            "id",
            postgresql_where=text("outcome IS NOT NULL"),
        ),
        Index(
            "ix_request_case_officer",
            "agency_id",
            "officer",
            "came_on",
            "id",
            postgresql_where=text("officer IS NOT NULL"),
        ),
        Index("ix_request_case_due", "agency_id", "reply_due", "id", postgresql_where=text("is_open")),
        Index("ix_request_case_underived", "id", postgresql_where=text("snapshot IS NULL")),
        CheckConstraint("NOT counted OR (closed_on IS NULL) = (outcome IS NULL)", name="closed_with_outcome"),
        CheckConstraint("closed_on >= received_on", name="closed_after_received"),
    )

    id: int = _id()
    agency_id: int = _agency()
    number: str = Field(sa_column=Column(Text(collation="C"), nullable=False))
    applicant_id: int = Field(sa_column=Column(BigInteger, ForeignKey("applicant.id"), nullable=False, index=True))
    applicant_kind: str = Field(sa_column=Column(Text, nullable=False))
    subject: str = Field(sa_column=Column(Text, nullable=False))
    received_on: date | None = Field(default=None, sa_column=Column(Date))
    came_on: date = Field(sa_column=Column(Date, nullable=False))
    state: str = Field(sa_column=Column(Text, nullable=False))
    counted: bool
    is_open: bool
    outcome: str | None = Field(default=None, sa_column=Column(Text))
    closed_on: date | None = Field(default=None, sa_column=Column(Date))
    reply_due: date | None = Field(default=None, sa_column=Column(Date))
    provisional: bool = Field(default=False)
    officer: str | None = Field(default=None, sa_column=Column(Text))
    calendar_revision: int = Field(default=0)
    version: int = Field(sa_column=Column(Integer, nullable=False))
    head_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    snapshot: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True)))


class CaseWords(SQLModel, table=True):
    """What a case is found by: the words of what is asked for (``workflow/words.py``), with their agency. Derived."""

    __tablename__ = "case_words"
    __table_args__ = (Index("ix_case_words_words", "words", postgresql_using="gin"),)

    case_id: int = Field(sa_column=Column(BigInteger, ForeignKey("request_case.id"), primary_key=True))
    agency_id: int = _agency()
    came_on: date = Field(sa_column=Column(Date, nullable=False))
    words: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))


class CaseEvent(SQLModel, table=True):
    """办件日志: what happened, in order of recording. Append-only: the application may insert and read.

    ``happened_on`` is a day in law; ``recorded_at`` is when we learned it. ``hash`` covers every other column
    and the hash of the event before it, so that no stored byte can change unseen.
    """

    __tablename__ = "case_event"

    case_id: int = Field(sa_column=Column(BigInteger, ForeignKey("request_case.id"), primary_key=True))
    seq: int = Field(sa_column=Column(Integer, primary_key=True))
    kind: str = Field(sa_column=Column(Text, nullable=False))
    happened_on: date = Field(sa_column=Column(Date, nullable=False))
    recorded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    actor: str = Field(sa_column=Column(Text, nullable=False))
    command_id: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    from_state: str | None = Field(default=None, sa_column=Column(Text))
    to_state: str = Field(sa_column=Column(Text, nullable=False))
    article: str = Field(sa_column=Column(Text, nullable=False))
    facts: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    previous_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class Deadline(SQLModel, table=True):
    """期限: a day on which something falls due. Derived by the clock, found by its partial index.

    ``wake_on`` alone is not derived: the first day on which something is to be done about it (a reminder, a lapse).
    A change of the case sets it to the day of the change; the sweep moves it on.
    """

    __tablename__ = "deadline"
    __table_args__ = (
        Index("ix_deadline_open", "due_on", postgresql_where=text("state = 'open'")),
        Index("ix_deadline_wake", "wake_on", "agency_id", postgresql_where=text("state = 'open'")),
        CheckConstraint("state <> 'open' OR due_on IS NOT NULL", name="open_has_a_day"),
    )

    case_id: int = Field(sa_column=Column(BigInteger, ForeignKey("request_case.id"), primary_key=True))
    kind: str = Field(sa_column=Column(Text, primary_key=True))
    round: int = Field(sa_column=Column(Integer, primary_key=True))
    agency_id: int = _agency()
    state: str = Field(sa_column=Column(Text, nullable=False))
    due_on: date | None = Field(default=None, sa_column=Column(Date))
    done_on: date | None = Field(default=None, sa_column=Column(Date))
    article: str = Field(sa_column=Column(Text, nullable=False))
    provisional: bool = Field(default=False)
    calendar_revision: int = Field(default=0)
    wake_on: date = Field(default=None, sa_column=Column(Date, nullable=False, server_default=text("CURRENT_DATE")))


class Fee(SQLModel, table=True):
    """信息处理费: a fee notice of a case, in yuan; ``paid_on`` is the day of the last payment. Derived."""

    __tablename__ = "fee"
    __table_args__ = (
        Index("ix_fee_notified", "agency_id", "notified_on"),
        Index("ix_fee_paid", "agency_id", "paid_on"),
    )

    case_id: int = Field(sa_column=Column(BigInteger, ForeignKey("request_case.id"), primary_key=True))
    round: int = Field(sa_column=Column(Integer, primary_key=True))
    agency_id: int = _agency()
    notified_on: date = Field(sa_column=Column(Date, nullable=False))
    billed_yuan: Decimal = Field(sa_column=Column(Numeric, nullable=False))
    paid_on: date | None = Field(default=None, sa_column=Column(Date))
    received_yuan: Decimal | None = Field(default=None, sa_column=Column(Numeric))


class Review(SQLModel, table=True):
    """行政复议、行政诉讼 of a case. Derived."""

    __tablename__ = "review"
    __table_args__ = (Index("ix_review_rollup", "agency_id", "accepted_on"),)

    case_id: int = Field(sa_column=Column(BigInteger, ForeignKey("request_case.id"), primary_key=True))
    round: int = Field(sa_column=Column(Integer, primary_key=True))
    agency_id: int = _agency()
    kind: str = Field(sa_column=Column(Text, nullable=False))
    accepted_on: date = Field(sa_column=Column(Date, nullable=False))
    result: str = Field(sa_column=Column(Text, nullable=False))
    concluded_on: date | None = Field(default=None, sa_column=Column(Date))


class Counter(SQLModel, table=True):
    """编号计数器: the last number given out, per agency, kind and year. Taken in the case's own transaction."""

    __tablename__ = "counter"

    agency_id: int = Field(sa_column=Column(BigInteger, ForeignKey("agency.id"), primary_key=True))
    kind: str = Field(sa_column=Column(Text, primary_key=True))
    year: int = Field(sa_column=Column(Integer, primary_key=True))
    value: int = Field(sa_column=Column(Integer, nullable=False))


class SealingKey(SQLModel, table=True):
    """加密密钥编号: the keys that personal fields were sealed with, by their ids; never the keys themselves."""

    __tablename__ = "sealing_key"

    key_id: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    first_used_at: datetime = _instant()


class CalendarRevision(SQLModel, table=True):
    """工作日历版本: one loading of days. ``agency_id`` is null for a national notice."""

    __tablename__ = "calendar_revision"

    id: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    agency_id: int | None = Field(default=None, sa_column=Column(BigInteger, ForeignKey("agency.id")))
    # Years that this revision makes final; earlier rules of the same layer for those years no longer hold.
    announced: list[int] = Field(sa_column=Column(ARRAY(Integer), nullable=False))
    source: str = Field(sa_column=Column(Text, nullable=False))
    actor: str = Field(sa_column=Column(Text, nullable=False))
    loaded_at: datetime = _instant()
    # Tells a revision from another of the same number that was rolled back.
    mark: UUID = Field(default=None, sa_column=Column(Uuid, nullable=False, server_default=text("gen_random_uuid()")))


class CalendarDay(SQLModel, table=True):
    """工作日历: a day that departs from the plain week, as one revision gives it."""

    __tablename__ = "calendar_day"

    revision_id: int = Field(
        sa_column=Column(Integer, ForeignKey("calendar_revision.id"), primary_key=True, autoincrement=False)
    )
    day: date = Field(sa_column=Column(Date, primary_key=True))
    working: bool
    name: str = Field(sa_column=Column(Text, nullable=False))


class ProactiveFigure(SQLModel, table=True):
    """主动公开情况: a row of section two, entered with its source, not counted from cases.

    ``edition`` is the form that the row was filled in: reports of 2019 and 2020 are found with either.
    """

    __tablename__ = "proactive_figure"

    agency_id: int = Field(sa_column=Column(BigInteger, ForeignKey("agency.id"), primary_key=True))
    year: int = Field(sa_column=Column(Integer, primary_key=True))
    item: str = Field(sa_column=Column(Text, primary_key=True))
    edition: str = Field(sa_column=Column(Text, nullable=False))
    figures: list[Decimal] = Field(sa_column=Column(ARRAY(Numeric), nullable=False))
    source: str = Field(sa_column=Column(Text, nullable=False))


class Report(SQLModel, table=True):
    """年度报告: one agency's report for one year. A draft follows the log; what is sealed (封存) stays.

    ``state`` is ``draft`` or ``sealed``. ``findings`` are what the checks found when the figures last moved, as the
    JSON of ``report check``.
    """

    __tablename__ = "report"
    __table_args__ = (UniqueConstraint("agency_id", "year"),)

    id: int = _id()
    agency_id: int = _agency()
    year: int = Field(sa_column=Column(Integer, nullable=False))
    edition: str = Field(sa_column=Column(Text, nullable=False))
    state: str = Field(sa_column=Column(Text, nullable=False))
    drafted_at: datetime = _instant()
    findings: list[dict[str, Any]] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True)))


class ReportIssue(SQLModel, table=True):
    """年度报告定稿: one sealed version of a report. Append-only: the application may insert and read.

    ``figures`` is the report's JSON; ``texts`` its texts by section; ``findings`` what the checks found of it and
    was sealed all the same. ``reason`` says why: in the first version only where errors stand. ``hash`` covers every
    other column and the hash of the version before it.
    """

    __tablename__ = "report_issue"
    __table_args__ = (CheckConstraint("version >= 1", name="numbered_from_one"),)

    report_id: int = Field(sa_column=Column(BigInteger, ForeignKey("report.id"), primary_key=True))
    version: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    sealed_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    actor: str = Field(sa_column=Column(Text, nullable=False))
    reason: str | None = Field(default=None, sa_column=Column(Text))
    figures: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    texts: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    findings: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    previous_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class AreaIssue(SQLModel, table=True):
    """本行政区域年度报告定稿: one sealed version of the sum over an authority's agencies. Append-only.

    ``members`` are the agencies as ``report area`` gives them, each with its part and the version that it is from.
    """

    __tablename__ = "area_issue"
    __table_args__ = (CheckConstraint("version >= 1", name="numbered_from_one"),)

    agency_id: int = Field(sa_column=Column(BigInteger, ForeignKey("agency.id"), primary_key=True))
    year: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    version: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    sealed_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    actor: str = Field(sa_column=Column(Text, nullable=False))
    reason: str | None = Field(default=None, sa_column=Column(Text))
    figures: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    members: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    findings: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    previous_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class ReportPublication(SQLModel, table=True):
    """提交和公布: the day on which a year's report was published (Art. 49), and where; its own or the area's."""

    __tablename__ = "report_publication"

    agency_id: int = Field(sa_column=Column(BigInteger, ForeignKey("agency.id"), primary_key=True))
    year: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    of_area: bool = Field(sa_column=Column(Boolean, primary_key=True))
    published_on: date = Field(sa_column=Column(Date, nullable=False))
    place: str = Field(sa_column=Column(Text, nullable=False))
    recorded_by: str = Field(sa_column=Column(Text, nullable=False))
    recorded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class ReportIssueCase(SQLModel, table=True):
    """定稿所计办件: where a sealed version counts a case in table three, so that its cells stay open to their cases.

    ``seq`` is how far the case's log had come; ``is_new`` 本年新收, else 上年结转; ``outcome`` is null for 结转下年度.
    Append-only like the version, whose hash covers these rows.
    """

    __tablename__ = "report_issue_case"
    __table_args__ = (Index("ix_report_issue_case_of", "case_id"),)

    report_id: int = Field(sa_column=Column(BigInteger, ForeignKey("report.id"), primary_key=True))
    version: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    case_id: int = Field(sa_column=Column(BigInteger, ForeignKey("request_case.id"), primary_key=True))
    seq: int = Field(sa_column=Column(Integer, nullable=False))
    applicant_kind: str = Field(sa_column=Column(Text, nullable=False))
    is_new: bool
    outcome: str | None = Field(default=None, sa_column=Column(Text))


class ReportCell(SQLModel, table=True):
    """统计表单元格: one figure of a report's statistics tables, by its path in the report's JSON and its column."""

    __tablename__ = "report_cell"
    __table_args__ = (ForeignKeyConstraint(["report_id"], ["report.id"], ondelete="CASCADE"),)

    report_id: int = Field(sa_column=Column(BigInteger, primary_key=True))
    path: str = Field(sa_column=Column(Text, primary_key=True))
    position: int = Field(sa_column=Column(Integer, primary_key=True))
    value: Decimal = Field(sa_column=Column(Numeric, nullable=False))


class ReportText(SQLModel, table=True):
    """报告文字: a part of a report's text as the office wrote it: a template whose figures are names.

    ``section`` 0 is the paragraph before the first section. Parts that are not here have their default.
    """

    __tablename__ = "report_text"
    __table_args__ = (
        ForeignKeyConstraint(["report_id"], ["report.id"], ondelete="CASCADE"),
        CheckConstraint("section BETWEEN 0 AND 6", name="six_sections"),
    )

    report_id: int = Field(sa_column=Column(BigInteger, primary_key=True))
    section: int = Field(sa_column=Column(Integer, primary_key=True))
    part: str = Field(sa_column=Column(Text, primary_key=True))
    body: str = Field(sa_column=Column(Text, nullable=False))
    edited_by: str = Field(sa_column=Column(Text, nullable=False))
    edited_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class NormativeDocument(SQLModel, table=True):
    """规章和行政规范性文件登记: a document that section two counts as issued, repealed and in force.

    ``kind`` is the key of its row in the report's JSON; ``number`` is its 文号, which names it within the agency.
    """

    __tablename__ = "normative_document"
    __table_args__ = (
        UniqueConstraint("agency_id", "number"),
        CheckConstraint("repealed_on >= issued_on", name="repealed_after_issued"),
    )

    id: int = _id()
    agency_id: int = _agency()
    kind: str = Field(sa_column=Column(Text, nullable=False))
    title: str = Field(sa_column=Column(Text, nullable=False))
    number: str = Field(sa_column=Column(Text, nullable=False))
    issued_on: date = Field(sa_column=Column(Date, nullable=False))
    repealed_on: date | None = Field(default=None, sa_column=Column(Date))
    source: str = Field(sa_column=Column(Text, nullable=False))
    entered_by: str = Field(sa_column=Column(Text, nullable=False))
    entered_at: datetime = _instant()


class Outbox(SQLModel, table=True):
    """待办后续事项: what must follow, written in the transaction of its cause. The row is the job; a message is a hint.

    ``due_at`` is when it may be told (again); ``told_at`` when it last was; only the handler's own transaction sets
    ``done_at``. ``error`` is the last failure, in words.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_waiting", "due_at", "id", postgresql_where=text("done_at IS NULL")),
        Index("ix_outbox_topic", "topic", "agency_id", postgresql_where=text("done_at IS NULL")),
    )

    id: int = _id()
    agency_id: int = _agency()
    topic: str = Field(sa_column=Column(Text, nullable=False))
    dedup: str | None = Field(default=None, sa_column=Column(Text, unique=True))
    payload: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    made_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    due_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    told_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    tellings: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default=text("0")))
    done_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    error: str | None = Field(default=None, sa_column=Column(Text))


class JobRun(SQLModel, table=True):
    """定期任务: a daily or yearly job of an agency, once a period; its row is the election."""

    __tablename__ = "job_run"

    job: str = Field(sa_column=Column(Text, primary_key=True))
    period: str = Field(sa_column=Column(Text, primary_key=True))
    agency_id: int = Field(sa_column=Column(BigInteger, ForeignKey("agency.id"), primary_key=True))
    started_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    done_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    progress: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True)))


class Reminder(SQLModel, table=True):
    """提醒: one milestone of one deadline, to one recipient, by one channel: once, because that is its key.

    ``milestone`` is the number of working days left, negative once overdue. ``for_day`` is the day that it belongs
    to, ``made_on`` the day on which it was made: later, after downtime. In the inbox it is there when made;
    otherwise ``message``
    is the row of the outbox that carries it, and ``sent_at`` says when it went out.
    """

    __tablename__ = "reminder"
    __table_args__ = (
        Index("ix_reminder_inbox", "agency_id", "recipient", "made_on"),
        Index(
            "ix_reminder_unsent",
            "agency_id",
            "recipient",
            "outlet",
            postgresql_where=text("sent_at IS NULL AND outlet <> 'inbox'"),
        ),
    )

    case_id: int = Field(sa_column=Column(BigInteger, ForeignKey("request_case.id"), primary_key=True))
    kind: str = Field(sa_column=Column(Text, primary_key=True))
    round: int = Field(sa_column=Column(Integer, primary_key=True))
    due_on: date = Field(sa_column=Column(Date, primary_key=True))
    milestone: int = Field(sa_column=Column(Integer, primary_key=True))
    recipient: str = Field(sa_column=Column(Text, primary_key=True))
    outlet: str = Field(sa_column=Column(Text, primary_key=True))
    agency_id: int = _agency()
    card: str = Field(sa_column=Column(Text, nullable=False))
    for_day: date = Field(sa_column=Column(Date, nullable=False))
    made_on: date = Field(sa_column=Column(Date, nullable=False))
    message: int | None = Field(default=None, sa_column=Column(BigInteger))
    sent_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    read_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))


class InboxItem(SQLModel, table=True):
    """站内消息: news that belongs to no deadline: a drafted report, a missing calendar, a channel that fails."""

    __tablename__ = "inbox_item"
    __table_args__ = (Index("ix_inbox_item_of", "agency_id", "recipient", "day"),)

    id: int = _id()
    agency_id: int = _agency()
    recipient: str = Field(sa_column=Column(Text, nullable=False))
    day: date = Field(sa_column=Column(Date, nullable=False))
    card: str = Field(sa_column=Column(Text, nullable=False))
    text: str = Field(sa_column=Column(Text, nullable=False))
    dedup: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    made_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    read_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))


# The same tables for statements of SQLAlchemy Core, in which everything that writes or counts is put.
agency: Table = metadata.tables["agency"]
user_account: Table = metadata.tables["user_account"]
user_session: Table = metadata.tables["user_session"]
saved_view: Table = metadata.tables["saved_view"]
setup_code: Table = metadata.tables["setup_code"]
audit_event: Table = metadata.tables["audit_event"]
applicant: Table = metadata.tables["applicant"]
request_case: Table = metadata.tables["request_case"]
case_words: Table = metadata.tables["case_words"]
case_event: Table = metadata.tables["case_event"]
deadline: Table = metadata.tables["deadline"]
fee: Table = metadata.tables["fee"]
review: Table = metadata.tables["review"]
counter: Table = metadata.tables["counter"]
sealing_key: Table = metadata.tables["sealing_key"]
calendar_revision: Table = metadata.tables["calendar_revision"]
calendar_day: Table = metadata.tables["calendar_day"]
proactive_figure: Table = metadata.tables["proactive_figure"]
report: Table = metadata.tables["report"]
report_cell: Table = metadata.tables["report_cell"]
report_issue: Table = metadata.tables["report_issue"]
report_issue_case: Table = metadata.tables["report_issue_case"]
area_issue: Table = metadata.tables["area_issue"]
report_publication: Table = metadata.tables["report_publication"]
report_text: Table = metadata.tables["report_text"]
normative_document: Table = metadata.tables["normative_document"]
outbox: Table = metadata.tables["outbox"]
job_run: Table = metadata.tables["job_run"]
reminder: Table = metadata.tables["reminder"]
inbox_item: Table = metadata.tables["inbox_item"]
