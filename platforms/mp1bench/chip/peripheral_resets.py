"""What the RCC's reset bits do: a block that is put into reset starts anew.

The IPCC has a supply of its own (`ipcc_supply.py`), and the Cortex-M4's reset is for `core_reset.py`.
"""

from __future__ import annotations

from collections.abc import Mapping

from mp1bench.memory_map import find_block
from stm32mp1.device import Device
from stm32mp1.ipcc import Ipcc
from stm32mp1.rcc import Rcc
from stm32mp1.rcc_gates import reset_bits

#: Blocks of the memory map behind a bit that has another name, or several blocks.
_BLOCKS = {
    "SPDIF": ("SPDIFRX",),
    "DAC12": ("DAC1",),
    "DFSDM": ("DFSDM1",),
    "FDCAN": ("FDCAN1", "FDCAN2", "FDCAN_CCU"),
    "VREF": ("VREFBUF",),
    "DMAMUX": ("DMAMUX1",),
    "ADC12": ("ADC1", "ADC2", "ADC12_COMMON"),
    "USBO": ("USBOTG",),
    "USBPHY": ("USBPHYC",),
    "STGEN": ("STGENC",),
    "ETHMAC": ("ETH",),
    "QSPI": ("QUADSPI",),
    "USBH": ("USBH_OHCI", "USBH_EHCI"),
}


class PeripheralResets:
    """Resets those of `devices`, by address, whose bit is set."""

    def __init__(self, rcc: Rcc, devices: Mapping[int, Device]) -> None:
        at: dict[str, Device] = {}
        for address, device in devices.items():
            block = find_block(address)
            if block is not None and block.base == address and not isinstance(device, Ipcc):
                at[block.name] = device
        self._devices = {
            (offset, bit): [at[block] for block in _BLOCKS.get(name, (name,)) if block in at]
            for offset, bit, name in reset_bits()
        }
        rcc.on_block_reset = self._reset

    def _reset(self, offset: int, bit: int) -> None:
        for device in self._devices[offset, bit]:
            device.reset()
