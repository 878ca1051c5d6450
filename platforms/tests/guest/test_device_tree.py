"""The guest's device tree: compiled as dtc compiles it, changed in /chosen only, and what a kernel needs is in it.

What it must hold is from linux-mailbox.md §2.6, §3.1, §7.1 and renode.md §10.3.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from guest_inputs import TREE
from mp1bench.errors import PlatformError
from mp1bench.guest.device_tree import chosen, compiled
from mp1bench.guest.errors import FilesError
from mp1bench.linux.devicetree import read_tree
from mp1bench.linux.fdt import read_blob, reservations, write_blob
from mp1bench.linux.of import Node
from mp1bench.shipped import default_device_tree

OURS = default_device_tree("stm32mp157_guest.dts")

dtc = pytest.mark.skipif(shutil.which("dtc") is None, reason="dtc (device-tree-compiler) is not installed")


def text_of(blob: bytes) -> str:
    """The tree as dtc reads it, sorted."""
    command = ["dtc", "-q", "-s", "-I", "dtb", "-O", "dts"]
    return subprocess.run(command, input=blob, capture_output=True, check=True).stdout.decode()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    path = tmp_path / "x.dtb"
    path.write_bytes(TREE)
    return path


# -- compiled ---------------------------------------------------------------------------------------------------


@dtc
@pytest.mark.parametrize("name", ["stm32mp157_guest.dts", "stm32mp157.dts", "stm32mp157_bidirectional.dts"])
def test_a_shipped_tree_compiles_to_what_dtc_makes_of_it(name):
    path = default_device_tree(name)
    command = ["dtc", "-q", "-I", "dts", "-O", "dtb", "-i", str(path.parent), str(path)]
    theirs = subprocess.run(command, capture_output=True, check=True).stdout
    assert text_of(compiled(path)) == text_of(theirs)


@dtc
def test_what_is_written_is_what_dtc_reads():
    assert text_of(write_blob(read_blob(TREE, Path("x")), [(0xC4000000, 0x1000)])) == text_of(TREE)


def test_what_is_written_is_read_back():
    root = Node("/", properties={"a": b"", "odd": b"123"})
    child = Node("child@1", root, properties={"a": b"4444"})
    Node("leaf", child)
    Node("second", root)
    back = read_blob(write_blob(root, [(1 << 40, 2)]), Path("x"))
    rows = [(node.path, node.properties) for node in back.walk()]
    assert rows == [
        ("/", {"a": b"", "odd": b"123"}),
        ("/child@1", {"a": b"4444"}),
        ("/child@1/leaf", {}),
        ("/second", {}),
    ]
    assert reservations(write_blob(root, [(1 << 40, 2)]), Path("x")) == [(1 << 40, 2)]


def test_the_header_says_version_17_and_each_blocks_place_and_size():
    blob = write_blob(Node("/", properties={"ab": b"1234"}), [(1, 2)])
    structure = 4 + 4 + 12 + 4 + 4 + 4  # a node with an empty name, a property of four bytes, two ends
    reserved = 2 * 16
    expected = (0xD00DFEED, len(blob), 40 + reserved, 40 + reserved + structure, 40, 17, 16, 0, 3, structure)
    assert struct.unpack_from(">10I", blob) == expected
    assert len(blob) == 40 + reserved + structure + 3


def test_memory_reservations_of_a_text_are_compiled(tmp_path):
    path = tmp_path / "x.dts"
    path.write_text("/dts-v1/;\n/memreserve/ 0xc4000000 0x1000;\n/ { };\n")
    assert reservations(compiled(path), path) == [(0xC4000000, 0x1000)]


def test_a_compiled_tree_stays_as_it_is(tree):
    assert compiled(tree) == TREE


def test_a_damaged_tree_is_refused(tree):
    tree.write_bytes(TREE[:-60])
    with pytest.raises(PlatformError) as raised:
        compiled(tree)
    assert str(raised.value) == (
        f"the compiled device tree {tree} is cut short or damaged:"
        f" it says {len(TREE)} bytes, and the file has {len(TREE) - 60}."
    )


def test_reservations_that_do_not_end_are_refused(tree):
    data = TREE[:16] + struct.pack(">I", len(TREE) - 4) + TREE[20:]
    tree.write_bytes(data)
    with pytest.raises(PlatformError) as raised:
        compiled(tree)
    assert str(raised.value) == (
        f"the compiled device tree {tree} is cut short or damaged: its memory reservations do not end."
    )


def test_a_reservation_beyond_64_bits_is_refused(tmp_path):
    path = tmp_path / "x.dts"
    path.write_text("/dts-v1/;\n/memreserve/ 0x10000000000000000 1;\n/ { };\n")
    with pytest.raises(PlatformError) as raised:
        compiled(path)
    assert str(raised.value) == f"{path}: a number of a /memreserve/ does not fit in 64 bits."


def test_a_text_that_includes_itself_is_refused(tmp_path):
    path = tmp_path / "x.dts"
    path.write_text('/dts-v1/;\n/include/ "x.dts"\n')
    with pytest.raises(PlatformError) as raised:
        compiled(path)
    assert str(raised.value) == f"{path}:2: recursive /include/."


def test_a_text_nested_deeper_than_linux_reads_is_refused(tmp_path):
    """FDT_MAX_DEPTH is 64; `chosen` could not read it back."""
    path = tmp_path / "x.dts"
    path.write_text("/dts-v1/;\n/ { " + "a { " * 64 + "}; " * 65)
    with pytest.raises(PlatformError) as raised:
        compiled(path)
    assert str(raised.value).endswith("its nodes are nested deeper than 64.")


def test_a_tree_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FilesError) as raised:
        compiled(tmp_path / "x.dts")
    assert str(raised.value) == f"{tmp_path / 'x.dts'} cannot be read: no such file or directory."


# -- /chosen ----------------------------------------------------------------------------------------------------


def test_only_chosen_changes(tree):
    changed = chosen(tree, "console=x", 0xC8800000, 0xC8900000)
    root = read_blob(changed, tree)
    assert [node.path for node in root.walk()] == ["/", "/chosen"]
    assert root.properties == {"model": b"x\0"}
    assert root.children[0].properties == {
        "stdout-path": b"a\0",
        "bootargs": b"console=x\0",
        "linux,initrd-start": b"\xc8\x80\0\0",
        "linux,initrd-end": b"\xc8\x90\0\0",
    }
    assert reservations(changed, tree) == [(0xC4000000, 0x1000)]


def test_chosen_is_made_where_there_is_none(tree):
    tree.write_bytes(write_blob(Node("/")))
    root = read_blob(chosen(tree, "a", 1, 2), tree)
    assert root.children[0].path == "/chosen"
    assert root.children[0].strings("bootargs") == ["a"]


# -- our own ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ours() -> dict[str, Node]:
    return {node.path: node for node in read_tree(OURS).walk()}


def test_what_the_host_model_knows_a_kernel_is_told_too(ours):
    """So what both do with the machine can be compared."""
    for node in read_tree(default_device_tree()).walk():
        real = ours[node.path]
        assert node.properties.keys() - {"phandle"} <= real.properties.keys()
        assert (node.reg, node.compatible, node.enabled) == (real.reg, real.compatible, real.enabled)


def test_the_timer_interrupts_by_the_four_ppis(ours):
    cells = ours["/timer"].cells("interrupts")
    assert [cells[at : at + 2] for at in range(0, 12, 3)] == [[1, 13], [1, 14], [1, 11], [1, 10]]


def test_the_five_sources_have_the_names_that_the_rcc_driver_knows(ours):
    rates = {path: node.cell("clock-frequency") for path, node in ours.items() if "fixed-clock" in node.compatible}
    assert rates == {
        "/clocks/clk-hse": 24_000_000,
        "/clocks/clk-hsi": 64_000_000,
        "/clocks/clk-lse": 32_768,
        "/clocks/clk-lsi": 32_000,
        "/clocks/clk-csi": 4_000_000,
    }


def test_the_console_is_uart4_behind_line_30_of_the_exti(ours):
    uart = ours["/soc/serial@40010000"]
    assert uart.compatible == ["st,stm32h7-uart"]
    assert uart.reg == [(0x40010000, 0x400)]
    (interrupt,) = uart.references("interrupts-extended")
    assert (interrupt.node, interrupt.cells) == (ours["/soc/interrupt-controller@5000d000"], (30, 4))
    assert ours["/aliases"].strings("serial0") == ["/soc/serial@40010000"]
    assert ours["/chosen"].strings("stdout-path") == ["serial0:115200n8"]


def test_there_is_one_core_which_ends_and_restarts_by_psci(ours):
    assert [path for path in ours if path.startswith("/cpus/")] == ["/cpus/cpu@0"]
    assert ours["/psci"].properties == {"compatible": b"arm,psci-1.0\0", "method": b"smc\0"}
