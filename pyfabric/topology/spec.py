"""The topology as the user writes it: a generator and its parameters, expanded when asked."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from pyfabric.errors import Fault, ScenarioError, unknown
from pyfabric.spec import Faults, FrozenDict, Spec, arguments, check_arguments, spec
from pyfabric.topology import edges as edge_lists
from pyfabric.topology import generators
from pyfabric.topology.edges import Layout

if TYPE_CHECKING:
    from pyfabric.topology.arrays import TopologyArrays

_LAYOUTS: Final[dict[str, Callable[[Faults, Mapping[str, Any]], Layout]]] = {
    "leaf_spine": generators.leaf_spine_layout,
    "fat_tree": generators.fat_tree_layout,
    "clos": generators.clos_layout,
    "star": generators.star_layout,
    "edges": edge_lists.edges_layout,
}


@spec
class Topology(Spec):
    """A fabric: hosts, switches and the links between them.

    Made by a function such as :func:`leaf_spine` or by :meth:`from_edges`; keeps ``generator`` and
    its ``parameters`` as given and expands to arrays only when asked. Nodes are numbered hosts
    first, then switches. An endpoint is a GPU; they are numbered host by host.
    """

    generator: str
    parameters: Mapping[str, Any]

    def check(self, faults: Faults) -> None:
        if self.generator not in _LAYOUTS:
            faults.add("generator", unknown("generator", self.generator, _LAYOUTS))
            return
        check_arguments(MAKERS[self.generator], self.owner, self.parameters)
        object.__setattr__(self, "parameters", FrozenDict(_canonical(self)))
        own = Faults(self.owner)
        layout = _LAYOUTS[self.generator](own, self.parameters)
        faults.found.extend(own.found)
        if not own.found:
            object.__setattr__(self, "_layout", layout)
            if layout.shortest_delay_ps < 1000:
                warnings.warn(
                    f"{self.owner}: the shortest link delay is {layout.shortest_delay_ps} ps, "
                    "below 1 ns (5 ns is a metre of cable)",
                    UserWarning,
                    stacklevel=6,
                )

    @staticmethod
    def from_edges(
        hosts: int | Sequence[str],
        switches: int | Sequence[str],
        edges: Iterable[Sequence[Any] | Mapping[str, Any]],
        gpus_per_host: int = 1,
    ) -> Topology:
        """A topology from its links.

        hosts, switches: how many (``host0``, ... and ``switch0``, ...), or their names.
        edges: ``(a, b, rate, delay)`` or ``(a, b, rate, delay, error_rate)``, or mappings with
            these names and optionally ``nic_a``, ``nic_b``. Parallel edges are separate links.
            ``error_rate`` is the probability that a frame is damaged, for both directions or as a
            pair (a to b, b to a). Several links of a host are ports of one NIC unless
            ``nic_a``/``nic_b`` number them. The ports of a node follow the order of its edges.
        gpus_per_host: endpoints of each host (1); GPU g uses NIC g modulo the number of NICs.

        Raises ScenarioError for unknown or duplicate names, links from a node to itself,
        unconnected hosts.
        """
        links: object = edges
        if not isinstance(links, str | Mapping) and isinstance(links, Iterable):
            links = tuple(links)
        parameters = {"hosts": hosts, "switches": switches, "edges": links}
        return Topology("edges", {**parameters, "gpus_per_host": gpus_per_host})

    @property
    def owner(self) -> str:
        """What messages call this topology: the function that makes it."""
        return "from_edges" if self.generator == "edges" else self.generator

    @property
    def layout(self) -> Layout:
        """Nodes and links in plain Python, for checks that need no arrays."""
        layout: Layout = self.__dict__["_layout"]
        return layout

    @property
    def hosts(self) -> int:
        """Number of hosts."""
        return self.layout.hosts

    @property
    def switches(self) -> int:
        """Number of switches."""
        return self.layout.switches

    @property
    def endpoints(self) -> int:
        """Number of endpoints (GPUs)."""
        return self.layout.hosts * self.layout.gpus_per_host

    @property
    def host_names(self) -> tuple[str, ...]:
        """Names of the hosts, in order."""
        return self.layout.host_names()

    @property
    def switch_names(self) -> tuple[str, ...]:
        """Names of the switches, in order."""
        return self.layout.switch_names()

    def expand(self) -> TopologyArrays:
        """Nodes and edges as arrays; made once."""
        arrays: TopologyArrays | None = self.__dict__.get("_arrays")
        if arrays is None:
            from pyfabric.topology.expansion import expand

            arrays = expand(self.layout)
            object.__setattr__(self, "_arrays", arrays)
        return arrays

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """Names of all parameters of its generator."""
        return tuple(inspect.signature(MAKERS[self.generator]).parameters)

    def with_parameters(self, changes: Mapping[str, Any]) -> Topology:
        """The same generator with other parameters, validated again."""
        maker = MAKERS[self.generator]
        return maker(**{**self.parameters, **changes})

    def __getstate__(self) -> dict[str, Any]:
        return {"generator": self.generator, "parameters": self.parameters}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            object.__setattr__(self, name, value)
        layout = _LAYOUTS[self.generator](Faults(self.owner), self.parameters)
        object.__setattr__(self, "_layout", layout)

    def __repr__(self) -> str:
        name = "Topology.from_edges" if self.generator == "edges" else self.generator
        return f"{name}({arguments(self.parameters)})"

    def _repr_html_(self) -> str:
        from pyfabric import markup

        counts = {"hosts": self.hosts, "switches": self.switches, "endpoints": self.endpoints}
        rows = [
            (name, f"{len(value)} listed" if isinstance(value, tuple) else value)
            for name, value in self.parameters.items()
            if name not in counts or isinstance(value, tuple)
        ]
        return markup.table(f"Topology {self.generator}", [*counts.items(), *rows])


#: generator -> the function that makes it, as used in files; those of generated topologies are
#: entered by :mod:`pyfabric.topology.makers`.
MAKERS: Final[dict[str, Callable[..., Topology]]] = {}


def make(generator: str, parameters: Mapping[str, Any]) -> Topology:
    """The topology of a generator's name and parameters, as in a file."""
    if generator not in MAKERS:
        raise ScenarioError(Fault(generator, unknown("topology", generator, MAKERS)))
    return MAKERS[generator](**parameters)


def _canonical(topology: Topology) -> dict[str, Any]:
    """Parameters in the order of the maker, defaults left out, except for the first rate."""
    parameters, given = {}, topology.parameters
    for name, parameter in inspect.signature(MAKERS[topology.generator]).parameters.items():
        value = given.get(name, parameter.default)
        kept = parameter.default is parameter.empty or name in ("host_rate", "rate")
        if kept or not _same(value, parameter.default):
            parameters[name] = value
    return parameters


def _same(value: Any, default: Any) -> bool:
    return type(value) is type(default) and bool(value == default)
