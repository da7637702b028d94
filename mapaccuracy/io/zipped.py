"""Zipped shapefiles and File Geodatabases: as GIS offices send them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from mapaccuracy.errors import InputError
from mapaccuracy.io import archives, shapefile
from mapaccuracy.io.archives import Archive
from mapaccuracy.io.request import Request
from mapaccuracy.io.vector import Source, read_sources
from mapaccuracy.schema import Problem, RawTable

_DAMAGED = "its content is not a complete ZIP archive"
_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_GEODATABASE = ".gdb"
# What else could hold data; named, so that nobody takes it for read.
_OTHERS = (
    ".csv",
    ".xlsx",
    ".xlsm",
    ".gpkg",
    ".geojson",
    ".kml",
    ".kmz",
    ".gpx",
    ".parquet",
    ".zip",
)
_OF_SYSTEMS = ("__MACOSX/", "._")


def read(request: Request) -> tuple[RawTable, ...]:
    """Read every shapefile and geodatabase in an archive whose layers fit the role.

    Raises
    ------
    InputError
        If the archive breaks the limits of `archives`, holds neither, or a shapefile in it lacks
        a part.
    """
    archive = archives.opened(request.data, request.refuse, _DAMAGED)
    names = [name for name in archive.names if not _is_of_system(name)]
    shapefiles, geodatabases = _shapefiles(names), _geodatabases(names)
    if not (shapefiles or geodatabases):
        fix = "unpack it, and name a file in it"
        raise request.refuse("it holds no shapefile and no File Geodatabase", fix=fix)
    sources = [*_of_shapefiles(request, archive, shapefiles)]
    for folder in geodatabases:
        for name in names:
            if name.startswith(f"{folder}/"):
                archive.read(name)  # as it is unpacked, its size and checksum are proven
        opened = f"/vsizip/{request.path.absolute().as_posix()}/{folder}"
        sources.append(Source(opened, numbered=True))
    tables = read_sources(request, sources)
    others = sorted({PurePosixPath(name).suffix.lower() for name in names} & set(_OTHERS))
    if not others:
        return tables
    first, *rest = tables
    said = request.left_out(f"files of other formats ({', '.join(others)})")
    return (replace(first, problems=(said, *first.problems)), *rest)


def _is_of_system(name: str) -> bool:
    return name.startswith(_OF_SYSTEMS[0]) or PurePosixPath(name).name.startswith(_OF_SYSTEMS[1])


def _shapefiles(names: list[str]) -> dict[str, dict[str, str]]:
    """Group the parts of shapefiles by their common name; a part of none is left out."""
    found: dict[str, dict[str, str]] = {}
    for name in names:
        path = PurePosixPath(name)
        if path.suffix.lower() in _PARTS:
            found.setdefault(str(path.with_suffix("")), {})[path.suffix.lower()] = name
    needed = {".shp", ".shx"}
    return {name: parts for name, parts in sorted(found.items()) if needed & set(parts)}


def _geodatabases(names: list[str]) -> list[str]:
    folders = {
        str(parent)
        for name in names
        for parent in PurePosixPath(name).parents
        if parent.suffix.lower() == _GEODATABASE
    }
    return sorted(folders)


def _of_shapefiles(
    request: Request, archive: Archive, shapefiles: Mapping[str, Mapping[str, str]]
) -> Iterator[Source]:
    faults: list[Problem] = []
    made = []
    for path, names in shapefiles.items():
        label = PurePosixPath(path).name
        place = f"layer {label}" if len(shapefiles) > 1 else ""
        try:
            parts = {part: archive.read(name) for part, name in names.items()}
            encoding = shapefile.check(request, parts, place)
        except InputError as error:
            faults += [entry for entry in error.problems if isinstance(entry, Problem)]
            continue
        made.append(Source(_alone(parts), label, encoding=encoding))
    if faults:
        raise InputError(faults)
    yield from made


def _alone(parts: Mapping[str, bytes]) -> bytes:
    """Make an archive of one shapefile that is opened in memory."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for part, data in parts.items():
            archive.writestr(f"layer{part}", data)
    return stream.getvalue()
