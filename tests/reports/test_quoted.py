"""K6: figures that sentences quote are those of the tables; what is not of this year or not the whole is left alone."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from reports.figures import Fees, Figures, zero_figures
from reports.quoted import check


def report() -> Figures:
    """Ten new and two of last year; nine answered, three go on; two reviews and one suit."""
    zero = zero_figures("某乡人民政府", 2022, "2021")
    rows = {
        "new": (6, 4, 0, 0, 0, 0, 10),
        "carried_in": (2, 0, 0, 0, 0, 0, 2),
        "results/granted": (4, 0, 0, 0, 0, 0, 4),
        "results/partly_granted": (1, 0, 0, 0, 0, 0, 1),
        "results/refused_process": (2, 0, 0, 0, 0, 0, 2),
        "results/unavailable_not_held": (1, 0, 0, 0, 0, 0, 1),
        "results/other_misc": (1, 0, 0, 0, 0, 0, 1),
        "results/total": (9, 0, 0, 0, 0, 0, 9),
        "carried_out": (0, 3, 0, 0, 0, 0, 3),
    }
    return replace(
        zero,
        applications=zero.applications | rows,
        reviews=zero.reviews | {"reconsideration": (2, 0, 0, 0, 2), "litigation_direct": (0, 0, 0, 1, 1)},
        proactive=zero.proactive | {"normative_documents": (5, 0, 12)},
        fees=Fees(3, Decimal(1200), Decimal(600)),
    )


def told(sentence: str, section: int = 1, figures: Figures | None = None) -> list[tuple[str, object, object]]:
    found = check({section: sentence}, figures or report())
    assert {(each.rule, each.level) for each in found} <= {("K6", "warning")}
    return [(each.where, each.expected, each.found) for each in found]


@pytest.mark.parametrize(
    ("sentence", "finding"),
    [
        ("2022年共受理政府信息公开申请11件。", ("applications/本年新收", 10, 11)),
        ("本年新收政府信息公开申请9件", ("applications/本年新收", 10, 9)),
        ("本年新收申请9件。", ("applications/本年新收", 10, 9)),
        ("本年新收9件。", ("applications/本年新收", 10, 9)),
        ("答复申请10件。", ("applications/办理结果总计", 9, 10)),
        ("收到依申请公开 1\n1 件，均已答复。", ("applications/本年新收", 10, 11)),
        ("全年收到13件政府信息公开申请。", ("applications/本年新收", 10, 13)),
        ("依申请公开受理件数为11件。", ("applications/本年新收", 10, 11)),
        ("办结8件，其余正在办理。", ("applications/办理结果总计", 9, 8)),
        ("答复政府信息公开申请10件。", ("applications/办理结果总计", 9, 10)),
        ("结转下年度继续办理4件。", ("applications/结转下年度", 3, 4)),
        ("未经复议直接提起行政诉讼2件。", ("reviews/未经复议直接起诉", 1, 2)),
        ("复议后提起行政诉讼1件。", ("reviews/复议后起诉", 0, 1)),
        ("本年度未收到政府信息公开申请。", ("applications/本年新收", 10, 0)),
        ("未发生因政府信息公开引起的行政复议。", ("reviews/行政复议", 2, 0)),
        ("上年结转1件。", ("applications/上年结转", 2, 1)),
        ("予以公开5件，不予公开2件。", ("applications/予以公开", 4, 5)),
        ("予以公开及部分公开6件。", ("applications/予以公开、部分公开", 5, 6)),
        ("部分公开２件。", ("applications/部分公开", 1, 2)),
        ("不予公开3件。", ("applications/不予公开", 2, 3)),
        ("因本机关不掌握等原因无法提供2件。", ("applications/无法提供", 1, 2)),
        ("不予处理1件。", ("applications/不予处理", 0, 1)),
        ("其他处理2件。", ("applications/其他处理", 1, 2)),
        ("发生行政复议3件。", ("reviews/行政复议", 2, 3)),
        ("行政诉讼案件2件。", ("reviews/行政诉讼", 1, 2)),
        ("制发行政规范性文件6件。", ("proactive/行政规范性文件", 5, 6)),
        ("行政复议2件，行政诉讼1件，均获维持。", ("reviews/行政复议、行政诉讼", 1, 0)),
    ],
)
def test_a_figure_that_the_tables_do_not_have_is_found(sentence: str, finding: tuple[str, int, int]) -> None:
    assert told(sentence) == [finding]


@pytest.mark.parametrize(
    "sentence",
    [
        "2022年共受理政府信息公开申请10件，办结9件，结转下年度3件。",
        "共收到政府信息公开申请12件（含上年结转2件）。",
        "予以公开4件，部分公开1件，不予公开2件，无法提供1件，不予处理0件，其他处理1件。",
        "被申请行政复议2件、未经复议直接提起行政诉讼1件，复议后提起行政诉讼0件。",
        "行政诉讼1件（未经复议直接起诉）。",
        "未发生因政府信息公开被申请行政复议、提起行政诉讼败诉的情况。",
        "没有收到涉密的申请，通过传真未收到政府信息公开申请。",
        "市政府本级收到政府信息公开申请4件。",
        "予以公开及部分公开5件，占55.6%。",
        "受理政府信息公开申请较去年减少12件。",
        "受理申请数量较上年20件下降50%。",
        "2021年受理政府信息公开申请20件。",
        "主动公开政府信息1136条，其中通过网站公开960条。",
        "通过当面收到政府信息公开申请3件。",
        "其中自然人申请6件，商业企业申请4件。",
        "行政复议2件，结果均维持。",
        "未发生行政诉讼败诉案件。",
        "自条例施行以来累计受理政府信息公开申请300件。",
        "受理政府信息公开申请近20件。",
        "在20个工作日内答复。",
        "组织培训3次，制定制度2项，回应关切15件。",
        "县长信箱共收到来信120件，答复118件。",
        "收到人大建议提案10件，答复10件。",
        "12345热线受理群众诉求3000件，办结2990件。",
        "2022年，我局共收到政府信息公开申请12件，其中上年结转2件，办结9件，结转下年度3件。",
        "公开行政规范性文件4件，废止规范性文件1件。",
        "办理人大代表建议15件、政协提案8件，均已办结。",
    ],
)
def test_what_agrees_or_speaks_of_something_else_is_left_alone(sentence: str) -> None:
    assert told(sentence) == []


def test_a_blank_that_could_make_up_the_difference_excuses_it() -> None:
    blank = replace(
        report(), applications=report().applications | {"results/partly_granted": (1, None, 0, 0, 0, 0, None)}
    )
    assert told("部分公开4件。", figures=blank) == []
    assert told("部分公开0件。", figures=blank) == [("applications/部分公开", 1, 0)]


def test_sections_one_five_and_six_are_held_and_say_where() -> None:
    found = check({2: "不予公开9件。", 6: "本年度发出收费通知4件，总金额1200元。"}, report())
    assert [(each.where, each.expected, each.found) for each in found] == [("fees/收费通知件数", 3, 4)]
    assert found[0].message.startswith("第六部分写的是“收费通知4件”，表中收费通知件数为3")


def test_the_words_quoted_are_in_the_sentence() -> None:
    (finding,) = check({1: "全年不予公开 3 件。"}, report())
    assert "“不予公开3件”" in finding.message
