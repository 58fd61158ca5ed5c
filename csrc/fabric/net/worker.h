// What one thread needs while it runs one node through one window: the node at hand, its event
// order, the clock; and what it gathers on its way through the nodes that it runs.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "fabric/base/check.h"
#include "fabric/net/node.h"
#include "fabric/net/outbox.h"
#include "fabric/sched/arrivals.h"

namespace fabric {

struct alignas(128) Worker {
  explicit Worker(Network& network) : net(network) {}

  Network& net;
  Arrivals arrivals;
  EventOrder order;  // of all other events
  Ps base = 0;       // start of the window, origin of the keys
  Ps end = 0;        // events before this run now
  Ps now = 0;
  Ps later = kNever;  // earliest event of the node at or after `end`
  Node* node = nullptr;
  // Of the node at hand, by local port (queues and groups by local port * 8 + class):
  Port* ports = nullptr;
  Ps* transmit_at = nullptr;
  std::uint8_t* awake = nullptr;
  ClassQueue* queues = nullptr;
  IngressGroup* groups = nullptr;
  Lane* lanes = nullptr;
  std::uint32_t id = 0;
  std::uint64_t events = 0;
  std::uint64_t pfc_started = 0, pfc_ended = 0;
  RingMemory memory;
  FreeTails tails;
  Tables tables;
  std::array<std::vector<Outbox>, 2> outboxes;  // by parity of the window, then by worker
  unsigned parity = 0;
  Ps sent_first = kNever;  // earliest arrival in the outboxes of this window

  void enter(std::uint32_t index) {
    node = &net.nodes[index];
    const std::size_t first = node->first_port;
    ports = &net.ports[first];
    transmit_at = &net.transmit_at[first];
    awake = &net.awake[net.awake_at[first]];
    queues = &net.queues[first * kClasses];
    groups = &net.ingress[first * kClasses];
    lanes = &net.lanes[first];
  }
  PortCold& cold(std::uint32_t local) const { return net.cold[node->first_port + local]; }
  ClassQueue& queue(std::uint32_t local, unsigned cls) const {
    return queues[local * kClasses + cls];
  }
  IngressGroup& ingress(std::uint32_t local, unsigned cls) const {
    return groups[local * kClasses + cls];
  }

  static Ps epoch_end(Ps time) { return ((time >> kEpochShift) + 1) << kEpochShift; }
  // Position of a port among simultaneous events: a fixed order would favour low ports for ever, so
  // it is rotated about once per microsecond (docs/model.md 4).
  std::uint32_t rotated(std::uint32_t local, Ps time) const {
    const std::uint32_t count = node->port_count;
    if (count == 1) return 0;
    const Ps epoch = time >> kEpochShift;
    TieRotation& rotation = node->rotation[std::size_t(epoch & 1)];
    if (epoch != rotation.epoch) [[unlikely]]
      turn(rotation, epoch);
    const std::uint32_t p = local + rotation.ports;
    return p >= count ? p - count : p;
  }
  std::uint64_t key(Ps time, EventClass cls, std::uint32_t local) const {
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
    if (transmit_at[local] == time) return;
    transmit_at[local] = time;
    if (time == kNever) return;
    awake[local] = 1;
    schedule(time, EventClass::kTransmit, local);
  }
  void add_timer(Ps time, TimerKind kind, std::uint32_t index) {
    const Ps before = node->timers.next();
    node->timers.push({time, kind, index});
    if (time < before) schedule(time, EventClass::kTimer, 0);
  }

  // The frame ends here, and its telemetry with it.
  void forget_telemetry(const Frame& f) {
    if (net.telemetry.hops() != 0 && f.tail() != 0) [[unlikely]]
      tails.give(net.telemetry, f.tail());
  }

  void write(const DropRow& row) { tables.drops.add(row, net.rows_kept[row.node].drops); }
  void write(const PauseRow& row) { tables.pauses.add(row, net.rows_kept[row.node].pauses); }
  void write(const XoffRow& row) { tables.xoffs.add(row, net.rows_kept[row.node].xoffs); }
  void write(const QueueRow& row) { tables.queues.add(row, net.rows_kept[row.node].queues); }
  void write(const CcRow& row) { tables.cc.add(row, net.rows_kept[row.node].cc); }
  void write(const WatchdogRow& row) { tables.watchdog.add(row, net.rows_kept[row.node].watchdog); }
  void write(const TraceRow& row) { tables.trace.add(row, net.rows_kept[row.node].trace); }

  [[gnu::always_inline]] void observe(Observable event, std::uint32_t local, const Frame& f,
                                      std::uint8_t detail) {
    constexpr std::uint64_t kKept = 0x00ffff00'0000ffff;  // kind, cls, size_bytes
    const std::uint64_t what = std::uint64_t(event) << 56 | (f.shape() & kKept) |
                               std::uint64_t(detail) << 32 | std::uint64_t{local} << 16;
    node->hash.add(now, what, f.identity());
    if (net.trace) [[unlikely]]
      record(event, local, f, detail);
  }

 private:
  static constexpr int kEpochShift = 20;

  [[gnu::noinline, gnu::cold]] void turn(TieRotation& rotation, Ps epoch) const {
    rotation.epoch = epoch;
    rotation.ports =
        draw32(net.seed, node->id, Purpose::kTieRotation, std::uint64_t(epoch)) % node->port_count;
  }
  [[gnu::noinline, gnu::cold]] void record(Observable event, std::uint32_t local, const Frame& f,
                                           std::uint8_t detail) {
    write(TraceRow{now, node->id, f.qp, f.psn, std::uint16_t(local), f.size_bytes,
                   std::uint8_t(event), std::uint8_t(f.kind), f.cls, detail});
  }
};

}  // namespace fabric
