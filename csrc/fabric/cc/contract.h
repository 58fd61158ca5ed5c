// C++ face of the congestion-control contract; the structs themselves are defined once, in
// pyfabric/cc.h.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "pyfabric/cc.h"

namespace fabric {

using CcEvent = pf_cc_event;
using CcWishes = pf_cc_wishes;
using CcAlgorithm = pf_cc_algorithm;
using CcCallback = pf_cc_callback;
using CcObserve = pf_cc_observe;

struct alignas(64) CcState {
  std::uint64_t words[PF_CC_STATE_BYTES / 8];
};

// An algorithm's own view of the state block.
template <class State>
State& cc_state(void* block) {
  static_assert(sizeof(State) <= PF_CC_STATE_BYTES && std::is_trivially_copyable_v<State>);
  return *static_cast<State*>(block);
}
template <class State>
const State& cc_state(const void* block) {
  return *static_cast<const State*>(block);
}

// The algorithm, with values that a trace shows.
constexpr CcAlgorithm observed(CcAlgorithm algorithm, const char* names, CcObserve observe) {
  algorithm.observed = names;
  algorithm.observe = observe;
  return algorithm;
}

// The sender's line rate, or the one among an algorithm's parameters if that is lower; 0: none.
template <class Parameters>
double line_rate(const Parameters& p, const CcEvent& e) {
  return p.line_rate_bps > 0 ? std::min(p.line_rate_bps, double(e.line_rate_bps))
                             : double(e.line_rate_bps);
}

inline bool within(double x, double low, double high) { return x >= low && x <= high; }

// A window that lets as many full packets be in flight as fit into `bytes`, at least one.
inline std::int64_t whole_packets(double bytes, std::int64_t mtu_bytes) {
  const auto packets = std::int64_t(bytes / double(mtu_bytes));
  return (packets < 1 ? 1 : packets) * mtu_bytes;
}

// Nearest integer, ties to even: the default rounding mode, so the same on every machine.
inline std::int64_t nearest(double x) { return std::int64_t(std::nearbyint(x)); }
inline std::int64_t to_bps(double rate) { return nearest(rate); }

}  // namespace fabric
