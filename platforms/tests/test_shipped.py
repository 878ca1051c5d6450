"""The files that come with the bench: found in a checkout, and carried by the wheel."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from mp1bench.errors import ImageError
from mp1bench.shipped import default_platform, guest_programs, prebuilt_image, prebuilt_images

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # pytest brings it along

ROOT = Path(__file__).resolve().parents[2]


def test_default_platform_is_the_checkouts():
    assert default_platform() == ROOT / "platforms" / "stm32mp157.repl"
    assert default_platform().is_file()


def test_prebuilt_images_are_those_of_the_checkout():
    assert prebuilt_images() == sorted((ROOT / "firmware" / "prebuilt").glob("*.elf"))
    assert prebuilt_image("rpmsg_echo") == prebuilt_image("rpmsg_echo.elf")
    assert prebuilt_image("rpmsg_echo").read_bytes()[:4] == b"\x7fELF"


def test_the_guests_programs_are_those_of_the_checkout():
    assert [path.name for path in guest_programs()] == ["rpmsg_ioctl.elf"]


def test_unknown_prebuilt_image():
    with pytest.raises(ImageError) as caught:
        prebuilt_image("rpmsg_ehco")
    assert str(caught.value) == "no image called `rpmsg_ehco` comes with the bench. Did you mean `rpmsg_echo`?"


def test_every_package_is_listed_for_the_wheel():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    found = set()
    for package, folder in settings["package-dir"].items():
        for source in (ROOT / folder).rglob("*.py"):
            if "." not in package and "__pycache__" not in source.parts:
                found.add(".".join([package, *source.parent.relative_to(ROOT / folder).parts]))
    assert found == {name for name in settings["packages"] if "shipped_files" not in name}


def test_no_dependency_is_a_direct_url():
    """An index takes no such package; so pyrenode3, which is no more than a repository, is no dependency."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    optional = project["optional-dependencies"]
    dependencies = [*project["dependencies"], *(text for extra in optional.values() for text in extra)]
    assert len(dependencies) > 10
    assert [text for text in dependencies if "@" in text or "://" in text] == []
    assert optional["renode"] == ["pythonnet>=3.0.5,<4"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> zipfile.ZipFile:
    """The wheel, built from a copy so that the checkout stays clean."""
    copy, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    for name in ("peripherals", "platforms", "tools", "firmware/prebuilt"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "tests"))
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, "--wheel-dir", str(out), str(copy)], check=True, capture_output=True)
    (built,) = out.glob("*.whl")
    return zipfile.ZipFile(built)


def test_wheel_has_three_import_roots(wheel):
    roots = {name.split("/")[0] for name in wheel.namelist()}
    assert {root for root in roots if not root.endswith(".dist-info")} == {"stm32mp1", "mp1bench", "ipcclab"}


def test_wheel_carries_platforms_and_images(wheel):
    names = set(wheel.namelist())
    platforms = {f.name for f in (ROOT / "platforms").iterdir() if f.suffix in (".repl", ".resc", ".cs", ".dts")}
    assert {
        "stm32mp157.repl",
        "stm32mp157.dts",
        "stm32mp157_a7.repl",
        "stm32mp157_a7.resc",
        "stm32mp1.cs",
        "psci.cs",
    } <= platforms
    shipped = {"firmware/prebuilt/SHA256SUMS", "firmware/prebuilt/a7/signals_a7.elf"}
    shipped |= {f"firmware/prebuilt/guest/{program.name}" for program in guest_programs()}
    shipped |= {f"platforms/{name}" for name in platforms}
    shipped |= {f"firmware/prebuilt/{image.name}" for image in prebuilt_images()}
    assert {name for name in names if "shipped_files" in name} == {f"mp1bench/shipped_files/{n}" for n in shipped}


def test_wheel_carries_the_bridge_into_renode(wheel):
    sources = {path.name for path in (ROOT / "platforms/mp1bench/engine/renode").glob("*.cs")}
    carried = {name.rpartition("/")[2] for name in wheel.namelist() if name.startswith("mp1bench/engine/renode/")}
    assert sources
    assert sources <= carried


def test_wheel_carries_what_pages_are_made_of(wheel):
    sources = {path.name for path in (ROOT / "tools/ipcclab/page").iterdir() if path.suffix in (".css", ".html", ".js")}
    carried = {name.rpartition("/")[2] for name in wheel.namelist() if name.startswith("ipcclab/page/")}
    assert {"base.css", "report.html", "report.js"} <= sources
    assert sources <= carried


def test_metadata_of_the_wheel_names_no_url_to_install(wheel):
    (name,) = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
    required = [line for line in wheel.read(name).decode().splitlines() if line.startswith("Requires-Dist:")]
    assert 'Requires-Dist: pythonnet<4,>=3.0.5; extra == "renode"' in required
    assert [line for line in required if "@" in line or "://" in line] == []


def test_wheel_carries_types_of_the_models(wheel):
    names = set(wheel.namelist())
    assert {"stm32mp1/py.typed", "mp1bench/py.typed", "ipcclab/py.typed", "stm32mp1/ipcc.pyi"} <= names


def test_installed_wheel_finds_its_files(wheel, tmp_path):
    """Unpacked, as an installer would, and asked from elsewhere."""
    wheel.extractall(tmp_path)
    ask = "from mp1bench.shipped import *; print(default_platform(), *prebuilt_images(), sep='\\n')"
    run = subprocess.run([sys.executable, "-c", ask], cwd=tmp_path, check=True, capture_output=True, text=True)
    paths = [Path(line) for line in run.stdout.splitlines()]
    assert len(paths) == 1 + len(prebuilt_images())
    assert all(path.is_file() and path.is_relative_to(tmp_path) for path in paths)
