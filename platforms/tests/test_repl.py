"""The language of platform files: what is read, how files and entries combine, and what is refused with which words."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mp1bench.errors import PlatformError
from mp1bench.platform.repl import EnumValue, Reference, Registration, parse_repl, read_repl


def refusal(text: str) -> str:
    with pytest.raises(PlatformError) as caught:
        parse_repl(text, "board.repl")
    assert caught.value.exit_code == 3
    return str(caught.value)


def entry(text: str, name: str = "a"):
    return parse_repl(text).entries[name]


# -- registrations --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "registrations"),
    [
        ("", ()),
        (" @ sysbus", (Registration("sysbus", None, None),)),
        (" @ sysbus 0x40010000", (Registration("sysbus", 0x40010000, None),)),
        (" @ sysbus 4096", (Registration("sysbus", 4096, None),)),
        (" @ sysbus <0x4C001000, +0x400>", (Registration("sysbus", 0x4C001000, 0x400),)),
        (" @ sysbus <0x4C001000, 0x4C001400>", (Registration("sysbus", 0x4C001000, 0x400),)),
        (" @ { sysbus 0x0; sysbus 0x10 }", (Registration("sysbus", 0, None), Registration("sysbus", 0x10, None))),
        (
            " @ {\n        sysbus 0x0;\n  sysbus 0x10;\n    }",
            (Registration("sysbus", 0, None), Registration("sysbus", 16, None)),
        ),
    ],
)
def test_registrations(text, registrations):
    assert entry(f"a: Some.Type{text}\n").registrations == registrations


# -- attributes -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("64", 64),
        ("0xF0", 0xF0),
        ("007", 7),
        ("-1", -1),
        ("true", True),
        ("false", False),
        ('"cortex-m4f"', "cortex-m4f"),
        ('"a \\"b\\" // no comment"', 'a "b" // no comment'),
        (".GICv2", EnumValue("", "GICv2")),
        ("STM32Series.F4", EnumValue("STM32Series", "F4")),
        ("nvic", Reference("nvic")),
    ],
)
def test_values(text, value):
    read = entry(f"a: T\n    property: {text}\n").properties["property"].value
    assert read == value
    assert type(read) is type(value)


def test_interrupts_with_and_without_a_named_line():
    found = entry("a: T\n    RX1 -> nvic@103\n    -> nvic@39\n    TX1->nvic@0x68\n").interrupts
    assert [(i.line, i.receiver, i.number, i.place.line) for (i,) in found.values()] == [
        ("RX1", "nvic", 103, 2),
        ("", "nvic", 39, 3),
        ("TX1", "nvic", 104, 4),
    ]


def test_a_range_of_lines_leads_to_as_many_inputs():
    found = entry("a: T\n    [2-4] -> exti@[10-12]\n    7 -> exti@0\n").interrupts
    assert {line: [(i.receiver, i.number) for i in to] for line, to in found.items()} == {
        "2": [("exti", 10)], "3": [("exti", 11)], "4": [("exti", 12)], "7": [("exti", 0)],
    }  # fmt: skip


def test_a_line_may_have_several_receivers():
    found = entry("a: T\n    RX1 -> nvic@103 | exti@62\n    [0-1] -> x@[2-3] | y@[4-5]\n").interrupts
    assert {line: [(i.receiver, i.number) for i in to] for line, to in found.items()} == {
        "RX1": [("nvic", 103), ("exti", 62)], "0": [("x", 2), ("y", 4)], "1": [("x", 3), ("y", 5)],
    }  # fmt: skip


def test_comments_are_left_out_and_lines_still_count():
    text = "// one\n/* two\nthree */\na: T // four\n    size: /* in */ 5\n"
    assert entry(text).place.line == 4
    assert entry(text).properties["size"] == (5, ("platform.repl", 5))


def test_init_blocks_are_ignored_and_named():
    text = 'a: T\n    init:\n        Tag <0x0, 0x4> "X" | new { }\n    size: 1\n'
    text += "sysbus:\n    init add:\n        ApplySVD @x\n"
    description = parse_repl(text, "board.repl")
    assert description.entries["a"].properties["size"].value == 1
    assert description.ignored == ["board.repl:2: `init:` of a", "board.repl:6: `init add:` of sysbus"]


# -- how entries and files combine ----------------------------------------------------------------------------


def test_a_later_entry_extends_an_earlier_one_and_wins():
    text = "a: T @ sysbus 0x0\n    x: 1\n    y: 2\n    L -> n@1\na: @ sysbus 0x10\n    y: 3\n    L -> n@2\n"
    merged = entry(text)
    assert merged.registrations == (Registration("sysbus", 0x10, None),)
    assert {name: p.value for name, p in merged.properties.items()} == {"x": 1, "y": 3}
    assert merged.interrupts["L"][0].number == 2


def test_an_entry_may_be_extended_before_it_is_declared():
    assert entry("a:\n    x: 1\na: T\n").properties["x"].value == 1


def test_using_is_relative_to_the_file_and_comes_first(tmp_path):
    (tmp_path / "cpus").mkdir()
    (tmp_path / "cpus" / "core.repl").write_text("a: T\n    x: 1\n")
    (tmp_path / "cpus" / "soc.repl").write_text('using "core.repl"\nb: T\n')
    (tmp_path / "board.repl").write_text('using "cpus/soc.repl"\n\na:\n    x: 2\n')
    description = read_repl(tmp_path / "board.repl")
    assert list(description.entries) == ["a", "b"]
    assert description.entries["a"].properties["x"].value == 2
    assert description.entries["b"].place.file == str(tmp_path / "cpus" / "soc.repl")


# -- what is refused ------------------------------------------------------------------------------------------

BEYOND = "is beyond what the embedded engine reads, though Renode may know it:"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a T\n", "board.repl:1: this is no entry. One reads `uart4: UART.STM32F7_USART @ sysbus 0x40010000`."),
        ("\n    size: 1\n", "board.repl:2: an indented line belongs to the entry above it, and there is none."),
        ("a: T\n   size: 1\n", "board.repl:2: indented by 3 spaces. Use four spaces a step."),
        ("a: T\n\tsize: 1\n", "board.repl:2: indented by something else than spaces. Use four spaces a step."),
        (
            "a: T\n        size: 1\n",
            "board.repl:2: indented too deep; attributes stand four spaces to the right of their entry.",
        ),
        (
            "a: T\n    size 1\n",
            "board.repl:2: this is no attribute. One reads `size: 0x10000`, `RX1 -> nvic@103` or `init:`.",
        ),
        (
            "a: T\n    size: 1KiB\n",
            "board.repl:2: `1KiB` is no value. One is 12, 0x1F, \"text\", true, .Member or an entry's name.",
        ),
        (
            "a: T @ sysbus at 0x0\n",
            "board.repl:1: `sysbus at 0x0` is no registration. One reads `sysbus 0x40010000`,"
            " `sysbus <0x4C001000, +0x400>` or `{ sysbus 0x0; sysbus 0x38000000 }`.",
        ),
        ("a: T\n    size: 1\n    size: 2\n", "board.repl:3: `size` stands twice in this entry. Keep one."),
        ("a: T\n    RX1 -> b@1\n    RX1 -> b@2\n", "board.repl:3: `RX1` stands twice in this entry. Keep one."),
        ("a: T\n    -> b@1\n    -> b@2\n", "board.repl:3: `->` stands twice in this entry. Keep one."),
        ("a: T\na: T\n", "board.repl:2: `a` is declared a second time; the first is at board.repl:1. Rename one."),
        (
            "uart4: T\nuart3:\n    x: 1\n",
            "board.repl:2: `uart3` is extended, but nothing declares it with a type. Did you mean `uart4`?",
        ),
        ("a: T\n    s: \"x\n", 'board.repl:2: a string without its closing ".'),
        ("a: T @ {\n sysbus 0x0\n", "board.repl:1: a { without its }."),
        ("a: T\n}\n", "board.repl:2: a } without its {."),
        ("a: T\n/* b\n", "board.repl:2: a /* without its */."),
        ("a: T\n/*/\n", "board.repl:2: a /* without its */."),
        ("a: T " + "x" * 1000 + "\n", "board.repl:1: the line has 1005 characters. Break it up."),
        ("a: T\nusing \"x.repl\"\n", "board.repl:2: `using` stands after an entry. Move it to the top of the file."),
        (
            "using x.repl\n",
            'board.repl:1: `using` wants a file name in double quotes, as in `using "stm32mp157.repl"`.',
        ),
        (
            'using "nowhere/x.repl"\n',
            "board.repl:1: `nowhere/x.repl` does not exist.",
        ),
        ("a: T\n    x: new P { y: 1 }\n", f"board.repl:2: an inline object (new) {BEYOND} `x: new P {{ y: 1 }}`."),
        ("a: T\n    x: [1, 2]\n", f"board.repl:2: a list in [ ] {BEYOND} `x: [1, 2]`."),
        ("a: T\n    [0-3] -> n@[4-6]\n", "board.repl:2: 4 lines lead to 3 inputs of `n`. Make them equal."),
        (
            "a: T\n    RX1 -> nvic\n",
            "board.repl:2: `nvic` is no receiver. One reads `nvic@103` or, for as many lines, `exti@[0-15]`.",
        ),
        ("a: T\n    [0-1] -> n@[0-1]\n    1 -> n@2\n", "board.repl:3: `1` stands twice in this entry. Keep one."),
        ("a: T\n    0 -> c#0@1\n", f"board.repl:2: a local interrupt (#) {BEYOND} `0 -> c#0@1`."),
        ("a: T @ none\n", f"board.repl:1: cancelling by none or empty {BEYOND} `a: T @ none`."),
        ("a: T\n    X -> none\n", f"board.repl:2: cancelling by none or empty {BEYOND} `X -> none`."),
        ("a: T\n    x: none\n", f"board.repl:2: cancelling by none or empty {BEYOND} `x: none`."),
        ("local a: T\n", f"board.repl:1: a local entry {BEYOND} `local a: T`."),
        ('using "x" prefixed "y"\n', f'board.repl:1: a prefix {BEYOND} `using "x" prefixed "y"`.'),
        ('a: T @ sysbus 0x0 as "b"\n', f'board.repl:1: an alias {BEYOND} `a: T @ sysbus 0x0 as "b"`.'),
        ("a: T\n    x: '''y'''\n", f"board.repl:2: a multi-line string {BEYOND} `x: '''y'''`."),
    ],
)  # fmt: skip
def test_refusals(text, sentence):
    assert refusal(text) == sentence


def test_a_file_used_twice_is_refused(tmp_path):
    (tmp_path / "a.repl").write_text('using "a.repl"\n')
    with pytest.raises(PlatformError) as caught:
        read_repl(tmp_path / "a.repl")
    assert str(caught.value) == f"{tmp_path}/a.repl:1: `{tmp_path}/a.repl` is used a second time. Use it once."


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("stm32.rpel", None, "`{path}` does not exist. Did you mean `stm32.repl`?"),
        ("binary.repl", b"\xff\xfe", "`{path}` is not a text file in UTF-8."),
        ("large.repl", b" " * (300 << 10), "`{path}` is too large for a platform file."),
        ("a\0b", None, "`{path}` cannot be read: its name holds a null character."),
    ],
)
def test_unreadable_files(tmp_path, name, content, sentence):
    (tmp_path / "stm32.repl").write_text("")
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(PlatformError) as caught:
        read_repl(tmp_path / name)
    assert str(caught.value) == sentence.format(path=tmp_path / name)


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(PlatformError, match="cannot be read: Is a directory"):
        read_repl(tmp_path)


# -- any text -------------------------------------------------------------------------------------------------

#: Pieces that make it likely that a text gets past the first lines.
PIECES = st.sampled_from([
    "a", "b: T", "c: A.B @ sysbus 0x0", "x: 1", "RX1 -> n@1", "init:", "using ", '"x.repl"', '"s"', '"', "//", "/*",
    "*/", "{", "}", "[", "]", ";", "@", "<0, +4>", "->", "none", "new", "true", ".E", "\\", " ", "\t",
    "\n", "\n    ", "\n        ",
])  # fmt: skip


@settings(derandomize=True, max_examples=1500, deadline=None)
@given(text=st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=30).map("".join)))
def test_any_text_is_a_description_or_a_platform_error(text):
    try:
        description = parse_repl(text, "fuzz.repl")
        wrong = ""
    except PlatformError as error:
        description, wrong = None, str(error)
    if description is None:
        assert wrong.startswith("fuzz.repl:")
    else:
        assert all(e.type_name for e in description.entries.values())


@pytest.mark.parametrize("piece", ['"\\', "/*", "{\n", " ", "a:", "a: T\n", "a.", "@ {;", "->", '""', "//\n"])
def test_repetition_takes_no_quadratic_time(piece):
    text = ("a: T\n    x: " + piece * (900 // len(piece)) + "\n") * 200
    start = time.process_time()
    with pytest.raises(PlatformError):
        parse_repl(text)
    assert time.process_time() - start < 1
