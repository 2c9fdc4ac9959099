"""What needs no sign-in: the way in, the status page, probes, metrics, calendar feeds, style sheets, the language."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from web import assets, calendar_feed, readiness
from web.frame import local_path, page
from web.gauges import Gauges, looking, read_gauges
from web.house import House, house_of, is_secure
from web.language import COOKIE, LANGUAGES
from web.metrics import metrics
from web.rights import public
from workflow import desk, staff

router = APIRouter()
_GET = ["GET", "HEAD"]
_YEAR = 31_536_000


def _gauges(house: House) -> Gauges | None:
    """None where the database does not answer, or not at this program's revision."""
    instant = house.now()
    try:
        with looking(house.engine) as connection:
            return read_gauges(connection, instant, desk.day_of(instant))
    except SQLAlchemyError:
        return None


@router.api_route("/", methods=_GET, dependencies=[public])
def way_in() -> Response:
    """The workbench; who is not signed in is sent on from there."""
    return RedirectResponse("/desk", status_code=303)


@router.api_route("/healthz", methods=_GET, dependencies=[public])
async def alive() -> JSONResponse:
    """The process lives. Asks nobody, and waits for none of the threads."""
    return JSONResponse({"alive": True})


@router.api_route("/readyz", methods=_GET, dependencies=[public])
def ready(request: Request) -> JSONResponse:
    """The system can work; 503 with the reason where it cannot."""
    office = house_of(request).office
    found = readiness.look(office.engine, office.settings)
    return JSONResponse(found.to_json(), status_code=200 if found.ok else 503)


@router.api_route("/metrics", methods=_GET, dependencies=[public])
def measured(request: Request) -> Response:
    """Metrics for Prometheus."""
    house = house_of(request)
    found = metrics(_gauges(house), broker=readiness.broker_trouble(house.settings) is None)
    return Response(found, media_type=CONTENT_TYPE_LATEST)


@router.api_route("/feed/{key}.ics", methods=_GET, dependencies=[public])
def feed(request: Request, key: str) -> Response:
    """Someone's deadlines. The key is looked up by its digest: how long that takes says nothing about a key."""
    house = house_of(request)
    with looking(house.engine) as connection:
        whose = staff.of_feed(connection, key, house.cipher)
        if whose is None:
            raise HTTPException(404)
        days = calendar_feed.due_days(connection, whose.agency_id, whose.name, house.today())
    return Response(calendar_feed.written(days, house.now()), media_type="text/calendar; charset=utf-8")


@router.api_route("/status", methods=_GET, dependencies=[public])
def status(request: Request) -> Response:
    """Whether the system runs, and the day's figures."""
    house = house_of(request)
    found = _gauges(house)
    together = found is not None and not house.office.database.apart
    status = 503 if found is None else 200
    return page(request, "status.html", status=status, gauges=found, today=house.today(), together=together)


@router.api_route("/static/{digest}/{name:path}", methods=_GET, dependencies=[public])
async def asset(request: Request, digest: str, name: str) -> Response:
    """A style sheet, a script, a picture."""
    found = assets.answer(request, digest, name)
    if found is None:
        raise HTTPException(404)
    return found


@router.get("/language/{language}", dependencies=[public])
def choose_language(request: Request, language: str, to: str = "/desk") -> Response:
    """Speak this language from now on in this browser."""
    if language not in LANGUAGES:
        raise HTTPException(404)
    answer = RedirectResponse(local_path(to), status_code=303)
    answer.set_cookie(
        COOKIE, language, max_age=_YEAR, path="/", httponly=True, samesite="lax", secure=is_secure(request)
    )
    return answer
