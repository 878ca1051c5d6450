"""The registers of ADC1, ADC2 and what they share, in one window, with the vendor's names and places.

What they do is in `adc.py`.
"""

from stm32mp1.registers import CONST, RO, RW, RW1C, Field, Register, RegisterTable

UNIT = 0x100  # ADC2 stands behind ADC1
COMMON = 0x300

# Of one unit, from its base on.
ISR = 0x00
IER = 0x04
CR = 0x08
CFGR = 0x0C
CFGR2 = 0x10
SMPR1 = 0x14
LTR1 = 0x20
HTR1 = 0x24
SQR1 = 0x30
DR = 0x40
JSQR = 0x4C
JDR1 = 0x80
AWD2CR = 0xA0
AWD3CR = 0xA4
LTR2 = 0xB0
HTR2 = 0xB4
LTR3 = 0xB8
HTR3 = 0xBC

_FLAGS = [
    ("ADRDY", 0, "ready"), ("EOSMP", 1, "sampled"), ("EOC", 2, "a conversion has ended"),
    ("EOS", 3, "the sequence has ended"), ("OVR", 4, "a result was lost"),
    ("JEOC", 5, "an injected conversion has ended"), ("JEOS", 6, "the injected sequence has ended"),
    ("AWD1", 7, "analogue watchdog 1"), ("AWD2", 8, "analogue watchdog 2"), ("AWD3", 9, "analogue watchdog 3"),
    ("JQOVF", 10, "injected queue overflow"),
]  # fmt: skip

# Storage: name, human name, offset, reset value.
_STORED = [
    ("CFGR2", "Configuration2", CFGR2, 0), ("SMPR1", "SampleTime1", SMPR1, 0), ("SMPR2", "SampleTime2", 0x18, 0),
    ("PCSEL", "ChannelPreselection", 0x1C, 0), ("LTR1", "LowThreshold1", LTR1, 0),
    ("HTR1", "HighThreshold1", HTR1, 0x03FFFFFF), ("SQR1", "Sequence1", SQR1, 0), ("SQR2", "Sequence2", 0x34, 0),
    ("SQR3", "Sequence3", 0x38, 0), ("SQR4", "Sequence4", 0x3C, 0), ("JSQR", "InjectedSequence", JSQR, 0),
    ("OFR1", "Offset1", 0x60, 0), ("OFR2", "Offset2", 0x64, 0), ("OFR3", "Offset3", 0x68, 0),
    ("OFR4", "Offset4", 0x6C, 0), ("AWD2CR", "Watchdog2Channels", AWD2CR, 0),
    ("AWD3CR", "Watchdog3Channels", AWD3CR, 0), ("LTR2", "LowThreshold2", LTR2, 0),
    ("HTR2", "HighThreshold2", HTR2, 0x03FFFFFF), ("LTR3", "LowThreshold3", LTR3, 0),
    ("HTR3", "HighThreshold3", HTR3, 0x03FFFFFF), ("DIFSEL", "DifferentialChannels", 0xC0, 0),
    ("CALFACT", "Calibration", 0xC4, 0), ("CALFACT2", "LinearCalibration", 0xC8, 0), ("OR", "Option", 0xD0, 0),
]  # fmt: skip


