"""What the figures of every group are drawn from, computed once for all of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mapaccuracy import geography
from mapaccuracy.evaluation.chance import Draws, draw
from mapaccuracy.evaluation.compared import Compared
from mapaccuracy.evaluation.searching import Sample, sample_ground
from mapaccuracy.evaluation.types import joint_clusters
from mapaccuracy.matching import Nearest
from mapaccuracy.schema import Floats, Ints


@dataclass(frozen=True)
class Evidence:
    """Distances, pairs at every tolerance, samples of the ground, and draws of chance.

    Attributes
    ----------
    compared : Compared
    rungs : tuple of float
        Tolerances of the ladder and the headline, ascending, in metres.
    nearest_find_m : ndarray of float, shape (n_supplied,)
        From single points to the nearest find in scope, as far as the last rung; else infinite.
    nearest_supplied_m : ndarray of float, shape (n_finds,)
        From finds in scope to the nearest single point; infinite where there is none, and for
        finds out of scope.
    joint_cluster : ndarray of int, shape (n_supplied + n_finds,)
        Clusters of single points and finds in scope together: supplied rows, then finds.
    judged_part : ndarray of int, shape (n_supplied,)
        Part of the searched ground that holds each verifiable point; -1 for other rows.
    sample : Sample or None
        Positions spread evenly over the searched ground; None where no searched areas tell.
    draws : Draws
        What the records would score elsewhere in their own searched ground.
    accident_m : ndarray of float or None
        From each accident to the nearest single point; None where none were given.
    """

    compared: Compared
    rungs: tuple[float, ...]
    nearest_find_m: Floats
    nearest_supplied_m: Floats
    joint_cluster: Ints
    judged_part: Ints
    sample: Sample | None
    draws: Draws
    accident_m: Floats | None


def gather(compared: Compared) -> Evidence:
    """Compute what the figures of every group are drawn from."""
    settings, inputs = compared.settings, compared.inputs
    claimed, found = inputs.supplied, inputs.finds
    single, in_scope = compared.supplied.single, compared.finds.in_scope
    rungs = settings.rungs
    to_find, to_supplied = Nearest(found.metres[in_scope]), Nearest(claimed.metres[single])
    nearest_find = np.full(len(claimed), np.inf)
    nearest_find[single] = to_find.distance(claimed.metres[single], rungs[-1])
    nearest_supplied = np.full(len(found), np.inf)
    nearest_supplied[in_scope] = to_supplied.distance(found.metres[in_scope])
    judged = compared.supplied.verifiable
    judged_part = np.full(len(claimed), -1, dtype=np.int64)
    judged_part[judged] = geography.first_polygon(
        claimed.x[judged], claimed.y[judged], inputs.ground.searched
    )
    return Evidence(
        compared,
        rungs,
        nearest_find,
        nearest_supplied,
        joint_clusters(compared, nearest_find, nearest_supplied, rungs[-1]),
        judged_part,
        sample_ground(inputs, settings, to_supplied, to_find, rungs),
        draw(compared),
        None if inputs.accidents is None else to_supplied.distance(inputs.accidents.metres),
    )
