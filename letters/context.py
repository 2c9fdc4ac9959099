"""What a letter says of a case: every field of its template, filled from the log, and what is still missing.

The fields have Chinese names, because officers write them into templates of their own. A letter is made for a step of
the log, or for one that is about to be recorded (``step``): an extension's letter is signed before it is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from letters.catalogue import LETTERS, RELEASED, LetterKind
from letters.fields import FIELDS, Sheet, plain, written
from letters.findings import finding
from letters.remedy import Bodies, Remedy, remedy
from models.vocabulary import (
    ConsultationKind,
    EventKind,
    Ground,
    Means,
    Outcome,
    RectificationResult,
)
from workflow import fold, statute
from workflow.applicants import ApplicantDetails
from workflow.case import Case, Happening
from workflow.faults import InputFault, Refusal
from workflow.fold import Entry
from workflow.practice import named
from workflow.records import Record

HIDDEN = "＊＊＊"
"""What stands for whatever would tell a third party who asked."""

_SHORTEST_SECRET = 2


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as it would be sent: its fields by their names in a template, and what it still lacks.

    ``missing``: a sentence for each thing without which it may not go out; ``doubts``: what should be looked at.
    """

    kind: LetterKind
    on: date
    fields: Mapping[str, str]
    remedy: Remedy | None
    enclosures: tuple[str, ...]
    missing: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The title."""
        return self.fields["标题"]

    @property
    def addressee(self) -> str:
        """Whom it is for; of a form that is kept, nobody."""
        return self.fields["收件人"]

    @property
    def number(self) -> str:
        """Its 文号, or what stands for it."""
        return self.fields["文号"]


_BY_LAW = "救济告知"
NOTHING = "无"
"""What an officer writes for the enclosures of a letter that has none, though letters of its kind do."""

_OF_THE_OFFICE = {
    "联系电话": named("office_telephone"),
    "缴费方式": named("payment_way"),
}


def context(
    record: Record,
    log: Sequence[Entry],
    kind: LetterKind,
    applicant: ApplicantDetails,
    *,
    agency: str,
    on: date,
    step: Happening | None = None,
    place: int | None = None,
    means: Means | None = None,
    extra: Mapping[str, str] | None = None,
) -> Letter:
    """The letter of ``kind`` for a case as of ``on`` (its 成文日期).

    ``step`` is the step that it goes with, as it is to be recorded; without one it is the last such step of the log,
    or the ``place``-th (of consultations: that number). ``means``: how it goes out, where no step says so. ``extra``:
    fields as the officer words them, first of all the 文号. Raises InputFault for a field that does not exist.
    """
    given = _given(extra or {})
    sheet, faults = _sheet(record, log, kind, applicant, agency, on, step, place, means)
    texts = {name: written(each.filled(sheet)) for name, each in FIELDS.items()} | given
    enclosures = _enclosures(kind, texts)
    told = _remedy(sheet) if kind.remedy else None
    faults += _given_nowhere(kind, texts, enclosures)
    texts |= {"附件": "\n".join(enclosures), "救济告知": told.sentence if told else ""}
    if kind.hides_applicant:
        texts = _masked(texts, applicant)
    if not texts["处理意见"]:
        texts["处理意见"] = finding(_ground_of(sheet), texts)
    faults += [*_lacking(kind, texts), *_not_said(sheet, texts)]
    doubts = (*_doubtful(sheet, texts), *(told.doubts if told else ()))
    return Letter(kind, on, texts, told, enclosures, (*faults, *(told.missing if told else ())), doubts)


def _given(extra: Mapping[str, str]) -> dict[str, str]:
    """The fields that the officer words. InputFault for one that there is not, or that the law words."""
    unknown = [name for name in extra if name not in FIELDS]
    if unknown:
        raise InputFault(f"文书没有字段“{'、'.join(unknown)}”，可用的字段有：{'、'.join(FIELDS)}")
    if _BY_LAW in extra:
        raise InputFault(f"字段“{_BY_LAW}”由系统按行政复议法、行政诉讼法写成，不能改写")
    return {name: plain(text) for name, text in extra.items() if plain(text)}


def _sheet(
    record: Record,
    log: Sequence[Entry],
    kind: LetterKind,
    applicant: ApplicantDetails,
    agency: str,
    on: date,
    step: Happening | None,
    place: int | None,
    means: Means | None,
) -> tuple[Sheet, list[str]]:
    """The case before and after the letter's step, and why the step may not be taken."""
    faults: list[str] = []
    entry = None if step is not None else _entry(log, kind, place)
    if entry is not None:
        before, after = _as_of(log, entry.seq - 1) or record.case, _as_of(log, entry.seq) or record.case
        step, upto = entry.happening, [each for each in _standing(log) if each.seq <= entry.seq]
    else:
        before = after = record.case
        upto = _standing(log)
        if step is not None:
            try:
                after = fold.apply(before, step)
            except Refusal as refusal:
                faults.append(f"{refusal.sentence}（{refusal.article}）")
        elif kind.events and not kind.is_form:
            faults.append(
                f"还没有“{'、'.join(each.label for each in kind.events)}”的记录，不知道《{kind.title}》应写什么"
            )
    if means is None and step is not None:
        means = step.facts.get("means")
    if means is None and record.case.services:
        means = record.case.services[-1].means
    return Sheet(kind, record, upto, applicant, agency, on, step, before, after, place, means), faults


