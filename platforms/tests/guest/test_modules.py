"""Which modules of a kernel the guest takes, and in which order they load.

That a module comes behind those that it depends on is insmod's rule; what depends on what is linux-mailbox.md §7.
"""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from guest_inputs import ARM, DEPENDS, RELEASE, X86_64, elf, module, module_files
from mp1bench.guest import modules as subject
from mp1bench.guest.errors import FilesError
from mp1bench.guest.modules import load_order

FOLDER = f"lib/modules/{RELEASE}/kernel/drivers"


def order(files: dict[str, bytes]) -> dict[str, bytes]:
    return load_order(lambda wanted: {path: files[path] for path in files if wanted(path)}, RELEASE, "x.deb")


def refusal(files: dict[str, bytes]) -> str:
    with pytest.raises(FilesError) as raised:
        order(files)
    return str(raised.value)


@pytest.mark.parametrize("ending", [".ko", ".ko.xz", ".ko.gz"])
def test_all_eight_come_unpacked_and_behind_what_they_depend_on(ending):
    found = list(order(module_files(ending)))
    assert sorted(found) == sorted(f"{PurePosixPath(name).name}.ko" for name in DEPENDS)
    for name, depends in DEPENDS.items():
        before = found[: found.index(f"{PurePosixPath(name).name}.ko")]
        assert {f"{other}.ko" for other in depends.split(",") if other} <= set(before)


def test_a_module_is_what_was_packed():
    assert order(module_files(".ko.xz"))["rpmsg_tty.ko"] == module("rpmsg_core")


def test_the_order_is_the_same_however_the_files_come():
    files = module_files()
    assert list(order(files)) == list(order(dict(reversed(files.items()))))


def test_what_else_a_module_depends_on_comes_too():
    files = module_files() | {
        f"{FOLDER}/mailbox/stm32-ipcc.ko": module("a-b"),
        f"{FOLDER}/x/a-b.ko": module("deeper"),
        f"{FOLDER}/x/deeper.ko": module(),
        f"{FOLDER}/x/other.ko": module(),
    }
    assert list(order(files))[:3] == ["deeper.ko", "a-b.ko", "stm32-ipcc.ko"]
    assert "other.ko" not in order(files)


def test_modules_that_depend_on_each_other_have_an_order():
    files = module_files() | {f"{FOLDER}/rpmsg/rpmsg_core.ko": module("rpmsg_ns")}
    assert len(order(files)) == 8


def test_a_module_that_is_built_in_is_left_out():
    files = module_files()
    del files[f"{FOLDER}/rpmsg/rpmsg_core.ko"], files[f"{FOLDER}/mailbox/stm32-ipcc.ko"]
    builtin = b"kernel/drivers/rpmsg/rpmsg_core.ko\nkernel/drivers/mailbox/stm32-ipcc.ko\n"
    found = order(files | {f"lib/modules/{RELEASE}/modules.builtin": builtin})
    assert len(found) == 6
    assert not {"rpmsg_core.ko", "stm32-ipcc.ko"} & found.keys()


def test_a_missing_module_is_named():
    files = module_files()
    del files[f"{FOLDER}/remoteproc/stm32_rproc.ko"]
    assert refusal(files) == (
        f"x.deb has no module stm32_rproc, and the kernel {RELEASE} has it not built in: use a kernel with"
        " CONFIG_STM32_IPCC, _STM32_RPROC, _RPMSG_VIRTIO, _RPMSG_NS, _RPMSG_CHAR, _RPMSG_CTRL, _RPMSG_TTY."
    )


@pytest.mark.parametrize(("data", "reason"), [
    (b"\x7fELF", "is damaged: it is no ELF file that can be read."),
    (b"", "is damaged: it is no ELF file that can be read."),
    (module(machine=X86_64), "is for X86_64, not for 32-bit Arm."),
    (module(release="6.1.0-8-armmp"), f"is for kernel 6.1.0-8-armmp, and the kernel is {RELEASE}."),
])  # fmt: skip
def test_a_module_that_does_not_fit_is_named(data, reason):
    path = f"{FOLDER}/tty/rpmsg_tty.ko"
    assert refusal(module_files() | {path: data}) == f"the module {path} of x.deb {reason}"


@pytest.mark.parametrize("ending", ["xz", "gz"])
def test_a_module_that_does_not_unpack_is_named(ending):
    path = f"{FOLDER}/tty/rpmsg_tty.ko.{ending}"
    files = module_files(f".ko.{ending}")
    assert refusal(files | {path: files[path][:-20]}) == (f"the module {path} of x.deb is damaged: it does not unpack.")


def test_a_module_packed_otherwise_is_named():
    files = module_files()
    del files[f"{FOLDER}/tty/rpmsg_tty.ko"]
    path = f"{FOLDER}/tty/rpmsg_tty.ko.zst"
    assert refusal(files | {path: b"x"}) == (
        f"the module {path} of x.deb is compressed with zst; .ko, .ko.gz and .ko.xz are read."
    )


def test_a_module_that_unpacks_without_end_is_named(monkeypatch):
    monkeypatch.setattr(subject, "MEMORY_SIZE", 64)
    assert refusal(module_files(".ko.xz")).endswith(" is damaged: it does not unpack.")


def test_what_stands_beside_a_module_is_none():
    beside = {f"{FOLDER}/tty/rpmsg_tty.ko.debug": b"x", "usr/share/doc/x.ko/rpmsg_tty": b"x"}
    assert order(module_files() | beside) == order(module_files())


def test_a_module_without_modinfo_is_of_no_kernel():
    path = f"{FOLDER}/tty/rpmsg_tty.ko"
    assert refusal(module_files() | {path: elf(ARM)}).endswith(f"is for kernel ?, and the kernel is {RELEASE}.")
