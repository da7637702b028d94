"""A few rows of a table as they stand, without what may give away a position or an id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mapaccuracy.intake.cells import telling
from mapaccuracy.intake.inspecting.withholding import (
    cell_text,
    cut,
    form,
    looks_like_position,
    names_a_place,
)
from mapaccuracy.schema import POSITION_COLUMNS, WITHHELD, RawTable, type_ids
from mapaccuracy.schema.columns import REFERENCE_COLUMNS

ROWS = 3
_PLACES = POSITION_COLUMNS.union(("position",), *REFERENCE_COLUMNS)
# What may name an item, a record or a sheet of some hundred metres.
_IDS = frozenset({"id", "record_id", "sheet", "task_id"})

Entry = dict[str, Any]


def sample_of(table: RawTable, found: Mapping[str, str], *, with_locations: bool) -> list[Entry]:
    """Show the first rows of a table.

    Parameters
    ----------
    table : RawTable
        Without blank rows.
    found : mapping of str to str
        Column name to header.
    with_locations : bool
        Show cells as they stand, and geometry.

    Returns
    -------
    list of dict
        Three rows at most: ``place`` (number of the row or feature), ``cells`` (one for each header
        of the table, in their order) and ``geometry`` (None in a table without).

    Notes
    -----
    Unless `with_locations`: cells of columns of positions and geometry are withheld; of ids only
    the form is shown; of columns that are not used, cells with a digit and all under a header that
    speaks of a place; of the others, what may be read as a position.
    """
    headers = [str(header) for header in table.frame.columns]
    taken = {header: name for name, header in found.items()}
    kind = "feature" if table.place == "feature" else "row"
    some = None if table.geometry is None else np.asarray(table.geometry[:ROWS], dtype=object)
    rows = []
    for index in range(min(ROWS, table.rows.size)):
        texts = [cell_text(table.frame[header].iloc[index]) for header in headers]
        shown = [
            cut(text) if with_locations else _shown(text, header, taken.get(header))
            for text, header in zip(texts, headers, strict=True)
        ]
        shape = None if some is None else some[index]
        rows.append(
            {
                "place": f"{kind} {int(table.rows[index])}",
                "cells": shown,
                "geometry": _shape(shape, table.geometry is not None, with_locations),
            }
        )
    return rows


def _shown(text: str, header: str, name: str | None) -> str:
    if not text:
        return ""
    if name in _PLACES:
        return WITHHELD
    if name in _IDS:
        return form(text)
    if name is None and (telling(text) or names_a_place(header)):
        return WITHHELD
    return WITHHELD if looks_like_position(text) else cut(text)


def _shape(shape: Any, spatial: bool, with_locations: bool) -> str | None:
    if not spatial:
        return None
    if shape is None:
        return ""
    return cut(shape.wkt) if with_locations else WITHHELD


def shapes_of(table: RawTable) -> dict[str, int] | None:
    """Count the kinds of geometry of a table; None for a table without geometry.

    Returns
    -------
    dict of str to int or None
        ``points``, ``lines``, ``polygons``, ``mixed`` and ``none``, those that there are.
    """
    if table.geometry is None:
        return None
    kinds = type_ids(table.geometry)
    groups: Sequence[tuple[str, tuple[int, ...]]] = (
        ("points", (0, 4)),
        ("lines", (1, 2, 5)),
        ("polygons", (3, 6)),
        ("mixed", (7,)),
        ("none", (-1,)),
    )
    counts = {name: int(np.isin(kinds, numbers).sum()) for name, numbers in groups}
    return {name: n for name, n in counts.items() if n}
