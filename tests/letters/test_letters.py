"""Every letter of the catalogue for a case that needs it: what it says, and how it looks in three formats."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import docx
import pdfplumber
import pypdfium2
import pytest
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from letters import catalogue, catalogue_page, rendering, templates
from letters.catalogue import BY_CODE, LETTERS
from letters.context import HIDDEN, Letter
from letters.fields import FIELDS
from letters.findings import FINDINGS
from letters.wording import LINES, PARAGRAPHS
from models.personal import FieldCipher
from models.vocabulary import (
    ApplicantKind,
    ConsultationKind,
    EventKind,
    Ground,
    Matter,
    Means,
    Outcome,
    Recipient,
    RectificationResult,
)
from paper.pdf import pdf_file
from runtime.database import Database
from tests.lawful import NOBODY, Office, day, open_office
from tests.letters.stories import ASKER, ON, furnish, letter_of, lived_through
from workflow.case import Happening
from workflow.faults import InputFault
from workflow.statute import DEMANDS, OUTCOMES

REPLIES = [kind for kind in LETTERS if kind.remedy]
# law.md 6: the letters that only move the procedure (L02 to L13) tell of no remedy.
PROCEDURAL = [f"L{number:02}" for number in range(2, 14)]


@pytest.fixture
def office(shared: Database, cipher: FieldCipher) -> Iterator[Office]:
    """An office that has said what its letters need."""
    with open_office(shared, cipher) as opened:
        furnish(opened)
        yield opened


@pytest.fixture(scope="module")
def told(shared: Database) -> dict[str, Letter]:
    """Every letter, each for a case that calls for it."""
    from tests.conftest import SECRET

    with open_office(shared, FieldCipher(SECRET)) as opened:
        furnish(opened)
        return dict(lived_through(opened))


# The catalogue


def test_the_catalogue_has_each_letter_once_with_its_words() -> None:
    numbers = (*range(1, 14), *range(20, 38))
    assert [kind.code for kind in LETTERS] == [f"L{number:02}" for number in numbers]
    assert {kind.code for kind in LETTERS if kind.is_form} == set(LINES)
    assert {kind.code for kind in LETTERS if not kind.is_form} == set(PARAGRAPHS)
    assert all(name in FIELDS for kind in LETTERS for name in kind.needs)


def test_the_page_of_the_catalogue_says_what_the_catalogue_says() -> None:
    page = Path(__file__).parents[2] / "docs" / "letters.md"
    assert page.read_text(encoding="utf-8") == catalogue_page.page(), "make letters"


def test_every_outcome_has_its_letter_and_every_decision_its_finding() -> None:
    for outcome in Outcome:
        assert catalogue.of_decision(outcome).remedy
    assert catalogue.of_decision(Outcome.GRANTED, Ground.ALREADY_PUBLIC).code == "L21"
    assert catalogue.of_decision(Outcome.UNAVAILABLE_NOT_HELD, Ground.NOT_OURS).code == "L25"
    two_faced = {Outcome.GRANTED, Outcome.UNAVAILABLE_NOT_HELD, Outcome.OTHER_MISC}
    endings = {EventKind.WITHDRAW, EventKind.MERGE, EventKind.CLOSE}
    assert set(FINDINGS) == (set(Outcome) - two_faced) | set(Ground) | set(RectificationResult) | endings


@pytest.mark.parametrize("outcome", [each for each in FINDINGS if isinstance(each, Outcome)])
def test_art36_each_finding_names_the_article_of_its_outcome(outcome: Outcome) -> None:
    article = OUTCOMES[outcome].article
    for name in re.findall(r"第[一二三四五六七八九十]+条", article):
        assert name in FINDINGS[outcome]


def test_the_letters_of_the_procedure_tell_of_no_remedy_and_all_replies_do(told: dict[str, Letter]) -> None:
    assert not {kind.code for kind in REPLIES} & set(PROCEDURAL)
    assert {code for code, letter in told.items() if letter.remedy is not None} == {
        # Who withdraws gets what he asked for.
        kind.code
        for kind in REPLIES
        if kind.code != "L32"
    }


def test_art33_what_a_case_may_need_follows_its_state(office: Office) -> None:
    office.register(applicant=ASKER)
    possible = {each.kind.code for each in catalogue.of_case(office.record) if not each.owed}
    assert {"L03", "L05", "L06", "L12", "L23", "L32"} <= possible
    assert not {"L09", "L13", "L30", "L31", "L33"} & possible
    office.then(EventKind.ASK_CORRECTION, "2026-03-04", items="年份", delivered="2026-03-05")
    waiting = catalogue.of_case(office.record)
    (letter,) = [each for each in waiting if each.kind.code == "L03"]
    assert (letter.owed, letter.on, letter.place) == (True, day("2026-03-04"), 1)
    assert "告知补正" in letter.why
    assert "L30" in {each.kind.code for each in waiting}
    assert "L31" not in {each.kind.code for each in waiting}


def test_art42_no_fee_letter_where_no_fee_is_charged(office: Office) -> None:
    office.choose("charges_fees", "否")
    office.register(applicant=ASKER)
    assert "L12" not in {each.kind.code for each in catalogue.of_case(office.record)}


# What a letter says


def test_every_letter_is_made_and_lacks_nothing(told: dict[str, Letter]) -> None:
    assert set(told) == set(BY_CODE)
    assert {code: letter.missing for code, letter in told.items() if letter.missing} == {}
    assert {code: letter.doubts for code, letter in told.items() if letter.doubts} == {}


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("L02", ["2026年3月2日", "2026年3月30日"]),
        ("L03", ["第三十条", "二、所涉及的路段。", "收到本告知书之日的次日起10个工作日内"]),
        ("L04", ["第三十五条", "一个月内申请三十二件。", "2026年3月18日"]),
        ("L05", ["第三十三条第二款", "20个工作日", "2026年3月30日", "2026年4月28日"]),
        ("L06", ["第三十二条", "15个工作日", "贵方"]),
        ("L08", ["第三十三条第三款", "2026年3月4日", "不计算在答复期限内"]),
        ("L09", ["第三十二条", "涉及公共资金的使用"]),
        ("L10", ["第三十四条", "视为同意公开"]),
        ("L12", ["第四十二条", "按量", "200元", "本件申请第31至50页，共20页，每页10元", "20个工作日", "重新计算"]),
        ("L13", ["第三十五条", "2026年6月30日"]),
        ("L20", ["第三十六条第（二）项", "见附件"]),
        ("L21", ["第三十六条第（一）项", "“信息公开”栏目。"]),
        ("L22", ["第三十七条", "第十五条所列情形。", "先向测试市人民政府申请行政复议"]),
        ("L23", ["第十六条第一款", "先向测试市人民政府申请行政复议"]),
        ("L24", ["第三十六条第（四）项", "检索范围：公文系统、档案室；检索词：道路养护、合同"]),
        ("L25", ["第三十六条第（五）项", "向测试市交通运输局提出申请，联系方式：0000-66668888。"]),
        ("L26", ["第三十八条"]),
        ("L27", ["第二十九条、第三十条"]),
        ("L28", ["第三十九条第一款", "市信访局"]),
        ("L29", ["第三十六条第（七）项", "不动产登记中心"]),
        ("L30", ["2026年3月4日", "2026年3月5日", "2026年3月19日", "视为您放弃申请"]),
        ("L31", ["2026年3月4日", "2026年4月1日", "第六条"]),
        ("L32", ["2026年3月5日", "撤回"]),
        ("L33", ["第四十一条", "不予更正", "或者自收到本告知书之日起6个月内"]),
    ],
)
def test_a_letter_says_what_the_law_asks_of_it(told: dict[str, Letter], code: str, said: list[str]) -> None:
    page = rendering.html(told[code])
    assert [each for each in said if each not in page] == []
    assert "2025年城市道路养护工程施工合同" in page or code == "L33"


@pytest.mark.parametrize("code", [kind.code for kind in LETTERS if kind.hides_applicant])
def test_a_third_party_is_not_told_who_asked(told: dict[str, Letter], code: str) -> None:
    text = rendering.html(told[code])
    for known in (ASKER.name, ASKER.telephone, ASKER.identity_number, ASKER.address, ASKER.email):
        assert known not in text
    if BY_CODE[code].recipient is Recipient.THIRD_PARTY:
        assert HIDDEN in told[code].fields["申请内容"]


def test_a_letter_is_made_for_a_step_that_is_about_to_be_recorded(office: Office) -> None:
    office.register(applicant=ASKER)
    step = Happening(EventKind.EXTEND, ON, {"working_days": 15, "reason": "需要核对", "approver": "张"})
    letter = letter_of(office, "L05", step=step, extra={"文号": "测数依延〔2026〕1号"})
    assert (letter.missing, letter.number) == ((), "测数依延〔2026〕1号")
    assert letter.fields["新答复期限"] == "2026年4月21日"
    assert office.case.extensions == ()


def test_a_step_that_the_law_does_not_allow_is_said(office: Office) -> None:
    office.register(applicant=ASKER)
    too_long = Happening(EventKind.EXTEND, ON, {"working_days": 21, "reason": "需要核对", "approver": "张"})
    assert any("第三十三条第二款" in sentence for sentence in letter_of(office, "L05", step=too_long).missing)


def test_what_a_case_and_an_office_lack_is_named(office: Office) -> None:
    office.register(applicant=NOBODY)
    for name in ("court", "office_telephone"):
        office.choose(name, "")
    office.decide("2026-03-20", Outcome.GRANTED, ground=Ground.ALREADY_PUBLIC, access="网站")
    from letters.context import context

    made = context(office.record, office.log, BY_CODE["L21"], NOBODY, agency="测试市数据局", on=ON)
    assert [
        word
        for word in ("收件人", "设置项“政府信息公开工作机构的联系电话”", "设置项“有管辖权的人民法院”")
        if not any(word in each for each in made.missing)
    ] == []
    nothing = context(office.record, office.log, BY_CODE["L05"], NOBODY, agency="测试市数据局", on=ON)
    assert any("还没有“告知延期”的记录" in each for each in nothing.missing)


def test_art36_a_decision_about_to_be_made_is_told_what_its_letter_lacks(office: Office) -> None:
    office.register(applicant=ASKER)
    facts = {"outcome": Outcome.UNPROCESSED_REPEAT, "means": Means.POST_EMS}
    made = letter_of(office, "L28", step=Happening(EventKind.DECIDE, ON, facts))
    assert [each for each in made.missing if "先前答复的文号和日期" in each] != []
    facts |= {"earlier_reply": "测数依复〔2025〕3号，2025年5月6日"}
    assert letter_of(office, "L28", step=Happening(EventKind.DECIDE, ON, facts)).missing == ()


def test_what_the_law_demands_of_a_reply_has_a_field() -> None:
    from letters.context import _FIELD_OF

    assert {name for names in DEMANDS.values() for name in names} == set(_FIELD_OF)
    assert set(_FIELD_OF.values()) <= set(FIELDS)


@pytest.mark.parametrize(
    ("event", "facts", "said"),
    [
        (EventKind.MERGE, {"into": "2026-0001"}, "登记编号：2026-0001"),
        (EventKind.CLOSE, {"outcome": Outcome.OTHER_MISC, "reason": "申请人死亡"}, "申请人死亡。"),
    ],
)
def test_a_case_that_ends_otherwise_says_so(
    office: Office, event: EventKind, facts: dict[str, object], said: str
) -> None:
    office.register(applicant=ASKER)
    office.register(applicant=ASKER)
    made = letter_of(office, "L32", step=Happening(event, ON, facts))
    assert said in made.fields["处理意见"]
    # What is answered in another case tells of its remedies there.
    assert (made.remedy is None) == (event is EventKind.MERGE)


@pytest.mark.parametrize("result", [RectificationResult.FORWARDED, RectificationResult.REFERRED])
def test_art41_who_sends_elsewhere_names_the_agency(office: Office, result: RectificationResult) -> None:
    office.register(applicant=ASKER, matter=Matter.RECTIFICATION)
    facts = {"result": result, "reason": "不属于本机关职能范围"}
    assert any(
        "有权更正的机关" in each
        for each in letter_of(office, "L33", step=Happening(EventKind.RECTIFY, ON, facts)).missing
    )
    facts |= {"other_agency": "测试市公安局"}
    made = letter_of(office, "L33", step=Happening(EventKind.RECTIFY, ON, facts))
    assert "测试市公安局" in made.fields["处理意见"]
    assert made.missing == ()


def test_a_field_that_is_not_there_or_that_the_law_words_is_refused(office: Office) -> None:
    office.register(applicant=ASKER)
    with pytest.raises(InputFault, match="没有字段“文好”"):
        letter_of(office, "L02", extra={"文好": "1"})
    with pytest.raises(InputFault, match="救济告知"):
        letter_of(office, "L23", extra={"救济告知": "不得起诉"})


def test_a_voided_step_gives_no_letter_and_a_consultation_keeps_its_number(office: Office) -> None:
    office.register(applicant=ASKER)
    kind = ConsultationKind.JOINT_MAKER
    office.then(EventKind.CONSULT, "2026-03-04", kind=kind, party="甲局")
    office.then(EventKind.CONSULT, "2026-03-05", kind=kind, party="乙局")
    office.then(EventKind.VOID, "2026-03-06", entry=2, reason="记错")
    assert letter_of(office, "L10", place=2).addressee == "乙局"
    assert letter_of(office, "L10", place=1).missing != ()
    office.then(EventKind.VOID, "2026-03-06", entry=3, reason="记错")
    assert letter_of(office, "L10").missing != ()


def test_art30_a_letter_that_wants_something_back_says_where_to(told: dict[str, Letter]) -> None:
    where = "测试市人民路1号"
    assert where in rendering.html(told["L03"])
    assert where not in rendering.html(told["L23"])
    assert "（联系单位：测试市数据局；电话：0000-88886666）" in rendering.html(told["L23"])


def test_a_company_is_addressed_as_one(office: Office) -> None:
    office.register(applicant=ASKER, applicant_kind=ApplicantKind.COMPANY)
    office.refuse("2026-03-20", means=Means.EMAIL, review_channel="https://xzfy.example.gov.cn/")
    letter = letter_of(office, "L23")
    assert "贵单位申请公开的政府信息" in letter.fields["处理意见"]
    assert letter.fields["救济告知"].endswith("互联网渠道：https://xzfy.example.gov.cn/。")


# How it looks


@pytest.mark.pdf
@pytest.mark.parametrize("code", list(BY_CODE))
def test_every_letter_in_three_formats_has_no_mark_left(told: dict[str, Letter], code: str) -> None:
    letter = told[code]
    content = rendering.docx(letter)
    text = "".join(templates.texts(docx.Document(io.BytesIO(content))))
    page = rendering.html(letter)
    document = pypdfium2.PdfDocument(pdf_file(page))
    printed = "".join(each.get_textpage().get_text_bounded() for each in document).replace("\r\n", "")
    for said in (text, page.partition("<body>")[2], printed):
        assert not re.search(r"[{}]|None|＿", said)
        assert letter.title in said
    if letter.kind.is_outward:
        for element in (letter.addressee, letter.fields["成文日期"], "测试市数据局"):
            assert element in text
            assert element in page
            assert element in printed


def test_gbt9704_the_measures_of_a_letter(told: dict[str, Letter]) -> None:
    book = docx.Document(io.BytesIO(rendering.docx(told["L23"])))
    page = book.sections[0]
    mm = {
        "paper": (page.page_width, page.page_height),
        "margins": (page.top_margin, page.left_margin, page.right_margin, page.bottom_margin),
    }
    assert [round(each.mm) for each in mm["paper"]] == [210, 297]
    assert [round(each.mm) for each in mm["margins"]] == [37, 28, 26, 35]
    assert round(page.header_distance.mm) == 30
    assert round(page.footer_distance.mm) == 20
    assert page.different_first_page_header_footer
    grid = page._sectPr.find(qn("w:docGrid"))
    assert abs(int(grid.get(qn("w:linePitch"))) / 20 - Mm(225).pt / 22) < 0.1
    styles = book.styles
    assert (styles["Normal"].font.size, styles["Title"].font.size) == (Pt(16), Pt(22))
    fonts = {name: styles[name].element.rPr.find(qn("w:rFonts")).get(qn("w:eastAsia")) for name in ("Normal", "Title")}
    assert fonts == {"Normal": "仿宋_GB2312", "Title": "方正小标宋简体"}
    lines = {styles[name].paragraph_format.line_spacing for name in ("Normal", templates.ADDRESSEE, templates.DAY)}
    assert [round(each.pt, 1) for each in lines] == [28.9]
    # 7/8 of a character between the red line and the number (10.1).
    number = styles[templates.NUMBER].paragraph_format
    assert (number.space_before.pt, number.line_spacing.pt) == (14, 18)
    (body,) = [each for each in book.paragraphs if each.text.startswith("如对本不予公开决定不服")]
    assert body.paragraph_format.first_line_indent == Pt(32)
    (signed,) = [each for each in book.paragraphs if each.style.name == templates.DAY]
    assert signed.text == "2026年4月1日"
    # Four characters free to the right of the day.
    assert round(signed.paragraph_format.right_indent.pt / (Mm(156).pt / 28)) == 4


def test_gbt9704_letter_form_red_name_two_double_lines_no_number_on_the_first_page(told: dict[str, Letter]) -> None:
    book = docx.Document(io.BytesIO(rendering.docx(told["L23"])))
    page = book.sections[0]
    (head,), (foot,) = page.first_page_header.paragraphs, page.first_page_footer.paragraphs
    assert head.text == "测试市数据局"
    assert str(book.styles[templates.HEAD].font.color.rgb) == "E00000"
    rules = [each._p.find(f".//{qn('w:pBdr')}/{qn('w:bottom')}").get(qn("w:val")) for each in (head, foot)]
    assert rules == ["thickThinSmallGap", "thinThickSmallGap"]
    width = Mm(156) - head.paragraph_format.left_indent - head.paragraph_format.right_indent
    assert round(width / Mm(1)) == 170
    assert foot.text == ""
    assert "PAGE" in page.footer._element.xml
    assert "PAGE" not in page.first_page_footer._element.xml


def test_a_long_name_of_an_agency_stays_on_one_line(office: Office) -> None:
    office.choose("letterhead", "测试省测试自治州测试县发展和改革委员会办公室")
    office.register(applicant=ASKER)
    letter = letter_of(office, "L02")
    (head,) = docx.Document(io.BytesIO(rendering.docx(letter))).sections[0].first_page_header.paragraphs
    assert head.runs[0].font.size.pt * len(head.text) <= Mm(156).pt


def test_several_enclosures_are_numbered_and_text_is_text(office: Office) -> None:
    office.register(applicant=ASKER, subject="<w:p>{{ 7 * 7 }} & \x07“合同”")
    letter = letter_of(office, "L02", extra={"附件": "目录\n合同 & 图纸"})
    book = docx.Document(io.BytesIO(rendering.docx(letter)))
    lines = [each.text for each in book.paragraphs]
    assert lines.index("附件：1. 目录") + 1 == lines.index("2. 合同 & 图纸")
    assert any("<w:p>{{ 7 * 7 }} & “合同”" in line for line in lines)
    assert "&lt;w:p&gt;{{ 7 * 7 }} &amp; " in rendering.html(letter)


@pytest.mark.pdf
def test_gbt9704_a_letter_of_two_pages_is_numbered_from_the_second(office: Office) -> None:
    office.register(applicant=ASKER, subject="道路养护合同、" * 40)
    with pdfplumber.open(io.BytesIO(rendering.pdf(letter_of(office, "L02")))) as document:
        first, second = (each.extract_text() for each in document.pages)
        head = [each for each in document.pages[0].chars if each["size"] > 30]
    assert "— 1 —" not in first
    assert "— 2 —" in second
    # The signature is never alone on a page: the last lines of the body go with it.
    assert "查询办理情况" in second
    # 30 mm from the edge; a face has some room over its characters.
    assert head[0]["bottom"] == pytest.approx(30 / 25.4 * 72 + 36, abs=10)


def test_word_processors_open_it(told: dict[str, Letter], tmp_path: Path) -> None:
    office_suite = shutil.which("soffice")
    if office_suite is None:
        pytest.skip("no LibreOffice on this machine")
    (tmp_path / "letter.docx").write_bytes(rendering.docx(told["L23"]))
    home = f"-env:UserInstallation={(tmp_path / 'home').as_uri()}"
    command = [office_suite, home, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), "letter.docx"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=90)
    with pdfplumber.open(tmp_path / "letter.pdf") as document:
        text = document.pages[0].extract_text()
    assert "政府信息不予公开告知书" in text
    assert "{{" not in text
