"""Keywords for MCAPI on Linux: a test becomes a node, has endpoints, and exchanges messages with the firmware's.

Channels are in `mcapi_channels.py`, what is for all calls alike in `mcapi_calls.py`.
"""

from __future__ import annotations

from robot.api.deco import keyword

from ipcclab.durations import format_duration
from ipcclab.keywords.arguments import Duration
from ipcclab.keywords.mcapi_node import McapiNodeOfTest
from ipcclab.payload import quoted
from mp1bench.errors import UsageError
from mp1bench.mcapi import PORT_ANY, Endpoint, Message, RemoteEndpoint
from mp1bench.mcapi.layout import RX_CHANNEL, TX_CHANNEL, Role

_WITHIN = Duration(50_000_000)


class ReceivedMessage(str):
    """A message, a character for each byte, with a handle of its sender and its priority."""

    sender: Endpoint | RemoteEndpoint
    priority: int

    @classmethod
    def of(cls, message: Message) -> ReceivedMessage:
        text = cls(message.decode("latin-1"))
        text.sender, text.priority = message.sender, message.priority
        return text


class McapiKeywords(McapiNodeOfTest):
    """The test is node 0 of domain 0, the firmware node 1. An ``endpoint`` is what the keywords for them return."""

    # -- nodes --------------------------------------------------------------------------------------------------

    @keyword("Start MCAPI", tags=("MCAPI",))
    def start_mcapi(self, domain: int = 0, node: int = 0, tx: int = TX_CHANNEL, rx: int = RX_CHANNEL) -> None:
        """Makes the test a node of MCAPI on Linux (mcapi_initialize).

        - ``domain``: there is one; by default ``0``.
        - ``node``: Linux is one, the firmware node 1; by default ``0``.
        - ``tx``: the channel of the IPCC that rings the firmware; by default ``5``.
        - ``rx``: the channel on which the firmware rings; by default ``6``.

        Fails with MCAPI's status, and with Linux's ``-16 (EBUSY)`` if a channel is somebody's.

        | Boot Firmware | mcapi_echo.elf |
        | Start MCAPI |
        | MCAPI Peer Should Be Up |
        """
        if not self._mcapi.initialized:
            self._new_node(tx=tx, rx=rx)
        self._call("initialize", domain, node)

    @keyword("Stop MCAPI", tags=("MCAPI",))
    def stop_mcapi(self) -> None:
        """Ends what `Start MCAPI` began (mcapi_finalize): the firmware is told, all handles are void.

        Fails with ``ERR_NODE_NOTINIT`` if it has not begun.

        | Start MCAPI |
        | Stop MCAPI |
        | MCAPI Status Should Be | ERR_NODE_NOTINIT | Create MCAPI Endpoint | 20 |
        """
        self._call("finalize")

    @keyword("MCAPI Peer Should Be Up", tags=("MCAPI", "Assertion"))
    def mcapi_peer_should_be_up(self, within: Duration = _WITHIN, since: int | None = None) -> int:
        """Runs until the firmware's node is there, and has seen ours.

        Returns its epoch, which is another at each start.

        - ``within``: how long to wait at most; by default ``50ms``. It fails then.
        - ``since``: an epoch that this keyword has returned: waits for another one; by default any will do.

        | Boot Firmware | mcapi_echo.elf |
        | Start MCAPI |
        | ${epoch} = | MCAPI Peer Should Be Up |
        | Crash Remote Processor |
        | MCAPI Peer Should Be Up | since=${epoch} |
        """
        with self._keeping_the_status():
            transport = self._mcapi.transport
        if not self.bench.board.run_until(lambda: transport.up and transport.peer_epoch != since, within):
            found = f"still of epoch {since}" if transport.up else "not up"
            raise AssertionError(self.bench.explain(f"MCAPI's node 1 is {found} after {format_duration(within)}"))
        return transport.peer_epoch

    @keyword("MCAPI Peer Should Be Gone", tags=("MCAPI", "Assertion"))
    def mcapi_peer_should_be_gone(self, within: Duration = _WITHIN) -> None:
        """Runs until the firmware's node is not there, or not any more.

        - ``within``: how long to wait at most; by default ``50ms``. It fails then.

        | Boot Firmware | rpmsg_echo.elf |
        | Start MCAPI |
        | MCAPI Peer Should Be Gone |
        """
        with self._keeping_the_status():
            transport = self._mcapi.transport
        if not self.bench.board.run_until(lambda: not transport.up, within):
            raise AssertionError(self.bench.explain(f"MCAPI's node 1 is still up after {format_duration(within)}"))

    @keyword("Get MCAPI Statistics", tags=("MCAPI", "Getter"))
    def get_mcapi_statistics(self, node: int = 0) -> dict[str, int]:
        """Returns what a node has counted, as a dictionary.

        Its keys are ``FRAMES_SENT``, ``FRAMES_RECEIVED``, ``DROPS``, ``DOORBELLS``, ``DEFERRED``, ``RERINGS``,
        ``PEER_EPOCHS`` and ``HEALED``.

        - ``node``: 0, Linux, or 1, the firmware, as it has written it into shared memory; by default ``0``.

        Fails before `Start MCAPI`.

        | Boot Firmware | mcapi_echo.elf |
        | Start MCAPI |
        | MCAPI Peer Should Be Up |
        | ${statistics} = | Get MCAPI Statistics | node=1 |
        | Should Be Equal As Integers | ${statistics}[DROPS] | 0 |
        """
        if node not in list(Role):
            raise UsageError(f"there is no node {node}: 0 is Linux, 1 the firmware.")
        with self._keeping_the_status():
            counts = self._mcapi.transport.statistics(Role(node))
        return {count.name: value for count, value in counts.items()}

    # -- endpoints ----------------------------------------------------------------------------------------------

    @keyword("Create MCAPI Endpoint", tags=("MCAPI",))
    def create_mcapi_endpoint(self, port: int = PORT_ANY) -> Endpoint:
        """Creates an endpoint of the test's node (mcapi_endpoint_create). Returns it.

        - ``port``: its number; by default ``0xFFFFFFFF``, any from 10000 on that is free.

        Fails with MCAPI's status, such as ``ERR_ENDP_EXISTS``.

        | Start MCAPI |
        | ${mine} = | Create MCAPI Endpoint | 20 |
        | MCAPI Status Should Be | ERR_ENDP_EXISTS | Create MCAPI Endpoint | 20 |
        """
        endpoint: Endpoint = self._call("endpoint_create", port)
        return endpoint

    @keyword("Get MCAPI Endpoint", tags=("MCAPI",))
    def get_mcapi_endpoint(
        self, port: int, node: int = 1, domain: int = 0, within: Duration = _WITHIN
    ) -> Endpoint | RemoteEndpoint:
        """Runs until a node has an endpoint of that port (mcapi_endpoint_get). Returns it.

        - ``port``: its number.
        - ``node``: whose it is; by default ``1``, the firmware.
        - ``domain``: that of the node; by default ``0``.
        - ``within``: how long to wait at most; by default ``50ms``. It fails then, with the status ``TIMEOUT``.

        | Boot Firmware | mcapi_echo.elf |
        | Start MCAPI |
        | ${echo} = | Get MCAPI Endpoint | 1 |
        """
        request = self._call("endpoint_get_i", domain, node, port)
        endpoint: Endpoint | RemoteEndpoint = self._await(request, within, f"node {node} had no endpoint {port}")
        return endpoint

    # -- messages -----------------------------------------------------------------------------------------------

    @keyword("Send MCAPI Message", tags=("MCAPI",))
    def send_mcapi_message(
        self,
        sender: Endpoint,
        receiver: Endpoint | RemoteEndpoint,
        data: bytes,
        priority: int = 0,
        within: Duration = _WITHIN,
    ) -> None:
        """Sends a message (mcapi_msg_send).

        - ``sender``: an endpoint of the test's.
        - ``receiver``: an endpoint of either node.
        - ``data``: a text, each character of which is one byte, or bytes; 512 at most.
        - ``priority``: 1, or 0, the highest; by default ``0``.
        - ``within``: how long to wait for room at most; by default ``50ms``. It fails then, with the status
          ``TIMEOUT``.

        Fails with MCAPI's status, such as ``ERR_MSG_SIZE``.

        | Boot Firmware | mcapi_echo.elf |
        | Start MCAPI |
        | ${mine} = | Create MCAPI Endpoint | 20 |
        | ${echo} = | Get MCAPI Endpoint | 1 |
        | Send MCAPI Message | ${mine} | ${echo} | hello |
        | Wait For MCAPI Message | ${mine} | hello |
        """
        missing = f"there was no room for {quoted(data)}"
        self._call_within(within, missing, sender, "msg_send", sender, receiver, data, priority)

    @keyword("Wait For MCAPI Message", tags=("MCAPI", "Assertion"))
    def wait_for_mcapi_message(
        self, receiver: Endpoint, data: bytes | None = None, within: Duration = _WITHIN
    ) -> ReceivedMessage:
        """Runs until a message has come (mcapi_msg_recv), and receives it; the most urgent of those that wait is first.

        Returns it as a text, a character for each byte. Its ``sender`` is an endpoint to answer to, its ``priority`` 0
        or 1.

        - ``receiver``: an endpoint of the test's.
        - ``data``: the whole message, a text, each character of which is one byte, or bytes; by default any.
        - ``within``: how long to wait at most; by default ``50ms``. It fails then, with the status ``TIMEOUT``.

        Fails as well if another message is next, and with MCAPI's status, such as ``ERR_CHAN_CONNECTED``.

        | Send MCAPI Message | ${mine} | ${echo} | hello | priority=1 |
        | ${message} = | Wait For MCAPI Message | ${mine} | within=10ms |
        | Should Be Equal | ${message} | hello |
        | Should Be Equal As Integers | ${message.priority} | 1 |
        """
        where = str(receiver.address) if isinstance(receiver, Endpoint) else repr(receiver)
        missing = f"no message came at {where}"
        message: Message = self._call_within(within, missing, receiver, "msg_recv", receiver)
        self._compare(message, data, where)
        return ReceivedMessage.of(message)
