"""The commands of GDB's remote protocol on a processor that is made up: "Debugging with GDB", E.2 to E.4."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipcclab.gdb.session import DETACHED, HALTED, KILLED, RESUMED, Session
from mp1bench.engine.embedded.debug_port import Halt, Watchpoint
from mp1bench.errors import BusError

RAM, SIZE = 0x20000000, 0x100
GENERAL = [*(f"r{n}" for n in range(13)), "sp", "lr", "pc", "xpsr"]
DOUBLES = [f"d{n}" for n in range(16)]
NAMES = [*GENERAL, *DOUBLES, "fpscr", "msp", "psp", "primask", "basepri", "faultmask", "control"]


class Processor:
    """256 bytes of RAM, and registers that begin as their own numbers."""

    def __init__(self) -> None:
        self.breakpoints: set[int] = set()
        self.watchpoints: set[Watchpoint] = set()
        self.step = False
        self.values = {name: number for number, name in enumerate(NAMES)}
        self.ram = bytearray(range(SIZE))

    @property
    def view(self) -> Processor:
        return self

    def watches(self, address: int, size: int) -> bool:
        return address >= RAM and address + size <= RAM + SIZE

    def registers(self) -> dict[str, int]:
        return self.values

    def set_register(self, name: str, value: int) -> None:
        self.values[name] = value

    def read(self, address: int, size: int) -> bytes:
        if not RAM <= address < RAM + SIZE:
            raise BusError("nothing is there.")
        return bytes(self.ram[address - RAM : address - RAM + size])

    def write(self, address: int, data: bytes) -> None:
        if not self.watches(address, len(data)):
            raise BusError("nothing is there.")
        self.ram[address - RAM : address - RAM + len(data)] = data


@pytest.fixture
def processor() -> Processor:
    return Processor()


@pytest.fixture
def session(processor: Processor) -> Session:
    return Session(processor, lambda line: f"you said {line}\n" if line else "")


def description(session: Session, step: int = 1000) -> str:
    """All of target.xml, in parts."""
    text, more = b"", True
    while more:
        part = session.handle(b"qXfer:features:read:target.xml:%x,%x" % (len(text), step)) or b""
        more, text = part[:1] == b"m", text + part[1:]
    return text.decode()


# -- what it can do -------------------------------------------------------------------------------------------


def test_features_are_offered(session: Session) -> None:
    offered = (session.handle(b"qSupported:multiprocess+;swbreak+;hwbreak+;xmlRegisters=i386") or b"").split(b";")
    for feature in (b"QStartNoAckMode+", b"qXfer:features:read+", b"swbreak+", b"hwbreak+", b"vContSupported+"):
        assert feature in offered


@pytest.mark.parametrize("packet", [b"vMustReplyEmpty", b"!", b"bogus", b"", b"qTStatus", b"vFlashDone", b"\xff\xfe"])
def test_unknown_packets_are_answered_with_nothing(session: Session, packet: bytes) -> None:
    assert session.handle(packet) == b""


def test_acknowledgements_can_be_given_up(session: Session) -> None:
    assert session.acknowledges
    assert session.handle(b"QStartNoAckMode") == b"OK"
    assert not session.acknowledges


@pytest.mark.parametrize("step", [1, 100, 0x4000])
def test_target_description_has_the_features_of_an_m_profile_with_fpu(session: Session, step: int) -> None:
    root = ElementTree.fromstring(description(session, step))
    assert root.findtext("architecture") == "arm"
    features = {feature.get("name"): [reg.get("name") for reg in feature] for feature in root.iter("feature")}
    assert features == {
        "org.gnu.gdb.arm.m-profile": GENERAL,
        "org.gnu.gdb.arm.vfp": [*DOUBLES, "fpscr"],
        "org.gnu.gdb.arm.m-system": ["msp", "psp", "primask", "basepri", "faultmask", "control"],
    }
    assert [reg.get("bitsize") for reg in root.iter("reg")] == ["32"] * 17 + ["64"] * 16 + ["32"] * 7


def test_other_descriptions_are_refused(session: Session) -> None:
    assert session.handle(b"qXfer:features:read:other.xml:0,100") == b"E00"
    assert session.handle(b"qXfer:memory-map:read::0,100") == b""


def test_there_is_one_thread(session: Session) -> None:
    assert [session.handle(p) for p in (b"qC", b"qfThreadInfo", b"qsThreadInfo", b"T1", b"T2", b"Hg0")] == [
        b"QC1", b"m1", b"l", b"OK", b"E16", b"OK",
    ]  # fmt: skip
    assert session.handle(b"qThreadExtraInfo,1") == b"Cortex-M4".hex().encode()


def test_m4_was_there_before_the_debugger(session: Session) -> None:
    assert session.handle(b"qAttached") == b"1"
    assert session.handle(b"qOffsets") == b"Text=0;Data=0;Bss=0"


# -- registers and memory -------------------------------------------------------------------------------------


def test_registers_come_in_the_order_of_the_description(session: Session) -> None:
    widths = [8 if name in DOUBLES else 4 for name in NAMES]
    expected = b"".join(n.to_bytes(width, "little") for n, width in enumerate(widths))
    assert session.handle(b"g") == expected.hex().encode()


def test_all_registers_can_be_written(session: Session, processor: Processor) -> None:
    raw = b"".join((n + 7).to_bytes(8 if name in DOUBLES else 4, "little") for n, name in enumerate(NAMES))
    assert session.handle(b"G" + raw.hex().encode()) == b"OK"
    assert processor.values == {name: n + 7 for n, name in enumerate(NAMES)}


def test_one_register_can_be_read_and_written(session: Session, processor: Processor) -> None:
    assert session.handle(b"pf") == b"0f000000"
    assert session.handle(b"Pf=78563412") == b"OK"
    assert session.handle(b"P11=0000000000000840") == b"OK"
    assert (processor.values["pc"], processor.values["d0"]) == (0x12345678, 0x4008 << 48)


@pytest.mark.parametrize("packet", [b"p28", b"p", b"P0", b"P0=12", b"P0=zz", b"P99=00000000", b"G00", b"Gxx", b"p-1"])
def test_wrong_registers_are_refused(session: Session, processor: Processor, packet: bytes) -> None:
    before = dict(processor.values)
    assert session.handle(packet) == b"E16"
    assert processor.values == before


def test_memory_is_read_and_written(session: Session, processor: Processor) -> None:
    assert session.handle(b"m20000010,4") == b"10111213"
    assert session.handle(b"M20000010,2:beef") == b"OK"
    assert session.handle(b"X20000012,3:\x00#}") == b"OK"
    assert processor.ram[0x10:0x15] == b"\xbe\xef\x00#}"


def test_probe_for_binary_writes_is_answered(session: Session) -> None:
    assert session.handle(b"X0,0:") == b"OK"


def test_read_at_the_end_of_memory_is_shorter(session: Session) -> None:
    assert session.handle(b"m200000fe,8") == b"feff"


@pytest.mark.parametrize("packet", [b"m0,4", b"M0,1:00", b"X200000ff,2:ab"])
def test_addresses_where_nothing_is_are_bad_addresses(session: Session, packet: bytes) -> None:
    assert session.handle(packet) == b"E0e"


@pytest.mark.parametrize(
    "packet",
    [b"m", b"m20000000", b"m,4", b"m20000000,-4", b"m2000000000,4", b"M20000000,2:00", b"M20000000,1:0", b"X20000000"],
)
def test_malformed_memory_packets_are_refused(session: Session, packet: bytes) -> None:
    assert session.handle(packet) == b"E16"


# -- breakpoints and watchpoints ------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "feature"), [(b"0", b"swbreak"), (b"1", b"hwbreak")])
def test_breakpoint_is_set_hit_and_removed(session: Session, processor: Processor, kind: bytes, feature: bytes) -> None:
    assert session.handle(b"Z%s,20000010,2" % kind) == b"OK"
    assert processor.breakpoints == {0x20000010}
    assert session.halted(Halt("breakpoint", 0x20000010)) == b"T05%s:;thread:1;" % feature
    assert session.handle(b"z%s,20000010,2" % kind) == b"OK"
    assert processor.breakpoints == set()


def test_two_breakpoints_at_one_address_are_two(session: Session, processor: Processor) -> None:
    for packet in (b"Z0,20000010,2", b"Z1,20000010,2", b"z0,20000010,2"):
        session.handle(packet)
    assert processor.breakpoints == {0x20000010}


@pytest.mark.parametrize(("kind", "ops", "name"), [(2, "W", b"watch"), (3, "R", b"rwatch"), (4, "RW", b"awatch")])
def test_watchpoint_is_set_hit_and_removed(
    session: Session, processor: Processor, kind: int, ops: str, name: bytes
) -> None:
    assert session.handle(b"Z%d,20000010,4" % kind) == b"OK"
    assert processor.watchpoints == {Watchpoint(0x20000010, 4, ops)}
    assert session.halted(Halt("watchpoint", 0x20000010, ops)) == b"T05%s:20000010;thread:1;" % name
    assert session.handle(b"z%d,20000010,4" % kind) == b"OK"
    assert processor.watchpoints == set()


def test_what_cannot_be_watched_keeps_the_m4_halted_and_is_said(session: Session, processor: Processor) -> None:
    assert session.handle(b"Z2,4c001000,4") == b"OK"
    for resume in (b"c", b"vCont;c", b"s"):
        session.note = ""
        assert session.handle(resume) == b"T02thread:1;"
        assert session.state == HALTED
        assert session.note == (
            "Only RAM can be watched, and 0x4c001000 is none: delete that watchpoint. The M4 stands.\n"
        )
    assert session.handle(b"z2,4c001000,4") == b"OK"
    assert session.handle(b"c") is None
    assert session.state == RESUMED
    assert processor.watchpoints == set()


def test_points_that_nobody_knows_are_not_set(session: Session, processor: Processor) -> None:
    assert session.handle(b"Z5,20000000,4") == b""
    assert processor.watchpoints == set()


@pytest.mark.parametrize("packet", [b"Z0", b"Z0,20000010", b"Zx,20000010,2", b"Z0,,2"])
def test_malformed_breakpoints_are_refused(session: Session, packet: bytes) -> None:
    assert session.handle(packet) == b"E16"


# -- going on -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("packet", "step"),
    [(b"c", False), (b"s", True), (b"C05", False), (b"S05", True), (b"vCont;c", False), (b"vCont;s:1;c", True)],
)
def test_m4_goes_on_without_an_answer(session: Session, processor: Processor, packet: bytes, step: bool) -> None:
    assert session.state == HALTED
    assert session.handle(packet) is None
    assert (session.state, processor.step) == (RESUMED, step)


@pytest.mark.parametrize("packet", [b"c20000044", b"s20000044", b"C05;20000044", b"S05;20000044"])
def test_m4_goes_on_elsewhere(session: Session, processor: Processor, packet: bytes) -> None:
    session.handle(packet)
    assert processor.values["pc"] == 0x20000044


def test_kinds_of_going_on_are_listed(session: Session) -> None:
    assert session.handle(b"vCont?") == b"vCont;c;C;s;S"
    assert session.handle(b"vCont;t") == b"E16"
    assert session.state == HALTED


@pytest.mark.parametrize(
    ("halt", "reply"),
    [
        (Halt("reset"), b"T05thread:1;"),
        (Halt("step"), b"T05thread:1;"),
        (Halt("breakpoint", 0x20), b"T05thread:1;"),  # a BKPT of the firmware's own
        (Halt("interrupt"), b"T02thread:1;"),
        (Halt("lockup"), b"T0bthread:1;"),
    ],
)
def test_stop_says_why_and_can_be_asked_for_again(session: Session, halt: Halt, reply: bytes) -> None:
    session.handle(b"c")
    assert session.halted(halt) == reply
    assert session.state == HALTED
    assert session.handle(b"?") == reply


def test_debugger_detaches_or_kills(session: Session) -> None:
    assert (session.handle(b"D"), session.state) == (b"OK", DETACHED)
    assert (session.handle(b"k"), session.state) == (None, KILLED)
    assert (session.handle(b"vKill;1"), session.state) == (b"OK", KILLED)


def test_monitor_says_its_text(session: Session) -> None:
    assert session.handle(b"qRcmd," + b"time".hex().encode()) == b"you said time\n".hex().encode()
    assert session.handle(b"qRcmd,") == b"OK"


COMMANDS = st.sampled_from(
    [b"?", b"g", b"G", b"p", b"P", b"m", b"M", b"X", b"Z", b"z", b"c", b"s", b"C", b"q", b"v", b"T"]
)
FIELDS = st.lists(st.sampled_from([b",", b";", b":", b"=", b"0", b"1f", b"20000000", b"-", b"x", b"\xff"]), max_size=8)


@given(st.one_of(st.binary(max_size=40), st.builds(lambda c, f: c + b"".join(f), COMMANDS, FIELDS)))
@settings(derandomize=True, deadline=None, max_examples=500)
def test_random_packets_do_not_hurt(packet: bytes) -> None:
    processor = Processor()
    session = Session(processor, lambda line: "")
    reply = session.handle(packet)
    assert reply is not None or session.state in (RESUMED, KILLED)
    assert len(processor.ram) == SIZE
