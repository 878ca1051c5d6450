"""MCAPI 2.0 between Linux and the firmware, over the IPCC and shared memory: the Cortex-A7's side.

`layout.py` says what lies in the memory, for both sides. `transport.py` moves frames: rings, pools, doorbells, epochs.
`mcapi.py` is the API on top of it, by MCAPI's names.
"""

from mp1bench.mcapi.arguments import (
    DOMAIN_INVALID,
    NODE_INVALID,
    PORT_ANY,
    TIMEOUT_IMMEDIATE,
    TIMEOUT_INFINITE,
)
from mp1bench.mcapi.attributes import Attribute, EndpointStatus
from mp1bench.mcapi.channel import Channel
from mp1bench.mcapi.frame import Buffer
from mp1bench.mcapi.handles import Endpoint, Message, RemoteEndpoint
from mp1bench.mcapi.life import Info, NodeAttribute, NodeAttributes
from mp1bench.mcapi.mcapi import Mcapi, McapiNode
from mp1bench.mcapi.packets import Packet
from mp1bench.mcapi.requests import Request
from mp1bench.mcapi.status import McapiError, Status

__all__ = [
    "DOMAIN_INVALID",
    "NODE_INVALID",
    "PORT_ANY",
    "TIMEOUT_IMMEDIATE",
    "TIMEOUT_INFINITE",
    "Attribute",
    "Buffer",
    "Channel",
    "Endpoint",
    "EndpointStatus",
    "Info",
    "Mcapi",
    "McapiError",
    "McapiNode",
    "Message",
    "NodeAttribute",
    "NodeAttributes",
    "Packet",
    "RemoteEndpoint",
    "Request",
    "Status",
]
