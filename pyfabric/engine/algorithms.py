"""The plug-ins that a plan names, as the native core takes them, and what they raise."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from pyfabric.cc._bridge import PythonAlgorithm
from pyfabric.cc.abi import Algorithm, Raised
from pyfabric.cc.plugin import Described, Plugin, PluginError, describe
from pyfabric.compile.plan import Plan
from pyfabric.engine.native import _core
from pyfabric.errors import EngineError, Fault, ScenarioError


class Algorithms:
    """The plug-ins of one run. ``natives`` are theirs in the order of the plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._python: list[PythonAlgorithm | Raised] = []
        self._owners: list[object] = []  # of what the natives point to
        self.natives = [self._native(plugin) for plugin in plan.plugins]

    def _native(self, plugin: Plugin) -> _core.Algorithm:
        place = f"congestion control {plugin.name!r}"
        try:
            found = found_again(plugin)
            if found.kind is None:
                capsule = found.capsule
                if isinstance(found.owner, Algorithm):
                    self._python += found.owner.raised
                    for raised in found.owner.raised:  # of an earlier run
                        raised.clear()
            else:
                made = PythonAlgorithm(
                    found.kind,
                    plugin.name,
                    plugin.version,
                    tuple(plugin.parameters),
                    found.observed,
                )
                self._python.append(made)
                capsule = made.capsule()
            self._owners.append(found)
            return _core.Algorithm(capsule)
        except ValueError as error:  # a PluginError, or the core's
            raise ScenarioError(Fault(place, str(error))) from error

    @contextmanager
    def told(self) -> Iterator[None]:
        """What a class in Python raised comes out in place of the EngineError that it caused.

        Ctrl-C that came while its code ran comes out once, when the engine has returned.
        """
        try:
            yield
            self._interrupt()
        except EngineError as error:
            self._interrupt()
            for python in self._python:
                for (time_ps, queue_pair), raised in python.raised.items():
                    node = int(self._plan.columns["qp_tx_node"][queue_pair])
                    if (time_ps, node) == (error.time_ps, error.node):
                        raise self._noted(raised, time_ps, node, queue_pair) from None
            raise

    def _interrupt(self) -> None:
        for python in self._python:
            if python.interrupted:
                python.interrupted = False
                raise KeyboardInterrupt from None

    def _noted(
        self, raised: BaseException, time_ps: int, node: int, queue_pair: int
    ) -> BaseException:
        """The exception with where and when; an EngineError in its own fields."""
        names = self._plan.labels.get("node_names")
        name = names[node] if names else f"node {node}"
        if isinstance(raised, EngineError) and raised.time_ps is None:
            raised = EngineError(raised.message, time_ps, name)
        flows = np.flatnonzero(self._plan.columns["flow_qp"] == queue_pair)
        listed = ", ".join(map(str, flows[:4].tolist())) + (", ..." if len(flows) > 4 else "")
        many = "s" if len(flows) > 1 else ""
        raised.add_note(
            f"in a congestion control at {time_ps} ps of simulated time, at {name}, queue pair "
            f"{queue_pair}, flow{many} {listed}"
        )
        return raised


def found_again(plugin: Plugin) -> Described:
    """What the plan means; PluginError when it is missing, or not what the plan was made for."""
    if plugin.algorithm is not None:
        found = describe(plugin.algorithm)
    elif plugin.source is None:
        raise PluginError(
            "the plan needs it, and does not say where it is: it was compiled from an object "
            "without a name of the form 'module:attribute'"
        )
    else:
        try:
            found = describe(plugin.source)
        except PluginError as error:
            raise PluginError(f"the plan needs it, but {error}") from error
    said = (found.name, found.version, tuple(found.defaults))
    if said != (plugin.name, plugin.version, tuple(plugin.parameters)):
        raise PluginError(
            f"the plan was compiled for version {plugin.version!r} of {plugin.name!r} with "
            f"parameters {list(plugin.parameters)}, found is version {said[1]!r} of {said[0]!r} "
            f"with {list(said[2])}; compile the scenario again"
        )
    return found
