"""The result as Markdown, to paste into a document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mapaccuracy.report.layout import TABLES, accounting, groups_of, heading
from mapaccuracy.report.paragraphs import paragraph


def render(
    document: Mapping[str, Any], locations: Mapping[str, Any] | None = None
) -> dict[str, bytes]:
    """Render ``report.md``: tables, a paragraph for each group, notes, inputs."""
    groups = groups_of(document, locations)
    lines = [heading(document), ""]
    for table in TABLES:
        headers = [
            _escape(header.replace("-\n", "").replace("\n", " ")) for header in table.headers
        ]
        lines += [
            table.caption,
            "",
            "| " + " | ".join(headers) + " |",
            "|---|" + "---:|" * (len(headers) - 1),
            *("| " + " | ".join(map(_escape, table.cells(group))) + " |" for group in groups),
            "",
        ]
    for group in groups:
        lines += [_escape(paragraph(group, document["settings"])), ""]
    lines += ["Notes", ""]
    lines += [f"- {note['code']}: {_escape(note['message'])}" for note in document["notes"]]
    lines += ["", "Inputs", ""]
    lines += [f"- {_escape(line)}" for line in accounting(document)]
    return {"report.md": ("\n".join(lines) + "\n").encode()}


def _escape(text: str) -> str:
    for mark in "\\|*_<>`":
        text = text.replace(mark, "\\" + mark)
    return text
