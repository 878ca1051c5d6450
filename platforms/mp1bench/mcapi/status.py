"""The status names of MCAPI 2.0, and of 2.015 where those are clearer (mcapi.md §2.3).

Numbers differ between headers. Those here stand in control frames, and in the firmware's header.
"""

from __future__ import annotations

from enum import IntEnum

from mp1bench.errors import IpccLabError


class Status(IntEnum):
    """How a call ended."""

    SUCCESS = 1
    PENDING = 2
    TIMEOUT = 3
    ERR_PARAMETER = 4
    ERR_DOMAIN_INVALID = 5
    ERR_NODE_INVALID = 6
    ERR_NODE_INITFAILED = 7
    ERR_NODE_INITIALIZED = 8
    ERR_NODE_NOTINIT = 9
    ERR_NODE_FINALFAILED = 10
    ERR_PORT_INVALID = 11
    ERR_ENDP_INVALID = 12
    ERR_ENDP_EXISTS = 13
    ERR_ENDP_GET_LIMIT = 14
    ERR_ENDP_DELETED = 15
    ERR_ENDP_NOTOWNER = 16
    ERR_ENDP_REMOTE = 17
    ERR_ENDP_NOPORTS = 18
    ERR_ENDP_LIMIT = 19
    ERR_ATTR_INCOMPATIBLE = 20
    ERR_ATTR_SIZE = 21
    ERR_ATTR_NUM = 22
    ERR_ATTR_VALUE = 23
    ERR_ATTR_NOTSUPPORTED = 24
    ERR_ATTR_READONLY = 25
    ERR_MSG_SIZE = 26
    ERR_MSG_TRUNCATED = 27
    ERR_PKT_SIZE = 28
    ERR_SCL_SIZE = 29
    ERR_BUF_INVALID = 30
    ERR_MEM_LIMIT = 31
    ERR_TRANSMISSION = 32
    ERR_PRIORITY = 33
    ERR_CHAN_OPEN = 34
    ERR_CHAN_TYPE = 35
    ERR_CHAN_DIRECTION = 36
    ERR_CHAN_CONNECTED = 37
    ERR_CHAN_OPENPENDING = 38
    ERR_CHAN_CLOSEPENDING = 39
    ERR_CHAN_NOTOPEN = 40
    ERR_CHAN_INVALID = 41
    ERR_REQUEST_INVALID = 42
    ERR_REQUEST_LIMIT = 43
    ERR_REQUEST_CANCELLED = 44
    ERR_WAIT_PENDING = 45
    ERR_GENERAL = 46


class McapiError(IpccLabError):
    """A call that did not end in SUCCESS. `status` says how."""

    exit_code = 1

    def __init__(self, status: Status, what: str) -> None:
        super().__init__(f"{what}: {status.name}.")
        self.status = status
