"""The cryptographic processor: AES in the modes ECB, CBC and CTR, with the real results. A block takes no time.

DES, GCM and CCM are not modelled: no output comes, and the device says so once per start.
"""

from stm32mp1.aes import added, decrypt, encrypt
from stm32mp1.data_registers import DataRegisters
from stm32mp1.device import Device
from stm32mp1.hash import exchanged
from stm32mp1.queues import Queues
from stm32mp1.registers import CONST, RO, RW, W1, WO, Field, Register, RegisterTable, identification

CR = 0x00
SR = 0x04
DIN = 0x08
DOUT = 0x0C
DMACR = 0x10
IMSCR = 0x14
RISR = 0x18
MISR = 0x1C
K0LR = 0x20
IV0LR = 0x40

_ALGODIR, _FFLUSH, _CRYPEN = 1 << 2, 1 << 14, 1 << 15  # in CR
_ECB, _CBC, _CTR, _KEY = 4, 5, 6, 7  # ALGOMODE
_IFEM, _IFNF, _OFNE, _OFFU = 1, 2, 4, 8  # in SR
_FIFO, _BLOCK = 8, 4  # words


def _words_of(data):
    return [sum(data[at + n] << 8 * (3 - n) for n in range(4)) for at in range(0, len(data), 4)]


def _bytes_of(words):
    return [word >> shift & 0xFF for word in words for shift in (24, 16, 8, 0)]


