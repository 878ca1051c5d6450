"""MCAPI's life cycle and identity: initialize, finalize, who one is, the attributes of nodes, statuses as text.

What a node consists of is in `stack.py`; here it begins and ends.
"""

from __future__ import annotations

from contextlib import suppress
from enum import IntEnum
from typing import NamedTuple

from mp1bench.errors import BusError
from mp1bench.mcapi.arguments import PORTS, check_address, is_whole, refuse
from mp1bench.mcapi.calls import call
from mp1bench.mcapi.layout import DOMAIN, VERSION, Role
from mp1bench.mcapi.stack import Stack
from mp1bench.mcapi.status import Status


class Info(NamedTuple):
    """What initialize says of the implementation."""

    mcapi_version: int = 0x0002_0000  # 2.0
    organization_id: int = 0
    implementation_version: int = VERSION
    number_of_domains: int = 1
    number_of_nodes: int = len(Role)
    number_of_ports: int = PORTS


class NodeAttribute(IntEnum):
    """The attributes of a node."""

    TYPE = 0  # 0: a regular node, the only one


class NodeAttributes:
    """The attributes with which a node is to be initialised."""

    def __init__(self) -> None:
        self.values = {NodeAttribute.TYPE: 0}


class LifeCalls(Stack):
    """Calls (mcapi.md §2.2)."""

    @call(
        Status.ERR_DOMAIN_INVALID,
        Status.ERR_NODE_INVALID,
        Status.ERR_NODE_INITIALIZED,
        Status.ERR_NODE_INITFAILED,
        Status.ERR_PARAMETER,
        before_initialize=True,
    )
    def initialize(self, domain: int, node: int, attributes: NodeAttributes | None = None) -> Info:
        """Become a node: domain 0, and on Linux node 0. KernelError, -16 (EBUSY), if a channel of the IPCC is taken."""
        if self.initialized:
            refuse(Status.ERR_NODE_INITIALIZED, f"node {self.node} is initialised already; finalize it first")
        check_address(domain, node)
        if node != self.node:
            refuse(Status.ERR_NODE_INVALID, f"this is node {self.node}; node {node} is at the other side")
        if attributes is not None and not isinstance(attributes, NodeAttributes):
            refuse(Status.ERR_PARAMETER, f"attributes come from node_init_attributes, and are not {attributes!r}")
        self._begin()
        self._attributes = attributes or NodeAttributes()
        self._transport = self._connect(self)
        try:
            self._transport.start()
        except BusError as absent:
            transport, self._transport = self._transport, None
            with suppress(BusError):
                transport.stop()
            refuse(Status.ERR_NODE_INITFAILED, f"node {self.node} has no shared memory ({str(absent).rstrip('.')})")
        return Info()

    @call()
    def finalize(self) -> None:
        """End it: all requests end with ERR_NODE_NOTINIT, all handles are void, and the other node is told."""
        transport, self._transport = self.transport, None
        transport.stop()
        self._wind_up()

    @call()
    def domain_id_get(self) -> int:
        """One's own domain."""
        return DOMAIN

    @call()
    def node_id_get(self) -> int:
        """One's own node."""
        return int(self.node)

    @call(before_initialize=True)
    def node_init_attributes(self) -> NodeAttributes:
        """Attributes with their defaults, for initialize."""
        return NodeAttributes()

    @call(Status.ERR_PARAMETER, Status.ERR_ATTR_NUM, Status.ERR_ATTR_VALUE, before_initialize=True)
    def node_set_attribute(self, attributes: NodeAttributes, number: int, value: int) -> None:
        """Change one before initialize."""
        if not isinstance(attributes, NodeAttributes):
            refuse(Status.ERR_PARAMETER, f"attributes come from node_init_attributes, and are not {attributes!r}")
        _check_number(number)
        if not is_whole(value, 1):
            refuse(Status.ERR_ATTR_VALUE, f"a node's TYPE is 0, regular, not {value!r}")

    @call(Status.ERR_DOMAIN_INVALID, Status.ERR_NODE_INVALID, Status.ERR_ATTR_NUM)
    def node_get_attribute(self, domain: int, node: int, number: int) -> int:
        """An attribute of a node, which is the same for both."""
        check_address(domain, node)
        _check_number(number)
        return self._attributes.values[NodeAttribute(number)]

    @call(Status.ERR_PARAMETER, before_initialize=True)
    def display_status(self, status: int) -> str:
        """The name of a status, of 32 characters at most."""
        if not is_whole(status, 1 << 32) or status not in list(Status):
            refuse(Status.ERR_PARAMETER, f"there is no status {status!r}")
        return Status(status).name


def _check_number(number: object) -> None:
    if not is_whole(number, len(NodeAttribute)):
        refuse(Status.ERR_ATTR_NUM, f"a node has no attribute {number!r}, only 0, its TYPE")
