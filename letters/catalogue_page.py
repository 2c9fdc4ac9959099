"""``docs/letters.md``: the catalogue of letters as a page that an officer and a lawyer can read (``make letters``)."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from letters.catalogue import LETTERS, LetterKind
from letters.wording import ANSWERED
from models.vocabulary import DeadlineKind, EventKind, Outcome, RectificationResult
from workflow import document_numbers, statute


def page() -> str:
    """The whole page: a row and a picture for each letter."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# 文书 The letters"
    yield ""
    yield "由 `letters/catalogue.py` 生成（`make letters`），不要手工修改。条例 = 《中华人民共和国政府信息公开条例》。"
    yield ""
    yield "“类”是文号中的一类，每年各自编号（设置项 `letter_number` 可以改）；表单存卷，不编号。"
    yield "点代码看样张（`make pictures`）：左起为 Word 文件、PDF 文件、网页，各用虚构的办件。"
    yield ""
    yield "| 代码 | 文书 | 随何事项 | 致 | 何时 | 依据 | 类 | 附件、份数 | 救济告知 |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    yield from map(_row, LETTERS)
    yield ""
    yield "救济告知写明复议机关、法院和期限：“复议前置”的应先申请行政复议（行政复议法第二十三条第一款第（四）项），"
    yield "“复议或者诉讼”的由收件人选择；程序性的文书（L02 至 L13）没有。"
    yield ""
    yield "## 样张"
    for kind in LETTERS:
        yield ""
        yield f"### {kind.code} {kind.title}"
        yield ""
        yield f"![{kind.code} {kind.title}](pictures/letters/{kind.code}.png)"


def _row(kind: LetterKind) -> str:
    events = "、".join(each.label for each in kind.events) or "公开后"
    more = "；".join(
        part
        for part in (
            "附" + "、".join(kind.encloses) if kind.encloses else "",
            "、".join(kind.copies),
            "写明回复地址" if kind.code in ANSWERED else "",
        )
        if part
    )
    cells = (
        f"[{kind.code}](#{kind.code.lower()}-{kind.title})",
        kind.title,
        events,
        kind.recipient.label,
        _when(kind),
        kind.article,
        document_numbers.SERIES_OF.get(kind.code, "—"),
        more,
        "、".join(_remedies(kind)) or "—",
    )
    return f"| {' | '.join(cells)} |"


def _when(kind: LetterKind) -> str:
    match kind.deadline:
        case None:
            return "事项记录之后"
        case DeadlineKind.REPLY:
            return "答复期限以内"
        case DeadlineKind.ASK_CORRECTION:
            return "收到申请之日起7个工作日内"
    return f"{kind.deadline.label}以内"


_WORDS = {statute.Remedy.RECONSIDERATION_FIRST: "复议前置", statute.Remedy.EITHER: "复议或者诉讼"}


def _remedies(kind: LetterKind) -> Iterator[str]:
    """The ways that a letter tells of, as decided today."""
    if not kind.remedy:
        return
    decided = [each for each in kind.outcomes if isinstance(each, Outcome)] + [
        outcome for outcome, faces in statute.GROUNDS.items() for each in faces if each in kind.outcomes
    ]
    yield from dict.fromkeys(_WORDS[statute.OUTCOMES[outcome].remedy] for outcome in decided)
    if Outcome.PARTLY_GRANTED in decided:
        yield f"{_WORDS[statute.Remedy.EITHER]}（公开的部分）"
    if EventKind.RECTIFY in kind.events:
        yield f"复议或者诉讼（{RectificationResult.CORRECTED.label}的没有）"
    elif not decided:
        yield "复议或者诉讼（撤回、并案的没有）"


if __name__ == "__main__":
    sys.stdout.write(page())
