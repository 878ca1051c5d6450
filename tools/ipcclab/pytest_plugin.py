"""The pytest plugin: fixtures `ipcc`, `board` and `trace`, two markers, and what the IPCC did in a test that failed.

It is loaded into every pytest run of an environment that has ipcclab, so it imports the bench only when it is used.

    @pytest.mark.firmware("rpmsg_echo.elf")
    def test_echo(board):
        assert board.run_until(lambda: board.linux.announced, timeout_ns=50_000_000)
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

import pytest

if TYPE_CHECKING:
    from ipcclab.mailbox import BareIpcc
    from ipcclab.trace import Recording
    from mp1bench.board import Board
    from mp1bench.trace import Trace

#: What gives the recording of a test, with the diagnosis, asked only when the test has failed.
_RECORDED: pytest.StashKey[Callable[[], Recording]] = pytest.StashKey()
#: How a test has failed first: its teardown may fail as well.
_FAILURE: pytest.StashKey[str] = pytest.StashKey()
_LAST = 20
#: The forms in which the trace of a failed test is kept: to read, to process, to look at.
_KEPT = (".txt", ".ndjson", ".html")
#: What the marker `firmware` hands on to the board.
_BOARD_OPTIONS = {"host", "boot_mode", "platform", "kernel", "device_tree"}
_FILES = {"platform", "device_tree"}
_LONGEST = 80  # characters of a test's name in those of its files
#: What the name of a file leaves out, besides what stands between the parts of a test's name.
_ODD = re.compile(r"[^\w.\-/:\[\]]")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("ipcclab", "IPCC bench")
    group.addoption(
        "--ipcc-engine", default="auto", metavar="ENGINE", help="what executes the Cortex-M4: auto, embedded or renode"
    )
    group.addoption(
        "--ipcc-trace-dir",
        type=Path,
        metavar="DIR",
        help=f"keep the traces of failed tests here, as {', '.join(_KEPT[:-1])} and {_KEPT[-1]}",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "firmware(image, host=None, boot_mode='production', address=None, platform=None, kernel='6.1',"
        " device_tree=None): the `board` fixture boots this image. Files are looked for beside the test first, and"
        " images then among those that come with ipcclab.",
    )
    config.addinivalue_line(
        "markers",
        "ipcc_variant(variant): the `ipcc` fixture is that IPCC: STM32MP15, STM32WB55, STM32WB15, STM32WL5x, STM32MP25,"
        " or a Variant of your own.",
    )


@pytest.fixture
def ipcc(request: pytest.FixtureRequest) -> BareIpcc:
    """An IPCC alone on a bus, fresh for each test, of the marker's variant; the test plays both processors."""
    from ipcclab.ipcc_words import find_variant
    from ipcclab.mailbox import BareIpcc
    from ipcclab.trace import Origin, Recording

    marker = request.node.get_closest_marker("ipcc_variant")
    if marker and (len(marker.args) != 1 or marker.kwargs):
        raise pytest.UsageError("the marker `ipcc_variant` takes one variant.")
    wanted = marker.args[0] if marker else "STM32MP15"
    bare = BareIpcc(find_variant(wanted) if isinstance(wanted, str) else wanted)
    # If there is a board as well, its recording is shown.
    request.node.stash.setdefault(_RECORDED, lambda: Recording(bare.trace, Origin(None, "bare")))
    return bare


@pytest.fixture
def board(request: pytest.FixtureRequest) -> Board:
    """A board, fresh for each test, with the image of the marker `firmware` booted; without one nothing is loaded."""
    from ipcclab.images import find_image
    from ipcclab.sharedmemory.board import memory_of
    from ipcclab.summary import origin_of
    from ipcclab.trace import About, Recording
    from mp1bench.board import Board
    from mp1bench.boot_modes import PRODUCTION, choose_host

    marker = request.node.get_closest_marker("firmware")
    options = dict(marker.kwargs) if marker else {}
    address = options.pop("address", None)
    if marker and (len(marker.args) != 1 or not _BOARD_OPTIONS.issuperset(options)):
        raise pytest.UsageError(
            "the marker `firmware` takes one image, and may take `host`, `boot_mode`, `address`, `platform`, `kernel`"
            " and `device_tree`."
        )
    for name in _FILES.intersection(options):
        beside = request.path.parent / str(options[name])
        options[name] = beside if beside.exists() else options[name]
    if marker:
        image = find_image(marker.args[0], request.path.parent)
        mode = options.get("boot_mode", PRODUCTION)
        options["host"] = choose_host(options.get("host"), mode, image, address)
    built = Board(engine=request.config.getoption("--ipcc-engine"), **options)

    def recorded() -> Recording:
        assert built.trace is not None
        about = About(diagnosis=built.diagnose() or "", memory=memory_of(built))
        return Recording(built.trace, origin_of(built), about)

    request.node.stash[_RECORDED] = recorded
    if marker:
        built.load(image, address)
        built.boot()
    return built


@pytest.fixture
def trace(request: pytest.FixtureRequest) -> Trace:
    """What the `board` or the `ipcc` of this test has recorded."""
    for name in ("board", "ipcc"):
        if name in request.fixturenames:
            recorded: Trace = request.getfixturevalue(name).trace
            return recorded
    raise pytest.UsageError("the fixture `trace` belongs to a board or an ipcc; ask for one of these as well.")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed and _RECORDED in item.stash:
        try:
            report.sections += _sections(item, item.stash[_RECORDED](), call)
        except Exception as error:  # the test's own failure is what counts
            report.sections.append(
                ("IPCC", f"ipcclab could not explain what happened: {type(error).__name__}: {error}")
            )
    return report


def _sections(item: pytest.Item, recording: Recording, call: pytest.CallInfo[None]) -> list[tuple[str, str]]:
    from ipcclab import channels
    from ipcclab.trace.recording import FAILED
    from ipcclab.trace.text import last_accesses

    file = os.path.relpath(item.path, item.config.invocation_params.dir)  # nodeid has it from pytest's root
    about = replace(
        recording.about,
        title=item.nodeid,
        outcome=FAILED,
        sentence=item.stash.setdefault(_FAILURE, call.excinfo.exconly() if call.excinfo else ""),
        command=shlex.join(["pytest", "::".join([file, *item.nodeid.split("::")[1:]])]),
    )
    shown = last_accesses(recording.trace, _LAST)
    folder = item.config.getoption("--ipcc-trace-dir")
    if folder is not None:
        shown += _keep(folder, replace(recording, about=about))
    state = channels.lines(recording.trace)
    if about.diagnosis:
        state.append(f"nothing moves because {about.diagnosis}")
    return [(f"register trace (last {_LAST})", "\n".join(shown)), ("IPCC channels", "\n".join(state))]


def _keep(folder: Path, recording: Recording) -> list[str]:
    """Write the recording in each form; a line for each file, or why there is none."""
    from ipcclab import trace as writers
    from mp1bench.errors import UsageError

    title = recording.about.title
    name = re.sub(r"[^\w.-]+", "_", title).strip("_")
    if _ODD.search(title) or len(name) > _LONGEST:  # another test may have the same
        name = f"{name[:_LONGEST]}_{crc32(title.encode()):08x}"
    said = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for ending in _KEPT:
            writers.write(folder / f"{name}{ending}", recording)
            said.append(f"kept: {folder / name}{ending}")
    except (OSError, UsageError) as error:
        said.append(f"not kept: {error}")
    return said
