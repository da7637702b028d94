"""The command `check`: clean submissions pass, planted faults are found, the exit codes hold."""

from __future__ import annotations

import csv
import io
import json

import pandas as pd
import pytest

from mapaccuracy.checks import RULES, CannotRunError, Choice, Given, check, rule, take
from mapaccuracy.io import to_bytes
from mapaccuracy.schema import CATALOGUE, Problem, Settings
from tests.planted import PLANTS, World, clean
from tests.planted_more import WHOLE


def files(world: World, folder) -> list[str]:
    """Write a world, and give the arguments of the command."""
    tables = {
        "supplied.csv": world.supplied,
        "finds.csv": world.finds,
        "searched.geojson": world.searched,
        "districts.geojson": world.districts,
    }
    for name, table in tables.items():
        (folder / name).write_bytes(to_bytes(table))
    arguments = [
        str(folder / "supplied.csv"),
        *("--finds", str(folder / "finds.csv")),
        *("--searched", str(folder / "searched.geojson")),
        *("--districts", str(folder / "districts.geojson")),
    ]
    for name, data in world.more.items():
        (folder / name).write_bytes(data)
        arguments.insert(1, str(folder / name))
    if world.outlines is not None:
        (folder / "outlines.geojson").write_bytes(to_bytes(world.outlines))
        arguments.insert(1, str(folder / "outlines.geojson"))
    if world.previous is not None:
        (folder / "previous.csv").write_bytes(to_bytes(world.previous))
        arguments += ["--previous", str(folder / "previous.csv")]
    return [*arguments, *world.options]


def checked(run, world: World, folder, *options: str):
    done = run("check", *files(world, folder), "-o", "json", *options)
    assert done.code in (0, 1), done.err
    return done


def found(document) -> dict[str, set[int]]:
    """Rows by code."""
    rows: dict[str, set[int]] = {}
    for finding in document["findings"]:
        rows.setdefault(finding["code"], set()).update(finding["rows"])
    return rows


def expected(wanted) -> dict[str, set[int]]:
    return {code: set(rows) for code, rows in wanted.items()}


def test_a_clean_submission_passes_every_rule(run, tmp_path):
    done = checked(run, clean(), tmp_path)
    assert found(done.document) == {}
    assert done.code == 0
    states = {rule["code"]: rule["state"] for rule in done.document["rules"]}
    assert set(states) == {rule.code for rule in RULES}
    assert set(states.values()) <= {"passed", "not_run"}
    reasons = {rule["reason"] for rule in done.document["rules"]} - {None}
    assert reasons == {
        "no earlier submission was given (--previous)",
        "no points are in metres of a UTM or Gauss-Krueger zone",
        "the submission does not say how many mines its records declare",
        "the submission covers too little ground to tell minutes by",
        "the submission has no column of dates",
        "nothing is suppressed",
        "the configuration has no gates",
        "no baseline was given (--baseline)",
        "no gate and no baseline ask for figures",
        "the submission has no outlines",
        "the submission or the finds have no dates",
    }


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(50))
def test_no_rule_raises_a_false_alarm_in_10_000_points(run, tmp_path, seed):
    done = checked(run, clean(seed, records=54), tmp_path)
    rows = {source["role"]: source["rows_read"] for source in done.document["sources"]}
    assert rows["supplied"] >= 10_000
    assert found(done.document) == {}


@pytest.mark.parametrize("name", PLANTS)
def test_each_planted_fault_is_found_and_nothing_else(run, tmp_path, name):
    world = clean()
    wanted = PLANTS[name](world)
    done = checked(run, world, tmp_path)
    assert found(done.document) == expected(wanted)
    errors = any(CATALOGUE[code].severity == "error" for code in wanted)
    assert done.code == (1 if errors else 0)


def test_planted_faults_are_found_together(run, tmp_path):
    world = clean()
    wanted: dict[str, tuple[int, ...]] = {}
    together = [name for name in PLANTS if name not in WHOLE]
    assert len(together) >= 15
    for name in together:
        for code, rows in PLANTS[name](world).items():
            wanted[code] = (*wanted.get(code, ()), *rows)
    assert found(checked(run, world, tmp_path).document) == expected(wanted)


