// The order of events at one node during one window: a binary heap of 64-bit keys (docs/model.md
// 4).
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "fabric/base/units.h"

namespace fabric {

// Classes of events at equal times, first to last.
enum class EventClass : std::uint8_t {
  kMacControl = 1,
  kData = 2,
  kTransmit = 3,
  kTimer = 4,
  kOperation = 5,
};

// time offset (29 bits) | class (3) | rotated port (16) | port (16)
struct EventKey {
  static constexpr int kTimeShift = 35;
  static constexpr Ps kMaxSpan = Ps{1} << 23;  // longest window

  static std::uint64_t make(Ps offset, EventClass cls, std::uint32_t rotated, std::uint32_t port) {
    return at(offset) | std::uint64_t(cls) << 32 | std::uint64_t{rotated} << 16 | port;
  }
  static std::uint64_t at(Ps offset) { return std::uint64_t(offset) << kTimeShift; }
  static Ps offset(std::uint64_t key) { return Ps(key >> kTimeShift); }
  static EventClass cls(std::uint64_t key) { return EventClass((key >> 32) & 7); }
  static std::uint32_t port(std::uint64_t key) { return std::uint32_t(key & 0xffff); }
};

class EventOrder {
 public:
  // Later than every key. Behind the last key there is always one of these, so that a pair of
  // children is never half.
  static constexpr std::uint64_t kNone = ~std::uint64_t{0};

  EventOrder() : keys_(16, kNone) {}

  bool empty() const { return n_ == 0; }
  std::uint64_t top() const { return keys_[0]; }  // kNone: empty
  // A window that ran to its end has left nothing.
  void clear() {
    if (n_ == 0) [[likely]]
      return;
    std::fill_n(keys_.begin(), n_, kNone);
    n_ = 0;
  }
  void reserve(std::size_t keys) {
    if (keys_.size() < keys + 2) keys_.resize(keys + 2, kNone);
  }

  void push(std::uint64_t key) {
    if (n_ + 2 > keys_.size()) [[unlikely]]
      reserve(2 * n_);
    std::uint64_t* const keys = keys_.data();
    std::size_t i = n_++;
    for (; i > 0 && keys[(i - 1) / 2] > key; i = (i - 1) / 2) keys[i] = keys[(i - 1) / 2];
    keys[i] = key;
  }
  void replace_top(std::uint64_t key) { sink(key, n_); }
  void pop() {
    const std::uint64_t last = keys_[--n_];
    keys_[n_] = kNone;
    if (n_ > 0) sink(last, n_);
  }

 private:
  void sink(std::uint64_t key, std::size_t n) {
    std::uint64_t* const keys = keys_.data();
    std::size_t i = 0;
    for (std::size_t c = 1; c < n; c = 2 * i + 1) {
      c += keys[c + 1] < keys[c];
      if (keys[c] >= key) break;
      keys[i] = keys[c];
      i = c;
    }
    keys[i] = key;
  }

  std::vector<std::uint64_t> keys_;
  std::size_t n_ = 0;
};

}  // namespace fabric
