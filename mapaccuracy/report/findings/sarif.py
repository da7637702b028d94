"""Findings as SARIF 2.1.0, which code hosts show beside files."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from mapaccuracy.report.document import encoded
from mapaccuracy.report.findings.places import Paths, line_of, path_of
from mapaccuracy.report.findings.shared import Document, Entry, cut

_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def render(document: Document, locations: Any = None) -> dict[str, bytes]:
    """Render one run: every rule, every finding, and why rules did not run.

    Parameters
    ----------
    document : mapping
    locations : mapping, optional
        ``paths``: name of a file to its path in the repository.
    """
    rules = document["rules"]
    number = {rule["code"]: index for index, rule in enumerate(rules)}
    results = [_result(finding, number, locations) for finding in document["findings"]]
    run = {
        "tool": {
            "driver": {
                "name": document["tool"]["name"],
                "version": document["tool"]["version"],
                "rules": [_rule(rule) for rule in rules],
            }
        },
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [
                    {
                        "descriptor": {"id": rule["code"]},
                        "level": "note",
                        "message": {"text": f"{rule['code']} was not run: {rule['reason']}."},
                    }
                    for rule in rules
                    if rule["state"] == "not_run"
                ],
            }
        ],
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    whole = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return {"findings.sarif": encoded(whole)}


def _rule(rule: Entry) -> dict[str, Any]:
    name = "".join(word.capitalize() for word in rule["slug"].split("-"))
    return {
        "id": rule["code"],
        "name": name,
        "shortDescription": {"text": f"{rule['slug'].replace('-', ' ').capitalize()}."},
        "fullDescription": {"text": rule["why"]},
        "help": {"text": f"{rule['why']} mapaccuracy explain {rule['code']} says more."},
        "defaultConfiguration": {"level": _LEVELS[rule["severity"]]},
    }


def _result(finding: Entry, number: dict[str, int], paths: Paths) -> dict[str, Any]:
    place: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(path_of(finding, paths))},
            "region": {"startLine": line_of(finding)},
        }
    }
    if finding["place"]:
        place["logicalLocations"] = [{"fullyQualifiedName": cut(finding["place"])}]
    return {
        "ruleId": finding["code"],
        "ruleIndex": number[finding["code"]],
        "level": _LEVELS[finding["severity"]],
        "message": {"text": f"{cut(finding['message'], 2_000)} Fix: {cut(finding['fix'], 2_000)}"},
        "locations": [place],
        "partialFingerprints": {"mapaccuracy/v1": finding["fingerprint"]},
    }
