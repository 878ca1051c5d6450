"""What every call says that takes the handle of a channel, when it is the wrong one or not the time (mcapi.md §3.2)."""

from __future__ import annotations

from typing import Any

from call_claims import raises, shows
from mcapi_pair import Pair
from mp1bench.mcapi import Channel, Status
from mp1bench.mcapi.calls import CALLS

USES = [name for name, statuses in CALLS.items() if Status.ERR_CHAN_NOTOPEN in statuses]
NAMES = {"pktchan": "packet", "sclchan": "scalar"}


def _sends(call: str) -> bool:
    return "_send" in call or call == "pktchan_buffer"


def _use(pair: Pair, call: str, channel: Any) -> Any:
    """Call it, with something to send if it sends."""
    if call.startswith("pktchan_send") and "close" not in call:
        return pair.ends(call, channel, b"data")
    return pair.ends(call, channel, *([1] if "_send_uint" in call else []))


def _channel(pair: Pair, type: str, sends: bool) -> tuple[Channel, Channel]:
    """An open channel of which the host's end sends or receives; and the other end."""
    sender, receiver = pair.channel(type, back=not sends)
    return (sender, receiver) if sends else (receiver, sender)


def _words(type: str, sends: bool) -> str:
    return f"{'sending' if sends else 'receiving'} end of the {NAMES[type]} channel, port 20 of node 0"


@shows(Status.ERR_CHAN_INVALID, *USES)
def _(pair: Pair, call: str) -> None:
    """No handle; closed; of the other node; of a channel that is gone with the other node."""
    channel, other = _channel(pair, call[:7], _sends(call))
    sentence = "{!r} is no open channel of node 0, or no longer"
    for wrong in (None, channel.endpoint, other):
        with raises(Status.ERR_CHAN_INVALID, sentence.format(wrong)):
            _use(pair, call, wrong)
    pair.restart()
    pair.run()
    with raises(Status.ERR_CHAN_INVALID, sentence.format(channel)):
        _use(pair, call, channel)
    pair.host.endpoint_delete(channel.endpoint)
    channel, _ = _channel(pair, call[:7], _sends(call))
    close = f"{call[:7]}_{'send' if _sends(call) else 'recv'}_close_i"
    pair.ends(close, channel)
    with raises(Status.ERR_CHAN_INVALID, sentence.format(channel)):
        _use(pair, call, channel)


@shows(Status.ERR_CHAN_TYPE, *USES)
def _(pair: Pair, call: str) -> None:
    other = "sclchan" if call[:7] == "pktchan" else "pktchan"
    channel, _ = _channel(pair, other, _sends(call))
    with raises(Status.ERR_CHAN_TYPE, f"the {_words(other, _sends(call))} is none of a {NAMES[call[:7]]} channel"):
        _use(pair, call, channel)


@shows(Status.ERR_CHAN_DIRECTION, *USES)
def _(pair: Pair, call: str) -> None:
    channel, _ = _channel(pair, call[:7], not _sends(call))
    does = "send" if _sends(call) else "receive"
    with raises(Status.ERR_CHAN_DIRECTION, f"the {_words(call[:7], not _sends(call))} does not {does}"):
        _use(pair, call, channel)


@shows(Status.ERR_CHAN_NOTOPEN, *USES)
def _(pair: Pair, call: str) -> None:
    """The handle is there from the call of open on, but of use only when both ends are open."""
    way = "send" if _sends(call) else "recv"
    request = getattr(pair.host, f"{call[:7]}_{way}_open_i")(pair.host.endpoint_create(20))
    sentence = f"the {_words(call[:7], _sends(call))} is not open before its other end is"
    with raises(Status.ERR_CHAN_NOTOPEN, sentence):
        _use(pair, call, request.result)


SENDS = [call for call in USES if Status.ERR_CHAN_CLOSEPENDING in CALLS[call] and _sends(call)]
RECEIVES = [call for call in USES if Status.ERR_CHAN_CLOSEPENDING in CALLS[call] and not _sends(call)]


@shows(Status.ERR_CHAN_CLOSEPENDING, *SENDS)
def _(pair: Pair, call: str) -> None:
    """The receiving end is closed: at once."""
    channel, other = _channel(pair, call[:7], True)
    pair.ends(f"{call[:7]}_recv_close_i", other, node=pair.firmware)
    pair.run()
    sentence = f"the {_words(call[:7], True)} sends to nobody: its other end is closed; close it, too"
    with raises(Status.ERR_CHAN_CLOSEPENDING, sentence):
        _use(pair, call, channel)


@shows(Status.ERR_CHAN_CLOSEPENDING, *RECEIVES)
def _(pair: Pair, call: str) -> None:
    """The sending end is closed: when all that came before has been received; also for whoever waits."""
    channel, other = _channel(pair, call[:7], False)
    name = "pktchan_send" if call[:7] == "pktchan" else f"sclchan_send_{call.rpartition('_')[2]}"
    getattr(pair.firmware, name)(other, b"last" if call[:7] == "pktchan" else 9)
    close = f"{call[:7]}_send_close_i"
    pair.kernel.after(50_000, "close", lambda: getattr(pair.firmware, close)(other))
    assert _use(pair, call, channel) is not None
    words = _words(call[:7], False)
    with raises(Status.ERR_CHAN_CLOSEPENDING, f"the other end of the {words} was closed; close it, too"):
        _use(pair, call, channel)
    what = f"{NAMES[call[:7]]}s"
    sentence = f"the {words} has no more {what}: its other end is closed; close it, too"
    with raises(Status.ERR_CHAN_CLOSEPENDING, sentence):
        _use(pair, call, channel)
