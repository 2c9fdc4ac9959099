"""The description of the interface is whole: every body and answer with an example that fits, every problem told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from models.vocabulary import EventKind, Scope
from tests.web.api.conftest import MakePortal, Portal
from web.api import examples, problems, shapes
from web.language import COOKIE


@pytest.fixture
def described(client: TestClient) -> dict[str, Any]:
    return client.get("/api/v1/openapi.json").json()


def operations(described: dict[str, Any]) -> list[dict[str, Any]]:
    return [operation for methods in described["paths"].values() for operation in methods.values()]


def test_every_example_is_what_its_shape_says() -> None:
    for name, example in examples.EXAMPLES.items():
        shape = getattr(shapes, name)
        assert shape.model_validate(example), name
    assert shapes.ProblemDetails.model_validate(examples.PROBLEM)


def test_every_operation_says_who_may_what_comes_and_what_may_be_wrong(described: dict[str, Any]) -> None:
    found = operations(described)
    assert len({each["operationId"] for each in found}) == len(found) >= 17
    for each in found:
        assert each["security"] == [{"token": []}]
        assert each["summary"]
        assert each["description"]
        assert {"401", "403", "503"} <= set(each["responses"])
        for status, answer in each["responses"].items():
            ((media, content),) = answer["content"].items()
            assert (media == "application/problem+json") is (status >= "400")
            assert "example" in content
        for parameter in each.get("parameters", ()):
            assert parameter["description"], (each["operationId"], parameter["name"])
        if "requestBody" in each:
            assert "example" in each["requestBody"]["content"]["application/json"]


def test_every_reference_leads_somewhere(described: dict[str, Any]) -> None:
    def walk(part: Any) -> None:
        if isinstance(part, dict):
            if "$ref" in part:
                assert part["$ref"].rpartition("/")[2] in described["components"]["schemas"]
            for each in part.values():
                walk(each)
        elif isinstance(part, list):
            for each in part:
                walk(each)

    walk(described)
    assert "HTTPValidationError" not in str(described)


def test_the_tables_of_scopes_and_steps_are_in_it(described: dict[str, Any]) -> None:
    about = described["info"]["description"]
    assert all(f"`{scope.value}`" in about for scope in Scope)
    assert f"`extend` {EventKind.EXTEND.label}" in about
    assert "`carry_over`" not in about


def test_the_pages_own_nothing_of_it(client: TestClient) -> None:
    for path in ("/docs", "/redoc", "/openapi.json", "/api/v1/docs", "/api"):
        assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nothing", 404), ("DELETE", "/cases/1", 405), ("GET", "/cases/x", 422), ("GET", "/reports/2001", 404)],
)
def test_what_is_wrong_is_a_problem_in_the_language_asked_for(
    portal: Portal, method: str, path: str, status: int
) -> None:
    portal.client.cookies.set(COOKIE, "en")
    for wanted, chinese in (("zh-CN,zh;q=0.9", True), ("en-GB,en;q=0.8", False), ("fr", True)):
        headers = {"accept-language": wanted, "accept": "text/html"}
        answer = portal.ask(method, path, headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
        found = answer.json()
        assert found["status"] == status
        assert any("\u4e00" <= sign <= "\u9fff" for sign in found["title"]) is chinese
        assert any("\u4e00" <= sign <= "\u9fff" for sign in found["detail"]) is chinese
        assert answer.headers["cache-control"] == "no-store"
    if status == 405:
        assert "GET" in answer.headers["allow"]


def test_an_unexpected_fault_is_a_problem_without_its_words(
    portal_with: MakePortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("secret words")

    portal = portal_with(Scope.CALENDAR_READ)
    monkeypatch.setattr("workflow.notices.describe", fail)
    answer = portal.get("/calendar/2026")
    assert (answer.status_code, answer.json()["type"]) == (500, "urn:yishen:problem:internal")
    assert "secret" not in answer.text


def test_the_document_names_every_address_scope_and_kind_of_problem(described: dict[str, Any]) -> None:
    document = (Path(shapes.__file__).parents[2] / "docs" / "api.zh-CN.md").read_text(encoding="utf-8")
    assert [path for path in described["paths"] if path not in document] == []
    assert [scope for scope in Scope if f"`{scope.value}`" not in document] == []
    assert [kind.name for kind in problems.KINDS if f"`{kind.name}`" not in document] == []
