"""The same map with its points elsewhere, and parts of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mapaccuracy.evaluation.compared import Compared, match_points
from mapaccuracy.evaluation.located import Points
from mapaccuracy.schema import Floats, Ints
from mapaccuracy.statistics.outcomes import find_outcomes, supplied_outcomes


def elsewhere(compared: Compared, x: Floats, y: Floats) -> Compared:
    """Decide the outcome of every row again, with the supplied points moved.

    Records, clusters and spacings stay those of the map as supplied; pairs are matched at the
    tolerance only. Nothing else of the inputs changes.

    Parameters
    ----------
    compared : Compared
    x, y : ndarray of float, shape (n_supplied,)
        In the plane of the frame.
    """
    settings, ground = compared.settings, compared.inputs.ground
    frame, found = compared.inputs.frame, compared.inputs.finds
    moved = points_at(compared, x, y)
    single, in_scope = compared.supplied.single, compared.finds.in_scope
    matchings, any_find = match_points(moved, found, single, in_scope, [], settings)
    matching = matchings[settings.tolerance_m]
    result = replace(
        compared,
        inputs=replace(compared.inputs, supplied=moved),
        matchings=matchings,
        supplied=supplied_outcomes(
            single,
            ground.share(moved, settings.tolerance_m, frame),
            ground.was_released(moved),
            any_find,
            matching,
            settings.verifiable_share,
        ),
        finds=find_outcomes(in_scope, compared.finds.in_search, matching),
    )
    # Which points are in one cluster was settled where they were supplied.
    result.__dict__["clusterings"] = compared.clusterings
    return result


def points_at(compared: Compared, x: Floats, y: Floats) -> Points:
    """Put the supplied points elsewhere in the plane."""
    frame = compared.inputs.frame
    x, y = frame.points(x, y)
    return Points(compared.inputs.supplied.layer, x, y, frame.metres(x, y))


def metres_off_centre(compared: Compared) -> tuple[Floats, Floats]:
    """Give supplied points as metres east and north of the middle of the map."""
    claimed, single = compared.inputs.supplied, compared.supplied.single
    of = single if single.any() else np.ones_like(single)
    # The scale changes with latitude: only what is near the middle may be multiplied by it.
    x, y = (float(np.median(values[of])) for values in (claimed.x, claimed.y))
    wide, high = compared.inputs.frame.scale(claimed.y)
    return (claimed.x - x) * wide, (claimed.y - y) * high


def part(compared: Compared, rows: Ints) -> Compared:
    """Keep some of the supplied rows; their outcomes are decided again.

    Parameters
    ----------
    compared : Compared
    rows : ndarray of int, shape (k,)
        Ascending.
    """
    claimed = compared.inputs.supplied
    layer = replace(claimed.layer, frame=claimed.layer.frame.iloc[rows].reset_index(drop=True))
    kept = Points(layer, claimed.x[rows], claimed.y[rows], claimed.metres[rows])
    flags = {
        name: getattr(compared.supplied, name)[rows]
        for name in ("single", "verifiable", "paired", "any_find", "released")
    }
    less = replace(
        compared,
        inputs=replace(
            compared.inputs, supplied=kept, layers={**compared.inputs.layers, "supplied": layer}
        ),
        record=np.unique(compared.record[rows], return_inverse=True)[1],
        spacing_m=compared.spacing_m[rows],
        spacing_weight=compared.spacing_weight[rows],
        supplied=replace(compared.supplied, **flags),
    )
    chains, of_finds = compared.clusterings
    less.__dict__["clusterings"] = ([chain[rows] for chain in chains], of_finds)
    return elsewhere(less, kept.x, kept.y)
