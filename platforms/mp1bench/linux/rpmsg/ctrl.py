"""The control device (drivers/rpmsg/rpmsg_ctrl.c): /dev/rpmsg_ctrlN makes endpoints and channels by ioctl.

For people there are `create_endpoint`, `create_channel` and `release_channel`, which pack the bytes and make the call.
"""

from __future__ import annotations

import struct

from mp1bench.errors import UsageError
from mp1bench.linux.errno import Errno, KernelFaultError
from mp1bench.linux.kernel.core import Kernel
from mp1bench.linux.kernel.ida import Ida
from mp1bench.linux.kernel.locking import Mutex
from mp1bench.linux.kernel.task import Sleeping
from mp1bench.linux.kernel.vfs import OpenFile
from mp1bench.linux.kernel.vsprintf import c_string
from mp1bench.linux.rpmsg.char import EndpointDevice, RpmsgChar
from mp1bench.linux.rpmsg.core import ADDR_ANY, NAME_SIZE, RpmsgChannel, RpmsgDriver
from mp1bench.linux.user_space import UserSpace

CREATE_EPT = 0x4028B501  # _IOW(0xb5, 1, struct rpmsg_endpoint_info)
CREATE_DEV = 0x4028B503
RELEASE_DEV = 0x4028B504

CTRL = "/dev/rpmsg_ctrl0"

_ENDPOINT_INFO = struct.Struct(f"<{NAME_SIZE}sII")  # name, local address, remote address


class ControlDevice:
    """One /dev/rpmsg_ctrlN. `channel` is None when its bus is gone; its number stays taken as long as it is open."""

    def __init__(self, kernel: Kernel, driver: RpmsgCtrl, char: RpmsgChar, channel: RpmsgChannel, number: int) -> None:
        self.number = number
        self.channel: RpmsgChannel | None = channel
        self.driver = driver
        self.char = char
        self.endpoints: list[EndpointDevice] = []
        self.users = 0
        self.lock = Mutex(kernel)
        self.log = kernel.logger("rpmsg_ctrl.c")

    @property
    def dev(self) -> str:
        """How the kernel log names it."""
        return f"rpmsg rpmsg_ctrl{self.number}"

    def refuse_child(self) -> int:
        """The device below which an endpoint would appear is gone, and the driver core says so."""
        kernel, child = self.driver.kernel, f"rpmsg{self.char.numbers.lowest}"
        prefix = "kobject: " if kernel.flavour.kobject_prefix else ""
        line = (
            f"{prefix}kobject_add_internal failed for {child} (error: {-Errno.ENOENT} parent: rpmsg_ctrl{self.number})"
        )
        kernel.printk("err", "", line)
        return -Errno.ENOENT

    def open(self, flags: int) -> Sleeping[OpenFile | int]:
        """Any number of users."""
        self.users += 1
        self.driver.open_files += 1
        return _ControlFile(flags, self)
        yield


class _ControlFile(OpenFile):
    """The file of one of them."""

    def __init__(self, flags: int, device: ControlDevice) -> None:
        super().__init__(flags)
        self._device = device

    def ioctl(self, request: int, argument: bytes) -> Sleeping[int]:
        """`argument` is a struct rpmsg_endpoint_info; `endpoint_info` makes one."""
        if len(argument) < _ENDPOINT_INFO.size:
            return -Errno.EFAULT
        field, source, destination = _ENDPOINT_INFO.unpack_from(argument)
        yield from self._device.lock.lock()
        result = yield from self._serve(request, c_string(field[:-1]), source, destination)
        self._device.lock.unlock()
        return result

    def _serve(self, request: int, name: str, source: int, destination: int) -> Sleeping[int]:
        device = self._device
        if request not in (CREATE_EPT, CREATE_DEV, RELEASE_DEV):
            return -Errno.EINVAL
        if device.channel is None and request == CREATE_EPT:
            return device.refuse_child()
        if device.channel is None:
            raise KernelFaultError("the use of a device that was freed", "rpmsg_ctrldev_ioctl")
        bus = device.channel.transport
        if request == CREATE_EPT:
            device.endpoints = [endpoint for endpoint in device.endpoints if endpoint.channel is not None]
            device.endpoints.append(device.char.create(device.channel, name, source, destination))
            return 0
        if request == CREATE_DEV:
            if (yield from bus.create_channel(name, source, destination)) is None:
                device.log.err(device.dev, f"failed to create {name} channel")
                return -Errno.ENXIO
            return 0
        error = yield from bus.release_channel(name, source, destination)
        if error:
            device.log.err(device.dev, f"failed to release {name} channel ({error})")
        return error

    def release(self) -> Sleeping[None]:
        device = self._device
        device.users -= 1
        device.driver.open_files -= 1
        device.driver.put(device)
        return
        yield


