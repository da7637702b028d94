"""The diagnosis document as text, Markdown, CSV, JSON and picture: from documents made by hand."""

import csv
import dataclasses
import io
import json
import re
from functools import cache
from pathlib import Path

import jsonschema
import pytest

from mapaccuracy.report import render_text, renderer
from mapaccuracy.report.diagnose import evidence, headline
from mapaccuracy.schema import (
    VERDICTS,
    Closer,
    Displacement,
    Ellipse,
    Gain,
    Histogram,
    Hypothesis,
    Move,
    Peak,
    Rate,
    Residuals,
    Sampling,
    Settings,
    SheetDisplacement,
)

ROOT = Path(__file__).parent.parent / "mapaccuracy" / "schema"
SK42 = "SK-42 latitude and longitude were read as WGS 84"


@pytest.fixture(scope="module")
def schema():
    loaded = json.loads((ROOT / "diagnosis.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(loaded)
    return loaded


def rate(value, n, low=None, high=None, reason=None):
    return Rate(value, low, high, n, 24, 20.5, 1.5, None, None, reason)


def hypothesis(name, share, *, cause="a mistake", p=1.0, accepted=False, **more):
    """A hypothesis of which this share of 1,200 points would match, of 1,500 finds half."""
    known = share is not None
    out = rate(share, 1200, max(share - 0.1, 0), share + 0.1) if known else None
    values = {
        "precision": out,
        "recall": rate(share / 2, 1500) if known else None,
        "held_out": out,
        "confirmed_share": share,
        "gain": Gain(share - 0.03, share - 0.1, share, 24, 20.5, None) if known else None,
        "closer": Closer(4.0, share - 0.03, share - 0.1, share, 24, 20.5, None) if known else None,
        "draws": 999 if p is not None else 0,
        "records": 12 if p is not None else None,
        "contributing": 11 if p is not None else None,
        "by_chance": 0.4 if p is not None else None,
        "move": Move(0.0, 0.0, 0.0),
        "rest": None,
        "in_area": None,
        "operation": None,
        "reason": None,
    }
    return Hypothesis(name=name, cause=cause, p=p, accepted=accepted, **{**values, **more})


AS_SUPPLIED = hypothesis("as_supplied", 0.03, cause="no mistake", p=0.4, gain=None, closer=None)
MISTAKE = hypothesis(
    "sk42_as_wgs84",
    0.59,
    cause=SK42,
    p=0.001,
    accepted=True,
    move=Move(-102.1, -9.6, 1.4),
    in_area=True,
    operation="Pulkovo 1942 to WGS 84 (16), EPSG:15865",
)
SHIFT = hypothesis(
    "displacement",
    0.59,
    cause="one common displacement",
    p=0.005,
    accepted=True,
    draws=199,
    move=Move(-62.0, 88.0, 0.0),
)
NO_SHIFT = hypothesis("displacement", None, p=0.6, move=None, reason="no peak stands out")
NOT_TRIED = dataclasses.replace(NO_SHIFT, p=None, draws=0)
HOPELESS = [hypothesis(f"mistake_{n}", 0.0, move=Move(5e5, 0, 0)) for n in range(9)]
OUT_OF_REACH = [hypothesis("wrong_zone", None, reason="no point comes near a find")]
UNTESTED = [
    hypothesis(f"turned_{n}", None, p=None, reason="no reference points are given")
    for n in range(3)
]
REST = [*HOPELESS, *OUT_OF_REACH, *UNTESTED]

FIRST = Peak(-62.0, 88.0, 830, 18.0, 11, 0, 1.0)
FOUND = Displacement(
    east_m=-62.0,
    north_m=88.0,
    length_m=107.6,
    bearing_deg=324.8,
    ellipse=Ellipse(1.2, 0.8, 30.0),
    peak=FIRST,
    second_peak=Peak(10.0, -40.0, 120, 20.0, 3, 1, 0.0),
    alternatives=(),
    repeat_m=None,
    highest=806.0,
    highest_by_chance=41.0,
    p=0.005,
    records=12,
    contributing=11,
    by_chance=0.4,
    stability=1.0,
    rotation_deg=None,
    scale_ppm=None,
    reason=None,
)
ALIASED = dataclasses.replace(
    FOUND,
    east_m=44.0,
    north_m=0.0,
    peak=Peak(44.0, 0.0, 830, 18.0, 11, 0, 1.0),
    alternatives=(Peak(49.0, 0.0, 820, 18.0, 11, 0, 0.4),),
    repeat_m=5.0,
)


def none(reason, **more):
    """No displacement, for this reason."""
    empty = dict.fromkeys(field.name for field in dataclasses.fields(Displacement))
    counts = {"alternatives": (), "records": 12, "contributing": 0, "by_chance": 0.0}
    return Displacement(**{**empty, **counts, "reason": reason, **more})


LEFT = Residuals("displacement", 900, 12, 1.2, 0.6, None, 0.1, 10.0, "one vector for all", None)
NOTHING_LEFT = Residuals(
    None, 0, 0, None, None, None, None, 10.0, None, "fewer than 5 records have 5 or more pairs"
)
CELLS = Histogram(
    100.0, 200.0, ((9, 7, 5, 0), (6, None, 8, 7), (5, 6, 91, 9), (5, 5, 0, 6)), 5, None
)
ALL = Sampling("record", 12, 12, 5210, 0.005)


def document(verdict, hypotheses, found, *, cause=None, reason=None, **more):
    """A diagnosis document as the library makes it."""
    parts = {
        "sheets": [],
        "residuals": LEFT,
        "histogram": CELLS,
        "sampling": ALL,
        "notes": [{"code": "not_clearance", "message": "Nothing here says that ground is safe."}],
    }
    parts |= more
    source = {
        "name": "map.csv",
        "sha256": None,
        "rows_read": 1200,
        "rows_used": 1200,
        "rows_dropped": 0,
        "crs": "EPSG:4326",
        "operation": None,
        "operation_accuracy_m": None,
        "resolution_m": None,
        "notations": {},
        "treated": {},
        "dropped": {},
    }
    made = {
        "schema_version": 1,
        "tool": {"name": "mapaccuracy", "version": "0.1"},
        "settings": Settings().to_dict(),
        "sources": [
            {"role": "supplied", **source},
            {"role": "finds", **source, "name": "finds.csv"},
        ],
        "verdict": verdict,
        "cause": cause,
        "reason": reason,
        "hypotheses": [dataclasses.asdict(one) for one in hypotheses],
        "displacement": dataclasses.asdict(found),
        **{
            name: dataclasses.asdict(part) if dataclasses.is_dataclass(part) else part
            for name, part in parts.items()
        },
    }
    # As a reader of the file has it: lists, and nothing that JSON does not know.
    return json.loads(json.dumps(made, allow_nan=False))


SHEETS = [
    dataclasses.asdict(
        SheetDisplacement(f"K-38-{n}", 9, 8, 3.0 * n + 1, -2.0, Ellipse(1.5, 1, 4), 0.005, None)
    )
    for n in range(6)
]
SHEETS.append(
    dataclasses.asdict(
        SheetDisplacement("L-1", 3, 0, None, None, None, None, "3 records; 5 are needed")
    )
)

CASES = {
    "explained": document(
        "explained", [MISTAKE, SHIFT, AS_SUPPLIED, *REST], FOUND, cause=SK42, reason=SK42
    ),
    "displaced": document(
        "displaced", [SHIFT, AS_SUPPLIED, *REST], FOUND, reason="no known mistake explains it"
    ),
    "as_supplied": document(
        "as_supplied",
        [dataclasses.replace(AS_SUPPLIED, p=0.001), NO_SHIFT, *REST],
        none("the highest peak is not beyond chance", p=0.6, highest=20.6, highest_by_chance=41.0),
        reason="nothing tested fits better",
    ),
    "no_displacement_helps": document(
        "no_displacement_helps",
        [AS_SUPPLIED, NO_SHIFT, *REST],
        none("the highest peak is not beyond chance", p=0.6, highest=20.6, highest_by_chance=41.0),
        reason="no move fits beyond chance",
        residuals=NOTHING_LEFT,
    ),
    "few_records": document(
        "cannot_be_told",
        [AS_SUPPLIED, NOT_TRIED, *REST],
        none("3 of 4 records contribute; 5 are needed", records=4, contributing=3),
        reason="3 records fit beyond chance; 5 are needed",
        residuals=NOTHING_LEFT,
        histogram=Histogram(None, 200.0, (), 5, "fewer than 5 records have a find within range"),
    ),
    "no_finds_within_range": document(
        "cannot_be_told",
        [hypothesis("as_supplied", 0.0, cause="no mistake"), NOT_TRIED, *REST],
        none("no find within range of a supplied point"),
        reason="no find within range of a supplied point",
        residuals=NOTHING_LEFT,
        histogram=Histogram(None, 200.0, (), 5, "no pairs within range"),
        sampling=Sampling("record", 12, 12, 0, None),
    ),
    "aliased": document(
        "displaced",
        [dataclasses.replace(SHIFT, move=Move(44.0, 0.0, 0.0)), AS_SUPPLIED, *REST],
        ALIASED,
        reason="no known mistake explains it",
    ),
    "sampled": document(
        "displaced",
        [SHIFT, AS_SUPPLIED, *REST],
        FOUND,
        reason="no known mistake explains it",
        sampling=Sampling("record", 41_200, 4000, 1_500_000, 0.0049),
    ),
    "sheets": document(
        "displaced",
        [SHIFT, AS_SUPPLIED, *REST],
        FOUND,
        reason="no known mistake explains it",
        sheets=SHEETS,
        sampling=Sampling("sheet", 7, 7, 5210, 0.005),
    ),
    "close_to_a_mistake": document(
        "explained",
        [
            dataclasses.replace(
                hypothesis("sk42_as_wgs84", 0.007, cause=SK42, p=0.9), move=Move(-61.0, 84.1, 0.0)
            ),
            SHIFT,
            AS_SUPPLIED,
            *REST,
        ],
        FOUND,
        cause=SK42,
        reason=f"{SK42}; the displacement found lies 4.0 m from what that mistake gives",
        residuals=NOTHING_LEFT,
    ),
    "not_searched": document(
        "displaced",
        [
            dataclasses.replace(SHIFT, held_out=rate(None, 0, reason="no searched areas given")),
            dataclasses.replace(
                AS_SUPPLIED, held_out=rate(None, 0, reason="no searched areas given")
            ),
            *REST,
        ],
        FOUND,
        reason="no known mistake explains it",
    ),
}


def flat(text):
    return " ".join(text.split())


def table(name):
    return render_text("diagnose_table", CASES[name])


@pytest.mark.parametrize("name", CASES)
def test_documents_obey_the_schema(name, schema):
    jsonschema.Draft202012Validator(schema).validate(CASES[name])


def test_cases_have_every_verdict():
    assert {case["verdict"] for case in CASES.values()} == set(VERDICTS)


def test_schema_shares_its_words_with_the_result(schema):
    result = json.loads((ROOT / "result.schema.json").read_text("utf-8"))
    for name in ("settings", "tool", "notes"):
        assert schema["properties"][name] == result["properties"][name]
    assert schema["$defs"]["rate"] == result["$defs"]["rate"]
    assert schema["properties"]["verdict"]["enum"] == list(VERDICTS)


def test_schema_has_the_fields_of_the_types(schema):
    shapes = {
        "rate": Rate,
        "closer": Closer,
        "gain": Gain,
        "move": Move,
        "hypothesis": Hypothesis,
        "ellipse": Ellipse,
        "peak": Peak,
        "displacement": Displacement,
        "sheet": SheetDisplacement,
        "residuals": Residuals,
        "histogram": Histogram,
        "sampling": Sampling,
    }
    assert set(shapes) == set(schema["$defs"])
    for name, shape in shapes.items():
        names = [entry.name for entry in dataclasses.fields(shape)]
        assert list(schema["$defs"][name]["properties"]) == names
        assert schema["$defs"][name]["required"] == names
        assert schema["$defs"][name]["additionalProperties"] is False
    broken = json.loads(json.dumps(CASES["explained"]))
    broken["displacement"]["secret"] = 1
    assert not jsonschema.Draft202012Validator(schema).is_valid(broken)


@pytest.mark.parametrize("name", CASES)
def test_the_main_part_fits_one_screen(name):
    text = table(name)
    assert max(map(len, text.splitlines())) <= 100
    assert text.splitlines().index("Notes") <= 40
    assert "false" not in text.lower()


@pytest.mark.parametrize("name", CASES)
def test_formats_say_the_same(name):
    text, page = flat(table(name)), render_text("diagnose_markdown", CASES[name])
    plain = flat(page.replace("\\", ""))
    verdict = re.split(" As is: ", text.partition("Verdict: ")[2])[0]
    assert verdict
    assert verdict in plain
    assert json.loads(render_text("diagnose_json", CASES[name])) == CASES[name]


def test_an_explained_map():
    text = flat(table("explained"))
    assert (
        f"A known mistake would explain the error of the map: {SK42}. After undoing it 59.0 %"
        in text
    )
    assert "59.0 % of the points judged would match a find within 10 m, against 3.0 %" in text
    assert "59.0 % of 1,200 points judged (95 % interval 49.0 % to 69.0 %)" in text
    assert "Gain +56.0 % points (95 % interval +49.0 to +59.0, 24 clusters)" in text
    # As many as have a p: the 9 hopeless ones, the one out of reach, and the mistake itself.
    assert "p at most 0.001 (the least that 999 draws can show): how often records" in text
    assert "come as close under any of 11 mistakes or none. Accepted." in text
    assert "EPSG:15865" in text
    assert "≈102 m W, 9.6 m S" in text
    # Once in the sentence; the reason, which is the same, is not told again.
    assert text.count(SK42) == 1


def test_a_map_outside_the_area_of_the_operation():
    outside = json.loads(json.dumps(CASES["explained"]))
    outside["hypotheses"][0]["in_area"] = False
    text = flat(render_text("diagnose_table", outside))
    assert "The map lies outside the area that this operation is made for." in text
    assert "outside the area" not in flat(table("explained"))


def test_a_displaced_map():
    text = flat(table("displaced"))
    assert (
        "After moving every record by 62.0 m west, 88.0 m north (estimated from the other records "
        "each time) 59.0 % of the points judged would match a find within 10 m, against 3.0 % as "
        "supplied."
    ) in text
    assert "95 % ellipse ±1.2 m by ±0.8 m" in text
    assert "found again in all fits without one record; 11 of 12 records contribute" in text
    assert (
        "Highest peak 806 pairs above background; 95 % of maps whose records share no displacement "
        "stay below 41."
    ) in text
    # 830 pairs less a background of 18, and 120 less 20.
    assert "peak has 812 pairs above background, the next one elsewhere 100." in text
    assert (
        "p at most 0.005 (the least that 199 draws can show, Monte-Carlo error 0.005): how" in text
    )
    assert "One vector for all, after displacement: points scatter by 1.2 m about" in text
    # Recall after a fit flatters: it does not stand on the screen.
    assert "29.5" not in text
    assert "displacement, held out 62.0 m W, 88.0 m N 59.0" in text
    page = render_text("diagnose_markdown", CASES["displaced"])
    assert "29.5\\*" in page
    assert "\\*: fitted to these finds." in page
    assert "≤0.005" in text
    assert "Nothing was corrected" in text
    assert "come as close anywhere within 200 m." in text


def test_what_cannot_be_told_apart_is_named():
    text = flat(table("aliased"))
    assert "44.0 m east or 49.0 m east cannot be told apart: the rows repeat every 5 m" in text
    assert "Which of 2 moves it is cannot be told." in text


def test_refusals_say_why_and_claim_nothing():
    for name, reason in (
        ("few_records", "3 records fit beyond chance; 5 are needed"),
        ("no_finds_within_range", "no find within range of a supplied point"),
    ):
        text = flat(table(name))
        assert f"It cannot be told whether the map is displaced: {reason}." in text
        assert "No common displacement within 200 m is claimed" in text
        assert "After moving" not in text


def test_hopeless_and_untested_mistakes_are_counted():
    text = flat(table("displaced"))
    assert "10 other mistakes: no point within 10 m of a find." in text
    assert "3 mistakes not tested: no reference points are given (3)." in text
    assert "mistake_3" not in text
    page = render_text("diagnose_markdown", CASES["displaced"])
    rows = [line for line in page.splitlines() if line.startswith("|")]
    # A header, a rule, and every hypothesis.
    assert len(rows) == 2 + len(CASES["displaced"]["hypotheses"])
    assert len({len(re.findall(r"(?<!\\)\|", row)) for row in rows}) == 1


def test_what_was_not_looked_at_is_told():
    text = flat(table("sampled"))
    assert "4,000 of 41,200 records, drawn at random, were looked at" in text
    assert "Monte-Carlo error 0.005" in text


def test_without_searched_areas_all_points_count():
    text = flat(table("not_searched"))
    assert "59.0 % of all single points would match a find within 10 m, against 3.0 %" in text
    assert "Precision is not defined: no searched areas given" in text


def test_sheets():
    text = flat(table("sheets"))
    assert (
        "A displacement was found in 6 of 7 map sheets, each by itself. K-38-0: 1.0 m east, 2.0 m "
        "south ±1.5 m. K-38-1: 4.0 m east, 2.0 m south ±1.5 m."
    ) in text
    assert "3 more: --format markdown tells them." in text
    assert "fits without one sheet" in text
    page = render_text("diagnose_markdown", CASES["sheets"])
    assert "K-38-5" in page
    assert "3 records; 5 are needed" in page


@pytest.mark.parametrize(
    ("verdict", "best", "words"),
    [
        (
            "displaced",
            SHIFT,
            "One common displacement, of unknown cause, would bring 5 of 12 records onto the "
            "finds, and says nothing of the others.",
        ),
        (
            "explained",
            MISTAKE,
            "A known mistake would explain the error of 5 of 12 records, and says nothing of the "
            f"others: {SK42}",
        ),
    ],
)
def test_a_verdict_of_a_part_of_the_records_says_so(verdict, best, words):
    few = dataclasses.replace(best, contributing=5)
    others = [NO_SHIFT] if best is MISTAKE else []
    cause = few.cause if best is MISTAKE else None
    case = document(verdict, [few, AS_SUPPLIED, *others], FOUND, reason="none", cause=cause)
    assert words in flat(render_text("diagnose_table", case))


@pytest.mark.parametrize(
    ("change", "obstacle"),
    [
        ({"p": 0.2}, "p is above 0.05"),
        ({"p": 0.01, "closer": None}, "the gain has no interval"),
        (
            {"p": 0.01, "closer": Closer(4.0, 0.1, -0.1, 0.3, 9, 9.0, None)},
            "pairs come no closer by it than may vary between records",
        ),
        (
            {
                "p": 0.01,
                "name": "displacement",
                "gain": Gain(0.1, -0.1, 0.3, 9, 9.0, None),
            },
            "the interval of the gain does not lie above 0",
        ),
        ({"p": 0.01}, "too few records contribute, or too many of them by chance"),
    ],
)
def test_what_stands_against_a_hypothesis(change, obstacle):
    best = dataclasses.replace(MISTAKE, accepted=False, **change)
    others = [] if best.name == "displacement" else [NO_SHIFT]
    case = document(
        "no_displacement_helps", [AS_SUPPLIED, best, *others], none("none"), reason="none"
    )
    assert f"Not accepted: {obstacle}." in flat(render_text("diagnose_table", case))


def test_evidence_of_a_hypothesis_without_points_to_judge():
    case = CASES["not_searched"]
    assert "59.0 % of all single points" in evidence(case["hypotheses"][0], case)


@pytest.mark.parametrize("name", CASES)
def test_csv_has_a_row_a_hypothesis_and_always_the_same_columns(name):
    rows = list(csv.DictReader(io.StringIO(render_text("diagnose_csv", CASES[name]))))
    assert [row["name"] for row in rows] == [one["name"] for one in CASES[name]["hypotheses"]]
    expected = list(csv.DictReader(io.StringIO(render_text("diagnose_csv", CASES["explained"]))))
    assert list(rows[0]) == list(expected[0])
    by_name = {row["name"]: row for row in rows}
    assert by_name["turned_0"]["held_out_value"] == ""
    assert float(by_name["as_supplied"]["held_out_n"]) in (1200, 0)


def test_a_peak_is_told_where_no_displacement_is_claimed():
    text = flat(table("no_displacement_helps"))
    assert (
        "Highest peak 21 pairs above background; 95 % of maps whose records share no displacement "
        "stay below 41; p = 0.600"
    ) in text
    assert "12 records were looked at." in text
    # With too few records nothing was counted, and nothing is told.
    assert "By chance:" not in flat(table("few_records"))
    assert "held out – – – – – – –" in flat(table("few_records"))


def test_a_mistake_that_is_named_because_the_displacement_lies_close():
    text = flat(table("close_to_a_mistake"))
    assert (
        f"would explain the error of the map: {SK42}; the displacement found lies 4.0 m from"
        in text
    )
    # What is quoted as evidence is that of the displacement, and nothing else.
    assert "After moving every record by 62.0 m west, 88.0 m north" in text
    assert "After undoing it" not in text
    assert "59.0 % of the points judged would match" in text
    assert "After: 59.0 % of 1,200 points judged" in text
    assert "Accepted. Mistake: sk42_as_wgs84 itself is not accepted: p is above 0.05." in text
    assert text.count(" is not accepted") == 1
    assert text.count(" Accepted. ") == 1


def shifted(east_m, north_m, *, gain, **more):
    """The map as supplied is the verdict; this common displacement was found."""
    found = dataclasses.replace(FOUND, east_m=east_m, north_m=north_m, **more)
    told = dataclasses.replace(SHIFT, accepted=False, gain=gain, move=Move(east_m, north_m, 0.0))
    before = dataclasses.replace(AS_SUPPLIED, p=0.001)
    return document("as_supplied", [before, told, *REST], found, reason="nothing fits better")


def search(case):
    text = flat(render_text("diagnose_table", case))
    return re.split(" (?:Or|By chance): ", text.partition("Search: ")[2])[0]


def test_a_displacement_that_changes_nothing_is_told_as_there():
    case = shifted(-1.8, 1.7, gain=Gain(0.008, -0.015, 0.03, 490, 490.0, None))
    assert search(case).startswith(
        "The one common displacement found within 200 m is 1.8 m west, 1.7 m north; 95 % ellipse"
    )
    assert (
        "It is there, but moving the whole map by it does not give more points a find than may "
        "vary between records. It is shorter than the tolerance."
    ) in search(case)
    unknown = shifted(-1.8, 1.7, gain=Gain(0.008, None, None, 3, 3.0, "too few records"))
    assert "whether more points match after it is not known" in search(unknown)
    assert "does not give" not in search(unknown)


@pytest.mark.parametrize(
    ("east_m", "north_m", "inside"),
    # Half-axes of 2 m towards the north-east, 1 m across.
    [(1.3, 1.3, True), (1.3, -1.3, False), (1.5, 1.5, False), (0.6, -0.6, True), (1.9, 0, False)],
)
def test_a_displacement_within_its_ellipse_may_be_none(east_m, north_m, inside):
    gain = Gain(0.0, -0.1, 0.1, 24, 20.5, None)
    case = shifted(east_m, north_m, gain=gain, ellipse=Ellipse(2.0, 1.0, 45.0))
    assert ("no more than its ellipse, so there may be none" in search(case)) is inside
    assert ("It is there" in search(case)) is not inside


def test_a_map_that_stays_where_it_is():
    gain = Gain(0.0, -0.1, 0.1, 24, 20.5, None)
    case = shifted(0.01, -0.02, gain=gain)
    assert search(case).startswith("The map is found where it is (no move within 200 m fits better")
    assert "Next best" not in render_text("diagnose_table", case)
    assert "It is there" not in search(case)


def with_rotation(name):
    case = json.loads(json.dumps(CASES[name]))
    case["settings"]["rotation"] = True
    return case


def test_rotation_and_scale():
    case = with_rotation("displaced")
    found = case["displacement"]
    found |= {"rotation_deg": 0.4987, "scale_ppm": -112.4, "highest": None, "peak": None}
    text = flat(render_text("diagnose_table", case))
    turned = "turned by 0.50° clockwise about the centre of the map and reduced by 112 ppm"
    assert f"by 62.0 m west, 88.0 m north, {turned} (estimated from the other records" in text
    assert f"; {turned}; " in search(case)
    assert "come as close anywhere within 200 m, turned as well." in text
    found |= {"rotation_deg": -0.02, "scale_ppm": 0.2}
    assert "0.02° anticlockwise about the centre of the map and enlarged by 0 ppm" in search(case)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("displaced", "Rotation and scale were searched as well: a shift alone does as well."),
        ("no_displacement_helps", "Rotation and scale were searched as well: none was found."),
    ],
)
def test_rotation_that_was_asked_for_and_is_not_given(name, told):
    assert search(with_rotation(name)).endswith(told)
    assert "otation" not in search(CASES[name])


