"""The verdicts of `check` on what is no resource table: vectors, stack, places at run time, what it was built for."""

from __future__ import annotations

import struct

import pytest

from mp1bench.check import FAIL, PASS, WARN, check
from mp1bench.image import read_image
from mp1bench.image.attributes import read_attributes

HANDLER = 0x10000001
SP = 0x10040000


def table(*handlers: int, sp: int = SP) -> bytes:
    """A vector table: SP, reset and what is given; the exceptions after it have HANDLER up to SysTick."""
    words = [sp, HANDLER, *handlers]
    return struct.pack(f"<{max(len(words), 16)}I", *words, *[HANDLER] * (16 - len(words)))


def attributes(**tags: int) -> bytes:
    """Section .ARM.attributes with numbers by tag."""
    body = b"".join(bytes([int(name[1:]), value]) for name, value in tags.items())
    file = b"\x01" + struct.pack("<I", len(body) + 5) + body
    return b"A" + struct.pack("<I", len(file) + 10) + b"aeabi\0" + file


@pytest.fixture
def judge(elf, write):
    """Findings on an image with the given vector table (or segments), as {rule: (verdict, text)}."""

    def judge_image(vectors: bytes | None = None, *more: object, **options: object):
        if vectors is not None:
            options["loads"] = [elf.Load(0, vectors), elf.DEFAULT[1], *more]
        options.setdefault("symbols", [elf.Symbol("Reset_Handler", HANDLER, 4)])
        image = read_image(write(**options))
        return {finding.rule: (finding.verdict, finding.text) for finding in check(image)}

    return judge_image


# -- vectors --------------------------------------------------------------------------------------------------


def test_shared_and_own_handlers_are_told_apart(elf, judge):
    symbols = [elf.Symbol("Default_Handler", HANDLER, 2), elf.Symbol("IPCC_RX1_IRQHandler", 0x10000003, 2)]
    vectors = table(*[HANDLER] * (14 + 103), 0x10000003)
    assert judge(vectors, symbols=symbols)["vectors"] == (
        PASS,
        "120 entries, 103 interrupts share Default_Handler; of their own have 103 (IPCC_RX1_IRQHandler)",
    )


@pytest.mark.parametrize(
    ("handler", "why"),
    [
        (0x10000002, "HardFault: 0x10000002 is even"),
        (0x10000101, "HardFault: 0x10000101 is in no segment"),
        (0x08000001, "HardFault: 0x08000001 is in no segment"),
    ],
)
def test_vector_that_the_m4_cannot_take_is_named(judge, handler, why):
    assert judge(table(0, handler))["vectors"] == (FAIL, f"16 entries, of which 1 would fault: {why}")


def test_reserved_vectors_may_hold_anything(judge):
    assert judge(table(0, *[HANDLER] * 4, 0xEF123456, 2, 2, 2, HANDLER, HANDLER, 2))["vectors"][0] == PASS


def test_many_wrong_vectors_are_counted(judge):
    verdict, text = judge(table(*[2] * 14))["vectors"]
    assert (verdict, text[:40]) == (FAIL, "16 entries, of which 9 would fault: NMI:")
    assert text.endswith("DebugMonitor: 0x00000002 is even; PendSV: 0x00000002 is even; and 1 more")


def test_missing_hardfault_is_a_warning(judge):
    assert judge(table(HANDLER, 0))["vectors"] == (
        WARN,
        "16 entries without a handler for HardFault: the first fault would lock the M4 up",
    )


def test_table_ends_at_the_first_code_behind_it(elf, judge):
    """All in RETRAM, as RIOT has it: what follows the table is code, and no vector."""
    vectors = struct.pack("<16I", SP, 0x41, *[0x41] * 14)
    loads = [elf.Load(0, vectors + bytes.fromhex("00bffee7") * 8)]
    assert judge(loads=loads)["vectors"] == (PASS, "16 entries")


# -- stack ----------------------------------------------------------------------------------------------------


