"""What callers may give: numbers, data and time limits, looked at before anything happens.

What a handle stands for is not judged here: whoever keeps the table of such handles does.
"""

from __future__ import annotations

from typing import NoReturn

from mp1bench.mcapi.layout import DOMAIN, Role
from mp1bench.mcapi.status import McapiError, Status

#: Any free port; no node, no domain; a wait without end, and none at all. In words of 32 bits.
PORT_ANY = NODE_INVALID = DOMAIN_INVALID = TIMEOUT_INFINITE = 0xFFFFFFFF
TIMEOUT_IMMEDIATE = 0

#: Ports are below: 0xFFFF stands for none in frames.
PORTS = 0xFFFF


def refuse(status: Status, what: str) -> NoReturn:
    """End the call: `what` is the sentence."""
    raise McapiError(status, what)


def is_whole(value: object, below: int) -> bool:
    """A whole number from 0 to below `below`? True and False are none."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < below


def check_address(domain: object, node: object) -> None:
    """Of a node that there is."""
    if not is_whole(domain, 1 << 32) or domain != DOMAIN:
        refuse(Status.ERR_DOMAIN_INVALID, f"there is no domain {domain!r}, only domain {DOMAIN}")
    if not is_whole(node, len(Role)):
        refuse(Status.ERR_NODE_INVALID, f"there is no node {node!r}: 0 is Linux, 1 the firmware")


def check_port(port: object) -> None:
    """Of an endpoint."""
    if not is_whole(port, PORTS):
        refuse(Status.ERR_PORT_INVALID, f"{port!r} is no port: they are 0 to {PORTS - 1}")


def check_timeout(timeout: object) -> None:
    """In microseconds."""
    if not is_whole(timeout, 1 << 32):
        refuse(
            Status.ERR_PARAMETER,
            f"a timeout is a number of microseconds in 32 bits, TIMEOUT_IMMEDIATE or TIMEOUT_INFINITE, not {timeout!r}",
        )


def check_data(data: object) -> bytes:
    """A copy of the caller's bytes, of whatever kind; of text nobody knows the encoding."""
    if not isinstance(data, (bytes, bytearray, memoryview)):
        hint = "; encode the text" * isinstance(data, str)
        refuse(Status.ERR_PARAMETER, f"what is sent is bytes, not {data!r}{hint}")
    return bytes(data)


def check_size(size: object) -> None:
    """Of the caller's buffer, in bytes."""
    if not is_whole(size, 1 << 32):
        refuse(Status.ERR_PARAMETER, f"the size of a buffer is a number of bytes, not {size!r}")
