"""The one way in: tables of a role become a layer, or all their problems at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mapaccuracy.errors import InputError, SettingsError
from mapaccuracy.intake import order, recorded
from mapaccuracy.intake.cells import Column, Columns, are, as_text, joined, words_of
from mapaccuracy.intake.chosen import filtered, none_chosen
from mapaccuracy.intake.claims import read_claims, read_quantities, task_ground
from mapaccuracy.intake.dates import by_format
from mapaccuracy.intake.headers import extra_columns, find_columns, match_header, without_blank_rows
from mapaccuracy.intake.ledger import Ledger
from mapaccuracy.intake.points import by_codes, read_points, unrecognised
from mapaccuracy.intake.polygons import read_polygons
from mapaccuracy.intake.reference import Reference, refer, remarks
from mapaccuracy.intake.reference_points import read_reference_points
from mapaccuracy.intake.written import UNTOLD, Written, notations, usual_m
from mapaccuracy.schema import (
    COLUMNS,
    GEOMETRY,
    GIVEN_AS,
    POSITION_COLUMNS,
    Bools,
    Ints,
    Layer,
    Problem,
    RawTable,
    Role,
    Settings,
    Source,
    type_ids,
    with_height,
)
from mapaccuracy.schema.columns import REFERENCE_COLUMNS
from mapaccuracy.schema.vocabulary import OTHER

if TYPE_CHECKING:
    import pandas as pd

# By the type numbers of shapely.
_SHAPES = (
    "points",
    "lines",
    "rings",
    "polygons",
    "points in groups",
    "groups of lines",
    "groups of polygons",
    "mixed collections",
)

_TYPES = {"points": (0, 4), "lines": (1, 2, 5), "polygons": (3, 6)}

_NOWHERE = Reference("geometry", None, None, None)
_NO_POSITIONS = "no positions"

# How many rows of a repeated id are listed.
_PLACES = 10


@dataclass
class _Part:
    """What one table gave."""

    table: RawTable
    columns: Columns
    ledger: Ledger
    reference: Reference
    remarks: list[Problem] = field(default_factory=list)
    treated: Mapping[str, int] = field(default_factory=dict)
    filtered: int = 0
    written: Written = UNTOLD


def conform(tables: Sequence[RawTable], role: Role, settings: Settings) -> Layer:
    """Make a layer of all tables of a role: valid, in WGS 84 or local metres, in one order.

    Parameters
    ----------
    tables : sequence of RawTable
        Ids are unique over all of them.
    role : {"supplied", "finds", "searched", "districts", "accidents"}
    settings : Settings
        Uses ``columns``, ``crs``, ``supplied_crs``, ``finds_crs``, ``categories``, ``filters``,
        ``formats``, ``drop_faulty`` and ``searched_where``.

    Returns
    -------
    Layer
        Points: ``id``, ``lon`` and ``lat`` in degrees (``x`` and ``y`` in metres if local),
        the columns of the role that any table has (texts, "" where blank; ``count`` and
        ``quantity`` whole numbers, 1 where blank; ``stated_accuracy_m`` as the file states it,
        NaN where blank, and ``accuracy_m`` with what its digits and the way to WGS 84 add;
        ``reference_lon`` and ``reference_lat``, or ``reference_x`` and ``reference_y``, as the
        positions, NaN where there is none that can be used),
        ``category`` (finds always, supplied if there is a type). Polygons: the columns,
        ``ground`` (searched, released or open) for searched areas, and ``geometry``. Then
        ``source``, the index in `Layer.sources` (sorted by name), and ``row``. Points are
        sorted by id, searched areas by their outline, districts by code or else name.

    Raises
    ------
    InputError
        With every problem of the role: missing columns, rows that cannot be used (unless
        ``drop_faulty``), repeated ids, or no row that can be used.
    SettingsError
        If a coordinate system is missing, unknown or contradicts the file, or a filter or
        ``searched_where`` names no column or fits no row.

    Notes
    -----
    Memory: about 300 bytes a point beside the tables, 500 with reference points.

    Examples
    --------
    >>> import pandas as pd
    >>> from mapaccuracy.intake import as_tables
    >>> rows = pd.DataFrame({"id": ["F-2", "F-1"], "lat": [39.5, 39.6], "lon": [46.5, 46.6],
    ...                      "type": ["TM-62", "PMN-2"]})
    >>> layer = conform(as_tables(rows, "finds"), "finds", Settings())
    >>> layer.frame[["id", "lat", "category"]].to_numpy().tolist()
    [['F-1', 39.6, 'AP'], ['F-2', 39.5, 'AT']]
    >>> layer.sources[0].rows_read, [problem.code for problem in layer.problems]
    (2, ['MA201', 'MA010'])
    """
    taken = _taken(tables, role, settings)
    if taken.wrong or taken.twins or (taken.faults and not settings.drop_faulty):
        raise InputError([*taken.wrong, *taken.faults, *taken.twins])
    if not taken.usable.any():
        raise InputError([*_nothing_left(taken.parts[0].table), *taken.faults])
    return _layer(taken, taken.ranked, role, settings)


@dataclass(frozen=True)
class Looked:
    """What a role holds, whatever is wrong with it.

    Attributes
    ----------
    layer : Layer or None
        Rows that can be used, of rows with one id the first; None if there is none.
    tables : tuple of RawTable
        In the order of `Layer.sources`, without blank rows.
    problems : tuple of Problem
        Everything that was found, account of rows included.
    """

    layer: Layer | None
    tables: tuple[RawTable, ...]
    problems: tuple[Problem, ...]


def look(tables: Sequence[RawTable], role: Role, settings: Settings) -> Looked:
    """Make a layer of whatever rows can be used, and list all that is wrong with the others.

    Parameters
    ----------
    tables : sequence of RawTable
    role : str
    settings : Settings
        As for `conform`.

    Raises
    ------
    SettingsError
        As `conform` does.

    Examples
    --------
    >>> import pandas as pd
    >>> from mapaccuracy.intake import as_tables
    >>> rows = pd.DataFrame({"id": ["F-1", "F-1", ""], "lat": [39.5, 39.6, 40], "lon": [46.5] * 3})
    >>> looked = look(as_tables(rows, "finds"), "finds", Settings())
    >>> len(looked.layer.frame), sorted({problem.code for problem in looked.problems})
    (1, ['MA010', 'MA102', 'MA201', 'MA401'])
    """
    try:
        taken = _taken(tables, role, settings)
    except InputError as error:
        found = tuple(entry for entry in error.problems if isinstance(entry, Problem))
        return Looked(None, tuple(tables), found)
    raws = tuple(part.table for part in taken.parts)
    if not taken.usable.any():
        problems = [*_nothing_left(raws[0]), *taken.wrong, *taken.faults, *taken.twins]
        return Looked(None, raws, tuple(problems))
    layer = _without_twins(_layer(taken, taken.once, role, settings))
    noticed = [entry for entry in layer.problems if entry not in taken.wrong]
    return Looked(layer, raws, (*noticed, *taken.wrong, *taken.twins))


def _without_twins(layer: Layer) -> Layer:
    """Count the rows that are left out because they repeat an id."""
    held = np.bincount(layer.frame["source"], minlength=len(layer.sources)).tolist()
    sources = [
        replace(
            source,
            rows_used=n,
            rows_dropped=source.rows_read - n,
            dropped={**source.dropped, "MA401": source.rows_used - n},
        )
        if n < source.rows_used
        else source
        for source, n in zip(layer.sources, held, strict=True)
    ]
    return replace(layer, sources=tuple(sources))


@dataclass(frozen=True)
class _Taken:
    """The tables of a role, taken apart.

    Attributes
    ----------
    parts : list of _Part
    wrong : list of Problem
        Errors of whole tables.
    faults : list of Problem
        Errors of rows.
    ranked : ndarray of int, or None
        All rows by id; None where the role has no ids.
    once : ndarray of int, or None
        The same, of rows with one id the first only.
    twins : list of Problem
        Ids that are not unique.
    """

    parts: list[_Part]
    wrong: list[Problem]
    faults: list[Problem]
    ranked: Ints | None
    once: Ints | None
    twins: list[Problem]

    @property
    def usable(self) -> Bools:
        return np.concatenate([~part.ledger.faulty for part in self.parts])


def _taken(tables: Sequence[RawTable], role: Role, settings: Settings) -> _Taken:
    tables = [without_blank_rows(table) for table in tables]
    _check_not_empty(tables, role)
    tables, left_out = filtered(tables, role, settings)
    parts = _in_order(_parts(tables, left_out, role, settings))
    wrong = [entry for part in parts for entry in part.remarks if entry.severity == "error"]
    problems = [problem for part in parts for problem in part.ledger.problems()]
    faults = [problem for problem in problems if problem.severity == "error"]
    by_id = GEOMETRY[role] == "points" or role in ("rows", "areas")
    ranked, once, twins = _rank_ids(parts) if by_id else (None, None, [])
    return _Taken(parts, wrong, faults, ranked, once, twins)


def _layer(taken: _Taken, ranked: Ints | None, role: Role, settings: Settings) -> Layer:
    parts = taken.parts
    frame = _frame(parts, role, ranked)
    sources = tuple(_source(part, role, _name(part, parts)) for part in parts)
    together: list[Problem] = []
    if GEOMETRY[role] == "points":
        sources, together = recorded.of_places(frame, role, sources)
    said = [
        problem
        for number, part in enumerate(parts)
        for problem in (
            *(entry for entry in part.table.problems if entry.severity != "error"),
            *part.remarks,
            *part.ledger.problems(),
            _account(sources[number], part.table),
        )
    ]
    return Layer(role, frame, sources, (*said, *together), settings.local)


def _check_not_empty(tables: Sequence[RawTable], role: Role) -> None:
    empty = [
        Problem("MA004", table.source, table.layer or "", values={"detail": ""})
        for table in tables
        if table.rows.size == 0
    ]
    if not tables:
        empty = [Problem("MA004", role, values={"detail": ""})]
    if empty:
        raise InputError(empty)


def empty(role: Role, settings: Settings) -> Layer:
    """Make a layer of points without a row, for inputs that hold something else.

    Parameters
    ----------
    role : {"supplied", "finds"}
    settings : Settings

    Examples
    --------
    >>> list(empty("finds", Settings()).frame.columns)
    ['id', 'lon', 'lat', 'category', 'source', 'row']
    """
    import pandas as pd

    position = ("x", "y") if settings.local else ("lon", "lat")
    columns: dict[str, Any] = {"id": np.empty(0, dtype=object)}
    columns |= {name: np.empty(0) for name in position}
    if role == "finds":
        columns["category"] = np.empty(0, dtype=object)
    columns |= {"source": np.empty(0, dtype=np.int16), "row": np.empty(0, dtype=np.int64)}
    return Layer(role, pd.DataFrame(columns), (), (), settings.local)


def _nothing_left(table: RawTable) -> list[Problem]:
    values = {"detail": " that can be used"}
    return [Problem("MA004", table.source, table.layer or "", values=values)]


def _parts(
    tables: Sequence[RawTable], left_out: Sequence[int], role: Role, settings: Settings
) -> list[_Part]:
    """Read every table; what is wrong with the settings comes before what is wrong with rows."""
    columns = [find_columns(table, tables, role, settings) for table in tables]
    missing: list[Problem] = []
    refused: list[str] = []
    ready = []
    for table, lost, (found, problems) in zip(tables, left_out, columns, strict=True):
        shapeless = _wrong_shapes(table, role)  # says more than a column that is missing too
        if shapeless or problems:
            missing += shapeless or problems
            continue
        try:
            reference = _NOWHERE if role == "quantities" else refer(table, found, role, settings)
            ready.append((table, lost, found, reference))
        except SettingsError as error:
            refused += error.messages
    parts = []
    if not missing:
        for table, lost, found, reference in ready:
            try:
                parts.append(_part(table, lost, found, reference, role, settings))
            except SettingsError as error:
                refused += error.messages
        where = settings.searched_where if role == "searched" else None
        if where is not None and not refused and not any(map(_has_searched, parts)):
            seen = [(table, found) for table, _, found, _ in ready]
            refused.append(none_chosen(seen, where, "searched_where"))
    if refused:
        raise SettingsError(list(dict.fromkeys(refused)))
    if missing:
        raise InputError(missing)
    return parts


def _has_searched(part: _Part) -> bool:
    return bool(are(part.columns["ground"], "searched").any())


def _wrong_shapes(table: RawTable, role: Role) -> list[Problem]:
    """Say that a whole table is of the wrong kind, once, and not row by row."""
    expected = GEOMETRY[role]
    if expected == "table":
        return []
    if table.geometry is None:
        got = "a table without geometry" if expected != "points" else ""
    else:
        kinds = np.unique(type_ids(table.geometry))
        kinds = kinds[kinds >= 0]
        fitting = np.isin(kinds, _TYPES[expected])
        lost = any(problem.severity == "error" for problem in table.problems)
        got = "" if fitting.any() or lost else ", ".join(_SHAPES[int(kind)] for kind in kinds)
    values = {"expected": expected, "got": got}
    return [Problem("MA304", table.source, table.layer or "", values=values)] if got else []


def _part(
    table: RawTable,
    lost: int,
    found: dict[str, str],
    reference: Reference,
    role: Role,
    settings: Settings,
) -> _Part:
    written = UNTOLD
    if GEOMETRY[role] == "points":
        ids = as_text(table.frame[found["id"]])
        read = read_points(table, found, reference, role, ids, settings.categories)
        columns, ledger, fits = read.columns, read.ledger, read.fits
        written = read.written
        points, left_out = read_reference_points(table, found, reference, columns, role, ledger)
        columns |= points
        noticed = [*read.noticed, *_heights(table), *_mangled(table, ids), *left_out]
        if role == "finds" and "type" in columns:
            strange = unrecognised(columns, settings.categories)
            noticed += _strange_types(table, strange & ~ledger.faulty)
    elif role in ("rows", "areas"):
        columns, ledger, noticed = read_claims(table, found, reference, role, settings)
        fits = True
    elif role == "quantities":
        columns, ledger = read_quantities(table, found, settings)
        noticed = []
        if "type" in columns:
            strange = unrecognised(columns, settings.categories)
            noticed = _strange_types(table, strange & ~ledger.faulty)
        fits = True
    else:
        columns, ledger, noticed = read_polygons(
            table, found, reference, role, settings.searched_where
        )
        if role == "tasks":
            ledger.add(are(columns["id"], ""), "MA102", found["id"])
            columns["ground"] = task_ground(table, found, columns, ledger, noticed)
        fits = True
    noticed += _own_codes(table, columns, ledger, role, settings)
    noticed += _dates(table, found, columns, role, settings)
    seen = recorded.Recorded({})
    if GEOMETRY[role] == "points":
        seen = recorded.of_rows(table, found, columns, role, ~ledger.faulty)
    elif role == "quantities":  # the quantity itself is what these rows are for
        seen = recorded.of_rows(table, found, {}, "finds", ~ledger.faulty)
    said = [*remarks(table, reference, role, fits), *noticed, *seen.problems]
    said += _extra(table, found, role, settings)
    said += _filtered(table, role, lost, settings)
    return _Part(table, columns, ledger, reference, said, seen.treated, lost, written)


def _filtered(table: RawTable, role: Role, lost: int, settings: Settings) -> list[Problem]:
    if not lost:
        return []
    values = {"n": f"{lost:,}", "role": role, "filter": settings.filters[role]}
    return [Problem("MA126", table.source, table.layer or "", values=values)]


def _dates(
    table: RawTable, found: Mapping[str, str], columns: Columns, role: Role, settings: Settings
) -> list[Problem]:
    """Read dates in the format that the user states, and count those that do not fit."""
    form = settings.formats.get(f"{GIVEN_AS.get(role, role)}.date")
    if form is None or "date" not in columns:
        return []
    texts = np.asarray(columns["date"], dtype=object)
    columns["date"], misfit = by_format(texts, table.frame[found["date"]], form)
    if not misfit.any():
        return []
    values = {
        "n": f"{int(misfit.sum()):,}",
        "total": f"{int((texts != '').sum()):,}",
        "format": form,
        "role": role,
    }
    return [Problem("MA104", table.source, table.layer or "", values=values)]


def _strange_types(table: RawTable, rows: Bools) -> list[Problem]:
    values = {"n": f"{int(rows.sum()):,}"}
    found = Problem("MA514", table.source, table.layer or "", values=values)
    return [found] if rows.any() else []


def _own_codes(
    table: RawTable, columns: Columns, ledger: Ledger, role: Role, settings: Settings
) -> list[Problem]:
    """Count the rows whose category the user's own words decide."""
    if not settings.categories:
        return []
    told = by_codes(columns, table.rows.size, settings.categories)
    n = int(((told != "") & ~ledger.faulty).sum())
    values = {"n": f"{n:,}", "role": role}
    return [Problem("MA125", table.source, table.layer or "", values=values)] if n else []


