#include "fabric/transport/device_nic.h"

#include <algorithm>

#include "fabric/cc/hpcc_rate.h"
#include "fabric/cc/registry.h"
#include "fabric/net/device_transmitter.h"
#include "fabric/transport/congestion.h"
#include "fabric/transport/requester.h"
#include "fabric/transport/segmentation.h"

namespace fabric::device_nic {

namespace {

constexpr unsigned kControlQueue = 0;  // control frames of all classes wait in one queue
// The class whose pause stops control frames, whatever the class of the data.
constexpr unsigned kControlPausedBy = 3;
constexpr std::size_t kNone = ~std::size_t{0};

bool finished(const SendQp& q) { return q.una_psn == q.posted_psn; }

// Whether its window lets it send. After a going back what it has sent may lie behind what is
// acknowledged: then it is shut.
bool open(const SendQp& q) {
  return q.window_bytes == 0 ||
         std::uint64_t(q.next_bytes - q.una_bytes) < std::uint64_t(q.window_bytes);
}

// Takes finished queue pairs from place `first` on out of the list; the place `chosen` moves with
// its queue pair.
void compact(const HostWorker& h, std::vector<std::uint32_t>& qps, std::size_t first,
             std::size_t& chosen) {
  std::size_t kept = first;
  for (std::size_t i = first; i < qps.size(); ++i) {
    if (finished(h.hosts.send[qps[i]])) continue;
    if (i == chosen) chosen = kept;
    qps[kept++] = qps[i];
  }
  qps.resize(kept);
}

// Place of the next queue pair that may send now. Of the finished ones those are taken out whose
// place is not before all that were met on the way; the place served last keeps its number.
std::size_t next_qp(HostWorker& h, std::uint32_t local, Device& device) {
  const std::size_t count = device.qps.size();
  std::size_t chosen = kNone;
  std::size_t first_finished = kNone;
  for (std::size_t step = 1; step <= count; ++step) {
    const std::size_t place = (step + device.last_qp) % count;
    const SendQp& q = h.hosts.send[device.qps[place]];
    const bool has_packet = q.next_psn < q.posted_psn && q.rate_bps > 0;
    if ((h.ports[local].paused >> q.cls & 1) == 0 && has_packet && open(q)) {
      if (q.ready_at > h.now) continue;
      chosen = place;
      break;
    }
    if (finished(q)) first_finished = std::min(first_finished, place);
  }
  if (first_finished != kNone) compact(h, device.qps, first_finished, chosen);
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

void hasten(HostWorker& h, const SendQp& q) {
  Device& device = device_of(h, q.port);
  if (device.wake == 0 || q.ready_at >= device.wake_at) return;
  device.wake_at = std::max(q.ready_at, h.now);
  device.wake =
      h.net.devices->events.push(device.wake_at, CreatedKind::kWake, h.node->first_port + q.port);
}

// Events for the ticks that DCQCN has set; the others of a timer are called off, and all of them
// when the queue pair is finished.
void create_ticks(HostWorker& h, std::uint32_t qp) {
  Devices& devices = *h.net.devices;
  PendingTicks& pending = devices.ticks[qp];
  if (finished(h.hosts.send[qp])) {
    pending = {};
    return;
  }
  const DcqcnTicks ticks = dcqcn_ticks(&h.hosts.cc[qp]);
  for (unsigned timer = 0; timer < ticks.size(); ++timer) {
    if (ticks[timer] == pending.at[timer]) continue;
    pending.at[timer] = ticks[timer];
    const auto kind = CreatedKind(unsigned(CreatedKind::kDcqcnAlpha) + timer);
    pending.event[timer] = devices.events.push(ticks[timer], kind, qp);
  }
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
}

void react(HostWorker& h, std::uint32_t qp) {
  Devices& devices = *h.net.devices;
  const SendQp& q = h.hosts.send[qp];
  const CcAlgorithm* algorithm = h.hosts.profiles[q.profile].algorithm;
  if (algorithm == &kHpcc && devices.rate_moves_packet && hpcc_set_rate(&h.hosts.cc[qp]))
    hasten(h, q);
  if (algorithm == &kDcqcn && !devices.ticks.empty()) create_ticks(h, qp);
}

void on_tick(HostWorker& h, std::uint32_t qp, unsigned timer, std::uint64_t sequence) {
  PendingTicks& pending = h.net.devices->ticks[qp];
  if (pending.event[timer] != sequence) return;
  pending.at[timer] = kNever;
  h.enter(h.hosts.send[qp].node);
  congestion::tick(h, qp, DcqcnTimer(timer));
  create_ticks(h, qp);
}

}  // namespace fabric::device_nic
