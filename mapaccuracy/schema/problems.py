"""What can be wrong with an input: the catalogue of codes, and one fault as data.

The same catalogue feeds every rendering, so a code always reads the same. Codes are
never reused. Values that give away a position are marked and withheld in every text
unless the caller asks for locations.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["error", "warning", "info"]

WITHHELD = "[withheld]"
_LONGEST_ID = 60
_DECIMAL = re.compile(r"\d[.,]\d")


def _one_line(text: str) -> str:
    """Show control characters instead of obeying them."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


@dataclass(frozen=True)
class Fault:
    """One entry of the catalogue: how a kind of fault is named, said and mended.

    Attributes
    ----------
    code, slug : str
    severity : {"error", "warning", "info"}
    message, fix : str
        With names of values in braces.
    each : str
        The message where it is said of a single row; "" if that is the same.
    """

    code: str
    slug: str
    severity: Severity
    message: str
    fix: str
    each: str = ""


_FAULTS = (
    Fault(
        "MA001",
        "unreadable-file",
        "error",
        "Cannot read the file: {reason}.",
        "{fix}.",
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
        "MA006",
        "service-truncated",
        "error",
        "The service says {said} features, {arrived} different ones arrived{why}.",
        "read it again while nobody edits the layer; if it stays so, have maxRecordCount raised or "
        "paging allowed, or export the layer as a File Geodatabase.",
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
        "Cell {cell} {what}.",
        "{how}.",
    ),
    Fault(
        "MA010",
        "rows-accounted",
        "info",
        "Rows read: {read}; used: {used}; dropped: {dropped}{reasons}.",
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
        "MA012",
        "excel-error-cells",
        "warning",
        "Cells with an Excel error such as #REF! or #N/A: {n}; they are read as blank.",
        "correct their formulas in Excel and save the workbook, or fill in the cells.",
    ),
    Fault(
        "MA013",
        "content-left-out",
        "warning",
        "The file also holds {what}, which are not read.",
        "none if they are not meant; otherwise save what they hold as a layer or file of its own.",
    ),
    Fault(
        "MA014",
        "placemark-not-read",
        "error",
        "The position of the placemark is not read: {why}.",
        "correct it in Google Earth or QGIS, and save the file again.",
    ),
    Fault(
        "MA015",
        "merged-header-cells",
        "warning",
        "Cells of the header are merged ({cells}); each stands for its first column, and for the "
        "rows that it covers.",
        "unmerge them, and write a header above every column.",
    ),
    Fault(
        "MA020",
        "service-not-read",
        "error",
        "Cannot read the service: {reason}.",
        "{fix}.",
    ),
    Fault(
        "MA021",
        "login-needed",
        "error",
        "The service asks for a login{detail}.",
        "set the environment variable MAPACCURACY_ARCGIS_TOKEN to a valid token of an account that "
        "may read the layer.",
    ),
    Fault(
        "MA022",
        "address-not-usable",
        "error",
        "The address cannot be used: {reason}.",
        "{fix}.",
    ),
    Fault(
        "MA023",
        "service-layer-not-named",
        "error",
        "The service has {n} layers ({layers}), and the address names none.",
        "add the number of one to the address, as in .../FeatureServer/0, or name it with layer = "
        "... under [inputs.{role}] in the configuration.",
    ),
    Fault(
        "MA024",
        "offline",
        "error",
        "The input is an address, and --offline or MAPACCURACY_OFFLINE says that none is asked.",
        "give a file; or leave out the option and unset the variable.",
    ),
    Fault(
        "MA025",
        "database-not-read",
        "error",
        "Cannot read the database: {reason}.",
        "{fix}.",
    ),
    Fault(
        "MA026",
        "query-refused",
        "error",
        "The database refuses the query: {reason}.",
        "try it in pgAdmin or psql; in an address write %25 for %, %26 for & and %23 for #.",
    ),
    Fault(
        "MA027",
        "database-table-not-named",
        "error",
        "Tables of the database that the user may read: {n} ({tables}); the address names none.",
        "add one to the address, as in ?table=NAME, or name it with layer = ... under "
        "[inputs.{role}] in the configuration.",
    ),
    Fault(
        "MA028",
        "database-login",
        "error",
        "The database does not let in: user or password are missing, wrong, or without the right.",
        "check user and address; set the environment variable PGPASSWORD, or keep the password in "
        "a pgpass file.",
    ),
    Fault(
        "MA101",
        "missing-column",
        "error",
        "{what}; the columns are {headers}{closest}{hint}.",
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
        "MA104",
        "date-unreadable",
        "warning",
        "Dates of {role} that do not fit the format '{format}': {n}; with any date: {total}. They "
        "are not read; the rows stay in use.",
        "correct the cells, or the format of date under [inputs.{role}].",
    ),
    Fault(
        "MA105",
        "date-ambiguous",
        "warning",
        "Dates that fit both day/month and month/day, such as 03/04/2021: {n}.",
        "write dates as YYYY-MM-DD, or give their format under [inputs.supplied], as date = "
        '{{format = "%d/%m/%Y"}}.',
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
        "Ids that look like dates or numbers such as 1.2E+05: {n}; a spreadsheet may have changed "
        "them.",
        "format the column as Text before pasting, and send the file again.",
    ),
    Fault(
        "MA117",
        "extra-columns",
        "info",
        "Columns not used: {headers}.",
        "none needed; name a column with --columns {role}.NAME=HEADER if it should be used.",
    ),
    Fault(
        "MA118",
        "geometry-basis-missing",
        "warning",
        "Nobody says of {what} whether it was surveyed, generated along a row, or is a centroid.",
        "ask the sender, and add a column geometry_basis with surveyed, generated or centroid.",
    ),
    Fault(
        "MA119",
        "declared-count-differs",
        "error",
        "Record '{record}' declares {declared} mines, {arrived} arrived.",
        "ask the sender for the missing rows or the corrected number.",
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
        "Districts without a name: {n}; they go by their code.",
        "fill in the names, or name the column that holds them with "
        "--columns districts.district=HEADER.",
    ),
    Fault(
        "MA122",
        "unknown-words",
        "warning",
        "Rows with words in '{column}' that are not known: {n}; they are read as blank.",
        "write one of {known}, or leave the cell blank.",
    ),
    Fault(
        "MA123",
        "status-not-recognised",
        "error",
        "Column '{header}' seems to hold the status, but its header is not known.",
        "name it with --columns searched.status=HEADER, or say which rows were searched with "
        "--searched-where COLUMN=VALUE.",
    ),
    Fault(
        "MA124",
        "header-twice",
        "error",
        "The header of '{name}' stands more than once: {headers}.",
        "rename all but one of them, or say which one it is with --columns {role}.{name}=HEADER.",
    ),
    Fault(
        "MA125",
        "category-by-codes",
        "info",
        "Rows of {role} whose category comes from your own list of codes: {n}.",
        "none if intended; otherwise correct [codes] in the configuration.",
    ),
    Fault(
        "MA126",
        "rows-filtered",
        "info",
        "Rows of {role} left out because they do not fit the filter {filter}: {n}.",
        "none if intended; otherwise correct the filter.",
    ),
    Fault(
        "MA127",
        "districts-spelled-alike",
        "info",
        "Rows of {role} that name a district in another spelling: {n}; {spellings}.",
        "none if these are one district; otherwise name it as itself under [aliases] in the "
        "configuration.",
    ),
    Fault(
        "MA201",
        "crs-not-stated",
        "warning",
        "The file states no coordinate system; read as EPSG:4326 (WGS 84), because its positions "
        "are called latitude and longitude, or written as such, and the numbers fit.",
        "ask the sender, and state it with --{role_option}crs.",
    ),
    Fault(
        "MA202",
        "crs-does-not-fit",
        "error",
        "Suspected: another coordinate system. In {crs} rows are not {home}, in {other} they "
        "are: {rows}.",
        "ask the sender, and state the coordinate system with --supplied-crs; the file itself "
        "need not be changed.",
    ),
    Fault(
        "MA203",
        "axes-swapped",
        "error",
        "Suspected: latitude and longitude are swapped; rows that are not {home} as they stand, "
        "and are when swapped: {rows}.",
        "if most rows are listed, exchange the headers of the two columns, or set lat and lon "
        "under [inputs.supplied]; if few are, exchange the two cells of each.",
        "Suspected: latitude and longitude ({lat}, {lon}) are swapped: as it stands the row is not "
        "{home}, swapped it is. Rows of which this holds: {rows}.",
    ),
    Fault(
        "MA204",
        "sign-or-hemisphere",
        "error",
        "Suspected: the sign of the {axis} is wrong; rows that are not {home} as they stand, "
        "and are with the other sign: {rows}.",
        "correct the minus sign or the letter of the hemisphere: S and W are negative.",
        "Suspected: the sign of the {axis} of ({lat}, {lon}) is wrong: as it stands the row "
        "is not {home}, with the other sign it is. Rows of which this holds: {rows}.",
    ),
    Fault(
        "MA205",
        "utm-zone",
        "error",
        "Suspected: another zone. In {crs} rows are not {home}, in {other} they are: {rows}.",
        "ask the sender, and state the coordinate system with --supplied-crs, or correct the zone.",
    ),
    Fault(
        "MA207",
        "null-island",
        "error",
        "Both numbers of the position are 0.",
        "empty cells were exported as 0: fill in the position, or remove the row.",
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
        "MA209",
        "low-precision",
        "warning",
        "Positions are written to few digits: the true place is within about {half_m} m.",
        "ask for the positions with six decimals of a degree, or as metres.",
    ),
    Fault(
        "MA210",
        "degrees-minutes-as-decimal",
        "error",
        "Suspected: degrees and minutes typed as decimal degrees; {seen}.",
        "ask the sender; write 39 degrees 59.4 minutes as 39 59.4, not as 39.594.",
    ),
    Fault(
        "MA211",
        "dms-invalid",
        "error",
        "The position '{value}' is not read. {why}",
        "compare with the field form, and correct the digits.",
    ),
    Fault(
        "MA212",
        "mgrs-invalid",
        "error",
        "The position '{value}' is not read. {why}",
        "copy the reference again from the form: zone, band, two letters (never I or O), an even "
        "number of digits.",
    ),
    Fault(
        "MA213",
        "mgrs-coarse",
        "warning",
        "Grid references that name a square of 100 m or more: {n} ({squares}). The centre of the "
        "square is used; half of its width enters the accuracy.",
        "send the reference with all its digits, if it is known.",
    ),
    Fault(
        "MA214",
        "magnetic-bearing",
        "warning",
        "Bearings marked magnetic: {n}; {applied}",
        "none if they were read from a compass; write true in the column north if they are "
        "already corrected.",
    ),
    Fault(
        "MA215",
        "mixed-crs",
        "error",
        "Suspected: two coordinate systems in one input. In {crs} some rows are not {home}, "
        "in {other} they are: {rows}.",
        "split the file, one coordinate system each.",
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
        "if it is the other way round, give --columns {role}.{point}x={y} "
        "--columns {role}.{point}y={x}.",
    ),
    Fault(
        "MA219",
        "reference-point-left-out",
        "warning",
        "The reference point is left out: {what}{value}{why}.",
        "give both of its numbers in the coordinate system of the positions, or neither; "
        "--columns {role}.{name}=HEADER names a column.",
    ),
    Fault(
        "MA220",
        "reference-points-counted",
        "warning",
        "Rows whose reference point is left out: {n}; with any: {total}. Mistakes of azimuth or "
        "distance are not asked of them; nothing else depends on it.",
        "correct the reference points, if such mistakes are to be asked of all records.",
    ),
    Fault(
        "MA221",
        "position-not-read",
        "error",
        "The position '{value}' is not read. {why}{meaning}{readings}{end}",
        "write it such as 39.9900 N 46.9300 E, 39°59'24\"N 46°55'48\"E or 38SPK64772843{order}.",
    ),
    Fault(
        "MA222",
        "positions-disagree",
        "warning",
        "Rows whose position in '{other}' lies farther from the one in {used} than their digits "
        "allow: {n}; compared: {total}. Those in {used} are used.",
        "ask the sender which of them was recorded; the other may be in another coordinate system.",
    ),
    Fault(
        "MA223",
        "position-twice",
        "info",
        "Positions stand in {used} and in '{other}'; those in {used} are used.",
        "none if intended; otherwise name the column to be used with --columns, and take the "
        "others out of the file.",
    ),
    Fault(
        "MA224",
        "better-operation-missing",
        "warning",
        "For the way from {crs} to WGS 84 PROJ holds '{missing}' for more accurate, but lacks a "
        "file for it; it was not used.",
        "install the file (projsync, of PROJ), or let the sender give WGS 84.",
    ),
    Fault(
        "MA225",
        "letters-against-header",
        "error",
        "By the letters of '{value}', latitude and longitude stand in each other's column.",
        "exchange the cells, or name the columns with --columns {role}.lat=HEADER --columns "
        "{role}.lon=HEADER.",
    ),
    Fault(
        "MA226",
        "tolerance-below-accuracy",
        "warning",
        "Rows of {role} whose position is known less well than the tolerance of {tolerance} m: "
        "{n}; rows in all: {total}. By their digits, the way to WGS 84 and the accuracy that is "
        "stated, 95 % of all are known to {usual} m at best.",
        "use a larger tolerance, or send positions with more digits or from a better source.",
    ),
    Fault(
        "MA227",
        "outside-area-of-crs",
        "warning",
        "Positions more than 3 degrees outside the area of {crs}: {n}; rows in all: {total}. The "
        "zone before the eastings may be another, or easting and northing exchanged.",
        "compare one row with a place that is known; correct --crs and its zone, or name the "
        "columns with --columns {role}.x=HEADER --columns {role}.y=HEADER.",
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
        "MA302",
        "sliver-or-tiny",
        "warning",
        "Outlines of less than {least} m2, too small for a minefield.",
        "delete it if it is left over from digitising.",
        "The outline covers {m2} m2, less than {least} m2: left over from digitising?",
    ),
    Fault(
        "MA303",
        "overlap-within-map",
        "warning",
        "Outlines that share ground with another.",
        "none if both records are meant; otherwise trim one outline.",
        "The outline shares {m2} m2 with '{other}'.",
    ),
    Fault(
        "MA304",
        "wrong-geometry-type",
        "error",
        "Expected {expected}, got {got}.",
        "give the layer of {expected}; outlines and rows of mines are not points.",
    ),
    Fault(
        "MA305",
        "open-traverse",
        "error",
        "The traverse misses its closure by {distance} m ({share} of its {length} m); the limit is "
        "{limit} m.{suspect}",
        "check the bearings and distances of its legs against the form; --closure-m and "
        "--closure-share set the limit.",
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
        "Features with heights: {n}; the heights are not used.",
        "none needed.",
    ),
    Fault(
        "MA309",
        "huge-polygon",
        "warning",
        "Outlines that cover most of a district.",
        "ask the sender for the outline that was surveyed.",
        "The outline covers {share} % of the district '{district}': a placeholder for the "
        "whole of it?",
    ),
    Fault(
        "MA310",
        "point-spacing-implausible",
        "warning",
        "Suspected: positions of record '{record}' were generated or rounded; {seen}.",
        "ask how the positions were made, and state it as geometry_basis.",
    ),
    Fault(
        "MA311",
        "digits-suggest-rounding",
        "warning",
        "Suspected: rounded positions. They are {unit}, so the true place is within about "
        "{half_m} m.",
        "ask for the positions before they were rounded.",
    ),
    Fault(
        "MA320",
        "bearing-unreadable",
        "error",
        "'{value}' is not a bearing that can be read: {why}.",
        "{how}.",
    ),
    Fault(
        "MA321",
        "declination-unknown",
        "error",
        "The bearing is magnetic and {why}, so its declination is not known.",
        "write the date of measuring as YYYY-MM-DD, YYYY-MM or YYYY, from 1900 to 2029, or say in "
        "the configuration how dates are written; or give --declination DEG.",
    ),
    Fault(
        "MA322",
        "unknown-point",
        "error",
        "The leg begins at {what}.",
        "give the landmark in the file of --points, or correct the name or the order of the legs.",
    ),
    Fault(
        "MA323",
        "order-of-legs",
        "error",
        "The place of the leg in its record is not known: {why}.",
        "number the legs of the record 1, 2, 3, or leave the column blank for all of them.",
    ),
    Fault(
        "MA324",
        "row-incomplete",
        "error",
        "{what}.",
        "write one start of row and one end of row for each row, the start first, and the count "
        "of mines at the end.",
    ),
    Fault(
        "MA325",
        "record-left-out",
        "warning",
        "Records left out because a leg of theirs cannot be used: {n}; further legs lost with "
        "them: {legs}.",
        "correct the legs that are listed.",
    ),
    Fault(
        "MA326",
        "kind-not-given",
        "warning",
        "Legs that do not say what they reach: {n}; each point is taken for the position of a "
        "mine.",
        "say in a column kind what each point is: mine, start of row, end of row, turning point or "
        "landmark.",
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
        "Rows of {role} that share their position with another: {n}. Each stays a row of its own; "
        "which of them is paired says nothing.",
        "give each item its own position, or one row with a count.",
    ),
    Fault(
        "MA403",
        "near-duplicate",
        "warning",
        "Suspected: record '{other}' repeats record '{one}' under other ids; points within "
        "{distance} m of one of it: {points}.",
        "delete one of the two records, or say why both are meant.",
    ),
    Fault(
        "MA404",
        "duplicate-file",
        "error",
        "The file has the same content as {other}.",
        "remove one of the two.",
    ),
    Fault(
        "MA405",
        "id-changed-position",
        "error",
        "Ids that moved since the submission before.",
        "ask the sender which of the two positions is right.",
        "The position moved by {distance} since the submission before.",
    ),
    Fault(
        "MA501",
        "outside-all-districts",
        "warning",
        "Rows of {role} outside every district: {n}; they are counted as 'outside all districts'.",
        "check the coordinate system and the district layer.",
        "The position is outside every district.",
    ),
    Fault(
        "MA502",
        "district-disagrees",
        "warning",
        "Rows of {role} that name another district than the one they lie in: {n}; the position is "
        "used.",
        "correct the typed district, check the district layer, or name another spelling under "
        "[aliases] in the configuration.",
        "The row names the district '{typed}' and lies in '{found}'; the position is used.",
    ),
    Fault(
        "MA503",
        "unknown-district-code",
        "error",
        "Names of districts that are not among the districts.",
        "use a name or code of the district layer, or name the spelling under [aliases] in "
        "the configuration.",
        "'{typed}' is not among the districts{near}.",
    ),
    Fault(
        "MA504",
        "district-overlap-or-gap",
        "warning",
        "Overlapping districts: {n}; {examples}. Points there go to the one whose code is first.",
        "use the official district layer, or mend the border.",
    ),
    Fault(
        "MA505",
        "find-not-in-searched-area",
        "warning",
        "Finds in scope outside all searched areas: {n}; they are in no recall.{hint}",
        "add the missing searched areas.",
    ),
    Fault(
        "MA507",
        "map-after-finds",
        "error",
        "The submission is dated up to {newest}; finds of that day or before: {finds}. A map "
        "that is younger than the finds may have been drawn from them.",
        "hold it against later finds only, with --map-received in evaluate; or ask for the "
        "map as it was before.",
    ),
    Fault(
        "MA508",
        "finds-used-to-draw-map",
        "error",
        "Suspected: drawn from the finds. Points within {distance} of a find: {points}.",
        "ask for the map as it was before the finds were known.",
    ),
    Fault(
        "MA509",
        "find-quantity-without-positions",
        "warning",
        "Find rows with a quantity above 1: {n}; further items without a position of their own, "
        "in no figure by point: {extra}.",
        "send one row per item with its own position.",
    ),
    Fault(
        "MA510",
        "demolition-site-suspected",
        "warning",
        "Finds with at least 4 others in a square of 2 m, recorded on 3 days or for 2 tasks at "
        "least: {n}. A demolition site, or one position given for many items? They are used as "
        "they are.",
        "give the place where each item was found, not where it was destroyed.",
    ),
    Fault(
        "MA511",
        "unapproved-rows",
        "info",
        "Finds that are not approved in the source system: {n} ({states}); they are used.",
        'none if intended; otherwise keep only approved rows with filter = "COLUMN=VALUE" under '
        "[inputs.finds], or export only these.",
    ),
    Fault(
        "MA512",
        "cancelled-or-reduced-area-as-searched",
        "warning",
        "Searched polygons that are cancelled or reduced land: {n}; released without physical "
        "search, they give no searched ground.",
        "none if intended; otherwise correct their status.",
    ),
    Fault(
        "MA513",
        "status-not-given",
        "warning",
        "No status column was recognised; all polygons count as searched ground: {n}.",
        "name the column with --columns searched.status=HEADER, or make sure that the file holds "
        "only land searched to completion.",
    ),
    Fault(
        "MA514",
        "type-not-recognised",
        "warning",
        "Finds whose type is not recognised: {n}; they count as mines in scope.",
        "correct the type, or say what the words mean under [codes] in the configuration; UXO, "
        "AXO, submunitions and IED are out of scope.",
    ),
    Fault(
        "MA515",
        "date-not-read",
        "warning",
        "Finds with a date that is not written YYYY-MM-DD: {n}; with any date: {total}; that may "
        "be day/month or month/day: {ambiguous}. They stand apart, neither before nor after the "
        "map was received.",
        "write dates as YYYY-MM-DD (in Excel: Format Cells > Custom > yyyy-mm-dd), or give their "
        "format under [inputs.finds].",
    ),
    Fault(
        "MA516",
        "supplied-are-the-finds",
        "warning",
        "Supplied points and finds are the same rows of the same file.",
        "give the finds as they were recorded in the field; where one file holds both, name their "
        "columns with --columns, or their sheet or layer with layer = ... in the configuration.",
    ),
    Fault(
        "MA523",
        "rejected-rows",
        "warning",
        "Finds that were rejected in the source system: {n}. A rejected report may be no find, yet "
        "they are used, because no row is left out unasked.",
        'leave them out with filter = "COLUMN=VALUE" under [inputs.finds], unless only the form '
        "of the report was at fault.",
    ),
    Fault(
        "MA524",
        "placeholder-suspected",
        "warning",
        "Rows of {role} on positions that at least 10 rows share exactly: {n}, on {places} "
        "positions. The centre of a task or district in place of their own? They are used as they "
        "are.",
        "give each item its own position, or leave out those that have none.",
    ),
    Fault(
        "MA517",
        "finds-without-position",
        "error",
        "The finds have no position, only the task in which they were made.",
        "give the polygons of the tasks with --tasks; or name the columns of the position with "
        "--columns finds.lat=HEADER --columns finds.lon=HEADER.",
    ),
    Fault(
        "MA518",
        "task-status-not-given",
        "warning",
        "No status column was recognised; all tasks count as searched to completion: {n}.",
        "name the column with --columns tasks.status=HEADER, or make sure that the file holds "
        "only tasks that are completed.",
    ),
    Fault(
        "MA519",
        "unknown-task",
        "warning",
        "Finds without a position whose task is not among the tasks: {n}; rows that hold them: "
        "{rows}. They are in no figure.",
        "add the polygons of these tasks, or correct their numbers.",
    ),
    Fault(
        "MA520",
        "tasks-overlap",
        "warning",
        "Pairs of tasks that overlap: {n}. Ground there counts for the task whose id comes first.",
        "correct the outlines of the tasks.",
    ),
    Fault(
        "MA521",
        "outlines-overlap",
        "warning",
        "Pairs of outlines that overlap: {n}. Ground there counts once, and a find for the "
        "outline whose id comes first.",
        "none if both records are meant; otherwise remove one, or trim it.",
    ),
    Fault(
        "MA522",
        "counted-and-listed",
        "warning",
        "Tasks with finds by quantity as well as finds with a position: {n}; they are added up.",
        "make sure that no item stands in both.",
    ),
    Fault(
        "MA525",
        "centre-of-district",
        "warning",
        "Rows of {role} within 10 m of the centre of their district: {n}. A placeholder for "
        "positions of their own? They are used as they are.",
        "give each item its own position, or leave out those that have none.",
    ),
    Fault(
        "MA526",
        "rows-drawn-twice",
        "warning",
        "Rows of mines that follow exactly the line of another one: {n}. Each stays a row of its "
        "own: their mines are added up, and a find counts for the one whose id comes first.",
        "none if both are meant; otherwise remove one. Is a file given twice?",
    ),
    Fault(
        "MA601",
        "metric-regressed",
        "error",
        "{metric} in {district} fell from {old} to {new}; its interval, {interval}, is below "
        "what it was.",
        "find out what changed; or accept it with mapaccuracy baseline update.",
    ),
    Fault(
        "MA602",
        "district-disappeared",
        "warning",
        "The district {district} of the baseline has no figures now.",
        "add its files; or accept it with mapaccuracy baseline update.",
    ),
    Fault(
        "MA603",
        "feature-count-jump",
        "warning",
        "The submission before had {before} points, this one has {now} ({change} %).",
        "ask whether the export is complete.",
    ),
    Fault(
        "MA604",
        "cleared-area-shrank",
        "error",
        "Searched ground in {district} fell from {old} to {new} ha.",
        "add the missing areas; or accept it with mapaccuracy baseline update.",
    ),
    Fault(
        "MA605",
        "improved",
        "info",
        "{metric} in {district} rose from {old} to {new}; its interval, {interval}, is above "
        "what it was.",
        "keep it with mapaccuracy baseline update.",
    ),
    Fault(
        "MA701",
        "gate-not-met",
        "error",
        "The gate on {metric} is not met in {district}: {said}.",
        "improve the map there, or change the gate in review.",
    ),
    Fault(
        "MA702",
        "too-few-to-judge",
        "info",
        "The gate on {metric} cannot be judged in {district}: {said}.",
        "none; wait for more search, or pool districts.",
    ),
    Fault(
        "MA703",
        "nothing-evaluated",
        "error",
        "No district has both points and finds that can be compared.",
        "check districts, coordinate systems and searched areas.",
    ),
    Fault(
        "MA704",
        "tolerance-too-large-for-spacing",
        "warning",
        "The tolerance of {tolerance} m exceeds {limit} of the supplied points ({spacing} m): "
        "{consequence}.",
        "read the figures only beside their chance level, or use a smaller tolerance.",
    ),
    Fault(
        "MA902",
        "personal-data-column",
        "warning",
        "The column '{column}' looks like data of persons; it is not copied into any output.",
        "delete the column before the file is sent on.",
    ),
    Fault(
        "MA905",
        "suppression-expired",
        "warning",
        "The suppression of {code}{of} ended on {until}; its findings count again.",
        "correct the data, or renew it under [[check.suppress]] with a reason.",
    ),
    Fault(
        "MA906",
        "suppression-unused",
        "warning",
        "The suppression of {code}{of} fits no finding.",
        "delete it from [[check.suppress]] in the configuration.",
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
    rows : tuple of int
        Row numbers, where it speaks of several.

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
    rows: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.severity is None:
            object.__setattr__(self, "severity", CATALOGUE[self.code].severity)

    def message(self, with_locations: bool = False) -> str:
        """Say what was seen, in one sentence."""
        fault = CATALOGUE[self.code]
        said = fault.message if self.row is None else fault.each or fault.message
        return said.format(**self._shown(with_locations))

    def fix(self, with_locations: bool = False) -> str:
        """Say how to mend it, in one sentence."""
        return CATALOGUE[self.code].fix.format(**self._shown(with_locations))

    def text(self, with_locations: bool = False) -> str:
        """Say it all in one line: where, code, severity, what was seen, fix."""
        return f"{self.line(with_locations)} Fix: {self.fix(with_locations)}"

    def line(self, with_locations: bool = False) -> str:
        """Say in one line where it is and what was seen."""
        named = "" if self.id is None else f"id {self.shown_id(with_locations)}"
        parts = [self.source, self.place, named, f"{self.code} {self.severity}"]
        where = "  ".join(part for part in parts if part)
        return _one_line(f"{where}  {self.message(with_locations)}")

    def shown_id(self, with_locations: bool = False) -> str | None:
        """Give the id; one that reads as a decimal number may be a coordinate in a shifted row."""
        name = self.id
        if name is None:
            return None
        if not with_locations and _DECIMAL.search(name):
            return WITHHELD
        return name if len(name) <= _LONGEST_ID else f"{name[:_LONGEST_ID]}..."

    def _shown(self, with_locations: bool) -> dict[str, str]:
        # Of an empty text there is nothing to withhold.
        return {
            name: WITHHELD if value and name in self.positions and not with_locations else value
            for name, value in self.values.items()
        }
