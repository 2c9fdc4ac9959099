"""The vocabularies: the stored words and the official Chinese terms."""

from __future__ import annotations

import json

import pytest

from models import vocabulary
from models.vocabulary import (
    ApplicantKind,
    Channel,
    ConsultationKind,
    DeadlineKind,
    EventKind,
    Ground,
    Matter,
    Means,
    Opinion,
    Outcome,
    OutcomeGroup,
    Procedure,
    RectificationResult,
    ReopenGround,
    ReviewKind,
    ReviewResult,
    RulingForm,
    State,
    Tariff,
    Term,
)

EVERY = [
    each for each in vars(vocabulary).values() if isinstance(each, type) and issubclass(each, Term) and each is not Term
]


@pytest.mark.parametrize(
    ("terms", "labels"),
    [
        (ApplicantKind, "自然人 商业企业 科研机构 社会公益组织 法律服务机构 其他"),
        (Channel, "当面 邮寄（EMS） 邮寄（挂号信） 邮寄（平信） 电子邮件 网络 传真 口头"),
        (OutcomeGroup, "予以公开 部分公开 不予公开 无法提供 不予处理 其他处理"),
        (ReviewKind, "行政复议 未经复议直接起诉 复议后起诉"),
        (ReviewResult, "结果维持 结果纠正 其他结果 尚未审结"),
    ],
)
def test_the_terms_are_those_of_the_contract_in_its_order(terms: type[Term], labels: str) -> None:
    assert terms.labels() == labels.split()


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        # law.md 2 (Art. 41), 1.1, 6.1 L07, 3.5, 4, 10.1
        (Matter, {"disclosure": "政府信息公开申请", "rectification": "更正申请"}),
        (
            Ground,
            {
                "provided": "提供政府信息",
                "already_public": "已主动公开",
                "not_existing": "信息不存在",
                "not_ours": "不属于本机关负责公开",
            },
        ),
        (
            ConsultationKind,
            {
                "third_party": "第三方",
                "joint_maker": "共同制作机关",
                "other_agency": "其他机关",
                "superior": "主管部门或者保密部门",
                "internal": "本机关内部",
            },
        ),
        (
            Opinion,
            {
                "agree": "同意公开",
                "partly": "部分同意",
                "disagree": "不同意公开",
                "silent": "逾期未反馈",
                "withdrawn": "撤回征求意见",
            },
        ),
        (
            Means,
            {
                "hand": "当面",
                "delegated": "委托送达",
                "post_ems": "邮寄（EMS）",
                "post_registered": "邮寄（挂号信）",
                "courier": "快递企业",
                "email": "电子邮件",
                "portal": "网上平台",
                "fax": "传真",
            },
        ),
        (Tariff, {"by_item": "按件", "by_volume": "按量"}),
        (Procedure, {"ordinary": "普通程序", "simplified": "简易程序"}),
        (RulingForm, {"judgment": "判决", "order": "裁定"}),
        (
            ReopenGround,
            {
                "reconsideration": "行政复议决定",
                "judgment": "法院判决",
                "late_correction": "逾期补正有正当理由",
                "own_correction": "自行纠正",
            },
        ),
        (
            RectificationResult,
            {
                "corrected": "予以更正",
                "not_corrected": "不予更正",
                "forwarded": "转送有权机关",
                "referred": "告知向有权机关提出",
            },
        ),
        (
            DeadlineKind,
            {
                "confirm": "与申请人确认期限",
                "ask_correction": "告知补正期限",
                "correction": "补正期限",
                "opinion": "反馈意见期限",
                "reasons": "说明理由期限",
                "payment": "缴费期限",
                "reply": "答复期限",
                "review_answer": "复议答复期限",
                "defence": "答辩举证期限",
                "appeal": "上诉期限",
                "reevaluation": "不予公开信息的定期评估",
            },
        ),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_the_words_that_the_log_holds_keep_their_value_and_their_term(terms: type[Term], words: dict[str, str]) -> None:
    assert {term.value: term.label for term in terms} == words


LEAVES = [
    ("granted", "予以公开"),
    ("partly_granted", "部分公开"),
    ("refused_state_secret", "属于国家秘密"),
    ("refused_other_law", "其他法律行政法规禁止公开"),
    ("refused_safety_stability", "危及“三安全一稳定”"),
    ("refused_third_party", "保护第三方合法权益"),
    ("refused_internal_affairs", "属于三类内部事务信息"),
    ("refused_process", "属于四类过程性信息"),
    ("refused_enforcement_file", "属于行政执法案卷"),
    ("refused_administrative_query", "属于行政查询事项"),
    ("unavailable_not_held", "本机关不掌握相关政府信息"),
    ("unavailable_needs_creation", "没有现成信息需要另行制作"),
    ("unavailable_still_unclear", "补正后申请内容仍不明确"),
    ("unprocessed_petition", "信访举报投诉类申请"),
    ("unprocessed_repeat", "重复申请"),
    ("unprocessed_publication", "要求提供公开出版物"),
    ("unprocessed_excessive", "无正当理由大量反复申请"),
    ("unprocessed_reissue", "要求行政机关确认或重新出具已获取信息"),
    ("other_not_corrected", "申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请"),
    ("other_fee_unpaid", "申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请"),
    ("other_misc", "其他"),
]


def test_the_outcomes_are_the_21_leaf_rows_of_the_form_of_2021_under_the_keys_of_the_contract() -> None:
    assert [(outcome.value, outcome.label) for outcome in Outcome] == LEAVES


@pytest.mark.parametrize("terms", EVERY, ids=lambda terms: terms.__name__)
def test_every_word_has_its_own_value_and_its_own_label(terms: type[Term]) -> None:
    values, labels = [term.value for term in terms], terms.labels()
    assert len(set(values)) == len(values)
    assert len(set(labels)) == len(labels)
    assert all(labels)
    assert all(value == value.lower() and value.isascii() for value in values)


@pytest.mark.parametrize("terms", EVERY, ids=lambda terms: terms.__name__)
def test_a_term_is_found_by_its_value_and_by_its_label_and_is_itself_a_string(terms: type[Term]) -> None:
    for term in terms:
        assert terms(term.value) is term
        assert terms.of_label(term.label) is term
        assert terms(term.value).label == term.label
        assert json.dumps(term) == json.dumps(term.value)
        assert f"{term}" == term.value
    assert terms.of_label("没有这个词") is None
    assert terms.of_label("") is None
    with pytest.raises(ValueError, match="没有这个词"):
        terms("没有这个词")


def test_the_carried_over_states_say_so() -> None:
    for state in State:
        assert state.value.startswith("carried_over.") == state.label.startswith("结转·")


def test_an_event_is_a_verb_of_the_office_in_the_order_of_a_case() -> None:
    assert next(iter(EventKind)) is EventKind.REGISTER
