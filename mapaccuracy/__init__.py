"""How far can supplied minefield maps be trusted? Compares them with recorded finds.

The names below are the public library; each is imported when it is first used, so that
``import mapaccuracy`` stays light.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

_HOME = {
    "Comparison": "compare",
    "Diagnosis": "displacement",
    "Evaluation": "evaluation",
    "InputError": "errors",
    "MapAccuracyError": "errors",
    "Matching": "schema",
    "Problem": "schema",
    "Settings": "schema",
    "SettingsError": "errors",
    "Traverse": "intake.traversing",
    "__version__": "schema.version",
    "diagnose": "displacement",
    "evaluate": "evaluation",
    "match": "matching",
    "traverse": "intake.traversing",
}

__all__ = [
    "Comparison",
    "Diagnosis",
    "Evaluation",
    "InputError",
    "MapAccuracyError",
    "Matching",
    "Problem",
    "Settings",
    "SettingsError",
    "Traverse",
    "__version__",
    "compare",
    "diagnose",
    "evaluate",
    "match",
    "traverse",
]

if TYPE_CHECKING:
    from mapaccuracy import compare
    from mapaccuracy.compare import Comparison
    from mapaccuracy.displacement import Diagnosis, diagnose
    from mapaccuracy.errors import InputError, MapAccuracyError, SettingsError
    from mapaccuracy.evaluation import Evaluation, evaluate
    from mapaccuracy.intake.traversing import Traverse, traverse
    from mapaccuracy.matching import match
    from mapaccuracy.schema import Matching, Problem, Settings
    from mapaccuracy.schema.version import __version__


def __getattr__(name: str) -> Any:
    if name == "compare":  # a module: its function would hide it
        return import_module("mapaccuracy.compare")
    if name not in _HOME:
        raise AttributeError(f"module 'mapaccuracy' has no attribute '{name}'")
    return getattr(import_module(f"mapaccuracy.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
