"""Names of findings that stay from run to run."""

from __future__ import annotations

import hashlib


def fingerprint(code: str, source: str, name: str, nth: int = 1) -> str:
    """Name a finding by what does not change when others come or go; never by a position.

    A hash of a coordinate could be guessed: there are few of them in a district.

    Parameters
    ----------
    code, source : str
    name : str
        Id of the row, or its place where it has none.
    nth : int
        Which of several with the same code, source and name.

    Examples
    --------
    >>> fingerprint("MA401", "map.csv", "S-07")[:12]
    '4b259361d8ee'
    """
    return hashlib.sha256(f"{code}|{source}|{name}|{nth}".encode()).hexdigest()