def test_rotation_of_few_records():
    case = with_rotation("displaced")
    case["displacement"]["contributing"] = 9
    assert search(case).endswith("Rotation and scale were not fitted: that needs 10 records.")


def test_sheets_that_are_displaced_each_by_itself():
    case = json.loads(json.dumps(CASES["no_displacement_helps"]))
    case["sheets"] = json.loads(json.dumps(SHEETS))
    text = flat(render_text("diagnose_table", case))
    assert "But 6 of 7 map sheets have displacements: see Sheets." in text
    assert "map sheets have" not in flat(table("sheets"))
    case["sheets"][0] |= {"east_m": 0.1, "north_m": 0.4}
    text = flat(render_text("diagnose_table", case))
    assert "K-38-0: 0.1 m east, 0.4 m north ±1.5 m, which may be none. K-38-1" in text


def test_words_stand_to_the_left_and_numbers_to_the_right():
    page = render_text("diagnose_markdown", CASES["sheets"])
    rules = [line for line in page.splitlines() if line.startswith("|---")]
    assert rules == ["|---|---|" + "---:|" * 8 + "---|", "|---|" + "---:|" * 5 + "---|"]


def test_residuals_only_on_request():
    render = renderer("diagnose_restricted")
    assert render(CASES["explained"], None) == {}


