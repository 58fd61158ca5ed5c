// What one thread needs while it runs one node through one window: the node at hand, its event
// order, the clock.
#pragma once

#include <algorithm>
#include <cstdint>

#include "fabric/base/check.h"
#include "fabric/net/node.h"
#include "fabric/sched/order.h"

namespace fabric {

struct Worker {
  explicit Worker(Network& network) : net(network) {}

  Network& net;
  EventOrder order;
  Ps base = 0;  // start of the window, origin of the keys
  Ps end = 0;   // events before this run now
  Ps now = 0;
  Ps later = kNever;  // earliest event of the node at or after `end`
  Node* node = nullptr;
  // Of the node at hand, by local port (queues and groups by local port * 8 + class):
  Port* ports = nullptr;
  Wake* wakes = nullptr;
  ClassQueue* queues = nullptr;
  IngressGroup* groups = nullptr;
  Ring<Frame>* data_lanes = nullptr;
  std::uint64_t events = 0;
  std::uint64_t progress = 0;  // frames started, PFC excepted
  std::uint64_t pfc_started = 0, pfc_ended = 0;

  void enter(std::uint32_t id) {
    node = &net.nodes[id];
    const std::size_t first = node->first_port;
    ports = &net.ports[first];
    wakes = &net.wakes[first];
    queues = &net.queues[first * kClasses];
    groups = &net.ingress[first * kClasses];
    data_lanes = &net.data_lane[first];
  }
  PortCold& cold(std::uint32_t local) const { return net.cold[node->first_port + local]; }
  ClassQueue& queue(std::uint32_t local, unsigned cls) const {
    return queues[local * kClasses + cls];
  }
  IngressGroup& ingress(std::uint32_t local, unsigned cls) const {
    return groups[local * kClasses + cls];
  }

  // Position of a port among simultaneous events: a fixed order would favour low ports for ever, so
  // it is rotated about once per microsecond (docs/model.md 4).
  std::uint32_t rotated(std::uint32_t local, Ps time) {
    if (node->port_count == 1) return 0;
    const Ps epoch = time >> 20;
    if (epoch != node->rotation_epoch) [[unlikely]] {
      node->rotation_epoch = epoch;
      node->rotation = draw32(net.seed, node->id, Purpose::kTieRotation, std::uint64_t(epoch)) %
                       node->port_count;
    }
    const std::uint32_t p = local + node->rotation;
    return p >= node->port_count ? p - node->port_count : p;
  }
  std::uint64_t key(Ps time, EventClass cls, std::uint32_t local) {
    return EventKey::make(time - base, cls, rotated(local, time), local);
  }
  void schedule(Ps time, EventClass cls, std::uint32_t local) {
    if (time < end)
      order.push(key(time, cls, local));
    else
      later = std::min(later, time);
  }
  // Take the next transmit decision of a port at `time`; an earlier key in the order becomes stale.
  void set_transmit(std::uint32_t local, Ps time) {
    if (wakes[local].transmit == time) return;
    wakes[local].transmit = time;
    if (time != kNever) schedule(time, EventClass::kTransmit, local);
  }
  void add_timer(Ps time, TimerKind kind, std::uint32_t index) {
    const Ps before = node->timers.next();
    node->timers.push({time, kind, index});
    if (time < before) schedule(time, EventClass::kTimer, 0);
  }

  void observe(Observable event, std::uint32_t local, const Frame& f, std::uint8_t detail) {
    const std::uint64_t what = std::uint64_t(event) << 56 | std::uint64_t(f.kind) << 48 |
                               std::uint64_t(f.cls) << 40 | std::uint64_t(detail) << 32 |
                               std::uint64_t{local} << 16 | f.size_bytes;
    node->hash.add(now, what, std::uint64_t{f.qp} << 32 | f.psn);
    if (net.trace) [[unlikely]]
      net.tables.trace.add({now, node->id, f.qp, f.psn, std::uint16_t(local), f.size_bytes,
                            std::uint8_t(event), std::uint8_t(f.kind), f.cls, detail});
  }
};

}  // namespace fabric
