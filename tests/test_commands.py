"""The command contract: exit codes, streams, files, and what is never said."""

import csv
import io
import json
import os
import random
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

SUPPLIED = """id,lat,lon,record_id,note
SYN-S-001,-30.1234567,-25.7654321,R1,SYNTHETIC
SYN-S-002,-30.1244567,-25.7654321,R1,SYNTHETIC
SYN-S-003,-30.1254567,-25.7654321,R2,SYNTHETIC
"""
FINDS = """id,lat,lon,type,note
SYN-F-001,-30.1234667,-25.7654321,AP,SYNTHETIC
SYN-F-002,-30.1264567,-25.7654321,AT,SYNTHETIC
"""
# Parts of the positions above; none may appear unless it was asked for.
POSITIONS = ("30.12", "25.76", "1234567", "7654321")


def polygon(west=-25.8, south=-30.2, east=-25.7, north=-30.1, **properties):
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {
        "type": "Feature",
        "properties": {"note": "SYNTHETIC", **properties},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def collection(*features):
    return json.dumps({"type": "FeatureCollection", "features": list(features)})


def flat(text):
    """Undo the wrapping of lines."""
    return " ".join(text.split())


@pytest.fixture
def case(tmp_path, monkeypatch):
    """Make a folder with a small good case and stand in it."""
    monkeypatch.chdir(tmp_path)
    Path("s.csv").write_text(SUPPLIED, "utf-8")
    Path("f.csv").write_text(FINDS, "utf-8")
    Path("searched.geojson").write_text(collection(polygon(status="cleared")), "utf-8")
    Path("districts.geojson").write_text(collection(polygon(district="Alder", code="A1")), "utf-8")
    return tmp_path


GOOD = ("evaluate", "s.csv", "f.csv", "--searched", "searched.geojson")
ALL = (*GOOD, "--districts", "districts.geojson")


def test_evaluate_prints_the_table(case, run):
    done = run(*ALL)
    assert done.code == 0
    assert "Alder" in done.out
    assert "1 of these 3 (33.3 %)" in flat(done.out)
    assert max(map(len, done.out.splitlines())) <= 100


def test_result_document_and_streams(case, run, result_schema):
    done = run(*ALL, "--format", "json")
    result_schema.validate(done.document)
    assert done.document["overall"]["confirmed"] == 1
    assert [source["name"] for source in done.document["sources"]] == [
        "s.csv",
        "f.csv",
        "searched.geojson",
        "districts.geojson",
    ]
    assert all(len(source["sha256"]) == 64 for source in done.document["sources"])
    assert "MA201" in done.err


def test_csv_has_a_row_a_group(case, run):
    rows = list(csv.DictReader(io.StringIO(run(*ALL, "--format", "csv").out)))
    assert [row["group"] for row in rows] == ["overall", "Alder"]
    assert rows[0]["precision_value"] == repr(1 / 3)
    assert rows[0]["precision_low"] == ""


def test_out_holds_the_contract_and_no_more(case, run):
    assert run(*ALL, "--out", "result").code == 0
    assert sorted(path.name for path in Path("result").iterdir()) == [
        "ladder.csv",
        "metrics.csv",
        "result.json",
        "type_ratios.csv",
        "types.csv",
    ]
    printed = run(*ALL, "--format", "json").out
    assert Path("result/result.json").read_text("utf-8") == printed
    assert sorted(path.name for path in case.iterdir()) == [
        "districts.geojson",
        "f.csv",
        "result",
        "s.csv",
        "searched.geojson",
    ]


def test_pairs_only_on_request_and_only_for_the_owner(case, run):
    assert run(*ALL, "--out", "result", "--with-locations").code == 0
    folder = Path("result/restricted")
    text = (folder / "pairs.csv").read_text("utf-8").splitlines()
    assert text[0] == "supplied_id,find_id,distance_m"
    supplied, find, distance = text[1].split(",")
    assert (supplied, find) == ("SYN-S-001", "SYN-F-001")
    # 1e-5 degrees of latitude at 30 degrees south are 1.1086 m.
    assert float(distance) == pytest.approx(1.1086, abs=1e-4)
    if os.name == "posix":
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE((folder / "pairs.csv").stat().st_mode) == 0o600
        assert stat.S_IMODE(Path("result/result.json").stat().st_mode) & 0o044


def test_records_ask_for_locations(case, run):
    refused = run(*ALL, "--by", "record")
    assert refused.code == 2
    assert "--with-locations" in refused.err
    done = run(*ALL, "--by", "record", "--with-locations", "--out", "result")
    assert "R2" in done.out
    assert "R2" in Path("result/restricted/records.csv").read_text("utf-8")
    assert "R2" not in Path("result/result.json").read_text("utf-8")


def test_several_files_for_one_role(case, run):
    Path("s2.csv").write_text(SUPPLIED.replace("SYN-S", "SYN-T"), "utf-8")
    done = run(*GOOD, "--supplied", "s2.csv", "--format", "json")
    assert done.document["overall"]["supplied"] == 6
    Path("s2.csv").write_text(SUPPLIED, "utf-8")
    again = run(*GOOD, "--supplied", "s2.csv")
    assert again.code == 3
    assert again.err.count("MA401") == 3


def test_options_win_over_environment_and_configuration(case, run, monkeypatch):
    Path("m.toml").write_text(
        '[evaluate]\ntolerance_m = 0.5\nscope = "all"\n[inputs.supplied]\nid = "id"\n', "utf-8"
    )
    configured = run(*GOOD, "--config", "m.toml", "--format", "json").document["settings"]
    assert (configured["tolerance_m"], configured["scope"]) == (0.5, "all")
    monkeypatch.setenv("MAPACCURACY_EVALUATE_TOLERANCE_M", "2")
    told = run(*GOOD, "--config", "m.toml", "--format", "json").document["settings"]
    assert (told["tolerance_m"], told["scope"]) == (2.0, "all")
    given = run(*GOOD, "--config", "m.toml", "--tolerance", "3", "--format", "json").document
    assert given["settings"]["tolerance_m"] == 3.0


def write(name, text):
    Path(name).write_text(text, "utf-8")


BOW_TIE = {
    "type": "Feature",
    "properties": {"district": "Alder"},
    "geometry": {
        "type": "Polygon",
        "coordinates": [
            [[-25.8, -30.2], [-25.7, -30.1], [-25.7, -30.2], [-25.8, -30.1], [-25.8, -30.2]]
        ],
    },
}
POINT = {
    "type": "Feature",
    "properties": {"district": "Alder"},
    "geometry": {"type": "Point", "coordinates": [-25.76, -30.12]},
}

# what is wrong: (how it comes about, arguments, exit code, what the message must say)
FAULTS = {
    "missing file": (None, ("evaluate", "no.csv", "f.csv"), 3, "MA001"),
    "folder for a file": (None, ("evaluate", ".", "f.csv"), 3, "MA001"),
    "binary file": (lambda: Path("s.csv").write_bytes(bytes(range(256)) * 9), GOOD, 3, "MA001"),
    "unknown ending": (lambda: write("s.doc", "x"), ("evaluate", "s.doc", "f.csv"), 3, "MA001"),
    "not UTF-8": (
        lambda: Path("s.csv").write_bytes(SUPPLIED.encode() + b"S-\xe9,1,1,R,x\n"),
        GOOD,
        3,
        "UTF-8",
    ),
    "empty file": (lambda: write("s.csv", ""), GOOD, 3, "MA004"),
    "header only": (lambda: write("s.csv", "id,lat,lon\n"), GOOD, 3, "MA004"),
    "missing id column": (
        lambda: write("s.csv", SUPPLIED.replace("id,lat", "who,lat", 1).replace("record_id", "x")),
        GOOD,
        3,
        "MA101",
    ),
    "missing position column": (
        lambda: write("s.csv", SUPPLIED.replace("lat,lon", "a,b")),
        GOOD,
        3,
        "MA101",
    ),
    "missing id": (lambda: write("s.csv", SUPPLIED.replace("SYN-S-002", "")), GOOD, 3, "MA102"),
    "text in a coordinate": (
        lambda: write("s.csv", SUPPLIED.replace("-30.1244567", "30.1244567 S")),
        GOOD,
        3,
        "MA221",
    ),
    "latitude 95": (
        lambda: write("s.csv", SUPPLIED.replace("-30.1244567", "95")),
        GOOD,
        3,
        "MA208",
    ),
    "NaN": (lambda: write("s.csv", SUPPLIED.replace("-30.1244567", "nan")), GOOD, 3, "MA307"),
    "infinity": (lambda: write("s.csv", SUPPLIED.replace("-30.1244567", "inf")), GOOD, 3, "MA307"),
    "empty coordinate": (
        lambda: write("s.csv", SUPPLIED.replace("-30.1244567", "")),
        GOOD,
        3,
        "MA307",
    ),
    "x/y without a system": (
        lambda: write("s.csv", SUPPLIED.replace("lat,lon", "x,y")),
        GOOD,
        2,
        "--supplied-crs",
    ),
    "a system that does not exist": (None, (*GOOD, "--crs", "EPSG:999999"), 2, "999999"),
    "contradicting systems": (
        None,
        (*GOOD, "--crs", "local", "--finds-crs", "EPSG:4326"),
        2,
        "local",
    ),
    "duplicate ids": (
        lambda: write("s.csv", SUPPLIED.replace("SYN-S-002", "SYN-S-001")),
        GOOD,
        3,
        "MA401",
    ),
    "duplicate ids even if faulty rows are dropped": (
        lambda: write("s.csv", SUPPLIED.replace("SYN-S-002", "SYN-S-001")),
        (*GOOD, "--drop-faulty"),
        3,
        "MA401",
    ),
    "polygons where points belong": (None, ("evaluate", "s.csv", "searched.geojson"), 3, "MA304"),
    "outlines without ids": (None, ("evaluate", "searched.geojson", "f.csv"), 3, "areas.id="),
    "points where polygons belong": (
        lambda: write("searched.geojson", collection(POINT)),
        GOOD,
        3,
        "MA304",
    ),
    "invalid district polygon": (
        lambda: write("districts.geojson", collection(BOW_TIE)),
        ALL,
        3,
        "MA301",
    ),
    "unknown status of land": (
        lambda: write("searched.geojson", collection(polygon(status="visited"))),
        GOOD,
        3,
        "--searched-where",
    ),
    "tolerance 0": (None, (*GOOD, "--tolerance", "0"), 2, "tolerance_m"),
    "tolerance negative": (None, (*GOOD, "--tolerance", "-5"), 2, "tolerance_m"),
    "tolerance nan": (None, (*GOOD, "--tolerance", "nan"), 2, "tolerance_m"),
    "tolerance is text": (None, (*GOOD, "--tolerance", "ten"), 2, "--tolerance"),
    "unknown option": (None, (*GOOD, "--tolerence", "5"), 2, "--tolerence"),
    "unknown option value": (None, (*GOOD, "--matching", "best"), 2, "--matching"),
    "unknown command": (None, ("evaluat",), 2, "evaluat"),
    "no arguments": (None, ("evaluate",), 2, "SUPPLIED"),
    "bad column option": (None, (*GOOD, "--columns", "supplied.id"), 2, "ROLE.NAME=HEADER"),
    "unknown column of a role": (None, (*GOOD, "--columns", "supplied.idd=id"), 2, "supplied.id"),
    "column that the file lacks": (None, (*GOOD, "--columns", "supplied.id=Nr"), 3, "MA101"),
    "searched and assumed": (None, (*GOOD, "--assume-searched"), 2, "one of the two"),
    "reason for no search": (
        None,
        ("evaluate", "s.csv", "f.csv", "--search-reason", "map"),
        2,
        "given",
    ),
    "unknown reason for search": (None, (*GOOD, "--search-reason", "maps"), 2, "systematic"),
    "missing configuration": (None, (*GOOD, "--config", "no.toml"), 2, "no.toml"),
    "broken configuration": (
        lambda: write("m.toml", "[evaluate\n"),
        (*GOOD, "--config", "m.toml"),
        2,
        "m.toml",
    ),
    "unknown setting": (
        lambda: write("m.toml", "[evaluate]\ntolerence_m = 5\n"),
        (*GOOD, "--config", "m.toml"),
        2,
        "tolerance_m",
    ),
    "output is a file": (None, (*GOOD, "--out", "s.csv"), 2, "--out"),
    "output under a file": (None, (*GOOD, "--out", "s.csv/result"), 2, "--out"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_one_clear_message(case, run, name):
    prepare, args, code, said = FAULTS[name]
    if prepare is not None:
        prepare()
    before = sorted(path.name for path in case.rglob("*"))
    out = () if "--out" in args else ("--out", "result")
    done = run(*args, *(out if args[0] == "evaluate" and len(args) > 1 else ()))
    assert done.code == code
    assert said in done.err
    assert done.out == ""
    assert "Traceback" not in done.err
    assert not any(part in done.err for part in POSITIONS)
    assert sorted(path.name for path in case.rglob("*")) == before


def test_positions_stand_in_messages_on_request(case, run):
    write("s.csv", SUPPLIED.replace("-30.1244567", "30.1244567 S"))
    assert "[withheld]" in run(*GOOD).err
    assert "30.1244567 S" in run(*GOOD, "--with-locations").err


def test_every_problem_of_every_file_at_once(case, run):
    write("s.csv", SUPPLIED.replace("-30.1244567", "x").replace("SYN-S-003", ""))
    write("f.csv", FINDS.replace("-30.1264567", "95"))
    err = run(*GOOD).err
    assert [code in err for code in ("MA103", "MA102", "MA208")] == [True] * 3
    assert "3 problems" in err


def test_overlapping_districts_are_a_warning(case, run):
    write(
        "districts.geojson",
        collection(
            polygon(district="Alder", code="A1"), polygon(district="Birk", code="A2", west=-25.9)
        ),
    )
    done = run(*ALL, "--format", "json")
    assert done.code == 0
    assert "MA504 warning" in done.err
    assert [group["group"] for group in done.document["districts"]] == ["Alder"]


def test_web_mercator_is_reprojected_and_said(case, run):
    # 1e-5 degrees of latitude are 1.28 m of Web Mercator here, but 1.11 m on the ground.
    from pyproj import Transformer

    change = Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True)
    for name, text in (("s.csv", SUPPLIED), ("f.csv", FINDS)):
        header, *rows = csv.reader(io.StringIO(text))
        for row in rows:
            row[1], row[2] = reversed(
                [repr(v) for v in change.transform(float(row[2]), float(row[1]))]
            )
        write(name, "\n".join(",".join(row) for row in [["id", "y", "x", *header[3:]], *rows]))
    done = run(*GOOD, "--crs", "EPSG:3857", "--format", "json", "--tolerance", "1.2")
    assert done.code == 0
    assert done.document["overall"]["confirmed"] == 1
    assert "EPSG:3857" in done.document["sources"][0]["crs"]
    assert any("EPSG:3857" in note["message"] for note in done.document["notes"])


# Root may write anywhere, unless it gives these rights away.
NO_OVERRIDE = ["setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner"]
IS_ROOT = os.name == "posix" and os.geteuid() == 0


@pytest.mark.skipif(os.name != "posix", reason="rights of POSIX")
@pytest.mark.skipif(IS_ROOT and not shutil.which("setpriv"), reason="root, without setpriv")
@pytest.mark.parametrize("out", ["locked", "locked/result"])
def test_read_only_folder(case, out):
    Path("locked").mkdir(mode=0o500)
    command = [sys.executable, "-m", "mapaccuracy", *GOOD, "--out", out]
    done = subprocess.run(
        [*(NO_OVERRIDE if IS_ROOT else []), *command], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "permission denied" in done.stderr
    assert "--out" in done.stderr
    assert list(Path("locked").iterdir()) == []


def test_a_failed_run_leaves_an_earlier_result_alone(case, run):
    assert run(*ALL, "--out", "result").code == 0
    before = Path("result/result.json").read_bytes()
    write("s.csv", "id,lat,lon\n")
    assert run(*ALL, "--out", "result").code == 3
    assert Path("result/result.json").read_bytes() == before
    write("s.csv", SUPPLIED)
    assert run(*ALL, "--out", "result", "--tolerance", "0.5").code == 0
    assert Path("result/result.json").read_bytes() != before


def test_restricted_rows_go_with_their_result(case, run):
    assert run(*ALL, "--out", "result", "--with-locations").code == 0
    assert run(*ALL, "--out", "result", "--tolerance", "0.5").code == 0
    assert not Path("result/restricted").exists()


def test_all_files_are_put_in_place_or_none(case, run):
    Path("result/result.json").mkdir(parents=True)
    write("result/metrics.csv", "old")
    done = run(*ALL, "--out", "result")
    assert (done.code, done.out) == (2, "")
    assert "result.json" in done.err
    assert Path("result/metrics.csv").read_text("utf-8") == "old"


def test_folders_of_a_failed_run_are_not_left(case, run):
    assert run("evaluate", "no.csv", "f.csv", "--out", "m1/m2/m3").code == 3
    assert not Path("m1").exists()
    assert run(*ALL, "--out", "m1/m2/m3").code == 0
    assert Path("m1/m2/m3/result.json").exists()


def test_many_problems_of_one_kind_are_told_by_their_rows(case, run):
    rows = [f"SYN-S-{i:05d},x,-25.7654321,R1,SYNTHETIC" for i in range(5000)]
    write("s.csv", "\n".join([SUPPLIED.splitlines()[0], *rows]))
    err = run(*GOOD).err
    assert err.count("Fix:") == 1
    assert len(err.splitlines()) < 30
    assert "and 4,980 more of MA103, rows 22-5001" in err
    assert err.count("5,000 problems") == 2


def test_order_of_files_changes_no_byte(case, run):
    write("s2.csv", SUPPLIED.replace("SYN-S", "SYN-T"))
    one = run("evaluate", "s.csv", "f.csv", "--supplied", "s2.csv", "--format", "json").out
    two = run("evaluate", "s2.csv", "f.csv", "--supplied", "s.csv", "--format", "json").out
    assert one == two


@pytest.mark.skipif(os.name != "posix", reason="shell of POSIX")
@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("{} demo | true", 0),
        ("{} --help | true", 0),
        ("{} demo 2>&- >/dev/null", 0),
        ("{} evaluate no.csv f.csv 2>&1 | true", 3),
    ],
)
@pytest.mark.slow
def test_a_reader_that_has_gone_is_no_fault(case, line, code):
    script = line.format(f"{sys.executable} -m mapaccuracy") + "; exit ${PIPESTATUS[0]}"
    assert subprocess.run(["bash", "-c", script], check=False).returncode == code


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.slow
def test_standard_output_that_cannot_be_written(case):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "mapaccuracy", *GOOD],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert "standard output" in done.stderr


