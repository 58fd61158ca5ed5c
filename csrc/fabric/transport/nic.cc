#include "fabric/transport/nic.h"

#include <algorithm>
#include <bit>

#include "fabric/net/events.h"
#include "fabric/net/scheduler.h"
#include "fabric/transport/device_nic.h"
#include "fabric/transport/requester.h"
#include "fabric/transport/segmentation.h"

namespace fabric::nic {

namespace {

bool later(const Paced& a, const Paced& b) {
  return a.ready_at != b.ready_at ? a.ready_at > b.ready_at : a.qp > b.qp;
}

void make_ready(HostWorker& h, NicPort& nic_port, std::uint32_t qp) {
  SendQp& q = h.hosts.send[qp];
  q.listed = Listed::kReady;
  nic_port.ready[q.cls].push(qp, h.memory);
  h.ports[q.port].backlog |= std::uint8_t(1u << q.cls);
}

// Queue pairs whose pacing time has come join the round robin in the order (time, queue pair).
void pull_paced(HostWorker& h, NicPort& nic_port) {
  auto& heap = nic_port.pacing;
  while (!heap.empty() && heap.front().ready_at <= h.now) {
    const std::uint32_t qp = heap.front().qp;
    std::pop_heap(heap.begin(), heap.end(), later);
    heap.pop_back();
    h.hosts.send[qp].listed = Listed::kNo;
    if (h.hosts.send[qp].sendable()) make_ready(h, nic_port, qp);
  }
}

bool class_is_empty(HostWorker& h, NicPort& nic_port, std::uint32_t local, unsigned cls) {
  return nic_port.ready[cls].empty() && h.queue(local, cls).ring.empty();
}

// Queue pairs at the head of a round robin that lost their right to send (acknowledged meanwhile,
// window shut, failed).
void prune_ready(HostWorker& h, NicPort& nic_port, std::uint32_t local) {
  for (std::uint8_t rest = h.ports[local].backlog; rest != 0; rest &= std::uint8_t(rest - 1)) {
    const unsigned cls = unsigned(std::countr_zero(rest));
    auto& ready = nic_port.ready[cls];
    while (!ready.empty() && !h.hosts.send[ready.front()].sendable()) {
      h.hosts.send[ready.front()].listed = Listed::kNo;
      ready.pop(h.memory);
    }
    if (class_is_empty(h, nic_port, local, cls)) class_ran_empty(h, local, cls);
  }
}

std::int64_t head_bytes(const HostWorker& h, const NicPort& nic_port, std::uint32_t local,
                        unsigned cls) {
  const ClassQueue& control = h.queue(local, cls);
  if (!control.ring.empty()) return control.ring.front().size_bytes;
  return requester::next_packet_bytes(h, nic_port.ready[cls].front());
}

Ps first_paced(const NicPort& nic_port) {
  return nic_port.pacing.empty() ? kNever : nic_port.pacing.front().ready_at;
}

void send_packet(HostWorker& h, NicPort& nic_port, std::uint32_t local, std::uint32_t qp) {
  SendQp& q = h.hosts.send[qp];
  q.listed = Listed::kNo;
  const Frame f = requester::make_packet(h, qp);
  start_frame(h, local, f, f.ecn);
  requester::sent(h, qp, f);
  if (q.sendable() && q.ready_at != kNever) {
    q.listed = Listed::kPacing;
    nic_port.pacing.push_back({q.ready_at, qp});
    std::push_heap(nic_port.pacing.begin(), nic_port.pacing.end(), later);
  }
}

void start_next(HostWorker& h, NicPort& nic_port, std::uint32_t local, unsigned cls) {
  ClassQueue& control = h.queue(local, cls);
  if (!control.ring.empty()) {
    const Frame& f = control.ring.front();
    start_frame(h, local, f, f.ecn);
    control.pop(h.memory);
  } else {
    const std::uint32_t qp = nic_port.ready[cls].front();
    nic_port.ready[cls].pop(h.memory);
    send_packet(h, nic_port, local, qp);
  }
  if (class_is_empty(h, nic_port, local, cls)) class_ran_empty(h, local, cls);
}

// Whether a frame of this class would start now, with nothing to choose from.
bool has_the_port(const HostWorker& h, const NicPort& nic_port, std::uint32_t local, unsigned cls) {
  const Port& port = h.ports[local];
  return port.backlog == 0 && h.now >= port.busy_until && port.pfc_due() == 0 &&
         (port.paused >> cls & 1) == 0 && h.transmit_at[local] != h.now &&
         first_paced(nic_port) > h.now;
}

// The next decision: when the frame just started has left, or at the first pacing time after.
void decide_later(HostWorker& h, const NicPort& nic_port, std::uint32_t local) {
  const Port& port = h.ports[local];
  const bool waiting = port.backlog != 0 || port.pfc_due() != 0;
  h.set_transmit(local,
                 waiting ? port.busy_until : std::max(first_paced(nic_port), port.busy_until));
}

}  // namespace

void kick(HostWorker& h, std::uint32_t local) {
  fabric::kick(h, local, [&] { on_transmit(h, local); });
}

void on_transmit(HostWorker& h, std::uint32_t local) {
  Worker& w = h;
  Port& port = w.ports[local];
  if (w.now < port.busy_until) return w.set_transmit(local, port.busy_until);
  w.transmit_at[local] = kNever;
  NicPort& nic_port = h.nic_port(local);
  if (port.pfc_due() != 0) [[unlikely]] {
    send_pfc(w, local);
    return decide_later(h, nic_port, local);
  }
  pull_paced(h, nic_port);
  prune_ready(h, nic_port, local);
  std::uint8_t eligible = port.backlog;
  if (port.paused != 0) [[unlikely]]
    eligible &= std::uint8_t(~paused_classes(w, local));
  if (eligible == 0)
    return w.set_transmit(local, std::min(first_paced(nic_port), next_pause_expiry(w, local)));
  const unsigned cls =
      pick_class(w, local, eligible, [&](unsigned c) { return head_bytes(h, nic_port, local, c); });
  start_next(h, nic_port, local, cls);
  decide_later(h, nic_port, local);
}

void send_control(HostWorker& h, std::uint32_t local, const Frame& f) {
  h.node->created_frames += 1;
  h.node->created_bytes += f.size_bytes;
  if (h.net.devices) [[unlikely]]
    return device_nic::send_control(h, local, f);
  ClassQueue& queue = h.queue(local, f.cls);
  const NicPort& nic_port = h.nic_port(local);
  if (has_the_port(h, nic_port, local, f.cls)) {
    queue.peak_bytes = std::max<std::int64_t>(queue.peak_bytes, f.size_bytes);
    start_frame(h, local, f, f.ecn);
    return decide_later(h, nic_port, local);
  }
  queue.push(f, h.memory);
  h.ports[local].backlog |= std::uint8_t(1u << f.cls);
  kick(h, local);
}

void send_due_pfc(HostWorker& h, std::uint32_t local) {
  if (h.ports[local].pfc_due() != 0) kick(h, local);
}

void list_qp(HostWorker& h, std::uint32_t qp) {
  SendQp& q = h.hosts.send[qp];
  if (h.net.devices) [[unlikely]] {
    device_nic::react(h, qp);
    return device_nic::dequeue(h, q.port);
  }
  if (q.listed != Listed::kNo || !q.sendable() || q.ready_at == kNever) return;
  NicPort& nic_port = h.nic_port(q.port);
  if (q.ready_at <= h.now) {
    if (has_the_port(h, nic_port, q.port, q.cls)) {
      send_packet(h, nic_port, q.port, qp);
      return decide_later(h, nic_port, q.port);
    }
    make_ready(h, nic_port, qp);
    return kick(h, q.port);
  }
  q.listed = Listed::kPacing;
  nic_port.pacing.push_back({q.ready_at, qp});
  std::push_heap(nic_port.pacing.begin(), nic_port.pacing.end(), later);
  const Ps decision = std::max(q.ready_at, h.ports[q.port].busy_until);
  if (decision < h.transmit_at[q.port]) h.set_transmit(q.port, decision);
}

}  // namespace fabric::nic
