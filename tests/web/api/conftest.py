"""A client of the interface beside the office of its agency."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import Engine

from models.vocabulary import Scope
from tasks.office import Office
from tests.conftest import NOW, TODAY
from workflow import clients
from workflow.audit import Author

LETTER: dict[str, Any] = {
    "applicant_kind": "natural_person",
    "subject": "2025 年度城市道路养护资金的安排和使用情况",
    "channel": "in_person",
    "applicant": {"name": "王小明", "identity_number": "11010519491231002X", "telephone": "13912345678"},
    "submitted_on": "2026-11-20",
}


def enter_client(
    engine: Engine,
    agency_id: int,
    *scopes: Scope,
    name: str = "市政府门户网站",
    below: bool = False,
    expires_on: date | None = None,
    approved: bool = True,
    actor: str = "cli:test",
) -> str:
    """Enter a client, confirmed at once as on the command line; returns its token."""
    with engine.begin() as connection:
        author = Author(actor, agency_id, NOW)
        _id, token = clients.make(
            connection,
            author,
            agency_id,
            name,
            scopes,
            below=below,
            expires_on=expires_on,
            approved=approved,
            today=TODAY,
        )
    return token


class Portal:
    """A program that speaks with the interface."""

    def __init__(self, client: TestClient, token: str) -> None:
        self.client, self.token = client, token

    def ask(self, method: str, path: str, **more: Any) -> Response:
        headers = {"authorization": f"Bearer {self.token}", **more.pop("headers", {})}
        return self.client.request(method, f"/api/v1{path}", headers=headers, **more)

    def get(self, path: str, **more: Any) -> Response:
        return self.ask("GET", path, **more)

    def post(self, path: str, body: object, key: str | None = None, **more: Any) -> Response:
        headers = {} if key is None else {"idempotency-key": key}
        return self.ask("POST", path, json=body, headers={**headers, **more.pop("headers", {})}, **more)

    def hand_in(self, key: str | None = None, **changes: Any) -> Response:
        return self.post("/requests", {**LETTER, **changes}, key or str(uuid4()))


MakePortal = Callable[..., Portal]


@pytest.fixture
def portal_with(client: TestClient, office: Office, agency_id: int) -> MakePortal:
    """A portal whose client has these scopes."""

    def make(*scopes: Scope, agency: int = agency_id, **more: Any) -> Portal:
        return Portal(client, enter_client(office.engine, agency, *scopes, **more))

    return make


@pytest.fixture
def portal(portal_with: MakePortal) -> Portal:
    """A portal that may do everything."""
    return portal_with(*Scope)
