"""The C# types of plain Renode are those of the catalogue, line by line; no Renode is needed to see that."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from mp1bench.errors import PlatformError
from mp1bench.platform import read_platform
from mp1bench.platform.repl import Reference, read_repl
from mp1bench.shipped import default_platform
from renode_plain_files import MODELS, TYPES, WAYS
from stm32mp1.catalogue import CATALOGUE
from stm32mp1.ipcc import ipcc_class
from stm32mp1.ipcc_table import VARIANTS

OURS = {name.removeprefix("STM32MP1."): model for name, model in CATALOGUE.items() if name.startswith("STM32MP1.")}


class Declared(NamedTuple):
    """One class of the C# file."""

    base: str
    inputs: int
    lines: set[str]
    same: dict[str, str]  # outputs that are a line by another name


def declared() -> dict[str, Declared]:
    found: dict[str, Declared] = {}
    text = TYPES.read_text(encoding="utf-8")
    start = r"(?:\[GPIO\(NumberOfInputs = (\d+)\)\]\n )?   public (?:abstract )?class (\w+) : (\w+)"
    pattern = start + r"(.*?)(?=\n    [p[/i]|\n}\n)"
    for inputs, name, base, body in re.findall(pattern, text, re.DOTALL):
        lines = set(re.findall(r"public GPIO (\w+) => Line\(\);", body))
        same = dict(re.findall(r"public GPIO (\w+) => (\w+);", body))
        if base == "PlainTimer":
            base, lines = found[base].base, lines | found[base].lines
        found[name] = Declared(base, int(inputs or 0), lines, same)
    return {name: found[name] for name in found if name not in ("Receiver", "PlainTimer")}


def test_every_type_of_the_catalogue_has_a_class_and_every_class_a_type() -> None:
    assert declared().keys() == OURS.keys()


@pytest.mark.parametrize("name", OURS)
def test_class_has_the_lines_of_its_device(name: str) -> None:
    models = [ipcc_class(variant) for variant in VARIANTS] if name == "IPCC" else [OURS[name]]
    assert declared()[name].lines == {line for model in models for line in model.LINES}
    assert declared()[name].same == {event: line for model in models for event, line in model.EVENTS.items()}


@pytest.mark.parametrize("name", OURS)
def test_class_takes_the_inputs_of_its_device(name: str) -> None:
    inputs = OURS[name].INPUTS
    assert declared()[name][:2] == ("Receiver" if inputs else "Device", inputs)


def test_every_brace_of_the_file_is_closed() -> None:
    text = TYPES.read_text(encoding="utf-8")
    assert text.count("{") == text.count("}")
    assert text.count("(") == text.count(")")


def test_models_are_found_from_the_file_of_the_types() -> None:
    assert MODELS in [(TYPES.parent / way).resolve() for way in WAYS]
    assert (MODELS / "stm32mp1" / "renode.py").exists()


def test_models_are_found_from_an_installed_wheel() -> None:
    installed = "site-packages/mp1bench/shipped_files/platforms"  # as in pyproject.toml
    assert "site-packages" in [os.path.normpath(f"{installed}/{way}") for way in WAYS]


def test_rcc_of_the_shipped_platform_has_the_core_that_it_resets() -> None:
    properties = read_repl(default_platform()).entries["rcc"].properties
    assert {name: given.value for name, given in properties.items()} == {
        "mcu": Reference("cpu"),
        "nvic": Reference("nvic"),
    }


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("mcu: nvic", "`nvic` is no CPU.CortexM. There are: cpu."),
        ("nvic: cpu", "`cpu` is no IRQControllers.NVIC. There are: nvic."),
        ("mcu: 1", "`mcu` of `rcc` must be the name of another entry."),
        ("core: cpu", "`rcc` (STM32MP1.RCC) has no property `core` here. There are: mcu, nvic."),
    ],
)
def test_wrong_property_of_the_rcc_is_refused(line: str, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "board.repl"
    path.write_text(
        "cpu: CPU.CortexM @ sysbus\n    nvic: nvic\n\nnvic: IRQControllers.NVIC @ sysbus 0xE000E000\n\n"
        f"rcc: STM32MP1.RCC @ sysbus <0x50000000, +0x1000>\n    {line}\n",
        encoding="utf-8",
    )
    with pytest.raises(PlatformError) as refusal:
        read_platform(path)
    assert str(refusal.value) == f"{path}:7: {sentence}"
