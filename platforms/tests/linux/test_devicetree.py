"""Reading device trees: text and compiled, and what is said of one that cannot be read.

What the shipped tree must hold is from linux-mailbox.md §2.6, §3.1 and §3.2.
"""

from __future__ import annotations

import re
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mp1bench.errors import PlatformError
from mp1bench.linux.devicetree import default_tree, read_tree
from mp1bench.linux.of import Node, Reference
from mp1bench.shipped import default_device_tree

Write: TypeAlias = "Callable[[str], Node]"

dtc = pytest.mark.skipif(shutil.which("dtc") is None, reason="dtc (device-tree-compiler) is not installed")


@pytest.fixture
def read(tmp_path: Path) -> Write:
    """Reads a tree's text, which need not say /dts-v1/."""

    def read(text: str) -> Node:
        file = tmp_path / "my.dts"
        file.write_text(f"/dts-v1/;\n{text}", encoding="utf-8")
        return read_tree(file)

    return read


def find(root: Node, path: str) -> Node:
    (found,) = [node for node in root.walk() if node.path == path]
    return found


def flatten(root: Node) -> bytes:
    """The tree as a .dtb (Devicetree Specification §5)."""
    strings = bytearray()

    def pad(data: bytes) -> bytes:
        return data.ljust(len(data) + 3 & ~3, b"\0")

    def body(node: Node) -> Iterable[bytes]:
        yield struct.pack(">I", 1) + pad(node.name.strip("/").encode() + b"\0")
        for name, value in node.properties.items():
            yield struct.pack(">III", 3, len(value), len(strings)) + pad(value)
            strings.extend(name.encode() + b"\0")
        for child in node.children:
            yield struct.pack(">I", 4)  # a NOP
            yield from body(child)
        yield struct.pack(">I", 2)

    blocks = b"".join(body(root)) + struct.pack(">I", 9)
    at = 40 + 16
    total = at + len(blocks) + len(strings)
    header = struct.pack(">10I", 0xD00DFEED, total, at, at + len(blocks), 40, 17, 16, 0, len(strings), len(blocks))
    return header + bytes(16) + blocks + bytes(strings)


def shape(root: Node) -> list[tuple[str, dict[str, bytes], str]]:
    lists = ("mboxes", "clocks", "resets", "interrupts-extended", "interrupts", "memory-region", "st,syscfg-pdds")
    return [(node.path, node.properties, str([node.references(name) for name in lists])) for node in root.walk()]


# -- the shipped tree -----------------------------------------------------------------------------------------


def test_ipcc_of_the_shipped_tree_is_the_bindings() -> None:
    ipcc = find(default_tree(), "/soc/mailbox@4c001000")
    assert ipcc.compatible == ["st,stm32mp1-ipcc"]
    assert ipcc.reg == [(0x4C001000, 0x400)]
    assert (ipcc.cell("st,proc-id"), ipcc.cell("#mbox-cells")) == (0, 1)
    assert [cells for _, cells in ipcc.references("clocks")] == [(83,)]
    assert ipcc.strings("interrupt-names") == ["rx", "tx"]
    assert [cells for _, cells in ipcc.references("interrupts-extended")] == [(61, 1), (0, 101, 4)]
    assert ipcc.has("wakeup-source")


