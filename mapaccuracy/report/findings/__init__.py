"""Renderers of the findings of a check: from the findings document to text and files."""
