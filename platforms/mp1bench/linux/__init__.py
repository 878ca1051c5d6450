"""The Linux side: a model of the layers between a user of RPMsg and the IPCC, named as Linux names them.

From the bottom: kernel, locking, workqueue, irq, clk; mailbox on stm32_ipcc; remoteproc_core on stm32_rproc; virtio and
virtio_ring; virtio_rpmsg_bus, rpmsg_core, rpmsg_ns; rpmsg_tty and rpmsg_client_sample. `host.py` assembles them.
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
