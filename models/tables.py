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
    ``totp_confirmed_at`` on; ``totp_last_step`` is the last half minute whose code was used. ``subject`` is who they
    are to the identity ``provider`` (its issuer) through which they may sign in; null: not bound to one.
    """

    __tablename__ = "user_account"
    __table_args__ = (
        UniqueConstraint("agency_id", "name"),
        UniqueConstraint("provider", "subject"),
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
    provider: str | None = Field(default=None, sa_column=Column(Text))
    subject: str | None = Field(default=None, sa_column=Column(Text))
    created_at: datetime = _instant()


class UserSession(SQLModel, table=True):
    """登录: somebody signed in with one browser, from ``made_at`` until ``ends_at`` at the latest.

    Of its token only the SHA-256 is stored. ``level`` is ``password`` until the second factor is given. ``flash``
    holds sentences for the next page, each ``[kind, text]``. ``by_provider``: opened by an identity provider, so that a
    password that is old or was never changed is nobody's concern. ``kept_form``: a form, sealed, that came at
    ``kept_at``, after the session had ended by itself; it is for the same person for an hour.
    """

    __tablename__ = "user_session"
    __table_args__ = (
        Index("ix_user_session_of", "user_id", postgresql_where=text("revoked_at IS NULL")),
        Index("ix_user_session_kept", "kept_at", postgresql_where=text("kept_at IS NOT NULL")),
        CheckConstraint("(kept_form IS NULL) = (kept_at IS NULL)", name="kept_with_its_time"),
    )

    id: int = _id()
    token_digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))
    user_id: int = Field(sa_column=Column(BigInteger, ForeignKey("user_account.id"), nullable=False))
    level: str = Field(sa_column=Column(Text, nullable=False))
    address: str | None = Field(default=None, sa_column=Column(Text))
    made_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    seen_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    ends_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False, index=True))
    revoked_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    by_provider: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))
    flash: list[list[str]] = Field(
        default_factory=list, sa_column=Column(JSONB, nullable=False, server_default=text("'[]'"))
    )
    kept_form: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    kept_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))


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
        # Counts the failures of an address before a password is looked at.
        Index("ix_audit_event_failures", "address", "at", postgresql_where=text("kind = 'sign_in_failed'")),
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


class ApiClient(SQLModel, table=True):
    """接口账号: a program of somebody else's that works with an agency's cases, known by its token.

    Of the token only the SHA-256 is stored, and its first characters, to tell it from others. ``scopes`` are values of
    ``Scope``. ``below``: it may read in the agencies under its own too. It ends with the day ``expires_on``, and opens
    nothing before its scopes are confirmed (``approved_at``). ``asked_scopes`` are those that it is to have instead
    when somebody other than ``asked_by`` has confirmed them.
    """

    __tablename__ = "api_client"
    __table_args__ = (
        UniqueConstraint("agency_id", "name"),
        CheckConstraint("(asked_scopes IS NULL) = (asked_by IS NULL)", name="asked_by_somebody"),
    )

    id: int = _id()
    agency_id: int = _agency()
    name: str = Field(sa_column=Column(Text, nullable=False))
    token_digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))
    token_prefix: str = Field(sa_column=Column(Text, nullable=False))
    scopes: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    asked_scopes: list[str] | None = Field(default=None, sa_column=Column(ARRAY(Text)))
    asked_by: str | None = Field(default=None, sa_column=Column(Text))
    below: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))
    made_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    made_by: str = Field(sa_column=Column(Text, nullable=False))
    approved_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    approved_by: str | None = Field(default=None, sa_column=Column(Text))
    last_used_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    expires_on: date | None = Field(default=None, sa_column=Column(Date))
    revoked_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))


class ApiCall(SQLModel, table=True):
    """接口调用: what a client had done under an Idempotency-Key, and what it was told. Append-only.

    ``body_digest`` is a keyed digest of what was asked for; ``answer`` holds numbers and days, no applicant's data.
    Written in the transaction of what was done.
    """

    __tablename__ = "api_call"

    client_id: int = Field(sa_column=Column(BigInteger, ForeignKey("api_client.id"), primary_key=True))
    key: str = Field(sa_column=Column(Text, primary_key=True))
    body_digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    status: int = Field(sa_column=Column(Integer, nullable=False))
    answer: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    made_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


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
        # Covers the roll-up of the annual report: it reads no table row, and no case that ended before the year.
        Index(
            "ix_request_case_rollup",
            "agency_id",
            text("coalesce(closed_on, 'infinity'::date)"),
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
        Index(
            "ix_request_case_came_back",
            "agency_id",
            postgresql_where=text("NOT is_open AND (snapshot #>> '{services,-1,returned}') IS NOT NULL"),
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


class Draft(SQLModel, table=True):
    """拟办稿: a step of a case as an officer proposes it, where the agency has such steps approved first.

    ``facts`` are those of the step as the log writes them; ``route`` the roles that must agree, in order, as the agency
    had it when the draft was made; ``version`` the number of entries that the case's log had then. The opinions are
    in ``approval``. Only ``state`` ever changes; of a case and a kind at most one draft is under way.
    """

    __tablename__ = "draft"
    __table_args__ = (
        Index(
            "ix_draft_under_way",
            "case_id",
            "kind",
            unique=True,
            postgresql_where=text("state IN ('in_review', 'approved')"),
        ),
        Index("ix_draft_state", "agency_id", "state", "id"),
        Index("ix_draft_author", "by_id", "state"),
    )

    id: int = _id()
    agency_id: int = _agency()
    case_id: int = Field(sa_column=Column(BigInteger, ForeignKey("request_case.id"), nullable=False, index=True))
    kind: str = Field(sa_column=Column(Text, nullable=False))
    facts: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    route: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    version: int = Field(sa_column=Column(Integer, nullable=False))
    by_id: int = Field(sa_column=Column(BigInteger, ForeignKey("user_account.id"), nullable=False))
    by: str = Field(sa_column=Column(Text, nullable=False))
    at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    command_id: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    state: str = Field(sa_column=Column(Text, nullable=False))


class Approval(SQLModel, table=True):
    """审批意见: what each of those who must approve a draft said, in the order of its route. Append-only."""

    __tablename__ = "approval"

    draft_id: int = Field(sa_column=Column(BigInteger, ForeignKey("draft.id"), primary_key=True))
    place: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    role: str = Field(sa_column=Column(Text, nullable=False))
    by_id: int = Field(sa_column=Column(BigInteger, ForeignKey("user_account.id"), nullable=False))
    by: str = Field(sa_column=Column(Text, nullable=False))
    verdict: str = Field(sa_column=Column(Text, nullable=False))
    words: str = Field(sa_column=Column(Text, nullable=False))
    at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class Attachment(SQLModel, table=True):
    """附件: the content of a file on a case, sealed; append-only. What it is, its event in the log says.

    ``sha256`` is that of the content in clear, as the event has it.
    """

    __tablename__ = "attachment"
    __table_args__ = (
        ForeignKeyConstraint(
            ["case_id", "seq"], ["case_event.case_id", "case_event.seq"], name="fk_attachment_event_case_event"
        ),
    )

    case_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    seq: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    agency_id: int = _agency()
    sha256: str = Field(sa_column=Column(Text, nullable=False))
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class LetterTemplate(SQLModel, table=True):
    """文书模板: an agency's own template of a kind of letter. Append-only: the newest version is the one that counts.

    ``content`` is the docx, without anybody's data; null: from then on the default template again (not ``active``).
    """

    __tablename__ = "letter_template"
    __table_args__ = (
        CheckConstraint("version >= 1", name="numbered_from_one"),
        CheckConstraint("active = (content IS NOT NULL)", name="active_with_content"),
    )

    agency_id: int = Field(sa_column=Column(BigInteger, ForeignKey("agency.id"), primary_key=True))
    code: str = Field(sa_column=Column(Text, primary_key=True))
    version: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    content: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    sha256: str | None = Field(default=None, sa_column=Column(Text))
    active: bool
    uploaded_by: str = Field(sa_column=Column(Text, nullable=False))
    uploaded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class Letter(SQLModel, table=True):
    """文书: a letter of a case, by its ``code`` in the catalogue; the text is in ``letter_issue``.

    ``event`` is the step that is recorded when it is sent, with ``facts`` as the log writes them; a letter about
    what the log has already has none; ``place`` says which of several such steps it is about. ``texts`` are fields as
    the officer words them. ``version`` is how many entries the log had when it was made;
    ``draft_id`` the approved draft that its facts are from. ``batch`` names the batch that it belongs to, ``fault`` is
    why it could not be made there. Only what happens to the paper ever changes.
    """

    __tablename__ = "letter"
    __table_args__ = (
        UniqueConstraint("case_id", "code", "round"),
        Index("ix_letter_state", "agency_id", "state", "id"),
        Index("ix_letter_batch", "agency_id", "batch", "id", postgresql_where=text("batch IS NOT NULL")),
    )

    id: int = _id()
    agency_id: int = _agency()
    case_id: int = Field(sa_column=Column(BigInteger, ForeignKey("request_case.id"), nullable=False))
    code: str = Field(sa_column=Column(Text, nullable=False))
    round: int = Field(sa_column=Column(Integer, nullable=False))
    event: str | None = Field(default=None, sa_column=Column(Text))
    place: int | None = Field(default=None, sa_column=Column(Integer))
    facts: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    texts: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(JSONB, nullable=False, server_default=text("'{}'"))
    )
    version: int = Field(sa_column=Column(Integer, nullable=False))
    draft_id: int | None = Field(default=None, sa_column=Column(BigInteger, ForeignKey("draft.id")))
    batch: str | None = Field(default=None, sa_column=Column(Text))
    made_by: str = Field(sa_column=Column(Text, nullable=False))
    made_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    command_id: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    state: str = Field(sa_column=Column(Text, nullable=False))
    fault: str | None = Field(default=None, sa_column=Column(Text))
    means: str | None = Field(default=None, sa_column=Column(Text))
    tracking: str | None = Field(default=None, sa_column=Column(Text))
    sent_on: date | None = Field(default=None, sa_column=Column(Date))
    sent_by: str | None = Field(default=None, sa_column=Column(Text))
    delivered_on: date | None = Field(default=None, sa_column=Column(Date))
    returned_on: date | None = Field(default=None, sa_column=Column(Date))
    reason: str | None = Field(default=None, sa_column=Column(Text))


class LetterIssue(SQLModel, table=True):
    """签发文本: a letter as it was checked and signed, with its 文号. Append-only: number and text never change.

    ``series`` and ``serial`` are what the number was counted by, within the year. ``content`` is the docx, sealed;
    ``sha256`` that of the docx in clear; ``made_from`` keyed digests of all that was filled into it, by its field.
    ``template_version`` null: the default template. ``version``: how many entries the case's log had then.
    """

    __tablename__ = "letter_issue"
    __table_args__ = (
        UniqueConstraint("agency_id", "number"),
        UniqueConstraint("agency_id", "series", "year", "serial"),
    )

    letter_id: int = Field(sa_column=Column(BigInteger, ForeignKey("letter.id"), primary_key=True, autoincrement=False))
    agency_id: int = _agency()
    series: str | None = Field(default=None, sa_column=Column(Text))
    year: int = Field(sa_column=Column(Integer, nullable=False))
    serial: int | None = Field(default=None, sa_column=Column(Integer))
    number: str | None = Field(default=None, sa_column=Column(Text))
    template_version: int | None = Field(default=None, sa_column=Column(Integer))
    version: int = Field(sa_column=Column(Integer, nullable=False))
    sha256: str = Field(sa_column=Column(Text, nullable=False))
    made_from: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    signed_on: date = Field(sa_column=Column(Date, nullable=False))
    signed_by: str = Field(sa_column=Column(Text, nullable=False))
    signed_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


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


class PracticeChange(SQLModel, table=True):
    """设置变更: one choice of an agency changed: what it was and is, by whom, when and why. Append-only.

    ``before`` and ``after`` are the values as ``agency.settings`` keeps them; where it kept none, the default.
    """

    __tablename__ = "practice_change"
    __table_args__ = (Index("ix_practice_change_of", "agency_id", "id"),)

    id: int = _id()
    agency_id: int = _agency()
    name: str = Field(sa_column=Column(Text, nullable=False))
    before: Any = Field(sa_column=Column(JSONB, nullable=False))
    after: Any = Field(sa_column=Column(JSONB, nullable=False))
    actor: str = Field(sa_column=Column(Text, nullable=False))
    reason: str = Field(sa_column=Column(Text, nullable=False))
    changed_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


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


class ReportIssueShare(SQLModel, table=True):
    """定稿所计复议、诉讼和收费: what one review or one fee notice of a case adds to a cell of a sealed version.

    ``path`` and ``position`` are those of ``report_cell`` (reviews/reconsideration, fees/billed_yuan …), ``round`` is
    the number of the review or notice in its case, ``seq`` how far the case's log had come. Append-only like the
    version, whose hash covers these rows. Versions that were sealed before these were kept have none.
    """

    __tablename__ = "report_issue_share"
    __table_args__ = (Index("ix_report_issue_share_of", "case_id"),)

    report_id: int = Field(sa_column=Column(BigInteger, ForeignKey("report.id"), primary_key=True))
    version: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    path: str = Field(sa_column=Column(Text, primary_key=True))
    position: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    case_id: int = Field(sa_column=Column(BigInteger, ForeignKey("request_case.id"), primary_key=True))
    round: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    seq: int = Field(sa_column=Column(Integer, nullable=False))
    value: Decimal = Field(sa_column=Column(Numeric, nullable=False))


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
api_client: Table = metadata.tables["api_client"]
api_call: Table = metadata.tables["api_call"]
applicant: Table = metadata.tables["applicant"]
request_case: Table = metadata.tables["request_case"]
case_words: Table = metadata.tables["case_words"]
case_event: Table = metadata.tables["case_event"]
attachment: Table = metadata.tables["attachment"]
letter_template: Table = metadata.tables["letter_template"]
letter: Table = metadata.tables["letter"]
letter_issue: Table = metadata.tables["letter_issue"]
draft: Table = metadata.tables["draft"]
approval: Table = metadata.tables["approval"]
deadline: Table = metadata.tables["deadline"]
fee: Table = metadata.tables["fee"]
review: Table = metadata.tables["review"]
practice_change: Table = metadata.tables["practice_change"]
counter: Table = metadata.tables["counter"]
sealing_key: Table = metadata.tables["sealing_key"]
calendar_revision: Table = metadata.tables["calendar_revision"]
calendar_day: Table = metadata.tables["calendar_day"]
proactive_figure: Table = metadata.tables["proactive_figure"]
report: Table = metadata.tables["report"]
report_cell: Table = metadata.tables["report_cell"]
report_issue: Table = metadata.tables["report_issue"]
report_issue_case: Table = metadata.tables["report_issue_case"]
report_issue_share: Table = metadata.tables["report_issue_share"]
area_issue: Table = metadata.tables["area_issue"]
report_publication: Table = metadata.tables["report_publication"]
report_text: Table = metadata.tables["report_text"]
normative_document: Table = metadata.tables["normative_document"]
outbox: Table = metadata.tables["outbox"]
job_run: Table = metadata.tables["job_run"]
reminder: Table = metadata.tables["reminder"]
inbox_item: Table = metadata.tables["inbox_item"]
