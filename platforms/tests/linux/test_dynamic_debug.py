"""Dynamic debug's query language, after Documentation/admin-guide/dynamic-debug-howto, and the log that it fills."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mp1bench.errors import UsageError
from mp1bench.linux.errno import KernelError
from mp1bench.linux.kernel.dynamic_debug import CONTROL, DynamicDebug
from mp1bench.linux.kernel.printk import KernelLog, Line
from mp1bench.trace import Log

RX = ("stm32-ipcc.c", "stm32_ipcc_rx_irq: chan:0 rx")
TX = ("stm32-ipcc.c", "stm32_ipcc_tx_irq: chan:1 tx")
SEND = ("stm32-ipcc.c", "stm32_ipcc_send_data: chan:1")
KICK = ("remoteproc_virtio.c", "kicking vq index: 1")
LINES = [RX, TX, SEND, KICK]


@pytest.fixture
def debug() -> DynamicDebug:
    return DynamicDebug()


def printed(debug: DynamicDebug) -> list[tuple[str, str]]:
    return [line for line in LINES if debug.decoration(*line) is not None]


def test_nothing_is_printed_at_first(debug: DynamicDebug) -> None:
    assert printed(debug) == []


@pytest.mark.parametrize(
    ("query", "lines"),
    [
        ("file stm32-ipcc.c +p", [RX, TX, SEND]),
        ("file drivers/mailbox/stm32-ipcc.c +p", [RX, TX, SEND]),
        ("file drivers/mailbox/* +p", [RX, TX, SEND]),
        ("file stm32-ipcc.c:stm32_ipcc_?x_irq +p", [RX, TX]),
        ("module stm32_ipcc +p", [RX, TX, SEND]),
        ("module remoteproc +p", [KICK]),
        ("func stm32_ipcc_rx_irq +p", [RX]),
        ("func *irq +p", [RX, TX]),
        ('format "kicking vq" +p', [KICK]),
        (r"format kicking\040vq +p", [KICK]),
        ("format 'chan:%d tx' +p", [TX]),
        ("format ^kicking +p", [KICK]),
        ("format ^vq +p", []),
        ("file stm32-ipcc.c func stm32_ipcc_tx_irq =p", [TX]),
        ("file stm32-ipcc.c func rproc_virtio_notify +p", []),
        ("+p", LINES),
        ("func *rx_irq +p; func *tx_irq +p", [RX, TX]),
        ("# a comment\nfunc *rx_irq +p # and another\n\nfunc *tx_irq +p", [RX, TX]),
        ("+p; file stm32-ipcc.c -p", [KICK]),
        ("+p; file stm32-ipcc.c =_", [KICK]),
        ("  file\tstm32-ipcc.c   +p  ", [RX, TX, SEND]),
        ("file STM32-IPCC.C +p", []),
        ("file stm32-ipcc +p", []),
        ("file stm32-ipc[c].c +p", []),
        ("file stm32-ipcc.c +m", []),
    ],
)
def test_query_means_the_lines_that_linux_would_mean(
    query: str, lines: list[tuple[str, str]], debug: DynamicDebug
) -> None:
    assert [outcome.complaints for outcome in debug.execute(query) if outcome.complaints] == []
    assert printed(debug) == lines


@pytest.mark.parametrize(
    ("query", "decoration"),
    [
        ("+p", ""),
        ("+pm", "stm32_ipcc: "),
        ("+pf", "stm32_ipcc_rx_irq: "),
        ("+pfm", "stm32_ipcc:stm32_ipcc_rx_irq: "),
        ("+pfm; -f", "stm32_ipcc: "),
        ("+pfm; =p", ""),
    ],
)
def test_flags_decorate_in_linuxs_order(query: str, decoration: str, debug: DynamicDebug) -> None:
    debug.execute(query)
    assert debug.decoration(*RX) == decoration


#: Linux's complaints (the words of lib/dynamic_debug.c), one for each rule of the grammar.
BAD = [
    ("mode foo +p", 'unknown keyword "mode"', "query parse failed"),
    ("file +p", "expecting pairs of match-spec <value>", "query parse failed"),
    ("file a.c file b.c +p", "match-spec:file val:a.c overridden by b.c", "query parse failed"),
    ("file a.c:f func g +p", "match-spec:func val:f overridden by g", "query parse failed"),
    ("file a.c", "bad flag-op a, at start of a.c", "flags parse failed"),
    ("file a.c *p", "bad flag-op *, at start of *p", "flags parse failed"),
    ("file a.c +q", "unknown flag 'q'", "flags parse failed"),
    ('format "chan +p', "unclosed quote: chan +p", "tokenize failed"),
    ("a a a a a a a a a +p", "too many words, legal max <=9", "tokenize failed"),
    ("line 5 +p", 'keyword "line" is not modelled', "query parse failed"),
    ("file a.c:5-7 +p", 'keyword "line" is not modelled', "query parse failed"),
    ("file a.c:-7 +p", 'keyword "line" is not modelled', "query parse failed"),
    ("class DRM_UT_KMS +p", 'keyword "class" is not modelled', "query parse failed"),
    ("+pl", "flag 'l' is not modelled, p m f and _ are", "flags parse failed"),
    ("+pt", "flag 't' is not modelled, p m f and _ are", "flags parse failed"),
]


@pytest.mark.parametrize(("query", "why", "what"), BAD, ids=[row[0] for row in BAD])
def test_control_file_refuses_in_linuxs_words(query: str, why: str, what: str, bench: Any) -> None:
    with pytest.raises(KernelError) as refused:
        bench.host.user.write_text(CONTROL, query)
    assert refused.value.code == -22
    assert bench.log("err") == [f"dyndbg: {why}", f"dyndbg: {what}"]


def test_a_bad_query_does_not_keep_the_next(debug: DynamicDebug) -> None:
    debug.execute("nonsense; func *rx_irq +p")
    assert printed(debug) == [RX]


def test_control_file_is_silent_about_a_query_that_means_no_line(bench: Any) -> None:
    bench.host.user.write_text(CONTROL, "file stm32-ipc.c +p")
    assert bench.log("err") == []


def test_control_file_lists_the_sites_with_their_flags(bench: Any) -> None:
    bench.host.user.write_text(CONTROL, "=_; func stm32_ipcc_rx_irq +fp\n")
    listing = bench.host.user.read_text(CONTROL).splitlines()
    assert listing[0] == "# filename [module]function flags format"
    assert 'drivers/mailbox/stm32-ipcc.c [stm32_ipcc]stm32_ipcc_rx_irq =pf "%s: chan:%d rx"' in listing
    assert 'drivers/mailbox/stm32-ipcc.c [stm32_ipcc]stm32_ipcc_tx_irq =_ "%s: chan:%d tx"' in listing


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        (
            "file stm32-ipc.c +p",
            "none of the modelled drivers has a debug line for `file stm32-ipc.c`. Did you mean `stm32-ipcc.c`?",
        ),
        (
            "module stm32-ipcc +p",
            "none of the modelled drivers has a debug line for `module stm32-ipcc`. Did you mean `stm32_ipcc`?",
        ),
        ("format nonsense +p", "none of the modelled drivers has a debug line for `format nonsense`."),
        (
            "file mailbox.c module stm32_ipcc +p",
            "no debug line of the modelled drivers is meant by all of `file mailbox.c module stm32_ipcc +p`."
            " Leave a part of it away.",
        ),
        (
            "mode foo +p",
            'dynamic debug does not take `mode foo +p`: unknown keyword "mode"; query parse failed.'
            " A query is pairs of file, module, func, format and a value, then flags: file stm32-ipcc.c +p.",
        ),
    ],
)
def test_bench_helps_where_linux_is_silent(query: str, sentence: str, bench: Any) -> None:
    with pytest.raises(UsageError) as error:
        bench.host.dynamic_debug(query)
    assert str(error.value) == sentence


def test_log_has_the_form_of_dmesg() -> None:
    log = KernelLog()
    log.lines.append(Line(1_234_999, "info", "remoteproc remoteproc0: m4 is available"))
    log.lines.append(Line(12_345_678_901_000, "err", "x: y"))
    assert str(log) == "[    0.001234] remoteproc remoteproc0: m4 is available\n[12345.678901] x: y\n"


def test_log_keeps_the_latest_lines_only() -> None:
    log = KernelLog()
    for n in range(5000):
        log.lines.append(Line(n, "info", str(n)))
    assert len(log.lines) < 5000
    assert log.lines[-1].text == "4999"


def test_dmesg_is_what_linux_put_on_the_trace(bench: Any) -> None:
    bench.host.dynamic_debug("+p")
    bench.host.probe()
    on_trace = [event for event in bench.trace.events if isinstance(event, Log)]
    assert [line.split("] ", 1)[1] for line in bench.host.dmesg().splitlines()] == [event.text for event in on_trace]
    assert "[    0.000000] stm32-ipcc 4c001000.mailbox: ipcc rev:1.0 enabled, 6 chans, proc 0\n" in bench.host.dmesg()


def test_the_m4s_memories_are_mapped_at_start_and_unmapped_at_stop(bench: Any, image: Callable[..., Any]) -> None:
    bench.host.dynamic_debug("func stm32_rproc_mem_alloc +p; func stm32_rproc_mem_release +p")
    bench.peer()
    bench.host.start(image())
    mapped = [line.partition("map memory: ")[2] for line in bench.log("debug")]
    assert mapped == [
        *("0x38000000+10000", "0x30000000+40000", "0x10000000+40000", "0x10040000+1000", "0x10041000+1000"),
        "0x10048000+1000",
    ]
    bench.host.stop()
    unmapped = [line.partition("unmap memory: ")[2] for line in bench.log("debug")[len(mapped) :]]
    assert unmapped == [line.partition("+")[0] for line in mapped]


def test_a_deferral_is_no_line_of_the_drivers_file(new_bench: Any, tree: Callable[[str], Any]) -> None:
    bench = new_bench(tree=tree('&ipcc { status = "disabled"; };'))
    bench.host.dynamic_debug("file stm32_rproc.c +p")
    bench.host.probe()
    assert bench.host.platform.deferred() == ["10000000.m4\tfailed to request mailbox vq0"]
    assert [line for line in bench.log("debug") if "EPROBE_DEFER" in line] == []
