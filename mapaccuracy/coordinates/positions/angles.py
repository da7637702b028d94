"""One coordinate in degrees: decimal, with minutes, or with minutes and seconds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from mapaccuracy.coordinates.positions.outcome import Refused

Axis = Literal["lat", "lon"]
LIMITS: dict[Axis, float] = {"lat": 90.0, "lon": 180.0}
AXIS_NAMES: dict[Axis, str] = {"lat": "latitude", "lon": "longitude"}
NOTATIONS = ("dd", "ddm", "dms")
TOO_LARGE = (
    "It has more than 180 degrees; if these are metres, say of which coordinate system with --crs; "
    "if degrees and minutes in one number, put blanks and signs between them."
)
_POINT_FIRST = (
    "A number begins with a point behind another number: 33°.5 may be 33.5 degrees, or 33 degrees "
    "and 0.5 minutes; write it whole."
)
_PARTS = (1, 60, 3600)
_UNITS = ("degree", "minute", "second")

_LETTERS: dict[str, tuple[Axis, int]] = {
    "N": ("lat", 1), "S": ("lat", -1), "E": ("lon", 1), "W": ("lon", -1),
    "С": ("lat", 1), "Ю": ("lat", -1), "В": ("lon", 1), "З": ("lon", -1),
}  # fmt: skip
# Words before letters: "с.ш." is no "с" with something behind it.
_TOKEN = re.compile(
    r"""
      (?P<number>\.?[0-9]+(?:[.,][0-9]+)*)
    | (?P<degree>°|(?:degrees|degree|deg\.?|d)(?![a-z])|(?:град\.?|гр\.)(?![а-я]))
    | (?P<minute>'|(?:minutes|minute|min\.?|m)(?![a-z])|мин\.?(?![а-я]))
    | (?P<second>"|(?:seconds|second|sec\.?)(?![a-z])|сек\.?(?![а-я]))
    | (?P<letter>[сю]\.?\s?ш\.?(?![а-я])|[вз]\.?\s?д\.?(?![а-я])
        |[nsewсювз](?![a-zа-я])|s(?=[nsew](?![a-zа-я])))
    | (?P<sign>[+-])
    | (?P<colon>:)
    | (?P<semicolon>;)
    | (?P<comma>,)
    | (?P<blank>\s+)
    """,
    re.VERBOSE | re.IGNORECASE,
)


@dataclass(frozen=True)
class Token:
    """A piece of a text.

    Attributes
    ----------
    kind : str
        ``number``, ``degree``, ``minute``, ``second``, ``letter``, ``sign``, ``colon``,
        ``semicolon``, ``comma`` or ``blank``.
    text : str
        A number may have points and commas in it, of which `decimal` makes sense.
    """

    kind: str
    text: str


@dataclass(frozen=True)
class Angle:
    """A coordinate as written, of which nobody has checked the ranges yet.

    Attributes
    ----------
    numbers : tuple of str
        Degrees, and perhaps minutes and seconds; the last may have decimals.
    negative : bool
        By its sign.
    signed : bool
        Whether it has a sign.
    letter : str or None
        Latin or Cyrillic capital, if it has a hemisphere.
    """

    numbers: tuple[str, ...]
    negative: bool
    signed: bool
    letter: str | None

    @property
    def notation(self) -> str:
        """``dd``, ``ddm`` or ``dms``."""
        return NOTATIONS[len(self.numbers) - 1]

    @property
    def axis(self) -> Axis | None:
        """The axis that its letter names."""
        return None if self.letter is None else _LETTERS[self.letter][0]

    @property
    def half_step_deg(self) -> float:
        """Half of the last digit's place, in degrees."""
        decimals = len(self.numbers[-1].partition(".")[2])
        return float(0.5 * 10.0**-decimals / _PARTS[len(self.numbers) - 1])

    @property
    def degrees(self) -> float:
        """Its value, with sign and hemisphere."""
        degrees, minutes, seconds = (float(n) for n in (*self.numbers, "0", "0")[:3])
        size = degrees + (minutes + seconds / 60) / 60
        south = self.letter is not None and _LETTERS[self.letter][1] < 0
        return -size if size and (self.negative or south) else size

    def fault(self) -> str | None:
        """Say what is wrong with it on whatever axis: minutes, seconds, sign and letter."""
        if self.signed and self.letter is not None:
            return (
                f"It has both a sign and the letter {self.letter}; write one of them, and compare "
                "with the original which is meant."
            )
        for name, number in zip(_UNITS[1:], self.numbers[1:], strict=False):
            whole = number.partition(".")[0]
            if float(number) >= 60:
                return f"It has {name}s of 60 or more; compare with the original."
            if len(whole) > 2:
                return f"It has {name}s of more than two digits; compare with the original."
        if len(self.numbers[0].partition(".")[0]) > 3 or abs(self.degrees) > 180:
            return TOO_LARGE
        return None

    def beyond(self, axis: Axis) -> bool:
        """Tell whether it is too large for an axis."""
        return abs(self.degrees) > LIMITS[axis]


def tokens(plain: str) -> tuple[Token, ...]:
    """Take a folded text to pieces, blanks included.

    Raises
    ------
    Refused
        At the first thing that no notation has, or at a number that begins with a point behind
        another number or its sign.

    Examples
    --------
    >>> [token.kind for token in tokens("33d30.5m N")]
    ['number', 'degree', 'number', 'minute', 'blank', 'letter']
    """
    found: list[Token] = []
    at = 0
    while at < len(plain):
        match = _TOKEN.match(plain, at)
        kind = match.lastgroup if match is not None else None
        if match is not None and kind is not None:
            text, end = match[0], match.end()
            if kind == "letter" and text in "sSсС" and _chain(found):
                kind, end = _second_or_south(plain, text, end)
            if kind == "number" and text[0] == "." and _inside(found):
                raise Refused(_POINT_FIRST)
            found.append(Token(kind, text))
            at = end
            continue
        raise Refused(_unknown(plain, at))
    return tuple(found)


def _inside(found: Sequence[Token]) -> bool:
    """Tell whether a number, or its unit, stands right before."""
    shown = [token.kind for token in found[-2:] if token.kind != "blank"]
    return bool(shown) and shown[-1] in ("number", *_UNITS)


def _chain(found: Sequence[Token]) -> bool:
    """Tell whether minutes with a letter as their sign, and a number, stand right before."""
    shown = [token for token in found if token.kind != "blank"][-4:]
    kinds = [token.kind for token in shown]
    return kinds[1:] == ["number", "minute", "number"] and shown[2].text != "'"


def _second_or_south(plain: str, text: str, end: int) -> tuple[str, int]:
    """Tell the s of seconds from South, behind minutes that have a letter, too."""
    follows = _TOKEN.match(plain, end + len(plain[end:]) - len(plain[end:].lstrip()))
    if text == "s" or (follows is not None and follows.lastgroup == "letter"):
        return "second", end
    raise Refused(
        f"The {text} behind the seconds may mean seconds or a direction; write the seconds as "
        '″ or ", and the direction as N, S, E or W.'
    )


def _unknown(plain: str, at: int) -> str:
    char = plain[at]
    if char.isalpha():
        return (
            "It holds letters that are no direction (N, S, E, W, or С, Ю, В, З) and no unit of "
            "degrees, minutes and seconds; leave them out."
        )
    if char == ".":
        return "A point has no digit behind it; write the number whole."
    return f"It holds '{char}', which no notation has; leave it out or write it another way."


def decimal(found: Sequence[Token]) -> list[Token] | None:
    """Take every point and comma inside numbers for decimals; None if that cannot be.

    Examples
    --------
    >>> [token.text for token in decimal(tokens("33,5 44,2")) or []]
    ['33.5', ' ', '44.2']
    >>> decimal(tokens("33.5,44.2")) is None
    True
    """
    taken = [
        Token("number", token.text.replace(",", ".")) if token.kind == "number" else token
        for token in found
    ]
    return taken if _all_plain(taken) else None


def parted(found: Sequence[Token]) -> list[Token] | None:
    """Take every comma inside numbers for what parts coordinates; None if that cannot be.

    Examples
    --------
    >>> [token.text for token in parted(tokens("33.5,44.2")) or []]
    ['33.5', ',', '44.2']
    """
    taken: list[Token] = []
    for token in found:
        if token.kind != "number":
            taken.append(token)
            continue
        for place, piece in enumerate(token.text.split(",")):
            taken += [Token("comma", ",")] if place else []
            taken.append(Token("number", piece))
    return taken if _all_plain(taken) else None


def _all_plain(found: Sequence[Token]) -> bool:
    return all(token.kind != "number" or token.text.count(".") <= 1 for token in found)


def angle(pieces: Sequence[Token]) -> Angle | None:
    """Put pieces together to one coordinate, if they are one.

    Parameters
    ----------
    pieces : sequence of Token

    Returns
    -------
    Angle or None
        None if the pieces are not just one coordinate. What its values are is not asked.

    Examples
    --------
    >>> found = angle(tokens("33d30m15s"))
    >>> found.numbers, found.notation, round(found.degrees, 6)
    (('33', '30', '15'), 'dms', 33.504167)
    >>> angle(tokens("33 30 15 44")) is None
    True
    """
    rest = list(pieces)
    while rest and rest[0].kind == "blank":
        rest.pop(0)
    while rest and rest[-1].kind == "blank":
        rest.pop()
    letters = []
    if rest and rest[0].kind == "letter":
        letters.append(rest.pop(0).text)
        while rest and rest[0].kind == "blank":
            rest.pop(0)
    if rest and rest[-1].kind == "letter":
        letters.append(rest.pop().text)
        while rest and rest[-1].kind == "blank":
            rest.pop()
    signs = rest.pop(0).text if rest and rest[0].kind == "sign" else ""
    numbers = _numbers(rest)
    if numbers is None or len(letters) > 1:
        return None
    letter = letters[0][0].upper() if letters else None
    return Angle(numbers, signs == "-", bool(signs), letter)


def _numbers(rest: Sequence[Token]) -> tuple[str, ...] | None:
    """Degrees, minutes and seconds: each with its unit or without, only the last with decimals."""
    numbers: list[str] = []
    marks: set[str] = set()
    between: list[Token] = []
    if not rest or rest[0].kind != "number" or rest[-1].kind == "colon":
        return None
    for token in rest:
        if token.kind == "number":
            if numbers:
                gap = [one.kind for one in between]
                unit = _UNITS[len(numbers) - 1] if len(numbers) <= 3 else ""
                if gap not in (["colon"], ["blank"], [unit], [unit, "blank"], ["blank", unit],
                               ["blank", unit, "blank"]):  # fmt: skip
                    return None
                marks.add("colon" if gap == ["colon"] else "other")
            numbers.append(token.text)
            between = []
        else:
            between.append(token)
    if not 1 <= len(numbers) <= 3 or len(marks) > 1 or any("." in n for n in numbers[:-1]):
        return None
    tail = [one.kind for one in between if one.kind != "blank"]
    if tail not in ([], [_UNITS[len(numbers) - 1]]) or (tail and "colon" in marks):
        return None
    return tuple(numbers)
