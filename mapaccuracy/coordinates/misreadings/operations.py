"""What was done to undo a mistake, in words."""

from __future__ import annotations

from mapaccuracy.coordinates.grids import in_sk42_area, sk42_operation
from mapaccuracy.coordinates.misreadings.misreading import Corrected
from mapaccuracy.schema import Floats


def joined(*parts: str | None, by: str = "; ") -> str | None:
    """Join the texts there are.

    Parameters
    ----------
    *parts : str or None
    by : str
        What stands between two of them.

    Returns
    -------
    str or None
        None where there is no text.

    Examples
    --------
    >>> joined("one", None, "two"), joined(None)
    ('one; two', None)
    """
    return by.join(part for part in parts if part) or None


def named(meridian: float) -> str:
    """Name a central meridian.

    Parameters
    ----------
    meridian : float
        Degrees east.

    Returns
    -------
    str

    Examples
    --------
    >>> named(46.5), named(-3.0)
    ('central meridian 46.5 E', 'central meridian 3 W')
    """
    return f"central meridian {abs(meridian):g} {'W' if meridian < 0 else 'E'}"


def proj() -> str:
    """Name PROJ with its version."""
    from pyproj import proj_version_str

    return f"PROJ {proj_version_str}"


def by_sk42(
    lon: Floats, lat: Floats, before: str | None = None, reason: str | None = None
) -> Corrected:
    """Give a map that was corrected by way of SK-42, with what is to be said of that.

    Parameters
    ----------
    lon, lat : ndarray of float, shape (n,)
        Degrees in WGS 84.
    before : str or None
        What was done beside the change of datum.
    reason : str or None
        What to mind beside the area.

    Returns
    -------
    Corrected
    """
    operation = joined(before, sk42_operation(), by=", ")
    area = in_sk42_area(lon, lat)
    outside = None if area is not False else "outside the area that SK-42 is made for"
    return Corrected(lon, lat, operation, area, joined(reason, outside))
