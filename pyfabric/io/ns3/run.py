"""One experiment: its files read, the scenario that follows from them, and its results written."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pyfabric.errors import Fault, ScenarioError, shorten
from pyfabric.io.ns3 import controls, settings
from pyfabric.io.ns3.base_rtt import Farthest, PathTimes
from pyfabric.io.ns3.config import Config, read_config
from pyfabric.io.ns3.controls import Window
from pyfabric.io.ns3.flows import FlowFile, read_flow_file
from pyfabric.io.ns3.settings import Conventions
from pyfabric.io.ns3.topology import NetworkFile, read_topology_file
from pyfabric.scenario import Ns3, Scenario
from pyfabric.scenario.ns3 import streams_taken
from pyfabric.workload import Workload, flows

if TYPE_CHECKING:
    from pyfabric.results import Result

FCT_FILE: Final = "fct.txt"
PFC_FILE: Final = "pfc.txt"
_STOP_MAX: Final = 1_000_000
_SECOND_PS: Final = 10**12
_NS_PS: Final = 1000
#: Whose rules a run follows.
NS3: Final = "ns3"
MODELS: Final = ("pyfabric", NS3)


@dataclass(frozen=True)
class Experiment:
    """A configuration of the HPCC simulator, ready to run.

    ``ignored_keys`` are the keys of the file that have no effect here, in its order; the files that
    they name were not opened.
    """

    scenario: Scenario
    ignored_keys: tuple[str, ...]
    network: NetworkFile
    flows: FlowFile
    payload_bytes: int

    def farthest(self) -> Farthest:
        """Largest base round trip and bandwidth-delay product, as that simulator prints them."""
        return PathTimes(self.network, self.payload_bytes).farthest()

    def write(self, result: Result, directory: str | PathLike[str]) -> None:
        """Write fct.txt and pfc.txt of a run of the scenario into an existing directory."""
        from pyfabric.io.ns3.outputs import fct_lines, pfc_lines
        from pyfabric.results.storage import write_text

        path = Path(directory)
        fct = fct_lines(result, self.network, self.flows, self.payload_bytes)
        write_text(path / FCT_FILE, "".join(fct))
        write_text(path / PFC_FILE, "".join(pfc_lines(result, self.network)))


def load(
    config_file: str | PathLike[str],
    *,
    model: str = "pyfabric",
    conventions: Conventions | None = None,
    seed: int = 1,
) -> Experiment:
    """Read a configuration and the topology and flow files it names; paths are relative to the
    working directory, as in that simulator.

    model: "pyfabric": its own, or "ns3": that simulator's arithmetic and order of events
        (docs/ns3.md), which leaves no conventions to choose. conventions: what that simulator fixes
        and no key says; None: the defaults. seed: of the model's draws.

    Raises ScenarioError with file, line and what was expected, for: unknown keys, congestion
    controls that the model lacks, settings that do not exist here, and malformed files.
    """
    conventions = _conventions(model, conventions)
    config = read_config(config_file)
    ns3 = model == NS3
    mode = controls.check_mode(config, ns3=ns3)
    config.raise_all()
    settings.check_unsupported(config)
    payload = config.whole("PACKET_PAYLOAD_SIZE", "payload bytes of a full packet", 256, 9216)
    until = _stop_time(config)
    error_rate = _error_rate(config)
    network = _topology(config, ns3=ns3)
    traffic = _flows(config, network)
    window = _window(config, network, payload or 1000, marks=mode in controls.BY_MARKS)
    control = controls.congestion_control(config, mode, window)
    controls.check_min_rate(config, control, network)
    switch, special = settings.switches(config, network, traffic.priorities(), conventions)
    losses = error_rate > 0 or any(link.error_rate for link in network.links)
    nic = settings.nic(config, payload or 1000, conventions, losses=losses)
    config.raise_all()
    scenario = Scenario(
        topology=network.topology(error_rate),
        workload=_workload(traffic, network, ns3),
        congestion_control=control,
        switch=switch,
        nic=nic,
        framing=settings.framing(conventions, stamped=mode in controls.STAMPED),
        overrides=special,
        seed=seed,
        until=until,
        ns3=_rules(config, network, traffic) if ns3 else None,
    )
    return Experiment(scenario, config.ignored, network, traffic, payload or 1000)


def _conventions(model: str, given: Conventions | None) -> Conventions:
    if model not in MODELS:
        wanted = f"must be one of {', '.join(map(repr, MODELS))}, got {shorten(model)}"
        raise ScenarioError(Fault("model", wanted))
    if model != NS3:
        return given or Conventions()
    if given is not None:
        raise ScenarioError(Fault("conventions", "has no effect under model 'ns3'; leave it out"))
    return settings.NS3_CONVENTIONS


def _rules(config: Config, network: NetworkFile, traffic: FlowFile) -> Ns3:
    ports = set(traffic.dport)
    own_rates = sum(link.error_rate > 0 for link in network.links)
    return Ns3(
        node_ids=network.node_ids,
        destination_ports=traffic.dport[0] if len(ports) == 1 else traffic.dport.tolist(),
        global_base_rtt=config.flag("GLOBAL_T", True),
        first_stream=streams_taken(network.nodes, own_rates),
    )


def _topology(config: Config, *, ns3: bool) -> NetworkFile:
    path = config.text("TOPOLOGY_FILE", "the path of a topology file")
    config.raise_all()
    return read_topology_file(str(path), ns3=ns3)


def _flows(config: Config, network: NetworkFile) -> FlowFile:
    path = config.text("FLOW_FILE", "the path of a flow file")
    config.raise_all()
    return read_flow_file(str(path), network)


def _stop_time(config: Config) -> str | None:
    key, wanted = "SIMULATOR_STOP_TIME", "seconds"
    seconds = config.number(key, wanted, Decimal("1e-12"), _STOP_MAX)
    if seconds is not None and seconds * _SECOND_PS != int(seconds * _SECOND_PS):
        config.add(key, f"{seconds} s is not a whole number of picoseconds")
    return None if seconds is None else f"{seconds:f}s"


def _error_rate(config: Config) -> float:
    """That of links whose own is 0."""
    key = "ERROR_RATE_PER_LINK"
    return float(config.number(key, "a probability", 0, 1) or 0) if key in config else 0.0


def _window(config: Config, network: NetworkFile, payload_bytes: int, *, marks: bool) -> Window:
    """GLOBAL_T 1: the largest bandwidth-delay product by that simulator's formula; 0: of each
    pair, by pyfabric's own (which counts headers and the acknowledgement's time too). ``marks``:
    the congestion control acts on marks alone."""
    if not config.flag("HAS_WIN", True):
        return Window(None, variable=False)
    # Where marking is off and nothing else changes the rate, the window does not change either.
    changes = not marks or config.flag("ENABLE_QCN", True)
    variable = changes and config.flag("VAR_WIN", False)
    if not config.flag("GLOBAL_T", True):
        return Window("bdp", variable)
    bdp_bytes = PathTimes(network, payload_bytes).farthest().bdp_bytes
    return Window(bdp_bytes or "bdp", variable)


def _workload(traffic: FlowFile, network: NetworkFile, ns3: bool) -> Workload:
    endpoint = network.endpoint_of
    priorities = traffic.priorities()
    start = [ns * _NS_PS for ns in traffic.start_ns] if ns3 else traffic.start_ps.tolist()
    return flows(
        src=[endpoint[node] for node in traffic.src],
        dst=[endpoint[node] for node in traffic.dst],
        size=traffic.size_bytes.tolist(),
        start=start,
        priority=priorities[0] if len(priorities) == 1 else traffic.pg.tolist(),
    )
