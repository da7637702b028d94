"""Match two sets of points: the steps in a row, for valid metres and for whatever a user has."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from mapaccuracy.coordinates import geocentric
from mapaccuracy.errors import SettingsError
from mapaccuracy.matching.assignment import assign
from mapaccuracy.matching.coincidence import places
from mapaccuracy.matching.neighbours import candidates
from mapaccuracy.schema import MATCHING_RULES, Floats, Matching, Rule, closest


def match(
    a: npt.ArrayLike,
    b: npt.ArrayLike,
    tolerance: float,
    *,
    rule: Rule = "optimal",
    lonlat: bool = False,
) -> Matching:
    """Match supplied points with finds.

    Parameters
    ----------
    a, b : array_like of float, shape (n, 2) or (n, 3); (n, 2) if `lonlat`
        Supplied points and finds: planar (or spatial) metres, or longitude and latitude in
        WGS 84 degrees. Either may be empty.
    tolerance : float
        Largest distance of a pair in metres, inclusive; > 0 and finite. A pair is within
        tolerance if its distance, computed in float64, is ``<= tolerance``.
    rule : {"optimal", "mutual", "greedy", "nearest"}
        ``optimal``: one-to-one, as many pairs as possible, then least sum of squared
        distances. ``mutual``: each is the other's nearest. ``greedy``: nearest two first.
        ``nearest``: many-to-one, each supplied point with its nearest find.
    lonlat : bool
        Whether `a` and `b` are longitude and latitude. Distances are then straight lines
        between points of the ellipsoid: at 5 km 0.13 mm shorter than along the ground.

    Returns
    -------
    Matching
        Indices into `a` and `b`, sorted by the index into `a`; distances in metres; group.
        The groups are the connected components of all candidates, numbered by their first
        supplied point. No pairs: arrays of length 0.

    Raises
    ------
    SettingsError
        If the tolerance, the rule or the points cannot be used, with every reason at once
        (how many rows are not finite, or out of range; positions are not named), or if there
        are more candidates than memory allows for.

    Notes
    -----
    The sum of squares is least to within rounding: about 1e-9 of the squared tolerance in
    all, in float64 for components of up to some thousand points; larger ones are solved in
    whole numbers, with a step of the squared tolerance divided by 2**58 and multiplied by
    the number of points in the component (for 200,000 points at 10 m: 1e-10 square metres).
    Among equal optima the choice depends on the order of the rows, the number of pairs and
    the sum do not. Memory is up to 110 bytes for each candidate (220 in large components) and
    some 150 for each point.

    Examples
    --------
    The nearest find serves the first point only under ``nearest``:

    >>> supplied, finds = [[0, 0], [4, 0]], [[3, 0], [9, 0]]
    >>> match(supplied, finds, 5).find.tolist()
    [0, 1]
    >>> match(supplied, finds, 5, rule="nearest").find.tolist()
    [0, 0]
    >>> match(supplied, finds, 5, rule="greedy").distance_m.tolist()
    [1.0]

    Across the 180th meridian:

    >>> match([[179.99999, 0]], [[-179.99999, 0]], 5, lonlat=True).distance_m.round(3).tolist()
    [2.226]
    """
    faults = [*_tolerance_faults(tolerance), *_rule_faults(rule)]
    a_points, a_faults = _points("a", a, lonlat)
    b_points, b_faults = _points("b", b, lonlat)
    faults += [*a_faults, *b_faults]
    if not faults and a_points.shape[1] != b_points.shape[1] and a_points.size and b_points.size:
        faults.append(
            f"a has {a_points.shape[1]} columns and b has {b_points.shape[1]}; give both alike."
        )
    if faults:
        raise SettingsError(faults)
    if lonlat:
        with ThreadPoolExecutor(2) as pool:
            a_points, b_points = pool.map(
                lambda points: geocentric(*points.T), (a_points, b_points)
            )
    return match_metres(a_points, b_points, tolerance, rule)


def match_metres(a_m: Floats, b_m: Floats, tolerance_m: float, rule: Rule = "optimal") -> Matching:
    """Match points that are known to be valid: `places`, `candidates`, `assign` in a row.

    Parameters
    ----------
    a_m, b_m : ndarray of float, shape (n, 2) or (n, 3)
        Supplied points and finds in metres; finite.
    tolerance_m : float
        Inclusive; > 0.
    rule : {"optimal", "mutual", "greedy", "nearest"}

    Returns
    -------
    Matching

    Raises
    ------
    SettingsError
        As `candidates`.

    Examples
    --------
    >>> at = np.zeros((3, 2))
    >>> match_metres(at, at[:2], 1.0).find.tolist()
    [0, 1]
    """
    with ThreadPoolExecutor(2) as pool:
        (a_at, a_places), (b_at, b_places) = pool.map(places, (a_m, b_m))
    return assign(candidates(a_at, b_at, tolerance_m), a_places, b_places, rule)


def _tolerance_faults(tolerance: object) -> list[str]:
    number = isinstance(tolerance, (int, float, np.integer, np.floating))
    if number and not isinstance(tolerance, bool):
        value = float(tolerance)  # type: ignore[arg-type]
        # Its square has to be a number above 0 as well.
        if math.isfinite(value) and 1e-150 < value < 1e150:
            return []
    return [f"tolerance is {tolerance}; give a number of metres above 0, such as 10."]


def _rule_faults(rule: str) -> list[str]:
    if rule in MATCHING_RULES:
        return []
    known = list(MATCHING_RULES)
    return [f"rule is '{rule}'; give one of {', '.join(known)}{closest(str(rule), known)}"]


def _points(name: str, values: npt.ArrayLike, lonlat: bool) -> tuple[Floats, list[str]]:
    """Take points as float64, with whatever stands against them."""
    nothing = np.empty((0, 2))
    if isinstance(values, np.ma.MaskedArray):
        values = np.ma.filled(values.astype(np.float64), np.nan)
    try:
        array = np.asarray(values)
        if array.dtype.kind not in "biufO":
            raise TypeError
        points: Floats = array.astype(np.float64, copy=False)
    except (TypeError, ValueError):
        return nothing, [f"{name} is not an array of numbers; give two columns of floats."]
    if points.shape == (0,):
        return nothing, []
    widths = (2,) if lonlat else (2, 3)
    if points.ndim != 2 or points.shape[1] not in widths:
        wanted = "(n, 2), longitude and latitude" if lonlat else "(n, 2) or (n, 3), metres"
        return nothing, [f"{name} has the shape {points.shape}; give {wanted}."]
    faults = []
    finite = np.isfinite(points)
    if not finite.all():
        lost = np.count_nonzero(~finite.all(axis=1))
        faults.append(
            f"{lost} of {len(points)} rows of {name} are empty or not finite; "
            "leave them out, or give their positions."
        )
    if lonlat:
        for column, what, limit in ((1, "latitude", 90), (0, "longitude", 360)):
            degrees = points[finite[:, column], column]
            outside = np.count_nonzero(np.abs(degrees) > limit)
            if outside:
                faults.append(
                    f"{outside} of {len(points)} rows of {name} have a {what} outside "
                    f"-{limit} to {limit} degrees; give longitude first, then latitude "
                    "(are the columns exchanged, or in metres?)."
                )
    return points, faults
