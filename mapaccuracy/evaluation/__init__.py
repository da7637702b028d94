"""evaluate(): the one path through the house, from tables to figures."""

from mapaccuracy.evaluation.path import evaluate
from mapaccuracy.evaluation.result import Evaluation

__all__ = ["Evaluation", "evaluate"]
