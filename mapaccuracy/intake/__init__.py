"""From tables as they stand to layers that nobody downstream has to check again."""

from mapaccuracy.intake.conforming import conform
from mapaccuracy.intake.dates import decimal_years, iso_days
from mapaccuracy.intake.tables import as_tables

__all__ = ["as_tables", "conform", "decimal_years", "iso_days"]
