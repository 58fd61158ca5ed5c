"""Results: named columns with units, and the object that carries them."""

from pyfabric.results.result import STOP_REASONS, Result
from pyfabric.results.storage import load, save
from pyfabric.results.table import MissingPackageError, Table

__all__ = ["STOP_REASONS", "MissingPackageError", "Result", "Table", "load", "save"]
