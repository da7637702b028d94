"""The configuration: where it is found, what it may say, what goes before what, what it does."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import jsonschema
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mapaccuracy
from mapaccuracy.errors import SettingsError
from mapaccuracy.io import find_config, read_config
from mapaccuracy.io.places import places_of
from mapaccuracy.schema import INPUT_ROLES, Settings
from mapaccuracy.schema.configuration import (
    ALIAS,
    CODE,
    EVALUATE,
    GATE,
    Gate,
    input_keys,
    json_schema,
)

ROOT = Path(__file__).parent.parent
PUBLISHED = ROOT / "mapaccuracy" / "schema" / "config.schema.json"
EVERYTHING = """schema = 1
[inputs.supplied]
path = ["a.csv", "b/*.csv"]
layer = "Points"
crs = "EPSG:32638"
record_id = "Formulyar"
sheet = {column = "Map sheet"}
[inputs.finds]
path = "finds.xlsx"
sheet = "Finds"
crs = 32638
order = "lat,lon"
id = {column = "No."}
date = {column = "Date", format = "%d/%m/%Y"}
filter = "status=approved,done"
[inputs.searched]
where = "state=done"
[inputs.accidents]
date = {format = "%d.%m.%Y"}
[evaluate]
tolerance_m = 5
matching = "greedy"
map_received = 2021-06-12
columns = {"supplied.id" = "Nr"}
[codes]
"PMN-X" = "AP"
[aliases]
Akdam = "Aghdam"
[[gate]]
metric = "recall"
min = 0.7
[[gate]]
metric = "f1"
districts = ["Alder", "Birk"]
level = "warning"
max_drop = 0.05
use = "value"
min_n = 30
"""


def written(folder: Path, text: str, name: str = "mapaccuracy.toml") -> Path:
    path = folder / name
    path.write_text(text, "utf-8", newline="")
    return path


def faults(folder: Path, text: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        read_config(written(folder, text))
    return list(caught.value.messages)


# What it says


def test_everything_that_may_be_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    config = read_config(written(tmp_path, EVERYTHING))
    assert config.settings == {
        "supplied_crs": "EPSG:32638",
        "finds_crs": 32638,
        "searched_where": "state=done",
        "columns": {
            "supplied.record_id": "Formulyar",
            "supplied.sheet": "Map sheet",
            "supplied.id": "Nr",
            "finds.id": "No.",
            "finds.date": "Date",
        },
        "formats": {
            "finds.position": "lat,lon",
            "finds.date": "%d/%m/%Y",
            "accidents.date": "%d.%m.%Y",
        },
        "filters": {"finds": "status=approved,done"},
        "categories": {"PMN-X": "AP"},
        "aliases": {"Akdam": "Aghdam"},
        "tolerance_m": 5,
        "matching": "greedy",
        "map_received": config.settings["map_received"],
    }
    assert config.settings["map_received"].isoformat() == "2021-06-12"
    assert Settings.from_mapping(config.settings).finds_crs == "32638"
    assert config.paths == {"supplied": ("a.csv", "b/*.csv"), "finds": ("finds.xlsx",)}
    assert config.layers == {"supplied": "Points", "finds": "Finds"}
    assert config.gates == (
        Gate("recall", ("*",), "error", 0.7, None, "upper", 20),
        Gate("f1", ("Alder", "Birk"), "warning", None, 0.05, "value", 30),
    )


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_lines_are_those_of_the_file(tmp_path: Path, end: str) -> None:
    config = read_config(written(tmp_path, EVERYTHING.replace("\n", end)))
    rows = EVERYTHING.splitlines()
    for name, start in {
        "inputs.supplied.path": "path = [",
        "inputs.finds.layer": 'sheet = "Finds"',
        "formats.finds.date": "date = {column",
        "columns.finds.date": "date = {column",
        "filters.finds": "filter",
        "tolerance_m": "tolerance_m",
        "categories.PMN-X": '"PMN-X"',
        "aliases.Akdam": "Akdam",
    }.items():
        assert rows[config.lines[name] - 1].startswith(start), name


def test_a_table_of_pyproject_is_read(tmp_path: Path) -> None:
    text = '[project]\nname = "x"\n[tool.mapaccuracy.inputs.finds]\nid = "No."\n'
    config = read_config(written(tmp_path, text, "pyproject.toml"))
    assert config.settings == {"columns": {"finds.id": "No."}}
    assert config.lines == {"columns.finds.id": 4}
    with pytest.raises(SettingsError, match=r"no table \[tool.mapaccuracy\]"):
        read_config(written(tmp_path, "[project]\n", "pyproject.toml"))


def test_paths_are_relative_to_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = tmp_path / "a[1]" / "work"
    inner.mkdir(parents=True)
    names = ["x.csv", "d/*.csv", "../y.csv", "https://host/FeatureServer/0", "-"]
    text = f"[inputs.finds]\npath = {json.dumps([*names, str(tmp_path / 'z.csv')])}\n"
    file = written(tmp_path / "a[1]", text)
    monkeypatch.chdir(inner)
    got = read_config(file).paths["finds"]
    assert got[0] == "../x.csv"
    assert got[2:5] == ("../../y.csv", "https://host/FeatureServer/0", "-")
    assert got[5] == str(tmp_path / "z.csv")
    monkeypatch.chdir(tmp_path)
    # The folder is no pattern, only what the file says is one.
    assert read_config(file).paths["finds"][:2] == ("a[1]/x.csv", "a[[]1]/d/*.csv")


# What it may not say


def test_every_fault_is_told_at_once_with_its_line_and_the_nearest_name(tmp_path: Path) -> None:
    told = faults(
        tmp_path,
        """schema = 2
