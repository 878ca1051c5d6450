"""The Robot Framework library: assembles the keywords of `ipcclab.keywords`. It has no keyword of its own.

It works on Robot 6.1 to 7.x, which find a library by a module of the name of its class.
"""
# ruff: noqa: N999

from __future__ import annotations

from importlib.metadata import version

from robot.api.deco import library

from ipcclab.keywords.arguments import CONVERTERS
from ipcclab.keywords.bench import Bench
from ipcclab.keywords.firmware import FirmwareKeywords
from ipcclab.keywords.registers import RegisterKeywords
from ipcclab.keywords.rpmsg import RpmsgKeywords
from ipcclab.keywords.traces import TraceKeywords


@library(scope="TEST", version=version("ipcclab"), converters=CONVERTERS, doc_format="ROBOT")
class IpccLibrary(RegisterKeywords, FirmwareKeywords, RpmsgKeywords, TraceKeywords):
    """Tests of the STM32MP1's inter-processor mailbox (IPCC), and of firmware that talks through it, without a board.

    Each test has a fresh bench. Until `Boot Firmware` it is a bare IPCC on which the test plays both processors;
    then it is a board that executes the firmware, with a model of Linux at the other side.

    | *** Settings ***
    | Library    ipcclab.IpccLibrary
    |
    | *** Test Cases ***
    | Channel Should Be Occupied After A Signal
    |     Signal Channel    1    cpu=1
    |     Channel Should Be Occupied    1    cpu=1
    |
    | Firmware Should Echo
    |     Boot Firmware    rpmsg_echo.elf
    |     Host Sends    hello
    |     Firmware Should Answer    hello    within=50ms
    |     No Signal Should Be Lost

    = Words =

    ``cpu`` is 1 for the Cortex-A7, which runs Linux, and 2 for the Cortex-M4, which runs the firmware. Channels count
    from 1 to 6, as in the reference manual. The IPCC carries _signals_, RPMsg carries _messages_.

    = Time =

    All times are virtual: ``50ms``, ``1.5s``, ``20us``, ``100ns``. Nothing waits for them, and a run is the same each
    time, to the nanosecond.

    = Failures =

    A failing keyword names channel, processor and register, says why nothing moves any more if that is so, and shows
    the last five accesses to the IPCC.
    """

    def __init__(self, engine: str = "auto") -> None:
        """``engine`` executes the Cortex-M4: ``auto``, ``embedded`` or ``renode``."""
        self.bench = Bench(engine)
