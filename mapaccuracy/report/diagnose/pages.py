"""The diagnosis document as text, JSON, CSV and Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from typing import Any

from mapaccuracy.report.diagnose.advice import advice
from mapaccuracy.report.diagnose.entries import Document, ranked
from mapaccuracy.report.diagnose.findings import findings
from mapaccuracy.report.diagnose.hypotheses import others, shown, table_of
from mapaccuracy.report.diagnose.remainder import remainder, sheet_table
from mapaccuracy.report.document import encoded
from mapaccuracy.report.layout import Entry, accounting, heading, printable
from mapaccuracy.report.markdown import MIND, escape
from mapaccuracy.report.markdown import table_of as markdown_table
from mapaccuracy.report.metrics import table_of as csv_table
from mapaccuracy.report.table import grid, wrapped
from mapaccuracy.schema import Closer, Gain, Move, Rate, flatten

_PARTS = {
    "precision": Rate,
    "recall": Rate,
    "held_out": Rate,
    "gain": Gain,
    "closer": Closer,
    "move": Move,
    "rest": Move,
}
# What a spreadsheet should show without being scrolled.
_FIRST = ("name", "accepted", "confirmed_share", "gain", "p")
_SUBJECT = 11
# Rows of the table on a screen, and lines above the notes; the files and the Markdown hold all.
_MOST_ROWS, _LEAST_ROWS = 6, 1
_LINES = 40
# What a crowded screen leaves out: the first of these, or both.
_SPARED = ("By chance", "Next best")


def render_json(document: Document, locations: Any = None) -> dict[str, bytes]:  # noqa: ARG001
    """Render ``diagnosis.json``: UTF-8, indented, every number shortest that reads back equal."""
    return {"diagnosis.json": encoded(document)}


def render_csv(document: Document, locations: Any = None) -> dict[str, bytes]:  # noqa: ARG001
    """Render ``hypotheses.csv``: one row a hypothesis, nested names joined by ``_``."""
    rows = [flatten(_in_order(hypothesis)) for hypothesis in document["hypotheses"]]
    return {"hypotheses.csv": csv_table(rows)}


def _in_order(hypothesis: Entry) -> dict[str, Any]:
    """Put what decides first; every column stands in every table, whatever was tested."""
    names = [*_FIRST, *(name for name in hypothesis if name not in _FIRST)]
    return {
        name: dict.fromkeys(entry.name for entry in fields(_PARTS[name]))
        if hypothesis[name] is None and name in _PARTS
        else hypothesis[name]
        for name in names
    }


def render_residuals(document: Document, locations: Any = None) -> dict[str, bytes]:  # noqa: ARG001
    """Render ``residuals.csv``: a row a record, only where the user asked for locations."""
    if locations is None:
        return {}
    rows = locations["residuals"].to_csv(index=False, lineterminator="\n").encode()
    return {"residuals.csv": rows}


def render_table(document: Document, locations: Any = None) -> dict[str, bytes]:  # noqa: ARG001
    """Render verdict, evidence, hypotheses, notes and inputs as text, 100 columns at most."""
    lines: list[str] = []
    sizes = [(rows, 0) for rows in range(_MOST_ROWS, _LEAST_ROWS - 1, -1)]
    sizes += [(_LEAST_ROWS, spared) for spared in range(1, len(_SPARED) + 1)]
    for rows, spared in sizes:
        lines = _main_part(document, rows, _SPARED[:spared])
        if len(lines) <= _LINES:
            break
    lines += ["Notes", *(wrapped(note["message"], "- ") for note in document["notes"])]
    lines += ["", "Inputs", *(wrapped(line, "- ") for line in accounting(document))]
    return {"diagnosis.txt": printable("\n".join(lines) + "\n")}


def _main_part(document: Document, rows: int, spared: Sequence[str]) -> list[str]:
    """Write what stands above the notes, line by line; what it spares is named."""
    told = list(findings(document))
    left_out = [subject for subject, _ in told if subject in spared]
    more = [f"No room for {' and '.join(left_out)}: --format markdown."] if left_out else []
    some, rest = shown(document, rows)
    table = table_of(document, some, recall=False)
    text = [
        wrapped(heading(document)),
        "",
        *_paragraphs((subject, text) for subject, text in told if subject not in left_out),
        "",
        grid(table.headers, table.rows),
        wrapped(table.caption),
        wrapped(" ".join([*others(document, rest), *more])),
        "",
        *_paragraphs(_after_table(document)),
        "",
    ]
    return [line.rstrip() for line in "\n".join(text).split("\n")]


def _paragraphs(told: Iterable[tuple[str, str]]) -> Iterator[str]:
    return (wrapped(text, f"{subject}:".ljust(_SUBJECT)) for subject, text in told)


def render_markdown(document: Document, locations: Any = None) -> dict[str, bytes]:  # noqa: ARG001
    """Render ``diagnosis.md``, to paste into a document: every hypothesis and every sheet."""
    lines = ["# Is the map wrong, or only misplaced?", "", escape(heading(document)), ""]
    for subject, text in findings(document):
        lines += [f"**{subject}.** {escape(text)}", ""]
    entries = ranked(document)
    table = table_of(document, entries, recall=True)
    headers = (table.headers[0], "Mistake", *table.headers[1:], MIND)
    rows = [
        (row[0], entry["cause"], *row[1:], entry["reason"] or "")
        for entry, row in zip(entries, table.rows, strict=True)
    ]
    lines += ["## Hypotheses", "", escape(table.caption), "", *markdown_table(headers, rows, 2), ""]
    if document["sheets"]:
        lines += ["## Map sheets", "", *sheet_table(document["sheets"]), ""]
    for subject, text in _after_table(document):
        lines += [f"**{subject}.** {escape(text)}", ""]
    lines += ["## Notes", "", *(f"- {escape(note['message'])}" for note in document["notes"])]
    lines += ["", "## Inputs", "", *(f"- {escape(line)}" for line in accounting(document))]
    return {"diagnosis.md": printable("\n".join(lines) + "\n")}


def _after_table(document: Document) -> Iterator[tuple[str, str]]:
    yield from remainder(document)
    yield "Next", advice(document)
