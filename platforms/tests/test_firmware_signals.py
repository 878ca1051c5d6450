"""ipcc_signals on the emulated M4: words on CH5 in both directions, texts on CH6, and nothing else.

The protocols are those that the image's source describes. First the tests play the Cortex-A7 themselves; then Linux's
mailbox clients, which the texts are for, do.
"""

from __future__ import annotations

import struct

import pytest

from mp1bench.board import Board
from mp1bench.linux import KernelError
from mp1bench.shipped import prebuilt_image
from mp1bench.trace import Effect, Log

C1SCR = 0x4C001008
READY, A7_TO_M4, M4_TO_A7 = 0x10048000, 0x10048010, 0x10048020
SET_CH5, CLEAR_CH5 = 1 << 20, 1 << 4
TEXT, TEXT_SIZE = 0x10049000, 0x1000
SET_CH6, CLEAR_CH6 = 1 << 21, 1 << 5
ENOUGH = 1_000_000  # ns; an exchange takes a few microseconds


class Processor1:
    """The Cortex-A7's half of the protocol."""

    def __init__(self) -> None:
        self.board = Board(host="none")
        self.board.load(prebuilt_image("ipcc_signals"))
        self.board.boot()
        self.board.run_for(ENOUGH)

    def words(self, address: int) -> tuple[int, ...]:
        """request, answer, done, wrong."""
        return struct.unpack("<4I", self.board.engine.read_bytes(address, 16))

    def ask(self, request: int) -> None:
        self.board.engine.write_bytes(A7_TO_M4, struct.pack("<I", request))
        self.board.engine.write(C1SCR, SET_CH5)
        self.board.run_for(ENOUGH)

    def answer(self, answer: int | None = None) -> None:
        """The complement of the M4's request, or something wrong."""
        right = ~self.words(M4_TO_A7)[0] & 0xFFFFFFFF
        self.board.engine.write_bytes(M4_TO_A7 + 4, struct.pack("<I", right if answer is None else answer))
        self.board.engine.write(C1SCR, CLEAR_CH5)
        self.board.run_for(ENOUGH)

    def write_text(self, text: bytes) -> None:
        self.board.engine.write_bytes(TEXT, text)
        self.board.engine.write(C1SCR, SET_CH6)
        self.board.run_for(ENOUGH)

    def read_text(self, size: int) -> bytes:
        self.board.engine.write(C1SCR, CLEAR_CH6)
        return self.board.engine.read_bytes(TEXT, size)


@pytest.fixture
def a7() -> Processor1:
    return Processor1()


def test_is_ready_and_asks_once(a7: Processor1) -> None:
    assert a7.board.engine.read_bytes(READY, 4) == b"ICC5"
    assert a7.words(M4_TO_A7) == (1, 0, 0, 0)
    assert a7.board.occupied() == ["m4_to_a7:5"]
    assert a7.board.rx_unmasked() == [5, 6]


def test_sleeps_while_nobody_asks_or_answers(a7: Processor1) -> None:
    assert a7.board.run_for(ENOUGH).reason == "idle"


def test_answers_a_request_and_frees_the_channel(a7: Processor1) -> None:
    a7.ask(0x12345678)
    assert a7.words(A7_TO_M4) == (0x12345678, 0xEDCBA987, 1, 0)
    assert a7.board.occupied() == ["m4_to_a7:5"]


def test_takes_the_answer_by_its_tx_free_interrupt(a7: Processor1) -> None:
    a7.answer()
    assert a7.words(M4_TO_A7)[2:] == (1, 0)
    assert a7.board.occupied() == []


def test_asks_once_more_for_each_request(a7: Processor1) -> None:
    for request in range(3):
        a7.ask(request)
    for done in range(1, 5):
        assert a7.words(M4_TO_A7)[0] == done
        a7.answer()
        assert a7.words(M4_TO_A7)[2:] == (done, 0)
    assert a7.board.occupied() == []
    assert a7.board.doorbells() == {"m4_to_a7": {"5": 4}, "a7_to_m4": {"5": 3}}


