"""Gates, baselines and suppressions: outcomes by hand, and the commands that judge them."""

from __future__ import annotations

import json
from datetime import date

import pytest

from mapaccuracy.checks import RULES, Choice, Given, check
from mapaccuracy.checks.baseline import baseline_of, checked_baseline
from mapaccuracy.checks.gates import judge
from mapaccuracy.commands import check as check_command
from mapaccuracy.errors import SettingsError
from mapaccuracy.schema import Settings
from mapaccuracy.schema.configuration import Gate
from tests.planted import PLANTS, clean
from tests.test_check import files


def rate(value=0.5, low=0.4, high=0.6, n=40):
    return {"value": value, "low": low, "high": high, "n": n, "reason": None}


def group(name="Alder", **more):
    whole = {
        "group": name,
        "supplied": 100,
        "precision": rate(),
        "recall": rate(),
        "f1": 0.5,
        "confirmed_share": 0.3,
        "searched_hectares": 12.0,
    }
    return {**whole, **more}


def result(*groups):
    return {
        "overall": group("overall"),
        "districts": list(groups),
        "settings": {"tolerance_m": 10.0},
    }


@pytest.mark.parametrize(
    ("gate", "figures", "outcome"),
    [
        # The upper end is held against min unless something else is asked for.
        (Gate("recall", min=0.6), rate(), "met"),
        (Gate("recall", min=0.6001), rate(), "not met"),
        (Gate("recall", min=0.55), rate(), "met"),
        (Gate("recall", min=0.4, use="lower"), rate(), "met"),
        (Gate("recall", min=0.41, use="lower"), rate(), "not met"),
        (Gate("recall", min=0.5, use="value"), rate(), "met"),
        (Gate("recall", min=0.51, use="value"), rate(), "not met"),
        # Too few to judge, whatever the value.
        (Gate("recall", min=0.9), rate(n=19), "too few"),
        (Gate("recall", min=0.9), rate(n=20), "not met"),
        (Gate("recall", min=0.0, min_n=41), rate(), "too few"),
        (Gate("recall", min=0.9), rate(low=None, high=None), "too few"),
        (Gate("recall", min=0.9, use="value"), rate(low=None, high=None), "not met"),
        # Undefined is neither.
        (Gate("recall", min=0.1), rate(value=None, low=None, high=None, n=0), "not judged"),
        # A drop counts only beyond the interval.
        (Gate("recall", max_drop=0.1), rate(), "not judged"),
    ],
)
def test_outcomes_by_hand(gate, figures, outcome):
    (judged,) = judge(result(group(recall=figures)), [gate])
    assert (judged.district, judged.outcome) == ("Alder", outcome)


@pytest.mark.parametrize(
    ("before", "outcome"),
    [(0.7, "met"), (0.6999, "met"), (0.7001, "not met"), (0.2, "met"), (None, "not judged")],
)
def test_a_drop_counts_beyond_the_interval_only(before, outcome):
    """The upper end is 0.6: it lies below before - 0.1 only where before is above 0.7."""
    baseline = {"overall": {}, "districts": {"Alder": {"recall": rate(value=before)}}}
    (judged,) = judge(result(group()), [Gate("recall", max_drop=0.1)], baseline)
    assert judged.outcome == outcome


def test_gates_speak_of_districts_by_name_and_of_all():
    of = result(group("Alder"), group("Birk", recall=rate(high=0.45, value=0.42, low=0.4)))
    judged = judge(of, [Gate("recall", min=0.5), Gate("recall", ("Birk", "Cedar"), min=0.1)])
    assert [(entry.district, entry.outcome) for entry in judged] == [
        ("Alder", "met"),
        ("Birk", "not met"),
        ("Birk", "met"),
        ("Cedar", "not judged"),
    ]
    assert [entry.district for entry in judge(result(), [Gate("recall", min=0.5)])] == ["overall"]


