from typing import Final

from stm32mp1.registers import RegisterTable

TEST: Final = 0x010
CCCR: Final = 0x018
IR: Final = 0x050
IE: Final = 0x054
ILS: Final = 0x058
ILE: Final = 0x05C
GFC: Final = 0x080
SIDFC: Final = 0x084
XIDFC: Final = 0x088
XIDAM: Final = 0x090
RXF0C: Final = 0x0A0
RXF0S: Final = 0x0A4
RXF0A: Final = 0x0A8
RXESC: Final = 0x0BC
TXBC: Final = 0x0C0
TXFQS: Final = 0x0C4
TXESC: Final = 0x0C8
TXBRP: Final = 0x0CC
TXBAR: Final = 0x0D0
TXBCR: Final = 0x0D4
TXBTO: Final = 0x0D8
TXBCF: Final = 0x0DC
TXBTIE: Final = 0x0E0
TXEFC: Final = 0x0F0
TXEFS: Final = 0x0F4
TXEFA: Final = 0x0F8
FDCAN_TABLE: Final[RegisterTable]
