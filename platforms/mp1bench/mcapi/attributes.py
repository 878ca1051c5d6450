"""MCAPI's attributes of endpoints: which there are, what they may be, and the word of them that a connect compares.

What an attribute does is done where it matters: in sends, receives and connects.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag

from mp1bench.mcapi.arguments import TIMEOUT_INFINITE, is_whole, refuse
from mp1bench.mcapi.calls import call
from mp1bench.mcapi.handles import Endpoint
from mp1bench.mcapi.layout import ATTRIBUTE_FIELDS, BUFFER_SIZE, BUFFERS, PRIORITIES, ChannelType
from mp1bench.mcapi.stack import Stack
from mp1bench.mcapi.status import Status


class Attribute(IntEnum):
    """The numbers. 0 to 63 are the standard's; those of them that are not here are not supported."""

    TYPE = 0  # 1 message, 2 packet, 4 scalar: what the endpoint is used for now
    GET_COUNT = 1  # how often it was got and not released
    GET_SOURCE = 2
    MAX_PAYLOAD_SIZE = 3  # bytes, of a message or packet
    BUFFER_TYPE = 4  # 0: FIFO
    MEMORY_TYPE = 5  # low half: 0 local, 1 shared, 2 remote; high half: 1 if a send fails where it would wait
    NUM_PRIORITIES = 6
    PRIORITY = 7  # of the channel
    NUM_SEND_BUFFERS = 8
    NUM_RECV_BUFFERS = 9
    STATUS = 10  # see `EndpointStatus`
    TIMEOUT = 11  # us, of its blocking sends and receives


class EndpointStatus(IntFlag):
    """The attribute STATUS."""

    CONNECTING = 1
    CONNECTED = 2
    OPEN = 4  # both ends
    OPENPENDING = 8
    CLOSEPENDING = 16  # one of both has closed
    SENDS = 32


_STANDARD = 64  # numbers

_DEFAULTS = {
    Attribute.MAX_PAYLOAD_SIZE: BUFFER_SIZE,
    Attribute.BUFFER_TYPE: 0,
    Attribute.MEMORY_TYPE: 1,
    Attribute.NUM_PRIORITIES: PRIORITIES,
    Attribute.PRIORITY: 1,
    Attribute.NUM_SEND_BUFFERS: BUFFERS,
    Attribute.NUM_RECV_BUFFERS: BUFFERS,
    Attribute.TIMEOUT: TIMEOUT_INFINITE,
}

#: What may be set, and to what.
_VALUES = {
    Attribute.MAX_PAYLOAD_SIZE: range(1, BUFFER_SIZE + 1),
    Attribute.BUFFER_TYPE: range(1),
    Attribute.MEMORY_TYPE: (0, 1, 2, 0x10000, 0x10001, 0x10002),
    Attribute.NUM_PRIORITIES: range(1, PRIORITIES + 1),
    Attribute.PRIORITY: range(PRIORITIES),
    Attribute.TIMEOUT: range(TIMEOUT_INFINITE + 1),
}


def defaults() -> dict[Attribute, int]:
    """Those of a new endpoint."""
    return dict(_DEFAULTS)


def fails_when_full(endpoint: Endpoint) -> bool:
    """Is a send to fail where it would wait?"""
    return bool(endpoint.attributes[Attribute.MEMORY_TYPE] >> 16)


def word(endpoint: Endpoint) -> int:
    """What has to be equal at both ends of a channel, as `layout.ATTRIBUTE_FIELDS` packs it."""
    memory = endpoint.attributes[Attribute.MEMORY_TYPE]
    values = {attribute.name: value for attribute, value in endpoint.attributes.items()}
    values |= {"MEMORY_LOCALITY": memory & 0xFFFF, "MEMORY_FAILS": memory >> 16}
    return sum(values[name] << lowest for name, lowest, _ in ATTRIBUTE_FIELDS)


class AttributeCalls(Stack):
    """Calls (mcapi.md §2.4)."""

    @call(
        Status.ERR_ENDP_INVALID,
        Status.ERR_ENDP_REMOTE,
        Status.ERR_ATTR_NUM,
        Status.ERR_ATTR_NOTSUPPORTED,
    )
    def endpoint_get_attribute(self, endpoint: Endpoint, number: int) -> int:
        """The value of an `Attribute` of one's own endpoint."""
        endpoint = self._own(endpoint)
        attribute = _attribute(number)
        if attribute is Attribute.TYPE:
            return 1 << (ChannelType.MESSAGE if endpoint.end is None else endpoint.end.type) - 1
        if attribute is Attribute.GET_COUNT:
            return endpoint.users.total()
        if attribute is Attribute.STATUS:
            return _status(endpoint)
        return endpoint.attributes[attribute]

    @call(
        Status.ERR_ENDP_INVALID,
        Status.ERR_ENDP_REMOTE,
        Status.ERR_ATTR_NUM,
        Status.ERR_ATTR_NOTSUPPORTED,
        Status.ERR_ATTR_READONLY,
        Status.ERR_ATTR_SIZE,
        Status.ERR_ATTR_VALUE,
        Status.ERR_CHAN_CONNECTED,
    )
    def endpoint_set_attribute(self, endpoint: Endpoint, number: int, value: int) -> None:
        """Change one of one's own endpoint; of one in a channel only TIMEOUT. Values are words of 32 bits."""
        endpoint = self._own(endpoint)
        attribute = _attribute(number)
        if attribute not in _VALUES:
            refuse(Status.ERR_ATTR_READONLY, f"the attribute {attribute.name} says how things are; it cannot be set")
        if not is_whole(value, 1 << 32):
            refuse(Status.ERR_ATTR_SIZE, f"the value of an attribute is a word of 32 bits, not {value!r}")
        highest = endpoint.attributes[Attribute.PRIORITY]
        if value not in _VALUES[attribute] or (attribute is Attribute.NUM_PRIORITIES and value <= highest):
            refuse(Status.ERR_ATTR_VALUE, f"the attribute {attribute.name} of {endpoint.address} cannot be {value}")
        if attribute is Attribute.PRIORITY and value >= endpoint.attributes[Attribute.NUM_PRIORITIES]:
            refuse(Status.ERR_ATTR_VALUE, f"{endpoint.address} has no priority {value}: raise NUM_PRIORITIES first")
        if endpoint.end is not None and attribute is not Attribute.TIMEOUT:
            refuse(Status.ERR_CHAN_CONNECTED, f"{endpoint.address} is in a channel: {attribute.name} stays as it is")
        endpoint.attributes[attribute] = value


def _attribute(number: int) -> Attribute:
    if not is_whole(number, _STANDARD):
        refuse(Status.ERR_ATTR_NUM, f"there is no attribute {number!r} of an endpoint")
    if number not in list(Attribute) or number == Attribute.GET_SOURCE:
        refuse(Status.ERR_ATTR_NOTSUPPORTED, f"the attribute {number!r} of an endpoint is not supported")
    return Attribute(number)


def _status(endpoint: Endpoint) -> EndpointStatus:
    end = endpoint.end
    if end is None:
        return EndpointStatus(0)
    holds = {
        EndpointStatus.CONNECTING: end.peer is not None and not end.connected,
        EndpointStatus.CONNECTED: end.connected,
        EndpointStatus.OPEN: end.open,
        EndpointStatus.OPENPENDING: end.opening is not None,
        EndpointStatus.CLOSEPENDING: end.closing,
        EndpointStatus.SENDS: end.sends,
    }
    return EndpointStatus(sum(flag for flag, is_so in holds.items() if is_so))
