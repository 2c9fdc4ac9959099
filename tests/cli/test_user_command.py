"""``yishen user`` and the accounts that ``yishen init`` makes: passwords shown once, every change in the audit log."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from models.tables import audit_event, user_account
from models.vocabulary import Role
from runtime.database import Database
from runtime.settings import Settings
from tests.conftest import AGENCY, Result, Yishen
from tests.ledgers import inside
from web.passwords import Passwords

OURS = ("--agency", AGENCY)


@pytest.fixture
def here(database: Database, agency_id: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Yishen:
    """The command in this process, its hashes light."""
    for name, value in (("TIME", "1"), ("MEMORY_KIB", "8192"), ("LANES", "1")):
        monkeypatch.setenv(f"YISHEN_ARGON2_{name}", value)
    return inside(database, tmp_path, monkeypatch, capsys)


def row(database: Database, login: str) -> Any:
    with database.engine.connect() as connection:
        return connection.execute(select(user_account).where(user_account.c.login == login)).one()


def fits(database: Database, login: str, password: str) -> bool:
    return Passwords(Settings()).matches(row(database, login).password_hash, password)


def refused(result: Result, *said: str) -> None:
    assert (result.code, result.out) == (2, "")
    (line,) = result.err.splitlines()
    assert all(word in line for word in said), line


def test_an_account_is_made_with_a_password_that_is_shown_once(here: Yishen, database: Database) -> None:
    done = here("user", "add", "张某", "--login", "Zhang", "--role", "经办人", "--role", "收件登记人", *OURS, "--json")
    said = json.loads(done.out)
    assert fits(database, "zhang", said.pop("password"))
    assert said == {"name": "张某", "login": "zhang", "roles": ["clerk", "officer"]}
    assert row(database, "zhang").must_change
    assert json.loads(here("user", "list", *OURS, "--json").out)[0]["login"] == "zhang"
    assert "zhang 张某" in here("user", "list").out
    assert json.loads(here("staff", "list", *OURS, "--json").out)[0]["roles"] == ["clerk", "officer"]
    refused(here("user", "add", "李某", "--login", "ZHANG", *OURS), "zhang", "已被使用")
    refused(here("staff", "add", "张某", "--role", "分管领导", *OURS), "yishen user roles zhang")
    here("staff", "leave", "张某", *OURS)
    assert here("staff", "add", "张某", "--role", "经办人", *OURS).code == 0
    assert (row(database, "zhang").active, row(database, "zhang").roles) == (True, ["clerk", "officer"])


def test_roles_locks_passwords_and_the_second_factor(here: Yishen, database: Database) -> None:
    here("user", "add", "张某", "--login", "zhang", *OURS)
    assert row(database, "zhang").roles == []
    assert "经办人" in here("user", "roles", "zhang", "--role", "经办人").out
    assert "未改动" in here("user", "roles", "zhang", "--role", "经办人").out
    refused(
        here("user", "roles", "zhang", "--role", "经办人", "--role", "安全管理员"), "职责", "安全管理员", "单独的账号"
    )
    assert here("user", "lock", "zhang").code == 0
    assert "已锁定" in here("user", "list").out
    assert here("user", "unlock", "zhang").code == 0
    assert fits(database, "zhang", json.loads(here("user", "password", "zhang", "--json").out)["password"])
    assert here("user", "drop-factor", "zhang").code == 0
    refused(here("user", "lock", "nobody"), "nobody", "yishen user list")
    with database.engine.connect() as connection:
        kinds = connection.execute(select(audit_event.c.kind).order_by(audit_event.c.id)).scalars().all()
        actors = set(connection.execute(select(audit_event.c.actor)).scalars())
    assert kinds == ["account_made", "role_changed", "locked", "unlocked", "password_reset", "totp_removed"]
    assert all(actor.startswith("cli:") for actor in actors)
    verified = json.loads(here("verify", "--json").out)
    assert (verified["ok"], verified["audit_events"]) == (True, 6)


def test_init_gives_a_code_until_there_is_an_account_and_the_administrator_a_password_once(
    here: Yishen, database: Database
) -> None:
    first, second = (json.loads(here("init", "--json").out)["setup_code"] for _ in range(2))
    assert first != second
    assert second not in str(here("init").out)
    done = json.loads(here("init", *OURS, "--name", "测试市数据局", "--admin", "王 五", "--json").out)
    assert (done["admin_login"], "setup_code" in done) == ("sysadmin", False)
    assert fits(database, "sysadmin", done["admin_password"])
    assert row(database, "sysadmin").roles == [Role.SYSTEM_ADMINISTRATOR.value]
    again = json.loads(here("init", "--admin", "王 五", "--json").out)
    assert {"admin_password", "setup_code"} & set(again) == set()
    chosen = json.loads(here("init", "--admin", "赵六", "--login", "Zhao.Liu", "--json").out)
    assert chosen["admin_login"] == "zhao.liu"
    refused(here("init", "--login", "x"), "--admin")
