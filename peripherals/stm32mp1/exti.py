"""Extended interrupts: which lines each processor has unmasked, and which pin drives a line.

It stores; no line is routed, and the interrupts of the IPCC and the UARTs do not pass through it.
"""

from stm32mp1.device import Device
from stm32mp1.registers import CONST, RW, RW1C, Register, RegisterTable, identification

_IMR = (0xFFFE0000, 0xFFFFFFFF, 0x00000DE9)  # direct lines are unmasked at reset


def _exti_table():
    registers = []
    for index, first, last in ((1, 0, 31), (2, 32, 63), (3, 64, 95)):
        bank = 0x20 * (index - 1)
        view = 0x10 * (index - 1)
        lines = "lines %d to %d" % (first, last)
        registers += [
            Register(bank, "RTSR%d" % index, "RisingTrigger%d" % index, RW, 0x0, [],
                     "Rising edges that pend %s." % lines),
            Register(bank + 0x04, "FTSR%d" % index, "FallingTrigger%d" % index, RW, 0x0, [],
                     "Falling edges that pend %s." % lines),
            Register(bank + 0x08, "SWIER%d" % index, "SoftwareInterrupt%d" % index, RW, 0x0, [],
                     "Pends %s by software." % lines),
            Register(bank + 0x0C, "RPR%d" % index, "RisingPending%d" % index, RW1C, 0x0, [],
                     "Rising edges pending on %s." % lines),
            Register(bank + 0x10, "FPR%d" % index, "FallingPending%d" % index, RW1C, 0x0, [],
                     "Falling edges pending on %s." % lines),
            Register(bank + 0x14, "TZENR%d" % index, "TrustZoneEnable%d" % index, RW, 0x0, [],
                     "Protects %s; stored, not enforced." % lines),
            Register(0x80 + view, "C1IMR%d" % index, "Processor1InterruptMask%d" % index, RW, _IMR[index - 1], [],
                     "Interrupts to processor 1 from %s; a 1 lets through." % lines, aliases=["IMR%d" % index]),
            Register(0x84 + view, "C1EMR%d" % index, "Processor1EventMask%d" % index, RW, 0x0, [],
                     "Events to processor 1 from %s." % lines, aliases=["EMR%d" % index]),
            Register(0xC0 + view, "C2IMR%d" % index, "Processor2InterruptMask%d" % index, RW, _IMR[index - 1], [],
                     "Interrupts to processor 2 from %s; a 1 lets through." % lines),
            Register(0xC4 + view, "C2EMR%d" % index, "Processor2EventMask%d" % index, RW, 0x0, [],
                     "Events to processor 2 from %s." % lines),
        ]  # fmt: skip
    for index in range(1, 5):
        registers.append(
            Register(0x5C + 4 * index, "EXTICR%d" % index, "PinSelect%d" % index, RW, 0x0, [],
                     "The GPIO bank behind lines %d to %d." % (4 * index - 4, 4 * index - 1))
        )  # fmt: skip
    hardware = {
        13: 0x050EFFFF, 12: 0x050EFFFF, 11: 0x050EFFFF, 7: 0x000EFFFF, 6: 0x000EFFFF, 5: 0x000EFFFF,
        4: 0x0001FFFF, 3: 0x0001FFFF, 2: 0x0001FFFF, 1: 0x000B214B,
    }  # fmt: skip
    for index in range(1, 14):
        name, human = "HWCFGR%d" % index, "HardwareConfiguration%d" % index
        reset = hardware.get(index, 0)
        registers.append(Register(0x3F4 - 4 * index, name, human, CONST, reset, [], "What the block can do."))
    registers += identification(0x30, 0x000E0001)
    return RegisterTable("EXTI", registers)


class Exti(Device):
    """The EXTI, with the views of both processors."""

    TABLE = _exti_table()
