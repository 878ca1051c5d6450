"""The hash processor against published digests: FIPS 180's "abc", RFC 1321's, and HMAC's of RFC 2202 and RFC 4231."""

from __future__ import annotations

import pytest

from stm32mp1.hash import CR, DIGEST, DIN, HR0, IMR, SR, STR, Hash

INIT, DMAE, BYTES, HMAC, LKEY = 1 << 2, 1 << 3, 2 << 4, 1 << 6, 1 << 16
SHA1, MD5, SHA224, SHA256 = 0, 1 << 7, 1 << 18, 1 << 18 | 1 << 7
DCAL = 1 << 8
DINIS, DCIS = 1, 2


def feed(unit: Hash, data: bytes) -> None:
    """Data as software writes it with byte exchange: little-endian words, the valid bits of the last in STR."""
    for at in range(0, len(data), 4):
        unit.write(DIN, int.from_bytes(data[at : at + 4], "little"), 4)
    unit.write(STR, 8 * (len(data) % 4), 4)


def end(unit: Hash) -> None:
    unit.write(STR, unit.read(STR, 4) | DCAL, 4)


def digest(unit: Hash, words: int) -> str:
    return "".join(f"{unit.read(DIGEST + 4 * n, 4):08x}" for n in range(words))


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        (SHA1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
        (MD5, "900150983cd24fb0d6963f7d28e17f72"),
        (SHA224, "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"),
        (SHA256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    ],
    ids=["SHA-1", "MD5", "SHA-224", "SHA-256"],
)
def test_digest_of_abc_is_the_standards(algorithm: int, expected: str) -> None:
    unit = Hash()
    unit.write(CR, algorithm | BYTES | INIT, 4)
    feed(unit, b"abc")
    assert unit.read(SR, 4) == DINIS
    end(unit)
    assert unit.read(SR, 4) == DINIS | DCIS
    assert digest(unit, len(expected) // 8) == expected
    assert f"{unit.read(HR0, 4):08x}" == expected[:8]


@pytest.mark.parametrize(
    ("algorithm", "key", "message", "expected"),
    [
        (SHA1, b"Jefe", b"what do ya want for nothing?", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
        (SHA256, b"Jefe", b"what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c7"
                                                           "5a003f089d2739839dec58b964ec3843"),
        (SHA1, b"\xaa" * 80, b"Test Using Larger Than Block-Size Key - Hash Key First",
         "aa4ae5e15272d00e95705637ce8a3b55ed402112"),
    ],
    ids=["SHA-1", "SHA-256", "long-key"],
)  # fmt: skip
def test_keyed_digest_is_the_standards(algorithm: int, key: bytes, message: bytes, expected: str) -> None:
    unit = Hash()
    unit.write(CR, algorithm | BYTES | HMAC | INIT | (LKEY if len(key) > 64 else 0), 4)
    for part in (key, message, key):
        assert unit.read(SR, 4) & DCIS == 0
        feed(unit, part)
        end(unit)
    assert digest(unit, len(expected) // 8) == expected


def test_what_dma_brought_ends_when_software_switches_dma_off() -> None:
    unit = Hash()
    unit.write(CR, SHA224 | BYTES | INIT, 4)
    unit.write(STR, 24, 4)
    unit.write(CR, SHA224 | BYTES | DMAE, 4)
    assert unit.level("DMA")
    unit.write(DIN, int.from_bytes(b"abc", "little"), 4)
    unit.write(CR, SHA224 | BYTES, 4)
    assert not unit.level("DMA")
    assert digest(unit, 7) == "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"


@pytest.mark.parametrize(("enable", "at_once"), [(DINIS, True), (DCIS, False)], ids=["DINIE", "DCIE"])
def test_line_is_high_while_an_enabled_flag_is_set(enable: int, at_once: bool) -> None:
    unit = Hash()
    unit.write(CR, SHA1 | BYTES | INIT, 4)
    unit.write(IMR, enable, 4)
    assert unit.level("IRQ") == at_once
    end(unit)
    assert unit.level("IRQ")


@pytest.mark.parametrize(("exchange", "word"), [(0, 0x61626380), (1, 0x63806162), (2, 0x80636261), (3, 0x01C64686)])
def test_data_type_says_how_the_bytes_of_a_word_are_exchanged(exchange: int, word: int) -> None:
    unit = Hash()
    unit.write(CR, SHA1 | exchange << 4 | INIT, 4)
    unit.write(DIN, word, 4)
    unit.write(STR, 24, 4)
    end(unit)
    assert digest(unit, 5) == "a9993e364706816aba3e25717850c26c9cd0d89d"


def test_computation_goes_on_from_its_state() -> None:
    unit, other = Hash(), Hash()
    unit.write(CR, MD5 | BYTES | INIT, 4)
    unit.write(DIN, int.from_bytes(b"mess", "little"), 4)
    other.from_state(unit.state())
    feed(other, b"age digest")
    end(other)
    assert digest(other, 4) == "f96b697d7cb7938d525a2f31aaf161d0"
