"""The map record by record: counts, verdicts, and where these rows may be seen."""

import dataclasses
import json
from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from mapaccuracy import Settings, evaluate
from mapaccuracy.evaluation.compared import compare
from mapaccuracy.evaluation.evidence import gather
from mapaccuracy.evaluation.located import locate
from mapaccuracy.evaluation.path import conform
from mapaccuracy.evaluation.records import CLASSES, VERDICTS, Counts, _bias, judge, table
from mapaccuracy.report import FORMATS, render_text, renderer

# No further rungs: the headline alone, so that little has to be computed.
ALL = Settings(crs="local", assume_searched=True, ladder=[10])
HUNDRED = dataclasses.replace(ALL, ladder=[100])


def points(xy, prefix, **columns):
    xy = np.asarray(xy, dtype=float).reshape(-1, 2)
    ids = [f"{prefix}{number:03d}" for number in range(len(xy))]
    return pd.DataFrame({"id": ids, "x": xy[:, 0], "y": xy[:, 1], **columns})


def row(n, x=0.0, y=0.0, step=30.0):
    return [[x + step * index, y] for index in range(n)]


def evidence_of(supplied, finds, searched=None, chosen=ALL):
    layers = conform({"supplied": supplied, "finds": finds, "searched": searched}, chosen)
    return gather(compare(locate(layers, chosen), None, chosen))


def records_of(supplied, finds, searched=None, chosen=ALL):
    return table(evidence_of(supplied, finds, searched, chosen)).set_index("record")


def test_a_record_by_hand():
    # Six points of R1, 30 m apart; the last lies outside search. Finds 3 m east and 4 m north
    # of the first three and of the last. R2, far off, has one point.
    supplied = points(
        [*row(6), [5000, 0]], "S", record_id=["R1"] * 6 + ["R2"], sheet=["H"] * 6 + [""]
    )
    finds = points([[3, 4], [33, 4], [63, 4], [153, 4]], "F")
    searched = gpd.GeoDataFrame(geometry=[shapely.box(-50, -50, 135, 50)])
    one = records_of(supplied, finds, searched, Settings(crs="local", ladder=[10])).loc["R1"]
    assert (one.claimed, one.verifiable, one.confirmed, one.any_find) == (6, 5, 3, 3)
    assert (one.pairs, one.spacing_m, one.nearest_find_class) == (4, 30.0, "0-10 m")
    assert np.isnan(one.expected_confirmed)
    assert np.isnan(one.bias_east_m)
    assert (one.verdict, one.why.split(";")[0]) == (
        "position confirmed",
        "at least 50 % of the verifiable points are confirmed",
    )


def test_spacing_is_the_median_over_the_points():
    # To the nearest other point, of whatever record: 5, 5, 7, 7; and 9 for the one beside them.
    supplied = points(
        [[0, 0], [5, 0], [100, 0], [107, 0], [116, 0]], "S", record_id=["R1"] * 4 + ["R2"]
    )
    found = records_of(supplied, points([[0, 0]], "F"))
    assert found.spacing_m.to_dict() == {"R1": 6.0, "R2": 9.0}


def uneven(n, y=0.0, seed=5):
    """Make a row of points at uneven steps, which shifted along itself is another one."""
    return np.column_stack(
        [np.cumsum(np.random.default_rng(seed).uniform(31, 60, n)), np.full(n, y)]
    )


def ground(*box):
    box = box or (-9000, -9000, 19_000, 19_000)
    return gpd.GeoDataFrame({"reason": ["systematic"]}, geometry=[shapely.box(*box)])


SEARCHED = Settings(crs="local", ladder=[10], draws=199)


def test_bias_is_supplied_minus_find_from_ten_pairs_on():
    supplied = points([*uneven(10), *uneven(9, y=900)], "S", record_id=["R1"] * 10 + ["R2"] * 9)
    finds = supplied.assign(
        id=supplied.id.str.replace("S", "F"), x=supplied.x + 3, y=supplied.y - 4
    )
    found = records_of(supplied, finds, ground(), SEARCHED)
    assert found.loc["R1", ["bias_east_m", "bias_north_m"]].tolist() == pytest.approx([-3, 4])
    assert found.loc["R2", "pairs"] == 9
    assert found.loc["R2", ["bias_east_m", "bias_north_m"]].isna().all()
    # One pair lies outside searched ground: nine tell too little, and the record is not tested.
    part = records_of(supplied, finds, ground(supplied.x[0] + 5, -9000, 9000, 9000), SEARCHED)
    assert part.loc["R1", ["verifiable", "pairs"]].tolist() == [9, 10]
    assert part.loc["R1", ["bias_east_m", "bias_north_m"]].isna().all()
    # Where all ground is declared searched nothing can be shifted.
    assert records_of(supplied, finds).bias_east_m.isna().all()


