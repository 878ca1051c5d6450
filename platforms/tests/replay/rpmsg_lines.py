"""The lines of the linux-rpmsg recordings: which kinds there are, what they hold, and where the memory lies.

It checks the form of a line and knows nothing of what it means (golden/linux-rpmsg/README.md).
"""

from __future__ import annotations

from replay.cursor import Line, Mismatch, show

_ADDRESS = 1 << 32
_HEX, _TEXT = "hex", "text"
#: What a number must be below.
_Form = dict[str, int | str]

_SEND: _Form = {"handle": 1 << 31, "hex": _HEX, "src": _ADDRESS, "dst": _ADDRESS}
_CHANNEL: _Form = {"name": _TEXT, "src": _ADDRESS, "dst": _ADDRESS}

#: Functions that a recording calls, and their arguments.
CALLS: dict[str, _Form] = {
    "load": {},
    "register_device": {},
    "unregister_device": {},
    "vq_interrupt": {"vq": 2},
    **{f"{kind}{form}": _SEND for kind in ("send", "trysend") for form in ("", "to", "_offchannel")},
    "get_mtu": {"handle": 1 << 31},
    "create_ept": {"handle": 1 << 31, "addr": _ADDRESS},
    "destroy_ept": {"handle": 1 << 31},
    "create_channel": _CHANNEL,
    "release_channel": _CHANNEL,
}

_CONFIG: _Form = {
    "num": 1 << 15,
    "align": 1 << 17,
    "features": 1 << 64,
    **dict.fromkeys(("vring0", "vring1", "buffers", "buffers_size"), _ADDRESS),
}

#: What a replay carries out or applies, and what must stand in it.
_READ: dict[str, _Form] = {
    "scenario": {},
    "call": {"fn": _TEXT},
    "peer_mem": {"addr": _ADDRESS, "hex": _HEX},
    "mem": {"addr": _ADDRESS, "hex": _HEX},
    "advance": {"us": 1 << 62},
    "preset": {},
    "note": {},
    "end": {},
}

#: What is compared as it is.
_COMPARED = frozenset(
    [
        "kick",
        "status",
        "features",
        "dev",
        "probe",
        "probe_end",
        "remove",
        "rx",
        "rx_end",
        "ept",
        "wait",
        "wake",
        "dump",
        "log",
        "ret",
    ]
)

_PAGE = 0x1000
#: As far as a header of 65535 bytes can make the kernel read behind the last buffer.
_BEYOND = 0x11000
_LARGEST = 1 << 26


def check(lines: list[Line]) -> None:
    """Raise Mismatch at the first line that no recording can hold."""
    for number, line in enumerate(lines, 1):
        if line["e"] not in _READ and line["e"] not in _COMPARED:
            raise Mismatch(f"line {number}: `{line['e']}` is no kind of event that is known.")
        _check_form(number, line, _READ.get(line["e"], {}))
        if line["e"] == "call":
            if line["fn"] not in CALLS:
                raise Mismatch(f"line {number}: the replay knows no function `{line['fn']}`.")
            _check_form(number, line, CALLS[line["fn"]])
        elif line["e"] == "preset":
            _check_preset(number, line)
    _check_form(1, lines[0]["config"], _CONFIG)
    if not lines[0]["config"]["num"] or not lines[0]["config"]["align"]:
        raise Mismatch("line 1: `num` and `align` are not 0.")


def _check_form(number: int, line: Line, form: _Form) -> None:
    for key, what in form.items():
        if key not in line:
            raise Mismatch(f"line {number}: `{key}` is missing in {show(line)}.")
        value = line[key]
        if isinstance(what, int):
            right = type(value) is int and 0 <= value < what
        else:
            right = isinstance(value, str) and (what == _TEXT or _is_hex(value))
        if not right:
            raise Mismatch(f"line {number}: `{key}` cannot be {value!r}.")


def _check_preset(number: int, line: Line) -> None:
    for key in set(line) - {"i", "t", "e"}:
        if key != "driver_probe" or type(line[key]) is not int:
            raise Mismatch(f"line {number}: there is no preset {show(line)}.")


def _is_hex(text: str) -> bool:
    try:
        return len(bytes.fromhex(text)) * 2 == len(text)
    except ValueError:
        return False


def as_printed(line: Line) -> Line:
    """A line with names as the model writes them: odd bytes escaped, and no `/` in those of devices."""
    texts = {key: value for key, value in line.items() if isinstance(value, str)}
    escaped = {key: _escaped(text) for key, text in texts.items() if not text.isascii()}
    key = {"dev": "name", "log": "dev"}.get(line["e"], "")
    name = {key: escaped.get(key, texts[key]).replace("/", "!")} if key in texts else {}
    return {**line, **escaped, **name}


def _escaped(text: str) -> str:
    """Bytes from 0x80 on, however JSON carries them."""
    try:
        raw = text.encode("latin-1")
    except UnicodeEncodeError:
        raw = text.encode("utf-8", "surrogateescape")
    return raw.decode("ascii", "backslashreplace")


def extent(lines: list[Line]) -> tuple[int, int]:
    """Start and size of a memory that holds everything the recording names."""
    config = lines[0]["config"]
    named = [(config["vring0"], 0), (config["vring1"], 0), (config["buffers"], config["buffers_size"] + _BEYOND)]
    named += [(line["addr"], len(line["hex"]) // 2) for line in lines if line["e"] in ("mem", "peer_mem")]
    ring = 32 * config["num"] + config["align"] + _PAGE  # more than it takes
    start = min(address for address, _ in named) // _PAGE * _PAGE
    end = -(-max(address + max(size, ring) for address, size in named) // _PAGE) * _PAGE
    if end - start > _LARGEST:
        raise Mismatch(f"the recording names memory from 0x{start:x} to 0x{end:x}: too much for one shared memory.")
    return start, end - start
