"""Hostile images: some hundred files made by breaking good ones, the same in each run, and programs that never end.

They are made here and judged in `test_hostile_images.py`.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator

from mp1bench.image import read_image
from mp1bench.shipped import prebuilt_image

_WORDS = (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_HALVES = (0, 1, 0x7FFF, 0xFFFF)
#: Fields of an ELF header and of a program header that are words, by offset; of the former those that are halves.
_EHDR_WORDS, _EHDR_HALVES = range(24, 40, 4), (16, 18, *range(40, 52, 2))
_PHDR_WORDS = range(0, 32, 4)
_PHDR, _SHDR = 32, 40

# push the address of a register into r0, a value into r1; then the loop
_LOAD, _STORE = bytes.fromhex("0168 fde7"), bytes.fromhex("0160 fde7")


def corpus() -> Iterator[tuple[str, bytes]]:
    """(name, content) of each file."""
    echo = prebuilt_image("rpmsg_echo").read_bytes()
    signals = prebuilt_image("ipcc_signals").read_bytes()
    yield from _headers("echo", echo)
    yield from _program_headers("echo", echo)
    yield from _sections(echo)
    yield from _resource_tables(echo)
    yield from _vectors(signals)
    yield from _anywhere("rtos", prebuilt_image("rpmsg_echo_rtos").read_bytes(), 12)
    yield from _anywhere("access", prebuilt_image("ipcc_access").read_bytes(), 15)
    yield from _cut("echo", echo, 12)
    yield from _text("hex", hex_of_signals(), 25)
    yield from _text("srec", srecords_of_signals(), 15)
    yield from endless()


def _patched(content: bytes, offset: int, form: str, value: int) -> bytes:
    changed = bytearray(content)
    struct.pack_into(form, changed, offset, value)
    return bytes(changed)


def _headers(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    for offset in range(4, 7):
        yield f"{name}-ident{offset}.elf", _patched(content, offset, "<B", 7)
    for offset in _EHDR_HALVES:
        for value in _HALVES:
            yield f"{name}-header{offset}-{value:x}.elf", _patched(content, offset, "<H", value)
    for offset in _EHDR_WORDS:
        for value in (*_WORDS, len(content)):
            yield f"{name}-header{offset}-{value:x}.elf", _patched(content, offset, "<I", value)


def _program_headers(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    start, number = struct.unpack_from("<I", content, 28)[0], struct.unpack_from("<H", content, 44)[0]
    for n in range(number):
        for offset in _PHDR_WORDS:
            at = start + _PHDR * n + offset
            (old,) = struct.unpack_from("<I", content, at)
            for value in (0, 0xFFFFFFFC, (old + 0x10000) & 0xFFFFFFFF):
                yield f"{name}-segment{n}-{offset}-{value:x}.elf", _patched(content, at, "<I", value)


def _sections(content: bytes) -> Iterator[tuple[str, bytes]]:
    chance = random.Random(5)
    start, number = struct.unpack_from("<I", content, 32)[0], struct.unpack_from("<H", content, 48)[0]
    for n in range(40):
        at = start + _SHDR * chance.randrange(number) + 4 * chance.randrange(10)
        yield f"echo-section{n}.elf", _patched(content, at, "<I", chance.choice((*_WORDS, chance.getrandbits(32))))


def _resource_tables(content: bytes) -> Iterator[tuple[str, bytes]]:
    at = content.index(struct.pack("<4I", 1, 2, 0, 0))
    for word in range(35):
        value = (0xFFFFFFFF, 0x10000000)[word % 2]
        yield f"echo-table{word}-{value:x}.elf", _patched(content, at + 4 * word, "<I", value)


def _vectors(content: bytes) -> Iterator[tuple[str, bytes]]:
    (start,) = struct.unpack_from("<I", content, struct.unpack_from("<I", content, 28)[0] + 4)
    for word in range(16):
        for value in (0x10000001, 0xFFFFFFFF):
            yield f"signals-vector{word}-{value:x}.elf", _patched(content, start + 4 * word, "<I", value)


def _anywhere(name: str, content: bytes, number: int) -> Iterator[tuple[str, bytes]]:
    chance = random.Random(name)
    for n in range(number):
        changed = content
        for _ in range(chance.choice((1, 4, 32))):
            changed = _patched(changed, chance.randrange(52, len(content) - 4), "<I", chance.getrandbits(32))
        yield f"{name}-anywhere{n}.elf", changed


def _cut(name: str, content: bytes, number: int) -> Iterator[tuple[str, bytes]]:
    for n in range(number):
        yield f"{name}-cut{n}.elf", content[: len(content) * n // number + 1]


def _text(name: str, content: bytes, number: int) -> Iterator[tuple[str, bytes]]:
    chance = random.Random(name)
    yield f"whole.{name}", content
    for n in range(number):
        changed = bytearray(content)
        for _ in range(chance.choice((1, 3))):
            at = chance.randrange(1, len(changed))
            changed[at : at + chance.choice((0, 1, 40))] = chance.choice((b"0", b"F", b":", b"S", b"\n", b"\xff", b""))
        yield f"changed{n}.{name}", bytes(changed)


# -- programs that never end ----------------------------------------------------------------------------------


def _move(register: int, value: int) -> bytes:
    """MOVW and MOVT."""
    halves = b""
    for opcode, half in ((0xF240, value & 0xFFFF), (0xF2C0, value >> 16)):
        first = opcode | half >> 12 | (half >> 11 & 1) << 10
        halves += struct.pack("<HH", first, (half >> 8 & 7) << 12 | register << 8 | half & 0xFF)
    return halves


def _loop(address: int, loop: bytes, value: int = 0) -> bytes:
    return _move(0, address) + _move(1, value) + loop


def _store(address: int, value: int) -> bytes:
    return _loop(address, b"\x01\x60", value)


def program(code: bytes) -> bytes:
    """An ELF whose reset handler is `code`, in RETRAM; all other handlers return at once."""
    vectors = struct.pack("<64I", 0x10040000, 0x105, *[0x101] * 62)
    body = vectors + bytes.fromhex("7047 00bf") + code
    header = struct.pack("<16sHHIIIII6H", b"\x7fELF\1\1\1", 2, 40, 1, 0, 52, 0, 0x5000000, 52, 32, 1, 40, 0, 0)
    return header + struct.pack("<8I", 1, 84, 0, 0, len(body), len(body), 5, 4) + body


def endless() -> Iterator[tuple[str, bytes]]:
    """Programs that spin, poll, print, ring, sleep, take exceptions or fault for ever."""
    programs = {
        "spin": bytes.fromhex("fee7"),
        "wfe": bytes.fromhex("20bf fde7"),
        "wfi": bytes.fromhex("30bf fde7"),
        "svc": bytes.fromhex("00df fde7"),
        "undefined": bytes.fromhex("00de"),
        "poll-ipcc": _loop(0x4C00100C, _LOAD),
        "poll-usart": _loop(0x4000F01C, _LOAD),
        "poll-nothing": _loop(0x40020000, _LOAD),
        "poll-systick": _loop(0xE000E010, _LOAD),
        "print": _loop(0x4000F028, _STORE, 65),
        "ring": _loop(0x4C001018, _STORE, 0x10000),
        "pendsv": _loop(0xE000ED04, _STORE, 1 << 28),
        "reset": _loop(0xE000ED0C, _STORE, 0x05FA0004),
        "write-scs": _loop(0xE000E014, _STORE, 100),
        "tick": _store(0xE000E014, 1) + _store(0xE000E010, 7) + bytes.fromhex("fee7"),
        "masked": b"\x72\xb6" + _store(0xE000E014, 1) + _store(0xE000E010, 7) + bytes.fromhex("fee7"),
        "semihosting": _loop(3, bytes.fromhex("abbe fde7"), 0x104),
        "stack": bytes.fromhex("ffb4 fde7"),
        "walk": _loop(0x40000000, bytes.fromhex("0168 0430 fce7")),
        "own-code": _loop(0x104, bytes.fromhex("0268 0260 fce7")),
        # TIM2 counts to 4 and asks for DMA, which nobody serves
        "timer": _store(0x4000002C, 4) + _store(0x4000000C, 0x100) + _store(0x40000000, 1) + bytes.fromhex("30bf fde7"),
        "enable-all": b"".join(_store(0xE000E100 + 4 * n, 0xFFFFFFFF) for n in range(5)) + bytes.fromhex("fee7"),
    }
    for name, code in programs.items():
        yield f"endless-{name}.elf", program(code)


# -- text -----------------------------------------------------------------------------------------------------


def _lines() -> Iterator[tuple[int, bytes]]:
    image = read_image(prebuilt_image("ipcc_signals"))
    for segment in image.segments:
        for at in range(0, len(segment.data), 16):
            yield segment.physical + at, segment.data[at : at + 16]


def hex_of_signals() -> bytes:
    """The segments of ipcc_signals as Intel HEX."""
    out, base = "", 0
    for address, data in _lines():
        records = [(4, 0, (address >> 16).to_bytes(2, "big"))] if address >> 16 != base else []
        base = address >> 16
        for kind, low, body in [*records, (0, address & 0xFFFF, data)]:
            record = bytes([len(body)]) + low.to_bytes(2, "big") + bytes([kind]) + body
            out += f":{record.hex()}{-sum(record) & 0xFF:02x}\n"
    return (out + ":00000001FF\n").upper().encode()


def srecords_of_signals() -> bytes:
    """The segments of ipcc_signals as S-records."""
    out = ""
    for address, data in _lines():
        record = bytes([len(data) + 5]) + address.to_bytes(4, "big") + data
        out += f"S3{record.hex()}{~sum(record) & 0xFF:02x}\n"
    return (out + "S70500000000FA\n").upper().encode()
