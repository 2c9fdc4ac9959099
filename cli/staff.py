"""``yishen staff``: the people of an agency, where they are reminded, and their calendar feeds."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.cases import AgencyOption, JsonOption
from cli.speech import note, say, say_json
from workflow.faults import InputFault

app = typer.Typer(help="工作人员：登记，离岗，提醒发到哪里，日历订阅。", no_args_is_help=True, rich_markup_mode=None)

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="姓名")]
_LONGEST_NAME = 200


@app.command("add")
def add(
    name: NameArgument,
    role: Annotated[str, typer.Option("--role", metavar="职责", help="收件登记人、经办人、公开机构负责人、分管领导等")],
    agency: AgencyOption,
    as_json: JsonOption = False,
) -> None:
    """登记一位工作人员，或者改变其职责；离岗的重新登记即恢复。"""
    from cli import facts
    from cli.office import open_office
    from models.vocabulary import Role
    from workflow import staff

    kind = facts.term(role, Role, "--role")
    if len(name) > _LONGEST_NAME:
        raise InputFault(f"NAME：有 {len(name)} 个字，应不超过 {_LONGEST_NAME} 个字")
    with open_office() as office:
        row = office.agency(agency)
        with office.engine.begin() as connection:
            made = staff.enter(connection, row.id, name, kind)
    if as_json:
        say_json({"name": name.strip(), "role": kind.value, "made": made})
    else:
        say(f"{kind.label} {name.strip()} {'已登记' if made else '原已登记，职责如上'}")


@app.command("list")
def list_people(agency: AgencyOption, as_json: JsonOption = False) -> None:
    """列出工作人员；不显示地址。"""
    from cli.office import open_office
    from models.vocabulary import Outlet
    from workflow import staff

    with open_office() as office:
        row = office.agency(agency)
        with office.engine.connect() as connection:
            people = staff.people(connection, row.id)
    if as_json:
        say_json(
            [
                {
                    "name": person.name,
                    "role": next((role.value for role in person.roles), None),
                    "role_label": next((role.label for role in person.roles), None),
                    "roles": [role.value for role in person.roles],
                    "active": person.active,
                    "outlets": [outlet.value for outlet in (Outlet.INBOX, *person.outlets)],
                }
                for person in people
            ]
        )
        return
    say(f"{sum(person.active for person in people)} 人在岗")
    for person in people:
        outlets = "、".join(outlet.label for outlet in (Outlet.INBOX, *person.outlets))
        roles = "、".join(role.label for role in person.roles) or "未分配职责"
        say(f"  {person.name} {roles}，{f'提醒：{outlets}' if person.active else '已离岗'}")


@app.command("leave")
def leave(name: NameArgument, agency: AgencyOption, as_json: JsonOption = False) -> None:
    """离岗：不再提醒；日志里的姓名不变。"""
    from cli.office import open_office
    from workflow import staff

    with open_office() as office:
        row = office.agency(agency)
        with office.engine.begin() as connection:
            staff.leave(connection, row.id, name)
    if as_json:
        say_json({"name": name, "active": False})
    else:
        say(f"{name} 已离岗，不再提醒；其名下未办结的办件请另行分派（yishen case record 登记编号 分派经办人）")


@app.command("reach")
def reach(
    name: NameArgument,
    outlet: Annotated[str, typer.Option("--outlet", metavar="渠道", help="电子邮件、即时消息")],
    agency: AgencyOption,
    address: Annotated[str, typer.Option("--to", metavar="ADDRESS", help="邮箱，或者 apprise 的地址（加密保存）")] = "",
    off: Annotated[bool, typer.Option("--off", help="不再发到这一渠道")] = False,
    as_json: JsonOption = False,
) -> None:
    """站内之外，提醒还发到哪里。"""
    from cli.office import open_office
    from models.vocabulary import Outlet
    from tasks.channels import check_address
    from workflow import staff

    kind = Outlet.of_label(outlet)
    others = [each for each in Outlet if each is not Outlet.INBOX]
    if kind not in others:
        raise InputFault(f"--outlet：“{outlet}”不在可用的值之中，应为：{'、'.join(each.label for each in others)}")
    if bool(address) == off:
        raise InputFault("--to、--off：应给出其中一个：地址，或者不再发送")
    if not off:
        check_address(kind, address)
    with open_office() as office:
        row = office.agency(agency)
        with office.engine.begin() as connection:
            staff.reach(connection, row.id, name, kind, None if off else address, office.cipher)
    if as_json:
        say_json({"name": name, "outlet": kind.value, "on": not off})
    elif off:
        say(f"{name} 的提醒不再发到{kind.label}")
    else:
        say(f"{name} 的提醒今后也发到{kind.label}（地址已加密保存）")


@app.command("feed")
def feed(name: NameArgument, agency: AgencyOption, as_json: JsonOption = False) -> None:
    """日历订阅：给出新的订阅地址，原来的随即失效。"""
    from cli.office import open_office
    from workflow import staff

    with open_office() as office:
        row = office.agency(agency)
        with office.engine.begin() as connection:
            key = staff.feed(connection, row.id, name, office.cipher)
    path = f"/feed/{key}.ics"
    if as_json:
        say_json({"name": name, "path": path})
    else:
        say(path)
    note("提示：订阅地址只显示这一次，凭它即可看到期限，请只交给本人；再次执行会换成新的地址")
