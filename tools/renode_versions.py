"""Names the Renode that the engine `renode` loads here, and what it is loaded by. Without one it says so and fails.

python tools/renode_versions.py
"""

from __future__ import annotations

import platform
import sys
from importlib.metadata import version

from mp1bench.engine.renode.loading import load_renode
from mp1bench.errors import EngineMissingError


def main() -> int:
    try:
        renode = load_renode()
    except EngineMissingError as error:
        print(error.sentence, file=sys.stderr)
        return error.exit_code
    packages = [f"{name} {version(name)}" for name in ("pythonnet", "pyrenode3", "robotframework")]
    runtime = f".NET {renode.system.Environment.Version}"
    print(f"Renode {renode.version}", runtime, *packages, f"Python {platform.python_version()}", sep=", ")
    return 0


if __name__ == "__main__":
    sys.exit(main())