SAME = "MA516 warning  Supplied points and finds are the same rows of the same file."


@pytest.mark.parametrize(
    "command",
    [
        ("evaluate", "s.csv", "s.csv"),
        ("evaluate", "s.csv", "f.csv", "--finds", "copy.csv"),
        ("compare", "s.csv", "old.csv", "s.csv"),
        ("compare", "old.csv", "s.csv", "s.csv"),
        ("diagnose", "s.csv", "s.csv", "--draws", 19),
    ],
)
def test_a_map_that_is_its_own_finds_is_told(case, run, command):
    # By their bytes, whatever they are called; a further file of either side counts as well.
    shutil.copy("s.csv", "copy.csv")
    Path("old.csv").write_text(SUPPLIED.replace("-30.12", "-30.13"), "utf-8")
    done = run(*command, "--assume-searched")
    assert done.code == 0
    assert done.err.count(SAME) == 1
    assert not any(part in done.err for part in POSITIONS)
    if command[0] == "evaluate":
        notes = json.loads(run(*command, "--assume-searched", "--format", "json").out)["notes"]
        assert "MA516" in {note["code"] for note in notes}


def test_one_table_that_holds_both_positions_is_no_mistake(case, run):
    rows = ["id,lat,lon,found_lat,found_lon"]
    rows += [f"A{n},{-30.1 - n / 100},-25.75,{-30.1 - n / 100},-25.7501" for n in range(3)]
    Path("both.csv").write_text("\n".join(rows) + "\n", "utf-8")
    found = [f"--columns=finds.{name}=found_{name}" for name in ("lat", "lon")]
    done = run("evaluate", "both.csv", "both.csv", "--assume-searched", *found)
    assert done.code == 0
    assert "MA516" not in done.err
    assert "MA516" not in run(*GOOD).err


