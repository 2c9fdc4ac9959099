"""An office's ledger made into cases: every column an event, every fault a sentence, nothing twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from models.personal import FieldCipher
from models.tables import applicant, case_event, counter
from reports import year_end
from runtime.postgres import EmbeddedServer
from tests.conftest import AGENCY, AGENCY_NAME, NOW, TODAY, enrol, fresh_database
from tests.ledgers import (
    FEE_UNPAID,
    KINDS,
    MISC,
    NOT_CORRECTED,
    OUTCOMES,
    answered,
    case_row,
    day,
    events,
    plan,
    record,
    request,
    review,
    rows_stored,
    verified,
    write_csv,
    write_xlsx,
)
from workflow import numbers
from workflow.faults import InputFault
from workflow.ledger import Plan, outcome_of

CHANNELS = {
    "当面": "in_person",
    "邮寄（EMS）": "post_ems",
    "邮寄（挂号信）": "post_registered",
    "邮寄（平信）": "post_ordinary",
    "电子邮件": "email",
    "网络": "online",
    "传真": "fax",
    "口头": "oral",
}
FULL = request(
    "2021-0100",
    申请人类别="法律服务机构",
    申请人="某律师事务所",
    证件号码="31110000E00017891P",
    联系电话="13800000000",
    电子邮箱="lvshi@example.cn",
    通信地址="北京市朝阳区某路1号",
    申请渠道="邮寄（EMS）",
    提交日期="2021-02-26",
    补正告知日期="2021-03-05",
    补正期限="2021-03-19",
    补正收到日期="2021-03-12",
    征求意见发出日期="2021-03-16;2021-03-18",
    征求意见结束日期="2021-03-30;2021-04-02",
    延期告知日期="2021-04-06",
    延期工作日="10",
    收费通知日期="2021-04-08",
    收费金额="380.50",
    缴费日期="2021-04-12",
    实收金额="380.5",
    办理结果="部分公开",
    答复日期="2021-04-20",
    答复文号="测公开答〔2021〕1号",
    备注="两次来函",
)

Planned = Callable[..., Plan]


STORED = answered("2020-9001", 收到日期="2020-03-02", 答复日期="2020-03-20", 申请渠道="当面")
UPHELD = review("2020-9001", 受理日期="2020-05-06", 结果="结果维持", 结案日期="2020-07-02")


@pytest.fixture(scope="module")
def shelf(
    server: EmbeddedServer, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Engine, int]]:
    """A database with one answered case, for tests that plan or are refused, and so write nothing."""
    folder = tmp_path_factory.mktemp("shelf")
    with fresh_database(server, template) as database:
        agency_id = enrol(database.engine)
        ledgers = [write_csv(folder / "a.csv", [STORED]), write_csv(folder / "b.csv", [UPHELD])]
        record(database.engine, agency_id, *ledgers)
        yield database.engine, agency_id


@pytest.fixture
def planned(shelf: tuple[Engine, int], tmp_path: Path) -> Planned:
    """What importing a ledger of these rows (and reviews) would do."""
    engine, agency_id = shelf

    def plan_rows(*rows: dict[str, Any], reviews: tuple[dict[str, Any], ...] = (), now: datetime = NOW) -> Plan:
        paths = [write_csv(tmp_path / "台账.csv", rows)] if rows else []
        paths += [write_csv(tmp_path / "复议.csv", reviews)] if reviews else []
        with engine.connect() as connection:
            return plan(connection, agency_id, *paths, now=now)

    return plan_rows


def steps(made: Plan) -> list[tuple[str, str]]:
    """The steps of the one case of a plan: kind and day."""
    (history,) = made.histories
    return [(c.happening.event.value, c.happening.happened_on.isoformat()) for c in history.commands]


# Columns become events


def test_every_column_of_a_row_becomes_its_event(engine: Engine, agency_id: int, tmp_path: Path) -> None:
    made = record(engine, agency_id, write_csv(tmp_path / "台账.csv", [FULL]))
    assert (made.rows, made.new, made.faults) == (1, 1, [])
    assert events(engine, "2021-0100") == [
        (
            "register",
            "2021-03-01",
            {
                "number": "2021-0100",
                "applicant_kind": "legal_service",
                "subject": "某村土地征收补偿安置方案",
                "channel": "post_ems",
                "submitted_on": "2021-02-26",
                "remarks": "两次来函",
            },
        ),
        ("ask_correction", "2021-03-05", {"until": "2021-03-19"}),
        ("correct", "2021-03-12", {}),
        ("consult", "2021-03-16", {}),
        ("consult", "2021-03-18", {}),
        ("opinions_in", "2021-03-30", {"consultation": 1}),
        ("opinions_in", "2021-04-02", {"consultation": 2}),
        ("extend", "2021-04-06", {"working_days": 10}),
        ("bill", "2021-04-08", {"billed_yuan": "380.50"}),
        ("pay", "2021-04-12", {"received_yuan": "380.5"}),
        ("decide", "2021-04-20", {"outcome": "partly_granted", "reply_number": "测公开答〔2021〕1号"}),
    ]
    row = case_row(engine, "2021-0100")
    assert (row.state, row.outcome, row.closed_on) == ("disclosed", "partly_granted", date(2021, 4, 20))
    assert made.warnings == []
    assert verified(engine).ok


def test_the_applicant_is_kept_with_the_personal_fields_sealed(
    engine: Engine, agency_id: int, tmp_path: Path, cipher: FieldCipher
) -> None:
    record(engine, agency_id, write_csv(tmp_path / "台账.csv", [FULL]))
    with engine.connect() as connection:
        row = connection.execute(select(applicant)).one()
        logged = str(connection.execute(select(case_event.c.facts)).scalars().all())
    assert (row.name, row.kind) == ("某律师事务所", "legal_service")
    sealed = {"identity_number": "证件号码", "telephone": "联系电话", "email": "电子邮箱", "address": "通信地址"}
    for column, header in sealed.items():
        stored = bytes(getattr(row, column))
        assert cipher.open(stored, f"applicant:{row.id}:{column}") == FULL[header]
        assert FULL[header].encode() not in stored
        assert FULL[header] not in logged


def test_a_row_with_the_required_columns_alone_is_an_open_case(engine: Engine, agency_id: int, tmp_path: Path) -> None:
    record(engine, agency_id, write_csv(tmp_path / "台账.csv", [request()]))
    assert events(engine, "2021-0001") == [
        (
            "register",
            "2021-03-01",
            {"number": "2021-0001", "applicant_kind": "natural_person", "subject": "某村土地征收补偿安置方案"},
        )
    ]
    row = case_row(engine, "2021-0001")
    assert (row.state, row.outcome, row.reply_due) == ("received", None, date(2021, 3, 29))


@pytest.mark.parametrize(
    ("cells", "state"),
    [
        ({"补正告知日期": "2021-03-05"}, "pending_correction"),
        ({"征求意见发出日期": "2021-03-05"}, "consulting"),
        ({"征求意见发出日期": "2021-03-05;2021-03-08", "征求意见结束日期": "2021-03-09"}, "consulting"),
        ({"征求意见发出日期": "2021-03-05;2021-03-08", "征求意见结束日期": ";2021-03-09"}, "consulting"),
        ({"收费通知日期": "2021-03-05", "收费金额": "100"}, "awaiting_fee"),
        ({"补正告知日期": "2021-03-05", "补正收到日期": "2021-03-08"}, "received"),
    ],
)
def test_an_open_case_waits_for_what_has_not_come(planned: Planned, cells: dict[str, str], state: str) -> None:
    from workflow import fold

    (history,) = planned(request(**cells)).histories
    folded = fold.register(history.commands[0].happening)
    for command in history.commands[1:]:
        folded = fold.apply(folded, command.happening, recorded=True)
    assert folded.state.value == state


@pytest.mark.parametrize(("label", "value"), CHANNELS.items())
def test_every_channel_has_its_word(planned: Planned, label: str, value: str) -> None:
    (history,) = planned(request(申请渠道=label)).histories
    assert history.commands[0].happening.facts["channel"].value == value


def test_every_category_of_applicant_has_its_word(planned: Planned) -> None:
    made = planned(*(request(f"2021-{n:04}", 申请人类别=kind) for n, kind in enumerate(KINDS)))
    kinds = [history.commands[0].happening.facts["applicant_kind"].value for history in made.histories]
    assert kinds == ["natural_person", "company", "research", "non_profit", "legal_service", "other"]


@pytest.mark.parametrize(("label", "value"), OUTCOMES.items())
def test_every_outcome_of_the_form_has_its_leaf(label: str, value: str) -> None:
    assert outcome_of(label) == value


@pytest.mark.parametrize(
    ("label", "value"),
    [
        ("其他处理", "other_misc"),
        ("（六）其他处理", "other_misc"),
        ("（一）予以公开", "granted"),
        ("(二)部分公开", "partly_granted"),
        ("（三）不予公开-1.属于国家秘密", "refused_state_secret"),
        ("（三）不予公开—8.属于行政查询事项", "refused_administrative_query"),
        ("不予公开-１．属于国家秘密", "refused_state_secret"),
        ("不予公开-1、属于国家秘密", "refused_state_secret"),
        ("不予公开－属于国家秘密", "refused_state_secret"),
        ("不予公开 - 属于国家秘密", "refused_state_secret"),
        ("不予公开——属于国家秘密", "refused_state_secret"),
        ('不予公开-危及"三安全一稳定"', "refused_safety_stability"),
        ("不予公开-危及＂三安全一稳定＂", "refused_safety_stability"),
        ("不予公开-危及三安全一稳定", "refused_safety_stability"),
        ("不予公开-危及「三安全一稳定」", "refused_safety_stability"),
        ("（五）不予处理-5.要求行政机关确认或重新出具已获取信息", "unprocessed_reissue"),
        ("（六）其他处理-3.其他", "other_misc"),
        ("其他处理-1.申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请", "other_not_corrected"),
    ],
)
def test_labels_are_known_in_any_width_quotation_dash_and_with_the_forms_numbers(label: str, value: str) -> None:
    assert outcome_of(label) == value


@pytest.mark.parametrize(
    "label",
    [
        "",
        "公开",
        "不予公开",
        "属于国家秘密",
        "无法提供-属于国家秘密",
        "予以公开-其他",
        "其他处理-",
        "-其他",
        "其他",
        "维持",
    ],
)
def test_what_is_no_outcome_of_the_form_is_not_guessed(label: str) -> None:
    assert outcome_of(label) is None


@pytest.mark.parametrize(("label", "value"), OUTCOMES.items())
def test_an_outcome_ends_the_case_as_the_law_says(planned: Planned, label: str, value: str) -> None:
    made = planned(answered(办理结果=label))
    last = made.histories[0].commands[-1].happening
    kinds = {"other_not_corrected": "lapse", "other_fee_unpaid": "lapse", "other_misc": "close"}
    assert (last.event.value, last.facts["outcome"].value) == (kinds.get(value, "decide"), value)


@pytest.mark.parametrize(
    "text",
    [
        "2021-3-4",
        "2021-03-04",
        "2021/3/4",
        "2021.03.04",
        "2021年3月4日",
        "20210304",
        "2021-03-04 00:00:00",
        "２０２１年３月４日",
    ],
)
def test_a_day_may_be_written_in_the_usual_ways(planned: Planned, text: str) -> None:
    assert steps(planned(request(收到日期=text))) == [("register", "2021-03-04")]


@pytest.mark.parametrize("text", ["100", "100.0", "100.00", "100元", "1,100", "１００", " 100 "])
def test_an_amount_may_be_written_in_the_usual_ways(planned: Planned, text: str) -> None:
    made = planned(request(收费通知日期="2021-03-05", 收费金额=text))
    assert made.faults == []
    assert made.histories[0].commands[-1].happening.facts["billed_yuan"] in {100, 1100}


@pytest.mark.parametrize("mark", [";", "；", " ; ", "； "])
def test_several_consultations_are_separated_by_either_semicolon(planned: Planned, mark: str) -> None:
    sent, ended = mark.join(["2021-03-05", "2021-03-08"]), mark.join(["2021-03-19", "2021-03-22"])
    made = planned(request(征求意见发出日期=sent, 征求意见结束日期=ended))
    assert steps(made)[1:] == [
        ("consult", "2021-03-05"),
        ("consult", "2021-03-08"),
        ("opinions_in", "2021-03-19"),
        ("opinions_in", "2021-03-22"),
    ]


def test_consultations_keep_their_partners_whatever_order_they_are_written_in(planned: Planned) -> None:
    made = planned(request(征求意见发出日期="2021-03-08;2021-03-05", 征求意见结束日期="2021-03-10;2021-03-22"))
    ends = [c.happening for c in made.histories[0].commands if c.happening.event.value == "opinions_in"]
    assert [(h.happened_on.isoformat(), h.facts["consultation"]) for h in ends] == [
        ("2021-03-10", 2),
        ("2021-03-22", 1),
    ]


def test_steps_of_one_day_follow_each_other_as_an_office_takes_them(planned: Planned) -> None:
    one_day = {
        "补正告知日期": "2021-03-01",
        "补正收到日期": "2021-03-01",
        "延期告知日期": "2021-03-01",
        "延期工作日": "1",
    }
    made = planned(answered(**one_day, 答复日期="2021-03-01"))
    assert [kind for kind, _ in steps(made)] == ["register", "ask_correction", "correct", "extend", "decide"]
    assert made.warnings == []


def test_a_workbook_with_real_days_gives_the_same_case_as_a_csv(engine: Engine, agency_id: int, tmp_path: Path) -> None:
    record(engine, agency_id, write_csv(tmp_path / "台账.csv", [FULL | {"实收金额": "380.5", "收费金额": "380.5"}]))
    single = {c: day(v) for c, v in FULL.items() if c.endswith("日期") and ";" not in v} | {
        "补正期限": day("2021-03-19")
    }
    amounts = {"延期工作日": 10, "收费金额": 380.5, "实收金额": 380.5}
    book = write_xlsx(tmp_path / "台账.xlsx", 台账=[FULL | single | amounts])
    before = rows_stored(engine)
    again = record(engine, agency_id, book)
    assert (again.unchanged, again.warnings) == (1, [])
    assert rows_stored(engine) == before


def test_the_counter_of_numbers_moves_past_those_of_the_ledger(engine: Engine, agency_id: int, tmp_path: Path) -> None:
    rows = [request("2021-0007"), request("2021-0120"), request("2022-3", 收到日期="2022-01-05"), request("收字5号")]
    record(engine, agency_id, write_csv(tmp_path / "台账.csv", rows))
    with engine.begin() as connection:
        found = connection.execute(select(counter.c.year, counter.c.value).order_by(counter.c.year)).all()
        assert [tuple(row) for row in found] == [(2021, 120), (2022, 3)]
        assert numbers.take(connection, agency_id, numbers.REQUEST, 2021) == 121


def test_the_same_number_in_two_agencies_is_two_cases(engine: Engine, agency_id: int, tmp_path: Path) -> None:
    other = enrol(engine, "linshi", "邻市数据局")
    path = write_csv(tmp_path / "台账.csv", [request()])
    assert record(engine, agency_id, path).new == 1
    assert record(engine, other, path).new == 1
    assert rows_stored(engine)["request_case"] == 2
    assert verified(engine).ok


# Wrong cells: one sentence, with file, row, column, value, and what would be accepted


@pytest.mark.parametrize(
    ("column", "value", "accepted"),
    [
        ("申请人类别", "个人", "自然人、商业企业、科研机构、社会公益组织、法律服务机构、其他"),
        ("申请渠道", "微信", "当面、邮寄（EMS）、邮寄（挂号信）、邮寄（平信）、电子邮件、网络、传真、口头"),
        ("收到日期", "2021-02-29", "2021-03-04"),
        ("收到日期", "2021-13-01", "2021-03-04"),
        ("收到日期", "03/04/2021", "2021-03-04"),
        ("收到日期", "三月四日", "2021-03-04"),
        ("收到日期", "44259", "2021-03-04"),
        ("收到日期", "0201-03-04", "2008-01-01"),
        ("收到日期", "2007-12-31", "2008-01-01"),
        ("收到日期", "2026-11-23", "2026-11-22"),
        ("收到日期", "9999-12-31", "2026-11-22"),
        ("提交日期", "昨天", "2021-03-04"),
        ("提交日期", "2026-11-23", "2026-11-22"),
        ("补正告知日期", "2021-3", "2021-03-04"),
        ("补正告知日期", "2026-12-01", "2026-11-22"),
        ("征求意见发出日期", "2026-12-01", "2026-11-22"),
        ("征求意见发出日期", "2021-02-30", "2021-03-04"),
    ],
)
def test_a_wrong_cell_is_told_once_with_its_place_and_what_is_accepted(
    planned: Planned, column: str, value: str, accepted: str
) -> None:
    made = planned(request("2021-0001"), request("2021-0002", **{column: value}))
    (fault,) = made.faults
    assert fault.startswith(f"台账.csv 第3行“{column}”：“{value}”")
    assert accepted in fault


@pytest.mark.parametrize("column", ["登记编号", "申请人类别", "收到日期", "申请内容"])
def test_an_empty_required_cell_is_told_once(planned: Planned, column: str) -> None:
    (fault,) = planned(request("2021-0001"), request("2021-0002") | {column: ""}).faults
    assert fault.startswith(f"台账.csv 第3行“{column}”：为空")


@pytest.mark.parametrize("value", ["公开", "不予公开", "不予公开-秘密", "维持"])
def test_an_unknown_outcome_is_told_with_all_that_are_known(planned: Planned, value: str) -> None:
    (fault,) = planned(answered(办理结果=value)).faults
    assert fault.startswith(f"台账.csv 第2行“办理结果”：“{value}”")
    for label in OUTCOMES:
        assert label in fault


@pytest.mark.parametrize("value", ["0", "21", "30", "-1", "5.5", "十", "10天", "1e1"])
def test_an_extension_of_no_lawful_length_is_told_with_the_article(planned: Planned, value: str) -> None:
    (fault,) = planned(request(延期告知日期="2021-03-20", 延期工作日=value)).faults
    assert fault.startswith(f"台账.csv 第2行“延期工作日”：“{value}”")
    assert "1 至 20" in fault
    assert "第三十三条" in fault


@pytest.mark.parametrize(
    "value", ["-1", "abc", "三百", "NaN", "Infinity", "380美元", "--", "1e3", "1_000", "1E+200000"]
)
@pytest.mark.parametrize("column", ["收费金额", "实收金额"])
def test_an_amount_that_is_no_sum_of_yuan_is_told_once(planned: Planned, column: str, value: str) -> None:
    fee = {"收费通知日期": "2021-03-05", "收费金额": "380", "缴费日期": "2021-03-08", "实收金额": "380"}
    (fault,) = planned(request(**fee | {column: value})).faults
    assert fault.startswith(f"台账.csv 第2行“{column}”：“{value}”")
    assert "380.50" in fault


@pytest.mark.parametrize(
    ("cells", "column", "other"),
    [
        ({"提交日期": "2021-03-02"}, "收到日期", "提交日期"),
        ({"补正告知日期": "2021-02-28"}, "补正告知日期", "收到日期"),
        ({"补正告知日期": "2021-03-05", "补正期限": "2021-03-04"}, "补正期限", "补正告知日期"),
        ({"补正告知日期": "2021-03-05", "补正收到日期": "2021-03-04"}, "补正收到日期", "补正告知日期"),
        ({"征求意见发出日期": "2021-02-28"}, "征求意见发出日期", "收到日期"),
        ({"征求意见发出日期": "2021-03-05", "征求意见结束日期": "2021-03-04"}, "征求意见结束日期", "征求意见发出日期"),
        ({"延期告知日期": "2021-02-28", "延期工作日": "5"}, "延期告知日期", "收到日期"),
        ({"收费通知日期": "2021-02-28", "收费金额": "100"}, "收费通知日期", "收到日期"),
        (
            {"收费通知日期": "2021-03-05", "收费金额": "100", "缴费日期": "2021-03-04", "实收金额": "100"},
            "缴费日期",
            "收费通知日期",
        ),
        ({"办理结果": "予以公开", "答复日期": "2021-02-28"}, "答复日期", "收到日期"),
        ({"补正告知日期": "2021-03-20"}, "答复日期", "补正告知日期"),
        ({"补正告知日期": "2021-03-05", "补正收到日期": "2021-03-20"}, "答复日期", "补正收到日期"),
        ({"征求意见发出日期": "2021-03-20"}, "答复日期", "征求意见发出日期"),
        ({"征求意见发出日期": "2021-03-05", "征求意见结束日期": "2021-03-20"}, "答复日期", "征求意见结束日期"),
        (
            {"征求意见发出日期": "2021-03-05;2021-03-08", "征求意见结束日期": "2021-03-09;2021-03-20"},
            "答复日期",
            "征求意见结束日期",
        ),
        ({"延期告知日期": "2021-03-20", "延期工作日": "5"}, "答复日期", "延期告知日期"),
        ({"收费通知日期": "2021-03-20", "收费金额": "100"}, "答复日期", "收费通知日期"),
        (
            {"收费通知日期": "2021-03-05", "收费金额": "100", "缴费日期": "2021-03-20", "实收金额": "100"},
            "答复日期",
            "缴费日期",
        ),
    ],
)
def test_dates_that_contradict_each_other_are_told_with_both_columns(
    planned: Planned, cells: dict[str, str], column: str, other: str
) -> None:
    ends = {"办理结果": "予以公开", "答复日期": "2021-03-19"} if column == "答复日期" else {}
    row = request(**ends | cells)
    (fault,) = planned(row).faults
    assert fault.startswith(f"台账.csv 第2行“{column}”：“{row[column].split(';')[-1]}”早于“{other}”")
    assert row[other].split(";")[-1] in fault


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"办理结果": "予以公开"}, "答复日期"),
        ({"答复日期": "2021-03-19"}, "办理结果"),
        ({"延期告知日期": "2021-03-19"}, "延期工作日"),
        ({"延期工作日": "5"}, "延期告知日期"),
        ({"补正期限": "2021-03-19"}, "补正期限"),
        ({"补正收到日期": "2021-03-19"}, "补正收到日期"),
        ({"征求意见结束日期": "2021-03-19"}, "征求意见结束日期"),
        ({"征求意见发出日期": "2021-03-05", "征求意见结束日期": "2021-03-08;2021-03-19"}, "征求意见结束日期"),
        ({"征求意见发出日期": "2021-03-05;;2021-03-08"}, "征求意见发出日期"),
        ({"收费通知日期": "2021-03-05"}, "收费金额"),
        ({"收费金额": "380"}, "收费金额"),
        ({"缴费日期": "2021-03-05"}, "缴费日期"),
        ({"收费通知日期": "2021-03-05", "收费金额": "380", "实收金额": "380"}, "缴费日期"),
    ],
)
def test_a_cell_without_its_partner_is_told(planned: Planned, cells: dict[str, str], column: str) -> None:
    made = planned(request(**cells))
    assert any(fault.startswith(f"台账.csv 第2行“{column}”：") for fault in made.faults)


def test_a_number_twice_in_one_file_is_told_with_both_rows(planned: Planned) -> None:
    (fault,) = planned(request(), request("2021-0002"), request()).faults
    assert fault.startswith("台账.csv 第4行“登记编号”：“2021-0001”")
    assert "第2行" in fault


def test_a_number_twice_across_files_is_told_with_both_files(shelf: tuple[Engine, int], tmp_path: Path) -> None:
    engine, agency_id = shelf
    first = write_csv(tmp_path / "上半年.csv", [request()])
    second = write_csv(tmp_path / "下半年.csv", [request("2021-0002"), request()])
    with engine.connect() as connection:
        (fault,) = plan(connection, agency_id, first, second).faults
    assert fault.startswith("下半年.csv 第3行“登记编号”：“2021-0001”")
    assert "上半年.csv" in fault


def test_all_faults_of_a_row_and_of_all_rows_are_told_at_once(planned: Planned) -> None:
    first = request(申请人类别="个人", 申请渠道="微信", 收到日期="2021-02-30")
    second = answered("2021-0002", 办理结果="公开", 收费通知日期="2021-03-05", 收费金额="abc")
    faults = planned(first, second, request()).faults
    assert [fault.split("：")[0] for fault in faults] == [
        "台账.csv 第2行“申请人类别”",
        "台账.csv 第2行“申请渠道”",
        "台账.csv 第2行“收到日期”",
        "台账.csv 第3行“收费金额”",
        "台账.csv 第3行“办理结果”",
        "台账.csv 第4行“登记编号”",
    ]


def test_faults_of_cells_and_contradictions_to_what_is_stored_are_told_at_once(planned: Planned) -> None:
    reviews = (review("2020-9001", 受理日期="2020-05-06", 结果="结果纠正", 结案日期="2020-07-02"),)
    faults = planned(request(申请人类别="个人"), STORED | {"申请人类别": "商业企业"}, reviews=reviews).faults
    assert any(fault.startswith("台账.csv 第2行“申请人类别”：“个人”") for fault in faults)
    assert any(fault.startswith("台账.csv 第3行") and "2020-9001" in fault for fault in faults)
    assert len(faults) >= 2


def test_contradicting_reviews_of_stored_cases_are_told_beside_other_faults(planned: Planned) -> None:
    reviews = (UPHELD | {"结果": "结果纠正"}, review("2021-9999"))
    faults = planned(request(申请人类别="个人"), reviews=reviews).faults
    assert sorted(fault.split("：")[0] for fault in faults) == [
        "台账.csv 第2行“申请人类别”",
        "复议.csv 第2行“结果”",
        "复议.csv 第3行“登记编号”",
    ]


def test_a_plan_with_faults_cannot_be_stored(shelf: tuple[Engine, int], tmp_path: Path) -> None:
    engine, agency_id = shelf
    before = rows_stored(engine)
    with pytest.raises(InputFault, match="申请人类别"):
        record(
            engine, agency_id, write_csv(tmp_path / "台账.csv", [request(), request("2021-0002", 申请人类别="个人")])
        )
    assert rows_stored(engine) == before


def test_today_in_china_is_no_future(planned: Planned) -> None:
    late_evening = datetime(2026, 11, 22, 15, 59, tzinfo=UTC)
    after_midnight = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)
    row = request(收到日期="2026-11-23")
    assert len(planned(row, now=late_evening).faults) == 1
    assert planned(row, now=after_midnight).faults == []


def test_a_correction_may_be_due_in_the_future(planned: Planned) -> None:
    made = planned(request(收到日期="2026-11-18", 补正告知日期=TODAY.isoformat(), 补正期限="2026-12-11"))
    assert made.faults == []


# Wrong reviews


@pytest.mark.parametrize(
    ("cells", "column", "accepted"),
    [
        ({"类别": "信访"}, "类别", "行政复议、未经复议直接起诉、复议后起诉"),
        ({"结果": "胜诉"}, "结果", "结果维持、结果纠正、其他结果、尚未审结"),
        ({"受理日期": "2021-02-29"}, "受理日期", "2021-03-04"),
        ({"受理日期": ""}, "受理日期", "必须填写"),
        ({"受理日期": "2026-11-23"}, "受理日期", "2026-11-22"),
        ({"结案日期": "2021-08-02"}, "结案日期", "应为空"),
        ({"结果": "结果维持"}, "结案日期", "必须填写"),
        ({"结果": "结果维持", "结案日期": "2021-05-05"}, "结案日期", "受理日期"),
        ({"结果": "结果维持", "结案日期": "2026-11-23"}, "结案日期", "2026-11-22"),
        ({"登记编号": ""}, "登记编号", "必须填写"),
        ({"登记编号": "2021-9999"}, "登记编号", "已登记的编号"),
    ],
)
def test_a_wrong_cell_of_a_review_is_told_once_with_its_place(
    planned: Planned, cells: dict[str, str], column: str, accepted: str
) -> None:
    (fault,) = planned(request(), reviews=(review() | cells,)).faults
    assert fault.startswith(f"复议.csv 第2行“{column}”：")
    assert accepted in fault
    assert cells.get(column, "") in fault


def test_the_same_review_twice_is_told(planned: Planned) -> None:
    (fault,) = planned(request(), reviews=(review(), review())).faults
    assert fault.startswith("复议.csv 第3行“登记编号”：“2021-0001”")
    assert "第2行" in fault


def test_a_review_accepted_before_the_request_came_is_told_at_its_own_row_and_column(planned: Planned) -> None:
    reviews = (review("2021-0002"), review("2021-0001", 受理日期="2021-02-26"))
    (fault,) = planned(request(), request("2021-0002"), reviews=reviews).faults
    assert fault.startswith("复议.csv 第3行“受理日期”：“2021-02-26”")
    assert "2021-03-01" in fault


def test_a_review_accepted_before_a_stored_request_came_is_told_at_its_own_row_and_column(planned: Planned) -> None:
    reviews = (review("2020-9001", 受理日期="2020-09-01"), review("2020-9001", 受理日期="2020-02-26"))
    (fault,) = planned(reviews=reviews).faults
    assert fault.startswith("复议.csv 第3行“受理日期”：“2020-02-26”")
    assert "2020-03-02" in fault


def test_a_review_of_a_row_with_a_fault_is_not_called_unknown_as_well(planned: Planned) -> None:
    faults = planned(request(申请人类别="个人"), reviews=(review(),)).faults
    assert len(faults) == 1
    assert "申请人类别" in faults[0]


# Reviews become events


def test_a_review_is_accepted_and_concluded_as_two_events(engine: Engine, agency_id: int, tmp_path: Path) -> None:
    ledger = write_csv(tmp_path / "台账.csv", [answered()])
    reviews = [
        review(结果="结果维持", 结案日期="2021-07-02", 备注="复议机关：市政府"),
        review(类别="复议后起诉", 受理日期="2021-07-20", 结果="结果纠正", 结案日期="2022-01-10"),
        review(类别="未经复议直接起诉", 受理日期="2021-07-05"),
    ]
    record(engine, agency_id, ledger, write_csv(tmp_path / "复议.csv", reviews))
    assert events(engine, "2021-0001")[2:] == [
        ("open_review", "2021-05-06", {"review_kind": "reconsideration", "remarks": "复议机关：市政府"}),
        ("conclude_review", "2021-07-02", {"review": 1, "result": "upheld"}),
        ("open_review", "2021-07-05", {"review_kind": "litigation_direct"}),
        ("open_review", "2021-07-20", {"review_kind": "litigation_after_reconsideration"}),
        ("conclude_review", "2022-01-10", {"review": 3, "result": "corrected"}),
    ]
    assert verified(engine).ok


def test_reconsideration_law_29_a_suit_beside_a_pending_reconsideration_is_taken_with_a_warning(
    engine: Engine, agency_id: int, tmp_path: Path
) -> None:
    ledger = write_csv(tmp_path / "台账.csv", [answered()])
    reviews = [
        review(结果="结果维持", 结案日期="2021-07-02"),
        review(类别="未经复议直接起诉", 受理日期="2021-06-01"),
    ]
    made = record(engine, agency_id, ledger, write_csv(tmp_path / "复议.csv", reviews))
    (warning,) = made.warnings
    assert "行政复议法第二十九条" in warning["message"]
    assert events(engine, "2021-0001")[2:] == [
        ("open_review", "2021-05-06", {"review_kind": "reconsideration"}),
        ("open_review", "2021-06-01", {"review_kind": "litigation_direct", "irregular": True}),
        ("conclude_review", "2021-07-02", {"review": 1, "result": "upheld"}),
    ]
    assert verified(engine).ok


def test_reviews_of_stored_cases_come_later_and_are_concluded_later_still(
    engine: Engine, agency_id: int, tmp_path: Path
) -> None:
    record(engine, agency_id, write_csv(tmp_path / "台账.csv", [answered()]))
    pending = write_csv(tmp_path / "复议2021.csv", [review()])
    assert record(engine, agency_id, pending).continued == 1
    assert record(engine, agency_id, pending).histories == []
    concluded = [review(结果="其他结果", 结案日期="2022-02-10"), review(类别="复议后起诉", 受理日期="2022-02-20")]
    later = write_csv(tmp_path / "复议2022.csv", concluded)
    assert record(engine, agency_id, later).continued == 1
    assert record(engine, agency_id, later).histories == []
    assert [event[:2] for event in events(engine, "2021-0001")[2:]] == [
        ("open_review", "2021-05-06"),
        ("conclude_review", "2022-02-10"),
        ("open_review", "2022-02-20"),
    ]
    assert verified(engine).ok


@pytest.mark.parametrize(
    "cells",
    [{"结果": "结果纠正"}, {"结案日期": "2020-07-05"}],
    ids=["another result", "another day"],
)
def test_a_review_that_contradicts_what_is_stored_is_refused_with_a_sentence(
    shelf: tuple[Engine, int], tmp_path: Path, cells: dict[str, str]
) -> None:
    engine, agency_id = shelf
    before = rows_stored(engine)
    with pytest.raises(InputFault) as caught:
        record(engine, agency_id, write_csv(tmp_path / "复议二.csv", [UPHELD | cells]))
    (fault,) = caught.value.sentences
    assert fault.startswith("复议二.csv 第2行“结果”：")
    assert "2020-07-02" in fault
    assert rows_stored(engine) == before


# Irregular but true: recorded, with a warning that names file, row and article


IRREGULAR = {
    "correction asked late": ({"补正告知日期": "2021-03-11"}, "第三十条"),
    "extension told late": ({"延期告知日期": "2021-03-30", "延期工作日": "5"}, "第三十三条"),
    "replied late": ({"办理结果": "予以公开", "答复日期": "2021-03-30"}, "第三十三条"),
    "not corrected though nothing was asked": ({"办理结果": NOT_CORRECTED, "答复日期": "2021-03-19"}, "第三十条"),
    "not paid though nothing was billed": ({"办理结果": FEE_UNPAID, "答复日期": "2021-03-19"}, "信息处理费管理办法第六条"),
    "answered while waiting for a correction": ({"补正告知日期": "2021-03-05", "办理结果": "予以公开", "答复日期": "2021-03-19"}, "第三十六条"),
    "answered while waiting for a payment": ({"收费通知日期": "2021-03-05", "收费金额": "100", "办理结果": "予以公开", "答复日期": "2021-03-19"}, "第三十六条"),
    "answered while consulting": ({"征求意见发出日期": "2021-03-05", "办理结果": "予以公开", "答复日期": "2021-03-19"}, "第三十三条第三款"),
    "extended while waiting for a correction": ({"补正告知日期": "2021-03-05", "延期告知日期": "2021-03-08", "延期工作日": "5"}, "第三十三条第二款"),
    "paid in part": ({"收费通知日期": "2021-03-05", "收费金额": "100", "缴费日期": "2021-03-08", "实收金额": "60"}, "信息处理费管理办法第六条"),
    "not corrected though only billed": ({"收费通知日期": "2021-03-02", "收费金额": "100", "办理结果": NOT_CORRECTED, "答复日期": "2021-04-19"}, "第三十条"),
    "not paid though only asked to correct": ({"补正告知日期": "2021-03-02", "办理结果": FEE_UNPAID, "答复日期": "2021-04-19"}, "信息处理费管理办法第六条"),
    "lapsed on the last day to correct": ({"补正告知日期": "2021-03-05", "补正期限": "2021-03-19", "办理结果": NOT_CORRECTED, "答复日期": "2021-03-19"}, "第三十条"),
    "lapsed on the last day to pay": ({"收费通知日期": "2021-03-05", "收费金额": "100", "办理结果": FEE_UNPAID, "答复日期": "2021-04-02"}, "信息处理费管理办法第六条"),
}  # fmt: skip


@pytest.mark.parametrize(("cells", "article"), IRREGULAR.values(), ids=IRREGULAR)
def test_irregular_history_is_taken_with_a_warning(planned: Planned, cells: dict[str, str], article: str) -> None:
    made = planned(request("2021-0002"), request(**cells))
    assert (made.faults, made.new) == ([], 2)
    assert made.warnings
    assert {(warning["file"], warning["row"]) for warning in made.warnings} == {("台账.csv", 3)}
    assert any(article in warning["message"] for warning in made.warnings)


def test_irregular_history_is_recorded_as_it_was(engine: Engine, agency_id: int, tmp_path: Path) -> None:
    rows = [request(f"2021-{n:04}", **cells) for n, (cells, _) in enumerate(IRREGULAR.values(), 1)]
    made = record(engine, agency_id, write_csv(tmp_path / "台账.csv", rows))
    assert made.new == len(rows)
    waiting = list(IRREGULAR).index("answered while waiting for a correction") + 1
    assert events(engine, f"2021-{waiting:04}")[1:] == [
        ("ask_correction", "2021-03-05", {}),
        ("decide", "2021-03-19", {"outcome": "granted", "irregular": True}),
    ]
    assert verified(engine).ok


@pytest.mark.parametrize(
    "cells",
    [
        {"补正告知日期": "2021-03-10"},
        {"延期告知日期": "2021-03-29", "延期工作日": "20"},
        {"办理结果": "予以公开", "答复日期": "2021-03-29"},
        {"办理结果": MISC, "答复日期": "2021-03-19"},
        {"补正告知日期": "2021-03-05", "补正期限": "2021-03-19", "办理结果": NOT_CORRECTED, "答复日期": "2021-03-22"},
        {"收费通知日期": "2021-03-05", "收费金额": "100", "办理结果": FEE_UNPAID, "答复日期": "2021-04-06"},
        {"延期告知日期": "2021-03-29", "延期工作日": "10", "办理结果": "予以公开", "答复日期": "2021-04-13"},
        {"补正告知日期": "2021-03-10", "补正收到日期": "2021-03-19", "办理结果": "部分公开", "答复日期": "2021-04-19"},
    ],
)
def test_regular_history_to_the_last_day_gives_no_warning(planned: Planned, cells: dict[str, str]) -> None:
    made = planned(request(**cells))
    assert (made.faults, made.warnings) == ([], [])


def test_paid_without_an_amount_received_counts_as_paid_in_full_with_a_warning(planned: Planned) -> None:
    made = planned(request(收费通知日期="2021-03-05", 收费金额="100", 缴费日期="2021-03-08"))
    assert made.histories[0].commands[-1].happening.facts["received_yuan"] == 100
    (warning,) = made.warnings
    assert "实收金额" in warning["message"]


# The same again, going on, and contradicting


def test_the_same_ledger_again_changes_nothing(engine: Engine, agency_id: int, tmp_path: Path) -> None:
    paths = [write_csv(tmp_path / "台账.csv", [FULL, request()]), write_csv(tmp_path / "复议.csv", [review()])]
    record(engine, agency_id, *paths)
    before = rows_stored(engine)
    again = record(engine, agency_id, *paths)
    assert (again.rows, again.new, again.continued, again.unchanged) == (3, 0, 0, 2)
    assert (again.histories, again.warnings) == ([], [])
    assert rows_stored(engine) == before


def test_rows_in_another_order_with_other_columns_are_the_same_ledger(
    engine: Engine, agency_id: int, tmp_path: Path
) -> None:
    record(engine, agency_id, write_csv(tmp_path / "台账.csv", [answered(), request("2021-0002")]))
    other = [request("2021-0002", 备注=""), answered(申请渠道="")]
    again = record(engine, agency_id, write_xlsx(tmp_path / "台账.xlsx", 台账=other))
    assert (again.unchanged, again.warnings) == (2, [])


def test_a_ledger_that_goes_on_appends_only_what_is_new(engine: Engine, agency_id: int, tmp_path: Path) -> None:
    opened = [
        request(征求意见发出日期="2021-03-05"),
        request("2021-0002", 补正告知日期="2021-03-05"),
        request("2021-0003"),
    ]
    record(engine, agency_id, write_csv(tmp_path / "2021.csv", opened))
    logs = {number: events(engine, number) for number in ("2021-0001", "2021-0002", "2021-0003")}
    went_on = [
        answered(征求意见发出日期="2021-03-05", 征求意见结束日期="2021-03-15", 答复日期="2021-04-01"),
        request("2021-0002", 补正告知日期="2021-03-05", 补正收到日期="2021-03-12"),
        request("2021-0003"),
        request("2022-0001", 收到日期="2022-01-05"),
    ]
    made = record(engine, agency_id, write_csv(tmp_path / "2022.csv", went_on))
    assert (made.new, made.continued, made.unchanged, made.warnings) == (1, 2, 1, [])
    assert events(engine, "2021-0001") == [
        *logs["2021-0001"],
        ("opinions_in", "2021-03-15", {"consultation": 1}),
        ("decide", "2021-04-01", {"outcome": "granted"}),
    ]
    assert events(engine, "2021-0002") == [*logs["2021-0002"], ("correct", "2021-03-12", {})]
    assert events(engine, "2021-0003") == logs["2021-0003"]
    assert verified(engine).ok


def test_a_ledger_that_went_on_and_comes_again_changes_nothing_and_has_nothing_to_complain_of(
    engine: Engine, agency_id: int, tmp_path: Path
) -> None:
    record(engine, agency_id, write_csv(tmp_path / "2021.csv", [request()]))
    later = write_csv(tmp_path / "2022.csv", [answered()])
    record(engine, agency_id, later)
    again = record(engine, agency_id, later)
    assert (again.continued, again.unchanged, again.histories) == (0, 1, [])
    assert again.warnings == []


def test_an_amount_written_another_way_is_the_same_amount(engine: Engine, agency_id: int, tmp_path: Path) -> None:
    billed = {"收费通知日期": "2021-03-05", "收费金额": "380"}
    record(engine, agency_id, write_csv(tmp_path / "2021.csv", [request(**billed)]))
    paid = billed | {"收费金额": "380.00", "缴费日期": "2021-03-08", "实收金额": "380.00"}
    made = record(engine, agency_id, write_csv(tmp_path / "2022.csv", [request(**paid)]))
    assert made.continued == 1


def test_a_case_carried_over_goes_on_with_the_next_years_ledger(
    engine: Engine, agency_id: int, tmp_path: Path, cipher: FieldCipher
) -> None:
    record(
        engine, agency_id, write_csv(tmp_path / "2021.csv", [request(收到日期="2021-12-20", 补正告知日期="2021-12-27")])
    )
    with engine.connect() as connection:
        from models.tables import agency

        office = connection.execute(select(agency)).one()
    assert (office.code, office.name) == (AGENCY, AGENCY_NAME)
    year_end.run(engine, office, 2021, cipher, NOW, lambda _done, _total: None)
    assert case_row(engine, "2021-0001").state == "carried_over.pending_correction"
    row = request(收到日期="2021-12-20", 补正告知日期="2021-12-27", 办理结果=NOT_CORRECTED, 答复日期="2022-02-10")
    made = record(engine, agency_id, write_csv(tmp_path / "2022.csv", [row]))
    assert (made.continued, made.warnings) == (1, [])
    assert [kind for kind, _, _ in events(engine, "2021-0001")][-2:] == ["carry_over", "lapse"]
    assert case_row(engine, "2021-0001").state == "closed"
    assert verified(engine).ok


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"收到日期": "2020-03-03"}, "2020-03-02"),
        ({"申请人类别": "商业企业"}, "自然人"),
        ({"申请渠道": "传真"}, "当面"),
        ({"申请内容": "别的内容"}, "某村土地征收补偿安置方案"),
        ({"办理结果": "部分公开"}, "予以公开"),
        ({"答复日期": "2020-03-19"}, "2020-03-20"),
        ({"补正告知日期": "2020-03-05", "补正收到日期": "2020-03-09"}, "已公开"),
    ],
    ids=["received", "category", "channel", "content", "outcome", "reply", "a step after the end"],
)
def test_a_ledger_that_contradicts_what_is_stored_is_refused_with_a_sentence(
    shelf: tuple[Engine, int], tmp_path: Path, cells: dict[str, str], said: str
) -> None:
    engine, agency_id = shelf
    before, log = rows_stored(engine), events(engine, "2020-9001")
    with pytest.raises(InputFault) as caught:
        record(engine, agency_id, write_csv(tmp_path / "新.csv", [request("2021-0002"), STORED | cells]))
    (fault,) = caught.value.sentences
    assert fault.startswith("新.csv 第3行")
    assert said in fault
    assert (rows_stored(engine), events(engine, "2020-9001")) == (before, log)


def test_an_older_copy_of_a_row_changes_nothing_and_is_told(shelf: tuple[Engine, int], tmp_path: Path) -> None:
    engine, agency_id = shelf
    before = rows_stored(engine)
    made = record(engine, agency_id, write_csv(tmp_path / "旧.csv", [STORED | {"办理结果": "", "答复日期": ""}]))
    (warning,) = made.warnings
    assert "已有后续" in warning["message"]
    assert (made.unchanged, rows_stored(engine)) == (1, before)


def test_another_applicant_or_remark_leaves_the_case_as_it_is_with_a_warning(
    engine: Engine, agency_id: int, tmp_path: Path
) -> None:
    record(engine, agency_id, write_csv(tmp_path / "旧.csv", [answered(申请人="甲", 备注="一")]))
    before = rows_stored(engine)
    made = record(engine, agency_id, write_csv(tmp_path / "新.csv", [answered(申请人="乙", 备注="二")]))
    (warning,) = made.warnings
    assert (warning["file"], warning["row"]) == ("新.csv", 2)
    assert (made.unchanged, rows_stored(engine)) == (1, before)


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"申请渠道": "当面", "提交日期": "2021-02-26"}, "条例第三十一条"),
        ({"收费通知日期": "2021-04-15", "收费金额": "100", "缴费日期": "2021-04-20", "实收金额": "100"}, "2021-03-29"),
        ({"征求意见发出日期": "2021-03-05", "征求意见结束日期": "2021-04-30"}, "超过 15 个"),
    ],
    ids=["in person on another day", "a fee notice after the reply was due", "a consultation beyond its window"],
)
def test_what_would_be_asked_about_in_court_is_warned_of(planned: Planned, cells: dict[str, str], said: str) -> None:
    made = planned(request("2021-0500", **cells))
    assert made.faults == []
    (warning,) = made.warnings
    assert said in warning["message"]


def test_a_contradiction_names_the_field_and_both_values(planned: Planned) -> None:
    (fault,) = planned(STORED | {"收到日期": "2020-03-03"}).faults
    assert "“收到日期”系统为“2020-03-02”，本行为“2020-03-03”" in fault
