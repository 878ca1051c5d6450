"""Two nodes of MCAPI without an M4: Linux's, and the same class in the firmware's place behind the IPCC."""

from __future__ import annotations

from typing import Any

from mp1bench.board import Board
from mp1bench.mcapi import Endpoint, Mcapi, McapiNode, Request, Status
from mp1bench.mcapi.layout import Role
from mp1bench.mcapi.peer import FirmwarePort
from mp1bench.mcapi.transport import Client, Transport
from mp1bench.platform.platform import read_platform

PLATFORM = read_platform()  # once for all pairs: reading takes longer than most of them live


class Pair:
    """`host` is node 0 and `firmware` node 1; both are initialised."""

    def __init__(self) -> None:
        self.board = Board(engine="bare", platform=PLATFORM)
        assert self.board.linux is not None
        assert self.board.ipcc is not None
        self.kernel = self.board.linux.kernel
        self.host = Mcapi(self.board.linux)
        self._port = FirmwarePort(self.board.engine, self.board.ipcc)
        self.firmware = self._new_firmware()
        self.host.initialize(0, 0)
        self.firmware.initialize(0, 1)
        self.run()

    def _new_firmware(self) -> McapiNode:
        return McapiNode(self.kernel, Role.FIRMWARE, self._connect)

    def _connect(self, client: Client) -> Transport:
        """The firmware's transport; the one of its life before hears nothing more."""
        transport = Transport(self._port, Role.FIRMWARE, client)
        self._port.on_ring, self._port.on_free = transport.poll, transport.freed
        return transport

    def run(self, us: int = 200) -> None:
        """Let the two talk."""
        self.board.run_for(1000 * us)

    def restart(self) -> McapiNode:
        """The firmware starts anew, without a farewell; `run` lets the host notice."""
        self.firmware = self._new_firmware()
        self.firmware.initialize(0, 1)
        return self.firmware

    def remote(self, port: int, node: McapiNode | None = None) -> Any:
        """An endpoint of the other node (the firmware's), made and got by `node` (the host)."""
        node = node or self.host
        other = self.firmware if node is self.host else self.host
        other.endpoint_create(port)
        return node.endpoint_get(0, other.node, port)

    def channel(self, type: str, port: int = 20, *, back: bool = False) -> tuple[Any, Any]:
        """An open channel from the host to the firmware, or `back`: the handles of the sender and the receiver."""
        sender, receiver = (self.firmware, self.host) if back else (self.host, self.firmware)
        ends = sender.endpoint_create(port), receiver.endpoint_create(port)
        opens = (
            getattr(sender, f"{type}_send_open_i")(ends[0]),
            getattr(receiver, f"{type}_recv_open_i")(ends[1]),
        )
        other = sender.endpoint_get(0, receiver.node, port)
        sender.wait(getattr(sender, f"{type}_connect_i")(ends[0], other))
        return sender.wait(opens[0]), receiver.wait(opens[1])

    def ends(self, call: str, *arguments: Any, node: McapiNode | None = None) -> Any:
        """What a call of the host's (or `node`'s) gives or raises in the end; of one that ends in _i its request."""
        node = node or self.host
        result = getattr(node, call)(*arguments)
        return node.wait(result) if isinstance(result, Request) else result

    def message_ends(self) -> tuple[Endpoint, Any, Endpoint]:
        """The host's port 20, its handle of the firmware's port 1, and that itself."""
        sender, receiver = self.host.endpoint_create(20), self.firmware.endpoint_create(1)
        return sender, self.host.endpoint_get(0, 1, 1), receiver

    def fill(self, sender: Endpoint, to: Any) -> int:
        """Have the host send messages until there is no buffer for priority 1 any more; returns how many it were."""
        for count in range(100):
            self.run()
            request = self.host.msg_send_i(sender, to, b"%d" % count, 1)
            if request.status is Status.PENDING:
                self.host.cancel(request)
                return count
            self.host.wait(request)
        raise AssertionError("there is always a buffer")
