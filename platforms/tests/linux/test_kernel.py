"""Tasks, timers, work and interrupts of the kernel model, in virtual time."""

from __future__ import annotations

from typing import Any

import pytest

from mp1bench.engine.bare import BareEngine
from mp1bench.errors import IpccLabError, SnapshotError
from mp1bench.linux.errno import KernelError, KernelFaultError, describe
from mp1bench.linux.kernel.core import Kernel, PatienceError
from mp1bench.linux.kernel.hrtimer import HrTimer
from mp1bench.linux.kernel.locking import Completion, Mutex, Spinlock, WaitQueue
from mp1bench.linux.kernel.task import Sleeping
from mp1bench.linux.kernel.workqueue import Work, WorkQueue
from mp1bench.trace import Log, Trace

MS = 1_000_000


@pytest.fixture
def kernel() -> Kernel:
    return Kernel(BareEngine(Trace()))


@pytest.mark.parametrize(
    ("hz", "ms", "ns"), [(250, 1, 4 * MS), (250, 501, 504 * MS), (250, 500, 500 * MS), (1000, 7, 7 * MS)]
)
def test_timeouts_are_rounded_up_to_whole_ticks(hz: int, ms: int, ns: int) -> None:
    assert Kernel(BareEngine(), hz=hz).ticks(ms) == ns


def test_a_cancelled_timer_does_not_fire(kernel: Kernel) -> None:
    fired: list[str] = []
    kept = kernel.after(10, "kept", lambda: fired.append("kept"))
    gone = kernel.after(10, "gone", lambda: fired.append("gone"))
    kernel.cancel(gone)
    kernel.engine.run(100)
    kernel.cancel(kept)
    assert fired == ["kept"]


def test_a_call_runs_the_machine_until_it_returns_and_no_further(kernel: Kernel) -> None:
    def body() -> Sleeping[str]:
        yield from WaitQueue(kernel).sleep(30)
        return "done"

    assert kernel.call(body()) == "done"
    assert kernel.now == 30


def test_what_a_task_raises_after_a_sleep_reaches_its_caller(kernel: Kernel) -> None:
    def body() -> Sleeping[None]:
        yield from WaitQueue(kernel).sleep(30)
        raise KernelError(-5, "reading")

    with pytest.raises(KernelError, match=r"reading: -5 \(EIO\)\."):
        kernel.call(body())


def test_a_call_inside_a_call_leaves_the_outer_one_to_go_on(kernel: Kernel) -> None:
    order: list[tuple[str, int]] = []

    def sleeper(name: str, ns: int) -> Sleeping[None]:
        yield from WaitQueue(kernel).sleep(ns)
        order.append((name, kernel.now))

    kernel.after(10, "nested", lambda: kernel.call(sleeper("inner", 100)))
    kernel.call(sleeper("outer", 50))
    assert order == [("outer", 50), ("inner", 110)]
    assert kernel.now == 110  # the outer one stands below the inner one on the stack


def test_a_stop_that_somebody_else_asks_for_during_a_call_is_not_lost(kernel: Kernel) -> None:
    def body() -> Sleeping[None]:
        yield from WaitQueue(kernel).sleep(100)

    kernel.after(10, "call", lambda: kernel.call(body()))
    kernel.after(50, "stop", lambda: kernel.engine.request_stop("a condition holds"))
    stop = kernel.engine.run(1000)
    assert (stop.reason, stop.detail, kernel.now) == ("requested", "a condition holds", 110)


def test_waiting_for_what_never_comes_is_an_error_and_no_hang(kernel: Kernel) -> None:
    with pytest.raises(IpccLabError, match=r"^stuck waits in Linux for what does not come: reached"):
        kernel.call(WaitQueue(kernel).sleep(), "stuck")


def test_a_call_that_loses_patience_leaves_its_sleep_and_its_locks(kernel: Kernel) -> None:
    queue, lock = WaitQueue(kernel), Mutex(kernel)

    def body() -> Sleeping[None]:
        yield from lock.lock()
        try:
            yield from queue.sleep(1000)
        finally:
            lock.unlock()

    with pytest.raises(IpccLabError, match=r"^stuck waits in Linux for what does not come: reached 30 ns"):
        kernel.call(body(), "stuck", patience_ns=30)
    queue.wake_all()
    kernel.call(lock.lock())
    assert (kernel.now, kernel.asleep) == (30, [])


