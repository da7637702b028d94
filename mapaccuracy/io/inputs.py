"""One door for every input file: check that it is there, then give it to its format's reader."""

from __future__ import annotations

import codecs
import hashlib
import stat
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import BinaryIO

from mapaccuracy.errors import InputError, SettingsError
from mapaccuracy.io import (
    database,
    delimited,
    gpx,
    keyhole,
    services,
    shapefile,
    vector,
    workbook,
    zipped,
)
from mapaccuracy.io.addresses import address_of, scheme_of
from mapaccuracy.io.named import STDIN, files_of
from mapaccuracy.io.request import SAVE_AGAIN, Request, refused, shown_name, unreadable
from mapaccuracy.schema import Problem, RawTable, Role

_SQLITE = b"SQLite format 3\x00"
_ZIP = b"PK\x03\x04"
_SHP = b"\x00\x00'\n"
_PARQUET = b"PAR1"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"

# What a file's first bytes say, against what its ending says.
_CONTENTS = (
    (_SQLITE, "a GeoPackage or another SQLite file"),
    (_ZIP, "an Excel workbook, a KMZ or another ZIP archive"),
    (_SHP, "the .shp part of a shapefile"),
    (_PARQUET, "a Parquet file"),
    (_OLD_EXCEL, "an old Excel workbook (.xls)"),
    (b"%PDF", "a PDF"),
)


@dataclass(frozen=True)
class _Format:
    name: str
    endings: tuple[str, ...]
    start: bytes | None
    read: Callable[[Request], tuple[RawTable, ...]]


_CSV = _Format("CSV", (".csv", ".txt", ".tsv"), None, delimited.read)
_GEOJSON = _Format("GeoJSON", (".geojson", ".json"), None, vector.read_geojson)
_GEODATABASE = _Format("a File Geodatabase", (".gdb",), None, vector.read_geodatabase)
_FORMATS = (
    _CSV,
    _Format("an Excel workbook", (".xlsx", ".xlsm"), _ZIP, workbook.read),
    _GEOJSON,
    _Format("a GeoPackage", (".gpkg",), _SQLITE, vector.read_geopackage),
    _Format("a shapefile", (".shp",), _SHP, shapefile.read),
    _GEODATABASE,
    _Format("a zipped shapefile or File Geodatabase", (".zip",), _ZIP, zipped.read),
    _Format("KML", (".kml",), None, keyhole.read_kml),
    _Format("a KMZ archive", (".kmz",), _ZIP, keyhole.read_kmz),
    _Format("GPX", (".gpx",), None, gpx.read),
    _Format("GeoParquet", (".parquet", ".geoparquet"), _PARQUET, vector.read_geoparquet),
)
# Scheme of an address: what reads it, and lists its layers.
_REMOTE = {"http": services, "https": services, "postgresql": database, "postgres": database}
_BY_ENDING = {ending: entry for entry in _FORMATS for ending in entry.endings}
# Parts of a shapefile that carry data; indexes and metadata leave the content alone.
_SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
# A geodatabase that is open somewhere holds such files for the time.
_LOCKS = ".lock"
_PIECE = 1 << 20
_AS_WORKBOOK = "open it in Excel or LibreOffice, and save it as .xlsx"
_UNREAD = {
    ".xls": ("old Excel workbooks are not read", _AS_WORKBOOK),
    ".xlsb": ("binary Excel workbooks are not read", _AS_WORKBOOK),
    ".ods": ("OpenDocument sheets are not read: ids would lose their zeros", _AS_WORKBOOK),
    ".mdb": ("Access databases are not read", "export the table as CSV or GeoPackage"),
    ".tab": ("MapInfo tables are not read", "open it in QGIS, and save it as GeoPackage"),
}


