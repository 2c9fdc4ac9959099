"""K6: figures that the report's sentences quote, held against its tables (law.md 5.6). What differs is a warning.

A sentence is only held against a table where it plainly speaks of this year and of the whole: figures of other years,
percentages, shares of a part and items of 主动公开 that the form does not count are left alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from reports.checks import Finding
from reports.edition import RESULTS_TOTAL
from reports.figures import Figures, figure_json

_SECTIONS = ("一", "二", "三", "四", "五", "六")
_HELD = (1, 5, 6)
_CLAUSE = re.compile(r"[^。;!?]+")
_PART = re.compile(r"[^,]+")
_OTHER_TIME = re.compile(
    r"(?:较|比|同比|环比|与)[^,。;]{0,12}?(?:去年|上年|上一年|往年|前年|同期|20\d\d年)"
    r"|去年|上年度?(?!结转|转)|上一年度?(?!结转|转)|前年|往年|历年|累计|近[两三五\d]年|截至目前|以来"
    r"|同比|环比|增长|增加了|减少了|下降了|上升了"
)
_SHARE = re.compile(
    r"其中|占|包括|包含|涉及|分别|例如|通过|网上|网络|当面|信函|邮寄|传真|邮件|平台|渠道|自然人|法人|企业|公民|内容|部门|街道|乡镇|本级|所属|下属"
)
# What offices also receive and answer, besides applications.
_OTHER_WORK = re.compile("提案|建议|热线|信箱|来信|来访|留言|诉求|工单|咨询|投诉|信访(?!举报)|问政")
_APPLICATION = re.compile("申请|依申请|复议|诉讼|规范性文件|决定")


@dataclass(frozen=True, slots=True)
class _Sum:
    """The figures a phrase speaks of: what of them is printed, and whether blanks may hide more."""

    printed: int
    blank: bool


@dataclass(frozen=True, slots=True)
class _Quote:
    """A kind of phrase, what its number must be, and the row that it is held against."""

    pattern: re.Pattern[str]
    where: str
    name: str
    sums: Callable[[Figures], Iterable[_Sum]]


def check(texts: Mapping[int, str], figures: Figures) -> list[Finding]:
    """The quoted figures that differ from the tables; ``texts`` are plain texts by section number, 1 to 6.

    Sections 一, 五 and 六 are held. Where a blank cell could make up the difference nothing is said.
    """
    findings: dict[tuple[str, int | str | None, str], Finding] = {}
    for number in _HELD:
        for finding in _section(texts.get(number, ""), number, figures):
            findings.setdefault((finding.where, finding.found, finding.message), finding)
    return list(findings.values())


def _section(text: str, number: int, figures: Figures) -> Iterator[Finding]:
    for sentence in _CLAUSE.findall(_plain(text)):
        if figures.year and _of_another_year(sentence, figures.year):
            continue
        yield from _counts(sentence, number, figures)
        yield from _upheld(sentence, number, figures)
        if number == 6 or "处理费" in sentence:
            yield from _fees(sentence, number, figures)


def _plain(text: str) -> str:
    lines = [line for line in text.split("\n") if not re.fullmatch(r"\s*[-—]+\s*\d+\s*[-—]+\s*", line)]
    # A heading ends where its line does, a line torn in the middle of a sentence does not.
    joined = "".join(line if not _is_heading(line) else f"{line}。" for line in lines)
    plain = "".join(unicodedata.normalize("NFKC", joined).split())
    return re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", plain)


def _is_heading(line: str) -> bool:
    plain = unicodedata.normalize("NFKC", line).strip()
    return (
        len(plain) <= 30
        and bool(re.match(r"\([一二三四五六七八九十]+\)", plain))
        and not re.search(r"[。,;]|\d", plain)
    )


def _of_another_year(sentence: str, year: int) -> bool:
    years = {int(found) for found in re.findall(r"(20\d\d)年", sentence)}
    return bool(years) and year not in years


def _counts(sentence: str, number: int, figures: Figures) -> Iterator[Finding]:
    for quote in _QUOTES:
        for match in quote.pattern.finditer(sentence):
            if not _speaks_of_the_whole(sentence, match):
                continue
            found = int(match["number"] or 0)
            sums = list(quote.sums(figures))
            if sums and not any(_agrees(found, each) for each in sums):
                expected = sums[0].printed
                words = _words(match)
                yield _finding(number, quote.where, quote.name, words, expected, found)


def _speaks_of_the_whole(sentence: str, match: re.Match[str]) -> bool:
    """Not of another year, a share, a change, or about (余, 多)."""
    if _OTHER_WORK.search(sentence) and not _APPLICATION.search(match[0]):
        return False
    start = max(sentence.rfind(mark, 0, match.start()) for mark in ",。;:") + 1
    before = sentence[start : match.start()]
    after = sentence[match.end("number") :]
    if re.match(r"[余多]|%|\.\d|万|年|月|日|人|个", after):
        return False
    if _OTHER_TIME.search(before + match[0]) or re.search(r"近|约|超过?|逾|不到|其中|占", before[-6:]):
        return False
    # 含上年结转……件 and the like stand in brackets and are no whole; 其中 introduces parts up to the sentence's end.
    opened = sentence[: match.start()]
    if opened.count("(") > opened.count(")"):
        return False
    return not _SHARE.search(before)


def _agrees(found: int, figures: _Sum) -> bool:
    return found == figures.printed or (figures.blank and found > figures.printed)


def _words(match: re.Match[str]) -> str:
    return match[0].strip(",。;:、(")


def _finding(
    number: int, where: str, name: str, words: str, expected: int | Decimal | str, found: int | Decimal | str
) -> Finding:
    shown_expected = figure_json(expected) if isinstance(expected, Decimal) else expected
    shown_found = figure_json(found) if isinstance(found, Decimal) else found
    return Finding(
        "K6",
        "warning",
        where,
        f"第{_SECTIONS[number - 1]}部分写的是“{words}”，表中{name}为{shown_expected}，两者应当一致。",
        shown_expected,
        shown_found,
    )


# What the tables say


def _total(figures: Figures, *paths: str) -> Iterator[_Sum]:
    """The 总计 of rows together: as printed, else from the six other columns; nothing if the rows are all blank."""
    printed, blank = 0, False
    for path in paths:
        row = figures.applications.get(path, (None,) * 7)
        *kinds, total = row
        if total is not None:
            printed += total
            continue
        printed += sum(figure for figure in kinds if figure is not None)
        blank = blank or None in kinds
    if any(figure is not None for path in paths for figure in figures.applications.get(path, ())):
        yield _Sum(printed, blank)


def _rows(*paths: str) -> Callable[[Figures], Iterable[_Sum]]:
    return lambda figures: _total(figures, *paths)


def _group(prefix: str) -> Callable[[Figures], Iterable[_Sum]]:
    return lambda figures: _total(
        figures, *(path for path in figures.applications if path.startswith(f"results/{prefix}"))
    )


def _either(*kinds: Callable[[Figures], Iterable[_Sum]]) -> Callable[[Figures], Iterable[_Sum]]:
    return lambda figures: [each for kind in kinds for each in kind(figures)]


def _reviews(*keys: str) -> Callable[[Figures], Iterable[_Sum]]:
    def of(figures: Figures) -> Iterator[_Sum]:
        printed, blank = 0, False
        for name in keys:
            row = figures.reviews.get(name, (None,) * 5)
            # A printed 总计 that does not add up is K5's business: either may be what the sentence tells.
            *results, total = row
            added = sum(figure for figure in results if figure is not None)
            printed += max(total or 0, added)
            blank = blank or (None in results and total is None and all(figure is None for figure in row) is False)
        if any(figure is not None for name in keys for figure in figures.reviews.get(name, ())):
            yield _Sum(printed, blank)

    return of


def _proactive(name: str) -> Callable[[Figures], Iterable[_Sum]]:
    def of(figures: Figures) -> Iterator[_Sum]:
        columns = figures.section_two.columns_of.get(name, ())
        row = figures.proactive.get(name, ())
        for column, figure in zip(columns, row, strict=False):
            if (column.role == "issued" or "处理决定" in column.label) and isinstance(figure, int):
                yield _Sum(figure, blank=False)

    return of


_LITIGATION = ("litigation_direct", "litigation_after_reconsideration")
_APPLIED = r"(?:政府信息(?:公开)?申请|(?:政府)?信息公开申请|依申请公开(?:政府信息)?(?:申请|件)?|公开申请)"
_FILLER = r"(?:政府信息|公开|的|有关|事项|申请人|类|情形|答复|申请|处理|决定|共计|合计|共|有|为|是|:|了)*"


def _quote(words: str, where: str, name: str, sums: Callable[[Figures], Iterable[_Sum]]) -> _Quote:
    return _Quote(re.compile(words), where, name, sums)


def _leaf(words: str, where: str, name: str, sums: Callable[[Figures], Iterable[_Sum]]) -> _Quote:
    return _quote(rf"{words}{_FILLER}(?P<number>\d[\d,]*)(?:件次|件|宗|例|条|份)", where, name, sums)


_NOT_JOINED = r"(?<![和及与、或])"
_NOT_OF_ONE_KIND = "".join(
    f"(?<!{words})"
    for way in ("未经复议", "复议后", "直接", "直接提起", "后提起", "再提起")
    for words in (way, f"{way}行政")
)
_SUED = r"(?:直接|再)*(?:提起)?(?:起诉|(?:行政)?诉讼)(?:的|案件)*(?:共计|共|为|有|:)*(?P<number>\d+)(?:件|宗|起|例)"
# None in words: what is received or happens, and nothing that would make it a part (被纠正, 败诉).
_NONE_HAPPENED = (
    "(?:未|没有)(?:发生|产生|出现|引发)"
    "(?:过|因|与|涉及|有关|相关|依申请公开|政府信息公开|信息公开|政府信息|工作|方面|引起|引发|导致|的)*"
)
_AND_SO_ON = r"(?:案件|事项)?(?:(?:[、和及与或]|以及)(?:提起)?行政诉讼)?(?:案件|事项|的?情况)*"
_QUOTES = (
    _quote(
        rf"(?:新收|收到|受理|接收|收悉)(?:到|的|了|各类)*{_APPLIED}(?:共计|合计|共|总数|数量|为|有|:)*(?P<number>\d[\d,]*)(?:件次|件|宗|例|条|份)",
        "applications/本年新收",
        "本年新收",
        _either(_rows("new"), _rows("new", "carried_in")),
    ),
    _quote(
        rf"(?:新收|收到|受理|接收)(?:到|的|了)*(?P<number>\d[\d,]*)(?:件次|件|宗|例|条|份)(?:政府)?(?:信息)?(?:公开)?{_APPLIED}",
        "applications/本年新收",
        "本年新收",
        _either(_rows("new"), _rows("new", "carried_in")),
    ),
    _quote(
        r"新收(?:到|的|了)*(?:申请)?(?:共计|合计|共|为|有|:)*(?P<number>\d[\d,]*)(?:件次|件|宗|例)",
        "applications/本年新收",
        "本年新收",
        _either(_rows("new"), _rows("new", "carried_in")),
    ),
    _quote(
        rf"{_APPLIED}(?:的)?(?:受理|收件|新收|收到)(?:件数|数量|总数)?(?:共计|合计|共|为|有|:)*(?P<number>\d[\d,]*)(?:件次|件|宗|例)",
        "applications/本年新收",
        "本年新收",
        _either(_rows("new"), _rows("new", "carried_in")),
    ),
    _quote(
        rf"(?:答复|办结|回复|办理答复)(?:到|的|了|各类)*(?:{_APPLIED}|申请)?(?:共计|合计|共|数量|为|有|:)*(?P<number>\d[\d,]*)(?:件次|件|宗|例)",
        "applications/办理结果总计",
        "办理结果总计",
        _rows(RESULTS_TOTAL),
    ),
    _quote(
        r"(?<!上年)(?<!上年度)(?:结转|转至|顺延至?|结转至)(?:到|至)?(?:下一?年度?|次年)(?:继续)?(?:办理|答复|处理)?(?:的)?(?:申请)?(?:共|为|有)*(?P<number>\d[\d,]*)(?:件次|件|宗|例)",
        "applications/结转下年度",
        "结转下年度",
        _rows("carried_out"),
    ),
    _quote(
        r"(?P<number>\d[\d,]*)(?:件次|件|宗|例)(?:申请)?(?:正在办理[,并]*)?(?:按规定|依法|按照《条例》)?(?:结转|顺延)(?:到|至)?(?:下一?年度?|次年)",
        "applications/结转下年度",
        "结转下年度",
        _rows("carried_out"),
    ),
    _quote(
        r"(?:上年度?|上一年度?)(?:结转)(?:的)?(?:申请|政府信息公开申请)*(?:共|为|有)*(?P<number>\d[\d,]*)(?:件次|件|宗|例)",
        "applications/上年结转",
        "上年结转",
        _rows("carried_in"),
    ),
    _leaf(
        r"(?:予以)?公开(?:及|和|与|、|或|或者|、予以)部分公开",
        "applications/予以公开、部分公开",
        "予以公开和部分公开",
        _rows("results/granted", "results/partly_granted"),
    ),
    _leaf(
        r"(?<![不部])予以公开",
        "applications/予以公开",
        "予以公开",
        _rows("results/granted"),
    ),
    _leaf(
        rf"{_NOT_JOINED}(?:予以)?部分公开",
        "applications/部分公开",
        "部分公开",
        _rows("results/partly_granted"),
    ),
    _leaf(rf"{_NOT_JOINED}不予公开", "applications/不予公开", "不予公开各行", _group("refused_")),
    _leaf(rf"{_NOT_JOINED}无法提供", "applications/无法提供", "无法提供各行", _group("unavailable_")),
    _leaf(rf"{_NOT_JOINED}不予处理", "applications/不予处理", "不予处理各行", _group("unprocessed_")),
    _leaf(rf"{_NOT_JOINED}其他处理", "applications/其他处理", "其他处理", _group("other")),
    _quote(
        r"行政复议(?:案件|申请|事项)?(?:共计|共|为|有|:)*(?P<number>\d+)(?:件|宗|起|例)",
        "reviews/行政复议",
        "行政复议",
        _reviews("reconsideration"),
    ),
    _quote(
        rf"{_NOT_OF_ONE_KIND}(?:行政)?诉讼(?:案件|事项)?(?:共计|共|为|有|:)*(?P<number>\d+)(?:件|宗|起|例)"
        r"(?!\((?:未经|复议后|一审|二审))",
        "reviews/行政诉讼",
        "行政诉讼",
        _reviews(*_LITIGATION),
    ),
    _quote(
        rf"未经(?:行政)?复议{_SUED}",
        "reviews/未经复议直接起诉",
        "未经复议直接起诉",
        _reviews(_LITIGATION[0]),
    ),
    _quote(
        rf"(?:行政)?复议后{_SUED}",
        "reviews/复议后起诉",
        "复议后起诉",
        _reviews(_LITIGATION[1]),
    ),
    _quote(
        rf"(?:未|没有)(?:收到|接到|接收到|受理)(?:过|任何|有关)*{_APPLIED}(?:事项|情况)?(?P<number>)(?=[,。;]|$)",
        "applications/本年新收",
        "本年新收",
        _rows("new"),
    ),
    _quote(
        rf"{_NONE_HAPPENED}(?:提起)?行政复议{_AND_SO_ON}(?P<number>)(?=[,。;]|$)",
        "reviews/行政复议",
        "行政复议",
        _reviews("reconsideration"),
    ),
    _quote(
        rf"{_NONE_HAPPENED}(?:行政复议(?:案件)?(?:[、和及与或]|以及))?(?:提起)?行政诉讼(?:案件|事项|的?情况)*"
        r"(?P<number>)(?=[,。;]|$)",
        "reviews/行政诉讼",
        "行政诉讼",
        _reviews(*_LITIGATION),
    ),
    *(
        _quote(
            rf"{words}(?:共计|共|为|:)*(?P<number>\d+)(?:件|份)",
            f"proactive/{label}",
            label,
            _proactive(name),
        )
        for words, label, name in (
            (r"(?:制发|制定|印发|出台|发布|制发(?:了)?)(?:行政)?规范性文件", "行政规范性文件", "normative_documents"),
            (r"作出行政许可(?:处理)?决定", "行政许可", "licences"),
            (r"作出行政处罚(?:处理)?决定", "行政处罚", "penalties"),
            (r"作出行政强制(?:处理)?决定", "行政强制", "compulsory_measures"),
        )
    ),
)


# Results of reviews


_UPHELD = re.compile(r"(?P<all>均|全部|都)(?:被|获|得到|予以|判决|裁定|为|是)*(?P<result>维持|纠正|撤销|胜诉)")


def _upheld(sentence: str, number: int, figures: Figures) -> Iterator[Finding]:
    """均获维持 where the table has reviews that ended otherwise, or not at all."""
    match = _UPHELD.search(sentence)
    if (
        match is None
        or match["result"] not in {"维持", "胜诉"}
        or not re.search("复议|诉讼", sentence[: match.start()])
    ):
        return
    spoken = sentence[: match.start()]
    keys = []
    if "复议" in re.sub(r"复议后(?:起诉|诉讼)|未经复议", "", spoken):
        keys.append("reconsideration")
    if re.search("诉讼|起诉", spoken):
        keys += _LITIGATION
    rows = [figures.reviews.get(name, (None,) * 5) for name in keys]
    otherwise = [sum(row[index] or 0 for row in rows) for index in (1, 2, 3)]
    if not any(otherwise):
        return
    labels = ("结果纠正", "其他结果", "尚未审结")
    told = "、".join(f"{label}{count}件" for label, count in zip(labels, otherwise, strict=True) if count)
    where = "reviews/行政复议、行政诉讼" if len(keys) > 1 else "reviews/行政复议"
    start = (
        max(sentence.rfind(mark, 0, sentence.find("复议") if "复议" in spoken else match.start()) for mark in ",。") + 1
    )
    yield Finding(
        "K6",
        "warning",
        where,
        f"第{_SECTIONS[number - 1]}部分写的是“{sentence[start : match.end()]}”，表中另有{told}，两者应当一致。",
        sum(otherwise),
        0,
    )


# Fees


def _fees(sentence: str, number: int, figures: Figures) -> Iterator[Finding]:
    """The fees' sums among themselves: what was received cannot be more than what was billed (section six)."""
    fees = figures.fees
    if fees is None:
        return
    notices = re.search(r"收费通知(?:的)?(?:件数)?(?:共|为|:)*(?P<number>\d+)(?:件次|件|份|次)", sentence)
    if notices and fees.notices is not None and int(notices["number"]) != fees.notices:
        yield _finding(
            number, "fees/收费通知件数", "收费通知件数", _words(notices), fees.notices, int(notices["number"])
        )
    for words, where, name, wanted in (
        (
            r"(?<!收取的)(?<!收取)总金额(?:共|为|:)*(?P<number>\d+(?:\.\d+)?)元",
            "fees/总金额",
            "收费总金额",
            fees.billed_yuan,
        ),
        (
            r"(?:实际)?收取(?:的)?(?:政府信息公开)?(?:信息处理费)?(?:总?金额)?(?:共|为|:)*(?P<number>\d+(?:\.\d+)?)元",
            "fees/实际收取金额",
            "实际收取金额",
            fees.received_yuan,
        ),
    ):
        match = re.search(words, sentence)
        if (
            match
            and wanted is not None
            and Decimal(match["number"]) != wanted
            and not re.search("未$", sentence[: match.start()])
        ):
            yield _finding(number, where, name, _words(match), wanted, Decimal(match["number"]))
