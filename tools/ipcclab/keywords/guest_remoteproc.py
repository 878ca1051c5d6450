"""Keywords for the Cortex-M4's life under the guest's remoteproc: /sys/class/remoteproc/remoteproc0 and its debugfs."""

from __future__ import annotations

from robot.api.deco import keyword

from ipcclab.durations import format_duration
from ipcclab.keywords.arguments import Duration, one_of
from ipcclab.keywords.guest_bench import GuestBench
from ipcclab.keywords.linux_remoteproc import Crash, RprocState
from mp1bench.errors import UsageError, suggest
from mp1bench.image.image import read_image

_REACHED_WITHIN = Duration(1_000_000_000)
_LOGGED_WITHIN = Duration(50_000_000)
_WITHOUT_ACK = "remote FW shutdown without ack"
_CRASHES = {"mmufault": 0, "watchdog": 1, "fatal error": 2}


class GuestRemoteprocKeywords:
    """What Linux refuses fails with what its shell says."""

    bench: GuestBench

    @keyword(tags=("Guest", "Remoteproc"))
    def start_remote_processor(self, firmware: str) -> None:
        """Starts the M4 by remoteproc's files: the image's name to ``firmware``, then ``start`` to ``state``.

        - ``firmware``: an image that `Boot Guest` has put into the guest's /lib/firmware, by its file name.

        Fails for another image, and with what the shell says if Linux refuses.

        | Start Remote Processor | rpmsg_echo.elf |
        | Remote Processor State Should Be | running |
        """
        path = self.bench.images.get(firmware)
        if path is None:
            images = self.bench.images
            raise UsageError(f"`Boot Guest` has put no `{firmware}` into /lib/firmware.{suggest(firmware, images)}")
        with self.bench.explained():
            self.bench.processor.start(read_image(path))

    @keyword(tags=("Guest", "Remoteproc"))
    def stop_remote_processor(self) -> bool:
        """Writes ``stop`` to the state file. Returns whether the firmware acknowledged the shutdown within 500 ms.

        Fails with what the shell says if Linux refuses.

        | Start Remote Processor | rpmsg_echo.elf |
        | ${acknowledged} = | Stop Remote Processor |
        | Should Be True | ${acknowledged} |
        """
        said = len(self.bench.guest.log)
        with self.bench.explained():
            self.bench.processor.stop()
        return not any(_WITHOUT_ACK in line for line in self.bench.guest.log[said:])

    @keyword(tags=("Guest", "Remoteproc"))
    def crash_remote_processor(self, how: Crash = "watchdog") -> None:
        """Has Linux believe that the M4 has crashed, by remoteproc's file in debugfs.

        Linux stops the M4 and starts it again.

        - ``how``: ``mmufault``, ``watchdog`` or ``fatal error``; by default ``watchdog``.

        Fails with what the shell says if Linux refuses.

        | Start Remote Processor | rpmsg_echo.elf |
        | Crash Remote Processor | watchdog |
        | Kernel Log Should Contain | crash detected in m4: type watchdog |
        """
        number = _CRASHES[one_of(Crash, how)]
        with self.bench.explained():
            self.bench.guest.must(f"echo {number} >/sys/kernel/debug/remoteproc/remoteproc0/crash")

    @keyword(tags=("Guest", "Remoteproc", "Assertion"))
    def remote_processor_state_should_be(self, state: RprocState, within: Duration = _REACHED_WITHIN) -> None:
        """Runs until remoteproc's state file says that the M4 is in a state. Fails with what it says instead.

        - ``state``: ``offline``, ``running``, ``crashed``, ``detached``, ``attached`` or ``suspended``.
        - ``within``: how long to wait at most; by default ``1s``.

        | Remote Processor State Should Be | offline |
        """
        wanted = one_of(RprocState, state)
        with self.bench.explained():
            if self.bench.guest.run_until(lambda: self.bench.processor.state == wanted, within):
                return
            found = self.bench.processor.state
        sentence = f"the remote processor is {found} after {format_duration(within)}, expected {wanted}"
        raise AssertionError(self.bench.explain(sentence))

    @keyword(tags=("Guest", "Remoteproc", "Getter"))
    def get_trace_buffer(self) -> str:
        """Returns what the firmware has written into its trace buffer (debugfs: trace0); nothing if it has none.

        Fails if there is no guest.

        | Start Remote Processor | rpmsg_echo.elf |
        | Firmware Should Log | rpmsg_echo: boot |
        | ${text} = | Get Trace Buffer |
        | Should Start With | ${text} | rpmsg_echo: boot |
        """
        with self.bench.explained():
            return self.bench.processor.trace_buffer()

    @keyword(tags=("Guest", "Remoteproc", "Assertion"))
    def firmware_should_log(self, text: str, within: Duration = _LOGGED_WITHIN) -> None:
        """Runs until the firmware's trace buffer (debugfs: trace0) contains a text. Fails with its last line.

        - ``text``: a part of the log.
        - ``within``: how long to wait at most; by default ``50ms``.

        | Start Remote Processor | rpmsg_echo.elf |
        | Firmware Should Log | rpmsg_echo: boot |
        """
        with self.bench.explained():
            if self.bench.guest.run_until(lambda: text in self.bench.processor.trace_buffer(), within):
                return
            last = self.bench.processor.trace_buffer().splitlines()[-1:] or ["nothing"]
        sentence = f"the firmware logged no {text!r} within {format_duration(within)}; the last line is: {last[0]}"
        raise AssertionError(self.bench.explain(sentence))
