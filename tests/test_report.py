"""Renderers: every number follows from the document, every text can be pasted."""

import csv
import dataclasses
import io
import itertools
import json
import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from mapaccuracy import Settings, evaluate
from mapaccuracy.report import render_text, renderer
from mapaccuracy.report.paragraphs import paragraphs
from mapaccuracy.schema import claims, figures, rates
from mapaccuracy.schema.results import DETAILS, Group

SCHEMA = Path(__file__).parent.parent / "mapaccuracy" / "schema" / "result.schema.json"


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


def leaves(value):
    """Every number of a document, with those that stand in its texts."""
    if isinstance(value, dict):
        for part in value.values():
            yield from leaves(part)
    elif isinstance(value, list):
        for part in value:
            yield from leaves(part)
    elif isinstance(value, str):
        yield from (float(number) for number in numbers(value))
    elif value is not None and not isinstance(value, bool):
        yield value


def told(group, document):
    """Every number that the document allows in a text about a group, as it may be written."""
    values = [*leaves({name: group[name] for name in group if name != "notes"})]
    values += leaves(document["settings"])
    c, nc, u = group["confirmed"], group["not_confirmed"], group["unsearched"]
    out, released = group["confirmed_outside_search"], group["released_without_search"]
    m, um = group["mapped"], group["unmapped"]
    values += [c + nc, c + nc + u, c + out, c + nc + released, m + um]
    shares = [(c, c + nc), (m, m + um), (c, c + nc + u), (c + u, c + nc + u)]
    shares += [(c + out, c + nc + u), (c, c + nc + released)]
    values += [a / b for a, b in shares if b]
    effort = group.get("effort") or {"hectares_for": {}, "hectares_saved": {}}
    values += [
        effort["hectares_for"][level] + saved
        for level, saved in effort["hectares_saved"].items()
        if saved is not None
    ]
    # Levels of intervals, of circles and of the search; what 1 and 0.5 of an area mean; of 100.
    allowed = {"95", "50", "80", "90", "0.5", "1", "100", "0.1", "0.001"}
    for value in values:
        size = abs(value)
        allowed |= {f"{size:g}", f"{size:.1f}", f"{size:.2f}", f"{size:.3f}"}
        allowed |= {f"{100 * size:.0f}", f"{100 * size:.1f}", f"{size:.0f}"}
    return allowed


@settings(max_examples=10, deadline=None)
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
def test_every_number_of_a_paragraph_follows_from_the_document(seed, options):
    document = scene(seed, draws=19, **options).to_dict()
    allowed = told(document["overall"], document)
    group = document["overall"]
    for _, text in paragraphs(group, document) + paragraphs(group, document, brief=True):
        assert numbers(text) <= allowed
        assert "false" not in text.lower()
        assert "accuracy" not in text.lower()


def words(supplied, finds, searched=None, **options):
    result = evaluate(
        pd.DataFrame({"id": [f"S{i}" for i in range(len(supplied))], "x": supplied, "y": 0.0}),
        pd.DataFrame({"id": [f"F{i}" for i in range(len(finds))], "x": finds, "y": 0.0}),
        searched,
        settings=Settings(crs="local", **options),
    )
    document = result.to_dict()
    told_of = dict(paragraphs(document["overall"], document))
    return told_of, {n.code: n.message for n in result.notes}


def test_a_find_that_confirms_one_point_is_not_said_to_confirm_two():
    text, notes = words([0.0, 4.0], [2.0], assume_searched=True)
    assert "1 of these 2 (50.0 %) has a find of its own within 10 m" in text["Precision"]
    assert "one find confirms one point" in notes["not_confirmed"]
    text, notes = words([0.0, 4.0], [2.0], assume_searched=True, matching="nearest")
    assert "2 of these 2 (100.0 %) have a find within 10 m" in text["Precision"]
    assert "one find may confirm several points" in notes["not_confirmed"]


def test_one_of_everything_reads_well():
    text, _ = words([0.0], [2.0], assume_searched=True)
    assert text["Precision"] == (
        "1 supplied point, all of them declared searched. 1 of 1 (100.0 %) has a find of its own "
        "within 10 m. No interval: points in only 1 cluster."
    )
    assert text["Recall"] == (
        "Of 1 find in scope, 1 (100.0 %) pairs with a supplied point. No interval: finds in only "
        "1 cluster. That "
        "is 1.0 finds for each point that could be judged."
    )


