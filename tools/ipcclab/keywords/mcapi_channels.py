"""Keywords for MCAPI's channels on Linux: packets, which stay in shared memory until released, and scalars.

Nodes, endpoints and messages are in `mcapi.py`.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from robot.api.deco import keyword

from ipcclab.durations import format_duration
from ipcclab.keywords.arguments import Duration, one_of
from ipcclab.keywords.mcapi_node import McapiNodeOfTest
from ipcclab.payload import quoted
from mp1bench.errors import UsageError
from mp1bench.mcapi import Attribute, Channel, Endpoint, EndpointStatus, Packet, RemoteEndpoint, Request
from mp1bench.mcapi.layout import ChannelType

ChannelKind: TypeAlias = Literal["packet", "scalar"]
Handles: TypeAlias = Channel | tuple[Channel, ...]

_WITHIN = Duration(50_000_000)
_GROUPS = {"packet": "pktchan", "scalar": "sclchan"}
_WIDTHS = (8, 16, 32, 64)


class ReceivedPacket(str):
    """The bytes of a packet, a character for each, with the packet where it lies."""

    packet: Packet

    @classmethod
    def of(cls, packet: Packet) -> ReceivedPacket:
        text = cls(packet.read().decode("latin-1"))
        text.packet = packet
        return text


class McapiChannelKeywords(McapiNodeOfTest):
    """A ``channel`` is what `Open MCAPI Channel` returns: the handle of one end."""

    @keyword("Open MCAPI Channel", tags=("MCAPI",))
    def open_mcapi_channel(
        self,
        kind: ChannelKind,
        sender: Endpoint | RemoteEndpoint,
        receiver: Endpoint | RemoteEndpoint,
        connect: bool = True,
        within: Duration = _WITHIN,
    ) -> Handles:
        """Connects two endpoints, opens the test's end, and runs until the other end is open, too.

        Returns the handle of the test's end: of both if both ends are the test's, the sending one first.

        - ``kind``: ``packet`` or ``scalar``.
        - ``sender``: the endpoint that sends, of either node.
        - ``receiver``: the endpoint that receives, of either node.
        - ``connect``: with ``False`` the firmware connects them; by default ``True``.
        - ``within``: how long to wait at most for each step; by default ``50ms``. It fails then, with the status
          ``TIMEOUT``, and nothing is open.

        Fails with MCAPI's status, such as ``ERR_CHAN_CONNECTED`` or ``ERR_ATTR_INCOMPATIBLE``.

        | Boot Firmware | mcapi_echo.elf |
        | Start MCAPI |
        | ${mine} = | Create MCAPI Endpoint | 30 |
        | ${echo} = | Get MCAPI Endpoint | 2 |
        | ${channel} = | Open MCAPI Channel | packet | ${mine} | ${echo} |
        | MCAPI Channel Should Be Connected | ${channel} |
        """
        group = _GROUPS[one_of(ChannelKind, kind)]
        who = f"the {kind} channel from {_address(sender)} to {_address(receiver)} was not"
        if connect:
            self._await(self._call(f"{group}_connect_i", sender, receiver), within, f"{who} connected")
        ways = (("send", sender), ("recv", receiver))
        opens: list[Request[Channel]] = []
        try:
            opens.extend(self._call(f"{group}_{way}_open_i", end) for way, end in ways if isinstance(end, Endpoint))
            handles = tuple(self._await(request, within, f"{who} opened at the other end") for request in opens)
        finally:
            for request in opens:
                self._cancel(request)
        return handles[0] if len(handles) == 1 else handles

    @keyword("Close MCAPI Channel", tags=("MCAPI",))
    def close_mcapi_channel(self, channel: Channel) -> None:
        """Closes the test's end of a channel. What it has sent still arrives; what it has not received is lost.

        - ``channel``: what `Open MCAPI Channel` has returned.

        Fails with MCAPI's status, such as ``ERR_CHAN_INVALID`` for one that is closed.

        | Boot Firmware | mcapi_echo.elf |
        | Start MCAPI |
        | ${mine} = | Create MCAPI Endpoint | 30 |
        | ${echo} = | Get MCAPI Endpoint | 2 |
        | ${channel} = | Open MCAPI Channel | packet | ${mine} | ${echo} |
        | Close MCAPI Channel | ${channel} |
        | MCAPI Status Should Be | ERR_CHAN_INVALID | Send MCAPI Packet | ${channel} | hello |
        """
        end = _channel(channel).end
        group = "pktchan" if end.type is ChannelType.PACKET else "sclchan"
        self._call("wait", self._call(f"{group}_{'send' if end.sends else 'recv'}_close_i", channel))

    @keyword("MCAPI Channel Should Be Connected", tags=("MCAPI", "Assertion"))
    def mcapi_channel_should_be_connected(self, end: Channel | Endpoint, within: Duration = _WITHIN) -> None:
        """Runs until an endpoint of the test's is connected to another one, by whomever.

        - ``end``: an endpoint of the test's, or what `Open MCAPI Channel` has returned.
        - ``within``: how long to wait at most; by default ``50ms``. It fails then.

        | Boot Firmware | mcapi_echo.elf |
        | Start MCAPI |
        | ${mine} = | Create MCAPI Endpoint | 20 |
        | ${out} = | Create MCAPI Endpoint | 30 |
        | ${in} = | Create MCAPI Endpoint | 31 |
        | ${firmware} = | Get MCAPI Endpoint | 6 |
        | Send MCAPI Message | ${mine} | ${firmware} | connect packet 31 30 |
        | MCAPI Channel Should Be Connected | ${out} |
        """
        endpoint = end.endpoint if isinstance(end, Channel) else end

        def state() -> str:
            return _STATES[self._call("endpoint_get_attribute", endpoint, Attribute.STATUS) & _ABOUT]

        if not self.bench.board.run_until(lambda: state() == "connected", within):
            sentence = f"{_address(endpoint)} is {state()} after {format_duration(within)}, expected connected"
            raise AssertionError(self.bench.explain(sentence))

    # -- packets ------------------------------------------------------------------------------------------------

    @keyword("Send MCAPI Packet", tags=("MCAPI",))
    def send_mcapi_packet(self, channel: Channel, data: bytes, within: Duration = _WITHIN) -> None:
        """Sends a packet (mcapi_pktchan_send).

        - ``channel``: a sending end.
        - ``data``: a text, each character of which is one byte, or bytes; 512 at most.
        - ``within``: how long to wait for room at most; by default ``50ms``. It fails then, with the status
          ``TIMEOUT``.

        Fails with MCAPI's status, such as ``ERR_CHAN_DIRECTION``.

        | ${out} = | Open MCAPI Channel | packet | ${mine} | ${echo} |
        | Send MCAPI Packet | ${out} | hello |
        """
        missing = f"there was no room for {quoted(data)}"
        self._call_within(within, missing, _channel(channel).endpoint, "pktchan_send", channel, data)

    @keyword("Wait For MCAPI Packet", tags=("MCAPI", "Assertion"))
    def wait_for_mcapi_packet(
        self, channel: Channel, data: bytes | None = None, release: bool = True, within: Duration = _WITHIN
    ) -> ReceivedPacket:
        """Runs until a packet has come (mcapi_pktchan_recv), receives it, and gives its buffer back.

        Returns it as a text, a character for each byte.

        - ``channel``: a receiving end.
        - ``data``: the whole packet, a text, each character of which is one byte, or bytes; by default any.
        - ``release``: with ``False`` it stays in shared memory until `Release MCAPI Packet`; by default ``True``.
        - ``within``: how long to wait at most; by default ``50ms``. It fails then, with the status ``TIMEOUT``.

        Fails as well if another packet is next, and with MCAPI's status, such as ``ERR_CHAN_CLOSEPENDING``.

        | Send MCAPI Packet | ${out} | hello |
        | ${packet} = | Wait For MCAPI Packet | ${in} | hello | within=10ms |
        """
        where = f"the {_channel(channel).end}"
        packet = self._call_within(within, f"no packet came at {where}", channel.endpoint, "pktchan_recv", channel)
        received = ReceivedPacket.of(packet)
        if release:
            self._call("pktchan_release", packet)
        self._compare(received.encode("latin-1"), data, where)
        return received

    @keyword("Release MCAPI Packet", tags=("MCAPI",))
    def release_mcapi_packet(self, packet: object) -> None:
        """Gives the buffer of a packet back to its sender (mcapi_pktchan_release).

        - ``packet``: what `Wait For MCAPI Packet` has returned.

        Fails with ``ERR_BUF_INVALID`` if it is released already, or if its sender has restarted.

        | ${packet} = | Wait For MCAPI Packet | ${in} | release=False |
        | Release MCAPI Packet | ${packet} |
        | MCAPI Status Should Be | ERR_BUF_INVALID | Release MCAPI Packet | ${packet} |
        """
        self._call("pktchan_release", packet.packet if isinstance(packet, ReceivedPacket) else packet)

    # -- scalars ------------------------------------------------------------------------------------------------

    @keyword("Send MCAPI Scalar", tags=("MCAPI",))
    def send_mcapi_scalar(self, channel: Channel, value: int, width: int = 32, within: Duration = _WITHIN) -> None:
        """Sends a scalar (mcapi_sclchan_send_uint32 and the like).

        - ``channel``: a sending end.
        - ``value``: a number of that width, such as ``0xFF``.
        - ``width``: 8, 16, 32 or 64 bits; by default ``32``.
        - ``within``: how long to wait for room at most; by default ``50ms``. It fails then, with the status
          ``TIMEOUT``.

        Fails with MCAPI's status, such as ``ERR_CHAN_TYPE``.

        | ${out} = | Open MCAPI Channel | scalar | ${mine} | ${echo} |
        | Send MCAPI Scalar | ${out} | 0xFF | width=8 |
        """
        name, missing = f"sclchan_send_uint{checked_width(width)}", f"there was no room for {value:#x}"
        self._call_within(within, missing, _channel(channel).endpoint, name, channel, value)

    @keyword("Wait For MCAPI Scalar", tags=("MCAPI", "Assertion"))
    def wait_for_mcapi_scalar(
        self, channel: Channel, value: int | None = None, width: int = 32, within: Duration = _WITHIN
    ) -> int:
        """Runs until a scalar has come, and receives it (mcapi_sclchan_recv_uint32 and the like). Returns it.

        - ``channel``: a receiving end.
        - ``value``: the number that is to come, such as ``0xFF``; by default any.
        - ``width``: 8, 16, 32 or 64 bits; by default ``32``.
        - ``within``: how long to wait at most; by default ``50ms``. It fails then, with the status ``TIMEOUT``.

        Fails as well if another number comes, and with MCAPI's status, such as ``ERR_SCL_SIZE``.

        | Send MCAPI Scalar | ${out} | 0xFF | width=8 |
        | Wait For MCAPI Scalar | ${in} | 0xFF | width=8 |
        """
        name, where = f"sclchan_recv_uint{checked_width(width)}", f"the {_channel(channel).end}"
        missing = f"no scalar came at {where}"
        found: int = self._call_within(within, missing, channel.endpoint, name, channel)
        if value is not None and found != value:
            raise AssertionError(self.bench.explain(f"{found:#x} came at {where}, expected {value:#x}"))
        return found


#: What of an endpoint's status is told, and in which words.
_ABOUT = EndpointStatus.CONNECTING | EndpointStatus.CONNECTED | EndpointStatus.CLOSEPENDING
_STATES = {
    0: "in no channel",
    EndpointStatus.CONNECTING: "connecting",
    EndpointStatus.CONNECTED: "connected",
    EndpointStatus.CONNECTED | EndpointStatus.CLOSEPENDING: "closed at one end",
}


def _channel(channel: object) -> Channel:
    """The channel that a test passes on. UsageError if it is anything else."""
    if not isinstance(channel, Channel):
        raise UsageError(f"`{channel}` is no channel. Use what `Open MCAPI Channel` has returned.")
    return channel


def _address(endpoint: object) -> str:
    return str(endpoint.address) if isinstance(endpoint, Endpoint | RemoteEndpoint) else f"`{endpoint}`"


def checked_width(bits: int) -> int:
    """That of a scalar. UsageError if there is none of so many bits."""
    if bits not in _WIDTHS:
        raise UsageError(f"a scalar has 8, 16, 32 or 64 bits, not {bits}.")
    return bits
