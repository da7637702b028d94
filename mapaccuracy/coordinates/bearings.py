"""Bearings as people write them: degrees, or thousandths of a circle of 6000 or 6400."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mapaccuracy.coordinates.positions.angles import angle, decimal, tokens
from mapaccuracy.coordinates.positions.folding import folded
from mapaccuracy.coordinates.positions.outcome import Refused
from mapaccuracy.schema import Floats

CIRCLES: Mapping[str, float] = {"degrees": 360.0, "mils6000": 6000.0, "mils6400": 6400.0}
"""Units of a bearing, and how many of them make a circle."""

# Scales that compasses really have; whole numbers only.
BEARING_STEPS: Mapping[str, tuple[float, ...]] = {
    "degrees": (10.0, 5.0, 3.0, 2.0),
    "mils6000": (100.0, 50.0, 20.0, 10.0, 5.0),
    "mils6400": (100.0, 50.0, 20.0, 10.0, 5.0),
}
DISTANCE_STEPS = (100.0, 50.0, 10.0, 5.0)
_FEWEST = 5
_BY_CHANCE = 0.001

_THOUSANDTHS = re.compile(r"([0-9]{1,2})-([0-9]{2})")
_PLAIN = re.compile(r"([0-9]+)(?:[.,]([0-9]+))?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ].*)?")
_GROUPED = re.compile(r"[1-9][.,][0-9]{3}")
_NO_UNIT = (
    "nothing says its unit",
    "write degrees, mils6000 or mils6400 in the column unit, or give --unit",
)


@dataclass(frozen=True)
class Bearing:
    """A bearing as it is written.

    Attributes
    ----------
    value : float
        In its own unit; 0 to a full circle.
    unit : {"degrees", "mils6000", "mils6400"}
    step : float
        Place of the last digit, in its own unit.
    """

    value: float
    unit: str
    step: float

    @property
    def degrees(self) -> float:
        """The bearing in degrees, [0, 360)."""
        return self.value * 360 / CIRCLES[self.unit] % 360


class NoBearing(Exception):  # noqa: N818  a text is told, not raised beyond intake
    """A text that is not read as a bearing.

    Parameters
    ----------
    why : str
        What is wrong with it: how a sentence ends.
    how : str
        What to write instead: how a sentence begins.
    """

    def __init__(self, why: str, how: str) -> None:
        super().__init__(why)
        self.why = why
        self.how = how


def read_bearing(text: str, unit: str = "") -> Bearing:
    """Read a bearing: ``45.5``, ``45°30'``, ``15-00`` or ``1500``.

    Parameters
    ----------
    text : str
    unit : {"degrees", "mils6000", "mils6400", ""}
        As stated beside it; "" if nobody states it. A degree sign states degrees; a hyphen before
        the last two digits states thousandths, but not of which circle.

    Returns
    -------
    Bearing

    Raises
    ------
    NoBearing
        If it is none, is larger than a circle, contradicts its unit or leaves the unit open.

    Examples
    --------
    >>> read_bearing("15-00", "mils6000").degrees, read_bearing("1500", "mils6400").degrees
    (90.0, 84.375)
    >>> read_bearing("45°30'").value, round(read_bearing("45°30'").step, 4)
    (45.5, 0.0167)
    >>> read_bearing("15-00")
    Traceback (most recent call last):
        ...
    mapaccuracy.coordinates.bearings.NoBearing: nothing says of how many thousandths its circle \
