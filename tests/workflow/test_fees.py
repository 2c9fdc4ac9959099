"""The information-processing fee (law.md 4): both tariffs, how they explain themselves, and the check of a bill.

办法 = 《政府信息公开信息处理费管理办法》 (国办函〔2020〕109号).
"""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.vocabulary import Tariff
from workflow.faults import InputFault
from workflow.fees import Band, Charge, both, by_item, by_volume, check_bill, item_price, next_ordinals

ITEM_ARTICLE = "信息处理费管理办法第四条"
VOLUME_ARTICLE = "信息处理费管理办法第五条"


def yuan_by_item(upto: int) -> Decimal:
    return by_item(range(1, upto + 1)).yuan


# An independent reckoning, one item and one page at a time


def slow_item(ordinal: int) -> int:
    """Walk up the bands: each starts after the last one ended and costs 100 more."""
    last, price, width = 10, 0, 20
    while ordinal > last:
        last, price, width = last + width, price + 100, 10
    return price


def slow_volume(pages: int) -> int:
    """Page by page; each threshold passed raises the price of a page."""
    return sum(10 * (page > 30) + 10 * (page > 100) + 20 * (page > 200) for page in range(1, pages + 1))


ORDINALS = st.lists(st.integers(1, 300), min_size=1, max_size=40, unique=True)
PAGES = st.integers(1, 1000)
CHARGES = st.one_of(ORDINALS.map(by_item), PAGES.map(by_volume))


# By item: Art. 4


@pytest.mark.parametrize(
    ("upto", "yuan"),
    [
        (1, 0),
        (10, 0),
        (11, 100),
        (30, 2000),
        (31, 2200),
        (40, 4000),
        (41, 4300),
        (50, 7000),
        (51, 7400),
        (60, 11000),
        (100, 37000),
    ],
)
def test_fee_art4_the_first_n_requests_of_a_month_cost_together(upto: int, yuan: int) -> None:
    assert yuan_by_item(upto) == yuan
    assert sum(item_price(n) for n in range(1, upto + 1)) == yuan


@pytest.mark.parametrize(
    ("ordinal", "yuan"),
    [(1, 0), (10, 0), (11, 100), (30, 100), (31, 200), (40, 200), (41, 300), (50, 300), (51, 400), (100, 800)],
)
def test_fee_art4_the_nth_request_of_a_month_costs(ordinal: int, yuan: int) -> None:
    assert item_price(ordinal) == yuan
    assert by_item([ordinal]) == Charge(Tariff.BY_ITEM, 1, Decimal(yuan), (Band(ordinal, ordinal, 1, Decimal(yuan)),))


@given(st.integers(1, 10_000))
def test_fee_art4_the_price_of_an_item_is_the_one_found_by_walking_up_the_bands(ordinal: int) -> None:
    assert item_price(ordinal) == slow_item(ordinal)
    assert item_price(ordinal + 1) >= item_price(ordinal)


@given(ORDINALS)
def test_fee_art4_a_request_costs_the_sum_over_its_items_in_any_order(ordinals: list[int]) -> None:
    charge = by_item(ordinals)
    assert charge.yuan == sum(slow_item(ordinal) for ordinal in ordinals)
    assert charge.quantity == len(ordinals)
    assert charge == by_item(ordinals[::-1])


@given(ORDINALS, st.integers(301, 400))
def test_fee_art4_one_more_item_never_costs_less(ordinals: list[int], another: int) -> None:
    assert by_item([*ordinals, another]).yuan >= by_item(ordinals).yuan


@given(ORDINALS)
def test_fee_art4_an_item_later_in_the_month_never_costs_less(ordinals: list[int]) -> None:
    assert by_item([ordinal + 1 for ordinal in ordinals]).yuan >= by_item(ordinals).yuan


def test_fee_art4_a_letter_split_over_two_bands_pays_each_item_at_its_own_band() -> None:
    assert by_item([29, 30, 31]).bands == (Band(29, 30, 2, Decimal(100)), Band(31, 31, 1, Decimal(200)))


def test_fee_art4_items_split_off_later_count_where_they_stand_and_not_those_between() -> None:
    assert by_item([5, 12, 15]).bands == (Band(5, 5, 1, Decimal(0)), Band(12, 15, 2, Decimal(100)))


@pytest.mark.parametrize("ordinal", [0, -1])
def test_fee_art4_there_is_no_item_before_the_first(ordinal: int) -> None:
    with pytest.raises(ValueError, match=f"当月件次 {ordinal} 不对，应为 1 或更大的整数"):
        item_price(ordinal)
    with pytest.raises(InputFault, match=f"当月件次 {ordinal} 不对，应为 1 或更大的整数"):
        by_item([1, ordinal])


def test_fee_art4_a_request_has_at_least_one_item() -> None:
    with pytest.raises(InputFault, match="没有列出当月件次，应至少有 1 件"):
        by_item([])


