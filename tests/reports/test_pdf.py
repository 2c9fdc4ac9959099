"""PDF: where a machine lacks what it takes, one sentence says what to install, and no file is left."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from reports.figures import zero_figures
from reports.writers import write_pdf
from workflow.faults import InputFault

FIGURES = zero_figures("某县某乡人民政府", 2025, "2021")
LATIN_ONLY = Path("/usr/share/fonts/truetype/dejavu")


def test_without_the_libraries_a_sentence_names_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(InputFault, match="libpango"):
        write_pdf(FIGURES, tmp_path / "报告.pdf")
    assert list(tmp_path.iterdir()) == []


def test_what_the_engine_prints_of_missing_libraries_is_no_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "weasyprint.py").write_text(
        "print('could not import')\nraise OSError('no library')\n", encoding="utf-8"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "weasyprint", raising=False)
    with pytest.raises(InputFault, match="libpango"):
        write_pdf(FIGURES, tmp_path / "报告.pdf")
    assert capsys.readouterr().out == ""


@pytest.mark.pdf
@pytest.mark.skipif(not LATIN_ONLY.is_dir(), reason="no fonts without Chinese to try it with")
def test_without_a_chinese_font_a_sentence_names_one(tmp_path: Path) -> None:
    (tmp_path / "fonts.conf").write_text(
        f"<fontconfig><dir>{LATIN_ONLY}</dir><cachedir>{tmp_path / 'cache'}</cachedir></fontconfig>", encoding="utf-8"
    )
    script = (
        "from pathlib import Path; from tests.reports.test_pdf import FIGURES, write_pdf;"
        "write_pdf(FIGURES, Path('报告.pdf'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": str(Path(__file__).parents[2]), "FONTCONFIG_FILE": str(tmp_path / "fonts.conf")},
        cwd=tmp_path,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert "fonts-noto-cjk" in done.stderr.decode()
    assert not (tmp_path / "报告.pdf").exists()


@pytest.mark.pdf
def test_the_page_is_a4_text_that_can_be_copied(tmp_path: Path) -> None:
    import pdfplumber

    write_pdf(FIGURES, tmp_path / "报告.pdf")
    with pdfplumber.open(tmp_path / "报告.pdf") as pdf:
        assert {(round(page.width), round(page.height)) for page in pdf.pages} == {(595, 842)}
        text = "".join(page.extract_text() for page in pdf.pages)
    assert "2025年政府信息公开工作年度报告" in text
    assert "— 1 —" in text