def pixels(png):
    from matplotlib import image

    return image.imread(io.BytesIO(png))


def figure(case):
    pytest.importorskip("matplotlib")
    return renderer("diagnose_figure")(case, None)


@cache
def drawn(name):
    return figure(CASES[name])


def test_the_figure_is_the_same_to_the_byte_whatever_the_user_prefers():
    mpl = pytest.importorskip("matplotlib")
    first = drawn("aliased")["displacement.png"]
    with mpl.rc_context({"font.size": 20, "image.cmap": "jet", "savefig.dpi": 30}):
        assert figure(CASES["aliased"])["displacement.png"] == first
    assert b"Software" not in first
    assert b"tIME" not in first
    height, width, _ = pixels(first).shape
    assert min(height, width) >= 900


def test_the_figure_draws_cells_that_are_withheld_like_empty_ones():
    case = CASES["displaced"]
    shown = json.loads(json.dumps(case))
    # One cell of the map was withheld, two were empty: nobody can tell which.
    for counts in shown["histogram"]["counts"]:
        counts[:] = [None if count == 0 else count for count in counts]
    assert shown != case
    assert figure(shown) == drawn("displaced")


def test_the_figure_marks_the_displacement_only_where_it_is_claimed():
    case = json.loads(json.dumps(CASES["displaced"]))
    before = pixels(drawn("displaced")["displacement.png"])
    case["displacement"]["east_m"] = case["displacement"]["north_m"] = None
    after = pixels(figure(case)["displacement.png"])
    # Black pixels of the ring, and of its name in the legend, are gone.
    dark = [int((image[..., :3].max(axis=-1) < 0.1).sum()) for image in (before, after)]
    assert dark[0] > dark[1] + 200


