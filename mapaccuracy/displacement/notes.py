"""What a reader of a diagnosis has to bear in mind."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from mapaccuracy.displacement.free import Free, fitting_elsewhere
from mapaccuracy.displacement.tested import Tested
from mapaccuracy.displacement.verdict import Judged, helps_a_part
from mapaccuracy.evaluation.compared import Compared
from mapaccuracy.schema import AS_SUPPLIED, Note, Residuals, Settings, SheetDisplacement

# Scatter of points, in tolerances, from which pairs are cut off too near to tell their spread.
_WIDE = 0.35


def notes_of(
    compared: Compared,
    tested: Sequence[Tested],
    free: Free,
    judged: Judged,
    residuals: Residuals,
    sheets: Sequence[SheetDisplacement],
    kind: str,
    points_tried: int | None,
) -> tuple[Note, ...]:
    """List all notes, the general ones first.

    Parameters
    ----------
    compared : Compared
    tested : sequence of Tested
    free : Free
    judged : Judged
    residuals : Residuals
    sheets : sequence of SheetDisplacement
    kind : {"record", "sheet"}
        What moved as one.
    points_tried : int or None
        Points that known mistakes were tried on; None for all.
    """
    return (
        *_always(tested),
        *_drawn(compared, kind, points_tried),
        *_parts(tested, free, judged, kind, compared.settings),
        *_ground(compared),
        *_wide(free, residuals, compared.settings),
        *_of_sheets(sheets),
    )


def _always(tested: Sequence[Tested]) -> Iterator[Note]:
    yield Note(
        "nothing_corrected",
        "No position was changed. Whether to correct the map is for those who answer for "
        "it; ask whoever made it how positions were measured and in which system.",
    )
    yield Note(
        "not_clearance",
        "Nothing here says that ground is free of mines, with or without a correction.",
    )
    named = [one for one in tested if one.undone.name != AS_SUPPLIED]
    number = sum(one.p is not None for one in named)
    yield Note(
        "several_hypotheses",
        f"Of {len(named)} known mistakes {number} could be tested. The p of each holds for all of "
        "them together, and that of the search for every place within range; the two are not "
        "combined.",
    )


def _drawn(compared: Compared, kind: str, points_tried: int | None) -> Iterator[Note]:
    if points_tried is None:
        return
    yield Note(
        "hypotheses_on_part",
        f"Known mistakes were tried on {points_tried:,} of {len(compared.record):,} points, drawn "
        f"at random from {kind}s; the map as supplied and the best of them were counted in full.",
    )


def _parts(
    tested: Sequence[Tested],
    free: Free,
    judged: Judged,
    kind: str,
    settings: Settings,
) -> Iterator[Note]:
    """Say what helps a part of the map: it may have come from several sources."""
    for one in tested:
        if one.undone.name not in (AS_SUPPLIED, judged.name) and helps_a_part(one):
            yield Note(
                "helps_a_part",
                f"{one.undone.name} does not help the map as a whole, but at least half of the "
                f"points of {one.helped} {kind}s would gain a find by it (p {one.p:.2g}): the map "
                "may be of several sources; try them apart.",
            )
    other = fitting_elsewhere(free, settings.tolerance_m)
    if other is not None and judged.verdict in ("as_supplied", "cannot_be_told"):
        yield Note(
            "fits_a_part",
            f"{other.contributing} of {other.records} {kind}s fit only after a move by "
            f"{math.hypot(other.east_m, other.north_m):.0f} m: the map may be of several sources. "
            "Run the records of each source by themselves before using any of them.",
        )


def _ground(compared: Compared) -> Iterator[Note]:
    ground = compared.inputs.ground
    if not ground.given:
        yield Note(
            "no_searched_areas",
            "All ground was declared searched."
            if ground.assumed
            else "No searched areas were given, so precision is not known; the share of "
            "all points with a find stands for it.",
        )


def _wide(free: Free, left: Residuals, settings: Settings) -> Iterator[Note]:
    """Say where points scatter too widely for the ellipse of the displacement to hold."""
    wide = left.within_m is not None and left.within_m > _WIDE * settings.tolerance_m
    if free.moves_m is not None and wide:
        yield Note(
            "errors_wide_for_tolerance",
            f"Points scatter by {left.within_m:.1f} m per axis about their record, wide for a "
            f"tolerance of {settings.tolerance_m:g} m: the ellipse of the displacement is too "
            "small then. A wider --tolerance gives a better one.",
        )


def _of_sheets(sheets: Sequence[SheetDisplacement]) -> Iterator[Note]:
    """Say that each sheet was tested by itself."""
    tested = sum(one.p is not None for one in sheets)
    if tested >= 2:
        yield Note(
            "sheets_by_themselves",
            f"Sheets searched one by one: {tested}. Each p is that of its own sheet, so that one "
            "in twenty sheets that share nothing shows a displacement.",
        )
