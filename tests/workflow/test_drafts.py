"""审批 in steps: what must be approved is refused at the door without it; each signs in order, nobody their own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select, text
from sqlalchemy.exc import DBAPIError

from models.personal import FieldCipher
from models.tables import approval, inbox_item, user_account
from models.vocabulary import ConsultationKind, DraftState, EventKind, Ground, Means, Opinion, Outcome, Role, Verdict
from tests.conftest import enrol
from tests.lawful import Office, day
from workflow import drafts
from workflow.case import Case, Happening
from workflow.desk import Command, History, perform
from workflow.drafts import Draft, Said, Signer
from workflow.faults import InputFault, Outdated, Refusal

TODAY = "2026-11-22"
REFUSAL: dict[str, Any] = {
    "outcome": Outcome.REFUSED_PROCESS,
    "reasons": "过程稿",
    "means": Means.POST_EMS,
}
GRANT: dict[str, Any] = {"outcome": Outcome.GRANTED, "ground": Ground.PROVIDED, "means": Means.POST_EMS}
AGREE = Said(Verdict.AGREE)


class Approving(Office):
    """An office with people who sign: 张 proposes; 李 is head, 王 legal reviewer, 赵 secrecy reviewer, 钱 leader."""

    def __init__(self, engine: Engine, agency_id: int, cipher: FieldCipher) -> None:
        super().__init__(engine, agency_id, cipher)
        self.who = {
            "zhang": self._enter("张某", Role.OFFICER),
            "li": self._enter("李某", Role.HEAD, Role.OFFICER),
            "wang": self._enter("王某", Role.LEGAL_REVIEWER),
            "zhao": self._enter("赵某", Role.SECRECY_REVIEWER, Role.LEGAL_REVIEWER),
            "qian": self._enter("钱某", Role.LEADER),
        }

    def _enter(self, name: str, *roles: Role) -> Signer:
        row = insert(user_account).values(
            agency_id=self.agency_id,
            name=name,
            login=f"{self.agency_id}{name}",
            roles=[role.value for role in roles],
            password_hash="-",
        )
        with self.engine.begin() as connection:
            made = connection.execute(row.returning(user_account.c.id)).scalar_one()
        return Signer(made, name, f"web:{name}", roles)

    def propose(self, event: EventKind = EventKind.DECIDE, by: str = "zhang", **facts: Any) -> Draft:
        self._taken += 1
        with self.engine.begin() as connection:
            return drafts.propose(
                connection,
                self.agency_id,
                self.number,
                Happening(event, self.now.date(), facts),
                self.who[by],
                f"draft:{self._taken}",
                len(self.log),
                self.now,
            )

    def sign(self, draft: Draft, by: str, said: Said = AGREE) -> Draft:
        with self.engine.begin() as connection:
            return drafts.sign(connection, self.agency_id, draft.id, self.who[by], said, self.cipher, self.now)

    def enter(self, draft: Draft, on: str = TODAY, **facts: Any) -> Case:
        happening = Happening(draft.kind, day(on), facts)
        with self.engine.begin() as connection:
            return drafts.enter(
                connection, self.agency_id, draft.id, happening, "web:zhang", self.cipher, self.now
            ).case

    def told(self, name: str) -> list[str]:
        known = inbox_item.c
        with self.engine.connect() as connection:
            return list(connection.scalars(select(known.text).where(known.recipient == name).order_by(known.id)))


@pytest.fixture
def office(engine: Engine, agency_id: int, cipher: FieldCipher) -> Approving:
    office = Approving(engine, agency_id, cipher)
    office.choose("approve_reply", "法制审核、保密审查、分管领导")
    office.register("2026-11-10")
    return office


def test_a_step_that_must_be_approved_is_refused_at_the_door_until_it_is(office: Approving) -> None:
    refusal = office.refused(EventKind.DECIDE, TODAY, **REFUSAL)
    assert refusal.sentence == "按本机关的设置，“答复”应先送审，经法制审核人、保密审查人、分管领导同意后登记"
    assert "不能自行填写" in str(office.mistaken(EventKind.DECIDE, TODAY, **REFUSAL, approvals="分管领导 钱某 同意"))
    office.choose("approve_reply", "")
    assert office.then(EventKind.DECIDE, TODAY, **REFUSAL).closed == day(TODAY)


def test_an_opinion_that_is_late_is_called_for_once_on_a_working_day(office: Approving) -> None:
    draft = office.propose(**REFUSAL)
    assert str(draft.due) == "2026-11-24"

    def remind(today: str) -> int:
        with office.engine.begin() as connection:
            return drafts.remind(connection, office.agency_id, office.now, day(today))

    assert [remind(each) for each in ("2026-11-24", "2026-11-28")] == [0, 0]
    # Both legal reviewers, once each.
    assert [remind(each) for each in ("2026-11-25", "2026-11-25", "2026-11-26")] == [2, 0, 0]
    assert "应在 2026-11-24 以前审批，已过内部期限" in office.told("王某")[-1]
    assert len(office.told("钱某")) == 0
    office.now += timedelta(days=3)
    draft = office.sign(draft, "wang")
    assert str(draft.due) == "2026-11-27"
    # The next place of the route has its own days, and its own call.
    assert [remind(each) for each in ("2026-11-27", "2026-11-30", "2026-12-01")] == [0, 1, 0]
    assert "已过内部期限" in office.told("赵某")[-1]
    office.sign(draft, "zhao", Said(Verdict.RETURN, "理由不全", may_release=None))
    assert remind("2026-12-31") == 0


def test_each_agrees_in_order_and_the_log_says_who(office: Approving) -> None:
    draft = office.propose(**REFUSAL)
    assert (draft.state, draft.awaited) == (DraftState.IN_REVIEW, Role.LEGAL_REVIEWER)
    assert "送请法制审核人审批" in office.told("王某")[0]
    for wrong in ("qian", "li", "zhang"):
        with pytest.raises(Refusal, match="没有这一职责"):
            office.sign(draft, wrong)
    draft = office.sign(draft, "wang")
    draft = office.sign(draft, "zhao", Said(Verdict.AGREE, may_release=False))
    with pytest.raises(Refusal, match="只有已经同意的才能登记"):
        office.enter(draft)
    draft = office.sign(draft, "qian")
    assert (draft.state, draft.awaited) == (DraftState.APPROVED, None)
    assert "请登记" in office.told("张某")[-1]
    case = office.enter(draft, reply_number="〔2026〕5号")
    assert case.last_outcome() is Outcome.REFUSED_PROCESS
    facts = office.log[-1].happening.facts
    assert facts["approvals"] == (
        "法制审核人 王某 2026-11-22 同意；保密审查人 赵某 2026-11-22 同意；分管领导 钱某 2026-11-22 同意"
    )
    assert facts["reply_number"] == "〔2026〕5号"
    with office.engine.connect() as connection:
        assert drafts.find(connection, office.agency_id, draft.id).state is DraftState.RECORDED
    # Done twice it is done once.
    before = len(office.log)
    office.enter(draft)
    assert len(office.log) == before
    office.assert_in_order()


def test_art17_the_secrecy_reviewers_opinion_is_the_secrecy_review(office: Approving) -> None:
    draft = office.sign(office.propose(**GRANT), "wang")
    with pytest.raises(InputFault, match="是否可以公开"):
        office.sign(draft, "zhao")
    with pytest.raises(InputFault, match="应退回修改"):
        office.sign(draft, "zhao", Said(Verdict.AGREE, may_release=False))
    assert office.case.secrecy_reviews == ()
    draft = office.sign(draft, "zhao", Said(Verdict.AGREE, "已逐项审查", may_release=True))
    (review,) = office.case.secrecy_reviews
    assert review.may_release
    assert office.log[-1].happening.facts == {"reviewer": "赵某", "may_release": True, "remarks": "已逐项审查"}
    assert office.enter(office.sign(draft, "qian")).last_outcome() is Outcome.GRANTED
    office.assert_in_order()


def test_what_is_returned_says_why_and_is_proposed_anew(office: Approving) -> None:
    draft = office.sign(office.propose(**GRANT), "wang")
    with pytest.raises(InputFault, match="应写明要改什么"):
        office.sign(draft, "zhao", Said(Verdict.RETURN))
    draft = office.sign(draft, "zhao", Said(Verdict.RETURN, "附件二不能公开", may_release=False))
    assert draft.state is DraftState.RETURNED
    assert "附件二不能公开" in office.told("张某")[-1]
    assert not office.case.secrecy_reviews[-1].may_release
    with pytest.raises(Refusal, match="退回修改"):
        office.sign(draft, "zhao", Said(Verdict.AGREE, may_release=True))
    with office.engine.connect() as connection:
        assert [each.id for each in drafts.mine(connection, office.agency_id, office.who["zhang"])] == [draft.id]
    with pytest.raises(Refusal, match="第十七条"):
        office.propose(**GRANT)
    again = office.propose(**REFUSAL)
    assert again.state is DraftState.IN_REVIEW
    with office.engine.connect() as connection:
        assert [each.id for each in drafts.mine(connection, office.agency_id, office.who["zhang"])] == [again.id]


def test_nobody_approves_their_own_and_nobody_signs_two_places(office: Approving) -> None:
    draft = office.sign(office.propose(**REFUSAL), "zhao")
    with pytest.raises(Refusal, match="同一人签署两个环节"):
        office.sign(draft, "zhao", Said(Verdict.AGREE, may_release=False))
    office.choose("approve_twice", "是")
    assert office.sign(draft, "zhao", Said(Verdict.AGREE, may_release=False)).awaited is Role.LEADER
    office.register("2026-11-12")
    office.choose("approve_reply", "公开机构负责人")
    with pytest.raises(Refusal, match="无人可以审批"):
        office.propose(by="li", **REFUSAL)
    office.who["sun"] = office._enter("孙某", Role.HEAD)
    own = office.propose(by="li", **REFUSAL)
    assert office.told("李某") == []
    with pytest.raises(Refusal, match="本人拟办的"):
        office.sign(own, "li")
    assert office.sign(own, "sun").state is DraftState.APPROVED


def test_a_draft_that_the_case_has_outgrown_is_told_and_made_anew(office: Approving) -> None:
    draft = office.sign(office.propose(**REFUSAL), "wang")
    office.then(EventKind.NOTE, TODAY, text="来电")
    draft = office.sign(draft, "zhao", Said(Verdict.AGREE, may_release=False))
    with pytest.raises(Refusal, match="应先撤回"):
        office.propose(**REFUSAL)
    office.then(EventKind.CONSULT, TODAY, kind=ConsultationKind.THIRD_PARTY, party="某公司")
    with pytest.raises(Refusal, match="第 4 条“征求意见”"):
        office.sign(draft, "qian")
    with pytest.raises(Refusal):
        office.propose(**REFUSAL)
    office.then(EventKind.OPINIONS_IN, TODAY, consultation=1, opinion=Opinion.AGREE)
    again = office.propose(**REFUSAL)
    with office.engine.connect() as connection:
        assert drafts.find(connection, office.agency_id, draft.id).state is DraftState.WITHDRAWN
    assert again.version == len(office.log)


def test_what_the_form_was_opened_on_must_still_hold_and_a_form_sent_twice_is_one_draft(office: Approving) -> None:
    happening = Happening(EventKind.DECIDE, day(TODAY), REFUSAL)
    made = []
    for _ in range(2):
        with office.engine.begin() as connection:
            who = office.who["zhang"]
            made.append(drafts.propose(connection, office.agency_id, office.number, happening, who, "x", 1, office.now))
    assert made[0] == made[1]
    with pytest.raises(Outdated), office.engine.begin() as connection:
        drafts.propose(connection, office.agency_id, office.number, happening, office.who["zhang"], "y", 0, office.now)


def test_an_approved_step_is_recorded_as_it_was_approved_and_not_before(office: Approving) -> None:
    office.choose("approve_reply", "分管领导")
    draft = office.sign(office.propose(**REFUSAL), "qian")
    with pytest.raises(Refusal, match="早于审批同意的日期"):
        office.enter(draft, "2026-11-20")
    with pytest.raises(InputFault, match="不能再填或者更改"):
        office.enter(draft, reasons="别的理由")
    with pytest.raises(InputFault, match="晚于今天"):
        office.enter(draft, "2026-11-23")
    office.now += timedelta(days=1)
    assert office.enter(draft, "2026-11-23").closed == day("2026-11-23")


def test_art33_an_extension_is_approved_by_the_head_whose_name_it_bears(office: Approving) -> None:
    with pytest.raises(InputFault, match="第三十三条第二款"):
        office.choose("approve_extension", "分管领导")
    office.choose("approve_extension", "法制审核、公开机构负责人")
    office.refused(EventKind.EXTEND, TODAY, working_days=10, reason="量大", approver="李某")
    draft = office.propose(EventKind.EXTEND, working_days=10, reason="量大")
    draft = office.sign(office.sign(draft, "wang"), "li")
    office.enter(draft)
    assert office.log[-1].happening.facts["approver"] == "李某"
    # The day of the law is not moved by waiting: after the last day there is nothing left to approve.
    late = office.register("2026-10-28")
    draft = office.propose(EventKind.EXTEND, working_days=10, reason="量大")
    office.today_is("2026-12-10")
    with pytest.raises(Refusal, match="应重新送审"):
        office.sign(draft, "wang")
    assert late == office.number


def test_a_draft_is_withdrawn_by_its_author_only(office: Approving) -> None:
    draft = office.propose(**REFUSAL)
    for who, said in (("wang", "只有拟办人可以撤回"), ("zhang", "")):
        with office.engine.begin() as connection:
            if said:
                with pytest.raises(Refusal, match=said):
                    drafts.withdraw(connection, office.agency_id, draft.id, office.who[who])
            else:
                drafts.withdraw(connection, office.agency_id, draft.id, office.who[who])
    with pytest.raises(Refusal, match="已撤回"):
        office.sign(draft, "wang")


def test_the_office_knows_what_waits_for_whom_and_until_when(office: Approving) -> None:
    draft = office.propose(**REFUSAL)
    with office.engine.connect() as connection:
        here = (connection, office.agency_id)
        assert [each.id for each in drafts.waiting(*here, office.who["wang"])] == [draft.id]
        assert drafts.waiting(*here, office.who["qian"]) == []
        assert drafts.waiting(*here, office.who["zhang"]) == []
        assert drafts.waiting(connection, office.agency_id, Signer(1, "无", "web:x")) == []
        # Two working days after Sunday 22 November.
        assert drafts.find(*here, draft.id).due == day("2026-11-24")
        there = enrol(office.engine, "bieju", "别的局")
    with office.engine.connect() as connection, pytest.raises(InputFault):
        drafts.find(connection, there, draft.id)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE draft SET facts = '{}'",
        "UPDATE draft SET route = '{}'",
        "DELETE FROM draft",
        "UPDATE approval SET verdict = 'agree'",
        "DELETE FROM approval",
    ],
)
def test_what_was_proposed_and_said_cannot_be_changed(office: Approving, statement: str) -> None:
    office.sign(office.propose(**REFUSAL), "wang")
    with pytest.raises(DBAPIError) as denied, office.engine.begin() as connection:
        connection.execute(text(statement))
    assert getattr(denied.value.orig, "sqlstate", None) == "42501"
    with office.engine.connect() as connection:
        assert len(connection.execute(select(approval)).all()) == 1


def test_the_past_is_taken_in_without_approval(office: Approving) -> None:
    reply = Command(Happening(EventKind.DECIDE, day("2026-11-20"), REFUSAL), "past", "import", recorded=True)
    with office.engine.begin() as connection:
        done = perform(connection, office.agency_id, History([reply], office.record.case_id), office.cipher, office.now)
    assert done.case.last_outcome() is Outcome.REFUSED_PROCESS
