"""The diagnosis document in words: is the map wrong, or only misplaced.

A share after a fitted displacement is always the held-out one: what was fitted to the points
that are judged flatters any map.
"""

from mapaccuracy.report.diagnose.entries import chosen, rests_on
from mapaccuracy.report.diagnose.evidence import evidence, strength
from mapaccuracy.report.diagnose.verdict import conclusion, headline, parts_apart

__all__ = [
    "chosen",
    "conclusion",
    "evidence",
    "headline",
    "parts_apart",
    "rests_on",
    "strength",
]
