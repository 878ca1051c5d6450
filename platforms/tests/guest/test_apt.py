"""Packages fetched by apt: what it is asked, and what is said where it cannot. A script stands for apt-get.

What apt says is what apt 2.6 said for a package that it does not know and for a network that is not there.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from guest_inputs import deb
from mp1bench.guest.apt import BUSYBOX, KERNEL, Apt
from mp1bench.guest.errors import FilesError

BY_HAND = (
    "name files instead, --kernel FILE (Debian's linux-image-…-armmp for armhf) and --busybox FILE (Debian's"
    " busybox-static for armel)."
)
UNKNOWN = "E: Unable to locate package busybox-static:armel"


class FakeApt:
    """Puts a program apt-get in front of PATH; `says` and `files` are what it answers with."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.files = folder / "served"
        self.files.mkdir()
        self.says = {"update": "", "download": ""}
        self._log = folder / "log"
        self._bin = folder / "bin"
        self._bin.mkdir()
        monkeypatch.setenv("PATH", str(self._bin))

    def install(self) -> None:
        program = self._bin / "apt-get"
        program.write_text(
            f"#!{sys.executable}\n"
            "import os, shutil, sys\n"
            f"open({str(self._log)!r}, 'a').write(repr([os.environ.get('LC_ALL'), *sys.argv[1:]]) + '\\n')\n"
            "verb = next(word for word in sys.argv if word in ('update', 'download'))\n"
            f"print({self.says!r}[verb], file=sys.stderr)\n"
            f"served = {str(self.files)!r} + '/' + sys.argv[-1].replace(':', '_') + '.deb'\n"
            "if verb == 'download':\n"
            "    if not os.path.exists(served):\n"
            "        sys.exit(100)\n"
            "    shutil.copy(served, '.')\n"
        )
        program.chmod(0o755)

    def serve(self, package: str, data: bytes) -> None:
        (self.files / f"{package.replace(':', '_')}.deb").write_bytes(data)

    @property
    def asked(self) -> list[list[str]]:
        return [eval(line) for line in self._log.read_text().splitlines()]


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeApt:
    return FakeApt(tmp_path, monkeypatch)


def refusal(folder: Path, package: str = BUSYBOX) -> str:
    with pytest.raises(FilesError) as raised:
        Apt(folder / "apt", lambda line: None).download(package)
    return str(raised.value)


def test_a_package_comes_after_the_lists(fake, tmp_path):
    fake.serve(BUSYBOX, deb({}, "busybox-static", "armel"))
    fake.install()
    progress: list[str] = []
    name, data = Apt(tmp_path / "apt", progress.append).download(BUSYBOX)
    assert (name, data) == ("busybox-static_armel.deb", deb({}, "busybox-static", "armel"))
    assert [words[-1] for words in fake.asked] == ["update", BUSYBOX]
    assert progress == ["fetching apt's lists of packages", "fetching busybox-static:armel"]


def test_a_meta_package_leads_to_its_kernel(fake, tmp_path):
    fake.serve(KERNEL, deb({}, "linux-image-armmp", "armhf", "linux-image-6.1.0-9-armmp, kmod"))
    fake.serve("linux-image-6.1.0-9-armmp:armhf", deb({"x": b"y"}, "linux-image-6.1.0-9-armmp", "armhf", "kmod"))
    fake.install()
    name, _ = Apt(tmp_path / "apt", lambda line: None).download(KERNEL)
    assert name == "linux-image-6.1.0-9-armmp_armhf.deb"
    assert [words[-1] for words in fake.asked] == ["update", KERNEL, "linux-image-6.1.0-9-armmp:armhf"]


def test_apt_works_in_folders_of_ours_with_the_guests_architectures(fake, tmp_path):
    fake.serve(BUSYBOX, deb({}, "busybox-static", "armel"))
    fake.install()
    Apt(tmp_path / "apt", lambda line: None).download(BUSYBOX)
    for words in fake.asked:
        assert words[:4] == ["C", "-qq", "-c", f"{tmp_path}/apt/apt.conf"]
        assert {f"Dir::State={tmp_path}/apt", f"Dir::Cache={tmp_path}/apt"} <= set(words)
    settings = (tmp_path / "apt/apt.conf").read_text().splitlines()
    assert {'APT::Architectures { "armhf"; "armel"; };', 'Dir::State::status "/dev/null";'} <= set(settings)
    assert "#clear APT::Update;" in settings, "no program of the host's runs after an update"


def test_a_list_that_fails_does_no_harm_where_the_package_comes(fake, tmp_path):
    fake.serve(BUSYBOX, deb({}, "busybox-static", "armel"))
    fake.says["update"] = "E: Failed to fetch http://x/Packages.xz  File has unexpected size"
    fake.install()
    assert Apt(tmp_path / "apt", lambda line: None).download(BUSYBOX)[0] == "busybox-static_armel.deb"


def test_without_apt_it_says_what_to_name(fake, tmp_path):
    assert refusal(tmp_path) == f"there is no apt-get here: {BY_HAND}"


def test_where_apt_does_not_know_the_package_it_says_what_to_name(fake, tmp_path):
    fake.says["download"] = UNKNOWN
    fake.install()
    assert refusal(tmp_path) == f"apt knows no busybox-static:armel here, which is Debian's: {BY_HAND}"


def test_where_the_network_is_not_there_it_says_so(fake, tmp_path):
    fake.says["update"] = (
        "W: Failed to fetch http://deb/InRelease  Could not resolve 'deb'\nW: Some index files failed to download."
    )
    fake.says["download"] = UNKNOWN
    fake.install()
    assert refusal(tmp_path) == (
        "apt cannot fetch its lists of packages (Failed to fetch http://deb/InRelease Could not resolve 'deb'):"
        f" try again, or {BY_HAND}"
    )


@pytest.mark.parametrize(("says", "reason"), [
    ("E: Failed to fetch http://x/b.deb  404  Not Found [IP: 1]\nE: Unable to fetch some archives.",
     "Failed to fetch http://x/b.deb 404 Not Found [IP: 1]"),
    ("", "without a reason"),
])  # fmt: skip
def test_where_the_package_itself_does_not_come_it_says_why(fake, tmp_path, says, reason):
    fake.says["download"] = says
    fake.install()
    assert refusal(tmp_path) == f"apt cannot fetch busybox-static:armel ({reason}): try again, or {BY_HAND}"
