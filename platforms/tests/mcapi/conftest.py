"""The two nodes for the tests of this folder."""

from __future__ import annotations

import pytest

from channel_bench import ChannelBench
from mcapi_pair import Pair


@pytest.fixture
def pair() -> Pair:
    return Pair()


@pytest.fixture
def bench() -> ChannelBench:
    return ChannelBench()
