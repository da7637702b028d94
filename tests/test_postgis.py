"""Tables of PostGIS: all rows of one moment, or an error; nothing is written, nothing told."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress

import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import CRS

from mapaccuracy.errors import InputError, SettingsError
from mapaccuracy.io import database, inspect_file, postgres, read, read_all
from tests.postgis import PASSWORD, running

N = 500
STEPS = np.arange(N)
# In the open South Atlantic.
FRAME = pd.DataFrame(
    {
        "id": [f"0{index}" for index in STEPS],
        "lat": -30 - STEPS // 25 * 0.001,
        "lon": -25 + STEPS % 25 * 0.001,
        "type": "Landmine",
    }
)


@pytest.fixture(scope="module")
def server():
    with running() as server:
        server.write("finds", FRAME)
        yield server


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    """Nothing of PostgreSQL from outside, and the password of the reader."""
    for name in [*os.environ]:
        if name.startswith("PG"):
            monkeypatch.delenv(name)
    monkeypatch.delenv("MAPACCURACY_OFFLINE", raising=False)
    monkeypatch.setenv("PGPASSWORD", PASSWORD)


@pytest.fixture
def tables(server):
    """Run statements in a schema of the test's own, in which its names stand."""
    server.run("CREATE SCHEMA own AUTHORIZATION postgres")
    yield lambda *statements: server.run("SET search_path = own, public", *statements)
    server.run("DROP SCHEMA own CASCADE")


def refused(address: str, code: str, role="finds", **options) -> str:
    with pytest.raises(InputError) as caught:
        read(address, role, **options)
    problems = caught.value.problems
    assert [problem.code for problem in problems] == [code]
    text = "\n".join(problem.text(with_locations=True) for problem in problems)
    for hidden in ("127.0.0.1", "reader@", PASSWORD, "register"):
        assert hidden not in text
    return text


# What arrives.


def test_all_rows_of_a_table_arrive(server):
    (table,) = read(server.of("finds"), "finds")
    # Without a key: in the order of their cells, which is that of ids as texts.
    expected = FRAME.sort_values("id")
    assert (table.source, table.layer, table.crs, table.place) == (
        "finds",
        None,
        "EPSG:4326",
        "feature",
    )
    assert table.frame.columns.tolist() == ["id", "type"]
    assert table.frame["id"].tolist() == expected["id"].tolist()
    np.testing.assert_array_equal(shapely.get_y(table.geometry), expected["lat"])
    np.testing.assert_array_equal(shapely.get_x(table.geometry), expected["lon"])
    assert table.rows.tolist() == [*range(1, N + 1)]
    assert table.problems == ()


def test_rows_are_numbered_by_a_key_of_whole_numbers(server, tables):
    tables(
        "CREATE TABLE own.keyed (no int PRIMARY KEY, id text)",
        "INSERT INTO own.keyed VALUES (30, 'a'), (-5, 'c'), (7, 'b')",
    )
    (table,) = read(server.of("own.keyed"), "finds")
    assert table.rows.tolist() == [-5, 7, 30]
    assert table.frame.to_numpy().tolist() == [["-5", "c"], ["7", "b"], ["30", "a"]]


def test_a_key_of_two_columns_or_of_texts_numbers_nothing(server, tables):
    tables(
        "CREATE TABLE own.two (a int, b int, PRIMARY KEY (a, b))",
        "INSERT INTO own.two VALUES (2, 1), (1, 2)",
        "CREATE TABLE own.named (id text PRIMARY KEY)",
        "INSERT INTO own.named VALUES ('b'), ('a')",
    )
    for name in ("own.two", "own.named"):
        assert read(server.of(name), "finds")[0].rows.tolist() == [1, 2]


def test_the_same_rows_give_the_same_hash_in_whatever_order_they_lie(server, tables):
    rows = "('a', NULL), ('a', ''), (NULL, 'a'), ('', 'a'), ('ж', E'\\n''x')"
    tables(
        "CREATE TABLE own.one (id text, type text)",
        "CREATE TABLE own.other (id text, type text)",
        "INSERT INTO own.one VALUES " + rows,
    )
    tables("INSERT INTO own.other SELECT * FROM own.one ORDER BY type DESC, id DESC")
    one, other = (read(server.of(f"own.{name}"), "finds")[0] for name in ("one", "other"))
    assert one.sha256 == other.sha256
    assert one.frame.equals(other.frame)
    # NULL is not the same as an empty text.
    tables("UPDATE own.other SET type = '' WHERE type IS NULL")
    assert read(server.of("own.other"), "finds")[0].sha256 != one.sha256


