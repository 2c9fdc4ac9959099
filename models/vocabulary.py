"""The closed vocabularies of the field, each word with its official Chinese term.

The English value is what is stored; ``label`` is what officers read and what a ledger (台账) carries.
Labels are the official ones of the statutory report form (国办公开办函〔2021〕30号) and of 条例 Art. 31.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Term(StrEnum):
    """A word of a closed vocabulary: the stored English value and the official Chinese ``label``."""

    label: str

    def __new__(cls, value: str, label: str = "") -> Self:
        """Make the member from its stored value and its Chinese label (a look-up by value gives no label)."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member

    @classmethod
    def labels(cls) -> list[str]:
        """All Chinese labels, in the order of the vocabulary."""
        return [member.label for member in cls]

    @classmethod
    def of_label(cls, label: str) -> Self | None:
        """The member with this Chinese label, or None."""
        return next((member for member in cls if member.label == label), None)


class ApplicantKind(Term):
    """申请人类别: the six columns of table three, in the order of the form."""

    NATURAL_PERSON = "natural_person", "自然人"
    COMPANY = "company", "商业企业"
    RESEARCH = "research", "科研机构"
    NON_PROFIT = "non_profit", "社会公益组织"
    LEGAL_SERVICE = "legal_service", "法律服务机构"
    OTHER = "other", "其他"


class Channel(Term):
    """申请渠道: how the request came; it decides the day of receipt (收到申请之日, Art. 31)."""

    IN_PERSON = "in_person", "当面"
    POST_EMS = "post_ems", "邮寄（EMS）"
    POST_REGISTERED = "post_registered", "邮寄（挂号信）"
    POST_ORDINARY = "post_ordinary", "邮寄（平信）"
    EMAIL = "email", "电子邮件"
    ONLINE = "online", "网络"
    FAX = "fax", "传真"
    ORAL = "oral", "口头"


class Matter(Term):
    """事项种类: a request for information, or one to correct one's own records (Art. 41), which no table counts."""

    DISCLOSURE = "disclosure", "政府信息公开申请"
    RECTIFICATION = "rectification", "更正申请"


class OutcomeGroup(Term):
    """办理结果的大类: the groups （一）–（六） of table three."""

    GRANTED = "granted", "予以公开"
    PARTLY_GRANTED = "partly_granted", "部分公开"
    REFUSED = "refused", "不予公开"
    UNAVAILABLE = "unavailable", "无法提供"
    UNPROCESSED = "unprocessed", "不予处理"
    OTHER = "other", "其他处理"


class Outcome(Term):
    """办理结果: the 21 leaf rows of table three (2021 form). The values are the keys of the report's JSON."""

    GRANTED = "granted", "予以公开"
    PARTLY_GRANTED = "partly_granted", "部分公开"
    REFUSED_STATE_SECRET = "refused_state_secret", "属于国家秘密"
    REFUSED_OTHER_LAW = "refused_other_law", "其他法律行政法规禁止公开"
    REFUSED_SAFETY_STABILITY = "refused_safety_stability", "危及“三安全一稳定”"
    REFUSED_THIRD_PARTY = "refused_third_party", "保护第三方合法权益"
    REFUSED_INTERNAL_AFFAIRS = "refused_internal_affairs", "属于三类内部事务信息"
    REFUSED_PROCESS = "refused_process", "属于四类过程性信息"
    REFUSED_ENFORCEMENT_FILE = "refused_enforcement_file", "属于行政执法案卷"
    REFUSED_ADMINISTRATIVE_QUERY = "refused_administrative_query", "属于行政查询事项"
    UNAVAILABLE_NOT_HELD = "unavailable_not_held", "本机关不掌握相关政府信息"
    UNAVAILABLE_NEEDS_CREATION = "unavailable_needs_creation", "没有现成信息需要另行制作"
    UNAVAILABLE_STILL_UNCLEAR = "unavailable_still_unclear", "补正后申请内容仍不明确"
    UNPROCESSED_PETITION = "unprocessed_petition", "信访举报投诉类申请"
    UNPROCESSED_REPEAT = "unprocessed_repeat", "重复申请"
    UNPROCESSED_PUBLICATION = "unprocessed_publication", "要求提供公开出版物"
    UNPROCESSED_EXCESSIVE = "unprocessed_excessive", "无正当理由大量反复申请"
    UNPROCESSED_REISSUE = "unprocessed_reissue", "要求行政机关确认或重新出具已获取信息"
    OTHER_NOT_CORRECTED = (
        "other_not_corrected",
        "申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请",
    )
    OTHER_FEE_UNPAID = (
        "other_fee_unpaid",
        "申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请",
    )
    OTHER_MISC = "other_misc", "其他"


