"""An office's own templates: what is taken, what is refused and why."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from typing import Any

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from letters import rendering, templates
from letters.catalogue import BY_CODE, LETTERS
from letters.context import Letter
from letters.fields import FIELDS, plain
from letters.findings import FINDINGS, finding
from letters.templates import check, default
from tests.letters.stories import ON
from tests.word import assert_in_the_order_of_the_format
from workflow.faults import InputFault

REPLY = BY_CODE["L23"]


def changed(change: Callable[[Any], None], code: str = "L23") -> bytes:
    """The built-in template as somebody has edited it."""
    book = docx.Document(io.BytesIO(default(BY_CODE[code])))
    change(book)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def repacked(parts: dict[str, bytes | Callable[[bytes], bytes]]) -> bytes:
    """The built-in template with parts of its package put in or altered."""
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(default(REPLY))) as old, zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as new:
        for name in {*old.namelist(), *parts}:
            part = parts.get(name, lambda known: known)
            new.writestr(name, part(old.read(name)) if callable(part) else part)
    return content.getvalue()


def added(text: str) -> bytes:
    """The built-in template with one more paragraph."""
    return changed(lambda book: book.add_paragraph(text))


@pytest.mark.parametrize("kind", LETTERS, ids=lambda kind: kind.code)
def test_the_built_in_template_of_each_kind_is_in_order(kind: Any) -> None:
    assert check(default(kind), kind) == []


@pytest.mark.parametrize("code", ["L23", "L07"])
def test_a_built_in_template_carries_what_it_uses_and_no_more(code: str) -> None:
    content = default(BY_CODE[code])
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        parts = {name: package.read(name).decode() for name in package.namelist() if name.endswith(".xml")}
    known = set(re.findall(r'w:styleId="([^"]+)"', parts["word/styles.xml"]))
    named = {
        each for text in parts.values() for each in re.findall(r'<w:\w*(?:Style|basedOn|link|next) w:val="(.*?)"', text)
    }
    assert named <= known
    assert len(known) < 24
    assert len(content) < 16_000
    assert not any("stylesWithEffects" in name or "numbering" in name for name in parts)


@pytest.mark.parametrize("code", ["L23", "L07"])
def test_the_properties_of_every_paragraph_stand_in_the_order_of_the_format(code: str) -> None:
    assert_in_the_order_of_the_format(docx.Document(io.BytesIO(default(BY_CODE[code]))))


@pytest.mark.parametrize("packing", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_damaged_template_is_told_in_a_sentence(packing: int) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(default(REPLY))) as package, zipfile.ZipFile(packed, "w", packing) as other:
        for name in package.namelist():
            other.writestr(name, package.read(name))
        there = other.getinfo("word/document.xml")
    content = bytearray(packed.getvalue())
    start = there.header_offset + 30 + len(there.filename)
    for place in range(start + 5, start + 60):
        content[place] ^= 0xFF
    assert check(bytes(content), REPLY) == ["不是 Word 文档（docx），请用文字处理软件另存为不加密的 docx 后再上传"]


def test_a_template_edited_by_the_office_is_taken_and_used_in_all_formats() -> None:
    own = added("经办人：{{ 经办人 }}")
    assert check(own, REPLY) == []
    letter = Letter(REPLY, ON, templates.sample(REPLY) | {"经办人": "李四"}, None, ())
    book = docx.Document(io.BytesIO(rendering.docx(letter, own)))
    assert book.paragraphs[-1].text == "经办人：李四"
    assert "经办人：李四" in rendering.html(letter, own)
    assert "经办人：李四" not in rendering.html(letter)


def test_a_mark_broken_into_runs_by_the_word_processor_is_still_one() -> None:
    def split(book: Any) -> None:
        paragraph = book.add_paragraph("登记编号：{")
        paragraph.add_run("{ 登记").bold = True
        paragraph.add_run("编号 }}")

    own = changed(split)
    assert check(own, REPLY) == []
    letter = Letter(REPLY, ON, templates.sample(REPLY) | {"登记编号": "2026-0007"}, None, ())
    assert "登记编号：2026-0007" in rendering.html(letter, own)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ 申请人姓名 }}", "没有字段“申请人姓名”"),
        ("{{ 申请人 ", "标记写得不完整，在“{{ 申请人”附近"),
        ("{% if 申请人 %}", "标记写得不完整"),
        ("{{ 申请人.__class__ }}", "不能使用“Getattr”"),
        ("{{ 申请人['__class__'] }}", "不能使用“Getitem”"),
        ("{{ range(9) }}", "不能使用“Call”"),
        ("{% for 字 in 申请人 %}{{ 字 }}{% endfor %}", "不能使用“For”"),
        ("{{ 申请人 * 999999999 }}", "不能使用“Mul”"),
        ("{% set 申请人 = 1 %}", "不能使用“Assign”"),
        ("{{ 申请人 | safe }}", "不能使用“Filter”"),
        ("{% include '/etc/passwd' %}", "不能使用“Include”"),
        ("{" * 1001, "标记超过"),
    ],
)
def test_a_mark_that_is_no_field_is_refused_and_named(text: str, said: str) -> None:
    (fault,) = check(added(text), REPLY)
    assert said in fault


@pytest.mark.parametrize(
    ("code", "field", "why"),
    [("L23", "救济告知", "行政复议法第二十三条第二款"), ("L03", "补正事项", "条例第三十条"), ("L06", "收件人", "")],
)
def test_a_template_without_what_the_law_asks_of_the_letter_is_refused(code: str, field: str, why: str) -> None:
    def left_out(book: Any) -> None:
        for paragraph in [each for each in book.paragraphs if f"{field}}}}}" in each.text.replace(" ", "")]:
            paragraph._p.getparent().remove(paragraph._p)

    (fault,) = [each for each in check(changed(left_out, code), BY_CODE[code]) if field in each]
    assert "缺少字段" in fault
    assert why in fault


_ELSEWHERE = (
    b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate" '
    b'Target="http://example.org/t.dotm" TargetMode="External"/></Relationships>'
)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "不是 Word 文档"),
        (b"%PDF-1.7", "不是 Word 文档"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "密码"),
        (b"x" * ((templates.MOST_MB << 20) + 1), "有 6 兆字节，应不超过 5 兆字节"),
        (default(REPLY)[:4000], "不是 Word 文档"),
        (repacked({"word/vbaProject.bin": b"x"}), "宏"),
        (repacked({"word/activeX/activeX1.xml": b"<x/>"}), "宏"),
        (repacked({"[Content_Types].xml": lambda part: part.replace(b"document.main", b"macroEnabled.main")}), "宏"),
        (repacked({"word/_rels/settings.xml.rels": _ELSEWHERE}), "http://example.org/t.dotm"),
        (repacked({"word/document.xml": lambda part: b'<!DOCTYPE x [<!ENTITY a "b">]>' + part}), "文档类型声明"),
        (repacked({"word/document.xml": b"<w:document"}), "损坏"),
        (repacked({"word/big.xml": b" " * (51 << 20)}), "应不超过 50 兆字节"),
        (repacked({f"word/{number}.xml": b"" for number in range(500)}), "应不超过 500 个"),
        (
            changed(lambda book: book.add_paragraph()._p.append(
                docx.oxml.parse_xml(
                    f'<w:r {docx.oxml.ns.nsdecls("w")}><w:instrText> INCLUDETEXT "x.docx" </w:instrText></w:r>'
                )
            )),
            "INCLUDETEXT",
        ),
    ],
    ids=range(14),
)  # fmt: skip
def test_a_hostile_or_broken_file_is_refused_in_a_sentence(content: bytes, said: str) -> None:
    faults = check(content, REPLY)
    assert faults
    assert said in faults[0]
    assert "Traceback" not in "".join(faults)


def test_a_letterhead_without_the_built_in_style_is_still_one() -> None:
    def renamed(book: Any) -> None:
        book.sections[0].first_page_header.paragraphs[0].style = book.styles["Header"]

    letter = Letter(REPLY, ON, templates.sample(REPLY) | {"机关名称": "测试市数据局"}, None, ())
    assert '<p class="head" style="font-size: 36pt">测试市数据局</p>' in rendering.html(letter, changed(renamed))


@settings(max_examples=10)
@given(text=st.text(max_size=60))
def test_whatever_is_typed_is_text_in_the_document(text: str) -> None:
    # The engine has an escape of its own for braces.
    said = plain(text.replace("_", ""))
    letter = Letter(REPLY, ON, templates.sample(REPLY) | {"处理意见": said}, None, ())
    book = docx.Document(io.BytesIO(rendering.docx(letter)))
    lines = [each.text for each in book.paragraphs]
    assert [line for line in said.split("\n") if line not in lines] == []


@pytest.mark.parametrize("on", list(FINDINGS))
def test_art36_every_finding_is_a_sentence_with_its_fields_filled(on: Any) -> None:
    said = finding(on, templates.sample(REPLY))
    assert said.endswith("。")
    assert not set("{}") & set(said)
    assert "。。" not in said
    # What the case lacks is told by ``missing``; the finding still can be read.
    assert not set("{}") & set(finding(on, dict.fromkeys(FIELDS, "")))


def test_a_template_that_was_never_checked_still_fails_in_a_sentence() -> None:
    letter = Letter(REPLY, ON, templates.sample(REPLY), None, ())
    for text in ("{{ 申请人.__class__.__mro__ }}", "{{ 没有 }}", "{% if %}"):
        with pytest.raises(InputFault, match="文书模板不能使用"):
            rendering.docx(letter, added(text))
