"""The Celery app: ``celery -A tasks.app worker`` and ``… beat``. It carries hints; the database remembers.

Settings follow decision 0013: late acknowledgement, one message at a time, no result, no ETA, JSON only. Every worker
also keeps the outbox and the deadlines moving (``tasks.keeper``), one of them at a time; beat's tick is a convenience.
"""

from __future__ import annotations

import gc
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import structlog
from celery import Celery, signals

from models.vocabulary import Topic
from runtime.log_lines import speak
from runtime.redis import find_broker
from runtime.settings import load_settings

if TYPE_CHECKING:
    # Beat only counts the seconds: what works on cases is imported by workers alone.
    from tasks.keeper import Keeper
    from tasks.office import Office
    from tasks.steady import SteadyClock
    from workflow.outbox import Told

URGENT, USUAL, LONG = "urgent", "usual", "long"
QUEUES: dict[Topic, str] = {
    Topic.MESSAGE: URGENT,
    Topic.CASE_CHANGED: USUAL,
    Topic.REPORT_DATE: USUAL,
    Topic.CALENDAR_WATCH: USUAL,
    Topic.LATE_APPROVAL: USUAL,
    Topic.HOUSEKEEPING: USUAL,
    Topic.YEAR_END: LONG,
    Topic.LETTER_BATCH: LONG,
}
"""Which queue carries a topic: a reminder never waits behind a year-end."""

VISIBILITY = 300
"""Seconds after which an unacknowledged message is given to another worker; no task may take longer to acknowledge."""

app = Celery("yishen")
app.conf.update(
    task_serializer="json",
    accept_content=["json"],
    result_serializer="json",
    timezone="UTC",
    enable_utc=True,
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    worker_max_tasks_per_child=2_000,
    worker_hijack_root_logger=False,
    worker_send_task_events=False,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_transport_options={
        "visibility_timeout": VISIBILITY,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "socket_timeout": 5,
        "socket_connect_timeout": 5,
    },
    # A hint that cannot be given at once is given by the next telling of its row.
    task_publish_retry=True,
    task_publish_retry_policy={"max_retries": 2, "interval_start": 0, "interval_step": 0.1, "interval_max": 0.2},
    task_default_queue=USUAL,
    task_create_missing_queues=True,
    beat_schedule={"tick": {"task": "tasks.tick", "schedule": 30.0, "options": {"queue": URGENT, "expires": 25}}},
)


class _Process:
    """What one worker process works with: opened when it is first needed, and by the child of a fork again."""

    def __init__(self) -> None:
        self._held = ExitStack()
        self._office: Office | None = None
        self._clock: SteadyClock | None = None
        self.keeper: Keeper | None = None
        self.part = "beat"

    def office(self) -> Office:
        """The open office of this process."""
        from tasks.office import open_office

        if self._office is None:
            self._office = self._held.enter_context(open_office(settings=load_settings(), long_lived=True))
        return self._office

    def clock(self) -> SteadyClock:
        """The clock of this process; that of the worker is made before it forks, so that all know when it was set."""
        from tasks.steady import SteadyClock

        if self._clock is None:
            self._clock = SteadyClock()
        return self._clock

    def close(self) -> None:
        """Let go of it."""
        if self.keeper is not None:
            self.keeper.stop()
        self._held.close()
        self._office = None


_process = _Process()


@app.task(name="tasks.handle", time_limit=VISIBILITY - 60)
def handle(*items: int) -> None:
    """Do what rows of the outbox ask for, one after the other, each in its own transaction."""
    from tasks import handlers
    from tasks.office import now

    for item in items:
        structlog.contextvars.bind_contextvars(row=item)
        handlers.handle(_process.office(), item, now())


@app.task(name="tasks.handle_long", time_limit=6 * 3600, acks_late=False)
def handle_long(*items: int) -> None:
    """The same for what may take long: it resumes where it stopped, so its message need not be kept."""
    handle(*items)


@app.task(name="tasks.tick", time_limit=VISIBILITY - 60)
def tick() -> None:
    """Beat's tick: what every worker's keeper does anyway."""
    from tasks.keeper import Keeper

    Keeper(_process.office(), publish, _process.clock()).turn()


def publish(*told: Told) -> None:
    """Tell workers of rows, in one message for each queue. Raises what the broker raises when it is away."""
    by_queue: dict[str, list[int]] = {}
    for each in told:
        by_queue.setdefault(QUEUES[each.topic], []).append(each.id)
    for queue, items in by_queue.items():
        task = handle_long if queue == LONG else handle
        task.apply_async(tuple(items), queue=queue)


def configure() -> None:
    """Find the broker. RuntimeFault where there is none."""
    broker = find_broker(load_settings())
    app.conf.broker_url = broker.url
    app.conf.broker_transport_options = {**app.conf.broker_transport_options, **broker.transport_options}


@signals.celeryd_init.connect
@signals.beat_init.connect
def _configure(**_: Any) -> None:
    if not app.conf.broker_url:
        configure()


@signals.celeryd_init.connect
def _speak_as_worker(**_: Any) -> None:
    _process.part = "worker"
    _speak()


@signals.setup_logging.connect
def _speak(**_: Any) -> None:
    speak(_process.part, load_settings().log)


@signals.task_prerun.connect
def _begin(task_id: str, **_: Any) -> None:
    structlog.contextvars.bind_contextvars(task=task_id)


@signals.task_postrun.connect
def _end(**_: Any) -> None:
    structlog.contextvars.clear_contextvars()


@signals.worker_init.connect
def _share(**_: Any) -> None:
    """Import what the children need before they are forked, and leave it alone, so that they share its memory."""
    from tasks import handlers, keeper

    del handlers, keeper
    _process.clock()
    gc.collect()
    gc.freeze()


@signals.worker_ready.connect
def _keep(**_: Any) -> None:
    from tasks.keeper import Keeper

    _process.keeper = Keeper(_process.office(), publish, _process.clock())
    _process.keeper.start()


@signals.worker_shutdown.connect
def _close(**_: Any) -> None:
    _process.close()
