"""``yishen report text`` and ``report register`` as an officer types them, and the report built from what they hold."""

from __future__ import annotations

import json
from pathlib import Path
from zipfile import ZipFile

import pytest

from reports import reading
from runtime.database import Database
from tests.conftest import AGENCY, Result, Yishen
from tests.ledgers import answered, inside, record, request, write_csv, write_words

LEDGER = [
    answered("2025-0001", 收到日期="2025-03-03", 答复日期="2025-03-07"),
    request("2025-0002", 收到日期="2025-12-15"),
]


@pytest.fixture
def here(
    database: Database,
    agency_id: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Yishen:
    record(database.engine, agency_id, write_csv(tmp_path / "台账.csv", LEDGER))
    return inside(database, tmp_path, monkeypatch, capsys)


def text(here: Yishen, *arguments: object) -> Result:
    return here("report", "text", *arguments, "--agency", AGENCY)


def refused(result: Result, *said: str) -> None:
    assert (result.code, result.out) == (2, "")
    assert all(each in result.err for each in said), result.err


def test_a_part_is_replaced_and_stands_in_the_report_built(here: Yishen, tmp_path: Path) -> None:
    (tmp_path / "正文.txt").write_text("﻿全年收到 {本年新收} 件。\n\n都已登记。\n", encoding="utf-8")
    done = text(here, "set", 2025, "--section", 1, "--part", "依申请公开", "--file", "正文.txt")
    assert (done.code, done.out) == (0, "全年收到 2 件。\n\n都已登记。\n")
    shown = json.loads(text(here, "show", 2025, "--section", 1, "--part", "requests", "--json").out)
    assert [(part["template"][:4], part["rendered"][:7]) for part in shown] == [("全年收到", "全年收到 2 ")]
    built = here("report", "build", 2025, "--agency", AGENCY, "--format", "docx", "--out", "报告.docx")
    assert built.code == 0
    assert "一、总体情况（一）主动公开尚未写完" in built.err
    published = reading.read(tmp_path / "报告.docx")
    assert "全年收到2件。" in published.texts[1].replace(" ", "")
    assert published.figures.applications["new"][-1] == 2


def test_a_sealed_report_keeps_its_words_whatever_is_written_later(
    here: Yishen, database: Database, agency_id: int, tmp_path: Path
) -> None:
    (tmp_path / "一.txt").write_text("封存前写的。", encoding="utf-8")
    (tmp_path / "二.txt").write_text("封存后写的。", encoding="utf-8")
    assert text(here, "set", 2025, "--section", 6, "--part", "others", "--file", "一.txt").code == 0
    assert here("year-end", 2025, "--agency", AGENCY).code == 0
    write_words(database.engine, agency_id, 2025)
    assert here("report", "seal", 2025, "--agency", AGENCY, "--actor", "李某").code == 0
    later = text(here, "set", 2025, "--section", 6, "--part", "others", "--file", "二.txt")
    assert (later.code, "第 1 版不变；现在改的文字到发布更正" in later.err) == (0, True)
    told = here("report", "amendments", 2025, "--agency", AGENCY)
    assert (told.code, "封存后文字有改动：六、其他需要报告的事项；第 1 版里仍是原来的文字" in told.out) == (0, True)
    figure = ("report", "register", "figure", 2025, "行政处罚", 41, "--source", "台账", "--agency", AGENCY)
    assert "第 1 版不变；现在改的数" in here(*figure).err
    document = ("report", "register", "add", "测规〔2025〕1号", "--title", "办法", "--issued", "2025-02-03")
    assert "第 1 版不变；现在改的登记簿" in here(*document, "--agency", AGENCY).err
    repealed = here("report", "register", "repeal", "测规〔2025〕1号", "--on", "2025-05-03", "--agency", AGENCY)
    assert "第 1 版不变" in repealed.err
    for more, said in (((), "封存前写的。"), (("--draft",), "封存后写的。")):
        assert (
            here("report", "build", 2025, "--agency", AGENCY, "--format", "html", "--out", "页.html", *more).code == 0
        )
        page = (tmp_path / "页.html").read_text(encoding="utf-8")
        assert said in page
        assert ("（草稿，尚未定稿）" in page) == bool(more)


def test_a_figure_typed_by_hand_is_pointed_out_when_it_is_written(here: Yishen, tmp_path: Path) -> None:
    (tmp_path / "正文.txt").write_text("2025年新收政府信息公开申请9件。", encoding="utf-8")
    done = text(here, "set", 2025, "--section", 1, "--part", "requests", "--file", "正文.txt")
    assert done.code == 0
    assert "K6" in done.err and "9" in done.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("set", 2025, "--section", 7, "--file", "正文.txt"), ("7", "6")),
        (("set", 2025, "--section", 1, "--file", "正文.txt"), ("--part", "依申请公开")),
        (("set", 2025, "--section", 1, "--part", "无", "--file", "正文.txt"), ("“无”", "依申请公开")),
        (("set", 2025, "--section", 2, "--file", "没有.txt"), ("没有.txt",)),
        (("set", 2025, "--section", 2), ("--file", "--default")),
        (("set", 2025, "--section", 2, "--file", "正文.txt"), ("{没有此项}", "{本年新收}")),
        (("show", 2018), ("2018", "2019")),
    ],
)
def test_a_wrong_call_is_told_in_a_sentence(
    here: Yishen, tmp_path: Path, arguments: tuple[object, ...], said: tuple[str, ...]
) -> None:
    (tmp_path / "正文.txt").write_text("{没有此项}", encoding="utf-8")
    refused(text(here, *arguments), *said)


