"""Linux's way to the peer: two channels of the mailbox API, the shared memory, the kernel's timers, remoteproc's word.

It is what a small driver does (map, notify, sleep), and no second road to the registers (mcapi.md §1).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mp1bench.linux.errno import KernelError
from mp1bench.linux.kernel.locking import WaitQueue
from mp1bench.mcapi import layout
from mp1bench.mcapi.layout import Role
from mp1bench.mcapi.transport import Client, Transport
from mp1bench.trace import Mcapi

if TYPE_CHECKING:
    from mp1bench.linux import LinuxHost

#: Longer than Linux takes to hear that the channel is free. A firmware that has not freed it will look in any case.
_FAREWELL_NS = 1_000_000


class LinuxPort:
    """The host's `Port`: requests CH`tx` to ring and CH`rx` to be rung. KernelError, -16 (EBUSY), if one is taken."""

    def __init__(self, linux: LinuxHost, tx: int = layout.TX_CHANNEL, rx: int = layout.RX_CHANNEL) -> None:
        self._kernel = linux.kernel
        self._engine = linux.kernel.engine
        self.on_ring: Callable[[], None] = lambda: None
        self.on_free: Callable[[], None] = lambda: None
        self.on_stopped: Callable[[], None] = lambda: None
        with _refusal_logged(linux, tx):
            self._tx = linux.request_channel(tx, tx_done=lambda message, status: self.on_free())
        try:
            with _refusal_logged(linux, rx):
                self._rx = linux.request_channel(rx, rx_callback=lambda message: self.on_ring())
        except Exception:
            self._tx.free()
            raise
        self._notified = linux.on_m4_stopped
        self._notified.append(self._m4_stopped)

    def close(self) -> None:
        """Give the channels back."""
        self._notified.remove(self._m4_stopped)
        self._rx.free()
        self._tx.free()

    @property
    def now(self) -> int:
        return self._kernel.now

    def read(self, offset: int, size: int) -> bytes:
        return self._engine.read_bytes(layout.BASE + offset, size)

    def write(self, offset: int, data: bytes) -> None:
        self._engine.write_bytes(layout.BASE + offset, data)

    def barrier(self) -> None:
        """The bench makes the host's accesses in order, so there is nothing to do; a driver has its DMB here."""

    def _m4_stopped(self) -> None:
        self.on_stopped()

    def post(self) -> None:
        self._tx.send("doorbell")

    def after(self, delay_ns: int, function: Callable[[], None]) -> Callable[[], None]:
        timer = self._kernel.after(delay_ns, "mcapi", function)
        return lambda: self._kernel.cancel(timer)

    def record(self, event: Mcapi) -> None:
        self._kernel.record(event)


class LinuxTransport(Transport):
    """Linux's side of the transport. It starts by `start`, and gives the channels back in `stop`."""

    def __init__(
        self, linux: LinuxHost, client: Client, *, tx: int = layout.TX_CHANNEL, rx: int = layout.RX_CHANNEL
    ) -> None:
        self._linux_port = LinuxPort(linux, tx, rx)
        super().__init__(self._linux_port, Role.HOST, client)
        self._linux_port.on_ring = self.poll
        self._linux_port.on_free = self.freed
        self._linux_port.on_stopped = self.peer_stopped
        self._kernel = linux.kernel
        self._free = WaitQueue(linux.kernel)

    def freed(self) -> None:
        super().freed()
        self._free.wake_all()

    def stop(self) -> None:
        """Leave. A firmware that has looked already, and not been heard to, is waited for and told."""
        try:
            super().stop()
            if self._doorbell.pending:
                self._kernel.call(self._free.sleep(_FAREWELL_NS, "MCAPI's doorbell to be taken"), "mcapi_finalize")
        finally:  # also where there is no memory to say it in
            self._linux_port.close()


@contextmanager
def _refusal_logged(linux: LinuxHost, number: int) -> Iterator[None]:
    """If the channel is refused, the kernel's log says which one."""
    try:
        yield
    except KernelError as refused:
        linux.kernel.logger("mcapi.c").err("mcapi", f"failed to request CH{number}: {refused.code}")
        raise
