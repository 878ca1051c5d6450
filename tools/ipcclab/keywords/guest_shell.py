"""Keywords for what a user does at the guest's console: commands, and the kernel's log."""

from __future__ import annotations

from robot.api.deco import keyword

from ipcclab.durations import format_duration
from ipcclab.keywords.arguments import Duration
from ipcclab.keywords.guest_bench import GuestBench

_DONE_WITHIN = Duration(5_000_000_000)
_LOGGED_WITHIN = Duration(50_000_000)


class GuestShellKeywords:
    """The shell is busybox's; its working folder and variables stay from one command to the next."""

    bench: GuestBench

    @keyword(tags=("Guest", "Shell"))
    def run_in_guest(self, command: str, within: Duration = _DONE_WITHIN) -> str:
        """Has the guest's shell run one line. Returns what it prints, without the last line end.

        - ``command``: for busybox's ``sh``; its working folder and variables stay from one command to the next.
        - ``within``: how long to wait for its end at most; by default ``5s``.

        Fails if its exit status is not 0, with what it printed, or if it takes too long.

        | ${interrupts} = | Run In Guest | grep mailbox /proc/interrupts |
        | Should Contain | ${interrupts} | 4c001000.mailbox |
        """
        with self.bench.explained():
            return self.bench.guest.must(command, within)

    @keyword(tags=("Guest", "Log"))
    def clear_kernel_log(self) -> None:
        """The keywords for the kernel's log begin here from now on, as after ``dmesg -C``. The trace keeps everything.

        Fails if there is no guest.

        | Clear Kernel Log |
        | ${lines} = | Get Kernel Log |
        | Should Be Empty | ${lines} |
        """
        self.bench.log_from = len(self.bench.guest.log)

    @keyword(tags=("Guest", "Log", "Getter"))
    def get_kernel_log(self) -> list[str]:
        """Returns what Linux has printed since `Clear Kernel Log`, as a list of lines without times.

        Fails if there is no guest.

        | Clear Kernel Log |
        | ${lines} = | Get Kernel Log |
        | Should Be Empty | ${lines} |
        """
        return self.bench.log

    @keyword(tags=("Guest", "Log", "Assertion"))
    def kernel_log_should_contain(self, text: str, within: Duration = _LOGGED_WITHIN) -> None:
        """Runs until Linux has printed a line with a text in it. Fails with the last lines.

        - ``text``: a part of the line.
        - ``within``: how long to wait at most; by default ``50ms``.

        | Start Remote Processor | rpmsg_echo.elf |
        | Kernel Log Should Contain | remoteproc0: remote processor m4 is now up |
        """
        with self.bench.explained():
            found = self.bench.guest.run_until(lambda: any(text in line for line in self.bench.log), within)
        if not found:
            sentence = f"Linux printed no line with {text!r} within {format_duration(within)}"
            raise AssertionError(self.bench.explain(sentence))

    @keyword(tags=("Guest", "Log", "Assertion"))
    def kernel_log_should_not_contain(self, text: str) -> None:
        """Passes if Linux has printed no line with a text in it since `Clear Kernel Log`.

        - ``text``: a part of the line.

        | Kernel Log Should Not Contain | nobody cared |
        """
        for line in self.bench.log:
            if text in line:
                raise AssertionError(self.bench.explain(f"Linux has printed: {line}"))
