"""The few functions of the Unicorn library that the engine calls, by ctypes, without the binding's per-call wrappers.

The binding's own callbacks would let an exception call `emu_stop` inside an access, which executes it twice
(embedded-engine.md §4 P1, P8, P10). No policy lives here.
"""

from __future__ import annotations

import ctypes
import functools
import mmap
from collections.abc import Callable, Sequence

from unicorn import arm_const, unicorn_const
from unicorn.unicorn import __version__
from unicorn.unicorn_py3.unicorn import uclib

from mp1bench.errors import EngineMissingError

VERSION = f"unicorn {__version__}"

READ_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_uint64, ctypes.c_void_p, ctypes.c_uint64, ctypes.c_uint, ctypes.c_void_p)
WRITE_CALLBACK = ctypes.CFUNCTYPE(
    None, ctypes.c_void_p, ctypes.c_uint64, ctypes.c_uint, ctypes.c_uint64, ctypes.c_void_p
)
INTERRUPT_CALLBACK = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_uint32, ctypes.c_void_p)
INVALID_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_bool, ctypes.c_void_p, ctypes.c_void_p)
UNMAPPED_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_bool, ctypes.c_void_p, ctypes.c_int, ctypes.c_uint64, ctypes.c_int, ctypes.c_int64, ctypes.c_void_p
)
CODE_CALLBACK = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_uint64, ctypes.c_uint32, ctypes.c_void_p)

#: Where a run would end by address; nothing can be executed there (private peripheral bus).
NOWHERE = 0xE0000002
_PAGE = 0x1000
_TCG_BUFFER = 32 << 20  # the library's default is 1 GiB of address space (P11)
_CTL_WRITE = unicorn_const.UC_CTL_IO_WRITE << 30

# A handle of our own, so that the argument types set here are not the binding's.
_lib = ctypes.CDLL(uclib._name)
_lib.uc_open.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.POINTER(ctypes.c_void_p)]
_lib.uc_close.argtypes = [ctypes.c_void_p]
_lib.uc_strerror.argtypes = [ctypes.c_int]
_lib.uc_strerror.restype = ctypes.c_char_p
_lib.uc_emu_start.argtypes = [ctypes.c_void_p, ctypes.c_uint64, ctypes.c_uint64, ctypes.c_uint64, ctypes.c_size_t]
_lib.uc_emu_stop.argtypes = [ctypes.c_void_p]
_lib.uc_reg_read_batch.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int]
_lib.uc_reg_write_batch.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int]
_lib.uc_mem_unmap.argtypes = [ctypes.c_void_p, ctypes.c_uint64, ctypes.c_size_t]
_lib.uc_hook_del.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
_lib.uc_mem_map_ptr.argtypes = [ctypes.c_void_p, ctypes.c_uint64, ctypes.c_size_t, ctypes.c_uint32, ctypes.c_void_p]
_lib.uc_mmio_map.argtypes = [
    ctypes.c_void_p,
    ctypes.c_uint64,
    ctypes.c_size_t,
    READ_CALLBACK,
    ctypes.c_void_p,
    WRITE_CALLBACK,
    ctypes.c_void_p,
]
# Called for many accesses: arguments prepared once, and no hand-over of the interpreter lock around it.
_read_register = ctypes.PYFUNCTYPE(ctypes.c_int)(("uc_reg_read", _lib))


def _check(status: int, what: str) -> None:
    if status != unicorn_const.UC_ERR_OK:
        raise EngineMissingError(f"{VERSION}: {what} failed: {_lib.uc_strerror(status).decode()}.")


class OneRegister:
    """One register, read the cheapest way there is."""

    def __init__(self, handle: int, register: int) -> None:
        word = ctypes.c_uint32()
        self._value = memoryview(word).cast("B").cast("I")
        self._fetch = functools.partial(
            _read_register, ctypes.c_void_p(handle), ctypes.c_int(register), ctypes.byref(word)
        )

    def read(self) -> int:
        """Its value now."""
        self._fetch()
        return self._value[0]


class Registers:
    """A fixed list of registers, read or written with one call."""

    def __init__(self, library: Unicorn, registers: Sequence[int]) -> None:
        self.size = len(registers)
        self._handle = library.handle
        self.values = (ctypes.c_uint32 * self.size)()
        self._ids = (ctypes.c_int * self.size)(*registers)
        base = ctypes.addressof(self.values)
        self._pointers = (ctypes.c_void_p * self.size)(*(base + 4 * i for i in range(self.size)))

    def read(self) -> list[int]:
        """Values in the order of the list."""
        _lib.uc_reg_read_batch(self._handle, self._ids, self._pointers, self.size)
        return self.values[:]

    def write(self, *values: int) -> None:
        """Write all, in the order of the list; the order matters for the banked ones (embedded-engine.md §2)."""
        self.values[:] = list(values)
        _lib.uc_reg_write_batch(self._handle, self._ids, self._pointers, self.size)


