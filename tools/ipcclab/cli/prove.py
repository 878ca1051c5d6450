"""`ipcclab prove`: walks a device through all its states and writes, and prints what was checked or what is wrong.

What is checked, and against what, is `ipcclab.proof`; here are the options, the report and the exit code.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path

from ipcclab.ipcc_words import find_variant
from ipcclab.progress import progress
from ipcclab.proof import prove
from ipcclab.proof.claims import CLAIMS
from ipcclab.proof.prove import ONE, PAIRS, SAMPLED, TWO, Candidate, Task
from ipcclab.proof.search import shortest
from ipcclab.proof.specification import Specification
from ipcclab.proof.subject import Provable
from ipcclab.proof.walk import Walked, all_states
from ipcclab.proof.words import describe
from mp1bench.errors import UsageError, suggest
from stm32mp1.ipcc import ipcc_class
from stm32mp1.ipcc_table import STM32MP15, VARIANTS, Variant, ipcc_table
from stm32mp1.registers import RegisterTable

SENTENCE = "Prove that a device is an IPCC: every state, every write, compared with a specification."
EPILOG = """\
examples:
  ipcclab prove                                 each channel of the STM32MP15's alone, in seconds
  ipcclab prove --channels 2                    and two channels together, in a minute
  ipcclab prove --pairs                         and every two channels, in ten minutes
  ipcclab prove --variant STM32WL5x             another part's; `all` for each of them
  ipcclab prove --device mine.py:Mine           a device of your own: anything that is used like stm32mp1's
"""

_MEMBERS = ("read", "write", "reset", "level", "state", "from_state")
_WORDS = {ONE: 20_000, TWO: 100_000, PAIRS: 1_000_000}  # of the line equation, by what is walked at most


def add_arguments(parser: argparse.ArgumentParser) -> None:
    names = ", ".join(variant.name for variant in VARIANTS)
    parser.add_argument("--variant", metavar="NAME", help=f"what it must be: {names}, or all (default: STM32MP15)")
    parser.add_argument(
        "--channels", type=int, choices=(1, 2), default=1, help="2: also the first and the last channel together"
    )
    parser.add_argument("--pairs", action="store_true", help="also every two channels together")
    parser.add_argument("--device", metavar="FILE.py:CLASS", help="the device to prove (default: ipcclab's own)")


def execute(options: argparse.Namespace) -> int:
    make = _load(options.device) if options.device else None
    variants = _variants(options.variant, make)
    most = PAIRS if options.pairs else TWO if options.channels == 2 else ONE
    if most != ONE and any(variant.secured for variant in variants):
        raise UsageError(
            "two channels of a secured IPCC have 16,777,216 states. Leave --channels 2 and --pairs away for it."
        )
    passed: list[bool] = []
    for variant in variants:
        specification = Specification(
            variant.channels,
            tuple((line.name, line.sources) for line in variant.lines),
            identified=variant.identified,
            secured=variant.secured,
        )
        tasks = [*prove.one_channel(specification), *prove.line_equation(_WORDS[most])]
        if most != ONE:
            tasks += prove.two_channels(specification)
        if most == PAIRS:
            tasks += prove.all_pairs(specification)
        candidate = Candidate(make or ipcc_class(variant), specification, dict(variant.events))
        print(end="\n" if passed else "")
        lines = ", ".join(line.name for line in variant.lines)
        print(f"{options.device or 'ipcclab'} as {variant.name}: {variant.channels} channels, lines {lines}\n")
        passed.append(_prove(candidate, tasks, ipcc_table(variant)))
    return 0 if all(passed) else 1


def _prove(candidate: Candidate, tasks: list[Task], table: RegisterTable) -> bool:
    """Do the tasks and print what comes of them, section by section. True if nothing is wrong."""
    tally: Counter[str] = Counter()
    results = prove.run(candidate, tasks)
    for section, members in groupby(zip(tasks, results, strict=True), key=lambda member: member[0].section):
        mine = [task for task in tasks if task.section == section]
        done: list[Walked] = []
        with progress(section, len(mine)) as shown:
            for _, walked in members:
                done.append(walked)
                shown.step()
                if walked.violation is not None:
                    break
        for walked in done:
            if walked.violation is not None:
                example = shortest(candidate.make, candidate.specification, walked.violation)
                print("\n".join(describe(walked.violation, example, table)))
                return False
            tally += walked.tally
        print(describe_section(section, mine, done, candidate.specification))
    if candidate.specification.secured:
        print(SAMPLED)
    print()
    for claim, sentence in CLAIMS.items():
        print(f"{claim:<14} {tally[claim]:>11,} ×  {sentence}")
    print("\n0 violations")
    return True


def describe_section(
    section: str, tasks: Sequence[Task], results: Sequence[Walked], specification: Specification
) -> str:
    """What a section has checked: "6 channels × 1,024 states × 24 writes = 147,456 transitions"."""
    states, transitions = (sum(counts) for counts in zip(*(result[:2] for result in results), strict=True))
    if section == prove.EQUATION:
        return f"{section:<14} {transitions:,} random writes to all channels at once"
    places = {task.part.places for task in tasks}
    settings = {task.part[:2] for task in tasks}  # place and background
    narrow = specification.narrowed(len(next(iter(places))))
    each = len(all_states(narrow))
    factors = [f"{len(places)} {('channel', 'pair')[narrow.channels == 2]}{'s' * (len(places) > 1)}"]
    if len(settings) > len(places):
        factors.append(f"{len(settings) // len(places)} backgrounds")
    whole = states == each * len(settings)
    factors.append(f"{each:,} states" if whole else f"{each:,} states (of all these, {states:,} sampled)")
    if transitions:
        factors.append(f"{transitions // states} writes = {transitions:,} transitions")
    return f"{section:<14} {' × '.join(factors)}"


def _variants(name: str | None, make: Callable[[], Provable] | None) -> list[Variant]:
    """The variants that are asked for; without a name the device's own, if it says so."""
    if name is None:
        own = getattr(make, "VARIANT", STM32MP15)
        return [own if isinstance(own, Variant) else STM32MP15]
    if name.lower() == "all":
        return list(VARIANTS)
    return [find_variant(name)]


def _load(what: str) -> Callable[[], Provable]:
    """The class at FILE.py:CLASS. UsageError if there is none that can be proven."""
    file, _, name = what.rpartition(":")
    if not file or not name:
        raise UsageError(f"--device {what}: write the file and the class, as in mine.py:Mine.")
    path = Path(file)
    if not path.is_file():
        raise UsageError(f"--device {what}: there is no file {file}.")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise UsageError(f"--device {what}: {file} is no Python file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault(path.stem, module)
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise UsageError(f"--device {what}: {file} cannot be imported ({type(error).__name__}: {error}).") from error
    classes = [known for known, thing in vars(module).items() if isinstance(thing, type)]
    if name not in classes:
        raise UsageError(f"--device {what}: {file} has no class {name}.{suggest(name, classes)}")
    found: Callable[[], Provable] = vars(module)[name]
    try:
        device = found()
    except (Exception, SystemExit) as error:
        raise UsageError(f"--device {what}: {name}() raises {type(error).__name__}: {error}.") from error
    missing = [member for member in _MEMBERS if not callable(getattr(device, member, None))]
    if missing:
        raise UsageError(f"--device {what}: {name} has no {missing[0]}(). It must be used like stm32mp1.device.Device.")
    return found