def test_m4_of_the_shipped_tree_is_the_dk_boards_with_a_page_for_signed_images() -> None:
    m4 = find(default_tree(), "/ahb/m4@10000000")
    assert m4.parent is not None
    assert m4.parent.ranges("dma-ranges") == [
        (0x00000000, 0x38000000, 0x10000),
        (0x10000000, 0x10000000, 0x60000),
        (0x30000000, 0x30000000, 0x60000),
    ]
    regions = [(r.node.base_name, *r.node.reg) for r in m4.references("memory-region") if r.node is not None]
    assert regions == [
        ("retram", (0x38000000, 0x10000)),
        ("mcuram", (0x30000000, 0x40000)),
        ("mcuram2", (0x10000000, 0x40000)),
        ("vdev0vring0", (0x10040000, 0x1000)),
        ("vdev0vring1", (0x10041000, 0x1000)),
        ("vdev0buffer", (0x10042000, 0x4000)),
        ("mcu-shm", (0x10048000, 0x1000)),
    ]
    assert m4.strings("mbox-names") == ["vq0", "vq1", "shutdown", "detach"]
    assert [cells for _, cells in m4.references("mboxes")] == [(0,), (1,), (2,), (3,)]
    assert [cells for _, cells in m4.references("interrupts")] == [(68, 1)]
    assert [cells for _, cells in m4.references("resets")] == [(0x2021,)]
    fields = {
        name: [(r.node.address(), *r.cells) for r in m4.references(f"st,syscfg-{name}") if r.node is not None]
        for name in ("holdboot", "tz", "pdds", "rsc-tbl", "m4-state")
    }
    assert fields == {
        "holdboot": [(0x50000000, 0x10C, 1)],
        "tz": [(0x50000000, 0x000, 1)],
        "pdds": [(0x50001014, 0, 1)],
        "rsc-tbl": [(0x5C00A000, 0x144, 0xFFFFFFFF)],
        "m4-state": [(0x5C00A000, 0x148, 0xFFFFFFFF)],
    }


@dtc
def test_dtc_compiles_the_shipped_tree_without_a_word(tmp_path: Path) -> None:
    command = ["dtc", "-I", "dts", "-O", "dtb", "-o", str(tmp_path / "x.dtb"), str(default_device_tree())]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert shape(read_tree(tmp_path / "x.dtb")) == shape(default_tree())


def test_compiled_tree_reads_as_its_text_does(tmp_path: Path) -> None:
    (tmp_path / "x.dtb").write_bytes(flatten(default_tree()))
    assert shape(read_tree(tmp_path / "x.dtb")) == shape(default_tree())


def test_shipped_tree_is_read_once() -> None:
    assert default_tree() is default_tree()


# -- the language ---------------------------------------------------------------------------------------------


def test_a_tree_of_ones_own_overrides_and_deletes(read: Write) -> None:
    root = read(
        '/include/ "stm32mp157.dts"\n'
        "/delete-node/ &cpu0;\n"
        '&m4 { mboxes = <&ipcc 4>, <&ipcc 5>; status = "disabled"; /delete-property/ mbox-names; };'
    )
    m4 = find(root, "/ahb/m4@10000000")
    assert [cells for _, cells in m4.references("mboxes")] == [(4,), (5,)]
    assert (m4.enabled, m4.has("mbox-names")) == (False, False)
    assert find(root, "/cpus").children == []


def test_preprocessed_text_is_read(read: Write) -> None:
    assert read('# 1 "board.dts"\n/* C */ / { // C++\n a = <(1 << 4) 0x2>; b = [01 02]; };').cells("a") == [16, 2]


def test_empty_entry_of_a_list_is_kept_and_a_broken_one_ends_it(read: Write) -> None:
    root = read(
        "/ { one: one { #mbox-cells = <1>; }; none: none { };"
        " a { mboxes = <0>, <&one 7>; }; b { mboxes = <&one 7>, <&none 1>; }; c { mboxes = <&one 7>, <99 1>; };"
        " d { mboxes = <&one>; }; };"
    )
    one = find(root, "/one")
    assert find(root, "/a").references("mboxes") == [Reference(None, ()), Reference(one, (7,))]
    assert find(root, "/b").references("mboxes") == [Reference(one, (7,))]
    assert find(root, "/c").references("mboxes") == [Reference(one, (7,))]
    assert find(root, "/d").references("mboxes") == []
    assert find(root, "/d").references("clocks") == []


