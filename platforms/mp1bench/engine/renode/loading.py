"""Renode in this process: loaded once through pyrenode3, with our bridge compiled into it. It builds no machine."""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from mp1bench.engine.renode.finding import engine_missing, find_renode
from mp1bench.engine.renode.installation import RENODE
from mp1bench.errors import EngineMissingError

_BRIDGE = Path(__file__).with_name("bridge.cs")


class Renode:
    """The .NET types that the engine uses, untyped as pythonnet gives them, and Renode's `version`."""

    def __init__(self) -> None:
        import_module("pyrenode3")  # loads Renode's libraries
        # Taking the runtime down takes five seconds, and the process ends anyway.
        atexit.unregister(import_module("pythonnet").unload)
        core, bus = import_module("Antmicro.Renode.Core"), import_module("Antmicro.Renode.Peripherals.Bus")
        cpu = import_module("Antmicro.Renode.Peripherals.CPU")
        self.system: Any = import_module("System")
        self.Emulation: Any = core.Emulation
        self.Machine: Any = core.Machine
        self.TimeInterval: Any = import_module("Antmicro.Renode.Time").TimeInterval
        self.BusPointRegistration: Any = bus.BusPointRegistration
        self.BusRangeRegistration: Any = bus.BusRangeRegistration
        self.UnhandledAccessBehaviour: Any = bus.UnhandledAccessBehaviour
        self.CPURegistrationPoint: Any = cpu.CPURegistrationPoint
        self.CortexM: Any = cpu.CortexM
        self.RegisterValue: Any = cpu.RegisterValue
        self.NVIC: Any = import_module("Antmicro.Renode.Peripherals.IRQControllers").NVIC
        program = next(
            library for library in self.system.AppDomain.CurrentDomain.GetAssemblies() if _is_renode(library)
        )
        self.version = ".".join(str(program.GetName().Version).split(".")[:3])
        self._load_bridge(program)
        self.bridge: Any = import_module("Antmicro.Renode.Peripherals.Ipcclab")
        if self.bridge.Bridge.Lacks:
            raise EngineMissingError(
                f"the engine `renode` needs Renode's {self.bridge.Bridge.Lacks}, which Renode {self.version} does not"
                f" have. Use Renode {RENODE}, or the engine `embedded`."
            )

    def _load_bridge(self, program: Any) -> None:
        """Load the bridge: compiled once for each Renode, which takes seconds, and kept in the user's cache."""
        builds = [library.ManifestModule.ModuleVersionId for library in (program, self.Machine().GetType().Assembly)]
        key = hashlib.sha256(_BRIDGE.read_bytes() + "".join(map(str, builds)).encode()).hexdigest()[:16]
        cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")  # a container may have no home
        kept = Path(cache) / "ipcclab" / f"bridge-{key}.dll"
        load = import_module("System.Reflection").Assembly.LoadFrom
        if kept.exists():
            try:
                load(str(kept))
                return
            except self.system.BadImageFormatException:
                pass  # it is damaged, and replaced below
        compiler = import_module("Antmicro.Renode.Utilities").AdHocCompiler()
        compiled = Path(str(compiler.Compile(self.system.Array[self.system.String]([str(_BRIDGE)]))))
        load(str(compiled))
        if not kept.is_absolute():
            return
        try:
            kept.parent.mkdir(parents=True, exist_ok=True)
            beside = kept.with_name(f"{kept.stem}.{os.getpid()}")
            shutil.copyfile(compiled, beside)
            beside.replace(kept)  # at once: another process may be looking
        except OSError:
            pass  # no cache, then


def _is_renode(library: Any) -> bool:
    return str(library.GetName().Name) == "Renode"


@cache
def load_renode() -> Renode:
    """Renode, loaded at the first call. EngineMissingError where it is not, or cannot be loaded."""
    findings = find_renode(os.environ)
    if not findings.complete:
        raise engine_missing(findings)
    os.environ.update(findings.environment)  # pyrenode3 reads it when it is imported
    try:
        return Renode()
    except EngineMissingError:
        raise
    except (Exception, SystemExit) as error:  # pyrenode3 leaves with the latter
        reason = " ".join(str(error).partition("\n   ")[0].split())  # without .NET's stack
        raise EngineMissingError(
            f"the engine `renode` is here and cannot be loaded: {type(error).__name__}: {reason}"
        ) from error