[evalute]
[evaluate]
tolerence_m = 5
draws = 1
categories = {a = "AP"}
by = "distrikt"
[inputs.find]
id = "x"
[inputs.searched]
crs = "EPSG:4326"
layer = 3
[inputs.finds]
modle = "M"
where = "a=b"
sheet = "F"
layer = "F"
order = "north,east"
crs = "EPSG:4326"
id = {colum = "x"}
[inputs.supplied]
sheet = "S"
[inputs.supplied.v2024]
path = "a.csv"
[codes]
PMN = "ap"
[aliases]
Agdam = ""
[[gate]]
min = 0.7
[[gate]]
metric = "recal"
max_drop = 2
[[gate]]
metric = "f1"
min = 0.5
""",
    )
    expected = [
        (1, "schema is 2"),
        (2, "did you mean 'evaluate'?"),
        (4, "did you mean 'tolerance_m'?"),
        (5, "draws is 1; give a whole number, 19 or more"),
        (6, "categories stands under [codes]"),
        (7, "did you mean 'district'?"),
        (8, "no role 'find'; did you mean 'finds'?"),
        (11, "crs in [evaluate] speaks for every role"),
        (12, "layer in [inputs.searched] must be text"),
        (14, "did you mean 'model'?"),
        (15, "to use only some rows write filter"),
        (16, "layer and sheet in [inputs.finds] say the same"),
        (18, "order in [inputs.finds] must be one of lat,lon, lon,lat"),
        (20, "id in [inputs.finds] must be the header"),
        (22, "could be the sheet of a workbook or the column"),
        (23, "compared with mapaccuracy compare OLD NEW"),
        (26, "must be one of AP, AT, UXO, AXO, submunition, IED, other; did you mean 'AP'?"),
        (28, "'Agdam' in [aliases] must be text"),
        (29, "[[gate]] has no metric"),
        (32, "did you mean 'recall'?"),
        (33, "max_drop in [[gate]] must be a share above 0 and at most 1"),
        (34, 'write use = "value"'),
    ]
    for line, words in expected:
        start = f"mapaccuracy.toml, line {line}: "
        assert any(text.startswith(start) and words in text for text in told), (line, words, told)
    assert len(told) == len(expected)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "no such configuration file"),
        (b"[evaluate]\ntolerance_m = \n", "line 2"),
        (b"[evaluate]\n# \xff\n", "line 2 is not UTF-8"),
        (b"evaluate = 3\n", "must be a table"),
        (b"inputs.finds = 3\n", "inputs.finds must be a table"),
        (b"gate = 3\n", "written [[gate]]"),
        (b"x = " + b"[" * 100_000, "too deep"),
    ],
)
def test_what_cannot_be_read(tmp_path: Path, content: bytes | None, words: str) -> None:
    if content is not None:
        (tmp_path / "c.toml").write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        read_config(tmp_path / "c.toml")
    assert words in str(caught.value)


def test_what_is_said_twice_must_be_the_same(tmp_path: Path) -> None:
    same = '[evaluate]\nfinds_crs = "EPSG:4326"\n[inputs.finds]\ncrs = "EPSG:4326"\n'
    assert read_config(written(tmp_path, same)).settings == {"finds_crs": "EPSG:4326"}
    other = same.replace('crs = "EPSG:4326"\n[', 'crs = "EPSG:32638"\n[')
    assert faults(tmp_path, other) == [
        "mapaccuracy.toml, line 2: evaluate.finds_crs differs from what is said in line 4."
    ]


@given(
    st.recursive(
        st.sampled_from(["a", "b c", "d.e", "[f]", "g = 1", "ı", '"', "#"]),
        lambda inner: st.lists(inner, min_size=1, max_size=2),
        max_leaves=3,
    ),
    st.lists(st.sampled_from(["x", "y.z", "'u v'", '"w]x"', "t\t"]), max_size=4, unique=True),
)
def test_a_line_is_told_only_of_a_key_that_stands_there(value: object, names: list[str]) -> None:
    text = "".join(f"{name} = {json.dumps(value)}\n" for name in names)
    whole = f'top = """\nx = 1\n[y]\n"""\n[s]\n{text}'
    rows = whole.split("\n")
    for names_of, line in places_of(whole).items():
        assert names_of[-1].strip() in rows[line - 1]


# The reader and the JSON Schema are of one mind


def as_toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, dict):
        inner = ", ".join(f"{json.dumps(k)} = {as_toml(v)}" for k, v in value.items())
        return f"{{{inner}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(as_toml, value))}]"
    return json.dumps(value)


VALUES: tuple[object, ...] = (
    "",
    " ",
    "x",
    "AP",
    "a=b",
    "=b",
    "a=",
    "a = b,c",
    "lat,lon",
    "%d/%m/%Y",
    "2021-06-12",
    "2021-13-12",
    "EPSG:4326",
    "local",
    "recall",
    "error",
    "value",
    "map",
    "greedy",
    "type",
    -91,
    -1,
    0,
    1,
    19,
    100_001,
    0.0005,
    0.5,
    1.5,
    2_000_000.5,
    True,
    [],
    ["x"],
    ["x", 1],
    [1, 2, 5],
    [0.0001],
    {},
    {"column": "x"},
    {"format": "%Y"},
    {"column": "x", "format": "lon,lat"},
    {"column": "x", "formt": "y"},
    {"a": "b"},
)
# What JSON Schema cannot say: what a key is depends on others, or on the calendar.
BEYOND = {
    ("evaluate.columns", "{'a': 'b'}"),  # names of columns are checked one by one
    ("evaluate.columns", "{'column': 'x'}"),
    ("evaluate.columns", "{'format': '%Y'}"),
    ("evaluate.columns", "{'column': 'x', 'format': 'lon,lat'}"),
    ("evaluate.columns", "{'column': 'x', 'formt': 'y'}"),
    ("evaluate.map_received", "'2021-13-12'"),
    ("inputs.crs", "'local'"),  # local is for all roles or none
    ("evaluate.supplied_crs", "'local'"),
    ("evaluate.finds_crs", "'local'"),
}


def documents() -> list[tuple[str, dict[str, object]]]:
    tables = [(("inputs", role), key, key.name) for role in INPUT_ROLES for key in input_keys(role)]
    tables += [(("evaluate",), key, key.name) for key in EVALUATE]
    tables += [(("codes",), CODE, "PMN-X"), (("aliases",), ALIAS, "Akdam")]
    seen: set[str] = set()
    out: list[tuple[str, dict[str, object]]] = []
    for place, key, name in tables:
        kind = json.dumps(key.kind.schema) + str(place[0] if place[0] != "inputs" else "")
        if kind in seen and place[0] == "inputs":
            continue  # as another column
        seen.add(kind)
        for value in VALUES:
            content: dict[str, object] = {name: value}
            for part in reversed(place):
                content = {part: content}
            out.append((f"{place[0]}.{name} {value!r}", content))
    good = {"metric": "recall", "min": 0.5}
    for key in GATE:
        out += [
            (f"gate.{key.name} {value!r}", {"gate": [{**good, key.name: value}]})
            for value in VALUES
        ]
    return out


def test_reader_and_schema_agree(tmp_path: Path) -> None:
    schema = json.loads(PUBLISHED.read_text("utf-8"))
    assert schema == json_schema(), "run python docs/make.py"
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    file = tmp_path / "c.toml"
    taken = 0
    for label, content in documents():
        name, _, shown = label.partition(" ")
        file.write_text("\n".join(f"{k} = {as_toml(v)}" for k, v in content.items()), "utf-8")
        try:
            read_config(file)
        except SettingsError:
            read = False
        else:
            read = True
        if (name, shown) in BEYOND:
            assert not read, label
            continue
        assert validator.is_valid(content) is read, label
        taken += read
    assert taken > 200


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("", True),
        ("schema = 1", True),
        ("schema = 2", False),
        ("schema = true", False),
        ("shema = 1", False),
        ("[check]\n", True),
        ("[check]\nfail_on = 'maybe'", False),
        ("[check]\nselect = ['MA2']\n[check.severity]\nMA203 = 'info'", True),
        ("[check.params.MA302]\nmin_area_m2 = 5", True),
        ("[check.params.MA302]\nmin_area = 5", False),
        ("[[check.suppress]]\ncode = 'MA401'\nreason = 'x'", False),
        ("[[check.suppress]]\ncode = 'MA401'\nreason = 'x'\nuntil = '2027-01-31'", True),
        ("[inputs.tracks]\npath = 'x'", False),
        ("[inputs.finds]\nlayer = 'a'\nsheet = 'b'", False),
        ("[inputs.supplied]\nlayer = 'a'\nsheet = {column = 'b'}", True),
        ("[[gate]]\nmetric = 'recall'", False),
        ("[[gate]]\nmin = 0.5", False),
        ("[[gate]]\nmetric = 'f1'\nmin = 0.5", False),
        ("[[gate]]\nmetric = 'f1'\nmin = 0.5\nuse = 'lower'", False),
        ("[[gate]]\nmetric = 'f1'\nmin = 0.5\nuse = 'value'", True),
        ("[[gate]]\nmetric = 'precision'\nmax_drop = 0.1", True),
        ("[gate]\nmetric = 'precision'\nmax_drop = 0.1", False),
        (EVERYTHING, True),
    ],
)
def test_reader_and_schema_agree_on_what_keys_mean_together(
    tmp_path: Path, text: str, good: bool
) -> None:
    import tomllib

    content = tomllib.loads(text.replace("2021-06-12", '"2021-06-12"'))
    assert jsonschema.Draft202012Validator(json_schema()).is_valid(content) is good
    if good:
        read_config(written(tmp_path, text))
    else:
        assert faults(tmp_path, text)


def test_every_setting_has_its_place_in_the_file() -> None:
    from dataclasses import fields

    from mapaccuracy.schema.configuration import ELSEWHERE

    names = {key.name for key in EVALUATE}
    assert names | set(ELSEWHERE) == {entry.name for entry in fields(Settings)}
    assert not names & set(ELSEWHERE)


# Where it is found


def test_it_is_looked_for_up_to_the_root_of_the_git_working_tree(tmp_path: Path) -> None:
    inner = tmp_path / "project" / "area" / "task"
    inner.mkdir(parents=True)
    outer = written(tmp_path, "schema = 1\n")
    assert find_config(inner) is None, "outside of a git working tree nothing above counts"
    assert find_config(tmp_path) == outer
    (tmp_path / "project" / ".git").write_text("gitdir: elsewhere\n")
    assert find_config(inner) is None, "what lies above the root does not count"
    project = written(tmp_path / "project", "[tool.mapaccuracy]\nschema = 1\n", "pyproject.toml")
    assert find_config(inner) == project
    plain = written(tmp_path / "project", "schema = 1\n")
    assert find_config(inner) == plain
    near = written(inner, "schema = 1\n")
    assert find_config(inner) == near


def test_project_files_of_others_are_passed_over(tmp_path: Path) -> None:
    for text in ("[project]\n", '[project]\nname = "mapaccuracy"\n', "[project\n# mapaccuracy"):
        written(tmp_path, text, "pyproject.toml")
        assert find_config(tmp_path) is None, text
    written(tmp_path, "[tool.mapaccuracy\n", "pyproject.toml")
    with pytest.raises(SettingsError, match="not valid TOML"):
        find_config(tmp_path)


# What goes before what


CONFIG = """[inputs.supplied]
path = "supplied.csv"
[inputs.finds]
path = "finds.csv"
[inputs.searched]
path = "searched.geojson"
[inputs.districts]
path = "districts.geojson"
[evaluate]
draws = 19
tolerance_m = 5
"""
FLAGS = ("--searched", "searched.geojson", "--districts", "districts.geojson", "--draws", "19")


def collection(*areas: tuple[dict[str, str], tuple[float, float]]) -> str:
    features = []
    for properties, (west, east) in areas:
        ring = [[west, -30.1], [east, -30.1], [east, -29.9], [west, -29.9], [west, -30.1]]
        geometry = {"type": "Polygon", "coordinates": [ring]}
        features.append({"type": "Feature", "properties": properties, "geometry": geometry})
    return json.dumps({"type": "FeatureCollection", "features": features})


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with a small case and its configuration, which is the working folder."""
    for name in ("MAPACCURACY_CONFIG", "MAPACCURACY_EVALUATE_TOLERANCE_M"):
        monkeypatch.delenv(name, raising=False)
    place = tmp_path / "project"
    place.mkdir()
    monkeypatch.chdir(place)
    points = pd.DataFrame({"id": list("abcdef"), "lat": [-30.0] * 6, "note": "SYNTHETIC"})
    east = [-25.0 + 0.001 * number for number in range(6)]
    points.assign(lon=east).to_csv("supplied.csv", index=False)
    points.assign(lon=[lon + 0.00003 for lon in east]).to_csv("finds.csv", index=False)
    # The first four lie in ground that was searched, the others in cancelled land.
    areas = [("cleared", -25.0005, -24.9965), ("cancelled", -24.9965, -24.9900)]
    searched = [({"status": status}, (west, east)) for status, west, east in areas]
    written(place, collection(*searched), "searched.geojson")
    written(place, collection(({"district": "Alder"}, (-25.1, -24.9))), "districts.geojson")
    written(place, CONFIG)
    return place


