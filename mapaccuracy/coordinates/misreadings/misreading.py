"""What a known mistake is: the map as it was plotted, and the map with the mistake undone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mapaccuracy.schema import Floats

LOCAL = "positions are local metres"


@dataclass(frozen=True)
class Plotted:
    """A supplied map as it was plotted.

    Attributes
    ----------
    lon, lat : ndarray of float, shape (n,)
        Degrees in WGS 84, finite; in local metres x (east) and y (north).
    reference_lon, reference_lat : ndarray of float, shape (n,), or None
        Of the reference point from which the record's points were measured; NaN where none is
        given.
    year : ndarray of float, shape (n,), or None
        Decimal year of laying; NaN where it is not known.
    source_crs : tuple of str
        Coordinate systems in which the supplied files stated their numbers, such as
        ``EPSG:28408``, ``EPSG:4326`` or ``local``.
    finds_lon, finds_lat : float
        Median position of the finds, where the truth is thought to lie: it chooses the zone.
    declination_deg : float or None
        Magnetic declination, east positive; None for that of the model by place and year.
    local : bool
        Whether positions are planar metres.
    """

    lon: Floats
    lat: Floats
    reference_lon: Floats | None
    reference_lat: Floats | None
    year: Floats | None
    source_crs: tuple[str, ...]
    finds_lon: float
    finds_lat: float
    declination_deg: float | None
    local: bool


@dataclass(frozen=True)
class Corrected:
    """A supplied map with one mistake undone.

    Attributes
    ----------
    lon, lat : ndarray of float, shape (n,)
        As in `Plotted`; NaN for a position that cannot come of the mistake.
    operation : str or None
        What was done, with the code of a coordinate operation and the version of PROJ.
    in_area : bool or None
        Whether most of the corrected map lies in the area that the coordinate systems are made
        for; None where that has no meaning.
    reason : str or None
        What to mind.
    """

    lon: Floats
    lat: Floats
    operation: str | None
    in_area: bool | None
    reason: str | None


@dataclass(frozen=True)
class Misreading:
    """A known mistake with coordinates.

    Attributes
    ----------
    name : str
    cause : str
        The mistake as one clause.
    undoing : function of Plotted to Corrected
        Undoes it; raises `UntestableError` where it cannot be tested on this map.
    in_local_metres : bool
        Whether it can be made with local metres too.
    """

    name: str
    cause: str
    undoing: Callable[[Plotted], Corrected]
    in_local_metres: bool = False

    def undo(self, plotted: Plotted) -> Corrected | str:
        """Undo the mistake.

        Parameters
        ----------
        plotted : Plotted

        Returns
        -------
        Corrected or str
            A text says why the mistake cannot be tested on this map.
        """
        if plotted.local and not self.in_local_metres:
            return LOCAL
        try:
            return self.undoing(plotted)
        except UntestableError as error:
            return str(error)


class UntestableError(Exception):
    """A mistake cannot be tested on this map; the message says why. Never leaves `undo`."""


def without(impossible: npt.NDArray[np.bool_], lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Leave out the positions that cannot come of a mistake.

    Parameters
    ----------
    impossible : ndarray of bool, shape (n,)
    lon, lat : ndarray of float, shape (n,)

    Returns
    -------
    lon, lat : ndarray of float, shape (n,)
        New arrays; NaN in both where impossible.

    Examples
    --------
    >>> without(np.array([False, True]), np.array([46.9, 106.0]), np.array([40.0, 11.0]))
    (array([46.9,  nan]), array([40., nan]))
    """
    return np.where(impossible, np.nan, lon), np.where(impossible, np.nan, lat)
