"""Rows of single items and of single records: only on request, apart from the result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mapaccuracy.report import records


def render(
    document: Mapping[str, Any],  # noqa: ARG001
    locations: Mapping[str, Any] | None = None,
) -> dict[str, bytes]:
    """Render ``pairs.csv`` and ``records.csv``; undefined values are empty."""
    if locations is None:
        return {}
    pairs = locations["pairs"].to_csv(index=False, lineterminator="\n").encode()
    return {"pairs.csv": pairs, "records.csv": records.as_csv(locations)}
