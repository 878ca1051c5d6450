"""The real-time clock: a calendar that counts the seconds of the RTC's clock, write-protected, in its backup domain.

Hours are those of a day of 24. Alarms, the wake-up timer and time stamps are stored, and never come.
"""

from stm32mp1.queues import Queues
from stm32mp1.registers import CONST, RO, RW, W1, WO, Field, Register, RegisterTable, identification
from stm32mp1.timed import TimedDevice

TR = 0x00
DR = 0x04
SSR = 0x08
ICSR = 0x0C
PRER = 0x10
CR = 0x18
WPR = 0x24

_SECOND = 10**9
_DAY = 24 * 60 * 60
_CENTURY = 36525  # days; after 99 comes 00
_KEYS = (0xCA, 0x53)  # written to WPR in this order, they unlock the others
_INIT = 1 << 7
_INITF = 1 << 6
_RSF = 1 << 5
_INITS = 1 << 4
#: Flags of ICSR that say what may be written, and the bit of CR that forbids it.
_WRITABLE = ((1 << 0, 1 << 8), (1 << 1, 1 << 9), (1 << 2, 1 << 10))
_CALENDAR = (TR, DR, PRER)  # writable while INITF is set
_DAYS_BEFORE = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365)


def _bcd(number):
    return number // 10 << 4 | number % 10


def _number(word, tens, units):
    """Two decimal digits: the tens as a mask over the bits above the four of the units, which begin at `units`."""
    return 10 * (word >> units + 4 & tens) + (word >> units & 0xF)


def _days_before(year, month):
    """Days from 2000-01-01 to the first of a month, 1 to 13, of a year from 0 to 99."""
    return 365 * year + (year + 3) // 4 + _DAYS_BEFORE[month - 1] + (1 if month > 2 and year % 4 == 0 else 0)


