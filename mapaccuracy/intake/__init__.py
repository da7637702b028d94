"""From tables as they stand to layers that nobody downstream has to check again."""

from mapaccuracy.intake.conforming import Looked, conform, empty, look
from mapaccuracy.intake.dates import decimal_years, iso_days
from mapaccuracy.intake.shapes import by_position, by_shape, only_tasks, own_settings
from mapaccuracy.intake.tables import as_tables

__all__ = [
    "Looked",
    "as_tables",
    "by_position",
    "by_shape",
    "conform",
    "decimal_years",
    "empty",
    "iso_days",
    "look",
    "only_tasks",
    "own_settings",
]
