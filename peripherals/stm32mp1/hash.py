"""The hash processor: MD5, SHA-1, SHA-224 and SHA-256, plain and keyed (HMAC), with the real results.

A block takes no time. What DMA brings ends when software switches CR.DMAE off again. Saving and restoring a
computation half way (CSR) is not modelled.
"""

import hashlib

from stm32mp1.data_registers import DataRegisters
from stm32mp1.device import Device
from stm32mp1.queues import Queues
from stm32mp1.registers import CONST, RO, RW, W1, WO, Field, Register, RegisterTable, identification

CR = 0x00
DIN = 0x04
STR = 0x08
HR0 = 0x0C
IMR = 0x20
SR = 0x24
DIGEST = 0x310

_INIT, _DMAE, _MODE, _LKEY, _MDMAT = 1 << 2, 1 << 3, 1 << 6, 1 << 16, 1 << 13  # in CR
_DCAL = 1 << 8  # in STR
_DINIS, _DCIS = 1 << 0, 1 << 1  # in SR and IMR
_BLOCK = 64

_ALGORITHMS = (hashlib.sha1, hashlib.md5, hashlib.sha224, hashlib.sha256)  # by ALGO


def exchanged(word, datatype):
    """A word as it goes in: DATATYPE 0 as it is, 1 half-words, 2 bytes, 3 bits exchanged."""
    if datatype == 1:
        return (word << 16 | word >> 16) & 0xFFFFFFFF
    if datatype == 2:
        return sum((word >> 8 * n & 0xFF) << 8 * (3 - n) for n in range(4))
    if datatype == 3:
        return sum(1 << (31 - n) for n in range(32) if word >> n & 1)
    return word


class Hash(Queues, DataRegisters, Device):
    """HASH1 and HASH2. DMA asks for data for as long as CR.DMAE is set; IRQ is a level."""

    TABLE = RegisterTable("HASH", [
        Register(CR, "CR", "Control", RW, 0x0, [
            Field("INIT", 2, "begin", access=W1), Field("DMAE", 3, "DMA brings the data"),
            Field("DATATYPE", 4, "exchange: 0 none, 1 half-words, 2 bytes, 3 bits", width=2),
            Field("MODE", 6, "keyed (HMAC)"), Field("ALGO0", 7, "algorithm, bit 0"),
            Field("NBW", 8, "words in the FIFO", width=4), Field("DINNE", 12, "the FIFO is not empty"),
            Field("MDMAT", 13, "more DMA transfers follow"), Field("DMAA", 14, "DMA aborted"),
            Field("LKEY", 16, "long key"), Field("ALGO1", 18, "algorithm, bit 1"),
        ], "What is computed, and how."),
        Register(DIN, "DIN", "DataInput", WO, 0x0, [], "Takes data."),
        Register(STR, "STR", "Start", RW, 0x0, [
            Field("NBLW", 0, "valid bits in the last word; 0: all", width=5),
            Field("DCAL", 8, "compute the digest", access=W1),
        ], "Ends the message, or a key."),
        Register(IMR, "IMR", "InterruptMask", RW, 0x0, [
            Field("DINIE", 0, "data input interrupt enabled"), Field("DCIE", 1, "digest interrupt enabled"),
        ], "Which flags interrupt."),
        Register(SR, "SR", "Status", RW, 0x1, [
            Field("DINIS", 0, "data can be taken"), Field("DCIS", 1, "the digest is there"),
            Field("DMAS", 2, "DMA on"), Field("BUSY", 3, "computing"),
        ], "How far it is."),
    ] + [
        Register(HR0 + 4 * n, "HRA%d" % n, "DigestAlias%d" % n, RO, 0x0, [], "The digest's first words.")
        for n in range(5)
    ] + [
        Register(DIGEST + 4 * n, "HR%d" % n, "Digest%d" % n, RO, 0x0, [], "The digest.") for n in range(8)
    ] + [
        Register(0x0F8 + 4 * n, "CSR%d" % n, "Context%d" % n, RW, 0x0, [], "Stored.") for n in range(54)
    ] + [
        Register(0x3F0, "HWCFGR", "HardwareConfiguration", CONST, 0x1, [], "What the block can do."),
    ] + identification(0x22, 0x00170031))  # fmt: skip
    LINES = ("IRQ", "DMA")
    SINKS = (DIN,)
    QUEUES = ("data", "key", "message", "phase")  # phase of HMAC: 0 key, 1 message, 2 key again

    def _give(self, offset, value, width):
        word = exchanged(value, self._words[CR] >> 4 & 0x3)
        self._words[SR] |= _DINIS
        self._queues["data"].extend(word >> 8 * n & 0xFF for n in (3, 2, 1, 0))

    def _store(self, register, value):
        words = self._words
        if register.offset == SR:
            words[SR] &= value | ~(_DINIS | _DCIS)  # writing 0 clears
            return
        brought = words[CR] & _DMAE and not words[CR] & _MDMAT and self._queues["data"]
        Device._store(self, register, value)
        if register.offset == CR and value & _INIT:
            self._queues.update((name, []) for name in self.QUEUES)
            words[SR] = _DINIS
        elif register.offset == CR and brought and not value & _DMAE:
            self._end_part()  # silicon knows it from the last transfer itself
        elif register.offset == STR and value & _DCAL:
            self._end_part()

    def _end_part(self):
        queues, words = self._queues, self._words
        data, queues["data"] = queues["data"], []
        unused = (32 - (words[STR] & 0x1F)) // 8 if words[STR] & 0x1F else 0
        if unused:
            del data[-unused:]
        words[SR] |= _DINIS
        if words[CR] & _MODE:
            phase = len(queues["phase"])
            if phase < 2:
                queues[("key", "message")[phase]] = data
                queues["phase"].append(phase)
                return
            digest = self._keyed(queues["key"], queues["message"])
            queues["phase"] = []
        else:
            digest = self._algorithm(bytes(bytearray(data))).digest()
        digest = bytearray(digest).ljust(32, b"\0")
        for n in range(8):
            word = sum(digest[4 * n + byte] << 8 * (3 - byte) for byte in range(4))
            words[DIGEST + 4 * n] = word
            if n < 5:
                words[HR0 + 4 * n] = word
        words[SR] |= _DCIS

    @property
    def _algorithm(self):
        control = self._words[CR]
        return _ALGORITHMS[control >> 7 & 1 | (control >> 18 & 1) << 1]

    def _keyed(self, key, message):
        """HMAC, RFC 2104."""
        if self._words[CR] & _LKEY:
            key = list(bytearray(self._algorithm(bytes(bytearray(key))).digest()))
        key = (key + [0] * _BLOCK)[:_BLOCK]
        inner = self._algorithm(bytes(bytearray([byte ^ 0x36 for byte in key] + message))).digest()
        return self._algorithm(bytes(bytearray([byte ^ 0x5C for byte in key])) + inner).digest()

    def _outputs(self):
        flags = self._words[SR] & self._words[IMR] & (_DINIS | _DCIS)
        return [flags != 0, self._words[CR] & _DMAE != 0]

    def _may_hold(self, name, queue):
        return max(queue + [0]) < 256
