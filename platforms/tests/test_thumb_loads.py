"""What a Thumb load reads: codes and meanings are those of GNU's assembler (`arm-none-eabi-as -mcpu=cortex-m4`)."""

from __future__ import annotations

import pytest

from mp1bench.diagnosis.thumb_loads import Load, find_load

#: R2 and R10 hold addresses, R3 and R11 offsets, SP is 0x10040000.
REGISTERS = [0, 0, 0x10000100, 0x20, 0, 0, 0, 0, 0, 0, 0x50000000, 0x3, 0, 0x10040000, 0]


@pytest.mark.parametrize(
    ("halfwords", "load"),
    [
        ("6891", Load(0x10000108, 4, 1)),  # ldr r1, [r2, #8]
        ("78d1", Load(0x10000103, 1, 1)),  # ldrb r1, [r2, #3]
        ("88d1", Load(0x10000106, 2, 1)),  # ldrh r1, [r2, #6]
        ("58d1", Load(0x10000120, 4, 1)),  # ldr r1, [r2, r3]
        ("56d1", Load(0x10000120, 1, 1)),  # ldrsb r1, [r2, r3]
        ("5ed1", Load(0x10000120, 2, 1)),  # ldrsh r1, [r2, r3]
        ("5cd1", Load(0x10000120, 1, 1)),  # ldrb r1, [r2, r3]
        ("9903", Load(0x1004000C, 4, 1)),  # ldr r1, [sp, #12]
        ("f8da 9808", Load(0x50000808, 4, 9)),  # ldr.w r9, [r10, #2056]
        ("f81a 9c04", Load(0x4FFFFFFC, 1, 9)),  # ldrb.w r9, [r10, #-4]
        ("f83a 9b04", Load(0x50000000, 2, 9)),  # ldrh.w r9, [r10], #4
        ("f85a 902b", Load(0x5000000C, 4, 9)),  # ldr.w r9, [r10, r11, lsl #2]
        ("f99a 9005", Load(0x50000005, 1, 9)),  # ldrsb.w r9, [r10, #5]
        ("f9ba 9006", Load(0x50000006, 2, 9)),  # ldrsh.w r9, [r10, #6]
        ("e95a 8902", Load(0x4FFFFFF8, 4, 8)),  # ldrd r8, r9, [r10, #-8]
        ("e852 1f01", Load(0x10000104, 4, 1)),  # ldrex r1, [r2, #4]
        ("e8d2 1f4f", Load(0x10000100, 1, 1)),  # ldrexb r1, [r2]
        ("e8d2 1f5f", Load(0x10000100, 2, 1)),  # ldrexh r1, [r2]
    ],
)
def test_load_has_the_address_width_and_target_of_its_encoding(halfwords, load):
    assert find_load(code(halfwords), REGISTERS) == load


@pytest.mark.parametrize(
    "halfwords",
    [
        "4907",  # ldr r1, [pc, #28]
        "6091",  # str r1, [r2, #8]
        "f8ca 9808",  # str.w r9, [r10, #2056]
        "e9ca 8902",  # strd r8, r9, [r10, #8]
        "e8d0 f001",  # tbb [r0, r1]
        "bd02",  # pop {r1, pc}
        "ca0a",  # ldmia r2!, {r1, r3}
        "e843 2100",  # strex r1, r2, [r3]
        "f891 f000",  # pld [r1]
        "e7fe",  # b .
        "",  # the end of memory
    ],
)
def test_no_load_of_one_value_through_a_register(halfwords):
    assert find_load(code(halfwords), REGISTERS) is None


def code(halfwords: str) -> bytes:
    return b"".join(int(word, 16).to_bytes(2, "little") for word in halfwords.split())
