#include "fabric/net/switch.h"

#include "fabric/net/congestion_point.h"
#include "fabric/net/ecn.h"
#include "fabric/net/events.h"
#include "fabric/net/ingress.h"
#include "fabric/net/pfc.h"
#include "fabric/net/queue_samples.h"
#include "fabric/net/scheduler.h"
#include "fabric/net/telemetry.h"
#include "fabric/net/watchdog.h"
#include "fabric/net/wred.h"

namespace fabric::sw {

namespace {

void on_transmit(Worker& w, std::uint32_t local);

void kick(Worker& w, std::uint32_t local) {
  fabric::kick(w, local, [&] { on_transmit(w, local); });
}

void release_ingress(Worker& w, std::uint32_t in, unsigned cls, std::int64_t size_bytes) {
  let_go(w, in, cls, size_bytes);
  if (w.ports[in].pfc_due() != 0) [[unlikely]]
    kick(w, in);
}

// The same for a frame with a profile.
[[gnu::noinline]] void release_from_pools(Worker& w, std::uint32_t in, unsigned pg,
                                          std::int64_t size_bytes) {
  let_go(w, *w.node->pools, in, pg, size_bytes);
  if (w.ports[in].pfc_due() != 0) [[unlikely]]
    kick(w, in);
}

// The ECN field of a frame that leaves or joins a queue with more than kmin.
[[gnu::noinline]] std::uint8_t perhaps_marked(Worker& w, std::uint32_t local, const Frame& f,
                                              std::int64_t queue_bytes) {
  if (f.ecn != kEct || (w.node->ecn_mask >> f.cls & 1) == 0) return f.ecn;
  if (!ecn_marks(w, w.cold(local), queue_bytes)) return f.ecn;
  ++w.queue(local, f.cls).ecn_marks;
  count_mark(w, local, f);
  return kCe;
}

// The same with this many bytes.
[[gnu::always_inline]] inline std::uint8_t marked(Worker& w, std::uint32_t local, const Frame& f,
                                                  std::int64_t queue_bytes) {
  if (queue_bytes <= w.queue(local, f.cls).ecn_kmin_bytes) [[likely]]
    return f.ecn;
  return perhaps_marked(w, local, f, queue_bytes);
}

bool starts_at_once(const Worker& w, const Port& port, unsigned cls) {
  return port.backlog == 0 && w.now >= port.busy_until && port.pfc_due() == 0 &&
         (port.paused >> cls & 1) == 0;
}

void enqueue(Worker& w, std::uint32_t in, std::uint32_t out, const Frame& f) {
  ClassQueue& queue = w.queue(out, f.cls);
  if (w.net.queue_sample_ps != 0) [[unlikely]]
    sample_queue(w, out, f.cls, queue);
  std::uint8_t ecn = f.ecn;
  if (w.node->ecn_at_enqueue && queue.size_bytes > 0) ecn = marked(w, out, f, queue.size_bytes);
  w.ports[out].backlog |= std::uint8_t(1u << f.cls);
  Frame& slot = queue.push(f, w.memory);
  slot.in_port = std::uint16_t(in);
  slot.ttl -= 1;
  slot.ecn = ecn;
  kick(w, out);
}

// The queue `out` does not take the frame, which is dropped at the port where it arrived.
bool refuse(Worker& w, std::uint32_t local, std::uint32_t out, const Frame& f, DropCause cause) {
  drop(w, local, f, cause, f.pg);
  count_drop(w, out, f);
  return false;
}

// Admission of a frame that its group's share of the pool does not simply take.
bool admit_or_drop(Worker& w, std::uint32_t local, std::uint32_t out, const Frame& f) {
  const Node& node = *w.node;
  if ((node.lossless_mask >> f.cls & 1) == 0 &&
      !lossy_queue_admits(node, w.queue(out, f.cls).size_bytes, f.size_bytes))
    return refuse(w, local, out, f, DropCause::kEgressThreshold);
  const std::uint8_t xoff = w.ports[local].xoff;
  if (!take_in(w, local, f)) {
    count_drop(w, out, f);
    return false;
  }
  if (w.ports[local].xoff != xoff) [[unlikely]]
    record_xoff(w, local, out, f);
  if (w.ports[local].pfc_due() != 0) [[unlikely]]
    kick(w, local);
  return true;
}

// Traffic class, priority group and queue of a frame, and its priority after a bounce.
void classify(const Worker& w, std::uint32_t local, std::uint32_t out, Frame& f) {
  const QosProfile& qos = *w.node->pools->qos;
  f.pg = qos.group[f.dscp];
  if (w.ports[local].goes_up && w.ports[out].goes_up) f.dscp = qos.bounce[f.dscp];
  f.cls = qos.queue[f.dscp];
}

bool queue_takes(Worker& w, std::uint32_t local, std::uint32_t out, const Frame& f) {
  const std::int64_t queued = w.queue(out, f.cls).size_bytes;
  if (!queue_admits(*w.node->pools, f.cls, queued, f.size_bytes))
    return refuse(w, local, out, f, DropCause::kEgressThreshold);
  const bool marked_instead = f.ecn != kNotEct && (w.node->ecn_mask >> f.cls & 1) != 0;
  if ((w.node->pools->qos->wred_queues >> f.cls & 1) != 0 && !marked_instead &&
      wred_drops(w, f.cls, queued))
    return refuse(w, local, out, f, DropCause::kWred);
  return true;
}

// All of a frame's way through a switch with profiles.
[[gnu::noinline]] void forward_by_profile(Worker& w, std::uint32_t local, std::uint32_t out,
                                          Frame f) {
  classify(w, local, out, f);
  if (w.node->watchdog >= 0 && watchdog::discards(w, local, out, f)) return;
  if (!queue_takes(w, local, out, f)) return;
  const std::uint8_t xoff = w.ports[local].xoff;
  if (!take_in(w, local, f)) return count_drop(w, out, f);
  if (w.ports[local].xoff != xoff) record_xoff(w, local, out, f);
  if (w.ports[local].pfc_due() != 0) kick(w, local);
  if (starts_at_once(w, w.ports[out], f.cls)) {
    if (w.node->telemetry) add_telemetry(w, out, f, 0);
    start_frame(w, out, f, f.ecn).ttl -= 1;
    return release_from_pools(w, local, f.pg, f.size_bytes);
  }
  const std::int64_t queued = w.queue(out, f.cls).size_bytes;
  queue_changes(*w.node->pools, f.cls, queued, queued + f.size_bytes);
  enqueue(w, local, out, f);
}

[[gnu::noinline]] void forward_with_care(Worker& w, std::uint32_t local, std::uint32_t out,
                                         const Frame& f) {
  if (w.node->pools != nullptr) return forward_by_profile(w, local, out, f);
  if (w.node->watchdog >= 0 && watchdog::discards(w, local, out, f)) return;
  if (!admit_or_drop(w, local, out, f)) return;
  if (!starts_at_once(w, w.ports[out], f.cls)) return enqueue(w, local, out, f);
  const unsigned cls = f.cls;
  const std::int64_t size_bytes = f.size_bytes;
  if (w.node->telemetry) add_telemetry(w, out, f, 0);
  start_frame(w, out, f, f.ecn).ttl -= 1;
  release_ingress(w, local, cls, size_bytes);
}

// A data-lane frame left the ingress pipeline. A lossless frame that finds room below XOFF and an
// idle egress port passes without a trace in the buffer, its peak apart.
[[gnu::always_inline]] inline void on_data(Worker& w, std::uint32_t local, const Frame& f) {
  if (f.ttl == 0) [[unlikely]]
    return drop(w, local, f, DropCause::kTtlExpired);
  Node& node = *w.node;
  const std::uint32_t out = w.net.routes.next_hop(node.route, node.ecmp_seed, f);
  if (out == kUnreachable) [[unlikely]]
    return drop(w, local, f, DropCause::kNoRoute);
  IngressGroup& group = w.ingress(local, f.cls);
  const Port& port = w.ports[out];
  if (((node.quick_mask & ~w.ports[local].xoff) >> f.cls & 1) == 0 ||
      !fits_below_xoff(node, group, f.size_bytes)) [[unlikely]]
    return forward_with_care(w, local, out, f);
  group.peak_bytes = std::max(group.peak_bytes, group.size_bytes + f.size_bytes);
  if (starts_at_once(w, port, f.cls)) {
    if (node.telemetry) [[unlikely]]
      add_telemetry(w, out, f, 0);
    start_frame(w, out, f, f.ecn).ttl -= 1;
  } else {
    admit_to_pool(node, group, f.size_bytes);
    enqueue(w, local, out, f);
  }
}

// The frame has left its queue: mark, occupy the link, then let its buffer go. `careful`: in a run
// with profiles, with telemetry, or with queues recorded.
template <bool careful>
[[gnu::always_inline]] inline void send_frame(Worker& w, std::uint32_t local, unsigned cls) {
  ClassQueue& queue = w.queue(local, cls);
  if (careful && w.net.queue_sample_ps != 0) sample_queue(w, local, cls, queue);
  const Frame& f = queue.ring.front();
  const std::uint32_t in_port = f.in_port;
  const unsigned pg = careful ? f.pg : cls;
  const std::int64_t size_bytes = f.size_bytes, left = queue.size_bytes - size_bytes;
  const std::uint8_t ecn = left > 0 && !w.node->ecn_at_enqueue ? marked(w, local, f, left) : f.ecn;
  if (careful && w.node->telemetry) add_telemetry(w, local, f, size_bytes);
  start_frame(w, local, f, ecn);
  queue.pop(w.memory);
  if (queue.ring.empty()) class_ran_empty(w, local, cls);
  if (!careful || w.node->pools == nullptr) return release_ingress(w, in_port, cls, size_bytes);
  queue_changes(*w.node->pools, cls, left + size_bytes, left);
  release_from_pools(w, in_port, pg, size_bytes);
}

[[gnu::noinline]] void send_with_care(Worker& w, std::uint32_t local, unsigned cls) {
  send_frame<true>(w, local, cls);
}

void send_from(Worker& w, std::uint32_t local, unsigned cls) {
  if (w.net.careful) [[unlikely]]
    return send_with_care(w, local, cls);
  send_frame<false>(w, local, cls);
}

// Takes the decision of an idle port; returns when it decides next, kNever if nothing waits.
Ps decide(Worker& w, std::uint32_t local) {
  Port& port = w.ports[local];
  if (port.pfc_due() != 0) [[unlikely]] {
    send_pfc(w, local);
  } else {
    std::uint8_t eligible = port.backlog;
    if (port.paused != 0) [[unlikely]]
      eligible &= std::uint8_t(~paused_classes(w, local));
    if (eligible == 0) return next_pause_expiry(w, local);
    send_from(w, local, pick_class(w, local, eligible, [&](unsigned c) {
                return std::int64_t{w.queue(local, c).ring.front().size_bytes};
              }));
  }
  return port.backlog != 0 || port.pfc_due() != 0 ? port.busy_until : kNever;
}

void on_transmit(Worker& w, std::uint32_t local) {
  w.transmit_at[local] = kNever;
  w.set_transmit(local, decide(w, local));
}

// The same as an event, whose key on top of the order makes room for the next one, unless a frame
// took no time (a small one floored to 1 ns) and another port decides at this instant, too.
void run_transmit(Worker& w, std::uint32_t local) {
  if (w.now < w.ports[local].busy_until) {
    w.order.pop();
    return w.set_transmit(local, w.ports[local].busy_until);
  }
  const std::uint64_t mine = w.order.top();
  w.transmit_at[local] = kNever;
  const Ps next = decide(w, local);
  const bool on_top = w.order.top() == mine;
  if (!on_top || next >= w.end || next == w.transmit_at[local]) {
    if (on_top) w.order.pop();  // else it is recognised as superseded when it comes up
    return w.set_transmit(local, next);
  }
  w.transmit_at[local] = next;
  w.awake[local] = 1;
  w.order.replace_top(w.key(next, EventClass::kTransmit, local));
}

bool fire_timer(Worker& w) {
  Timer timer;
  if (!take_timer(w, timer)) return false;
  if (timer.kind == TimerKind::kWatchdogPoll) {
    watchdog::poll(w, kick);
    return true;
  }
  const std::uint32_t local = timer.index / kClasses;
  if (refresh_xoff(w, local, timer.index % kClasses) && w.ports[local].pfc_due() != 0)
    kick(w, local);
  return true;
}

[[gnu::noinline]] bool seldom(Worker& w, EventClass cls, std::uint32_t local) {
  if (cls == EventClass::kTimer) return fire_timer(w);
  if (resumed_by_pfc(w, local)) kick(w, local);
  return true;
}

bool handle(Worker& w, EventClass cls, std::uint32_t local) {
  if (cls != EventClass::kTransmit) [[unlikely]]
    return seldom(w, cls, local);
  if (w.transmit_at[local] != w.now) {  // superseded
    w.order.pop();
    return false;
  }
  run_transmit(w, local);
  return true;
}

}  // namespace

void run(Worker& w) {
  collect(w);
  run_events(
      w, [&](std::uint32_t local, const Frame& f) { on_data(w, local, f); },
      [&](EventClass cls, std::uint32_t local) { return handle(w, cls, local); });
}

}  // namespace fabric::sw