def test_no_bias_of_a_record_that_agrees_no_better_when_shifted():
    # A: three rows of 80 mines 5 m apart, the map wrong by 102 m along them; 2 m are left. At 5 m
    # its points cannot be told apart, at 2 m shifts along the rows do as well. B is right to 1 m.
    along, across = np.meshgrid(np.arange(80) * 5.0, [0.0, 15.0, 30.0])
    mines = np.column_stack([along.ravel(), across.ravel()])
    good = uneven(15, y=5000)
    supplied = points(
        [*(mines + np.array([102.0, 0])), *(good + np.array([1.0, 0]))],
        "S",
        record_id=["A"] * 240 + ["B"] * 15,
    )
    finds = points([*mines, *good], "F")
    for tolerance_m in (2.0, 5.0):
        chosen = Settings(crs="local", tolerance_m=tolerance_m, ladder=[tolerance_m], draws=199)
        found = records_of(supplied, finds, ground(), chosen)
        assert found.loc["A", "confirmed"] > 150
        assert found.loc["A", ["bias_east_m", "bias_north_m"]].isna().all()
        assert found.loc["B", ["bias_east_m", "bias_north_m"]].tolist() == pytest.approx([1, 0])
        # The record lies near where the map says, as to its mines the map is wrong throughout.
        for name in ("A", "B"):
            assert found.loc[name, "verdict"] == "position confirmed"
            assert "not its single mines" in found.loc[name, "why"]
        assert "elsewhere along its rows" in found.loc["A", "why"]
        assert "elsewhere" not in found.loc["B", "why"]


def bias_of(point_lonlat, find_lonlat, chosen):
    """Average supplied minus find of one record, whether or not it may be told."""
    supplied, finds = (
        pd.DataFrame({"id": [f"{k:02d}" for k in range(len(at))], "lon": at[:, 0], "lat": at[:, 1]})
        for at in (point_lonlat, find_lonlat)
    )
    compared = evidence_of(supplied.assign(record_id="R"), finds, chosen=chosen).compared
    pairs, bias_m = _bias(compared, 1)
    assert pairs.tolist() == [len(point_lonlat)]
    return bias_m[0]


def test_bias_in_degrees_is_in_metres():
    lat, lon = 40.0, 179.9999
    north = 111_035.0  # metres per degree at 40 N on WGS 84, from published tables
    east = 85_394.0
    offset = np.arange(12) * 30 / north
    claimed = np.column_stack([np.full(12, lon), lat + offset])
    found = np.column_stack(
        [np.full(12, (lon + 6 / east + 180) % 360 - 180), lat + offset - 2 / north]
    )
    chosen = Settings(crs="EPSG:4326", assume_searched=True, ladder=[10])
    assert bias_of(claimed, found, chosen) == pytest.approx([-6, 2], abs=0.01)


def test_points_without_a_record_id_are_records_by_neighbourhood():
    supplied = points([*row(3), *row(2, y=400), [9000, 0]], "S", record_id=[""] * 5 + ["R1"])
    found = records_of(supplied, points([[0, 0]], "F"))
    sizes = {name: int(n) for name, n in found.claimed.items()}
    assert sorted(sizes.values()) == [1, 2, 3]
    assert sizes["R1"] == 1
    assert {"no record id, neighbourhood 1", "no record id, neighbourhood 2"} < set(sizes)
    plain = records_of(supplied.drop(columns="record_id"), points([[0, 0]], "F"))
    assert sorted(plain.claimed) == [1, 2, 3]


