"""Renderers: from the result document to text and files.

A renderer takes the parsed result document and, where the user asked for them, the
restricted rows, and returns file names with their bytes. It computes no figure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

Document = Mapping[str, Any]
Renderer = Callable[[Document, Mapping[str, Any] | None], dict[str, bytes]]

# format: module, and its function if it is not render; imported when they are asked for.
_MODULES = {
    "json": "document",
    "csv": "metrics",
    "markdown": "markdown",
    "table": "table",
    "restricted": "restricted",
    "compare_json": "compare:render_json",
    "compare_csv": "compare:render_csv",
    "compare_markdown": "compare:render_markdown",
    "compare_table": "compare:render_table",
    "diagnose_json": "diagnose.pages:render_json",
    "diagnose_csv": "diagnose.pages:render_csv",
    "diagnose_markdown": "diagnose.pages:render_markdown",
    "diagnose_table": "diagnose.pages:render_table",
    "diagnose_restricted": "diagnose.pages:render_residuals",
    "diagnose_figure": "displacement_figure:render",
    "coords_json": "positions:render_json",
    "coords_table": "positions:render_table",
    "traverse_json": "traverse:render_json",
    "traverse_table": "traverse:render_table",
    "settings_json": "settings:render_json",
    "settings_table": "settings:render_table",
    "inspect_json": "inspection:render_json",
    "inspect_table": "inspection:render_table",
    "mapping": "mapping",
    "baseline": "baseline",
    "rules_json": "rules:render_json",
    "rules_csv": "rules:render_csv",
    "rules_markdown": "rules:render_markdown",
    "rules_table": "rules:render_table",
    "rule": "rules:render_page",
    "rule_markdown": "rules:render_page_markdown",
    "findings_text": "findings.text",
    "findings_json": "findings.table:render_json",
    "findings_csv": "findings.table:render_csv",
    "findings_markdown": "findings.markdown",
    "findings_html": "findings.html",
    "findings_github": "findings.github",
    "findings_sarif": "findings.sarif",
    "findings_junit": "findings.junit",
    "doctor_json": "doctor:render_json",
    "doctor_table": "doctor:render_table",
}
FORMATS = ("table", "json", "csv", "markdown")
# Of a check.
FINDING_FORMATS = tuple(
    name.removeprefix("findings_") for name in _MODULES if name.startswith("findings_")
)


def renderer(name: str) -> Renderer:
    """Look up a renderer by the name of its format."""
    module, _, function = _MODULES[name].partition(":")
    render: Renderer = getattr(import_module(f"mapaccuracy.report.{module}"), function or "render")
    return render


def render_text(name: str, document: Document, locations: Mapping[str, Any] | None = None) -> str:
    """Render a format as one text: the first of its files, which holds a row or more a group."""
    return next(iter(renderer(name)(document, locations).values())).decode()