def test_all_released_is_said():
    released = gpd.GeoDataFrame({"status": ["cancelled"]}, geometry=[shapely.box(-50, -50, 50, 50)])
    text, _ = words([0.0, 9.0], [2.0], released)
    assert "Not defined: no verifiable supplied points" in text["Precision"]
    assert "On land released without search: 2 points." in text["Not known"]


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
        lines = itertools.groupby(text.splitlines(), lambda line: line.startswith("|"))
        tables = [list(rows) for is_table, rows in lines if is_table]
        assert len(tables) > 5
        for rows in tables:
            assert len({len(re.findall(r"(?<!\\)\|", row)) for row in rows}) == 1


def test_a_percent_sign_stays_with_its_number():
    text = render_text("table", scene(3).to_dict())
    assert not any(line.lstrip("- ").startswith("%") for line in text.splitlines())


# A group in which every figure is known, with values that no two share, and how it is told.


def rate(value=None, n=0, low=None, high=None, clusters=0, **more):
    return dataclasses.asdict(
        rates.Rate(
            value=value,
            low=low,
            high=high,
            n=n,
            clusters=clusters,
            effective_clusters=None,
            design_effect=None,
            cluster_low=None,
            cluster_high=None,
            reason=more.get("reason"),
        )
    )


def null(p, *, observed, expected, draws=999):
    return {
        "observed_precision": observed,
        "expected_precision": expected,
        "expected_recall": 0.0037,
        "skill": 0.2,
        "p": p,
        "draws": draws,
        "mc_error": 0.0012,
        "records": 14,
        "points": 181,
        "tested_share": 0.905,
        "stands_for_group": True,
        "reason": None,
    }


def rung(tolerance, **more):
    return {
        "tolerance_m": tolerance,
        "n": 200,
        "confirmed": 40,
        "mapped": 41,
        "precision": 0.2,
        "recall": 0.0164,
        "f1": 0.03,
        "any_find_share": 0.211,
        "any_point_share": 0.022,
        "expected_precision": 0.033,
        "expected_any_find_share": 0.044,
        "reason": None,
    } | more