# verifiable, confirmed, any find, spacing, class of the nearest find, p by chance, verdict.
JUDGED = [
    (5, 3, 3, 30, 0, np.nan, "position confirmed"),
    (5, 2, 2, 30, 0, np.nan, "not judged"),
    (4, 4, 4, 30, 0, np.nan, "not judged"),
    (6, 3, 3, 30, 0, np.nan, "position confirmed"),
    (0, 0, 0, 30, 4, np.nan, "not judged"),
    (5, 0, 0, 30, 2, np.nan, "not judged"),
    (5, 0, 0, 30, 3, np.nan, "position not confirmed"),
    (5, 0, 0, 30, 4, np.nan, "position not confirmed"),
    (4, 0, 0, 30, 4, np.nan, "not judged"),
    # Chance counts where it is known.
    (10, 9, 9, 30, 0, 0.05, "position confirmed"),
    (10, 9, 9, 30, 0, 0.06, "not judged"),
    (10, 0, 0, 30, 4, 1.0, "position not confirmed"),
    # Points closer than the tolerance: any find counts, not pairs.
    (10, 2, 8, 9.9, 0, np.nan, "position confirmed"),
    (10, 2, 8, 10, 0, np.nan, "not judged"),
    # A lone point has no spacing.
    (5, 5, 5, np.nan, 0, np.nan, "position confirmed"),
]


def counts_of(cases):
    verifiable, confirmed, any_find, spacing, nearest, p, _ = zip(*cases, strict=True)
    return Counts(
        claimed=np.array(verifiable) + 1,
        verifiable=np.array(verifiable),
        confirmed=np.array(confirmed),
        any_find=np.array(any_find),
        p=np.array(p),
        stated=np.ones(len(p), dtype=bool),
        inside=np.zeros(len(p), dtype=bool),
        spacing_m=np.array(spacing, dtype=float),
        nearest=np.array(nearest),
    )


def test_thresholds_of_the_verdict():
    verdict, why, reasons = judge(counts_of(JUDGED), Settings(), True)
    assert [VERDICTS[index] for index in verdict] == [case[-1] for case in JUDGED]
    words = [reasons[index] for index in why]
    assert words[2] == "fewer than 5 verifiable points"
    assert "but a find lies within 250 m" in words[5]
    assert "no find lies within 250 m" in words[6]
    assert "more than in 95 of 100 random placements" in words[9]
    assert "no more than random placements may reach" in words[10]
    assert "too close to each other to count pairs" in words[12]
    # Nothing confirmed speaks of single mines.
    told = [text for text, case in zip(words, JUDGED, strict=True) if case[-1] == VERDICTS[2]]
    assert all("not its single mines" in text for text in told)
    assert all("they may lie elsewhere along its rows" in text for text in told)
    # Where it is shown to agree better than when shifted along itself, that is not said.
    shown = dataclasses.replace(counts_of(JUDGED), inside=np.ones(len(JUDGED), dtype=bool))
    again, why, reasons = judge(shown, Settings(), True)
    assert again.tolist() == verdict.tolist()
    assert not any("elsewhere" in reasons[index] for index in why)


def test_the_authority_sets_the_thresholds():
    chosen = Settings(record_points=10, record_share=0.9)
    verdict, why, reasons = judge(counts_of(JUDGED), chosen, True)
    said = {VERDICTS[verdict[index]] for index in range(9)}
    assert said == {"not judged"}
    assert VERDICTS[verdict[9]] == "position confirmed"
    assert reasons[why[0]] == "fewer than 10 verifiable points"
    assert "at least 90 %" in reasons[why[9]]


def test_without_searched_areas_no_record_is_judged():
    found = records_of(*three_records(), chosen=Settings(crs="local", ladder=[10]))
    assert set(found.verdict) == {"not judged"}
    assert set(found.why) == {"no searched areas given"}
    assert found.verifiable.sum() == found.confirmed.sum() == 0
    assert found.loc["A", "pairs"] == 6


def test_chance_is_not_excluded_where_the_reason_for_search_is_not_stated():
    counts = counts_of([(10, 9, 9, 30, 0, np.nan, "")] * 2)
    stated = np.array([False, True])
    verdict, why, reasons = judge(dataclasses.replace(counts, stated=stated), Settings(), True)
    assert [VERDICTS[index] for index in verdict] == ["position confirmed"] * 2
    assert "chance is not excluded" in reasons[why[0]]
    assert "chance could not be computed" in reasons[why[1]]


def test_search_that_follows_finds_confirms_no_record_without_chance():
    cases = [(10, 9, 9, 30, 0, np.nan, ""), (10, 9, 9, 30, 0, 0.01, ""), (10, 0, 0, 30, 4, 1.0, "")]
    for fade_out_m, expected in ((39, [1, 2, 0]), (40, [2, 2, 0])):
        verdict, why, reasons = judge(counts_of(cases), Settings(fade_out_m=fade_out_m), True)
        assert verdict.tolist() == expected
        assert ("search followed finds" in reasons[why[0]]) is (fade_out_m == 39)


