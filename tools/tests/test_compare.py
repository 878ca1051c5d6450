"""How two traces are aligned, and what of them is called the same. What is said of it is for `test_diff.py`."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipcclab.comparison.compare import Block, Comparison, Entry, Side, Times, compare, loader_for, sides
from ipcclab.comparison.passages import Gap, Row, passages
from ipcclab.trace import Origin, Recording, text, write
from mp1bench.errors import UsageError
from mp1bench.trace import M4, Access, Effect, Event, Trace
from stm32mp1.ipcc import Ipcc

ORIGIN = Origin(None, "stm32mp157")


def side(keys: str, *, late: int = 0) -> Side:
    """A side with an entry for each letter, 10 ns after each other."""
    entries = [Entry(key, key, (10 * at + late,), key, at + 1, ()) for at, key in enumerate(keys)]
    return Side("x", "", entries, "line", len(entries))


def blocks(a: str, b: str) -> list[tuple[str, str]]:
    """The blocks as texts: the same for both, or what each has in that place."""
    return [(a[x:x_end], b[y:y_end]) for _, x, x_end, y, y_end in compare(side(a), side(b)).blocks]


def of_events(a: list[Event], b: list[Event], times: Times = "exact") -> Comparison:
    first, second = Trace(), Trace()
    for trace, events in ((first, a), (second, b)):
        trace.tables["ipcc"] = Ipcc.TABLE
        for event in events:
            trace.record(event)
    return compare(*sides("a", Recording(first, ORIGIN), "b", Recording(second, ORIGIN)), times)


def read_at(t: int, value: int = 1, pc: int = 0x100) -> Access:
    return Access(t, M4, pc, "", "ipcc", "R", 0x00C, 4, value)


# -- alignment ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("", "", []),
        ("abc", "abc", [("abc", "abc")]),
        ("", "abc", [("", "abc")]),
        ("abc", "", [("abc", "")]),
        ("abcdef", "abXdef", [("ab", "ab"), ("c", "X"), ("def", "def")]),
        ("abcdef", "abcXdef", [("abc", "abc"), ("", "X"), ("def", "def")]),
        ("abcdef", "abdef", [("ab", "ab"), ("c", ""), ("def", "def")]),
        ("abc", "xyz", [("abc", "xyz")]),
        ("abcdef", "abc", [("abc", "abc"), ("def", "")]),
        ("abcdef", "def", [("abc", ""), ("def", "def")]),
        ("aaaab", "aab", [("aa", "aa"), ("aa", ""), ("b", "b")]),
        ("pXabcabcabcq", "pYabcabcabcq", [("p", "p"), ("X", "Y"), ("abcabcabcq", "abcabcabcq")]),
        ("abcde", "aXcYe", [("a", "a"), ("b", "X"), ("c", "c"), ("d", "Y"), ("e", "e")]),
    ],
)
def test_traces_are_aligned(a: str, b: str, expected: list[tuple[str, str]]) -> None:
    assert blocks(a, b) == expected


def test_traces_meet_again_behind_whatever_is_missing() -> None:
    long = "".join(chr(0x1000 + at) for at in range(20_000))
    assert blocks(f"ab{long}cdef", "abcdef") == [("ab", "ab"), (long, ""), ("cdef", "cdef")]
    assert blocks(f"ab{long}cdefX", "abcdefY") == [("ab", "ab"), (long, ""), ("cdef", "cdef"), ("X", "Y")]
    assert blocks(long[:50] + long[15_000:], long) == [
        (long[:50], long[:50]),
        ("", long[50:15_000]),
        (long[15_000:], long[15_000:]),
    ]


@settings(deadline=None, derandomize=True, database=None)
@given(st.text("abc", max_size=200), st.text("abcd", max_size=200))
def test_blocks_cover_both_sides_and_are_what_they_say(a: str, b: str) -> None:
    found = compare(side(a), side(b)).blocks
    assert "".join(a[block.a : block.a_end] for block in found) == a
    assert "".join(b[block.b : block.b_end] for block in found) == b
    for block in found:
        assert block.same == (a[block.a : block.a_end] == b[block.b : block.b_end])
    assert all(one.same != other.same for one, other in itertools.pairwise(found))
    assert not found or found[0].same == (a[:1] == b[:1])


@settings(deadline=None, derandomize=True, database=None)
@given(st.text("ab", max_size=60), st.text("abc", max_size=60), st.integers(0, 4))
def test_passages_show_every_difference_and_count_what_they_leave_out(a: str, b: str, context: int) -> None:
    comparison = compare(side(a), side(b), "ignore")
    shown = list(passages(comparison, context))
    hidden = sum(item.entries for item in shown if isinstance(item, Gap))
    rows = [item for item in shown if isinstance(item, Row)]
    assert len([row for row in rows if row.a is not None]) + hidden == len(a)
    assert len([row for row in rows if row.b is not None]) + hidden == len(b)
    assert [row.a for row in rows if row.a is not None] == sorted(row.a for row in rows if row.a is not None)
    assert all(row.same == (row.a is not None and row.b is not None and a[row.a] == b[row.b]) for row in rows)


def test_gaps_count_what_is_at_another_time() -> None:
    comparison = compare(side("abcdefghij"), side("abcdXfghij", late=1), "ignore")
    assert [item for item in passages(comparison, 1) if isinstance(item, Gap)] == [Gap(3, 3), Gap(4, 4)]


# -- what is the same -----------------------------------------------------------------------------------------------


def test_entries_are_the_lines_of_the_text_trace(exchange: Trace) -> None:
    (a, _) = sides("a", Recording(exchange, ORIGIN), "b", Recording(exchange, ORIGIN))
    assert [entry.line for entry in a.entries] == list(text.lines(exchange))
    assert [event for entry in a.entries for event in entry.events] == exchange.events
    numbers = [entry.number for entry in a.entries]
    assert numbers == [exchange.events.index(entry.events[0]) + 1 for entry in a.entries]


def test_what_the_text_does_not_show_is_a_difference() -> None:
    refused = [read_at(0), Effect(0, "ipcc", "illegal", "read", 1, 0)]
    comparison = of_events(refused, [read_at(0), Effect(0, "ipcc", "illegal", "read", 2, 0)])
    assert [entry.line for entry in comparison.a.entries] == [entry.line for entry in comparison.b.entries]
    assert not comparison.equal


def test_address_counts_where_no_function_is_known() -> None:
    assert of_events([read_at(0)], [read_at(0)]).equal
    assert not of_events([read_at(0)], [read_at(0, pc=0x102)]).equal


def test_a_poll_of_another_length_is_a_difference_and_one_at_other_times_is_not() -> None:
    poll: list[Event] = [read_at(0), read_at(5), read_at(10)]
    assert not of_events(poll, poll[:2], "ignore").equal
    assert of_events(poll, [read_at(0), read_at(6), read_at(12)], "ignore").equal
    assert not of_events(poll, [read_at(0), read_at(6), read_at(10)], "exact").equal


def test_times_never_keep_apart_what_is_the_same() -> None:
    comparison = compare(side("abcdef"), side("abcdef", late=3))
    assert comparison.blocks == [Block(True, 0, 6, 0, 6)]
    assert len(comparison.moved) == 6
    assert not comparison.equal
    assert compare(side("abcdef"), side("abcdef", late=3), "ignore").equal


def test_headers_are_compared(exchange: Trace) -> None:
    other = Recording(exchange, Origin("0" * 64, "stm32mp157"))
    comparison = compare(*sides("a", Recording(exchange, ORIGIN), "b", other))
    assert not comparison.equal
    assert not comparison.places


def test_text_file_is_the_same_as_the_recording_that_it_was_written_of(exchange: Trace, tmp_path: Path) -> None:
    recording = Recording(exchange, ORIGIN)
    for name in ("x.txt", "x.ndjson"):
        write(tmp_path / name, recording)
    loaded = {name: loader_for(tmp_path / name)(tmp_path / name) for name in ("x.txt", "x.ndjson")}
    for first in loaded.values():
        for second in (*loaded.values(), recording):
            assert compare(*sides("a", first, "b", second)).equal
    assert sides("a", loaded["x.txt"], "b", loaded["x.txt"])[0].trace is None


@pytest.mark.parametrize(
    "lines", [[], [""], ["# only a header"], ["9" * 5000 + ".000000 ms  M4"], ["\x1b[2J", " until 1.000000 ms"]]
)
def test_any_lines_can_be_compared(lines: list[str]) -> None:
    assert compare(*sides("a", lines, "b", list(lines))).equal
    assert not compare(*sides("a", lines, "b", [*lines, "more"])).equal


def test_other_endings_are_refused() -> None:
    with pytest.raises(UsageError) as error:
        loader_for(Path("out.vcd"))
    assert str(error.value) == "out.vcd: no comparison for a file ending .vcd. Known endings: .ndjson, .txt."
