"""Findings as a comment in Markdown."""

from __future__ import annotations

from typing import Any

from mapaccuracy.report.findings.shared import (
    Document,
    accounts,
    by_rule,
    counted,
    cut,
    left_out,
    not_run,
    where,
)

# A comment that carries it is found again, and replaced by the next one.
MARKER = "<!-- mapaccuracy check -->"
_SHOWN = 20


def render(document: Document, locations: Any = None) -> dict[str, bytes]:  # noqa: ARG001
    """Render a comment: the counts, a table of rules, and the first findings of each."""
    lines = [MARKER, "", "## Check of the submission", "", counted(document), ""]
    lines += [f"- {_escaped(line)}" for line in accounts(document)]
    groups = by_rule(document)
    if groups:
        lines += ["", "| rule | severity | findings | fix |", "|---|---|---|---|"]
        for rule, findings in groups:
            cells = (
                f"{rule['code']} {rule['slug']}",
                findings[0]["severity"],
                f"{len(findings):,}",
                findings[0]["fix"],
            )
            lines.append(f"| {' | '.join(map(_escaped, cells))} |")
    for rule, findings in groups:
        lines += ["", f"### {rule['code']} {rule['slug']}", ""]
        lines += [
            f"- {_escaped(where(finding))}: {_escaped(finding['message'])}"
            for finding in findings[:_SHOWN]
        ]
        if len(findings) > _SHOWN:
            lines.append(f"- and {len(findings) - _SHOWN:,} more")
    lines += [
        "",
        *(f"- {told}" for told in left_out(document)),
    ]
    reasons = not_run(document)
    if reasons:
        lines += ["", "### Not run", ""]
        lines += [
            f"- {_escaped(reason)}: {', '.join(rule['code'] for rule in rules)}"
            for reason, rules in reasons
        ]
    return {"findings.md": ("\n".join(lines).rstrip() + "\n").encode()}


def _escaped(text: str) -> str:
    """Write text so that Markdown takes it for text and nothing else."""
    plain = cut(text)
    for sign in "\\`*_{}[]()#!|~":
        plain = plain.replace(sign, f"\\{sign}")
    plain = plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # A name after this sign would be told of the comment.
    return plain.replace("@", "&#64;").replace("://", ":&#47;&#47;")
