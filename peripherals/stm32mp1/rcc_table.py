"""The registers of the RCC with the vendor's names and reset values: oscillators, PLLs, selectors, causes of resets.

The gates of the blocks are in `rcc_gates.py`, and what registers do to each other in `rcc.py`.
"""

from stm32mp1.rcc_gates import gates, reset_bits  # noqa: F401
from stm32mp1.registers import RO, RW, RW1C, W1, Field, Register, RegisterTable, identification, set_clear_pair

TZCR = 0x000
OCENSETR = 0x00C
HSICFGR = 0x018
ASSCKSELR = 0x024
RCK12SELR = 0x028
AXIDIVR = 0x030
APB4DIVR = 0x03C
APB5DIVR = 0x040
RTCDIVR = 0x044
MSSCKSELR = 0x048
PLL1CR = 0x080
PLL2CR = 0x094
CPERCKSELR = 0x0D0
MP_SREQSETR = 0x104
MP_GCR = 0x10C
BDCR = 0x140
RDLSICR = 0x144
BR_RSTSCLRR = 0x400
MP_GRSTCSETR = 0x404
MP_RSTSCLRR = 0x408
OCRDYR = 0x808
RCK3SELR = 0x820
RCK4SELR = 0x824
TIMG1PRER = 0x828
TIMG2PRER = 0x82C
MCUDIVR = 0x830
APB1DIVR = 0x834
APB2DIVR = 0x838
APB3DIVR = 0x83C
PLL3CR = 0x880
PLL3CFGR1 = 0x884
PLL3CFGR2 = 0x888
PLL3FRACR = 0x88C
PLL4CR = 0x894
AHB3RSTSETR = 0x9A0
MP_AHB3ENSETR = 0xA20
MC_AHB3ENSETR = 0xAA0
MC_RSTSCLRR = 0xC00
MC_CIER = 0xC14
MC_CIFR = 0xC18


