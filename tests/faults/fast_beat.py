"""The product's Celery app with a beat that ticks twice a second: ``celery -A tests.faults.fast_beat beat``."""

from __future__ import annotations

from tasks.app import app

app.conf.beat_schedule["tick"]["schedule"] = 0.5