def test_the_hash_is_that_of_lines_of_json(server):
    (table,) = read(server.of(query="SELECT 7 AS id, NULL AS type, 'ж' AS remark"), "finds")
    lines = '["id","type","remark"]\n["int4","text","text"]\n["7",null,"\\u0436"]\n'
    assert table.sha256 == hashlib.sha256(lines.encode()).hexdigest()
    assert table.source == "query"


def test_cells_read_as_a_person_would_write_them(server):
    values = {
        "date '2021-05-06'": "2021-05-06",
        "timestamptz '2021-05-06 10:00+04'": "2021-05-06 06:00:00+00",
        "true": "true",
        "1 > 2": "false",
        "1234567890123456789": "1234567890123456789",
        "39.50::numeric": "39.50",
        "0.1::float8 + 0.2::float8": "0.30000000000000004",
        "12::int2": "12",
        "NULL::int": None,
        "''": "",
        "'  ж '::char(5)": "  ж  ",
        "ARRAY[1, 2]": "{1,2}",
        "'{\"a\": 1}'::jsonb": '{"a": 1}',
        "'0e37df36-f698-11e6-8dd4-cb9ced3df976'::uuid": "0e37df36-f698-11e6-8dd4-cb9ced3df976",
        "interval '1 day'": "P1D",
    }
    listed = ", ".join(f"{value} AS c{n}" for n, value in enumerate(values))
    server.run("ALTER DATABASE register SET datestyle = 'SQL, DMY'")
    server.run("ALTER DATABASE register SET timezone = 'Asia/Baku'")
    try:
        (table,) = read(server.of(query=f"SELECT {listed}"), "finds")
    finally:
        server.run("ALTER DATABASE register RESET ALL")
    assert table.frame.iloc[0].tolist() == list(values.values())


def test_columns_of_one_name_are_told_apart(server):
    (table,) = read(server.of(query="SELECT 1 AS id, 2 AS id, 3"), "finds")
    assert table.frame.columns.tolist() == ["id", "id (column 2)", "?column?"]


def test_a_query_is_read_with_its_marks(server):
    query = "SELECT id, geom FROM finds WHERE id LIKE '%25%25' AND id < '010' AND true"
    (table,) = read(server.of(query=query), "finds")
    assert table.frame["id"].tolist() == sorted(FRAME.loc[FRAME["id"] < "010", "id"])
    (table,) = read(server.of(query="SELECT 5 %26 4 AS id, '%23' || 'a=b?c+d' AS type;"), "finds")
    assert table.frame.to_numpy().tolist() == [["4", "#a=b?c+d"]]


def test_a_table_without_geometry_is_a_table(server, tables):
    tables(
        "CREATE TABLE own.plain (id text, lat numeric, lon numeric)",
        "INSERT INTO own.plain VALUES ('7', -30.50, 25)",
    )
    (table,) = read(server.of("own.plain"), "finds")
    assert table.geometry is None
    assert table.crs is None
    assert table.frame.to_numpy().tolist() == [["7", "-30.50", "25"]]


def test_shapes_of_all_kinds_arrive_and_curves_are_named(server, tables):
    tables(
        "CREATE TABLE own.shapes (no int PRIMARY KEY, geom geometry)",
        """INSERT INTO own.shapes VALUES
        (1, 'SRID=32638;POINT Z (1 2 3)'), (2, NULL), (3, 'SRID=32638;POINT EMPTY'),
        (4, 'SRID=32638;MULTIPOLYGON M (((0 0 1, 1 0 1, 1 1 1, 0 0 1)))'),
        (5, 'SRID=32638;CIRCULARSTRING(0 0, 1 1, 1 0)'), (6, 'SRID=32638;LINESTRING(0 0, 1 1)')""",
    )
    (table,) = read(server.of("own.shapes"), "searched")
    kinds = [None if shape is None else shape.geom_type for shape in table.geometry]
    assert kinds == ["Point", None, "Point", "MultiPolygon", None, "LineString"]
    assert table.crs == "EPSG:32638"
    (problem,) = table.problems
    assert (problem.code, problem.place, problem.row) == ("MA304", "feature 5", 5)


