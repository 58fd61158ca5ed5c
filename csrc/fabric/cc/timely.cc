// TIMELY (Mittal et al., "TIMELY: RTT-based congestion control for the datacenter", SIGCOMM'15,
// algorithm 1): a rate that follows the gradient of the round-trip time.
#include "fabric/cc/rtt_gradient.h"

namespace fabric {

namespace {

void increase(const RttParameters& p, RttState& s, const CcEvent& e, bool may_hyper, CcWishes& w) {
  const bool hyper = may_hyper && s.increases >= std::int32_t(p.hyper_after);
  if (may_hyper && !hyper) ++s.increases;
  set_rate(p, s, e, s.rate_bps + (hyper ? p.rate_hai_bps : p.rate_ai_bps), w);
}

void decrease(const RttParameters& p, RttState& s, const CcEvent& e, double share, CcWishes& w) {
  s.increases = 0;
  set_rate(p, s, e, s.rate_bps * std::max(0.0, 1 - p.beta * share), w);
}

void decide(const RttParameters& p, RttState& s, const CcEvent& e, double gradient, CcWishes& w) {
  const auto rtt = double(e.rtt_ps);
  if (rtt < p.t_low_ps) {
    if (p.hyper_below_t_low == 0) s.increases = 0;
    increase(p, s, e, p.hyper_below_t_low != 0, w);
  } else if (rtt > p.t_high_ps) {
    decrease(p, s, e, 1 - p.t_high_ps / rtt, w);
  } else if (gradient <= 0) {
    increase(p, s, e, true, w);
  } else {
    decrease(p, s, e, gradient, w);
  }
}

// Under ns3_arithmetic a NAK is one more acknowledgement; else its round trip is no sample.
int on_nack(const double* parameters, void* block, const CcEvent* e, CcWishes* w) {
  return ns3_arithmetic(parameters) ? on_rtt<decide>(parameters, block, e, w) : 0;
}

}  // namespace

const CcAlgorithm kTimely = observed({PF_CC_ABI_VERSION, sizeof(CcAlgorithm), "timely", start_rtt,
                                      nullptr, on_rtt<decide>, nullptr, on_nack, nullptr, nullptr},
                                     kObservedRtt, observe_rtt);

}  // namespace fabric
