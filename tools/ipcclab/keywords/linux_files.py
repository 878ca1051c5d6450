"""Keywords for what in Linux is a file: sysfs and debugfs by their text, device nodes by their bytes."""

from __future__ import annotations

from typing import Literal, TypeAlias

from robot.api.deco import keyword

from ipcclab.durations import format_duration
from ipcclab.keywords.arguments import Duration, one_of
from ipcclab.keywords.bench import Bench
from ipcclab.payload import quoted
from mp1bench.errors import UsageError
from mp1bench.linux.kernel.vfs import POLLERR, POLLHUP, POLLIN, POLLOUT
from mp1bench.linux.rpmsg import ctrl
from mp1bench.linux.rpmsg.char import DESTROY_EPT
from mp1bench.linux.rpmsg.core import ADDR_ANY
from mp1bench.linux.user_space import File

Event: TypeAlias = Literal["POLLIN", "POLLOUT", "POLLERR", "POLLHUP"]

_READ_WITHIN = Duration(50_000_000)
_WAITING = Duration(1_000_000_000)
_EVENTS = {"POLLIN": POLLIN, "POLLOUT": POLLOUT, "POLLERR": POLLERR, "POLLHUP": POLLHUP}
_READ_RETURNS = POLLIN | POLLERR | POLLHUP


