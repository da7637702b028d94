"""What every reader is given."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mapaccuracy.errors import InputError
from mapaccuracy.schema import Problem, Role

SAVE_AGAIN = (
    "open it in QGIS or Excel and save it again (GeoPackage, or 'CSV UTF-8'), "
    "or check that the copy is complete"
)


def shown_name(path: Path) -> str:
    """Name a file without its folder, in text that can be written anywhere.

    Examples
    --------
    >>> shown_name(Path("out/finds.csv")), shown_name(Path("."))
    ('finds.csv', '.')
    """
    # Names need not be UTF-8; Python holds other bytes as halves of pairs, which no file takes.
    return os.fsencode(path.name or str(path)).decode("utf-8", "replace")


def unreadable(name: str, reason: str, place: str = "", fix: str = SAVE_AGAIN) -> InputError:
    """Make the error of a file that cannot be read."""
    return InputError([Problem("MA001", name, place, values={"reason": reason, "fix": fix})])


def refused(name: str, error: OSError, what: str = "it") -> InputError:
    """Make the error of a file that the system does not give."""
    if isinstance(error, PermissionError):
        fix = "ask for the right to read it, or copy it to a folder of your own"
        return unreadable(name, f"reading {what} is not permitted", fix=fix)
    return unreadable(name, f"the system says {error.strerror or 'no'}")


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
    as_written : bool
        Cells of a text file stay text: numbers lose the zeros at their end.
    sha256 : str
    opened : str, bytes or None
        What GDAL opens in place of the path.
    """

    path: Path
    data: bytes
    role: Role
    layer: str | None
    columns: Mapping[str, str]
    lean: bool
    as_written: bool
    sha256: str
    opened: str | bytes | None = None

    @property
    def name(self) -> str:
        """The file's name as messages and results show it."""
        return shown_name(self.path)

    def refuse(self, reason: str, place: str = "", fix: str = SAVE_AGAIN) -> InputError:
        """Make the error of a file that cannot be read."""
        return unreadable(self.name, reason, place, fix)

    def empty(self, detail: str = "") -> InputError:
        """Make the error of a file without rows."""
        return InputError([Problem("MA004", self.name, values={"detail": detail})])

    def no_layer(self, known: list[str]) -> InputError:
        """Make the error of a file without the wanted layer."""
        layers = ", ".join(f"'{name}'" for name in known) or "none"
        values = {"wanted": self.layer or "", "layers": layers, "role": self.role}
        return InputError([Problem("MA002", self.name, values=values)])

    def several(self, names: list[str]) -> Problem:
        """Make the warning of a file with several layers that fit."""
        layers = ", ".join(f"'{name}'" for name in names)
        values = {"n": str(len(names)), "layers": layers, "role": self.role}
        return Problem("MA003", self.name, values=values)

    def header_below(self, row: int, place: str = "") -> Problem:
        """Make the warning of a header that is not in the first row."""
        values = {"row": str(row), "skipped": str(row - 1)}
        return Problem("MA007", self.name, place, values=values)

    def left_out(self, what: str) -> Problem:
        """Make the warning of a file that also holds something that is not read."""
        return Problem("MA013", self.name, values={"what": what})
