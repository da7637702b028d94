"""Renderers: every number follows from the document, every text can be pasted."""

import re

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from mapaccuracy import Settings, evaluate
from mapaccuracy.report import render_text
from mapaccuracy.report.paragraphs import paragraph


def scene(seed, *, searched=True, **options):
    rng = np.random.default_rng(seed)
    n, m = rng.integers(1, 40, 2)

    def points(k, prefix):
        return pd.DataFrame(
            {
                "id": [f"{prefix}{i:03d}" for i in range(k)],
                "x": rng.uniform(0, 400, k),
                "y": rng.uniform(0, 120, k),
            }
        )

    ground = gpd.GeoDataFrame(
        {"status": ["cleared", "cancelled"]},
        geometry=[shapely.box(0, 0, 250, 120), shapely.box(250, 0, 330, 120)],
    )
    return evaluate(
        points(n, "S"),
        points(m, "F"),
        ground if searched else None,
        settings=Settings(crs="local", **options),
    )


def numbers(text):
    return {number.replace(",", "") for number in re.findall(r"\d[\d,]*(?:\.\d+)?", text)}


def told(group, tolerance):
    """Every number that the counts of a group allow, as it would be written."""
    c, nc, u = group["confirmed"], group["not_confirmed"], group["unsearched"]
    out, released, m = group["confirmed_outside_search"], group["released_without_search"], 0
    m, um = group["mapped"], group["unmapped"]
    counts = [c, c + nc, u, c + nc + u, c + out, released, c + nc + released, m, m + um]
    counts += [group[name]["clusters"] for name in ("precision", "recall")]
    shares = [
        (c, c + nc),
        (m, m + um),
        (c, c + nc + u),
        (c + u, c + nc + u),
        (c + out, c + nc + u),
        (c, c + nc + released),
    ]
    allowed = {str(count) for count in counts} | {f"{tolerance:g}", "95"}
    allowed |= {f"{100 * a / b:.1f}" for a, b in shares if b}
    if c + nc:
        allowed.add(f"{(m + um) / (c + nc):.1f}")
    for rate in (group["precision"], group["recall"]):
        for name in ("low", "high", "cluster_low", "cluster_high"):
            if rate[name] is not None:
                allowed.add(f"{100 * rate[name]:.1f}")
        if rate["design_effect"] is not None:
            allowed.add(f"{rate['design_effect']:.1f}")
    return allowed


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 10_000),
    st.sampled_from(
        [
            {},
            {"searched": False},
            {"searched": False, "assume_searched": True},
            {"matching": "nearest"},
            {"tolerance_m": 2.5},
        ]
    ),
)
def test_every_number_of_a_paragraph_follows_from_the_counts(seed, options):
    document = scene(seed, **options).to_dict()
    text = paragraph(document["overall"], document)
    assert numbers(text) <= told(document["overall"], document["settings"]["tolerance_m"])
    assert "false" not in text.lower()


def words(supplied, finds, searched=None, **options):
    result = evaluate(
        pd.DataFrame({"id": [f"S{i}" for i in range(len(supplied))], "x": supplied, "y": 0.0}),
        pd.DataFrame({"id": [f"F{i}" for i in range(len(finds))], "x": finds, "y": 0.0}),
        searched,
        settings=Settings(crs="local", **options),
    )
    document = result.to_dict()
    return paragraph(document["overall"], document), {n.code: n.message for n in result.notes}


def test_a_find_that_confirms_one_point_is_not_said_to_confirm_two():
    text, notes = words([0.0, 4.0], [2.0], assume_searched=True)
    assert "1 of these 2 (50.0 %) has a find of its own within 10 m" in text
    assert "one find confirms one point" in notes["not_confirmed"]
    text, notes = words([0.0, 4.0], [2.0], assume_searched=True, matching="nearest")
    assert "2 of these 2 (100.0 %) have a find within 10 m" in text
    assert "one find may confirm several points" in notes["not_confirmed"]


def test_one_of_everything_reads_well():
    text, _ = words([0.0], [2.0], assume_searched=True)
    assert text == (
        "overall: 1 supplied point, all of them declared searched. 1 of 1 (100.0 %) has a find of "
        "its own within 10 m. The points come in 1 cluster, too few for an interval. Of 1 find in "
        "scope, 1 (100.0 %) is on the map. These finds come in 1 cluster, too few for an interval. "
        "That is 1.0 finds for each point that could be judged."
    )


def test_all_released_is_said():
    released = gpd.GeoDataFrame({"status": ["cancelled"]}, geometry=[shapely.box(-50, -50, 50, 50)])
    text, _ = words([0.0, 9.0], [2.0], released)
    assert "precision is not defined: no verifiable supplied points" in text
    assert "On land released without search: 2 of them." in text


@pytest.mark.parametrize("name", ["table", "markdown"])
def test_names_cannot_break_a_table(name):
    supplied = pd.DataFrame(
        {"id": ["S1", "S2"], "x": [0.0, 9.0], "y": 0.0, "district": ["a | b\nc", "\x1b[31mred"]}
    )
    finds = pd.DataFrame({"id": ["F1"], "x": [0.0], "y": [0.0]})
    text = render_text(name, evaluate(supplied, finds, settings=Settings(crs="local")).to_dict())
    assert "a | b c" in text.replace("\\", "")
    assert "\x1b" not in text
    if name == "markdown":
        rows = [line for line in text.splitlines() if line.startswith("|")]
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in rows}) == 4  # tables


def test_a_percent_sign_stays_with_its_number():
    text = render_text("table", scene(3).to_dict())
    assert not any(line.lstrip("- ").startswith("%") for line in text.splitlines())
