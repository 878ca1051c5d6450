"""What the driver core (drivers/base/dd.c) says of a probe that failed; every bus prints it alike.

Matching and binding are the buses' own business.
"""

from __future__ import annotations

from mp1bench.linux.errno import Errno
from mp1bench.linux.kernel.core import Kernel

#: "There is no such thing" and "not yet" are no failures.
_SILENT = (-Errno.ENODEV, -Errno.ENXIO, -Errno.EPROBE_DEFER)


def report_probe(kernel: Kernel, driver: str, device: str, error: int) -> None:
    """Print what there is to say of a probe that returned `error`."""
    if error and error not in _SILENT:
        if kernel.flavour.probe_failure_of_device:
            kernel.printk("err", f"{driver} {device}", f"probe with driver {driver} failed with error {error}")
        else:
            kernel.printk("warn", driver, f"probe of {device} failed with error {error}")
