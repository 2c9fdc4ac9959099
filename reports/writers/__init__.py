"""The annual report as files. A writer puts its file there whole, or leaves what was and raises OSError."""

from __future__ import annotations

from reports.writers.html_page import html_page, write_html
from reports.writers.json_file import write_json
from reports.writers.xlsx_book import write_xlsx, xlsx_book

__all__ = ["html_page", "write_html", "write_json", "write_xlsx", "xlsx_book"]
