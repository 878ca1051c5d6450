"""What could come from outside the M4 and its devices: Linux, whoever types on a UART, whoever drives a pin.

Each is tried on a twin. Whether it would come on the board is another question.
"""

from __future__ import annotations

from collections.abc import Callable

from mp1bench.diagnosis.twin import Twin
from stm32mp1.gpio import Gpio
from stm32mp1.hsem import Hsem
from stm32mp1.ipcc_table import C1SCR, HALF
from stm32mp1.usart import Usart

_CPU1_OWNS = 0x80000100  # in HSEM_Rn: taken by core 1
_CPU1_FREES = 0x100
_VDEV_STATUS = 0x30  # in a resource table that begins with its vdev (m4-platform.md §4.3)
_DRIVER_OK = 7


def linux_rings(twin: Twin) -> None:
    """Linux signals on all channels."""
    if twin.board.ipcc is not None:
        twin.poke(twin.board.ipcc_name, C1SCR, (1 << twin.board.ipcc.CHANNELS) - 1 << HALF)


def linux_acknowledges(twin: Twin) -> None:
    """Linux clears what the M4 has occupied, on all channels."""
    if twin.board.ipcc is not None:
        twin.poke(twin.board.ipcc_name, C1SCR, (1 << twin.board.ipcc.CHANNELS) - 1)


def linux_is_ready(twin: Twin) -> None:
    """Linux's virtio driver says DRIVER_OK in the resource table."""
    image = twin.image
    if image is not None and image.resource_table is not None:
        twin.engine.write(image.resource_table.address + _VDEV_STATUS, _DRIVER_OK, 1)


def linux_frees_semaphores(twin: Twin) -> None:
    """Linux gives back what it has taken of the HSEM."""
    for name, device in twin.board.devices.items():
        if isinstance(device, Hsem):
            for offset in range(0, 0x80, 4):
                if twin.engine.read(twin.address(name) + offset) & 0xFFFFFF00 == _CPU1_OWNS:
                    twin.poke(name, offset, _CPU1_FREES)


def somebody_types(twin: Twin) -> None:
    """Every UART receives bytes."""
    for device in twin.board.devices.values():
        if isinstance(device, Usart):
            device.receive(b"\r\n")


def pins_move(twin: Twin) -> None:
    """Every pin is driven high, then low."""
    for level in (True, False):
        for device in twin.board.devices.values():
            if isinstance(device, Gpio):
                for pin in range(device.INPUTS):
                    device.input(pin, level)


def pins_are_high(twin: Twin) -> None:
    """Every pin is driven high."""
    for device in twin.board.devices.values():
        if isinstance(device, Gpio):
            for pin in range(device.INPUTS):
                device.input(pin, True)


#: What may come at any time; a firmware that waits for it is at rest.
COMES: tuple[Callable[[Twin], None], ...] = (
    linux_rings,
    somebody_types,
    pins_move,
    pins_are_high,
)
