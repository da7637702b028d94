"""Writing result folders and corrected copies: whole or not at all."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mapaccuracy.errors import SettingsError
from mapaccuracy.io.named import is_among
from mapaccuracy.io.request import shown_name

if TYPE_CHECKING:
    import pandas as pd

RESTRICTED = "restricted"
# Written only where they hold a row: what an earlier result left would pass for part of this one.
PARTIAL_FILES = (
    "ladder.csv",
    "effort.csv",
    "types.csv",
    "type_ratios.csv",
    "selection.csv",
    "accidents.csv",
    "rows.csv",
    "outlines.csv",
    "tasks.csv",
)
_RESTRICTED_TABLES = ("pairs", "records", "each_row", "each_outline", "each_task")
# Document: what goes with it when it is replaced.
_BELONGING = {
    "result.json": (
        *PARTIAL_FILES,
        *(f"{RESTRICTED}/{name}.csv" for name in _RESTRICTED_TABLES),
    ),
    "diagnosis.json": ("displacement.png", f"{RESTRICTED}/residuals.csv"),
}
# What a diagnosis writes to its folder: a corrected copy of such a name would take its place.
_DIAGNOSIS_FILES = ("diagnosis.json", "hypotheses.csv", *_BELONGING["diagnosis.json"])
COPIES = (".csv", ".geojson", ".gpkg")
_OWNER_FOLDER = 0o700
_OWNER_FILE = 0o600


class Folder:
    """A result folder that is filled beside its final place.

    Files are written to a temporary folder next to the target; `write` may be called
    several times, and nothing is seen at the target before `open_folder` ends without an
    error.
    """

    def __init__(self, temporary: Path) -> None:
        self._temporary = temporary

    def write(self, files: Mapping[str, bytes], *, restricted: bool = False) -> None:
        """Write files; restricted ones go to a folder that only the owner can read."""
        folder = self._temporary
        if restricted and files:
            folder = folder / RESTRICTED
            folder.mkdir(mode=_OWNER_FOLDER, exist_ok=True)
        for name, content in files.items():
            path = folder / name
            path.write_bytes(content)
            if restricted:
                path.chmod(_OWNER_FILE)


@contextmanager
def open_folder(target: str | Path) -> Iterator[Folder]:
    """Prepare a result folder; put its files in place when all of them are written.

    Files of the same name at the target are replaced, others stay; but restricted rows of an
    earlier result, and the tables that not every result has, go with that result.

    Parameters
    ----------
    target : path
        Folder; made if it does not exist.

    Raises
    ------
    SettingsError
        If the target cannot be written, before any work is done.
    """
    target = Path(target)
    made: list[Path] = []
    temporary: Path | None = None
    try:
        try:
            made += _missing_parents(target)
            # Named before it is made, so that no interruption can leave it behind.
            place = target if target.is_dir() else target.parent
            temporary = place / f".{target.name[:40]}-{secrets.token_hex(4)}"
            _prepare(temporary, target)
        except OSError as error:
            raise SettingsError(_unwritable(target, error)) from None
        yield Folder(temporary)
        try:
            _put_in_place(temporary, target)
        except OSError as error:
            raise SettingsError(_unwritable(target, error)) from None
        made.clear()
    finally:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)
        for folder in made:
            with suppress(OSError):
                folder.rmdir()


_CORRECTED = "--write-corrected"


class Copy:
    """A restricted copy of supplied points that is written beside its final place."""

    def __init__(self, file: Path, target: Path, option: str = _CORRECTED) -> None:
        self._file = file
        self._target = target
        self._option = option

    @property
    def name(self) -> str:
        """Name of the target, without its folder."""
        return shown_name(self._target)

    @property
    def earlier(self) -> bool:
        """Whether the target, as it stands, is the file of an earlier run."""
        return self._target.exists()

    def write(self, table: pd.DataFrame) -> None:
        """Write positions; layers have the corrected one, if there is one, as their geometry.

        Parameters
        ----------
        table : DataFrame
            With ``corrected_lon, corrected_lat``, or ``corrected_x, corrected_y`` in local metres,
            or ``lon, lat``.

        Raises
        ------
        SettingsError
            If the system refuses.
        """
        try:
            if self._file.suffix.lower() == ".csv":
                self._file.write_bytes(to_bytes(table))
            else:
                self._write_layer(table)
            self._file.chmod(_OWNER_FILE)
        except OSError as error:
            raise SettingsError(_no_copy(self._target, error, self._option)) from None

    def _write_layer(self, table: pd.DataFrame) -> None:
        import geopandas as gpd
        import numpy as np
        import shapely

        local = "corrected_x" in table
        mark = "corrected_" if local or "corrected_lon" in table else ""
        names = [f"{mark}x", f"{mark}y"] if local else [f"{mark}lon", f"{mark}lat"]
        at = table[names].to_numpy(dtype=float)
        known = np.isfinite(at).all(axis=1)
        points = np.full(len(table), None, dtype=object)
        points[known] = shapely.points(at[known])
        layer = gpd.GeoDataFrame(table, geometry=points, crs=None if local else "EPSG:4326")
        if self._file.suffix.lower() == ".geojson":
            self._file.write_bytes(to_bytes(layer))
        else:
            _write_geopackage(layer, self._file, "corrected" if mark else "points")


def _write_geopackage(layer: Any, file: Path, name: str) -> None:
    import warnings

    import pyogrio

    # The day of writing would change the bytes.
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2000-01-01T00:00:00.000Z"})
    try:
        with warnings.catch_warnings():
            # Local metres have no coordinate system to state.
            warnings.filterwarnings("ignore", message="'crs' was not provided")
            layer.to_file(file, layer=name, driver="GPKG", engine="pyogrio")
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


@contextmanager
def open_copy(
    target: str | Path,
    inputs: Iterable[str | Path] = (),
    *,
    local: bool = False,
    folder: str | Path | None = None,
    option: str = _CORRECTED,
) -> Iterator[Copy]:
    """Prepare the file of a corrected copy; put it in place, for its owner only, once written.

    An earlier file of that name is replaced; nothing is left behind where there is nothing to
    write, or the run fails. The folder of restricted files is for its owner only as well.

    Parameters
    ----------
    target : path
        ``.csv``, ``.geojson`` or ``.gpkg``; its folder is made if it does not exist.
    inputs : iterable of path
        Files that must not be overwritten.
    local : bool
        Positions are local metres, which GeoJSON does not know.
    folder : path, optional
        Result folder of the same run, whose files have names of their own.
    option : str
        The option that names the target, for messages.

    Raises
    ------
    SettingsError
        If the target cannot be written, is an input or a file of the result or in its way, or
        has no fitting format, before any work is done.
    """
    target = Path(target)
    _check_copy(target, inputs, local, option)
    _check_beside(target, folder)
    made: list[Path] = []
    temporary: Path | None = None
    try:
        try:
            made += _missing_parents(target)
            temporary = target.parent / f".{target.stem[:40]}-{secrets.token_hex(4)}"
            target.parent.mkdir(parents=True, exist_ok=True)
            for parent in made:
                if parent.name.casefold() == RESTRICTED:
                    parent.chmod(_OWNER_FOLDER)
            # Nobody else looks in while it is written.
            temporary.mkdir(mode=_OWNER_FOLDER)
        except OSError as error:
            raise SettingsError(_no_copy(target, error, option)) from None
        file = temporary / target.name
        yield Copy(file, target, option)
        try:
            if file.exists():
                if folder is not None:
                    _close(Path(folder) / RESTRICTED, target)
                file.replace(target)
                made.clear()
        except OSError as error:
            raise SettingsError(_no_copy(target, error, option)) from None
    finally:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)
        for parent in made:
            with suppress(OSError):
                parent.rmdir()


def _check_copy(target: Path, inputs: Iterable[str | Path], local: bool, option: str) -> None:
    if target.suffix.lower() not in COPIES:
        raise SettingsError(
            f"{option} names {shown_name(target)}; give a file that ends in "
            f"{', '.join(COPIES[:-1])} or {COPIES[-1]}."
        )
    if local and target.suffix.lower() == ".geojson":
        raise SettingsError(
            f"GeoJSON holds longitude and latitude only; {option} takes local metres to a .csv or "
            ".gpkg file."
        )
    if target.is_dir():
        raise SettingsError(f"Cannot write to {target}: it is a folder; name a file with {option}.")
    if not target.exists():
        return
    if is_among(target, inputs):
        raise SettingsError(
            f"{shown_name(target)} is an input, which is never overwritten; name another file "
            f"with {option}."
        )


def _check_beside(target: Path, folder: str | Path | None) -> None:
    """Refuse what is in the way of the result folder or of a file that it will hold."""
    if folder is None:
        return
    if _holds(target, folder):
        raise SettingsError(
            "--write-corrected and --out name the same place; name another file with "
            "--write-corrected."
        )
    for name in _DIAGNOSIS_FILES:
        if _holds(Path(folder) / name, target):
            raise SettingsError(
                f"{name} is a file of the result that --out writes; name another file with "
                "--write-corrected."
            )


def same_place(one: str | Path, other: str | Path) -> bool:
    """Tell whether two paths are one place, in any case of their letters."""
    return _holds(one, other) and _holds(other, one)


def _holds(place: str | Path, path: str | Path) -> bool:
    """Tell whether a path is a place or lies in it, in any case of their letters."""
    wanted = Path(str(Path(place).resolve()).casefold())
    return Path(str(Path(path).resolve()).casefold()).is_relative_to(wanted)


def _close(restricted: Path, target: Path) -> None:
    """Leave the folder of restricted files to its owner, if the target lies in it."""
    if restricted.is_dir() and any(at.samefile(restricted) for at in target.absolute().parents):
        restricted.chmod(_OWNER_FOLDER)


def _no_copy(target: Path, error: OSError, option: str) -> str:
    reason = (error.strerror or "the system refused").lower()
    return f"Cannot write to {target}: {reason}; name another file with {option}."


def _missing_parents(target: Path) -> list[Path]:
    """List the folders above the target that do not exist yet, the innermost first."""
    return [folder for folder in target.absolute().parents if not folder.exists()]


def _prepare(temporary: Path, target: Path) -> None:
    if not str(target).strip() or str(target) == ".":
        raise SettingsError("--out names no folder; give the name of a folder, such as result.")
    if target.exists() and not target.is_dir():
        raise SettingsError(f"Cannot write to {target}: it is a file; name a folder with --out.")
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary.mkdir()


def _put_in_place(temporary: Path, target: Path) -> None:
    if not target.exists():
        temporary.replace(target)
        return
    files = sorted(path for path in temporary.rglob("*") if path.is_file())
    places = [target / path.relative_to(temporary) for path in files]
    # All or nothing: what could not be replaced is found before anything is.
    for place in places:
        if place.is_dir() or (place.parent.exists() and not place.parent.is_dir()):
            raise FileExistsError(17, f"{place.relative_to(target)} is in the way")
    for document, names in _BELONGING.items():
        if (temporary / document).exists():
            for name in names:
                (target / name).unlink(missing_ok=True)
    with suppress(OSError):
        (target / RESTRICTED).rmdir()
    for path, place in zip(files, places, strict=True):
        if place.parent != target:
            place.parent.mkdir(mode=_OWNER_FOLDER, exist_ok=True)
            place.parent.chmod(_OWNER_FOLDER)
        path.replace(place)


def _unwritable(target: Path, error: OSError) -> str:
    reason = (error.strerror or "the system refused").lower()
    return f"Cannot write to {target}: {reason}; name another folder with --out."


def to_bytes(table: pd.DataFrame) -> bytes:
    r"""Write a table as CSV, or as GeoJSON if it has geometry; numbers read back equal.

    Examples
    --------
    >>> import pandas as pd
    >>> to_bytes(pd.DataFrame({"id": ["S1"], "lat": [39.5]}))
    b'id,lat\nS1,39.5\n'
    """
    if hasattr(table, "geometry"):
        layer: Any = table
        return f"{layer.to_json(to_wgs84=True, drop_id=True, separators=(',', ':'))}\n".encode()
    return table.to_csv(index=False, lineterminator="\n").encode()