def test_no_figure_without_a_histogram():
    assert figure(CASES["few_records"]) == {}


def test_a_figure_without_a_cell_says_so():
    np = pytest.importorskip("numpy")
    case = json.loads(json.dumps(CASES["no_displacement_helps"]))
    case["histogram"]["counts"] = [[None] * 4 for _ in range(4)]
    colours = pixels(figure(case)["displacement.png"])[..., :3]
    # No bar of colours, where there is nothing to count: all is grey.
    assert np.ptp(colours, axis=-1).max() < 0.05
    # The words are drawn, in the lower half of the cells.
    rows, columns = np.nonzero(colours[500:820, 300:900].max(axis=-1) < 0.3)
    assert len(rows) > 100
    assert np.ptp(columns) > 200


def test_north_is_up_and_east_is_right():
    np = pytest.importorskip("numpy")
    case = json.loads(json.dumps(CASES["no_displacement_helps"]))
    counts = [[None] * 4 for _ in range(4)]
    # The last row is the northernmost, the last cell the easternmost.
    counts[3][3] = 50
    case["histogram"]["counts"] = counts
    colours = pixels(figure(case)["displacement.png"])[..., :3]
    blue = (colours[..., 2] - colours[..., 0] > 0.2) & (np.arange(colours.shape[1]) < 870)
    rows, columns = np.nonzero(blue)
    assert rows.mean() < colours.shape[0] / 2
    assert columns.mean() > 870 / 2