def _heights(table: RawTable) -> list[Problem]:
    n = 0 if table.geometry is None else with_height(table.geometry)
    return [Problem("MA308", table.source, table.layer or "", values={"n": str(n)})] if n else []


def _mangled(table: RawTable, ids: npt.NDArray[np.object_]) -> list[Problem]:
    """Count ids that a spreadsheet has made into dates or rounded numbers."""
    import pandas as pd

    suspects = pd.Series(ids[_may_be_mangled(ids)], dtype=object)
    pattern = (
        r"\d(?:\.\d+)?[eE]\+\d+|\d{4}-\d\d-\d\d(?:[T ].*)?|\d{1,2}[-/]\d{1,2}[-/]\d{4}"
        r"|\d{1,2}[- ](?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)(?:[- ]\d+)?"
    )
    n = int(suspects.str.fullmatch(pattern).sum()) if len(suspects) else 0
    values = {"n": str(n)}
    return [Problem("MA109", table.source, table.layer or "", values=values)] if n else []


def _may_be_mangled(ids: npt.NDArray[np.object_]) -> Bools:
    """Leave out ids that start with no digit: cheap, and most of them."""
    first = ids.astype("U1")
    return np.asarray((first >= "0") & (first <= "9"), dtype=bool)


def _extra(table: RawTable, found: dict[str, str], role: Role, settings: Settings) -> list[Problem]:
    used = set(found.values())
    headers = [str(name) for name in table.frame.columns]
    choices = [settings.filters.get(role), settings.searched_where if role == "searched" else None]
    for where in choices:
        if where is not None:
            used.add(match_header(headers, where.partition("=")[0].strip()) or "")
    if role == "finds":
        used |= set(filter(recorded.is_validation, headers))
    return extra_columns(table, used, role)


