"""How a test asks for the error number with which Linux refuses a call."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mp1bench.linux import KernelError


def refusal(call: Callable[..., object], *arguments: object) -> int:
    """The error number of what `call` raises; a failure if it raises nothing."""
    with pytest.raises(KernelError) as refused:
        call(*arguments)
    return refused.value.code
