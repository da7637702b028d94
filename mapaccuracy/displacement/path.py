"""From tables to a verdict, step by step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from mapaccuracy.displacement.corrected import At, corrected
from mapaccuracy.displacement.free import (
    MOST_PAIRS,
    SEARCH_DRAWS,
    Free,
    Moved,
    move_by,
    search_freely,
)
from mapaccuracy.displacement.remaining import remaining
from mapaccuracy.displacement.result import Diagnosis
from mapaccuracy.displacement.sheets import by_sheet
from mapaccuracy.displacement.tested import (
    MIN_CONTRIBUTING,
    Outcome,
    Tested,
    changes,
    move_of,
    try_all,
)
from mapaccuracy.displacement.verdict import (
    Judged,
    best_of,
    helps,
    helps_a_part,
    judge,
    shift_is_accepted,
)
from mapaccuracy.evaluation import remarks
from mapaccuracy.evaluation.apart import Finds, Units, units_of
from mapaccuracy.evaluation.compared import Compared, compare
from mapaccuracy.evaluation.elsewhere import elsewhere, part
from mapaccuracy.evaluation.located import locate
from mapaccuracy.evaluation.mistakes import undone
from mapaccuracy.evaluation.path import check_together, conform
from mapaccuracy.schema import (
    AS_SUPPLIED,
    DISPLACEMENT,
    ROLES,
    Hypothesis,
    Ints,
    Move,
    Note,
    Residuals,
    Sampling,
    Settings,
    SheetDisplacement,
)
from mapaccuracy.statistics.displacement import Grid, coarse_histogram

CAUSE_UNKNOWN = "one common displacement of the whole map, cause unknown"
NOT_CLAIMED = "no displacement was found that could be tested on the records"
NO_REACH = "no point comes near a find"
IN_PART = "on records drawn at random: {shown:,} of {all:,} points"
# Scatter of points, in tolerances, from which pairs are cut off too near to tell their spread.
_WIDE = 0.35
# Supplied points beyond which hypotheses are tried on records drawn at random.
_MOST_POINTS = 150_000
_STREAM = 700

Progress = Callable[[str], None]


def diagnose(
    supplied: Any,
    finds: Any,
    searched: Any = None,
    districts: Any = None,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> Diagnosis:
    """Tell whether a map is wrong, or only misplaced.

    Parameters
    ----------
    supplied, finds : DataFrame, GeoDataFrame, RawTable, or a sequence of these
        As for `mapaccuracy.evaluate`.
    searched, districts : the same with polygons, or None
        Districts are only checked.
    settings : Settings, optional
        ``range_m``, ``rotation`` and ``declination_deg`` among them; ``by`` and ``ladder`` have
        no part in it.
    progress : callable of str, optional
        Told the name of each step.

    Returns
    -------
    Diagnosis

    Raises
    ------
    InputError
        If rows of an input cannot be used.
    SettingsError
        If the coordinate system is missing or contradicts itself, or the range does not go with
        the tolerance.

    Examples
    --------
    >>> import pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> found = pd.DataFrame(rng.uniform(0, 4000, (12, 2)).repeat(9, axis=0), columns=["x", "y"])
    >>> found += rng.uniform(-40, 40, found.shape)
    >>> found = found.assign(id=[f"F{n}" for n in range(108)])
    >>> claimed = found.assign(x=found["x"] + 62, y=found["y"] - 88)
    >>> claimed = claimed.assign(record_id=[f"R{n // 9}" for n in range(108)])
    >>> told = diagnose(claimed, found, settings=Settings(crs="local", assume_searched=True))
    >>> told.verdict, round(told.displacement.east_m), round(told.displacement.north_m)
    ('displaced', -62, 88)
    """
    settings = Settings() if settings is None else settings
    step = _quiet if progress is None else progress
    check_together(settings, searched)
    Grid.of(settings.tolerance_m, settings.range_m)
    lean = replace(settings, ladder=(settings.tolerance_m,))
    step("checking the inputs")
    layers = conform(
        {"supplied": supplied, "finds": finds, "searched": searched, "districts": districts}, lean
    )
    step("locating points")
    inputs = locate(layers, lean)
    step("matching as supplied")
    compared = compare(inputs, None, lean)
    return _Case(compared, settings, step).diagnosis(
        tuple(source for role in ROLES if role in layers for source in layers[role].sources)
    )


def _quiet(step: str) -> None:
    """Tell nobody."""


class _Case:
    """One map against its finds; each step once, in order."""

    def __init__(self, compared: Compared, settings: Settings, step: Progress) -> None:
        self.compared, self.settings, self.step = compared, settings, step
        self.units = chosen_units(compared)
        self.finds = Finds(compared)
        self.rows = self._rows()
        self.smaller = compared if self.rows is None else part(compared, self.rows)

    def _rows(self) -> Ints | None:
        """Draw whole units for trying hypotheses, where the map is large."""
        of_point, n = self.units.of_point, self.units.count
        if (of_point >= 0).sum() <= _MOST_POINTS:
            return None
        rng = np.random.default_rng([self.settings.seed, _STREAM])
        order = rng.permutation(n)
        size = np.bincount(of_point[of_point >= 0], minlength=n)[order]
        kept = np.zeros(n + 1, dtype=bool)
        kept[order[np.cumsum(size) <= max(_MOST_POINTS, size[0])]] = True
        return np.flatnonzero(kept[of_point])

    def diagnosis(self, sources: tuple[Any, ...]) -> Diagnosis:
        """Go all the way."""
        self.step("trying known mistakes")
        units = self.units
        if self.rows is not None:
            units = replace(units, of_point=_renumbered(units.of_point[self.rows]))
            units = replace(units, count=int(units.of_point.max(initial=-1)) + 1)
        tested = try_all(self.smaller, units, self.finds, self.settings.draws)
        self.step("searching a common displacement")
        draws = min(self.settings.draws, SEARCH_DRAWS)
        free = search_freely(self.compared, self.units, self.finds, draws, MOST_PAIRS)
        self.step("moving the map")
        moved = move_by(self.compared, self.units, free)
        if self.rows is not None:
            tested = self._in_full(tested)
        judged = judge(self.compared, tested, free, moved)
        hypotheses = self._hypotheses(tested, free, moved, judged)
        self.step("measuring what is left")
        places = self._places(tested, moved)
        residuals, rows = remaining(self.compared, judged.name, places)
        sheets = by_sheet(self.compared, self.finds, draws)
        by_name = {one.name: one for one in hypotheses}
        problems = remarks.problems(self.compared)
        cause = None
        if judged.verdict == "explained" and judged.name is not None:
            cause = by_name[judged.name].cause
        return Diagnosis(
            settings=self.settings,
            sources=sources,
            verdict=judged.verdict,
            cause=cause,
            reason=judged.reason,
            hypotheses=hypotheses,
            displacement=free.figure,
            sheets=sheets,
            residuals=residuals,
            histogram=coarse_histogram(
                free.collected.apart, self.settings.tolerance_m, self.settings.range_m
            ),
            sampling=self._sampling(free),
            notes=(
                *self._notes(tested, judged),
                *_wide_notes(free, residuals, self.settings),
                *_sheet_notes(sheets),
            ),
            problems=problems,
            residual_rows=rows,
            corrected=partial(
                corrected, self.compared, by_name, places, judged.verdict, judged.name
            ),
        )

    def _in_full(self, tested: Sequence[Tested]) -> list[Tested]:
        """Count the map as supplied, and the best mistake that helps, on all points."""
        first, *named = tested
        before = Outcome.of(self.compared)
        full = [replace(first, outcome=before)]
        best = best_of(tested)
        for one in named:
            if one is best:
                outcome = Outcome.of(elsewhere(self.compared, *place_of(self.compared, one)))
                gained, nearer = changes(self.compared, before, outcome)
                full.append(replace(one, outcome=outcome, gain=gained, closer=nearer))
            else:
                full.append(one)
        return full

    def _places(self, tested: Sequence[Tested], moved: Moved | None) -> dict[str, At]:
        """Say where the points lie after each hypothesis that was tested."""
        places: dict[str, At] = {
            one.undone.name: partial(place_of, self.compared, one)
            for one in tested
            if one.p is not None
        }
        if moved is not None:
            places[DISPLACEMENT] = lambda: moved.at
        return places

    def _sampling(self, free: Free) -> Sampling:
        p = free.figure.p
        draws = free.draws
        return Sampling(
            unit=self.units.kind,
            units=self.units.count,
            units_drawn=free.collected.apart.units,
            pairs=len(free.collected.apart),
            p_error=None if p is None or not draws else float(np.sqrt(p * (1 - p) / draws)),
        )

    def _hypotheses(
        self, tested: Sequence[Tested], free: Free, moved: Moved | None, judged: Judged
    ) -> tuple[Hypothesis, ...]:
        """List all hypotheses: the one of the verdict first, then by how close they come."""
        listed = [(one.closeness, self._named(one)) for one in tested]
        closeness = 0.0 if moved is None else moved.held_out.closeness
        listed.append((closeness, self._displaced(free, moved)))

        def rank(entry: tuple[float, Hypothesis]) -> tuple[bool, bool, float]:
            close, told = entry
            return told.name != judged.name, not told.accepted, -close

        return tuple(told for _, told in sorted(listed, key=rank))

    def _named(self, one: Tested) -> Hypothesis:
        whole = None if one.outcome is None else one.outcome.whole
        reason = one.undone.reason
        if one.p is not None and whole is None:
            reason = NO_REACH
        elif whole is not None and len(one.outcome.paired) < len(self.compared.record):  # type: ignore[union-attr]
            shown = IN_PART.format(shown=len(one.outcome.paired), all=len(self.compared.record))  # type: ignore[union-attr]
            reason = shown if reason is None else f"{reason}; {shown}"
        in_part = whole is not None and len(one.outcome.paired) < len(self.compared.record)  # type: ignore[union-attr]
        precision = None if whole is None else whole.precision
        return Hypothesis(
            name=one.undone.name,
            cause=one.undone.cause,
            precision=precision,
            # Finds near records that were not drawn have no point to be paired with.
            recall=None if whole is None or in_part else whole.recall,
            held_out=precision,
            confirmed_share=None if whole is None else whole.confirmed_share,
            gain=one.gain,
            closer=one.closer,
            p=one.p,
            draws=self.settings.draws if one.p is not None else 0,
            accepted=helps(one),
            move=one.move,
            rest=one.rest,
            in_area=one.undone.in_area,
            operation=one.undone.operation,
            reason=reason,
        )

    def _displaced(self, free: Free, moved: Moved | None) -> Hypothesis:
        figure = free.figure
        given = free.moves_m
        move = None if given is None else Move(*given, 0.0)
        if moved is not None and free.turned is not None:
            move = move_of(self.compared, *moved.at)
        return Hypothesis(
            name=DISPLACEMENT,
            cause=CAUSE_UNKNOWN,
            precision=None if moved is None else moved.in_sample.whole.precision,
            recall=None if moved is None else moved.in_sample.whole.recall,
            held_out=None if moved is None else moved.held_out.whole.precision,
            confirmed_share=None if moved is None else moved.held_out.whole.confirmed_share,
            gain=None if moved is None else moved.gain,
            closer=None if moved is None else moved.closer,
            p=figure.p,
            draws=0 if figure.p is None else free.draws,
            accepted=shift_is_accepted(free, moved),
            move=move,
            rest=None,
            in_area=None,
            operation=None,
            reason=figure.reason,
        )

    def _notes(self, tested: Sequence[Tested], judged: Judged) -> tuple[Note, ...]:
        notes = [
            Note(
                "nothing_corrected",
                "No position was changed. Whether to correct the map is for those who answer for "
                "it; ask whoever made it how positions were measured and in which system.",
            ),
            Note(
                "not_clearance",
                "Nothing here says that ground is free of mines, with or without a correction.",
            ),
        ]
        number = sum(one.p is not None for one in tested)
        notes.append(
            Note(
                "several_hypotheses",
                f"Hypotheses tested together: {number}. Each p is that of the best of them, so "
                "testing many does not make one of them look good.",
            )
        )
        if self.rows is not None:
            notes.append(
                Note(
                    "hypotheses_on_part",
                    f"Known mistakes were tried on {len(self.rows):,} of "
                    f"{len(self.compared.record):,} points, in {self.units.kind}s drawn at "
                    "random; the map as supplied and the best of them were counted in full.",
                )
            )
        notes += self._part_notes(tested, judged)
        ground = self.compared.inputs.ground
        if not ground.given:
            notes.append(
                Note(
                    "no_searched_areas",
                    "All ground was declared searched."
                    if ground.assumed
                    else "No searched areas were given, so precision is not known; the share of "
                    "all points with a find stands for it.",
                )
            )
        return tuple(notes)

    def _part_notes(self, tested: Sequence[Tested], judged: Judged) -> list[Note]:
        """Say which mistakes help a part of the map: it may have come from several sources."""
        kind = self.units.kind
        return [
            Note(
                "helps_a_part",
                f"{one.undone.name} does not help the map as a whole, but at least half of the "
                f"points of {one.helped} {kind}s would gain a find by it (p {one.p:.2g}): the map "
                "may be of several sources; try them apart.",
            )
            for one in tested
            if one.undone.name not in (AS_SUPPLIED, judged.name) and helps_a_part(one)
        ]


def place_of(compared: Compared, one: Tested) -> Any:
    """Undo one mistake on all supplied points: x and y."""
    (told,) = undone(compared, one.undone.name)
    return told.at


def _wide_notes(free: Free, left: Residuals, settings: Settings) -> list[Note]:
    """Say where points scatter too widely for the ellipse of the displacement to hold."""
    wide = left.within_m is not None and left.within_m > _WIDE * settings.tolerance_m
    if free.moves_m is None or not wide:
        return []
    return [
        Note(
            "errors_wide_for_tolerance",
            f"Points scatter by {left.within_m:.1f} m per axis about their record, wide for a "
            f"tolerance of {settings.tolerance_m:g} m: the ellipse of the displacement is too "
            "small then. A wider --tolerance gives a better one.",
        )
    ]


def _sheet_notes(sheets: Sequence[SheetDisplacement]) -> list[Note]:
    """Say that each sheet was tested by itself."""
    tested = sum(one.p is not None for one in sheets)
    if tested < 2:
        return []
    return [
        Note(
            "sheets_by_themselves",
            f"Sheets searched one by one: {tested}. Each p is that of its own sheet, so that one "
            "in twenty sheets that share nothing shows a displacement.",
        )
    ]


def chosen_units(compared: Compared) -> Units:
    """Choose what moves as one: map sheets, where there are enough of them, else records."""
    if compared.inputs.supplied.codes("sheet") is not None:
        sheets = units_of(compared, "sheet")
        if sheets.count >= MIN_CONTRIBUTING:
            return sheets
    return units_of(compared, "record")


def _renumbered(of_point: Ints) -> Ints:
    out = np.full(len(of_point), -1, dtype=np.int64)
    held = of_point >= 0
    out[held] = np.unique(of_point[held], return_inverse=True)[1]
    return out
