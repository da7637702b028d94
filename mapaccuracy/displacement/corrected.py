"""A corrected copy of the supplied points: both positions, and why, in every row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mapaccuracy.errors import SettingsError
from mapaccuracy.evaluation.compared import Compared
from mapaccuracy.schema import AS_SUPPLIED, Floats, Hypothesis, closest

if TYPE_CHECKING:
    import pandas as pd

RESTRICTED = "RESTRICTED: positions corrected by hypothesis, not measured"
At = Callable[[], tuple[Floats, Floats]]


@dataclass(frozen=True, repr=False)
class Corrected:
    """Makes the corrected copy when asked for it, by a hypothesis that was tested.

    Attributes
    ----------
    compared : Compared
        The map as supplied.
    hypotheses : mapping of str to Hypothesis
    places : mapping of str to callable
        Gives x and y of every supplied row after a hypothesis.
    verdict : str
    chosen : str or None
        Hypothesis that the verdict rests on.
    """

    compared: Compared
    hypotheses: Mapping[str, Hypothesis]
    places: Mapping[str, At]
    verdict: str
    chosen: str | None

    def __call__(self, name: str | None = None) -> pd.DataFrame:
        """Make the copy by the hypothesis of the verdict, or by another one that was tested.

        Raises
        ------
        SettingsError
            If there is nothing to correct by.
        """
        wanted = self.chosen if name is None else name
        if wanted is None or wanted == AS_SUPPLIED:
            raise SettingsError(
                f"There is nothing to correct by: the verdict is {self.verdict}. Name a hypothesis "
                "that was tested, if you want a copy corrected by it all the same."
            )
        if wanted not in self.places:
            known = sorted(set(self.places) - {AS_SUPPLIED})
            raise SettingsError(
                f"'{wanted}' was not tested on this map; tested: {', '.join(known) or 'none'}"
                f"{closest(wanted, known)}"
            )
        claimed = self.compared.inputs.supplied
        frame = claimed.layer.frame
        east, north = ("x", "y") if self.compared.inputs.frame.local else ("lon", "lat")
        x, y = self.places[wanted]()
        wide, high = self.compared.inputs.frame.scale((claimed.y + y) / 2)
        told, before = self.hypotheses[wanted], self.hypotheses[AS_SUPPLIED]
        kept = [name for name in ("id", "record_id", "sheet") if name in frame.columns]
        # Rows that stand for several mines are moved like the others.
        table = frame[kept].copy()
        table[east], table[north] = frame[east], frame[north]
        table[f"corrected_{east}"], table[f"corrected_{north}"] = _near(x, frame[east]), y
        table["hypothesis"] = told.name
        table["move_east_m"] = np.round((x - claimed.x) * wide, 3)
        table["move_north_m"] = np.round((y - claimed.y) * high, 3)
        # Of the same points before and after; precision may be of other ground.
        table["share_as_supplied"] = before.confirmed_share
        table["share_after"] = told.confirmed_share
        table["p"] = told.p
        table["accepted"] = told.accepted
        table["verdict"] = self.verdict
        table["restricted"] = RESTRICTED
        return table


def _near(x: Floats, supplied: pd.Series[float]) -> Floats:
    """Give longitudes in the turn of the supplied ones; local metres stay as they are."""
    return np.asarray(x, dtype=np.float64) if supplied.name == "x" else (x + 180.0) % 360.0 - 180.0