class Rtc(Queues, TimedDevice):
    """The RTC. A reset of the system leaves it alone: the calendar goes on, at the clock that RCC_BDCR selects."""

    TABLE = RegisterTable("RTC", [
        Register(TR, "TR", "Time", RW, 0x0, [
            Field("SEC", 0, "seconds, in BCD", width=7),
            Field("MIN", 8, "minutes, in BCD", width=7),
            Field("HOUR", 16, "hours, in BCD", width=6),
        ], "The time of day; writable in initialization mode."),
        Register(DR, "DR", "Date", RW, 0x2101, [
            Field("DATE", 0, "day of the month, in BCD", width=6),
            Field("MONTH", 8, "month, in BCD", width=5),
            Field("WDU", 13, "day of the week, 1 is Monday", width=3),
            Field("YEAR", 16, "year of the century, in BCD", width=8),
        ], "The date; writable in initialization mode."),
        Register(SSR, "SSR", "SubSecond", RO, 0x0, [], "Counts down in each second, from PREDIV_S."),
        Register(ICSR, "ICSR", "InitializationStatus", RW, 0x7, [
            Field("ALRAWF", 0, "alarm A may be written", access=RO),
            Field("ALRBWF", 1, "alarm B may be written", access=RO),
            Field("WUTWF", 2, "the wake-up timer may be written", access=RO),
            Field("INITS", 4, "the year has been set", access=RO),
            Field("RSF", 5, "TR, DR and SSR show the calendar", access=RO),
            Field("INITF", 6, "the calendar stands still, and may be written", access=RO),
            Field("INIT", 7, "initialization mode"),
        ], "Stops the calendar for being set."),
        Register(PRER, "PRER", "Prescaler", RW, 0x007F00FF, [
            Field("PREDIV_S", 0, "synchronous prescaler, less one", width=15),
            Field("PREDIV_A", 16, "asynchronous prescaler, less one", width=7),
        ], "From the clock to a second; writable in initialization mode."),
        Register(0x14, "WUTR", "WakeUpTimer", RW, 0xFFFF, [], "The wake-up timer; stored."),
        Register(CR, "CR", "Control", RW, 0x0, [], "Switches of alarms, wake-up timer and time stamps; stored."),
        Register(0x20, "SMCR", "SecureMode", RW, 0x0000E00F, [], "Who may access what; stored, not enforced."),
        Register(WPR, "WPR", "WriteProtection", WO, 0x0, [Field("KEY", 0, "0xCA, then 0x53", width=8)],
                 "Unlocks the registers; any other value locks them."),
        Register(0x28, "CALR", "Calibration", RW, 0x0, [], "Corrects the speed; stored."),
        Register(0x2C, "SHIFTR", "Shift", W1, 0x0, [], "Shifts the sub-seconds; not modelled."),
        Register(0x30, "TSTR", "TimeStampTime", RO, 0x0, [], "The time of a time stamp."),
        Register(0x34, "TSDR", "TimeStampDate", RO, 0x0, [], "The date of a time stamp."),
        Register(0x38, "TSSSR", "TimeStampSubSecond", RO, 0x0, [], "The sub-second of a time stamp."),
        Register(0x40, "ALRMAR", "AlarmA", RW, 0x0, [], "Alarm A; stored."),
        Register(0x44, "ALRMASSR", "AlarmASubSecond", RW, 0x0, [], "Its sub-second; stored."),
        Register(0x48, "ALRMBR", "AlarmB", RW, 0x0, [], "Alarm B; stored."),
        Register(0x4C, "ALRMBSSR", "AlarmBSubSecond", RW, 0x0, [], "Its sub-second; stored."),
        Register(0x50, "SR", "Status", RO, 0x0, [], "What has happened."),
        Register(0x54, "MISR", "MaskedInterruptStatus", RO, 0x0, [], "The same, of what interrupts."),
        Register(0x58, "SMISR", "SecureMaskedInterruptStatus", RO, 0x0, [], "The same for the secure side."),
        Register(0x5C, "SCR", "StatusClear", W1, 0x0, [], "Clears what has happened."),
        Register(0x60, "CFGR", "Configuration", RW, 0x0, [], "Options of the block."),
        Register(0x3F0, "HWCFGR", "HardwareConfiguration", CONST, 0x01031111, [], "What the block can do."),
    ] + identification(0x10, 0x00120033))  # fmt: skip
    QUEUES = ("calendar",)

    def __init__(self):
        # Keys seen; ns since which, and at how many Hz, cycles have been counted; those from 2000-01-01 until then;
        # days by which the day of the week is set apart.
        self._keys, self._since, self._hz, self._cycles, self._weekday = 0, 0, 0, 0, 0
        super(Rtc, self).__init__()

    def reset(self):
        """A reset of the system: nothing here is part of it."""

    def read(self, offset, width):
        self.alarm()
        return super(Rtc, self).read(offset, width)

    def alarm(self):
        words = self._words
        stopped, cycles = words[ICSR] & _INIT != 0, self._counted()
        shown = not stopped and cycles > self._cycles
        if shown:
            self._show(cycles)
        if stopped or self._hz != self.clock_hz():
            self._cycles, self._since, self._hz = cycles, self.now(), self.clock_hz()
        flags = sum(flag for flag, forbids in _WRITABLE if not words[CR] & forbids)
        flags |= (_INITS if words[DR] >> 16 & 0xFF else 0) | (_RSF if shown else 0)
        words[ICSR] = words[ICSR] & _INIT | flags | (_INITF if stopped and self._hz else 0)

    def _store(self, register, value):
        self.alarm()
        offset = register.offset
        if offset == WPR:
            key = value & 0xFF
            goes_on = self._keys < len(_KEYS) and key == _KEYS[self._keys]
            self._keys = self._keys + 1 if goes_on else int(key == _KEYS[0])
        elif self._keys == len(_KEYS) and (offset not in _CALENDAR or self._words[ICSR] & _INITF):
            stopped = self._words[ICSR] & _INIT
            super(Rtc, self)._store(register, value)
            if stopped and not self._words[ICSR] & _INIT:
                self._begin()
        self.alarm()

    # -- the calendar ---------------------------------------------------------------------------------------

    def _per_second(self):
        prescaler = self._words[PRER]
        return ((prescaler >> 16 & 0x7F) + 1) * ((prescaler & 0x7FFF) + 1)

    def _counted(self):
        return self._cycles + (self.now() - self._since) * self._hz // _SECOND

    def _begin(self):
        """Count from what TR and DR have been set to."""
        time, date = self._words[TR], self._words[DR]
        month = min(max(_number(date, 1, 8), 1), 12)
        days = _days_before(_number(date, 0xF, 16), month) + max(_number(date, 3, 0), 1) - 1
        seconds = (_number(time, 3, 16) * 60 + _number(time, 7, 8)) * 60 + _number(time, 7, 0)
        self._cycles, self._since = (days * _DAY + seconds) * self._per_second(), self.now()
        self._weekday = ((date >> 13 & 0x7) + 6 - days) % 7

    def _show(self, cycles):
        words = self._words
        seconds, cycles = divmod(cycles, self._per_second())
        days, time = divmod(seconds, _DAY)
        weekday = (days + self._weekday) % 7 + 1
        days %= _CENTURY
        year = min(days // 365, 99)
        while _days_before(year, 1) > days:
            year -= 1
        month = 1
        while _days_before(year, month + 1) <= days:
            month += 1
        day = days - _days_before(year, month) + 1
        words[SSR] = (words[PRER] & 0x7FFF) - cycles // ((words[PRER] >> 16 & 0x7F) + 1)
        words[TR] = _bcd(time // 3600) << 16 | _bcd(time // 60 % 60) << 8 | _bcd(time % 60)
        words[DR] = _bcd(year) << 16 | weekday << 13 | _bcd(month) << 8 | _bcd(day)

    # -- state ----------------------------------------------------------------------------------------------

    def state(self):
        self.alarm()
        self._queues["calendar"] = [self._keys, self._since, self._hz, self._cycles, self._weekday]
        return super(Rtc, self).state()

    def from_state(self, state):
        super(Rtc, self).from_state(state)
        self._keys, self._since, self._hz, self._cycles, self._weekday = self._queues["calendar"]

    def _may_hold(self, name, queue):
        return len(queue) == 5
