"""What an RPMsg buffer holds: the header, the payload, a name-service message. It knows no ring.

A header is 16 bytes: src, dst, reserved, len, flags (linux-mailbox.md §4.2, §4.5).
"""

from __future__ import annotations

from ipcclab.sharedmemory.structure import Announcement, RpmsgMessage
from mp1bench.linux.kernel.vsprintf import c_string
from mp1bench.linux.rpmsg.ns import DESTROY, MESSAGE, NS_ADDR
from mp1bench.linux.rpmsg.virtio_rpmsg_bus import HEADER


def read_message(buffer: bytes, *, current: bool) -> RpmsgMessage | None:
    """The message in a buffer; None if it is too small for a header, or holds nothing but zeroes."""
    if len(buffer) < HEADER.size or not any(buffer):
        return None
    source, destination, reserved, length, flags = HEADER.unpack_from(buffer)
    payload = buffer[HEADER.size : HEADER.size + length]
    announcement = None
    if destination == NS_ADDR and length == len(payload) == MESSAGE.size:
        name, address, what = MESSAGE.unpack(payload)
        announcement = Announcement(c_string(name), address, not what & DESTROY)
    return RpmsgMessage(source, destination, reserved, length, flags, payload, current, announcement)


def too_long(buffer: bytes, used: int | None, *, from_firmware: bool) -> str:
    """What is wrong with the lengths of a message on its way; "" if nothing is.

    `used` is how much of the buffer the firmware said that it wrote, None for a message of Linux, which fills it.
    """
    size = len(buffer) if used is None else used
    if size > len(buffer):
        return f"the firmware says that it wrote {size} bytes into a buffer of {len(buffer)}"
    if size < HEADER.size:
        return f"{size} bytes are too few for an RPMsg header of {HEADER.size}"
    source, destination, _, length, _ = HEADER.unpack_from(buffer)
    room = size - HEADER.size
    if length > room and from_firmware:
        return (
            f"the header's len is {length}, and the firmware gave back {room} bytes behind the header: Linux drops the"
            " message (inbound msg too big) and does not post the buffer again"
        )
    if length > room:
        return f"the header's len is {length}, and the buffer has {room} bytes behind the header"
    if destination == NS_ADDR and length != MESSAGE.size:
        return f"a message to the name service from 0x{source:x} has {length} bytes, not {MESSAGE.size}"
    return ""
