"""``yishen deadline``: the command in an empty folder, without a database."""

from __future__ import annotations

import json
import random
from datetime import date
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest

from cli import main
from tests.conftest import Result, Yishen, command
from tests.workflow.slow_reckoning import as_json, random_case, slow_reckoning

FACTS = {"received": "2026-03-02", "as_of": "2026-03-03"}


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Yishen:
    """The command in this process, where there is no database."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object, stdin: str | bytes = b"") -> Result:
        given = stdin.encode() if isinstance(stdin, str) else stdin
        monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(given), encoding="utf-8"))
        capsys.readouterr()
        code = main.run([str(argument) for argument in arguments])
        return Result(code, *capsys.readouterr())

    return run


def told(result: Result) -> list[str]:
    """The sentences of a refused call: exit code 2, nothing on standard output, no trace of a crash."""
    assert result.code == 2
    assert result.out == ""
    assert "Traceback" not in result.err
    assert "意外错误" not in result.err
    return result.err.splitlines()


def plain(slow: dict[str, Any]) -> dict[str, Any]:
    """The slow reckoning as the command would print it, its deadlines as (kind, due)."""
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in slow.items()} | {
        "deadlines": sorted([kind, due.isoformat()] for kind, due in slow["deadlines"])
    }


def test_two_thousand_cases_in_one_list_agree_with_the_slow_reckoning_and_nothing_is_stored(
    tmp_path: Path,
) -> None:
    numbers = random.Random(20_190_515)  # the day on which the revised Regulation came into force
    cases = [random_case(numbers.randint, most=1) for _ in range(2000)]
    result = command(tmp_path)("deadline", "-", stdin=json.dumps([as_json(case) for case in cases]))
    assert (result.code, result.err) == (0, "")
    answers = json.loads(result.out)
    assert len(answers) == 2000
    wrong = []
    for case, found in zip(cases, answers, strict=True):
        explanation = found.pop("explanation")
        assert explanation
        found["deadlines"] = sorted([due["kind"], due["due"]] for due in found["deadlines"])
        if found != plain(slow_reckoning(case)):
            wrong.append((as_json(case), found))
    assert wrong == []
    assert {
        state: sum(found["state"] == state for found in answers) > 100 for state in ("running", "suspended", "stopped")
    } == {"running": True, "suspended": True, "stopped": True}
    assert list(tmp_path.iterdir()) == []


def test_one_object_gives_one_answer_from_a_file_and_from_standard_input(alone: Yishen, tmp_path: Path) -> None:
    path = tmp_path / "facts.json"
    path.write_text(json.dumps(FACTS), encoding="utf-8")
    from_file = alone("deadline", path)
    assert (from_file.code, from_file.err) == (0, "")
    assert json.loads(from_file.out)["reply_due"] == "2026-03-30"
    assert alone("deadline", "-", stdin=json.dumps(FACTS)) == from_file
    assert list(tmp_path.iterdir()) == [path]


def test_the_answer_is_readable_chinese(alone: Yishen) -> None:
    assert "2026-03-02 收到申请" in alone("deadline", "-", stdin=json.dumps(FACTS)).out


def test_a_list_gives_the_list_of_the_answers_in_its_order(alone: Yishen) -> None:
    questions = [{"received": day, "as_of": "2026-05-06"} for day in ("2026-03-02", "2026-01-05", "2026-04-30")]
    answers = json.loads(alone("deadline", "-", stdin=json.dumps(questions)).out)
    assert [each["reply_due"] for each in answers] == ["2026-03-30", "2026-02-02", "2026-06-01"]


def test_an_empty_list_gives_an_empty_list(alone: Yishen) -> None:
    result = alone("deadline", "-", stdin="[]")
    assert (result.code, json.loads(result.out), result.err) == (0, [], "")


def test_a_byte_order_mark_is_no_fault(alone: Yishen) -> None:
    assert alone("deadline", "-", stdin=b"\xef\xbb\xbf" + json.dumps(FACTS).encode()).code == 0


def test_an_unknown_key_is_a_warning_on_standard_error_and_the_answer_stands(alone: Yishen) -> None:
    result = alone("deadline", "-", stdin=json.dumps([FACTS, FACTS | {"fee": {"notified": "2026-03-03", "payed": 1}}]))
    assert result.code == 0
    assert len(json.loads(result.out)) == 2
    (line,) = result.err.splitlines()
    assert line.endswith("第2项 fee.payed：不认识的键，未使用（可用：notified、paid）")


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({}, "received：缺少，不是有效日期，应为形如 2026-03-02 的日期"),
        ({"received": "2026-02-30"}, "received：“2026-02-30”不是有效日期，应为形如 2026-03-02 的日期"),
        ({"received": 20260302}, "received：“20260302”不是有效日期，应为形如 2026-03-02 的日期"),
        ({"received": "2007-12-31"}, "received：“2007-12-31”超出范围，应在 2008 年至 2098 年之间"),
        (FACTS | {"consultations": {}}, "consultations：“{}”应为一个列表"),
        (
            FACTS | {"extension": {"told": "2026-03-03", "working_days": 21}},
            "extension.working_days：“21”应为 0 至 20 的整数（条例第三十三条）",
        ),
        (
            FACTS | {"correction": {"asked": "2026-03-05", "received": "2026-03-04"}},
            "correction.received：“2026-03-04”早于 correction.asked 2026-03-05，不应早于它",
        ),
    ],
)
def test_a_fault_is_one_sentence_naming_path_and_value(alone: Yishen, document: object, sentence: str) -> None:
    (line,) = told(alone("deadline", "-", stdin=json.dumps(document, ensure_ascii=False)))
    assert line.endswith(sentence)


def test_one_bad_case_in_a_list_stops_the_list_and_each_fault_names_its_item(alone: Yishen, tmp_path: Path) -> None:
    questions = [FACTS, {"received": "x"}, FACTS, {"received": "2026-03-02", "fee": {"notified": "2026-03-01"}}, 7]
    lines = told(alone("deadline", "-", stdin=json.dumps(questions)))
    places = ("第2项 received：“x”", "第4项 fee.notified：“2026-03-01”", "第5项")
    assert [place in line for place, line in zip(places, lines, strict=True)] == [True, True, True]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["3", '"2026-03-02"', "null", "true"])
def test_json_that_is_neither_an_object_nor_a_list_is_one_sentence(alone: Yishen, text: str) -> None:
    (line,) = told(alone("deadline", "-", stdin=text))
    assert "应为一个对象" in line


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "标准输入：第 1 行第 1 列不是有效的 JSON"),
        ("{", "标准输入：第 1 行第 2 列不是有效的 JSON"),
        ('{"received": "2026-03-02",\n "as_of": }', "标准输入：第 2 行第 11 列不是有效的 JSON"),
        (b"\xb1\xa8\xb8\xe6", "标准输入：不是 UTF-8 文本"),
        ("[" * 100_000, "标准输入：JSON 嵌套过深"),
        ('{"received": ' + "1" * 5000 + "}", "标准输入"),
    ],
    ids=["empty", "cut off", "second line", "not UTF-8", "nested too deep", "a number of 5,000 digits"],
)
def test_bad_json_is_one_sentence_naming_the_place(
    alone: Yishen, tmp_path: Path, text: str | bytes, words: str
) -> None:
    (line,) = told(alone("deadline", "-", stdin=text))
    assert line.startswith(words)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_not_there_is_named(alone: Yishen, tmp_path: Path) -> None:
    assert told(alone("deadline", "没有.json")) == ["没有.json：没有这个文件"]
    (tmp_path / "folder").mkdir()
    (line,) = told(alone("deadline", "folder"))
    assert line.startswith("folder：不能读取")


def test_a_fault_in_a_file_names_the_file(alone: Yishen, tmp_path: Path) -> None:
    """contracts.md: one line that names the file, row, column and value, and what would be accepted."""
    (tmp_path / "facts.json").write_text('{"received": "x"}', encoding="utf-8")
    (line,) = told(alone("deadline", "facts.json"))
    assert "received：“x”" in line
    assert "facts.json" in line


def test_a_value_with_line_breaks_does_not_break_the_line(alone: Yishen) -> None:
    assert len(told(alone("deadline", "-", stdin=json.dumps({"received": "2026\n03\n02"})))) == 1


@pytest.mark.parametrize("arguments", [(), ("a.json", "b.json"), ("--agnecy", "x", "a.json")])
def test_a_wrong_call_is_one_sentence(alone: Yishen, arguments: tuple[str, ...]) -> None:
    assert len(told(alone("deadline", *arguments))) == 1


def test_an_agency_where_nothing_is_initialised_is_one_sentence(alone: Yishen, tmp_path: Path) -> None:
    (line,) = told(alone("deadline", "-", "--agency", "jinzhan", stdin=json.dumps(FACTS)))
    assert "jinzhan" in line
    assert list(tmp_path.iterdir()) == []
