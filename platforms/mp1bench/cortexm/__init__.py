"""The Cortex-M4 around the instruction set: exceptions, NVIC, SysTick and the System Control Space.

Pure Python: it knows no emulator. An engine lends it the registers (`borrowed.CpuState`) and the memory.
"""