def test_a_completion_wakes_the_oldest_sleeper_first(kernel: Kernel) -> None:
    order: list[str] = []
    completion = Completion(kernel)

    def waiter(name: str, timeout: int) -> Sleeping[None]:
        done = yield from completion.wait(timeout)
        order.append(f"{name} {'woken' if done else 'timed out'} at {kernel.now}")

    for name in ("first", "second"):
        kernel.start(name, waiter(name, 100))
    kernel.after(40, "complete", completion.complete)
    kernel.engine.run(1000)
    assert order == ["first woken at 40", "second timed out at 100"]


def test_a_completion_before_the_wait_is_not_slept_for(kernel: Kernel) -> None:
    completion = Completion(kernel)
    completion.complete()
    assert kernel.call(completion.wait(100)) is True
    assert kernel.now == 0


def test_a_mutex_is_handed_on_in_the_order_of_asking(kernel: Kernel) -> None:
    order: list[str] = []
    mutex = Mutex(kernel)

    def worker(name: str) -> Sleeping[None]:
        yield from mutex.lock()
        yield from WaitQueue(kernel).sleep(10)
        order.append(f"{name} {kernel.now}")
        mutex.unlock()

    for name in ("a", "b", "c"):
        kernel.start(name, worker(name))
    kernel.engine.run(1000)
    assert order == ["a 10", "b 20", "c 30"]


def test_a_spinlock_taken_twice_is_a_deadlock_where_it_is_taken_again(kernel: Kernel) -> None:
    lock = Spinlock(kernel)
    message = r"^Linux cannot go on: a deadlock in here\.$"
    with lock.held_by("there"), pytest.raises(KernelFaultError, match=message), lock.held_by("here"):
        pass
    with lock.held_by("here"):
        pass


def test_only_the_last_spinlock_given_back_lets_interrupts_in(kernel: Kernel) -> None:
    seen: list[str] = []
    kernel.interruptible = lambda: seen.append("interruptible")  # type: ignore[method-assign]
    with Spinlock(kernel).held_by("outer"):
        with Spinlock(kernel).held_by("inner"):
            pass
        seen.append("outer still held")
    assert seen == ["outer still held", "interruptible"]


def test_a_completion_that_is_made_anew_forgets_what_was_completed_and_who_waits(kernel: Kernel) -> None:
    order: list[str] = []
    completion = Completion(kernel)

    def waiter() -> Sleeping[None]:
        done = yield from completion.wait(100)
        order.append(f"{'woken' if done else 'timed out'} at {kernel.now}")

    kernel.start("waiter", waiter())
    kernel.after(40, "init", completion.init)
    kernel.engine.run(1000)
    completion.complete()
    completion.init()
    assert order == ["timed out at 100"]
    assert completion.done == 0


def test_a_restarted_timer_stays_on_its_grid_when_it_is_late(kernel: Kernel) -> None:
    fired: list[int] = []
    timer = HrTimer(kernel, "poll")

    def function() -> Sleeping[bool]:
        fired.append(kernel.now)
        if len(fired) == 2:
            yield from WaitQueue(kernel).sleep(25)
        timer.forward(10)
        return len(fired) < 4

    timer.setup(function)
    timer.start(0)
    kernel.engine.run(1000)
    assert fired == [0, 10, 40, 50]  # late by 25: 20 and 30 are missed


def test_a_new_start_of_a_timer_replaces_the_old_one(kernel: Kernel) -> None:
    fired: list[int] = []
    timer = HrTimer(kernel, "poll")

    def function() -> Sleeping[bool]:
        fired.append(kernel.now)
        return False
        yield

    timer.setup(function)
    timer.start(10)
    timer.start(30)
    kernel.engine.run(1000)
    assert fired == [30]


def test_a_timer_that_its_function_has_started_is_not_restarted_besides(kernel: Kernel) -> None:
    fired: list[int] = []
    timer = HrTimer(kernel, "poll")

    def function() -> Sleeping[bool]:
        fired.append(kernel.now)
        if len(fired) == 1:
            timer.start(30)
        return len(fired) == 1
        yield

    timer.setup(function)
    timer.start(0)
    kernel.engine.run(1000)
    assert fired == [0, 30]


def test_a_timer_that_was_never_set_up_is_a_warning_and_runs_nothing(kernel: Kernel) -> None:
    HrTimer(kernel, "poll").start(0)
    kernel.engine.run(1000)
    assert kernel.engine.trace is not None
    assert kernel.engine.trace.events == [Log(0, "linux", "warn", "poll: the timer was never set up and will not run")]


