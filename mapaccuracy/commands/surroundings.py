"""What the program finds around it: libraries, formats, data of PROJ, folders it can write.

Nothing here is imported before it is looked at: it must run where hardly anything else does.
"""

from __future__ import annotations

import importlib
import locale
import platform
import re
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from importlib import metadata
from typing import Any, Literal

State = Literal["ok", "missing", "absent"]
Entry = dict[str, Any]

# Libraries without which nothing runs, by the name under which they are imported.
_NEEDED = {
    "numpy": "numpy",
    "scipy": "scipy",
    "pandas": "pandas",
    "shapely": "shapely",
    "geopandas": "geopandas",
    "pyogrio": "pyogrio",
    "pyproj": "pyproj",
    "scikit-learn": "sklearn",
    "ortools": "ortools",
    "click": "click",
    "rich": "rich",
    "openpyxl": "openpyxl",
    "ppigrf": "ppigrf",
    "mgrs": "mgrs",
    "tomlkit": "tomlkit",
}
# Extra: its library, the name under which that is imported, what it is for.
EXTRAS = {
    "parquet": ("pyarrow", "pyarrow", "GeoParquet"),
    "postgis": ("psycopg", "psycopg", "tables of PostGIS"),
    "report": ("matplotlib", "matplotlib", "the figure of diagnose"),
}
# Driver of GDAL: the formats that it serves, and whether nothing runs without it.
_DRIVERS = {
    "GPKG": ("GeoPackage", True),
    "ESRI Shapefile": ("Shapefile", True),
    "GeoJSON": ("GeoJSON", True),
    "OpenFileGDB": ("File Geodatabase", False),
    "ESRIJSON": ("outlines and lines of ArcGIS services", False),
}
_PYTHON = (3, 11)


def surroundings() -> dict[str, Any]:
    """Look at what is installed and what works, and say what is missing.

    Returns
    -------
    dict
        ``complete``: whether all that is needed is there. ``parts``: dicts with ``group``,
        ``name``, ``state`` (``ok``; ``missing``: it is needed; ``absent``: something cannot be
        done), ``found`` (a version, or what was seen) and ``means`` (what follows, or "").

    Notes
    -----
    No path, no name of a user or of a machine: this is to be pasted into a report of a fault. The
    text of an error is left out for the same reason.

    Examples
    --------
    >>> found = surroundings()
    >>> found["complete"], found["parts"][0]["name"]
    (True, 'mapaccuracy')
    """
    parts = [
        *_program(),
        *_libraries(),
        *_drivers(),
        *_proj(),
        *_extras(),
        *_folders(),
        *_terminal(),
    ]
    return {"complete": all(part["state"] != "missing" for part in parts), "parts": parts}


def _part(group: str, name: str, state: State, found: str, means: str = "") -> Entry:
    return {"group": group, "name": name, "state": state, "found": found, "means": means}


