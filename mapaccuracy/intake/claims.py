"""Rows of mines and outlines with the mines they claim; finds that are only a quantity."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from mapaccuracy.intake.cells import Columns, Texts, as_numbers, as_text, as_words, each_text
from mapaccuracy.intake.ledger import Ledger
from mapaccuracy.intake.points import category
from mapaccuracy.intake.polygons import (
    all_finite,
    enter_range,
    read_outlines,
    reprojected,
)
from mapaccuracy.intake.reference import Reference
from mapaccuracy.schema import Floats, Problem, RawTable, Role, Settings
from mapaccuracy.schema.vocabulary import GROUND_WORDS, meaning_of

_MOST_ITEMS = 1_000_000_000
_CELL = frozenset({"value"})


def read_claims(
    table: RawTable, found: Mapping[str, str], reference: Reference, role: Role, settings: Settings
) -> tuple[Columns, Ledger, list[Problem]]:
    """Take one table of rows of mines, or of outlines, apart.

    Parameters
    ----------
    table : RawTable
        With geometry, without blank rows.
    found : mapping of str to str
        Column name to header.
    reference : Reference
    role : {"rows", "areas"}
    settings : Settings
        Uses ``categories``.

    Returns
    -------
    columns : dict of str to ndarray, shape (n,)
        Texts; ``count`` as numbers, NaN where blank.
        ``geometry`` in WGS 84 degrees, or local metres.
    ledger : Ledger
    remarks : list of Problem
    """
    ids = as_text(table.frame[found["id"]])
    ledger = Ledger(table, ids)
    ledger.add(ids == "", "MA102", found["id"])
    columns: Columns = {"id": ids}
    for name, header in found.items():
        if name == "count":
            columns[name] = _mines(table, header, ledger)
        elif name != "id":
            columns[name] = as_words(table.frame[header])
    # A blank is no 1 here, as it is for a point: nobody says how many mines there are.
    columns.setdefault("count", np.full(ids.size, np.nan))
    if "type" in columns:
        columns["category"] = category(columns, ids.size, settings.categories)
    remarks: list[Problem] = []
    read = read_outlines if role == "areas" else _lines
    columns["geometry"] = read(table, reference, role, ledger, remarks)
    return columns, ledger, remarks


def _mines(table: RawTable, header: str, ledger: Ledger, name: str = "count") -> Floats:
    numbers = as_numbers(table.frame[header], comma_is_decimal=False)
    ledger.add(
        numbers.bad,
        "MA103",
        header,
        lambda index: {"value": numbers.shown(index), "hint": numbers.hint(index)},
        cells=_CELL,
    )
    values = numbers.values
    whole = (values >= 1) & (values <= _MOST_ITEMS) & (np.floor(values) == values)
    ledger.add(
        ~whole & ~numbers.empty & ~numbers.bad,
        "MA107",
        header,
        lambda index: {
            "name": name,
            "value": numbers.shown(index),
            "allowed": "a whole number, 1 or more, or a blank cell where it is not known",
        },
        cells=_CELL,
    )
    return np.where(whole, values, np.nan)


@np.errstate(invalid="ignore")  # coordinates that are no numbers are said in words
def _lines(
    table: RawTable, reference: Reference, role: Role, ledger: Ledger, remarks: list[Problem]
) -> npt.NDArray[np.object_]:
    import shapely

    geometry = np.asarray(table.geometry, dtype=object)
    known = ledger.faulty
    heights = int(shapely.has_z(geometry).sum())
    if heights:
        values = {"n": str(heights)}
        remarks.append(Problem("MA308", table.source, table.layer or "", values=values))
    flat = shapely.force_2d(geometry)
    kind = shapely.get_type_id(flat)
    line = np.isin(kind, (1, 2, 5))
    missing = shapely.is_missing(flat)
    ledger.add(
        ~line & ~missing,
        "MA304",
        None,
        lambda index: {"expected": "lines", "got": f"a {geometry[index].geom_type}"},
    )
    empty = (missing & ~known) | (line & shapely.is_empty(flat))
    ledger.add(empty, "MA307", None, lambda _: {"detail": ""})
    usable = line & ~shapely.is_empty(flat)
    bounds = shapely.bounds(flat)
    finite = np.isfinite(bounds).all(axis=1) & all_finite(flat)
    ledger.add(usable & ~finite, "MA307", None, lambda _: {"detail": ""})
    usable &= finite
    short = usable & ~(shapely.length(flat) > 0)
    ledger.add(short, "MA307", None, lambda _: {"detail": ": the line has no length"})
    usable &= ~short
    whole = np.array([180.0, 90.0, 180.0, 90.0])
    if reference.in_degrees:
        beyond = (np.abs(bounds) > whole).any(axis=1)
        enter_range(
            usable & beyond, "-180 to 180 and -90 to 90 degrees", ledger, role, "the row of mines"
        )
        usable &= ~beyond
    result = np.full(flat.size, None, dtype=object)
    result[usable] = reprojected(flat[usable], reference)
    if reference.operation is not None:
        bounds = shapely.bounds(result)
        outside = ~(np.abs(bounds) <= whole).all(axis=1)
        enter_range(
            usable & outside, f"the area of {reference.crs}", ledger, role, "the row of mines"
        )
    return result


def read_quantities(
    table: RawTable, found: Mapping[str, str], settings: Settings
) -> tuple[Columns, Ledger]:
    """Take one table of finds apart that have a task and no position.

    Parameters
    ----------
    table : RawTable
        Without blank rows.
    found : mapping of str to str
        Column name to header.
    settings : Settings
        Uses ``categories``.

    Returns
    -------
    columns : dict of str to ndarray, shape (n,)
        ``task_id``, ``quantity`` (1 where blank), ``category`` and the texts of the role.
    ledger : Ledger
    """
    n = table.rows.size
    ids = as_text(table.frame[found["id"]]) if "id" in found else np.full(n, "", dtype=object)
    ledger = Ledger(table, ids)
    columns: Columns = {"id": ids}
    for name, header in found.items():
        if name == "quantity":
            mines = _mines(table, header, ledger, name)
            columns[name] = np.where(np.isnan(mines), 1.0, mines).astype(np.int64)
        elif name != "id":
            columns[name] = as_words(table.frame[header])
    task = np.asarray(columns["task_id"], dtype=object)
    ledger.add(task == "", "MA120", found["task_id"], lambda _: {"name": "task_id"})
    columns.setdefault("quantity", np.ones(n, dtype=np.int64))
    columns["category"] = category(columns, n, settings.categories)
    return columns, ledger


def task_ground(
    table: RawTable,
    found: Mapping[str, str],
    columns: Columns,
    ledger: Ledger,
    remarks: list[Problem],
) -> Texts:
    """Tell the tasks that were searched to completion: all of them where no status is given."""
    n = table.rows.size
    if "status" not in found:
        values = {"n": f"{n:,}"}
        remarks.append(Problem("MA518", table.source, table.layer or "", values=values))
        return np.full(n, "searched", dtype=object)
    status = np.asarray(columns["status"], dtype=object)
    meaning = each_text(status, lambda text: meaning_of(text, GROUND_WORDS) or "")
    ledger.add(
        meaning == "",
        "MA106",
        found["status"],
        lambda index: {
            "value": str(status[index]) or "(blank)",
            "name": "status",
            "closest": "",
            "how": "write cleared, cancelled, reduced or open.",
        },
        cells=_CELL,
    )
    return meaning
