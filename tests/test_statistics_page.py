"""Every reference value of docs/statistics.md is pinned by the test that the page names."""

import ast
import functools
import io
import re
import tokenize
from decimal import Decimal
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PAGE = (TESTS.parent / "docs" / "statistics.md").read_text("utf-8")
NAMED = re.compile(r"`(?P<file>test_\w+\.py)::(?P<test>test_\w+)`")
NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?:e-?\d+)?(?![\w.])")
STATISTICS = sorted(
    path.stem
    for path in (TESTS.parent / "mapaccuracy" / "statistics").rglob("*.py")
    if path.stem != "__init__"
)


def rows():
    """Value and test of every row of the tables under "Reference values"."""
    _, _, section = PAGE.partition("\n## Reference values\n")
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and cells[0] not in ("value", "---"):
            yield cells


ROWS = list(rows())


@functools.cache
def source_of(file):
    """Names of the tests of a module, and its numbers."""
    text = (TESTS / file).read_text("utf-8")
    tree = ast.parse(text)
    names = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    numbers = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.NUMBER and not token.string.endswith(("j", "J")):
            numbers.add(Decimal(repr(ast.literal_eval(token.string))))
        elif token.type in (tokenize.STRING, tokenize.COMMENT):
            numbers |= {Decimal(number) for number in NUMBER.findall(token.string)}
    return names, numbers


def test_there_are_reference_values():
    assert len(ROWS) > 40
    assert all(len(cells) == 3 for cells in ROWS)
    assert len({cells[0] for cells in ROWS}) == len(ROWS)


@pytest.mark.parametrize("cells", ROWS, ids=lambda cells: re.sub(r"\W+", "-", cells[0])[:60])
def test_the_test_named_holds_the_value(cells):
    value, source, test = cells
    assert source
    named = NAMED.fullmatch(test)
    assert named, test
    names, numbers = source_of(named["file"])
    assert named["test"] in names
    _, _, told = value.partition(": ")
    wanted = {Decimal(number) for number in NUMBER.findall(told)}
    assert wanted, value
    assert wanted <= numbers, wanted - numbers


def test_the_check_notices_a_number_that_no_test_holds():
    names, numbers = source_of("test_intervals.py")
    assert "test_plain_proportions" in names
    assert Decimal("0.0573339970500328") in numbers
    assert Decimal("0.0573339970500329") not in numbers


def test_every_module_of_the_statistics_stands_on_the_page():
    # Each module by a word of its purpose, so that a new one cannot be forgotten.
    words = {
        "agreement": "agreement by record",
        "apart": "**The displacement histogram.**",
        "chance": "expected precision",
        "clusters": "clusters",
        "coarse": "in coarse cells",
        "differences": "Two maps compared",
        "disclosure": "complementary suppression",
        "effort": "## Effort",
        "fits": "mean shift",
        "fixed": "single-step maximum",
        "gains": "leave-one-group-out",
        "groups": "## Precision and recall",
        "intervals": "Korn and Graubard",
        "ladder": "## Tolerance ladder",
        "medians": "each weighted by how many it stands for",
        "outcomes": "confirmed + not confirmed",
        "position": "Hotelling",
        "ratios": "Σf/Σc",
        "residuals": "error = common + record + point",
        "search": "**The search, against chance.**",
        "selection": "**Selection.**",
        "similarity": "Tukey's biweight",
        "strata": "ΣW_h p_h",
    }
    assert set(STATISTICS) <= set(words)
    for module in STATISTICS:
        assert words[module] in PAGE, module


REFUSED = (
    "capture-recapture",
    '"75 % of the map is false"',
    "average precision over scores",
    "after the best shift",
    "points scattered at random",
    "fewer than 5 effective clusters",
    "zero width",
    "less than 20 % verifiable",
    "NSSDA, CE90 or RMSE of pairs without the tolerance",
    "LRP, panoptic quality, critical success index",
)


@pytest.mark.parametrize("words", REFUSED)
def test_what_is_refused_has_a_reason(words):
    _, _, section = PAGE.partition("## What is not computed, and why\n")
    section, _, _ = section.partition("\n## ")
    (row,) = [line for line in section.splitlines() if words in line.partition(" | ")[0]]
    assert len(row.partition(" | ")[2]) > 50
