"""The ways out of the house: e-mail by SMTP, and through ``apprise`` WeCom, DingTalk and Feishu.

A message carries what a desk needs to act (number, deadline, days left), and no applicant's data.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formataddr
from typing import Any

from models.vocabulary import Card, Outlet
from runtime.settings import Settings
from workflow.faults import InputFault
from workflow.inbox import Entry

SECONDS = 20.0
"""How long a channel may take."""

MESSENGERS = {"wecombot": "企业微信", "dingtalk": "钉钉", "feishu": "飞书", "lark": "飞书国际版"}
"""The messengers that are let in, by the scheme of their addresses; each of them is at a host of its own."""


class ChannelFault(Exception):
    """A channel did not take the message: one sentence, without the address."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message: its own name, the agency that it is of, who gets it, and the lines that it says."""

    name: str
    agency: str
    recipient: str
    entries: Sequence[Entry]

    @property
    def subject(self) -> str:
        """What stands above it: how many reminders, and the most serious card."""
        cards = [entry.card for entry in self.entries]
        worst = max(cards, key=list(Card).index)
        return f"【{worst.label}】{self.agency}依申请公开期限提醒 {len(self.entries)} 条"

    @property
    def text(self) -> str:
        """The lines, the most serious first."""
        order = list(Card)
        entries = sorted(self.entries, key=lambda entry: order.index(entry.card), reverse=True)
        lines = [f"{number}. 【{entry.card.label}】{entry.text}" for number, entry in enumerate(entries, 1)]
        return "\n".join([f"{self.recipient}：", "", *lines, "", "本邮件由依申请公开办件系统自动发送，请勿回复。"])


def send(settings: Settings, outlet: Outlet, address: str, message: Message) -> None:
    """Send a message to an address of this outlet. Raises ChannelFault."""
    if outlet is Outlet.EMAIL:
        _mail(settings, address, message)
    else:
        _push(address, message)


def check_address(outlet: Outlet, address: str) -> None:
    """Raises InputFault, one sentence, for an address that this outlet cannot use."""
    if outlet is Outlet.EMAIL:
        name, at, host = address.partition("@")
        if not (name and at and host) or not address.isprintable() or " " in address:
            raise InputFault(f"ADDRESS：“{address}”不是电子邮件地址，应形如 zhang@example.gov.cn")
        return
    if _messenger(address) is None:
        known = "、".join(f"{scheme}://（{name}）" for scheme, name in MESSENGERS.items())
        raise InputFault(f"ADDRESS：不是可用的即时消息地址，应以 {known} 开头，后面是群机器人地址里的密钥、令牌")


def _messenger(address: str) -> Any:
    """What sends to this address; None for one that is not a messenger's.

    Of what ``apprise`` can reach only the messengers below are let in: any other address would have the server open
    what somebody typed (files, commands, hosts of the inner network).
    """
    import apprise

    scheme = address.partition("://")[0].lower()
    if scheme not in MESSENGERS or not address.isprintable() or " " in address or "," in address:
        return None
    found = apprise.Apprise.instantiate(address)
    if found is not None:
        # Whatever the address asks for: certificates are checked, and what names another place is not followed there.
        found.redirects, found.verify_certificate = False, True
    return found


def _mail(settings: Settings, address: str, message: Message) -> None:
    if settings.smtp_host is None or settings.smtp_from is None:
        raise ChannelFault("没有设置发信服务器（YISHEN_SMTP_HOST、YISHEN_SMTP_FROM）")
    mail = EmailMessage()
    mail["Subject"] = message.subject
    mail["From"] = formataddr(("依申请公开办件系统", settings.smtp_from))
    mail["To"] = address
    # Sent again after a crash it has the same name, and is the same message to whoever receives it.
    mail["Message-ID"] = f"<{message.name}@{settings.smtp_from.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text, charset="utf-8")
    try:
        with _connected(settings) as server:
            if settings.smtp_user is not None:
                server.login(settings.smtp_user, settings.smtp_password or "")
            server.send_message(mail)
    except smtplib.SMTPAuthenticationError as error:
        raise ChannelFault("发信服务器不接受用户名或密码") from error
    except smtplib.SMTPRecipientsRefused as error:
        raise ChannelFault("发信服务器不接受收件地址") from error
    except (smtplib.SMTPException, OSError) as error:
        raise ChannelFault(f"发信服务器没有收下（{type(error).__name__}）") from error


_USUAL_PORT = {"none": 25, "starttls": 587, "tls": 465}


def _connected(settings: Settings) -> smtplib.SMTP:
    host, port = settings.smtp_host or "", settings.smtp_port or _USUAL_PORT[settings.smtp_security]
    if settings.smtp_security == "tls":
        return smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=ssl.create_default_context())
    server = smtplib.SMTP(host, port, timeout=SECONDS)
    if settings.smtp_security == "starttls":
        server.starttls(context=ssl.create_default_context())
    return server


def _push(address: str, message: Message) -> None:
    pusher = _messenger(address)
    if pusher is None:
        raise ChannelFault("即时消息地址不能用")
    if not pusher.notify(title=message.subject, body=message.text):
        raise ChannelFault("即时消息平台没有收下")
