"""The devices keep to what IronPython 2.7 accepts, so that Renode can load the very files that are tested here.

The gate reads syntax trees and needs nothing; where a Python 2.7 is installed, it also compiles and runs the files.
"""

from __future__ import annotations

import ast
import io
import os
import shutil
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

import stm32mp1

PACKAGE = Path(stm32mp1.__file__).parent
SOURCES = sorted(PACKAGE.glob("*.py"))
EACH_SOURCE = pytest.mark.parametrize("path", SOURCES, ids=[path.name for path in SOURCES])

#: Modules that are the same, as far as devices use them, in Python 2.7 and 3.
MODULES = {"__future__", "bisect", "collections", "hashlib", "numbers", "stm32mp1", "sys"}

NODES = {
    "AnnAssign": "annotated variable",
    "AsyncFunctionDef": "async def",
    "JoinedStr": "f-string",
    "MatMult": "operator @",
    "Match": "match",
    "NamedExpr": "operator :=",
    "Nonlocal": "nonlocal",
    "TryStar": "except*",
    "TypeAlias": "type alias",
    "YieldFrom": "yield from",
}


def findings(source: str) -> list[str]:
    """What in `source` Python 2.7 refuses or takes for something else, as "line 3: f-string"."""
    tree = ast.parse(source)
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == "__future__"]
    future = {alias.name for node in imports for alias in node.names}
    found: list[tuple[int, str]] = []

    def look(node: ast.AST, line: int) -> None:
        line = getattr(node, "lineno", line)
        found.extend((line, what) for what in _newer(node, future))
        for child in ast.iter_child_nodes(node):
            look(child, line)

    look(tree, 1)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.NUMBER and "_" in token.string:
            found.append((token.start[0], "underscore in a number"))
        elif not token.string.isascii():
            found.append((token.start[0], "character outside ASCII"))
    return [f"line {line}: {what}" for line, what in sorted(found)]


def _newer(node: ast.AST, future: set[str]) -> Iterator[str]:
    if type(node).__name__ in NODES:
        yield NODES[type(node).__name__]
    match node:
        case ast.FunctionDef() if node.returns is not None:
            yield "annotated result"
        case ast.arg() if node.annotation is not None:
            yield "annotated argument"
        case ast.arguments() if node.kwonlyargs or node.posonlyargs:
            yield "keyword-only or positional-only argument"
        case ast.ClassDef() if node.keywords:
            yield "class keyword"
        case ast.ClassDef() if not node.bases:
            yield "class without a base"
        case ast.Raise() if node.cause is not None:
            yield "raise from"
        case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()) if "division" not in future:
            yield "operator / without division of __future__"
        case ast.Dict() if None in node.keys:
            yield "unpacking in a display"
        case ast.Tuple() | ast.List() | ast.Set() if any(isinstance(e, ast.Starred) for e in node.elts):
            yield "unpacking in a display or a target"
        case ast.Call(func=ast.Name("print")) if "print_function" not in future:
            yield "print() without print_function of __future__"
        case ast.Call(func=ast.Name("super"), args=[]):
            yield "super() without arguments"
        case ast.Call() if any(isinstance(a, ast.Starred) for a in node.args[:-1]):
            yield "argument after an unpacked one"
        case ast.Call() if any(k.arg is None for k in node.keywords[:-1]):
            yield "argument after an unpacked one"
        case ast.Import():
            yield from (f"import of {a.name}" for a in node.names if a.name.split(".")[0] not in MODULES)
        case ast.ImportFrom() if node.level or (node.module or "").split(".")[0] not in MODULES:
            yield f"import of {'.' * node.level}{node.module or ''}"


@EACH_SOURCE
def test_source_is_python_2_too(path: Path) -> None:
    assert findings(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("x: int = 1", "annotated variable"),
        ("def f(a: int): pass", "annotated argument"),
        ("def f() -> int: pass", "annotated result"),
        ("def f(a, *, b): pass", "keyword-only or positional-only argument"),
        ("def f(a, /): pass", "keyword-only or positional-only argument"),
        ("f = lambda *, b: b", "keyword-only or positional-only argument"),
        ("async def f(): pass", "async def"),
        ("x = f'{y}'", "f-string"),
        ("def f():\n    yield from g()", "yield from"),
        ("def f():\n    def g():\n        nonlocal x\n    x = 1", "nonlocal"),
        ("a @ b", "operator @"),
        ("if (a := b): pass", "operator :="),
        ("match a:\n    case 1: pass", "match"),
        ("a, *b = c", "unpacking in a display or a target"),
        ("a = [*b]", "unpacking in a display or a target"),
        ("a = {**b}", "unpacking in a display"),
        ("f(*a, b)", "argument after an unpacked one"),
        ("f(**a, b=1)", "argument after an unpacked one"),
        ("print(1)", "print() without print_function of __future__"),
        ("super().f()", "super() without arguments"),
        ("class C: pass", "class without a base"),
        ("class C(object, metaclass=M): pass", "class keyword"),
        ("raise A() from b", "raise from"),
        ("a / b", "operator / without division of __future__"),
        ("a /= b", "operator / without division of __future__"),
        ("x = 1_000", "underscore in a number"),
        ("# \u00a7 4", "character outside ASCII"),
        ("import dataclasses", "import of dataclasses"),
        ("from enum import Enum", "import of enum"),
        ("from . import x", "import of ."),
    ],
)
def test_gate_refuses_newer_python(source: str, what: str) -> None:
    assert any(finding.endswith(": " + what) for finding in findings(source))


