"""PostgreSQL and PostGIS: one table, or the rows of one query, in one read-only transaction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from time import monotonic
from typing import TYPE_CHECKING, Any

import numpy as np

from mapaccuracy.errors import InputError
from mapaccuracy.intake.headers import distinct_names
from mapaccuracy.intake.tables import crs_name
from mapaccuracy.io.postgres import (
    CURSOR,
    LATER,
    NAME,
    Address,
    not_read,
    session_of,
    taken_apart,
    unusable,
)
from mapaccuracy.io.shapes import explained, shapes_of
from mapaccuracy.schema import GEOMETRY, Ints, Problem, RawTable, Role

if TYPE_CHECKING:
    from psycopg import Connection

# Seconds for all rows.
WHOLE_S = 3600.0
# Characters in all, and about how many at once.
WHOLE_CHARS = 2 << 30
_AT_ONCE_CHARS = 1 << 24
_MOST_ROWS = 10_000
_FIRST_ROWS = 100

_QUERY = "query"
_SHOWN_TABLES = 20
_SHAPES = ("geometry", "geography")
_BYTES = ("bytea", "raster")
_TRUTH = {"t": "true", "f": "false"}
# Parts of partitions, and what extensions bring with them, are no tables of the user.
_TABLES = r"""
SELECT c.oid::int8, n.nspname, c.relname, pg_table_is_visible(c.oid)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
  AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%'
  AND has_schema_privilege(n.oid, 'USAGE') AND has_any_column_privilege(c.oid, 'SELECT')
  AND NOT EXISTS (
    SELECT FROM pg_depend d
    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
"""
_COLUMNS = """
SELECT a.attname, t.typname,
  t.typname IN ('int2', 'int4', 'int8') AND EXISTS (
    SELECT FROM pg_index i
    WHERE i.indrelid = a.attrelid AND i.indisprimary AND i.indnkeyatts = 1
      AND i.indkey[0] = a.attnum)
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
WHERE a.attrelid = %s::int8::oid AND a.attnum > 0 AND NOT a.attisdropped
  AND has_column_privilege(a.attrelid, a.attnum, 'SELECT')
ORDER BY a.attnum
"""
_TYPES = "SELECT oid::int8, typname FROM pg_type WHERE oid = ANY(%s::int8[]::oid[])"
_SYSTEM = "SELECT auth_name, auth_srid, srtext FROM {} WHERE srid = %s"


@dataclass(frozen=True)
class _Chosen:
    """What is read, and how it is called."""

    name: str
    statement: bytes
    key: str | None = None
    left_out: int = 0


@dataclass(frozen=True)
class _Rows:
    """The rows of a cursor, by column, as texts; the names of their types."""

    headers: list[str]
    types: list[str]
    columns: list[list[str | None]]


def read(
    address: str,
    role: Role,
    *,
    layer: str | None = None,
    columns: Mapping[str, str] | None = None,  # noqa: ARG001
) -> tuple[RawTable, ...]:
    """Read a table, a view, or the rows of a query, in one read-only transaction.

    Parameters
    ----------
    address : str
        As libpq knows it (``postgresql://user@host:port/database``), with ``?table=NAME``,
        ``?table=SCHEMA.NAME`` or ``?query=SELECT ...``. Without either the table is named by
        `layer`, or is the only one that the user may read.
    role : str
    layer : str, optional
        Name of the table.
    columns : mapping, optional
        Not needed: all columns are read.

    Returns
    -------
    tuple of RawTable
        One table. All cells are texts as PostgreSQL writes them: dates in ISO 8601, times in UTC,
        ``true`` and ``false``. `rows` are the values of a primary key of whole numbers; without
        one rows are sorted by their cells and counted from 1. `source` is the name of the table,
        or ``query``. `sha256` is that of the rows in this order.

    Raises
    ------
    InputError
        If the database cannot be reached or does not let in, what is asked for cannot be read,
        or there are several columns of geometry or coordinate systems.
    SettingsError
        If psycopg is not installed.

    Notes
    -----
    The password comes from where libpq looks for it (``PGPASSWORD``, a file of passwords or of
    services); one in the address is refused. Rows come in pieces of about 16 MB, and all of them
    or none are used. Memory: about 1.2 GB per million rows of eight columns.
    """
    place = taken_apart(address)
    with session_of(place) as session:
        table = _table(session, _chosen(session, place, role, layer), role)
    return (table if place.names_one else replace(table, layer=table.source),)


def layer_names(address: str) -> list[str]:
    """Name the tables of a database that the user may read; none if the address names one.

    Raises
    ------
    InputError, SettingsError
        As in `read`.
    """
    place = taken_apart(address)
    if place.names_one:
        return []
    with session_of(place) as session:
        return list(_listed(session))


def _listed(session: Connection[Any]) -> dict[str, tuple[int, str, str]]:
    """List what the user may read: name, with its schema where that is needed, to number and names.

    The order is that of the names.
    """
    rows = session.execute(_TABLES.encode()).fetchall()
    return {
        name if visible else f"{schema}.{name}": (oid, schema, name)
        for oid, schema, name, visible in sorted(rows, key=lambda row: row[1:3])
    }


def _chosen(session: Connection[Any], place: Address, role: Role, layer: str | None) -> _Chosen:
    if layer is not None and (place.query is not None or place.table not in (None, layer)):
        raise unusable("it names something else than layer does", "name the table only once")
    if place.query is not None:
        return _Chosen(_QUERY, place.query.strip().rstrip(";").encode())
    listed = _listed(session)
    wanted = place.table or layer
    if wanted is None and len(listed) != 1:
        values = {"n": f"{len(listed):,}", "tables": _shown(listed), "role": role}
        raise InputError([Problem("MA027", NAME, values=values)])
    name = next(iter(listed)) if wanted is None else _named(listed, wanted, role)
    return _of_table(session, name, *listed[name])


def _named(listed: Mapping[str, tuple[int, str, str]], wanted: str, role: Role) -> str:
    whole = {f"{schema}.{inner}": name for name, (_, schema, inner) in listed.items()}
    known = {**whole, **{name: name for name in listed}}
    if wanted in known:
        return known[wanted]
    # PostgreSQL itself makes letters small where a name is not quoted.
    same = {name for known_name, name in known.items() if known_name.lower() == wanted.lower()}
    if len(same) == 1:
        return same.pop()
    values = {"wanted": wanted, "layers": _shown(listed), "role": role}
    raise InputError([Problem("MA002", NAME, values=values)])


def _shown(listed: Mapping[str, Any]) -> str:
    shown = [f"'{name}'" for name in list(listed)[:_SHOWN_TABLES]]
    rest = len(listed) - len(shown)
    return ", ".join(shown) + (f" and {rest:,} more" if rest else "") or "none"


def _of_table(session: Connection[Any], name: str, oid: int, schema: str, inner: str) -> _Chosen:
    from psycopg.sql import SQL, Identifier

    found = session.execute(_COLUMNS.encode(), [oid]).fetchall()
    kept = [column for column, kind, _ in found if kind not in _BYTES]
    statement = SQL("SELECT {} FROM {}").format(
        SQL(", ").join(map(Identifier, kept)), Identifier(schema, inner)
    )
    return _Chosen(
        name=name,
        statement=statement.as_bytes(session),
        key=next((column for column, _, is_key in found if is_key), None),
        left_out=len(found) - len(kept),
    )


def _table(session: Connection[Any], chosen: _Chosen, role: Role) -> RawTable:
    import pandas as pd

    rows = _fetched(session, chosen)
    n = len(rows.columns[0]) if rows.columns else 0
    if n == 0:
        raise InputError([Problem("MA004", chosen.name, values={"detail": ""})])
    numbers, order = _order(rows, chosen.key)
    columns = [[column[index] for index in order] for column in rows.columns]
    spatial = [index for index, kind in enumerate(rows.types) if kind in _SHAPES]
    if len(spatial) > 1:
        names = ", ".join(f"'{rows.headers[index]}'" for index in spatial)
        fix = "choose one by a query: ?query=SELECT id, geom FROM ..."
        raise not_read(chosen.name, f"it has {len(spatial)} columns of geometry ({names})", fix)
    geometry, crs = None, None
    faults: list[tuple[int, int]] = []
    if spatial:
        cells = columns[spatial[0]]
        binary = np.empty(n, dtype=object)
        binary[:] = [None if cell is None else bytes.fromhex(cell) for cell in cells]
        geometry, faults = shapes_of(binary)
        crs = _crs(session, geometry, chosen.name)
    dropped = [index for index, kind in enumerate(rows.types) if kind in (*_SHAPES, *_BYTES)]
    frame = pd.DataFrame(
        {
            header: pd.Series(cells, dtype=object)
            for index, (header, cells) in enumerate(zip(rows.headers, columns, strict=True))
            if index not in dropped
        },
        index=pd.RangeIndex(n),
    )
    table = RawTable(
        source=chosen.name,
        frame=frame,
        rows=numbers,
        place="feature",
        geometry=geometry,
        crs=crs,
        sha256=_sha256(rows, columns),
    )
    problems = list(explained(table, faults, GEOMETRY[role]))
    bytes_n = chosen.left_out + len(dropped) - len(spatial)
    if bytes_n:
        problems.append(
            Problem("MA013", chosen.name, values={"what": f"columns of bytes ({bytes_n})"})
        )
    return replace(table, problems=tuple(problems))


def _fetched(session: Connection[Any], chosen: _Chosen) -> _Rows:
    """Fetch all rows, in pieces of a bounded size, as texts."""
    from psycopg import adapters
    from psycopg.types.string import TextLoader

    for known in adapters.types:
        for oid in (known.oid, known.array_oid):
            session.adapters.register_loader(oid, TextLoader)
    until_s = monotonic() + WHOLE_S
    total, n, at_once = 0, 0, _FIRST_ROWS
    # A server-side cursor takes one SELECT and nothing else.
    with session.cursor(name=CURSOR) as cursor:
        cursor.execute(chosen.statement)
        described = cursor.description or []
        columns: list[list[str | None]] = [[] for _ in described]
        while piece := cursor.fetchmany(at_once):
            for column, cells in zip(columns, zip(*piece, strict=True), strict=True):
                column.extend(cells)
            n += len(piece)
            total += sum(map(len, filter(None, chain.from_iterable(piece))))
            at_once = max(1, min(_MOST_ROWS, _AT_ONCE_CHARS * n // (total + 1)))
            if total > WHOLE_CHARS:
                raise not_read(
                    chosen.name,
                    f"it has more than {WHOLE_CHARS:,} characters",
                    "choose columns or rows by a query",
                )
            if monotonic() > until_s:
                raise not_read(chosen.name, f"reading it took more than {WHOLE_S:,.0f} s", LATER)
    types = _types(session, [column.type_code for column in described])
    for kind, column in zip(types, columns, strict=True):
        if kind == "bool":
            column[:] = [None if cell is None else _TRUTH[cell] for cell in column]
    numbers = [str(number) for number in range(1, len(described) + 1)]
    return _Rows(distinct_names([column.name for column in described], numbers), types, columns)


def _types(session: Connection[Any], oids: Sequence[int]) -> list[str]:
    rows = session.execute(_TYPES.encode(), [list(set(oids))]).fetchall()
    names = {int(oid): str(name) for oid, name in rows}
    return [names.get(oid, "") for oid in oids]


def _order(rows: _Rows, key: str | None) -> tuple[Ints, Ints]:
    """Put rows into an order that hangs on nothing but what they hold, and number them."""
    n = len(rows.columns[0])
    if key is not None and key in rows.headers:
        numbers = np.array(rows.columns[rows.headers.index(key)], dtype=np.int64)
        order = np.argsort(numbers, kind="stable")
        return numbers[order], order
    # No text of PostgreSQL has the character that stands for NULL here.
    cells = [["\0" if cell is None else cell for cell in column] for column in rows.columns]
    keys = list(zip(*cells, strict=True))
    order = np.array(sorted(range(n), key=keys.__getitem__), dtype=np.int64)
    return np.arange(1, n + 1, dtype=np.int64), order


def _crs(session: Connection[Any], geometry: Any, name: str) -> str | None:
    """Name the one coordinate system of a column; SRID 0 states none."""
    import shapely

    there = ~shapely.is_missing(geometry)
    numbers = sorted(map(int, np.unique(shapely.get_srid(geometry[there]))))
    if len(numbers) > 1:
        listed = ", ".join(map(str, numbers))
        reason = f"its positions are in {len(numbers)} coordinate systems (SRID {listed})"
        fix = "bring them into one by a query: ST_Transform(geom, 4326)"
        raise not_read(name, reason, fix)
    return _system(session, numbers[0]) if numbers and numbers[0] != 0 else None


def _system(session: Connection[Any], srid: int) -> str | None:
    from psycopg.sql import SQL, Identifier
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    homes = session.execute(
        b"SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        b"WHERE c.relname = 'spatial_ref_sys' ORDER BY NOT pg_table_is_visible(c.oid), 1"
    ).fetchall()
    for (home,) in homes[:1]:
        asked = SQL(_SYSTEM).format(Identifier(str(home), "spatial_ref_sys"))
        for authority, code, text in session.execute(asked, [srid]).fetchall():
            for make, given in ((CRS.from_string, f"{authority}:{code}"), (CRS.from_wkt, text)):
                try:
                    return crs_name(make(given or ""))
                except CRSError:
                    continue
    return f"SRID {srid}"


def _sha256(rows: _Rows, columns: Sequence[Sequence[str | None]]) -> str:
    """Give the hash of lines of JSON: headers, types, then each row; NULL is null."""
    write = json.JSONEncoder(separators=(",", ":")).encode
    total = hashlib.sha256()
    for line in chain((rows.headers, rows.types), zip(*columns, strict=True)):
        total.update(write(line).encode() + b"\n")
    return total.hexdigest()
