"""Reset and clock control: who runs, at which frequency, and what is held in reset.

A clock that is switched on is ready at once. The gates of the blocks are kept and stop nothing here; the IPCC's two
leave the RCC as one line.
"""

from stm32mp1 import rcc_table as at
from stm32mp1.device import Device

HSI_HZ = 64000000
CSI_HZ = 4000000

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


class Rcc(Device):
    """The RCC. `hse_hz` is the frequency of the board's crystal.

    BOOT_MCU, IPCCRST and IPCCEN are levels, MCURST and SYSRST pulses. IPCCEN is high while either processor has the
    IPCC's clock on (ipcc-hardware.md section 7). A Cortex-M4 that comes out of a reset starts when
    BOOT_MCU is high; lowering it does not stop one that runs (m4-platform.md section 4.2).
    """

    TABLE = at.rcc_table()
    SIZE = 0x1000
    LINES = ("BOOT_MCU", "MCURST", "SYSRST", "IPCCRST", "IPCCEN")

    def __init__(self, hse_hz=24000000):
        self.hse_hz = hse_hz
        self._pulse = 0
        Device.__init__(self)

    def _store(self, register, value):
        Device._store(self, register, value)
        self._derive()
        if register.offset == at.MP_GRSTCSETR:
            self._pulse = value
            self._settle()
            self._pulse = 0

    def _derive(self):
        words = self._words
        words[at.OCRDYR] |= _MPU_AND_AXI_READY
        for ready, ready_bit, switch, switch_bit in _READY:
            words[ready] = words[ready] & ~(1 << ready_bit) | (words[switch] >> switch_bit & 1) << ready_bit

    def _outputs(self):
        return [
            self._words[at.MP_GCR] & 1 != 0,
            self._pulse & _MCURST != 0,
            self._pulse & _MPSYSRST != 0,
            self._words[at.AHB3RSTSETR] & _IPCC != 0,
            (self._words[at.MP_AHB3ENSETR] | self._words[at.MC_AHB3ENSETR]) & _IPCC != 0,
        ]

    def mcu_hz(self):
        """Frequency of the Cortex-M4 and its SysTick in Hz, as the registers say.

        A source that does not run is not switched to: the M4 then stays on the HSI.
        """
        source = self._words[at.MSSCKSELR] & 0x3
        hz = (self._hsi_hz(), self._hse_hz(), self._csi_hz(), self._pll3_p_hz())[source] or self._hsi_hz()
        return hz >> min(self._words[at.MCUDIVR] & 0xF, 9)

    def _hsi_hz(self):
        return HSI_HZ >> (self._words[at.HSICFGR] & 0x3)

    def _csi_hz(self):
        return CSI_HZ if self._words[at.OCRDYR] >> 4 & 1 else 0

    def _hse_hz(self):
        return self.hse_hz if self._words[at.OCRDYR] >> 8 & 1 else 0

    def _pll3_p_hz(self):
        words = self._words
        if words[at.PLL3CR] & 0x11 != 0x11:  # PLLON and DIVPEN
            return 0
        source = (self._hsi_hz(), self._hse_hz(), self._csi_hz(), 0)[words[at.RCK3SELR] & 0x3]
        first, fraction = words[at.PLL3CFGR1], words[at.PLL3FRACR]
        # In 1/8192: DIVN + 1 and, if FRACLE says so, FRACV.
        multiplier = ((first & 0x1FF) + 1) * 8192 + (fraction >> 3 & 0x1FFF if fraction >> 16 & 1 else 0)
        divider = ((first >> 16 & 0x3F) + 1) * ((words[at.PLL3CFGR2] & 0x7F) + 1)
        return source * multiplier // (8192 * divider)
