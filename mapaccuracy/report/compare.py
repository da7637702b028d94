"""The comparison document as text, JSON, CSV and Markdown."""

from __future__ import annotations

import csv
import io
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from mapaccuracy.report.document import encoded
from mapaccuracy.report.layout import NOTHING, accounting, number, percent, printable
from mapaccuracy.report.markdown import escape
from mapaccuracy.report.words import change_points
from mapaccuracy.schema import flatten

Document = Mapping[str, Any]
WIDTH = 100
_NO_BREAK = "\N{NO-BREAK SPACE}"
_MEASURES = {
    "precision": "Precision: confirmed / verifiable supplied points",
    "recall": "Recall: mapped / finds that count",
}
_HEADERS = ("", "Old", "New", "n old", "n new", "Change", "95 %", "Word")


def render_json(document: Document, locations: Any = None) -> dict[str, bytes]:  # noqa: ARG001
    """Render ``comparison.json``: UTF-8, indented, every number shortest that reads back equal."""
    return {"comparison.json": encoded(document)}


def render_csv(document: Document, locations: Any = None) -> dict[str, bytes]:  # noqa: ARG001
    """Render ``comparison.csv``: one row a group, nested names joined by ``_``."""
    rows = [flatten(dict(group)) for group in _groups(document)]
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return {"comparison.csv": text.getvalue().encode()}


def render_table(document: Document, locations: Any = None) -> dict[str, bytes]:  # noqa: ARG001
    """Render tables, what to mind, notes and inputs as plain text, at most 100 columns wide."""
    lines = [_wrapped(_heading(document))]
    for measure, caption in _MEASURES.items():
        lines += ["", f"{caption}. Change in points of per cent, new less old.", ""]
        lines += _aligned([_HEADERS, *(_cells(group, measure) for group in _groups(document))])
        lines += [_wrapped(text, "- ") for text in _reasons(document, measure)]
    lines += ["", "Notes", *(_wrapped(note["message"], "- ") for note in document["notes"])]
    lines += ["", "Inputs", *(_wrapped(line, "- ") for line in accounting(document))]
    return {"comparison.txt": printable("\n".join(line.rstrip() for line in lines) + "\n")}


def render_markdown(document: Document, locations: Any = None) -> dict[str, bytes]:  # noqa: ARG001
    """Render ``comparison.md``, to paste into a document."""
    lines = ["# Two supplied maps on the same finds", "", escape(_heading(document)), ""]
    for measure, caption in _MEASURES.items():
        rows = [_cells(group, measure) for group in _groups(document)]
        lines += [f"{caption}. Change in points of per cent, new less old.", ""]
        lines += ["| " + " | ".join(_HEADERS) + " |", "|---|" + "---:|" * (len(_HEADERS) - 1)]
        lines += ["| " + " | ".join(map(escape, cells)) + " |" for cells in rows]
        reasons = [f"- {escape(text)}" for text in _reasons(document, measure)]
        lines += ["", *reasons, ""] if reasons else [""]
    lines += ["## Notes", "", *(f"- {escape(note['message'])}" for note in document["notes"])]
    lines += ["", "## Inputs", "", *(f"- {escape(line)}" for line in accounting(document))]
    return {"comparison.md": printable("\n".join(lines) + "\n")}


def _groups(document: Document) -> list[Document]:
    return [document["overall"], *document["districts"]]


def _heading(document: Document) -> str:
    settings = document["settings"]
    names = {
        role: " + ".join(source["name"] for source in document["sources"] if source["role"] == role)
        for role in ("old", "new", "finds")
    }
    return (
        f"Old map {names['old']} and new map {names['new']}, each against {names['finds']}: "
        f"tolerance {settings['tolerance_m']:g} m, matching {settings['matching']}, scope "
        f"{settings['scope']}"
    )


def _cells(group: Document, measure: str) -> tuple[str, ...]:
    change = group[measure]
    interval = NOTHING
    if change["low"] is not None:
        interval = f"{change_points(change['low'])} to {change_points(change['high'])}"
    return (
        group["group"],
        percent(change["old"]["value"]),
        percent(change["new"]["value"]),
        number(change["old"]["n"]),
        number(change["new"]["n"]),
        change_points(change["change"]),
        interval,
        change["word"],
    )


def _reasons(document: Document, measure: str) -> list[str]:
    """Say of which groups what is to be minded; groups with the same reason stand together."""
    of: dict[str, list[str]] = {}
    for group in _groups(document):
        change = group[measure]
        if change["reason"] is not None:
            of.setdefault(f"({change['word']}): {change['reason']}", []).append(group["group"])
    return [f"{', '.join(names)} {reason}." for reason, names in of.items()]


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Set rows in columns, the first and the last to the left; a long name has its own line."""
    widths = [max(len(cells[column]) for cells in rows) for column in range(len(rows[0]))]
    widths[0] = min(widths[0], WIDTH - sum(widths[1:]) - 2 * len(widths[1:]))
    lines = []
    for name, *rest in rows:
        pieces = textwrap.wrap(name, WIDTH) or [""]
        lines += pieces[:-1]
        if len(pieces[-1]) > widths[0]:
            lines.append(pieces[-1])
            pieces = [""]
        cells = [text.rjust(width) for text, width in zip(rest[:-1], widths[1:-1], strict=True)]
        lines.append("  ".join([pieces[-1].ljust(widths[0]), *cells, rest[-1]]))
    ruled = "  ".join("-" * width for width in widths)
    return [lines[0], ruled, *lines[1:], ""]


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
