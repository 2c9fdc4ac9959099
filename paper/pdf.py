"""A page as PDF, laid out from its own print style; nothing is fetched from anywhere."""

from __future__ import annotations

import logging
from contextlib import redirect_stdout
from io import StringIO
from typing import Any

from workflow.faults import InputFault

_LIBRARIES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
_FONTS = "fonts-noto-cjk"


def pdf_file(page: str, place: str = "--format") -> bytes:
    """The page as tagged PDF. InputFault naming what to install where libraries or Chinese fonts are missing.

    ``place`` is what the sentence of the fault begins with: the option of a command, or the name of a document.
    """
    engine = _engine(place)
    # Its notes on CSS for screens are of no use to an officer.
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    document = engine.HTML(string=page, url_fetcher=_nothing).render(pdf_tags=True)
    content = bytes(document.write_pdf(pdf_tags=True))
    # No Chinese font has no 政; a name's rare character may well be missing from one that serves.
    if any(ord("政") in font.missing for font in document.fonts.values()):
        raise InputFault(
            f"{place}：本机没有中文字体，不能生成 pdf；请安装一种，如 apt install {_FONTS}，其他格式不受影响"
        )
    return content


def _engine(place: str) -> Any:
    try:
        # Where a library is missing it prints a notice of its own, which is no result.
        with redirect_stdout(StringIO()):
            import weasyprint
    except (ImportError, OSError) as error:
        raise InputFault(
            f"{place}：本机缺少生成 pdf 所需的系统库，请安装：apt install {_LIBRARIES} {_FONTS}；其他格式不受影响"
        ) from error
    return weasyprint


def _nothing(url: str, *_: Any, **__: Any) -> Any:
    raise ValueError(f"a document fetches nothing, not even {url}")
