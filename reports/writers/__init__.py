"""The annual report as files. A writer puts its file there whole, or leaves what was and raises OSError."""

from __future__ import annotations

from reports.writers.docx_file import docx_file, write_docx
from reports.writers.html_page import html_page, write_html
from reports.writers.json_file import write_json
from reports.writers.pdf_file import write_pdf
from reports.writers.xlsx_book import write_xlsx, xlsx_book

__all__ = [
    "docx_file",
    "html_page",
    "write_docx",
    "write_html",
    "write_json",
    "write_pdf",
    "write_xlsx",
    "xlsx_book",
]
