"""`--gdb PORT`: a TCP socket on which gdb holds the Cortex-M4 of a run. The only place with input and output.

There is one thread. While the M4 is halted it waits for gdb, and virtual time stands still; while the M4 runs it looks
at the socket between two slices, which no result depends on.
"""

from __future__ import annotations

import contextlib
import select
import socket
from collections.abc import Callable

from ipcclab.gdb.monitor import Monitor
from ipcclab.gdb.packets import ACK, INTERRUPT, NACK, Decoder, Packet, frame
from ipcclab.gdb.session import DETACHED, HALTED, KILLED, RESUMED, Session
from mp1bench.board import Board
from mp1bench.engine.embedded.debug_port import DebugPort, Halt
from mp1bench.engine.embedded.engine import EmbeddedEngine
from mp1bench.errors import UsageError

HOST = "127.0.0.1"
_CHUNK = 0x4000


class GdbServer:
    """Waits for one debugger when the M4 is about to execute its first instruction, and serves it to the end.

    `say` shows a person a sentence. Construction listens already; `port` is where. UsageError if that cannot be.
    """

    def __init__(self, board: Board, port: int, say: Callable[[str], None]) -> None:
        if not isinstance(board.engine, EmbeddedEngine):
            raise UsageError(f"--gdb needs the engine `embedded`, and this board has `{board.engine.name}`.")
        self._board = board
        self._say = say
        self._listener: socket.socket | None = _listen(port)
        self.port: int = self._listener.getsockname()[1]
        self._peer: socket.socket | None = None
        self._decoder = Decoder()
        self._waiting: list[Packet | bytes] = []  # received, not looked at yet
        self._sent = b""
        self._debug = DebugPort(board.engine)
        self._debug.on_halt = self._halted
        self._debug.wants_halt = self._interrupted
        self._session = Session(self._debug, Monitor(board, self._debug).answer)

    @property
    def attached(self) -> bool:
        """A debugger is there, or is still waited for."""
        return self._listener is not None or self._peer is not None

    def finish(self, exit_code: int) -> None:
        """The run is over: a debugger that is still there is told how."""
        if self._peer is not None and self._session.state == RESUMED:
            with contextlib.suppress(OSError):
                self._peer.sendall(frame(b"W%02x" % exit_code))

    def close(self) -> None:
        """Nobody is served any more."""
        for end in (self._peer, self._listener):
            if end is not None:
                end.close()
        self._peer = self._listener = None

    # -- the debug port's side --------------------------------------------------------------------------------

    def _halted(self, halt: Halt) -> None:
        """Serve gdb until the M4 is to go on."""
        if self._board.trace is not None:
            self._board.trace.publish()
        if self._peer is None:
            self._accept()
            self._session.halted(halt)
        else:
            if halt.note:
                self._say_there(f"{halt.note}\n")
            self._send(self._session.halted(halt))
        while self._peer is not None and self._session.state == HALTED:
            self._receive(wait=True)
            while self._waiting and self._session.state == HALTED:
                self._answer(self._waiting.pop(0))
        if self._session.state == KILLED:
            self._board.engine.request_stop("the debugger ended the run")
        if self._peer is None or self._session.state in (DETACHED, KILLED):
            self._leave()

    def _interrupted(self) -> bool:
        """Whether gdb wants the running M4 to halt."""
        self._receive(wait=False)
        if self._peer is None:
            self._leave()
            return False
        wanted = INTERRUPT in self._waiting
        self._waiting = [item for item in self._waiting if item != INTERRUPT]
        return wanted

    def _leave(self) -> None:
        self._debug.detach()
        self.close()

    # -- one packet -------------------------------------------------------------------------------------------

    def _answer(self, item: Packet | bytes) -> None:
        if item == NACK:
            self._transmit(self._sent)
        if not isinstance(item, Packet):
            return
        if self._session.acknowledges:
            self._transmit(ACK if item.intact else NACK)
        if item.intact:
            reply = self._session.handle(item.payload)
            if self._session.note:
                self._say_there(self._session.note)
                self._session.note = ""
            if reply is not None:
                self._send(reply)

    def _say_there(self, text: str) -> None:
        """At gdb's console, which takes it while gdb waits for the M4 to halt."""
        self._send(b"O" + text.encode().hex().encode())

    def _send(self, payload: bytes) -> None:
        self._sent = frame(payload)
        self._transmit(self._sent)

    # -- the socket -------------------------------------------------------------------------------------------

    def _accept(self) -> None:
        assert self._listener is not None
        self._peer, _ = self._listener.accept()
        self._peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._listener.close()
        self._listener = None

    def _receive(self, *, wait: bool) -> None:
        assert self._peer is not None
        if not wait and not select.select([self._peer], [], [], 0)[0]:
            return
        try:
            data = self._peer.recv(_CHUNK)
        except OSError:
            data = b""
        if data:
            self._waiting += self._decoder.feed(data)
        else:
            self._lose()

    def _transmit(self, data: bytes) -> None:
        if self._peer is None:
            return
        try:
            self._peer.sendall(data)
        except OSError:
            self._lose()

    def _lose(self) -> None:
        if self._peer is not None:
            self._peer.close()
            self._peer = None
            self._say("the debugger has gone without detaching; the run goes on without it.")


def _listen(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(1)
    except OSError as error:
        listener.close()
        raise UsageError(
            f"--gdb {port}: nobody can listen on {HOST}:{port} ({error.strerror})."
            " Choose another port, or 0 for any free one."
        ) from error
    return listener
