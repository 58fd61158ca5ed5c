// From plan columns to the state of receiver credits.
#include "fabric/engine/engine.h"

namespace fabric {

void Engine::build_credits(const Plan& plan) {
  if (!plan.has_credits()) return;
  hosts_.credit_rules = {plan.credit_quantum_packets, plan.credit_reclaim_ps};
  hosts_.credit_senders.resize(plan.qps());
  hosts_.credit_receivers.resize(plan.qps());
  hosts_.credit_ports.resize(hosts_.nic_ports.size());
  for (std::size_t i = 0; i < hosts_.credit_ports.size(); ++i) {
    hosts_.credit_ports[i].rate_bps = plan.port_credit_rate_bps[i];
    hosts_.credit_ports[i].most = plan.port_credit_packets[i];
  }
  for (std::size_t q = 0; q < plan.qps(); ++q) {
    if (plan.qp_credit_packets[q] != 0) {
      SendQp& s = hosts_.send[q];
      RecvQp& r = hosts_.recv[q];
      s.credited = r.credited = s.apart = r.apart = true;
    }
    hosts_.credit_senders[q].unsolicited = plan.qp_unsolicited_packets[q];
    CreditReceiver& receiver = hosts_.credit_receivers[q];
    receiver.most = plan.qp_credit_packets[q];
    receiver.unsolicited = plan.qp_unsolicited_packets[q];
    receiver.port = plan.qp_credit_port[q];
  }
}

}  // namespace fabric