def test_shares_of_different_ground_are_not_set_against_each_other():
    # 57.9 % of 261 points judged before, 54.8 % of 4,274 after: a gain that would read as a loss.
    before = {"name": "as_supplied", "held_out": {"value": 0.579, "n": 261}}
    after = {"name": "sk42_as_wgs84", "held_out": {"value": 0.548, "n": 4274}}
    told = evidence(
        after | {"confirmed_share": 0.354},
        {
            "hypotheses": [before | {"confirmed_share": 0.02}],
            "settings": {"tolerance_m": 10.0},
        },
    )
    assert "35.4 % of all single points" in told
    assert "against 2.0 % as supplied" in told


def test_a_longer_displacement_that_loses_points():
    case = shifted(-73.1, -36.6, gain=Gain(-0.27, -0.43, -0.11, 15, 15.0, None))
    told = search(case)
    assert told.endswith("It is there, but moving the whole map by it gives fewer points a find.")
    assert "need not" not in told
    # It gains, but is not accepted: its pairs come no closer.
    gains = shifted(-73.1, -36.6, gain=Gain(0.2, 0.1, 0.3, 15, 15.0, None))
    gains["hypotheses"][1]["closer"]["low"] = -0.1
    assert search(gains).endswith(
        "is not accepted: pairs come no closer by it than may vary between records."
    )