def test_an_interrupt_that_python_dropped_is_still_seen():
    from mapaccuracy.commands import interruption

    before = signal.getsignal(signal.SIGINT)
    try:
        interruption.watch()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            interruption.check()
        with pytest.raises(KeyboardInterrupt):
            interruption.complete()
        signal.raise_signal(signal.SIGINT)  # ignored from here
        interruption.watch()
        interruption.check()
    finally:
        signal.signal(signal.SIGINT, before)


def test_internal_errors_say_nothing_of_the_data(case, run, monkeypatch):
    from mapaccuracy.evaluation import path

    def fail(*_):
        raise RuntimeError("at -30.1234567 -25.7654321")

    monkeypatch.setattr(path, "compare", fail)
    done = run(*GOOD)
    assert done.code == 4
    assert "RuntimeError" in done.err
    assert not any(part in done.err for part in POSITIONS)


def test_help_has_examples(run):
    assert run("--help").code == 0
    for command in ("evaluate", "simulate", "demo"):
        done = run(command, "--help")
        assert done.code == 0
        assert "Example" in done.out
    assert run("--version").out.startswith("mapaccuracy 0.")


def test_demo_prints_both_cases(run):
    done = run("demo")
    assert done.code == 0
    assert "435 of these 532 (81.8 %)" in flat(done.out)
    assert "50 of these 200 (25.0 %)" in flat(done.out)
    assert "12.5 finds for each point" in flat(done.out)
    assert max(map(len, done.out.splitlines())) <= 100


