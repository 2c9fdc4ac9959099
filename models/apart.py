"""各机关的数据分开: what PostgreSQL itself lets somebody who is signed in, or a client of the interface, see and write.

Their transactions act as the role :data:`DESK` with the agencies in reach set (``yishen.reach``); each table below has
a policy for that role and one for the application's own role, which tasks and commands act as, that lets all through.
Where no reach is set nothing is there. Every table that belongs to an agency is in one of the two lists here. A change
of them reaches a database with its next migration (:mod:`runtime.row_security`).
"""

from __future__ import annotations

DESK = "yishen_desk"
"""Acts for who is signed in; has the grants of the application's role, and sees what the policies let it."""

REACH = "yishen.reach"
"""The setting of a transaction that holds the agencies in reach, as an array: ``{1,2}``."""

_IN_REACH = f"= ANY ((SELECT coalesce(nullif(current_setting('{REACH}', true), ''), '{{}}')::bigint[])::bigint[])"
# A subquery by itself, or it would be worked out for each row.
_AGENCY = f"agency_id {_IN_REACH}"


def _of(parent: str, column: str) -> str:
    """Belongs to a row of ``parent``, which has a policy of its own: what is not seen there has nothing here."""
    return f"EXISTS (SELECT FROM {parent} parent WHERE parent.id = {column})"


def _whose(parent: str, column: str) -> str:
    """Belongs to a row of ``parent``, which has no policy but an agency."""
    agency = f"SELECT parent.agency_id FROM {parent} parent WHERE parent.id = {column}"  # noqa: S608 - names of ours
    return f"({agency}) {_IN_REACH}"


AGENCY_OF_CASE = "agency_of_case"
"""A function of the owner's, who sees every case: a first event is written in one statement with its case."""

APART: dict[str, tuple[str, str]] = {
    **dict.fromkeys(
        (
            "request_case",
            "applicant",
            "deadline",
            "fee",
            "review",
            "reminder",
            "inbox_item",
            "counter",
            "outbox",
            "report",
            "area_issue",
            "report_publication",
            "normative_document",
            "proactive_figure",
            "case_words",
            "draft",
            "attachment",
            "practice_change",
            "letter",
            "letter_issue",
            "letter_template",
        ),
        (_AGENCY, _AGENCY),
    ),
    "case_event": (_of("request_case", "case_id"), f"coalesce({AGENCY_OF_CASE}(case_id) {_IN_REACH}, true)"),
    **dict.fromkeys(
        ("report_cell", "report_text", "report_issue", "report_issue_case", "report_issue_share"),
        (_of("report", "report_id"), _of("report", "report_id")),
    ),
    "approval": (_of("draft", "draft_id"), _of("draft", "draft_id")),
    "saved_view": (_whose("user_account", "user_id"), _whose("user_account", "user_id")),
    "api_call": (_whose("api_client", "client_id"), _whose("api_client", "client_id")),
}
"""Which rows of a table are seen, and which may be written."""

SEEN_BY_ALL = frozenset({"case_words"})
"""Of these tables rows of others may be seen, not written: pairs of characters of what is asked for, found by an index
that PostgreSQL would not use under a policy (decision 0026)."""

TOGETHER = {
    "agency": "names, codes and who stands above whom, for everybody",
    "user_account": "a login is one's own in all agencies; found before it is known which agency is in reach",
    "user_session": "found by the digest of a token",
    "api_client": "found by the digest of a token",
    "audit_event": "the chain of no agency too is written and read by all; shown by agency",
    "calendar_revision": "no case, no person; the national ones are everybody's",
    "calendar_day": "as calendar_revision",
    "job_run": "which jobs ran",
}
"""What belongs to an agency or to somebody and has no policy, and why."""
