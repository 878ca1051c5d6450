"""The registers of a CAN FD controller, with the vendor's names and places.

What they do is in `fdcan.py`.
"""

from stm32mp1.registers import CONST, RO, RW, RW1C, Field, Register, RegisterTable

TEST = 0x010
CCCR = 0x018
IR = 0x050
IE = 0x054
ILS = 0x058
ILE = 0x05C
GFC = 0x080
SIDFC = 0x084
XIDFC = 0x088
XIDAM = 0x090
RXF0C = 0x0A0
RXF0S = 0x0A4
RXF0A = 0x0A8
RXESC = 0x0BC
TXBC = 0x0C0
TXFQS = 0x0C4
TXESC = 0x0C8
TXBRP = 0x0CC
TXBAR = 0x0D0
TXBCR = 0x0D4
TXBTO = 0x0D8
TXBCF = 0x0DC
TXBTIE = 0x0E0
TXEFC = 0x0F0
TXEFS = 0x0F4
TXEFA = 0x0F8

# Storage: name, human name, offset, reset value.
_STORED = (
    ("DBTP", "DataTiming", 0x00C, 0x00000A33), ("TEST", "Test", TEST, 0), ("RWD", "RamWatchdog", 0x014, 0),
    ("NBTP", "NominalTiming", 0x01C, 0x06000A03), ("TSCC", "TimestampConfiguration", 0x020, 0),
    ("TSCV", "Timestamp", 0x024, 0), ("TOCC", "TimeoutConfiguration", 0x028, 0xFFFF0000),
    ("TOCV", "Timeout", 0x02C, 0x0000FFFF), ("TDCR", "DelayCompensation", 0x048, 0), ("IE", "InterruptEnable", IE, 0),
    ("ILS", "InterruptLineSelect", ILS, 0), ("ILE", "InterruptLineEnable", ILE, 0),
    ("GFC", "GlobalFilter", GFC, 0), ("SIDFC", "StandardFilters", SIDFC, 0), ("XIDFC", "ExtendedFilters", XIDFC, 0),
    ("XIDAM", "ExtendedMask", XIDAM, 0x1FFFFFFF), ("RXF0C", "Fifo0Configuration", RXF0C, 0),
    ("RXF0A", "Fifo0Acknowledge", RXF0A, 0), ("RXBC", "RxBuffers", 0x0AC, 0),
    ("RXF1C", "Fifo1Configuration", RXF0C + 0x10, 0), ("RXF1A", "Fifo1Acknowledge", RXF0A + 0x10, 0),
    ("RXESC", "RxElementSizes", RXESC, 0), ("TXBC", "TxBuffers", TXBC, 0), ("TXESC", "TxElementSize", TXESC, 0),
    ("TXBAR", "TxRequest", TXBAR, 0), ("TXBCR", "TxCancel", TXBCR, 0), ("TXBTIE", "TxInterruptEnable", TXBTIE, 0),
    ("TXBCIE", "TxCancelInterruptEnable", 0x0E4, 0), ("TXEFC", "EventFifoConfiguration", TXEFC, 0),
    ("TXEFA", "EventFifoAcknowledge", TXEFA, 0),
)  # fmt: skip

# What only the controller writes.
_SHOWN = (
    ("ECR", "ErrorCounters", 0x040, 0), ("PSR", "ProtocolStatus", 0x044, 0x00000707),
    ("HPMS", "HighPriority", 0x094, 0), ("RXF0S", "Fifo0Status", RXF0S, 0),
    ("RXF1S", "Fifo1Status", RXF0S + 0x10, 0), ("TXFQS", "TxFifoStatus", TXFQS, 0), ("TXBRP", "TxPending", TXBRP, 0),
    ("TXBTO", "TxSent", TXBTO, 0), ("TXBCF", "TxCancelled", TXBCF, 0), ("TXEFS", "EventFifoStatus", TXEFS, 0),
)  # fmt: skip

FDCAN_TABLE = RegisterTable("FDCAN", [
    Register(0x000, "CREL", "Release", CONST, 0x32141218, [], "The revision of the block."),
    Register(0x004, "ENDN", "Endianness", CONST, 0x87654321, [], "A test of the byte order."),
    Register(CCCR, "CCCR", "Control", RW, 0x1, [
        Field("INIT", 0, "initialisation: off the bus"), Field("CCE", 1, "configuration may change"),
        Field("ASM", 2, "restricted"), Field("CSA", 3, "clock stopped"), Field("CSR", 4, "stop the clock"),
        Field("MON", 5, "only listens"), Field("DAR", 6, "no retransmission"), Field("TEST", 7, "test mode"),
        Field("FDOE", 8, "CAN FD"), Field("BRSE", 9, "bit rate switches"), Field("PXHD", 12, "no protocol exceptions"),
        Field("EFBI", 13, "edge filter"), Field("TXP", 14, "transmit pause"), Field("NISO", 15, "not ISO"),
    ], "On and off the bus, and the mode."),
    Register(IR, "IR", "Interrupts", RW1C, 0x0, [], "What has happened."),
    Register(0x098, "NDAT1", "NewData1", RW1C, 0x0, [], "Receive buffers: none are used."),
    Register(0x09C, "NDAT2", "NewData2", RW1C, 0x0, [], "Receive buffers: none are used."),
] + [
    Register(offset, name, human, RW, reset, [], "Configuration.") for name, human, offset, reset in _STORED
] + [
    Register(offset, name, human, RO, reset, [], "Status.") for name, human, offset, reset in _SHOWN
] + [
    Register(at, "TT%03X" % at, "Time%03X" % at, RW, 0x0, [], "Time-triggered CAN: stored.")
    for at in range(0x100, 0x150, 4)
])  # fmt: skip
