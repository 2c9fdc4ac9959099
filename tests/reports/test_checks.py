"""勾稽关系 K1 to K5, K7 and K8 (law.md 5.6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.checks import Finding, check
from reports.edition import Place, load_edition
from reports.figures import Figure, Figures, Row, zero_figures


def report(
    applications: Mapping[str, Row] | None = None,
    reviews: Mapping[str, Row] | None = None,
    proactive: Mapping[str, tuple[Figure, ...]] | None = None,
    edition: str = "2021",
    year: int = 2021,
) -> Figures:
    """A report that adds up (ten requests, seven answered, one suit pending), with some rows replaced."""
    zero = zero_figures("某乡人民政府", year, edition)
    rows: dict[str, Row] = {
        "new": (6, 4, 0, 0, 0, 0, 10),
        "results/granted": (5, 1, 0, 0, 0, 0, 6),
        "results/unavailable_not_held": (1, 0, 0, 0, 0, 0, 1),
        "results/total": (6, 1, 0, 0, 0, 0, 7),
        "carried_out": (0, 3, 0, 0, 0, 0, 3),
    }
    return replace(
        zero,
        applications={**zero.applications, **rows, **(applications or {})},
        reviews={**zero.reviews, "litigation_direct": (0, 0, 0, 1, 1), **(reviews or {})},
        proactive={**zero.proactive, **(proactive or {})},
    )


def found(findings: list[Finding]) -> list[tuple[str, str, str, int | str | None, int | str | None]]:
    return [(each.rule, each.level, each.where, each.expected, each.found) for each in findings]


@pytest.mark.parametrize("edition", ["2019", "2021"])
def test_a_report_that_adds_up_has_no_findings(edition: str) -> None:
    assert check(report(edition=edition)) == []


def test_k1_new_plus_carried_in_equals_results_plus_carried_out() -> None:
    findings = check(report({"carried_in": (1, 0, 0, 0, 0, 0, 1)}))
    assert found(findings) == [
        ("K1", "error", "applications/自然人", 7, 6),
        ("K1", "error", "applications/总计", 11, 10),
    ]
    assert findings[0].message == ("自然人一列：第一项加第二项（6＋1）为7，第三项加第四项（6＋0）为6，两者应当相等。")


def test_k2_results_total_equals_the_sum_of_its_rows() -> None:
    findings = check(report({"results/granted": (4, 1, 0, 0, 0, 0, 5)}))
    assert found(findings) == [
        ("K2", "error", "applications/自然人", 5, 6),
        ("K2", "error", "applications/总计", 6, 7),
    ]


def test_k3_a_rows_total_equals_its_six_columns() -> None:
    rows = {"results/granted": (5, 0, 1, 0, 0, 0, 7), "results/refused_process": (0, 0, 0, 0, 0, 0, -1)}
    three = [each for each in check(report(rows)) if each.rule == "K3"]
    assert found(three) == [
        ("K3", "error", "applications/予以公开", 6, 7),
        ("K3", "error", "applications/不予公开-属于四类过程性信息", 0, -1),
    ]


def test_k4_carried_in_equals_what_the_year_before_carried_out() -> None:
    before = report({"carried_out": (2, 0, 0, 0, 0, 0, 2)}, year=2020, edition="2019")
    assert found(check(report(), before)) == [
        ("K4", "error", "applications/自然人", 2, 0),
        ("K4", "error", "applications/总计", 2, 0),
    ]


def test_k4_a_previous_report_of_another_year_is_said() -> None:
    zero = report({"carried_out": (0,) * 7}, year=2018, edition="2019")
    assert found(check(report(), zero)) == [("K4", "warning", "year", 2020, 2018)]


def test_k5_each_group_of_reviews_adds_up() -> None:
    rows = {"reconsideration": (10, 1, 0, 0, 0), "litigation_after_reconsideration": (5, 0, 0, 0, 0)}
    assert found(check(report(reviews=rows))) == [
        ("K5", "error", "reviews/行政复议", 11, 0),
        ("K5", "error", "reviews/复议后起诉", 5, 0),
    ]


def test_k7_in_force_is_last_year_plus_issued_minus_repealed() -> None:
    before = report({"carried_out": (0,) * 7}, proactive={"normative_documents": (0, 0, 5)}, year=2020)
    right = report(proactive={"normative_documents": (2, 1, 6)})
    wrong = report(proactive={"normative_documents": (2, 1, 7)})
    assert check(right, before) == []
    assert found(check(wrong, before)) == [("K7", "warning", "proactive/行政规范性文件", 6, 7)]


def test_k7_is_silent_where_last_years_form_had_no_such_column() -> None:
    before = report({"carried_out": (0,) * 7}, year=2020, edition="2019")
    assert check(report(proactive={"regulations": (2, 1, 7)}), before) == []


def test_k8_no_figure_is_negative() -> None:
    money = report(proactive={"administrative_charges_10k_yuan": (Decimal("-0.50"),)})
    assert found(check(money)) == [
        ("K8", "error", "proactive/行政事业性收费/本年收费金额（单位：万元）", None, "-0.50")
    ]
    count = report({"new": (7, 4, -1, 0, 0, 0, 10)})
    assert ("K8", "error", "applications/本年新收/科研机构", None, -1) in found(check(count))


def test_k8_the_change_on_last_year_may_be_negative_in_the_2019_form() -> None:
    assert check(report(proactive={"licences": (9, -2, 0)}, edition="2019")) == []


def test_k8_the_blanks_of_a_row_are_one_warning() -> None:
    findings = check(report({"new": (6, 4, None, None, 0, 0, 10)}))
    assert found(findings) == [("K8", "warning", "applications/本年新收", None, None)]
    assert "科研机构、社会公益组织" in findings[0].message


def test_k8_a_blank_total_is_a_warning_and_is_reckoned_for_the_other_rules() -> None:
    blank = {"results/granted": (5, 1, 0, 0, 0, 0, None), "new": (6, 5, 0, 0, 0, 0, None)}
    assert found(check(report(blank))) == [
        ("K1", "error", "applications/商业企业", 5, 4),
        ("K1", "error", "applications/总计", 11, 10),
        ("K8", "warning", "applications/本年新收/总计", 11, None),
        ("K8", "warning", "applications/予以公开/总计", 6, None),
    ]


def test_k8_a_blank_row_is_one_warning() -> None:
    assert found(check(report({"carried_in": (None,) * 7}))) == [("K8", "warning", "applications/上年结转", None, None)]


def test_a_blank_excuses_only_what_some_number_from_0_up_could_mend() -> None:
    could = report({"results/granted": (None, 1, 0, 0, 0, 0, 6)})
    assert {each.rule for each in check(could)} == {"K8"}
    never = report({"results/granted": (None, 2, 0, 0, 0, 0, 7)})
    assert ("K2", "error", "applications/商业企业", 2, 1) in found(check(never))


@given(st.data())
def test_blanks_never_crash_a_check_and_never_make_an_error_of_a_right_report(data: st.DataObject) -> None:
    whole = report()
    form = load_edition("2021")
    places = [Place("applications", path, index) for path in form.table_three.names for index in range(7)]
    places += [Place("reviews", key, index) for key in form.table_four.labels for index in range(5)]
    blanked = data.draw(st.sets(st.sampled_from(places)))

    def thinned(table: str, rows: Mapping[str, Row]) -> dict[str, Row]:
        gone = {(place.key, place.index) for place in blanked if place.table == table}
        return {
            key: tuple(None if (key, index) in gone else figure for index, figure in enumerate(row))
            for key, row in rows.items()
        }

    thin = replace(
        whole,
        agency=None,
        year=None,
        applications=thinned("applications", whole.applications),
        reviews=thinned("reviews", whole.reviews),
        proactive={},
        fees=None,
    )
    before = replace(thin, applications={**thin.applications, "carried_out": thin.applications["carried_in"]})
    findings = check(thin, before)
    assert {(each.rule, each.level) for each in findings} <= {("K8", "warning")}
