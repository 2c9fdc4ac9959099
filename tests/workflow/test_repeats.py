"""Likely repeats: the same person with the same question, and several people with one (Art. 35, 36(6), 44)."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, update

from models.personal import FieldCipher
from models.tables import request_case
from models.vocabulary import ApplicantKind, EventKind, Outcome, State
from tests.histories import another_agency, commands, examples, perform
from workflow import repeats
from workflow.applicants import ApplicantDetails
from workflow.case import Happening
from workflow.desk import Done, History
from workflow.repeats import Likely, Pace, plain, similarity

DAY = date(2026, 3, 2)
BUDGET = "申请公开2024年市财政局部门预算"
SAME_BUDGET = "请贵局依法公开关于二〇二四年度市财政局部门预算的相关信息。"
WANG = ApplicantDetails(name="王小明", identity_number="11010519491231002X", telephone="13912345678")
LI = ApplicantDetails(name="李四", identity_number="110105194912310011", telephone="13800001111")
NOBODY = ApplicantDetails(name="张三")


# The question


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("申请公开2024年部门预算", "2024年部门预算"),
        ("请贵局依法公开关于2024年部门预算的相关信息。", "2024年部门预算"),
        ("向贵机关申请获取：2024年部门预算的复印件，谢谢！", "2024年部门预算"),
        (
            "根据《中华人民共和国政府信息公开条例》第二十七条的规定，本人因生产、生活需要，特向贵局申请公开以下政府信息：征地批文",
            "征地批文",
        ),
        ("关于2024年预算的政府信息公开申请表", "2024年预算"),
        ("２０２４ 年　《ＡＢＣ》 方案", "2024年abc方案"),
        ("京发改〔2024〕12 号", "京发改2024-12号"),
        ("京发改[二〇二四]十二号", "京发改2024-12号"),
        ("二○二四年第一百零五号、二十三号", "2024年第105号23号"),
        ("24年、９８年一季度三公经费", "2024年1998年1季度三公经费"),
        ("近20年的地籍图", "近20年的地籍图"),
        ("“十四五”规划", "1045规划"),
    ],
)
def test_a_question_is_compared_in_one_form_without_its_polite_wrapping(text: str, wanted: str) -> None:
    assert plain(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "信息化建设合同",
        "政府信息公开年度报告",
        "特种设备检查记录",
        "我市供水规划",
        "现金流量表",
        "请示件",
        "富贵街道规划",
    ],
)
def test_what_only_looks_like_wrapping_stays(text: str) -> None:
    assert plain(text) == text
    assert plain(f"申请公开{text}") == text


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("申请公开", "申请公开"),
        ("申请公开：相关信息", "申请公开相关信息"),
        ("贵局", "贵局"),
        (" ？？ ", "??"),
        (" ", ""),
    ],
)
def test_a_question_of_nothing_but_wrapping_is_compared_as_it_stands(text: str, wanted: str) -> None:
    assert plain(text) == wanted


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (BUDGET, SAME_BUDGET),
        ("2024年度市财政局部门决算", "市财政局2024年度部门决算"),
        ("幸福路12号房屋征收补偿协议", "申请公开幸福路12号房屋的征收补偿协议及附件"),
        ("京发改〔2024〕12号", "京发改[2024]十二号文件"),
        ("2024年部门预算", "申请公开2024年部门预算。本人系村民，土地被征收后多次反映未果，请书面答复，电话13800138000"),
        ("2024年部门预算公开说明", "2024年、2025年部门预算公开说明"),
    ],
)
def test_the_same_question_in_other_words_is_alike(one: str, other: str) -> None:
    assert repeats.THRESHOLD <= similarity(one, other) == similarity(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("申请公开2024年部门预算", "申请公开2025年部门预算"),
        ("二〇二四年部门预算", "2023年部门预算"),
        ("关于印发招生办法的通知（京发改〔2024〕12号）", "关于印发招生办法的通知（京发改〔2024〕13号）"),
        ("东湖新城一期项目环境影响评价报告", "东湖新城二期项目环境影响评价报告"),
        ("“十四五”规划中期评估报告", "“十三五”规划中期评估报告"),
        ("会议纪要", "关于征地工作的会议纪要及其附件全文"),
        ("预算", "决算"),
        ("人民路小学教师招聘方案", "市第一人民医院设备采购合同"),
    ],
)
def test_another_year_document_or_matter_is_another_question(one: str, other: str) -> None:
    assert similarity(one, other) < repeats.THRESHOLD


def test_only_the_same_words_are_quite_the_same() -> None:
    assert similarity(BUDGET, "２０２４年市财政局部门预算！") == 100
    assert similarity("东" * 999 + "村", "东" * 999 + "镇") == 99
    # A number more may make it another question, however long the rest.
    assert similarity(BUDGET, f"{BUDGET}3") == 90
    assert similarity("", " ") == similarity("", BUDGET) == 0


@given(st.text(), st.text())
@examples(300)
def test_any_texts_can_be_compared(one: str, other: str) -> None:
    assert bool(plain(one)) == bool(one.strip())
    assert 0 <= similarity(one, other) == similarity(other, one) <= 100
    assert similarity(one, one) == (100 if one.strip() else 0)


# The cases


class Office:
    """An agency's desk, with what an officer sees on intake."""

    def __init__(self, engine: Engine, agency_id: int, cipher: FieldCipher) -> None:
        self.engine, self.agency_id, self.cipher = engine, agency_id, cipher

    def register(self, subject: str, applicant: ApplicantDetails, day: date = DAY) -> Done:
        """Register a request."""
        facts = {"applicant_kind": ApplicantKind.NATURAL_PERSON, "subject": subject}
        history = History(commands([Happening(EventKind.REGISTER, day, facts)]), None, applicant)
        return perform(self.engine, self.agency_id, history, self.cipher)

    def reply(self, case_id: int, outcome: Outcome, reply_number: str, day: date) -> None:
        """Record the reply to a request, as a ledger would tell it."""
        decided = Happening(EventKind.DECIDE, day, {"outcome": outcome, "reply_number": reply_number})
        told = [replace(command, recorded=True) for command in commands([decided])]
        perform(self.engine, self.agency_id, History(told, case_id), self.cipher)

    def make_void(self, case_id: int) -> None:
        """Leave a request void."""
        with self.engine.begin() as connection:
            gone = update(request_case).where(request_case.c.id == case_id).values(state=State.VOID.value)
            connection.execute(gone)

    def find(self, subject: str, applicant: ApplicantDetails, **limits: int) -> list[Likely]:
        """The likely repeats that are shown."""
        with self.engine.connect() as connection:
            return repeats.find(connection, self.agency_id, self.cipher, applicant, subject, **limits)

    def found(self, subject: str, applicant: ApplicantDetails, **limits: int) -> list[tuple[int, bool]]:
        """Which cases are shown, and whether as the same person's."""
        return [(each.case_id, each.same_person) for each in self.find(subject, applicant, **limits)]

    def pace(self, applicant: ApplicantDetails, day: date = DAY) -> Pace:
        """The figures that are shown."""
        with self.engine.connect() as connection:
            return repeats.pace(connection, self.agency_id, self.cipher, applicant, day)


