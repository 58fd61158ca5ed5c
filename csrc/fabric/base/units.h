// Integer time and the one conversion from bytes to time (docs/model.md 1).
#pragma once

#include <cstdint>
#include <limits>

namespace fabric {

using Ps = std::int64_t;  // picoseconds
inline constexpr Ps kNever = std::numeric_limits<Ps>::max();
inline constexpr Ps kPsPerNs = 1000;

__extension__ using Int128 = __int128;

// Of a time on the wire: up to a ps; down to a ns; down to a ns as fixed_point_ps has it, which
// most whole ones lose (docs/ns3.md).
enum class Rounding : std::uint8_t { kPs = 0, kNs = 1, kBelowNs = 2 };

// In s as a double, from that in fixed point with 64 binary digits behind the point, from that in
// ns, each step cut.
constexpr Ps fixed_point_ps(std::int64_t bytes, std::int64_t rate_bps) {
  constexpr double kDigits = 18'446'744'073'709'551'616.0;
  const double seconds = double(bytes) * 8 / double(rate_bps);
  const auto whole = std::int64_t(seconds);
  const Int128 fixed = (Int128{whole} << 64) + Int128((seconds - double(whole)) * kDigits);
  return Ps(fixed * 1'000'000'000 >> 64) * kPsPerNs;
}

// bytes * 8 * 10^12 / rate, rounded.
constexpr Ps serialization_ps(std::int64_t bytes, std::int64_t rate_bps, Rounding rounding) {
  if (rounding == Rounding::kBelowNs) return fixed_point_ps(bytes, rate_bps);
  const Int128 bit_ps = Int128{bytes} * 8'000'000'000'000;
  if (rounding == Rounding::kPs) return Ps((bit_ps + rate_bps - 1) / rate_bps);
  return Ps(bit_ps / kPsPerNs / rate_bps) * kPsPerNs;
}

static_assert(serialization_ps(1, 400'000'000'000, Rounding::kPs) == 20);
static_assert(serialization_ps(1, 1'600'000'000'000, Rounding::kPs) == 5);
static_assert(serialization_ps(1048, 100'000'000'000, Rounding::kNs) == 83'000);
static_assert(serialization_ps(1050, 100'000'000'000, Rounding::kNs) == 84'000);
static_assert(serialization_ps(1050, 100'000'000'000, Rounding::kBelowNs) == 83'000);
static_assert(serialization_ps(1056, 100'000'000, Rounding::kBelowNs) == 84'480'000);
static_assert(serialization_ps(1048, 1'000'000'000, Rounding::kBelowNs) == 8'383'000);

// A fixed rate with its whole number of ps per byte, so that the usual rates need no division per
// frame.
struct LineRate {
  std::int64_t bps = 0;
  std::uint32_t ps_per_byte = 0;  // 0: not whole, or ns-3 mode
  Rounding rounding = Rounding::kPs;

  static constexpr LineRate of(std::int64_t bps, Rounding rounding) {
    const std::int64_t bit_ps = 8'000'000'000'000;
    const bool whole = rounding == Rounding::kPs && bit_ps % bps == 0 && bit_ps / bps <= 0xffffffff;
    return {bps, whole ? std::uint32_t(bit_ps / bps) : 0, rounding};
  }
  Ps time(std::int64_t bytes) const {
    if (ps_per_byte != 0) [[likely]]
      return bytes * ps_per_byte;
    return serialization_ps(bytes, bps, rounding);
  }
};

}  // namespace fabric
