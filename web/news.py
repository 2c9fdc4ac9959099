"""Where news leads: the page of what it is about, told by the first two parts of its key (``draft:7:…``)."""

from __future__ import annotations

import re

from web.rights import Right, Signed

_PAGES = {
    "draft": ("/drafts/{}", Right.SEE_CASES),
    "letter": ("/letters/{}", Right.SEE_CASES),
    "letters": ("/letters/batches/{}", Right.SEE_CASES),
    "report": ("/reports/{}", Right.SEE_REPORT),
    "year-end": ("/reports/{}", Right.SEE_REPORT),
    "calendar-moved": ("/calendar", Right.SEE_CALENDAR),
    "calendar-missing": ("/calendar", Right.SEE_CALENDAR),
}
_ABOUT = re.compile(r"(?P<kind>[a-z-]+):(?P<which>[\w-]+)(?::.*)?")


def page_about(about: str, signed: Signed) -> str | None:
    """The page of what news is about (``workflow.inbox.Entry.about``); None if it has none that one may see."""
    match = _ABOUT.fullmatch(about)
    if match is None or match["kind"] not in _PAGES:
        return None
    page, right = _PAGES[match["kind"]]
    return page.format(match["which"]) if signed.may(right) else None
