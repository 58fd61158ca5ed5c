// One worker through one window: partition by partition, node by node (docs/model.md 4, 11).
#include <algorithm>

#include "fabric/engine/lot.h"
#include "fabric/net/switch.h"
#include "fabric/transport/nic.h"

namespace fabric {

namespace {

// Touches what a node will read first, while the one before it runs.
void prefetch(const Network& net, const Node& node) {
  for (std::uint32_t p = node.first_port; p < node.first_port + node.port_count; ++p) {
    __builtin_prefetch(&net.lanes[p]);
    __builtin_prefetch(&net.ports[p]);
    net.lanes[p].frames.prefetch();
  }
}

}  // namespace

void Lot::run_window(const Partitions& all, Ps start, Ps end) {
  worker.sent_first = kNever;
  for (std::size_t b = 0; b < block_next.size(); ++b) {
    if (block_next[b] >= end) continue;
    block_next[b] = run_block(all, b, start, end);
  }
  next = worker.sent_first;
  for (const Ps t : block_next) next = std::min(next, t);
}

// Returns the earliest event that is left.
Ps Lot::run_block(const Partitions& all, std::size_t block, Ps start, Ps end) {
  const std::size_t last = std::min(partitions.size(), (block + 1) * kBlock);
  for (std::size_t i = block * kBlock; i < last; ++i) {
    const Partition& partition = all.list[partitions[i]];
    if (i + 1 < last) {
      const std::uint32_t following = all.members[all.list[partitions[i + 1]].first];
      if (worker.net.next[following] < end) prefetch(worker.net, worker.net.nodes[following]);
    }
    try_partition(all, partition, start, end);
  }
  Ps first = kNever;  // afterwards: the later ones sent to the earlier ones
  const Ps* const next_of = worker.net.next.data();
  for (std::size_t n = block == 0 ? 0 : block_end[block - 1]; n < block_end[block]; ++n)
    first = std::min(first, next_of[nodes[n]]);
  return first;
}

void Lot::try_partition(const Partitions& all, const Partition& partition, Ps start, Ps end) {
  for (bool broke = true; broke;) {
    broke = false;
    try {
      run_partition(all, partition, start, end);
    } catch (const BrokenInvariant& broken) {
      const Fault found{broken.what(), worker.now, worker.node->id};
      if (!fault || found.comes_before(*fault)) fault = found;
      // Other nodes of the partition may be behind this one, and fail earlier.
      worker.net.next[found.node] = kNever;
      end = std::min(end, found.time + 1);
      broke = true;
    } catch (...) {
      error = std::current_exception();
    }
  }
}

// Nodes of one partition take turns: the one with the earliest event runs as far as nothing that
// the others may still send, or answer, can reach it.
void Lot::run_partition(const Partitions& all, const Partition& partition, Ps start, Ps end) {
  const std::vector<Ps>& next_of = worker.net.next;
  if (partition.end - partition.first == 1) {
    const std::uint32_t node = all.members[partition.first];
    if (next_of[node] < end) run_node(node, start, end);
    return;
  }
  for (;;) {
    Ps first = kNever, second = kNever;
    std::uint32_t earliest = 0;
    for (std::uint32_t m = partition.first; m < partition.end; ++m) {
      const Ps t = next_of[all.members[m]];
      if (t < first) {
        second = first;
        first = t;
        earliest = all.members[m];
      } else {
        second = std::min(second, t);
      }
    }
    if (first >= end) return;
    Ps bound = std::min(end, first + 2 * partition.lookahead);
    if (second < kNever) bound = std::min(bound, second + partition.lookahead);
    run_node(earliest, start, bound);
  }
}

void Lot::run_node(std::uint32_t id, Ps start, Ps end) {
  worker.enter(id);
  worker.base = start;
  worker.end = end;
  const Node& node = *worker.node;
  if (node.is_switch)
    sw::run(worker);
  else
    nic::run(worker);
  worker.net.next[id] = std::min({worker.later, node.mac_next, node.timers.next()});
}

}  // namespace fabric
