"""The words of records by bearing and distance."""

from __future__ import annotations

from collections.abc import Mapping

from mapaccuracy.schema.vocabulary import plain

MINE, START, END, TURN, LANDMARK = "mine", "start of row", "end of row", "turning point", "landmark"
KINDS = (MINE, START, END, TURN, LANDMARK)
CLOCKWISE, COUNTERCLOCKWISE = "clockwise", "counterclockwise"

_NORTH = {
    "true": ("true", "true north", "geographic", "истинный", "географический", "həqiqi"),
    "grid": ("grid", "grid north", "map", "дирекционный", "дирекционный угол", "сетка"),
    "magnetic": (
        "magnetic",
        "magnetic north",
        "mag",
        "compass",
        "магнитный",
        "магнитный азимут",
        "maqnit",
    ),
}
_UNIT = {
    "degrees": ("degrees", "degree", "deg", "градусы", "градус", "град", "dərəcə"),
    "mils6000": (
        "mils6000",
        "mils 6000",
        "6000",
        "thousandths 6000",
        "деления угломера",
        "ду",
        "д у",
    ),
    "mils6400": ("mils6400", "mils 6400", "6400", "nato mils", "mils nato"),
}
_DIRECTION = {
    CLOCKWISE: ("clockwise", "cw", "right", "по часовой", "по часовой стрелке"),
    COUNTERCLOCKWISE: (
        "counterclockwise",
        "counter clockwise",
        "anticlockwise",
        "anti clockwise",
        "ccw",
        "left",
        "против часовой",
        "против часовой стрелки",
    ),
}
_KIND = {
    MINE: ("mine", "mina", "мина"),
    START: ("start of row", "row start", "beginning of row", "начало ряда"),
    END: ("end of row", "row end", "конец ряда"),
    TURN: (
        "turning point",
        "tp",
        "corner",
        "perimeter",
        "boundary",
        "intermediate point",
        "поворотная точка",
        "угол",
    ),
    LANDMARK: (
        "landmark",
        "reference point",
        "benchmark",
        "bm",
        "rp",
        "ориентир",
        "репер",
    ),
}
# What a column may hold, and how it is told that a word is none of it.
_WORDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "north": _NORTH,
    "unit": _UNIT,
    "direction": _DIRECTION,
    "kind": _KIND,
}


def known_words(column: str) -> tuple[str, ...]:
    """List what a column may say.

    Examples
    --------
    >>> known_words("unit")
    ('degrees', 'mils6000', 'mils6400')
    """
    return tuple(_WORDS[column])


def meaning(column: str, text: str) -> str | None:
    """Read a word of a column: "" for a blank cell, None for a word that is not known.

    Examples
    --------
    >>> meaning("north", "Магнитный азимут"), meaning("direction", "CCW"), meaning("unit", "mils")
    ('magnetic', 'counterclockwise', None)
    """
    word = "degrees" if column == "unit" and text.strip() in "°º" else plain(text)
    if not text.strip() or not word:
        return "" if not text.strip() else None
    return _LOOKUP[column].get(word)


_LOOKUP: Mapping[str, Mapping[str, str]] = {
    column: {plain(word): name for name, words in table.items() for word in words}
    for column, table in _WORDS.items()
}
