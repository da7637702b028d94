"""Positions that a table holds twice: as columns or geometry, and as text in a cell."""

from __future__ import annotations

import numpy as np

from mapaccuracy.coordinates import metres_per_degree
from mapaccuracy.intake.reference import Reference
from mapaccuracy.intake.written import Written, read_column
from mapaccuracy.schema import Bools, Floats, Problem, RawTable

# Rows that are compared at most, evenly over the table: reading text takes time.
_COMPARED = 20_000
# Beyond what the digits allow: conversion with other constants, and rounding.
_SLACK, _SLACK_M = 1.01, 0.1


def compared(
    table: RawTable,
    reference: Reference,
    lon: Floats,
    lat: Floats,
    usable: Bools,
    written: Written,
) -> list[Problem]:
    """Compare the positions that are used with those that were typed, where a table keeps both.

    Parameters
    ----------
    table : RawTable
    reference : Reference
        Of the positions that are used.
    lon, lat : ndarray of float, shape (n,)
        WGS 84 degrees.
    usable : ndarray of bool, shape (n,)
    written : Written

    Returns
    -------
    list of Problem
        Counts only, never a position or a distance. Empty if no cell can be read as a position.

    Notes
    -----
    Two positions agree within the sum of their half-steps on either axis, so within sqrt(2) times
    the sum: the corner of a grid square, which some programs give in place of its centre, is just
    that far from it.
    """
    header = reference.position
    if header is None or reference.kind == "written" or reference.operation is None:
        return []
    rows = np.flatnonzero(usable)
    if rows.size == 0:
        return []
    rows = rows[np.unique(np.linspace(0, rows.size - 1, min(rows.size, _COMPARED)).astype(int))]
    # Typed metres are of a system that nobody names; degrees are of the one that is used.
    crs = reference.definition if reference.in_degrees else None
    readings, _ = read_column(table.frame[header].iloc[rows], crs, reference.order)
    read = np.isfinite(readings.lat)
    if not read.any():
        return []
    rows = rows[read]
    own_m = np.nan_to_num(np.broadcast_to(written.resolution_m, usable.shape)[rows])
    far = distance_m(lon[rows], lat[rows], readings.lon[read], readings.lat[read]) > (
        _SLACK * np.sqrt(2) * (own_m + readings.resolution_m[read]) + _SLACK_M
    )
    values = {
        "used": reference.used(),
        "other": header,
        "n": f"{int(far.sum()):,}",
        "total": f"{rows.size:,}",
    }
    place = table.layer or ""
    said = [Problem("MA223", table.source, place, values=values)]
    return [*said, Problem("MA222", table.source, place, values=values)] if far.any() else said


def distance_m(lon: Floats, lat: Floats, other_lon: Floats, other_lat: Floats) -> Floats:
    """Distances between pairs of positions in metres, exact to 1 % up to some kilometres.

    Examples
    --------
    >>> one = np.array([46.93]), np.array([39.99])
    >>> distance_m(*one, one[0] + 0.001, one[1]).round(1).tolist()
    [85.4]
    """
    east_m, north_m = metres_per_degree((lat + other_lat) / 2)
    turn = (other_lon - lon + 180) % 360 - 180
    return np.asarray(np.hypot(turn * east_m, (other_lat - lat) * north_m), dtype=np.float64)
