"""Running a compiled plan on the native engine: a Plan goes in, raw tables come out."""

from pyfabric.engine.runner import Progress, RawTables, run

__all__ = ["Progress", "RawTables", "run"]