def full_group(name="Alder"):
    levels = ("50", "80", "95")
    return {
        "group": name,
        "supplied": 326,
        "confirmed": 50,
        "not_confirmed": 150,
        "unsearched": 126,
        "confirmed_outside_search": 12,
        "released_without_search": 28,
        "not_single_points": 11,
        "confirmed_share": 62 / 326,
        "any_find_share": 0.2,
        "finds": 2660,
        "mapped": 51,
        "unmapped": 2449,
        "finds_out_of_scope": 103,
        "finds_outside_search": 57,
        "finds_by_category": {"AP": 2051, "AT": 498, "UXO": 98, "other": 13},
        "searched_hectares": 69.3,
        "finds_per_hectare": 37.4,
        "precision": rate(0.25, 200, 0.106, 0.451, 16),
        "recall": rate(0.0204, 2500, 0.007, 0.045, 39),
        "f1": 0.0377,
        "finds_per_verifiable_point": 12.5,
        "chance": {
            "records": null(0.001, observed=0.262, expected=0.031),
            "inside": null(0.234, observed=0.263, expected=0.241),
            "ground": {"any_find_share": 0.056, "mc_error": 0.002, "samples": 8123, "reason": None},
        },
        "resolution": {"spacing_m": 24.02, "ratio": 2.402, "resolvable": True, "reason": None},
        "agreement": {
            "share": rate(0.4375, 16, 0.19, 0.71, 15),
            "agreeing": 7,
            "expected_share": 0.0625,
            "reason": None,
        },
        "ladder": [rung(float(t)) for t in (1, 2, 5, 10, 20)]
        + [
            rung(
                float(t),
                confirmed=None,
                mapped=None,
                precision=None,
                recall=None,
                f1=None,
                reason="points cannot be told apart at this tolerance",
            )
            for t in (50, 100)
        ],
        "position": {
            "n": 53,
            "clusters": 9,
            "bias_east_m": 2.0,
            "bias_north_m": 0.1,
            "bias_m": 2.003,
            "bias_bearing_deg": 87.1,
            "bias_p": 0.0004,
            "variance_east_m2": 1.0,
            "variance_north_m2": 1.1,
            "covariance_m2": 0.1,
            "rmse_east_m": 2.2,
            "rmse_north_m": 1.05,
            "rmse_radial_m": 2.5,
            "ce50_m": 2.31,
            "ce90_m": 3.61,
            "ce95_m": 4.01,
            "median_m": 2.3,
            "p90_m": 3.5,
            "p95_m": None,
            "sigma_untruncated_m": 1.77,
            "reason": "fewer than 59 pairs: no 95 % quantile",
        },
        "effort": {
            "auc": 0.612,
            "auc_low": 0.518,
            "auc_high": 0.704,
            "mc_error": 0.004,
            "finds": 2499,
            "samples": 20000,
            "curve": [{"radius_m": 5.0, "area_share": 0.2, "find_share": 0.75, "pai": 3.75}],
            "hectares_for": dict(zip(levels, (11.5, 33.1, 60.2), strict=True)),
            "hectares_saved": dict(zip(levels, (23.2, 22.4, -5.1), strict=True)),
            "hectares_per_find_with_map": dict(zip(levels, (0.01, 0.02, 0.03), strict=True)),
            "hectares_per_find_without_map": dict(zip(levels, (0.03, 0.03, 0.03), strict=True)),
            "reason": None,
        },
        "types": {
            "matched_by_type": False,
            "table": [{"claimed": "AP", "found": "AT", "n": 6}],
            "same_type": rate(0.88, 48, 0.6, 0.97, 12),
            "ratios": [
                {
                    "type": "AP",
                    "claimed": 150,
                    "found": 1800,
                    "ratio": 12.0,
                    "low": 8.0,
                    "high": 19.0,
                    "clusters": 33,
                    "reason": None,
                }
            ],
            "reason": None,
        },
        "whole_map": {
            "value": 0.237,
            "low": 0.098,
            "high": 0.428,
            "bound_low": 50 / 326,
            "bound_high": 176 / 326,
            "released_bound": 50 / 228,
            "verified_share": 200 / 326,
            "half_as_likely": 0.199,
            "fifth_as_likely": 0.176,
            "strata": 3,
            "left_out_share": 0.07,
            "reason": None,
        },
        "selection": [
            {
                "attribute": "share claimed AP",
                "searched": 0.7,
                "unsearched": 0.4,
                "difference": 0.63,
                "flagged": True,
            }
        ],
        "recall_parts": {
            "near_map": rate(0.092, 555, 0.02, 0.2, 11),
            "by_reason": {"map": rate(0.11, 320), "systematic": rate(0.005, 2100)},
            "before_map": rate(0.024, 1200),
            "after_map": rate(0.013, 1150, 0.002, 0.04, 20),
            "undated": rate(reason="no finds"),
        },
        "accidents": {
            "n": 345,
            "beyond": [
                {"tolerance_m": 10.0, "share": rate(0.664, 345, 0.57, 0.75, 60)},
                {"tolerance_m": 50.0, "share": rate(0.6, 345, 0.5, 0.7, 60)},
                {"tolerance_m": 100.0, "share": rate(0.551, 345, 0.46, 0.64, 60)},
            ],
            "reason": None,
        },
    }


def full_document(districts=1, **chosen):
    """Make a result document by hand."""
    source = {
        "sha256": None,
        "rows_read": 9,
        "rows_used": 9,
        "rows_dropped": 0,
        "crs": "local",
        "operation": None,
        "operation_accuracy_m": None,
        "resolution_m": None,
        "notations": {},
        "treated": {},
        "dropped": {},
    }
    return {
        "schema_version": 1,
        "tool": {"name": "mapaccuracy", "version": "0"},
        "settings": Settings(map_received="2021-06-12", **chosen).to_dict(),
        "sources": [
            {"role": role, "name": f"{role}.csv", **source}
            for role in ("supplied", "finds", "searched", "accidents")
        ],
        "overall": full_group("overall"),
        "districts": [full_group(f"Alder {i}") for i in range(districts)],
        "rows": None,
        "areas": None,
        "tasks": None,
        "notes": [
            {"code": "not_confirmed", "message": "Not confirmed is no clearance."},
            {"code": "MA302", "message": "Of columns."},
        ],
    }


