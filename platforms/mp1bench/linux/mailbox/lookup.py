"""How a client's device-tree node leads to a channel (mbox_request_channel and its like), and how that fails.

It takes no channel: that is the core's part (linux-mailbox.md §1.6).
"""

from __future__ import annotations

from collections.abc import Sequence

from mp1bench.linux.errno import Errno
from mp1bench.linux.kernel.core import Logger
from mp1bench.linux.kernel.flavour import Flavour
from mp1bench.linux.mailbox.client import MailboxClient
from mp1bench.linux.mailbox.controller import MailboxChannel, MailboxController


class Lookup:
    """The search, in the words of one kernel."""

    def __init__(self, log: Logger, flavour: Flavour) -> None:
        self._log = log
        self._flavour = flavour

    def channel_at(
        self, controllers: Sequence[MailboxController], client: MailboxClient, index: int
    ) -> MailboxChannel | int:
        """The channel at `index` of the client's `mboxes`, or a negative error number."""
        mboxes = [] if client.node is None else client.node.references("mboxes")
        reference = mboxes[index] if 0 <= index < len(mboxes) else None
        if reference is None or reference.node is None:
            self.shout(client, 'mbox_request_channel: can\'t parse "mboxes" property')
            return -Errno.EINVAL if index < 0 else -Errno.ENOENT
        found: MailboxChannel | int = -Errno.EPROBE_DEFER
        for controller in controllers:
            if controller.node is reference.node:
                found = controller.channel_of(reference.cells)
                if not isinstance(found, int):
                    break
        return found

    def index_of(self, client: MailboxClient, name: str) -> int | None:
        """Where in the client's `mbox-names` the channel of that name is, or None."""
        where = "mbox_request_channel_byname()"
        names = [] if client.node is None else client.node.strings("mbox-names")
        if not self._flavour.name_prefix:
            if name in names:
                return names.index(name)
        elif client.node is None:
            self._log.err(client.dev, f"{where} currently only supports DT")
            return None
        elif not client.node.has("mbox-names"):
            self._log.err(client.dev, f'{where} requires an "mbox-names" property')
            return None
        else:
            for index, known in enumerate(names):
                if known.startswith(name):
                    return index
        self._log.err(client.dev, f'{where} could not locate channel named "{name}"')
        return None

    def say_no_node(self, client: MailboxClient) -> None:
        """The client's device is in no device tree."""
        if self._flavour.name_prefix:
            self._log.debug("", "mbox_request_channel: No owner device node")
        else:
            self._log.debug(client.dev, "No owner fwnode")

    def shout(self, client: MailboxClient, text: str) -> None:
        """Print a refusal as loud as this kernel does."""
        say = self._log.debug if self._flavour.busy_level == "debug" else self._log.err
        say(client.dev, text)
