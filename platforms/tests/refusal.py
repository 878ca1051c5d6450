"""How a test asks for the error number, or its name, with which Linux refuses a call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mp1bench.linux import KernelError


def refusal(call: Callable[..., object], *arguments: object) -> int:
    """The error number of what `call` raises; a failure if it raises nothing."""
    with pytest.raises(KernelError) as raised:
        call(*arguments)
    return raised.value.code


def refused(name: str) -> Any:
    """For a `with` statement whose call Linux refuses with the error of that name."""
    return pytest.raises(KernelError, match=rf"\({name}\)\.$")
