"""A corrected copy of the supplied points: both positions, and why, in every row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from mapaccuracy.errors import SettingsError
from mapaccuracy.evaluation.compared import Compared
from mapaccuracy.schema import AS_SUPPLIED, Floats, Hypothesis, closest

if TYPE_CHECKING:
    import pandas as pd

RESTRICTED = "RESTRICTED: positions corrected by hypothesis, not measured"
At = Callable[[], tuple[Floats, Floats]]


def corrected(
    compared: Compared,
    hypotheses: Mapping[str, Hypothesis],
    places: Mapping[str, At],
    verdict: str,
    chosen: str | None,
    name: str | None = None,
) -> pd.DataFrame:
    """Make the corrected copy.

    Parameters
    ----------
    compared : Compared
        The map as supplied.
    hypotheses : mapping of str to Hypothesis
    places : mapping of str to callable
        Gives x and y of every supplied row after a hypothesis.
    verdict : str
    chosen : str or None
        Hypothesis that the verdict rests on.
    name : str, optional
        Another one that was tested.

    Raises
    ------
    SettingsError
        If there is nothing to correct by.
    """
    import pandas as pd

    wanted = chosen if name is None else name
    if wanted is None or wanted == AS_SUPPLIED:
        raise SettingsError(
            f"There is nothing to correct by: the verdict is {verdict}. Name a hypothesis that "
            "was tested, if you want a copy corrected by it all the same."
        )
    if wanted not in places:
        known = sorted(set(places) - {AS_SUPPLIED})
        raise SettingsError(
            f"'{wanted}' was not tested on this map; tested: {', '.join(known) or 'none'}"
            f"{closest(wanted, known)}"
        )
    claimed = compared.inputs.supplied
    frame = claimed.layer.frame
    east, north = ("x", "y") if compared.inputs.frame.local else ("lon", "lat")
    x, y = places[wanted]()
    wide, high = compared.inputs.frame.scale((claimed.y + y) / 2)
    told, before = hypotheses[wanted], hypotheses[AS_SUPPLIED]
    columns = {name: frame[name] for name in ("id", "record_id", "sheet") if name in frame.columns}
    # Rows that stand for several mines are moved like the others.
    table = pd.DataFrame(columns)
    table[east], table[north] = frame[east], frame[north]
    table[f"corrected_{east}"], table[f"corrected_{north}"] = _near(x, frame[east]), y
    table["hypothesis"] = told.name
    table["move_east_m"] = np.round((x - claimed.x) * wide, 3)
    table["move_north_m"] = np.round((y - claimed.y) * high, 3)
    table["precision_as_supplied"] = _value(before)
    table["precision_after"] = _value(told)
    table["p"] = told.p
    table["verdict"] = verdict
    table["restricted"] = RESTRICTED
    return table


def _near(x: Floats, supplied: pd.Series[float]) -> Floats:
    """Give longitudes in the turn of the supplied ones; local metres stay as they are."""
    return np.asarray(x, dtype=np.float64) if supplied.name == "x" else (x + 180.0) % 360.0 - 180.0


def _value(told: Hypothesis) -> float | None:
    return None if told.held_out is None else told.held_out.value