def of_several_sources():
    """Eight records fit one move, seven others another; a third cannot be told from the first."""
    found = dataclasses.replace(
        FOUND,
        contributing=8,
        peak=Peak(-73.1, -36.6, 35, 1.1, 8, 0, 1.0),
        alternatives=(
            Peak(5.4, -17.6, 10, 1.2, 3, 3, 0.01),
            Peak(-0.7, 0.3, 35, 1.2, 8, 7, 0.48),
        ),
    )
    before = dataclasses.replace(AS_SUPPLIED, p=0.001)
    told = dataclasses.replace(
        SHIFT, accepted=False, gain=Gain(-0.27, -0.43, -0.11, 15, 15.0, None)
    )
    left = dataclasses.replace(LEFT, after="as_supplied", records=7, pairs=64)
    return document(
        "as_supplied",
        [before, told, *REST],
        found,
        reason="nothing tested fits the whole map better, but 7 of 12 records fit only elsewhere",
        residuals=left,
        notes=[{"code": "fits_a_part", "message": "7 of 12 records fit only after a move."}],
    )


def test_moves_that_different_records_ask_for_are_not_called_alike():
    text = flat(render_text("diagnose_table", of_several_sources()))
    assert (
        "Or: Different records ask for different moves: 8 fit 73.1 m west, 36.6 m south, 7 others "
        "fit 0.7 m west, 0.3 m north. 73.1 m west, 36.6 m south or 5.4 m east, 17.6 m south cannot "
        "be told apart (as high in 1 % of samples of records)."
    ) in text
    assert "Different records" not in flat(table("aliased"))


