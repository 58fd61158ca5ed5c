"""Results as text."""

from pyfabric.reports.comparison import comparison
from pyfabric.reports.summary import summary

__all__ = ["comparison", "summary"]
