"""diagnose(): right, misread, displaced and unrelated maps, and the pairs that it looks at."""

import functools
import json
import math
import re
from pathlib import Path

import geopandas as gpd
import jsonschema
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from scipy.spatial import cKDTree

from mapaccuracy import InputError, Settings, SettingsError, evaluate
from mapaccuracy.displacement import diagnose, path
from mapaccuracy.displacement.sampled import draw_rows, units_of_rows
from mapaccuracy.evaluation import apart
from mapaccuracy.evaluation.apart import Finds, Units, collect, units_of
from mapaccuracy.evaluation.compared import compare
from mapaccuracy.evaluation.elsewhere import elsewhere, part
from mapaccuracy.evaluation.located import locate
from mapaccuracy.evaluation.path import conform
from tests import naive
from validity import displaced_worlds

PACKAGE = Path(__file__).parent.parent / "mapaccuracy"
LONDON = PACKAGE / "examples" / "london_docking_stations"
QUICK = {"draws": 39}
LOCAL = {"crs": "local", "assume_searched": True, **QUICK}
GLOBE = {"crs": "EPSG:4326", "assume_searched": True, **QUICK}
# SK-42 to WGS 84: seven parameters of EPSG:15865, written out.
SK42 = pyproj.Transformer.from_pipeline(
    "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=push +v_3 "
    "+step +proj=cart +ellps=krass +step +proj=helmert +x=25 +y=-141 +z=-78.5 +rx=0 +ry=-0.35 "
    "+rz=-0.736 +s=0 +convention=coordinate_frame +step +inv +proj=cart +ellps=WGS84 "
    "+step +proj=pop +v_3 +step +proj=unitconvert +xy_in=rad +xy_out=deg"
)


def frame(xy, prefix, names=("x", "y"), **columns):
    xy = np.asarray(xy, dtype=float).reshape(-1, 2)
    ids = [f"{prefix}{number:05d}" for number in range(len(xy))]
    return pd.DataFrame({"id": ids, names[0]: xy[:, 0], names[1]: xy[:, 1], **columns})


def records_of(n, each):
    return [f"REC-{k:03d}" for k in range(n) for _ in range(each)]


def true_points(records=12, each=12, seed=1, side_m=4000.0):
    """Mines of records: scattered over 100 m, 60 % of them found to a metre.

    Records stand at least 80 m apart, so that each is a cluster of its own.
    """
    rng = np.random.default_rng(seed)
    sites = np.stack(np.meshgrid(*[np.arange(150, side_m, 300)] * 2), axis=-1).reshape(-1, 2)
    centre = rng.choice(sites, records, replace=False) + rng.uniform(-60, 60, (records, 2))
    mines = centre.repeat(each, axis=0) + rng.uniform(-50, 50, (records * each, 2))
    found = mines[rng.random(len(mines)) < 0.6]
    return mines, found + rng.normal(0, 1, found.shape)


def local_world(move_m, records=12, seed=1, **columns):
    """A map that has to be moved by so much, and its finds."""
    mines, found = true_points(records, seed=seed)
    named = {"record_id": records_of(records, 12), **columns}
    return frame(mines - np.asarray(move_m), "SUP-", **named), frame(found, "FIND-")


@functools.cache
def displaced():
    supplied, finds = local_world((-62.0, 88.0))
    return supplied, finds, diagnose(supplied, finds, settings=Settings(**LOCAL))


def by_name(told):
    return {one.name: one for one in told.hypotheses}


