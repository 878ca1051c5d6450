"""The pytest plugin, in pytest runs of their own."""

from __future__ import annotations

import pytest

from ipcclab import channels, trace
from ipcclab.trace import Recording
from mp1bench.shipped import default_platform
from mp1bench.trace import Trace

# Hypothesis's own plugin would take longer than the runs themselves.
PLUGINS = ("-p", "no:cacheprovider", "-p", "no:hypothesispytest")


def run(pytester: pytest.Pytester, source: str, *arguments: str) -> pytest.RunResult:
    pytester.makepyfile(source)
    return pytester.runpytest_inprocess(*PLUGINS, *arguments)


def test_ipcc_is_a_bare_device_fresh_for_each_test(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import pytest

        @pytest.mark.parametrize("again", [0, 1])
        def test_signal(ipcc, again):
            assert ipcc.read("C1TOC2SR") == 0
            ipcc.signal(1, cpu=1)
            assert ipcc.flag(1, cpu=1)
        """,
    )
    result.assert_outcomes(passed=2)


def test_ipcc_is_of_the_variant_of_the_marker(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import pytest
        from stm32mp1.ipcc_table import STM32MP15

        @pytest.mark.ipcc_variant("STM32WL5x")
        def test_named(ipcc, trace):
            ipcc.enable("tx", cpu=2)
            ipcc.unmask("tx", 1, cpu=2)
            assert ipcc.line("RXTX1")
            assert trace is ipcc.trace

        @pytest.mark.ipcc_variant(STM32MP15._replace(name="MINE", channels=3))
        def test_own(ipcc):
            assert ipcc.read("HWCFGR") == 3

        def test_default(ipcc):
            assert ipcc.read("HWCFGR") == 6
        """,
    )
    result.assert_outcomes(passed=3)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ('"STM32WL5"', "no variant of the IPCC is called `STM32WL5`. Did you mean `STM32WL5x`?"),
        ("", "the marker `ipcc_variant` takes one variant."),
    ],
)
def test_wrong_variant_is_refused(arguments: str, sentence: str, pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        f"""
        import pytest

        @pytest.mark.ipcc_variant({arguments})
        def test_variant(ipcc):
            pass
        """,
    )
    result.assert_outcomes(errors=1)
    assert sentence in result.stdout.str()


def test_board_boots_the_image_of_the_marker(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import pytest

        @pytest.mark.firmware("rpmsg_echo.elf")
        def test_echo(board, trace):
            assert trace is board.trace
            assert board.run_until(lambda: len(board.linux.endpoints) == 3, 1_000_000_000)
            board.linux.endpoints[0].send(b"hello")
            assert board.run_until(lambda: board.linux.received, 50_000_000)
            assert board.linux.received[0].data == b"hello"
        """,
    )
    result.assert_outcomes(passed=1)


def test_marker_chooses_kernel_and_device_tree(pytester: pytest.Pytester) -> None:
    (pytester.path / "my.dts").write_text(
        '/dts-v1/;\n/include/ "stm32mp157.dts"\n&m4 { mboxes = <&ipcc 4>, <&ipcc 5>; };\n'
    )
    result = run(
        pytester,
        """
        import pytest

        @pytest.mark.firmware("rpmsg_echo.elf", kernel="6.12", device_tree="my.dts")
        def test_choice(board):
            assert board.linux.kernel.flavour.name == "6.12"
            assert board.linux.request_channel(1).client.name == "CH1"
        """,
    )
    result.assert_outcomes(passed=1)


def test_marker_chooses_the_boot_mode(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import pytest

        @pytest.mark.firmware("rpmsg_echo.elf", boot_mode="engineering")
        def test_choice(board):
            assert board.linux is None
            assert board.engine.running
            assert board.engine.read(0x50020000) & 7 == 4
        """,
    )
    result.assert_outcomes(passed=1)


def test_device_tree_and_platform_are_looked_for_beside_the_test(pytester: pytest.Pytester) -> None:
    folder = pytester.mkdir("suite")
    (folder / "my.dts").write_text('/dts-v1/;\n/include/ "stm32mp157.dts"\n&m4 { mboxes = <&ipcc 4>, <&ipcc 5>; };\n')
    (folder / "my.repl").write_bytes(default_platform().read_bytes())
    (folder / "test_it.py").write_text(
        """
import pytest

@pytest.mark.firmware("rpmsg_echo.elf", device_tree="my.dts", platform="my.repl")
def test_choice(board):
    assert board.linux.request_channel(1).client.name == "CH1"
"""
    )
    pytester.runpytest_inprocess(*PLUGINS, "suite").assert_outcomes(passed=1)