def read(
    path: str | Path,
    role: Role,
    *,
    layer: str | None = None,
    columns: Mapping[str, str] | None = None,
    as_written: bool = False,
) -> tuple[RawTable, ...]:
    r"""Read one input file as it stands; nothing is converted or judged beyond its form.

    Parameters
    ----------
    path : str or Path
        CSV, XLSX, GeoJSON, GeoPackage, Shapefile or File Geodatabase (zipped or not), KML, KMZ,
        GPX or GeoParquet, told by its ending. A name with ``*``, ``?`` or ``[...]`` that is not
        there itself stands for all files that fit. ``-`` is CSV or GeoJSON on standard input.
        The address of a layer of an ArcGIS service (``https://.../FeatureServer/0``) is read as
        `mapaccuracy.io.services.read` says, that of a database (``postgresql://...?table=NAME``)
        as `mapaccuracy.io.database.read` does. An address is text: a Path loses its slashes.
    role : {"supplied", "finds", "searched", "districts", "accidents"}
        Decides by which columns a header row is recognised and which layers fit.
    layer : str, optional
        The only sheet or layer to read. Without it every sheet or layer that fits.
    columns : mapping of str to str, optional
        `Settings.columns`. When given, a CSV file of points is read without the columns
        that nobody will use; their headers are kept in `RawTable.unread`.
    as_written : bool
        Keep positions of a text file as text, with the zeros at their end.

    Returns
    -------
    tuple of RawTable
        One per sheet or layer, files in the order of their names; at least one.

    Raises
    ------
    InputError
        With every fault of the file's form: it is missing, a folder, unreadable, empty or
        without rows, lacks the layer, or has rows longer than its header.
    SettingsError
        If GeoParquet is given and its optional library is not installed.

    Notes
    -----
    Memory: the file's bytes beside the table; for a CSV of a million points and five
    columns about 0.4 GB at the peak.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "finds.csv"
    ...     _ = file.write_text("id;lat;lon;remark\n007;39,5;46,5;SYNTHETIC\n", "utf-8")
    ...     (table,) = read(file, "finds")
    >>> table.frame["id"].item(), table.frame["lat"].item(), table.rows.tolist(), table.crs
    ('007', 39.5, [2], None)
    """
    if scheme_of(path) is not None:
        address, reader = _remote(path)
        return tuple(reader.read(address, role, layer=layer, columns=columns))
    tables: list[RawTable] = []
    problems: list[Problem] = []
    named = {
        name.partition(".")[2]: header
        for name, header in (columns or {}).items()
        if name.startswith(f"{role}.")
    }
    for file, given in _files(path):
        try:
            entry = _entry(file) if given is None else _format_of(given)
            data = _bytes(file, entry) if given is None else given
            request = Request(
                path=file,
                data=data,
                role=role,
                layer=layer,
                columns=named,
                lean=columns is not None,
                as_written=as_written,
                sha256=_sha256(file, entry, data),
                opened=given,
            )
            tables += entry.read(request)
        except InputError as error:
            problems += [entry for entry in error.problems if isinstance(entry, Problem)]
    if problems:
        raise InputError(problems)
    return tuple(tables)


def read_all(
    paths: Mapping[Role, Sequence[str | Path]],
    layers: Mapping[Role, str] | None = None,
    columns: Mapping[str, str] | None = None,
) -> dict[Role, list[RawTable]]:
    """Read the files of every role, and show the faults of all of them at once.

    Parameters
    ----------
    paths : mapping of role to sequence of path
    layers : mapping of role to str, optional
        The only sheet or layer to read from the files of a role.
    columns : mapping of str to str, optional
        As in `read`.

    Returns
    -------
    dict of role to list of RawTable
        A key per role in `paths`.

    Raises
    ------
    InputError
        With the faults of all files together.
    SettingsError
        As in `read`, only if no file has a fault of its own; or if standard input is named twice.

    Examples
    --------
    >>> try:
    ...     read_all({"finds": ["no-such.csv"], "supplied": ["nor-this.gpkg"]})
    ... except InputError as error:
    ...     [f"{problem.code} {problem.source}" for problem in error.problems]
    ['MA001 no-such.csv', 'MA001 nor-this.gpkg']
    """
    if sum(str(file) == STDIN for files in paths.values() for file in files) > 1:
        raise SettingsError("Standard input (-) is named more than once; it can be read only once.")
    tables: dict[Role, list[RawTable]] = {}
    problems: list[Problem] = []
    refused: list[str] = []
    for role, files in paths.items():
        tables[role] = []
        for file in files:
            try:
                tables[role] += read(
                    file, role, layer=None if layers is None else layers.get(role), columns=columns
                )
            except InputError as error:
                problems += [entry for entry in error.problems if isinstance(entry, Problem)]
            except SettingsError as error:
                refused += error.messages
    if problems:
        raise InputError(problems)
    if refused:
        raise SettingsError(list(dict.fromkeys(refused)))
    return tables


def format_name(path: str | Path) -> str | None:
    """Name the format that a file's ending says; None if it says none that is read.

    Examples
    --------
    >>> format_name("finds.CSV"), format_name("finds.pdf")
    ('CSV', None)
    """
    entry = _BY_ENDING.get(Path(path).suffix.lower())
    return None if entry is None else entry.name


def layer_names(address: str | Path) -> list[str]:
    """Name the layers or tables behind an address; none if it names one.

    Raises
    ------
    InputError, SettingsError
        As in `read`.
    """
    text, reader = _remote(address)
    return list(reader.layer_names(text))


def _remote(path: str | Path) -> tuple[str, ModuleType]:
    scheme, address = address_of(path)
    if scheme not in _REMOTE:
        reason = f"nothing reads addresses that begin with {scheme}:"
        fix = f"give a file, or an address that begins with {' or '.join(_REMOTE)}"
        raise InputError([Problem("MA022", "address", values={"reason": reason, "fix": fix})])
    return address, _REMOTE[scheme]


