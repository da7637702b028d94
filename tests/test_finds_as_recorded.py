"""Finds as recorded: every treatment is counted, said, and changes no row."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapaccuracy import evaluate, io
from mapaccuracy.errors import InputError, SettingsError
from mapaccuracy.intake import as_tables, conform, recorded
from mapaccuracy.intake.dates import ambiguous, by_format
from mapaccuracy.schema import CATALOGUE, Settings
from mapaccuracy.schema.vocabulary import approval_of

LOCAL = Settings(crs="local")
DEGREES = Settings(crs="EPSG:4326")


def rows(n=1, x=None, y=None, **columns):
    """Return n finds far apart, SYNTHETIC, or where they are put."""
    places = {"x": np.arange(n) * 100.0 if x is None else x, "y": np.zeros(n) if y is None else y}
    return pd.DataFrame({"id": [f"F-{number:03d}" for number in range(n)]} | places | columns)


def layer_of(frame, role="finds", settings=LOCAL):
    return conform(as_tables(frame, role), role, settings)


def treated(frame, role="finds", settings=LOCAL):
    (source,) = layer_of(frame, role, settings).sources
    return dict(source.treated)


def said(layer, code):
    return [problem.values for problem in layer.problems if problem.code == code]


# Rows by what they say of themselves


def test_a_quantity_is_counted_and_its_row_stays_one_item():
    layer = layer_of(rows(4, quantity=[1, 12, "", 3]))
    assert layer.sources[0].treated == {"quantity_above_one": 2}
    assert layer.sources[0].rows_used == len(layer.frame) == 4


def test_the_items_beyond_the_first_are_said_and_in_no_figure():
    chosen = Settings(crs="local", assume_searched=True)
    supplied = rows(4).assign(id=["S1", "S2", "S3", "S4"])
    many = evaluate(supplied, rows(4, quantity=[1, 12, 1, 3]), settings=chosen)
    single = evaluate(supplied, rows(4), settings=chosen)
    # 11 and 2 items have no position of their own.
    (told,) = [problem for problem in many.problems if problem.code == "MA509"]
    assert told.values == {"n": "2", "extra": "13"}
    assert many.overall == single.overall
    assert many.overall.finds == 4
    assert many.to_dict()["sources"][1]["treated"] == {"quantity_above_one": 2}


def test_supplied_rows_of_several_mines_and_centroids_are_counted():
    frame = rows(4, count=[1, 2, 30, 1], geometry_basis=["", "centroid", "surveyed", "centroid"])
    assert treated(frame, "supplied") == {"centroid": 2, "count_above_one": 2}


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("Pending", "pending"),
        ("submitted_ops", "submitted"),
        ("SUBMITTED to IM", "submitted"),
        ("Draft (v2)", "draft"),
        ("under review", "in review"),
        ("Not approved", "not approved"),
        ("Rejected by QA", "rejected"),
        ("not accepted", "rejected"),
        ("черновик", "draft"),
        ("На рассмотрении", "in review"),
        ("Отклонён", "rejected"),
        ("не утверждена", "not approved"),
        ("Gözləmədə", "pending"),
        ("QARALAMA", "draft"),
        ("təsdiqlənməyib", "not approved"),
        ("rədd edilib", "rejected"),
        ("قيد المراجعة", "in review"),
        ("مرفوض", "rejected"),
        ("مسودة", "draft"),
        ("approved", ""),
        ("finalised", ""),
        ("destroyed", ""),
        ("not rejected", ""),
        ("approved, was pending", ""),
        ("təsdiqlənib", ""),
        ("утверждено", ""),
        ("معتمد", ""),
        ("", ""),
    ],
)
def test_words_of_approval(word, state):
    assert approval_of(word) == state


def test_unapproved_rows_are_counted_said_and_used():
    status = ["approved", "pending", "pending", "draft", "rejected", ""]
    layer = layer_of(rows(6, status=status))
    assert len(layer.frame) == 6
    assert layer.sources[0].treated == {"unapproved": 4}
    assert said(layer, "MA511") == [{"n": "3", "states": "draft: 1, pending: 2"}]
    assert said(layer, "MA523") == [{"n": "1"}]
    assert (CATALOGUE["MA511"].severity, CATALOGUE["MA523"].severity) == ("info", "warning")


def test_no_word_of_a_status_reaches_the_message():
    layer = layer_of(rows(2, status=["pending REP-0042 at 46.5", "rejected 39.9"]))
    texts = [problem.text(with_locations=True) for problem in layer.problems]
    assert not [text for text in texts if "0042" in text or "46.5" in text or "39.9" in text]


def test_verdicts_of_several_offices_the_gravest_counts(tmp_path):
    frame = rows(
        5,
        status=["approved"] * 5,
        org_validation=["approved", "approved", "pending", "rejected", ""],
        sema_im_validation=["approved", "pending", "draft", "pending", ""],
    )
    layer = layer_of(frame)
    assert layer.sources[0].treated == {"unapproved": 3}
    # Rejected before draft before pending.
    assert said(layer, "MA511") == [{"n": "2", "states": "draft: 1, pending: 1"}]
    assert said(layer, "MA523") == [{"n": "1"}]
    assert not said(layer, "MA117")
    # So it is with a file, of which only the columns that are used are read.
    file = tmp_path / "finds.csv"
    frame.assign(remark="SYNTHETIC").to_csv(file, index=False)
    tables = io.read(file, "finds", columns={})
    assert "sema_im_validation" in tables[0].frame.columns
    assert "remark" in tables[0].unread
    assert conform(tables, "finds", LOCAL).sources[0].treated == {"unapproved": 3}


def test_dropped_rows_are_in_no_treatment():
    frame = rows(3, status="pending", quantity=["2", "2", "none of these"])
    settings = Settings(crs="local", drop_faulty=True)
    assert treated(frame, settings=settings) == {"quantity_above_one": 2, "unapproved": 2}


def test_a_status_means_nothing_for_supplied_points():
    assert treated(rows(2, status="pending"), "supplied") == {}


# Rows by where they lie


def test_stacked_rows_are_counted_by_source_over_all_of_the_role():
    first = rows(3, x=[0.0, 0.0, 50.0])
    second = rows(2, x=[50.0, 70.0]).assign(id=["G-1", "G-2"])
    layer = conform(as_tables([first, second], "finds"), "finds", LOCAL)
    assert [source.treated for source in layer.sources] == [{"stacked": 3}, {"stacked": 1}]
    assert said(layer, "MA402") == [{"n": "4", "role": "finds"}]
    assert len(layer.frame) == 5


def test_stacked_finds_compete_for_one_point():
    chosen = Settings(crs="local", assume_searched=True)
    supplied = rows(1).assign(id="S")
    result = evaluate(supplied, rows(3, x=[0.0, 0.0, 0.0]), settings=chosen)
    assert (result.overall.confirmed, result.overall.mapped, result.overall.unmapped) == (1, 1, 2)


def test_zero_and_minus_zero_are_one_position():
    assert treated(rows(2, x=[0.0, -0.0], y=[5.0, 5.0])) == {"stacked": 2}


DAYS = ["2021-06-01", "2021-06-02", "2021-06-03", "2021-06-03", "2021-06-03"]


@pytest.mark.parametrize(
    ("columns", "suspected"),
    [
        ({"date": DAYS}, 5),
        ({"date": ["2021-06-01"] * 5}, 0),  # a cache, lifted in one day
        ({"date": ["2021-06-01", "2021-06-02", "", "", ""]}, 0),  # two days, and no third
        ({"date": ["1/6/21 08:00", "1/6/21 09:00", "2/6/21", "2/6/21", "2/6/21"]}, 0),
        ({"date": ["1/6/21 08:00", "2/6/21 09:00", "3/6/21", "3/6/21", "3/6/21"]}, 5),
        ({"task_id": ["T1", "T1", "T1", "T1", "T2"]}, 5),
        ({"task_id": ["T1", "T1", "T1", "T1", ""]}, 0),
        ({}, 0),
    ],
)
@pytest.mark.parametrize("at", [0.0, 1.3, -7.0, 123_456.0])
def test_a_demolition_site_is_many_finds_of_several_days_or_tasks(columns, suspected, at):
    spread = np.array([0.0, 0.9, 0.4, 0.0, 0.9])
    frame = rows(5, x=at + spread, y=at - spread, **columns)
    assert treated(frame).get("demolition_site_suspected", 0) == suspected
    assert "placeholder_suspected" not in treated(frame)


def test_four_finds_or_five_that_lie_farther_are_no_site():
    four = rows(4, x=np.zeros(4), y=[0.0, 0.1, 0.2, 0.3], date=DAYS[:4])
    assert treated(four) == {}
    far = rows(5, x=np.arange(5) * 3.0, date=DAYS)
    assert treated(far) == {}


def test_a_site_in_degrees_is_as_large_as_one_in_metres():
    # 1 m on the ground by the radius of a sphere, at 40 degrees north.
    metre = np.degrees(1 / 6_371_000)
    step = np.array([0.0, 0.3, 0.6, 0.9, 0.45])
    for apart, expected in ((1.0, 5), (10.0, 0)):
        frame = pd.DataFrame(
            {
                "id": [f"F-{number}" for number in range(5)],
                "lat": 40.0 + apart * step * metre,
                "lon": 46.5 + apart * step * metre / np.cos(np.radians(40.0)),
                "date": DAYS,
            }
        )
        found = treated(frame, settings=DEGREES)
        assert found.get("demolition_site_suspected", 0) == expected


def test_a_site_is_said_without_place_or_id():
    layer = layer_of(rows(5, x=[7.25] * 5, date=DAYS))
    (problem,) = [entry for entry in layer.problems if entry.code == "MA510"]
    assert problem.values == {"n": "5"}
    assert (problem.id, problem.row, problem.place) == (None, None, "")
    assert "7.25" not in problem.text(with_locations=True)
    assert len(layer.frame) == 5


def test_ten_rows_on_one_position_may_be_a_placeholder():
    x = np.concatenate([np.zeros(10), np.full(9, 50.0), np.full(12, 90.0)])
    for role in ("supplied", "finds", "accidents"):
        layer = layer_of(rows(31, x=x), role)
        assert layer.sources[0].treated == {"placeholder_suspected": 22, "stacked": 31}
        assert said(layer, "MA524") == [{"n": "22", "role": role, "places": "2"}]


def test_a_demolition_site_is_no_placeholder_too():
    frame = rows(12, x=np.zeros(12), date=DAYS * 2 + DAYS[:2])
    assert treated(frame) == {"demolition_site_suspected": 12, "stacked": 12}


def test_rounded_positions_are_stacked_but_not_suspected():
    frame = layer_of(rows(12, x=np.zeros(12), date=DAYS * 2 + DAYS[:2])).frame
    (source,) = layer_of(rows(12)).sources
    for resolution_m, count in ((0.5, 2), (1.0, 2), (5.5, 1)):
        coarse = pd.Series([source]).map(lambda one, r=resolution_m: with_resolution(one, r))
        (told,), problems = recorded.of_places(frame, "finds", list(coarse))
        assert len(told.treated) == count
        assert told.treated["stacked"] == 12
        assert len(problems) == count


def with_resolution(source, resolution_m):
    from dataclasses import replace

    return replace(source, resolution_m=resolution_m)


def brute_sites(x, y, day, task):
    """Lay the four meshes of 2 m square by square."""
    found = np.zeros(len(x), dtype=bool)
    for up in (0, 1):
        for right in (0, 1):
            squares = {}
            for index in range(len(x)):
                key = (np.floor((x[index] + right) / 2), np.floor((y[index] + up) / 2))
                squares.setdefault(key, []).append(index)
            for members in squares.values():
                days = {day[index] for index in members} - {-1}
                tasks = {task[index] for index in members} - {-1}
                if len(members) >= 5 and (len(days) >= 3 or len(tasks) >= 2):
                    found[members] = True
    return found


@given(st.integers(0, 2**32 - 1), st.sampled_from([4.0, 15.0, 60.0, 100_000.0]))
def test_sites_and_stacks_are_those_of_brute_force(seed, side):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 300))
    x, y = np.round(rng.uniform(-side, side, (2, n)), 1)
    day, task = rng.integers(-1, 5, (2, n))
    task[rng.random(n) < 0.7] = 0
    np.testing.assert_array_equal(
        recorded.at_site(x, y, day, task, local=True), brute_sites(x, y, day, task)
    )
    pairs = list(zip(x, y, strict=True))
    sharing = np.array([pairs.count(pair) for pair in pairs])
    np.testing.assert_array_equal(recorded.places(x, y)[1], sharing)
    # What is chosen first leaves nothing out.
    twins, near = recorded.near_others(x, y, local=True)
    assert set(np.flatnonzero(sharing > 1)) <= set(twins)
    assert set(np.flatnonzero(brute_sites(x, y, day, task))) <= set(near)
    np.testing.assert_array_equal(
        recorded.at_site(x[near], y[near], day[near], task[near], local=True),
        brute_sites(x, y, day, task)[near],
    )


def test_whatever_fits_into_a_square_of_one_metre_is_in_one_square_in_degrees_too():
    rng = np.random.default_rng(3)
    metre = np.degrees(1 / 6_371_000)
    for lat in (-60.0, 0.0, 39.9, 40.0, 71.3):
        corner = lat + rng.uniform(-1, 1), rng.uniform(-180, 180)
        north = corner[0] + rng.uniform(0, 0.99, 6) * metre
        east = corner[1] + rng.uniform(0, 0.99, 6) * metre / np.cos(np.radians(corner[0]))
        task = np.arange(6)
        none = np.full(6, -1)
        assert recorded.at_site(east, north, none, task, local=False).all()
        assert set(recorded.near_others(east, north, local=False)[1]) == set(range(6))


@pytest.mark.parametrize("side_degrees", [0.2, 0.002])
def test_a_few_crowds_among_many_are_found(side_degrees):
    # Twelve finds put at each of 20 places among 40,000, most of which lie alone.
    rng = np.random.default_rng(8)
    lon, lat = 46.9 + rng.uniform(0, side_degrees, 40_000), 39.9 + rng.uniform(0, 0.2, 40_000)
    where = np.repeat(np.arange(20) * 100, 12)
    lon = np.concatenate([lon, lon[where]])
    lat = np.concatenate([lat, lat[where]])
    task = np.concatenate([np.full(40_000, -1), np.tile(np.arange(12), 20)])
    twins, near = recorded.near_others(lon, lat, local=False)
    put = set(range(40_000, 40_240)) | set(where.tolist())
    assert put <= set(twins)
    assert put <= set(near)
    sharing = recorded.places(lon[twins], lat[twins])[1]
    np.testing.assert_array_equal(np.bincount(sharing)[13:], [260])
    none = np.full(near.size, -1)
    site = recorded.at_site(lon[near], lat[near], none, task[near], local=False)
    found = set(near[site])
    assert put <= found
    # In the denser one some squares of a crowd hold a neighbour besides.
    assert len(found - put) <= (0 if side_degrees == 0.2 else 10)


# Positions that are none


def test_zero_zero_is_no_position_on_earth():
    frame = pd.DataFrame({"id": ["a", "b", "c"], "lat": [0.0, 39.5, 0.0], "lon": [0.0, 46.5, 46.5]})
    with pytest.raises(InputError) as caught:
        layer_of(frame, settings=DEGREES)
    assert [(entry.code, entry.row) for entry in caught.value.problems] == [("MA207", 1)]
    layer = layer_of(frame, settings=Settings(crs="EPSG:4326", drop_faulty=True))
    assert layer.sources[0].dropped == {"MA207": 1}
    assert layer.frame["id"].tolist() == ["b", "c"]


def test_zero_zero_is_none_in_a_grid_but_may_be_in_a_plane_of_ones_own():
    frame = pd.DataFrame({"id": ["a", "b"], "x": [0.0, 500_000.0], "y": [0.0, 4_400_000.0]})
    with pytest.raises(InputError) as caught:
        layer_of(frame, settings=Settings(crs="EPSG:32638"))
    assert [entry.code for entry in caught.value.problems] == ["MA207"]
    assert len(layer_of(frame).frame) == 2


def square(side):
    import geopandas as gpd
    from shapely import box

    return gpd.GeoDataFrame({"district": ["D1"]}, geometry=[box(0, 0, side, side)])


@pytest.mark.parametrize(("n", "told"), [(4, []), (5, [{"n": "5", "role": "finds"}])])
def test_rows_at_the_centre_of_their_district_are_counted_but_few_are_not_told(n, told):
    chosen = Settings(crs="local", assume_searched=True)
    # Within 10 m of (5000, 5000); the last find is not.
    around = 5_000 + np.append(np.linspace(-7, 7, n), 20.0)
    finds = rows(n + 1, x=around, y=around)
    supplied = rows(1, x=[10.0], y=[10.0]).assign(id="S")
    result = evaluate(supplied, finds, districts=square(10_000), settings=chosen)
    assert [entry.values for entry in result.problems if entry.code == "MA525"] == told


def test_the_centre_of_a_district_is_near_by_metres_not_by_degrees():
    import geopandas as gpd
    from shapely import box

    areas = gpd.GeoDataFrame(
        {"district": ["D1"]}, geometry=[box(46.0, 39.0, 47.0, 40.0)], crs="EPSG:4326"
    )
    # 5.6 and 8.6 m from the centre, then 11.1 and 12.9 m, then kilometres.
    lat = 39.5 + np.array([0.00005] * 3 + [0.0] * 2 + [0.0001, 0.0, 0.1, 0.2, -0.3])
    lon = 46.5 + np.array([0.0] * 3 + [0.0001] * 2 + [0.0, 0.00015, 0.1, 0.2, -0.3])
    finds = pd.DataFrame({"id": [f"F{i}" for i in range(10)], "lat": lat, "lon": lon})
    supplied = pd.DataFrame({"id": ["S"], "lat": [39.1], "lon": [46.1]})
    chosen = Settings(crs="EPSG:4326", assume_searched=True)
    result = evaluate(supplied, finds, districts=areas, settings=chosen)
    told = [entry.values for entry in result.problems if entry.code == "MA525"]
    assert told == [{"n": "5", "role": "finds"}]


# Dates


def with_format(frame, form, role="finds"):
    return layer_of(frame, role, Settings(crs="local", formats={f"{role}.date": form}))


def test_dates_are_read_in_the_format_that_is_stated():
    written = ["03/04/2021", "31/12/2020", "", "2021-05-06", "04.03.2021", "30/02/2021", "1/2/21"]
    layer = with_format(rows(7, date=written), "%d/%m/%Y")
    assert layer.frame["date"].tolist() == [
        "2021-04-03",
        "2020-12-31",
        "",
        "2021-05-06",
        *written[4:],
    ]
    values = {"n": "3", "total": "6", "format": "%d/%m/%Y", "role": "finds"}
    assert said(layer, "MA104") == [values]
    assert len(layer.frame) == 7


def test_the_same_dates_in_another_order_are_other_days():
    layer = with_format(rows(2, date=["03/04/2021", "3/4/2021"]), "%m/%d/%Y")
    assert layer.frame["date"].tolist() == ["2021-03-04"] * 2


def test_without_a_format_nothing_is_guessed():
    assert layer_of(rows(1, date=["03/04/2021"])).frame["date"].tolist() == ["03/04/2021"]


@pytest.mark.parametrize(
    ("form", "text", "expected"),
    [
        ("%d.%m.%y", "12.06.21", "2021-06-12"),
        ("%m/%Y", "06/1988", "1988-06"),
        ("%Y", "1988", "1988"),
        ("%d %b %Y", "12 Jun 2021", "2021-06-12"),
        ("%d/%m/%Y %H:%M", "12/06/2021 23:30", "2021-06-12"),
        ("%d/%m/%Y %H:%M %z", "12/06/2021 23:30 -0500", "2021-06-12"),
        ("%Y-%d-%m", "2021-04-03", "2021-03-04"),
        ("%d/%m/%Y", "١٢/٠٦/٢٠٢١", "2021-06-12"),
    ],
)
def test_formats(form, text, expected):
    layer = with_format(rows(1, date=[text]), form)
    assert layer.frame["date"].tolist() == [expected]
    assert not said(layer, "MA104")


def test_years_have_four_digits():
    assert with_format(rows(1, date=["0988"]), "%Y").frame["date"].tolist() == ["0988"]


def test_a_misfit_is_not_read_in_the_order_that_the_format_denies():
    layer = with_format(rows(1, date=["2021-04-23"]), "%Y-%d-%m")
    assert layer.frame["date"].tolist() == [""]
    assert said(layer, "MA104")[0]["n"] == "1"


def test_cells_that_are_dates_need_no_format():
    cells = [dt.date(2021, 4, 3), dt.datetime(2021, 4, 3), "2021-03-04", None]
    column = pd.Series(cells, dtype=object)
    layer = with_format(rows(4, date=column), "%Y-%d-%m")
    assert layer.frame["date"].tolist() == ["2021-04-03", "2021-04-03", "2021-04-03", ""]
    stamps = pd.Series(pd.to_datetime(["2021-04-03", None]))
    assert with_format(rows(2, date=stamps), "%Y-%d-%m").frame["date"].tolist() == [
        "2021-04-03",
        "",
    ]


def test_supplied_points_accidents_and_areas_have_formats_too():
    for role in ("supplied", "accidents"):
        layer = with_format(rows(1, date=["03/04/2021"]), "%d/%m/%Y", role)
        assert layer.frame["date"].tolist() == ["2021-04-03"]
    area = square(10).rename(columns={"district": "id"}).assign(date="03/04/2021", status="cleared")
    layer = with_format(area, "%d/%m/%Y", "searched")
    assert layer.frame["date"].tolist() == ["2021-04-03"]


@pytest.mark.parametrize("form", ["%d/%m", "%H:%M", "%d %Y", "%Q", "%", "%d/%m/"])
def test_a_format_that_tells_no_date_is_refused(form):
    with pytest.raises(SettingsError, match=r"finds\.date"):
        Settings(formats={"finds.date": form})


@given(st.dates(dt.date(1970, 1, 1), dt.date(2067, 12, 31)))
def test_every_day_survives_its_format(day):
    for form in ("%d/%m/%Y", "%m-%d-%y", "%d %B %Y", "%Y%m%d", "%d/%m/%Y %H:%M"):
        text = pd.Series([day.strftime(form)], dtype=object)
        texts, misfit = by_format(text.to_numpy(dtype=object), text, form)
        assert (texts[0], misfit[0]) == (day.isoformat(), False)


@given(st.dates(dt.date(1000, 1, 1), dt.date(9999, 12, 31)), st.sampled_from("/.-"))
def test_ambiguous_is_what_another_order_reads_as_another_day(day, mark):
    text = f"{day.day:02d}{mark}{day.month:02d}{mark}{day.year}"
    swapped = day.day <= 12 and day.day != day.month
    assert ambiguous(np.array([text], dtype=object)).tolist() == [swapped]


def test_finds_stand_before_and_after_the_map_by_the_format():
    finds = rows(3, date=["03/04/2021", "05/04/2021", "2021"])
    chosen = {"crs": "local", "assume_searched": True, "map_received": "2021-04-04"}
    unread = evaluate(rows(1).assign(id="S"), finds, settings=Settings(**chosen))
    (told,) = [entry.values for entry in unread.problems if entry.code == "MA515"]
    assert told == {"n": "3", "total": "3", "ambiguous": "2"}
    read = evaluate(
        rows(1).assign(id="S"),
        finds,
        settings=Settings(**chosen, formats={"finds.date": "%d/%m/%Y"}),
    )
    (told,) = [entry.values for entry in read.problems if entry.code == "MA515"]
    assert told == {"n": "1", "total": "3", "ambiguous": "0"}


# The whole


def test_notes_of_the_result_tell_every_treatment_and_no_row():
    n = 12
    finds = rows(
        n,
        x=np.full(n, 3.125),
        quantity=[2] * n,
        status=["pending"] * 6 + ["rejected"] * 6,
        date=DAYS * 2 + DAYS[:2],
    )
    chosen = Settings(crs="local", assume_searched=True)
    result = evaluate(rows(1).assign(id="S-999"), finds, settings=chosen)
    told = {note.code: note.message for note in result.notes}
    assert {"MA402", "MA509", "MA510", "MA511", "MA523"} <= set(told)
    text = " ".join(told.values())
    assert "F-00" not in text
    assert "S-999" not in text
    assert "3.125" not in text
    assert result.to_dict()["sources"][1]["treated"] == {
        "demolition_site_suspected": 12,
        "quantity_above_one": 12,
        "stacked": 12,
        "unapproved": 12,
    }


def test_the_order_of_rows_changes_nothing():
    rng = np.random.default_rng(4)
    frame = rows(
        200,
        x=np.round(rng.uniform(0, 20, 200), 0),
        date=rng.choice(DAYS, 200),
        task_id=rng.choice(["T1", "T2", ""], 200),
        status=rng.choice(["approved", "draft", "rejected"], 200),
    )
    mixed = frame.sample(frac=1, random_state=5).reset_index(drop=True)
    assert treated(frame) == treated(mixed)
    assert treated(frame)["demolition_site_suspected"] > 0