def test_a_find_at_250_m_spares_a_record_one_farther_off_does_not():
    supplied = points(row(6), "S", record_id="R1")
    for distance_m, verdict in ((250.0, "not judged"), (250.01, "position not confirmed")):
        found = records_of(supplied, points([[-distance_m, 0]], "F"))
        assert found.loc["R1", "verdict"] == verdict


def test_a_find_near_a_row_that_is_no_single_point_spares_the_record():
    # A seventh row claims five mines at one position, 2 km off; the find is near it alone.
    supplied = points([*row(6), [2000, 0]], "S", record_id="R1", count=[1] * 6 + [5])
    found = records_of(supplied, points([[2100, 0]], "F")).loc["R1"]
    assert (found.claimed, found.nearest_find_class, found.verdict) == (
        6,
        "50-250 m",
        "not judged",
    )
    # Nearer than any find of the single points: 40 m from the first of them, 5 m from this row.
    found = records_of(supplied, points([[-40, 0], [2005, 0]], "F"), chosen=HUNDRED).loc["R1"]
    assert found.nearest_find_class == "0-10 m"
    # Rows of another record, or of none, spare nobody.
    for other in ("R2", ""):
        apart = supplied.assign(record_id=["R1"] * 6 + [other])
        found = records_of(apart, points([[2100, 0]], "F"))
        assert found.index.tolist() == ["R1"]
        assert found.loc["R1", "verdict"] == "position not confirmed"


def test_finds_out_of_scope_neither_spare_nor_confirm():
    supplied = points(row(6), "S", record_id="R1")
    finds = points(row(6), "F", type="UXO")
    found = records_of(supplied, finds).loc["R1"]
    assert (found.confirmed, found.any_find, found.nearest_find_class) == (0, 0, "beyond 1,000 m")
    assert found.verdict == "position not confirmed"


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([[1.0], [40.0], [2000.0]]))
def test_class_of_the_nearest_find_by_brute_force(seed, ladder):
    rng = np.random.default_rng(seed)
    centre = rng.uniform(0, 4000, (6, 2)).repeat(5, axis=0)
    xy = centre + rng.normal(0, rng.choice([5, 200]), centre.shape)
    names = np.repeat([f"R{index}" for index in range(6)], 5)
    count = rng.choice([1, 1, 1, 2], 30)
    count[::5] = 1
    supplied = points(xy, "S", record_id=names, count=count)
    at = rng.uniform(0, 4000, (rng.integers(0, 6) + 1, 2))
    chosen = dataclasses.replace(ALL, ladder=ladder)
    found = records_of(supplied, points(at, "F"), chosen=chosen)
    for name in set(names):
        nearest_m = np.hypot(*(xy[names == name][:, None] - at[None]).transpose(2, 0, 1)).min()
        ends = [10, 50, 250, 1000, np.inf]
        expected = next(label for label, end in zip(CLASSES, ends, strict=True) if nearest_m <= end)
        assert found.loc[name, "nearest_find_class"] == expected


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 2**32 - 1), st.randoms(use_true_random=False))
@pytest.mark.slow
def test_counts_by_brute_force_in_any_order_of_rows(seed, random):
    rng = np.random.default_rng(seed)
    n, m = rng.integers(1, 60, 2).tolist()
    supplied = points(
        rng.uniform(0, 200, (n, 2)),
        "S",
        record_id=rng.choice(["R1", "R2", "R3", "R4"], n),
        count=rng.choice([1, 1, 1, 2], n),
    )
    supplied.loc[0, "count"] = 1
    finds = points(rng.uniform(0, 200, (m, 2)), "F")
    searched = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 120, 200)])
    chosen = Settings(crs="local", ladder=[10], record_points=1)
    found = evaluate(supplied, finds, searched, settings=chosen)
    at = supplied[["x", "y"]].to_numpy()
    distance = np.hypot(*(at[:, None] - finds[["x", "y"]].to_numpy()[None]).transpose(2, 0, 1))
    paired = supplied.id.isin(found.pairs.supplied_id).to_numpy()
    single = supplied["count"].to_numpy() == 1
    # The disk is measured as a polygon; leave out what lies close to the limit.
    for name, one in found.records.set_index("record").iterrows():
        own = single & (supplied.record_id == name).to_numpy()
        assert one.claimed == own.sum()
        assert one.pairs == (own & paired).sum()
        inside = own & (at[:, 0] >= 10) & (at[:, 0] <= 110) & (at[:, 1] >= 10) & (at[:, 1] <= 190)
        assert inside.sum() <= one.verifiable <= own.sum()
        assert one.confirmed <= one.any_find <= (own & (distance.min(axis=1) <= 10)).sum()
        assert one.confirmed >= (inside & paired).sum()
    group = found.overall
    assert found.records.claimed.sum() == group.supplied
    assert found.records.confirmed.sum() == group.confirmed
    assert found.records.verifiable.sum() == group.confirmed + group.not_confirmed
    order = random.sample(range(n), n)
    again = evaluate(supplied.iloc[order], finds[::-1], searched, settings=chosen)
    assert again.records.to_csv() == found.records.to_csv()


