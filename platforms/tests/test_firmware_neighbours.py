"""`neighbours` on the emulated M4: real code drives each block by its registers, and says what it saw.

What is expected follows from the registers that the image's source sets, and from the clocks of a board that Linux has
booted: the M4 and all timers at 208 877 929 Hz, APB1 at half of that, the LSE at 32 768 Hz (m4-platform.md §5.2).
"""

from __future__ import annotations

import re

import pytest

from mp1bench.board import Board
from mp1bench.shipped import prebuilt_image
from stm32mp1.adc import Adc
from stm32mp1.spi import Spi

MCU_HZ = 208_877_929
UART = "uart4"
MS = 1_000_000
C1SCR = 0x4C001008
#: An interrupt is taken some instructions late, each 5 ns or about one cycle long; only the difference of two shows.
JITTER = 60


class Terminal:
    """The other end of the image's UART."""

    def __init__(self, host: str = "none") -> None:
        self.board = Board(host=host)
        self.board.load(prebuilt_image("neighbours"))
        self.board.boot()
        self.seen = 0
        self.greeting = self.line()

    def line(self, within_ms: int = 100) -> str:
        """The next line that the image prints."""

        def printed() -> bool:
            return "\n" in self.board.uart[UART][self.seen :]

        assert self.board.run_until(printed, within_ms * MS), f"{self.board.stop}: {self.board.uart[UART]}"
        text = self.board.uart[UART][self.seen :].partition("\n")[0]
        self.seen += len(text) + 1
        return text

    def type(self, command: str) -> None:
        self.board.uart_input(UART, command.encode() + b"\n")

    def ask(self, command: str) -> str:
        self.type(command)
        return self.line()

    def measured(self, command: str, answer: str) -> int:
        """The number in the answer, the rest of which is as given."""
        text = self.ask(command)
        match = re.fullmatch(re.escape(answer).replace("N", r"(\d+)"), text)
        assert match is not None, text
        return int(match[1])


@pytest.fixture
def terminal() -> Terminal:
    return Terminal()


def test_starts_after_a_power_on_reset(terminal: Terminal) -> None:
    assert terminal.greeting == "neighbours: reset causes 0x15"


def test_commands_come_by_the_uarts_receive_interrupt(terminal: Terminal) -> None:
    assert [terminal.ask("nonsense"), terminal.ask("hsemaphore")] == ["unknown: nonsense", "unknown: hsemaphore"]
    terminal.board.run_for(MS)
    state = terminal.board.engine.core_state()
    assert state is not None
    assert state.asleep, "as in between"


# -- timers and watchdogs ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 6, 7, 8, 12, 13, 14, 15, 16, 17])
def test_each_timer_interrupts_at_its_updates(number: int, terminal: Terminal) -> None:
    cycles = terminal.measured(f"tim {number}", f"tim{number}: 10 updates, from first to last N cycles")
    assert cycles == pytest.approx(9 * 208 * 1000, abs=JITTER)


def test_a_compare_match_comes_between_two_updates(terminal: Terminal) -> None:
    cycles = terminal.measured("compare", "tim3: compare N cycles after the update")
    assert cycles == pytest.approx(250 * 208, abs=JITTER)


def test_the_low_power_timer_counts_the_lse(terminal: Terminal) -> None:
    cycles = terminal.measured("lptim", "lptim1: 5 periods, from first to last N cycles")
    assert cycles == pytest.approx(4 * 328 * MCU_HZ / 32_768, abs=JITTER)


def test_the_window_watchdog_wakes_early_and_is_set_back(terminal: Terminal) -> None:
    cycles = terminal.measured("wwdg", "wwdg1: 5 early wake-ups, from first to last N cycles")
    assert cycles == pytest.approx(4 * (0x7F - 0x40) * 4096 * 2, abs=JITTER)
    terminal.board.run_for(100 * MS)
    assert terminal.ask("hello") == "unknown: hello", "it goes on being set back"


def test_the_window_watchdog_resets_the_m4_and_says_so(terminal: Terminal) -> None:
    terminal.ask("wwdg bite")
    assert terminal.line() == "neighbours: reset causes 0x400"  # WWDG1RSTF
    terminal.board.run_for(100 * MS)
    assert terminal.board.uart[UART].count("reset causes") == 2, "it is off again"


def test_linux_recovers_from_the_window_watchdogs_reset() -> None:
    terminal = Terminal(host="linux")
    terminal.ask("wwdg bite")
    assert terminal.line().startswith("neighbours: reset causes")
    terminal.board.run_for(MS)
    assert terminal.board.linux is not None
    said = [line.partition("] ")[2] for line in terminal.board.linux.dmesg().splitlines()]
    assert said[-5:] == [
        "remoteproc remoteproc0: crash detected in m4: type watchdog",
        "remoteproc remoteproc0: handling crash #1 in m4",
        "remoteproc remoteproc0: recovering m4",
        "remoteproc remoteproc0: stopped remote processor m4",
        "remoteproc remoteproc0: remote processor m4 is now up",
    ]


def test_the_independent_watchdog_takes_five_cycles_of_the_lsi_for_new_values(terminal: Terminal) -> None:
    assert terminal.measured("iwdg", "iwdg2: busy for N cycles") == pytest.approx(5 * MCU_HZ / 32_000, abs=JITTER)