def test_notices_a_wrong_answer(a7: Processor1) -> None:
    a7.answer(0)
    assert a7.words(M4_TO_A7)[2:] == (1, 1)


# -- texts on CH6 -----------------------------------------------------------------------------------------------


def test_answers_a_text_in_capital_letters_on_the_same_channel(a7: Processor1) -> None:
    a7.write_text(b"aA@zZ{09\0behind")
    assert a7.board.occupied() == ["m4_to_a7:5", "m4_to_a7:6"]
    assert a7.read_text(15) == b"AA@ZZ{09\0behind"


def test_a_text_may_fill_the_memory_and_no_more(a7: Processor1) -> None:
    a7.board.engine.write_bytes(TEXT + TEXT_SIZE, b"behind")
    a7.write_text(b"x" * TEXT_SIZE)
    assert a7.read_text(TEXT_SIZE + 6) == b"X" * TEXT_SIZE + b"behind"


def test_an_empty_text_is_answered_as_well(a7: Processor1) -> None:
    a7.write_text(b"\0")
    assert a7.board.occupied() == ["m4_to_a7:5", "m4_to_a7:6"]


def test_the_next_answer_is_signalled_when_the_last_one_has_been_taken(a7: Processor1) -> None:
    for text in (b"one", b"two", b"six"):
        a7.write_text(text)
    assert a7.board.doorbells()["m4_to_a7"]["6"] == 1
    assert a7.read_text(3) == b"SIX"
    a7.board.run_for(ENOUGH)
    assert a7.board.doorbells()["m4_to_a7"]["6"] == 2
    a7.read_text(3)
    a7.board.run_for(ENOUGH)
    assert a7.board.occupied() == ["m4_to_a7:5"]


def test_frees_a_text_before_it_answers(a7: Processor1) -> None:
    a7.write_text(b"hello")
    assert a7.board.trace is not None
    flags = [event for event in a7.board.trace.events if isinstance(event, Effect) and "CH6F" in event.subject]
    assert [(event.subject, event.after) for event in flags] == [
        ("C1TOC2SR.CH6F", 1),
        ("C1TOC2SR.CH6F", 0),
        ("C2TOC1SR.CH6F", 1),
    ]


def test_frees_a_text_with_an_exclamation_mark_when_its_answer_has_been_taken(a7: Processor1) -> None:
    a7.write_text(b"!hello")
    assert a7.board.occupied() == ["a7_to_m4:6", "m4_to_a7:5", "m4_to_a7:6"]
    assert a7.read_text(6) == b"!HELLO"
    a7.board.run_for(ENOUGH)
    assert a7.board.occupied() == ["m4_to_a7:5"]
    a7.write_text(b"usual")
    assert a7.read_text(5) == b"USUAL"


def test_words_and_texts_do_not_mind_each_other(a7: Processor1) -> None:
    a7.board.engine.write_bytes(TEXT, b"both")
    a7.board.engine.write_bytes(A7_TO_M4, struct.pack("<I", 5))
    a7.board.engine.write(C1SCR, SET_CH5 | SET_CH6)
    a7.board.run_for(ENOUGH)
    assert (a7.words(A7_TO_M4), a7.read_text(4)) == ((5, 0xFFFFFFFA, 1, 0), b"BOTH")


# -- with Linux's clients ---------------------------------------------------------------------------------------

MESSAGE = "/sys/kernel/debug/10049000.mailbox-test/message"


