"""A PostgreSQL server with PostGIS in a temporary folder; its data are SYNTHETIC.

Without the Debian packages tests are skipped; with MAPACCURACY_REQUIRE_POSTGIS they fail.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

READER = "reader"
PASSWORD = "SYNTHETIC-word-4711"  # noqa: S105
OWNER = "postgres"
DATABASE = "register"


def programs() -> Path | None:
    """Find the programs of a server that has PostGIS."""
    homes = sorted(Path("/usr/lib/postgresql").glob("*"), key=lambda home: int(home.name))
    return next((home / "bin" for home in homes[::-1] if [*home.glob("lib/postgis-3*")]), None)


def required() -> Path:
    found = programs()
    if found is not None:
        return found
    if os.environ.get("MAPACCURACY_REQUIRE_POSTGIS"):
        pytest.fail("no PostgreSQL with PostGIS is installed here")
    pytest.skip("needs PostgreSQL with PostGIS (Debian: postgresql postgresql-postgis)")


def unprivileged() -> list[str]:
    """Give what a command begins with: PostgreSQL does not run as root."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]


@dataclass
class Server:
    """A server that runs; the reader may connect by TCP with a password, the owner by socket."""

    folder: Path
    port: int
    pid: int

    def of(self, table: str = "", *, query: str = "", user: str = READER) -> str:
        asked = f"?table={table}" if table else f"?query={query}" if query else ""
        return f"postgresql://{user}@127.0.0.1:{self.port}/{DATABASE}{asked}"

    def owner(self, database: str = DATABASE):
        import psycopg

        return psycopg.connect(
            host=str(self.folder),
            port=self.port,
            user=OWNER,
            dbname=database,
            autocommit=True,
            client_encoding="UTF8",
        )

    def run(self, *statements: str) -> None:
        with self.owner() as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def write(self, name: str, frame: pd.DataFrame, more: str = "") -> None:
        """Write points of a table with lat and lon, as texts and one column geom."""
        columns = [column for column in frame.columns if column not in ("lat", "lon")]
        listed = "".join(f'"{column}" text, ' for column in columns)
        self.run(f"CREATE TABLE {name} ({listed}geom geometry(Point, 4326){more})")
        with self.owner() as connection, connection.cursor() as cursor:
            names = ", ".join(f'"{column}"' for column in columns)
            with cursor.copy(f"COPY {name} ({names}, geom) FROM STDIN".encode()) as copy:
                for row in frame.to_dict("records"):
                    point = f"SRID=4326;POINT({row['lon']!r} {row['lat']!r})"
                    copy.write_row([*(row[column] for column in columns), point])

    def workers(self) -> list[int]:
        """Number the processes that serve the reader."""
        with self.owner() as connection:
            asked = b"SELECT pid FROM pg_stat_activity WHERE usename = 'reader'"
            return [pid for (pid,) in connection.execute(asked).fetchall()]

    def kill(self) -> None:
        """End it as a crash of the machine would, without a word to anybody."""
        for pid in [*self.workers(), self.pid]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


@contextmanager
def running() -> Iterator[Server]:
    """Run a server with one database, in which PostGIS is, until the block ends."""
    home, user = required(), unprivileged()
    # A path of a socket has a hundred letters at most.
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    data, word = folder / "data", folder / "word"
    word.write_text("SYNTHETIC")
    if user:
        for path in (folder, word):
            shutil.chown(path, "postgres", "postgres")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    quiet = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    initdb = [f"{home}/initdb", "-D", data, "-U", OWNER, "-E", "UTF8", "--no-locale", "--no-sync"]
    login = ["--auth-local=trust", "--auth-host=scram-sha-256", f"--pwfile={word}"]
    pg_ctl = [*user, f"{home}/pg_ctl", "-D", data, "-w"]
    options = (
        f"-k {folder} -p {port} -h 127.0.0.1 -c fsync=off -c full_page_writes=off "
        "-c max_connections=20 -c shared_buffers=16MB"
    )
    try:
        subprocess.run([*user, *initdb, *login], cwd=folder, **quiet)
        started = [*pg_ctl, "-l", folder / "log", "-o", options, "start"]
        subprocess.run(started, cwd=folder, **quiet)
        pid = int((data / "postmaster.pid").read_text().split()[0])
        server = Server(folder, port, pid)
        with server.owner("postgres") as connection:
            connection.execute(f"CREATE DATABASE {DATABASE}".encode())
        server.run(
            "CREATE EXTENSION postgis",
            f"CREATE USER {READER} PASSWORD '{PASSWORD}'",
            "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO reader",
            "ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO reader",
        )
        yield server
    finally:
        subprocess.run(
            [*pg_ctl, "-m", "immediate", "stop"], cwd=folder, **{**quiet, "check": False}
        )
        shutil.rmtree(folder, ignore_errors=True)