def test_the_names_are_listed_with_what_they_stand_for(here: Yishen) -> None:
    listed = json.loads(text(here, "names", 2025, "--json").out)
    assert (listed["本年新收"], listed["结转下年度"], listed["机关"]) == ("2", "1", "测试市数据局")


def test_the_register_is_counted_in_section_two(here: Yishen, tmp_path: Path) -> None:
    def register(*arguments: object) -> Result:
        return here("report", "register", *arguments, "--agency", AGENCY)

    assert register("add", "测规〔2025〕1号", "--title", "办法", "--issued", "2025-02-03").code == 0
    assert register("add", "测规〔2020〕1号", "--title", "旧办法", "--issued", "2020-02-03").code == 0
    assert register("repeal", "测规〔2020〕1号", "--on", "2025-02-03").code == 0
    assert [each["repealed_on"] for each in json.loads(register("list", "--json").out)] == ["2025-02-03", None]
    assert register("figure", 2025, "行政处罚", 41, "--source", "执法队台账").code == 0
    assert here("report", "build", 2025, "--agency", AGENCY, "--format", "json", "--out", "报告.json").code == 0
    proactive = json.loads((tmp_path / "报告.json").read_text(encoding="utf-8"))["proactive"]
    assert (proactive["normative_documents"], proactive["penalties"]) == ([1, 1, 1], 41)
    refused(register("figure", 2025, "行政处罚", "许多", "--source", "台账"), "许多", "整数")
    refused(register("figure", 2025, "行政处分", 1, "--source", "台账"), "行政处分", "行政处罚")
    refused(register("remove", "没有"), "没有")
    entered = register("figures", 2025).out
    assert entered.splitlines()[1:] == ["  行政处罚：本年处理决定数量 41（来源：执法队台账）"]
    assert register("figures", 2024).out == "2024 年录入 0 项；录入用 yishen report register figure\n"


def test_a_figure_may_be_negative_where_the_form_has_a_change(here: Yishen) -> None:
    def figure(*arguments: object) -> Result:
        return here("report", "register", "figure", *arguments, "--source", "台账", "--agency", AGENCY)

    assert figure(2020, "其他对外管理服务事项", 100, -5, 20).code == 0
    listed = json.loads(here("report", "register", "figures", 2020, "--agency", AGENCY, "--json").out)
    assert [(each["item"], list(each["figures"].values())) for each in listed] == [
        ("其他对外管理服务事项", [100, -5, 20])
    ]
    refused(figure(2025, "行政处罚", -5), "“-5”不能用作“本年处理决定数量”", "不小于 0 的整数")
    refused(figure(2025, "行政处罚", 5, "--sorce", "x"), "没有选项“--sorce”")


def test_words_saved_by_an_old_editor_are_read(here: Yishen, tmp_path: Path) -> None:
    (tmp_path / "正文.txt").write_bytes("全年收到{本年新收}件。".encode("gbk"))
    done = text(here, "set", 2025, "--section", 1, "--part", "依申请公开", "--file", "正文.txt")
    assert (done.code, done.out) == (0, "全年收到2件。\n")
    (tmp_path / "正文.txt").write_bytes(b"\xff\xff")
    refused(text(here, "set", 2025, "--section", 6, "--part", "others", "--file", "正文.txt"), "第 1 行", "UTF-8")


def test_the_document_has_the_measures_of_official_documents(here: Yishen, tmp_path: Path) -> None:
    import docx

    assert here("report", "build", 2025, "--agency", AGENCY, "--format", "docx", "--out", "报告.docx").code == 0
    book = docx.Document(str(tmp_path / "报告.docx"))
    page = book.sections[0]
    measures = (
        page.page_width,
        page.page_height,
        page.top_margin,
        page.left_margin,
        page.right_margin,
        page.bottom_margin,
    )
    assert [round(each.mm) for each in measures if each is not None] == [210, 297, 37, 28, 26, 35]
    assert [paragraph.text for paragraph in book.paragraphs if paragraph.style.name == "Heading 1"][:2] == [
        "一、总体情况",
        "二、主动公开政府信息情况",
    ]
    with ZipFile(tmp_path / "报告.docx") as packed:
        fonts = packed.read("word/fontTable.xml").decode()
        assert all(name in fonts for name in ("方正小标宋简体", "仿宋_GB2312", "楷体_GB2312", "黑体"))
        assert sum(name.startswith("word/charts/") for name in packed.namelist()) == 4
