"""`check`: a verdict per rule on an image, without running it."""

from mp1bench.check.finding import FAIL, PASS, WARN, Finding
from mp1bench.check.judge import check

__all__ = ["FAIL", "PASS", "WARN", "Finding", "check"]
