"""The routes of the interface, for the application."""

from __future__ import annotations

from types import ModuleType

from web.api import cases, others, reports, requests, steps

AREAS: tuple[ModuleType, ...] = (requests, cases, steps, reports, others)
