"""Datums: the operation from SK-42 is pinned, printed, recorded, and right."""

from __future__ import annotations

import json
import math
import warnings
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from pyproj import CRS, Transformer, proj_version_str
from pyproj.aoi import AreaOfInterest
from pyproj.database import query_crs_info
from pyproj.exceptions import ProjError

from mapaccuracy.coordinates import operation, sk42_to_wgs84, systems, to_wgs84
from mapaccuracy.coordinates.grids import _transformer
from mapaccuracy.errors import SettingsError
from mapaccuracy.intake import as_tables, conform
from mapaccuracy.io import read
from mapaccuracy.schema import Settings

PINNED = f"Pulkovo 1942 to WGS 84 (16), EPSG:15865, accuracy 4.5 m, PROJ {proj_version_str}"

# Towns, and how far the truth lies from the point that is plotted when SK-42 is read as WGS 84:
# east and north by the pinned operation, and the length of the shift by it and by EPSG:1808.
PLACES = {
    "Aghdam": (39.99, 46.93, -102.1, -9.6, 102.6, 100.9, 3.7),
    "Fuzuli": (39.60, 47.14, -101.7, -10.1, 102.2, 101.2, 3.5),
    "Zangilan": (39.09, 46.65, -102.2, -11.9, 102.9, 102.2, 4.4),
    "Gazakh": (41.09, 45.37, -104.7, -9.7, 105.2, 101.4, 5.4),
}
NAMES = list(PLACES)
LAT, LON = (np.array([PLACES[name][axis] for name in NAMES]) for axis in (0, 1))

# The ellipsoids and the parameters of EPSG:15865 as the registry prints them: coordinate frame
# rotation, metres and arc-seconds.
KRASSOWSKY, WGS84_FIGURE = (6378245.0, 1 / 298.3), (6378137.0, 1 / 298.257223563)
SHIFT_M, TURN_S = (25.0, -141.0, -78.5), (0.0, -0.35, -0.736)


def metres(lat: float, d_lat: float, d_lon: float) -> tuple[float, float]:
    """East and north of small angles, by the radii of curvature of WGS 84."""
    a, f = WGS84_FIGURE
    e2 = f * (2 - f)
    root = 1 - e2 * math.sin(math.radians(lat)) ** 2
    east = math.radians(d_lon) * a / math.sqrt(root) * math.cos(math.radians(lat))
    return east, math.radians(d_lat) * a * (1 - e2) / root**1.5


def by_hand(lat: float, lon: float) -> tuple[float, float]:
    """SK-42 to WGS 84 by the seven parameters, height 0; the textbook formulas."""
    a, f = KRASSOWSKY
    e2 = f * (2 - f)
    phi, lam = math.radians(lat), math.radians(lon)
    normal = a / math.sqrt(1 - e2 * math.sin(phi) ** 2)
    x = normal * math.cos(phi) * math.cos(lam)
    y = normal * math.cos(phi) * math.sin(lam)
    z = normal * (1 - e2) * math.sin(phi)
    rx, ry, rz = (math.radians(seconds / 3600) for seconds in TURN_S)
    moved_x = SHIFT_M[0] + x + rz * y - ry * z
    moved_y = SHIFT_M[1] - rz * x + y + rx * z
    moved_z = SHIFT_M[2] + ry * x - rx * y + z
    a, f = WGS84_FIGURE
    e2 = f * (2 - f)
    across = math.hypot(moved_x, moved_y)
    phi = math.atan2(moved_z, across * (1 - e2))
    for _ in range(10):
        normal = a / math.sqrt(1 - e2 * math.sin(phi) ** 2)
        phi = math.atan2(moved_z + e2 * normal * math.sin(phi), across)
    return math.degrees(phi), math.degrees(math.atan2(moved_y, moved_x))


def finds(crs: str, **columns) -> object:
    frame = pd.DataFrame({"id": [f"F-{name}" for name in NAMES], **columns})
    return conform(as_tables(frame, "finds"), "finds", Settings(finds_crs=crs))


def shifts(layer) -> dict[str, tuple[float, float]]:
    rows = layer.frame.set_index("id")
    return {
        name: metres(
            PLACES[name][0],
            rows.loc[f"F-{name}", "lat"] - PLACES[name][0],
            rows.loc[f"F-{name}", "lon"] - PLACES[name][1],
        )
        for name in NAMES
    }


def on_grid(code: int) -> tuple[np.ndarray, np.ndarray]:
    """Project SK-42 degrees to a Gauss-Krueger grid, by PROJ: easting and northing."""
    return Transformer.from_crs(4284, code, always_xy=True).transform(LON, LAT)


