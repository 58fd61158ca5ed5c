"""Routes from the structure of generated fabrics against those of the search, and their size."""

import random

import numpy as np
import pytest
from route_tables import next_hops, random_topology

import pyfabric as pf
from pyfabric.compile.ecmp import switch_seeds
from pyfabric.compile.entries import EntryTable, RowTable
from pyfabric.compile.paths import PathFinder
from pyfabric.compile.ports import port_table
from pyfabric.compile.routes import Routes
from pyfabric.compile.routing import compute_routes


@pytest.mark.parametrize("seed", range(40))
def test_next_hops_and_distances_are_those_of_the_search(seed):
    topology = random_topology(random.Random(seed))
    arrays = topology.expand()
    table = port_table(arrays)
    made, searched = compute_routes(table, arrays.tiers), compute_routes(table)
    assert next_hops(table, made) == next_hops(table, searched)
    switch = np.arange(table.nodes - table.hosts)[:, None]
    ours = made.distances.between(switch, made.group)
    theirs = searched.distances.between(switch, searched.group)
    assert np.array_equal(ours, theirs)


def test_paths_are_those_of_the_search():
    arrays = pf.clos(3, 3, 2, 2, 3, uplinks=2).expand()
    table = port_table(arrays)
    tx, rx = np.divmod(np.arange(18 * 18), 18)
    tx, rx = tx[tx != rx], rx[tx != rx]
    entropy = np.arange(len(tx), dtype=np.uint64) * np.uint64(2654435761) % np.uint64(2**32)
    seeds = switch_seeds(7, table.nodes)
    paths = []
    for routes in (compute_routes(table, arrays.tiers), compute_routes(table)):
        finder = PathFinder(table, routes, seeds)
        assert finder.reachable(tx, rx).all()
        paths.append(finder.trace(finder.sending_port(tx, rx, entropy), rx, entropy))
    assert np.array_equal(*paths)


def test_tables_of_a_fat_tree_do_not_grow_with_switches_times_groups():
    """One entry for a leaf, k/2 for all spines, k for all cores; the ports need no table."""
    arrays = pf.fat_tree(32).expand()
    routes = compute_routes(port_table(arrays), arrays.tiers)
    assert len(routes.entry) == 1 + 16 + 32
    assert (len(routes.ecmp_port), len(routes.local_entry)) == (0, 0)
    assert set(routes.count[8192:].tolist()) == {1, 16, 32}


def test_searched_tables_are_compressed():
    """A leaf needs an entry of its own, a spine one for each leaf but one, its default."""
    arrays = pf.leaf_spine(16, 4, 2).expand()
    routes = compute_routes(port_table(arrays))
    assert len(routes.entry) == 1 + 15
    arrays = pf.fat_tree(8).expand()
    routes = compute_routes(port_table(arrays))
    assert set(routes.shift[-16:].tolist()) == {2}, "cores look at pods only"


@pytest.mark.parametrize("ports", [[3, 4, 5], [0], [40_000], [2, 4], [5, 4], [7, 7], [*range(40)]])
def test_sets_of_ports_in_any_form(ports):
    """Read back in their order; runs need no table, as long as 15 bits hold their first port."""
    entries, rows = EntryTable(), RowTable(1)
    rows.add_dense(0, np.array([entries.members(ports)], dtype=np.uint32))
    zero = np.zeros(1, dtype=np.int64)
    routes = Routes.of(zero, zero, rows, entries, None)
    count = len(ports)
    sets = routes.sets(np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64))
    assert sets.size.tolist() == [count] * count
    assert routes.ports(sets, np.arange(count)).tolist() == ports
    run = ports == [*range(ports[0], ports[0] + count)] and ports[0] < 2**15
    assert len(routes.ecmp_port) == (0 if run else count)


@pytest.mark.parametrize("seed", range(60))
def test_rows_hold_what_they_were_made_from(seed):
    """Random rows with runs, blocks and ends in common; seed in the name of the test."""
    dice = random.Random(seed)
    values = [0x40000000 | port for port in range(dice.randint(1, 4))] + [0xFFFFFFFF]
    block = 1 << dice.randint(0, 3)
    length = dice.randint(1, 40)
    dense = [dice.choice(values) for _ in range(length // block + 1) for _ in range(block)][:length]
    if dice.random() < 0.5:
        ends = dice.randint(0, length)
        dense = [values[0]] * ends + dense[ends:]
    row = np.array(dense, dtype=np.uint32)
    rows = RowTable(2)
    for node in (0, 1):
        rows.add_dense(node, row)
    group = np.arange(length)
    routes = Routes.of(group, group * 0, rows, EntryTable(), None)
    assert routes.entries(group * 0 + 1, group).tolist() == dense
    assert rows.base[0] == rows.base[1]
    assert len(routes.entry) <= length
