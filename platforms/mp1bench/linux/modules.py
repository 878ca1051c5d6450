"""Kernel modules: what is loaded, what needs what, and when one may be removed (kernel/module).

What a module does when it is loaded, whoever assembles the host says (`system.py`). Names are as `modprobe` takes them:
- and _ are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from mp1bench.errors import UsageError, suggest
from mp1bench.linux.errno import Errno, KernelError


@dataclass(frozen=True)
class Module:
    """One module. `needs` are loaded before it; `in_use` says whether somebody holds what it provides."""

    name: str
    load: Callable[[], None]
    unload: Callable[[], None]
    needs: tuple[str, ...] = ()
    in_use: Callable[[], bool] = lambda: False


class Modules:
    """The modules of one Linux, by name; `loaded` are in the order of their loading."""

    def __init__(self, modules: Iterable[Module]) -> None:
        self.loaded: list[str] = []
        self._modules = {_plain(module.name): module for module in modules}

    def add(self, module: Module) -> None:
        """Make one known."""
        self._modules[_plain(module.name)] = module

    def load(self, name: str) -> None:
        """What `modprobe` does: those that it needs first, and nothing if it is there. UsageError if unknown."""
        module = self._find(name)
        if module.name in self.loaded:
            return
        for needed in module.needs:
            self.load(needed)
        self.loaded.append(module.name)
        module.load()

    def unload(self, name: str) -> None:
        """What `rmmod` does. KernelError: -2 (ENOENT) if it is not loaded, -11 (EAGAIN) while it is in use."""
        module = self._find(name)
        if module.name not in self.loaded:
            raise KernelError(-Errno.ENOENT, f"the module {module.name} is not loaded")
        users = [other for other in self.loaded if module.name in self._modules[_plain(other)].needs]
        if users or module.in_use():
            by = f" by {', '.join(users)}" if users else ""
            raise KernelError(-Errno.EAGAIN, f"the module {module.name} is in use{by}")
        self.loaded.remove(module.name)
        module.unload()

    def _find(self, name: str) -> Module:
        found = self._modules.get(_plain(str(name)))
        if found is None:
            known = [module.name for module in self._modules.values()]
            raise UsageError(f"there is no module called `{name}`.{suggest(str(name), known)}")
        return found


def _plain(name: str) -> str:
    return name.replace("-", "_")
