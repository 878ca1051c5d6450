"""The words in which a device's registers are declared: fields as named actions, registers, tables.

It describes and decodes; it holds no value of a running device, and it is written in what IronPython 2.7 accepts.
"""

from collections import namedtuple

# What an access does to a field. The text is what a person reads.
RW = "read-write"
RO = "read-only"
CONST = "read-only, constant"
WO = "write-only, reads 0"
W1 = "writing 1 acts, reads 0"
RW1S = "writing 1 sets"
RW1C = "writing 1 clears"
RES0 = "reserved, reads 0"
RES1 = "reserved, reads 1"

_READS_ZERO = (WO, W1)
_WORD = 0xFFFFFFFF

Decoded = namedtuple("Decoded", "name value meaning")


class Field(object):
    """Bits `lsb` to `lsb + width - 1` of a register; `meaning` says what is so when they are not zero."""

    def __init__(self, name, lsb, meaning, width=1, access=None):
        self.name = name
        self.lsb = lsb
        self.width = width
        self.meaning = meaning
        self.access = access
        self.mask = ((1 << width) - 1) << lsb


class Register(object):
    """One 32-bit register.

    Fields take the register's `access` unless they have their own. Bits in no field are `reserved`: RES0 or RES1.
    A register without fields is one undivided word.
    """

    def __init__(self, offset, name, human, access, reset, fields, sentence, aliases=(), reserved=RES0):
        self.offset = offset
        self.name = name
        self.human = human
        self.access = access
        self.reset = reset
        self.fields = tuple(fields)
        self.sentence = sentence
        self.aliases = tuple(aliases)
        self.reserved = reserved
        self.reserved_mask = _WORD if self.fields else 0
        for field in self.fields:
            if field.access is None:
                field.access = access
            if field.mask & ~self.reserved_mask:
                raise ValueError("%s.%s overlaps another field or leaves the register." % (name, field.name))
            self.reserved_mask &= ~field.mask
        #: Bits that a write replaces.
        self.writable = self._bits(RW)
        #: Bits that always read as one.
        self.ones = self.reserved_mask if reserved == RES1 else 0
        #: Bits that can ever read as one.
        self.readable = _WORD & ~self._bits(*_READS_ZERO) & ~(self.reserved_mask & ~self.ones)
        if reset & ~self.readable or self.ones & ~reset:
            raise ValueError("%s cannot reset to 0x%08X: its reserved bits say otherwise." % (name, reset))

    def _bits(self, *accesses):
        if not self.fields:
            return _WORD if self.access in accesses else 0
        return sum(field.mask for field in self.fields if field.access in accesses)

    def field(self, name):
        """The field called `name` in any case, or None."""
        for field in self.fields:
            if field.name.upper() == name.upper():
                return field
        return None

    def decode(self, value):
        """The fields of `value` that are not zero, from bit 0 up, each with its value and meaning."""
        found = []
        for field in self.fields:
            bits = (value & field.mask) >> field.lsb
            if bits:
                found.append(Decoded(field.name, bits, field.meaning))
        return found


class RegisterTable(object):
    """All registers of a device in the order of their offsets. `name` is the block's name in the reference manual."""

    def __init__(self, name, registers):
        self.name = name
        self._registers = tuple(sorted(registers, key=lambda register: register.offset))
        self._by_offset = {}
        self._by_name = {}
        for register in self._registers:
            if register.offset in self._by_offset:
                raise ValueError("%s has two registers at 0x%03X." % (name, register.offset))
            self._by_offset[register.offset] = register
            for spelling in self._spellings(register):
                if self._by_name.setdefault(spelling.upper(), register) is not register:
                    raise ValueError("%s has two registers called %s." % (name, spelling))

    @staticmethod
    def _spellings(register):
        return (register.name, register.human) + register.aliases

    def at(self, offset):
        """The register at exactly this offset, or None."""
        return self._by_offset.get(offset)

    def named(self, name):
        """The register of that name, human name or alias in any case, with or without `IPCC_` in front, or None."""
        key = name.upper()
        prefix = self.name.upper() + "_"
        if key.startswith(prefix):
            key = key[len(prefix) :]
        return self._by_name.get(key)

    def names(self):
        """Every spelling that `named` knows, for suggestions: per register its name, human name and aliases."""
        return [spelling for register in self._registers for spelling in self._spellings(register)]

    def __iter__(self):
        return iter(self._registers)

    def __len__(self):
        return len(self._registers)
