"""七步法: 补不补 — 是不是 — 谁负责 — 有没有 — 给不给 — 怎么给 — 怎么答, as a table. Pure.

Each question stands in one of the seven steps and has its article; each answer leads to the next question, or to the
step of the case that must come first, and on each way to a reply exactly one answer settles its outcome. What an
answer means for a case that is there, :mod:`workflow.wizard` says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from models.vocabulary import ConsultationKind, EventKind, Ground, Means, Outcome
from workflow import statute

STEPS = ("补不补", "是不是", "谁负责", "有没有", "给不给", "怎么给", "怎么答")
"""The seven steps in their order."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: its name, what it says, and what follows: ``leads`` to a question, or ``step`` is to be taken.

    ``outcome`` and ``ground``: it settles what the reply is. ``like``: it is weighed as that outcome would be, but
    settles none. ``means``: how the reply goes out, which ends the way. ``given``: facts that the step's form holds.
    """

    name: str
    label: str
    help: str
    leads: str | None = None
    step: EventKind | None = None
    outcome: Outcome | None = None
    ground: Ground | None = None
    like: Outcome | None = None
    means: Means | None = None
    given: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """A question: its name, the number of its step (1 to 7), what is asked, its article, and its answers."""

    name: str
    step: int
    asked: str
    article: str
    answers: tuple[Answer, ...]

    @property
    def title(self) -> str:
        """Its step by name."""
        return STEPS[self.step - 1]

    def answer(self, name: str) -> Answer | None:
        """The answer of this name."""
        return next((each for each in self.answers if each.name == name), None)


@dataclass(frozen=True, slots=True)
class Walk:
    """How far somebody has come: the questions answered, and the one that is next; None at the end."""

    taken: tuple[tuple[Question, Answer], ...]
    next: Question | None

    @property
    def names(self) -> tuple[str, ...]:
        """The answers by their names."""
        return tuple(answer.name for _, answer in self.taken)

    @property
    def step(self) -> EventKind:
        """The step of the case that the way ends in."""
        return self.taken[-1][1].step or EventKind.DECIDE

    def facts(self) -> dict[str, Any]:
        """What the way settles of a reply: its outcome, ground and means, as far as it has come."""
        settled: dict[str, Any] = {}
        for _, answer in self.taken:
            found = {"outcome": answer.outcome, "ground": answer.ground, "means": answer.means}
            settled |= {name: value for name, value in found.items() if value is not None}
        return settled

    def written(self) -> str:
        """The way as the log keeps it: each question with its answer, in words."""
        return "；".join(f"{question.title}：{answer.label}" for question, answer in self.taken)


_HOW = "how"
_LAST = "reply"
_GRANTED = Outcome.GRANTED

_WITHHELD: tuple[tuple[str, str, str, Outcome], ...] = (
    (
        "secret",
        "依法确定为国家秘密",
        "载体上有密级标志；定密依据、密级和期限应能举证（第十四条）",
        Outcome.REFUSED_STATE_SECRET,
    ),
    ("law", "其他法律、行政法规禁止公开", "应写明法律、行政法规的名称和条款（第十四条）", Outcome.REFUSED_OTHER_LAW),
    (
        "safety",
        "公开后可能危及国家安全、公共安全、经济安全、社会稳定",
        "应说明可能造成的不利影响（第十四条）",
        Outcome.REFUSED_SAFETY_STABILITY,
    ),
    (
        "third_party",
        "涉及商业秘密、个人隐私，公开会损害第三方合法权益",
        "应当书面征求过第三方意见；第三方同意的，应予公开（第十五条、第三十二条）",
        Outcome.REFUSED_THIRD_PARTY,
    ),
    (
        "internal",
        "属于人事管理、后勤管理、内部工作流程等内部事务信息",
        "法律、法规、规章规定应当公开的除外（第十六条第一款）",
        Outcome.REFUSED_INTERNAL_AFFAIRS,
    ),
    (
        "process",
        "属于讨论记录、过程稿、磋商信函、请示报告等过程性信息",
        "法律、法规、规章规定应当公开的除外（第十六条第二款）",
        Outcome.REFUSED_PROCESS,
    ),
    (
        "enforcement",
        "属于行政执法案卷信息",
        "法律、法规、规章规定应当公开的除外（第十六条第二款）",
        Outcome.REFUSED_ENFORCEMENT_FILE,
    ),
)
"""Why information is withheld, all or a part: the answer's name, what it says, its help, the outcome of the whole."""

