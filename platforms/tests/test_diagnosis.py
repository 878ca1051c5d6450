"""The one sentence that says who waits for what: one machine for each way to be stuck, and those that are not."""

from __future__ import annotations

import struct

import pytest

from mp1bench.board import Board
from mp1bench.shipped import default_platform, prebuilt_image

MS = 1_000_000

C1SCR, C2CR, C2MR, C2SCR, C2TOC1SR = 0x4C001008, 0x4C001010, 0x4C001014, 0x4C001018, 0x4C00101C
ISER3 = 0xE000E10C  # interrupts 96 to 127
RXOIE = 1
ALL_BUT_CH1 = 0xFFFFFFFE
CPSID_I = bytes.fromhex("72b6")
SVC = bytes.fromhex("00df")


def basepri(value: int) -> bytes:
    """Thumb code: movs r0, #value; msr basepri, r0."""
    return bytes((value, 0x20)) + bytes.fromhex("80f31188")


@pytest.fixture
def listens(elf):
    """Thumb code that lets channel 1 interrupt the M4."""
    return elf.poke(C2CR, RXOIE) + elf.poke(C2MR, ALL_BUT_CH1) + elf.poke(ISER3, 1 << 103 - 96)


@pytest.fixture
def slow(tmp_path):
    """The shipped platform with a core so slow that milliseconds of spinning are few instructions."""
    path = tmp_path / "slow.repl"
    path.write_text(f'using "{default_platform()}"\ncpu:\n    PerformanceInMips: 2\n')
    return path


@pytest.fixture
def run(elf, write, slow):
    """A board without host that has run the code for 1 ms, got a signal on channel 1, and run for 5 ms more."""

    def run_code(*code: bytes, handlers: dict[int, bytes] | None = None, signal: bool = True) -> Board:
        body, vectors, symbols = b"".join(code), [0] * 128, []
        vectors[:2] = struct.unpack("<II", elf.VECTORS)
        symbols.append(elf.Symbol("main", 0x10000001, len(body)))
        for exception, handler in (handlers or {}).items():
            vectors[exception] = 0x10000001 + len(body)
            symbols.append(elf.Symbol(f"handler{exception}", vectors[exception], len(handler)))
            body += handler
        board = Board(platform=slow, host="none")
        loads = [elf.Load(0, struct.pack("<128I", *vectors)), elf.Load(0x10000000, body)]
        board.load(write(loads=loads, symbols=symbols))
        board.boot()
        board.run_for(1 * MS)
        if signal:
            board.engine.write(C1SCR, 1 << 16)
        board.run_for(5 * MS)
        return board

    return run_code


CH1 = "channel 1 occupied by the A7 for 5 ms: "


# -- a flag from Linux ----------------------------------------------------------------------------------------


def test_rx_interrupts_disabled(elf, run):
    assert run(elf.SLEEP).diagnose() == (
        f"the M4 sleeps in WFI at `main`; {CH1}RX interrupts are disabled (C2CR.RXOIE = 0)."
    )


def test_channel_masked(elf, run):
    assert run(elf.poke(C2CR, RXOIE), elf.SLEEP).diagnose() == (
        f"the M4 sleeps in WFI at `main+0x12`; {CH1}its RX interrupt is masked (C2MR.CH1OM = 1)."
    )


def test_interrupt_disabled_in_the_nvic(elf, run):
    assert run(elf.poke(C2CR, RXOIE), elf.poke(C2MR, ALL_BUT_CH1), elf.SLEEP).diagnose() == (
        f"the M4 sleeps in WFI at `main+0x24`; {CH1}interrupt 103 is disabled in the NVIC."
    )


