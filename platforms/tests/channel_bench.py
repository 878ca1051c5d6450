"""Linux with its channel nodes, and MCAPI's other node in the firmware's place, without an M4."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mp1bench.board import Board
from mp1bench.linux.mcapi.channel import Channel, open_channel
from mp1bench.mcapi import McapiNode
from mp1bench.mcapi.layout import Role
from mp1bench.mcapi.peer import FirmwarePort
from mp1bench.mcapi.transport import Client, Transport

PREFIX = {"packet": "pktchan", "scalar": "sclchan"}


class ChannelBench:
    """`peer` is node 1. Its ports in the tests are those of the image mcapi_echo: it receives at 2 and sends from 3."""

    def __init__(self) -> None:
        self.board = Board(engine="bare")
        assert self.board.linux is not None
        assert self.board.ipcc is not None
        self.linux = self.board.linux
        self.kernel = self.linux.kernel
        self._port = FirmwarePort(self.board.engine, self.board.ipcc)
        self.linux.modprobe("mcapi")
        self.opens: tuple[Any, ...] = ()  # the requests of the last offer
        self.peer = self.start_peer()
        self.run()

    def start_peer(self) -> McapiNode:
        """The firmware starts, or starts anew without a farewell."""
        self.peer = McapiNode(self.kernel, Role.FIRMWARE, self._connect)
        self.peer.initialize(0, 1)
        return self.peer

    def _connect(self, client: Client) -> Transport:
        transport = Transport(self._port, Role.FIRMWARE, client)
        self._port.on_ring, self._port.on_free = transport.poll, transport.freed
        return transport

    def run(self, us: int = 200) -> None:
        """Let the two talk."""
        self.board.run_for(1000 * us)

    @property
    def now(self) -> int:
        return self.kernel.now

    def later(self, us: int, act: Callable[[], object]) -> None:
        """Do something while somebody sleeps."""
        self.kernel.after(1000 * us, "test", lambda: void(act()))

    def offer(self, kind: str = "packet", ports: tuple[int, int] = (2, 3)) -> tuple[Any, Any]:
        """The peer opens its receiving end at the first port and its sending end at the other; returns both handles."""
        receive, send = (self.peer.endpoint_create(port) for port in ports)
        self.opens = (
            getattr(self.peer, f"{PREFIX[kind]}_recv_open_i")(receive),
            getattr(self.peer, f"{PREFIX[kind]}_send_open_i")(send),
        )
        return self.opens[0].result, self.opens[1].result

    def open(self, number: int = 0, kind: str = "packet", rx: Any = 21, tx: Any = 20, **options: Any) -> Channel:
        """A bound channel."""
        return open_channel(self.linux, number, kind=kind, rx=rx, tx=tx, **options)

    def connected(
        self, kind: str = "packet", ports: tuple[int, int] = (2, 3), **options: Any
    ) -> tuple[Channel, Any, Any]:
        """A connected one, and the peer's handles: where it receives, and where it sends."""
        receive, send = self.offer(kind, ports)
        channel = self.open(kind=kind, **options)
        channel.connect(rx=ports[0], tx=ports[1])
        for request in self.opens:  # the peer hears of it, too
            self.peer.wait(request)
        return channel, receive, send


def void(result: object) -> None:
    """What an event does with a result."""