class Cryp(Queues, DataRegisters, Device):
    """CRYP1 and CRYP2. IRQ, INDMA and OUTDMA are levels."""

    TABLE = RegisterTable("CRYP", [
        Register(CR, "CR", "Control", RW, 0x0, [
            Field("ALGODIR", 2, "decrypts"), Field("ALGOMODE", 3, "4 AES-ECB, 5 AES-CBC, 6 AES-CTR, 7 key", width=3),
            Field("DATATYPE", 6, "exchange: 0 none, 1 half-words, 2 bytes, 3 bits", width=2),
            Field("KEYSIZE", 8, "0 128 bits, 1 192, 2 256", width=2), Field("FFLUSH", 14, "empty the FIFOs", access=W1),
            Field("CRYPEN", 15, "on"), Field("GCM_CCMPH", 16, "phase", width=2), Field("ALGOMODE3", 19, "GCM or CCM"),
            Field("NPBLB", 20, "bytes that pad the last block", width=4),
        ], "What is computed, and how."),
        Register(SR, "SR", "Status", RO, 0x3, [
            Field("IFEM", 0, "input FIFO empty"), Field("IFNF", 1, "input FIFO not full"),
            Field("OFNE", 2, "output FIFO not empty"), Field("OFFU", 3, "output FIFO full"), Field("BUSY", 4, "busy"),
        ], "How full the FIFOs are."),
        Register(DIN, "DIN", "DataIn", WO, 0x0, [], "Takes data."),
        Register(DOUT, "DOUT", "DataOut", RO, 0x0, [], "Gives data.", read_acts=True),
        Register(DMACR, "DMACR", "Dma", RW, 0x0, [
            Field("DIEN", 0, "DMA brings data"), Field("DOEN", 1, "DMA takes data"),
        ], "DMA."),
        Register(IMSCR, "IMSCR", "InterruptMask", RW, 0x0, [
            Field("INIM", 0, "input interrupt enabled"), Field("OUTIM", 1, "output interrupt enabled"),
        ], "Which flags interrupt."),
        Register(RISR, "RISR", "RawInterrupts", RO, 0x1, [
            Field("INRIS", 0, "input FIFO wants data"), Field("OUTRIS", 1, "output FIFO has data"),
        ], "The flags."),
        Register(MISR, "MISR", "MaskedInterrupts", RO, 0x0, [
            Field("INMIS", 0, "input interrupt"), Field("OUTMIS", 1, "output interrupt"),
        ], "Those that interrupt."),
    ] + [
        Register(K0LR + 4 * n, "K%d%sR" % (n // 2, "LR"[n % 2]), "Key%d%s" % (n // 2, ("Left", "Right")[n % 2]), WO,
                 0x0, [], "A word of the key.")
        for n in range(8)
    ] + [
        Register(IV0LR + 4 * n, "IV%d%sR" % (n // 2, "LR"[n % 2]), "Vector%d%s" % (n // 2, ("Left", "Right")[n % 2]),
                 RW, 0x0, [], "A word of the initialisation vector.")
        for n in range(4)
    ] + [
        Register(0x50 + 4 * n, "CSGC%s%dR" % (name, n % 8), "Context%d" % n, RW, 0x0, [], "Stored.")
        for n, name in enumerate(["MCCM"] * 8 + ["M"] * 8)
    ] + [
        Register(0x3F0, "HWCFGR", "HardwareConfiguration", CONST, 0x131, [], "What the block can do."),
    ] + identification(0x22, 0x00170011))  # fmt: skip
    LINES = ("IRQ", "INDMA", "OUTDMA")
    SOURCES = (DOUT,)
    SINKS = (DIN,)
    QUEUES = ("input", "output", "key")

    def __init__(self):
        super(Cryp, self).__init__()
        self._queues["key"] = [0] * 8

    def _give(self, offset, value, width):
        if len(self._queues["input"]) < _FIFO:
            self._queues["input"].append(value)
        self._run()

    def _take(self, offset, width):
        output = self._queues["output"]
        if output:
            self._words[DOUT] = output.pop(0)
        self._run()
        return self._words[DOUT]

    def _store(self, register, value):
        words = self._words
        if K0LR <= register.offset < IV0LR:
            self._queues["key"][(register.offset - K0LR) // 4] = value
            return
        Device._store(self, register, value)
        if register.offset == CR:
            if value & _FFLUSH:
                self._queues.update((("input", []), ("output", [])))
            mode = self._mode()
            if mode == _KEY:
                words[CR] &= ~_CRYPEN  # preparing the key for decryption is over at once
            elif value & _CRYPEN and mode not in (_ECB, _CBC, _CTR) and self.on_event is not None:
                self.on_event("illegal", "an algorithm other than AES in ECB, CBC or CTR", value, 0)
        self._run()

    def _mode(self):
        return self._words[CR] >> 3 & 0x7 | self._words[CR] >> 16 & 0x8

    def _run(self):
        """Blocks go through as long as there is one, and room for it."""
        data, output = self._queues["input"], self._queues["output"]
        known = self._mode() in (_ECB, _CBC, _CTR)
        while known and self._words[CR] & _CRYPEN and len(data) >= _BLOCK and len(output) <= _FIFO - _BLOCK:
            datatype = self._words[CR] >> 6 & 0x3
            block = _bytes_of([exchanged(word, datatype) for word in data[:_BLOCK]])
            del data[:_BLOCK]
            output.extend(exchanged(word, datatype) for word in _words_of(self._cipher(block)))
        self._derive()

    def _cipher(self, block):
        """One block through the mode; the vector is what chains it to the next."""
        words, mode = self._words, self._mode()
        size = min(words[CR] >> 8 & 0x3, 2)
        key = _bytes_of(self._queues["key"][4 - 2 * size :])
        vector = _bytes_of([words[IV0LR + 4 * n] for n in range(4)])
        decrypts = words[CR] & _ALGODIR
        if mode == _ECB:
            return decrypt(key, block) if decrypts else encrypt(key, block)
        if mode == _CTR:
            words[IV0LR + 12] = words[IV0LR + 12] + 1 & 0xFFFFFFFF
            return added(block, encrypt(key, vector))
        if decrypts:
            result, chained = added(decrypt(key, block), vector), block
        else:
            result = chained = encrypt(key, added(block, vector))
        for n, word in enumerate(_words_of(chained)):
            words[IV0LR + 4 * n] = word
        return result

    def _derive(self):
        words, waiting, ready = self._words, len(self._queues["input"]), len(self._queues["output"])
        words[SR] = (
            (0 if waiting else _IFEM) | (_IFNF if waiting < _FIFO else 0)
            | (_OFNE if ready else 0) | (_OFFU if ready == _FIFO else 0)
        )  # fmt: skip
        words[RISR] = (1 if waiting <= _FIFO // 2 else 0) | (2 if ready else 0)
        words[MISR] = words[RISR] & words[IMSCR] if words[CR] & _CRYPEN else words[RISR] & words[IMSCR] & 2

    def _outputs(self):
        words = self._words
        on = words[CR] & _CRYPEN
        return [
            words[MISR] != 0,
            bool(on and words[DMACR] & 1 and words[SR] & _IFNF),
            bool(words[DMACR] & 2 and words[SR] & _OFNE),
        ]

    def reset(self):
        super(Cryp, self).reset()
        self._queues["key"] = [0] * 8

    def _may_hold(self, name, queue):
        return max(queue + [0]) <= 0xFFFFFFFF and (len(queue) == 8 if name == "key" else len(queue) <= _FIFO)
