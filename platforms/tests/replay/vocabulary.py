"""The words of the linux-ipcc recordings: every kind of line, with its keys and what they hold.

It checks the form of a line and knows nothing of what it means (golden/linux-ipcc/README.md).
"""

from __future__ import annotations

from typing import Any

from replay.cursor import Line, Mismatch, show

Kind = tuple[type, ...]

_INT: Kind = (int,)
_TEXT: Kind = (str,)
_FLAG: Kind = (bool, int)
_LIST: Kind = (list,)
_NUMBERS: Kind = (list, int)

#: Arrangements in `config`; all may be absent.
CONFIG: dict[str, Kind] = {
    **dict.fromkeys(("proc_id", "channels", "hwcfgr", "verr", "hz", "storm_limit"), _INT),
    "irq_service": _TEXT,
    **dict.fromkeys(("node", "has_proc_id", "wakeup"), _FLAG),
    **dict.fromkeys(("ioremap_err", "clk_get_err", "clk_enable_err"), _INT),
    **dict.fromkeys(("irq_rx_err", "irq_tx_err", "irq_req_err", "wake_err"), _INT),
}

PRESET: dict[str, Kind] = {
    **dict.fromkeys(("cr", "mr", "posted"), _NUMBERS),
    **dict.fromkeys(("hwcfgr", "clock_enable"), _INT),
    **dict.fromkeys(("reset", "module_refuses", "interrupts_held"), _FLAG),
}

#: Arguments of each function that a recording calls.
CALLS: dict[str, dict[str, Kind]] = {
    "probe": {},
    "remove": {},
    "suspend": {},
    "resume": {},
    "request_channel": {"client": _TEXT, "index": _INT},
    "request_channel_byname": {"client": _TEXT, "mbox_name": _TEXT},
    "send_message": {"client": _TEXT, "msg": _INT},
    "client_txdone": {"client": _TEXT, "status": _INT},
    "flush": {"client": _TEXT, "timeout_ms": _INT},
    "peek_data": {"client": _TEXT},
    "free_channel": {"client": _TEXT},
    "soft_register": {
        **dict.fromkeys(("txdone_irq", "txdone_poll", "last_tx_done", "peek_data", "flush"), _FLAG),
        "period_ms": _INT,
    },
    "soft_txdone": {"chan": _INT, "status": _INT},
    "soft_received_data": {"chan": _INT, "msg": _INT},
}

#: What a replay carries out: the keys that must be there.
STIMULI: dict[str, dict[str, Kind]] = {
    "scenario": {},
    "preset": {},
    "client": {
        "name": _TEXT,
        "tx_block": _FLAG,
        "tx_tout_ms": _INT,
        "knows_txdone": _FLAG,
        "callbacks": _LIST,
        "mboxes": _LIST,
        "names": _LIST,
        "has_node": _FLAG,
    },
    "call": {"fn": _TEXT},
    "peer": {"op": _TEXT, "off": _INT, "val": _INT},
    "advance": {"us": _INT},
    "irq": {"line": _TEXT},
    "end": {},
}

#: What is compared: whoever emits it knows its keys.
OBSERVATIONS = (
    *("reg", "line", "clk", "pm", "irq_end", "irq_storm", "timer", "log"),
    *("cb", "cb_end", "op", "op_end", "ret", "wait", "wake", "oops", "fault"),
)

CALLBACKS = ("rx_callback", "tx_prepare", "tx_done")


def check(lines: list[Line]) -> None:
    """Raise Mismatch at the first line that no recording can hold."""
    for number, line in enumerate(lines, 1):
        wrong = _wrong(line)
        if wrong:
            raise Mismatch(f"line {number}: {wrong}, in {show(line)}.")
    config = lines[0]["config"]
    wrong = _wrong_values(CONFIG, config) or _odd_config(config)
    if wrong:
        raise Mismatch(f"line 1: {wrong}, in `config`.")


def _wrong(line: Line) -> str:
    kind = line["e"]
    if kind in OBSERVATIONS:
        return ""
    if kind not in STIMULI:
        return f"`{kind}` is no kind of event that is known"
    expected = STIMULI[kind]
    own = {key: value for key, value in line.items() if key not in ("i", "t", "e", "task", "fn")}
    if kind == "scenario":
        return ""
    if kind == "call":
        if not isinstance(line.get("fn"), str) or line["fn"] not in CALLS:
            return f"`{line.get('fn')}` is no function that can be called"
        expected = CALLS[line["fn"]]
    if kind == "preset":
        return _wrong_values(PRESET, own)
    if not isinstance(line.get("task", ""), str):
        return "a `task` is a name"
    for key in expected:
        if key not in own:
            return f"`{key}` is missing"
    return _wrong_values(expected, own) or _odd(line)


def _wrong_values(known: dict[str, Kind], own: dict[str, Any]) -> str:
    for key, value in own.items():
        if key not in known:
            return f"`{key}` is not known"
        if not isinstance(value, known[key]) or (isinstance(value, bool) and bool not in known[key]):
            return f"`{key}` cannot be {value!r}"
    return ""


def _odd_config(config: dict[str, Any]) -> str:
    if not 1 <= config.get("channels", 6) <= 16:
        return "an IPCC has 1 to 16 `channels`"
    if not 1 <= config.get("hz", 1000) <= 1000:
        return "`hz` is 1 to 1000"
    if not 0 <= config.get("proc_id", 0) < 1 << 32:
        return "`proc_id` is not negative"
    return ""


def _odd(line: Line) -> str:
    """What is wrong although it is of the right type."""
    match line:
        case {"e": "client", "mboxes": mboxes, "names": names, "callbacks": callbacks}:
            if not all(isinstance(name, str) for name in (*names, *callbacks)):
                return "`names` and `callbacks` are lists of names"
            if not all(name in CALLBACKS for name in callbacks):
                return "there is no such callback"
            if not all(_is_specifier(entry) for entry in mboxes):
                return "`mboxes` is a list of [controller, cell]"
        case {"e": "peer", "op": op} if op not in ("R", "W"):
            return "`op` is R or W"
        case {"e": "peer", "off": off, "val": val} if not 0 <= off < 0x400 or not 0 <= val < 1 << 32:
            return "a register is 32 bits wide and lies below 0x400"
        case {"e": "advance", "us": us} if us < 0:
            return "time does not run backwards"
        case {"e": "irq", "line": name} if name not in ("rx", "tx"):
            return "`line` is rx or tx"
    return ""


def _is_specifier(entry: Any) -> bool:
    return (
        isinstance(entry, list)
        and 1 <= len(entry) <= 2
        and (entry[0] is None or isinstance(entry[0], str))
        and (len(entry) == 1 or entry[1] is None or (type(entry[1]) is int and entry[1] >= 0))
    )
