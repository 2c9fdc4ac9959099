"""Letters from draft to delivery: numbered when signed, checked before they leave, in the log with their digest."""

from __future__ import annotations

import hashlib
from datetime import date
from io import BytesIO

import docx
import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError

from letters import book
from models.personal import FieldCipher
from models.tables import letter, letter_issue
from models.vocabulary import (
    AttachmentKind,
    ConsultationKind,
    DeadlineKind,
    EventKind,
    Ground,
    LetterState,
    Means,
    Outcome,
)
from runtime.database import Database
from tests.conftest import NOW
from tests.lawful import CLERK, ONLINE_REVIEW, day
from tests.letters.desk import Letters
from workflow import desk, dispatch
from workflow.case import Happening
from workflow.desk import Command, History
from workflow.faults import InputFault, Refusal

TODAY = "2026-11-20"
EMS = {"means": Means.POST_EMS, "tracking": "1234567890123"}


@pytest.fixture
def office(database: Database, agency_id: int, cipher: FieldCipher) -> Letters:
    found = Letters(database.engine, agency_id, cipher)
    found.today_is(TODAY)
    found.set_up()
    return found


def words(office: Letters, kept: book.Kept) -> str:
    with office.engine.connect() as connection:
        content = dispatch.opened(connection, kept.id, office.cipher)
    assert hashlib.sha256(content).hexdigest() == kept.sha256
    return "\n".join(each.text for each in docx.Document(BytesIO(content)).paragraphs)


def test_art30_a_correction_letter_is_drafted_signed_and_sent_and_then_the_step_is_on_record(office: Letters) -> None:
    office.today_is("2026-11-05")
    kept = office.draft("L03", EventKind.ASK_CORRECTION, items="请写明年份")
    assert (kept.state, kept.document_number, office.events()) == (LetterState.DRAFT, None, [])
    signed = office.sign(kept)
    assert (signed.state, signed.document_number) == (LetterState.SIGNED, "测数公开补〔2026〕1号")
    said = words(office, signed)
    assert "测数公开补〔2026〕1号" in said
    assert "请写明年份" in said
    assert "{{" not in said
    assert office.events() == []
    sent = office.send(signed, **EMS)
    assert (sent.state, str(sent.sent_on), sent.tracking) == (LetterState.SENT, "2026-11-05", "1234567890123")
    step, left = office.events()
    assert step[0] == EventKind.ASK_CORRECTION
    assert left[2] == {
        "letter": kept.id,
        "code": "L03",
        "title": "政府信息公开申请补正告知书",
        "document_number": "测数公开补〔2026〕1号",
        "means": "post_ems",
        "tracking": "1234567890123",
        "sha256": signed.sha256,
    }
    office.assert_in_order()
    # The correction period begins with the delivery: ten working days from 10 November.
    office.today_is("2026-11-11")
    office.arrives(sent, "2026-11-10")
    assert office.due(DeadlineKind.CORRECTION) == "2026-11-24"
    with office.engine.connect() as connection:
        assert dispatch.verify(connection, office.cipher) == (1, [])


def test_art36_the_reply_is_made_on_the_day_it_is_posted_with_its_number_and_mail_number(office: Letters) -> None:
    office.review_secrecy(TODAY)
    office.then(EventKind.ATTACH, TODAY, attachment_kind=AttachmentKind.REPLY)
    facts = {"outcome": Outcome.GRANTED, "ground": Ground.PROVIDED, "means": Means.POST_EMS}
    signed = office.sign(office.draft("L20", EventKind.DECIDE, **facts))
    said = words(office, signed)
    assert "王小明" in said
    assert "测试市人民政府" in said
    assert "测试市东区人民法院" in said
    office.send(signed, tracking="1234567890123")
    case = office.case
    assert (str(case.closed), case.reply_number) == (TODAY, "测数公开答〔2026〕1号")
    assert office.events()[-2][2]["tracking"] == "1234567890123"
    office.assert_in_order()


def test_by_hand_the_reply_is_made_when_it_is_signed_for(office: Letters) -> None:
    office.today_is("2026-11-16")
    facts = {"outcome": Outcome.REFUSED_INTERNAL_AFFAIRS, "means": Means.HAND, "reasons": "属于人事管理信息"}
    sent = office.send(office.sign(office.draft("L23", EventKind.DECIDE, **facts)))
    office.today_is("2026-11-20")
    office.arrives(sent, "2026-11-18")
    assert str(office.case.closed) == "2026-11-18"


