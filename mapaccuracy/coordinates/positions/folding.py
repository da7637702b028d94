"""Digits, signs and letters as people type them, folded to the few that the grammar knows."""

from __future__ import annotations

import re
import unicodedata

from mapaccuracy.coordinates.positions.outcome import Refused

_DEGREES, _MINUTES, _SECONDS = "°º˚", "'′’‘‛`´ʹʼ", '"″”“‟ʺ'
_MINUS = "-−‐‑‒–﹣"
# Direction marks show nothing. Those that turn the order of what is shown (U+202D, U+202E) are
# not among them: what a person saw is then not what stands here.
_UNSEEN = "\u200b\u200c\u200d\u200e\u200f\u061c\u202a\u202b\u202c\u2066\u2067\u2068\u2069\ufeff"
_TO: dict[int, str] = {
    **{ord(char): "°" for char in _DEGREES},
    **{ord(char): "'" for char in _MINUTES},
    **{ord(char): '"' for char in _SECONDS},
    **{ord(char): "-" for char in _MINUS},
    **{0x0660 + digit: str(digit) for digit in range(10)},
    **{0x06F0 + digit: str(digit) for digit in range(10)},
    **{0xFF01 + place: chr(0x21 + place) for place in range(94)},
    ord("\u066b"): ".",  # Arabic decimal separator
    ord("\u060c"): ",",  # Arabic comma: as a comma, it may part decimals or coordinates
    ord("\u061b"): ";",
    ord("\t"): ";",
    ord("\n"): ";",
    ord("\r"): ";",
}
_INSIDE_NUMBER = re.compile(rf"[0-9.,][{_UNSEEN}]+[0-9.,]")
_UNSEEN_ALL = re.compile(f"[{_UNSEEN}]")
_BLANKS = re.compile(r"[^\S;]+")
# Cyrillic letters that look like Latin ones, none of them a direction in Russian.
_LOOKALIKES = "ЕАКМОРТХУНеаорху"
# As Latin letters: where a grid reference was typed with a Cyrillic keyboard.
CYRILLIC_AS_LATIN = str.maketrans("АВЕКМНОРСТУХ", "ABEKMHOPCTYX")


def folded(text: str) -> str:
    r"""Fold the variants of digits, signs and blanks to one each.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        Digits 0 to 9; ``°``, ``'`` and ``"`` for degrees, minutes and seconds; ``-`` for every
        minus; ``;`` for a tab or a line break; single blanks, none at the ends.

    Raises
    ------
    Refused
        If an invisible character stands inside a number.

    Examples
    --------
    >>> folded("٣٣٫٥ ０４４")
    '33.5 044'
    >>> folded("−33º 30’ 15''")
    '-33° 30\' 15"'
    """
    plain = text.translate(_TO)
    if _INSIDE_NUMBER.search(plain):
        raise Refused(
            "An invisible character stands inside a number; type the number again by hand."
        )
    plain = _UNSEEN_ALL.sub("", plain).replace("''", '"')
    parts = [_BLANKS.sub(" ", part).strip() for part in plain.split(";")]
    while len(parts) > 1 and not parts[-1]:
        parts.pop()
    return "; ".join(parts)


def strange(plain: str) -> str | None:
    """Say what a text holds that no notation has, if anything.

    Parameters
    ----------
    plain : str
        Folded.

    Returns
    -------
    str or None
        A sentence.

    Examples
    --------
    >>> strange("33.5 N 44.2 Е")
    'The letter Е is Cyrillic and no direction in Russian; write E, or В for east.'
    """
    for char in plain:
        if char == "ſ":  # an s to a pattern that minds no case
            return "It holds a letter of old print, ſ; write S."
        if char in _LOOKALIKES:
            instead = ", or В for east" if char in "Ее" else ""
            latin = {"Е": "E", "е": "E"}.get(char, "the Latin letter")
            return (
                f"The letter {char} is Cyrillic and no direction in Russian; write "
                f"{latin}{instead}."
            )
        if char.isdecimal() and char not in "0123456789":
            return "Digits of this script are not read; write 0 to 9."
        if not char.isprintable():
            name = unicodedata.name(char, f"U+{ord(char):04X}")
            return f"It holds a character that is not seen ({name}); type it again by hand."
    return None
