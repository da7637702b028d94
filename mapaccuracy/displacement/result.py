"""The outcome of a diagnosis, and its document."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from mapaccuracy.schema import (
    Displacement,
    Histogram,
    Hypothesis,
    Note,
    Problem,
    Residuals,
    Sampling,
    Settings,
    SheetDisplacement,
    Source,
    Verdict,
)
from mapaccuracy.schema.version import __version__

if TYPE_CHECKING:
    import pandas as pd

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Diagnosis:
    """The outcome of `diagnose`; fields as in the diagnosis document, and restricted rows.

    Attributes
    ----------
    settings : Settings
    sources : tuple of Source
    verdict : {"as_supplied", "explained", "displaced", "no_displacement_helps", "cannot_be_told"}
    cause : str or None
        The mistake that explains the map, in words.
    reason : str
    hypotheses : tuple of Hypothesis
        The one that the verdict rests on first.
    displacement : Displacement
    sheets : tuple of SheetDisplacement
    residuals : Residuals
    histogram : Histogram
    sampling : Sampling
    notes : tuple of Note
    problems : tuple of Problem
    residual_rows : pandas.DataFrame
        Restricted: ``record, pairs, east_m, north_m, spread_m, rotation_deg``, one row a record.
    corrected : callable
        ``corrected(name=None)`` gives the restricted table of corrected positions, by the
        hypothesis that the verdict rests on, or by one that was tested; SettingsError where
        there is nothing to correct by.
    """

    settings: Settings
    sources: tuple[Source, ...]
    verdict: Verdict
    cause: str | None
    reason: str
    hypotheses: tuple[Hypothesis, ...]
    displacement: Displacement
    sheets: tuple[SheetDisplacement, ...]
    residuals: Residuals
    histogram: Histogram
    sampling: Sampling
    notes: tuple[Note, ...]
    problems: tuple[Problem, ...]
    # What is printed of a result must not hold what only the user may see.
    residual_rows: pd.DataFrame = field(repr=False)
    corrected: Callable[..., pd.DataFrame]

    def to_dict(self) -> dict[str, Any]:
        """Make the diagnosis document: no position, no id, no row of a single item."""
        return {
            "schema_version": SCHEMA_VERSION,
            "tool": {"name": "mapaccuracy", "version": __version__},
            "settings": self.settings.to_dict(),
            "sources": [source.to_dict() for source in self.sources],
            "verdict": self.verdict,
            "cause": self.cause,
            "reason": self.reason,
            "hypotheses": [asdict(one) for one in self.hypotheses],
            "displacement": asdict(self.displacement),
            "sheets": [asdict(one) for one in self.sheets],
            "residuals": asdict(self.residuals),
            "histogram": asdict(self.histogram),
            "sampling": asdict(self.sampling),
            "notes": [note.to_dict() for note in self.notes],
        }
