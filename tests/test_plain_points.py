"""Tables of plain points are read without an object for each, and mean the same. SYNTHETIC."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from mapaccuracy import intake, io
from mapaccuracy.io.plain_points import of_features
from mapaccuracy.schema import PlainPoints, Settings

XY = [(46.51, 39.52), (46.53, 39.54), (46.55, 39.56)]
POINTS = [shapely.Point(xy) for xy in XY]


def frame_of(
    shapes: list[shapely.Geometry | None], crs: str | None = "EPSG:4326"
) -> gpd.GeoDataFrame:
    ids = [f"F-{number}" for number in range(len(shapes), 0, -1)]
    return gpd.GeoDataFrame({"id": ids}, geometry=shapes, crs=crs)


def written(frame: gpd.GeoDataFrame, folder: Path, ending: str, **options: object) -> Path:
    file = folder / f"finds.{ending}"
    if ending == "parquet":
        pytest.importorskip("pyarrow")
        frame.to_parquet(file, **options)
    else:
        frame.to_file(file)
    return file


@pytest.mark.parametrize("ending", ["parquet", "gpkg"])
def test_plain_points_give_the_layer_that_their_geometries_give(
    tmp_path: Path, ending: str
) -> None:
    file = written(frame_of(POINTS), tmp_path, ending)
    (table,) = io.read(file, "finds")
    assert isinstance(table.geometry, PlainPoints)
    assert shapely.get_coordinates(table.geometry).tolist() == [list(xy) for xy in XY]
    assert table.crs == "EPSG:4326"
    layer = intake.conform([table], "finds", Settings())
    assert layer.frame[["id", "lon", "lat"]].to_numpy().tolist() == [
        [f"F-{3 - place}", *XY[place]] for place in (2, 1, 0)
    ]


@pytest.mark.parametrize("ending", ["parquet", "gpkg"])
@pytest.mark.parametrize(
    "other",
    [
        None,
        shapely.Point(),
        shapely.Point(46.5, 39.5, 100.0),
        shapely.MultiPoint([(46.5, 39.5)]),
        shapely.LineString([(46.5, 39.5), (46.6, 39.5)]),
        shapely.Point(float("inf"), 39.5),
    ],
    ids=["none", "empty", "height", "group", "line", "endless"],
)
def test_one_other_geometry_keeps_all_as_objects(
    tmp_path: Path, ending: str, other: shapely.Geometry | None
) -> None:
    file = written(frame_of([*POINTS, other]), tmp_path, ending)
    (table,) = io.read(file, "finds")
    assert isinstance(table.geometry, np.ndarray)
    # Points beside groups become groups of one in a GeoPackage.
    assert shapely.get_coordinates(table.geometry[:3]).tolist() == [list(xy) for xy in XY]
    assert table.geometry[3] == other or (other is not None and other.is_empty)


@pytest.mark.parametrize("crs", [None, "EPSG:32638", "OGC:CRS84"])
def test_geoparquet_of_plain_points_states_its_coordinate_system(
    tmp_path: Path, crs: str | None
) -> None:
    (table,) = io.read(written(frame_of(POINTS, crs), tmp_path, "parquet"), "finds")
    assert isinstance(table.geometry, PlainPoints)
    assert table.crs == crs


def test_row_groups_are_read_in_their_order(tmp_path: Path) -> None:
    xy = np.random.default_rng(7).uniform(0, 50, (1_000, 2))
    frame = frame_of(list(shapely.points(xy)))
    (table,) = io.read(written(frame, tmp_path, "parquet", row_group_size=64), "finds")
    assert isinstance(table.geometry, PlainPoints)
    assert np.array_equal(np.c_[table.geometry.east, table.geometry.north], xy)
    assert table.frame["id"].tolist() == frame["id"].tolist()


def test_boxes_and_an_index_are_no_columns(tmp_path: Path) -> None:
    frame = frame_of(POINTS).set_index(pd.Index([7, 5, 3], name="number"))
    file = written(frame, tmp_path, "parquet", write_covering_bbox=True, schema_version="1.1.0")
    (table,) = io.read(file, "finds")
    assert isinstance(table.geometry, PlainPoints)
    assert list(table.frame.columns) == ["id"]
    assert table.frame.index.tolist() == [0, 1, 2]


def test_of_two_geometries_the_active_one_counts(tmp_path: Path) -> None:
    frame = frame_of(POINTS).assign(outline=gpd.GeoSeries(POINTS[::-1], crs="EPSG:4326"))
    (table,) = io.read(written(frame, tmp_path, "parquet"), "finds")
    assert list(np.asarray(table.geometry)) == POINTS
    assert list(table.frame.columns) == ["id"]


def test_other_encodings_of_points_are_read_too(tmp_path: Path) -> None:
    file = written(
        frame_of(POINTS), tmp_path, "parquet", geometry_encoding="geoarrow", schema_version="1.1.0"
    )
    (table,) = io.read(file, "finds")
    assert list(np.asarray(table.geometry)) == POINTS


def test_plain_points_without_other_columns_lack_the_id_and_not_the_rows(tmp_path: Path) -> None:
    (table,) = io.read(written(frame_of(POINTS)[["geometry"]], tmp_path, "parquet"), "finds")
    assert table.rows.tolist() == [1, 2, 3]
    assert list(np.asarray(table.geometry)) == POINTS


@pytest.mark.parametrize(
    "binary",
    [
        [shapely.to_wkb(POINTS[0], byte_order=0), POINTS[1].wkb],
        [shapely.to_wkb(shapely.set_srid(POINTS[0], 4326), include_srid=True)],
        # Together as long as two points.
        [POINTS[0].wkb + POINTS[1].wkb, b""],
        [POINTS[0].wkb, None],
        [],
    ],
    ids=["big-endian", "with-srid", "two-in-one", "none", "no-rows"],
)
def test_other_binary_is_not_taken_for_plain_points(binary: list[bytes | None]) -> None:
    assert of_features(np.array(binary, dtype=object)) is None


def test_texts_of_many_tables_stay_with_their_rows() -> None:
    # Categories are eight words; together more than a byte can number.
    types = ["PMN-2", "TM-62", "", "UXO"] * 10
    tables = [
        pd.DataFrame({"id": [f"F-{n:02d}"], "lat": [39.5], "lon": [46.5], "type": [word]})
        for n, word in enumerate(types)
    ]
    tables[3]["district"] = ["D1"]
    found = intake.conform(intake.as_tables(tables, "finds"), "finds", Settings()).frame
    assert found["type"].tolist() == types
    assert found["category"].tolist() == ["AP", "AT", "other", "UXO"] * 10
    assert found["district"].tolist() == ["", "", "", "D1", *[""] * 36]
    assert {found[name].dtype for name in ("id", "type", "category", "district")} == {np.dtype("O")}
