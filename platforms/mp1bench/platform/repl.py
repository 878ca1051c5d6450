"""Reader of platform files: the subset of Renode's .repl language that this project writes, as plain data.

It knows the language; what the types mean is for `platform.py`. What it does not know it refuses, with file and
line, rather than build another machine than Renode would.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, NoReturn, TypeAlias

from mp1bench.errors import PlatformError, suggest
from mp1bench.platform.repl_lines import STRING, Line, Place, logical_lines

_LARGEST_FILE = 256 << 10

_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_DOTTED = rf"{_NAME}(?:\.{_NAME})*"
_NUMBER = r"-?(?:0[xX][0-9A-Fa-f]{1,16}|[0-9]{1,20})"

_USING = re.compile(rf"using ({STRING})")
_ENTRY = re.compile(rf"({_NAME})\s*:\s*(?:({_DOTTED})\s*)?(?:@\s*(.+))?")
_REGISTRATION = re.compile(rf"({_NAME})(?: ({_NUMBER})| <({_NUMBER}), *(\+?)({_NUMBER})>)?")
_RANGE = r"\[([0-9]{1,5})-([0-9]{1,5})\]"
_INTERRUPT = re.compile(rf"({_NAME}|{_RANGE}|[0-9]{{1,5}})?\s*->\s*(.+)")
_RECEIVER = re.compile(rf"({_NAME})@(?:({_NUMBER})|{_RANGE})")
_INIT = re.compile(r"(?:preinit|init|reset)(?: add)?:")
_PROPERTY = re.compile(rf"({_NAME})\s*:\s*(.+)")
_ENUM = re.compile(rf"({_DOTTED})?\.({_NAME})")

#: What Renode knows and this reader does not, by what gives it away outside strings.
_BEYOND = (
    (re.compile(r"\bnew\b"), "an inline object (new)"),
    (re.compile(r"[\[\]]"), "a list in [ ]"),
    (re.compile(r"#"), "a local interrupt (#)"),
    (re.compile(r"^local\b"), "a local entry"),
    (re.compile(r"^using\b.*\bprefixed\b"), "a prefix"),
    (re.compile(r"\bas \""), "an alias"),
    (re.compile(r"'''"), "a multi-line string"),
    (re.compile(r"(?:->|:|@)\s*(?:none|empty)$"), "cancelling by none or empty"),
)


class Reference(NamedTuple):
    """A value that names another entry."""

    name: str


class EnumValue(NamedTuple):
    """A value such as `.GICv2`; `type_name` is empty in this short form."""

    type_name: str
    member: str


Value: TypeAlias = int | str | bool | Reference | EnumValue


class Property(NamedTuple):
    """One `name: value` of an entry."""

    value: Value
    place: Place


class Registration(NamedTuple):
    """One place on a bus: the bus's name; address and size as far as the file gives them."""

    register: str
    address: int | None
    size: int | None


class Interrupt(NamedTuple):
    """One `line -> receiver@number`; `line` is empty where the file leaves it to the device's only line."""

    line: str
    receiver: str
    number: int
    place: Place


@dataclass
class Entry:
    """One named part of the machine: all entries of that name, merged."""

    name: str
    type_name: str
    place: Place
    registrations: tuple[Registration, ...] = ()
    properties: dict[str, Property] = field(default_factory=dict)
    interrupts: dict[str, tuple[Interrupt, ...]] = field(default_factory=dict)  # by line


@dataclass
class Description:
    """What a platform file and the files it uses say. `ignored` names what only Renode's monitor can do."""

    path: str
    entries: dict[str, Entry] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)


def read_repl(path: str | Path) -> Description:
    """Read a platform file and the files it uses. Raises PlatformError."""
    return parse_repl(_read(Path(path)), str(path))


def parse_repl(text: str, path: str = "platform.repl") -> Description:
    """Read the text of a platform file; `using` is relative to the folder of `path`. Raises PlatformError."""
    reader = _Reader(path)
    reader.read(text, path)
    reader.merge()
    return reader.description


