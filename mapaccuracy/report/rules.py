"""The catalogue of rules, and the page of one of them."""

from __future__ import annotations

import csv
import io
import textwrap
from collections.abc import Mapping
from typing import Any

from mapaccuracy.report.document import encoded

Document = Mapping[str, Any]
_WIDTH = 100
_COLUMNS = ("code", "slug", "severity", "needs", "why")


def render_json(document: Document, locations: Any = None) -> dict[str, bytes]:  # noqa: ARG001
    """Render the catalogue, with all that is said of each rule."""
    return {"rules.json": encoded(document)}


def render_csv(document: Document, locations: Any = None) -> dict[str, bytes]:  # noqa: ARG001
    """Render a row for each rule."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for rule in document["rules"]:
        writer.writerow([_cell(rule[name]) for name in _COLUMNS])
    return {"rules.csv": b"\xef\xbb\xbf" + out.getvalue().encode()}


def _cell(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)


def render_markdown(document: Document, locations: Any = None) -> dict[str, bytes]:  # noqa: ARG001
    """Render a table, each rule with a link to its page."""
    lines = ["| rule | severity | needs | why it matters |", "|---|---|---|---|"]
    lines += [
        f"| [{rule['code']} {rule['slug']}]({rule['code']}.md) | {rule['severity']} | "
        f"{_cell(rule['needs'])} | {rule['why']} |"
        for rule in document["rules"]
    ]
    return {"rules.md": ("\n".join(lines) + "\n").encode()}


def render_table(document: Document, locations: Any = None) -> dict[str, bytes]:  # noqa: ARG001
    """Render two lines for each rule: its name, and why it matters."""
    lines: list[str] = []
    for rule in document["rules"]:
        needs = f"  needs {_cell(rule['needs'])}" if rule["needs"] else ""
        lines += _wrapped(f"{rule['code']} {rule['slug']}  {rule['severity']}{needs}", "")
        lines += _wrapped(rule["why"], "    ")
    n = len(document["rules"])
    lines += ["", f"{n} rules. mapaccuracy explain CODE says more of one.", ""]
    return {"rules.txt": "\n".join(lines).encode()}


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + "    ",
        break_on_hyphens=False,
    )


def _sections(page: Document) -> list[tuple[str, list[str]]]:
    """Give the sections of a page: a heading and its paragraphs."""
    sections = [
        ("What is seen", page["seen"]),
        ("Why it matters", [page["why"]]),
        ("Example", [f"With the fault: {page['bad']}", f"Without it: {page['good']}"]),
        ("How to mend it", [_sentence(page["fix"])]),
        ("With", [f"{entry['program']}: {entry['how']}" for entry in page["with"]]),
    ]
    if page["needs"]:
        sections.insert(2, ("What the rule needs", [", ".join(page["needs"])]))
    if page["explains"]:
        told = f"Of the same rows these are left out: {', '.join(page['explains'])}."
        sections.append(("Explains", [told]))
    if page["explained_by"]:
        told = (
            f"Left out of rows of which one of these is found: {', '.join(page['explained_by'])}."
        )
        sections.append(("Explained by", [told]))
    code = page["code"]
    sections.append(
        (
            "To leave it out",
            [
                f"For one run: mapaccuracy check ... --ignore {code}. For single rows, with a "
                "reason and a last day: [[check.suppress]] in the configuration."
            ],
        )
    )
    return sections


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def render_page(page: Document, locations: Any = None) -> dict[str, bytes]:  # noqa: ARG001
    """Render the page of a rule for a terminal; words in braces are filled in where it is found."""
    lines = [f"{page['code']} {page['slug']} ({page['severity']})"]
    for heading, paragraphs in _sections(page):
        lines += ["", heading]
        for paragraph in paragraphs:
            lines += _wrapped(paragraph, "  ")
    return {"rule.txt": ("\n".join(lines) + "\n").encode()}


def render_page_markdown(page: Document, locations: Any = None) -> dict[str, bytes]:  # noqa: ARG001
    """Render the page of a rule for the docs."""
    lines = [f"# {page['code']} {page['slug']}", "", f"Severity: {page['severity']}."]
    for heading, paragraphs in _sections(page):
        lines += ["", f"## {heading}", ""]
        several = len(paragraphs) > 1
        lines += [f"- {_quoted(text)}" if several else _quoted(text) for text in paragraphs]
    return {f"{page['code']}.md": ("\n".join(lines) + "\n").encode()}


def _quoted(text: str) -> str:
    plain = text
    for sign in "*_<>|[]":
        plain = plain.replace(sign, f"\\{sign}")
    return plain
