"""MCAPI 2.0 for a program on Linux: puts the calls together.

It has no call of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mp1bench.errors import UsageError
from mp1bench.mcapi import layout
from mp1bench.mcapi.attributes import AttributeCalls
from mp1bench.mcapi.endpoints import EndpointCalls
from mp1bench.mcapi.host import LinuxTransport
from mp1bench.mcapi.layout import Role
from mp1bench.mcapi.life import LifeCalls
from mp1bench.mcapi.messages import MessageCalls
from mp1bench.mcapi.packets import PacketCalls
from mp1bench.mcapi.readiness import Readiness
from mp1bench.mcapi.scalars import ScalarCalls

if TYPE_CHECKING:
    from mp1bench.linux import LinuxHost


class McapiNode(LifeCalls, EndpointCalls, AttributeCalls, MessageCalls, PacketCalls, ScalarCalls, Readiness):
    """All calls, of either node; see `Stack` for what it is made of.

    Calls have MCAPI's names without its prefix. They return what MCAPI gives back in pointers, and raise McapiError for
    every status but SUCCESS. Those that end in _i return a `Request`; the others are the same and a wait, in virtual
    time: while they sleep, the machine runs.
    """


class Mcapi(McapiNode):
    """The host's node: domain 0, node 0, on Linux, which rings the firmware on CH`tx` and is rung on CH`rx`."""

    def __init__(self, linux: LinuxHost | None, *, tx: int = layout.TX_CHANNEL, rx: int = layout.RX_CHANNEL) -> None:
        if linux is None:
            raise UsageError(
                "node 0 of MCAPI is a program on Linux, and this board has none. Give it the host `linux`."
            )
        linux.probe()
        super().__init__(linux.kernel, Role.HOST, lambda client: LinuxTransport(linux, client, tx=tx, rx=rx))
