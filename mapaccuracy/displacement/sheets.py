"""A displacement for every map sheet: a sheet shares its error."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mapaccuracy.displacement.free import search_freely
from mapaccuracy.displacement.tested import MIN_CONTRIBUTING
from mapaccuracy.evaluation.apart import Finds, Units, units_of
from mapaccuracy.evaluation.compared import Compared
from mapaccuracy.schema import SheetDisplacement

# Pairs of each sheet that are looked at, and sheets in all.
_MOST_PAIRS = 200_000
_MOST_SHEETS = 40
_STREAM = 703
TOO_MANY = "more sheets than are searched one by one"


def by_sheet(compared: Compared, finds: Finds, draws: int) -> tuple[SheetDisplacement, ...]:
    """Search the displacement of every sheet in its own records, in order of their names.

    Parameters
    ----------
    compared : Compared
    finds : Finds
    draws : int

    Returns
    -------
    tuple of SheetDisplacement
        Empty without sheets, or with one only. Of more than 40 sheets those with most records.
    """
    coded = compared.inputs.supplied.codes("sheet")
    if coded is None:
        return ()
    names, code = coded
    units = units_of(compared, "record")
    held = units.of_point >= 0
    pairs = np.unique(np.column_stack([code[held], units.of_point[held]]), axis=0)
    records = np.bincount(pairs[:, 0], minlength=len(names))
    sheets = [number for number, name in enumerate(names) if name and records[number]]
    if len(sheets) < 2:
        return ()
    most = sorted(sheets, key=lambda number: (-records[number], number))[:_MOST_SHEETS]
    return tuple(
        _sheet(compared, finds, units, code == number, names[number], int(records[number]), draws)
        for number in sorted(most)
    )


def _sheet(
    compared: Compared,
    finds: Finds,
    units: Units,
    own: np.ndarray,
    name: str,
    records: int,
    draws: int,
) -> SheetDisplacement:
    if records < MIN_CONTRIBUTING:
        reason = f"{records} records; {MIN_CONTRIBUTING} are needed"
        return SheetDisplacement(name, records, 0, None, None, None, None, reason)
    of_point = np.full(len(own), -1, dtype=np.int64)
    kept = own & (units.of_point >= 0)
    of_point[kept] = np.unique(units.of_point[kept], return_inverse=True)[1]
    alone = replace(units, of_point=of_point, count=records)
    told = search_freely(compared, alone, finds, draws, _MOST_PAIRS, _STREAM).figure
    return SheetDisplacement(
        name,
        records,
        told.contributing,
        told.east_m,
        told.north_m,
        told.ellipse,
        told.p,
        told.reason,
    )
