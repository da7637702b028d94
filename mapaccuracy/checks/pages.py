"""The page of a rule: what it looks at, a bad and a good example, how to mend it with what one has.

Nothing heavy is imported here: pages are asked for where hardly anything else runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mapaccuracy.checks.given import ABSENT
from mapaccuracy.checks.rule import Rule
from mapaccuracy.schema.problems import CATALOGUE

# Code: an example with the fault, and the same without it. All of them are SYNTHETIC.
EXAMPLES: Mapping[str, tuple[str, str]] = {
    "MA001": ("map.gpkg, of which the copy broke off", "the whole file, copied again"),
    "MA002": ('layer = "points" of a file with Points_2026', 'layer = "Points_2026"'),
    "MA003": ("a workbook with the sheets Final and Draft", 'layer = "Final"'),
    "MA004": ("a sheet with headers and no rows", "the sheet with its rows"),
    "MA005": ("map.shp without map.dbf", "map.shp, map.shx, map.dbf and map.prj, zipped"),
    "MA006": ("a service of 5,000 points that sends 2,000", "all 5,000, or the layer as a file"),
    "MA007": ("Minefield map 2026 | (blank) | id, lat, lon", "id, lat, lon in row 1"),
    "MA008": ("a cell =B3+1 that was never worked out", "the value, pasted as a value"),
    "MA011": ("S-1,-30.01,-25.02,PMN-2,laid at a fence, east", '... "laid at a fence, east"'),
    "MA012": ("#REF!", "the value, or a blank cell"),
    "MA013": ("tracks in a GPX file beside its waypoints", "waypoints only, or tracks sent apart"),
    "MA014": ("a placemark of a model or an overlay", "a placemark of a point"),
    "MA015": ("Position over two columns, lat and lon below", "Position lat, Position lon"),
    "MA020": ("a service that is out of order", "the layer as a File Geodatabase"),
    "MA021": ("a layer that only members may read", "MAPACCURACY_ARCGIS_TOKEN set to a token"),
    "MA022": ("https://host/rest/services/a", "https://host/rest/services/a/FeatureServer/0"),
    "MA023": (".../FeatureServer, which has 3 layers", ".../FeatureServer/0"),
    "MA024": ("an address, with --offline", "a file"),
    "MA025": ("postgresql://host/register, which does not run", "the database running"),
    "MA026": ("?query=DELETE FROM points", "?query=SELECT id, geom FROM points"),
    "MA027": ("postgresql://host/register with 4 tables", "...?table=points"),
    "MA028": ("no PGPASSWORD", "PGPASSWORD set, or a pgpass file"),
    "MA101": ("No., Lat, Long, where nothing is called id", "--columns supplied.id=No."),
    "MA102": ("(blank), -30.01, -25.02", "S-104, -30.01, -25.02"),
    "MA103": ("count: about ten", "count: 10"),
    "MA104": ("31/02/2021 in the format %d/%m/%Y", "28/02/2021"),
    "MA105": ("03/04/2019", "2019-04-03"),
    "MA106": ("geometry_basis: measured", "geometry_basis: surveyed"),
    "MA107": ("count: 0", "count: 1"),
    "MA109": ("12-May, which was 12/5", "12/5, in a column formatted as Text"),
    "MA117": ("Latitude (new), which nothing uses", '--columns "supplied.lat=Latitude (new)"'),
    "MA118": ("no column geometry_basis", "geometry_basis: generated"),
    "MA119": ("record R-7 declares 120, 96 rows came", "120 rows, or the number corrected"),
    "MA120": ("an area without its name", "the name filled in"),
    "MA121": ("districts with codes and no names", "a column district"),
    "MA122": ("status: in work?", "status: suspended"),
    "MA123": ("status: ok", "status: cleared"),
    "MA124": ("lat twice", "one lat"),
    "MA125": ('[codes] "PMN-9" = "AP"', "none needed"),
    "MA126": ('filter = "state=final"', "none needed"),
    "MA201": ("id, lat, lon", "the same, with --supplied-crs EPSG:4326 after asking"),
    "MA202": ("metres of Gauss-Krueger, given as UTM", "--supplied-crs EPSG:28408"),
    "MA203": ("lat -25.02, lon -30.01", "lat -30.01, lon -25.02"),
    "MA204": ("lat 30.01", "lat -30.01"),
    "MA205": ("metres of zone 26, given as zone 27", "--supplied-crs EPSG:32726"),
    "MA207": ("lat 0, lon 0", "the position, or no row"),
    "MA208": ("lat 95", "lat -30.01"),
    "MA209": ("lat -30.01", "lat -30.012345"),
    "MA210": ("-30.0054, which is 30 degrees 0.54 minutes", "-30 00.54"),
    "MA211": ("30 61 05 S", "30 16 05 S"),
    "MA212": ("26JMH 123 45678", "26JMH 12300 45678"),
    "MA213": ("26JMH 12 45", "26JMH 12345 45678"),
    "MA215": ("most rows of zone 26, three of zone 25", "two files, one zone each"),
    "MA216": ("positions in SK-42", "none needed"),
    "MA217": ("a coordinate system without a way to WGS 84", "the EPSG code with its datum"),
    "MA218": ("X 6680000, Y 500000, the other way round", "x is the easting, y the northing"),
    "MA219": ("reference_lat without reference_lon", "both, or neither"),
    "MA220": ("reference points of some rows only", "of all rows, or of none"),
    "MA221": ("near the bridge", "30 00 32.1 S 25 01 12.5 W"),
    "MA222": ("lat -30.01 beside an MGRS 4 km away", "one of the two, after asking"),
    "MA223": ("lat and lon beside a column MGRS", "none needed"),
    "MA224": ("no grid for the datum on this machine", "the grid, or none needed"),
    "MA225": ("46.5 E under latitude", "46.5 E under longitude"),
    "MA227": ("metres of zone 26, given as zone 29", "--supplied-crs EPSG:32726"),
    "MA301": ("turning points 7 and 8 exchanged", "turning points in their order"),
    "MA302": ("an outline of 0.4 m2", "no such outline"),
    "MA303": ("two outlines that share 900 m2", "outlines side by side"),
    "MA304": ("points given as searched areas", "the layer of polygons"),
    "MA307": ("a feature without a geometry", "its geometry, or no feature"),
    "MA308": ("points with heights", "none needed"),
    "MA309": ("the border of a district as an outline", "the outline that was surveyed"),
    "MA310": ("200 points, each 5.00 m from the next", 'geometry_basis: "generated"'),
    "MA311": ("-30.016667, -30.033333", "the positions before they were rounded"),
    "MA401": ("S-07 in rows 9 and 10", "S-07/1 and S-07/2"),
    "MA402": ("S-07 and S-08 at one position", "their own positions, or one row with a count"),
    "MA403": ("R-7 again as R-107, under other ids", "R-7 once"),
    "MA404": ("map.csv and map (1).csv", "map.csv"),
    "MA405": ("S-07 300 m from where it was", "its old position, or a note that it was corrected"),
    "MA501": ("a point beyond the border", "its position corrected"),
    "MA502": ("district Aldermoor, the point in Birkfell", "district Birkfell, or blank"),
    "MA503": ("district Aldermor", "district Aldermoor"),
    "MA504": ("two districts that share 2 ha", "the official layer of districts"),
    "MA507": ("a map of 2026, finds of 2021", "the map as it was in 2020"),
    "MA508": ("points that lie on finds to the centimetre", "the map before the finds"),
    "MA510": ("30 finds within 2 m, on 5 days", "where each of them was found"),
    "MA511": ("state: draft", "state: approved"),
    "MA512": ("status: cancelled, among searched areas", "cleared areas only"),
    "MA513": ("searched areas without a status", "a column status"),
    "MA514": ("type: thing", "type: AP mine"),
    "MA523": ("state: rejected", "no such row"),
    "MA524": ("40 rows at one position", "the position of each"),
    "MA525": ("points at the centre of a district", "their own positions"),
    "MA603": ("5,000 points before, 900 now", "the whole export"),
    "MA601": ("recall 0.61 before, now at most 0.48", "recall 0.61 before, now 0.41 to 0.66"),
    "MA602": ("Aldermoor was evaluated before, not now", "its files among the inputs"),
    "MA604": ("120 ha searched before, 90 ha now", "all searched areas"),
    "MA605": ("recall 0.41 before, now at least 0.52", "mapaccuracy baseline update"),
    "MA701": ("recall at most 0.62, where 0.7 is asked for", "recall 0.58 to 0.81"),
    "MA702": ("8 finds, where 20 are asked for", "20 finds or more"),
    "MA703": ("finds and points in different districts", "both in one"),
    "MA905": ("until = 2024-01-31, in 2026", "the data corrected, or a new reason and day"),
    "MA906": ("a suppression of S-07, which was corrected", "no such suppression"),
    "MA902": ("a column Surname", "no such column"),
}
_FAMILIES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "MA0": (
        ("Excel", "open the file, and save it as .xlsx or CSV UTF-8; paste formulas as values."),
        ("QGIS", "load the layer, then Export > Save Features As > GeoPackage."),
        ("ArcGIS", "Export Features to a File Geodatabase, and send it zipped."),
    ),
    "MA1": (
        ("Excel", "go to the cell that is named, correct it, and save the workbook."),
        ("QGIS", "open the attribute table, toggle editing, correct the cell of the feature."),
        ("ArcGIS", "open the attribute table, correct the cell, and save the edits."),
    ),
    "MA2": (
        ("Excel", "correct the cells of the position, or exchange the headers of the columns."),
        ("QGIS", "compare with a base map; Layer > Set CRS states a system, Reproject changes it."),
        ("ArcGIS", "Define Projection states a system, Project changes it."),
    ),
    "MA3": (
        ("Excel", "correct the turning points in the table from which the outline was made."),
        ("QGIS", "Vector > Geometry Tools > Check Validity, then the vertex tool."),
        ("ArcGIS", "Check Geometry, then Edit Vertices."),
    ),
    "MA4": (
        ("Excel", "Conditional Formatting > Duplicate Values shows ids that repeat."),
        ("QGIS", 'select by expression: count(1, "id") > 1.'),
        ("ArcGIS", "Find Identical, on the field of the id."),
    ),
    "MA5": (
        ("Excel", "correct the typed name or the position of the row."),
        ("QGIS", "lay the districts over the points, and look at the row that is named."),
        ("ArcGIS", "Select By Location, and look at the row that is named."),
    ),
    "MA6": (
        ("Excel", "compare the number of rows with the file before."),
        ("QGIS", "Show Feature Count of both layers."),
        ("ArcGIS", "Get Count of both layers."),
    ),
    "MA7": (
        ("Excel", "look at the points and finds of the district that is named."),
        ("QGIS", "lay points and finds of the district over each other."),
        ("ArcGIS", "lay points and finds of the district over each other."),
    ),
    "MA9": (
        ("Excel", "delete the column before the file is sent."),
        ("QGIS", "Refactor Fields, without the column."),
        ("ArcGIS", "Delete Field."),
    ),
}


def page_of(rule: Rule, rules: Sequence[Rule]) -> dict[str, Any]:
    """Put together all that is said of a rule.

    Parameters
    ----------
    rule : Rule
    rules : sequence of Rule
        All of them: which explain this one.

    Returns
    -------
    dict
        ``code``, ``slug``, ``severity``, ``seen`` (the messages), ``why``, ``needs`` (list of
        str), ``bad``, ``good``, ``fix``, ``with`` (list of ``{program, how}``), ``explains`` and
        ``explained_by`` (lists of codes).

    Examples
    --------
    >>> from mapaccuracy.checks.catalogue import RULES, rule_of
    >>> page = page_of(rule_of("MA401"), RULES)
    >>> page["bad"], page["explained_by"]
    ('S-07 in rows 9 and 10', ['MA404'])
    """
    fault = CATALOGUE[rule.code]
    bad, good = EXAMPLES[rule.code]
    return {
        "code": rule.code,
        "slug": rule.slug,
        "severity": rule.severity,
        "seen": [text for text in (fault.message, fault.each) if text],
        "why": rule.why,
        "needs": [ABSENT[need][1] for need in rule.needs],
        "bad": bad,
        "good": good,
        "fix": fault.fix,
        "with": [{"program": name, "how": how} for name, how in _FAMILIES[rule.code[:3]]],
        "explains": sorted(rule.explains),
        "explained_by": sorted(other.code for other in rules if rule.code in other.explains),
    }