class Linux:
    """A board whose Linux has booted an image and loaded one of its mailbox clients."""

    def __init__(self, module: str, image: str = "ipcc_signals", kernel: str = "6.1") -> None:
        self.board = Board(kernel=kernel)
        self.board.load(prebuilt_image(image))
        self.board.boot()
        self.board.run_for(ENOUGH)
        assert self.board.linux is not None
        self.host = self.board.linux
        self.host.modprobe(module)

    def exchange(self, text: bytes) -> bytes:
        """Through the char device, in the order that it is made for."""
        with self.host.user.open("/dev/mailbox0") as file:
            assert file.write(text) == len(text)
            self.board.run_for(ENOUGH)
            return file.read(len(text))

    def log(self, source: str, level: str) -> list[str]:
        assert self.board.trace is not None
        events = self.board.trace.events
        return [e.text for e in events if isinstance(e, Log) and (e.source, e.level) == (source, level)]


@pytest.mark.parametrize("kernel", ["6.1", "6.12", "st-6.1"])
def test_the_char_device_gets_its_answer(kernel: str) -> None:
    assert Linux("mailbox-cdev", kernel=kernel).exchange(b"hello") == b"HELLO"


def test_a_hundred_exchanges_through_the_char_device() -> None:
    linux = Linux("mailbox-cdev")
    texts = [b"message %02d\0" % number for number in range(100)]
    assert [linux.exchange(text) for text in texts] == [text.upper() for text in texts]
    assert linux.board.doorbells() == {"a7_to_m4": {"6": 100}, "m4_to_a7": {"5": 1, "6": 100}}


def test_a_firmware_that_does_not_listen_is_etime_after_500_ms() -> None:
    linux = Linux("mailbox-cdev", image="rpmsg_echo")
    before = linux.board.engine.now
    with pytest.raises(KernelError, match=r"writing to /dev/mailbox0: -62 \(ETIME\)\."):
        linux.exchange(b"hello")
    assert linux.board.engine.now - before == 500_000_000


@pytest.mark.parametrize("kernel", ["6.1", "6.12", "st-6.1"])
def test_an_answer_before_the_acknowledge_is_lost_to_the_char_device(kernel: str) -> None:
    linux = Linux("mailbox-cdev", kernel=kernel)
    with pytest.raises(KernelError, match=r"reading /dev/mailbox0: -16 \(EBUSY\)\."):
        linux.exchange(b"!hello")
    assert len(linux.log("bench", "")) == 1
    assert linux.exchange(b"again") == b"AGAIN"
    assert linux.log("linux", "warn")[-1] == " (null): Previous request not answered"


def test_mailbox_test_gets_its_answer() -> None:
    linux = Linux("mailbox-test")
    with linux.host.user.open(MESSAGE) as message:
        message.write(b"hello")
        assert message.read().startswith(b"48 45 4c 4c 4f 00 00 00 00 00 00 00 00 00 00 00  HELLO...........\n")


def test_only_one_client_can_have_ch6() -> None:
    linux = Linux("mailbox-test")
    linux.host.modprobe("mailbox-cdev")
    assert "mbox-cdev mailbox-client: error -EBUSY: Failed to request mailbox rx-tx" in linux.log("linux", "err")
    assert "/dev/mailbox0" not in linux.host.user.paths()
    with pytest.raises(KernelError, match=r"-16 \(EBUSY\)"):
        linux.host.request_channel(6)


def test_a_module_whose_file_is_open_stays() -> None:
    linux = Linux("mailbox-cdev")
    with (
        linux.host.user.open("/dev/mailbox0"),
        pytest.raises(KernelError, match=r"mailbox-cdev is in use: -11 \(EAGAIN"),
    ):
        linux.host.rmmod("mailbox-cdev")
    linux.host.rmmod("mailbox-cdev")
    assert "/dev/mailbox0" not in linux.host.user.paths()


def test_unloading_frees_ch6() -> None:
    linux = Linux("mailbox-test")
    linux.host.rmmod("mailbox-test")
    linux.host.modprobe("mailbox-cdev")
    assert linux.exchange(b"hello") == b"HELLO"
    linux.host.rmmod("mailbox-cdev")
    assert linux.host.request_channel(6).index == 5
