// Random numbers of the simulator published with HPCC (docs/ns3.md): the combined generator
// MRG32k3a (L'Ecuyer, "Good parameters and implementations for combined multiple recursive random
// number generators", Operations Research 47(1), 1999) with streams 2^127 and substreams 2^76
// numbers apart (L'Ecuyer et al., "An object-oriented random-number package with many long streams
// and substreams", Operations Research 50(6), 2002). There every draw takes the first number of a
// stream of its own.
#pragma once

#include <array>
#include <cstdint>

namespace fabric {

// One of the two recurrences: x <- a x, modulo a prime below 2^32.
class Recurrence {
 public:
  using Vector = std::array<std::uint64_t, 3>;
  using Matrix = std::array<Vector, 3>;

  constexpr Recurrence(std::uint64_t modulus, const Vector& last_row)
      : modulus_(modulus), one_{{{0, 1, 0}, {0, 0, 1}, last_row}} {}

  // The step of 2^exponent numbers.
  constexpr Matrix step(int exponent) const {
    Matrix m = one_;
    for (int i = 0; i < exponent; ++i) m = times(m, m);
    return m;
  }
  constexpr Vector times(const Matrix& m, const Vector& v) const {
    Vector product{};
    for (std::size_t row = 0; row < 3; ++row)
      for (std::size_t k = 0; k < 3; ++k)
        product[row] = (product[row] + m[row][k] * v[k] % modulus_) % modulus_;
    return product;
  }
  // `count` steps of `m`.
  constexpr Vector advance(Matrix m, std::uint64_t count, Vector v) const {
    for (; count != 0; count >>= 1, m = times(m, m))
      if ((count & 1) != 0) v = times(m, v);
    return v;
  }

 private:
  constexpr Matrix times(const Matrix& a, const Matrix& b) const {
    Matrix product{};
    for (std::size_t column = 0; column < 3; ++column) {
      const Vector v = times(a, Vector{b[0][column], b[1][column], b[2][column]});
      for (std::size_t row = 0; row < 3; ++row) product[row][column] = v[row];
    }
    return product;
  }

  std::uint64_t modulus_;
  Matrix one_;
};

// The first numbers of consecutive streams.
class Mrg32k3aStreams {
 public:
  constexpr Mrg32k3aStreams() = default;
  // From stream `first` on, in the substream `substream` of each; all six seeds are `seed`.
  constexpr Mrg32k3aStreams(std::uint64_t seed, std::uint64_t first, std::uint64_t substream)
      : jump1_(kFirst.step(kStream)), jump2_(kSecond.step(kStream)) {
    const Recurrence::Vector seeds{seed, seed, seed};
    state1_ = kFirst.advance(jump1_, first, seeds);
    state2_ = kSecond.advance(jump2_, first, seeds);
    state1_ = kFirst.advance(kFirst.step(kSubstream), substream, state1_);
    state2_ = kSecond.advance(kSecond.step(kSubstream), substream, state2_);
  }

  // Above 0 and below 1.
  constexpr double next() {
    const std::uint64_t x = kFirst.times(kFirst.step(0), state1_)[2];
    const std::uint64_t y = kSecond.times(kSecond.step(0), state2_)[2];
    skip();
    return double(x > y ? x - y : x + kModulus1 - y) * (1.0 / double(kModulus1 + 1));
  }
  constexpr void skip() {
    state1_ = kFirst.times(jump1_, state1_);
    state2_ = kSecond.times(jump2_, state2_);
  }

  static constexpr int kStream = 127, kSubstream = 76;
  static constexpr std::uint64_t kModulus1 = 4'294'967'087, kModulus2 = 4'294'944'443;
  static constexpr Recurrence kFirst{kModulus1, {kModulus1 - 810'728, 1'403'580, 0}};
  static constexpr Recurrence kSecond{kModulus2, {kModulus2 - 1'370'589, 0, 527'612}};

 private:
  Recurrence::Matrix jump1_{}, jump2_{};
  Recurrence::Vector state1_{}, state2_{};
};

// The matrix of a stream as the package of 2002 has it, and the first number from its seed.
static_assert(Mrg32k3aStreams::kFirst.step(127)[0] ==
              Recurrence::Vector{2'427'906'178, 3'580'155'704, 949'770'784});
static_assert(Mrg32k3aStreams::kSecond.step(127)[0] ==
              Recurrence::Vector{1'464'411'153, 277'697'599, 1'610'723'613});
static_assert(Mrg32k3aStreams(12'345, 0, 0).next() > 0.127011122046 &&
              Mrg32k3aStreams(12'345, 0, 0).next() < 0.127011122047);

}  // namespace fabric
