"""What the RCC's reset bits do: a block that is put into reset starts anew.

The IPCC's reset, which holds it, and that of the Cortex-M4 leave the RCC as lines, for others to follow.
"""

from stm32mp1.ipcc import Ipcc
from stm32mp1.memory_map import find_block
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


class PeripheralResets(object):
    """Resets those of `devices`, by address, whose bit is set."""

    def __init__(self, rcc, devices):
        at = {}
        for address, device in devices.items():
            block = find_block(address)
            if block is not None and block.base == address and not isinstance(device, Ipcc):
                at[block.name] = device
        self._devices = dict(
            ((offset, bit), [at[block] for block in _BLOCKS.get(name, (name,)) if block in at])
            for offset, bit, name in reset_bits()
        )
        rcc.on_block_reset = self._reset

    def _reset(self, offset, bit):
        for device in self._devices[offset, bit]:
            device.reset()
