"""Experiments of the HPCC ns-3 simulator: its configuration, topology and flow files as they are,
run in pyfabric's own model; results in its formats (docs/ns3.md)."""

from pyfabric.io.ns3.flows import FlowFile, read_flow_file, write_flow_file
from pyfabric.io.ns3.outputs import fct_lines, pfc_lines
from pyfabric.io.ns3.run import Experiment, load
from pyfabric.io.ns3.settings import Conventions
from pyfabric.io.ns3.topology import NetworkFile, read_topology_file

__all__ = [
    "Conventions",
    "Experiment",
    "FlowFile",
    "NetworkFile",
    "fct_lines",
    "load",
    "pfc_lines",
    "read_flow_file",
    "read_topology_file",
    "write_flow_file",
]