def test_evaluate_takes_its_inputs_from_the_configuration(project, run, monkeypatch):
    by_file = run("evaluate", "--format", "json")
    assert by_file.code == 0
    assert by_file.err.startswith("Configuration: mapaccuracy.toml\n")
    by_options = run(
        *("evaluate", "supplied.csv", "finds.csv", *FLAGS, "--tolerance", 5),
        *("--no-config", "--format", "json"),
    )
    assert by_file.out == by_options.out
    assert "Configuration" not in by_options.err
    (project / ".git").mkdir()
    (project / "below").mkdir()
    monkeypatch.chdir(project / "below")
    from_below = run("evaluate", "--format", "json")
    assert from_below.out == by_file.out
    assert from_below.err.startswith("Configuration: ../mapaccuracy.toml\n")
    named = run("evaluate", "--config", "../mapaccuracy.toml", "--format", "json")
    assert named.out == by_file.out
    assert "Configuration" not in named.err


def test_diagnose_and_compare_take_theirs_too(project, run):
    assert run("diagnose", "--show-config").code == 0
    compared = run("compare", "supplied.csv", "supplied.csv", "--format", "json")
    assert compared.code == 0
    assert "path in [inputs.supplied] has no part in this command" in compared.err
    assert [s["role"] for s in compared.document["sources"]] == [
        *("old", "new", "finds", "searched", "districts"),
    ]
    assert compared.document["settings"]["draws"] == 19


