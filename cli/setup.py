"""``yishen init`` and ``demo``: a first agency, a filled example."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.cases import JsonOption
from cli.speech import note, say, say_json
from workflow.faults import InputFault

if TYPE_CHECKING:
    from cli.office import Office

DEMO = Path(__file__).with_name("demo")
DEMO_AGENCY = "jinzhan"
DEMO_YEAR = 2021
_LONGEST_NAME = 200
SETUP_CODE = "还没有登录账号：请用浏览器打开网页，按提示输入设置码 "
"""Before the code that opens the first set-up."""


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command("init")(init)
    app.command("demo")(demo)


def init(
    agency: Annotated[str, typer.Option("--agency", metavar="CODE", help="机关代码，如 jinzhan")] = "",
    name: Annotated[str, typer.Option("--name", metavar="名称", help="机关全称")] = "",
    admin: Annotated[str, typer.Option("--admin", metavar="NAME", help="第一位系统管理员的姓名")] = "",
    login: Annotated[str, typer.Option("--login", metavar="LOGIN", help="管理员的登录名；不给则用姓名")] = "",
    under: Annotated[str, typer.Option("--under", metavar="CODE", help="主管机关代码；其汇总报告计入本机关")] = "",
    as_json: JsonOption = False,
) -> None:
    """建立或升级数据库，登记第一个机关和管理员。可重复运行。"""
    from cli.office import now, open_office
    from workflow import accounts, agencies

    _check(agency, name, admin)
    if login and not admin:
        raise InputFault("--admin：为空，给出登录名时应同时给出管理员的姓名")
    made_agency = made_admin = placed = False
    account: tuple[str, str] | None = None
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
            account = _account(office, row.id, admin.strip(), login)
        with office.engine.begin() as connection:
            setup_code = accounts.new_setup_code(connection, now())
    done = {
        "agency": agency or None,
        "agency_made": made_agency,
        "under": under or None,
        "under_changed": placed,
        "admin": admin or None,
        "admin_made": made_admin,
    }
    if account is not None:
        done |= {"admin_login": account[0], "admin_password": account[1]}
    if setup_code is not None:
        done["setup_code"] = setup_code
    if as_json:
        say_json(done)
    else:
        _tell_init(done)


def _tell_init(done: dict[str, Any]) -> None:
    say("数据库已就绪")
    if done["agency"]:
        say(f"机关 {done['agency']} {'已建立' if done['agency_made'] else '已存在，未改动'}")
    if done["under"]:
        say(f"主管机关 {done['under']} {'已记录' if done['under_changed'] else '未改动'}")
    if done["admin"]:
        say(f"系统管理员 {done['admin']} {'已登记' if done['admin_made'] else '已存在，未改动'}")
    if "admin_login" in done:
        say(f"登录名 {done['admin_login']}，初始密码 {done['admin_password']}（只显示这一次，首次登录时必须修改）")
        note(
            "提示：安全管理员、审计管理员另设账号：yishen user add 姓名 --login 登录名 --role 安全管理员 --agency 代码"
        )
    if "setup_code" in done:
        say(f"{SETUP_CODE}{done['setup_code']}")


def _account(office: Office, agency_id: int, name: str, login: str) -> tuple[str, str] | None:
    """Login and first password of an administrator who had none; None for one who has, or who is none."""
    from sqlalchemy import select

    from cli.user import author, first_password
    from models.tables import user_account
    from models.vocabulary import Role
    from workflow import accounts

    with office.engine.connect() as connection:
        here = (user_account.c.agency_id == agency_id) & (user_account.c.name == name)
        row = connection.execute(select(user_account).where(here)).one()
    if row.login is not None or Role.SYSTEM_ADMINISTRATOR not in row.roles:
        return None
    try:
        chosen = accounts.normal_login(login or name)
    except InputFault:
        if login:
            raise
        # A name with a space in it is no login.
        chosen = "sysadmin"
    word, hashed = first_password(office)
    with office.engine.begin() as connection:
        accounts.make(connection, author(agency_id), agency_id, name, chosen, None, hashed)
    return chosen, word


def _check(agency: str, name: str, admin: str) -> None:
    from workflow.agencies import CODE

    faults = []
    if agency and not CODE.fullmatch(agency):
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
