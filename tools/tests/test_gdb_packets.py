"""Framing of GDB's remote protocol, as "Debugging with GDB", E.1, has it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipcclab.gdb.packets import ACK, INTERRUPT, LONGEST, NACK, Decoder, Packet, frame, unescape


def test_checksum_is_the_sum_of_the_payload() -> None:
    assert frame(b"OK") == b"$OK#9a"
    assert frame(b"") == b"$#00"


def test_what_means_something_to_the_framing_is_escaped() -> None:
    assert frame(b"#$}*") == b"$}\x03}\x04}]}\x0a#%02x" % ((4 * 0x7D + 0x03 + 0x04 + 0x5D + 0x0A) & 0xFF)
    assert unescape(b"}\x03}\x04}]}\x0a") == b"#$}*"


def test_packets_come_with_what_stands_between_them() -> None:
    assert Decoder().feed(b"+$g#67-\x03$?#3f") == [ACK, Packet(b"g", True), NACK, INTERRUPT, Packet(b"?", True)]


def test_wrong_checksum_is_noticed() -> None:
    assert Decoder().feed(b"$g#68") == [Packet(b"g", False)]
    assert Decoder().feed(b"$g#zz") == [Packet(b"g", False)]


def test_checksum_may_be_written_in_capitals() -> None:
    assert Decoder().feed(b"$OK#9A") == [Packet(b"OK", True)]


def test_new_packet_drops_one_that_has_not_ended() -> None:
    assert Decoder().feed(b"$gg$g#67") == [Packet(b"g", True)]


def test_endless_packet_is_dropped() -> None:
    decoder = Decoder()
    assert decoder.feed(b"$" + b"a" * 2 * LONGEST) == []
    assert decoder.feed(b"#00$g#67") == [Packet(b"g", True)]


@pytest.mark.parametrize("cut", range(1, 8))
def test_how_the_stream_is_cut_is_invisible(cut: int) -> None:
    stream, decoder = b"$X20000000,2:}\x03a#%02x" % (sum(b"X20000000,2:}\x03a") & 0xFF), Decoder()
    found = [item for at in range(0, len(stream), cut) for item in decoder.feed(stream[at : at + cut])]
    assert found == [Packet(b"X20000000,2:#a", True)]


@given(st.binary(max_size=200))
@settings(derandomize=True, deadline=None)
def test_every_payload_survives(payload: bytes) -> None:
    assert Decoder().feed(frame(payload)) == [Packet(payload, True)]


@given(st.lists(st.binary(max_size=50), max_size=5))
@settings(derandomize=True, deadline=None)
def test_random_bytes_do_not_hurt(chunks: list[bytes]) -> None:
    decoder = Decoder()
    for chunk in chunks:
        decoder.feed(chunk)
    assert decoder.feed(b"#00" + frame(b"g"))[-1] == Packet(b"g", True)
