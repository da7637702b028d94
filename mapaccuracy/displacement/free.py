"""One common displacement of the whole map, searched within range and held against chance."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from mapaccuracy.displacement.tested import (
    ENOUGH,
    MIN_CONTRIBUTING,
    Outcome,
    are_enough,
    changes,
    counted,
)
from mapaccuracy.evaluation.apart import Collected, Finds, Units, collect
from mapaccuracy.evaluation.compared import Compared
from mapaccuracy.evaluation.elsewhere import elsewhere, metres_off_centre
from mapaccuracy.schema import Closer, Displacement, Ellipse, Floats, Gain, Peak
from mapaccuracy.statistics.displacement import (
    Apart,
    Fits,
    Found,
    Grid,
    ellipse_of,
    fit,
    hotelling_reach,
    repeat_of,
    search,
)
from mapaccuracy.statistics.position import bearing_deg
from mapaccuracy.statistics.similarity import Turn, fit_similarity, held_out_fits

LEVEL = 0.05
SEARCH_DRAWS = 199
FIT_DRAWS = 999
# Every draw is a search over many rotations and scales, of a second or so.
_TURN_DRAWS = 39
MOST_PAIRS = 600_000
_STREAM = 702
# A peak that is as high as the first in this share of the samples cannot be told from it.
_ALTERNATIVE = 0.01

NONE_IN_RANGE = "no find within range of a supplied point"
NOT_BEYOND_CHANCE = "the highest peak is not beyond what unrelated records show (p above .05)"


def too_few(contributing: int, by_chance: float, kind: str, records: int) -> str:
    """Say that too few records have to do with a displacement."""
    return (
        f"{contributing} of {counted(records, kind)} have more pairs there than their surroundings "
        f"explain, and {by_chance:.1f} would by chance; {ENOUGH}"
    )


@dataclass(frozen=True)
class Turned:
    """A displacement with rotation and scale.

    Attributes
    ----------
    fit : Turn
    without : ndarray of float, shape (units, 4)
        Fits for every unit that was looked at, found without it.
    """

    fit: Turn
    without: Floats


@dataclass(frozen=True)
class Free:
    """A search, and what came of it.

    Attributes
    ----------
    collected : Collected
    found : Found or None
        None where there are no pairs.
    fits : Fits or None
    figure : Displacement
    turned : Turned or None
        Where a rotation and a scale are given as well.
    """

    collected: Collected
    found: Found | None
    fits: Fits | None
    figure: Displacement
    turned: Turned | None = None

    @property
    def moves_m(self) -> tuple[float, float] | None:
        """The displacement, where one is given."""
        told = self.figure
        return None if told.east_m is None or told.north_m is None else (told.east_m, told.north_m)

    @property
    def draws(self) -> int:
        """How many draws p is counted in."""
        if self.turned is not None:
            return _TURN_DRAWS
        return 0 if self.found is None else self.found.draws


def search_freely(
    compared: Compared, units: Units, finds: Finds, draws: int, most: int, stream: int = _STREAM
) -> Free:
    """Search one common displacement of all units within range.

    Parameters
    ----------
    compared : Compared
    units : Units
    finds : Finds
    draws : int
        Of the search among records moved at random.
    most : int
        Pairs from which on no further unit is drawn.
    stream : int
        Of random numbers.
    """
    settings = compared.settings
    grid = Grid.of(settings.tolerance_m, settings.range_m)
    rng = np.random.default_rng([settings.seed, stream])
    collected = collect(compared.inputs.supplied, units, finds, grid.range_m, most, rng)
    apart = collected.apart
    with_pairs = len(np.unique(apart.unit))
    found = search(apart, grid, draws, rng)
    if found is None or with_pairs < MIN_CONTRIBUTING:
        reason = (
            NONE_IN_RANGE if found is None else _few_in_range(with_pairs, units.kind, apart.units)
        )
        # With so few records p would read like a finding.
        return Free(collected, found, None, _none(reason, apart.units, (0, 0.0), None))
    fits = fit(apart, grid, found, FIT_DRAWS, rng)
    share_in = int(fits.contributes[0].sum()), float(fits.by_chance[0])
    if settings.rotation:
        turned = _turned(compared, collected, rng)
        if turned is not None:
            return Free(collected, found, fits, turned[0], turned[1])
    if found.p > LEVEL:
        return Free(collected, found, fits, _none(NOT_BEYOND_CHANCE, apart.units, share_in, found))
    if not are_enough(*share_in):
        reason = too_few(*share_in, units.kind, apart.units)
        return Free(collected, found, fits, _none(reason, apart.units, share_in, found))
    return Free(collected, found, fits, _figure(compared, fits, found, apart.units))


def not_searched(reason: str) -> Free:
    """Give the reason why no displacement was searched."""
    none, nothing = np.empty(0, dtype=np.int64), np.empty(0)
    collected = Collected(Apart(none, nothing, nothing, 0), none, none)
    return Free(collected, None, None, _none(reason, 0, (0, 0.0), None))


def _few_in_range(n: int, kind: str, records: int) -> str:
    return (
        f"only {n} of {counted(records, kind)} {'has' if n == 1 else 'have'} a find within range; "
        f"{MIN_CONTRIBUTING} are needed"
    )


def _none(
    reason: str, units: int, share_in: tuple[int, float], found: Found | None
) -> Displacement:
    contributing, by_chance = share_in
    return Displacement(
        **dict.fromkeys(
            (
                *("east_m", "north_m", "length_m", "bearing_deg", "ellipse", "peak"),
                *("second_peak", "repeat_m", "stability", "rotation_deg", "scale_ppm"),
            )
        ),
        alternatives=(),
        highest=None if found is None else found.highest,
        highest_by_chance=None if found is None else found.highest_by_chance,
        p=None if found is None else found.p,
        records=units,
        contributing=contributing,
        by_chance=by_chance,
        reason=reason,
    )


def _figure(compared: Compared, fits: Fits, found: Found, units: int) -> Displacement:
    at_first = fits.contributes[0]
    others, _ = fits.others(at_first)
    peaks = [
        Peak(float(east), float(north), int(pairs), float(background), int(n), int(other), share)
        for (east, north), pairs, background, n, other, share in zip(
            fits.peak_m,
            fits.pairs,
            fits.background,
            fits.contributes.sum(axis=1),
            others,
            map(float, fits.as_high),
            strict=True,
        )
    ]
    alternatives = tuple(peak for peak in peaks[1:] if peak.as_high_share >= _ALTERNATIVE)
    first = fits.peak_m[0]
    drawn_m = fits.drawn_m[fits.drawn_peak == 0]
    contributing = int(fits.contributes[0].sum())
    near = np.hypot(*(fits.without_m - first).T) <= compared.settings.tolerance_m
    return Displacement(
        east_m=peaks[0].east_m,
        north_m=peaks[0].north_m,
        length_m=math.hypot(*first),
        bearing_deg=bearing_deg(*map(float, first)),
        ellipse=ellipse_of(drawn_m, contributing),
        peak=peaks[0],
        second_peak=peaks[1] if len(peaks) > 1 else None,
        alternatives=alternatives,
        repeat_m=repeat_of(
            first,
            np.array([(peak.east_m, peak.north_m) for peak in alternatives if _repeats(peak)]),
            compared.spacing_of_map_m,
        ),
        highest=found.highest,
        highest_by_chance=found.highest_by_chance,
        p=found.p,
        records=units,
        contributing=contributing,
        by_chance=float(fits.by_chance[0]),
        stability=float(near.mean()),
        rotation_deg=None,
        scale_ppm=None,
        reason=None,
    )


def _repeats(peak: Peak) -> bool:
    """Tell whether a peak is of the same records as the first, as in rows that repeat."""
    return peak.other_records < MIN_CONTRIBUTING


@dataclass(frozen=True)
class Elsewhere:
    """A place where records fit that do not fit where they are.

    Attributes
    ----------
    east_m, north_m : float
        How far they would have to be moved.
    contributing : int
    records : int
        Of all that were looked at.
    """

    east_m: float
    north_m: float
    contributing: int
    records: int


def fitting_elsewhere(free: Free, tolerance_m: float) -> Elsewhere | None:
    """Find the place, farther off than the tolerance, that most records fit only there.

    Units that contribute to a peak within tolerance of no displacement are at home; a peak
    farther off counts if it is higher than the highest of 95 % of maps whose records share no
    displacement, and enough units contribute to it that are not at home.
    """
    fits, found = free.fits, free.found
    if fits is None or found is None or found.p > LEVEL:
        return None
    off = np.hypot(*fits.peak_m.T)
    at_home = fits.contributes[off <= tolerance_m].any(axis=0)
    others, by_chance = fits.others(at_home)
    far = (off > tolerance_m) & (fits.pairs - fits.background > found.highest_by_chance)
    far &= [are_enough(int(n), chance) for n, chance in zip(others, by_chance, strict=True)]
    if not far.any():
        return None
    best = int(np.argmax(np.where(far, others - by_chance, -np.inf)))
    east_m, north_m = map(float, fits.peak_m[best])
    return Elsewhere(east_m, north_m, int(others[best]), fits.contributes.shape[1])


def _turned(
    compared: Compared, collected: Collected, rng: np.random.Generator
) -> tuple[Displacement, Turned] | None:
    """Search rotation and scale as well; None where a shift alone does, or nothing is found."""
    settings, apart = compared.settings, collected.apart
    x_m, y_m = (values[collected.point] for values in metres_off_centre(compared))
    told = fit_similarity(apart, x_m, y_m, settings.tolerance_m, settings.range_m, _TURN_DRAWS, rng)
    if told.fit is None or told.p_of_shift is None or told.p_of_shift > LEVEL:
        return None
    without = held_out_fits(apart, x_m, y_m, settings.tolerance_m, settings.range_m, rng)
    errors = told.east_error_m or 0.0, told.north_error_m or 0.0
    reach = math.sqrt(hotelling_reach(told.contributing))
    figure = replace(
        _none("", apart.units, (told.contributing, LEVEL * apart.units), None),
        east_m=told.fit.east_m,
        north_m=told.fit.north_m,
        length_m=math.hypot(told.fit.east_m, told.fit.north_m),
        bearing_deg=bearing_deg(told.fit.east_m, told.fit.north_m),
        ellipse=Ellipse(
            max(errors) * reach, min(errors) * reach, 90.0 if errors[0] > errors[1] else 0.0
        ),
        p=told.p,
        rotation_deg=told.fit.rotation_deg,
        scale_ppm=told.fit.scale_ppm,
        reason=None,
    )
    return figure, Turned(told.fit, without)


@dataclass(frozen=True)
class Moved:
    """The map moved by the displacement, in sample and held out.

    Attributes
    ----------
    in_sample, held_out : Outcome
    gain : Gain
    closer : Closer
        Both held out, against the map as supplied.
    at : tuple of two ndarray of float, shape (n_supplied,)
        Where the points lie in sample.
    """

    in_sample: Outcome
    held_out: Outcome
    gain: Gain
    closer: Closer
    at: tuple[Floats, Floats]


def move_by(compared: Compared, units: Units, free: Free) -> Moved | None:
    """Move the map by the displacement, and every unit as the others ask for."""
    by_m = free.moves_m
    if by_m is None or free.fits is None:
        return None
    drawn = free.collected.drawn
    if free.turned is None:
        every = np.tile(by_m, (units.count + 1, 1))
        others = every.copy()
        others[drawn] = free.fits.without_m
        moves = every[units.of_point]
        held_out = others[units.of_point]
    else:
        fit = free.turned.fit
        numbers = np.tile([fit.east_m, fit.north_m, fit.stretch, fit.turn], (units.count + 1, 1))
        x_m, y_m = metres_off_centre(compared)
        moves = np.column_stack(fit.moves(x_m, y_m))
        # Units that were not drawn had no part in the fit.
        numbers[drawn] = free.turned.without
        east, north, stretch, turn = numbers[units.of_point].T
        held_out = np.column_stack(
            [east + stretch * x_m + turn * y_m, north + stretch * y_m - turn * x_m]
        )
    at = shifted(compared, moves)
    in_sample = Outcome.of(elsewhere(compared, *at))
    without = Outcome.of(elsewhere(compared, *shifted(compared, held_out)))
    return Moved(in_sample, without, *changes(compared, Outcome.of(compared), without), at)


def shifted(compared: Compared, by_m: Floats) -> tuple[Floats, Floats]:
    """Move supplied points by metres east and north, shape (n, 2)."""
    claimed = compared.inputs.supplied
    wide, high = compared.inputs.frame.scale(claimed.y)
    return claimed.x + by_m[:, 0] / wide, claimed.y + by_m[:, 1] / high
