"""From tables as they stand to layers that nobody downstream has to check again."""

from mapaccuracy.intake.conforming import conform
from mapaccuracy.intake.tables import as_tables

__all__ = ["as_tables", "conform"]