def _control():
    """Oscillators, the M4's boot and reset, and the records of past resets."""
    oscillators = [
        Field("HSION", 0, "HSI on"),
        Field("HSIKERON", 1, "HSI on for peripherals in stop"),
        Field("CSION", 4, "CSI on"),
        Field("CSIKERON", 5, "CSI on for peripherals in stop"),
        Field("DIGBYP", 7, "HSE bypass is digital"),
        Field("HSEON", 8, "HSE on"),
        Field("HSEKERON", 9, "HSE on for peripherals in stop"),
        Field("HSEBYP", 10, "HSE bypassed"),
        Field("HSECSSON", 11, "HSE watched"),
    ]
    ready = [
        Field("HSIRDY", 0, "HSI ready"),
        Field("HSIDIVRDY", 2, "HSI divider ready"),
        Field("CSIRDY", 4, "CSI ready"),
        Field("HSERDY", 8, "HSE ready"),
        Field("MPUCKRDY", 23, "MPU clock ready"),
        Field("AXICKRDY", 24, "AXI clock ready"),
        Field("CKREST", 25, "clock restored"),
    ]
    backup = [
        Field("LSEON", 0, "LSE on"),
        Field("LSEBYP", 1, "LSE bypassed"),
        Field("LSERDY", 2, "LSE ready", access=RO),
        Field("DIGBYP", 3, "LSE bypass is digital"),
        Field("LSEDRV", 4, "LSE drive", width=2),
        Field("LSECSSON", 8, "LSE watched"),
        Field("LSECSSD", 9, "LSE failed", access=RO),
        Field("RTCSRC", 16, "RTC clock source", width=2),
        Field("RTCCKEN", 20, "RTC clock on"),
        Field("VSWRST", 31, "backup domain reset"),
    ]
    internal = [
        Field("LSION", 0, "LSI on"),
        Field("LSIRDY", 1, "LSI ready", access=RO),
        Field("MRD", 16, "minimum reset duration", width=5),
        Field("EADLY", 24, "external delay", width=3),
        Field("SPARE", 27, "spare", width=5),
    ]
    resets = [
        Field("MPSYSRST", 0, "reset the whole system"),
        Field("MCURST", 1, "reset the Cortex-M4"),
        Field("MPUP0RST", 4, "reset Cortex-A7 core 0"),
        Field("MPUP1RST", 5, "reset Cortex-A7 core 1"),
    ]
    causes = [
        Field("PORRSTF", 0, "power-on reset"),
        Field("BORRSTF", 1, "brown-out reset"),
        Field("PADRSTF", 2, "NRST pad reset"),
        Field("HCSSRSTF", 3, "HSE failure reset"),
        Field("VCORERSTF", 4, "core supply reset"),
        Field("MPSYSRSTF", 6, "system reset by the A7"),
        Field("MCSYSRSTF", 7, "system reset by the M4"),
        Field("IWDG1RSTF", 8, "IWDG1 reset"),
        Field("IWDG2RSTF", 9, "IWDG2 reset"),
    ]
    boot_causes = causes + [
        Field("MPUP0RSTF", 13, "reset of Cortex-A7 core 0"),
        Field("MPUP1RSTF", 14, "reset of Cortex-A7 core 1"),
    ]
    mpu_causes = boot_causes + [
        Field("STDBYRSTF", 11, "system standby"),
        Field("CSTDBYRSTF", 12, "standby of the A7"),
    ]
    mcu_causes = causes + [
        Field("MCURSTF", 5, "Cortex-M4 reset"),
        Field("WWDG1RSTF", 10, "WWDG1 reset"),
    ]
    why = "Why the system was last reset; writing 1 clears a cause."
    events = [
        (0, "LSIRDY", "LSI ready"), (1, "LSERDY", "LSE ready"), (2, "HSIRDY", "HSI ready"), (3, "HSERDY", "HSE ready"),
        (4, "CSIRDY", "CSI ready"), (8, "PLL1DY", "PLL1 locked"), (9, "PLL2DY", "PLL2 locked"),
        (10, "PLL3DY", "PLL3 locked"), (11, "PLL4DY", "PLL4 locked"), (16, "LSECSS", "LSE failed"),
        (20, "WKUP", "wake-up from stop"),
    ]  # fmt: skip
    enables = [Field(name + "IE", bit, "%s interrupts" % event) for bit, name, event in events]
    flags = [Field(name + "F", bit, event) for bit, name, event in events]
    return (
        set_clear_pair(0x00C, "OCEN", "OscillatorEnable", "Switches oscillators on and off.", oscillators, 0x1)
        + set_clear_pair(0x104, "MP_SREQ", "MpuStopRequest", "Lets the A7 cores enter stop.", [
            Field("STPREQ_P0", 0, "core 0 may stop"),
            Field("STPREQ_P1", 1, "core 1 may stop"),
        ])
        + set_clear_pair(0x40C, "MP_IWDGFZ", "MpuWatchdogFreeze", "Freezes the watchdogs while debugging.")
        + [
            Register(0x000, "TZCR", "TrustZoneControl", RW, 0x3, [
                Field("TZEN", 0, "secure registers protected"),
                Field("MCKPROT", 1, "M4 clock and reset protected"),
            ], "Protects registers from non-secure software; stored, not enforced."),
            Register(0x018, "HSICFGR", "HsiConfiguration", RW, 0x0, [
                Field("HSIDIV", 0, "HSI divider, a power of two", width=2),
                Field("HSITRIM", 8, "HSI trimming", width=7),
                Field("HSICAL", 16, "HSI calibration", width=12, access=RO),
            ], "Divides and trims the HSI oscillator."),
            Register(0x01C, "CSICFGR", "CsiConfiguration", RW, 0x1000, [], "Trims the CSI oscillator."),
            Register(0x0D8, "DDRITFCR", "DdrInterfaceControl", RW, 0xFD02A, [], "Clocks and resets of the DDR."),
            Register(0x100, "MP_BOOTCR", "MpuBootControl", RW, 0x0, [], "Which processors start after standby."),
            Register(0x10C, "MP_GCR", "MpuGlobalControl", RW, 0x0, [
                Field("BOOT_MCU", 0, "the Cortex-M4 may start after a reset"),
            ], "Holds the Cortex-M4 after its reset, or lets it start."),
            Register(0x110, "MP_APRSTCR", "MpuApplicationResetControl", RW, 0x7F00, [],
                     "How long the A7 may clean up before a reset."),
            Register(0x114, "MP_APRSTSR", "MpuApplicationResetStatus", RO, 0x0, [],
                     "How much of that time has passed."),
            Register(0x140, "BDCR", "BackupDomainControl", RW, 0x20, backup, "The LSE oscillator and the RTC's clock."),
            Register(0x144, "RDLSICR", "ResetDurationAndLsiControl", RW, 0x0, internal,
                     "The LSI oscillator and the length of resets."),
            Register(0x400, "BR_RSTSCLRR", "BootRomResetStatusClear", RW1C, 0x15, boot_causes, why),
            Register(0x404, "MP_GRSTCSETR", "MpuGlobalResetControlSet", W1, 0x0, resets,
                     "Resets the Cortex-M4, an A7 core or everything."),
            Register(0x408, "MP_RSTSCLRR", "MpuResetStatusClear", RW1C, 0x0, mpu_causes, why),
            Register(0x414, "MP_CIER", "MpuClockInterruptEnable", RW, 0x0, enables, "Clock interrupts of the A7."),
            Register(0x418, "MP_CIFR", "MpuClockInterruptFlag", RW1C, 0x0, flags, "Clock events seen by the A7."),
            Register(0x41C, "PWRLPDLYCR", "PowerLowPowerDelayControl", RW, 0x0, [], "The delay after a wake-up."),
            Register(0x420, "MP_RSTSSETR", "MpuResetStatusSet", W1, 0x0, [], "Sets reset causes, for tests."),
            Register(0x800, "MCO1CFGR", "ClockOutput1Configuration", RW, 0x0, [], "The clock on pin MCO1."),
            Register(0x804, "MCO2CFGR", "ClockOutput2Configuration", RW, 0x0, [], "The clock on pin MCO2."),
            Register(0x808, "OCRDYR", "OscillatorReady", RO, 0x0, ready, "Which oscillators and clocks run."),
            Register(0x80C, "DBGCFGR", "DebugConfiguration", RW, 0x1, [], "Clocks of debug and trace."),
            Register(0xC00, "MC_RSTSCLRR", "McuResetStatusClear", RW1C, 0x15, mcu_causes, why),
            Register(0xC14, "MC_CIER", "McuClockInterruptEnable", RW, 0x0, enables, "Clock interrupts of the M4."),
            Register(0xC18, "MC_CIFR", "McuClockInterruptFlag", RW1C, 0x0, flags, "Clock events seen by the M4."),
        ]
        + identification(0x11, 0x00000001, kib=4)
    )  # fmt: skip


