"""Rows that the user chose by the value of a column: ``column=value[,value...]``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from mapaccuracy.errors import SettingsError
from mapaccuracy.intake.cells import as_text, each_text, shown, telling
from mapaccuracy.intake.headers import find_columns, match_header, only_rows, withheld
from mapaccuracy.schema import WITHHELD, Bools, RawTable, Role, Settings, closest

_LISTED = 10


def filtered(
    tables: Sequence[RawTable], role: Role, settings: Settings
) -> tuple[list[RawTable], list[int]]:
    """Keep the rows that `Settings.filters` asks for.

    Parameters
    ----------
    tables : sequence of RawTable
        All of the role.
    role : str
    settings : Settings

    Returns
    -------
    tables : list of RawTable
        What the reader found of rows that are left out is left out with them.
    left_out : list of int
        Rows of each table that are left out.

    Raises
    ------
    SettingsError
        If the filter names a column that a table does not have, or fits no row of any.

    Examples
    --------
    >>> import pandas as pd
    >>> from mapaccuracy.intake import as_tables
    >>> rows = pd.DataFrame({"id": ["F1", "F2"], "Status": ["Approved", "draft"]})
    >>> settings = Settings(filters={"finds": "status=approved"})
    >>> (table,), left_out = filtered(as_tables(rows, "finds"), "finds", settings)
    >>> table.frame["id"].tolist(), left_out
    (['F1'], [1])
    """
    where = settings.filters.get(role)
    if where is None:
        return list(tables), [0] * len(tables)
    name = f"filter of {role}"
    found = [find_columns(table, tables, role, settings)[0] for table in tables]
    keep = [
        chosen_rows(table, columns, where, name)
        for table, columns in zip(tables, found, strict=True)
    ]
    if not any(rows.any() for rows in keep):
        raise SettingsError(none_chosen(list(zip(tables, found, strict=True)), where, name))
    kept = [_without(table, rows) for table, rows in zip(tables, keep, strict=True)]
    return kept, [int((~rows).sum()) for rows in keep]


def _without(table: RawTable, keep: Bools) -> RawTable:
    if keep.all():
        return table
    lost = set(table.rows[~keep].tolist())
    kept = tuple(problem for problem in table.problems if problem.row not in lost)
    return replace(only_rows(table, keep), problems=kept)


def chosen_header(table: RawTable, found: Mapping[str, str], where: str, name: str) -> str:
    """Find the column that a choice speaks of: a header, or one of our names for it.

    Raises
    ------
    SettingsError
        If the table does not have it.
    """
    wanted = where.partition("=")[0].strip()
    headers = [str(header) for header in table.frame.columns]
    header = match_header(headers, wanted) or found.get(wanted)
    if header is None:
        listed = WITHHELD if withheld(headers, "headers") else ", ".join(headers) or "none"
        raise SettingsError(
            f"{name} names '{wanted}', but the columns of {table.source} are "
            f"{listed}{closest(wanted, headers)}"
        )
    return header


def chosen_rows(table: RawTable, found: Mapping[str, str], where: str, name: str) -> Bools:
    """Tell the rows that have one of the values, apart from case; shape (n,).

    Raises
    ------
    SettingsError
        If the table does not have the column.
    """
    listed = where.partition("=")[2]
    wanted = {value.strip().casefold() for value in listed.split(",")} - {""}
    texts = as_text(table.frame[chosen_header(table, found, where, name)])
    fits = each_text(texts, lambda text: "yes" if text.casefold() in wanted else "")
    return np.asarray(fits == "yes", dtype=bool)


def none_chosen(tables: Sequence[tuple[RawTable, Mapping[str, str]]], where: str, name: str) -> str:
    """Say that a choice fits no row of any table, and what there is instead."""
    headers = [chosen_header(table, found, where, name) for table, found in tables]
    every = {
        text
        for (table, _), header in zip(tables, headers, strict=True)
        for text in as_text(table.frame[header])
        if text
    }
    values = {text.casefold(): text for text in sorted(every, reverse=True)}
    plain = [shown(values[word]) for word in sorted(values) if not telling(word)]
    counted = {
        "more": len(plain) - len(plain[:_LISTED]),
        "with digits": len(values) - len(plain),
    }
    rest = [f"{n:,} {kind}" for kind, n in counted.items() if n]
    listed = ", ".join(plain[:_LISTED])
    files = ", ".join(dict.fromkeys(table.source for table, _ in tables))
    return (
        f"{name}: no row of {files} has {headers[0]} = "
        f"{where.partition('=')[2].strip()}; its values are "
        f"{' and '.join(part for part in (listed, *rest) if part) or 'all blank'}."
    )
