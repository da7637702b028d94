"""What is installed and what is missing, as text on a screen and as JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

from mapaccuracy.report.document import encoded

Entry = Mapping[str, Any]
_WIDTH = 100
_STATE, _NAME = 9, 18


def render_json(document: Entry, locations: Any = None) -> dict[str, bytes]:  # noqa: ARG001
    """Render the document as it is."""
    return {"surroundings.json": encoded(document)}


def render_table(document: Entry, locations: Any = None) -> dict[str, bytes]:  # noqa: ARG001
    """Render a line for each part: whether it is there, what it is, what follows if it is not."""
    lines: list[str] = []
    group = None
    for part in document["parts"]:
        if part["group"] != group:
            group = part["group"]
            lines += [*([""] if lines else []), group]
        told = part["found"] + (f"; {part['means']}" if part["means"] else "")
        lines += textwrap.wrap(
            told,
            _WIDTH,
            initial_indent=f"  {part['state']:<{_STATE}}{part['name']:<{_NAME}}",
            subsequent_indent=" " * (2 + _STATE + _NAME),
            break_long_words=False,
            break_on_hyphens=False,
        )
    return {"surroundings.txt": "\n".join([*lines, "", _verdict(document), ""]).encode()}


def _verdict(document: Entry) -> str:
    missing = [part["name"] for part in document["parts"] if part["state"] == "missing"]
    absent = [part["name"] for part in document["parts"] if part["state"] == "absent"]
    if missing:
        return f"Needed and not there: {', '.join(missing)}."
    if absent:
        return f"All that is needed is there. Not there, and not needed: {', '.join(absent)}."
    return "All is there."
