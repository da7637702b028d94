"""Both questions asked of chance: by hand, by brute force, and on worlds with known truth."""

import itertools
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist

from mapaccuracy import Settings, SettingsError, evaluate, intake
from mapaccuracy.evaluation import chance, groupings, layers
from mapaccuracy.evaluation.compared import compare
from mapaccuracy.evaluation.located import locate
from mapaccuracy.statistics.chance import (
    error_of_expected,
    ground_chance,
    null_of,
    p_of_clusters,
    p_value,
    recombined,
    share_testable,
)
from tests import naive

# --- functions of arrays -----------------------------------------------------------------------


def test_p_by_hand():
    assert p_value(5, np.array([1, 2, 3, 4])) == 1 / 5
    assert p_value(4, np.array([1, 4, 4, 5])) == 4 / 5  # ties speak against the map
    assert p_value(0, np.zeros(999)) == 1.0


def test_p_agrees_with_scipy():
    rng = np.random.default_rng(0)
    null = rng.poisson(4.0, 199).astype(float)
    result = stats.monte_carlo_test(
        np.full(2, 7.0),
        lambda size: np.repeat(null[: size[0], None], 2, axis=1),
        lambda sample, axis: np.mean(sample, axis=axis),
        n_resamples=199,
        vectorized=True,
        alternative="greater",
    )
    assert p_value(7.0, null) == result.pvalue


def test_torus_shifts_of_the_reference_points():
    # The reference points A are shifted round a torus of 100 m; distances to B are those of the
    # plane. Points with a find within 5 m (reproduced with spatstat in R).
    i, j = np.arange(1, 31), np.arange(1, 41)
    a = 100 * (np.column_stack([0.6180339887 * i, 0.7548776662 * i]) % 1)
    b = 100 * (np.column_stack([0.5698402910 * j + 0.1, 0.8191725134 * j + 0.3]) % 1)
    tree = cKDTree(b)
    counts = {
        (dx, dy): int((tree.query((a + np.array([dx, dy])) % 100)[0] <= 5).sum())
        for dx in range(0, 100, 10)
        for dy in range(0, 100, 10)
    }
    observed = counts.pop((0, 0))
    drawn = np.array(list(counts.values()))
    assert observed == 7
    assert [counts[10, 0], counts[0, 10], counts[50, 50]] == [10, 9, 7]
    assert drawn.mean() == pytest.approx(9.1212121, abs=5e-8)
    assert (drawn >= observed).sum() == 87
    assert p_value(observed, drawn) == pytest.approx(0.88)


def test_recombined_totals_follow_the_product_of_all_outcomes():
    observed, by_layer = np.array([3, 0, 1]), np.array([[0, 2, 1], [1, 2, 0]])
    outcomes = np.vstack([observed, by_layer])
    exact = [
        sum(outcomes[k, r] for r, k in enumerate(pick))
        for pick in itertools.product(range(3), repeat=3)
    ]
    drawn = recombined(observed, by_layer, 27_000, np.random.default_rng(1))
    values, expected = np.unique(exact, return_counts=True)
    counts = np.array([(drawn == value).sum() for value in values])
    assert counts.sum() == len(drawn)
    assert stats.chisquare(counts, expected * 1000).pvalue > 0.001


def test_recombined_p_holds_its_level_with_few_layers():
    # 20 records whose observed pairs are one more draw of what their 19 layers are drawn from.
    rng = np.random.default_rng(3)
    p = []
    for _ in range(1500):
        pairs = rng.negative_binomial(1, 0.3, (20, 20))
        drawn = recombined(pairs[0], pairs[1:], 199, rng)
        p.append(p_value(pairs[0].sum(), drawn))
    low, high = stats.binomtest(int((np.array(p) <= 0.05).sum()), len(p)).proportion_ci(0.999)
    assert low < 0.05 < high


def test_error_of_expected_by_hand():
    by_layer = np.array([[2, 0], [4, 2], [6, 1]])  # means 4 and 1, variances 4 and 1
    size = np.array([10, 5])
    assert error_of_expected(by_layer, size) == pytest.approx((5 / 3) ** 0.5 / 15)
    # P = 5/15; residuals 4 - 10/3 and 1 - 5/3; f = 0.25
    between = 0.75 * 2 / 1 * 2 * (2 / 3) ** 2
    assert error_of_expected(by_layer, size, 0.25) == pytest.approx((5 / 3 + between) ** 0.5 / 15)
    assert error_of_expected(by_layer[:, :1], size[:1], 0.25) is None


@pytest.mark.parametrize(("pairs", "near"), [(0, 1 / 62), (10, 61 / 62)])
def test_layers_that_agree_leave_an_error(pairs, near):
    # 3 layers of two records of 10 points: all or none of 60 moved points have a pair.
    by_layer = np.full((3, 2), pairs)
    expected = (near * (1 - near) / 60) ** 0.5
    for share in (1.0, 0.5):
        assert error_of_expected(by_layer, np.array([10, 10]), share) == pytest.approx(expected)


def test_p_of_equal_clusters_is_that_of_a_t_test():
    excess = np.array([1.5, -0.5, 2.0, 0.0, 1.0, 0.5, -1.0])
    expected = stats.ttest_1samp(excess, 0, alternative="greater").pvalue
    split = np.column_stack([excess - 3, np.full(7, 3.0)]).ravel()  # two records in each
    found = p_of_clusters(split, np.full(14, 5), np.repeat(np.arange(7), 2))
    assert found == pytest.approx(expected)
    # Labels need not be dense.
    assert p_of_clusters(excess, np.full(7, 10), 3 * np.arange(7)) == pytest.approx(expected)


def test_p_of_unequal_clusters_by_hand():
    # Clusters of 10, 10, 10, 10, 20, 20 points: K_eff = 80^2 / 1200 = 5.33. The sum of e is 8, a
    # tenth of the points; residuals 1, -1, 1, -1, 3, -3, of which the squares add up to 22.
    e, n = np.array([2.0, 0, 2, 0, 5, -1]), np.array([10, 10, 10, 10, 20, 20])
    t = 8 / (6 / 5 * 22) ** 0.5
    assert p_of_clusters(e, n, np.arange(6)) == pytest.approx(stats.t.sf(t, 5))
    # With 70 points in one of the six, K_eff is 120^2 / 5400 = 2.7.
    assert p_of_clusters(e, np.array([10, 10, 10, 10, 10, 70]), np.arange(6)) is None


