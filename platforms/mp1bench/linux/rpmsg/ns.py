"""The name service (drivers/rpmsg/rpmsg_ns.c): the remote announces its services to address 53, and takes them back.

Linux never answers an announcement (linux-mailbox.md §4.5).
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from mp1bench.linux.errno import Errno
from mp1bench.linux.kernel.core import Kernel
from mp1bench.linux.kernel.task import Sleeping
from mp1bench.linux.kernel.vsprintf import c_string
from mp1bench.linux.rpmsg.core import ADDR_ANY, NAME_SIZE, RpmsgChannel, RpmsgDriver

NS_ADDR = 53
NS_SERVICE = "rpmsg_ns"

MESSAGE = struct.Struct("<32sII")  # name, address, flags
DESTROY = 1


def ns_message(name: str, address: int, *, created: bool) -> bytes:
    """An announcement as Linux itself sends it."""
    return MESSAGE.pack(name.encode("ascii", "replace"), address, 0 if created else DESTROY)


class RpmsgNs(RpmsgDriver):
    """The driver behind address 53. `on_announce` hears of each service that appears: name and address."""

    name = "rpmsg_ns"
    listens = False

    def __init__(self, kernel: Kernel) -> None:
        self.on_announce: Callable[[str, int], None] | None = None
        self._log = kernel.logger("rpmsg_ns.c")

    def probe(self, channel: RpmsgChannel) -> int:
        channel.endpoint = channel.transport.create_endpoint(channel, self._announcement, NS_ADDR)
        if channel.endpoint is None:
            self._log.err(channel.dev, "failed to create the ns ept")
            return -Errno.ENOMEM
        return 0

    def _announcement(self, channel: RpmsgChannel, data: bytes, source: int) -> Sleeping[None]:
        self._log.dump("NS announcement: ", data)
        if len(data) != MESSAGE.size:
            self._log.err(channel.transport.dev, f"malformed ns msg ({len(data)})")
            return
        field, address, flags = MESSAGE.unpack(data)
        bus = channel.transport
        if field[-1]:
            bus.overwrite(NAME_SIZE - 1, b"\0")  # Linux does not trust the remote to end the name
        name = c_string(field[:-1])
        if flags & DESTROY:
            self._log.info(bus.dev, f"destroying channel {name} addr 0x{address:x}")
            error = yield from bus.release_channel(name, ADDR_ANY, address)
            if error:
                self._log.err(bus.dev, f"rpmsg_destroy_channel failed: {error}")
            return
        self._log.info(bus.dev, f"creating channel {name} addr 0x{address:x}")
        if (yield from bus.create_channel(name, ADDR_ANY, address)) is None:
            self._log.err(bus.dev, "rpmsg_create_channel failed")
        if self.on_announce is not None:
            self.on_announce(name, address)
