#include "fabric/transport/receive.h"

#include <algorithm>

#include "fabric/net/congestion_point.h"
#include "fabric/net/ingress.h"
#include "fabric/net/pause_limit.h"
#include "fabric/transport/nic.h"
#include "fabric/transport/responder.h"

namespace fabric::receive {

namespace {

void begin_service(HostWorker& h, std::uint32_t local) {
  const std::int64_t size = h.nic_port(local).received.front().size_bytes;
  const Ps done = h.now + serialization_ps(size, h.nic().receive_rate_bps, h.hosts.rounding);
  h.add_timer(done, TimerKind::kReceiveService, local);
}

// The lowest priority that has the frame's DSCP, else the class that its selector names.
std::uint8_t priority_of(const HostWorker& h, const Frame& f) {
  const auto& dscp = h.net.dscp;
  const auto found = std::find(dscp.begin(), dscp.end(), f.dscp);
  return std::uint8_t(found == dscp.end() ? f.dscp >> 3 : found - dscp.begin());
}

}  // namespace

void on_arrival(HostWorker& h, std::uint32_t local, const Frame& arrived) {
  Frame f = arrived;
  f.cls = f.pg = priority_of(h, f);
  const std::uint8_t xoff = h.ports[local].xoff;
  if (!take_in(h, local, f)) return;
  if (h.ports[local].xoff != xoff) record_receiver_xoff(h, local, f.cls);
  auto& received = h.nic_port(local).received;
  received.push(f, h.memory);
  if (received.size() == 1) begin_service(h, local);
  nic::send_due_pfc(h, local);
}

void on_served(HostWorker& h, std::uint32_t local) {
  Worker& w = h;
  auto& received = h.nic_port(local).received;
  const Frame f = received.front();
  received.pop(h.memory);
  if (!received.empty()) begin_service(h, local);
  let_go(w, local, f.cls, f.size_bytes);
  if (w.cold(local).muted != 0) [[unlikely]]
    pause_limit::unmute_if_calm(w, local, f.cls);
  nic::send_due_pfc(h, local);
  w.node->consumed_frames += 1;
  w.node->consumed_bytes += f.size_bytes;
  responder::on_data(h, f);
}

}  // namespace fabric::receive
