"""文号 by the agency's pattern: GB/T 9704—2012 7.2.5: sign, year in 〔〕, serial without leading zeros or 第."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letters.catalogue import LETTERS
from workflow.document_numbers import SERIES_OF, read
from workflow.faults import InputFault


def test_without_a_choice_each_series_counts_by_itself() -> None:
    found = read("")
    assert found["补"].number("测", 2026, 3) == "测公开补〔2026〕3号"
    assert found["答"].number("测", 2026, 12) == "测公开答〔2026〕12号"
    assert {each.series for each in found.values()} == set(SERIES_OF.values())


def test_one_pattern_without_a_series_counts_all_letters_together() -> None:
    found = read("{代字}依复〔{年}〕{号}号；补＝{代字}补字〔{年}〕{号}号")
    assert {name for name, each in found.items() if each.series} == {"补"}
    assert found["延"].number("某政", 2027, 1) == "某政依复〔2027〕1号"
    assert found["补"].number("某政", 2027, 1) == "某政补字〔2027〕1号"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{代字}〔{年}〕", "{号}"),
        ("{代字}{号}号", "{年}"),
        ("{代字}〔{年}〕{号}{号}号", "各一个"),
        ("{代字〔{年}〕{号}号", "可用的字段"),
        ("{机关}〔{年}〕{号}号", "可用的字段"),
        ("{年}-{号}；{年}/{号}", "哪一类"),
        ("{年}-{号}；奖={年}/{号}", "没有“奖”这一类"),
        ("{代字}〔{年}〕{号}号；补={代字}〔{年}〕{号}号", "同样的文号"),
        ("{年}{号}" + "长" * 60, "不超过"),
    ],
)
def test_a_pattern_that_numbers_nothing_for_sure_is_refused(text: str, said: str) -> None:
    with pytest.raises(InputFault, match=re.escape(said)):
        read(text)


@given(st.integers(2019, 2099), st.integers(1, 99_999), st.sampled_from(sorted(SERIES_OF)))
def test_numbers_of_two_series_or_years_or_serials_are_never_the_same(year: int, serial: int, code: str) -> None:
    patterns = read("{代字}公开{类}〔{年}〕{号}号")
    number = patterns[SERIES_OF[code]].number("测", year, serial)
    assert re.fullmatch(rf"测公开\w〔{year}〕{serial}号", number)
    others = {
        patterns[each].number("测", y, s) for each in patterns for y in (year, year + 1) for s in (serial, serial + 1)
    }
    assert len(others) == len(patterns) * 4


def test_every_letter_that_leaves_has_a_number_and_no_form_has_one() -> None:
    assert set(SERIES_OF) == {kind.code for kind in LETTERS if kind.is_outward}
