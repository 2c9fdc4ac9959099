"""The figures and their JSON (contracts.md, "Report JSON")."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.edition import Place, edition_names, load_edition
from reports.figures import Figures, FiguresFault, from_json, json_text, to_json, zero_figures

counts = st.one_of(st.none(), st.integers(-9, 10**9))
money = st.one_of(st.none(), st.decimals(-9, 10**9, places=2))


@st.composite
def reports(draw: st.DrawFn) -> Figures:
    zero = zero_figures("某乡人民政府", 2021, draw(st.sampled_from(edition_names())))
    section = load_edition(draw(st.sampled_from(edition_names()))).section_two
    return replace(
        zero,
        applications={path: tuple(draw(counts) for _ in row) for path, row in zero.applications.items()},
        reviews={key: tuple(draw(counts) for _ in row) for key, row in zero.reviews.items()},
        proactive={
            key: tuple(draw(money if column.kind == "decimal" else counts) for column in columns)
            for key, columns in section.columns_of.items()
        },
        fees=draw(st.sampled_from((zero.fees, None))),
    )


def sample(edition: str = "2021") -> dict[str, Any]:
    return to_json(zero_figures("某乡人民政府", 2021, edition))


def faults(data: object) -> tuple[str, ...]:
    with pytest.raises(FiguresFault) as raised:
        from_json(data)
    assert isinstance(raised.value, ValueError)
    return raised.value.faults


@given(reports())
def test_figures_survive_their_json(figures: Figures) -> None:
    assert from_json(json.loads(json_text(figures))) == figures


def test_the_keys_stand_in_the_order_of_the_contract() -> None:
    data = sample()
    assert list(data) == ["agency", "year", "edition", "applications", "reviews", "proactive", "fees"]
    assert list(data["applications"]) == ["new", "carried_in", "results", "carried_out"]
    assert next(iter(data["applications"]["results"])) == "granted"
    assert list(data["applications"]["results"])[-4:] == [
        "other_not_corrected",
        "other_fee_unpaid",
        "other_misc",
        "total",
    ]
    assert list(data["reviews"]) == [
        "reconsideration",
        "litigation_direct",
        "litigation_after_reconsideration",
    ]
    assert data["proactive"] == {
        "regulations": [0, 0, 0],
        "normative_documents": [0, 0, 0],
        "licences": 0,
        "penalties": 0,
        "compulsory_measures": 0,
        "administrative_charges_10k_yuan": "0",
    }
    assert data["fees"] == {"notices": 0, "billed_yuan": "0", "received_yuan": "0"}


def test_edition_2019_has_its_own_section_two() -> None:
    data = sample("2019")
    assert list(data["applications"]["results"])[-2:] == ["other", "total"]
    assert data["proactive"] == {
        "regulations": [0, 0, 0],
        "normative_documents": [0, 0, 0],
        "licences": [0, 0, 0],
        "other_services": [0, 0, 0],
        "penalties": [0, 0, 0],
        "compulsory_measures": [0, 0, 0],
        "administrative_charges": [0, 0],
        "central_procurement": [0, "0"],
    }


def test_the_file_is_indented_by_one_in_chinese_and_ends_in_a_newline() -> None:
    text = json_text(zero_figures("某乡人民政府", 2021, "2021"))
    assert text.startswith('{\n "agency": "某乡人民政府",\n')
    assert text.endswith("}\n")


def test_money_is_a_decimal_string_without_exponent() -> None:
    figures = zero_figures("某乡人民政府", 2021, "2021")
    charged = replace(figures, proactive={**figures.proactive, "administrative_charges_10k_yuan": (Decimal("1E+3"),)})
    assert to_json(charged)["proactive"]["administrative_charges_10k_yuan"] == "1000"


def test_a_blank_cell_row_or_table_is_accepted_as_unreadable() -> None:
    data = sample() | {"agency": None, "year": None, "reviews": None, "proactive": None, "fees": None}
    data["applications"]["new"] = None
    data["applications"]["carried_in"][3] = None
    figures = from_json(data)
    assert figures.applications["new"] == (None,) * 7
    assert figures.at(Place("applications", "carried_in", 3)) is None
    assert figures.at(Place("reviews", "reconsideration", 4)) is None
    assert figures.at(Place("proactive", "licences", 0)) is None
    assert figures.fees is None


def test_what_the_reader_adds_beside_the_contract_is_left_alone() -> None:
    data = sample() | {"source": "report.html"}
    del data["fees"]
    assert from_json(data).fees is None


@pytest.mark.parametrize(("three", "two"), [("2019", "2021"), ("2021", "2019"), ("2019", "2019"), ("2021", "2021")])
def test_section_two_is_told_by_its_keys_whatever_table_three_is(three: str, two: str) -> None:
    data = sample(three) | {"proactive": sample(two)["proactive"]}
    figures = from_json(data)
    assert figures.edition == three
    assert figures.section_two == load_edition(two).section_two
    assert to_json(figures) == data


def test_every_fault_is_told_with_its_path_its_value_and_what_is_accepted() -> None:
    data = sample()
    data["year"] = "2021"
    data["applications"]["new"][2] = "三"
    data["applications"]["carried_in"] = [0, 0]
    data["applications"]["results"]["granted"][0] = True
    data["applications"]["results"]["refused_process"][6] = 1.0
    del data["applications"]["results"]["other_misc"]
    data["applications"]["results"]["othr_misc"] = [0] * 7
    data["reviews"]["reconsideration"] = 3
    data["proactive"]["licences"] = "0"
    data["proactive"]["administrative_charges_10k_yuan"] = 7730.28
    data["fees"]["billed_yuan"] = "1e3"
    told = faults(data)
    for fault in (
        'year 的值是 "2021"，应当是整数或 null',
        'applications.new[2] 的值是 "三"，应当是整数或 null',
        "applications.carried_in 的值是 [0, 0]，应当是7 个整数的列表",
        "applications.results.granted[0] 的值是 true，应当是整数或 null",
        "applications.results.refused_process[6] 的值是 1.0，应当是整数或 null",
        "applications.results.other_misc 缺少，应当有这一行",
        "reviews.reconsideration 的值是 3，应当是5 个整数的列表",
        'proactive.licences 的值是 "0"，应当是整数或 null',
        'proactive.administrative_charges_10k_yuan 的值是 7730.28，应当是引号中的小数（如 "7730.28"）或 null',
        'fees.billed_yuan 的值是 "1e3"，应当是引号中的小数（如 "7730.28"）或 null',
    ):
        assert fault in told
    assert any(fault.startswith("applications.results.othr_misc 不是这一版格式的行") for fault in told)
    assert len(told) == 11


@pytest.mark.parametrize("data", [None, [], "x", {}, {"edition": 2021}, {"edition": "1999"}, {"edition": ["2021"]}])
def test_what_is_no_report_is_refused(data: object) -> None:
    assert len(faults(data)) == 1


@pytest.mark.parametrize("table", ["applications", "reviews", "proactive", "fees"])
@pytest.mark.parametrize("value", [0, "", [], {"x": [1]}])
def test_a_broken_table_is_refused_without_a_crash(table: str, value: object) -> None:
    assert faults(sample() | {table: value})
