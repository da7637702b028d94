"""From tables to a verdict, step by step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from mapaccuracy.displacement.corrected import At, Corrected
from mapaccuracy.displacement.free import (
    MOST_PAIRS,
    SEARCH_DRAWS,
    Free,
    Moved,
    move_by,
    not_searched,
    search_freely,
)
from mapaccuracy.displacement.hypotheses import hypotheses_of
from mapaccuracy.displacement.notes import notes_of
from mapaccuracy.displacement.remaining import remaining
from mapaccuracy.displacement.result import Diagnosis
from mapaccuracy.displacement.sampled import draw_rows, units_of_rows
from mapaccuracy.displacement.sheets import by_sheet
from mapaccuracy.displacement.tested import (
    MIN_CONTRIBUTING,
    Outcome,
    Tested,
    changes,
    too_few_items,
    try_all,
    untried,
)
from mapaccuracy.displacement.verdict import (
    best_of,
    judge,
)
from mapaccuracy.evaluation import noticed
from mapaccuracy.evaluation.apart import Finds, Units, units_of
from mapaccuracy.evaluation.compared import Compared, compare
from mapaccuracy.evaluation.elsewhere import elsewhere, part
from mapaccuracy.evaluation.located import locate
from mapaccuracy.evaluation.mistakes import undone
from mapaccuracy.evaluation.path import check_together, conform
from mapaccuracy.schema import (
    DISPLACEMENT,
    ROLES,
    Sampling,
    Settings,
    SheetDisplacement,
)
from mapaccuracy.statistics.displacement import Grid, coarse_histogram

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
    sources = tuple(source for role in ROLES if role in layers for source in layers[role].sources)
    return _diagnosed(compared, settings, step, sources)


def _quiet(step: str) -> None:
    """Tell nobody."""


def _diagnosed(
    compared: Compared, settings: Settings, step: Progress, sources: tuple[Any, ...]
) -> Diagnosis:
    """Go all the way, each step once."""
    units, finds = chosen_units(compared), Finds(compared)
    draws = min(settings.draws, SEARCH_DRAWS)
    rows = draw_rows(units, settings.seed)
    sheets: tuple[SheetDisplacement, ...] = ()
    few = too_few_items(compared)
    if few is not None:
        rows, moved = None, None
        tested, free = untried(compared, few), not_searched(few)
    else:
        step("trying known mistakes")
        if rows is None:
            tested = try_all(compared, units, finds, settings.draws)
        else:
            smaller, of_rows = part(compared, rows), units_of_rows(units, rows)
            tested = _in_full(compared, try_all(smaller, of_rows, finds, settings.draws))
        step("searching a common displacement")
        free = search_freely(compared, units, finds, draws, MOST_PAIRS)
        step("moving the map")
        moved = move_by(compared, units, free)
        sheets = by_sheet(compared, finds, draws)
    judged = judge(compared, tested, free, moved, units.kind)
    hypotheses = hypotheses_of(compared, tested, free, moved, judged)
    step("measuring what is left")
    places = _places(compared, tested, moved)
    residuals, residual_rows = remaining(compared, judged.name, places)
    by_name = {one.name: one for one in hypotheses}
    cause = None
    if judged.verdict == "explained" and judged.name is not None:
        cause = by_name[judged.name].cause
    return Diagnosis(
        settings=settings,
        sources=sources,
        verdict=judged.verdict,
        cause=cause,
        reason=judged.reason,
        hypotheses=hypotheses,
        displacement=free.figure,
        sheets=sheets,
        residuals=residuals,
        histogram=coarse_histogram(free.collected.apart, settings.tolerance_m, settings.range_m),
        sampling=_sampling(units, free),
        notes=notes_of(
            compared,
            tested,
            free,
            judged,
            residuals,
            sheets,
            units.kind,
            None if rows is None else len(rows),
        ),
        problems=noticed.problems(compared),
        residual_rows=residual_rows,
        corrected=Corrected(compared, by_name, places, judged.verdict, judged.name),
    )


def _in_full(compared: Compared, tested: Sequence[Tested]) -> list[Tested]:
    """Count the map as supplied, and the best mistake that helps, on all points."""
    first, *named = tested
    before = Outcome.of(compared)
    full = [replace(first, outcome=before)]
    best = best_of(tested)
    for one in named:
        if one is best:
            outcome = Outcome.of(elsewhere(compared, *place_of(compared, one)))
            gained, nearer = changes(compared, before, outcome)
            full.append(replace(one, outcome=outcome, gain=gained, closer=nearer))
        else:
            full.append(one)
    return full


def _places(compared: Compared, tested: Sequence[Tested], moved: Moved | None) -> dict[str, At]:
    """Say where the points lie after each hypothesis that was tested."""
    places: dict[str, At] = {
        one.undone.name: partial(place_of, compared, one) for one in tested if one.p is not None
    }
    if moved is not None:
        places[DISPLACEMENT] = lambda: moved.at
    return places


def place_of(compared: Compared, one: Tested) -> Any:
    """Undo one mistake on all supplied points: x and y."""
    (told,) = undone(compared, one.undone.name)
    return told.at


def _sampling(units: Units, free: Free) -> Sampling:
    p, draws = free.figure.p, free.draws
    return Sampling(
        unit=units.kind,
        units=units.count,
        units_drawn=free.collected.apart.units,
        pairs=len(free.collected.apart),
        p_error=None if p is None or not draws else float(np.sqrt(p * (1 - p) / draws)),
    )


def chosen_units(compared: Compared) -> Units:
    """Choose what moves as one: map sheets, where there are enough of them, else records."""
    if compared.inputs.supplied.codes("sheet") is not None:
        sheets = units_of(compared, "sheet")
        if sheets.count >= MIN_CONTRIBUTING:
            return sheets
    return units_of(compared, "record")
