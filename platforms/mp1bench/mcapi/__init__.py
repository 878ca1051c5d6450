"""MCAPI 2.0 between Linux and the firmware, over the IPCC and shared memory: the Cortex-A7's side.

`layout.py` says what lies in the memory, for both sides. `transport.py` moves frames: rings, pools, doorbells, epochs.
"""
