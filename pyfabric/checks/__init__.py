"""Verdicts: whether a result was lossless, whether a congestion control keeps the laws."""

from pyfabric.checks.congestion_control import (
    CongestionControlReport,
    check_congestion_control,
)
from pyfabric.checks.laws import CcFinding
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
    "CcFinding",
    "CongestionControlReport",
    "DeadlockViolation",
    "DropViolation",
    "LosslessReport",
    "LostRowsViolation",
    "OtherLoss",
    "Waiting",
    "check_congestion_control",
    "check_lossless",
]
