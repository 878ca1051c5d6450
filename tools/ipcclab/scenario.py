"""One run from release to stop: boots a loaded board, sends, waits for what is expected, and says why it ended.

It prints nothing. All moments are virtual and none depends on how the engine slices time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ipcclab.durations import format_duration
from ipcclab.expectations import Expectations
from ipcclab.sender import Sender
from ipcclab.typist import Typist
from mp1bench.board import Board
from mp1bench.boot_modes import ENGINEERING
from mp1bench.engine import Stop
from mp1bench.errors import UsageError

#: Without a given time a run ends when nothing has moved for this long, and in any case at the limit. Who still waits
#: for something is more patient: firmware likes to pause before it speaks.
IDLE_NS = 100_000_000
PATIENCE_NS = 1_000_000_000
#: Who only sleeps until a tick or a timer wakes him is given time to blink, or to speak once a second.
DOZING_NS = 2_500_000_000
LIMIT_NS = 10_000_000_000
#: A firmware that polls registers fills the trace faster than anyone can read it.
LIMIT_EVENTS = 1_000_000
#: Nobody said how long, and nothing is expected: such a run ends within two seconds of the user's own time, too. It may
#: take so much effort, as `Engine.effort` counts it (some 2 us each), of which nothing moves for half at most. Beside
#: that, an event on the trace is worth EVENT_EFFORT, and so many instructions are worth 1.
HASTY_EFFORT = 700_000
IDLE_EFFORT = 350_000
EVENT_EFFORT = 8
INSTRUCTIONS_PER_EFFORT = 160

_EVENTS = "ipcclab.scenario"
_LOOK_EVERY_NS = 1_000_000
_HASTE, _HASTE_EVERY_NS = "ipcclab.scenario.haste", 50_000
_MUCH_EFFORT = 2_000  # in such a while: then it is looked at each while, else less and less often


def how_to_have_linux(board: Board) -> str:
    """What to do about a board that has none."""
    if board.boot_mode == ENGINEERING:
        return "Leave --boot-mode engineering away: in that mode the Cortex-A7 does not boot."
    return "Run it with --host linux."


class Scenario:
    """A run of `board`, whose image is loaded and not yet booted.

    As long as it is `debugged()`, it ends only after a given duration, or when all that is expected has come.
    """

    def __init__(
        self,
        board: Board,
        send: Sequence[str] = (),
        to: str | None = None,
        expect: Sequence[str] = (),
        typed: Sequence[str] = (),
        debugged: Callable[[], bool] = lambda: False,
    ) -> None:
        if send and board.linux is None:
            raise UsageError(
                f"a message is sent by the Linux host, and this board has none. {how_to_have_linux(board)}"
            )
        if not all((*send, *expect)):
            raise UsageError("an empty text can neither be sent nor expected. Leave the option away.")
        if to is not None and not send:
            raise UsageError("--to names an endpoint, but there is nothing to send. Add --send TEXT.")
        self.board = board
        self.sender = Sender(board, send, to)
        self.expectations = Expectations(board, expect)
        self.typist = Typist(board, typed)
        self._expecting = bool(expect)
        self._debugged = debugged
        self._duration: int | None = None
        self._stop: Stop | None = None
        self._output = ""
        self._moved_at = 0
        self._moved_effort = 0
        self._seen = (0, 0, 0, _HASTE_EVERY_NS)  # effort, events, bytes printed and period of the last look
        board.engine.on_event(_EVENTS, self._watch)
        board.engine.on_event(_HASTE, self._hurry)

    def run(self, duration: int | None = None) -> Stop:
        """Boot and run for `duration` ns of virtual time; None: until what is expected has come, or nothing moves.

        The reasons are those of `Stop`, and `expected`, `running` (it goes on for ever, as a blinking light does, and
        nobody has asked for more) and `limit` (somebody has, and it takes too long). A firmware that ends up in a fault
        handler has crashed: `fault`. The firmware is left as it is, running.
        """
        engine = self.board.engine
        self._duration = duration
        end = LIMIT_NS if duration is None else duration
        engine.observers.append(self._look)
        engine.schedule(engine.now + _LOOK_EVERY_NS, _EVENTS, "")
        if duration is None and not self._expecting:
            engine.schedule(engine.now + _HASTE_EVERY_NS, _HASTE, "")
        self.board.boot()
        self._look()
        crash = self.board.crash()
        if crash is not None and crash.reason == "lockup":
            self._stop = self._stop or crash  # while Linux was still booting it
        while self._stop is None:
            stop = self.board.run_for(max(end - engine.now, 0))
            if stop.reason == "time" and duration is None and self._debugged():
                end += LIMIT_NS
            elif self._stop is None:
                # What this scenario did not ask for, the firmware did: semihosting's SYS_EXIT.
                self._stop = Stop("idle", stop.detail) if stop.reason == "requested" else stop
        engine.observers.remove(self._look)
        self.board.end_lines()
        if self._stop.reason != "expected":
            self._stop = self.board.crash() or self._stop
        if self._stop.reason == "time" and duration is None:
            self._stop = Stop(
                "limit" if self._expecting else "running",
                f"still moving after {format_duration(LIMIT_NS)}; --for TIME runs as long as you say",
            )
        return self._stop

    @property
    def complaint(self) -> str | None:
        """Which expectation the run failed and what came instead; None if it failed none. For a run that is over."""
        unsent = self.sender.complaint() or self.typist.complaint()
        if not self.expectations.met:
            sentence = self.expectations.complaint()
            return f"{unsent} {sentence}" if unsent else sentence
        return unsent

    def _end(self, reason: str, detail: str) -> None:
        self._stop = Stop(reason, detail)
        self.board.engine.request_stop(detail)

    def _look(self) -> None:
        if self._stop is not None:
            return
        self.sender.look()
        self.typist.look()
        if self._expecting and self.expectations.look():
            self._end("expected", "everything expected has come")

    def _hurry(self, _tag: str) -> None:
        """Does a run without an end of its own take too much of the user's time?"""
        if self._stop is not None:
            return
        engine, trace = self.board.engine, self.board.trace
        effort, events = engine.effort, trace.size() if trace else 0
        spent = effort + EVENT_EFFORT * events + (engine.instructions or 0) // INSTRUCTIONS_PER_EFFORT
        printed = sum(map(len, self.board.uart.values()))
        last_effort, last_events, last_printed, period = self._seen
        if events != last_events or printed != last_printed:
            self._moved_effort = effort
        more = "--for TIME runs as long as you say"
        if self._debugged():
            engine.schedule(engine.now + period, _HASTE, "")
        elif effort - self._moved_effort > IDLE_EFFORT:
            self._end("idle", f"nothing has moved for {IDLE_EFFORT:,} accesses; {more}")
        elif spent > HASTY_EFFORT:
            self._end("running", f"still moving after {format_duration(engine.now)}; {more}")
        else:
            busy = effort - last_effort > _MUCH_EFFORT or events - last_events > _MUCH_EFFORT
            period = _HASTE_EVERY_NS if busy else min(2 * period, _LOOK_EVERY_NS)
            self._seen = (effort, events, printed, period)
            engine.schedule(engine.now + period, _HASTE, "")

    def _watch(self, _tag: str) -> None:
        """Once per millisecond: does anything still move, and does the trace stay readable?"""
        if self._stop is not None:
            return
        self.typist.look()
        engine, trace = self.board.engine, self.board.trace
        patience = DOZING_NS if engine.dozes else PATIENCE_NS if self._expecting else IDLE_NS
        events = trace.events if trace else []
        if events:
            self._moved_at = max(self._moved_at, events[-1].t)
        output = self.board.firmware_log() + "".join(self.board.uart.values())
        if output != self._output:
            self._output, self._moved_at = output, engine.now
        if self._debugged():
            self._moved_at = engine.now
            engine.schedule(engine.now + _LOOK_EVERY_NS, _EVENTS, "")
        elif len(events) > LIMIT_EVENTS:
            self._end(
                "limit",
                f"more than {LIMIT_EVENTS:,} events on the trace; a shorter --for ends a run earlier",
            )
        elif self._duration is not None:
            engine.schedule(engine.now + _LOOK_EVERY_NS, _EVENTS, "")
        elif engine.now < self._moved_at + patience:
            engine.schedule(min(engine.now + _LOOK_EVERY_NS, self._moved_at + patience), _EVENTS, "")
        else:
            self._end("idle", f"nothing has moved for {format_duration(patience)}")
