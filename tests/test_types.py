"""Types claimed against types found, and ratios of totals over clusters."""

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.sparse.csgraph import connected_components

from mapaccuracy import Settings, evaluate
from mapaccuracy.evaluation.compared import compare
from mapaccuracy.evaluation.evidence import gather
from mapaccuracy.evaluation.located import locate
from mapaccuracy.evaluation.path import conform
from mapaccuracy.schema import CATEGORIES
from mapaccuracy.statistics.ratios import clustered_ratio, ratio_interval, ratio_spread

ALL = Settings(crs="local", assume_searched=True)

# Davison and Hinkley, data set `city` of R boot: inhabitants in thousands, 1920 and 1930.
CITY_1920 = np.array([138, 93, 61, 179, 48, 37, 29, 23, 30, 2.0])
CITY_1930 = np.array([143, 104, 69, 260, 75, 63, 50, 48, 111, 50.0])


def points(xy, prefix, **columns):
    xy = np.asarray(xy, dtype=float).reshape(-1, 2)
    ids = [f"{prefix}{number:03d}" for number in range(len(xy))]
    return pd.DataFrame({"id": ids, "x": xy[:, 0], "y": xy[:, 1], **columns})


def boxes(*corners, **columns):
    return gpd.GeoDataFrame(columns, geometry=[shapely.box(*box) for box in corners])


def cells(types):
    return {(cell.claimed, cell.found): cell.n for cell in types.table}


def test_city_ratio_and_its_variance():
    spread = ratio_spread(CITY_1930, CITY_1920)
    assert spread.ratio == 1.5203125
    assert spread.clusters == 10
    # Published without the factor K/(K-1), which is in ours.
    assert spread.variance * 9 / 10 == pytest.approx(0.0324877, abs=5e-8)
    assert spread.variance**0.5 == pytest.approx(0.1899934, abs=5e-8)


def test_city_interval_on_the_scale_of_the_logarithm():
    spread = ratio_spread(CITY_1930, CITY_1920)
    # 640**2 / 69402 against 973**2 / 132845: the claims are spread over fewer.
    assert spread.effective_clusters == pytest.approx(409600 / 69402)
    half = stats.t.ppf(0.975, 409600 / 69402 - 1) * 0.1899934 / 1.5203125
    expected = 1.5203125 * np.exp([-half, half])
    assert ratio_interval(spread) == pytest.approx(expected, rel=1e-6)


def test_finds_in_few_clusters_bear_no_interval():
    claimed = np.full(40, 10.0)
    found = np.zeros(40)
    found[:4] = [30, 25, 20, 28]
    ratio = clustered_ratio(found, claimed)
    assert ratio.value == 103 / 400
    assert (ratio.low, ratio.high, ratio.clusters) == (None, None, 40)
    assert ratio.reason == "too few clusters for an interval"


@pytest.mark.parametrize(
    ("found", "claimed", "value", "clusters", "reason"),
    [
        ([], [], None, 0, "no verifiable supplied point claims this type"),
        ([3, 2], [0, 0], None, 2, "no verifiable supplied point claims this type"),
        ([0] * 6, [4] * 6, 0.0, 6, "no find that counts is of this type, so there is no interval"),
        ([3], [2], 1.5, 1, "too few clusters for an interval"),
        (
            [2, 4, 6, 8, 6, 4, 2],
            [1, 2, 3, 4, 3, 2, 1],
            2.0,
            7,
            "the ratio is the same in every cluster, so there is no interval",
        ),
    ],
)
def test_ratios_without_an_interval(found, claimed, value, clusters, reason):
    ratio = clustered_ratio(np.array(found, dtype=float), np.array(claimed, dtype=float))
    assert (ratio.value, ratio.low, ratio.high) == (value, None, None)
    assert (ratio.clusters, ratio.reason) == (clusters, reason)


counts = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=15)


@given(counts, st.randoms(use_true_random=False))
def test_ratio_against_sums_by_hand(pairs, random):
    found, claimed = np.array(pairs, dtype=float).T
    ratio = clustered_ratio(found, claimed)
    held = [(f, c) for f, c in pairs if f or c]
    assert ratio.clusters == len(held)
    total = sum(c for _, c in held)
    if not total:
        assert ratio.value is None
        return
    r = sum(f for f, _ in held) / total
    assert ratio.value == pytest.approx(r)
    shuffled = random.sample(pairs, len(pairs))
    again = clustered_ratio(*np.array(shuffled, dtype=float).T)
    assert again.value == ratio.value
    assert (again.low is None) == (ratio.low is None)
    if ratio.low is None:
        assert ratio.reason
        return
    assert 0 < ratio.low < ratio.value < ratio.high
    k = len(held)
    variance = k / (k - 1) * sum((f - r * c) ** 2 for f, c in held) / total**2
    effective = min(
        sum(side) ** 2 / sum(value**2 for value in side) for side in zip(*held, strict=True)
    )
    half = stats.t.ppf(0.975, effective - 1) * variance**0.5 / r
    assert (ratio.low, ratio.high) == pytest.approx((r * np.exp(-half), r * np.exp(half)))