@pytest.mark.parametrize(
    ("crs", "grid"),
    [
        ("EPSG:4284", None),
        ("EPSG:28408", 28408),
        ("EPSG:2498", 2498),  # as 28408, without the zone before the easting
        ("EPSG:2531", 2531),  # 3-degree zone 15
        ("EPSG:2532", 2532),
        ("EPSG:2590", 2590),  # the same without a zone
        ("esri", 28408),
        ("gdal", 28408),
    ],
)
def test_the_table_of_shifts_through_the_intake(crs: str, grid: int | None) -> None:
    stated = {"esri": "WKT1_ESRI", "gdal": "WKT1_GDAL"}.get(crs)
    if stated is not None:
        crs = CRS.from_epsg(28408).to_wkt(stated)
    if grid is None:
        layer = finds(crs, lat=LAT, lon=LON)
    else:
        east, north = on_grid(grid)
        layer = finds(crs, easting=east, northing=north)
    for name, (east_m, north_m) in shifts(layer).items():
        expected = PLACES[name]
        assert (east_m, north_m) == pytest.approx(expected[2:4], abs=0.5), name
        assert math.hypot(east_m, north_m) == pytest.approx(expected[4], abs=0.5), name
    (source,) = layer.sources
    assert source.operation == PINNED
    assert source.operation_accuracy_m == 4.5


def test_the_other_operation_of_the_table() -> None:
    lon, lat = sk42_to_wgs84(LON, LAT, operation="EPSG:1808")
    pinned_lon, pinned_lat = to_wgs84(LON, LAT, "EPSG:4284")
    for index, name in enumerate(NAMES):
        place = PLACES[name]
        there = metres(place[0], lat[index] - place[0], lon[index] - place[1])
        assert math.hypot(*there) == pytest.approx(place[5], abs=0.5), name
        apart = metres(place[0], lat[index] - pinned_lat[index], lon[index] - pinned_lon[index])
        assert math.hypot(*apart) == pytest.approx(place[6], abs=0.5), name


def test_the_pinned_operation_is_the_one_that_the_registry_prints() -> None:
    lon, lat = to_wgs84(LON, LAT, "EPSG:4284")
    for index, name in enumerate(NAMES):
        by_formulas = by_hand(*PLACES[name][:2])
        apart = metres(lat[index], lat[index] - by_formulas[0], lon[index] - by_formulas[1])
        assert math.hypot(*apart) < 0.001, name


def test_every_grid_on_sk42_is_pinned_and_no_other() -> None:
    caucasus = AreaOfInterest(44, 38, 51, 42)
    listed = query_crs_info("EPSG", "PROJECTED_CRS", area_of_interest=caucasus)
    pinned, others = [], []
    for entry in listed:
        if not entry.name.startswith("Pulkovo"):
            continue
        base = CRS.from_epsg(entry.code).geodetic_crs.to_epsg()
        told = operation(f"EPSG:{entry.code}").told
        (pinned if base == 4284 else others).append(told)
    assert len(pinned) >= 10
    assert set(pinned) == {PINNED}
    assert PINNED not in others
    for code in (4178, 4179, 4200, 20008, 2397, 3334):
        assert "15865" not in operation(f"EPSG:{code}").told


def test_what_proj_would_prefer_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    import pyproj.transformer

    def never(*_: object, **__: object) -> None:
        raise AssertionError("PROJ was asked for its own choice")

    monkeypatch.setattr(pyproj.transformer, "TransformerGroup", never)
    assert operation("EPSG:28409").told == PINNED


def test_an_operation_that_is_missing_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def lacking(*_: object, **__: object) -> None:
        raise ProjError("no such object")

    _transformer.cache_clear()
    monkeypatch.setattr(Transformer, "from_pipeline", lacking)
    try:
        for work in (
            lambda: operation("EPSG:28408"),
            lambda: to_wgs84(LON, LAT, "EPSG:4284"),
            lambda: finds("EPSG:4284", lat=LAT, lon=LON),
        ):
            with pytest.raises(SettingsError, match="EPSG:15865"):
                work()
    finally:
        monkeypatch.undo()
        _transformer.cache_clear()


def test_a_system_that_proj_cannot_leave_is_an_error() -> None:
    # Levant Zone: PROJ names it, and has no formula of its projection.
    with pytest.raises(SettingsError, match="no way from EPSG:22700 to WGS 84"):
        operation("EPSG:22700")


def test_a_better_operation_without_its_grid_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    real = systems._operations(CRS.from_epsg(4277), "EPSG:4277")
    better = SimpleNamespace(name="a grid of 15 MB")
    lacking = SimpleNamespace(
        transformers=real.transformers, best_available=False, unavailable_operations=[better]
    )
    monkeypatch.setattr(systems, "_operations", lambda *_: lacking)
    frame = pd.DataFrame({"id": ["F1"], "lat": [51.5], "lon": [-0.1]})
    layer = conform(as_tables(frame, "finds"), "finds", Settings(crs="EPSG:4277"))
    (told,) = [problem for problem in layer.problems if problem.code == "MA224"]
    assert "'a grid of 15 MB'" in told.text()


def test_a_grid_that_is_missing_is_no_warning_of_python() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert operation("EPSG:4277").name is not None  # Great Britain


