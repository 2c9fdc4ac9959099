"""Settings from the environment (prefix ``YISHEN_``) or a ``.env`` file in the current folder.

A secret may stand in a file of its own (``YISHEN_SECRET_KEY_FILE``), as containers are given theirs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from runtime.broker_url import read_broker_url
from runtime.faults import RuntimeFault

# Their values are never repeated in a message.
SECRET = frozenset(
    {"database_url", "migration_database_url", "broker_url", "secret_key", "smtp_password", "oidc_client_secret"}
)


class Settings(BaseSettings):
    """What an installation may set. An empty value counts as not set."""

    model_config = SettingsConfigDict(
        env_prefix="YISHEN_",
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
    )

    database_url: str | None = None
    """The login the application connects with; unset: the embedded PostgreSQL."""
    migration_database_url: str | None = None
    """The login that owns the schema; unset: ``database_url``."""
    broker_url: str | None = None
    """Where the broker is, in one of the forms of :mod:`runtime.broker_url`; unset: the embedded Redis."""
    data_dir: Path = Path("var")
    secret_key: str | None = None
    timezone: str = "Asia/Shanghai"
    smtp_host: str | None = None
    """The server that takes reminders by e-mail; unset: none are sent."""
    smtp_port: int | None = None
    """Unset: the usual one for ``smtp_security``: 25, 587 (starttls), 465 (tls)."""
    smtp_security: Literal["none", "starttls", "tls"] = "none"
    smtp_user: str | None = None
    smtp_password: str | None = None
    smtp_from: str | None = None
    web_url: str | None = None
    """The address at which people reach the web, as ``https://ogi.example.gov.cn``; unset: as each request says."""
    session_idle_minutes: int = Field(default=30, ge=1, le=1440)
    """After how long without a request somebody is signed out."""
    session_hours: float = Field(default=10, gt=0, le=24)
    """After how long somebody is signed out in any case."""
    password_days: int = Field(default=90, ge=0, le=3650)
    """After how many days a password must be changed; 0: never."""
    second_factor: Literal["optional", "required"] = "optional"
    """Whether everyone must set up a second factor (动态口令)."""
    oidc_issuer: str | None = None
    """The identity provider (OpenID Connect) through which people may sign in besides; unset: none."""
    oidc_client_id: str | None = None
    oidc_client_secret: str | None = None
    oidc_name: str = "统一身份认证"
    """What the button of the sign-in page calls the provider."""
    oidc_login_claim: str = "preferred_username"
    """The claim of the provider that holds the login, by which an account is bound where ``oidc_bind`` allows it."""
    oidc_bind: bool = False
    """Whether an account that is bound to nobody is bound by its login the first time; else nobody new gets in."""
    oidc_agency: str | None = None
    """The code of the agency whose people, and those of the agencies below it, may sign in so; unset: everyone."""
    argon2_time: int = Field(default=3, ge=1, le=20)
    argon2_memory_kib: int = Field(default=65536, ge=8192, le=1048576)
    argon2_lanes: int = Field(default=4, ge=1, le=16)
    """What a password's hash costs (argon2id, RFC 9106)."""
    log: Literal["json", "plain"] | None = None
    """How servers write their logs; unset: plain on a terminal, else a JSON object a line."""
    database_url_file: Path | None = None
    migration_database_url_file: Path | None = None
    broker_url_file: Path | None = None
    secret_key_file: Path | None = None
    smtp_password_file: Path | None = None
    oidc_client_secret_file: Path | None = None
    """Files that hold the settings of these names; each gives its setting when the settings are read."""
    pg_bin: Path | None = None
    """Folder of ``postgres`` and ``initdb``; unset: the system's, then those that came by pip."""
    redis_bin: Path | None = None
    """``redis-server`` or ``valkey-server``, or its folder; unset: PATH's, then the one that came by pip."""

    @model_validator(mode="before")
    @classmethod
    def _secrets_from_files(cls, given: dict[str, Any]) -> dict[str, Any]:
        for name in sorted(SECRET & {key.removesuffix("_file") for key in given if key.endswith("_file")}):
            setting = f"YISHEN_{name.upper()}"
            secret = _content(f"{setting}_FILE", Path(given[f"{name}_file"]).expanduser())
            # `yishen run` gives its parts what it has read itself, beside the name of the file.
            if given.get(name) not in {None, secret}:
                raise RuntimeFault(f"配置 {setting} 与 {setting}_FILE 的内容不同，只能设置一个")
            given = {**given, name: secret}
        return given

    @field_validator("data_dir", "pg_bin", *(f"{name}_file" for name in sorted(SECRET)))
    @classmethod
    def _one_spelling(cls, value: Path | None) -> Path | None:
        # Locks and sockets are found by this path: two spellings of one folder must be one.
        return None if value is None else value.expanduser().resolve()

    @field_validator("redis_bin")
    @classmethod
    def _as_it_is_called(cls, value: Path | None) -> Path | None:
        # A link stays one: Debian's redis-server acts by the name it is called.
        return None if value is None else value.expanduser().absolute()

    @field_validator("broker_url")
    @classmethod
    def _known_broker(cls, value: str | None) -> str | None:
        if value is not None:
            read_broker_url(value)
        return value

    @field_validator("web_url")
    @classmethod
    def _whole_address(cls, value: str | None) -> str | None:
        if value is not None:
            parts = urlsplit(value)
            if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path.strip("/") or parts.query:
                raise ValueError("应为完整的网址，不带路径，例如 https://ysgk.example.gov.cn")
        return value

    @field_validator("oidc_issuer")
    @classmethod
    def _safe_issuer(cls, value: str | None) -> str | None:
        if value is not None:
            parts = urlsplit(value)
            here = parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost", "::1"}
            if not parts.netloc or parts.query or parts.fragment or not (parts.scheme == "https" or here):
                raise ValueError("应为身份提供方的 https 网址（本机的可以是 http），例如 https://sso.example.gov.cn")
        return value

    @model_validator(mode="after")
    def _whole_provider(self) -> Settings:
        if self.oidc_issuer is not None and not (self.oidc_client_id and self.oidc_client_secret):
            raise RuntimeFault(
                "配置 YISHEN_OIDC_ISSUER 已设置，还应设置 YISHEN_OIDC_CLIENT_ID 和 YISHEN_OIDC_CLIENT_SECRET"
            )
        return self

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("应为 IANA 时区名，例如 Asia/Shanghai") from None
        return value