def three_records():
    """Make records of every verdict; names do not give the order away."""
    supplied = points(
        [
            *row(6),
            *row(6, y=2000),
            *row(8, y=4000),
            *row(6, y=6000),
            *row(3, y=8000),
            *row(6, y=10000),
        ],
        "S",
        record_id=["A"] * 6 + ["B"] * 6 + ["C"] * 8 + ["D"] * 6 + ["E"] * 3 + ["F"] * 6,
    )
    finds = points([*row(6, x=1), *row(4, x=1, y=2000), *row(2, x=1, y=6000)], "F")
    return supplied, finds


def test_the_worst_record_comes_first():
    found = records_of(*three_records())
    # C is larger than F, and both have no find; D and E are not judged, E has no share at all
    # confirmed; of the confirmed, B has the lower share.
    assert found.index.tolist() == ["C", "F", "E", "D", "B", "A"]
    assert found.verdict.tolist() == [VERDICTS[index] for index in (0, 0, 1, 1, 2, 2)]


def layers_of(paired, any_find, record, observed=None):
    record = np.array(record)
    paired = np.array(paired, dtype=bool)
    return SimpleNamespace(
        point=np.arange(len(record)),
        record=record,
        observed={10.0: np.ones(len(record), dtype=bool) if observed is None else observed},
        paired={10.0: paired},
        any_find=np.array(any_find, dtype=bool),
    )


def draws_of(layers):
    return SimpleNamespace(records=layers, inside=None, reason_stated=np.ones(2, dtype=bool))


def test_chance_of_a_record_by_hand():
    # R1 (6 points, 30 m apart) and R2 (6 points, 5 m apart) stand on their finds. Of 39
    # placements, one confirms all of R1, and none of the others any; R2 is reached by all
    # pairs in no placement, and by any find in two.
    supplied = points([*row(6), *row(6, y=900, step=5)], "S", record_id=["R1"] * 6 + ["R2"] * 6)
    finds = supplied.assign(id=supplied.id.str.replace("S", "F"))
    evidence = evidence_of(supplied, finds)
    paired, any_find = np.zeros((2, 39, 12), dtype=bool)
    paired[0, :6] = True
    paired[:, 6] = True
    any_find[:2, 6:] = True
    layers = layers_of(paired, any_find, [0] * 6 + [1] * 6)
    moved = dataclasses.replace(evidence, draws=draws_of(layers))
    found = table(moved).set_index("record")
    assert found.expected_confirmed.to_dict() == pytest.approx({"R1": 6 / 39, "R2": 1.0})
    # p is 2/40 for R1 and 3/40 for R2, which is judged by any find.
    assert found.verdict.to_dict() == {"R1": "position confirmed", "R2": "not judged"}
    # Records that could not be moved have no figure.
    some = layers_of(paired[:, 6:], any_find[:, 6:], [1] * 6)
    some.point = np.arange(6, 12)
    some.observed = {10.0: np.ones(6, dtype=bool)}
    part = dataclasses.replace(evidence, draws=draws_of(some))
    found = table(part).set_index("record")
    assert np.isnan(found.expected_confirmed["R1"])
    assert "chance could not be computed" in found.why["R1"]
    assert found.verdict.to_dict() == {"R1": "position confirmed", "R2": "not judged"}


