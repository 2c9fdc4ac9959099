"""What each letter says (文书正文): its paragraphs, and the lines of each form, as data with fields in braces.

A paragraph with a field before it stands only where that field is filled. What a decision finds and decides is in
``findings``, how it may be reviewed in ``remedy``; both come in as fields.
"""

from __future__ import annotations

from dataclasses import dataclass

_REGULATION = "《中华人民共和国政府信息公开条例》"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """自然段: its text with fields, and the field without which it is left out."""

    text: str
    only_with: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a form: its label, its text, and how many lines of writing it leaves room for."""

    label: str
    text: str = ""
    room: int = 1


_ASKED = Paragraph(
    "本机关于{{收到日期}}收到{{称呼}}提出的政府信息公开申请（登记编号：{{登记编号}}）。"
    "{{称呼}}申请公开的内容为：“{{申请内容}}”。"
)
_RECEIVED = Paragraph(
    "本机关于{{收到日期}}收到{{称呼}}提出的{{事项}}（登记编号：{{登记编号}}），内容为：“{{申请内容}}”。"
)
_ASKED_BY_SOMEBODY = (
    "本机关收到公民、法人或者其他组织提出的政府信息公开申请（登记编号：{{登记编号}}），"
    "申请公开的内容为：“{{征求意见内容}}”。"
)
_FINDING, _REMEDY = Paragraph("{{处理意见}}"), Paragraph("{{救济告知}}", "救济告知")
_REPLY = (_ASKED, _FINDING, _REMEDY)

PARAGRAPHS: dict[str, tuple[Paragraph, ...]] = {
    "L02": (
        _RECEIVED,
        Paragraph(
            f"根据{_REGULATION}第三十一条的规定，以{{{{收到日期}}}}为收到申请之日。本机关将在{{{{答复期限}}}}（含当日）前"
            "答复；依法需要补正、延长期限、征求意见或者收取信息处理费的，答复期限相应变化，本机关将另行告知。"
        ),
        Paragraph("{% if 申请渠道 %}申请渠道：{{申请渠道}}。{% endif %}查询办理情况，请说明登记编号。"),
    ),
    "L03": (
        _ASKED,
        Paragraph(
            f"经审查，{{{{称呼}}}}的申请内容不明确。根据{_REGULATION}第三十条的规定，请{{{{称呼}}}}就以下事项作出补正："
        ),
        Paragraph("{{补正事项}}"),
        Paragraph(
            "请在{{补正期限}}将补正材料提交本机关。答复期限自本机关收到补正的申请之日起计算。"
            "无正当理由逾期不补正的，视为放弃申请，本机关不再处理该政府信息公开申请。"
        ),
        Paragraph("对补正事项有疑问的，可以与本机关联系，本机关将给予指导和释明。"),
    ),
    "L04": (
        _ASKED,
        Paragraph("经审查，{{称呼}}申请公开政府信息的数量、频次明显超过合理范围，具体情况如下："),
        Paragraph("{{数量频次}}"),
        Paragraph(
            f"根据{_REGULATION}第三十五条的规定，请{{{{称呼}}}}在{{{{说明期限}}}}（含当日）前书面说明理由。"
            "本机关认为理由不合理的，将告知不予处理；认为理由合理，但是无法在规定的期限内答复的，"
            "将确定延迟答复的合理期限并告知{{称呼}}。"
        ),
    ),
    "L05": (
        _ASKED,
        Paragraph("因以下原因，本机关不能在{{答复期限}}（含当日）前答复：{{理由}}"),
        Paragraph(
            f"根据{_REGULATION}第三十三条第二款的规定，经本机关政府信息公开工作机构负责人同意，"
            "答复期限延长{{延期工作日}}个工作日，延长至{{新答复期限}}。"
        ),
    ),
    "L06": (
        Paragraph(_ASKED_BY_SOMEBODY + "经审查，公开该政府信息可能会对{{称呼}}的合法权益造成损害。"),
        Paragraph(
            f"根据{_REGULATION}第三十二条的规定，现书面征求{{{{称呼}}}}的意见。请自收到本意见书之日起15个工作日内，"
            "书面提出是否同意公开的意见；不同意公开的，请说明理由。可以填写所附的《第三方意见确认函》交回本机关。"
        ),
        Paragraph(
            "逾期未提出意见的，由本机关依照条例的规定决定是否公开。不同意公开且有合理理由的，本机关不予公开；"
            "本机关认为不公开可能对公共利益造成重大影响的，可以决定予以公开，"
            "并将决定公开的政府信息内容和理由书面告知{{称呼}}。"
        ),
    ),
    "L08": (
        _ASKED,
        Paragraph(
            "经审查，公开该政府信息需要征求第三方或者其他机关的意见，本机关已于{{征求意见日期}}书面征求意见。"
            f"根据{_REGULATION}第三十三条第三款的规定，征求意见所需时间不计算在答复期限内。"
            "征求意见结束后，本机关将依法及时答复。"
        ),
    ),
    "L09": (
        Paragraph(
            "本机关就一件政府信息公开申请（登记编号：{{登记编号}}）征求过{{称呼}}的意见，"
            "申请公开的内容为：“{{征求意见内容}}”。"
        ),
        Paragraph(
            "经审查，本机关认为不公开该政府信息可能对公共利益造成重大影响。"
            f"根据{_REGULATION}第三十二条的规定，本机关决定予以公开。决定公开的政府信息内容和理由如下："
        ),
        Paragraph("{{理由}}"),
    ),
    "L10": (
        Paragraph(_ASKED_BY_SOMEBODY + "该政府信息由{{称呼}}与本机关共同制作。"),
        Paragraph(
            f"根据{_REGULATION}第三十四条的规定，现征求{{{{称呼}}}}的意见。请自收到本意见书之日起15个工作日内"
            "提出意见；不同意公开的，请说明理由和依据。逾期未提出意见的，视为同意公开。"
        ),
    ),
    "L11": (
        Paragraph(_ASKED_BY_SOMEBODY + "因办理该申请的需要，请{{称呼}}予以协助："),
        Paragraph("一、该政府信息是否由{{称呼}}制作或者保存；保存的，请提供复制件。"),
        Paragraph("二、是否同意公开；不同意公开或者同意部分公开的，请说明理由和依据。"),
        Paragraph("请在{{回复期限}}前书面回复。", "回复期限"),
    ),
    "L12": (
        _ASKED,
        Paragraph(
            f"根据{_REGULATION}第四十二条和《政府信息公开信息处理费管理办法》（国办函〔2020〕109号）的规定，"
            "本机关决定就该申请{{收费标准}}收取信息处理费{{收费金额}}元。计算过程如下："
        ),
        Paragraph("{{计算过程}}"),
        Paragraph("缴纳方式：{{缴费方式}}"),
        Paragraph(
            "请自收到本通知书次日起20个工作日内缴纳。逾期未缴纳的，视为放弃申请，"
            "本机关不再处理该政府信息公开申请。{{缴费后期限}}"
        ),
    ),
    "L13": (
        _ASKED,
        Paragraph("{{称呼}}说明的理由，本机关已经收到。经审查，理由合理，但是无法在规定的期限内答复：{{理由}}"),
        Paragraph(f"根据{_REGULATION}第三十五条的规定，本机关确定延迟至{{{{延迟至}}}}（含当日）前答复。"),
    ),
    **dict.fromkeys([f"L{number}" for number in range(20, 32)], _REPLY),
    "L32": (_RECEIVED, _FINDING, _REMEDY),
    "L33": (_RECEIVED, _FINDING, _REMEDY),
}
"""The body of each letter, between the addressee and the enclosures, by its code."""

ANSWERED = frozenset({"L03", "L04", "L06", "L10", "L11", "L12"})
"""The letters that want something sent back, and therefore say where to."""

LINES: dict[str, tuple[Line, ...]] = {
    "L01": (
        *(Line("登记编号", "{{登记编号}}"), Line("事项", "{{事项}}"), Line("申请人类别", "{{申请人类别}}")),
        *(Line("申请人", "{{申请人}}"), Line("证件号码", "{{证件号码}}"), Line("代理人", "{{代理人}}")),
        *(Line("联系电话", "{{申请人电话}}"), Line("电子邮箱", "{{申请人邮箱}}"), Line("通信地址", "{{申请人地址}}")),
        *(Line("申请渠道", "{{申请渠道}}"), Line("提交日期", "{{提交日期}}"), Line("收到申请之日", "{{收到日期}}")),
        *(Line("申请内容", "{{申请内容}}", 3), Line("获取要求", "{{获取要求}}"), Line("答复期限", "{{答复期限}}")),
        *(Line("经办人", "{{经办人}}"), Line("备注", "", 2)),
    ),
    "L07": (
        *(Line("致", "{{机关名称}}"), Line("登记编号", "{{登记编号}}"), Line("申请公开的内容", "{{征求意见内容}}", 4)),
        Line("第三方名称", "{{收件人}}"),
        Line("意见", "□ 同意公开　□ 部分同意公开　□ 不同意公开"),
        *(Line("不同意公开的内容和理由", "", 6), Line("联系人、联系电话"), Line("签名或者盖章", "", 2)),
        Line("日期", "　　　　年　　　月　　　日"),
    ),
    "L34": (
        *(Line("送达文书", "{{送达文书}}"), Line("文号", "{{答复文号}}"), Line("登记编号", "{{登记编号}}")),
        *(Line("受送达人", "{{收件人}}"), Line("送达方式", "{{送达方式}}"), Line("送达地点")),
        Line("受送达人签名或者盖章", "", 2),
        Line("收到日期", "　　　　年　　　月　　　日"),
        *(Line("代收人和代收理由", "", 2), Line("送达人签名", "", 2), Line("备注", "", 2)),
    ),
    "L35": (
        *(Line("登记编号", "{{登记编号}}"), Line("申请内容", "{{申请内容}}", 3), Line("收到申请之日", "{{收到日期}}")),
        *(Line("答复期限", "{{答复期限}}"), Line("拟处理意见", "{{处理意见}}", 4), Line("经办人", "{{经办人}}")),
        *(Line("保密审查结论", "{{审查结论}}"), Line("保密审查意见", "{{审查意见}}", 2)),
        *(Line("保密审查人", "{{审查人}}"), Line("审查日期", "{{审查日期}}")),
        *(Line("法制审核意见", "", 2), Line("公开机构负责人意见", "", 2), Line("分管领导意见", "", 2)),
    ),
    "L36": (
        *(Line("登记编号", "{{登记编号}}"), Line("申请内容", "{{申请内容}}", 3), Line("检索范围", "{{检索范围}}", 3)),
        *(Line("检索词", "{{检索词}}", 2), Line("检索日期", "{{检索日期}}"), Line("检索结果", "{{检索结果}}")),
        *(Line("检索人", "{{检索人}}"), Line("检索人签名", "", 2), Line("复核人签名", "", 2)),
    ),
    "L37": (
        *(
            Line("登记编号", "{{登记编号}}"),
            Line("申请内容", "{{申请内容}}", 3),
            Line("依申请公开的文号", "{{答复文号}}"),
        ),
        *(
            Line("转为主动公开的理由", "", 4),
            Line("拟公开的渠道和日期", "", 2),
            Line("保密审查意见", "{{审查意见}}", 2),
        ),
        *(Line("经办人", "{{经办人}}"), Line("公开机构负责人意见", "", 3), Line("分管领导意见", "", 3)),
    ),
}
"""The lines of each form, by its code."""
