"""Deliberate bugs of the IPCC, as data: each is one change to one file of `stm32mp1`.

It is not a test: `tools/mutants.py` runs the suites against each of them, and every suite must fail.
"""

from __future__ import annotations

#: Name, what is wrong, file, the text that stands there exactly once, what stands there instead.
MUTANTS: tuple[tuple[str, str, str, str, str], ...] = (
    # -- SCR and the flags ------------------------------------------------------------------------------------
    (
        "scr-reads-back", "SCR reads as the value last written to it.", "ipcc.py",
        "        if offset == C1SCR:\n",
        "        if offset in (C1SCR, C2SCR):\n            self._words[offset] = value & (self._low | self._high)\n"
        "        if offset == C1SCR:\n",
    ),
    (
        "halves-swapped", "The set bits of SCR are its low half, the clear bits its high half.", "ipcc.py",
        "        before = self._flags\n",
        "        before = self._flags\n        if offset in (C1SCR, C2SCR):\n"
        "            value = value >> HALF & self._low | (value & self._low) << HALF\n",
    ),
    (
        "banks-swapped", "Processor 2's SCR does what processor 1's should, and the other way round.", "ipcc.py",
        "        if offset == C1SCR:\n            flags = (before | value & self._high) & ~(value & self._low)\n"
        "        elif offset == C2SCR:\n",
        "        if offset == C2SCR:\n            flags = (before | value & self._high) & ~(value & self._low)\n"
        "        elif offset == C1SCR:\n",
    ),
    (
        "clear-own-direction-1", "Processor 1's clear bits free the channels on which it sends.", "ipcc.py",
        "& ~(value & self._low)",
        "& ~(value << HALF)",
    ),
    (
        "clear-own-direction-2", "Processor 2's clear bits free the channels on which it sends.", "ipcc.py",
        "& ~(value << HALF)",
        "& ~(value & self._low)",
    ),
    (
        "set-peer-direction", "Processor 2's set bits occupy the channels from processor 1.", "ipcc.py",
        "before | value >> HALF & self._low)",
        "before | value & self._high)",
    ),
    (
        "no-clear", "Processor 2 cannot free a channel.", "ipcc.py",
        "(before | value >> HALF & self._low) & ~(value << HALF)",
        "before | value >> HALF & self._low",
    ),
    (
        "set-overwrites", "A signal on one channel forgets those on the others.", "ipcc.py",
        "flags = (before | value & self._high)",
        "flags = (before & self._low | value & self._high)",
    ),
    (
        "set-toggles", "A second signal on an occupied channel frees it.", "ipcc.py",
        "flags = (before | value & self._high)",
        "flags = (before ^ value & self._high)",
    ),
    (
        "posts-counted", "Each signal needs its own acknowledge: the flag counts.", "ipcc.py",
        "        if flags != before:\n",
        "        posts = self.__dict__.setdefault('_posts', {})\n"
        "        for bit in [1 << n for n in range(32)]:\n"
        "            if offset == C1SCR and value & bit & self._high & before:\n"
        "                posts[bit] = posts.get(bit, 0) + 1\n"
        "            if before & ~flags & bit and posts.get(bit, 0):\n"
        "                posts[bit] -= 1\n"
        "                flags |= bit\n"
        "        if flags != before:\n",
    ),
    (
        "set-or-clear", "A write to SCR that sets channels clears none.", "ipcc.py",
        "& ~(value & self._low)",
        "& ~(0 if value & self._high else value & self._low)",
    ),
    (
        "channel-1-missing", "Nobody can signal on channel 1.", "ipcc.py",
        "value & self._high) & ~",
        "value & self._high & ~(1 << HALF)) & ~",
    ),
    (
        "channel-6-missing", "The highest channel is off by one: it carries no signal.", "ipcc.py",
        "        self._low = (1 << self.CHANNELS) - 1\n",
        "        self._low = (1 << self.CHANNELS - 1) - 1\n",
    ),
    (
        "channel-7", "There is a channel beyond the last one.", "ipcc.py",
        "        self._low = (1 << self.CHANNELS) - 1\n",
        "        self._low = (1 << self.CHANNELS + 1) - 1\n",
    ),
    (
        "reserved-set-bits", "A set bit of a channel that is not there sets a flag.", "ipcc.py",
        "(before | value & self._high)",
        "(before | value & 0xFFFF0000)",
    ),
    (
        "status-swapped", "Each status register shows the other direction.", "ipcc.py",
        "            if offset == C1TOC2SR:\n                return self._flags >> HALF\n"
        "            if offset == C2TOC1SR:\n",
        "            if offset == C2TOC1SR:\n                return self._flags >> HALF\n"
        "            if offset == C1TOC2SR:\n",
    ),
    (
        "status-after-masking", "C1TOC2SR does not show channels that processor 2 has masked.", "ipcc.py",
        "                return self._flags >> HALF\n",
        "                return self._flags >> HALF & ~self._words[C2MR]\n",
    ),
    (
        "status-read-clears", "Reading C2TOC1SR frees the channels that it shows.", "ipcc.py",
        "                return self._flags & self._low\n",
        "                shown, self._flags = self._flags & self._low, self._flags & self._high\n"
        "                return shown\n",
    ),
    (
        "status-writable", "A write to C1TOC2SR sets the flags.", "ipcc.py",
        "        else:\n            try:\n",
        "        elif offset == C1TOC2SR:\n            flags = before & self._low | value << HALF & self._high\n"
        "        else:\n            try:\n",
    ),
    # -- control and mask -------------------------------------------------------------------------------------
    (
        "mask-reset-open", "C1MR and C2MR are zero after reset: nothing is masked.", "ipcc_table.py",
        'RW, 0xFFFFFFFF,\n            [Field("CH%dOM"',
        'RW, 0xFFFFFFFF & ~(((1 << variant.channels) - 1) * 0x10001),\n            [Field("CH%dOM"',
    ),
    (
        "mask-reserved-zero", "The reserved bits of MR read zero.", "ipcc.py",
        "self._words[offset] = value & writable | ones",
        "self._words[offset] = value & writable",
    ),
    (
        "reserved-bits-stick", "The reserved bits of CR keep what is written.", "ipcc.py",
        "self._words[offset] = value & writable | ones",
        "self._words[offset] = value & 0xFFFFFFFF | ones",
    ),
    (
        "mask-only-sets", "A write to MR can mask a channel but not unmask it.", "ipcc.py",
        "self._words[offset] = value & writable | ones",
        "self._words[offset] = (value | (self._words[offset] if offset & 4 else 0)) & writable | ones",
    ),
    (
        "enables-default-on", "RXOIE is set after reset.", "ipcc_table.py",
        '"Processor%dControl" % own, RW, 0x00000000, enables,',
        '"Processor%dControl" % own, RW, 0x00000001, enables,',
    ),
    (
        "om-fm-names-swapped", "The table calls the occupied masks FM and the free masks OM.", "ipcc_table.py",
        '[Field("CH%dOM" % n, n - 1, "channel %d occupied masked" % n) for n in numbers]\n'
        '            + [Field("CH%dFM" % n, HALF + n - 1, "channel %d free masked" % n) for n in numbers]',
        '[Field("CH%dFM" % n, n - 1, "channel %d free masked" % n) for n in numbers]\n'
        '            + [Field("CH%dOM" % n, HALF + n - 1, "channel %d occupied masked" % n) for n in numbers]',
    ),
    # -- lines ------------------------------------------------------------------------------------------------
    (
        "mask-polarity", "A mask bit of processor 1 that is set lets its channel through.", "ipcc.py",
        "words[C1CR] * low & ~words[C1MR]",
        "words[C1CR] * low & words[C1MR]",
    ),
    (
        "mask-ignored", "Masks of processor 2 do not matter.", "ipcc.py",
        "words[C2CR] * low & ~words[C2MR]",
        "words[C2CR] * low",
    ),
    (
        "enable-ignored", "Enables of processor 2 do not matter.", "ipcc.py",
        "& words[C2CR] * low & ~words[C2MR]",
        "& (low | self._high) & ~words[C2MR]",
    ),
    (
        "rx-enable-governs-tx", "RXOIE enables both lines of processor 1.", "ipcc.py",
        "words[C1CR] * low &",
        "(words[C1CR] & 1) * (low | self._high) &",
    ),
    (
        "om-fm-swapped", "CHnOM masks transmit-free, CHnFM masks receive-occupied.", "ipcc.py",
        "words[C1CR] * low & ~words[C1MR]",
        "words[C1CR] * low & ~(words[C1MR] >> HALF | (words[C1MR] & 0xFFFF) << HALF)",
    ),
    (
        "wrong-bank-mask", "Processor 2's lines obey processor 1's masks.", "ipcc.py",
        "words[C2CR] * low & ~words[C2MR]",
        "words[C2CR] * low & ~words[C1MR]",
    ),
    (
        "tx-on-occupied", "TX0 is high while a channel is occupied.", "ipcc.py",
        "reasons = self._flags ^ self._high",
        "reasons = self._flags",
    ),
    (
        "rx-wrong-direction", "RX1 and TX1 follow the flags that belong to RX0 and TX0.", "ipcc.py",
        "(reasons >> HALF | (reasons & low) << HALF) & words[C2CR]",
        "(self._flags ^ self._high) & words[C2CR]",
    ),
    (
        "rx-lines-swapped", "RX0 and RX1 are swapped.", "ipcc.py",
        "return [pending1 & low != 0, pending1 > low, pending2 & low != 0, pending2 > low]",
        "return [pending2 & low != 0, pending1 > low, pending1 & low != 0, pending2 > low]",
    ),
    (
        "channel-6-no-line", "The highest channel raises no RX line of processor 1.", "ipcc.py",
        "return [pending1 & low != 0,",
        "return [pending1 & low >> 1 != 0,",
    ),
    (
        "line-needs-all", "TX1 is high only while every channel is free and unmasked.", "ipcc.py",
        "pending2 & low != 0, pending2 > low]",
        "pending2 & low != 0, pending2 >> HALF == low]",
    ),
    (
        "edge-not-level", "TX0 is raised by a channel that becomes free while unmasked, not by one that is free.",
        "ipcc.py",
        "    def _outputs(self):\n"
        '        """RX is high while a channel to it is occupied, TX while one from it is free'
        ' (ipcc-hardware.md section 4)."""\n'
        "        words, low = self._words, self._low\n"
        "        # An enable is bit 0 of its half: times all channels it covers that half."
        " A reason is a channel that is\n"
        "        # occupied, in the half that its processor receives on, or free, in the one that it sends on.\n"
        "        reasons = self._flags ^ self._high\n",
        "    _now = _freed = 0\n\n"
        "    @property\n"
        "    def _flags(self):\n"
        "        return self._now\n\n"
        "    @_flags.setter\n"
        "    def _flags(self, flags):\n"
        "        self._freed = (self._freed | self._now & ~flags & ~self._words[C1MR]) & ~flags\n"
        "        self._now = flags\n\n"
        "    def _outputs(self):\n"
        "        words, low = self._words, self._low\n"
        "        reasons = (self._flags ^ self._high) & (self._freed | low)\n",
    ),
    (
        "masks-settle-nothing", "A write to a mask or an enable moves no line: only the next signal does.", "ipcc.py",
        "            self._words[offset] = value & writable | ones\n"
        "            if self._on_line is not None:\n                self._settle()\n",
        "            self._words[offset] = value & writable | ones\n",
    ),
    (
        "signals-settle-nothing", "A signal moves no line: only the next write to a mask or an enable does.", "ipcc.py",
        "                self._report(flags ^ before)\n            if self._on_line is not None:\n",
        "                self._report(flags ^ before)\n            if False:\n",
    ),
    (
        "mask-clears-flag", "Masking a channel takes back the signal on it.", "ipcc.py",
        "            self._words[offset] = value & writable | ones\n",
        "            self._words[offset] = value & writable | ones\n"
        "            if offset == C2MR:\n                self._flags &= ~((value & self._low) << HALF)\n",
    ),
    # -- what is reported -------------------------------------------------------------------------------------
    (
        "flag-not-reported", "Nobody is told of flags.", "ipcc.py",
        "            if self.on_event is not None:\n                self._report(flags ^ before)\n",
        "",
    ),
    (
        "flag-reported-always", "A signal on an occupied channel is reported as a change.", "ipcc.py",
        "                self._report(flags ^ before)\n",
        "                self._report(flags ^ before)\n"
        "        elif self.on_event is not None and offset == C1SCR:\n"
        "            self._report(value & self._high)\n",
    ),
    (
        "flag-after-line", "Lines are reported before the flag that moved them.", "ipcc.py",
        "            if self.on_event is not None:\n                self._report(flags ^ before)\n"
        "            if self._on_line is not None:\n                self._settle()\n",
        "            if self._on_line is not None:\n                self._settle()\n"
        "            if self.on_event is not None:\n                self._report(flags ^ before)\n",
    ),
    (
        "flag-order", "Flags are reported from the highest channel down.", "ipcc.py",
        "            for field in register.fields:\n",
        "            for field in reversed(register.fields):\n",
    ),
    (
        "line-twice", "Each change of a line is reported twice.", "device.py",
        "                self._on_line(line, levels[index])\n",
        "                self._on_line(line, levels[index])\n                self._on_line(line, levels[index])\n",
    ),
    (
        "line-again", "When a line moves, those that stay high are reported as well.", "device.py",
        "            if levels[index] != self._levels[index]:\n",
        "            if levels[index] != self._levels[index] or levels[index]:\n",
    ),
    # -- accesses that the hardware does not take -------------------------------------------------------------
    (
        "narrow-write", "A narrow write is taken for a whole one.", "ipcc.py",
        "        if width != self._served:\n",
        "        if width == 8 or self.stopped:\n",
    ),
    (
        "narrow-read", "A narrow read gives the whole register.", "device.py",
        "        if width == self._served and offset in self._words:\n",
        "        if offset in self._words and not self.stopped:\n",
    ),
    (
        "unaligned-write", "An unaligned write reaches the word that it begins in.", "ipcc.py",
        "        before = self._flags\n",
        "        offset &= ~3\n        before = self._flags\n",
    ),
    (
        "reserved-raises", "A read of a reserved word raises an exception.", "device.py",
        '            what = "%s %s reserved +0x%03X" % (verb, preposition, offset)\n',
        '            what = "%s %s reserved %s" % (verb, preposition, register.name)\n',
    ),
    (
        "window-aliases", "Accesses beyond the window reach its registers again.", "ipcc.py",
        "        before = self._flags\n",
        "        offset &= 0x3FF\n        before = self._flags\n",
    ),
    (
        "illegal-not-reported", "Refused accesses are reported to nobody.", "device.py",
        '        self.on_event("illegal", what, value, 0)\n',
        "",
    ),
    (
        "stopped-reads", "The device answers reads with its clock off.", "ipcc.py",
        "        if width == self._served:\n",
        "        if width == 4:\n",
    ),
    (
        "stopped-writes", "The device takes writes with its clock off.", "ipcc.py",
        "        if width != self._served:\n",
        "        if width != 4:\n",
    ),
    # -- reset and state --------------------------------------------------------------------------------------
    (
        "reset-keeps-mask", "A reset leaves C2MR as it is.", "ipcc.py",
        "        self._words = self._initial()\n",
        "        kept = self._words[C2MR]\n        self._words = self._initial()\n        self._words[C2MR] = kept\n",
    ),
    (
        "reset-keeps-enables", "A reset leaves the control registers as they are.", "ipcc.py",
        "        self._words = self._initial()\n",
        "        kept = dict((at, self._words[at]) for at in (C1CR, C2CR))\n        self._words = self._initial()\n"
        "        self._words.update(kept)\n",
    ),
    (
        "reset-keeps-flags", "A reset leaves the channels occupied.", "ipcc.py",
        "        self._words = self._initial()\n        self._derive()\n",
        "        self._words = self._initial()\n",
    ),
    (
        "reset-keeps-lines", "A reset tells nobody of the lines that fall.", "ipcc.py",
        "            self._report(changed)\n        self._settle()\n",
        "            self._report(changed)\n",
    ),
    (
        "state-misses-flags", "The state has no flags.", "ipcc.py",
        "        self._words[C1TOC2SR] = self._flags >> HALF\n",
        "        self._words[C1TOC2SR] = 0\n",
    ),
    (
        "from-state-keeps-flags", "Going on from a state leaves the flags as they were.", "device.py",
        "                self._words[register.twin] = state[register.name]\n        self._derive()\n",
        "                self._words[register.twin] = state[register.name]\n",
    ),
    (
        "from-state-keeps-lines", "Going on from a state tells nobody of the lines that it moves.", "device.py",
        "                self._words[register.twin] = state[register.name]\n        self._derive()\n"
        "        self._settle()\n",
        "                self._words[register.twin] = state[register.name]\n        self._derive()\n",
    ),
    (
        "from-state-takes-anything", "A state with reserved bits set is taken.", "device.py",
        "            if type(word) not in _WHOLE or word & ~register.readable or register.ones & ~word:\n",
        "            if type(word) not in _WHOLE:\n",
    ),
    # -- what the block says about itself ---------------------------------------------------------------------
    (
        "hwcfgr-2", "HWCFGR says 2 channels, as ST's SVD does.", "ipcc_table.py",
        '"HardwareConfiguration", CONST, variant.channels,',
        '"HardwareConfiguration", CONST, 2,',
    ),
    (
        "verr-2", "VERR says revision 2.0.", "ipcc_table.py",
        "identification(0x10, ",
        "identification(0x20, ",
    ),
    (
        "sidr-4-kib", "SIDR says that the window has 4 KiB.", "registers.py",
        "0xA3C5DD00 | kib",
        "0xA3C5DD00 | 4",
    ),
    # -- variants ---------------------------------------------------------------------------------------------
    (
        "mp25-has-6-channels", "The STM32MP25 has six channels.", "ipcc_table.py",
        "0x40490000, 16,\n",
        "0x40490000, 6,\n",
    ),
    (
        "wb15-has-identity", "The STM32WB15 has identification registers.", "ipcc_table.py",
        "    identified=False,\n",
        "    identified=True,\n",
    ),
    (
        "wl5x-lines-and", "The STM32WL5x's combined line needs RX and TX at once.", "ipcc.py",
        "return [any([",
        "return [all([",
    ),
    (
        "secure-raises-open", "A secure channel raises the open line as well.", "ipcc.py",
        '("", control, ~secure)',
        '("", control, -1)',
    ),
    (
        "secure-enables-swapped", "Open enables govern the secure lines, secure ones the open lines.", "ipcc.py",
        '(("", control, ~secure), ("S", control >> 1, secure))',
        '(("", control >> 1, ~secure), ("S", control, secure))',
    ),
    (
        "secure-wrong-bank", "Processor 1's security routes processor 2's interrupts.", "ipcc.py",
        "self._words[C1SECCFGR + index * (C2SECCFGR - C1SECCFGR)]",
        "self._words[C1SECCFGR]",
    ),
    (
        "events-swapped", "The wake-up events 61 and 62 are swapped.", "ipcc_table.py",
        '(("EXTI61", "RX0"), ("EXTI62", "RX1"))',
        '(("EXTI61", "RX1"), ("EXTI62", "RX0"))',
    ),
)  # fmt: skip
