"""Where the broker is: the addresses a user may write, made into what Celery is given.

Four forms: ``redis://[user:password@]host[:port][/number]``, ``rediss://…`` (TLS; certificates are checked unless
``?ssl_cert_reqs=none`` says otherwise, where kombu alone would not check them), ``redis+socket:///path[?virtual_host=N]``
and ``sentinel://host[:port][/number];sentinel://…?master_name=NAME``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

TLS = frozenset({"ssl_cert_reqs", "ssl_ca_certs", "ssl_certfile", "ssl_keyfile", "ssl_check_hostname"})
# What may follow the question mark, by scheme.
OPTIONS = {
    "redis": frozenset[str](),
    "rediss": TLS,
    "redis+socket": frozenset({"virtual_host"}),
    "sentinel": frozenset({"master_name"}),
}
REDIS_PORT = 6379
SENTINEL_PORT = 26379
FORMS = "redis://、rediss://、redis+socket:///路径 或 sentinel://"


@dataclass(frozen=True)
class BrokerUrl:
    """A broker's address as Celery takes it."""

    url: str = field(repr=False)
    """For ``broker_url``. May hold a password."""
    shown: str
    """For people: without user, password and options."""
    transport_options: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """To be put into ``broker_transport_options``."""


def read_broker_url(text: str) -> BrokerUrl:
    """The address a user wrote. ``ValueError`` is a sentence that says what is wrong, without repeating it."""
    text = text.strip()
    if text.startswith("sentinel://"):
        return _sentinels([_Address(each) for each in text.split(";")])
    if ";" in text:
        raise ValueError("用分号分开的几个地址只用于 sentinel://，口令中的分号应写作 %3B")
    address = _Address(text)
    return _socket(address) if address.scheme == "redis+socket" else _server(address)


def socket_broker_url(path: Path) -> BrokerUrl:
    """The address of a server that listens on a unix socket of this machine."""
    return BrokerUrl(f"redis+socket://{quote(str(path))}", f"redis+socket://{path}")


def _server(address: _Address) -> BrokerUrl:
    query = dict(address.query)
    if address.scheme == "rediss":
        query.setdefault("ssl_cert_reqs", "required")
        if query["ssl_cert_reqs"] not in {"required", "optional", "none"}:
            raise ValueError("ssl_cert_reqs 应为 required、optional 或 none")
    place = address.place(REDIS_PORT)
    options = f"?{urlencode(query)}" if query else ""
    return BrokerUrl(f"{address.scheme}://{address.login}{place}{options}", f"{address.scheme}://{place}")


def _socket(address: _Address) -> BrokerUrl:
    if address.parts.hostname or not unquote(address.parts.path).strip("/"):
        raise ValueError("redis+socket:// 之后应为绝对路径，例如 redis+socket:///run/redis/redis.sock")
    number = address.query.get("virtual_host", "0")
    if not _is_number(number):
        raise ValueError("virtual_host 应为数据库编号，例如 0")
    path = address.parts.path
    return BrokerUrl(f"redis+socket://{address.login}{path}?virtual_host={number}", f"redis+socket://{unquote(path)}")


def _sentinels(addresses: Iterable[_Address]) -> BrokerUrl:
    urls, shown, names = [], [], set()
    for address in addresses:
        if address.scheme != "sentinel":
            raise ValueError("用分号分开的几个地址应全部以 sentinel:// 开头")
        place = address.place(SENTINEL_PORT)
        urls.append(f"sentinel://{address.login}{place}")
        shown.append(f"sentinel://{place}")
        names |= {address.query["master_name"]} if "master_name" in address.query else set()
    if len(names) != 1:
        raise ValueError("sentinel:// 应以 ?master_name= 写明主节点的名称")
    return BrokerUrl(";".join(urls), ";".join(shown), MappingProxyType({"master_name": names.pop()}))


class _Address:
    """One address, taken apart and checked as far as all forms agree."""

    def __init__(self, text: str) -> None:
        try:
            self.parts: SplitResult = urlsplit(text)
            self._port = self.parts.port
        except ValueError:
            raise ValueError("无法解析为地址，请检查端口号；口令中的特殊字符应写作 %XX") from None
        self.scheme = self.parts.scheme
        if self.scheme not in OPTIONS:
            raise ValueError(f"只接受 {FORMS} 开头的地址")
        if self.parts.fragment:
            raise ValueError("地址中有 #，口令中的 # 应写作 %23")
        self.query = dict(parse_qsl(self.parts.query, keep_blank_values=True))
        for name in self.query:
            if name not in OPTIONS[self.scheme]:
                raise ValueError(f"{self.scheme}:// 不认识所带的参数，可用的参数：{self._options()}")

    def _options(self) -> str:
        return "、".join(sorted(OPTIONS[self.scheme])) or "无"

    @property
    def login(self) -> str:
        """User and password with their sign, as they were written."""
        login, sign, _ = self.parts.netloc.rpartition("@")
        return login + sign

    def place(self, port: int) -> str:
        """``host:port/number``, with the usual ``port`` where none was written. ``ValueError`` without a host."""
        host = self.parts.hostname
        if not host:
            raise ValueError(f"{self.scheme}:// 之后应为主机名，例如 {self.scheme}://127.0.0.1:{port}/0")
        number = self.parts.path.strip("/") or "0"
        if not _is_number(number):
            raise ValueError("主机之后的 / 应跟数据库编号，例如 /0")
        return f"{f'[{host}]' if ':' in host else host}:{self._port or port}/{number}"


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()
