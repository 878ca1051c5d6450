"""In what the modelled kernels differ, as data: the drivers ask for a behaviour, never for a version.

Sources: linux-mailbox.md §1 to §3; "6.1" and "6.12" are the stable trees of those names, the others ST's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from mp1bench.errors import UsageError, suggest


@dataclass(frozen=True)
class Flavour:
    """One kernel.

    `null_is_idle`: a NULL message reaches the hardware and is never "active" (§1.4).
    `name_prefix`: channels are found by the beginning of their name, and by an empty one (§1.6).
    `busy_level`: how loud "mailbox not free" and unreadable "mboxes" are.
    `rx_work`: the IPCC's driver acknowledges at once and calls the client from a work item, except for cells with
    bit 8 (§2.5).
    `subchannels`: each IPCC channel is two mailboxes, 2n to receive and 2n + 1 to send (§2.5).
    `secure_checks`: a channel that belongs to the secure side is refused (§2.5).
    `attach_unless_off`: an M4 in any state but "off" is attached to, not only a running one (§3.4).
    `vq_in_callback`: a kick is served in the mailbox's callback and not put off to a work item (§3.3).
    `probe_failure_of_device`: a failed probe is an error of the device, not a warning of its driver.
    `kobject_prefix`: lines of the kobject core say so.
    `named_resets`: stm32_rproc finds its resets by name, hold boot among them, and can do without `st,syscfg-tz`.
    `section_checks`: remoteproc looks whether an ELF's section headers lie in the file.
    `device_tree`: the tree that comes with the bench for it.
    `rpmsg_flow_control`: /dev/rpmsgN has the requests 5 and 6, and the service "rpmsg_chrdev" is its driver's too
    (§4.6).
    """

    name: str
    null_is_idle: bool = True
    name_prefix: bool = True
    busy_level: str = "debug"
    rx_work: bool = False
    subchannels: bool = False
    secure_checks: bool = False
    attach_unless_off: bool = False
    vq_in_callback: bool = False
    probe_failure_of_device: bool = False
    kobject_prefix: bool = False
    named_resets: bool = False
    section_checks: bool = False
    rpmsg_flow_control: bool = False
    device_tree: str = "stm32mp157.dts"


V6_1 = Flavour("6.1")
V6_12 = Flavour(
    "6.12",
    null_is_idle=False,
    name_prefix=False,
    busy_level="err",
    probe_failure_of_device=True,
    kobject_prefix=True,
    named_resets=True,
    section_checks=True,
    rpmsg_flow_control=True,
)
ST = replace(V6_1, name="st-6.1", rx_work=True, secure_checks=True, attach_unless_off=True, vq_in_callback=True)
ST_BIDIRECTIONAL = replace(
    ST, name="st-6.1-bidirectional", subchannels=True, device_tree="stm32mp157_bidirectional.dts"
)

#: By name, as options and keyword arguments give it.
FLAVOURS = {flavour.name: flavour for flavour in (V6_1, V6_12, ST, ST_BIDIRECTIONAL)}


def find_flavour(name: str) -> Flavour:
    """The kernel of that name; UsageError if there is none."""
    if not isinstance(name, str):
        raise UsageError(f'the name of a kernel is text, such as "6.1", not the {type(name).__name__} {name!r}.')
    found = FLAVOURS.get(name)
    if found is None:
        raise UsageError(f"there is no kernel called `{name}`.{suggest(name, FLAVOURS)}")
    return found