def test_records_are_the_rows_where_they_are_asked_for():
    supplied, finds = three_records()
    result = evaluate(supplied, finds, settings=dataclasses.replace(ALL, by="record"))
    assert result.metrics.equals(result.records)
    assert result.metrics.record.tolist() == ["C", "F", "E", "D", "B", "A"]
    by_district = evaluate(supplied, finds, settings=ALL)
    assert by_district.metrics.group.tolist() == ["overall"]
    assert by_district.records.equals(result.records)


def test_no_result_holds_a_record():
    supplied, finds = three_records()
    supplied["record_id"] = "SECRET-" + supplied.record_id
    for by in ("district", "type", "record"):
        result = evaluate(supplied, finds, settings=dataclasses.replace(ALL, by=by))
        document = result.to_dict()
        assert "SECRET" not in json.dumps(document)
        assert "verdict" not in json.dumps(document)
        for name in FORMATS:
            assert "SECRET" not in render_text(name, document)
        assert renderer("restricted")(document, None) == {}
        # Where locations may be seen but records are not asked for, they are in their file alone.
        locations = {"pairs": result.pairs, "records": result.records}
        for name in set(FORMATS) - {"json"}:
            assert ("SECRET-C" in render_text(name, document, locations)) is (by == "record")
        assert b"SECRET-C" in renderer("restricted")(document, locations)["records.csv"]


def test_records_read_back_equal():
    supplied, finds = three_records()
    result = evaluate(supplied, finds, settings=ALL)
    locations = {"pairs": result.pairs, "records": result.records}
    written = renderer("restricted")(result.to_dict(), locations)["records.csv"]
    lines = written.decode().splitlines()
    assert lines[0] == (
        "record,claimed,verifiable,confirmed,expected_confirmed,any_find,nearest_find_class,"
        "spacing_m,pairs,bias_east_m,bias_north_m,verdict,why"
    )
    assert lines[1].startswith('C,8,8,0,,0,"beyond 1,000 m",30.0,0,,,position not confirmed,')
    assert len(lines) == 7


def many_records(n):
    xy = [[30 * i, 2000 * k] for k in range(n) for i in range(5)]
    names = [f"REC-{k:03d}" for k in range(n) for _ in range(5)]
    return points(xy, "S", record_id=names), points([[0, -9000]], "F")


def test_the_terminal_shows_the_worst_forty():
    supplied, finds = many_records(43)
    result = evaluate(supplied, finds, settings=dataclasses.replace(ALL, by="record"))
    locations = {"pairs": result.pairs, "records": result.records}
    for name in ("table", "markdown"):
        text = render_text(name, result.to_dict(), locations)
        assert "REC-039" in text
        assert "REC-040" not in text
        assert "and 3 more in restricted/records.csv" in text
        assert "position not confirmed, 43: fewer than 50 %" in " ".join(text.split())
    assert max(map(len, render_text("table", result.to_dict(), locations).splitlines())) <= 100
    # With forty there is nothing more.
    forty = locations | {"records": result.records.head(40)}
    assert "more in" not in render_text("table", result.to_dict(), forty)
    # A table to compute with holds them all.
    assert "REC-042" in render_text("csv", result.to_dict(), locations)


def test_the_command_writes_records_beside_pairs(tmp_path, run, monkeypatch):
    monkeypatch.chdir(tmp_path)
    supplied, finds = three_records()
    supplied["record_id"] = "SECRET-" + supplied.record_id
    supplied.to_csv("s.csv", index=False)
    finds.to_csv("f.csv", index=False)
    asked = ("evaluate", "s.csv", "f.csv", "--crs", "local", "--assume-searched")
    plain = run(*asked, "--out", "plain")
    assert plain.code == 0
    assert not Path("plain/restricted").exists()
    told = plain.out + plain.err + "".join(p.read_text("utf-8") for p in Path("plain").iterdir())
    assert "SECRET" not in told
    full = run(*asked, "--out", "full", "--with-locations")
    names = sorted(path.name for path in Path("full/restricted").iterdir())
    assert names == ["pairs.csv", "records.csv"]
    assert "SECRET" not in full.out
    told = "".join(path.read_text("utf-8") for path in Path("full").glob("*.*"))
    assert "SECRET" not in told
    shown = run(*asked, "--by", "record", "--with-locations")
    assert "SECRET-C" in shown.out
    assert run(*asked, "--by", "record").code == 2
