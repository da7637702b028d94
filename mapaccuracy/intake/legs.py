"""Tables of legs and of landmarks: words, numbers and names become legs that can be walked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mapaccuracy.coordinates.azimuths import FIRST_YEAR, LAST_YEAR
from mapaccuracy.coordinates.bearings import (
    BEARING_STEPS,
    CIRCLES,
    DISTANCE_STEPS,
    Bearing,
    NoBearing,
    common_step,
    read_bearing,
)
from mapaccuracy.errors import SettingsError
from mapaccuracy.intake.accounts import Account
from mapaccuracy.intake.cells import Numbers, Texts, as_numbers, each_text
from mapaccuracy.intake.dates import decimal_years
from mapaccuracy.intake.landmarks import Landmarks
from mapaccuracy.intake.leg_joints import joints
from mapaccuracy.intake.leg_words import (
    CLOCKWISE,
    COUNTERCLOCKWISE,
    END,
    known_words,
    meaning,
)
from mapaccuracy.intake.tables import as_tables
from mapaccuracy.schema import Bools, Floats, Ints, Settings
from mapaccuracy.schema.columns import COLUMNS
from mapaccuracy.schema.traverse import NORTHS, TraverseRules

FARTHEST_M = 100_000.0
MOST_IN_ROW = 100_000
_VALUE = frozenset({"value"})
_STRANGE = "?"


@dataclass(frozen=True)
class LegTable:
    """Legs in the order of their records, as they were written and as they were read.

    Attributes
    ----------
    written : dict of str to ndarray of str, shape (n,)
        By column, cells as they stand.
    record : ndarray of int, shape (n,)
        Number of the record, ascending; its name is in `written`.
    kind : ndarray of str, shape (n,)
    bearing_deg, written_bearing : ndarray of float, shape (n,)
        Clockwise from its north, degrees; and as written, in its own unit.
    unit, direction : ndarray of str, shape (n,)
    north : ndarray of int, shape (n,)
    year, distance_m, count : ndarray of float, shape (n,)
        `count` is NaN where it is blank.
    bearing_step_deg, distance_step_m : ndarray of float, shape (n,)
        Steps in which they were read.
    source, place : ndarray of str, shape (n,)
        File, and where in it the leg stands.
    base, end_leg, start_landmark, end_landmark : ndarray of int, shape (n,)
        Where the leg begins: at the end of a leg, or (-1) at a landmark. Where it ends: at a point
        that a leg reached first (mostly itself), or (-1) at a landmark.
    """

    written: dict[str, Texts]
    record: Ints
    kind: Texts
    bearing_deg: Floats
    written_bearing: Floats
    unit: Texts
    direction: Texts
    north: Ints
    year: Floats
    distance_m: Floats
    count: Floats
    bearing_step_deg: Floats
    distance_step_m: Floats
    source: Texts
    place: Texts
    base: Ints
    end_leg: Ints
    start_landmark: Ints
    end_landmark: Ints

    @property
    def n(self) -> int:
        """Number of legs."""
        return self.record.size

    @property
    def closing(self) -> Bools:
        """Legs that end at a point that was known before, shape (n,)."""
        return np.asarray(self.end_leg != np.arange(self.n), dtype=bool)

    def taken(self, rows: Bools) -> LegTable:
        """Keep whole records only."""
        number = np.cumsum(rows) - 1
        values: dict[str, Any] = {
            name: value[rows] for name, value in vars(self).items() if name != "written"
        }
        for name in ("base", "end_leg"):
            values[name] = np.where(values[name] >= 0, number[values[name]], -1)
        _, values["record"] = np.unique(values["record"], return_inverse=True)
        values["record"] = values["record"].astype(np.int64)
        written = {name: texts[rows] for name, texts in self.written.items()}
        return LegTable(written=written, **values)


def read_legs(
    data: Any, landmarks: Landmarks, settings: Settings, rules: TraverseRules
) -> tuple[LegTable, Account]:
    """Read legs.

    Parameters
    ----------
    data : DataFrame, RawTable or sequence of these
    landmarks : Landmarks
    settings : Settings
        Uses ``columns``, ``formats`` and ``declination_deg``.
    rules : TraverseRules

    Returns
    -------
    legs : LegTable
        All of them, records sorted by name; what faulty ones hold is undefined.
    account : Account
        In the same order.

    Raises
    ------
    InputError
        If a table is empty or lacks a column.
    SettingsError
        If nobody says from which north bearings count.
    """
    account = Account(as_tables(data, "legs"), "legs", settings)
    _check_north(account, rules)
    account.name_rows(account.texts("record_id"))
    record, repeated, lacking = _put_in_order(account)
    written = {column.name: account.texts(column.name) for column in COLUMNS["legs"]}
    account.add(written["record_id"] == "", "MA120", "record_id", lambda _: {"name": "record_id"})
    _numbers(account, "leg")
    for rows, why in ((repeated, _REPEATED), (lacking, _LACKING)):
        account.add(rows, "MA323", "leg", lambda _, why=why: {"why": why})  # type: ignore[misc]
    words = {
        name: _words(account, written[name], name)
        for name in ("north", "unit", "direction", "kind")
    }
    north = np.where(words["north"] == "", rules.north or "", words["north"])
    account.add(north == "", "MA120", "north", lambda _: {"name": "north"})
    unit = np.where(words["unit"] == "", rules.unit or "", words["unit"])
    bearing, unit, digits = _bearings(account, written["bearing"], unit)
    distance = _distances(account)
    count = _counts(account, words["kind"])
    date, misfit = account.dates(settings.formats.get("legs.date"))
    date = _dates(date, record)
    year = np.where(misfit, np.nan, decimal_years(date))
    if settings.declination_deg is None:
        _check_dates(account, date, year, north == "magnetic")
    direction = np.where(words["direction"] == "", CLOCKWISE, words["direction"])
    sense = np.where(direction == COUNTERCLOCKWISE, -1.0, 1.0)
    per_unit = np.array([360 / CIRCLES.get(str(name), np.nan) for name in unit], dtype=np.float64)
    codes = np.array([NORTHS.index(str(name)) if name else 0 for name in north], dtype=np.int64)
    legs = LegTable(
        written=written | {"date": date},
        record=record,
        kind=words["kind"],
        bearing_deg=np.asarray(bearing * per_unit * sense % 360, dtype=np.float64),
        written_bearing=bearing,
        unit=unit,
        direction=direction,
        north=codes,
        year=year,
        distance_m=distance,
        count=count,
        bearing_step_deg=_steps(account, "bearing_step", _scale(bearing, unit, digits)) * per_unit,
        distance_step_m=_steps(
            account, "distance_step_m", _coarser(distance, _places(written["distance_m"]))
        ),
        source=account.names(),
        place=account.places(),
        **joints(account, record, written["from"], written["to"], landmarks),
    )
    return legs, account


_REPEATED = "the number stands twice in the record"
_LACKING = "it has no number, and other legs of the record have"


def _check_north(account: Account, rules: TraverseRules) -> None:
    if rules.north is None and account.lacking("north"):
        names = ", ".join(dict.fromkeys(table.source for table in account.lacking("north")))
        raise SettingsError(
            f"{names} does not say from which north its bearings count: add a column north, or "
            "give --north true, --north grid or --north magnetic."
        )


def _put_in_order(account: Account) -> tuple[Ints, Bools, Bools]:
    """Order legs by record and number: numbers of records, repeated numbers, lacking ones."""
    _, record = np.unique(account.texts("record_id"), return_inverse=True)
    numbers = as_numbers(account.series("leg"), comma_is_decimal=False)
    values = np.nan_to_num(numbers.values)
    order = np.lexsort((np.arange(account.n), values, record)).astype(np.int64)
    account.put_in_order(order)
    record, values = record[order].astype(np.int64), values[order]
    given = ~numbers.empty[order]
    some = np.bincount(record, weights=given) > 0
    same = np.r_[False, (np.diff(record) == 0) & (np.diff(values) == 0)]
    return record, np.asarray(same & given, dtype=bool), some[record] & ~given


def _words(account: Account, texts: Texts, name: str) -> Texts:
    """Read the words of a column; a word that is not known is a fault, and then blank."""

    def read(text: str) -> str:
        word = meaning(name, text)
        return _STRANGE if word is None else word

    words = each_text(texts, read)
    strange = np.asarray(words == _STRANGE, dtype=bool)
    account.add(
        strange,
        "MA106",
        name,
        lambda index: {
            "value": str(texts[index]),
            "name": name,
            "closest": "",
            "how": f"write one of {', '.join(known_words(name))}.",
        },
        cells=_VALUE,
    )
    return np.where(strange, "", words)


def _bearings(account: Account, texts: Texts, units: Texts) -> tuple[Floats, Texts, Floats]:
    """Read bearings: number as written, its unit, and the place of its last digit."""
    import pandas as pd

    codes, first = pd.factorize(pd.MultiIndex.from_arrays([texts, units]))
    read: list[Bearing | NoBearing] = []
    for text, unit in first:
        try:
            read.append(read_bearing(str(text), str(unit)))
        except NoBearing as fault:
            read.append(fault)
    there = np.array([isinstance(one, Bearing) for one in read], dtype=bool)

    def say(index: int) -> dict[str, str]:
        fault: Any = read[codes[index]]
        return {"value": str(texts[index]), "why": fault.why, "how": fault.how}

    account.add(~there[codes], "MA320", "bearing", say, cells=_VALUE)
    value = np.array([one.value if isinstance(one, Bearing) else np.nan for one in read])
    step = np.array([one.step if isinstance(one, Bearing) else np.nan for one in read])
    unit_of = np.array([one.unit if isinstance(one, Bearing) else "" for one in read], dtype=object)
    return value[codes], unit_of[codes], step[codes]


def _numbers(account: Account, name: str) -> Numbers:
    numbers = as_numbers(account.series(name), comma_is_decimal=False)
    account.add(
        numbers.bad | numbers.endless,
        "MA103",
        name,
        lambda index: {"value": numbers.shown(index), "hint": numbers.hint(index)},
        cells=_VALUE,
    )
    return numbers


def _out_of_range(account: Account, rows: Bools, numbers: Numbers, name: str, allowed: str) -> None:
    account.add(
        rows & ~numbers.bad & ~numbers.endless,
        "MA107",
        name,
        lambda index: {"name": name, "value": numbers.shown(index) or "blank", "allowed": allowed},
        cells=_VALUE,
    )


def _distances(account: Account) -> Floats:
    numbers = _numbers(account, "distance_m")
    fits = (numbers.values > 0) & (numbers.values <= FARTHEST_M)
    _out_of_range(account, ~fits, numbers, "distance_m", "above 0 to 100,000 metres")
    return numbers.values


def _counts(account: Account, kind: Texts) -> Floats:
    numbers = _numbers(account, "count")
    end = np.asarray(kind == END, dtype=bool)
    blank = end & numbers.empty
    account.add(blank, "MA324", "count", lambda _: {"what": "The row has no count of mines"})
    whole = (np.floor(numbers.values) == numbers.values) & (numbers.values <= MOST_IN_ROW)
    few = ~(whole & (numbers.values >= 2)) & end & ~numbers.empty
    _out_of_range(
        account, few, numbers, "count", "a whole number from 2 to 100,000: a mine at each end"
    )
    wrong = ~(whole & (numbers.values >= 1)) & ~end & ~numbers.empty
    _out_of_range(account, wrong, numbers, "count", "a whole number from 1 to 100,000")
    return numbers.values


def _dates(texts: Texts, record: Ints) -> Texts:
    """Fill blank dates of a record of which all other legs have one and the same."""
    import pandas as pd

    cells: pd.Series[Any] = pd.Series(texts, dtype=object)
    given = cells.where(cells != "", None).groupby(record)
    only = np.asarray(given.transform("nunique") == 1, dtype=bool)
    first = given.transform("first").to_numpy(dtype=object)
    return np.where((texts == "") & only, first, texts)


def _check_dates(account: Account, date: Texts, year: Floats, magnetic: Bools) -> None:
    covered = (year >= FIRST_YEAR) & (year <= LAST_YEAR)

    def say(index: int) -> dict[str, str]:
        if not date[index]:
            return {"why": "has no date"}
        if np.isnan(year[index]):
            return {"why": "its date is not written YYYY-MM-DD, YYYY-MM or YYYY"}
        return {"why": "its date is outside the years that the model of the field covers"}

    account.add(np.asarray(magnetic & ~covered, dtype=bool), "MA321", "date", say)


def _scale(values: Floats, units: Texts, digits: Floats) -> Floats:
    """Give steps of bearings: their last digit, or the scale that the whole file shows."""
    steps = digits.copy()
    for unit, candidates in BEARING_STEPS.items():
        rows = np.asarray(units == unit, dtype=bool) & (digits == 1)
        step = common_step(values[rows], candidates, CIRCLES[unit])
        if step is not None:
            steps[rows] = step
    return steps


def _coarser(values: Floats, digits: Floats) -> Floats:
    """Give steps of distances: their last digit, or the step that the whole file shows."""
    steps = digits.copy()
    rows = np.isfinite(values) & (digits == 1)
    step = common_step(values[rows], DISTANCE_STEPS)
    if step is not None:
        steps[rows] = step
    return steps


def _places(texts: Texts) -> Floats:
    """Give the place of the last digit of numbers.

    Examples
    --------
    >>> _places(np.array(["120", "120.5", "120,50"], dtype=object)).tolist()
    [1.0, 0.1, 0.01]
    """
    import pandas as pd

    behind = pd.Series(texts, dtype=object).str.extract(r"[.,](\d+)\s*$")[0]
    decimals = behind.str.len().fillna(0).to_numpy(dtype=np.float64)
    return np.asarray(10.0**-decimals, dtype=np.float64)


def _steps(account: Account, name: str, otherwise: Floats) -> Floats:
    """Take the steps that are stated over those that are seen."""
    numbers = _numbers(account, name)
    given = ~numbers.empty
    _out_of_range(account, given & ~(numbers.values > 0), numbers, name, "above 0")
    return np.where(given, numbers.values, otherwise)