@pytest.mark.parametrize(("share", "p"), [(0.3, 0.0), (0.0, 1.0), (-0.3, 1.0)])
def test_p_of_clusters_with_the_same_share_to_spare(share, p):
    n = np.array([10, 13, 17, 11, 19, 7])
    assert p_of_clusters(share * n, n, np.arange(6)) == p


def answered(observed, by_layer, size, **kwargs):
    options = {"draws": 4, "verifiable": 20, "finds": 40} | kwargs
    return null_of(
        np.array(observed),
        np.array(by_layer),
        np.array(size),
        rng=np.random.default_rng(0),
        **options,
    )


def test_null_by_hand():
    null = answered([6, 2], [[1, 1], [3, 0], [0, 3], [5, 3]], [10, 10])
    assert null.observed_precision == 8 / 20
    assert null.expected_precision == 16 / 80
    assert null.expected_recall == pytest.approx(0.2 * 20 / 40)
    assert null.skill == pytest.approx((0.4 - 0.2) / 0.8)
    assert (null.p, null.draws) == (2 / 5, 4)  # one of the four has 8 pairs as well
    assert (null.records, null.points, null.reason) == (2, 20, None)


def test_null_worse_than_chance_is_printed():
    null = answered([0, 0], [[5, 5]] * 4, [10, 10])
    assert null.skill == -1.0
    assert null.p == 1.0


def test_null_undefined():
    sure = answered([10, 10], [[10, 10]] * 4, [10, 10], finds=0)
    assert (sure.skill, sure.expected_recall, sure.p) == (None, None, 1.0)
    assert sure.reason == "no skill, because chance alone confirms every point"
    assert answered([10, 10], [[10, 10]] * 4, [10, 10], finds=5).expected_recall == 1.0


def test_no_recall_follows_from_pairs_that_share_finds():
    assert answered([6, 2], [[1, 1]] * 4, [10, 10]).expected_recall == pytest.approx(0.05)
    many = answered([6, 2], [[1, 1]] * 4, [10, 10], one_to_one=False)
    assert (many.expected_recall, many.expected_precision) == (None, 0.1)


