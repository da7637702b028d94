"""The supplied points as they would lie if a known mistake had not been made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from mapaccuracy.coordinates.misreadings import MISREADINGS, Plotted
from mapaccuracy.evaluation.compared import Compared
from mapaccuracy.intake.dates import decimal_years
from mapaccuracy.schema import AS_SUPPLIED, Floats, Ints

CAUSE_AS_SUPPLIED = "no mistake"
NOT_ALL_ROWS = "some positions cannot come of this mistake"


@dataclass(frozen=True)
class Undone:
    """The map with one mistake undone.

    Attributes
    ----------
    name, cause : str
    at : tuple of two ndarray of float, shape (n,), or None
        x and y in the plane; None where the mistake cannot be undone on this map.
    operation : str or None
    in_area : bool or None
    reason : str or None
        Why it cannot be undone, or what to mind.
    """

    name: str
    cause: str
    at: tuple[Floats, Floats] | None
    operation: str | None
    in_area: bool | None
    reason: str | None


def undone(
    compared: Compared, name: str | None = None, rows: Ints | None = None
) -> Iterator[Undone]:
    """Give the map as supplied, and then with each known mistake undone, one after the other.

    Parameters
    ----------
    compared : Compared
    name : str, optional
        Only this one.
    rows : ndarray of int, shape (k,), optional
        Only these supplied rows.
    """
    kept = slice(None) if rows is None else rows
    x, y = compared.inputs.supplied.x[kept], compared.inputs.supplied.y[kept]
    single = compared.supplied.single[kept]
    if name in (None, AS_SUPPLIED):
        yield Undone(AS_SUPPLIED, CAUSE_AS_SUPPLIED, (x, y), None, None, None)
    plotted = _plotted(compared, kept)
    for mistake in MISREADINGS:
        if name not in (None, mistake.name):
            continue
        told = mistake.undo(plotted)
        if isinstance(told, str):
            yield Undone(mistake.name, mistake.cause, None, None, None, told)
        elif not np.isfinite(told.lon[single] + told.lat[single]).all():
            yield Undone(mistake.name, mistake.cause, None, None, None, NOT_ALL_ROWS)
        else:
            # Rows that are not single points are never matched; any place will do.
            at = (
                np.where(np.isfinite(told.lon), told.lon, x),
                np.where(np.isfinite(told.lat), told.lat, y),
            )
            yield Undone(mistake.name, mistake.cause, at, told.operation, told.in_area, told.reason)


def _plotted(compared: Compared, kept: slice | Ints) -> Plotted:
    claimed, found = compared.inputs.supplied, compared.inputs.finds
    local = compared.inputs.frame.local
    east, north = ("x", "y") if local else ("lon", "lat")
    frame = claimed.layer.frame
    in_scope = compared.finds.in_scope
    date = claimed.texts("date")
    middle = (
        (float(np.median(found.x[in_scope])), float(np.median(found.y[in_scope])))
        if in_scope.any()
        else (float(np.median(claimed.x)), float(np.median(claimed.y)))
    )

    def part(values: Floats | None) -> Floats | None:
        return None if values is None else values[kept]

    return Plotted(
        lon=np.asarray(frame[east], dtype=np.float64)[kept],
        lat=np.asarray(frame[north], dtype=np.float64)[kept],
        reference_lon=part(claimed.numbers(f"reference_{east}")),
        reference_lat=part(claimed.numbers(f"reference_{north}")),
        year=None if date is None else decimal_years(date[kept]),
        source_crs=tuple(source.crs for source in claimed.layer.sources),
        finds_lon=middle[0],
        finds_lat=middle[1],
        declination_deg=compared.settings.declination_deg,
        local=local,
    )
