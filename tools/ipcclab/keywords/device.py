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
        """Puts a fresh bare IPCC on the bench: one of the `Variants` by its name, or one of your own.

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
        """Skips the test, or the suite in its setup, if the engine that the library was imported with is not here.

        | Suite Setup | Skip Unless Engine Is Installed |
        """
        try:
            _ = self.bench.mailbox
        except EngineMissingError as error:
            raise SkipExecution(error.sentence) from error

    # -- reset and clock ----------------------------------------------------------------------------------------

    @keyword(tags=("Device", "Reset"))
    def reset_device(self) -> None:
        """Resets the IPCC, as RCC's AHB3RST.IPCCRST does.

        | Reset Device |
        """
        own = self.bench.own
        self.bench.act()
        own.reset()

    @keyword(tags=("Device", "Reset"))
    def hold_in_reset(self) -> None:
        """Resets the IPCC and keeps it from answering until `Release From Reset`.

        | Hold In Reset |
        """
        own = self.bench.own
        self.bench.act()
        own.hold_in_reset()

    @keyword(tags=("Device", "Reset"))
    def release_from_reset(self) -> None:
        """Ends `Hold In Reset`.

        | Release From Reset |
        """
        own = self.bench.own
        self.bench.act()
        own.release_from_reset()

    @keyword(tags=("Device", "Clock"))
    def stop_clock(self) -> None:
        """Takes the IPCC's clock away: it answers nobody until `Start Clock`; its flags and lines stay.

        | Stop Clock |
        """
        own = self.bench.own
        self.bench.act()
        own.stop_clock()

    @keyword(tags=("Device", "Clock"))
    def start_clock(self) -> None:
        """Ends `Stop Clock`.

        | Start Clock |
        """
        own = self.bench.own
        self.bench.act()
        own.start_clock()

    # -- state --------------------------------------------------------------------------------------------------

    @keyword(tags=("Device", "State", "Getter"))
    def save_state(self) -> dict[str, object]:
        """Returns all that another IPCC needs to go on from here, as a dictionary. This is no access.

        | ${state} = | Save State |
        """
        return self.bench.own.device.state()

    @keyword(tags=("Device", "State"))
    def restore_state(self, state: dict[str, object]) -> None:
        """Goes on from a state of `Save State`, with the lines that belong to it. What is no state is refused.

        | ${state} = | Save State |
        | Signal Channel | 1 | cpu=1 |
        | Restore State | ${state} |
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

        | When Line Rises | RX1 | Acknowledge Channel | 1 | cpu=2 |
        """
        bare = self.bench.bare

        def edge(level: bool) -> None:
            if level:
                BuiltIn().run_keyword(name, *arguments)

        bare.engine.watch(bare.name, bare.device.line_of(bare.output(line)), edge)

    @keyword(tags=("Device", "Trace"))
    def stop_listening(self) -> None:
        """Nobody hears of flags and lines any more: only accesses are recorded, until `Listen Again`.

        | Stop Listening |
        """
        self.bench.bare.stop_listening()

    @keyword(tags=("Device", "Trace"))
    def listen_again(self) -> None:
        """Ends `Stop Listening`. What has changed meanwhile is not told.

        | Listen Again |
        """
        self.bench.bare.listen_again()

    # -- two drivers --------------------------------------------------------------------------------------------

    @keyword(tags=("Device", "Time", "Assertion"))
    def exchange_should_complete(self, rounds: int = 1000, speeds: str = "1:1", channel: int = 1) -> None:
        """Passes if two drivers get through ``rounds`` of question and answer, at the speeds of their processors.

        Processor 1 sends: it occupies the channel, then unmasks its TX-free interrupt. Processor 2 answers and frees
        the channel. With ``speeds=1:100`` processor 2 is a hundred times as fast, and has answered before processor 1
        unmasks.

        | Exchange Should Complete | rounds=1000 | speeds=1:100 |
        """
        one, colon, two = speeds.partition(":")
        if not (colon and one.isdecimal() and two.isdecimal()):
            raise UsageError(f"speeds are those of processor 1 and 2, as in 1:100, not `{speeds}`.")
        outcome = Exchange(self.bench.bare, rounds, (int(one), int(two)), channel).run()
        if outcome.deadlock:
            raise AssertionError(self.bench.explain(f"the drivers deadlock {outcome.deadlock}"))
