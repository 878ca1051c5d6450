"""The boot modes of the STM32MP1, and who plays the Cortex-A7 where nobody says so.

In production mode Linux comes up and starts the M4; in engineering mode a debugger loads it, and the M4's image sets up
the clocks itself (m4-platform.md §5.1, §5.3). What follows for a board is the board's business.
"""

from __future__ import annotations

from pathlib import Path

from mp1bench.errors import UsageError, suggest
from mp1bench.image.file import ELF, read_file, recognize
from stm32mp1.syscfg import BOOT_FROM_SD, ENGINEERING_BOOT

PRODUCTION, ENGINEERING = "production", "engineering"

#: By boot mode: what SYSCFG_BOOTR says of the boot pins.
BOOT_PINS = {PRODUCTION: BOOT_FROM_SD, ENGINEERING: ENGINEERING_BOOT}


def choose_host(host: str | None, boot_mode: str, image: Path | None = None, address: int | None = None) -> str:
    """The host, if one is given; else "linux" where it boots and can start the image, and "none" where not.

    UsageError if there is no such boot mode, or if Linux is asked for in engineering mode. ImageError if the image is
    looked at and is none.
    """
    if boot_mode not in BOOT_PINS:
        raise UsageError(f"there is no boot mode called `{boot_mode}`.{suggest(boot_mode, BOOT_PINS)}")
    if host == "linux" and boot_mode == ENGINEERING:
        raise UsageError(
            "in engineering mode the Cortex-A7 does not boot, so there is no Linux. Leave the host away, or boot in"
            " production mode."
        )
    if host is not None:
        return host
    started_by_linux = image is None or (address is None and recognize(image, read_file(image)) == ELF)
    return "linux" if boot_mode == PRODUCTION and started_by_linux else "none"