def test_a_full_group_in_words():
    document = full_document()
    text = dict(paragraphs(document["overall"], document, brief=True))
    assert text == {
        "Precision": (
            "326 supplied points; 200 can be judged, because the ground within 10 m has been "
            "searched. 50 of these 200 (25.0 %) have a find of their own within 10 m. 95 % "
            "interval 10.6 % to 45.1 % (points in 16 clusters)."
        ),
        "Recall": (
            "Of 2,500 finds in scope in searched ground, 51 (2.0 %) pair with a supplied point. "
            "95 % interval 0.7 % to 4.5 % (finds in 39 clusters). By chance it would be 0.4 %. "
            "That is 12.5 "
            "finds for each point that could be judged. The honest test: of 1,150 found since the "
            "map was received (2021-06-12), 1.3 % are (95 % interval 0.2 % to 4.0 %)."
        ),
        "By chance": (
            "Where records lie: 26.2 % of 181 points tested (90 % of those judged can be) are "
            "confirmed, 3.1 % with the records "
            "put elsewhere in their own searched ground (999 draws, error 0.1 % points). So high a "
            "share comes in fewer than 1 of 100 random placements (p = 0.001), more than chance "
            "explains: the map knows something of where its records lie. This says nothing about "
            "single mines. Where mines are inside records: 26.3 % of 181 points "
            "tested (90 % of those judged can be) are "
            "confirmed, 24.1 % with the points shifted along their records (999 draws, error 0.1 % "
            "points). So high a share comes in about 23 of 100 random placements (p = 0.234), so "
            "it could be chance; that neither shows nor rules out knowledge."
        ),
        "Not known": (
            "126 points cannot be judged yet; whatever they turn out to be, precision over all 326 "
            "will lie between 15.3 % and 54.0 %. Assuming that they are like those "
            "judged (3 strata), it would be 23.7 % (95 % interval 9.8 % to 42.8 %). But they "
            "differ from these on the map itself: share claimed AP. If the 28 of them on land "
            "released without search count as not confirmed, precision is 50 of 228 (21.9 %). What "
            "lies in ground "
            "not searched is unknown. A point not confirmed may still be a mine."
        ),
        "Position": (
            "In 53 pairs, points lie 2.00 m east of their finds on average (p < 0.001 if there "
            "were no shift); 50, 90, 95 % within 2.31, 3.61, 4.01 m of them (normal model). Errors "
            "above the tolerance of 10 m are not seen here."
        ),
        "Effort": (
            "Nearest to supplied points first, 50, 80, 95 % of 2,499 finds are reached after "
            "11.5, "
            "33.1, 60.2 of 69.3 ha searched; in random order, 34.7, 55.5, 55.1 ha. Area under the "
            "curve 0.61 (0.5 no help, 1 best; 95 % interval 0.52 to 0.70): better than random "
            "order."
        ),
        "Accidents": (
            "66.4 % of 345 accidents lie farther than 10 m from every supplied point (95 % "
            "interval 57.0 % to 75.0 %)."
        ),
    }


def test_the_long_form_adds_and_takes_nothing_away():
    document = full_document()
    brief = dict(paragraphs(document["overall"], document, brief=True))
    full = dict(paragraphs(document["overall"], document))
    assert list(full) == ["Precision", "Records", *list(brief)[1:], "Types"]
    assert full["Records"].startswith("7 of 16 records judged (43.8 %) agree: at least 50 % of ")
    assert "By chance 6.2 % would agree." in full["Records"]
    assert (
        "Of the 555 inside records of the map or within 50 m of them, 9.2 % are" in full["Recall"]
    )
    assert "11.0 % of 320 where the reason is map" in full["Recall"]
    assert "half as likely to be confirmed, 19.9 %; a fifth as likely, 17.6 %" in full["Not known"]
    assert "standard deviation of 1.77 m per axis" in full["Position"]
    assert "12.0 for AP (95 % interval 8.00 to 19.0)" in full["Types"]
    assert "anywhere in its own searched polygon, 5.6 % would have a find" in full["By chance"]
    assert "55.1 % of 345 accidents lie farther than 100 m" in full["Accidents"]
    assert "Sampling the ground alone makes an error of 0.004." in full["Effort"]
    assert "Of the strata of 7.0 % of all points none was judged" in full["Not known"]
    for subject, text in full.items():
        sentences = re.split(r"(?<=[.]) (?=[A-Z])", brief.get(subject, ""))
        assert all(sentence in text for sentence in sentences)


