"""The one way from a text, or the two cells of a row, to a position."""

from __future__ import annotations

from mapaccuracy.coordinates.positions.folding import folded, strange
from mapaccuracy.coordinates.positions.grid_references import read_mgrs, read_utm
from mapaccuracy.coordinates.positions.metres import System, other_datum, read_metres, system
from mapaccuracy.coordinates.positions.outcome import Order, Position, Reading, Refused
from mapaccuracy.coordinates.positions.pairs import read_one, read_pair, settled

# Longer than any position, even with blanks; what is longer is not looked at.
_LONGEST = 120


def read_position(text: str, crs: str | None = None, order: Order | None = None) -> Reading:
    r"""Read a position as people write it.

    Parameters
    ----------
    text : str
        Decimal degrees, degrees and minutes, degrees, minutes and seconds, MGRS, UTM with its
        zone; with `crs`, numbers of that coordinate system.
    crs : str, optional
        Coordinate system of the numbers, such as ``EPSG:28408``. Without it WGS 84.
    order : {"lat,lon", "lon,lat"}, optional
        Which of two numbers without letters is the latitude, or the northing.

    Returns
    -------
    Reading
        With a position, or else with the reason why the text was refused and what it could mean.

    Raises
    ------
    SettingsError
        If PROJ does not know the coordinate system.

    Examples
    --------
    >>> found = read_position("39°59'24\"N 46°55'48\"E").position
    >>> found.lat, found.lon, round(found.resolution_m, 1), found.notation
    (39.99, 46.93, 15.4, 'dms')
    >>> [(one.lat, one.lon) for one in read_position("45.37 41.09").readings]
    [(45.37, 41.09), (41.09, 45.37)]
    >>> read_position("45.37 41.09", order="lon,lat").position.lat
    41.09
    """
    into = None if crs is None else system(crs)
    try:
        return Reading(text, _read(text, into, order))
    except Refused as refused:
        return Reading(text, None, refused.readings, refused.error)


def read_cells(
    first: str, second: str, crs: str | None = None, order: Order | None = None
) -> Reading:
    """Read a position of which each coordinate has a cell of its own.

    Parameters
    ----------
    first, second : str
        One coordinate each; a comma in it stands for decimals.
    crs, order : str, optional
        As in `read_position`; `order` is that of the two columns.

    Returns
    -------
    Reading
        Its input is both cells with a semicolon between them.

    Raises
    ------
    SettingsError
        If PROJ does not know the coordinate system.

    Examples
    --------
    >>> read_cells("33,5", "44,2", order="lat,lon").position.lon
    44.2
    """
    into = None if crs is None else system(crs)
    text = f"{first}; {second}"
    try:
        return Reading(text, _read_two(first, second, into, order))
    except Refused as refused:
        return Reading(text, None, refused.readings, refused.error)


def _plain(text: str) -> str:
    if len(text) > _LONGEST:
        raise Refused(f"It is longer than {_LONGEST} characters; a position is shorter.")
    plain = folded(text)
    if not plain:
        raise Refused("It is blank: there is no position.")
    return plain


def _read(text: str, into: System | None, order: Order | None) -> Position:
    plain = _plain(text)
    found = read_mgrs(plain) or read_utm(plain)
    if found is None and into is not None and into.projected:
        fault = strange(plain)
        if fault is not None:
            raise Refused(fault)
        return read_metres(plain, into, order)
    if found is not None:
        if into is not None and not into.is_wgs84:
            raise Refused(
                f"A grid reference with its zone is in WGS 84 and not in {into.crs}; leave out "
                "--crs, or read it apart."
            )
        return found
    fault = strange(plain)
    if fault is not None:
        raise Refused(fault)
    return _in_wgs84(read_pair(plain, order), into)


def _read_two(first: str, second: str, into: System | None, order: Order | None) -> Position:
    cells = [_plain(first), _plain(second)]
    for plain in cells:
        fault = strange(plain)
        if fault is not None:
            raise Refused(fault)
        if ";" in plain:
            raise Refused("A cell holds more than one line; each coordinate needs its own cell.")
    if into is not None and into.projected:
        return read_metres("; ".join(cells), into, order)
    return _in_wgs84(settled(read_one(cells[0]), read_one(cells[1]), order), into)


def _in_wgs84(position: Position, into: System | None) -> Position:
    return position if into is None or into.is_wgs84 else other_datum(position, into)
