"""The one family of errors that the bench shows to a person.

Each error is a sentence or two: what happened, where, and what to do. `exit_code` is what `ipcclab` returns for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class IpccLabError(Exception):
    """Base of every error that a user can cause or meet."""

    exit_code = 2


class UsageError(IpccLabError):
    """An option, argument or keyword argument that makes no sense."""

    exit_code = 2


class ImageError(IpccLabError):
    """A firmware image that cannot be loaded or run."""

    exit_code = 3


class PlatformError(IpccLabError):
    """A platform file that cannot be read, or describes what cannot be built."""

    exit_code = 3


class EngineMissingError(IpccLabError):
    """The engine asked for is not installed here: a `sentence`, and a `screen` of lines where that takes more."""

    exit_code = 4

    def __init__(self, sentence: str, screen: str = "") -> None:
        super().__init__(f"{sentence}\n\n{screen}" if screen else sentence)
        self.sentence = sentence
        self.screen = screen


class BusError(IpccLabError):
    """Processor 1 touched an address where nothing is."""


class SnapshotError(IpccLabError):
    """A snapshot does not fit the machine it is restored into."""


class ModelError(IpccLabError):
    """A device model raised inside an access: a fault of the model, with device and access named."""

    exit_code = 70


def suggest(name: str, names: Iterable[str]) -> str:
    """The end of a sentence about an unknown name: the nearest known one, else all of them."""
    names = sorted(names)
    near = get_close_matches(name, names, n=1)
    if near:
        return f" Did you mean `{near[0]}`?"
    return f" There are: {', '.join(names)}." if names else ""
