"""A small ArcGIS server on loopback, after the REST reference of Esri; its data are SYNTHETIC.

A test may twist what it answers: see `Layer.twist`.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pandas as pd

PLACE = "/arcgis/rest/services/Folder/SYNTHETIC"
KINDS = {"i": "esriFieldTypeInteger", "f": "esriFieldTypeDouble"}
RANGE = re.compile(
    r"\((?P<inner>.*)\) AND (?P<key>\w+) >= (?P<low>-?\d+) AND \w+ <= (?P<high>-?\d+)"
)
EQUAL = re.compile(r"(?P<name>\w+)\s*=\s*'(?P<value>[^']*)'")

Json = dict[str, Any]


@dataclass
class Layer:
    """One layer.

    `rows` are attributes, `geometries` as JSON of Esri (None for a table). `about` is laid over
    what the server says of the layer. `twist` takes what is asked (``layer``, ``count``, ``ids``,
    ``page``), the parameters and the usual answer, and gives another: an object, bytes, or a
    function that is given the handler and answers by itself.
    """

    name: str
    rows: list[Json]
    geometries: list[Any] | None = None
    shape: str | None = "esriGeometryPoint"
    fields: dict[str, str] = field(default_factory=dict)
    key: str = "FID"
    wkid: Json = field(default_factory=lambda: {"wkid": 4326, "latestWkid": 4326})
    limit: int = 100
    paged: bool = True
    token: str | None = None
    about: Json = field(default_factory=dict)
    twist: Callable[[str, dict[str, str], Json], Any] = lambda _kind, _asked, usual: usual

    def described(self) -> Json:
        kinds = {self.key: "esriFieldTypeOID", **self.fields}
        said: Json = {
            "currentVersion": 11.1,
            "id": 0,
            "name": self.name,
            "type": "Table" if self.shape is None else "Feature Layer",
            "objectIdField": self.key,
            "maxRecordCount": self.limit,
            "capabilities": "Query",
            "fields": [{"name": n, "type": k, "alias": n} for n, k in kinds.items()],
            "advancedQueryCapabilities": {
                "supportsPagination": self.paged,
                "supportsOrderBy": self.paged,
            },
        }
        if self.shape is not None:
            said |= {"geometryType": self.shape, "extent": {"spatialReference": self.wkid}}
        return said | self.about

    def chosen(self, where: str) -> list[int]:
        """Give the indexes of the rows that a condition chooses."""
        if match := RANGE.fullmatch(where):
            low, high = int(match["low"]), int(match["high"])
            inner = self.chosen(match["inner"])
            return [i for i in inner if low <= self.rows[i][match["key"]] <= high]
        if match := EQUAL.fullmatch(where):
            return [i for i, row in enumerate(self.rows) if row[match["name"]] == match["value"]]
        assert where == "1=1", where
        return list(range(len(self.rows)))

    def answer(self, asked: dict[str, str]) -> tuple[str, Json]:
        chosen = self.chosen(asked["where"])
        if asked.get("returnCountOnly") == "true":
            return "count", {"count": len(chosen)}
        if asked.get("returnIdsOnly") == "true":
            numbers = [self.rows[i][self.key] for i in chosen]
            return "ids", {"objectIdFieldName": self.key, "objectIds": numbers}
        assert asked["outFields"] == "*"
        start, size = 0, self.limit
        if self.paged and "resultOffset" in asked:
            assert asked["orderByFields"] == f"{self.key} ASC"
            chosen = sorted(chosen, key=lambda i: self.rows[i][self.key])
            start, size = int(asked["resultOffset"]), int(asked["resultRecordCount"])
        some = chosen[start : start + min(size, self.limit)]
        features = [{"attributes": self.rows[i]} for i in some]
        said: Json = {"objectIdFieldName": self.key, "features": features}
        if self.geometries is not None and asked["returnGeometry"] == "true":
            said |= {"geometryType": self.shape, "spatialReference": self.wkid}
            for feature, i in zip(features, some, strict=True):
                feature["geometry"] = self.geometries[i]
        if start + len(some) < len(chosen):
            said["exceededTransferLimit"] = True
        return "page", said


def points(frame: pd.DataFrame, name: str = "SYNTHETIC points", **more: Any) -> Layer:
    """Make a layer of points of a table with columns lat and lon, in WGS 84."""
    cells = frame.drop(columns=["lat", "lon"])
    fields = {n: KINDS.get(cells[n].dtype.kind, "esriFieldTypeString") for n in cells.columns}
    rows = [{"FID": i, **row} for i, row in enumerate(cells.to_dict("records"), start=1)]
    places = [{"x": x, "y": y} for x, y in zip(frame["lon"], frame["lat"], strict=True)]
    return Layer(name, rows, places, fields={**fields, **more.pop("fields", {})}, **more)


@dataclass
class Server:
    """The address of a service, its layers by number, and what it was asked."""

    address: str
    layers: dict[int, Layer]
    asked: list[tuple[str, dict[str, str], dict[str, str]]] = field(default_factory=list)

    def of(self, number: int = 0) -> str:
        return f"{self.address}/{number}"


@contextmanager
def serving(layers: dict[int, Layer], kind: str = "FeatureServer") -> Iterator[Server]:
    """Serve layers on loopback for a while."""
    known: list[Server] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, asked = urlsplit(self.path).path, dict(parse_qsl(urlsplit(self.path).query))
            heads = {name.lower(): value for name, value in self.headers.items()}
            known[0].asked.append((path, asked, heads))
            try:
                self._give(self._answer(path, asked, heads))
            except OSError:  # whoever asked has gone
                self.close_connection = True

        def _answer(self, path: str, asked: dict[str, str], heads: dict[str, str]) -> Any:
            inner = path.removeprefix(f"{PLACE}/{kind}")
            if inner == "":
                entries = [layer.described() | {"id": n} for n, layer in layers.items()]
                names = ("id", "name", "type", "geometryType")
                short = [{k: entry[k] for k in names if k in entry} for entry in entries]
                tables = [entry for entry in short if entry["type"] == "Table"]
                return {"layers": [e for e in short if e not in tables], "tables": tables}
            match = re.fullmatch(r"/(\d+)(/query)?", inner)
            if match is None or int(match[1]) not in layers:
                return {"error": {"code": 404, "message": "SYNTHETIC", "details": []}}
            layer = layers[int(match[1])]
            if layer.token is not None:
                got = heads.get("x-esri-authorization", "").removeprefix("Bearer ")
                code = 499 if not got else 498 if got != layer.token else None
                if code is not None:
                    return {"error": {"code": code, "message": "SYNTHETIC", "details": []}}
            assert asked["f"] == "json"
            if match[2] is None:
                return layer.twist("layer", asked, layer.described() | {"id": int(match[1])})
            question, usual = layer.answer(asked)
            return layer.twist(question, asked, usual)

        def _give(self, answer: Any) -> None:
            if callable(answer):
                answer(self)
                return
            body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    known.append(Server(f"http://127.0.0.1:{server.server_port}{PLACE}/{kind}", layers))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield known[0]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
