"""The catalogue of rules and their pages."""

from __future__ import annotations

import csv
import io
import re

import pytest

from mapaccuracy.checks import RULES, rule_of
from mapaccuracy.checks.pages import EXAMPLES, page_of
from mapaccuracy.schema import CATALOGUE


def test_every_rule_has_a_page_and_no_page_is_without_a_rule():
    codes = {rule.code for rule in RULES}
    assert len(codes) == len(RULES) >= 45
    assert codes - EXAMPLES.keys() == set(), "rules without an example in checks/pages.py"
    assert EXAMPLES.keys() - codes == set(), "examples of no rule"
    assert codes <= CATALOGUE.keys()
    slugs = [rule.slug for rule in RULES]
    assert len(set(slugs)) == len(slugs)


@pytest.mark.parametrize("rule", RULES, ids=[rule.code for rule in RULES])
def test_a_page_says_what_is_needed(rule, run):
    page = page_of(rule, RULES)
    assert page["bad"] != page["good"]
    assert rule.why.endswith(".")
    assert all(code in CATALOGUE for code in (*rule.explains, *page["explained_by"]))
    done = run("explain", rule.code)
    assert done.code == 0
    assert max(map(len, done.out.splitlines())) <= 100
    for heading in ("What is seen", "Why it matters", "Example", "How to mend it"):
        assert heading in done.out


def test_rules_are_listed_in_every_format(run):
    assert f"{len(RULES)} rules" in run("rules").out
    assert len(run("rules", "--format", "json").document["rules"]) == len(RULES)
    rows = list(csv.DictReader(io.StringIO(run("rules", "--format", "csv").out.lstrip("\ufeff"))))
    assert [row["code"] for row in rows] == [rule.code for rule in RULES]
    table = run("rules", "--format", "markdown", "--select", "ma2").out
    assert len(re.findall(r"^\| \[MA", table, re.MULTILINE)) == sum(
        rule.code.startswith("MA2") for rule in RULES
    )


def test_rules_are_known_by_code_and_by_name(run):
    assert rule_of("Axes-Swapped").code == "MA203"
    assert run("explain", "axes-swapped").out == run("explain", "ma203").out
    for wrong, near in (("MA209x", "MA209"), ("axes-swaped", "axes-swapped"), ("MA000", "")):
        done = run("explain", wrong)
        assert done.code == 2
        assert near in done.err
    assert run("rules", "--select", "XY").code == 2
