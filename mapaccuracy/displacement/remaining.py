"""Error that is left after the hypothesis of the verdict, record by record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from mapaccuracy.displacement.corrected import At
from mapaccuracy.evaluation.compared import Compared
from mapaccuracy.evaluation.elsewhere import elsewhere, metres_off_centre
from mapaccuracy.schema import AS_SUPPLIED, Residuals
from mapaccuracy.statistics.residuals import record_residuals, residual_summary

if TYPE_CHECKING:
    import pandas as pd


def remaining(
    compared: Compared, name: str | None, places: Mapping[str, At]
) -> tuple[Residuals, pd.DataFrame]:
    """Describe the error that is left, and list it by record (restricted).

    Parameters
    ----------
    compared : Compared
        The map as supplied.
    name : str or None
        Hypothesis of the verdict; None for the map as supplied.
    places : mapping of str to callable
        Gives x and y after a hypothesis.
    """
    import pandas as pd

    after = AS_SUPPLIED if name is None else name
    there = compared if after == AS_SUPPLIED else elsewhere(compared, *places[after]())
    claimed, found, pairs = there.inputs.supplied, there.inputs.finds, there.matching
    a, b = pairs.supplied, pairs.find
    wide, high = there.inputs.frame.scale((claimed.y[a] + found.y[b]) / 2)
    x_m, y_m = metres_off_centre(there)
    x_m, y_m = x_m[a], y_m[a]
    east_m, north_m = (found.x[b] - claimed.x[a]) * wide, (found.y[b] - claimed.y[a]) * high
    sheet = np.full(len(a), -1, dtype=np.int64)
    sheets: list[str] = []
    coded = claimed.codes("sheet")
    if coded is not None:
        sheets, code = coded
        sheet = np.where(np.array([text != "" for text in sheets], dtype=bool)[code], code, -1)[a]
    record = there.record[a]
    told = record_residuals(record, sheet, x_m, y_m, east_m, north_m)
    summary = residual_summary(told, len(a), there.settings.tolerance_m, after)
    table = pd.DataFrame(
        {
            "record": _names(there, told.record),
            "sheet": ["" if code < 0 else sheets[code] for code in told.sheet],
            "pairs": told.pairs,
            "east_m": told.east_m,
            "north_m": told.north_m,
            "spread_m": told.spread_m,
            "rotation_deg": told.rotation_deg,
        }
    )
    return summary, table


def _names(compared: Compared, record: np.ndarray) -> list[str]:
    """Name records by their ids; those without one are called by their number."""
    ids = compared.inputs.supplied.texts("record_id")
    first = np.zeros(int(compared.record.max(initial=-1)) + 1, dtype=np.int64)
    rows = np.flatnonzero(compared.record >= 0)
    first[compared.record[rows[::-1]]] = rows[::-1]
    return [
        (str(ids[first[r]]) if ids is not None and ids[first[r]] else f"neighbourhood {r + 1}")
        for r in record
    ]
