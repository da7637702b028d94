"""The address of an ArcGIS service taken apart: which layer, and which of its features."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlsplit

from mapaccuracy.errors import InputError
from mapaccuracy.io.fetching import is_this_machine
from mapaccuracy.schema import Problem

TOKEN = "MAPACCURACY_ARCGIS_TOKEN"  # noqa: S105
# The condition that all features meet.
ALL = "1=1"
_PATH = re.compile(
    r"(?P<service>(?:/.*)?/(?P<kind>(?:Feature|Map)Server))(?:/(?P<layer>\d{1,9}))?(?:/query)?/*",
    re.IGNORECASE,
)
# Parts of a question that choose no features; others would, and are refused.
_HARMLESS = frozenset(
    {
        *("f", "outfields", "orderbyfields", "sqlformat", "featureencoding", "resulttype"),
        *("outsr", "insr", "geometrytype", "spatialrel", "units", "cachehint"),
        *("returngeometry", "returnz", "returnm", "returntruecurves", "multipatchoption"),
        *("geometryprecision", "maxallowableoffset", "quantizationparameters"),
    }
)


@dataclass(frozen=True)
class Address:
    """Where a service is, and which layer and features of it are meant."""

    service: str
    kind: str
    layer: int | None
    where: str
    here: bool

    @property
    def name(self) -> str:
        """How messages call it before the layer's own name is known."""
        return self.kind if self.layer is None else f"{self.kind}/{self.layer}"

    @property
    def url(self) -> str:
        """Where the layer is asked."""
        return f"{self.service}/{self.layer}"


def taken_apart(address: str) -> Address:
    """Take an address apart; its texts get into no message.

    Parameters
    ----------
    address : str
        ``.../FeatureServer/N`` or ``.../MapServer/N``, with or without N and ``/query?...``.

    Raises
    ------
    InputError
        If it is none, holds a password or token, or chooses features otherwise than by ``where``.

    Examples
    --------
    >>> place = taken_apart("https://host/rest/services/a/FeatureServer/3/query?where=x%3D1&f=html")
    >>> place.name, place.where, place.url
    ('FeatureServer/3', 'x=1', 'https://host/rest/services/a/FeatureServer/3')
    """
    how = "give it as .../FeatureServer/N or .../MapServer/N, N being the number of the layer"
    try:
        parts = urlsplit(address.strip())
        host, _ = parts.hostname or "", parts.port
        given = parse_qsl(parts.query)
    except ValueError:
        raise _unusable("it is not complete", how) from None
    match = _PATH.fullmatch(parts.path)
    if not host or match is None:
        raise _unusable("it is not that of an ArcGIS Feature or Map Service", how)
    asked = {name.lower(): value.strip() for name, value in given}
    if "@" in parts.netloc or "token" in asked:
        fix = f"take it out, and set the environment variable {TOKEN} to a token"
        raise _unusable("it holds a password or a token, which others could see", fix)
    choosing = sorted(
        name
        for name, value in asked.items()
        if name not in {"where", *_HARMLESS} and value.lower() not in ("", "false")
    )
    if choosing:
        reason = "it asks for a part of the layer by something else than where"
        raise _unusable(reason, "end it after the number of the layer")
    number = match["layer"]
    path = quote(match["service"], "/%:@!$&*+,;=~")
    return Address(
        service=f"{parts.scheme.lower()}://{parts.netloc}{path}",
        kind="MapServer" if match["kind"].lower() == "mapserver" else "FeatureServer",
        layer=None if number is None else int(number),
        where=asked.get("where") or ALL,
        here=is_this_machine(host),
    )


def _unusable(reason: str, fix: str) -> InputError:
    return InputError([Problem("MA022", "service", values={"reason": reason, "fix": fix})])