def test_records_of_one_cluster_answer_as_one():
    # Six clusters of two records: all draws have 6 pairs, the map has 8.
    observed, moved = [1, 1, 1, 0, 1, 1, 1, 0, 1, 0, 1, 0], [[1, 0] * 6] * 19
    size, cluster = [5] * 12, np.repeat(np.arange(6), 2)
    alone = answered(observed, moved, size, draws=19)
    assert alone.p == answered(observed, moved, size, draws=19, cluster=np.arange(12)).p == 1 / 20
    # Excess by cluster: 2 - 1, 1 - 1 and so on.
    expected = stats.ttest_1samp([1, 0, 1, 0, 0, 0], 0, alternative="greater").pvalue
    assert expected > 1 / 20
    together = answered(observed, moved, size, draws=19, cluster=cluster)
    assert together.p == pytest.approx(expected)
    assert (together.reason, together.expected_precision) == (None, 0.1)
    few = answered(observed, moved, size, draws=19, cluster=cluster // 2)
    assert few.p is None
    assert few.reason == "records lie too close together to be shifted independently"
    assert few.skill == alone.skill


def test_few_records_are_not_recombined():
    null = answered([6, 2], [[1, 1]] * 2, [10, 10], draws=99)
    assert (null.draws, null.p) == (2, 1 / 3)
    null = answered([6, 2, 3], [[1, 1, 1]] * 2, [10, 10, 10], draws=99)
    assert null.draws == 99


def test_ground_chance_by_hand():
    # Part 1: half of 40 positions near a find, 30 points; part 2: a tenth of 160, 10 points.
    share = ground_chance(np.array([20, 16]), np.array([40, 160]), np.array([30, 10]), 40)
    assert share.any_find_share == pytest.approx((30 * 0.5 + 10 * 0.1) / 40)
    assert (share.samples, share.reason) == (200, None)
    near = np.array([21 / 42, 17 / 162])
    variance = ((np.array([30, 10]) / 40) ** 2 * near * (1 - near) / np.array([40, 160])).sum()
    assert share.mc_error == pytest.approx(variance**0.5)


@pytest.mark.parametrize(
    ("within", "drawn", "points", "judged", "reason"),
    [
        ([9], [99], [5], 5, "too few verifiable positions drawn in the searched ground"),
        # A part without a position holds more than a fifth of the points.
        ([9, 0], [500, 0], [7, 3], 10, "too few verifiable positions drawn in the searched ground"),
        ([], [], [], 0, "no verifiable supplied points"),
    ],
)
def test_ground_chance_has_its_limits(within, drawn, points, judged, reason):
    arrays = (np.array(values, dtype=int) for values in (within, drawn, points))
    share = ground_chance(*arrays, judged)
    assert (share.any_find_share, share.mc_error, share.reason) == (None, None, reason)


def test_share_testable_by_hand():
    assert share_testable(60, 0, 40, 100) == 0.6
    # Half of what was tried can be tested, so half of what was not tried.
    assert share_testable(10, 60, 10, 100) == 0.4
    assert share_testable(0, 5, 0, 5) is None
    assert share_testable(0, 0, 0, 0) is None


def test_a_few_tested_records_do_not_stand_for_the_group():
    few = answered([6, 2], [[1, 1]] * 20, [10, 10], tested_share=0.79)
    most = answered([6, 2], [[1, 1]] * 20, [10, 10], tested_share=0.8)
    assert (few.stands_for_group, few.expected_recall, few.expected_precision) == (False, None, 0.1)
    assert (most.stands_for_group, most.expected_recall) == (True, pytest.approx(0.05))


# --- worlds --------------------------------------------------------------------------------------


def layer_of(xy, prefix, **columns):
    xy = np.asarray(xy, dtype=float).reshape(-1, 2)
    ids = [f"{prefix}{number:05d}" for number in range(len(xy))]
    return pd.DataFrame({"id": ids, "x": xy[:, 0], "y": xy[:, 1], **columns})


def compared_of(supplied, finds, searched, settings):
    data = {"supplied": supplied, "finds": finds, "searched": searched}
    tables = {
        role: intake.conform(intake.as_tables(table, role), role, settings)
        for role, table in data.items()
        if table is not None
    }
    return compare(locate(tables, settings), None, settings)


def answers_of(compared, grouping=None, sample=None):
    grouping = groupings.overall(compared.inputs) if grouping is None else grouping
    draws = chance.draw(compared)
    evidence = SimpleNamespace(compared=compared, draws=draws, sample=sample)
    return chance.of_groups(evidence, grouping, [None] * len(grouping.names)), draws


def by_record(compared):
    records = compared.record.max() + 1
    none = np.full(len(compared.inputs.finds), -1)
    return groupings.Grouping([str(r) for r in range(records)], compared.record, none, None)


def field(rng, spacing_m=5.0, rows=None, per_row=None):
    """A minefield of 1 to 3 rows, 15 m apart, at any heading, around the origin."""
    rows = rng.integers(1, 4) if rows is None else rows
    per_row = rng.integers(8, 25) if per_row is None else per_row
    along, across = np.meshgrid(np.arange(per_row) * spacing_m, np.arange(rows) * 15.0)
    xy = np.column_stack([along.ravel(), across.ravel()])
    angle = rng.uniform(0, np.pi)
    c, s = np.cos(angle), np.sin(angle)
    return (xy - xy.mean(axis=0)) @ np.array([[c, s], [-s, c]])


def somewhere(rng, polygon, xy, margin_m=10.0):
    """Put a field at random into a polygon, whole and with a margin."""
    inner = polygon.buffer(-margin_m)
    low, high = np.reshape(inner.bounds, (2, 2))
    while True:
        moved = xy + rng.uniform(low, high)
        if shapely.contains_xy(inner, *moved.T).all():
            return moved


SQUARE = shapely.box(0, 0, 500, 500)
ELL = shapely.Polygon([(0, 0), (600, 0), (600, 200), (200, 200), (200, 600), (0, 600)])


def world(seed, truth, records=10, polygon=SQUARE, reason="systematic", **shape):
    """Records in polygons far apart, with a true field, or an unrelated one, in each."""
    rng = np.random.default_rng(seed)
    supplied, finds, record_id, ground = [], [], [], []
    for number in range(records):
        corner = np.array([2000.0 * number, 0.0])
        claimed = somewhere(rng, polygon, field(rng, **shape))
        if truth:
            found = claimed + rng.normal(0, 1, claimed.shape)
        else:
            found = somewhere(rng, polygon, field(rng, **shape))
        supplied.append(claimed + corner)
        finds.append(found + corner)
        record_id += [f"R{number:02d}"] * len(claimed)
        ground.append(shapely.transform(polygon, lambda xy, corner=corner: xy + corner))
    columns = {"id": [f"P{number}" for number in range(records)]}
    if reason is not None:
        columns["reason"] = reason if isinstance(reason, list) else [reason] * records
    return (
        layer_of(np.concatenate(supplied), "S", record_id=record_id),
        layer_of(np.concatenate(finds), "F"),
        gpd.GeoDataFrame(columns, geometry=ground),
    )


def choose(tolerance_m=10.0, draws=99, **kwargs):
    options = {"ladder": [tolerance_m]} | kwargs
    return Settings(crs="local", tolerance_m=tolerance_m, draws=draws, **options)


def test_a_true_map_gets_the_smallest_p():
    compared = compared_of(*world(1, truth=True), choose())
    (answer,), draws = answers_of(compared)
    records = answer.records
    assert records.observed_precision > 0.99
    assert records.expected_precision < 0.2
    assert (records.p, records.draws, records.records) == (1 / 100, 99, 10)
    assert 0 < records.mc_error < 0.01
    assert (draws.records_status == chance.TESTED).all()
    assert draws.records.any_find.shape == (99, len(compared.record))
    assert (draws.records.paired[10.0] <= draws.records.any_find).all()


def test_the_expected_recall_is_that_of_the_expected_precision():
    supplied, finds, searched = world(2, truth=True, records=4)
    more = layer_of([[10.0, 10.0 + k] for k in range(300)], "G")
    compared = compared_of(supplied, pd.concat([finds, more]), searched, choose(draws=19))
    (answer,), _ = answers_of(compared)
    share = answer.records.expected_precision * len(supplied) / (len(finds) + 300)
    assert answer.records.expected_recall == pytest.approx(share)


def test_map_led_ground_is_not_tested():
    compared = compared_of(*world(1, truth=True, reason="map"), choose())
    (answer,), draws = answers_of(compared)
    assert answer.records.reason == "not testable: ground was searched because of the map"
    assert answer.records.p is None
    assert answer.records.draws == 0
    assert draws.records is None


def test_a_part_is_map_led_if_any_of_its_polygons_is():
    supplied, finds, searched = world(1, truth=True, records=4)
    # A second polygon overlaps the first: one part of ground, searched for two reasons.
    extra = gpd.GeoDataFrame(
        {"id": ["X"], "reason": ["map"]}, geometry=[shapely.box(400, 400, 700, 700)]
    )
    compared = compared_of(supplied, finds, pd.concat([searched, extra]), choose(draws=19))
    (answer,), draws = answers_of(compared)
    assert draws.records_status.tolist() == [chance.MAP_LED, 0, 0, 0]
    assert answer.records.records == 3


def test_ground_searched_for_unstated_reasons_is_not_tested():
    for reason in (None, ""):
        (answer,), draws = answers_of(compared_of(*world(1, True, reason=reason), choose()))
        assert (
            answer.records.reason == "why the ground was searched is not stated (searched.reason)"
        )
        for name in ("p", "expected_precision", "observed_precision", "skill"):
            assert getattr(answer.records, name) is None
        assert draws.records is None
        assert not draws.reason_stated.any()
    compared = compared_of(*world(1, True, reason=["systematic"] * 9 + [""]), choose())
    (answer,), draws = answers_of(compared)
    assert draws.records_status.tolist() == [0] * 9 + [chance.NOT_STATED]
    assert draws.reason_stated.tolist() == [True] * 9 + [False]
    assert (answer.records.records, answer.records.p, answer.records.reason) == (9, 1 / 100, None)


def test_a_part_has_a_reason_only_if_all_of_its_polygons_do():
    supplied, finds, searched = world(1, truth=True, records=4)
    # A second polygon overlaps the first, and does not say.
    extra = gpd.GeoDataFrame({"id": ["X"]}, geometry=[shapely.box(400, 400, 700, 700)])
    searched = pd.concat([searched, extra])
    _, draws = answers_of(compared_of(supplied, finds, searched, choose(draws=19)))
    assert draws.records_status.tolist() == [chance.NOT_STATED, 0, 0, 0]


@pytest.mark.parametrize(
    ("declared", "status"),
    [("map", chance.MAP_LED), ("incident", chance.TESTED), ("systematic", chance.TESTED)],
)
def test_a_declared_reason_speaks_for_polygons_that_state_none(declared, status):
    tables = world(1, True, reason=["map", "systematic"] + [""] * 8)
    _, draws = answers_of(compared_of(*tables, choose(search_reason=declared, draws=19)))
    assert draws.records_status.tolist() == [chance.MAP_LED, chance.TESTED] + [status] * 8
    assert draws.reason_stated.all()
    tables = world(1, True, records=3, reason=None)
    _, draws = answers_of(compared_of(*tables, choose(search_reason=declared, draws=19)))
    assert draws.records_status.tolist() == [status] * 3


def test_the_declared_reason_is_that_of_recall_and_is_told():
    supplied, finds, searched = world(1, True, records=4, reason=["map", "", "", "systematic"])
    result = evaluate(supplied, finds, searched, settings=choose(draws=19))
    parts = result.overall.recall_parts.by_reason
    lying = [int((finds["x"] // 2000 == number).sum()) for number in range(4)]
    assert (parts["map"].n, parts["systematic"].n) == (lying[0], lying[3])
    assert parts["not stated"].n == lying[1] + lying[2]
    declared = evaluate(
        supplied, finds, searched, settings=choose(draws=19, search_reason="systematic")
    )
    parts = declared.overall.recall_parts.by_reason
    assert (parts["map"].n, parts["not stated"].n) == (lying[0], 0)
    assert parts["systematic"].n == sum(lying[1:])
    (note,) = [note.message for note in declared.notes if note.code == "search_reason"]
    assert "2 of 4" in note
    assert "systematic" in note
    assert not [note for note in result.notes if note.code == "search_reason"]


def test_a_reason_without_searched_areas_is_refused():
    supplied, finds, _ = world(1, True, records=2)
    for options in ({}, {"assume_searched": True}):
        with pytest.raises(SettingsError, match="search_reason says why ground was searched"):
            evaluate(supplied, finds, settings=choose(search_reason="map", **options))
    with pytest.raises(SettingsError, match="give one of map, incident, systematic"):
        choose(search_reason="maps")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({}, "no searched areas given"),
        (
            {"assume_searched": True},
            "all ground was declared searched, so there is no known ground to move records in",
        ),
    ],
)
def test_without_known_ground_there_is_no_answer(options, reason):
    supplied, finds, _ = world(1, truth=True, records=3)
    (answer,), draws = answers_of(compared_of(supplied, finds, None, choose(**options)))
    for part in (answer.records, answer.inside, answer.ground):
        assert part.reason == reason
    assert (draws.records, draws.inside) == (None, None)
    assert answer.records.expected_precision is None


def test_why_records_are_not_tested():
    # R0 fills its polygon, R1 lies in two, R2 is searched in part, R3 is not searched.
    row = np.column_stack([np.arange(0.0, 60, 5), np.zeros(12)])
    supplied = layer_of(
        np.concatenate([row + np.array([x, 10]) for x in (10, 175, 370, 900)]),
        "S",
        record_id=np.repeat(["R0", "R1", "R2", "R3"], 12),
    )
    # R1 crosses a gap of 20 cm, which takes little of any disk.
    boxes = [(0, 0, 75, 20), (150, -50, 199.9, 70), (200.1, -50, 300, 70), (300.5, -50, 400, 70)]
    searched = gpd.GeoDataFrame(
        {"id": list("abcd"), "reason": "systematic"}, geometry=[shapely.box(*b) for b in boxes]
    )
    compared = compared_of(supplied, layer_of([[10, 10]], "F"), searched, choose())
    (answer,), draws = answers_of(compared)
    expected = [chance.NO_ROOM, chance.NOT_ONE_PART, chance.NOT_WHOLE, chance.NOT_WHOLE]
    assert draws.records_status.tolist() == expected
    assert draws.inside_status.tolist() == [*[chance.NOT_APART] * 2, *[chance.NOT_WHOLE] * 2]
    assert answer.inside.reason == "mines inside a record cannot be told apart at this tolerance"
    # Of three reasons with a record each, the first in the list.
    near = "neighbours within 50 m"
    assert answer.records.reason == f"records and their {near} do not lie whole in searched ground"
    answers, _ = answers_of(compared, by_record(compared))
    assert [each.records.reason for each in answers] == [
        f"no searched polygon is large enough to move a record and its {near} in",
        f"records and their {near} do not lie whole in one searched polygon",
        f"records and their {near} do not lie whole in searched ground",
        "no verifiable supplied points",
    ]
    assert answers[2].inside.reason == "records do not lie whole in searched ground"


def test_records_near_each_other_move_as_one(monkeypatch):
    # R0 and R1 are 40 m apart, R2 70 m from R1, of one sheet; R3 has no id and lies 30 m from R2.
    row = np.column_stack([np.arange(0.0, 60, 5), np.zeros(12)])
    supplied = layer_of(
        np.concatenate([row + np.array([100, y]) for y in (100, 140, 210, 240)]),
        "S",
        record_id=np.repeat(["R0", "R1", "R2", ""], 12),
        sheet="one",
    )
    searched = gpd.GeoDataFrame(
        {"id": ["a"], "reason": "systematic"}, geometry=[shapely.box(0, 0, 600, 600)]
    )
    finds = layer_of([[130, 100]], "F")
    made = []
    monkeypatch.setattr(
        chance,
        "match_layers",
        lambda *args: [made.append(args), layers.match_layers(*args)][1],
    )
    compared = compared_of(supplied, finds, searched, choose(draws=19))
    (answer,), draws = answers_of(compared)
    record, unit = compared.record, draws.unit
    assert len(set(record.tolist())) == 4
    assert len(set(zip(record.tolist(), unit.tolist(), strict=True))) == 4
    assert [len(set(record[unit == number].tolist())) for number in (0, 1)] == [2, 2]
    assert (answer.records.records, answer.records.points) == (2, 48)
    (_, _, point, moved, n, *_) = made[0]
    x, y = (values.reshape(n, -1) for values in moved(0, n))
    assert (np.sort(point) == np.arange(48)).all()
    offset = np.stack(
        [x - compared.inputs.supplied.x[point], y - compared.inputs.supplied.y[point]]
    )
    for number in (0, 1):
        own = offset[:, :, unit[point] == number]
        assert own == pytest.approx(np.broadcast_to(own[:, :, :1], own.shape), abs=1e-6)
    assert not np.allclose(offset[:, :, unit[point] == 0][..., 0], offset[:, :, -1])
    # Points of one record stand together, for those who count by record.
    assert (np.diff(draws.records.record) != 0).sum() == 3


def test_a_record_is_held_by_its_neighbour():
    # R0 lies whole in searched ground, R1, 30 m from it, does not: they cannot be moved apart.
    row = np.column_stack([np.arange(0.0, 60, 5), np.zeros(12)])
    supplied = layer_of(
        np.concatenate([row + np.array([100, y]) for y in (280, 310)]),
        "S",
        record_id=np.repeat(["R0", "R1"], 12),
    )
    searched = gpd.GeoDataFrame(
        {"id": ["a"], "reason": "systematic"}, geometry=[shapely.box(0, 0, 600, 300)]
    )
    finds = layer_of([[130, 100]], "F")
    (answer,), _ = answers_of(compared_of(supplied, finds, searched, choose(draws=19)))
    assert answer.records.reason == (
        "records and their neighbours within 50 m do not lie whole in searched ground"
    )
    alone = choose(draws=19, cluster_distance_m=20)
    (answer,), _ = answers_of(compared_of(supplied, finds, searched, alone))
    assert (answer.records.reason, answer.records.records) == (None, 1)


def test_groups_answer_for_their_own_records():
    supplied, finds, searched = world(1, truth=True, records=4)
    # The second half of the records have no finds near them.
    finds = finds[finds["x"] < 3500]
    compared = compared_of(supplied, finds, searched, choose())
    x = compared.inputs.supplied.x
    grouping = groupings.Grouping(
        ["west", "east", "nowhere"],
        np.where(x < 3500, 0, 1),
        np.where(compared.inputs.finds.x < 3500, 0, 1),
        None,
    )
    (west, east, nowhere), _ = answers_of(compared, grouping)
    assert west.records.records == east.records.records == 2
    assert west.records.points + east.records.points == len(supplied)
    assert west.records.observed_precision > 0.99
    assert (east.records.observed_precision, east.records.p) == (0.0, 1.0)
    assert east.records.expected_recall is None
    assert nowhere.records.reason == "no verifiable supplied points"


def test_same_input_same_answer_in_any_order():
    supplied, finds, searched = world(4, truth=True, records=5)
    rng = np.random.default_rng(0)
    shuffled = [
        table.iloc[rng.permutation(len(table))].reset_index(drop=True)
        for table in (supplied, finds, searched)
    ]
    one, two = (
        answers_of(compared_of(*tables, choose()))
        for tables in ((supplied, finds, searched), shuffled)
    )
    assert one[0] == two[0]
    for name in ("paired", "observed"):
        for rung, pairs in getattr(one[1].records, name).items():
            assert pairs.tobytes() == getattr(two[1].records, name)[rung].tobytes()
    other = answers_of(compared_of(supplied, finds, searched, choose(seed=1)))
    assert other[1].records.paired[10.0].tobytes() != one[1].records.paired[10.0].tobytes()


def test_a_large_map_is_sampled_by_whole_records(monkeypatch):
    tables = world(5, truth=True, records=30)
    (full,), _ = answers_of(compared_of(*tables, choose(draws=99)))
    monkeypatch.setattr(chance, "MOVED_POINTS", 8000)
    monkeypatch.setattr(chance, "SAMPLED_POINTS", 6000)
    (answer,), draws = answers_of(compared_of(*tables, choose(draws=99)))
    assert 0.2 < draws.records.sampled_share < 0.6
    assert (draws.records_status == chance.NOT_DRAWN).any()
    assert 19 <= len(draws.records.paired[10.0]) < 99
    # What is drawn exceeds the plan by no more than one record, of 72 points at most.
    assert draws.records.paired[10.0].size <= 6000 + 19 * 72
    assert 3 <= answer.records.records < 30
    assert answer.records.draws == 99
    assert answer.records.p == 1 / 100
    assert answer.records.mc_error > full.records.mc_error
    near = 5 * answer.records.mc_error + 5 * full.records.mc_error
    assert answer.records.expected_precision == pytest.approx(
        full.records.expected_precision, abs=near
    )
    # A group with none of the records drawn says so.
    missed = int(np.flatnonzero(draws.records_status == chance.NOT_DRAWN)[0])
    compared = compared_of(*tables, choose(draws=99))
    answers, _ = answers_of(compared, by_record(compared))
    assert answers[missed].records.reason == (
        "no record is among those drawn at random for this question"
    )


@settings(max_examples=60)
@given(
    st.lists(st.integers(1, 300), min_size=1, max_size=60),
    st.integers(1, 3000),
    st.integers(0, 2**32 - 1),
)
def test_what_is_drawn_is_as_large_as_planned(sizes, room, seed):
    size = np.array(sizes)
    drawn = size[chance._sampled(size, room, 1, np.random.default_rng(seed))]
    if size.sum() <= room:
        assert len(drawn) == len(size)
    elif room * len(size) >= size.sum():
        assert abs(drawn.sum() - room) <= size.max()
    else:
        assert len(drawn) == 1


def test_large_items_are_as_likely_to_be_drawn_as_small_ones():
    size = np.array([5] * 30 + [60] * 20 + [400] * 5)
    rng = np.random.default_rng(2)
    runs = 4000
    drawn = sum(chance._sampled(size, 800, 1, rng).astype(int) for _ in range(runs))
    share = 800 / size.sum()
    for kind in (5, 60, 400):
        mean = drawn[size == kind].mean() / runs
        assert mean == pytest.approx(share, abs=4 * (share * (1 - share) / runs) ** 0.5)


@pytest.mark.slow
def test_large_records_are_not_left_out_of_a_sample(monkeypatch):
    monkeypatch.setattr(chance, "MOVED_POINTS", 19 * 260)
    monkeypatch.setattr(chance, "SAMPLED_POINTS", 19 * 260)
    small = world(5, truth=True, records=20, rows=1, per_row=8)
    large = world(6, truth=True, records=20, rows=3, per_row=24)
    supplied, finds, searched = (
        pd.concat([one, other], ignore_index=True) for one, other in zip(small, large, strict=True)
    )
    second = np.arange(len(supplied)) >= len(small[0])
    supplied["y"] += 3000 * second
    supplied["record_id"] += np.where(second, "L", "S")
    searched.geometry = [
        shapely.affinity.translate(part, 0, 3000 * (number >= 20))
        for number, part in enumerate(searched.geometry)
    ]
    for table in (supplied, finds, searched):
        table["id"] = [f"{number:05d}" for number in range(len(table))]
    size = np.array([8] * 20 + [72] * 20)
    tried = np.zeros(40)
    runs = 25
    for seed in range(runs):
        compared = compared_of(supplied, finds, searched, choose(draws=19, seed=seed))
        status = chance.draw(compared).records_status
        of = np.bincount(compared.record)
        tried[:20] += (status[of == 8] == chance.TESTED).sum() / 20
        tried[20:] += (status[of == 72] == chance.TESTED).sum() / 20
    # 260 of 1,600 points: 3.25 of the 20 of either kind.
    assert tried[size == 72].mean() / runs == pytest.approx(260 / 1600, rel=0.1)
    assert tried[size == 8].mean() / runs == pytest.approx(260 / 1600, rel=0.1)


def test_a_record_beyond_the_budget_is_not_moved(monkeypatch):
    monkeypatch.setattr(chance, "MOVED_POINTS", 19 * 20)
    compared = compared_of(*world(5, truth=True, records=3, rows=2, per_row=15), choose())
    (answer,), _ = answers_of(compared)
    assert answer.records.reason == (
        "records and their neighbours within 50 m have too many points to move them at random"
    )


def test_only_pairs_that_share_no_find_give_a_recall():
    supplied, finds, searched = world(2, truth=True, records=4)
    for rule, told in (("optimal", True), ("nearest", False)):
        result = evaluate(supplied, finds, searched, settings=choose(draws=19, matching=rule))
        records = result.overall.chance.records
        assert (records.expected_recall is not None) is told
        assert records.expected_precision is not None


def test_the_note_counts_the_values_of_p():
    supplied, finds, searched = world(1, truth=True, records=4, spacing_m=26.0, rows=1, per_row=9)
    for table in (supplied, finds):
        table["district"] = np.where(table["x"] < 3500, "west", "east")
    result = evaluate(supplied, finds, searched, settings=choose(draws=19))
    groups = [result.overall, *result.districts]
    values = [null.p for g in groups for null in (g.chance.records, g.chance.inside)]
    assert len(values) == 6
    assert None not in values
    (note,) = [note.message for note in result.notes if note.code == "chance"]
    assert "holds 6 values of p" in note
    assert "by chance alone" in note


def test_ground_is_that_of_the_points_own_polygons():
    # Two squares of 100 m, a find in the middle of each: at 10 m the verifiable middle of a square
    # is 83.9 m wide. Three points lie in the left square; the third square holds no point.
    boxes = [shapely.box(200 * k, 0, 200 * k + 100, 100) for k in range(3)]
    squares = gpd.GeoDataFrame(geometry=boxes)
    supplied = layer_of([[20, 20], [30, 20], [40, 20], [220, 20]], "S", record_id=list("AABC"))
    finds = layer_of([[50, 50], [450, 50]], "F")
    result = evaluate(supplied, finds, squares, settings=choose())
    ground = result.overall.chance.ground
    disk, middle = np.pi * 10**2, (100 - 2 * 8.054) ** 2
    assert ground.any_find_share == pytest.approx(0.75 * disk / middle, rel=0.1)
    assert abs(ground.any_find_share - 0.75 * disk / middle) < 5 * ground.mc_error


# --- layers ------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", ["optimal", "mutual", "greedy", "nearest"])
@pytest.mark.parametrize("by_type", [False, True])
def test_layers_matched_at_once_equal_each_layer_alone(rule, by_type):
    rng = np.random.default_rng(8)
    claimed = rng.uniform(0, 60, (40, 2))
    claimed[5] = claimed[4]  # of one record: together wherever it goes
    claimed[35] = claimed[3]  # of two records
    found = rng.uniform(0, 60, (50, 2))
    found[7] = found[6]
    kinds = np.array(["AP", "AT", ""])
    supplied = layer_of(
        claimed, "S", record_id=np.repeat(["A", "B"], 20), type=kinds[rng.integers(0, 3, 40)]
    )
    finds = layer_of(found, "F", type=kinds[rng.integers(0, 3, 50)])
    options = choose(
        8.0,
        assume_searched=True,
        matching=rule,
        match_type=by_type,
        ladder=[4, 12],
        full_ladder=True,
    )
    compared = compared_of(supplied, finds, None, options)
    record = compared.record
    # Layers: each record at a place of its own.
    offset = rng.uniform(-15, 15, (30, 2, 2))
    x, y = (
        compared.inputs.supplied.metres[:, axis] + offset[:, :, axis][:, record] for axis in (0, 1)
    )

    def moved(begin, end):
        return x[begin:end].ravel(), y[begin:end].ravel()

    made = layers.match_layers(
        compared,
        layers.finds_in_scope(compared),
        np.arange(40),
        moved,
        30,
        (4.0, 8.0, 12.0),
    )
    claimed_type, found_type = (
        np.asarray(points.texts("type"), dtype=str)
        for points in (compared.inputs.supplied, compared.inputs.finds)
    )
    differ = claimed_type[:, None] != found_type
    apart = differ & (claimed_type[:, None] != "") & (found_type != "")
    standing = compared.inputs.supplied.metres
    for layer, points in [*enumerate(np.stack([x, y], -1)), (None, standing)]:
        distance = cdist(points, compared.inputs.finds.metres)
        if layer is not None:
            assert (made.any_find[layer] == (distance <= 8).any(axis=1)).all()
        for rung in (4.0, 8.0, 12.0):
            allowed = np.where(apart, np.inf, distance) if by_type else distance
            if rule == "optimal":
                allowed = np.where(np.isinf(allowed), 1e6, allowed)
            expected = {int(s) for s, _ in naive.match(allowed, rung, rule)}
            got = made.observed[rung] if layer is None else made.paired[rung][layer]
            # Coincident points are alike, as long as they stay together.
            alike = {5: 4} if layer is not None else {5: 4, 35: 3}
            assert sorted(alike.get(p, p) for p in np.flatnonzero(got)) == sorted(
                alike.get(p, p) for p in expected
            )


def test_precision_of_random_maps_inside_the_right_record():
    # 200 x 60 m, 60 finds, 40 random supplied points: simulated independently, and given in the
    # specification of the statistic.
    rungs = (1.0, 2.0, 5.0, 10.0, 20.0)
    rng = np.random.default_rng(6)
    places, n = 120, 12
    corner = np.column_stack([np.arange(places) * 400.0, np.zeros(places)])
    found = (corner[:, None] + rng.uniform(0, 1, (places, 60, 2)) * [200, 60]).reshape(-1, 2)
    claimed = (corner[:, None] + rng.uniform(0, 1, (places, 40, 2)) * [200, 60]).reshape(-1, 2)
    options = choose(20.0, assume_searched=True, ladder=list(rungs), full_ladder=True)
    supplied = layer_of(claimed, "S", record_id=np.repeat([f"R{k:03d}" for k in range(places)], 40))
    compared = compared_of(supplied, layer_of(found, "F"), None, options)
    xy = rng.uniform(0, 1, (n, places, 40, 2)) * [200, 60] + corner[:, None]

    def moved(begin, end):
        part = xy[begin:end].reshape(-1, 2)
        return part[:, 0], part[:, 1]

    made = layers.match_layers(
        compared,
        layers.finds_in_scope(compared),
        np.arange(len(supplied)),
        moved,
        n,
        rungs,
    )
    one_to_one = [made.paired[rung].mean() for rung in rungs]
    assert one_to_one == pytest.approx([0.014, 0.061, 0.280, 0.673, 0.962], abs=0.01)
    assert made.any_find.mean() == pytest.approx(0.988, abs=0.005)


def test_far_rungs_take_fewer_layers_rather_than_more_memory(monkeypatch):
    monkeypatch.setattr(layers, "_MOST_CANDIDATES", 500)
    monkeypatch.setattr(layers, "_CANDIDATES_AT_ONCE", 400)
    monkeypatch.setattr(layers, "_FIRST_POINTS", 40)
    compared = compared_of(
        *world(1, truth=True, records=3), choose(ladder=[5, 10, 100], full_ladder=True)
    )
    _, draws = answers_of(compared)
    paired = draws.records.paired
    assert {rung: len(pairs) for rung, pairs in paired.items() if rung <= 10} == {5: 99, 10: 99}
    assert 1 <= len(paired[100.0]) < 99
    # In pieces or at once, the layers are the same.
    monkeypatch.undo()
    _, whole = answers_of(compared)
    for rung in (5.0, 10.0):
        assert (whole.records.paired[rung] == paired[rung]).all()


# --- the second question -----------------------------------------------------------------------


def rows_world(seed, shift_m, tolerance_m, spacing_m=5.0, jitter_m=0.3, fields=8, row_ids=False):
    """Fields of two rows; the map is the truth, shifted along the rows."""
    rng = np.random.default_rng(seed)
    supplied, finds, record_id, ground = [], [], [], []
    for number in range(fields):
        along, across = np.meshgrid(np.arange(40) * spacing_m, [0.0, 15.0])
        row = np.column_stack([along.ravel() + 300 + 2000 * number, across.ravel() + 50])
        row = row + rng.normal(0, jitter_m, row.shape)
        supplied.append(row)
        finds.append(row + np.array([shift_m, 0]))
        record_id += [f"R{number}{'ab'[half * row_ids]}" for half in (0, 1) for _ in range(40)]
        ground.append(shapely.box(2000 * number, 0, 2000 * number + 1000, 120))
    return compared_of(
        layer_of(np.concatenate(supplied), "S", record_id=record_id),
        layer_of(np.concatenate(finds), "F"),
        gpd.GeoDataFrame(
            {"id": [str(number) for number in range(fields)], "reason": "systematic"},
            geometry=ground,
        ),
        choose(tolerance_m),
    )


def test_an_aliased_map_is_never_knowledge_of_the_mines():
    # Rows parallel to a shift of 102 m: every point is wrong, and most have a find within 5 m.
    for tolerance_m in (5.0, 10.0):
        (answer,), _ = answers_of(rows_world(1, 102.0, tolerance_m))
        assert answer.inside.reason == (
            "mines inside a record cannot be told apart at this tolerance"
        )
        assert answer.inside.p is None
    (answer,), _ = answers_of(rows_world(1, 102.0, 1.5))
    assert answer.inside.reason is None
    assert answer.inside.records == 8
    assert answer.inside.p > 0.05


def test_a_map_that_knows_irregular_mines_is_told_from_chance():
    compared = rows_world(2, 0.0, 2.0, spacing_m=12.0, jitter_m=3.0)
    (answer,), draws = answers_of(compared)
    inside = answer.inside
    assert inside.observed_precision == 1.0
    assert inside.expected_precision < 0.4
    assert inside.p == 1 / 100
    assert list(draws.inside.paired) == [2.0]
    # The same map, moved along by half the spacing, knows nothing of the mines.
    (answer,), _ = answers_of(rows_world(2, 6.0, 2.0, spacing_m=12.0, jitter_m=3.0))
    assert answer.inside.p > 0.05


def test_map_led_ground_does_not_matter_for_the_second_question():
    supplied, finds, searched = world(1, True, 4, reason="map", spacing_m=30.0, rows=1, per_row=8)
    (answer,), _ = answers_of(compared_of(supplied, finds, searched, choose()))
    assert answer.records.p is None
    assert answer.inside.records == 4


def test_short_records_cannot_be_shifted():
    supplied, finds, searched = world(1, True, 4, spacing_m=26.0, rows=1, per_row=3)
    (answer,), draws = answers_of(compared_of(supplied, finds, searched, choose()))
    # Extent and spacing are 78 m; 6 tolerances and a spacing would be 86 m.
    assert (draws.inside_status == chance.TOO_SHORT).all()
    assert answer.inside.reason == "records are too short for a shift at this tolerance"


def rows_of_fields(rng, fields, spacing_m, row_apart_m, rows, per_row, ground):
    """Fields of several rows; the first index is the field."""
    made = []
    for _ in range(fields):
        along, across = np.meshgrid(np.arange(per_row) * spacing_m, np.arange(rows) * row_apart_m)
        xy = np.column_stack([along.ravel(), across.ravel()])
        angle = rng.uniform(0, np.pi)
        c, s = np.cos(angle), np.sin(angle)
        made.append(somewhere(rng, ground, (xy - xy.mean(axis=0)) @ np.array([[c, s], [-s, c]])))
    return np.array(made)


@pytest.mark.slow
@pytest.mark.parametrize("ids", ["one a field", "one a row"])
def test_rows_as_records_do_not_make_an_unrelated_map_better_than_chance(ids):
    # Six fields of six rows in the map, twelve others in the ground.
    ground, runs, p = shapely.box(0, 0, 700, 700), 200, []
    searched = gpd.GeoDataFrame({"id": ["a"], "reason": "systematic"}, geometry=[ground])
    for seed in range(runs):
        rng = np.random.default_rng([seed, 78])
        claimed = rows_of_fields(rng, 6, 5.0, 10.0, 6, 12, ground).reshape(-1, 2)
        found = rows_of_fields(rng, 12, 5.0, 10.0, 6, 12, ground).reshape(-1, 2)
        each = 12 if ids == "one a row" else 72
        supplied = layer_of(claimed, "S", record_id=np.arange(len(claimed)) // each)
        compared = compared_of(supplied, layer_of(found, "F"), searched, choose(2.0, seed=seed))
        (answer,), _ = answers_of(compared)
        p.append(answer.records.p)
    p = [value for value in p if value is not None]
    assert len(p) > 0.9 * runs
    assert np.mean(np.array(p) <= 0.05) <= 0.09


@pytest.mark.slow
def test_rows_that_share_a_phase_do_not_pass_for_knowledge_of_the_mines():
    # Twelve fields of four rows; every row lies right, all rows of a field are off along
    # themselves by the same distance, any of those up to the spacing.
    runs, p = 200, []
    ground = [shapely.box(2000 * k, 0, 2000 * k + 500, 200) for k in range(12)]
    searched = gpd.GeoDataFrame(
        {"id": [str(k) for k in range(12)], "reason": "systematic"}, geometry=ground
    )
    along, across = np.meshgrid(np.arange(12) * 10.0, np.arange(4) * 12.0)
    claimed = np.column_stack([along.ravel() + 170, across.ravel() + 60])
    corner = np.column_stack([2000.0 * np.arange(12), np.zeros(12)])
    xy = claimed + corner[:, None]
    supplied = layer_of(xy.reshape(-1, 2), "S", record_id=np.arange(12 * 48) // 12)
    for seed in range(runs):
        rng = np.random.default_rng([seed, 79])
        off = np.column_stack([rng.uniform(0, 10, 12), np.zeros(12)])
        finds = layer_of((xy + off[:, None]).reshape(-1, 2), "F")
        compared = compared_of(supplied, finds, searched, choose(2.0, seed=seed))
        (answer,), draws = answers_of(compared)
        assert (draws.inside_status == chance.TESTED).all()
        p.append(answer.inside.p)
    assert np.mean(np.array(p) <= 0.05) <= 0.08


def test_rows_of_few_fields_are_not_shifted_independently():
    # Eight fields of two rows, of which each is a record: they count as eight; four as none.
    for fields, told in ((8, True), (4, False)):
        compared = rows_world(2, 0.0, 2.0, 12.0, 3.0, fields=fields, row_ids=True)
        (answer,), _ = answers_of(compared)
        assert answer.inside.records == 2 * fields
        assert (answer.inside.p is not None) is told
        assert answer.inside.reason == (
            None if told else "records lie too close together to be shifted independently"
        )
        assert answer.inside.expected_precision < 0.4


@pytest.mark.slow
@pytest.mark.parametrize("polygon", [SQUARE, ELL], ids=["square", "L"])
def test_unrelated_maps_are_rarely_called_better_than_chance(polygon):
    runs = 200
    p = []
    for seed in range(runs):
        tables = world([seed, 77], truth=False, records=12, polygon=polygon)
        (answer,), _ = answers_of(compared_of(*tables, choose(seed=seed)))
        p.append(answer.records.p)
    # At most 8 % are asked for; 28 of 200 would be beyond 3 standard errors of that.
    assert np.mean(np.array(p) <= 0.05) <= 0.08 + 3 * (0.08 * 0.92 / runs) ** 0.5


def test_where_perimeters_follow_finds_there_is_no_p():
    supplied, finds, searched = world(1, truth=True)
    said = choose(fade_out_m=50)
    for ground, chosen in ((searched, said), (searched.assign(basis="final"), choose())):
        (answer,), _ = answers_of(compared_of(supplied, finds, ground, chosen))
        assert answer.records.p is None
        assert answer.records.expected_precision is not None
        assert answer.records.reason == (
            "the searched ground was drawn after the finds, so p does not hold"
        )
    (answer,), _ = answers_of(
        compared_of(supplied, finds, searched.assign(basis="tasked"), choose())
    )
    assert answer.records.p == 0.01
