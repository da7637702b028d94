"""Searched areas and districts: valid outlines, and what the words beside them mean."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from mapaccuracy.intake.cells import Columns, Texts, are, as_text, each_text
from mapaccuracy.intake.chosen import chosen_rows
from mapaccuracy.intake.headers import withheld
from mapaccuracy.intake.ledger import Ledger
from mapaccuracy.intake.reference import Reference
from mapaccuracy.schema import Bools, Problem, RawTable, Role
from mapaccuracy.schema.vocabulary import BASIS_WORDS, GROUND_WORDS, REASON_WORDS, meaning_of

_HALF_TURN = 180.0
_REASON = re.compile(r"[A-Za-z][A-Za-z -]*")


def read_polygons(
    table: RawTable,
    found: Mapping[str, str],
    reference: Reference,
    role: Role,
    where: str | None,
) -> tuple[Columns, Ledger, list[Problem]]:
    """Take one table of polygons apart.

    Parameters
    ----------
    table : RawTable
        With geometry, without blank rows.
    found : mapping of str to str
        Column name to header.
    reference : Reference
    role : {"searched", "districts", "tasks"}
    where : str or None
        `Settings.searched_where`.

    Returns
    -------
    columns : dict of str to ndarray, shape (n,)
        With ``geometry``: flat polygons in WGS 84 degrees, or local metres.
    ledger : Ledger
    remarks : list of Problem

    Raises
    ------
    SettingsError
        If `where` names a column that the table does not have.
    """
    n = table.rows.size
    columns: Columns = {name: as_text(table.frame[header]) for name, header in found.items()}
    name = "district" if role == "districts" else "id"
    ledger = Ledger(table, np.asarray(columns.get(name, np.full(n, "")), dtype=object))
    remarks: list[Problem] = []
    if role == "districts":
        _name_districts(table, found, columns, ledger, remarks)
    if role == "searched":
        columns["ground"] = _ground(table, found, columns, where, ledger, remarks)
        for column, words in (("basis", BASIS_WORDS), ("reason", REASON_WORDS)):
            if column in columns:
                columns[column] = _words(table, column, columns, words, remarks)
    columns["geometry"] = read_outlines(table, reference, role, ledger, remarks)
    return columns, ledger, remarks


def _name_districts(
    table: RawTable,
    found: Mapping[str, str],
    columns: Columns,
    ledger: Ledger,
    remarks: list[Problem],
) -> None:
    """Call a district without a name by its code; without either it cannot be used."""
    names = np.asarray(columns["district"], dtype=object)
    codes = np.asarray(columns.get("code", np.full(names.size, "")), dtype=object)
    by_code = (names == "") & (codes != "")
    columns["district"] = np.where(by_code, codes, names)
    ledger.add(are(columns["district"], ""), "MA120", found["district"], lambda _: {"name": "name"})
    if by_code.any():
        values = {"n": str(int(by_code.sum()))}
        remarks.append(Problem("MA121", table.source, table.layer or "", values=values))


@np.errstate(invalid="ignore")  # coordinates that are no numbers are said in words
def read_outlines(
    table: RawTable, reference: Reference, role: Role, ledger: Ledger, remarks: list[Problem]
) -> npt.NDArray[np.object_]:
    """Take the outlines of a table: valid flat polygons in WGS 84 degrees, or local metres."""
    import shapely

    geometry = np.asarray(table.geometry, dtype=object)
    known = ledger.faulty
    kind = shapely.get_type_id(geometry)
    missing = shapely.is_missing(geometry)
    polygon = (kind == 3) | (kind == 6)
    ledger.add(
        ~polygon & ~missing,
        "MA304",
        None,
        lambda index: {"expected": "polygons", "got": f"a {geometry[index].geom_type}"},
    )
    heights = int(shapely.has_z(geometry[polygon]).sum())
    if heights:
        values = {"n": str(heights)}
        remarks.append(Problem("MA308", table.source, table.layer or "", values=values))
    flat = shapely.force_2d(geometry)
    empty = (missing & ~known) | (polygon & shapely.is_empty(flat))
    ledger.add(empty, "MA307", None, lambda _: {"detail": ""})
    usable = polygon & ~shapely.is_empty(flat)
    bounds = shapely.bounds(flat)
    finite = np.isfinite(bounds).all(axis=1) & all_finite(flat)
    ledger.add(usable & ~finite, "MA307", None, lambda _: {"detail": ""})
    usable &= finite
    valid = np.ones(flat.size, dtype=bool)
    valid[usable] = shapely.is_valid(flat[usable])
    ledger.add(usable & ~valid, "MA301", None, lambda index: {"reason": _reason(flat[index])})
    usable &= valid
    if reference.in_degrees:
        beyond = (np.abs(bounds) > np.array([180.0, 90.0, 180.0, 90.0])).any(axis=1)
        enter_range(usable & beyond, "-180 to 180 and -90 to 90 degrees", ledger, role)
        usable &= ~beyond
    result = np.full(flat.size, None, dtype=object)
    result[usable] = reprojected(flat[usable], reference)
    if reference.operation is not None and reference.operation.name is not None:
        bounds = shapely.bounds(result)
        inside = (np.abs(bounds) <= np.array([180.0, 90.0, 180.0, 90.0])).all(axis=1)
        enter_range(usable & ~inside, f"the area of {reference.crs}", ledger, role)
        usable &= inside
    if reference.operation is not None:
        bounds = shapely.bounds(result)
        wide = usable & (bounds[:, 2] - bounds[:, 0] >= _HALF_TURN)
        wide[wide] = [_too_wide(outline) for outline in result[wide]]
        said = {"reason": "it spans more than 180 degrees of longitude"}
        ledger.add(wide, "MA301", None, lambda _: said)
    return result


def _too_wide(outline: object) -> bool:
    """Tell whether a ring goes half around the Earth even if its jumps cross the antimeridian.

    Examples
    --------
    >>> import shapely
    >>> crossing = shapely.Polygon([(179.9, 0), (-179.9, 0), (-179.9, 1), (179.9, 1)])
    >>> _too_wide(crossing), _too_wide(shapely.box(-180, 0, 180, 1))
    (False, True)
    """
    import shapely

    for ring in shapely.get_rings(shapely.get_parts(outline)):
        raw = shapely.get_coordinates(ring)[:, 0]
        lon = np.unwrap(raw, period=360)
        # All around the Earth, a ring has no breadth, or does not come back to where it began.
        flat = np.ptp(raw) >= _HALF_TURN and np.ptp(lon) == 0
        if flat or np.ptp(lon) >= _HALF_TURN or abs(lon[0] - lon[-1]) >= _HALF_TURN:
            return True
    return False


def all_finite(geometry: npt.NDArray[np.object_]) -> Bools:
    """Tell the shapes whose coordinates are all finite, shape (n,)."""
    import shapely

    points, owner = shapely.get_coordinates(geometry, return_index=True)
    endless = owner[~np.isfinite(points).all(axis=1)]
    return np.isin(np.arange(geometry.size), endless, invert=True)


def enter_range(
    rows: Bools, allowed: str, ledger: Ledger, role: Role, what: str = "the outline"
) -> None:
    """Enter shapes that reach beyond the Earth, or beyond the area of their system."""
    ledger.add(
        rows,
        "MA208",
        None,
        lambda _: {
            "name": what,
            "value": "at some of its points",
            "allowed": allowed,
            "role": role,
        },
    )


def _reason(outline: object) -> str:
    """Say why an outline is not valid, in GEOS's words but without its position."""
    import shapely

    found = _REASON.match(str(shapely.is_valid_reason(outline)))
    return found[0].strip() if found else "it crosses or touches itself"


