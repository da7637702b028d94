"""The verdict in one sentence, of the whole map or of the part that it holds for."""

from __future__ import annotations

from mapaccuracy.report.diagnose.entries import Document, named, rests_on
from mapaccuracy.report.layout import percent
from mapaccuracy.report.words import many
from mapaccuracy.schema import AS_SUPPLIED, VERDICTS

_OF_A_PART = {
    "explained": "a known mistake would explain the error of {}, and says nothing of the others",
    "displaced": "one common displacement, of unknown cause, would bring {} onto the finds, and "
    "says nothing of the others",
}
# So begins the reason that says what the verdict has said already.
_NOTHING_FITS = "nothing tested fits the whole map better"
# Codes of notes on a part of the map, the weightier first, and what they say in short.
_PARTS = {
    "fits_a_part": "a part of it fits only after a move",
    "helps_a_part": "a known mistake helps a part of it",
}


def conclusion(document: Document) -> str:
    """Say the verdict as part of a sentence."""
    if part := _part_of(document):
        return _OF_A_PART[document["verdict"]].format(part)
    words: str = VERDICTS[document["verdict"]]
    return words


def headline(document: Document) -> str:
    """Say the verdict in one sentence; that a map is right is never said.

    Examples
    --------
    >>> hypothesis = {"accepted": True, "records": 9, "contributing": 8}
    >>> headline({"verdict": "explained", "cause": "axes were swapped", "reason": None,
    ...     "hypotheses": [hypothesis]})
    'A known mistake would explain the error of the map: axes were swapped.'
    >>> headline({"verdict": "cannot_be_told", "cause": None, "reason": "no finds within 200 m",
    ...     "hypotheses": [hypothesis]})
    'It cannot be told whether the map is displaced: no finds within 200 m.'
    """
    verdict = conclusion(document)
    cause, reason = document["cause"], document["reason"]
    if document["verdict"] == "displaced":
        reason = None
    elif cause and reason and cause in reason:
        cause = None
    elif document["verdict"] == AS_SUPPLIED and reason and reason.startswith(_NOTHING_FITS):
        verdict, reason = verdict + reason.removeprefix(_NOTHING_FITS), None
    more = [text for text in (cause, reason) if text]
    told = verdict[0].upper() + verdict[1:] + "".join(f": {text}" for text in more) + "."
    return " ".join([told, *_not_right(document)])


def parts_apart(document: Document) -> str:
    """Say in short what holds of a part of the map only; empty where nothing does.

    Examples
    --------
    >>> parts_apart({"verdict": "as_supplied", "notes": [{"code": "fits_a_part"}]})
    'a part of it fits only after a move'
    >>> parts_apart({"verdict": "displaced", "notes": [{"code": "fits_a_part"}]})
    ''
    """
    if document["verdict"] not in (AS_SUPPLIED, "cannot_be_told"):
        return ""
    codes = {note["code"] for note in document["notes"]}
    return next((text for code, text in _PARTS.items() if code in codes), "")


def _not_right(document: Document) -> list[str]:
    """Keep the best place that was found from being taken for a right map."""
    if document["verdict"] != AS_SUPPLIED:
        return []
    entry = named(document, AS_SUPPLIED)
    share, what = entry["confirmed_share"], "all single points"
    if entry["held_out"] is not None and entry["held_out"]["value"] is not None:
        share, what = entry["held_out"]["value"], "the points judged"
    known = "" if share is None else f": {percent(share)} of {what} match a find"
    return [f"This does not say that the map is right{known}."]


def _part_of(document: Document) -> str:
    """Name the records that a verdict is of, where most have nothing to do with it."""
    rests = rests_on(document)
    if rests is None or not rests["records"] or rests["contributing"] >= rests["records"] / 2:
        return ""
    unit = document["sampling"]["unit"]
    return f"{rests['contributing']:,} of {many(rests['records'], unit)}"
