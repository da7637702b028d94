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

# format: (module, file name); modules are imported when they are asked for.
_MODULES = {
    "json": "document",
    "csv": "metrics",
    "markdown": "markdown",
    "table": "table",
    "restricted": "restricted",
}
FORMATS = ("table", "json", "csv", "markdown")


def renderer(name: str) -> Renderer:
    """Look up a renderer by the name of its format."""
    render: Renderer = import_module(f"mapaccuracy.report.{_MODULES[name]}").render
    return render


def render_text(name: str, document: Document, locations: Mapping[str, Any] | None = None) -> str:
    """Render a format that is one text."""
    (content,) = renderer(name)(document, locations).values()
    return content.decode()