def test_stack_in_linux_memory(judge):
    assert judge(table(sp=0x10042000))["initial SP"] == (
        FAIL,
        "0x10042000: the stack would grow through Linux's rings and buffers, at 0x10040000 to 0x10046000",
    )


def test_stack_above_linux_memory_ends_there(judge):
    assert judge(table(sp=0x10050000))["stack"] == (PASS, "40 KiB down to Linux's buffers (0x10046000)")


def test_stack_with_no_room_for_two_exceptions_is_a_warning(elf, judge):
    data = elf.Load(0x10020000, b"\1", size=0x1FFC0, flags=6)
    assert judge(table(), data)["stack"] == (
        WARN,
        "64 bytes down to segment 2 (0x10020000): two nested exceptions with floats take 208 bytes",
    )


def test_stack_smaller_than_the_linker_script_wants(elf, judge):
    data = elf.Load(0x10020000, b"\1", size=0x1FE00, flags=6)
    symbols = [elf.Symbol("_Min_Stack_Size", 0x400, info=0x10, section=0xFFF1)]
    assert judge(table(), data, symbols=symbols)["stack"] == (
        WARN,
        "512 bytes down to segment 2 (0x10020000); the linker script wants 1 KiB",
    )


def test_stack_ends_at_the_linker_scripts_mark(elf, judge):
    symbols = [elf.Symbol("_sstack", SP - 0x200, info=0x10)]
    assert judge(table(), symbols=symbols)["stack"] == (PASS, "512 bytes down to _sstack (0x1003FE00)")


def test_stack_that_is_an_object(elf, judge):
    symbols = [elf.Symbol("z_interrupt_stacks", SP - 0x800, 0x800, info=0x11)]
    assert judge(table(), symbols=symbols)["stack"] == (PASS, "2 KiB in z_interrupt_stacks (0x1003F800)")


def test_stack_in_the_variables(elf, judge):
    data = elf.Load(0x10020000, b"\1", size=0x1000, flags=6)
    assert judge(table(sp=0x10020800), data)["stack"] == (PASS, "2 KiB and variables share segment 2 (0x10020000)")


def test_stack_that_grows_through_code_is_a_failure(elf, judge):
    code = elf.Load(0x10020000, b"\1" * 0x1000)
    assert judge(table(sp=0x10020800), code)["stack"] == (FAIL, "it would grow down through segment 2, which is code")


# -- at run time ----------------------------------------------------------------------------------------------


def test_variables_that_are_copied_over_code(elf, judge):
    data = elf.Load(0x10001000, b"\1" * 16, virtual=0x10000000)
    assert judge(table(), data)["segment 2 at run time"] == (
        FAIL,
        "0x10000000, 16 bytes: lies over segment 1 (0x10000000, 4 bytes), so one of them is lost",
    )


def test_variables_that_are_copied_to_no_memory(elf, judge):
    data = elf.Load(0x10001000, b"\1" * 16, virtual=0x20000000)
    assert judge(table(), data)["segment 2 at run time"] == (
        FAIL,
        "0x20000000, 16 bytes: the start-up code would copy it to no memory",
    )


def test_variables_that_are_copied_to_their_place(elf, judge):
    data = elf.Load(0x10001000, b"\1" * 16, virtual=0x10020000)
    assert "segment 2 at run time" not in judge(table(), data)


# -- what it was built for ------------------------------------------------------------------------------------


@pytest.fixture
def built(elf, write, monkeypatch):
    """Findings on an image with such attributes."""

    def judge_image(**tags: int):
        monkeypatch.setattr("mp1bench.image.image.read_attributes", lambda _: read_attributes(attributes(**tags)))
        monkeypatch.setattr("mp1bench.image.elf.ElfFile.section", with_attributes)
        return {f.rule: (f.verdict, f.text) for f in check(read_image(write()))}

    from mp1bench.image.elf import ElfFile, Section

    original = ElfFile.section

    def with_attributes(self, name):
        return Section(name, 0, 0, b"", 0) if name == ".ARM.attributes" else original(self, name)

    return judge_image


