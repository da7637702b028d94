"""The columns of each role, and the headers by which they are recognised.

One table drives intake, messages and docs. A header is compared after `normalise`.
A synonym that starts with ``*`` matches the end of a header.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

Role = Literal[
    "supplied",
    "finds",
    "searched",
    "districts",
    "accidents",
    "legs",
    "landmarks",
    "row_ends",
    "tasks",
    "rows",
    "areas",
    "quantities",
]
ROLES: tuple[Role, ...] = ("supplied", "finds", "searched", "districts", "accidents", "tasks")
# What a supplied map holds beside points, and finds without a position: told from the shape of
# the rows, each with the role it is given as.
GIVEN_AS: Mapping[Role, Role] = {"rows": "supplied", "areas": "supplied", "quantities": "finds"}
# Roles of records by bearing and distance: no part of an evaluation.
TRAVERSE_ROLES: tuple[Role, ...] = ("legs", "landmarks", "row_ends")
# What files may be given as, and so what a configuration may say of.
INPUT_ROLES: tuple[Role, ...] = (*ROLES, *TRAVERSE_ROLES)
GEOMETRY: Mapping[Role, Literal["points", "lines", "polygons", "table"]] = {
    "supplied": "points",
    "finds": "points",
    "searched": "polygons",
    "districts": "polygons",
    "accidents": "points",
    "legs": "table",
    "landmarks": "points",
    "row_ends": "table",
    "tasks": "polygons",
    "rows": "lines",
    "areas": "polygons",
    "quantities": "table",
}


@dataclass(frozen=True)
class Column:
    """One column of a role.

    Attributes
    ----------
    name : str
        Name in our frames, messages and configuration.
    dtype : {"text", "number"}
        How cells are read.
    unit : str
        Unit of a number, or "".
    required : bool
        A row without it cannot be used.
    meaning : str
        One sentence for the docs.
    synonyms : tuple of str
        Normalised headers that are taken for this column, best first.
    """

    name: str
    dtype: Literal["text", "number"]
    unit: str
    required: bool
    meaning: str
    synonyms: tuple[str, ...]


def _text(name: str, meaning: str, *synonyms: str, required: bool = False) -> Column:
    return Column(name, "text", "", required, meaning, (name, *synonyms))


def _number(name: str, unit: str, meaning: str, *synonyms: str) -> Column:
    return Column(name, "number", unit, False, meaning, (name, *synonyms))


_LAT = _number(
    "lat",
    "degrees",
    "latitude, north positive",
    "latitude",
    "lat_y",
    "y_lat",
    "lat_dd",
    "latitude_dd",
    "lat_wgs84",
    "lat_deg",
    "широта",
    "enlik",
    "خط_العرض",
)
_LON = _number(
    "lon",
    "degrees",
    "longitude, east positive",
    "longitude",
    "long",
    "lng",
    "long_x",
    "lon_x",
    "x_long",
    "x_lon",
    "lon_dd",
    "longitude_dd",
    "lon_wgs84",
    "lon_deg",
    "долгота",
    "uzunluq",
    "خط_الطول",
)
_X = _number(
    "x",
    "metres",
    "easting in the stated coordinate system",
    "easting",
    "east",
    "x_m",
    "x_coord",
    "utm_x",
    "utm_e",
    "east_m",
    "easting_m",
    "user_entered_x",
)
_Y = _number(
    "y",
    "metres",
    "northing in the stated coordinate system",
    "northing",
    "north",
    "y_m",
    "y_coord",
    "utm_y",
    "utm_n",
    "north_m",
    "northing_m",
    "user_entered_y",
)
_POSITION = _text(
    "position",
    "whole position in one cell: degrees in any notation, MGRS, or UTM with its zone",
    "mgrs",
    "user_entered_mgrs",
    "mgrs_coordinates",
    "mgrs_coordinate",
    "mgrs_reference",
    "location_mgrs",
    "position_mgrs",
    "coordinates_mgrs",
    "grid_reference",
    "grid_ref",
    "gridref",
    "utm",
    "utm_coordinates",
    "coordinates",
    "coordinate",
    "coords",
    "coord",
    "coordinates_wgs84",
    "lat_lon",
    "latlon",
    "lat_long",
    "latlong",
    "latitude_longitude",
    "gps",
    "gps_position",
    "gps_coordinates",
    "gps_coords",
    "координаты",
    "координата",
    "местоположение",
    "широта_долгота",
    "koordinatlar",
    "koordinat",
    "koordinatları",
    "mövqe",
    "الإحداثيات",
    "إحداثيات",
    "احداثيات",
    "الموقع",
)
_DISTRICT = _text(
    "district",
    "district as typed; the polygon it lies in counts, where polygons are given",
    "district_name",
    "district_en",
    "rayon",
    "raion",
    "region",
    "adm2_en",
    "adm2_name",
    "adm2_pcode",
    "район",
    "rayonu",
)
_ACCURACY = _number(
    "accuracy_m",
    "metres",
    "stated accuracy of the position",
    "accuracy",
    "gps_accuracy_m",
    "gps_accuracy",
    "re_gps_accuracy",
)
_ID = (
    "номер",
    "номер_точки",
    "точка",
    "точки",
    "ид",
    "идентификатор",
    "nömrə",
    "nömrəsi",
    "nöqtə",
    "nöqtənin_nömrəsi",
)
_TYPE = (
    "category",
    "item_type",
    "mine_type",
    "device_type",
    "ordnance_type",
    "ordcategoryenum",
    "ordnance_category",
    "тип",
    "növü",
)

# A record may name several such points; the one from which azimuths and distances are counted
# comes first. Not "datum": in the field it may mean a start point, elsewhere a geodetic datum.
_REFERENCE = (
    "reference",
    "ref",
    "reference_point",
    "ref_point",
    "rp",
    "benchmark",
    "bm",
    "landmark",
    "start_point",
    "starting_point",
    "sp",
)
_REFERENCE_RU = ("ориентира", "опорной_точки", "исходной_точки", "начальной_точки", "репера")


def _of_reference(
    name: str, unit: str, meaning: str, words: Sequence[str], russian: Sequence[str]
) -> Column:
    """Make a column of the reference point, whose headers are every pair of words."""
    english = (f"{point}_{word}" for point in _REFERENCE for word in words)
    after = (f"{word}_{point}" for word in russian for point in _REFERENCE_RU)
    before = (f"ориентир_{word}" for word in russian)
    others = dict.fromkeys((*english, *before, *after))
    return _number(name, unit, meaning, *(word for word in others if word != name))


_REFERENCE_COLUMNS = (
    _of_reference(
        "reference_lat",
        "degrees",
        "latitude of the point of reference (landmark, benchmark, start point) from which the "
        "record gives azimuth and distance, in the coordinate system of the positions",
        ("lat", "latitude"),
        ("широта",),
    ),
    _of_reference(
        "reference_lon",
        "degrees",
        "longitude of the point of reference",
        ("lon", "long", "lng", "longitude"),
        ("долгота",),
    ),
    _of_reference(
        "reference_x",
        "metres",
        "easting of the point of reference, in the coordinate system of the positions",
        ("x", "easting"),
        ("x",),
    ),
    _of_reference(
        "reference_y",
        "metres",
        "northing of the point of reference",
        ("y", "northing"),
        ("y",),
    ),
)

_STATUS = (
    "land_status",
    "land_release_status",
    "clearance_status",
    "status_guid",
    "release_type",
    "hazreductypeenum",
    "статус",
    "состояние",
    "statusu",
    "vəziyyət",
    "vəziyyəti",
    "*_status",
)
_RECORD = (
    "record",
    "record_no",
    "record_number",
    "minefield_record",
    "minefield_id",
    "minefield",
    "field_id",
    "formulyar",
    "form_no",
    "формуляр",
)
_COUNT = ("quantity", "qty", "mines", "number_of_mines", "количество")


def _of_end(end: str, words: Sequence[str], russian: str) -> tuple[Column, ...]:
    """Make the columns of one end of a row."""
    axes = (
        ("lat", "degrees", "latitude", ("latitude",), "широта"),
        ("lon", "degrees", "longitude", ("long", "lng", "longitude"), "долгота"),
        ("x", "metres", "easting", ("easting",), "x"),
        ("y", "metres", "northing", ("northing",), "y"),
    )
    return tuple(
        _number(
            f"{end}_{axis}",
            unit,
            f"{name} of the {end} of the row",
            *(f"{word}_{axis}" for word in words),
            *(f"{word}_{other}" for word in (end, *words) for other in others),
            f"{own}_{russian}",
        )
        for axis, unit, name, others, own in axes
    )


_LEGS = (
    _text("record_id", "minefield record that the leg belongs to", *_RECORD, required=True),
    _number(
        "leg",
        "",
        "place of the leg in its record; without such a column the order of the rows counts",
        "leg_no",
        "leg_number",
        "pointno",
        "seq",
        "sequence",
    ),
    _text(
        "from",
        "where the leg begins: the id of a landmark, or a point that an earlier leg of the record "
        "reached; blank: where the leg before it ended",
        "from_point",
        "frompoint",
        "frompointinput",
        "frompoint_guid",
        "from_id",
        "station",
        "откуда",
        "от_точки",
    ),
    _text(
        "to",
        "name of the point reached; the name of a landmark or of an earlier point closes the "
        "traverse",
        "to_point",
        "topoint",
        "to_id",
        "target",
        "куда",
        "до_точки",
    ),
    _text(
        "kind",
        "what the point reached is: mine, start of row, end of row, turning point or landmark; "
        "blank: a mine",
        "point_kind",
        "point_type",
        "pointtypeenum",
        "вид_точки",
    ),
    _text(
        "bearing",
        "bearing as it was written: degrees (45.5, 45°30') or thousandths (15-00, 1500)",
        "azimuth",
        "азимут",
        "azimut",
        required=True,
    ),
    _text(
        "north",
        "the north from which the bearing counts: true, grid or magnetic",
        "north_reference",
        "bearing_type",
        "azimuth_type",
        "вид_азимута",
    ),
    _text(
        "unit",
        "unit of the bearing: degrees, mils6000 or mils6400",
        "bearing_unit",
        "azimuth_unit",
        "единица",
    ),
    _text(
        "direction",
        "clockwise or counterclockwise; blank: clockwise",
        "bearing_direction",
        "sense",
    ),
    _text(
        "distance_m",
        "horizontal distance in metres, never paces",
        "distance",
        "dist",
        "dist_m",
        "length_m",
        "metres",
        "расстояние",
        "расстояние_м",
        "дальность",
        "məsafə",
        required=True,
    ),
    _text(
        "date",
        "date on which the bearing was measured: YYYY-MM-DD, YYYY-MM or YYYY",
        "date_laid",
        "laid_on",
        "record_date",
        "measured_on",
        "дата",
    ),
    _text("type", "type of mine claimed", *_TYPE),
    _number(
        "count", "items", "mines of the row that ends here, both ends counted; or at the point",
        *_COUNT,
    ),
    _DISTRICT,
    _number(
        "bearing_step",
        "",
        "step in which the bearing could be read, in its own unit; blank: as it is written",
        "reading_step",
    ),
    _number(
        "distance_step_m",
        "metres",
        "step in which the distance could be read; blank: as it is written",
        "distance_step",
    ),
)  # fmt: skip
_LANDMARKS = (
    _text(
        "id",
        "name of the landmark as the legs write it; unique in its record",
        "landmark",
        "landmark_id",
        "point_id",
        "reference_point",
        "benchmark",
        "name",
        "ориентир",
        *_ID,
        required=True,
    ),
    _LAT,
    _LON,
    _X,
    _Y,
    _POSITION,
    _text("record_id", "record that knows the landmark; blank: every record", *_RECORD),
    _ACCURACY,
)
_ROW_ENDS = (
    _text("id", "id of the row, unique in its record", "row_id", "row", "row_no", "ряд", *_ID,
          required=True),
    _text("record_id", "minefield record that the row belongs to", *_RECORD),
    *_of_end("start", ("from", "begin", "first"), "начало"),
    *_of_end("end", ("to", "last"), "конец"),
    Column(
        "count", "number", "items", True, "mines of the row; both ends hold one",
        ("count", *_COUNT),
    ),
    _text("type", "type of mine claimed", *_TYPE),
    _DISTRICT,
    _text("date", "date of laying or of the record", "date_laid", "laid_on", "record_date"),
    _ACCURACY,
)  # fmt: skip

_POINT_COLUMNS: Mapping[Role, tuple[Column, ...]] = {
    "supplied": (
        _text(
            "id",
            "id of the supplied point, unique over all files of the role",
            "point_id",
            "supplied_id",
            "mine_id",
            "pointlocal_id",
            "imsma_id",
            "localid",
            "local_id",
            "osm_id",
            "*_localid",
            "*_guid",
            "guid",
            *_ID,
            required=True,
        ),
        _LAT,
        _LON,
        _X,
        _Y,
        _POSITION,
        _text(
            "record_id",
            "minefield record that the point belongs to; the unit of clustering",
            "record",
            "record_no",
            "record_number",
            "minefield_record",
            "minefield_id",
            "minefield",
            "field_id",
            "formulyar",
            "form_no",
            "формуляр",
        ),
        _text(
            "sheet",
            "map sheet of the record; records of one sheet share its error",
            "map_sheet",
            "sheet_no",
            "sheet_id",
            "nomenclature",
            "лист",
        ),
        _text("type", "type of mine claimed", *_TYPE),
        _number(
            "count",
            "items",
            "mines that the row stands for; above 1 it is not a single point",
            "quantity",
            "qty",
            "mines",
            "number_of_mines",
            "количество",
        ),
        _text(
            "record_count",
            "mines that the whole record declares",
            "record_mines",
            "mines_in_record",
            "declared_count",
            "declared_mines",
            "total_mines",
            "mines_total",
        ),
        _DISTRICT,
        _text("date", "date of laying or of the record", "date_laid", "laid_on", "record_date"),
        _text("laid_by", "who laid the mine", "laid_by_whom", "originator"),
        _ACCURACY,
        _text(
            "geometry_basis",
            "how the position was made: surveyed, generated (from a row) or centroid",
            "position_basis",
        ),
        *_REFERENCE_COLUMNS,
    ),
    "finds": (
        _text(
            "id",
            "id of the find, unique over all files of the role",
            "find_id",
            "device_id",
            "item_id",
            "imsma_id",
            "localid",
            "local_id",
            "*_localid",
            "*_guid",
            "guid",
            *_ID,
            required=True,
        ),
        _LAT,
        _LON,
        _X,
        _Y,
        _POSITION,
        _text("type", "type of item found", *_TYPE),
        _text("model", "model of item found", "ordsubcategoryenum", "device_model", "модель"),
        _text("date", "date of the find", "find_date", "found_on", "date_found", "report_dt"),
        _number(
            "quantity",
            "items",
            "items that the row stands for; those above 1 have no position of their own",
            "qty",
            "count",
            "количество",
        ),
        _ACCURACY,
        _text(
            "task_id",
            "clearance task in which the find was made",
            "task",
            "task_no",
            "task_number",
            "dossier",
        ),
        _DISTRICT,
        _text("status", "state of the row in the source system", "workflow_status"),
    ),
    "searched": (
        _text(
            "id",
            "id of the area",
            "area_id",
            "polygon_id",
            "task_id",
            "imsma_id",
            "localid",
            "*_localid",
            "*_guid",
        ),
        _text(
            "status",
            "cleared, cancelled, reduced, open ...: only cleared land is searched ground",
            *_STATUS,
        ),
        _text(
            "basis",
            "tasked (perimeter drawn before the finds) or final (drawn after them)",
            "perimeter_basis",
        ),
        _text("reason", "why it was searched: map, incident or systematic", "search_reason"),
        _text("date", "date of completion", "completed_on", "end_date", "date_completed"),
        _DISTRICT,
    ),
    "districts": (
        _text(
            "district",
            "name of the district",
            "district_en",
            "district_name",
            "name_en",
            "adm2_en",
            "adm2_name",
            "shapename",
            "rayon",
            "name",
            required=True,
        ),
        _text(
            "code",
            "code of the district; decides to which district a point on a border belongs",
            "pcode",
            "adm2_pcode",
            "iso_3166_2",
            "district_code",
        ),
    ),
    "accidents": (
        _text(
            "id",
            "id of the accident (not of a victim), unique over all files of the role",
            "accident_id",
            "accident_no",
            "accident_number",
            "accident_localid",
            "incident_id",
            "incident_no",
            "case_id",
            "case_no",
            "imsma_id",
            "localid",
            "local_id",
            "*_localid",
            "*_guid",
            "guid",
            *_ID,
            required=True,
        ),
        _LAT,
        _LON,
        _X,
        _Y,
        _POSITION,
        _text(
            "date",
            "date of the accident",
            "accident_date",
            "date_of_accident",
            "incident_date",
            "date_of_incident",
            "occurred_on",
            "дата",
        ),
        _DISTRICT,
    ),
    "legs": _LEGS,
    "landmarks": _LANDMARKS,
    "row_ends": _ROW_ENDS,
    "tasks": (
        Column(
            "id",
            "text",
            "",
            True,
            "id of the task, as the finds name it; a task may have several polygons",
            (
                "task_id",
                "task",
                "task_no",
                "task_number",
                "dossier",
                "id",
                "polygon_id",
                "area_id",
                "imsma_id",
                "localid",
                "*_localid",
                "*_guid",
            ),
        ),
        _text(
            "status",
            "cleared, cancelled, reduced, open ...: only cleared tasks are judged",
            *_STATUS,
        ),
        _DISTRICT,
    ),
}


def _as_in(role: Role, *names: str, needed: tuple[str, ...] = ()) -> tuple[Column, ...]:
    """Take columns of another role, so that one table is read alike whatever its rows are."""
    columns = {column.name: column for column in _POINT_COLUMNS[role]}
    return tuple(replace(columns[name], required=name in needed) for name in names)


COLUMNS: Mapping[Role, tuple[Column, ...]] = {
    **_POINT_COLUMNS,
    "rows": _as_in(
        "supplied", "id", "record_id", "sheet", "type", "count", "district", "date", "laid_by",
        needed=("id",),
    ),
    "areas": _as_in(
        "supplied", "id", "record_id", "sheet", "type", "count", "district", "date", "laid_by",
        needed=("id",),
    ),
    "quantities": _as_in(
        "finds", "id", "type", "model", "date", "quantity", "task_id", "district", "status",
        needed=("task_id",),
    ),
}  # fmt: skip

# Each is one number; a position in one cell is text.
AXIS_COLUMNS = frozenset({"lat", "lon", "x", "y"})
POSITION_COLUMNS = AXIS_COLUMNS | {"position"}
# Easting or longitude first.
REFERENCE_COLUMNS = (("reference_lon", "reference_lat"), ("reference_x", "reference_y"))


_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}")
_MARK = re.compile(r"^(?:no|nr|n)_|_(?:no|nr)$|^(?:no|nr)$")


@lru_cache(maxsize=4096)
def normalise(header: str) -> str:
    """Reduce a header to the form that synonyms are written in.

    Examples
    --------
    >>> normalise(" Lat (Y) "), normalise("GPS accuracy, m"), normalise("ENLİK")
    ('lat_y', 'gps_accuracy_m', 'enlik')
    """
    plain = "".join(
        char
        for char in unicodedata.normalize("NFKD", header.casefold().replace("ı", "i"))
        if not unicodedata.combining(char)
    )
    return re.sub(r"[\W_]+", "_", plain.casefold()).strip("_")


@lru_cache(maxsize=4096)
def _bare(header: str) -> str:
    """Normalise without what stands in brackets and without a mark for "number".

    Examples
    --------
    >>> _bare("Latitude [deg]"), _bare("№ точки"), _bare("ID #"), _bare("Nr.")
    ('latitude', 'точки', 'id', '')
    """
    return _MARK.sub("", normalise(_BRACKETS.sub(" ", header)))


def _rank(column: Column, header: str) -> int | None:
    for rank, synonym in enumerate(column.synonyms):
        if synonym.startswith("*"):
            if header.endswith(synonym[1:]):
                return rank
        elif normalise(synonym) == header:
            return rank
    return None


def recognise(role: Role, headers: Sequence[str]) -> dict[str, str]:
    """Find the header of each column of a role; the best synonym wins, then the first header.

    Parameters
    ----------
    role : {"supplied", "finds", "searched", "districts", "accidents"}
    headers : sequence of str
        Headers as they stand in the file.

    Returns
    -------
    dict of str to str
        Column name to header, for the columns that were recognised. A header serves
        one column only. Headers as they stand go before those whose brackets and marks
        for "number" are left out: ``Latitude [deg]``, ``№ точки``.

    Examples
    --------
    >>> recognise("finds", ["Find ID", "Lat (Y)", "Long (X)", "Remark"])
    {'id': 'Find ID', 'lat': 'Lat (Y)', 'lon': 'Long (X)'}
    """
    found: dict[str, str] = {}
    plain = [normalise(header) for header in headers]
    _assign(role, headers, plain, found)
    # What is still free, by its bare words; of two that read the same, nobody can tell which.
    bare = [_bare(header) for header in headers]
    bare = [name if bare.count(name) == 1 else "" for name in bare]
    _assign(role, headers, bare, found)
    return {column.name: found[column.name] for column in COLUMNS[role] if column.name in found}


def synonym_of(role: Role, name: str, header: str) -> str | None:
    """Give the synonym by which `recognise` takes a header for a column; None if by none.

    Examples
    --------
    >>> synonym_of("finds", "lat", "Lat (Y)"), synonym_of("finds", "id", "№ точки")
    ('lat_y', 'точки')
    >>> synonym_of("finds", "id", "Remark") is None
    True
    """
    column = next(column for column in COLUMNS[role] if column.name == name)
    for plain in (normalise(header), _bare(header)):
        rank = _rank(column, plain)
        if rank is not None:
            return column.synonyms[rank]
    return None


def _assign(
    role: Role, headers: Sequence[str], plain: Sequence[str], found: dict[str, str]
) -> None:
    """Give the columns that are not found yet the best header that is free."""
    candidates = sorted(
        (rank, order, index)
        for order, column in enumerate(COLUMNS[role])
        for index, header in enumerate(plain)
        if (rank := _rank(column, header)) is not None
    )
    taken = {index for index, header in enumerate(headers) if header in found.values()}
    for _, order, index in candidates:
        name = COLUMNS[role][order].name
        if name not in found and index not in taken:
            found[name] = headers[index]
            taken.add(index)
