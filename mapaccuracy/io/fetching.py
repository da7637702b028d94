"""Asking a server for JSON, within bounds of bytes and time, and without telling of the address.

GDAL could download as well. It would take as much as a server sends for as long as it sends, follow
where it is led, and show addresses in its messages.
"""

from __future__ import annotations

import http.client
import io
import ipaddress
import json
import re
import socket
import ssl
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from typing import Any, Literal
from urllib.error import URLError
from urllib.parse import urlencode, urlsplit

# Of one answer: bytes, seconds in all, and seconds without a byte.
ANSWER_BYTES = 32 << 20
ANSWER_S = 120.0
SILENCE_S = 30.0
# Of all answers to one reading together.
WHOLE_BYTES = 2 << 30
WHOLE_S = 3600.0

_PIECE = 1 << 16
# Shorter ones may stand in an answer by chance.
_TELLING_TOKEN = 16
_HALF_OF_PAIR = re.compile(rb"\\u[dD][89a-fA-F]")
_HTTP_OK = 200
_HTTP_MOVED = range(300, 400)
_LOGIN = (401, 403, 407, 498, 499)
_MISSING = (404, 410)
_BUSY = (429, 502, 503, 504)
_ASK_OWNER = "check the address in a browser, or ask who runs the service"
_LATER = "try again later, or ask who runs the service"

Kind = Literal["service", "login", "large"]


class FetchError(Exception):
    """Why an answer cannot be used; without address, token, or words of the server.

    Parameters
    ----------
    reason, fix : str
        As in messages.
    kind : {"service", "login", "large"}
    """

    def __init__(self, reason: str, fix: str = _ASK_OWNER, kind: Kind = "service") -> None:
        super().__init__(reason)
        self.reason = reason
        self.fix = fix
        self.kind = kind


@dataclass
class Asking:
    """One reading of a service: what it may still use up, and the token that it sends.

    Attributes
    ----------
    token : str or None
        Sent in a header, over TLS or to this machine only.
    bytes_left : int
    until_s : float
        Of the clock `time.monotonic`.
    """

    token: str | None = field(default=None, repr=False)
    bytes_left: int = field(default_factory=lambda: WHOLE_BYTES)
    until_s: float = field(default_factory=lambda: monotonic() + WHOLE_S)

    def json(self, address: str, parameters: Mapping[str, str]) -> dict[str, Any]:
        """Ask once, by GET; no redirection is followed.

        Parameters
        ----------
        address : str
            http or https, without a query.
        parameters : mapping of str to str

        Returns
        -------
        dict
            The object of the answer. What JSON does not know (NaN) is None.

        Raises
        ------
        FetchError
            If there is no answer, it is not a JSON object, breaks a limit, or reports an error.
        """
        try:
            body = self._body(f"{address}?{urlencode(parameters)}")
        except FetchError:
            raise
        # A part of urllib or of a proxy may raise any of these; their texts may hold the address.
        except (OSError, http.client.HTTPException, ValueError, AttributeError) as error:
            raise _unreached(error) from None
        self._check_token(body)
        return _object(body)

    def _body(self, address: str) -> bytes:
        host = urlsplit(address).hostname or ""
        here = is_this_machine(host)
        headers = {"User-Agent": "mapaccuracy", "Accept": "application/json"}
        if self.token is not None and (here or address.startswith("https:")):
            headers["X-Esri-Authorization"] = f"Bearer {self.token}"
            # Tokens are mostly made for one referer; the server itself learns nothing by its name.
            parts = urlsplit(address)
            headers["Referer"] = f"{parts.scheme}://{parts.netloc}"
        # The scheme is http or https, and the opener knows no other.
        request = urllib.request.Request(address, headers=headers)  # noqa: S310
        until_s = min(self.until_s, monotonic() + ANSWER_S)
        if self.until_s <= monotonic():
            raise FetchError(f"reading it took more than {WHOLE_S:,.0f} s", _LATER)
        with _opener(until_s, proxied=not here).open(request, timeout=SILENCE_S) as response:
            _check_status(response.status)
            return self._read(response)

    def _read(self, response: http.client.HTTPResponse) -> bytes:
        limit = min(ANSWER_BYTES, self.bytes_left)
        stated = response.headers.get("Content-Length", "")
        length = int(stated) if stated.isascii() and stated.isdigit() else None
        pieces: list[bytes] = []
        got = 0
        while got <= limit and (length is None or length <= limit):
            piece = response.read(_PIECE)
            if not piece:
                break
            pieces.append(piece)
            got += len(piece)
            self.bytes_left -= len(piece)
        else:
            one = limit == ANSWER_BYTES
            reason = f"an answer has more than {limit:,} bytes"
            raise FetchError(
                reason if one else f"its answers have more than {WHOLE_BYTES:,} bytes",
                "ask who runs the service for a File Geodatabase or a GeoPackage of the layer",
                kind="large" if one else "service",
            )
        if length is not None and got < length:
            raise FetchError("it ended the connection half-way", _LATER)
        return b"".join(pieces)

    def _check_token(self, body: bytes) -> None:
        token = self.token or ""
        if len(token) >= _TELLING_TOKEN and token.encode() in body:
            # What it holds goes into tables and results.
            raise FetchError("it repeats the token in its answer")


