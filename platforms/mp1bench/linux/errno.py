"""Linux's error numbers, the same on every machine that runs the bench.

Functions return them negative, as the kernel does. Where a Linux function returns a pointer, ours raises `KernelError`
instead of returning an ERR_PTR.
"""

from __future__ import annotations

from enum import IntEnum

from mp1bench.errors import IpccLabError


class Errno(IntEnum):
    """The numbers that the modelled layers return."""

    EPERM = 1
    ENOENT = 2
    EINTR = 4
    EIO = 5
    ENXIO = 6
    EAGAIN = 11
    ENOMEM = 12
    EACCES = 13
    EFAULT = 14
    EBUSY = 16
    EEXIST = 17
    ENODEV = 19
    EINVAL = 22
    ENFILE = 23
    ENOTTY = 25
    ENOSPC = 28
    EPIPE = 32
    ERANGE = 34
    ETIME = 62
    EOVERFLOW = 75
    EMSGSIZE = 90
    EPROTOTYPE = 91
    EOPNOTSUPP = 95
    EADDRINUSE = 98
    EADDRNOTAVAIL = 99
    ENETRESET = 102
    ECONNRESET = 104
    ENOBUFS = 105
    EISCONN = 106
    ENOTCONN = 107
    ETIMEDOUT = 110
    ECONNREFUSED = 111
    EHOSTUNREACH = 113
    EALREADY = 114
    EINPROGRESS = 115
    ECANCELED = 125
    ERESTARTSYS = 512
    EPROBE_DEFER = 517
    ENOTSUPP = 524


def describe(code: int) -> str:
    """`-105` becomes `-105 (ENOBUFS)`; what is not an error, or unknown, stays a number."""
    try:
        return f"{code} ({Errno(-code).name})"
    except ValueError:
        return str(code)


class KernelError(IpccLabError):
    """A request that Linux refused. `code` is the negative error number."""

    exit_code = 1

    def __init__(self, code: int, what: str) -> None:
        super().__init__(f"{what}: {describe(code)}.")
        self.code = code


class KernelFaultError(IpccLabError):
    """Where a real kernel would not go on: it follows a NULL pointer or waits for itself."""

    exit_code = 1

    def __init__(self, kind: str, where: str) -> None:
        super().__init__(f"Linux cannot go on: {kind} in {where}.")
        self.kind = kind
        self.where = where