def test_the_independent_watchdog_resets_the_system(terminal: Terminal) -> None:
    terminal.ask("iwdg bite")
    began = terminal.board.engine.now
    assert terminal.board.run_until(lambda: not terminal.board.engine.running, 1000 * MS)
    assert terminal.board.engine.now - began == pytest.approx(0xFFF * 4 * 1_000_000_000 / 32_000, abs=100_000)
    assert terminal.board.devices["rcc"].read(0x408, 4) & 1 << 9, "MP_RSTSCLRR.IWDG2RSTF"


# -- pins and sleep ---------------------------------------------------------------------------------------------


def test_a_pin_shows_what_the_firmware_writes(terminal: Terminal) -> None:
    assert terminal.ask("out c3 1") == "out: 1"
    assert terminal.board.pin("PC3") is True
    assert terminal.ask("out c3 0") == "out: 0"
    assert terminal.board.pin("PC3") is False


def test_the_firmware_reads_what_drives_a_pin(terminal: Terminal) -> None:
    terminal.board.set_pin("PD7", True)
    assert (terminal.ask("in d7"), terminal.ask("in d6")) == ("in: 1", "in: 0")
    terminal.board.set_pin("PD7", False)
    assert terminal.ask("in d7") == "in: 0"


@pytest.mark.parametrize("pin", ["a0", "b1", "c2", "d3", "e4", "f5", "g6", "h10", "i11", "j12", "k7", "a15"])
def test_a_rising_pin_interrupts_through_its_own_line(pin: str, terminal: Terminal) -> None:
    assert terminal.ask(f"exti {pin}") == "exti: waiting"
    terminal.board.set_pin(f"P{pin.upper()}", True)
    assert terminal.line() == "exti: 1 rising edge"


def test_the_same_pin_of_another_bank_does_not_interrupt(terminal: Terminal) -> None:
    terminal.ask("exti c3")
    terminal.board.set_pin("PD3", True)
    terminal.board.run_for(MS)
    assert terminal.board.uart[UART].endswith("exti: waiting\n")


def test_a_pin_ends_stop_in_which_systick_stands_still(terminal: Terminal) -> None:
    assert terminal.ask("stop c3") == "stop: entering"
    assert terminal.board.run_for(1000 * MS).reason == "idle"
    terminal.board.set_pin("PC3", True)
    cycles = int(terminal.line().removeprefix("stop: left by exti, ").removesuffix(" cycles counted"))
    assert cycles < 1000, "of the 208 million in that second"


def test_the_ipcc_ends_stop(terminal: Terminal) -> None:
    assert terminal.ask("stop ipcc") == "stop: entering"
    assert terminal.board.run_for(1000 * MS).reason == "idle"
    terminal.board.engine.write(C1SCR, 1 << 16)
    assert terminal.line().startswith("stop: left by ipcc, ")
    assert terminal.board.occupied() == [], "it has freed the channel"


# -- blocks that lock, move and convert -------------------------------------------------------------------------


@pytest.mark.parametrize("number", [0, 5, 31])
def test_a_semaphore_is_taken_in_one_step_and_in_two_and_its_release_interrupts(
    number: int, terminal: Terminal
) -> None:
    assert terminal.ask(f"hsem {number}") == (
        f"hsem {number}: one step 0x80000200, two steps 0x80000207, 1 interrupt, then 0x0"
    )


def test_an_empty_i2c_bus_does_not_acknowledge(terminal: Terminal) -> None:
    assert terminal.ask("i2c 60") == "i2c 60: nack, bus free"


def test_dma_moves_memory_and_interrupts_at_the_end(terminal: Terminal) -> None:
    for _ in range(2):
        assert terminal.ask("dma") == "dma: 1 interrupt, 0 items left, 0 words differ"


def test_the_adc_converts_the_voltage_of_its_channel(terminal: Terminal) -> None:
    adc = terminal.board.devices["adc12"]
    assert isinstance(adc, Adc)
    for millivolts, share in ((0, 0.0), (1650, 0.5), (3300, 1.0)):
        adc.set_channel(2, 6, millivolts)
        assert terminal.measured("adc 6", "adc 6: N") == pytest.approx(share * 0xFFFF, abs=1)


# -- units that need no interrupt -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("dac 2048", "dac: puts out 2048"),
        ("crc 49", "crc: 0x376e6e7"),  # the check value of CRC-32/MPEG-2: "123456789"
        ("hash", "hash: 0xba7816bf"),  # FIPS 180
        ("cryp", "cryp: 0x69c4e0d8"),  # FIPS 197, appendix C.1
        ("rng", "rng: two numbers"),
        ("spi 90", "spi: 255 came back"),  # nobody drives MISO
        ("chip", "chip: device 0x500, boot pins 5, package 2, protection 0xffffffff"),
    ],
)
def test_unit_answers_the_firmware(terminal: Terminal, command: str, answer: str) -> None:
    assert terminal.ask(command) == answer


def test_the_adc_sees_what_the_firmware_puts_out(terminal: Terminal) -> None:
    terminal.ask("dac 4095")
    assert terminal.ask("adc 16") == "adc 16: 65535"


def test_a_chip_on_the_spi_answers_the_firmware(terminal: Terminal) -> None:
    spi = terminal.board.devices["spi1"]
    assert isinstance(spi, Spi)
    spi.on_exchange = lambda frame, bits: frame + 1
    assert terminal.ask("spi 90") == "spi: 91 came back"


def test_a_backup_register_survives_the_reset_of_the_system(terminal: Terminal) -> None:
    assert [terminal.ask("keep 7"), terminal.ask("keep 8")] == ["keep: it was 0", "keep: it was 7"]
    terminal.board.devices["tamp"].reset()
    assert terminal.ask("keep 9") == "keep: it was 8"
