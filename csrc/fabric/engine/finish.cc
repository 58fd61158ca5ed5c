// After the last window: closing tables, conservation, fingerprint, memory.
#include <bit>

#include "fabric/engine/engine.h"
#include "fabric/net/pfc.h"
#include "fabric/net/pools.h"
#include "fabric/net/queue_samples.h"
#include "fabric/net/transmitter.h"
#include "fabric/net/watchdog.h"
#include "fabric/transport/congestion_trace.h"

namespace fabric {

void Engine::finish() {
  hand_in_tables();  // the last rows of a node go behind those of whichever worker ran it
  HostWorker& w = lots_.front()->worker;
  w.now = now_;
  for (Node& node : net_.nodes) {
    w.enter(node.id);
    if (node.watchdog >= 0) watchdog::finish(w);
    for (std::uint32_t p = 0; p < node.port_count; ++p) {
      for (std::uint8_t rest = w.ports[p].paused; rest != 0; rest &= std::uint8_t(rest - 1)) {
        const unsigned cls = unsigned(std::countr_zero(rest));
        PortCold& cold = w.cold(p);
        if (cold.pause_until[cls] <= now_) {
          close_pause(w, p, cls, cold.pause_until[cls]);
        } else {
          cold.paused_ps[cls] += now_ - cold.pause_start[cls];
          w.write(
              PauseRow{cold.pause_start[cls], -1, node.id, std::uint16_t(p), std::uint8_t(cls), 0});
        }
      }
      for (unsigned cls = 0; net_.queue_sample_ps != 0 && node.is_switch && cls < kClasses; ++cls)
        if (ClassQueue& queue = w.queue(p, cls); queue.peak_bytes != 0 || queue.next_sample != 0)
          sample_queue(w, p, cls, queue);
    }
  }
  std::int64_t at_fault = -1;
  try {
    for (std::uint32_t qp = 0; qp < hosts_.cc_traces.size(); ++qp) {
      at_fault = hosts_.send[qp].node;
      congestion_trace::finish(w, qp);
    }
    at_fault = -1;
    hand_in_tables();
    tables_.each(tables_, [](auto& table, auto&) { table.sort_by_node(); });
    check_conservation();
  } catch (const BrokenInvariant& broken) {
    throw EngineFault(broken.what(), now_, at_fault);
  }
}

namespace {

// The pools of a switch with profiles sum to its groups and queues, and hold no more than they
// have.
void check_pools(const Network& net, const Node& n) {
  const PoolState& pools = *n.pools;
  const QosProfile& qos = *pools.qos;
  std::array<std::int64_t, 2 * kPools> used{};
  std::array<std::int64_t, kPools> headroom{};
  const std::size_t first = n.first_port * std::size_t{kClasses};
  for (std::size_t i = 0; i < n.port_count * std::size_t{kClasses}; ++i) {
    const GroupShare& group = qos.groups[i % kClasses];
    const Share& queue = qos.queues[i % kClasses];
    used[group.pool] += part_of_pool(group, net.ingress[first + i].size_bytes);
    headroom[group.pool] += net.ingress[first + i].headroom_bytes;
    if (queue.pool >= kPools && queue.pool != kNoPool)
      used[queue.pool] += part_of_pool(queue, net.queues[first + i].size_bytes);
  }
  for (std::size_t pool = 0; pool < used.size(); ++pool) {
    FABRIC_CHECK(used[pool] == pools.used_bytes[pool],
                 "a pool of a switch does not sum to its groups or queues");
    FABRIC_CHECK(used[pool] <= qos.pool_bytes[pool], "a pool of a switch holds more than it has");
  }
  for (std::size_t pool = 0; pool < headroom.size(); ++pool) {
    FABRIC_CHECK(headroom[pool] == pools.headroom_used_bytes[pool],
                 "a shared headroom does not sum to its groups");
    FABRIC_CHECK(
        qos.shared_headroom_bytes[pool] < 0 || headroom[pool] <= qos.shared_headroom_bytes[pool],
        "a shared headroom holds more than it has");
  }
}

}  // namespace

// Created = consumed + dropped + on wires + in queues, in frames and bytes; queues of a switch sum
// to its buffer.
void Engine::check_conservation() const {
  std::uint64_t created = 0, gone = 0, created_bytes = 0, gone_bytes = 0;
  for (const Node& n : net_.nodes) {
    created += n.created_frames;
    created_bytes += n.created_bytes;
    gone += n.consumed_frames + n.dropped_frames;
    gone_bytes += n.consumed_bytes + n.dropped_bytes;
  }
  const bool telemetry = net_.telemetry.hops() != 0;  // else the tail is that of a NAK, a distance
  std::int64_t tails = 0;                             // telemetry that no frame owns, or two
  for (const auto& lot : lots_) tails += lot->worker.tails.taken();
  const auto count = [&](const Ring<Frame>& ring) {
    for (std::uint32_t i = 0; i < ring.size(); ++i) {
      gone_bytes += ring.at(i).size_bytes;
      tails -= telemetry && ring.at(i).tail() != 0;
    }
    gone += ring.size();
  };
  for (const Lane& lane : net_.lanes) count(lane.frames);
  for (const auto& queue : net_.queues) count(queue.ring);
  for (const auto& nic_port : hosts_.nic_ports) count(nic_port.received);
  FABRIC_CHECK(created == gone, "frames are not conserved");
  FABRIC_CHECK(created_bytes == gone_bytes, "bytes are not conserved");
  FABRIC_CHECK(tails == 0, "telemetry does not belong to one frame each");
  FABRIC_CHECK(credits::sums_up(net_, hosts_), "credit does not sum up to its ports");
  for (const Node& n : net_.nodes) {
    if (!n.is_switch) continue;
    std::int64_t queued = 0, buffered = 0, shared = 0;
    const std::size_t first = n.first_port * std::size_t{kClasses};
    for (std::size_t i = first; i < first + n.port_count * std::size_t{kClasses}; ++i) {
      queued += net_.queues[i].size_bytes;
      buffered += net_.ingress[i].size_bytes + net_.ingress[i].headroom_bytes;
      shared += shared_part(n, net_.ingress[i].size_bytes);
    }
    FABRIC_CHECK(queued == buffered, "queue bytes of a switch do not sum to its buffer bytes");
    if (n.pools != nullptr) {
      check_pools(net_, n);
      continue;
    }
    FABRIC_CHECK(shared == n.shared_used, "the shared pool does not sum to its groups");
  }
}

std::uint64_t Engine::fingerprint() const {
  RecordHash all;
  all.add(0, std::uint64_t(model_version_), 0);
  for (const Node& n : net_.nodes) all.add(Ps(n.id), n.hash.value(), 0);
  return all.value();
}

}  // namespace fabric
