"""The DMAMUX: which peripheral's request reaches which DMA stream.

Synchronisation and request generators are only stored: no event drives them here.
"""

from stm32mp1.device import Device
from stm32mp1.queues import Queues
from stm32mp1.registers import RO, RW, W1, Field, Register, RegisterTable, identification

CHANNELS = range(16)
REQUESTS = 128  # request numbers count from 1; 0 is none


def _channel(n):
    return Register(4 * n, "C%dCR" % n, "Channel%d" % n, RW, 0x0, [
        Field("DMAREQ_ID", 0, "number of the request", width=8),
        Field("SOIE", 8, "overrun interrupt enabled"),
        Field("EGE", 9, "events generated"),
        Field("SE", 16, "synchronised"),
        Field("SPOL", 17, "edge of the synchronisation", width=2),
        Field("NBREQ", 19, "requests per synchronisation, less 1", width=5),
        Field("SYNC_ID", 24, "what synchronises", width=5),
    ], "What requests of the stream.")  # fmt: skip


def _generator(n):
    return Register(0x100 + 4 * n, "RG%dCR" % n, "Generator%d" % n, RW, 0x0, [
        Field("SIG_ID", 0, "what triggers", width=5),
        Field("OIE", 8, "overrun interrupt enabled"),
        Field("GE", 16, "generator on"),
        Field("GPOL", 17, "edge of the trigger", width=2),
        Field("GNBREQ", 19, "requests per trigger, less 1", width=5),
    ], "A request generator; stored only.")  # fmt: skip


class Dmamux(Queues, Device):
    """DMAMUX1. Input n is the request of number n in ST's headers; line REQn goes to stream n, from 8 on of DMA2."""

    TABLE = RegisterTable("DMAMUX", [_channel(n) for n in CHANNELS] + [_generator(n) for n in range(8)] + [
        Register(0x080, "CSR", "Status", RO, 0x0, [], "Synchronisation overruns: none."),
        Register(0x084, "CFR", "Clear", W1, 0x0, [], "Clears them."),
        Register(0x140, "RGSR", "GeneratorStatus", RO, 0x0, [], "Trigger overruns: none."),
        Register(0x144, "RGCFR", "GeneratorClear", W1, 0x0, [], "Clears them."),
    ] + identification(0x11, 0x00100011))  # fmt: skip
    LINES = tuple("REQ%d" % n for n in CHANNELS)
    INPUTS = REQUESTS
    INPUTS_TRACED = False
    QUEUES = ("requests",)

    def input(self, number, level):
        requests = self._queues["requests"]
        if level and number not in requests:
            requests.append(number)
        elif not level and number in requests:
            requests.remove(number)
        self._settle()

    def _outputs(self):
        requests = self._queues["requests"]
        return [self._words[4 * n] & 0xFF in requests for n in CHANNELS]

    def reset(self):
        requests = self._queues["requests"]
        super(Dmamux, self).reset()
        self._queues["requests"] = requests  # the peripherals still ask
        self._settle()
