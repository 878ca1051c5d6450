"""Keywords for the terminal at the firmware's UARTs: what it prints, and what is typed."""

from __future__ import annotations

from robot.api.deco import keyword

from ipcclab.durations import format_duration
from ipcclab.keywords.arguments import Duration
from ipcclab.keywords.bench import Bench
from ipcclab.payload import quoted
from ipcclab.typist import unescape
from mp1bench.console import CORE_CONSOLES
from mp1bench.errors import UsageError, suggest

_DEFAULT_WITHIN = Duration(50_000_000)


class ConsoleKeywords:
    """All times are virtual."""

    bench: Bench

    @keyword(tags=("Firmware", "Assertion"))
    def firmware_should_print(self, text: str, uart: str | None = None, within: Duration = _DEFAULT_WITHIN) -> None:
        """Runs until the firmware has printed a text. Fails with what it has printed instead.

        - ``text``: a part of the output.
        - ``uart``: where, such as ``usart3``, ``semihosting`` or ``itm``; by default anywhere.
        - ``within``: how long to wait at most; by default ``50ms``.

        | Boot Firmware | neighbours.elf | host=none |
        | Firmware Should Print | neighbours: reset causes 0x15 | uart=uart4 |
        """
        board = self.bench.board
        self._outputs(uart)  # refuses a UART that there is not
        if not board.run_until(lambda: any(text in output for output in self._outputs(uart).values()), within):
            heard = ", ".join(f"{quoted(out.encode())} on {name}" for name, out in board.uart.items() if out)
            sentence = f"the firmware printed {heard or 'nothing'} within {format_duration(within)}, expected {text!r}"
            raise AssertionError(self.bench.explain(sentence))

    @keyword(tags=("Firmware", "Getter"))
    def get_uart_output(self, uart: str) -> str:
        """Returns everything that the firmware has printed so far, as one text.

        - ``uart``: on which UART, such as ``uart4``, ``semihosting`` or ``itm``.

        Fails for a UART that there is not.

        | Boot Firmware | neighbours.elf | host=none |
        | Run For | 1ms |
        | ${text} = | Get Uart Output | uart4 |
        | Should Start With | ${text} | neighbours: |
        """
        return self._outputs(uart)[uart]

    @keyword(tags=("Firmware",))
    def type_on_uart(self, uart: str, text: str) -> None:
        r"""Sends a text to the firmware; its bytes wait in the UART's line until the firmware reads them.

        - ``uart``: such as ``uart4``.
        - ``text``: Robot turns ``\n`` into a new line; with two backslashes, ``\\r`` and ``\\x1b`` work as on the
          command line.

        Fails for a UART that there is not.

        | Boot Firmware | neighbours.elf | host=none |
        | Type On Uart | uart4 | hsem 5\n |
        | Firmware Should Print | hsem 5: one step 0x80000200 |
        """
        self.bench.board.uart_input(uart, unescape(text))

    def _outputs(self, uart: str | None) -> dict[str, str]:
        """What has been printed, by UART: on `uart` or, where it is None, on each."""
        printed = self.bench.board.uart
        if uart is None:
            return printed
        if uart not in (*printed, *CORE_CONSOLES):
            raise UsageError(f"there is no UART `{uart}` on this board.{suggest(uart, printed)}")
        return {uart: printed.get(uart, "")}
