"""``yishen init`` and ``demo``: a first agency, a filled example."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.cases import JsonOption
from cli.speech import note, say, say_json
from workflow.faults import InputFault

DEMO = Path(__file__).with_name("demo")
DEMO_AGENCY = "jinzhan"
DEMO_YEAR = 2021
_LONGEST_NAME = 200


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command("init")(init)
    app.command("demo")(demo)


def init(
    agency: Annotated[str, typer.Option("--agency", metavar="CODE", help="机关代码，如 jinzhan")] = "",
    name: Annotated[str, typer.Option("--name", metavar="名称", help="机关全称")] = "",
    admin: Annotated[str, typer.Option("--admin", metavar="NAME", help="第一位系统管理员的姓名")] = "",
    under: Annotated[str, typer.Option("--under", metavar="CODE", help="主管机关代码；其汇总报告计入本机关")] = "",
    as_json: JsonOption = False,
) -> None:
    """建立或升级数据库，登记第一个机关和管理员。可重复运行。"""
    from cli.office import open_office
    from workflow import agencies

    _check(agency, name, admin)
    made_agency = made_admin = placed = False
    with open_office(upgrade=True) as office:
        with office.engine.begin() as connection:
            if agency:
                made_agency = agencies.enrol(connection, agency, name.strip())
            if under and not agency:
                raise InputFault("--agency：为空，指定主管机关（--under）时应给出机关代码")
            placed = bool(under) and agencies.place_under(connection, agency, under)
            code = agency or agencies.only_one(connection)
        if admin and code is None:
            raise InputFault("--agency：为空，登记管理员时应给出机关代码（现在没有机关，或者不止一个）")
        if admin and code is not None:
            row = office.agency(code)
            with office.engine.begin() as connection:
                made_admin = agencies.appoint(connection, row.id, admin.strip())
    if as_json:
        say_json(
            {
                "agency": agency or None,
                "agency_made": made_agency,
                "under": under or None,
                "under_changed": placed,
                "admin": admin or None,
                "admin_made": made_admin,
            }
        )
        return
    say("数据库已就绪")
    if agency:
        say(f"机关 {agency} {'已建立' if made_agency else '已存在，未改动'}")
    if under:
        say(f"主管机关 {under} {'已记录' if placed else '未改动'}")
    if admin:
        say(f"系统管理员 {admin} {'已登记' if made_admin else '已存在，未改动'}（登录功能随网页提供）")


def _check(agency: str, name: str, admin: str) -> None:
    faults = []
    if agency and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", agency):
        faults.append(
            f"--agency：“{agency}”不能用，应为字母、数字及 . _ - 组成的代码，以字母或数字开头，至多 64 个字符"
        )
    if agency and not name.strip():
        faults.append(f"--name：为空，建立机关“{agency}”需要机关全称")
    faults += [
        f"{option}：含有不能显示的字符或超过 {_LONGEST_NAME} 个字，应为文字"
        for option, value in (("--name", name), ("--admin", admin))
        if not value.isprintable() or len(value) > _LONGEST_NAME
    ]
    if name and not agency:
        faults.append("--agency：为空，登记机关名称时应同时给出机关代码")
    if faults:
        raise InputFault(faults)


def demo() -> int:
    """完整示例：导入金盏乡 2021 年台账，推演全年提醒，年终结转，生成并核对年度报告。数据在自己的目录。"""
    from cli.cases import bring_in, close_year, tell_import, tell_year_end
    from cli.office import open_office
    from cli.replay import live_through, tell_table
    from cli.report import FORMATS, write
    from reports import texts
    from reports.figures import to_json
    from runtime.settings import load_settings
    from workflow import agencies

    wanted = json.loads((DEMO / "jinzhan-2021-report.json").read_text(encoding="utf-8"))
    settings = load_settings()
    folder = settings.data_dir / "demo"
    settings = settings.model_copy(update={"data_dir": folder, "database_url": None, "migration_database_url": None})
    say(f"一、建立示例数据库（{folder}）")
    with open_office(upgrade=True, settings=settings) as office:
        with office.engine.begin() as connection:
            agencies.enrol(connection, DEMO_AGENCY, wanted["agency"])
        say("二、导入台账：依申请公开、复议诉讼、主动公开")
        ledgers = [DEMO / f"jinzhan-2021-{kind}.csv" for kind in ("ledger", "reviews", "proactive")]
        tell_import(bring_in(office, ledgers, DEMO_AGENCY))
        say(f"三、推演 {DEMO_YEAR} 年：逐日运行自动任务，系统会这样提醒")
        tell_table(live_through(office, DEMO_AGENCY, date(DEMO_YEAR, 1, 1), date(DEMO_YEAR + 1, 1, 31)))
        say("四、年终结转")
        result = close_year(office, DEMO_YEAR, DEMO_AGENCY)
        tell_year_end(result)
        with office.engine.connect() as connection:
            content = texts.gather(connection, office.agency(DEMO_AGENCY).id, result.figures)
    say("五、生成年度报告")
    for file_format in FORMATS:
        out = folder / f"jinzhan-2021-report.{file_format}"
        try:
            write(result.figures, file_format, out, content)
        except InputFault as fault:
            if file_format != "pdf":
                raise
            # A machine without the libraries for PDF shows the rest of the example.
            note(f"  提示：{fault.sentences[0].removeprefix('--format：')}")
        else:
            say(f"  {out}")
    differing = _differences(to_json(result.figures), wanted)
    for path in differing:
        note(f"与已发布的数字不同：{path}")
    cells = sum(1 for _ in _leaves(wanted))
    say(
        f"六、与已发布的 2021 年报告逐格核对：{cells} 项，{'全部一致' if not differing else f'{len(differing)} 项不同'}"
    )
    return 0 if result.ok and not differing else 1


def _leaves(document: Any, path: str = "") -> Any:
    if isinstance(document, dict):
        for key, value in document.items():
            yield from _leaves(value, f"{path}/{key}" if path else key)
    elif isinstance(document, list):
        for index, value in enumerate(document):
            yield from _leaves(value, f"{path}[{index}]")
    else:
        yield path, document


def _differences(found: Any, wanted: Any) -> list[str]:
    ours, theirs = dict(_leaves(found)), dict(_leaves(wanted))
    return sorted(path for path in {*ours, *theirs} if ours.get(path) != theirs.get(path))