def test_interrupts_belong_to_the_nearest_parent(read: Write) -> None:
    root = read(
        "/ { interrupt-parent = <&two>; two: two { #interrupt-cells = <2>; }; a { interrupts = <1 2 3 4>; };"
        " one: one { interrupt-controller; #interrupt-cells = <1>; b { interrupts = <5>; }; };"
        " c { interrupt-parent = <&one>; interrupts = <6>; }; d { interrupt-parent = <&a>; interrupts = <6>; };"
        " a: e { }; };"
    )
    one, two = find(root, "/one"), find(root, "/two")
    assert find(root, "/a").references("interrupts") == [Reference(two, (1, 2)), Reference(two, (3, 4))]
    assert find(root, "/one/b").references("interrupts") == [Reference(one, (5,))]
    assert find(root, "/c").references("interrupts") == [Reference(one, (6,))]
    assert find(root, "/d").references("interrupts") == []


def test_addresses_go_through_the_buses(read: Write) -> None:
    root = read(
        "/ { #address-cells = <1>; #size-cells = <1>;"
        " bus { #address-cells = <1>; #size-cells = <1>; ranges = <0x100 0x40000000 0x100>;"
        " in@180 { reg = <0x180 4 0x190 4>; }; out@200 { reg = <0x200 4>; }; };"
        " wide { #address-cells = <2>; #size-cells = <1>; ranges; far@100000000 { reg = <1 0 4>; }; };"
        " private { #address-cells = <1>; #size-cells = <0>; part@1 { reg = <1>; }; }; };"
    )
    assert [find(root, "/bus/in@180").address(n) for n in range(3)] == [0x40000080, 0x40000090, None]
    assert find(root, "/bus/out@200").address() is None
    assert find(root, "/wide/far@100000000").address() == 1 << 32
    assert find(root, "/private/part@1").address() is None


@pytest.mark.parametrize(
    ("root", "bus", "reg"),
    [
        ("#address-cells = <2>; #size-cells = <2>;", "", (1 << 32 | 2, 3 << 32 | 4)),
        ("#address-cells = <2>; #size-cells = <2>;", "#size-cells = <1>;", (1 << 32 | 2, 3)),
        ("#address-cells = <2>;", "", (1 << 32 | 2, 3)),
        ("", "", (1, 2)),
    ],
)
def test_a_bus_counts_cells_as_the_nearest_above_says_and_else_one(
    root: str, bus: str, reg: tuple[int, int], read: Write
) -> None:
    tree = read("/ {" + root + " bus {" + bus + " ranges; a@100000002 { reg = <1 2 3 4>; }; }; };")
    node = find(tree, "/bus/a@100000002")
    assert (node.reg[0], node.address()) == (reg, reg[0])


# -- what cannot be read --------------------------------------------------------------------------------------

MACRO = (
    ". This is for the C preprocessor; give the text that it makes (cpp -nostdinc -x assembler-with-cpp), or a .dtb."
)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "{}:2: no root node defined."),
        ("/ { a = <1>\n b; };", "{}:3: expected ';' or ','."),
        ("/ { a = <&x 1>; };", "{}:2: /: undefined node label 'x'."),
        ('/include/ "none.dtsi"', "{}:2: 'none.dtsi' could not be found."),
        ("#include <x.h>\n/ { };", "{}:2: expected '/' or label reference (&foo)" + MACRO),
        ("/ {\n clocks = <&rcc IPCC>; };", "{}:3: expected number or parenthesized expression" + MACRO),
        (
            "/ { a = <089>; };",
            "{}: a number of this device tree is none: invalid literal for int() with base 8: '089'.",
        ),
        ("/ { a = <(1 << 99999)>; };", "{}: a number of this device tree is none: it is far too large."),
        ("/ { a = <(1 << 0xffffffffffffffff)>; };", "{}: a number of this device tree is none: it is far too large."),
        ("/ { a = <(1 << (-1))>; };", "{}: a number of this device tree is none: negative shift count."),
        ("&x { };", "{}: a node is named by its label before there is a root node `/ {{ }};`."),
        ("/ { a { phandle = <1>; }; b { phandle = <1>; }; };", "{}: /b: duplicated phandle 0x1 (seen before at /a)."),
        ("/ {" + "a {" * 3000, "{}: this device tree is nested too deeply."),
    ],
)
def test_text_is_refused_with_file_and_line(text: str, sentence: str, read: Write, tmp_path: Path) -> None:
    with pytest.raises(PlatformError) as refused:
        read(text)
    assert str(refused.value) == sentence.format(tmp_path / "my.dts")