class _Reader:
    def __init__(self, path: str) -> None:
        self.description = Description(path)
        self._updates: list[Entry] = []
        self._files: set[str] = set()

    def read(self, text: str, path: str) -> None:
        """Take in one file, and first those it uses."""
        self._files.add(str(Path(path).absolute()))
        entry: Entry | None = None
        said: set[str] = set()  # attributes of this entry
        in_init = False
        for line in logical_lines(text, path):
            if line.depth == 0:
                in_init = False
                said = set()
                if line.text.startswith("using "):
                    if entry is not None:
                        _refuse(line, "`using` stands after an entry. Move it to the top of the file")
                    self._use(line)
                else:
                    entry = self._entry(line)
            elif entry is None:
                _refuse(line, "an indented line belongs to the entry above it, and there is none")
            elif in_init and line.depth > 1:
                continue
            elif line.depth > 1:
                _refuse(line, "indented too deep; attributes stand four spaces to the right of their entry")
            elif _INIT.fullmatch(line.text):
                in_init = True
                self.description.ignored.append(f"{line.place}: `{line.text}` of {entry.name}")
            else:
                in_init = False
                for name in _add_attribute(entry, line):
                    if name in said:
                        _refuse(line, f"`{name}` stands twice in this entry. Keep one")
                    said.add(name)

    def merge(self) -> None:
        """Bring the entries without a type, in their order, into those that declare their names."""
        entries = self.description.entries
        for update in self._updates:
            declared = entries.get(update.name)
            if declared is not None:
                declared.registrations = update.registrations or declared.registrations
                declared.properties.update(update.properties)
                declared.interrupts.update(update.interrupts)
            elif update.name != "sysbus" or update.registrations or update.properties or update.interrupts:
                raise PlatformError(
                    f"{update.place}: `{update.name}` is extended, but nothing declares it with a type."
                    f"{suggest(update.name, entries)}"
                )

    def _use(self, line: Line) -> None:
        found = _USING.fullmatch(line.text)
        if found is None:
            _refuse(line, '`using` wants a file name in double quotes, as in `using "stm32mp157.repl"`')
        path = Path(line.place.file).parent / _unquote(found.group(1))
        if str(path.absolute()) in self._files:
            _refuse(line, f"`{path}` is used a second time. Use it once")
        self.read(_read(path, f"{line.place}: "), str(path))

    def _entry(self, line: Line) -> Entry:
        found = _ENTRY.fullmatch(line.text)
        if found is None:
            _refuse(line, "this is no entry. One reads `uart4: UART.STM32F7_USART @ sysbus 0x40010000`")
        name, type_name, registrations = found.groups()
        if type_name == "CPU.ARMv7A":  # before its GIC, whose place is written in words that this reader does not know
            raise PlatformError(
                f"{line.place}: `{name}` is a Cortex-A ({type_name}), which only Renode itself runs."
                " Use stm32mp157.repl here: the host model stands for the Cortex-A7."
            )
        entry = Entry(name, type_name or "", line.place, _registrations(line, registrations or ""))
        earlier = self.description.entries.get(name)
        if type_name is None:
            self._updates.append(entry)
        elif earlier is None:
            self.description.entries[name] = entry
        else:
            _refuse(line, f"`{name}` is declared a second time; the first is at {earlier.place}. Rename one")
        return entry


def _registrations(line: Line, text: str) -> tuple[Registration, ...]:
    inner = text[1:-1] if text.startswith("{") and text.endswith("}") else text
    return tuple(_registration(line, one) for piece in inner.split(";") if (one := piece.strip()))


