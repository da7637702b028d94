"""The account of one table: what is wrong with which row, under which code first."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from mapaccuracy.intake.cells import Texts, shown, telling
from mapaccuracy.schema import CATALOGUE, Bools, Problem, RawTable

Say = Callable[[int], Mapping[str, str]]


class Ledger:
    """Faults of the rows of one table.

    Parameters
    ----------
    table : RawTable
        Blank rows already left out.
    ids : ndarray of str, shape (n,)
        Shown beside each fault.
    """

    def __init__(self, table: RawTable, ids: Texts) -> None:
        self.table = table
        self._ids = ids
        self._codes: list[str] = []
        self._first = np.full(table.rows.size, -1, dtype=np.int16)
        self._entries: list[tuple[int, Problem]] = []
        self._known: dict[str | None, list[int]] = {}
        number = {int(row): index for index, row in enumerate(table.rows)} if table.problems else {}
        for problem in table.problems:  # what the reader found of single rows
            if problem.severity == "error" and problem.row in number:
                self._note(np.array([number[problem.row]]), problem.code)
                self._entries.append((number[problem.row], problem))
                self._known.setdefault(problem.column, []).append(number[problem.row])

    @property
    def faulty(self) -> Bools:
        """Rows that cannot be used, shape (n,)."""
        return self._first >= 0

    def add(
        self,
        rows: Bools,
        code: str,
        column: str | None,
        say: Say = lambda _: {},
        positions: frozenset[str] = frozenset(),
        cells: frozenset[str] = frozenset(),
    ) -> None:
        """Enter one fault of many rows; a cell that the reader found fault with is left out.

        Parameters
        ----------
        rows : ndarray of bool, shape (n,)
        code : str
            Of the catalogue. A row stays counted under the first code entered for it; a
            warning leaves the row in use.
        column : str or None
            Header.
        say : callable
            Index to the values of the message.
        positions : frozenset of str
            Names of the values that give away a position.
        cells : frozenset of str
            Names of the values that are texts of cells: withheld where they hold a digit.
        """
        found = np.flatnonzero(rows)
        if column in self._known and column is not None:
            found = np.setdiff1d(found, self._known[column])
        if found.size == 0:
            return
        if CATALOGUE[code].severity == "error":
            self._note(found, code)
        for index in found.tolist():
            values = say(index)
            texts = {name: values[name] for name in (cells | positions) & set(values)}
            problem = Problem(
                code,
                self.table.source,
                self.table.where(index, column),
                row=int(self.table.rows[index]),
                column=column,
                id=str(self._ids[index]) or None,
                values={**values, **{name: shown(text) for name, text in texts.items()}},
                positions=positions | {name for name in cells if telling(texts[name])},
            )
            self._entries.append((index, problem))

    def problems(self) -> list[Problem]:
        """All faults by row, those of one row as entered."""
        return [problem for _, problem in sorted(self._entries, key=lambda entry: entry[0])]

    def dropped(self) -> dict[str, int]:
        """Rows that cannot be used, by their first code, sorted by code."""
        counts = np.bincount(self._first[self.faulty], minlength=len(self._codes))
        return dict(sorted(zip(self._codes, counts.tolist(), strict=True)))

    def _note(self, rows: np.ndarray[tuple[int], np.dtype[np.int64]], code: str) -> None:
        new = rows[self._first[rows] < 0]
        if new.size == 0:
            return
        if code not in self._codes:
            self._codes.append(code)
        self._first[new] = self._codes.index(code)
