"""The benchmark suite behind ``pyfabric bench``: cases, measuring beside the yardstick, reports."""

from pyfabric.bench.cases import CASES, Case
from pyfabric.bench.measure import Job
from pyfabric.bench.report import text
from pyfabric.bench.suite import jobs, measure_apart, with_ratios

__all__ = ["CASES", "Case", "Job", "jobs", "measure_apart", "text", "with_ratios"]
