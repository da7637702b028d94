"""One spelling for each district that rows name, where no polygons tell districts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

import numpy as np

from mapaccuracy.evaluation.located import coded
from mapaccuracy.schema import Ints, Layer, Problem, Settings, normalise
from mapaccuracy.schema.spellings import Spellings

_EXAMPLES = 5
_Name = TypeVar("_Name", bound=str)


def spelled_alike(layers: Mapping[_Name, Layer], settings: Settings) -> dict[_Name, Layer]:
    """Let rows that name one district in several spellings name it in one.

    Parameters
    ----------
    layers : mapping of str to Layer
    settings : Settings
        Uses ``aliases``.

    Returns
    -------
    dict of str to Layer
        As they are where districts are polygons, or every district has one spelling. Else with
        one, and with MA127 in `Layer.problems` saying of how many rows.
    """
    typed = {name: texts for name, layer in layers.items() if (texts := _typed(layer)) is not None}
    if "districts" in layers or not typed:
        return dict(layers)
    labels = _labels({text for names, _ in typed.values() for text in names}, settings)
    out = dict(layers)
    for name, (names, of_row) in typed.items():
        new = [labels.get(text, text) for text in names]
        if new != names:
            out[name] = _spelled(layers[name], name, names, new, of_row)
    return out


def _typed(layer: Layer) -> tuple[list[str], Ints] | None:
    if "district" not in layer.frame.columns:
        return None
    names, of_row = coded(np.asarray(layer.frame["district"].fillna(""), dtype=object))
    return names, of_row


def _labels(texts: set[str], settings: Settings) -> dict[str, str]:
    """Give the texts that need another spelling, with that."""
    spellings = Spellings(settings.aliases)
    groups: dict[str, list[str]] = {}
    for text in sorted(texts):
        key = spellings.key(text)
        if key:
            groups.setdefault(key, []).append(text)
    labels = {}
    for same in groups.values():
        label = spellings.label(same)
        if {normalise(text) for text in same} != {normalise(label)}:
            labels.update(dict.fromkeys(same, label))
    return labels


def _spelled(layer: Layer, name: str, names: list[str], new: list[str], of_row: Ints) -> Layer:
    import pandas as pd

    differs = np.array(
        [normalise(a) != normalise(b) for a, b in zip(names, new, strict=True)], dtype=bool
    )
    told = [f"{a} as {b}" for a, b, other in zip(names, new, differs, strict=True) if other]
    more = len(told) - _EXAMPLES
    listed = ", ".join(told[:_EXAMPLES]) + (f" and {more:,} more" if more > 0 else "")
    n = int(differs[of_row].sum())
    texts = np.array(new, dtype=object)[of_row]
    column = pd.Series(texts, dtype=object, index=layer.frame.index)
    problems = layer.problems
    if n:
        values = {"n": f"{n:,}", "role": name, "spellings": listed}
        problems = (*problems, Problem("MA127", name, values=values))
    return replace(layer, frame=layer.frame.assign(district=column), problems=problems)
