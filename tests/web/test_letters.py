"""文书 on pages: drafted from a step or from what is on record, looked at, signed, sent, come back; in a batch; templates."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO
from uuid import uuid4

import pytest
from sqlalchemy import select

from letters import rendering, templates
from letters.catalogue import BY_CODE
from models.personal import FieldCipher
from models.tables import audit_event, outbox
from models.vocabulary import EventKind, Role, Topic
from tasks import handlers
from tasks.office import Office
from tests.conftest import NOW, enrol
from tests.letters.desk import Letters
from tests.web.conftest import HTML, Browser, Staff
from tests.web.test_frame import Page
from workflow.faults import InputFault


@pytest.fixture
def desk(office: Office, agency_id: int, cipher: FieldCipher) -> Letters:
    found = Letters(office.engine, agency_id, cipher)
    found.set_up()
    return found


def audited(office: Office, kind: str) -> list[dict[str, object]]:
    with office.engine.connect() as connection:
        known = audit_event.c
        return list(connection.scalars(select(known.detail).where(known.kind == kind).order_by(known.id)))


def step(page: str, **fields: str) -> dict[str, str]:
    """The form of a step as the page gives it, filled in."""
    hidden = dict(re.findall(r'name="(version|command)" value="([^"]*)"', page))
    return {**hidden, "on": "2026-11-22", **fields}


def test_a_step_becomes_a_letter_that_is_signed_and_sent_and_then_on_record(
    officer: Browser, desk: Letters, office: Office
) -> None:
    desk.register("2026-11-18")
    here = f"/cases/{desk.number}"
    form = officer.get(f"{here}/steps/ask_correction")
    assert "先拟文书，发出时再记录" in form.text
    sent = officer.post(f"{here}/steps/ask_correction", **step(form.text, items="请写明年份", letter="1"))
    Page(sent.text)
    assert ("已拟稿" in sent.text, "发出时记录：告知补正" in sent.text) == (True, True)
    assert desk.events() == []
    letter = sent.url.path
    assert "测数公开补〔2026〕1号" in officer.post(f"{letter}/sign").text
    without = officer.post(f"{letter}/send", on="2026-11-22", means="hand", tracking="1")
    Page(without.text)
    assert (without.status_code, "没有邮件号，应不填" in without.text) == (422, True)
    done = officer.post(f"{letter}/send", on="2026-11-22", means="hand")
    Page(done.text)
    assert "已发出并记入办件，现为“等待补正”" in done.text
    assert [kind for kind, *_ in desk.events()] == ["ask_correction", "send_letter"]
    assert "已登记送达" in officer.post(f"{letter}/delivered", arrived="2026-11-22", how="本人签收").text
    assert [kind for kind, *_ in desk.events()][-1] == "deliver_correction"
    case = officer.get(here)
    Page(case.text)
    assert f'href="{letter}"' in case.text
    assert "，2026-11-22 送达" in case.text


def test_a_letter_about_what_is_on_record_is_one_click_away(officer: Browser, desk: Letters) -> None:
    here = f"/cases/{desk.number}"
    page = officer.get(here)
    Page(page.text)
    assert "政府信息公开申请登记回执</button>" in page.text
    command = str(uuid4())
    made = officer.post(f"{here}/letters", command=command, code="L02")
    again = officer.post(f"{here}/letters", command=command, code="L02")
    assert made.url.path == again.url.path
    listed = officer.get("/letters")
    Page(listed.text)
    assert f'href="{made.url.path}"' in listed.text
    refused = officer.post(f"{here}/letters", command=str(uuid4()), code="L02")
    assert "应先发出或者作废" in refused.text
    assert officer.post(f"{here}/letters", command="x", code="L02").status_code == 400
    assert "作废；编过的文号不再使用" in officer.post(f"{made.url.path}/void").text
    assert "没有待办的文书" in officer.get("/letters").text


def test_art31_the_clerk_gives_the_receipt_at_the_counter_and_no_other_letter(
    browser: Browser, people: Staff, desk: Letters, agency_id: int
) -> None:
    desk.register("2026-11-18")
    desk.then(EventKind.SEARCH, "2026-11-19", where="档案室", terms="养护", searcher="赵某", found=True)
    people.enter(agency_id, "wang", Role.CLERK)
    browser.sign_in("wang")
    here = f"/cases/{desk.number}"
    page = browser.get(here)
    assert ("登记回执</button>" in page.text, "检索" in page.text) == (True, True)
    assert 'name="code" value="L36"' not in page.text
    assert browser.post(f"{here}/letters", command=str(uuid4()), code="L36").status_code == 403
    browser.get(here)
    letter = browser.post(f"{here}/letters", command=str(uuid4()), code="L02").url.path
    assert "已签发，文号" in browser.post(f"{letter}/sign").text
    assert "已发出" in browser.post(f"{letter}/send", on="2026-11-22", means="hand").text
    assert [kind for kind, *_ in desk.events()][-1] == "send_letter"


def test_the_wording_of_a_draft_is_the_officers_and_of_a_signed_letter_nobodys(officer: Browser, desk: Letters) -> None:
    made = officer.post(f"/cases/{desk.number}/letters", command=str(uuid4()), code="L02")
    letter = made.url.path
    assert "已保存文书的文字" in officer.post(f"{letter}/wording", **{"text-1": "登记表一份"}).text
    assert "登记表一份" in officer.get(f"{letter}/preview").text
    officer.get(letter)
    assert "已签发，文号" in officer.post(f"{letter}/sign").text
    late = officer.post(f"{letter}/wording", **{"text-1": "两份"})
    assert (late.status_code, "文字不能再改" in late.text) == (422, True)


def test_whoever_looks_at_a_letter_sees_a_person_and_is_audited(
    officer: Browser, desk: Letters, office: Office, people: Staff, agency_id: int
) -> None:
    letter = officer.post(f"/cases/{desk.number}/letters", command=str(uuid4()), code="L02").url.path
    shown = officer.get(f"{letter}/preview")
    assert "王小明" in shown.text
    policy = shown.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-hashes' 'sha256-")
    assert "unsafe-inline" not in policy
    file = officer.get(f"{letter}/file")
    assert zipfile.is_zipfile(BytesIO(file.content))
    assert audited(office, "reveal") == [{"reason": "service", "letter": int(letter.rpartition("/")[2])}] * 2
    officer.get("/desk")
    officer.post("/sign-out")
    people.enter(agency_id, "fa", Role.LEGAL_REVIEWER)
    officer.sign_in("fa")
    page = officer.get(letter)
    assert (page.status_code, "预览" in page.text, "须有“登记申请”的权限" in page.text) == (200, False, True)
    assert officer.get(f"{letter}/preview").status_code == 403
    assert officer.post(f"{letter}/sign").status_code == 403


def test_a_letter_is_taken_as_pdf_or_its_page_says_what_is_missing(
    officer: Browser, desk: Letters, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter = officer.post(f"/cases/{desk.number}/letters", command=str(uuid4()), code="L02").url.path
    for _ in ("draft", "signed"):
        taken = officer.get(f"{letter}/pdf")
        assert (taken.headers["content-type"], taken.content[:5]) == ("application/pdf", b"%PDF-")
        officer.get(letter)
        officer.post(f"{letter}/sign")
    assert len(audited(office, "reveal")) == 2

    def without(_page: str, place: str) -> bytes:
        raise InputFault(f"{place}：本机缺少生成 pdf 所需的系统库")

    monkeypatch.setattr(rendering, "pdf_file", without)
    page = officer.get(f"{letter}/pdf")
    Page(page.text)
    assert (page.status_code, "《政府信息公开申请登记回执》：本机缺少生成 pdf 所需的系统库" in page.text) == (409, True)


def test_art32_what_goes_with_a_letter_is_one_click_away(officer: Browser, desk: Letters) -> None:
    here = f"/cases/{desk.number}"
    form = officer.get(f"{here}/steps/consult")
    asked = step(form.text, kind="third_party", party="甲公司", letter="1")
    letter = officer.post(f"{here}/steps/consult", **asked).url.path
    shown = officer.get(letter).text
    Page(shown)
    assert ("拟制《第三方意见确认函》" in shown, "并签发，一并寄出" in shown) == (True, True)
    # Of two who are asked the pages tell which is whose.
    assert "致第三方：甲公司" in shown
    assert all("甲公司" in officer.get(address).text for address in (here, "/letters"))
    officer.get(letter)
    officer.post(f"{letter}/sign")
    refused = officer.post(f"{letter}/send", on="2026-11-22", means="hand")
    assert (refused.status_code, "在“附件说明”中写明" in refused.text) == (422, True)
    assert officer.post(f"{letter}/enclosed", command="x", code="L07").status_code == 400
    assert officer.post(f"{letter}/enclosed", command=str(uuid4()), code="L03").status_code == 422
    own = officer.post(f"{letter}/enclosed", command=str(uuid4()), code="L07").url.path
    assert officer.get(letter).text.count(f'href="{own}"') == 1
    officer.post(f"{own}/sign")
    assert own not in officer.get("/letters").text
    officer.get(letter)
    sent = officer.post(f"{letter}/send", on="2026-11-22", means="hand")
    Page(sent.text)
    assert ("已发出" in sent.text, "拟制《政府信息公开征求意见告知书》" in sent.text) == (True, True)
    assert "甲公司" in officer.get(f"{letter}/preview").text


def test_an_approved_draft_goes_out_as_its_letter(
    officer: Browser, another: Browser, desk: Letters, people: Staff, agency_id: int
) -> None:
    desk.choose("approve_extension", "公开机构负责人")
    people.enter(agency_id, "li", Role.HEAD, name="李某")
    here = f"/cases/{desk.number}"
    form = officer.get(f"{here}/steps/extend")
    assert "先拟文书" not in form.text
    draft = officer.post(f"{here}/steps/extend", **step(form.text, working_days="20", reason="内容较多")).url.path
    another.sign_in("li")
    another.get(draft)
    another.post(f"{draft}/opinion", verdict="agree")
    page = officer.get(draft)
    Page(page.text)
    assert "拟制《政府信息公开延期答复告知书》" in page.text
    made = officer.post(f"{here}/letters", command=str(uuid4()), code="L05", draft=draft.rpartition("/")[2])
    letter = made.url.path
    officer.post(f"{letter}/sign")
    done = officer.post(f"{letter}/send", on="2026-11-22", means="hand")
    assert "已发出并记入办件" in done.text
    extend, left = desk.events()
    assert (extend[0], extend[2]["approver"], left[0]) == ("extend", "李某", "send_letter")


def test_a_letter_that_came_back_is_before_the_office_again(officer: Browser, desk: Letters) -> None:
    letter = officer.post(f"/cases/{desk.number}/letters", command=str(uuid4()), code="L02").url.path
    officer.post(f"{letter}/sign")
    sent = officer.post(f"{letter}/send", on="2026-11-22", means="post_ems", tracking="1234567890")
    assert "已发出" in sent.text
    empty = officer.post(f"{letter}/returned", came_back="2026-11-22")
    assert empty.status_code == 422
    back = officer.post(f"{letter}/returned", came_back="2026-11-22", why="查无此人")
    Page(back.text)
    assert "已登记退回" in back.text
    assert "查无此人" in officer.get("/letters").text
    assert "被退回（查无此人），应再次送达" in officer.get("/inbox").text


def test_what_is_not_ours_or_not_there_is_not_found(
    officer: Browser, desk: Letters, office: Office, people: Staff
) -> None:
    letter = officer.post(f"/cases/{desk.number}/letters", command=str(uuid4()), code="L02").url.path
    for address in ("/letters/x", "/letters/99", "/letters/batches/none", "/templates/L99/default"):
        assert officer.get(address).status_code in (403, 404)
    officer.get("/desk")
    officer.post("/sign-out")
    people.enter(enrol(office.engine, "bieju", "别的局"), "stranger", Role.HEAD)
    officer.sign_in("stranger")
    for address in (letter, f"{letter}/preview", f"{letter}/file", f"/cases/{desk.number}/bundle"):
        assert officer.get(address).status_code == 404
    assert officer.post(f"{letter}/sign").status_code == 404
    assert officer.get("/templates/L02/versions/1").status_code == 404


def test_a_batch_from_the_list_of_cases(officer: Browser, desk: Letters, office: Office) -> None:
    desk.register("2026-11-18")
    listed = officer.get("/cases")
    q = re.search(r'action="/letters/batch".*?name="q" value="([^"]*)"', listed.text, re.DOTALL)
    assert q is not None
    asked = officer.post("/letters/batch", q=q[1])
    Page(asked.text)
    assert "为查到的 2 件办件" in asked.text
    name = re.search(r'name="batch" value="([^"]*)"', asked.text)
    assert name is not None
    assert officer.post("/letters/batches", q=q[1], batch=name[1], code="L99").status_code == 422
    page = officer.post("/letters/batches", q=q[1], batch=name[1], code="L02")
    Page(page.text)
    assert "已开始制作 2 份" in page.text
    with office.engine.connect() as connection:
        item = connection.execute(select(outbox.c.id).where(outbox.c.topic == Topic.LETTER_BATCH.value)).scalar_one()
    assert handlers.handle(office, item, NOW)
    page = officer.get(page.url.path)
    Page(page.text)
    assert "已签发，待发出 2" in page.text
    wrong = officer.post(f"{page.url.path}/send", on="2026-11-22", means="post_ems", tracking="x")
    assert (wrong.status_code, "每行应为 文号,邮件号" in wrong.text) == (422, True)
    sending = officer.post(f"{page.url.path}/send", on="2026-11-22", means="hand", tracking="")
    assert "已开始发出 2 份" in sending.text
    assert "批量文书《政府信息公开申请登记回执》签发完毕" in officer.get("/inbox").text


def test_art33_a_batch_of_extensions_is_recorded_as_it_is_sent_unless_each_must_be_approved(
    browser: Browser, desk: Letters, office: Office, people: Staff, agency_id: int
) -> None:
    people.enter(agency_id, "li", Role.HEAD, name="李某")
    browser.sign_in("li")
    q = re.search(r'action="/letters/batch".*?name="q" value="([^"]*)"', browser.get("/cases").text, re.DOTALL)
    assert q is not None
    desk.choose("approve_extension", "公开机构负责人")
    assert "延期应逐件送审" in browser.post("/letters/batch", q=q[1]).text
    desk.choose("approve_extension", "")
    asked = browser.post("/letters/batch", q=q[1]).text
    Page(asked)
    (name,) = re.findall(r'name="batch" value="([^"]*)"', asked)
    given = {"q": q[1], "batch": name, "code": "extend", "means": "hand"}
    wrong = browser.post("/letters/batches", **given, working_days="21", reason="", approver="李某")
    assert (wrong.status_code, "应为 1 至 20 的整数" in wrong.text) == (422, True)
    page = browser.post("/letters/batches", **given, working_days="20", reason="档案库房搬迁", approver="李某")
    assert "已开始制作 1 份" in page.text

    def work() -> None:
        with office.engine.connect() as connection:
            here = (outbox.c.topic == Topic.LETTER_BATCH.value) & outbox.c.done_at.is_(None)
            (item,) = connection.scalars(select(outbox.c.id).where(here))
        assert handlers.handle(office, item, NOW)

    work()
    assert desk.events() == []
    # Whoever sends them extends: the head, as with one letter.
    people.enter(agency_id, "zhang", Role.OFFICER, name="张某")
    browser.get("/desk")
    browser.post("/sign-out")
    browser.sign_in("zhang")
    assert "核对并发出" not in browser.get(page.url.path).text
    assert browser.post(f"{page.url.path}/send", on="2026-11-22", means="hand", tracking="").status_code == 403
    assert (
        browser.post("/letters/batches", **given, working_days="20", reason="搬迁", approver="李某").status_code == 403
    )
    browser.get("/desk")
    browser.post("/sign-out")
    browser.sign_in("li")
    browser.get(page.url.path)
    browser.post(f"{page.url.path}/send", on="2026-11-22", means="hand", tracking="")
    work()
    (extended, left) = desk.events()
    assert (extended[0], extended[2]["reason"], extended[2]["approver"]) == ("extend", "档案库房搬迁", "李某")
    assert left[0] == "send_letter"
    assert ("L05", 1) not in desk.owed()


def test_templates_are_taken_changed_uploaded_and_put_back(
    browser: Browser, people: Staff, agency_id: int, office: Office, desk: Letters
) -> None:
    people.enter(agency_id, "li", Role.HEAD, name="李某")
    browser.sign_in("li")
    Page(browser.get("/templates").text)
    default = browser.get("/templates/L03/default").content
    assert default == templates.default(BY_CODE["L03"])

    def upload(content: bytes) -> object:
        files = [("template", ("模板.docx", content))]
        return browser.client.post("/templates/L03", data={"form_token": browser.token}, files=files, headers=HTML)

    wrong = upload(b"PK no docx")
    Page(wrong.text)
    assert (wrong.status_code, "模板" in wrong.text) == (422, True)
    assert browser.post("/templates/L03").status_code == 422
    done = upload(default)
    assert "已保存《政府信息公开申请补正告知书》的第 1 版模板" in done.text
    assert browser.get("/templates/L03/versions/1").content == default
    assert "已恢复默认模板" in browser.post("/templates/L03/restore").text
    assert "现在用的就是默认模板" in browser.post("/templates/L03/restore").text
    assert audited(office, "template_changed") == [{"version": 1}, {"version": 2}]


def test_a_whole_case_is_taken_out_for_a_reason_that_is_audited(
    officer: Browser, desk: Letters, office: Office
) -> None:
    here = f"/cases/{desk.number}/bundle"
    Page(officer.get(here).text)
    assert officer.post(here).status_code == 422
    taken = officer.post(here, reason="review")
    with zipfile.ZipFile(BytesIO(taken.content)) as archive:
        assert "log.json" in archive.namelist()
    (entry,) = audited(office, "export")
    assert (entry["reason"], len(str(entry["bundle"]))) == ("review", 64)
    assert EventKind.SEND_LETTER.value not in [kind for kind, *_ in desk.events()]
