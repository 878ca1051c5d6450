"""The states of a remote processor (include/linux/remoteproc.h), as sysfs prints them.

Who changes them is `core.py` and `transitions.py`.
"""

from __future__ import annotations

OFFLINE, SUSPENDED, RUNNING, CRASHED, DETACHED, ATTACHED = (
    "offline",
    "suspended",
    "running",
    "crashed",
    "detached",
    "attached",
)
