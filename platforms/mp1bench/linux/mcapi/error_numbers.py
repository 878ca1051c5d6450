"""How Linux calls what MCAPI refuses: an error number for each status, by what the program was doing.

Which statuses there are, and when, is MCAPI's business; the table for users is in platforms/linux/channel_nodes.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from mp1bench.linux.errno import Errno
from mp1bench.mcapi.status import McapiError, Status

#: The error number of each status that is likely in one situation.
Table: TypeAlias = Mapping[Status, Errno]

_ANYWHERE = {
    Status.PENDING: Errno.EAGAIN,
    Status.TIMEOUT: Errno.ETIMEDOUT,
    Status.ERR_PARAMETER: Errno.EINVAL,
    Status.ERR_DOMAIN_INVALID: Errno.EHOSTUNREACH,
    Status.ERR_NODE_INVALID: Errno.EHOSTUNREACH,
    Status.ERR_PORT_INVALID: Errno.EINVAL,
    Status.ERR_ENDP_EXISTS: Errno.EADDRINUSE,
    Status.ERR_ENDP_NOPORTS: Errno.EADDRNOTAVAIL,
    Status.ERR_ENDP_LIMIT: Errno.ENFILE,
    Status.ERR_ENDP_GET_LIMIT: Errno.ENOBUFS,
    Status.ERR_ATTR_NUM: Errno.EINVAL,
    Status.ERR_ATTR_SIZE: Errno.EINVAL,
    Status.ERR_ATTR_VALUE: Errno.EINVAL,
    Status.ERR_ATTR_NOTSUPPORTED: Errno.EOPNOTSUPP,
    Status.ERR_ATTR_READONLY: Errno.EPERM,
    Status.ERR_MSG_SIZE: Errno.EMSGSIZE,
    Status.ERR_MSG_TRUNCATED: Errno.EMSGSIZE,
    Status.ERR_PKT_SIZE: Errno.EMSGSIZE,
    Status.ERR_SCL_SIZE: Errno.EMSGSIZE,
    Status.ERR_BUF_INVALID: Errno.EINVAL,
    Status.ERR_MEM_LIMIT: Errno.ENOBUFS,
    Status.ERR_PRIORITY: Errno.EINVAL,
    Status.ERR_CHAN_NOTOPEN: Errno.ENOTCONN,
    Status.ERR_REQUEST_LIMIT: Errno.ENOBUFS,
    Status.ERR_REQUEST_CANCELLED: Errno.ECANCELED,
}

READING: Table = {**_ANYWHERE, Status.ERR_CHAN_INVALID: Errno.ECONNRESET}

WRITING: Table = {
    **_ANYWHERE,
    Status.ERR_CHAN_INVALID: Errno.EPIPE,
    Status.ERR_CHAN_CLOSEPENDING: Errno.EPIPE,
    Status.ERR_NODE_NOTINIT: Errno.EPIPE,
    Status.ERR_ENDP_INVALID: Errno.EPIPE,
    Status.ERR_ENDP_DELETED: Errno.EPIPE,
}

CONNECTING: Table = {
    **_ANYWHERE,
    Status.ERR_CHAN_INVALID: Errno.ECONNRESET,
    Status.ERR_NODE_NOTINIT: Errno.ECONNRESET,
    Status.ERR_ENDP_INVALID: Errno.ECONNREFUSED,
    Status.ERR_ENDP_DELETED: Errno.ECONNREFUSED,
    Status.ERR_CHAN_CONNECTED: Errno.ECONNREFUSED,
    Status.ERR_CHAN_DIRECTION: Errno.ECONNREFUSED,
    Status.ERR_CHAN_TYPE: Errno.EPROTOTYPE,
    Status.ERR_ATTR_INCOMPATIBLE: Errno.EPROTOTYPE,
}

CONTROLLING: Table = {**_ANYWHERE, Status.ERR_CHAN_CONNECTED: Errno.EISCONN}


def number(error: McapiError, during: Table) -> int:
    """The negative error number."""
    return -during.get(error.status, Errno.EIO)
