// Patched TIMELY (Zhu, Ghobadi et al., "ECN or delay: lessons learnt from analysis of DCQCN and
// TIMELY", CoNEXT'16, algorithm 2): between the thresholds the gradient only weighs how much of an
// increase and how much of a decrease by the delay itself is made, so there is one fixed point.
#include "fabric/cc/rtt_gradient.h"

namespace fabric {

namespace {

// Share of the decrease, by the gradient.
double weight(double gradient) {
  if (gradient <= -0.25) return 0;
  return gradient >= 0.25 ? 1 : 2 * gradient + 0.5;
}

void decide(const RttParameters& p, RttState& s, const CcEvent& e, double gradient, CcWishes& w) {
  const auto rtt = double(e.rtt_ps);
  if (rtt < p.t_low_ps) {
    set_rate(p, s, e, s.rate_bps + p.rate_ai_bps, w);
  } else if (rtt > p.t_high_ps) {
    set_rate(p, s, e, s.rate_bps * (1 - p.beta * (1 - p.t_high_ps / rtt)), w);
  } else {
    const double down = weight(gradient), error = (rtt - p.t_low_ps) / p.t_low_ps;
    const double rate = s.rate_bps * std::max(0.0, 1 - p.beta * down * error);
    set_rate(p, s, e, rate + p.rate_ai_bps * (1 - down), w);
  }
}

int init(const double* parameters, void* block, const CcEvent* e, CcWishes* w) {
  return rtt_parameters(parameters).t_low_ps >= 1 ? start_rtt(parameters, block, e, w) : 1;
}

}  // namespace

const CcAlgorithm kPatchedTimely =
    observed({PF_CC_ABI_VERSION, sizeof(CcAlgorithm), "patched_timely", init, nullptr,
              on_rtt<decide>, nullptr, nullptr, nullptr, nullptr},
             kObservedRtt, observe_rtt);

}  // namespace fabric
