"""The tolerance ladder, resolution and agreement by record, by hand and by brute force."""

from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from mapaccuracy import Settings, evaluate
from mapaccuracy.evaluation import ladder
from mapaccuracy.statistics.agreement import agreeing_records
from mapaccuracy.statistics.ladder import counts_within
from tests import naive

DECLARED = {"crs": "local", "assume_searched": True}


def points(xy, prefix, **columns):
    xy = np.asarray(xy, dtype=float).reshape(-1, 2)
    ids = [f"{prefix}{number:04d}" for number in range(len(xy))]
    return pd.DataFrame({"id": ids, "x": xy[:, 0], "y": xy[:, 1], **columns})


def square(side):
    return gpd.GeoDataFrame(geometry=[shapely.box(0, 0, side, side)])


def rungs_of(result, group=None):
    groups = [result.overall, *result.districts]
    chosen = groups[0] if group is None else next(g for g in groups if g.group == group)
    return {rung.tolerance_m: rung for rung in chosen.ladder}


def reference_points():
    i, j = np.arange(1, 31), np.arange(1, 41)
    a = 100 * np.column_stack([0.6180339887 * i % 1, 0.7548776662 * i % 1])
    b = 100 * np.column_stack([(0.5698402910 * j + 0.1) % 1, (0.8191725134 * j + 0.3) % 1])
    return a, b


def test_reference_points_at_every_rung():
    # The published pairs at 5, 10 and 15 m, and points with any find: 7, 27, 30 of 30.
    a, b = reference_points()
    chosen = Settings(**DECLARED, tolerance_m=15, ladder=[5, 10, 15], full_ladder=True)
    rungs = rungs_of(evaluate(points(a, "S"), points(b, "F"), settings=chosen))
    assert [rungs[t].confirmed for t in (5, 10, 15)] == [7, 20, 26]
    assert [rungs[t].mapped for t in (5, 10, 15)] == [7, 20, 26]
    assert [rungs[t].any_find_share for t in (5, 10, 15)] == [7 / 30, 27 / 30, 30 / 30]
    assert [rungs[t].any_point_share for t in (5, 10, 15)] == [8 / 40, 20 / 40, 26 / 40]
    assert rungs[10].precision == 20 / 30
    assert rungs[10].recall == 20 / 40
    assert rungs[10].f1 == pytest.approx(2 * (2 / 3) * 0.5 / (2 / 3 + 0.5))


def test_where_points_cannot_be_told_apart_only_any_find_is_told():
    row = [[4.0 * k, 0] for k in range(12)]
    found = [[4.0 * k + 1, 0] for k in range(6)]
    chosen = Settings(**DECLARED, tolerance_m=3, ladder=[2, 10])
    rungs = rungs_of(evaluate(points(row, "S"), points(found, "F"), settings=chosen))
    assert rungs[2].confirmed == 6
    assert rungs[2].reason is None
    ten = rungs[10]
    assert (ten.confirmed, ten.mapped, ten.precision, ten.recall, ten.f1) == (None,) * 5
    assert ten.reason == ladder.NOT_TOLD_APART
    # Points at 0 .. 28 m have the find at 21 m, or an earlier one, within 10 m.
    assert ten.any_find_share == 8 / 12
    full = Settings(**DECLARED, tolerance_m=3, ladder=[2, 10], full_ladder=True)
    ten = rungs_of(evaluate(points(row, "S"), points(found, "F"), settings=full))[10]
    assert (ten.confirmed, ten.reason) == (6, None)


def test_the_headline_is_a_rung_and_says_when_points_cannot_be_told_apart():
    row = points([[4.0 * k, 0] for k in range(12)], "S")
    result = evaluate(row, row, settings=Settings(**DECLARED, tolerance_m=7, ladder=[1]))
    assert list(rungs_of(result)) == [1.0, 7.0]
    assert rungs_of(result)[7.0].reason == ladder.NOT_TOLD_APART
    assert result.overall.resolution.resolvable is False
    assert result.overall.resolution.spacing_m == 4.0
    assert result.overall.resolution.ratio == 4 / 7
    assert result.overall.precision.value == 1.0


