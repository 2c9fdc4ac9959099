"""``yishen client``: programs of others that work through the interface; each change is in the audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.cases import AgencyOption, JsonOption
from cli.speech import note, say, say_json
from cli.user import author
from cli.values import day_of
from workflow.faults import InputFault

if TYPE_CHECKING:
    from models.vocabulary import Scope

app = typer.Typer(help="接口账号：建立，列出，变更权限，停用。", no_args_is_help=True, rich_markup_mode=None)

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="名称，如 市政府门户网站")]

ScopesOption = Annotated[
    list[str], typer.Option("--scope", metavar="权限", help="可给多次，如 requests:write、cases:read")
]


def _scopes(given: list[str]) -> list[Scope]:
    """The scopes by value or by label. Raises InputFault naming those there are."""
    from models.vocabulary import Scope

    found = []
    for each in given:
        scope = next((scope for scope in Scope if each.strip() in {scope.value, scope.label}), None)
        if scope is None:
            known = "、".join(f"{scope.value}（{scope.label}）" for scope in Scope)
            raise InputFault(f"--scope：“{each}”不是接口权限，应为：{known}")
        found.append(scope)
    return found


@app.command("add")
def add(
    name: NameArgument,
    agency: AgencyOption,
    scope: ScopesOption,
    below: Annotated[bool, typer.Option("--below", help="包括下属机关（只能查询）")] = False,
    expires: Annotated[str, typer.Option("--expires", metavar="DATE", help="有效期至；不填的一直有效")] = "",
    as_json: JsonOption = False,
) -> None:
    """建立接口账号，显示一次令牌。"""
    from cli.office import now, open_office
    from workflow import clients, desk

    chosen, until = _scopes(scope), day_of(expires, "--expires")
    with open_office() as office:
        row = office.agency(agency)
        with office.engine.begin() as connection:
            _id, token = clients.make(
                connection,
                author(row.id),
                row.id,
                name,
                chosen,
                below=below,
                expires_on=until,
                approved=True,
                today=desk.day_of(now()),
            )
    if as_json:
        say_json({"name": name.strip(), "agency": agency, "scopes": [each.value for each in chosen], "token": token})
        return
    say(f"接口账号 {name.strip()} 已建立：{'、'.join(each.label for each in chosen)}")
    say(f"令牌 {token}")
    note("提示：令牌只显示这一次，遗失的只能停用后另建")


@app.command("list")
def list_clients(agency: AgencyOption, as_json: JsonOption = False) -> None:
    """列出接口账号，停用的也在内；不显示令牌。"""
    from cli.office import now, open_office
    from workflow import clients, desk

    today = desk.day_of(now())
    with open_office() as office:
        row = office.agency(agency)
        with office.engine.connect() as connection:
            found = clients.clients(connection, {row.id})
    if as_json:
        say_json(
            [
                {
                    "name": each.name,
                    "prefix": each.prefix,
                    "scopes": [scope.value for scope in each.scopes],
                    "asked_scopes": [scope.value for scope in each.asked],
                    "below": each.below,
                    "living": each.living(today),
                    "approved_by": each.approved_by,
                    "expires_on": each.expires_on and each.expires_on.isoformat(),
                    "last_used_at": each.last_used_at and each.last_used_at.isoformat(),
                    "revoked_at": each.revoked_at and each.revoked_at.isoformat(),
                }
                for each in found
            ]
        )
        return
    say(f"{len(found)} 个接口账号")
    for each in found:
        alive = "有效" if each.living(today) else "待确认" if each.waiting(today) else "已到期"
        state = "已停用" if each.revoked_at else alive
        more = "，包括下属机关" if each.below else ""
        until = f"，至 {each.expires_on}" if each.expires_on and each.living(today) else ""
        say(f"  {each.name}（{each.prefix}…）{'、'.join(scope.label for scope in each.scopes)}{more}，{state}{until}")


@app.command("scopes")
def scopes(name: NameArgument, agency: AgencyOption, scope: ScopesOption, as_json: JsonOption = False) -> None:
    """变更权限：从此只有给出的这些，立即生效；待确认的由此得到确认。令牌不变。"""
    from cli.office import open_office
    from workflow import clients

    chosen = _scopes(scope)
    with open_office() as office:
        row = office.agency(agency)
        with office.engine.begin() as connection:
            client = clients.named(connection, row.id, name)
            clients.change(connection, author(row.id), client, chosen, approved=True)
            client = clients.named(connection, row.id, name)
    if as_json:
        say_json({"name": client.name, "scopes": [each.value for each in client.scopes]})
    else:
        say(f"接口账号 {client.name} 的权限已变更：{'、'.join(each.label for each in client.scopes)}")


@app.command("revoke")
def revoke(name: NameArgument, agency: AgencyOption, as_json: JsonOption = False) -> None:
    """停用接口账号：令牌立即失效，不能恢复。"""
    from cli.office import open_office
    from workflow import clients

    with open_office() as office:
        row = office.agency(agency)
        with office.engine.begin() as connection:
            client = clients.named(connection, row.id, name)
            done = clients.revoke(connection, author(row.id), client)
    if as_json:
        say_json({"name": client.name, "revoked": True, "changed": done})
    else:
        say(f"{client.name} {'已停用，令牌立即失效' if done else '先前已停用'}")
