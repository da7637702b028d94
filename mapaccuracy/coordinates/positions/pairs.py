"""Two coordinates in degrees in one text, or in two cells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import product

from mapaccuracy.coordinates.earth import metres_per_degree
from mapaccuracy.coordinates.positions.angles import (
    AXIS_NAMES,
    LIMITS,
    TOO_LARGE,
    Angle,
    Axis,
    Token,
    angle,
    decimal,
    parted,
    tokens,
)
from mapaccuracy.coordinates.positions.outcome import ORDERS, Order, Position, Refused

_WIDE = re.compile(r"\d{4}", re.ASCII)
Pair = tuple[Angle, Angle]
ORDER_UNKNOWN = (
    "Nothing says which number is the latitude; write the letters N or S and E or W, or give "
    "--order lat,lon or --order lon,lat."
)
OUT_OF_RANGE = (
    "The latitude is beyond 90 degrees or the longitude beyond 180; compare with the original, "
    "and if the numbers stand in the other order, say so."
)
ONE_LETTER = (
    "Only one of the two coordinates has a letter; write N or S to the latitude and E or W to the "
    "longitude."
)
_NO_POSITION = (
    "It is no position in a notation that is read; write it such as 39.9900 N 46.9300 E, "
    "39°59'24\"N 46°55'48\"E or 38SPK64772843."
)
_UNCLEAR = (
    "The numbers can be divided into two coordinates in more than one way, or may be one "
    "coordinate; write the signs ° ' \", and a semicolon between latitude and longitude."
)
_UNCLEAR_COMMA = (
    "A comma may stand for decimals or between two coordinates; write decimals with a point, and a "
    "semicolon between latitude and longitude."
)
_TIGHT_SIGN = (
    "A plus or minus must stand before a number, with nothing between, and behind no other; put a "
    "semicolon between latitude and longitude, and write 39 59 24 for 39-59-24."
)


def read_pair(plain: str, order: Order | None) -> Position:
    """Read two coordinates out of one text.

    Parameters
    ----------
    plain : str
        Folded.
    order : str or None
        Of numbers without letters.

    Raises
    ------
    Refused
        If they are none, out of range or ambiguous.

    Examples
    --------
    >>> found = read_pair("N33 30.258 E044 15.5", None)
    >>> round(found.lat, 6), round(found.lon, 6), found.notation
    (33.5043, 44.258333, 'ddm')
    """
    inner = plain[1:-1].strip() if plain[:1] + plain[-1:] in ("()", "[]") else plain
    found = tokens(inner)
    _check_signs(found)
    if any(token.kind == "number" and _WIDE.match(token.text) for token in found):
        raise Refused(TOO_LARGE)
    pairs: list[Pair] = []
    singles: list[Angle] = []
    for way in (decimal(found), parted(found)):
        if way is None:
            continue
        more_pairs, more_singles = _divided(way)
        pairs += [pair for pair in more_pairs if pair not in pairs]
        singles += [one for one in more_singles if one not in singles]
    if len(pairs) == 1 and not singles:
        return settled(*pairs[0], order)
    if pairs and all((first.axis is None) != (second.axis is None) for first, second in pairs):
        readings = [one for pair in pairs for one in _with_missing_letter(*pair)]
        raise Refused(ONE_LETTER, tuple(dict.fromkeys(readings)))
    if pairs:
        has_comma = any("," in token.text and token.kind == "number" for token in found)
        raise Refused(_UNCLEAR_COMMA if has_comma else _UNCLEAR, _possible(pairs))
    if singles:
        raise Refused(_alone(singles[0]))
    raise Refused(_NO_POSITION)


def read_one(plain: str) -> Angle:
    """Read the one coordinate of a cell that holds no other.

    Raises
    ------
    Refused
        If it is none, or out of range on any axis.

    Examples
    --------
    >>> read_one("33,5").degrees
    33.5
    """
    found = tokens(plain)
    _check_signs(found)
    one = angle(decimal(found) or ())
    if one is None:
        raise Refused(
            "A cell is no coordinate in a notation that is read; write it such as 39.9900, "
            "39°59'24\"N or 46 55 48 E, one coordinate in a cell."
        )
    fault = one.fault()
    if fault is not None:
        raise Refused(fault)
    return one


def settled(first: Angle, second: Angle, order: Order | None) -> Position:
    """Tell latitude from longitude, and check both.

    Raises
    ------
    Refused
        If one of them is out of range, or nothing tells them apart.
    """
    for one in (first, second):
        fault = one.fault()
        if fault is not None:
            raise Refused(fault)
    if first.axis is not None and second.axis is not None:
        if first.axis == second.axis:
            name = AXIS_NAMES[first.axis]
            raise Refused(f"Both coordinates are a {name} by their letters; correct one of them.")
        return _checked(first, second, lat_first=first.axis == "lat")
    if (first.axis is None) != (second.axis is None):
        raise Refused(ONE_LETTER, _with_missing_letter(first, second))
    beyond = first.beyond("lat"), second.beyond("lat")
    if order is None and beyond == (False, False):
        both = (_position(first, second), _position(second, first))
        if both[0] == both[1]:
            return both[0]
        raise Refused(ORDER_UNKNOWN, both)
    if order is None:
        return _checked(first, second, lat_first=beyond[1])
    return _checked(first, second, lat_first=order == "lat,lon")


def _checked(first: Angle, second: Angle, *, lat_first: bool) -> Position:
    lat, lon = (first, second) if lat_first else (second, first)
    if lat.beyond("lat") or lon.beyond("lon"):
        swapped = lat.letter is None and not (lon.beyond("lat") or lat.beyond("lon"))
        raise Refused(OUT_OF_RANGE, (_position(lon, lat),) if swapped else ())
    return _position(lat, lon)


def _position(lat: Angle, lon: Angle) -> Position:
    east_m, north_m = metres_per_degree(lat.degrees)
    notation = lat.notation if lat.notation == lon.notation else f"{lat.notation}+{lon.notation}"
    step = max(lat.half_step_deg * float(north_m), lon.half_step_deg * float(east_m))
    return Position(lat.degrees, lon.degrees, step, notation)


def _with_missing_letter(first: Angle, second: Angle) -> tuple[Position, ...]:
    """Give the coordinate without a letter either letter of the other axis."""
    lettered, bare = (first, second) if first.axis is not None else (second, first)
    if bare.signed:
        letters = "S" if bare.negative else "N", "W" if bare.negative else "E"
        pairs = [letters]
    else:
        pairs = [("N", "E"), ("S", "W")]
    found = []
    for north, east in pairs:
        axis: Axis = "lon" if lettered.axis == "lat" else "lat"
        letter = east if axis == "lon" else north
        one = replace(bare, letter=letter, signed=False, negative=False)
        if not one.beyond(axis) and not lettered.beyond(lettered.axis or axis):
            lat, lon = (lettered, one) if axis == "lon" else (one, lettered)
            found.append(_position(lat, lon))
    return tuple(found)


def _check_signs(found: Sequence[Token]) -> None:
    for place, token in enumerate(found):
        before = found[place - 1] if place else None
        after = found[place + 1] if place + 1 < len(found) else None
        if token.kind == "sign" and (
            (before is not None and before.kind not in ("blank", "semicolon", "comma", "letter"))
            or after is None
            or after.kind != "number"
        ):
            raise Refused(_TIGHT_SIGN)


def _divided(way: Sequence[Token]) -> tuple[list[Pair], list[Angle]]:
    """List all ways to take pieces for two coordinates, and the one to take them for one."""
    cuts = [i for i, token in enumerate(way) if token.kind in ("semicolon", "comma")]
    if len(cuts) > 1:
        # A semicolon and no more than it parts them; the commas are then in no place.
        return [], []
    if cuts:
        sides = [(way[: cuts[0]], way[cuts[0] + 1 :])]
    else:
        places = range(1, len(way)) if len(way) <= _LONGEST else ()
        sides = [(way[:i], way[i:]) for i in places if way[i].kind != "blank"]
    whole = None if cuts else angle(way)
    pairs = []
    for left, right in sides:
        first = angle(left)
        second = angle(right) if first is not None else None
        # Two digits of one number are never two coordinates: tokens are not cut.
        if first is not None and second is not None:
            pairs.append((first, second))
    return pairs, [] if whole is None else [whole]


# Two coordinates with all signs and blanks have 28 pieces at most.
_LONGEST = 40


def _possible(pairs: Sequence[Pair]) -> tuple[Position, ...]:
    """List what the pairs could mean, in either order where no letters say."""
    found: list[Position] = []
    for (first, second), order in product(pairs, ORDERS):
        try:
            position = settled(first, second, order)
        except Refused:
            continue
        if position not in found:
            found.append(position)
    return tuple(found)


def _alone(one: Angle) -> str:
    fault = one.fault()
    if fault is not None:
        return fault
    axes = [one.axis] if one.axis is not None else list(AXIS_NAMES)
    if all(abs(one.degrees) > LIMITS[axis] for axis in axes):
        return OUT_OF_RANGE
    return (
        f"It is one coordinate only, {one.degrees:.10g} degrees; a position needs a latitude and a "
        "longitude."
    )
