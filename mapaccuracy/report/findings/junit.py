"""Findings as JUnit XML: a test for each rule."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree as ET

from mapaccuracy.report.findings.shared import Document, Entry, by_rule, cut, where

_SHOWN = 20
# XML has no way to write them.
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(document: Document, locations: Any = None) -> dict[str, bytes]:  # noqa: ARG001
    """Render a test suite: errors fail a test, warnings stand in its output."""
    found = {rule["code"]: findings for rule, findings in by_rule(document)}
    rules = document["rules"]
    failed = [code for code, findings in found.items() if findings[0]["severity"] == "error"]
    skipped = [rule for rule in rules if rule["state"] == "not_run"]
    counts = {
        "tests": str(len(rules)),
        "failures": str(len(failed)),
        "errors": "0",
    }
    suites = ET.Element("testsuites", {"name": "mapaccuracy check", **counts})
    suite = ET.SubElement(
        suites, "testsuite", {"name": "submission", **counts, "skipped": str(len(skipped))}
    )
    for rule in rules:
        case = ET.SubElement(
            suite,
            "testcase",
            {"classname": "mapaccuracy", "name": f"{rule['code']} {rule['slug']}"},
        )
        findings = found.get(rule["code"], [])
        if rule["state"] == "not_run":
            ET.SubElement(case, "skipped").text = _plain(rule["reason"])
        elif rule["code"] in failed:
            n = len(findings)
            said = f"{n:,} finding{'' if n == 1 else 's'}"
            failure = ET.SubElement(case, "failure", {"message": said, "type": rule["slug"]})
            failure.text = _listed(findings)
        elif findings:
            ET.SubElement(case, "system-out").text = _listed(findings)
    ET.indent(suites)
    data: bytes = ET.tostring(suites, encoding="utf-8", xml_declaration=True)
    return {"findings.xml": data + b"\n"}


def _listed(findings: list[Entry]) -> str:
    lines = [
        f"{where(finding)}  {finding['message']} Fix: {finding['fix']}"
        for finding in findings[:_SHOWN]
    ]
    more = len(findings) - _SHOWN
    if more > 0:
        lines.append(f"and {more:,} more")
    return "\n".join(_plain(cut(line, 1_000)) for line in lines)


def _plain(text: str) -> str:
    return _NOT_IN_XML.sub("?", text)