def _rank_ids(parts: Sequence[_Part]) -> tuple[Ints, Ints, list[Problem]]:
    """Order all rows of the role by id, and those that repeat none; name the ids that repeat."""
    ids = np.asarray(_stack(parts, "id"), dtype=object)
    ranked, repeated = order.by_id(ids)
    repeated[repeated] = ids[ranked[repeated]] != ""
    if not repeated.any():
        return ranked, ranked, []
    starts = np.cumsum([0, *(part.table.rows.size for part in parts)])
    group = np.cumsum(~repeated)
    twin = np.isin(group, group[repeated])
    problems = []
    bunches = np.split(ranked[twin], np.flatnonzero(np.diff(group[twin])) + 1)
    for rows in bunches:
        places, owners = [], set()
        for row in np.sort(rows).tolist():
            number = int(np.searchsorted(starts, row, side="right")) - 1
            table = parts[number].table
            owners.add(number)
            place = table.where(row - int(starts[number]))
            places.append(place if len(parts) == 1 else f"{table.source} {place}")
        more = len(places) - _PLACES
        listed = ", ".join(places[:_PLACES]) + (f" and {more:,} more" if more > 0 else "")
        if _same_file([parts[number].table for number in sorted(owners)]):
            listed += " (is the same file given twice?)"
        values = {"n": str(len(places)), "places": listed}
        first = int(np.searchsorted(starts, int(rows.min()), side="right")) - 1
        table, begin = parts[first].table, int(starts[first])
        own = np.sort(rows[(rows >= begin) & (rows < starts[first + 1])]) - begin
        listed_rows = tuple(table.rows[own].tolist())
        problems.append(
            Problem(
                "MA401",
                table.source,
                table.layer or "",
                id=str(ids[rows[0]]),
                values=values,
                rows=listed_rows,
            )
        )
    return ranked, ranked[~repeated], problems


