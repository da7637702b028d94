"""What `doctor` says of the machine, and what it keeps to itself."""

import getpass
import json
import os
import platform
import re
import shutil
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from mapaccuracy.commands import surroundings

ROOT = Path(__file__).parent.parent
# Runs doctor in a Python that cannot load certain libraries.
_WITHOUT = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {names!r}:
            raise ImportError("not in /home/somebody/lib")
sys.meta_path.insert(0, Blocked())
from mapaccuracy.commands import main
main(["doctor", "--format", "json"])
"""


def without(*names):
    """Run in a process of its own: exit code and document."""
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT.format(names=set(names))],
        text=True,
        capture_output=True,
        check=False,
    )
    return done.returncode, json.loads(done.stdout)


def states(document):
    return {part["name"]: part["state"] for part in document["parts"]}


def test_all_that_is_needed_is_here(run):
    done = run("doctor", "--format", "json")
    assert done.code == 0
    assert done.err == ""
    assert done.document["complete"] is True
    found = {part["name"]: part for part in done.document["parts"]}
    for name, part in found.items():
        assert part["state"] in ("ok", "absent"), name
        assert set(part) == {"group", "name", "state", "found", "means"}
    import numpy as np
    import pyogrio
    import pyproj
    import shapely

    assert found["numpy"]["found"] == np.__version__
    assert found["pyogrio"]["found"] == (
        f"{pyogrio.__version__} (GDAL {'.'.join(map(str, pyogrio.__gdal_version__))})"
    )
    geos = ".".join(map(str, shapely.geos_version))
    assert found["shapely"]["found"] == f"{shapely.__version__} (GEOS {geos})"
    assert found["pyproj"]["found"] == f"{pyproj.__version__} (PROJ {pyproj.proj_version_str})"
    assert found["Python"]["found"].startswith(platform.python_version())
    assert "EPSG:15865, accuracy 4.5 m" in found["EPSG:15865"]["found"]
    assert found["network of PROJ"]["found"] == "off"


def test_every_library_and_extra_of_the_package_is_looked_at(run):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    known = states(run("doctor", "--format", "json").document)
    for asked in project["dependencies"]:
        assert re.match(r"[\w.-]+", asked)[0] in known
    extras = set(project["optional-dependencies"]) - {"all", "test", "bench", "dev"}
    assert extras <= set(known)
    for extra in extras:
        asked = project["optional-dependencies"][extra]
        assert surroundings.EXTRAS[extra][0] in [re.match(r"[\w.-]+", each)[0] for each in asked]


@pytest.mark.parametrize("form", ["table", "json"])
def test_no_user_machine_or_folder_is_named(form, run, tmp_path, monkeypatch):
    place = tmp_path / "folder-of-somebody"
    place.mkdir()
    monkeypatch.chdir(place)
    for name in ("HOME", "USERPROFILE", "TMPDIR", "TEMP"):
        monkeypatch.setenv(name, str(place))
    for name in ("USER", "LOGNAME", "USERNAME"):
        monkeypatch.setenv(name, "user-of-this-machine")
    done = run("doctor", "--format", form)
    assert "folder-of-somebody" not in done.out
    assert "user-of-this-machine" not in done.out
    for secret in (getpass.getuser(), socket.gethostname(), sys.prefix, sys.executable, str(ROOT)):
        assert not re.search(rf"(?<!\w){re.escape(secret)}(?!\w)", done.out), secret
    # A separator of folders stands in no word, but for what pip is told.
    assert not re.search(r"(^|\s)[/~]\w|[A-Z]:\\", done.out)


def test_what_cannot_be_loaded_is_missing_and_ends_with_3():
    code, document = without("numpy")
    assert code == 3
    assert document["complete"] is False
    found = states(document)
    assert found["numpy"] == found["scipy"] == found["GPKG"] == "missing"
    assert found["click"] == "ok"
    assert "/home" not in json.dumps(document)


def test_without_extras_all_that_is_needed_is_still_here():
    code, document = without("pyarrow", "matplotlib", "psycopg")
    assert code == 0
    found = {part["name"]: part for part in document["parts"]}
    assert found["parquet"]["state"] == found["report"]["state"] == "absent"
    assert found["parquet"]["means"] == "for GeoParquet: pip install 'mapaccuracy[parquet]'"


def test_a_library_that_is_too_old_is_missing(run, monkeypatch):
    true = surroundings.metadata.version
    monkeypatch.setattr(
        surroundings.metadata, "version", lambda name: "1.9.9" if name == "numpy" else true(name)
    )
    done = run("doctor")
    assert done.code == 3
    assert 'too old: pip install "numpy>=2.0"' in done.out
    assert done.out.endswith("Needed and not there: numpy.\n")


def test_a_format_that_gdal_does_not_know_is_told(run, monkeypatch):
    import pyogrio

    known = pyogrio.list_drivers(read=True)
    monkeypatch.setattr(
        pyogrio, "list_drivers", lambda **_: {n: m for n, m in known.items() if n != "OpenFileGDB"}
    )
    done = run("doctor")
    assert done.code == 0
    assert "File Geodatabase cannot be read" in " ".join(done.out.split())
    monkeypatch.setattr(pyogrio, "list_drivers", lambda **_: {})
    assert run("doctor").code == 3


# Root may write anywhere, unless it gives these rights away.
IS_ROOT = os.name == "posix" and os.geteuid() == 0
NO_OVERRIDE = ["setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner"]


@pytest.mark.skipif(os.name != "posix", reason="rights of POSIX")
@pytest.mark.skipif(IS_ROOT and not shutil.which("setpriv"), reason="root, without setpriv")
def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    tmp_path.chmod(0o500)
    command = [sys.executable, "-m", "mapaccuracy", "doctor", "--format", "json"]
    done = subprocess.run(
        [*(NO_OVERRIDE if IS_ROOT else []), *command],
        cwd=tmp_path,
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0
    assert states(json.loads(done.stdout))["working folder"] == "absent"


def test_a_temporary_folder_that_cannot_be_written_is_told(run, monkeypatch):
    def refuse(**_):
        raise PermissionError(13, "denied", "/home/somebody")

    monkeypatch.setattr(surroundings.tempfile, "TemporaryFile", refuse)
    done = run("doctor", "--format", "json")
    found = states(done.document)
    assert found["temporary folder"] == found["working folder"] == "absent"
    assert "/home" not in done.out


def test_the_table_fits_a_screen(run):
    done = run("doctor")
    assert max(map(len, done.out.splitlines())) <= 100
    assert "Examples:" in run("doctor", "--help").out
