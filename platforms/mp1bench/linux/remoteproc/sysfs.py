"""A remote processor in sysfs (drivers/remoteproc/remoteproc_sysfs.c): /sys/class/remoteproc/remoteproc0.

Texts and return codes are the kernel's; what they lead to is in `core.py`. No core dumps are made: of `coredump` only
"disabled" is taken.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mp1bench.errors import UsageError
from mp1bench.linux.errno import Errno
from mp1bench.linux.kernel.task import Sleeping
from mp1bench.linux.kernel.vfs import Attribute
from mp1bench.linux.remoteproc.states import ATTACHED, CRASHED

if TYPE_CHECKING:
    from mp1bench.linux.remoteproc.core import Rproc


def add(rproc: Rproc) -> None:
    """Make the files."""
    for name, attribute in _files(rproc).items():
        rproc.kernel.vfs.add(f"{rproc.folder}/{name}", attribute)


def remove(rproc: Rproc) -> None:
    """Take them away."""
    for name in _files(rproc):
        rproc.kernel.vfs.remove(f"{rproc.folder}/{name}")


def _files(rproc: Rproc) -> dict[str, Attribute]:
    return {
        "state": Attribute(lambda: f"{rproc.state}\n", lambda text: _store_state(rproc, text)),
        "firmware": Attribute(lambda: _firmware(rproc), rproc.set_firmware),
        "name": Attribute(lambda: f"{rproc.name}\n"),
        "recovery": Attribute(lambda: recovery(rproc), lambda text: store_recovery(rproc, text, _same)),
        "coredump": Attribute(lambda: "disabled\n", lambda text: store_coredump(rproc, text, _same)),
    }


def _same(text: str, word: str) -> bool:
    """sysfs_streq: a newline at the end does not count."""
    return text.removesuffix("\n") == word


def _firmware(rproc: Rproc) -> str:
    return f"{'unknown' if rproc.state == ATTACHED else rproc.firmware}\n"


def _store_state(rproc: Rproc, text: str) -> Sleeping[int]:
    log = rproc.kernel.logger("remoteproc_sysfs.c")
    if _same(text, "start"):
        error = yield from rproc.boot()
        if error:
            log.err(rproc.dev, f"Boot failed: {error}")
        return error
    if _same(text, "stop"):
        return (yield from rproc.shutdown())
    if _same(text, "detach"):
        return (yield from rproc.detach())
    word = text.removesuffix("\n")
    log.err(rproc.dev, f"Unrecognised option: {word}")
    return -Errno.EINVAL


def recovery(rproc: Rproc) -> str:
    """Is it booted again after a crash?"""
    return "disabled\n" if rproc.recovery_disabled else "enabled\n"


def store_recovery(rproc: Rproc, text: str, same: Callable[[str, str], bool]) -> Sleeping[int]:
    """Say whether it is, or have it booted now. `same` is how a word is recognised."""
    if same(text, "enabled"):
        rproc.recovery_disabled = False
        yield from rproc.recover()
    elif same(text, "disabled"):
        rproc.recovery_disabled = True
    elif same(text, "recover"):
        yield from rproc.recover()
    else:
        return -Errno.EINVAL
    return 0


def store_coredump(rproc: Rproc, text: str, same: Callable[[str, str], bool]) -> Sleeping[int]:
    """Choose what a crash leaves behind. UsageError for a dump, which is not modelled."""
    log = rproc.kernel.logger("remoteproc_sysfs.c")
    if rproc.state == CRASHED:
        log.err(rproc.dev, "can't change coredump configuration")
        return -Errno.EBUSY
    if same(text, "disabled"):
        return 0
    if same(text, "enabled") or same(text, "inline"):
        raise UsageError("core dumps of the M4 are not modelled. Leave coredump disabled, and read its memory instead.")
    log.err(rproc.dev, "Invalid coredump configuration")
    return -Errno.EINVAL
    yield