def _content(setting: str, path: Path) -> str:
    """What a secret's file holds, without the line break at its end. RuntimeFault says what is wrong with it."""
    try:
        secret = path.read_text(encoding="utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise RuntimeFault(f"配置 {setting} 所指的文件 {path} 不是 UTF-8 文本") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "不是可用的路径"
        raise RuntimeFault(f"配置 {setting} 所指的文件 {path} 不能读取（{reason}）") from error
    if not secret:
        raise RuntimeFault(f"配置 {setting} 所指的文件 {path} 是空的")
    return secret


def load_settings() -> Settings:
    """Read the settings; ``RuntimeFault`` names the first setting that cannot be used."""
    try:
        return Settings()
    except ValidationError as error:
        raise RuntimeFault(_sentence(error)) from error
    except (SettingsError, UnicodeDecodeError) as error:
        raise RuntimeFault("配置文件 .env 无法解析，应为 UTF-8 编码、每行一个“名称=值”") from error
    except OSError as error:
        raise RuntimeFault(f"配置文件 .env 无法读取（{error.strerror}），请检查它的权限") from error


def _sentence(error: ValidationError) -> str:
    first = error.errors()[0]
    field = str(first["loc"][0]) if first["loc"] else ""
    reason = str(first.get("ctx", {}).get("error", "")) or first["msg"]
    value = "" if field in SECRET else f"“{first['input']}”"
    return f"配置 YISHEN_{field.upper()} 的值{value}不能用：{reason}"
