"""The result document as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def render(
    document: Mapping[str, Any],
    locations: Mapping[str, Any] | None = None,  # noqa: ARG001
) -> dict[str, bytes]:
    """Render ``result.json``: UTF-8, indented, every number shortest that reads back equal."""
    return {"result.json": encoded(document)}


def encoded(document: Mapping[str, Any]) -> bytes:
    """Write a document as JSON."""
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode()
