"""What reading a position gives: the position, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Order = Literal["lat,lon", "lon,lat"]
ORDERS: tuple[Order, ...] = ("lat,lon", "lon,lat")


@dataclass(frozen=True)
class Position:
    """A position in WGS 84.

    Attributes
    ----------
    lat, lon : float
        Degrees; -90 to 90 and -180 to 180.
    resolution_m : float
        Half of the last digit's place as it was written, in metres on the ground; the larger one
        of the two axes. For MGRS half the width of the square. How well the position was measured
        is another question: it can only be worse.
    notation : str
        ``dd``, ``ddm`` or ``dms`` (degrees; degrees and minutes; degrees, minutes and seconds),
        two of them joined by ``+`` where the coordinates differ, ``mgrs``, ``utm`` or ``metres``.
    """

    lat: float
    lon: float
    resolution_m: float
    notation: str


@dataclass(frozen=True)
class Reading:
    """What a text says.

    Attributes
    ----------
    input : str
        The text as it was given.
    position : Position or None
        None if the text was refused.
    readings : tuple of Position
        What a text that was refused as ambiguous could mean; empty otherwise.
    error : str or None
        Why it was refused and what to write instead; None if it was read.
    """

    input: str
    position: Position | None
    readings: tuple[Position, ...] = ()
    error: str | None = None


class Refused(Exception):  # noqa: N818  inside this package only: it ends as Reading.error
    """A text that is not read.

    Parameters
    ----------
    error : str
        Why, and what to write instead.
    readings : tuple of Position
        What it could mean.
    """

    def __init__(self, error: str, readings: tuple[Position, ...] = ()) -> None:
        super().__init__(error)
        self.error = error
        self.readings = readings
