"""Keywords for RPMsg: endpoints that the firmware announces, messages in both directions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from robot.api.deco import keyword

from ipcclab.durations import format_duration
from ipcclab.keywords.arguments import Duration
from ipcclab.keywords.bench import Bench
from ipcclab.payload import quoted

if TYPE_CHECKING:
    from mp1bench.linux import HostEndpoint, Transfer

_ANNOUNCED_WITHIN = Duration(1_000_000_000)
_ANSWERED_WITHIN = Duration(50_000_000)


class RpmsgKeywords:
    """An ``endpoint`` is a service name, ``name:2`` for the second of that name, or an address such as ``0x401``."""

    bench: Bench
    _last_endpoint: HostEndpoint | None = None
    _heard: int = 0  # received messages that the test has dealt with
    _unanswered: int = 0  # messages sent that the test still wants answers to

    @keyword(tags=("RPMsg", "Assertion"))
    def endpoint_should_be_announced(self, endpoint: str, within: Duration = _ANNOUNCED_WITHIN) -> int:
        """Runs until the firmware has announced an endpoint.

        Returns its address. Fails with those that it has announced.

        - ``endpoint``: a service name, ``name:2`` for the second of that name, or an address such as ``0x401``.
        - ``within``: how long to wait at most; by default ``1s``.

        | Boot Firmware | rpmsg_echo.elf |
        | Endpoint Should Be Announced | rpmsg-tty | within=50ms |
        """
        return self.bench.endpoint(endpoint, within).remote

    @keyword(tags=("RPMsg", "Getter"))
    def get_announced_endpoints(self) -> list[str]:
        """Returns the service names that the firmware has announced until now, in order.

        Fails if there is no Linux on the bench.

        | Boot Firmware | rpmsg_echo.elf |
        | Run For | 1ms |
        | ${names} = | Get Announced Endpoints |
        | Should Be Equal | ${names} | ${{ ["rpmsg-tty", "rpmsg-tty", "rpmsg-client-sample"] }} |
        """
        return [announcement.name for announcement in self.bench.linux.announced]

    @keyword(tags=("RPMsg",))
    def host_sends(self, text: str, endpoint: str | None = None, within: Duration = _ANNOUNCED_WITHIN) -> None:
        """Sends an RPMsg message as Linux does, as soon as the endpoint is announced.

        - ``text``: the message; it is sent in UTF-8.
        - ``endpoint``: a service name, ``name:2`` for the second of that name, or an address such as ``0x401``; by
          default the first that is announced.
        - ``within``: how long to wait for the announcement at most; by default ``1s``.

        Fails if the endpoint is not announced in time.

        | Boot Firmware | rpmsg_echo.elf |
        | Host Sends | hello | endpoint=rpmsg-client-sample |
        """
        found = self.bench.endpoint(endpoint, within)
        self._last_endpoint = found
        if not self._unanswered:
            self._heard = len(self.bench.linux.received)
        found.send(text.encode())
        self._unanswered += 1

    @keyword(tags=("RPMsg", "Assertion"))
    def firmware_should_answer(
        self, text: str, endpoint: str | None = None, within: Duration = _ANSWERED_WITHIN
    ) -> None:
        """Runs until a message has come from the firmware. Fails with what has come instead.

        - ``text``: the whole message.
        - ``endpoint``: where it comes from, as in `Host Sends`; by default the one last sent to.
        - ``within``: how long to wait at most; by default ``50ms``.

        Answers are taken in the order in which they come, each once; what came before the message sent is none.

        | Boot Firmware | rpmsg_echo.elf |
        | Host Sends | hello |
        | Firmware Should Answer | hello | within=50ms |
        """
        linux = self.bench.linux
        source = self.bench.endpoint(endpoint, within) if endpoint is not None else self._last_endpoint
        wanted = text.encode()

        def comes(transfer: Transfer) -> bool:
            return transfer.data == wanted and (source is None or transfer.local == source.local)

        if self.bench.board.run_until(lambda: any(map(comes, linux.received[self._heard :])), within):
            while not comes(linux.received[self._heard]):
                self._heard += 1
            self._heard += 1
            self._unanswered = max(self._unanswered - 1, 0)
            return
        came = [f"{quoted(t.data)} from {t.endpoint} (0x{t.remote:x})" for t in linux.received[self._heard :]]
        instead = ", ".join(came) or "nothing"
        where = f" from {source.name} (0x{source.remote:x})" if source else ""
        sentence = f"expected {quoted(wanted)}{where} within {format_duration(within)}, but {instead} came"
        raise AssertionError(self.bench.explain(sentence))

    @keyword(tags=("RPMsg", "Assertion"))
    def firmware_should_stay_silent(self, time: Duration) -> None:
        """Runs for a time, and fails if a message comes from the firmware.

        - ``time``: how long, such as ``10ms``.

        | Boot Firmware | rpmsg_echo.elf |
        | Firmware Should Stay Silent | 10ms |
        """
        linux = self.bench.linux
        before = len(linux.received)
        if self.bench.board.run_until(lambda: len(linux.received) > before, time):
            came = linux.received[before]
            sentence = f"{quoted(came.data)} came from {came.endpoint} (0x{came.remote:x}), expected silence"
            raise AssertionError(self.bench.explain(sentence))
