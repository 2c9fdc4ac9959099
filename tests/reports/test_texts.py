"""The texts of the report: figures by name, sentences that follow the log, places that wait for the office."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, select

from models.personal import FieldCipher
from models.tables import agency, report_text
from reports import texts, year_end
from reports.course import course
from reports.figures import Figures, zero_figures
from reports.references import names
from reports.rollup import roll_up
from reports.texts import PARTS, Content, Part
from tests.conftest import AGENCY_NAME, NOW
from tests.ledgers import answered, record, request, review, write_csv
from workflow.faults import InputFault

REQUESTS = next(part for part in PARTS if part.name == "1/requests")
LEDGER = [
    answered("2025-0001", 收到日期="2025-03-03", 答复日期="2025-03-07", 申请渠道="当面"),
    answered("2025-0002", 收到日期="2025-03-10", 答复日期="2025-04-21", 申请渠道="网络", 申请人类别="商业企业"),
    request("2025-0003", 收到日期="2025-12-15", 申请渠道="网络"),
]


def figures_of(connection: Connection, agency_id: int, year: int = 2025) -> Figures:
    return roll_up(connection, agency_id, AGENCY_NAME, year)


def words(engine: Engine, agency_id: int, year: int = 2025) -> Content:
    with engine.connect() as connection:
        return texts.gather(connection, agency_id, figures_of(connection, agency_id, year))


def put(engine: Engine, agency_id: int, part: Part, body: str | None) -> str:
    with engine.begin() as connection:
        return texts.write(connection, agency_id, AGENCY_NAME, 2025, part, body, "test", NOW)


def test_the_default_text_says_what_the_log_says(engine: Engine, agency_id: int, tmp_path: Path) -> None:
    record(engine, agency_id, write_csv(tmp_path / "台账.csv", LEDGER))
    record(engine, agency_id, write_csv(tmp_path / "复议.csv", [review("2025-0002", 受理日期="2025-06-03")]))
    assert words(engine, agency_id).parts["1/requests"] == (
        "2025年，本机关新收政府信息公开申请3件（其中当面1件、网络2件）；上年结转0件。"
        "全年办结2件，其中予以公开2件；结转下年度继续办理1件。\n"
        "因政府信息公开申请引起的行政复议1件、行政诉讼0件，结果见第四部分。"
    )


def test_a_year_in_which_nothing_happened_says_so(engine: Engine, agency_id: int) -> None:
    content = words(engine, agency_id)
    assert content.parts["1/requests"].startswith(
        "2025年，本机关未收到政府信息公开申请，也没有上年结转办理的申请。\n没有因"
    )
    assert content.course is not None and sum(content.course.received) == 0


def test_growth_is_told_where_the_year_before_has_a_report(engine: Engine, agency_id: int, tmp_path: Path) -> None:
    earlier = answered("2024-0001", 收到日期="2024-03-04", 答复日期="2024-03-08")
    record(engine, agency_id, write_csv(tmp_path / "台账.csv", [earlier, *LEDGER]))
    assert "比上年" not in words(engine, agency_id).parts["1/requests"]
    with engine.begin() as connection:
        year_end.draft(connection, agency_id, figures_of(connection, agency_id, 2024))
    assert "，比上年增加2件；" in words(engine, agency_id).parts["1/requests"]


def test_a_sentence_moves_when_the_log_does(engine: Engine, agency_id: int, tmp_path: Path) -> None:
    record(engine, agency_id, write_csv(tmp_path / "一.csv", LEDGER[:1]))
    assert (
        put(engine, agency_id, REQUESTS, "收到 {本年新收} 件，自然人 {本年新收·自然人} 件。")
        == "收到 1 件，自然人 1 件。"
    )
    record(engine, agency_id, write_csv(tmp_path / "二.csv", LEDGER[1:]))
    content = words(engine, agency_id)
    assert content.parts["1/requests"] == "收到 3 件，自然人 2 件。"
    assert content.written == {"1/requests"}


def test_a_text_goes_back_to_its_default(engine: Engine, agency_id: int) -> None:
    put(engine, agency_id, REQUESTS, "另写。")
    assert put(engine, agency_id, REQUESTS, None).startswith("2025年，本机关未收到")
    with engine.connect() as connection:
        assert connection.execute(select(report_text)).all() == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("收到 {本年新收件数} 件", ("{本年新收件数}", "{本年新收}")),
        ("收到 {本年新收·个人} 件", ("{本年新收·个人}", "{本年新收·自然人}")),
        ("收到 {本年新收 件", ("“{”", "{{")),
        ("收到 } 件", ("“}”",)),
        ("第一行\n有\x07响铃", ("第 2 行", "U+0007")),
        ("长" * (texts.LONGEST + 1), (str(texts.LONGEST),)),
    ],
)
def test_a_text_that_cannot_be_taken_is_refused_whole(
    engine: Engine, agency_id: int, body: str, said: tuple[str, ...]
) -> None:
    with pytest.raises(InputFault) as caught:
        put(engine, agency_id, REQUESTS, body)
    assert all(each in str(caught.value) for each in said)
    with engine.connect() as connection:
        assert connection.execute(select(report_text)).all() == []


def test_every_printed_name_and_path_has_a_value() -> None:
    for edition in ("2019", "2021"):
        known = names(zero_figures("某乡", 2021, edition))
        assert all(known.value(name) is not None for name in known.printed if not name.startswith(("上年·", "增减·")))
        assert known.render("{applications.new.total}{applications.results.granted.自然人}{reviews.litigation_direct.total}{fees.notices}", "此处") == "0000"  # fmt: skip


def test_groups_without_figures_of_their_own_are_sums() -> None:
    zero = zero_figures("某乡", 2021, "2021")
    rows = {"results/refused_process": (1, 0, 0, 0, 0, 2, 3), "results/refused_state_secret": (4, 0, 0, 0, 0, 0, 4)}
    known = names(replace(zero, applications={**zero.applications, **rows}))
    assert (
        known.render("{不予公开}，{不予公开·自然人}，{不予公开·其他}，{行政诉讼}，{办理结果}", "")
        == "7，5，2，0，不予公开7件"
    )


def test_names_are_found_however_their_marks_are_typed() -> None:
    known = names(zero_figures("某乡", 2021, "2021"))
    assert known.render("{ 本年新收．自然人 }{本年新收.自然人}{本年新收・自然人}", "") == "000"


def test_a_blank_figure_and_an_unknown_last_year_are_places_to_write() -> None:
    zero = zero_figures("某乡", 2021, "2021")
    blank = names(replace(zero, fees=None))
    assert (
        blank.render("{收费通知件数}件，上年{上年·本年新收}件", "")
        == "（待填写：收费通知件数）件，上年（待填写：上年·本年新收）件"
    )


def test_braces_are_written_twice() -> None:
    assert names(zero_figures("某乡", 2021, "2021")).render("{{本年新收}}", "") == "{本年新收}"


def test_what_is_not_written_yet_is_found_and_nothing_else(engine: Engine, agency_id: int) -> None:
    with engine.begin() as connection:
        figures = figures_of(connection, agency_id)
        found = texts.findings(texts.gather(connection, agency_id, figures), figures)
        assert {finding.where for finding in found} == {
            f"texts/{name}"
            for name in (
                "0/opening", "1/summary", "1/proactive", "1/management", "1/platform", "1/oversight", "5/problems",
                "5/improvements",
            )
        }  # fmt: skip
        assert {finding.level for finding in found} == {"warning"}
        for part in PARTS:
            if texts.open_places(texts.default(part, figures)):
                texts.write(connection, agency_id, AGENCY_NAME, 2025, part, "写好了。", "test", NOW)
        assert texts.findings(texts.gather(connection, agency_id, figures), figures) == []


def test_a_figure_typed_by_hand_that_the_tables_do_not_have_is_pointed_out(engine: Engine, agency_id: int) -> None:
    put(engine, agency_id, REQUESTS, "2025年，新收政府信息公开申请12件。")
    with engine.connect() as connection:
        figures = figures_of(connection, agency_id)
        found = texts.findings(texts.gather(connection, agency_id, figures), figures)
    assert [(each.rule, each.expected, each.found) for each in found if each.rule == "K6"] == [("K6", 0, 12)]


@pytest.mark.parametrize("edition", ["2019", "2021"])
def test_default_texts_raise_no_false_alarm(edition: str) -> None:
    numbers = iter(range(3, 2000))
    zero = zero_figures("某乡", 2021, edition)
    figures = replace(
        zero,
        applications={path: tuple(next(numbers) for _ in row) for path, row in zero.applications.items()},
        reviews={key: (1, 2, 3, index, 6 + index) for index, key in enumerate(zero.reviews)},
    )
    found = texts.findings(texts.of_figures(figures), figures)
    assert [each for each in found if each.rule == "K6"] == []


def test_the_course_of_a_year_counts_months_ways_and_working_days(
    engine: Engine, agency_id: int, tmp_path: Path, cipher: FieldCipher
) -> None:
    record(engine, agency_id, write_csv(tmp_path / "台账.csv", LEDGER))
    with engine.connect() as connection:
        told = course(connection, agency_id, AGENCY_NAME, 2025)
        early = course(connection, agency_id, AGENCY_NAME, 2025, as_of=date(2025, 3, 31))
        name = connection.execute(select(agency.c.name)).scalar_one()
    assert (told.received[2], told.received[11], told.answered[2], told.answered[3]) == (2, 1, 1, 1)
    assert told.channels == {"当面": 1, "网络": 2}
    assert {span: number for span, number in told.spans.items() if number} == {"5个以内": 1, "21至40个": 1}
    assert (sum(early.received), sum(early.answered)) == (2, 1)
    assert name == AGENCY_NAME


def test_content_survives_being_sealed(engine: Engine, agency_id: int, tmp_path: Path) -> None:
    record(engine, agency_id, write_csv(tmp_path / "台账.csv", LEDGER))
    content = words(engine, agency_id)
    assert Content.from_json(content.to_json()) == content
    assert content.sections()[1].splitlines()[1] == "（一）主动公开"