@pytest.mark.parametrize(
    ("low", "high", "reason", "says"),
    [
        (0.2, 0.6, None, "1 best; 95 % interval 0.20 to 0.60): no help shown."),
        (0.501, 0.7, None, "0.50 to 0.70): better than random order."),
        (0.3, 0.499, None, "0.30 to 0.50): worse than random order."),
        (0.5, 0.7, None, "0.50 to 0.70): no help shown."),
        (None, None, "too few groups", "0.61 (0.5 no help, 1 best; too few groups)."),
        (None, None, "too few groups; too near", "0.61 (0.5 no help, 1 best; too few groups)."),
    ],
)
def test_the_area_is_called_what_its_interval_allows(low, high, reason, says):
    document = full_document()
    document["overall"]["effort"] |= {"auc_low": low, "auc_high": high, "reason": reason}
    assert says in dict(paragraphs(document["overall"], document, brief=True))["Effort"]


def test_an_estimate_without_an_interval_says_why():
    document = full_document()
    document["overall"]["whole_map"] |= {"low": None, "high": None, "reason": "too few records"}
    text = dict(paragraphs(document["overall"], document, brief=True))["Not known"]
    assert "it would be 23.7 % (too few records)." in text


def screens(text):
    """Split a report for the terminal into what stands under each rule with a name."""
    parts = re.split(r"^── (.*?) ─+$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_a_group_fits_a_screen():
    document = full_document()
    for name in DETAILS:
        assert name in document["overall"]
    found = screens(render_text("table", document))
    assert list(found) == ["overall", "Alder 0"]
    assert len(found["overall"].strip().splitlines()) + 1 <= 40
    document["overall"]["resolution"] |= {"spacing_m": 5.0, "ratio": 0.5, "resolvable": False}
    document["overall"]["chance"]["inside"] |= {
        "expected_precision": None,
        "p": None,
        "draws": 0,
        "reason": "mines inside a record cannot be told apart at this tolerance",
    }
    found = screens(render_text("table", document))
    assert len(found["overall"].strip().splitlines()) + 1 <= 40
    # Tolerances far from the chosen one give way, and that is said.
    assert "Further ones in ladder.csv" in found["overall"]
    assert " 100 m " not in found["overall"]
    assert " 10 m ←" in found["overall"]
    assert max(map(len, render_text("table", document).splitlines())) <= 100


def test_with_many_districts_only_the_whole_is_told_in_words():
    text = render_text("table", full_document(districts=6))
    assert len(screens(text)) == 7
    text = render_text("table", full_document(districts=7))
    assert list(screens(text)) == ["overall"]
    assert all(f"Alder {i}" in text for i in range(7))
    assert "--out DIR" in text
    assert render_text("markdown", full_document(districts=7)).count("**Precision.**") == 8


def test_the_terminal_keeps_the_notes_a_reader_needs():
    text = render_text("table", full_document())
    assert "- Not confirmed is no clearance.\n- 1 further note in result.json" in text
    assert "Of columns." not in text
    assert "Of columns." in render_text("markdown", full_document())


def test_few_records_show_no_knowledge():
    document = full_document()
    document["overall"]["chance"]["records"] |= {"p": 0.001, "records": 4}
    text = dict(paragraphs(document["overall"], document))["By chance"]
    assert "(p = 0.001), but of 4 records only: too few to conclude from." in text
    assert "the map knows" not in text


@given(st.floats(0.0005, 1), st.floats(0.0005, 1), st.booleans())
def test_words_of_knowledge_only_where_the_test_allows(records, inside, resolvable):
    document = full_document()
    group = document["overall"]
    group["chance"]["records"]["p"], group["chance"]["inside"]["p"] = records, inside
    group["resolution"]["resolvable"] = resolvable
    text = dict(paragraphs(group, document))["By chance"]
    assert ("knows something of where its records lie" in text) == (records <= 0.05)
    assert ("knows something of where mines are inside its records" in text) == (inside <= 0.05)
    assert text.count("more than chance explains") == (records <= 0.05) + (inside <= 0.05)
    assert text.count("so it could be chance") == (records > 0.05) + (inside > 0.05)
    # Knowledge of where records lie is none of single mines.
    of_mines = inside <= 0.05 and resolvable
    alone = 0 if of_mines else text.count("the map knows")
    assert text.count("This says nothing about single mines.") == alone
    others = [said for subject, said in paragraphs(group, document) if subject != "By chance"]
    assert not any("knows" in said for said in others)


def test_chance_without_an_answer_gives_its_reasons():
    document = full_document()
    chance = document["overall"]["chance"]
    chance["records"]["p"] = None
    chance["records"]["reason"] = "why the ground was searched is not stated"
    text = dict(paragraphs(document["overall"], document))["By chance"]
    assert "3.1 % with the records put elsewhere" in text
    assert "No test of the difference: why the ground was searched is not stated." in text
    nothing = {
        "expected_precision": None,
        "p": None,
        "draws": 0,
        "reason": "no searched areas given",
    }
    for name in ("records", "inside"):
        chance[name] |= nothing
    chance["ground"] |= {"any_find_share": None, "reason": "no searched areas given"}
    assert dict(paragraphs(document["overall"], document))["By chance"] == (
        "Whether this beats chance cannot be tested: no searched areas given."
    )


def displaced(by_m, **options):
    """A document of ten true records, moved by metres east and north."""
    rng = np.random.default_rng(3)
    mines = (rng.uniform(0, 4000, (10, 1, 2)) + rng.uniform(-40, 40, (10, 9, 2))).reshape(-1, 2)
    claimed = pd.DataFrame(mines + np.array(by_m), columns=["x", "y"])
    claimed = claimed.assign(
        id=[f"S{i}" for i in range(90)], record_id=[f"R{i // 9}" for i in range(90)]
    )
    found = pd.DataFrame(mines, columns=["x", "y"]).assign(id=[f"F{i}" for i in range(90)])
    chosen = Settings(crs="local", assume_searched=True, draws=19, **options)
    return evaluate(claimed, found, settings=chosen).to_dict()


@pytest.fixture(scope="module")
def misplaced():
    return displaced((62.0, -88.0))


def test_a_suspicion_stands_before_the_figures_and_nowhere_else(misplaced):
    text = render_text("table", misplaced)
    lines = text.splitlines()
    assert lines[0].endswith("scope mines")
    assert lines[1].startswith("The map may be misplaced rather than wrong: after a move of about")
    assert max(map(len, lines)) <= 100
    blank = lines.index("")
    told = " ".join(lines[1:blank])
    assert "62 m west and 88 m north" in told
    assert told.endswith("This is a suspicion; mapaccuracy diagnose tests it.")
    assert text.count("may be misplaced") == 1
    assert text.index("may be misplaced") < text.index("Supplied")

    page = render_text("markdown", misplaced)
    title, _, first, *_ = page.splitlines()
    assert title == "# Supplied map against recorded finds"
    assert first == told
    assert page.count("may be misplaced") == 1
    codes = [note["code"] for note in json.loads(render_text("json", misplaced))["notes"]]
    assert codes.count("displacement_suspected") == 1


def test_a_note_that_stands_above_is_not_counted_below(misplaced):
    without = json.loads(json.dumps(misplaced))
    without["notes"] = [n for n in without["notes"] if n["code"] != "displacement_suspected"]

    def below(document):
        return render_text("table", document).partition("\nNotes\n")[2]

    assert len(without["notes"]) == len(misplaced["notes"]) - 1
    assert below(misplaced) == below(without)


def test_a_map_that_lies_where_it_should_is_not_suspected():
    document = displaced((1.0, -1.0))
    assert document["overall"]["precision"]["value"] == 1
    assert render_text("table", document).splitlines()[1] == ""
    assert "misplaced" not in render_text("markdown", document)


def test_where_points_cannot_be_told_apart_records_lead():
    document = full_document()
    document["overall"]["resolution"] |= {"spacing_m": 5.02, "ratio": 0.502, "resolvable": False}
    (first, text), *_ = paragraphs(document["overall"], document, brief=True)
    assert first == "Records"
    assert text.startswith(
        "Supplied points lie 5.02 m apart (median), closer than the tolerance of 10 m: shares by "
        "point are not resolvable at this tolerance and say nothing about single mines. Read the "
        "agreement by record instead. 7 of 16 records judged (43.8 %) agree"
    )
    shown = render_text("table", document)
    assert " 25.0? " in shown
    assert "?: Not resolvable at this tolerance" in " ".join(shown.split())
    assert "?: Not resolvable" not in render_text("table", full_document())


def test_half_the_spacing_is_a_warning_beside_precision():
    document = full_document()
    document["overall"]["resolution"] |= {"spacing_m": 12.4, "ratio": 1.24}
    text = dict(paragraphs(document["overall"], document, brief=True))["Precision"]
    assert "more than half the distance between supplied points (12.4 m)" in text


def test_search_that_follows_finds_is_said_beside_precision():
    told_of = dict(paragraphs(full_group(), full_document(fade_out_m=25)))["Precision"]
    assert "the searched perimeters follow the finds, out to 25 m" in told_of
    document = full_document()
    document["notes"].append({"code": "search_follows_finds", "message": "Final."})
    assert "drawn after the finds" in dict(paragraphs(full_group(), document))["Precision"]


def test_the_overview_sets_chance_beside_precision():
    document = full_document()
    row = next(line for line in render_text("table", document).splitlines() if "Alder 0" in line)
    assert row.split() == [
        *("Alder", "0", "326", "200", "50", "25.0", "10.6–45.1", "3.1"),
        *("2,500", "51", "2.0", "0.7–4.5"),
    ]
    document["districts"][0]["chance"]["records"]["stands_for_group"] = False
    text = render_text("table", document)
    row = next(line for line in text.splitlines() if "Alder 0" in line)
    assert row.split()[7] == "5.6*"
    assert "*: If each point judged lay anywhere in its own searched polygon" in " ".join(
        text.split()
    )


def test_older_documents_and_groups_without_details_still_render():
    document = full_document()
    for name in DETAILS:
        del document["overall"][name], document["districts"][0][name]
    for name in ("table", "markdown", "json", "csv"):
        assert "Alder 0" in render_text(name, document)
    assert list(renderer("csv")(document, None)) == ["metrics.csv"]
    assert "Against chance" not in render_text("markdown", document)


def test_markdown_has_every_block():
    text = render_text("markdown", full_document())
    for title in (
        "Against chance",
        "Resolution",
        "Agreement by record",
        "Other tolerances",
        "Position error of the pairs",
        "Effort",
        "Success rate by radius",
        "Types of the pairs",
        "Finds for each point claimed",
        "The whole map",
        "Searched points against the others",
        "Recall of parts",
        "Accidents outside the map",
    ):
        assert f"\n## {title}\n" in text
    assert "| Alder 0 | where the records lie | 14 | 181 | 26.2 % | 3.1 % | 0.4 % | 0.20 |" in text


def test_notes_say_what_the_figures_are_worth():
    _, notes = words([0.0], [2.0], assume_searched=True)
    assert "No figure here is tested against chance" in notes["chance_not_tested"]
    row = [4.0 * i for i in range(12)]
    ground = gpd.GeoDataFrame(
        {"basis": ["final"], "reason": ["systematic"]}, geometry=[shapely.box(-50, -50, 900, 50)]
    )
    text, notes = words(
        row, row, ground, draws=19, fade_out_m=30, map_received="2021-06-12", match_type=True
    )
    assert {"search_follows_finds", "fade_out", "map_received", "matched_by_type"} <= set(notes)
    assert notes["unresolvable"].startswith(
        "Tolerance larger than the spacing of the supplied points: overall."
    )
    assert "a tolerance above 7.5 m, a quarter of that" in notes["fade_out"]
    assert "seed 0" in notes["chance"]
    assert next(iter(text)) == "Records"
    told_of, notes = words(row, row, ground, draws=19, tolerance_m=1.0)
    assert "drawn after the finds" in told_of["Precision"]
    assert not {"unresolvable", "fade_out", "matched_by_type", "map_received"} & set(notes)


def table_of(content):
    return list(csv.DictReader(io.StringIO(content.decode())))


def test_lists_are_files_of_their_own():
    files = renderer("csv")(full_document(), None)
    assert list(files) == [
        "metrics.csv",
        "ladder.csv",
        "effort.csv",
        "types.csv",
        "type_ratios.csv",
        "selection.csv",
        "accidents.csv",
    ]
    rows = table_of(files["metrics.csv"])
    assert [row["group"] for row in rows] == ["overall", "Alder 0"]
    assert rows[1]["chance_records_p"] == "0.001"
    assert rows[1]["effort_hectares_for_80"] == "33.1"
    assert not any("ladder" in name or "curve" in name for name in rows[0])
    ladder = table_of(files["ladder.csv"])
    assert len(ladder) == 14
    assert ladder[0] == {"group": "overall"} | {
        name: "" if value is None else str(value) for name, value in rung(1.0).items()
    }
    assert ladder[6]["precision"] == ""
    assert table_of(files["types.csv"])[1] == {
        "group": "Alder 0",
        "claimed": "AP",
        "found": "AT",
        "n": "6",
    }
    assert table_of(files["accidents.csv"])[0]["share_value"] == "0.664"
    assert render_text("csv", full_document()) == files["metrics.csv"].decode()


def test_tables_of_an_earlier_result_do_not_outlive_it(tmp_path):
    from mapaccuracy.io import open_folder
    from mapaccuracy.io.write import PARTIAL_FILES

    full = full_document()
    for name in ("rows", "areas", "tasks"):
        full[name] = {"overall": {"group": "overall", "n": 1}, "districts": []}
    assert set(PARTIAL_FILES) == set(renderer("csv")(full, None)) - {"metrics.csv"}
    bare = full_document()
    for name in DETAILS:
        del bare["overall"][name], bare["districts"][0][name]
    for document in (full, bare):
        with open_folder(tmp_path / "result") as folder:
            folder.write(renderer("json")(document, None))
            folder.write(renderer("csv")(document, None))
    left = sorted(path.name for path in (tmp_path / "result").iterdir())
    assert left == ["metrics.csv", "result.json"]


def test_a_column_that_only_some_groups_have_is_kept():
    document = full_document()
    for name in DETAILS:
        del document["overall"][name]
    rows = table_of(renderer("csv")(document, None)["metrics.csv"])
    assert (rows[0]["effort_auc"], rows[1]["effort_auc"]) == ("", "0.612")


SHAPES = {
    "rate": rates.Rate,
    "null": figures.Null,
    "ground_chance": figures.GroundChance,
    "chance": figures.Chance,
    "resolution": figures.Resolution,
    "agreement": figures.Agreement,
    "rung": figures.Rung,
    "position": figures.PositionError,
    "effort_step": figures.EffortStep,
    "effort": figures.Effort,
    "type_pairs": figures.TypePairs,
    "type_ratio": figures.TypeRatio,
    "types": figures.Types,
    "whole_map": figures.WholeMap,
    "selection": figures.Selection,
    "recall_parts": figures.RecallParts,
    "beyond": figures.Beyond,
    "accidents": figures.Accidents,
    "found_claimed": claims.FoundClaimed,
    "row_figures": claims.RowFigures,
    "area_figures": claims.AreaFigures,
    "task_figures": claims.TaskFigures,
    "group": Group,
}


def objects(schema):
    """Every description of an object in the schema."""
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            yield schema
        for part in schema.values():
            yield from objects(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from objects(part)


def test_schema_has_the_fields_of_the_types():
    schema = json.loads(SCHEMA.read_text("utf-8"))
    assert set(SHAPES) == {*schema["$defs"]} - {"percents", "signed_percents"}
    for name, shape in SHAPES.items():
        names = [entry.name for entry in dataclasses.fields(shape)]
        described = schema["$defs"][name]
        assert list(described["properties"]) == names
        assert described["required"] == [
            field for field in names if shape is not Group or field not in DETAILS
        ]
    settings_fields = [entry.name for entry in dataclasses.fields(Settings)]
    assert list(schema["properties"]["settings"]["properties"]) == settings_fields
    assert schema["properties"]["settings"]["required"] == settings_fields
    for described in objects(schema):
        assert "additionalProperties" in described
        if described["additionalProperties"] is not False:
            assert "properties" not in described


def test_documents_obey_the_schema(result_schema):
    document = full_document()
    document["overall"]["not_in_it"] = 1
    assert not result_schema.is_valid(document)
    result_schema.validate(full_document())
    for options in ({}, {"searched": False}, {"by": "type", "match_type": True}):
        result_schema.validate(scene(5, draws=19, **options).to_dict())