def test_a_dense_district_is_not_told_though_the_whole_is():
    sparse = [[40.0 * k, 0] for k in range(20)]
    dense = [[3.0 * k, 900] for k in range(10)]
    supplied = points([*sparse, *dense], "S", district=["A"] * 20 + ["B"] * 10)
    finds = points([*sparse, *dense], "F", district=["A"] * 20 + ["B"] * 10)
    result = evaluate(supplied, finds, settings=Settings(**DECLARED, ladder=[2, 10]))
    assert rungs_of(result)[10].confirmed == 30
    assert rungs_of(result, "A")[10].confirmed == 20
    assert rungs_of(result, "B")[10].reason == ladder.NOT_TOLD_APART
    assert rungs_of(result, "B")[2].confirmed == 10


def test_the_sets_are_those_of_the_headline():
    # At 30 m from the border a point is verifiable at 10 m; its disk of 50 m is not searched.
    supplied = points([[30, 50], [5, 5]], "S")
    finds = points([[60, 50], [90, 90]], "F")
    chosen = Settings(crs="local", tolerance_m=10, ladder=[10, 50])
    rungs = rungs_of(evaluate(supplied, finds, square(100), settings=chosen))
    assert [rungs[t].n for t in (10, 50)] == [1, 1]
    assert [rungs[t].any_find_share for t in (10, 50)] == [0.0, 1.0]
    assert [rungs[t].any_point_share for t in (10, 50)] == [0.0, 0.5]


def test_without_searched_areas_precision_is_null_at_every_rung():
    result = evaluate(points([[0, 0]], "S"), points([[1, 0]], "F"), settings=Settings(crs="local"))
    for rung in result.overall.ladder:
        assert (rung.n, rung.precision, rung.any_find_share) == (0, None, None)
        assert rung.reason == "no searched areas given"
        assert rung.any_point_share == 1.0


def test_search_that_follows_finds_silences_rungs_without_a_figure_by_chance():
    # A point in a disk of 12 m stays verifiable at 5 m over 16 m or so: less than four tolerances.
    supplied = points([[50, 50], [250, 50]], "S")
    finds = points([[50.5, 50], [150, 50]], "F")
    found_at = shapely.points([[50, 50], [150, 50]])
    disks = gpd.GeoDataFrame(geometry=list(shapely.buffer(found_at, 12)))
    chosen = Settings(crs="local", ladder=[2, 5, 6], tolerance_m=5, fade_out_m=20, draws=19)
    rungs = rungs_of(evaluate(supplied, finds, disks, settings=chosen))
    assert [rungs[t].precision for t in (2, 5)] == [1.0, 1.0]
    assert (rungs[6].precision, rungs[6].recall, rungs[6].f1) == (None, None, None)
    assert rungs[6].reason == ladder.FOLLOWS_FINDS


@given(
    st.lists(st.tuples(st.floats(0, 50), st.integers(-1, 3)), max_size=40),
    st.lists(st.integers(1, 50), min_size=1, max_size=6, unique=True),
)
def test_counts_within_agree_with_counting(items, rungs):
    distance = np.array([d for d, _ in items])
    group = np.array([g for _, g in items], dtype=int)
    rungs = np.array(sorted(rungs), dtype=float)
    got = counts_within(distance, group, rungs, 4)
    want = [[sum(d <= r and g == k for d, g in items) for r in rungs] for k in range(4)]
    assert got.tolist() == want
    assert (np.diff(got, axis=1) >= 0).all()


@settings(max_examples=20)
@given(st.integers(0, 10_000))
def test_every_rung_agrees_with_the_oracle(seed):
    rng = np.random.default_rng(seed)
    a, b = rng.uniform(0, 60, (12, 2)), rng.uniform(0, 60, (15, 2))
    chosen = Settings(**DECLARED, ladder=[2, 7, 20], tolerance_m=7, full_ladder=True)
    rungs = rungs_of(evaluate(points(a, "S"), points(b, "F"), settings=chosen))
    distance = cdist(a, b)
    for t in (2, 7, 20):
        assert rungs[t].confirmed == len(naive.match(distance, t))
        assert rungs[t].any_find_share == (distance.min(axis=1) <= t).mean()
        assert rungs[t].any_point_share == (distance.min(axis=0) <= t).mean()


