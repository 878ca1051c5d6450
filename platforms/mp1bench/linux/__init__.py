"""The Linux side: a model of the layers between a user of RPMsg and the IPCC, named as Linux names them.

One folder per layer: kernel, mailbox, remoteproc, virtio, rpmsg. `devicetree.py` reads what Linux knows of the machine,
`system.py` puts the layers together, and `host.py` is what tests and commands see.
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