def _unit(number):
    at, name, human = UNIT * (number - 1), "ADC%d_" % number, "Adc%d" % number
    registers = [
        Register(at + ISR, name + "ISR", human + "Status", RW1C, 0x0,
                 [Field(*flag) for flag in _FLAGS] + [Field("LDORDY", 12, "regulator ready", access=RO)],
                 "What has happened."),
        Register(at + IER, name + "IER", human + "InterruptEnable", RW, 0x0,
                 [Field(flag + "IE", bit, meaning + ": interrupt enabled") for flag, bit, meaning in _FLAGS],
                 "Which flags interrupt."),
        Register(at + CR, name + "CR", human + "Control", RW, 0x20000000, [
            Field("ADEN", 0, "on"),
            Field("ADDIS", 1, "switch off"),
            Field("ADSTART", 2, "converting, or waiting for a trigger"),
            Field("JADSTART", 3, "the same for the injected sequence"),
            Field("ADSTP", 4, "stop"),
            Field("JADSTP", 5, "stop the injected sequence"),
            Field("BOOST", 8, "fast clock"),
            Field("ADCALLIN", 16, "linearity is calibrated too"),
            Field("LINCALRDYW", 22, "linearity words", width=6),
            Field("ADVREGEN", 28, "regulator on"),
            Field("DEEPPWD", 29, "deep power-down"),
            Field("ADCALDIF", 30, "differential calibration"),
            Field("ADCAL", 31, "calibrate"),
        ], "Switches the converter on and starts it."),
        Register(at + CFGR, name + "CFGR", human + "Configuration", RW, 0x80000000, [
            Field("DMNGT", 0, "where results go: 0 DR, 1 DMA once, 3 DMA for ever", width=2),
            Field("RES", 2, "resolution: 0 16 bits, 1 14, 2 12, 3 10, 4 8", width=3),
            Field("EXTSEL", 5, "trigger", width=5),
            Field("EXTEN", 10, "edge of the trigger; 0: software", width=2),
            Field("OVRMOD", 12, "a new result replaces one that was not read"),
            Field("CONT", 13, "continuous"),
            Field("AUTDLY", 14, "waits until the result is read"),
            Field("DISCEN", 16, "discontinuous"),
            Field("DISCNUM", 17, "channels per trigger, less 1", width=3),
            Field("JDISCEN", 20, "discontinuous injected sequence"),
            Field("JQM", 21, "injected queue mode"),
            Field("AWD1SGL", 22, "watchdog 1 looks at one channel"),
            Field("AWD1EN", 23, "watchdog 1 on"),
            Field("JAWD1EN", 24, "watchdog 1 on for the injected sequence"),
            Field("JAUTO", 25, "injected sequence follows by itself"),
            Field("AWD1CH", 26, "channel of watchdog 1", width=5),
            Field("JQDIS", 31, "injected queue off"),
        ], "How it converts."),
        Register(at + DR, name + "DR", human + "Data", RO, 0x0, [], "The result of the last conversion.",
                 read_acts=True),
    ]  # fmt: skip
    registers += [
        Register(at + JDR1 + 4 * n, name + "JDR%d" % (n + 1), human + "InjectedData%d" % (n + 1), RO, 0x0, [],
                 "The result of an injected conversion.")
        for n in range(4)
    ]  # fmt: skip
    return registers + [
        Register(at + offset, name + one, human + long, RW, reset, [], "Stored.")
        for one, long, offset, reset in _STORED
    ]


ADC_TABLE = RegisterTable("ADC", _unit(1) + _unit(2) + [
    Register(COMMON + 0x00, "CSR", "CommonStatus", RO, 0x0, [
        Field("MST", 0, "flags of ADC1", width=11), Field("SLV", 16, "flags of ADC2", width=11),
    ], "The flags of both."),
    Register(COMMON + 0x08, "CCR", "CommonControl", RW, 0x0, [], "Dual mode, clock, internal channels."),
    Register(COMMON + 0x0C, "CDR", "CommonData", RO, 0x0, [], "The results of both in dual mode: none here."),
    Register(COMMON + 0x10, "CDR2", "CommonData2", RO, 0x0, [], "The same in one word."),
    Register(COMMON + 0xF0, "HWCFGR0", "HardwareConfiguration0", CONST, 0x00001212, [], "What the block can do."),
    Register(COMMON + 0xF4, "VERR", "Version", CONST, 0x12, [], "The revision of the block."),
    Register(COMMON + 0xF8, "IPIDR", "Identification", CONST, 0x00110005, [], "By which software knows the block."),
    Register(COMMON + 0xFC, "SIDR", "SizeIdentification", CONST, 0xA3C5DD01, [], "The size of the window."),
])  # fmt: skip
