"""Replays a recording of linux-rpmsg through the host's virtio and RPMsg layers (golden/linux-rpmsg/README.md).

It interprets the lines of whatever recording it is given and knows none by name.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

from mp1bench.engine.bare import BareEngine
from mp1bench.linux.errno import Errno
from mp1bench.linux.kernel.core import Kernel
from mp1bench.linux.kernel.flavour import V6_1, Flavour
from mp1bench.linux.kernel.task import Sleeping, Task, Waiter
from mp1bench.linux.rpmsg.core import NAME_SIZE, Endpoint, RpmsgChannel, RpmsgCore
from mp1bench.linux.rpmsg.ns import RpmsgNs
from mp1bench.linux.rpmsg.virtio_rpmsg_bus import CTRL_SERVICE, VirtioRpmsgBus, VirtioRpmsgDriver
from mp1bench.linux.virtio.bus import VirtioBus
from replay.cursor import Cursor, Line, Mismatch
from replay.rpmsg_client import Client
from replay.rpmsg_device import SharedMemory, Transport
from replay.rpmsg_lines import as_printed, check, extent

T = TypeVar("T")

_STIMULI = ("call", "peer_mem", "advance", "preset")
#: Before these the recording looked for memory that the kernel had changed.
_LOOKS = ("kick", "status", "probe", "rx", "wait", "peer_mem", "end", "ret")
#: Lines of the driver core, which was not among the recorded code.
_DRIVER_CORE = re.compile(r"probe of .* failed with error|probe with driver .* failed with error")
#: What a sender says that got none.
_GAVE_UP = "timeout waiting for a tx buffer"
#: Lines of the ring, which a sender may print when it looks for a buffer and before it is known to go on.
_RING = re.compile(r"(input|output):id \d+ ")


def replay(lines: list[Line], flavour: Flavour = V6_1) -> None:
    """Replay one recording. Raises Mismatch where the model does something else."""
    check(lines)
    lines = [as_printed(line) for line in lines]
    cursor = Cursor(lines)
    try:
        _Replay(lines, cursor, flavour).run()
    except Mismatch:
        raise
    except Exception as error:
        raise cursor.mismatch(f"the replay cannot go on: {type(error).__name__}: {error}") from error


class _OneContext(Kernel):
    """A kernel in which the recording alone decides what goes on while somebody sleeps."""

    perform: Callable[[Sleeping[Any]], Any]

    def call(self, body: Sleeping[T], name: str = "call") -> T:
        result: T = self.perform(body)
        return result


class _Replay:
    """One recording on its way; virtual time is in ns here and in us there."""

    def __init__(self, lines: list[Line], cursor: Cursor, flavour: Flavour) -> None:
        self._cursor = cursor
        self._config = cursor.take()["config"]
        self._engine = BareEngine()
        self._memory = SharedMemory(self._engine, *extent(lines))
        self._kernel = _OneContext(self._engine, hz=1000, flavour=flavour)
        self._kernel.perform = self._perform
        self._kernel.dynamic_debug.enable("file virtio_rpmsg_bus.c +p; file rpmsg_ns.c +p")
        self._kernel.on_printk.append(self._printed)
        self._kernel.on_dump.append(self._dumped)
        self._kernel.on_uevent.append(lambda what, name, ret: self.see("dev", what=what, name=name, ret=ret))
        self._virtio = VirtioBus(self._kernel)
        self._core = RpmsgCore(self._kernel)
        self._driver = VirtioRpmsgDriver(self._kernel, self._engine, self._core)
        self._client = Client(self)
        self._device: Transport | None = None
        self._registered = 0
        self._endpoints: list[Endpoint] = []  # by handle - 1001
        self._awake: Waiter | None = None  # a sender that looks for a buffer again, and may go on

    # -- the cursor -------------------------------------------------------------------------------------------

    def run(self) -> None:
        """From the first line behind the scenario to `end`."""
        while self._line["e"] in _STIMULI:
            self._carry_out()
        self.see("end")
        if not self._cursor.over:
            raise self._cursor.mismatch("nothing comes behind `end`")

    def body(self) -> None:
        """What a callback does: all that is asked for before its end."""
        while self._line["e"] in _STIMULI:
            self._carry_out()

    @property
    def _line(self) -> Line:
        """The line at the cursor, behind notes and what is said of memory."""
        while self._cursor.line["e"] in ("mem", "note"):
            line = self._cursor.take()
            if line["e"] == "mem":
                self._memory.apply(line["addr"], bytes.fromhex(line["hex"]))
        return self._cursor.line

    def see(self, event: str, **keys: object) -> None:
        """Something happened that the recording must say next."""
        self._awakened(gave_up=keys.get("text") == _GAVE_UP)
        self._line  # noqa: B018 - what is said of memory before it counts
        if event in _LOOKS:
            self._look()
        self._cursor.expect(self._now, e=event, **keys)

    def _look(self) -> None:
        difference = self._memory.difference()
        if difference is not None:
            raise self._cursor.mismatch(f"before it {difference}")

    @property
    def _now(self) -> int:
        return self._engine.now // 1000

    # -- what is printed --------------------------------------------------------------------------------------

    def _printed(self, level: str, device: str, text: str) -> None:
        if _DRIVER_CORE.match(text) and self._line.get("text") != text:
            return
        if text.startswith("buffers: va "):
            text = "buffers: va %pK, dma %pad"
        driver, _, name = device.partition(" ")
        keys = {"level": level, "dev": f"{'rpmsg_test' if '.' in name else driver} {name}", "text": text}
        if _RING.match(text) and self._line["e"] == "log":
            self._cursor.expect(self._now, e="log", **keys)  # a sender that looks again may sleep on
        else:
            self.see("log", **keys)

    def _dumped(self, prefix: str, data: bytes) -> None:
        if data or self._line["e"] == "dump":
            self.see("dump", prefix=prefix, hex=data.hex())

    # -- stimuli ----------------------------------------------------------------------------------------------

    def _carry_out(self) -> None:
        """Do what the line at the cursor asks for."""
        line = self._line
        if line["t"] != self._now:
            raise self._cursor.mismatch(f"it is {self._now} us and nothing is left to be done before")
        if line["e"] == "peer_mem":
            self._look()
            data = bytes.fromhex(line["hex"])
            self._memory.apply(line["addr"], data)
            self._engine.write_bytes(line["addr"], data)
        elif line["e"] == "call":
            self._call(line)
            return
        elif line["e"] == "preset":
            self._client.probe_result = line.get("driver_probe", self._client.probe_result)
        else:
            self._cursor.take()
            self._advance(self._engine.now + line["us"] * 1000)
            return
        self._cursor.take()

    def _advance(self, until: int) -> None:
        while self._line["e"] in _STIMULI and self._now <= self._line["t"] and self._line["t"] * 1000 < until:
            self._jump(self._line["t"] * 1000)
            self._carry_out()
        self._engine.run(until)

    def _jump(self, time: int) -> None:
        """Go on to a time at which a stimulus comes before whatever ends then."""
        if time > self._engine.now:
            self._engine.run(time - 1)
            self._engine.time = time

    def _call(self, line: Line) -> None:
        function = line["fn"]
        handler = getattr(self, f"_call_{function}", self._send)
        self._cursor.take()
        handler(line)

    def _returned(self, line: Line, value: object) -> None:
        self.see("ret", fn=line["fn"], val=value)

    def _call_load(self, line: Line) -> None:
        for driver in (RpmsgNs(self._kernel), self._client):
            self._core.register_driver(driver)
        self._virtio.register_driver(self._driver)
        self._returned(line, None)

    def _call_register_device(self, line: Line) -> None:
        name = f"virtio{self._registered}"
        self._registered += 1
        self._device = Transport(name, self._config, self._kernel, self._engine, self._memory, self.see)
        self._returned(line, self._perform(self._virtio.register_device(self._device)))

    def _call_unregister_device(self, line: Line) -> None:
        self._perform(self._virtio.unregister_device(self._the_device()))
        self._returned(line, None)

    def _call_vq_interrupt(self, line: Line) -> None:
        self._returned(line, int(self._perform(self._the_device().vqs[line["vq"]].interrupt())))

    def _call_get_mtu(self, line: Line) -> None:
        self._returned(line, self._channel_of(line).transport.mtu)

    def _call_create_ept(self, line: Line) -> None:
        channel = self._channel_of(line)
        handle = 1001 + len(self._endpoints)
        endpoint = channel.transport.create_endpoint(
            channel, lambda channel, data, source: self._client.receive(handle, data, source), line["addr"]
        )
        self._returned(line, self._line.get("val"))  # the result is in `ept`
        if endpoint is None:
            self.see("ept", handle=-1, addr=None)
            return
        self._endpoints.append(endpoint)
        self.see("ept", handle=handle, addr=endpoint.address)

    def _call_destroy_ept(self, line: Line) -> None:
        channel, endpoint = self._source_of(line)
        channel.transport.destroy_endpoint(endpoint)
        self._returned(line, None)

    def _call_create_channel(self, line: Line) -> None:
        bus = self._bus
        made = bus and self._perform(bus.create_channel(_name(line), line["src"], line["dst"]))
        self._returned(line, 0 if made else -Errno.EINVAL)

    def _call_release_channel(self, line: Line) -> None:
        bus = self._bus
        release = bus and bus.release_channel(_name(line), line["src"], line["dst"])
        self._returned(line, self._perform(release) if release else -Errno.EINVAL)

    def _send(self, line: Line) -> None:
        function = line["fn"]
        channel, endpoint = self._source_of(line)
        source = line["src"] if function.endswith("_offchannel") else endpoint.address
        destination = line["dst"] if function.endswith(("to", "_offchannel")) else channel.destination
        data, wait = bytes.fromhex(line["hex"]), not function.startswith("try")
        self._returned(line, self._perform(channel.transport.send(channel, source, destination, data, wait=wait)))

    def _the_device(self) -> Transport:
        if self._device is None:
            raise self._cursor.mismatch("no device has been registered yet")
        return self._device

    @property
    def _bus(self) -> VirtioRpmsgBus | None:
        """The bus of the device, if it has a driver and still its control device."""
        bus = self._driver.buses.get(self._the_device().name)
        return bus if bus and any(channel.override == CTRL_SERVICE for channel in bus.channels) else None

    def _channel_of(self, line: Line) -> RpmsgChannel:
        """The channel behind a handle, or that of the endpoint."""
        handle = line["handle"]
        if 1001 <= handle < 1001 + len(self._endpoints):
            return self._endpoints[handle - 1001].channel
        if handle >= len(self._client.channels):
            raise self._cursor.mismatch(f"nothing has the handle {handle}")
        return self._client.channels[handle]

    def _source_of(self, line: Line) -> tuple[RpmsgChannel, Endpoint]:
        """The channel behind a handle, and where it sends from."""
        channel, handle = self._channel_of(line), line["handle"]
        endpoint = self._endpoints[handle - 1001] if handle > 1000 else self._client.endpoints[handle]
        if endpoint is None:
            raise self._cursor.mismatch(f"the channel with the handle {handle} has no endpoint")
        return channel, endpoint

    # -- sleeping ---------------------------------------------------------------------------------------------

    def _perform(self, body: Sleeping[T]) -> T:
        """Run a body to its end; while it sleeps, the recording says what happens."""
        while True:
            try:
                waiter = next(body)
            except StopIteration as end:
                result: T = end.value
                return result
            if self._awake is None:
                self.see("wait", timeout_us=None if waiter.timeout_ns is None else waiter.timeout_ns // 1000)
            self._awake = None
            waiter.task = Task("sleeper", _nothing(), awaited=True)
            self._sleep(waiter)
            self._awake = waiter

    def _sleep(self, waiter: Waiter) -> None:
        until = self._engine.now + (waiter.timeout_ns or 0)
        while True:
            line = self._line
            due = line["e"] in _STIMULI and self._now <= line["t"]
            if waiter not in self._kernel.asleep and not (due and line["t"] == self._now):
                return
            if due and line["t"] * 1000 <= until:
                self._jump(line["t"] * 1000)
                self._carry_out()
            else:
                self._engine.run(until)

    def _awakened(self, *, gave_up: bool) -> None:
        """A sender that looked again does something: it has gone on, `woken` only if it then has a buffer."""
        if self._awake is not None:
            waiter, self._awake = self._awake, None
            self.see("wake", result="woken" if waiter.woken and not gave_up else "timeout")


def _name(line: Line) -> str:
    """A service's name as it fits into the structure of an ioctl."""
    name: str = line["name"]
    return name[: NAME_SIZE - 1]


def _nothing() -> Sleeping[object]:
    yield from ()
    return 0