def test_coordinate_systems_go_by_the_table_of_the_database(server, tables):
    custom = CRS.from_proj4("+proj=tmerc +lon_0=46 +x_0=250000 +ellps=krass +units=m")
    text = custom.to_wkt("WKT1_GDAL").replace("'", "''")
    tables(
        "CREATE TABLE own.at (id text, geom geometry)",
        f"INSERT INTO spatial_ref_sys (srid, srtext) VALUES (990001, '{text}')",
        "INSERT INTO own.at VALUES ('a', 'SRID=990001;POINT(1 2)')",
    )
    try:
        (table,) = read(server.of("own.at"), "finds")
        assert CRS.from_wkt(table.crs) == CRS.from_wkt(custom.to_wkt("WKT1_GDAL"))
        for srid, crs in ((28408, "EPSG:28408"), (0, None), (990002, "SRID 990002")):
            tables(f"UPDATE own.at SET geom = ST_SetSRID('POINT(1 2)'::geometry, {srid})")
            assert read(server.of("own.at"), "finds")[0].crs == crs
    finally:
        tables("DELETE FROM spatial_ref_sys WHERE srid = 990001")


def test_a_geography_is_in_wgs_84(server):
    query = "SELECT 'a' AS id, 'POINT(-25 -30)'::geography AS place"
    (table,) = read(server.of(query=query), "finds")
    assert (table.crs, table.geometry[0].wkt) == ("EPSG:4326", "POINT (-25 -30)")


def test_several_systems_or_geometries_are_refused(server):
    row = "SELECT 'a' AS id, ST_SetSRID(ST_Point(1, 2), {}) AS geom"
    query = f"{row.format(4326)} UNION ALL {row.format(32638)}"
    text = refused(server.of(query=query), "MA025")
    assert "2 coordinate systems (SRID 4326, 32638)" in text
    assert "ST_Transform" in text
    query = "SELECT geom, ST_Centroid(geom) AS centre FROM finds"
    assert "2 columns of geometry ('geom', 'centre')" in refused(server.of(query=query), "MA025")


def test_bytes_are_left_out_and_said(server, tables):
    tables(
        "CREATE TABLE own.photos (id text, photo bytea)",
        "INSERT INTO own.photos VALUES ('7', '\\x00ff')",
    )
    for address in (server.of("own.photos"), server.of(query="SELECT * FROM own.photos")):
        (table,) = read(address, "finds")
        assert table.frame.columns.tolist() == ["id"]
        assert [problem.code for problem in table.problems] == ["MA013"]


def test_a_view_and_a_partitioned_table_are_read_and_listed(server, tables):
    tables(
        "CREATE VIEW own.seen AS SELECT id, geom FROM finds WHERE id < '02'",
        "CREATE TABLE own.parts (id int) PARTITION BY RANGE (id)",
        "CREATE TABLE own.part PARTITION OF own.parts FOR VALUES FROM (0) TO (9)",
        "INSERT INTO own.parts VALUES (1)",
    )
    assert read(server.of("own.seen"), "finds")[0].crs == "EPSG:4326"
    assert database.layer_names(server.of()) == ["own.parts", "own.seen", "finds"]


def test_only_columns_that_the_user_may_read_are_read(server, tables):
    tables(
        "CREATE TABLE own.some (id text, secret text)",
        "INSERT INTO own.some VALUES ('7', 'SYNTHETIC')",
        "REVOKE ALL ON own.some FROM reader",
        "GRANT SELECT (id) ON own.some TO reader",
        "CREATE TABLE own.none (id text)",
        "REVOKE ALL ON own.none FROM reader",
    )
    (table,) = read(server.of("own.some"), "finds")
    assert table.frame.columns.tolist() == ["id"]
    assert "own.none" not in refused(server.of("none"), "MA002")
    query = "SELECT secret FROM own.some"
    assert "this user may not read it" in refused(server.of(query=query), "MA025")


# Which table is meant.


def test_the_only_table_is_read_and_named(server):
    (table,) = read(server.of(), "finds")
    assert (table.source, table.layer) == ("finds", "finds")
    for wanted in ("finds", "public.finds", "FINDS"):
        assert read(server.of(wanted), "finds")[0].source == "finds"
        assert read(server.of(), "finds", layer=wanted)[0].source == "finds"


def test_of_several_tables_one_must_be_named(server, tables):
    tables("CREATE TABLE own.finds (id text)", 'CREATE TABLE own."Find; s""" (id text)')
    text = refused(server.of(), "MA027")
    assert "may read: 3 (" in text
    assert "'own.Find; s\"', 'own.finds', 'finds'" in text
    assert "'own.finds'" in refused(server.of("no_such"), "MA002")
    tables('INSERT INTO own."Find; s""" VALUES (\'x\')')
    (table,) = read(server.of('own.Find;%20s"'), "finds")
    assert (table.source, table.frame["id"].tolist()) == ('own.Find; s"', ["x"])


