"""What a report says in words: whose report on which year it is, its sections, and the fees it tells of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from reports.edition import edition_names, load_edition
from reports.figures import Fees
from reports.reading.alignment import alike
from reports.reading.blocks import Block, key, normal, said, squeezed
from reports.reading.pieces import is_page_number

_YEAR = r"(?P<year>20\d\d|二[〇○O零0]{1}[一二][〇○O零0一二三四五六七八九])"
_KIND = r"(?:政府信息公开|信息公开|政务公开)(?:工作)?"
_TITLES = (
    re.compile(rf"(?P<agency>.{{2,60}}?)(?:关于)?{_YEAR}年?度?(?:的)?{_KIND}(?:情况)?(?:年度)?报告"),
    re.compile(rf"(?P<agency>){_YEAR}年?度?(?:的)?{_KIND}(?:情况)?(?:年度)?报告"),
    re.compile(rf"{_YEAR}年度?(?P<agency>.{{2,60}}?){_KIND}(?:情况)?(?:年度)?报告"),
    re.compile(rf"(?P<agency>.{{2,60}}?){_KIND}{_YEAR}年?年?度?(?:工作)?报告"),
)
_DIGITS = {mark: str(digit) for digit, mark in enumerate("〇一二三四五六七八九")} | dict.fromkeys("○O零0", "0")
_AGENCY = re.compile(r"[\u3400-\u9fff·()、A-Z0-9“”\"]{2,60}")
_NO_AGENCY = re.compile(
    r"^(?:\d|关于|公布|发布|印发|现将|首页|当前位置|您|标题|名称|索引|主题)|政府信息公开|依据|根据|按照|条例|编制|如下|现公布|年报$|>|:"
)
_ORGAN = re.compile(
    r".{2,40}(?:政府|政府办公[厅室]|办公[厅室]|委员会|委|局|厅|部|署|院|处|站|中心|乡|镇|街道|办事处|区|县|市|旗|州|省|所|会|大队|支队|总队|分局|公司|学校|大学|学院)"
)
_NUMBERED = re.compile(r"^(?:第?[一二三四五六]部分|[一二三四五六1-6])[、.:,)]")
_LONGEST_HEADING = 40
_LONGEST_TITLE = 80
_WITHIN = 60

_FEE_ITEM = r"(?P<number>\d[\d,]*(?:\.\d+)?)(?P<unit>万元|元|件次|件|次|份|个|笔|项)?"


def whose_and_when(blocks: Sequence[Block], page_title: str = "") -> tuple[str | None, int | None]:
    """The agency and the year that the title names; None for what it does not."""
    lines = [line for block in blocks if (line := squeezed(said(block))) and not is_page_number(line)]
    head = lines[:_WITHIN]
    agency: str | None = None
    year: int | None = None
    # On a line by itself is the best sign; a title may also be torn over two or three lines.
    for width in (1, 2, 3):
        for at in range(len(head)):
            joined = "".join(head[at : at + width])
            agency, found_year = _title(joined) if len(joined) <= _LONGEST_TITLE else (None, None)
            if agency:
                return agency, found_year
            year = year or found_year
    if page_title:
        for part in (page_title, *re.split(r"[-_|—]", page_title)):
            found_agency, found_year = _title(squeezed(part))
            if found_agency:
                return found_agency, found_year
            year = year or found_year
    agency = _signed(lines)
    if year is None:
        period = re.search(r"统计期限.{0,12}?(20\d\d)年", "".join(lines))
        year = int(period[1]) if period else None
    return agency, year


def _title(line: str) -> tuple[str | None, int | None]:
    bare = re.sub(r"^(?:标题|名称|信息名称|公文名称):", "", line).strip("《》")
    bare = re.sub(r"[(\[](?:全文|公开版|试行|[\d-]+)[)\]]$", "", bare)
    for pattern in _TITLES:
        match = pattern.fullmatch(bare)
        if match:
            agency = re.sub(r"^(?:关于|公布)", "", match["agency"]).strip("的《:、")
            year = int("".join(_DIGITS.get(mark, mark) for mark in match["year"]))
            if not agency:
                return None, year
            if _AGENCY.fullmatch(agency) and not _NO_AGENCY.search(agency):
                return agency, year
    return None, None


def _signed(lines: Sequence[str]) -> str | None:
    """The agency where the title names only the year: the line above it, or who says that he drew the report up."""
    for at, line in enumerate(lines[:_WITHIN]):
        if at and _title(line)[1] and _ORGAN.fullmatch(lines[at - 1]) and not _NO_AGENCY.search(lines[at - 1]):
            return lines[at - 1]
    match = re.search(
        r"(?:本(?:年度)?报告)由([\u3400-\u9fff]{4,40}?)(?:根据|依据|按照|编制|负责)", "".join(lines[:_WITHIN])
    )
    return match[1] if match else None


def section_of(text: str) -> int | None:
    """The number of the section that this line heads, 1 to 6, however it is numbered; None if it heads none."""
    plain = squeezed(text)
    if len(plain) > _LONGEST_HEADING or plain.endswith(("。", ";", ",")):
        return None
    numbered = _NUMBERED.match(plain)
    bare = plain[numbered.end() :] if numbered else plain
    title = re.sub(r"^(?:政府)?信息公开(?:工作)?", "", key(bare)) or key(bare)
    for name in edition_names():
        for number, heading in enumerate(load_edition(name).sections, 1):
            wanted = heading.partition("、")[2]
            if key(bare) == key(wanted) or title == key(wanted):
                return number
    if not numbered:
        return None
    for number, words in enumerate(_SECTION_WORDS, 1):
        if any(re.search(word, key(bare)) for word in words):
            return number
    likeness, number = max(
        (alike(bare, heading.partition("、")[2]), number)
        for number, heading in enumerate(load_edition(edition_names()[-1]).sections, 1)
    )
    return number if likeness >= 0.8 else None


_SECTION_WORDS = (
    ("^(工作)?(总体|基本)情况", "^概述"),
    ("主动公开.*情况$",),
    ("(收到|受理|依申请).*申请.*情况", "依申请公开.*情况$"),
    ("复议.*诉讼",),
    ("主要问题", "存在.*问题", "改进(情况|措施)"),
    ("其他.*(报告|说明)",),
)


def sections(blocks: Sequence[Block], tables: Sequence[slice]) -> dict[int, str]:
    """The sections' text by number, without the tables; a heading with nothing beneath it gives none."""
    inside = {at for region in tables for at in range(*region.indices(len(blocks)))}
    texts: dict[int, list[str]] = {}
    current = 0
    for at, block in enumerate(blocks):
        text = said(block)
        number = section_of(text)
        if number is not None:
            current = number
        elif current and at not in inside and text.strip() and not is_page_number(text):
            texts.setdefault(current, []).append(normal(text))
    return {number: "\n".join(lines) for number, lines in sorted(texts.items())}


