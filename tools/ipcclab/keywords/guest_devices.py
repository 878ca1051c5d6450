"""Keywords for the guest's /dev/ttyRPMSG* and /dev/rpmsg*: opening them, bytes in both directions, making endpoints."""

from __future__ import annotations

from shlex import quote

from robot.api.deco import keyword

from ipcclab.durations import format_duration
from ipcclab.keywords.arguments import Duration
from ipcclab.keywords.guest_bench import GuestBench
from ipcclab.payload import quoted
from mp1bench.errors import UsageError
from mp1bench.guest.remoteproc import Terminal
from mp1bench.linux.errno import describe
from mp1bench.linux.rpmsg.core import ADDR_ANY
from mp1bench.linux.rpmsg.ctrl import CTRL

_GIVEN_WITHIN = Duration(50_000_000)
_THERE_WITHIN = Duration(1_000_000_000)
_SHORT = 80  # bytes that are shown as a whole
_SHOWN = 20
_NO_PROGRAM = 127  # also the program's own status for arguments that make no sense


class GuestDeviceKeywords:
    """In the bytes of a device each character of a text is one byte, as elsewhere in Robot."""

    bench: GuestBench

    def __init__(self) -> None:
        super().__init__()
        self._seen: dict[Terminal, int] = {}  # bytes that a keyword has looked at

    @keyword(tags=("Guest", "Devices"))
    def open_device(self, path: str, within: Duration = _THERE_WITHIN) -> Terminal:
        """Opens a device node, as soon as it is there. Returns it; its bytes are collected from now on.

        - ``path``: such as ``/dev/ttyRPMSG0``.
        - ``within``: how long to wait for the node at most; by default ``1s``.

        Fails with what the shell says if Linux refuses, and if seven are open already.

        | ${tty} = | Open Device | /dev/ttyRPMSG0 |
        """
        bench = self.bench
        with bench.explained():
            if not bench.guest.run_until(lambda: bench.guest.shell(f"test -c {quote(path)}").status == 0, within):
                raise AssertionError(bench.explain(f"there is no device {path} after {format_duration(within)}"))
            descriptor = bench.free_descriptor()
            device = bench.devices[descriptor] = Terminal(bench.guest, path, descriptor)
        return device

    @keyword(tags=("Guest", "Devices"))
    def write_device(self, file: Terminal, data: bytes) -> None:
        """Writes bytes to an open device.

        - ``file``: what `Open Device` has returned.
        - ``data``: a text, each character of which is one byte, or bytes; at most an RPMsg message of 496 at a time.

        Fails with what the shell says if Linux refuses.

        | ${tty} = | Open Device | /dev/ttyRPMSG0 |
        | Write Device | ${tty} | hello |
        """
        with self.bench.explained():
            self._opened(file).send(data)

    @keyword(tags=("Guest", "Devices", "Assertion"))
    def device_should_give(self, file: Terminal, data: bytes, within: Duration = _GIVEN_WITHIN) -> None:
        """Runs until as many bytes have come as are expected, and passes if they are these, and no more came.

        - ``file``: what `Open Device` has returned.
        - ``data``: a text, each character of which is one byte, or bytes.
        - ``within``: how long to wait at most; by default ``50ms``.

        What a keyword has looked at before does not count again.

        | ${tty} = | Open Device | /dev/ttyRPMSG0 |
        | Write Device | ${tty} | hello |
        | Device Should Give | ${tty} | hello | within=10ms |
        """
        seen = self._seen.setdefault(self._opened(file), 0)
        with self.bench.explained():
            file.wait_for(lambda came: len(came) - seen >= len(data), within)
        found = file.received[seen:]
        self._seen[file] = len(file.received)
        if found != data:
            sentence = f"{file.device} gave {_difference(found, data)} within {format_duration(within)}"
            raise AssertionError(self.bench.explain(sentence))

    @keyword(tags=("Guest", "Devices", "Assertion"))
    def device_should_stay_silent(self, file: Terminal, time: Duration) -> None:
        """Runs for a time, and fails if anything comes.

        - ``file``: what `Open Device` has returned.
        - ``time``: how long, such as ``10ms``.

        | Device Should Stay Silent | ${tty} | 10ms |
        """
        seen = self._seen.setdefault(self._opened(file), 0)
        with self.bench.explained():
            self.bench.guest.run(time)
            found = file.receive()[seen:]
        if found:
            raise AssertionError(self.bench.explain(f"{file.device} gave {quoted(found)}, expected silence"))

    @keyword(tags=("Guest", "Devices"))
    def close_device(self, file: Terminal) -> None:
        """Closes an open device; what is closed already stays so.

        - ``file``: what `Open Device` has returned.

        Fails with what the shell says if Linux refuses.

        | Close Device | ${tty} |
        """
        for descriptor, opened in list(self.bench.devices.items()):
            if opened is file:
                del self.bench.devices[descriptor]
                with self.bench.explained():
                    file.close()

    @keyword(tags=("Guest", "Devices"))
    def close_all_devices(self) -> None:
        """Closes whatever `Open Device` has opened. Fails with what the shell says if Linux refuses.

        | Close All Devices |
        """
        for device in list(self.bench.devices.values()):
            self.close_device(device)

    # -- RPMsg's own requests -----------------------------------------------------------------------------------

    @keyword(tags=("Guest", "Devices", "RPMsg"))
    def create_rpmsg_endpoint(self, name: str, src: int = ADDR_ANY, dst: int = ADDR_ANY, control: str = CTRL) -> str:
        """Makes an endpoint for a character device (RPMSG_CREATE_EPT_IOCTL).

        Returns its path. The firmware does not hear of it.

        - ``name``: of the endpoint, at most 31 characters.
        - ``src``: Linux's address; by default ``0xFFFFFFFF``, any that is free.
        - ``dst``: the firmware's address; by default ``0xFFFFFFFF``, any.
        - ``control``: the device that is asked; by default ``/dev/rpmsg_ctrl0``.

        Fails with Linux's number if Linux refuses.

        | ${path} = | Create Rpmsg Endpoint | mine | dst=0x402 |
        | ${file} = | Open Device | ${path} |
        | Write Device | ${file} | hello |
        | Device Should Give | ${file} | hello |
        """
        before = self._endpoints()
        self._request(f"create-ept {quote(name)} {src} {dst} <{control}", control)
        (path,) = self._endpoints() - before
        return path

    @keyword(tags=("Guest", "Devices", "RPMsg"))
    def destroy_rpmsg_endpoint(self, file: Terminal) -> None:
        """Takes away the character device of an open endpoint (RPMSG_DESTROY_EPT_IOCTL), and closes it.

        - ``file``: what `Open Device` has returned for the path of `Create Rpmsg Endpoint`.

        Fails with Linux's number if Linux refuses.

        | ${path} = | Create Rpmsg Endpoint | mine | dst=0x402 |
        | ${file} = | Open Device | ${path} |
        | Destroy Rpmsg Endpoint | ${file} |
        """
        self._request(f"destroy-ept <&{self._opened(file).descriptor}", file.device)
        self.close_device(file)

    @keyword(tags=("Guest", "Devices", "RPMsg"))
    def create_rpmsg_channel(self, name: str, src: int = ADDR_ANY, dst: int = ADDR_ANY, control: str = CTRL) -> None:
        """Makes a channel (RPMSG_CREATE_DEV_IOCTL).

        Linux announces it to the firmware if ``src`` is given.

        - ``name``: of the service; rpmsg_char gives a channel ``rpmsg-raw`` its device.
        - ``src``: Linux's address; by default ``0xFFFFFFFF``, any that is free.
        - ``dst``: the firmware's address; by default ``0xFFFFFFFF``, any.
        - ``control``: the device that is asked; by default ``/dev/rpmsg_ctrl0``.

        Fails with Linux's number if Linux refuses.

        | Create Rpmsg Channel | rpmsg-raw | dst=0x402 |
        | ${raw} = | Open Device | /dev/rpmsg0 |
        """
        self._request(f"create-dev {quote(name)} {src} {dst} <{control}", control)

    @keyword(tags=("Guest", "Devices", "RPMsg"))
    def release_rpmsg_channel(self, name: str, src: int = ADDR_ANY, dst: int = ADDR_ANY, control: str = CTRL) -> None:
        """Takes a channel away (RPMSG_RELEASE_DEV_IOCTL).

        - ``name``: that of `Create Rpmsg Channel`.
        - ``src``: that of `Create Rpmsg Channel`; by default ``0xFFFFFFFF``, any.
        - ``dst``: that of `Create Rpmsg Channel`; by default ``0xFFFFFFFF``, any.
        - ``control``: the device that is asked; by default ``/dev/rpmsg_ctrl0``.

        Fails with ``-22 (EINVAL)`` if there is no such channel.

        | Create Rpmsg Channel | rpmsg-raw | dst=0x402 |
        | Release Rpmsg Channel | rpmsg-raw | dst=0x402 |
        """
        self._request(f"release-dev {quote(name)} {src} {dst} <{control}", control)

    def _endpoints(self) -> set[str]:
        """The paths of all endpoints' character devices."""
        with self.bench.explained():
            return set(self.bench.guest.shell("ls /dev/rpmsg[0-9]* 2>/dev/null").text.splitlines())

    def _request(self, arguments: str, path: str) -> None:
        """Have firmware/guest_tools/rpmsg_ioctl make a request. AssertionError with Linux's number if it is refused."""
        with self.bench.explained():
            reply = self.bench.guest.shell(f"rpmsg_ioctl {arguments}")
        if reply.status == _NO_PROGRAM:
            raise UsageError("the guest has no rpmsg_ioctl in its /bin, or that does not take the name or an address.")
        if reply.status:
            sentence = f"{path} refuses {arguments.partition(' <')[0]}: {describe(-reply.status)}"
            raise AssertionError(self.bench.explain(sentence))

    def _opened(self, device: object) -> Terminal:
        """The open device that a test passes on. UsageError if it is a path, closed, or anything else."""
        if not isinstance(device, Terminal):
            raise UsageError(f"`{device}` is no open device. Use what `Open Device` has returned.")
        if not any(opened is device for opened in self.bench.devices.values()):
            raise UsageError(f"{device.device} is closed. Open it again: `Open Device`.")
        return device


def _difference(found: bytes, expected: bytes) -> str:
    """What came and what was expected; of long texts, where they part."""
    if len(expected) <= _SHORT:
        return f"{quoted(found)}, expected {quoted(expected)}"
    same = (a == b for a, b in zip(found, expected, strict=False))
    at = next((number for number, equal in enumerate(same) if not equal), min(len(found), len(expected)))
    there, instead = found[at : at + _SHOWN], expected[at : at + _SHOWN]
    return (
        f"{len(found)} bytes, expected {len(expected)}; from byte {at} on {quoted(there)} in place of {quoted(instead)}"
    )