def test_gate_says_which_line() -> None:
    assert findings("a = 1\nb = f'{a}'\n") == ["line 2: f-string"]


def test_gate_takes_what_both_have() -> None:
    source = "from __future__ import print_function, division\nprint(1 / 2)\nf(*a, **b)\nx = {n for n in y}\n"
    assert findings(source) == []


# -- with a Python 2.7 ----------------------------------------------------------------------------------------

EXERCISE = """
from __future__ import print_function
import json
from stm32mp1.catalogue import CATALOGUE
from stm32mp1.ipcc import ipcc_class
from stm32mp1.ipcc_table import STM32MP15, VARIANTS

def say(*report):
    print(json.dumps(report))

def refused(action):
    try:
        action()
    except ValueError as error:
        return str(error)

for variant in VARIANTS + (STM32MP15._replace(name="MINE", channels=3),):
    ipcc = ipcc_class(variant)()
    ipcc.on_line = say
    ipcc.on_event = say
    say(variant.name, variant.parts, hex(variant.base).rstrip("L"), ipcc.CHANNELS, list(ipcc.LINES))
    say(sorted(ipcc.EVENTS.items()))
    offsets = [register.offset for register in ipcc.TABLE] + [0x20, 0x402]
    seed = 1
    for step in range(400):
        seed = seed * 1103515245 + 12345 & 0x7FFFFFFF
        offset = offsets[(seed >> 12) % len(offsets)]
        value = (seed * 2654435761 ^ seed >> 9) & 0xFFFFFFFF
        ipcc.stopped = "in reset" if seed >> 25 == 6 else ""
        ipcc.write(offset, value, 2 if seed >> 25 == 7 else 4)
        say(step, ipcc.read(offset, 4))
    copy = ipcc_class(variant)()
    copy.from_state(json.loads(json.dumps(ipcc.state())))
    say([copy.level(line) for line in copy.LINES])
    for state in (None, [], {}, dict(ipcc.state(), C1CR=True), dict(ipcc.state(), C1CR=4)):
        say(refused(lambda: ipcc.from_state(state)))
    ipcc.reset()
say(refused(lambda: ipcc_class(STM32MP15._replace(name="MINE", channels=17))))
for name in sorted(CATALOGUE):
    device = CATALOGUE[name]()
    for register in device.TABLE:
        device.write(register.offset, 0xA5A5A5A5, 4)
        say(name, register.name, device.read(register.offset, 4), [d.name for d in register.decode(0xA5A5A5A5)])
    device.from_state(device.state())
    device.reset()
"""


def python2() -> tuple[str, dict[str, str]]:
    """A Python 2.7 that runs and the environment it needs; skips the test, by name and reason, if there is none."""
    command = shutil.which("python2.7")
    if command is None:
        pytest.skip("no python2.7 on PATH")
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent), "PYTHONDONTWRITEBYTECODE": "1"}
    if shutil.which("pyenv") is not None:  # its python2.7 runs only where a version is chosen
        versions = subprocess.run(["pyenv", "whence", "python2.7"], capture_output=True, text=True, check=False)
        environment["PYENV_VERSION"] = ":".join(versions.stdout.split())
    probe = subprocess.run([command, "-c", ""], env=environment, capture_output=True, text=True, check=False)
    if probe.returncode != 0:
        pytest.skip(f"{command} does not run: {probe.stderr.strip()}")
    return command, environment


def run(command: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_devices_do_the_same_in_python_2_and_3() -> None:
    command, environment = python2()
    lines = run([command, "-c", EXERCISE], environment).splitlines()
    assert lines == run([sys.executable, "-c", EXERCISE], environment).splitlines()
    assert any("RX1" in line for line in lines), "the exercise must move a line to mean anything"


@EACH_SOURCE
def test_source_compiles_in_python_2(path: Path) -> None:
    command, environment = python2()
    run([command, "-c", f"compile(open({str(path)!r}).read(), {path.name!r}, 'exec')"], environment)