def test_table_of_types_by_hand():
    # Searched: a 200 m square. 50,50 AP found as AT; 100,50 AT found as AT; 150,50 AP, nothing
    # near; 50,150 states no type, found as AP; 0,100 AT is not verifiable, its find AP counts.
    # A find AT at 150,150 has no point; one outside search counts nowhere.
    supplied = points(
        [[50, 50], [100, 50], [150, 50], [50, 150], [0, 100]],
        "S",
        type=["AP", "AT", "AP", "", "AT"],
    )
    finds = points(
        [[51, 50], [101, 50], [51, 150], [1, 100], [150, 150], [500, 500]],
        "F",
        type=["AT", "AT", "AP", "AP", "AT", "AP"],
    )
    whole = evaluate(
        supplied, finds, boxes((0, 0, 200, 200)), settings=Settings(crs="local")
    ).overall
    assert [(cell.claimed, cell.found, cell.n) for cell in whole.types.table] == [
        ("AP", "AT", 1),
        ("AP", "not found", 1),
        ("AT", "AT", 1),
        ("type not stated", "AP", 1),
        ("not on map", "AT", 1),
    ]
    assert (whole.confirmed, whole.not_confirmed, whole.unmapped) == (3, 1, 1)
    # The pair of the point that is not verifiable is mapped, and in no cell.
    assert whole.mapped == 4
    assert (whole.types.same_type.value, whole.types.same_type.n) == (0.5, 2)
    ratios = {ratio.type: ratio for ratio in whole.types.ratios}
    assert (ratios["AP"].claimed, ratios["AP"].found, ratios["AP"].ratio) == (2, 2, 1.0)
    assert (ratios["AT"].claimed, ratios["AT"].found, ratios["AT"].ratio) == (1, 3, 3.0)
    assert set(ratios) == {"AP", "AT"}
    assert not whole.types.matched_by_type
    assert whole.types.reason.startswith("some points or finds are not stated")


def test_a_pair_across_districts_counts_where_its_point_lies():
    supplied = points([[99, 50]], "S", type=["AP"])
    finds = points([[101, 50]], "F", type=["AP"])
    districts = boxes((0, 0, 100, 100), (100, 0, 200, 100), district=["A", "B"])
    west, east = evaluate(supplied, finds, None, districts, settings=ALL).districts
    assert cells(west.types) == {("AP", "AP"): 1}
    assert west.types.same_type.value == 1.0
    assert cells(east.types) == {}
    assert (east.mapped, east.unmapped) == (1, 0)
    assert east.types.reason == "no verifiable supplied points"


def test_without_searched_areas_nothing_is_claimed_and_the_rest_stands():
    supplied, finds = points([[0, 0]], "S", type=["AP"]), points([[90, 0]], "F", type=["AP"])
    types = evaluate(supplied, finds, settings=Settings(crs="local")).overall.types
    assert cells(types) == {("not on map", "AP"): 1}
    assert types.reason == "no searched areas given"
    assert types.ratios[0].reason == "no verifiable supplied point claims this type"


def test_general_words_neither_agree_nor_differ():
    xy = [[0, 0], [100, 0], [200, 0], [300, 0]]
    supplied = points(xy, "S", type=["mine", "unknown", "AP", "other"])
    finds = points(xy, "F", type=["AP", "AP", "n/a", "other"])
    types = evaluate(supplied, finds, settings=ALL).overall.types
    assert (types.same_type.value, types.same_type.n) == (None, 0)
    assert types.same_type.reason == "no confirmed point is stated as AP, AT or UXO on both sides"
    # What "mine" claims is of no type, so other found for other claimed would mislead.
    other = next(ratio for ratio in types.ratios if ratio.type == "other")
    assert (other.claimed, other.found, other.ratio) == (3, 2, None)
    assert "cannot be compared" in other.reason


def test_sides_that_tell_no_type_are_named():
    xy = [[0, 0], [100, 0]]
    told, untold = points(xy, "S", type=["AP", "AT"]), points(xy, "S")
    finds = points(xy, "F", type=["AP", "AT"])
    assert evaluate(told, finds, settings=ALL).overall.types.reason is None
    reason = evaluate(untold, finds, settings=ALL).overall.types.reason
    assert reason == "no verifiable supplied point is stated as AP, AT or UXO"
    reason = evaluate(told, finds.drop(columns="type"), settings=ALL).overall.types.reason
    assert reason == "no find that counts is stated as AP, AT or UXO"