def _plls():
    """Four PLLs of five registers each."""
    registers = []
    resets = {1: (0x10031, 0x10100), 2: (0x10063, 0x10101), 3: (0x10031, 0x10101), 4: (0x10031, 0x00000)}
    for number, offset in ((1, PLL1CR), (2, PLL2CR), (3, PLL3CR), (4, PLL4CR)):
        name, human = "PLL%d" % number, "Pll%d" % number
        control = [
            Field("PLLON", 0, "PLL on"),
            Field("PLL%dRDY" % number, 1, "PLL locked", access=RO),
            Field("SSCG_CTRL", 2, "spread spectrum on"),
            Field("DIVPEN", 4, "output P on"),
            Field("DIVQEN", 5, "output Q on"),
            Field("DIVREN", 6, "output R on"),
        ]
        multiply = [
            Field("DIVN", 0, "multiplier less one", width=9),
            Field("DIVM%d" % number, 16, "input divider less one", width=6),
            Field("IFRGE", 24, "input frequency range", width=2),
        ]
        divide = [
            Field("DIVP", 0, "divider of output P less one", width=7),
            Field("DIVQ", 8, "divider of output Q less one", width=7),
            Field("DIVR", 16, "divider of output R less one", width=7),
        ]
        fraction = [
            Field("FRACV", 3, "fraction of the multiplier in 1/8192", width=13),
            Field("FRACLE", 16, "fraction in use"),
        ]
        first, second = resets[number]
        registers += [
            Register(offset, name + "CR", human + "Control", RW, 0x0, control, "Starts %s and its outputs." % name),
            Register(offset + 4, name + "CFGR1", human + "Configuration1", RW, first, multiply,
                     "What %s multiplies." % name),
            Register(offset + 8, name + "CFGR2", human + "Configuration2", RW, second, divide,
                     "What the outputs of %s divide by." % name),
            Register(offset + 12, name + "FRACR", human + "Fraction", RW, 0x0, fraction,
                     "The fractional part of what %s multiplies by." % name),
            Register(offset + 16, name + "CSGR", human + "ClockSpreading", RW, 0x0, [],
                     "The spread spectrum of %s." % name),
        ]  # fmt: skip
    return registers