QUESTIONS: tuple[Question, ...] = (
    Question(
        "correction",
        1,
        "申请是否需要补正？",
        "条例第二十九条、第三十条",
        (
            Answer("clear", "不需要补正", "申请人、联系方式、身份证明齐全，所申请的信息能够确定", leads="nature"),
            Answer(
                "correct",
                "需要补正",
                "内容不明确或者要件不全的，自收到申请之日起七个工作日内一次性告知",
                step=EventKind.ASK_CORRECTION,
            ),
            Answer(
                "still_unclear",
                "已经补正，内容仍不明确",
                "收到过补正，仍不能确定所申请的信息",
                leads=_LAST,
                outcome=Outcome.UNAVAILABLE_STILL_UNCLEAR,
            ),
            Answer(
                "not_corrected",
                "申请人无正当理由逾期不补正",
                "补正期限届满没有收到补正的，视为放弃申请",
                step=EventKind.LAPSE,
                outcome=Outcome.OTHER_NOT_CORRECTED,
                given=(("outcome", Outcome.OTHER_NOT_CORRECTED.value),),
            ),
        ),
    ),
    Question(
        "nature",
        2,
        "是不是应当按政府信息公开申请处理？",
        "条例第二条、第三十五条、第三十六条第（六）、（七）项、第三十九条",
        (
            Answer(
                "information", "是，要求提供政府信息", "行政机关履职中制作或者获取、以一定形式保存的信息", leads="maker"
            ),
            Answer(
                "petition",
                "是信访、投诉、举报等活动",
                "告知不作为政府信息公开申请处理，可以告知通过相应渠道提出",
                leads=_LAST,
                outcome=Outcome.UNPROCESSED_PETITION,
            ),
            Answer(
                "publication",
                "要求提供政府公报、报刊、书籍等公开出版物",
                "可以告知获取的途径",
                leads=_LAST,
                outcome=Outcome.UNPROCESSED_PUBLICATION,
            ),
            Answer(
                "repeat",
                "同一申请人就相同内容重复申请，先前已经答复",
                "告知不予重复处理，写明先前答复的文号和日期",
                leads=_LAST,
                outcome=Outcome.UNPROCESSED_REPEAT,
            ),
            Answer(
                "pending",
                "同一申请人就相同内容已有申请，尚未答复",
                "并入先前的一件，一并答复",
                step=EventKind.MERGE,
                outcome=Outcome.OTHER_MISC,
            ),
            Answer(
                "reissue",
                "要求确认或者重新出具已经获取的信息",
                "年度报告格式（五）5；写明先前答复的文号和日期",
                leads=_LAST,
                outcome=Outcome.UNPROCESSED_REISSUE,
            ),
            Answer("excessive", "数量、频次明显超过合理范围", "可以要求申请人说明理由（第三十五条）", leads="volume"),
            Answer(
                "query",
                "工商、不动产登记资料等，法律、行政法规对查询有专门规定",
                "告知依照有关法律、行政法规办理（第三十六条第（七）项）",
                leads=_LAST,
                outcome=Outcome.REFUSED_ADMINISTRATIVE_QUERY,
            ),
            Answer(
                "withdrawn", "申请人已经撤回申请", "核对身份后办结", step=EventKind.WITHDRAW, outcome=Outcome.OTHER_MISC
            ),
            Answer(
                "unpaid",
                "申请人逾期未缴纳信息处理费",
                "缴费期限届满未缴纳的，视为放弃申请（信息处理费管理办法第六条）",
                step=EventKind.LAPSE,
                outcome=Outcome.OTHER_FEE_UNPAID,
                given=(("outcome", Outcome.OTHER_FEE_UNPAID.value),),
            ),
            Answer(
                "other",
                "其他情形，不作答复而办结",
                "年度报告格式（六）3；写明理由",
                step=EventKind.CLOSE,
                outcome=Outcome.OTHER_MISC,
                given=(("outcome", Outcome.OTHER_MISC.value),),
            ),
        ),
    ),
    Question(
        "volume",
        2,
        "申请人说明理由了吗？",
        "条例第三十五条",
        (
            Answer("ask", "还没有要求说明理由", "先书面要求说明理由；等待期间期限照常计算", step=EventKind.ASK_REASONS),
            Answer(
                "unreasonable",
                "没有说明，或者理由不合理",
                "告知不予处理",
                leads=_LAST,
                outcome=Outcome.UNPROCESSED_EXCESSIVE,
            ),
            Answer("later", "理由合理，但不能按期答复", "确定延迟答复的合理期限并告知申请人", step=EventKind.DELAY),
            Answer("reasonable", "理由合理，可以按期答复", "继续办理", leads="maker"),
        ),
    ),
    Question(
        "maker",
        3,
        "由谁负责公开？",
        "条例第十条、第三十四条、第三十六条第（五）项",
        (
            Answer("ours", "由本机关负责公开", "本机关制作、牵头制作，或者从公民、法人、其他组织获取", leads="holding"),
            Answer(
                "joint",
                "与其他机关共同制作，需要征求意见",
                "由牵头制作的机关负责；被征求意见的机关十五个工作日内不反馈的，视为同意",
                step=EventKind.CONSULT,
                given=(("kind", ConsultationKind.JOINT_MAKER.value),),
            ),
            Answer(
                "not_ours",
                "不属于本机关负责公开",
                "说明理由；能够确定负责公开的机关的，告知名称和联系方式",
                leads=_LAST,
                outcome=Outcome.UNAVAILABLE_NOT_HELD,
                ground=Ground.NOT_OURS,
            ),
        ),
    ),
    Question(
        "holding",
        4,
        "有没有所申请的信息？",
        "条例第三十六条第（四）项、第三十八条",
        (
            Answer("held", "有现成的信息", "经检索找到，已制作或者获取", leads="disclosure"),
            Answer("search", "还没有检索", "先检索，记下范围、检索词和检索人", step=EventKind.SEARCH),
            Answer(
                "none",
                "经检索没有",
                "告知该政府信息不存在；须有没有找到的检索记录",
                leads=_LAST,
                outcome=Outcome.UNAVAILABLE_NOT_HELD,
                ground=Ground.NOT_EXISTING,
            ),
            Answer(
                "creation",
                "没有现成的，需要加工、分析、另行制作",
                "可以不予提供，说明理由（第三十八条）",
                leads=_LAST,
                outcome=Outcome.UNAVAILABLE_NEEDS_CREATION,
            ),
        ),
    ),
    Question(
        "disclosure",
        5,
        "能不能公开？",
        "条例第十三条至第十七条、第三十二条、第三十六条、第三十七条",
        (
            Answer(
                "public",
                "已经主动公开",
                "告知获取的方式、途径（第三十六条第（一）项）",
                leads=_LAST,
                outcome=_GRANTED,
                ground=Ground.ALREADY_PUBLIC,
            ),
            Answer(
                "open",
                "可以全部公开",
                "须先经保密审查；第三方不同意而公开的，先告知第三方",
                leads=_HOW,
                outcome=_GRANTED,
                ground=Ground.PROVIDED,
            ),
            Answer(
                "partial",
                "可以区分处理，公开一部分",
                "提供可以公开的内容，对不予公开的内容说明理由（第三十七条）",
                leads="withheld_part",
                outcome=Outcome.PARTLY_GRANTED,
            ),
            Answer("refuse", "全部不予公开", "告知不予公开并说明理由（第三十六条第（三）项）", leads="withheld"),
            Answer(
                "ask_third_party",
                "涉及第三方合法权益，还没有征求意见",
                "书面征求第三方意见，所需时间不计入期限（第三十二条、第三十三条）",
                step=EventKind.CONSULT,
                given=(("kind", ConsultationKind.THIRD_PARTY.value),),
            ),
            Answer(
                "ask_superior",
                "不能确定是否可以公开",
                "报有关主管部门或者保密行政管理部门确定（第十七条）",
                step=EventKind.CONSULT,
                given=(("kind", ConsultationKind.SUPERIOR.value),),
            ),
        ),
    ),
    Question(
        "withheld_part",
        5,
        "不予公开的部分属于哪一种情形？",
        "条例第十四条至第十六条、第三十七条",
        (
            *(Answer(name, label, told, leads=_HOW, like=outcome) for name, label, told, outcome in _WITHHELD),
            Answer("several", "有两种以上情形", "在理由中逐项写明内容和条款", leads=_HOW),
        ),
    ),
    Question(
        "withheld",
        5,
        "不予公开属于哪一种情形？",
        "条例第十四条至第十六条",
        tuple(Answer(name, label, told, leads=_LAST, outcome=outcome) for name, label, told, outcome in _WITHHELD),
    ),
    Question(
        _HOW,
        6,
        "以什么形式提供？",
        "条例第四十条、第四十二条",
        (
            Answer("as_asked", "按申请人要求的形式提供", "按申请人要求的形式和途径", leads=_LAST),
            Answer(
                "other_form",
                "以其他适当形式提供",
                "按要求提供可能危及载体安全或者公开成本过高的，可以提供电子数据或者其他形式",
                leads=_LAST,
            ),
            Answer("inspect", "安排查阅、抄录", "不便以电子数据提供的", leads=_LAST),
            Answer("fee", "先收取信息处理费", "在答复期限内告知收费；等待缴费时停止计算", step=EventKind.BILL),
        ),
    ),
    Question(
        _LAST,
        7,
        "怎样答复和送达？",
        "条例第三十六条，国办公开办函〔2016〕235号",
        (
            Answer("ems", "书面，邮政EMS寄送", "交寄之日为答复日期", means=Means.POST_EMS),
            Answer("registered", "书面，邮政挂号信寄送", "交寄之日为答复日期", means=Means.POST_REGISTERED),
            Answer("hand", "书面，当面交付", "签收之日为答复日期", means=Means.HAND),
            Answer("delegated", "书面，委托送达", "签收之日为答复日期", means=Means.DELEGATED),
            Answer("email", "电子邮件", "须告知网上申请行政复议的渠道", means=Means.EMAIL),
            Answer("portal", "网上平台", "须告知网上申请行政复议的渠道", means=Means.PORTAL),
            Answer("fax", "传真", "须告知网上申请行政复议的渠道", means=Means.FAX),
        ),
    ),
)
"""Every question; the first is where everybody begins."""