def test_image_beside_the_test_comes_first(pytester: pytest.Pytester) -> None:
    (pytester.path / "rpmsg_echo.elf").write_bytes(b"not this one")
    result = run(
        pytester,
        """
        import pytest

        @pytest.mark.firmware("rpmsg_echo.elf")
        def test_echo(board):
            pass
        """,
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*is not an ELF file*"])


def test_board_without_marker_is_not_loaded(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        def test_board(board):
            assert board.image is None
        """,
    )
    result.assert_outcomes(passed=1)


def test_unknown_image_names_the_nearest(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import pytest

        @pytest.mark.firmware("rpmsg_ecko.elf")
        def test_echo(board):
            pass
        """,
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*Did you mean `rpmsg_echo`?"])


def test_marker_takes_what_is_documented_only(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import pytest

        @pytest.mark.firmware("rpmsg_echo.elf", trace=False)
        def test_echo(board):
            pass
        """,
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["*the marker `firmware` takes one image, and may take `host`, `boot_mode`, `address`, `platform`, *"]
    )


def test_trace_that_cannot_be_kept_is_said(pytester: pytest.Pytester) -> None:
    (pytester.path / "file").write_text("")
    result = run(pytester, "def test_fails(ipcc):\n    assert False\n", "--ipcc-trace-dir=file")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["not kept: *File exists*"])


def test_failure_shows_the_last_twenty_accesses(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        def test_fails(ipcc):
            for n in range(30):
                ipcc.write("C1MR", n, cpu=1)
            assert False
        """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*- register trace (last 20) -*", "*0x0000000A*", "*0x0000001D*"])
    result.stdout.no_fnmatch_line("*0x00000009*")


@pytest.mark.parametrize("fixtures", ["board, ipcc", "ipcc, board"])
def test_failure_of_a_test_with_both_shows_the_boards_trace(fixtures: str, pytester: pytest.Pytester) -> None:
    """As the fixture `trace` does."""
    result = run(
        pytester,
        f"""
        def test_fails({fixtures}):
            ipcc.signal(1, cpu=1)
            board.engine.write(0x4C001004, 0xFFFFFFFE)
            assert False
        """,
    )
    result.stdout.fnmatch_lines(["*- register trace (last 20) -*", "* W *C1MR*"])
    result.stdout.no_fnmatch_line("* W *C1SCR*")


def test_success_shows_no_trace(pytester: pytest.Pytester) -> None:
    result = run(pytester, "def test_passes(ipcc):\n    ipcc.signal(1, cpu=1)\n", "-rA")
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*register trace*")


def test_traces_of_failed_tests_are_kept(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        def test_fails(ipcc):
            ipcc.signal(1, cpu=1)
            assert False

        def test_passes(ipcc):
            pass
        """,
        "--ipcc-trace-dir=kept",
    )
    result.assert_outcomes(failed=1, passed=1)
    names = sorted(path.name for path in (pytester.path / "kept").iterdir())
    stem = "test_traces_of_failed_tests_are_kept.py_test_fails"
    assert names == [f"{stem}.html", f"{stem}.ndjson", f"{stem}.txt"]
    result.stdout.fnmatch_lines([f"kept: *{stem}{ending}" for ending in (".txt", ".ndjson", ".html")])


def test_kept_page_says_how_the_test_failed_first(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[Recording] = []
    monkeypatch.setattr(trace, "write", lambda path, recording: written.append(recording))
    run(
        pytester,
        """
        import pytest

        @pytest.fixture
        def tidied(ipcc):
            yield
            raise ValueError("in the teardown")

        def test_fails(tidied):
            raise ValueError("in the test")
        """,
        "--ipcc-trace-dir=kept",
    )
    assert {recording.about.sentence for recording in written} == {"ValueError: in the test"}


def test_tests_of_any_name_keep_files_of_their_own(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import pytest

        @pytest.mark.parametrize("word", ["a/b", "a?b", "a b", "é", "x" * 300, "x" * 301])
        def test_fails(ipcc, word):
            assert False

        class TestOne:
            def test_it(self, ipcc):
                assert False

        class TestTwo(TestOne):
            pass
        """,
        "--ipcc-trace-dir=kept",
    )
    result.assert_outcomes(failed=8)
    result.stdout.no_fnmatch_line("not kept*")
    assert len(list((pytester.path / "kept").glob("*.txt"))) == 8


def test_command_names_the_test_from_the_working_directory(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Recording] = []
    monkeypatch.setattr(trace, "write", lambda path, recording: written.append(recording))
    pytester.makeini("[pytest]")
    (pytester.mkdir("inner") / "test_it.py").write_text("def test_fails(ipcc):\n    assert False\n")
    monkeypatch.chdir(pytester.path / "inner")
    pytester.runpytest_inprocess(*PLUGINS, "--ipcc-trace-dir=kept")
    assert written[-1].about.title == "inner/test_it.py::test_fails"
    assert written[-1].about.command == "pytest test_it.py::test_fails"


def test_kept_page_says_which_test_it_was(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its name, how it failed, and the command that runs it again."""
    written: list[Recording] = []
    monkeypatch.setattr(trace, "write", lambda path, recording: written.append(recording))
    run(
        pytester,
        """
        import pytest

        @pytest.mark.parametrize("word", ["a b"])
        def test_fails(ipcc, word):
            assert word == "other"
        """,
        "--ipcc-trace-dir=kept",
    )
    about = written[-1].about
    test = "test_kept_page_says_which_test_it_was.py::test_fails[a b]"
    assert (about.title, about.outcome, about.command) == (test, "failed", f"pytest '{test}'")
    assert about.sentence.startswith("AssertionError: assert 'a b' == 'other'")


def test_failure_shows_the_channels_that_were_used(pytester: pytest.Pytester) -> None:
    result = run(pytester, "def test_fails(ipcc):\n    ipcc.signal(2, cpu=1)\n    assert False\n")
    result.stdout.fnmatch_lines(
        [
            "*- IPCC channels -*",
            "CH2 A7 → M4 *occupied since 0.000000 ms, by A7 test",
            "11 more: free*",
            "RX1 (M4)  low*",
        ]
    )


def test_failure_shows_why_nothing_moves(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import pytest

        @pytest.mark.firmware("ipcc_signals.elf", host="none")
        def test_fails(board):
            board.run_for(10_000_000)
            assert False
        """,
    )
    result.stdout.fnmatch_lines(["*- IPCC channels -*", "nothing moves because the M4 sleeps in WFI at *"])


def test_failure_stays_the_tests_own_whatever_becomes_of_its_trace(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(recorded: Trace) -> list[str]:
        raise ZeroDivisionError("a fault in ipcclab")

    monkeypatch.setattr(channels, "lines", broken)
    result = run(pytester, "def test_fails(ipcc):\n    assert False\n")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["ipcclab could not explain what happened: ZeroDivisionError: a fault in ipcclab"])


def test_nothing_of_the_bench_is_imported_for_tests_that_do_not_use_it(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_subprocess(
        *PLUGINS,
        pytester.makepyfile(
            """
            import sys

            def test_fails():
                assert [name for name in sys.modules if name.startswith(("mp1bench", "ipcclab.trace"))] == []
            """
        ),
    )
    result.assert_outcomes(passed=1)


def test_engine_option_reaches_the_board(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYRENODE_BIN", "/not/here")
    result = run(pytester, "def test_board(board):\n    pass\n", "--ipcc-engine=renode")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*EngineMissingError*renode*"])


def test_trace_alone_says_what_it_needs(pytester: pytest.Pytester) -> None:
    result = run(pytester, "def test_trace(trace):\n    pass\n")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*the fixture `trace` belongs to a board or an ipcc; ask for one of these as well.*"])


def test_marker_and_options_are_documented(pytester: pytest.Pytester) -> None:
    pytester.runpytest_inprocess(*PLUGINS, "--markers").stdout.fnmatch_lines(
        ["@pytest.mark.firmware(image*", "@pytest.mark.ipcc_variant(variant)*"]
    )
    pytester.runpytest_inprocess(*PLUGINS, "--help").stdout.fnmatch_lines(["*--ipcc-engine*", "*--ipcc-trace-dir*"])
