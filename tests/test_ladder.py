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
from mapaccuracy.evaluation import compared, ladder
from mapaccuracy.statistics.agreement import agreeing_records
from mapaccuracy.statistics.disclosure import group_to_withhold
from mapaccuracy.statistics.ladder import counts_within
from mapaccuracy.statistics.medians import weighted_medians
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


def test_a_district_that_can_be_told_apart_says_that_the_whole_map_cannot():
    # Of 30 points 18 stand 3 m apart, so pairs at 10 m are counted nowhere; A could tell its own.
    sparse = [[40.0 * k, 0] for k in range(12)]
    dense = [[3.0 * k, 900] for k in range(18)]
    supplied = points([*sparse, *dense], "S", district=["A"] * 12 + ["B"] * 18)
    finds = points([*sparse, *dense], "F", district=["A"] * 12 + ["B"] * 18)
    one = evaluate(supplied, finds, settings=Settings(**DECLARED, tolerance_m=2, ladder=[2, 10]))
    assert rungs_of(one, "A")[10].reason == (
        "not counted, because points of the whole map cannot be told apart at this tolerance "
        "(--full-ladder counts them)"
    )
    assert rungs_of(one, "A")[10].confirmed is None
    for group in ("B", None):
        assert rungs_of(one, group)[10].reason == "points cannot be told apart at this tolerance"
    full = Settings(**DECLARED, tolerance_m=2, ladder=[2, 10], full_ladder=True)
    assert rungs_of(evaluate(supplied, finds, settings=full), "A")[10].confirmed == 12


def test_the_spacing_counts_every_point_alike(monkeypatch):
    # One record of 2,000 points 1 m apart, 20 of ten points 50 m apart.
    dense = [[1.0 * k, 0] for k in range(2000)]
    sparse = [[50.0 * k, 1000.0 * r] for r in range(1, 21) for k in range(10)]
    supplied = points(
        [*dense, *sparse],
        "S",
        record_id=["R0"] * 2000 + [f"R{r}" for r in range(1, 21) for _ in range(10)],
    )
    finds = points([[0, 0]], "F")
    for most in (None, 300):
        if most is not None:
            # As in a map that is too large for all spacings to be looked up.
            monkeypatch.setattr(compared, "_SPACINGS", most)
        resolution = evaluate(supplied, finds, settings=Settings(**DECLARED)).overall.resolution
        assert (resolution.spacing_m, resolution.resolvable) == (1.0, False)


def test_the_spacing_is_that_of_verifiable_points_where_there_are_any():
    # Twelve points 40 m apart in searched ground, sixty 3 m apart outside.
    sparse = [[40.0 * k, 50] for k in range(12)]
    dense = [[3.0 * k, 900] for k in range(60)]
    supplied = points([*sparse, *dense], "S", district=["A"] * 12 + ["B"] * 60)
    finds = points([*sparse, *dense], "F", district=["A"] * 12 + ["B"] * 60)
    ground = gpd.GeoDataFrame(geometry=[shapely.box(-100, 0, 600, 100)])
    found = evaluate(supplied, finds, ground, settings=Settings(crs="local"))
    assert found.overall.resolution.spacing_m == 40.0
    assert {g.group: g.resolution.spacing_m for g in found.districts} == {"A": 40.0, "B": 3.0}
    # Without searched areas no point is verifiable: all are asked.
    bare = evaluate(supplied, finds, settings=Settings(crs="local"))
    assert bare.overall.resolution.spacing_m == 3.0
    # Whatever was found there.
    assert (
        evaluate(supplied, finds[:1], ground, settings=Settings(crs="local")).overall.resolution
        == found.overall.resolution
    )


def test_points_at_one_position_have_no_distance():
    supplied = points([[0, 0]] * 8 + [[90.0 * k, 500] for k in range(5)], "S")
    resolution = evaluate(
        supplied, points([[0, 0]], "F"), settings=Settings(**DECLARED)
    ).overall.resolution
    assert (resolution.spacing_m, resolution.resolvable) == (0.0, False)