def test_a_reply_that_bounced_comes_back_as_a_task_and_goes_out_again(office: Letters) -> None:
    office.choose("review_channel", ONLINE_REVIEW)
    facts = {"outcome": Outcome.REFUSED_INTERNAL_AFFAIRS, "means": Means.EMAIL, "reasons": "属于人事管理信息"}
    sent = office.send(office.sign(office.draft("L23", EventKind.DECIDE, **facts)))
    back = office.comes_back(sent, TODAY, "对方服务器拒收")
    assert (back.state, back.reason) == (LetterState.RETURNED, "对方服务器拒收")
    assert office.told()[-1] == (
        "“2026-0001”的《政府信息不予公开告知书》（测数公开答〔2026〕1号）被退回（对方服务器拒收），应再次送达"
    )
    again = office.send(back, **EMS)
    assert (again.state, again.document_number) == (LetterState.SENT, "测数公开答〔2026〕1号")
    assert [kind for kind, *_ in office.events()] == ["decide", "send_letter", "return", "serve_again", "send_letter"]
    office.assert_in_order()


def test_another_letter_that_comes_back_is_a_note_and_goes_out_again(office: Letters) -> None:
    office.today_is("2026-11-05")
    kept = office.send(office.sign(office.draft("L03", EventKind.ASK_CORRECTION, items="年份")), **EMS)
    again = office.send(office.comes_back(kept, "2026-11-05"), **EMS)
    assert again.state is LetterState.SENT
    kinds = [kind for kind, *_ in office.events()]
    assert kinds == ["ask_correction", "send_letter", "note", "send_letter"]


def test_a_letter_about_what_is_on_record_leaves_alone(office: Letters) -> None:
    office.then(EventKind.EXTEND, TODAY, working_days=20, approver="负责人", reason="内容较多")
    kept = office.draft("L05", means=Means.POST_EMS)
    assert kept.event is None
    office.send(office.sign(kept), tracking="1")
    assert [kind for kind, *_ in office.events()] == ["extend", "send_letter"]
    with pytest.raises(InputFault, match="没有“收费通知”的记录"):
        office.draft("L12")


def test_a_reply_on_record_keeps_the_number_that_it_has(office: Letters) -> None:
    office.refuse(TODAY, reply_number="测数旧〔2026〕7号")
    signed = office.sign(office.draft("L23", means=Means.POST_EMS))
    assert signed.document_number == "测数旧〔2026〕7号"
    with office.engine.connect() as connection:
        assert book.gaps(connection, office.agency_id) == []


def test_art32_a_third_party_is_not_told_who_asked(office: Letters) -> None:
    office.today_is("2026-11-05")
    facts = {"kind": ConsultationKind.THIRD_PARTY, "party": "某某有限公司"}
    signed = office.sign(office.draft("L06", EventKind.CONSULT, **facts))
    said = words(office, signed)
    assert "某某有限公司" in said
    assert "王小明" not in said
    office.send(signed, **EMS, enclosed="意见确认函一份")
    assert str(office.case.inquiries[0].sent) == "2026-11-05"


def test_art32_the_form_for_the_reply_goes_with_the_question(office: Letters) -> None:
    asked = office.sign(office.draft("L06", EventKind.CONSULT, kind=ConsultationKind.THIRD_PARTY, party="甲公司"))
    (fault,) = office.against(asked, **EMS)
    assert "请在本页拟制《第三方意见确认函》并签发" in fault
    with pytest.raises(InputFault, match="可用的有：L07"):
        office.enclose(asked, "L08")
    form = office.enclose(asked, "L07")
    # A draft lies in no envelope.
    assert office.against(asked, **EMS) == [fault]
    signed = office.sign(form)
    assert (signed.document_number, office.against(asked, **EMS)) == (None, [])
    with office.engine.connect() as connection:
        filled = docx.Document(BytesIO(dispatch.opened(connection, form.id, office.cipher))).tables[0]
    assert "甲公司" in [cell.text for row in filled.rows for cell in row.cells]
    office.send(asked, **EMS)
    assert office.owed() == [("L01", None), ("L02", None), ("L08", 1)]


