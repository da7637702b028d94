"""The result as text for a terminal, at most 100 columns wide."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Mapping
from typing import Any

from mapaccuracy.report.layout import (
    Entry,
    Table,
    accounting,
    groups_of,
    heading,
    printable,
    tables_of,
)
from mapaccuracy.report.paragraphs import paragraph

WIDTH = 100
_NO_BREAK = "\N{NO-BREAK SPACE}"


def render(
    document: Mapping[str, Any], locations: Mapping[str, Any] | None = None
) -> dict[str, bytes]:
    """Render tables, a paragraph for each group, notes and inputs as plain text."""
    from rich.console import Console

    text = io.StringIO()
    console = Console(
        file=text, width=WIDTH, color_system=None, highlight=False, markup=False, emoji=False
    )
    groups = groups_of(document, locations)
    lines = [_wrapped(heading(document))]
    for table in tables_of(document):
        console.print(_rich(table, groups))
        lines += ["", _wrapped(table.caption), text.getvalue().rstrip("\n")]
        text.seek(0)
        text.truncate()
    for group in groups:
        lines += ["", _wrapped(paragraph(group, document))]
    lines += ["", "Notes"]
    lines += [_wrapped(note["message"], "- ") for note in document["notes"]]
    lines += ["", "Inputs"]
    lines += [_wrapped(line, "- ") for line in accounting(document)]
    bare = [line.rstrip() for line in "\n".join(lines).splitlines()]
    return {"report.txt": printable("\n".join(bare) + "\n")}


def _wrapped(text: str, bullet: str = "") -> str:
    # A number stays with its percent sign.
    return textwrap.fill(
        text.replace(" %", _NO_BREAK + "%"),
        WIDTH,
        initial_indent=bullet,
        subsequent_indent=" " * len(bullet),
        break_long_words=False,
        break_on_hyphens=False,
    ).replace(_NO_BREAK, " ")


def _rich(table: Table, groups: list[Entry]) -> Any:
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    out = RichTable(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for index, header in enumerate(table.headers):
        out.add_column(
            Text(header),
            justify="left" if index == 0 else "right",
            overflow="fold",
            no_wrap=index != 0,
        )
    for group in groups:
        out.add_row(*(Text(" ".join(cell.split())) for cell in table.cells(group)))
    return out
