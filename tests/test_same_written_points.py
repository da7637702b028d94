"""The same 500 points in every notation give the same evaluation."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from openpyxl import Workbook
from pyproj import Transformer
from shapely.geometry import box, mapping

from tests.notations import WRITERS as CELLS
from tests.notations import sexagesimal

POINTS = 500
WEST, SOUTH, METRES = 45.3, 41.05, Transformer.from_crs(4326, 32638, always_xy=True)


def world() -> tuple[pd.DataFrame, pd.DataFrame]:
    """SYNTHETIC points 50 m apart in records of 25; of three in four a find lies within 5 m.

    The others have theirs 20 m off: no notation of 1 m or finer moves any over the tolerance.
    """
    rng = np.random.default_rng(42)
    east0, north0 = METRES.transform(WEST + 0.01, SOUTH + 0.01)
    number = np.arange(POINTS)
    east, north = east0 + 50.0 * (number % 25), north0 + 50.0 * (number // 25)
    turn = rng.uniform(0, 2 * np.pi, POINTS)
    far = np.where(number % 4 == 0, 20.0, rng.uniform(0, 5, POINTS))
    tables = []
    for letter, (x, y) in (
        ("S", (east, north)),
        ("F", (east + far * np.cos(turn), north + far * np.sin(turn))),
    ):
        lon, lat = METRES.transform(x, y, direction="INVERSE")
        ids = [f"{letter}{index:03d}" for index in number]
        tables.append(pd.DataFrame({"id": ids, "lat": lat, "lon": lon}))
    tables[0]["record_id"] = [f"R{index // 25:02d}" for index in number]
    return tables[0], tables[1]


def in_one_cell(notation: str) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def write(frame: pd.DataFrame) -> pd.DataFrame:
        cells = [
            CELLS[notation][0](*place) for place in zip(frame["lat"], frame["lon"], strict=True)
        ]
        return frame.drop(columns=["lat", "lon"]).assign(position=cells)

    return write


def in_two_cells(decimals: int, parts: int, comma: bool = False) -> Callable:
    def write(frame: pd.DataFrame) -> pd.DataFrame:
        texts = {
            name: [sexagesimal(value, decimals, parts) for value in frame[name]]
            for name in ("lat", "lon")
        }
        if comma:
            texts = {name: [text.replace(".", ",") for text in texts[name]] for name in texts}
        return frame.assign(**texts)

    return write


def decimals(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(lat=frame["lat"].round(6), lon=frame["lon"].round(6))


def decimal_comma(frame: pd.DataFrame) -> pd.DataFrame:
    comma = {n: [f"{value:.6f}".replace(".", ",") for value in frame[n]] for n in ("lat", "lon")}
    return frame.assign(**comma)


def mixed(frame: pd.DataFrame) -> pd.DataFrame:
    names = ["mgrs", "utm", "dms", "ddm"]
    written = [in_one_cell(name)(frame)["position"] for name in names]
    cells = [written[row % 4][row] for row in range(len(frame))]
    return frame.drop(columns=["lat", "lon"]).assign(coordinates=cells)


def gauss_krueger(code: int) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def write(frame: pd.DataFrame) -> pd.DataFrame:
        way = Transformer.from_crs(4326, code, always_xy=True)
        east, north = way.transform(frame["lon"].to_numpy(), frame["lat"].to_numpy())
        metres = {"easting": east.round(2), "northing": north.round(2)}
        return frame.drop(columns=["lat", "lon"]).assign(**metres)

    return write


def in_crs(code: int) -> tuple[str, ...]:
    return ("--supplied-crs", f"EPSG:{code}", "--finds-crs", f"EPSG:{code}")


ORDER = '[inputs.supplied]\norder = "lat,lon"\n[inputs.finds]\norder = "lat,lon"\n'
# How to write the points, options, and half of the last place in metres, larger axis.
WAYS = {
    "decimals": (decimals, (), 0.056),
    "decimal comma": (decimal_comma, (), 0.056),
    "DMS in two columns": (in_two_cells(1, 3), (), 1.55),
    "DDM in two columns, comma": (in_two_cells(3, 2, comma=True), (), 0.93),
    "DMS in one cell": (in_one_cell("dms"), (), 0.154),
    "DDM in one cell": (in_one_cell("ddm"), (), 0.0925),
    "decimals in one cell": (in_one_cell("dd"), ("--config", "order.toml"), 0.056),
    "MGRS": (in_one_cell("mgrs"), (), 0.5),
    "UTM with its zone": (in_one_cell("utm"), (), 0.5),
    "mixed in one column": (mixed, (), 0.5),
    "UTM 38N": (gauss_krueger(32638), in_crs(32638), 0.005),
    "SK-42 zone 8": (gauss_krueger(28408), in_crs(28408), 0.005),
    "SK-42 without zone": (gauss_krueger(2498), in_crs(2498), 0.005),
    "SK-42 3-degree zone 15": (gauss_krueger(2531), in_crs(2531), 0.005),
}
ENDINGS = {name: "xlsx" if "comma" in name or name == "MGRS" else "csv" for name in WAYS}
COUNTS = ("supplied", "confirmed", "not_confirmed", "unsearched", "finds", "mapped", "unmapped")


def save(frame: pd.DataFrame, path) -> None:
    if path.suffix == ".csv":
        frame.to_csv(path, index=False)
        return
    book = Workbook()
    for line in (["SYNTHETIC"], [], [], list(frame.columns), *frame.to_numpy().tolist()):
        book.active.append(line)
    book.save(path)


@pytest.fixture(scope="module")
def ground(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ground")
    area = box(WEST, SOUTH, WEST + 0.03, SOUTH + 0.04)
    features = [{"type": "Feature", "properties": {"note": "SYNTHETIC"}, "geometry": mapping(area)}]
    path = folder / "searched.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    (folder / "order.toml").write_text(ORDER)
    return path


@pytest.mark.parametrize("name", WAYS)
def test_the_same_points_give_the_same_evaluation(
    tmp_path, ground, run, result_schema, name: str
) -> None:
    write, options, half_m = WAYS[name]
    paths = [tmp_path / f"{role}.{ENDINGS[name]}" for role in ("supplied", "finds")]
    for frame, path in zip(world(), paths, strict=True):
        save(write(frame), path)
    options = tuple(str(ground.parent / "order.toml") if o == "order.toml" else o for o in options)
    done = run(
        "evaluate", *paths, "--searched", ground, *options, "--draws", "19", "--format", "json"
    )
    assert done.code == 0, done.err
    result_schema.validate(done.document)
    overall = done.document["overall"]
    counts = {key: overall[key] for key in COUNTS}
    three_quarters = POINTS - POINTS // 4
    assert counts == {
        "supplied": POINTS,
        "confirmed": three_quarters,
        "not_confirmed": POINTS // 4,
        "unsearched": 0,
        "finds": POINTS,
        "mapped": three_quarters,
        "unmapped": POINTS // 4,
    }
    for source in done.document["sources"][:2]:
        assert source["resolution_m"] == pytest.approx(half_m, rel=0.02)
        assert source["rows_used"] == POINTS
