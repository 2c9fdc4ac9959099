"""What a decision finds and decides (处理意见): a sentence for each outcome, ground or ending, under its article.

The words in braces are fields of the letter (:data:`letters.context.FIELDS`); what the case lacks is left out with its
clause, where the law does not ask for it.
"""

from __future__ import annotations

from collections.abc import Mapping

from letters.fields import ended
from models.vocabulary import EventKind, Ground, Outcome, RectificationResult

_REGULATION = "《中华人民共和国政府信息公开条例》"
_FEES = "《政府信息公开信息处理费管理办法》"


def _refused(what: str, article: str) -> str:
    return (
        f"经审查，{{称呼}}申请公开的政府信息{what}。理由如下：{{理由}}\n"
        f"根据{_REGULATION}{article}、第三十六条第（三）项的规定，本机关决定不予公开。"
    )


FINDINGS: dict[Outcome | Ground | RectificationResult | EventKind, str] = {
    Ground.PROVIDED: (
        "经审查，{称呼}申请公开的政府信息可以公开。"
        f"根据{_REGULATION}第三十六条第（二）项的规定，本机关决定予以公开。{{提供}}"
    ),
    Ground.ALREADY_PUBLIC: (
        "经审查，{称呼}申请公开的政府信息已经主动公开。"
        f"根据{_REGULATION}第三十六条第（一）项的规定，现告知获取该政府信息的方式、途径：{{获取方式}}"
    ),
    Outcome.PARTLY_GRANTED: (
        "经审查，{称呼}申请公开的政府信息中含有不应当公开的内容，能够作区分处理。"
        f"根据{_REGULATION}第三十七条的规定，本机关决定部分公开。{{提供}}\n"
        "对其余内容不予公开，理由如下：{理由}"
    ),
    Outcome.REFUSED_STATE_SECRET: _refused("依法确定为国家秘密", "第十四条"),
    Outcome.REFUSED_OTHER_LAW: _refused("属于法律、行政法规禁止公开的政府信息", "第十四条"),
    Outcome.REFUSED_SAFETY_STABILITY: _refused("公开后可能危及国家安全、公共安全、经济安全、社会稳定", "第十四条"),
    Outcome.REFUSED_THIRD_PARTY: _refused(
        "涉及商业秘密、个人隐私等，公开会对第三方合法权益造成损害", "第十五条、第三十二条"
    ),
    Outcome.REFUSED_INTERNAL_AFFAIRS: _refused(
        "属于本机关的内部事务信息（人事管理、后勤管理、内部工作流程等方面的信息）", "第十六条第一款"
    ),
    Outcome.REFUSED_PROCESS: _refused(
        "属于在履行行政管理职能过程中形成的过程性信息（讨论记录、过程稿、磋商信函、请示报告等）", "第十六条第二款"
    ),
    Outcome.REFUSED_ENFORCEMENT_FILE: _refused("属于行政执法案卷信息", "第十六条第二款"),
    Outcome.REFUSED_ADMINISTRATIVE_QUERY: (
        "经审查，{称呼}申请查询的内容属于工商、不动产登记资料等信息，有关法律、行政法规对其获取有特别规定。"
        f"根据{_REGULATION}第三十六条第（七）项的规定，请{{称呼}}依照有关法律、行政法规的规定办理：{{相应渠道}}"
    ),
    Ground.NOT_EXISTING: (
        "经检索，本机关没有{称呼}所申请公开的政府信息。检索范围：{检索范围}；检索词：{检索词}。"
        f"根据{_REGULATION}第三十六条第（四）项的规定，现告知{{称呼}}该政府信息不存在。"
    ),
    Ground.NOT_OURS: (
        "经审查，{称呼}申请公开的政府信息不属于本机关负责公开。理由如下：{理由}\n"
        f"根据{_REGULATION}第三十六条第（五）项的规定，现予告知。{{另询}}"
    ),
    Outcome.UNAVAILABLE_NEEDS_CREATION: (
        "经审查，本机关没有{称呼}所申请公开的现成政府信息，需要对现有政府信息进行加工、分析。具体情况如下：{理由}\n"
        f"根据{_REGULATION}第三十八条的规定，本机关不予提供。"
    ),
    Outcome.UNAVAILABLE_STILL_UNCLEAR: (
        "{称呼}补正后，申请内容仍不明确，具体情况如下：{理由}\n"
        f"根据{_REGULATION}第二十九条、第三十条的规定，本机关无法提供{{称呼}}所申请公开的政府信息。"
    ),
    Outcome.UNPROCESSED_PETITION: (
        "经审查，{称呼}以政府信息公开申请的形式进行信访、投诉、举报等活动。"
        f"根据{_REGULATION}第三十九条第一款的规定，本机关不作为政府信息公开申请处理。{{改走}}"
    ),
    Outcome.UNPROCESSED_REPEAT: (
        "经审查，本机关已经就同一内容答复{称呼}（{先前答复}），此次为重复申请。"
        f"根据{_REGULATION}第三十六条第（六）项的规定，本机关不予重复处理。"
    ),
    Outcome.UNPROCESSED_PUBLICATION: (
        "经审查，{称呼}要求提供的是政府公报、报刊、书籍等公开出版物。"
        f"根据{_REGULATION}第三十九条第二款的规定，本机关不予处理。{{购阅}}"
    ),
    Outcome.UNPROCESSED_EXCESSIVE: (
        "经审查，{称呼}申请公开政府信息的数量、频次明显超过合理范围，所说明的理由不合理：{理由}\n"
        f"根据{_REGULATION}第三十五条的规定，本机关不予处理。"
    ),
    Outcome.UNPROCESSED_REISSUE: (
        "经审查，{称呼}要求本机关确认或者重新出具已经获取的政府信息（{先前答复}），"
        "该项要求不是申请公开政府信息，本机关不予处理。"
    ),
    Outcome.OTHER_NOT_CORRECTED: (
        "本机关于{告知日期}作出补正告知，于{送达日期}送达，补正期限至{届满日期}止。"
        "{称呼}逾期没有补正，也没有说明正当理由。"
        f"根据{_REGULATION}第三十条的规定，视为{{称呼}}放弃申请，本机关不再处理该政府信息公开申请。"
    ),
    Outcome.OTHER_FEE_UNPAID: (
        "本机关的收费通知书于{送达日期}送达，缴费期限至{届满日期}止，{称呼}逾期没有缴纳。"
        f"根据{_FEES}第六条的规定，视为{{称呼}}放弃申请，本机关不再处理该政府信息公开申请。"
    ),
    EventKind.WITHDRAW: (
        "{称呼}于{办结日期}撤回该申请（{撤回方式}），本机关已经核对身份。现终止办理；如有需要，{称呼}可以另行申请。"
    ),
    EventKind.MERGE: (
        "该申请与{称呼}提出的另一件申请（登记编号：{并入编号}）内容相同，本机关于{办结日期}并案办理，"
        "在该件中一并答复，本件不再另行答复。"
    ),
    EventKind.CLOSE: "因以下原因，本机关于{办结日期}终止办理该申请：{理由}",
    RectificationResult.CORRECTED: (f"经核实：{{理由}}\n根据{_REGULATION}第四十一条的规定，本机关已经予以更正。"),
    RectificationResult.NOT_CORRECTED: (f"经核实：{{理由}}\n根据{_REGULATION}第四十一条的规定，本机关决定不予更正。"),
    RectificationResult.FORWARDED: (
        f"经核实：{{理由}}\n该政府信息不属于本机关职能范围。根据{_REGULATION}第四十一条的规定，"
        "本机关已经转送{负责机关}处理，现予告知。"
    ),
    RectificationResult.REFERRED: (
        f"经核实：{{理由}}\n该政府信息不属于本机关职能范围。根据{_REGULATION}第四十一条的规定，"
        "请{称呼}向{负责机关}提出。"
    ),
}


def finding(on: Outcome | Ground | RectificationResult | EventKind | None, fields: Mapping[str, str]) -> str:
    """The finding of a decision, its fields filled; nothing for a letter that decides nothing."""
    text = FINDINGS.get(on) if on is not None else None
    if text is None:
        return ""
    stopped = {name: ended(fields[name]) for name in ("理由", "获取方式", "相应渠道")}
    return text.format_map({**fields, **_clauses(fields), **stopped})


def _clauses(fields: Mapping[str, str]) -> dict[str, str]:
    """Clauses that a case may do without."""
    called, agency, contact = fields["称呼"], fields["负责机关"], fields["负责机关联系方式"]
    way, access = fields["相应渠道"], fields["获取方式"]
    reach = f"，联系方式：{contact}" if contact else ""
    return {
        "提供": f"获取的方式、途径和时间：{ended(access)}" if access else "所公开的政府信息见附件。",
        "另询": f"{called}可以向{agency}提出申请{ended(reach)}" if agency else "",
        "改走": f"{called}可以通过相应渠道提出：{ended(way)}" if way else "",
        "购阅": f"获取的途径：{ended(way or access)}" if way or access else "",
    }
