"""``yishen settings``: an agency's choices where practice differs, shown and set."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.cases import AgencyOption, JsonOption
from cli.speech import say, say_json

app = typer.Typer(
    help="设置：条例留有余地、各地做法不同之处，由机关选择。", no_args_is_help=True, rich_markup_mode=None
)


@app.command("show")
def show(agency: AgencyOption, as_json: JsonOption = False) -> None:
    """列出全部设置项、现值、默认值和依据。"""
    from cli.office import open_office
    from workflow import practice, practice_book

    with open_office() as office:
        row = office.agency(agency)
        with office.engine.connect() as connection:
            chosen = practice_book.read(connection, row.id)
    found = [
        {
            "name": setting.name,
            "label": setting.label,
            "value": practice.shown(getattr(chosen, setting.name)),
            "default": practice.shown(getattr(practice.STANDARD, setting.name)),
            "source": setting.source,
        }
        for setting in practice.SETTINGS
    ]
    if as_json:
        say_json(found)
        return
    for each in found:
        changed = "" if each["value"] == each["default"] else f"，默认 {each['default']}"
        say(f"{each['name']} = {each['value']}{changed}\n    {each['label']}（{each['source']}）")


@app.command("set")
def change(
    name: Annotated[str, typer.Argument(metavar="NAME", help="设置项，见 yishen settings show")],
    value: Annotated[str, typer.Argument(metavar="VALUE", help="新值：是/否、数字、文字")],
    agency: AgencyOption,
    reason: Annotated[str, typer.Option("--reason", metavar="理由", help="改的理由，记入变更记录")] = "",
    as_json: JsonOption = False,
) -> None:
    """改一个设置项。已经记录的事项不受影响，期限不变。"""
    from cli.office import open_office
    from cli.user import author
    from workflow import practice, practice_book

    with open_office() as office:
        row = office.agency(agency)
        with office.engine.begin() as connection:
            before, after = practice_book.change(connection, row.id, name, value, author=author(row.id), reason=reason)
    was, now = practice.shown(getattr(before, name)), practice.shown(getattr(after, name))
    if as_json:
        say_json({"name": name, "before": was, "value": now})
    else:
        say(f"{name}：{was} → {now}")


@app.command("history")
def history(agency: AgencyOption, as_json: JsonOption = False) -> None:
    """列出设置的变更：何时、何人、由何值改为何值、理由。"""
    from cli.office import open_office
    from workflow import practice, practice_book

    with open_office() as office:
        row = office.agency(agency)
        with office.engine.connect() as connection:
            changes = practice_book.history(connection, row.id)
    found = [
        {
            "at": change.changed_at.isoformat(),
            "name": change.name,
            "before": practice.shown(change.before),
            "value": practice.shown(change.after),
            "actor": change.actor,
            "reason": change.reason,
        }
        for change in changes
    ]
    if as_json:
        say_json(found)
        return
    for each in found:
        why = f"，{each['reason']}" if each["reason"] else ""
        say(f"{each['at'][:16]} {each['name']}：{each['before']} → {each['value']}（{each['actor']}{why}）")
    if not found:
        say("没有改过设置")