def test_files_on_the_command_line_stand_in_place_of_those_of_the_role(project, run):
    shutil.copy("finds.csv", "other.csv")
    written(project, CONFIG + 'columns = {"finds.id" = "ID"}\n')
    document = run("evaluate", "supplied.csv", "other.csv", "--format", "json").document
    assert [source["name"] for source in document["sources"]] == [
        *("supplied.csv", "other.csv", "searched.geojson", "districts.geojson"),
    ]
    assert document["settings"]["columns"] == {"finds.id": "ID"}


def origins(run, *args):
    rows = json.loads(run("evaluate", "--show-config", "--format", "json", *args).out)
    return {row["name"]: (row["value"], row["origin"], row["where"]) for row in rows}


def test_defaults_configuration_environment_options(project, run, monkeypatch):
    (project / "mapaccuracy.toml").unlink()
    assert origins(run)["tolerance_m"] == (10.0, "default", None)
    written(project, CONFIG)
    told = ("mapaccuracy.toml, line 11",)
    assert origins(run)["tolerance_m"] == (5.0, "configuration", *told)
    monkeypatch.setenv("MAPACCURACY_EVALUATE_TOLERANCE_M", "7")
    name = "MAPACCURACY_EVALUATE_TOLERANCE_M"
    assert origins(run)["tolerance_m"] == (7.0, "environment", name)
    assert origins(run, "--tolerance", 8)["tolerance_m"] == (8.0, "option", "--tolerance")
    assert run("evaluate", "--format", "json").document["settings"]["tolerance_m"] == 7.0


