"""All rules, in the order of their codes."""

from __future__ import annotations

from mapaccuracy.checks import (
    against,
    axes,
    digits,
    figures,
    identity,
    outlines,
    places,
    suppressions,
    values,
)
from mapaccuracy.checks.noticed import NOTICED
from mapaccuracy.checks.rule import Rule

_TOPICS = (axes, digits, outlines, identity, values, places, against, figures, suppressions)
_RULES = (*NOTICED, *(rule for topic in _TOPICS for rule in topic.RULES))
RULES: tuple[Rule, ...] = tuple(sorted(_RULES, key=lambda rule: rule.code))


def rule_of(code: str) -> Rule | None:
    """Look up a rule by its code or its name; None if there is none.

    Examples
    --------
    >>> rule_of("ma401").slug, rule_of("duplicate-id").code, rule_of("MA000")
    ('duplicate-id', 'MA401', None)
    """
    wanted = code.strip().lower()
    return next((rule for rule in RULES if wanted in (rule.code.lower(), rule.slug)), None)
