"""A board whose Cortex-M4 obeys the test: each access of processor 2 is a load or store that an emulated core executes.

The core runs the image `ipcc_access`, whose source describes the command block. It is no place for other firmware.
"""

from __future__ import annotations

from ipcclab.mailbox import BoardIpcc
from mp1bench.board import Board
from mp1bench.errors import ModelError
from mp1bench.shipped import prebuilt_image
from stm32mp1.device import CPU1
from stm32mp1.rcc_table import AHB3RSTSETR, MP_AHB3ENSETR

_READY, _NUMBER, _DONE = 0x10048000, 0x10048004, 0x10048008
_OPERATION, _WIDTH, _ADDRESS, _VALUE, _RESULT = range(0x1004800C, 0x10048020, 4)
_LISTENING = 0x34434341
_LOAD, _STORE, _LOOK = 1, 2, 3
_STEP, _STEPS = 250, 100  # ns; a command takes some 40 instructions

_RCC = 0x50000000  # ipcc-hardware.md §7
_AHB3RSTSETR, _AHB3RSTCLRR = _RCC + AHB3RSTSETR, _RCC + AHB3RSTSETR + 4
_MP_AHB3ENSETR, _MP_AHB3ENCLRR = _RCC + MP_AHB3ENSETR, _RCC + MP_AHB3ENSETR + 4
_IPCC = 1 << 12


class ProbedIpcc(BoardIpcc):
    """The IPCC of a board without a host: the test is processor 1, and the M4 does what the test says."""

    def __init__(self, engine: str) -> None:
        board = Board(engine=engine, host="none", clock_gating=True)
        board.load(prebuilt_image("ipcc_access"))
        board.boot()
        super().__init__(board)
        self._irqs = {"RX1": board.rx_interrupt, "TX1": board.tx_interrupt}
        self._commands = 0
        self.start_clock()
        self._wait(_READY, _LISTENING)

    def line(self, name: str) -> bool:
        """Level of the line. One to the M4 is high only if the M4 takes its interrupt too, and the other way round."""
        level = super().line(name)
        irq = self._irqs.get(self.device.line_of(self.output(name)))
        if irq is not None and bool(self._command(_LOOK, 0, irq)) != level:
            does, high = ("does not take", "high") if level else ("takes", "low")
            raise AssertionError(f"the Cortex-M4 {does} interrupt {irq} while {name} is {high}")
        return level

    def reset(self) -> None:
        """The RCC resets the block."""
        self.hold_in_reset()
        self.release_from_reset()

    def hold_in_reset(self) -> None:
        self.board.engine.write(_AHB3RSTSETR, _IPCC)

    def release_from_reset(self) -> None:
        self.board.engine.write(_AHB3RSTCLRR, _IPCC)

    def stop_clock(self) -> None:
        """The RCC stops the block's clock for both processors: the M4's enable is off already."""
        self.board.engine.write(_MP_AHB3ENCLRR, _IPCC)

    def start_clock(self) -> None:
        self.board.engine.write(_MP_AHB3ENSETR, _IPCC)

    def _read(self, offset: int, width: int, cpu: int) -> int:
        if cpu == CPU1:
            return super()._read(offset, width, cpu)
        return self._command(_LOAD, width, self._base + offset)

    def _write(self, offset: int, value: int, width: int, cpu: int) -> None:
        if cpu == CPU1:
            super()._write(offset, value, width, cpu)
        else:
            self._command(_STORE, width, self._base + offset, value)

    def _command(self, operation: int, width: int, address: int, value: int = 0) -> int:
        """Have the M4 do it; what it found."""
        self._commands += 1
        write = self.board.engine.write
        for word, content in ((_OPERATION, operation), (_WIDTH, width), (_ADDRESS, address), (_VALUE, value)):
            write(word, content)
        write(_NUMBER, self._commands)
        self._wait(_DONE, self._commands)
        return self.board.engine.read(_RESULT)

    def _wait(self, address: int, word: int) -> None:
        """Run until the M4 has written that word."""
        for _ in range(_STEPS):
            if self.board.engine.read(address) == word:
                return
            self.board.run_for(_STEP)
        why = self.board.diagnose() or "it is still running"
        raise ModelError(f"the image ipcc_access does not answer: {why}")
