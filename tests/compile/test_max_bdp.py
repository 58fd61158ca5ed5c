"""``window="max_bdp"``: the examples that stand for all pairs of hosts, against all pairs."""

import random

import numpy as np
import pytest

import pyfabric as pf
from pyfabric.compile.connections import Network, bdp_bytes, connect, max_bdp_bytes
from pyfabric.compile.distinct import distinct
from pyfabric.compile.ecmp import switch_seeds
from pyfabric.compile.framing import Frames
from pyfabric.compile.paths import PathFinder
from pyfabric.compile.ports import port_table
from pyfabric.compile.routing import compute_routes


def network(topology: pf.Topology, latency_ps: list[int]) -> Network:
    """The network of a topology; ``latency_ps`` in turn for its switches."""
    arrays = topology.expand()
    table = port_table(arrays)
    routes = compute_routes(table, arrays.tiers)
    latency = np.zeros(table.nodes, dtype=np.int64)
    latency[table.hosts :] = np.resize(latency_ps, table.nodes - table.hosts)
    ttl = np.full(table.nodes, 64)
    paths = PathFinder(table, routes, switch_seeds(1, table.nodes))
    return Network(table, routes, paths, Frames.of(pf.Framing(), 4096), latency, ttl)


@pytest.mark.parametrize("seed", range(20))
def test_no_pair_of_hosts_has_more(seed):
    dice = random.Random(seed)
    nics = dice.choice((1, 2))
    options = {name: dice.choice(("100G", "200G", "800G")) for name in ("host_rate", "uplink_rate")}
    options |= {name: dice.choice(("1us", "7us")) for name in ("host_delay", "uplink_delay")}
    options |= {"nics_per_host": nics, "gpus_per_host": nics}
    topology = dice.choice(
        [
            pf.leaf_spine(dice.randint(2, 3), 2, 2, **options),
            pf.clos(2, 2, 2, 2, 1, core_rate=dice.choice(("50G", "800G")), **options),
            pf.clos(3, 1, 1, 2, 2, core_delay="20us", **options),
        ]
    )
    net = network(topology, dice.choice(([0], [300_000], [0, 900_000, 100_000])))
    count = net.table.addresses
    tx, rx = np.divmod(np.arange(count * count), count)
    apart = net.table.address_host[tx] != net.table.address_host[rx]
    tx, rx = tx[apart], rx[apart]
    pairs = connect(net, tx, rx, np.zeros(len(tx), dtype=np.uint64))
    assert max_bdp_bytes(net) == bdp_bytes(pairs).max()


def test_two_nics_of_one_host_do_not_stand_for_two_hosts():
    """Below a slow uplink the pair with most in flight shares a leaf: 400 Gb/s over two links."""
    options = {"nics_per_host": 2, "gpus_per_host": 2, "uplink_rate": "1Gbps"}
    slow, single = pf.leaf_spine(2, 1, 2, **options), pf.star(2)
    assert max_bdp_bytes(network(slow, [0])) == max_bdp_bytes(network(single, [0]))


@pytest.mark.parametrize("seed", range(5))
def test_distinct_rows(seed):
    dice = np.random.default_rng(seed)
    columns = [dice.integers(-2, 3, 500) * 10**12 for _ in range(4)]
    first, kind = distinct(columns)
    rows = np.stack(columns, axis=1)
    unique, index, inverse = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    assert np.array_equal(rows[first], unique)
    assert first.tolist() == index.tolist()
    assert kind.tolist() == inverse.reshape(-1).tolist()
