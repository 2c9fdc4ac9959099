"""The report as PDF, laid out from the page's own print style."""

from __future__ import annotations

from pathlib import Path

from paper.pdf import pdf_file
from reports.figures import Figures
from reports.texts import Content
from reports.writers.html_page import html_page
from reports.writers.whole_file import write_whole


def write_pdf(figures: Figures, path: Path, content: Content | None = None) -> None:
    """Write the document. OSError if the path cannot be written; InputFault where this machine cannot make PDF."""
    write_whole(path, pdf_file(html_page(figures, content)))
