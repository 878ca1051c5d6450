"""The Linux side: a model of the layers between a user of RPMsg and the IPCC, named as Linux names them.

One folder per layer, with Linux's own file names: kernel, mailbox, remoteproc, virtio, rpmsg; `mcapi` is a driver that
no Linux has. What Linux knows of the machine is read by `devicetree.py` (from text by `dts.py`, compiled by `fdt.py`)
into the nodes of `of.py`; for each of them `platform_bus.py` makes a device, behind whose cells `soc.py` finds the
machine's signals, and binds a driver. `system.py` puts all that together as `modules.py` to load. Tests and commands
see `host.py`, and through it the firmware's services (`services.py`) and Linux's files (`user_space.py`). `peer.py` is
a firmware for tests.
"""

from mp1bench.linux.errno import Errno, KernelError, KernelFaultError
from mp1bench.linux.host import LinuxHost
from mp1bench.linux.mailbox.client import MailboxClient
from mp1bench.linux.mailbox.controller import MailboxChannel
from mp1bench.linux.services import Announcement, HostEndpoint, Transfer

__all__ = [
    "Announcement",
    "Errno",
    "HostEndpoint",
    "KernelError",
    "KernelFaultError",
    "LinuxHost",
    "MailboxChannel",
    "MailboxClient",
    "Transfer",
]
