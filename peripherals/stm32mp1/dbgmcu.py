"""Debug support: which chip this is, and what stands still while a debugger holds a processor.

It stores; virtual time stands still for all while the Cortex-M4 is halted.
"""

from stm32mp1.device import Device
from stm32mp1.registers import CONST, RW, Field, Register, RegisterTable


def _dbgmcu_table():
    registers = [
        Register(0x000, "IDCODE", "DeviceIdentification", CONST, 0x20010500, [
            Field("DEV_ID", 0, "device: 0x500 is the STM32MP15", width=12),
            Field("REV_ID", 16, "revision: 0x2001 is Z", width=16),
        ], "The chip and its revision."),
        Register(0x004, "CR", "Control", RW, 0x0, [
            Field("DBG_SLEEP", 0, "debugging goes on in sleep"),
            Field("DBG_STOP", 1, "debugging goes on in stop"),
            Field("DBG_STANDBY", 2, "debugging goes on in standby"),
            Field("DBG_WDFZCTL", 24, "both A7 cores must halt to stop a watchdog"),
            Field("DBG_TRGOEN", 28, "external trigger is an output"),
        ], "What goes on while the chip sleeps."),
    ]  # fmt: skip
    for index, bus in enumerate(("APB4", "APB1", "APB2", "APB3", "APB5")):
        for cpu in (1, 2):
            registers.append(
                Register(0x02C + 8 * index + 4 * (cpu - 1), "%sFZ%d" % (bus, cpu), "%sFreeze%d" % (bus, cpu),
                         RW, 0x0, [], "Blocks on %s that stand still while processor %d is halted." % (bus, cpu))
            )  # fmt: skip
    return RegisterTable("DBGMCU", registers)


class Dbgmcu(Device):
    """The DBGMCU."""

    TABLE = _dbgmcu_table()
