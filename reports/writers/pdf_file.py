"""The report as PDF, laid out from the page's own print style; nothing is fetched from anywhere."""

from __future__ import annotations

import logging
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from reports.figures import Figures
from reports.texts import Content
from reports.writers.html_page import html_page
from reports.writers.whole_file import write_whole
from workflow.faults import InputFault

_LIBRARIES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
_FONTS = "fonts-noto-cjk"


def write_pdf(figures: Figures, path: Path, content: Content | None = None) -> None:
    """Write the document. OSError if the path cannot be written; InputFault where this machine cannot make PDF."""
    write_whole(path, pdf_file(html_page(figures, content)))


def pdf_file(page: str) -> bytes:
    """The page as tagged PDF. InputFault naming what to install where libraries or Chinese fonts are missing."""
    engine = _engine()
    # Its notes on CSS for screens are of no use to an officer.
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    document = engine.HTML(string=page, url_fetcher=_nothing).render(pdf_tags=True)
    content = bytes(document.write_pdf(pdf_tags=True))
    # No Chinese font has no 政; a name's rare character may well be missing from one that serves.
    if any(ord("政") in font.missing for font in document.fonts.values()):
        raise InputFault(
            f"--format：本机没有中文字体，不能生成 pdf；请安装一种，如 apt install {_FONTS}，其他格式不受影响"
        )
    return content


def _engine() -> Any:
    try:
        # Where a library is missing it prints a notice of its own, which is no result.
        with redirect_stdout(StringIO()):
            import weasyprint
    except (ImportError, OSError) as error:
        raise InputFault(
            f"--format：本机缺少生成 pdf 所需的系统库，请安装：apt install {_LIBRARIES} {_FONTS}；其他格式不受影响"
        ) from error
    return weasyprint


def _nothing(url: str, *_: Any, **__: Any) -> Any:
    raise ValueError(f"a report fetches nothing, not even {url}")
