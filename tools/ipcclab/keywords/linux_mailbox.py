"""Keywords for a client of Linux's mailbox framework: a test owns channels, sends on them and hears of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from robot.api.deco import keyword

from ipcclab.durations import format_duration
from ipcclab.keywords.arguments import Duration
from ipcclab.keywords.bench import Bench
from mp1bench.errors import UsageError
from mp1bench.linux.errno import KernelError, describe

if TYPE_CHECKING:
    from mp1bench.linux import LinuxHost

_MS = 1_000_000
_HEARD_WITHIN = Duration(50_000_000)


class _Client:
    """A channel of the test's: how often it has rung, and what became of the messages sent."""

    def __init__(self, linux: LinuxHost, number: int, tx_block: bool, tx_tout: int) -> None:
        self.heard = 0
        self.finished: list[str] = []
        self.channel = linux.request_channel(
            number, rx_callback=self.rx_callback, tx_done=self.tx_done, tx_block=tx_block, tx_tout=tx_tout
        )

    def rx_callback(self, message: object) -> None:
        self.heard += 1

    def tx_done(self, message: object, status: int) -> None:
        self.finished.append(f"{message} {describe(status)}")


class LinuxMailboxKeywords:
    """Channels count from 1. CH1 to CH4 are remoteproc's while its driver is bound; CH5 and CH6 are free."""

    bench: Bench

    def __init__(self) -> None:
        super().__init__()
        self._clients: dict[tuple[LinuxHost, int], _Client] = {}

    @keyword(tags=("Linux", "Mailbox"))
    def request_mailbox_channel(self, channel: int, tx_block: bool = False, tx_tout: Duration | None = None) -> None:
        """Makes the test the client of a channel (mbox_request_channel).

        - ``channel``: 5 or 6; CH1 to CH4 are remoteproc's while its driver is bound.
        - ``tx_block``: whether a send waits until the firmware has freed the channel; by default ``False``.
        - ``tx_tout``: how long such a send waits at most, in whole milliseconds, which Linux rounds up to its ticks; by
          default an hour.

        Fails if the channel is somebody's, ``-16 (EBUSY)``, or not there, ``-22 (EINVAL)``.

        | Boot Firmware | ipcc_signals.elf |
        | Request Mailbox Channel | 5 |
        | Request Mailbox Channel | 6 | tx_block=True | tx_tout=500ms |
        """
        if tx_tout is not None and tx_tout % _MS:
            raise UsageError(f"tx_tout is in whole milliseconds, not {format_duration(tx_tout)}.")
        linux = self.bench.linux
        milliseconds = 0 if tx_tout is None else tx_tout // _MS
        self._clients[linux, channel] = _Client(linux, channel, tx_block, milliseconds)

    @keyword(tags=("Linux", "Mailbox"))
    def send_mailbox_message(self, channel: int, message: object = "signal") -> int:
        """Sends on a channel of the test's (mbox_send_message). Returns the slot in Linux's queue, 0 to 19.

        - ``channel``: one that the test has requested.
        - ``message``: never leaves Linux, for the IPCC carries none; `Get Finished Messages` knows it again. By default
          ``signal``.

        Fails with Linux's number: ``-105 (ENOBUFS)`` where 21 messages wait, ``-62 (ETIME)`` after ``tx_tout``.

        | Boot Firmware | ipcc_signals.elf |
        | Request Mailbox Channel | 5 |
        | Send Mailbox Message | 5 | first |
        """
        slot = self._client(channel).channel.send(message)
        if slot < 0:
            raise KernelError(slot, f"{message!r} was not sent on CH{channel}")
        return slot

    @keyword(tags=("Linux", "Mailbox"))
    def free_mailbox_channel(self, channel: int) -> None:
        """Gives a channel of the test's back (mbox_free_channel). What is queued on it is dropped.

        - ``channel``: one that the test has requested; it fails for another.

        | Boot Firmware | ipcc_signals.elf |
        | Request Mailbox Channel | 5 |
        | Free Mailbox Channel | 5 |
        | Get Register | C1MR.CH5OM | == | 1 |
        """
        self._client(channel).channel.free()

    @keyword(tags=("Linux", "Mailbox", "Getter"))
    def get_finished_messages(self, channel: int) -> list[str]:
        """Returns the messages that are out (tx_done), each with its status: ``first 0``, ``second -62 (ETIME)``.

        - ``channel``: one that the test has requested; it fails for another.

        | Boot Firmware | ipcc_signals.elf |
        | Request Mailbox Channel | 5 |
        | Send Mailbox Message | 5 | first |
        | Run For | 1ms |
        | ${finished} = | Get Finished Messages | 5 |
        | Should Be Equal | ${finished} | ${{ ["first 0"] }} |
        """
        return list(self._client(channel).finished)

    @keyword(tags=("Linux", "Mailbox", "Assertion"))
    def channel_should_have_received(self, channel: int, times: int, within: Duration = _HEARD_WITHIN) -> None:
        """Runs until the firmware has signalled so many times since `Request Mailbox Channel` (rx_callback).

        - ``channel``: one that the test has requested.
        - ``times``: how many signals; it fails as well if there were more.
        - ``within``: how long to wait at most; by default ``50ms``.

        | Boot Firmware | ipcc_signals.elf |
        | Request Mailbox Channel | 5 |
        | Channel Should Have Received | 5 | 1 | within=10ms |
        """
        client = self._client(channel)
        self.bench.board.run_until(lambda: client.heard >= times, within)
        if client.heard != times:
            sentence = f"CH{channel} has received {client.heard} signals after {format_duration(within)}"
            raise AssertionError(self.bench.explain(f"{sentence}, expected {times}"))

    def _client(self, number: int) -> _Client:
        linux = self.bench.linux
        if (linux, number) not in self._clients:
            owned = ", ".join(f"CH{known}" for host, known in self._clients if host is linux) or "none"
            raise UsageError(f"the test has not requested CH{number}; it has requested {owned}.")
        return self._clients[linux, number]
