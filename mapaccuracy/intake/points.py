"""Supplied points, finds and accidents: ids, positions and the columns of the role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mapaccuracy.intake.cells import (
    Column,
    Columns,
    Numbers,
    Texts,
    Words,
    are,
    as_numbers,
    as_words,
    each_text,
    words_of,
)
from mapaccuracy.intake.ledger import Ledger
from mapaccuracy.intake.placed import (
    VALUE,
    check_degrees,
    check_result,
    enter_unusable,
    outside_area,
    read_places,
)
from mapaccuracy.intake.reference import Reference
from mapaccuracy.intake.twice import compared
from mapaccuracy.intake.written import GRID_NOTATIONS, Written, accuracy_m
from mapaccuracy.schema import POSITION_COLUMNS, Bools, Floats, Problem, RawTable, Role
from mapaccuracy.schema.columns import REFERENCE_COLUMNS
from mapaccuracy.schema.vocabulary import (
    CATEGORIES,
    GEOMETRY_BASES,
    OTHER,
    Codes,
    category_of,
    is_recognised,
    plain,
)

if TYPE_CHECKING:
    import pandas as pd

_BASES = (*GEOMETRY_BASES, "")
_STRANGE = "?"
_MOST_ITEMS = 1_000_000_000
# Read with the coordinate system of the table at hand, not as plain numbers.
_PLACES = POSITION_COLUMNS.union(*REFERENCE_COLUMNS)
# Half the width of a square from which on a grid reference is called coarse.
_COARSE_M = 50.0


@dataclass(frozen=True)
class PointRows:
    """One table of points, taken apart.

    Attributes
    ----------
    columns : dict of str to ndarray, shape (n,)
        By our names; what faulty rows hold is undefined. ``accuracy_m`` is all that is known of
        the error of the position, ``stated_accuracy_m`` what the table states.
    ledger : Ledger
    fits : bool
        Whether no position was out of range as it stands, and one of them is of degrees.
    written : Written
    noticed : list of Problem
    """

    columns: Columns
    ledger: Ledger
    fits: bool
    written: Written
    noticed: list[Problem]


def read_points(
    table: RawTable,
    found: Mapping[str, str],
    reference: Reference,
    role: Role,
    ids: Texts,
    codes: Mapping[str, str],
) -> PointRows:
    """Take one table of points apart.

    Parameters
    ----------
    table : RawTable
        Without blank rows.
    found : mapping of str to str
        Column name to header.
    reference : Reference
    role : {"supplied", "finds", "accidents"}
    ids : ndarray of str, shape (n,)
    codes : mapping of str to str
        `Settings.categories`.

    Returns
    -------
    PointRows

    Raises
    ------
    SettingsError
        If columns of metres hold degrees.
    """
    ledger = Ledger(table, ids)
    ledger.add(ids == "", "MA102", found.get("id"))
    east, north, written = read_places(table, reference, ledger, role)
    if reference.operation is not None:  # in a plane of one's own, 0, 0 may be its origin
        ledger.add((east == 0) & (north == 0), "MA207", None)
    fits = check_degrees(east, north, reference, ledger, role)
    if reference.kind == "written" and written.notation is not None:
        read = written.notation[~ledger.faulty]
        fits = not np.isin(read.astype(str), GRID_NOTATIONS).all()
    usable = ~ledger.faulty
    lon, lat = np.full(east.size, np.nan), np.full(east.size, np.nan)
    lon[usable], lat[usable] = reference.to_degrees(east[usable], north[usable])
    check_result(lon, lat, usable, reference, ledger, role)
    names = ("x", "y") if reference.operation is None else ("lon", "lat")
    columns: Columns = {"id": ids, names[0]: lon, names[1]: lat}
    columns |= _attributes(table, found, ledger)
    stated = columns.pop("accuracy_m", None)
    if stated is not None:
        columns["stated_accuracy_m"] = stated
    known = accuracy_m(
        None if stated is None else np.asarray(stated, dtype=np.float64),
        written.resolution_m,
        reference.accuracy_m,
        ids.size,
    )
    if known is not None:
        columns["accuracy_m"] = known
    usable = ~ledger.faulty
    noticed = _coarse(table, written, usable)
    noticed += compared(table, reference, lon, lat, usable, written)
    noticed += outside_area(table, reference, lon, lat, usable, role)
    if role == "finds" or {"type", "model"} & set(columns):
        columns["category"] = category(columns, ids.size, codes)
    return PointRows(columns, ledger, fits, written, noticed)


def category(columns: Mapping[str, Column], n: int, codes: Mapping[str, str]) -> Words:
    """Tell the category of each item by its type, and by its model where the type says nothing.

    The user's own words for types and then for models go before the words that are known.

    Parameters
    ----------
    columns : mapping of str to ndarray of str, shape (n,), or Words
        With ``type`` and ``model``, or one of them, or none.
    n : int
    codes : mapping of str to str
        `Settings.categories`.

    Returns
    -------
    Words

    Examples
    --------
    >>> words = np.array(["mine", "UXO", ""], dtype=object)
    >>> models = np.array(["TM-57", "PMN", ""], dtype=object)
    >>> np.asarray(category({"type": words, "model": models}, 3, {})).tolist()
    ['AT', 'UXO', 'other']
    >>> own = {"pmn": "AP", "mine": "other"}
    >>> np.asarray(category({"type": words, "model": models}, 3, own)).tolist()
    ['other', 'AP', 'other']
    """
    own = Codes(codes)
    # Small numbers in place of texts: a column of these is decided many times sooner.
    none, other = -1, CATEGORIES.index(OTHER)
    told = np.full(n, none, dtype=np.int8)
    known = np.full(n, other, dtype=np.int8)
    for name in ("type", "model"):
        if name not in columns:
            continue
        given = words_of(columns[name])
        row, texts = given.codes, [str(text) for text in given.texts]
        if own:
            words = [own.category_of(text) for text in texts]
            said = np.array([CATEGORIES.index(word) if word else none for word in words], np.int8)
            told = np.where(told == none, said[row], told)
        read = np.array([CATEGORIES.index(category_of(text)) for text in texts], np.int8)
        known = np.where(known == other, read[row], known)
    return Words(np.where(told == none, known, told), np.array(CATEGORIES, dtype=object))


def by_codes(columns: Mapping[str, Column], n: int, codes: Mapping[str, str]) -> Texts:
    """Give the category that the user's own words say; "" where none fits; shape (n,).

    Examples
    --------
    >>> types = np.array(["PMN-X", "TM-62"], dtype=object)
    >>> by_codes({"type": types}, 2, {"pmn-x": "AP"}).tolist()
    ['AP', '']
    """
    result = np.full(n, "", dtype=object)
    own = Codes(codes)
    for name in ("type", "model"):
        if own and name in columns:
            open_rows = np.flatnonzero(result == "")
            texts = words_of(columns[name])[open_rows]
            result[open_rows] = each_text(texts, own.category_of)
    return result


def unrecognised(columns: Mapping[str, Column], codes: Mapping[str, str]) -> Bools:
    """Tell the items that have a type, but none that is known; shape (n,).

    Parameters
    ----------
    columns : mapping of str to ndarray of str, shape (n,)
        With ``type`` and ``category``, and perhaps ``model``.
    codes : mapping of str to str
        `Settings.categories`: what they say to be other is recognised.

    Examples
    --------
    >>> texts = {"type": ["odd", "booby trap", ""], "category": ["other"] * 3}
    >>> columns = {name: np.array(t, dtype=object) for name, t in texts.items()}
    >>> unrecognised(columns, {}).tolist(), unrecognised(columns, {"odd": "other"}).tolist()
    ([True, False, False], [False, False, False])
    """
    unknown = ~are(columns["type"], "") & are(columns["category"], OTHER)
    if codes:
        unknown &= np.asarray(by_codes(columns, unknown.size, codes) == "", dtype=bool)
    for name in ("type", "model"):
        if name in columns:
            texts = words_of(columns[name])[unknown]
            known = each_text(texts, lambda text: "yes" if is_recognised(text) else "")
            unknown[unknown] = known == ""
    return unknown


def _coarse(table: RawTable, written: Written, usable: Bools) -> list[Problem]:
    """Count the grid references that name a large square, by its width."""
    if written.notation is None:
        return []
    half_m = np.asarray(written.resolution_m, dtype=np.float64)
    rows = usable & (written.notation == "mgrs") & (half_m >= _COARSE_M)
    if not rows.any():
        return []
    widths, counts = np.unique(2 * half_m[rows], return_counts=True)
    squares = ", ".join(
        f"{width:,.0f} m: {n:,}" for width, n in zip(widths, counts.tolist(), strict=True)
    )
    values = {"n": f"{int(rows.sum()):,}", "squares": squares}
    return [Problem("MA213", table.source, table.layer or "", values=values)]


def _attributes(table: RawTable, found: Mapping[str, str], ledger: Ledger) -> Columns:
    columns: Columns = {}
    for name, header in found.items():
        if name == "id" or name in _PLACES:
            continue
        cells = table.frame[header]
        if name in ("count", "quantity"):
            columns[name] = _items(name, cells, header, ledger)
        elif name == "accuracy_m":
            columns[name] = _accuracy(cells, header, ledger)
        elif name == "geometry_basis":
            columns[name] = _basis(np.asarray(as_words(cells)), header, ledger)
        else:
            columns[name] = as_words(cells)
    return columns


def _items(
    name: str, cells: pd.Series[float], header: str, ledger: Ledger
) -> npt.NDArray[np.int64]:
    numbers = as_numbers(cells, comma_is_decimal=False)
    enter_unusable(numbers, header, ledger, position=False)
    values = np.where(numbers.empty, 1.0, numbers.values)
    allowed = (values >= 1) & (values <= _MOST_ITEMS) & (np.floor(values) == values)
    _enter_value(name, "a whole number, 1 or more", numbers, ~allowed, header, ledger)
    return np.where(allowed, values, 1.0).astype(np.int64)


def _accuracy(cells: pd.Series[float], header: str, ledger: Ledger) -> Floats:
    numbers = as_numbers(cells, comma_is_decimal=False)
    enter_unusable(numbers, header, ledger, position=False)
    wrong = ~(numbers.values > 0) & ~numbers.empty
    _enter_value("accuracy_m", "above 0 metres", numbers, wrong, header, ledger)
    return numbers.values


def _enter_value(
    name: str, allowed: str, numbers: Numbers, wrong: Bools, header: str, ledger: Ledger
) -> None:
    ledger.add(
        wrong & ~numbers.bad,
        "MA107",
        header,
        lambda index: {"name": name, "value": numbers.shown(index), "allowed": allowed},
        cells=VALUE,
    )


def _basis(texts: Texts, header: str, ledger: Ledger) -> Texts:
    known = each_text(texts, lambda text: word if (word := plain(text)) in _BASES else _STRANGE)
    ledger.add(
        known == _STRANGE,
        "MA106",
        header,
        lambda index: {
            "value": str(texts[index]),
            "name": "geometry_basis",
            "closest": "",
            "how": f"write one of {', '.join(GEOMETRY_BASES)}, or leave the cell blank.",
        },
        cells=VALUE,
    )
    return known
