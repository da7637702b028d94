"""Every case of ``fixtures/`` through the public command, the expectations and the oracle."""

from __future__ import annotations

import contextlib
import csv
import functools
import io
import json
import math
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests import naive

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "fixtures"
RUNS = sorted(
    (path.parent.name, path.name.removeprefix("settings").removesuffix(".json"))
    for path in FIXTURES.glob("*/settings*.json")
)
CASES = sorted({case for case, _ in RUNS})
IDS = [f"{case}{run}" for case, run in RUNS]
# The scan reads every output of every run; runs of a case differ little in what they print.
FIRST_RUNS = {case: min(run for name, run in RUNS if name == case) for case in CASES}
SCANNED = [
    pytest.param(case, run, marks=[] if FIRST_RUNS[case] == run else pytest.mark.slow)
    for case, run in RUNS
]
DIAGNOSED = sorted(path.parent.name for path in FIXTURES.glob("*/expected-diagnose.json"))
FLAGS = {"drop_faulty", "assume_searched"}
OPTIONS = {"tolerance_m": "--tolerance"}
ROLES = ("supplied", "finds", "searched", "districts", "tasks")
# What holds no points: rows of mines and outlines; finds without a position.
NO_POINTS = ("shapes.geojson", "counted.csv")
# Areas: the oracle's come from scan lines.
LOOSE = {"searched_hectares": 1e-3, "finds_per_hectare": 1e-3}
SECTIONS = {"relative_tolerance", "pairs", "rows", "claims", "district_names"}


def load(case, name):
    return json.loads((FIXTURES / case / name).read_text(encoding="utf-8"))


def paths_of(case, run):
    """Role -> absolute paths, and the options."""
    settings = load(case, f"settings{run}.json")
    given = {
        role: [settings[role]] if isinstance(settings[role], str) else settings[role]
        for role in ROLES
        if role in settings
    }
    folder = FIXTURES / case
    paths = {role: [(folder / name).resolve() for name in names] for role, names in given.items()}
    return paths, settings.get("options", {})


def points_of(case, run, role):
    paths = [path for path in paths_of(case, run)[0][role] if path.name not in NO_POINTS]
    return [row for path in paths for row in naive.read_points(path)]


def polygons_of(case, run, role):
    paths = paths_of(case, run)[0].get(role)
    return paths and [row for path in paths for row in naive.read_polygons(path)]


def arguments(case, run):
    paths, options = paths_of(case, run)
    words = ["evaluate", str(paths["supplied"][0]), str(paths["finds"][0])]
    for role in ROLES:
        for path in paths.get(role, [])[role in ("supplied", "finds") :]:
            words += [f"--{role}", str(path)]
    for name, value in options.items():
        option = OPTIONS.get(name, f"--{name.replace('_', '-')}")
        words += [option] if name in FLAGS else [option, str(value)]
    return words


def command(words):
    """Run the public command in this process; exit code, stdout and stderr."""
    from mapaccuracy.commands import main

    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(words)
        except SystemExit as end:
            code = end.code
    out.flush()
    return code or 0, out.buffer.getvalue().decode("utf-8"), err.getvalue()


@functools.cache
def document(case, run):
    code, out, err = command([*arguments(case, run), "--format", "json"])
    assert code == 0, err
    return json.loads(out)


def diagnosis(case, form="json"):
    """What diagnose prints on the inputs of the first run, with fewer draws."""
    words = ["diagnose", *arguments(case, "")[1:], "--draws", "99", "--format", form]
    code, out, err = command(words)
    assert code == 0, err
    return out, err


@functools.cache
def oracle(case, run):
    return naive.evaluate(
        points_of(case, run, "supplied"),
        points_of(case, run, "finds"),
        polygons_of(case, run, "searched"),
        polygons_of(case, run, "districts"),
        **paths_of(case, run)[1],
    )


def differences(found, expected, rel=1e-9, place="", name=""):
    """Where a document departs from what is expected of it; keys not expected are free."""
    if isinstance(expected, dict):
        if not isinstance(found, dict):
            return [f"{place}: {found!r}, expected a mapping"]
        return [
            line
            for key, value in expected.items()
            for line in (
                differences(found[key], value, rel, f"{place}.{key}", key)
                if key in found
                else [f"{place}.{key}: missing"]
            )
        ]
    if isinstance(expected, float) and isinstance(found, (int, float)):
        limit = max(rel, LOOSE.get(name, 0.0))
        same = math.isclose(found, expected, rel_tol=limit, abs_tol=1e-12)
    else:
        same = found == expected and isinstance(found, bool) == isinstance(expected, bool)
    return [] if same else [f"{place}: {found!r}, expected {expected!r}"]