def test_origins_of_inputs_and_of_what_is_said_name_by_name(project, run, monkeypatch):
    written(
        project,
        CONFIG + '[inputs.accidents]\nlayer = "A"\n[aliases]\nAkdam = "Aghdam"\n'
        '[[gate]]\nmetric = "recall"\nmin = 0.5\n',
    )
    monkeypatch.setenv("MAPACCURACY_EVALUATE_ACCIDENTS", "x.csv y.csv")
    got = origins(
        *(run, "--finds", "f.csv", "--columns", "finds.id=Nr", "--filter", "supplied.sheet=A,B"),
    )
    assert got["inputs.supplied.path"] == (
        *(["supplied.csv"], "configuration", "mapaccuracy.toml, line 2"),
    )
    assert got["inputs.finds.path"] == (["f.csv"], "option", "--finds")
    assert got["inputs.accidents.path"] == (
        *(["x.csv", "y.csv"], "environment", "MAPACCURACY_EVALUATE_ACCIDENTS"),
    )
    assert got["inputs.accidents.layer"] == ("A", "configuration", "mapaccuracy.toml, line 13")
    assert got["columns.finds.id"] == ("Nr", "option", "--columns")
    assert got["filters.supplied"] == ("sheet=A,B", "option", "--filter")
    assert got["aliases.Akdam"] == ("Aghdam", "configuration", "mapaccuracy.toml, line 15")
    assert got["categories"] == ({}, "default", None)
    assert got["gate 1"][0]["min_n"] == 20
    assert set(Settings().to_dict()) <= {name.partition(".")[0] for name in got}


def test_what_is_shown_is_a_line_for_each_value_and_needs_no_input(project, run):
    for file in project.glob("*.csv"):
        file.unlink()
    shown = run("evaluate", "--show-config")
    assert (shown.code, shown.err) == (0, "")
    rows = {line.split()[0]: line for line in shown.out.splitlines()}
    assert rows["tolerance_m"].split() == ["tolerance_m", "5", "mapaccuracy.toml,", "line", "11"]
    starts = {line.rindex("default") for line in shown.out.splitlines() if "default" in line}
    assert len(starts) == 1, "the origins stand below each other"
    assert run("evaluate", "--show-config", "--format", "csv").code == 2


def test_what_is_asked_with_is_not_shown(project, run):
    written(
        project,
        "[inputs.finds]\npath = ['https://me:s3cret@host/FeatureServer/0?token=s3cret&f=json', "
        "'postgresql://me:s3cret@host:5432/db?table=finds#s3cret']\n",
    )
    for form in ("table", "json"):
        shown = run("evaluate", "--show-config", "--format", form)
        assert shown.code == 0
        assert "s3cret" not in shown.out + shown.err
        assert "https://host/FeatureServer/0" in shown.out
        assert "postgresql://host:5432/db" in shown.out


def test_without_a_configuration_inputs_are_asked_for(project, run, monkeypatch):
    for args in (("--no-config",), ()):
        if not args:
            monkeypatch.setenv("MAPACCURACY_CONFIG", "")
        asked = run("evaluate", *args)
        assert (asked.code, asked.out) == (2, "")
        for role in ("supplied", "finds"):
            assert f"path under [inputs.{role}] in mapaccuracy.toml" in asked.err
        assert "mapaccuracy evaluate SUPPLIED FINDS" in asked.err
    only_map = run("evaluate", "supplied.csv")
    assert "inputs.finds" in only_map.err
    assert "inputs.supplied" not in only_map.err


def test_the_environment_may_name_a_configuration(project, run, monkeypatch):
    written(project, CONFIG.replace("tolerance_m = 5", "tolerance_m = 6"), "other.toml")
    monkeypatch.setenv("MAPACCURACY_CONFIG", "other.toml")
    told = run("evaluate", "--format", "json")
    assert told.document["settings"]["tolerance_m"] == 6
    assert told.err.startswith("Configuration: other.toml\n")
    assert run("evaluate", "--config", "no.toml").code == 2
    both = run("evaluate", "--config", "other.toml", "--no-config")
    assert (both.code, "use one of the two" in both.err) == (2, True)


def test_a_variable_that_means_nothing_is_an_error(project, run, monkeypatch):
    monkeypatch.setenv("MAPACCURACY_EVALUATE_TOLERANCE", "7")
    told = run("evaluate")
    assert told.code == 2
    assert "did you mean 'MAPACCURACY_EVALUATE_TOLERANCE_M'?" in told.err
    assert run("compare", "--show-config", "a", "b").code == 0, "it is none of this command"


def test_a_broken_configuration_that_was_found_stops_the_run(project, run):
    written(project, "[evaluate]\ntolerance = 5\n")
    told = run("evaluate", "supplied.csv", "finds.csv")
    assert (told.code, told.out) == (2, "")
    assert "line 2: there is no 'tolerance' in [evaluate]; did you mean" in told.err


def test_the_schema_is_printed(run):
    for name in ("config", "result", "compare", "diagnosis", "findings"):
        shown = run("schema", name)
        assert shown.code == 0
        jsonschema.Draft202012Validator.check_schema(shown.document)
    assert run("schema", "config").document == json_schema()


# Filters


def rows(n: int, **columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "id": [f"F{number}" for number in range(n)],
            "x": [100.0 * number for number in range(n)],
            "y": [0.0] * n,
            **columns,
        }
    )


CLAIMED = rows(4).assign(id=["S0", "S1", "S2", "S3"])
LOCAL = {"crs": "local", "assume_searched": True}


