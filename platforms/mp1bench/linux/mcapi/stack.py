"""MCAPI's node on Linux as the driver of the channel nodes has it: it wakes who waits, and scalars need not block.

What MCAPI does is `mp1bench.mcapi`'s business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mp1bench.linux.kernel.locking import WaitQueue
from mp1bench.mcapi import Attribute, Channel, Endpoint, EndpointStatus, Mcapi, Request

if TYPE_CHECKING:
    from mp1bench.linux import LinuxHost


class NodeStack(Mcapi):
    """`changed` is woken whenever something may be there that was not: data, room, an answer, the peer or its end."""

    def __init__(self, linux: LinuxHost) -> None:
        super().__init__(linux)
        self.changed = WaitQueue(linux.kernel)
        self.on_change.append(self.changed.wake_all)

    def scalar_send_i(self, channel: Channel, value: int, width: int) -> Request[None]:
        """A scalar send that does not wait; MCAPI has none."""
        return self._send_scalar_i(f"sclchan_send_uint{8 * width}", channel, value, width)

    def scalar_recv(self, channel: Channel, width: int) -> int:
        """Receive a scalar that is there."""
        return self._receive_scalar(f"sclchan_recv_uint{8 * width}", channel, width)

    def status(self, endpoint: Endpoint) -> EndpointStatus:
        """Of one's own endpoint; 0 when no channel has it."""
        return EndpointStatus(self.endpoint_get_attribute(endpoint, Attribute.STATUS))