@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.integers(1, 5), st.integers(-1, 3)), min_size=1, max_size=40
    )
)
def test_weighted_medians_are_medians_of_values_repeated(items):
    value, weight, group = (np.array(column) for column in zip(*items, strict=True))
    got = weighted_medians(value.astype(float), weight.astype(float), group, 4)
    for index in range(4):
        own = group == index
        if not own.any():
            assert np.isnan(got[index])
        else:
            assert got[index] == np.median(np.repeat(value[own], weight[own]))


# Few points or finds


def few_case(n_a, n_b, n_c):
    """Make three districts far apart; points stand on finds, or 7 m off every second time."""
    xy, shift, name = [], [], []
    for number, (letter, n) in enumerate(zip("ABC", (n_a, n_b, n_c), strict=True)):
        xy += [[60.0 * k, 2000.0 * number] for k in range(n)]
        shift += [[0.0, 7.0 * (k % 2)] for k in range(n)]
        name += [letter] * n
    return points(xy, "S", district=name), points(np.array(xy) + shift, "F", district=name)


POINT_FIGURES = ("confirmed", "precision", "any_find_share")
FIND_FIGURES = ("mapped", "recall", "any_point_share")


def told(rung, names):
    return [getattr(rung, name) is not None for name in names]


def test_few_points_have_no_figures_beyond_the_headline():
    # C has four points: where the finds lie would be told rung by rung.
    supplied, finds = few_case(12, 9, 4)
    extra = points([[60.0 * k, 4300.0] for k in range(3)], "G", district=["C"] * 3)
    chosen = Settings(**DECLARED, tolerance_m=5, ladder=[2, 5, 10])
    found = evaluate(supplied, pd.concat([finds, extra]), settings=chosen)
    for rung in rungs_of(found, "C").values():
        headline = rung.tolerance_m == 5
        assert told(rung, POINT_FIGURES) == [headline] * 3
        assert (rung.f1 is None) is not headline
        # Of its seven finds the figures stay.
        assert told(rung, FIND_FIGURES) == [True] * 3
        assert rung.reason == (None if headline else "fewer than 5 points or finds")
        assert rung.n == 4
    # The whole less A would tell of C: so the next smallest is left out as well.
    for rung in rungs_of(found, "B").values():
        headline = rung.tolerance_m == 5
        assert told(rung, POINT_FIGURES) == [headline] * 3
        assert told(rung, FIND_FIGURES) == [True] * 3
        assert rung.reason == (
            None if headline else "withheld, because the rest would tell single items of others"
        )
    for group in ("A", None):
        assert all(all(told(rung, POINT_FIGURES)) for rung in rungs_of(found, group).values())


def test_few_finds_have_no_figures_beyond_the_headline():
    supplied, finds = few_case(12, 9, 6)
    found = evaluate(
        supplied, finds[:-2], settings=Settings(**DECLARED, tolerance_m=5, ladder=[2, 5, 10])
    )
    for group, silent in (("C", True), ("B", True), ("A", False), (None, False)):
        for rung in rungs_of(found, group).values():
            headline = rung.tolerance_m == 5
            assert told(rung, POINT_FIGURES) == [True] * 3
            assert told(rung, FIND_FIGURES) == [headline or not silent] * 3
            assert (rung.f1 is None) is (silent and not headline)


def test_a_whole_map_of_few_points_has_no_ladder():
    supplied = points([[100.0 * k, 0] for k in range(4)], "S")
    finds = points([[100.0 * k, 3] for k in range(8)], "F")
    rungs = rungs_of(evaluate(supplied, finds, settings=Settings(**DECLARED, ladder=[2, 5, 10])))
    assert [rungs[t].any_find_share for t in (2, 5, 10)] == [None, None, 1.0]
    assert [rungs[t].any_point_share for t in (2, 5, 10)] == [0.0, 0.5, 0.5]


