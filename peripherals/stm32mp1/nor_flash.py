"""A serial NOR flash of 64 MiB, such as ST's EV1 board has on its QUADSPI: what its instructions do to its cells.

Erasing and programming take no time. Protection, suspension and deep power-down are not modelled.
"""

SIZE = 1 << 26
SECTOR = 4096
PAGE = 256
IDENTITY = (0xC2, 0x20, 0x1A)  # JEDEC: Macronix, 512 Mbit

_WEL, _WRITABLE = 1 << 1, 0xFC  # in the status register
# Instructions, with 3 and with 4 bytes of address, on one line, two or four.
_READS = (0x03, 0x0B, 0x0D, 0x3B, 0x6B, 0xBB, 0xBD, 0xEB, 0xED, 0x13, 0x0C, 0x0E, 0x3C, 0x6C, 0xBC, 0xBE, 0xEC, 0xEE)
_PROGRAMS = (0x02, 0x32, 0x38, 0x12, 0x34, 0x3E)
_ERASES = {
    0x20: SECTOR,
    0x21: SECTOR,
    0x52: 1 << 15,
    0x5C: 1 << 15,
    0xD8: 1 << 16,
    0xDC: 1 << 16,
    0x60: SIZE,
    0xC7: SIZE,
}


class NorFlash(object):
    """`run` is an instruction with all that is sent along; `read` gives one byte of what an instruction answers."""

    def __init__(self):
        self._registers = [0, 0]  # status, configuration
        self._sectors = {}  # those that are not erased: number to bytes

    def run(self, instruction, address, data):
        if instruction == 0x06:
            self._registers[0] |= _WEL
        elif instruction in (0x04, 0x99):
            self._registers[0] &= ~_WEL
        elif self._registers[0] & _WEL:
            if instruction == 0x01 and data:
                self._registers = [data[0] & _WRITABLE, (list(data[1:2]) or self._registers[1:])[0]]
            elif instruction in _PROGRAMS:
                self._program(address % SIZE, data)
            elif instruction in _ERASES:
                self._erase(address % SIZE, _ERASES[instruction])
            else:
                return
            self._registers[0] &= ~_WEL

    def read(self, instruction, address, index):
        if instruction in _READS:
            sector, offset = divmod((address + index) % SIZE, SECTOR)
            return self._sectors[sector][offset] if sector in self._sectors else 0xFF
        if instruction == 0x05:
            return self._registers[0]
        if instruction == 0x15:
            return self._registers[1]
        if instruction == 0x9F:
            return IDENTITY[index % len(IDENTITY)]
        return 0xFF

    def _program(self, address, data):
        """Clear bits. Past the end of the page it goes on at its beginning."""
        sector, offset = divmod(address, SECTOR)
        cells = self._sectors.setdefault(sector, [0xFF] * SECTOR)
        page = offset - offset % PAGE
        for index, byte in enumerate(data):
            cells[page + (offset + index) % PAGE] &= byte

    def _erase(self, address, size):
        first = (address - address % size) // SECTOR
        for sector in [number for number in self._sectors if first <= number < first + size // SECTOR]:
            del self._sectors[sector]

    # -- state ----------------------------------------------------------------------------------------------

    def cells(self):
        """All that it holds, as a list of numbers: its registers, then each sector's number and bytes."""
        held = list(self._registers)
        for number in sorted(self._sectors):
            held += [number] + self._sectors[number]
        return held

    def hold(self, cells):
        self._registers = list(cells[:2])
        parts = range(2, len(cells), 1 + SECTOR)
        self._sectors = dict((cells[at], list(cells[at + 1 : at + 1 + SECTOR])) for at in parts)

    @staticmethod
    def may_hold(cells):
        if len(cells) < 2 or (len(cells) - 2) % (1 + SECTOR):
            return False
        bytes_held = list(cells)
        numbers = bytes_held[2 :: 1 + SECTOR]
        del bytes_held[2 :: 1 + SECTOR]
        return max(numbers + [0]) < SIZE // SECTOR and max(bytes_held) <= 0xFF