def test_art32_two_who_are_asked_have_each_a_letter_and_answer_each_for_himself(office: Letters) -> None:
    office.today_is("2026-11-05")
    kind = ConsultationKind.THIRD_PARTY
    one, other = (office.draft("L06", EventKind.CONSULT, kind=kind, party=name) for name in ("甲公司", "乙公司"))
    with pytest.raises(Refusal, match="已有一份《政府信息公开征求第三方意见书》"):
        office.draft("L06", EventKind.CONSULT, kind=kind, party="乙公司")
    for each in (one, other):
        office.sign(office.enclose(each, "L07"))
        office.sign(each)
    left = [office.send(each, **EMS) for each in (other, one)]
    assert [each.place for each in left] == [1, 2]
    assert [each.party for each in office.case.inquiries] == ["乙公司", "甲公司"]
    # The first to be asked is the last to get his letter; each period runs from its own delivery.
    office.today_is("2026-11-09")
    office.arrives(left[1], "2026-11-06")
    office.arrives(left[0], "2026-11-09")
    assert [str(each.delivered) for each in office.case.inquiries] == ["2026-11-09", "2026-11-06"]
    assert {code for code, _place in office.owed()} == {"L01", "L02", "L08"}
    office.assert_in_order()


# What is checked


def test_a_letter_that_lacks_something_is_not_signed_and_takes_no_number(office: Letters) -> None:
    office.choose("court", "")
    facts = {"outcome": Outcome.REFUSED_INTERNAL_AFFAIRS, "means": Means.POST_EMS, "reasons": "人事"}
    kept = office.draft("L23", EventKind.DECIDE, **facts)
    with pytest.raises(InputFault, match="有管辖权的人民法院"):
        office.sign(kept)
    office.choose("court", "测试市东区人民法院")
    office.choose("letter_sign", "")
    with pytest.raises(InputFault, match="机关代字没有设置"):
        office.sign(kept)
    office.choose("letter_sign", "测数")
    assert office.sign(kept).document_number == "测数公开答〔2026〕1号"
    with pytest.raises(Refusal, match="只有草稿可以签发"):
        office.sign(kept)


def test_art35_a_letter_that_asks_for_reasons_by_a_day_is_signed_before_that_day(office: Letters) -> None:
    office.today_is("2026-11-09")
    kept = office.draft("L04", EventKind.ASK_REASONS, volume="一个月内申请三十二件", until=date(2026, 11, 20))
    office.today_is("2026-11-20")
    with pytest.raises(InputFault, match="所定的日期 2026-11-20 已到，今天是 2026-11-20，应作废后重新拟稿"):
        office.sign(kept)
    office.today_is("2026-11-19")
    assert office.sign(kept).state is LetterState.SIGNED


def test_art17_what_is_released_without_a_secrecy_review_does_not_leave(office: Letters) -> None:
    facts = {"outcome": Outcome.GRANTED, "ground": Ground.PROVIDED, "means": Means.POST_EMS}
    signed = office.sign(office.draft("L20", EventKind.DECIDE, **facts))
    assert any("保密审查" in sentence for sentence in office.against(signed, tracking="1"))
    with pytest.raises(InputFault, match="保密审查"):
        office.send(signed, tracking="1")
    assert (office.events(), office.kept(signed).state) == ([], LetterState.SIGNED)
    office.review_secrecy(TODAY)
    office.then(EventKind.ATTACH, TODAY, attachment_kind=AttachmentKind.REPLY)
    assert office.against(signed, tracking="1") == []


def test_art36_what_is_released_goes_out_with_its_letter(office: Letters) -> None:
    office.review_secrecy(TODAY)
    facts = {"outcome": Outcome.GRANTED, "ground": Ground.PROVIDED, "means": Means.POST_EMS}
    signed = office.sign(office.draft("L20", EventKind.DECIDE, **facts))
    (fault,) = office.against(signed, tracking="1")
    for way in ("种类选“答复附件”", "在“附件说明”中写明", "“附件”填“无”"):
        assert way in fault
    office.void(signed)
    # What is looked at in the office, or found at an address, encloses nothing.
    there = office.sign(office.draft("L20", EventKind.DECIDE, access="到本机关查阅", **facts))
    assert office.against(there, tracking="1") == []