def fees(text: str) -> tuple[Fees | None, str]:
    """信息处理费 as section six tells it, and why there is none. Fees are known by the notices that were sent.

    All are 0 where it says that nothing was charged (未收取). A sum that is not told is None.
    """
    plain = squeezed(text)
    if "处理费" not in plain and "收费通知" not in plain:
        return None, "没有写明信息处理费"
    told = "".join(part for part in re.split(r"(?<=[。;!?])", plain) if re.search(r"费|金额|收取|元", part))
    if notices := _all_zero(told):
        return notices, ""
    count = _first(
        told,
        rf"收费通知(?:书|单)?(?:的)?(?:总)?(?:件数|数量|份数|次数)?(?:共计|合计|总计|共|为|是|:|,)*{_FEE_ITEM}",
        rf"{_FEE_ITEM}(?:\(?次\)?)?(?:政府)?(?:信息公开)?(?:信息处理费)?收费通知",
    )
    billed = _money(
        told,
        rf"(?:总金额|收费金额|通知金额|应收(?:取)?(?:总)?(?:金额)?|涉及金额|费用总额|总额)(?:共计|合计|总计|共|为|是|:|人民币)*{_FEE_ITEM}",
        rf"(?<!取)(?<!收)(?<!实际)金额(?:共计|合计|共|为|是|:|人民币)*{_FEE_ITEM}",
    )
    received = _money(
        told,
        rf"(?:实际|实)(?:收取|收到|收入|收)(?:的|信息处理费|费用)*(?:总金额|金额|总额)?(?:共计|合计|总计|共|为|是|:|人民币)*{_FEE_ITEM}",
        rf"(?<!未)收取(?:了)?(?:政府信息公开)?(?:信息处理费|费用)(?:总金额|金额)?(?:共计|合计|总计|共|为|是|:|人民币)*{_FEE_ITEM}",
    )
    if _first(told, r"未(?:实际)?收到(?P<number>)(?P<unit>)") is not None or re.search("均未缴|尚未缴", told):
        received = received if received is not None else None
    if count is None or count[1] in {"元", "万元"} or "." in count[0]:
        return None, "信息处理费没有写明收费通知的件数"
    return Fees(int(count[0]), billed, received), ""


def _all_zero(told: str) -> Fees | None:
    """Nothing charged at all, told in words or as a 0 for all three; None if any other number is told."""
    numbers = [
        number
        for number in re.findall(r"(?<![\d第〔(])(\d[\d,]*(?:\.\d+)?)(?=元|万元|件|次|份|笔|。|,|;|$)", told)
        if Decimal(number.replace(",", "")) != 0
    ]
    if numbers:
        return None
    nothing = re.search(
        r"(?:未|没有|无|不存在|零)(?:发生|产生|实际|对外|曾|向[^,。]{0,12})?(?:过)?(?:收取|收到|收费|发出|征收|涉及)?(?:任何)?"
        r"(?:政府|依申请|信息公开|公开|的|有关|相关)*(?:信息处理费|处理费|收费通知|费用)(?!管理)",
        told,
    )
    every = re.search(r"(?:通知|件数).{0,30}(?:均|都|皆)(?:为|是)?(?:0|零)", told)
    free = re.search(
        r"(?:信息处理费|费用?|收费)[^。]{0,12}?(?:未(?:收取|收费|产生|发生)|没有(?:收取|收费)|均未收取|无收费)", told
    )
    return Fees(0, Decimal(0), Decimal(0)) if nothing or every or free else None


def _first(text: str, *patterns: str) -> tuple[str, str] | None:
    for pattern in patterns:
        match = re.search(pattern, text)
        if match:
            return match["number"].replace(",", ""), match["unit"] or ""
    return None


def _money(text: str, *patterns: str) -> Decimal | None:
    found = _first(text, *patterns)
    if found is None or found[1] not in {"", "元", "万元"}:
        return None
    amount = Decimal(found[0])
    return amount if found[1] != "万元" else (amount * 10000).quantize(Decimal("0.01")).normalize() + Decimal(0)
