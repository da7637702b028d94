"""What every reader is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mapaccuracy.errors import InputError
from mapaccuracy.schema import Problem, Role

SAVE_AGAIN = (
    "open it in QGIS or Excel and save it again (GeoPackage, or 'CSV UTF-8'), "
    "or check that the copy is complete"
)


def unreadable(name: str, reason: str, place: str = "", fix: str = SAVE_AGAIN) -> InputError:
    """Make the error of a file that cannot be read."""
    return InputError([Problem("MA001", name, place, values={"reason": reason, "fix": fix})])


@dataclass(frozen=True)
class Request:
    """One file to be read for one role.

    Attributes
    ----------
    path : Path
    data : bytes
        All bytes of the file.
    role : str
    layer : str or None
        The only sheet or layer wanted.
    columns : mapping of str to str
        Column name to header, as the user named them for this role.
    lean : bool
        Columns that nobody will use need not be loaded.
    sha256 : str
    """

    path: Path
    data: bytes
    role: Role
    layer: str | None
    columns: Mapping[str, str]
    lean: bool
    sha256: str

    def refuse(self, reason: str, place: str = "") -> InputError:
        """Make the error of a file that cannot be read."""
        return unreadable(self.path.name, reason, place)

    def empty(self, detail: str = "") -> InputError:
        """Make the error of a file without rows."""
        return InputError([Problem("MA004", self.path.name, values={"detail": detail})])

    def no_layer(self, known: list[str]) -> InputError:
        """Make the error of a file without the wanted layer."""
        layers = ", ".join(f"'{name}'" for name in known) or "none"
        values = {"wanted": self.layer or "", "layers": layers, "role": self.role}
        return InputError([Problem("MA002", self.path.name, values=values)])

    def several(self, names: list[str]) -> Problem:
        """Make the warning of a file with several layers that fit."""
        layers = ", ".join(f"'{name}'" for name in names)
        values = {"n": str(len(names)), "layers": layers, "role": self.role}
        return Problem("MA003", self.path.name, values=values)

    def header_below(self, row: int, place: str = "") -> Problem:
        """Make the warning of a header that is not in the first row."""
        values = {"row": str(row), "skipped": str(row - 1)}
        return Problem("MA007", self.path.name, place, values=values)