class LinuxFileKeywords:
    """Paths are Linux's. In the bytes of a device each character of a text is one byte, as elsewhere in Robot."""

    bench: Bench

    # -- sysfs and debugfs --------------------------------------------------------------------------------------

    @keyword(tags=("Linux", "Files", "Getter"))
    def linux_reads(self, path: str) -> str:
        """Returns the text of a file in sysfs or debugfs, without the line feed at its end.

        - ``path``: Linux's. Fails with Linux's number if there is no such file, ``-2 (ENOENT)``.

        | Boot Firmware | rpmsg_echo.elf |
        | ${state} = | Linux Reads | /sys/class/remoteproc/remoteproc0/state |
        | Should Be Equal | ${state} | running |
        """
        return self.bench.linux.user.read_text(path).removesuffix("\n")

    @keyword(tags=("Linux", "Files"))
    def linux_writes(self, path: str, text: str) -> None:
        """Writes to a file in sysfs or debugfs.

        - ``path``: such as ``/sys/class/remoteproc/remoteproc0/recovery``.
        - ``text``: all that is written.

        Fails with Linux's number if Linux refuses, such as ``-22 (EINVAL)``.

        | Boot Linux |
        | Linux Writes | /sys/class/remoteproc/remoteproc0/recovery | disabled |
        | ${recovery} = | Linux Reads | /sys/class/remoteproc/remoteproc0/recovery |
        | Should Be Equal | ${recovery} | disabled |
        """
        self.bench.linux.user.write_text(path, text)

    @keyword(tags=("Linux", "Files", "Assertion"))
    def linux_should_have(self, path: str, within: Duration = _READ_WITHIN) -> None:
        """Runs until there is a file or a device. Fails if it does not come in time.

        - ``path``: Linux's, such as ``/dev/ttyRPMSG0``.
        - ``within``: how long to wait at most; by default ``50ms``.

        | Boot Firmware | rpmsg_echo.elf |
        | Linux Should Have | /dev/ttyRPMSG0 |
        """
        user = self.bench.linux.user
        if not self.bench.board.run_until(lambda: path in user.paths(), within):
            raise AssertionError(self.bench.explain(f"there is no {path} after {format_duration(within)}"))

    @keyword(tags=("Linux", "Files", "Assertion"))
    def linux_should_not_have(self, path: str) -> None:
        """Passes if there is no file and no device of that path now.

        - ``path``: Linux's, such as ``/dev/mailbox0``.

        | Boot Linux |
        | Linux Should Not Have | /dev/mailbox0 |
        """
        if path in self.bench.linux.user.paths():
            raise AssertionError(self.bench.explain(f"{path} is there, expected that it is not"))

    # -- devices ------------------------------------------------------------------------------------------------

    @keyword(tags=("Linux", "Devices"))
    def open_device(self, path: str, nonblock: bool = False) -> File:
        """Opens a device node. Returns the open file, for the other keywords.

        - ``path``: such as ``/dev/ttyRPMSG0``. `Linux Should Have` waits for it.
        - ``nonblock``: with ``True`` nothing waits (O_NONBLOCK); by default ``False``.

        Fails with Linux's number if Linux refuses, such as ``-2 (ENOENT)`` or ``-16 (EBUSY)``.

        | Boot Firmware | rpmsg_echo.elf |
        | Linux Should Have | /dev/ttyRPMSG0 |
        | ${tty} = | Open Device | /dev/ttyRPMSG0 |
        """
        return self.bench.linux.user.open(path, nonblock=nonblock)

    @keyword(tags=("Linux", "Devices"))
    def write_device(self, file: File, data: bytes) -> int:
        """Writes bytes to an open device; waits in virtual time where Linux does. Returns how many Linux took.

        - ``file``: what `Open Device` has returned.
        - ``data``: a text, each character of which is one byte, or bytes.

        Fails with Linux's number if Linux refuses.

        | ${tty} = | Open Device | /dev/ttyRPMSG0 |
        | ${taken} = | Write Device | ${tty} | hello |
        | Should Be Equal As Integers | ${taken} | 5 |
        """
        return _opened(file).write(data)

    @keyword(tags=("Linux", "Devices", "Getter"))
    def read_device(self, file: File, size: int = 4096, within: Duration = _WAITING) -> str:
        """Reads bytes from an open device. Returns them as a text, a character for each.

        - ``file``: what `Open Device` has returned.
        - ``size``: how many bytes at most; by default ``4096``.
        - ``within``: how long to wait at most, where Linux waits; by default ``1s``. It fails then.

        Where nothing waits, it fails with Linux's ``-11 (EAGAIN)``.

        | ${tty} = | Open Device | /dev/ttyRPMSG0 |
        | Write Device | ${tty} | hello |
        | ${answer} = | Read Device | ${tty} | 16 |
        | Should Be Equal | ${answer} | hello |
        """
        if not _opened(file).nonblocking:
            self._wait_for(file, within)
        return file.read(size).decode("latin-1")

    @keyword(tags=("Linux", "Devices", "Assertion"))
    def device_should_give(self, file: File, data: bytes, within: Duration = _READ_WITHIN) -> None:
        """Runs until the device can be read, reads from it once, and passes if exactly these bytes come.

        - ``file``: what `Open Device` has returned.
        - ``data``: a text, each character of which is one byte, or bytes.
        - ``within``: how long to wait at most; by default ``50ms``.

        | ${tty} = | Open Device | /dev/ttyRPMSG0 |
        | Write Device | ${tty} | hello |
        | Device Should Give | ${tty} | hello | within=10ms |
        """
        self._wait_for(_opened(file), within)
        found = file.read()
        if found != data:
            raise AssertionError(self.bench.explain(f"{file.path} gave {quoted(found)}, expected {quoted(data)}"))

    @keyword(tags=("Linux", "Devices", "Assertion"))
    def device_events_should_be(self, file: File, *events: str, within: Duration = _READ_WITHIN) -> None:
        """Runs until poll(2) says exactly this of an open device.

        - ``file``: what `Open Device` has returned.
        - ``events``: ``POLLIN``, it can be read, ``POLLOUT``, it can be written to, ``POLLERR`` and ``POLLHUP``; none
          if nothing could be done.
        - ``within``: how long to wait at most; by default ``50ms``. It fails then, with the events that there are.

        | Boot Firmware | rpmsg_echo.elf |
        | Linux Should Have | /dev/ttyRPMSG0 |
        | ${tty} = | Open Device | /dev/ttyRPMSG0 |
        | Device Events Should Be | ${tty} | POLLOUT |
        | Write Device | ${tty} | hello |
        | Device Events Should Be | ${tty} | POLLIN | POLLOUT |
        """
        wanted = {one_of(Event, event) for event in events}

        def found() -> set[str]:
            seen = _opened(file).poll()
            return {name for name, bit in _EVENTS.items() if seen & bit}

        if not self.bench.board.run_until(lambda: found() == wanted, within):
            words = [", ".join(name for name in _EVENTS if name in names) or "none" for names in (found(), wanted)]
            sentence = f"the events of {file.path} are {words[0]} after {format_duration(within)}, expected {words[1]}"
            raise AssertionError(self.bench.explain(sentence))

    def _wait_for(self, file: File, within: int) -> None:
        """Run until a read does not wait: for data, or because there will be none."""
        if not self.bench.board.run_until(lambda: bool(file.poll() & _READ_RETURNS), within):
            raise AssertionError(self.bench.explain(f"{file.path} gave nothing within {format_duration(within)}"))

    @keyword(tags=("Linux", "Devices"))
    def close_device(self, file: File) -> None:
        """Closes an open file; what is closed already stays so.

        - ``file``: what `Open Device` has returned; it fails for anything else.

        | ${tty} = | Open Device | /dev/ttyRPMSG0 |
        | Close Device | ${tty} |
        """
        _opened(file).close()

    # -- RPMsg's own requests -----------------------------------------------------------------------------------

    @keyword(tags=("Linux", "Devices", "RPMsg"))
    def create_rpmsg_endpoint(
        self, name: str, src: int = ADDR_ANY, dst: int = ADDR_ANY, control: str = ctrl.CTRL
    ) -> str:
        """Makes an endpoint for a character device (RPMSG_CREATE_EPT_IOCTL).

        Returns its path. The firmware does not hear of it.

        - ``name``: of the endpoint, at most 31 characters.
        - ``src``: Linux's address; by default ``0xFFFFFFFF``, any that is free.
        - ``dst``: the firmware's address; by default ``0xFFFFFFFF``, any.
        - ``control``: the device that is asked; by default ``/dev/rpmsg_ctrl0``.

        Fails with Linux's number if Linux refuses.

        | Boot Firmware | rpmsg_echo.elf |
        | Linux Should Have | /dev/rpmsg_ctrl0 |
        | ${path} = | Create Rpmsg Endpoint | mine | dst=0x402 |
        | ${file} = | Open Device | ${path} |
        | Write Device | ${file} | hello |
        | Device Should Give | ${file} | hello |
        """
        return ctrl.create_endpoint(self.bench.linux.user, name, dst, src, ctrl=control)

    @keyword(tags=("Linux", "Devices", "RPMsg"))
    def destroy_rpmsg_endpoint(self, file: File) -> None:
        """Takes away the character device of an open endpoint (RPMSG_DESTROY_EPT_IOCTL).

        Its node goes when it is closed.

        - ``file``: what `Open Device` has returned for the path of `Create Rpmsg Endpoint`.

        Fails with Linux's number if Linux refuses.

        | ${path} = | Create Rpmsg Endpoint | mine | dst=0x402 |
        | ${file} = | Open Device | ${path} |
        | Destroy Rpmsg Endpoint | ${file} |
        | Close Device | ${file} |
        | Linux Should Not Have | ${path} |
        """
        _opened(file).ioctl(DESTROY_EPT)

    @keyword(tags=("Linux", "Devices", "RPMsg"))
    def create_rpmsg_channel(
        self, name: str, src: int = ADDR_ANY, dst: int = ADDR_ANY, control: str = ctrl.CTRL
    ) -> None:
        """Makes a channel (RPMSG_CREATE_DEV_IOCTL).

        Linux announces it to the firmware if ``src`` is given.

        - ``name``: of the service; rpmsg_char gives a channel ``rpmsg-raw`` its device.
        - ``src``: Linux's address; by default ``0xFFFFFFFF``, any that is free.
        - ``dst``: the firmware's address; by default ``0xFFFFFFFF``, any.
        - ``control``: the device that is asked; by default ``/dev/rpmsg_ctrl0``.

        Fails with Linux's number if Linux refuses.

        | Boot Firmware | rpmsg_echo.elf |
        | Linux Should Have | /dev/rpmsg_ctrl0 |
        | Create Rpmsg Channel | rpmsg-raw | src=0x500 | dst=0x402 |
        | Linux Should Have | /dev/rpmsg0 |
        """
        ctrl.create_channel(self.bench.linux.user, name, src, dst, ctrl=control)

    @keyword(tags=("Linux", "Devices", "RPMsg"))
    def release_rpmsg_channel(
        self, name: str, src: int = ADDR_ANY, dst: int = ADDR_ANY, control: str = ctrl.CTRL
    ) -> None:
        """Takes a channel away (RPMSG_RELEASE_DEV_IOCTL).

        - ``name``: that of `Create Rpmsg Channel`.
        - ``src``: that of `Create Rpmsg Channel`; by default ``0xFFFFFFFF``, any.
        - ``dst``: that of `Create Rpmsg Channel`; by default ``0xFFFFFFFF``, any.
        - ``control``: the device that is asked; by default ``/dev/rpmsg_ctrl0``.

        Fails with ``-22 (EINVAL)`` if there is no such channel.

        | Create Rpmsg Channel | rpmsg-raw | src=0x500 | dst=0x402 |
        | Release Rpmsg Channel | rpmsg-raw | src=0x500 | dst=0x402 |
        | Linux Should Not Have | /dev/rpmsg0 |
        """
        ctrl.release_channel(self.bench.linux.user, name, src, dst, ctrl=control)


def _opened(file: object) -> File:
    """The open file that a test passes on. UsageError if it is a path, or anything else."""
    if not isinstance(file, File):
        raise UsageError(f"`{file}` is no open file. Use what `Open Device` has returned.")
    return file
