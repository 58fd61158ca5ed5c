#include "fabric/net/switch.h"

#include "fabric/net/ecn.h"
#include "fabric/net/ingress.h"
#include "fabric/net/pfc.h"
#include "fabric/net/scheduler.h"
#include "fabric/net/transmitter.h"

namespace fabric::sw {

namespace {

// A decision pending for this very instant is taken in its own event class; otherwise an idle port
// decides at once.
void kick(Worker& w, std::uint32_t local) {
  const Port& port = w.ports[local];
  if (w.now < port.busy_until)
    w.set_transmit(local, port.busy_until);
  else if (w.wakes[local].transmit != w.now)
    on_transmit(w, local);
}

void release_ingress(Worker& w, const Frame& f) {
  let_go(w, f.in_port, f);
  if (w.ports[f.in_port].pfc_due() != 0) [[unlikely]]
    kick(w, f.in_port);
}

void mark(Worker& w, std::uint32_t local, Frame& f, std::int64_t queue_bytes) {
  if (f.ecn != kEct || (w.node->ecn_mask >> f.cls & 1) == 0) return;
  PortCold& cold = w.cold(local);
  if (ecn_marks(w, cold, queue_bytes)) {
    f.ecn = kCe;
    ++cold.ecn_marks;
  }
}

// The frame has left its queue: mark, occupy the link, then let its buffer go.
void transmit(Worker& w, std::uint32_t local, Frame& f, std::int64_t queue_bytes) {
  if (queue_bytes > 0 && !w.node->ecn_at_enqueue) mark(w, local, f, queue_bytes);
  start_frame(w, local, f);
  release_ingress(w, f);
}

void enqueue(Worker& w, std::uint32_t local, Frame& f) {
  Port& port = w.ports[local];
  const auto bit = std::uint8_t(1u << f.cls);
  if (port.backlog == 0 && w.now >= port.busy_until && port.pfc_due() == 0 &&
      (port.paused & bit) == 0)
    return transmit(w, local, f, 0);
  ClassQueue& queue = w.queue(local, f.cls);
  if (w.net.queue_sample_ps != 0) [[unlikely]]
    sample_queue(w, local, f.cls, queue);
  if (w.node->ecn_at_enqueue && queue.size_bytes > 0) mark(w, local, f, queue.size_bytes);
  queue.push(f);
  port.backlog |= bit;
  kick(w, local);
}

bool admit_or_drop(Worker& w, std::uint32_t local, std::uint32_t out, const Frame& f) {
  const Node& node = *w.node;
  if ((node.lossless_mask >> f.cls & 1) == 0 &&
      !lossy_queue_admits(node, w.queue(out, f.cls).size_bytes, f.size_bytes)) {
    drop(w, local, f, DropCause::kEgressThreshold);
    return false;
  }
  if (!take_in(w, local, f)) return false;
  if (w.ports[local].pfc_due() != 0) [[unlikely]]
    kick(w, local);
  return true;
}

}  // namespace

void on_data(Worker& w, std::uint32_t local, Frame& f) {
  if (f.ttl == 0) return drop(w, local, f, DropCause::kTtlExpired);
  --f.ttl;
  const std::uint32_t out = w.net.routes.next_hop(w.node->route, w.node->ecmp_seed, f);
  if (out == kUnreachable) return drop(w, local, f, DropCause::kNoRoute);
  if (!admit_or_drop(w, local, out, f)) return;
  f.in_port = std::uint16_t(local);
  enqueue(w, out, f);
}

void on_transmit(Worker& w, std::uint32_t local) {
  Port& port = w.ports[local];
  if (w.now < port.busy_until) return w.set_transmit(local, port.busy_until);
  w.wakes[local].transmit = kNever;
  if (port.pfc_due() != 0) [[unlikely]] {
    send_pfc(w, local);
  } else {
    std::uint8_t eligible = port.backlog;
    if (port.paused != 0) [[unlikely]]
      eligible &= std::uint8_t(~paused_classes(w, local));
    if (eligible == 0) return w.set_transmit(local, next_pause_expiry(w, local));
    const unsigned cls = pick_class(w, local, eligible, [&](unsigned c) {
      return std::int64_t{w.queue(local, c).ring.front().size_bytes};
    });
    ClassQueue& queue = w.queue(local, cls);
    if (w.net.queue_sample_ps != 0) [[unlikely]]
      sample_queue(w, local, cls, queue);
    Frame f = queue.pop();
    if (queue.ring.empty()) class_ran_empty(w, local, cls);
    transmit(w, local, f, queue.size_bytes);
  }
  if (port.backlog != 0 || port.pfc_due() != 0) w.set_transmit(local, port.busy_until);
}

void on_pfc(Worker& w, std::uint32_t local, const PfcFrame& pfc) {
  if (obey_pfc(w, local, pfc) && w.ports[local].backlog != 0) kick(w, local);
}

void on_timer(Worker& w, const Timer& timer) {
  const std::uint32_t local = timer.index / kClasses;
  if (refresh_xoff(w, local, timer.index % kClasses) && w.ports[local].pfc_due() != 0)
    kick(w, local);
}

}  // namespace fabric::sw
