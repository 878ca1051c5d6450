"""What `schema.json` demands of a line of a trace, and what is wrong with one, in words. It reads no trace.

The file is the one description: other programs validate with it, and our reader obeys it through here. As much of JSON
Schema is known as the file uses.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any, TypeAlias

#: The name of the format and its version, as headers have it.
SCHEMA = "ipcclab-trace/2"

_NAMES = {"string": "a text", "integer": "a whole number", "null": "null", "object": "an object", "array": "a list"}
_TYPES: dict[str, type] = {
    "string": str,
    "integer": int,
    "null": type(None),
    "object": dict,
    "array": list,
    "boolean": bool,
}
Test: TypeAlias = Callable[[Any], bool]


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema of one line."""
    described: dict[str, Any] = json.loads((files("ipcclab.trace") / "schema.json").read_text(encoding="utf-8"))
    return described


@cache
def kinds() -> dict[str, dict[str, Any]]:
    """The shape of each kind of line by its name: `header`, `access`…"""
    return {shape["title"].partition(":")[0]: shape for shape in schema()["oneOf"]}


def fault(record: dict[str, Any], kind: str) -> str:
    """What keeps `record` from being a line of that kind, as a clause; empty if nothing does."""
    tests = _tests(kind)
    a_line = f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"
    for key in tests:
        if key not in record:
            return f"{a_line} lacks `{key}`"
    for key, value in record.items():
        if key not in tests:
            return f"{a_line} has no `{key}`"
        if not tests[key](value):
            wanted = _wanted(kinds()[kind]["properties"][key])
            return f"`{key}` of {a_line} is {_shortened(value)}, not {wanted}"
    return ""


@cache
def _tests(kind: str) -> dict[str, Test]:
    """A test for each key of that kind of line."""
    return {key: _test(rule) for key, rule in kinds()[kind]["properties"].items()}


def _resolved(rule: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in rule:
        return rule
    target: dict[str, Any] = schema()["$defs"][rule["$ref"].rpartition("/")[2]]
    return target


def _test(rule: dict[str, Any]) -> Test:
    """Whether a value is as `rule` has it."""
    rule = _resolved(rule)
    if "oneOf" in rule:
        tests = [_test(one) for one in rule["oneOf"]]
        return lambda value: any(test(value) for test in tests)
    if "const" in rule or "enum" in rule:
        allowed = [(type(one), one) for one in ([rule["const"]] if "const" in rule else rule["enum"])]  # True is no 1
        return lambda value: (type(value), value) in allowed
    types = [_TYPES[name] for name in ([rule["type"]] if isinstance(rule["type"], str) else rule["type"])]
    details = {int: _number, str: _text, list: _list, dict: _object}
    tests_of = {one: details[one](rule) for one in types if one in details}
    return lambda value: type(value) in types and (type(value) not in tests_of or tests_of[type(value)](value))


def _number(rule: dict[str, Any]) -> Test:
    low, high = rule["minimum"], rule["maximum"]
    return lambda value: bool(low <= value <= high)


def _text(rule: dict[str, Any]) -> Test:
    if "pattern" not in rule:
        return lambda value: True
    pattern = re.compile(rule["pattern"])  # from ^ to $; Python's $ would also stand before a last line feed
    return lambda value: pattern.fullmatch(value) is not None


def _list(rule: dict[str, Any]) -> Test:
    test, fewest, most = _test(rule["items"]), rule.get("minItems", 0), rule.get("maxItems", sys.maxsize)
    return lambda value: fewest <= len(value) <= most and all(test(one) for one in value)


def _object(rule: dict[str, Any]) -> Test:
    tests = {key: _test(one) for key, one in rule.get("properties", {}).items()}
    others, required = rule["additionalProperties"], rule.get("required", [])
    other = _test(others) if others else lambda value: False

    def test(value: dict[str, Any]) -> bool:
        known = all(tests.get(key, other)(one) for key, one in value.items())
        return known and all(key in value for key in required)

    return test


def _wanted(rule: dict[str, Any]) -> str:
    """What a value must be, in words."""
    rule = _resolved(rule)
    if "enum" in rule:
        return " or ".join(json.dumps(one) for one in rule["enum"])
    if "const" in rule:
        return json.dumps(rule["const"])
    if "oneOf" in rule:
        return " or ".join(_wanted(one) for one in rule["oneOf"])
    names = [rule["type"]] if isinstance(rule["type"], str) else rule["type"]
    words = " or ".join(_NAMES[name] for name in names)
    if "maximum" in rule:
        words += f" from {rule['minimum']} to {rule['maximum']}"
    elif "pattern" in rule:
        words += f" of the form {rule['pattern']}"
    return words + " as schema.json has it" * ("object" in names)


def _shortened(value: Any) -> str:
    if isinstance(value, dict | list):
        return "another object" if isinstance(value, dict) else "a list"
    words = json.dumps(value)
    return words if len(words) <= 40 else f"{words[:39]}…"
