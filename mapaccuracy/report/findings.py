"""The findings of a check as text on a screen, JSON, CSV and Markdown."""

from __future__ import annotations

import csv
import io
import textwrap
from collections.abc import Mapping
from itertools import groupby
from typing import Any

from mapaccuracy.report.document import encoded

Document = Mapping[str, Any]
Entry = Mapping[str, Any]
WIDTH = 100
COLUMNS = ("code", "severity", "source", "place", "row", "column", "id", "message", "fix")
# A comment that carries it is found again, and replaced by the next one.
MARKER = "<!-- mapaccuracy check -->"
_SHOWN = 5
_SHOWN_MARKDOWN = 20
_LONGEST = 300
# A spreadsheet takes a cell that begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def render_json(document: Document, locations: Any = None) -> dict[str, bytes]:  # noqa: ARG001
    """Render the document as it is."""
    return {"findings.json": encoded(document)}


def render_csv(document: Document, locations: Any = None) -> dict[str, bytes]:  # noqa: ARG001
    """Render a row for each finding, all of them; cells are no formulas."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for finding in document["findings"]:
        writer.writerow([_cell(finding[name]) for name in COLUMNS])
    # Excel reads UTF-8 only if it is told so.
    return {"findings.csv": b"\xef\xbb\xbf" + out.getvalue().encode()}


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def by_rule(document: Document) -> list[tuple[Entry, list[Entry]]]:
    """Put the findings of each rule together: a rule with its findings, the worst first.

    Parameters
    ----------
    document : mapping
        The findings document.
    """
    rules = {rule["code"]: rule for rule in document["rules"]}
    return [
        (rules[code], list(findings))
        for code, findings in groupby(document["findings"], key=lambda entry: entry["code"])
    ]


def not_run(document: Document) -> list[tuple[str, list[Entry]]]:
    """Give the rules that did not run, by the reason why, in the order of their codes."""
    by_reason: dict[str, list[Entry]] = {}
    for rule in document["rules"]:
        if rule["state"] == "not_run":
            by_reason.setdefault(rule["reason"], []).append(rule)
    return list(by_reason.items())


def counted(document: Document) -> str:
    """Say in one sentence how many findings there are, and how many rules ran."""
    findings, rules = document["counts"]["findings"], document["counts"]["rules"]
    parts = [
        f"{findings[name]:,} {name}{'' if findings[name] == 1 or name == 'info' else 's'}"
        for name in ("error", "warning", "info")
    ]
    ran = rules["passed"] + rules["found"]
    return (
        f"Findings: {', '.join(parts)}. Rules: {ran} ran, {rules['passed']} passed, "
        f"{rules['found']} found something, {rules['not_run']} not run."
    )


def accounts(document: Document) -> list[str]:
    """Say of each file how many rows were read, used and dropped."""
    lines = []
    for source in document["sources"]:
        dropped = ", ".join(f"{code}: {n:,}" for code, n in source["dropped"].items())
        reasons = f" ({dropped})" if dropped else ""
        lines.append(
            f"{source['name']} ({source['role']}): {source['rows_read']:,} rows read, "
            f"{source['rows_used']:,} used, {source['rows_dropped']:,} dropped{reasons}"
        )
    return lines


def render_text(document: Document, locations: Any = None) -> dict[str, bytes]:  # noqa: ARG001
    """Render findings rule by rule, with examples, how to mend them, and what did not run."""
    lines = [*accounts(document)]
    for rule, findings in by_rule(document):
        n = len(findings)
        head = f"{rule['code']} {rule['slug']}  {findings[0]['severity']}, {n:,} finding"
        lines += ["", head + ("" if n == 1 else "s")]
        for finding in findings[:_SHOWN]:
            lines += _wrapped(f"{_where(finding)}  {finding['message']}", "  ")
        if n > _SHOWN:
            lines.append(f"  and {n - _SHOWN:,} more (all of them: -o csv=findings.csv)")
        for fix in list(dict.fromkeys(finding["fix"] for finding in findings))[:_SHOWN]:
            lines += _wrapped(f"Fix: {fix}", "  ")
    for code, n in document["explained"].items():
        lines += ["", f"{code}: {n:,} left out, which follow from findings above"]
    reasons = not_run(document)
    if reasons:
        lines += ["", "Not run:"]
        for reason, rules in reasons:
            codes = ", ".join(rule["code"] for rule in rules)
            lines += _wrapped(f"{reason}: {codes}", "  ")
    lines += ["", *_wrapped(counted(document), ""), ""]
    return {"findings.txt": "\n".join(lines).encode()}


def _where(finding: Entry) -> str:
    named = "" if finding["id"] is None else f"id {finding['id']}"
    return "  ".join(part for part in (finding["source"], finding["place"], named) if part)


def _wrapped(text: str, indent: str) -> list[str]:
    plain = " ".join(one_line(text).split())
    return textwrap.wrap(
        plain,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + "    ",
        break_on_hyphens=False,
    )


def one_line(text: str) -> str:
    """Show control characters instead of obeying them."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def render_markdown(document: Document, locations: Any = None) -> dict[str, bytes]:  # noqa: ARG001
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
            f"- {_escaped(_where(finding))}: {_escaped(finding['message'])}"
            for finding in findings[:_SHOWN_MARKDOWN]
        ]
        if len(findings) > _SHOWN_MARKDOWN:
            lines.append(f"- and {len(findings) - _SHOWN_MARKDOWN:,} more")
    lines += [
        "",
        *(
            f"- {code}: {n:,} left out, which follow from others"
            for code, n in document["explained"].items()
        ),
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
    plain = one_line(text)
    plain = plain if len(plain) <= _LONGEST else plain[:_LONGEST] + "..."
    for sign in "\\`*_{}[]<>()#!|~":
        plain = plain.replace(sign, f"\\{sign}")
    # A name after this sign would be told of the comment.
    return plain.replace("@", "&#64;").replace("://", ":&#47;&#47;")
