"""The M4 as the guest's user sees it: remoteproc's files, and the terminals that the firmware's channels become.

Everything goes through the guest's shell. The drivers behind it are Linux's own.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mp1bench.guest.linux_guest import COMMAND_LIMIT, MS, LinuxGuest
from mp1bench.image.image import Image

_SYSFS = "/sys/class/remoteproc/remoteproc0"
_DEBUGFS = "/sys/kernel/debug/remoteproc/remoteproc0"
_LARGEST_WRITE = 496  # bytes: what an RPMsg message holds
_STEP = 5 * MS


class RemoteProcessor:
    """remoteproc0 of a guest. A command that Linux refuses raises GuestFailedError with what was printed."""

    def __init__(self, guest: LinuxGuest) -> None:
        self._guest = guest

    @property
    def state(self) -> str:
        """`offline`, `running`, `crashed` …"""
        return self._guest.must(f"cat {_SYSFS}/state")

    def start(self, image: Image) -> None:
        """Start the M4 with an image that is in the guest's /lib/firmware."""
        self._guest.use_symbols(image.symbols)
        self._guest.must(f"echo {image.path.name} >{_SYSFS}/firmware")
        self._guest.must(f"echo start >{_SYSFS}/state")

    def stop(self) -> None:
        """Stop the M4. Linux tells the firmware first, and waits 500 ms for its consent."""
        self._guest.must(f"echo stop >{_SYSFS}/state")

    def trace_buffer(self) -> str:
        """What the firmware has written into its trace buffer; "" if it has none."""
        return self._guest.shell(f"cat {_DEBUGFS}/trace0").text if self._has_trace() else ""

    def _has_trace(self) -> bool:
        return self._guest.shell(f"test -e {_DEBUGFS}/trace0").status == 0


class Terminal:
    """A /dev/ttyRPMSG of the guest, or a /dev/rpmsg, held open by its shell, which collects what arrives.

    `descriptor` is the shell's, 3 to 9, another one for each terminal that is open.
    """

    def __init__(self, guest: LinuxGuest, device: str = "/dev/ttyRPMSG0", descriptor: int = 3) -> None:
        self._guest = guest
        self._file = f"/tmp/{Path(device).name}"
        self.device = device
        self.descriptor = descriptor
        self.received = b""
        guest.must(f"command exec {descriptor}<>{device}")  # without `command` a refusal would end the shell
        guest.shell(f"stty raw -echo <&{descriptor} 2>/dev/null")  # all bytes are data; a /dev/rpmsg is no terminal
        self._reader = guest.must(f"cat <&{descriptor} >{self._file} 2>/dev/null & echo $!")

    def send(self, data: bytes) -> None:
        """Write the bytes, at most one RPMsg message at a time."""
        for start in range(0, len(data), _LARGEST_WRITE):
            self._guest.must(f"printf '{octal(data[start : start + _LARGEST_WRITE])}' >&{self.descriptor}")

    def receive(self) -> bytes:
        """All that has arrived since the terminal was opened."""
        fresh = self._guest.must(f"tail -c +{len(self.received) + 1} {self._file} | hexdump -v -e '1/1 \"%02x\"'")
        self.received += bytes.fromhex(fresh)
        return self.received

    def wait_for(self, condition: Callable[[bytes], bool], within: int = COMMAND_LIMIT) -> bool:
        """Run until what has arrived satisfies `condition`; False if it does not `within` nanoseconds."""
        return self._guest.run_until(lambda: condition(self.receive()), within, _STEP)

    def close(self) -> None:
        """Close the terminal; what has arrived stays here."""
        self._guest.shell(f"kill {self._reader}; wait {self._reader}")
        self._guest.must(f"exec {self.descriptor}>&-")


def octal(data: bytes) -> str:
    """The bytes as a shell's printf takes them."""
    return "".join(f"\\{byte:03o}" for byte in data)
