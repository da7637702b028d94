"""Moves of the map in words."""

from __future__ import annotations

import math

from mapaccuracy.report.layout import Entry
from mapaccuracy.schema import DISPLACEMENT

STAYS = "no move"
# Below this a move is the same everywhere, as far as anybody can tell.
SAME_M = 0.5


def where(east_m: float, north_m: float, *, brief: bool = False) -> str:
    """Write a move by its parts.

    Examples
    --------
    >>> where(-62.04, 88.0), where(-102.1, -9.6, brief=True), where(0.01, 0.0)
    ('62.0 m west, 88.0 m north', '102 m W, 9.6 m S', 'no move')
    >>> where(0.0, 1870.2), where(-512_345.0, 0.0)
    ('1.87 km north', '512 km west')
    """
    parts = [
        f"{_length(abs(metres), brief)} {side[0].upper() if brief else side}"
        for metres, side in (
            (east_m, "east" if east_m > 0 else "west"),
            (north_m, "north" if north_m > 0 else "south"),
        )
        if abs(metres) >= 0.05
    ]
    return ", ".join(parts) or STAYS


def _length(metres: float, brief: bool) -> str:
    if metres < 1000:
        return f"{metres:.{0 if brief and metres >= 99.95 else 1}f} m"
    return f"{metres / 1000:,.{2 if metres < 10_000 else 0}f} km"


def moved_by(place: Entry, *, brief: bool = False) -> str:
    """Write the move of a peak, a displacement or a sheet."""
    return where(place["east_m"], place["north_m"], brief=brief)


def turned(found: Entry) -> str:
    """Write a rotation and a scale, no finer than a map of some kilometres can tell."""
    if found["rotation_deg"] is None:
        return ""
    degrees, ppm = found["rotation_deg"], found["scale_ppm"]
    way = "clockwise" if degrees >= 0 else "anticlockwise"
    told = f"turned by {abs(degrees):.2f}° {way} about the centre of the map"
    if ppm is None:
        return told
    return f"{told} and {'enlarged' if ppm >= 0 else 'reduced'} by {abs(ppm):,.0f} ppm"


def stays(entry: Entry) -> bool:
    """Tell whether a displacement leaves the map where it is."""
    move = entry["move"]
    return (
        entry["name"] == DISPLACEMENT
        and move is not None
        and move["spread_m"] < SAME_M
        and moved_by(move) == STAYS
    )


def is_in_ellipse(found: Entry) -> bool:
    """Tell whether no displacement at all lies within the ellipse of the one found."""
    ellipse = found["ellipse"]
    if ellipse is None or not ellipse["semi_minor_m"] > 0:
        return False
    turn = math.radians(ellipse["bearing_deg"])
    east_m, north_m = found["east_m"], found["north_m"]
    along = east_m * math.sin(turn) + north_m * math.cos(turn)
    across = east_m * math.cos(turn) - north_m * math.sin(turn)
    return math.hypot(along / ellipse["semi_major_m"], across / ellipse["semi_minor_m"]) <= 1