def test_metres_that_hold_degrees_are_an_error() -> None:
    for east, north in ((LON, LAT), (LAT, LON)):
        with pytest.raises(SettingsError, match="hold degrees"):
            finds("EPSG:28408", easting=east, northing=north)
    with pytest.raises(SettingsError, match="is in metres"):
        finds("EPSG:28408", lat=LAT, lon=LON)


def test_swapped_metres_of_gauss_krueger_are_not_mended_and_that_is_said() -> None:
    east, north = on_grid(28408)
    moved = finds("EPSG:28408", easting=north, northing=east)
    assert moved.frame["lon"].max() < 0  # in the Atlantic, as the box shows
    (told,) = [problem for problem in moved.problems if problem.code == "MA227"]
    assert (told.severity, f"{len(LAT)}; rows" in told.text()) == ("warning", True)


@pytest.mark.parametrize(
    ("crs", "add"),
    [
        ("EPSG:28408", -8_000_000),  # the zone is lacking
        ("EPSG:28407", 0),  # another zone
        ("EPSG:2498", 0),  # a zone where the system has none
        ("EPSG:32638", 0),
    ],
)
def test_eastings_of_another_zone_are_said(crs: str, add: int) -> None:
    east, north = on_grid(28408)
    codes = [problem.code for problem in finds(crs, easting=east + add, northing=north).problems]
    assert "MA227" in codes


def test_metres_in_their_area_and_beyond_its_border_are_passed_over() -> None:
    layers = [finds("EPSG:28408", easting=on_grid(28408)[0], northing=on_grid(28408)[1])]
    # The west of Iraq, 3 degrees beyond zone 38; and Soviet sheets of Iraq.
    for code, base in ((32638, 4326), (28408, 4284)):
        way = Transformer.from_crs(base, code, always_xy=True)
        east, north = way.transform(np.full(len(LAT), 39.2), np.full(len(LAT), 33.0))
        layers.append(finds(f"EPSG:{code}", easting=east, northing=north))
    for layer in layers:
        assert "MA227" not in [problem.code for problem in layer.problems]


SUPPLIED = "id,easting,northing\n" + "".join(
    f"S{i},{e:.2f},{n:.2f}\n" for i, (e, n) in enumerate(zip(*on_grid(28408), strict=True))
)


def test_the_command_prints_and_records_the_operation(tmp_path, run) -> None:
    found = finds("EPSG:4284", lat=LAT, lon=LON).frame
    supplied, recorded = tmp_path / "s.csv", tmp_path / "f.csv"
    supplied.write_text(SUPPLIED)
    recorded.write_text(found[["id", "lat", "lon"]].to_csv(index=False))
    args = ("evaluate", str(supplied), str(recorded), "--supplied-crs", "EPSG:28408")
    done = run(*args, "--assume-searched", "--out", str(tmp_path / "o"))
    assert done.code == 0, done.err
    assert "EPSG:15865, accuracy 4.5 m" in " ".join(done.out.split())
    document = json.loads((tmp_path / "o" / "result.json").read_text())
    source = next(one for one in document["sources"] if one["role"] == "supplied")
    assert (source["crs"], source["operation"]) == ("EPSG:28408", PINNED)
    assert source["operation_accuracy_m"] == 4.5
    assert source["resolution_m"] == 0.005
    # All four are the same points: 5 mm of rounding, and nothing else.
    assert document["overall"]["confirmed"] == 4
    (told,) = [note for note in document["notes"] if note["code"] == "MA216"]
    assert PINNED in told["message"]


def test_the_tolerance_is_set_against_the_operation(tmp_path, run) -> None:
    supplied, recorded = tmp_path / "s.csv", tmp_path / "f.csv"
    supplied.write_text(SUPPLIED)
    recorded.write_text("id,lat,lon\nF1,39.990001,46.930001\n")
    args = ("evaluate", str(supplied), str(recorded), "--supplied-crs", "EPSG:28408")
    for tolerance, told in (("4", True), ("5", False)):
        done = run(*args, "--assume-searched", "--tolerance", tolerance, "--format", "json")
        notes = [note for note in json.loads(done.out)["notes"] if note["code"] == "MA226"]
        assert len(notes) == told
        assert ("MA226" in done.err) == told
        if told:
            assert "supplied" in notes[0]["message"]
            assert "4; rows in all: 4" in notes[0]["message"]
            assert "4.5 m at best" in notes[0]["message"]


def test_degrees_in_sk42_as_text_go_the_same_way(tmp_path) -> None:
    path = tmp_path / "f.csv"
    path.write_text('id,position\nF1,"39°59\'24""N 46°55\'48""E"\n')
    layer = conform(read(path, "finds"), "finds", Settings(finds_crs="EPSG:4284"))
    expected = by_hand(39.99, 46.93)
    assert layer.frame["lat"][0] == pytest.approx(expected[0], abs=1e-8)
    assert layer.frame["lon"][0] == pytest.approx(expected[1], abs=1e-8)
    assert layer.sources[0].operation == PINNED
