"""The registers of an I2C, with the vendor's names and places.

What they do is in `i2c.py`.
"""

from stm32mp1.registers import CONST, RO, RW, RW1S, W1, Field, Register, RegisterTable, identification

CR1 = 0x00
CR2 = 0x04
TIMINGR = 0x10
ISR = 0x18
ICR = 0x1C
RXDR = 0x24
TXDR = 0x28

I2C_TABLE = RegisterTable("I2C", [
    Register(CR1, "CR1", "Control1", RW, 0x0, [
        Field("PE", 0, "on"),
        Field("TXIE", 1, "byte wanted interrupt enabled"),
        Field("RXIE", 2, "byte received interrupt enabled"),
        Field("ADDRIE", 3, "address match interrupt enabled"),
        Field("NACKIE", 4, "not acknowledged interrupt enabled"),
        Field("STOPIE", 5, "stop interrupt enabled"),
        Field("TCIE", 6, "transfer complete interrupt enabled"),
        Field("ERRIE", 7, "error interrupt enabled"),
        Field("DNF", 8, "digital filter", width=4),
        Field("ANFOFF", 12, "analogue filter off"),
        Field("SWRST", 13, "software reset"),
        Field("TXDMAEN", 14, "DMA sends"),
        Field("RXDMAEN", 15, "DMA receives"),
        Field("SBC", 16, "slave byte control"),
        Field("NOSTRETCH", 17, "clock is not stretched"),
        Field("WUPEN", 18, "wakes from stop"),
        Field("GCEN", 19, "general call"),
        Field("SMBHEN", 20, "SMBus host"),
        Field("SMBDEN", 21, "SMBus device"),
        Field("ALERTEN", 22, "SMBus alert"),
        Field("PECEN", 23, "packet error check"),
    ], "Switches it and its interrupts on."),
    Register(CR2, "CR2", "Control2", RW, 0x0, [
        Field("SADD", 0, "address of the slave; of 7 bits from bit 1 on", width=10),
        Field("RD_WRN", 10, "reads"),
        Field("ADD10", 11, "10-bit address"),
        Field("HEAD10R", 12, "short 10-bit header"),
        Field("START", 13, "start"),
        Field("STOP", 14, "stop"),
        Field("NACK", 15, "do not acknowledge"),
        Field("NBYTES", 16, "bytes", width=8),
        Field("RELOAD", 24, "more bytes follow"),
        Field("AUTOEND", 25, "stop after the last byte"),
        Field("PECBYTE", 26, "packet error code"),
    ], "The transfer of a master."),
    Register(0x08, "OAR1", "OwnAddress1", RW, 0x0, [], "Stored: no other master is on the bus."),
    Register(0x0C, "OAR2", "OwnAddress2", RW, 0x0, [], "Stored."),
    Register(TIMINGR, "TIMINGR", "Timing", RW, 0x0, [
        Field("SCLL", 0, "low time", width=8), Field("SCLH", 8, "high time", width=8),
        Field("SDADEL", 16, "data hold time", width=4), Field("SCLDEL", 20, "data setup time", width=4),
        Field("PRESC", 28, "prescaler", width=4),
    ], "The clock."),
    Register(0x14, "TIMEOUTR", "Timeout", RW, 0x0, [], "Stored."),
    Register(ISR, "ISR", "InterruptStatus", RO, 0x1, [
        Field("TXE", 0, "nothing to send", access=RW1S),
        Field("TXIS", 1, "a byte is wanted", access=RW1S),
        Field("RXNE", 2, "a byte has been received"),
        Field("ADDR", 3, "addressed"),
        Field("NACKF", 4, "not acknowledged"),
        Field("STOPF", 5, "stop"),
        Field("TC", 6, "all bytes are through"),
        Field("TCR", 7, "all bytes are through, more may follow"),
        Field("BERR", 8, "bus error"),
        Field("ARLO", 9, "arbitration lost"),
        Field("OVR", 10, "overrun"),
        Field("PECERR", 11, "packet error"),
        Field("TIMEOUT", 12, "timeout"),
        Field("ALERT", 13, "SMBus alert"),
        Field("BUSY", 15, "transfer under way"),
        Field("DIR", 16, "addressed for reading"),
        Field("ADDCODE", 17, "matched address", width=7),
    ], "How far the transfer is."),
    Register(ICR, "ICR", "InterruptClear", W1, 0x0, [
        Field("ADDRCF", 3, "clear ADDR"), Field("NACKCF", 4, "clear NACKF"), Field("STOPCF", 5, "clear STOPF"),
        Field("BERRCF", 8, "clear BERR"), Field("ARLOCF", 9, "clear ARLO"), Field("OVRCF", 10, "clear OVR"),
        Field("PECCF", 11, "clear PECERR"), Field("TIMOUTCF", 12, "clear TIMEOUT"),
        Field("ALERTCF", 13, "clear ALERT"),
    ], "Clears flags of ISR."),
    Register(0x20, "PECR", "PacketErrorCode", RO, 0x0, [], "None is computed."),
    Register(RXDR, "RXDR", "ReceiveData", RO, 0x0, [Field("RXDATA", 0, "byte", width=8)], "The byte received.",
             read_acts=True),
    Register(TXDR, "TXDR", "TransmitData", RW, 0x0, [Field("TXDATA", 0, "byte", width=8)], "The byte to send."),
    Register(0x3F0, "HWCFGR", "HardwareConfiguration", CONST, 0x0, [], "What the block can do."),
] + identification(0x12, 0x00130012))  # fmt: skip