class Ground(Term):
    """情形: what an outcome with two faces rests on; the letter and what is asked for depend on it (Art. 36)."""

    PROVIDED = "provided", "提供政府信息"
    ALREADY_PUBLIC = "already_public", "已主动公开"
    NOT_EXISTING = "not_existing", "信息不存在"
    NOT_OURS = "not_ours", "不属于本机关负责公开"


class State(Term):
    """办件状态. The ``carried_over.*`` states are the working states again, nested in 结转 (carried over)."""

    UNCONFIRMED = "unconfirmed", "待确认"
    RECEIVED = "received", "办理中"
    PENDING_CORRECTION = "pending_correction", "等待补正"
    CONSULTING = "consulting", "征求意见中"
    AWAITING_FEE = "awaiting_fee", "等待缴费"
    PAUSED = "paused", "经批准中止"
    CARRIED_OVER_RECEIVED = "carried_over.received", "结转·办理中"
    CARRIED_OVER_PENDING_CORRECTION = "carried_over.pending_correction", "结转·等待补正"
    CARRIED_OVER_CONSULTING = "carried_over.consulting", "结转·征求意见中"
    CARRIED_OVER_AWAITING_FEE = "carried_over.awaiting_fee", "结转·等待缴费"
    CARRIED_OVER_PAUSED = "carried_over.paused", "结转·经批准中止"
    DISCLOSED = "disclosed", "已公开"
    REFUSED = "refused", "未公开"
    CLOSED = "closed", "以其他方式办结"
    VOID = "void", "作废（不计入统计）"


class EventKind(Term):
    """办件事件: what can happen to a request; a verb of the office, stored in the case log."""

    REGISTER = "register", "登记"
    ARRIVE = "arrive", "收件"
    CONTACT = "contact", "联系申请人未果"
    CONFIRM = "confirm", "确认收到"
    DISMISS = "dismiss", "不作为申请"
    ASK_CORRECTION = "ask_correction", "告知补正"
    DELIVER_CORRECTION = "deliver_correction", "补正告知书送达"
    CORRECT = "correct", "收到补正"
    CONSULT = "consult", "征求意见"
    DELIVER_CONSULTATION = "deliver_consultation", "征求意见书送达"
    OPINIONS_IN = "opinions_in", "意见收齐"
    EXTEND = "extend", "告知延期"
    ASK_REASONS = "ask_reasons", "要求说明理由"
    REASONS_IN = "reasons_in", "收到理由说明"
    DELAY = "delay", "告知延迟答复"
    BILL = "bill", "收费通知"
    PAY = "pay", "缴费"
    PAUSE = "pause", "经批准中止"
    RESUME = "resume", "恢复办理"
    SEARCH = "search", "检索"
    SECRECY_REVIEW = "secrecy_review", "保密审查"
    TELL_THIRD_PARTY = "tell_third_party", "告知第三方"
    DECIDE = "decide", "答复"
    LAPSE = "lapse", "视为放弃"
    WITHDRAW = "withdraw", "撤回申请"
    MERGE = "merge", "并案"
    SPLIT = "split", "拆分"
    CLOSE = "close", "以其他方式办结"
    RECTIFY = "rectify", "更正处理"
    SERVE = "serve", "答复送达"
    RETURN = "return", "送达被退回"
    SERVE_AGAIN = "serve_again", "再次送达"
    REOPEN = "reopen", "重新办理"
    AMEND = "amend", "更正登记内容"
    CHANGE_KIND = "change_kind", "变更申请人类别"
    ASSIGN = "assign", "分派经办人"
    NOTE = "note", "记事"
    ATTACH = "attach", "附件"
    SEND_LETTER = "send_letter", "发出文书"
    VOID = "void", "作废一条记录"
    CARRY_OVER = "carry_over", "结转下年度"
    OPEN_REVIEW = "open_review", "复议诉讼受理"
    ANSWER_REVIEW = "answer_review", "提交复议答复或答辩"
    FIRST_JUDGMENT = "first_judgment", "一审裁判"
    APPEAL = "appeal", "上诉"
    CONCLUDE_REVIEW = "conclude_review", "复议诉讼审结"
    RECALCULATE = "recalculate", "期限重算"


