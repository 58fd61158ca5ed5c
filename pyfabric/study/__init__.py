"""Experiments of many runs: settings side by side over seeds."""

from pyfabric.study.comparing import compare
from pyfabric.study.comparison import Comparison
from pyfabric.study.errors import RunFailure, StudyError, StudyWarning
from pyfabric.study.executors import StudyProgress
from pyfabric.study.files import ComparisonFile, load_comparison

__all__ = [
    "Comparison",
    "ComparisonFile",
    "RunFailure",
    "StudyError",
    "StudyProgress",
    "StudyWarning",
    "compare",
    "load_comparison",
]