def test_a_flushed_work_item_runs_at_once_and_no_more(kernel: Kernel) -> None:
    ran: list[int] = []

    def function() -> Sleeping[None]:
        ran.append(kernel.now)
        return
        yield

    queue, work = WorkQueue(kernel, "wq", 1000), Work(function)
    queue.queue(work)
    queue.flush(work)
    queue.flush(work)
    kernel.engine.run(5000)
    assert ran == [0]


def test_work_queued_twice_before_it_runs_runs_once(kernel: Kernel) -> None:
    ran: list[int] = []

    def function() -> Sleeping[None]:
        ran.append(kernel.now)
        return
        yield

    queue, work = WorkQueue(kernel, "wq", 1000), Work(function)
    assert (queue.queue(work), queue.queue(work)) == (True, False)
    kernel.engine.run(5000)
    assert queue.queue(work) is True
    kernel.engine.run(10_000)
    assert ran == [1000, 6000]


def test_one_worker_runs_its_items_in_order_also_when_one_sleeps(kernel: Kernel) -> None:
    order: list[str] = []

    def item(name: str, ns: int) -> Work:
        def function() -> Sleeping[None]:
            yield from WaitQueue(kernel).sleep(ns)
            order.append(f"{name} {kernel.now}")

        return Work(function)

    queue = WorkQueue(kernel, "wq", 1000)
    queue.queue(item("slow", 500))
    queue.queue(item("fast", 5))
    kernel.engine.run(5000)
    assert order == ["slow 1500", "fast 1505"]


def test_a_fault_in_a_thread_is_an_oops_on_the_log_and_the_machine_goes_on(kernel: Kernel) -> None:
    def body() -> Sleeping[None]:
        yield from WaitQueue(kernel).sleep(10)
        raise KernelFaultError("a NULL pointer dereference", "tx_tick")

    kernel.start("thread", body())
    assert kernel.engine.run(1000).reason == "time"
    assert kernel.engine.trace is not None
    assert kernel.engine.trace.events == [
        Log(
            10,
            "linux",
            "emerg",
            "Oops: a NULL pointer dereference in tx_tick; the task thread is dead",
        )
    ]


def test_a_failing_test_inside_a_callback_reaches_whoever_runs_the_machine(kernel: Kernel) -> None:
    def body() -> Sleeping[None]:
        yield from WaitQueue(kernel).sleep(10)
        raise AssertionError("from the test")

    kernel.start("thread", body())
    with pytest.raises(AssertionError, match="from the test"):
        kernel.engine.run(1000)


def test_a_timer_from_a_snapshot_is_refused_in_words(kernel: Kernel) -> None:
    kernel.engine.schedule(10, "linux", "timeout#7")
    with pytest.raises(
        SnapshotError, match=r"^Linux's timer timeout#7 comes from another machine; snapshots do not hold"
    ):
        kernel.engine.run(100)


def test_error_numbers_have_names() -> None:
    assert [describe(code) for code in (-105, -62, -512, 3, -9999)] == [
        *("-105 (ENOBUFS)", "-62 (ETIME)", "-512 (ERESTARTSYS)", "3", "-9999"),
    ]


def test_hex_dumps_read_like_the_kernels(kernel: Kernel) -> None:
    kernel.dynamic_debug.enable("file virtio_rpmsg_bus.c +p")
    kernel.logger("rpmsg_ns.c").dump("off: ", b"x")
    kernel.logger("virtio_rpmsg_bus.c").dump("rpmsg_virtio TX: ", bytes(range(0x3C, 0x4E)))
    assert kernel.engine.trace is not None
    texts: list[Any] = [event.text for event in kernel.engine.trace.events if isinstance(event, Log)]
    assert texts == [
        "rpmsg_virtio TX: 3c 3d 3e 3f 40 41 42 43 44 45 46 47 48 49 4a 4b  <=>?@ABCDEFGHIJK",
        "rpmsg_virtio TX: 4c 4d                                            LM",
    ]


def test_a_call_that_ends_while_another_is_abandoned_returns_then(kernel: Kernel) -> None:
    def abandon() -> None:
        with pytest.raises(PatienceError):
            kernel.call(WaitQueue(kernel).sleep(), patience_ns=2 * MS)

    kernel.after(MS // 2, "abandon", abandon)
    assert kernel.call(WaitQueue(kernel).sleep(MS), patience_ns=10 * MS) is False
    assert kernel.now == 5 * MS // 2
