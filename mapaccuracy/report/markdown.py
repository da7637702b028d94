"""The result as Markdown, to paste into a document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mapaccuracy.report.layout import accounting, groups_of, heading, printable, tables_of
from mapaccuracy.report.paragraphs import paragraph


def render(
    document: Mapping[str, Any], locations: Mapping[str, Any] | None = None
) -> dict[str, bytes]:
    """Render ``report.md``: tables, a paragraph for each group, notes, inputs."""
    groups = groups_of(document, locations)
    lines = ["# Supplied map against recorded finds", "", _escape(heading(document)), ""]
    for table in tables_of(document):
        headers = [_escape(_plain(header)) for header in table.headers]
        lines += [
            _escape(table.caption),
            "",
            "| " + " | ".join(headers) + " |",
            "|---|" + "---:|" * (len(headers) - 1),
            *("| " + " | ".join(map(_escape, table.cells(group))) + " |" for group in groups),
            "",
        ]
    lines += ["## In words", ""]
    for group in groups:
        lines += [_escape(paragraph(group, document)), ""]
    lines += ["## Notes", ""]
    lines += [f"- {_escape(note['message'])}" for note in document["notes"]]
    lines += ["", "## Inputs", ""]
    lines += [f"- {_escape(line)}" for line in accounting(document)]
    return {"report.md": printable("\n".join(lines) + "\n")}


def _plain(header: str) -> str:
    return header.replace("-\n", "").replace("\n", " ")


def _escape(text: str) -> str:
    text = " ".join(text.split())
    for mark in "\\|*_<>`":
        text = text.replace(mark, "\\" + mark)
    return text