def _files(path: str | Path) -> list[tuple[Path, bytes | None]]:
    """List the files that are meant; what comes by standard input is read at once."""
    if str(path) != STDIN:
        return [(file, None) for file in files_of(path)]
    file = Path("stdin")
    try:
        data = sys.stdin.buffer.read()
    except (OSError, ValueError, AttributeError):
        raise unreadable(file.name, "standard input cannot be read", fix="name a file") from None
    if not data:
        raise _without_bytes(file)
    return [(file, data)]


def _format_of(data: bytes) -> _Format:
    """Tell the format of what has no ending: GeoJSON begins with a brace, all else is CSV."""
    found = next((name for start, name in _CONTENTS if data.startswith(start)), None)
    if found is not None:
        reason = f"standard input takes CSV or GeoJSON, and this is {found}"
        raise unreadable("stdin", reason, fix="save it as a file, and name it")
    return _GEOJSON if data.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"{") else _CSV


def _entry(file: Path) -> _Format:
    ending = file.suffix.lower()
    entry = _BY_ENDING.get(ending)
    name = shown_name(file)
    missing = unreadable(name, "there is no such file", fix="check the name and the folder")
    try:
        mode = file.stat().st_mode
    except (FileNotFoundError, NotADirectoryError, ValueError):
        raise missing from None
    except OSError as error:
        raise refused(name, error) from None
    folder = stat.S_ISDIR(mode)
    if folder and entry is not _GEODATABASE:
        raise unreadable(name, "it is a folder", fix="name a file in it")
    if ending in _UNREAD:
        reason, fix = _UNREAD[ending]
        raise unreadable(name, reason, fix=fix)
    if entry is None:
        known = ", ".join(_BY_ENDING)
        raise unreadable(name, f"its ending '{Path(name).suffix}' is none of {known}")
    if entry is _GEODATABASE and not folder:
        raise unreadable(name, "a File Geodatabase is a folder, and this is a file")
    return entry


def _bytes(file: Path, entry: _Format) -> bytes:
    if entry is _GEODATABASE:
        return b""
    name = shown_name(file)
    try:
        data = file.read_bytes()
    except OSError as error:
        raise refused(name, error) from None
    if not data:
        raise _without_bytes(file)
    _check_start(file, entry, data)
    return data


def _without_bytes(file: Path) -> InputError:
    values = {"detail": ": it has 0 bytes"}
    return InputError([Problem("MA004", shown_name(file), values=values)])


def _check_start(file: Path, entry: _Format, data: bytes) -> None:
    if entry.start is None:
        found = next((name for start, name in _CONTENTS if data.startswith(start)), None)
        if found is not None:
            reason = f"its ending says {entry.name}, its content is {found}"
            raise unreadable(shown_name(file), reason, fix=f"correct the ending, or {SAVE_AGAIN}")
    elif not data.startswith(entry.start):
        reason = f"its content is not {entry.name}"
        fix = SAVE_AGAIN
        if data.startswith(_OLD_EXCEL) and file.suffix.lower() in (".xlsx", ".xlsm"):
            reason = "it is locked with a password, or an old Excel workbook under another ending"
            fix = "open it in Excel, take the password away, and save it as .xlsx"
        raise unreadable(shown_name(file), reason, fix=fix)


def _sha256(file: Path, entry: _Format, data: bytes) -> str:
    if entry is _GEODATABASE:
        return _of_folder(file)
    if entry.start != _SHP:
        return hashlib.sha256(data).hexdigest()
    total = hashlib.sha256()
    part = file
    try:
        for part in sorted(_shapefile_parts(file)):
            total.update(part.read_bytes())
    except OSError as error:
        whole = part.suffix == file.suffix
        what = "it and its other parts" if whole else f"its {part.suffix.lower()} part"
        raise refused(shown_name(file), error, what) from None
    return total.hexdigest()


def _of_folder(folder: Path) -> str:
    """Give the hash of the files of a folder one after the other, in the order of their names."""
    total = hashlib.sha256()
    try:
        parts = sorted(part for part in folder.iterdir() if not part.name.endswith(_LOCKS))
        if any(part.is_symlink() for part in parts):
            raise unreadable(shown_name(folder), "it holds a link to another file")
        for part in filter(Path.is_file, parts):
            with part.open("rb") as stream:
                for piece in _pieces(stream):
                    total.update(piece)
    except OSError as error:
        raise refused(shown_name(folder), error, "all of it") from None
    return total.hexdigest()


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    while piece := stream.read(_PIECE):
        yield piece


def _shapefile_parts(file: Path) -> list[Path]:
    return [
        part
        for part in file.parent.iterdir()
        if part.stem == file.stem and part.suffix.lower() in _SHAPEFILE_PARTS
    ]
