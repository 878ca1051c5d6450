"""The module `mcapi`: it owns CH5 and CH6, is MCAPI's node 0 while it is loaded, and has the nodes /dev/mcapi0 to 7.

What a node does is `node.py`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mp1bench.linux.errno import KernelError
from mp1bench.linux.mcapi.node import ChannelNode
from mp1bench.linux.mcapi.stack import NodeStack
from mp1bench.mcapi import McapiError
from mp1bench.mcapi.layout import DOMAIN, Role

if TYPE_CHECKING:
    from mp1bench.linux import LinuxHost

NODES = 8


class McapiDriver:
    """The driver of one Linux. If MCAPI cannot be initialised, it is loaded without nodes, and the log says why."""

    def __init__(self, linux: LinuxHost) -> None:
        self._linux = linux
        self._nodes: list[ChannelNode] = []

    def load(self) -> None:
        """Initialise MCAPI and make the nodes."""
        stack = NodeStack(self._linux)
        try:
            stack.initialize(DOMAIN, Role.HOST)
        except KernelError:  # the log has it
            return
        except McapiError as failed:
            self._linux.kernel.logger("mcapi.c").err("mcapi", f"failed to initialise: {failed.status.name}")
            return
        self._nodes = [ChannelNode(stack, number) for number in range(NODES)]
        for node in self._nodes:
            self._linux.kernel.vfs.add(node.path, node.open)

    def unload(self) -> None:
        """Finalise it; no node is open."""
        for node in self._nodes:
            self._linux.kernel.vfs.remove(node.path)
        if self._nodes:
            stack = self._nodes[0].stack
            stack.finalize()
            stack.changed.wake_all()
        self._nodes = []

    def in_use(self) -> bool:
        """Is a node open?"""
        return any(node.file is not None for node in self._nodes)