@settings(max_examples=25)
@given(st.lists(st.integers(0, 11), min_size=1, max_size=5), st.integers(0, 6))
def test_no_few_points_follow_from_the_ladder_by_subtraction(sizes, elsewhere):
    n = [*sizes, elsewhere]
    xy = [[60.0 * k, 2000.0 * number] for number, size in enumerate(n) for k in range(size)]
    if not xy:
        return
    name = [f"D{number}" for number, size in enumerate(n) for _ in range(size)]
    supplied, finds = points(xy, "S", district=name), points(xy, "F", district=name)
    found = evaluate(supplied, finds, settings=Settings(**DECLARED, ladder=[2, 10], draws=19))
    for share in ("any_find_share", "any_point_share"):
        shown = [
            group.ladder[0].n
            for group in found.districts
            if getattr(group.ladder[0], share) is not None
        ]
        assert all(size >= 5 for size in shown)
        rest = len(xy) - sum(shown)
        if getattr(found.overall.ladder[0], share) is None:
            assert len(xy) < 5
        else:
            assert rest == 0 or rest >= 5


@given(st.lists(st.integers(0, 12), min_size=1, max_size=8), st.integers(0, 6), st.integers(1, 6))
def test_the_least_group_is_withheld_and_no_more_than_needed(n, elsewhere, least):
    count = np.array(n)
    shown = count >= least
    total = int(count.sum()) + elsewhere
    index = group_to_withhold(count, shown, total, least)
    rest = total - int(count[shown].sum())
    if index is None:
        assert rest == 0 or rest >= least or not shown.any()
    else:
        assert 0 < rest < least
        assert shown[index]
        assert count[index] == count[shown].min()
        assert rest + count[index] >= least


def test_the_sets_are_those_of_the_headline():
    # At 30 m from the border points are verifiable at 10 m; their disks of 50 m are not searched.
    supplied = points([*[[30, 40 + 3 * k] for k in range(5)], [5, 5]], "S")
    finds = points([*[[60, 40 + 3 * k] for k in range(3)], [95, 90], [90, 95], [95, 95]], "F")
    chosen = Settings(crs="local", tolerance_m=10, ladder=[10, 50])
    rungs = rungs_of(evaluate(supplied, finds, square(100), settings=chosen))
    assert [rungs[t].n for t in (10, 50)] == [5, 5]
    assert [rungs[t].any_find_share for t in (10, 50)] == [0.0, 1.0]
    assert [rungs[t].any_point_share for t in (10, 50)] == [0.0, 0.5]


def test_without_searched_areas_precision_is_null_at_every_rung():
    result = evaluate(
        points([[900 * k, 0] for k in range(5)], "S"),
        points([[900 * k + 0.5, 0] for k in range(5)], "F"),
        settings=Settings(crs="local"),
    )
    for rung in result.overall.ladder:
        assert (rung.n, rung.precision, rung.any_find_share) == (0, None, None)
        assert rung.reason == "no searched areas given"
        assert rung.any_point_share == 1.0


def test_search_that_follows_finds_silences_rungs_without_a_figure_by_chance():
    # A point in a disk of 12 m stays verifiable at 5 m over 16 m or so: less than four tolerances.
    at = np.array([[50.0 + 100 * k, 50] for k in range(5)])
    supplied = points([*at, [950, 50]], "S")
    finds = points([*(at + np.array([0.5, 0])), [750, 50]], "F")
    found_at = shapely.points([*at, [750, 50]])
    disks = gpd.GeoDataFrame(geometry=list(shapely.buffer(found_at, 12)))
    chosen = Settings(crs="local", ladder=[2, 5, 7], tolerance_m=5, fade_out_m=20, draws=19)
    rungs = rungs_of(evaluate(supplied, finds, disks, settings=chosen))
    assert [rungs[t].precision for t in (2, 5)] == [1.0, 1.0]
    assert (rungs[7].precision, rungs[7].recall, rungs[7].f1) == (None, None, None)
    assert rungs[7].reason == ladder.FOLLOWS_FINDS


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
