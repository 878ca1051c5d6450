"""Why nothing moves any more: who waits for what, in one sentence. It only looks, and tries things on a twin."""

from mp1bench.diagnosis.sentence import crash, diagnose, whereabouts

__all__ = ["crash", "diagnose", "whereabouts"]
