"""What is refused, and what is told, so that no figure gives single items away or misleads."""

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from mapaccuracy import InputError, Settings, SettingsError, evaluate
from mapaccuracy.compare import compare


def points(xy, prefix, **columns):
    ids = [f"{prefix}{number:03d}" for number in range(len(xy))]
    return pd.DataFrame({"id": ids, "x": [x for x, _ in xy], "y": [y for _, y in xy], **columns})


def squares(names, side=100.0):
    return gpd.GeoDataFrame(
        {"district": names},
        geometry=[shapely.box(k * side, 0, (k + 1) * side, side) for k in range(len(names))],
    )


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"tolerance_m": 1e155}, "give metres from 0.001 to 1,000,000"),
        ({"tolerance_m": 1e-9}, "give metres from 0.001 to 1,000,000"),
        ({"fade_out_m": 1e-300}, "give metres from 0.001 to 1,000,000"),
        ({"draws": 10**30}, "100,000 at most"),
        ({"ladder": [5.4, 5.41]}, "some close together"),
        ({"ladder": [1.5**k for k in range(13)]}, "ladder has 13 tolerances"),
        ({"ladder": [1, 1e9]}, "give tolerances in metres above 0"),
        ({"map_received": "12.06.2021"}, "give a day as YYYY-MM-DD"),
    ],
)
def test_settings_beyond_their_limits(values, words):
    with pytest.raises(SettingsError, match=words.replace("(", r"\(")):
        Settings(**values)


def test_twelve_rungs_are_allowed_and_none_stands_close_to_the_headline():
    assert len(Settings(ladder=[1.3**k for k in range(12)]).ladder) == 12
    assert Settings(tolerance_m=11, ladder=[5, 10, 20]).rungs == (5.0, 11.0, 20.0)
    assert Settings(tolerance_m=10, ladder=[8, 12.5]).rungs == (8.0, 10.0, 12.5)


@pytest.mark.parametrize(
    "day", ["2021-06-12", "20210612", dt.date(2021, 6, 12), dt.datetime(2021, 6, 12, 9)]
)
def test_a_day_is_told_in_one_way(day):
    assert Settings(map_received=day).map_received == "2021-06-12"


def test_dates_that_cannot_be_read_are_counted():
    finds = points(
        [(1, 1), (2, 2), (3, 3), (4, 4)], "F", date=["12.06.2021", "2021-06-13", "", "6/12/21"]
    )
    chosen = Settings(crs="local", assume_searched=True, map_received="2021-06-12")
    result = evaluate(points([(1, 1)], "S"), finds, settings=chosen)
    (told,) = [problem for problem in result.problems if problem.code == "MA515"]
    assert told.values == {"n": "2", "total": "3", "ambiguous": "2"}
    assert "MA515" in {note.code for note in result.notes}
    plain = evaluate(
        points([(1, 1)], "S"), finds, settings=Settings(crs="local", assume_searched=True)
    )
    assert "MA515" not in {problem.code for problem in plain.problems}


def test_local_positions_no_plane_holds_are_refused():
    with pytest.raises(InputError) as caught:
        evaluate(points([(1e155, 0)], "S"), points([(0, 0)], "F"), settings=Settings(crs="local"))
    (problem,) = caught.value.problems
    assert problem.code == "MA208"
    assert "metres" in problem.message()
    assert "1e+155" not in problem.text()


def test_districts_do_not_take_the_names_of_other_groups():
    areas = squares(["overall", "Outside all districts", "A"])
    at = [(10.0, 10.0), (110.0, 10.0), (210.0, 10.0), (900.0, 10.0)]
    chosen = Settings(crs="local", assume_searched=True)
    result = evaluate(points(at, "S"), points(at, "F"), districts=areas, settings=chosen)
    names = [group.group for group in result.districts]
    assert names == [
        "A",
        "Outside all districts (district)",
        "overall (district)",
        "outside all districts",
    ]
    typed = evaluate(points(at, "S", district=["overall"] * 4), points(at, "F"), settings=chosen)
    assert [group.group for group in typed.districts] == [
        "overall (district)",
        "district not stated",
    ]