class DeadlineKind(Term):
    """期限种类: the periods that the law sets for one request; those of a lawsuit are in calendar days."""

    CONFIRM = "confirm", "与申请人确认期限"
    ASK_CORRECTION = "ask_correction", "告知补正期限"
    CORRECTION = "correction", "补正期限"
    OPINION = "opinion", "反馈意见期限"
    REASONS = "reasons", "说明理由期限"
    PAYMENT = "payment", "缴费期限"
    REPLY = "reply", "答复期限"
    REVIEW_ANSWER = "review_answer", "复议答复期限"
    DEFENCE = "defence", "答辩举证期限"
    APPEAL = "appeal", "上诉期限"
    REEVALUATION = "reevaluation", "不予公开信息的定期评估"


class DeadlineState(Term):
    """期限状态: only an ``open`` deadline falls due."""

    OPEN = "open", "进行中"
    SUSPENDED = "suspended", "暂停或停止"
    DONE = "done", "已办"


class ReviewKind(Term):
    """复议诉讼类别: the three groups of table four."""

    RECONSIDERATION = "reconsideration", "行政复议"
    LITIGATION_DIRECT = "litigation_direct", "未经复议直接起诉"
    LITIGATION_AFTER_RECONSIDERATION = "litigation_after_reconsideration", "复议后起诉"


class ReviewResult(Term):
    """复议诉讼结果: the four result columns of table four."""

    UPHELD = "upheld", "结果维持"
    CORRECTED = "corrected", "结果纠正"
    OTHER = "other", "其他结果"
    PENDING = "pending", "尚未审结"


class ConsultationKind(Term):
    """征求意见对象: who is asked decides the article and what silence means (Arts. 17, 32, 33, 34)."""

    THIRD_PARTY = "third_party", "第三方"
    JOINT_MAKER = "joint_maker", "共同制作机关"
    OTHER_AGENCY = "other_agency", "其他机关"
    SUPERIOR = "superior", "主管部门或者保密部门"
    INTERNAL = "internal", "本机关内部"


class Opinion(Term):
    """反馈意见: what the consulted said, or that nothing came in time."""

    AGREE = "agree", "同意公开"
    PARTLY = "partly", "部分同意"
    DISAGREE = "disagree", "不同意公开"
    SILENT = "silent", "逾期未反馈"
    WITHDRAWN = "withdrawn", "撤回征求意见"


class Means(Term):
    """送达方式: how a letter goes out; it decides the legal date of the reply (国办公开办函〔2016〕235号)."""

    HAND = "hand", "当面"
    DELEGATED = "delegated", "委托送达"
    POST_EMS = "post_ems", "邮寄（EMS）"
    POST_REGISTERED = "post_registered", "邮寄（挂号信）"
    COURIER = "courier", "快递企业"
    EMAIL = "email", "电子邮件"
    PORTAL = "portal", "网上平台"
    FAX = "fax", "传真"


