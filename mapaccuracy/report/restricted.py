"""Rows of single items: only on request, apart from the result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mapaccuracy.report.metrics import table_of_groups


def render(
    document: Mapping[str, Any],  # noqa: ARG001
    locations: Mapping[str, Any] | None = None,
) -> dict[str, bytes]:
    """Render ``pairs.csv`` and, where records were asked for, ``records.csv``."""
    if locations is None:
        return {}
    files = {"pairs.csv": locations["pairs"].to_csv(index=False, lineterminator="\n").encode()}
    if locations.get("records"):
        files["records.csv"] = table_of_groups(locations["records"])
    return files
