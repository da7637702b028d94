"""Findings as annotations of GitHub: one a rule, since only ten of a kind are shown."""

from __future__ import annotations

from typing import Any

from mapaccuracy.report.findings.places import line_of, path_of
from mapaccuracy.report.findings.shared import Document, by_rule, counted, cut

_LEVELS = {"error": "error", "warning": "warning", "info": "notice"}


def render(document: Document, locations: Any = None) -> dict[str, bytes]:
    """Render a workflow command for each rule that found something, and one for the counts.

    Parameters
    ----------
    document : mapping
    locations : mapping, optional
        ``paths``: name of a file to its path in the repository.
    """
    lines = []
    for rule, findings in by_rule(document):
        first = findings[0]
        more = len(findings) - 1
        place = f"{first['place']}: " if first["place"] else ""
        said = f"{place}{first['message']} Fix: {first['fix']}"
        said = cut(said, 2_000) + (f" And {more:,} more of {rule['code']}." if more else "")
        properties = {
            "file": path_of(first, locations),
            "line": str(line_of(first)),
            "title": f"{rule['code']} {rule['slug']} ({len(findings):,})",
        }
        named = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
        lines.append(f"::{_LEVELS[first['severity']]} {named}::{_data(said)}")
    lines.append(f"::notice title=mapaccuracy check::{_data(counted(document))}")
    return {"findings.txt": ("\n".join(lines) + "\n").encode()}


def _data(text: str) -> str:
    """Write text so that it is no command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(cut(text)).replace(":", "%3A").replace(",", "%2C")
