"""Which engines there are, and how a board gets one. What an engine is stands in `__init__.py`."""

from __future__ import annotations

from collections.abc import Callable

from mp1bench.engine import Engine
from mp1bench.engine.bare import BareEngine
from mp1bench.errors import EngineMissingError, UsageError, suggest
from mp1bench.trace import Trace

ENGINES = ("auto", "embedded", "renode", "bare")


def make_engine(
    name: str,
    trace: Trace | None,
    *,
    counter: str,
    slice_instructions: int | None,
    clock_hz: Callable[[], int],
    instruction_ns: int,
    on_console: Callable[[str, int], None],
) -> Engine:
    """The engine of that name, still empty. UsageError if there is none, EngineMissingError if not here.

    `on_console(name, byte)` hears what the core itself prints, by `semihosting` and `itm`.
    """
    if name not in ENGINES:
        raise UsageError(f"there is no engine called `{name}`.{suggest(name, ENGINES)}")
    if name == "bare":
        return BareEngine(trace)
    if name == "renode":
        from mp1bench.engine.renode.engine import RenodeEngine

        renode = RenodeEngine(trace, clock_hz=clock_hz, instruction_ns=instruction_ns)
        renode.semihosting.on_byte = lambda byte: on_console("semihosting", byte)
        renode.itm.on_byte = lambda byte: on_console("itm", byte)
        return renode
    try:
        from mp1bench.engine.embedded import EmbeddedEngine
    except ImportError as error:
        raise EngineMissingError(
            f"the engine `embedded` needs the package unicorn, which cannot be imported here ({error})."
            " Install it: pip install 'unicorn>=2.1.3,<2.2'"
        ) from error
    engine = EmbeddedEngine(
        trace=trace,
        counter=counter,
        slice_instructions=slice_instructions,
        clock_hz=clock_hz,
        instruction_ns=instruction_ns,
    )
    engine.core.semihosting.on_byte = lambda byte: on_console("semihosting", byte)
    engine.core.itm.on_byte = lambda byte: on_console("itm", byte)
    return engine
