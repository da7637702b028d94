"""What can be wrong with an input: the catalogue of codes, and one fault as data.

The same catalogue feeds every rendering, so a code always reads the same. Codes are
never reused. Values that give away a position are marked and withheld in every text
unless the caller asks for locations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["error", "warning", "info"]

WITHHELD = "[withheld]"


@dataclass(frozen=True)
class Fault:
    """One entry of the catalogue: how a kind of fault is named, said and mended."""

    code: str
    slug: str
    severity: Severity
    message: str
    fix: str


_FAULTS = (
    Fault(
        "MA001",
        "unreadable-file",
        "error",
        "Cannot read the file: {reason}.",
        "open it in QGIS or Excel and save it again (GeoPackage, or 'CSV UTF-8'), "
        "or check that the copy is complete.",
    ),
    Fault(
        "MA002",
        "no-such-layer",
        "error",
        "There is no layer or sheet '{wanted}'; the file has {layers}.",
        "name one of them with layer = ... under [inputs.{role}] in the configuration.",
    ),
    Fault(
        "MA003",
        "several-layers",
        "warning",
        "The file has {n} layers that fit ({layers}); all are read.",
        "name one with layer = ... under [inputs.{role}] to read only that.",
    ),
    Fault(
        "MA004",
        "empty-input",
        "error",
        "The file has no rows of data{detail}.",
        "check the export filter, and that the right file was given.",
    ),
    Fault(
        "MA005",
        "shapefile-part-missing",
        "error",
        "The shapefile lacks its {parts} part.",
        "send the whole set (.shp, .shx, .dbf, .prj), or a GeoPackage.",
    ),
    Fault(
        "MA007",
        "header-not-first-row",
        "warning",
        "The header was found in row {row}, not 1; {skipped} rows above it were skipped.",
        "none if they are titles; otherwise remove them from the file.",
    ),
    Fault(
        "MA008",
        "merged-or-formula-cells",
        "error",
        "Cell {cell} holds a formula without a saved value.",
        "open the workbook in Excel and save it, or copy and Paste Special > Values.",
    ),
    Fault(
        "MA010",
        "rows-accounted",
        "info",
        "{read} rows read, {used} used, {dropped} dropped{reasons}.",
        "none if the reasons are expected; otherwise correct the rows and run again.",
    ),
    Fault(
        "MA011",
        "too-many-cells",
        "error",
        "The row has {n} cells, the header has {columns}.",
        "put cells that hold the separator in quotation marks, or remove the extra cells.",
    ),
    Fault(
        "MA101",
        "missing-column",
        "error",
        "No column for '{name}'; the columns are {headers}{closest}.",
        "say which column it is with --columns {role}.{name}=HEADER.",
    ),
    Fault(
        "MA102",
        "missing-id",
        "error",
        "The row has no id.",
        "give each row its own number, for example the report number.",
    ),
    Fault(
        "MA103",
        "not-a-number",
        "error",
        "'{value}' is not a number{hint}.",
        "use plain decimals such as 33.5042; correct or fill the cell.",
    ),
    Fault(
        "MA106",
        "unknown-code",
        "error",
        "'{value}' is not a known {name}{closest}.",
        "{how}",
    ),
    Fault(
        "MA107",
        "value-out-of-range",
        "error",
        "{name} is {value}; allowed is {allowed}.",
        "correct the cell; check its unit.",
    ),
    Fault(
        "MA109",
        "excel-mangled-id",
        "warning",
        "{n} ids look like dates or numbers such as 1.2E+05: a spreadsheet may have changed them.",
        "format the column as Text before pasting, and send the file again.",
    ),
    Fault(
        "MA117",
        "extra-columns",
        "info",
        "{n} columns are not used: {headers}.",
        "none needed; name a column with --columns {role}.NAME=HEADER if it should be used.",
    ),
    Fault(
        "MA120",
        "missing-value",
        "error",
        "The row has no {name}.",
        "fill in the cell, or remove the row.",
    ),
    Fault(
        "MA121",
        "named-by-code",
        "warning",
        "{n} districts have no name; they go by their code.",
        "fill in the names, or name the column that holds them with "
        "--columns districts.district=HEADER.",
    ),
    Fault(
        "MA201",
        "crs-not-stated",
        "warning",
        "The file states no coordinate system; read as EPSG:4326 (WGS 84), because the columns "
        "say latitude and longitude and the numbers fit.",
        "ask the sender, and state it with --{role_option}crs.",
    ),
    Fault(
        "MA208",
        "lat-lon-out-of-range",
        "error",
        "{name} {value} is outside {allowed}.",
        "if these are projected metres, name the coordinate system with --crs; if latitude and "
        "longitude are exchanged, name them with --columns {role}.lat=HEADER.",
    ),
    Fault(
        "MA216",
        "reprojected",
        "info",
        "Positions were reprojected from {crs} to WGS 84 ({operation}).",
        "none if the coordinate system is the right one.",
    ),
    Fault(
        "MA217",
        "datum-shift-left-out",
        "warning",
        "No datum shift from {crs} to WGS 84 is known, so none was applied; positions may be off "
        "by 100 m or more.",
        "ask the sender for the exact coordinate system, or for WGS 84.",
    ),
    Fault(
        "MA218",
        "northing-called-x",
        "warning",
        "{crs} calls its northing X; '{x}' was read as easting and '{y}' as northing.",
        "if it is the other way round, give --columns {role}.x={y} --columns {role}.y={x}.",
    ),
    Fault(
        "MA301",
        "invalid-polygon",
        "error",
        "The outline is not a valid polygon: {reason}.",
        "correct the order of the turning points, or redraw the ring in QGIS "
        "(Vector > Geometry Tools > Check Validity).",
    ),
    Fault(
        "MA304",
        "wrong-geometry-type",
        "error",
        "Expected {expected}, got {got}.",
        "give the layer of {expected}; outlines and rows of mines are not points.",
    ),
    Fault(
        "MA307",
        "not-finite",
        "error",
        "The position is empty or not finite{detail}.",
        "fill in the position, or remove the row.",
    ),
    Fault(
        "MA308",
        "z-or-curve-dropped",
        "warning",
        "The heights of {n} features are not used.",
        "none needed.",
    ),
    Fault(
        "MA401",
        "duplicate-id",
        "error",
        "The id is used {n} times: {places}.",
        "keep one of the rows, or number the items, for example F-12/1, F-12/2.",
    ),
    Fault(
        "MA402",
        "duplicate-location",
        "warning",
        "{n} {role} rows share their position with another {role} row.",
        "give each item its own position, or one row with a count.",
    ),
    Fault(
        "MA501",
        "outside-all-districts",
        "warning",
        "{n} {role} rows lie outside every district; they are counted as 'outside all districts'.",
        "check the coordinate system and the district layer.",
    ),
    Fault(
        "MA502",
        "district-disagrees",
        "warning",
        "{n} {role} rows name another district than the one they lie in; the position is used.",
        "correct the typed district, or check the district layer.",
    ),
    Fault(
        "MA504",
        "district-overlap-or-gap",
        "warning",
        "Districts {a} and {b} overlap by {m2} m2; points there go to the one whose code is first.",
        "use the official district layer, or mend the border.",
    ),
    Fault(
        "MA505",
        "find-not-in-searched-area",
        "warning",
        "{n} finds in scope lie outside all searched areas; they are in no recall.",
        "add the missing searched areas.",
    ),
    Fault(
        "MA509",
        "find-quantity-without-positions",
        "warning",
        "{n} find rows give a quantity above 1; the {extra} further items have no position of "
        "their own and are not counted.",
        "send one row per item with its own position.",
    ),
    Fault(
        "MA512",
        "cancelled-or-reduced-area-as-searched",
        "warning",
        "{n} of the searched polygons are cancelled or reduced land: released without physical "
        "search, so they give no searched ground.",
        "none if intended; otherwise correct their status.",
    ),
    Fault(
        "MA704",
        "tolerance-too-large-for-spacing",
        "warning",
        "The tolerance of {tolerance} m exceeds {limit} of the supplied points ({spacing} m): "
        "{consequence}.",
        "read the figures only beside their chance level, or use a smaller tolerance.",
    ),
)

CATALOGUE: Mapping[str, Fault] = {fault.code: fault for fault in _FAULTS}


@dataclass(frozen=True)
class Problem:
    """One fault found in an input.

    Attributes
    ----------
    code : str
        Key of `CATALOGUE`.
    source : str
        File name without its folder, or the role when the input came as a table.
    place : str
        What a person can find again: ``Finds!C17``, ``row 17, column lat``,
        ``layer points, feature 3``. Empty if the whole file is meant.
    severity : {"error", "warning", "info"}
        By default the catalogue's.
    row : int or None
        Row number as a spreadsheet shows it.
    column : str or None
        Header of the column.
    id : str or None
        Id of the row.
    values : mapping of str to str
        What the texts of the catalogue speak of.
    positions : frozenset of str
        Names of the values that give away a position.

    Examples
    --------
    >>> fault = Problem("MA103", "finds.csv", "row 3, column lat",
    ...                 values={"value": "39,9x", "hint": ""}, positions=frozenset({"value"}))
    >>> print(fault.text())
    finds.csv  row 3, column lat  MA103 error  '[withheld]' is not a number. Fix: use plain \
decimals such as 33.5042; correct or fill the cell.
    """

    code: str
    source: str
    place: str = ""
    severity: Severity | None = None
    row: int | None = None
    column: str | None = None
    id: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    positions: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.severity is None:
            object.__setattr__(self, "severity", CATALOGUE[self.code].severity)

    def message(self, with_locations: bool = False) -> str:
        """Say what was seen, in one sentence."""
        return CATALOGUE[self.code].message.format(**self._shown(with_locations))

    def fix(self, with_locations: bool = False) -> str:
        """Say how to mend it, in one sentence."""
        return CATALOGUE[self.code].fix.format(**self._shown(with_locations))

    def text(self, with_locations: bool = False) -> str:
        """Say it all in one line: where, code, severity, what was seen, fix."""
        parts = [self.source, self.place, self.id or "", f"{self.code} {self.severity}"]
        where = "  ".join(part for part in parts if part)
        return f"{where}  {self.message(with_locations)} Fix: {self.fix(with_locations)}"

    def _shown(self, with_locations: bool) -> dict[str, str]:
        return {
            name: WITHHELD if name in self.positions and not with_locations else value
            for name, value in self.values.items()
        }
