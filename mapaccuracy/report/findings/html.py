"""Findings as one page that needs nothing else: no script, no picture, no address is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from mapaccuracy.report.findings.shared import (
    Document,
    Entry,
    accounts,
    by_rule,
    counted,
    cut,
    left_out,
    not_run,
)

# Findings of one rule that a page shows, and of all rules together.
_SHOWN = 100
_SHOWN_IN_ALL = 6_000
_LEAST_SHOWN = 20
_LONGEST = 240
_HEADERS = ("file", "place", "id", "what was seen", "how to mend it")
_STYLE = """
:root { color-scheme: light dark; --ink: #1a1a1a; --paper: #fff; --line: #bbb; --soft: #f1f1f1;
  --error: #9b1c1c; --warning: #7a4a00; --info: #1f4e79; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e8e8; --paper: #16181b; --line: #555;
  --soft: #23262b; --error: #ff9a9a; --warning: #ffc36b; --info: #8fc4ff; } }
body { margin: 0 auto; max-width: 75rem; padding: 1rem; color: var(--ink);
  background: var(--paper); font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2rem; }
.wide { overflow-x: auto; } a { color: inherit; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; padding: .3rem 0; }
th, td { border: 1px solid var(--line); padding: .3rem .5rem; text-align: left;
  vertical-align: top; overflow-wrap: anywhere; }
thead th { background: var(--soft); white-space: nowrap; }
td.n { text-align: right; }
td.n, td.error, td.warning, td.info { white-space: nowrap; }
.error { color: var(--error); font-weight: 600; } .warning { color: var(--warning);
  font-weight: 600; } .info { color: var(--info); font-weight: 600; }
footer { margin-top: 2rem; border-top: 1px solid var(--line); }
@media print { body { max-width: none; font-size: .8rem; } tr { break-inside: avoid; } }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def render(document: Document, locations: Any = None) -> dict[str, bytes]:  # noqa: ARG001
    """Render the page: counts, a table of rules, the first findings of each, what did not run."""
    groups = by_rule(document)
    most = max(_LEAST_SHOWN, min(_SHOWN, _SHOWN_IN_ALL // max(len(groups), 1)))
    parts = [
        "<!doctype html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="referrer" content="no-referrer">',
        "<title>Check of the submission</title>",
        f"<style>{_STYLE}</style>",
        "</head>",
        "<body>",
        "<main>",
        "<h1>Check of the submission</h1>",
        f"<p>{escape(counted(document))}</p>",
        "<ul>",
        *(f"<li>{_text(line)}</li>" for line in accounts(document)),
        "</ul>",
        *(_summary(groups) if groups else ["<p>Nothing was found.</p>"]),
    ]
    for rule, findings in groups:
        parts += _section(rule, findings, most)
    parts += [f"<p>{_text(told)}.</p>" for told in left_out(document)]
    parts += _not_run(document)
    tool = document["tool"]
    parts += [
        "</main>",
        f"<footer><p>{_text(tool['name'])} {_text(tool['version'])}. A submission that passes is "
        "not thereby right: rules find what can be seen from the files. This page loads nothing "
        "from anywhere.</p></footer>",
        "</body>",
        "</html>",
        "",
    ]
    return {"findings.html": "\n".join(parts).encode()}


def _text(text: str) -> str:
    return escape(cut(text, _LONGEST))


def _summary(groups: Sequence[tuple[Entry, Sequence[Entry]]]) -> list[str]:
    rows = [
        f'<tr><td><a href="#{rule["code"]}">{rule["code"]} {_text(rule["slug"])}</a></td>'
        f'<td class="{findings[0]["severity"]}">{findings[0]["severity"]}</td>'
        f'<td class="n">{len(findings):,}</td><td>{_text(rule["why"])}</td></tr>'
        for rule, findings in groups
    ]
    head = "".join(f'<th scope="col">{name}</th>' for name in _SUMMARY)
    return [
        '<div class="wide"><table><caption>Rules that found something, the worst first</caption>',
        f"<thead><tr>{head}</tr></thead>",
        f"<tbody>{''.join(rows)}</tbody></table></div>",
    ]


_SUMMARY = ("rule", "severity", "findings", "why it matters")


def _section(rule: Entry, findings: Sequence[Entry], most: int) -> list[str]:
    shown = findings[:most]
    n = len(findings)
    told = (
        f"{n:,} finding{'' if n == 1 else 's'}"
        if n <= most
        else f"the first {most:,} of {n:,} findings; all of them are in the formats csv and json"
    )
    rows = "".join(
        "<tr>"
        + "".join(
            f"<td>{_text(str(finding[name] or ''))}</td>"
            for name in ("source", "place", "id", "message", "fix")
        )
        + "</tr>"
        for finding in shown
    )
    head = "".join(f'<th scope="col">{name}</th>' for name in _HEADERS)
    return [
        f'<section id="{rule["code"]}" aria-labelledby="h-{rule["code"]}">',
        f'<h2 id="h-{rule["code"]}">{rule["code"]} {_text(rule["slug"])} '
        f'<span class="{shown[0]["severity"]}">{shown[0]["severity"]}</span></h2>',
        f'<div class="wide"><table><caption>{told}</caption>',
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>",
        "</section>",
    ]


def _not_run(document: Document) -> list[str]:
    reasons = not_run(document)
    if not reasons:
        return []
    rows = "".join(
        f"<tr><td>{_text(reason)}</td>"
        f"<td>{', '.join(rule['code'] + ' ' + _text(rule['slug']) for rule in rules)}</td></tr>"
        for reason, rules in reasons
    )
    return [
        '<section aria-labelledby="h-not-run"><h2 id="h-not-run">Not run</h2>',
        '<div class="wide"><table><caption>Rules that did not run have not passed</caption><thead>',
        '<tr><th scope="col">why</th><th scope="col">rules</th></tr></thead>',
        f"<tbody>{rows}</tbody></table></div></section>",
    ]