@pytest.fixture
def office(engine: Engine, agency_id: int, cipher: FieldCipher) -> Office:
    """A desk."""
    return Office(engine, agency_id, cipher)


def test_art36_a_repeat_is_shown_with_the_number_and_the_day_of_the_earlier_reply(office: Office) -> None:
    earlier = office.register(BUDGET, WANG)
    office.reply(earlier.case_id, Outcome.GRANTED, "财公开〔2026〕7号", date(2026, 3, 20))
    (shown,) = office.find(SAME_BUDGET, WANG)
    assert shown == Likely(
        case_id=earlier.case_id,
        number="2026-0001",
        received_on=DAY,
        state="disclosed",
        outcome="granted",
        closed_on=date(2026, 3, 20),
        reply_number="财公开〔2026〕7号",
        subject=BUDGET,
        similarity=similarity(BUDGET, SAME_BUDGET),
        same_person=True,
    )
    assert shown.to_json() == asdict(shown) | {"received_on": "2026-03-02", "closed_on": "2026-03-20"}


def test_a_request_that_waits_for_its_reply_is_shown_without_one(office: Office) -> None:
    office.register(BUDGET, WANG)
    (shown,) = office.find(BUDGET, WANG)
    assert (shown.state, shown.outcome, shown.closed_on, shown.reply_number) == ("received", None, None, None)
    assert shown.to_json()["closed_on"] is None
    assert shown.similarity == 100


@pytest.mark.parametrize(
    "again",
    [
        ApplicantDetails(identity_number="11010519491231002x"),
        ApplicantDetails(identity_number="１１０１０５１９４９１２３１００２Ｘ"),
        ApplicantDetails(name="王晓明", identity_number="110105 19491231 002X", telephone="13000000000"),
        ApplicantDetails(name="王小明", telephone="139 1234 5678"),
        ApplicantDetails(name="王小明", identity_number="护照E12345678", telephone="１３９１２３４５６７８"),
    ],
    ids=["lower case", "full width", "spaces", "telephone and name", "another document, same telephone and name"],
)
def test_the_same_person_is_known_by_identity_number_or_by_telephone_and_name(
    office: Office, again: ApplicantDetails
) -> None:
    case_id = office.register(BUDGET, WANG).case_id
    assert office.found(SAME_BUDGET, again) == [(case_id, True)]
    assert office.pace(again) == Pace(known=True, month=1, twelve_months=1, total=1)


@pytest.mark.parametrize(
    "other",
    [
        LI,
        ApplicantDetails(name="王小明", identity_number="110105194912310011"),
        ApplicantDetails(name="王大明", telephone="13912345678"),
        ApplicantDetails(telephone="13912345678"),
        ApplicantDetails(name="王小明"),
        ApplicantDetails(name="", identity_number="", telephone=""),
        ApplicantDetails(),
    ],
    ids=["another", "namesake", "same household", "telephone alone", "name alone", "blank", "unknown"],
)
def test_art44_another_persons_same_question_is_shown_as_anothers(office: Office, other: ApplicantDetails) -> None:
    case_id = office.register(BUDGET, WANG).case_id
    assert office.found(SAME_BUDGET, other) == [(case_id, False)]
    assert office.pace(other).total == 0


