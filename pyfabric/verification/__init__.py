"""Is a fabric lossless? Answers from the compiled plan, before any run."""

from pyfabric.verification.compute import verify
from pyfabric.verification.finding import Finding
from pyfabric.verification.report import Verification

__all__ = ["Finding", "Verification", "verify"]
