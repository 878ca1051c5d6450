"""A real Linux on the Cortex-A7: the files it boots from, made here from a distribution's packages, and its machine.

It is not the host model of `mp1bench.linux`, which plays Linux's part without any kernel.
"""
