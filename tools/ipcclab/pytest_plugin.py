"""The pytest plugin: fixtures `ipcc`, `board` and `trace`, two markers, and the trace of a test that failed.

It is loaded into every pytest run of an environment that has ipcclab, so it imports the bench only when it is used.

    @pytest.mark.firmware("rpmsg_echo.elf")
    def test_echo(board):
        assert board.run_until(lambda: board.linux.announced, timeout_ns=50_000_000)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from ipcclab.mailbox import BareIpcc
    from ipcclab.trace import Origin
    from mp1bench.board import Board
    from mp1bench.trace import Trace

#: What gives the trace of a test and where it comes from, asked only when the test has failed.
_RECORDED: pytest.StashKey[Callable[[], tuple[Trace, Origin]]] = pytest.StashKey()
_LAST = 20
#: What the marker `firmware` hands on to the board.
_BOARD_OPTIONS = {"host", "boot_mode", "platform", "kernel", "device_tree"}
_FILES = {"platform", "device_tree"}


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("ipcclab", "IPCC bench")
    group.addoption(
        "--ipcc-engine", default="auto", metavar="ENGINE", help="what executes the Cortex-M4: auto, embedded or renode"
    )
    group.addoption(
        "--ipcc-trace-dir", type=Path, metavar="DIR", help="keep the traces of failed tests here, as .txt and .ndjson"
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
    from ipcclab.trace import Origin

    marker = request.node.get_closest_marker("ipcc_variant")
    if marker and (len(marker.args) != 1 or marker.kwargs):
        raise pytest.UsageError("the marker `ipcc_variant` takes one variant.")
    wanted = marker.args[0] if marker else "STM32MP15"
    bare = BareIpcc(find_variant(wanted) if isinstance(wanted, str) else wanted)
    request.node.stash[_RECORDED] = lambda: (bare.trace, Origin(None, "bare"))
    return bare


@pytest.fixture
def board(request: pytest.FixtureRequest) -> Board:
    """A board, fresh for each test, with the image of the marker `firmware` booted; without one nothing is loaded."""
    from ipcclab.images import find_image
    from ipcclab.summary import origin_of
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
    request.node.stash[_RECORDED] = lambda: (built.trace, origin_of(built))
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
        from ipcclab import trace as writers
        from ipcclab.trace.text import last_accesses
        from mp1bench.errors import UsageError

        recorded, origin = item.stash[_RECORDED]()
        shown = last_accesses(recorded, _LAST)
        folder = item.config.getoption("--ipcc-trace-dir")
        if folder is not None:
            name = re.sub(r"[^\w.-]+", "_", item.nodeid).strip("_")
            try:
                folder.mkdir(parents=True, exist_ok=True)
                for ending in writers.WRITERS:
                    writers.write(folder / f"{name}{ending}", writers.Recording(recorded, origin))
                    shown.append(f"kept: {folder / name}{ending}")
            except (OSError, UsageError) as error:
                shown.append(f"not kept: {error}")
        report.sections.append((f"register trace (last {_LAST})", "\n".join(shown)))
    return report