def test_a_district_without_rows_is_named():
    chosen = Settings(crs="local", assume_searched=True)
    result = evaluate(
        points([(10, 10)], "S"),
        points([(10, 10)], "F"),
        districts=squares(["A", "B"]),
        settings=chosen,
    )
    assert [group.group for group in result.districts] == ["A"]
    (note,) = [note for note in result.notes if note.code == "empty_districts"]
    assert note.message.endswith("searched ground: B.")


def test_a_map_compared_with_itself_says_so(tmp_path, run):
    at = points([(1000.0 * i, 0.0) for i in range(12)], "S")
    at.to_csv(tmp_path / "map.csv", index=False)
    at.to_csv(tmp_path / "finds.csv", index=False)
    outcome = run(
        "compare",
        *(tmp_path / name for name in ("map.csv", "map.csv", "finds.csv")),
        *("--crs", "local", "--assume-searched", "--format", "json"),
    )
    assert outcome.code == 0
    assert "same_file" in {note["code"] for note in outcome.document["notes"]}
    tables = (at, at.assign(id=at["id"] + "n"), at)
    chosen = Settings(crs="local", assume_searched=True)
    assert "same_file" not in {note.code for note in compare(*tables, settings=chosen).notes}


def test_an_unwritable_terminal_does_not_hide_that_files_were_written(tmp_path, monkeypatch, run):
    from mapaccuracy.commands import messages

    at = points([(1000.0 * i, 0.0) for i in range(3)], "S")
    at.to_csv(tmp_path / "map.csv", index=False)

    def refuse(text):
        raise SettingsError("Cannot write to standard output: no space left on device.")

    monkeypatch.setattr(messages, "say", refuse)
    words = (tmp_path / "map.csv", tmp_path / "map.csv", "--crs", "local", "--assume-searched")
    outcome = run("evaluate", *words, "--out", tmp_path / "out")
    assert outcome.code == 2
    assert "The files asked for with --out were written." in outcome.err
    assert (tmp_path / "out" / "result.json").is_file()
    outcome = run("evaluate", *words)
    assert outcome.code == 2
    assert "--out were written" not in outcome.err


def test_effort_of_few_finds_does_not_follow_by_subtraction():
    rng = np.random.default_rng(4)
    boxes = [shapely.box(1000 * k, 0, 1000 * k + 1000, 1000) for k in range(3)]
    at = [
        (rng.uniform(0, 1000, (n, 2)) + np.array([1000 * k, 0])).tolist()
        for k, n in enumerate((40, 25, 3))
    ]
    found = points([xy for part in at for xy in part], "F")
    claimed = points(rng.uniform(0, [3000, 1000], (90, 2)).tolist(), "S")
    areas = gpd.GeoDataFrame({"district": ["A", "B", "C"]}, geometry=boxes)
    ground = gpd.GeoDataFrame(geometry=boxes)
    result = evaluate(claimed, found, ground, areas, settings=Settings(crs="local", draws=19))
    a, b, c = (group.effort for group in result.districts)
    assert result.overall.effort.auc is not None
    assert a.auc is not None
    assert c.reason == "fewer than 20 finds in scope in searched ground"
    assert (b.auc, b.curve) == (None, ())
    assert b.reason.startswith("withheld")


def test_the_range_over_clusters_tells_no_single_accident():
    # Five accidents at one place far from the map, one elsewhere near it.
    accidents = points([(500.0, 500.0)] * 5 + [(10.0, 0.0)], "A")
    chosen = Settings(crs="local", assume_searched=True)
    result = evaluate(
        points([(0, 0)], "S"), points([(0, 0)], "F"), settings=chosen, accidents=accidents
    )
    for entry in result.overall.accidents.beyond:
        assert (entry.share.cluster_low, entry.share.cluster_high) == (None, None)
        assert entry.share.reason == "too few separate places of accidents for an interval"
