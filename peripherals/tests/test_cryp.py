"""The cryptographic processor against NIST's examples: FIPS 197 appendix C, SP 800-38A appendix F."""

from __future__ import annotations

import pytest

from stm32mp1.cryp import CR, DIN, DMACR, DOUT, IMSCR, IV0LR, K0LR, SR, Cryp

DECRYPT, ECB, CBC, CTR, KEY, CRYPEN, FFLUSH = 1 << 2, 4 << 3, 5 << 3, 6 << 3, 7 << 3, 1 << 15, 1 << 14
IFEM, IFNF, OFNE, OFFU = 1, 2, 4, 8

KEY_38A = "2b7e151628aed2a6abf7158809cf4f3c"
PLAIN_38A = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"


def words(text: str) -> list[int]:
    return [int(text[at : at + 8], 16) for at in range(0, len(text), 8)]


def processor(control: int, key: str, vector: str = "") -> Cryp:
    cryp = Cryp()
    for n, word in enumerate(words(key)):
        cryp.write(K0LR + 4 * (8 - len(key) // 8 + n), word, 4)
    for n, word in enumerate(words(vector)):
        cryp.write(IV0LR + 4 * n, word, 4)
    cryp.write(CR, control | (len(key) // 16 - 2) << 8, 4)
    cryp.write(CR, cryp.read(CR, 4) | CRYPEN, 4)
    return cryp


def through(cryp: Cryp, text: str) -> str:
    out = ""
    for at in range(0, len(text), 32):
        for word in words(text[at : at + 32]):
            cryp.write(DIN, word, 4)
        while cryp.read(SR, 4) & OFNE:
            out += f"{cryp.read(DOUT, 4):08x}"
    return out


@pytest.mark.parametrize(
    ("key", "cipher"),
    [
        ("000102030405060708090a0b0c0d0e0f", "69c4e0d86a7b0430d8cdb78070b4c55a"),
        ("000102030405060708090a0b0c0d0e0f1011121314151617", "dda97ca4864cdfe06eaf70a0ec0d7191"),
        ("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", "8ea2b7ca516745bfeafc49904b496089"),
    ],
    ids=["128", "192", "256"],
)
def test_each_key_size_both_ways(key: str, cipher: str) -> None:
    plain = "00112233445566778899aabbccddeeff"
    assert through(processor(ECB, key), plain) == cipher
    assert through(processor(ECB | DECRYPT, key), cipher) == plain


@pytest.mark.parametrize(
    ("mode", "vector", "cipher"),
    [
        (ECB, "", "3ad77bb40d7a3660a89ecaf32466ef97f5d3d58503b9699de785895a96fdbaaf"),
        (CBC, "000102030405060708090a0b0c0d0e0f", "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2"),
        (CTR, "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff", "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff"),
    ],
    ids=["ECB", "CBC", "CTR"],
)
def test_each_mode_both_ways(mode: int, vector: str, cipher: str) -> None:
    assert through(processor(mode, KEY_38A, vector), PLAIN_38A) == cipher
    assert through(processor(mode | DECRYPT, KEY_38A, vector), cipher) == PLAIN_38A


def test_key_preparation_is_over_at_once() -> None:
    assert processor(KEY, KEY_38A).read(CR, 4) & CRYPEN == 0


def test_bytes_are_exchanged_on_both_sides() -> None:
    cryp = processor(ECB | 2 << 6, KEY_38A)
    turned = "".join(f"{int.from_bytes(word.to_bytes(4, 'little'), 'big'):08x}" for word in words(PLAIN_38A[:32]))
    assert through(cryp, turned) == "b47bd73a60367a0df3ca9ea897ef6624"


def test_fifos_are_eight_words() -> None:
    cryp = processor(ECB, KEY_38A)
    assert cryp.read(SR, 4) == IFEM | IFNF
    for word in words(PLAIN_38A) * 2:
        cryp.write(DIN, word, 4)
    assert cryp.read(SR, 4) == OFNE | OFFU
    cryp.write(CR, ECB | FFLUSH, 4)
    assert cryp.read(SR, 4) == IFEM | IFNF


@pytest.mark.parametrize(("enable", "before", "after"), [(1, True, True), (2, False, True)], ids=["INIM", "OUTIM"])
def test_line_is_high_while_an_enabled_fifo_wants_service(enable: int, before: bool, after: bool) -> None:
    cryp = processor(ECB, KEY_38A)
    cryp.write(IMSCR, enable, 4)
    assert cryp.level("IRQ") == before
    for word in words(PLAIN_38A[:32]):
        cryp.write(DIN, word, 4)
    assert cryp.level("IRQ") == after


def test_dma_brings_while_there_is_room_and_takes_what_is_ready() -> None:
    cryp = processor(ECB, KEY_38A)
    cryp.write(DMACR, 3, 4)
    assert (cryp.level("INDMA"), cryp.level("OUTDMA")) == (True, False)
    for word in words(PLAIN_38A) * 2:
        cryp.write(DIN, word, 4)
    assert (cryp.level("INDMA"), cryp.level("OUTDMA")) == (False, True)


def test_algorithm_that_is_not_modelled_says_so() -> None:
    cryp = Cryp()
    said: list[str] = []
    cryp.on_event = lambda kind, subject, before, after: said.append(subject)
    cryp.write(CR, CRYPEN | 1 << 19, 4)
    assert said == ["an algorithm other than AES in ECB, CBC or CTR"]


def test_keys_cannot_be_read_and_go_on_in_the_state() -> None:
    cryp, other = processor(CBC, KEY_38A, "000102030405060708090a0b0c0d0e0f"), Cryp()
    assert cryp.read(K0LR + 16, 4) == 0
    first = through(cryp, PLAIN_38A[:32])
    other.from_state(cryp.state())
    assert first + through(other, PLAIN_38A[32:]) == (
        "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2"
    )


def test_counter_of_ctr_wraps_within_its_word() -> None:
    cryp = processor(CTR, KEY_38A, "000000000000000000000000ffffffff")
    through(cryp, PLAIN_38A)
    assert [cryp.read(IV0LR + 4 * n, 4) for n in range(4)] == [0, 0, 0, 1]
