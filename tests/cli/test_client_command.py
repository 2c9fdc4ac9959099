"""``yishen client``: made with its token said once, listed without it, revoked."""

from __future__ import annotations

import json

from tests.conftest import AGENCY, Yishen


def test_a_client_is_made_listed_and_revoked(yishen: Yishen) -> None:
    agency = ("--agency", AGENCY)
    made = yishen("client", "add", "门户", *agency, "--scope", "requests:write", "--scope", "查询办件", "--json")
    assert made.code == 0, made.err
    found = json.loads(made.out)
    assert found["scopes"] == ["requests:write", "cases:read"]
    assert found["token"].startswith("ys_")
    (alive,) = json.loads(yishen("client", "list", *agency, "--json").out)
    assert (alive["living"], alive["approved_by"].startswith("cli:")) == (True, True)
    changed = yishen("client", "scopes", "门户", *agency, "--scope", "cases:write", "--json")
    assert json.loads(changed.out) == {"name": "门户", "scopes": ["cases:write"]}
    same = yishen("client", "scopes", "门户", *agency, "--scope", "cases:write")
    assert (same.code, "没有变更" in same.err) == (2, True)
    assert yishen("client", "revoke", "门户", *agency).code == 0
    listed = yishen("client", "list", *agency, "--json").out
    (left,) = json.loads(listed)
    assert found["token"] not in listed
    assert (left["living"], left["prefix"]) == (False, found["token"][:9])
    wrong = yishen("client", "add", "别的", *agency, "--scope", "everything")
    assert (wrong.code, "应为：requests:write" in wrong.err) == (2, True)