def test_simulate_writes_a_case_that_evaluates(tmp_path, run, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run("simulate", "--out", "country", "--records", "6", "--seed", "3").code == 0
    for path in Path("country").iterdir():
        rows = path.read_text("utf-8").count("SYNTHETIC")
        assert rows >= 3, path.name
    first = {path.name: path.read_bytes() for path in Path("country").iterdir()}
    assert run("simulate", "--out", "again", "--records", "6", "--seed", "3").code == 0
    assert first == {path.name: path.read_bytes() for path in Path("again").iterdir()}
    done = run(
        "evaluate",
        "country/supplied.csv",
        "country/finds.csv",
        "--searched",
        "country/searched.geojson",
        "--districts",
        "country/districts.geojson",
        "--format",
        "json",
    )
    assert done.code == 0
    assert done.document["overall"]["supplied"] > 0
    assert run("simulate", "--out", "bad", "--true-share", "25").code == 2


def without_hashes(document):
    return document | {"sources": [source | {"sha256": None} for source in document["sources"]]}


def test_result_is_the_same_to_the_byte(tmp_path, run, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run("simulate", "--out", "c", "--records", "12", "--seed", "5")
    args = (
        "evaluate",
        "c/supplied.csv",
        "c/finds.csv",
        "--searched",
        "c/searched.geojson",
        "--districts",
        "c/districts.geojson",
    )
    assert run(*args, "--out", "one", "--with-locations").code == 0
    assert run(*args, "--out", "two", "--with-locations").code == 0
    names = ("result.json", "metrics.csv", "restricted/pairs.csv")
    first = {name: Path("one", name).read_bytes() for name in names}
    assert first == {name: Path("two", name).read_bytes() for name in names}
    rng = random.Random(7)
    for name in ("supplied.csv", "finds.csv"):
        header, *rows = Path("c", name).read_text("utf-8").splitlines()
        rng.shuffle(rows)
        write(f"c/{name}", "\n".join([header, *rows]) + "\n")
    for name in ("searched.geojson", "districts.geojson"):
        layer = json.loads(Path("c", name).read_text("utf-8"))
        rng.shuffle(layer["features"])
        write(f"c/{name}", json.dumps(layer))
    assert run(*args, "--out", "three", "--with-locations").code == 0
    for name in names[1:]:
        assert Path("three", name).read_bytes() == first[name]
    shuffled = json.loads(Path("three/result.json").read_text("utf-8"))
    assert without_hashes(shuffled) == without_hashes(json.loads(first["result.json"]))


def python(*args, **options):
    return subprocess.Popen(
        [sys.executable, "-m", "mapaccuracy", *args],
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **options,
    )


@pytest.mark.skipif(os.name != "posix", reason="sends SIGINT")
@pytest.mark.slow
def test_interrupt_leaves_nothing_half_written(case, run):
    assert run("simulate", "--out", "big", "--records", "400", "--seed", "1").code == 0
    args = (
        "evaluate",
        "big/supplied.csv",
        "big/finds.csv",
        "--searched",
        "big/searched.geojson",
        "--districts",
        "big/districts.geojson",
        "--out",
        "result",
    )
    for pause in (0.0, 0.1, 0.3):
        process = python(*args)
        # The temporary folder stands from before reading until all is in place.
        while process.poll() is None and not list(case.glob(".result-*")):
            time.sleep(0.01)
        time.sleep(pause)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 130
        assert err.endswith("Interrupted; nothing was written.\n")
        assert out == ""
        assert not Path("result").exists()
        assert not list(case.glob(".result-*"))


def test_imports_and_help_stay_light():
    script = (
        "import sys, mapaccuracy, mapaccuracy.commands as c\n"
        "c.cli.get_help(c.click.Context(c.cli))\n"
        "heavy = {'numpy', 'scipy', 'pandas', 'shapely', 'geopandas', 'pyogrio', 'pyproj', "
        "'sklearn', 'ortools', 'openpyxl', 'rich'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], text=True, capture_output=True, check=True
    )
    assert done.stdout.strip() == "[]"
