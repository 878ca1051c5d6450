"""The words in which a device's registers are declared: fields as named actions, registers, tables.

It describes and decodes; it holds no value of a running device.
"""

from collections import namedtuple

# What an access does to a field, in the words that a person reads.
RW = "read-write"
RO = "read-only"
CONST = "read-only, constant"
WO = "write-only, reads 0"
W1 = "writing 1 acts, reads 0"
RW1S = "writing 1 sets"
RW1C = "writing 1 clears"
RW0C = "writing 0 clears"
# What the bits outside all fields do: writes to them are ignored.
RES0 = "reserved, reads 0"
RES1 = "reserved, reads 1"

_WORD = 0xFFFFFFFF

Decoded = namedtuple("Decoded", "name value meaning")
Found = namedtuple("Found", "register field")


class Field(object):
    """Bits `lsb` to `lsb + width - 1` of a register. `meaning` says what is so when they are not zero.

    Without an `access` of its own a field takes the one of its register.
    """

    def __init__(self, name, lsb, meaning, width=1, access=None):
        self.name = name
        self.lsb = lsb
        self.width = width
        self.meaning = meaning
        self.access = access
        self.mask = ((1 << width) - 1) << lsb


class Register(object):
    """One 32-bit register; without fields it is one undivided word. `reset` is what the vendor documents.

    `twin` is the offset of a register that shows the same bits: the other half of a set/clear pair.
    `read_acts` says that a read changes something.
    """

    def __init__(self, offset, name, human, access, reset, fields, sentence,
                 aliases=(), reserved=RES0, twin=None, read_acts=False):  # fmt: skip
        self.offset = offset
        self.name = name
        self.human = human
        self.access = access
        self.reset = reset
        self.fields = tuple([f if f.access else Field(f.name, f.lsb, f.meaning, f.width, access) for f in fields])
        self.sentence = sentence
        self.aliases = tuple(aliases)
        self.reserved = reserved
        self.twin = twin
        self.read_acts = read_acts
        taken = 0
        bits = {} if self.fields else {access: _WORD}  # by what an access does to them
        for field in self.fields:
            if field.mask & (taken | ~_WORD):
                raise ValueError("%s.%s overlaps another field or leaves the register." % (name, field.name))
            taken |= field.mask
            bits[field.access] = bits.get(field.access, 0) | field.mask
        self.writable = bits.get(RW, 0)
        self.sets = bits.get(RW1S, 0)
        self.clears = bits.get(RW1C, 0)
        self.keeps = bits.get(RW0C, 0)
        self.ones = _WORD & ~taken if self.fields and reserved == RES1 else 0
        shown = bits.get(RO, 0) | bits.get(CONST, 0)
        self.readable = shown | self.writable | self.sets | self.clears | self.keeps | self.ones
        if reset & ~self.readable or self.ones & ~reset:
            raise ValueError("%s cannot read 0x%08X after reset: not all its bits can." % (name, reset))

    def field(self, name):
        """The field of that name in any case, or None."""
        for field in self.fields:
            if field.name.upper() == name.upper():
                return field
        return None

    def decode(self, value):
        """The fields of `value` that are not zero, from bit 0 up, each with its value and meaning."""
        found = []
        for field in sorted(self.fields, key=lambda field: field.lsb):
            bits = (value & field.mask) >> field.lsb
            if bits:
                found.append(Decoded(field.name, bits, field.meaning))
        return found


def set_clear_pair(offset, name, human, sentence, fields=(), reset=0, gap=4):
    """Two registers on one word: ones written to `<name>SETR` set bits, to `<name>CLRR` clear them."""
    return [
        Register(offset, name + "SETR", human + "Set", RW1S, reset, fields, sentence, twin=offset + gap),
        Register(offset + gap, name + "CLRR", human + "Clear", RW1C, reset, fields, sentence, twin=offset),
    ]


def identification(verr, ipidr, kib=1):
    """The three registers at the end of a window of `kib` KiB that say what the block is and how large."""
    end = 0x400 * kib
    revision = [Field("MINREV", 0, "minor revision", width=4), Field("MAJREV", 4, "major revision", width=4)]
    return [
        Register(
            end - 0xC, "VERR", "Version", CONST, verr, revision,
            "The revision of the block.", aliases=["VER"],
        ),
        Register(
            end - 0x8, "IPIDR", "Identification", CONST, ipidr, [],
            "The number by which software knows the block.", aliases=["ID", "IPIDR_IPID"],
        ),
        Register(
            end - 0x4, "SIDR", "SizeIdentification", CONST, 0xA3C5DD00 | kib, [],
            "The size of the window: a fixed number, and KiB in its low byte.", aliases=["SID", "SIDR_SID"],
        ),
    ]  # fmt: skip


class RegisterTable(object):
    """All registers of a device, from the lowest offset up. `name` is the block's in the reference manual.

    `resets` is what each holds after a reset, by offset. `kept` are those whose words make up a device's state.
    """

    def __init__(self, name, registers):
        self.name = name
        self._registers = tuple(sorted(registers, key=lambda register: register.offset))
        self._by_offset = {}
        self._by_name = {}
        for register in self._registers:
            if register.offset in self._by_offset:
                raise ValueError("%s has two registers at +0x%03X." % (name, register.offset))
            self._by_offset[register.offset] = register
            for spelling in _spellings(register):
                if self._by_name.setdefault(spelling.upper(), register) is not register:
                    raise ValueError("%s has two registers called %s." % (name, spelling))
        self.resets = dict((register.offset, register.reset) for register in self._registers)
        self.kept = tuple([register for register in self._registers if _is_kept(register)])

    def at(self, offset):
        """The register at exactly this offset, or None."""
        return self._by_offset.get(offset)

    def named(self, name):
        """The register called `name` or None. Human names, aliases, `IPCC_` in front and any case are all right."""
        return self._by_name.get(self._key(name))

    def find(self, name):
        """All that `name` can mean, from the lowest offset up: registers, or a field of each register that has it.

        A field stands alone (`CH1OM`), behind its register (`C1MR.CH1OM`), or as the vendor's C headers spell it
        (`IPCC_C1MR_CH1OM_Msk`); `CR` is that of either bank.
        """
        key = self._key(name)
        if key.endswith(("_MSK", "_POS")):
            key = key[:-4]
        found = [Found(register, None) for register in self._called(key)]
        if found:
            return found
        found = [Found(register, register.field(key)) for register in self._registers]
        for at, sign in enumerate(key):
            if sign in "._":
                found += [Found(register, register.field(key[at + 1 :])) for register in self._called(key[:at])]
        return [one for one in found if one.field is not None]

    def _key(self, name):
        key = name.upper()
        for prefix in (self.name.upper() + "_", self.name.upper() + "->"):
            if key.startswith(prefix):
                return key[len(prefix) :]
        return key

    def _called(self, key):
        """The register of that name, or those that have it behind the arrow of an alias: `CR` of `C1->CR`."""
        if key in self._by_name:
            return [self._by_name[key]]
        ending = "->" + key
        return [one for one in self._registers if any([alias.endswith(ending) for alias in one.aliases])]

    def names(self):
        """Every spelling that `named` knows, for suggestions: name, human name and aliases of each register."""
        return [spelling for register in self._registers for spelling in _spellings(register)]

    def __iter__(self):
        return iter(self._registers)

    def __len__(self):
        return len(self._registers)


def _is_kept(register):
    """Has it a word of its own that can change?"""
    second = register.access == RW1C and register.twin is not None
    return register.readable != 0 and register.access != CONST and not second


def _spellings(register):
    return (register.name, register.human) + register.aliases