def test_a_map_of_several_sources_is_told_as_such():
    case = of_several_sources()
    assert headline(case) == (
        "Nothing that was tested makes the whole map fit better than as supplied, but 7 of 12 "
        "records fit only elsewhere. This does not say that the map is right: 3.0 % of the points "
        "judged match a find."
    )
    text = flat(render_text("diagnose_table", case))
    assert "Left over: One vector for 7 of 12 records, as supplied: points scatter" in text
    assert "The others have too few pairs, and may lie elsewhere." in text
    assert "and run those of each source by themselves before any is used." in text


def test_the_remainder_speaks_of_all_records_only_where_all_were_looked_at():
    assert "have too few pairs" not in flat(table("displaced"))
    case = of_several_sources()
    case["residuals"]["picture"] = "every record its own"
    text = flat(render_text("diagnose_table", case))
    assert "Left over: Every record its own (7 of 12 records), as supplied: points" in text
    # Sheets are counted then, and cannot be set against records.
    case["sampling"]["unit"] = "sheet"
    assert "of 12 records)" not in flat(render_text("diagnose_table", case))


def test_a_map_that_fits_as_supplied_is_not_called_right():
    text = flat(table("as_supplied"))
    assert (
        "Verdict: Nothing that was tested makes the whole map fit better than as supplied: nothing "
        "tested fits better. This does not say that the map is right: 3.0 % of the points judged "
        "match a find. As is:"
    ) in text
    assert (
        "Evidence: p at most 0.001 (the least that 999 draws can show): how often records that are "
        "moved at random, each by itself, come as close under any of 10 mistakes or none."
    ) in text
    case = json.loads(json.dumps(CASES["as_supplied"]))
    case["hypotheses"][0]["held_out"]["value"] = None
    told = headline(case)
    assert told.endswith("3.0 % of all single points match a find.")


