"""Settings: empty is unset, and a value that cannot be used is named in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtime.faults import RuntimeFault
from runtime.settings import SECRET, load_settings


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


SECRETS = ["DATABASE_URL", "MIGRATION_DATABASE_URL", "BROKER_URL", "SECRET_KEY", "SMTP_PASSWORD", "OIDC_CLIENT_SECRET"]


def test_every_secret_can_come_from_a_file() -> None:
    assert {name.lower() for name in SECRETS} == SECRET


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_is_read_from_its_file_without_the_line_break(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    value = "redis://:口令@127.0.0.1:6379/0"
    (tmp_path / "secret").write_text(f"{value}\n", encoding="utf-8")
    monkeypatch.setenv(f"YISHEN_{name}_FILE", str(tmp_path / "secret"))
    assert getattr(load_settings(), name.lower()) == value


def test_the_file_may_be_named_in_the_settings_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("钥匙", encoding="utf-8")
    (tmp_path / ".env").write_text("YISHEN_SECRET_KEY_FILE=key\n", encoding="utf-8")
    assert load_settings().secret_key == "钥匙"


def test_an_empty_name_of_a_file_is_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YISHEN_SECRET_KEY_FILE", "")
    monkeypatch.setenv("YISHEN_SECRET_KEY", "甲")
    assert load_settings().secret_key == "甲"


def test_a_secret_and_its_file_contradict_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text("甲")
    monkeypatch.setenv("YISHEN_SECRET_KEY_FILE", str(tmp_path / "secret"))
    monkeypatch.setenv("YISHEN_SECRET_KEY", "乙")
    with pytest.raises(RuntimeFault) as told:
        load_settings()
    assert str(told.value) == "配置 YISHEN_SECRET_KEY 与 YISHEN_SECRET_KEY_FILE 的内容不同，只能设置一个"


def test_a_part_may_be_given_the_file_and_what_was_read_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret").write_text("甲\n")
    monkeypatch.setenv("YISHEN_SECRET_KEY_FILE", "secret")
    for name, value in load_settings().model_dump(exclude_none=True).items():
        monkeypatch.setenv(f"YISHEN_{name.upper()}", str(value))
    monkeypatch.chdir("/")
    assert load_settings().secret_key == "甲"


@pytest.mark.parametrize(
    ("content", "reason"), [(None, "不能读取"), (b"\n", "是空的"), ("口令".encode("gb18030"), "不是 UTF-8 文本")]
)
def test_a_file_that_cannot_be_used_is_named(
    content: bytes | None, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "secret"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setenv("YISHEN_DATABASE_URL_FILE", str(path))
    with pytest.raises(RuntimeFault) as told:
        load_settings()
    assert str(told.value).startswith(f"配置 YISHEN_DATABASE_URL_FILE 所指的文件 {path} {reason}")


def test_a_value_from_a_file_is_not_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text("http://user:hush@host")
    monkeypatch.setenv("YISHEN_BROKER_URL_FILE", str(tmp_path / "secret"))
    with pytest.raises(RuntimeFault) as told:
        load_settings()
    assert "YISHEN_BROKER_URL" in str(told.value)
    assert "hush" not in str(told.value)
