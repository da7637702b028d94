"""The findings document: what every format of a check is rendered from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from mapaccuracy.checks.catalogue import rule_of
from mapaccuracy.checks.given import Given
from mapaccuracy.checks.running import Checked, Choice, rows_of
from mapaccuracy.schema import Problem, Source
from mapaccuracy.schema.fingerprints import fingerprint
from mapaccuracy.schema.version import __version__

SCHEMA_VERSION = 1
_SEVERITIES = ("error", "warning", "info")
_STATES = ("passed", "found", "not_run")


def document(
    given: Given, checked: Checked, choice: Choice | None = None, *, with_locations: bool = False
) -> dict[str, Any]:
    """Put the outcome of a check into a document.

    Parameters
    ----------
    given : Given
    checked : Checked
    choice : Choice, optional
        As in `check`.
    with_locations : bool
        Show positions in texts; otherwise they are withheld.

    Returns
    -------
    dict
        ``schema_version``, ``tool``, ``sources`` (rows read, used and dropped of each file),
        ``findings`` (each ``code``, ``severity``, ``source``, ``place``, ``row``, ``rows``,
        ``column``, ``id``, ``message``, ``fix``, ``fingerprint``), ``rules`` (each ``code``,
        ``slug``, ``severity``, ``state``, ``reason``, ``why``),
        ``explained`` and ``suppressed`` (findings left out, by code) and ``counts`` (of
        findings by severity, of rules by state).
    """
    choice = Choice() if choice is None else choice
    severities = Counter(str(problem.severity) for problem in checked.findings)
    states = Counter(str(state.state) for state in checked.states)
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "mapaccuracy", "version": __version__},
        "sources": [
            _source(name, source)
            for name in sorted(given.layers)
            for source in given.layers[name].sources
        ],
        "findings": _findings(checked.findings, with_locations),
        "rules": [
            {
                "code": rule.code,
                "slug": rule.slug,
                "severity": choice.severity.get(rule.code, rule.severity),
                "state": state.state,
                "reason": state.reason or None,
                "why": rule.why,
            }
            for state in checked.states
            if (rule := rule_of(state.code)) is not None
        ],
        "explained": dict(sorted(checked.explained.items())),
        "suppressed": dict(sorted(checked.suppressed.items())),
        "counts": {
            "findings": {name: severities[name] for name in _SEVERITIES},
            "rules": {name: states[name] for name in _STATES},
        },
    }


def _source(name: str, source: Source) -> dict[str, Any]:
    return {
        "role": name,
        "name": source.name,
        "sha256": source.sha256,
        "rows_read": source.rows_read,
        "rows_used": source.rows_used,
        "rows_dropped": source.rows_dropped,
        "dropped": dict(source.dropped),
        "crs": source.crs,
        "operation": source.operation,
    }


def _findings(problems: Sequence[Problem], with_locations: bool) -> list[dict[str, Any]]:
    seen: Counter[tuple[str, str, str]] = Counter()
    out = []
    for problem in problems:
        # An id that may be a position stays out of it, too.
        at = (problem.code, problem.source, problem.shown_id() or problem.place)
        seen[at] += 1
        out.append(
            {**_finding(problem, with_locations), "fingerprint": fingerprint(*at, nth=seen[at])}
        )
    return out


def _finding(problem: Problem, with_locations: bool) -> dict[str, Any]:
    return {
        "code": problem.code,
        "severity": problem.severity,
        "source": problem.source,
        "place": problem.place,
        "row": problem.row,
        "rows": list(rows_of(problem)),
        "column": problem.column,
        "id": problem.shown_id(with_locations),
        "message": problem.message(with_locations),
        "fix": problem.fix(with_locations),
    }
