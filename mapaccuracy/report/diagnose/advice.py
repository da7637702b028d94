"""What to do next, for each verdict."""

from __future__ import annotations

from mapaccuracy.report.diagnose.entries import Document
from mapaccuracy.report.diagnose.verdict import parts_apart

_NEXT = {
    "explained": "Ask the sender whether that mistake was made; until then it is a suspicion {ask}",
    "displaced": "Ask the sender how positions were measured and plotted, and whether the map is "
    "of one source {ask}",
    "as_supplied": "Nothing here is a reason to move the map. How far to trust it, mapaccuracy "
    "evaluate tells",
    "no_displacement_helps": "Do not shift the map. It may be wrong, off by more than the range or "
    "by two mistakes at once, or of ground whose finds are not here: ask the sender {ask}",
    "cannot_be_told": "Get more finds or more records; do not read the figures as an answer {read}",
}
_PARTS = (
    "Ask the sender which records are of which source {ask}, and run those of each source by "
    "themselves before any is used"
)
_OUT_OF_REACH = (
    "Either the map is off by more than the range, or the finds are from other ground, or the map "
    "is wrong; set --range wider only if you have a reason to expect more {read}"
)
_ASK, _READ = "(what to ask: docs/diagnose.md)", "(docs/diagnose.md)"
# As many records are needed for a displacement.
_LEAST_RECORDS = 5


def advice(document: Document) -> str:
    """Say what to do, and where to read more, such as what to ask the sender."""
    told = _NEXT[document["verdict"]]
    if parts_apart(document):
        told = _PARTS
    elif document["verdict"] == "cannot_be_told" and _out_of_reach(document):
        told = _OUT_OF_REACH
    return f"{told.format(ask=_ASK, read=_READ)}."


def _out_of_reach(document: Document) -> bool:
    """Tell whether a map of enough records has a find within range of fewer than are needed.

    Then records were looked at, but neither a peak nor its p is told.
    """
    found = document["displacement"]
    return found["east_m"] is None and found["p"] is None and found["records"] >= _LEAST_RECORDS