def _standing(log: Sequence[Entry]) -> list[Entry]:
    voided = {each.happening.facts["entry"] for each in log if each.happening.event is EventKind.VOID}
    return [each for each in log if each.seq not in voided and each.happening.event is not EventKind.VOID]


def _as_of(log: Sequence[Entry], seq: int) -> Case | None:
    """The case as its log up to ``seq`` gives it, without what was voided later."""
    return (
        fold.fold([each for each in log if each.seq <= seq or each.happening.event is EventKind.VOID]) if seq else None
    )


def _entry(log: Sequence[Entry], kind: LetterKind, place: int | None) -> Entry | None:
    """The step that the letter is the paper of."""
    standing = {each.seq for each in _standing(log)}
    asked = [each for each in log if each.happening.event is EventKind.CONSULT]
    if EventKind.CONSULT in kind.events:
        # The number of a consultation stays though an earlier one is voided.
        numbered = [(number, each) for number, each in enumerate(asked, 1) if each.seq in standing]
        fitting = [
            each
            for number, each in numbered
            if place in {None, number} and each.happening.facts.get("kind", ConsultationKind.THIRD_PARTY) in kind.asked
        ]
        return fitting[-1] if fitting else None
    if kind.remedy and place is not None:
        # Each round ends once; its letter is of that ending.
        ends = [each for each in log if each.seq in standing and each.happening.event in _ENDINGS]
        return next((each for each in ends[place - 1 : place] if _fits(kind, each.happening)), None)
    fitting = [each for each in log if each.seq in standing and _fits(kind, each.happening)]
    if kind.events == (EventKind.TELL_THIRD_PARTY,) and place is not None:
        fitting = [each for each in fitting if each.happening.facts["consultation"] == place]
        place = None
    if place is not None:
        return fitting[place - 1] if 0 < place <= len(fitting) else None
    return fitting[-1] if fitting else None


_ENDINGS = frozenset(event for kind in LETTERS if kind.remedy for event in kind.events)


def _fits(kind: LetterKind, happening: Happening) -> bool:
    if happening.event not in kind.events:
        return False
    outcome, ground = happening.facts.get("outcome"), happening.facts.get("ground")
    return not kind.outcomes or outcome in kind.outcomes or ground in kind.outcomes


def _ground_of(sheet: Sheet) -> Outcome | Ground | RectificationResult | EventKind | None:
    """What the letter's finding rests on."""
    step = sheet.step
    if step is None:
        return None
    ground: Ground | None = step.facts.get("ground")
    outcome: Outcome | None = step.facts.get("outcome")
    result: RectificationResult | None = step.facts.get("result")
    if outcome is Outcome.OTHER_MISC or (outcome is None and result is None):
        return step.event
    return ground or outcome or result


def _remedy(sheet: Sheet) -> Remedy | None:
    step, practice = sheet.step, sheet.record.practice
    if step is None or step.event in {EventKind.WITHDRAW, EventKind.MERGE}:
        # Who withdraws gets what he asked for; what is joined to another is answered there.
        return None
    bodies = Bodies(
        agency=practice.letterhead or sheet.agency,
        kind=practice.agency_kind,
        reconsideration=practice.reconsideration_body,
        court=practice.court,
        review_channel=sheet.fact("review_channel") or practice.review_channel,
    )
    outcome = step.facts.get("result") if step.event is EventKind.RECTIFY else step.facts.get("outcome")
    return remedy(outcome or Outcome.OTHER_MISC, sheet.on, sheet.means, bodies)


