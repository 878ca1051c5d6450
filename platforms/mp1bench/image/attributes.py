"""What an ELF was built for, from its section .ARM.attributes: processor, floating point, calling convention.

It reads the attributes of the whole file and leaves out what it cannot read; `check` judges them.
"""

from __future__ import annotations

from collections.abc import Mapping

CPU_ARCH, CPU_ARCH_PROFILE, FP_ARCH, ABI_HARDFP_USE, ABI_VFP_ARGS = 6, 7, 10, 27, 28

_FORMAT = b"A"
_VENDOR = b"aeabi\0"
_FILE = 1
_NAMES = (4, 5, 67)  # the tags below 32 that hold a string, and the one that breaks the rule for higher ones
_COMPATIBILITY = 32  # a number, then a string


def read_attributes(section: bytes) -> Mapping[int, int]:
    """The numbers by tag (ABI addenda for the Arm architecture); empty if there are none that make sense."""
    if section[:1] != _FORMAT or section[5 : 5 + len(_VENDOR)] != _VENDOR:
        return {}
    vendor_end = 1 + int.from_bytes(section[1:5], "little")
    at = 5 + len(_VENDOR)
    if section[at : at + 1] != bytes([_FILE]):
        return {}
    end = min(at + int.from_bytes(section[at + 1 : at + 5], "little"), vendor_end, len(section))
    at += 5
    found: dict[int, int] = {}
    while at < end:
        tag, at = _number(section, at)
        if tag == _COMPATIBILITY:
            _, at = _number(section, at)
        if tag in _NAMES or (tag >= _COMPATIBILITY and (tag & 1 or tag == _COMPATIBILITY)):
            behind = section.find(b"\0", at, end)
            at = end if behind < 0 else behind + 1
        else:
            found[tag], at = _number(section, at)
    return found


def _number(data: bytes, at: int) -> tuple[int, int]:
    """A ULEB128 and where it ends; the end of the data ends it too."""
    value = shift = 0
    for at in range(at, min(at + 5, len(data))):  # noqa: B020
        value |= (data[at] & 0x7F) << shift
        shift += 7
        if data[at] < 0x80:
            break
    return value, at + 1
