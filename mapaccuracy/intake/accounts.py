"""The account of several tables that are read as one: faults find their table and cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mapaccuracy.errors import InputError
from mapaccuracy.intake.cells import Texts, as_text
from mapaccuracy.intake.dates import by_format
from mapaccuracy.intake.headers import extra_columns, find_columns, without_blank_rows
from mapaccuracy.intake.ledger import Ledger
from mapaccuracy.schema import Bools, Ints, Problem, RawTable, Role, Settings, Source

if TYPE_CHECKING:
    import pandas as pd

Say = Callable[[int], Mapping[str, str]]


class Account:
    """Tables without geometry of one role, their columns as one, and what is wrong with rows.

    Rows are numbered over all tables; after `put_in_order` in that order.

    Parameters
    ----------
    tables : sequence of RawTable
    role : str
    settings : Settings
        Uses ``columns``.

    Raises
    ------
    InputError
        If a table is empty or lacks a column.
    """

    def __init__(self, tables: Sequence[RawTable], role: Role, settings: Settings) -> None:
        kept = [without_blank_rows(table) for table in tables]
        # The order in which files are given matters nowhere.
        kept.sort(key=lambda table: (table.source, table.layer or "", table.sha256 or ""))
        self.role = role
        self.tables = kept
        empty = [table for table in kept if table.rows.size == 0]
        if empty or not kept:
            raise InputError(
                [Problem("MA004", t.source, t.layer or "", values={"detail": ""}) for t in empty]
                or [Problem("MA004", role, values={"detail": ""})]
            )
        looked = [find_columns(table, kept, role, settings) for table in kept]
        missing = [problem for _, problems in looked for problem in problems]
        if missing:
            raise InputError(missing)
        self._found = [found for found, _ in looked]
        self._starts = np.cumsum([0, *(table.rows.size for table in kept)])
        self._order = np.arange(self.n, dtype=np.int64)
        self._ledgers = [
            Ledger(table, np.full(table.rows.size, "", dtype=object)) for table in kept
        ]

    @property
    def n(self) -> int:
        """Rows of all tables."""
        return int(self._starts[-1])

    def name_rows(self, ids: Texts) -> None:
        """Say how rows are called beside their faults, before any is entered."""
        pieces = np.split(ids, self._starts[1:-1])
        self._ledgers = [Ledger(t, own) for t, own in zip(self.tables, pieces, strict=True)]

    def put_in_order(self, order: Ints) -> None:
        """Give rows new numbers: row k is from now on the one that was ``order[k]``."""
        self._order = order

    def lacking(self, name: str) -> list[RawTable]:
        """List the tables without a column."""
        found = zip(self.tables, self._found, strict=True)
        return [table for table, columns in found if name not in columns]

    def texts(self, name: str) -> Texts:
        """Take a column of all tables as text; "" where a table has none."""
        return np.concatenate(
            [
                as_text(table.frame[found[name]])
                if name in found
                else np.full(table.rows.size, "", dtype=object)
                for table, found in zip(self.tables, self._found, strict=True)
            ]
        )[self._order]

    def series(self, name: str) -> pd.Series[Any]:
        """Take a column of all tables as a series of text."""
        import pandas as pd

        return pd.Series(self.texts(name), dtype=object)

    def dates(self, form: str | None) -> tuple[Texts, Bools]:
        """Take the column of dates, read in the format that is stated, and what does not fit it.

        What does not fit stays as it is written; None is no format.
        """
        import pandas as pd

        written = self.texts("date")
        if form is None:
            return written, np.zeros(self.n, dtype=bool)
        parts = [
            table.frame[found["date"]].astype(object).to_numpy()
            if "date" in found
            else np.full(table.rows.size, "", dtype=object)
            for table, found in zip(self.tables, self._found, strict=True)
        ]
        cells = pd.Series(np.concatenate(parts)[self._order], dtype=object)
        texts, misfit = by_format(written, cells, form)
        return np.where(misfit, written, texts), misfit

    def add(
        self,
        rows: Bools,
        code: str,
        name: str | None = None,
        say: Say = lambda _: {},
        positions: frozenset[str] = frozenset(),
        cells: frozenset[str] = frozenset(),
    ) -> None:
        """Enter one fault of many rows; as `Ledger.add`."""
        if not rows.any():
            return
        own = np.zeros(self.n, dtype=bool)
        own[self._order[rows]] = True
        number = np.empty(self.n, dtype=np.int64)
        number[self._order] = np.arange(self.n)
        for table, ledger in enumerate(self._ledgers):
            piece = slice(int(self._starts[table]), int(self._starts[table + 1]))
            if own[piece].any():
                header = self._found[table].get(name or "")
                numbers = number[piece]
                ledger.add(
                    own[piece],
                    code,
                    header,
                    lambda index, numbers=numbers: say(int(numbers[index])),  # type: ignore[misc]
                    positions,
                    cells,
                )

    @property
    def faulty(self) -> Bools:
        """Rows that cannot be used, shape (n,)."""
        return np.concatenate([ledger.faulty for ledger in self._ledgers])[self._order]

    def names(self) -> Texts:
        """Name of the file of each row, without its folder, shape (n,)."""
        names = np.array([_name(table, self.tables) for table in self.tables], dtype=object)
        return names[np.repeat(np.arange(len(self.tables)), np.diff(self._starts))[self._order]]

    def places(self) -> Texts:
        """Where each row stands, as a person finds it again, shape (n,)."""
        out = np.empty(self.n, dtype=object)
        out[:] = [table.where(row) for table in self.tables for row in range(table.rows.size)]
        return out[self._order]

    def problems(self) -> list[Problem]:
        """All faults by table and row."""
        return [problem for ledger in self._ledgers for problem in ledger.problems()]

    def remarks(self) -> list[Problem]:
        """Tell what the readers noticed, and columns that are not used."""
        noticed: list[Problem] = []
        for table, found in zip(self.tables, self._found, strict=True):
            noticed += [problem for problem in table.problems if problem.severity != "error"]
            noticed += extra_columns(table, set(found.values()), self.role)
        return noticed

    def sources(
        self, left_out: Bools, code: str, crs: str = "none", operation: str | None = None
    ) -> tuple[Source, ...]:
        """Account for the rows of each table.

        Parameters
        ----------
        left_out : ndarray of bool, shape (n,)
            Rows that are lost with others, though nothing is wrong with themselves.
        code : str
            Under which they are counted.
        crs : str
            Coordinate system of the table.
        operation : str or None
            How its positions become WGS 84.
        """
        sources = []
        own = np.zeros(self.n, dtype=bool)
        own[self._order[left_out]] = True
        pieces = np.split(own, self._starts[1:-1])
        for table, ledger, piece in zip(self.tables, self._ledgers, pieces, strict=True):
            lost = piece & ~ledger.faulty
            dropped = ledger.dropped() | ({code: int(lost.sum())} if lost.any() else {})
            total = sum(dropped.values())
            sources.append(
                Source(
                    role=self.role,
                    name=_name(table, self.tables),
                    sha256=table.sha256,
                    rows_read=table.rows.size,
                    rows_used=table.rows.size - total,
                    rows_dropped=total,
                    crs=crs,
                    operation=operation,
                    dropped=dict(sorted(dropped.items())),
                )
            )
        return tuple(sources)


def _name(table: RawTable, tables: Sequence[RawTable]) -> str:
    shared = sum(other.source == table.source for other in tables) > 1
    return f"{table.source} ({table.layer})" if shared and table.layer else table.source