def _lacking(kind: LetterKind, texts: Mapping[str, str]) -> list[str]:
    """A sentence for each field that this letter needs and the case or the office does not give."""
    needed = (*kind.needs, *(("收件人", "联系电话") if kind.is_outward else ()))
    faults = []
    for name in dict.fromkeys(needed):
        if not texts[name]:
            where = _OF_THE_OFFICE.get(name)
            more = f"，应先填写{where}" if where else f"（{FIELDS[name].meaning}），依据{kind.article}"
            faults.append(f"《{kind.title}》缺少“{name}”{more}")
    return faults


_FIELD_OF = {"reasons": "理由", "access": "获取方式", "proper_way": "相应渠道", "earlier_reply": "先前答复"}
"""The fields that say what :data:`workflow.statute.DEMANDS` asks for."""


def _not_said(sheet: Sheet, texts: Mapping[str, str]) -> Iterator[str]:
    """What Articles 36 to 41 ask of this very decision, beyond what every letter of its kind says."""
    step = sheet.step
    if step is None or not sheet.kind.remedy:
        return
    on = [term for term in (step.facts.get("outcome"), step.facts.get("ground")) if term is not None]
    labels = {fact.name: fact.label for fact in statute.BY_EVENT[step.event].facts}
    for term in on:
        for name in statute.DEMANDS.get(term, ()):
            field = _FIELD_OF[name]
            if not texts[field] and field not in sheet.kind.needs:
                yield f"“{term.label}”的答复应写明“{labels[name]}”"
    result = step.facts.get("result")
    if result in {RectificationResult.FORWARDED, RectificationResult.REFERRED} and not texts["负责机关"]:
        yield f"“{result.label}”应写明有权更正的机关（条例第四十一条）"


def _doubtful(sheet: Sheet, texts: Mapping[str, str]) -> Iterator[str]:
    """What the law asks for in words that only a reader can judge."""
    withheld = sheet.step is not None and sheet.step.facts.get("outcome") is Outcome.PARTLY_GRANTED
    if withheld and texts["理由"] and not _NAMES_ARTICLE.search(texts["理由"]):
        yield "“理由”没有写明不予公开的部分依据哪一条，应写明条款（条例第三十六条第（三）项、第三十七条）"


_NAMES_ARTICLE = re.compile("第[〇零一二三四五六七八九十百千0-9０-９]+条")


def _enclosures(kind: LetterKind, texts: Mapping[str, str]) -> tuple[str, ...]:
    if texts["附件"] == NOTHING:
        return ()
    if texts["附件"]:
        return tuple(line.strip() for line in texts["附件"].splitlines() if line.strip())
    # What is given in another way (查阅, 网址) does not lie in the envelope.
    return () if RELEASED in kind.encloses and texts["获取方式"] else kind.encloses


def _given_nowhere(kind: LetterKind, texts: Mapping[str, str], enclosures: Sequence[str]) -> Iterator[str]:
    """What is to be disclosed lies in the envelope, is found elsewhere, or stands in the letter itself (Art. 36(2))."""
    if RELEASED in kind.encloses and not (enclosures or texts["获取方式"] or texts["处理意见"]):
        yield (
            f"附件填了“{NOTHING}”，也没有写明获取方式，应在“处理意见”中写明所公开的内容"
            "（条例第三十六条第（二）项、第三十七条）"
        )


_OF_THE_APPLICANT = ("申请人", "证件号码", "申请人电话", "申请人地址", "申请人邮箱", "代理人", "申请人类别")


def _masked(texts: Mapping[str, str], applicant: ApplicantDetails) -> dict[str, str]:
    """The fields of a letter to others: nothing of them tells who asked, not even where the subject names him."""
    told = sorted({each for each in _details(applicant) if len(each) >= _SHORTEST_SECRET}, key=len, reverse=True)
    anyone = re.compile("|".join(re.escape(each) for each in told)) if told else None
    return {
        name: HIDDEN
        if name in _OF_THE_APPLICANT
        else text
        if anyone is None or name in _OUR_OWN
        else anyone.sub(HIDDEN, text)
        for name, text in texts.items()
    }


_OUR_OWN = ("机关名称", "工作机构", "联系地址", "联系电话", "标题", "文号", "成文日期", "登记编号", "收件人")


def _details(applicant: ApplicantDetails) -> list[str]:
    given = (
        *(applicant.name, applicant.identity_number, applicant.telephone),
        *(applicant.email, applicant.address, applicant.representative),
    )
    return [each.strip() for each in given if each]
