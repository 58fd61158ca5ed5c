#include "fabric/net/device_switch.h"

#include <cmath>

#include "fabric/net/congestion_point.h"
#include "fabric/net/device_transmitter.h"
#include "fabric/net/pfc.h"
#include "fabric/net/port_threshold.h"
#include "fabric/net/queue_samples.h"
#include "fabric/net/telemetry.h"

namespace fabric::device_switch {

namespace {

// RED at dequeue. A draw is made for a frame that bears a mark, or that cannot, too.
bool marks(Worker& w, const PortCold& port, std::int64_t queue_bytes) {
  if (queue_bytes <= port.ecn_kmin_bytes) return false;
  if (queue_bytes > port.ecn_kmax_bytes) return true;
  // The plan's 1/2^32 tell decimals of up to 9 digits apart.
  constexpr double kQ32 = 4'294'967'296.0, kDecimals = 1e9;
  const double pmax = std::nearbyint(double(port.ecn_pmax_q32) / kQ32 * kDecimals) / kDecimals;
  const double part = pmax * double(queue_bytes - port.ecn_kmin_bytes) /
                      double(port.ecn_kmax_bytes - port.ecn_kmin_bytes);
  return w.net.devices->draws.next() < part;
}

// Every decision is a frame of its own, behind those that wait already. There each one draws the
// identification of its IP header.
void send_pfc(Worker& w, std::uint32_t local, unsigned cls, bool pause) {
  w.net.devices->draws.skip();
  PfcFrame pfc{};
  PortCold& cold = w.cold(local);
  ++(pause ? cold.xoff_sent_frames : cold.xon_sent_frames)[cls];
  (pause ? pfc.xoff_mask : pfc.xon_mask) = std::uint8_t(1u << cls);
  pfc.quanta = kUntilXon;
  device_of(w, local).pfc.push(pfc, w.memory);
  dequeue(w, local);
}

void start_waiting_pfc(Worker& w, std::uint32_t local, Device& device) {
  const PfcFrame pfc = device.pfc.front();
  device.pfc.pop(w.memory);
  Port& port = w.ports[local];
  port.told = std::uint8_t((port.told | pfc.xoff_mask) & ~pfc.xon_mask);
  transmit_pfc(w, local, pfc);
}

std::uint32_t next_hop(const Worker& w, const Frame& f) {
  const QpWords& words = w.net.devices->words[f.qp];
  const FlowWords& own = f.kind == Kind::kData ? words.data : words.reply;
  return w.net.routes.next_hop(w.node->route, f, [&](std::uint32_t count) {
    return murmur3(own, w.node->ecmp_seed) % count;
  });
}

bool admit_or_drop(Worker& w, std::uint32_t local, std::uint32_t out, const Frame& f) {
  Node& node = *w.node;
  IngressGroup& group = w.ingress(local, f.cls);
  const int shift = device_of(w, local).alpha_shift;
  if (port_refuses(node, group, f.size_bytes, shift, w.ports[local].headroom_limit)) {
    drop(w, local, f, DropCause::kHeadroomExhausted);
    count_drop(w, out, f);
    return false;
  }
  admit_by_port(node, group, f.size_bytes, shift);
  const bool told = (w.ports[local].xoff >> f.cls & 1) != 0;
  if (node.pfc_mode != PfcMode::kOff && !told && pauses_by_port(node, group, shift)) {
    decide_xoff(w, local, f.cls);
    record_xoff(w, local, out, f);
    send_pfc(w, local, f.cls, true);
  }
  return true;
}

void release_ingress(Worker& w, std::uint32_t in, unsigned cls, std::int64_t size_bytes) {
  IngressGroup& group = w.ingress(in, cls);
  release(*w.node, group, size_bytes);
  if ((w.ports[in].xoff >> cls & 1) == 0) return;
  if (!resumes_by_port(*w.node, group, device_of(w, in).alpha_shift)) return;
  decide_xon(w, in, cls);
  send_pfc(w, in, cls, false);
}

// One frame of each class in turn, starting behind the class served last.
unsigned next_class(unsigned last, std::uint8_t eligible) {
  for (unsigned step = 1;; ++step)
    if (const unsigned cls = (last + step) % kClasses; (eligible >> cls & 1) != 0) return cls;
}

// Leaves the queue, then its buffer; is marked by what stays behind; a resume goes out before it.
void send_from(Worker& w, std::uint32_t local, unsigned cls) {
  ClassQueue& queue = w.queue(local, cls);
  if (w.net.queue_sample_ps != 0) sample_queue(w, local, cls, queue);
  const Frame f = queue.ring.front();
  queue.pop(w.memory);
  if (queue.ring.empty()) w.ports[local].backlog &= std::uint8_t(~(1u << cls));
  std::uint8_t ecn = f.ecn;
  if ((w.node->ecn_mask >> cls & 1) != 0 && marks(w, w.cold(local), queue.size_bytes) &&
      f.ecn == kEct) {
    ++queue.ecn_marks;
    count_mark(w, local, f);
    ecn = kCe;
  }
  release_ingress(w, f.in_port, cls, f.size_bytes);
  if (w.node->telemetry) add_telemetry(w, local, f, 0);
  transmit(w, local, f, ecn);
}

}  // namespace

void on_frame(Worker& w, std::uint32_t local, const Frame& f) {
  const std::uint32_t out = next_hop(w, f);
  if (out == kUnreachable) return drop(w, local, f, DropCause::kNoRoute);
  if (!admit_or_drop(w, local, out, f)) return;
  ClassQueue& queue = w.queue(out, f.cls);
  if (w.net.queue_sample_ps != 0) sample_queue(w, out, f.cls, queue);
  w.ports[out].backlog |= std::uint8_t(1u << f.cls);
  queue.push(f, w.memory).in_port = std::uint16_t(local);
  dequeue(w, out);
}

void dequeue(Worker& w, std::uint32_t local) {
  Device& device = device_of(w, local);
  if (device.busy) return;
  if (!device.pfc.empty()) return start_waiting_pfc(w, local, device);
  const Port& port = w.ports[local];
  const auto eligible = std::uint8_t(port.backlog & ~port.paused);
  if (eligible == 0) return;
  device.last_class = std::uint8_t(next_class(device.last_class, eligible));
  send_from(w, local, device.last_class);
}

}  // namespace fabric::device_switch
