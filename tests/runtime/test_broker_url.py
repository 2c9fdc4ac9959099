"""Addresses of brokers: what a user may write, what Celery is given, and what is refused in one sentence."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
from kombu import Connection

from runtime.broker_url import BrokerUrl, read_broker_url, socket_broker_url
from runtime.faults import RuntimeFault
from runtime.settings import load_settings

PASSWORD = "hush%40hush"


def connection(address: BrokerUrl) -> Connection:
    """As Celery makes it."""
    return Connection(address.url, transport_options=dict(address.transport_options))


@pytest.mark.parametrize(
    ("written", "given", "shown"),
    [
        ("redis://h", "redis://h:6379/0", "redis://h:6379/0"),
        (f"redis://u:{PASSWORD}@h:7000/3", f"redis://u:{PASSWORD}@h:7000/3", "redis://h:7000/3"),
        ("redis://[::1]:7000", "redis://[::1]:7000/0", "redis://[::1]:7000/0"),
        (
            f"redis+socket://:{PASSWORD}@/run/r.sock?virtual_host=2",
            f"redis+socket://:{PASSWORD}@/run/r.sock?virtual_host=2",
            "redis+socket:///run/r.sock",
        ),
        ("rediss://h", "rediss://h:6379/0?ssl_cert_reqs=required", "rediss://h:6379/0"),
        ("rediss://h/1?ssl_cert_reqs=none", "rediss://h:6379/1?ssl_cert_reqs=none", "rediss://h:6379/1"),
    ],
)
def test_the_forms_a_user_may_write(written: str, given: str, shown: str) -> None:
    address = read_broker_url(written)
    assert address.url == given
    assert address.shown == shown
    assert dict(address.transport_options) == {}


def test_certificates_are_checked_unless_the_user_says_otherwise() -> None:
    assert connection(read_broker_url("rediss://h")).ssl == {"ssl_cert_reqs": ssl.CERT_REQUIRED}


def test_sentinels_get_their_own_port_and_the_master_its_name() -> None:
    address = read_broker_url(f"sentinel://:{PASSWORD}@a/2;sentinel://b:1/2?master_name=yishen")
    assert address.url == f"sentinel://:{PASSWORD}@a:26379/2;sentinel://b:1/2"
    assert address.shown == "sentinel://a:26379/2;sentinel://b:1/2"
    made = connection(address)
    assert made.transport_options == {"master_name": "yishen"}
    assert made.alt == ["sentinel://:hush%40hush@a:26379/2", "sentinel://b:1/2"]


def test_a_path_with_any_sign_in_it_arrives() -> None:
    path = Path("/run/a b;c?d#e%/r.sock")
    address = socket_broker_url(path)
    assert ";" not in address.url
    assert read_broker_url(address.url).shown == f"redis+socket://{path}"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("amqp://h", "只接受 redis://、rediss://、redis+socket:///路径 或 sentinel:// 开头的地址"),
        ("h:6379", "只接受 redis://"),
        ("redis://", "之后应为主机名，例如 redis://127.0.0.1:6379/0"),
        ("redis://h:many", "请检查端口号"),
        ("redis://h/name", "应跟数据库编号"),
        ("redis://h?timeout=3", "不认识所带的参数，可用的参数：无"),
        ("rediss://h?timeout=3", "可用的参数：ssl_ca_certs、"),
        ("rediss://h?ssl_cert_reqs=maybe", "应为 required、optional 或 none"),
        (f"redis://u:{PASSWORD}#@h", "请检查端口号；口令中的特殊字符应写作 %XX"),
        ("redis://h/0#x", "口令中的 # 应写作 %23"),
        (f"redis://u:{PASSWORD};x@h", "口令中的分号应写作 %3B"),
        ("redis+socket://run/r.sock", "应为绝对路径"),
        ("redis+socket:///run/r.sock?virtual_host=a", "应为数据库编号"),
        ("sentinel://a", "应以 ?master_name= 写明主节点的名称"),
        ("sentinel://a?master_name=x;redis://b", "应全部以 sentinel:// 开头"),
    ],
)
def test_what_cannot_be_used_is_told_in_one_sentence_without_the_password(
    written: str, said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("YISHEN_BROKER_URL", written)
    with pytest.raises(RuntimeFault) as told:
        load_settings()
    sentence = str(told.value)
    assert sentence.startswith("配置 YISHEN_BROKER_URL 的值不能用：")
    assert said in sentence
    assert "\n" not in sentence
    assert PASSWORD not in sentence
