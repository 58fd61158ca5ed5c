// Receiver credits of a plan: queue pairs without them have 0, plans without them no columns.
#include "fabric/engine/validate.h"
#include "fabric/transport/receiver_credits.h"

namespace fabric {

void validate_credits(const Plan& p) {
  const bool some = p.has_credits();
  const std::size_t pairs = some ? p.qps() : 0, ports = some ? p.ports() : 0;
  SIZE_IS(qp_credit_packets, pairs), SIZE_IS(qp_credit_port, pairs);
  SIZE_IS(qp_unsolicited_packets, pairs), WITHIN(qp_unsolicited_packets, 0, kMaxCreditPackets);
  WITHIN(qp_credit_packets, 0, kMaxCreditPackets);
  SIZE_IS(port_credit_rate_bps, ports), SIZE_IS(port_credit_packets, ports);
  WITHIN(port_credit_packets, 0, kMaxCreditPackets);
  if (!some) return;
  need(p.credit_quantum_packets >= 1 && p.credit_quantum_packets <= kMaxCreditQuantum,
       "credit_quantum_packets is outside 1..1024");
  need(p.credit_reclaim_ps >= 1 && p.credit_reclaim_ps <= 1'000'000'000'000'000'000,
       "credit_reclaim_ps is outside 1..10^18");
  need(p.int_hops == 0, "credits and in-band telemetry do not fit into one frame (int_hops)");
  need(p.creation_order == 0, "in the order of creation there are no receiver credits");
  for (std::size_t i = 0; i < ports; ++i)
    need(p.port_credit_rate_bps[i] >= 0 && p.port_credit_rate_bps[i] <= p.port_rate_bps[i],
         "port_credit_rate_bps is outside 0..port_rate_bps");
  for (std::size_t q = 0; q < pairs; ++q) {
    if (p.qp_credit_packets[q] == 0) continue;
    need(p.qp_read[q] == 0, "READ responses have no receiver credits");
    const std::uint32_t first = p.node_first_port[p.qp_rx_node[q]];
    const std::size_t port = first + std::size_t{p.qp_credit_port[q]};
    need(port < p.node_first_port[p.qp_rx_node[q] + 1],
         "qp_credit_port is a port that the receiving host lacks");
    need(p.port_credit_rate_bps[port] >= 1'000 && p.port_credit_packets[port] >= 1,
         "a queue pair has credits, but the port where its data arrive grants none");
  }
}

}  // namespace fabric