def _program() -> Iterator[Entry]:
    yield _part("program", "mapaccuracy", "ok", _version("mapaccuracy") or "not installed by pip")
    enough = sys.version_info[:2] >= _PYTHON
    yield _part(
        "program",
        "Python",
        "ok" if enough else "missing",
        f"{platform.python_version()} ({platform.python_implementation()})",
        "" if enough else "Python 3.11 or later is needed",
    )
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    yield _part("program", "system", "ok", " ".join(system.split()))


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _loads(module: str) -> bool:
    """Tell whether a library that is installed can be used: a part of it may be missing."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            importlib.import_module(module)
    except Exception:  # a damaged library fails in any way
        return False
    return True


def _least() -> dict[str, str]:
    """Give the oldest version of each library that the package asks for."""
    try:
        asked = metadata.requires("mapaccuracy") or []
    except metadata.PackageNotFoundError:
        return {}
    found = (re.match(r"([\w.-]+)(?:\[[^]]*\])?\s*>=\s*([\d.]+)", text) for text in asked)
    return {match[1].lower(): match[2] for match in found if match}


def _older(version: str, least: str) -> bool:
    """Compare two versions by their leading numbers.

    Examples
    --------
    >>> _older("1.9.2", "1.10"), _older("2.0", "2.0"), _older("3.0rc1", "2.9")
    (True, False, False)
    """

    def numbers(text: str) -> list[int]:
        parts = [int(part) for part in re.findall(r"\d+", re.split(r"[a-z+-]", text)[0])]
        return parts + [0] * (4 - len(parts))

    return numbers(version) < numbers(least)


def _libraries() -> Iterator[Entry]:
    least = _least()
    inner: dict[str, Callable[[], str]] = {"shapely": _geos, "pyogrio": _gdal, "pyproj": _proj_used}
    for package, module in _NEEDED.items():
        version = _version(package)
        if version is None:
            means = f'needed: pip install "{package}"'
            yield _part("library", package, "missing", "not installed", means)
        elif not _loads(module):
            means = f'it, or what it needs, is damaged: pip install --force-reinstall "{package}"'
            yield _part("library", package, "missing", f"{version}, cannot be loaded", means)
        elif package in least and _older(version, least[package]):
            means = f'too old: pip install "{package}>={least[package]}"'
            yield _part("library", package, "missing", version, means)
        else:
            own = f" ({inner[package]()})" if package in inner else ""
            yield _part("library", package, "ok", version + own)


def _geos() -> str:
    import shapely

    return f"GEOS {shapely.geos_version_string}"


def _gdal() -> str:
    import pyogrio

    return f"GDAL {pyogrio.__gdal_version_string__}"


def _proj_used() -> str:
    import pyproj

    return f"PROJ {pyproj.proj_version_str}"


def _drivers() -> Iterator[Entry]:
    try:
        import pyogrio

        known = pyogrio.list_drivers(read=True)
    except Exception:  # as in `_loads`; told there
        known = {}
    for driver, (formats, needed) in _DRIVERS.items():
        if driver in known:
            yield _part("format", driver, "ok", formats)
        else:
            means = f"{formats} cannot be read: use pyogrio as pip installs it"
            state: State = "missing" if needed else "absent"
            yield _part("format", driver, state, "not in this GDAL", means)


def _proj() -> Iterator[Entry]:
    try:
        from pyproj.database import get_database_metadata

        version = get_database_metadata("EPSG.VERSION")
    except Exception:  # no proj.db, or a damaged one
        version = None
    if version is None:
        means = "coordinate systems cannot be looked up: pip install --force-reinstall pyproj"
        yield _part("coordinates", "proj.db", "missing", "not found", means)
        return
    yield _part("coordinates", "proj.db", "ok", f"EPSG database {version}")
    if not _loads("mapaccuracy.coordinates"):
        means = "mend the libraries first"
        yield _part("coordinates", "EPSG:15865", "missing", "could not be asked", means)
        return
    try:
        from mapaccuracy.coordinates import sk42_operation

        operation = sk42_operation()
    except Exception:  # a PROJ that knows no such operation
        means = (
            "positions in SK-42 would be read by another operation, 3 to 14 m off: update pyproj"
        )
        yield _part("coordinates", "EPSG:15865", "missing", "not in this PROJ", means)
    else:
        yield _part("coordinates", "EPSG:15865", "ok", str(operation))
    import pyproj.network

    on = bool(pyproj.network.is_network_enabled())  # type: ignore[attr-defined]
    yield _part(
        "coordinates",
        "network of PROJ",
        "absent" if on else "ok",
        "on" if on else "off",
        "PROJ may fetch grids, and results may differ between machines: set PROJ_NETWORK=OFF"
        if on
        else "",
    )


def _extras() -> Iterator[Entry]:
    for extra, (package, module, use) in EXTRAS.items():
        version = _version(package)
        if version is not None and _loads(module):
            yield _part("extra", extra, "ok", f"{package} {version}: {use}")
        else:
            means = f"for {use}: pip install 'mapaccuracy[{extra}]'"
            yield _part("extra", extra, "absent", "not installed", means)


def _folders() -> Iterator[Entry]:
    for name, folder in (("temporary folder", None), ("working folder", ".")):
        try:
            with tempfile.TemporaryFile(dir=folder) as file:
                file.write(b"x")
                file.flush()
        except OSError:
            means = "results are written elsewhere with --out"
            if folder is None:
                means = "archives and workbooks may not be read: set TMPDIR (on Windows TEMP)"
            yield _part("folder", name, "absent", "cannot be written", means)
        else:
            yield _part("folder", name, "ok", "can be written")


def _terminal() -> Iterator[Entry]:
    encoding = locale.getencoding()
    language = locale.getlocale()[0] or "C"
    yield _part("terminal", "encoding", "ok", f"{encoding}, locale {language}")