def test_figures_without_interval_are_held_by_value():
    gates = [Gate("f1", min=0.51, use="value"), Gate("confirmed_share", min=0.3, use="value")]
    assert [entry.outcome for entry in judge(result(group()), gates)] == ["not met", "met"]


def test_a_baseline_holds_rates_and_neither_small_ones_nor_positions():
    made = baseline_of(result(group(recall=rate(n=4))), ["b", "a"], {"accepted": ["c"]})
    assert made["accepted"] == ["a", "b", "c"]
    assert made["districts"]["Alder"]["recall"] == {
        "value": None,
        "low": None,
        "high": None,
        "n": None,
    }
    assert made["districts"]["Alder"]["precision"]["n"] == 40
    assert checked_baseline(json.loads(json.dumps(made))) == made
    for wrong in ({}, [], {**made, "schema_version": 2}, {**made, "accepted": None}):
        with pytest.raises(SettingsError):
            checked_baseline(wrong)
    with pytest.raises(SettingsError):
        baseline_of({"findings": []})


# Commands.


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    arguments = files(clean(), tmp_path)
    finds = arguments[arguments.index("--finds") + 1]
    rest = [part for part in arguments[1:] if part not in ("--finds", finds)]
    return arguments, [arguments[0], finds, *rest, "--draws", "19"]


GATE = '[[gate]]\nmetric = "{}"\nmin = {}\nuse = "value"\nmin_n = 5\nlevel = "{}"\n'


def test_evaluate_ends_with_1_where_a_gate_is_not_met(project, run, tmp_path):
    _, evaluate = project
    for metric, least, level, code in (
        ("precision", 0.0, "error", 0),
        ("precision", 1.0, "error", 1),
        ("precision", 1.0, "warning", 0),
    ):
        (tmp_path / "mapaccuracy.toml").write_text(GATE.format(metric, least, level))
        done = run("evaluate", *evaluate)
        assert done.code == code, done.err
        assert ("Gate not met" in done.err) == (least == 1.0)
        assert "Gates: " in done.err


def test_check_judges_gates_where_finds_are_given(project, run, tmp_path):
    arguments, _ = project
    (tmp_path / "mapaccuracy.toml").write_text(GATE.format("precision", 1.0, "error"))
    done = run("check", *arguments, "-o", "json")
    assert done.code == 1
    assert "MA701" in {finding["code"] for finding in done.document["findings"]}
    done = run("check", arguments[0], "--crs", "EPSG:4326", "-o", "json")
    states = {rule["code"]: rule for rule in done.document["rules"]}
    assert (states["MA701"]["state"], done.code) == ("not_run", 0)
    assert "no finds were given" in states["MA701"]["reason"]


def test_a_baseline_is_kept_and_held_against(project, run, tmp_path):
    arguments, evaluate = project
    assert run("evaluate", *evaluate, "--out", tmp_path / "out").code == 0
    done = run("baseline", "update", tmp_path / "out" / "result.json")
    assert done.code == 0, done.err
    text = (tmp_path / "mapaccuracy-baseline.json").read_text("utf-8")
    assert "S0000" not in text
    shown = run("baseline", "show").out
    assert "District 01" in shown
    assert max(map(len, shown.splitlines())) <= 100
    same = run("check", *arguments, "--baseline", "mapaccuracy-baseline.json", "-o", "json")
    assert same.code == 0, same.out
    assert same.document["findings"] == []

    better = json.loads(text)
    for entry in (better["overall"], *better["districts"].values()):
        entry["precision"] = rate(0.99, 0.98, 1.0, 400)
        entry["searched_hectares"] = 1000.0
    better["districts"]["Gone"] = better["districts"]["District 01"]
    (tmp_path / "better.json").write_text(json.dumps(better))
    done = run("check", *arguments, "--baseline", tmp_path / "better.json", "-o", "json")
    codes = {finding["code"] for finding in done.document["findings"]}
    assert {"MA602", "MA604"} <= codes
    assert done.code == 1


