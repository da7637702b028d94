"""Rules on how positions are written: too coarse, rounded, minutes typed as decimals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from mapaccuracy.checks.given import CannotRunError, Given
from mapaccuracy.checks.rule import rule
from mapaccuracy.intake.headers import find_columns
from mapaccuracy.intake.inspecting.digits import digits_of
from mapaccuracy.schema import Problem, RawTable

# Half a step of the last digit from which on a position is called coarse, in metres.
COARSE_M = 5.0
# On smaller ground minutes above 60 would be missing by themselves.
_LEAST_SPAN_DEG = 1.0
# Mines are not laid nearer to each other.
_LEAST_SPACING_M = 0.5
_RECORD_POINTS = 10
_EQUAL_M = 0.01
_EQUAL_SHARE = 0.9
_GENERATED = ("generated", "centroid")


def _written(given: Given) -> Iterator[tuple[RawTable, dict[str, Any]]]:
    """Say of each table of points how its positions are written."""
    tables = given.tables["supplied"]
    for table in tables:
        found, _ = find_columns(table, tables, "supplied", given.settings)
        told = digits_of(table, found, table.crs or given.settings.crs)
        if told is not None:
            yield table, told


@rule(
    "MA209",
    needs=("points",),
    why="The true place is anywhere within the last digit, so that matches may be chance.",
)
def low_precision(given: Given) -> list[Problem]:
    """Find inputs whose positions are written to few digits."""
    layer, tables = given.layers["supplied"], given.tables["supplied"]
    limit_m = float(given.parameter("MA209", "coarse_m", COARSE_M))
    return [
        Problem("MA209", table.source, table.layer or "", values={"half_m": f"{half_m:,.0f}"})
        for table, source in zip(tables, layer.sources, strict=True)
        # What is whole minutes or seconds is said as that.
        if (half_m := source.resolution_m) is not None and half_m > limit_m
    ]


@rule(
    "MA210",
    needs=("points",),
    why="Positions are off by up to two thirds of a degree.",
)
def minutes_as_decimals(given: Given) -> list[Problem]:
    """Find inputs whose decimals never reach 60."""
    frame = given.layers["supplied"].frame
    if given.settings.local or not any(
        np.ptp(np.asarray(frame[axis], dtype=np.float64)) >= _LEAST_SPAN_DEG
        for axis in ("lat", "lon")
    ):
        raise CannotRunError("the submission covers too little ground to tell minutes by")
    return [
        Problem("MA210", table.source, table.layer or "", values={"seen": told})
        for table, entry in _written(given)
        for told in entry["suspicions"]
        if "typed as decimal degrees" in told
    ]


@rule(
    "MA311",
    needs=("points",),
    why="The true place is anywhere within the step, so that matches may be chance.",
    explains=("MA209",),
)
def rounded_digits(given: Given) -> list[Problem]:
    """Find inputs whose decimal degrees are whole minutes, seconds or parts of them."""
    return [
        Problem(
            "MA311",
            table.source,
            table.layer or "",
            values={"unit": grid["unit"], "half_m": f"{grid['half_step_m']:,.0f}"},
        )
        for table, entry in _written(given)
        if (grid := entry["grid"]) is not None
    ]


@rule(
    "MA310",
    needs=("points",),
    why="Positions that were generated or rounded say less than they seem to.",
)
def implausible_spacing(given: Given) -> list[Problem]:
    """Find records whose points lie nearer than mines do, or all equally far from each other."""
    from scipy.spatial import cKDTree

    points = given.points("supplied")
    records = points.codes("record_id")
    if records is None:
        raise CannotRunError("the submission has no column of records")
    basis = points.texts("geometry_basis")
    names, of_row = records
    order = np.argsort(of_row, kind="stable")
    bounds = np.searchsorted(of_row[order], np.arange(len(names) + 1))
    out: list[Problem] = []
    for number, name in enumerate(names):
        rows = order[bounds[number] : bounds[number + 1]]
        if not name or len(rows) < _RECORD_POINTS:
            continue
        if basis is not None and (np.isin(basis[rows], _GENERATED)).all():
            continue
        metres = points.metres[rows]
        gaps = cKDTree(metres).query(metres, k=2)[0][:, 1]
        usual = float(np.median(gaps))
        equal = float((np.abs(gaps - usual) <= _EQUAL_M).mean())
        if usual >= _LEAST_SPACING_M and equal < _EQUAL_SHARE:
            continue
        seen = (
            f"half of its points have another nearer than {_LEAST_SPACING_M:g} m"
            if usual < _LEAST_SPACING_M
            else f"the distance to the next point is the same to the centimetre for "
            f"{100 * equal:.0f} % of its points"
        )
        values = {"record": name, "seen": seen}
        out += given.together("MA310", "supplied", np.sort(rows), values)
    return out


RULES = (low_precision, minutes_as_decimals, rounded_digits, implausible_spacing)
