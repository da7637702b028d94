"""What several test modules use."""

import json
import os
import signal
from pathlib import Path

import pytest
from hypothesis import settings

# A slow machine is no fault of the code; in CI the same examples every time, elsewhere new ones.
settings.register_profile("anywhere", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("anywhere")

SCHEMA = Path(__file__).parent.parent / "mapaccuracy" / "schema" / "result.schema.json"


@pytest.fixture(scope="session")
def result_schema():
    """The published JSON Schema of the result document, as a validator."""
    import jsonschema

    schema = json.loads(SCHEMA.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


class Run:
    """Outcome of a command run in this process."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    @property
    def document(self):
        return json.loads(self.out)


@pytest.fixture
def run(capsys, monkeypatch):
    """Run ``mapaccuracy ARGS`` in this process: exit code, stdout, stderr."""
    from mapaccuracy.commands import main

    monkeypatch.delenv("MAPACCURACY_TRACEBACK", raising=False)
    # The command leaves Ctrl-C ignored, so that it can end in peace; these tests go on.
    before = signal.getsignal(signal.SIGINT)

    def call(*args):
        with pytest.raises(SystemExit) as stop:
            main([str(arg) for arg in args])
        captured = capsys.readouterr()
        return Run(stop.value.code, captured.out, captured.err)

    yield call
    signal.signal(signal.SIGINT, before)