def _registration(line: Line, text: str) -> Registration:
    found = _REGISTRATION.fullmatch(text)
    if found is None or text == "none":
        _refuse(
            line,
            f"`{text[:80]}` is no registration. One reads `sysbus 0x40010000`, `sysbus <0x4C001000, +0x400>` or"
            " `{ sysbus 0x0; sysbus 0x38000000 }`",
        )
    bus, point, begin, plus, end = found.groups()
    if begin is None:
        return Registration(bus, None if point is None else _number(point), None)
    return Registration(bus, _number(begin), _number(end) - (0 if plus else _number(begin)))


def _add_attribute(entry: Entry, line: Line) -> list[str]:
    """Add a property or an interrupt; the names it gives a meaning, a lone line's being `->`."""
    interrupt = _INTERRUPT.fullmatch(line.text)
    if interrupt is not None:
        source, first, last, receivers = interrupt.groups()
        lines = [source or ""] if first is None else [str(n) for n in range(int(first), int(last) + 1)]
        given = [_receivers(line, one.strip(), len(lines)) for one in receivers.split("|")]
        for index, name in enumerate(lines):
            entry.interrupts[name] = tuple(Interrupt(name, *inputs[index], line.place) for inputs in given)
        return [name or "->" for name in lines]
    found = _PROPERTY.fullmatch(line.text)
    if found is None:
        _refuse(line, "this is no attribute. One reads `size: 0x10000`, `RX1 -> nvic@103` or `init:`")
    entry.properties[found.group(1)] = Property(_value(line, found.group(2)), line.place)
    return [found.group(1)]


def _receivers(line: Line, text: str, lines: int) -> list[tuple[str, int]]:
    """Receiver and input for each of so many lines."""
    found = _RECEIVER.fullmatch(text)
    if found is None:
        _refuse(line, f"`{text[:80]}` is no receiver. One reads `nvic@103` or, for as many lines, `exti@[0-15]`")
    receiver, number, first, last = found.groups()
    inputs = [_number(number)] if number is not None else list(range(int(first), int(last) + 1))
    if len(inputs) != lines:
        raise PlatformError(
            f"{line.place}: {lines} lines lead to {len(inputs)} inputs of `{receiver}`. Make them equal."
        )
    return [(receiver, one) for one in inputs]


def _value(line: Line, text: str) -> Value:
    if re.fullmatch(_NUMBER, text):
        return _number(text)
    if re.fullmatch(STRING, text):
        return _unquote(text)
    if text in ("true", "false"):
        return text == "true"
    enum = _ENUM.fullmatch(text)
    if enum is not None:
        return EnumValue(enum.group(1) or "", enum.group(2))
    if not re.fullmatch(_NAME, text) or text in ("none", "empty"):
        _refuse(line, f'`{text[:80]}` is no value. One is 12, 0x1F, "text", true, .Member or an entry\'s name')
    return Reference(text)


def _refuse(line: Line, why: str) -> NoReturn:
    """Say what is wrong or, if it may be right for Renode, that it is beyond this reader."""
    bare = re.sub(STRING, '""', line.text)
    beyond = next((what for pattern, what in _BEYOND if pattern.search(bare)), None)
    if beyond is not None:
        why = f"{beyond} is beyond what the embedded engine reads, though Renode may know it: `{line.text[:80]}`"
    raise PlatformError(f"{line.place}: {why}.")


def _number(text: str) -> int:
    return int(text, 16 if "x" in text.lower() else 10)


def _unquote(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1])


def _read(path: Path, user: str = "") -> str:
    """Text of a file; `user` is the place of the `using` that wants it."""
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise PlatformError(f"{user}`{path}` is too large for a platform file.")
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        there = [file.name for file in path.parent.glob("*.repl")]
        raise PlatformError(f"{user}`{path}` does not exist.{suggest(path.name, there)}") from error
    except UnicodeDecodeError as error:
        raise PlatformError(f"{user}`{path}` is not a text file in UTF-8.") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name holds a null character"
        raise PlatformError(f"{user}`{path}` cannot be read: {reason}.") from error
