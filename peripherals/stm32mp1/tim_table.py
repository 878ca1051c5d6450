"""The registers of the timers, with the vendor's names: one set for all, of which each kind of timer has its part.

What they do is in `tim.py`.
"""

from stm32mp1.registers import RW, RW0C, W1, Field, Register, RegisterTable

CR1 = 0x00
CR2 = 0x04
SMCR = 0x08
DIER = 0x0C
SR = 0x10
EGR = 0x14
CCMR1 = 0x18
CNT = 0x24
PSC = 0x28
ARR = 0x2C
RCR = 0x30
CCR1 = 0x34
BDTR = 0x44
DCR = 0x48
DMAR = 0x4C


def tim_table(bits=16, channels=4, slave=True, repetitions=0, basic=False):
    """A timer of `bits` bits with `channels`; `repetitions` is the width of RCR, 0 without one, `basic` without SMCR.

    Those with a repetition counter have a break input too.
    """
    registers = _control(slave, basic) + _events(channels, repetitions > 0) + _counting(bits)
    if channels:
        registers += _compare(bits, channels)
    if repetitions:
        registers += _breaking(repetitions, channels)
    if repetitions or channels == 4:
        registers += [
            Register(0x48, "DCR", "DmaControl", RW, 0x0, [
                Field("DBA", 0, "first register of a burst, in words from CR1", width=5),
                Field("DBL", 8, "registers in a burst, less one", width=5),
            ], "Which registers a burst by DMA goes through."),
            Register(0x4C, "DMAR", "DmaAddress", RW, 0x0, [], "The register whose turn it is in a burst.",
                     read_acts=True),
        ]  # fmt: skip
    return RegisterTable("TIM", registers)


def _control(slave, basic):
    registers = [
        Register(0x00, "CR1", "Control1", RW, 0x0, [
            Field("CEN", 0, "counting"),
            Field("UDIS", 1, "no updates"),
            Field("URS", 2, "only overflows set UIF"),
            Field("OPM", 3, "stops at the next update"),
            Field("DIR", 4, "counting down"),
            Field("CMS", 5, "centre-aligned: compare down (1), up (2) or both (3)", width=2),
            Field("ARPE", 7, "ARR waits for an update"),
            Field("CKD", 8, "filters' clock divider, a power of two", width=2),
            Field("UIFREMAP", 11, "UIF also in bit 31 of CNT"),
        ], "Starts and stops the counter and says how it counts."),
        Register(0x04, "CR2", "Control2", RW, 0x0, [
            Field("CCPC", 0, "compare control waits for COM"),
            Field("CCUS", 2, "COM also by the trigger"),
            Field("CCDS", 3, "compare requests DMA at updates"),
            Field("MMS", 4, "what goes out as TRGO", width=3),
            Field("TI1S", 7, "input 1 is the three inputs together"),
            Field("OIS", 8, "levels of idle outputs", width=11),
            Field("MMS2", 20, "what goes out as TRGO2", width=4),
        ], "What other blocks hear of the timer."),
    ]  # fmt: skip
    if slave and not basic:
        registers.append(
            Register(0x08, "SMCR", "SlaveModeControl", RW, 0x0, [
                Field("SMS", 0, "what the trigger does", width=3),
                Field("TS", 4, "which trigger", width=3),
                Field("MSM", 7, "waits for its slaves"),
                Field("ETF", 8, "external trigger filter", width=4),
                Field("ETPS", 12, "external trigger prescaler, a power of two", width=2),
                Field("ECE", 14, "counts the external trigger"),
                Field("ETP", 15, "external trigger inverted"),
                Field("SMS3", 16, "reset and start by the trigger"),
                Field("TS43", 20, "which trigger, upper bits", width=2),
            ], "What a trigger from outside does.")
        )  # fmt: skip
    return registers


def _events(channels, breaks):
    """DIER, SR and EGR: an event has the same place in all three."""
    events = [("U", 0, "update")] + [("CC%d" % n, n, "compare %d" % n) for n in range(1, channels + 1)]
    if breaks:
        events += [("COM", 5, "commutation"), ("T", 6, "trigger"), ("B", 7, "break")]
    elif channels:
        events += [("T", 6, "trigger")]
    enables = [Field(name + "IE", bit, meaning + " interrupt enabled") for name, bit, meaning in events]
    enables += [Field(name + "DE", bit + 8, meaning + " requests DMA") for name, bit, meaning in events if name != "B"]
    flags = [Field(name + "IF", bit, meaning) for name, bit, meaning in events]
    flags += [Field("CC%dOF" % n, n + 8, "capture %d twice" % n) for n in range(1, channels + 1)]
    if breaks:
        flags += [Field("B2IF", 8, "break 2"), Field("SBIF", 13, "system break")]
    if breaks and channels == 4:
        flags += [Field("CC5IF", 16, "compare 5"), Field("CC6IF", 17, "compare 6")]
    causes = [Field(name + "G", bit, "make a %s" % meaning) for name, bit, meaning in events]
    if breaks:
        causes.append(Field("B2G", 8, "make a break 2"))
    return [
        Register(0x0C, "DIER", "InterruptEnable", RW, 0x0, enables, "What interrupts or requests DMA."),
        Register(0x10, "SR", "Status", RW0C, 0x0, flags, "What has happened; writing 0 clears a flag."),
        Register(0x14, "EGR", "EventGeneration", W1, 0x0, causes, "Makes things happen."),
    ]


