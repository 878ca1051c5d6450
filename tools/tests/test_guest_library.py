"""The Robot library for a real Linux, without one: its words, its failures, and when it skips.

A shell of a few lines answers on the console. What a real one does is for robot_tests/renode/linux_guest.robot.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import robot
from robot import api
from robot.api import SkipExecution
from robot.libdocpkg import LibraryDocumentation

from ipcclab.GuestLibrary import GuestLibrary
from ipcclab.keywords.arguments import Duration
from ipcclab.keywords.guest_boot import sources
from mp1bench.errors import UsageError
from mp1bench.guest.apt import KERNEL, Apt
from mp1bench.guest.cache import cache_folder, keep
from mp1bench.guest.errors import FilesError
from mp1bench.guest.linux_guest import LinuxGuest
from mp1bench.guest.machine import GuestMachine
from mp1bench.shipped import prebuilt_image

DOCUMENTATION = LibraryDocumentation("ipcclab.GuestLibrary")
SUITE = Path(__file__).parents[2] / "robot_tests" / "renode" / "linux_guest.robot"
MS = Duration(1_000_000)
STATE = "cat /sys/class/remoteproc/remoteproc0/state"
COMPLAINT = "remoteproc remoteproc0: Boot failed: -22"
ACCESS = ("ipcc", "1", str(0xC0000000), "W", str(0x008), "4", str(1 << 17))


class Shell:
    """In place of a `GuestMachine`: answers each command at once, in the millisecond after it was typed."""

    def __init__(self) -> None:
        self.now = self.exceptions = 0
        self.commands: list[str] = []
        self.answers: dict[str, tuple[int, str]] = {STATE: (0, "offline")}
        self._typed = b""
        self._seen: list[list[str]] = []

    def type(self, data: bytes) -> None:
        self._typed += data

    def run(self, duration: int) -> Iterator[list[str]]:
        self.now += duration
        *lines, self._typed = self._typed.split(b"\n")
        for line in lines:
            command = line.decode()
            self.commands.append(command)
            status, text = self.answers.get(command, (0, ""))
            self.print(f"{text}\n" * bool(text) + f"\x1e{status}\n")
        seen, self._seen = self._seen, []
        return iter(seen)

    def print(self, text: str) -> None:
        """On the console."""
        self._seen += [[str(self.now), "byte", "uart4", str(byte)] for byte in text.encode()]

    def access(self) -> None:
        """Linux signals on channel 2."""
        self._seen.append([str(self.now), "access", *ACCESS])


@pytest.fixture
def shell() -> Shell:
    return Shell()


@pytest.fixture
def library(shell: Shell) -> GuestLibrary:
    """With a guest that has printed a line and made an access."""
    library = GuestLibrary()
    guest = LinuxGuest(cast(GuestMachine, shell))
    library.bench.put(guest, {"rpmsg_echo.elf": prebuilt_image("rpmsg_echo")})
    shell.print(f"[    0.000001] {COMPLAINT}\n")
    shell.access()
    library.run_for(MS)
    return library


def first_line(failure: pytest.ExceptionInfo[AssertionError]) -> str:
    return str(failure.value).splitlines()[0]


# -- words ------------------------------------------------------------------------------------------------------


def test_a_suite_has_one_library() -> None:
    assert DOCUMENTATION.scope == "SUITE"


def test_words_are_those_of_the_model_of_linux() -> None:
    """A suite that plays on the model can be played on a real one: the same keywords take the same arguments."""
    model = {keyword.name: keyword for keyword in LibraryDocumentation("ipcclab.IpccLibrary").keywords}
    shared = {keyword.name for keyword in DOCUMENTATION.keywords} & model.keys()
    assert shared >= {
        *("Start Remote Processor", "Stop Remote Processor", "Crash Remote Processor"),
        *("Remote Processor State Should Be", "Kernel Log Should Contain", "Kernel Log Should Not Contain"),
        *("Firmware Should Log", "Open Device", "Write Device", "Device Should Give", "Close Device"),
        *("Create Rpmsg Endpoint", "Destroy Rpmsg Endpoint", "Run For", "Get Virtual Time"),
        *("Accesses Should Be", "Trace Should Match", "No Signal Should Be Lost", "Save Trace"),
    }
    for keyword in DOCUMENTATION.keywords:
        if keyword.name in shared:
            needed = [argument.name for argument in keyword.args if argument.required]
            assert [argument.name for argument in model[keyword.name].args][: len(needed)] == needed


# -- failures ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (lambda lib: lib.run_in_guest("false"), "`false` ended with 1: nothing to be done."),
        (
            lambda lib: lib.kernel_log_should_contain("Oops", within=MS),
            "Linux printed no line with 'Oops' within 1ms.",
        ),
        (lambda lib: lib.kernel_log_should_not_contain("failed"), f"Linux has printed: {COMPLAINT}."),
        (
            lambda lib: lib.remote_processor_state_should_be("running", within=MS),
            "the remote processor is offline after 1ms, expected running.",
        ),
        (lambda lib: lib.open_device("/dev/nothing", within=MS), "there is no device /dev/nothing after 1ms."),
        (
            lambda lib: lib.virtual_time_should_have_passed(0, at_least=Duration(2_000_000)),
            "1ms have passed, expected at least 2ms.",
        ),
        (
            lambda lib: lib.virtual_time_should_have_passed(0, at_most=Duration(999_999)),
            "1ms have passed, expected at most 999.999us.",
        ),
        (
            lambda lib: lib.firmware_should_log("boot", within=MS),
            "the firmware logged no 'boot' within 1ms; the last line is: almost.",
        ),
        (lambda lib: lib.accesses_should_be("R C1SCR"), "the accesses were W C1SCR, expected R C1SCR."),
    ],
)
def test_failure_shows_the_kernels_lines_and_the_accesses(
    act: Callable[[GuestLibrary], object], sentence: str, library: GuestLibrary, shell: Shell
) -> None:
    shell.answers["false"] = (1, "nothing to be done")
    shell.answers["test -c /dev/nothing"] = (1, "")
    shell.answers["cat /sys/kernel/debug/remoteproc/remoteproc0/trace0"] = (0, "early\nalmost")
    with pytest.raises(AssertionError) as failure:
        act(library)
    assert first_line(failure) == sentence
    _, _, rest = str(failure.value).partition(f"\nLast lines of Linux:\n{COMPLAINT}\nLast accesses:\n")
    assert "W   ipcc+0x008 C1SCR     0x00020000  CH2S=1" in rest


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (lambda lib: GuestLibrary().get_kernel_log(), "there is no guest on the bench. Start with `Boot Guest`."),
        (
            lambda lib: lib.start_remote_processor("rpmsg_eho.elf"),
            "`Boot Guest` has put no `rpmsg_eho.elf` into /lib/firmware. Did you mean `rpmsg_echo.elf`?",
        ),
        (
            lambda lib: lib.write_device("/dev/ttyRPMSG0", b"x"),
            "`/dev/ttyRPMSG0` is no open device. Use what `Open Device` has returned.",
        ),
        (lambda lib: lib.crash_remote_processor("boredom"), "`boredom` is not understood here."),
    ],
)
def test_nonsense_is_refused(act: Callable[[GuestLibrary], object], sentence: str, library: GuestLibrary) -> None:
    with pytest.raises(UsageError) as error:
        act(library)
    assert str(error.value).startswith(sentence)


def test_log_begins_where_it_was_cleared(library: GuestLibrary) -> None:
    assert library.get_kernel_log() == [COMPLAINT]
    library.clear_kernel_log()
    assert library.get_kernel_log() == []
    library.kernel_log_should_not_contain("failed")


# -- the M4 -----------------------------------------------------------------------------------------------------


def test_start_names_the_image_first(library: GuestLibrary, shell: Shell) -> None:
    library.start_remote_processor("rpmsg_echo.elf")
    folder = "/sys/class/remoteproc/remoteproc0"
    assert shell.commands == [f"echo rpmsg_echo.elf >{folder}/firmware", f"echo start >{folder}/state"]


def test_stop_says_whether_the_firmware_consented(library: GuestLibrary, shell: Shell) -> None:
    assert library.stop_remote_processor() is True
    shell.print("[    1.000000] remoteproc remoteproc0: warning: remote FW shutdown without ack\n")
    assert library.stop_remote_processor() is False
    assert library.stop_remote_processor() is True, "that was the time before"


@pytest.mark.parametrize(("how", "number"), [("mmufault", 0), ("watchdog", 1), ("fatal error", 2)])
def test_crash_is_written_as_its_number(how: Any, number: int, library: GuestLibrary, shell: Shell) -> None:
    """The order of enum rproc_crash_type."""
    library.crash_remote_processor(how)
    assert shell.commands == [f"echo {number} >/sys/kernel/debug/remoteproc/remoteproc0/crash"]


# -- devices ----------------------------------------------------------------------------------------------------


def test_bytes_count_once(library: GuestLibrary, shell: Shell) -> None:
    tty = library.open_device("/dev/ttyRPMSG0")
    shell.answers["tail -c +1 /tmp/ttyRPMSG0 | hexdump -v -e '1/1 \"%02x\"'"] = (0, b"one".hex())
    library.device_should_give(tty, b"one")
    shell.answers["tail -c +4 /tmp/ttyRPMSG0 | hexdump -v -e '1/1 \"%02x\"'"] = (0, b"two!".hex())
    with pytest.raises(AssertionError, match=r'^/dev/ttyRPMSG0 gave "two!", expected "two" within 50ms\.'):
        library.device_should_give(tty, b"two")
    library.device_should_stay_silent(tty, MS)


def test_long_texts_are_shown_where_they_part(library: GuestLibrary, shell: Shell) -> None:
    tty = library.open_device("/dev/ttyRPMSG0")
    shell.answers["tail -c +1 /tmp/ttyRPMSG0 | hexdump -v -e '1/1 \"%02x\"'"] = (0, (b"x" * 90 + b"abc").hex())
    with pytest.raises(AssertionError) as failure:
        library.device_should_give(tty, b"x" * 90 + b"1234")
    assert first_line(failure) == (
        '/dev/ttyRPMSG0 gave 93 bytes, expected 94; from byte 90 on "abc" in place of "1234" within 50ms.'
    )


def test_silence_is_broken_by_a_byte(library: GuestLibrary, shell: Shell) -> None:
    tty = library.open_device("/dev/ttyRPMSG0")
    shell.answers["tail -c +1 /tmp/ttyRPMSG0 | hexdump -v -e '1/1 \"%02x\"'"] = (0, "00")
    with pytest.raises(AssertionError, match=r'^/dev/ttyRPMSG0 gave "\\x00", expected silence\.'):
        library.device_should_stay_silent(tty, MS)


def test_descriptors_are_used_again(library: GuestLibrary) -> None:
    devices = [library.open_device(f"/dev/ttyRPMSG{number}") for number in range(7)]
    assert [device.descriptor for device in devices] == [3, 4, 5, 6, 7, 8, 9]
    with pytest.raises(UsageError, match=r"^7 devices are open, which is all at a time\. Close one: `Close Device`\.$"):
        library.open_device("/dev/ttyRPMSG7")
    library.close_device(devices[2])
    library.close_device(devices[2])
    with pytest.raises(UsageError, match=r"^/dev/ttyRPMSG2 is closed\. Open it again: `Open Device`\.$"):
        library.write_device(devices[2], b"x")
    assert library.open_device("/dev/ttyRPMSG7").descriptor == 5
    library.close_all_devices()
    assert library.open_device("/dev/ttyRPMSG0").descriptor == 3


def test_endpoint_is_the_device_that_is_new(library: GuestLibrary, shell: Shell) -> None:
    lists = iter(["/dev/rpmsg0", "/dev/rpmsg0\n/dev/rpmsg1"])
    listing, type_ = "ls /dev/rpmsg[0-9]* 2>/dev/null", shell.type

    def typed(data: bytes) -> None:
        if data == f"{listing}\n".encode():
            shell.answers[listing] = (0, next(lists))
        type_(data)

    shell.type = typed  # type: ignore[method-assign]
    assert library.create_rpmsg_endpoint("it's", dst=0x402) == "/dev/rpmsg1"
    assert "rpmsg_ioctl create-ept 'it'\"'\"'s' 4294967295 1026 </dev/rpmsg_ctrl0" in shell.commands


@pytest.mark.parametrize(
    ("status", "error", "sentence"),
    [
        (22, AssertionError, "/dev/rpmsg_ctrl0 refuses create-dev raw 1280 1026: -22 (EINVAL)."),
        (127, UsageError, "the guest has no rpmsg_ioctl in its /bin, or that does not take the name or an address."),
    ],
)
def test_refused_request_names_the_number(
    status: int, error: type[Exception], sentence: str, library: GuestLibrary, shell: Shell
) -> None:
    shell.answers["rpmsg_ioctl create-dev raw 1280 1026 </dev/rpmsg_ctrl0"] = (status, "")
    with pytest.raises(error) as failure:
        library.create_rpmsg_channel("raw", src=0x500, dst=0x402)
    assert str(failure.value).splitlines()[0] == sentence


# -- what is missing --------------------------------------------------------------------------------------------


@pytest.fixture
def bare_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No packages, neither named nor fetched; and none may be fetched."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for part in ("KERNEL", "BUSYBOX"):
        monkeypatch.delenv(f"IPCCLAB_GUEST_{part}", raising=False)
    monkeypatch.setattr(Apt, "download", lambda self, package: pytest.fail(f"{package} was fetched"))
    return tmp_path


def test_a_package_that_is_not_here_is_named(bare_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FilesError) as error:
        sources(None, None, None)
    assert str(error.value) == (
        "linux-image-armmp for the guest is not here: `ipcclab guest build` fetches it,"
        " or IPCCLAB_GUEST_KERNEL names a file of it."
    )
    with pytest.raises(FilesError, match=r"^busybox-static for the guest is not here: .* IPCCLAB_GUEST_BUSYBOX"):
        sources(Path("a.deb"), None, None)


def test_what_is_named_goes_before_what_was_fetched(bare_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(cache_folder() / "packages" / KERNEL.replace(":", "_"), {"fetched.deb": b"x"}, {})
    busybox = Path("busybox")
    fetched = sources(None, busybox, "dk2")
    assert fetched.kernel is not None
    assert (fetched.kernel.name, fetched.busybox, fetched.device_tree) == ("fetched.deb", busybox, "dk2")
    monkeypatch.setenv("IPCCLAB_GUEST_KERNEL", "/of/the/environment.deb")
    assert sources(None, busybox, None).kernel == Path("/of/the/environment.deb")
    assert sources(Path("named.deb"), busybox, None).kernel == Path("named.deb")


def test_without_renode_it_skips(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYRENODE_BIN", "/not/here")
    with pytest.raises(SkipExecution, match=r"^no guest can boot: the engine `renode` lacks Renode .*doctor.*\.$"):
        GuestLibrary().skip_unless_guest_can_boot()


@pytest.mark.parametrize(
    ("without", "reason"),
    [
        ("ipcclab", "needs ipcclab in Robot's own Python: run it with robot, see platforms/LINUX_GUEST.md"),
        ("Renode", "no guest can boot: the engine `renode` lacks Renode (PYRENODE_BIN is /not/here, which is no file)"),
    ],
)
def test_each_test_of_the_suite_is_skipped_by_name(
    without: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYRENODE_BIN", "/not/here")
    if without == "ipcclab":
        monkeypatch.setitem(sys.modules, "ipcclab", None)
    with (tmp_path / "console.txt").open("w", encoding="utf-8") as console:
        robot.run(SUITE, outputdir=tmp_path, stdout=console, stderr=console, log="NONE", report="NONE")
    tests = api.ExecutionResult(tmp_path / "output.xml").suite.tests
    assert len(tests) >= 15
    assert {test.name: test.message for test in tests if not test.skipped or reason not in test.message} == {}
    said = (tmp_path / "console.txt").read_text(encoding="utf-8")
    assert "[ WARN ]" not in said
    assert "[ ERROR ]" not in said
