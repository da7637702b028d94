"""How legs hang together: where each begins and ends, and which make a row."""

from __future__ import annotations

import re

import numpy as np

from mapaccuracy.intake.accounts import Account
from mapaccuracy.intake.cells import Texts, shown
from mapaccuracy.intake.landmarks import Landmarks
from mapaccuracy.intake.leg_words import END, START
from mapaccuracy.schema import Ints


def joints(
    account: Account, record: Ints, begin: Texts, end: Texts, landmarks: Landmarks
) -> dict[str, Ints]:
    """Find where each leg begins and ends: at the end of a leg, or at a landmark."""
    n = account.n
    here = np.arange(n)
    _, names = np.unique(np.concatenate([begin, end, landmarks.name]), return_inverse=True)
    known = _Known(record, account.texts("record_id"), names[2 * n :], landmarks)
    key_begin, key_end = (_keys(record, part) for part in (names[:n], names[n : 2 * n]))
    end_landmark = np.where(end != "", known.landmark(key_end), -1)
    # The first leg that reaches a name makes the point; a later one closes upon it.
    makes = np.flatnonzero((end != "") & (end_landmark < 0))
    made, first = np.unique(key_end[makes], return_index=True)
    maker = makes[first]
    end_leg = here.copy()
    end_leg[makes] = maker[np.searchsorted(made, key_end[makes])]
    end_leg[end_landmark >= 0] = -1
    start_landmark, base = np.full(n, -1), np.full(n, -1)
    named = np.flatnonzero(begin != "")
    start_landmark[named] = known.landmark(key_begin[named])
    open_rows = named[start_landmark[named] < 0]
    where = np.searchsorted(made, key_begin[open_rows])
    found = np.zeros(open_rows.size, dtype=bool)
    inside = where < made.size
    found[inside] = made[where[inside]] == key_begin[open_rows[inside]]
    base[open_rows[found]] = maker[where[found]]
    later = np.zeros(n, dtype=bool)
    later[open_rows] = base[open_rows] >= open_rows
    unknown = np.zeros(n, dtype=bool)
    unknown[open_rows[~found]] = True
    base[later] = -1
    first_leg = np.r_[True, np.diff(record) != 0] if n else np.zeros(0, dtype=bool)
    follows = np.flatnonzero((begin == "") & ~first_leg)
    base[follows] = end_leg[follows - 1]
    start_landmark[follows] = np.where(base[follows] < 0, end_landmark[follows - 1], -1)
    nowhere = (begin == "") & first_leg
    itself = (end != "") & (begin == end)
    faults = (
        (unknown, "", ", which is no landmark and no point of the record"),
        (later & ~itself, "", ", which only a later leg of the record reaches"),
        (itself, "", ", where it also ends"),
    )
    for rows, _, why in faults:
        account.add(
            np.asarray(rows, dtype=bool),
            "MA322",
            "from",
            lambda index, why=why: {"what": f"'{shown(str(begin[index]))}'{why}"},  # type: ignore[misc]
            positions=_named(begin[rows]),
        )
    account.add(
        np.asarray(nowhere, dtype=bool),
        "MA322",
        "from",
        lambda _: {"what": "no point: the cell is blank, and no leg stands before it"},
    )
    return {
        "base": base,
        "end_leg": end_leg,
        "start_landmark": start_landmark,
        "end_landmark": end_landmark,
    }


def _named(texts: Texts) -> frozenset[str]:
    """Withhold names that read as decimal numbers: in a shifted row they may be coordinates."""
    decimal = any(re.search(r"\d[.,]\d", str(text)) for text in texts)
    return frozenset({"what"}) if decimal else frozenset()


class _Known:
    """Landmarks by record and name, as numbers."""

    def __init__(self, record: Ints, names: Texts, landmark: Ints, landmarks: Landmarks) -> None:
        number = dict(zip(names.tolist(), record.tolist(), strict=True))
        of = [number.get(name, -1) if name else -1 for name in landmarks.record]
        owner = np.array(of, dtype=np.int64)
        self._general = np.asarray(landmarks.record == "", dtype=bool)
        self._landmark, self._owner = landmark, owner

    def landmark(self, keys: Ints) -> Ints:
        """Find the landmark of a record and name, its own before one of all records; -1 if none."""
        own = np.flatnonzero(self._owner >= 0)
        out = _looked_up(_keys(self._owner[own], self._landmark[own]), own, keys)
        general = np.flatnonzero(self._general)
        of_all = _looked_up(self._landmark[general], general, keys & 0xFFFFFFFF)
        return np.where(out >= 0, out, of_all)


def _keys(record: Ints, names: Ints) -> Ints:
    """Give each pair of record and name a number of its own."""
    return np.asarray(record.astype(np.int64) << 32 | names, dtype=np.int64)


def _looked_up(known: Ints, values: Ints, keys: Ints) -> Ints:
    """Give the value of each key; -1 where it is not known."""
    if known.size == 0:
        return np.full(keys.size, -1)
    order = np.argsort(known)
    at = np.minimum(np.searchsorted(known[order], keys), known.size - 1)
    return np.where(known[order][at] == keys, values[order][at], -1)


def rows_of(kind: Texts, record: Ints, account: Account) -> Ints:
    """Pair starts and ends of rows.

    Parameters
    ----------
    kind : ndarray of str, shape (n,)
    record : ndarray of int, shape (n,)
    account : Account
        Takes rows that lack one of them.

    Returns
    -------
    ndarray of int, shape (n,)
        For each end of a row, the leg of its start; -1 elsewhere.
    """
    events = np.flatnonzero((kind == START) | (kind == END))
    start = np.asarray(kind[events] == START, dtype=bool)
    same = np.r_[np.diff(record[events]) == 0, False] if events.size else start
    paired = same & start & ~np.r_[start[1:], True]
    faulty = np.zeros(kind.size, dtype=bool)
    faulty[events[start & ~paired]] = True
    account.add(faulty, "MA324", "kind", lambda _: {"what": "The row begins here and has no end"})
    closed = np.r_[False, paired[:-1]] if events.size else paired
    faulty = np.zeros(kind.size, dtype=bool)
    faulty[events[~start & ~closed]] = True
    account.add(faulty, "MA324", "kind", lambda _: {"what": "The row ends here and has no start"})
    begin = np.full(kind.size, -1, dtype=np.int64)
    begin[events[1:][closed[1:]]] = events[:-1][closed[1:]]
    return begin
