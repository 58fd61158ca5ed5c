// DCTCP (Alizadeh et al., "Data center TCP (DCTCP)", SIGCOMM'10, section 3): cuts in proportion to
// the fraction of marked bytes. As a window, or as a rate as in the simulator published with HPCC
// (SIGCOMM'19).
#include <algorithm>

#include "fabric/cc/ns3_arithmetic.h"
#include "fabric/cc/registry.h"

namespace fabric {

namespace {

// Order of `cc_parameters`; pyfabric/cc/dctcp.py writes the same.
struct Parameters {
  double g, initial_alpha;
  double window_ai;    // packets per round trip
  double rate_based;   // 0, 1
  double rate_ai_bps;  // per round trip
  double min_rate_bps, line_rate_bps;
  double first_ack_begins;  // 0: the first ACK ends a window of data
};
static_assert(sizeof(Parameters) <= PF_CC_PARAMETERS * sizeof(double));

struct State {
  double alpha, window_bytes, rate_bps;
  std::int64_t acked_bytes, marked_bytes;  // since the window of data began
  std::int64_t marked_acks, window_acks;   // ns3_arithmetic: marked since then, and expected
  std::int64_t line_window_bytes;          // rate-based: the window at line rate
  std::uint32_t window_psn;                // its end
  std::uint32_t reduced_psn;               // no further cut before this is acknowledged
};

const Parameters& parameters_of(const double* p) { return *reinterpret_cast<const Parameters*>(p); }

constexpr double kMostBytes = 1e12;

void publish(const Parameters& p, State& s, const CcEvent& e, CcWishes& w) {
  if (p.rate_based == 0) {
    s.window_bytes = std::min(std::max(s.window_bytes, double(e.mtu_bytes)), kMostBytes);
    w.window_bytes = whole_packets(s.window_bytes, e.mtu_bytes);
    return;
  }
  s.rate_bps = std::min(std::max(stepped(p, s.rate_bps), p.min_rate_bps), line_rate(p, e));
  w.rate_bps = to_bps(s.rate_bps);
  if (s.line_window_bytes > 0)
    w.window_bytes = window_at(p, s.line_window_bytes, s.rate_bps, line_rate(p, e));
}

// At most one cut in a window of data.
void cut(State& s, const CcEvent& e, double factor) {
  s.window_bytes *= factor;
  s.rate_bps *= factor;
  s.reduced_psn = e.next_psn;
}

// Of the window of data that is acknowledged: by bytes, or by acknowledgements as there.
double marked_part(const Parameters& p, const State& s) {
  if (ns3_arithmetic(p) && s.window_acks > 0)
    return std::min(1.0, double(s.marked_acks) / double(s.window_acks));
  return s.acked_bytes > 0 ? double(s.marked_bytes) / double(s.acked_bytes) : 0;
}

// A window of data is acknowledged.
void end_window(const Parameters& p, State& s, const CcEvent& e) {
  const bool begins = s.window_psn == 0, only_begins = p.first_ack_begins != 0 && begins;
  const double marked = marked_part(p, s);
  s.window_psn = e.next_psn;
  s.window_acks = (e.inflight_bytes + (begins ? e.bytes : 0)) / e.mtu_bytes + 1;
  if (only_begins) return;
  s.alpha = (1 - p.g) * s.alpha + p.g * marked;
  s.acked_bytes = s.marked_bytes = s.marked_acks = 0;
}

// A sender that did not fill its window has not tested it.
bool filled(const State& s, const CcEvent& e) {
  return double(e.inflight_bytes + e.bytes + e.mtu_bytes) >= s.window_bytes;
}

int on_ack(const double* parameters, void* block, const CcEvent* e, CcWishes* w) {
  const Parameters& p = parameters_of(parameters);
  State& s = cc_state<State>(block);
  s.acked_bytes += e->bytes;
  if (e->ecn_echo != 0) s.marked_bytes += e->bytes, ++s.marked_acks;
  const bool window_ends = e->acked_psn > s.window_psn;
  if (window_ends) end_window(p, s, *e);
  if (e->acked_psn > s.reduced_psn) {
    if (e->ecn_echo != 0)
      cut(s, *e, 1 - s.alpha / 2);
    else if (p.rate_based != 0)
      s.rate_bps += window_ends ? p.rate_ai_bps : 0;
    else if (filled(s, *e))
      s.window_bytes += p.window_ai * double(e->mtu_bytes) * double(e->bytes) / s.window_bytes;
  }
  publish(p, s, *e, *w);
  return 0;
}

int on_nack(const double* parameters, void* block, const CcEvent* e, CcWishes* w) {
  if (ns3_arithmetic(parameters)) return on_ack(parameters, block, e, w);
  const Parameters& p = parameters_of(parameters);
  State& s = cc_state<State>(block);
  if (p.rate_based == 0 && e->acked_psn >= s.reduced_psn) cut(s, *e, 0.5);
  publish(p, s, *e, *w);
  return 0;
}

int on_timeout(const double* parameters, void* block, const CcEvent* e, CcWishes* w) {
  const Parameters& p = parameters_of(parameters);
  State& s = cc_state<State>(block);
  if (p.rate_based == 0) cut(s, *e, 0);
  publish(p, s, *e, *w);
  return 0;
}

// Plans may come from files.
bool valid(const Parameters& p) {
  return within(p.g, 0, 1) && within(p.initial_alpha, 0, 1) && within(p.window_ai, 0, 1e6) &&
         within(p.rate_ai_bps, 0, 1e15) && within(p.min_rate_bps, 1, 1e15) &&
         within(p.line_rate_bps, 0, 1e15);
}

int init(const double* parameters, void* block, const CcEvent* e, CcWishes* w) {
  const Parameters& p = parameters_of(parameters);
  if (!valid(p)) return 1;
  State& s = cc_state<State>(block);
  s.alpha = p.initial_alpha;
  s.rate_bps = line_rate(p, *e);
  s.line_window_bytes = w->window_bytes;
  s.window_bytes = w->window_bytes > 0 ? double(w->window_bytes) : kMostBytes;
  publish(p, s, *e, *w);
  return 0;
}

std::int64_t observe(const double*, void* block, const CcEvent*, CcWishes*, double* values) {
  values[0] = cc_state<State>(block).alpha;
  return PF_CC_NEVER;
}

}  // namespace

const CcAlgorithm kDctcp = observed({PF_CC_ABI_VERSION, sizeof(CcAlgorithm), "dctcp", init, nullptr,
                                     on_ack, nullptr, on_nack, on_timeout, nullptr},
                                    "alpha", observe);

}  // namespace fabric
