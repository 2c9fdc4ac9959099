"""The areas of the web: each module has a ``router`` whose routes declare what they need (:mod:`web.rights`)."""

from __future__ import annotations

from types import ModuleType

from web.routes import (
    account,
    accounts,
    addresses,
    agencies,
    area,
    attachments,
    audit,
    below,
    bundle,
    calendar,
    case,
    cases,
    clients,
    desk,
    drafts,
    inbox,
    kept,
    letter_batches,
    letters,
    manage,
    provider,
    public,
    register,
    reports,
    section_two,
    setup,
    sign_in,
    templates,
    wizard,
)

AREAS: tuple[ModuleType, ...] = (
    *(public, sign_in, provider, setup, kept, account, accounts, addresses, clients, audit),
    # The page of a case comes after what lies under a case: a number may hold slashes.
    *(desk, register, inbox, cases, wizard, drafts, attachments, letter_batches, letters, bundle, case, reports),
    *(calendar, manage, templates, agencies, below, area, section_two),
)
