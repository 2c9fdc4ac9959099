"""The secret that personal fields are sealed with: from the environment, or a key file made at first use."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from runtime.faults import RuntimeFault

if TYPE_CHECKING:
    from runtime.settings import Settings

KEY_FILE = "secret.key"


def secret_key(settings: Settings, *, make: bool) -> str:
    """``YISHEN_SECRET_KEY``, or the content of ``secret.key`` in the data folder.

    With ``make`` a missing file is made, with mode 0600. Who loses it can read no sealed field any more: it belongs
    into the backup, apart from the data. RuntimeFault if there is no key, or the file can be neither read nor made.
    """
    if settings.secret_key:
        return settings.secret_key
    path = settings.data_dir / KEY_FILE
    try:
        if not path.exists():
            if not make:
                raise RuntimeFault(
                    f"密钥文件 {path} 不见了，请从备份恢复，或设置 YISHEN_SECRET_KEY；没有它不能打开个人信息"
                )
            _make(path)
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise RuntimeFault(
            f"密钥文件 {path} 不能读取或建立（{error}），请检查权限，或设置 YISHEN_SECRET_KEY"
        ) from error


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(32) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        # A link never replaces: of several first starters one wins and all use its key.
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
