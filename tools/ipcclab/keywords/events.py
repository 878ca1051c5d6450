"""Keywords for what came of an access to the IPCC: flags, lines, and what the device has ignored.

They need to know which access was the test's own. The trace as a whole is for `ipcclab.keywords.traces`.
"""

from __future__ import annotations

from robot.api.deco import keyword

from ipcclab.keywords.bench import Bench
from ipcclab.keywords.traces import TraceKeywords
from mp1bench.trace import Access, Effect, Event, Line


class EventKeywords(TraceKeywords[Bench]):
    """The trace holds each access to the IPCC since the bench was set up, and everything that came of it."""

    @keyword(tags=("Trace", "Assertion"))
    def access_should_have_caused(self, *events: str) -> None:
        """Passes if exactly these events came of the last access to the IPCC, or of the last reset, in this order.

        - ``events``: flags that became ``occupied`` or ``free``, lines that became ``high`` or ``low``, each with its
          name in front; none if nothing is to have moved.

        | Enable Interrupt | rx | cpu=2 |
        | Unmask Interrupt | rx | 2 | cpu=2 |
        | Signal Channel | 2 | cpu=1 |
        | Access Should Have Caused | C1TOC2SR.CH2F occupied | RX1 high |
        """
        found = [_in_words(event) for event in self.bench.consequences()[1]]
        self._events_should_be(found, list(events))

    @keyword(tags=("Trace", "Assertion"))
    def access_should_have_been_ignored(self, why: str) -> None:
        """Passes if the IPCC did not take the last access, said why, and nothing else came of it.

        A read gave zero then.

        - ``why``: what the IPCC says, word for word, such as ``write to read-only HWCFGR``.

        | Read At Offset | 0x020 |
        | Access Should Have Been Ignored | read of reserved +0x020 |
        """
        access, found = self.bench.consequences()
        if access is None:
            raise AssertionError(self.bench.explain("there was no access that could have been ignored"))
        self._events_should_be([_in_words(event) for event in found], [f"ignored {why}"])
        assert isinstance(found[0], Effect)
        told = access.value if access.op == "W" else 0
        if (access.op == "R" and access.value) or (found[0].before, found[0].after) != (told, 0):
            sentence = f"a {why} gave 0x{access.value:X} and was reported with 0x{found[0].before:X}"
            raise AssertionError(self.bench.explain(sentence))

    @keyword(tags=("Trace", "Assertion"))
    def events_should_be(self, *events: str) -> None:
        """Passes if exactly this happened at the IPCC since `Forget Earlier Accesses`, in this order.

        - ``events``: accesses such as ``W C1SCR``, and what they caused, as in `Access Should Have Caused`.

        | Forget Earlier Accesses |
        | Signal Channel | 2 | cpu=1 |
        | Events Should Be | W C1SCR | C1TOC2SR.CH2F occupied |
        """
        name, trace = self.bench.mailbox.name, self.bench.trace
        found = []
        for event in trace.events[self._from :]:
            if isinstance(event, Access) and event.device == name:
                found.append(self.access_in_words(event))
            elif isinstance(event, Effect | Line) and event.device == name:
                found.append(_in_words(event))
        self._events_should_be(found, list(events))

    def _events_should_be(self, found: list[str], wanted: list[str]) -> None:
        if found != wanted:
            shown = f"the events were {', '.join(found) or 'none'}; expected {', '.join(wanted) or 'none'}"
            raise AssertionError(self.bench.explain(shown))


def _in_words(event: Event) -> str:
    """What the IPCC reported, as a test writes it."""
    if isinstance(event, Line):
        return f"{event.line} {'high' if event.level else 'low'}"
    assert isinstance(event, Effect)
    if event.kind == "illegal":
        return f"ignored {event.subject}"
    words = {(0, 1): "occupied", (1, 0): "free"}
    return f"{event.subject} {words.get((event.before, event.after), f'{event.before}→{event.after}')}"
