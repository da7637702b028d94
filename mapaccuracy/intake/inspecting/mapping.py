"""Which header holds which column, and why; what is not used; what is missing."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mapaccuracy.coordinates.positions import read_positions
from mapaccuracy.intake.cells import as_text
from mapaccuracy.intake.headers import find_columns
from mapaccuracy.intake.inspecting.withholding import are_data
from mapaccuracy.schema import COLUMNS, WITHHELD, RawTable, Role, Settings, normalise
from mapaccuracy.schema.columns import synonym_of

# Cells of a column that are looked at to tell what it holds.
_LOOKED_AT = 200
_MOSTLY = 0.9
_CLOSE = 0.6
_NUMBER = re.compile(r"\s*[+\-−]?(?:\d+[.,]?\d*|[.,]\d+)(?:[eE][+-]?\d+)?\s*", re.ASCII)
_DAY = re.compile(r"\s*(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})\b.*")

Entry = dict[str, Any]


def columns_of(table: RawTable, role: Role) -> tuple[dict[str, str], list[Entry]]:
    """Say of every header of a table for which column it is used and why, or that it is not.

    Parameters
    ----------
    table : RawTable
    role : str

    Returns
    -------
    found : dict of str to str
        Column name to header.
    entries : list of dict
        One for each header, in their order: ``header``, ``column`` and ``why`` (None where it is
        not used), ``holds`` (text, numbers, dates, positions or nothing) and ``filled`` (cells that
        are not blank).

    Notes
    -----
    Where a header seems to be data the whole row of headers is withheld; their numbers are kept.
    """
    found, _ = find_columns(table, [table], role, Settings())
    taken = {header: name for name, header in found.items()}
    data = are_data(map(str, table.frame.columns))
    entries = []
    for number, header in enumerate(map(str, table.frame.columns), start=1):
        name = taken.get(header)
        texts = as_text(table.frame[header])
        filled = texts[texts != ""]
        entries.append(
            {
                "number": number,
                "header": WITHHELD if data else header,
                "column": name,
                "why": None if name is None else _why(role, name, header),
                "holds": _holds(filled),
                "filled": int(filled.size),
            }
        )
    return found, entries


def _why(role: Role, name: str, header: str) -> str:
    if normalise(header) == name:
        return "the header is its name"
    synonym = synonym_of(role, name, header)
    return "the header is recognised" if synonym is None else f"recognised as '{synonym}'"


def _holds(filled: Any) -> str:
    """Say what the cells of a column mostly are."""
    if filled.size == 0:
        return "nothing"
    some = filled[np.linspace(0, filled.size - 1, min(filled.size, _LOOKED_AT)).astype(int)]
    least = _MOSTLY * some.size
    if sum(bool(_NUMBER.fullmatch(text)) for text in some) >= least:
        return "numbers"
    if sum(bool(_DAY.fullmatch(text)) for text in some) >= least:
        return "dates"
    if sum(any(char.isdigit() for char in text) for text in some) < least:
        return "text"
    readings = read_positions(some)
    read = sum(reading.position is not None or bool(reading.readings) for reading in readings)
    return "positions" if read >= least else "text"


def missing_columns(
    table: RawTable, role: Role, entries: Sequence[Mapping[str, Any]]
) -> list[Entry]:
    """Say which needed columns no header is recognised for, and which header comes closest.

    Parameters
    ----------
    table : RawTable
    role : str
    entries : sequence of dict
        From `columns_of`.

    Returns
    -------
    list of dict
        ``column``; ``closest`` (header or None) and ``why`` it may be meant; ``message``.
    """
    _, problems = find_columns(table, [table], role, Settings())
    headers = [str(header) for header in table.frame.columns]
    free = [
        header
        for header, entry in zip(headers, entries, strict=True)
        if entry["column"] is None and entry["filled"]
    ]
    lacking = [problem.values["name"] for problem in problems if problem.code == "MA101"]
    missing: list[Entry] = [
        {
            "column": problem.values["name"],
            "message": problem.message(),
            "closest": None,
            "why": None,
        }
        for problem in problems
        if problem.code != "MA101"
    ]
    if {"lat", "lon"} <= set(lacking):
        lacking = [name for name in lacking if name not in ("lat", "lon")]
        missing.append(_no_position(role, headers, entries))
    for name in lacking:
        told = f"no header is recognised as '{name}'"
        closest, why = (None, None) if are_data(headers) else _closest(table, role, name, free)
        missing.append({"column": name, "message": told, "closest": closest, "why": why})
    return sorted(missing, key=lambda entry: entry["column"])


def _no_position(role: Role, headers: Sequence[str], entries: Sequence[Mapping[str, Any]]) -> Entry:
    """Say that no position is recognised, and which column may hold one in a single cell."""
    single = any(column.name == "position" for column in COLUMNS[role])
    holding = [
        header
        for header, entry in zip(headers, entries, strict=True)
        if entry["holds"] == "positions" and entry["column"] is None
    ]
    closest = holding[0] if single and len(holding) == 1 and not are_data(headers) else None
    return {
        "column": "lat" if closest is None else "position",
        "message": "no header is recognised as lat and lon, or as x and y",
        "closest": closest,
        "why": None if closest is None else "its cells can be read as positions",
    }


def _closest(
    table: RawTable, role: Role, name: str, free: Sequence[str]
) -> tuple[str | None, str | None]:
    column = next((column for column in COLUMNS[role] if column.name == name), None)
    if column is None or not free:
        return None, None
    known = {normalise(synonym) for synonym in column.synonyms}
    alike = max(
        (
            (difflib.SequenceMatcher(None, normalise(header), word).ratio(), header)
            for header in free
            for word in known
        ),
        key=lambda entry: entry[0],
    )
    if alike[0] >= _CLOSE:
        return alike[1], "its header comes closest"
    if name == "id":
        for header in free:
            texts = as_text(table.frame[header])
            if (texts != "").all() and len(set(texts.tolist())) == texts.size > 1:
                return header, "it is filled in every row, and no value stands twice"
    return None, None