def valid(told):
    """Check what holds of every document, and give it."""
    document = told.to_dict()
    text = json.dumps(document, allow_nan=False)
    schema = json.loads((PACKAGE / "schema" / "diagnosis.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator(schema).validate(json.loads(text))
    names = [one["name"] for one in document["hypotheses"]]
    assert len(names) == len(set(names))
    assert {"as_supplied", "displacement"} <= set(names)
    for one in document["hypotheses"]:
        if one["accepted"]:
            assert one["p"] <= 0.05
            assert one["closer"]["low"] > 0
            assert one["name"] != "displacement" or one["gain"]["low"] > 0
        if one["p"] is None:
            assert one["reason"]
    if document["displacement"]["east_m"] is None:
        assert document["displacement"]["reason"]
    assert document["reason"]
    assert (document["cause"] is not None) == (document["verdict"] == "explained")
    return document


def inside(ellipse, east_m, north_m):
    """Whether a vector from its centre lies in an ellipse."""
    bearing = math.radians(ellipse.bearing_deg)
    along = east_m * math.sin(bearing) + north_m * math.cos(bearing)
    across = east_m * math.cos(bearing) - north_m * math.sin(bearing)
    return (along / ellipse.semi_major_m) ** 2 + (across / ellipse.semi_minor_m) ** 2 <= 1


# --- what only the user may see -------------------------------------------------------------------


def test_moves_tell_no_position():
    # Read with the other sign, a map moves by twice its latitude: that must not tell a row's.
    for one in explained().hypotheses:
        if one.move is None:
            continue
        for metres in (one.move.east_m, one.move.north_m, one.move.spread_m):
            longest = max(abs(one.move.east_m), abs(one.move.north_m), one.move.spread_m)
            step_m = 0.1 if longest < 1000 else 10 if longest < 10_000 else 10_000
            assert metres / step_m == pytest.approx(round(metres / step_m), abs=1e-6)
    sign = by_name(explained())["latitude_sign"]
    assert abs(sign.move.north_m) == pytest.approx(2 * 4_428_000, abs=20_000)


@pytest.mark.parametrize(("points", "found"), [(1, 9), (4, 9), (9, 1), (9, 4)])
def test_few_points_or_finds_are_not_looked_for_elsewhere(points, found):
    # Each place that is tried would tell whether the one find lies there.
    rng = np.random.default_rng(points)
    here = rng.uniform(0, 50, (points, 2))
    there = here[rng.integers(0, points, found)] + (102.0, 9.6) + rng.normal(0, 0.1, (found, 2))
    names = ("lon", "lat")
    told = diagnose(
        frame(on_earth(here), "SUP-", names),
        frame(on_earth(there), "FIND-", names),
        settings=Settings(**GLOBE),
    )
    document = valid(told)
    assert told.verdict == "cannot_be_told"
    assert told.reason.startswith("fewer than 5 points, or finds in scope")
    for one in told.hypotheses:
        if one.name != "as_supplied":
            assert one.precision is one.recall is one.held_out is one.confirmed_share is None
            assert one.gain is one.closer is one.p is one.move is one.rest is None
    assert document["sampling"]["pairs"] == 0
    assert told.displacement.highest is None
    assert told.histogram.counts == ()


def test_what_is_printed_of_a_diagnosis_holds_no_row():
    supplied, _, told = displaced()
    assert "SUP-" not in repr(told)
    assert len(repr(told)) < 60_000
    assert f"{supplied['x'][0]:.2f}"[:-1] not in repr(told)


# --- a map that is displaced ---------------------------------------------------------------------


def test_a_displaced_map_is_found():
    _, _, told = displaced()
    valid(told)
    figure = told.displacement
    assert told.verdict == "displaced"
    assert (figure.east_m, figure.north_m) == pytest.approx((-62, 88), abs=0.5)
    assert inside(figure.ellipse, -62 - figure.east_m, 88 - figure.north_m)
    assert figure.length_m == pytest.approx(math.hypot(62, 88), abs=0.7)
    # Clockwise from north: north-west.
    assert figure.bearing_deg == pytest.approx(360 - math.degrees(math.atan2(62, 88)), abs=0.5)
    assert (figure.records, figure.stability, figure.alternatives) == (12, 1.0, ())
    assert figure.contributing >= 10
    # A search of 39 draws.
    assert figure.p == pytest.approx(1 / 40)
    assert figure.highest > 2 * figure.highest_by_chance
    first = told.hypotheses[0]
    assert (first.name, first.accepted) == ("displacement", True)
    assert first.move.spread_m == 0


def test_held_out_and_gain_are_those_of_the_moved_map():
    supplied, finds, told = displaced()
    moved = supplied.assign(
        x=supplied["x"] + told.displacement.east_m, y=supplied["y"] + told.displacement.north_m
    )
    after = evaluate(moved, finds, settings=Settings(**LOCAL)).overall
    before = evaluate(supplied, finds, settings=Settings(**LOCAL)).overall
    first, as_supplied = told.hypotheses[0], by_name(told)["as_supplied"]
    assert (first.precision, first.recall) == (after.precision, after.recall)
    assert (as_supplied.precision, as_supplied.recall) == (before.precision, before.recall)
    # With so sharp a peak no record changes the fit by as much as would lose a pair.
    assert first.held_out.value == pytest.approx(after.precision.value, abs=0.01)
    assert first.gain.value == pytest.approx(
        first.held_out.value - before.precision.value, abs=1e-9
    )
    assert 0 < first.gain.low < first.gain.value < first.gain.high
    assert told.residuals.after == "displacement"
    # Noise of a metre on each axis.
    assert told.residuals.within_m == pytest.approx(1, abs=0.25)


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_order_of_rows_does_not_matter(seed):
    supplied, finds, told = displaced()
    mixed = (rows.sample(frac=1, random_state=seed) for rows in (supplied, finds))
    again = diagnose(*mixed, settings=Settings(**LOCAL))
    assert json.dumps(again.to_dict()) == json.dumps(told.to_dict())
    pd.testing.assert_frame_equal(again.residual_rows, told.residual_rows)
    pd.testing.assert_frame_equal(again.corrected(), told.corrected())


def test_the_same_again_but_not_with_another_seed():
    supplied, finds, told = displaced()
    again = diagnose(supplied, finds, settings=Settings(**LOCAL))
    assert again.to_dict() == told.to_dict()
    other = diagnose(supplied, finds, settings=Settings(**LOCAL, seed=5))
    assert other.displacement.ellipse != told.displacement.ellipse
    assert other.displacement.east_m == told.displacement.east_m


def test_the_corrected_copy_has_the_truth():
    supplied, _, told = displaced()
    copy = told.corrected()
    mines, _ = true_points()
    assert copy["id"].tolist() == supplied["id"].tolist()
    assert copy[["x", "y"]].to_numpy().tolist() == supplied[["x", "y"]].to_numpy().tolist()
    # What is left is the error of the fit.
    off = copy[["corrected_x", "corrected_y"]].to_numpy() - mines
    assert np.abs(off).max() < 0.5
    assert np.ptp(off, axis=0).max() < 1e-6
    assert set(copy["hypothesis"]) == {"displacement"}
    assert copy["restricted"].str.startswith("RESTRICTED").all()
    assert (copy["share_after"] > copy["share_as_supplied"]).all()


def test_only_what_was_tested_can_be_corrected_by():
    _, _, told = displaced()
    with pytest.raises(SettingsError, match="'sk42_as_wgs84' was not tested on this map"):
        told.corrected("sk42_as_wgs84")
    with pytest.raises(SettingsError, match="nothing to correct by"):
        told.corrected("as_supplied")


def numbers_in(text):
    """Numbers of four and more decimals."""
    return [float(number) for number in re.findall(r"-?\d+\.\d{4,}", text)]


def test_no_id_and_no_position_in_the_document():
    supplied, finds, told = displaced()
    text = json.dumps(told.to_dict())
    assert not re.search(r"SUP-|FIND-|REC-", text)
    corners = np.r_[supplied[["x", "y"]].to_numpy().ravel(), finds[["x", "y"]].to_numpy().ravel()]
    for number in numbers_in(text):
        # To the last digits of what is printed.
        assert np.abs(corners - number).min() > 1e-6 * max(1.0, abs(number)), number
    assert re.search(r"SUP-\d", json.dumps(told.corrected().to_dict()))


def test_no_single_displacement_in_the_document():
    supplied, finds, told = displaced()
    off = [
        entry
        for own in supplied[["x", "y"]].to_numpy()
        for entry in (finds[["x", "y"]].to_numpy() - own).ravel().tolist()
    ]
    off = np.sort(np.abs(off))
    figure = told.to_dict()
    figure.pop("histogram")
    for number in numbers_in(json.dumps(figure)):
        k = np.searchsorted(off, abs(number))
        nearest = np.abs(off[max(0, k - 1) : k + 1] - abs(number)).min()
        assert nearest > 1e-9, number
    # Cells of few records are not shown, and hold most pairs of a record.
    assert {c for row in told.histogram.counts for c in row if c is not None and c < 5} == set()


# --- maps that are not ---------------------------------------------------------------------------


def test_a_map_that_is_right():
    supplied, finds = local_world((0.0, 0.0))
    told = diagnose(supplied, finds, settings=Settings(**LOCAL))
    document = valid(told)
    assert (told.verdict, told.hypotheses[0].name) == ("as_supplied", "as_supplied")
    assert not any(one["accepted"] for one in document["hypotheses"])
    rest = told.hypotheses[0].rest
    assert math.hypot(rest.east_m, rest.north_m) < 0.5
    with pytest.raises(SettingsError, match="nothing to correct by"):
        told.corrected()


def unrelated(seed):
    """Records and fields at places of their own, on the same square kilometres."""
    supplied, _ = true_points(14, seed=seed, side_m=1800.0)
    rng = np.random.default_rng(seed)
    # Anywhere: on the sites of the records they would share something.
    fields = rng.uniform(0, 1800, (20, 2)).repeat(12, axis=0) + rng.uniform(-50, 50, (240, 2))
    return frame(supplied, "SUP-", record_id=records_of(14, 12)), frame(fields, "FIND-")


@pytest.mark.parametrize("seed", [3, 4])
def test_a_map_that_knows_nothing(seed):
    told = diagnose(*unrelated(seed), settings=Settings(**LOCAL))
    valid(told)
    assert told.verdict == "no_displacement_helps"
    assert told.displacement.east_m is None
    assert told.displacement.p > 0.05
    assert told.displacement.highest is not None
    assert not any(one.accepted for one in told.hypotheses)


@pytest.mark.slow
def test_nothing_is_claimed_of_maps_that_know_nothing():
    verdicts = []
    for seed in range(5, 35):
        told = diagnose(*unrelated(seed), settings=Settings(**LOCAL))
        assert not any(one.accepted for one in told.hypotheses)
        verdicts.append(told.verdict)
    # Where one of two questions is beyond chance by chance, too few records have to do with it.
    assert set(verdicts) <= {"no_displacement_helps", "cannot_be_told"}
    assert verdicts.count("cannot_be_told") <= 8


def test_a_shift_smaller_than_the_tolerance_is_told_with_the_map_as_supplied():
    supplied, finds = local_world((4.0, -3.0))
    told = diagnose(supplied, finds, settings=Settings(**LOCAL, tolerance_m=20.0))
    assert told.verdict == "as_supplied"
    rest = by_name(told)["as_supplied"].rest
    assert (rest.east_m, rest.north_m) == pytest.approx((4, -3), abs=0.7)


def two_sources(right, moved_m, records=30):
    """A map of which so many records are right, and the others lie off."""
    mines, found = true_points(records, seed=8)
    plotted = mines.copy()
    plotted[right * 12 :] -= moved_m
    return diagnose(
        frame(plotted, "SUP-", record_id=records_of(records, 12)),
        frame(found, "FIND-"),
        settings=Settings(**LOCAL),
    )


@pytest.mark.parametrize("right", [20, 24])
def test_a_second_source_is_told_with_the_map_as_supplied(right):
    told = two_sources(right, (62.0, -88.0))
    document = valid(told)
    assert told.verdict == "as_supplied"
    (note,) = [note for note in told.notes if note.code == "fits_a_part"]
    n = int(note.message.split()[0])
    assert 30 - right - 2 <= n <= 30 - right
    assert "only after a move by 108 m" in note.message
    assert f"but {n} of 30 records fit only after a move of 108 m" in told.reason
    assert document["displacement"]["repeat_m"] is None


def test_halves_of_two_sources_are_not_called_right():
    told = two_sources(14, (-50.0, 65.0))
    valid(told)
    if told.verdict != "displaced":
        assert told.verdict == "cannot_be_told"
        assert "records fit where they are, and" in told.reason
        assert "only after a move of 82 m" in told.reason
        assert [note.code for note in told.notes].count("fits_a_part") == 1
    both = {(0, 0), (-50, 65)}
    peaks = [told.displacement.peak, *told.displacement.alternatives]
    assert {(round(one.east_m), round(one.north_m)) for one in peaks} <= both
    assert all(one.other_records >= 5 for one in peaks[1:])


def test_a_map_of_one_source_is_not_taken_for_several():
    for seed in range(6):
        supplied, finds = local_world((0.0, 0.0), records=20, seed=seed)
        told = diagnose(supplied, finds, settings=Settings(**LOCAL))
        assert told.verdict == "as_supplied"
        assert "fits_a_part" not in [note.code for note in told.notes]


def test_few_records_in_a_dense_field_are_not_enough_by_chance():
    # Three records are right; sixty lie anywhere among as many finds as chance needs.
    rng = np.random.default_rng(3)
    mines, _ = true_points(3, seed=9)
    sites = np.stack(np.meshgrid(*[np.arange(150, 4000, 400)] * 2), axis=-1).reshape(-1, 2)
    others = rng.choice(sites, 60, replace=False).repeat(12, axis=0)
    others = others + rng.uniform(-50, 50, others.shape)
    found = np.vstack([mines, rng.uniform(0, 4000, (6000, 2))])
    supplied = frame(np.vstack([mines, others]), "SUP-", record_id=records_of(63, 12))
    told = diagnose(supplied, frame(found, "FIND-"), settings=Settings(**LOCAL))
    assert told.verdict in ("cannot_be_told", "no_displacement_helps")
    as_supplied = by_name(told)["as_supplied"]
    assert as_supplied.by_chance > 1
    assert as_supplied.contributing - as_supplied.by_chance < 5


def test_a_chance_find_at_a_point_does_not_undo_a_displacement():
    # Every other pair before is of chance; this one is at the very place.
    supplied, finds = local_world((-62.0, 88.0))
    chance = supplied[["x", "y"]].iloc[[3]] + 0.05
    more = pd.concat([finds, chance.assign(id="FIND-99999")], ignore_index=True)
    told = diagnose(supplied, more, settings=Settings(**LOCAL))
    assert told.verdict == "displaced"


def test_a_short_move_is_not_called_a_datum():
    # 5 m is beyond this tolerance; turns about reference points have a median move of near 0.
    told, _ = about_references(0.0, (0.5, -5.0), all_round, tolerance_m=4.0)
    assert told.verdict == "displaced"


def test_too_few_unequal_records_for_an_interval():
    sizes = (3, 3, 3, 30, 3, 3)
    sites = [(0, 0), (900, 0), (0, 900), (1800, 0), (0, 1800), (900, 900)]
    rng = np.random.default_rng(2)
    mines = np.repeat(sites, sizes, axis=0) + rng.uniform(-50, 50, (sum(sizes), 2))
    names = [f"REC-{k}" for k, n in enumerate(sizes) for _ in range(n)]
    told = diagnose(
        frame(mines - (62.0, -88.0), "SUP-", record_id=names),
        frame(mines, "FIND-"),
        settings=Settings(**LOCAL),
    )
    assert told.verdict == "cannot_be_told"
    assert told.displacement.east_m == pytest.approx(62.0, abs=0.5)
    assert "too few" in told.reason


@pytest.mark.parametrize("sheets", [1, 2, 4])
def test_sheets_do_not_turn_a_displaced_map_into_a_right_one(sheets):
    # 8 of 30 records are right; the others lie 108 m off.
    mines, found = true_points(30, seed=8)
    moved = mines.copy()
    moved[8 * 12 :] -= (62.0, -88.0)
    supplied = frame(moved, "SUP-", record_id=records_of(30, 12))
    finds = frame(found, "FIND-")
    assert diagnose(supplied, finds, settings=Settings(**LOCAL)).verdict == "displaced"
    supplied["sheet"] = [f"K-38-{k % sheets}" for k in range(len(supplied))]
    told = diagnose(supplied, finds, settings=Settings(**LOCAL))
    assert told.verdict == "cannot_be_told"
    assert "too few map sheets" in told.reason


def test_too_few_sheets_for_an_interval():
    supplied, finds = local_world((-62.0, 88.0), sheet=[f"K-38-{k // 48}" for k in range(144)])
    told = diagnose(supplied, finds, settings=Settings(**LOCAL))
    assert told.verdict == "cannot_be_told"
    assert told.reason.startswith("too few map sheets")


# --- too little ----------------------------------------------------------------------------------


@pytest.mark.parametrize("move_m", [(0.0, 0.0), (40.0, -25.0)])
def test_three_records_are_too_few(move_m):
    told = diagnose(*local_world(move_m, records=3), settings=Settings(**LOCAL))
    document = valid(told)
    assert told.verdict == "cannot_be_told"
    assert told.displacement.p is None
    assert "3 records have a find within range; 5 are needed" in told.displacement.reason
    assert document["histogram"]["counts"] == ()
    with pytest.raises(SettingsError):
        told.corrected()


@pytest.mark.parametrize("empty", ["supplied", "finds"])
def test_a_side_without_rows(empty):
    sides = dict(zip(("supplied", "finds"), local_world((0.0, 0.0)), strict=True))
    sides[empty] = sides[empty].iloc[:0]
    with pytest.raises(InputError, match=f"{empty}  MA004"):
        diagnose(**sides, settings=Settings(**LOCAL))


def test_no_finds_within_range():
    supplied, finds = local_world((0.0, 0.0))
    told = diagnose(supplied, finds.assign(x=finds["x"] + 9000), settings=Settings(**LOCAL))
    document = valid(told)
    assert told.verdict == "cannot_be_told"
    assert told.displacement.reason == "no find within range of a supplied point"
    assert document["histogram"]["reason"] == "no pairs within range"
    assert told.sampling.pairs == 0


def test_all_finds_out_of_scope():
    supplied, finds = local_world((-62.0, 88.0))
    told = diagnose(supplied, finds.assign(type="UXO"), settings=Settings(**LOCAL))
    valid(told)
    assert told.verdict == "cannot_be_told"
    every = diagnose(supplied, finds.assign(type="UXO"), settings=Settings(**LOCAL, scope="all"))
    assert every.verdict == "displaced"


@pytest.mark.parametrize("columns", [{"count": 3}, {"geometry_basis": "centroid"}])
def test_no_single_supplied_points(columns):
    supplied, finds = local_world((-62.0, 88.0))
    told = diagnose(supplied.assign(**columns), finds, settings=Settings(**LOCAL))
    valid(told)
    assert told.verdict == "cannot_be_told"


def test_rows_of_several_mines_are_moved_but_do_not_count():
    supplied, finds, whole = displaced()
    more = pd.concat([supplied, supplied.iloc[:6].assign(id=[f"X{n}" for n in range(6)], count=4)])
    told = diagnose(more, finds, settings=Settings(**LOCAL))
    assert told.displacement == whole.displacement
    copy = told.corrected()
    assert len(copy) == len(more)
    assert copy["move_east_m"].nunique() == 1


def test_points_at_identical_places():
    rng = np.random.default_rng(1)
    at = rng.uniform(0, 4000, (14, 2))
    # Every record claims its twelve mines at one place; six finds are there too.
    supplied = frame(at.repeat(12, axis=0) + np.array([30, 0]), "S", record_id=records_of(14, 12))
    told = diagnose(supplied, frame(at.repeat(6, axis=0), "F"), settings=Settings(**LOCAL))
    valid(told)
    assert told.verdict == "displaced"
    assert (told.displacement.east_m, told.displacement.north_m) == pytest.approx((-30, 0), abs=1)


def test_records_of_one_row():
    rng = np.random.default_rng(1)
    at = rng.uniform(0, 9000, (40, 2))
    supplied = frame(at + np.array([25, 60]), "S", record_id=[f"R{n}" for n in range(40)])
    told = diagnose(
        supplied, frame(at + rng.normal(0, 1, at.shape), "F"), settings=Settings(**LOCAL)
    )
    valid(told)
    assert told.verdict == "displaced"
    assert (told.displacement.east_m, told.displacement.north_m) == pytest.approx(
        (-25, -60), abs=0.6
    )
    assert told.displacement.contributing >= 35
    assert told.residuals.reason is not None


def test_without_record_ids_neighbours_are_one():
    supplied, finds, told = displaced()
    nameless = diagnose(supplied.drop(columns="record_id"), finds, settings=Settings(**LOCAL))
    assert nameless.verdict == "displaced"
    assert nameless.displacement.east_m == pytest.approx(told.displacement.east_m, abs=0.1)


@pytest.mark.parametrize("range_m", [19.0, 2561.0])
def test_a_range_that_does_not_go_with_the_tolerance(range_m):
    supplied, finds, _ = displaced()
    with pytest.raises(SettingsError, match="range_m"):
        diagnose(supplied, finds, settings=Settings(**LOCAL, range_m=range_m))


def test_a_displacement_beyond_the_range_is_not_found():
    supplied, finds, _ = displaced()
    told = diagnose(supplied, finds, settings=Settings(**LOCAL, range_m=80.0))
    assert told.verdict in ("no_displacement_helps", "cannot_be_told")
    assert told.displacement.east_m is None
    wide = diagnose(supplied, finds, settings=Settings(**LOCAL, range_m=300.0, tolerance_m=15.0))
    assert (wide.displacement.east_m, wide.displacement.north_m) == pytest.approx(
        (-62, 88), abs=0.5
    )


def test_coordinate_systems_are_asked_for():
    supplied, finds, _ = displaced()
    with pytest.raises(SettingsError):
        diagnose(supplied, finds, settings=Settings(assume_searched=True))


def test_searched_ground_that_the_map_lies_outside_of():
    supplied, finds = local_world((150.0, 0.0))
    mines, _ = true_points()
    # Searched is a square of 140 m round each record: points 150 m off stand beside it.
    centre = mines.reshape(12, 12, 2).mean(axis=1)
    ground = gpd.GeoDataFrame(geometry=shapely.box(*(centre - 70).T, *(centre + 70).T))
    settings = Settings(crs="local", **QUICK)
    told = diagnose(supplied, finds, ground, settings=settings)
    valid(told)
    figure = by_name(told)
    assert told.verdict == "displaced"
    assert told.displacement.east_m == pytest.approx(150, abs=0.5)
    # Nearly none of the points can be judged as supplied, and nearly all when moved.
    assert (figure["as_supplied"].precision.n or 0) < 15
    assert figure["displacement"].precision.n > 120
    assert figure["displacement"].gain.low > 0


def test_a_map_wholly_outside_of_searched_ground_has_no_precision():
    supplied, finds = local_world((150.0, 0.0))
    mines, _ = true_points()
    # Searched are the disks of 11 m round the mines, where no supplied point has its own.
    ground = shapely.union_all(shapely.buffer(shapely.points(mines), 14.0))
    ground = ground.difference(
        shapely.union_all(shapely.buffer(shapely.points(mines - [150, 0]), 3))
    )
    told = diagnose(
        supplied,
        finds,
        gpd.GeoDataFrame(geometry=[ground]),
        settings=Settings(crs="local", **QUICK),
    )
    valid(told)
    as_supplied = by_name(told)["as_supplied"]
    assert as_supplied.precision.value is None
    assert as_supplied.precision.reason
    assert told.verdict == "displaced"
    assert told.hypotheses[0].held_out.value > 0.3


# --- sheets --------------------------------------------------------------------------------------


@pytest.mark.slow
def test_every_sheet_its_own():
    mines, found = true_points(records=24, seed=8)
    sheet = np.array([f"SHEET-{k // 8}" for k in range(24)]).repeat(12)
    move_m = np.array([(60.0, 0.0), (0.0, -70.0), (-50.0, 50.0)])[np.arange(24) // 8]
    supplied = frame(
        mines - move_m.repeat(12, axis=0), "S", record_id=records_of(24, 12), sheet=sheet
    )
    told = diagnose(supplied, frame(found, "F"), settings=Settings(**LOCAL))
    valid(told)
    # Three sheets are too few to move as one each: records do.
    assert told.sampling.unit == "record"
    assert [one.sheet for one in told.sheets] == ["SHEET-0", "SHEET-1", "SHEET-2"]
    for one, expected in zip(told.sheets, [(60, 0), (0, -70), (-50, 50)], strict=True):
        assert (one.east_m, one.north_m) == pytest.approx(expected, abs=0.7)
        assert (one.records, one.p <= 0.05) == (8, True)


def test_sheets_are_what_moves_where_there_are_enough():
    supplied, finds = local_world(
        (30.0, 30.0), records=18, sheet=[f"M{k // 3}" for k in range(18) for _ in range(12)]
    )
    told = diagnose(supplied, finds, settings=Settings(**LOCAL))
    valid(told)
    assert (told.sampling.unit, told.sampling.units) == ("sheet", 6)
    assert told.verdict == "displaced"
    # Three records of a sheet are too few for a vector of their own.
    assert {one.east_m for one in told.sheets} == {None}
    assert {one.reason for one in told.sheets} == {"3 records; 5 are needed"}


# --- on the Earth --------------------------------------------------------------------------------


def on_earth(xy, lat=39.99, lon=46.93):
    """Degrees of metres east and north of a place, by a transverse Mercator of its own."""
    proj = pyproj.Proj(proj="tmerc", lat_0=lat, lon_0=lon, k=1, ellps="WGS84")
    return np.column_stack(proj(xy[:, 0], xy[:, 1], inverse=True))


@functools.cache
def sk42_map():
    """A right map at Aghdam whose SK-42 degrees are taken for WGS 84; with the truth."""
    mines, found = true_points(seed=3)
    true, finds = on_earth(mines), on_earth(found)
    plotted = np.column_stack(SK42.transform(*true.T, direction="INVERSE"))
    names = ("lon", "lat")
    supplied = frame(plotted, "SUP-", names, record_id=records_of(12, 12))
    return supplied, frame(finds, "FIND-", names), true


@functools.cache
def explained():
    supplied, finds, _ = sk42_map()
    return diagnose(supplied, finds, settings=Settings(**GLOBE))


def test_sk42_read_as_wgs84():
    told = explained()
    valid(told)
    first = told.hypotheses[0]
    assert (told.verdict, first.name) == ("explained", "sk42_as_wgs84")
    assert told.cause == first.cause
    assert first.accepted
    assert first.in_area
    # What the datum is worth at Aghdam, as computed elsewhere with the same operation.
    assert (first.move.east_m, first.move.north_m) == pytest.approx((-102.1, -9.6), abs=0.15)
    assert (told.displacement.east_m, told.displacement.north_m) == pytest.approx(
        (-102.1, -9.6), abs=0.5
    )
    assert math.hypot(first.rest.east_m, first.rest.north_m) < 0.5
    assert told.residuals.after == "sk42_as_wgs84"


def about_references(turned_deg, moved_m, away_m, tolerance_m=10.0):
    """A map with reference points so far away, turned about them and moved; diagnosed.

    ``away_m`` gives the place of each record's reference point, metres from its middle.
    """
    mines, found = true_points(records=20, seed=5)
    reference = mines.reshape(20, 12, 2).mean(axis=1) + away_m(np.random.default_rng(6))
    leg = mines - reference.repeat(12, axis=0)
    turn = np.radians(turned_deg)
    # Clockwise, as azimuths go.
    east = leg[:, 0] * np.cos(turn) + leg[:, 1] * np.sin(turn)
    north = leg[:, 1] * np.cos(turn) - leg[:, 0] * np.sin(turn)
    plotted = np.column_stack([east, north]) + reference.repeat(12, axis=0) + moved_m
    names = ("lon", "lat")
    lon, lat = on_earth(reference.repeat(12, axis=0)).T
    supplied = frame(
        on_earth(plotted),
        "SUP-",
        names,
        record_id=records_of(20, 12),
        reference_lon=lon,
        reference_lat=lat,
    )
    settings = Settings(**GLOBE, tolerance_m=tolerance_m, declination_deg=1.0)
    told = diagnose(supplied, frame(on_earth(found), "FIND-", names), settings=settings)
    return told, valid(told)


def all_round(rng):
    angle, radius = rng.uniform(0, 2 * np.pi, 20), rng.uniform(120, 300, 20)
    return np.column_stack([radius * np.sin(angle), radius * np.cos(angle)])


def north_of_each(rng):
    return np.tile([0.0, 250.0], (20, 1))


def test_a_turn_that_moves_points_by_less_than_the_tolerance_is_explained():
    # Azimuths by compass, 1 degree too low, were plotted as true ones: points off by 2 to 6 m.
    told, _ = about_references(-1.0, (0.0, 0.0), all_round)
    assert (told.verdict, told.hypotheses[0].name) == ("explained", "declination_missing")
    assert abs(told.hypotheses[0].gain.value) < 0.05
    assert told.hypotheses[0].closer.low > 0.1
    copy = told.corrected()
    mines = on_earth(true_points(records=20, seed=5)[0])
    off_m = pyproj.Geod(ellps="WGS84").inv(copy["corrected_lon"], copy["corrected_lat"], *mines.T)[
        2
    ]
    assert np.median(off_m) < 0.1


def test_a_map_that_is_right_is_not_turned():
    told, _ = about_references(0.0, (0.0, 0.0), all_round)
    assert told.verdict == "as_supplied"


def test_a_short_move_is_not_blamed_on_a_turn():
    # Turned by a degree, a map whose reference points all lie north moves 4 m to the east.
    told, _ = about_references(0.0, (4.0, 4.0), north_of_each)
    assert any(one.accepted for one in told.hypotheses)
    assert told.verdict == "as_supplied"
    assert told.reason.startswith("a common move shorter than the tolerance")


def test_the_copy_corrected_by_a_mistake_has_the_truth():
    supplied, _, true = sk42_map()
    copy = explained().corrected()
    degree = np.array([111_320 * math.cos(math.radians(40)), 111_000])
    off_m = (copy[["corrected_lon", "corrected_lat"]].to_numpy() - true) * degree
    assert np.abs(off_m).max() < 0.05
    assert (copy[["lon", "lat"]].to_numpy() == supplied[["lon", "lat"]].to_numpy()).all()
    assert copy["move_east_m"].to_numpy() == pytest.approx(-102.1, abs=0.3)
    by_shift = explained().corrected("displacement")
    off_m = (by_shift[["corrected_lon", "corrected_lat"]].to_numpy() - true) * degree
    assert np.abs(off_m).max() < 0.7


def test_no_position_on_the_earth_in_the_document():
    supplied, finds, _ = sk42_map()
    text = json.dumps(explained().to_dict())
    assert not re.search(r"SUP-|FIND-|REC-", text)
    rows = pd.concat([supplied, finds])
    box = [(rows[name].min() - 0.01, rows[name].max() + 0.01) for name in ("lon", "lat")]
    for number in numbers_in(text):
        assert not any(low <= abs(number) <= high for low, high in box), number


def test_london_is_two_metres_off():
    a, b = (pd.read_csv(LONDON / f"{name}.csv", dtype={"id": str}) for name in "ab")
    told = diagnose(
        a.drop(columns="type"), b.drop(columns="type", errors="ignore"), settings=Settings(**GLOBE)
    )
    valid(told)
    # Where two registers of the same stations differ, b minus a: published with the data.
    figure = told.displacement
    assert (figure.east_m, figure.north_m) == pytest.approx((-1.9, 1.7), abs=1.0)
    assert inside(figure.ellipse, -1.9 - figure.east_m, 1.7 - figure.north_m)
    assert told.verdict == "as_supplied"


def test_london_in_the_wrong_datum_is_explained():
    a, b = (pd.read_csv(LONDON / f"{name}.csv", dtype={"id": str}) for name in "ab")
    lon, lat = SK42.transform(a["lon"], a["lat"], direction="INVERSE")
    a = a.assign(lon=lon, lat=lat).drop(columns="type")
    told = diagnose(a, b.drop(columns="type", errors="ignore"), settings=Settings(**GLOBE))
    valid(told)
    assert (told.verdict, told.hypotheses[0].name) == ("explained", "sk42_as_wgs84")
    assert by_name(told)["sk42_as_wgs84"].in_area is False


@pytest.mark.slow
def test_long_rows_that_are_off_along_themselves():
    world = displaced_worlds.aliased(np.random.default_rng(3), 0)
    told = diagnose(
        world.supplied, world.finds, world.searched, settings=Settings(**world.settings, **QUICK)
    )
    valid(told)
    peaks = [told.displacement.peak, *told.displacement.alternatives]
    assert told.verdict == "displaced"
    assert min(math.hypot(peak.east_m + 102, peak.north_m) for peak in peaks) < 1


# --- pairs that are looked at --------------------------------------------------------------------


def compared_of(supplied, finds, **settings):
    lean = Settings(**{**LOCAL, "ladder": (10.0,), **settings})
    layers = conform(
        {"supplied": supplied, "finds": finds, "searched": None, "districts": None}, lean
    )
    return compare(locate(layers, lean), None, lean)


def collected(compared, range_m=200.0, most=10**6, seed=0, units=None):
    units = units_of(compared, "record") if units is None else units
    rng = np.random.default_rng(seed)
    return collect(compared.inputs.supplied, units, Finds(compared), range_m, most, rng)


def rows_of(told):
    """Displacements with the unit that they are of, in one order."""
    pairs = np.column_stack([told.drawn[told.apart.unit], told.apart.east_m, told.apart.north_m])
    return pairs[np.lexsort(pairs.T[::-1])]


@pytest.mark.parametrize("range_m", [30.0, 200.0])
def test_pairs_are_those_by_looking_at_all(range_m):
    supplied, finds = local_world((-62.0, 88.0), seed=5)
    finds.loc[finds.index[::5], "type"] = "UXO"
    supplied.loc[supplied.index[::7], "count"] = 2
    compared = compared_of(supplied, finds)
    units = units_of(compared, "record")
    told = collected(compared, range_m)
    kept = finds[finds["type"] != "UXO"][["x", "y"]].to_numpy()
    expected = naive.displacements(supplied[["x", "y"]].to_numpy(), kept, units.of_point, range_m)
    assert len(told.apart) == len(expected) > 5
    expected = np.array(sorted(expected))
    assert rows_of(told) == pytest.approx(expected[np.lexsort(expected.T[::-1])], abs=1e-9)
    assert sorted(told.drawn) == list(range(units.count))
    # The row of each pair is one of its unit.
    assert np.array_equal(units.of_point[told.point], told.drawn[told.apart.unit])


def test_pieces_give_the_same_pairs(monkeypatch):
    supplied, finds = local_world((-62.0, 88.0), seed=5)
    compared = compared_of(supplied, finds)
    whole = rows_of(collected(compared))
    monkeypatch.setattr(apart, "_POINTS_AT_ONCE", 17)
    monkeypatch.setattr(apart, "_PAIRS_AT_ONCE", 50)
    assert np.array_equal(rows_of(collected(compared)), whole)


def test_units_are_records_that_stand_apart():
    at = np.array([[0, 0], [20, 0], [60, 0], [1000, 0], [1040, 0], [2000, 0]], dtype=float)
    supplied = frame(at, "S", record_id=["A", "A", "B", "C", "D", "E"], count=[1, 1, 1, 1, 1, 2])
    units = units_of(compared_of(supplied, frame(at, "F")), "record")
    # A and B are 40 m apart, C and D also; the row of E stands for two mines.
    a, b, c, d, e = (units.of_point[k] for k in (0, 2, 3, 4, 5))
    assert a == units.of_point[1] == b
    assert c == d != a
    assert (e, units.count) == (-1, 2)


@pytest.mark.parametrize("most", [300, 2000])
def test_sampling_keeps_to_its_limits(most):
    supplied, finds = local_world((-62.0, 88.0), records=40, seed=6)
    compared = compared_of(supplied, finds)
    units = units_of(compared, "record")
    whole = collected(compared)
    of_unit = np.bincount(whole.drawn[whole.apart.unit], minlength=units.count)
    told = collected(compared, most=most)
    assert len(whole.apart) > 3 * most or most == 2000
    assert 0 < len(told.apart) < most * 1.2
    # Units are numbered anew; each has no more than its even share, or what its first point has.
    assert told.apart.units == len(told.drawn) == len(set(told.drawn))
    own = np.bincount(told.apart.unit, minlength=told.apart.units)
    quota = most / units.count
    for unit, n in enumerate(own):
        points = len(set(told.point[told.apart.unit == unit]))
        # Finds in the square: fewer than in the circle that quotas go by.
        assert n <= max(quota, 1) or points == 1
        assert n <= of_unit[told.drawn[unit]]
    # Every pair is one of those there are.
    known = {tuple(row) for row in rows_of(whole)}
    assert {tuple(row) for row in rows_of(told)} <= known
    other = collected(compared, most=most, seed=1)
    assert not np.array_equal(rows_of(other), rows_of(told))


def test_without_finds_all_units_were_looked_at():
    supplied, finds = local_world((0.0, 0.0))
    told = collected(compared_of(supplied, finds.assign(type="UXO")))
    assert (len(told.apart), len(told.drawn)) == (0, told.apart.units)


@pytest.mark.parametrize(("lat", "lon"), [(39.99, 46.93), (-8.8, 13.2), (64.0, 179.995)])
def test_displacements_on_the_earth_are_geodesic(lat, lon):
    mines, found = true_points(records=6, seed=2, side_m=900.0)
    names = ("lon", "lat")
    points, finds = (on_earth(xy, lat, lon) for xy in (mines, found))
    told = collected(compared_of(frame(points, "S", names), frame(finds, "F", names), **GLOBE))
    a, b = np.divmod(np.arange(len(points) * len(finds)), len(finds))
    there, back, metres = pyproj.Geod(ellps="WGS84").inv(*points[a].T, *finds[b].T)
    # Half way the azimuth is the mean of both ends, up to the third order; here to 1 mm.
    turn = (back + 180 - there + 180) % 360 - 180
    azimuth = np.radians(there + turn / 2)
    east, north = metres * np.sin(azimuth), metres * np.cos(azimuth)
    near = np.maximum(np.abs(east), np.abs(north)) <= 200
    assert len(told.apart) == near.sum() > 500
    expected = np.column_stack([a, east, north])[near]
    own = np.column_stack([told.point, told.apart.east_m, told.apart.north_m])
    # Points a kilometre apart in a third dimension, so that only pairs of one point are near.
    off, _ = cKDTree(own * [1000, 1, 1]).query(expected * [1000, 1, 1])
    assert off.max() < 0.01


# --- the map elsewhere, and parts of it ----------------------------------------------------------


def ground_round(mines):
    return gpd.GeoDataFrame(geometry=[shapely.box(*(mines.min(axis=0)), *(mines.mean(axis=0)))])


def test_elsewhere_is_the_comparison_of_the_moved_map():
    mines, found = true_points()
    supplied = frame(mines + np.array([40, 0]), "S", record_id=records_of(12, 12))
    supplied.loc[supplied.index[::9], "count"] = 2
    finds, ground = frame(found, "F"), ground_round(mines)
    lean = Settings(crs="local", ladder=(10.0,))

    def compared(rows):
        layers = conform(
            {"supplied": rows, "finds": finds, "searched": ground, "districts": None}, lean
        )
        return compare(locate(layers, lean), None, lean)

    before = compared(supplied)
    there = elsewhere(
        before, before.inputs.supplied.x - 40, before.inputs.supplied.y + np.zeros(len(supplied))
    )
    fresh = compared(supplied.assign(x=supplied["x"] - 40))
    for side in ("supplied", "finds"):
        one, two = getattr(there, side), getattr(fresh, side)
        for name in vars(one):
            assert np.array_equal(getattr(one, name), getattr(two, name)), name
    for name in ("supplied", "find", "distance_m"):
        assert getattr(there.matching, name) == pytest.approx(getattr(fresh.matching, name))
    assert not np.array_equal(before.supplied.paired, there.supplied.paired)
    assert there.supplied.paired.sum() > 50
    # Clusters are those of the map as supplied.
    assert there.clusterings is before.clusterings
    assert np.array_equal(there.record, before.record)


def test_a_part_of_all_rows_is_the_whole():
    supplied, finds = local_world((5.0, 0.0))
    whole = compared_of(supplied, finds)
    same = part(whole, np.arange(len(supplied)))
    for name in vars(whole.supplied):
        assert np.array_equal(getattr(same.supplied, name), getattr(whole.supplied, name)), name
    assert np.array_equal(same.record, whole.record)
    for one, two in zip(same.clusterings[0], whole.clusterings[0], strict=True):
        assert np.array_equal(one, two)


def test_a_part_is_the_comparison_of_its_rows():
    supplied, finds = local_world((5.0, 0.0))
    rows = np.flatnonzero(np.arange(len(supplied)) // 12 % 3 != 1)
    some = part(compared_of(supplied, finds), rows)
    alone = compared_of(supplied.iloc[rows], finds)
    assert np.array_equal(some.supplied.paired, alone.supplied.paired)
    assert np.array_equal(some.finds.paired, alone.finds.paired)
    assert np.array_equal(some.record, alone.record)
    assert len(some.inputs.supplied) == len(rows)
    units = Units("record", np.zeros(len(rows), dtype=np.int64), 1)
    assert len(collected(some, units=units).apart) == len(collected(alone, units=units).apart)


def test_a_map_far_from_every_find_is_counted_as_supplied():
    # Swapped coordinates lie in another ocean: nothing is confirmed there, which is a count.
    rng = np.random.default_rng(8)
    places = np.repeat(rng.uniform((46.90, 39.98), (46.99, 40.04), (12, 2)), 8, axis=0)
    lon, lat = (places + rng.uniform(-4e-4, 4e-4, places.shape)).T
    found = pd.DataFrame({"id": [f"F{n}" for n in range(96)], "lat": lat, "lon": lon})
    claimed = pd.DataFrame(
        {
            "id": [f"S{n}" for n in range(96)],
            "lat": lon,
            "lon": lat,
            "record_id": [f"R{n // 8}" for n in range(96)],
        }
    )
    settings = Settings(crs="EPSG:4326", assume_searched=True, draws=99)
    told = diagnose(claimed, found, settings=settings)
    assert (told.verdict, told.hypotheses[0].name) == ("explained", "axes_swapped")
    (before,) = [one for one in told.hypotheses if one.name == "as_supplied"]
    assert before.confirmed_share == 0.0
    assert (before.precision.value, before.precision.n) == (0.0, 96)


# --- a part of a large map -----------------------------------------------------------------------


def test_points_of_a_large_map_are_drawn_from_all_its_units():
    units = Units("sheet", np.repeat(np.arange(6), 5000), 6)
    rows = draw_rows(units, 3, most=600)
    assert np.bincount(rows // 5000).tolist() == [100] * 6
    assert (np.diff(rows) > 0).all()
    assert (rows == draw_rows(units, 3, most=600)).all()
    assert (rows != draw_rows(units, 4, most=600)).any()
    drawn = units_of_rows(units, rows)
    assert (drawn.count, drawn.of_point.tolist()) == (6, (rows // 5000).tolist())


def test_of_very_many_units_some_are_drawn():
    units = Units("record", np.repeat(np.arange(1000), 8), 1000)
    rows = draw_rows(units, 3, most=800)
    sizes = np.bincount(rows // 8, minlength=1000)
    assert sizes.sum() == 800
    assert set(sizes) == {0, 4}
    assert units_of_rows(units, rows).count == 200


def test_rows_that_are_no_single_points_are_not_drawn():
    of_point = np.repeat(np.arange(6), 50)
    of_point[::2] = -1
    rows = draw_rows(Units("record", of_point, 6), 1, most=30)
    assert (of_point[rows] >= 0).all()
    assert draw_rows(Units("record", of_point, 6), 1, most=150) is None


def test_few_large_sheets_of_a_large_map_are_judged(monkeypatch):
    mines, found = true_points(30, seed=8)
    sheets = [f"K-38-{k // 60}" for k in range(360)]
    supplied = frame(mines[:, ::-1], "SUP-", record_id=records_of(30, 12), sheet=sheets)
    monkeypatch.setattr(path, "draw_rows", functools.partial(draw_rows, most=180))
    told = diagnose(supplied, frame(found, "FIND-"), settings=Settings(**LOCAL))
    first = told.hypotheses[0]
    assert (told.verdict, first.name) == ("explained", "axes_swapped")
    assert first.gain.clusters == 6
    (note,) = [note for note in told.notes if note.code == "hypotheses_on_part"]
    assert "180 of 360 points, drawn at random from sheets" in note.message
