"""``yishen``: the commands of ``contracts.md``, and the edge where every fault becomes one clear line.

Exit codes: 0 done; 1 the work was done and found something wrong; 2 the call or its input is wrong.
"""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import typer
from typer.main import get_command

from cli import (
    calendar,
    case,
    cases,
    client,
    deadline,
    inbox,
    letter,
    replay,
    report,
    running,
    settings,
    setup,
    staff,
    user,
)
from cli.speech import note
from runtime.faults import RuntimeFault
from workflow.faults import InputFault, Refusal

DONE, FOUND_WRONG, WRONG_CALL, INTERRUPTED = 0, 1, 2, 130

app = typer.Typer(
    name="yishen",
    help="依申：政府信息公开申请（依申请公开）办件系统。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
setup.add_to(app)
running.add_to(app)
cases.add_to(app)
replay.add_to(app)
inbox.add_to(app)
deadline.add_to(app)
app.add_typer(case.app, name="case")
app.add_typer(letter.app, name="letter")
app.add_typer(report.app, name="report")
app.add_typer(calendar.app, name="calendar")
app.add_typer(settings.app, name="settings")
app.add_typer(staff.app, name="staff")
app.add_typer(user.app, name="user")
app.add_typer(client.app, name="client")


def _usage(error: typer.TyperException) -> str:
    """A wrong call in one Chinese line."""
    message = error.format_message()
    parameter = getattr(error, "param", None)
    options = [name for name in getattr(parameter, "opts", ()) if name.startswith("-")]
    name = "／".join(options) or getattr(parameter, "metavar", None) or getattr(parameter, "name", None) or ""
    match type(error).__name__:
        case "NoSuchOption":
            near = "、".join(getattr(error, "possibilities", None) or [])
            text = f"没有选项“{getattr(error, 'option_name', '')}”" + (f"，是否指 {near}" if near else "")
        case "MissingParameter":
            text = f"缺少 {name}"
        case "BadParameter":
            text = f"{name}：{message}"
        case _ if message.startswith("No such command"):
            text = f"没有命令{message.removeprefix('No such command').rstrip('.')}"
        case _:
            text = message
    return f"{text.rstrip('.')}；用法见 yishen --help"


@cache
def _commands() -> Callable[..., Any]:
    """All commands, put together once for a process: it takes as long as most of them do."""
    return get_command(app)


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; whatever goes wrong is told in one line, or a line per fault."""
    try:
        code = _commands()(list(arguments), standalone_mode=False)
        return code if isinstance(code, int) else DONE
    except typer.TyperException as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            note(error.format_message())
        else:
            note(_usage(error))
        return WRONG_CALL
    except InputFault as fault:
        for sentence in fault.sentences:
            note(_one_line(sentence))
        return WRONG_CALL
    except (RuntimeFault, Refusal) as fault:
        note(_one_line(str(fault)))
        return WRONG_CALL
    except (KeyboardInterrupt, typer.Abort):
        note("已中断，未完成的改动没有保存")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone; there is nobody left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FOUND_WRONG
    except Exception as error:
        note(_unexpected(error))
        return WRONG_CALL


_REASONS = {
    os.strerror(number): words
    for number, words in (
        (errno.ENOENT, "没有这个文件或者文件夹"),
        (errno.EACCES, "没有权限"),
        (errno.EPERM, "没有权限"),
        (errno.EISDIR, "是一个文件夹"),
        (errno.ENOTDIR, "其中一级不是文件夹"),
        (errno.EROFS, "只能读，不能写"),
        (errno.ENOSPC, "磁盘已满"),
        (errno.ENAMETOOLONG, "文件名过长"),
    )
}


def _one_line(sentence: str) -> str:
    """A sentence on one line, whatever line breaks the value that it names has; the system's reasons in Chinese."""
    for reason, words in _REASONS.items():
        sentence = sentence.replace(f"（{reason}）", f"（{words}）")
    return " ".join(sentence.splitlines())


def _unexpected(error: Exception) -> str:
    """Keep where a fault of ours (or of the database) came from in a file and say so, in one line.

    Only the places and the first line of each message are kept: what follows may hold people's data.
    """
    from sqlalchemy.exc import DBAPIError

    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    lines = str(cause).strip().splitlines()
    what = f"{type(cause).__name__}：{lines[0] if lines else ''}"
    path = _data_dir() / "errors.log"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w", encoding="utf-8") as file:
            file.write(f"{datetime.now().astimezone().isoformat()} yishen {' '.join(sys.argv[1:2])} {what}\n")
            file.writelines(traceback.format_tb(error.__traceback__))
    except OSError:
        return f"没有完成，出现意外错误（{what}），未提交的改动没有保存"
    return f"没有完成，出现意外错误（{what}），未提交的改动没有保存；详情见 {path}"


def _data_dir() -> Path:
    from runtime.settings import load_settings

    try:
        return load_settings().data_dir
    except RuntimeFault:
        return Path("var")


def main() -> None:
    """The console command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A terminal without Chinese shows escapes; the work is not undone for it.
            stream.reconfigure(errors="backslashreplace")
    code = run(sys.argv[1:])
    try:
        sys.stdout.flush()
    except OSError as error:
        note(f"命令已执行，但结果不能写到标准输出（{error.strerror}）")
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = code or WRONG_CALL
    sys.exit(code)
