"""机关: entered, renamed and moved by the system administrator of an agency above them, and by nobody else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from models.tables import agency, audit_event
from models.vocabulary import Role
from tasks.office import Office
from tests.conftest import NOW, enrol
from tests.web.conftest import Browser, Staff
from tests.web.test_frame import Page
from workflow import agencies
from workflow.audit import Author
from workflow.faults import InputFault


@pytest.fixture
def admin(browser: Browser, people: Staff, agency_id: int) -> Browser:
    people.enter(agency_id, "sys", Role.SYSTEM_ADMINISTRATOR)
    browser.sign_in("sys")
    return browser


def rows(office: Office) -> dict[str, tuple[str, int | None]]:
    with office.engine.connect() as connection:
        return {row.code: (row.name, row.parent_id) for row in connection.execute(select(agency))}


def test_agencies_are_entered_renamed_and_moved_below_ones_own(admin: Browser, office: Office, agency_id: int) -> None:
    beside = enrol(office.engine, "pang", "旁边单位")
    Page(admin.get("/agencies/new").text)
    for code, name in (("xian", "某县"), ("zhen", "某镇")):
        assert "机关已建立" in admin.post("/agencies/new", under=agency_id, code=code, name=name).text
    with office.engine.connect() as connection:
        ids = dict(connection.execute(select(agency.c.code, agency.c.id)).all())
    page = admin.get("/agencies").text
    Page(page)
    assert "旁边单位" not in page
    assert "某镇" not in admin.get("/agencies?q=xian").text
    assert "没有找到" in admin.get("/agencies?q=nowhere").text
    Page(admin.get(f"/agencies/{ids['zhen']}").text)
    moved = admin.post(f"/agencies/{ids['zhen']}", name="某某镇", under=ids["xian"])
    assert "“某某镇”已变更" in moved.text
    assert rows(office)["zhen"] == ("某某镇", ids["xian"])
    assert "没有变动" in admin.post(f"/agencies/{ids['zhen']}", name="某某镇", under=ids["xian"]).text
    # Not under itself or what is below it, not out of reach, not above one's own.
    loop = admin.post(f"/agencies/{ids['xian']}", name="某县", under=ids["zhen"])
    assert (loop.status_code, "在它之下" in loop.text) == (422, True)
    assert admin.post(f"/agencies/{ids['zhen']}", name="某某镇", under=beside).status_code == 404
    assert admin.post("/agencies/new", under=beside, code="x", name="某").status_code == 404
    assert admin.get(f"/agencies/{beside}").status_code == 404
    admin.post(f"/agencies/{agency_id}", name="测试市数据局", under=ids["xian"])
    assert rows(office)["ceshi"][1] is None
    assert rows(office)["zhen"] == ("某某镇", ids["xian"])
    with office.engine.connect() as connection:
        changed = select(audit_event.c.object, audit_event.c.detail).where(audit_event.c.kind == "agency_changed")
        assert [tuple(row) for row in connection.execute(changed.order_by(audit_event.c.id))] == [
            ("xian", {"made": True, "under": "ceshi"}),
            ("zhen", {"made": True, "under": "ceshi"}),
            ("zhen", {"before": "某镇", "after": "某某镇"}),
            ("zhen", {"moved_from": "ceshi", "under": "xian"}),
        ]


def test_what_cannot_be_is_refused_by_its_field(admin: Browser, office: Office, agency_id: int) -> None:
    admin.get("/agencies/new")
    for code, name, said in (
        ("ceshi", "某局", "已被使用"),
        ("-x", "某局", "不能用，应为字母"),
        ("", "某局", "没有填写"),
        ("x", "", "没有填写"),
        ("x", "某" * 201, "200 个字"),
    ):
        answer = admin.post("/agencies/new", under=agency_id, code=code, name=name)
        Page(answer.text)
        assert (answer.status_code, said in answer.text) == (422, True), (code, name)
    assert set(rows(office)) == {"ceshi"}


def test_the_tree_has_each_agency_once_after_the_one_above_it(office: Office, agency_id: int) -> None:
    @given(st.lists(st.integers(0, 10**6), min_size=1, max_size=12))
    @settings(max_examples=8, deadline=None)
    def check(places: list[int]) -> None:
        with office.engine.connect() as connection, connection.begin() as transaction:
            ids = [agency_id]
            author = Author("web:sys", agency_id, NOW)
            for number, place in enumerate(places):
                above = ids[place % len(ids)]
                ids.append(agencies.establish(connection, author, above, f"c{number}", f"局{number}"))
            tree = agencies.tree(connection, agency_id)
            seen = {node.id: index for index, node in enumerate(tree)}
            assert sorted(seen) == sorted(ids)
            for node in tree[1:]:
                above_it = tree[seen[node.parent_id or 0]]
                assert seen[above_it.id] < seen[node.id]
                assert node.depth == above_it.depth + 1
            transaction.rollback()

    check()


def test_a_ring_of_agencies_made_by_hand_does_not_hang(office: Office, agency_id: int) -> None:
    there = enrol(office.engine, "xia", "下级")
    with office.engine.begin() as connection:
        connection.execute(update(agency).where(agency.c.id == there).values(parent_id=agency_id))
        connection.execute(update(agency).where(agency.c.id == agency_id).values(parent_id=there))
    with office.engine.connect() as connection:
        assert [node.code for node in agencies.tree(connection, agency_id)] == ["ceshi", "xia"]
    with pytest.raises(InputFault), office.engine.begin() as connection:
        agencies.place_under(connection, "ceshi", "xia")
