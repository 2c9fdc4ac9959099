"""``yishen letter`` and ``yishen case bundle``: the whole life of a letter from the terminal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from runtime.database import Database
from tests.conftest import AGENCY, Yishen
from tests.ledgers import inside
from tests.letters.desk import SET_UP
from workflow import practice_book

OURS = ("--agency", AGENCY)


@pytest.fixture
def here(database: Database, agency_id: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Yishen:
    """The command in this process, with letters set up and one request."""
    yishen = inside(database, tmp_path, monkeypatch, capsys)
    with database.engine.begin() as connection:
        practice_book.change_all(connection, agency_id, SET_UP)
    personal = ("--name", "王小明", "--address", "测试市东街1号")
    done = yishen("case", "register", *OURS, "--kind", "自然人", "--subject", "道路养护合同", *personal)
    assert done.code == 0, done.err
    return yishen


def test_a_letter_from_draft_to_return_and_out_again(here: Yishen, tmp_path: Path) -> None:
    number = json.loads(here("letter", "list", *OURS, "--json").out)
    assert number == {"letters": [], "needed": []}
    (case,) = (line.split()[0] for line in here("case", "list", *OURS).out.splitlines() if "道路" in line)
    wanted = json.loads(here("letter", "list", case, *OURS, "--json").out)["needed"]
    assert {"L01", "L02", "L03"} <= {each["code"] for each in wanted}
    made = here("letter", "make", case, "L03", *OURS, "--event", "告知补正", "补正事项=请写明年份", "--json")
    assert made.code == 0, made.err
    letter = json.loads(made.out)["letter"]
    assert "《政府信息公开申请补正告知书》测数公开补〔" in here("letter", "sign", letter, *OURS).out
    checked = here("letter", "send", letter, *OURS, "--means", "邮寄（EMS）", "--check")
    assert (checked.code, "没有写明邮件号" in checked.out) == (1, True)
    post = ("--means", "邮寄（EMS）", "--tracking", "1234567890123")
    assert "已发出" in here("letter", "send", letter, *OURS, *post).out
    assert "被退回" in here("letter", "returned", letter, *OURS, "--reason", "查无此人").out
    assert "已发出" in here("letter", "send", letter, *OURS, *post).out
    assert here("letter", "delivered", letter, *OURS, "--how", "本人签收").code == 0
    kept = tmp_path / "letter.docx"
    assert here("letter", "file", letter, *OURS, "--out", kept).code == 0
    assert kept.read_bytes()[:2] == b"PK"
    assert "无" in here("letter", "gaps", *OURS).out
    assert "1 份文书：一致" in here("verify").out
    wrong = here("letter", "sign", "99", *OURS)
    assert (wrong.code, "没有第 99 号文书" in wrong.err) == (2, True)


def test_a_batch_and_its_sending(here: Yishen, tmp_path: Path) -> None:
    here("case", "register", *OURS, "--kind", "自然人", "--subject", "绿化合同", "--name", "李四")
    listed = json.loads(here("case", "list", *OURS, "--json").out)
    numbers = tmp_path / "numbers.txt"
    numbers.write_text("\n".join(each["number"] for each in listed), encoding="utf-8")
    done = here("letter", "batch", *OURS, "--code", "L02", "--numbers", numbers, "--json")
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert (found["total"], found["states"], found["faults"]) == (2, {"signed": 2}, [])
    sent = json.loads(here("letter", "batch", *OURS, "--send", found["batch"], "--means", "当面", "--json").out)
    assert sent["states"] == {"sent": 2}


def test_art33_a_batch_extends_each_of_its_cases_as_it_is_sent(here: Yishen, tmp_path: Path) -> None:
    (case,) = (each["number"] for each in json.loads(here("case", "list", *OURS, "--json").out))
    numbers = tmp_path / "numbers.txt"
    numbers.write_text(case, encoding="utf-8")
    ours = ("letter", "batch", *OURS, "--code", "L05", "--numbers", numbers)
    step = ("--event", "告知延期", "延期工作日=20", "延期理由=信息系统维护", "批准人=周主任")
    wrong = here(*ours, *step[2:])
    assert (wrong.code, "--event：为空" in wrong.err) == (2, True)
    wrong = here("letter", "batch", *OURS, "--again", "x", *step)
    assert (wrong.code, "只同 --code 一起写" in wrong.err) == (2, True)
    done = here(*ours, *step, "--json")
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert found["states"] == {"signed": 1}
    sent = json.loads(here("letter", "batch", *OURS, "--send", found["batch"], "--means", "当面", "--json").out)
    assert sent["states"] == {"sent": 1}
    assert "延期" in here("case", "show", case, *OURS).out


def test_templates_at_the_terminal(here: Yishen, tmp_path: Path) -> None:
    file = tmp_path / "L03.docx"
    assert here("letter", "template", "get", "L03", *OURS, "--out", file).code == 0
    assert "第 1 版" in here("letter", "template", "put", "L03", *OURS, file).out
    assert "《政府信息公开申请补正告知书》：第 1 版" in here("letter", "template", "list", *OURS).out
    assert "已恢复默认模板" in here("letter", "template", "restore", "L03", *OURS).out
    file.write_bytes(b"nothing")
    wrong = here("letter", "template", "put", "L03", *OURS, file)
    assert (wrong.code, "模板" in wrong.err) == (2, True)
    assert "不存在" in here("letter", "template", "get", "L99", *OURS, "--out", tmp_path / "x").err


def test_a_case_is_taken_out_and_checked_without_the_office(here: Yishen, tmp_path: Path) -> None:
    (case,) = (each["number"] for each in json.loads(here("case", "list", *OURS, "--json").out))
    out = tmp_path / "case.zip"
    taken = here("case", "bundle", case, *OURS, "--out", out, "--reason", "办理复议诉讼")
    assert (taken.code, "个人信息" in taken.err) == (0, True)
    found = json.loads(here("verify", "--bundle", out, "--json").out)
    assert (found["ok"], found["number"], found["sha256"] in taken.out) == (True, case, True)
    again = here("case", "bundle", case, *OURS, "--out", out, "--reason", "归档移交")
    assert (again.code, "应为还没有的文件" in again.err) == (2, True)
    content = bytearray(out.read_bytes())
    content[len(content) // 2] ^= 1
    out.write_bytes(content)
    assert here("verify", "--bundle", out).code in (1, 2)
