"""Asking PostgreSQL: one read-only transaction, within bounds of time, and errors in plain words.

What PostgreSQL says itself may hold values, the address or the user, in any language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote

from mapaccuracy.errors import InputError, SettingsError
from mapaccuracy.io.addresses import check_online
from mapaccuracy.schema import Problem

if TYPE_CHECKING:
    from psycopg import Connection

# Seconds: until there is a connection; for one statement.
CONNECT_S = 15
STATEMENT_S = 300.0
# How messages call the input before the name of a table is known.
NAME = "database"
# Of the only cursor.
CURSOR = "mapaccuracy"

_SECRETS = ("password", "sslpassword")
# A server that keeps to the limit of a statement is not cut off before it can say so.
_GRACE_S = 5.0
# Texts come out the same whatever the server or the user has set.
_SESSION = (
    "SET client_encoding = 'UTF8'; SET datestyle = 'ISO, YMD'; SET timezone = 'UTC'; "
    "SET intervalstyle = 'iso_8601'; SET extra_float_digits = 3; SET bytea_output = 'hex'; "
    "SET xmloption = 'content'; SET statement_timeout = {ms}"
)

_ASK = "ask who runs the database"
LATER = "try again later, or ask who runs the database"
_CHECK = "check the address, and that the database is running"


class _Fault(NamedTuple):
    """What is said of an error of PostgreSQL, whose own words may hold values."""

    code: str
    reason: str
    fix: str = ""


# By the first characters of SQLSTATE, the longest first.
_STATES = {
    "25006": _Fault("MA026", "it would write, and the database is only read"),
    "42501": _Fault("MA025", "this user may not read it", "ask for the right to read it (SELECT)"),
    "42601": _Fault("MA026", "it is not one complete SELECT"),
    "42P01": _Fault("MA026", "it names a table that the database does not have"),
    "42703": _Fault("MA026", "it names a column that its table does not have"),
    "57014": _Fault("MA025", "an answer took too long, or somebody ended it", LATER),
    "22021": _Fault("MA025", "its texts are in no encoding that it states", _ASK),
    "22P05": _Fault("MA025", "its texts have letters that are not in UTF-8", _ASK),
    "28": _Fault("MA028", ""),
    "3D": _Fault("MA025", "there is no database of this name", "check the address"),
    "08": _Fault("MA025", "it ended the connection half-way", LATER),
    "57": _Fault("MA025", "it ended the connection half-way", LATER),
    "53": _Fault("MA025", "it has no room for this now", LATER),
    "42": _Fault("MA026", "the database does not understand it"),
    "22": _Fault("MA026", "it cannot be worked out with the values that are there"),
    "0A": _Fault("MA026", "the database cannot do that"),
}
# Where no connection came about, there are words only, and they may be in any language.
_WORDS = (
    (r"password|authentication|pg_hba|\brole\b", _STATES["28"]),
    (r"database \".*\" does not exist", _STATES["3D"]),
    (r"certificate|\bssl\b", _Fault("MA025", "the connection to it is not safe (TLS)", _ASK)),
    (r"resolve|translate host|getaddrinfo", _Fault("MA025", "there is no such server", _CHECK)),
    (r"refused|no such file", _Fault("MA025", "no server answers there", _CHECK)),
    (r"time[d]?[ -]?out", _Fault("MA025", "it does not answer, or not in time", LATER)),
    (r"too many|starting up|shutting down|remaining connection", _STATES["53"]),
)
_UNREACHED = _Fault("MA025", "it cannot be reached", _CHECK)
_CUT = _STATES["08"]


@dataclass(frozen=True)
class Address:
    """Where a database is, and what of it is meant."""

    parameters: Mapping[str, Any]
    table: str | None
    query: str | None

    @property
    def names_one(self) -> bool:
        """Whether it names a table or a query."""
        return self.table is not None or self.query is not None


def taken_apart(address: str) -> Address:
    """Take an address apart; its texts get into no message.

    Parameters
    ----------
    address : str
        ``postgresql://...`` as libpq knows it, with ``table=NAME`` or ``query=SELECT ...``.

    Raises
    ------
    InputError
        If it cannot be used, or holds a password.
    SettingsError
        If psycopg is not installed.

    Examples
    --------
    >>> place = taken_apart("postgresql://host/db?table=finds")
    >>> place.table, place.query, place.names_one
    ('finds', None, True)
    """
    if find_spec("psycopg") is None:
        raise SettingsError(
            "An input is a database, which needs an optional part: "
            'pip install "mapaccuracy[postgis]", or export the table as GeoPackage.'
        )
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    base, _, asked = address.strip().partition("?")
    given = [part.partition("=") for part in asked.split("&") if part]
    own = {name: unquote(value) for name, _, value in given if name in ("table", "query")}
    rest = [f"{name}{mark}{value}" for name, mark, value in given if name not in own]
    how = "give it as postgresql://user@host/database?table=NAME"
    if "#" in address:
        raise unusable("it holds a #", "write %23 in its place")
    if not all(value.strip() for value in own.values()) or len(own) > 1:
        raise unusable("it does not name one table or one query", how)
    try:
        parameters = conninfo_to_dict(f"{base}?{'&'.join(rest)}" if rest else base)
    except ProgrammingError:
        reason = "it is not complete, or holds something that PostgreSQL does not know"
        raise unusable(reason, f"{how}; in a query write %26 for & and %25 for %") from None
    if any(parameters.get(name) for name in _SECRETS):
        fix = "take it out, and set the environment variable PGPASSWORD, or use a pgpass file"
        raise unusable("it holds a password, which others could see", fix)
    return Address(parameters, own.get("table"), own.get("query"))


def unusable(reason: str, fix: str) -> InputError:
    """Make the error of an address that cannot be used."""
    return InputError([Problem("MA022", NAME, values={"reason": reason, "fix": fix})])


def not_read(name: str, reason: str, fix: str = _ASK) -> InputError:
    """Make the error of a database or table that cannot be read."""
    return InputError([Problem("MA025", name, values={"reason": reason, "fix": fix})])


@contextmanager
def session_of(place: Address) -> Iterator[Connection[Any]]:
    """Connect, and begin a transaction that can only read.

    Raises
    ------
    InputError
        Of whatever PostgreSQL refuses, here and in the block.
    SettingsError
        If psycopg cannot be loaded.
    """
    check_online(NAME)
    try:
        import psycopg
    except ImportError:
        raise SettingsError(
            "An input is a database, and psycopg cannot be loaded: "
            'pip install --force-reinstall "mapaccuracy[postgis]".'
        ) from None
    usual = {"connect_timeout": CONNECT_S, "fallback_application_name": "mapaccuracy"}
    parameters = {**usual, **place.parameters, "client_encoding": "UTF8"}
    try:
        connection = _bounded().connect(**parameters)
    except (psycopg.Error, OSError, UnicodeError, ValueError) as error:
        raise _refused(NAME, error, place) from None
    try:
        connection.read_only = True
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.execute(_SESSION.format(ms=int(STATEMENT_S * 1000)).encode())
        yield connection
    except (psycopg.Error, OSError, UnicodeError) as error:
        raise _refused(place.table or NAME, error, place) from None
    finally:
        connection.close()


def _bounded() -> type[Connection[Any]]:
    """Make a connection that waits for no statement longer than a server should."""
    import psycopg

    class Bounded(psycopg.Connection[Any]):
        def wait(self, gen: Any, *args: Any, **named: Any) -> Any:
            steps = _until(gen, monotonic() + STATEMENT_S + _GRACE_S)
            try:
                return super().wait(steps, *args, **named)
            except TimeoutError:
                # Whatever would be asked now, to put things in order, would wait as long again.
                self.pgconn.finish()
                raise

    return Bounded


def _until(steps: Any, until_s: float) -> Any:
    """Go through the steps of a statement, which are woken a few times a second, until it is late.

    A server may be stopped without its connection being closed; its own limit is of no use then.
    """
    try:
        wish = next(steps)
        while True:
            ready = yield wish
            if monotonic() > until_s:
                raise TimeoutError
            wish = steps.send(ready)
    except StopIteration as done:
        return done.value


def _refused(name: str, error: BaseException, place: Address) -> InputError:
    fault = _fault(error)
    if fault.code == "MA028":
        return InputError([Problem("MA028", name)])
    if fault.code == "MA026" and place.query is None:
        # The statement is ours then, and the table has changed or is a view that fails.
        return not_read(name, f"{fault.reason} (the table, or what a view asks for)")
    state = getattr(error, "sqlstate", None)
    at = _character(error)
    detail = f" (SQLSTATE {state}{at})" if fault.code == "MA026" and state else ""
    values = {"reason": f"{fault.reason}{detail}", "fix": fault.fix}
    return InputError([Problem(fault.code, name, values=values)])


def _fault(error: BaseException) -> _Fault:
    state = str(getattr(error, "sqlstate", None) or "")
    for length in (5, 2):
        if state[:length] in _STATES:
            return _STATES[state[:length]]
    if isinstance(error, TimeoutError):
        return _Fault("MA025", "it does not answer, or not in time", LATER)
    if isinstance(error, UnicodeError):
        return _STATES["22021"]
    text = str(error)
    found = (fault for words, fault in _WORDS if re.search(words, text, re.IGNORECASE))
    return next(found, _CUT if _had_answered(error) else _UNREACHED)


def _had_answered(error: BaseException) -> bool:
    return re.search(r"closed|terminat|lost|eof|reset", str(error), re.IGNORECASE) is not None


def _character(error: BaseException) -> str:
    """Say at which character of a query something is wrong; its words may hold values."""
    position = getattr(getattr(error, "diag", None), "statement_position", None)
    before = len(f'DECLARE "{CURSOR}" CURSOR FOR ')
    at = int(position) - before if position is not None else 0
    return f", at character {at} of the query" if at > 0 else ""