def test_matching_by_type_leaves_out_candidates_that_differ():
    # The nearest find of the AP point is AT; its own lies farther off.
    supplied = points([[0, 0], [50, 0]], "S", type=["AP", "AT"])
    finds = points([[1, 0], [5, 0], [53, 0]], "F", type=["AT", "AP", "AP"])
    free = evaluate(supplied, finds, settings=ALL)
    strict = evaluate(
        supplied, finds, settings=Settings(crs="local", assume_searched=True, match_type=True)
    )
    assert free.pairs.find_id.tolist() == ["F000", "F002"]
    assert free.overall.types.same_type.value == 0.0
    assert strict.pairs.to_dict("records") == [
        {"supplied_id": "S000", "find_id": "F001", "distance_m": 5.0}
    ]
    assert strict.overall.types.matched_by_type
    # The point still has a find within reach, of whatever type.
    assert strict.overall.any_find_share == 1.0
    # All pairs are of one type by rule, which is no finding.
    assert strict.overall.types.same_type.value is None
    assert "excluded before matching" in strict.overall.types.same_type.reason


def test_matching_by_type_takes_no_word_for_a_contradiction():
    xy = [[0, 0], [100, 0], [200, 0], [300, 0]]
    supplied = points(xy, "S", type=["", "mine", "AP", "AP"])
    finds = points(xy, "F", type=["AP", "AT", "unknown", "AT"])
    chosen = Settings(crs="local", assume_searched=True, match_type=True)
    result = evaluate(supplied, finds, settings=chosen)
    assert result.pairs.supplied_id.tolist() == ["S000", "S001", "S002"]
    plain = evaluate(supplied.drop(columns="type"), finds, settings=chosen)
    assert plain.overall.confirmed == 4


def test_matching_by_type_tells_coincident_points_apart():
    supplied = points([[0, 0], [0, 0]], "S", type=["AT", "AP"])
    finds = points([[3, 0], [3, 0]], "F", type=["AP", "AT"])
    chosen = Settings(crs="local", assume_searched=True, match_type=True)
    for rule in ("optimal", "mutual", "greedy"):
        pairs = evaluate(supplied, finds, settings=Settings(**vars_of(chosen, matching=rule))).pairs
        assert pairs[["supplied_id", "find_id"]].to_numpy().tolist() == [
            ["S000", "F001"],
            ["S001", "F000"],
        ]


def vars_of(chosen, **changed):
    return chosen.to_dict() | changed


def test_matching_by_type_follows_the_command(tmp_path, run, monkeypatch):
    monkeypatch.chdir(tmp_path)
    points([[0, 0], [90, 0]], "S", type=["AP", "AP"]).to_csv("s.csv", index=False)
    points([[1, 0], [91, 0]], "F", type=["AT", "AP"]).to_csv("f.csv", index=False)
    asked = ("evaluate", "s.csv", "f.csv", "--crs", "local", "--assume-searched")
    confirmed = [
        run(*asked, *more, "--format", "json").document["overall"]["confirmed"]
        for more in ((), ("--match-type",))
    ]
    assert confirmed == [2, 1]


world = st.integers(0, 2**32 - 1)


def random_world(seed):
    rng = np.random.default_rng(seed)
    n, m = rng.integers(1, 40, 2)
    kinds = np.array(["AP", "AT", "UXO", "mine", ""], dtype=object)
    supplied = points(
        rng.uniform(0, 300, (n, 2)),
        "S",
        type=rng.choice(kinds, n),
        record_id=rng.choice(["R1", "R2", "R3", ""], n),
    )
    finds = points(
        rng.uniform(0, 300, (m, 2)),
        "F",
        type=rng.choice(kinds, m),
        task_id=rng.choice(["T1", "T2", ""], m),
    )
    searched = boxes((0, 0, 200, 300))
    districts = boxes((0, 0, 120, 300), (120, 0, 300, 300), district=["A", "B"])
    return supplied, finds, searched, districts


