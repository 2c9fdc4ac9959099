"""The interface described: OpenAPI with examples, made from the routes, the scopes and the event table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from models.vocabulary import EventKind, Scope
from web.api import problems
from web.api.callers import ApiRoute
from web.api.examples import EXAMPLES, PROBLEM
from web.api.once import REPLAYED
from web.api.shapes import FIRST, ProblemDetails
from web.rights import SCOPE_RIGHTS, STEP_RIGHTS, Right, declarations
from web.steps import asked_of
from workflow.statute import BY_EVENT

VERSION = "1"

_ABOUT = """\
依申请公开办件系统的接口：与网页同样的事项，同样的权限。

- **令牌**：每个请求带 `Authorization: Bearer 令牌`。令牌由系统管理员在“接口”页或者用 `yishen client add`
  建立，只显示一次；在网页建立的，安全管理员确认权限后才能使用。网页的登录（cookie）在这里不起作用。
- **幂等键**：递交申请须带 `Idempotency-Key`，记录办理事项时建议带。同一键、同一内容只办一次，
  再次请求得到与第一次相同的回答，并带 `Idempotency-Replayed: true`；同一键、另一内容的回答 422；
  正在办理的回答 409。没有办成的不占用幂等键。
- **翻页**：回答里的 `next` 是下一页的 `cursor`，原样带回；为空即到末页。
- **问题**：一律为 `application/problem+json`（RFC 9457），`detail` 为一句中文，`errors` 逐处说明。
  `Accept-Language: en` 的，系统自己的话用英文；依法拒绝的理由和条文只有中文。
- **日期**：形如 2026-11-23，按北京时间；金额为文字，以元为单位。
"""

_STATUSES = {
    400: "内容不是有效的 JSON",
    401: "没有令牌，或者令牌不正确、尚未确认、已停用、已过期",
    403: "接口账号没有需要的权限",
    404: "没有这一内容，或者不在可以查看的范围内",
    409: "依法现在不能办理（refused）、办件已有新的记录（outdated）或者同一请求正在办理（in-progress）",
    413: "提交的内容太大",
    415: "内容不是 application/json",
    422: "内容或者参数不符合要求（invalid），或者幂等键已用于别的请求（key-reused）",
    503: "数据库暂时没有回答",
}


def of(app: FastAPI) -> dict[str, Any]:
    """The description of an application's interface, as OpenAPI 3.1."""
    known: dict[str, Any] | None = getattr(app.state, "description", None)
    if known is None:
        known = app.state.description = _described([route for route in app.routes if isinstance(route, ApiRoute)])
    return known


def _described(routes: list[ApiRoute]) -> dict[str, Any]:
    found = get_openapi(
        title="依申 接口",
        version=VERSION,
        openapi_version="3.1.0",
        description=f"{_ABOUT}\n{_scopes()}\n{_steps()}",
        routes=routes,
        tags=[{"name": tag} for tag in dict.fromkeys(str(tag) for route in routes for tag in route.tags)],
    )
    schemas = found["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas[ProblemDetails.__name__] = _plain(ProblemDetails.model_json_schema(ref_template=_REF))
    schemas["ProblemError"] = ProblemDetails.model_json_schema(ref_template=_REF)["$defs"]["ProblemError"]
    schemas["Scope"] = ProblemDetails.model_json_schema(ref_template=_REF)["$defs"]["Scope"]
    found["components"]["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "接口令牌"},
    }
    for route in routes:
        if route.include_in_schema:
            for method in route.methods or ():
                _finish(found["paths"][route.path][method.lower()], route, method)
    return found


_FOLLOWING = ("getCase", "getCaseEvents", "getSteps", "getApplicant", "recordStep", "tryStep")
"""What may be asked about a case once its request was handed in."""

_REF = "#/components/schemas/{model}"


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in schema.items() if name != "$defs"}


def _finish(operation: dict[str, Any], route: APIRoute, method: str) -> None:
    """What the framework does not write: who may, problems, examples, headers."""
    right = next(iter(declarations(route)), None)
    operation["security"] = [{"token": []}]
    scopes = [scope.value for scope, rights in SCOPE_RIGHTS.items() if right in rights]
    if scopes:
        operation["description"] += f"\n\n权限：`{'`、`'.join(scopes)}`"
        operation["x-scopes"] = scopes
    answers = operation["responses"]
    answers.pop("422", None)
    writes, takes_body = method == "POST", route.body_field is not None
    by_path = "{case_id}" in route.path or "{year}" in route.path
    has_parameters = bool(operation.get("parameters"))
    for status, said in _STATUSES.items():
        fits = {
            400: takes_body,
            404: by_path or has_parameters,
            409: any(each["name"] == "Idempotency-Key" for each in operation.get("parameters", ())),
            413: writes,
            415: takes_body,
            422: takes_body or has_parameters,
        }
        if fits.get(status, True):
            content = {problems.MEDIA_TYPE: {"schema": {"$ref": _REF.format(model="ProblemDetails")}}}
            content[problems.MEDIA_TYPE]["example"] = PROBLEM
            answers[str(status)] = {"description": said, "content": content}
    for done in ("200", "201"):
        if done in answers:
            answers[done]["description"] = "办成"
            content = answers[done]["content"]["application/json"]
            content["example"] = EXAMPLES[content["schema"]["$ref"].rpartition("/")[2]]
            if "409" in answers:
                answers[done]["headers"] = {
                    REPLAYED: {
                        "description": "true：先前已经办过，这是当时的回答",
                        "schema": {"type": "string", "enum": ["true"]},
                    }
                }
    if "201" in answers:
        answers["201"]["headers"]["Location"] = {"description": "办件的地址", "schema": {"type": "string"}}
        answers["201"]["links"] = {
            name: {"operationId": name, "parameters": {"case_id": "$response.body#/id"}} for name in _FOLLOWING
        }
    if takes_body:
        content = operation["requestBody"]["content"]["application/json"]
        content["example"] = EXAMPLES[content["schema"]["$ref"].rpartition("/")[2]]


def _scopes() -> str:
    """The scopes as a table."""
    rows = "\n".join(f"| `{scope.value}` | {scope.label} | {_rights(scope)} |" for scope in Scope)
    return f"## 权限\n\n| 权限 | 可以 | 相当于网页上的 |\n| --- | --- | --- |\n{rows}\n"


def _rights(scope: Scope) -> str:
    return "、".join(right.label for right in Right if right in SCOPE_RIGHTS[scope])


def _steps() -> str:
    """The steps with their scopes and facts, from the event table."""
    return "## 办理事项\n\n" + "\n".join(_step_lines()) + "\n"


def _step_lines() -> Iterator[str]:
    for event in EventKind:
        right = STEP_RIGHTS[event]
        if right is None or event in FIRST:
            continue
        scope = next((scope.value for scope, rights in SCOPE_RIGHTS.items() if right in rights), "—")
        facts = "；".join(
            f"`{fact.name}` {fact.label}（{fact.type}{'，应写明' if fact.required else ''}）"
            for fact in asked_of(event)
        )
        what = f"- `{event.value}` {event.label}（{BY_EVENT[event].article}，权限 `{scope}`）"
        yield f"{what}：{facts}" if facts else what
