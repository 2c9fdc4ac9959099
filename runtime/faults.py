"""The one way this room tells a user that something is wrong."""

from __future__ import annotations


class RuntimeFault(Exception):
    """One Chinese sentence for the user: what is wrong, the value, what to do. The CLI prints it and exits 2."""
