"""The commands of docs/guide.zh-CN.md, run as they stand there, one after the other."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from runtime.database import Database
from tests.conftest import AGENCY, Yishen
from tests.ledgers import verified, write_words

GUIDE = Path(__file__).parents[2] / "docs" / "guide.zh-CN.md"
COMMANDS = re.findall(r"^\$ yishen (.*)$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)


def test_every_command_of_the_guide_does_what_it_says(
    here: Yishen, database: Database, agency_id: int, tmp_path: Path
) -> None:
    assert len(COMMANDS) >= 10
    (tmp_path / "来文.pdf").write_bytes(b"%PDF-1.7 a letter")
    (tmp_path / "正文.txt").write_text("全年收到{本年新收}件。", encoding="utf-8")
    (tmp_path / "来文.pdf").write_bytes(b"%PDF-1.7\n%%EOF\n")
    for command in COMMANDS:
        words = shlex.split(command, comments=True)
        if words[:2] == ["report", "seal"]:
            # By now the officer has written what the guide cannot write for anyone.
            write_words(database.engine, agency_id, int(words[2]))
        result = here(*(AGENCY if word == "代码" else word for word in words))
        assert result.code == 0, (command, result.err)
    assert verified(database.engine).ok