def test_changes_count_beyond_the_interval_only():
    """Now 0.5 (0.4 to 0.6): worse than 0.61 and better than 0.39, and nothing in between."""
    for was, code in ((0.61, "MA601"), (0.6, None), (0.4, None), (0.39, "MA605"), (None, None)):
        before = baseline_of(result(group(recall=rate(value=was, n=40))))
        given = Given(Settings(), {}, {}, result=result(group()), baseline=before)
        outcome = check(given, RULES, Choice(select=("MA6",)))
        found = [(problem.code, problem.values["district"]) for problem in outcome.findings]
        assert found == ([] if code is None else [(code, "Alder")])


def test_accepted_findings_are_left_out_and_counted(project, run, tmp_path):
    _, evaluate = project
    run("evaluate", *evaluate, "--out", tmp_path / "out")
    world = clean()
    PLANTS["district_disagrees"](world)
    arguments = [*files(world, tmp_path), "--fail-on", "warning"]
    assert run("check", *arguments, "-o", "json=found.json").code == 1
    done = run("baseline", "update", "out/result.json", "--accept", "found.json")
    assert "accepted findings: 1" in done.err
    done = run("check", *arguments, "--baseline", "mapaccuracy-baseline.json", "-o", "json")
    assert done.code == 0
    assert done.document["suppressed"] == {"MA502": 1}
    assert done.document["findings"] == []
    assert run("baseline", "update", "found.json").code == 2
    assert run("baseline", "update", "out/result.json", "--accept", "out/result.json").code == 2
    assert run("baseline", "show", "--baseline", "no-such.json").code == 3


SUPPRESS = """
[check]
fail_on = "warning"
[[check.suppress]]
code = "MA401"
id = ["{id}"]
reason = "SYNTHETIC"
until = {until}
"""


def test_suppressions_hold_until_their_last_day(project, run, tmp_path, monkeypatch):
    world = clean()
    PLANTS["duplicate_id"](world)
    arguments = files(world, tmp_path)
    name = world.supplied["id"].iloc[80]
    (tmp_path / "mapaccuracy.toml").write_text(SUPPRESS.format(id=name, until="2027-06-30"))
    for today, codes, code in (
        (date(2027, 6, 30), set(), 0),
        (date(2027, 7, 1), {"MA401", "MA905"}, 1),
    ):
        monkeypatch.setattr(check_command, "_today", lambda today=today: today)
        done = run("check", *arguments, "-o", "json")
        assert {finding["code"] for finding in done.document["findings"]} == codes
        assert done.code == code
    (tmp_path / "mapaccuracy.toml").write_text(SUPPRESS.format(id="other", until="2099-01-01"))
    done = run("check", *arguments, "-o", "json")
    assert {finding["code"] for finding in done.document["findings"]} == {"MA401", "MA906"}
    assert "1 suppressed" not in run("check", *arguments).out


def test_severities_and_parameters_come_from_the_configuration(project, run, tmp_path):
    world = clean()
    PLANTS["duplicate_id"](world)
    arguments = files(world, tmp_path)
    (tmp_path / "mapaccuracy.toml").write_text('[check.severity]\nMA401 = "info"\n')
    assert run("check", *arguments).code == 0
    (tmp_path / "mapaccuracy.toml").write_text('[check]\nignore = ["MA4"]\n')
    assert run("check", *arguments).code == 0
    assert run("check", *arguments, "--ignore", "MA2").code == 1
    shown = run("check", *arguments, "--show-config")
    assert "check.ignore" in shown.out
    coarse = clean()
    PLANTS["low_precision"](coarse)
    (tmp_path / "mapaccuracy.toml").write_text("[check.params.MA209]\ncoarse_m = 500\n")
    assert run("check", *files(coarse, tmp_path), "-o", "json").document["findings"] == []
