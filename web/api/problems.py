"""What the interface answers where something is wrong: problem details (RFC 9457), a sentence and where it belongs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic_core import PydanticCustomError

from web.language import gettext as _
from web.language import later
from workflow.clients import Busy, Reused
from workflow.faults import InputFault, Outdated, Refusal

PREFIX = "/api/v1"
MEDIA_TYPE = "application/problem+json"
_TYPE = "urn:yishen:problem:"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: its status, and what it is called."""

    name: str
    status: int
    title: str


MALFORMED = Kind("malformed", 400, later("不能处理这个请求"))
UNAUTHORIZED = Kind("unauthorized", 401, later("没有有效的接口令牌"))
FORBIDDEN = Kind("forbidden", 403, later("没有权限"))
NOT_FOUND = Kind("not-found", 404, later("没有这一内容"))
METHOD = Kind("method-not-allowed", 405, later("不支持这种请求方式"))
OUTDATED = Kind("outdated", 409, later("办件已有新的记录"))
REFUSED = Kind("refused", 409, later("依法现在不能办理"))
BUSY = Kind("in-progress", 409, later("同一请求正在办理"))
TOO_LARGE = Kind("too-large", 413, later("提交的内容太大"))
MEDIA = Kind("unsupported-media-type", 415, later("不支持这种内容格式"))
INVALID = Kind("invalid", 422, later("内容不符合要求"))
REUSED = Kind("key-reused", 422, later("幂等键已用于别的请求"))
INTERNAL = Kind("internal", 500, later("出现意外错误"))
UNAVAILABLE = Kind("unavailable", 503, later("系统暂时不能办理"))

KINDS = (
    *(MALFORMED, UNAUTHORIZED, FORBIDDEN, NOT_FOUND, METHOD, OUTDATED, REFUSED, BUSY),
    *(TOO_LARGE, MEDIA, INVALID, REUSED, INTERNAL, UNAVAILABLE),
)
_BY_STATUS = {kind.status: kind for kind in reversed(KINDS)}
_SENTENCES = {
    404: later("没有这个地址，或者不在这个接口账号可以查看的范围内"),
    405: later("这个地址不支持这种请求方式，可用的方式见 Allow"),
    413: later("提交的内容超过了允许的大小，没有保存"),
}


class Problem(Exception):
    """The answer is a problem of this kind; ``errors`` say where, each with ``pointer`` or ``parameter``."""

    def __init__(
        self,
        kind: Kind,
        detail: str,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        """Keep what is to be answered."""
        self.kind, self.detail, self.errors, self.headers, self.more = kind, detail, errors, headers, more
        super().__init__(detail)

    def answer(self) -> JSONResponse:
        """The answer."""
        content: dict[str, Any] = {
            "type": _TYPE + self.kind.name,
            "title": _(self.kind.title),
            "status": self.kind.status,
            "detail": self.detail,
            **self.more,
        }
        if self.errors:
            content["errors"] = [dict(each) for each in self.errors]
        headers = dict(self.headers or {})
        return JSONResponse(content, status_code=self.kind.status, headers=headers, media_type=MEDIA_TYPE)


def by_status(status: int, sentence: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The problem of a status; ``sentence`` where the interface has none of its own for it."""
    kind = _BY_STATUS.get(status, MALFORMED if status < 500 else INTERNAL)
    detail = _(_SENTENCES[status]) if status in _SENTENCES else sentence
    return Problem(kind, detail, headers=headers).answer()


def absent() -> Problem:
    """There is no such case, report or agency, or not for this client: the two are not told apart."""
    return Problem(NOT_FOUND, _("没有这一内容，或者不在这个接口账号可以查看的范围内"))


def of_fault(fault: Exception, pointers: Mapping[str, str] | None = None) -> Problem | None:
    """What the office refused, as a problem; None for what is no refusal.

    ``pointers``: which part of the body a sentence is about that begins with these words.
    """
    match fault:
        case Problem():
            return fault
        case Outdated():
            return Problem(OUTDATED, " ".join(_(sentence) for sentence in fault.sentences))
        case Refusal():
            return Problem(REFUSED, str(fault), article=fault.article)
        case InputFault():
            errors = [_placed(sentence, pointers or {}) for sentence in fault.sentences]
            return Problem(INVALID, " ".join(fault.sentences), errors)
        case Busy():
            return Problem(BUSY, _("同一幂等键的请求正在办理，请稍后用同一幂等键再试"), headers={"Retry-After": "1"})
        case Reused():
            return Problem(REUSED, _("这个幂等键已用于另一内容的请求；重试时内容应当相同，新的请求应换用新的幂等键"))
    return None


def _placed(sentence: str, pointers: Mapping[str, str]) -> dict[str, str]:
    place, colon, _rest = sentence.partition("：")
    found = pointers.get(place) if colon else None
    return {"detail": sentence} if found is None else {"detail": sentence, "pointer": found}


def unfit(sentence: str) -> PydanticCustomError:
    """A value that is not what it should be; ``sentence`` is marked for the catalogue where it is written."""
    return PydanticCustomError("unfit", sentence)


_SAID = {
    "missing": later("没有填写，必须填写"),
    "extra_forbidden": later("没有这一项，请去掉"),
    "string_too_long": later("应不超过 %(max_length)s 个字"),
    "string_too_short": later("应至少 %(min_length)s 个字"),
    "too_long": later("应不超过 %(max_length)s 项"),
    "too_short": later("应至少 %(min_length)s 项"),
    "enum": later("不在可选的值之中，应为：%(expected)s"),
    "literal_error": later("不在可选的值之中，应为：%(expected)s"),
    "greater_than_equal": later("应不小于 %(ge)s"),
    "less_than_equal": later("应不大于 %(le)s"),
    "string_pattern_mismatch": later("格式不对，应符合 %(pattern)s"),
    "string_type": later("应为文字"),
    "int_type": later("应为整数"),
    "int_parsing": later("应为整数"),
    "bool_type": later("应为 true 或者 false"),
    "list_type": later("应为数组"),
    "model_attributes_type": later("应为对象"),
    "model_type": later("应为对象"),
    "dict_type": later("应为对象"),
}


def of_validation(fault: RequestValidationError) -> Problem:
    """What does not fit the description of the interface, each with its place."""
    found = list(fault.errors())
    if any(each["type"] == "json_invalid" for each in found):
        return Problem(MALFORMED, _("内容不是有效的 JSON"))
    errors = [_error(each) for each in found]
    return Problem(INVALID, " ".join(f"{_where(each)}{each['detail']}" for each in errors), errors)


def _where(error: Mapping[str, str]) -> str:
    place = error.get("pointer") or error.get("parameter") or error.get("header")
    return f"{place}：" if place else ""


def _error(error: Mapping[str, Any]) -> dict[str, str]:
    values = dict(error.get("ctx") or {})
    said = error["msg"] if error["type"] == "unfit" else _SAID.get(error["type"])
    detail = _("不符合要求，请对照接口说明") if said is None else _(said, **values)
    place, *rest = error["loc"]
    if place == "body":
        return {"detail": detail, "pointer": pointer(rest)}
    return {"detail": detail, "header" if place == "header" else "parameter": str(rest[0] if rest else "")}


def pointer(path: Iterable[object]) -> str:
    """The place in the body as a JSON pointer (RFC 6901) in a URI fragment."""
    steps = (str(each).replace("~", "~0").replace("/", "~1") for each in path)
    return "#" + "".join(f"/{each}" for each in steps)
