"""The keyword for doorbells that go wrong on purpose: lost, doubled or late."""

from __future__ import annotations

from robot.api.deco import keyword

from ipcclab.keywords.arguments import DoorbellFault, Duration, one_of
from ipcclab.keywords.bench import Bench
from mp1bench.errors import UsageError


class DoorbellKeywords:
    """A doorbell is a write that raises the flag of a channel."""

    bench: Bench

    @keyword(tags=("Channels",))
    def inject_doorbell_fault(
        self, kind: DoorbellFault, channel: int, cpu: int, which: int | None = None, by: Duration | None = None
    ) -> None:
        """Has a doorbell go wrong, from now on: the write that raises the flag of a channel.

        - ``kind``: ``lost`` (nothing changes, so its sender finds the channel free), ``late`` (the same, and the flag
          goes up later), or ``doubled`` (when the flag has been taken it goes up once more).
        - ``channel``: from 1.
        - ``cpu``: the processor that sends.
        - ``which``: the how many-eth from now on goes wrong, from 1; by default all do.
        - ``by``: how late a late one comes, or how long after it was taken a doubled one comes again; by default at
          once.

        The trace says when it strikes. Fails without firmware, for a channel that there is not, and for a late one
        without its time.

        | Boot Firmware | ipcc_signals.elf |
        | Request Mailbox Channel | 5 |
        | Inject Doorbell Fault | lost | 5 | cpu=1 | which=1 |
        | Inject Doorbell Fault | late | 5 | cpu=2 | by=1ms |
        """
        ways = {1: "a7_to_m4", 2: "m4_to_a7"}
        if cpu not in ways:
            raise UsageError(f"there is no processor {cpu}; 1 is the Cortex-A7, 2 the Cortex-M4.")
        self.bench.board.inject(one_of(DoorbellFault, kind), ways[cpu], channel, which, by or 0)