@settings(max_examples=6, deadline=None)
@given(world, st.booleans(), st.booleans())
def test_cells_add_up_to_the_outcomes(seed, by_type, everything):
    chosen = Settings(
        crs="local",
        tolerance_m=25,
        ladder=[25],
        match_type=by_type,
        scope="all" if everything else "mines",
    )
    result = evaluate(*random_world(seed), settings=chosen)
    for group in (result.overall, *result.districts):
        table = cells(group.types)
        claims = {key: n for key, n in table.items() if key[0] != "not on map"}
        not_found = sum(n for (_, found), n in claims.items() if found == "not found")
        assert not_found == group.not_confirmed
        assert sum(claims.values()) - not_found == group.confirmed
        assert sum(table.values()) - sum(claims.values()) == group.unmapped
        assert ("not on map", "not found") not in table
        assert min(table.values(), default=1) > 0
        if by_type:
            kinds = {"AP", "AT", "UXO"}
            assert not any(set(key) <= kinds and len(set(key)) == 2 for key in table)
    parts = [sum(cells(group.types).values()) for group in result.districts]
    assert sum(parts) == sum(cells(result.overall.types).values())


def evidence_of(supplied, finds, searched=None, chosen=ALL):
    layers = conform({"supplied": supplied, "finds": finds, "searched": searched}, chosen)
    return gather(compare(locate(layers, chosen), None, chosen))


@settings(max_examples=30, deadline=None)
@given(world, st.sampled_from([[5.0], [100.0]]), st.booleans())
def test_joint_clusters_by_brute_force(seed, ladder, with_links):
    supplied, finds, _, _ = random_world(seed)
    if not with_links:
        supplied, finds = supplied.drop(columns="record_id"), finds.drop(columns="task_id")
    chosen = Settings(crs="local", assume_searched=True, cluster_distance_m=20.0, ladder=ladder)
    evidence = evidence_of(supplied, finds, chosen=chosen)
    scope = evidence.compared.finds.in_scope
    both = pd.concat([supplied, finds[scope]])
    xy = both[["x", "y"]].to_numpy()
    linked = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1)) <= 20.0
    for name in ("record_id", "task_id"):
        if name in both:
            told = both[name].fillna("").to_numpy()
            linked |= (told[:, None] == told[None]) & (told != "")[None]
    _, expected = connected_components(linked, directed=False)
    label = evidence.joint_cluster[np.concatenate([np.ones(len(supplied), bool), scope])]
    assert ((label[:, None] == label[None]) == (expected[:, None] == expected[None])).all()


def test_ratios_are_clustered_over_both_sides():
    # Eight fields 1 km apart; in each, points and finds 10 m apart; the last has no claim.
    claimed, found = [4, 4, 5, 6, 4, 5, 6, 0], [2, 5, 3, 9, 1, 4, 6, 3]
    supplied, finds = (
        points([[1000 * k, 10 * i + off] for k, n in enumerate(side) for i in range(n)], prefix)
        for side, prefix, off in ((claimed, "S", 0), (found, "F", 5))
    )
    result = evaluate(supplied.assign(type="AT"), finds.assign(type="TM-57"), settings=ALL)
    (ratio,) = result.overall.types.ratios
    assert (ratio.type, ratio.claimed, ratio.found, ratio.clusters) == ("AT", 34, 33, 8)
    r = 33 / 34
    assert ratio.ratio == pytest.approx(r)
    errors = [f - r * c for f, c in zip(found, claimed, strict=True)]
    se = (8 / 7 * sum(e**2 for e in errors)) ** 0.5 / 34
    # 33**2 / sum of squares found is less than 34**2 / sum of squares claimed.
    effective = 33**2 / sum(f**2 for f in found)
    half = stats.t.ppf(0.975, effective - 1) * se / r
    assert (ratio.low, ratio.high) == pytest.approx((r * np.exp(-half), r * np.exp(half)))
    assert ratio.reason is None


def test_types_hold_every_category_in_one_order():
    n = len(CATEGORIES)
    words = ["AP", "AT", "UXO", "other"]
    xy = [[100 * i, 0] for i in range(n)]
    supplied, finds = points(xy, "S", type=words[::-1]), points(xy, "F", type=words[::-1])
    chosen = Settings(crs="local", assume_searched=True, scope="all")
    types = evaluate(supplied, finds, settings=chosen).overall.types
    assert [(cell.claimed, cell.found) for cell in types.table] == [(w, w) for w in words]
    assert [ratio.type for ratio in types.ratios] == words
    # UXO never enters the question of mines.
    mines = evaluate(supplied, finds, settings=ALL).overall
    assert ("UXO", "not found") in cells(mines.types)
    assert mines.finds_out_of_scope == 1


def test_types_are_the_same_whatever_the_order_of_rows():
    supplied, finds, searched, districts = random_world(7)
    one = evaluate(supplied, finds, searched, districts, settings=Settings(crs="local"))
    other = evaluate(supplied[::-1], finds[::-1], searched, districts[::-1], settings=one.settings)
    assert json.dumps(one.to_dict()) == json.dumps(other.to_dict())
