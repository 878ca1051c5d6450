"""The registers of an SPI, with the vendor's names and places.

What they do is in `spi.py`.
"""

from stm32mp1.registers import CONST, RO, RW, W1, WO, Field, Register, RegisterTable, identification

CR1 = 0x00
CR2 = 0x04
CFG1 = 0x08
CFG2 = 0x0C
IER = 0x10
SR = 0x14
IFCR = 0x18
TXDR = 0x20
RXDR = 0x30

_FLAGS = [
    ("RXP", 0, "a packet has been received"), ("TXP", 1, "a packet may be written"), ("DXP", 2, "both"),
    ("EOT", 3, "the transfer has ended"), ("TXTF", 4, "all that is to be sent has been written"),
    ("UDR", 5, "underrun"), ("OVR", 6, "overrun"), ("CRCE", 7, "CRC error"), ("TIFRE", 8, "frame error"),
    ("MODF", 9, "mode fault"), ("TSERF", 10, "more frames were added"),
]  # fmt: skip

SPI_TABLE = RegisterTable("SPI", [
    Register(CR1, "CR1", "Control1", RW, 0x0, [
        Field("SPE", 0, "on"),
        Field("MASRX", 8, "suspends when the FIFO is full"),
        Field("CSTART", 9, "transfer under way"),
        Field("CSUSP", 10, "suspend"),
        Field("HDDIR", 11, "half duplex: sends"),
        Field("SSI", 12, "level of the internal slave select"),
        Field("CRC33_17", 13, "full-size CRC polynomial"),
        Field("RCRCINI", 14, "receive CRC begins with ones"),
        Field("TCRCINI", 15, "transmit CRC begins with ones"),
        Field("IOLOCK", 16, "pins locked"),
    ], "Switches it on and starts transfers."),
    Register(CR2, "CR2", "Control2", RW, 0x0, [
        Field("TSIZE", 0, "frames of the transfer; 0: no end", width=16),
        Field("TSER", 16, "frames to add", width=16),
    ], "How many frames a transfer has."),
    Register(CFG1, "CFG1", "Configuration1", RW, 0x00070007, [
        Field("DSIZE", 0, "bits of a frame, less 1", width=5),
        Field("FTHLV", 5, "frames of a packet, less 1", width=4),
        Field("UDRCFG", 9, "what is sent in an underrun", width=2),
        Field("UDRDET", 11, "when an underrun is noticed", width=2),
        Field("RXDMAEN", 14, "DMA receives"),
        Field("TXDMAEN", 15, "DMA sends"),
        Field("CRCSIZE", 16, "bits of the CRC, less 1", width=5),
        Field("CRCEN", 22, "CRC on"),
        Field("MBR", 28, "clock divider: 2 to the power of it plus 1", width=3),
    ], "Frames, DMA and clock."),
    Register(CFG2, "CFG2", "Configuration2", RW, 0x0, [
        Field("MSSI", 0, "clocks before the first frame", width=4),
        Field("MIDI", 4, "clocks between frames", width=4),
        Field("IOSWP", 15, "MISO and MOSI exchanged"),
        Field("COMM", 17, "0 full duplex, 1 sends, 2 receives, 3 half duplex", width=2),
        Field("SP", 19, "protocol", width=3),
        Field("MASTER", 22, "master"),
        Field("LSBFRST", 23, "least significant bit first"),
        Field("CPHA", 24, "second clock edge"),
        Field("CPOL", 25, "clock idles high"),
        Field("SSM", 26, "slave select by software"),
        Field("SSIOP", 28, "slave select active high"),
        Field("SSOE", 29, "slave select output on"),
        Field("SSOM", 30, "slave select pulses between frames"),
        Field("AFCNTR", 31, "pins driven while off"),
    ], "Role and format."),
    Register(IER, "IER", "InterruptEnable", RW, 0x0, [
        Field(name + "IE", bit, meaning + ": interrupt enabled") for name, bit, meaning in _FLAGS
    ], "Which flags interrupt."),
    Register(SR, "SR", "Status", RO, 0x00001002, [Field(*flag) for flag in _FLAGS] + [
        Field("SUSP", 11, "suspended"),
        Field("TXC", 12, "nothing left to send"),
        Field("RXPLVL", 13, "frames in the last, incomplete word", width=2),
        Field("RXWNE", 15, "at least one word received"),
        Field("CTSIZE", 16, "frames left", width=16),
    ], "How far the transfer is."),
    Register(IFCR, "IFCR", "FlagClear", W1, 0x0, [
        Field("EOTC", 3, "clear EOT"), Field("TXTFC", 4, "clear TXTF"), Field("UDRC", 5, "clear UDR"),
        Field("OVRC", 6, "clear OVR"), Field("CRCEC", 7, "clear CRCE"), Field("TIFREC", 8, "clear TIFRE"),
        Field("MODFC", 9, "clear MODF"), Field("TSERFC", 10, "clear TSERF"), Field("SUSPC", 11, "clear SUSP"),
    ], "Clears flags of SR."),
    Register(TXDR, "TXDR", "TransmitData", WO, 0x0, [], "Takes one frame, or as many as an access holds."),
    Register(RXDR, "RXDR", "ReceiveData", RO, 0x0, [], "Gives them.", read_acts=True),
    Register(0x40, "CRCPOLY", "CrcPolynomial", RW, 0x107, [], "Stored."),
    Register(0x44, "TXCRC", "TransmitCrc", RO, 0x0, [], "No CRC is computed."),
    Register(0x48, "RXCRC", "ReceiveCrc", RO, 0x0, [], "No CRC is computed."),
    Register(0x4C, "UDRDR", "UnderrunData", RW, 0x0, [], "Stored."),
    Register(0x50, "I2SCFGR", "I2s", RW, 0x0, [], "Stored."),
    Register(0x3F0, "HWCFGR", "HardwareConfiguration", CONST, 0x0, [], "What the block can do."),
] + identification(0x11, 0x00130022))  # fmt: skip