def test_attributes_are_read():
    assert read_attributes(attributes(t6=13, t7=77, t10=6)) == {6: 13, 7: 77, 10: 6}


@pytest.mark.parametrize("data", [b"", b"A", b"B" + attributes(t6=13)[1:], attributes(t6=13)[:12]])
def test_attributes_that_make_no_sense_are_left_out(data):
    assert read_attributes(data) == {}


def test_names_among_the_attributes_are_passed_over():
    file = b"\x01" + struct.pack("<I", 5 + 9) + b"\x05" + b"7E-M\0" + b"\x06\x0d"
    assert read_attributes(b"A" + struct.pack("<I", 10 + len(file)) + b"aeabi\0" + file)[6] == 13


@pytest.mark.parametrize(
    ("tags", "verdict", "text"),
    [
        ({"t6": 13}, PASS, "Armv7E-M, which a Cortex-M4 executes"),
        ({"t6": 11}, PASS, "Armv6-M, which a Cortex-M4 executes"),
        ({"t6": 10, "t7": ord("M")}, PASS, "Armv7-M, which a Cortex-M4 executes"),
        (
            {"t6": 10, "t7": ord("A")},
            FAIL,
            "Armv7: the Cortex-M4 has Armv7E-M and would fault at what it does not know.",
        ),
        ({"t6": 17}, FAIL, "Armv8-M mainline: the Cortex-M4 has Armv7E-M and would fault at what it does not know."),
        ({"t6": 4}, WARN, "Arm architecture 4, from before Thumb-2 for microcontrollers. Build with -mcpu=cortex-m4"),
    ],
)
def test_processor_is_judged_by_its_architecture(built, tags, verdict, text):
    found = built(**tags)["built for"]
    assert (found[0], found[1][: len(text)]) == (verdict, text)


@pytest.mark.parametrize(
    ("tags", "verdict", "text"),
    [
        ({}, PASS, "none: it is computed with integers"),
        ({"t10": 6, "t27": 1, "t28": 1}, PASS, "VFPv4-D16 with single precision, passes floats in its registers"),
        ({"t10": 6, "t27": 1}, PASS, "VFPv4-D16 with single precision, soft-float calls"),
        (
            {"t10": 6},
            WARN,
            "VFPv4-D16 with double precision, which the Cortex-M4 has not. Build with -mfpu=fpv4-sp-d16",
        ),
        ({"t10": 8}, WARN, "FPv5-D16: the Cortex-M4 has FPv4 with single precision. Build with -mfpu=fpv4-sp-d16"),
    ],
)
def test_floating_point_is_judged_by_the_m4s_unit(built, tags, verdict, text):
    assert built(t6=13, **tags)["floating point"] == (verdict, text)


def test_semihosting_is_named(elf, judge):
    code = elf.Load(0x10001000, bytes.fromhex("00bfabbe abbe"))
    assert judge(table(), code)["semihosting"] == (
        WARN,
        "BKPT 0xAB at 0x10001002 and 1 more places: the bench shows what it prints, a board without a debugger stops"
        " there",
    )


def test_second_half_of_a_branch_is_no_semihosting(elf, judge):
    assert "semihosting" not in judge(table(), elf.Load(0x10001000, bytes.fromhex("fcf7abbe")))


# -- other formats --------------------------------------------------------------------------------------------


def test_raw_binary_is_judged_likewise(tmp_path):
    path = tmp_path / "firmware.bin"
    path.write_bytes(struct.pack("<16I", SP, 0x41, *[0x41] * 14) + bytes.fromhex("00bffee7"))
    found = {f.rule: (f.verdict, f.text) for f in check(read_image(path, address=0))}
    assert found["format"] == (PASS, "raw binary, 1 segments to load")
    assert found["vectors"] == (PASS, "16 entries")
    assert found["symbols"] == (WARN, "none in raw binary: the trace will show addresses")
    assert found["resource table"] == (
        WARN,
        "none in raw binary: raw IPCC signals will work, RPMsg will not. Linux starts ELF files only: run it with the"
        " host `none`",
    )
