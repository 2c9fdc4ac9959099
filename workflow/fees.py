"""The information-processing fee (信息处理费): what a request costs by each tariff, and why. Pure.

The tariffs are those of 《政府信息公开信息处理费管理办法》 (国办函〔2020〕109号): by item (按件, Art. 4) and by volume
(按量, Art. 5), both progressive; an agency may choose one of them for a request, never both (Art. 3). Money is in
yuan (元). Items and pages are whole and so are the prices, so nothing is ever rounded.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

from models.vocabulary import Tariff
from workflow.faults import InputFault, Refusal

ARTICLES = {
    Tariff.BY_ITEM: "信息处理费管理办法第四条",
    Tariff.BY_VOLUME: "信息处理费管理办法第五条",
}

FREE_ITEMS = 10
FIRST_PAID_ITEMS = 30
ITEMS_PER_STEP = 10
YUAN_PER_STEP = 100

PAGE_PRICES = ((1, 30, 0), (31, 100, 10), (101, 200, 20), (201, None, 40))
"""First page, last page (None: no end) and yuan a page (Art. 5)."""

_UNITS = {Tariff.BY_ITEM: "件", Tariff.BY_VOLUME: "页"}
_WHOSE = {Tariff.BY_ITEM: "申请人当月", Tariff.BY_VOLUME: "本件申请"}
_WHY_FREE = {
    Tariff.BY_ITEM: "同一申请人一个自然月内累计申请 10 件以下（含 10 件）的，不收费",
    Tariff.BY_VOLUME: "每件申请 30 页以下（含 30 页）的，不收费",
}


@dataclass(frozen=True, slots=True)
class Band:
    """The part of a request that falls in one band (档) of a tariff.

    ``first`` and ``last`` are the request's first and last item of the month, or page, in the band, and ``quantity``
    how many it has there: fewer than from first to last if the applicant's other requests lie between. ``price`` is
    in yuan for each.
    """

    first: int
    last: int
    quantity: int
    price: Decimal

    @property
    def yuan(self) -> Decimal:
        """What the band costs, in yuan."""
        return self.quantity * self.price


@dataclass(frozen=True, slots=True)
class Charge:
    """What one request costs by one tariff: items or pages, yuan in all, and the bands that add up to them."""

    tariff: Tariff
    quantity: int
    yuan: Decimal
    bands: tuple[Band, ...]

    def explain(self) -> list[str]:
        """Why it costs that much (Chinese): a line for each band, then the total with its article."""
        unit = _UNITS[self.tariff]
        lines = [
            f"{self._where(band)}，每{unit} {band.price:f} 元：{band.quantity} × {band.price:f} = {band.yuan:f} 元。"
            for band in self.bands
        ]
        total = f"{self.tariff.label}计收，{self.quantity} {unit}合计 {self.yuan:f} 元"
        why_free = "" if self.yuan else f"：{_WHY_FREE[self.tariff]}"
        return [*lines, f"{total}{why_free}（{ARTICLES[self.tariff]}）。"]

    def _where(self, band: Band) -> str:
        unit, whose = _UNITS[self.tariff], _WHOSE[self.tariff]
        if band.first == band.last:
            return f"{whose}第 {band.first} {unit}"
        scattered = band.quantity <= band.last - band.first
        return f"{whose}第 {band.first} 至 {band.last} {unit}{'中的' if scattered else '，共'} {band.quantity} {unit}"

    def to_json(self) -> dict[str, Any]:
        """The charge as JSON, money as decimal strings."""
        return {
            "tariff": self.tariff.value,
            "quantity": self.quantity,
            "yuan": f"{self.yuan:f}",
            "bands": [
                {
                    "first": band.first,
                    "last": band.last,
                    "quantity": band.quantity,
                    "price": f"{band.price:f}",
                    "yuan": f"{band.yuan:f}",
                }
                for band in self.bands
            ],
        }


def item_price(ordinal: int) -> Decimal:
    """Yuan for the applicant's nth request of the calendar month at this agency (Art. 4).

    The first ten are free, the 11th to 30th cost 100 each, and each further ten 100 more than the ten before.
    """
    if ordinal < 1:
        raise ValueError(_not_positive("当月件次", ordinal))
    if ordinal <= FREE_ITEMS:
        return Decimal(0)
    if ordinal <= FIRST_PAID_ITEMS:
        return Decimal(YUAN_PER_STEP)
    steps = (ordinal - FIRST_PAID_ITEMS - 1) // ITEMS_PER_STEP + 2
    return Decimal(YUAN_PER_STEP * steps)


def by_item(ordinals: Sequence[int]) -> Charge:
    """The charge by item (Art. 4): ``ordinals`` are the places of the request's items in the applicant's month.

    A plain request has one; a letter with several matters, split into items for counting, has several.
    """
    faults = [_not_positive("当月件次", ordinal) for ordinal in ordinals if ordinal < 1]
    faults += [
        f"当月第 {ordinal} 件列了 {ordinals.count(ordinal)} 次，每件只能计一次"
        for ordinal in sorted(set(ordinals))
        if ordinals.count(ordinal) > 1
    ]
    if not ordinals:
        faults.append("没有列出当月件次，应至少有 1 件")
    if faults:
        raise InputFault(faults)
    # No two bands have the same price, so the price tells the band.
    in_bands = [(price, list(items)) for price, items in groupby(sorted(ordinals), key=item_price)]
    return _charge(Tariff.BY_ITEM, [Band(items[0], items[-1], len(items), price) for price, items in in_bands])


def by_volume(pages: int) -> Charge:
    """The charge by volume (Art. 5) for the pages of one request; requests are never added together.

    A page is one side of A4 or smaller; a part page counts as one. The first 30 are free.
    """
    if pages < 1:
        raise InputFault(_not_positive("页数", pages))
    bands = []
    for first, end, price in PAGE_PRICES:
        if pages >= first:
            last = pages if end is None else min(pages, end)
            bands.append(Band(first, last, last - first + 1, Decimal(price)))
    return _charge(Tariff.BY_VOLUME, bands)


def both(ordinals: Sequence[int] | None, pages: int | None) -> tuple[Charge | None, Charge | None]:
    """The charges by item and by volume side by side, None where the quantity is not known.

    The agency may choose one of the two for a request, never both (Art. 3).
    """
    return (
        None if ordinals is None else by_item(ordinals),
        None if pages is None else by_volume(pages),
    )


def next_ordinals(taken: Collection[int], count: int) -> tuple[int, ...]:
    """The next ``count`` places in the applicant's month, after the highest one ``taken`` (Art. 4).

    A place is frozen when the request is first registered and never used again, so gaps are not filled; the items
    of a request that is split later take the next free ones.
    """
    faults = [_not_positive("已占用的当月件次", ordinal) for ordinal in sorted(taken) if ordinal < 1]
    if count < 1:
        faults.append(_not_positive("件数", count))
    if faults:
        raise InputFault(faults)
    first = max(taken, default=0) + 1
    return tuple(range(first, first + count))


def check_bill(charge: Charge, billed_yuan: Decimal) -> Refusal | None:
    """Why a fee notice over ``billed_yuan`` may not be issued, or None if it is what the tariff gives (Arts. 3-5).

    Where the tariff gives 0 yuan no notice may be issued at all, whatever its amount.
    """
    basis = f"{charge.tariff.label}计收，{charge.quantity} {_UNITS[charge.tariff]}应收 {charge.yuan:f} 元"
    if not charge.yuan:
        return Refusal(f"{basis}，不得发出收费 {billed_yuan:f} 元的通知", ARTICLES[charge.tariff])
    if billed_yuan != charge.yuan:
        return Refusal(f"收费金额 {billed_yuan:f} 元与标准不符：{basis}", ARTICLES[charge.tariff])
    return None


def _charge(tariff: Tariff, bands: Sequence[Band]) -> Charge:
    return Charge(
        tariff=tariff,
        quantity=sum(band.quantity for band in bands),
        yuan=sum((band.yuan for band in bands), Decimal(0)),
        bands=tuple(bands),
    )


def _not_positive(name: str, value: int) -> str:
    return f"{name} {value} 不对，应为 1 或更大的整数"
