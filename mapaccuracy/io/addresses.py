"""Inputs that are addresses and not files: how they are told, and whether they may be asked."""

from __future__ import annotations

import os
import re
from pathlib import Path

from mapaccuracy.errors import InputError
from mapaccuracy.schema import Problem

OFFLINE = "MAPACCURACY_OFFLINE"
# Of a drive of Windows (C:/...) there is one letter only. One slash is what a Path leaves of two.
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]+):([/\\]+)", re.IGNORECASE)
_NO = ("", "0", "false", "no", "off")


def scheme_of(path: str | Path) -> str | None:
    """Give the scheme of an address, in small letters; None of a file.

    Examples
    --------
    >>> scheme_of("HTTPS://host/FeatureServer/0"), scheme_of("C://a.csv"), scheme_of("a.csv")
    ('https', None, None)
    """
    match = _SCHEME.match(str(path))
    return None if match is None else match[1].lower()


def address_of(address: str | Path) -> tuple[str, str]:
    """Give the scheme of an address, and the address as text.

    Parameters
    ----------
    address : str or Path
        One of which `scheme_of` gives a scheme.

    Raises
    ------
    InputError
        If it went through a Path, which changes slashes: what it was cannot be told for sure.

    Examples
    --------
    >>> address_of("https://host/FeatureServer/0")
    ('https', 'https://host/FeatureServer/0')
    """
    match = _SCHEME.match(str(address))
    if isinstance(address, Path) or match is None or match[2] not in ("//", "///"):
        reason = "its slashes are not those of an address"
        fix = "give it as text, not as a Path, beginning as in https://"
        raise InputError([Problem("MA022", "address", values={"reason": reason, "fix": fix})])
    return match[1].lower(), str(address)


def check_online(name: str) -> None:
    """Refuse an address where none may be asked.

    Parameters
    ----------
    name : str
        How messages call the input: never the address, which may hold a user or a token.

    Raises
    ------
    InputError
        If the environment variable ``MAPACCURACY_OFFLINE`` is set to anything but 0, false, no or
        off: a value that nobody foresaw must not let anything out.
    """
    if os.environ.get(OFFLINE, "").strip().lower() not in _NO:
        raise InputError([Problem("MA024", name)])
