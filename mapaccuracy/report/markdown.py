"""The result as Markdown, to paste into a document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mapaccuracy.report import claims, records
from mapaccuracy.report.details import DETAILS, REASON
from mapaccuracy.report.layout import (
    OVERVIEW,
    TABLES,
    accounting,
    groups_of,
    heading,
    other_notes,
    overview_caption,
    printable,
    suspicion,
    without_points,
)
from mapaccuracy.report.paragraphs import paragraphs

# Columns of words, wherever they stand: to the left.
MIND = "What to mind"
_WORDS = (REASON, MIND)


def render(
    document: Mapping[str, Any], locations: Mapping[str, Any] | None = None
) -> dict[str, bytes]:
    """Render ``report.md``: figures, what they say of each group, details, notes, inputs."""
    lines = ["# Supplied map against recorded finds", ""]
    for told in (*suspicion(document), heading(document)):
        lines += [escape(told), ""]
    silence = without_points(document)
    lines += _points(document, locations) if silence is None else [escape(silence), ""]
    for section in claims.sections(document):
        lines += [f"## {section.title}", "", escape(" ".join(section.sentences)), ""]
        lines += [escape(section.caption), "", *table_of(section.headers, section.rows, 1), ""]
    lines += ["## Notes", ""]
    lines += [f"- {escape(note['message'])}" for note in other_notes(document)]
    lines += ["", "## Inputs", ""]
    lines += [f"- {escape(line)}" for line in accounting(document)]
    return {"report.md": printable("\n".join(lines) + "\n")}


def _points(document: Mapping[str, Any], locations: Mapping[str, Any] | None) -> list[str]:
    """Tell the figures of points: tables, what they say of each group, and details."""
    groups = groups_of(document)
    lines: list[str] = []
    for table in (OVERVIEW, *TABLES):
        caption = overview_caption(groups) if table is OVERVIEW else table.caption
        rows = [table.cells(group) for group in groups]
        lines += [escape(caption), "", *table_of(table.headers, rows, 1), ""]
    lines += _records(document, locations)
    lines += ["## In words", ""]
    for group in groups:
        lines += [f"### {escape(group['group'])}", ""]
        for subject, text in paragraphs(group, document):
            lines += [f"**{escape(subject)}.** {escape(text)}", ""]
    for detail in DETAILS:
        rows = [
            (group["group"], *row)
            for group in groups
            if group.get(detail.block) is not None
            for row in detail.rows(group[detail.block])
        ]
        if rows:
            lines += [f"## {detail.title}", "", escape(detail.caption), ""]
            lines += [*table_of(("", *detail.headers), rows, 2), ""]
    return lines


def _records(document: Mapping[str, Any], locations: Mapping[str, Any] | None) -> list[str]:
    section = records.section(document, locations)
    if section is None:
        return []
    more = [f"{section.more}.", ""] if section.more else []
    return [
        "## Records",
        "",
        escape(section.caption),
        "",
        *table_of(section.headers, section.rows, 1),
        "",
        *more,
        *(f"- {escape(reason)}" for reason in section.reasons),
        "",
    ]


def table_of(headers: Sequence[str], rows: Sequence[Sequence[str]], texts: int) -> list[str]:
    """Write a table whose first columns hold text, the others numbers, or words by name."""
    sides = ["---" if i < texts or h in _WORDS else "---:" for i, h in enumerate(headers)]
    return [
        "| " + " | ".join(escape(_plain(header)) for header in headers) + " |",
        "|" + "|".join(sides) + "|",
        *("| " + " | ".join(map(escape, row)) + " |" for row in rows),
    ]


def _plain(header: str) -> str:
    return header.replace("-\n", "").replace("\n", " ")


def escape(text: str) -> str:
    """Put text on one line, and make marks of Markdown plain."""
    text = " ".join(text.split())
    for mark in "\\|*_<>`":
        text = text.replace(mark, "\\" + mark)
    return text
