"""Which header of a table holds which column of the role."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from mapaccuracy.schema import (
    AXIS_COLUMNS,
    COLUMNS,
    GEOMETRY,
    POSITION_COLUMNS,
    TRAVERSE_ROLES,
    Bools,
    Problem,
    RawTable,
    Role,
    Settings,
    closest,
    normalise,
    recognise,
    type_ids,
)

# How a repeated and a blank header are called in `distinct_names`.
_COPY = re.compile(r" \(column \w+\)$")
_BLANK_HEADER = re.compile(r"\(column \w+\)")
_NEEDED = {
    "points": POSITION_COLUMNS | {"id"},
    "polygons": frozenset({"district", "status"}),
    "table": frozenset(
        {"from", "to", "north", "unit"}
        | {column.name for role in TRAVERSE_ROLES for column in COLUMNS[role] if column.required}
    ),
}
_NEEDED_OF: Mapping[Role, frozenset[str]] = {
    "rows": frozenset({"id", "count"}),
    "areas": frozenset({"id", "count"}),
    "tasks": frozenset({"id", "status"}),
    "quantities": frozenset({"task_id", "quantity"}),
}


def match_header(headers: Sequence[str], wanted: str) -> str | None:
    """Find a header as the user wrote it: exactly, or else apart from case and marks."""
    if wanted in headers:
        return wanted
    return next((name for name in headers if normalise(name) == normalise(wanted)), None)


def distinct_names(cells: Sequence[str], letters: Sequence[str]) -> list[str]:
    """Make the headers of a table distinct and not empty.

    Parameters
    ----------
    cells : sequence of str
        The cells of the header row.
    letters : sequence of str
        How each column is called where its header is blank.

    Examples
    --------
    >>> distinct_names(["id", "", "Lat", "Lat"], ["A", "B", "C", "D"])
    ['id', '(column B)', 'Lat', 'Lat (column D)']
    """
    found: list[str] = []
    known: set[str] = set()  # a hostile header has thousands of columns
    for cell, letter in zip(cells, letters, strict=True):
        name = cell.strip() or f"(column {letter})"
        found.append(f"{name} (column {letter})" if name in known else name)
        known.add(found[-1])
    return found


def find_columns(
    table: RawTable, tables: Sequence[RawTable], role: Role, settings: Settings
) -> tuple[dict[str, str], list[Problem]]:
    """Find the header of each column; the user's word before recognition.

    A header that the user names must be in one of the tables of the role; tables without it
    go by recognition.

    Returns
    -------
    found : dict of str to str
        Column name to header.
    problems : list of Problem
        MA101 for columns that are missing, MA124 for needed ones whose header stands twice.
    """
    headers = [str(name) for name in table.frame.columns]
    named: dict[str, str] = {}
    absent: dict[str, str] = {}
    for key, wanted in settings.columns.items():
        of_role, _, name = key.partition(".")
        if of_role != role:
            continue
        header = match_header(headers, wanted)
        if header is not None:
            named[name] = header
        elif not any(match_header(list(map(str, t.frame.columns)), wanted) for t in tables):
            absent[name] = wanted
    others = [name for name in headers if name not in named.values()]
    found = {
        name: header for name, header in recognise(role, others).items() if name not in named
    } | named
    problems = [
        _missing(table, headers, role, name, wanted, named) for name, wanted in absent.items()
    ]
    problems = problems or [
        _missing(table, headers, role, name, None, named) for name in _lacking(table, role, found)
    ]
    return found, problems or _twice(table, headers, role, found, set(named))


def _lacking(table: RawTable, role: Role, found: dict[str, str]) -> list[str]:
    if role in ("rows", "areas", "tasks"):
        return [] if "id" in found else ["id"]
    if GEOMETRY[role] == "polygons":
        return ["district"] if role == "districts" and "district" not in found else []
    if GEOMETRY[role] == "table":
        needed = [column.name for column in COLUMNS[role] if column.required]
        return [name for name in needed if name not in found]
    lacking = [] if "id" in found else ["id"]
    # Over "Latitude" and "Longitude" in the row below, "Coordinates" is no column.
    told_below = AXIS_COLUMNS & set(recognise(role, _below(table)))
    placed = table.geometry is not None or ("position" in found and not told_below)
    if not placed and not ({"lat", "lon"} <= set(found) or {"x", "y"} <= set(found)):
        pair = ("x", "y") if {"x", "y"} & set(found) else ("lat", "lon")
        lacking += [name for name in pair if name not in found]
    return lacking


def _missing(
    table: RawTable,
    headers: list[str],
    role: Role,
    name: str,
    wanted: str | None,
    named: dict[str, str],
) -> Problem:
    everything = [*headers, *table.unread]
    free = [header for header in everything if header not in named.values()]
    taken = _taken(headers, role, name, named) if wanted is None else ""
    known = f"No column for '{name}'"
    values = {
        "what": known if wanted is None else f"There is no column '{wanted}' for '{name}'",
        "name": name,
        "headers": ", ".join(f"'{header}'" for header in everything) or "none",
        "closest": "" if taken else closest(wanted or name, free).rstrip("?"),
        "hint": taken or _second_header(table, role, name),
        "role": role,
    }
    return Problem(
        "MA101",
        table.source,
        table.layer or "",
        values=values,
        positions=withheld(everything, "headers", "closest", *(["hint"] if taken else [])),
    )


def _taken(headers: list[str], role: Role, name: str, named: dict[str, str]) -> str:
    """Say so if the user gave the header of the missing column to another one."""
    header = recognise(role, headers).get(name)
    other = next((other for other, own in named.items() if own == header), None)
    return "" if other is None else f"; '{header}' is taken by --columns {role}.{other}"


def _second_header(table: RawTable, role: Role, name: str) -> str:
    """Say so if the missing column may be named in a row above or below the header."""
    above = any(problem.code == "MA007" for problem in table.problems) and any(
        _BLANK_HEADER.fullmatch(str(header)) for header in table.frame.columns
    )
    if not (above or name in recognise(role, _below(table))):
        return ""
    return "; there seem to be two header rows: merge them into one"


def _below(table: RawTable) -> list[str]:
    return [str(cell) for cell in table.frame.iloc[0]] if len(table.frame) else []


def _twice(
    table: RawTable, headers: list[str], role: Role, found: dict[str, str], named: set[str]
) -> list[Problem]:
    """Refuse to choose between two columns with the same header, if one of them is needed."""
    own = _NEEDED_OF.get(role)
    needed = (_NEEDED[GEOMETRY[role]] if own is None else own) & set(found) - named
    if table.geometry is not None:
        needed -= POSITION_COLUMNS
    plain: dict[str, list[str]] = {}
    for header in (*headers, *table.unread):
        plain.setdefault(normalise(_COPY.sub("", header)), []).append(header)
    problems = []
    for name in sorted(needed):
        twins = plain[normalise(_COPY.sub("", found[name]))]
        if len(twins) > 1:
            values = {
                "name": name,
                "headers": ", ".join(f"'{header}'" for header in twins),
                "role": role,
            }
            hidden = withheld(twins, "headers")
            problems.append(
                Problem("MA124", table.source, table.layer or "", values=values, positions=hidden)
            )
    return problems


def extra_columns(table: RawTable, used: set[str], role: Role) -> list[Problem]:
    """Say which columns are not used."""
    headers = [str(name) for name in table.frame.columns]
    extra = [*(name for name in headers if name not in used), *table.unread]
    if not extra:
        return []
    listed = ", ".join(f"'{name}'" for name in extra)
    values = {"n": str(len(extra)), "headers": listed, "role": role}
    hidden = withheld(extra, "headers")
    return [Problem("MA117", table.source, table.layer or "", values=values, positions=hidden)]


def withheld(headers: Sequence[str], *names: str) -> frozenset[str]:
    """Name the values to withhold: a header may be a row of data, and then hold a position."""
    risky = any(re.search(r"\d[.,]\d\d|\d{5}|[°'\"]", header) for header in headers)
    return frozenset(names) if risky else frozenset()


def without_blank_rows(table: RawTable) -> RawTable:
    """Leave out rows in which every cell is empty and there is no geometry."""
    keep = np.zeros(table.rows.size, dtype=bool)
    if table.geometry is not None:
        keep |= type_ids(table.geometry) >= 0
    # A row with a fault of its own is not blank, even if the fault left nothing to be seen.
    keep |= np.isin(table.rows, [entry.row for entry in table.problems if entry.row is not None])
    frame = table.frame
    # Numbers first: they mostly decide, and cost least.
    for name in sorted(frame.columns, key=lambda name: frame[name].dtype.kind not in "iuf"):
        if keep.all():
            break
        rest = np.flatnonzero(~keep)
        cells = frame[name].iloc[rest]
        filled = cells.notna().to_numpy(dtype=bool, copy=True)
        if cells.dtype.kind not in "iuf":
            texts = cells[filled].astype(str).str.strip()
            filled[filled] = texts.ne("").to_numpy(dtype=bool)
        keep[rest[filled]] = True
    return table if keep.all() else only_rows(table, keep)


def only_rows(table: RawTable, keep: Bools) -> RawTable:
    """Keep the rows of a table that a mask names; what was said of the others stays."""
    return replace(
        table,
        frame=table.frame[keep].reset_index(drop=True),
        rows=table.rows[keep],
        geometry=None if table.geometry is None else table.geometry[keep],
    )
