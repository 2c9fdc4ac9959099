"""发文核对: a letter held against its case, its addressee and the post before it leaves. Pure.

Each thing that does not agree is one sentence, with what the letter has, what the case has, and the article.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import TYPE_CHECKING

from letters.catalogue import RELEASED, LetterKind
from letters.context import NOTHING, Letter
from models.personal import FieldCipher
from models.vocabulary import AttachmentKind, LetterState, Means, Recipient
from workflow.applicants import ApplicantDetails
from workflow.case import Happening
from workflow.practice import Practice

if TYPE_CHECKING:
    from letters.book import Sending

POSTED = (Means.POST_EMS, Means.POST_REGISTERED)
"""Means of the postal enterprise; their 邮件号 tells where a letter is."""

_POST = "邮政法第五十五条，国办公开办函〔2016〕235号"
_NOT_COMPARED = frozenset({"文号", "成文日期"})
"""What only the signing gives."""

_DIGEST = 16


def digests(fields: Mapping[str, str], shows: Collection[str], cipher: FieldCipher) -> dict[str, str]:
    """A keyed digest of each field that a letter shows: differences are seen, nothing can be read from them."""
    return {
        name: (cipher.index(text) or b"").hex()[:_DIGEST]
        for name, text in sorted(fields.items())
        if name in shows and name not in _NOT_COMPARED
    }


def differences(signed: Mapping[str, str], fields: Mapping[str, str], cipher: FieldCipher) -> list[str]:
    """The fields that read otherwise now than in the letter that was signed."""
    now = digests(fields, signed, cipher)
    moved = [name for name in now if now[name] != signed[name]]
    return [
        f"签发的文书中“{name}”与办件现在的情况不符{_reads(fields[name])}，文书已经过时，应作废后重新拟稿"
        for name in moved
    ]


def _reads(text: str) -> str:
    line = " ".join(text.split())
    return f"（现为“{line}”）" if 0 < len(line) <= 40 else ""


def of_enclosures(letter: Letter, at_hand: Collection[str], told: str) -> list[str]:
    """What a letter says it encloses is ``at_hand``, or the officer has ``told`` what lies in the envelope instead.

    A sentence for each that is neither, with every way on.
    """
    absent = [] if told else [each for each in letter.enclosures if each in letter.kind.encloses]
    return [_absent(letter.kind, each) for each in absent if each not in at_hand]


def _absent(kind: LetterKind, what: str) -> str:
    if what == RELEASED:
        return (
            f"文书写明附件“{what}”，办件的附件中还没有。请在办件页面添加附件，种类选“{AttachmentKind.REPLY.label}”；"
            f"附件是纸质原件、光盘等，不存入系统的，在“附件说明”中写明名称和数量；内容就写在文书中、不另附的，"
            f"在“修改文字”的“处理意见”中写明内容，“附件”填“{NOTHING}”（已签发的，先作废再拟稿）"
            "（条例第三十六条第（二）项、第四十条）"
        )
    return (
        f"文书写明附件“{what}”，还没有签发给同一收件人的这份文书。请在本页拟制《{what}》并签发，一并寄出；"
        f"用其他方式印制的，在“附件说明”中写明（{kind.article}）"
    )


def of_days(kind: LetterKind, step: Happening | None, today: date) -> list[str]:
    """A letter that asks for something by a day is signed before that day; a sentence if it is too late."""
    until = None if step is None else step.facts.get("until")
    if until is None or until > today:
        return []
    return [
        f"《{kind.title}》所定的日期 {until} 已到，今天是 {today}，应作废后重新拟稿，定晚于今天的日期（{kind.article}）"
    ]


def of_sending(
    kind: LetterKind,
    state: LetterState,
    signed_on: date | None,
    sending: Sending,
    addressee: ApplicantDetails,
    practice: Practice,
    today: date,
) -> list[str]:
    """What stands against the paper itself: its state, its dates, the post, the address."""
    if not kind.is_outward:
        return [f"《{kind.title}》存卷，不对外发出"]
    if signed_on is None or state is LetterState.DRAFT:
        return ["文书尚未签发，应先签发"]
    if state not in (LetterState.SIGNED, LetterState.RETURNED):
        return [f"文书“{state.label}”，不能发出"]
    faults = []
    if sending.on < signed_on:
        faults.append(f"发出日期 {sending.on} 早于签发日期 {signed_on}，应不早于签发日期")
    if sending.on > today:
        faults.append(f"发出日期 {sending.on} 晚于今天 {today}")
    if sending.means is None:
        return [*faults, "没有写明送达方式，应从列表中选择（国办公开办函〔2016〕235号）"]
    faults += _by_post(sending, practice)
    if kind.recipient is Recipient.APPLICANT:
        faults += _reachable(sending.means, addressee)
    return faults


def _by_post(sending: Sending, practice: Practice) -> list[str]:
    means = sending.means
    if means is Means.COURIER and not (practice.courier_override and sending.override):
        more = "，确需交寄的写明破例理由" if practice.courier_override else ""
        return [f"国家机关公文不得交快递企业寄递，应由邮政企业寄送或者直接送达{more}（{_POST}）"]
    if means in POSTED and not sending.tracking:
        return [f"{means.label}送达的，没有写明邮件号，应写明（国办公开办函〔2016〕235号）"]
    if means not in (*POSTED, Means.COURIER) and sending.tracking:
        return [f"{'' if means is None else means.label}送达的没有邮件号，应不填"]
    return []


def _reachable(means: Means, addressee: ApplicantDetails) -> list[str]:
    """Whoever is written to must have told where."""
    if means in (*POSTED, Means.COURIER) and not addressee.address:
        return ["申请人没有登记通信地址，不能邮寄，应改用其他送达方式或者先补记地址（条例第二十九条）"]
    if means is Means.EMAIL and not addressee.email:
        return ["申请人没有登记电子邮箱，不能以电子邮件送达，应改用其他送达方式（条例第二十九条）"]
    return []
