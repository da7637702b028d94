"""Geometries from well-known binary, and what is said of those that cannot be made."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from mapaccuracy.schema import Problem, RawTable

# Curves, which are not read: CircularString to MultiSurface.
_CURVES = range(8, 13)
_LINES = (2, 5)


def shapes_of(
    binary: npt.NDArray[np.object_],
) -> tuple[npt.NDArray[np.object_], list[tuple[int, int]]]:
    """Make geometries.

    Parameters
    ----------
    binary : ndarray of bytes or None, shape (n,)
        Well-known binary of ISO, OGC or PostGIS.

    Returns
    -------
    geometry : ndarray of shapely geometries, shape (n,)
        None where there is none, or none can be made.
    faults : list of (int, int)
        Index and type number of those that cannot be made.

    Examples
    --------
    >>> import shapely
    >>> point = shapely.Point(1, 2).wkb
    >>> shapes_of(np.array([point, None, point[:1] + bytes([8, 0, 0, 0])], dtype=object))
    (array([<POINT (1 2)>, None, None], dtype=object), [(2, 8)])
    """
    import shapely

    try:
        geometry = np.asarray(shapely.from_wkb(binary, on_invalid="ignore"), dtype=object)
    except NotImplementedError:
        # One curve is enough for this.
        geometry = np.array([_straight(one) for one in binary] + [None], dtype=object)[:-1]
    lost = np.flatnonzero(shapely.is_missing(geometry))
    return geometry, [(int(i), _type(binary[i])) for i in lost if binary[i] is not None]


def _straight(binary: bytes | None) -> object:
    """Make one geometry; None if it is a curve or damaged."""
    import shapely

    try:
        return shapely.from_wkb(binary, on_invalid="ignore")
    except NotImplementedError:
        return None


def _type(binary: bytes) -> int:
    number: int = struct.unpack("<I" if binary[0] == 1 else ">I", binary[1:5])[0]
    # The highest bits tell of heights, measures and a coordinate system.
    return (number & 0x0FFFFFFF) % 1000


def explained(
    table: RawTable, faults: Sequence[tuple[int, int]], expected: str
) -> tuple[Problem, ...]:
    """Name the rows of which no geometry can be made.

    Parameters
    ----------
    table : RawTable
    faults : sequence of (int, int)
        As `shapes_of` gives them.
    expected : str
        The kind of geometry that the role takes.
    """
    said: dict[int, tuple[str, dict[str, str]]] = {
        **dict.fromkeys(_CURVES, ("MA304", {"expected": expected, "got": "a curve"})),
        **dict.fromkeys(_LINES, ("MA307", {"detail": ": the line has too few points"})),
    }
    short = ("MA301", {"reason": "it has too few points, or is not closed"})
    told = [(index, *said.get(kind, short)) for index, kind in faults]
    return tuple(
        Problem(code, table.source, table.where(i), row=int(table.rows[i]), values=values)
        for i, code, values in told
    )
