"""Records by bearing and distance: how they close, as a table and as JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mapaccuracy.report.document import encoded
from mapaccuracy.report.layout import NOTHING, number, percent, printable

Document = Mapping[str, Any]
_WIDTH = 100
_NAME = 24
_HEADERS = (
    "Record",
    "Legs",
    "Rows",
    "Points",
    "Length m",
    "Misses m",
    "Share",
    "Limit m",
    "Outcome",
)


def render_json(document: Document, locations: Any = None) -> dict[str, bytes]:  # noqa: ARG001
    """Render the document: records, closures, inputs; no position."""
    return {"traverse.json": encoded(document)}


def render_table(document: Document, locations: Any = None) -> dict[str, bytes]:  # noqa: ARG001
    """Render one line a record, and what was applied."""
    records = document["records"]
    lines = _aligned([_HEADERS, *map(_cells, records)])
    counts = {
        outcome: sum(record["outcome"] == outcome for record in records)
        for outcome in ("closed", "open", "not checked")
    }
    total = (
        f"{len(records):,} records: {counts['closed']:,} closed, {counts['open']:,} open, "
        f"{counts['not checked']:,} not checked; "
        f"{sum(record['points'] for record in records):,} points"
    )
    caption = (
        "Misses: distance between the end that was reached and the known point at which the record "
        "says it is; the worst closure of each record. Limit: the larger one of "
        f"{percent(document['settings']['closure_share'], 1)} of the length and "
        f"{_metres(document['settings']['closure_m'])}. Not checked: no leg ends at a known point, "
        "so nobody can tell. Points stand for mines."
    )
    notes = [note["message"] for note in document["notes"]]
    reasons = _reasons(records)
    told = [*_filled(caption), "", *lines, "", total]
    for text in [*reasons, *notes]:
        told += _filled(text)
    return {"traverse.txt": printable("\n".join(told) + "\n")}


def _metres(metres: float | None) -> str:
    if metres is None:
        return "twice what the steps of reading allow"
    return f"{metres:g} m"


def _cells(record: Mapping[str, Any]) -> tuple[str, ...]:
    worst = max(
        record["closures"], key=lambda one: (not one["within"], one["error_m"]), default=None
    )
    outcome = f"{record['outcome']}, adjusted" if record["adjusted"] else record["outcome"]
    name = " ".join(record["record_id"].split()) or "(no record)"
    return (
        name if len(name) <= _NAME else f"{name[: _NAME - 1]}…",
        number(record["legs"]),
        number(record["rows"]),
        number(record["points"]),
        number(record["length_m"]) if record["legs"] else NOTHING,
        number(None if worst is None else worst["error_m"], 1),
        percent(None if worst is None else worst["share"], 1),
        number(None if worst is None else worst["limit_m"], 1),
        outcome,
    )


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Set names and outcomes to the left, numbers to the right."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    last = len(widths) - 1
    return [
        "  ".join(
            cell.ljust(widths[place]) if place in (0, last) else cell.rjust(widths[place])
            for place, cell in enumerate(row)
        ).rstrip()
        for row in rows
    ]


def _reasons(records: Iterable[Mapping[str, Any]]) -> list[str]:
    """Say why closure errors were not distributed, where that was asked for."""
    counted: dict[str, int] = {}
    for record in records:
        if record["closures"] and record["reason"] is not None:
            counted[record["reason"]] = counted.get(record["reason"], 0) + 1
    return [f"Not adjusted: {n:,}, because {reason}." for reason, n in sorted(counted.items())]


def _filled(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, break_long_words=False, break_on_hyphens=False)
