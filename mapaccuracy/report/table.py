"""The result as text for a terminal, at most 100 columns wide: one screen a group."""

from __future__ import annotations

import io
import math
import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from mapaccuracy.report import claims, records
from mapaccuracy.report.details import ladder_rows, ladder_silence
from mapaccuracy.report.layout import (
    OVERVIEW,
    SPARED,
    Entry,
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

WIDTH = 100
# Screens stand for so many groups beside the overall one; with more, for the overall one only.
SCREENS = 6
# Lines of a screen; tolerances far from the chosen one give way, down to so many.
SCREEN = 40
_LEAST_RUNGS = 3
# Caption, in two lines at most, headers and their rule.
_LADDER_FRAME = 5
_SUBJECT = 11
# A name is given so many columns at least, before figures of the overview give way.
_NAME = 14
_NO_BREAK = "\N{NO-BREAK SPACE}"
# Without these a reader would take the figures for something else.
_SHOWN_NOTES = (
    "not_confirmed",
    "recall_charges_all_mines",
    "clusters",
    "assumed_searched",
    "no_searched_areas",
    "search_follows_finds",
    "search_basis",
    "fade_out",
    "searched_because_of_map",
    "unresolvable",
    "matched_by_type",
    "small_groups",
    "small_units",
    "finds_without_position",
    "claimed_once",
)
_LADDER = (
    "Within",
    "Con-\nfirmed",
    "Preci-\nsion %",
    "By\nchance %",
    "Points with\nany find %",
    "Anywhere in\npolygon %",
    "\nMapped",
    "Recall\n%",
    "Finds with\nany point %",
)


def render(
    document: Mapping[str, Any], locations: Mapping[str, Any] | None = None
) -> dict[str, bytes]:
    """Render an overview, a screen for each group, notes and inputs as plain text."""
    lines = [wrapped(heading(document)), *map(wrapped, suspicion(document)), ""]
    silence = without_points(document)
    lines += _points(document, locations) if silence is None else [wrapped(silence)]
    lines += _claims(document)
    lines += ["", "Notes", *_notes(document), "", "Inputs"]
    lines += [wrapped(line, "- ") for line in accounting(document)]
    bare = [line.rstrip() for line in "\n".join(lines).splitlines()]
    return {"report.txt": printable("\n".join(bare) + "\n")}


def _points(document: Mapping[str, Any], locations: Mapping[str, Any] | None) -> list[str]:
    """Tell the figures of points: an overview, records if asked for, a screen for each group."""
    groups = groups_of(document)
    lines = [_overview(groups), "", wrapped(overview_caption(groups))]
    lines += _records(document, locations)
    shown = groups if len(groups) <= SCREENS + 1 else groups[:1]
    for group in shown:
        lines += ["", *_screen(group, document)]
    if len(shown) < len(groups):
        lines += [
            "",
            wrapped(
                f"In words only for all groups together, because there are more than {SCREENS}. "
                "--format markdown tells every group; --out DIR writes every figure."
            ),
        ]
    return lines


def _overview(groups: Sequence[Entry]) -> str:
    """Tell all groups in one table; where numbers are long, counts that follow give way."""
    headers, rows = list(OVERVIEW.headers), [list(OVERVIEW.cells(group)) for group in groups]
    for column in SPARED:
        if _least_width(headers, rows) <= WIDTH:
            break
        for row in (headers, *rows):
            del row[column]
    return grid(headers, rows)


def _least_width(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    """Width of a table whose first column may fold, the others not."""
    columns = zip(headers, *rows, strict=True)
    first, *others = (
        max(len(line) for cell in column for line in cell.split("\n")) for column in columns
    )
    return min(first, _NAME) + sum(width + 2 for width in others)


def _records(document: Mapping[str, Any], locations: Mapping[str, Any] | None) -> list[str]:
    """Tell the records, where they were asked for and may be seen."""
    section = records.section(document, locations)
    if section is None:
        return []
    lines = ["", grid(section.headers, section.rows)]
    lines += [wrapped(section.more)] if section.more else []
    lines += [wrapped(section.caption), ""]
    return lines + [wrapped(reason, "- ") for reason in section.reasons]


def _claims(document: Mapping[str, Any]) -> list[str]:
    """Tell rows of mines, outlines and tasks, as far as there are any."""
    lines = []
    for section in claims.sections(document):
        lines += ["", f"── {section.title} ".ljust(WIDTH, "─")]
        lines += [wrapped(" ".join(section.sentences))]
        if len(section.rows) > 1:
            lines += ["", grid(section.headers, section.rows), "", wrapped(section.caption)]
    return lines


def _screen(group: Entry, document: Entry) -> list[str]:
    """Tell one group: a rule with its name, what is said of it, and the other tolerances."""
    name = " ".join(group["group"].split())
    text = [f"── {name} ".ljust(WIDTH, "─") if len(name) < WIDTH - 10 else wrapped(name)]
    text += [
        wrapped(told, f"{subject}:".ljust(_SUBJECT))
        for subject, told in paragraphs(group, document, brief=True)
    ]
    ladder = group.get("ladder")
    if not ladder:
        return text
    headline_m = document["settings"]["tolerance_m"]
    room = SCREEN - "\n".join(text).count("\n") - 1 - _LADDER_FRAME
    shown = sorted(ladder, key=lambda rung: abs(math.log(rung["tolerance_m"] / headline_m)))
    shown = sorted(shown[: max(room, _LEAST_RUNGS)], key=lambda rung: rung["tolerance_m"])
    more = " Further ones in ladder.csv (--out DIR)." if len(shown) < len(ladder) else ""
    return [
        *text,
        wrapped(f"At other tolerances.{ladder_silence(shown)}{more}"),
        grid(_LADDER, ladder_rows(shown, headline_m)),
    ]


def _notes(document: Entry) -> list[str]:
    notes = other_notes(document)
    shown = [note for note in notes if note["code"] in _SHOWN_NOTES]
    lines = [wrapped(note["message"], "- ") for note in shown]
    rest = len(notes) - len(shown)
    if rest:
        more = f"- {rest} further note{'' if rest == 1 else 's'} in result.json (--out DIR)."
        lines.append(more)
    return lines


def wrapped(text: str, lead: str = "") -> str:
    """Fold text to the width of a terminal, below its lead; numbers keep their unit."""
    # A number stays with its percent sign, or with the word it counts.
    return textwrap.fill(
        re.sub(r"(?<=\d) (?=[%a-z])", _NO_BREAK, text),
        WIDTH,
        initial_indent=lead,
        subsequent_indent=" " * len(lead),
        break_long_words=False,
        break_on_hyphens=False,
    ).replace(_NO_BREAK, " ")


def grid(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Set rows in columns, the first to the left; it folds where the width does not suffice."""
    from rich import box
    from rich.console import Console
    from rich.table import Table as RichTable
    from rich.text import Text

    out = RichTable(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for index, header in enumerate(headers):
        out.add_column(
            Text(header),
            justify="left" if index == 0 else "right",
            overflow="fold",
            no_wrap=index != 0,
        )
    for row in rows:
        out.add_row(*(Text(" ".join(cell.split())) for cell in row))
    text = io.StringIO()
    Console(
        file=text, width=WIDTH, color_system=None, highlight=False, markup=False, emoji=False
    ).print(out)
    return "\n".join(line for line in text.getvalue().splitlines() if line.strip())
