"""Findings as JSON and CSV: all of them, nothing cut."""

from __future__ import annotations

import csv
import io
from typing import Any

from mapaccuracy.report.document import encoded
from mapaccuracy.report.findings.shared import Document

COLUMNS = ("code", "severity", "source", "place", "row", "column", "id", "message", "fix")
# A spreadsheet takes a cell that begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def render_json(document: Document, locations: Any = None) -> dict[str, bytes]:  # noqa: ARG001
    """Render the document as it is."""
    return {"findings.json": encoded(document)}


def render_csv(document: Document, locations: Any = None) -> dict[str, bytes]:  # noqa: ARG001
    """Render a row for each finding, all of them; cells are no formulas."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for finding in document["findings"]:
        writer.writerow([_cell(finding[name]) for name in COLUMNS])
    # Excel reads UTF-8 only if it is told so.
    return {"findings.csv": b"\xef\xbb\xbf" + out.getvalue().encode()}


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