def _same_file(tables: Sequence[RawTable]) -> bool:
    """Tell whether two of the tables are the same sheet or layer of equal bytes."""
    known = [(table.sha256, table.layer) for table in tables if table.sha256 is not None]
    return len(set(known)) < len(known)


def _frame(parts: Sequence[_Part], role: Role, ranked: Ints | None) -> pd.DataFrame:
    import pandas as pd

    usable = np.concatenate([~part.ledger.faulty for part in parts])
    names = [name for name in _names(role) if any(name in part.columns for part in parts)]
    columns: Columns = {name: _stack(parts, name) for name in names}
    sizes = [part.table.rows.size for part in parts]
    columns["source"] = np.repeat(np.arange(len(parts), dtype=np.int16), sizes)
    columns["row"] = np.concatenate([part.table.rows for part in parts])
    if ranked is None:
        chosen = np.flatnonzero(usable)
        chosen = chosen[_polygon_order(columns, role, chosen)]
    else:
        chosen = ranked if usable.all() else ranked[usable[ranked]]
    as_they_are = chosen.size == usable.size and bool((chosen[1:] > chosen[:-1]).all())
    taken = columns
    if not as_they_are:
        taken = {name: values[chosen] for name, values in columns.items()}
    # Texts stay plain objects whatever the version of pandas.
    plain = {name: np.asarray(values) for name, values in taken.items()}
    series: dict[str, pd.Series[Any]] = {
        name: pd.Series(values, dtype=values.dtype, copy=False) for name, values in plain.items()
    }
    return pd.DataFrame(series, copy=False)


