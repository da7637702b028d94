"""Worlds whose truth is known: fields, records, and ground that was searched, in planar metres.

Everything here is SYNTHETIC and fitted to no country. Nothing of the package makes a world, so
that the package cannot flatter itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely.affinity import rotate, translate
from shapely.geometry import Polygon, box

Floats = npt.NDArray[np.float64]

SPACING_M = 5.0
ROWS_APART_M = 15.0
ROWS = (1, 3)
MINES_IN_ROW = (8, 24)
SITE_M = 1000.0  # squares of this side hold one searched area each
FEW_METRES = 5.0


@dataclass(frozen=True)
class World:
    """Inputs of one evaluation.

    Attributes
    ----------
    supplied, finds : DataFrame
    searched : GeoDataFrame
    """

    supplied: pd.DataFrame
    finds: pd.DataFrame
    searched: gpd.GeoDataFrame


@dataclass(frozen=True)
class Laid:
    """Mines of one field: positions, and the heading of its rows in radians."""

    xy: Floats
    heading: float


# --- fields and ground -------------------------------------------------------------------------


def turned(xy: Floats, heading: float) -> Floats:
    """Turn positions about the origin, anticlockwise."""
    cos, sin = np.cos(heading), np.sin(heading)
    return xy @ np.array([[cos, sin], [-sin, cos]])


def rows_of(rows: int, mines: int, spacing_m: float, apart_m: float) -> Floats:
    """Lay rows of mines around the origin, along the x axis."""
    x = spacing_m * (np.arange(mines) - (mines - 1) / 2)
    y = apart_m * (np.arange(rows) - (rows - 1) / 2)
    return np.column_stack([np.tile(x, rows), np.repeat(y, mines)])


def field(
    rng: np.random.Generator, centre: Floats, heading: float, least_mines: int = MINES_IN_ROW[0]
) -> Laid:
    """Lay a field of 1 to 3 rows of 8 to 24 mines, 5 m apart in rows 15 m apart."""
    rows = int(rng.integers(ROWS[0], ROWS[1] + 1))
    mines = int(rng.integers(least_mines, MINES_IN_ROW[1] + 1))
    offsets = rows_of(rows, mines, SPACING_M, ROWS_APART_M)
    return Laid(centre + turned(offsets, heading), heading)


def squares(rng: np.random.Generator, n: int) -> list[Polygon]:
    """Search n squares with sides of 250 to 500 m, turned at random, apart from each other."""
    out = []
    for site in range(n):
        side = rng.uniform(250, 500)
        plain = rotate(box(-side / 2, -side / 2, side / 2, side / 2), rng.uniform(0, 90))
        out.append(translate(plain, SITE_M * (site % 4), SITE_M * (site // 4)))
    return out


def ell(rng: np.random.Generator) -> list[Polygon]:
    """Search one L with arms 1,200 m long and 300 m wide, turned at random."""
    shape = shapely.union(box(0, 0, 1200, 300), box(0, 0, 300, 1200))
    return [rotate(shape, rng.uniform(0, 360), origin=(0, 0))]


def strips(rng: np.random.Generator, n: int) -> tuple[list[Polygon], Floats]:
    """Search n strips of 60 m by 600 m; polygons, and their headings in radians."""
    headings = rng.uniform(0, np.pi, n)
    out = []
    for site, heading in enumerate(headings):
        plain = rotate(box(-300, -30, 300, 30), heading, use_radians=True)
        out.append(translate(plain, SITE_M * (site % 4), SITE_M * (site // 4)))
    return out, headings


def inside(rng: np.random.Generator, ground: Sequence[Polygon], n: int) -> tuple[Floats, list[int]]:
    """Spread n positions evenly over the ground; also the part each one lies in."""
    areas = np.array([part.area for part in ground])
    chosen = rng.choice(len(ground), n, p=areas / areas.sum())
    out = np.empty((n, 2))
    for i, part in enumerate(chosen):
        west, south, east, north = ground[part].bounds
        while True:
            out[i] = rng.uniform((west, south), (east, north))
            if shapely.contains_xy(ground[part], *out[i]):
                break
    return out, [int(part) for part in chosen]


# --- tables ------------------------------------------------------------------------------------


def supplied_table(records: Sequence[Floats]) -> pd.DataFrame:
    """One record a list of positions."""
    xy = np.concatenate(records)
    record = np.repeat(np.arange(len(records)), [len(one) for one in records])
    return pd.DataFrame(
        {
            "id": [f"VALID-S-{i:05d}" for i in range(len(xy))],
            "x": xy[:, 0],
            "y": xy[:, 1],
            "record_id": [f"VALID-REC-{i:04d}" for i in record],
            "note": "SYNTHETIC",
        }
    )


def finds_table(xy: Floats) -> pd.DataFrame:
    """One find a position."""
    return pd.DataFrame(
        {
            "id": [f"VALID-F-{i:05d}" for i in range(len(xy))],
            "x": xy[:, 0],
            "y": xy[:, 1],
            "type": "AP",
            "note": "SYNTHETIC",
        }
    )


def searched_table(
    ground: Sequence[Polygon], reason: str = "systematic", basis: str = "tasked"
) -> gpd.GeoDataFrame:
    """One searched area a polygon."""
    columns = {
        "id": [f"VALID-A-{i:04d}" for i in range(len(ground))],
        "status": "cleared",
        "reason": reason,
        "basis": basis,
        "note": "SYNTHETIC",
    }
    return gpd.GeoDataFrame(columns, geometry=list(ground))


def found_in(ground: Sequence[Polygon], xy: Floats) -> Floats:
    """Keep the positions that were searched."""
    whole = shapely.union_all(list(ground))
    shapely.prepare(whole)
    return xy[shapely.contains_xy(whole, xy[:, 0], xy[:, 1])]


def noise(rng: np.random.Generator, xy: Floats, sigma_m: float) -> Floats:
    """Add an error of position to each."""
    return xy + rng.normal(0, sigma_m, xy.shape)


# --- maps that know nothing --------------------------------------------------------------------

RECORDS, FIELDS, SITES = 20, 40, 12


def _unrelated(
    rng: np.random.Generator,
    ground: Sequence[Polygon],
    headings: Floats | None = None,
    off_axis_m: float | None = None,
    times: int = 1,
) -> World:
    """Spread records and fields evenly over the ground, neither knowing of the other.

    With `headings` both lie along their strip; with `off_axis_m` also within a few metres of
    its axis, as along a road.
    """

    def lay(centre: Floats, site: int) -> Floats:
        if headings is None:
            return field(rng, centre, rng.uniform(0, np.pi)).xy
        if off_axis_m is not None:
            middle = np.array([ground[site].centroid.x, ground[site].centroid.y])
            along = turned((centre - middle)[None], -headings[site])
            along[0, 1] = rng.normal(0, off_axis_m)
            centre = middle + turned(along, headings[site])[0]
        return field(rng, centre, headings[site]).xy

    records, fields = (
        [lay(centre, site) for centre, site in zip(*inside(rng, ground, n), strict=True)]
        for n in (times * RECORDS, times * FIELDS)
    )
    finds = found_in(ground, np.concatenate(fields))
    return World(supplied_table(records), finds_table(finds), searched_table(ground))


def unrelated_squares(rng: np.random.Generator, times: int = 1) -> World:
    """Search twelve squares, or so many times twelve; map and fields know nothing of each other."""
    return _unrelated(rng, squares(rng, times * SITES), times=times)


def unrelated_ell(rng: np.random.Generator) -> World:
    """Search one L; map and fields know nothing of each other."""
    return _unrelated(rng, ell(rng))


def unrelated_strips(rng: np.random.Generator) -> World:
    """Search strips 60 m wide; records and fields lie along them, anywhere across."""
    return _unrelated(rng, *strips(rng, SITES))


def unrelated_along_roads(rng: np.random.Generator) -> World:
    """Search strips 60 m wide; records and fields lie near their axes, as along roads."""
    return _unrelated(rng, *strips(rng, SITES), off_axis_m=FEW_METRES)


def led_by_the_map(rng: np.random.Generator) -> World:
    """Search squares around records, because of the map; fields know nothing of it."""
    ground = squares(rng, SITES)
    centres = np.array([[site.centroid.x, site.centroid.y] for site in ground])
    records = [
        field(rng, centre + rng.uniform(-50, 50, 2), rng.uniform(0, np.pi)).xy for centre in centres
    ]
    where, _ = inside(rng, ground, FIELDS)
    fields = [field(rng, centre, rng.uniform(0, np.pi)).xy for centre in where]
    finds = found_in(ground, np.concatenate(fields))
    return World(supplied_table(records), finds_table(finds), searched_table(ground, reason="map"))


# --- maps that know something --------------------------------------------------------------------


def _whole_fields(
    rng: np.random.Generator,
    ground: Sequence[Polygon],
    n: int,
    least_mines: int = MINES_IN_ROW[0],
) -> list[Laid]:
    """Lay n fields evenly over the ground, each wholly in it and 15 m from its edge."""
    inner = [shapely.buffer(part, -15.0) for part in ground]
    out: list[Laid] = []
    while len(out) < n:
        (centre,), (part,) = inside(rng, ground, 1)
        laid = field(rng, centre, rng.uniform(0, np.pi), least_mines)
        if shapely.contains_xy(inner[part], laid.xy[:, 0], laid.xy[:, 1]).all():
            out.append(laid)
    return out


def true_map(rng: np.random.Generator, records: int = 10, share: float = 1.0) -> World:
    """Map with ten records in squares: a share of them true to 1 m per axis, the others anywhere.

    As many fields again that no record shows.
    """
    ground = squares(rng, SITES)
    true = round(share * records)
    laid = [one.xy for one in _whole_fields(rng, ground, 2 * records + (records - true))]
    fields, elsewhere = laid[: 2 * records], laid[2 * records :]
    finds = found_in(ground, noise(rng, np.concatenate(fields), 1.0))
    return World(
        supplied_table(fields[:true] + elsewhere), finds_table(finds), searched_table(ground)
    )


def right_records(
    rng: np.random.Generator, known: str, least_mines: int = MINES_IN_ROW[0]
) -> World:
    """Map with ten records that lie where fields lie; `known` says what of the mines it knows.

    ``nothing``: the mines lie anywhere in the outline of the record. ``rows``: they lie in its
    rows, 5 m apart on average, but at irregular distances of their own. ``mines``: they lie
    where it says, to 1 m per axis.
    """
    ground = squares(rng, SITES)
    records, fields = [], []
    for laid in _whole_fields(rng, ground, 10, least_mines):
        centre = laid.xy.mean(axis=0)
        here = turned(laid.xy - centre, -laid.heading)
        if known == "mines":
            mines = here
        else:
            half = np.abs(here).max(axis=0) + SPACING_M / 2
            mines = np.column_stack(
                [
                    rng.uniform(-half[0], half[0], len(here)),
                    rng.uniform(-half[1], half[1], len(here)) if known == "nothing" else here[:, 1],
                ]
            )
        records.append(laid.xy)
        fields.append(noise(rng, centre + turned(mines, laid.heading), 1.0))
    finds = found_in(ground, np.concatenate(fields))
    return World(supplied_table(records), finds_table(finds), searched_table(ground))


# --- search that follows finds, and rows that lie on each other ----------------------------------


def followed_finds(rng: np.random.Generator, fade_out_m: float, basis: str = "final") -> World:
    """Search perimeters around finds; the map is drawn at random over the whole region.

    With the basis ``tasked`` the perimeters are passed off as drawn before the finds.

    40 fields in 1 km x 1 km; 150 records of 8 points each, scattered over 30 m x 30 m, spread
    evenly to 150 m beyond, so that they may lie wherever searched ground does.
    """
    centres = rng.uniform(0, SITE_M, (40, 2))
    fields = [field(rng, centre, rng.uniform(0, np.pi)).xy for centre in centres]
    finds = np.concatenate(fields)
    ground = shapely.union_all(shapely.buffer(shapely.points(finds), fade_out_m))
    records = [centre + rng.uniform(-15, 15, (8, 2)) for centre in rng.uniform(0, SITE_M, (400, 2))]
    return World(
        supplied_table(records),
        finds_table(finds),
        searched_table(list(shapely.get_parts(ground)), basis=basis),
    )


def aliased(
    rng: np.random.Generator, records: int = 1, shift_m: float = 102.0, margin_m: float = 80.0
) -> World:
    """Rows of mines on a map that is wrong by a datum shift parallel to the rows.

    A record claims 3 rows of 80 mines, 5 m apart, alternate rows offset by half of that, rows
    20 m apart; the mines were laid just so, `shift_m` to the west of what the map says; finds are
    right to 1 m per axis; everything with `margin_m` around it was searched.
    """
    plain = rows_of(3, 80, SPACING_M, 20.0)
    plain[80:160, 0] += SPACING_M / 2
    claimed, found, ground = [], [], []
    for k in range(records):
        true = plain + np.array([0.0, SITE_M * k])
        claimed.append(true + np.array([shift_m, 0.0]))
        found.append(noise(rng, true, 1.0))
        everything = np.concatenate([claimed[-1], found[-1]])
        west, south = everything.min(axis=0) - margin_m
        east, north = everything.max(axis=0) + margin_m
        ground.append(box(west, south, east, north))
    return World(
        supplied_table(claimed), finds_table(np.concatenate(found)), searched_table(ground)
    )
