"""In which line of a TOML text a key stands."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping

_HEADER = re.compile(r"\s*(\[\[?)(.+?)\]\]?\s*(?:#.*)?$")
_NAME = r"""(?:[\w-]+|"(?:[^"\\]|\\.)*"|'[^']*')"""
_KEY = re.compile(rf"\s*({_NAME}(?:\s*\.\s*{_NAME})*)\s*=")


def places_of(text: str, below: tuple[str, ...] = ()) -> Mapping[tuple[str, ...], int]:
    r"""Find the lines of tables and keys; a key that seems to stand in two is left out.

    Parameters
    ----------
    text : str
        TOML that can be read.
    below : tuple of str
        Only what stands in this table, named from there.

    Returns
    -------
    mapping of tuple of str to int
        Names of the tables and of the key, to the line, from 1. Tables of a list are numbered
        from 0. A text of several lines that looks like TOML may hide or add a key.

    Examples
    --------
    >>> lines = places_of('a = 1\n[b."c d"]\ne.f = 2\n[[g]]\n[[g]]\nh = 3\n')
    >>> lines[("a",)], lines[("b", "c d", "e", "f")], lines[("g", "1", "h")]
    (1, 3, 6)
    """
    found = list(_found(text))
    times = Counter(names for names, _ in found)
    n = len(below)
    return {names[n:]: line for names, line in found if names[:n] == below and times[names] == 1}


def _found(text: str) -> Iterator[tuple[tuple[str, ...], int]]:
    table: tuple[str, ...] = ()
    lists: Counter[tuple[str, ...]] = Counter()
    for number, line in enumerate(text.split("\n"), start=1):
        header = _HEADER.match(line)
        if header is not None:
            names = _names(f"[{header[2]}]")
            if names is None:
                continue
            if header[1] == "[[":
                lists[names] += 1
                names = (*names, str(lists[names] - 1))
            table = names
            yield table, number
            continue
        key = _KEY.match(line)
        names = None if key is None else _names(f"{key[1]} = 0")
        if names is not None:
            yield (*table, *names), number


def _names(text: str) -> tuple[str, ...] | None:
    """Take a dotted name apart, as TOML does."""
    try:
        value = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None
    names = []
    while isinstance(value, dict) and value:
        ((name, value),) = value.items()
        names.append(name)
    return tuple(names)