@pytest.mark.parametrize("code", ["L20", "L22"])
def test_art36_what_stands_in_the_letter_itself_encloses_nothing(office: Letters, code: str) -> None:
    office.review_secrecy(TODAY)
    outcome = {
        "L20": {"outcome": Outcome.GRANTED, "ground": Ground.PROVIDED},
        "L22": {"outcome": Outcome.PARTLY_GRANTED},
    }
    facts = {**outcome[code], "means": Means.HAND, "reasons": "其余内容属于商业秘密"}
    bare = office.draft(code, EventKind.DECIDE, texts={"附件": "无"}, **facts)
    with pytest.raises(InputFault, match="应在“处理意见”中写明所公开的内容"):
        office.sign(bare)
    office.void(bare)
    said = {"附件": "无", "处理意见": "合同金额为一百二十万元。"}
    signed = office.sign(office.draft(code, EventKind.DECIDE, texts=said, **facts))
    text = words(office, signed)
    assert ("一百二十万元" in text, "附件" in text) == (True, False)
    assert office.against(signed) == []


def test_art37_what_is_withheld_names_its_article_or_is_doubted(office: Letters) -> None:
    def doubts(reasons: str) -> tuple[str, ...]:
        kept = office.draft("L22", EventKind.DECIDE, outcome=Outcome.PARTLY_GRANTED, means=Means.HAND, reasons=reasons)
        with office.engine.connect() as connection:
            found = book.worded(connection, office.record, kept, office.cipher, day(TODAY)).doubts
        office.void(kept)
        return found

    (doubt,) = doubts("其余内容属于商业秘密")
    assert "应写明条款（条例第三十六条第（三）项、第三十七条）" in doubt
    assert doubts("其余内容属于商业秘密，依据《条例》第十五条不予公开") == ()


def test_art36_what_is_handed_over_on_paper_is_told_and_recorded(office: Letters) -> None:
    office.review_secrecy(TODAY)
    facts = {"outcome": Outcome.GRANTED, "ground": Ground.PROVIDED, "means": Means.HAND}
    signed = office.sign(office.draft("L20", EventKind.DECIDE, **facts))
    with pytest.raises(InputFault, match="附件说明"):
        office.send(signed)
    office.send(signed, enclosed="规划图纸原件复印件，十二张")
    assert office.events()[-1][2]["enclosed"] == "规划图纸原件复印件，十二张"
    assert ("L20", 1) not in office.owed()


def test_what_happened_since_makes_a_letter_out_of_date(office: Letters) -> None:
    office.today_is("2026-11-05")
    signed = office.sign(office.draft("L03", EventKind.ASK_CORRECTION, items="年份"))
    office.then(EventKind.NOTE, "2026-11-05", text="申请人来电")
    assert office.against(signed, **EMS) == []
    office.then(EventKind.AMEND, "2026-11-05", reason="误录", subject="2024年道路养护合同")
    found = office.against(signed, **EMS)
    assert "办件有了新的记录（第 3 条“更正登记内容”），文书已经过时" in found[0]
    assert any("“申请内容”与办件现在的情况不符（现为“2024年道路养护合同”）" in each for each in found)


def test_what_the_office_says_of_itself_is_compared_too(office: Letters) -> None:
    facts = {"outcome": Outcome.REFUSED_INTERNAL_AFFAIRS, "means": Means.POST_EMS, "reasons": "人事"}
    signed = office.sign(office.draft("L23", EventKind.DECIDE, **facts))
    office.choose("court", "测试市西区人民法院")
    assert any("救济告知" in sentence for sentence in office.against(signed, tracking="1"))


@pytest.mark.parametrize(
    ("means", "tracking", "said"),
    [
        (Means.COURIER, "1", "邮政法第五十五条"),
        (Means.POST_EMS, "", "没有写明邮件号"),
        (Means.HAND, "1", "没有邮件号，应不填"),
        (None, "", "没有写明送达方式"),
    ],
)
def test_postal_law_art55_the_way_out_is_looked_at(
    office: Letters, means: Means | None, tracking: str, said: str
) -> None:
    office.today_is("2026-11-05")
    signed = office.sign(office.draft("L03", EventKind.ASK_CORRECTION, items="年份"))
    found = office.against(signed, means, tracking)
    assert [said in sentence for sentence in found] == [True]


def test_the_day_of_sending_is_not_before_the_signing_and_not_to_come(office: Letters) -> None:
    office.today_is("2026-11-05")
    signed = office.sign(office.draft("L03", EventKind.ASK_CORRECTION, items="年份"))
    assert "早于签发日期" in office.against(signed, on="2026-11-04", **EMS)[0]
    assert "晚于今天" in office.against(signed, on="2026-11-06", **EMS)[0]


