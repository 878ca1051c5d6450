"""Reset and clock control: who runs, at which frequency, what is held in reset, and why the last reset was.

A clock that is switched on is ready at once. The gates of the blocks are kept and stop nothing here; the IPCC's two
leave the RCC as one line. How the clocks hang together is in `rcc_clocks.py`.
"""

from stm32mp1 import rcc_clocks
from stm32mp1 import rcc_table as at
from stm32mp1.device import Device
from stm32mp1.rcc_clocks import CSI_HZ, HSI_HZ  # noqa: F401
from stm32mp1.rcc_gates import gates

# (register, bit) that is ready when (register, bit) is on, in both directions (m4-platform.md section 5.3).
_READY = (
    (at.OCRDYR, 0, at.OCENSETR, 0),
    (at.OCRDYR, 2, at.OCENSETR, 0),
    (at.OCRDYR, 4, at.OCENSETR, 4),
    (at.OCRDYR, 8, at.OCENSETR, 8),
    (at.BDCR, 2, at.BDCR, 0),
    (at.RDLSICR, 1, at.RDLSICR, 0),
    (at.PLL1CR, 1, at.PLL1CR, 0),
    (at.PLL2CR, 1, at.PLL2CR, 0),
    (at.PLL3CR, 1, at.PLL3CR, 0),
    (at.PLL4CR, 1, at.PLL4CR, 0),
)
_MPU_AND_AXI_READY = 1 << 23 | 1 << 24

_MPSYSRST = 1 << 0
_MCURST = 1 << 1
_IPCC = 1 << 12  # in each register of AHB3
_VSWRST = 1 << 31  # in BDCR
_WKUPF = 1 << 20  # in MC_CIFR
_BOTH_CORES = 3  # in MP_SREQSETR

# Causes of resets, in the registers of both processors and of the boot ROM.
_MCURSTF = 1 << 5
_MPSYSRSTF = 1 << 6
_WWDG1RSTF = 1 << 10
_WATCHDOGS = {1: 1 << 8, 2: 1 << 9}  # by input: IWDG1, IWDG2

_GATES = frozenset(register.offset for register in gates())
_RSTSETR = frozenset(offset for offset, _, _ in at.reset_bits())


class Rcc(Device):
    """The RCC. `hse_hz` is the frequency of the board's crystal.

    BOOT_MCU, IPCCRST and IPCCEN are levels, MCURST and SYSRST pulses. IPCCEN is high while either processor has the
    IPCC's clock on (ipcc-hardware.md section 7). A Cortex-M4 that comes out of a reset starts when
    BOOT_MCU is high; lowering it does not stop one that runs (m4-platform.md section 4.2). WAKEUP is the interrupt
    after the M4 has left stop.

    Inputs: 0 is WWDG1, which resets the M4; 1 and 2 are IWDG1 and IWDG2, which reset the system.
    """

    TABLE = at.rcc_table()
    SIZE = 0x1000
    LINES = ("BOOT_MCU", "MCURST", "SYSRST", "IPCCRST", "IPCCEN", "WAKEUP")
    INPUTS = 3

    def __init__(self, hse_hz=24000000):
        self.hse_hz = hse_hz
        self.on_block_reset = None
        self.on_clocks = None
        self._pulse = 0
        self._hz = {}  # clocks that were asked for since a register was written
        Device.__init__(self)

    def input(self, number, level):
        if not level:
            return
        if number == 0:
            self._words[at.MC_RSTSCLRR] |= _WWDG1RSTF
            self._reset_pulse(_MCURST)
        else:
            self._note_system_reset(_WATCHDOGS[number])
            self._reset_pulse(_MPSYSRST)

    def mcu_was_reset(self):
        self._words[at.MC_RSTSCLRR] |= _MCURSTF

    def mcu_leaves_stop(self):
        self._words[at.MC_CIFR] |= _WKUPF
        self._settle()

    def a7_wants_stop(self):
        return self._words[at.MP_SREQSETR] & _BOTH_CORES == _BOTH_CORES

    def clock_hz(self, name):
        if name not in self._hz:
            self._hz[name] = rcc_clocks.clock_hz(self._words, self.hse_hz, name)
        return self._hz[name]

    def mcu_hz(self):
        return self.clock_hz("MCU")

    def reset(self):
        self._tell_of_clocks()
        words = self._words
        kept = dict((offset, words[offset]) for offset in (at.BR_RSTSCLRR, at.MP_RSTSCLRR, at.MC_RSTSCLRR, at.BDCR))
        self._words = self._initial()
        self._words.update(kept)
        self._derive()
        self._tell_of_clocks()
        self._settle()

    def _store(self, register, value):
        before = self._words[register.offset]
        clocks = register.offset not in _GATES
        if clocks:
            self._tell_of_clocks()
        Device._store(self, register, value)
        if register.offset == at.BDCR and value & _VSWRST:
            self._words[at.BDCR] = register.reset | _VSWRST
        self._derive()
        if clocks:
            self._tell_of_clocks()
        if register.offset in _RSTSETR:
            self._reset_blocks(register.offset, self._words[register.offset] & ~before)
        elif register.offset == at.MP_GRSTCSETR and value & (_MPSYSRST | _MCURST):
            if value & _MPSYSRST:
                self._note_system_reset(_MPSYSRSTF)
            else:
                self.mcu_was_reset()
            self._reset_pulse(value & (_MPSYSRST | _MCURST))

    def _tell_of_clocks(self):
        if self.on_clocks is not None:
            self.on_clocks()

    def _reset_blocks(self, offset, bits):
        if self.on_block_reset is not None:
            for bit in range(32):
                if bits >> bit & 1:
                    self.on_block_reset(offset, bit)

    def _note_system_reset(self, cause):
        for offset in (at.BR_RSTSCLRR, at.MP_RSTSCLRR, at.MC_RSTSCLRR):
            self._words[offset] |= cause

    def _reset_pulse(self, pulse):
        self._pulse = pulse
        self._settle()
        self._pulse = 0
        self._settle()

    def _derive(self):
        self._hz.clear()
        words = self._words
        words[at.OCRDYR] |= _MPU_AND_AXI_READY
        for ready, ready_bit, switch, switch_bit in _READY:
            words[ready] = words[ready] & ~(1 << ready_bit) | (words[switch] >> switch_bit & 1) << ready_bit

    def _outputs(self):
        words = self._words
        return [
            words[at.MP_GCR] & 1 != 0,
            self._pulse & _MCURST != 0,
            self._pulse & _MPSYSRST != 0,
            words[at.AHB3RSTSETR] & _IPCC != 0,
            (words[at.MP_AHB3ENSETR] | words[at.MC_AHB3ENSETR]) & _IPCC != 0,
            words[at.MC_CIFR] & words[at.MC_CIER] & _WKUPF != 0,
        ]