def _counting(bits):
    word = [] if bits == 32 else [Field("CNT", 0, "count", width=bits)]
    top = (1 << bits) - 1
    return [
        Register(0x24, "CNT", "Counter", RW, 0x0, word, "The count; with UIFREMAP, UIF is its bit 31."),
        Register(0x28, "PSC", "Prescaler", RW, 0x0, [Field("PSC", 0, "cycles per count, less one", width=16)],
                 "Divides the clock, from the next update on."),
        Register(0x2C, "ARR", "AutoReload", RW, top, [Field("ARR", 0, "last count", width=bits)],
                 "Where the counter turns."),
    ]  # fmt: skip


def _compare(bits, channels):
    registers = []
    for first in range(1, channels + 1, 2):
        fields = []
        for n in range(first, min(first + 1, channels) + 1):
            low = (n - first) * 8
            fields += [
                Field("CC%dS" % n, low, "channel %d is an input" % n, width=2),
                Field("OC%dFE" % n, low + 2, "output %d fast" % n),
                Field("OC%dPE" % n, low + 3, "CCR%d waits for an update" % n),
                Field("OC%dM" % n, low + 4, "what a match does to output %d" % n, width=3),
                Field("OC%dCE" % n, low + 7, "output %d cleared by the trigger" % n),
                Field("OC%dM3" % n, 16 + low, "what a match does, upper bit"),
            ]
        number = first // 2 + 1
        registers.append(
            Register(0x14 + 4 * number, "CCMR%d" % number, "CompareMode%d" % number, RW, 0x0, fields,
                     "What channels %d and on are for." % first)
        )  # fmt: skip
    registers.append(Register(0x20, "CCER", "CompareEnable", RW, 0x0, [], "Which channels have pins, and how."))
    for n in range(1, channels + 1):
        registers.append(
            Register(0x30 + 4 * n, "CCR%d" % n, "Compare%d" % n, RW, 0x0,
                     [Field("CCR%d" % n, 0, "count", width=bits)], "The count that channel %d looks for." % n)
        )  # fmt: skip
    registers.append(Register(0x68, "TISEL", "InputSelection", RW, 0x0, [], "What the inputs are connected to."))
    return registers


def _breaking(repetitions, channels):
    registers = [
        Register(0x30, "RCR", "RepetitionCounter", RW, 0x0,
                 [Field("REP", 0, "overflows per update, less one", width=repetitions)],
                 "How many overflows make an update."),
        Register(0x44, "BDTR", "BreakAndDeadTime", RW, 0x0, [
            Field("DTG", 0, "dead time", width=8),
            Field("LOCK", 8, "locked", width=2),
            Field("OSSI", 10, "idle outputs driven"),
            Field("OSSR", 11, "stopped outputs driven"),
            Field("BKE", 12, "break on"),
            Field("BKP", 13, "break active high"),
            Field("AOE", 14, "outputs come back by themselves"),
            Field("MOE", 15, "outputs on"),
            Field("BKF", 16, "break filter", width=4),
            Field("BK2F", 20, "break 2 filter", width=4),
            Field("BK2E", 24, "break 2 on"),
            Field("BK2P", 25, "break 2 active high"),
            Field("BKDSRM", 26, "break disarmed"),
            Field("BK2DSRM", 27, "break 2 disarmed"),
            Field("BKBID", 28, "break goes both ways"),
            Field("BK2BID", 29, "break 2 goes both ways"),
        ], "Switches the outputs on, and off at a break."),
        Register(0x60, "AF1", "AlternateFunction1", RW, 0x1, [], "What can cause a break."),
    ]  # fmt: skip
    if channels == 4:
        registers += [
            Register(0x54, "CCMR3", "CompareMode3", RW, 0x0, [], "What channels 5 and 6 are for."),
            Register(0x58, "CCR5", "Compare5", RW, 0x0, [], "A fifth compare value; it does nothing."),
            Register(0x5C, "CCR6", "Compare6", RW, 0x0, [], "A sixth compare value; it does nothing."),
            Register(0x64, "AF2", "AlternateFunction2", RW, 0x1, [], "What can cause a break 2."),
        ]
    return registers
