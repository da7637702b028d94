"""What is in a table: its role, its columns, its coordinate system, how finely it is written."""

from mapaccuracy.intake.inspecting.advice import advise
from mapaccuracy.intake.inspecting.roles import Guess
from mapaccuracy.intake.inspecting.table import entry_of, guess_role, inspect_table

__all__ = ["Guess", "advise", "entry_of", "guess_role", "inspect_table"]
