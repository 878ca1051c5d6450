"""What lies in the memory that Linux and the firmware share: decoded from bytes, shown as text, JSON and HTML.

`decode` is a pure function of memory; `board` and `snapshot` give it one.
"""

from ipcclab.sharedmemory.decode import decode
from ipcclab.sharedmemory.structure import Descriptor, Finding, Owner, Ring, SharedMemory

__all__ = ["Descriptor", "Finding", "Owner", "Ring", "SharedMemory", "decode"]
