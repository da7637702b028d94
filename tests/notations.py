"""Positions written out by hand in every notation; nothing of ours."""

from __future__ import annotations

from pyproj import Transformer


def sexagesimal(value: float, decimals: int, parts: int) -> str:
    """A number of degrees as degrees and minutes, or as degrees, minutes and seconds."""
    unit = 60 * 60 ** (parts - 2)
    scaled = round(abs(value) * unit * 10**decimals)
    whole, rest = divmod(scaled, unit * 10**decimals)
    if parts == 2:
        return f"{whole}°{rest / 10**decimals:0{3 + decimals}.{decimals}f}'"
    minutes, seconds = divmod(rest, 60 * 10**decimals)
    return f"{whole}°{minutes:02d}'{seconds / 10**decimals:0{3 + decimals}.{decimals}f}\""


def lettered(text: str, value: float, letters: str) -> str:
    return f"{text}{letters[0] if value >= 0 else letters[1]}"


def utm_text(lat: float, lon: float) -> str:
    zone = int((lon + 180) // 6) + 1
    band = "CDEFGHJKLMNPQRSTUVWX"[int((lat + 80) // 8)]
    code = (32600 if lat >= 0 else 32700) + zone
    east, north = Transformer.from_crs(4326, code, always_xy=True).transform(lon, lat)
    return f"{zone}{band} {east:.0f} {north:.0f}"


def mgrs_text(lat: float, lon: float, digits: int) -> str:
    """By hand: letters of squares from easting and northing, digits cut off."""
    text = utm_text(lat, lon)
    zone, band = int(text.split()[0][:-1]), text.split()[0][-1]
    code = (32600 if lat >= 0 else 32700) + zone
    east, north = Transformer.from_crs(4326, code, always_xy=True).transform(lon, lat)
    column = ("ABCDEFGH", "JKLMNPQR", "STUVWXYZ")[(zone - 1) % 3][int(east // 100_000) - 1]
    row = "ABCDEFGHJKLMNPQRSTUV"[(int(north // 100_000) + (0 if zone % 2 else 5)) % 20]
    keep = 10 ** (5 - digits)
    e, n = (int(value % 100_000) // keep for value in (east, north))
    return f"{zone}{band}{column}{row} {e:0{digits}d} {n:0{digits}d}"


# Notation, how to write a position in one cell, and half of its last place in metres at most.
WRITERS = {
    "dd": (lambda lat, lon: f"{lat:.6f}, {lon:.6f}", 0.06),
    "dms": (
        lambda lat, lon: (
            lettered(sexagesimal(lat, 2, 3), lat, "NS")
            + " "
            + lettered(sexagesimal(lon, 2, 3), lon, "EW")
        ),
        0.16,
    ),
    "ddm": (
        lambda lat, lon: (
            lettered(sexagesimal(lat, 4, 2), lat, "NS")
            + " "
            + lettered(sexagesimal(lon, 4, 2), lon, "EW")
        ),
        0.1,
    ),
    "mgrs": (lambda lat, lon: mgrs_text(lat, lon, 5), 0.5),
    "utm": (utm_text, 0.5),
}