def test_spacing_of_few_points_is_not_told_but_its_consequence_is():
    result = evaluate(
        points([[0, 0], [3.7, 0]], "S"), points([[0, 0]], "F"), settings=Settings(**DECLARED)
    )
    resolution = result.overall.resolution
    assert (resolution.spacing_m, resolution.ratio, resolution.resolvable) == (None, None, False)
    assert resolution.reason == "fewer than 10 supplied points"


def records(*sizes):
    return [name for name, size in zip("ABCDEFGH", sizes, strict=False) for _ in range(size)]


def test_agreement_by_record_by_hand():
    # Three records far apart. A: 3 of 6 points have a find in reach; B: 2 of 6; C has 4 points.
    xy = [[1000 * r + 30 * k, 0] for r, n in enumerate((6, 6, 4)) for k in range(n)]
    supplied = points(xy, "S", record_id=records(6, 6, 4))
    finds = points([xy[k] for k in (0, 1, 2, 6, 7, 12, 13, 14)], "F")
    agreement = evaluate(supplied, finds, settings=Settings(**DECLARED)).overall.agreement
    assert (agreement.share.n, agreement.agreeing, agreement.share.value) == (2, 1, 0.5)
    assert agreement.share.reason == "too few records for an interval"
    assert agreement.expected_share is None
    four = Settings(**DECLARED, record_points=4, record_share=0.6)
    agreement = evaluate(supplied, finds, settings=four).overall.agreement
    assert (agreement.share.n, agreement.agreeing) == (3, 1)


def test_a_record_in_two_districts_is_judged_in_each_by_its_points_there():
    xy = [[30 * k, 0] for k in range(12)]
    supplied = points(xy, "S", record_id="R", district=["A"] * 6 + ["B"] * 6)
    finds = points(xy[:6], "F", district="A")
    result = evaluate(supplied, finds, settings=Settings(**DECLARED))
    assert [(g.agreement.share.n, g.agreement.agreeing) for g in result.districts] == [
        (1, 1),
        (1, 0),
    ]
    assert (result.overall.agreement.share.n, result.overall.agreement.agreeing) == (1, 1)


@given(st.integers(0, 1000), st.integers(1, 4), st.floats(0.1, 1.0))
def test_agreeing_records_agree_with_counting(seed, least, share):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(0, 25))
    group, record = rng.integers(0, 3, n), rng.integers(0, 5, n)
    reached = rng.random((2, n)) < 0.5
    got_record, first, agrees = agreeing_records(group, record, reached, least, share)
    want = []
    for g in range(3):
        for r in range(5):
            rows = np.flatnonzero((group == g) & (record == r))
            if len(rows) >= least:
                hit = [bool(layout[rows].sum() >= share * len(rows)) for layout in reached]
                want.append((r, rows[0], hit))
    got = list(zip(got_record.tolist(), first.tolist(), agrees.T.tolist(), strict=True))
    assert got == [(r, first, hit) for r, first, hit in want]


def test_expected_agreement_is_the_mean_over_layouts():
    from mapaccuracy.evaluation import resolution

    layers = SimpleNamespace(
        point=np.arange(4),
        record=np.array([0, 0, 1, 1]),
        any_find=np.array([[True, True, False, False], [True, False, True, True]]),
    )
    evidence = SimpleNamespace(
        draws=SimpleNamespace(records=layers),
        compared=SimpleNamespace(settings=Settings(record_points=2, record_share=0.6)),
    )
    grouping = SimpleNamespace(supplied=np.zeros(4, dtype=int))
    # Layout 1: the first of two agrees; layout 2: the second. The mean share is a half.
    assert resolution._expected(evidence, grouping, 1) == [0.5]
