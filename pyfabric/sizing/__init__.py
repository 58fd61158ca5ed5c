"""Memory that lossless links need, from closed formulas: headroom, and what keeps a link busy."""

from pyfabric.sizing.compute import headroom
from pyfabric.sizing.result import Headroom, Term

__all__ = ["Headroom", "Term", "headroom"]
