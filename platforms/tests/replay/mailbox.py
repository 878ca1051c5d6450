"""The mailbox core of a replay, and the artificial controller "soft" of the recordings.

What the controller's operations say is in the recording; how to get it from there is `ipcc.py`'s part.
"""

from __future__ import annotations

from collections.abc import Callable

from mp1bench.linux.kernel.hrtimer import HrTimer
from mp1bench.linux.mailbox.controller import MailboxChannel, MailboxController
from mp1bench.linux.mailbox.core import MailboxCore
from replay.kernel import RecordedCompletion, RecordedTimer, ReplayKernel
from replay.schedule import Schedule

SOFT_CHANNELS = 4


class RecordedCore(MailboxCore):
    """The mailbox core, whose completions tell the recording of each sleep."""

    def __init__(self, kernel: ReplayKernel, schedule: Schedule) -> None:
        super().__init__(kernel)
        self.before_release: Callable[[], None]
        self._schedule = schedule

    def unregister(self, controller: MailboxController) -> None:
        self.before_release()
        super().unregister(controller)

    def _hrtimer(self, name: str) -> HrTimer:
        return RecordedTimer(self.kernel, self._schedule, name)

    def register(self, controller: MailboxController) -> int:
        error = super().register(controller)
        for channel in controller.channels:
            channel.tx_complete = RecordedCompletion(self.kernel, self._schedule)
        return error


class SoftController:
    """The artificial controller: the scenario answers for its hardware."""

    def __init__(self, answer: Callable[[str, MailboxChannel, object], int]) -> None:
        self._answer = answer

    def startup(self, channel: MailboxChannel) -> int:
        return self._answer("startup", channel, 0)

    def shutdown(self, channel: MailboxChannel) -> None:
        self._answer("shutdown", channel, 0)

    def send_data(self, channel: MailboxChannel, message: object) -> int:
        return self._answer("send_data", channel, message)

    def flush(self, channel: MailboxChannel, timeout_ms: int) -> int:
        return self._answer("flush", channel, timeout_ms)

    def last_tx_done(self, channel: MailboxChannel) -> bool:
        return bool(self._answer("last_tx_done", channel, 0))

    def peek_data(self, channel: MailboxChannel) -> bool:
        return bool(self._answer("peek_data", channel, 0))