def test_a_table_without_rows_is_empty(server, tables):
    tables("CREATE TABLE own.blank (id text, geom geometry)", "CREATE TABLE own.nothing ()")
    refused(server.of("own.blank"), "MA004")
    refused(server.of("own.nothing"), "MA004")
    refused(server.of(query="SELECT"), "MA004")


# Addresses.


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (f"postgresql://reader:{PASSWORD}@127.0.0.1/register?table=finds", "holds a password"),
        (f"postgresql://127.0.0.1/register?table=finds&password={PASSWORD}", "holds a password"),
        ("postgresql://127.0.0.1/register?table=a&query=SELECT", "one table or one query"),
        ("postgresql://127.0.0.1/register?table=", "one table or one query"),
        ("postgresql://127.0.0.1/register?table=a#b", "holds a #"),
        ("postgresql://127.0.0.1/register?tabel=a", "does not know"),
        ("postgresql://127.0.0.1:port/register?table=a", "not let in|reached|does not know|server"),
        ("postgresql://[127.0.0.1/register?table=a", "does not know"),
        ("postgresql:/127.0.0.1/register?table=a", "slashes"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused(address, said):
    code = "MA025" if ":port" in address else "MA022"
    assert re.search(said, refused(address, code))


def test_layer_and_address_name_one_thing(server):
    assert "only once" in refused(server.of("finds"), "MA022", layer="other")
    assert "only once" in refused(server.of(query="SELECT 1"), "MA022", layer="finds")
    assert read(server.of("finds"), "finds", layer="finds")[0].rows.size == N


def test_offline_nobody_is_asked(server, monkeypatch):
    monkeypatch.setenv("MAPACCURACY_OFFLINE", "1")
    refused(server.of("finds"), "MA024")
    refused(server.of(), "MA024")


def test_without_its_library_it_is_said_how_to_install_it():
    code = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from mapaccuracy.io import read\n"
        "from mapaccuracy.errors import SettingsError\n"
        "try: read('postgresql://host/db?table=t', 'finds')\n"
        "except SettingsError as error: print(*error.messages)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 'pip install "mapaccuracy[postgis]"' in done.stdout


# What goes wrong.


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM finds",
        "DELETE FROM finds RETURNING id",
        "WITH gone AS (DELETE FROM finds RETURNING id) SELECT * FROM gone",
        "SELECT 1; DELETE FROM finds",
        "SELECT 1; COMMIT; DELETE FROM finds",
        "COPY finds TO '/tmp/SYNTHETIC.csv'",
        "COPY finds TO STDOUT",
        "CREATE TABLE own (id text)",
        "SELECT * INTO own FROM finds",
        "SET TRANSACTION READ WRITE",
        "SELECT set_config('transaction_read_only', 'off', false)",
        "SELECT nextval('numbers')",
        "COMMIT",
        "VACUUM",
        "EXPLAIN ANALYZE DELETE FROM finds",
    ],
)
@pytest.mark.parametrize("user", ["reader", "postgres"])
def test_a_query_that_writes_is_refused(server, query, user, monkeypatch):
    monkeypatch.setenv("PGPASSWORD", {"reader": PASSWORD, "postgres": "SYNTHETIC"}[user])
    server.run("CREATE SEQUENCE IF NOT EXISTS numbers")
    with pytest.raises(InputError) as caught:
        read(server.of(query=query, user=user), "finds")
    assert caught.value.problems[0].code in ("MA026", "MA025")
    assert not os.path.exists("/tmp/SYNTHETIC.csv")  # noqa: S108, PTH110
    with server.owner() as connection:
        assert connection.execute("SELECT count(*) FROM finds").fetchone() == (N,)


