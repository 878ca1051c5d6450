"""The forms of decoded shared memory, lines, JSON and HTML; and that no bytes break any of it."""

from __future__ import annotations

import json
from html.parser import HTMLParser

from hypothesis import given, settings
from hypothesis import strategies as st
from memory_by_hand import BUFFERS, LOG, RING0, RING1, TABLE, TABLE_SIZE, Memory, announced, brought_up, sent, table

from ipcclab.sharedmemory import SharedMemory, decode
from ipcclab.sharedmemory.json_object import to_object
from ipcclab.sharedmemory.page import fragment
from ipcclab.sharedmemory.text import lines


def look(memory: Memory) -> SharedMemory:
    return decode(memory.read, TABLE, TABLE_SIZE)


# -- any bytes --------------------------------------------------------------------------------------------------

_WORD = st.one_of(
    st.integers(0, 0xFFFF_FFFF), st.sampled_from([0, 1, 2, 7, 15, 16, 17, 0xFFFF, 0x1004_0000, 0x1004_2000])
)
_SPOTS = st.one_of(
    *(st.integers(start, start + size - 4) for start, size in ((TABLE, TABLE_SIZE), (RING0, 0x1B8), (RING1, 0x1B8))),
    st.integers(BUFFERS, BUFFERS + 0x4000 - 4),
)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(st.lists(st.tuples(_SPOTS, _WORD), min_size=1, max_size=24), st.integers(0, 16), st.booleans())
def test_no_bytes_break_it(words: list[tuple[int, int]], messages: int, waiting: bool) -> None:
    memory, ring0, ring1 = brought_up()
    for n in range(messages):
        sent(ring1, n, b"payload")
    if waiting:
        announced(ring0, 0, b"\xff<b>\0", 0x400)
    for address, word in words:
        memory.put(address, "<I", word)
    shown(look(memory))


@settings(derandomize=True, deadline=None, max_examples=100)
@given(st.binary(min_size=0, max_size=400), st.integers(0, 400))
def test_no_table_breaks_it(data: bytes, size: int) -> None:
    memory = Memory()
    memory.put(TABLE, f"{len(data)}s", data)
    shown(decode(memory.read, TABLE, size))
    memory.put(TABLE, "<4I", 1, 3, 0, 0)
    shown(decode(memory.read, TABLE, size))


def shown(found: SharedMemory) -> None:
    """Each form of it is whole: lines without control characters, JSON, and HTML whose tags match."""
    assert all(line.isprintable() for line in lines(found))
    json.loads(json.dumps(to_object(found)))
    Balanced().feed(fragment(found))


class Balanced(HTMLParser):
    """Fails at a tag that closes what was not opened last, and at one that the page has no use for."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ("div", "section", "h3", "p", "pre", "ul", "li", "table", "thead", "tbody", "tr", "th", "td")
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


# -- the forms --------------------------------------------------------------------------------------------------


def test_directions_have_everybodys_name() -> None:
    told = "\n".join(lines(look(brought_up()[0])))
    first, second = told.split("vring0: M4 → A7")[1].split("vring1: A7 → M4")
    assert "Linux calls it input; to OpenAMP on the M4 it is tx_vq, and to the firmware's table VRING_TX." in first
    assert "Linux calls it output; to OpenAMP on the M4 it is rx_vq, and to the firmware's table VRING_RX." in second


def test_each_message_has_a_row_of_its_own() -> None:
    memory, _, ring1 = brought_up()
    sent(ring1, 0, b"first")
    sent(ring1, 1, b"other")
    told = "\n".join(lines(look(memory)))
    assert '0x400 → 0x400 "first"\n' in told
    assert '0x400 → 0x400 "other"\n' in told


def test_largest_ring_is_read_at_once() -> None:
    """8,192 descriptors fit into the memory; all of them are given, and in one chain."""
    memory, begin, at = Memory(), 0x1000_0000, 0x1005_F000
    memory.put(at, f"{TABLE_SIZE}s", table(num=8192, rings=(begin, 0xFFFF_FFFF)))
    avail = begin + 16 * 8192
    memory.put(avail + 2, "<H", 8192)
    for n in range(8192):
        memory.put(begin + 16 * n, "<QIHH", BUFFERS, 512, 3, (n + 1) % 8192)
        memory.put(avail + 4 + 2 * n, "<H", n)
    ring = decode(memory.read, at, TABLE_SIZE).ring(0)
    assert ring is not None
    assert {d.owner for d in ring.descriptors} == {"firmware"}


def test_fragment_escapes_what_the_firmware_says() -> None:
    memory, ring0, ring1 = brought_up()
    announced(ring0, 0, b"<script>", 0x400)
    sent(ring1, 0, b'"</td><img>')
    memory.put(LOG, "12s", b"</pre><hr>\x1b\n")
    page = fragment(look(memory))
    Balanced().feed(page)
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "\x1b" not in page
    assert 'class="shared-memory"' in page
    assert all(f'class="sm-{kind}"' in page for kind in ("table", "ring", "messages", "endpoints", "log", "findings"))


def test_object_has_bytes_as_hex_and_text() -> None:
    memory, _, ring1 = brought_up()
    sent(ring1, 0, b"h\xff")
    message = to_object(look(memory))["devices"][0]["rings"][1]["descriptors"][0]["message"]
    assert (message["payload_hex"], message["payload_text"]) == ("68ff", "h\\xff")