@pytest.mark.parametrize(("mask", "name"), [(CPSID_I, "PRIMASK = 0x1"), (basepri(0x10), "BASEPRI = 0x10")])
def test_interrupt_held_back_by_a_mask(elf, run, listens, mask, name):
    ipr = elf.poke(0xE000E400 + 103 // 4 * 4, 0x20 << 24)  # interrupt 103 has priority 0x20
    stuck = run(ipr, mask, listens, elf.SPIN)
    assert stuck.diagnose().endswith(f"{CH1}interrupt 103 is pending, but {name} holds it back.")


def test_interrupt_behind_a_handler_that_does_not_end(elf, run, listens):
    stuck = run(listens, SVC, handlers={11: elf.SPIN})
    assert stuck.diagnose() == (
        "the M4 is in an endless loop in `handler11` inside SVCall (priority 0);"
        f" {CH1}interrupt 103 is pending, but cannot pre-empt a handler of priority 0."
    )


def test_handler_that_does_not_clear_its_flag(elf, run, listens):
    stuck = run(listens, elf.SLEEP, handlers={16 + 103: elf.SPIN})
    assert stuck.diagnose() == (
        "the M4 is in an endless loop in `handler119` inside IRQ103 (ipcc.RX1, priority 0);"
        f" {CH1}the firmware does not clear it."
    )


def test_line_that_the_platform_does_not_wire(elf, write, tmp_path):
    text = "ram: Memory.MappedMemory @ sysbus 0x0\n    size: 0x1000\nipcc: STM32MP1.IPCC @ sysbus 0x4C001000\n"
    (tmp_path / "unwired.repl").write_text(text)
    board = Board(platform=tmp_path / "unwired.repl", host="none")
    board.load(write(loads=[elf.Load(0, struct.pack("<II", 0x1000, 9) + elf.SLEEP)]))
    board.boot()
    for register, value in ((C2CR, RXOIE), (C2MR, ALL_BUT_CH1), (C1SCR, 1 << 16)):
        board.engine.write(register, value)
    board.run_for(2 * MS)
    assert board.diagnose() == (
        "the M4 sleeps in WFI at 0x00000008; channel 1 occupied by the A7 for 2 ms:"
        " the platform wires the IPCC's RX1 to nothing."
    )


# -- a flag from the firmware ---------------------------------------------------------------------------------


def test_firmware_that_spins_for_a_free_channel_without_host(elf, run):
    stuck = run(elf.poke(C2SCR, 1 << 16), elf.peek_for_ever(C2TOC1SR), signal=False)
    assert stuck.diagnose() == (
        "the M4 waits in `main` for IPCC.C2TOC1SR, which stays 0x00000001; channel 1 occupied by the M4 for 5 ms:"
        " there is no host to acknowledge it."
    )


def test_linux_that_has_masked_the_channel():
    board = Board()
    board.load(prebuilt_image("ipcc_signals"))
    board.boot()
    board.run_for(100 * MS)
    assert board.occupied() == ["m4_to_a7:5"]  # nobody in Linux has requested it
    m4, _, channel = board.diagnose().partition("; ")
    assert m4.startswith("the M4 sleeps in WFI at `main+0x")
    assert channel == "channel 5 occupied by the M4 for 100 ms: its RX interrupt is masked (C1MR.CH5OM = 1)."


# -- faults and waits -----------------------------------------------------------------------------------------


def test_lock_up(elf, run):
    assert run(elf.UNDEFINED, signal=False).diagnose() == (
        "the M4 is locked up: HardFault at pc 0x10000000 (UNDEFINSTR, FORCED), in `main`."
    )


def test_fault_handler_that_loops(elf, run):
    assert run(elf.UNDEFINED, handlers={3: elf.SPIN}, signal=False).diagnose() == (
        "the M4 stays in its fault handler at `handler3`: HardFault at pc 0x10000000 (UNDEFINSTR, FORCED), in `main`."
    )


def test_main_stack_that_has_left_the_ram(elf, run):
    """MSP = 0x10, and a push below address 0; no frame can be stored there either."""
    stack = bytes.fromhex("1020 80f30888 ffb4 ffb4".replace(" ", ""))  # movs r0, #16; msr msp, r0; push {r0-r7} twice
    sentence = run(stack, elf.SPIN, signal=False).diagnose()
    assert sentence.startswith("the M4 is locked up: ")
    assert "STKERR" in sentence
    assert ", for the stack pointer has left the RAM (MSP = 0xFFFFFF" in sentence


def test_caller_of_a_function_that_jumps_to_nowhere(elf, run):
    """BL to a BX: the return address is that of the BL, which did not jump there itself."""
    code = bytes.fromhex("00f001f8 fee7 4ff02050 0047".replace(" ", ""))  # bl +6; b .; mov r0, #0x28000000; bx r0
    sentence = run(code, handlers={3: elf.SPIN}, signal=False).diagnose()
    assert sentence.endswith(", after the call at `main`.")


def test_linux_waiting_for_the_shutdown_acknowledge(elf, write):
    board = Board()
    board.load(write(**elf.program(elf.SLEEP)))
    board.boot()
    said = []
    board.engine.on_event("test", lambda tag: said.append(board.diagnose()))
    board.engine.schedule(board.engine.now + 100 * MS, "test", "")
    assert board.shutdown() is False
    (sentence,) = said
    assert sentence.startswith("the M4 sleeps in WFI at `main`; channel 3 occupied by the A7 for ")
    assert "RX interrupts are disabled (C2CR.RXOIE = 0); Linux waits for " in sentence


# -- nothing to say -------------------------------------------------------------------------------------------


def test_nothing_is_said_of_a_machine_at_rest(elf, run, listens):
    assert run(listens, elf.SLEEP, signal=False).diagnose() is None


def test_nothing_is_said_of_a_flag_that_may_be_on_its_way(elf, run, listens):
    board = run(listens, elf.SLEEP, signal=False)
    board.engine.write(C1SCR, 1 << 17)  # channel 2, to which it does not listen
    board.run_for(MS - 500)
    assert board.diagnose() is None
    board.run_for(500)
    assert board.diagnose() is not None


def test_nothing_is_said_after_shutdown(elf, run):
    board = run(elf.SLEEP)
    board.shutdown()
    assert board.diagnose() is None


def test_nothing_is_said_before_boot():
    assert Board(host="none").diagnose() is None
    assert Board().diagnose() is None


def test_looking_changes_nothing(elf, run):
    board = run(elf.SLEEP)
    before = (board.engine.now, board.engine.instructions, len(board.trace.events))
    assert board.diagnose() == board.diagnose()
    assert (board.engine.now, board.engine.instructions, len(board.trace.events)) == before


def test_unmasked_free_channel_storms(elf, run):
    """The line is a level: a free channel that its handler leaves unmasked calls for ever (ipcc-hardware.md §4)."""
    code = elf.poke(C2CR, 1 << 16) + elf.poke(C2MR, 0xFFFDFFFF) + elf.poke(ISER3, 1 << 104 - 96)
    board = run(code, elf.SLEEP, handlers={16 + 104: bytes.fromhex("7047")}, signal=False)  # bx lr
    assert board.diagnose().endswith(
        "; interrupt 104 (ipcc.TX1) comes again and again, because channel 2 is free and its TX interrupt is not masked"
        " (C2MR.CH2FM = 0)."
    )


@pytest.mark.parametrize(("register", "value"), [(0xE000ED0C, 0x05FA0004), (0x50000404, 1 << 1)])
def test_firmware_that_resets_itself_stays_down_under_linux(elf, write, register, value):
    board = Board()
    board.load(write(**elf.program(elf.poke(register, value), elf.SPIN)))
    board.boot()
    board.run_for(1 * MS)
    assert board.diagnose() == (
        "the M4 is held in reset; it has reset itself, and BOOT_MCU = 0 keeps it there until Linux starts it again."
    )
    board.shutdown()
    assert board.diagnose() is None
