// Arithmetic of the simulator published with HPCC (docs/ns3.md): rates are whole bit/s at each
// step, a window in proportion to the rate is a whole division, times are ns.
#pragma once

#include <algorithm>

#include "fabric/base/units.h"
#include "fabric/cc/contract.h"

namespace fabric {

// The last parameter of DCQCN, HPCC, TIMELY and DCTCP; 0: their own arithmetic.
constexpr std::size_t kNs3Parameter = PF_CC_PARAMETERS - 1;
constexpr std::int64_t kOneBps = 1;

inline bool ns3_arithmetic(const double* parameters) { return parameters[kNs3Parameter] != 0; }

// A view of all parameters says whether its algorithm follows that arithmetic.
template <class Parameters>
bool ns3_arithmetic(const Parameters& p) {
  static_assert(sizeof(Parameters) <= kNs3Parameter * sizeof(double));
  return ns3_arithmetic(reinterpret_cast<const double*>(&p));
}

// `rate`, or under that arithmetic what is left of it without fractions of a bit/s.
template <class Parameters>
double stepped(const Parameters& p, double rate) {
  return ns3_arithmetic(p) ? std::trunc(rate) : rate;
}

// The part of a window at line rate that belongs to a lower rate, at least 1 B.
template <class Parameters>
std::int64_t window_at(const Parameters& p, std::int64_t line_window_bytes, double rate,
                       double line) {
  const Int128 parts = Int128(line_window_bytes) * std::int64_t(rate);
  const std::int64_t window = ns3_arithmetic(p)
                                  ? std::int64_t(parts / std::max(std::int64_t(line), kOneBps))
                                  : std::int64_t(double(line_window_bytes) * (rate / line));
  return std::max<std::int64_t>(1, window);
}

}  // namespace fabric
