"""Where a finding is, as programs that show findings beside files know it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mapaccuracy.report.findings.shared import Entry

Paths = Mapping[str, Any] | None


def path_of(finding: Entry, paths: Paths) -> str:
    """Give the path of a finding's file, with forward slashes, as it was named on the command line.

    Parameters
    ----------
    finding : mapping
    paths : mapping or None
        ``paths``: name without folder to relative path.

    Examples
    --------
    >>> finding = {"source": "map.csv"}
    >>> path_of(finding, None), path_of(finding, {"paths": {"map.csv": "in/map.csv"}})
    ('map.csv', 'in/map.csv')
    """
    named = {} if paths is None else paths.get("paths", {})
    return str(named.get(finding["source"], finding["source"]))


def line_of(finding: Entry) -> int:
    """Give the line of a finding; 1 where rows are no lines of text.

    Examples
    --------
    >>> line_of({"row": 17, "place": "row 17"}), line_of({"row": 17, "place": "Finds!C17"})
    (17, 1)
    """
    row = finding["row"]
    return max(1, int(row)) if row is not None and finding["place"].startswith("row ") else 1
