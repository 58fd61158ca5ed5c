// One worker through one window: partition by partition, node by node (docs/model.md 4, 11).
#include <algorithm>

#include "fabric/engine/creation_order.h"
#include "fabric/engine/lot.h"
#include "fabric/net/switch.h"
#include "fabric/transport/host.h"

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
  if (worker.net.devices) {
    guard([&] { run_in_creation_order(worker, end); });
    next = worker.net.devices->events.next();
    return count_memory();
  }
  worker.sent_first = kNever;
  for (std::size_t b = 0; b < block_next.size(); ++b) {
    if (block_next[b] >= end) continue;
    block_next[b] = run_block(all, b, start, end);
  }
  next = worker.sent_first;
  for (const Ps t : block_next) next = std::min(next, t);
  count_memory();
}

// Returns the earliest event that is left.
Ps Lot::run_block(const Partitions& all, std::size_t block, Ps start, Ps end) {
  const Ps* const next_of = worker.net.next.data();
  const std::uint32_t* const first_node = nodes.data() + (block == 0 ? 0 : block_end[block - 1]);
  const std::uint32_t* const last_node = nodes.data() + block_end[block];
  if (block_plain[block] != 0) {
    for (const std::uint32_t* n = first_node; n != last_node; ++n) {
      if (next_of[*n] >= end) continue;
      if (n + 1 != last_node && next_of[n[1]] < end) prefetch(worker.net, worker.net.nodes[n[1]]);
      guard([&] { run_node(*n, start, end); });
    }
  } else {
    const std::size_t last = std::min(partitions.size(), (block + 1) * kBlock);
    for (std::size_t i = block * kBlock; i < last; ++i) {
      // After a fault: other nodes of the partition may be behind, and fail earlier.
      Ps until = end;
      while (const auto broke =
                 guard([&] { take_turns(all, all.list[partitions[i]], start, until); }))
        until = std::min(until, *broke + 1);
    }
  }
  Ps first = kNever;  // only now: the later ones sent to the earlier ones
  for (const std::uint32_t* n = first_node; n != last_node; ++n)
    first = std::min(first, next_of[*n]);
  return first;
}

// Keeps what goes wrong and tells when: the other nodes run on, so that all thread counts find the
// same.
template <class F>
std::optional<Ps> Lot::guard(F run) {
  try {
    run();
  } catch (const BrokenInvariant& broken) {
    const Fault found{broken.what(), worker.now, worker.node->id};
    if (!fault || found.comes_before(*fault)) fault = found;
    worker.net.next[worker.node->id] = kNever;
    return found.time;
  } catch (...) {
    error = std::current_exception();
  }
  return std::nullopt;
}

// Nodes of one partition take turns, through small windows of the shortest delay among them.
void Lot::take_turns(const Partitions& all, const Partition& partition, Ps start, Ps end) {
  const Ps* const next_of = worker.net.next.data();
  const std::uint32_t* const first_node = all.members.data() + partition.first;
  const std::uint32_t* const last_node = all.members.data() + partition.end;
  for (;;) {
    Ps first = kNever;
    for (const std::uint32_t* n = first_node; n != last_node; ++n)
      first = std::min(first, next_of[*n]);
    if (first >= end) return;
    const Ps bound = std::min(end, first + partition.lookahead);
    for (const std::uint32_t* n = first_node; n != last_node; ++n)
      if (next_of[*n] < bound) run_node(*n, start, bound);
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
    host::run(worker);
  worker.net.next[id] = std::min({worker.later, node.mac_next, node.timers.next()});
}

}  // namespace fabric