class RpmsgCtrl(RpmsgDriver):
    """The driver: one node for each bus."""

    name = "rpmsg_ctrl"
    listens = False

    def __init__(self, kernel: Kernel, char: RpmsgChar) -> None:
        self.kernel = kernel
        self._char = char
        self._numbers = Ida()
        self._nodes: dict[RpmsgChannel, ControlDevice] = {}

    def probe(self, channel: RpmsgChannel) -> int:
        device = ControlDevice(self.kernel, self, self._char, channel, self._numbers.alloc())
        self._nodes[channel] = device
        self.kernel.vfs.add(f"/dev/rpmsg_ctrl{device.number}", device.open)
        return 0

    def remove(self, channel: RpmsgChannel) -> Sleeping[None]:
        device = self._nodes.pop(channel)
        for endpoint in device.endpoints:
            yield from endpoint.destroy()
        device.channel = None
        self.kernel.vfs.remove(f"/dev/rpmsg_ctrl{device.number}")
        self.put(device)

    def put(self, device: ControlDevice) -> None:
        """Its number is free again when it is neither a device any more nor open."""
        if device.channel is None and not device.users:
            self._numbers.free(device.number)


# -- for people ---------------------------------------------------------------------------------------------------


def endpoint_info(name: str, source: int, destination: int) -> bytes:
    """A struct rpmsg_endpoint_info; a name of more than 31 characters is cut, as Linux does; -1 is ADDR_ANY."""
    if not isinstance(name, str):
        raise UsageError(f"the name of an endpoint is text, not {name!r}.")
    for address in (source, destination):
        if not isinstance(address, int) or not -1 <= address <= ADDR_ANY:
            raise UsageError(f"an address of RPMsg is a number of 32 bits, not {address!r}.")
    return _ENDPOINT_INFO.pack(name.encode("ascii", "replace"), source & ADDR_ANY, destination & ADDR_ANY)


def create_endpoint(user: UserSpace, name: str, destination: int, source: int = ADDR_ANY, *, ctrl: str = CTRL) -> str:
    """Make an endpoint towards `destination`. Returns its node, such as "/dev/rpmsg0"; open it to listen."""
    before = set(user.paths())
    _control(user, ctrl, CREATE_EPT, endpoint_info(name, source, destination))
    return next(path for path in user.paths() if path not in before and path.startswith("/dev/rpmsg"))


def create_channel(user: UserSpace, name: str, source: int, destination: int = ADDR_ANY, *, ctrl: str = CTRL) -> None:
    """Make a channel; with an address of its own Linux announces it to the firmware if a driver takes it."""
    _control(user, ctrl, CREATE_DEV, endpoint_info(name, source, destination))


def release_channel(user: UserSpace, name: str, source: int, destination: int = ADDR_ANY, *, ctrl: str = CTRL) -> None:
    """Delete a channel. KernelError (EINVAL) if there is none of that name and addresses."""
    _control(user, ctrl, RELEASE_DEV, endpoint_info(name, source, destination))


def _control(user: UserSpace, path: str, request: int, argument: bytes) -> None:
    with user.open(path) as file:
        file.ioctl(request, argument)
