"""Rules on how an image was built: for which processor and floating-point unit, with names, with semihosting.

What is not written in the file is not judged.
"""

from __future__ import annotations

from collections.abc import Iterator

from mp1bench.check.finding import FAIL, PASS, WARN, Finding
from mp1bench.image import Image
from mp1bench.image import attributes as tags
from mp1bench.image.file import ELF

# Values of Tag_CPU_arch (addenda to the ABI for the Arm architecture).
_V7, _V7EM = 10, 13
_ARCHITECTURES = {
    _V7: "v7", 11: "v6-M", 12: "v6S-M", _V7EM: "v7E-M", 14: "v8-A", 15: "v8-R", 16: "v8-M baseline",
    17: "v8-M mainline", 18: "v8.1-A", 19: "v8.2-A", 20: "v8.3-A", 21: "v8.1-M mainline", 22: "v9-A",
}  # fmt: skip
_RUN_ON_M4 = (11, 12, _V7EM)
_NEWER = range(14, 23)
_PROFILE_M = ord("M")
_FP_NAMES = {3: "VFPv3", 4: "VFPv3-D16", 5: "VFPv4", 6: "VFPv4-D16", 7: "FPv5", 8: "FPv5-D16"}
_FP_OF_M4 = (4, 6)
_SINGLE = 1
_BKPT_AB = b"\xab\xbe"
_FIRST_OF_TWO = (0b11101, 0b11110, 0b11111)  # how the first half of a 32-bit instruction begins


def judge_build(image: Image) -> Iterator[Finding]:
    """Findings "built for", "floating point", "semihosting" (if there is any), and "symbols"."""
    if tags.CPU_ARCH in image.attributes:
        yield _architecture(image)
        yield _floats(image)
    yield from _semihosting(image)
    number = len(image.symbols.functions)
    if number:
        yield Finding("symbols", PASS, f"{number} functions")
    elif image.format == ELF:
        yield Finding("symbols", WARN, "none: the trace will show addresses. Do not strip the image")
    else:
        yield Finding("symbols", WARN, f"none in {image.format}: the trace will show addresses")


def _architecture(image: Image) -> Finding:
    value = image.attributes[tags.CPU_ARCH]
    profile = image.attributes.get(tags.CPU_ARCH_PROFILE, 0)
    name = "Arm" + _ARCHITECTURES.get(value, f" architecture {value}")
    if value in _RUN_ON_M4 or (value == _V7 and profile == _PROFILE_M):
        return Finding("built for", PASS, f"{name}{'-M' if value == _V7 else ''}, which a Cortex-M4 executes")
    if value in _NEWER or value == _V7:
        text = (
            f"{name}: the Cortex-M4 has Armv7E-M and would fault at what it does not know. Build with -mcpu=cortex-m4"
        )
        return Finding("built for", FAIL, text)
    return Finding("built for", WARN, f"{name}, from before Thumb-2 for microcontrollers. Build with -mcpu=cortex-m4")


def _floats(image: Image) -> Finding:
    value = image.attributes.get(tags.FP_ARCH, 0)
    arguments = "passes floats in its registers" if image.attributes.get(tags.ABI_VFP_ARGS) == 1 else "soft-float calls"
    if not value:
        return Finding("floating point", PASS, "none: it is computed with integers")
    name = _FP_NAMES.get(value, f"unit {value}")
    if value not in _FP_OF_M4:
        text = f"{name}: the Cortex-M4 has FPv4 with single precision. Build with -mfpu=fpv4-sp-d16"
        return Finding("floating point", WARN, text)
    if image.attributes.get(tags.ABI_HARDFP_USE, 0) != _SINGLE:
        text = f"{name} with double precision, which the Cortex-M4 has not. Build with -mfpu=fpv4-sp-d16"
        return Finding("floating point", WARN, text)
    return Finding("floating point", PASS, f"{name} with single precision, {arguments}")


def _semihosting(image: Image) -> Iterator[Finding]:
    found = []
    for segment in image.segments:
        at = segment.data.find(_BKPT_AB) if segment.executable else -1
        while at >= 0:
            before = int.from_bytes(segment.data[max(at - 2, 0) : at], "little")
            if not (segment.virtual + at) & 1 and before >> 11 not in _FIRST_OF_TWO:
                found.append(segment.virtual + at)
            at = segment.data.find(_BKPT_AB, at + 1)
    if found:
        name = image.symbolize(found[0])
        text = f"BKPT 0xAB at 0x{found[0]:08X}{f' ({name})' if name else ''}"
        text += f" and {len(found) - 1} more places" if len(found) > 1 else ""
        text += ": the bench shows what it prints, a board without a debugger stops there"
        yield Finding("semihosting", WARN, text)