def test_what_a_function_does_in_spite_of_it_is_taken_back(server, monkeypatch):
    monkeypatch.setenv("PGPASSWORD", "SYNTHETIC")
    # Servers before version 16 let this pass.
    with suppress(InputError):
        read(server.of(query="SELECT lo_create(4711)", user="postgres"), "finds")
    with server.owner() as connection:
        counted = connection.execute("SELECT count(*) FROM pg_largeobject_metadata").fetchone()
    assert counted == (0,)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT id FORM finds", "one complete SELECT (SQLSTATE 42601, at character 16"),
        ("SELECT nothing FROM finds", "a column that its table does not have (SQLSTATE 42703"),
        ("SELECT * FROM nothing", "a table that the database does not have (SQLSTATE 42P01"),
        ("SELECT 46.7129 / 0", "cannot be worked out with the values that are there"),
        ("SELECT 'S-46.7129'::int", "cannot be worked out with the values that are there"),
        ("SELECT no_such('S-46.7129')", "does not understand it (SQLSTATE 42883"),
    ],
)
def test_a_query_with_a_fault_is_refused_in_plain_words(server, query, said):
    text = refused(server.of(query=query), "MA026")
    assert said in text
    assert "46.7129" not in text


def test_wrong_passwords_and_names_are_told_apart(server, monkeypatch):
    refused(server.of("finds").replace("/register", "/SYNTHETIC"), "MA025")
    refused(server.of("finds", user="nobody"), "MA028")
    monkeypatch.setenv("PGPASSWORD", "SYNTHETIC")
    refused(server.of("finds"), "MA028")
    monkeypatch.delenv("PGPASSWORD")
    refused(server.of("finds"), "MA028")
    assert "no server answers there" in refused("postgresql://127.0.0.1:9/db?table=a", "MA025")
    missing = refused("postgresql://no-such-host.invalid/db?table=a", "MA025")
    assert "no such server" in missing


def test_a_statement_that_takes_too_long_is_given_up(server, monkeypatch):
    monkeypatch.setattr(postgres, "STATEMENT_S", 0.3)
    began = time.monotonic()
    slow = "SELECT pg_sleep(30)::text AS id"
    assert "took too long" in refused(server.of(query=slow), "MA025")
    # Nor does it help to lift the limit.
    lifted = "SELECT set_config('statement_timeout', '0', false) || pg_sleep(30)::text AS id"
    refused(server.of(query=lifted), "MA025")
    assert time.monotonic() - began < 5


def test_a_server_that_stands_still_is_given_up(server, monkeypatch):
    monkeypatch.setattr(postgres, "STATEMENT_S", 0.5)
    monkeypatch.setattr(postgres, "_GRACE_S", 0.5)
    stopped = []

    def stand_still():
        stopped.extend(server.workers())
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)

    fetched = database._types
    monkeypatch.setattr(database, "_types", lambda *args: (stand_still(), fetched(*args))[1])
    began = time.monotonic()
    try:
        assert "does not answer, or not in time" in refused(server.of("finds"), "MA025")
        assert time.monotonic() - began < 5
        assert stopped
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)


def test_what_is_too_large_or_too_slow_as_a_whole_is_refused(server, monkeypatch):
    monkeypatch.setattr(database, "WHOLE_CHARS", 10_000)
    assert "more than 10,000 characters" in refused(server.of("finds"), "MA025")
    monkeypatch.undo()
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    monkeypatch.setattr(database, "WHOLE_S", -1.0)
    assert "took more than" in refused(server.of("finds"), "MA025")


def test_pieces_are_small_where_rows_are_large(server, monkeypatch):
    """Of 200 rows of a million letters at most a few are held at once beside the result."""
    monkeypatch.setattr(database, "WHOLE_CHARS", 1 << 24)
    monkeypatch.setattr(database, "_FIRST_ROWS", 1)
    query = "SELECT repeat('x', 1000000) AS id FROM generate_series(1, 100000)"
    began = time.monotonic()
    assert "characters" in refused(server.of(query=query), "MA025")
    assert time.monotonic() - began < 20


def killed(how: str) -> str:
    """Read from a server that dies in the middle; give what is said."""
    with running() as server:
        server.run(
            "CREATE TABLE many AS SELECT n AS id, ST_SetSRID(ST_Point(-25, -30), 4326) AS geom "
            "FROM generate_series(1, 60000) AS n"
        )
        halfway, gone = threading.Event(), threading.Event()

        def end() -> None:
            halfway.wait(30)
            if how == "worker":
                server.run(f"SELECT pg_terminate_backend({server.workers()[0]})")
            else:
                server.kill()
            gone.set()

        thread = threading.Thread(target=end)
        thread.start()
        seen = []

        def watch(cells):
            seen.append(len(cells))
            if len(seen) == 6:
                halfway.set()
                gone.wait(30)
            return iter(cells)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(database, "chain", type("", (), {"from_iterable": watch}))
            text = refused(server.of("many"), "MA025")
        thread.join()
        assert 0 < sum(seen) < 60000
    return text


