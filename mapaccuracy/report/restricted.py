"""Rows of single items and of single records: only on request, apart from the result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mapaccuracy.report import records

_SINGLE = {"rows": "row", "areas": "outline", "tasks": "task"}


def render(
    document: Mapping[str, Any],  # noqa: ARG001
    locations: Mapping[str, Any] | None = None,
) -> dict[str, bytes]:
    """Render ``pairs.csv``, ``records.csv`` and what there is of single rows, outlines and tasks.

    Undefined values are empty.
    """
    if locations is None:
        return {}
    pairs = locations["pairs"].to_csv(index=False, lineterminator="\n").encode()
    tables = locations.get("tables", {})
    return {"pairs.csv": pairs, "records.csv": records.as_csv(locations)} | {
        f"each_{_SINGLE[name]}.csv": table.to_csv(index=False, lineterminator="\n").encode()
        for name, table in tables.items()
    }
