"""封存: a sealed report never changes; what is learned late is told case by case, and corrected by a further version."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, select, text, update

from models.personal import FieldCipher
from models.tables import agency, case_event, report, report_cell, report_issue, report_issue_share, request_case
from models.vocabulary import ApplicantKind, Channel, EventKind, Outcome, ReviewKind, ReviewResult
from reports import amendments, drafts, drilling, findings, issues, sealing, texts, year_end
from reports.edition import TOTAL_LABEL, load_edition
from reports.figures import Figures
from reports.issues import Issue
from reports.rollup import roll_up
from runtime.database import Database
from tests.conftest import NOW
from tests.histories import (
    CaseHistory,
    another_agency,
    commands,
    dockets,
    examples,
    forget_cases,
    perform,
)
from tests.ledgers import write_words
from workflow.case import Happening
from workflow.desk import History
from workflow.faults import InputFault

YEAR = 2024
LATER = NOW + timedelta(hours=1)
HEAD = "分管领导"


def owner(engine: Engine, agency_id: int) -> Any:
    with engine.connect() as connection:
        return connection.execute(select(agency).where(agency.c.id == agency_id)).one()


def received(on: date, kind: ApplicantKind = ApplicantKind.NATURAL_PERSON) -> Happening:
    return Happening(EventKind.REGISTER, on, {"applicant_kind": kind, "subject": "预算"})


def granted(on: date, outcome: Outcome = Outcome.GRANTED) -> Happening:
    return Happening(EventKind.DECIDE, on, {"outcome": outcome})


@pytest.fixture
def office(engine: Engine, agency_id: int, cipher: FieldCipher) -> Office:
    return Office(engine, agency_id, cipher)


class Office:
    """An agency whose year 2024 is over: what it records, seals and reads."""

    def __init__(self, engine: Engine, agency_id: int, cipher: FieldCipher) -> None:
        self.engine, self.cipher, self.row = engine, cipher, owner(engine, agency_id)

    def record(self, *happenings: Happening, case_id: int | None = None, recorded: bool = True) -> int:
        history = History(commands(happenings, recorded=recorded), case_id)
        return perform(self.engine, self.row.id, history, self.cipher, LATER if case_id else NOW).case_id

    def close(self, year: int = YEAR) -> year_end.YearEnd:
        return year_end.run(self.engine, self.row, year, self.cipher, NOW, lambda _, __: None)

    def seal(self, year: int = YEAR, despite: str | None = None) -> Issue:
        self.close(year)
        write_words(self.engine, self.row.id, year)
        with self.engine.begin() as connection:
            return sealing.seal(connection, self.row, year, NOW, HEAD, despite)

    def amend(self, reason: str, year: int = YEAR) -> Issue:
        with self.engine.begin() as connection:
            return sealing.amend(connection, self.row, year, LATER, HEAD, reason)

    def figures(self, year: int = YEAR) -> Figures:
        with self.engine.connect() as connection:
            return roll_up(connection, self.row.id, self.row.name, year)

    def amendments(self, year: int = YEAR) -> list[amendments.Amendment]:
        with self.engine.connect() as connection:
            return sealing.listed(connection, self.row, year)[1]

    def cells(self, year: int = YEAR) -> dict[tuple[str, int], Any]:
        of_year = (report.c.agency_id == self.row.id) & (report.c.year == year)
        cell = select(report_cell.c.path, report_cell.c.position, report_cell.c.value).join(
            report, report.c.id == report_cell.c.report_id
        )
        with self.engine.connect() as connection:
            return {(path, place): value for path, place, value in connection.execute(cell.where(of_year))}

    def number(self, case_id: int) -> str:
        with self.engine.connect() as connection:
            of_case = select(request_case.c.number).where(request_case.c.id == case_id)
            return str(connection.execute(of_case).scalar_one())

    def verified(self) -> list[str]:
        with self.engine.connect() as connection:
            return [finding.message for finding in sealing.verify(connection)[1]]


def test_a_sealed_report_stays_what_it_was_when_the_log_goes_on(office: Office) -> None:
    office.record(received(date(YEAR, 3, 1)), granted(date(YEAR, 3, 20)))
    issue, cells = office.seal(), office.cells()
    assert (issue.version, issue.actor, issue.figures.applications["new"][-1]) == (1, HEAD, 1)
    office.record(received(date(YEAR, 5, 6)), granted(date(YEAR, 5, 20)))
    with office.engine.begin() as connection:
        assert drafts.follow(connection, office.row.id, office.row.name, [YEAR]) == {}
    closed = office.close()
    assert closed.cells_changed == 0
    assert any("已封存（第 1 版），统计表不再改动，封存后有更正事项 3 处" in warning for warning in closed.warnings)
    assert office.cells() == cells
    assert office.figures().applications["new"][-1] == 2
    assert office.verified() == []


def test_closing_the_next_year_leaves_the_sealed_year_before_it_alone(office: Office) -> None:
    office.record(received(date(YEAR, 3, 1)))
    office.seal()
    cells = office.cells()
    office.record(received(date(YEAR, 5, 6)))
    office.close(YEAR + 1)
    assert office.cells() == cells


def test_a_case_learned_late_is_an_amendment_of_each_cell_it_enters(office: Office) -> None:
    office.seal()
    late = office.record(received(date(YEAR, 5, 6)), granted(date(YEAR, 5, 20)))
    found = office.amendments()
    assert {(each.case, each.cell, each.column, each.old, each.new) for each in found} == {
        (office.number(late), f"applications/{path}", "自然人", 0, 1)
        for path in ("new", "results/granted", "results/total")
    }
    assert [entry.kind for entry in found[0].entries] == [EventKind.REGISTER, EventKind.DECIDE]


def test_an_answer_of_last_year_that_is_entered_late_moves_the_case_from_one_cell_to_others(office: Office) -> None:
    case_id = office.record(received(date(YEAR, 12, 1)))
    office.seal()
    office.record(granted(date(YEAR, 12, 20)), case_id=case_id)
    assert {(each.cell, each.old, each.new) for each in office.amendments()} == {
        ("applications/carried_out", 1, 0),
        ("applications/results/granted", 0, 1),
        ("applications/results/total", 0, 1),
    }
    assert office.verified() == []


def test_another_kind_of_applicant_moves_the_case_along_its_rows(office: Office) -> None:
    case_id = office.record(received(date(YEAR, 12, 1)))
    office.seal()
    change = Happening(
        EventKind.CHANGE_KIND, date(2026, 1, 5), {"applicant_kind": ApplicantKind.COMPANY, "reason": "核对证照"}
    )
    office.record(change, case_id=case_id)
    assert {(each.cell, each.column, each.old, each.new) for each in office.amendments()} == {
        (f"applications/{row}", column, old, 1 - old)
        for row in ("new", "carried_out")
        for column, old in (("自然人", 1), ("商业企业", 0))
    }


def test_a_reply_that_is_voided_after_the_sealing_moves_the_case_back(office: Office) -> None:
    case_id = office.record(received(date(YEAR, 12, 1)), granted(date(YEAR, 12, 20)))
    office.seal()
    voided = Happening(EventKind.VOID, date(2026, 1, 5), {"entry": 2, "reason": "记错了办件"})
    office.record(voided, case_id=case_id, recorded=False)
    found = office.amendments()
    assert {(each.cell, each.old, each.new) for each in found} == {
        ("applications/carried_out", 0, 1),
        ("applications/results/granted", 1, 0),
        ("applications/results/total", 1, 0),
    }
    assert [entry.kind for entry in found[0].entries] == [EventKind.VOID]
    assert office.verified() == []


def test_figures_entered_late_are_amendments_of_no_single_case(office: Office) -> None:
    office.seal()
    with office.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO proactive_figure (agency_id, year, item, edition, figures, source)"
                " VALUES (:agency, :year, 'licences', '2021', '{7}', '')"
            ),
            {"agency": office.row.id, "year": YEAR},
        )
    (moved,) = office.amendments()
    assert (moved.case, moved.cell, moved.old, moved.new) == (None, "proactive/licences", 0, 7)


def sued(on: date, **facts: Any) -> Happening:
    return Happening(EventKind.OPEN_REVIEW, on, {"review_kind": ReviewKind.RECONSIDERATION} | facts)


def concluded(on: date, result: ReviewResult) -> Happening:
    return Happening(EventKind.CONCLUDE_REVIEW, on, {"review": 1, "result": result})


def test_a_review_learned_late_is_an_amendment_of_its_case_and_the_sealed_cell_opens_to_those_it_had(
    office: Office,
) -> None:
    answered = received(date(YEAR, 3, 1)), granted(date(YEAR, 3, 20))
    pending = office.record(*answered, sued(date(YEAR, 5, 6)))
    other = office.record(*answered)
    issue = office.seal()
    assert issue.figures.reviews["reconsideration"] == (0, 0, 0, 1, 1)
    office.record(concluded(date(YEAR, 11, 4), ReviewResult.CORRECTED), case_id=pending)
    office.record(sued(date(YEAR, 6, 3)), case_id=other)
    found = office.amendments()
    cell = "reviews/reconsideration"
    assert [(each.case, each.cell, each.column, each.old, each.new) for each in found] == [
        (office.number(pending), cell, "结果纠正", 0, 1),
        (office.number(pending), cell, "尚未审结", 1, 0),
        (office.number(other), cell, "尚未审结", 0, 1),
    ]
    assert [[entry.kind for entry in each.entries] for each in found] == [
        [EventKind.CONCLUDE_REVIEW],
        [EventKind.CONCLUDE_REVIEW],
        [EventKind.OPEN_REVIEW],
    ]
    with office.engine.connect() as connection:
        which = drilling.find(cell, "尚未审结", "2021")
        for version, cases in ((issue, [pending]), (None, [other])):
            behind = drilling.cases(connection, office.row.id, YEAR, which, "2021", version)
            assert [each.number for each in behind] == [office.number(each) for each in cases]
    assert office.verified() == []
    office.amend("补登复议结果")
    assert office.amendments() == []


def test_a_review_of_a_request_of_a_year_before_is_told_with_what_was_recorded_since_the_sealing(
    office: Office,
) -> None:
    old = office.record(received(date(YEAR - 1, 3, 1)), granted(date(YEAR - 1, 3, 20)))
    office.close(YEAR - 1)
    office.seal()
    office.record(sued(date(YEAR, 1, 8)), case_id=old)
    (moved,) = office.amendments()
    assert (moved.case, moved.column, [entry.kind for entry in moved.entries]) == (
        office.number(old),
        "尚未审结",
        [EventKind.OPEN_REVIEW],
    )


def test_a_fee_learned_late_is_an_amendment_of_its_case_in_yuan(office: Office) -> None:
    billed = Happening(EventKind.BILL, date(YEAR, 3, 11), {"billed_yuan": Decimal("120.50")})
    case_id = office.record(received(date(YEAR, 3, 1)))
    issue = office.seal()
    assert issue.figures.fees is not None
    assert issue.figures.fees.notices == 0
    office.record(billed, case_id=case_id, recorded=True)
    fees = [(each.case, each.cell, each.old, each.new) for each in office.amendments() if each.cell[:4] == "fees"]
    number = office.number(case_id)
    assert fees == [(number, "fees/billed_yuan", 0, Decimal("120.5")), (number, "fees/notices", 0, 1)]


def test_a_version_sealed_before_reviews_were_kept_agrees_with_its_hash_and_names_the_cell(
    office: Office, database: Database
) -> None:
    case_id = office.record(received(date(YEAR, 3, 1)), granted(date(YEAR, 3, 20)), sued(date(YEAR, 5, 6)))
    issue = office.seal()
    of_old = select(report_issue).where(report_issue.c.report_id == issue.report_id)
    with database.owner_engine.begin() as connection:
        connection.execute(report_issue_share.delete())
        row = dict(connection.execute(of_old).mappings().one())
        digest = issues.cases_digest(connection, issue.report_id, issue.version)
        connection.execute(update(report_issue).values(hash=issues.issue_hash(row, digest)))
    assert office.verified() == []
    office.record(concluded(date(YEAR, 11, 4), ReviewResult.UPHELD), case_id=case_id)
    found = [(each.case, each.cell, each.column, each.old, each.new) for each in office.amendments()]
    cell = "reviews/reconsideration"
    assert found == [(None, cell, "结果维持", 0, 1), (None, cell, "尚未审结", 1, 0)]
    with office.engine.connect() as connection:
        assert drilling.frozen(connection, drilling.find(cell, "", "2021"), issue) is None


def test_a_report_with_words_not_written_is_sealed_only_for_a_reason(office: Office) -> None:
    office.close()

    def seal(despite: str | None = None) -> Issue:
        with office.engine.begin() as connection:
            return sealing.seal(connection, office.row, YEAR, NOW, HEAD, despite)

    with pytest.raises(InputFault) as refused:
        seal()
    *places, last = refused.value.sentences
    assert len(places) == 8
    assert places[1].startswith("TEXT texts/1/summary：一、总体情况尚未写完")
    assert "8 处文字没有写完" in last and "--despite" in last
    write_words(office.engine, office.row.id, YEAR)
    with office.engine.begin() as connection:
        for part in texts.find(5):
            texts.write(connection, office.row.id, office.row.name, YEAR, part, "", "某人", NOW)
    with pytest.raises(InputFault, match="五、存在的主要问题及改进情况没有文字"):
        seal()
    assert seal("主要领导同意先行封存").reason == "主要领导同意先行封存"


def test_words_written_after_the_sealing_are_told_until_they_are_in_a_version(office: Office) -> None:
    issue = office.seal()
    (part,) = texts.find(5, "problems")

    def reworded(of: Issue) -> list[str]:
        with office.engine.connect() as connection:
            return sealing.reworded(connection, office.row, of)

    assert reworded(issue) == []
    with office.engine.begin() as connection:
        texts.write(connection, office.row.id, office.row.name, YEAR, part, "人手不足。", "某人", LATER)
    assert reworded(issue) == ["五、存在的主要问题及改进情况（一）存在的主要问题"]
    assert reworded(office.amend("改写")) == []


def test_a_corrected_version_has_a_reason_and_those_before_it_stay(office: Office) -> None:
    first = office.seal()
    office.record(received(date(YEAR, 5, 6)))
    with pytest.raises(InputFault, match="应先执行 yishen year-end 2024"):
        office.amend("漏登一件")
    office.close()
    with pytest.raises(InputFault, match="应写明理由"):
        office.amend(" ")
    second = office.amend("漏登一件")
    assert (second.version, second.reason, second.previous_hash) == (2, "漏登一件", first.hash)
    with office.engine.connect() as connection:
        kept = issues.every(connection, office.row.id, YEAR)
        assert issues.numbered(connection, office.row.id, YEAR, 1) == kept[0]
        with pytest.raises(InputFault, match="没有第 3 版，现有：1、2"):
            issues.numbered(connection, office.row.id, YEAR, 3)
    assert [issue.figures.applications["new"][-1] for issue in kept] == [0, 1]
    assert kept[0] == first
    assert office.cells()["applications/new", 6] == 1
    assert office.amendments() == []
    assert office.verified() == []


def test_nothing_is_corrected_where_nothing_has_moved_and_no_half_of_it_stays(office: Office) -> None:
    office.seal()
    with pytest.raises(InputFault, match="都没有变动，不需要更正"):
        office.amend("再发一次")
    with office.engine.connect() as connection:
        assert len(issues.every(connection, office.row.id, YEAR)) == 1


def test_a_report_is_sealed_once_and_only_after_its_year_is_closed(office: Office) -> None:
    office.record(received(date(YEAR, 3, 1)))
    for year, what in ((YEAR, "尚未年终结转"), (2026, "才结束"), (2018, "没有全国统一")):
        with pytest.raises(InputFault, match=what), office.engine.begin() as connection:
            sealing.seal(connection, office.row, year, NOW, HEAD)
    office.seal()
    with pytest.raises(InputFault, match="已封存（第 1 版"):
        office.seal()


def test_errors_stand_in_the_way_of_sealing_unless_a_reason_is_given(office: Office) -> None:
    with office.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO proactive_figure (agency_id, year, item, edition, figures, source)"
                " VALUES (:agency, :year, 'penalties', '2021', '{-3}', '')"
            ),
            {"agency": office.row.id, "year": YEAR},
        )
    with pytest.raises(InputFault) as refused:
        office.seal()
    assert [sentence[:3] for sentence in refused.value.sentences] == ["K8 ", "202"]
    assert "仍要封存应以 --despite 写明理由" in refused.value.sentences[-1]
    issue = office.seal(despite="更正负数待核")
    assert issue.reason == "更正负数待核"
    assert any(finding["rule"] == "K8" and finding["level"] == "error" for finding in issue.findings)


def test_k4_next_years_carried_in_is_held_against_what_was_sealed_and_late_truths_explain_it(office: Office) -> None:
    known = office.record(received(date(YEAR, 12, 1)))
    office.seal()
    with office.engine.connect() as connection:
        assert findings.of_year(connection, office.row.id, office.figures(YEAR + 1)) == []
    office.record(granted(date(YEAR, 12, 20)), case_id=known)
    with office.engine.connect() as connection:
        found = findings.behind(connection, office.row.id, office.figures(YEAR + 1))
    assert {(each.finding.rule, each.finding.level, each.finding.where, each.cases) for each in found} == {
        ("K4", "warning", f"applications/{column}", (office.number(known),)) for column in ("自然人", TOTAL_LABEL)
    }
    assert "差数由上年报告封存后登记的变动造成" in found[0].finding.message
    office.amend("补登答复")
    with office.engine.connect() as connection:
        assert findings.of_year(connection, office.row.id, office.figures(YEAR + 1)) == []


def test_the_findings_of_a_draft_are_kept_with_it_whenever_it_follows_the_log(office: Office) -> None:
    case_id = office.record(received(date(YEAR, 12, 1)))
    office.seal()
    office.close(YEAR + 1)
    office.record(granted(date(YEAR, 12, 20)), case_id=case_id)
    with office.engine.begin() as connection:
        drafts.follow(connection, office.row.id, office.row.name, [YEAR, YEAR + 1])
        kept = connection.execute(select(report.c.findings).where(report.c.year == YEAR + 1)).scalar_one()
    assert {finding["rule"] for finding in kept} == {"K4"}
    office.amend("补登答复")
    with office.engine.connect() as connection:
        assert connection.execute(select(report.c.findings).where(report.c.year == YEAR + 1)).scalar_one() == []


TAMPERED = [
    ("UPDATE report_issue SET figures = jsonb_set(figures, '{applications,new,6}', '9')", "哈希不符"),
    ("UPDATE report_issue SET actor = '别人'", "哈希不符"),
    ("UPDATE report_issue SET texts = '{}'", "哈希不符"),
    ("UPDATE report_issue SET sealed_at = sealed_at + interval '1 s'", "哈希不符"),
    ("UPDATE report_issue SET figures = '[]'", "不能解读"),
    ("UPDATE report_issue SET version = 2", "第 1 版缺失"),
    ("UPDATE report_cell SET value = 9 WHERE path = 'applications/new' AND position = 6", "单元格 applications/new"),
    ("DELETE FROM report_cell WHERE path = 'reviews/reconsideration'", "单元格 reviews"),
    ("UPDATE report SET state = 'draft'", "记为草稿"),
    ("DELETE FROM report_issue", "没有定稿"),
    ("UPDATE report_issue_case SET outcome = 'partly_granted'", "表三与其所计办件不符"),
    ("DELETE FROM report_issue_case", "表三与其所计办件不符"),
    ("UPDATE report_issue_case SET seq = 1", "与当时的日志不符"),
    ("UPDATE report_issue_share SET value = 2", "表四或者收费数与其所计办件不符"),
    ("UPDATE report_issue_share SET position = 0", "表四或者收费数与其所计办件不符"),
    ("UPDATE report_issue_share SET path = 'reviews/none'", "不能解读"),
    ("UPDATE report_issue_share SET round = 2", "哈希不符"),
    ("DELETE FROM report_issue_share", "哈希不符"),
]


@pytest.mark.parametrize(("tampering", "told"), TAMPERED)
def test_whatever_is_changed_behind_a_sealed_report_is_found(
    office: Office, database: Database, tampering: str, told: str
) -> None:
    office.record(received(date(YEAR, 3, 1)), granted(date(YEAR, 3, 20)), sued(date(YEAR, 5, 6)))
    office.seal()
    assert office.verified() == []
    with database.owner_engine.begin() as connection:
        connection.execute(text(tampering))
    assert any(told in message for message in office.verified())


@pytest.mark.parametrize("table", ["report_issue", "report_issue_case", "report_issue_share"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET version = 1", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_the_application_may_only_add_versions_and_read_them(engine: Engine, table: str, statement: str) -> None:
    with engine.connect() as connection, pytest.raises(Exception, match="permission denied"):
        connection.execute(text(statement.format(table)))


def assert_drills_down(connection: Connection, agency_id: int, figures: Figures, issue: Issue | None) -> None:
    """Every cell of tables three and four has as many cases behind it as it counts."""
    form = load_edition(figures.edition)
    cells = [(f"applications/{path}", c, i) for path in figures.applications
             for i, c in enumerate(form.table_three.columns)]  # fmt: skip
    cells += [(f"reviews/{key}", c, i) for key in figures.reviews for i, c in enumerate(form.table_four.columns)]
    for path, column, index in cells:
        table, _, key = path.partition("/")
        which = drilling.find(path, column, figures.edition)
        found = drilling.cases(connection, agency_id, figures.year or 0, which, figures.edition, issue)
        assert len(found) == getattr(figures, table)[key][index], (path, column)


def moved_by_cases(late: list[amendments.Amendment], cell: str, column: str) -> Any:
    """By how much cases move one cell."""
    moving = [each for each in late if each.case is not None and (each.cell, each.column) == (cell, column)]
    return sum((each.new or 0) - (each.old or 0) for each in moving)


@examples(6)
@given(dockets(5), st.data(), st.sampled_from(range(2019, 2026)))
def test_what_was_sealed_and_its_amendments_together_are_what_the_log_says_and_every_cell_opens_to_its_cases(
    database: Database, cipher: FieldCipher, docket: list[CaseHistory], data: Any, year: int
) -> None:
    forget_cases(database.owner_engine)
    office = Office(database.engine, another_agency(database.engine), cipher)
    known = [data.draw(st.integers(0, len(history)), label="known") for history in docket]
    ids = {
        index: office.record(*history[:upto])
        for index, (history, upto) in enumerate(zip(docket, known, strict=True))
        if upto
    }
    issue = office.seal(year)
    before = office.figures(year)
    assert issue.figures == before
    for index, (history, upto) in enumerate(zip(docket, known, strict=True)):
        if history[upto:]:
            office.record(*history[upto:], case_id=ids.get(index))
    now, late = office.figures(year), office.amendments(year)
    columns = load_edition(now.edition).table_three.columns
    for path, row in now.applications.items():
        for index, column in enumerate(columns):
            moved, _ = amendments.moved_by(late, f"applications/{path}", column)
            assert (issue.figures.applications[path][index] or 0) + moved == row[index]
    for key, row in now.reviews.items():
        for index, column in enumerate(load_edition(now.edition).table_four.columns[:-1]):
            was = issue.figures.reviews[key][index] or 0
            assert was + moved_by_cases(late, f"reviews/{key}", column) == row[index]
    assert issue.figures.fees is not None
    assert now.fees is not None
    for name in ("notices", "billed_yuan", "received_yuan"):
        sealed = getattr(issue.figures.fees, name)
        assert sealed + moved_by_cases(late, f"fees/{name}", "") == getattr(now.fees, name)
    with database.engine.connect() as connection:
        assert_drills_down(connection, office.row.id, now, None)
        assert_drills_down(connection, office.row.id, issue.figures, issue)
        if year < 2025:
            after = roll_up(connection, office.row.id, office.row.name, year + 1)
            found = findings.of_year(connection, office.row.id, after)
            assert not [finding for finding in found if finding.level == "error"]
    assert office.verified() == []


def test_a_letter_whose_day_of_receipt_is_not_settled_is_listed_as_not_placed_yet(office: Office) -> None:
    came = Happening(
        EventKind.ARRIVE,
        date(YEAR, 12, 30),
        {"applicant_kind": ApplicantKind.NATURAL_PERSON, "subject": "预算", "channel": Channel.POST_ORDINARY},
    )
    case_id = office.record(came)
    with office.engine.connect() as connection:
        (waiting,) = drilling.unplaced(connection, office.row.id, YEAR)
        assert waiting.number == office.number(case_id)
        assert drilling.unplaced(connection, office.row.id, YEAR - 1) == []
        assert connection.execute(select(case_event.c.kind)).scalar_one() == "arrive"


@pytest.mark.parametrize(
    ("cell", "column", "told"),
    [
        ("applications/results/given", "", "“applications/results/given”不是报告的一行，应为：本年新收、"),
        ("results/other", "", "不是报告的一行"),
        ("applications/new", "企业", "“企业”不是这一表的列，应为：自然人、商业企业"),
        ("reviews/reconsideration", "自然人", "应为：结果维持、"),
        ("proactive/licences", "", "是录入的数据，没有办件"),
    ],
)
def test_a_cell_that_is_none_is_refused_with_those_there_are(cell: str, column: str, told: str) -> None:
    with pytest.raises(InputFault, match=told):
        drilling.find(cell, column, "2021")


def test_a_row_may_be_named_as_the_form_names_it() -> None:
    assert drilling.find("予以公开", "自然人", "2021") == drilling.Cell("applications", "results/granted", "自然人")