def test_a_p_above_the_least_is_given_as_it_is():
    case = json.loads(json.dumps(CASES["displaced"]))
    case["hypotheses"][0]["p"] = 0.01
    text = flat(render_text("diagnose_table", case))
    assert "p = 0.010 (199 draws, Monte-Carlo error 0.005): how often records" in text
    assert "≤0.01" not in text


def test_finds_in_searched_ground_are_named_as_such():
    case = json.loads(json.dumps(CASES["displaced"]))
    assert "searched ground" not in flat(table("displaced"))
    case["sources"].append({**case["sources"][0], "role": "searched"})
    assert "% of 1,500 finds in searched ground." in flat(render_text("diagnose_table", case))


def heads(case):
    """The lowest line of the headers of the table."""
    lines = render_text("diagnose_table", case).splitlines()
    rule = next(n for n, line in enumerate(lines) if line.startswith(" ──"))
    return " ".join(lines[rule - 1].split())


def test_columns_of_the_screen():
    assert heads(CASES["displaced"]) == "Move sion % 95 % points Gain 95 % p"
    # Without searched areas there is no precision to show.
    case = json.loads(json.dumps(CASES["not_searched"]))
    for one in case["hypotheses"]:
        if one["held_out"] is not None:
            one["held_out"] |= {"value": None, "low": None, "high": None}
    assert heads(case) == "Move points Gain 95 % p"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("explained", "Ask the sender whether that mistake was made; until then it is a suspicion"),
        ("displaced", "Ask the sender how positions were measured and plotted, and whether"),
        ("as_supplied", "Nothing here is a reason to move the map. How far to trust it"),
        ("no_displacement_helps", "Do not shift the map."),
        ("few_records", "Get more finds or more records; do not read the figures as an answer"),
        ("no_finds_within_range", "Either the map is off by more than the range, or the finds are"),
    ],
)
def test_what_to_do_next(name, told):
    text = flat(table(name))
    assert f"Next: {told}" in text
    assert text.index("Next: ") < text.index("Notes")


def test_nothing_is_called_next_best_where_nothing_can_be_told():
    case = json.loads(json.dumps(CASES["no_displacement_helps"]))
    case["hypotheses"].append({**case["hypotheses"][0], "name": "axes_swapped"})
    assert "Next best:" in render_text("diagnose_table", case)
    case["verdict"] = "cannot_be_told"
    assert "Next best:" not in render_text("diagnose_table", case)


def test_what_decides_comes_first_in_the_csv():
    header = render_text("diagnose_csv", CASES["explained"]).partition("\n")[0].split(",")
    assert header[:5] == ["name", "accepted", "confirmed_share", "gain_value", "gain_low"]
    assert header.index("p") < header.index("cause")


def test_the_figure_tells_a_peak_that_was_not_accepted_and_a_map_of_parts():
    pytest.importorskip("matplotlib")
    from mapaccuracy.report.displacement_figure import _title

    case = of_several_sources()
    assert (
        _title(case)
        .replace("\n", " ")
        .startswith(
            "Nothing that was tested makes the whole map fit better than as supplied, but a part "
            "of it fits only after a move."
        )
    )
    other = json.loads(json.dumps(case))
    other["hypotheses"][1]["accepted"] = True
    # Only the words of the legend differ.
    assert figure(other) != figure(case)


def test_a_crowded_screen_says_what_it_leaves_out():
    text = table("sheets")
    assert "\nBy chance:" not in text
    assert "No room for By chance: --format markdown." in flat(text)
    assert "**By chance.**" in render_text("diagnose_markdown", CASES["sheets"])
    assert "No room" not in table("displaced")
    # Rows of the table go first, and the displacement stays.
    lines = render_text("diagnose_table", of_several_sources()).splitlines()
    assert lines.index("Notes") <= 40
    assert any(line.startswith(" displacement, held out") for line in lines)
