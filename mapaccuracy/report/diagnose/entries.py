"""Which entry of the diagnosis document is which."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mapaccuracy.report.layout import Entry
from mapaccuracy.schema import AS_SUPPLIED, DISPLACEMENT

Document = Mapping[str, Any]
# Where records are no repetition of the first peak, but others: as many as a claim needs.
_LEAST_OTHERS = 5


def named(document: Document, name: str) -> Entry:
    """Look up a hypothesis by its name."""
    return next(entry for entry in document["hypotheses"] if entry["name"] == name)


def mistakes(document: Document) -> list[Entry]:
    """List the known mistakes, tested or not."""
    names = (AS_SUPPLIED, DISPLACEMENT)
    return [entry for entry in document["hypotheses"] if entry["name"] not in names]


def ranked(document: Document) -> list[Entry]:
    """Put the map as supplied first; the others come as the document has them, best first."""
    return sorted(document["hypotheses"], key=lambda entry: entry["name"] != AS_SUPPLIED)


def label(entry: Entry) -> str:
    """Name a hypothesis; what is fitted is told apart."""
    if entry["name"] == DISPLACEMENT:
        return f"{entry['name']}, held out"
    name: str = entry["name"]
    return name.replace("_", " ") if name == AS_SUPPLIED else name


def chosen(document: Document) -> Entry | None:
    """Look up the hypothesis that the verdict rests on, None where the map is not to be moved."""
    first: Entry = document["hypotheses"][0]
    return first if document["verdict"] in ("explained", "displaced") else None


def rests_on(document: Document) -> Entry | None:
    """Look up the hypothesis whose figures are the evidence of the verdict.

    That is the displacement found, where a known mistake is named only because it lies close.
    """
    best = chosen(document)
    if best is None or best["accepted"]:
        return best
    found = named(document, DISPLACEMENT)
    return found if found["accepted"] else best


def other_peaks(found: Entry) -> tuple[list[Entry], list[Entry]]:
    """Sort the alternatives of a displacement, the likeliest first.

    Returns
    -------
    same, others : list of Entry
        Those of the same records, which cannot be told apart, and those that other records ask
        for.
    """
    likeliest = sorted(found["alternatives"], key=lambda peak: -peak["as_high_share"])
    same = [peak for peak in likeliest if peak["other_records"] < _LEAST_OTHERS]
    return same, [peak for peak in likeliest if peak["other_records"] >= _LEAST_OTHERS]