def test_a_filter_is_as_if_the_rows_were_not_there_and_accounts_for_them() -> None:
    found = rows(4, state=["Approved", "draft", "APPROVED ", ""])
    filtered = mapaccuracy.evaluate(
        CLAIMED, found, settings=Settings(**LOCAL, filters={"finds": "state=approved"})
    )
    kept = mapaccuracy.evaluate(
        CLAIMED, found.iloc[[0, 2]].reset_index(drop=True), settings=Settings(**LOCAL)
    )
    assert filtered.overall == kept.overall
    source = filtered.to_dict()["sources"][1]
    assert (source["rows_read"], source["rows_used"], source["rows_dropped"]) == (4, 2, 2)
    assert source["dropped"] == {"filter": 2}
    told = {problem.code: problem.message() for problem in filtered.problems}
    assert told["MA010"] == "Rows read: 4; used: 2; dropped: 2 (filter: 2)."
    assert told["MA126"] == (
        "Rows of finds left out because they do not fit the filter state=approved: 2."
    )
    assert any(note.code == "MA126" for note in filtered.notes)
    assert "MA126" not in {problem.code for problem in kept.problems}


def test_rows_that_a_filter_leaves_out_need_not_be_usable() -> None:
    found = rows(3, state=["ok", "draft", "ok"])
    found["x"] = ["0", "nowhere", "200"]
    settings = Settings(**LOCAL, filters={"finds": "state=ok,final"})
    assert mapaccuracy.evaluate(CLAIMED, found, settings=settings).overall.finds == 2
    twins = found.assign(id=["F0", "F0", "F2"])
    assert mapaccuracy.evaluate(CLAIMED, twins, settings=settings).overall.finds == 2


def test_a_filter_may_name_a_column_as_we_do(tmp_path, run, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    CLAIMED.to_csv("s.csv", index=False)
    found = rows(4, workflow_status=["ok", "no", "ok", "ok"], other=["a", "a", "b", "b"])
    found.to_csv("f.csv", index=False)
    base = ("evaluate", "s.csv", "f.csv", "--crs", "local", "--assume-searched", "--format", "json")
    assert run(*base).document["overall"]["finds"] == 4
    # A file of points is read without the columns that nobody needs; a filter needs its own.
    wanted = {"other=b": 2, "OTHER=A": 2, "workflow_status=ok": 3, "status=ok": 3}
    for where, n in wanted.items():
        document = run(*base, "--filter", f"finds.{where}").document
        assert document["overall"]["finds"] == n, where


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--filter", "finds.stat=ok"), "filter of finds names 'stat'"),
        (("--filter", "finds.state=maybe"), "no row of f.csv has state = maybe"),
        (("--filter", "finds.state"), "is not ROLE.COLUMN=VALUE"),
        (("--filter", "find.state=ok"), "there is no role 'find'"),
        (("--filter", "finds.state=ok", "--filter", "finds.id=F1"), "two filters for finds"),
    ],
)
def test_filters_that_cannot_be_used(tmp_path, run, monkeypatch, args, said) -> None:
    monkeypatch.chdir(tmp_path)
    CLAIMED.to_csv("s.csv", index=False)
    rows(2, state=["ok", "no"]).to_csv("f.csv", index=False)
    told = run("evaluate", "s.csv", "f.csv", "--crs", "local", "--assume-searched", *args)
    assert told.code == 2
    assert said in told.err
    assert "did you mean 'state'?" in told.err or "'stat'" not in told.err