class Unicorn:
    """One Cortex-M4 of the library: mapping, registers, hooks and raw starts."""

    def __init__(self) -> None:
        handle = ctypes.c_void_p()
        # UC_MODE_MCLASS would force a Cortex-M33 (P2).
        status = _lib.uc_open(unicorn_const.UC_ARCH_ARM, unicorn_const.UC_MODE_THUMB, ctypes.byref(handle))
        _check(status, "opening an ARM engine")
        self.handle = handle.value or 0
        self._keep: list[object] = []
        self._control(unicorn_const.UC_CTL_CPU_MODEL, 1, arm_const.UC_CPU_ARM_CORTEX_M4)
        self._control(unicorn_const.UC_CTL_TCG_BUFFER_SIZE, 1, _TCG_BUFFER)
        #: Address of the instruction under way.
        self.pc = OneRegister(self.handle, arm_const.UC_ARM_REG_PC).read

    def close(self) -> None:
        """Free the engine; the memory that was mapped stays its owner's."""
        if self.handle:
            _lib.uc_close(self.handle)
            self.handle = 0

    def _control(self, control: int, arguments: int, *values: int) -> None:
        code = ctypes.c_int(_wrap(control | arguments << 26 | _CTL_WRITE))
        _check(
            _lib.uc_ctl(ctypes.c_void_p(self.handle), code, *(ctypes.c_uint64(v) for v in values)), f"control {control}"
        )

    def map_memory(self, address: int, buffer: mmap.mmap, offset: int, size: int) -> None:
        """Map part of a buffer as readable, writable, executable memory. The buffer is kept alive (P15)."""
        if address % _PAGE or offset % _PAGE or size % _PAGE or not 0 <= offset < offset + size <= len(buffer):
            raise ValueError(f"memory of 0x{size:X} bytes at 0x{address:08X} is not a whole number of 4 KiB pages")
        array = ctypes.c_char.from_buffer(buffer)
        self._keep.append((buffer, array))
        pointer = ctypes.addressof(array) + offset
        status = _lib.uc_mem_map_ptr(self.handle, address, size, unicorn_const.UC_PROT_ALL, pointer)
        _check(status, f"mapping memory at 0x{address:08X}")

    def map_mmio(self, address: int, size: int, read: Callable[..., int], write: Callable[..., None]) -> None:
        """Map callbacks: `read(uc, offset, width, user) -> int` and `write(uc, offset, width, value, user)`."""
        callbacks = (READ_CALLBACK(read), WRITE_CALLBACK(write))
        self._keep.append(callbacks)
        status = _lib.uc_mmio_map(self.handle, address, size, callbacks[0], None, callbacks[1], None)
        _check(status, f"mapping devices at 0x{address:08X}")

    def unmap(self, address: int, size: int) -> None:
        """Forget what is mapped there, all of it. Its buffers stay alive."""
        _check(_lib.uc_mem_unmap(self.handle, address, size), f"unmapping 0x{address:08X}")

    def hook(self, kind: int, callback: object, address: int | None = None) -> int:
        """Add a hook over all addresses, or one, and give its handle.

        `callback` is an instance of one of the callback types above.
        """
        self._keep.append(callback)
        hook = ctypes.c_size_t()
        first, last = (1, 0) if address is None else (address, address)
        status = _lib.uc_hook_add(
            ctypes.c_void_p(self.handle),
            ctypes.byref(hook),
            ctypes.c_int(kind),
            callback,
            None,
            ctypes.c_uint64(first),
            ctypes.c_uint64(last),
        )
        _check(status, f"hook {kind}")
        return hook.value

    def unhook(self, hook: int) -> None:
        """Remove a hook by its handle."""
        _check(_lib.uc_hook_del(self.handle, hook), "removing a hook")

    def flush_code(self) -> None:
        """Forget all translated code: needed after memory that held code was written from outside (P12)."""
        self._control(unicorn_const.UC_CTL_TB_FLUSH, 0)

    def flush_translations(self) -> None:
        """Forget which addresses may be accessed: needed after the MPU was changed."""
        self._control(unicorn_const.UC_CTL_TLB_FLUSH, 0)

    def start(self, pc: int, until: int, count: int) -> int:
        """Execute from `pc`; returns the library's error number, 0 for a regular end."""
        return int(_lib.uc_emu_start(self.handle, pc | 1, until, 0, count))

    def stop(self) -> None:
        """Only from interrupt and code hooks, never from an access (P1)."""
        _lib.uc_emu_stop(self.handle)


def _wrap(value: int) -> int:
    """As a signed C int."""
    return value - (1 << 32) if value >> 31 else value
