"""Who one is, which agencies there are, the calendar, the days that follow from facts, and the description itself."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy import select

from models.tables import agency as agencies_of
from web.api import description
from web.api.callers import Caller, allows, area
from web.api.cases import AgencyCode
from web.api.shapes import Agencies, CalendarYear, DeadlineAnswer, DeadlineFacts, Me
from web.house import house_of
from web.rights import Right, public
from workflow import accounts, calendar_book, facts_json, notices
from workflow.calendar import FIRST_YEAR, LAST_YEAR

router = area("其他")

Anyone = Annotated[Caller, allows(Right.OWN_ACCOUNT)]
Calendar = Annotated[Caller, allows(Right.SEE_CALENDAR)]


@router.get("/openapi.json", dependencies=[public], include_in_schema=False)
def described(request: Request) -> Response:
    """The description of the interface, for everyone: it tells nothing of any office."""
    return JSONResponse(description.of(request.app))


@router.get(
    "/client",
    response_model=Me,
    operation_id="getClient",
    summary="接口账号自己",
    description="这个令牌属于哪个接口账号、哪个机关，有哪些权限，用到哪一日。不需要任何权限。",
)
def me(caller: Anyone) -> Any:
    """The client that asks."""
    client = caller.client
    return {
        "name": client.name,
        "agency": client.agency_code,
        "agency_name": client.agency,
        "scopes": client.scopes,
        "below": client.below,
        "expires_on": client.expires_on,
    }


@router.get(
    "/agencies",
    response_model=Agencies,
    operation_id="listAgencies",
    summary="可以查询的机关",
    description="本机关；接口账号包括下属机关的，还有各级下属机关。不需要任何权限。",
)
def agencies(request: Request, caller: Anyone) -> Any:
    """The client's own agency, and those below it where it reaches them."""
    with house_of(request).engine.connect() as connection:
        mine = caller.agency_id
        reach = accounts.below(connection, mine) if caller.client.below else {mine}
        above = agencies_of.alias()
        rows = connection.execute(
            select(agencies_of.c.code, agencies_of.c.name, above.c.code.label("parent"))
            .join(above, (above.c.id == agencies_of.c.parent_id) & above.c.id.in_(reach), isouter=True)
            .where(agencies_of.c.id.in_(reach))
            .order_by(agencies_of.c.code)
        ).all()
    return {"agencies": rows}


@router.get(
    "/calendar/{year}",
    response_model=CalendarYear,
    operation_id="getCalendar",
    summary="一年的工作日历",
    description="与平常的一周不同的日子：放假、调休上班，本机关自己的日期也在内。",
)
def calendar(
    request: Request,
    caller: Calendar,
    year: Annotated[int, Path(ge=FIRST_YEAR, le=LAST_YEAR, description="年度")],
    agency: AgencyCode = None,
) -> Any:
    """One year of the working-day calendar."""
    with house_of(request).engine.connect() as connection:
        owner = caller.agency(connection, agency)
        return notices.describe(calendar_book.current(connection, owner.id), year)


@router.post(
    "/deadlines",
    response_model=DeadlineAnswer,
    operation_id="reckonDeadlines",
    summary="推算期限",
    description="从一件申请的事实推算各期限，逐条说明理由和条文。不涉及任何办件，不保存。",
)
def deadlines(request: Request, caller: Calendar, body: DeadlineFacts) -> Any:
    """The dates of a case and why, from its facts alone."""
    house = house_of(request)
    question = facts_json.read_question(body.model_dump(mode="json"), house.today())
    with house.engine.connect() as connection:
        working_days = calendar_book.current(connection, caller.agency_id)
    return facts_json.answer(question, working_days)
