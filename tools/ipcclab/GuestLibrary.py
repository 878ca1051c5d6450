"""The Robot Framework library for a real Linux: assembles the keywords of `ipcclab.keywords.guest_*`. It has none.

It works on Robot 6.1 to 7.x, which find a library by a module of the name of its class.
"""
# ruff: noqa: N999

from __future__ import annotations

from importlib.metadata import version

from robot.api.deco import library

from ipcclab.keywords.arguments import CONVERTERS
from ipcclab.keywords.guest_bench import GuestBench
from ipcclab.keywords.guest_boot import GuestBootKeywords
from ipcclab.keywords.guest_devices import GuestDeviceKeywords
from ipcclab.keywords.guest_remoteproc import GuestRemoteprocKeywords
from ipcclab.keywords.guest_shell import GuestShellKeywords
from ipcclab.keywords.traces import TraceKeywords
from ipcclab.robot_log.listener import RobotLog, logged


@logged
@library(scope="SUITE", version=version("ipcclab"), converters=CONVERTERS, doc_format="ROBOT")
class GuestLibrary(
    GuestBootKeywords,
    GuestShellKeywords,
    GuestRemoteprocKeywords,
    GuestDeviceKeywords,
    TraceKeywords[GuestBench],
):
    """Tests of Cortex-M4 firmware under a real Linux: a stock kernel with its own drivers, in Renode.

    The machine is that of ``platforms/stm32mp157_linux.resc``, its devices are ipcclab's, and all that both processors
    do at the IPCC is on the trace. Where ``ipcclab.IpccLibrary`` has a keyword of the same name, there is a model of
    Linux behind that, and both mean the same.

    | *** Settings ***
    | Library        ipcclab.GuestLibrary
    | Suite Setup    Run Keywords    Skip Unless Guest Can Boot    AND    Boot Guest    rpmsg_echo.elf
    |
    | *** Test Cases ***
    | Firmware Should Echo Under Linux
    |     Start Remote Processor    rpmsg_echo.elf
    |     ${tty} =    Open Device    /dev/ttyRPMSG0
    |     Write Device    ${tty}    hello
    |     Device Should Give    ${tty}    hello    within=50ms
    |     Stop Remote Processor
    |     No Signal Should Be Lost

    = Guest =

    A boot takes some ten seconds, so the tests of a suite share one: the guest that was booted last stays until the
    end of the suite, with all that was done to it. It takes the engine ``renode`` (``ipcclab doctor``) and the packages
    that ``ipcclab guest build`` fetches.

    = Time =

    All times are virtual: ``50ms``, ``1.5s``, ``20us``, ``100ns``. Nothing waits for them, and a run is the same each
    time, to the nanosecond.

    = Failures =

    A failing keyword shows the kernel's last lines and the last accesses to the IPCC. Its panel in ``log.html``
    and the report of the suite are those of ``ipcclab.IpccLibrary``.
    """

    def __init__(self, report: str = "always") -> None:
        """``report`` says which tests are in the report of their suite: ``always``, ``failed`` or ``never``."""
        super().__init__()
        self.bench = GuestBench()
        self.ROBOT_LIBRARY_LISTENER = RobotLog(self.bench, report)