has: 6000 make it 90 degrees, 6400 make it 84.375
    """
    try:
        plain = folded(text)
    except Refused:
        raise NoBearing("it holds a character that is not seen", "type it again by hand") from None
    if not plain:
        raise NoBearing("the cell is blank", "write the bearing of the leg") from None
    if _DAY.fullmatch(plain):
        raise NoBearing(
            "it is a date, which a spreadsheet may have made of thousandths such as 12-05",
            "format the column as text, and write the bearing again from the form",
        )
    hyphen, number = _THOUSANDTHS.fullmatch(plain), _PLAIN.fullmatch(plain)
    if hyphen is not None:
        found = _thousandths(100 * int(hyphen[1]) + int(hyphen[2]), unit)
    elif number is not None:
        if not unit:
            raise NoBearing(*_NO_UNIT)
        if unit != "degrees" and _GROUPED.fullmatch(plain):
            raise NoBearing(
                "it may be one and a part, or be written with a mark between thousands",
                "write thousandths as 1500 or 15-00",
            )
        step = 10.0 ** -len(number[2] or "")
        found = Bearing(float(f"{number[1]}.{number[2] or 0}"), unit, step)
    else:
        found = _degrees(plain, unit)
    if found.value > CIRCLES[found.unit]:
        name = "degrees" if found.unit == "degrees" else "thousandths"
        raise NoBearing(
            f"the circle has {CIRCLES[found.unit]:.0f} {name}",
            "compare the number and its unit with the form",
        )
    return found


def _thousandths(value: int, unit: str) -> Bearing:
    if unit == "degrees":
        raise NoBearing(
            "the hyphen says thousandths, but its unit says degrees",
            "compare with the form, and write 45°30' for degrees and minutes",
        )
    if not unit:
        one, other = (f"{Bearing(value, name, 1.0).degrees:g}" for name in ("mils6000", "mils6400"))
        raise NoBearing(
            "nothing says of how many thousandths its circle has: 6000 make it "
            f"{one} degrees, 6400 make it {other}",
            "write mils6000 or mils6400 in the column unit, or give --unit",
        )
    return Bearing(float(value), unit, 1.0)


def _degrees(plain: str, unit: str) -> Bearing:
    """Read degrees with their signs."""
    strange = NoBearing(
        "it is neither a plain number nor degrees and minutes nor thousandths",
        "write 45.5 or 45°30' for degrees, 15-00 or 1500 for thousandths",
    )
    try:
        pieces = decimal(tokens(plain))
    except Refused:
        raise strange from None
    found = None if pieces is None else angle(pieces)
    if pieces is None or found is None:
        raise strange
    if found.letter is not None or found.signed:
        raise NoBearing(
            "bearings count from north all the way round, without sign and without letters",
            "write 0 to 360 degrees, and name the north in the column north",
        )
    if unit not in ("", "degrees"):
        raise NoBearing(
            "it is written in degrees, but its unit says thousandths", "compare with the form"
        )
    if not unit and not any(piece.kind == "degree" for piece in pieces):
        # 15 00 may be 15 degrees, or 1500 thousandths.
        raise NoBearing(*_NO_UNIT)
    if any(float(part) >= 60 for part in found.numbers[1:]):
        raise NoBearing("it has 60 or more minutes or seconds", "compare with the form")
    return Bearing(found.degrees, "degrees", 2 * found.half_step_deg)


def common_step(
    numbers: npt.ArrayLike, candidates: Sequence[float], turn: float | None = None
) -> float | None:
    """Find the scale from which whole numbers were read, if they show one.

    Parameters
    ----------
    numbers : array_like of float, shape (n,)
        Whole numbers.
    candidates : sequence of float
        Steps that instruments have.
    turn : float or None
        Of bearings, their circle: those that differ by a quarter of it are one piece of evidence,
        because fields are rectangular.

    Returns
    -------
    float or None
        The largest candidate of which all are multiples; None if there is none, if they are fewer
        than 5 different numbers, or if that happens by chance in more than 1 of 1000 cases:
        k numbers that could be any are all multiples of s with probability s to the power of -k.

    Examples
    --------
    >>> common_step([3, 12, 36, 51, 78, 66, 87], (10, 5, 3, 2), turn=360)
    3.0
    >>> common_step([0, 90, 180, 270, 45], (10, 5, 3, 2), turn=360) is None
    True
    """
    values = np.asarray(numbers, dtype=np.float64)
    distinct = np.unique(values if turn is None else values % (turn / 4))
    if distinct.size < _FEWEST:
        return None
    for step in sorted(candidates, reverse=True):
        by_chance = float(step) ** -distinct.size
        if by_chance <= _BY_CHANCE and bool((values % step == 0).all()):
            return float(step)
    return None


def other_readings(values: Floats, digits: int) -> list[Floats]:
    """Exchange neighbouring digits of whole numbers, as a slip of the pen does.

    Parameters
    ----------
    values : ndarray of float, shape (n,)
        Their decimals stay.
    digits : int
        So many digits before the point are looked at.

    Returns
    -------
    list of ndarray of float, shape (n,)
        One array a pair of places; NaN where both digits are equal.

    Examples
    --------
    >>> [array.tolist() for array in other_readings(np.array([215.0, 33.5]), 3)]
    [[251.0, nan], [125.0, 303.5]]
    """
    whole = np.floor(values)
    out = []
    for place in range(digits - 1):
        low, high = (whole // 10.0**p % 10 for p in (place, place + 1))
        change = (high - low) * 10.0**place + (low - high) * 10.0 ** (place + 1)
        out.append(np.where(low == high, np.nan, values + change))
    return out
