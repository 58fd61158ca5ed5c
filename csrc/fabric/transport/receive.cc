#include "fabric/transport/receive.h"

#include "fabric/net/buffer.h"
#include "fabric/net/pfc.h"
#include "fabric/net/transmitter.h"
#include "fabric/transport/nic.h"
#include "fabric/transport/responder.h"

namespace fabric::receive {

namespace {

void begin_service(HostWorker& h, std::uint32_t local) {
  const std::int64_t size = h.nic_port(local).received.front().size_bytes;
  const Ps done = h.w.now + serialization_ps(size, h.nic().receive_rate_bps, h.hosts.truncate_ns);
  h.w.add_timer(done, TimerKind::kReceiveService, local);
}

}  // namespace

void on_arrival(HostWorker& h, std::uint32_t local, const Frame& f) {
  Worker& w = h.w;
  Node& node = *w.node;
  IngressGroup& group = w.ingress(local, f.cls);
  const bool lossless = (node.lossless_mask >> f.cls & 1) != 0;
  if (admit(node, group, f.size_bytes, lossless, w.ports[local].headroom_limit) ==
      Admission::kRefused)
    return drop(w, local, f,
                lossless ? DropCause::kHeadroomExhausted : DropCause::kIngressThreshold);
  auto& received = h.nic_port(local).received;
  received.push(f);
  if (received.size() == 1) begin_service(h, local);
  if (lossless && node.pfc_mode != PfcMode::kOff && (w.ports[local].xoff >> f.cls & 1) == 0 &&
      over_xoff(node, group)) {
    decide_xoff(w, local, f.cls);
    nic::send_due_pfc(h, local);
  }
}

void on_served(HostWorker& h, std::uint32_t local) {
  Worker& w = h.w;
  auto& received = h.nic_port(local).received;
  const Frame f = received.front();
  received.pop();
  if (!received.empty()) begin_service(h, local);
  IngressGroup& group = w.ingress(local, f.cls);
  release(*w.node, group, f.size_bytes);
  if ((w.ports[local].xoff >> f.cls & 1) != 0 && under_xon(*w.node, group)) {
    decide_xon(w, local, f.cls);
    nic::send_due_pfc(h, local);
  }
  w.node->consumed_frames += 1;
  w.node->consumed_bytes += f.size_bytes;
  responder::on_data(h, f);
}

}  // namespace fabric::receive
