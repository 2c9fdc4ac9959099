"""The package as it is built and installed: everything that the code needs at run time is in it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from runtime.testing import wait_until_stopped

pytestmark = pytest.mark.e2e

PROJECT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that has the built wheel and sees this environment's other packages; its ``bin`` folder."""
    folder = tmp_path_factory.mktemp("installed")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, PROJECT],
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("yishen-*.whl")
    subprocess.run([sys.executable, "-m", "venv", folder / "env"], check=True, capture_output=True)
    (site,) = (folder / "env").glob("lib/python*/site-packages")
    ours = next(path for path in sys.path if path.endswith("site-packages"))
    subprocess.run(
        [folder / "env/bin/python", "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel],
        check=True,
        capture_output=True,
    )
    # The other packages, but not the editable install of the project itself, which a .pth file would bring.
    for package in Path(ours).iterdir():
        if (
            not package.name.startswith(("yishen", "_editable", "__editable", "pip", "_yishen"))
            and package.suffix != ".pth"
        ):
            target = site / package.name
            if not target.exists():
                target.symlink_to(package)
    return folder / "env/bin"


def _run(installed: Path, folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "YISHEN_DATA_DIR"}}
    return subprocess.run(
        [installed / "yishen", *map(str, arguments)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_the_installed_command_runs_the_whole_demo(installed: Path, tmp_path: Path):
    done = _run(installed, tmp_path, "demo")
    assert done.returncode == 0, done.stderr
    assert "全部一致" in done.stdout
    again = _run(installed, tmp_path, "demo")
    assert again.returncode == 0, again.stderr
    assert "没有变化" in again.stdout
    report = json.loads((tmp_path / "var/demo/jinzhan-2021-report.json").read_text(encoding="utf-8"))
    assert report["applications"]["carried_out"][-1] == 3
    wait_until_stopped(tmp_path / "var/demo")


def test_the_installed_code_is_not_the_source_tree(installed: Path, tmp_path: Path):
    done = subprocess.run(
        [
            installed / "python",
            "-c",
            "import workflow.desk, migrations; print(workflow.desk.__file__, migrations.__file__)",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert str(PROJECT) not in done.stdout


@pytest.mark.skipif(not shutil.which("chromium"), reason="no Chromium on this machine")
def test_the_published_page_opens_in_a_browser_and_shows_the_figures(installed: Path, tmp_path: Path):
    assert _run(installed, tmp_path, "demo").returncode == 0
    page = tmp_path / "var/demo/jinzhan-2021-report.html"
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
    flags += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    done = subprocess.run(
        ["chromium", *flags, f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", page.as_uri()],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert "结转下年度继续办理" in done.stdout
    assert ">417<" in done.stdout
    wait_until_stopped(tmp_path / "var/demo")
