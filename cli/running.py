"""``yishen run``: the whole system on one machine, kept up until Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.setup import SETUP_CODE
from cli.speech import note, say
from runtime.children import die_with_parent
from workflow.faults import InputFault

if TYPE_CHECKING:
    from runtime.part import Part
    from runtime.postgres import EmbeddedServer
    from runtime.redis import EmbeddedBroker
    from runtime.settings import Settings

WORKERS = 2
"""Processes of the embedded worker: one for what is urgent while the other is at a year-end."""


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("run")(run)


def run(
    host: Annotated[str, typer.Option(help="网页监听地址；默认只有本机可以访问")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="网页监听端口", min=1, max=65535)] = 8765,
) -> None:
    """启动整个系统：数据库、消息队列、自动任务、网页；Ctrl-C 全部停止。"""
    from runtime.postgres import attach
    from runtime.redis import embedded_broker
    from runtime.settings import load_settings
    from runtime.supervisor import Supervisor

    settings = load_settings()
    _check_free(host, port)
    with ExitStack() as held:
        server: list[EmbeddedServer] = []

        def hold_database() -> None:
            if settings.database_url is None:
                server.append(attach(settings))
                held.callback(server[0].release)

        def keep_database() -> None:
            for each in server:
                each.ensure_running()

        preparation = _Preparation()
        broker = None if settings.broker_url is not None else held.enter_context(embedded_broker(settings))
        supervisor = Supervisor(
            settings.data_dir,
            parts(settings, broker, host, port),
            prepare=preparation.start,
            on_prepared=hold_database,
            on_ready=lambda: _ready(settings, host, port, preparation.setup_code()),
            meanwhile=keep_database,
            tell=note,
        )
        say(f"正在启动，数据目录 {settings.data_dir}，日志在 {settings.data_dir / 'logs'}")
        code = supervisor.run()
    if code:
        raise typer.Exit(code)
    say("已停止")


class _Preparation:
    """Makes or upgrades the database in a process of its own: what works on it need not stay in our memory."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> subprocess.Popen[bytes]:
        """Start it."""
        command = [sys.executable, "-m", "cli", "init", "--json"]
        end_with_us = die_with_parent(signal.SIGTERM)
        # Our own command, and no thread of ours runs yet. What it says fits into the pipe.
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, preexec_fn=end_with_us)  # noqa: S603, PLW1509
        return self._process

    def setup_code(self) -> str | None:
        """The code of the first set-up that it said when it was done; None where there are accounts."""
        if self._process is None or self._process.stdout is None:
            return None
        with self._process.stdout as out:
            said = out.read()
        code = json.loads(said or "{}").get("setup_code")
        return code if isinstance(code, str) else None


def _ready(settings: Settings, host: str, port: int, setup_code: str | None) -> None:
    shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104
    say(f"已就绪：http://{shown}:{port}/ （按 Ctrl-C 停止）")
    if setup_code is not None:
        say(f"{SETUP_CODE}{setup_code}")
    if settings.smtp_host is None:
        note("提示：没有设置发信服务器（YISHEN_SMTP_HOST），提醒只在站内显示")


def parts(settings: Settings, broker: EmbeddedBroker | None, host: str, port: int) -> list[Part]:
    """What the supervisor keeps up besides the database: web, broker, worker, beat."""
    from runtime.part import Part

    environment = _environment(settings, broker)
    needs = () if broker is None else (broker.part.name,)
    # Quiet: without its banner, which is drawn before the broker is known.
    celery = (sys.executable, "-m", "celery", "--quiet", "-A", "tasks.app")
    quiet = ("--loglevel", "WARNING")
    queues = "urgent,usual,long"
    return [
        Part(
            "web",
            (sys.executable, "-m", "web", "--host", host, "--port", str(port), "--patient"),
            environment,
            # It says that the database is being prepared until it is.
            early=True,
            is_ready=lambda: _answers(host, port),
        ),
        *(() if broker is None else (broker.part,)),
        Part(
            "worker",
            (*celery, "worker", "-c", str(WORKERS), "-Q", queues, "--without-gossip", "--without-mingle", *quiet),
            environment,
            needs=needs,
            grace=6.0,
        ),
        Part(
            "beat",
            (*celery, "beat", "--pidfile=", "-s", str(settings.data_dir / "beat.schedule"), *quiet),
            environment,
            needs=needs,
        ),
    ]


def _environment(settings: Settings, broker: EmbeddedBroker | None) -> dict[str, str]:
    """The whole environment of a part: ours, with the settings as this command read them."""
    environment = dict(os.environ)
    for name, value in settings.model_dump(exclude_none=True).items():
        environment[f"YISHEN_{name.upper()}"] = str(value)
    if broker is not None:
        environment["YISHEN_BROKER_URL"] = broker.address.url
    # The parts are started from the folder of the program, wherever the command was called.
    environment["PYTHONPATH"] = os.pathsep.join(
        filter(None, [str(Path(__file__).resolve().parents[1]), environment.get("PYTHONPATH", "")])
    )
    return environment


def _answers(host: str, port: int) -> bool:
    where = "127.0.0.1" if host in {"0.0.0.0", ""} else "::1" if host == "::" else host  # noqa: S104
    try:
        with socket.create_connection((where, port), 0.5):
            return True
    except OSError:
        return False


def _check_free(host: str, port: int) -> None:
    """Raises InputFault where the address cannot be listened on: better now than after everything else is up."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise InputFault(
            f"--host、--port：不能在 {host}:{port} 监听（{error.strerror or error}），应为本机地址和空闲的端口"
        ) from error
