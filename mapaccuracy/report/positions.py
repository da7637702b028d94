"""Positions that were read from texts, as a table and as JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

from mapaccuracy.report.document import encoded
from mapaccuracy.report.layout import printable

Document = Mapping[str, Any]
_WIDTH = 100
_INDENT = "  "


def render_json(document: Document, locations: Any = None) -> dict[str, bytes]:  # noqa: ARG001
    """Render the list of what was read: one entry a text."""
    return {"positions.json": encoded(document["positions"])}


def render_table(document: Document, locations: Any = None) -> dict[str, bytes]:  # noqa: ARG001
    """Render a block for each text: what it says, or why it was refused and what it could say."""
    entries = document["positions"]
    refused = sum(entry["error"] is not None for entry in entries)
    lines: list[str] = []
    for entry in entries:
        place = f"{entry['place']}: " if "place" in entry else ""
        lines.append(f"{place}{_one_line(entry['input'])}")
        if entry["error"] is None:
            lines.append(_INDENT + _position(entry))
            continue
        lines.append(_filled(f"refused: {entry['error']}"))
        lines += [f"{_INDENT}could be {_position(reading)}" for reading in entry["readings"]]
    lines.append(f"{len(entries):,} given, {len(entries) - refused:,} read, {refused:,} refused")
    return {"positions.txt": printable("\n".join(lines) + "\n")}


def _one_line(text: str) -> str:
    return " ".join(text.split()) or "(blank)"


def _position(entry: Mapping[str, Any]) -> str:
    return (
        f"{entry['lat']:.7f} {entry['lon']:.7f}  +-{entry['resolution_m']:.3g} m  "
        f"{entry['notation']}"
    )


def _filled(text: str) -> str:
    return textwrap.fill(
        text,
        _WIDTH,
        initial_indent=_INDENT,
        subsequent_indent=_INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )
