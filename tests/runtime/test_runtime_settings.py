"""Settings: empty is unset, and a value that cannot be used is named in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtime.faults import RuntimeFault
from runtime.settings import load_settings


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_defaults(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("DATABASE_URL", "DATA_DIR", "TIMEZONE"):
        monkeypatch.delenv(f"YISHEN_{name}", raising=False)
    settings = load_settings()
    assert settings.database_url is None
    assert settings.data_dir == tmp_path / "var"
    assert settings.timezone == "Asia/Shanghai"


def test_an_empty_value_is_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YISHEN_DATABASE_URL", "")
    monkeypatch.setenv("YISHEN_TIMEZONE", "")
    assert load_settings().database_url is None
    assert load_settings().timezone == "Asia/Shanghai"


def test_a_file_in_the_current_folder_is_read_and_the_environment_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("YISHEN_SECRET_KEY=甲\nYISHEN_DATA_DIR=./here\nOTHER=1\n", encoding="utf-8")
    monkeypatch.setenv("YISHEN_SECRET_KEY", "乙")
    monkeypatch.delenv("YISHEN_DATA_DIR", raising=False)
    assert load_settings().secret_key == "乙"
    assert load_settings().data_dir == tmp_path / "here"


def test_an_unknown_time_zone_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YISHEN_TIMEZONE", "Asia/Nowhere")
    with pytest.raises(RuntimeFault) as told:
        load_settings()
    assert str(told.value) == "配置 YISHEN_TIMEZONE 的值“Asia/Nowhere”不能用：应为 IANA 时区名，例如 Asia/Shanghai"


def test_a_file_in_another_encoding_is_told(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("YISHEN_SECRET_KEY=中文".encode("gb18030"))
    with pytest.raises(RuntimeFault, match="UTF-8"):
        load_settings()
