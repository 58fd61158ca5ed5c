// Integer time and the one conversion from bytes to time (docs/model.md 1).
#pragma once

#include <cstdint>
#include <limits>

namespace fabric {

using Ps = std::int64_t;  // picoseconds
inline constexpr Ps kNever = std::numeric_limits<Ps>::max();
inline constexpr Ps kPsPerNs = 1000;

__extension__ using Int128 = __int128;

// ceil(bytes * 8 * 10^12 / rate), or floored to 1 ns when `truncate_ns` (ns-3 mode).
constexpr Ps serialization_ps(std::int64_t bytes, std::int64_t rate_bps, bool truncate_ns) {
  const Int128 bit_ps = Int128{bytes} * 8'000'000'000'000;
  if (truncate_ns) return Ps(bit_ps / kPsPerNs / rate_bps) * kPsPerNs;
  return Ps((bit_ps + rate_bps - 1) / rate_bps);
}

static_assert(serialization_ps(1, 400'000'000'000, false) == 20);
static_assert(serialization_ps(1, 1'600'000'000'000, false) == 5);
static_assert(serialization_ps(1048, 100'000'000'000, true) == 83'000);

// A fixed rate with its whole number of ps per byte, so that the usual rates need no division per
// frame.
struct LineRate {
  std::int64_t bps = 0;
  std::uint32_t ps_per_byte = 0;  // 0: not whole, or ns-3 mode
  bool truncate_ns = false;

  static constexpr LineRate of(std::int64_t bps, bool truncate_ns) {
    const std::int64_t bit_ps = 8'000'000'000'000;
    const bool whole = !truncate_ns && bit_ps % bps == 0 && bit_ps / bps <= 0xffffffff;
    return {bps, whole ? std::uint32_t(bit_ps / bps) : 0, truncate_ns};
  }
  Ps time(std::int64_t bytes) const {
    if (ps_per_byte != 0) [[likely]]
      return bytes * ps_per_byte;
    return serialization_ps(bytes, bps, truncate_ns);
  }
};

}  // namespace fabric
