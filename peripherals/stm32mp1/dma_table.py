"""The registers of a DMA controller with eight streams, with the vendor's names and places.

What they do is in `dma.py`.
"""

from stm32mp1.registers import CONST, RO, RW, W1, Field, Register, RegisterTable, identification

STREAMS = range(8)
LISR = 0x00
HISR = 0x04
LIFCR = 0x08
HIFCR = 0x0C
# Of one stream, from its base on.
CR = 0x00
NDTR = 0x04
PAR = 0x08
M0AR = 0x0C
M1AR = 0x10
FCR = 0x14

SHIFTS = (0, 6, 16, 22)  # of the flags of four streams in one register


def base(stream):
    """Offset of the registers of a stream."""
    return 0x10 + 0x18 * stream


def _flags(prefix, first):
    fields = []
    for n in range(4):
        for name, bit, meaning in (
            ("FEIF", 0, "FIFO error"), ("DMEIF", 2, "direct mode error"), ("TEIF", 3, "transfer error"),
            ("HTIF", 4, "half transferred"), ("TCIF", 5, "transfer complete"),
        ):  # fmt: skip
            fields.append(
                Field(prefix + name + str(first + n), SHIFTS[n] + bit, "stream %d: %s" % (first + n, meaning))
            )
    return fields


def _stream(n):
    at = base(n)
    return [
        Register(at + CR, "S%dCR" % n, "Stream%dControl" % n, RW, 0x0, [
            Field("EN", 0, "stream enabled"),
            Field("DMEIE", 1, "direct mode error interrupt enabled"),
            Field("TEIE", 2, "transfer error interrupt enabled"),
            Field("HTIE", 3, "half transfer interrupt enabled"),
            Field("TCIE", 4, "transfer complete interrupt enabled"),
            Field("PFCTRL", 5, "the peripheral controls the flow"),
            Field("DIR", 6, "direction: 0 from peripheral, 1 to peripheral, 2 memory to memory", width=2),
            Field("CIRC", 8, "circular"),
            Field("PINC", 9, "peripheral address counts"),
            Field("MINC", 10, "memory address counts"),
            Field("PSIZE", 11, "peripheral item: 0 byte, 1 half-word, 2 word", width=2),
            Field("MSIZE", 13, "memory item: 0 byte, 1 half-word, 2 word", width=2),
            Field("PINCOS", 15, "peripheral address counts by 4"),
            Field("PL", 16, "priority", width=2),
            Field("DBM", 18, "double buffer"),
            Field("CT", 19, "current target is memory 1"),
            Field("TRBUFF", 20, "bufferable transfers"),
            Field("PBURST", 21, "peripheral burst", width=2),
            Field("MBURST", 23, "memory burst", width=2),
        ], "What the stream does, and whether it runs."),
        Register(at + NDTR, "S%dNDTR" % n, "Stream%dItems" % n, RW, 0x0, [Field("NDT", 0, "items left", width=16)],
                 "How many items of the peripheral's size are left."),
        Register(at + PAR, "S%dPAR" % n, "Stream%dPeripheral" % n, RW, 0x0, [], "Address of the peripheral."),
        Register(at + M0AR, "S%dM0AR" % n, "Stream%dMemory0" % n, RW, 0x0, [], "Address of memory 0."),
        Register(at + M1AR, "S%dM1AR" % n, "Stream%dMemory1" % n, RW, 0x0, [], "Address of memory 1."),
        Register(at + FCR, "S%dFCR" % n, "Stream%dFifo" % n, RW, 0x21, [
            Field("FTH", 0, "FIFO threshold", width=2),
            Field("DMDIS", 2, "FIFO mode"),
            Field("FS", 3, "FIFO level: 4 empty", width=3, access=RO),
            Field("FEIE", 7, "FIFO error interrupt enabled"),
        ], "FIFO mode."),
    ]  # fmt: skip


DMA_TABLE = RegisterTable("DMA", [
    Register(LISR, "LISR", "InterruptStatusLow", RO, 0x0, _flags("", 0), "Flags of streams 0 to 3."),
    Register(HISR, "HISR", "InterruptStatusHigh", RO, 0x0, _flags("", 4), "Flags of streams 4 to 7."),
    Register(LIFCR, "LIFCR", "InterruptClearLow", W1, 0x0, _flags("C", 0), "Clears flags of streams 0 to 3."),
    Register(HIFCR, "HIFCR", "InterruptClearHigh", W1, 0x0, _flags("C", 4), "Clears flags of streams 4 to 7."),
] + [register for n in STREAMS for register in _stream(n)] + [
    Register(0x3EC, "HWCFGR2", "HardwareConfiguration2", CONST, 0x0, [], "What the block can do."),
    Register(0x3F0, "HWCFGR1", "HardwareConfiguration1", CONST, 0x22222222, [], "What the block can do."),
] + identification(0x12, 0x00100002))  # fmt: skip
