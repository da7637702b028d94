"""The figures as CSV: one row a group, nested names joined by ``_``."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from mapaccuracy.report.layout import groups_of
from mapaccuracy.schema import flatten


def render(
    document: Mapping[str, Any], locations: Mapping[str, Any] | None = None
) -> dict[str, bytes]:
    """Render ``metrics.csv``; undefined values are empty, numbers read back equal."""
    return {"metrics.csv": table_of_groups(groups_of(document, locations))}


def table_of_groups(groups: list[Mapping[str, Any]]) -> bytes:
    """Write groups as CSV."""
    rows = [flatten(dict(group)) for group in groups]
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
