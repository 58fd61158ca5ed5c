#include "fabric/transport/device_nic.h"

#include <algorithm>

#include "fabric/net/device_transmitter.h"
#include "fabric/transport/requester.h"
#include "fabric/transport/segmentation.h"

namespace fabric::device_nic {

namespace {

constexpr unsigned kControlQueue = 0;  // control frames of all classes wait in one queue
// The class whose pause stops control frames, whatever the class of the data.
constexpr unsigned kControlPausedBy = 3;
constexpr std::size_t kNone = ~std::size_t{0};

bool finished(const SendQp& q) { return q.una_psn == q.posted_psn; }

// Takes finished queue pairs out of the list; the place `chosen` moves with its queue pair.
void compact(const HostWorker& h, std::vector<std::uint32_t>& qps, std::size_t& chosen) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < qps.size(); ++i) {
    if (finished(h.hosts.send[qps[i]])) continue;
    if (i == chosen) chosen = kept;
    qps[kept++] = qps[i];
  }
  qps.resize(kept);
}

// Place of the next queue pair that may send now; finished ones met on the way are taken out. The
// place served last keeps its number meanwhile.
std::size_t next_qp(HostWorker& h, std::uint32_t local, Device& device) {
  const std::size_t count = device.qps.size();
  std::size_t chosen = kNone;
  bool any_finished = false;
  for (std::size_t step = 1; step <= count; ++step) {
    const std::size_t place = (step + device.last_qp) % count;
    const SendQp& q = h.hosts.send[device.qps[place]];
    if ((h.ports[local].paused >> q.cls & 1) == 0 && q.sendable()) {
      if (q.ready_at > h.now) continue;
      chosen = place;
      break;
    }
    any_finished |= finished(q);
  }
  if (any_finished) compact(h, device.qps, chosen);
  return chosen;
}

// One wake-up at the first pacing time of the queue pairs with bytes left, paused or not; none if
// one of these times has passed, and a pending one is left alone even if it comes later.
void wake_later(HostWorker& h, std::uint32_t local, Device& device) {
  Ps first = kNever;
  for (const std::uint32_t qp : device.qps) {
    const SendQp& q = h.hosts.send[qp];
    if (q.next_psn < q.posted_psn) first = std::min(first, q.ready_at);
  }
  if (device.wake != 0 || first == kNever || first <= h.now) return;
  device.wake_at = first;
  device.wake = h.net.devices->events.push(first, CreatedKind::kWake, h.node->first_port + local);
}

}  // namespace

void send_control(HostWorker& h, std::uint32_t local, const Frame& frame) {
  Frame f = frame;
  f.cls = h.hosts.recv[f.qp].cls;
  h.queue(local, kControlQueue).push(f, h.memory);
  dequeue(h, local);
}

void add_qp(HostWorker& h, std::uint32_t qp) {
  SendQp& q = h.hosts.send[qp];
  q.ready_at = h.now;
  device_of(h, q.port).qps.push_back(qp);
}

void dequeue(HostWorker& h, std::uint32_t local) {
  Device& device = device_of(h, local);
  if (device.busy) return;
  ClassQueue& control = h.queue(local, kControlQueue);
  const unsigned by = h.nic().ack_class < 0 ? kControlPausedBy : unsigned(h.nic().ack_class);
  if (!control.ring.empty() && (h.ports[local].paused >> by & 1) == 0) {
    const Frame f = control.ring.front();
    control.pop(h.memory);
    return transmit(h, local, f, f.ecn);
  }
  const std::size_t place = next_qp(h, local, device);
  if (place == kNone) return wake_later(h, local, device);
  device.last_qp = std::uint32_t(place);
  const std::uint32_t qp = device.qps[place];
  const Frame f = requester::make_packet(h, qp);
  transmit(h, local, f, f.ecn);
  h.net.devices->last_bytes[qp] = f.size_bytes;
  requester::sent(h, qp, f);
}

void on_wake(HostWorker& h, std::uint32_t local, std::uint64_t sequence) {
  Device& device = device_of(h, local);
  if (device.wake != sequence) return;
  device.wake = 0;
  dequeue(h, local);
}

void rate_changes(HostWorker& h, std::uint32_t qp, std::int64_t rate_bps) {
  Devices& devices = *h.net.devices;
  SendQp& q = h.hosts.send[qp];
  if (!devices.rate_moves_packet || q.rate_bps == 0 || rate_bps == 0) return;
  const auto gap = [&](std::int64_t rate) {
    return serialization_ps(devices.last_bytes[qp], rate, h.hosts.rounding);
  };
  q.ready_at += gap(rate_bps) - gap(q.rate_bps);
  Device& device = device_of(h, q.port);
  if (device.wake == 0 || q.ready_at >= device.wake_at) return;
  device.wake_at = std::max(q.ready_at, h.now);
  device.wake =
      devices.events.push(device.wake_at, CreatedKind::kWake, h.node->first_port + q.port);
}

}  // namespace fabric::device_nic
