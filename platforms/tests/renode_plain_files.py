"""Plain Renode as its tests see it: where its files are, and what a session with it gives. It starts none."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import stm32mp1

TYPES = Path(__file__).resolve().parents[1] / "stm32mp1.cs"
MODELS = Path(stm32mp1.__file__).resolve().parents[1]
WAYS = re.findall(r'"([./]+\w*)"', re.search(r"Beside = {(.*?)}", TYPES.read_text(encoding="utf-8"))[1])  # type: ignore[index]


class Session(NamedTuple):
    """What a monitor script has said, line by line, what Renode has logged, and all that it has printed."""

    said: list[str]
    log: str
    printed: str
