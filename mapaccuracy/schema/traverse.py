"""What records by bearing and distance are asked, and what they answer."""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from mapaccuracy.errors import SettingsError
from mapaccuracy.schema.settings_checks import closest

NORTHS = ("true", "grid", "magnetic")
BEARING_UNITS = ("degrees", "mils6000", "mils6400")
CLOSED, OPEN, NOT_CHECKED = "closed", "open", "not checked"
CLOSURE_SHARE = 0.01


@dataclass(frozen=True)
class TraverseRules:
    """How records by bearing and distance are read and checked.

    Parameters
    ----------
    north : {"true", "grid", "magnetic"} or None
        Of legs that do not say.
    unit : {"degrees", "mils6000", "mils6400"} or None
        Of bearings that do not say.
    grid : str or None
        EPSG code of the transverse Mercator grid of grid bearings.
    closure_m : float or None
        Closure error in metres that is always allowed; >= 0. None: twice what the steps of reading
        allow on that traverse.
    closure_share : float
        The same as a share of the length; in [0, 1]. The larger of both is the limit.
    adjust : bool
        Distribute closure errors by the compass rule of Bowditch.

    Raises
    ------
    SettingsError
        Naming every rule that cannot be used.
    """

    north: str | None = None
    unit: str | None = None
    grid: str | None = None
    closure_m: float | None = None
    closure_share: float = CLOSURE_SHARE
    adjust: bool = False

    def __post_init__(self) -> None:
        faults = [
            f"{name} is '{value}'; give one of {', '.join(known)}{closest(str(value), [*known])}"
            for name, value, known in (
                ("north", self.north, NORTHS),
                ("unit", self.unit, BEARING_UNITS),
            )
            if value is not None and value not in known
        ]
        metres, share = self.closure_m, self.closure_share
        if metres is not None and not (_is_number(metres) and metres >= 0):
            faults.append(f"closure_m is {metres}; give metres, 0 or more.")
        if not (_is_number(share) and 0 <= share <= 1):
            faults.append(f"closure_share is {share}; give a share from 0 to 1, such as 0.01.")
        if faults:
            raise SettingsError(faults)

    def to_dict(self) -> dict[str, Any]:
        """Give names and values, ready for JSON."""
        return asdict(self)


def _is_number(value: object) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool) and math.isfinite(value)


@dataclass(frozen=True)
class Closure:
    """How a leg misses the known point at which it should end.

    Attributes
    ----------
    leg : str
        As it is called in its record.
    at : str
        Name of the known point.
    legs : int
        Legs of the traverse.
    length_m : float
    error_m : float
        From the known point to the end that was reached.
    azimuth_deg : float
        True azimuth of that, [0, 360).
    share : float
        Error / length.
    limit_m : float
    within : bool
        Whether the error is within the limit.
    suspects : tuple of mapping
        Legs of which one change alone would close the traverse: ``leg`` and ``change``; empty if
        there is none, or so many that they say nothing.
    """

    leg: str
    at: str
    legs: int
    length_m: float
    error_m: float
    azimuth_deg: float
    share: float
    limit_m: float
    within: bool
    suspects: tuple[Mapping[str, str], ...]


@dataclass(frozen=True)
class TraverseRecord:
    """What became of one record.

    Attributes
    ----------
    record_id : str
    legs : int
    rows : int
        Rows of mines.
    points : int
        Supplied points that it gives.
    length_m : float
        Of all legs.
    closures : tuple of Closure
        In the order of the legs; empty if no leg ends at a known point.
    outcome : {"closed", "open", "not checked"}
        ``closed``: every closure is within its limit. ``not checked``: no leg ends at a known
        point, so nobody can tell.
    adjusted : bool
        Whether the closure error was distributed.
    reason : str or None
        Why it was not, where that was asked for; or why nothing was checked.
    """

    record_id: str
    legs: int
    rows: int
    points: int
    length_m: float
    closures: tuple[Closure, ...]
    outcome: str
    adjusted: bool
    reason: str | None
