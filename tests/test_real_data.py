"""Matching against true identities that do not come from distance, on data nobody here made.

Airports: two lists published on PyPI, identities by ICAO code. Craters: an analyst's points
against volunteers' boxes; read where they lie beside the repository, else skipped.
"""

import csv
from pathlib import Path

import numpy as np
import pytest

from mapaccuracy import Settings, evaluate, match

CRATERS = Path(__file__).parent.parent.parent / "shared" / "data" / "ukraine_craters"


def right_and_wrong(pairs, a_key, b_key):
    same = a_key[pairs.supplied] == b_key[pairs.find]
    known = np.isin(a_key[pairs.supplied], b_key) | np.isin(b_key[pairs.find], a_key)
    return int(same.sum()), int((known & ~same).sum())


def airports():
    airportsdata = pytest.importorskip("airportsdata", reason="in the extra dev")
    pytest.importorskip("bluesky.resources.navdata", reason="in the extra dev")
    from importlib.resources import files

    ours = airportsdata.load("ICAO")
    a = [(code, row["lon"], row["lat"]) for code, row in ours.items()]
    text = (files("bluesky.resources.navdata") / "airports.dat").read_text("utf-8", "replace")
    b = []
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            code, _, lat, lon, *_ = next(csv.reader([line], skipinitialspace=True))
            b.append((code, float(lon), float(lat)))
    return tuple(
        (np.array([row[0] for row in rows]), np.array([row[1:] for row in rows], dtype=float))
        for rows in (a, b)
    )


@pytest.mark.slow
def test_airports_are_matched_to_themselves():
    (a_code, a), (b_code, b) = airports()
    optimal = right_and_wrong(match(a, b, 1000, lonlat=True), a_code, b_code)
    mutual = right_and_wrong(match(a, b, 1000, rule="mutual", lonlat=True), a_code, b_code)
    # An independent exact matching of both lists put 14,042 of 14,260 shared codes together.
    # The lists on PyPI grow, so only shares are asked for.
    assert optimal[0] >= 0.98 * np.isin(a_code, b_code).sum()
    assert optimal[0] >= mutual[0]
    assert optimal[1] <= 0.002 * optimal[0]
    nearest = match(a, b, 1000, rule="nearest", lonlat=True)
    assert len(np.unique(nearest.find)) < len(nearest.find)


@pytest.mark.skipif(not CRATERS.exists(), reason="the crater data do not lie beside the repository")
def test_craters_are_matched_to_themselves():
    import geopandas as gpd
    import pandas as pd

    a, b = (
        pd.read_csv(CRATERS / name, dtype=str, usecols=["id", "lat", "lon"])
        for name in ("a.csv", "b.csv")
    )
    truth = pd.read_csv(CRATERS / "truth.csv", dtype=str)
    fields = gpd.read_file(CRATERS / "fields.geojson")
    fields["district"] = "field " + fields["id"].astype(str)
    result = evaluate(
        a,
        b,
        districts=fields[["district", "geometry"]],
        settings=Settings(tolerance_m=10, assume_searched=True),
    )
    true = set(zip(truth["a_id"], truth["b_id"], strict=True))
    pairs = set(zip(result.pairs.supplied_id, result.pairs.find_id, strict=True))
    assert result.overall.supplied == 6150
    assert pairs == true
    assert sum(group.supplied for group in result.districts) == 6150
