"""The catalogue of known mistakes, in the order in which they are told."""

from __future__ import annotations

from functools import partial

from mapaccuracy.coordinates.grids import sk42_to_wgs84, wgs84_to_sk42
from mapaccuracy.coordinates.misreadings.axes import signed, swapped_back, swapped_back_in_grid
from mapaccuracy.coordinates.misreadings.datum import (
    moved_datum,
    moved_gauss_krueger_zone,
    moved_utm_zone,
    projected_anew,
)
from mapaccuracy.coordinates.misreadings.directions import (
    azimuths_times,
    turned_by_convergence,
    turned_by_declination,
)
from mapaccuracy.coordinates.misreadings.grid_families import (
    GAUSS_KRUEGER,
    GAUSS_KRUEGER_ON_WGS84,
    UTM,
)
from mapaccuracy.coordinates.misreadings.misreading import Misreading
from mapaccuracy.coordinates.misreadings.notation import (
    NOT_MINUTES,
    NOT_SECONDS,
    from_minutes,
    from_seconds,
    read_again,
)

MISREADINGS: tuple[Misreading, ...] = (
    Misreading(
        "sk42_as_wgs84",
        "SK-42 latitude and longitude were read as WGS 84, or a Gauss-Krueger grid was read "
        "without its datum shift",
        partial(moved_datum, shift=sk42_to_wgs84),
    ),
    Misreading(
        "wgs84_as_sk42",
        "WGS 84 latitude and longitude were read as SK-42",
        partial(moved_datum, shift=wgs84_to_sk42),
    ),
    Misreading(
        "gk_as_utm",
        "Gauss-Krueger metres without their zone prefix were read as UTM",
        partial(projected_anew, read_in=UTM, own=GAUSS_KRUEGER),
    ),
    Misreading(
        "utm_as_gk",
        "UTM metres were read as Gauss-Krueger",
        partial(projected_anew, read_in=GAUSS_KRUEGER, own=UTM),
    ),
    Misreading(
        "gk_on_wgs84_ellipsoid",
        "Gauss-Krueger metres were read on the WGS 84 ellipsoid",
        partial(projected_anew, read_in=GAUSS_KRUEGER_ON_WGS84, own=GAUSS_KRUEGER),
    ),
    Misreading(
        "utm_zone_one_low",
        "UTM metres were read in the zone before their own",
        partial(moved_utm_zone, degrees=6.0),
    ),
    Misreading(
        "utm_zone_one_high",
        "UTM metres were read in the zone after their own",
        partial(moved_utm_zone, degrees=-6.0),
    ),
    Misreading(
        "gk_zone_one_low",
        "Gauss-Krueger metres were read in the zone before their own",
        partial(moved_gauss_krueger_zone, degrees=6.0),
    ),
    Misreading(
        "gk_zone_one_high",
        "Gauss-Krueger metres were read in the zone after their own",
        partial(moved_gauss_krueger_zone, degrees=-6.0),
    ),
    Misreading(
        "gk3_zone_one_low",
        "Gauss-Krueger metres were read from a central meridian 3 degrees west of their own, "
        "as when 3-degree zones are confused, or read as 6-degree zones",
        partial(moved_gauss_krueger_zone, degrees=3.0),
    ),
    Misreading(
        "gk3_zone_one_high",
        "Gauss-Krueger metres were read from a central meridian 3 degrees east of their own, "
        "as when 3-degree zones are confused, or read as 6-degree zones",
        partial(moved_gauss_krueger_zone, degrees=-3.0),
    ),
    Misreading(
        "axes_swapped", "the two coordinates were swapped", swapped_back, in_local_metres=True
    ),
    Misreading(
        "gk_axes_swapped",
        "northing and easting of Gauss-Krueger were swapped",
        partial(swapped_back_in_grid, grids=GAUSS_KRUEGER),
    ),
    Misreading(
        "utm_axes_swapped",
        "northing and easting of UTM were swapped",
        partial(swapped_back_in_grid, grids=UTM),
    ),
    Misreading(
        "latitude_sign",
        "the latitude was given the wrong sign",
        partial(signed, east=1, north=-1),
    ),
    Misreading(
        "longitude_sign",
        "the longitude was given the wrong sign",
        partial(signed, east=-1, north=1),
    ),
    Misreading(
        "both_signs",
        "latitude and longitude were given the wrong sign",
        partial(signed, east=-1, north=-1),
    ),
    Misreading(
        "minutes_as_decimals",
        "degrees and minutes were typed as decimal degrees",
        partial(read_again, reading=from_minutes, none_can=NOT_MINUTES),
    ),
    Misreading(
        "seconds_as_decimals",
        "degrees, minutes and seconds were typed as decimal degrees",
        partial(read_again, reading=from_seconds, none_can=NOT_SECONDS),
    ),
    Misreading(
        "declination_missing",
        "magnetic azimuths were plotted as true ones",
        partial(turned_by_declination, times=1.0),
        in_local_metres=True,
    ),
    Misreading(
        "declination_doubled",
        "the magnetic declination was applied twice, or to azimuths that were true",
        partial(turned_by_declination, times=-1.0),
        in_local_metres=True,
    ),
    Misreading(
        "grid_as_true",
        "azimuths from grid north were plotted from true north",
        partial(turned_by_convergence, times=1.0),
    ),
    Misreading(
        "true_as_grid",
        "azimuths from true north were plotted from grid north",
        partial(turned_by_convergence, times=-1.0),
    ),
    Misreading(
        "mils_6000_as_6400",
        "azimuths in thousandths of which 6000 make a circle were read as if 6400 did",
        partial(azimuths_times, factor=6400 / 6000),
        in_local_metres=True,
    ),
    Misreading(
        "mils_6400_as_6000",
        "azimuths in mils of which 6400 make a circle were read as if 6000 did",
        partial(azimuths_times, factor=6000 / 6400),
        in_local_metres=True,
    ),
)
