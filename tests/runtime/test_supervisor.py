"""Parts that start in order, come back when they die, and are gone when the supervisor is, however it went."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runtime.children import Guard
from runtime.logs import trim_log
from runtime.part import Part
from runtime.supervisor import Supervisor
from runtime.watch import Pace, Watch, Why
from tests.runtime.crews import STUBBORN, Crew, is_running, part, until

AS_ROOT = os.geteuid() == 0

Gather = Callable[..., Crew]


@pytest.fixture
def gather(tmp_path: Path) -> Iterator[Gather]:
    """Makes crews, whose processes are gone after the test."""
    crews = []

    def make(*parts: dict[str, object], **more: object) -> Crew:
        crews.append(Crew(tmp_path, *parts, **more))
        return crews[-1]

    yield make
    for crew in crews:
        crew.close()


WAIT_FOR_OPEN = "echo $$ >> preparation.pid; while [ ! -e open ]; do sleep 0.02; done"


def test_a_part_starts_when_those_it_needs_are_ready(gather: Gather, tmp_path: Path) -> None:
    crew = gather(part("first", ready="open"), part("second", needs=["first"]), part("third", needs=["second"]))
    process = crew.start(ready=False)
    crew.pid("first")
    time.sleep(0.2)
    assert crew.starts("second") == []
    (tmp_path / "open").touch()
    crew.pid("third")
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    assert [event.split()[0] for event in crew.events()] == ["first", "second", "third"]
    # What cannot be asked is only said to run.
    assert ["就绪" in event for event in crew.events()] == [True, False, False]


def test_what_is_early_starts_at_once_and_all_else_when_the_preparation_has_ended_well(gather: Gather, tmp_path: Path):
    crew = gather(part("page", early=True), part("first"), part("second", needs=["first"]), prepare=WAIT_FOR_OPEN)
    process = crew.start(ready=False)
    crew.pid("page")
    crew.pid("preparation")
    time.sleep(0.2)
    assert (crew.starts("first"), crew.starts("second")) == ([], [])
    (tmp_path / "open").touch()
    crew.pid("second")
    assert process.stdout is not None
    assert [process.stdout.readline() for _ in range(2)] == ["prepared\n", "ready\n"]
    assert crew.tell() == 0


def test_a_preparation_that_fails_stops_everything_and_its_code_is_given_on(gather: Gather):
    crew = gather(part("page", early=True), part("first"), prepare="sleep 0.3; exit 3")
    process = crew.start(ready=False)
    page = crew.pid("page")
    assert process.wait(15) == 3
    assert not is_running(page)
    assert crew.starts("first") == []


def test_told_to_stop_while_it_prepares_it_stops_the_preparation_too(gather: Gather):
    crew = gather(part("page", early=True), part("first"), prepare=WAIT_FOR_OPEN)
    crew.start(ready=False)
    pids = [crew.pid("page"), crew.pid("preparation")]
    assert crew.tell() == 0
    assert not any(map(is_running, pids))
    assert crew.starts("first") == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_told_to_stop_it_stops_all_in_reverse_order(gather: Gather, number: signal.Signals) -> None:
    crew = gather(part("first"), part("second", needs=["first"]), part("third", needs=["second"]))
    crew.start()
    pids = [crew.pid(name) for name in ("first", "second", "third")]
    guard = crew.guard()
    assert crew.tell(number) == 0
    assert not any(map(is_running, [*pids, guard]))
    stopped = [event.split()[0] for event in crew.events() if "已停止" in event]
    assert stopped == ["third", "second", "first"]


def test_what_dies_is_started_again_and_nothing_else_is_touched(gather: Gather) -> None:
    crew = gather(part("first"), part("second", needs=["first"]))
    crew.start()
    second = crew.pid("second")
    os.kill(crew.pid("first"), signal.SIGKILL)
    until(lambda: len(crew.starts("first")) == 2)
    assert "first 意外结束（收到 SIGKILL），0.0 秒后重新启动" in crew.events()
    assert is_running(second)
    assert crew.starts("second") == [second]


def test_a_part_that_cannot_live_without_another_is_started_again_with_it(gather: Gather) -> None:
    crew = gather(part("first"), part("second", needs=["first"], restarts_with=["first"]))
    crew.start()
    crew.pid("second")
    os.kill(crew.pid("first"), signal.SIGKILL)
    until(lambda: len(crew.starts("second")) == 2)
    assert len(crew.starts("first")) == 2
    assert "second 随 first 重新启动" in crew.events()
    assert not any("second 意外结束" in event for event in crew.events())


def test_what_a_part_leaves_behind_ends_with_it(gather: Gather) -> None:
    crew = gather(part("first", "sleep 100 & echo $! >> child.pid; echo $$ >> first.pid; wait"))
    crew.start()
    until(lambda: crew.starts("first"))
    child = crew.pid("child")
    os.kill(crew.pid("first"), signal.SIGKILL)
    until(lambda: len(crew.starts("first")) == 2)
    assert not is_running(child)


def test_a_part_that_will_not_stop_is_killed_with_all_it_started(gather: Gather) -> None:
    crew = gather(part("first"), part("second", STUBBORN, needs=["first"], grace=0.2))
    crew.start()
    pids = [crew.pid(name) for name in ("first", "second", "child")]
    began = time.monotonic()
    assert crew.tell() == 0
    assert time.monotonic() - began < 3
    assert not any(map(is_running, pids))
    assert "second 在 0 秒内没有停止，强行结束" in crew.events()


def test_all_are_killed_when_the_time_to_stop_is_up(gather: Gather) -> None:
    crew = gather(part("first", STUBBORN), part("second", STUBBORN, needs=["first"]), longest_stop=0.3)
    crew.start()
    pids = [crew.pid("first"), crew.pid("second")]
    began = time.monotonic()
    assert crew.tell() == 0
    assert time.monotonic() - began < 3
    assert not any(map(is_running, pids))


def test_a_second_signal_kills_at_once(gather: Gather) -> None:
    crew = gather(part("first", STUBBORN))
    process = crew.start()
    pid = crew.pid("first")
    process.terminate()
    until(lambda: any("正在停止" in event for event in crew.events()))
    assert crew.tell(signal.SIGINT) == 0
    assert not is_running(pid)


def test_a_part_that_keeps_failing_is_told_once_with_where_its_log_is(gather: Gather, tmp_path: Path) -> None:
    crew = gather(
        part("first", "echo $$ >> first.pid; echo because; test -e mended && exec sleep 100; exit 3"),
        pace={"first": 0.01, "longest": 0.02, "healthy": 0.2},
    )
    crew.start()
    until(lambda: len(crew.starts("first")) > 10)
    ends = [event for event in crew.events() if "意外结束" in event]
    assert len(ends) == 5
    assert "first 意外结束（退出码 3），已连续失败 5 次" in ends[-1]
    assert f"原因请看 {tmp_path}/logs/first.log" in ends[-1]
    assert set((tmp_path / "logs" / "first.log").read_text().split()) == {"because"}
    (tmp_path / "mended").touch()
    until(lambda: crew.events()[-1] == "first 已恢复正常")


def test_a_program_that_is_not_there_is_told(tmp_path: Path) -> None:
    events: list[str] = []
    absent = Part(name="absent", argv=("/nowhere/program",), env={})
    watch = Watch(absent, tmp_path / "log", Pace(), Guard(-1), events.append)
    watch.step(0.0, may_start=True)
    assert events == ["absent 无法启动（No such file or directory），0.2 秒后重新启动"]


def test_a_part_that_is_not_ready_in_time_is_stopped_and_tried_again(gather: Gather, tmp_path: Path) -> None:
    crew = gather(part("first", ready="open", patience=0.2))
    crew.start(ready=False)
    until(lambda: len(crew.starts("first")) == 2)
    assert not is_running(crew.starts("first")[0])
    assert "first 0 秒内没有就绪，已停止，0.0 秒后重新启动" in crew.events()
    (tmp_path / "open").touch()
    until(lambda: any("first 就绪" in event for event in crew.events()))


def test_after_kill_9_of_the_supervisor_nothing_is_left(gather: Gather) -> None:
    crew = gather(part("first"), part("second", STUBBORN))
    crew.start()
    pids = [crew.pid(name) for name in ("first", "second", "child")]
    guard = crew.guard()
    crew.kill()
    until(lambda: not any(map(is_running, [*pids, guard])))


def test_after_kill_9_of_supervisor_and_guard_the_kernel_tells_the_parts(gather: Gather) -> None:
    crew = gather(part("first"), part("second", needs=["first"]))
    process = crew.start()
    pids = [crew.pid(name) for name in ("first", "second")]
    guard = crew.guard()
    os.kill(process.pid, signal.SIGSTOP)
    os.kill(guard, signal.SIGKILL)
    crew.kill()
    until(lambda: not any(map(is_running, [*pids, guard])))


def test_a_killed_guard_is_replaced_and_knows_the_parts(gather: Gather) -> None:
    crew = gather(part("first", STUBBORN), round=0.1)
    crew.start()
    first = crew.pid("first")
    guard = crew.guard()
    os.kill(guard, signal.SIGKILL)
    crew.guard(after=guard)
    time.sleep(0.2)
    crew.kill()
    until(lambda: not is_running(first))


def test_the_folder_is_one_supervisor_s_and_the_next_waits_for_the_last_part(gather: Gather) -> None:
    crew, second = gather(part("first", STUBBORN)), gather(part("other"))
    crew.start()
    first = crew.pid("first")
    refused = second.start(ready=False)
    said, _ = refused.communicate(timeout=10)
    assert refused.returncode == 2
    assert "已有一个 yishen run 在运行，请先停止它" in said
    assert said.count("\n") == 1
    crew.kill()
    assert is_running(first)
    second.start()
    assert not is_running(first)


def test_between_its_looks_it_does_what_it_is_given_and_tells_a_fault_once(gather: Gather, tmp_path: Path) -> None:
    times = tmp_path / "times"
    work = f"open({str(times)!r}, 'a').write('x'); raise RuntimeFault('数据库没有启动成功')"
    crew = gather(part("first"), round=0.02, meanwhile=work)
    crew.start()
    until(lambda: times.exists() and len(times.read_text()) > 3)
    assert crew.events().count("数据库没有启动成功") == 1
    assert crew.tell() == 0


def test_told_to_stop_it_gives_up_what_it_was_given_to_do(gather: Gather, tmp_path: Path) -> None:
    busy = f"import time; open({str(tmp_path / 'busy')!r}, 'w'); time.sleep(60)"
    crew = gather(part("first"), round=0.02, meanwhile=busy)
    crew.start()
    until((tmp_path / "busy").exists)
    began = time.monotonic()
    assert crew.tell() == 0
    assert time.monotonic() - began < 3


def test_a_log_grows_to_its_bound_and_goes_on_in_the_same_file(tmp_path: Path) -> None:
    log = tmp_path / "first.log"
    with log.open("ab") as writer:
        writer.write(b"x" * 80 + b"y" * 20)
        writer.flush()
        assert not trim_log(log, 100)
        assert trim_log(log, 30)
        writer.write(b"z" * 10)
    assert log.read_bytes() == b"z" * 10
    assert (tmp_path / "first.log.1").read_bytes() == b"x" * 10 + b"y" * 20
    assert sorted(path.name for path in tmp_path.iterdir()) == ["first.log", "first.log.1"]
    assert not trim_log(tmp_path / "absent.log")


def test_a_log_is_closed_to_others(gather: Gather, tmp_path: Path) -> None:
    gather(part("first", "echo hello; exec sleep 100")).start()
    until(lambda: (tmp_path / "logs" / "first.log").read_text() == "hello\n")
    assert (tmp_path / "logs" / "first.log").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "logs").stat().st_mode & 0o777 == 0o700


def test_the_pause_doubles_up_to_ten_seconds() -> None:
    pace = Pace()
    assert [pace.delay(failures) for failures in range(1, 9)] == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0]
    assert pace.delay(100_000) == 10.0


class Timed:
    """A watch whose part lives as long as the test says, by a clock that the test holds."""

    def __init__(self, folder: Path, *script: str) -> None:
        self.now = 0.0
        self.events: list[str] = []
        part = Part(name="part", argv=("/bin/sleep", "100"), env={}, is_ready=lambda: self.ready)
        self.watch = Watch(part, folder / "log", Pace(), Guard(-1), self.events.append)
        self.ready = True

    def at(self, now: float) -> bool:
        """Do what is due at a time; true while the part runs."""
        self.watch.step(now, may_start=True)
        return self.watch.process is not None

    def dies(self, now: float) -> float:
        """The part dies at a time; when it is due next."""
        process = self.watch.process
        assert process is not None
        process.kill()
        until(lambda: not is_running(process.pid))
        self.at(now)
        return self.watch.due(may_start=True)


def test_the_pause_is_kept_and_starts_anew_after_a_minute_of_health(tmp_path: Path) -> None:
    timed = Timed(tmp_path)
    assert timed.at(0.0)
    assert timed.dies(30.0) == 30.2
    assert not timed.at(30.1)
    assert timed.at(30.2)
    assert timed.dies(40.0) == 40.4
    assert timed.at(40.4)
    assert timed.watch.due(may_start=True) == 100.4
    assert timed.dies(99.0) == 99.8
    assert timed.at(99.8)
    assert timed.at(159.8)
    assert timed.dies(160.0) == 160.2
    assert timed.events[-1] == "part 意外结束（收到 SIGKILL），0.2 秒后重新启动"


def test_a_part_is_asked_often_first_and_then_less(tmp_path: Path) -> None:
    timed = Timed(tmp_path)
    timed.ready = False
    timed.at(0.0)
    looks = []
    while (due := timed.watch.due(may_start=True)) < 10.0:
        looks.append(due)
        timed.at(due)
    assert looks[0] == 0.02
    assert looks[-1] - looks[-2] == pytest.approx(0.5)
    assert len(looks) < 50
    timed.ready = True
    timed.at(10.5)
    assert timed.watch.ready
    timed.dies(11.0)


def test_a_part_that_is_late_counts_as_failed(tmp_path: Path) -> None:
    timed = Timed(tmp_path)
    timed.ready = False
    timed.at(0.0)
    process = timed.watch.process
    timed.at(60.0)
    assert process is not None
    until(lambda: not is_running(process.pid))
    timed.at(60.5)
    assert timed.events == ["part 60 秒内没有就绪，已停止，0.2 秒后重新启动"]
    assert timed.watch.due(may_start=True) == 60.7
    assert timed.watch.due(may_start=False) == float("inf")


def test_a_part_that_is_to_be_renewed_starts_without_a_pause(tmp_path: Path) -> None:
    timed = Timed(tmp_path)
    timed.at(0.0)
    process = timed.watch.process
    assert process is not None
    timed.watch.ask_to_stop(5.0, Why.RENEWED)
    until(lambda: not is_running(process.pid))
    timed.at(5.5)
    assert timed.watch.due(may_start=True) == 5.5
    assert timed.at(5.5)
    timed.dies(6.0)


@pytest.mark.parametrize(
    ("parts", "wrong"),
    [
        ([{"name": "a"}, {"name": "a"}], "two parts are called a"),
        ([{"name": "a", "needs": ("b",)}, {"name": "b"}], "a needs b, which no part before it is called"),
        ([{"name": "a"}, {"name": "b", "restarts_with": ("a",)}], "b restarts with a, which it does not need"),
    ],
)
def test_parts_that_do_not_fit_together_are_refused(tmp_path: Path, parts: list[dict[str, object]], wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        Supervisor(tmp_path, [Part(argv=("true",), env={}, **each) for each in parts])  # type: ignore[arg-type]


@pytest.mark.skipif(not AS_ROOT, reason="only root changes users")
def test_as_root_a_part_may_be_somebody_else(gather: Gather, tmp_path: Path) -> None:
    crew = gather(part("first", "id -u; id -G; exec sleep 100", uid=65534))
    crew.start()
    log = tmp_path / "logs" / "first.log"
    until(lambda: log.read_text() == "65534\n65534\n")
    assert log.stat().st_uid == 0
    assert crew.tell() == 0


def test_a_part_s_own_signal_is_the_one_it_gets(tmp_path: Path) -> None:
    script = f"trap 'echo int > {tmp_path}/got; exit 0' INT; echo $$ > {tmp_path}/pid; while :; do sleep 0.02; done"
    stops = Part(name="part", argv=("/bin/sh", "-c", script), env=dict(os.environ), stop_signal=signal.SIGINT)
    watch = Watch(stops, tmp_path / "log", Pace(), Guard(-1), print)
    watch.step(0.0, may_start=True)
    until((tmp_path / "pid").exists)
    time.sleep(0.1)
    watch.ask_to_stop(1.0, Why.RETIRED)
    until(lambda: watch.step(2.0, may_start=False))
    assert (tmp_path / "got").read_text() == "int\n"
