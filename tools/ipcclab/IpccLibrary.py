"""The Robot Framework library: assembles the keywords of `ipcclab.keywords`. It has no keyword of its own.

It works on Robot 6.1 to 7.x, which find a library by a module of the name of its class.
"""
# ruff: noqa: N999

from __future__ import annotations

import inspect
from importlib.metadata import version

from robot.api.deco import library

from ipcclab.keywords.arguments import CONVERTERS
from ipcclab.keywords.bench import Bench
from ipcclab.keywords.channel_nodes import ChannelNodeKeywords
from ipcclab.keywords.console import ConsoleKeywords
from ipcclab.keywords.device import DeviceKeywords
from ipcclab.keywords.doorbells import DoorbellKeywords
from ipcclab.keywords.events import EventKeywords
from ipcclab.keywords.firmware import FirmwareKeywords
from ipcclab.keywords.linux_files import LinuxFileKeywords
from ipcclab.keywords.linux_kernel import LinuxKernelKeywords
from ipcclab.keywords.linux_mailbox import LinuxMailboxKeywords
from ipcclab.keywords.linux_remoteproc import LinuxRemoteprocKeywords
from ipcclab.keywords.mcapi import McapiKeywords
from ipcclab.keywords.mcapi_calls import McapiCallKeywords
from ipcclab.keywords.mcapi_channels import McapiChannelKeywords
from ipcclab.keywords.memory import MemoryKeywords
from ipcclab.keywords.pins import PinKeywords
from ipcclab.keywords.registers import RegisterKeywords
from ipcclab.keywords.rpmsg import RpmsgKeywords
from ipcclab.robot_log.listener import RobotLog, logged
from stm32mp1.ipcc import Ipcc
from stm32mp1.ipcc_table import VARIANTS
from stm32mp1.registers import Register


def _row(register: Register) -> str:
    others = ", ".join(f"``{name}``" for name in register.aliases)
    return f"| +0x{register.offset:03X} | {register.name} | {register.human} | {others} | {register.sentence} |"


_REFERENCE = "\n".join(
    [
        "= Registers =",
        "",
        "A register is known by its name in the reference manual, its human name and ST's other names, in any case,"
        " with or without ``IPCC_`` in front. With a point and the name of a field it is that field: ``C1MR.CH1OM``.",
        "",
        "| =Offset= | =Register= | =Human name= | =Other names= | =What it is for= |",
        *map(_row, Ipcc.TABLE),
        "",
        "= Variants =",
        "",
        "| =Name= | =Parts= | =Channels= | =Interrupt lines= |",
        *(
            f"| {variant.name} | {variant.parts} | {variant.channels} |"
            f" {', '.join(line.name for line in variant.lines)} |"
            for variant in VARIANTS
        ),
    ]
)


@logged
@library(scope="TEST", version=version("ipcclab"), converters=CONVERTERS, doc_format="ROBOT")
class IpccLibrary(
    RegisterKeywords,
    DeviceKeywords,
    FirmwareKeywords,
    DoorbellKeywords,
    MemoryKeywords,
    PinKeywords,
    ConsoleKeywords,
    LinuxKernelKeywords,
    LinuxRemoteprocKeywords,
    LinuxMailboxKeywords,
    LinuxFileKeywords,
    RpmsgKeywords,
    McapiKeywords,
    McapiChannelKeywords,
    McapiCallKeywords,
    ChannelNodeKeywords,
    EventKeywords,
):
    """Tests of the STM32MP1's inter-processor mailbox (IPCC), and of firmware that talks through it, without a board.

    Each test has a fresh bench. Until `Boot Firmware` it is a bare IPCC on which the test plays both processors;
    then it is a board that executes the firmware, with a model of Linux at the other side. If the library is imported
    with ``engine=embedded``, the bench is a board from the beginning: an emulated Cortex-M4 makes each access of
    processor 2, and takes the interrupts that the test looks at.

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

    = Linux =

    `Boot Firmware` and `Boot Linux` put a model of Linux on the bench. What in Linux is a file is one here:
    `Linux Reads` and `Linux Writes` are for sysfs and debugfs, `Open Device` for ``/dev/rpmsg0``, ``/dev/ttyRPMSG0`` or
    ``/dev/mailbox0``. A request that Linux refuses fails with Linux's number and name:

    | Run Keyword And Expect Error | *-16 (EBUSY)* | Request Mailbox Channel | 1 |

    = MCAPI =

    `Start MCAPI` makes the test a node of MCAPI 2.0 on Linux, the other of which is the firmware. A call ends in a
    status, which fails the keyword unless it is ``SUCCESS``:

    | MCAPI Status Should Be | ERR_PORT_INVALID | Create MCAPI Endpoint | 65535 |

    `Open Channel Node` is for programs to which a channel is a file, ``/dev/mcapi0``, and a status one of Linux's
    numbers. Only one of the two can be in use at a time.

    = Words =

    ``cpu`` is 1 for the Cortex-A7, which runs Linux, and 2 for the Cortex-M4, which runs the firmware. Channels count
    from 1 to 6, as in the reference manual. The IPCC carries _signals_, RPMsg carries _messages_, MCAPI
    carries _messages_, _packets_ and _scalars_.

    = Time =

    All times are virtual: ``50ms``, ``1.5s``, ``20us``, ``100ns``. Nothing waits for them, and a run is the same each
    time, to the nanosecond.

    = Failures =

    A failing keyword names channel, processor and register, says why nothing moves any more if that is so, and shows
    the last five accesses to the IPCC. In ``log.html`` it has a panel besides: which access made it so, the history of
    that channel or register, all channels and lines, and the sequence chart. Inside `Run Keyword And Expect Error`,
    ``TRY`` and the like there is none, unless they fail as well.

    = Reports =

    Each suite leaves an HTML file in the output folder, to which the log of each of its tests has a link: timeline,
    registers at each moment, accesses. Import the library with ``report=failed`` to keep failed tests only, or with
    ``report=never``.
    """

    def __init__(self, engine: str = "auto", report: str = "always") -> None:
        """``engine`` executes the Cortex-M4: ``auto``, ``embedded`` or ``renode``; ``bare`` is none.

        ``report`` says which tests are in the report of their suite: ``always``, ``failed`` or ``never``.
        """
        # Not Literals: Robot 7.5 ends with a traceback at an argument of a library that it cannot convert.
        super().__init__()
        self.bench = Bench(engine)
        self.ROBOT_LIBRARY_LISTENER = RobotLog(self.bench, report)


IpccLibrary.__doc__ = f"{inspect.cleandoc(IpccLibrary.__doc__ or '')}\n\n{_REFERENCE}"