@pytest.mark.slow
@pytest.mark.parametrize("how", ["server", "worker"])
def test_a_server_that_dies_half_way_leaves_nothing(how):
    assert "ended the connection half-way" in killed(how)


# With the command.


def test_the_command_evaluates_tables_and_tells_only_their_names(server, run, tmp_path, tables):
    tables("CREATE TABLE own.supplied AS SELECT id, geom FROM finds")
    out = tmp_path / "out"
    done = run(
        "evaluate",
        server.of("own.supplied"),
        server.of(query="SELECT id, type, geom FROM finds WHERE id < '03'"),
        "--draws",
        "19",
        "--out",
        out,
        "--format",
        "json",
    )
    assert done.code == 0, done.err
    assert [source["name"] for source in done.document["sources"]] == ["own.supplied", "query"]
    assert done.document["overall"]["supplied"] == N
    texts = [done.out, done.err, *(path.read_text("utf-8") for path in out.rglob("*.*"))]
    for text in texts:
        assert "127.0.0.1" not in text
        assert PASSWORD not in text
        assert "WHERE id" not in text


def test_the_command_ends_with_3_and_without_a_traceback(server, run):
    for address in (server.of("no_such"), server.of(query="DELETE FROM finds")):
        done = run("evaluate", server.of("finds"), address)
        assert done.code == 3
        assert "Traceback" not in done.err
        assert "127.0.0.1" not in done.err


def test_a_configuration_names_a_table(server, run, tmp_path, tables):
    tables(
        "CREATE TABLE own.supplied AS SELECT id, geom FROM finds",
        "CREATE TABLE own.ground AS SELECT ST_MakeEnvelope(-26, -31, -24, -29, 4326) AS geom",
    )
    (tmp_path / "mapaccuracy.toml").write_text(
        f'[inputs.supplied]\npath = "{server.of()}"\nlayer = "own.supplied"\n'
        f'[inputs.searched]\npath = "{server.of("own.ground")}"\n'
        f'[inputs.finds]\npath = "{server.of("finds")}"\nfilter = "type=Landmine"\n'
    )
    config = tmp_path / "mapaccuracy.toml"
    done = run("evaluate", "--config", config, "--draws", "19", "--format", "json")
    assert done.code == 0, done.err
    assert done.document["overall"]["confirmed"] == N
    shown = run("evaluate", "--config", config, "--show-config")
    assert "reader" not in shown.out


def test_inspect_says_what_is_in_a_database(server, tables):
    tables(
        "CREATE TABLE own.ground (id text, status text, geom geometry)",
        "INSERT INTO own.ground SELECT 'g', 'SYNTHETIC', "
        "ST_SetSRID(ST_MakeEnvelope(-26, -31, -24, -29), 4326)",
        "CREATE TABLE own.blank (id text)",
    )
    found = inspect_file(server.of())
    assert (found["file"], found["format"]) == ("postgresql address", "database")
    assert found["empty_layers"] == ["own.blank"]
    assert [part["layer"] for part in found["parts"]] == ["own.ground", "finds"]
    assert found["parts"][1]["crs"]["stated"] == "EPSG:4326"
    assert found["parts"][1]["rows"] == N
    one = inspect_file(server.of("finds"))
    assert (one["file"], one["problems"]) == ("finds", [])
    text = json.dumps([found, one])
    assert "127.0.0.1" not in text


def test_a_curve_within_a_collection_is_a_fault_of_its_row(server, run, tables):
    shape = "GEOMETRYCOLLECTION(POINT(1 1), CIRCULARSTRING(0 0, 1 1, 1 0))"
    tables(
        "CREATE TABLE own.ground (geom geometry)",
        f"INSERT INTO own.ground VALUES ('SRID=4326;{shape}')",
    )
    ground = server.of("own.ground")
    done = run("evaluate", server.of("finds"), server.of("finds"), "--searched", ground)
    assert done.code == 3
    assert "MA304" in done.err
    assert "Traceback" not in done.err


def test_faults_of_all_inputs_are_told_at_once(server):
    with pytest.raises(InputError) as caught:
        read_all({"finds": [server.of("no_such"), "no-such.csv"], "supplied": [server.of("also")]})
    assert [problem.code for problem in caught.value.problems] == ["MA002", "MA001", "MA002"]


def test_a_login_without_library_is_a_setting(monkeypatch):
    monkeypatch.setattr(postgres, "find_spec", lambda _name: None)
    with pytest.raises(SettingsError, match="optional part"):
        read("postgresql://host/db?table=t", "finds")
