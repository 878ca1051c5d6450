"""Keywords for the trace: the order of accesses, comparison with an approved file, lost signals, keeping it.

They serve whatever bench has a trace. What came of the accesses is for `ipcclab.keywords.events`.
"""

from __future__ import annotations

import os
from html import escape
from pathlib import Path
from typing import Generic, Protocol, TypeVar
from urllib.parse import quote

from robot.api import logger
from robot.api.deco import keyword
from robot.libraries.BuiltIn import BuiltIn, RobotNotRunningError

from ipcclab import trace as writers
from ipcclab.comparison import difference, difference_page
from ipcclab.comparison.compare import compare, loader_for, sides
from ipcclab.durations import format_moment
from ipcclab.keywords.arguments import Times, one_of
from ipcclab.signals import lost_signals
from ipcclab.trace import Recording, text
from ipcclab.trace.places import function_of
from mp1bench.errors import UsageError
from mp1bench.trace import A7, M4, Access, Trace

_CPU = {1: A7, 2: M4}
# Robot cuts the middle out of longer messages.
_CONTEXT = 2
_SHOWN = 3


class Traced(Protocol):
    """What the bench of these keywords has: see `ipcclab.keywords.bench.Bench`."""

    @property
    def trace(self) -> Trace: ...
    @property
    def recording(self) -> Recording: ...
    def explain(self, sentence: str) -> str: ...


TracedT = TypeVar("TracedT", bound=Traced)


