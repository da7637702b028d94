"""Which coordinate system the positions of a table are in: stated, given, or told by headers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

from mapaccuracy.coordinates import WGS84, Operation, operation, to_wgs84
from mapaccuracy.coordinates.positions import Order
from mapaccuracy.errors import SettingsError
from mapaccuracy.schema import GIVEN_AS, LOCAL, Floats, Problem, RawTable, Role, Settings, normalise

Kind = Literal["geometry", "degrees", "plane", "written"]


@dataclass(frozen=True)
class Reference:
    """Where the positions of a table stand, and in which coordinate system.

    Attributes
    ----------
    kind : {"geometry", "degrees", "plane", "written"}
        In the geometry, in columns lat and lon, in columns x and y, or as text in one column.
    east, north : str or None
        Headers of the columns.
    operation : Operation or None
        The way to WGS 84; None for local planar metres.
    assumed : bool
        Nobody states the system: WGS 84 because the headers say latitude and longitude, or the
        text is one of degrees.
    definition : str or None
        The system as it was stated or given.
    position : str or None
        Header of the column that holds whole positions as text, whether it decides or not.
    order : {"lat,lon", "lon,lat"} or None
        Of two numbers without letters in that column.
    """

    kind: Kind
    east: str | None
    north: str | None
    operation: Operation | None
    assumed: bool = False
    definition: str | None = None
    position: str | None = None
    order: Order | None = None

    @property
    def crs(self) -> str:
        """Short name for the result."""
        return LOCAL if self.operation is None else self.operation.crs

    @property
    def in_degrees(self) -> bool:
        """Whether positions, as they stand, are degrees."""
        return self.operation is not None and not self.operation.projected

    @property
    def accuracy_m(self) -> float | None:
        """Accuracy that is stated for the way to WGS 84; None if unknown or nothing is done."""
        return None if self.operation is None else self.operation.accuracy_m

    def way(self) -> str | None:
        """Say how positions become WGS 84; None if nothing is to be done."""
        return None if self.operation is None else self.operation.told

    def used(self) -> str:
        """Name the place of the positions that are used."""
        if self.kind == "geometry":
            return "the geometry"
        if self.kind == "written":
            return f"'{self.position}'"
        return f"'{self.north}' and '{self.east}'"

    def to_degrees(self, east: Floats, north: Floats) -> tuple[Floats, Floats]:
        """Bring positions to WGS 84 longitude and latitude."""
        done = self.kind == "written"  # the grammar has asked for the way to WGS 84 itself
        if done or self.operation is None or self.operation.name is None or east.size == 0:
            return east, north
        return to_wgs84(east, north, self.definition or self.operation.crs)


def refer(table: RawTable, found: Mapping[str, str], role: Role, settings: Settings) -> Reference:
    """Decide where positions stand and in which coordinate system.

    Parameters
    ----------
    table : RawTable
    found : mapping of str to str
        Column name to header; lat and lon, x and y, or position, if the table has no geometry.
    role : str
    settings : Settings

    Returns
    -------
    Reference

    Raises
    ------
    SettingsError
        If no coordinate system is known, PROJ does not know it, or two contradict.
    """
    role = GIVEN_AS.get(role, role)
    own = {"supplied": settings.supplied_crs, "finds": settings.finds_crs}.get(role)
    if settings.local:
        return _local(table, found)
    stated = table.crs
    if stated is not None:
        _check_stated(table, stated)
    if own is not None and stated is not None and not _same(own, stated):
        raise SettingsError(
            f"{table.source} states {operation(stated).crs}, but --{role}-crs says "
            f"{operation(own).crs}: leave --{role}-crs away, or correct the file."
        )
    crs = next((name for name in (own, stated, settings.crs) if name is not None), None)
    option = f"--{role}-crs" if role in ("supplied", "finds") else "--crs"
    way = None if crs is None else operation(crs)
    position = found.get("position")
    order = cast("Order | None", settings.formats.get(f"{role}.position"))
    if table.geometry is not None:
        if way is None:
            raise SettingsError(
                f"{table.source} states no coordinate system: give {option} EPSG:nnnn "
                "(--crs local for planar metres), or save the file with one."
            )
        return Reference(
            "geometry", None, None, way, definition=crs, position=position, order=order
        )
    degrees, plane = {"lat", "lon"} <= set(found), {"x", "y"} <= set(found)
    # Metres of a system that nobody states cannot be used; text may tell its own.
    if position is not None and not degrees and not (plane and way is not None):
        assumed = way is None
        way = way or operation(WGS84)
        return Reference("written", None, None, way, assumed, crs, position, order)
    if plane and (not degrees or (way is not None and way.projected)):
        if way is None:
            raise SettingsError(
                f"{table.source} gives {found['x']} and {found['y']}, and no coordinate system: "
                f"give {option} EPSG:nnnn, or --crs local for planar metres."
            )
        return Reference("plane", found["x"], found["y"], way, False, crs, position, order)
    if way is None:
        wgs84 = operation(WGS84)
        return Reference("degrees", found["lon"], found["lat"], wgs84, True, None, position, order)
    if way.projected:
        raise SettingsError(
            f"{table.source}: '{found['lat']}' and '{found['lon']}' say latitude and longitude, "
            f"but {way.crs} is in metres: give {option} of degrees, such as EPSG:4326, or name "
            f"the columns with --columns {role}.x=HEADER --columns {role}.y=HEADER."
        )
    return Reference("degrees", found["lon"], found["lat"], way, False, crs, position, order)


def remarks(table: RawTable, reference: Reference, role: Role, fits: bool) -> list[Problem]:
    """Say what a reader of the result must know of the coordinate system.

    Parameters
    ----------
    table : RawTable
    reference : Reference
    role : str
    fits : bool
        Whether all numbers are degrees, so that an assumed system can be believed.

    Returns
    -------
    list of Problem
        Warnings and information only.
    """
    way, place = reference.operation, table.layer or ""
    role = GIVEN_AS.get(role, role)
    if way is None:
        return []
    found = []
    if reference.assumed and fits:
        option = f"{role}-" if role in ("supplied", "finds") else ""
        found.append(Problem("MA201", table.source, place, values={"role_option": option}))
    if way.name is not None:
        values = {"crs": way.crs, "operation": reference.way() or ""}
        found.append(Problem("MA216", table.source, place, values=values))
    if way.missing is not None:
        values = {"crs": way.crs, "missing": way.missing}
        found.append(Problem("MA224", table.source, place, values=values))
    if way.ballpark:
        found.append(Problem("MA217", table.source, place, values={"crs": way.crs}))
    if way.north_first and reference.kind == "plane":
        found += northing_called_x(table, reference, (reference.east, reference.north), role)
    return found


def northing_called_x(
    table: RawTable,
    reference: Reference,
    headers: tuple[str | None, str | None],
    role: Role,
    point: str = "",
) -> list[Problem]:
    """Ask whether easting and northing are exchanged, unless the header of the easting tells.

    A header Y of the easting tells: it is what the system calls it, and never recognised as
    easting, so that the user has said so.

    Parameters
    ----------
    table : RawTable
    reference : Reference
        Of a coordinate system that calls its northing X.
    headers : tuple of (str or None)
        Of easting and northing.
    role : str
    point : str
        How the names of our columns begin: "" for positions, else ``reference_``.
    """
    x, y = headers
    # "easting" leaves nothing open; "x" does.
    if x is None or "east" in normalise(x) or "y" in normalise(x).split("_"):
        return []
    values = {"crs": reference.crs, "x": x, "y": y or "", "role": role, "point": point}
    return [Problem("MA218", table.source, table.layer or "", values=values)]


def _local(table: RawTable, found: Mapping[str, str]) -> Reference:
    if table.geometry is not None:
        return Reference("geometry", None, None, None)
    if {"x", "y"} <= set(found):
        return Reference("plane", found["x"], found["y"], None)
    raise SettingsError(
        f"{table.source} gives latitude and longitude, but --crs local means planar metres: "
        "leave --crs local away, or give columns x and y."
    )


def _check_stated(table: RawTable, stated: str) -> None:
    """Refuse a coordinate system that a file states and nobody knows; the file is named."""
    try:
        operation(stated)
    except SettingsError as error:
        raise SettingsError([f"{table.source}: {said}" for said in error.messages]) from None


def _same(one: str, other: str) -> bool:
    left, right = operation(one), operation(other)
    return left.crs == right.crs