class Tariff(Term):
    """收费标准: a request is charged by one of the two, never by both (信息处理费管理办法 Art. 3)."""

    BY_ITEM = "by_item", "按件"
    BY_VOLUME = "by_volume", "按量"


class Procedure(Term):
    """复议程序: it decides the days for the agency's answer (行政复议法 Arts. 48, 54)."""

    ORDINARY = "ordinary", "普通程序"
    SIMPLIFIED = "simplified", "简易程序"


class RulingForm(Term):
    """裁判形式: it decides the days for an appeal (行政诉讼法 Art. 85)."""

    JUDGMENT = "judgment", "判决"
    ORDER = "order", "裁定"


class ReopenGround(Term):
    """重新办理的依据: who ordered the new reply, or why the first ending does not stand."""

    RECONSIDERATION = "reconsideration", "行政复议决定"
    JUDGMENT = "judgment", "法院判决"
    LATE_CORRECTION = "late_correction", "逾期补正有正当理由"
    OWN_CORRECTION = "own_correction", "自行纠正"


class RectificationResult(Term):
    """更正处理结果 (Art. 41): a list of its own; the report counts none of them."""

    CORRECTED = "corrected", "予以更正"
    NOT_CORRECTED = "not_corrected", "不予更正"
    FORWARDED = "forwarded", "转送有权机关"
    REFERRED = "referred", "告知向有权机关提出"


class Role(Term):
    """工作人员职责: what somebody does in the office; a person may have several. web/rights.py says what each may do.

    The three administrators (三员) are held apart: whoever is one of them is nothing else.
    """

    CLERK = "clerk", "收件登记人"
    OFFICER = "officer", "经办人"
    HEAD = "head", "公开机构负责人"
    LEGAL_REVIEWER = "legal_reviewer", "法制审核人"
    SECRECY_REVIEWER = "secrecy_reviewer", "保密审查人"
    LEADER = "leader", "分管领导"
    ARCHIVIST = "archivist", "档案管理人"
    SUPERVISOR = "supervisor", "主管部门"
    SYSTEM_ADMINISTRATOR = "system_administrator", "系统管理员"
    SECURITY_ADMINISTRATOR = "security_administrator", "安全管理员"
    AUDIT_ADMINISTRATOR = "audit_administrator", "审计管理员"


class SessionLevel(Term):
    """登录程度: how much somebody who signed in has shown: the password alone, or all that is asked of them."""

    PASSWORD = "password", "待输入动态口令"
    FULL = "full", "已登录"


class AuditKind(Term):
    """审计事件: what the audit log (审计日志) records besides the steps of cases, which are in their own log."""

    SIGN_IN = "sign_in", "登录"
    SIGN_IN_FAILED = "sign_in_failed", "登录失败"
    LOCKED = "locked", "账号锁定"
    UNLOCKED = "unlocked", "账号解锁"
    SIGN_OUT = "sign_out", "退出"
    SESSION_REVOKED = "session_revoked", "终止登录"
    PASSWORD_CHANGED = "password_changed", "修改密码"
    PASSWORD_RESET = "password_reset", "重置密码"
    TOTP_SET = "totp_set", "启用动态口令"
    TOTP_REMOVED = "totp_removed", "停用动态口令"
    ACCOUNT_MADE = "account_made", "建立账号"
    ACCOUNT_CHANGED = "account_changed", "变更账号"
    ROLE_CHANGED = "role_changed", "变更职责"
    SETUP = "setup", "首次设置"
    REVEAL = "reveal", "查看个人信息"
    EXPORT = "export", "导出"
    REFUSED = "refused", "拒绝访问"
    SETTING_CHANGED = "setting_changed", "变更设置"
    CALENDAR_CHANGED = "calendar_changed", "变更工作日历"
    TEMPLATE_CHANGED = "template_changed", "变更文书模板"
    AGENCY_CHANGED = "agency_changed", "变更机关"
    CLIENT_CHANGED = "client_changed", "变更接口账号"
    REPORT_SEALED = "report_sealed", "封存年度报告"