class TraceKeywords(Generic[TracedT]):
    """The trace holds each access to the IPCC since the bench was set up, and everything that came of it."""

    bench: TracedT
    _from: int = 0  # the accesses before this event are forgotten

    @keyword(tags=("Trace",))
    def forget_earlier_accesses(self) -> None:
        """The keywords for accesses and events begin here from now on.

        The trace itself keeps everything; it never fails.

        | Forget Earlier Accesses |
        """
        self._from = len(self.bench.trace.events)

    @keyword(tags=("Trace", "Getter"))
    def get_accesses(self, cpu: int | None = None, function: str | None = None) -> list[str]:
        """Returns the accesses since `Forget Earlier Accesses`, in order, each as ``R C1SCR`` or ``W C1SCR``.

        - ``cpu``: the processor whose accesses are meant; by default both.
        - ``function``: the one that made them, without offset, such as ``stm32_ipcc_send_data``; by default any.

        It never fails: where nothing was accessed, the list is empty.

        | ${accesses} = | Get Accesses | cpu=1 |
        """
        trace = self.bench.trace
        found = []
        for event in trace.events[self._from :]:
            if not isinstance(event, Access) or (cpu is not None and event.cpu != _CPU.get(cpu)):
                continue
            if function is not None and function_of(trace, event.function, event.pc) != function:
                continue
            found.append(self.access_in_words(event))
        return found

    @keyword(tags=("Trace", "Assertion"))
    def accesses_should_be(self, *accesses: str, cpu: int | None = None, function: str | None = None) -> None:
        """Passes if exactly these accesses were made since `Forget Earlier Accesses`, in this order.

        - ``accesses``: each as ``R C1SCR`` or ``W C1SCR``; none if there is to be none.
        - ``cpu``: the processor whose accesses are meant; by default both.
        - ``function``: the one that made them, without offset; by default any.

        | ${tty} = | Open Device | /dev/ttyRPMSG0 |
        | Forget Earlier Accesses |
        | Write Device | ${tty} | hello |
        | Device Should Give | ${tty} | hello |
        | Accesses Should Be | R C1SCR | W C1SCR | R C1MR | W C1MR | function=stm32_ipcc_send_data |
        """
        found = self.get_accesses(cpu, function)
        if found != list(accesses):
            shown = f"the accesses were {', '.join(found) or 'none'}, expected {', '.join(accesses) or 'none'}"
            raise AssertionError(self.bench.explain(shown))

    def access_in_words(self, access: Access) -> str:
        register = self.bench.trace.tables[access.device].at(access.offset)
        return f"{access.op} {register.name if register else f'+0x{access.offset:03X}'}"

    @keyword(tags=("Trace", "Assertion"))
    def no_signal_should_be_lost(self) -> None:
        """Passes if each signal found its channel free.

        A flag is one bit: a second signal on an occupied channel leaves no mark, and its receiver never learns of it.
        One that the IPCC ignored, in reset or without a clock, is lost as well.
        Fails with the time of the first one that was lost.

        | No Signal Should Be Lost |
        """
        lost = lost_signals(self.bench.trace)
        if lost:
            first = lost[0]
            assert first.raised is not None
            when = format_moment(self.bench.trace.events[first.raised].t)
            who = f"processor {first.sender} signalled channel {first.channel}"
            sentence = f"{who} at {when}{first.why_lost}"
            more = f" ({len(lost)} signals were lost in all)" if len(lost) > 1 else ""
            raise AssertionError(self.bench.explain(f"a signal was lost: {sentence}{more}"))

    @keyword(tags=("Trace", "Assertion"))
    def trace_should_contain(self, words: str) -> None:
        """Passes if a line of the trace, as `Save Trace` writes it, has a text in it.

        - ``words``: a part of the line. Robot takes two spaces for the end of an argument; within one they are
          ``${SPACE}``.

        | Signal Channel | 2 | cpu=1 |
        | Trace Should Contain | C1TOC2SR.CH2F 0→1 |
        """
        if not any(words in line for line in text.lines(self.bench.trace)):
            raise AssertionError(self.bench.explain(f"no line of the trace has {words!r} in it"))

    @keyword(tags=("Trace", "Assertion"))
    def trace_should_match(self, approved: Path, times: Times = "exact") -> None:
        """Passes if the trace is the approved one.

        - ``approved``: a text file as `Save Trace` writes it.
        - ``times``: ``exact`` compares the times as well, for runs are repeatable to the nanosecond; ``ignore`` does
          not. By default ``exact``.

        Fails with the first differences. What was found instead is written to the output folder, with ``.received`` in
        its name; if it is right, put it in the place of the approved file.

        | Boot Firmware | rpmsg_echo.elf |
        | Host Sends | hello |
        | Firmware Should Answer | hello |
        | Trace Should Match | ${CURDIR}/approved/echo.txt | times=ignore |
        """
        one_of(Times, times)
        load = loader_for(approved)
        received = self._output_folder(approved.parent) / f"{approved.stem}.received{approved.suffix}"
        if not approved.exists():
            writers.write(received, self.bench.recording)
            raise UsageError(
                f"there is no approved trace {approved}. This run's is {received}; if it is right, put it there."
            )
        wanted, found = sides(approved.name, load(approved), received.name, self.bench.recording)
        comparison = compare(wanted, found, times)
        if comparison.equal:
            return
        writers.write(received, self.bench.recording)
        page = received.with_name(f"{approved.stem}.difference.html")
        difference_page.write(page, comparison)
        self._link(page, "all differences")
        logger.info("\n".join(difference.lines(comparison)))
        shown = difference.lines(comparison, _CONTEXT, _SHOWN)
        raise AssertionError("\n".join(["the trace is not the approved one:", *shown, f"This run's is {received}."]))

    @keyword(tags=("Trace",))
    def save_trace(self, file: Path) -> None:
        """Writes the trace in the form that the file's ending asks for, and links it from the log.

        - ``file``: its ending is one of those that ``ipcclab run --trace`` takes, such as ``.txt``, ``.ndjson`` or
          ``.html``.

        Fails for another ending, and if the file cannot be written.

        | Signal Channel | 1 | cpu=1 |
        | Save Trace | ${OUTPUT_DIR}/signal.ndjson |
        """
        writers.write(file, self.bench.recording)
        self._link(file, file.name)

    def _link(self, file: Path, words: str) -> None:
        """A link in the log, from where the log is: the two can be moved together."""
        place = os.path.relpath(file, self._output_folder(file.parent))
        logger.info(f'<a href="{escape(quote(place))}">{escape(words)}</a>', html=True)

    @staticmethod
    def _output_folder(otherwise: Path) -> Path:
        """Robot's output folder; `otherwise` where no Robot runs."""
        try:
            return Path(BuiltIn().get_variable_value("${OUTPUT_DIR}"))
        except RobotNotRunningError:
            return otherwise
