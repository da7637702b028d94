"""Two numbers of metres in one text."""

from __future__ import annotations

import re
from dataclasses import dataclass

_LABEL = r"[ENXY] ?[=:]? ?"
_POINT, _COMMA = r"[+-]?\d+(?:\.\d+)?", r"[+-]?\d+(?:,\d+)?"
_UNIT = r"(?: ?M)?"
# Letters stand before both numbers, behind both, or nowhere.
_BEFORE = r"(?P<label{n}>{label})(?P<number{n}>{number}){unit}"
_BEHIND = r"(?P<number{n}>{number}){unit} ?(?P<label{n}>[EN])"
_NOWHERE = r"(?P<label{n}>)(?P<number{n}>{number}){unit}"
_THOUSANDS = re.compile(r"(?<![\d.,])[+-]?\d{1,3}(?:,\d{3})+(?![\d.,])", re.ASCII)


@dataclass(frozen=True)
class MetrePair:
    """Two numbers of metres.

    Attributes
    ----------
    first, second : float
    step_m : float
        Half of the last digit's place; the larger one.
    north_first : bool or None
        Whether labels say that the first is the northing; None without labels E and N.
    x_first : bool or None
        Whether labels say that the first is X; None without labels X and Y.
    labelled_wrongly : bool
        True if the labels are no such two.
    """

    first: float
    second: float
    step_m: float
    north_first: bool | None
    x_first: bool | None
    labelled_wrongly: bool


def half_step(number: str) -> float:
    """Half of the last digit's place of a number as written.

    Examples
    --------
    >>> half_step("4430000"), half_step("4430000.25")
    (0.5, 0.005)
    """
    decimals = len(number.replace(",", ".").partition(".")[2])
    return float(0.5 * 10.0**-decimals)


def thousands(text: str) -> bool:
    """Tell whether a comma in a text may part thousands.

    Examples
    --------
    >>> thousands("500,123 4430,25"), thousands("500123,45 4430000,25")
    (True, False)
    """
    return _THOUSANDS.search(text) is not None


def metre_pairs(text: str) -> list[MetrePair]:
    """List the ways to read two numbers of metres; more than one where a comma is unclear.

    Parameters
    ----------
    text : str
        Folded.

    Examples
    --------
    >>> [(pair.first, pair.second) for pair in metre_pairs("500123,4 4430000,5")]
    [(500123.4, 4430000.5)]
    >>> metre_pairs("E 500123 N 4430000")[0].north_first
    False
    """
    found: list[MetrePair] = []
    for number, between in ((_POINT, r" ?[,;/] ?| "), (_COMMA, r" ?[;/] ?|, | ")):
        for item in (_BEFORE, _BEHIND, _NOWHERE):
            one, two = (item.format(n=n, label=_LABEL, number=number, unit=_UNIT) for n in (1, 2))
            # With letters nothing else has to stand between the numbers.
            gap = between if item is _NOWHERE else f"{between}|"
            match = re.fullmatch(f"{one}(?:{gap}){two}", text.upper(), re.ASCII)
            if match is not None and (pair := _pair(match)) not in found:
                found.append(pair)
    return found


def _pair(match: re.Match[str]) -> MetrePair:
    labels = match["label1"][:1] + match["label2"][:1]
    first, second = match["number1"], match["number2"]
    north_first = {"NE": True, "EN": False}.get(labels)
    x_first = {"XY": True, "YX": False}.get(labels)
    return MetrePair(
        first=float(first.replace(",", ".")),
        second=float(second.replace(",", ".")),
        step_m=max(half_step(first), half_step(second)),
        north_first=north_first,
        x_first=x_first,
        labelled_wrongly=labels != "" and north_first is None and x_first is None,
    )
