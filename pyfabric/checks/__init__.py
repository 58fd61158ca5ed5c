"""Verdicts on results: losslessness."""

from pyfabric.checks.lossless import check_lossless
from pyfabric.checks.report import (
    DeadlockViolation,
    DropViolation,
    LosslessReport,
    LostRowsViolation,
    OtherLoss,
)
from pyfabric.checks.waiting import Waiting

__all__ = [
    "DeadlockViolation",
    "DropViolation",
    "LosslessReport",
    "LostRowsViolation",
    "OtherLoss",
    "Waiting",
    "check_lossless",
]
