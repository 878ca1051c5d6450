"""The guest's files, from small inputs made by hand: what comes out, where it is kept, and what is said otherwise.

Where the guest's own packages are here, they are built from too.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path

import pytest

from guest_builds import contents, make, refusal
from guest_here import SOURCES, needs_packages
from guest_inputs import (
    DEPENDS,
    KERNEL,
    RELEASE,
    TREE,
    busybox_deb,
    deb,
    kernel_deb,
    kernel_files,
    module,
)
from mp1bench.guest.build import Input, Sources
from mp1bench.guest.device_tree import chosen
from mp1bench.linux.fdt import read_blob

# -- what comes out ---------------------------------------------------------------------------------------------


def test_the_files_of_a_package(sources):
    files, progress = make(sources)
    assert files.image.read_bytes() == KERNEL
    assert files.release == RELEASE
    assert files.kernel_address == 0xC0208000, "the start of memory and the kernel's text offset (renode.md §7)"
    assert read_blob(files.device_tree.read_bytes(), Path("x")).strings("model") == ["STM32MP157 on the bench"]
    assert b"rpmsg_tty.ko\0" in files.initramfs.read_bytes()
    assert files.distribution_tree is not None
    assert files.distribution_tree.read_bytes() == TREE
    assert sorted(files.modules) == sorted(f"{Path(name).name}.ko" for name in DEPENDS)
    assert progress == ["unpacking the kernel of kernel.deb", "packing the initramfs with busybox of busybox.deb"]


def test_each_file_has_its_sha256(sources):
    files, _ = make(sources)
    found = {name: hashlib.sha256(data).hexdigest() for name, data in contents(files).items()}
    assert files.sha256.items() <= found.items()
    assert {"Image", "guest.dtb", "initramfs.cpio", "stm32mp157c-dk2.dtb"} <= files.sha256.keys()


def test_the_inputs_are_named_with_their_sha256(sources):
    files, _ = make(sources)
    assert files.inputs["kernel"] == Input("kernel.deb", hashlib.sha256(kernel_deb()).hexdigest())
    assert files.inputs["busybox"] == Input("busybox.deb", hashlib.sha256(busybox_deb()).hexdigest())
    assert files.inputs["device tree"].name == "stm32mp157_guest.dts"


def test_the_same_inputs_give_the_same_bytes(sources, tmp_path, monkeypatch):
    first, _ = make(sources)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "another"))
    second, _ = make(sources)
    assert first.folder != second.folder
    assert contents(first) == contents(second)


def test_the_distributions_own_tree_by_name(sources):
    files, _ = make(replace(sources, device_tree="dk2"))
    assert files.device_tree.read_bytes() == TREE


def test_a_tree_of_ones_own_that_includes_ours(sources, tmp_path):
    (tmp_path / "my.dts").write_text('/dts-v1/;\n/include/ "stm32mp157_guest.dts"\n/ { model = "mine"; };\n')
    files, _ = make(replace(sources, device_tree=tmp_path / "my.dts"))
    assert read_blob(files.device_tree.read_bytes(), Path("x")).strings("model") == ["mine"]


def test_a_kernel_of_ones_own_with_its_modules(own):
    files, _ = make(own)
    assert (files.image.read_bytes(), files.kernel_address) == (KERNEL, 0xC0008000)
    assert len(files.modules) == 8
    assert files.distribution_tree is None


def test_a_kernel_of_ones_own_with_all_built_in(own):
    files, _ = make(replace(own, modules=None))
    assert files.modules == ()


def test_a_root_file_system_of_ones_own_is_taken_as_it_is(sources, tmp_path):
    (tmp_path / "root.cpio").write_bytes(b"070701 mine")
    files, _ = make(Sources(kernel=sources.kernel, initramfs=tmp_path / "root.cpio"))
    assert files.initramfs.read_bytes() == b"070701 mine"
    assert files.modules == ()


# -- refusals ---------------------------------------------------------------------------------------------------


def test_a_kernel_for_another_machine_is_refused(sources):
    sources.kernel.write_bytes(deb(kernel_files(), "linux-image-amd64", "amd64"))
    assert refusal(sources) == (
        f"the package {sources.kernel} is for amd64; the guest needs Debian's linux-image-…-armmp for armhf."
    )


def test_a_meta_package_is_refused_with_what_it_depends_on(sources):
    sources.kernel.write_bytes(deb({}, "linux-image-armmp", "armhf", "linux-image-6.1.0-9-armmp (= 6.1.1-1)"))
    assert refusal(sources) == (
        f"the package {sources.kernel} (linux-image-armmp) has no boot/vmlinuz-…, so no kernel."
        " Give the one it depends on: linux-image-6.1.0-9-armmp (= 6.1.1-1)."
    )


def test_another_package_is_no_kernel(sources):
    sources.kernel.write_bytes(deb({"a": b""}, "libc6", "armhf"))
    assert refusal(sources) == f"the package {sources.kernel} (libc6) has no boot/vmlinuz-…, so no kernel."


def test_a_zimage_in_a_package_is_named_with_it(sources):
    sources.kernel.write_bytes(deb({"boot/vmlinuz-x": b""}, "linux-image-x", "armhf"))
    assert refusal(sources).startswith(f"boot/vmlinuz-x of {sources.kernel} is no zImage of a 32-bit Arm kernel: ")


def test_a_kernel_without_the_distributions_tree_is_refused_where_that_is_asked_for(own):
    assert refusal(replace(own, device_tree="dk2")) == (
        f"{own.kernel} has no stm32mp157c-dk2.dtb: name a file with --device-tree."
    )


def test_a_folder_without_modules_is_refused(own, tmp_path):
    (tmp_path / "empty").mkdir()
    assert refusal(replace(own, modules=tmp_path / "empty")) == (
        f"{tmp_path / 'empty'} has no kernel modules:"
        " give the folder that `make modules_install INSTALL_MOD_PATH=…` filled."
    )


def test_modules_of_ones_own_need_a_kernel_of_ones_own(own, sources, tmp_path):
    sentence = "--modules goes with a zImage (--kernel), and not with an initramfs of your own."
    assert refusal(replace(own, kernel=None)) == sentence
    assert refusal(replace(own, initramfs=tmp_path / "x", busybox=None)) == sentence
    assert refusal(replace(own, kernel=sources.kernel)) == (
        f"the package {sources.kernel} has modules of its own: leave out --modules, or give a zImage."
    )


def test_busybox_is_not_for_a_root_file_system_of_ones_own(sources, tmp_path):
    assert refusal(replace(sources, initramfs=tmp_path / "x")) == (
        "--busybox is for our initramfs, and --initramfs names one of your own: leave one out."
    )


@pytest.mark.parametrize("part", ["kernel", "busybox", "device_tree", "initramfs"])
def test_a_file_that_is_not_there_is_named(sources, tmp_path, part):
    given = replace(sources, busybox=None if part == "initramfs" else sources.busybox)
    path = tmp_path / "nowhere"
    assert refusal(replace(given, **{part: path})) == f"{path} cannot be read: no such file or directory."
    assert refusal(replace(given, **{part: tmp_path})) == f"{tmp_path} cannot be read: is a directory."
    assert refusal(replace(given, **{part: Path("nul\0")})) == "nul\0 cannot be read: its name holds a null character."


@pytest.mark.parametrize("part", ["kernel", "busybox", "device_tree", "initramfs"])
def test_what_has_no_end_is_not_waited_for(sources, tmp_path, part):
    given = replace(sources, busybox=None if part == "initramfs" else sources.busybox)
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero")):
        assert refusal(replace(given, **{part: path})) == (
            f"{path} cannot be read: it is a pipe or a device. Name a regular file."
        )
    with (tmp_path / "large").open("wb") as file:
        file.truncate(0x20000001)
    assert refusal(replace(given, **{part: tmp_path / "large"})) == (
        f"{tmp_path / 'large'} is larger than the guest's memory, 512 MiB: name another file."
    )


def test_an_empty_name_is_not_our_tree(sources):
    assert refusal(replace(sources, device_tree="")) == ". cannot be read: is a directory."


def test_the_modules_of_another_release_beside_the_kernels_own_do_no_harm(own):
    other = own.modules / "lib/modules/7.0.0"
    other.mkdir()
    for name in DEPENDS:
        (other / f"{Path(name).name}.ko").write_bytes(module(release="7.0.0"))
    assert make(own)[0].modules


def test_what_is_no_file_among_modules_does_no_harm(own):
    (own.modules / "x.ko.d").mkdir()
    (own.modules / "gone.ko").symlink_to("nowhere")
    os.mkfifo(own.modules / "pipe.ko")
    assert make(own)[0].modules


# -- Debian's own -----------------------------------------------------------------------------------------------


@needs_packages
def test_debians_packages(cache):
    """What linux-mailbox.md §7 and renode.md §7 say of them."""
    files, _ = make(SOURCES)
    assert files.kernel_address == 0xC0208000
    assert files.release.endswith("-armmp")
    assert sorted(files.modules) == sorted(f"{Path(name).name}.ko" for name in DEPENDS)
    assert files.distribution_tree is not None
    before = _rows(files.distribution_tree.read_bytes())
    after = _rows(chosen(files.distribution_tree, "console=ttySTM0,115200", 0xC8800000, 0xC8900000))
    assert before["/"]["compatible"] == b"st,stm32mp157c-dk2\0st,stm32mp157\0"
    assert [path for path in after if after[path] != before[path]] == ["/chosen"]
    assert list(after) == list(before)


def _rows(blob: bytes) -> dict[str, dict[str, bytes]]:
    return {node.path: node.properties for node in read_blob(blob, Path("x")).walk()}
