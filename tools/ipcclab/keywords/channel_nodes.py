"""Keywords for /dev/mcapiN, where an MCAPI channel is one open file: its control, and its packets without a copy.

Reading, writing and closing it is for the keywords of any device, in `linux_files.py`.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from robot.api.deco import keyword

from ipcclab.durations import format_duration
from ipcclab.keywords.arguments import Duration, one_of
from ipcclab.keywords.bench import Bench
from ipcclab.keywords.mcapi_channels import checked_width
from mp1bench.errors import UsageError
from mp1bench.linux.errno import describe
from mp1bench.linux.mcapi.channel import Channel, open_channel
from mp1bench.linux.mcapi.ioctl import Span
from mp1bench.linux.user_space import File

NodeKind: TypeAlias = Literal["message", "packet", "scalar"]
Direction: TypeAlias = Literal["read", "write", "both"]
End: TypeAlias = Literal["read", "write"]

_CONNECTED_WITHIN = Duration(50_000_000)


class DequeuedPacket(str):
    """The bytes of a packet, a character for each, with where it lies in the mapped pool."""

    span: Span


class ChannelNodeKeywords:
    """A ``file`` is what `Open Channel Node` returns. ``rx`` is a port at which its owner receives, ``tx`` one from
    which it sends."""

    bench: Bench

    def __init__(self) -> None:
        super().__init__()
        self._channel_nodes: dict[File, Channel] = {}

    # -- coming and going ---------------------------------------------------------------------------------------

    @keyword(tags=("MCAPI", "Linux"))
    def open_channel_node(
        self,
        number: int,
        kind: NodeKind,
        rx: int | None = None,
        tx: int | None = None,
        width: int = 32,
        nonblock: bool = False,
    ) -> File:
        """Opens ``/dev/mcapi0`` to ``/dev/mcapi7``, which the module ``mcapi`` makes, and gives it its ports.

        Returns the open file, for `Write Device`, `Read Device` and the like as well.

        - ``number``: that of the node, from 0.
        - ``kind``: ``packet``, ``scalar`` or ``message``.
        - ``rx``: Linux's port that receives; of messages, the only one; by default none.
        - ``tx``: Linux's port that sends; by default none.
        - ``width``: that of a scalar, 8, 16, 32 or 64 bits; by default ``32``.
        - ``nonblock``: with ``True`` nothing waits (O_NONBLOCK); by default ``False``.

        Fails with Linux's number if Linux refuses, such as ``-16 (EBUSY)`` or ``-98 (EADDRINUSE)``.

        | Boot Firmware | mcapi_echo.elf |
        | Load Module | mcapi |
        | ${file} = | Open Channel Node | 0 | packet | rx=31 | tx=30 |
        | Connect Channel Node | ${file} | rx=2 | tx=3 |
        | Write Device | ${file} | hello |
        | Device Should Give | ${file} | hello |
        """
        node = open_channel(
            self.bench.linux,
            number,
            kind=one_of(NodeKind, kind),
            rx=rx,
            tx=tx,
            width=checked_width(width) // 8,
            nonblock=nonblock,
        )
        self._channel_nodes[node.file] = node
        return node.file

    @keyword(tags=("MCAPI", "Linux"))
    def connect_channel_node(self, file: File, rx: int | None = None, tx: int | None = None) -> None:
        """Connects an open node with ports of the firmware's, and runs until data can flow.

        - ``file``: what `Open Channel Node` has returned.
        - ``rx``: the firmware's port that receives; of messages, the only one; by default none.
        - ``tx``: the firmware's port that sends; by default none.

        Fails with Linux's number if Linux refuses, such as ``-111 (ECONNREFUSED)``; where nothing waits, with
        ``-115 (EINPROGRESS)``.

        | ${file} = | Open Channel Node | 0 | message | rx=20 |
        | Connect Channel Node | ${file} | rx=1 |
        | Write Device | ${file} | hello |
        | Device Should Give | ${file} | hello |
        """
        self._channel_node(file).connect(rx=rx, tx=tx)

    @keyword(tags=("MCAPI", "Linux"))
    def accept_channel_node(self, file: File) -> None:
        """Opens the channels that the firmware connects with an open node, and runs until data can flow.

        - ``file``: what `Open Channel Node` has returned.

        Fails with Linux's number if Linux refuses; where nothing waits, with ``-115 (EINPROGRESS)``.

        | ${file} = | Open Channel Node | 0 | packet | rx=31 | tx=30 |
        | Write Device | ${firmware} | connect packet 31 30 |
        | Accept Channel Node | ${file} |
        """
        self._channel_node(file).accept()

    @keyword(tags=("MCAPI", "Linux", "Assertion"))
    def channel_node_should_be_connected(self, file: File, within: Duration = _CONNECTED_WITHIN) -> None:
        """Runs until data can flow through an open node.

        - ``file``: what `Open Channel Node` has returned.
        - ``within``: how long to wait at most; by default ``50ms``. It fails then, with Linux's number.

        | ${file} = | Open Channel Node | 0 | packet | tx=30 | nonblock=True |
        | Run Keyword And Expect Error | *-115 (EINPROGRESS). | Connect Channel Node | ${file} | rx=2 |
        | Channel Node Should Be Connected | ${file} |
        """
        node = self._channel_node(file)
        if not self.bench.board.run_until(lambda: node.state == 0, within):
            sentence = f"{file.path} is not connected after {format_duration(within)}: {describe(-node.state)}"
            raise AssertionError(self.bench.explain(sentence))

    @keyword(tags=("MCAPI", "Linux"))
    def shut_down_channel_node(self, file: File, direction: Direction) -> None:
        """Closes one direction of an open node, or both; the other goes on.

        - ``file``: what `Open Channel Node` has returned.
        - ``direction``: ``read``, ``write`` or ``both``.

        Fails with ``-107 (ENOTCONN)`` if it is not connected.

        | ${file} = | Open Channel Node | 0 | packet | rx=31 | tx=30 |
        | Connect Channel Node | ${file} | rx=2 | tx=3 |
        | Shut Down Channel Node | ${file} | write |
        | Run Keyword And Expect Error | *-32 (EPIPE). | Write Device | ${file} | hello |
        """
        self._channel_node(file).shutdown(one_of(Direction, direction))

    # -- without a copy -----------------------------------------------------------------------------------------

    @keyword(tags=("MCAPI", "Linux"))
    def enqueue_packet(self, file: File, data: bytes) -> None:
        """Sends a packet that is written into the mapped pool, where the firmware reads it.

        - ``file``: what `Open Channel Node` has returned.
        - ``data``: a text, each character of which is one byte, or bytes.

        Fails with Linux's number if Linux refuses, such as ``-32 (EPIPE)``.

        | Enqueue Packet | ${file} | hello |
        | ${packet} = | Dequeue Packet | ${file} |
        | Should Be Equal | ${packet} | hello |
        | Release Packet | ${file} | ${packet} |
        """
        node = self._channel_node(file)
        span = node.allocate()
        if len(data) > span.length:
            node.release(span)
            raise UsageError(f"{len(data)} bytes do not fit a buffer of {span.length}.")
        node.pool.write(span.offset, data)
        node.enqueue(span, len(data))

    @keyword(tags=("MCAPI", "Linux"))
    def dequeue_packet(self, file: File) -> DequeuedPacket:
        """Takes the next packet, and leaves it in the mapped pool until `Release Packet`.

        Returns its bytes as a text, a character for each.

        - ``file``: what `Open Channel Node` has returned.

        Fails if nothing more will come, and with Linux's number if Linux refuses.

        | ${packet} = | Dequeue Packet | ${file} |
        | Should Be Equal | ${packet} | hello |
        | Release Packet | ${file} | ${packet} |
        | Run Keyword And Expect Error | *-22 (EINVAL). | Release Packet | ${file} | ${packet} |
        """
        node = self._channel_node(file)
        span = node.dequeue()
        if span is None:
            raise AssertionError(
                self.bench.explain(f"nothing more will come from {file.path}: its other end is closed")
            )
        packet = DequeuedPacket(node.pool.read(span.offset, span.length).decode("latin-1"))
        packet.span = span
        return packet

    @keyword(tags=("MCAPI", "Linux"))
    def release_packet(self, file: File, packet: DequeuedPacket) -> None:
        """Gives the buffer of a packet back to the firmware.

        - ``file``: what `Open Channel Node` has returned.
        - ``packet``: what `Dequeue Packet` has returned.

        Fails with ``-22 (EINVAL)`` if it is released already.

        | ${packet} = | Dequeue Packet | ${file} |
        | Release Packet | ${file} | ${packet} |
        """
        if not isinstance(packet, DequeuedPacket):
            raise UsageError(f"`{packet}` is no packet. Use what `Dequeue Packet` has returned.")
        self._channel_node(file).release(packet.span)

    # -- what else there is to know -----------------------------------------------------------------------------

    @keyword(tags=("MCAPI", "Linux", "Getter"))
    def get_channel_node_attribute(self, file: File, name: str, end: End = "read") -> int:
        """Returns an attribute of MCAPI's of one end of an open node.

        - ``file``: what `Open Channel Node` has returned.
        - ``name``: MCAPI's without prefix, such as ``MAX_PAYLOAD_SIZE`` or ``TIMEOUT``.
        - ``end``: ``read`` or ``write``; by default ``read``.

        Fails with ``-107 (ENOTCONN)`` if there is no such end.

        | ${file} = | Open Channel Node | 0 | packet | tx=30 |
        | ${size} = | Get Channel Node Attribute | ${file} | MAX_PAYLOAD_SIZE | end=write |
        | Should Be Equal As Integers | ${size} | 512 |
        """
        return self._channel_node(file).attribute(name, one_of(End, end))

    @keyword(tags=("MCAPI", "Linux"))
    def set_channel_node_attribute(self, file: File, name: str, value: int, end: End = "read") -> None:
        """Changes an attribute of MCAPI's of one end of an open node.

        - ``file``: what `Open Channel Node` has returned.
        - ``name``: MCAPI's without prefix, such as ``MAX_PAYLOAD_SIZE`` or ``TIMEOUT``.
        - ``value``: a number; of ``TIMEOUT``, microseconds.
        - ``end``: ``read`` or ``write``; by default ``read``.

        Fails with Linux's number if Linux refuses, such as ``-106 (EISCONN)``.

        | ${file} = | Open Channel Node | 0 | packet | rx=31 | tx=30 |
        | Connect Channel Node | ${file} | rx=2 | tx=3 |
        | Set Channel Node Attribute | ${file} | TIMEOUT | 1000 |
        | Run Keyword And Expect Error | *-110 (ETIMEDOUT). | Dequeue Packet | ${file} |
        """
        self._channel_node(file).set_attribute(name, value, one_of(End, end))

    @keyword(tags=("MCAPI", "Linux", "Getter"))
    def get_channel_node_statistics(self, file: File) -> dict[str, int]:
        """Returns what has moved through an open node, and what the transport has counted for all, as a dictionary.

        Its keys are ``written``, ``bytes_written``, ``read`` and ``bytes_read``, and those of `Get MCAPI Statistics` in
        small letters.

        - ``file``: what `Open Channel Node` has returned.

        Fails with Linux's number if Linux refuses.

        | ${file} = | Open Channel Node | 0 | message | rx=20 |
        | Connect Channel Node | ${file} | rx=1 |
        | Write Device | ${file} | hello |
        | ${statistics} = | Get Channel Node Statistics | ${file} |
        | Should Be Equal As Integers | ${statistics}[bytes_written] | 5 |
        """
        return self._channel_node(file).statistics._asdict()

    def _channel_node(self, file: File) -> Channel:
        if not isinstance(file, File) or file not in self._channel_nodes:
            raise UsageError(f"`{file}` is no channel node. Use what `Open Channel Node` has returned.")
        return self._channel_nodes[file]