def test_art31_whoever_gave_no_address_is_not_written_to_by_post(office: Letters) -> None:
    office.register("2026-11-03")
    office.today_is("2026-11-05")
    signed = office.sign(office.draft("L03", EventKind.ASK_CORRECTION, items="年份"))
    assert "没有登记通信地址" in office.against(signed, **EMS)[0]
    assert "没有登记电子邮箱" in office.against(signed, Means.EMAIL)[0]


def test_a_form_stays_in_the_file(office: Letters) -> None:
    signed = office.sign(office.draft("L01"))
    assert signed.document_number is None
    assert office.against(signed) == ["《政府信息公开申请登记表》存卷，不对外发出"]


def test_one_letter_of_a_kind_is_under_way_and_a_void_one_keeps_its_number(office: Letters) -> None:
    office.today_is("2026-11-05")
    first = office.sign(office.draft("L03", EventKind.ASK_CORRECTION, items="年份"))
    with pytest.raises(Refusal, match="应先发出或者作废"):
        office.draft("L03", EventKind.ASK_CORRECTION, items="年份")
    with pytest.raises(InputFault, match="应写明理由"):
        office.void(first, "")
    assert office.void(first).state is LetterState.VOID
    second = office.sign(office.draft("L03", EventKind.ASK_CORRECTION, items="年份、地点"))
    assert second.document_number == "测数公开补〔2026〕2号"
    office.send(second, **EMS)
    with pytest.raises(Refusal, match="只有没有发出的才能作废"):
        office.void(second)
    with office.engine.connect() as connection:
        (found,) = book.gaps(connection, office.agency_id)
    assert (found.series, found.year, found.last, found.missing) == ("补", 2026, 2, [])
    assert found.void == [("测数公开补〔2026〕1号", "写错")]


def test_a_number_that_no_letter_has_is_reported(office: Letters, database: Database) -> None:
    office.today_is("2026-11-05")
    office.sign(office.draft("L03", EventKind.ASK_CORRECTION, items="年份"))
    with database.owner_engine.begin() as connection:
        connection.execute(text("UPDATE counter SET value = 3 WHERE kind = 'letter:补'"))
    with office.engine.connect() as connection:
        assert book.gaps(connection, office.agency_id)[0].missing == [2, 3]


def test_a_command_given_twice_makes_one_letter(office: Letters) -> None:
    wanted = book.Wanted("L02", means=Means.POST_EMS)
    with office.engine.begin() as connection:
        first = book.make(connection, office.agency_id, office.number, wanted, CLERK, "once", NOW)
        assert book.make(connection, office.agency_id, office.number, wanted, CLERK, "once", NOW).id == first.id


def test_art45_a_step_that_is_approved_first_has_no_letter_before(office: Letters) -> None:
    office.choose("approve_extension", "公开机构负责人")
    with pytest.raises(Refusal, match="应先送审"):
        office.draft("L05", EventKind.EXTEND, working_days=20, reason="内容较多")


# What the database keeps


def test_nobody_writes_into_the_log_that_a_letter_left(office: Letters) -> None:
    office.today_is("2026-11-05")
    signed = office.sign(office.draft("L03", EventKind.ASK_CORRECTION, items="年份"))
    facts = {"letter": signed.id, "code": "L03", "title": "补正告知书", "sha256": "0" * 64}
    for wrong in (facts, {**facts, "letter": 99}):
        command = Command(
            Happening(EventKind.SEND_LETTER, desk.day_of(office.now), wrong), f"x{wrong['letter']}", CLERK
        )
        with pytest.raises(InputFault, match="由系统在文书发出时记录"), office.engine.begin() as connection:
            history = History([command], office.record.case_id)
            desk.perform(connection, office.agency_id, history, office.cipher, office.now)


def test_what_was_signed_is_changed_by_nobody_and_found_where_it_was(office: Letters, database: Database) -> None:
    office.today_is("2026-11-05")
    sent = office.send(office.sign(office.draft("L03", EventKind.ASK_CORRECTION, items="年份")), **EMS)
    for statement in (
        update(letter_issue).values(number="1"),
        letter_issue.delete(),
        letter.delete(),
        update(letter).values(facts={}),
    ):
        with pytest.raises(DBAPIError, match="permission denied"), office.engine.begin() as connection:
            connection.execute(statement)
    with database.owner_engine.begin() as connection:
        connection.execute(update(letter_issue).values(sha256="0" * 64))
    with office.engine.connect() as connection:
        number, found = dispatch.verify(connection, office.cipher)
    assert (number, found[0].case, found[0].message) == (1, "2026-0001", f"第 {sent.id} 号文书的内容与签发时的摘要不符")