def reprojected(geometry: npt.NDArray[np.object_], reference: Reference) -> npt.NDArray[np.object_]:
    """Bring the corners of shapes to WGS 84 degrees."""
    import shapely

    if reference.operation is None or reference.operation.name is None or geometry.size == 0:
        return geometry
    points = shapely.get_coordinates(geometry)
    lon, lat = reference.to_degrees(points[:, 0], points[:, 1])
    moved = shapely.set_coordinates(geometry.copy(), np.column_stack((lon, lat)))
    return np.asarray(moved, dtype=object)


def _ground(
    table: RawTable,
    found: Mapping[str, str],
    columns: Columns,
    where: str | None,
    ledger: Ledger,
    remarks: list[Problem],
) -> Texts:
    n = table.rows.size
    status = np.asarray(columns.get("status", np.full(n, "", dtype=object)), dtype=object)
    meaning = each_text(status, lambda text: meaning_of(text, GROUND_WORDS) or "")
    if where is not None:
        chosen = chosen_rows(table, found, where, "searched_where")
        ground = np.where(chosen, "searched", np.where(meaning == "released", "released", "open"))
    elif "status" in found:
        ledger.add(
            meaning == "",
            "MA106",
            found["status"],
            lambda index: {
                "value": str(status[index]) or "(blank)",
                "name": "status",
                "closest": "",
                "how": "write cleared, cancelled, reduced or open, or say which rows were "
                'searched with --searched-where "status=cleared".',
            },
            cells=frozenset({"value"}),
        )
        ground = meaning
    else:
        ground = np.full(n, "searched", dtype=object)
        remarks += _without_status(table, found)
    released = int((ground == "released").sum())
    if released:
        values = {"n": str(released)}
        remarks.append(Problem("MA512", table.source, table.layer or "", values=values))
    return np.asarray(ground, dtype=object)


def _without_status(table: RawTable, found: Mapping[str, str]) -> list[Problem]:
    """Say that all is taken as searched; refuse if an unused column says otherwise."""
    layer = table.layer or ""
    suspects = [
        str(header)
        for header in table.frame.columns
        if header not in found.values() and _seems_status(as_text(table.frame[header]))
    ]
    if not suspects:
        return [Problem("MA513", table.source, layer, values={"n": f"{table.rows.size:,}"})]
    return [
        Problem(
            "MA123",
            table.source,
            layer,
            column=header,
            values={"header": header},
            positions=withheld([header], "header"),
        )
        for header in suspects
    ]


def _seems_status(texts: Texts) -> bool:
    """Tell whether the cells speak of land that was not searched to completion.

    "open" alone may be said of terrain, too, so it counts only if nothing else is said or
    "cleared" stands beside it.
    """
    meaning = each_text(texts, lambda text: meaning_of(text, GROUND_WORDS) or "")
    said = set(meaning[texts != ""].tolist())
    return "released" in said or said == {"open"} or {"open", "searched"} <= said


def _words(
    table: RawTable,
    name: str,
    columns: Columns,
    words: Mapping[str, tuple[str, ...]],
    remarks: list[Problem],
) -> Texts:
    texts = np.asarray(columns[name], dtype=object)
    known = each_text(texts, lambda text: meaning_of(text, words) or "")
    strange = int(((known == "") & (texts != "")).sum())
    if strange:  # counted, not said: free text may name persons and places
        values = {"column": name, "n": f"{strange:,}", "known": ", ".join(words)}
        remarks.append(Problem("MA122", table.source, table.layer or "", values=values))
    return known
