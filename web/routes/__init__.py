"""The areas of the web: each module has a ``router`` whose routes declare what they need (:mod:`web.rights`)."""

from __future__ import annotations

from types import ModuleType

from web.routes import account, accounts, audit, case, cases, desk, inbox, public, register, reports, setup, sign_in

AREAS: tuple[ModuleType, ...] = (
    *(public, sign_in, setup, account, accounts, audit),
    *(desk, register, inbox, cases, case, reports),
)
