"""One run from release to stop: boots a loaded board, sends, waits for what is expected, and says why it ended.

It prints nothing. All moments are virtual and none depends on how the engine slices time.
"""

from __future__ import annotations

from collections.abc import Sequence

from ipcclab.durations import format_duration
from ipcclab.expectations import Expectations
from ipcclab.sender import Sender
from mp1bench.board import Board
from mp1bench.engine import Stop
from mp1bench.errors import UsageError

#: Without a given time a run ends when nothing has moved for this long, and in any case at the limit. Who still waits
#: for something is more patient: firmware likes to pause before it speaks.
IDLE_NS = 100_000_000
PATIENCE_NS = 1_000_000_000
LIMIT_NS = 10_000_000_000
#: A firmware that polls registers fills the trace faster than anyone can read it.
LIMIT_EVENTS = 1_000_000

_EVENTS = "ipcclab.scenario"
_LOOK_EVERY_NS = 1_000_000


class Scenario:
    """A run of `board`, whose image is loaded and not yet booted."""

    def __init__(
        self, board: Board, send: Sequence[str] = (), to: str | None = None, expect: Sequence[str] = ()
    ) -> None:
        if send and board.linux is None:
            raise UsageError("a message is sent by the Linux host, and this board has none. Run it with --host linux.")
        if not all((*send, *expect)):
            raise UsageError("an empty text can neither be sent nor expected. Leave the option away.")
        if to is not None and not send:
            raise UsageError("--to names an endpoint, but there is nothing to send. Add --send TEXT.")
        self.board = board
        self.sender = Sender(board, send, to)
        self.expectations = Expectations(board, expect)
        self._expecting = bool(expect)
        self._duration: int | None = None
        self._stop: Stop | None = None
        self._output = ""
        self._moved_at = 0
        board.engine.on_event(_EVENTS, self._watch)

    def run(self, duration: int | None = None) -> Stop:
        """Boot and run for `duration` ns of virtual time; None: until what is expected has come, or nothing moves.

        The reasons are those of `Stop`, and `expected` and `limit`. A firmware that ends up in a fault handler has
        crashed: `fault`. The firmware is left as it is, running.
        """
        engine = self.board.engine
        self._duration = duration
        end = LIMIT_NS if duration is None else duration
        engine.observers.append(self._look)
        engine.schedule(engine.now + _LOOK_EVERY_NS, _EVENTS, "")
        self.board.boot()
        self._look()
        crash = self.board.crash()
        if crash is not None and crash.reason == "lockup":
            self._stop = self._stop or crash  # while Linux was still booting it
        while self._stop is None:
            stop = self.board.run_for(max(end - engine.now, 0))
            if self._stop is None:
                # What this scenario did not ask for, the firmware did: semihosting's SYS_EXIT.
                self._stop = Stop("idle", stop.detail) if stop.reason == "requested" else stop
        engine.observers.remove(self._look)
        if self._stop.reason != "expected":
            self._stop = self.board.crash() or self._stop
        if self._stop.reason == "time" and duration is None:
            self._stop = Stop(
                "limit", f"still moving after {format_duration(LIMIT_NS)}; --for TIME runs as long as you say"
            )
        return self._stop

    @property
    def complaint(self) -> str | None:
        """Which expectation the run failed and what came instead; None if it failed none. For a run that is over."""
        unsent = self.sender.complaint()
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
        if self._expecting and self.expectations.look():
            self._end("expected", "everything expected has come")

    def _watch(self, _tag: str) -> None:
        """Once per millisecond: does anything still move, and does the trace stay readable?"""
        if self._stop is not None:
            return
        engine, trace = self.board.engine, self.board.trace
        patience = PATIENCE_NS if self._expecting else IDLE_NS
        events = trace.events if trace else []
        if events:
            self._moved_at = max(self._moved_at, events[-1].t)
        output = self.board.firmware_log() + "".join(self.board.uart.values())
        if output != self._output:
            self._output, self._moved_at = output, engine.now
        if len(events) > LIMIT_EVENTS:
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
