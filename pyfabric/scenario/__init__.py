"""What the user asks for: immutable, typed, validated specs; reading and writing them as YAML."""

from pyfabric.scenario.ecn import ECN
from pyfabric.scenario.faults import PauseStorm
from pyfabric.scenario.framing import Framing
from pyfabric.scenario.nic import Nic
from pyfabric.scenario.ns3 import Ns3
from pyfabric.scenario.pools import WRED, BufferPool, BufferProfile
from pyfabric.scenario.route import Route
from pyfabric.scenario.scenario import Scenario
from pyfabric.scenario.switch import PFC, Switch
from pyfabric.scenario.watchdog import PFCWatchdog

__all__ = [
    "ECN",
    "PFC",
    "WRED",
    "BufferPool",
    "BufferProfile",
    "Framing",
    "Nic",
    "Ns3",
    "PFCWatchdog",
    "PauseStorm",
    "Route",
    "Scenario",
    "Switch",
]