def compare(found, expected):
    rel = expected.get("relative_tolerance", 1e-9)
    lines = differences(found["overall"], expected["overall"], rel, "overall")
    groups = {group["group"]: group for group in found["districts"]}
    for group in expected.get("districts", []):
        name = group["group"]
        lines += differences(groups.get(name, {}), group, rel, name)
    return lines


def test_the_cases_are_there():
    assert len(CASES) >= 12
    assert len(RUNS) > len(CASES)
    for case in CASES:
        assert (FIXTURES / case / "why.md").stat().st_size > 100, case
    for case, run in RUNS:
        known = {"overall", "districts"} | SECTIONS
        assert set(load(case, f"expected{run}.json")) <= known


def test_every_folder_is_a_case():
    folders = {
        path.name for path in FIXTURES.iterdir() if path.is_dir() and path.name[0] not in "_."
    }
    assert folders == set(CASES)


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*/*.csv")), ids=lambda p: p.parent.name)
def test_every_synthetic_row_says_so(path):
    rows = naive.read_points(path)
    assert rows
    assert {row["note"] for row in rows} == {"SYNTHETIC"}


def test_synthetic_examples_say_so():
    folder = ROOT / "mapaccuracy" / "examples" / "quoted_figures"
    for name in ("supplied.csv", "finds.csv"):
        assert {row["note"] for row in naive.read_points(folder / name)} == {"SYNTHETIC"}
    for name in ("searched.geojson", "districts.geojson"):
        assert {row["note"] for row in naive.read_polygons(folder / name)} == {"SYNTHETIC"}


@pytest.mark.slow
def test_files_are_what_make_makes():
    done = subprocess.run(
        [sys.executable, str(FIXTURES / "make.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("case", "run"), RUNS, ids=IDS)
@pytest.mark.slow
def test_the_oracle_agrees_with_the_expectation(case, run):
    assert compare(oracle(case, run), load(case, f"expected{run}.json")) == []


@pytest.mark.parametrize(("case", "run"), RUNS, ids=IDS)
def test_the_command_gives_the_expected_numbers(case, run):
    expected = load(case, f"expected{run}.json")
    found = document(case, run)
    lines = compare(found, expected)
    for role, counts in expected.get("rows", {}).items():
        source = next(entry for entry in found["sources"] if entry["role"] == role)
        lines += differences(source, counts, place=role)
    for name, figures in expected.get("claims", {}).items():
        lines += differences(found[name]["overall"], figures, place=name)
    if "district_names" in expected:
        names = [group["group"] for group in found["districts"]]
        assert names == expected["district_names"]
    assert lines == []


@pytest.mark.parametrize(("case", "run"), RUNS, ids=IDS)
def test_the_command_agrees_with_the_oracle(case, run):
    expected = oracle(case, run)
    found = document(case, run)
    assert compare(found, expected) == []
    names = [group["group"] for group in found["districts"]]
    assert names == [group["group"] for group in expected["districts"]]


@pytest.mark.parametrize(("case", "run"), RUNS, ids=IDS)
def test_sums_hold_in_every_group(case, run):
    found = document(case, run)
    for group in [found["overall"], *found["districts"]]:
        judged = group["confirmed"] + group["not_confirmed"]
        assert group["supplied"] == judged + group["unsearched"]
        assert group["confirmed_outside_search"] <= group["unsearched"]
        assert sum(group["finds_by_category"].values()) == group["finds"]
        assert group["precision"]["n"] == judged
    if not found["districts"]:
        return
    for name in ("supplied", "confirmed", "not_confirmed", "unsearched", "finds"):
        assert sum(group[name] for group in found["districts"]) == found["overall"][name]


@pytest.mark.parametrize(
    ("case", "run"),
    [(case, run) for case, run in RUNS if "pairs" in load(case, f"expected{run}.json")],
)
def test_pairs_that_are_asked_for(case, run, tmp_path):
    expected = load(case, f"expected{run}.json")["pairs"]
    words = [*arguments(case, run), "--out", str(tmp_path / "out"), "--with-locations"]
    code, _, err = command(words)
    assert code == 0, err
    with (tmp_path / "out" / "restricted" / "pairs.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    lengths = [float(row["distance_m"]) for row in rows]
    assert len(rows) == expected["n"]
    assert [row["supplied_id"] for row in rows] == sorted(row["supplied_id"] for row in rows)
    if "sum_m" in expected:
        assert math.fsum(lengths) == pytest.approx(expected["sum_m"], rel=1e-9)
        squares = math.fsum(length**2 for length in lengths)
        assert squares == pytest.approx(expected["sum_of_squares_m2"], rel=1e-9)
    for column, role in (("supplied_id", "supplied"), ("find_id", "finds")):
        known = {row["id"] for row in points_of(case, run, role)}
        assert {row[column] for row in rows} <= known


@pytest.mark.parametrize("case", DIAGNOSED)
def test_diagnose_says_what_was_done_to_the_map(case):
    expected = load(case, "expected-diagnose.json")
    assert set(expected) == {"verdict", "cause", "first", "displacement"}
    found = json.loads(diagnosis(case)[0])
    assert (found["verdict"], found["cause"]) == (expected["verdict"], expected["cause"])
    first = found["hypotheses"][0]
    assert (first["name"], first["accepted"]) == (expected["first"], True)
    for name, metres in expected["displacement"].items():
        assert found["displacement"][name] == pytest.approx(metres, abs=0.5)
        assert first["move"][name] == pytest.approx(metres, abs=0.5)


def test_both_kinds_of_misplaced_maps_are_there():
    verdicts = {load(case, "expected-diagnose.json")["verdict"] for case in DIAGNOSED}
    assert verdicts == {"displaced", "explained"}


# --- what the default outputs must not hold ------------------------------------------------------


def default_outputs(case, run, folder):
    """Name -> text of everything that the command gives unless locations are asked for."""
    texts = {}
    for form in ("table", "json", "csv", "markdown"):
        code, out, err = command([*arguments(case, run), "--format", form])
        assert code == 0, err
        texts[f"{form} stdout"], texts[f"{form} stderr"] = out, err
    code, out, err = command([*arguments(case, run), "--out", str(folder)])
    assert code == 0, err
    texts["--out stdout"], texts["--out stderr"] = out, err
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            texts[path.relative_to(folder).as_posix()] = path.read_text(encoding="utf-8")
    return texts


def secrets_of(case, run):
    """Ids of the inputs; coordinates and distances of pairs that have four and more decimals."""
    ids, values = set(), set()
    for role in ("supplied", "finds"):
        for row in points_of(case, run, role):
            ids |= {row[name] for name in ("id", "record_id", "task_id", "sheet") if row.get(name)}
            values |= {str(row[name]) for name in ("lat", "lon", "x", "y") if row.get(name)}
    for path in paths_of(case, run)[0].get("supplied", []):
        if path.name in NO_POINTS:
            ids |= {entry["properties"]["id"] for entry in json.loads(path.read_text())["features"]}
    ids |= {row["id"] for row in polygons_of(case, run, "tasks") or []}
    for row in polygons_of(case, run, "searched") or []:
        ids.add(row["id"])
        values |= {repr(float(v)) for part in row["polygons"] for ring in part for v in ring.flat}
    values |= {repr(distance) for _, _, distance in oracle(case, run)["pairs"]}
    return ids, [float(text) for text in values if len(text.partition(".")[2]) >= 4]


def coordinates_in(text, values):
    """Numbers of a text that are coordinates, whatever the decimals they were rounded to."""
    rounded = {}
    hits = []
    for token in set(re.findall(r"(?<![\w.])\d+\.\d{4,}(?![\w.])", text)):
        decimals = len(token.partition(".")[2])
        if len(token.replace(".", "").strip("0")) < 5:
            continue
        if decimals not in rounded:
            rounded[decimals] = {f"{abs(value):.{decimals}f}" for value in values}
        if token in rounded[decimals]:
            hits.append(token)
    return hits


def test_the_scan_finds_what_it_looks_for():
    values = [-30.0123456, 46.709893425940834]
    assert coordinates_in("at -30.01235, ok 0.25", values) == ["30.01235"]
    assert coordinates_in('{"lon": 46.7099}', values) == ["46.7099"]
    assert coordinates_in("POINT (46.709893425940834 1.5)", values) == ["46.709893425940834"]
    assert coordinates_in("precision 0.2500, 12.5 finds", values) == []


@pytest.mark.parametrize(("case", "run"), SCANNED, ids=IDS)
@pytest.mark.slow
def test_no_default_output_holds_a_position_an_id_or_a_single_item(case, run, tmp_path):
    ids, values = secrets_of(case, run)
    assert len(ids) >= 10
    word = re.compile(r"[\w-]+")
    for name, text in default_outputs(case, run, tmp_path / "out").items():
        assert not ids & set(word.findall(text)), name
        assert coordinates_in(text, values) == [], name
    found = document(case, run)
    groups = [found["overall"], *found["districts"]]
    assert [g["group"] for g in groups if g["supplied"] == 1 or g["finds"] == 1] == []
    names = {path.name for path in (tmp_path / "out").rglob("*")}
    assert {"result.json", "metrics.csv"} <= names
    assert "restricted" not in names


@pytest.mark.parametrize("case", DIAGNOSED)
@pytest.mark.slow
def test_no_diagnosis_holds_a_position_or_an_id(case):
    ids, values = secrets_of(case, "")
    # The page has everything that the table has.
    for form in ("json", "markdown"):
        for text in diagnosis(case, form):
            assert not ids & set(re.findall(r"[\w-]+", text)), form
            assert coordinates_in(text, values) == [], form


# --- random scenes, where no layout favours anybody ----------------------------------------------


def scene(seed):
    """Points with every column that counts, turned rectangles, two districts; planar metres."""
    random = np.random.default_rng(seed)

    def some(*words):
        return str(random.choice(words))

    n, m = random.integers(3, 80, 2)
    s_xy, f_xy = (np.round(random.uniform(0, 600, (size, 2)), 3) for size in (n, m))
    near = min(n, m) // 3
    f_xy[:near] = np.round(s_xy[:near] + random.normal(0, 6, (near, 2)), 3)
    supplied = [
        {
            "id": f"RANDOM-S-{i:04d}",
            "x": float(x),
            "y": float(y),
            "record_id": some("", *(f"R{k}" for k in range(7))),
            "sheet": some("", "M1", "M2", "M3", "M4"),
            "count": some("", "", "", "1", "1", "1", "3"),
            "geometry_basis": some("", "", "surveyed", "generated", "centroid"),
            "district": some("East", "West", ""),
        }
        for i, (x, y) in enumerate(s_xy)
    ]
    finds = [
        {
            "id": f"RANDOM-F-{i:04d}",
            "x": float(x),
            "y": float(y),
            "type": some("AP", "AP", "AP", "AT", "UXO", "AXO", "submunition", "IED", "unknown"),
            "task_id": some("", "T1", "T2", "T3"),
            "district": some("East", "West", ""),
        }
        for i, (x, y) in enumerate(f_xy)
    ]
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]])
    searched = []
    for i in range(random.integers(1, 5)):
        centre, half, angle = (
            random.uniform(0, 600, 2),
            random.uniform(60, 250, 2),
            random.uniform(),
        )
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        outline = np.round(centre + (corners * half) @ turn, 3)
        status = some("cleared", "cleared", "cancelled", "reduced", "open") if i else "cleared"
        searched.append({"id": f"RANDOM-A-{i}", "status": status, "polygons": [[outline]]})
    districts = [
        {"district": name, "code": code, "polygons": [[(corners + 1) / 2 * [300, 500] + [x, 0]]]}
        for name, code, x in (("East", "D2", 300), ("West", "D1", 0))
    ]
    options = {
        "tolerance_m": float(random.choice([5, 10, 20])),
        "matching": some("optimal", "optimal", "greedy", "mutual", "nearest"),
        "scope": some("mines", "all"),
    }
    return supplied, finds, searched, districts, options


def on_the_ellipsoid(supplied, finds, searched, districts):
    """Lay a scene in metres at 30 degrees south."""
    east, north = naive.metres_per_degree(-30.0)
    degree, corner = 1 / np.array([east, north]), np.array([-25.0, -30.0])
    for row in supplied + finds:
        row["lon"], row["lat"] = (corner + degree * np.array([row.pop("x"), row.pop("y")])).tolist()
    for row in searched + districts:
        row["polygons"] = [[corner + degree * ring for ring in part] for part in row["polygons"]]


@pytest.mark.parametrize("local", [True, False], ids=["plane", "ellipsoid"])
@pytest.mark.parametrize(
    "seed", [*range(6), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(6, 60))]
)
def test_random_scenes_agree_with_the_oracle(seed, local):
    import geopandas as gpd
    import pandas as pd
    from shapely.geometry import Polygon

    import mapaccuracy

    *roles, options = scene(seed)
    if not local:
        on_the_ellipsoid(*roles)
    supplied, finds, searched, districts = roles
    searched = searched if seed % 5 else None
    districts = districts if seed % 3 else None
    options["crs"] = "local" if local else "EPSG:4326"

    def frame(rows):
        if rows is None:
            return None
        columns = pd.DataFrame(rows).drop(columns="polygons")
        outlines = [Polygon(row["polygons"][0][0]) for row in rows]
        return gpd.GeoDataFrame(columns, geometry=outlines, crs=None if local else 4326)

    expected = naive.evaluate(supplied, finds, searched, districts, **options)
    found = mapaccuracy.evaluate(
        pd.DataFrame(supplied),
        pd.DataFrame(finds),
        frame(searched),
        frame(districts),
        settings=mapaccuracy.Settings(**options),
    ).to_dict()
    assert compare(found, expected) == []
    names = [group["group"] for group in found["districts"]]
    assert names == [group["group"] for group in expected["districts"]]