BY_NAME = {question.name: question for question in QUESTIONS}

FIRST: dict[Outcome | Ground, tuple[EventKind, ...]] = {
    Ground.PROVIDED: (EventKind.SECRECY_REVIEW, EventKind.TELL_THIRD_PARTY),
    Outcome.PARTLY_GRANTED: (EventKind.SECRECY_REVIEW,),
    Ground.NOT_EXISTING: (EventKind.SEARCH,),
    Outcome.REFUSED_THIRD_PARTY: (EventKind.CONSULT,),
    Outcome.UNPROCESSED_EXCESSIVE: (EventKind.ASK_REASONS, EventKind.REASONS_IN),
}
"""What has to come first where the log lacks something that an outcome, or a ground, rests on."""


def walk(names: Sequence[str]) -> Walk | None:
    """The way with these answers; None where there is no such way."""
    taken: list[tuple[Question, Answer]] = []
    question: Question | None = QUESTIONS[0]
    for name in names:
        answer = None if question is None else question.answer(name)
        if question is None or answer is None:
            return None
        taken.append((question, answer))
        question = None if answer.leads is None else BY_NAME[answer.leads]
    return Walk(tuple(taken), question)


def read(written: str) -> Walk | None:
    """The way that :meth:`Walk.written` wrote; None where it is none."""
    names: list[str] = []
    for part in written.split("；"):
        found = walk(names)
        label = part.partition("：")[2]
        question = None if found is None else found.next
        answer = None if question is None else next((each for each in question.answers if each.label == label), None)
        if answer is None:
            return None
        names.append(answer.name)
    found = walk(names)
    return found if found is not None and found.written() == written else None


def ways() -> Iterator[Walk]:
    """Every way from the first question to an end."""
    waiting: list[tuple[str, ...]] = [()]
    while waiting:
        found = walk(waiting.pop())
        if found is None:
            raise ValueError("an answer that leads to no question")
        if found.next is None:
            yield found
        else:
            waiting += [(*found.names, answer.name) for answer in found.next.answers]


def asked_for(facts: dict[str, Any]) -> tuple[str, ...]:
    """The facts that a reply must give by its outcome and ground (:data:`statute.DEMANDS`)."""
    keys = (facts.get("outcome"), facts.get("ground"))
    return tuple(name for key in keys if key is not None for name in statute.DEMANDS.get(key, ()))