def test_rows_that_repeat_an_id_are_counted_as_dropped(run, tmp_path):
    world = clean()
    PLANTS["duplicate_id"](world)
    document = checked(run, world, tmp_path).document
    (source,) = [source for source in document["sources"] if source["role"] == "supplied"]
    assert source["rows_used"] == source["rows_read"] - 1
    assert source["dropped"] == {"MA401": 1}


def test_counts_agree_in_every_format(run, tmp_path):
    world = clean()
    for name in PLANTS.keys() - WHOLE:
        PLANTS[name](world)
    outputs = [f"-o{name}={tmp_path / name}" for name in ("csv", "markdown", "text")]
    document = checked(run, world, tmp_path, *outputs).document
    n = len(document["findings"])
    assert sum(document["counts"]["findings"].values()) == n
    text = (tmp_path / "csv").read_bytes().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["code"] for row in rows] == [finding["code"] for finding in document["findings"]]
    counts = document["counts"]["findings"]
    for name in ("markdown", "text"):
        said = " ".join((tmp_path / name).read_text("utf-8").split())
        assert f"Findings: {counts['error']} errors, {counts['warning']} warnings" in said
    assert (tmp_path / "markdown").read_text("utf-8").startswith("<!-- mapaccuracy check -->")


def test_no_output_holds_a_coordinate(run, tmp_path):
    world = clean()
    for name in PLANTS.keys() - WHOLE:
        PLANTS[name](world)
    outputs = [f"-o{name}={tmp_path / name}" for name in ("csv", "markdown", "text")]
    done = checked(run, world, tmp_path, *outputs)
    texts = [done.out, done.err, *((tmp_path / n).read_text("utf-8") for n in ("csv", "text"))]
    digits = {repr(value)[:8] for axis in ("lat", "lon") for value in world.supplied[axis] if value}
    assert len(digits) > 50
    for text in texts:
        assert not [figure for figure in digits if figure in text]


def test_rules_that_lack_an_input_say_so_and_leave_the_exit_code_alone(run, tmp_path):
    arguments = files(clean(), tmp_path)
    done = run("check", arguments[0], "--crs", "EPSG:4326", "-o", "json")
    assert done.code == 0
    states = {rule["code"]: rule for rule in done.document["rules"]}
    assert states["MA501"]["state"] == "not_run"
    assert states["MA501"]["reason"] == "no districts were given (--districts)"
    assert states["MA514"]["reason"] == "no finds were given (--finds)"


def test_an_input_that_cannot_be_read_is_incomplete_and_the_rest_is_checked(run, tmp_path):
    world = clean()
    PLANTS["duplicate_id"](world)
    arguments = files(world, tmp_path)
    done = run("check", *arguments, "--finds", tmp_path / "no-such.csv", "-o", "json")
    assert done.code == 3
    assert {"MA001", "MA401"} <= {finding["code"] for finding in done.document["findings"]}
    states = {rule["code"]: rule for rule in done.document["rules"]}
    assert states["MA514"]["state"] == "not_run"
    assert states["MA007"]["state"] == "not_run"
    assert "no-such.csv cannot be read" in states["MA514"]["reason"]


def test_a_submission_without_a_usable_row_is_incomplete(run, tmp_path):
    (tmp_path / "a.csv").write_text("id,lat,lon\n,95,0\n")
    done = run("check", tmp_path / "a.csv", "-o", "json")
    assert done.code == 3
    assert {"MA102", "MA208"} <= {finding["code"] for finding in done.document["findings"]}
    (tmp_path / "b.csv").write_text("name,lat\nx,1\n")
    done = run("check", tmp_path / "b.csv", "-o", "json")
    assert done.code == 3
    assert [finding["code"] for finding in done.document["findings"]].count("MA101") >= 1


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ((), 1),
        (("--fail-on", "never"), 0),
        (("--ignore", "MA4"), 0),
        (("--ignore", "MA4", "--fail-on", "warning"), 1),
        (("--select", "MA2,MA5"), 0),
        (("--select", "MA2,MA5", "--ignore", "MA501", "--fail-on", "warning"), 1),
        (("--select", "MA999"), 2),
        (("-o", "sariff"), 2),
        (("-o", "json", "-o", "text"), 2),
        (("-o", "json="), 2),
        (("-o", "json=no-such-folder/a.json"), 2),
    ],
)
def test_the_exit_code_follows_findings_and_usage(run, tmp_path, options, code):
    world = clean()
    PLANTS["duplicate_id"](world)
    PLANTS["district_disagrees"](world)
    assert run("check", *files(world, tmp_path), *options).code == code


