"""A board that runs the firmware mcapi_echo, or rpmsg_mcapi beside RPMsg, and Linux's node 0, which talks to it.

What the image offers at which port is in firmware/images/mcapi_service.h.
"""

from __future__ import annotations

from typing import Any

from mp1bench.board import Board
from mp1bench.mcapi import Mcapi, McapiError, layout
from mp1bench.mcapi.layout import Count, Role
from mp1bench.shipped import prebuilt_image

US, MS = 1_000, 1_000_000
MESSAGES, PACKETS_IN, PACKETS_OUT, SCALARS_IN, SCALARS_OUT, COMMANDS = range(1, 7)  # the firmware's ports
IN, OUT = 30, 31  # Linux's ends of channels
CALLS = {"packet": "pktchan", "scalar": "sclchan"}


class EchoBench:
    """Both are up; `own` is an endpoint of Linux's for messages, `echo` the firmware's that sends them back."""

    def __init__(self, image: str = "mcapi_echo.elf", kernel: str = "6.1", *, trace: bool = True) -> None:
        self.board = Board(kernel=kernel, trace=trace)
        self.board.load(prebuilt_image(image))
        assert self.board.linux is not None
        self.linux = self.board.linux
        self.board.boot()
        self.run(10 * MS)
        self.mcapi: Any
        self.start()

    def start(self) -> None:
        """A program on Linux begins."""
        self.mcapi = Mcapi(self.linux)
        self.mcapi.initialize(0, 0)
        self.own = self.mcapi.endpoint_create(20)
        self.meet()

    def meet(self) -> None:
        """Get the firmware's endpoints, (again)."""
        self.echo = self.mcapi.endpoint_get(0, 1, MESSAGES, 100_000)
        self.commands = self.mcapi.endpoint_get(0, 1, COMMANDS, 100_000)

    def crash(self) -> None:
        """The program dies: its driver gives the channels back, and nobody tells the firmware."""
        transport = self.mcapi.transport
        transport._reminder.cancel()
        transport._linux_port.close()

    def run(self, ns: int = 5 * MS) -> None:
        self.board.run_for(ns)

    @property
    def now(self) -> int:
        return self.board.engine.now

    def ask(self, request: str) -> str:
        """A request to the image, and its answer."""
        self.mcapi.msg_send(self.own, self.commands, request.encode())
        return bytes(self.mcapi.msg_recv(self.own)).decode()

    def connect(self, type: str, ends: tuple[int, int] = (IN, OUT)) -> tuple[Any, Any]:
        """The image connects Linux's ends with its own. Returns the one that receives and the one that sends."""
        inside, outside = (self.mcapi.endpoint_create(port) for port in ends)
        assert self.ask(f"connect {type} {ends[0]} {ends[1]}") == "SUCCESS"
        receives = getattr(self.mcapi, f"{CALLS[type]}_recv_open_i")(inside)
        sends = getattr(self.mcapi, f"{CALLS[type]}_send_open_i")(outside)
        return self.mcapi.wait(receives, 100_000), self.mcapi.wait(sends, 100_000)

    def there_and_back(self, count: int, priority: int = 1) -> bool:
        """Do so many messages come back, in order, none lost, none twice?"""
        sent = [b"%d of %d" % (number, count) for number in range(count)]
        back: list[bytes] = []
        waiting = list(sent)
        while len(back) < count:
            while waiting and self.mcapi.room(self.own, priority):
                self.mcapi.msg_send(self.own, self.echo, waiting.pop(0), priority)
            back.append(bytes(self.mcapi.wait(self.mcapi.msg_recv_i(self.own), 200_000)))
        self.run()
        return back == sent and self.mcapi.msg_available(self.own) == 0

    def packet(self, receives: Any) -> bytes:
        """The next one; it is released."""
        packet = self.mcapi.pktchan_recv(receives)
        data = bytes(packet)
        self.mcapi.pktchan_release(packet)
        return data

    # -- the shared memory ------------------------------------------------------------------------------------

    def read(self, offset: int) -> int:
        return int.from_bytes(self.board.engine.read_bytes(layout.BASE + offset, 4), "little")

    def write(self, offset: int, value: int) -> None:
        self.board.engine.write_bytes(layout.BASE + offset, (value & 0xFFFFFFFF).to_bytes(4, "little"))

    def counted(self, role: Role, which: Count) -> int:
        """What a side says that it has counted."""
        return self.read(layout.STATISTICS[role] + 4 * which)


def status_of(call: Any, *arguments: Any) -> str:
    """How a call ends."""
    try:
        call(*arguments)
    except McapiError as error:
        return error.status.name
    return "SUCCESS"
