"""Whether the map may be misplaced rather than wrong: a quick look, in one line.

A sample of records is looked at, and most maps are done with after one histogram. What is
suspected is for a diagnosis to test.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mapaccuracy.evaluation.apart import Finds, Units, collect, units_of
from mapaccuracy.evaluation.compared import Compared
from mapaccuracy.evaluation.located import Points
from mapaccuracy.evaluation.mistakes import undone
from mapaccuracy.schema import AS_SUPPLIED, Bools, Floats, Ints, Note
from mapaccuracy.statistics.displacement import Apart, Grid, fit, gain, scores, search, standing

CODE = "displacement_suspected"
LEVEL = 0.05
_LEAST_UNITS = 5
_MOST_POINTS, _MOST_PAIRS = 4_000, 150_000
_DRAWS, _NAMED_DRAWS = 99, 1999
# A peak elsewhere is looked into if it scores so many times what no displacement does, and so
# high that independent pairs hardly ever would.
_TIMES, _LEAST_SCORE = 1.2, 6.0
# A mistake is looked into if undoing it gives so many more of the points a find.
_MORE = 0.1
_STREAM = 704


@dataclass(frozen=True)
class _Look:
    """A sample of supplied points, and which of them have a find within tolerance.

    Attributes
    ----------
    compared : Compared
    rows : ndarray of int, shape (n,)
        Supplied rows of the sample.
    units : Units
        Of the sample.
    finds : Finds
    before : ndarray of bool, shape (n,)
        As supplied.
    """

    compared: Compared
    rows: Ints
    units: Units
    finds: Finds
    before: Bools

    def at(self, x: Floats, y: Floats) -> Points:
        """Put the sample elsewhere."""
        frame = self.compared.inputs.frame
        x, y = frame.points(x, y)
        return Points(self.compared.inputs.supplied.layer, x, y, frame.metres(x, y))

    @property
    def supplied(self) -> Points:
        """The sample as supplied."""
        claimed = self.compared.inputs.supplied
        return self.at(claimed.x[self.rows], claimed.y[self.rows])

    def gains(self, after: Bools) -> bool:
        """Whether more points have a find, beyond what varies between records."""
        every = np.ones(len(self.rows), dtype=bool)
        told = gain(self.before, after, every, [self.units.of_point])
        return told.low is not None and told.low > 0


def _with_find(points: Points, finds: Finds, tolerance_m: float) -> Bools:
    """Tell which points have a find within tolerance."""
    # A find just at the tolerance counts as well, as in matching.
    if finds.tree is None:
        return np.zeros(len(points), dtype=bool)
    distance, _ = finds.tree.query(
        points.metres, distance_upper_bound=np.nextafter(tolerance_m, np.inf)
    )
    found: Bools = distance <= tolerance_m
    return found


def suspicion(compared: Compared) -> Note | None:
    """Say in one line that the map may be misplaced, and how, if a quick look suggests it.

    Known mistakes are looked into where undoing them gives more points a find, a common
    displacement where the histogram of displacements has its highest peak elsewhere. Suspected
    is what is beyond chance (p at most .05, for known mistakes times their number) and gains
    points with a find (95 % interval over records above 0).

    Parameters
    ----------
    compared : Compared

    Returns
    -------
    Note or None
        None without suspicion, and where fewer than 5 records have a find within range.
    """
    settings = compared.settings
    single, in_scope = compared.supplied.single, compared.finds.in_scope
    fits = 2 * settings.tolerance_m <= settings.range_m <= 256 * settings.tolerance_m
    if not (fits and single.any() and in_scope.any()):
        return None
    units = units_of(compared, "record")
    if units.count < _LEAST_UNITS:
        return None
    look = _look(compared, units)
    told = _mistake(look)
    return _displacement(look) if told is None else told


def _look(compared: Compared, units: Units) -> _Look:
    rng = np.random.default_rng([compared.settings.seed, _STREAM])
    rows = np.flatnonzero(units.of_point >= 0)
    if len(rows) > _MOST_POINTS:
        rows = np.sort(rng.choice(rows, _MOST_POINTS, replace=False))
    held, of_point = np.unique(units.of_point[rows], return_inverse=True)
    finds = Finds(compared)
    bare = _Look(
        compared, rows, Units(units.kind, of_point, len(held)), finds, np.zeros(len(rows), bool)
    )
    before = _with_find(bare.supplied, finds, compared.settings.tolerance_m)
    return replace(bare, before=before)


def _mistake(look: _Look) -> Note | None:
    """Look for the known mistake that gives most points a find."""
    settings = look.compared.settings
    tried, most = 0, float(look.before.mean()) + _MORE
    best: tuple[str, Points, Bools] | None = None
    for told in undone(look.compared, rows=look.rows):
        if told.at is None or told.name == AS_SUPPLIED:
            continue
        tried += 1
        points = look.at(*told.at)
        after = _with_find(points, look.finds, settings.tolerance_m)
        if after.mean() > most:
            best, most = (told.cause, points, after), float(after.mean())
    if best is None or not look.gains(best[2]):
        return None
    cause, points, after = best
    grid = Grid.of(settings.tolerance_m, min(settings.range_m, 10 * settings.tolerance_m))
    rng = np.random.default_rng([settings.seed, _STREAM, 1])
    apart = collect(points, look.units, look.finds, grid.range_m, _MOST_PAIRS, rng).apart
    observed, drawn = standing(apart, grid, _NAMED_DRAWS, rng)
    # The best of several was looked at, so p is multiplied by their number (Bonferroni).
    p = tried * (1 + int((drawn >= observed).sum())) / (_NAMED_DRAWS + 1)
    return None if p > LEVEL else _note(look, after, f"if {cause}")


def _displacement(look: _Look) -> Note | None:
    """Look for a common displacement."""
    settings, claimed = look.compared.settings, look.supplied
    grid = Grid.of(settings.tolerance_m, settings.range_m)
    rng = np.random.default_rng([settings.seed, _STREAM, 2])
    apart = collect(claimed, look.units, look.finds, grid.range_m, _MOST_PAIRS, rng).apart
    if len(np.unique(apart.unit)) < _LEAST_UNITS:
        return None
    at = _elsewhere(apart, grid)
    # What gains nothing need not be held against chance, which takes far longer.
    if at is None or not look.gains(_moved(look, *at)):
        return None
    found = search(apart, grid, _DRAWS, rng)
    if found is None or found.p > LEVEL:
        return None
    fits = fit(apart, grid, found, _DRAWS, rng)
    if fits.contributes[0].sum() < _LEAST_UNITS + fits.by_chance[0]:
        return None
    east_m, north_m = (float(m) for m in fits.peak_m[0])
    after = _moved(look, east_m, north_m)
    if not look.gains(after):
        return None
    return _note(look, after, f"after a move of about {_words(east_m, north_m)}")


def _moved(look: _Look, east_m: float, north_m: float) -> Bools:
    """Tell which points have a find after a move."""
    claimed = look.supplied
    wide, high = look.compared.inputs.frame.scale(claimed.y)
    points = look.at(claimed.x + east_m / wide, claimed.y + north_m / high)
    return _with_find(points, look.finds, look.compared.settings.tolerance_m)


def _elsewhere(apart: Apart, grid: Grid) -> tuple[float, float] | None:
    """Give the highest peak, if it is high, and higher than what stands at no displacement."""
    score = scores(grid.counts(*grid.cells(apart.east_m, apart.north_m)), grid)
    middle = grid.side // 2
    for of_box in score:
        row, column = divmod(int(of_box.argmax()), grid.side)
        highest, here = of_box[row, column], of_box[middle, middle]
        if highest >= _LEAST_SCORE and highest >= _TIMES * here:
            return grid.middle_m(column, row)
    return None


def _words(east_m: float, north_m: float) -> str:
    """Say a move in words.

    Examples
    --------
    >>> _words(-62.3, 87.6)
    '62 m west and 88 m north'
    """
    return (
        f"{abs(east_m):.0f} m {'west' if east_m < 0 else 'east'} and "
        f"{abs(north_m):.0f} m {'south' if north_m < 0 else 'north'}"
    )


def _note(look: _Look, after: Bools, how: str) -> Note:
    tolerance_m = look.compared.settings.tolerance_m
    return Note(
        CODE,
        f"The map may be misplaced rather than wrong: {how}, {after.mean():.0%} of the points "
        f"looked at have a find within {tolerance_m:g} m, against {look.before.mean():.0%} as "
        "supplied. This is a suspicion; mapaccuracy diagnose tests it.".replace("%", " %"),
    )
