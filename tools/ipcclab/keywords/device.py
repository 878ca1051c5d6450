"""Keywords for the IPCC without firmware: which one, its reset, clock and state, who hears of it, two drivers on it.

On a board with firmware they are refused: there the firmware and the RCC decide.
"""

from __future__ import annotations

from robot.api import SkipExecution
from robot.api.deco import keyword
from robot.libraries.BuiltIn import BuiltIn

from ipcclab.drivers import Exchange
from ipcclab.ipcc_words import find_variant
from ipcclab.keywords.bench import Bench
from ipcclab.mailbox import BareIpcc
from mp1bench.errors import EngineMissingError, UsageError
from stm32mp1.ipcc_table import Variant


class DeviceKeywords:
    """A bare IPCC, or one whose processor 2 is an emulated core that obeys the test."""

    bench: Bench

    @keyword(tags=("Device",))
    def use_ipcc(self, variant: str | Variant) -> None:
        """Puts a fresh bare IPCC on the bench, that of another part or one of your own.

        - ``variant``: one of the `Variants` by its name, or a ``stm32mp1.ipcc_table.Variant``.

        Fails on a board, with an engine, and for a variant that cannot be.

        | Use Ipcc | STM32WL5x |
        | ${mine} = | Evaluate | stm32mp1.ipcc_table.STM32MP15._replace(name="MINE", channels=3) |
        | Use Ipcc | ${mine} |
        """
        if isinstance(variant, str):
            variant = find_variant(variant)
        try:
            self.bench.put_bare(BareIpcc(variant))
        except ValueError as error:
            raise UsageError(f"there can be no such IPCC: {error}") from error

    @keyword(tags=("Device",))
    def skip_unless_engine_is_installed(self) -> None:
        """Skips the test, or the suite in its setup, if the engine that the library was imported with is not here, and
        says why.

        | Suite Setup | Skip Unless Engine Is Installed |
        """
        try:
            _ = self.bench.mailbox
        except EngineMissingError as error:
            raise SkipExecution(error.sentence) from error

    # -- reset and clock ----------------------------------------------------------------------------------------

    @keyword(tags=("Device", "Reset"))
    def reset_device(self) -> None:
        """Resets the IPCC, as RCC's AHB3RST.IPCCRST does: all channels are free, all interrupts disabled and masked.

        Fails on a board with firmware, where the RCC does it.

        | Signal Channel | 1 | cpu=1 |
        | Reset Device |
        | All Channels Should Be Free |
        """
        own = self.bench.own
        self.bench.act()
        own.reset()

    @keyword(tags=("Device", "Reset"))
    def hold_in_reset(self) -> None:
        """Resets the IPCC and keeps it in reset: it answers nobody until `Release From Reset`.

        Fails on a board with firmware, where the RCC does it.

        | Hold In Reset |
        | Get Register | HWCFGR | == | 0 |
        """
        own = self.bench.own
        self.bench.act()
        own.hold_in_reset()

    @keyword(tags=("Device", "Reset"))
    def release_from_reset(self) -> None:
        """Ends `Hold In Reset`. Fails on a board with firmware, where the RCC does it.

        | Hold In Reset |
        | Release From Reset |
        | Get Register | HWCFGR | == | 6 |
        """
        own = self.bench.own
        self.bench.act()
        own.release_from_reset()

    @keyword(tags=("Device", "Clock"))
    def stop_clock(self) -> None:
        """Takes the IPCC's clock away: it answers nobody until `Start Clock`; its flags and lines stay.

        Fails on a board with firmware, where the RCC does it.

        | Signal Channel | 1 | cpu=1 |
        | Stop Clock |
        | Acknowledge Channel | 1 | cpu=2 |
        | Channel Should Be Occupied | 1 | cpu=1 |
        """
        own = self.bench.own
        self.bench.act()
        own.stop_clock()

    @keyword(tags=("Device", "Clock"))
    def start_clock(self) -> None:
        """Ends `Stop Clock`. Fails on a board with firmware, where the RCC does it.

        | Stop Clock |
        | Start Clock |
        | Get Register | HWCFGR | == | 6 |
        """
        own = self.bench.own
        self.bench.act()
        own.start_clock()

    # -- state --------------------------------------------------------------------------------------------------

    @keyword(tags=("Device", "State", "Getter"))
    def save_state(self) -> dict[str, object]:
        """Returns all that another IPCC needs to go on from here, as a dictionary for `Restore State`.

        This is no access. Fails on a board with firmware.

        | ${state} = | Save State |
        """
        return self.bench.own.device.state()

    @keyword(tags=("Device", "State"))
    def restore_state(self, state: dict[str, object]) -> None:
        """Goes on from a saved state, with the lines that belong to it. This is no access.

        - ``state``: what `Save State` has returned.

        What is no state is refused, and so is every state on a board with firmware.

        | ${state} = | Save State |
        | Signal Channel | 1 | cpu=1 |
        | Restore State | ${state} |
        | Channel Should Be Free | 1 | cpu=1 |
        """
        own = self.bench.own
        self.bench.act()
        try:
            own.device.from_state(state)
        except ValueError as error:
            raise UsageError(f"this state cannot be restored: {error}") from error

    # -- who hears of it ----------------------------------------------------------------------------------------

    @keyword(tags=("Device", "Interrupts"))
    def when_line_rises(self, line: str, name: str, *arguments: str) -> None:
        """Runs a keyword at each rising edge of a line, at once, inside the access that has caused the edge.

        - ``line``: ``RX0``, ``TX0``, ``RX1`` or ``TX1``.
        - ``name``: the keyword, as a test would write it.
        - ``arguments``: those of the keyword.

        Fails where the IPCC is not a bare one. If the keyword fails, so does what has caused the edge.

        | Enable Interrupt | rx | cpu=2 |
        | Unmask Interrupt | rx | 1 | cpu=2 |
        | When Line Rises | RX1 | Acknowledge Channel | 1 | cpu=2 |
        | Signal Channel | 1 | cpu=1 |
        | Channel Should Be Free | 1 | cpu=1 |
        """
        bare = self.bench.bare

        def edge(level: bool) -> None:
            if level:
                BuiltIn().run_keyword(name, *arguments)

        bare.engine.watch(bare.name, bare.device.line_of(bare.output(line)), edge)

    @keyword(tags=("Device", "Trace"))
    def stop_listening(self) -> None:
        """Nobody hears of flags and lines any more: only accesses are recorded, until `Listen Again`.

        Fails where the IPCC is not a bare one.

        | Stop Listening |
        | Signal Channel | 1 | cpu=1 |
        | Events Should Be | W C1SCR |
        """
        self.bench.bare.stop_listening()

    @keyword(tags=("Device", "Trace"))
    def listen_again(self) -> None:
        """Ends `Stop Listening`. What has changed meanwhile is not told.

        Fails where the IPCC is not a bare one.

        | Stop Listening |
        | Listen Again |
        | Signal Channel | 1 | cpu=1 |
        | Events Should Be | W C1SCR | C1TOC2SR.CH1F occupied |
        """
        self.bench.bare.listen_again()

    # -- two drivers --------------------------------------------------------------------------------------------

    @keyword(tags=("Device", "Time", "Assertion"))
    def exchange_should_complete(self, rounds: int = 1000, speeds: str = "1:1", channel: int = 1) -> None:
        """Passes if two drivers get through all rounds of question and answer, each at the speed of its processor.

        Processor 1 sends: it occupies the channel, then unmasks its TX-free interrupt. Processor 2 answers and frees
        the channel. It fails as soon as both wait for each other.

        - ``rounds``: how many; by default ``1000``.
        - ``speeds``: of processor 1 and 2; by default ``1:1``. With ``1:100`` processor 2 is a hundred times as fast,
          and has answered before processor 1 unmasks.
        - ``channel``: the one that both use, 1 to 6; by default ``1``.

        | Exchange Should Complete | rounds=1000 | speeds=1:100 |
        """
        one, colon, two = speeds.partition(":")
        if not (colon and one.isdecimal() and two.isdecimal()):
            raise UsageError(f"speeds are those of processor 1 and 2, as in 1:100, not `{speeds}`.")
        outcome = Exchange(self.bench.bare, rounds, (int(one), int(two)), channel).run()
        if outcome.deadlock:
            raise AssertionError(self.bench.explain(f"the drivers deadlock {outcome.deadlock}"))