def _selectors():
    """Sources and dividers. Those of the buses and processors have a ready bit, which is always set here."""
    registers = []
    for offset, name, human, field, width, ready, low in (
        (0x020, "MPCKSELR", "MpuClockSelect", "MPUSRC", 2, "MPUSRCRDY", 0),
        (0x024, "ASSCKSELR", "AxiClockSelect", "AXISSRC", 3, "AXISSRCRDY", 0),
        (0x028, "RCK12SELR", "Pll12ClockSelect", "PLL12SRC", 2, "PLL12SRCRDY", 0),
        (0x02C, "MPCKDIVR", "MpuClockDivider", "MPUDIV", 3, "MPUDIVRDY", 1),
        (0x030, "AXIDIVR", "AxiDivider", "AXIDIV", 3, "AXIDIVRDY", 0),
        (0x03C, "APB4DIVR", "Apb4Divider", "APB4DIV", 3, "APB4DIVRDY", 0),
        (0x040, "APB5DIVR", "Apb5Divider", "APB5DIV", 3, "APB5DIVRDY", 0),
        (0x048, "MSSCKSELR", "McuClockSelect", "MCUSSRC", 2, "MCUSSRCRDY", 0),
        (0x820, "RCK3SELR", "Pll3ClockSelect", "PLL3SRC", 2, "PLL3SRCRDY", 0),
        (0x824, "RCK4SELR", "Pll4ClockSelect", "PLL4SRC", 2, "PLL4SRCRDY", 0),
        (0x828, "TIMG1PRER", "TimerGroup1Prescaler", "TIMG1PRE", 1, "TIMG1PRERDY", 0),
        (0x82C, "TIMG2PRER", "TimerGroup2Prescaler", "TIMG2PRE", 1, "TIMG2PRERDY", 0),
        (0x830, "MCUDIVR", "McuDivider", "MCUDIV", 4, "MCUDIVRDY", 0),
        (0x834, "APB1DIVR", "Apb1Divider", "APB1DIV", 3, "APB1DIVRDY", 0),
        (0x838, "APB2DIVR", "Apb2Divider", "APB2DIV", 3, "APB2DIVRDY", 0),
        (0x83C, "APB3DIVR", "Apb3Divider", "APB3DIV", 3, "APB3DIVRDY", 0),
    ):
        fields = [Field(field, 0, "selection", width=width), Field(ready, 31, "in effect", access=RO)]
        reset = 0x80000000 | low
        registers.append(Register(offset, name, human, RW, reset, fields, "Selects a clock or divides it."))
    registers.append(Register(0x044, "RTCDIVR", "RtcDivider", RW, 0x0, [], "Divides the HSE for the RTC."))
    for offset, block in (
        (0x0C0, "I2C46"), (0x0C4, "SPI6"), (0x0C8, "UART1"), (0x0CC, "RNG1"), (0x0D0, "CPER"), (0x0D4, "STGEN"),
        (0x8C0, "I2C12"), (0x8C4, "I2C35"), (0x8C8, "SAI1"), (0x8CC, "SAI2"), (0x8D0, "SAI3"), (0x8D4, "SAI4"),
        (0x8D8, "SPI2S1"), (0x8DC, "SPI2S23"), (0x8E0, "SPI45"), (0x8E4, "UART6"), (0x8E8, "UART24"),
        (0x8EC, "UART35"), (0x8F0, "UART78"), (0x8F4, "SDMMC12"), (0x8F8, "SDMMC3"), (0x8FC, "ETH"),
        (0x900, "QSPI"), (0x904, "FMC"), (0x90C, "FDCAN"), (0x914, "SPDIF"), (0x918, "CEC"), (0x91C, "USB"),
        (0x920, "RNG2"), (0x924, "DSI"), (0x928, "ADC"), (0x92C, "LPTIM45"), (0x930, "LPTIM23"), (0x934, "LPTIM1"),
    ):  # fmt: skip
        reset = 0x3 if block == "SDMMC12" else 0x0
        human = block.capitalize() + "KernelClockSelect"
        sentence = "The source of the kernel clock of %s." % block
        registers.append(Register(offset, block + "CKSELR", human, RW, reset, [], sentence))
    return registers


def rcc_table():
    """All registers of the STM32MP15's RCC."""
    return RegisterTable("RCC", _control() + _plls() + _selectors() + gates())