def _names(role: Role) -> list[str]:
    own = [column.name for column in COLUMNS[role] if column.name not in POSITION_COLUMNS]
    if GEOMETRY[role] == "points":
        rest = [name for name in own if name not in ("id", *_ACCURACIES)]
        return ["id", "lon", "lat", "x", "y", *rest, *_ACCURACIES, "category"]
    if role == "quantities":
        return ["task_id", *(name for name in own if name != "task_id"), "category"]
    if role in ("rows", "areas"):
        return [*own, "category", "geometry"]
    return [*own, *(["ground"] if role in ("searched", "tasks") else []), "geometry"]


_ACCURACIES = ("accuracy_m", "stated_accuracy_m")
_BLANK: dict[str, Any] = {
    "count": 1,
    "quantity": 1,
    "category": OTHER,
    **dict.fromkeys((*_ACCURACIES, *chain.from_iterable(REFERENCE_COLUMNS)), np.nan),
}


def _stack(parts: Sequence[_Part], name: str) -> Column:
    blank = _BLANK.get(name, "")
    pieces = []
    for part in parts:
        values = part.columns.get(name)
        if values is None:
            kind = object if isinstance(blank, str) else type(blank)
            values = np.full(part.table.rows.size, blank, dtype=kind)
            values = words_of(values) if kind is object else values
        pieces.append(values)
    return joined(pieces)


