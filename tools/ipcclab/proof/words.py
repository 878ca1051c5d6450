"""A violation in words: the claim, the accesses by the names of registers and fields, and what is wrong after them."""

from __future__ import annotations

from collections.abc import Iterator

from ipcclab.proof.claims import CLAIMS
from ipcclab.proof.search import Counterexample
from ipcclab.proof.subject import Access
from ipcclab.proof.walk import Violation
from ipcclab.trace.text import notable_fields
from stm32mp1.registers import RegisterTable

_SHOWN = 3  # differences; the rest follows from them, as a rule


def describe(violation: Violation, example: Counterexample | None, table: RegisterTable) -> Iterator[str]:
    """The lines that tell a person what is wrong with the device."""
    differences = (example or violation).differences
    if differences:
        yield f"{differences[0].claim} is violated: {CLAIMS[differences[0].claim]}."
    path = (example or violation).path
    if example is None:
        yield "No access sequence from power-on shows it: the device remembers more than its registers hold."
        yield "It was seen after writes that amount to:"
    elif not path:
        yield "It shows without any access from power-on:"
    elif example.shortest:
        yield "The shortest access sequence from power-on that shows it:"
    else:
        yield "An access sequence from power-on that shows it, the shortest found:"
    for number, access in enumerate(path, 1):
        yield f"  {number}. {access_words(access, table)}"
    for number, difference in enumerate(differences[:_SHOWN]):
        yield f"{'and' if number else 'then'} {difference.sentence}"
    if len(differences) > _SHOWN:
        yield f"and {len(differences) - _SHOWN} differences more"


def access_words(access: Access, table: RegisterTable) -> str:
    """`write C1SCR 0x00010000 (CH1S=1)`; `read C1SCR`; `2-byte write of 0xFFFF to C1MR`."""
    if access.verb == "reset":
        return "reset"
    if access.verb == "restore":
        return "from_state(state())"
    register = table.at(access.offset)
    place = register.name if register else f"{access.offset:+#06x}"
    value = f"0x{access.value:0{2 * access.width}X}"
    if access.width != 4:
        return f"{access.width}-byte {access.verb}" + (
            f" of {value} to {place}" if access.verb == "write" else f" of {place}"
        )
    if access.verb == "read":
        return f"read {place}"
    fields = ", ".join(notable_fields(register, access.value)) if register else ""
    return f"write {place} {value}" + (f" ({fields})" if fields else "")
