"""Rows of a table by what they are: points, rows of mines, outlines; finds without a position."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from mapaccuracy.intake.cells import as_text
from mapaccuracy.intake.chosen import chosen_rows
from mapaccuracy.intake.headers import find_columns, match_header, only_rows
from mapaccuracy.schema import (
    COLUMNS,
    GIVEN_AS,
    POSITION_COLUMNS,
    Bools,
    Problem,
    RawTable,
    Role,
    Settings,
    are_blank,
    type_ids,
)

# By the type numbers of shapely; rows of any other type stay with the points, where intake says
# what is wrong with them.
_LINES, _POLYGONS = (1, 2, 5), (3, 6)
# Where a position may stand, one group of columns for each way to write it.
_POSITIONS = (("lat", "lon"), ("x", "y"), ("position",))
_BLANK = ("", "nan", "none", "null", "n/a")


def by_shape(
    tables: Sequence[RawTable], settings: Settings | None = None
) -> dict[Role, list[RawTable]]:
    """Sort the rows of supplied maps by shape.

    Parameters
    ----------
    tables : sequence of RawTable
        Of supplied maps. Without geometry they are points.
    settings : Settings, optional
        Uses ``filters`` and ``columns``.

    Returns
    -------
    dict of role to list of RawTable
        ``supplied`` (points), ``rows`` (lines) and ``areas`` (polygons), only those that there
        are. A table of one shape is passed on as it is; else each part keeps the row numbers,
        and the first of them what was said of the whole file. Rows without a shape, and those
        that a filter will leave out, go with the first part.

    Raises
    ------
    SettingsError
        If a filter names a column that a table does not have.

    Examples
    --------
    >>> import shapely
    >>> from mapaccuracy.intake import as_tables
    >>> import geopandas as gpd
    >>> mixed = gpd.GeoDataFrame({"id": ["R", "A"]},
    ...     geometry=[shapely.LineString([(0, 0), (1, 0)]), shapely.box(0, 0, 1, 1)])
    >>> {role: parts[0].frame["id"].tolist()
    ...  for role, parts in by_shape(as_tables(mixed, "supplied")).items()}
    {'rows': ['R'], 'areas': ['A']}
    """

    def roles_of(table: RawTable) -> dict[Role, Bools]:
        if table.geometry is None:
            return {"supplied": np.ones(table.rows.size, dtype=bool)}
        kind = type_ids(table.geometry)
        return {
            "supplied": ~np.isin(kind, (-1, *_LINES, *_POLYGONS)),
            "rows": np.isin(kind, _LINES),
            "areas": np.isin(kind, _POLYGONS),
        }

    return _sorted(tables, [roles_of(table) for table in tables], "supplied", settings)


def _sorted(
    tables: Sequence[RawTable],
    masks: Sequence[Mapping[Role, Bools]],
    given: Role,
    settings: Settings | None,
) -> dict[Role, list[RawTable]]:
    """Give each role its rows; what belongs to none of them goes with the first.

    A filter that fits points and no line of a file is meant for its points: the lines, which it
    leaves out, are counted with them.
    """
    out: dict[Role, list[RawTable]] = {}
    for table, of, fits in zip(tables, masks, _fitting(tables, given, settings), strict=True):
        there: list[Role] = [role for role, mask in of.items() if mask.any()]
        held = [role for role in there if (of[role] & fits).any()] or there
        if len(held) < 2:
            out.setdefault((held or [given])[0], []).append(table)
            continue
        rest = ~np.logical_or.reduce([of[role] for role in held])
        for role in held:
            first = role == held[0]
            keep = of[role] | rest if first else of[role]
            out.setdefault(role, []).append(_part(table, keep, whole=first))
    return out


def _fitting(tables: Sequence[RawTable], given: Role, settings: Settings | None) -> list[Bools]:
    """Tell the rows that the filter of a role keeps; all where there is none."""
    where = None if settings is None else settings.filters.get(given)
    if settings is None or where is None:
        return [np.ones(table.rows.size, dtype=bool) for table in tables]
    return [
        chosen_rows(
            table, find_columns(table, tables, given, settings)[0], where, f"filter of {given}"
        )
        for table in tables
    ]


def _part(table: RawTable, keep: Bools, *, whole: bool) -> RawTable:
    """Keep some rows and what was said of them, and on request what was said of the file."""
    rows = set(table.rows[keep].tolist())
    kept = tuple(
        problem
        for problem in table.problems
        if (whole if problem.row is None else problem.row in rows)
    )
    return replace(only_rows(table, keep), problems=kept)


def by_position(tables: Sequence[RawTable], settings: Settings) -> dict[Role, list[RawTable]]:
    """Tell finds with a position from those that only name their task.

    Parameters
    ----------
    tables : sequence of RawTable
        Of finds.
    settings : Settings
        Uses ``columns``.

    Returns
    -------
    dict of role to list of RawTable
        ``finds``, and ``quantities``: rows that name a task and whose position is blank, or
        whose table has no column for one.

    Examples
    --------
    >>> import pandas as pd
    >>> from mapaccuracy.intake import as_tables
    >>> rows = pd.DataFrame({"id": ["F1", "F2"], "lat": ["39.5", ""], "lon": ["46.5", ""],
    ...                      "task_id": ["T1", "T1"], "quantity": [1, 12]})
    >>> {role: parts[0].frame["id"].tolist()
    ...  for role, parts in by_position(as_tables(rows, "finds"), Settings()).items()}
    {'finds': ['F1'], 'quantities': ['F2']}
    """
    return _sorted(
        tables, [_positioned(table, tables, settings) for table in tables], "finds", settings
    )


def _positioned(
    table: RawTable, tables: Sequence[RawTable], settings: Settings
) -> dict[Role, Bools]:
    found, _ = find_columns(table, tables, "finds", settings)
    if "task_id" not in found:
        return {"finds": np.ones(table.rows.size, dtype=bool)}
    bare = _without_position(table, found) & (as_text(table.frame[found["task_id"]]) != "")
    known = [problem.row for problem in table.problems if problem.severity == "error"]
    bare &= ~np.isin(table.rows, [row for row in known if row is not None])
    return {"finds": ~bare, "quantities": bare}


def has_position(table: RawTable, tables: Sequence[RawTable], settings: Settings) -> bool:
    """Tell whether a table of finds has any place for a position."""
    found, _ = find_columns(table, tables, "finds", settings)
    return table.geometry is not None or bool(({"position"} | POSITION_COLUMNS) & set(found))


def only_tasks(tables: Sequence[RawTable], settings: Settings) -> list[Problem]:
    """Say which tables of finds have tasks but no position, where no tasks are given."""
    return [
        Problem("MA517", table.source, table.layer or "")
        for table in tables
        if not has_position(table, tables, settings)
        and "task_id" in find_columns(table, tables, "finds", settings)[0]
    ]


def _without_position(table: RawTable, found: Mapping[str, str]) -> Bools:
    blank = np.ones(table.rows.size, dtype=bool)
    if table.geometry is not None:
        return are_blank(table.geometry)
    for columns in _POSITIONS:
        for name in columns:
            if name in found:
                texts = as_text(table.frame[found[name]])
                blank &= np.isin(np.char.lower(texts.astype(str)), _BLANK)
    return blank


def own_settings(
    settings: Settings, role: Role, tables: Mapping[Role, Sequence[RawTable]]
) -> Settings:
    """Let what the user said of a role hold for the rows of it that stand apart.

    Parameters
    ----------
    settings : Settings
    role : {"supplied", "rows", "areas", "finds", "quantities"}
    tables : mapping of role to sequence of RawTable
        Of this role and of those that were given with it. A header that only the others have was
        meant for them.

    Returns
    -------
    Settings
    """

    def has(header: str, roles: Iterable[Role]) -> bool:
        return any(
            match_header([*map(str, table.frame.columns), *table.unread], header) is not None
            for other in roles
            for table in tables[other]
        )

    given = GIVEN_AS.get(role, role)
    names = {column.name for column in COLUMNS[role]}
    columns = dict(settings.columns)
    for key, header in settings.columns.items():
        of, _, name = key.partition(".")
        if of != given:
            continue
        if not has(header, [role]) and has(header, tables):
            columns.pop(key)
        elif role != given and name in names and has(header, [role]):
            columns.setdefault(f"{role}.{name}", header)
    filters = dict(settings.filters)
    if given in filters:
        filters[role] = filters[given]
    return replace(settings, columns=columns, filters=filters)
