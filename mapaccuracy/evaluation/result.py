"""What an evaluation returns, and the result document it becomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mapaccuracy.schema import (
    AreaFigures,
    Group,
    Note,
    Problem,
    RowFigures,
    Settings,
    Source,
    TaskFigures,
    flatten,
)
from mapaccuracy.schema.version import __version__

if TYPE_CHECKING:
    import pandas as pd

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Evaluation:
    """The outcome of `mapaccuracy.evaluate`: figures by group, sources, notes, and the pairs.

    Attributes
    ----------
    settings : Settings
    sources : tuple of Source
    overall : Group
    districts : tuple of Group
        Sorted by name; what lies on no district comes last.
    types : tuple of Group or None
        Where ``settings.by`` is ``type``.
    records : pandas.DataFrame
        One row a minefield record, worst first; columns as in
        `mapaccuracy.evaluation.records.table`. Restricted: in no result document.
    notes : tuple of Note
    pairs : pandas.DataFrame
        ``supplied_id``, ``find_id``, ``distance_m``; sorted by supplied_id. Restricted: in
        no result document.
    problems : tuple of Problem
        Warnings and information about the inputs, with their places.
    rows, areas, tasks : tuple or None
        Figures of rows of mines, outlines and tasks: of the whole first, then of districts. None
        where there are none.
    tables : mapping of {"rows", "areas", "tasks"} to DataFrame
        One row a row of mines, an outline, a task, as far as there are any. Restricted: in no
        result document.
    """

    settings: Settings
    sources: tuple[Source, ...]
    overall: Group
    districts: tuple[Group, ...]
    types: tuple[Group, ...] | None
    records: pd.DataFrame
    notes: tuple[Note, ...]
    pairs: pd.DataFrame
    problems: tuple[Problem, ...]
    rows: tuple[RowFigures, ...] | None = None
    areas: tuple[AreaFigures, ...] | None = None
    tasks: tuple[TaskFigures, ...] | None = None
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    @property
    def metrics(self) -> pd.DataFrame:
        """One row a group, the overall one first; nested names joined by ``_``.

        Where ``settings.by`` is ``record``, the rows are those of `records`.
        """
        import pandas as pd

        if self.settings.by == "record":
            return self.records
        by = self.types if self.settings.by == "type" else self.districts
        groups = (self.overall, *(by if by is not None else ()))
        return pd.DataFrame([flatten(group.to_dict()) for group in groups])

    def to_dict(self) -> dict[str, Any]:
        """Make the result document: no position, no id, no row of a single item."""
        document = {
            "schema_version": SCHEMA_VERSION,
            "tool": {"name": "mapaccuracy", "version": __version__},
            "settings": self.settings.to_dict(),
            "sources": [source.to_dict() for source in self.sources],
            "overall": self.overall.to_dict(),
            "districts": [group.to_dict() for group in self.districts],
            "rows": _by_place(self.rows),
            "areas": _by_place(self.areas),
            "tasks": _by_place(self.tasks),
            "notes": [note.to_dict() for note in self.notes],
        }
        if self.types is not None:
            document["types"] = [group.to_dict() for group in self.types]
        return document


def _by_place(
    figures: Sequence[RowFigures] | Sequence[AreaFigures] | Sequence[TaskFigures] | None,
) -> dict[str, Any] | None:
    """Put the figures of the whole before those of districts; None where there are none."""
    if figures is None:
        return None
    whole, *parts = (entry.to_dict() for entry in figures)
    return {"overall": whole, "districts": parts}
