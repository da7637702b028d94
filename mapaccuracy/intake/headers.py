"""Which header of a table holds which column of the role."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mapaccuracy.schema import (
    GEOMETRY,
    Problem,
    RawTable,
    Role,
    Settings,
    closest,
    normalise,
    recognise,
)


def match_header(headers: Sequence[str], wanted: str) -> str | None:
    """Find a header as the user wrote it: exactly, or else apart from case and marks."""
    if wanted in headers:
        return wanted
    return next((name for name in headers if normalise(name) == normalise(wanted)), None)


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
        MA101 for columns that are missing.
    """
    headers = [str(name) for name in table.frame.columns]
    named: dict[str, str] = {}
    problems = []
    for key, wanted in settings.columns.items():
        of_role, _, name = key.partition(".")
        if of_role != role:
            continue
        header = match_header(headers, wanted)
        if header is not None:
            named[name] = header
        elif not any(match_header(list(map(str, t.frame.columns)), wanted) for t in tables):
            problems.append(_missing(table, headers, role, name, wanted))
    others = [name for name in headers if name not in named.values()]
    found = {
        name: header for name, header in recognise(role, others).items() if name not in named
    } | named
    if not problems:
        problems = [
            _missing(table, headers, role, name, name) for name in _lacking(table, role, found)
        ]
    return found, problems


def _lacking(table: RawTable, role: Role, found: dict[str, str]) -> list[str]:
    if GEOMETRY[role] == "polygons":
        return ["district"] if role == "districts" and "district" not in found else []
    lacking = [] if "id" in found else ["id"]
    if table.geometry is None and not ({"lat", "lon"} <= set(found) or {"x", "y"} <= set(found)):
        pair = ("x", "y") if {"x", "y"} & set(found) else ("lat", "lon")
        lacking += [name for name in pair if name not in found]
    return lacking


def _missing(table: RawTable, headers: list[str], role: Role, name: str, wanted: str) -> Problem:
    everything = [*headers, *table.unread]
    listed = ", ".join(f"'{header}'" for header in everything) or "none"
    values = {
        "name": name if name == wanted else f"{name} ('{wanted}')",
        "headers": listed,
        "closest": closest(wanted, everything).rstrip("?"),
        "role": role,
    }
    return Problem(
        "MA101",
        table.source,
        table.layer or "",
        values=values,
        positions=frozenset({"headers", "closest"}) if _hold_numbers(everything) else frozenset(),
    )


def extra_columns(table: RawTable, used: set[str], role: Role) -> list[Problem]:
    """Say which columns are not used."""
    headers = [str(name) for name in table.frame.columns]
    extra = [*(name for name in headers if name not in used), *table.unread]
    if not extra:
        return []
    listed = ", ".join(f"'{name}'" for name in extra)
    values = {"n": str(len(extra)), "headers": listed, "role": role}
    hidden = frozenset({"headers"}) if _hold_numbers(extra) else frozenset()
    return [Problem("MA117", table.source, table.layer or "", values=values, positions=hidden)]


def _hold_numbers(headers: Sequence[str]) -> bool:
    """Tell whether the header may be a row of data: then it may hold a position."""
    return any(re.search(r"\d[.,]\d\d|\d{5}|[°'\"]", header) for header in headers)


def without_blank_rows(table: RawTable) -> RawTable:
    """Leave out rows in which every cell is empty and there is no geometry."""
    keep = np.zeros(table.rows.size, dtype=bool)
    if table.geometry is not None:
        keep |= np.array([shape is not None for shape in table.geometry], dtype=bool)
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
    if keep.all():
        return table
    return replace(
        table,
        frame=frame[keep].reset_index(drop=True),
        rows=table.rows[keep],
        geometry=None if table.geometry is None else table.geometry[keep],
    )
