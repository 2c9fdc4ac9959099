"""下级机关、汇总: a supervisor reads what is below and nothing beside; the area's figures lead to their agencies."""

from __future__ import annotations

import re
from html import unescape

import pytest
from sqlalchemy import select, update

from models.personal import FieldCipher
from models.tables import agency, audit_event
from models.vocabulary import Role
from tasks.office import Office
from tests.conftest import enrol
from tests.lawful import Office as Desk
from tests.web.conftest import Browser, Staff
from tests.web.test_frame import Page


class Area:
    """An authority with a county below, and a stranger beside; a case in each."""

    def __init__(self, office: Office, agency_id: int, cipher: FieldCipher) -> None:
        self.county, self.beside = enrol(office.engine, "xian", "某县"), enrol(office.engine, "pang", "旁边单位")
        with office.engine.begin() as connection:
            connection.execute(update(agency).where(agency.c.id == self.county).values(parent_id=agency_id))
        self.desks = [Desk(office.engine, each, cipher) for each in (agency_id, self.county, self.beside)]
        for number, (desk, subject) in enumerate(zip(self.desks, ("自己的事", "县里的事", "旁边的事"), strict=True)):
            # Each office's commands have ids of their own.
            desk._taken = 1_000 * number
            desk.register("2026-10-30", subject=subject)
        self.desks[1].register("2026-10-30", subject="县里第二件")


@pytest.fixture
def area(office: Office, agency_id: int, cipher: FieldCipher) -> Area:
    return Area(office, agency_id, cipher)


@pytest.fixture
def supervisor(browser: Browser, people: Staff, agency_id: int) -> Browser:
    people.enter(agency_id, "super", Role.SUPERVISOR)
    browser.sign_in("super")
    return browser


def test_a_supervisor_chooses_an_agency_below_and_reads_it(supervisor: Browser, area: Area, office: Office) -> None:
    page = supervisor.get("/below").text
    Page(page)
    assert "某县" in page
    assert "旁边单位" not in page
    assert "自己的事" in supervisor.get("/cases").text
    there = supervisor.post("/below", agency="xian", to="/cases")
    Page(there.text)
    assert "正在查看下级机关：某县" in there.text
    assert ("县里的事" in there.text, "自己的事" in there.text) == (True, False)
    case = supervisor.get(f"/cases/{area.desks[1].number}")
    assert (case.status_code, "县里第二件" in case.text) == (200, True)
    # It is read: no step is offered and none is taken.
    assert "/steps/" not in case.text
    assert "正在查看" in supervisor.get("/reports/2026").text
    assert "县里" not in supervisor.get("/desk").text
    for code in ("pang", "nothing", ""):
        assert supervisor.post("/below", agency=code).status_code == 404
    supervisor.post("/below", agency="ceshi", to="/cases")
    assert "自己的事" in supervisor.get("/cases").text


def test_a_cookie_made_by_hand_opens_nothing(
    browser: Browser, supervisor: Browser, another: Browser, people: Staff, agency_id: int, area: Area
) -> None:
    supervisor.client.cookies.set("yishen_agency", "pang")
    assert "自己的事" in supervisor.get("/cases").text
    # Who is no supervisor stays at home, whatever the cookie says.
    people.enter(agency_id, "head", Role.HEAD)
    another.sign_in("head")
    another.client.cookies.set("yishen_agency", "xian")
    page = another.get("/cases").text
    assert ("自己的事" in page, "县里的事" in page) == (True, False)
    assert another.get("/area").status_code == 404
    assert another.get("/area/2026").status_code == 404
    assert another.get("/area/2026/download?format=json").status_code == 404


def test_who_is_an_officer_too_only_reads_below(browser: Browser, people: Staff, agency_id: int, area: Area) -> None:
    people.enter(agency_id, "both", Role.SUPERVISOR, Role.OFFICER)
    browser.sign_in("both")
    browser.get("/below")
    browser.post("/below", agency="xian", to="/cases")
    assert "/steps/" not in browser.get(f"/cases/{area.desks[1].number}").text
    # What is written is written at home.
    assert "正在查看" not in browser.get("/register").text


def test_every_figure_of_the_area_leads_to_the_agencies_it_comes_from(supervisor: Browser, area: Area) -> None:
    page = supervisor.get("/area/2026").text
    Page(page)
    assert "旁边单位" not in page
    links = re.findall(r'<td id="c-[\w-]+"[^>]*><a href="([^"]+)">(\d+)</a></td>', page)
    assert links
    for address, figure in links:
        listed = supervisor.get(unescape(address))
        Page(listed.text)
        assert sum(int(n) for n in re.findall(r"</th><td>(\d+)</td>", listed.text)) == int(figure)
    new = next(each for each in links if "key=new" in each[0])
    assert "某县</th><td>2</td>" in supervisor.get(unescape(new[0])).text
    for wrong in ("table=x&key=new", "table=applications&key=x", "table=applications&key=new&index=99"):
        assert supervisor.get(f"/area/2026/cells?{wrong}").status_code == 404
    assert supervisor.get("/area/2018").status_code == 404
    assert supervisor.get("/area/2026?version=1").status_code == 404
    Page(supervisor.get("/area").text)


def test_an_area_is_sealed_by_a_supervisor_who_may_seal_with_a_reason_where_some_have_not_filed(
    browser: Browser, another: Browser, people: Staff, agency_id: int, area: Area, office: Office
) -> None:
    people.enter(agency_id, "super", Role.SUPERVISOR)
    people.enter(agency_id, "both", Role.SUPERVISOR, Role.HEAD, name="李科长")
    another.sign_in("super")
    assert another.post("/area/2025/seal", reason="试").status_code == 403
    browser.sign_in("both")
    assert 'action="/area/2026/seal"' not in browser.get("/area/2026").text
    browser.get("/area/2025")
    refused = browser.post("/area/2025/seal")
    Page(refused.text)
    assert (refused.status_code, "某县：报告没有封存" in refused.text) == (422, True)
    sealed = browser.post("/area/2025/seal", reason="限期将至")
    assert "已封存为第 1 版" in sealed.text
    Page(browser.get("/area/2025?version=1").text)
    body = browser.get("/area/2025/download?format=json&version=1")
    assert (body.status_code, body.json()["year"]) == (200, 2025)
    assert browser.get("/area/2025/download?format=xlsx").content[:2] == b"PK"
    with office.engine.connect() as connection:
        rows = connection.execute(select(audit_event.c.kind, audit_event.c.object, audit_event.c.agency_id)).all()
    assert ("report_sealed", "area 2025", agency_id) in [tuple(row) for row in rows]
    assert ("export", "area 2025", agency_id) in [tuple(row) for row in rows]


def test_what_is_done_while_looking_is_audited_at_home(
    supervisor: Browser, area: Area, office: Office, agency_id: int
) -> None:
    supervisor.get("/below")
    supervisor.post("/below", agency="xian", to="/reports")
    assert supervisor.get("/reports/2026/download?format=json").json()["agency"] == "某县"
    with office.engine.connect() as connection:
        exported = select(audit_event.c.agency_id).where(audit_event.c.kind == "export")
        assert connection.execute(exported).scalars().all() == [agency_id]
