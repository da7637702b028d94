"""Known mistakes undone, one after the other, and how well the map fits the finds then."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mapaccuracy.evaluation import groupings
from mapaccuracy.evaluation.apart import Finds, Units, collect
from mapaccuracy.evaluation.compared import Compared
from mapaccuracy.evaluation.elsewhere import elsewhere, points_at
from mapaccuracy.evaluation.mistakes import Undone, undone
from mapaccuracy.schema import AS_SUPPLIED, Bools, Closer, Floats, Gain, Group, Move, Settings
from mapaccuracy.statistics.disclosure import LEAST_ITEMS
from mapaccuracy.statistics.displacement import (
    TOO_FEW,
    Apart,
    Grid,
    Settled,
    closer,
    contributes,
    gain,
    p_of_fixed,
    settle,
    standing,
)

MIN_CONTRIBUTING = 5
NO_POINTS = "no single supplied points"
NO_FINDS = "no find in scope ({scope})"
FEW_ITEMS = (
    f"fewer than {LEAST_ITEMS} points, or finds in scope: told, it would tell of single ones"
)
ENOUGH = f"{MIN_CONTRIBUTING} are needed, and a fifth of them at most by chance"
# Share of the units that contribute which may be there by chance.
_BY_CHANCE = 0.2
TOO_FEW_SHEETS = "too few map sheets for an interval: points of one sheet share its errors"
# Half-width of the surroundings of a hypothesis, in tolerances: with more than that its pairs
# would cost more than they tell.
_AROUND = 10.0
MOST_PAIRS = 300_000
_STREAM = 701


@dataclass(frozen=True)
class Outcome:
    """What became of the map at one place.

    Attributes
    ----------
    whole : Group
    distance_m : ndarray of float, shape (n_supplied,)
        From each supplied row to its find; infinite without one.
    closeness : float
        Sum over pairs of ``1 - d**2 / tolerance**2``, for each single point: of two hypotheses
        that pair as many points, the nearer one has more.
    """

    whole: Group
    distance_m: Floats
    closeness: float

    @property
    def paired(self) -> Bools:
        """Whether each supplied row has a pair."""
        return np.isfinite(self.distance_m)

    @classmethod
    def of(cls, compared: Compared) -> Outcome:
        """Sum up the outcome of every row."""
        (whole,) = compared.figures_of(groupings.overall(compared.inputs))
        matching = compared.matching
        share = matching.distance_m / compared.settings.tolerance_m
        single = max(int(compared.supplied.single.sum()), 1)
        distance_m = np.full(len(compared.supplied.paired), np.inf)
        distance_m[matching.supplied] = matching.distance_m
        return cls(whole, distance_m, float((1 - share**2).sum()) / single)


@dataclass(frozen=True)
class Tested:
    """One mistake undone, and its outcome.

    Attributes
    ----------
    undone : Undone
    outcome : Outcome or None
        None where it was not tested, or no point comes near a find.
    gain : Gain or None
    closer : Closer or None
        Both against the map as supplied; None for itself.
    p : float or None
        None where it was not tested.
    move, rest : Move or None
    records : int
        Units with points.
    contributing : int
        Units with more pairs there, or within tolerance, than their surroundings explain.
    by_chance : float
        Units of which that is to be expected if their pairs are those of chance.
    helped : int
        Units of which at least half of the points gain a pair by it.
    """

    undone: Undone
    outcome: Outcome | None
    gain: Gain | None
    closer: Closer | None
    p: float | None
    move: Move | None
    rest: Move | None
    records: int = 0
    contributing: int = 0
    by_chance: float = 0.0
    helped: int = 0

    @property
    def closeness(self) -> float:
        """How close pairs are; 0 without an outcome."""
        return 0.0 if self.outcome is None else self.outcome.closeness


def try_all(compared: Compared, units: Units, finds: Finds, draws: int) -> list[Tested]:
    """Undo every known mistake and test what the map is worth then.

    Parameters
    ----------
    compared : Compared
        The map as supplied.
    units : Units
    finds : Finds
    draws : int

    Returns
    -------
    list of Tested
        The map as supplied first; p holds for all of them together.
    """
    settings = compared.settings
    grid = grid_around(settings)
    rows: list[Tested] = []
    scores: list[tuple[int, float, Floats]] = []
    for number, told in enumerate(undone(compared)):
        at = told.at
        # Positions after every mistake would fill the memory; those of one are soon made again.
        bare = replace(told, at=None)
        if at is None:
            rows.append(Tested(bare, None, None, None, None, None, None))
            continue
        rng = np.random.default_rng([settings.seed, _STREAM, number])
        points = points_at(compared, *at)
        apart = collect(points, units, finds, grid.range_m, MOST_PAIRS, rng).apart
        scores.append((len(rows), *standing(apart, grid, draws, rng)))
        rows.append(_tried(compared, units, bare, at, apart))
    p = p_of_fixed(
        np.array([observed for _, observed, _ in scores]), np.array([drawn for *_, drawn in scores])
    )
    for (index, *_), value in zip(scores, p, strict=True):
        rows[index] = replace(rows[index], p=float(value))
    return rows


def too_few_items(compared: Compared) -> str | None:
    """Tell why no place but that of the map is tried: it would locate single points or finds."""
    points, finds = int(compared.supplied.single.sum()), int(compared.finds.in_scope.sum())
    if not points:
        return NO_POINTS
    if not finds:
        return NO_FINDS.format(scope=compared.settings.scope)
    return FEW_ITEMS if min(points, finds) < LEAST_ITEMS else None


def untried(compared: Compared, reason: str) -> list[Tested]:
    """Count the map as supplied, and give the reason why no mistake was undone."""
    out = []
    for told in undone(compared):
        if told.name == AS_SUPPLIED:
            bare, outcome = replace(told, at=None, reason=reason), Outcome.of(compared)
        else:
            bare = replace(told, at=None, operation=None, in_area=None, reason=reason)
            outcome = None
        out.append(Tested(bare, outcome, None, None, None, None, None))
    return out


def grid_around(settings: Settings) -> Grid:
    """Choose the surroundings that a hypothesis is held against."""
    return Grid.of(settings.tolerance_m, min(settings.range_m, _AROUND * settings.tolerance_m))


def _tried(
    compared: Compared, units: Units, told: Undone, at: tuple[Floats, Floats], apart: Apart
) -> Tested:
    """Count what the map is worth at one place."""
    move = move_of(compared, *at)
    if not len(apart):
        # What the map is worth as supplied is known, however far it lies from the finds.
        outcome = Outcome.of(compared) if told.name == AS_SUPPLIED else None
        return Tested(told, outcome, None, None, None, move, None)
    there = compared if told.name == AS_SUPPLIED else elsewhere(compared, *at)
    outcome = Outcome.of(there)
    grid = grid_around(compared.settings)
    tolerance_m = compared.settings.tolerance_m
    rest = settle(apart, (0.0, 0.0), tolerance_m / 4, tolerance_m, grid.range_m / 2)
    within = np.flatnonzero(np.hypot(apart.east_m, apart.north_m) <= tolerance_m)
    here = Settled(np.zeros(2), tolerance_m, within, 1.0)
    # In a dense field pairs within tolerance are hardly more than around it, those at the peak are.
    beyond, chance = contributes(apart, [rest, here], grid.range_m / 2, grid.range_m)
    contributing = int(beyond.any(axis=0).sum())
    by_chance = float(chance.sum())
    before = Outcome.of(compared)
    gained, nearer = None, None
    if told.name != AS_SUPPLIED:
        gained, nearer = changes(compared, before, outcome)
    return Tested(
        told,
        outcome,
        gained,
        nearer,
        None,
        move,
        Move(float(rest.at_m[0]), float(rest.at_m[1]), 0.0)
        if are_enough(contributing, by_chance)
        else None,
        units.count,
        contributing,
        by_chance,
        _helped(units, before.paired, outcome.paired),
    )


def counted(n: int, kind: str) -> str:
    """Write a number of records, or of sheets."""
    return f"{n:,} {kind}{'' if n == 1 else 's'}"


def are_enough(contributing: int, by_chance: float) -> bool:
    """Tell whether 5 units contribute or more, of which a fifth at most would by chance."""
    return contributing >= MIN_CONTRIBUTING and by_chance <= _BY_CHANCE * contributing


def _helped(units: Units, before: Bools, after: Bools) -> int:
    """Count units of which at least half of the points gain a pair."""
    single = units.of_point >= 0
    size = np.bincount(units.of_point[single], minlength=units.count)
    change = after[single].astype(np.int64) - before[single]
    gained = np.bincount(units.of_point[single], change, minlength=units.count)
    return int((gained >= size / 2)[size > 0].sum())


def changes(compared: Compared, before: Outcome, after: Outcome) -> tuple[Gain, Closer]:
    """Compare two places of the map, over the clusters of the map as supplied."""
    single, clusters = compared.supplied.single, compared.clusterings[0]
    gained = gain(before.paired, after.paired, single, clusters)
    nearer = closer(
        before.distance_m, after.distance_m, compared.settings.tolerance_m, single, clusters
    )
    if gained.reason == TOO_FEW and compared.inputs.supplied.codes("sheet") is not None:
        gained = replace(gained, reason=TOO_FEW_SHEETS)
        nearer = replace(nearer, reason=TOO_FEW_SHEETS)
    return gained, nearer


def move_of(compared: Compared, x: Floats, y: Floats) -> Move:
    """Sum up a move of the map: its median, and how far points depart from that."""
    claimed = compared.inputs.supplied
    single = compared.supplied.single
    if not single.any():
        return Move(0.0, 0.0, 0.0)
    frame = compared.inputs.frame
    wide, high = frame.scale((claimed.y + y) / 2)
    x, _ = frame.points(x, y)
    east, north = ((x - claimed.x) * wide)[single], ((y - claimed.y) * high)[single]
    middle = float(np.median(east)), float(np.median(north))
    spread = float(np.hypot(east - middle[0], north - middle[1]).max())
    return Move(*middle, spread)
