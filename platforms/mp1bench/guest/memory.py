"""Where the guest's memory is, and where in it the files belong that the kernel is told of; the kernel lies below.

The memory is that of `stm32mp157_a7.repl`, and the addresses those of `stm32mp157_linux.resc`.
"""

from __future__ import annotations

MEMORY = 0xC0000000
MEMORY_SIZE = 0x20000000
DEVICE_TREE_ADDRESS = 0xC8000000
INITRAMFS_ADDRESS = 0xC8800000
