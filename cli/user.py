"""``yishen user``: who may sign in to the web. For whoever runs the machine; each change is in the audit log."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from cli.cases import AgencyOption, JsonOption
from cli.speech import note, say, say_json

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from cli.office import Office
    from models.vocabulary import Role
    from workflow.accounts import Account
    from workflow.audit import Author

app = typer.Typer(help="登录账号：建立，分配职责，锁定解锁，重置密码。", no_args_is_help=True, rich_markup_mode=None)

LoginArgument = Annotated[str, typer.Argument(metavar="LOGIN", help="登录名")]
RolesOption = Annotated[
    list[str] | None,
    typer.Option("--role", metavar="职责", help="可给多次：收件登记人、经办人、公开机构负责人、系统管理员等"),
]
ONCE = "提示：初始密码只显示这一次，首次登录时必须修改"


def author(agency_id: int | None) -> Author:
    """Who acts, for the audit log."""
    from cli.office import actor, now
    from workflow.audit import Author

    return Author(actor("cli"), agency_id, now())


def first_password(office: Office) -> tuple[str, str]:
    """A password for the first time, and its hash."""
    from web.passwords import Passwords, initial_password

    word = initial_password()
    return word, Passwords(office.settings).hash(word)


def _roles(given: list[str] | None) -> list[Role]:
    from cli import facts
    from models.vocabulary import Role

    return [facts.term(each, Role, "--role") for each in given or ()]


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="姓名")],
    login: Annotated[str, typer.Option("--login", metavar="LOGIN", help="登录名，全系统不重复")],
    agency: AgencyOption,
    role: RolesOption = None,
    as_json: JsonOption = False,
) -> None:
    """建立登录账号；已登记的工作人员由此得到登录名。显示一次初始密码。"""
    from cli.office import open_office
    from workflow import accounts

    chosen = _roles(role)
    accounts.check_roles(chosen)
    normal = accounts.normal_login(login)
    with open_office() as office:
        row = office.agency(agency)
        word, hashed = first_password(office)
        with office.engine.begin() as connection:
            accounts.make(connection, author(row.id), row.id, name, login, chosen or None, hashed)
            account = accounts.of_login(connection, normal)
    if as_json:
        say_json({"name": account.name, "login": normal, "roles": list(account.roles), "password": word})
        return
    say(f"已建立账号 {normal}（{account.name}，{_named(account.roles)}），初始密码 {word}")
    note(ONCE)


@app.command("list")
def list_accounts(
    agency: Annotated[str, typer.Option("--agency", help="机关代码；不给则列出全部")] = "", as_json: JsonOption = False
) -> None:
    """列出能够登录的账号。"""
    from sqlalchemy import select

    from cli.office import now, open_office
    from models import tables
    from workflow import accounts

    found: list[Account] = []
    with open_office() as office:
        if agency:
            ids = [int(office.agency(agency).id)]
        with office.engine.connect() as connection:
            if not agency:
                ids = list(connection.execute(select(tables.agency.c.id)).scalars())
            while batch := accounts.accounts(
                connection, ids, after=(found[-1].name, found[-1].id) if found else None, limit=1000
            ):
                found += batch
    found = [each for each in found if each.login is not None]
    instant = now()
    if as_json:
        say_json(
            [
                {
                    "name": each.name,
                    "login": each.login,
                    "agency": each.agency,
                    "roles": [role.value for role in each.roles],
                    "active": each.active,
                    "locked": each.locked(instant),
                    "second_factor": each.second_factor,
                }
                for each in found
            ]
        )
        return
    say(f"{len(found)} 个账号")
    for each in found:
        state = "已停用" if not each.active else "已锁定" if each.locked(instant) else "正常"
        factor = "，有动态口令" if each.second_factor else ""
        say(f"  {each.login} {each.name}（{each.agency}）{_named(each.roles)}，{state}{factor}")


@app.command("roles")
def roles(login: LoginArgument, role: RolesOption = None, as_json: JsonOption = False) -> None:
    """分配职责：从此只有给出的这些；一个都不给即全部取消。"""
    from cli.office import open_office
    from workflow import accounts

    chosen = _roles(role)
    with open_office() as office, office.engine.begin() as connection:
        account = accounts.of_login(connection, login)
        changed = accounts.set_roles(connection, author(account.agency_id), account, chosen)
        account = accounts.of_login(connection, login)
    if as_json:
        say_json({"login": account.login, "roles": list(account.roles), "changed": changed})
    else:
        say(f"{account.login}（{account.name}）：{_named(account.roles)}{'' if changed else '，未改动'}")


@app.command("lock")
def lock(login: LoginArgument, as_json: JsonOption = False) -> None:
    """锁定账号，其登录都退出；直到解锁。"""
    from workflow import accounts

    name = _do(login, accounts.lock)
    if as_json:
        say_json({"login": name, "locked": True})
    else:
        say(f"{name} 已锁定，其登录都已退出")


@app.command("unlock")
def unlock(login: LoginArgument, as_json: JsonOption = False) -> None:
    """解锁账号。"""
    from workflow import accounts

    name = _do(login, accounts.unlock)
    if as_json:
        say_json({"login": name, "locked": False})
    else:
        say(f"{name} 已解锁")


@app.command("password")
def password(login: LoginArgument, as_json: JsonOption = False) -> None:
    """重置密码：显示一次新的初始密码，其登录都退出。"""
    from cli.office import open_office
    from workflow import accounts

    with open_office() as office:
        word, hashed = first_password(office)
        with office.engine.begin() as connection:
            account = accounts.of_login(connection, login)
            accounts.reset_password(connection, author(account.agency_id), account, hashed)
    if as_json:
        say_json({"login": account.login, "password": word})
        return
    say(f"{account.login} 的初始密码 {word}")
    note(ONCE)


@app.command("drop-factor")
def drop_factor(login: LoginArgument, as_json: JsonOption = False) -> None:
    """停用动态口令（手机遗失时），其登录都退出。"""
    from workflow import accounts

    name = _do(login, accounts.remove_second_factor)
    if as_json:
        say_json({"login": name, "second_factor": False})
    else:
        say(f"{name} 的动态口令已停用")


def _do(login: str, what: Callable[[Connection, Author, Account], None]) -> str | None:
    """Do it to an account, in one transaction; the account's login as it is stored."""
    from cli.office import open_office
    from workflow import accounts

    with open_office() as office, office.engine.begin() as connection:
        account = accounts.of_login(connection, login)
        what(connection, author(account.agency_id), account)
    return account.login


def _named(roles: tuple[Role, ...]) -> str:
    return "、".join(role.label for role in roles) or "尚未分配职责"