def test_fee_art4_no_item_counts_twice_and_all_faults_are_told_at_once() -> None:
    with pytest.raises(InputFault) as fault:
        by_item([12, 7, 12, 0, 7, 12])
    assert fault.value.sentences == (
        "当月件次 0 不对，应为 1 或更大的整数",
        "当月第 7 件列了 2 次，每件只能计一次",
        "当月第 12 件列了 3 次，每件只能计一次",
    )


# By volume: Art. 5


@pytest.mark.parametrize(
    ("pages", "yuan"),
    [(1, 0), (30, 0), (31, 10), (100, 700), (101, 720), (200, 2700), (201, 2740), (350, 8700)],
)
def test_fee_art5_the_pages_of_a_request_cost(pages: int, yuan: int) -> None:
    charge = by_volume(pages)
    assert (charge.tariff, charge.quantity, charge.yuan) == (Tariff.BY_VOLUME, pages, yuan)


@given(PAGES)
def test_fee_art5_the_pages_cost_what_they_cost_one_by_one(pages: int) -> None:
    assert by_volume(pages).yuan == slow_volume(pages)
    assert by_volume(pages + 1).yuan >= by_volume(pages).yuan


def test_fee_art5_350_pages_pass_through_all_four_bands() -> None:
    assert by_volume(350).bands == (
        Band(1, 30, 30, Decimal(0)),
        Band(31, 100, 70, Decimal(10)),
        Band(101, 200, 100, Decimal(20)),
        Band(201, 350, 150, Decimal(40)),
    )


@given(PAGES)
def test_fee_art5_the_bands_follow_each_other_from_the_first_page_to_the_last(pages: int) -> None:
    bands = by_volume(pages).bands
    assert [page for band in bands for page in range(band.first, band.last + 1)] == list(range(1, pages + 1))
    assert all(band.quantity == band.last - band.first + 1 for band in bands)


def test_fee_art5_two_requests_of_30_pages_are_free_though_60_pages_are_not() -> None:
    assert by_volume(30).yuan + by_volume(30).yuan == 0
    assert by_volume(60).yuan == 300


@pytest.mark.parametrize("pages", [0, -3])
def test_fee_art5_a_request_has_at_least_one_page(pages: int) -> None:
    with pytest.raises(InputFault, match=f"页数 {pages} 不对，应为 1 或更大的整数"):
        by_volume(pages)


# Either, never both: Art. 3


@given(CHARGES)
def test_fee_art3_the_bands_add_up_to_the_quantity_and_the_total(charge: Charge) -> None:
    assert sum(band.quantity for band in charge.bands) == charge.quantity
    assert sum(band.quantity * band.price for band in charge.bands) == charge.yuan
    assert sum(band.yuan for band in charge.bands) == charge.yuan


@given(CHARGES)
def test_fee_art3_each_band_costs_more_than_the_one_before(charge: Charge) -> None:
    prices = [band.price for band in charge.bands]
    assert prices == sorted(set(prices))


def test_fee_art3_the_preview_shows_the_two_tariffs_side_by_side() -> None:
    assert both([11], 31) == (by_item([11]), by_volume(31))
    assert both([11], None) == (by_item([11]), None)
    assert both(None, 31) == (None, by_volume(31))
    assert both(None, None) == (None, None)


def test_fee_art3_the_preview_takes_no_wrong_quantity_for_an_unknown_one() -> None:
    with pytest.raises(InputFault, match="没有列出当月件次"):
        both([], None)
    with pytest.raises(InputFault, match="页数 0 不对"):
        both(None, 0)


# The place in the month


@pytest.mark.parametrize(
    ("taken", "count", "ordinals"),
    [
        ((), 1, (1,)),
        ((), 3, (1, 2, 3)),
        ((1, 2, 3), 1, (4,)),
        ((9, 2), 2, (10, 11)),
        ({30}, 1, (31,)),
    ],
)
def test_fee_art4_the_next_places_of_the_month_follow_the_highest_taken(taken, count, ordinals) -> None:
    assert next_ordinals(taken, count) == ordinals


@given(st.sets(st.integers(1, 200)), st.integers(1, 20))
def test_fee_art4_a_place_once_taken_is_never_used_again(taken: set[int], count: int) -> None:
    new = next_ordinals(taken, count)
    assert len(new) == count
    assert not taken & set(new)
    assert next_ordinals(taken | set(new), 1) == (new[-1] + 1,)


def test_fee_art4_places_are_counted_from_one() -> None:
    with pytest.raises(InputFault) as fault:
        next_ordinals([2, 0], 0)
    assert fault.value.sentences == (
        "已占用的当月件次 0 不对，应为 1 或更大的整数",
        "件数 0 不对，应为 1 或更大的整数",
    )


# How a charge explains itself


def test_fee_art4_a_charge_by_item_explains_its_arithmetic() -> None:
    assert by_item([*range(28, 33), 45]).explain() == [
        "申请人当月第 28 至 30 件，共 3 件，每件 100 元：3 × 100 = 300 元。",
        "申请人当月第 31 至 32 件，共 2 件，每件 200 元：2 × 200 = 400 元。",
        "申请人当月第 45 件，每件 300 元：1 × 300 = 300 元。",
        f"按件计收，6 件合计 1000 元（{ITEM_ARTICLE}）。",
    ]