def is_this_machine(host: str) -> bool:
    """Tell whether a name or number of a host is that of this machine.

    Examples
    --------
    >>> is_this_machine("127.0.0.1"), is_this_machine("::1"), is_this_machine("host.example")
    (True, True, False)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


class _Until(io.RawIOBase):
    """A stream that ends with an error at a moment, however slowly bytes drip in."""

    def __init__(self, sock: socket.socket, raw: io.RawIOBase, until_s: float) -> None:
        self._sock = sock
        self._raw = raw
        self._until_s = until_s

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left_s = self._until_s - monotonic()
        if left_s <= 0:
            raise TimeoutError
        self._sock.settimeout(min(left_s, SILENCE_S))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    """An answer whose head and body must be there in time."""

    def __init__(self, sock: socket.socket, *args: Any, until_s: float, **named: Any) -> None:
        super().__init__(sock, *args, **named)
        raw = self.fp.detach()
        self.fp = io.BufferedReader(_Until(sock, raw, until_s))


class _Plain(http.client.HTTPConnection):
    def __init__(self, host: str, *, until_s: float, **named: Any) -> None:
        super().__init__(host, **named)
        self.response_class = partial(_Response, until_s=until_s)  # type: ignore[assignment]


class _Secure(http.client.HTTPSConnection):
    def __init__(self, host: str, *, until_s: float, **named: Any) -> None:
        super().__init__(host, **named)
        self.response_class = partial(_Response, until_s=until_s)  # type: ignore[assignment]


class _Handler(urllib.request.AbstractHTTPHandler):
    """Opens http and https; there is no handler of redirections, of files, or of anything else."""

    def __init__(self, until_s: float) -> None:
        super().__init__()
        self._until_s = until_s

    def http_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(partial(_Plain, until_s=self._until_s), request)

    def https_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(partial(_Secure, until_s=self._until_s), request)

    http_request = https_request = urllib.request.AbstractHTTPHandler.do_request_


def _opener(until_s: float, *, proxied: bool) -> urllib.request.OpenerDirector:
    opener = urllib.request.OpenerDirector()
    if proxied:
        opener.add_handler(urllib.request.ProxyHandler())
    opener.add_handler(_Handler(until_s))
    return opener


def _check_status(status: int) -> None:
    if status == _HTTP_OK:
        return
    if status in _HTTP_MOVED:
        fix = "open the address in a browser, log in if it asks, and give the address it ends at"
        raise FetchError("it sends to another address, which is not followed", fix)
    _check_code(status)


def _check_code(code: object) -> None:
    """Say in plain words what a code of HTTP or of the service means."""
    if code in _LOGIN:
        raise FetchError("it asks for a login", kind="login")
    if code in _MISSING:
        raise FetchError("it knows no such service or layer")
    if code in _BUSY:
        raise FetchError("it is overloaded or out of order", _LATER)
    number = f" (code {code})" if type(code) is int else ""
    raise FetchError(f"it reports an error{number}")


def _object(body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body, parse_constant=lambda _: None)
        if _HALF_OF_PAIR.search(body):
            json.dumps(answer, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        if body.lstrip().startswith(b"<"):
            fix = "open it in a browser, log in if it asks, and give the address of the layer"
            raise FetchError("it answers with a page to look at, not with data", fix) from None
        raise FetchError("its answer is not complete JSON") from None
    if not isinstance(answer, dict):
        raise FetchError("its answer is not that of an ArcGIS service")
    if "error" in answer:
        error = answer["error"]
        _check_code(error.get("code") if isinstance(error, dict) else None)
    return answer


def _unreached(error: BaseException) -> FetchError:
    inner = error.reason if isinstance(error, URLError) else error
    if isinstance(inner, TimeoutError):
        return FetchError("it does not answer, or not in time", _LATER)
    if isinstance(inner, ssl.SSLError):
        fix = "check the address; SSL_CERT_FILE names the certificates of your organisation"
        return FetchError("the connection to it is not safe (its certificate, or TLS)", fix)
    if isinstance(inner, socket.gaierror):
        return FetchError(
            "there is no server of this name", "check the address, and the connection to the net"
        )
    if isinstance(inner, ConnectionRefusedError):
        return FetchError("no server answers there", "check the address, and that it is running")
    if isinstance(inner, (ConnectionError, http.client.HTTPException)):
        return FetchError("it ended the connection half-way", _LATER)
    return FetchError(
        "it cannot be reached", "check the address, the connection to the net, and the proxy"
    )
