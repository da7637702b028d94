"""Mistakes of notation: degrees, minutes and seconds that were typed as decimal degrees."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mapaccuracy.coordinates.misreadings.misreading import (
    Corrected,
    Plotted,
    UntestableError,
    without,
)
from mapaccuracy.schema import Floats

NOT_MINUTES = "every position has minutes of 60 or more, so none is degrees and minutes"
NOT_SECONDS = "every position has minutes or seconds of 60 or more"
_SOME_NOT = "some positions have minutes or seconds of 60 or more"
_STEPS = 10**10  # of a degree: 0.01 mm, more than rounding in the last digits amounts to


def read_again(plotted: Plotted, reading: Callable[[Floats], Floats], none_can: str) -> Corrected:
    """Read the digits of decimal degrees as another notation.

    Parameters
    ----------
    plotted : Plotted
    reading : function of ndarray of float to ndarray of float
        `from_minutes` or `from_seconds`.
    none_can : str
        Why no position can be read so, where none can.

    Returns
    -------
    Corrected

    Raises
    ------
    UntestableError
        If no position can be read so.
    """
    lon, lat = reading(plotted.lon), reading(plotted.lat)
    impossible = np.isnan(lon) | np.isnan(lat)
    if impossible.all():
        raise UntestableError(none_can)
    reason = _SOME_NOT if impossible.any() else None
    return Corrected(*without(impossible, lon, lat), None, None, reason)


def from_minutes(typed: Floats) -> Floats:
    """Read DD.MMmmm.

    Parameters
    ----------
    typed : ndarray of float, shape (n,)
        Such as 46.558 for 46 degrees 55.8 minutes.

    Returns
    -------
    ndarray of float, shape (n,)
        Degrees; NaN where the minutes are 60 or more.

    Examples
    --------
    >>> from_minutes(np.array([46.558, -46.3, 46.6])).tolist()
    [46.93, -46.5, nan]
    """
    degrees, rest = np.divmod(np.rint(np.abs(typed) * _STEPS), _STEPS)
    minutes = rest / (_STEPS // 100)
    return np.where(minutes < 60, np.copysign(degrees + minutes / 60, typed), np.nan)


def from_seconds(typed: Floats) -> Floats:
    """Read DD.MMSSsss.

    Parameters
    ----------
    typed : ndarray of float, shape (n,)
        Such as 46.5548 for 46 degrees 55 minutes 48 seconds.

    Returns
    -------
    ndarray of float, shape (n,)
        Degrees; NaN where minutes or seconds are 60 or more.

    Examples
    --------
    >>> from_seconds(np.array([46.5548, 46.55, -46.3, 46.5560, 46.60])).round(9).tolist()
    [46.93, 46.916666667, -46.5, nan, nan]
    """
    degrees, rest = np.divmod(np.rint(np.abs(typed) * _STEPS), _STEPS)
    minutes, rest = np.divmod(rest, _STEPS // 100)
    seconds = rest / (_STEPS // 10_000)
    read = np.copysign(degrees + minutes / 60 + seconds / 3600, typed)
    return np.where((minutes < 60) & (seconds < 60), read, np.nan)