def test_fee_art4_scattered_items_are_explained_as_some_of_a_range() -> None:
    assert by_item([12, 14]).explain() == [
        "申请人当月第 12 至 14 件中的 2 件，每件 100 元：2 × 100 = 200 元。",
        f"按件计收，2 件合计 200 元（{ITEM_ARTICLE}）。",
    ]


def test_fee_art5_a_charge_by_volume_explains_its_arithmetic() -> None:
    assert by_volume(201).explain() == [
        "本件申请第 1 至 30 页，共 30 页，每页 0 元：30 × 0 = 0 元。",
        "本件申请第 31 至 100 页，共 70 页，每页 10 元：70 × 10 = 700 元。",
        "本件申请第 101 至 200 页，共 100 页，每页 20 元：100 × 20 = 2000 元。",
        "本件申请第 201 页，每页 40 元：1 × 40 = 40 元。",
        f"按量计收，201 页合计 2740 元（{VOLUME_ARTICLE}）。",
    ]


def test_fee_art4_and_art5_a_free_request_says_that_nothing_is_charged_and_why() -> None:
    assert by_item([10]).explain() == [
        "申请人当月第 10 件，每件 0 元：1 × 0 = 0 元。",
        f"按件计收，1 件合计 0 元：同一申请人一个自然月内累计申请 10 件以下（含 10 件）的，不收费（{ITEM_ARTICLE}）。",
    ]
    assert by_volume(30).explain() == [
        "本件申请第 1 至 30 页，共 30 页，每页 0 元：30 × 0 = 0 元。",
        f"按量计收，30 页合计 0 元：每件申请 30 页以下（含 30 页）的，不收费（{VOLUME_ARTICLE}）。",
    ]


@given(CHARGES)
def test_fee_art3_every_band_has_its_line_and_the_last_line_the_total_and_the_article(charge: Charge) -> None:
    *lines, total = charge.explain()
    assert len(lines) == len(charge.bands)
    for band, line in zip(charge.bands, lines, strict=True):
        assert f"第 {band.first} " in line
        assert f" {band.last} " in line
        assert f"{band.quantity} × {band.price} = {band.yuan} 元" in line
    article = ITEM_ARTICLE if charge.tariff is Tariff.BY_ITEM else VOLUME_ARTICLE
    assert f"合计 {charge.yuan} 元" in total
    assert total.endswith(f"（{article}）。")
    assert ("不收费" in total) is (charge.yuan == 0)


def test_fee_art3_a_charge_is_written_as_json_with_money_as_decimal_strings() -> None:
    assert by_item([30, 31]).to_json() == {
        "tariff": "by_item",
        "quantity": 2,
        "yuan": "300",
        "bands": [
            {"first": 30, "last": 30, "quantity": 1, "price": "100", "yuan": "100"},
            {"first": 31, "last": 31, "quantity": 1, "price": "200", "yuan": "200"},
        ],
    }


@given(CHARGES)
def test_fee_art3_a_charge_survives_json(charge: Charge) -> None:
    read = json.loads(json.dumps(charge.to_json()))
    assert Decimal(read["yuan"]) == charge.yuan
    assert sum(Decimal(band["yuan"]) for band in read["bands"]) == charge.yuan
    assert Tariff(read["tariff"]) is charge.tariff


# The check of a bill


@pytest.mark.parametrize("billed", ["2740", "2740.00", "2.74E+3"])
def test_fee_art5_a_bill_over_what_the_tariff_gives_may_be_issued(billed: str) -> None:
    assert check_bill(by_volume(201), Decimal(billed)) is None


@given(CHARGES, st.decimals(0, 10_000, places=2))
def test_fee_art3_only_the_amount_of_the_tariff_may_be_billed_and_never_nothing(
    charge: Charge, billed: Decimal
) -> None:
    assert (check_bill(charge, billed) is None) is (billed == charge.yuan and charge.yuan > 0)
    assert (check_bill(charge, charge.yuan) is None) is (charge.yuan > 0)


@pytest.mark.parametrize(
    ("charge", "billed", "sentence", "article"),
    [
        (by_item([31]), "100", "收费金额 100 元与标准不符：按件计收，1 件应收 200 元", ITEM_ARTICLE),
        (by_volume(31), "310.50", "收费金额 310.50 元与标准不符：按量计收，31 页应收 10 元", VOLUME_ARTICLE),
        (by_volume(31), "0", "收费金额 0 元与标准不符：按量计收，31 页应收 10 元", VOLUME_ARTICLE),
        (by_item([3]), "100", "按件计收，1 件应收 0 元，不得发出收费 100 元的通知", ITEM_ARTICLE),
        (by_volume(30), "0", "按量计收，30 页应收 0 元，不得发出收费 0 元的通知", VOLUME_ARTICLE),
    ],
)
def test_fee_art4_and_art5_another_amount_is_refused_with_both_amounts(charge, billed, sentence, article) -> None:
    refusal = check_bill(charge, Decimal(billed))
    assert refusal is not None
    assert (refusal.sentence, refusal.article) == (sentence, article)