def test_a_file_of_several_may_have_no_row_that_fits(tmp_path, run, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    CLAIMED.to_csv("s.csv", index=False)
    rows(2, state=["no", "no"]).to_csv("a.csv", index=False)
    rows(2, state=["ok", "no"]).assign(id=["G0", "G1"]).to_csv("b.csv", index=False)
    told = run(
        *("evaluate", "s.csv", "a.csv", "--finds", "b.csv", "--crs", "local"),
        *("--assume-searched", "--filter", "finds.state=ok", "--format", "json"),
    )
    assert told.code == 0
    finds = [source for source in told.document["sources"] if source["role"] == "finds"]
    assert [(s["name"], s["rows_read"], s["rows_used"], s["dropped"]) for s in finds] == [
        ("a.csv", 2, 0, {"filter": 2}),
        ("b.csv", 2, 1, {"filter": 1}),
    ]


def test_a_filter_of_polygons_leaves_out_what_where_would_keep(project, run):
    searched = json.loads((project / "searched.geojson").read_text("utf-8"))
    states = [feature["properties"]["status"] for feature in searched["features"]]
    chosen = run("evaluate", "--filter", "searched.status=cleared", "--format", "json")
    document = chosen.document
    (source,) = (s for s in document["sources"] if s["role"] == "searched")
    lost = sum(state != "cleared" for state in states)
    assert lost > 0
    assert (source["rows_read"], source["dropped"]) == (len(states), {"filter": lost})
    whole = run("evaluate", "--format", "json").document["overall"]
    assert whole["released_without_search"] > 0
    assert document["overall"]["released_without_search"] == 0
    assert document["overall"]["confirmed"] == whole["confirmed"]


# Codes


def test_own_words_decide_the_category_first() -> None:
    found = rows(
        6,
        type=["M-7 (local)", "m7 LOCAL", "TM-62", "widget", "mine", ""],
        model=["", "", "", "", "Type 9-B", "Type 90"],
    )
    codes = {"M-7 (local)": "AP", "TM-62": "UXO", "widget": "other", "type 9*": "AT"}
    result = mapaccuracy.evaluate(CLAIMED, found, settings=Settings(**LOCAL, categories=codes))
    assert result.overall.finds_by_category == {"AP": 2, "AT": 2, "UXO": 1, "other": 1}
    told = {problem.code: problem.message() for problem in result.problems}
    assert told["MA125"] == "Rows of finds whose category comes from your own list of codes: 6."
    assert "MA514" not in told, "what they say to be other is known"
    plain = mapaccuracy.evaluate(CLAIMED, found, settings=Settings(**LOCAL))
    assert plain.overall.finds_by_category["AT"] == 1
    assert not {"MA125"} & {problem.code for problem in plain.problems}


def test_words_without_a_star_go_first_then_long_ones() -> None:
    from mapaccuracy.schema.vocabulary import Codes

    codes = Codes({"A*": "AP", "A B*": "AT", "a b c": "UXO", "*z": "IED"})
    told = [codes.category_of(text) for text in ("a", "a b", "A-B C", "a b c d", "xyz", "zx")]
    assert told == ["AP", "AT", "UXO", "AT", "IED", ""]


def test_codes_that_would_fit_anything_are_refused(tmp_path: Path) -> None:
    (told,) = faults(tmp_path, '[codes]\n"*" = "AP"\n')
    assert "no letter or digit" in told


# Models by general knowledge of the field; Soviet and Russian, Yugoslav, Italian,
# Chinese, of the USA, and some of the former GDR and Czechoslovakia.
MODELS = {
    "AP": """
        PMN; PMN-2; PMN 2; PMN2; pmn-2; PMN-3; PMN-4; PMD-6; PMD-6M; PMD-7ts; PMD-57; PMK-40; PFM-1
        PFM-1S; POM-1S; POM-2; POM-2R; POM-3; POMZ-2; POMZ-2M; OZM-3; OZM-4; OZM-72; OZM-160; MON-50
        MON-90; MON-100; MON-200; ПМН; ПМН-2; ПМН-4; мина ПМН-2; ПМД-6М; ПФМ-1С; ПОМ-2; ПОМ-3
        ПОМЗ-2М; ОЗМ-72; МОН-50; МОН-90; МОН-100; МОН-200; PMA-1; PMA-1A; PMA-2; PMA-3; PMR-2A
        PMR-3; PROM-1; MRUD; ПМА-2; ПРОМ-1; МРУД; TS-50; VS-50; VS-MK2; SB-33; VAR-40; V-69
        Valmara 69; Type 72A; Type-72B; Type 69 mine; Type 66 mine; M14 mine; M16A1 mine; mine M16
        M18A1 Claymore; BLU-92/B; PPM-2; PP-Mi-Sr; GYATA-64
    """,
    "AT": """
        TM-35; TM-41; TM-44; TM-46; TMN-46; TM-56; TM-57; TM-62; TM-62M; TM 62M; TM62; TM-62P3
        TM-72; TM-83; TM-89; TMD-B; TMD-44; TMB-2; TMK-2; YaM-5; PTM-1; PTM-1S; PTM-3; PTM-4
        PTKM-1R; ТМ-46; ТМН-46; ТМ-57; ТМ-62М; ТМ-62П3; ТМ-72; ТМ-83; ТМ-89; ТМК-2; ПТМ-1; ПТМ-3
        ПТКМ-1Р; ЯМ-5; TMA-1A; TMA-2; TMA-3; TMA-4; TMA-5A; TMM-1; TMRP-6; ТМА-4; ТММ-1; ТМРП-6
        VS-1.6; VS-2.2; VS-3.6; TC-2.4; TC-3.6; TC/6; TC-6; TCE-6; SH-55; SB-81; MATS/2
        Type 72 AT; M15 mine; mine M19; M21 mine; M6A2 mine; BLU-91/B; PT-Mi-Ba
    """,
    "UXO": "PG-7V; OG-7V; RPG-18; RGD-5; VOG-17M; VOG-25; РГД-5; ВОГ-17",
    "submunition": "AO-2.5RT; 9N210; 9N235; ShOAB-0.5; PTAB-2.5; BLU-97; DPICM; ПТАБ-2,5",
    # Signals, booby traps and weapons of the same name are none of these.
    "other": "PMRS-1; MS-3; МС-3; ML-8; M16; M14; T-72; T-62; Type 59; Type 72",
}


@pytest.mark.parametrize("category", MODELS)
def test_models_known_in_the_region(category: str) -> None:
    from mapaccuracy.schema.vocabulary import category_of

    names = [name.strip() for line in MODELS[category].splitlines() for name in line.split(";")]
    told = {name: category_of(name) for name in names if name}
    assert told == dict.fromkeys(told, category)


# Spellings of districts


def by_name(claimed: list[str], found: list[str], **settings: object) -> mapaccuracy.Evaluation:
    one = rows(len(claimed), district=claimed).assign(id=[f"S{n}" for n in range(len(claimed))])
    return mapaccuracy.evaluate(
        one, rows(len(found), district=found), settings=Settings(**LOCAL, **settings)
    )


def groups(result: mapaccuracy.Evaluation) -> dict[str, tuple[int, int]]:
    return {group.group: (group.supplied, group.finds) for group in result.districts}


def test_spellings_of_one_district_are_one_group_and_counted() -> None:
    result = by_name(["Aghdam", "Ağdam", "Zangilan"], ["Агдам", "AGHDAM", "Zəngilan", "Alder"])
    assert groups(result) == {"Aghdam": (2, 2), "Alder": (0, 1), "Zangilan": (1, 1)}
    told = {p.source: p.message() for p in result.problems if p.code == "MA127"}
    assert told == {
        "supplied": "Rows of supplied that name a district in another spelling: 1; Ağdam as "
        "Aghdam.",
        "finds": "Rows of finds that name a district in another spelling: 2; Zəngilan as Zangilan, "
        "Агдам as Aghdam.",
    }
    assert sum(note.code == "MA127" for note in result.notes) == 2


def test_a_single_spelling_stays_as_it_is_written() -> None:
    result = by_name(["Ağdam", "AĞDAM"], ["Ağdam", "agdam"])
    assert groups(result) == {"AĞDAM": (2, 2)}
    assert "MA127" not in {problem.code for problem in result.problems}


def test_dotted_and_dotless_i_never_make_two_districts() -> None:
    assert groups(by_name(["QUBADLI", "Qubadlı"], ["qubadli", "QUBADLİ"])) == {"QUBADLI": (2, 2)}
    # What differs in more than its i stays apart.
    assert len(groups(by_name(["Alır", "Alr"], ["Alir", "Aler"]))) == 3


def test_own_spellings_go_before_the_list() -> None:
    named = by_name(["Akdam", "Nord"], ["Aghdam", "North"], aliases={"Nord": "North"})
    assert groups(named) == {"Aghdam": (0, 1), "Akdam": (1, 0), "North": (1, 1)}
    joined = by_name(["Akdam"], ["Агдам"], aliases={"AKDAM": "Ağdam"})
    assert groups(joined) == {"Ağdam": (1, 1)}
    apart = by_name(["Agdam"], ["Aghdam"], aliases={"Agdam": "Agdam"})
    assert groups(apart) == {"Agdam": (1, 0), "Aghdam": (0, 1)}


def test_no_spelling_is_of_two_districts_and_two_names_of_a_place_are_never_joined() -> None:
    from mapaccuracy.schema import normalise
    from mapaccuracy.schema.spellings import DISTRICT_SPELLINGS, Spellings

    plain = [
        (normalise(spelling), name)
        for name, others in DISTRICT_SPELLINGS.items()
        for spelling in (name, *others)
    ]
    assert len(dict(plain)) == len(set(plain))
    key = Spellings({}).key
    assert key("Aghdara") != key("Tartar")
    assert key("Aghdam") != key("Aghdara")
    # The spellings of domain usage; each is of the district beside it.
    for name, spelling in (
        ("Aghdam", "Agdam"),
        ("Fuzuli", "Fizuli"),
        ("Fuzuli", "Füzuli"),
        ("Zangilan", "Zengilan"),
        ("Gazakh", "Qazax"),
        ("Gazakh", "Kazakh"),
        ("Gubadli", "Gubadly"),
        ("Gubadli", "Qubadlı"),
        ("Kalbajar", "Kelbajar"),
        ("Tartar", "Terter"),
        ("Tartar", "Tərtər"),
        ("Jabrayil", "Cəbrayıl"),
    ):
        assert key(name) == key(spelling), spelling


def test_a_blank_names_no_district() -> None:
    result = by_name(["", "Aghdam"], ["Agdam", " "])
    assert groups(result) == {"Aghdam": (1, 1), "district not stated": (1, 1)}


def square(name: str, west: float) -> dict[str, object]:
    ring = [[west, -50], [west + 200, -50], [west + 200, 50], [west, 50], [west, -50]]
    return {"district": name, "ring": ring}


def test_with_polygons_spellings_only_say_which_rows_name_another_district() -> None:
    import geopandas
    import shapely

    areas = [square("Aghdam", -50), square("Alder", 150)]
    layer = geopandas.GeoDataFrame(
        {"district": [area["district"] for area in areas]},
        geometry=[shapely.Polygon(area["ring"]) for area in areas],
    )
    found = rows(4, district=["Агдам", "Alder", "Agdam", "Akdam"])

    def named(**settings: object) -> str:
        result = mapaccuracy.evaluate(
            CLAIMED, found, districts=layer, settings=Settings(**LOCAL, **settings)
        )
        assert {group.group for group in result.districts} == {"Aghdam", "Alder"}
        (told,) = (p.message() for p in result.problems if p.code == "MA502")
        return told

    # Items 0 and 1 lie in Aghdam, the others in Alder.
    assert named().startswith(
        "Rows of finds that name another district than the one they lie in: 3"
    )
    assert ": 2;" in named(aliases={"Akdam": "Alder"})


def test_a_comparison_knows_spellings_too() -> None:
    old = rows(2, district=["Aghdam", "Alder"]).assign(id=["S0", "S1"])
    new = rows(2, district=["Ağdam", "Alder"]).assign(id=["S0", "S1"])
    changed = mapaccuracy.compare.compare(
        old, new, rows(2, district=["Агдам", "Alder"]), settings=Settings(**LOCAL)
    )
    assert [entry.group for entry in changed.districts] == ["Aghdam", "Alder"]


@pytest.mark.parametrize(
    ("aliases", "said"),
    [
        ({"A": "B", "B": "C"}, "'A' is 'B', which is itself 'C'"),
        ({"A": "B", "B": "A"}, "give the last name"),
        ({"Ağ": "B", "AG": "C"}, "is given two names"),
    ],
)
def test_spellings_that_contradict_each_other(aliases: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings(aliases=aliases)
    assert said in str(caught.value)
    assert Settings(aliases={"A": "A", "B": "A"}).aliases == {"A": "A", "B": "A"}


def test_numbers_are_finite_everywhere() -> None:
    for key in (*EVALUATE, *GATE):
        for value in (math.nan, math.inf, -math.inf):
            assert not key.kind.fits(value), key.name
