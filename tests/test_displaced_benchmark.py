"""Worlds of displaced maps have the truth they claim, and the tables say what was found."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from benchmarks import displaced, displaced_worlds
from benchmarks.displaced import Outcome, cell, outcome, recovered, summary, unrelated, verdicts
from benchmarks.displaced_contenders import (
    CONTENDERS,
    OURS,
    TOLERANCE_M,
    Answer,
    matched_share,
    ours,
)
from benchmarks.displaced_worlds import FARTHEST_M, LAYOUTS, NOISE_M, Kind, make
from benchmarks.inputs import scenario
from mapaccuracy.simulate import simulate

# Farther off than any of some thousand errors of this size lies, in two dimensions.
FAR_M = 6 * NOISE_M
OTHERS = [name for name in CONTENDERS if name != OURS]


def made(kind, seed=0):
    return make(kind, np.random.default_rng(seed))


def confirmed(world):
    """Which points have a find within noise of where they truly are, by brute force."""
    return (cdist(world.supplied + world.move, world.finds) < FAR_M).any(axis=1)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("records", displaced.RECORDS)
def test_finds_are_the_points_moved(layout, records):
    world = made(Kind(layout, records))
    rest = world.finds - (world.supplied + world.move)
    assert len(np.unique(world.record)) == records
    assert (np.abs(world.move) <= FARTHEST_M).all()
    assert rest.std() == pytest.approx(NOISE_M, rel=0.1)
    assert np.abs(rest.mean(axis=0)).max() < 5 * NOISE_M / len(rest) ** 0.5


@pytest.mark.parametrize("layout", ["random headings", "all parallel"])
def test_mines_of_a_record_are_5_m_apart(layout):
    world = made(Kind(layout, 12))
    headings = set()
    for record in range(12):
        own = world.supplied[world.record == record]
        apart = cdist(own, own) + np.diag(np.full(len(own), np.inf))
        assert apart.min(axis=1) == pytest.approx(np.full(len(own), 5.0))
        assert 8 <= len(own) <= 72
        along = own[1] - own[0]
        headings.add(round(float(np.arctan2(along[1], along[0])) % np.pi, 6))
    assert len(headings) == (1 if layout == "all parallel" else 12)


def test_missing_and_spurious_finds_are_counted_exactly():
    kind = Kind("scattered", 12)
    n = len(made(kind).supplied)
    world = made(replace(kind, missing=0.6, spurious=0.3))
    true = n - round(0.6 * n)
    assert len(world.supplied) == n
    assert len(world.finds) == true + round(0.3 * n)
    # As many finds as claimed belong to points of their own; the others lie near the records.
    apart = cdist(world.finds, world.supplied + world.move)
    find, point = linear_sum_assignment(apart[:true])
    assert apart[find, point].max() < FAR_M
    assert apart[true:].min(axis=1).max() < 120
    assert (apart[true:].min(axis=1) > FAR_M).mean() > 0.3


def test_whole_records_have_nothing_behind_them():
    world = made(Kind("random headings", 40, spurious=0.6, whole=True))
    kept = confirmed(world)
    share = np.bincount(world.record, weights=kept) / np.bincount(world.record)
    # Fields may cross a record by chance; most of an empty one stays empty.
    assert (share == 1).sum() == 16
    assert (share < 0.5).sum() == 24
    assert len(world.finds) > 1.5 * kept.sum()


def test_maps_that_know_nothing_have_no_truth():
    world = made(Kind("all parallel", 12, related=False))
    assert world.move is None
    assert matched_share(world.supplied, world.finds, np.zeros(2)) < 0.3


def test_worlds_are_seeded_one_by_one():
    tasks = displaced.worlds(2, 3)
    # 3 layouts, 2 numbers of records; 5 x 5 shares of single finds, 4 x 5 of whole records.
    assert len(tasks) == 3 * 2 * (25 + 20) * 2 + 3 * 2 * 3
    assert len(set(tasks)) == len(tasks)
    kind, run = tasks[7]
    assert np.array_equal(displaced.world(kind, run).finds, displaced.world(kind, run).finds)
    moves = {tuple(displaced.world(*task).move) for task in tasks[:60]}
    assert len(moves) == 60


def test_matched_share_is_that_of_brute_force():
    world = made(Kind("random headings", 12, missing=0.6))
    move = np.array([3.0, -4.0])
    near = (cdist(world.supplied + move, world.finds) <= TOLERANCE_M).any(axis=1)
    assert matched_share(world.supplied, world.finds, move) == near.mean()


@pytest.mark.parametrize("name", OTHERS)
def test_contenders_recover_an_easy_move(name):
    # Single mines far apart, all found: even the nearest find is the right one.
    pytest.importorskip("skimage")
    rng = np.random.default_rng(3)
    axis = np.arange(6) * 400.0
    supplied = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    supplied += rng.uniform(-40, 40, supplied.shape)
    move = np.array([21.0, -34.0])
    finds = supplied + move + rng.normal(0, 0.3, supplied.shape)
    answer = CONTENDERS[name](supplied, finds, np.arange(len(supplied)))
    assert answer.move == pytest.approx(move, abs=1.0)


def test_contenders_other_than_ours_always_answer():
    pytest.importorskip("skimage")
    world = made(Kind("random headings", 12, related=False))
    for name in OTHERS:
        assert CONTENDERS[name](world.supplied, world.finds, world.record).move is not None


@pytest.mark.slow
def test_ours_recovers_a_move_and_is_silent_about_nothing():
    world = made(Kind("random headings", 12, missing=0.3, spurious=0.3))
    answer = ours(world.supplied, world.finds, world.record)
    assert answer.verdict == "displaced"
    assert answer.move == pytest.approx(world.move, abs=1.0)
    world = made(Kind("random headings", 12, related=False))
    assert ours(world.supplied, world.finds, world.record).move is None


def test_an_answer_is_held_against_the_truth():
    kind = Kind("scattered", 12)
    world = made(kind)
    near, far = np.array([0.0, 0.5]), np.array([9.0, 0.0])
    answer = Answer(world.move + np.array([3.0, 4.0]), (world.move + near, world.move + far))
    found = outcome(kind, world, "x", answer, 2.0)
    assert found.error_m == pytest.approx(5.0)
    assert found.named_m == pytest.approx(0.5)
    assert found.claims
    assert found.before < 0.3 < found.after
    silent = outcome(kind, world, "x", Answer(None, verdict="cannot_be_told"), 2.0)
    assert (silent.error_m, silent.named_m, silent.claims) == (None, None, False)
    assert silent.before == silent.after


def one(name, error_m, named_m=None, claims=True, after=0.0, seconds=1.0, verdict="", **kind):
    kind = Kind("scattered", 12, **kind)
    return Outcome(kind, name, error_m, named_m, claims, 0.01, after, seconds, verdict)


def row(text, first):
    (line,) = (line for line in text.splitlines() if line.startswith(f"| {first} |"))
    return [part.strip() for part in line.strip("|").split("|")]


def test_summary_tells_right_wrong_and_silent_apart():
    found = [
        [one(OURS, 0.2, seconds=2.0), one("ICP", 0.5, seconds=1.0)],
        [one(OURS, 9.0, named_m=0.3, seconds=2.0), one("ICP", 4.0, seconds=4.0)],
        [one(OURS, None, claims=False, seconds=2.0), one("ICP", 80.0, seconds=8.0)],
        [one(OURS, 30.0, named_m=25.0, seconds=2.0), one("ICP", 90.0, seconds=8.0)],
    ]
    text = summary(found)
    assert row(text, OURS) == [OURS, "25", "25", "50", "25", "25", "9.0", ""]
    # Ratios .5, 2, 4, 4: median 3.
    assert row(text, "ICP") == ["ICP", "25", "50", "50", "50", "0", "42", "3"]


def test_unrelated_table_shows_what_a_fit_pretends():
    found = [
        [one("ICP", None, after=0.09, related=False)],
        [one("ICP", None, after=0.05, related=False)],
        [one("ICP", None, claims=False, after=0.01, related=False)],
    ]
    assert row(unrelated(found), "ICP") == ["ICP", "67", "1.0", "5.0", "9.0"]


def test_cell_without_an_answer_has_no_median():
    assert cell([one(OURS, None, claims=False)]) == "0 / 0, –"


def test_verdicts_are_counted_by_kind_of_map():
    found = [
        [one(OURS, 0.2, verdict="displaced"), one("ICP", 1.0)],
        [one(OURS, None, verdict="cannot_be_told"), one("ICP", 1.0)],
        [one(OURS, None, verdict="cannot_be_told", related=False), one("ICP", None)],
    ]
    text = verdicts(found)
    assert row(text, "displaced") == ["displaced", "1", "0"]
    assert row(text, "cannot_be_told") == ["cannot_be_told", "1", "1"]


def test_a_large_map_is_moved_by_the_same_everywhere(tmp_path):
    displaced_worlds.large(800, tmp_path)
    moved = pd.read_csv(tmp_path / "supplied.csv")
    truth = simulate(scenario("records", 800)).supplied
    # Degrees to metres on the ellipsoid of WGS 84, by its two radii of curvature.
    sin2 = np.sin(np.radians(truth["lat"])) ** 2
    flat = 1 - 0.00669437999014 * sin2
    north = 6378137.0 * (1 - 0.00669437999014) / flat**1.5
    east = 6378137.0 / flat**0.5 * np.cos(np.radians(truth["lat"]))
    across = (np.radians(truth["lon"] - moved["lon"]) * east).to_numpy()
    along = (np.radians(truth["lat"] - moved["lat"]) * north).to_numpy()
    assert len(across) == 800
    assert np.abs(across - (-62.0)).max() < 0.01
    assert np.abs(along - 88.0).max() < 0.01
    assert len(pd.read_csv(tmp_path / "finds.csv")) == 800


def test_what_a_document_says_of_a_large_map():
    document = {
        "verdict": "displaced",
        "displacement": {"east_m": -61.4, "north_m": 88.8, "p": 0.01},
        "sampling": {
            "unit": "record",
            "units": 5000,
            "units_drawn": 1250,
            "pairs": 1234567,
            "p_error": 0.00995,
        },
    }
    # The large map is off by 62 m west and 88 m north: .6 and .8 from there is 1 m.
    assert displaced.said(document) == [
        "displaced",
        "1.00 m off",
        "1,250 of 5,000 records",
        "1,234,567",
        "0.01 (± 0.01)",
    ]
    document["displacement"] = {"east_m": None, "north_m": None, "p": None}
    document["sampling"]["p_error"] = None
    assert displaced.said(document)[1] == "none claimed"
    assert displaced.said(document)[4] == ""


def test_all_tables_hold_every_contender_and_world():
    def all_say(**kind):
        return [one(name, 0.5, verdict="displaced", **kind) for name in CONTENDERS]

    found = [
        all_say(),
        all_say(missing=0.6, spurious=0.3),
        all_say(missing=0.9, spurious=0.3, whole=True),
        all_say(related=False),
    ]
    text = "\n\n".join(recovered(found))
    assert "### 2 displaced maps, at most 0.6 missing and spurious" in text
    assert "### 1 displaced maps, more missing or spurious" in text
    single, whole = text.split("### By share missing and spurious")[1:]
    assert row(single, ".3")[:4] == [".3", ".6", "1", "100 / 100, 0.5"]
    assert row(whole, ".3")[:4] == [".3", ".9", "1", "100 / 100, 0.5"]
    assert row(whole, "0")[:3] == ["0", "0", "1"]
    for name in CONTENDERS:
        assert text.count(name) >= 3
