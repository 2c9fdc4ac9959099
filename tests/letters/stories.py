"""Cases that need each letter of the catalogue, lived through at the desk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date

from letters.catalogue import BY_CODE, of_case
from letters.context import Letter, context
from models.vocabulary import (
    Channel,
    ConsultationKind,
    EventKind,
    Ground,
    Matter,
    Means,
    Opinion,
    Outcome,
    RectificationResult,
    Tariff,
)
from tests.lawful import WANG, Office, day

AGENCY = "测试市数据局"
ASKER = replace(WANG, address="测试市解放路8号", email="wang@example.org")
ON = day("2026-03-20")
SET = {
    "reconsideration_body": "测试市人民政府",
    "court": "测试市中级人民法院",
    "office_telephone": "0000-88886666",
    "office_address": "测试市人民路1号，邮政编码100000",
    "payment_way": "测试市非税收入收缴账户",
    "charges_fees": "是",
}
SUBJECT = "2025年城市道路养护工程施工合同"


def furnish(office: Office) -> None:
    """Set what letters say of the agency."""
    for name, value in SET.items():
        office.choose(name, value)


def _begun(office: Office, subject: str = SUBJECT) -> None:
    office.register(
        "2026-03-02", ASKER, subject=subject, channel=Channel.IN_PERSON, submitted_on="2026-03-02", form="纸质，邮寄"
    )


def _corrected(office: Office) -> None:
    _begun(office)
    asked = {"items": "一、合同的年份；\n二、所涉及的路段。", "delivered": "2026-03-05"}
    office.then(EventKind.ASK_CORRECTION, "2026-03-04", **asked)


def correction(office: Office) -> Iterator[str]:
    """补正 asked for, and none comes."""
    _corrected(office)
    yield from ("L01", "L02", "L03")
    office.then(EventKind.LAPSE, "2026-04-01", outcome=Outcome.OTHER_NOT_CORRECTED)
    yield "L30"


def still_unclear(office: Office) -> Iterator[str]:
    """A correction that does not make the request clear."""
    _corrected(office)
    office.then(EventKind.CORRECT, "2026-03-10")
    office.decide("2026-03-20", Outcome.UNAVAILABLE_STILL_UNCLEAR, reasons="仍不能确定所指的合同")
    yield "L27"


def too_much(office: Office) -> Iterator[str]:
    """Reasons asked for (Art. 35), and found good."""
    _begun(office)
    office.then(EventKind.ASK_REASONS, "2026-03-04", volume="一个月内申请三十二件。", until="2026-03-18")
    yield "L04"
    office.then(EventKind.REASONS_IN, "2026-03-10", reasonable=True)
    office.then(EventKind.DELAY, "2026-03-11", until="2026-06-30", reason="所涉材料数量很大", approver="张")
    yield "L13"


def extension(office: Office) -> Iterator[str]:
    """延期, and a reply by hand."""
    _begun(office)
    office.then(EventKind.EXTEND, "2026-03-20", working_days=20, approver="张", reason="需要核对的材料较多")
    yield "L05"
    office.refuse("2026-04-01", means=Means.HAND)
    yield from ("L23", "L34")


def third_party(office: Office) -> Iterator[str]:
    """A third party that does not agree, and is overruled (Art. 32)."""
    _begun(office, f"{ASKER.name}（电话{ASKER.telephone}）申请的{SUBJECT}")
    kind = ConsultationKind.THIRD_PARTY
    office.then(EventKind.CONSULT, "2026-03-04", kind=kind, party="某某养护有限公司", delivered="2026-03-05")
    yield from ("L06", "L07", "L08")
    office.then(EventKind.OPINIONS_IN, "2026-03-10", consultation=1, opinion=Opinion.DISAGREE, reason="商业秘密")
    office.then(EventKind.TELL_THIRD_PARTY, "2026-03-11", consultation=1, reason="公开合同金额，涉及公共资金的使用")
    yield "L09"
    office.grant("2026-03-20")
    yield from ("L20", "L35", "L37")


def joint(office: Office) -> Iterator[str]:
    """共同制作机关 asked (Art. 34)."""
    _begun(office)
    office.then(EventKind.CONSULT, "2026-03-04", kind=ConsultationKind.JOINT_MAKER, party="测试市财政局")
    yield "L10"


def another_agency(office: Office) -> Iterator[str]:
    """协办: another agency asked (Art. 33)."""
    _begun(office)
    office.then(EventKind.CONSULT, "2026-03-04", kind=ConsultationKind.OTHER_AGENCY, party="测试市交通运输局")
    yield "L11"


def fee(office: Office) -> Iterator[str]:
    """信息处理费 asked for, and not paid."""
    _begun(office)
    office.then(EventKind.BILL, "2026-03-04", billed_yuan=200, tariff=Tariff.BY_VOLUME, pages=50)
    yield "L12"
    office.then(EventKind.LAPSE, "2026-04-20", outcome=Outcome.OTHER_FEE_UNPAID)
    yield "L31"


def withdrawn(office: Office) -> Iterator[str]:
    """撤回."""
    _begun(office)
    office.then(EventKind.WITHDRAW, "2026-03-05", how="书面", identity_checked=True)
    yield "L32"


def record_to_correct(office: Office) -> Iterator[str]:
    """更正申请 (Art. 41), refused."""
    office.register("2026-03-02", ASKER, subject="本人的登记信息有误", matter=Matter.RECTIFICATION)
    office.then(EventKind.RECTIFY, "2026-03-20", result=RectificationResult.NOT_CORRECTED, reason="记录与档案一致")
    yield "L33"


def searched(office: Office) -> Iterator[str]:
    """Nothing found (Art. 36(4))."""
    _begun(office)
    found = {"where": "公文系统、档案室", "terms": "道路养护、合同", "searcher": "李", "found": False}
    office.then(EventKind.SEARCH, "2026-03-05", **found)
    yield "L36"
    office.decide("2026-03-20", Outcome.UNAVAILABLE_NOT_HELD, ground=Ground.NOT_EXISTING)
    yield "L24"


def _decided(code: str, outcome: Outcome, **facts: object) -> Callable[[Office], Iterator[str]]:
    def story(office: Office) -> Iterator[str]:
        _begun(office)
        office.review_secrecy("2026-03-19")
        office.decide("2026-03-20", outcome, **facts)
        yield code

    return story


STORIES: tuple[Callable[[Office], Iterator[str]], ...] = (
    *(correction, still_unclear, too_much, extension, third_party, joint, another_agency, fee, withdrawn),
    *(record_to_correct, searched),
    _decided("L21", Outcome.GRANTED, ground=Ground.ALREADY_PUBLIC, access="本机关网站“信息公开”栏目"),
    _decided("L22", Outcome.PARTLY_GRANTED, reasons="合同所附技术方案属于商业秘密，公开会损害第三方合法权益，属于《中华人民共和国政府信息公开条例》第十五条所列情形"),
    _decided(
        "L25", Outcome.UNAVAILABLE_NOT_HELD, ground=Ground.NOT_OURS, reasons="由市交通运输局制作",
        other_agency="测试市交通运输局", other_agency_contact="0000-66668888",
    ),
    _decided("L26", Outcome.UNAVAILABLE_NEEDS_CREATION, reasons="需要汇总各区数据"),
    _decided("L28", Outcome.UNPROCESSED_PETITION, proper_way="市信访局，电话0000-12345"),
    _decided("L29", Outcome.REFUSED_ADMINISTRATIVE_QUERY, proper_way="到市不动产登记中心查询"),
)  # fmt: skip


def lived_through(office: Office) -> Iterator[tuple[str, Letter]]:
    """Every letter of the catalogue, each for a case that calls for it."""
    for story in STORIES:
        for code in story(office):
            called_for = {each.kind.code for each in of_case(office.record)}
            assert code in called_for, f"{code} is not called for"
            yield code, letter_of(office, code, on=office.log[-1].happening.happened_on)


def letter_of(office: Office, code: str, on: date = ON, **more: object) -> Letter:
    """A letter of the case on the desk."""
    return context(office.record, office.log, BY_CODE[code], ASKER, agency=AGENCY, on=on, **more)
