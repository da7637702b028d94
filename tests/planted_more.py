"""Further plants: coordinates, outlines, identity, values; everything is SYNTHETIC."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import Transformer

from mapaccuracy.io import to_bytes
from tests.planted import Found, World, _set, plant

# In metres: what a plant of a zone or system needs; it changes the whole world.
WHOLE: set[str] = set()


def whole(function):
    """Mark a plant that changes every row, and does not go with others."""
    WHOLE.add(function.__name__)
    return plant(function)


def rows_of_all(world: World) -> tuple[int, ...]:
    return tuple(range(2, len(world.supplied) + 2))


@plant
def sign_or_hemisphere(world: World) -> Found:
    _set(world.supplied, 90, lat=-world.supplied["lat"].iloc[90])
    _set(world.supplied, 91, lon=-world.supplied["lon"].iloc[91])
    return {"MA204": (world.row(90), world.row(91))}


@whole
def all_axes_swapped(world: World) -> Found:
    lat = world.supplied["lat"].copy()
    world.supplied["lat"], world.supplied["lon"] = world.supplied["lon"], lat
    return {"MA203": rows_of_all(world)}


def in_metres(world: World, crs: str) -> None:
    to = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    x, y = to.transform(world.supplied["lon"].to_numpy(), world.supplied["lat"].to_numpy())
    world.supplied = world.supplied.drop(columns=["lat", "lon"]).assign(
        x=np.round(x, 3), y=np.round(y, 3)
    )


@whole
def utm_zone(world: World) -> Found:
    in_metres(world, "EPSG:32726")
    world.options = ["--supplied-crs", "EPSG:32727", "--finds-crs", "EPSG:4326"]
    return {"MA205": rows_of_all(world), "MA216": ()}


@whole
def utm_hemisphere(world: World) -> Found:
    in_metres(world, "EPSG:32726")
    world.options = ["--supplied-crs", "EPSG:32626", "--finds-crs", "EPSG:4326"]
    return {"MA205": rows_of_all(world), "MA216": ()}


@whole
def mixed_crs(world: World) -> Found:
    in_metres(world, "EPSG:32726")
    first = world.supplied.copy()
    other = world.supplied.copy()
    to = Transformer.from_crs("EPSG:32726", "EPSG:32725", always_xy=True)
    x, y = to.transform(other["x"].to_numpy(), other["y"].to_numpy())
    some = [12, 13, 14]
    world.supplied.loc[world.supplied.index[some], "x"] = np.round(x, 3)[some]
    world.supplied.loc[world.supplied.index[some], "y"] = np.round(y, 3)[some]
    assert len(first) == len(world.supplied)
    world.options = ["--supplied-crs", "EPSG:32726", "--finds-crs", "EPSG:4326"]
    return {"MA215": tuple(world.row(index) for index in some), "MA216": ()}


@whole
def low_precision(world: World) -> Found:
    for axis in ("lat", "lon"):
        world.supplied[axis] = world.supplied[axis].round(3)
    world.supplied["id"] = [f"P{n}" for n in range(len(world.supplied))]
    world.supplied = world.supplied.drop_duplicates(["lat", "lon"]).assign(record_id="R")
    return {"MA209": ()}


@whole
def rounded_digits(world: World) -> Found:
    for axis in ("lat", "lon"):
        world.supplied[axis] = (world.supplied[axis] * 3600).round() / 3600
    world.supplied = world.supplied.drop_duplicates(["lat", "lon"]).assign(record_id="R")
    return {"MA311": ()}


@plant
def generated_positions(world: World) -> Found:
    rows = np.flatnonzero(world.supplied["record_id"] == world.supplied["record_id"].iloc[1000])
    at = world.supplied.iloc[rows]
    lat, lon = at["lat"].mean(), at["lon"].mean()
    for number, index in enumerate(rows):
        east, north = number % 20, number // 20
        _set(world.supplied, index, lat=lat + north * 5 / 110_850, lon=lon + east * 5 / 96_490)
    _set(world.supplied, rows[0], geometry_basis="surveyed")
    return {"MA310": tuple(world.row(index) for index in rows)}


@plant
def ambiguous_dates(world: World) -> Found:
    dates = np.full(len(world.supplied), "2019-05-06", dtype=object)
    dates[[3, 4]] = "03/04/2019"
    world.supplied["date"] = dates
    return {"MA105": (world.row(3), world.row(4))}


@plant
def basis_missing(world: World) -> Found:
    _set(world.supplied, 44, geometry_basis="")
    return {"MA118": (world.row(44),)}


@plant
def declared_count(world: World) -> Found:
    record = world.supplied["record_id"].iloc[-1]
    of = world.supplied["record_id"] == record
    world.supplied["record_count"] = ""
    world.supplied.loc[of, "record_count"] = "9999"
    return {"MA119": tuple(world.row(index) for index in np.flatnonzero(of))}


@plant
def personal_data(world: World) -> Found:
    world.supplied["Surname"] = "SYNTHETIC"
    return {"MA902": (), "MA117": ()}


@plant
def unknown_district(world: World) -> Found:
    _set(world.supplied, 45, district="Distrikt 99")
    return {"MA503": (world.row(45),)}


@plant
def centres_of_a_district(world: World) -> Found:
    centre = world.districts.geometry.iloc[0].centroid
    rows = range(150, 156)
    for number, index in enumerate(rows):
        _set(world.supplied, index, lat=centre.y + number * 1e-6, lon=centre.x)
    return {"MA525": tuple(world.row(index) for index in rows)}


@whole
def drawn_from_finds(world: World) -> Found:
    some = world.finds.iloc[:40]
    world.supplied = world.supplied.iloc[:400].copy()
    for index, (lat, lon) in enumerate(zip(some["lat"], some["lon"], strict=True)):
        _set(world.supplied, index, lat=lat + 1e-8, lon=lon)
    world.supplied["district"] = ""
    return {"MA508": ()}


@whole
def map_after_finds(world: World) -> Found:
    world.supplied["date"] = "2021-06-01"
    world.finds["date"] = "2021-05-01"
    return {"MA507": ()}


@plant
def moved_since_before(world: World) -> Found:
    world.previous = world.supplied.iloc[:600].copy()
    for index in (500, 501):
        _set(world.supplied, index, lat=world.supplied["lat"].iloc[index] + 2e-4)
    world.previous = pd.concat([world.previous, world.supplied.iloc[600:]])
    return {"MA405": (world.row(500), world.row(501))}


@whole
def count_jump(world: World) -> Found:
    world.previous = world.supplied.copy()
    world.supplied = world.supplied.iloc[: len(world.supplied) // 2]
    return {"MA603": ()}


@whole
def duplicate_file(world: World) -> Found:
    world.more["again.csv"] = to_bytes(world.supplied)
    return {"MA404": rows_of_all(world)}


@whole
def repeated_record(world: World) -> Found:
    record = world.supplied["record_id"].iloc[0]
    again = world.supplied[world.supplied["record_id"] == record].copy()
    again = again.assign(id="Z" + again["id"], record_id="ZZ", lat=again["lat"] + 1e-6)
    n = len(world.supplied)
    world.supplied = pd.concat([world.supplied, again], ignore_index=True)
    return {"MA403": tuple(range(n + 2, n + 2 + len(again)))}


def outline(world: World, shapes) -> gpd.GeoDataFrame:
    centre = world.districts.geometry.iloc[0].centroid
    made = [shapely.affinity.translate(shape, centre.x, centre.y) for shape in shapes]
    return gpd.GeoDataFrame(
        {"id": [f"A{n}" for n in range(len(made))], "count": 10},
        geometry=made,
        crs="EPSG:4326",
    )


SQUARE = shapely.box(0, 0, 0.001, 0.001)


@whole
def tiny_outline(world: World) -> Found:
    world.outlines = outline(world, [SQUARE, shapely.box(0.002, 0, 0.00201, 0.00001)])
    return {"MA302": (2,)}


@whole
def overlapping_outlines(world: World) -> Found:
    world.outlines = outline(world, [SQUARE, shapely.affinity.translate(SQUARE, 0.0005, 0)])
    return {"MA303": (2,)}


@whole
def huge_outline(world: World) -> Found:
    district = world.districts.geometry.iloc[1]
    world.outlines = gpd.GeoDataFrame(
        {"id": ["A0"], "count": [10]}, geometry=[district.buffer(-1e-4)], crs="EPSG:4326"
    )
    return {"MA309": (1,)}


@whole
def turned_outline(world: World) -> Found:
    bow = shapely.Polygon([(0, 0), (2, 0), (1, 3), (2, 2), (0, 2)])
    world.outlines = outline(
        world, [SQUARE, shapely.affinity.scale(bow, 1e-3, 1e-3, origin=(0, 0))]
    )
    return {"MA301": (2,)}
