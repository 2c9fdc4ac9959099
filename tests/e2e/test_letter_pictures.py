"""Every letter of the catalogue as people see it: its Word document in LibreOffice, its PDF, its page in a browser.

``PICTURES`` (``make pictures``): a folder for one picture of each letter, the three side by side.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pdfplumber
import pypdfium2
import pytest
from PIL import Image, ImageDraw

from letters import rendering
from letters.catalogue import LETTERS
from letters.context import Letter
from models.personal import FieldCipher
from runtime.postgres import EmbeddedServer
from tests.conftest import SECRET, fresh_database
from tests.e2e.conftest import in_a_browser
from tests.lawful import open_office
from tests.letters.stories import furnish, lived_through
from workflow import document_numbers

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SOFFICE = shutil.which("soffice")
pytestmark = [
    *in_a_browser,
    pytest.mark.skipif(SOFFICE is None, reason="no LibreOffice on this machine: apt install libreoffice-writer"),
]

_WIDE, _HIGH = 620, 877  # A4 at 75 dots to the inch
_MOST_PAGES = 2
_MOST_BYTES = 110_000
_SHADES = (16, 8, 5)


@pytest.fixture(scope="module")
def told(server: EmbeddedServer, template: str) -> dict[str, Letter]:
    """Every letter, with a 文号 as if it were signed."""
    with fresh_database(server, template) as database, open_office(database, FieldCipher(SECRET)) as office:
        furnish(office)
        return {code: _numbered(letter) for code, letter in lived_through(office)}


def _numbered(letter: Letter) -> Letter:
    series = document_numbers.SERIES_OF.get(letter.kind.code)
    if series is None:
        return letter
    number = document_numbers.read("")[series].number("测数", letter.on.year, 12)
    return replace(letter, fields={**letter.fields, "文号": number})


@pytest.fixture(scope="module")
def printed(told: dict[str, Letter], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder where LibreOffice has put each letter's Word document as PDF."""
    folder = tmp_path_factory.mktemp("letters")
    for code, letter in told.items():
        (folder / f"{code}.docx").write_bytes(rendering.docx(letter))
    home = f"-env:UserInstallation={(folder / 'home').as_uri()}"
    files = sorted(path.name for path in folder.glob("*.docx"))
    command = [str(SOFFICE), home, "--headless", "--convert-to", "pdf", "--outdir", str(folder), *files]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=300)
    return folder


@pytest.mark.parametrize("code", [kind.code for kind in LETTERS])
def test_a_letter_is_the_same_in_three_programs(
    told: dict[str, Letter], printed: Path, browser: Browser, code: str
) -> None:
    letter = told[code]
    word, own = (printed / f"{code}.pdf").read_bytes(), rendering.pdf(letter)
    for content in (word, own):
        with pdfplumber.open(BytesIO(content)) as document:
            text = "".join(page.extract_text() for page in document.pages)
            assert 1 <= len(document.pages) <= _MOST_PAGES
        # A line may be broken anywhere.
        flat = "".join(text.split())
        assert letter.title in flat
        assert "{{" not in flat
        if letter.kind.is_outward:
            assert letter.fields["文号"].replace("〔", "").replace("〕", "") in flat.replace("〔", "").replace("〕", "")
    page = browser.new_page(viewport={"width": _WIDE, "height": _HIGH})
    page.set_content(rendering.html(letter))
    assert page.evaluate("document.documentElement.scrollWidth") == _WIDE
    shot = Image.open(BytesIO(page.screenshot(full_page=True))).convert("RGB")
    page.close()
    if os.environ.get("PICTURES"):
        _keep([_pages(word), _pages(own), shot], Path(os.environ["PICTURES"]) / "letters" / f"{code}.png")


def _pages(content: bytes) -> Image.Image:
    """The pages of a PDF under one another, as wide as a screen shows them."""
    document = pypdfium2.PdfDocument(content)
    pages = [page.render(scale=_WIDE / page.get_width()).to_pil().convert("RGB") for page in document]
    return _beside(pages, down=True)


def _beside(parts: list[Image.Image], *, down: bool) -> Image.Image:
    """Pictures in a row, or under one another, each in a thin frame."""
    along, across = (1, 0) if down else (0, 1)
    size = [
        max(each.size[side] for each in parts) if side == across else sum(e.size[side] for e in parts)
        for side in (0, 1)
    ]
    whole, at = Image.new("RGB", (size[0], size[1]), "#d8d8d8"), [0, 0]
    for each in parts:
        whole.paste(each, (at[0], at[1]))
        ImageDraw.Draw(whole).rectangle(
            (at[0], at[1], at[0] + each.width - 1, at[1] + each.height - 1), outline="#999999"
        )
        at[along] += each.size[along]
    return whole


def _keep(parts: list[Image.Image], path: Path) -> None:
    """Keep a picture in as many colours as its file has room for."""
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = _beside(parts, down=False)
    for content in _packed(whole):
        path.write_bytes(content)
        if len(content) <= _MOST_BYTES:
            return
    raise AssertionError(f"{path.name} has {path.stat().st_size} bytes")


def _packed(whole: Image.Image) -> Iterator[bytes]:
    for scale in (1, 0.8, 0.7):
        small = whole.resize((round(whole.width * scale), round(whole.height * scale)), Image.Resampling.LANCZOS)
        for shades in _SHADES:
            content = BytesIO()
            small.quantize(palette=_palette(shades), dither=Image.Dither.NONE).save(content, "png", optimize=True)
            yield content.getvalue()


def _palette(shades: int) -> Image.Image:
    """From black to white, and from the red of a letterhead to white: what letters are printed in."""
    steps = [round(255 * step / (shades - 1)) for step in range(shades)]
    colours = [part for step in steps for part in (step, step, step)]
    colours += [part for step in steps[::2] for part in (224 + step * 31 // 255, step, step)]
    made = Image.new("P", (1, 1))
    made.putpalette(colours)
    return made
