"""A serial port: a byte is sent as soon as it is written, and received when software comes to read it.

Baud rate, parity, errors, FIFO and DMA are stored and do nothing; no byte is lost or late.
"""

from stm32mp1.device import Device
from stm32mp1.registers import CONST, RO, RW, W1, WO, Field, Register, RegisterTable, identification

CR1 = 0x00
RQR = 0x18
ISR = 0x1C
ICR = 0x20
RDR = 0x24
TDR = 0x28

_UE = 1 << 0
_RE = 1 << 2
_TE = 1 << 3
# Same bits in CR1 (interrupt enable) and ISR (flag), and for TC in ICR (clear).
RXNE = 1 << 5
TC = 1 << 6
TXE = 1 << 7
_TEACK = 1 << 21
_REACK = 1 << 22
_RXFRQ = 1 << 3  # in RQR


class Usart(Device):
    """USART2, USART3, UART4, UART7 and their like (m4-platform.md section 5.4).

    `on_tx(byte)` is called for each byte sent. IRQ is a level: an enabled flag of RXNE, TC and TXE is set.
    """

    TABLE = RegisterTable("USART", [
        Register(0x00, "CR1", "Control1", RW, 0x0, [
            Field("UE", 0, "port on"),
            Field("UESM", 1, "port on in stop"),
            Field("RE", 2, "receiver on"),
            Field("TE", 3, "transmitter on"),
            Field("IDLEIE", 4, "idle interrupt enabled"),
            Field("RXNEIE", 5, "byte received interrupt enabled"),
            Field("TCIE", 6, "transmission complete interrupt enabled"),
            Field("TXEIE", 7, "ready to send interrupt enabled"),
            Field("PEIE", 8, "parity error interrupt enabled"),
            Field("PS", 9, "odd parity"),
            Field("PCE", 10, "parity on"),
            Field("WAKE", 11, "wake by address"),
            Field("M0", 12, "9 data bits"),
            Field("MME", 13, "mute mode on"),
            Field("CMIE", 14, "character match interrupt enabled"),
            Field("OVER8", 15, "8 samples per bit"),
            Field("DEDT", 16, "driver release time", width=5),
            Field("DEAT", 21, "driver assertion time", width=5),
            Field("RTOIE", 26, "receiver timeout interrupt enabled"),
            Field("EOBIE", 27, "end of block interrupt enabled"),
            Field("M1", 28, "7 data bits"),
            Field("FIFOEN", 29, "FIFO on"),
            Field("TXFEIE", 30, "transmit FIFO empty interrupt enabled"),
            Field("RXFFIE", 31, "receive FIFO full interrupt enabled"),
        ], "Switches the port and its interrupts on."),
        Register(0x04, "CR2", "Control2", RW, 0x0, [], "Stop bits, pin swaps, synchronous mode."),
        Register(0x08, "CR3", "Control3", RW, 0x0, [], "DMA, flow control, half duplex."),
        Register(0x0C, "BRR", "BaudRate", RW, 0x0, [], "Divider from the kernel clock to the baud rate."),
        Register(0x10, "GTPR", "GuardTimePrescaler", RW, 0x0, [], "Timing of smart cards and IrDA."),
        Register(0x14, "RTOR", "ReceiverTimeout", RW, 0x0, [], "When a silent line counts as a timeout."),
        Register(0x18, "RQR", "Request", W1, 0x0, [
            Field("ABRRQ", 0, "measure the baud rate"),
            Field("SBKRQ", 1, "send a break"),
            Field("MMRQ", 2, "go mute"),
            Field("RXFRQ", 3, "forget the received byte"),
            Field("TXFRQ", 4, "forget the byte to send"),
        ], "One-shot requests."),
        Register(0x1C, "ISR", "InterruptStatus", RO, 0x000000C0, [
            Field("PE", 0, "parity error"),
            Field("FE", 1, "framing error"),
            Field("NE", 2, "noise"),
            Field("ORE", 3, "a byte was lost"),
            Field("IDLE", 4, "line idle"),
            Field("RXNE", 5, "a byte has been received"),
            Field("TC", 6, "transmission complete"),
            Field("TXE", 7, "ready to send"),
            Field("BUSY", 16, "receiving"),
            Field("TEACK", 21, "transmitter ready"),
            Field("REACK", 22, "receiver ready"),
        ], "What the port is doing."),
        Register(0x20, "ICR", "InterruptClear", W1, 0x0, [
            Field("PECF", 0, "clear PE"),
            Field("FECF", 1, "clear FE"),
            Field("NECF", 2, "clear NE"),
            Field("ORECF", 3, "clear ORE"),
            Field("IDLECF", 4, "clear IDLE"),
            Field("TXFECF", 5, "clear TXFE"),
            Field("TCCF", 6, "clear TC"),
            Field("TCBGTCF", 7, "clear TCBGT"),
            Field("LBDCF", 8, "clear LBDF"),
            Field("CTSCF", 9, "clear CTSIF"),
            Field("RTOCF", 11, "clear RTOF"),
            Field("EOBCF", 12, "clear EOBF"),
            Field("UDRCF", 13, "clear UDR"),
            Field("CMCF", 17, "clear CMF"),
            Field("WUCF", 20, "clear WUF"),
        ], "Clears flags of ISR."),
        Register(0x24, "RDR", "ReceiveData", RO, 0x0, [Field("RDR", 0, "byte", width=9)], "The received byte.",
                 read_acts=True),
        Register(0x28, "TDR", "TransmitData", WO, 0x0, [Field("TDR", 0, "byte", width=9)], "The byte to send."),
        Register(0x2C, "PRESC", "Prescaler", RW, 0x0, [Field("PRESCALER", 0, "selection", width=4)],
                 "Divides the kernel clock."),
        Register(0x3EC, "HWCFGR2", "HardwareConfiguration2", CONST, 0x14, [], "What the block can do."),
        Register(0x3F0, "HWCFGR1", "HardwareConfiguration1", CONST, 0x14, [], "What the block can do."),
    ] + identification(0x23, 0x00130003))  # fmt: skip
    LINES = ("IRQ",)

    def __init__(self):
        self.on_tx = None
        self._received = []
        Device.__init__(self)

    def receive(self, data):
        """Bytes arrive. They wait for the receiver to be on and for software to read them, one by one, from RDR."""
        self._received.extend(bytearray(data))
        self._derive()
        self._settle()

    def read(self, offset, width):
        if width == 4 and offset == RDR and self._words[ISR] & RXNE and not self.stopped:
            self._words[RDR] = self._received.pop(0)
            self._derive()
            self._settle()
        return Device.read(self, offset, width)

    def _store(self, register, value):
        words = self._words
        if register.offset == TDR:
            self._send(value & 0xFF)
        elif register.offset == ICR:
            words[ISR] &= ~(value & TC)
        elif register.offset == RQR:
            if value & _RXFRQ:
                del self._received[:1]
        else:
            Device._store(self, register, value)
        self._derive()

    def _send(self, byte):
        if self._words[CR1] & (_UE | _TE) == _UE | _TE:
            self._words[ISR] |= TC
            if self.on_tx is not None:
                self.on_tx(byte)

    def _derive(self):
        control = self._words[CR1] if self._words[CR1] & _UE else 0
        flags = self._words[ISR] & TC | TXE
        if control & _TE:
            flags |= _TEACK
        if control & _RE:
            flags |= _REACK
            if self._received:
                flags |= RXNE
        self._words[ISR] = flags

    def _outputs(self):
        control = self._words[CR1]
        return [control & _UE != 0 and control & self._words[ISR] & (RXNE | TC | TXE) != 0]

    def reset(self):
        self._received = []
        Device.reset(self)

    def state(self):
        state = Device.state(self)
        state["received"] = list(self._received)
        return state

    def from_state(self, state):
        words = dict(state) if hasattr(state, "keys") else {}
        received = words.pop("received", None)
        if not isinstance(received, list) or any(type(byte) is not int or byte not in range(256) for byte in received):
            raise ValueError("USART.received must be a list of bytes, not %r." % (received,))
        before, self._received = self._received, list(received)
        try:
            Device.from_state(self, words)
        except ValueError:
            self._received = before
            raise