def test_an_input_is_never_overwritten(run, tmp_path):
    arguments = files(clean(), tmp_path)
    before = (tmp_path / "supplied.csv").read_bytes()
    assert run("check", *arguments, "-o", f"csv={tmp_path / 'supplied.csv'}").code == 2
    assert (tmp_path / "supplied.csv").read_bytes() == before


def test_the_same_input_gives_the_same_bytes_in_any_order_of_rows(run, tmp_path):
    world = clean()
    PLANTS["axes_swapped"](world)
    outcomes = []
    for seed in (1, 2):
        shuffled = clean()
        shuffled.supplied = world.supplied.sample(frac=1, random_state=seed)
        document = checked(run, shuffled, tmp_path).document
        outcomes.append(sorted(finding["id"] for finding in document["findings"] if finding["id"]))
    assert outcomes[0] == outcomes[1]
    one = checked(run, world, tmp_path)
    assert one.out == checked(run, world, tmp_path).out


# Running.


def given(**layers) -> Given:
    return Given(Settings(), layers, {}, ())


def of(code: str, *problems: Problem, **named):
    return rule(code, why="", **named)(lambda _given: problems)


def test_a_rule_that_fails_is_heard_and_the_others_run():
    def broken(_given):
        raise ValueError("POINT (46.7129 39.9)")

    def cannot(_given):
        raise CannotRunError("there is no column of dates")

    rules = [
        rule("MA203", why="")(broken),
        rule("MA208", why="")(cannot),
        of("MA401", Problem("MA401", "a.csv", row=3)),
    ]
    outcome = check(given(), rules, Choice())
    states = {state.code: state for state in outcome.states}
    assert (states["MA203"].state, states["MA203"].incomplete) == ("not_run", True)
    assert "46.7129" not in states["MA203"].reason
    assert (states["MA208"].reason, states["MA208"].incomplete) == (
        "there is no column of dates",
        False,
    )
    assert [problem.code for problem in outcome.findings] == ["MA401"]
    assert outcome.incomplete


def test_what_another_finding_explains_is_left_out_row_by_row():
    rules = [
        of("MA203", Problem("MA203", "a.csv", row=3), explains=("MA501",)),
        of(
            "MA501",
            Problem("MA501", "a.csv", row=3),
            Problem("MA501", "a.csv", row=4),
            Problem("MA501", "b.csv", row=3),
        ),
    ]
    outcome = check(given(), rules, Choice())
    kept = [(p.code, p.source, p.row) for p in outcome.findings if p.code == "MA501"]
    assert kept == [("MA501", "a.csv", 4), ("MA501", "b.csv", 3)]
    assert outcome.explained == {"MA501": 1}


def test_severities_can_be_changed():
    rules = [of("MA501", Problem("MA501", "a.csv", row=3))]
    outcome = check(given(), rules, Choice(severity={"MA501": "error"}))
    assert outcome.findings[0].severity == "error"


def test_an_earlier_submission_is_no_part_of_the_findings():
    from mapaccuracy.intake import as_tables

    rows = pd.DataFrame({"id": ["1", "1"], "lat": [1.0, 2.0], "lon": [3.0, 4.0]})
    taken = take(
        {"supplied": as_tables(rows.iloc[:1], "a"), "previous": as_tables(rows, "b")}, Settings()
    )
    assert "MA401" not in {problem.code for problem in taken.noticed}
    assert json.dumps([problem.code for problem in taken.noticed])
