"""How tests say which call of MCAPI ends in which status: one function for each pair, named after both."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest

from mcapi_pair import Pair
from mp1bench.mcapi import McapiError, Status

Body: TypeAlias = Callable[[Pair, str], None]


def shows(status: Status, *calls: str) -> Callable[[Body], None]:
    """Make `test_<call>__<STATUS>` of this body for each call: it gets the pair of nodes and the name of the call."""

    def register(body: Body) -> None:
        for call in calls:

            def test(pair: Pair, call: str = call) -> None:
                body(pair, call)

            test.__doc__ = body.__doc__
            name = f"test_{call}__{status.name}"
            assert name not in body.__globals__, f"{name} is there twice"
            body.__globals__[name] = test

    return register


def raises(status: Status, sentence: str) -> Any:
    """What is raised for a status, to the letter."""
    return pytest.raises(McapiError, match=f"^{re.escape(f'{sentence}: {status.name}.')}$")
