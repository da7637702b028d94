"""The figures as CSV: one row a group, nested names joined by ``_``; lists in further files."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from mapaccuracy.report import claims, records
from mapaccuracy.report.layout import groups_of
from mapaccuracy.schema import flatten

# File: where the list stands in a group.
LISTS = {
    "ladder.csv": ("ladder",),
    "effort.csv": ("effort", "curve"),
    "types.csv": ("types", "table"),
    "type_ratios.csv": ("types", "ratios"),
    "selection.csv": ("selection",),
    "accidents.csv": ("accidents", "beyond"),
}

# What is no point has a file of its own: one row a group.
CLAIMS = {"rows": "rows.csv", "areas": "outlines.csv", "tasks": "tasks.csv"}


def render(
    document: Mapping[str, Any],
    locations: Mapping[str, Any] | None = None,
) -> dict[str, bytes]:
    """Render ``metrics.csv`` and, as far as they hold a row, the tables of `LISTS` and `CLAIMS`.

    Undefined values are empty, numbers read back equal. Where the table shows records, and the
    user asked for locations, the records alone.
    """
    if document["settings"]["by"] == "record" and locations is not None:
        return {"records.csv": records.as_csv(locations)}
    groups = groups_of(document)
    tables = {name: _rows_of_list(groups, place) for name, place in LISTS.items()}
    overview = table_of([flatten(dict(group)) for group in groups])
    for name, file in CLAIMS.items():
        if document.get(name) is not None:
            tables[file] = [flatten(dict(group)) for group in claims.groups_of(document, name)]
    return {"metrics.csv": overview} | {
        name: table_of(rows) for name, rows in tables.items() if rows
    }


def _rows_of_list(
    groups: Sequence[Mapping[str, Any]], place: tuple[str, ...]
) -> list[dict[str, Any]]:
    rows = []
    for group in groups:
        entries: Any = group
        for name in place:
            entries = (entries or {}).get(name)
        rows += [{"group": group["group"], **flatten(dict(entry))} for entry in entries or ()]
    return rows


def table_of(rows: list[dict[str, Any]]) -> bytes:
    """Write rows as CSV; a name that a row lacks is empty."""
    # Not every group has every figure.
    names = dict.fromkeys(name for row in rows for name in row)
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(names), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