def _polygon_order(columns: Columns, role: Role, chosen: Ints) -> Ints:
    import shapely

    outlines = []
    if "geometry" in columns:
        outlines.append(shapely.to_wkb(np.asarray(columns["geometry"], dtype=object)[chosen]))
    texts = [
        np.asarray(columns[name], dtype=object)[chosen]
        for name in _names(role)
        if name in columns and name != "geometry"
    ]
    rest = list(zip(*outlines, *texts, strict=True))
    if role != "districts":
        keys: list[tuple[Any, ...]] = rest
    else:
        names = np.asarray(columns["district"], dtype=object)[chosen]
        codes = np.asarray(columns.get("code", columns["district"]), dtype=object)[chosen]
        codes = np.where(codes == "", names, codes)
        keys = list(zip(codes, names, rest, strict=True))
    return np.array(sorted(range(chosen.size), key=keys.__getitem__), dtype=np.int64)


def _name(part: _Part, parts: Sequence[_Part]) -> str:
    table = part.table
    shared = sum(other.table.source == table.source for other in parts) > 1
    return f"{table.source} ({table.layer})" if shared and table.layer else table.source


def _in_order(parts: Sequence[_Part]) -> list[_Part]:
    """Sort by name and content, so that the order in which files are given matters nowhere."""
    return sorted(parts, key=lambda part: (_name(part, parts), part.table.sha256 or ""))


def _source(part: _Part, role: Role, name: str) -> Source:
    table = part.table
    dropped = part.ledger.dropped() | ({"filter": part.filtered} if part.filtered else {})
    lost = sum(dropped.values())
    usable = ~part.ledger.faulty
    read = table.rows.size + part.filtered
    return Source(
        role=role,
        name=name,
        sha256=table.sha256,
        rows_read=read,
        rows_used=read - lost,
        rows_dropped=lost,
        crs=_NO_POSITIONS if role == "quantities" else part.reference.crs,
        operation=part.reference.way(),
        operation_accuracy_m=part.reference.accuracy_m,
        dropped=dropped,
        resolution_m=usual_m(part.written.resolution_m, usable),
        notations=notations(part.written.notation, usable),
        treated=part.treated,
    )


def _account(source: Source, table: RawTable) -> Problem:
    listed = ", ".join(f"{code}: {n}" for code, n in source.dropped.items())
    values = {
        "read": str(source.rows_read),
        "used": str(source.rows_used),
        "dropped": str(source.rows_dropped),
        "reasons": f" ({listed})" if listed else "",
    }
    return Problem("MA010", table.source, table.layer or "", values=values)