class Scope(Term):
    """接口权限: what a program of somebody else's may do through the interface (``/api/v1``)."""

    REQUESTS_WRITE = "requests:write", "递交申请"
    CASES_READ = "cases:read", "查询办件"
    CASES_WRITE = "cases:write", "记录办理事项"
    REPLIES_WRITE = "replies:write", "记录答复"
    APPROVALS_WRITE = "approvals:write", "记录批准事项（延期、暂停）"
    SECRECY_WRITE = "secrecy:write", "记录保密审查"
    PERSONAL_READ = "personal:read", "查看申请人个人信息"
    REPORTS_READ = "reports:read", "查询年度报告"
    CALENDAR_READ = "calendar:read", "查询工作日历、推算期限"


class AttachmentKind(Term):
    """附件种类: what a file on a case is."""

    APPLICATION = "application", "申请表"
    IDENTITY = "identity", "身份证明"
    AUTHORITY = "authority", "授权委托书"
    LETTER = "letter", "来文"
    REPLY = "reply", "答复附件"
    SERVICE = "service", "送达凭证"
    OTHER = "other", "其他"


class BundleReason(Term):
    """取卷理由: why a case is taken out as one file. A closed list: no word about a person gets into the audit log."""

    REVIEW = "review", "办理复议诉讼"
    ARCHIVE = "archive", "归档移交"
    SUPERVISION = "supervision", "监督检查"
    CONSULTATION = "consultation", "请示、征求意见"


class LetterState(Term):
    """文书状态: a letter (文书) of a case, from its first wording to its sending; what was signed keeps its number."""

    DRAFT = "draft", "草稿"
    SIGNED = "signed", "已签发，待发出"
    SENT = "sent", "已发出"
    RETURNED = "returned", "被退回，应再次送达"
    VOID = "void", "作废"


class DraftState(Term):
    """拟办稿状态: a step as it is proposed, while those who must approve it have it."""

    IN_REVIEW = "in_review", "审批中"
    RETURNED = "returned", "退回修改"
    APPROVED = "approved", "已同意，待登记"
    WITHDRAWN = "withdrawn", "已撤回"
    RECORDED = "recorded", "已登记"


class Verdict(Term):
    """审批意见: what somebody says who must approve a draft."""

    AGREE = "agree", "同意"
    RETURN = "return", "退回修改"


class Recipient(Term):
    """文书对象: whom a letter or a form of the office is for; a letter to others does not name the applicant."""

    APPLICANT = "applicant", "致申请人"
    THIRD_PARTY = "third_party", "致第三方"
    AGENCY = "agency", "致其他机关"
    FILE = "file", "存卷"


class Card(Term):
    """亮牌: how serious a reminder is; a red card goes to the head as well, a black one to the leader too."""

    NOTICE = "notice", "提示"
    YELLOW = "yellow", "黄牌"
    RED = "red", "红牌"
    BLACK = "black", "黑牌"


class Outlet(Term):
    """提醒渠道: where a reminder appears: always in the inbox, and where the recipient wants it besides."""

    INBOX = "inbox", "站内"
    EMAIL = "email", "电子邮件"
    PUSH = "push", "即时消息"


class Topic(Term):
    """待办后续事项: what must follow a change or a day; each has one handler in tasks/."""

    CASE_CHANGED = "case_changed", "办件有变化"
    MESSAGE = "message", "发送提醒"
    YEAR_END = "year_end", "年终结转"
    REPORT_DATE = "report_date", "年度报告提交期限"
    CALENDAR_WATCH = "calendar_watch", "工作日历检查"
    LATE_APPROVAL = "late_approval", "审批逾期提醒"
    HOUSEKEEPING = "housekeeping", "清理"
    LETTER_BATCH = "letter_batch", "批量制作文书"
