"""What a word processor asks of a document, whatever is written in it."""

from __future__ import annotations

from typing import Any

from docx.oxml.ns import qn

from paper.word import IN_ORDER


def assert_in_the_order_of_the_format(book: Any) -> None:
    """The properties of every paragraph, style and table stand in the order of ECMA-376; Word may refuse another."""
    margins = [
        part.target_part.element for part in book.part.rels.values() if part.reltype.endswith(("header", "footer"))
    ]
    roots = (book.element, book.styles.element, *margins)
    found = [each for root in roots for each in root.iter(qn("w:pPr"))]
    assert len(found) > 10
    for properties in found:
        places = [IN_ORDER.index(each.tag.rpartition("}")[2]) for each in properties]
        assert places == sorted(places), [each.tag for each in properties]
    for table in book.element.iter(qn("w:tblPr")):
        names = [each.tag.rpartition("}")[2] for each in table]
        assert names.index("tblLook") == len(names) - 1, names
