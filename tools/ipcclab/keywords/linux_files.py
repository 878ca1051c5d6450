"""Keywords for what in Linux is a file: sysfs and debugfs by their text, device nodes by their bytes."""

from __future__ import annotations

from robot.api.deco import keyword

from ipcclab.durations import format_duration
from ipcclab.keywords.arguments import Duration
from ipcclab.keywords.bench import Bench
from ipcclab.payload import quoted
from mp1bench.errors import UsageError
from mp1bench.linux.kernel.vfs import POLLERR, POLLHUP, POLLIN
from mp1bench.linux.rpmsg import ctrl
from mp1bench.linux.rpmsg.char import DESTROY_EPT
from mp1bench.linux.rpmsg.core import ADDR_ANY
from mp1bench.linux.user_space import File

_READ_WITHIN = Duration(50_000_000)
_WAITING = Duration(1_000_000_000)
_READ_RETURNS = POLLIN | POLLERR | POLLHUP


class LinuxFileKeywords:
    """Paths are Linux's. In the bytes of a device each character of a text is one byte, as elsewhere in Robot."""

    bench: Bench

    # -- sysfs and debugfs --------------------------------------------------------------------------------------

    @keyword(tags=("Linux", "Files", "Getter"))
    def linux_reads(self, path: str) -> str:
        """Returns the text of a file in sysfs or debugfs, without the line feed at its end.

        | ${state} = | Linux Reads | /sys/class/remoteproc/remoteproc0/state |
        """
        return self.bench.linux.user.read_text(path).removesuffix("\n")

    @keyword(tags=("Linux", "Files"))
    def linux_writes(self, path: str, text: str) -> None:
        """Writes ``text`` to a file in sysfs or debugfs; fails with Linux's number if that is refused.

        | Linux Writes | /sys/class/remoteproc/remoteproc0/recovery | disabled |
        """
        self.bench.linux.user.write_text(path, text)

    @keyword(tags=("Linux", "Files", "Assertion"))
    def linux_should_have(self, path: str, within: Duration = _READ_WITHIN) -> None:
        """Runs until there is a file or a device of that path.

        | Linux Should Have | /dev/ttyRPMSG0 |
        """
        user = self.bench.linux.user
        if not self.bench.board.run_until(lambda: path in user.paths(), within):
            raise AssertionError(self.bench.explain(f"there is no {path} after {format_duration(within)}"))

    @keyword(tags=("Linux", "Files", "Assertion"))
    def linux_should_not_have(self, path: str) -> None:
        """Passes if there is no file and no device of that path now.

        | Linux Should Not Have | /dev/mailbox0 |
        """
        if path in self.bench.linux.user.paths():
            raise AssertionError(self.bench.explain(f"{path} is there, expected that it is not"))

    # -- devices ------------------------------------------------------------------------------------------------

    @keyword(tags=("Linux", "Devices"))
    def open_device(self, path: str, nonblock: bool = False) -> File:
        """Opens a device node and returns the open file. With ``nonblock=True`` nothing waits (O_NONBLOCK).

        | ${tty} = | Open Device | /dev/ttyRPMSG0 |
        """
        return self.bench.linux.user.open(path, nonblock=nonblock)

    @keyword(tags=("Linux", "Devices"))
    def write_device(self, file: File, data: bytes) -> int:
        """Writes bytes; waits in virtual time where Linux does. Returns how many Linux took.

        | Write Device | ${tty} | hello |
        """
        return _opened(file).write(data)

    @keyword(tags=("Linux", "Devices", "Getter"))
    def read_device(self, file: File, size: int = 4096, within: Duration = _WAITING) -> str:
        """Reads at most ``size`` bytes. Returns them, a character for each.

        It waits in virtual time where Linux does, but no longer than ``within``, and fails then.

        | ${answer} = | Read Device | ${tty} | 16 |
        """
        if not _opened(file).nonblocking:
            self._wait_for(file, within)
        return file.read(size).decode("latin-1")

    @keyword(tags=("Linux", "Devices", "Assertion"))
    def device_should_give(self, file: File, data: bytes, within: Duration = _READ_WITHIN) -> None:
        """Runs until the device can be read, reads from it once, and passes if exactly ``data`` comes.

        | Device Should Give | ${tty} | hello | within=10ms |
        """
        self._wait_for(_opened(file), within)
        found = file.read()
        if found != data:
            raise AssertionError(self.bench.explain(f"{file.path} gave {quoted(found)}, expected {quoted(data)}"))

    def _wait_for(self, file: File, within: int) -> None:
        """Run until a read does not wait: for data, or because there will be none."""
        if not self.bench.board.run_until(lambda: bool(file.poll() & _READ_RETURNS), within):
            raise AssertionError(self.bench.explain(f"{file.path} gave nothing within {format_duration(within)}"))

    @keyword(tags=("Linux", "Devices"))
    def close_device(self, file: File) -> None:
        """Closes an open file; what is closed already stays so.

        | Close Device | ${tty} |
        """
        _opened(file).close()

    # -- RPMsg's own requests -----------------------------------------------------------------------------------

    @keyword(tags=("Linux", "Devices", "RPMsg"))
    def create_rpmsg_endpoint(
        self, name: str, src: int = ADDR_ANY, dst: int = ADDR_ANY, control: str = ctrl.CTRL
    ) -> str:
        """Makes an endpoint for a character device (RPMSG_CREATE_EPT_IOCTL). Returns its path.

        The firmware does not hear of it. ``src`` is Linux's address, ``dst`` the firmware's.

        | ${path} = | Create Rpmsg Endpoint | mine | dst=0x400 |
        | ${file} = | Open Device | ${path} |
        """
        return ctrl.create_endpoint(self.bench.linux.user, name, dst, src, ctrl=control)

    @keyword(tags=("Linux", "Devices", "RPMsg"))
    def destroy_rpmsg_endpoint(self, file: File) -> None:
        """Takes away the character device of an open endpoint (RPMSG_DESTROY_EPT_IOCTL).

        | Destroy Rpmsg Endpoint | ${file} |
        """
        _opened(file).ioctl(DESTROY_EPT)

    @keyword(tags=("Linux", "Devices", "RPMsg"))
    def create_rpmsg_channel(
        self, name: str, src: int = ADDR_ANY, dst: int = ADDR_ANY, control: str = ctrl.CTRL
    ) -> None:
        """Makes a channel (RPMSG_CREATE_DEV_IOCTL), which Linux announces to the firmware if ``src`` is given.

        | Create Rpmsg Channel | rpmsg-raw | src=0x500 | dst=0x400 |
        """
        ctrl.create_channel(self.bench.linux.user, name, src, dst, ctrl=control)

    @keyword(tags=("Linux", "Devices", "RPMsg"))
    def release_rpmsg_channel(
        self, name: str, src: int = ADDR_ANY, dst: int = ADDR_ANY, control: str = ctrl.CTRL
    ) -> None:
        """Takes a channel away (RPMSG_RELEASE_DEV_IOCTL).

        | Release Rpmsg Channel | rpmsg-raw | src=0x500 | dst=0x400 |
        """
        ctrl.release_channel(self.bench.linux.user, name, src, dst, ctrl=control)


def _opened(file: object) -> File:
    """The open file that a test passes on. UsageError if it is a path, or anything else."""
    if not isinstance(file, File):
        raise UsageError(f"`{file}` is no open file. Use what `Open Device` has returned.")
    return file
