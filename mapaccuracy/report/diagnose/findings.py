"""The main part of a diagnosis: the verdict, what it rests on, and what the search found."""

from __future__ import annotations

from collections.abc import Iterator

from mapaccuracy.report.diagnose.entries import Document, chosen, label, named, ranked, rests_on
from mapaccuracy.report.diagnose.evidence import chance, evidence, figures, obstacle, strength
from mapaccuracy.report.diagnose.moves import stays
from mapaccuracy.report.diagnose.search import search
from mapaccuracy.report.diagnose.verdict import headline
from mapaccuracy.report.layout import Entry
from mapaccuracy.report.words import many
from mapaccuracy.schema import AS_SUPPLIED


def findings(document: Document) -> Iterator[tuple[str, str]]:
    """Give the lines of the main part, each with its subject."""
    best, rests = chosen(document), rests_on(document)
    as_supplied = named(document, AS_SUPPLIED)
    more = [evidence(rests, document)] if rests is not None else []
    more += _sheets_apart(document)
    yield "Verdict", " ".join([headline(document), *more])
    yield "As is", figures(as_supplied, document)
    if document["verdict"] == AS_SUPPLIED and as_supplied["p"] is not None:
        yield "Evidence", chance(as_supplied, document)
    if best is not None and rests is not None:
        yield "After", " ".join([figures(rests, document), *_area(rests)])
        yield "Evidence", strength(rests, document)
        if rests is not best:
            told = f"{best['name']} itself is not accepted: {obstacle(best)}."
            yield "Mistake", " ".join([told, *_area(best)])
    # Where nothing can be told, the figures of a hypothesis would be read as an answer.
    elif document["verdict"] != "cannot_be_told":
        yield from _next_best(document)
    yield from search(document)


def _next_best(document: Document) -> Iterator[tuple[str, str]]:
    """Tell what comes nearest to the map as supplied, and what stands against it."""
    # The line Evidence has said what p is.
    is_told = document["verdict"] == AS_SUPPLIED
    other = next((entry for entry in ranked(document)[1:] if entry["confirmed_share"]), None)
    if other is not None and not stays(other):
        told = (
            f"{label(other)}: {figures(other, document)} {strength(other, document, brief=is_told)}"
        )
        yield "Next best", told


def _sheets_apart(document: Document) -> list[str]:
    """Point to map sheets that are displaced each by itself, where the whole map is not."""
    if document["verdict"] not in ("no_displacement_helps", "cannot_be_told"):
        return []
    found = sum(sheet["east_m"] is not None for sheet in document["sheets"])
    if not found:
        return []
    what = "has a displacement" if found == 1 else "have displacements"
    return [f"But {found:,} of {many(len(document['sheets']), 'map sheet')} {what}: see Sheets."]


def _area(entry: Entry) -> list[str]:
    told = [f"Operation: {entry['operation']}."] if entry["operation"] else []
    reason = entry["reason"]
    if entry["in_area"] is False and not (reason and "outside the area" in reason):
        told.append("The map lies outside the area that this operation is made for.")
    if reason:
        told.append(f"To mind: {reason}.")
    return told
