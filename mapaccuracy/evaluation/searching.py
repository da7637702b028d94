"""Positions spread evenly over the searched ground, and how near they are to map and finds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mapaccuracy import geography
from mapaccuracy.evaluation.located import Inputs
from mapaccuracy.matching import Nearest
from mapaccuracy.schema import Bools, Floats, Ints, Settings

# In all. Districts get theirs in proportion to their searched ground: one with a hundredth of
# it has some 500. The standard error of a share of the whole is 0.0022 at most.
POSITIONS = 50_000
# Apart from the random numbers of other purposes, whatever the seed.
_STREAM = 80_815


@dataclass(frozen=True)
class Sample:
    """Positions spread evenly over the searched ground.

    Attributes
    ----------
    x, y : ndarray of float, shape (k,)
        In the plane.
    part : ndarray of int, shape (k,)
        Part of the searched ground, as `Ground.searched` lists them.
    verifiable : ndarray of bool, shape (k,)
        Enough of the tolerance disk round the position was searched.
    nearest_supplied_m : ndarray of float, shape (k,)
        To the nearest single supplied point; infinite where there is none.
    nearest_find_m : ndarray of float, shape (k,)
        To the nearest find in scope, as far as the last rung; else infinite.
    """

    x: Floats
    y: Floats
    part: Ints
    verifiable: Bools
    nearest_supplied_m: Floats
    nearest_find_m: Floats


def sample_ground(
    inputs: Inputs,
    settings: Settings,
    to_supplied: Nearest,
    to_find: Nearest,
    rungs: tuple[float, ...],
) -> Sample | None:
    """Draw positions in the searched ground; None where there is none, or none was given.

    Every place is equally likely. Memory: some 150 bytes a position.
    """
    ground, frame = inputs.ground, inputs.frame
    rng = np.random.default_rng([settings.seed, _STREAM])
    x, y = geography.sample_positions(ground.searched, POSITIONS, frame, rng)
    if not len(x):
        return None
    share = geography.searched_share(x, y, ground.searched, settings.tolerance_m, frame)
    at = frame.metres(x, y)
    return Sample(
        x,
        y,
        geography.first_polygon(x, y, ground.searched),
        # As for supplied points: a computed share may fall short of the exact one by rounding.
        share >= settings.verifiable_share - 1e-9,
        to_supplied.distance(at),
        to_find.distance(at, rungs[-1]),
    )
