"""办一次: what is done once under an Idempotency-Key, and answered again as it was (decision 0020)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any
from uuid import uuid4

from fastapi import Header, Request, Response
from pydantic import BaseModel
from sqlalchemy import Connection

from web.api.callers import Caller
from web.house import house_of
from workflow import clients
from workflow.clients import Told

REPLAYED = "Idempotency-Replayed"

_KEY: dict[str, Any] = {
    "alias": "Idempotency-Key",
    "min_length": 8,
    "max_length": 100,
    "pattern": r"^[A-Za-z0-9_.:-]+$",
    "description": "幂等键：每件新的请求用一个新的（如 UUID），重试时用原来的；同一幂等键只办一次，永久有效",
}
Key = Annotated[str, Header(**_KEY)]
OptionalKey = Annotated[str | None, Header(**_KEY)]


def once(
    request: Request,
    response: Response,
    caller: Caller,
    key: str | None,
    body: BaseModel,
    status: int,
    act: Callable[[Connection, str], Mapping[str, Any]],
) -> Mapping[str, Any]:
    """Do something in one transaction, once under a ``key``; ``act`` is given the command's id and answers.

    Asked again with the same key and the same content, the answer is the first one. Raises Busy while it is being
    done, Reused where the content is another.
    """
    house = house_of(request)
    with house.engine.begin() as connection:
        if key is None:
            return act(connection, f"api:{caller.client.id}:{uuid4().hex}")
        asked = json.dumps([request.method, request.url.path, body.model_dump(mode="json")], sort_keys=True)
        # Keyed, for it is made of an applicant's data.
        digest = house.cipher.index(hashlib.sha256(asked.encode()).hexdigest()) or b""
        earlier = clients.earlier(connection, caller.client.id, key, digest)
        if earlier is not None:
            response.headers[REPLAYED] = "true"
            response.status_code = earlier.status
            return earlier.answer
        named = hashlib.sha256(key.encode()).hexdigest()[:40]
        answer = act(connection, f"api:{caller.client.id}:{named}")
        clients.keep(connection, caller.client.id, key, digest, Told(status, answer), house.now())
        return answer
