"""What is in a table, as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mapaccuracy.errors import InputError, SettingsError
from mapaccuracy.intake.conforming import conform
from mapaccuracy.intake.headers import without_blank_rows
from mapaccuracy.intake.inspecting.digits import digits_of
from mapaccuracy.intake.inspecting.mapping import columns_of, missing_columns
from mapaccuracy.intake.inspecting.roles import Guess, form_of, guess
from mapaccuracy.intake.inspecting.sample import sample_of, shapes_of
from mapaccuracy.intake.inspecting.systems import system_of, told_by_references
from mapaccuracy.intake.inspecting.withholding import safe_name
from mapaccuracy.schema import Problem, RawTable, Role, Settings

Entry = dict[str, Any]


def guess_role(table: RawTable, names: Sequence[str] = ()) -> Guess:
    """Guess the role of a table by its columns, its shapes and its names.

    Parameters
    ----------
    table : RawTable
    names : sequence of str
        Further names than those of the file and the layer.
    """
    own = [table.source, *([table.layer] if table.layer else []), *names]
    return guess(
        list(map(str, table.frame.columns)),
        _kind(table),
        own,
    )


def _kind(table: RawTable) -> str | None:
    """Tell what most of the geometry of a table is."""
    counts = shapes_of(table) or {}
    kinds = {name: counts[name] for name in ("points", "lines", "polygons") if name in counts}
    return max(kinds, key=lambda name: kinds[name]) if kinds else None


def inspect_table(
    table: RawTable, role: Role | None = None, *, with_locations: bool = False
) -> Entry:
    """Say what is in a table, and how it would be read.

    Parameters
    ----------
    table : RawTable
        Read with its cells as written.
    role : str, optional
        What the table is; guessed if it is not given.
    with_locations : bool
        Show positions, ids and cells as they stand.

    Returns
    -------
    dict
        ``source``, ``layer``, ``rows``, ``header_row`` (None for a layer), ``shapes``,
        ``role`` (``{role, why, read_for, candidates}``), ``columns``, ``missing``, ``crs``,
        ``resolution``, ``sample``, ``usable`` (``{rows, problems, refused}``),
        ``problems``. See the functions that make them.

    Examples
    --------
    >>> import pandas as pd
    >>> from mapaccuracy.intake import as_tables
    >>> rows = pd.DataFrame({"Find ID": ["F-17"], "Lat": ["39.99"], "Long": ["46.93"]})
    >>> found = inspect_table(as_tables(rows, "finds")[0])
    >>> found["role"]["role"], [entry["column"] for entry in found["columns"]]
    ('finds', ['id', 'lat', 'lon'])
    >>> found["sample"][0]["cells"], round(found["resolution"]["half_step_m"])
    (['X-99', '[withheld]', '[withheld]'], 555)
    """
    table = without_blank_rows(table)
    told = guess_role(table)
    chosen = role or told.role
    reading = chosen or told.reading
    form = form_of(reading, list(map(str, table.frame.columns)), _kind(table))
    found, columns = columns_of(table, form)
    system = system_of(table, found, reading)
    digits = digits_of(table, found, system["read_as"])
    return {
        "source": table.source,
        "layer": None if table.layer is None else safe_name(table.layer),
        "rows": int(table.rows.size),
        "header_row": _header_row(table),
        "shapes": shapes_of(table),
        "role": {
            "role": chosen,
            "why": "you say so" if role is not None else told.why,
            "read_for": reading,
            "candidates": [
                {"role": name, "columns": list(names)} for name, names in told.candidates
            ],
        },
        "columns": columns,
        "missing": missing_columns(table, form, columns),
        "crs": told_by_references(system, digits),
        "resolution": digits,
        "sample": sample_of(table, found, with_locations=with_locations),
        "usable": _usable(table, form),
        "problems": [entry_of(problem, with_locations) for problem in table.problems],
    }


def _header_row(table: RawTable) -> int | None:
    above = next((p.values["row"] for p in table.problems if p.code == "MA007"), None)
    if above is not None:
        return int(above)
    return None if table.place == "feature" else 1


def entry_of(problem: Problem, with_locations: bool) -> Entry:
    """Give a problem as plain data."""
    return {
        "code": problem.code,
        "severity": problem.severity,
        "place": problem.place,
        "message": problem.message(with_locations),
        "fix": problem.fix(with_locations),
    }


def _usable(table: RawTable, role: Role) -> Entry:
    """Count the rows that an evaluation could use, and say what stands in the way."""
    entry: Entry = {"rows": None, "problems": {}, "refused": []}
    said: Sequence[Any] = ()
    try:
        layer = conform([table], role, Settings(drop_faulty=True))
        entry["rows"], said = len(layer.frame), layer.problems
    except InputError as error:
        entry["rows"], said = 0, error.problems
    except SettingsError as error:
        entry["refused"] = list(error.messages)
    seen = {problem.code for problem in table.problems}
    listed = [p.code for p in said if p.severity != "info" and p.code not in seen]
    # That nothing is left says less than why.
    codes = np.array([c for c in listed if c != "MA004"] or listed, dtype=str)
    words, counts = np.unique(codes, return_counts=True)
    entry["problems"] = dict(zip(words.tolist(), counts.tolist(), strict=True))
    return entry
