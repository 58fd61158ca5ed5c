// The order of events at one node during one window: a binary heap of 64-bit keys (docs/model.md
// 4).
#pragma once

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

// time offset (24 bits) | class (3) | rotated port (16) | port (16)
struct EventKey {
  static constexpr int kTimeShift = 35;
  static constexpr Ps kMaxSpan = Ps{1} << 23;  // longest window that the time field is used for

  static std::uint64_t make(Ps offset, EventClass cls, std::uint32_t rotated, std::uint32_t port) {
    return std::uint64_t(offset) << kTimeShift | std::uint64_t(cls) << 32 |
           std::uint64_t{rotated} << 16 | port;
  }
  static Ps offset(std::uint64_t key) { return Ps(key >> kTimeShift); }
  static EventClass cls(std::uint64_t key) { return EventClass((key >> 32) & 7); }
  static std::uint32_t port(std::uint64_t key) { return std::uint32_t(key & 0xffff); }
};

class EventOrder {
 public:
  bool empty() const { return n_ == 0; }
  std::uint64_t top() const { return keys_[0]; }
  void clear() { n_ = 0; }
  void reserve(std::size_t keys) {
    if (keys_.size() < keys) keys_.resize(keys);
  }

  void push(std::uint64_t key) {
    if (n_ == keys_.size()) [[unlikely]]
      keys_.resize(2 * n_ + 16);
    std::size_t i = n_++;
    for (; i > 0 && keys_[(i - 1) / 2] > key; i = (i - 1) / 2) keys_[i] = keys_[(i - 1) / 2];
    keys_[i] = key;
  }
  void replace_top(std::uint64_t key) {
    std::size_t i = 0;
    for (std::size_t c = 1; c < n_; c = 2 * i + 1) {
      c += std::size_t(c + 1 < n_) & std::size_t(keys_[c + 1] < keys_[c]);
      if (keys_[c] >= key) break;
      keys_[i] = keys_[c];
      i = c;
    }
    keys_[i] = key;
  }
  void pop() {
    const std::uint64_t last = keys_[--n_];
    if (n_ > 0) replace_top(last);
  }

 private:
  std::vector<std::uint64_t> keys_;
  std::size_t n_ = 0;
};

}  // namespace fabric