def test_a_place_without_a_file_is_refused(tmp_path: Path) -> None:
    places = {"": "is a directory", "none": "no such file or directory", "nul\0": "embedded null byte"}
    for name, why in places.items():
        path = tmp_path / name
        with pytest.raises(PlatformError) as refused:
            read_tree(path)
        assert str(refused.value) == f"the device tree {path} cannot be read: {why}."
    with pytest.raises(PlatformError, match=r"^a device tree is the path of a file, not 5\.$"):
        read_tree(5)  # type: ignore[arg-type]


def test_text_cannot_be_read_without_the_library_and_a_compiled_tree_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled = tmp_path / "my.dtb"
    compiled.write_bytes(flatten(default_tree()))
    monkeypatch.delitem(sys.modules, "mp1bench.linux.dts")
    monkeypatch.setitem(sys.modules, "devicetree", None)
    with pytest.raises(PlatformError) as refused:
        read_tree(default_device_tree())
    assert str(refused.value) == (
        f"to read {default_device_tree()} takes the package devicetree, which is not installed: pip install devicetree."
    )
    assert read_tree(compiled).children


HEADER = struct.pack(">10I", 0xD00DFEED, 1000, 40, 1000, 40, 17, 16, 0, 0, 0)
DAMAGED = "the compiled device tree {} is cut short or damaged: "
EXPECTED = " where a node or property should begin or end."


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "{}:1: expected '/dts-v1/;' at start of file."),
        (b"\x7fELF\xff", "{} is neither a device tree's text nor a compiled one (.dtb): its byte 4 is 0xFF."),
        (HEADER[:20], DAMAGED + "it has 20 bytes, and its header alone needs 40."),
        (HEADER, DAMAGED + "it says 1000 bytes, and the file has 40."),
        (HEADER + 240 * b"\0\0\0\4", DAMAGED + "it ends within a node."),
        (HEADER + b"\0\0\0\1" + 956 * b"n", DAMAGED + "at 0x2c a name does not end."),
        (HEADER + bytes(960), DAMAGED + "at 0x28 there is 0x0" + EXPECTED),
        (HEADER + 120 * b"\0\0\0\1\0\0\0\0", DAMAGED + "its nodes are nested deeper than 64."),
        (HEADER + struct.pack(">5I", 1, 0, 3, 999, 0).ljust(960), DAMAGED + "a property of / is longer than the file."),
    ],
)
def test_a_file_that_holds_no_tree_is_refused(data: bytes, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "my.dtb").write_bytes(data)
    with pytest.raises(PlatformError) as refused:
        read_tree(tmp_path / "my.dtb")
    assert str(refused.value) == sentence.format(tmp_path / "my.dtb")


@settings(
    derandomize=True, max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(compiled=st.booleans(), at=st.integers(0, 10_000), cut=st.integers(0, 30), put=st.binary(max_size=8))
def test_a_damaged_tree_is_read_or_refused_in_a_sentence(
    compiled: bool, at: int, cut: int, put: bytes, tmp_path: Path
) -> None:
    data = flatten(default_tree()) if compiled else default_device_tree().read_bytes()
    at %= len(data)
    file = tmp_path / "damaged"
    file.write_bytes(data[:at] + put + data[at + cut :])
    refusal = ""
    try:
        read_tree(file)
    except PlatformError as error:
        refusal = str(error)
    assert re.fullmatch(r"([^\n]*\.)?", refusal)
