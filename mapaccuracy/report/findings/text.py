"""Findings as text on a screen."""

from __future__ import annotations

import textwrap
from typing import Any

from mapaccuracy.report.findings.shared import (
    Document,
    accounts,
    by_rule,
    counted,
    left_out,
    not_run,
    one_line,
    where,
)

_WIDTH = 100
_SHOWN = 5


def render(document: Document, locations: Any = None) -> dict[str, bytes]:  # noqa: ARG001
    """Render findings rule by rule, with examples, how to mend them, and what did not run."""
    lines = [*accounts(document)]
    for rule, findings in by_rule(document):
        n = len(findings)
        head = f"{rule['code']} {rule['slug']}  {findings[0]['severity']}, {n:,} finding"
        lines += ["", head + ("" if n == 1 else "s")]
        for finding in findings[:_SHOWN]:
            lines += _wrapped(f"{where(finding)}  {finding['message']}", "  ")
        if n > _SHOWN:
            lines.append(f"  and {n - _SHOWN:,} more (all of them: -o csv=findings.csv)")
        for fix in list(dict.fromkeys(finding["fix"] for finding in findings))[:_SHOWN]:
            lines += _wrapped(f"Fix: {fix}", "  ")
    for told in left_out(document):
        lines += ["", told]
    reasons = not_run(document)
    if reasons:
        lines += ["", "Not run:"]
        for reason, rules in reasons:
            codes = ", ".join(rule["code"] for rule in rules)
            lines += _wrapped(f"{reason}: {codes}", "  ")
    lines += ["", *_wrapped(counted(document), ""), ""]
    return {"findings.txt": "\n".join(lines).encode()}


def _wrapped(text: str, indent: str) -> list[str]:
    plain = " ".join(one_line(text).split())
    return textwrap.wrap(
        plain,
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + "    ",
        break_on_hyphens=False,
    )
