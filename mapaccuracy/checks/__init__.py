"""Checks of a submission: rules, each of which passes, finds something, or could not run."""

from mapaccuracy.checks.catalogue import RULES, rule_of
from mapaccuracy.checks.document import document
from mapaccuracy.checks.given import CannotRunError, Given
from mapaccuracy.checks.rule import Rule, rule
from mapaccuracy.checks.running import Checked, Choice, check
from mapaccuracy.checks.taking import take

__all__ = [
    "RULES",
    "CannotRunError",
    "Checked",
    "Choice",
    "Given",
    "Rule",
    "check",
    "document",
    "rule",
    "rule_of",
    "take",
]
