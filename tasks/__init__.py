"""What happens by itself: the Celery app, the keeper that relays and sweeps, and a handler for each topic.

Thin: each calls a verb of ``workflow`` or ``reports``. Nothing is decided from a message; see docs/architecture.md.
"""
