"""The exit codes, as one table: every command and every outcome that it can have.

The codes stand here as DESIGN.md and docs/command.md give them to scripts; all data are SYNTHETIC.
"""

from __future__ import annotations

import json

import click
import pytest

from mapaccuracy.commands import cli
from mapaccuracy.io import to_bytes
from tests.planted import PLANTS, clean
from tests.test_traverse_command import LANDMARKS, LEGS

OK, FINDINGS, USAGE, INCOMPLETE, INTERNAL, INTERRUPTED = 0, 1, 2, 3, 4, 130
GATE = '[[gate]]\nmetric = "precision"\nmin = 0.999\nuse = "value"\nlevel = "{level}"\n'
WGS84 = ("--crs", "EPSG:4326")
AREAS = ("--searched", "searched.geojson", "--districts", "districts.geojson")
MAP = ("map.csv", *WGS84)
BOTH = ("map.csv", "finds.csv", *WGS84)
CHECKED = ("map.csv", "--finds", "finds.csv", *AREAS, *WGS84)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with sound inputs, and with inputs at fault."""
    folder = tmp_path_factory.mktemp("inputs")
    world = clean(records=4)
    names = ("map.csv", "finds.csv", "searched.geojson", "districts.geojson")
    tables = (world.supplied, world.finds, world.searched, world.districts)
    for name, table in zip(names, tables, strict=True):
        (folder / name).write_bytes(to_bytes(table))
    (folder / "legs.csv").write_text(LEGS, "utf-8")
    (folder / "open.csv").write_text(LEGS.replace("mils6000,120,", "mils6000,420,"), "utf-8")
    (folder / "landmarks.csv").write_text(LANDMARKS, "utf-8")
    (folder / "empty.csv").write_text("id,lat,lon\n", "utf-8")
    (folder / "text.csv").write_text("id,lat,lon\nS-1,thirty,-25.1\n", "utf-8")
    for level in ("error", "warning"):
        (folder / f"gate-{level}.toml").write_text(GATE.format(level=level), "utf-8")
    (folder / "wrong.toml").write_text("tolerence_m = 5\n", "utf-8")
    (folder / "not.json").write_text("{", "utf-8")
    world = clean(records=4)
    PLANTS["duplicate_id"](world)
    (folder / "twice.csv").write_bytes(to_bytes(world.supplied))
    world = clean(records=4)
    PLANTS["district_disagrees"](world)
    (folder / "warned.csv").write_bytes(to_bytes(world.supplied))
    return folder


@pytest.fixture
def place(made, tmp_path, monkeypatch):
    """A copy of that folder, in which the command runs."""
    for file in made.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    monkeypatch.chdir(tmp_path)
    for name in ("MAPACCURACY_TRACEBACK", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


# Command and outcome to the ways it comes about.
TABLE: dict[tuple[str, int], list[tuple[str, ...]]] = {
    ("evaluate", OK): [
        (*BOTH, *AREAS),
        (*BOTH, "--out", "out"),
        (*BOTH, *AREAS, "--config", "gate-warning.toml"),
    ],
    ("evaluate", FINDINGS): [(*BOTH, *AREAS, "--config", "gate-error.toml")],
    ("evaluate", USAGE): [
        (),
        (*BOTH, "--tolerance", "-1"),
        (*BOTH, "--unheard-of"),
        (*BOTH, "--config", "wrong.toml"),
        (*BOTH, "--config", "missing.toml"),
        (*BOTH, "--by", "record"),
        (*BOTH, "--out", "map.csv"),
    ],
    ("evaluate", INCOMPLETE): [
        ("missing.csv", "finds.csv", *WGS84),
        ("map.csv", "empty.csv", *WGS84),
        ("twice.csv", "finds.csv", *WGS84),
        ("twice.csv", "finds.csv", *WGS84, "--drop-faulty"),
        ("text.csv", "finds.csv", *WGS84),
    ],
    ("check", OK): [
        MAP,
        CHECKED,
        ("twice.csv", *WGS84, "--fail-on", "never"),
        ("twice.csv", *WGS84, "--ignore", "MA401"),
        ("warned.csv", *WGS84, *AREAS),
    ],
    ("check", FINDINGS): [
        ("twice.csv", *WGS84),
        ("warned.csv", *WGS84, *AREAS, "--fail-on", "warning"),
        (*CHECKED, "--config", "gate-error.toml"),
    ],
    ("check", USAGE): [
        (),
        (*MAP, "-o", "papyrus"),
        (*MAP, "--select", "XY"),
        (*MAP, "-o", "xlsx=back.xlsx"),
        (*MAP, "-o", "json=map.csv"),
        (*MAP, "--config", "wrong.toml"),
        ("map.csv", "--crs", "EPSG:999999"),
    ],
    ("check", INCOMPLETE): [
        ("missing.csv", *WGS84),
        (*MAP, "--finds", "missing.csv"),
        ("empty.csv", *WGS84),
        ("text.csv", *WGS84),
        ("missing.csv", *WGS84, "--fail-on", "never"),
        (*MAP, "--baseline", "missing.json"),
    ],
    ("rules", OK): [(), ("--format", "json")],
    ("rules", USAGE): [("--format", "papyrus"), ("MA203",)],
    ("explain", OK): [("MA203",), ("axes-swapped",)],
    ("explain", USAGE): [(), ("MA999",)],
    ("baseline", OK): [("update", "result.json"), ("show",)],
    ("baseline", USAGE): [
        ("update",),
        ("shown",),
        ("update", "result.json", "--baseline", "result.json"),
    ],
    ("baseline", INCOMPLETE): [
        ("update", "missing.json"),
        ("update", "not.json"),
        ("show", "--baseline", "missing.json"),
    ],
    ("compare", OK): [("map.csv", "warned.csv", "finds.csv", *WGS84)],
    ("compare", USAGE): [("map.csv",), ("map.csv", "warned.csv", "finds.csv", "--tolerance", "no")],
    ("compare", INCOMPLETE): [("map.csv", "missing.csv", "finds.csv", *WGS84)],
    ("diagnose", OK): [(*BOTH, *AREAS, "--draws", "19")],
    ("diagnose", USAGE): [(), (*BOTH, "--unheard-of")],
    ("diagnose", INCOMPLETE): [("missing.csv", "finds.csv", *WGS84)],
    ("coords", OK): [
        ("30.5S 25.25W",),
        ("--column", "lat", "--column", "lon", "--order", "lat,lon", "map.csv"),
    ],
    ("coords", FINDINGS): [("30.5S 95.25S",)],
    ("coords", USAGE): [(), ("--column", "breadth", "map.csv")],
    ("coords", INCOMPLETE): [("--column", "lat", "missing.csv")],
    ("traverse", OK): [("legs.csv", "--points", "landmarks.csv")],
    ("traverse", FINDINGS): [("open.csv", "--points", "landmarks.csv")],
    ("traverse", USAGE): [("legs.csv", "--unheard-of")],
    ("traverse", INCOMPLETE): [("missing.csv", "--points", "landmarks.csv")],
    ("inspect", OK): [("map.csv",)],
    ("inspect", USAGE): [(), ("map.csv", "--write-config", "map.csv")],
    ("inspect", INCOMPLETE): [("missing.csv",), ("map.csv", "missing.csv")],
    ("doctor", OK): [()],
    ("doctor", USAGE): [("--unheard-of",)],
    ("schema", OK): [("result",), ("findings",)],
    ("schema", USAGE): [(), ("results",)],
    ("demo", OK): [()],
    ("demo", USAGE): [("--unheard-of",)],
    ("simulate", OK): [("--seed", "1", "--out", "simulated")],
    ("simulate", USAGE): [(), ("--seed", "one", "--out", "simulated")],
}
# Outcomes that a command cannot have, and why.
NEVER = {
    **{(name, FINDINGS): "it judges nothing" for name in (
        "rules", "explain", "baseline", "compare", "inspect", "doctor", "schema", "demo",
        "simulate",
    )},
    **{(name, INCOMPLETE): "it takes no input" for name in (
        "rules", "explain", "schema", "demo", "simulate",
    )},
}  # fmt: skip
# Outcomes with tests of their own, for which more than arguments is needed.
ELSEWHERE = {
    ("diagnose", FINDINGS): "tests/test_diagnose_command.py",
    ("doctor", INCOMPLETE): "tests/test_doctor.py",
}
COMMANDS = sorted(cli.list_commands(click.Context(cli)))
CASES = [
    pytest.param(name, code, arguments, id=f"{name}-{code}-{' '.join(arguments)}")
    for (name, code), ways in TABLE.items()
    for arguments in ways
]


def test_the_table_holds_every_command_and_every_outcome():
    wanted = {(name, code) for name in COMMANDS for code in (OK, FINDINGS, USAGE, INCOMPLETE)}
    assert not set(TABLE) & (set(NEVER) | set(ELSEWHERE))
    assert set(TABLE) | set(NEVER) | set(ELSEWHERE) == wanted


@pytest.mark.parametrize(("name", "code", "arguments"), CASES)
def test_every_outcome_ends_with_its_code(run, place, name, code, arguments):
    if name == "baseline":
        assert run("evaluate", *BOTH, *AREAS, "--out", "out").code == OK
        (place / "result.json").write_bytes((place / "out" / "result.json").read_bytes())
        if "show" in arguments and code == OK:
            assert run("baseline", "update", "result.json").code == OK
    before = {file.name: file.read_bytes() for file in place.iterdir() if file.is_file()}
    done = run(name, *arguments)
    assert done.code == code, done.err or done.out
    assert "Traceback" not in done.out + done.err
    if code in (USAGE, INCOMPLETE):
        # What is wrong is said to people, not into a file of results; inputs stay as they were.
        assert done.err or name in ("check", "inspect")
        assert {n: d for n, d in before.items() if (place / n).read_bytes() != d} == {}
    if code == USAGE:
        assert done.out == ""


def test_coordinate_system_that_nobody_gave_is_wrong_usage(run, place):
    text = (place / "map.csv").read_text("utf-8").replace("lat,lon", "y,x", 1)
    (place / "metres.csv").write_text(text, "utf-8")
    for arguments in (("evaluate", "metres.csv", "finds.csv"), ("check", "metres.csv")):
        done = run(*arguments)
        assert done.code == USAGE
        assert "--crs" in done.err


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize(
    ("raised", "code", "told"),
    [
        (RuntimeError("POINT (-25.1234567 -30.7654321)"), INTERNAL, "Internal error"),
        (KeyboardInterrupt(), INTERRUPTED, "Interrupted"),
        (MemoryError(), INTERNAL, "Internal error"),
    ],
    ids=["internal", "interrupted", "memory"],
)
def test_what_no_command_foresees_ends_alike(run, place, monkeypatch, name, raised, code, told):
    ways = {**TABLE, ("baseline", OK): [("show",)]}[name, OK]
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    if isinstance(command, click.Group):
        command = command.commands["show"]

    def fails(*_: object, **__: object) -> None:
        raise raised

    monkeypatch.setattr(command, "callback", fails)
    done = run(name, *ways[0])
    assert (done.code, done.out) == (code, "")
    assert told in done.err
    assert "25.12" not in done.err


def test_documents_are_written_whole_or_not_at_all(run, place):
    for arguments in (
        ("evaluate", "missing.csv", "finds.csv", *WGS84, "--out", "out"),
        ("evaluate", *BOTH, "--tolerance", "-1", "--out", "out"),
    ):
        assert run(*arguments).code in (USAGE, INCOMPLETE)
        assert not (place / "out").exists()
    # A check that is incomplete still says what it could see.
    done = run("check", *MAP, "--finds", "missing.csv", "-o", "json")
    assert done.code == INCOMPLETE
    states = {entry["code"]: entry["state"] for entry in json.loads(done.out)["rules"]}
    assert states["MA209"] == "passed"
    assert states["MA510"] == "not_run"
