"""Metrics in Prometheus's text form, counted when they are asked for.

They are labelled by topic, job and outlet, never by person. What to alarm on is in docs/operating.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from models.vocabulary import Outlet, Topic
from web.gauges import Gauges, Queue, Runs

_NOTHING = Queue(0, 0, 0.0)
_NO_RUNS = Runs(0, 0.0)
_JOBS = (Topic.YEAR_END, Topic.REPORT_DATE, Topic.CALENDAR_WATCH, Topic.LATE_APPROVAL, Topic.HOUSEKEEPING)


def metrics(gauges: Gauges | None, *, broker: bool) -> bytes:
    """The page of metrics; without a gauges the database did not answer, and only that is said."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Moment(gauges, broker=broker))
    return generate_latest(registry)


class _Moment:
    """A collector of the figures of one moment."""

    def __init__(self, gauges: Gauges | None, *, broker: bool) -> None:
        self._gauges = gauges
        self._broker = broker

    def collect(self) -> Iterator[Metric]:
        """The families, in the order of the page."""
        yield _one("yishen_database_up", "1 if the database answers", self._gauges is not None)
        yield _one("yishen_broker_up", "1 if the broker answers; rows are done without it, slowly", self._broker)
        if self._gauges is not None:
            yield from _families(self._gauges)


def _one(name: str, says: str, value: float) -> Metric:
    return GaugeMetricFamily(name, says, value=value)


def _by(name: str, says: str, label: str, values: Iterable[tuple[str, float]]) -> Metric:
    family = GaugeMetricFamily(name, says, labels=[label])
    for key, value in values:
        family.add_metric([key], value)
    return family


def _families(now: Gauges) -> Iterator[Metric]:
    yield _one("yishen_open_cases", "Requests not yet answered", now.open_cases)
    yield _one("yishen_overdue_cases", "Requests not yet answered whose reply was due before today", now.overdue_cases)
    yield _one("yishen_deadlines_unswept", "Open deadlines that are due to be looked at and were not", now.unswept)
    # Every topic is there, at 0 too: an alarm on what is missing would never ring.
    queues = {topic.value: now.queues.get(topic, _NOTHING) for topic in Topic}
    waiting = ((topic, queue.waiting) for topic, queue in queues.items())
    yield _by("yishen_outbox_waiting", "Rows of the outbox that are not done", "topic", waiting)
    oldest = ((topic, queue.oldest) for topic, queue in queues.items())
    says = "Seconds for which the oldest row has been due and is not done, at least"
    yield _by("yishen_outbox_oldest_due_seconds", says, "topic", oldest)
    troubled = ((topic, queue.troubled) for topic, queue in queues.items())
    yield _by("yishen_outbox_troubled", "Rows that failed again and again and need a person", "topic", troubled)
    unsent = ((outlet.value, now.unsent.get(outlet, 0)) for outlet in Outlet if outlet is not Outlet.INBOX)
    yield _by("yishen_reminders_unsent", "Reminders made and not yet sent", "outlet", unsent)
    runs = {job.value: now.runs.get(job, _NO_RUNS) for job in _JOBS}
    unfinished = ((job, run.unfinished) for job, run in runs.items())
    yield _by("yishen_jobs_unfinished", "Runs of a job that were started and are not done", "job", unfinished)
    ages = ((job, run.oldest) for job, run in runs.items())
    yield _by("yishen_jobs_oldest_unfinished_seconds", "Seconds since the oldest of them was started", "job", ages)