def test_people_who_gave_nothing_to_know_them_by_are_not_one_person(office: Office) -> None:
    unknown = [NOBODY, replace(NOBODY, identity_number="无", telephone="不详"), replace(NOBODY, identity_number="　")]
    ids = [office.register(BUDGET, each).case_id for each in unknown]
    for each in unknown:
        assert office.found(BUDGET, each) == [(case_id, False) for case_id in reversed(ids)]
        assert office.pace(each) == Pace(known=False, month=0, twelve_months=0, total=0)


def test_another_year_is_not_shown_even_of_the_same_person(office: Office) -> None:
    office.register(BUDGET.replace("2024", "2025"), WANG)
    office.register("行政处罚决定书", WANG)
    assert office.find(BUDGET, WANG) == []


def test_the_threshold_holds_for_everybody(office: Office) -> None:
    near = "2024年市财政局部门预算及说明"
    mine, others = (office.register(near, each).case_id for each in (WANG, LI))
    alike = similarity(BUDGET, near)
    assert office.found(BUDGET, WANG, threshold=alike) == [(mine, True), (others, False)]
    assert office.found(BUDGET, WANG, threshold=alike + 1) == []


def test_the_same_person_comes_first_then_the_most_alike_then_the_newest(office: Office) -> None:
    near = "2024年市财政局部门预算及说明"
    asked = [(BUDGET, LI), (near, WANG), (near, LI), (BUDGET, NOBODY), (BUDGET, WANG), ("征地批文", WANG)]
    li, wang_near, li_near, nobody, wang, _ = (office.register(*each).case_id for each in asked)
    wanted = [(wang, True), (wang_near, True), (nobody, False), (li, False), (li_near, False)]
    assert office.found(BUDGET, WANG) == wanted
    assert office.found(BUDGET, WANG, most=3) == wanted[:3]
    assert office.found(BUDGET, WANG, most=0) == []


def test_of_other_people_only_the_newest_are_looked_at_but_all_of_the_same_person(office: Office) -> None:
    oldest = office.register(BUDGET, WANG).case_id
    office.register(BUDGET, LI)
    newest = office.register(BUDGET, LI).case_id
    office.register("征地批文", WANG)
    assert office.found(BUDGET, WANG, others=1) == [(oldest, True), (newest, False)]


def test_a_void_request_and_the_request_itself_are_left_out(office: Office) -> None:
    kept, void, itself = (office.register(BUDGET, each).case_id for each in (LI, WANG, WANG))
    office.make_void(void)
    assert office.found(BUDGET, WANG, but=itself) == [(kept, False)]
    assert office.found(BUDGET, LI, but=kept) == [(itself, False)]
    assert office.pace(WANG) == Pace(known=True, month=1, twelve_months=1, total=1)


def test_another_agencys_cases_are_never_shown_or_counted(office: Office) -> None:
    elsewhere = Office(office.engine, another_agency(office.engine), office.cipher)
    elsewhere.register(BUDGET, WANG)
    elsewhere.register(BUDGET, LI)
    assert office.find(BUDGET, WANG) == []
    assert office.pace(WANG).total == 0
    here = office.register(BUDGET, WANG).case_id
    assert office.found(BUDGET, WANG) == [(here, True)]
    assert len(elsewhere.find(BUDGET, WANG)) == 2


def test_art35_requests_are_counted_by_the_month_by_twelve_months_and_in_all(office: Office) -> None:
    days = [
        (2024, 2, 28),
        (2025, 3, 2),
        (2025, 3, 3),
        (2026, 2, 28),
        (2026, 3, 1),
        (2026, 3, 2),
        (2026, 3, 31),
        (2026, 4, 1),
    ]
    for day in days:
        office.register("征地批文", WANG, date(*day))
    office.register("征地批文", LI)
    figures = office.pace(WANG)
    assert figures == Pace(known=True, month=3, twelve_months=5, total=8)
    assert figures.to_json() == {"known": True, "month": 3, "twelve_months": 5, "total": 8}
    # On 29 February the year begins after the last 28th.
    assert office.pace(WANG, date(2024, 2, 29)) == Pace(known=True, month=1, twelve_months=1, total=8)


def test_a_request_not_yet_received_in_law_is_shown_and_counts_in_the_total_alone(office: Office) -> None:
    case_id = office.register(BUDGET, WANG).case_id
    with office.engine.begin() as connection:
        connection.execute(update(request_case).where(request_case.c.id == case_id).values(received_on=None))
    (shown,) = office.find(BUDGET, WANG)
    assert shown.to_json()["received_on"] is None
    assert office.pace(WANG) == Pace(known=True, month=0, twelve_months=0, total=1)
