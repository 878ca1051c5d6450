"""System configuration: how the board boots, pin multiplexing of Ethernet, and IO compensation.

It stores; what it configures is not modelled. Compensation is ready as soon as a processor enables it.
"""

from stm32mp1.device import Device
from stm32mp1.registers import RO, RW, Field, Register, RegisterTable, identification, set_clear_pair

CMPCR = 0x020
CMPENSETR = 0x024
BOOTR = 0x000

# What the three boot pins can say. In engineering mode nobody boots the A7, and the firmware sets up all clocks itself.
BOOT_FROM_SD = 5
ENGINEERING_BOOT = 4

_BOOT_PINS = 0x7

_READY = 1 << 8


class Syscfg(Device):
    """The SYSCFG. `boot_pins` is how the board's three boot pins are strapped, BOOT2 in bit 2."""

    TABLE = RegisterTable("SYSCFG", [
        Register(BOOTR, "BOOTR", "Boot", RW, BOOT_FROM_SD, [
            Field("BOOT0", 0, "boot pin 0 high", access=RO),
            Field("BOOT1", 1, "boot pin 1 high", access=RO),
            Field("BOOT2", 2, "boot pin 2 high", access=RO),
            Field("BOOT0_PD", 4, "boot pin 0 not pulled down"),
            Field("BOOT1_PD", 5, "boot pin 1 not pulled down"),
            Field("BOOT2_PD", 6, "boot pin 2 not pulled down"),
        ], "The boot pins."),
        Register(0x01C, "ICNR", "Interconnect", RW, 0x0, [], "Which DDR port each bus master uses."),
        Register(0x020, "CMPCR", "CompensationControl", RW, 0x00870000, [
            Field("SW_CTRL", 1, "compensation by software"),
            Field("READY", 8, "compensation ready", access=RO),
            Field("RANSRC", 16, "NMOS value by software", width=4),
            Field("RAPSRC", 20, "PMOS value by software", width=4),
            Field("ANSRC", 24, "NMOS value", width=4, access=RO),
            Field("APSRC", 28, "PMOS value", width=4, access=RO),
        ], "IO compensation."),
        Register(0x02C, "CBR", "Break", RW, 0x0, [
            Field("CLL", 0, "core lock-up stops the timers"),
            Field("PVDL", 2, "low supply stops the timers"),
        ], "What stops the outputs of timers."),
    ]
        + set_clear_pair(0x004, "PMC", "PeripheralMode", "Modes of I2C, Ethernet and analogue pins.", gap=0x40)
        + set_clear_pair(0x018, "IOCTRL", "IoControl", "High-speed mode of low-voltage pins.", gap=0x40)
        + set_clear_pair(0x024, "CMPEN", "CompensationEnable", "Switches IO compensation on and off.", [
            Field("MPU_EN", 0, "wanted by the A7"),
            Field("MCU_EN", 1, "wanted by the M4"),
        ])
        + identification(0x20, 0x00030001)
    )  # fmt: skip

    def __init__(self):
        Device.__init__(self)
        self.boot_pins = BOOT_FROM_SD

    @property
    def boot_pins(self):
        return self._words[BOOTR] & _BOOT_PINS

    @boot_pins.setter
    def boot_pins(self, pins):
        self._words[BOOTR] = self._words[BOOTR] & ~_BOOT_PINS | pins & _BOOT_PINS

    def reset(self):
        pins = self.boot_pins
        Device.reset(self)
        self.boot_pins = pins

    def _store(self, register, value):
        Device._store(self, register, value)
        self._derive()

    def _derive(self):
        words = self._words
        words[CMPCR] = words[CMPCR] & ~_READY | (_READY if words[CMPENSETR] else 0)
